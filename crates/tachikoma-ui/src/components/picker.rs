//! A member's model, chosen from the provider's own list: a field to type into, and below it what fits.
//!
//! A combobox as the ARIA practices describe it: the focus stays in the field, the arrow keys move through the list,
//! Enter takes, Escape closes. Any name may be typed, listed or not.

use leptos::ev::{KeyboardEvent, MouseEvent};
use leptos::prelude::*;
use tachikoma_forge::llm::ModelInfo;

use crate::access::{Access, Test};
use crate::setup::Member;
use crate::strings;
use crate::view_model::format::count;
use crate::view_model::models::{MOST_SHOWN, search};

/// The list below the field; copied around freely.
#[derive(Clone, Copy)]
struct Picker {
    member: Member,
    /// The id of the list.
    list: StoredValue<String>,
    open: RwSignal<bool>,
    /// Whether somebody typed: what is chosen already is no search.
    typed: RwSignal<bool>,
    /// Where the arrow keys are.
    at: RwSignal<Option<usize>>,
    found: Memo<Vec<ModelInfo>>,
}

impl Picker {
    fn new(access: Access, member: Member, list: String) -> Self {
        let typed = RwSignal::new(false);
        let all = Memo::new(move |_| {
            let models = access.offered(&member.provider.read(), &member.base_url.read());
            models.into_iter().filter(ModelInfo::answers).collect::<Vec<_>>()
        });
        let found = Memo::new(move |_| {
            let wanted = if typed.get() { member.model.get() } else { String::new() };
            let mut found = search(&all.read(), &wanted);
            found.truncate(MOST_SHOWN);
            found
        });
        let (open, at) = (RwSignal::new(false), RwSignal::new(None));
        Self { member, list: StoredValue::new(list), open, typed, at, found }
    }

    /// Whether there is anything to see.
    fn is_open(self) -> bool {
        self.open.get() && !self.found.read().is_empty()
    }

    fn close(self) {
        self.open.set(false);
        self.typed.set(false);
        self.at.set(None);
    }

    fn choose(self, at: usize) {
        let name = self.found.read_untracked().get(at).map(|model| model.name.clone());
        if let Some(name) = name {
            self.member.model.set(name);
        }
        self.close();
    }

    fn option_id(self, at: usize) -> String {
        [&self.list.get_value(), "-", &at.to_string()].concat()
    }

    fn step(self, down: bool) {
        let Some(last) = self.found.read_untracked().len().checked_sub(1) else { return };
        let next = match (self.at.get_untracked(), down) {
            (None, true) => 0,
            (Some(at), true) if at >= last => 0,
            (Some(at), true) => at + 1,
            (None | Some(0), false) => last,
            (Some(at), false) => at - 1,
        };
        self.open.set(true);
        self.at.set(Some(next));
        // The list follows the keys, once it is drawn.
        let id = self.option_id(next);
        crate::browser::next_frame(move || crate::browser::reveal(&id));
    }

    fn key(self, event: &KeyboardEvent) {
        // Held with these, a key means something to the page.
        if event.ctrl_key() || event.meta_key() || event.alt_key() {
            return;
        }
        let is_open = untrack(|| self.is_open());
        match event.key().as_str() {
            "ArrowDown" => self.step(true),
            "ArrowUp" => self.step(false),
            "Enter" if is_open => match self.at.get_untracked() {
                Some(at) => self.choose(at),
                None => return,
            },
            "Escape" if is_open => self.close(),
            _ => return,
        }
        event.prevent_default();
    }
}

/// The field with its list. `id` is the field's id.
#[must_use]
pub fn picker(access: Access, member: Member, id: String) -> AnyView {
    let list = [&id, "-list"].concat();
    let picker = Picker::new(access, member, list.clone());
    let active = move || picker.at.get().filter(|_| picker.is_open()).map(|at| picker.option_id(at));
    view! {
        <div class="label-row">
            <label class="label" for=id.clone()>{strings::MODEL}</label>
            {loader(access, member)}
        </div>
        <input
            class="input"
            id=id
            role="combobox"
            aria-autocomplete="list"
            aria-expanded=move || if picker.is_open() { "true" } else { "false" }
            aria-controls=list
            aria-activedescendant=active
            prop:value=move || member.model.get()
            on:input=move |e| {
                member.model.set(event_target_value(&e));
                picker.typed.set(true);
                picker.at.set(None);
                picker.open.set(true);
            }
            on:click=move |_| picker.open.set(true)
            on:keydown=move |e| picker.key(&e)
            on:blur=move |_| picker.close()
            autocomplete="off"
            spellcheck="false"
        />
        {move || picker.is_open().then(|| options(picker))}
    }
    .into_any()
}

fn options(picker: Picker) -> AnyView {
    let models = picker.found.get();
    let options = models.into_iter().enumerate().map(|(at, model)| {
        view! {
            <li
                role="option"
                id=picker.option_id(at)
                aria-selected=move || if picker.at.get() == Some(at) { "true" } else { "false" }
                on:click=move |_| picker.choose(at)
            >
                <span class="machine">{crate::markdown::clean(&model.name)}</span>
                <span class="meta">{model.facts().join(" · ")}</span>
            </li>
        }
        .into_any()
    });
    // Pressing on the list takes the focus from nobody.
    let keep = |event: MouseEvent| event.prevent_default();
    view! {
        <ul class="picks" role="listbox" id=picker.list.get_value() aria-label="Suggestions" on:mousedown=keep>
            {options.collect::<Vec<_>>()}
        </ul>
    }
    .into_any()
}

/// Asks the provider for its list when somebody wants that: a page calls nobody by itself.
fn loader(access: Access, member: Member) -> AnyView {
    let label = Memo::new(move |_| access.row(&member.provider.read()).map(|row| row.label));
    let word = move || match access.standing(&member.provider.read(), &member.base_url.read()) {
        Test::Idle => "Load list".to_owned(),
        Test::Running => "Loading…".to_owned(),
        Test::Done(verdict) if verdict.tone == "good" => {
            let models = access.offered(&member.provider.read(), &member.base_url.read());
            [&count(models.len() as u64), " listed"].concat()
        }
        Test::Done(verdict) => verdict.head.to_owned(),
    };
    let ask = move |_| access.ask(&member.provider.get_untracked(), &member.base_url.get_untracked());
    let button = move || {
        label.get().map(|label| {
            let whose = [" for ", label].concat();
            view! { <button type="button" class="as-link" on:click=ask>{word}<span class="unseen">{whose}</span></button> }
        })
    };
    view! { <span class="meta" role="status">{button}</span> }.into_any()
}
