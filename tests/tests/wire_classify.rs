//! The classification table: `tests/wire/classify.jsonl`, one failure per line and what it means.
//!
//! A row has the provider (any compatible server unless it says), whether a page asks, and either an answer (status,
//! headers, body) or how the transport failed; then the kind, whether to try again, when, the provider's code, and
//! words of advice that the message has to hold. Every row runs through a provider, asked whole and asked to stream:
//! both have to tell the same.

use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt, stream};
use serde::Deserialize;
use tachikoma_forge::llm::classify::{Head, classify};
use tachikoma_forge::llm::{
    HttpRequest, HttpResponse, Keys, LlmRequest, ModelConfig, ProviderFactory, ProviderRegistry, Transport,
    TransportError, TransportErrorKind,
};
use tachikoma_forge::types::{BoxFuture, LlmError};
use tachikoma_tests::wire::{read, root};

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    why: String,
    #[serde(default = "any_server")]
    provider: String,
    #[serde(default)]
    browser: bool,
    #[serde(default)]
    status: u16,
    #[serde(default)]
    headers: Vec<String>,
    #[serde(default)]
    body: String,
    /// How the transport failed, in place of an answer.
    transport: Option<String>,
    kind: String,
    retryable: bool,
    retry_after_s: Option<f64>,
    code: Option<String>,
    /// What people are told to do.
    hint: Option<String>,
    /// The parameter that the server names as one that it does not take.
    #[serde(default)]
    refused_parameter: Option<String>,
}

fn any_server() -> String {
    "openai-compatible".to_owned()
}

fn rows() -> Vec<Row> {
    let text = String::from_utf8(read(&root().join("classify.jsonl"))).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str::<Row>(line).expect(line)).collect()
}

impl Row {
    fn head(&self) -> Head {
        let header = |text: &String| {
            let (name, value) = text.split_once(": ").expect("name: value");
            (name.to_owned(), value.to_owned())
        };
        Head { status: self.status, headers: self.headers.iter().map(header).collect() }
    }
}

impl Transport for Row {
    fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let row = self.clone();
        Box::pin(async move {
            if let Some(name) = &row.transport {
                return Err(TransportError { kind: transport_kind(name), message: "No route.".to_owned() });
            }
            let Head { status, headers } = row.head();
            Ok(HttpResponse { status, headers, body: stream::iter([Ok(row.body.into_bytes())]).boxed() })
        })
    }

    fn is_browser(&self) -> bool {
        self.browser
    }
}

fn transport_kind(name: &str) -> TransportErrorKind {
    match name {
        "unreachable" => TransportErrorKind::Unreachable,
        "hidden" => TransportErrorKind::Hidden,
        "blocked" => TransportErrorKind::Blocked,
        "connect_timeout" => TransportErrorKind::ConnectTimeout,
        "redirect" => TransportErrorKind::Redirect,
        "broken" => TransportErrorKind::Broken,
        "invalid" => TransportErrorKind::Invalid,
        other => panic!("a transport does not fail like \"{other}\""),
    }
}

/// What a provider says of a row, asked whole and asked to stream.
fn told(row: &Row) -> [LlmError; 2] {
    let mut keys = Keys::new();
    keys.set(&row.provider, "sk-canary-1234567890");
    let factory = ProviderFactory::new(ProviderRegistry::new(), Arc::new(row.clone()), keys);
    let model = match ProviderRegistry::new().row(&row.provider).expect(&row.provider).base_url {
        Some(_) => format!("{}/m", row.provider),
        None => format!("{}/m@http://127.0.0.1:1234", row.provider),
    };
    let provider = factory.create(&ModelConfig::new(model.parse().expect("a model"))).expect("a provider");
    let whole = provider.complete(LlmRequest::ask("?")).now_or_never().expect("memory answers at once");
    let streamed = provider.complete_stream(LlmRequest::ask("?")).now_or_never().expect("memory answers at once");
    let streamed = match streamed {
        Err(error) => error,
        Ok(stream) => {
            let chunks: Vec<_> = stream.collect().now_or_never().expect("memory answers at once");
            chunks.into_iter().find_map(Result::err).expect(&row.why)
        }
    };
    [whole.expect_err(&row.why), streamed]
}

#[test]
fn every_row_means_what_it_says() {
    let mut wrong = Vec::new();
    let rows = rows();
    assert!(rows.len() >= 180, "the table is gone");
    for row in rows {
        for (how, error) in ["whole", "streamed"].into_iter().zip(told(&row)) {
            let got = (error.kind.name(), error.retryable, error.retry_after, error.code.as_deref(), error.status);
            let after = row.retry_after_s.map(Duration::from_secs_f64);
            let status = row.transport.is_none().then_some(row.status);
            let wanted = (row.kind.as_str(), row.retryable, after, row.code.as_deref(), status);
            if got != wanted {
                wrong.push(format!("{} ({how}): got {got:?}, wanted {wanted:?}", row.why));
            }
            if row.hint.as_ref().is_some_and(|hint| !error.message.contains(hint)) {
                wrong.push(format!("{} ({how}): no {:?} in {:?}", row.why, row.hint, error.message));
            }
            assert!(!error.message.is_empty() && error.message.chars().count() < 900, "{}: {}", row.why, error.message);
            assert!(!error.message.contains("canary"), "{}", row.why);
        }
        if row.transport.is_none() && (row.status != 200 || row.refused_parameter.is_some()) {
            let refused = classify(&row.head(), &row.body).refused_parameter;
            if refused != row.refused_parameter {
                wrong.push(format!("{}: refuses {refused:?}, wanted {:?}", row.why, row.refused_parameter));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn hostile_bodies_are_trimmed_and_stripped() {
    let hostile = "\u{1b}]52;c;aGk=\u{7}\u{1b}[31m\u{202e}gnp.exe\u{2066}\r\n\0\u{9b}1mé ".repeat(200);
    let bodies = [
        hostile.clone(),
        format!("<html><title>{hostile}</title></html>"),
        serde_json::json!({"error": {"message": hostile, "code": hostile}}).to_string(),
        serde_json::json!({"detail": [{"msg": hostile, "type": hostile}]}).to_string(),
        serde_json::json!({"error": {"message": hostile, "code": "unsupported_value", "param": hostile}}).to_string(),
        serde_json::json!({"error": {"message": format!("Unsupported parameter: '{hostile}'")}}).to_string(),
    ];
    for body in bodies {
        for status in [200, 401, 429, 500] {
            let error = classify(&Head { status, headers: Vec::new() }, &body);
            let refused = error.refused_parameter.as_ref();
            for text in [Some(&error.message), error.code.as_ref(), refused].into_iter().flatten() {
                let bad = |c: char| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
                assert!(!text.contains(bad), "{text:?}");
                assert!(text.chars().count() <= 500 + 160, "{}", text.chars().count());
            }
        }
    }
}
