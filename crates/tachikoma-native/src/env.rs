//! Keys and addresses from the environment, under the names that people have set already.

use std::collections::BTreeMap;

use tachikoma_forge::llm::{Keys, ProviderRegistry};

/// The keys in the environment, by the variable that each provider's row names. `read` is
/// `|name| std::env::var(name).ok()`, or a table in tests.
pub fn keys_from(registry: &ProviderRegistry, read: impl Fn(&str) -> Option<String>) -> Keys {
    let mut keys = Keys::new();
    for row in registry.rows() {
        if let Some(key) = row.key_env.and_then(&read) {
            keys.set(row.name, &key);
        }
    }
    keys
}

/// The base URLs in the environment, by provider: `OLLAMA_HOST` (as Ollama itself reads it, with or
/// without scheme and port) or `OLLAMA_BASE_URL`, and `OPENAI_BASE_URL`.
pub fn endpoints_from(read: impl Fn(&str) -> Option<String>) -> BTreeMap<String, String> {
    let set = |name: &str| read(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
    let mut endpoints = BTreeMap::new();
    if let Some(url) = set("OLLAMA_BASE_URL").or_else(|| set("OLLAMA_HOST")) {
        endpoints.insert("ollama".to_owned(), ollama_address(&url));
    }
    if let Some(url) = set("OPENAI_BASE_URL") {
        endpoints.insert("openai".to_owned(), url);
    }
    endpoints
}

/// Ollama takes `0.0.0.0` as an address to listen on; to call it, that means this machine.
fn ollama_address(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit()) => (name, port),
        _ if text.contains("://") && scheme == "https" => (host, "443"),
        _ if text.contains("://") => (host, "80"),
        _ => (host, "11434"),
    };
    let name = match name {
        "" | "0.0.0.0" => "127.0.0.1",
        "[::]" => "[::1]",
        name => name,
    };
    format!("{scheme}://{name}:{port}{}", path.trim_end_matches('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ollama_is_found_as_ollama_itself_would() {
        let table = [
            ("127.0.0.1:11434", "http://127.0.0.1:11434"),
            ("0.0.0.0", "http://127.0.0.1:11434"),
            (":9000", "http://127.0.0.1:9000"),
            ("[::]:11434", "http://[::1]:11434"),
            ("[::1]", "http://[::1]:11434"),
            ("gpu.lan", "http://gpu.lan:11434"),
            ("http://gpu.lan:8080/", "http://gpu.lan:8080"),
            ("https://ollama.example/api-root", "https://ollama.example:443/api-root"),
            ("http://gpu.lan", "http://gpu.lan:80"),
        ];
        for (host, url) in table {
            let endpoints = endpoints_from(|name| (name == "OLLAMA_HOST").then(|| host.to_owned()));
            assert_eq!(endpoints.get("ollama").map(String::as_str), Some(url), "{host}");
        }
        assert!(endpoints_from(|_| Some(" ".to_owned())).is_empty());
    }

    #[test]
    fn keys_come_from_the_variables_of_the_table() {
        let registry = ProviderRegistry::default();
        let keys = keys_from(&registry, |name| (name == "ANTHROPIC_API_KEY").then(|| "sk-1".to_owned()));
        assert!(keys.get("anthropic").is_some());
        assert!(keys.get("openai").is_none());
    }
}
