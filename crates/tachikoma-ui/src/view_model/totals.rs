//! The figures of a session as a whole.

use tachikoma_forge::session::{AttemptReason, Spending};

use super::live::Live;

/// What a session has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Calls that were made, retries included.
    pub calls: u64,
    /// Calls made because one before failed or could not be read.
    pub retries: u64,
    /// Tokens and money, calls under way apart.
    pub spending: Spending,
    /// Milliseconds within rounds.
    pub time_ms: u64,
    /// Rounds begun.
    pub rounds: u64,
}

/// The totals at a moment (milliseconds since 1970).
#[must_use]
pub fn totals(live: &Live, now: u64) -> Totals {
    let session = &live.session;
    let (rounds, spending) = (session.rounds.len() as u64, session.spending());
    let mut totals = Totals { rounds, spending, ..Totals::default() };
    for turn in session.turns.values() {
        for attempt in &turn.attempts {
            totals.calls += 1;
            totals.retries += u64::from(is_retry(attempt.why));
        }
    }
    // Rounds, not wall time: a session that was continued a day later did not take a day.
    for round in &session.rounds {
        let runs = live.running && !session.paused;
        let end = round.ended_ms.unwrap_or(if runs { now } else { session.updated_ms });
        totals.time_ms += end.saturating_sub(round.started_ms);
    }
    totals
}

/// Whether an attempt was made because one before it failed or could not be read.
#[must_use]
pub const fn is_retry(why: AttemptReason) -> bool {
    !matches!(why, AttemptReason::First | AttemptReason::Resumed)
}
