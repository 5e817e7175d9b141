//! Markdown from models, made safe by construction.
//!
//! What a model writes is hostile until shown otherwise. So it is read into a small tree of our own
//! ([`Block`], [`Inline`]) that cannot express a script, a style, an id, an attribute or a remote image,
//! and that tree becomes DOM nodes one by one. No HTML string is ever built or inserted: HTML in the text
//! stays text, a link goes to `http`, `https` or `mailto` or becomes text, and an image becomes its
//! description and a link to where it lies.
//!
//! While an answer arrives, [`Stream`] reads each block once and only its tail again and again.

mod block;
mod link;
mod read;
mod stream;
#[cfg(target_arch = "wasm32")]
pub mod view;

pub use block::{Block, Inline, Item};
pub use link::{Target, target};
pub use read::{clean, read};
pub use stream::Stream;
