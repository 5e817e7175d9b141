//! Keys and addresses of providers, and what their tests found. Keys live in this tab's memory and
//! nowhere else; addresses are no secret and are kept in this browser.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::prelude::*;
use tachikoma_forge::llm::manage::inventory;
use tachikoma_forge::llm::{
    ApiKey, Keys, LlmProvider, ModelConfig, ModelInfo, ProviderFactory, ProviderKind, ProviderRegistry, ProviderRow,
};
use tachikoma_forge::session::Participant;
use tachikoma_forge::types::{LlmError, ModelRef};

use crate::backend;
use crate::browser;
use crate::browser_model::{self, BrowserModel};
use crate::view_model::verdict::{self, Place, Verdict};

/// Where addresses are kept.
const STORED: &str = "endpoints";

/// How a provider's test stands.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// It was not tested.
    Idle,
    /// It is being tested.
    Running,
    /// It was tested.
    Done(Verdict),
}

/// Keys, addresses and tests; copied around freely.
#[derive(Clone, Copy)]
pub struct Access {
    keys: StoredValue<Keys>,
    /// Which providers have a key: what a page may show of them.
    has_key: RwSignal<BTreeMap<String, bool>>,
    /// Addresses that differ from the table's, by provider.
    pub endpoints: RwSignal<BTreeMap<String, String>>,
    /// Models that tests found, by [`place_of`].
    models: RwSignal<BTreeMap<String, Vec<ModelInfo>>>,
    /// How the tests stand, by [`place_of`].
    tests: RwSignal<BTreeMap<String, Test>>,
    /// How the browser's own model stands.
    pub browser_model: RwSignal<BrowserModel>,
    registry: StoredValue<ProviderRegistry, LocalStorage>,
}

impl Access {
    /// No keys, the addresses kept in this browser.
    #[must_use]
    pub fn open(registry: ProviderRegistry) -> Self {
        let kept = browser::stored(STORED).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let access = Self {
            keys: StoredValue::new(Keys::new()),
            has_key: RwSignal::new(BTreeMap::new()),
            endpoints: RwSignal::new(kept),
            models: RwSignal::new(BTreeMap::new()),
            tests: RwSignal::new(BTreeMap::new()),
            browser_model: RwSignal::new(BrowserModel::Absent),
            registry: StoredValue::new_local(registry),
        };
        browser_model::look(access);
        access
    }

    /// The providers on offer.
    #[must_use]
    pub fn rows(self) -> Vec<ProviderRow> {
        self.registry.with_value(|r| r.rows().to_vec())
    }

    /// The providers on offer: those of vendors, and those for one's own machine or address.
    #[must_use]
    pub fn rows_by_place(self) -> (Vec<ProviderRow>, Vec<ProviderRow>) {
        self.rows().into_iter().partition(|row| row.kind == ProviderKind::Cloud)
    }

    /// The row of a provider; `None` for the demo and for the browser's own model.
    #[must_use]
    pub fn row(self, provider: &str) -> Option<ProviderRow> {
        self.registry.with_value(|r| r.row(provider).copied())
    }

    /// Takes a key, or with an empty text forgets it. It is for the address that the provider has now.
    pub fn set_key(self, provider: &str, key: &str) {
        self.take_key(provider, ApiKey::new(key));
        if let Some(url) = self.endpoints.with_untracked(|all| all.get(provider).cloned()) {
            self.let_key_go(provider, &url);
        }
    }

    /// Lets the key of a provider go to an address that it was not given for.
    pub fn let_key_go(self, provider: &str, url: &str) {
        self.keys.update_value(|keys| keys.allow(provider, url));
        self.has_key.notify();
        self.forget_test(provider);
    }

    /// The address of a provider, or of its own where one is given, to which its key does not go unasked.
    #[must_use]
    pub fn withheld(self, provider: &str, url: &str) -> Option<String> {
        let row = self.row(provider).filter(|_| self.has_key(provider))?;
        let own = Some(url.trim().trim_end_matches('/').to_owned()).filter(|url| !url.is_empty());
        let url = own.or_else(|| self.endpoint(row.name)).or(row.base_url.map(str::to_owned))?;
        self.keys.with_value(|keys| keys.withholds(&row, 1, &url)).then_some(url)
    }

    /// The providers of these members whose keys would have to go where they do not go unasked, with the address.
    #[must_use]
    pub fn withheld_from(self, members: &[Participant]) -> Vec<(ProviderRow, String)> {
        let mut all: Vec<(ProviderRow, String)> = Vec::new();
        for model in members.iter().flat_map(Participant::targets) {
            let url = self.withheld(&model.provider, model.base_url.as_deref().unwrap_or_default());
            if let Some(found) = self.row(&model.provider).zip(url)
                && !all.contains(&found)
            {
                all.push(found);
            }
        }
        all
    }

    /// Takes over a key, or forgets the one that is there.
    pub fn take_key(self, provider: &str, key: Option<ApiKey>) {
        self.has_key.update(|has| {
            has.insert(provider.to_owned(), key.is_some());
        });
        self.keys.update_value(|keys| keys.put(provider, key));
        self.forget_test(provider);
    }

    /// Whether there is a key.
    #[must_use]
    pub fn has_key(self, provider: &str) -> bool {
        self.has_key.with(|has| has.get(provider).copied().unwrap_or(false))
    }

    /// Takes an address, or with an empty text goes back to the table's.
    pub fn set_endpoint(self, provider: &str, url: &str) {
        let url = url.trim().trim_end_matches('/').to_owned();
        let usual = self.row(provider).and_then(|r| r.base_url).unwrap_or_default();
        self.endpoints.update(|all| {
            if url.is_empty() || url == usual {
                all.remove(provider);
            } else {
                all.insert(provider.to_owned(), url);
            }
        });
        let kept = self.endpoints.with_untracked(serde_json::to_string).unwrap_or_default();
        browser::store(STORED, &kept);
        self.forget_test(provider);
    }

    /// The address that was set for a provider.
    #[must_use]
    pub fn endpoint(self, provider: &str) -> Option<String> {
        self.endpoints.with(|all| all.get(provider).cloned())
    }

    fn forget_test(self, provider: &str) {
        self.tests.update(|all| drop(all.remove(provider)));
    }

    /// The models that a test of a provider found.
    #[must_use]
    pub fn listed(self, provider: &str) -> Vec<ModelInfo> {
        self.models.with(|all| all.get(provider).cloned().unwrap_or_default())
    }

    /// The models to offer for a provider, at an address of its own where one is given: those a test found, else
    /// those the table knows.
    #[must_use]
    pub fn offered(self, provider: &str, url: &str) -> Vec<ModelInfo> {
        if provider == browser_model::PROVIDER {
            return vec![ModelInfo::from(browser_model::MODEL)];
        }
        let found = self.models.with(|all| all.get(&place_of(provider, url)).cloned());
        found.unwrap_or_else(|| {
            let known = self.row(provider).map(|r| r.default_models.to_vec()).unwrap_or_default();
            known.into_iter().map(ModelInfo::from).collect()
        })
    }

    /// How the test of a provider stands, at an address of its own where one is given.
    #[must_use]
    pub fn standing(self, provider: &str, url: &str) -> Test {
        self.tests.with(|all| all.get(&place_of(provider, url)).cloned().unwrap_or(Test::Idle))
    }

    /// The table of providers.
    #[must_use]
    pub fn registry(self) -> ProviderRegistry {
        self.registry.get_value()
    }

    /// A provider, at an address of its own where one is given, for everything but a model's answers.
    ///
    /// # Errors
    /// When it cannot be used.
    pub fn provider(self, provider: &str, url: &str) -> Result<Arc<dyn LlmProvider>, LlmError> {
        let model = self.row(provider).and_then(|row| row.default_models.first().copied()).unwrap_or("any");
        let base_url = Some(url.trim().trim_end_matches('/').to_owned()).filter(|url| !url.is_empty());
        let model = ModelRef { provider: provider.to_owned(), model: model.to_owned(), base_url };
        self.factory().create(&ModelConfig::new(model))
    }

    /// A factory with the keys and addresses of this moment.
    #[must_use]
    pub fn factory(self) -> ProviderFactory {
        ProviderFactory::new(self.registry.get_value(), backend::transport(), self.keys.get_value())
            .with_endpoints(self.endpoints.get_untracked())
    }

    /// Whether a provider cannot be asked without a key that is not here, at this address or its usual one.
    #[must_use]
    pub fn lacks_key(self, provider: &str, url: Option<&str>) -> bool {
        let Some(row) = self.row(provider).filter(|_| !self.has_key(provider)) else { return false };
        let set = self.endpoint(row.name);
        url.or(set.as_deref()).or(row.base_url).is_some_and(|url| row.needs_key_at(url))
    }

    /// The providers of these members that cannot be asked without a key, each once.
    #[must_use]
    pub fn missing_keys(self, members: &[Participant]) -> Vec<ProviderRow> {
        let mut missing: Vec<ProviderRow> = Vec::new();
        for model in members.iter().flat_map(Participant::targets) {
            if let Some(row) =
                self.row(&model.provider).filter(|_| self.lacks_key(&model.provider, model.base_url.as_deref()))
                && !missing.iter().any(|m| m.name == row.name)
            {
                missing.push(row);
            }
        }
        missing
    }

    /// Tests a provider: asks for its models, which spends no tokens.
    pub fn test(self, provider: &str) {
        self.ask(provider, "");
    }

    /// Asks a provider for its models, at an address of its own where one is given.
    pub fn ask(self, provider: &str, url: &str) {
        let Some(row) = self.row(provider) else { return };
        let place = place_of(provider, url);
        self.tests.update(|all| drop(all.insert(place.clone(), Test::Running)));
        let made = self.provider(provider, url);
        leptos::task::spawn_local(async move {
            let began = browser::now_ms();
            let found = match made {
                Ok(provider) => inventory(&*provider).await,
                Err(error) => Err(error),
            };
            let verdict = match found {
                Ok(models) => {
                    let verdict = verdict::connected(models.len(), browser::now_ms().saturating_sub(began));
                    self.models.update(|all| drop(all.insert(place.clone(), models)));
                    verdict
                }
                Err(error) => verdict::failed(kind_of(&row), &error, &browser::origin(), row.browser_hint),
            };
            self.tests.update(|all| drop(all.insert(place, Test::Done(verdict))));
        });
    }
}

/// What belongs to a provider, or to an address of its own: the name under which it is kept.
fn place_of(provider: &str, url: &str) -> String {
    let url = url.trim().trim_end_matches('/');
    if url.is_empty() { provider.to_owned() } else { [provider, "@", url].concat() }
}

fn kind_of(row: &ProviderRow) -> Place {
    match (row.name, row.kind) {
        ("ollama", _) => Place::Ollama,
        (_, ProviderKind::Cloud) => Place::Cloud,
        (_, ProviderKind::Local | ProviderKind::Hybrid) => Place::Local,
    }
}

/// The access of this page.
#[must_use]
pub fn access() -> Access {
    expect_context()
}
