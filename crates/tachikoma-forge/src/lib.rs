//! The core of Tachikoma Forge: several language models think about one goal together.
//!
//! Platform-agnostic by construction: no socket, no clock, no randomness, no JS type and no async
//! runtime. An adapter brings those (`tachikoma-native`, `tachikoma-web`); everything that thinks is
//! here. `ARCHITECTURE.md` draws the rooms and who may know whom.
//!
//! ```text
//! driver ─► engine ─► protocol ─► prompt, session ─► cost ─► types
//! driver ─► llm ─► wire, types          llm and protocol never see each other
//! export, metrics ─► session           panel, verify ─► protocol
//! ```

pub mod cost;
pub mod driver;
pub mod engine;
pub mod export;
pub mod llm;
pub mod metrics;
pub mod panel;
pub mod prompt;
pub mod protocol;
pub mod session;
pub mod types;
pub mod verify;
pub mod wire;
