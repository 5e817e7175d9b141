//! The sessions kept in this browser, as rows of a list.

use tachikoma_forge::session::{EndReason, ForgeSession, SessionState};
use tachikoma_forge::types::{Seat, SessionId};

use super::format::share;

/// A session as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub id: SessionId,
    /// What it is about.
    pub title: String,
    /// What else there is to say.
    pub note: String,
    /// When it was created, in milliseconds since 1970.
    pub created_ms: u64,
    /// Who takes part.
    pub seats: Vec<Seat>,
    /// Their names, for a screen reader.
    pub names: Vec<String>,
    /// How it stands.
    pub standing: Standing,
    /// Milliseconds within rounds.
    pub time_ms: u64,
}

/// How a session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The members agreed; the share in thousandths, once the votes were read.
    Agreed(Option<u32>),
    /// They did not; the share, if it could be counted.
    NotAgreed(Option<u32>),
    /// It can go on.
    Unfinished,
    /// It ended with what there was.
    Partial,
    /// There is nothing to show.
    Failed,
}

impl Standing {
    /// The words of the column.
    #[must_use]
    pub fn words(&self) -> (String, &'static str) {
        match self {
            Self::Agreed(Some(value)) => (share(*value), ""),
            Self::Agreed(None) => ("agreed".into(), ""),
            Self::NotAgreed(Some(value)) => (["no agreement, ", &share(*value)].concat(), "second"),
            Self::NotAgreed(None) => ("no agreement".into(), "second"),
            Self::Unfinished => ("unfinished".into(), "warn strong"),
            Self::Partial => ("ended early".into(), "warn"),
            Self::Failed => ("failed, no answer".into(), "danger"),
        }
    }
}

/// A session as a row.
#[must_use]
pub fn row(session: &ForgeSession) -> Row {
    let end = |ended: Option<u64>| ended.unwrap_or(session.updated_ms);
    let time_ms = session.rounds.iter().map(|r| end(r.ended_ms).saturating_sub(r.started_ms)).sum();
    let ended = match &session.state {
        SessionState::Running => None,
        SessionState::Ended { reason, .. } => Some(*reason),
    };
    let names = session.participants.iter().map(|p| p.name.clone()).collect();
    let (id, title, created) = (session.id.clone(), session.topic.title.as_str(), session.created_ms);
    let rounds = session.rounds.last().map_or(0, |r| r.number);
    let mut row = brief(id, title, created, time_ms, names, ended, rounds, session.demo);
    let agreement = session.rounds.iter().rev().find_map(|r| r.tally).and_then(|t| t.agreement());
    match &mut row.standing {
        Standing::Agreed(value) | Standing::NotAgreed(value) => *value = agreement,
        Standing::Unfinished | Standing::Partial | Standing::Failed => {}
    }
    row
}

/// A session as a row, as far as a summary tells.
#[must_use]
#[expect(clippy::too_many_arguments, reason = "the columns of a row, each once")]
pub fn brief(
    id: SessionId,
    title: &str,
    created_ms: u64,
    time_ms: u64,
    names: Vec<String>,
    ended: Option<EndReason>,
    rounds: u32,
    demo: bool,
) -> Row {
    let standing = match ended {
        None | Some(EndReason::Stopped) => Standing::Unfinished,
        Some(EndReason::Converged) => Standing::Agreed(None),
        Some(EndReason::NotConverged) => Standing::NotAgreed(None),
        Some(EndReason::Partial) => Standing::Partial,
        Some(EndReason::Failed) => Standing::Failed,
    };
    let mut notes = Vec::new();
    if demo {
        notes.push("Demo, scripted members".to_owned());
    }
    if standing == Standing::Unfinished {
        notes.push(["Stopped in round ", &rounds.max(1).to_string(), ". Nothing is lost."].concat());
    }
    Row {
        id,
        title: if title.trim().is_empty() { "Untitled".into() } else { title.to_owned() },
        note: notes.join(" · "),
        created_ms,
        seats: (0..).take(names.len()).collect(),
        names,
        standing,
        time_ms,
    }
}
