//! What is said to a model, and what it said before.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Who says a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MessageRole {
    /// Instructions that stand above the conversation.
    System,
    /// The one who asks.
    User,
    /// The model.
    Assistant,
    /// The result of a tool call.
    Tool,
}

/// One message of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LlmMessage {
    /// Who says it.
    pub role: MessageRole,
    /// What is said, as text. In a tool's result: the result.
    pub content: String,
    /// Pictures that belong to it, of a user or a tool.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// Tools that the model wanted called in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Which call this is the result of, in a message with the role `tool`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tool_result: Option<ToolResult>,
    /// What the model thought before it said this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thoughts: Option<Thoughts>,
}

impl LlmMessage {
    /// A text of somebody.
    #[must_use]
    pub fn new(role: MessageRole, content: impl Into<String>) -> Self {
        Self {
            role,
            content: content.into(),
            images: Vec::new(),
            tool_calls: Vec::new(),
            tool_result: None,
            thoughts: None,
        }
    }

    /// A message of the one who asks.
    #[must_use]
    pub fn user(content: impl Into<String>) -> Self {
        Self::new(MessageRole::User, content)
    }

    /// A message of the model.
    #[must_use]
    pub fn assistant(content: impl Into<String>) -> Self {
        Self::new(MessageRole::Assistant, content)
    }

    /// Instructions.
    #[must_use]
    pub fn system(content: impl Into<String>) -> Self {
        Self::new(MessageRole::System, content)
    }

    /// What came of a tool call. `is_error` tells the model that the tool failed, and `content` says how.
    #[must_use]
    pub fn tool_result(call: &ToolCall, content: impl Into<String>, is_error: bool) -> Self {
        let result = ToolResult { call_id: call.id.clone(), name: call.name.clone(), is_error };
        Self { tool_result: Some(result), ..Self::new(MessageRole::Tool, content) }
    }

    /// Adds a picture.
    #[must_use]
    pub fn with_image(mut self, image: Image) -> Self {
        self.images.push(image);
        self
    }

    /// Whether it says nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.content.is_empty() && self.images.is_empty() && self.tool_calls.is_empty() && self.tool_result.is_none()
    }
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Image {
    /// The picture itself.
    Data {
        /// What it is: `image/png`, `image/jpeg`, `image/webp`, `image/gif`.
        media_type: String,
        /// Its bytes in base64, with padding and without line breaks.
        data: String,
    },
    /// An https address from which the provider fetches it.
    Url(String),
}

/// A tool the model wants called.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The provider's id for the call, empty when it gave none.
    pub id: String,
    /// The tool's name.
    pub name: String,
    /// The arguments; a string when they do not parse.
    pub arguments: Value,
}

/// Which call a tool's result belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToolResult {
    /// The call's id, as the model gave it.
    pub call_id: String,
    /// The tool's name.
    pub name: String,
    /// The tool failed.
    pub is_error: bool,
}

/// What a model thought before it answered. It belongs to the model that wrote it: providers refuse, or
/// misread, what another one signed, so that it is sent to that same provider and model and to no other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thoughts {
    /// The name of the provider in the table.
    pub provider: String,
    /// The model, as the provider spells it.
    pub model: String,
    /// The thoughts as far as they were shown.
    pub text: String,
    /// What the provider wants back unchanged, signed or sealed, in its own words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocks: Vec<Value>,
}
