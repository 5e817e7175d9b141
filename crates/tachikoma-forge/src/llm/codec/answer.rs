//! An answer as it adds up from events: what a caller that does not stream gets, and what `decode` sums up.

use futures::StreamExt;
use serde_json::Value;

use super::{StreamEvent, parse_json_answer};
use crate::llm::{LlmResponse, LlmStream, LlmStreamChunk, ToolCallDelta};
use crate::types::{ErrorKind, LlmError, MessageRole, StopReason, TokenUsage, ToolCall};

/// How an answer ended.
#[derive(Clone, Debug, PartialEq)]
pub enum AnswerEnd {
    /// It is complete.
    Finished {
        /// Why it ended.
        reason: StopReason,
        /// The reason as the provider spelled it.
        raw: Option<String>,
    },
    /// It failed.
    Failed(LlmError),
    /// It broke off.
    Truncated,
}

/// What was said so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// The text, without reasoning.
    pub text: String,
    /// The reasoning.
    pub reasoning: String,
    /// The latest snapshot of the counts.
    pub usage: TokenUsage,
    /// How it ended, once it did.
    pub end: Option<AnswerEnd>,
    /// What the provider wants back, see [`Thoughts::blocks`](crate::types::Thoughts).
    pub thoughts: Vec<Value>,
    calls: Vec<(String, String, String)>,
}

impl Answer {
    /// Takes the next event.
    pub fn take(&mut self, event: StreamEvent<'_>) {
        match event {
            StreamEvent::Text(text) => self.text.push_str(text),
            StreamEvent::Reasoning(text) => self.reasoning.push_str(text),
            StreamEvent::ToolCall(delta) => self.call(delta),
            StreamEvent::Usage(usage) => self.usage = usage,
            StreamEvent::Thought(block) => self.thoughts.push(block),
            StreamEvent::Heartbeat => {}
            StreamEvent::Finished { reason, raw } => self.end = Some(AnswerEnd::Finished { reason, raw }),
            StreamEvent::Failed(error) => self.end = Some(AnswerEnd::Failed(error)),
            StreamEvent::Truncated => self.end = Some(AnswerEnd::Truncated),
        }
    }

    /// Takes the next piece of a stream.
    pub fn take_chunk(&mut self, chunk: LlmStreamChunk) {
        self.text.push_str(&chunk.delta);
        self.reasoning.push_str(&chunk.reasoning);
        chunk.tool_calls.into_iter().for_each(|delta| self.call(delta));
        self.usage = chunk.usage.unwrap_or(self.usage);
        if chunk.is_complete {
            let reason = chunk.finish_reason.unwrap_or(StopReason::Unknown);
            self.end = Some(AnswerEnd::Finished { reason, raw: chunk.raw_finish_reason });
        }
    }

    fn call(&mut self, delta: ToolCallDelta) {
        let at = delta.index as usize;
        // Calls count up one by one, so that at most one is new.
        if at >= self.calls.len() {
            self.calls.push(Default::default());
        }
        if let Some((id, name, arguments)) = self.calls.get_mut(at) {
            id.extend(delta.id);
            name.extend(delta.name);
            arguments.push_str(&delta.arguments);
        }
    }

    /// The calls, with their arguments read where they can be.
    #[must_use]
    pub fn tool_calls(&self) -> Vec<ToolCall> {
        let read = |text: &String| serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.clone()));
        self.calls
            .iter()
            .map(|(id, name, arguments)| ToolCall { id: id.clone(), name: name.clone(), arguments: read(arguments) })
            .collect()
    }

    /// What kind of failure it is, or what kind accompanies it although it is complete.
    #[must_use]
    pub fn kind(&self) -> Option<ErrorKind> {
        match self.end.as_ref()? {
            AnswerEnd::Failed(error) => Some(error.kind),
            AnswerEnd::Truncated => Some(ErrorKind::Truncated),
            AnswerEnd::Finished { reason, .. } => {
                accompanying_kind(*reason, !self.text.trim().is_empty(), !self.calls.is_empty())
            }
        }
    }

    /// The answer as a whole.
    ///
    /// # Errors
    /// What failed, or `truncated`. A refusal is an answer, with its stop reason.
    pub fn into_response(self) -> Result<LlmResponse, LlmError> {
        let tool_calls = self.tool_calls();
        match self.end {
            Some(AnswerEnd::Finished { reason, raw }) => Ok(LlmResponse {
                content: self.text,
                reasoning: self.reasoning,
                role: MessageRole::Assistant,
                finish_reason: reason,
                raw_finish_reason: raw,
                usage: self.usage,
                tool_calls,
                thoughts: self.thoughts,
            }),
            Some(AnswerEnd::Failed(error)) => Err(error),
            Some(AnswerEnd::Truncated) | None => Err(truncated()),
        }
    }
}

/// A stream's whole answer, for a provider that has no other way to give one.
///
/// # Errors
/// What failed, or `truncated`.
pub async fn whole(mut stream: LlmStream) -> Result<LlmResponse, LlmError> {
    let mut answer = Answer::default();
    while let Some(chunk) = stream.next().await {
        answer.take_chunk(chunk?);
    }
    answer.into_response()
}

/// The JSON of an answer that was asked for it.
///
/// # Errors
/// Why there is no answer, or `protocol` when it is no JSON.
pub fn json_of(answer: &LlmResponse) -> Result<Value, LlmError> {
    if let Some(kind) = accompanying_kind(answer.finish_reason, !answer.content.is_empty(), true) {
        return Err(LlmError::new(kind, format!("The model gave no answer: {}", answer.finish_reason)));
    }
    parse_json_answer(&answer.content)
}

/// The kind that accompanies a complete answer: `refusal`, `content_filter`, or `empty` when it holds
/// neither text nor a tool call.
#[must_use]
pub const fn accompanying_kind(reason: StopReason, has_text: bool, has_calls: bool) -> Option<ErrorKind> {
    match reason {
        StopReason::Refusal => Some(ErrorKind::Refusal),
        StopReason::ContentFilter => Some(ErrorKind::ContentFilter),
        _ if has_text || has_calls => None,
        _ => Some(ErrorKind::Empty),
    }
}

/// The failure that an end of input without a finish mark is.
#[must_use]
pub fn truncated() -> LlmError {
    LlmError::new(ErrorKind::Truncated, "The answer broke off: the connection ended before the model was done.")
}
