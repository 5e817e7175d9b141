//! Server-sent events, to the letter of the WHATWG event stream rules (HTML standard, section 9.2.6).
//!
//! Two things go beyond the letter, because language model servers need them: the event that the end of
//! input leaves unfinished is offered apart as a [tail](Sse::tail) (the standard discards it; servers
//! forget the blank line after `data: [DONE]`), and comments surface as a sign of life.
//!
//! An unfinished line is never kept as it stands. As soon as its field name is known, its value goes to
//! where it belongs, and a line that can no longer become a field is skipped to its end. So a long event
//! in short chunks is copied once and scanned once, and a hostile line without an end costs no memory.

use std::borrow::Cow;

use memchr::{memchr, memchr2};

use super::{BOM, FRAME_LIMIT, FrameTooLong, lossy};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SseFrame<'a> {
    /// The event's type, `message` unless it was given.
    pub event: Cow<'a, str>,
    /// The data lines, joined by line feeds.
    pub data: Cow<'a, str>,
    /// The last event id, which stays until another one comes.
    pub id: &'a str,
    /// The last valid reconnection time seen so far, in milliseconds.
    pub retry: Option<u64>,
}

/// What a sink gets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SseItem<'a> {
    /// An event.
    Frame(SseFrame<'a>),
    /// A comment line ended: nothing to read, but the server is alive.
    Comment,
}

/// The fields that the standard knows; every other line is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Data,
    Event,
    Id,
    Retry,
}

impl Field {
    const ALL: [(&'static [u8], Self); 4] =
        [(b"data", Self::Data), (b"event", Self::Event), (b"id", Self::Id), (b"retry", Self::Retry)];
    /// The longest name, `event` or `retry`.
    const LONGEST: usize = 5;

    fn named(name: &[u8]) -> Option<Self> {
        Self::ALL.iter().find(|(n, _)| *n == name).map(|(_, field)| *field)
    }
}

/// How far the unfinished line has come.
#[derive(Clone, Copy, Debug)]
enum Line {
    /// Nothing of it yet, or a name that may still become a field's.
    Name { bytes: [u8; Field::LONGEST], len: usize },
    /// A field's value. `fresh` until its first byte, of which one space is dropped.
    Value { field: Field, fresh: bool },
    /// To be ignored up to its end.
    Skipped { comment: bool },
}

impl Line {
    const START: Self = Self::Name { bytes: [0; Field::LONGEST], len: 0 };
}

/// The parts of the unfinished event that still lie in the chunk at hand.
#[derive(Default)]
struct Lent<'c> {
    event: Option<&'c [u8]>,
    data: Option<&'c [u8]>,
}

/// Cuts bytes into events.
#[derive(Clone, Debug)]
pub struct Sse {
    limit: usize,
    /// How much of the byte order mark was seen; past its length once the start lies behind.
    bom: usize,
    /// The last chunk ended with CR: a LF at the start of the next one belongs to it.
    swallow_lf: bool,
    line: Line,
    /// The value of the unfinished line, for every field but `data`.
    value: Vec<u8>,
    event: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    /// Bytes of field lines in the unfinished event.
    size: usize,
    id: String,
    retry: Option<u64>,
    too_long: bool,
}

impl Default for Sse {
    fn default() -> Self {
        Self::new(FRAME_LIMIT)
    }
}

impl Sse {
    /// A framer whose events may have up to `limit` bytes of field lines.
    #[must_use]
    pub const fn new(limit: usize) -> Self {
        Self {
            limit,
            bom: 0,
            swallow_lf: false,
            line: Line::START,
            value: Vec::new(),
            event: Vec::new(),
            data: Vec::new(),
            has_data: false,
            size: 0,
            id: String::new(),
            retry: None,
            too_long: false,
        }
    }

    /// Takes the next bytes and gives every event and comment that they complete.
    ///
    /// # Errors
    /// [`FrameTooLong`] once an event passes the limit, and from then on. Events before it were given.
    pub fn push(&mut self, bytes: &[u8], mut sink: impl FnMut(SseItem<'_>)) -> Result<(), FrameTooLong> {
        let sink = &mut sink;
        if self.too_long {
            return Err(FrameTooLong { limit: self.limit });
        }
        let mut rest = self.skip_start(bytes);
        let mut lent = Lent::default();
        if !matches!(self.line, Line::Name { len: 0, .. }) {
            let Some(at) = memchr2(b'\n', b'\r', rest) else { return self.extend_line(rest) };
            self.extend_line(&rest[..at])?;
            rest = self.after_line_end(rest, at);
            self.end_line(sink)?;
        }
        while let Some(first) = rest.first() {
            // Every other line is blank: no search is needed to see that.
            let blank = matches!(first, b'\n' | b'\r');
            let Some(at) = (if blank { Some(0) } else { memchr2(b'\n', b'\r', rest) }) else { break };
            let line = &rest[..at];
            rest = self.after_line_end(rest, at);
            self.whole_line(line, &mut lent, sink)?;
        }
        self.keep(&mut lent);
        self.extend_line(rest)
    }

    /// What the end of input left unfinished, read as if a line end and a blank line had followed.
    /// Gives it once.
    pub fn tail(&mut self) -> Option<SseFrame<'_>> {
        if self.too_long || self.end_line(&mut |_| ()).is_err() || !self.has_data {
            return None;
        }
        self.has_data = false;
        let event = if self.event.is_empty() { Cow::Borrowed("message") } else { lossy(&self.event) };
        Some(SseFrame { event, data: lossy(&self.data), id: &self.id, retry: self.retry })
    }

    /// Passes the byte order mark and a LF whose CR came with the last chunk.
    fn skip_start<'c>(&mut self, mut bytes: &'c [u8]) -> &'c [u8] {
        while let Some(wanted) = BOM.get(self.bom) {
            match bytes.split_first() {
                None => return bytes,
                Some((byte, rest)) if byte == wanted => {
                    bytes = rest;
                    self.bom += 1;
                }
                Some(_) => {
                    // Half a mark is the start of a line that no field has.
                    if self.bom > 0 {
                        self.line = Line::Skipped { comment: false };
                    }
                    self.bom = BOM.len();
                }
            }
        }
        match bytes.split_first() {
            Some((b'\n', rest)) if std::mem::take(&mut self.swallow_lf) => rest,
            Some(_) => {
                self.swallow_lf = false;
                bytes
            }
            None => bytes,
        }
    }

    /// What follows the line end at `at`. A CR ends its line at once, even as the chunk's last byte.
    fn after_line_end<'c>(&mut self, rest: &'c [u8], at: usize) -> &'c [u8] {
        let crlf = rest[at] == b'\r' && rest.get(at + 1) == Some(&b'\n');
        self.swallow_lf = rest[at] == b'\r' && at + 1 == rest.len();
        &rest[at + 1 + usize::from(crlf)..]
    }

    /// A line that lies in the chunk from its first byte to its last.
    fn whole_line<'c>(
        &mut self,
        line: &'c [u8],
        lent: &mut Lent<'c>,
        sink: &mut impl FnMut(SseItem<'_>),
    ) -> Result<(), FrameTooLong> {
        // By far the most frequent lines are tried first.
        if line.is_empty() {
            self.dispatch(lent, sink);
            return Ok(());
        }
        let (field, value) = if let Some(value) = line.strip_prefix(b"data:") {
            (Field::Data, value)
        } else if line[0] == b':' {
            sink(SseItem::Comment);
            return Ok(());
        } else {
            let colon = memchr(b':', line);
            let name = colon.map_or(line, |at| &line[..at]);
            let Some(field) = Field::named(name) else { return Ok(()) };
            (field, colon.map_or(&line[line.len()..], |at| &line[at + 1..]))
        };
        let value = value.strip_prefix(b" ").unwrap_or(value);
        self.grow(line.len())?;
        match field {
            Field::Data if !self.has_data && lent.data.is_none() => lent.data = Some(value),
            Field::Data => {
                self.keep_data(lent);
                self.data.push(b'\n');
                self.data.extend_from_slice(value);
            }
            Field::Event => {
                self.event.clear();
                lent.event = Some(value);
            }
            Field::Id => self.set_id(value),
            Field::Retry => self.set_retry(value),
        }
        Ok(())
    }

    /// Takes a piece without a line end of the unfinished line.
    fn extend_line(&mut self, mut piece: &[u8]) -> Result<(), FrameTooLong> {
        while let Some((&byte, rest)) = piece.split_first() {
            match &mut self.line {
                Line::Skipped { .. } => return Ok(()),
                Line::Value { field, fresh } => {
                    let value = if std::mem::take(fresh) && byte == b' ' { rest } else { piece };
                    match field {
                        Field::Data => self.data.extend_from_slice(value),
                        Field::Event | Field::Id | Field::Retry => self.value.extend_from_slice(value),
                    }
                    return self.grow(piece.len());
                }
                Line::Name { len: 0, .. } if byte == b':' => self.line = Line::Skipped { comment: true },
                Line::Name { bytes, len } if byte == b':' => {
                    let len = *len;
                    match Field::named(&bytes[..len]) {
                        Some(field) => {
                            self.begin_value(field);
                            self.grow(len + 1)?;
                        }
                        None => self.line = Line::Skipped { comment: false },
                    }
                }
                Line::Name { len: Field::LONGEST, .. } => self.line = Line::Skipped { comment: false },
                Line::Name { bytes, len } => {
                    bytes[*len] = byte;
                    *len += 1;
                    if !Field::ALL.iter().any(|(name, _)| name.starts_with(&bytes[..*len])) {
                        self.line = Line::Skipped { comment: false };
                    }
                }
            }
            piece = rest;
        }
        Ok(())
    }

    /// A field's value begins on the unfinished line.
    fn begin_value(&mut self, field: Field) {
        self.line = Line::Value { field, fresh: true };
        if field == Field::Data {
            if self.has_data {
                self.data.push(b'\n');
            }
            self.has_data = true;
        }
    }

    /// The unfinished line ends.
    fn end_line(&mut self, sink: &mut impl FnMut(SseItem<'_>)) -> Result<(), FrameTooLong> {
        match std::mem::replace(&mut self.line, Line::START) {
            Line::Name { len: 0, .. } => {}
            Line::Skipped { comment } => {
                if comment {
                    sink(SseItem::Comment);
                }
            }
            Line::Name { bytes, len } => {
                // A name without a colon is a field with an empty value.
                if let Some(field) = Field::named(&bytes[..len]) {
                    self.begin_value(field);
                    self.grow(len)?;
                    return self.end_line(sink);
                }
            }
            Line::Value { field, .. } => {
                let value = std::mem::take(&mut self.value);
                match field {
                    Field::Data => {}
                    Field::Event => self.event.clone_from(&value),
                    Field::Id => self.set_id(&value),
                    Field::Retry => self.set_retry(&value),
                }
                self.value = value;
                self.value.clear();
            }
        }
        Ok(())
    }

    /// A blank line: the event is complete, if it has data.
    fn dispatch(&mut self, lent: &mut Lent<'_>, sink: &mut impl FnMut(SseItem<'_>)) {
        let data = match lent.data.take() {
            Some(data) => Some(data),
            None => self.has_data.then_some(self.data.as_slice()),
        };
        if let Some(data) = data {
            let event = lent.event.unwrap_or(&self.event);
            let event = if event.is_empty() { Cow::Borrowed("message") } else { lossy(event) };
            sink(SseItem::Frame(SseFrame { event, data: lossy(data), id: &self.id, retry: self.retry }));
        }
        lent.event = None;
        self.event.clear();
        self.data.clear();
        self.has_data = false;
        self.size = 0;
    }

    /// Keeps what still lies in the chunk when the chunk goes away.
    fn keep(&mut self, lent: &mut Lent<'_>) {
        self.keep_data(lent);
        if let Some(event) = lent.event.take() {
            self.event.clear();
            self.event.extend_from_slice(event);
        }
    }

    fn keep_data(&mut self, lent: &mut Lent<'_>) {
        if let Some(data) = lent.data.take() {
            self.data.extend_from_slice(data);
            self.has_data = true;
        }
    }

    fn set_id(&mut self, value: &[u8]) {
        if memchr(0, value).is_none() {
            self.id.clear();
            self.id.push_str(&lossy(value));
        }
    }

    fn set_retry(&mut self, value: &[u8]) {
        if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
            return;
        }
        let digits = value.iter().map(|digit| u64::from(digit - b'0'));
        self.retry = Some(digits.fold(0, |time: u64, digit| time.saturating_mul(10).saturating_add(digit)));
    }

    fn grow(&mut self, bytes: usize) -> Result<(), FrameTooLong> {
        self.size = self.size.saturating_add(bytes);
        if self.size <= self.limit {
            return Ok(());
        }
        self.too_long = true;
        self.data = Vec::new();
        self.value = Vec::new();
        Err(FrameTooLong { limit: self.limit })
    }
}
