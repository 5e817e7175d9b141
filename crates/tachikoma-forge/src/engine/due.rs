//! What time brings about: who is due, in which order, and what has lasted too long.

use std::time::Duration;

use super::attempt::Running;
use super::route::Route;
use super::task::{State, Task};
use super::{Effect, Engine, FLUSH_EVERY, HEARTBEAT, SUSPENSION};
use crate::session::{Event, NextStep, Reserved, StopRule, WaitReason};
use crate::types::{AskId, ErrorKind, LlmError, ModelRef, Now};

impl Engine {
    /// Does what has become due of calls under way: flushes, idle timeouts, deadlines.
    pub(super) fn run_due(&mut self, now: Now) {
        let asks: Vec<AskId> = self.tasks.keys().cloned().collect();
        let mut ended = Vec::new();
        let paused = self.session.paused;
        if !paused && self.ends_at.is_some_and(|at| at <= now.mono) {
            return self.end_by_time(now);
        }
        for ask in asks {
            let Some(task) = self.tasks.get(&ask) else { continue };
            if task.deadline <= now.mono && !paused {
                ended.push(ask);
            } else if let Some(running) = task.running() {
                if running.silent_until() <= now.mono {
                    let seconds = running.silent_until().saturating_sub(running.heard).as_secs();
                    let what = if running.first_piece.is_some() { "stopped answering for" } else { "said nothing for" };
                    let error = LlmError::new(ErrorKind::Timeout, format!("{what} {seconds} s"));
                    self.abort(&ask);
                    self.fail(&ask, &error, now);
                } else if running.unflushed && running.flushed + FLUSH_EVERY <= now.mono {
                    self.flush(&ask, now);
                }
            }
        }
        // All that a deadline ends is settled before anything is planned on it.
        if !ended.is_empty() {
            for ask in &ended {
                self.end_by_deadline(ask, now);
            }
            self.advance(now);
        }
    }

    /// The time for all of it is over: what is under way is left, and the best that there is stands.
    fn end_by_time(&mut self, now: Now) {
        let seconds = self.session.settings.max_seconds.unwrap_or_default();
        self.leave_out(&self.open_asks(), "was not ready when the time was over", now);
        let why = format!("The limit of {seconds} s for the whole deliberation is reached.");
        let end = self.protocol.wind_up(&self.session, &why, StopRule::Time);
        self.conclude(end, now);
    }

    fn end_by_deadline(&mut self, ask: &AskId, now: Now) {
        let settings = &self.session.settings;
        let words = match self.tasks.get(ask).map(|task| &task.state) {
            Some(State::Asked { .. }) => {
                format!("did not answer within {} s", settings.person_seconds.unwrap_or_default())
            }
            _ => format!("was not ready when the round ended after {} s", settings.round_timeout_seconds),
        };
        let error = LlmError { retryable: false, ..LlmError::new(ErrorKind::Timeout, words) };
        if self.tasks.get(ask).and_then(Task::running_attempt).is_some() {
            self.abort(ask);
            self.record_failure(ask, &error, NextStep::Absent, now);
        }
        self.tasks.remove(ask);
        self.record(Event::ParticipantFailed { ask: ask.clone(), error }, now);
    }

    /// Starts those who are due, as far as there is room: first come, first served. True when an ask was settled
    /// because there is nothing that it could wait for. When all that is left waits for the cap, that ends it.
    pub(super) fn start_due(&mut self, now: Now) -> bool {
        if self.session.paused {
            return false;
        }
        self.line_up(now.mono);
        let mut line: Vec<(u64, AskId)> =
            self.tasks.iter().filter_map(|(ask, t)| Some((t.ticket()?, ask.clone()))).collect();
        line.sort_unstable();
        let mut settled = false;
        for (_, ask) in line {
            let Some(route) = self.tasks.get(&ask).map(|task| self.route(task, now.mono)) else { continue };
            match route {
                Route::Call(model, why) => self.call(&ask, model, why, now),
                Route::Queue(model) => {
                    self.stay_in_line(&ask, None);
                    self.tell_waiting(&ask, WaitReason::Queued, model, None, now);
                }
                Route::Cool(model, until) => {
                    if let Some(task) = self.tasks.get_mut(&ask) {
                        task.state = State::Waiting { until };
                    }
                    self.tell_waiting(&ask, WaitReason::Cooling, model, Some(until), now);
                }
                Route::Nowhere(error) => {
                    self.tasks.remove(&ask);
                    self.record(Event::ParticipantFailed { ask, error }, now);
                    settled = true;
                }
            }
        }
        if !settled {
            self.end_if_spent(now);
        }
        settled
    }

    /// It stays where it is in the line, for want of a place at a server or of room under the cap.
    pub(super) fn stay_in_line(&mut self, ask: &AskId, lacks: Option<Reserved>) {
        if let Some(State::InLine { beyond, .. }) = self.tasks.get_mut(ask).map(|task| &mut task.state) {
            *beyond = lacks;
        }
    }

    /// Puts those who have become due at the end of the line, who was due first before the others.
    fn line_up(&mut self, now: Duration) {
        let mut due: Vec<(Duration, AskId)> = self
            .tasks
            .iter()
            .filter_map(|(ask, task)| match task.state {
                State::Waiting { until } if until <= now => Some((until, ask.clone())),
                State::Waiting { .. } | State::InLine { .. } | State::Running(_) | State::Asked { .. } => None,
            })
            .collect();
        due.sort_unstable();
        for (_, ask) in due {
            if let Some(task) = self.tasks.get_mut(&ask) {
                self.ticket += 1;
                task.state = State::InLine { ticket: self.ticket, beyond: None };
            }
        }
    }

    /// Shows what an ask waits for, once for each wait.
    pub(super) fn tell_waiting(
        &mut self,
        ask: &AskId,
        why: WaitReason,
        model: ModelRef,
        until: Option<Duration>,
        now: Now,
    ) {
        let Some(task) = self.tasks.get_mut(ask) else { return };
        let told = Some((why, model.clone(), until));
        if task.told == told {
            return;
        }
        task.told = told;
        let until_ms = until.map(|until| now.wall_ms.saturating_add(super::millis(until.saturating_sub(now.mono))));
        self.show(Event::ParticipantWaiting { ask: ask.clone(), model, why, until_ms }, now);
    }

    pub(super) fn extend_after_suspension(&mut self, now: Now) {
        let gap = self.last_input.map_or(Duration::ZERO, |last| now.mono.saturating_sub(last));
        self.last_input = Some(now.mono);
        if gap > SUSPENSION {
            self.extend(gap);
        }
    }

    /// Time that does not count: everything that is measured has that much more of it.
    pub(super) fn extend(&mut self, gap: Duration) {
        self.ends_at = self.ends_at.map(|at| at + gap);
        self.tasks.values_mut().for_each(|task| task.extend(gap));
    }

    pub(super) fn ask_for_wake(&mut self, now: Now) {
        if self.over {
            return;
        }
        let next = match self.session.paused {
            // In a pause only calls under way are looked after: deadlines stand still.
            true => self.tasks.values().filter_map(Task::running).map(Running::next_wake).min(),
            false => self.tasks.values().map(Task::next_wake).chain(self.ends_at).min(),
        };
        let at = next.unwrap_or(Duration::MAX).min(now.mono + HEARTBEAT);
        // A wake that is already asked for and not late stands.
        if self.wake_at.is_none_or(|asked| at < asked || asked <= now.mono) {
            self.wake_at = Some(at);
            self.effects.push_back(Effect::WakeAt(at));
        }
    }
}

impl Task {
    const fn ticket(&self) -> Option<u64> {
        match self.state {
            State::InLine { ticket, .. } => Some(ticket),
            State::Waiting { .. } | State::Running(_) | State::Asked { .. } => None,
        }
    }
}
