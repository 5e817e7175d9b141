//! Keys: a type that cannot be printed, copied into a log or saved; and where each of them may go.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use super::base_url::{host_of, is_loopback, origin};
use super::rows::ProviderRow;
use crate::types::{ErrorKind, LlmError, key_slot};

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

/// Whether a key may go to an address without anybody being asked: to the provider's own address, to one of those that
/// it was given for, and to this machine, where a proxy may stand in for the provider. Scheme, host and port decide;
/// nothing goes to an address that is none.
#[must_use]
pub fn key_may_go<'a>(own: Option<&str>, given_for: impl IntoIterator<Item = &'a str>, url: &str) -> bool {
    let Ok(wanted) = origin(url) else { return false };
    let same = |other: &str| origin(other).is_ok_and(|other| other == wanted);
    host_of(url).is_ok_and(is_loopback) || own.is_some_and(same) || given_for.into_iter().any(same)
}

/// A key, and the addresses that it was given for beside its provider's own.
#[derive(Clone, Debug)]
struct Held {
    key: ApiKey,
    given_for: BTreeSet<String>,
}

/// The keys at hand, by provider name. Filled by an adapter: from the environment, or from the page's fields.
#[derive(Clone, Debug, Default)]
pub struct Keys(BTreeMap<String, Held>);

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

    /// Takes over a key, or removes the one that is there. A new key was given for no address yet.
    pub fn put(&mut self, provider: &str, key: Option<ApiKey>) {
        match key {
            Some(key) => self.0.insert(provider.to_ascii_lowercase(), Held { key, given_for: BTreeSet::new() }),
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

    /// Lets the keys of a provider go to this address too. Without a key nothing is let go.
    pub fn allow(&mut self, provider: &str, url: &str) {
        let provider = provider.to_ascii_lowercase();
        for (_, held) in self.0.iter_mut().filter(|(name, _)| key_slot(name).0 == provider) {
            held.given_for.insert(url.to_owned());
        }
    }

    /// The key of a provider.
    #[must_use]
    pub fn get(&self, provider: &str) -> Option<&ApiKey> {
        self.0.get(&provider.to_ascii_lowercase()).map(|held| &held.key)
    }

    /// Whether one of several keys of a provider, counted from 1, is there and may not go to this address
    /// ([`key_may_go`]).
    #[must_use]
    pub fn withholds(&self, row: &ProviderRow, number: u32, url: &str) -> bool {
        let held = self.0.get(&slot(row.name, number));
        held.is_some_and(|held| !key_may_go(row.base_url, held.given_for.iter().map(String::as_str), url))
    }

    /// One of several keys of a provider, counted from 1, to send to this address; `None` without one.
    ///
    /// # Errors
    /// `permission` when it may not go there ([`key_may_go`]).
    pub fn at(&self, row: &ProviderRow, number: u32, url: &str) -> Result<Option<&ApiKey>, LlmError> {
        if !self.withholds(row, number, url) {
            return Ok(self.nth(row.name, number));
        }
        let place = origin(url)?;
        let own = row.base_url.map_or_else(String::new, |own| format!(" It was given for {own}."));
        let variable = row.url_env.first().map(|name| format!(", set {name} to that address")).unwrap_or_default();
        let message = format!(
            "The key for {} is not sent to {place} unasked.{own} If it belongs there, say so: add --key-for {place} \
             on the command line{variable}, or press the button on the page.",
            row.label
        );
        Err(LlmError::new(ErrorKind::Permission, message))
    }
}

/// The name under which one of several keys is kept: the one that models use (`openai#2`).
fn slot(provider: &str, number: u32) -> String {
    if number == 1 { provider.to_owned() } else { format!("{provider}#{number}") }
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

    #[test]
    fn several_keys_of_a_provider_stay_apart() {
        let mut keys = Keys::new();
        keys.set("openai", "sk-one");
        keys.set_nth("OpenAI", 2, "sk-two");
        let nth = |number| keys.nth("openai", number).map(ApiKey::expose);
        assert_eq!([nth(1), nth(2), nth(3)], [Some("sk-one"), Some("sk-two"), None]);
    }

    #[test]
    fn a_key_goes_where_it_was_given_for_and_to_this_machine() {
        let (own, gateway) = (Some("https://api.vendor.example/v1"), "https://gateway.example:8443/llm");
        let cases = [
            ("https://api.vendor.example", own, true),
            ("https://api.vendor.example/other/path", own, true),
            ("https://API.Vendor.example:443/v1/", own, true),
            ("https://gateway.example:8443", own, true),
            ("https://gateway.example:8443/llm", None, true),
            ("http://localhost:11434", own, true),
            ("http://127.0.0.1:1234/v1", own, true),
            ("http://127.9.9.9", None, true),
            ("https://[::1]:8080", own, true),
            // In the clear, or at another door, it is another server.
            ("http://api.vendor.example", own, false),
            ("https://api.vendor.example:8443", own, false),
            ("https://gateway.example", own, false),
            ("https://api.vendor.example.evil.example", own, false),
            ("https://evil.example/api.vendor.example", own, false),
            ("https://evil.example/?@api.vendor.example", own, false),
            ("https://api.vendor.example@evil.example", own, false),
            ("https://api.vendor.example\\.evil.example", own, false),
            ("https://api.vendor.example.", own, false),
            ("http://127.0.0.1.evil.example", own, false),
            ("http://localhost.evil.example", own, false),
            ("http://192.168.0.2:11434", own, false),
            ("http://0.0.0.0:11434", own, false),
            ("https://api.vendor.example", None, false),
            ("ftp://api.vendor.example", own, false),
            ("api.vendor.example", own, false),
            ("", own, false),
        ];
        for (url, own, wanted) in cases {
            assert_eq!(key_may_go(own, [gateway], url), wanted, "{url}");
        }
        assert!(!key_may_go(own, ["https://"], "https://"), "what is no address is the same as nothing");
    }

    #[test]
    fn a_key_that_is_withheld_says_why_and_what_to_do() {
        use super::super::{OPENAI, OPENAI_COMPATIBLE};
        let mut keys = Keys::new();
        let there = "https://elsewhere.example/secret-path";
        keys.allow("openai", there);
        assert!(
            keys.at(&OPENAI, 1, there).is_ok_and(|key| key.is_none()),
            "without a key there is nothing to withhold"
        );
        keys.set("openai", "sk-canary");
        for row in [OPENAI, OPENAI_COMPATIBLE] {
            keys.set(row.name, "sk-canary");
            let error = keys.at(&row, 1, there).expect_err("it was not given for that");
            assert_eq!((error.kind, error.retryable), (ErrorKind::Permission, false));
            for word in [row.label, "https://elsewhere.example ", "--key-for", row.url_env[0]] {
                assert!(error.message.contains(word), "{word:?} is missing in {}", error.message);
            }
            assert!(!error.message.contains("canary") && !error.message.contains("secret-path"), "{}", error.message);
            keys.allow(row.name, "https://elsewhere.example");
            assert!(keys.at(&row, 1, there).is_ok_and(|key| key.is_some()));
        }
        keys.set("openai", "another");
        assert!(keys.withholds(&OPENAI, 1, there), "another key is asked about again");
        keys.set_nth("openai", 2, "sk-second");
        assert!(keys.withholds(&OPENAI, 2, there));
        keys.allow("OpenAI", there);
        assert!(!keys.withholds(&OPENAI, 1, there) && !keys.withholds(&OPENAI, 2, there));
    }
}
