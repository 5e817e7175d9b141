//! Who takes part.

use leptos::prelude::*;

use crate::access::access;
use crate::components::icon::{PLUS, icon};
use crate::components::place::Place;
use crate::host::PanelsField;
use crate::setup::{MOST_MEMBERS, Setup};
use crate::strings;

pub(super) fn members(setup: Setup) -> AnyView {
    let access = access();
    let PanelsField(panels) = expect_context();
    let count = Memo::new(move |_| setup.members.read().len());
    let remark = move || match count.get() {
        0 | 1 => Some("At least two are needed; three or four say most."),
        2 => Some("Two can only agree or stand against each other. Three or four, from different labs, say more."),
        _ => None,
    };
    view! {
        <section class="section" aria-labelledby="members-title">
            <header class="section-head">
                <h2 id="members-title">"Members"</h2>
                <span class="meta">{move || [&count.get().to_string(), " of up to ", &MOST_MEMBERS.to_string()].concat()}</span>
                {panels()}
            </header>
            <div class="panel">
                <For each=move || setup.members.get() key=|m| m.key children=move |m| view! { <Place setup=setup member=m/> }/>
            </div>
            <div class="panel-foot">
                <button
                    type="button"
                    class="button small"
                    disabled=move || { count.get() >= MOST_MEMBERS }
                    on:click=move |_| setup.add(access)
                >
                    {icon(PLUS)}
                    {strings::ADD_MEMBER}
                </button>
                <span class="meta" role="status">{remark}</span>
            </div>
        </section>
    }
    .into_any()
}
