//! Asks before a key goes to an address that it was not given for.

use leptos::prelude::*;
use tachikoma_forge::llm::ProviderRow;

use super::icon::{CARE, icon};
use crate::access::Access;
use crate::strings;

/// A question for each provider whose key would have to go to an address that it was not given for.
pub fn key_questions(
    access: Access,
    withheld: impl Fn() -> Vec<(ProviderRow, String)> + Send + Sync + 'static,
) -> AnyView {
    let withheld = Memo::new(move |_| withheld());
    let question = move |(row, url): (ProviderRow, String)| {
        let words = ["Your key for ", row.label, " was not given for ", &crate::markdown::clean(&url), ". "].concat();
        view! {
            <div class="notice" role="status">
                {icon(CARE)}
                <p>
                    {words}
                    <button type="button" class="as-link" on:click=move |_| access.let_key_go(row.name, &url)>
                        {strings::LET_KEY_GO}
                    </button>
                </p>
            </div>
        }
        .into_any()
    };
    let questions = move || withheld.get().into_iter().map(question).collect::<Vec<_>>();
    questions.into_any()
}
