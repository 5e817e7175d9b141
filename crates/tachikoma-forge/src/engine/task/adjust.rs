//! Requests that are not sent, or not taken, as they stand: people are told once, and a parameter that a server
//! refuses by name is left out of one more attempt, and of all that follow.

use super::{Engine, State};
use crate::session::{AttemptReason, AttemptState, Event, ForgeSession, NextStep};
use crate::types::{AskId, Attempt, JsonMode, LlmError, ModelRef, Now};

/// So many parameters of one model are left out; a server that refuses more of them refuses the request.
const MOST: usize = 4;

/// What a model's server refused in this session, by name on the wire.
pub(super) fn refused(session: &ForgeSession, model: &ModelRef) -> Vec<String> {
    let attempts = session.turns.values().flat_map(|turn| &turn.attempts).filter(|a| a.model == *model);
    let mut names: Vec<String> = attempts
        .filter_map(|attempt| match &attempt.state {
            AttemptState::Failed { next: NextStep::WithoutParameter { parameter }, .. } => Some(parameter.clone()),
            _ => None,
        })
        .collect();
    names.sort();
    names.dedup();
    names
}

impl Engine {
    /// A call went out: how its shape was asked for, and what was lost on the way.
    pub(in crate::engine) fn on_sent(
        &mut self,
        ask: &AskId,
        attempt: Attempt,
        obtained: Option<JsonMode>,
        warnings: Vec<String>,
        now: Now,
    ) {
        if !self.is_running(ask, attempt) {
            return;
        }
        if let Some(State::Running(running)) = self.tasks.get_mut(ask).map(|task| &mut task.state) {
            running.obtained = obtained;
        }
        for message in warnings {
            self.warn_once(message, now);
        }
    }

    /// Makes one more attempt without the parameter that the server refused. False when it refused none, or
    /// went on refusing.
    pub(super) fn went_on_without(&mut self, ask: &AskId, error: &LlmError, now: Now) -> bool {
        let Some(task) = self.tasks.get(ask) else { return false };
        let (Some(parameter), Some(model)) = (&error.refused_parameter, task.models.get(task.model)) else {
            return false;
        };
        let State::Running(running) = &task.state else { return false };
        if running.without.contains(parameter) || running.without.len() >= MOST {
            return false;
        }
        let name = parameter.rsplit('.').next().unwrap_or_default();
        let warning = format!("{model} does not take {name}, as its server says. From now on it is left out.");
        let next = NextStep::WithoutParameter { parameter: parameter.clone() };
        // In this order: a cut in between makes the attempt again, and with it the consequence.
        self.warn_once(warning, now);
        self.record_failure(ask, error, next, now);
        if let Some(task) = self.tasks.get_mut(ask) {
            task.failures += 1;
            task.why = AttemptReason::WithoutParameter;
            task.state = State::Waiting { until: now.mono };
        }
        self.start_if_due(ask, now);
        true
    }

    /// Tells people something once in a session, however often it is cut off and continued.
    fn warn_once(&mut self, message: String, now: Now) {
        if !self.session.warnings.contains(&message) {
            self.record(Event::Warning { message }, now);
        }
    }
}
