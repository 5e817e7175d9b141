//! The menu that saves a session as a file.

use leptos::prelude::*;

use super::icon::{DOWN, icon};
use super::menu::{Entry, Menu};
use crate::strings;

/// A format and what saving in it does.
#[derive(Clone, Copy)]
pub struct Format {
    /// Its name.
    pub name: &'static str,
    /// How its files end.
    pub ending: &'static str,
    /// Saves.
    pub save: Callback<()>,
}

/// The button and its menu.
#[component]
pub fn ExportMenu(
    /// The formats on offer.
    formats: Vec<Format>,
    /// Whether it is the main button of the page.
    #[prop(into)]
    main: Signal<bool>,
) -> AnyView {
    let entry = |format: Format| Entry { name: format.name.to_owned(), aside: format.ending, act: format.save };
    let entries: Vec<Entry> = formats.into_iter().map(entry).collect();
    let class = Signal::derive(move || if main.get() { "button main".to_owned() } else { "button".to_owned() });
    let face = view! { {strings::EXPORT}{icon(DOWN)} }.into_any();
    view! { <Menu name=strings::EXPORT class=class face=face entries=entries note="Keys are never exported."/> }
        .into_any()
}
