//! The menu that saves a session as a file.

use leptos::html::{Button, Div};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::icon::{DOWN, icon};
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

/// The button and its menu: arrows move, Escape closes, a click elsewhere closes.
#[component]
pub fn ExportMenu(
    /// The formats on offer.
    formats: Vec<Format>,
    /// Whether it is the main button of the page.
    #[prop(into)]
    main: Signal<bool>,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let button = NodeRef::<Button>::new();
    let list = NodeRef::<Div>::new();
    let items = move || {
        let Some(list) = list.get_untracked() else { return Vec::new() };
        let children = list.children();
        (0..children.length())
            .filter_map(|at| children.item(at)?.dyn_into::<web_sys::HtmlElement>().ok())
            .filter(|e| e.get_attribute("role").is_some())
            .collect::<Vec<_>>()
    };
    let back = move || {
        open.set(false);
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    };
    Effect::new(move |_| {
        if open.get() {
            request_animation_frame(move || {
                if let Some(first) = items().first() {
                    let _ = first.focus();
                }
            });
        }
    });
    let keys = move |event: leptos::ev::KeyboardEvent| {
        let step = match event.key().as_str() {
            "Escape" => return back(),
            "ArrowDown" => 1,
            "ArrowUp" => -1,
            _ => return,
        };
        event.prevent_default();
        let items = items();
        let here = document().active_element();
        let at =
            items.iter().position(|item| here.as_ref().is_some_and(|h| item.is_same_node(Some(h.unchecked_ref()))));
        let count = items.len() as i32;
        let next = (at.map_or(-1, |at| at as i32) + step).rem_euclid(count.max(1));
        if let Some(item) = items.get(next as usize) {
            let _ = item.focus();
        }
    };
    let left = move |event: leptos::ev::FocusEvent| {
        // Focus went somewhere else than into the menu.
        let inside = event.related_target().and_then(|t| t.dyn_into::<web_sys::Node>().ok()).is_some_and(|node| {
            list.get_untracked().is_some_and(|l| l.contains(Some(&node)))
                || button.get_untracked().is_some_and(|b| b.contains(Some(&node)))
        });
        if !inside {
            open.set(false);
        }
    };
    let entries = formats
        .into_iter()
        .map(|format| {
            let save = move |_| {
                back();
                format.save.run(());
            };
            view! {
                <button type="button" role="menuitem" tabindex="-1" on:click=save>
                    {format.name}
                    <span class="meta" aria-hidden="true">{format.ending}</span>
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="menu" on:keydown=keys on:focusout=left>
            <button
                type="button"
                node_ref=button
                class=move || if main.get() { "button main" } else { "button" }
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|o| *o = !*o)
            >
                {strings::EXPORT}
                {icon(DOWN)}
            </button>
            <div node_ref=list class="menu-list" role="menu" aria-label=strings::EXPORT hidden=move || !open.get()>
                {entries}
                <p class="meta">"Keys are never exported."</p>
            </div>
        </div>
    }
}
