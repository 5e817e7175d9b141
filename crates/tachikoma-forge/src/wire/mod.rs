//! Framing: bytes in, frames out.
//!
//! [`Sse`] and [`Ndjson`] are push-based and know nothing of providers, sockets or time: whoever has
//! bytes pushes them, and a sink gets each frame as soon as its last byte is there. They promise:
//!
//! * the same frames however the bytes are cut, down to one at a time;
//! * linear time at any chunk size: no byte is scanned twice, a remainder is never copied per frame;
//! * bounded memory: a frame over [`FRAME_LIMIT`] is an error, and lines that cannot become part of a
//!   frame are dropped without being kept;
//! * a frame that lies within one chunk is lent, not copied;
//! * text, never a failure, from bytes that are no UTF-8: each maximal broken part becomes U+FFFD. Lines
//!   are decoded whole, and a line end is never part of a longer sequence, so cuts cannot matter.
//!
//! What a frame *means* is the business of `llm::codec`.

mod ndjson;
mod sse;

use std::borrow::Cow;
use std::fmt;

pub use ndjson::Ndjson;
pub use sse::{Sse, SseFrame, SseItem};

/// The largest frame, in bytes, unless a limit is given.
pub const FRAME_LIMIT: usize = 8 * 1024 * 1024;

/// The byte order mark that may stand, once, before everything else.
const BOM: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// A frame grew past the limit. The framer gives nothing more after this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameTooLong {
    /// The limit that was met, in bytes.
    pub limit: usize,
}

impl fmt::Display for FrameTooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the server sent a piece of more than {} bytes without an end", self.limit)
    }
}

impl std::error::Error for FrameTooLong {}

/// Text from bytes, lent where they are UTF-8. The check comes first because it is an order of
/// magnitude faster than the lossy walk, which is needed almost never.
fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => String::from_utf8_lossy(bytes),
    }
}
