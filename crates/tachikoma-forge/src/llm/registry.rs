//! The providers that can be named: the rows of the table, and what is added at run time.
//!
//! A compatible server is one more row. A provider that does not speak HTTP (the demo, a browser's own
//! model) is registered at run time as a constructor, and wins over a row of the same name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::rows::{self, ProviderRow};
use super::{LlmProvider, ModelConfig};
use crate::types::{LlmError, MaybeSend, MaybeSync, ModelRef, ModelRefError, Pool, key_slot};

/// Makes a provider that is no row.
pub trait Construct: MaybeSend + MaybeSync {
    /// Makes the provider for a model.
    ///
    /// # Errors
    /// When the configuration cannot work.
    fn construct(&self, config: &ModelConfig) -> Result<Arc<dyn LlmProvider>, LlmError>;
}

impl<F> Construct for F
where
    F: Fn(&ModelConfig) -> Result<Arc<dyn LlmProvider>, LlmError> + MaybeSend + MaybeSync,
{
    fn construct(&self, config: &ModelConfig) -> Result<Arc<dyn LlmProvider>, LlmError> {
        self(config)
    }
}

/// The providers that can be named.
#[derive(Clone)]
pub struct ProviderRegistry {
    rows: Vec<ProviderRow>,
    constructors: BTreeMap<String, Arc<dyn Construct>>,
    /// Names in lower case that stand for others, beside those in the rows.
    aliases: BTreeMap<String, String>,
}

impl Default for ProviderRegistry {
    fn default() -> Self {
        Self { rows: rows::rows(), constructors: BTreeMap::new(), aliases: BTreeMap::new() }
    }
}

impl fmt::Debug for ProviderRegistry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ProviderRegistry").field(&self.names()).finish()
    }
}

impl ProviderRegistry {
    /// The built-in rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a row, in place of one of the same name.
    pub fn add(&mut self, row: ProviderRow) {
        self.rows.retain(|r| r.name != row.name);
        self.rows.push(row);
    }

    /// Registers a provider that is no row, under a name in lower case.
    pub fn register(&mut self, name: &str, constructor: impl Construct + 'static) {
        self.constructors.insert(name.to_ascii_lowercase(), Arc::new(constructor));
    }

    /// Lets a name stand for another one, which may be added later. A name that is a provider's own, or stands
    /// in its row, keeps its meaning; an alias of an alias means nothing.
    pub fn alias(&mut self, name: &str, of: &str) {
        self.aliases.insert(name.to_ascii_lowercase(), of.to_ascii_lowercase());
    }

    /// The rows, in the order in which to offer them.
    #[must_use]
    pub fn rows(&self) -> &[ProviderRow] {
        &self.rows
    }

    /// Every provider with all that is known of it: the rows.
    #[must_use]
    pub fn list_providers(&self) -> &[ProviderRow] {
        self.rows()
    }

    /// The row of a name or alias, whichever of its keys is meant.
    #[must_use]
    pub fn row(&self, name: &str) -> Option<&ProviderRow> {
        let (name, _) = key_slot(name);
        self.own_row(name).or_else(|| self.own_row(self.aliases.get(&name.to_ascii_lowercase())?))
    }

    fn own_row(&self, name: &str) -> Option<&ProviderRow> {
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        self.rows.iter().find(|r| is(r.name)).or_else(|| self.rows.iter().find(|r| r.aliases.iter().any(|a| is(a))))
    }

    /// Every name that a model may begin with, rows first. Aliases are left out.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let own = self.constructors.keys().filter(|name| self.own_row(name).is_none());
        self.rows.iter().map(|r| r.name.to_owned()).chain(own.cloned()).collect()
    }

    /// The model that a text names. One that begins with the name of a provider is taken as it stands; any other is a
    /// model of the default provider, where there is one. So members may be named by their models alone, and what
    /// a session keeps of them is whole all the same.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn model(&self, text: &str, default: Option<&str>) -> Result<ModelRef, ModelRefError> {
        let whole = text.parse::<ModelRef>();
        let known =
            |model: &ModelRef| self.row(&model.provider).is_some() || self.constructor(&model.provider).is_some();
        match (whole, default) {
            (Ok(model), _) if known(&model) => Ok(model),
            // A model's own name may hold a slash.
            (_, Some(provider)) => [provider, "/", text.trim()].concat().parse(),
            (whole, None) => whole,
        }
    }

    /// The interchangeable targets that a text names, with `|` between them; each as [`Self::model`] takes it.
    ///
    /// # Errors
    /// Says what is missing.
    pub fn pool(&self, text: &str, default: Option<&str>) -> Result<Pool, ModelRefError> {
        let mut targets = text.split('|').map(|text| self.model(text, default));
        let first = targets.next().unwrap_or_else(|| self.model(text, default))?;
        targets.try_fold(Pool::from(first), |pool, target| Ok(pool.or(target?)))
    }

    pub(super) fn constructor(&self, name: &str) -> Option<&Arc<dyn Construct>> {
        let name = name.to_ascii_lowercase();
        let meant = || self.row(&name).map(|row| row.name).or_else(|| Some(self.aliases.get(&name)?.as_str()));
        self.constructors.get(&name).or_else(|| self.constructors.get(meant()?))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ANTHROPIC, OLLAMA};
    use super::*;
    use crate::types::ErrorKind;

    #[test]
    fn an_alias_stands_for_a_provider_and_takes_no_name_away() {
        let mut registry = ProviderRegistry::new();
        for (name, of) in [("Home", "Ollama"), ("claude", "ollama"), ("openai", "ollama"), ("far", "home"), ("x", "y")]
        {
            registry.alias(name, of);
        }
        let name = |text: &str| registry.row(text).map(|row| row.name);
        assert_eq!(name("HOME"), Some(OLLAMA.name));
        assert_eq!(name("Claude"), Some(ANTHROPIC.name), "the row's own alias goes first");
        assert_eq!(name("openai"), Some("openai"));
        assert_eq!((name("far"), name("x")), (None, None));
        assert!(!registry.names().contains(&"home".to_owned()));

        registry.alias("script", "demo");
        registry.register("demo", |_: &ModelConfig| Err(LlmError::new(ErrorKind::InvalidRequest, "the demo")));
        assert!(registry.constructor("Script").is_some());
        assert!(registry.constructor("ollama").is_none());
        registry.register("Ollama", |_: &ModelConfig| Err(LlmError::new(ErrorKind::InvalidRequest, "another")));
        for name in ["ollama", "LOCAL", "home"] {
            assert!(registry.constructor(name).is_some(), "{name} means what wins over the row");
        }
    }

    #[test]
    fn a_model_may_be_named_alone_where_there_is_a_default_provider() {
        let mut registry = ProviderRegistry::new();
        registry.register("mine", |_: &ModelConfig| Err(LlmError::new(ErrorKind::InvalidRequest, "mine")));
        let cases = [
            ("llama3.2", Some("ollama"), Some("ollama/llama3.2")),
            ("openai/gpt-4.1", Some("ollama"), Some("openai/gpt-4.1")),
            ("Qwen/Qwen2.5-7B", Some("vllm"), Some("vllm/Qwen/Qwen2.5-7B")),
            ("m@http://127.0.0.1:1", Some("vllm"), Some("vllm/m@http://127.0.0.1:1")),
            ("mine/m", Some("ollama"), Some("mine/m")),
            // Who it is that is not known, the factory says.
            ("Qwen/Qwen2.5-7B", None, Some("qwen/Qwen2.5-7B")),
            ("llama3.2", None, None),
            ("", Some("ollama"), None),
        ];
        for (text, default, wanted) in cases {
            let model = registry.model(text, default).ok().map(|model| model.to_string());
            assert_eq!(model.as_deref(), wanted, "{text} of {default:?}");
        }
    }
}
