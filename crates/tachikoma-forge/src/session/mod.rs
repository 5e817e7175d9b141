//! The session: the fold of its events, and nothing else.
//!
//! [`ForgeSession::apply`] takes one event at a time, so the page, the command line and the engine can
//! follow along; folding a journal from its start gives the same value. Resume is: fold, and ask the
//! protocol what is still missing.

mod answer;
mod branch;
mod canonical;
mod carry;
mod event;
mod fold;
mod fork;
mod read;
mod settings;
mod spending;
mod steer;
mod tally;
mod topic;
mod turn;

pub use answer::{Answer, Ballot, ClaimStance, Objection, Reading, Rebuttal, Score, Stance, Vote};
pub(crate) use branch::best_version;
pub use branch::{Branch, Line};
pub use canonical::canonical;
pub use carry::{Carried, Carry, Fitted, Trim, carry, fit};
pub use event::{
    Absence, AttemptReason, Channel, EndReason, Envelope, Event, FallbackReason, Interrupted, Label, NextStep,
    ReadingOrder, SCHEMA_VERSION, StopRule, WaitReason,
};
pub use fold::{ForgeSession, Note, SessionState};
pub use fork::fork;
pub use settings::{Balance, Check, Judge, Settings, seats};
pub use spending::{Reserved, Spending};
pub use steer::{Change, ControlAction, ForkedFrom, PERSON, is_person};
pub use tally::Tally;
pub use topic::{Participant, Topic};
pub use turn::{AttemptRecord, AttemptState, CompleteTurn, Round, Turn, TurnState, Waiting};
