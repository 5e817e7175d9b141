//! Every row of the table of providers, walked: what it has to have, what it sends, and that it reads an answer.
//!
//! A row that is added is held to all of this without a word here, except that its requests show up in the
//! snapshot, grouped with the rows that differ from their dialect in the same way.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use futures::{FutureExt, StreamExt, stream};
use serde_json::{Value, json};
use tachikoma_forge::llm::codec::{Dialect, Quirks};
use tachikoma_forge::llm::{
    ApiKey, HttpProvider, HttpRequest, HttpResponse, JsonSchema, KeyHeader, LlmProvider, LlmRequest, LlmStreamChunk,
    ModelConfig, ProviderKind, ProviderRegistry, ProviderRow, Transport, TransportError,
};
use tachikoma_forge::types::{BoxFuture, ModelRef, StopReason};
use tachikoma_tests::wire::{read, root};

const KEY: &str = "sk-canary-1234567890";

/// Answers every request with the same body, and remembers what it was asked.
struct Memory {
    browser: bool,
    body: Vec<u8>,
    asked: Mutex<Vec<HttpRequest>>,
}

impl Transport for Memory {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        self.asked.lock().expect("one thread").push(request);
        let body = Ok(self.body.clone());
        Box::pin(
            async move { Ok(HttpResponse { status: 200, headers: Vec::new(), body: stream::iter([body]).boxed() }) },
        )
    }

    fn is_browser(&self) -> bool {
        self.browser
    }
}

fn rows() -> Vec<ProviderRow> {
    ProviderRegistry::new().list_providers().to_vec()
}

/// A model to ask of the provider.
fn model(row: &ProviderRow) -> &'static str {
    row.default_models.first().copied().unwrap_or("any-model")
}

/// What came of a request, and what was sent for it.
fn ask(row: ProviderRow, browser: bool, request: LlmRequest) -> (Vec<LlmStreamChunk>, HttpRequest) {
    let body = read(&root().join(row.dialect.name()).join("plain/body"));
    let memory = Arc::new(Memory { browser, body, asked: Mutex::default() });
    let config = ModelRef { provider: row.name.to_owned(), model: model(&row).to_owned(), base_url: None };
    let base_url = row.base_url.unwrap_or("http://127.0.0.1:1234");
    let transport = Arc::<Memory>::clone(&memory);
    let provider = HttpProvider::new(row, base_url, ModelConfig::new(config), ApiKey::new(KEY), transport)
        .unwrap_or_else(|e| panic!("{}: {e}", row.name));
    let answer = provider.complete_stream(request).now_or_never().expect("memory answers at once");
    let answer = answer.unwrap_or_else(|e| panic!("{}: {e}", row.name));
    let chunks = answer.map(|c| c.unwrap_or_else(|e| panic!("{}: {e}", row.name)));
    let chunks = chunks.collect().now_or_never().expect("memory answers at once");
    let mut asked = memory.asked.lock().expect("one thread");
    assert_eq!(asked.len(), 1, "{}: one call, one request", row.name);
    (chunks, asked.remove(0))
}

fn shaped() -> LlmRequest {
    let schema = json!({"type": "object", "properties": {"score": {"type": "integer"}}, "required": ["score"], "additionalProperties": false});
    let mut request = LlmRequest::ask("Vote.");
    request.options.seed = Some(7);
    request.options.json_schema = Some(JsonSchema { name: "vote".to_owned(), schema });
    request
}

#[test]
fn a_row_has_what_it_needs() {
    let (mut names, mut variables) = (BTreeSet::new(), BTreeSet::new());
    for row in rows() {
        let named = row.name;
        for name in row.aliases.iter().chain([&row.name]) {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
            assert!(!name.is_empty() && name.chars().all(plain), "{named}: {name:?} is hard to write");
            assert!(names.insert(*name), "{named}: {name} is taken");
            let found = ProviderRegistry::new().row(&name.to_uppercase()).map(|r| r.name);
            assert_eq!(found, Some(named), "{name}");
        }
        for variable in row.key_env.iter().chain(row.url_env) {
            assert!(variables.insert(*variable), "{named}: {variable} means two things");
        }
        assert!(!row.label.is_empty() && !row.browser_hint.is_empty(), "{named}");
        assert!(row.key_env.is_some(), "{named}: a key could stand in a command alone, where others see it");
        if row.needs_key {
            assert!(row.key_url.is_some(), "{named}: nobody learns where to get the key that it needs");
        }
        assert!(row.key_url.is_none_or(|url| url.starts_with("https://") && !url.contains(' ')), "{named}");
        let local = |url: &str| url.starts_with("http://localhost:") || url.starts_with("http://127.0.0.1:");
        match (row.kind, row.base_url) {
            (ProviderKind::Cloud, Some(url)) => assert!(url.starts_with("https://"), "{named}: a key in the clear"),
            (ProviderKind::Local, Some(url)) => assert!(local(url), "{named}: {url} is not this machine"),
            (ProviderKind::Hybrid, None) => {}
            other => panic!("{named}: {other:?} do not go together"),
        }
        let allowed = row.allowed_from_browser;
        for name in ["content-type", row.key_header.name()] {
            assert!(allowed.contains(&name), "{named}: a page may not send {name}");
        }
        for (name, _) in row.headers.iter().chain(row.browser_headers) {
            assert!(allowed.contains(name) && *name == name.to_lowercase(), "{named}: a page may not send {name}");
        }
        if row.dialect != Dialect::Anthropic {
            // More than these two makes the preflight of some of them fail.
            assert_eq!(allowed, ["content-type", row.key_header.name()], "{named}");
        }
    }
    assert!(names.len() > 30, "the table is gone");
}

#[test]
fn the_key_goes_into_its_header_alone_and_a_page_sends_what_is_allowed() {
    for row in rows() {
        let allowed = row.allowed_from_browser;
        for browser in [false, true] {
            for request in [LlmRequest::ask("Why?"), shaped()] {
                let (_, sent) = ask(row, browser, request);
                let secret: Vec<&str> =
                    sent.headers.iter().filter(|(_, v)| v.to_wire().contains(KEY)).map(|(n, _)| n.as_str()).collect();
                let also = match row.key_header {
                    KeyHeader::BearerAnd(name) => Some(name).filter(|name| !browser || allowed.contains(name)),
                    KeyHeader::Bearer | KeyHeader::Named(_) => None,
                };
                let wanted: Vec<&str> = [row.key_header.name()].into_iter().chain(also).collect();
                assert_eq!(secret, wanted, "{}", row.name);
                assert!(sent.headers.iter().all(|(_, v)| v.is_secret() == v.to_wire().contains(KEY)), "{}", row.name);
                assert!(!sent.url.contains("canary"), "{}", row.name);
                assert!(!String::from_utf8_lossy(&sent.body).contains("canary"), "{}", row.name);
                assert!(!format!("{sent:?}").contains("canary"), "{}", row.name);
                let names: BTreeSet<&str> = sent.headers.iter().map(|(n, _)| n.as_str()).collect();
                assert_eq!(names.len(), sent.headers.len(), "{}: a header twice", row.name);
                assert!(!browser || names.iter().all(|name| allowed.contains(name)), "{}: {names:?}", row.name);
            }
        }
    }
}

#[test]
fn lm_studio_has_its_key_in_two_headers_and_from_a_page_in_one() {
    let row = ProviderRegistry::new().row("lm-studio").copied().expect("it is in the table");
    let sent = |browser| {
        let headers = ask(row, browser, LlmRequest::ask("Why?")).1.headers;
        headers.into_iter().map(|(name, value)| (name, value.to_wire())).collect::<BTreeMap<_, _>>()
    };
    let native = sent(false);
    assert_eq!((native["authorization"].as_str(), native["x-api-key"].as_str()), (&*format!("Bearer {KEY}"), KEY));
    let page = sent(true);
    assert_eq!((page["authorization"].as_str(), page.get("x-api-key")), (&*format!("Bearer {KEY}"), None));
}

#[test]
fn a_plain_answer_of_its_dialect_is_read() {
    for row in rows() {
        for browser in [false, true] {
            let (chunks, _) = ask(row, browser, LlmRequest::ask("Why?"));
            let text: String = chunks.iter().map(|c| c.delta.as_str()).collect();
            assert_eq!(text, "Hello", "{}", row.name);
            assert_eq!(chunks.iter().filter(|c| c.is_complete).count(), 1, "{}", row.name);
            assert_eq!(chunks.last().and_then(|c| c.finish_reason), Some(StopReason::End), "{}", row.name);
        }
    }
}

/// What a row sends depends on its dialect and quirks; its name, address and model do not matter to that.
fn group(row: &ProviderRow) -> String {
    let known = [("native", Quirks::NATIVE), ("compatible", Quirks::COMPATIBLE), ("enforcing", Quirks::ENFORCING)];
    let name = known.into_iter().find(|(_, quirks)| *quirks == row.quirks).map_or(row.name, |(name, _)| name);
    format!("{}, {name}", row.dialect.name())
}

#[test]
fn requests_are_as_each_group_of_rows_wants_them() {
    let mut groups: BTreeMap<String, Vec<ProviderRow>> = BTreeMap::new();
    for row in rows() {
        groups.entry(group(&row)).or_default().push(row);
    }
    let mut shown = String::new();
    for (group, rows) in groups {
        let bodies = |row: &ProviderRow| {
            [LlmRequest::ask("Why?"), shaped()].map(|request| {
                let body: Value = serde_json::from_slice(&ask(*row, false, request).1.body).expect("JSON");
                body.to_string().replace(model(row), "MODEL")
            })
        };
        let first = bodies(&rows[0]);
        let _ = writeln!(shown, "## {group}");
        for row in &rows {
            assert_eq!(bodies(row), first, "{}: the same quirks send the same", row.name);
            let _ = writeln!(shown, "{}: {}", row.name, ask(*row, false, LlmRequest::ask("Why?")).1.url);
        }
        let _ = writeln!(shown, "{}\n", first.join("\n"));
    }
    assert!(!shown.contains("canary"), "a key shows");
    insta::assert_snapshot!(shown);
}
