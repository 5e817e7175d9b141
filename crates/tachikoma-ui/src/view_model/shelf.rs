//! The sessions kept in this browser, as rows of a list.

use tachikoma_forge::session::{EndReason, ForgeSession, SessionState};
use tachikoma_forge::types::{SessionId, Seat};

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
    /// The members agreed, to this share in thousandths.
    Agreed(u32),
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
            Self::Agreed(value) => (share(*value), ""),
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
    let agreement = session.rounds.iter().rev().find_map(|r| r.tally).and_then(|t| t.agreement());
    let standing = match &session.state {
        SessionState::Running | SessionState::Ended { reason: EndReason::Stopped, .. } => Standing::Unfinished,
        SessionState::Ended { reason: EndReason::Converged, .. } => Standing::Agreed(agreement.unwrap_or(1000)),
        SessionState::Ended { reason: EndReason::NotConverged, .. } => Standing::NotAgreed(agreement),
        SessionState::Ended { reason: EndReason::Partial, .. } => Standing::Partial,
        SessionState::Ended { reason: EndReason::Failed, .. } => Standing::Failed,
    };
    let mut notes = Vec::new();
    if session.demo {
        notes.push("Demo, scripted members".to_owned());
    }
    if standing == Standing::Unfinished {
        let last = session.rounds.last().map_or(1, |r| r.number);
        notes.push(["Stopped in round ", &last.to_string(), ". Nothing is lost."].concat());
    }
    let end = |ended: Option<u64>| ended.unwrap_or(session.updated_ms);
    Row {
        id: session.id.clone(),
        title: if session.topic.title.is_empty() { "Untitled".into() } else { session.topic.title.clone() },
        note: notes.join(" · "),
        created_ms: session.created_ms,
        seats: session.participants.iter().map(|p| p.seat).collect(),
        names: session.participants.iter().map(|p| p.name.clone()).collect(),
        standing,
        time_ms: session.rounds.iter().map(|r| end(r.ended_ms).saturating_sub(r.started_ms)).sum(),
    }
}
