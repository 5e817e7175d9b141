//! The leaf: words that every other room uses. Nothing here knows a provider, a round or a clock.

mod chance;
mod error;
mod ids;
mod json_mode;
mod lab;
mod message;
mod money;
mod platform;
mod pool;
mod stop;
mod usage;

pub use chance::{Chance, Seed, prompt_hash};
pub use error::{ErrorKind, LlmError};
pub use ids::{AskId, Attempt, BranchId, ModelRef, ModelRefError, RoundNumber, RoundType, Seat, SessionId, key_slot};
pub use json_mode::JsonMode;
pub use lab::{FAMILIES, lab_of};
pub use message::{Image, LlmMessage, MessageRole, Thoughts, ToolCall, ToolResult};
pub use money::Nanos;
pub use platform::{BoxFuture, BoxStream, MaybeSend, MaybeSync, Now};
pub use pool::Pool;
pub use stop::StopReason;
pub use usage::TokenUsage;
