//! The figures of past sessions, one line each: how models did, kept when the journals are not.
//!
//! A line holds figures and names of models, no text of a session and no key. A session that goes on later gets a
//! further line, which takes the place of the one before.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tachikoma_forge::metrics::{Helped, Metrics, Past};
use tachikoma_forge::session::ForgeSession;

/// The file of figures.
#[derive(Clone, Debug)]
pub struct Ledger(PathBuf);

impl Ledger {
    /// Where it belongs: `tachikoma/stats.jsonl` in the user's data directory (`XDG_DATA_HOME`, else
    /// `~/.local/share`; `LOCALAPPDATA` where there is no home). `None` when the environment names none of them.
    #[must_use]
    pub fn usual(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        let folder = |name: &str| variable(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let data = folder("XDG_DATA_HOME")
            .or_else(|| folder("HOME").map(|home| home.join(".local").join("share")))
            .or_else(|| folder("LOCALAPPDATA"))?;
        Some(Self(data.join("tachikoma").join("stats.jsonl")))
    }

    /// A ledger in a file of one's choice.
    #[must_use]
    pub const fn at(path: PathBuf) -> Self {
        Self(path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Adds what a session tells; one that tells nothing leaves no line.
    ///
    /// # Errors
    /// When the file or its folder cannot be written.
    pub fn add(&self, session: &ForgeSession) -> std::io::Result<()> {
        let metrics = Metrics::of(session);
        if metrics.0.is_empty() {
            return Ok(());
        }
        if let Some(folder) = self.0.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let line = format!(
            "{}\n",
            json!({
                "session": session.id, "at_ms": session.updated_ms, "metrics": metrics, "helped": Helped::of(session),
            })
        );
        // One write of one line: two programs that end together do not mix theirs.
        OpenOptions::new().create(true).append(true).open(&self.0)?.write_all(line.as_bytes())
    }

    /// What all sessions tell. A line that cannot be read is passed over: these are figures, and a torn line must not
    /// cost the others.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn read(&self) -> std::io::Result<Past> {
        let text = match std::fs::read_to_string(&self.0) {
            Err(e) if e.kind() == ErrorKind::NotFound => String::new(),
            other => other?,
        };
        let mut latest: BTreeMap<String, (Metrics, Option<Helped>)> = BTreeMap::new();
        for line in text.lines() {
            let Ok(mut line) = serde_json::from_str::<Value>(line) else { continue };
            let Some(session) = line["session"].as_str().map(str::to_owned) else { continue };
            if let Ok(metrics) = serde_json::from_value(line["metrics"].take()) {
                latest.insert(session, (metrics, serde_json::from_value(line["helped"].take()).ok()));
            }
        }
        let mut past = Past::default();
        latest.values().for_each(|(metrics, helped)| past.add(metrics, helped.as_ref()));
        Ok(past)
    }
}

#[cfg(test)]
mod tests {
    use tachikoma_forge::session::{AttemptReason, Envelope, Event};
    use tachikoma_forge::types::{AskId, ErrorKind, LlmError, SessionId};

    use super::*;

    fn session(name: &str, failures: u32) -> ForgeSession {
        let ask = AskId { branch: 0, round: 1, step: "draft".into(), seat: 0, revision: 0 };
        let mut events =
            vec![Event::ParticipantThinking { ask: ask.clone(), prompt_hash: String::new(), reads: vec![] }];
        for attempt in 1..=failures {
            events.push(Event::AttemptStarted {
                ask: ask.clone(),
                attempt,
                model: "openai/gpt-4.1".parse().unwrap(),
                why: AttemptReason::First,
                reserved: None,
            });
            events.push(Event::AttemptFailed {
                ask: ask.clone(),
                attempt,
                error: LlmError::new(ErrorKind::Server, "secret words"),
                partial: "secret words".into(),
                usage: tachikoma_forge::types::TokenUsage::default(),
                next: tachikoma_forge::session::NextStep::Absent,
            });
        }
        let mut session = ForgeSession::new(SessionId(name.into()));
        for (seq, event) in (1..).zip(events) {
            session.apply(&Envelope { v: 1, session: session.id.clone(), seq, branch: 0, at_ms: seq, event });
        }
        session
    }

    #[test]
    fn the_latest_line_of_a_session_counts_and_a_torn_one_does_not() {
        let folder = std::env::temp_dir().join(format!("tachikoma-ledger-{}", std::process::id()));
        let ledger = Ledger::at(folder.join("deep").join("stats.jsonl"));
        assert_eq!(ledger.read().unwrap(), Past::default());
        for (name, failures) in [("a", 1), ("b", 2), ("a", 3), ("empty", 0)] {
            ledger.add(&session(name, failures)).unwrap();
        }
        let mut text = std::fs::read_to_string(ledger.path()).unwrap();
        assert!(!text.contains("secret"), "{text}");
        for helped in [true, true, false] {
            let helped = Helped { set_up: "think-tank: a/x + b/y".into(), helped };
            text += &format!(
                "{}\n",
                json!({ "session": format!("{helped:?}{}", text.len()), "metrics": {}, "helped": helped })
            );
        }
        text.push_str("{\"session\":\"c\",\"metr");
        std::fs::write(ledger.path(), text).unwrap();
        let past = ledger.read().unwrap();
        assert_eq!((past.sessions, past.metrics.0["openai/gpt-4.1"].calls), (2, 5));
        assert_eq!(past.help.0["think-tank: a/x + b/y"], (2, 3));
        std::fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn it_is_where_such_files_belong() {
        let at = |pairs: &[(&str, &str)]| {
            let read = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
            Ledger::usual(read).map(|ledger| ledger.path().to_string_lossy().into_owned())
        };
        let (data, home) = (("XDG_DATA_HOME", "/data"), ("HOME", "/home/x"));
        assert_eq!(at(&[data, home]).as_deref(), Some("/data/tachikoma/stats.jsonl"));
        assert_eq!(at(&[home]).as_deref(), Some("/home/x/.local/share/tachikoma/stats.jsonl"));
        assert_eq!(
            at(&[("XDG_DATA_HOME", "not/absolute"), home]).as_deref(),
            Some("/home/x/.local/share/tachikoma/stats.jsonl")
        );
        assert_eq!(at(&[]), None);
    }
}
