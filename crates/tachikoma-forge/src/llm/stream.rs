//! What a model answers, whole or in pieces.

use serde_json::Value;

use crate::types::{BoxStream, LlmError, LlmMessage, MessageRole, StopReason, Thoughts, TokenUsage, ToolCall};

/// A whole answer.
#[derive(Clone, Debug, PartialEq)]
pub struct LlmResponse {
    /// The text, without reasoning.
    pub content: String,
    /// What the model thought aloud, where the provider shows it.
    pub reasoning: String,
    /// Always [`MessageRole::Assistant`].
    pub role: MessageRole,
    /// Why it ended.
    pub finish_reason: StopReason,
    /// The reason as the provider spelled it.
    pub raw_finish_reason: Option<String>,
    /// Tokens, as reported.
    pub usage: TokenUsage,
    /// Tools the model wants called.
    pub tool_calls: Vec<ToolCall>,
    /// What the provider wants back with the next request, see [`Thoughts::blocks`].
    pub thoughts: Vec<Value>,
}

impl LlmResponse {
    /// The answer as a message of the conversation that goes on, written by this provider's model.
    #[must_use]
    pub fn into_message(self, provider: &str, model: &str) -> LlmMessage {
        let thoughts = Thoughts {
            provider: provider.to_owned(),
            model: model.to_owned(),
            text: self.reasoning,
            blocks: self.thoughts,
        };
        let thought = !thoughts.text.is_empty() || !thoughts.blocks.is_empty();
        LlmMessage {
            tool_calls: self.tool_calls,
            thoughts: thought.then_some(thoughts),
            ..LlmMessage::assistant(self.content)
        }
    }
}

/// A piece of a tool call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ToolCallDelta {
    /// Which call of the answer, from 0.
    pub index: u32,
    /// The id, when this piece brings it.
    pub id: Option<String>,
    /// The name, when this piece brings it.
    pub name: Option<String>,
    /// More of the arguments' JSON text.
    pub arguments: String,
}

/// A piece of an answer. Exactly one with `is_complete` ends a good stream; an `Err` ends a bad one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LlmStreamChunk {
    /// More text.
    pub delta: String,
    /// More reasoning.
    pub reasoning: String,
    /// More of tool calls.
    pub tool_calls: Vec<ToolCallDelta>,
    /// What the provider wants back with the next request, see [`Thoughts::blocks`]; comes with the end.
    pub thoughts: Vec<Value>,
    /// The latest snapshot of the counts, when this piece brings one.
    pub usage: Option<TokenUsage>,
    /// Whether the answer is finished.
    pub is_complete: bool,
    /// Why it ended; only with `is_complete`.
    pub finish_reason: Option<StopReason>,
    /// The reason as the provider spelled it.
    pub raw_finish_reason: Option<String>,
}

/// An answer as it arrives. Dropping it ends the request. A broken stream yields one `Err` and ends;
/// an end of file without a finish mark is an `Err` of kind `truncated`.
pub type LlmStream = BoxStream<'static, Result<LlmStreamChunk, LlmError>>;
