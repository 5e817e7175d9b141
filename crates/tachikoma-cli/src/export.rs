//! `tachikoma export`: a session's file as a document.
//!
//! Reads what `--session` wrote and what an export to JSON or YAML wrote; neither is changed or locked.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::ValueEnum;
use tachikoma_forge::export;
use tachikoma_forge::session::{Envelope, ForgeSession, Record};
use tachikoma_native::FileJournal;

use crate::exit::{Exit, Stop};
use crate::output::{Format, Target, render};
use crate::plain::plain;

/// Write a session's file as a document
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A session's file: a journal, or an export to JSON or YAML
    file: PathBuf,
    /// How it is written
    #[arg(long, value_enum)]
    format: Document,
    /// Write it to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Document {
    /// The whole record as Markdown
    Md,
    /// The events as one JSON document
    Json,
    /// The events as one YAML document
    Yaml,
}

impl From<Document> for Format {
    fn from(document: Document) -> Self {
        match document {
            Document::Md => Self::Md,
            Document::Json => Self::Json,
            Document::Yaml => Self::Yaml,
        }
    }
}

pub(crate) fn run(args: &Args) -> ExitCode {
    match written(args) {
        Ok(()) => Exit::Result.into(),
        Err(stop) => stop.report().into(),
    }
}

fn written(args: &Args) -> Result<(), Stop> {
    // Read first: whoever writes over the file it came from loses nothing when it cannot be read.
    let Record { events, newer } = view(&args.file)?;
    let path = args.file.display();
    if let Some(newer) = newer {
        let message = newer.message();
        if !matches!(args.format, Document::Md) {
            return Err(Stop::usage(format!(
                "{path}: {message} JSON and YAML hold every event, so they are the newer version's to write; \
                 --format md writes what can be read."
            )));
        }
        anstream::eprintln!("note: {}", plain(&format!("{path}: {message} The document holds the rest.")));
    }
    let session = ForgeSession::fold(&events)
        .filter(|session| !session.participants.is_empty())
        .ok_or_else(|| Stop::usage(format!("{path} holds no session yet: nothing has been asked in it.")))?;
    let document = render(args.format.into(), &events, &session)?;
    Target::new(args.output.clone())?.write(&document)
}

/// The events of a journal, or of an export to JSON or YAML.
pub(crate) fn read(path: &Path) -> Result<Vec<Envelope>, Stop> {
    let Record { events, newer } = view(path)?;
    match newer {
        None => Ok(events),
        Some(newer) => Err(Stop::usage(format!("{}: {} Use that version.", path.display(), newer.message()))),
    }
}

/// The same, as far as it can be read: a newer version may have written it.
fn view(path: &Path) -> Result<Record, Stop> {
    let bytes = std::fs::read(path)
        .map_err(|e| Stop::usage(format!("{} cannot be read: {e}. Name a session's file.", path.display())))?;
    // A journal begins with an event, whose first field is its version.
    if bytes.trim_ascii_start().starts_with(b"{\"v\":") || bytes.trim_ascii().is_empty() {
        return FileJournal::view(path).map_err(|e| Stop::usage(e.message));
    }
    let read = export::read(&bytes).map_err(|e| Stop::usage(format!("{}: {e}", path.display())))?;
    Ok(Record { events: read.events, newer: None })
}
