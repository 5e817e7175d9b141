//! The table of providers: everything that differs between two that speak the same dialect is a row here.
//!
//! A compatible server is one more row. A provider that does not speak HTTP (the demo, a browser's own
//! model) is registered at run time as a constructor, and wins over a row of the same name.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use super::base_url;
use super::codec::{Dialect, Quirks};
use super::{LlmProvider, ModelConfig};
use crate::types::{LlmError, MaybeSend, MaybeSync};

/// Where a provider runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// In its vendor's computing centre.
    Cloud,
    /// On the user's own machine or network.
    Local,
}

/// How a key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHeader {
    /// `authorization: Bearer KEY`.
    Bearer,
    /// The key alone, in a header of this name.
    Named(&'static str),
}

/// One provider, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderRow {
    /// The name that people write before the `/`, in lower case.
    pub name: &'static str,
    /// The name that people read.
    pub label: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Where it runs.
    pub kind: ProviderKind,
    /// Its address; `None` when each user has their own.
    pub base_url: Option<&'static str>,
    /// The environment variable that holds its key.
    pub key_env: Option<&'static str>,
    /// Answers nobody without a key, at its own address.
    pub needs_key: bool,
    /// How its key is sent.
    pub key_header: KeyHeader,
    /// Headers that it always wants.
    pub headers: &'static [(&'static str, &'static str)],
    /// Headers that it wants from a page only.
    pub browser_headers: &'static [(&'static str, &'static str)],
    /// The headers that a page may send to it; another one makes the browser refuse the request.
    pub allowed_from_browser: &'static [&'static str],
    /// Models to offer before it was asked for its own, best first.
    pub default_models: &'static [&'static str],
    /// The dialect it speaks.
    pub dialect: Dialect,
    /// How its dialect differs.
    pub quirks: Quirks,
    /// What to do when a page cannot reach it, for people.
    pub browser_hint: &'static str,
}

impl ProviderRow {
    /// Whether it answers nobody without a key at this address: a server on one's own machine, in the place of
    /// the vendor's, is not asked for one.
    #[must_use]
    pub fn needs_key_at(&self, url: &str) -> bool {
        let own = self.base_url != Some(url) && base_url::host_of(url).is_ok_and(base_url::is_loopback);
        self.needs_key && !own
    }
}

/// Anthropic.
pub const ANTHROPIC: ProviderRow = ProviderRow {
    name: "anthropic",
    label: "Anthropic",
    aliases: &["claude"],
    kind: ProviderKind::Cloud,
    base_url: Some("https://api.anthropic.com"),
    key_env: Some("ANTHROPIC_API_KEY"),
    needs_key: true,
    key_header: KeyHeader::Named("x-api-key"),
    headers: &[("anthropic-version", "2023-06-01")],
    browser_headers: &[("anthropic-dangerous-direct-browser-access", "true")],
    allowed_from_browser: &[
        "content-type",
        "x-api-key",
        "anthropic-version",
        "anthropic-dangerous-direct-browser-access",
    ],
    default_models: &[ModelConfig::DEFAULT_MODEL, ModelConfig::FIRST_FALLBACK],
    dialect: Dialect::Anthropic,
    quirks: Quirks::NATIVE,
    browser_hint: "Check the key, and whether the organisation allows requests from browsers.",
};

/// OpenAI.
pub const OPENAI: ProviderRow = ProviderRow {
    name: "openai",
    label: "OpenAI",
    aliases: &[],
    kind: ProviderKind::Cloud,
    base_url: Some("https://api.openai.com"),
    key_env: Some("OPENAI_API_KEY"),
    needs_key: true,
    key_header: KeyHeader::Bearer,
    headers: &[],
    browser_headers: &[],
    allowed_from_browser: &["content-type", "authorization"],
    default_models: &["gpt-4.1", "gpt-4o", "gpt-4o-mini"],
    dialect: Dialect::OpenAiChat,
    quirks: Quirks::NATIVE,
    browser_hint: "Check the key: this provider hides from a page that it refused one.",
};

/// Any server compatible with OpenAI's chat completions, at an address of the user's.
pub const OPENAI_COMPATIBLE: ProviderRow = ProviderRow {
    name: "openai-compatible",
    label: "OpenAI-compatible",
    aliases: &["compatible"],
    kind: ProviderKind::Local,
    base_url: None,
    key_env: None,
    needs_key: false,
    default_models: &[],
    quirks: Quirks::COMPATIBLE,
    browser_hint: "Check the base URL and the key, and start the server so that it allows requests from this page (CORS).",
    ..OPENAI
};

/// Ollama.
pub const OLLAMA: ProviderRow = ProviderRow {
    name: "ollama",
    label: "Ollama",
    aliases: &[],
    kind: ProviderKind::Local,
    base_url: Some("http://localhost:11434"),
    key_env: None,
    needs_key: false,
    default_models: &["llama3.2:latest"],
    dialect: Dialect::Ollama,
    quirks: Quirks::OLLAMA,
    browser_hint: "Start Ollama with the environment variable OLLAMA_ORIGINS set to the address of this page.",
    ..OPENAI
};

/// The rows that are there from the start.
const ROWS: [ProviderRow; 4] = [ANTHROPIC, OPENAI, OPENAI_COMPATIBLE, OLLAMA];

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
}

impl Default for ProviderRegistry {
    fn default() -> Self {
        Self { rows: ROWS.to_vec(), constructors: BTreeMap::new() }
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

    /// The rows, in the order in which to offer them.
    #[must_use]
    pub fn rows(&self) -> &[ProviderRow] {
        &self.rows
    }

    /// The row of a name or alias.
    #[must_use]
    pub fn row(&self, name: &str) -> Option<&ProviderRow> {
        let is = |other: &str| other.eq_ignore_ascii_case(name);
        self.rows.iter().find(|r| is(r.name) || r.aliases.iter().any(|alias| is(alias)))
    }

    /// Every name that a model may begin with, rows first.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let own = self.constructors.keys().filter(|name| self.row(name).is_none());
        self.rows.iter().map(|r| r.name.to_owned()).chain(own.cloned()).collect()
    }

    pub(super) fn constructor(&self, name: &str) -> Option<&Arc<dyn Construct>> {
        self.constructors.get(&name.to_ascii_lowercase())
    }
}
