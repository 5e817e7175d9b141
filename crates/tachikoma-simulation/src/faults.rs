//! The faults that members suffer, and which of them were seen in which rounds.

use std::collections::BTreeMap;
use std::time::Duration;

use tachikoma_forge::protocol::OUTLINES;
use tachikoma_forge::types::{ErrorKind, LlmError, RoundType};

/// What may happen to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// Nothing answers.
    ConnectFails,
    /// The key is wrong.
    Auth,
    /// No credit is left.
    Quota,
    /// Too many requests; the server says when to return.
    RateLimited,
    /// Too many requests; the server wants a longer wait than anybody has.
    RateLimitedLong,
    /// The server has too much to do.
    Overloaded,
    /// The server failed.
    ServerError,
    /// The connection breaks after some text.
    DiesAfterText,
    /// An error event comes after some text.
    ErrorAfterText,
    /// Some text, then silence.
    Stalls,
    /// Nothing at all, for ever.
    Hangs,
    /// The answer is not what the protocol promises.
    Malformed,
    /// The token limit cuts the answer short.
    CutShort,
    /// The model declines.
    Refuses,
    /// The provider withholds the answer.
    Filtered,
    /// It finishes without text.
    Empty,
    /// It finishes with text that is not what was asked for.
    Garbage,
    /// It never stops sending.
    Endless,
    /// The machine sleeps while it answers.
    Suspended,
    /// The server refuses a parameter by name, once.
    RefusesParameter,
    /// What it was sent does not fit.
    TooLong,
    /// Nothing comes for longer than a stream may pause, since the server is busy; then all of it.
    SilentQueue,
    /// Signs of life without a word, for longer than a stream may pause; then the rest.
    Heartbeats,
}

/// What a server refuses that refuses a parameter.
const REFUSED_PARAMETER: &str = "temperature";

/// All faults: tests walk this.
pub const FAULTS: [Fault; 23] = [
    Fault::ConnectFails,
    Fault::Auth,
    Fault::Quota,
    Fault::RateLimited,
    Fault::RateLimitedLong,
    Fault::Overloaded,
    Fault::ServerError,
    Fault::DiesAfterText,
    Fault::ErrorAfterText,
    Fault::Stalls,
    Fault::Hangs,
    Fault::Malformed,
    Fault::CutShort,
    Fault::Refuses,
    Fault::Filtered,
    Fault::Empty,
    Fault::Garbage,
    Fault::Endless,
    Fault::Suspended,
    Fault::RefusesParameter,
    Fault::TooLong,
    Fault::SilentQueue,
    Fault::Heartbeats,
];

impl Fault {
    /// Whether a deadline may end the ask: then a cut-off run, whose clocks start anew, may differ.
    #[must_use]
    pub const fn may_meet_a_deadline(self) -> bool {
        matches!(self, Self::Hangs | Self::Suspended | Self::Stalls | Self::SilentQueue | Self::Heartbeats)
    }

    /// Whether the answer comes all the same.
    #[must_use]
    pub const fn is_answered(self) -> bool {
        matches!(self, Self::Suspended | Self::SilentQueue | Self::Heartbeats)
    }

    /// The error that the call ends with, if it ends with one.
    #[must_use]
    pub fn error(self) -> Option<LlmError> {
        let error = |kind: ErrorKind| Some(LlmError::new(kind, format!("simulated: {self:?}")));
        match self {
            Self::ConnectFails => error(ErrorKind::Network),
            Self::Auth => error(ErrorKind::Auth),
            Self::Quota => error(ErrorKind::Quota),
            Self::RateLimited => error(ErrorKind::RateLimited).map(|e| e.with_retry_after(Duration::from_secs(7))),
            Self::RateLimitedLong => {
                error(ErrorKind::RateLimited).map(|e| e.with_retry_after(Duration::from_secs(3_600)))
            }
            Self::Overloaded => error(ErrorKind::Overloaded),
            Self::ServerError | Self::ErrorAfterText => error(ErrorKind::Server),
            Self::DiesAfterText => error(ErrorKind::Truncated),
            Self::Malformed => error(ErrorKind::Protocol),
            Self::RefusesParameter => {
                error(ErrorKind::InvalidRequest).map(|e| e.with_refused_parameter(REFUSED_PARAMETER))
            }
            Self::TooLong => error(ErrorKind::ContextTooLong),
            Self::Stalls
            | Self::Hangs
            | Self::CutShort
            | Self::Refuses
            | Self::Filtered
            | Self::Empty
            | Self::Garbage
            | Self::Endless
            | Self::Suspended
            | Self::SilentQueue
            | Self::Heartbeats => None,
        }
    }
}

/// How often each fault struck in each type of round.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage(BTreeMap<(&'static str, Fault, RoundType), u32>);

impl Coverage {
    pub(super) fn hit(&mut self, protocol: &'static str, fault: Fault, round_type: RoundType) {
        *self.0.entry((protocol, fault, round_type)).or_default() += 1;
    }

    /// Adds another run's count.
    pub fn add(&mut self, other: &Self) {
        for (cell, count) in &other.0 {
            *self.0.entry(*cell).or_default() += count;
        }
    }

    /// The cells that were never hit: every fault in every type of round that a protocol has.
    #[must_use]
    pub fn missing(&self) -> Vec<(&'static str, Fault, RoundType)> {
        let rounds = OUTLINES.iter().flat_map(|o| o.round_types.iter().map(|round_type| (o.name, *round_type)));
        let all = rounds.flat_map(|(name, round_type)| FAULTS.into_iter().map(move |fault| (name, fault, round_type)));
        all.filter(|cell| !self.0.contains_key(cell)).collect()
    }

    /// The table, for people: how often each fault struck in each type of round, whatever the protocol.
    #[must_use]
    pub fn table(&self) -> String {
        let count = |fault, round_type| -> u32 {
            self.0.iter().filter(|((_, f, r), _)| *f == fault && *r == round_type).map(|(_, count)| count).sum()
        };
        let mut text = format!("{:<16}", "fault");
        for round_type in RoundType::ALL {
            text += &format!("{:>12}", round_type.name());
        }
        for fault in FAULTS {
            text += &format!("\n{:<16}", format!("{fault:?}"));
            for round_type in RoundType::ALL {
                text += &format!("{:>12}", count(fault, round_type));
            }
        }
        text
    }
}
