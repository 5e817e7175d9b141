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

    /// The key of a provider.
    #[must_use]
    pub fn get(&self, provider: &str) -> Option<&ApiKey> {
        self.0.get(&provider.to_ascii_lowercase())
    }
}

/// Fewer bytes of a secret's beginning may stay: so many stand in ordinary words too.
const LEAST_PART: usize = 4;

/// A server's words without a secret that they repeat. Words that were too long end with `…`, perhaps within it:
/// then its beginning goes too.
pub(super) fn without_secret(words: &str, secret: &str) -> String {
    let mut words = words.replace(secret, "…");
    for length in (LEAST_PART..secret.len()).rev().filter(|length| secret.is_char_boundary(*length)) {
        let part = [&secret[..length], "…"].concat();
        if words.contains(&part) {
            words = words.replace(&part, "…");
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_taken_out_of_words_even_where_they_were_cut() {
        let secret = "sk-canary-é-0001";
        for (words, wanted) in [
            ("Wrong key sk-canary-é-0001, or sk-canary-é-0001.", "Wrong key …, or …."),
            ("Wrong key sk-canary-é-000…", "Wrong key …"),
            ("Wrong key sk-c… Enter another one.", "Wrong key … Enter another one."),
            ("Ask…", "Ask…"),
            ("Keys begin with sk-c and go on", "Keys begin with sk-c and go on"),
        ] {
            assert_eq!(without_secret(words, secret), wanted, "{words}");
        }
        assert_eq!(without_secret("ab…", "ab"), "……", "short ones as a whole");
    }

    #[test]
    fn a_key_is_never_printed() {
        let mut keys = Keys::new();
        keys.set("Anthropic", "  sk-canary\n");
        assert_eq!(keys.get("anthropic").map(ApiKey::expose), Some("sk-canary"));
        assert!(!format!("{keys:?} {:?}", keys.get("anthropic")).contains("canary"));
        keys.set("anthropic", " ");
        assert!(keys.get("anthropic").is_none());
    }
}
