//! Finding servers: `tests/detect/<case>.json` holds what a real server answers to each question.

#![allow(clippy::unwrap_used)] // A test may.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::{FutureExt, StreamExt, future, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tachikoma_forge::llm::detect::{Said, detect, recognise};
use tachikoma_forge::llm::{HttpRequest, HttpResponse, Transport, TransportError, TransportErrorKind};
use tachikoma_forge::types::{BoxFuture, ErrorKind};
use tachikoma_tests::cases;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    expected: Value,
    answers: Vec<Answer>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    path: String,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Value,
}

impl Answer {
    fn text(&self) -> String {
        self.body.as_str().map_or_else(|| self.body.to_string(), str::to_owned)
    }
}

/// A server that gives the answers of a case, and 404 to everything else.
#[derive(Default)]
struct Memory {
    answers: Vec<Answer>,
    refuse: Option<TransportErrorKind>,
    /// Paths that are never answered.
    silent: Vec<&'static str>,
    /// What a path answers without end.
    endless: bool,
    asked: Mutex<Vec<HttpRequest>>,
}

impl Transport for Memory {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let path = request.url.trim_start_matches("http://h:1").to_owned();
        self.asked.lock().unwrap().push(request);
        if self.silent.contains(&path.as_str()) {
            return future::pending().boxed();
        }
        if let Some(kind) = self.refuse {
            return async move { Err(TransportError { kind, message: "It says why.".into() }) }.boxed();
        }
        if self.endless {
            let body = stream::repeat_with(|| Ok(vec![b' '; 64 * 1024])).boxed();
            return async { Ok(HttpResponse { status: 200, headers: Vec::new(), body }) }.boxed();
        }
        let found = self.answers.iter().find(|answer| answer.path == path);
        let (status, headers, body) = found.map_or_else(
            || (404, Vec::new(), "404 page not found".to_owned()),
            |a| (a.status, a.headers.clone().into_iter().collect(), a.text()),
        );
        let body = stream::iter([Ok(body.into_bytes())]).boxed();
        async move { Ok(HttpResponse { status, headers, body }) }.boxed()
    }

    fn is_browser(&self) -> bool {
        false
    }
}

/// Time passes at once.
fn no_time(_: Duration) -> BoxFuture<'static, ()> {
    future::ready(()).boxed()
}

fn never(_: Duration) -> BoxFuture<'static, ()> {
    future::pending().boxed()
}

#[test]
fn every_server_is_known_by_what_it_says() {
    let cases = cases::<Case>("detect");
    assert!(cases.len() > 20, "the fixtures are gone");
    let mut found = Vec::new();
    for (name, case) in cases {
        let memory = Arc::new(Memory { answers: case.answers.clone(), ..Memory::default() });
        let transport: Arc<dyn Transport> = Arc::<Memory>::clone(&memory);
        let detected = detect(&transport, &never, "http://h:1/v1").now_or_never().expect("memory answers at once");
        let got = match &detected {
            Ok(d) => {
                json!({"provider": d.provider, "version": d.version, "healthy": d.healthy, "wants_key": d.wants_key,
                "models": d.models.iter().map(|m| m.name.clone()).collect::<Vec<_>>()})
            }
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::NotFound, "{name}");
                Value::Null
            }
        };
        assert_eq!(got, case.expected, "{name}: {}", case.why);
        if let Ok(detected) = detected {
            assert_eq!(detected.base_url, "http://h:1", "{name}");
            found.push(detected.provider);
        }
        let asked = memory.asked.lock().unwrap();
        assert!(asked.len() <= 9, "{name}: {} questions", asked.len());
        assert!(asked.iter().all(|request| request.headers.is_empty() && request.body.is_empty()), "{name}");
        // The same answers in another order are the same server.
        let said = |answer: &Answer| Said {
            path: answer.path.clone(),
            status: answer.status,
            headers: answer.headers.clone().into_iter().collect(),
            body: answer.text(),
        };
        let mut all: Vec<Said> = case.answers.iter().map(said).collect();
        let known = recognise("http://h:1", &all).map(|d| d.provider);
        all.reverse();
        assert_eq!(recognise("http://h:1", &all).map(|d| d.provider), known, "{name}");
    }
    for row in tachikoma_forge::llm::ProviderRegistry::new().rows() {
        let local = row.kind != tachikoma_forge::llm::ProviderKind::Cloud;
        assert!(!local || found.contains(&row.name), "no fixture of {}", row.name);
    }
}

#[test]
fn an_address_where_nothing_answers_is_asked_once() {
    let cases = [
        (TransportErrorKind::Unreachable, ErrorKind::Network, "Nothing answers"),
        (TransportErrorKind::Hidden, ErrorKind::Network, "browser hides"),
        (TransportErrorKind::Redirect, ErrorKind::Protocol, "sent elsewhere"),
        (TransportErrorKind::ConnectTimeout, ErrorKind::Timeout, "in time"),
    ];
    for (refuse, kind, words) in cases {
        let memory = Arc::new(Memory { refuse: Some(refuse), ..Memory::default() });
        let transport: Arc<dyn Transport> = Arc::<Memory>::clone(&memory);
        let error = detect(&transport, &never, "http://h:1").now_or_never().unwrap().unwrap_err();
        assert_eq!(error.kind, kind);
        assert!(error.message.contains(words), "{}", error.message);
        assert_eq!(memory.asked.lock().unwrap().len(), 1);
    }
}

#[test]
fn silence_and_floods_end() {
    let silent = Arc::new(Memory { silent: vec!["/v1/models"], ..Memory::default() });
    let transport: Arc<dyn Transport> = silent;
    let error = detect(&transport, &no_time, "http://h:1").now_or_never().expect("it gives up").unwrap_err();
    assert_eq!(error.kind, ErrorKind::Timeout);

    // One question that is never answered takes nothing from the others.
    let list = json!({"data": [{"id": "m", "owned_by": "vllm"}]});
    let answers = vec![Answer { path: "/v1/models".into(), status: 200, headers: BTreeMap::new(), body: list }];
    let half = Arc::new(Memory { answers, silent: vec!["/version", "/props"], ..Memory::default() });
    let transport: Arc<dyn Transport> = half;
    let detected = detect(&transport, &no_time, "http://h:1").now_or_never().expect("it gives up").unwrap();
    assert_eq!((detected.provider, detected.version), ("vllm", None));

    let flood = Arc::new(Memory { endless: true, ..Memory::default() });
    let transport: Arc<dyn Transport> = flood;
    let error = detect(&transport, &never, "http://h:1").now_or_never().expect("it stops reading").unwrap_err();
    assert_eq!(error.kind, ErrorKind::NotFound);
}

#[test]
fn an_address_that_is_none_is_not_asked() {
    for url in ["nonsense", "file:///etc/passwd", "http://user:pass@h", "http://h/?key=1", ""] {
        let memory = Arc::new(Memory::default());
        let transport: Arc<dyn Transport> = Arc::<Memory>::clone(&memory);
        let error = detect(&transport, &never, url).now_or_never().unwrap().unwrap_err();
        assert_eq!(error.kind, ErrorKind::InvalidRequest, "{url}");
        assert!(memory.asked.lock().unwrap().is_empty(), "{url}");
    }
}
