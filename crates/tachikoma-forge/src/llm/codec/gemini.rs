//! Google's Gemini API: `POST /v1beta/models/NAME:streamGenerateContent?alt=sse`, and `:generateContent`.
//!
//! The model's name stands in the address, and settings in an object of their own. Without `alt=sse` a
//! stream is one JSON list, which is read too. Every chunk looks like a whole answer: parts, of which
//! `thought: true` marks reasoning; the counts so far; and in the last one a reason, which is the finish
//! mark, for there is no other. A prompt that was blocked is a chunk without candidates. Tool calls come
//! whole, under the reason `STOP`. Signatures of thoughts are kept with the part that they sign, for the
//! model wants them back.
//! Source: the vendor's API reference, "Generating content" (v1beta).

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::{Value, json};

use super::calls::{Piece, arguments};
use super::text::{Count, Flag, Presence, Text, some};
use super::{FrameDecoder, Out, Progress, Quirks, StreamEvent};
use crate::llm::classify::classify_in_band;
use crate::types::{StopReason, TokenUsage};

/// Where the model is asked.
pub(super) fn path(model: &str, stream: bool) -> String {
    let name = model.strip_prefix("models/").unwrap_or(model);
    // Tuned models have a collection of their own, which is part of their name.
    let collection = if name.contains('/') { "" } else { "models/" };
    let mut path = format!("/{collection}");
    for byte in name.bytes() {
        // A question mark in a name must not become the address's.
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            path.push(char::from(byte));
        } else {
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path + if stream { ":streamGenerateContent?alt=sse" } else { ":generateContent" }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Chunk<'a> {
    #[serde(borrow, default)]
    candidates: Option<Vec<Candidate<'a>>>,
    #[serde(borrow, default)]
    prompt_feedback: Option<Feedback<'a>>,
    #[serde(default)]
    usage_metadata: Option<Usage>,
    #[serde(default)]
    error: Presence,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    #[serde(default)]
    index: Count,
    #[serde(borrow, default)]
    content: Option<Content<'a>>,
    #[serde(borrow, default)]
    finish_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow, default)]
    parts: Option<Vec<Part<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Part<'a> {
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    /// The text is reasoning.
    #[serde(default)]
    thought: Option<Flag>,
    #[serde(borrow, default)]
    function_call: Option<Call<'a>>,
    #[serde(borrow, default)]
    thought_signature: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Call<'a> {
    #[serde(borrow, default)]
    id: Option<Text<'a>>,
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
    #[serde(default)]
    args: Value,
}

/// What became of the prompt.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Feedback<'a> {
    #[serde(borrow, default)]
    block_reason: Option<Text<'a>>,
}

impl Feedback<'_> {
    fn reason(&self) -> Option<&str> {
        some(&self.block_reason).filter(|reason| *reason != "BLOCK_REASON_UNSPECIFIED")
    }
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Usage {
    prompt_token_count: Count,
    candidates_token_count: Count,
    thoughts_token_count: Count,
    cached_content_token_count: Count,
}

/// Reads the chunks.
pub(super) struct Decoder {
    progress: Progress,
    /// The counts as they are split here: the answer's and the thoughts' are told apart.
    usage: Usage,
}

impl Decoder {
    pub(super) fn new(quirks: &Quirks) -> Self {
        Self { progress: Progress::new(quirks), usage: Usage::default() }
    }

    /// Takes counts. What is left out stands as it was, for a count of nothing is left out as well.
    fn usage(&mut self, newer: Usage, out: &mut Out<'_>) {
        let known = &mut self.usage;
        for (known, newer) in [
            (&mut known.prompt_token_count, newer.prompt_token_count),
            (&mut known.candidates_token_count, newer.candidates_token_count),
            (&mut known.thoughts_token_count, newer.thoughts_token_count),
            (&mut known.cached_content_token_count, newer.cached_content_token_count),
        ] {
            *known = if newer.0.is_some() { newer } else { *known };
        }
        let (answer, thoughts) = (known.candidates_token_count.0, known.thoughts_token_count.0);
        let snapshot = TokenUsage {
            input_tokens: known.prompt_token_count.0,
            // Two parts of one snapshot, both of them paid for as output.
            output_tokens: answer.map(|n| n.saturating_add(thoughts.unwrap_or(0))).or(thoughts),
            reasoning_tokens: thoughts,
            cache_read_tokens: known.cached_content_token_count.0,
            ..TokenUsage::default()
        };
        self.progress.usage(&snapshot, out);
    }

    fn part(&mut self, part: &Part<'_>, out: &mut Out<'_>) {
        let text = some(&part.text).unwrap_or_default();
        if matches!(part.thought, Some(Flag(true))) {
            out.reasoning(text);
        } else {
            self.progress.text(text, out);
        }
        if let Some(call) = &part.function_call {
            let arguments = arguments(&call.args).unwrap_or_else(|| "{}".to_owned());
            let id = some(&call.id).unwrap_or_default();
            let name = some(&call.name).unwrap_or_default();
            let delta = self.progress.calls.begin(Piece { index: None, id, name, arguments: &arguments });
            let number = delta.index;
            out.event(StreamEvent::ToolCall(delta));
            if let Some(signature) = some(&part.thought_signature) {
                self.progress.thoughts.push(json!({"call": number, "thoughtSignature": signature}));
            }
        } else if let Some(signature) = some(&part.thought_signature) {
            self.progress.thoughts.push(json!({"thoughtSignature": signature}));
        }
    }

    /// Takes a reason. A failure inside the service comes as one too, in a sentence where a name belongs.
    fn stop(&mut self, raw: &str, out: &mut Out<'_>) {
        if raw.trim().contains(' ') {
            let error = classify_in_band(out.head, &Value::String(raw.to_owned()));
            self.progress.fail(error, out);
        } else {
            self.progress.stop(raw, out);
        }
    }

    fn chunk(&mut self, data: &str, chunk: &Chunk<'_>, out: &mut Out<'_>) {
        // One answer is asked for; the first one is heard.
        let first = || chunk.candidates.iter().flatten().filter(|c| c.index.0.unwrap_or(0) == 0);
        for part in first().filter_map(|c| c.content.as_ref()?.parts.as_ref()).flatten() {
            self.part(part, out);
        }
        if let Some(usage) = chunk.usage_metadata {
            self.usage(usage, out);
        }
        if chunk.error.0 {
            return self.progress.odd("error", data, out);
        }
        if let Some(reason) = chunk.prompt_feedback.as_ref().and_then(Feedback::reason) {
            // Whatever the reason is called, the answer was withheld.
            self.progress.marked = true;
            self.progress.reason = Some((StopReason::ContentFilter, reason.to_owned()));
        }
        for candidate in first() {
            self.stop(some(&candidate.finish_reason).unwrap_or_default(), out);
        }
    }
}

impl FrameDecoder for Decoder {
    fn read(&mut self, _event: &str, data: &str, out: &mut Out<'_>) -> Result<(), serde_json::Error> {
        let chunk: Chunk<'_> = serde_json::from_str(data)?;
        self.chunk(data, &chunk, out);
        Ok(())
    }

    fn whole(&mut self, body: &str, out: &mut Out<'_>) -> bool {
        if body.starts_with('[') {
            // A stream that somebody asked for without `alt=sse`.
            let Ok(chunks) = serde_json::from_str::<Vec<Value>>(body) else { return false };
            let are_chunks = !chunks.is_empty() && chunks.iter().all(Value::is_object);
            for chunk in chunks.iter().filter(|_| are_chunks) {
                self.frame("message", &chunk.to_string(), out);
            }
            if are_chunks && !out.ended {
                self.progress.finish(out);
            }
            return are_chunks;
        }
        let Ok(chunk) = serde_json::from_str::<Chunk<'_>>(body) else { return false };
        if chunk.candidates.is_none() && chunk.prompt_feedback.is_none() && chunk.usage_metadata.is_none() {
            return false;
        }
        self.chunk(body, &chunk, out);
        if !out.ended {
            // An answer without any candidate never was one; one with a candidate is whole, with or without a reason.
            self.progress.marked |= chunk.candidates.is_some_and(|list| !list.is_empty());
            self.progress.finish(out);
        }
        true
    }

    fn progress(&mut self) -> &mut Progress {
        &mut self.progress
    }
}

#[cfg(test)]
mod tests {
    use super::path;

    #[test]
    fn names_stay_names_in_the_address() {
        let cases = [
            ("gemini-3.8-flash", "/models/gemini-3.8-flash:generateContent"),
            ("models/gemini-3.8-flash", "/models/gemini-3.8-flash:generateContent"),
            ("tunedModels/mine-1", "/tunedModels/mine-1:generateContent"),
            ("a?key=b#c d", "/models/a%3Fkey%3Db%23c%20d:generateContent"),
        ];
        for (model, wanted) in cases {
            assert_eq!(path(model, false), wanted);
        }
        assert_eq!(path("m", true), "/models/m:streamGenerateContent?alt=sse");
    }
}
