//! What crosses crates: the scripted LLM server, and what all adapters have to do alike.

pub mod behaviour;
mod cases;
pub mod examples;
#[cfg(not(target_arch = "wasm32"))]
pub mod fuzzed;
#[cfg(not(target_arch = "wasm32"))]
pub mod outline;
pub mod panel;
pub mod refusing;
#[cfg(not(target_arch = "wasm32"))]
pub mod scripted;
pub mod table;
pub mod wire;

pub use cases::cases;
