//! Newline-delimited JSON: one value per line, ended by LF or CRLF.
//!
//! Blank lines and a byte order mark at the very start are passed over. A lone CR ends no line: within
//! JSON it is white space. The line that the end of input leaves unfinished is offered apart as a
//! [tail](Ndjson::tail), since servers omit the last line feed, and since a cut line must not pass for one.

use std::borrow::Cow;

use memchr::memchr;

use super::{BOM, FRAME_LIMIT, FrameTooLong, lossy};

/// Cuts bytes into lines that are not blank.
#[derive(Clone, Debug)]
pub struct Ndjson {
    limit: usize,
    /// The unfinished line.
    line: Vec<u8>,
    started: bool,
    too_long: bool,
}

impl Default for Ndjson {
    fn default() -> Self {
        Self::new(FRAME_LIMIT)
    }
}

impl Ndjson {
    /// A framer whose lines may have up to `limit` bytes.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self { limit, line: Vec::new(), started: false, too_long: false }
    }

    /// Takes the next bytes and gives every line that they complete, without the blanks around it.
    ///
    /// # Errors
    /// [`FrameTooLong`] once a line passes the limit, and from then on. Lines before it were given.
    pub fn push(&mut self, bytes: &[u8], mut sink: impl FnMut(Cow<'_, str>)) -> Result<(), FrameTooLong> {
        let mut rest = bytes;
        while !self.too_long {
            let Some(at) = memchr(b'\n', rest) else {
                self.line.extend_from_slice(rest);
                return self.check(self.line.len());
            };
            let piece = &rest[..at];
            rest = &rest[at + 1..];
            if self.line.is_empty() {
                self.check(piece.len())?;
                let line = self.trim(piece);
                if !line.is_empty() {
                    sink(lossy(line));
                }
            } else {
                self.line.extend_from_slice(piece);
                self.check(self.line.len())?;
                let kept = std::mem::take(&mut self.line);
                let line = self.trim(&kept);
                if !line.is_empty() {
                    sink(lossy(line));
                }
                // The buffer goes back, so that short chunks do not allocate per line.
                self.line = kept;
                self.line.clear();
            }
        }
        Err(FrameTooLong { limit: self.limit })
    }

    /// The line that the end of input left unfinished, unless it is blank. Gives it once.
    pub fn tail(&mut self) -> Option<String> {
        let kept = std::mem::take(&mut self.line);
        let line = self.trim(&kept);
        (!line.is_empty()).then(|| lossy(line).into_owned())
    }

    fn trim<'l>(&mut self, line: &'l [u8]) -> &'l [u8] {
        let first = !std::mem::replace(&mut self.started, true);
        let line = if first { line.strip_prefix(&BOM).unwrap_or(line) } else { line };
        line.trim_ascii()
    }

    fn check(&mut self, len: usize) -> Result<(), FrameTooLong> {
        if len <= self.limit {
            return Ok(());
        }
        self.too_long = true;
        self.line = Vec::new();
        Err(FrameTooLong { limit: self.limit })
    }
}
