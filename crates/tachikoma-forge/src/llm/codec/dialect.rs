//! The wire dialects: what they are called, and where on a server they live.

use std::borrow::Cow;

use super::{ModelTraits, Quirks, gemini};
use crate::llm::LlmRequest;
use crate::types::MessageRole;

/// The wire dialects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// Anthropic's Messages.
    Anthropic,
    /// OpenAI's chat completions, and everything compatible.
    OpenAiChat,
    /// OpenAI's Responses.
    OpenAiResponses,
    /// Ollama's own chat.
    Ollama,
    /// Ollama's plain completion.
    OllamaGenerate,
    /// Google's Gemini API.
    Gemini,
    /// Cohere's chat, version 2.
    Cohere,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Self; 7] = [
        Self::Anthropic,
        Self::OpenAiChat,
        Self::OpenAiResponses,
        Self::Ollama,
        Self::OllamaGenerate,
        Self::Gemini,
        Self::Cohere,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenAiChat => "openai-chat",
            Self::OpenAiResponses => "openai-responses",
            Self::Ollama => "ollama",
            Self::OllamaGenerate => "ollama-generate",
            Self::Gemini => "gemini",
            Self::Cohere => "cohere",
        }
    }

    /// What a base URL without a path gets appended.
    #[must_use]
    pub const fn default_path(self) -> &'static str {
        match self {
            Self::Anthropic | Self::OpenAiChat | Self::OpenAiResponses => "/v1",
            Self::Ollama | Self::OllamaGenerate => "",
            Self::Gemini => "/v1beta",
            Self::Cohere => "/v2",
        }
    }

    /// Where the models on offer are listed. The base URL is complete with its path.
    #[must_use]
    pub fn models_url(self, base_url: &str) -> String {
        match self {
            Self::Anthropic => format!("{base_url}/models?limit=1000"),
            Self::OpenAiChat | Self::OpenAiResponses => format!("{base_url}/models"),
            Self::Ollama | Self::OllamaGenerate => format!("{base_url}/api/tags"),
            Self::Gemini => format!("{base_url}/models?pageSize=1000"),
            // The list has stayed in the first version of the API.
            Self::Cohere => {
                let root = base_url.strip_suffix("/v2").unwrap_or(base_url);
                format!("{root}/v1/models?endpoint=chat&page_size=1000")
            }
        }
    }

    /// Where a model is asked, after the base URL.
    pub(super) fn chat_path(self, model: &str, stream: bool) -> Cow<'static, str> {
        match self {
            Self::Anthropic => "/messages".into(),
            Self::OpenAiChat => "/chat/completions".into(),
            Self::OpenAiResponses => "/responses".into(),
            Self::Ollama => "/api/chat".into(),
            Self::OllamaGenerate => "/api/generate".into(),
            Self::Gemini => gemini::path(model, stream).into(),
            Self::Cohere => "/chat".into(),
        }
    }

    /// Whether it streams one JSON object per line; else it sends events.
    pub(super) const fn is_lines(self) -> bool {
        matches!(self, Self::Ollama | Self::OllamaGenerate)
    }

    /// The dialect in which this one's speakers are asked, which depends on what is asked of which model: some
    /// models of OpenAI's answer in Responses only, and a completion that is one question goes to Ollama's own call
    /// for it.
    pub(in crate::llm) fn of_request(self, quirks: &Quirks, request: &LlmRequest) -> Self {
        match self {
            Self::OpenAiChat if quirks.known_models && ModelTraits::of(self, &request.model).responses_only => {
                Self::OpenAiResponses
            }
            Self::Ollama
                if request.options.completion && request.options.tools.is_empty() && is_one_question(request) =>
            {
                Self::OllamaGenerate
            }
            own => own,
        }
    }
}

fn is_one_question(request: &LlmRequest) -> bool {
    let mut spoken = request.messages.iter().filter(|m| m.role != MessageRole::System && !m.is_empty());
    spoken.next().is_some_and(|m| m.role == MessageRole::User) && spoken.next().is_none()
}
