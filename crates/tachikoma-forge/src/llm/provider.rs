//! The contract that every provider keeps.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::manage::{self, ModelInfo, PullStream};
use super::{Adjustment, JsonSchema, LlmRequest, LlmResponse, LlmStream, codec};
use crate::types::{BoxFuture, ErrorKind, JsonMode, LlmError, MaybeSend, MaybeSync, ModelRef};

/// What a provider and model can do, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capabilities {
    /// Answers piece by piece.
    pub streaming: bool,
    /// Takes instructions apart from the conversation.
    pub system_prompt: bool,
    /// Takes a sampling temperature.
    pub temperature: bool,
    /// Enforces a JSON schema.
    pub json_schema: bool,
    /// Calls tools.
    pub tools: bool,
    /// Looks at pictures.
    pub vision: bool,
    /// Can be told how much to think.
    pub reasoning: bool,
    /// Needs a key.
    pub needs_key: bool,
    /// Lists its models.
    pub lists_models: bool,
    /// Fetches and removes models.
    pub manages_models: bool,
    /// Can be asked at another address than its own.
    pub custom_endpoint: bool,
    /// A page reaches it, perhaps after some setting up.
    pub browser: bool,
    /// How many tokens of question and answer the model holds at once, where that is known.
    pub context_window: Option<u32>,
    /// How long its first piece may take, in seconds; 0 where it does not say.
    pub timeout_seconds: u32,
}

/// Which model to talk to, and with which settings. Holds no key.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelConfig {
    /// Provider, model and, where it is not the default, base URL.
    pub model: ModelRef,
    /// Sampling temperature; `None` leaves it to the provider.
    pub temperature: Option<f64>,
    /// The most tokens to answer with; `None` means the default.
    pub max_tokens: Option<u32>,
}

impl ModelConfig {
    /// The model that is used when none is named.
    pub const DEFAULT_MODEL: &'static str = "claude-sonnet-4-20250514";
    /// The model tried first when the default one fails.
    pub const FIRST_FALLBACK: &'static str = "claude-3-5-sonnet-20241022";

    /// A model with the provider's own settings.
    #[must_use]
    pub const fn new(model: ModelRef) -> Self {
        Self { model, temperature: None, max_tokens: None }
    }
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self::new(ModelRef { provider: "anthropic".into(), model: Self::DEFAULT_MODEL.into(), base_url: None })
    }
}

/// A model that can be asked. Object-safe; each method makes at most one request.
pub trait LlmProvider: MaybeSend + MaybeSync {
    /// The provider's name in the table.
    fn name(&self) -> &str;

    /// The name that people read.
    fn label(&self) -> &str {
        self.name()
    }

    /// The model that is asked unless the request names another.
    fn model(&self) -> &str;

    /// What it can do.
    fn capabilities(&self) -> Capabilities;

    /// What of a request would not be sent as it was asked for, since provider or model do not take it. Sends
    /// nothing.
    fn adjustments(&self, request: &LlmRequest) -> Vec<Adjustment> {
        let _ = request;
        Vec::new()
    }

    /// How the shape would be asked for, if the request has one. Sends nothing.
    fn json_mode(&self, request: &LlmRequest) -> Option<JsonMode> {
        request.options.json_schema.as_ref().map(|_| JsonMode::Instructions)
    }

    /// Whether the answer to a request would be held to its token limit. Sends nothing.
    fn is_limited(&self, request: &LlmRequest) -> bool {
        let _ = request;
        true
    }

    /// Whether it can be asked at all.
    ///
    /// # Errors
    /// `missing_api_key` without a key where one is needed, `invalid_request` for an unusable base URL.
    fn validate_config(&self) -> Result<(), LlmError>;

    /// The whole answer at once: its stream read to the end, unless the provider has a way of its own.
    fn complete(&self, request: LlmRequest) -> BoxFuture<'static, Result<LlmResponse, LlmError>> {
        let opened = self.complete_stream(request);
        Box::pin(async move { codec::whole(opened.await?).await })
    }

    /// The answer as it arrives. The future resolves when the head of the answer is there.
    fn complete_stream(&self, request: LlmRequest) -> BoxFuture<'static, Result<LlmStream, LlmError>>;

    /// An answer in the shape of a schema. Where the provider cannot enforce it, the schema is said in
    /// the instructions; an answer that is no JSON is a `protocol` error.
    fn complete_json(
        &self,
        mut request: LlmRequest,
        schema: JsonSchema,
    ) -> BoxFuture<'static, Result<Value, LlmError>> {
        request.options.json_schema = Some(schema);
        let answer = self.complete(request);
        Box::pin(async move { codec::json_of(&answer.await?) })
    }

    /// The models on offer; spends no tokens.
    fn list_models(&self) -> BoxFuture<'static, Result<Vec<ModelInfo>, LlmError>>;

    /// What it says of its models apart from the list: which are in memory, say. `None` where it says nothing more;
    /// [`manage::inventory`] puts both together.
    fn model_states(&self) -> BoxFuture<'static, Result<Option<Vec<ModelInfo>>, LlmError>> {
        Box::pin(async { Ok(None) })
    }

    /// Everything that is known of one model.
    fn show_model(&self, name: &str) -> BoxFuture<'static, Result<ModelInfo, LlmError>> {
        let _ = name;
        let error = manage::unsupported("Showing models", self.label());
        Box::pin(async { Err(error) })
    }

    /// Fetches a model, so that it can be asked. The future resolves when the server begins.
    fn pull_model(&self, name: &str) -> BoxFuture<'static, Result<PullStream, LlmError>> {
        let _ = name;
        let error = manage::unsupported("Pulling models", self.label());
        Box::pin(async { Err(error) })
    }

    /// Removes a model from its server for good.
    fn delete_model(&self, name: &str) -> BoxFuture<'static, Result<(), LlmError>> {
        let _ = name;
        let error = manage::unsupported("Deleting models", self.label());
        Box::pin(async { Err(error) })
    }
}

/// What a provider offers on top of its contract, with types.
pub trait LlmProviderExt: LlmProvider {
    /// An answer read into a type.
    ///
    /// # Errors
    /// Those of [`LlmProvider::complete_json`], and `protocol` when the JSON does not fit the type.
    fn complete_as<T: DeserializeOwned>(
        &self,
        request: LlmRequest,
        schema: JsonSchema,
    ) -> impl Future<Output = Result<T, LlmError>> {
        let answer = self.complete_json(request, schema);
        async move {
            serde_json::from_value(answer.await?).map_err(|e| {
                LlmError::new(ErrorKind::Protocol, format!("the answer does not fit what was asked for: {e}"))
            })
        }
    }
}

impl<P: LlmProvider + ?Sized> LlmProviderExt for P {}
