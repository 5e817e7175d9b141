//! One try: its call, its text in flight, and what it comes to.

use std::borrow::Cow;
use std::time::Duration;

use super::task::{State, Task};
use super::{
    Call, Effect, Engine, FLUSH_BYTES, FLUSH_EVERY, MAX_TURN_BYTES, Piece, SAME_PIECES, adjust, budget, millis,
};
use crate::protocol::Output;
use crate::session::{Answer, AttemptReason, Channel, Event, NextStep, Reading, WaitReason};
use crate::types::{AskId, Attempt, ErrorKind, JsonMode, LlmError, ModelRef, Now, StopReason, TokenUsage};

/// A call under way.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) model: ModelRef,
    /// The server that has it.
    pub(super) endpoint: String,
    /// How long it may be silent before its first piece.
    pub(super) timeout: Duration,
    started: Duration,
    pub(super) first_piece: Option<Duration>,
    /// When it last gave a sign of life.
    pub(super) heard: Duration,
    usage: TokenUsage,
    /// Bytes of text and reasoning that are journalled.
    text_kept: usize,
    reasoning_kept: usize,
    pub(super) flushed: Duration,
    pub(super) unflushed: bool,
    /// The latest piece of text, and how often in a row it came.
    last_piece: String,
    same: u32,
    /// The numbers of the events that hold the text in flight.
    pieces: Vec<u64>,
    /// The parameters that are left out of it.
    pub(super) without: Vec<String>,
    /// How its shape was asked for.
    pub(super) obtained: Option<JsonMode>,
}

impl Running {
    /// Whether a piece came once too often in a row. One or two characters repeat in honest text too: rules, tables.
    fn repeats(&mut self, piece: &Piece) -> bool {
        let text = if piece.text.is_empty() { &piece.reasoning } else { &piece.text };
        if *text == self.last_piece {
            self.same += 1;
        } else {
            self.last_piece.clone_from(text);
            self.same = 1;
        }
        self.same >= SAME_PIECES && text.trim().chars().count() > 2
    }

    pub(super) fn next_wake(&self) -> Duration {
        let flush = if self.unflushed { self.flushed + FLUSH_EVERY } else { Duration::MAX };
        self.silent_until().min(flush)
    }
}

impl Engine {
    /// Asks a model, if there is room for that under the cap. Else it waits in its place in the line, where it
    /// takes no place at a server.
    pub(super) fn call(&mut self, ask: &AskId, model: ModelRef, why: AttemptReason, now: Now) {
        let target = self.target(&model).into_owned();
        let without = adjust::refused(&self.session, &model);
        let Some(task) = self.tasks.get_mut(ask) else { return };
        // Another model starts from the question, not from the first one's unreadable text.
        let repair = task.repair.as_ref().filter(|_| why != AttemptReason::Cooling);
        let prompt = match repair {
            Some((text, missing)) => Cow::Owned(self.protocol.repair(&self.session, &task.ask, text, missing)),
            None => Cow::Borrowed(&task.ask.prompt),
        };
        let reserved = match budget::reserve(&self.session, &model, &prompt, &task.ask.output) {
            Ok(reserved) => reserved,
            Err(beyond) => {
                self.stay_in_line(ask, Some(beyond));
                return self.tell_waiting(ask, WaitReason::Budget, model, None, now);
            }
        };
        let (prompt, output) = (prompt.into_owned(), task.ask.output.clone());
        if why == AttemptReason::Cooling {
            task.repair = None;
        }
        task.go_to(&model);
        task.named = None;
        task.told = None;
        task.attempt += 1;
        let attempt = task.attempt;
        task.state = State::Running(Running {
            model: model.clone(),
            endpoint: target.endpoint,
            timeout: target.timeout,
            started: now.mono,
            first_piece: None,
            heard: now.mono,
            usage: TokenUsage::default(),
            text_kept: 0,
            reasoning_kept: 0,
            flushed: now.mono,
            unflushed: false,
            last_piece: String::new(),
            same: 0,
            pieces: Vec::new(),
            without: without.clone(),
            obtained: None,
        });
        // What was set aside holds only if it is the limit that is sent.
        let settings = &self.session.settings;
        let capped = reserved.is_some();
        let max_tokens = if capped { Some(settings.answer_tokens()) } else { settings.max_tokens };
        self.record(Event::AttemptStarted { ask: ask.clone(), attempt, model: model.clone(), why, reserved }, now);
        let call = Call { ask: ask.clone(), attempt, model, prompt, output, max_tokens, capped, without };
        self.effects.push_back(Effect::Call(call));
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
        let repeats = running.repeats(&piece);
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
        let mib = MAX_TURN_BYTES / (1024 * 1024);
        let runaway = match (text + reasoning > MAX_TURN_BYTES, repeats) {
            (true, _) => Some(format!("sent more than {mib} MiB without an end")),
            (false, true) => Some(format!("sent the same piece {SAME_PIECES} times in a row")),
            (false, false) => None,
        };
        if let Some(words) = runaway {
            let error = LlmError::new(ErrorKind::Protocol, words);
            self.abort(ask);
            self.fail(ask, &LlmError { retryable: false, ..error }, now);
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
            self.fail(ask, &error, now);
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
                let error = LlmError { retryable: false, ..LlmError::new(ErrorKind::Protocol, missing) };
                self.follow(ask, &error, NextStep::Repair, now);
            }
            Err(missing) => self.fail(ask, &LlmError::new(ErrorKind::Empty, missing), now),
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
        let Some(Task { attempt, state: State::Running(running), .. }) = self.tasks.remove(ask) else { return };
        self.cooldowns.answered(&running.model);
        let reasoning = self.session.text_so_far(ask, Channel::Reasoning).to_owned();
        let started = running.started;
        let since = |at: Duration| millis(at.saturating_sub(started));
        self.record(
            Event::ParticipantComplete {
                ask: ask.clone(),
                attempt,
                model: running.model,
                text,
                reasoning,
                stop_reason,
                usage: running.usage,
                first_token_ms: running.first_piece.map(since),
                duration_ms: since(now.mono),
                answer,
                reading,
                obtained: running.obtained,
            },
            now,
        );
        if !running.pieces.is_empty() {
            self.effects.push_back(Effect::Compact(running.pieces));
        }
        self.advance(now);
    }

    /// A try failed: what follows is decided, and what it taught is kept for everybody.
    pub(super) fn fail(&mut self, ask: &AskId, error: &LlmError, now: Now) {
        let Some(model) = self.tasks.get(ask).and_then(Task::running).map(|r| r.model.clone()) else { return };
        if let Some(next) = self.without(ask, error, now) {
            return self.follow(ask, error, next, now);
        }
        self.cooldowns.learn(&model, error, Duration::ZERO, now.mono, self.session.seed);
        let Some(next) = self.tasks.get(ask).map(|task| self.next_step(task, &model, error, now.mono)) else { return };
        self.follow(ask, error, next, now);
    }

    /// Records a failure and does what follows from it.
    fn follow(&mut self, ask: &AskId, error: &LlmError, next: NextStep, now: Now) {
        let text = self.session.text_so_far(ask, Channel::Text).to_owned();
        self.record_failure(ask, error, next.clone(), now);
        let Some(task) = self.tasks.get_mut(ask) else { return };
        let Some(model) = task.running().map(|r| r.model.clone()) else { return };
        if let Err(error) = task.follow(&model, error, &text, &next, now.mono) {
            self.tasks.remove(ask);
            self.record(Event::ParticipantFailed { ask: ask.clone(), error }, now);
            self.advance(now);
        }
    }

    pub(super) fn record_failure(&mut self, ask: &AskId, error: &LlmError, next: NextStep, now: Now) {
        let partial = self.session.text_so_far(ask, Channel::Text).to_owned();
        let Some(Task { attempt, state: State::Running(running), .. }) = self.tasks.get_mut(ask) else { return };
        // The journalled pieces stay: this event keeps the text, they keep the reasoning.
        let (attempt, usage) = (*attempt, running.usage);
        self.record(
            Event::AttemptFailed { ask: ask.clone(), attempt, error: error.clone(), partial, usage, next },
            now,
        );
    }

    pub(super) fn abort(&mut self, ask: &AskId) {
        if let Some(attempt) = self.tasks.get(ask).and_then(Task::running_attempt) {
            self.effects.push_back(Effect::Abort { ask: ask.clone(), attempt });
        }
    }
}
