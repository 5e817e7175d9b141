//! Requests that are not sent, or not taken, as they stand: people are told once, and a parameter that a server
//! refuses by name is left out of one more attempt, and of all that follow.

use super::Engine;
use super::task::State;
use crate::session::{AttemptState, Event, ForgeSession, NextStep};
use crate::types::{AskId, Attempt, JsonMode, LlmError, ModelRef, Now};

/// So many parameters of one model are left out; a server that refuses more of them refuses the request.
const MOST: usize = 4;

/// What a model's server refused in this session, by name on the wire.
pub(super) fn refused(session: &ForgeSession, model: &ModelRef) -> Vec<String> {
    let attempts = session.all_turns().flat_map(|turn| &turn.attempts).filter(|a| a.model == *model);
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
    pub(super) fn on_sent(
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

    /// What follows when a server refuses a parameter: one more attempt without it. `None` when it refused none, or
    /// went on refusing. People are told first: a cut in between makes the attempt again, and with it the consequence.
    pub(super) fn without(&mut self, ask: &AskId, error: &LlmError, now: Now) -> Option<NextStep> {
        let parameter = error.refused_parameter.clone()?;
        let running = self.tasks.get(ask)?.running()?;
        if running.without.contains(&parameter) || running.without.len() >= MOST {
            return None;
        }
        let name = parameter.rsplit('.').next().unwrap_or_default();
        let warning =
            format!("{} does not take {name}, as its server says. From now on it is left out.", running.model);
        self.warn_once(warning, now);
        Some(NextStep::WithoutParameter { parameter })
    }

    /// Tells people something once in a session, however often it is cut off and continued.
    fn warn_once(&mut self, message: String, now: Now) {
        if !self.session.warnings.contains(&message) {
            self.record(Event::Warning { message }, now);
        }
    }
}
