//! The bar at the top: the name, the pages, light or dark.

use leptos::prelude::*;

use super::icon::{HALF, icon};
use crate::route::Route;
use crate::{browser, strings};

/// The bar.
#[component]
pub fn Masthead(
    /// The page that is shown.
    route: ReadSignal<Route>,
) -> impl IntoView {
    let pages =
        [(strings::NEW, Route::Compose), (strings::HISTORY, Route::History), (strings::PROVIDERS, Route::Providers)]
            .map(|(name, page)| {
                let href = page.href();
                let here = move || (route.get() == page).then_some("page");
                view! { <a href=href aria-current=here>{name}</a> }
            });
    view! {
        <header class="masthead">
            <a class="brand" href="#/" aria-label="Tachikoma Forge, start">
                <svg width="26" height="18" viewBox="0 0 26 18" aria-hidden="true">
                    <path d="M1.500 1.500C9 1.500 10 8 17.500 8.700M1.500 16.500C9 16.500 10 10 17.500 9.300M1.500 6.400c5 0 8 2.300 15 2.500M1.500 11.600c5 0 8-2.300 15-2.500"></path>
                    <circle cx="21" cy="9" r="3" fill="currentColor" stroke="none"></circle>
                </svg>
                <span>"Tachikoma Forge"</span>
            </a>
            <nav aria-label="Pages">{pages.into_iter().collect_view()}</nav>
            <div class="push"><ThemeSwitch/></div>
        </header>
    }
}

const THEMES: [&str; 3] = ["system", "light", "dark"];

/// Goes through system, light and dark; the choice is kept in this browser.
#[component]
fn ThemeSwitch() -> impl IntoView {
    let kept = browser::stored("theme").and_then(|t| THEMES.iter().position(|&name| name == t)).unwrap_or(0);
    let (theme, set) = signal(kept);
    Effect::new(move |_| {
        let name = THEMES[theme.get()];
        if let Some(root) = document().document_element() {
            let _ = match theme.get() {
                0 => root.remove_attribute("data-theme"),
                _ => root.set_attribute("data-theme", name),
            };
        }
        browser::store("theme", if theme.get() == 0 { "" } else { name });
    });
    view! {
        <button
            type="button"
            class="tool"
            aria-label=move || ["Theme: ", THEMES[theme.get()]].concat()
            title=move || ["Theme: ", THEMES[theme.get()]].concat()
            on:click=move |_| set.update(|t| *t = (*t + 1) % THEMES.len())
        >
            {icon(HALF)}
        </button>
    }
}
