//! An answer as it adds up from events: what a caller that does not stream gets, and what `decode` sums up.

use serde_json::Value;

use super::StreamEvent;
use crate::llm::{LlmResponse, ToolCallDelta};
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
