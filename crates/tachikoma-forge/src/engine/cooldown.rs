//! Targets that are left alone for a while: what one member's failure taught, every member heeds.

use std::collections::BTreeMap;
use std::time::Duration;

use super::retry::backoff;
use crate::session::{AttemptRecord, AttemptState, ForgeSession};
use crate::types::{AskId, Chance, ErrorKind, LlmError, ModelRef, Now, Seed};

/// An account without credit is not asked again for this long, unless the provider says otherwise.
const WITHOUT_CREDIT: Duration = Duration::from_secs(600);

/// Whether a failure says "later", to everybody who would ask the same target. What is wrong with the request
/// itself, or with one answer, says nothing about the next.
#[must_use]
pub const fn cools(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::RateLimited | ErrorKind::Overloaded | ErrorKind::Quota | ErrorKind::Network | ErrorKind::Server
    )
}

/// The targets that failed, and until when they are left alone.
#[derive(Debug, Default)]
pub(super) struct Cooldowns(BTreeMap<ModelRef, Cooldown>);

#[derive(Debug)]
struct Cooldown {
    until: Duration,
    length: Duration,
    /// Failures since the last answer: what a wait that nobody stated grows with.
    in_a_row: u32,
    error: LlmError,
}

impl Cooldowns {
    /// What the attempts of a session taught, as far as it still holds.
    ///
    /// Only here does wall time decide anything, since no other clock outlives a restart: it shortens a wait by
    /// the time that has passed. A clock that was put back makes a wait whole again, never longer.
    pub(super) fn of(session: &ForgeSession, now: Now) -> Self {
        // Those of other branches too: a server does not know of branches.
        let mut ended: Vec<(u64, &AskId, &AttemptRecord)> = session
            .all_turns()
            .flat_map(|turn| turn.attempts.iter().filter_map(move |a| Some((a.ended_ms?, &turn.ask, a))))
            .collect();
        ended.sort_by_key(|(at, ask, attempt)| (*at, *ask, attempt.attempt));
        let mut cooldowns = Self::default();
        for (at, _, attempt) in ended {
            match &attempt.state {
                AttemptState::Failed { error, .. } => {
                    let passed = Duration::from_millis(now.wall_ms.saturating_sub(at));
                    cooldowns.learn(&attempt.model, error, passed, now.mono, session.seed);
                }
                AttemptState::Succeeded => cooldowns.answered(&attempt.model),
                AttemptState::Running | AttemptState::Interrupted => {}
            }
        }
        cooldowns
    }

    /// A target failed so long ago. The later end of two cooldowns holds: one that the server stated is never
    /// shortened by a failure that came after it.
    pub(super) fn learn(&mut self, model: &ModelRef, error: &LlmError, passed: Duration, now: Duration, seed: Seed) {
        if !cools(error.kind) {
            return;
        }
        let known = self.0.entry(model.clone()).or_insert_with(|| Cooldown {
            until: Duration::ZERO,
            length: Duration::ZERO,
            in_a_row: 0,
            error: error.clone(),
        });
        known.in_a_row = known.in_a_row.saturating_add(1);
        let length = match (error.retry_after, error.kind) {
            (Some(stated), _) => stated,
            (None, ErrorKind::Quota) => WITHOUT_CREDIT,
            (None, _) => {
                backoff(known.in_a_row, &mut Chance::new(seed, "cooldown", &format!("{model}#{}", known.in_a_row)))
            }
        };
        let until = now + length.saturating_sub(passed);
        if until > known.until {
            *known = Cooldown { until, length, in_a_row: known.in_a_row, error: error.clone() };
        }
    }

    /// A target answered. A wait that its server stated holds all the same.
    pub(super) fn answered(&mut self, model: &ModelRef) {
        if let Some(known) = self.0.get_mut(model) {
            known.in_a_row = 0;
        }
    }

    /// Until when a target is left alone; `None` when it may be asked.
    pub(super) fn until(&self, model: &ModelRef, now: Duration) -> Option<Duration> {
        self.0.get(model).map(|known| known.until).filter(|until| *until > now)
    }

    /// When an ask should come for a cooling target: up to a tenth of the cooldown later than its end, so that
    /// those who wait for the same do not come at the same moment.
    pub(super) fn turn_of(&self, ask: &AskId, model: &ModelRef, now: Duration, seed: Seed) -> Option<Duration> {
        let until = self.until(model, now)?;
        let tenth = self.0.get(model).map_or(0, |known| known.length.as_millis() / 10);
        let mut chance = Chance::new(seed, "turn", &format!("{ask}@{model}"));
        Some(until + Duration::from_millis(chance.below(u64::try_from(tenth).unwrap_or(u64::MAX).saturating_add(1))))
    }

    /// Why a cooling target is left alone, as a failure of the ask that could wait for nothing else. It names the
    /// whole wait and not what is left of it, so that a run that was cut and continued says the same.
    pub(super) fn refusal(&self, model: &ModelRef, now: Duration) -> Option<LlmError> {
        self.until(model, now)?;
        let Cooldown { length, error, .. } = self.0.get(model)?;
        let whole = length.as_secs().max(1);
        let whole = if whole < 120 { format!("{whole} s") } else { format!("{} min", whole / 60) };
        let message = format!("{} After that it is left alone for {whole}.", error.message.trim_end());
        Some(LlmError { message, ..error.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Seed = Seed(3);
    const START: Duration = Duration::from_secs(100);

    fn model() -> ModelRef {
        "openai/x".parse().unwrap()
    }

    fn limited(seconds: u64) -> LlmError {
        LlmError::new(ErrorKind::RateLimited, "Slow down.").with_retry_after(Duration::from_secs(seconds))
    }

    fn after(errors: &[LlmError]) -> Option<Duration> {
        let mut cooldowns = Cooldowns::default();
        for error in errors {
            cooldowns.learn(&model(), error, Duration::ZERO, START, SEED);
        }
        cooldowns.until(&model(), START)
    }

    #[test]
    fn the_later_end_holds_whichever_came_first() {
        let ends = START + Duration::from_secs(30);
        assert_eq!(after(&[limited(30), limited(2)]), Some(ends));
        assert_eq!(after(&[limited(2), limited(30)]), Some(ends));
        assert_eq!(after(&[limited(30), LlmError::new(ErrorKind::Overloaded, "x")]), Some(ends));
    }

    #[test]
    fn a_request_s_own_fault_cools_nothing() {
        let later =
            [ErrorKind::RateLimited, ErrorKind::Overloaded, ErrorKind::Quota, ErrorKind::Network, ErrorKind::Server];
        for kind in ErrorKind::ALL {
            assert_eq!(cools(kind), later.contains(&kind), "{kind}");
            let error = LlmError::new(kind, "x").with_retry_after(Duration::from_secs(5));
            assert_eq!(after(&[error]).is_some(), later.contains(&kind), "{kind}");
        }
    }

    #[test]
    fn who_waits_comes_after_the_end_and_not_all_at_once() {
        let mut cooldowns = Cooldowns::default();
        cooldowns.learn(&model(), &limited(60), Duration::ZERO, START, SEED);
        let end = START + Duration::from_secs(60);
        let turns: std::collections::BTreeSet<Duration> = (0..20)
            .map(|seat| AskId { branch: 0, round: 1, step: "draft".into(), seat, revision: 0 })
            .filter_map(|ask| cooldowns.turn_of(&ask, &model(), START, SEED))
            .collect();
        assert!(turns.len() > 15 && turns.iter().all(|at| *at >= end && *at <= end + Duration::from_secs(6)));
        cooldowns.answered(&model());
        assert_eq!(cooldowns.until(&model(), START), Some(end), "an answer shortens nothing that was stated");
        assert_eq!(cooldowns.until(&model(), end), None);
        let told = cooldowns.refusal(&model(), START).unwrap();
        assert_eq!(
            (told.kind, told.message.as_str()),
            (ErrorKind::RateLimited, "Slow down. After that it is left alone for 60 s.")
        );
    }
}
