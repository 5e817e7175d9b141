//! Lists of models, single ones, pulling and deleting: `tests/manage/<case>.json`.
//!
//! A case holds why it exists, whose answer it is, what was asked, the answer, and what is to be read from it: facts
//! of models, an error's kind, or what a pull adds up to. A body is text as it stands, or JSON.

#![allow(clippy::unwrap_used)] // A test may.

use std::sync::{Arc, Mutex};

use futures::{FutureExt, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tachikoma_forge::llm::manage::inventory;
use tachikoma_forge::llm::{
    HttpRequest, HttpResponse, Keys, LlmProvider, Method, ModelConfig, ProviderFactory, ProviderRegistry, PullTotals,
    Transport, TransportError, TransportErrorKind,
};
use tachikoma_forge::types::{BoxFuture, ErrorKind, LlmError, ModelRef};
use tachikoma_tests::cases;

const KEY: &str = "sk-canary-1234567890";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    provider: String,
    call: String,
    #[serde(default)]
    model: String,
    #[serde(default = "ok")]
    status: u16,
    #[serde(default)]
    cut: bool,
    body: Value,
    expected: Value,
}

const fn ok() -> u16 {
    200
}

/// A transport that answers from memory, piece by piece.
struct Memory {
    answers: Vec<(u16, Vec<u8>)>,
    piece: usize,
    cut: bool,
    asked: Mutex<Vec<HttpRequest>>,
}

impl Transport for Memory {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let mut asked = self.asked.lock().unwrap();
        let (status, body) = self.answers[asked.len().min(self.answers.len() - 1)].clone();
        asked.push(request);
        let mut pieces: Vec<_> = body.chunks(self.piece).map(|piece| Ok(piece.to_vec())).collect();
        if self.cut {
            pieces.push(Err(TransportError { kind: TransportErrorKind::Broken, message: "cut".into() }));
        }
        async move { Ok(HttpResponse { status, headers: Vec::new(), body: stream::iter(pieces).boxed() }) }.boxed()
    }

    fn is_browser(&self) -> bool {
        false
    }
}

fn provider(name: &str, transport: &Arc<Memory>) -> Arc<dyn LlmProvider> {
    let registry = ProviderRegistry::new();
    let own = registry.row(name).and_then(|row| row.base_url);
    let base_url = own.is_none().then(|| "http://127.0.0.1:1".to_owned());
    let mut keys = Keys::new();
    keys.set(name, KEY);
    let model = ModelRef { provider: name.to_owned(), model: "m".to_owned(), base_url };
    let transport = Arc::<Memory>::clone(transport);
    ProviderFactory::new(registry, transport, keys).create(&ModelConfig::new(model)).expect(name)
}

fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("memory answers at once")
}

fn failed(error: &LlmError) -> Value {
    assert!(!error.retryable || error.kind.is_retryable(), "{error:?}");
    assert!(!error.message.contains("canary"), "a key shows: {error:?}");
    json!({"error": error.kind.name()})
}

fn said<T: serde::Serialize>(result: Result<T, LlmError>) -> Value {
    result.map_or_else(|error| failed(&error), |value| json!(value))
}

fn pulled(provider: &dyn LlmProvider, model: &str) -> Value {
    let stream = match now(provider.pull_model(model)) {
        Ok(stream) => stream,
        Err(error) => return failed(&error),
    };
    let (mut totals, mut words, mut error) = (PullTotals::default(), Vec::new(), None);
    for step in now(stream.collect::<Vec<_>>()) {
        assert!(error.is_none() && words.last().is_none_or(|last| last != "success"), "something after the end");
        match step {
            Ok(step) => {
                totals.take(&step);
                assert_eq!(step.done, step.status == "success");
                words.push(step.status);
            }
            Err(failure) => error = Some(failure),
        }
    }
    assert!(error.is_some() || words.last().is_some_and(|last| last == "success"), "neither done nor failed");
    let mut value = json!({"steps": words.len(), "completed": totals.completed(), "total": totals.total(),
        "percent": totals.percent(), "said": words});
    if let Some(error) = error {
        value["error"] = failed(&error)["error"].clone();
    }
    value
}

#[test]
fn every_answer_is_read() {
    let mut calls = std::collections::BTreeSet::new();
    let cases = cases::<Case>("manage");
    assert!(cases.len() > 40, "the fixtures are gone");
    for (name, case) in cases {
        let body = case.body.as_str().map_or_else(|| case.body.to_string(), str::to_owned).into_bytes();
        // However the bytes are cut, they say the same.
        for piece in [body.len().max(1), 1, 7] {
            let asked = Mutex::default();
            let transport =
                Arc::new(Memory { answers: vec![(case.status, body.clone())], piece, cut: case.cut, asked });
            let provider = provider(&case.provider, &transport);
            let mut got = match case.call.as_str() {
                "list" => said(now(provider.list_models())),
                "states" => said(now(provider.model_states())),
                "show" => said(now(provider.show_model(&case.model))),
                "pull" => pulled(&*provider, &case.model),
                "delete" => said(now(provider.delete_model(&case.model)).map(|()| json!({}))),
                other => panic!("{name}: there is no call {other}"),
            };
            if case.expected.get("said").is_none() {
                got.as_object_mut().map(|map| map.remove("said"));
            }
            assert_eq!(got, case.expected, "{name} in pieces of {piece}: {}", case.why);
            let asked = transport.asked.lock().unwrap();
            assert_eq!(asked.len(), usize::from(case.body != "never asked"), "{name}: one call, one request");
        }
        calls.insert(case.call);
    }
    assert_eq!(calls.len(), 5, "{calls:?}");
}

#[test]
fn ollama_is_asked_where_its_interface_is() {
    let cases: [(&str, Method, &str, Value); 5] = [
        ("list", Method::Get, "/api/tags", Value::Null),
        ("states", Method::Get, "/api/ps", Value::Null),
        ("show", Method::Post, "/api/show", json!({"model": "m:1"})),
        ("pull", Method::Post, "/api/pull", json!({"model": "m:1", "stream": true})),
        ("delete", Method::Delete, "/api/delete", json!({"model": "m:1"})),
    ];
    for (call, method, path, body) in cases {
        let answers = vec![(200, b"{\"models\":[]}".to_vec())];
        let transport = Arc::new(Memory { answers, piece: 99, cut: false, asked: Mutex::default() });
        let provider = provider("ollama", &transport);
        match call {
            "list" => drop(now(provider.list_models())),
            "states" => drop(now(provider.model_states())),
            "show" => drop(now(provider.show_model(" m:1 "))),
            "pull" => drop(now(provider.pull_model("m:1"))),
            _ => drop(now(provider.delete_model("m:1"))),
        }
        let asked = transport.asked.lock().unwrap();
        assert_eq!((asked.len(), asked[0].method), (1, method), "{call}");
        assert_eq!(asked[0].url, format!("http://localhost:11434{path}"));
        let sent = serde_json::from_slice::<Value>(&asked[0].body).unwrap_or(Value::Null);
        assert_eq!(sent, body, "{call}");
        let typed = asked[0].headers.iter().any(|(name, _)| name == "content-type");
        assert_eq!(typed, !body.is_null(), "{call}: a body has a type, and nothing else has");
    }
}

#[test]
fn what_is_in_memory_is_put_to_the_list() {
    let tags = json!({"models": [{"name": "a", "size": 5}, {"name": "b", "size": 6}]}).to_string();
    let ps = json!({"models": [{"name": "b", "size": 9, "context_length": 4096}]}).to_string();
    let both = vec![(200, tags.clone().into_bytes()), (200, ps.into_bytes())];
    let read = |answers: Vec<(u16, Vec<u8>)>| {
        let transport = Arc::new(Memory { answers, piece: 9, cut: false, asked: Mutex::default() });
        now(inventory(&*provider("ollama", &transport)))
    };
    assert_eq!(
        json!(read(both).unwrap()),
        json!([{"name": "a", "size_bytes": 5, "loaded": false},
            {"name": "b", "size_bytes": 6, "context_tokens": 4096, "loaded": true}])
    );
    // An old server does not know the second question, which costs nothing but its answer.
    let old = vec![(200, tags.into_bytes()), (404, b"404 page not found".to_vec())];
    assert_eq!(json!(read(old).unwrap()), json!([{"name": "a", "size_bytes": 5}, {"name": "b", "size_bytes": 6}]));
    assert_eq!(read(vec![(500, Vec::new())]).unwrap_err().kind, ErrorKind::Server);
}

#[test]
fn who_cannot_do_it_says_so_by_name() {
    for row in ProviderRegistry::new().rows().iter().filter(|row| row.name != "ollama") {
        let asked = Mutex::default();
        let transport = Arc::new(Memory { answers: vec![(200, Vec::new())], piece: 9, cut: false, asked });
        let provider = provider(row.name, &transport);
        assert!(!provider.capabilities().manages_models, "{}", row.name);
        let errors = [now(provider.pull_model("m")).err(), now(provider.delete_model("m")).err()];
        for error in errors.map(|error| error.expect(row.name)) {
            assert!(error.message.contains(&format!("not supported by {}", row.label)), "{}", error.message);
            assert!(error.kind == ErrorKind::InvalidRequest && !error.retryable, "{error:?}");
        }
        assert!(transport.asked.lock().unwrap().is_empty(), "{}", row.name);
    }
}
