//! Saved panels: take one, keep the form's, rename, delete, save to a file, load from one. In the whole app alone; the
//! first one has the button, which has this one fetched.

use leptos::html::{Button, Dialog, Input};
use leptos::prelude::*;
use leptos::task::spawn_local;
use tachikoma_forge::panel::{self, MAX_BYTES, Panel};

use super::confirm::Confirm;
use super::icon::{BIN, DOWN, LATEST, icon};
use crate::access::{Access, access};
use crate::browser;
use crate::host::{First, Order};
use crate::setup::{Setup, model_of_panel};
use crate::strings;
use crate::view_model::panels;

/// Where they are kept.
const STORED: &str = "panels";

/// What is kept, and what came of the last wish; copied around freely.
#[derive(Clone, Copy)]
struct Kept {
    setup: Setup,
    access: Access,
    all: RwSignal<Vec<Panel>>,
    said: RwSignal<String>,
}

impl Kept {
    fn say(self, done: Result<String, String>) {
        self.said.set(done.unwrap_or_else(|why| why));
    }

    /// Keeps them all, or says that they are gone with this tab.
    fn store(self, all: Vec<Panel>, done: String) -> Result<String, String> {
        let stored = browser::is_stored(STORED, &panels::write(&all));
        self.all.set(all);
        if stored {
            Ok(done)
        } else {
            Err([&done, " But this browser keeps nothing: save it to a file, or it is gone with this tab."].concat())
        }
    }

    /// Keeps the form's.
    fn save(self, name: &str) -> Result<String, String> {
        let name = name.trim().to_owned();
        let panel = untrack(|| self.setup.panel(self.access, name.clone()))?;
        // As a file it would be read again; what could not be is said now.
        let panel = self.read(panel.json().as_bytes())?;
        let mut all = self.all.get_untracked();
        panels::keep(&mut all, panel)?;
        self.store(all, [&name, " is saved."].concat())
    }

    fn read(self, bytes: &[u8]) -> Result<Panel, String> {
        panel::read(bytes, |text| model_of_panel(text, self.access))
            .map_err(|why| ["Nothing was taken: ", &why].concat())
    }

    fn take(self, panel: &Panel) -> Result<String, String> {
        untrack(|| self.setup.take(panel, self.access))?;
        Ok([&panel.name, " is in the form."].concat())
    }

    fn rename(self, from: &str, to: &str) {
        let mut all = self.all.get_untracked();
        let mut done = String::new();
        let others: Vec<Panel> = all.iter().filter(|panel| panel.name != from).cloned().collect();
        if let Some(panel) = all.iter_mut().find(|panel| panel.name == from) {
            let to: String = to.chars().take(80).collect();
            panel.name = panels::free_name(&others, &to);
            done = ["It is called ", &panel.name, "."].concat();
        }
        self.say(self.store(all, done));
    }

    fn delete(self, name: &str) {
        let mut all = self.all.get_untracked();
        all.retain(|panel| panel.name != name);
        self.say(self.store(all, [name, " is deleted."].concat()));
    }

    async fn load(self, file: web_sys::File) -> Result<String, String> {
        let bytes =
            if file.size() > MAX_BYTES as f64 { vec![b' '; MAX_BYTES + 1] } else { browser::bytes(&file).await? };
        let mut panel = self.read(&bytes)?;
        let mut all = self.all.get_untracked();
        let stem = file.name();
        let wished = if panel.name.is_empty() { stem.trim_end_matches(".json") } else { &panel.name };
        panel.name = panels::free_name(&all, &wished.chars().take(80).collect::<String>());
        let said = self.take(&panel)?;
        panels::keep(&mut all, panel)?;
        self.store(all, said)
    }
}

/// The button, and the dialog behind it.
#[must_use]
pub fn saved_panels() -> AnyView {
    let access = access();
    let stored = browser::stored(STORED).unwrap_or_default();
    let all = panels::read(&stored, |text| model_of_panel(text, access));
    let kept = Kept { setup: expect_context(), access, all: RwSignal::new(all), said: RwSignal::new(String::new()) };
    let (button, dialog) = (NodeRef::<Button>::new(), NodeRef::<Dialog>::new());
    let (name, file) = (NodeRef::<Input>::new(), NodeRef::<Input>::new());
    let open = move || {
        kept.said.set(String::new());
        if let Some(dialog) = dialog.get_untracked() {
            let _ = dialog.show_modal();
        }
    };
    let close = move || {
        if let Some(dialog) = dialog.get_untracked() {
            dialog.close();
        }
        if let Some(button) = button.get_untracked() {
            let _ = button.focus();
        }
    };
    let first: First = expect_context();
    if first.is(Order::Panels) {
        // The page that was just opened takes the focus in the next frame; the dialog has it after that.
        browser::next_frame(move || browser::next_frame(open));
    }
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(name) = name.get_untracked() {
            let done = kept.save(&name.value());
            if done.is_ok() {
                name.set_value("");
            }
            kept.say(done);
        }
    };
    let chosen = move |_| {
        let Some(input) = file.get_untracked() else { return };
        if let Some(file) = input.files().and_then(|files| files.get(0)) {
            spawn_local(async move { kept.say(kept.load(file).await) });
        }
        // The same file may be chosen again.
        input.set_value("");
    };
    let doomed = RwSignal::new(String::new());
    let asks = RwSignal::new(false);
    let follows = Signal::derive(move || [&doomed.get(), " is gone for good. The form stays as it is."].concat());
    let on_yes = Callback::new(move |()| kept.delete(&doomed.get_untracked()));
    let take = Callback::new(move |panel: Panel| match kept.take(&panel) {
        Ok(_) => close(),
        Err(why) => kept.said.set(why),
    });
    let rows = move || {
        let delete = move |name: String| {
            doomed.set(name);
            asks.set(true);
        };
        kept.all.get().into_iter().map(|panel| row(kept, panel, take, delete)).collect::<Vec<_>>()
    };
    view! {
        <div class="push">
            <button type="button" node_ref=button class="button small" aria-haspopup="dialog" on:click=move |_| open()>
                {icon(DOWN)}
                {strings::PANELS}
            </button>
        </div>
        <dialog node_ref=dialog class="editor" aria-labelledby="panels-title">
            <h2 id="panels-title">{strings::PANELS}</h2>
            <p>"Members, protocol, judge and limits, without the goal and without keys. Kept in this browser."</p>
            <ul class="saved">{rows}</ul>
            <form class="with-button" on:submit=save>
                <div class="field">
                    <label class="label" for="panel-name">"Name of this panel"</label>
                    <input class="input" id="panel-name" node_ref=name maxlength="80" autocomplete="off"/>
                </div>
                <button type="submit" class="button">{strings::SAVE_PANEL}</button>
            </form>
            <p role="status">{move || kept.said.get()}</p>
            <div class="acts">
                <button type="button" class="button" on:click=move |_| { if let Some(file) = file.get_untracked() { file.click(); } }>
                    {strings::LOAD_PANEL}
                </button>
                <input node_ref=file type="file" hidden accept=".json" aria-label=strings::LOAD_PANEL on:change=chosen/>
                <button type="button" class="button" on:click=move |_| close()>"Close"</button>
            </div>
        </dialog>
        <Confirm open=asks question="Delete this panel?" follows=follows yes="Delete" on_yes=on_yes/>
    }
    .into_any()
}

/// A panel with what can be done with it.
fn row(kept: Kept, panel: Panel, take: Callback<Panel>, delete: impl Fn(String) + 'static) -> AnyView {
    let name = panel.name.clone();
    let called = |what: &str| [what, " ", &name].concat();
    let (from, doomed) = (name.clone(), name.clone());
    let labels = [called("Take"), called("Save to a file:"), called("Delete")];
    let [take_label, file_label, delete_label] = labels;
    let written = panel.clone();
    let to_file = move |_| browser::download(&panels::file_name(&written), "application/json", &written.json());
    view! {
        <li>
            <input
                class="input"
                aria-label=["Name of ", &name].concat()
                prop:value=name.clone()
                maxlength="80"
                autocomplete="off"
                on:change=move |e| kept.rename(&from, &event_target_value(&e))
            />
            <button type="button" class="button small" aria-label=take_label on:click=move |_| take.run(panel.clone())>"Take"</button>
            <button type="button" class="tool" aria-label=file_label on:click=to_file>{icon(LATEST)}</button>
            <button type="button" class="tool" aria-label=delete_label on:click=move |_| delete(doomed.clone())>{icon(BIN)}</button>
        </li>
    }
    .into_any()
}
