//! One ask under way: its tries, its text in flight, and what follows when a try ends.

use std::time::Duration;

use super::retry::{RetryDecision, decide};
use super::{Call, Effect, Engine, FLUSH_BYTES, FLUSH_EVERY, IDLE_TIMEOUT, MAX_TURN_BYTES, Piece, budget};
use crate::protocol::{Ask, Output};
use crate::session::{Answer, AttemptReason, AttemptState, Channel, Event, ForgeSession, NextStep, Reading};
use crate::types::{AskId, Attempt, ErrorKind, LlmError, ModelRef, Now, StopReason, TokenUsage};

/// An ask under way.
#[derive(Debug)]
pub(super) struct Task {
    pub(super) ask: Ask,
    /// The member's models in order: its own, then its fallbacks.
    pub(super) models: Vec<ModelRef>,
    pub(super) model: usize,
    /// Uninterrupted tries that the present model has had.
    tries: u32,
    /// Uninterrupted failures of the ask: what retry draws are numbered by.
    failures: u32,
    /// The number of the latest attempt, interrupted ones included.
    attempt: Attempt,
    /// Why the next attempt is made.
    why: AttemptReason,
    /// The unreadable text and what it lacked, once a repair is under way.
    pub(super) repair: Option<(String, String)>,
    /// When the ask ends with what there is.
    deadline: Duration,
    state: State,
}

#[derive(Debug)]
enum State {
    Waiting {
        until: Duration,
    },
    /// Its call does not fit under the cap until others have come in.
    Parked,
    Running(Running),
}

#[derive(Debug)]
struct Running {
    started: Duration,
    first_piece: Option<Duration>,
    heard: Duration,
    usage: TokenUsage,
    /// Bytes of text and reasoning that are journalled.
    text_kept: usize,
    reasoning_kept: usize,
    flushed: Duration,
    unflushed: bool,
    /// The numbers of the events that hold the text in flight.
    pieces: Vec<u64>,
}

impl Task {
    /// An ask as it stands in the session: fresh, or with the tries that were made before a cut.
    pub(super) fn restore(
        ask: Ask,
        session: &ForgeSession,
        deadline: Duration,
        now: Duration,
    ) -> Result<Self, LlmError> {
        let mut models = Vec::new();
        if let Some(member) = session.participant(ask.seat()) {
            models.push(member.model.clone());
            models.extend(member.fallbacks.iter().cloned());
        }
        let mut task = Self {
            ask,
            models,
            model: 0,
            tries: 0,
            failures: 0,
            attempt: 0,
            why: AttemptReason::First,
            repair: None,
            deadline,
            state: State::Waiting { until: now },
        };
        let attempts = session.turns.get(&task.ask.id).map_or(&[][..], |t| t.attempts.as_slice());
        for record in attempts {
            task.attempt = record.attempt;
            let AttemptState::Failed { error, next } = &record.state else {
                task.why = AttemptReason::Resumed;
                continue;
            };
            task.tries += 1;
            task.failures += 1;
            match next {
                NextStep::Retry { after_ms } => {
                    task.why = AttemptReason::Retry;
                    // The whole wait again: the server's delay is never undercut, whatever the clock did.
                    task.state = State::Waiting { until: now + Duration::from_millis(*after_ms) };
                }
                NextStep::Fallback { .. } => {
                    task.next_model();
                    task.state = State::Waiting { until: now };
                }
                NextStep::Repair => {
                    task.why = AttemptReason::Repair;
                    task.repair = Some((record.text.clone(), error.message.clone()));
                    task.tries = 0;
                    task.state = State::Waiting { until: now };
                }
                NextStep::Absent => return Err(error.clone()),
            }
        }
        Ok(task)
    }

    fn next_model(&mut self) {
        self.model += 1;
        self.tries = 0;
        self.why = AttemptReason::Fallback;
        // Another model starts from the question, not from the first one's unreadable text.
        self.repair = None;
    }

    pub(super) const fn running_attempt(&self) -> Option<Attempt> {
        match self.state {
            State::Running(_) => Some(self.attempt),
            State::Waiting { .. } | State::Parked => None,
        }
    }

    pub(super) const fn is_parked(&self) -> bool {
        matches!(self.state, State::Parked)
    }

    pub(super) fn extend(&mut self, gap: Duration) {
        self.deadline += gap;
        if let State::Running(running) = &mut self.state {
            running.heard += gap;
        }
    }

    pub(super) fn next_wake(&self) -> Duration {
        let next = match &self.state {
            State::Waiting { until } => *until,
            State::Parked => Duration::MAX,
            State::Running(running) => {
                let idle = if running.first_piece.is_some() { running.heard + IDLE_TIMEOUT } else { Duration::MAX };
                let flush = if running.unflushed { running.flushed + FLUSH_EVERY } else { Duration::MAX };
                idle.min(flush)
            }
        };
        next.min(self.deadline)
    }
}

impl Engine {
    /// Does what has become due: flushes, retries, idle timeouts, deadlines.
    pub(super) fn run_due(&mut self, now: Now) {
        let asks: Vec<AskId> = self.tasks.keys().cloned().collect();
        let mut ended = Vec::new();
        for ask in asks {
            let Some(task) = self.tasks.get(&ask) else { continue };
            if task.deadline <= now.mono {
                ended.push(ask);
                continue;
            }
            match &task.state {
                State::Waiting { .. } | State::Parked => self.start_if_due(&ask, now),
                State::Running(running) => {
                    if running.first_piece.is_some() && running.heard + IDLE_TIMEOUT <= now.mono {
                        let seconds = IDLE_TIMEOUT.as_secs();
                        let error = LlmError::new(ErrorKind::Timeout, format!("stopped answering for {seconds} s"));
                        self.abort(&ask);
                        self.fail(&ask, error, now);
                    } else if running.unflushed && running.flushed + FLUSH_EVERY <= now.mono {
                        self.flush(&ask, now);
                    }
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

    fn end_by_deadline(&mut self, ask: &AskId, now: Now) {
        let seconds = self.session.settings.round_timeout_seconds;
        let error = LlmError {
            retryable: false,
            ..LlmError::new(ErrorKind::Timeout, format!("was not ready when the round ended after {seconds} s"))
        };
        if self.tasks.get(ask).and_then(Task::running_attempt).is_some() {
            self.abort(ask);
            self.record_failure(ask, &error, NextStep::Absent, now);
        }
        self.tasks.remove(ask);
        self.record(Event::ParticipantFailed { ask: ask.clone(), error }, now);
    }

    pub(super) fn start_if_due(&mut self, ask: &AskId, now: Now) {
        let Some(task) = self.tasks.get_mut(ask) else { return };
        match task.state {
            State::Waiting { until } if until > now.mono => return,
            State::Waiting { .. } | State::Parked => {}
            State::Running(_) => return,
        }
        let Some((model, prompt, output)) = task.next_call(self.protocol.as_ref(), &self.session) else {
            let error = LlmError::new(ErrorKind::InvalidRequest, "nobody sits at this seat");
            self.tasks.remove(ask);
            self.record(Event::ParticipantFailed { ask: ask.clone(), error }, now);
            return;
        };
        let Ok(reserved) = budget::reserve(&self.session, &model, &prompt, &output) else {
            task.state = State::Parked;
            return;
        };
        task.attempt += 1;
        let (attempt, why) = (task.attempt, task.why);
        task.state = State::Running(Running {
            started: now.mono,
            first_piece: None,
            heard: now.mono,
            usage: TokenUsage::default(),
            text_kept: 0,
            reasoning_kept: 0,
            flushed: now.mono,
            unflushed: false,
            pieces: Vec::new(),
        });
        // What was set aside holds only if it is the limit that is sent.
        let settings = &self.session.settings;
        let max_tokens = if reserved.is_some() { Some(settings.answer_tokens()) } else { settings.max_tokens };
        self.record(Event::AttemptStarted { ask: ask.clone(), attempt, model: model.clone(), why, reserved }, now);
        self.effects.push_back(Effect::Call(Call { ask: ask.clone(), attempt, model, prompt, output, max_tokens }));
    }

    pub(super) fn on_piece(&mut self, ask: &AskId, attempt: Attempt, piece: Piece, now: Now) {
        if !self.is_running(ask, attempt) {
            return;
        }
        let Some(Task { state: State::Running(running), .. }) = self.tasks.get_mut(ask) else { return };
        running.heard = now.mono;
        if let Some(usage) = &piece.usage {
            running.usage.update(usage);
        }
        if piece.text.is_empty() && piece.reasoning.is_empty() {
            return;
        }
        running.first_piece.get_or_insert(now.mono);
        if !running.unflushed {
            running.unflushed = true;
            running.flushed = now.mono;
        }
        let since = running.flushed;
        for (channel, text) in [(Channel::Reasoning, piece.reasoning), (Channel::Text, piece.text)] {
            if !text.is_empty() {
                self.show(Event::ContentDelta { ask: ask.clone(), attempt, channel, text }, now);
            }
        }
        let (text, reasoning) = self.lengths(ask);
        if text + reasoning > MAX_TURN_BYTES {
            let mib = MAX_TURN_BYTES / (1024 * 1024);
            let error = LlmError::new(ErrorKind::Protocol, format!("sent more than {mib} MiB without an end"));
            self.abort(ask);
            self.fail(ask, LlmError { retryable: false, ..error }, now);
            return;
        }
        let kept = match self.tasks.get(ask).map(|t| &t.state) {
            Some(State::Running(running)) => running.text_kept + running.reasoning_kept,
            _ => return,
        };
        if text + reasoning - kept >= FLUSH_BYTES || since + FLUSH_EVERY <= now.mono {
            self.flush(ask, now);
        }
    }

    fn lengths(&self, ask: &AskId) -> (usize, usize) {
        self.session.turns.get(ask).and_then(|t| t.latest()).map_or((0, 0), |a| (a.text.len(), a.reasoning.len()))
    }

    /// Journals the text that came since the last time.
    pub(super) fn flush(&mut self, ask: &AskId, now: Now) {
        let Some(Task { attempt, state: State::Running(running), .. }) = self.tasks.get_mut(ask) else { return };
        let Some(record) = self.session.turns.get(ask).and_then(|t| t.latest()) else { return };
        let attempt = *attempt;
        let mut events = Vec::new();
        for (channel, whole, kept) in [
            (Channel::Reasoning, &record.reasoning, &mut running.reasoning_kept),
            (Channel::Text, &record.text, &mut running.text_kept),
        ] {
            if whole.len() > *kept {
                let from = *kept as u64;
                events.push(Event::TextSoFar {
                    ask: ask.clone(),
                    attempt,
                    channel,
                    from,
                    text: whole[*kept..].to_owned(),
                });
                *kept = whole.len();
            }
        }
        running.flushed = now.mono;
        running.unflushed = false;
        for event in events {
            self.record(event, now);
            let seq = self.session.seq;
            if let Some(Task { state: State::Running(running), .. }) = self.tasks.get_mut(ask) {
                running.pieces.push(seq);
            }
        }
    }

    pub(super) fn on_finished(&mut self, ask: &AskId, attempt: Attempt, stop_reason: StopReason, now: Now) {
        if !self.is_running(ask, attempt) {
            return;
        }
        let text = self.session.text_so_far(ask, Channel::Text).to_owned();
        let withheld = match stop_reason {
            StopReason::Refusal => Some(LlmError::new(ErrorKind::Refusal, "declined to answer")),
            StopReason::ContentFilter => {
                Some(LlmError::new(ErrorKind::ContentFilter, "the provider withheld the answer"))
            }
            _ if text.trim().is_empty() => Some(LlmError::new(ErrorKind::Empty, "finished without any text")),
            _ => None,
        };
        if let Some(error) = withheld {
            self.fail(ask, error, now);
            return;
        }
        let Some(task) = self.tasks.get(ask) else { return };
        let (repairing, structured) = (task.repair.is_some(), matches!(task.ask.output, Output::Json { .. }));
        match self.protocol.read(&self.session, ask, &text, stop_reason) {
            Ok((answer, _)) if repairing => self.complete(ask, text, stop_reason, answer, Reading::Repaired, now),
            Ok((answer, reading)) => self.complete(ask, text, stop_reason, answer, reading, now),
            Err(missing) if structured && repairing => {
                let answer = Answer::Abstained { why: missing };
                self.complete(ask, text, stop_reason, answer, Reading::Unreadable, now);
            }
            Err(missing) if structured => {
                let error = LlmError { retryable: false, ..LlmError::new(ErrorKind::Protocol, missing.clone()) };
                self.record_failure(ask, &error, NextStep::Repair, now);
                if let Some(task) = self.tasks.get_mut(ask) {
                    task.failures += 1;
                    // The mending call has its own tries.
                    task.tries = 0;
                    task.repair = Some((text, missing));
                    task.why = AttemptReason::Repair;
                    task.state = State::Waiting { until: now.mono };
                }
                self.start_if_due(ask, now);
            }
            Err(missing) => self.fail(ask, LlmError::new(ErrorKind::Empty, missing), now),
        }
    }

    fn complete(
        &mut self,
        ask: &AskId,
        text: String,
        stop_reason: StopReason,
        answer: Answer,
        reading: Reading,
        now: Now,
    ) {
        let Some(Task { attempt, model, models, state: State::Running(running), .. }) = self.tasks.remove(ask) else {
            return;
        };
        let Some(model) = models.into_iter().nth(model) else { return };
        let reasoning = self.session.text_so_far(ask, Channel::Reasoning).to_owned();
        let since = |at: Duration| millis(at.saturating_sub(running.started));
        self.record(
            Event::ParticipantComplete {
                ask: ask.clone(),
                attempt,
                model,
                text,
                reasoning,
                stop_reason,
                usage: running.usage,
                first_token_ms: running.first_piece.map(since),
                duration_ms: since(now.mono),
                answer,
                reading,
            },
            now,
        );
        if !running.pieces.is_empty() {
            self.effects.push_back(Effect::Compact(running.pieces));
        }
        self.advance(now);
    }

    /// A try failed: the same model again, the next one, or absent.
    pub(super) fn fail(&mut self, ask: &AskId, error: LlmError, now: Now) {
        let seed = self.session.seed;
        let Some(task) = self.tasks.get_mut(ask) else { return };
        task.tries += 1;
        let decision = decide(&error, task.tries, task.failures, ask, seed);
        task.failures += 1;
        match (decision, task.models.get(task.model + 1).cloned()) {
            (RetryDecision::Retry(after), _) => {
                self.record_failure(ask, &error, NextStep::Retry { after_ms: millis(after) }, now);
                if let Some(task) = self.tasks.get_mut(ask) {
                    task.why = AttemptReason::Retry;
                    task.state = State::Waiting { until: now.mono + after };
                }
                self.start_if_due(ask, now);
            }
            (RetryDecision::NextModel, Some(model)) => {
                self.record_failure(ask, &error, NextStep::Fallback { model }, now);
                if let Some(task) = self.tasks.get_mut(ask) {
                    task.next_model();
                    task.state = State::Waiting { until: now.mono };
                }
                self.start_if_due(ask, now);
            }
            (RetryDecision::NextModel, None) => {
                self.record_failure(ask, &error, NextStep::Absent, now);
                self.tasks.remove(ask);
                self.record(Event::ParticipantFailed { ask: ask.clone(), error }, now);
                self.advance(now);
            }
        }
    }

    fn record_failure(&mut self, ask: &AskId, error: &LlmError, next: NextStep, now: Now) {
        let partial = self.session.text_so_far(ask, Channel::Text).to_owned();
        let Some(Task { attempt, state: State::Running(running), .. }) = self.tasks.get_mut(ask) else { return };
        // The journalled pieces stay: this event keeps the text, they keep the reasoning.
        let (attempt, usage) = (*attempt, running.usage);
        self.record(
            Event::AttemptFailed { ask: ask.clone(), attempt, error: error.clone(), partial, usage, next },
            now,
        );
    }

    fn abort(&mut self, ask: &AskId) {
        if let Some(attempt) = self.tasks.get(ask).and_then(Task::running_attempt) {
            self.effects.push_back(Effect::Abort { ask: ask.clone(), attempt });
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
