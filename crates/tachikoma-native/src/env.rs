//! Keys and addresses from the environment, under the names that people have set already.
//!
//! The names stand in the providers' rows, and nowhere else. `read` is `|name| std::env::var(name).ok()`, or a
//! table in tests.

use std::collections::BTreeMap;

use tachikoma_forge::llm::{Keys, ProviderRegistry, ProviderRow};

/// Other names under which people may have set a provider's key. The one in its row goes before them.
const OTHER_NAMES: [(&str, &str); 1] = [("gemini", "GOOGLE_API_KEY")];

/// The most keys of one provider that are looked for.
const MOST_KEYS: u32 = 9;

/// The keys in the environment, by provider: the first (`OPENAI_API_KEY`), and those with a number behind
/// (`OPENAI_API_KEY_2`), which models name as `openai#2`. Each may go to the address that the environment names beside
/// it, and to no other but the provider's own.
pub fn keys_from(registry: &ProviderRegistry, read: impl Fn(&str) -> Option<String>) -> Keys {
    let mut keys = Keys::new();
    for row in registry.rows() {
        if let Some(key) = key_of(row, &read) {
            keys.set(row.name, &key);
        }
        let Some(name) = row.key_env else { continue };
        for number in 2..=MOST_KEYS {
            if let Some(key) = read(&key_variable(name, number)) {
                keys.set_nth(row.name, number, &key);
            }
        }
    }
    for (provider, url) in endpoints_from(registry, read) {
        keys.allow(&provider, &url);
    }
    keys
}

/// The variable that holds one of several keys, counted from 1, of a provider whose first is in `name`.
#[must_use]
pub fn key_variable(name: &str, number: u32) -> String {
    if number == 1 { name.to_owned() } else { format!("{name}_{number}") }
}

/// The key in the environment for one provider. A variable that holds nothing is not set.
pub fn key_of(row: &ProviderRow, read: impl Fn(&str) -> Option<String>) -> Option<String> {
    let others = OTHER_NAMES.iter().filter(|(provider, _)| *provider == row.name).map(|(_, name)| *name);
    row.key_env.into_iter().chain(others).filter_map(read).find(|key| !key.trim().is_empty())
}

/// The base URLs in the environment, by provider, completed where only a host was set.
pub fn endpoints_from(registry: &ProviderRegistry, read: impl Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let set = |name: &&str| read(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
    let found = |row: &ProviderRow| Some((row.name.to_owned(), address(&row.url_env.iter().find_map(set)?, row)));
    registry.rows().iter().filter_map(found).collect()
}

/// An address as the provider's own: a host alone gets the scheme and port that are usual there. `0.0.0.0` is an
/// address to listen on; to call it, that means this machine.
fn address(text: &str, row: &ProviderRow) -> String {
    let (usual_scheme, usual_host) = row.base_url.and_then(|url| url.split_once("://")).unwrap_or(("http", ""));
    let (scheme, rest) = text.split_once("://").unwrap_or((usual_scheme, text));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.trim();
    let split = |host: &str| {
        let (name, port) = host.rsplit_once(':')?;
        let is_port = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        is_port.then(|| (name.to_owned(), format!(":{port}")))
    };
    let usual_port = || split(usual_host).map(|(_, port)| port).filter(|_| !text.contains("://")).unwrap_or_default();
    let (name, port) = split(host).unwrap_or_else(|| (host.to_owned(), usual_port()));
    let name = match name.as_str() {
        "" | "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        name => name,
    };
    let path = path.trim_end_matches(|c: char| c == '/' || c.is_whitespace());
    format!("{scheme}://{name}{port}{path}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_found_as_it_would_find_itself() {
        let table = [
            ("OLLAMA_HOST", "127.0.0.1:11434", "http://127.0.0.1:11434"),
            ("OLLAMA_HOST", "0.0.0.0", "http://127.0.0.1:11434"),
            ("OLLAMA_HOST", ":9000", "http://127.0.0.1:9000"),
            ("OLLAMA_HOST", "[::]:11434", "http://[::1]:11434"),
            ("OLLAMA_HOST", "[::1]", "http://[::1]:11434"),
            ("OLLAMA_HOST", "[::] //", "http://[::1]:11434"),
            ("OLLAMA_HOST", "http:// [::]", "http://[::1]"),
            ("OLLAMA_HOST", "gpu.lan", "http://gpu.lan:11434"),
            ("OLLAMA_HOST", "http://gpu.lan:8080/", "http://gpu.lan:8080"),
            ("OLLAMA_HOST", "http://gpu.lan", "http://gpu.lan"),
            ("OLLAMA_HOST", "http://gpu.lan / /", "http://gpu.lan"),
            ("OLLAMA_BASE_URL", "https://ollama.example/api-root", "https://ollama.example/api-root"),
            ("VLLM_HOST", "gpu.lan", "http://gpu.lan:8000"),
            ("VLLM_HOST", " https://vllm.example/v1/ ", "https://vllm.example/v1"),
            ("OPENAI_COMPATIBLE_HOST", "gpu.lan:1234", "http://gpu.lan:1234"),
            ("OPENAI_COMPATIBLE_HOST", "gpu.lan", "http://gpu.lan"),
            // A key goes with it: never in the clear unless somebody says so.
            ("OPENAI_BASE_URL", "gateway.example/v1", "https://gateway.example/v1"),
            ("OPENAI_BASE_URL", "http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ];
        let registry = ProviderRegistry::default();
        for (name, text, url) in table {
            let endpoints = endpoints_from(&registry, |asked| (asked == name).then(|| text.to_owned()));
            assert_eq!(endpoints.into_values().collect::<Vec<_>>(), [url], "{name}={text}");
        }
        assert!(endpoints_from(&registry, |_| Some(" ".to_owned())).is_empty());
    }

    #[test]
    fn every_variable_of_the_table_reaches_its_provider_and_no_other() {
        let registry = ProviderRegistry::default();
        for row in registry.rows() {
            if let Some(name) = row.key_env {
                let keys = keys_from(&registry, |asked| (asked == name).then(|| "invented".to_owned()));
                for other in registry.rows() {
                    assert_eq!(keys.get(other.name).is_some(), other.name == row.name, "{name}: {}", other.name);
                }
            }
            for name in row.url_env {
                let endpoints = endpoints_from(&registry, |asked| (asked == *name).then(|| "host:1".to_owned()));
                assert_eq!(endpoints.keys().collect::<Vec<_>>(), [row.name], "{name}");
            }
            // The first that is set counts.
            if let [first, second] = row.url_env {
                let both = endpoints_from(&registry, |asked| {
                    [(*first, "first:1"), (*second, "second:1")]
                        .into_iter()
                        .find(|(n, _)| *n == asked)
                        .map(|(_, v)| v.to_owned())
                });
                assert!(both[row.name].contains("first"), "{both:?}");
            }
        }
    }

    #[test]
    fn a_key_may_go_to_the_address_that_is_set_beside_it() {
        let registry = ProviderRegistry::default();
        for row in registry.rows() {
            let (Some(key), Some(url)) = (row.key_env, row.url_env.first()) else { continue };
            let set = |asked: &str| match asked {
                name if name == key => Some("invented".to_owned()),
                name if name == *url => Some("https://gateway.example/v1".to_owned()),
                _ => None,
            };
            let keys = keys_from(&registry, set);
            assert!(!keys.withholds(row, 1, "https://gateway.example/v1"), "{}", row.name);
            assert!(keys.withholds(row, 1, "https://elsewhere.example/v1"), "{}", row.name);
        }
    }

    #[test]
    fn what_people_have_set_already_is_read() {
        let registry = ProviderRegistry::default();
        let all: Vec<&str> =
            registry.rows().iter().flat_map(|row| row.key_env.iter().chain(row.url_env)).copied().collect();
        let expected = [
            "ANTHROPIC_API_KEY",
            "OPENAI_API_KEY",
            "OPENAI_BASE_URL",
            "OLLAMA_HOST",
            "OLLAMA_BASE_URL",
            "OLLAMA_API_KEY",
            "VLLM_HOST",
            "VLLM_API_KEY",
            "OPENAI_COMPATIBLE_HOST",
            "OPENAI_COMPATIBLE_API_KEY",
            "GEMINI_API_KEY",
            "COHERE_API_KEY",
            "MISTRAL_API_KEY",
            "HF_TOKEN",
            "OPENROUTER_API_KEY",
            "GROQ_API_KEY",
            "DEEPSEEK_API_KEY",
            "XAI_API_KEY",
            "TOGETHER_API_KEY",
            "CEREBRAS_API_KEY",
        ];
        for name in expected {
            assert_eq!(all.iter().filter(|other| **other == name).count(), 1, "{name}");
        }
    }

    #[test]
    fn a_second_name_counts_where_the_first_is_not_set() {
        let registry = ProviderRegistry::default();
        let cases = [
            (vec![("GEMINI_API_KEY", "a"), ("GOOGLE_API_KEY", "b")], Some("a")),
            (vec![("GEMINI_API_KEY", " "), ("GOOGLE_API_KEY", "b")], Some("b")),
            (vec![("GOOGLE_API_KEY", "b")], Some("b")),
            (vec![], None),
        ];
        for (set, wanted) in cases {
            let keys = keys_from(&registry, |name| set.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned()));
            assert_eq!(keys.get("gemini").map(|key| key.expose()), wanted, "{set:?}");
            assert!(keys.get("cohere").is_none());
        }
    }

    #[test]
    fn further_keys_have_a_number() {
        let keys =
            keys_from(&ProviderRegistry::default(), |name| name.starts_with("OPENAI_API_KEY").then(|| name.to_owned()));
        let nth = |number| keys.nth("openai", number).map(|key| key.expose().to_owned());
        assert_eq!([nth(1), nth(2)], [Some("OPENAI_API_KEY".to_owned()), Some("OPENAI_API_KEY_2".to_owned())]);
        assert_eq!((nth(9).is_some(), nth(10)), (true, None));
    }
}
