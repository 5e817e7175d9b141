//! The table of models: what each does when it is asked, as data.
//!
//! A model's name is a row's name, optionally followed by `-N` for N milliseconds between two pieces
//! (`steady-50`), or `pace-TTFT-TOKENS-TPS` for an exact pace: the first of TOKENS pieces after TTFT
//! milliseconds, then TPS of them a second. What follows a `:` is ignored, so that several members can have
//! models of different names: `steady:latest`. Names of well-known models are steady.
//!
//! A row lists acts: the first is for the first request with a given body, the second for its first
//! repetition, and so on; the last one stays.

use std::time::Duration;

/// How the pieces of an answer are paced unless the model's name says otherwise, in milliseconds.
pub const PACE_MS: u64 = 8;
/// What an exact pace counts as most tokens, and most milliseconds or tokens per second.
const MOST: u32 = 100_000;
/// How the names of models begin that the three providers offer: tests use them where a codec knows them.
const WELL_KNOWN: [&str; 3] = ["claude-", "gpt-", "llama3"];

/// When the pieces of an answer go out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// From the request to the first piece.
    pub first: Duration,
    /// From one piece to the next.
    pub gap: Duration,
    /// How many pieces; `None` for as many as the text fills.
    pub pieces: Option<usize>,
}

impl Pace {
    const fn millis(first: u64, gap: u64) -> Self {
        Self { first: Duration::from_millis(first), gap: Duration::from_millis(gap), pieces: None }
    }

    /// `TTFT-TOKENS-TPS`.
    fn exact(text: &str) -> Option<Self> {
        let mut numbers = text.split('-').map(|n| n.parse::<u32>().ok().filter(|n| *n <= MOST));
        let (first, tokens, rate) = (numbers.next()??, numbers.next()??, numbers.next()??);
        let gap = Duration::from_secs(1).checked_div(rate)?;
        let pieces = usize::try_from(tokens).ok().filter(|n| *n > 0)?;
        let whole = numbers.next().is_none();
        whole.then_some(Self { first: Duration::from_millis(first.into()), gap, pieces: Some(pieces) })
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Script {
    /// The model's name.
    pub name: &'static str,
    /// What it is for.
    pub means: &'static str,
    /// What it does, request by request.
    pub acts: &'static [Act],
    /// How it votes.
    pub stance: Stance,
    /// Whether it thinks aloud first.
    pub thinks: bool,
    /// Whether every byte travels in a chunk of its own.
    pub bytewise: bool,
    /// Milliseconds before the first piece, and between two pieces.
    pub pace_ms: (u64, u64),
}

/// What happens to one request.
#[derive(Clone, Copy, Debug)]
pub enum Act {
    /// It is answered under 200.
    Say(Words, End),
    /// It is refused in the dialect's own shape.
    Fail {
        /// The status.
        status: u16,
        /// The provider's word for it: Anthropic's `type`, the others' `code`.
        code: &'static str,
        /// What the provider says.
        message: &'static str,
        /// The `retry-after` header, in seconds.
        retry_after: Option<u32>,
    },
    /// It is answered by something in between that speaks HTML.
    Html(u16),
    /// It is sent elsewhere.
    Redirect,
    /// Nothing comes, not even a head.
    Hang,
    /// The connection is closed before a head.
    Close,
}

/// What is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// A sensible answer to what was asked.
    Answer,
    /// Prose, whatever was asked for.
    Prose,
    /// Prose where JSON was asked for, and JSON once the prose is held against it.
    ProseThenJson,
    /// A sensible answer inside a code fence, with a greeting before it.
    Fenced,
    /// A sensible answer and some 200 KB more.
    Long,
    /// Nothing.
    Nothing,
    /// The model declines.
    Refusal,
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// As it should.
    Finished,
    /// The limit of tokens is reached half-way.
    MaxTokens,
    /// The connection breaks after so many pieces.
    CutAfter(usize),
    /// The provider reports an error after so many pieces, under a 200.
    ErrorAfter(usize),
    /// Silence after so many pieces, with the connection open.
    StallAfter(usize),
    /// The body ends as if all were well, but without a finish mark, after so many pieces.
    EofAfter(usize),
}

/// How a model votes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// For.
    Agrees,
    /// Against.
    Disagrees,
    /// Against in the first vote, for afterwards.
    Persuadable,
}

const ANSWER: Act = Act::Say(Words::Answer, End::Finished);

const fn fail(status: u16, code: &'static str, message: &'static str, retry_after: Option<u32>) -> Act {
    Act::Fail { status, code, message, retry_after }
}

const fn row(name: &'static str, means: &'static str, acts: &'static [Act]) -> Script {
    Script { name, means, acts, stance: Stance::Agrees, thinks: false, bytewise: false, pace_ms: (PACE_MS, PACE_MS) }
}

/// Every model. The lists of models offer these names, and tests walk them.
pub static SCRIPTS: &[Script] = &[
    row("steady", "answers well", &[ANSWER]),
    Script { pace_ms: (0, 0), ..row("fast", "answers without a pause", &[ANSWER]) },
    Script { pace_ms: (500, 50), ..row("slow", "answers well, slowly", &[ANSWER]) },
    Script { thinks: true, ..row("thinker", "thinks aloud, then answers", &[ANSWER]) },
    Script { stance: Stance::Disagrees, ..row("disagree", "never agrees", &[ANSWER]) },
    Script { stance: Stance::Persuadable, ..row("stubborn", "agrees from the second vote on", &[ANSWER]) },
    row("fenced", "wraps its JSON in a greeting and a fence", &[Act::Say(Words::Fenced, End::Finished)]),
    row("garbage-json", "answers prose where JSON is due, again and again", &[Act::Say(Words::Prose, End::Finished)]),
    row(
        "prose-then-json",
        "answers prose first and JSON when asked again",
        &[Act::Say(Words::ProseThenJson, End::Finished)],
    ),
    Script { bytewise: true, ..row("utf8-split", "sends every byte by itself", &[ANSWER]) },
    row("long", "answers some 200 KB", &[Act::Say(Words::Long, End::Finished)]),
    row("empty", "finishes without a word", &[Act::Say(Words::Nothing, End::Finished)]),
    row("refuse", "declines", &[Act::Say(Words::Refusal, End::Finished)]),
    row("max-tokens", "stops at the limit of tokens", &[Act::Say(Words::Answer, End::MaxTokens)]),
    row("cut-always", "breaks off after some text, every time", &[Act::Say(Words::Answer, End::CutAfter(6))]),
    row("cut-then-ok", "breaks off after some text, once", &[Act::Say(Words::Answer, End::CutAfter(6)), ANSWER]),
    row("cut-at-once-then-ok", "closes before a head, once", &[Act::Close, ANSWER]),
    row("eof-then-ok", "ends without a finish mark, once", &[Act::Say(Words::Answer, End::EofAfter(6)), ANSWER]),
    row("error-after-text", "reports an error after some text", &[Act::Say(Words::Answer, End::ErrorAfter(6))]),
    row(
        "error-after-text-then-ok",
        "reports an error after some text, once",
        &[Act::Say(Words::Answer, End::ErrorAfter(6)), ANSWER],
    ),
    row("stall", "falls silent after some text", &[Act::Say(Words::Answer, End::StallAfter(6))]),
    row("hang", "never answers", &[Act::Hang]),
    row("redirect", "sends elsewhere", &[Act::Redirect]),
    row("html-502", "is hidden behind a broken proxy", &[Act::Html(502)]),
    row("html-502-then-ok", "is hidden behind a broken proxy, once", &[Act::Html(502), ANSWER]),
    row("html-200", "is hidden behind a page that says 200", &[Act::Html(200)]),
    row(
        "fail-400",
        "takes the request for invalid",
        &[fail(400, "invalid_request_error", "This cannot be asked.", None)],
    ),
    row("fail-401", "takes the key for wrong", &[fail(401, "authentication_error", "The key is not valid.", None)]),
    row("fail-404", "does not exist", &[fail(404, "not_found_error", "There is no such model.", None)]),
    row("fail-429", "is asked too often", &[fail(429, "rate_limit_error", "Too many requests.", Some(1))]),
    row(
        "fail-429-then-ok",
        "is asked too often, once",
        &[fail(429, "rate_limit_error", "Too many requests.", Some(1)), ANSWER],
    ),
    row(
        "fail-429-long",
        "asks for an hour's patience",
        &[fail(429, "rate_limit_error", "Too many requests.", Some(3600))],
    ),
    row("fail-500", "is broken", &[fail(500, "api_error", "Something broke.", None)]),
    row("fail-500-then-ok", "is broken, once", &[fail(500, "api_error", "Something broke.", None), ANSWER]),
    row("fail-529", "is overloaded", &[fail(529, "overloaded_error", "Overloaded.", None)]),
    row("fail-529-then-ok", "is overloaded, once", &[fail(529, "overloaded_error", "Overloaded.", None), ANSWER]),
];

/// The row of a model's name, and the pace that the name asks for.
#[must_use]
pub fn script(model: &str) -> Option<(&'static Script, Pace)> {
    let name = model.split(':').next().unwrap_or_default();
    let row = |name: &str| SCRIPTS.iter().find(|s| s.name == name);
    let own = |row: &'static Script| (row, Pace::millis(row.pace_ms.0, row.pace_ms.1));
    if let Some(found) = row(name) {
        return Some(own(found));
    }
    if let Some(numbers) = name.strip_prefix("pace-") {
        return Some((row("steady")?, Pace::exact(numbers)?));
    }
    if WELL_KNOWN.iter().any(|start| name.starts_with(start)) {
        return row("steady").map(own);
    }
    let (name, number) = name.rsplit_once('-')?;
    let gap = number.parse().ok().filter(|n| *n <= u64::from(MOST))?;
    Some((row(name)?, Pace::millis(gap, gap)))
}

impl Script {
    /// What happens to the n-th request with one body, from 1.
    #[must_use]
    pub fn act(&self, time: u32) -> Act {
        let at = (time.max(1) as usize - 1).min(self.acts.len().saturating_sub(1));
        self.acts.get(at).copied().unwrap_or(ANSWER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_carry_a_pace_and_every_row_is_found() {
        for (at, row) in SCRIPTS.iter().enumerate() {
            assert_eq!(SCRIPTS.iter().filter(|s| s.name == row.name).count(), 1, "{} is there twice", row.name);
            assert_eq!(script(row.name).unwrap().0.name, row.name);
            assert!(!row.acts.is_empty() && !row.means.is_empty(), "row {at}");
            let paced = script(&format!("{}-17:latest", row.name)).unwrap();
            assert_eq!((paced.0.name, paced.1), (row.name, Pace::millis(17, 17)));
        }
        assert_eq!(script("fail-429").unwrap().0.name, "fail-429");
        for unknown in ["unknown", "slow-x", "pace-1-2", "pace-1-0-2", "pace-1-2-0", "pace-1-2-3-4", ""] {
            assert!(script(unknown).is_none(), "{unknown}");
        }
        let exact = Pace { first: Duration::from_millis(300), gap: Duration::from_millis(20), pieces: Some(40) };
        assert_eq!(script("pace-300-40-50").unwrap().1, exact);
        assert_eq!(script("claude-sonnet-4-20250514").unwrap().0.name, "steady");
    }

    #[test]
    fn acts_follow_one_another_and_the_last_stays() {
        let row = script("fail-500-then-ok").unwrap().0;
        assert!(matches!(row.act(1), Act::Fail { status: 500, .. }));
        assert!(matches!((row.act(2), row.act(9)), (Act::Say(..), Act::Say(..))));
    }
}
