//! The table of providers, as data: everything that differs between two that speak the same dialect.
//!
//! A compatible server is one more row here. The tests that walk the table (`wire_rows`) say what a row has to
//! have. Sources: the vendors' and servers' own documentation as of November 2026; where that is silent, a row
//! takes nothing for granted ([`Quirks::COMPATIBLE`]).

mod cloud;
mod local;

use super::base_url;
use super::codec::{Dialect, Quirks};
use super::manage::Management;

pub use cloud::{ANTHROPIC, COHERE, GEMINI, OPENAI};
pub use local::{OLLAMA, OPENAI_COMPATIBLE, VLLM};

/// Where a provider runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// In its vendor's computing centre.
    Cloud,
    /// On the user's own machine or network.
    Local,
    /// Either: its address, which each user brings, decides.
    Hybrid,
}

impl ProviderKind {
    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Local => "local",
            Self::Hybrid => "hybrid",
        }
    }
}

/// How a key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHeader {
    /// `authorization: Bearer KEY`.
    Bearer,
    /// The key alone, in a header of this name.
    Named(&'static str),
    /// As a bearer, and the key alone in a header of this name as well. A page sends the second one only where it is
    /// known to be allowed.
    BearerAnd(&'static str),
}

impl KeyHeader {
    /// The header's name; of two, the one that everybody may send.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bearer | Self::BearerAnd(_) => "authorization",
            Self::Named(name) => name,
        }
    }
}

/// Whether a page reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrowserAccess {
    /// It allows every page.
    Open,
    /// It allows pages once it was told to; [`ProviderRow::browser_hint`] says how.
    AfterSetup,
}

impl BrowserAccess {
    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::AfterSetup => "after_setup",
        }
    }
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
    /// The environment variables that may hold another address, the first that is set counts. A host alone does.
    pub url_env: &'static [&'static str],
    /// The environment variable that holds its key.
    pub key_env: Option<&'static str>,
    /// The page on which people get a key.
    pub key_url: Option<&'static str>,
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
    /// Whether a page reaches it.
    pub browser: BrowserAccess,
    /// What to do when a page cannot reach it, for people.
    pub browser_hint: &'static str,
    /// What to do when it does not have a model, for people; empty where its own words say enough.
    pub model_hint: &'static str,
    /// In which way it lets its models be managed.
    pub management: Management,
    /// How long its first piece may take, in seconds: a vendor's model may think for minutes without a word, a
    /// The most calls that it gets at once.
    pub at_once: u32,
    /// server on one's own machine first loads it from disk.
    pub timeout_seconds: u32,
}

impl ProviderRow {
    /// The most calls at once where nothing else is known of a service.
    pub(super) const CLOUD_AT_ONCE: u32 = 8;

    /// Whether it answers nobody without a key at this address: a server on one's own machine, in the place of
    /// the vendor's, is not asked for one.
    #[must_use]
    pub fn needs_key_at(&self, url: &str) -> bool {
        let own = self.base_url != Some(url) && base_url::host_of(url).is_ok_and(base_url::is_loopback);
        self.needs_key && !own
    }
}

/// The rows that are there from the start, in the order in which they are offered.
pub(super) fn rows() -> Vec<ProviderRow> {
    let first = [ANTHROPIC, OPENAI, OPENAI_COMPATIBLE, OLLAMA, GEMINI, COHERE, VLLM];
    first.iter().chain(local::SERVERS).chain(cloud::VENDORS).copied().collect()
}
