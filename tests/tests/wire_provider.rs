//! Providers over a transport that answers from memory: what exactly is sent, and what comes of answers.
//!
//! The requests of every dialect are snapshots. Keys show in them as dots, which is itself a check.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use futures::{FutureExt, StreamExt, stream};
use serde_json::{Value, json};
use tachikoma_forge::llm::codec::Dialect;
use tachikoma_forge::llm::{
    HttpRequest, HttpResponse, JsonSchema, Keys, LlmProvider, LlmRequest, LlmStreamChunk, ModelConfig, ModelInfo,
    OPENAI_COMPATIBLE, ProviderFactory, ProviderRegistry, ProviderRow, Transport, TransportError, TransportErrorKind,
};
use tachikoma_forge::types::{BoxFuture, ErrorKind, LlmError, LlmMessage, ModelRef, StopReason};

const KEY: &str = "sk-canary-1234567890";

/// Answers every request with the same pieces, and remembers what it was asked.
struct Memory {
    browser: bool,
    status: u16,
    pieces: Vec<Result<&'static str, TransportErrorKind>>,
    refuse: Option<TransportErrorKind>,
    asked: Mutex<Vec<HttpRequest>>,
}

fn broken(kind: TransportErrorKind) -> TransportError {
    TransportError { kind, message: "no route".to_owned() }
}

impl Transport for Memory {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        self.asked.lock().expect("one thread").push(request);
        let pieces: Vec<_> =
            self.pieces.iter().map(|p| p.map(|text| text.as_bytes().to_vec()).map_err(broken)).collect();
        let (status, refuse) = (self.status, self.refuse);
        Box::pin(async move {
            match refuse {
                Some(kind) => Err(broken(kind)),
                None => Ok(HttpResponse { status, headers: Vec::new(), body: stream::iter(pieces).boxed() }),
            }
        })
    }

    fn is_browser(&self) -> bool {
        self.browser
    }
}

fn memory(status: u16, pieces: &[Result<&'static str, TransportErrorKind>]) -> Memory {
    Memory { browser: false, status, pieces: pieces.to_vec(), refuse: None, asked: Mutex::default() }
}

fn provider(transport: &Arc<Memory>, model: &str, with_key: bool) -> Result<Arc<dyn LlmProvider>, LlmError> {
    const BOX: &str = "http://box:11434";
    let model: ModelRef = model.parse().expect("a model");
    let mut keys = Keys::new();
    for row in ProviderRegistry::new().rows().iter().filter(|_| with_key) {
        keys.set(row.name, KEY);
        // Where keys may go has tests of its own.
        for url in model.base_url.iter().map(String::as_str).chain([BOX]) {
            keys.allow(row.name, url);
        }
    }
    let factory = ProviderFactory::new(ProviderRegistry::new(), Arc::<Memory>::clone(transport), keys)
        .with_endpoints(BTreeMap::from([("ollama".to_owned(), BOX.to_owned())]));
    factory.create(&ModelConfig::new(model))
}

fn streamed(transport: Memory, model: &str) -> Vec<Result<LlmStreamChunk, LlmError>> {
    let provider = provider(&Arc::new(transport), model, true).expect("a provider");
    match provider.complete_stream(LlmRequest::ask("?")).now_or_never().expect("memory answers at once") {
        Ok(stream) => stream.collect().now_or_never().expect("memory answers at once"),
        Err(error) => vec![Err(error)],
    }
}

fn schema() -> JsonSchema {
    let score = json!({"type": "integer", "minimum": 0, "maximum": 100});
    JsonSchema {
        name: "vote".to_owned(),
        schema: json!({"type": "object", "properties": {"score": score}, "required": ["score"], "additionalProperties": false}),
    }
}

#[test]
fn requests_are_as_the_providers_want_them() {
    let plain = LlmRequest::ask("Why?");
    let mut system = LlmRequest {
        system_prompt: Some("Be brief.".to_owned()),
        messages: vec![LlmMessage::user("Why?"), LlmMessage::assistant("Because."), LlmMessage::system("And kind.")],
        ..LlmRequest::default()
    };
    system.messages.push(LlmMessage::user("Why so?"));
    let mut tuned = LlmRequest { temperature: Some(1.5), max_tokens: Some(20_000), ..LlmRequest::ask("Why?") };
    tuned.options.stop = vec!["END".to_owned()];
    tuned.options.top_p = Some(0.9);
    tuned.options.seed = Some(7);
    let mut shaped = LlmRequest::ask("Vote.");
    shaped.options.json_schema = Some(schema());
    let mut extra = LlmRequest::ask("Why?");
    extra.options.extra_body.insert("top_k".to_owned(), json!(3));
    let long = LlmRequest::ask("x".repeat(30_000));
    let mut completion = LlmRequest::ask("Why?");
    completion.options.completion = true;
    let requests =
        [("plain", plain), ("system", system.clone()), ("tuned", tuned), ("schema", shaped), ("extra", extra)];
    let models = [
        "anthropic/claude-sonnet-4-20250514",
        "anthropic/claude-opus-4-7",
        "anthropic/claude-3-haiku-20240307",
        "openai/gpt-4.1",
        "openai/gpt-5.1",
        "openai/gpt-3.5-turbo",
        "openai/gpt-5.2-pro",
        "openai-compatible/local@http://127.0.0.1:1234",
        "openai-compatible/local@https://host.example/api/v3",
        "ollama/llama3.2:latest",
        "gemini/gemini-3.8-flash",
        "gemini/gemma-3-27b-it",
        "google/models/gemini-2.0-flash@http://127.0.0.1:8080",
        "cohere/command-a-03-2025",
        "cohere/command-r-03-2024",
    ];
    let mut shown = String::new();
    for model in models {
        for (name, request) in &requests {
            shown.push_str(&show(model, name, request.clone(), false));
        }
    }
    shown.push_str(&show("ollama/llama3.2:latest", "long", long, false).replace(&"x".repeat(30_000), "x…"));
    let mut continued = LlmRequest { options: completion.options.clone(), ..system };
    shown.push_str(&show("ollama/llama3.2:latest", "completion with a history", continued.clone(), false));
    continued.messages.truncate(1);
    continued.options.json_schema = Some(schema());
    shown.push_str(&show("ollama/llama3.2:latest", "completion", continued, false));
    shown.push_str(&show("openai-compatible/m@http://h", "completion", completion, false));
    let mut settings = LlmRequest::ask("Why?");
    settings.options.extra_body.insert("generationConfig".to_owned(), json!({"topK": 3}));
    settings.options.extra_body.insert("safetySettings".to_owned(), json!([]));
    shown.push_str(&show("gemini/gemini-3.8-flash", "settings", settings, false));
    let browsed = [
        "anthropic/claude-sonnet-4-20250514",
        "openai/gpt-4.1",
        "openai-compatible/m@http://h",
        "ollama/m",
        "gemini/m",
        "cohere/m",
    ];
    for model in browsed {
        shown.push_str(&show(model, "browser", LlmRequest::ask("Why?"), true));
    }
    assert!(!shown.contains("canary"), "a key shows");
    insta::assert_snapshot!(shown);
}

fn show(model: &str, name: &str, request: LlmRequest, browser: bool) -> String {
    let transport = Arc::new(Memory { browser, ..memory(200, &[]) });
    let provider = provider(&transport, model, true).expect("a provider");
    let _ = provider.complete_stream(request).now_or_never().expect("memory answers at once");
    let asked = transport.asked.lock().expect("one thread");
    assert_eq!(asked.len(), 1, "one call, one request");
    let body: Value = serde_json::from_slice(&asked[0].body).expect("JSON");
    let mut text = format!("## {model}, {name}\n{} {}\n", asked[0].method.as_str(), asked[0].url);
    for (name, value) in &asked[0].headers {
        let _ = writeln!(text, "{name}: {value:?}");
    }
    let _ = writeln!(text, "{body}\n");
    text
}

#[test]
fn a_stream_gives_its_pieces_and_one_end() {
    let text = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
    let stop = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    let model = "openai/gpt-4.1";
    let chunks =
        streamed(memory(200, &[Ok(text), Ok(": alive\n\n"), Ok(stop), Ok("data: [DONE]\n\n"), Ok(text)]), model);
    let chunks: Vec<LlmStreamChunk> = chunks.into_iter().map(Result::unwrap).collect();
    assert_eq!(chunks.iter().map(|c| c.delta.as_str()).collect::<String>(), "Hi");
    assert_eq!(chunks.iter().filter(|c| c.is_complete).count(), 1);
    assert_eq!(chunks.last().unwrap().finish_reason, Some(StopReason::End));
    assert_eq!(chunks[1], LlmStreamChunk::default(), "a sign of life");

    // A reset after the finish mark changes nothing; before it, the text goes first, then the error.
    let reset = Err(TransportErrorKind::Broken);
    assert!(streamed(memory(200, &[Ok(text), Ok(stop), reset]), model).pop().unwrap().unwrap().is_complete);
    for pieces in [vec![Ok(text), reset], vec![Ok(text)]] {
        let chunks = streamed(memory(200, &pieces), model);
        assert_eq!(chunks[0].as_ref().unwrap().delta, "Hi");
        assert_eq!(chunks[1].as_ref().unwrap_err().kind, ErrorKind::Truncated);
        assert_eq!(chunks.len(), 2);
    }
    let failing = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\ndata: {\"error\":{\"message\":\"no\",\"code\":\"server_error\"}}\n\n";
    let chunks = streamed(memory(200, &[Ok(failing), Ok(stop)]), model);
    assert_eq!(chunks[0].as_ref().unwrap().delta, "Hi");
    assert_eq!(chunks[1].as_ref().unwrap_err().kind, ErrorKind::Server);
    assert_eq!(chunks.len(), 2);
}

#[test]
fn failures_are_told_as_what_they_are_and_without_the_key() {
    for before in [29, 485 /* the words are cut off within the key */] {
        let echo = serde_json::json!({"error": {"message": "x".repeat(before) + KEY, "code": "invalid_api_key"}});
        let error = streamed(memory(401, &[Ok(echo.to_string().leak())]), "openai/gpt-4.1").pop().unwrap().unwrap_err();
        assert_eq!((error.kind, error.status), (ErrorKind::Auth, Some(401)));
        assert!(!error.message.contains("canary"), "{}", error.message);
    }

    let cases = [
        (TransportErrorKind::Unreachable, "ollama/m", ErrorKind::Network, "Is it running?"),
        (TransportErrorKind::Hidden, "openai/gpt-4.1", ErrorKind::Network, "wrong key or CORS"),
        (TransportErrorKind::Hidden, "ollama/m", ErrorKind::Network, "OLLAMA_ORIGINS"),
        (TransportErrorKind::ConnectTimeout, "ollama/m", ErrorKind::Timeout, "too long"),
        (TransportErrorKind::Redirect, "openai/gpt-4.1", ErrorKind::Protocol, "base URL"),
        (TransportErrorKind::Broken, "openai/gpt-4.1", ErrorKind::Network, "broke"),
        (TransportErrorKind::Invalid, "openai/gpt-4.1", ErrorKind::InvalidRequest, "cannot be sent"),
    ];
    for (refuse, model, kind, words) in cases {
        let transport = Memory { refuse: Some(refuse), ..memory(200, &[]) };
        let error = streamed(transport, model).pop().unwrap().unwrap_err();
        assert_eq!(error.kind, kind, "{refuse:?}");
        assert!(error.message.contains(words), "{refuse:?}: {}", error.message);
    }
}

#[test]
fn a_missing_key_is_said_before_anything_is_sent() {
    let cases = [
        ("anthropic/claude-sonnet-4-20250514", true),
        ("openai/gpt-4.1@https://gateway.example", true),
        ("anthropic/m@http://127.0.0.1:8080", false),
        ("openai-compatible/m@http://h", false),
        ("ollama/m", false),
        ("google/m", true),
        ("cohere/m", true),
        ("gemini/m@http://127.0.0.1:8080", false),
    ];
    for (model, needed) in cases {
        let transport = Arc::new(memory(200, &[]));
        let provider = provider(&transport, model, false).unwrap();
        let kind = provider.validate_config().err().map(|e| e.kind);
        assert_eq!(kind, needed.then_some(ErrorKind::MissingApiKey), "{model}");
        assert_eq!(provider.capabilities().needs_key, needed, "{model}");
        let _ = provider.complete(LlmRequest::ask("?")).now_or_never().unwrap();
        let asked = transport.asked.lock().unwrap();
        assert_eq!(asked.is_empty(), needed, "{model}");
        assert!(asked.iter().all(|request| !request.has_secret()), "{model}");
    }
}

#[test]
fn unusable_models_are_refused_by_name() {
    let cases = [
        ("nowhere/m", "no provider"),
        ("openai-compatible/m", "needs a base URL"),
        ("ollama/m@http://user:pass@host", "user name"),
        ("ollama/m@http://host/?key=1", "query"),
        ("ollama/m@http://:80", "no host"),
    ];
    for (model, words) in cases {
        let error = provider(&Arc::new(memory(200, &[])), model, true).err().expect(model);
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{model}");
        assert!(error.message.contains(words), "{model}: {}", error.message);
    }
}

fn names(models: Vec<ModelInfo>) -> Vec<String> {
    models.into_iter().map(|model| model.name).collect()
}

#[test]
fn whole_answers_shapes_and_lists_are_read() {
    let answer = "{\"choices\":[{\"message\":{\"content\":\"Here: ```json\\n{\\\"score\\\":7}\\n```\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3}}";
    let transport = Arc::new(memory(200, &[Ok(answer)]));
    let asker = provider(&transport, "openai/gpt-4.1", true).unwrap();
    let whole = asker.complete(LlmRequest::ask("?")).now_or_never().unwrap().unwrap();
    assert_eq!((whole.finish_reason, whole.usage.input_tokens), (StopReason::End, Some(3)));
    let value = asker.complete_json(LlmRequest::ask("?"), schema()).now_or_never().unwrap().unwrap();
    assert_eq!(value, json!({"score": 7}));

    let lists = [
        ("{\"data\":[{\"id\":\"a\"},{\"id\":\"b\"}]}", Some(vec!["a", "b"])),
        ("{\"models\":[{\"name\":\"a\",\"model\":\"a\"}]}", Some(vec!["a"])),
        ("[\"a\"]", Some(vec!["a"])),
        ("{\"data\":[]}", Some(vec![])),
        ("{\"error\":\"Unexpected endpoint\"}", None),
        ("<html>", None),
        ("{}", None),
    ];
    for (body, wanted) in lists {
        let lister = provider(&Arc::new(memory(200, &[Ok(body)])), "ollama/m", true).unwrap();
        let got = lister.list_models().now_or_never().unwrap().ok().map(names);
        assert_eq!(got, wanted.map(|names| names.into_iter().map(str::to_owned).collect()), "{body}");
    }
}

#[test]
fn lists_are_asked_for_where_they_are_and_hold_what_can_answer() {
    let gemini = "{\"models\":[{\"name\":\"models/gemini-3.8-flash\",\"supportedGenerationMethods\":[\"generateContent\",\"countTokens\"]},{\"name\":\"models/embedding\",\"supportedGenerationMethods\":[\"embedContent\"]},{\"name\":\"tunedModels/mine\"}],\"nextPageToken\":\"x\"}";
    let cohere = "{\"models\":[{\"name\":\"command-a-03-2025\",\"endpoints\":[\"chat\"]},{\"name\":\"models/odd\"}],\"next_page_token\":\"\"}";
    let cases = [
        (
            "gemini/m",
            gemini,
            "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000",
            ["gemini-3.8-flash", "tunedModels/mine"],
        ),
        (
            "gemini/m@http://h/gateway",
            gemini,
            "http://h/gateway/models?pageSize=1000",
            ["gemini-3.8-flash", "tunedModels/mine"],
        ),
        (
            "cohere/m",
            cohere,
            "https://api.cohere.com/v1/models?endpoint=chat&page_size=1000",
            ["command-a-03-2025", "models/odd"],
        ),
        (
            "cohere/m@http://h/cohere/v2",
            cohere,
            "http://h/cohere/v1/models?endpoint=chat&page_size=1000",
            ["command-a-03-2025", "models/odd"],
        ),
    ];
    for (model, body, url, names) in cases {
        let transport = Arc::new(memory(200, &[Ok(body)]));
        let listed = provider(&transport, model, true).unwrap().list_models().now_or_never().unwrap().unwrap();
        assert_eq!(self::names(listed), names, "{model}");
        assert_eq!(transport.asked.lock().unwrap()[0].url, url, "{model}");
    }
}

#[test]
fn answers_that_do_not_stream_are_asked_for_and_read() {
    let gemini =
        "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"{\\\"score\\\":7}\"}]},\"finishReason\":\"STOP\"}]}";
    let cohere = "{\"finish_reason\":\"COMPLETE\",\"message\":{\"content\":[{\"type\":\"text\",\"text\":\"{\\\"score\\\":7}\"}]}}";
    let cases = [
        ("gemini/m", gemini, "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent"),
        ("cohere/m", cohere, "https://api.cohere.com/v2/chat"),
    ];
    for (model, body, url) in cases {
        let transport = Arc::new(memory(200, &[Ok(body)]));
        let asker = provider(&transport, model, true).unwrap();
        let value = asker.complete_json(LlmRequest::ask("?"), schema()).now_or_never().unwrap().unwrap();
        assert_eq!(value, json!({"score": 7}), "{model}");
        let asked = transport.asked.lock().unwrap();
        assert_eq!(asked[0].url, url);
        let sent: Value = serde_json::from_slice(&asked[0].body).unwrap();
        assert_ne!(sent["stream"], json!(true), "{model}");
    }
}

#[test]
fn a_model_that_answers_in_responses_only_is_asked_there_and_a_row_may_choose_it() {
    let mut registry = ProviderRegistry::new();
    registry.add(ProviderRow { name: "responding", dialect: Dialect::OpenAiResponses, ..OPENAI_COMPATIBLE });
    let body = include_str!("../wire/openai-responses/plain/body");
    let cases = [
        ("openai/gpt-5.2-pro", "https://api.openai.com/v1/responses", true),
        ("openai/gpt-5.1-codex@https://gateway.example/v1", "https://gateway.example/v1/responses", true),
        ("openai/gpt-4.1", "https://api.openai.com/v1/chat/completions", false),
        // The name means what it means at its inventor's only.
        ("openai-compatible/gpt-5.2-pro@http://h", "http://h/v1/chat/completions", false),
        ("responding/any@http://h", "http://h/v1/responses", true),
    ];
    for (model, url, reads) in cases {
        let transport = Arc::new(memory(200, &[Ok(body)]));
        let mut keys = Keys::new();
        keys.set("openai", KEY);
        keys.allow("openai", "https://gateway.example");
        let factory = ProviderFactory::new(registry.clone(), Arc::<Memory>::clone(&transport), keys);
        let asker = factory.create(&ModelConfig::new(model.parse().expect("a model"))).expect(model);
        let whole = asker.complete(LlmRequest::ask("?")).now_or_never().unwrap();
        assert_eq!(whole.is_ok_and(|answer| answer.content == "Hello"), reads, "{model}");
        let stream = asker.complete_stream(LlmRequest::ask("?")).now_or_never().unwrap().unwrap();
        let chunks: Vec<_> = stream.collect().now_or_never().unwrap();
        assert_eq!(chunks.iter().all(Result::is_ok), reads, "{model}");
        assert!(transport.asked.lock().unwrap().iter().all(|request| request.url == url), "{model}");
    }
}

#[test]
fn a_page_sends_only_headers_that_the_provider_allows() {
    for row in ProviderRegistry::new().rows() {
        let url = if row.base_url.is_some() { "" } else { "@http://h" };
        let model = format!("{}/m{url}", row.name);
        let transport = Arc::new(Memory { browser: true, ..memory(200, &[]) });
        let asker = provider(&transport, &model, true).unwrap();
        let _ = asker.complete_stream(LlmRequest::ask("?")).now_or_never().unwrap();
        let _ = asker.complete(LlmRequest::ask("?")).now_or_never().unwrap();
        let _ = asker.list_models().now_or_never().unwrap();
        let asked = transport.asked.lock().unwrap();
        assert_eq!(asked.len(), 3, "{model}");
        for request in asked.iter() {
            assert!(!request.url.contains("canary"), "{model}: the key is in the address");
            for (name, _) in &request.headers {
                assert!(row.allowed_from_browser.contains(&name.as_str()), "{model}: {name}");
            }
        }
    }
}
