//! The figures of a session as a whole.

use tachikoma_forge::session::AttemptReason;
use tachikoma_forge::types::TokenUsage;

use super::live::Live;

/// What a session has used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Calls that were made, retries included.
    pub calls: u64,
    /// Calls made because one before failed or could not be read.
    pub retries: u64,
    /// Tokens as reported, prompts and answers.
    pub tokens: u64,
    /// Complete turns whose provider reported no tokens.
    pub unreported: u64,
    /// Milliseconds within rounds.
    pub time_ms: u64,
    /// Rounds begun.
    pub rounds: u64,
}

/// The totals at a moment (milliseconds since 1970).
#[must_use]
pub fn totals(live: &Live, now: u64) -> Totals {
    let session = &live.session;
    let mut totals = Totals { rounds: session.rounds.len() as u64, ..Totals::default() };
    for turn in session.turns.values() {
        for attempt in &turn.attempts {
            totals.calls += 1;
            totals.retries += u64::from(is_retry(attempt.why));
        }
        if let Some(complete) = turn.complete() {
            match tokens(&complete.usage) {
                Some(tokens) => totals.tokens += tokens,
                None => totals.unreported += 1,
            }
        }
    }
    // Rounds, not wall time: a session that was continued a day later did not take a day.
    for round in &session.rounds {
        let end = round.ended_ms.unwrap_or(if live.running { now } else { session.updated_ms });
        totals.time_ms += end.saturating_sub(round.started_ms);
    }
    totals
}

/// Whether an attempt was made because one before it failed or could not be read.
#[must_use]
pub const fn is_retry(why: AttemptReason) -> bool {
    !matches!(why, AttemptReason::First | AttemptReason::Resumed)
}

fn tokens(usage: &TokenUsage) -> Option<u64> {
    match (usage.input_tokens, usage.output_tokens) {
        (None, None) => None,
        (input, output) => Some(input.unwrap_or(0) + output.unwrap_or(0)),
    }
}
