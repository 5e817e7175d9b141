//! How providers are reached: where they are, and with which keys.

use std::collections::BTreeMap;
use std::sync::Arc;

use tachikoma_forge::llm::{Keys, LlmProvider, ModelConfig, ProviderFactory, ProviderRegistry, key_may_go};
use tachikoma_forge::types::{ModelRef, key_slot};
use tachikoma_native::{NativeTransport, endpoints_from, keys_from};

use crate::exit::Stop;
use crate::panel;

/// Where keys may go.
#[derive(Clone, clap::Args)]
pub(crate) struct KeyFor {
    /// An address that keys may go to, beside the provider's own, those that the environment names, and this machine;
    /// may be repeated
    #[arg(long, value_name = "URL", value_parser = address)]
    key_for: Vec<String>,
}

fn address(text: &str) -> Result<String, String> {
    // An address that is one is the same as itself.
    let is_one = key_may_go(Some(text), [], text);
    is_one.then(|| text.to_owned()).ok_or_else(|| format!("{text:?} is no address: write it like https://host.example"))
}

impl KeyFor {
    /// The providers of a registry, with the keys and addresses of the environment.
    pub(crate) fn factory(&self, registry: ProviderRegistry) -> Result<ProviderFactory, Stop> {
        let (keys, endpoints) = self.environment(&registry);
        factory(registry, keys, endpoints)
    }

    fn environment(&self, registry: &ProviderRegistry) -> (Keys, BTreeMap<String, String>) {
        let read = |name: &str| std::env::var(name).ok();
        let (mut keys, endpoints) = (keys_from(registry, read), endpoints_from(registry, read));
        for url in &self.key_for {
            registry.rows().iter().for_each(|row| keys.allow(row.name, url));
        }
        (keys, endpoints)
    }
}

fn factory(
    registry: ProviderRegistry,
    keys: Keys,
    endpoints: BTreeMap<String, String>,
) -> Result<ProviderFactory, Stop> {
    let transport = NativeTransport::new().map_err(|e| Stop::failed(e.message))?;
    Ok(ProviderFactory::new(registry, Arc::new(transport), keys).with_endpoints(endpoints))
}

/// Where one provider is, and with which key.
#[derive(Clone, clap::Args)]
pub(crate) struct Reach {
    /// The provider's address, in place of the environment's and its usual one
    #[arg(long, value_name = "URL")]
    host: Option<String>,
    /// The provider's key, in place of the environment's, for the address in use. Others on this machine may see what
    /// stands in a command, and not what stands in the environment: `tachikoma providers` names the variable of each
    #[arg(long, value_name = "KEY")]
    api_key: Option<String>,
    #[command(flatten)]
    key_for: KeyFor,
}

impl Reach {
    /// The provider of the table for a model, checked before anything is sent.
    pub(crate) fn provider(&self, model: ModelRef) -> Result<Arc<dyn LlmProvider>, Stop> {
        self.provider_of(ProviderRegistry::new(), model)
    }

    /// The provider of a registry for a model, checked before anything is sent.
    pub(crate) fn provider_of(
        &self,
        registry: ProviderRegistry,
        mut model: ModelRef,
    ) -> Result<Arc<dyn LlmProvider>, Stop> {
        model.base_url = self.host.clone().or(model.base_url);
        let (mut keys, endpoints) = self.key_for.environment(&registry);
        if let (Some(key), Some(row)) = (&self.api_key, registry.row(&model.provider)) {
            keys.set_nth(row.name, key_slot(&model.provider).1, key);
            // Who writes key and address side by side has said that they belong together.
            let url = model.base_url.as_ref().or_else(|| endpoints.get(row.name));
            url.into_iter().for_each(|url| keys.allow(row.name, url));
        }
        let factory = factory(registry, keys, endpoints)?;
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
