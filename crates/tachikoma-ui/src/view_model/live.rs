//! A session as it happens: the fold of its events, and what only a viewer needs beside it.
//!
//! [`Live::apply`] says what an event changed ([`Change`]), so that the page draws anew only that: a piece
//! of text touches one card, everything else the frame around the cards.

use std::collections::BTreeMap;

use tachikoma_forge::session::{Channel, EndReason, Envelope, Event, ForgeSession, SessionState, Turn};
use tachikoma_forge::types::{AskId, RoundNumber, Seat, SessionId};

use crate::markdown::Stream;

/// What an event changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing that is shown.
    Nothing,
    /// The text of one card.
    Text(RoundNumber, Seat),
    /// Anything else.
    Frame,
}

/// When things happened to an ask, in milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// It was asked.
    pub asked: u64,
    /// The first reasoning of the latest attempt came.
    pub first_reasoning: Option<u64>,
    /// The first text of the latest attempt came.
    pub first_text: Option<u64>,
    /// Attempts failed.
    pub failed: Vec<u64>,
    /// It was settled.
    pub settled: Option<u64>,
}

/// A session as it happens.
#[derive(Debug)]
pub struct Live {
    /// The fold.
    pub session: ForgeSession,
    /// When what happened, by ask.
    pub times: BTreeMap<AskId, Times>,
    /// The texts as read so far, by ask.
    texts: BTreeMap<AskId, Stream>,
    /// Whether events are still coming: a session that was cut off looks the same but for this.
    pub running: bool,
}

impl Live {
    /// A session before its first event.
    #[must_use]
    pub fn new(id: SessionId) -> Self {
        Self { session: ForgeSession::new(id), times: BTreeMap::new(), texts: BTreeMap::new(), running: false }
    }

    /// Takes one event.
    pub fn apply(&mut self, envelope: &Envelope) -> Change {
        self.session.apply(envelope);
        let at = envelope.at_ms;
        let Some(ask) = envelope.event.ask() else { return Change::Frame };
        let times = self.times.entry(ask.clone()).or_default();
        match &envelope.event {
            Event::ParticipantThinking { .. } => *times = Times { asked: at, ..Times::default() },
            Event::AttemptStarted { .. } => (times.first_text, times.first_reasoning) = (None, None),
            Event::ContentDelta { channel, .. } | Event::TextSoFar { channel, .. } => {
                let first = match channel {
                    Channel::Text => &mut times.first_text,
                    Channel::Reasoning => &mut times.first_reasoning,
                };
                if first.is_some() {
                    return match &envelope.event {
                        // Repeats what the deltas brought.
                        Event::TextSoFar { .. } if self.running => Change::Nothing,
                        _ => Change::Text(ask.round, ask.seat),
                    };
                }
                // The first piece changes the state's word and the staff.
                *first = Some(at);
            }
            Event::AttemptFailed { .. } => times.failed.push(at),
            Event::ParticipantComplete { first_token_ms, duration_ms, .. } => {
                times.settled = Some(at);
                // Pieces are dropped from the journal once the turn is complete; the figures are not.
                if let Some(first) = first_token_ms.filter(|_| times.first_text.is_none()) {
                    times.first_text = Some((at.saturating_sub(*duration_ms) + first).min(at));
                }
            }
            Event::ParticipantFailed { .. } => times.settled = Some(at),
            _ => {}
        }
        Change::Frame
    }

    /// The turn of a seat in a round; the latest one, should an edit have made it anew.
    #[must_use]
    pub fn turn(&self, round: RoundNumber, seat: Seat) -> Option<&Turn> {
        self.session.turns_of(round).filter(|t| t.ask.seat == seat).last()
    }

    /// The text of an ask, read as Markdown as far as it has come.
    pub fn read(&mut self, ask: &AskId) -> &Stream {
        let turn = self.session.turns.get(ask);
        let (text, whole) = match turn {
            Some(turn) => (shown_text(turn), turn.is_settled() || !self.running),
            None => ("", false),
        };
        let stream = self.texts.entry(ask.clone()).or_default();
        stream.update(text);
        if whole {
            stream.finish();
        }
        stream
    }

    /// Whether the session can go on: it was stopped, or cut off while it ran.
    #[must_use]
    pub fn can_continue(&self) -> bool {
        !self.running && !self.session.participants.is_empty() && !self.session.is_finished()
    }

    /// How it ended, if it did.
    #[must_use]
    pub const fn ended(&self) -> Option<EndReason> {
        match &self.session.state {
            SessionState::Ended { reason, .. } => Some(*reason),
            SessionState::Running => None,
        }
    }
}

/// The words of a turn that people read: the answer itself where the turn holds more.
#[must_use]
pub fn shown_text(turn: &Turn) -> &str {
    use tachikoma_forge::session::Answer;
    match (turn.answer(), turn.text()) {
        (Some(Answer::Synthesis { answer, .. }), _) if !answer.trim().is_empty() => answer,
        (_, Some(text)) => text,
        _ => turn.latest().map_or("", |a| a.text.as_str()),
    }
}
