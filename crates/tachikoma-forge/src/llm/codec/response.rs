//! From the bytes of an HTTP answer to stream events.
//!
//! What a server sends decides how it is read, more than what its headers claim: servers stream under
//! `application/json`, answer a stream request with one JSON object, and proxies put a web page in
//! between. So a good status and the first bytes choose: a frame's beginning is framed, an object where
//! events belong is read whole, a page is an error. Every choice depends on the bytes alone, never on how
//! they were cut.

use memchr::memchr;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{
    Dialect, FrameDecoder, Out, Quirks, Sink, anthropic, cohere, gemini, mend, ollama, openai_chat, openai_responses,
};
use crate::llm::classify::{self, Head, classify, people_text};
use crate::types::{ErrorKind, LlmError};
use crate::wire::{FRAME_LIMIT, FrameTooLong, Ndjson, Sse, SseItem};

/// How the input ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Eof,
    /// The connection broke.
    Cut,
}

/// The decoder of a dialect. An enum, so that the way from a framer to it is one the compiler can see through:
/// it is walked for every few bytes of text.
enum Reader {
    Anthropic(anthropic::Decoder),
    OpenAiChat(openai_chat::Decoder),
    OpenAiResponses(openai_responses::Decoder),
    Ollama(ollama::Decoder),
    Gemini(gemini::Decoder),
    Cohere(cohere::Decoder),
}

/// Runs an expression with the decoder, whichever it is.
macro_rules! with {
    ($reader:expr, $decoder:ident => $run:expr) => {
        match $reader {
            Reader::Anthropic($decoder) => $run,
            Reader::OpenAiChat($decoder) => $run,
            Reader::OpenAiResponses($decoder) => $run,
            Reader::Ollama($decoder) => $run,
            Reader::Gemini($decoder) => $run,
            Reader::Cohere($decoder) => $run,
        }
    };
}

/// How the body is read.
enum Mode {
    /// Too little is known yet. Holds what came.
    Undecided(Vec<u8>),
    Sse(Box<Sse>),
    Ndjson(Ndjson),
    /// As one piece, at the end.
    Whole(Vec<u8>),
}

/// White space that may stand before a body is of one kind or another, at most.
const MOST_BLANKS: usize = 64 * 1024;

/// Reads one answer. Gives exactly one terminal event, and nothing after it.
pub struct ResponseDecoder {
    dialect: Dialect,
    head: Head,
    mode: Mode,
    reader: Box<Reader>,
    ended: bool,
}

impl ResponseDecoder {
    /// A decoder for an answer with this status and these headers (names in lower case).
    #[must_use]
    pub fn new(dialect: Dialect, quirks: &Quirks, head: Head) -> Self {
        let page = head.content_type().is_some_and(|t| t.starts_with("text/html"));
        let mode = if head.is_good() && !page { Mode::Undecided(Vec::new()) } else { Mode::Whole(Vec::new()) };
        let reader = Box::new(match dialect {
            Dialect::Anthropic => Reader::Anthropic(anthropic::Decoder::new(quirks)),
            Dialect::OpenAiChat => Reader::OpenAiChat(openai_chat::Decoder::new(quirks)),
            Dialect::OpenAiResponses => Reader::OpenAiResponses(openai_responses::Decoder::new(quirks)),
            Dialect::Ollama | Dialect::OllamaGenerate => Reader::Ollama(ollama::Decoder::new(quirks)),
            Dialect::Gemini => Reader::Gemini(gemini::Decoder::new(quirks)),
            Dialect::Cohere => Reader::Cohere(cohere::Decoder::new(quirks)),
        });
        Self { dialect, head, mode, reader, ended: false }
    }

    /// Whether the terminal event was given: what comes after it is not read.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        self.ended
    }

    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8], sink: Sink<'_>) {
        if self.ended {
            return;
        }
        if let Mode::Undecided(held) = &mut self.mode {
            held.extend_from_slice(bytes);
            let news = bytes.len();
            if let Some(mode) = decide(self.dialect, held, news) {
                let held = std::mem::take(held);
                self.mode = mode;
                self.feed(&held, sink);
            }
        } else {
            self.feed(bytes, sink);
        }
    }

    /// The input ended.
    pub fn end(&mut self, _end: End, sink: Sink<'_>) {
        // How it ended makes no difference: with a finish mark the answer is complete either way, and
        // without one it is cut either way.
        if self.ended {
            return;
        }
        let mut out = Out { sink, head: &self.head, ended: false };
        with!(&mut *self.reader, decoder => end(&mut self.mode, decoder, &mut out));
        self.ended = true;
    }

    fn feed(&mut self, bytes: &[u8], sink: Sink<'_>) {
        let mut out = Out { sink, head: &self.head, ended: false };
        with!(&mut *self.reader, decoder => feed(&mut self.mode, bytes, decoder, &mut out));
        self.ended = out.ended;
    }
}

/// The next bytes of a body of which it is known how to read it.
fn feed(mode: &mut Mode, bytes: &[u8], decoder: &mut impl FrameDecoder, out: &mut Out<'_>) {
    let framed = match mode {
        Mode::Sse(framer) => framer.push(bytes, |item| match item {
            _ if out.ended => {}
            SseItem::Frame(frame) => decoder.frame(&frame.event, &frame.data, out),
            SseItem::Comment => out.event(super::StreamEvent::Heartbeat),
        }),
        Mode::Ndjson(framer) => framer.push(bytes, |line| {
            if !out.ended {
                decoder.frame("message", &line, out);
            }
        }),
        Mode::Whole(body) | Mode::Undecided(body) => {
            // A whole body is held to the same limit; of an error's, the beginning is enough.
            let room = FRAME_LIMIT - body.len();
            body.extend_from_slice(&bytes[..bytes.len().min(room)]);
            if bytes.len() > room && out.head.is_good() { Err(FrameTooLong { limit: FRAME_LIMIT }) } else { Ok(()) }
        }
    };
    if let Err(error) = framed
        && !out.ended
    {
        decoder.progress().fail(LlmError::new(ErrorKind::Protocol, people_text(&error.to_string())), out);
    }
}

/// The end of a body.
fn end(mode: &mut Mode, decoder: &mut impl FrameDecoder, out: &mut Out<'_>) {
    match mode {
        Mode::Undecided(body) | Mode::Whole(body) => whole(decoder, &std::mem::take(body), out),
        Mode::Sse(framer) => {
            if let Some(tail) = framer.tail() {
                tail_frame(decoder, &tail.event, &tail.data, out);
            }
        }
        Mode::Ndjson(framer) => {
            if let Some(tail) = framer.tail() {
                tail_frame(decoder, "message", &tail, out);
            }
        }
    }
    if !out.ended {
        decoder.progress().finish(out);
    }
}

/// What the end of input left unfinished counts when it is whole, as `[DONE]` without a line end is.
fn tail_frame(decoder: &mut impl FrameDecoder, event: &str, data: &str, out: &mut Out<'_>) {
    if data.trim() == "[DONE]" || serde_json::from_str::<IgnoredAny>(data).is_ok() {
        decoder.frame(event, data, out);
    }
}

/// How to read a body that begins like this, of which the last `news` bytes are new.
fn decide(dialect: Dialect, held: &[u8], news: usize) -> Option<Mode> {
    let body = held.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(held);
    let line = body.trim_ascii_start();
    // Whatever stands behind so many blanks: one chunk may bring both.
    if body.len() - line.len() > MOST_BLANKS {
        return Some(frames(dialect));
    }
    let first = line.first()?;
    // Half a byte order mark says nothing yet.
    if held.len() < 3 && b"\xEF\xBB\xBF".starts_with(held) {
        return None;
    }
    match first {
        b'<' => Some(Mode::Whole(Vec::new())),
        b'{' | b'[' if !dialect.is_lines() => Some(Mode::Whole(Vec::new())),
        _ if !dialect.is_lines() => Some(frames(dialect)),
        _ => {
            // A line that reads is a line of a stream; one that does not may be the first of an object
            // that was printed over several lines.
            let end = memchr(b'\n', &held[held.len() - news..]).and_then(|_| memchr(b'\n', line));
            let Some(end) = end.filter(|end| *end <= FRAME_LIMIT) else {
                return (line.len() > FRAME_LIMIT).then(|| frames(dialect));
            };
            let reads = serde_json::from_str::<IgnoredAny>(&String::from_utf8_lossy(&line[..end])).is_ok();
            Some(if reads { frames(dialect) } else { Mode::Whole(Vec::new()) })
        }
    }
}

fn frames(dialect: Dialect) -> Mode {
    if dialect.is_lines() { Mode::Ndjson(Ndjson::default()) } else { Mode::Sse(Box::default()) }
}

/// Reads a body as one piece: an error, a page, or a whole answer.
fn whole(decoder: &mut impl FrameDecoder, body: &[u8], out: &mut Out<'_>) {
    let body = String::from_utf8_lossy(body);
    let body = body.trim_start_matches('\u{FEFF}').trim();
    if !out.head.is_good() || body.starts_with('<') {
        let error = classify(out.head, body);
        return decoder.progress().fail(error, out);
    }
    let mended = mend::mended(body);
    let body = mended.as_deref().unwrap_or(body);
    let error = match serde_json::from_str::<Value>(body) {
        Ok(value) if classify::is_error(&value) => classify(out.head, body),
        Ok(_) => {
            if decoder.whole(body, out) || out.ended {
                return;
            }
            LlmError::new(
                ErrorKind::Protocol,
                format!("The server answered with JSON that is no answer of a model: {}", people_text(body)),
            )
        }
        // Nothing, or JSON that breaks off.
        Err(error) if error.is_eof() => return,
        Err(_) => LlmError::new(
            ErrorKind::Protocol,
            format!("The server answered with something that is no model's answer: {}", people_text(body)),
        ),
    };
    decoder.progress().fail(error, out);
}
