//! The only async code of the core: it runs the engine's effects on a platform.
//!
//! [`ForgeOrchestrator`] is the public face. Started, it runs on the platform by itself and hands back a
//! [`ControlHandle`] and an [`EventStream`]; both may be had as often as anybody likes.

mod broadcast;
mod demo;
mod handle;
mod known;
mod orchestrator;
mod platform;
mod relay;
mod run;
mod warnings;

pub use broadcast::EventStream;
pub use demo::demo_participants;
pub use handle::ControlHandle;
pub use known::sees;
pub use orchestrator::{ForgeOrchestrator, Runtime, StartError, StartErrorKind};
pub use platform::{Journal, JournalError, JournalErrorKind, MemoryJournal, Platform, Providers};
pub use relay::{Follower, Heard, Message};
pub use warnings::of_judge;
