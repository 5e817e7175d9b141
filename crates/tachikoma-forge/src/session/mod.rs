//! The session: the fold of its events, and nothing else.
//!
//! [`ForgeSession::apply`] takes one event at a time, so the page, the command line and the engine can
//! follow along; folding a journal from its start gives the same value. Resume is: fold, and ask the
//! protocol what is still missing.

mod answer;
mod canonical;
mod event;
mod fold;
mod migrate;
mod read;
mod spending;
mod tally;
mod topic;
mod turn;

pub use answer::{Answer, Reading, Score, Vote};
pub use canonical::canonical;
pub use event::{
    Absence, AttemptReason, Channel, ControlAction, EndReason, Envelope, Event, FallbackReason, Interrupted, Label,
    NextStep, ReadingOrder, SCHEMA_VERSION, WaitReason,
};
pub use fold::{ForgeSession, SessionState};
pub use migrate::{Newer, Reader, Record, Unknown, Unreadable, read_envelope};
pub use spending::{Reserved, Spending};
pub use tally::Tally;
pub use topic::{Balance, Participant, Settings, Topic};
pub use turn::{AttemptRecord, AttemptState, CompleteTurn, Round, Turn, TurnState, Waiting};
