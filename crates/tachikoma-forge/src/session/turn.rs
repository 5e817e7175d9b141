//! What a session knows of its rounds and turns.

use super::{
    Absence, Answer, AttemptReason, Channel, Event, Label, NextStep, Reading, ReadingOrder, Reserved, Tally, WaitReason,
};
use crate::types::{
    AskId, Attempt, JsonMode, LlmError, ModelRef, RoundNumber, RoundType, Seat, StopReason, TokenUsage,
};

/// A round as far as it has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Round {
    /// Its number, from 1.
    pub number: RoundNumber,
    /// What the members do in it.
    pub round_type: RoundType,
    /// Who is asked.
    pub seats: Vec<Seat>,
    /// Which label stands for whose draft, if labels were assigned.
    pub labels: Vec<Label>,
    /// In which order each reviewer reads.
    pub orders: Vec<ReadingOrder>,
    /// Whether it is over.
    pub complete: bool,
    /// Whose turns are complete; set when the round is over.
    pub took_part: Vec<Seat>,
    /// Who is absent, and why; set when the round is over.
    pub absent: Vec<Absence>,
    /// The count, if it was a vote.
    pub tally: Option<Tally>,
    /// The version that was voted on.
    pub version: Option<AskId>,
    /// When it began, in milliseconds since 1970.
    pub started_ms: u64,
    /// When it ended.
    pub ended_ms: Option<u64>,
}

/// One ask and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Turn {
    /// The ask.
    pub ask: AskId,
    /// The hash of the prompt.
    pub prompt_hash: String,
    /// The turns that the prompt quotes.
    pub reads: Vec<AskId>,
    /// Every try, in order.
    pub attempts: Vec<AttemptRecord>,
    /// How far it is.
    pub state: TurnState,
    /// When it was asked, in milliseconds since 1970.
    pub asked_ms: u64,
    /// What its next call waits for, while it waits and somebody watches.
    pub waiting: Option<Waiting>,
    /// The tries up to this one count no more: somebody asked for it to be asked anew.
    pub forgiven: Attempt,
    /// What a person answered, until it is complete.
    pub given: Option<String>,
}

/// A call that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// The model that is waited for.
    pub model: ModelRef,
    /// What for.
    pub why: WaitReason,
    /// Since when, in milliseconds since 1970.
    pub since_ms: u64,
    /// Until when, in milliseconds since 1970, if that is known.
    pub until_ms: Option<u64>,
}

impl Turn {
    /// The complete answer's text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        self.complete().map(|c| c.text.as_str())
    }

    /// The part of the answer that speaks to the goal: of a shared answer without its comparison, of a structured one
    /// the words in it.
    #[must_use]
    pub fn words(&self) -> &str {
        match self.answer() {
            Some(Answer::Synthesis { answer, .. }) => answer,
            Some(Answer::Rebuttal(rebuttal)) => &rebuttal.position,
            Some(Answer::Ballot(ballot)) => &ballot.choice,
            Some(_) | None => self.text().unwrap_or_default(),
        }
    }

    /// The answer as read.
    #[must_use]
    pub fn answer(&self) -> Option<&Answer> {
        self.complete().map(|c| &c.answer)
    }

    /// The complete turn, if it is one.
    #[must_use]
    pub fn complete(&self) -> Option<&CompleteTurn> {
        match &self.state {
            TurnState::Complete(complete) => Some(complete),
            TurnState::Open | TurnState::Failed { .. } => None,
        }
    }

    /// Whether it is complete or failed.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        !matches!(self.state, TurnState::Open)
    }

    /// The latest try.
    #[must_use]
    pub fn latest(&self) -> Option<&AttemptRecord> {
        self.attempts.last()
    }

    /// Takes one event about it.
    pub(super) fn apply(&mut self, event: &Event, at_ms: u64) {
        // Whatever happens next, the wait is over or told anew.
        self.waiting = None;
        match event {
            Event::ParticipantWaiting { model, why, until_ms, .. } => {
                self.waiting = Some(Waiting { model: model.clone(), why: *why, since_ms: at_ms, until_ms: *until_ms });
            }
            Event::AttemptStarted { attempt, model, why, reserved, .. } => self.attempts.push(AttemptRecord {
                attempt: *attempt,
                model: model.clone(),
                why: *why,
                started_ms: at_ms,
                ended_ms: None,
                state: AttemptState::Running,
                text: String::new(),
                reasoning: String::new(),
                reserved: *reserved,
                usage: TokenUsage::default(),
            }),
            Event::ContentDelta { attempt, channel, text, .. } => {
                if let Some(record) = self.attempt_mut(*attempt) {
                    record.take(*channel, None, text);
                }
            }
            Event::TextSoFar { attempt, channel, from, text, .. } => {
                if let Some(record) = self.attempt_mut(*attempt) {
                    record.take(*channel, Some(*from), text);
                }
            }
            Event::AttemptFailed { attempt, error, partial, usage, next, .. } => {
                if let Some(record) = self.attempt_mut(*attempt) {
                    record.ended_ms = Some(at_ms);
                    record.state = AttemptState::Failed { error: error.clone(), next: next.clone() };
                    record.text.clone_from(partial);
                    record.usage = *usage;
                }
            }
            Event::ParticipantComplete {
                attempt,
                model,
                text,
                reasoning,
                stop_reason,
                usage,
                first_token_ms,
                duration_ms,
                answer,
                reading,
                obtained,
                ..
            } => {
                if let Some(record) = self.attempt_mut(*attempt) {
                    record.ended_ms = Some(at_ms);
                    record.state = AttemptState::Succeeded;
                    record.text.clone_from(text);
                    record.reasoning.clone_from(reasoning);
                    record.usage = *usage;
                }
                self.state = TurnState::Complete(Box::new(CompleteTurn {
                    attempt: *attempt,
                    model: model.clone(),
                    text: text.clone(),
                    reasoning: reasoning.clone(),
                    stop_reason: *stop_reason,
                    usage: *usage,
                    first_token_ms: *first_token_ms,
                    duration_ms: *duration_ms,
                    answer: answer.clone(),
                    reading: *reading,
                    obtained: *obtained,
                }));
            }
            Event::HumanAnswered { text, .. } => self.given = Some(text.clone()),
            Event::ParticipantFailed { error, .. } => self.state = TurnState::Failed { error: error.clone() },
            _ => {}
        }
    }

    /// It is asked anew, and what failed before counts no more. What is complete stays complete.
    pub(super) fn forgive(&mut self) {
        if self.complete().is_none() {
            self.state = TurnState::Open;
            self.forgiven = self.attempts.last().map_or(0, |attempt| attempt.attempt);
        }
    }

    pub(super) fn attempt_mut(&mut self, attempt: Attempt) -> Option<&mut AttemptRecord> {
        // Events nearly always concern the latest try.
        self.attempts.iter_mut().rev().find(|a| a.attempt == attempt)
    }
}

/// How far a turn is.
#[derive(Clone, Debug, PartialEq)]
pub enum TurnState {
    /// Asked, not settled.
    Open,
    /// Answered.
    Complete(Box<CompleteTurn>),
    /// The member is absent from this ask.
    Failed {
        /// Why.
        error: LlmError,
    },
}

/// A turn that was answered.
#[derive(Clone, Debug, PartialEq)]
pub struct CompleteTurn {
    /// The try that succeeded.
    pub attempt: Attempt,
    /// The model that answered.
    pub model: ModelRef,
    /// Its whole text.
    pub text: String,
    /// Its whole reasoning.
    pub reasoning: String,
    /// Why it stopped.
    pub stop_reason: StopReason,
    /// Tokens as reported.
    pub usage: TokenUsage,
    /// Milliseconds to the first piece.
    pub first_token_ms: Option<u64>,
    /// Milliseconds from call to end.
    pub duration_ms: u64,
    /// What it says.
    pub answer: Answer,
    /// How it was read.
    pub reading: Reading,
    /// How its shape was asked for, if it was to have one.
    pub obtained: Option<JsonMode>,
}

/// One try.
#[derive(Clone, Debug, PartialEq)]
pub struct AttemptRecord {
    /// Which, from 1.
    pub attempt: Attempt,
    /// The model that was called.
    pub model: ModelRef,
    /// Why it was made.
    pub why: AttemptReason,
    /// When it began, in milliseconds since 1970.
    pub started_ms: u64,
    /// When it succeeded or failed.
    pub ended_ms: Option<u64>,
    /// How far it is.
    pub state: AttemptState,
    /// The text so far.
    pub text: String,
    /// The reasoning so far.
    pub reasoning: String,
    /// What was set aside for it under a cap.
    pub reserved: Option<Reserved>,
    /// Tokens as reported, once it has ended.
    pub usage: TokenUsage,
}

impl AttemptRecord {
    /// Takes what comes after `from` bytes of a channel; what is known already is skipped, so that a
    /// delta and the journalled piece that repeats it count once.
    pub(super) fn take(&mut self, channel: Channel, from: Option<u64>, piece: &str) {
        let buffer = match channel {
            Channel::Text => &mut self.text,
            Channel::Reasoning => &mut self.reasoning,
        };
        let known = from.map_or(0, |from| buffer.len().saturating_sub(usize::try_from(from).unwrap_or(usize::MAX)));
        if let Some(new) = piece.get(known..) {
            buffer.push_str(new);
        }
    }
}

/// How far a try is.
#[derive(Clone, Debug, PartialEq)]
pub enum AttemptState {
    /// Under way.
    Running,
    /// It gave the turn's answer.
    Succeeded,
    /// It failed.
    Failed {
        /// Why.
        error: LlmError,
        /// What follows.
        next: NextStep,
    },
    /// It was cut off from outside, and its ask is made again.
    Interrupted,
}
