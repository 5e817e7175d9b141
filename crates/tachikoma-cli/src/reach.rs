//! How a provider is reached, for the commands that are about one.

use std::collections::BTreeMap;
use std::sync::Arc;

use tachikoma_forge::llm::{Keys, LlmProvider, ModelConfig, ProviderFactory, ProviderRegistry};
use tachikoma_forge::types::ModelRef;
use tachikoma_native::{NativeTransport, endpoints_from, keys_from};

use crate::exit::Stop;
use crate::panel;

/// Where a provider is, and with which key.
#[derive(Clone, clap::Args)]
pub(crate) struct Reach {
    /// The provider's address, in place of the environment's and its usual one
    #[arg(long, value_name = "URL")]
    host: Option<String>,
    /// The provider's key, in place of the environment's. Others on this machine may see what stands in a command
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
}

impl Reach {
    /// The provider for a model, checked before anything is sent.
    pub(crate) fn provider(&self, mut model: ModelRef) -> Result<Arc<dyn LlmProvider>, Stop> {
        let registry = ProviderRegistry::new();
        let read = |name: &str| std::env::var(name).ok();
        let (mut keys, endpoints): (Keys, BTreeMap<String, String>) =
            (keys_from(&registry, read), endpoints_from(&registry, read));
        if let (Some(key), Some(row)) = (&self.api_key, registry.row(&model.provider)) {
            keys.set(row.name, key);
        }
        model.base_url = self.host.clone().or(model.base_url);
        let transport = NativeTransport::new().map_err(|e| Stop::failed(e.message))?;
        let factory = ProviderFactory::new(registry, Arc::new(transport), keys).with_endpoints(endpoints);
        let provider = factory.create(&ModelConfig::new(model)).map_err(|e| panel::stop(e, true))?;
        provider.validate_config().map_err(|e| panel::stop(e, true))?;
        Ok(provider)
    }
}

/// A provider, as `provider[@base_url]`. Its model is one that nothing depends on.
pub(crate) fn provider_named(text: &str) -> ModelRef {
    let (name, base_url) = text.split_once('@').map_or((text, None), |(name, url)| (name, Some(url.to_owned())));
    ModelRef { provider: name.to_ascii_lowercase(), model: "MODEL".to_owned(), base_url }
}
