//! From a model's name to a provider that can be asked.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::http::HttpProvider;
use super::rows::{ANTHROPIC, COHERE, GEMINI, OLLAMA, OPENAI, OPENAI_COMPATIBLE, VLLM};
use super::{ApiKey, Keys, LlmProvider, ModelConfig, ProviderRegistry, ProviderRow, Transport};
use crate::types::{ErrorKind, LlmError, ModelRef, key_slot};

/// Makes providers. Cheap to clone; holds the keys, which show nowhere.
#[derive(Clone)]
pub struct ProviderFactory {
    registry: ProviderRegistry,
    transport: Arc<dyn Transport>,
    keys: Keys,
    endpoints: BTreeMap<String, String>,
}

impl ProviderFactory {
    /// A factory for the providers of a registry.
    #[must_use]
    pub fn new(registry: ProviderRegistry, transport: Arc<dyn Transport>, keys: Keys) -> Self {
        Self { registry, transport, keys, endpoints: BTreeMap::new() }
    }

    /// Sets base URLs by provider name, as an adapter found them in the environment or on a page. A
    /// model's own base URL goes before them, the table's comes after them.
    #[must_use]
    pub fn with_endpoints(mut self, endpoints: BTreeMap<String, String>) -> Self {
        self.endpoints = endpoints;
        self
    }

    /// The table it makes providers from.
    #[must_use]
    pub const fn registry(&self) -> &ProviderRegistry {
        &self.registry
    }

    /// Makes the provider for a model. A missing key shows when it is asked, or asked to validate itself.
    ///
    /// # Errors
    /// `invalid_request` when the provider is unknown, or its base URL is missing or unusable; `permission` when the
    /// key may not go there ([`Keys::at`]).
    pub fn create(&self, config: &ModelConfig) -> Result<Arc<dyn LlmProvider>, LlmError> {
        let name = &config.model.provider;
        if let Some(constructor) = self.registry.constructor(name) {
            return constructor.construct(config);
        }
        let row = self.registry.row(name).ok_or_else(|| {
            let known = self.registry.names().join(", ");
            LlmError::new(ErrorKind::InvalidRequest, format!("There is no provider \"{name}\". Known are: {known}."))
        })?;
        let Some(base_url) = self.base_url(&config.model, row) else {
            return Err(LlmError::new(
                ErrorKind::InvalidRequest,
                format!(
                    "{} needs a base URL. Write {}/{}@http://127.0.0.1:1234, with your server's address.",
                    row.label, row.name, config.model.model
                ),
            ));
        };
        let key = self.keys.at(row, key_slot(name).1, base_url)?.cloned();
        let provider = HttpProvider::new(*row, base_url, config.clone(), key, Arc::clone(&self.transport))?;
        Ok(Arc::new(provider))
    }

    /// Where a model is asked: at its own address, else at the one that was set, else at the table's.
    pub(super) fn base_url<'a>(&'a self, model: &'a ModelRef, row: &ProviderRow) -> Option<&'a str> {
        let own = model.base_url.as_deref().filter(|url| !url.is_empty());
        let set = || self.endpoints.get(row.name).map(String::as_str).filter(|url| !url.is_empty());
        own.or_else(set).or(row.base_url)
    }
}

/// Anthropic's models.
#[derive(Clone, Copy, Debug)]
pub struct AnthropicProvider;

/// OpenAI's models.
#[derive(Clone, Copy, Debug)]
pub struct OpenAiProvider;

/// Models that run in Ollama.
#[derive(Clone, Copy, Debug)]
pub struct OllamaProvider;

/// Models behind a vLLM server.
#[derive(Clone, Copy, Debug)]
pub struct VllmProvider;

/// Models behind any server that is compatible with OpenAI's chat completions.
#[derive(Clone, Copy, Debug)]
pub struct OpenAiCompatibleProvider;

/// Google's Gemini models.
#[derive(Clone, Copy, Debug)]
pub struct GeminiProvider;

/// Cohere's models.
#[derive(Clone, Copy, Debug)]
pub struct CohereProvider;

macro_rules! constructor {
    ($name:ident, $row:expr, $where:literal, ($($arg:ident: $type:ty),*) => $base_url:expr, $key:expr) => {
        impl $name {
            #[doc = concat!("The provider for one model at ", $where, ".")]
            ///
            /// # Errors
            /// `invalid_request` when the base URL is unusable.
            pub fn create(
                transport: Arc<dyn Transport>,
                model: &str,
                $($arg: $type,)*
            ) -> Result<HttpProvider, LlmError> {
                build($row, transport, model, $base_url, $key)
            }
        }
    };
}

constructor!(AnthropicProvider, ANTHROPIC, "the provider's own address", (key: ApiKey) => own(&ANTHROPIC), Some(key));
constructor!(OpenAiProvider, OPENAI, "the provider's own address", (key: ApiKey) => own(&OPENAI), Some(key));
constructor!(OllamaProvider, OLLAMA, "the usual address on this machine", () => own(&OLLAMA), None);
constructor!(VllmProvider, VLLM, "a server's address", (base_url: &str, key: Option<ApiKey>) => base_url, key);
constructor!(
    OpenAiCompatibleProvider,
    OPENAI_COMPATIBLE,
    "a server's address",
    (base_url: &str, key: Option<ApiKey>) => base_url,
    key
);
constructor!(GeminiProvider, GEMINI, "the provider's own address", (key: ApiKey) => own(&GEMINI), Some(key));
constructor!(CohereProvider, COHERE, "the provider's own address", (key: ApiKey) => own(&COHERE), Some(key));

/// The row's address.
fn own(row: &ProviderRow) -> &'static str {
    row.base_url.unwrap_or_default()
}

fn build(
    row: ProviderRow,
    transport: Arc<dyn Transport>,
    model: &str,
    base_url: &str,
    key: Option<ApiKey>,
) -> Result<HttpProvider, LlmError> {
    let model = ModelRef { provider: row.name.to_owned(), model: model.to_owned(), base_url: None };
    HttpProvider::new(row, base_url, ModelConfig::new(model), key, transport)
}
