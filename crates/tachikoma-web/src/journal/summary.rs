//! What a list of sessions shows: folded from the same events, kept beside them, never more than a shortcut.

use serde::{Deserialize, Serialize};
use tachikoma_forge::driver::JournalError;
use tachikoma_forge::metrics::{Helped, Metrics};
use tachikoma_forge::session::{ControlAction, EndReason, Envelope, Event};
use tachikoma_forge::types::SessionId;

use super::database::{SESSIONS, Transaction, js_error};

/// A session in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionSummary {
    /// Its name.
    pub id: SessionId,
    /// A short name for people.
    pub title: String,
    /// The goal in full.
    pub goal: String,
    /// When it was created, in milliseconds since 1970.
    pub started_ms: u64,
    /// When its last event happened, in milliseconds since 1970; text still being written does not count.
    pub updated_ms: u64,
    /// How long it ran, in milliseconds: without the time between a stop and Continue.
    #[serde(default)]
    pub ran_ms: u64,
    /// The agreement of the last count, in thousandths; nothing before one, and where too few voted.
    #[serde(default)]
    pub agreement: Option<u32>,
    /// How it ended; nothing while it runs, and after a reload or crash that cut it off.
    pub ended: Option<EndReason>,
    /// What people call the members, by seat.
    pub members: Vec<String>,
    /// How many rounds have begun.
    pub rounds: u32,
    /// Whether scripted members answer.
    pub demo: bool,
    /// How its models did, once it has ended; nothing before, and where an older version wrote it.
    #[serde(default)]
    pub metrics: Option<Metrics>,
    /// Whether it helped, where that was checked.
    #[serde(default)]
    pub helped: Option<Helped>,
    /// Whether its result is less than it was meant to be.
    #[serde(default)]
    pub degraded: bool,
}

impl SessionSummary {
    /// Where it stands, in one word: `running`, `converged`, `concluded`, `not_converged`, `partial`, `budget`, `failed` or `stopped`.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match self.ended {
            None => "running",
            Some(EndReason::Converged) => "converged",
            Some(EndReason::Concluded) => "concluded",
            Some(EndReason::NotConverged) => "not_converged",
            Some(EndReason::Partial) => "partial",
            Some(EndReason::Budget) => "budget",
            Some(EndReason::Failed) => "failed",
            Some(EndReason::Stopped) => "stopped",
        }
    }

    /// Takes one event; says whether the summary changed. Before the first event there is none.
    pub(super) fn take_event(summary: &mut Option<Self>, envelope: &Envelope) -> bool {
        if let Event::SessionCreated { topic, participants, demo, .. } = &envelope.event {
            *summary = Some(Self {
                id: envelope.session.clone(),
                title: topic.title.clone(),
                goal: topic.goal.clone(),
                started_ms: envelope.at_ms,
                updated_ms: envelope.at_ms,
                ran_ms: 0,
                agreement: None,
                ended: None,
                members: participants.iter().map(|p| p.name.clone()).collect(),
                rounds: 0,
                demo: *demo,
                metrics: None,
                helped: None,
                degraded: false,
            });
            return true;
        }
        let Some(summary) = summary else { return false };
        match &envelope.event {
            // Several a second: a list need not follow those.
            Event::TextSoFar { .. } | Event::ContentDelta { .. } => return false,
            Event::RoundStarted { round, .. } => summary.rounds = summary.rounds.max(*round),
            Event::ConvergenceChecked { tally, .. } => summary.agreement = tally.agreement(),
            Event::SessionEnded { reason, .. } => summary.ended = Some(*reason),
            // A change of a finished session, or more rounds for it, gives it more to do.
            Event::Resumed { .. } | Event::BranchOpened { .. } => (summary.ended, summary.metrics) = (None, None),
            Event::Control { action: ControlAction::SetRounds { .. } | ControlAction::RunRound { .. } } => {
                (summary.ended, summary.metrics) = (None, None);
            }
            _ => {}
        }
        if !matches!(envelope.event, Event::Resumed { .. }) {
            let passed = envelope.at_ms.saturating_sub(summary.updated_ms);
            summary.ran_ms = summary.ran_ms.saturating_add(passed);
        }
        summary.updated_ms = envelope.at_ms;
        true
    }

    pub(super) fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn put(&self, transaction: &Transaction) -> Result<(), JournalError> {
        // Texts and numbers only: this cannot fail to become JSON.
        let json = serde_json::to_string(self).unwrap_or_default();
        let put = transaction.store(SESSIONS)?.put_with_key(&json.into(), &self.id.0.as_str().into());
        put.map(drop).map_err(|e| js_error(&e))
    }
}
