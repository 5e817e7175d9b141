//! What is supplied with the goal: a button, a place to drop files, and the list of them. In the whole app alone; the
//! first one has the button (`attach_later`), which has this one fetched.

use leptos::ev;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;
use tachikoma_forge::driver::sees;
use tachikoma_forge::session::Attachment;
use tachikoma_forge::session::attachment::{MOST_PDF, MOST_TEXT, Recognised, attach, recognise, size};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DataTransfer, File, FileList};

use super::icon::{CARE, CROSS, PLUS, icon};
use crate::access::access;
use crate::host::{First, Order};
use crate::markdown::clean;
use crate::setup::Setup;
use crate::strings;
use crate::view_model::format::names;

/// What a file picker offers first.
const KINDS: &str = ".txt,.md,.markdown,.pdf,.csv,.json,.png,.jpg,.jpeg,.webp,.gif,text/*,application/pdf,image/*";

/// Files on their way into the form; copied around freely.
#[derive(Clone, Copy)]
struct Intake {
    setup: Setup,
    /// How many are being read.
    reading: RwSignal<usize>,
    /// Why the last ones were refused.
    refused: RwSignal<Vec<String>>,
}

impl Intake {
    fn take(self, files: &FileList) {
        self.refused.set(Vec::new());
        let files: Vec<File> = (0..files.length()).filter_map(|at| files.get(at)).collect();
        self.reading.update(|count| *count += files.len());
        spawn_local(async move {
            // One after the other, so that they stand in the order in which they were given.
            for file in files {
                let outcome = read(&file).await;
                if self.reading.try_update(|count| *count = count.saturating_sub(1)).is_none() {
                    return;
                }
                let mut all = self.setup.attachments.get_untracked();
                match outcome.and_then(|one| attach(&mut all, one).map_err(|error| error.0)) {
                    Ok(()) => self.setup.attachments.set(all),
                    Err(why) => self.refused.update(|refused| refused.push(why)),
                }
            }
        });
    }
}

async fn read(file: &File) -> Result<Attachment, String> {
    let name = file.name();
    if file.size() > MOST_PDF as f64 {
        return Err([&name, " has more than ", &size(MOST_PDF as u64), ". Attach the part that matters."].concat());
    }
    let no = |_| [name.as_str(), " cannot be read. It may have been moved, or be a folder."].concat();
    let buffer = JsFuture::from(file.array_buffer()).await.map_err(no)?;
    let bytes = js_sys::Uint8Array::new(&buffer).to_vec();
    match recognise(&name, &bytes).map_err(|error| error.0)? {
        Recognised::Attachment(one) => Ok(one),
        Recognised::Pdf => {
            let read = tachikoma_web::pdf_text(&bytes, MOST_TEXT).await;
            let (text, without) = read.map_err(|why| [&name, " ", &why].concat())?;
            Attachment::from_pdf(&name, bytes.len(), &text, &without).map_err(|error| error.0)
        }
    }
}

/// The files of a drag or a paste, if it brings any.
fn files_of(data: Option<DataTransfer>) -> Option<FileList> {
    data?.files().filter(|files| files.length() > 0)
}

/// The control.
#[must_use]
pub fn attach_files() -> AnyView {
    let intake = Intake { setup: expect_context(), reading: RwSignal::new(0), refused: RwSignal::new(Vec::new()) };
    let field = NodeRef::<Input>::new();
    let choose = move || {
        if let Some(field) = field.get_untracked() {
            field.click();
        }
    };
    // The browser still takes the press on the other button for ours; when it took too long, it does nothing.
    let first: First = expect_context();
    if first.is(Order::Attach) {
        crate::browser::next_frame(choose);
    }
    let chosen = move |_| {
        let Some(field) = field.get_untracked() else { return };
        if let Some(files) = field.files() {
            intake.take(&files);
        }
        // The same file may be chosen again after it was removed.
        field.set_value("");
    };
    let over = window_event_listener(ev::dragover, move |event| {
        // While files are dragged the browser shows their kind alone.
        let files = event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0));
        if files {
            event.prevent_default();
        }
    });
    let dropped = window_event_listener(ev::drop, move |event| {
        if let Some(files) = files_of(event.data_transfer()) {
            event.prevent_default();
            intake.take(&files);
        }
    });
    let pasted = window_event_listener(ev::paste, move |event| {
        let data = event.unchecked_ref::<web_sys::ClipboardEvent>().clipboard_data();
        // What also comes as text is pasted as text.
        let text = data.as_ref().is_some_and(|data| data.types().includes(&"text/plain".into(), 0));
        if let Some(files) = files_of(data).filter(|_| !text) {
            event.prevent_default();
            intake.take(&files);
        }
    });
    on_cleanup(move || {
        over.remove();
        dropped.remove();
        pasted.remove();
    });
    view! {
        <div class="attach">
            <button type="button" class="button small" on:click=move |_| choose()>{icon(PLUS)}{strings::ATTACH}</button>
            <input node_ref=field type="file" multiple=true accept=KINDS hidden=true on:change=chosen aria-label=strings::ATTACH/>
            <span class="meta" role="status">{move || remark(intake)}</span>
            {move || list(intake)}
            <div role="alert">{move || refused(intake)}</div>
            <div role="status">{move || unseen(intake.setup)}</div>
        </div>
    }
    .into_any()
}

fn remark(intake: Intake) -> String {
    match intake.reading.get() {
        0 if intake.setup.attachments.read().is_empty() => "Text, PDF or pictures. Drop or paste them anywhere.".into(),
        0 => String::new(),
        1 => "Reading a file…".into(),
        count => ["Reading ", &count.to_string(), " files…"].concat(),
    }
}

fn list(intake: Intake) -> Option<AnyView> {
    let all = intake.setup.attachments.get();
    (!all.is_empty()).then(|| {
        let remove = move |name: &str| {
            let name = name.to_owned();
            move |_| intake.setup.attachments.update(|all| all.retain(|one| one.name != name))
        };
        let items: Vec<_> = all
            .iter()
            .map(|one| {
                let label = ["Remove ", &clean(&one.name)].concat();
                view! {
                    <li>
                        {line(one)}
                        <button type="button" class="tool" aria-label=label on:click=remove(&one.name)>{icon(CROSS)}</button>
                    </li>
                }
                .into_any()
            })
            .collect();
        view! { <ul class="attached" aria-label="Attached files">{items}</ul> }.into_any()
    })
}

/// A file by its name, its size and what is to be known of it.
fn line(one: &Attachment) -> AnyView {
    let facts = [one.size(), one.note.clone().map(|note| [" · ", &note].concat()).unwrap_or_default()].concat();
    view! { <span>{clean(&one.name)}" "<span class="meta">{clean(&facts)}</span></span> }.into_any()
}

/// The files of a session, without anything to press.
#[must_use]
pub fn attached(all: &[Attachment]) -> AnyView {
    let items: Vec<_> = all.iter().map(|one| view! { <li>{line(one)}</li> }.into_any()).collect();
    view! { <ul class="attached" aria-label="Attached files">{items}</ul> }.into_any()
}

fn refused(intake: Intake) -> Vec<AnyView> {
    let all = intake.refused.get();
    all.iter()
        .map(|why| view! { <div class="notice bad">{icon(CARE)}<p><b>{clean(why)}</b></p></div> }.into_any())
        .collect()
}

/// Who of the members cannot see the pictures, as far as is known.
fn unseen(setup: Setup) -> Option<AnyView> {
    let access = access();
    setup.attachments.read().iter().any(|one| one.image().is_some()).then_some(())?;
    let factory = access.factory();
    let members = setup.participants(access).ok()?;
    let blind: Vec<String> =
        members.iter().filter(|member| sees(&member.model, &factory) == Some(false)).map(|m| m.name.clone()).collect();
    (!blind.is_empty()).then(|| {
        let text = [&names(&blind), " cannot see pictures, and will be told their names alone."].concat();
        view! { <div class="notice">{icon(CARE)}<p>{clean(&text)}</p></div> }.into_any()
    })
}
