//! A session as a document: Markdown for people, JSON and YAML for programs.
//!
//! JSON and YAML wrap the events themselves, so nothing is lost and an import ([`read()`]) is the same session again.
//! Markdown is what the session says, the result first. What models, servers and imported files say is
//! hostile: in Markdown it is quoted so that it can neither leave its place nor become HTML.
//!
//! No key is ever here: events hold none, and an address that carries one loses it on the way out.

mod events;
mod markdown;
mod numbers;
mod quote;
mod read;
mod rounds;
mod standing;

pub use events::yaml;
pub use events::{FORMAT, FORMAT_VERSION, json};
pub use markdown::markdown;
pub use read::{ImportError, ImportErrorKind, Imported, MAX_BYTES, MAX_EVENTS, read};
