//! Asks before a key goes to an address that it was not given for.

use leptos::prelude::*;

use super::icon::{CARE, icon};
use crate::access::Access;
use crate::strings;

/// The question, while there is something to ask: for a provider at its address, or at one of its own.
pub fn key_question(
    access: Access,
    provider: impl Fn() -> String + Copy + Send + Sync + 'static,
    url: impl Fn() -> String + Copy + Send + Sync + 'static,
) -> AnyView {
    let withheld = Memo::new(move |_| access.withheld(&provider(), &url()));
    let question = move || {
        let url = withheld.get()?;
        let label = access.row(&untrack(provider)).map(|row| row.label).unwrap_or_default();
        let words = ["Your key for ", label, " was not given for ", &crate::markdown::clean(&url), ". "].concat();
        let answer = move |_| access.let_key_go(&untrack(provider), &url);
        Some(view! {
            <div class="notice" role="status">
                {icon(CARE)}
                <p>{words}<button type="button" class="as-link" on:click=answer>{strings::LET_KEY_GO}</button></p>
            </div>
        })
    };
    question.into_any()
}
