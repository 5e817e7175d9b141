//! What is known of a model at its address before it is asked: how much it reads, how many calls its server gets
//! at once, how long it may be silent.

use std::time::Duration;

use super::codec::{self, ModelTraits};
use super::rows::{ProviderKind, ProviderRow};
use super::{Parameter, ProviderFactory, base_url};
use crate::types::ModelRef;

/// What is known of one model at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The server: the provider's name and the address that is called.
    pub endpoint: String,
    /// The most calls that the server gets at once.
    pub at_once: u32,
    /// The tokens that the model can hold; `None` when unknown.
    pub context_window: Option<u32>,
    /// Whether the model looks at pictures; `None` when unknown.
    pub vision: Option<bool>,
    /// How long it may be silent before the first piece of an answer: servers queue, load and think.
    pub timeout: Duration,
}

impl ProviderFactory {
    /// What is known of a model, by its provider's row. `None` for a provider that is no row.
    #[must_use]
    pub fn limits(&self, model: &ModelRef) -> Option<Limits> {
        let row =
            self.registry().row(&model.provider).filter(|_| self.registry().constructor(&model.provider).is_none())?;
        let url = self.base_url(model, row).unwrap_or_default();
        let known = row.quirks.known_models;
        let traits = ModelTraits::of(row.dialect, &model.model);
        let takes_pictures = codec::takes(row.dialect, &row.quirks, &model.model, Parameter::Images);
        Some(Limits {
            endpoint: [row.name, "@", url].concat(),
            at_once: row.at_once_at(url),
            context_window: traits.context_window.filter(|_| known),
            // Where any model may be behind a name, only the dialect is known.
            vision: if takes_pictures { known.then_some(traits.vision) } else { Some(false) },
            timeout: Duration::from_secs(row.timeout_seconds.into()),
        })
    }
}

impl ProviderRow {
    /// The most calls at once at an address. Where the address decides what a provider is, one on this machine has
    /// one model and one card, and any other is a service.
    fn at_once_at(&self, url: &str) -> u32 {
        match self.kind {
            ProviderKind::Hybrid if !base_url::host_of(url).is_ok_and(base_url::is_loopback) => Self::CLOUD_AT_ONCE,
            ProviderKind::Cloud | ProviderKind::Local | ProviderKind::Hybrid => self.at_once,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::super::{HttpRequest, HttpResponse, Keys, ProviderRegistry, Transport, TransportError};
    use super::*;
    use crate::types::BoxFuture;

    struct NoTransport;

    impl Transport for NoTransport {
        fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
            panic!("nothing is sent")
        }

        fn is_browser(&self) -> bool {
            false
        }
    }

    #[test]
    fn what_is_known_follows_from_row_and_address() {
        let factory = ProviderFactory::new(ProviderRegistry::new(), Arc::new(NoTransport), Keys::new());
        let limits = |model: &str| factory.limits(&model.parse().unwrap()).unwrap();
        let openai = limits("openai/gpt-4o");
        assert_eq!((openai.at_once, openai.context_window), (8, Some(128_000)));
        assert_eq!(openai, limits("openai#2/gpt-4o"), "another key is no other server");
        let ollama = limits("ollama/x");
        assert_eq!((ollama.at_once, ollama.context_window), (1, None));
        assert!(ollama.timeout > openai.timeout);
        assert_ne!(ollama.endpoint, limits("ollama/x@http://gpu.lan:11434").endpoint);
        assert_eq!(limits("openai-compatible/x@http://127.0.0.1:1234").at_once, 1);
        assert_eq!(limits("openai-compatible/x@https://x.test/v1").at_once, 8);
        assert_eq!(limits("openai-compatible/gpt-4o@https://x.test/v1").context_window, None);
        assert!(factory.limits(&"nobody/x".parse().unwrap()).is_none());
        for (model, vision) in [
            ("openai/gpt-4o", Some(true)),
            ("openai/gpt-3.5-turbo", Some(false)),
            ("cohere/command-r", Some(false)),
            ("ollama/llama3.2", None),
            ("openai-compatible/gpt-3.5-turbo@https://x.test/v1", None),
        ] {
            assert_eq!(limits(model).vision, vision, "{model}");
        }
    }
}
