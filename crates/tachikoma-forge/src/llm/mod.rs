//! Talking to models: one contract for every provider, one codec per wire dialect.
//!
//! A provider that speaks HTTP is a codec, a row of data and a [`Transport`]. One that does not (the
//! demo, a browser's own model, one that a user of the crate brings) implements [`LlmProvider`] itself.
//! **Every method of [`LlmProvider`] makes at most one request**: retries, repairs and fallbacks belong
//! to the engine, where they are counted, journalled and shown.

mod adjust;
mod base_url;
pub mod classify;
pub mod codec;
pub mod demo;
pub mod detect;
mod factory;
mod http;
mod key;
mod limits;
pub mod manage;
mod pace;
mod provider;
mod registry;
mod request;
mod rows;
mod sign_in;
mod stream;
mod transport;

pub use adjust::{Adjustment, Change, Parameter};
pub use factory::{
    AnthropicProvider, CohereProvider, GeminiProvider, OllamaProvider, OpenAiCompatibleProvider, OpenAiProvider,
    ProviderFactory, VllmProvider,
};
pub use http::HttpProvider;
pub use key::{ApiKey, Keys, key_may_go};
pub use limits::Limits;
pub use manage::{Management, ModelCapability, ModelInfo, PullProgress, PullStream, PullTotals};
pub use pace::Pace;
pub use provider::{Capabilities, LlmProvider, LlmProviderExt, ModelConfig};
pub use registry::{Construct, ProviderRegistry};
pub use request::{Constraint, Effort, JsonSchema, LlmOptions, LlmRequest, Reasoning, Tool, ToolChoice};
pub use rows::{
    ANTHROPIC, BrowserAccess, COHERE, GEMINI, KeyHeader, OLLAMA, OPENAI, OPENAI_COMPATIBLE, ProviderKind, ProviderRow,
    VLLM,
};
pub use sign_in::SignIn;
pub use stream::{LlmResponse, LlmStream, LlmStreamChunk, ToolCallDelta};
pub use transport::{HeaderValue, HttpRequest, HttpResponse, Method, Transport, TransportError, TransportErrorKind};
