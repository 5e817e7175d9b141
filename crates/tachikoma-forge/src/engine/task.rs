//! One ask under way: what may still be asked, which tries it has had, and where it stands.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::IDLE_TIMEOUT;
use super::attempt::Running;
use super::retry::ATTEMPTS_PER_MODEL;
use crate::protocol::Ask;
use crate::session::{AttemptReason, AttemptState, FallbackReason, ForgeSession, NextStep, Reserved, WaitReason};
use crate::types::{Attempt, ErrorKind, LlmError, ModelRef, Pool};

/// An ask under way.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) ask: Ask,
    /// The member's list: its own model, then its fallbacks.
    pub(super) pools: Vec<Pool>,
    /// Which of them is asked now.
    pub(super) pool: usize,
    /// The target that was named when the next try was decided; any of the pool without one.
    pub(super) named: Option<ModelRef>,
    /// Targets that this ask does not go to again.
    spent: BTreeSet<ModelRef>,
    /// Uninterrupted failures of each target.
    tries: BTreeMap<ModelRef, u32>,
    /// Uninterrupted failures of the ask: what retry draws are numbered by.
    pub(super) failures: u32,
    /// The number of the latest attempt, interrupted ones included.
    pub(super) attempt: Attempt,
    /// Why the next attempt is made.
    pub(super) why: AttemptReason,
    /// The unreadable text and what it lacked, once a repair is under way.
    pub(super) repair: Option<(String, String)>,
    /// When the ask ends with what there is.
    pub(super) deadline: Duration,
    /// What people were last told that it waits for.
    pub(super) told: Option<(WaitReason, ModelRef, Option<Duration>)>,
    pub(super) state: State,
}

#[derive(Debug)]
#[expect(clippy::large_enum_variant, reason = "there are as many as members, and most of them run")]
pub(super) enum State {
    /// Nothing is to be done before this time.
    Waiting { until: Duration },
    /// It is due. Who has the lower number goes first. `beyond` is what its call would set aside, where the cap
    /// has no room for that until others have come in.
    InLine { ticket: u64, beyond: Option<Reserved> },
    /// A call is under way.
    Running(Running),
    /// A person was asked, at this time.
    Asked { since: Duration },
}

/// What the model itself would not take: its interchangeable targets would not take it either.
pub(super) const fn is_the_models_own(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::ContextTooLong | ErrorKind::Refusal | ErrorKind::InvalidRequest)
}

impl Task {
    /// An ask to a person.
    pub(super) fn for_person(ask: Ask, pools: Vec<Pool>, deadline: Duration, now: Duration) -> Self {
        Self { state: State::Asked { since: now }, ..Self::new(ask, pools, deadline, now) }
    }

    fn new(ask: Ask, pools: Vec<Pool>, deadline: Duration, now: Duration) -> Self {
        Self {
            ask,
            pools,
            pool: 0,
            named: None,
            spent: BTreeSet::new(),
            tries: BTreeMap::new(),
            failures: 0,
            attempt: 0,
            why: AttemptReason::First,
            repair: None,
            deadline,
            told: None,
            state: State::Waiting { until: now },
        }
    }

    /// An ask as it stands in the session: fresh, or with the tries that were made before a cut.
    ///
    /// # Errors
    /// The last failure, when the journal was cut between it and its consequence.
    pub(super) fn restore(
        ask: Ask,
        session: &ForgeSession,
        deadline: Duration,
        now: Duration,
    ) -> Result<Self, LlmError> {
        let pools = session.pools_of(ask.seat());
        let mut task = Self::new(ask, pools, deadline, now);
        let Some(turn) = session.turns.get(&task.ask.id) else { return Ok(task) };
        for record in &turn.attempts {
            task.attempt = record.attempt;
            if record.attempt <= turn.forgiven {
                continue;
            }
            task.go_to(&record.model);
            match &record.state {
                // The whole wait again: the server's delay is never undercut, whatever the clock did.
                AttemptState::Failed { error, next } => task.follow(&record.model, error, &record.text, next, now)?,
                AttemptState::Running | AttemptState::Succeeded | AttemptState::Interrupted => {
                    task.named = Some(record.model.clone());
                    task.why = AttemptReason::Resumed;
                }
            }
        }
        Ok(task)
    }

    /// Takes a failure of a target, and does what was decided about it.
    ///
    /// # Errors
    /// The failure, when nothing is left to try.
    pub(super) fn follow(
        &mut self,
        model: &ModelRef,
        error: &LlmError,
        text: &str,
        next: &NextStep,
        now: Duration,
    ) -> Result<(), LlmError> {
        self.failures += 1;
        *self.tries.entry(model.clone()).or_default() += 1;
        self.state = State::Waiting { until: now };
        match next {
            NextStep::Retry { after_ms } => {
                self.named = Some(model.clone());
                self.why = AttemptReason::Retry;
                self.state = State::Waiting { until: now + Duration::from_millis(*after_ms) };
            }
            NextStep::Fallback { model: next, because } => {
                let may_return = *because == FallbackReason::Interchangeable
                    && error.retryable
                    && self.tries_of(model) < ATTEMPTS_PER_MODEL;
                if !may_return {
                    self.spent.insert(model.clone());
                }
                if is_the_models_own(error.kind)
                    && let Some(pool) = self.pool_of(model)
                {
                    self.spent.extend(self.pools[pool].targets().cloned());
                }
                self.go_to(next);
                self.named = Some(next.clone());
                self.why = AttemptReason::Fallback;
                // Another model starts from the question, not from the first one's unreadable text.
                self.repair = None;
            }
            NextStep::Repair => {
                self.named = Some(model.clone());
                self.why = AttemptReason::Repair;
                self.repair = Some((text.to_owned(), error.message.clone()));
                // The mending call has its own tries.
                self.tries.remove(model);
            }
            NextStep::WithoutParameter { .. } => {
                self.named = Some(model.clone());
                self.why = AttemptReason::WithoutParameter;
                // It is none of the model's failures: what it was sent was not for it.
                if let Some(tries) = self.tries.get_mut(model) {
                    *tries -= 1;
                }
            }
            NextStep::Absent => return Err(error.clone()),
        }
        Ok(())
    }

    /// Makes the pool of a target the one that is asked now.
    pub(super) fn go_to(&mut self, model: &ModelRef) {
        if let Some(pool) = self.pool_of(model) {
            self.pool = pool;
        }
    }

    /// Where in the list a target stands.
    pub(super) fn pool_of(&self, model: &ModelRef) -> Option<usize> {
        self.pools.iter().position(|pool| pool.targets().any(|target| target == model))
    }

    /// How often a target failed this ask.
    pub(super) fn tries_of(&self, model: &ModelRef) -> u32 {
        self.tries.get(model).copied().unwrap_or(0)
    }

    /// The targets that may still be asked, in the order of the list, with their place in it.
    pub(super) fn open(&self) -> impl Iterator<Item = (usize, &ModelRef)> {
        let all = self.pools.iter().enumerate().flat_map(|(at, pool)| pool.targets().map(move |target| (at, target)));
        all.filter(|(_, target)| !self.spent.contains(*target))
    }

    /// The call that is under way.
    pub(super) const fn running(&self) -> Option<&Running> {
        match &self.state {
            State::Running(running) => Some(running),
            State::Waiting { .. } | State::InLine { .. } | State::Asked { .. } => None,
        }
    }

    pub(super) const fn running_attempt(&self) -> Option<Attempt> {
        match self.state {
            State::Running(_) => Some(self.attempt),
            State::Waiting { .. } | State::InLine { .. } | State::Asked { .. } => None,
        }
    }

    /// What its call would set aside, when it waits for room under the cap.
    pub(super) const fn beyond(&self) -> Option<Reserved> {
        match self.state {
            State::InLine { beyond, .. } => beyond,
            State::Waiting { .. } | State::Running(_) | State::Asked { .. } => None,
        }
    }

    /// The machine slept: what is measured by silence or by the round has that much more time.
    pub(super) fn extend(&mut self, gap: Duration) {
        self.deadline = self.deadline.saturating_add(gap);
        if let State::Running(running) = &mut self.state {
            running.heard += gap;
        }
    }

    pub(super) fn next_wake(&self) -> Duration {
        let next = match &self.state {
            State::Waiting { until } => *until,
            // The end of another call moves the line; a target of the pool that stops cooling is met soon enough.
            State::InLine { .. } | State::Asked { .. } => Duration::MAX,
            State::Running(running) => running.next_wake(),
        };
        next.min(self.deadline)
    }
}

impl Running {
    /// When its silence has lasted too long.
    pub(super) fn silent_until(&self) -> Duration {
        self.heard + if self.first_piece.is_some() { IDLE_TIMEOUT } else { self.timeout }
    }
}
