//! The result, in the format that was asked for.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use tachikoma_forge::export;
use tachikoma_forge::session::{Answer, Envelope, ForgeSession, SessionState};

use crate::exit::Stop;
use crate::plain::plain;
use crate::progress::thousandths;

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
    out += &plain(detail);
    out.push('\n');
    let deciding = session.rounds.iter().rev().find(|r| r.tally.is_some());
    if let Some(round) = deciding {
        if let Some(tally) = round.tally {
            let agreement = tally.agreement().map_or_else(|| "none counted".to_owned(), thousandths);
            out += &format!(
                "Agreement: {agreement} ({} agree, {} disagree, {} abstain; {} needed)\n",
                tally.agree,
                tally.disagree,
                tally.abstain,
                thousandths(tally.threshold)
            );
        }
        for turn in session.turns_of(round.number) {
            if let Some(Answer::Vote(vote)) = turn.answer()
                && !vote.agree
            {
                let name = plain(session.name_of(turn.ask.seat));
                out += &format!("{name} disagrees: {}\n", plain(vote.reasoning.trim()));
                for concern in &vote.concerns {
                    out += &format!("  - {}\n", plain(concern.trim()));
                }
            }
        }
    }
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
