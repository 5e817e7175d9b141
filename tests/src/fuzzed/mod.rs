//! What is fuzzed: one function for each codec and each parser, by name.
//!
//! Each takes any bytes and panics when a promise is broken: the same events however the bytes are cut, a fixed
//! point of reading and writing, no vote that nobody cast, no key in a message. What is worth keeping of a campaign
//! lies in `tests/fuzz/corpus/<name>/`, and the test `fuzzed` replays it; `tests/fuzz` is the program that looks for
//! more. Nothing here depends on chance or time, so that a finding is one again when it is replayed.

mod answers;
mod attachments;
mod codecs;
mod framers;
mod memory;
mod page;
mod prices;
mod requests;
mod servers;
mod sessions;

use std::borrow::Cow;

use serde_json::Value;

/// One function that is fuzzed.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Its name, and that of its folder of inputs.
    pub name: &'static str,
    /// Panics when the input shows a broken promise.
    pub run: fn(&[u8]),
}

const fn target(name: &'static str, run: fn(&[u8])) -> Target {
    Target { name, run }
}

/// Every function that is fuzzed.
pub const TARGETS: &[Target] = &[
    target("sse", framers::sse),
    target("ndjson", framers::ndjson),
    target("anthropic", codecs::anthropic),
    target("openai-chat", codecs::openai_chat),
    target("openai-responses", codecs::openai_responses),
    target("ollama", codecs::ollama),
    target("ollama-generate", codecs::ollama_generate),
    target("gemini", codecs::gemini),
    target("cohere", codecs::cohere),
    target("request", requests::request),
    target("refusal", servers::refusal),
    target("models", servers::models),
    target("pull", servers::pull),
    target("detection", servers::detection),
    target("sign-in", servers::sign_in),
    target("address", requests::address),
    target("names", requests::names),
    target("prompt", requests::prompt),
    target("prices", prices::prices),
    target("json", answers::json),
    target("vote", answers::vote),
    target("critique", answers::critique),
    target("synthesis", answers::synthesis),
    target("journal", sessions::journal),
    target("import", sessions::import),
    target("export", sessions::export),
    target("blindness", sessions::blindness),
    target("attachment", attachments::attachment),
    target("pdf", attachments::pdf),
    target("markdown", page::markdown),
    target("route", page::route),
];

/// The target of a name.
#[must_use]
pub fn named(name: &str) -> Option<Target> {
    TARGETS.iter().copied().find(|target| target.name == name)
}

/// Numbers that follow from the input alone.
struct Draws(u64);

impl Draws {
    /// Begins with a hash of the input (FNV-1a).
    fn from(data: &[u8]) -> Self {
        let hash = data.iter().fold(0xCBF2_9CE4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
        });
        Self(hash | 1)
    }

    /// The next number below a bound, which is not 0.
    fn below(&mut self, bound: usize) -> usize {
        // Xorshift, and the upper half of it: the lower one varies less.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from((self.0 >> 32) % (bound as u64)).unwrap_or(0)
    }
}

/// The input in pieces, some of them empty, cut where the input itself says.
fn cut(data: &[u8]) -> Vec<&[u8]> {
    let mut draws = Draws::from(data);
    let mut at: Vec<usize> = (0..=draws.below(12)).map(|_| draws.below(data.len() + 1)).collect();
    at.sort_unstable();
    let mut pieces = Vec::with_capacity(at.len() + 1);
    let mut from = 0;
    for to in at.into_iter().chain([data.len()]) {
        pieces.push(&data[from..to]);
        from = to;
    }
    pieces
}

/// Inputs up to this size are cut byte by byte too, in bytes: more would cost more than it finds.
const SMALL: usize = 256;

/// Calls a check with the input in pieces: cut here and there and, if it is small, after every byte.
fn with_cuts(data: &[u8], mut check: impl FnMut(&[&[u8]])) {
    check(&cut(data));
    if data.len() <= SMALL {
        check(&data.chunks(1).collect::<Vec<_>>());
    }
}

/// The input as text.
fn lossy(data: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(data)
}

/// Whether all numbers of a value are written and read again as they are: the reader rounds long fractions its own
/// way, which is not what is looked at here.
fn is_exact(value: &Value) -> bool {
    match value {
        Value::Number(number) => {
            number.as_f64().is_none_or(|n| !number.is_f64() || (n * 4.0).fract() == 0.0 && n.abs() < 1e9)
        }
        Value::Array(items) => items.iter().all(is_exact),
        Value::Object(fields) => fields.values().all(is_exact),
        Value::Null | Value::Bool(_) | Value::String(_) => true,
    }
}

/// Words for people: short, and without what would change how other text is read.
fn assert_fit_to_be_shown(text: &str) {
    let unfit = |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    assert!(!text.contains(unfit), "{text:?}");
    // The most that is kept of a provider's words, and our own around them.
    assert!(text.chars().count() <= 1_000, "{} characters: {text:?}", text.chars().count());
}
