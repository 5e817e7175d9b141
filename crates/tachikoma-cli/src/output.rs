//! The result, in the format that was asked for.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use tachikoma_forge::export;
use tachikoma_forge::session::{Envelope, ForgeSession, SessionState};

use crate::exit::Stop;
use crate::plain::plain;

/// How the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// The answer and who stands behind it, for reading
    Text,
    /// The whole record as Markdown
    Md,
    /// The events as one JSON document
    Json,
    /// The events as one YAML document
    Yaml,
    /// The events as they happen, one JSON line each
    Ndjson,
}

/// How a list, or what is known of a thing, is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum List {
    /// A line for each, for reading
    Text,
    /// One JSON document with everything that is known
    Json,
}

/// Where the result goes. Checked before anything is spent.
pub(crate) enum Target {
    Stdout,
    File(PathBuf),
}

impl Target {
    pub(crate) fn new(path: Option<PathBuf>) -> Result<Self, Stop> {
        let Some(path) = path else { return Ok(Self::Stdout) };
        // What is there stays untouched until there is something to write, and what is not does not appear.
        let tried = match std::fs::OpenOptions::new().write(true).create_new(true).open(&path) {
            Ok(_) => std::fs::remove_file(&path),
            Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {
                std::fs::OpenOptions::new().append(true).open(&path).map(drop)
            }
            Err(e) => Err(e),
        };
        tried.map_err(|e| Stop::usage(format!("cannot write to {}: {e}", path.display())))?;
        Ok(Self::File(path))
    }

    pub(crate) fn write(&self, text: &str) -> Result<(), Stop> {
        let written = match self {
            Self::Stdout => {
                let mut out = std::io::stdout().lock();
                out.write_all(text.as_bytes()).and_then(|()| out.flush())
            }
            Self::File(path) => write_whole(path, text),
        };
        match written {
            // Who reads has seen enough.
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
            other => other.map_err(|e| Stop::failed(format!("the result cannot be written: {e}"))),
        }
    }
}

fn write_whole(path: &Path, text: &str) -> std::io::Result<()> {
    std::fs::write(path, text)
}

/// The record in a format other than the live one.
pub(crate) fn render(format: Format, events: &[Envelope], session: &ForgeSession) -> Result<String, Stop> {
    Ok(match format {
        Format::Text => text(session),
        Format::Md => export::markdown(session),
        Format::Json => export::json(events),
        Format::Yaml => export::yaml(events),
        Format::Ndjson => {
            let mut lines = String::new();
            for event in events {
                lines += &serde_json::to_string(event).map_err(|e| Stop::failed(e.to_string()))?;
                lines.push('\n');
            }
            lines
        }
    })
}

/// The answer first, then how it came about and who stands where.
fn text(session: &ForgeSession) -> String {
    let mut out = String::new();
    let SessionState::Ended { detail, .. } = &session.state else { return out };
    if let Some(turn) = session.result() {
        out += plain(turn.words()).trim();
        out += "\n\n";
    }
    if session.demo {
        out += "This was the demo: the members were scripted, no model was asked.\n";
    }
    if let Some(degraded) = session.degraded() {
        out += &format!("Degraded result: {}\n", plain(&degraded.sentences(session).join(" ")));
    }
    out += &plain(detail);
    out.push('\n');
    if let Some(round) = session.deciding()
        && let Some(tally) = round.tally
    {
        out += &format!("Agreement in round {}: {}\n", round.number, tally.explained());
    }
    out += &standing(session);
    for round in &session.rounds {
        for absent in &round.absent {
            let name = plain(session.name_of(absent.seat));
            out += &format!(
                "{name} was absent from round {} ({}): {}\n",
                round.number,
                round.round_type,
                plain(&absent.reason)
            );
        }
    }
    out
}

/// Who disagrees, how independent the drafts are, and whether it helped.
fn standing(session: &ForgeSession) -> String {
    let minority = session.dissent().minority;
    let mut out = format!("{}\n", minority.sentence());
    let listed = |out: &mut String, items: &[String]| {
        for item in items {
            *out += &format!("  - {}\n", plain(item.trim()));
        }
    };
    for dissenter in &minority.against {
        let name = plain(session.name_of(dissenter.seat));
        out += &format!("{name} disagrees: {}\n", plain(dissenter.why.trim()));
        listed(&mut out, &dissenter.blocking);
        listed(&mut out, &dissenter.concerns);
    }
    if let Some(voices) = session.voices().filter(|voices| !voices.alike.is_empty()) {
        for pair in &voices.alike {
            let [one, other] = [pair.one, pair.other].map(|seat| plain(session.name_of(seat)));
            out += &format!("The drafts of {one} and {other} are nearly the same.\n");
        }
        out += &format!("{}\n", voices.sentence());
    }
    if let Some(verdict) = session.checked().map(|checked| checked.sentence()).or_else(|| session.check_failed()) {
        out += &format!("{}\n", plain(&verdict));
    }
    out
}
