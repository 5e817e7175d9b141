//! Checks a result in the page: computes it anew from what is recorded, and shows the formula with its inputs.

use leptos::prelude::*;
use tachikoma_forge::session::Envelope;
use tachikoma_forge::verify::{Report, verify};

/// The button, and what it found.
#[component]
pub fn CheckResult(
    /// The session's events.
    events: Callback<(), Vec<Envelope>>,
) -> AnyView {
    let report = RwSignal::new(None::<Report>);
    let click = move |_| report.set(Some(verify(&events.run(()))));
    let shown = move || report.get().map(|report| found(&report));
    view! {
        <div>
            <p><button type="button" class="button" on:click=click>"Check this result"</button></p>
            <div role="status">{shown}</div>
        </div>
    }
    .into_any()
}

fn found(report: &Report) -> AnyView {
    let list = |items: Vec<String>| {
        let items: Vec<_> = items.into_iter().map(|text| view! { <li>{text}</li> }.into_any()).collect();
        (!items.is_empty()).then(|| view! { <ul>{items}</ul> })
    };
    let findings = report.findings.iter().map(|f| ["Event ", &f.seq.to_string(), ": ", &f.words].concat()).collect();
    let checked = report.checked.iter().map(|(rule, times)| [&times.to_string(), " ", rule.words()].concat()).collect();
    let (class, verdict) = match report.holds() {
        true => ("strong", "The recorded end follows from what is recorded."),
        false => ("strong danger", "The recorded end does not follow from what is recorded."),
    };
    view! {
        <p class=class>{verdict}</p>
        {list(findings)}
        {list(report.formula.clone())}
        <details><summary>"What was checked"</summary>{list(checked)}{list(report.notes.clone())}</details>
    }
    .into_any()
}
