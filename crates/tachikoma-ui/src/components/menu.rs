//! A button that opens a menu: arrows move, Escape closes, a click elsewhere closes.

use leptos::html::{Button, Div};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

/// An entry of a menu.
#[derive(Clone)]
pub struct Entry {
    /// Its words.
    pub name: String,
    /// What stands behind it, small; not read out.
    pub aside: &'static str,
    /// What it does.
    pub act: Callback<()>,
}

/// The button and its menu.
#[component]
pub fn Menu(
    /// What a screen reader calls the menu, and the button where it shows no words.
    #[prop(into)]
    name: String,
    /// The look of the button.
    #[prop(into)]
    class: Signal<String>,
    /// What the button shows.
    face: AnyView,
    /// The entries; they may change while it is closed.
    #[prop(into)]
    entries: Signal<Vec<Entry>>,
    /// A last line below them; empty for none.
    #[prop(default = "")]
    note: &'static str,
    /// Whether the button shows words of its own.
    #[prop(default = true)]
    worded: bool,
) -> AnyView {
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
    let entries = move || {
        let entry = |entry: Entry| {
            let act = move |_| {
                back();
                entry.act.run(());
            };
            view! {
                <button type="button" role="menuitem" tabindex="-1" on:click=act>
                    {entry.name}
                    <span class="meta" aria-hidden="true">{entry.aside}</span>
                </button>
            }
            .into_any()
        };
        entries.get().into_iter().map(entry).collect::<Vec<_>>()
    };
    let label = (!worded).then(|| name.clone());
    view! {
        <div class="menu" on:keydown=keys on:focusout=left>
            <button
                type="button"
                node_ref=button
                class=class
                aria-label=label
                aria-haspopup="menu"
                aria-expanded=move || open.get().to_string()
                on:click=move |_| open.update(|o| *o = !*o)
            >
                {face}
            </button>
            <div node_ref=list class="menu-list" role="menu" aria-label=name hidden=move || !open.get()>
                {entries}
                {(!note.is_empty()).then(|| view! { <p class="meta">{note}</p> })}
            </div>
        </div>
    }
    .into_any()
}
