//! OpenAI's chat completions, `POST /v1/chat/completions`, and everything compatible.
//!
//! The dialect with the most speakers and the fewest promises kept: `choices` may be absent or empty,
//! `message` may stand for `delta`, content may be a list of parts, reasoning has three names, counts
//! come in four places, and the end is a `finish_reason`, `[DONE]`, both, or in either order. Finish marks
//! are the reason and `[DONE]`; after a reason the stream goes on, for counts follow it.
//! Sources: the vendor's API reference ("Create chat completion", "Streaming") and the servers' own code.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::Value;

use super::calls::{Piece, arguments};
use super::text::{Content, Count, Dollars, Presence, Text, some};
use super::{FrameDecoder, Out, Progress, Quirks, StreamEvent, hot};
use crate::types::TokenUsage;

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow, default)]
    choices: Choices<'a>,
    #[serde(default)]
    usage: Option<Usage>,
    #[serde(default)]
    x_groq: Option<Groq>,
    #[serde(default)]
    error: Presence,
    /// `error` from servers that put the error's fields beside it.
    #[serde(borrow, default)]
    object: Option<Text<'a>>,
    #[serde(borrow, default, rename = "type")]
    kind: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Groq {
    #[serde(default)]
    usage: Option<Usage>,
}

/// The choices of a chunk, nearly always one, which then needs no list.
#[derive(Default)]
struct Choices<'a> {
    first: Option<Choice<'a>>,
    more: Vec<Choice<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Choices<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ChoicesVisitor;
        impl<'de> Visitor<'de> for ChoicesVisitor {
            type Value = Choices<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of choices")
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Choices::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let first = seq.next_element()?;
                let mut more = Vec::new();
                while let Some(choice) = seq.next_element()? {
                    more.push(choice);
                }
                Ok(Choices { first, more })
            }
        }
        deserializer.deserialize_any(ChoicesVisitor)
    }
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(default)]
    index: Count,
    #[serde(borrow, default)]
    delta: Option<Delta<'a>>,
    #[serde(borrow, default)]
    message: Option<Box<Delta<'a>>>,
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(borrow, default)]
    finish_reason: Option<Text<'a>>,
    #[serde(default)]
    usage: Option<Box<Usage>>,
    #[serde(default)]
    error: Presence,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    content: Option<Content<'a>>,
    #[serde(borrow, default)]
    reasoning_content: Option<Content<'a>>,
    #[serde(borrow, default)]
    reasoning: Option<Content<'a>>,
    /// The same once more, in parts that are wanted back as they are.
    #[serde(default)]
    reasoning_details: Value,
    #[serde(borrow, default)]
    refusal: Option<Text<'a>>,
    #[serde(borrow, default)]
    tool_calls: Option<Vec<Call<'a>>>,
    #[serde(borrow, default)]
    function_call: Option<Box<Function<'a>>>,
}

#[derive(Deserialize)]
struct Call<'a> {
    #[serde(default)]
    index: Count,
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    function: Option<Function<'a>>,
}

#[derive(Deserialize)]
struct Function<'a> {
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    /// A text in the dialect; some servers send the object itself.
    #[serde(default)]
    arguments: Value,
}

#[derive(Deserialize)]
struct Usage {
    #[serde(default)]
    prompt_tokens: Count,
    #[serde(default)]
    completion_tokens: Count,
    #[serde(default)]
    total_tokens: Count,
    #[serde(default)]
    prompt_tokens_details: Option<PromptDetails>,
    #[serde(default)]
    completion_tokens_details: Option<CompletionDetails>,
    #[serde(default)]
    prompt_cache_hit_tokens: Count,
    /// In dollars; only OpenRouter means this by it.
    #[serde(default)]
    cost: Dollars,
}

#[derive(Deserialize)]
struct PromptDetails {
    #[serde(default)]
    cached_tokens: Count,
    #[serde(default)]
    cache_write_tokens: Count,
}

#[derive(Deserialize)]
struct CompletionDetails {
    #[serde(default)]
    reasoning_tokens: Count,
}

impl Usage {
    fn snapshot(&self) -> TokenUsage {
        let prompt = self.prompt_tokens_details.as_ref();
        let reasoning_tokens = self.completion_tokens_details.as_ref().and_then(|d| d.reasoning_tokens.0);
        // xAI leaves reasoning out of the answer's count, where it belongs; the sum tells.
        let parts = [self.prompt_tokens.0, self.completion_tokens.0, reasoning_tokens];
        let sum = parts.into_iter().try_fold(0_u64, |sum, part| sum.checked_add(part?));
        let apart = sum.is_some() && sum == self.total_tokens.0;
        let left_out = reasoning_tokens.filter(|_| apart).unwrap_or(0);
        TokenUsage {
            input_tokens: self.prompt_tokens.0,
            output_tokens: self.completion_tokens.0.map(|n| n.saturating_add(left_out)),
            reasoning_tokens,
            cache_read_tokens: prompt.and_then(|d| d.cached_tokens.0).or(self.prompt_cache_hit_tokens.0),
            cache_write_tokens: prompt.and_then(|d| d.cache_write_tokens.0),
            cache_apart: false,
            charged: self.cost.0,
        }
    }
}

/// Reads the chunks.
pub(super) struct Decoder {
    progress: Progress,
}

impl Decoder {
    pub(super) fn new(quirks: &Quirks) -> Self {
        Self { progress: Progress::new(quirks) }
    }

    fn choice(&mut self, choice: &Choice<'_>, out: &mut Out<'_>) {
        // One answer is asked for; a server that sends more of them gets its first one heard.
        if choice.index.0.is_some_and(|index| index > 0) {
            return;
        }
        if let Some(delta) = choice.delta.as_ref().or(choice.message.as_deref()) {
            self.delta(delta, out);
        }
        self.progress.text(some(&choice.text).unwrap_or_default(), out);
        if let Some(usage) = &choice.usage {
            self.progress.usage(&usage.snapshot(), out);
        }
    }

    fn delta(&mut self, delta: &Delta<'_>, out: &mut Out<'_>) {
        // Servers that fill several of these say the same in each.
        let details = Content::deserialize(&delta.reasoning_details).ok();
        let names = [delta.reasoning_content.as_ref(), delta.reasoning.as_ref(), details.as_ref()];
        for content in names.into_iter().flatten() {
            if !content.text.is_empty() || !content.reasoning.is_empty() {
                out.reasoning(&content.reasoning);
                out.reasoning(&content.text);
                break;
            }
        }
        for part in delta.reasoning_details.as_array().into_iter().flatten() {
            thought(&mut self.progress.thoughts, part);
        }
        if let Some(content) = &delta.content {
            out.reasoning(&content.reasoning);
            self.progress.text(&content.text, out);
        }
        if let Some(refusal) = some(&delta.refusal) {
            // What the model says in place of an answer is worth reading: it is the text, and marked.
            self.progress.refused = true;
            self.progress.text(refusal, out);
        }
        for call in delta.tool_calls.iter().flatten() {
            let id = some(&call.id).unwrap_or_default();
            self.call(call.index.0, id, call.function.as_ref(), out);
        }
        if let Some(function) = &delta.function_call {
            self.call(Some(0), "", Some(function), out);
        }
    }

    fn call(&mut self, index: Option<u64>, id: &str, function: Option<&Function<'_>>, out: &mut Out<'_>) {
        let name = function.and_then(|f| some(&f.name)).unwrap_or_default();
        let arguments = function.and_then(|f| arguments(&f.arguments)).unwrap_or_default();
        let delta = self.progress.calls.take(Piece { index, id, name, arguments: &arguments });
        out.event(StreamEvent::ToolCall(delta));
    }

    /// Takes a chunk's content; gives whether it had a choice.
    fn chunk(&mut self, data: &str, chunk: &Chunk<'_>, out: &mut Out<'_>) -> bool {
        let choices = || chunk.choices.first.iter().chain(&chunk.choices.more);
        for choice in choices() {
            self.choice(choice, out);
        }
        for usage in [chunk.usage.as_ref(), chunk.x_groq.as_ref().and_then(|g| g.usage.as_ref())].into_iter().flatten()
        {
            self.progress.usage(&usage.snapshot(), out);
        }
        // An error says more than the reason `error` that stands beside it.
        let says_error = |text: &Option<Text<'_>>| some(text) == Some("error");
        let broken = chunk.error.0 || choices().any(|c| c.error.0);
        if broken || says_error(&chunk.object) || says_error(&chunk.kind) {
            self.progress.odd("error", data, out);
        } else {
            for choice in choices().filter(|c| c.index.0.unwrap_or(0) == 0) {
                self.progress.stop(some(&choice.finish_reason).unwrap_or_default(), out);
            }
        }
        chunk.choices.first.is_some()
    }
}

/// Takes a piece of a thought. Pieces of one have its kind and its index, and follow one another.
fn thought(thoughts: &mut Vec<Value>, part: &Value) {
    let Some(fields) = part.as_object() else { return };
    let same = |other: &Value| ["type", "index", "format"].iter().all(|key| other.get(key) == part.get(key));
    let Some(Value::Object(last)) = thoughts.last_mut().filter(|last| same(last)) else {
        thoughts.push(part.clone());
        return;
    };
    for (key, value) in fields {
        match (last.get_mut(key), value.as_str()) {
            (Some(Value::String(known)), Some(more)) if matches!(key.as_str(), "text" | "summary" | "data") => {
                known.push_str(more);
            }
            _ if value.is_null() => {}
            _ => {
                last.insert(key.clone(), value.clone());
            }
        }
    }
}

impl FrameDecoder for Decoder {
    fn read(&mut self, event: &str, data: &str, out: &mut Out<'_>) -> Result<(), serde_json::Error> {
        if event != "error"
            && let Ok(hot::Chunk { choices: hot::One(choice), .. }) = serde_json::from_str(data)
        {
            if choice.index == 0 {
                out.reasoning(choice.delta.reasoning_content.as_ref().map_or("", |t| &t.0));
                self.progress.text(choice.delta.content.as_ref().map_or("", |t| &t.0), out);
            }
            return Ok(());
        }
        let chunk: Chunk<'_> = serde_json::from_str(data)?;
        if event == "error" {
            self.progress.odd(event, data, out);
        } else {
            self.chunk(data, &chunk, out);
        }
        Ok(())
    }

    fn done(&mut self, out: &mut Out<'_>) {
        self.progress.marked = true;
        self.progress.finish(out);
    }

    fn whole(&mut self, body: &str, out: &mut Out<'_>) -> bool {
        let Ok(chunk) = serde_json::from_str::<Chunk<'_>>(body) else { return false };
        if !self.chunk(body, &chunk, out) {
            return false;
        }
        self.progress.marked = true;
        self.progress.finish(out);
        true
    }

    fn progress(&mut self) -> &mut Progress {
        &mut self.progress
    }
}
