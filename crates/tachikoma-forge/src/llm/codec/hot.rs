//! The few shapes that nearly every frame of a stream has, read as fast as JSON can be read.
//!
//! A dialect's full structs know every variant that any server sends, and pay for it on each frame. So a
//! frame is first read as the plain piece of text that it most likely is. Anything else (a field that says
//! more, a wrong type, a second choice) refuses the fast reading, and the full one decides. Nothing is
//! taken from a frame before its fast reading succeeded, so that both never speak at once.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, SeqAccess, Unexpected, Visitor};

/// A text and nothing else, lent where it has no escapes.
#[derive(Deserialize)]
pub(super) struct Text<'a>(#[serde(borrow)] pub(super) Cow<'a, str>);

/// Refuses a field that says anything but `null`.
#[derive(Clone, Copy, Default)]
pub(super) struct Null;

impl<'de> Deserialize<'de> for Null {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        <()>::deserialize(deserializer).map(|()| Self)
    }
}

/// A text that says anything but `error`: with that word servers mark what is no answer.
#[derive(Clone, Copy, Default)]
pub(super) struct NoError;

impl<'de> Deserialize<'de> for NoError {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NoErrorVisitor;
        impl Visitor<'_> for NoErrorVisitor {
            type Value = NoError;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text that is not `error`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<NoError, E> {
                if text == "error" { Err(E::invalid_value(Unexpected::Str(text), &self)) } else { Ok(NoError) }
            }
        }
        deserializer.deserialize_str(NoErrorVisitor)
    }
}

/// A list of exactly one.
pub(super) struct One<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for One<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneVisitor<T>(std::marker::PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for OneVisitor<T> {
            type Value = One<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of one")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<One<T>, A::Error> {
                let first = seq.next_element()?.ok_or_else(|| A::Error::invalid_length(0, &self))?;
                match seq.next_element::<IgnoredAny>()? {
                    None => Ok(One(first)),
                    Some(_) => Err(A::Error::invalid_length(2, &self)),
                }
            }
        }
        deserializer.deserialize_seq(OneVisitor(std::marker::PhantomData))
    }
}

/// OpenAI: one choice with text or reasoning.
#[derive(Deserialize)]
pub(super) struct Chunk<'a> {
    #[serde(borrow)]
    pub(super) choices: One<Choice<'a>>,
    #[serde(default, rename = "usage")]
    _usage: Null,
    #[serde(default, rename = "error")]
    _error: Null,
    #[serde(default, rename = "x_groq")]
    _groq: Null,
    #[serde(default, rename = "object")]
    _object: NoError,
    #[serde(default, rename = "type")]
    _kind: NoError,
}

/// Its choice.
#[derive(Deserialize)]
pub(super) struct Choice<'a> {
    #[serde(default)]
    pub(super) index: u32,
    #[serde(borrow)]
    pub(super) delta: Delta<'a>,
    #[serde(default, rename = "finish_reason")]
    _finish_reason: Null,
    #[serde(default, rename = "message")]
    _message: Null,
    #[serde(default, rename = "text")]
    _text: Null,
    #[serde(default, rename = "usage")]
    _usage: Null,
    #[serde(default, rename = "error")]
    _error: Null,
}

/// Its piece.
#[derive(Deserialize)]
pub(super) struct Delta<'a> {
    #[serde(borrow, default)]
    pub(super) content: Option<Text<'a>>,
    #[serde(borrow, default)]
    pub(super) reasoning_content: Option<Text<'a>>,
    #[serde(default, rename = "reasoning")]
    _reasoning: Null,
    #[serde(default, rename = "reasoning_details")]
    _reasoning_details: Null,
    #[serde(default, rename = "refusal")]
    _refusal: Null,
    #[serde(default, rename = "tool_calls")]
    _tool_calls: Null,
    #[serde(default, rename = "function_call")]
    _function_call: Null,
}

/// Anthropic: an event that is known to be a `content_block_delta`.
#[derive(Deserialize)]
pub(super) struct BlockDelta<'a> {
    #[serde(borrow)]
    pub(super) delta: BlockPiece<'a>,
}

/// Its piece.
#[derive(Deserialize)]
pub(super) struct BlockPiece<'a> {
    #[serde(borrow)]
    pub(super) text: Text<'a>,
    #[serde(default, rename = "thinking")]
    _thinking: Null,
    #[serde(default, rename = "partial_json")]
    _partial_json: Null,
    #[serde(default, rename = "signature")]
    _signature: Null,
}

/// Ollama: a line that is not the last. Counts come with the last, and a line that has them is no plain one.
#[derive(Deserialize)]
pub(super) struct Line<'a> {
    #[serde(borrow)]
    pub(super) message: Message<'a>,
    pub(super) done: bool,
    #[serde(default, rename = "response")]
    _response: Null,
    #[serde(default, rename = "thinking")]
    _thinking: Null,
    #[serde(default, rename = "prompt_eval_count")]
    _prompt_eval_count: Null,
    #[serde(default, rename = "eval_count")]
    _eval_count: Null,
    #[serde(default, rename = "error")]
    _error: Null,
}

/// Ollama's plain completion: a line that is not the last.
#[derive(Deserialize)]
pub(super) struct Completion<'a> {
    #[serde(borrow)]
    pub(super) response: Text<'a>,
    #[serde(borrow, default)]
    pub(super) thinking: Option<Text<'a>>,
    pub(super) done: bool,
    #[serde(default, rename = "message")]
    _message: Null,
    #[serde(default, rename = "prompt_eval_count")]
    _prompt_eval_count: Null,
    #[serde(default, rename = "eval_count")]
    _eval_count: Null,
    #[serde(default, rename = "error")]
    _error: Null,
}

/// Its message, in a chat.
#[derive(Deserialize)]
pub(super) struct Message<'a> {
    #[serde(borrow)]
    pub(super) content: Text<'a>,
    #[serde(borrow, default)]
    pub(super) thinking: Option<Text<'a>>,
    #[serde(default, rename = "reasoning_content")]
    _reasoning_content: Null,
    #[serde(default, rename = "reasoning")]
    _reasoning: Null,
    #[serde(default, rename = "tool_calls")]
    _tool_calls: Null,
}
