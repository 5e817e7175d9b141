//! The session: the fold of its events, and nothing else.
//!
//! [`ForgeSession::apply`] takes one event at a time, so the page, the command line and the engine can
//! follow along; folding a journal from its start gives the same value. Resume is: fold, and ask the
//! protocol what is still missing.

mod answer;
pub mod attachment;
mod branch;
mod canonical;
mod carry;
mod check;
mod degraded;
mod dissent;
mod end;
mod event;
mod fold;
mod fork;
mod migrate;
mod persona;
mod preset;
mod queries;
mod read;
mod reasons;
mod settings;
mod spending;
mod steer;
mod tally;
mod topic;
mod turn;
mod voices;

pub use answer::{Answer, Ballot, ClaimStance, Objection, Reading, Rebuttal, Score, Stance, Vote};
pub use attachment::Attachment;
pub(crate) use branch::best_version;
pub use branch::{Branch, Line};
pub use canonical::canonical;
pub use carry::{Carried, Carry, Fitted, Trim, carry, fit};
pub use check::{Checked, Contender, Ratio};
pub use degraded::{Degraded, Lost};
pub use dissent::{Claim, Dissent, Dissenter, Minority, Moved, Stand, Switch, Switched};
pub use end::{EndReason, StopRule};
pub use event::{Absence, Channel, Envelope, Event, Interrupted, Label, ReadingOrder, SCHEMA_VERSION};
pub use fold::{ForgeSession, Note, SessionState};
pub use fork::fork;
pub use migrate::{Newer, Reader, Record, Unknown, Unreadable, read_envelope};
pub use persona::{PERSONAS, Persona, persona_text};
pub use preset::Preset;
pub use reasons::{AttemptReason, FallbackReason, NextStep, WaitReason};
pub use settings::{Balance, Check, Judge, Settings, seats};
pub use spending::{Reserved, Spending};
pub use steer::{Change, ControlAction, ForkedFrom, PERSON, is_person};
pub use tally::Tally;
pub(crate) use tally::decimal;
pub use topic::{Participant, Topic};
pub use turn::{AttemptRecord, AttemptState, CompleteTurn, Round, Turn, TurnState, Waiting};
pub use voices::{Alike, NEARLY_THE_SAME, Voices};
