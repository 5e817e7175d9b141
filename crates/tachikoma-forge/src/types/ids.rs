//! Names of things: sessions, seats, rounds, asks, models. Stable, printable, ordered.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A session's name, unique where it is stored. Given by an adapter.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SessionId(pub String);

impl fmt::Display for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A participant's place at the table, from 0.
pub type Seat = u16;
/// A round's number within its branch, from 1. All types of round count.
pub type RoundNumber = u32;
/// A line of history within a session, from 0. An edit opens another.
pub type BranchId = u32;
/// One try at an ask, from 1. Retries, repairs and fallbacks all count up.
pub type Attempt = u32;

/// What the members do in a round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RoundType {
    /// Every member answers alone.
    Draft,
    /// Every member scores the drafts of the others, blind.
    Critique,
    /// Every member puts the drafts of the others in an order, blind.
    Ranking,
    /// Every member reads the positions of the others, and keeps or changes its own.
    Rebuttal,
    /// Every member writes a draft anew, from all drafts of the layer before.
    Refinement,
    /// Every member but the author looks for what breaks the proposal.
    Attack,
    /// One member writes the shared answer.
    Synthesis,
    /// Every member votes on the shared answer.
    Convergence,
    /// Every member answers a closed question alone.
    Ballot,
    /// After the end: one model alone answers the goal, to compare with.
    Baseline,
    /// After the end: somebody who took no part compares the result with what single members wrote, blind.
    Comparison,
}

impl RoundType {
    /// All types.
    pub const ALL: [Self; 11] = [
        Self::Draft,
        Self::Critique,
        Self::Ranking,
        Self::Rebuttal,
        Self::Refinement,
        Self::Attack,
        Self::Synthesis,
        Self::Convergence,
        Self::Ballot,
        Self::Baseline,
        Self::Comparison,
    ];

    /// The name as people and files write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Draft => "Draft",
            Self::Critique => "Critique",
            Self::Ranking => "Ranking",
            Self::Rebuttal => "Rebuttal",
            Self::Refinement => "Refinement",
            Self::Attack => "Attack",
            Self::Synthesis => "Synthesis",
            Self::Convergence => "Convergence",
            Self::Ballot => "Ballot",
            Self::Baseline => "Baseline",
            Self::Comparison => "Comparison",
        }
    }

    /// The name of its step in the name of an ask: `draft`.
    #[must_use]
    pub const fn step(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Critique => "critique",
            Self::Ranking => "ranking",
            Self::Rebuttal => "rebuttal",
            Self::Refinement => "refinement",
            Self::Attack => "attack",
            Self::Synthesis => "synthesis",
            Self::Convergence => "convergence",
            Self::Ballot => "ballot",
            Self::Baseline => "baseline",
            Self::Comparison => "comparison",
        }
    }

    /// Whether it comes after the end, to see whether the deliberation helped: it changes nothing of the result.
    #[must_use]
    pub const fn is_check(self) -> bool {
        matches!(self, Self::Baseline | Self::Comparison)
    }
}

impl fmt::Display for RoundType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The stable name of one question to one seat. Written `b0/r2/critique/s1/v0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AskId {
    /// The branch it belongs to.
    pub branch: BranchId,
    /// The round it belongs to.
    pub round: RoundNumber,
    /// The step within the protocol, in lower case, without `/`: `draft`, `critique`, …
    pub step: String,
    /// The seat that is asked.
    pub seat: Seat,
    /// Counts up when an edit makes the ask anew.
    pub revision: u32,
}

impl fmt::Display for AskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b{}/r{}/{}/s{}/v{}", self.branch, self.round, self.step, self.seat, self.revision)
    }
}

impl FromStr for AskId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("not an ask: {text:?} (expected b0/r1/draft/s0/v0)");
        let number = |part: Option<&str>, mark: char| {
            part.and_then(|p| p.strip_prefix(mark)).and_then(|n| n.parse::<u32>().ok())
        };
        let mut parts = text.split('/');
        let branch = number(parts.next(), 'b').ok_or_else(wrong)?;
        let round = number(parts.next(), 'r').ok_or_else(wrong)?;
        let step = parts.next().filter(|s| !s.is_empty()).ok_or_else(wrong)?.to_owned();
        let seat = number(parts.next(), 's').and_then(|n| Seat::try_from(n).ok()).ok_or_else(wrong)?;
        let revision = number(parts.next(), 'v').ok_or_else(wrong)?;
        if parts.next().is_some() {
            return Err(wrong());
        }
        Ok(Self { branch, round, step, seat, revision })
    }
}

impl Serialize for AskId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AskId {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A model as people write it: `provider/model[@base_url]`, split at the first `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelRef {
    /// The row in the provider table, in lower case: `anthropic`, `openai-compatible`, …, and behind a `#` which
    /// of several keys is meant: `openai#2`. See [`key_slot`].
    pub provider: String,
    /// The model's name as the provider spells it; it may hold `/` and `:`.
    pub model: String,
    /// Where the provider answers, when not at its default.
    pub base_url: Option<String>,
}

/// The name of a provider, and the number of the key that is meant: `openai#2` is OpenAI with its second key,
/// `openai` is OpenAI with its first.
#[must_use]
pub fn key_slot(provider: &str) -> (&str, u32) {
    match provider.split_once('#') {
        Some((name, number)) => (name, number.parse().unwrap_or(1)),
        None => (provider, 1),
    }
}

impl ModelRef {
    /// The provider's name, whichever of its keys is meant.
    #[must_use]
    pub fn provider_name(&self) -> &str {
        key_slot(&self.provider).0
    }

    /// The model without key and address, as it is priced and counted: `openai/gpt-4o`. An address may hold a secret.
    #[must_use]
    pub fn bare(&self) -> String {
        [self.provider_name(), "/", &self.model].concat()
    }
}

impl fmt::Display for ModelRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)?;
        match &self.base_url {
            Some(url) => write!(f, "@{url}"),
            None => Ok(()),
        }
    }
}

/// Why a text is no [`ModelRef`], for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModelRefError(pub String);

impl fmt::Display for ModelRefError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ModelRefError {}

impl FromStr for ModelRef {
    type Err = ModelRefError;

    fn from_str(text: &str) -> Result<Self, ModelRefError> {
        let wrong = |why: &str| {
            ModelRefError(format!(
                "{text:?} is not a model: {why}. Write provider/model[@base_url], for example \
                 ollama/llama3.2:latest or openai-compatible/local@http://127.0.0.1:1234"
            ))
        };
        let (provider, rest) = text.trim().split_once('/').ok_or_else(|| wrong("the / is missing"))?;
        // A base URL starts at the last `@http`: model names may hold an `@` of their own.
        let at = rest.rfind("@http://").max(rest.rfind("@https://"));
        let (model, base_url) = match at {
            Some(at) => {
                let url = rest[at + 1..].trim_end_matches(|c: char| c == '/' || c.is_whitespace());
                (&rest[..at], Some(url.to_owned()))
            }
            None => (rest, None),
        };
        let (name, key) = provider.split_once('#').map_or((provider, None), |(name, key)| (name, Some(key)));
        if name.is_empty() {
            return Err(wrong("the provider is missing"));
        }
        let provider = match key.map(str::parse) {
            None | Some(Ok(1)) => name,
            Some(Ok(2_u32..)) => provider,
            Some(_) => return Err(wrong("behind the # stands the number of a key, as in openai#2")),
        };
        if model.is_empty() {
            return Err(wrong("the model is missing"));
        }
        // It stands between the targets of a pool.
        if rest.contains('|') {
            return Err(wrong("it holds a |"));
        }
        if base_url.as_ref().is_some_and(|url| !url.contains("://")) {
            return Err(wrong("the base URL has no host"));
        }
        if model.ends_with('@') || model.rsplit_once('@').is_some_and(|(_, u)| u.contains("://")) {
            return Err(wrong("it has one base URL at most, which starts with http:// or https://"));
        }
        Ok(Self { provider: provider.to_ascii_lowercase(), model: model.to_owned(), base_url })
    }
}

impl Serialize for ModelRef {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ModelRef {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ask_reads_back_what_it_prints() {
        let ask = AskId { branch: 0, round: 12, step: "critique".into(), seat: 3, revision: 1 };
        assert_eq!(ask.to_string(), "b0/r12/critique/s3/v1");
        assert_eq!(ask.to_string().parse::<AskId>(), Ok(ask));
        for wrong in ["", "b0", "b0/r1/draft/s0", "b0/r1//s0/v0", "b0/r1/draft/s0/v0/x", "b0/r1/draft/s99999/v0"] {
            assert!(wrong.parse::<AskId>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_model_is_split_at_the_first_slash_and_the_last_url() {
        let cases = [
            ("anthropic/claude-sonnet-4-20250514", "anthropic", "claude-sonnet-4-20250514", None),
            ("ollama/llama3.2:latest", "ollama", "llama3.2:latest", None),
            (
                "OpenAI-compatible/local@http://127.0.0.1:1234/",
                "openai-compatible",
                "local",
                Some("http://127.0.0.1:1234"),
            ),
            (
                "openrouter/meta/llama@free@https://x.test/v1",
                "openrouter",
                "meta/llama@free",
                Some("https://x.test/v1"),
            ),
            // What is left out at the end is left out with the blanks before it, or it would read back otherwise.
            ("ollama/a@http://x.test / /", "ollama", "a", Some("http://x.test")),
        ];
        for (text, provider, model, url) in cases {
            let read: ModelRef = text.parse().unwrap();
            assert_eq!((read.provider.as_str(), read.model.as_str(), read.base_url.as_deref()), (provider, model, url));
            assert_eq!(read.to_string().parse::<ModelRef>().unwrap(), read);
        }
        let second: ModelRef = "OpenAI#2/gpt-4o".parse().unwrap();
        assert_eq!((second.provider_name(), key_slot(&second.provider)), ("openai", ("openai", 2)));
        assert_eq!("openai#1/gpt-4o".parse::<ModelRef>().unwrap().to_string(), "openai/gpt-4o");
        for wrong in [
            "claude",
            "/x",
            "anthropic/",
            "ollama/x@ftp://host",
            "ollama/@http://h",
            "ollama/x@",
            "ollama/x@https://host@http://host",
            // Without its slashes this one would read back as a part of the name.
            "ollama/x@http://",
            "ollama/x@https:///",
            "openai#/x",
            "openai#0/x",
            "openai#two/x",
            "#2/x",
            "ollama/x|y",
        ] {
            assert!(wrong.parse::<ModelRef>().is_err(), "{wrong}");
        }
    }
}
