//! Keys: a type that cannot be printed, copied into a log or saved.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// A provider's key. Neither `Display` nor `Serialize`; `Debug` prints dots. Read it only to fill a header.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(Arc<str>);

impl ApiKey {
    /// Takes a key, without the blanks that copying leaves around it; `None` when nothing is left.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.into()))
    }

    /// The key itself, for the adapter that sends it. Nothing else may call this.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// The keys at hand, by provider name. Filled by an adapter: from the environment, or from the page's fields.
#[derive(Clone, Debug, Default)]
pub struct Keys(BTreeMap<String, ApiKey>);

impl Keys {
    /// No keys.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets or, with an empty text, removes the key of a provider.
    pub fn set(&mut self, provider: &str, key: &str) {
        self.put(provider, ApiKey::new(key));
    }

    /// Takes over a key, or removes the one that is there.
    pub fn put(&mut self, provider: &str, key: Option<ApiKey>) {
        match key {
            Some(key) => self.0.insert(provider.to_ascii_lowercase(), key),
            None => self.0.remove(&provider.to_ascii_lowercase()),
        };
    }

    /// Sets or, with an empty text, removes one of several keys of a provider, counted from 1.
    pub fn set_nth(&mut self, provider: &str, number: u32, key: &str) {
        self.set(&slot(provider, number), key);
    }

    /// One of several keys of a provider, counted from 1.
    #[must_use]
    pub fn nth(&self, provider: &str, number: u32) -> Option<&ApiKey> {
        self.get(&slot(provider, number))
    }

    /// The key of a provider.
    #[must_use]
    pub fn get(&self, provider: &str) -> Option<&ApiKey> {
        self.0.get(&provider.to_ascii_lowercase())
    }
}

/// The name under which one of several keys is kept: the one that models use (`openai#2`).
fn slot(provider: &str, number: u32) -> String {
    if number == 1 { provider.to_owned() } else { format!("{provider}#{number}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_never_printed() {
        let mut keys = Keys::new();
        keys.set("Anthropic", "  sk-canary\n");
        assert_eq!(keys.get("anthropic").map(ApiKey::expose), Some("sk-canary"));
        assert!(!format!("{keys:?} {:?}", keys.get("anthropic")).contains("canary"));
        keys.set("anthropic", " ");
        assert!(keys.get("anthropic").is_none());
    }

    #[test]
    fn several_keys_of_a_provider_stay_apart() {
        let mut keys = Keys::new();
        keys.set("openai", "sk-one");
        keys.set_nth("OpenAI", 2, "sk-two");
        let nth = |number| keys.nth("openai", number).map(ApiKey::expose);
        assert_eq!([nth(1), nth(2), nth(3)], [Some("sk-one"), Some("sk-two"), None]);
    }
}
