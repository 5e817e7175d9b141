//! The timeline of rounds, drawn as a staff. For a screen reader it is an ordered list of links.

use leptos::prelude::*;
use tachikoma_forge::types::{Seat, SessionId};

use super::icon::{hue, shape};
use crate::route::Route;
use crate::view_model::format::clock;
use crate::view_model::staff::{Bar, Measure, columns};

/// The staff.
#[component]
pub fn Staff(
    /// The session, for the links.
    id: SessionId,
    /// The members, by seat.
    members: Memo<Vec<(Seat, String)>>,
    /// The measures.
    measures: Memo<Vec<Measure>>,
) -> AnyView {
    let names = move || {
        members
            .get()
            .into_iter()
            .map(|(seat, name)| view! { <div>{shape(seat)}<span>{name}</span></div> }.into_any())
            .collect::<Vec<_>>()
    };
    let lines = move || {
        let all = measures.read();
        let items: Vec<_> = all.iter().map(|m| measure(m, &id)).collect();
        view! {
            <ol style:--columns=columns(&all, false) style:--columns-small=columns(&all, true)>{items}</ol>
        }
    };
    let retried = Memo::new(move |_| measures.read().iter().flat_map(|m| &m.bars).any(|b| !b.failed.is_empty()));
    let gone = Memo::new(move |_| measures.read().iter().flat_map(|m| &m.bars).any(|b| b.gone));
    view! {
        <nav aria-label="Rounds">
            <div class="staff" style=("--members", move || members.read().len().to_string())>
                <div class="staff-names" aria-hidden="true"><div></div>{names}</div>
                {lines}
            </div>
            <div class="staff-key" aria-hidden="true">
                <span>"Length is time within the round"</span>
                <span>"Hatched: reading and thinking"</span>
                {move || retried.get().then(|| view! { <span>"Notch: retried"</span> })}
                {move || gone.get().then(|| view! { <span>"Open end: absent"</span> })}
            </div>
        </nav>
    }
    .into_any()
}

fn measure(measure: &Measure, id: &SessionId) -> AnyView {
    let number = measure.round.to_string();
    let time = measure.long_ms.map(|ms| [" · ", &clock(ms)].concat());
    // The style draws the time: the words on a link have to stand in its name as they are, in one piece.
    let inner = view! {
        <span class="cap">{number}" "<span data-long=time></span><b>{measure.round_type.name()}</b></span>
        {measure.bars.iter().map(bar).collect::<Vec<_>>()}
        {measure.now.then(|| view! { <span class="playhead" style=("--at", percent(measure.at))></span> })}
    };
    let class = match (measure.now, measure.long_ms) {
        (true, _) => "measure now",
        (false, None) => "measure next",
        (false, Some(_)) => "measure",
    };
    let label = measure.label.clone();
    if measure.long_ms.is_none() {
        return view! { <li><div class=class role="img" aria-label=label>{inner}</div></li> }.into_any();
    }
    let href = Route::Session(id.clone(), Some(measure.round)).href();
    let current = measure.now.then_some("step");
    view! { <li><a class=class href=href aria-current=current aria-label=label>{inner}</a></li> }.into_any()
}

fn bar(bar: &Bar) -> AnyView {
    let thinks = (bar.thinks > 0.0).then(|| view! { <i class="thinks" style=("--long", percent(bar.thinks))></i> });
    let writes = (bar.writes > bar.thinks).then(|| {
        let long = percent(bar.writes - bar.thinks);
        view! { <i style:--from=percent(bar.thinks) style:--long=long></i> }
    });
    let gone = bar.gone.then(|| view! { <i class="gone" style=("--from", percent(bar.writes.min(96.0)))></i> });
    let failed: Vec<_> =
        bar.failed.iter().map(|&at| view! { <u style=("--at", percent(at))></u> }.into_any()).collect();
    view! { <span class=["line ", &hue(bar.seat)].concat()>{thinks}{writes}{gone}{failed}</span> }.into_any()
}

/// A share in percent; tenths are enough.
fn percent(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 100")]
    let tenths = (value.clamp(0.0, 100.0) * 10.0) as u32;
    [(tenths / 10).to_string().as_str(), ".", &(tenths % 10).to_string()].concat()
}
