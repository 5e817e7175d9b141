//! The browser's own model, played by a class of the shape of `LanguageModel`: the browser of the tests has none.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // A test may.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{Either, select};
use js_sys::{Function, JSON, Reflect, global};
use serde_json::{Value, json};
use tachikoma_forge::driver::Platform;
use tachikoma_forge::llm::{JsonSchema, Keys, LlmProvider, LlmRequest, ModelConfig, ProviderFactory, ProviderRegistry};
use tachikoma_forge::types::{ErrorKind, LlmMessage, StopReason};
use tachikoma_web::browser_model::{self, Availability};
use tachikoma_web::{WebPlatform, WebTransport};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// What the class does; `CASE` is an object whose fields each test sets.
const CLASS: &str = r#"
const seen = { created: [], prompted: [], destroyed: 0, aborted: 0 };
const fail = ({ name, message, ...more }) => {
  const error = name === 'TypeError' ? new TypeError(message) : new DOMException(message, name);
  return Object.assign(error, more);
};
const plain = (value) => JSON.parse(JSON.stringify(value ?? null));
globalThis.seen = seen;
globalThis.LanguageModel = class {
  static async availability(options) {
    seen.asked = plain(options);
    if (CASE.throws) throw fail(CASE.throws);
    return CASE.availability ?? 'available';
  }
  static create({ monitor, signal, ...options }) {
    seen.created.push(plain(options));
    return new Promise((done, failed) => {
      signal?.addEventListener('abort', () => { seen.aborted += 1; failed(signal.reason); });
      monitor?.({ addEventListener: (name, heard) => {
        for (const loaded of CASE.progress ?? []) heard({ type: name, ...loaded });
      } });
      if (CASE.create) failed(fail(CASE.create));
      else if (!CASE.never) setTimeout(() => done(new this()), 1);
    });
  }
  contextUsage = CASE.counts ? 10 : undefined;
  async measureContextUsage() { return 20; }
  promptStreaming(input, { signal, ...options }) {
    seen.prompted.push(plain({ input, ...options }));
    if (CASE.prompt) throw fail(CASE.prompt);
    const pieces = [...CASE.pieces ?? ['Hel', 'lo']];
    return new ReadableStream({
      start: (controller) => signal.addEventListener('abort', () => {
        seen.aborted += 1;
        try { controller.error(signal.reason); } catch {}
      }),
      pull: (controller) => {
        if (pieces.length) return controller.enqueue(pieces.shift());
        if (CASE.stalls) return new Promise(() => {});
        if (CASE.stream) return controller.error(fail(CASE.stream));
        if (CASE.counts) this.contextUsage = 37;
        controller.close();
      },
    });
  }
  destroy() { seen.destroyed += 1; }
};
"#;

/// The class is there until this is dropped. Tests of one page run one after another.
struct Stub;

impl Stub {
    fn new(case: &Value) -> Self {
        let code = format!("const CASE = {case};\n{CLASS}");
        Function::new_no_args(&code).call0(&JsValue::UNDEFINED).unwrap();
        Self
    }

    /// What it saw.
    fn seen(&self) -> Value {
        let seen = Reflect::get(&global(), &"seen".into()).unwrap();
        serde_json::from_str(&String::from(JSON::stringify(&seen).unwrap())).unwrap()
    }
}

impl Drop for Stub {
    fn drop(&mut self) {
        Reflect::delete_property(&global(), &"LanguageModel".into()).unwrap();
    }
}

fn provider() -> Arc<dyn LlmProvider> {
    let mut registry = ProviderRegistry::new();
    browser_model::register(&mut registry);
    let factory = ProviderFactory::new(registry, Arc::new(WebTransport), Keys::new());
    assert!(factory.create(&ModelConfig::new("browser/another".parse().unwrap())).is_err());
    factory.create(&ModelConfig::new("Browser/built-in".parse().unwrap())).unwrap()
}

/// A turn of the event loop and a little more.
async fn soon() {
    WebPlatform.sleep(Duration::from_millis(20)).await;
}

fn shape() -> JsonSchema {
    JsonSchema { name: "vote".into(), schema: json!({"type": "object", "properties": {"agree": {"type": "boolean"}}}) }
}

#[wasm_bindgen_test]
async fn it_is_offered_as_far_as_the_browser_has_it() {
    assert_eq!(browser_model::availability().await, Availability::Unavailable, "no class");
    assert_eq!(provider().validate_config().unwrap_err().kind, ErrorKind::NotFound);
    assert_eq!(provider().complete(LlmRequest::ask("Why?")).await.unwrap_err().kind, ErrorKind::NotFound);
    for (word, expected) in [
        ("unavailable", Availability::Unavailable),
        ("downloadable", Availability::Downloadable),
        ("downloading", Availability::Downloading),
        ("available", Availability::Available),
        ("a word of the future", Availability::Unavailable),
    ] {
        let stub = Stub::new(&json!({"availability": word}));
        assert_eq!(browser_model::availability().await, expected, "{word}");
        // Only what is there is asked, so that no request ever begins a download.
        let answer = provider().complete(LlmRequest::ask("Why?")).await;
        assert_eq!(answer.is_ok(), expected == Availability::Available, "{word}");
        let created = stub.seen()["created"].as_array().unwrap().len();
        assert_eq!(created, usize::from(expected == Availability::Available), "{word}");
    }
    let _stub = Stub::new(&json!({"throws": {"name": "NotAllowedError", "message": "policy"}}));
    assert_eq!(browser_model::availability().await, Availability::Unavailable);
}

#[wasm_bindgen_test]
async fn an_answer_streams_and_the_session_is_given_back() {
    let stub = Stub::new(&json!({"counts": true}));
    let mut request = LlmRequest::ask("Why?");
    request.system_prompt = Some("Be brief.".into());
    request.messages.insert(0, LlmMessage::system("And kind."));
    request.messages.insert(1, LlmMessage::user("Who?"));
    request.messages.insert(2, LlmMessage::assistant("Me."));
    let chunks: Vec<_> = provider().complete_stream(request).await.unwrap().map(Result::unwrap).collect().await;
    let texts: Vec<&str> = chunks.iter().map(|c| c.delta.as_str()).collect();
    assert_eq!(texts, ["Hel", "lo", ""]);
    assert_eq!(chunks.iter().filter(|c| c.is_complete).count(), 1);
    let end = chunks.last().unwrap();
    assert_eq!(end.finish_reason, Some(StopReason::End));
    let usage = end.usage.unwrap();
    assert_eq!((usage.input_tokens, usage.output_tokens), (Some(30), Some(7)));
    let seen = stub.seen();
    assert_eq!(seen["created"][0]["initialPrompts"], json!([{"role": "system", "content": "Be brief.\n\nAnd kind."}]));
    // The browser wants to be asked for exactly what is then created.
    assert_eq!(seen["asked"]["expectedOutputs"], seen["created"][0]["expectedOutputs"]);
    let input = json!([
        {"role": "user", "content": "Who?"},
        {"role": "assistant", "content": "Me."},
        {"role": "user", "content": "Why?"},
    ]);
    assert_eq!(seen["prompted"], json!([{"input": input}]));
    assert_eq!(seen["destroyed"], 1);
}

#[wasm_bindgen_test]
async fn a_shape_is_enforced_and_counts_are_not_made_up() {
    let stub = Stub::new(&json!({"pieces": ["{\"agree\"", ":true}"]}));
    let answer = provider().complete_json(LlmRequest::ask("Vote."), shape()).await.unwrap();
    assert_eq!(answer, json!({"agree": true}));
    assert_eq!(stub.seen()["prompted"][0]["responseConstraint"], shape().schema);
    drop(stub);
    let _stub = Stub::new(&json!({}));
    let answer = provider().complete(LlmRequest::ask("Why?")).await.unwrap();
    assert_eq!((answer.content.as_str(), answer.finish_reason), ("Hello", StopReason::End));
    assert!(answer.usage.is_unknown());
    let prose = provider().complete_json(LlmRequest::ask("Vote."), shape()).await.unwrap_err();
    assert_eq!(prose.kind, ErrorKind::Protocol);
}

#[wasm_bindgen_test]
async fn a_dropped_answer_ends_the_request() {
    // While the session is made …
    let stub = Stub::new(&json!({"never": true}));
    let mut opening = provider().complete_stream(LlmRequest::ask("Why?"));
    assert!(matches!(select(&mut opening, Box::pin(soon())).await, Either::Right(_)));
    drop(opening);
    soon().await;
    assert_eq!(stub.seen()["aborted"], 1);
    drop(stub);
    // … and in the middle of the answer.
    let stub = Stub::new(&json!({"stalls": true}));
    let mut stream = provider().complete_stream(LlmRequest::ask("Why?")).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap().delta, "Hel");
    drop(stream);
    soon().await;
    let seen = stub.seen();
    assert!(seen["aborted"].as_u64().unwrap() >= 1, "{seen}");
    assert_eq!(seen["destroyed"], 1);
}

#[wasm_bindgen_test]
async fn what_the_browser_throws_is_told_as_what_it_is() {
    let cases = [
        ("QuotaExceededError", ErrorKind::ContextTooLong),
        ("NotSupportedError", ErrorKind::InvalidRequest),
        ("TypeError", ErrorKind::InvalidRequest),
        ("NotAllowedError", ErrorKind::Permission),
        ("NotReadableError", ErrorKind::ContentFilter),
        ("AbortError", ErrorKind::Cancelled),
        ("OperationError", ErrorKind::Server),
        ("UnknownError", ErrorKind::Server),
        ("InvalidStateError", ErrorKind::Server),
    ];
    for (name, kind) in cases {
        for place in ["create", "prompt", "stream"] {
            let _stub = Stub::new(&json!({place: {"name": name, "message": "its own words"}}));
            let error = provider().complete(LlmRequest::ask("Why?")).await.unwrap_err();
            assert_eq!((error.kind, error.code.as_deref()), (kind, Some(name)), "{place}: {error}");
            assert_eq!(error.retryable, kind.is_retryable(), "{name}");
            assert!(error.message.len() > 30, "{error}");
        }
    }
    let too_long = json!({"create": {"name": "QuotaExceededError", "message": "x", "requested": 9001, "quota": 4096}});
    let _stub = Stub::new(&too_long);
    let error = provider().complete(LlmRequest::ask("Why?")).await.unwrap_err();
    assert!(error.message.contains("9001") && error.message.contains("4096"), "{error}");
}

#[wasm_bindgen_test]
async fn text_before_a_failure_is_kept_and_the_stream_ends_with_it() {
    let stub = Stub::new(&json!({"stream": {"name": "OperationError", "message": "gone"}}));
    let stream = provider().complete_stream(LlmRequest::ask("Why?")).await.unwrap();
    let all: Vec<_> = stream.map(|c| c.map(|c| c.delta).map_err(|e| e.kind)).collect().await;
    assert_eq!(all, [Ok("Hel".to_owned()), Ok("lo".to_owned()), Err(ErrorKind::Server)]);
    drop(stub);
    let _stub = Stub::new(&json!({"pieces": [{"no": "text"}]}));
    let error = provider().complete(LlmRequest::ask("Why?")).await.unwrap_err();
    assert_eq!(error.kind, ErrorKind::Protocol);
}

#[wasm_bindgen_test]
async fn a_download_begins_at_once_and_tells_how_far_it_is() {
    let progress = json!([{"loaded": 0, "total": 1}, {"loaded": 0.25}, {"loaded": 50, "total": 100}, {"loaded": 7}]);
    let stub = Stub::new(&json!({"availability": "downloadable", "progress": progress}));
    let parts = Rc::new(RefCell::new(Vec::new()));
    let told = parts.clone();
    let download = browser_model::download(move |part| told.borrow_mut().push(part));
    assert_eq!(stub.seen()["created"].as_array().unwrap().len(), 1, "before the click is over");
    download.await.unwrap();
    assert_eq!(*parts.borrow(), [0.0, 0.25, 0.5, 1.0]);
    assert_eq!(stub.seen()["destroyed"], 1);
    drop(stub);
    let stub = Stub::new(&json!({"create": {"name": "NotAllowedError", "message": "no click"}}));
    assert_eq!(browser_model::download(|_| {}).await.unwrap_err().kind, ErrorKind::Permission);
    drop(stub);
    assert_eq!(browser_model::download(|_| {}).await.unwrap_err().kind, ErrorKind::NotFound);
}
