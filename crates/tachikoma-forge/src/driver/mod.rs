//! The only async code of the core: it runs the engine's effects on a platform.

mod platform;

pub use platform::{Journal, JournalError, JournalErrorKind, Platform};
