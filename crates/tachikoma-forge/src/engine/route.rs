//! Which model is asked: the one place that weighs the member's list, cooldowns, limits and balance.

use std::borrow::Cow;
use std::time::Duration;

use super::retry::{LONGEST_WAIT, RetryDecision, decide};
use super::task::{Task, is_the_models_own};
use super::{Engine, Target};
use crate::session::{AttemptReason, Balance, FallbackReason, NextStep};
use crate::types::{Chance, ErrorKind, LlmError, ModelRef, Pool};

/// Where an ask that is due goes.
#[derive(Debug)]
pub(super) enum Route {
    /// To this model, now.
    Call(ModelRef, AttemptReason),
    /// To this model, when its server has room.
    Queue(ModelRef),
    /// To this model, when it has cooled; asked again then.
    Cool(ModelRef, Duration),
    /// Nowhere: nothing can be asked before the round ends.
    Nowhere(LlmError),
}

impl Engine {
    /// Where an ask that is due goes.
    ///
    /// To the target that was named; if that cools, to an interchangeable one. It waits for its model up to
    /// [`LONGEST_WAIT`]; beyond that the rest of its list is asked. When all of it cools, it waits for the earliest,
    /// unless the round ends before.
    pub(super) fn route(&self, task: &Task, now: Duration) -> Route {
        let own: Vec<&ModelRef> = task.open().filter(|(at, _)| *at == task.pool).map(|(_, model)| model).collect();
        if let Some(named) = &task.named
            && let Some(route) = self.route_among(task, &[named], task.why, now)
        {
            return route;
        }
        let why = if task.named.is_some() { AttemptReason::Cooling } else { task.why };
        if let Some(route) = self.route_among(task, &own, why, now) {
            return route;
        }
        let named = task.named.iter();
        let earliest = self.earliest(task, named.chain(own.iter().copied()), now);
        if let Some((until, model)) =
            earliest.filter(|(until, _)| *until <= now + LONGEST_WAIT && *until < task.deadline)
        {
            return Route::Cool(model, until);
        }
        for pool in 0..task.pools.len() {
            let targets: Vec<&ModelRef> = task.open().filter(|(at, _)| *at == pool).map(|(_, model)| model).collect();
            if let Some(route) = self.route_among(task, &targets, AttemptReason::Cooling, now) {
                return route;
            }
        }
        match self.earliest(task, task.open().map(|(_, model)| model), now) {
            Some((until, model)) if until < task.deadline => Route::Cool(model, until),
            Some((_, model)) => Route::Nowhere(self.cooldowns.refusal(&model, now).unwrap_or_else(nobody)),
            None => Route::Nowhere(nobody()),
        }
    }

    /// To one of these, unless all of them cool.
    fn route_among(&self, task: &Task, models: &[&ModelRef], why: AttemptReason, now: Duration) -> Option<Route> {
        let ready: Vec<&ModelRef> = models.iter().copied().filter(|m| self.cooldowns.until(m, now).is_none()).collect();
        let pool = ready.first().and_then(|model| task.pools.get(task.pool_of(model)?))?;
        let model = self.balanced(pool, &ready)?;
        Some(if self.has_room(&model) { Route::Call(model, why) } else { Route::Queue(model) })
    }

    /// The one of these whose turn for this ask comes first, and when.
    fn earliest<'a>(
        &self,
        task: &Task,
        models: impl Iterator<Item = &'a ModelRef>,
        now: Duration,
    ) -> Option<(Duration, ModelRef)> {
        let seed = self.session.seed;
        let turns = models.filter_map(|m| Some((self.cooldowns.turn_of(&task.ask.id, m, now, seed)?, m)));
        turns.min_by_key(|(until, _)| *until).map(|(until, model)| (until, model.clone()))
    }

    /// What follows a failure of a target.
    ///
    /// An interchangeable target that is ready takes over at once. Else the same target is tried again, as often as
    /// [`decide`] allows; then the rest of the list is asked, in its order but for two cases: what is too long for
    /// one model goes first to one that is known to hold more, and what one provider would not answer goes first
    /// to another provider.
    pub(super) fn next_step(&self, task: &Task, model: &ModelRef, error: &LlmError, now: Duration) -> NextStep {
        let own = task.pool_of(model);
        let others: Vec<(usize, &ModelRef)> = task
            .open()
            .filter(|(at, other)| *other != model && !(is_the_models_own(error.kind) && Some(*at) == own))
            .filter(|(_, other)| self.cooldowns.until(other, now).is_none_or(|until| until < task.deadline))
            .collect();
        let ready = |other: &ModelRef| self.cooldowns.until(other, now).is_none();
        if !prefers_elsewhere(error.kind)
            && let Some(pool) = own.and_then(|at| task.pools.get(at))
        {
            let mates: Vec<&ModelRef> =
                others.iter().filter(|(at, other)| Some(*at) == own && ready(other)).map(|(_, other)| *other).collect();
            if let Some(model) = self.balanced(pool, &mates) {
                return NextStep::Fallback { model, because: FallbackReason::Interchangeable };
            }
        }
        let alone = others.is_empty().then(|| task.deadline.saturating_sub(now));
        let tries = task.tries_of(model) + 1;
        if let RetryDecision::Retry(after) = decide(error, tries, task.failures, &task.ask.id, self.session.seed, alone)
        {
            return NextStep::Retry { after_ms: super::millis(after) };
        }
        let worse = |other: &ModelRef| match error.kind {
            ErrorKind::ContextTooLong => self.target(other).context_window <= self.target(model).context_window,
            ErrorKind::ContentFilter | ErrorKind::Refusal => other.provider_name() == model.provider_name(),
            _ => false,
        };
        let cools_until = |other: &ModelRef| self.cooldowns.until(other, now).unwrap_or(Duration::ZERO);
        let Some((at, best)) = others.iter().min_by_key(|(_, other)| (worse(other), cools_until(other))) else {
            return NextStep::Absent;
        };
        // Of a pool any may be asked that is as good.
        let alike: Vec<&ModelRef> = others
            .iter()
            .filter(|(other_at, other)| other_at == at && ready(other) && worse(other) == worse(best))
            .map(|(_, other)| *other)
            .collect();
        let next = task.pools.get(*at).and_then(|pool| self.balanced(pool, &alike)).unwrap_or_else(|| (*best).clone());
        let because = match error.kind {
            ErrorKind::ContextTooLong if !worse(&next) => FallbackReason::LargerContext,
            ErrorKind::ContentFilter | ErrorKind::Refusal if !worse(&next) => FallbackReason::OtherProvider,
            _ => FallbackReason::NextInList,
        };
        NextStep::Fallback { model: next, because }
    }

    /// One of several targets of a pool, by the session's balance; one that has room before one that has none.
    fn balanced(&self, pool: &Pool, among: &[&ModelRef]) -> Option<ModelRef> {
        if let [] | [_] = among {
            return among.first().map(|model| (*model).clone());
        }
        let targets: Vec<&ModelRef> = pool.targets().collect();
        let attempts = || self.session.all_turns().flat_map(|turn| &turn.attempts);
        let begun = attempts().filter(|a| targets.contains(&&a.model)).count();
        // Sessions that run side by side do not all begin with the same target.
        let offset = Chance::new(self.session.seed, "balance", &pool.to_string()).below(targets.len() as u64);
        let turn = begun + usize::try_from(offset).unwrap_or(0);
        let in_turn = (0..targets.len()).map(|at| targets[(turn + at) % targets.len()]);
        let measure = |model: &ModelRef| match self.session.settings.balance {
            Balance::RoundRobin => 0,
            Balance::LeastBusy => self.under_way(&self.target(model).endpoint) as u64,
            Balance::Fastest => self.mean_first_piece_ms(model),
        };
        in_turn.filter(|m| among.contains(m)).min_by_key(|m| (!self.has_room(m), measure(m))).cloned()
    }

    /// From call to first piece, on average in this session; nothing for a target that never answered.
    fn mean_first_piece_ms(&self, model: &ModelRef) -> u64 {
        let turns = self.session.all_turns().filter_map(|turn| turn.complete());
        let (sum, count) = turns
            .filter(|turn| turn.model == *model)
            .filter_map(|turn| turn.first_token_ms)
            .fold((0_u64, 0_u64), |(sum, count), ms| (sum.saturating_add(ms), count + 1));
        sum.checked_div(count).unwrap_or(0)
    }

    /// What is known of a model.
    pub(super) fn target(&self, model: &ModelRef) -> Cow<'_, Target> {
        self.targets.get(model).map_or_else(|| Cow::Owned(Target::unknown(model)), Cow::Borrowed)
    }

    /// Whether a model's server takes one more call.
    fn has_room(&self, model: &ModelRef) -> bool {
        let target = self.target(model);
        let limit = self.session.settings.concurrency.unwrap_or(target.at_once);
        self.under_way(&target.endpoint) < usize::try_from(limit).unwrap_or(usize::MAX)
    }

    /// The calls of this session that a server has now.
    fn under_way(&self, endpoint: &str) -> usize {
        self.tasks.values().filter_map(Task::running).filter(|running| running.endpoint == endpoint).count()
    }
}

/// Whether what one target would not take is better taken to another model than to the same one elsewhere.
const fn prefers_elsewhere(kind: ErrorKind) -> bool {
    is_the_models_own(kind) || matches!(kind, ErrorKind::ContentFilter)
}

fn nobody() -> LlmError {
    LlmError::new(ErrorKind::InvalidRequest, "nobody sits at this seat")
}
