//! Taking a session that was exported: a button, and files that are dropped on the page.

use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use tachikoma_forge::export::{self, Imported, MAX_BYTES};
use tachikoma_forge::session::Envelope;
use tachikoma_forge::types::SessionId;

use super::icon::{CARE, icon};
use crate::backend;
use crate::browser;
use crate::route::Route;
use crate::strings;

/// What came of the last file.
#[derive(Clone)]
enum Came {
    Nothing,
    Reading,
    Refused(String),
    /// It is kept, with something to know.
    Kept(SessionId, String),
    /// The same is here.
    Here(SessionId),
    /// One of that name is here that holds something else.
    Another(Vec<Envelope>),
}

/// Takes files.
#[derive(Clone, Copy)]
pub struct Import {
    came: RwSignal<Came>,
    kept: Callback<()>,
}

impl Import {
    /// Nothing was taken. `kept` is called when a session is kept, and the page stays.
    #[must_use]
    pub fn new(kept: Callback<()>) -> Self {
        Self { came: RwSignal::new(Came::Nothing), kept }
    }

    /// Takes the first of the files.
    pub fn take(self, files: Option<web_sys::FileList>) {
        let Some(file) = files.and_then(|files| files.get(0)) else { return };
        self.came.set(Came::Reading);
        spawn_local(async move {
            self.came(read(file).await);
        });
    }

    fn came(self, came: Result<Came, String>) {
        let came = came.unwrap_or_else(Came::Refused);
        if matches!(came, Came::Kept(..)) {
            self.kept.run(());
        }
        // The page may be gone by now.
        let _ = self.came.try_set(came);
    }

    fn copy(self, mut events: Vec<Envelope>) {
        let id = backend::platform().session_id();
        events.iter_mut().for_each(|event| event.session = id.clone());
        spawn_local(async move {
            self.came(keep(events, None).await);
        });
    }
}

async fn read(file: web_sys::File) -> Result<Came, String> {
    let bytes = if file.size() > MAX_BYTES as f64 {
        // As much as it takes to be refused for its size; the rest stays where it is.
        vec![b' '; MAX_BYTES + 1]
    } else {
        browser::bytes(&file).await?
    };
    let Imported { events, note } = export::read(&bytes).map_err(|e| e.message)?;
    drop(bytes);
    let Some(id) = events.first().map(|first| first.session.clone()) else { return Ok(Came::Nothing) };
    match backend::load(&id).await {
        Ok(kept) if kept.events.is_empty() && kept.newer.is_none() => keep(events, note).await,
        Ok(kept) if export::json(&kept.events) == export::json(&events) => Ok(Came::Here(id)),
        // Also one that cannot be read any more.
        Ok(_) | Err(_) => Ok(Came::Another(events)),
    }
}

/// Keeps it and goes there, unless there is something to know first.
async fn keep(events: Vec<Envelope>, note: Option<String>) -> Result<Came, String> {
    let Some(id) = events.first().map(|first| first.session.clone()) else { return Ok(Came::Nothing) };
    browser::keep_storage();
    backend::keep(events).await?;
    match note {
        Some(note) => Ok(Came::Kept(id, note)),
        None => {
            Route::Session(id, None).go();
            Ok(Came::Nothing)
        }
    }
}

/// The button.
#[component]
pub fn ImportButton(
    /// What takes the file.
    import: Import,
) -> impl IntoView {
    let input = NodeRef::<Input>::new();
    let choose = move |_| {
        if let Some(input) = input.get_untracked() {
            input.click();
        }
    };
    let chosen = move |_| {
        let Some(input) = input.get_untracked() else { return };
        import.take(input.files());
        // The same file may be chosen again.
        input.set_value("");
    };
    view! {
        <button type="button" class="button" on:click=choose>{strings::IMPORT}</button>
        <input node_ref=input type="file" hidden accept=".json,.ndjson,.yaml,.yml" aria-label=strings::IMPORT on:change=chosen/>
    }
}

/// What came of it.
#[component]
pub fn ImportNotice(
    /// What takes the file.
    import: Import,
) -> impl IntoView {
    let link =
        |id: &SessionId, text: &'static str| view! { <a href=Route::Session(id.clone(), None).href()>{text}</a> };
    move || {
        let (bad, said) = match import.came.get() {
            Came::Nothing => return None,
            Came::Reading => (false, view! { <p>"Reading the file …"</p> }.into_any()),
            Came::Refused(message) => (true, view! { <p><b>"Nothing was imported. "</b>{message}</p> }.into_any()),
            Came::Kept(id, note) => {
                (false, view! { <p><b>"Imported. "</b>{note}" "{link(&id, "Open it")}</p> }.into_any())
            }
            Came::Here(id) => {
                let here = "This session is in this browser already, exactly as in the file. ";
                (false, view! { <p>{here}{link(&id, "Open it")}</p> }.into_any())
            }
            Came::Another(events) => {
                let another = "A session of this name is in this browser already and holds something else, for example \
                               because one of the two was continued. It stays as it is. ";
                let copy = move |_| import.copy(events.clone());
                let said = view! {
                    <p>
                        {another}
                        <button type="button" class="button" on:click=copy>{strings::IMPORT_COPY}</button>
                    </p>
                };
                (false, said.into_any())
            }
        };
        let (class, role) = if bad { ("notice bad", "alert") } else { ("notice", "status") };
        Some(view! { <div class=class role=role>{icon(CARE)}{said}</div> })
    }
}
