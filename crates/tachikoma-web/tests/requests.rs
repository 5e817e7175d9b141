//! What the transport asks of `fetch`, seen by a `fetch` that only takes notes.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // A test may.

use js_sys::{Array, Function, Reflect, global};
use tachikoma_forge::llm::{ApiKey, HeaderValue, HttpRequest, Method, Transport, TransportErrorKind};
use tachikoma_web::WebTransport;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

/// Replaces `fetch` by one that fails like a network, and notes each request. Put back when dropped.
struct Notes {
    real: JsValue,
    seen: Array,
}

impl Notes {
    /// `then` is JS that gets the request, and its number from 0, and gives what `fetch` gives.
    fn take(then: &str) -> Self {
        let real = Reflect::get(&global(), &"fetch".into()).unwrap();
        let seen = Array::new();
        let code = format!("return request => {{ const n = seen.push(request) - 1; {then} }};");
        let fake = Function::new_with_args("seen", &code).call1(&JsValue::UNDEFINED, &seen).unwrap();
        Reflect::set(&global(), &"fetch".into(), &fake).unwrap();
        Self { real, seen }
    }

    fn text(&self, at: u32, field: &str) -> String {
        Reflect::get(&self.seen.get(at), &field.into()).unwrap().as_string().unwrap_or_default()
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        Reflect::set(&global(), &"fetch".into(), &self.real).unwrap();
    }
}

fn request(url: &str) -> HttpRequest {
    let key = ApiKey::new("sk-canary").unwrap();
    HttpRequest {
        method: Method::Post,
        url: url.to_owned(),
        headers: vec![("authorization".to_owned(), HeaderValue::Bearer(key))],
        body: b"{}".to_vec(),
    }
}

const FAILS: &str = "return Promise.reject(new TypeError('Failed to fetch'));";

#[wasm_bindgen_test]
async fn a_request_takes_nothing_of_the_page_along() {
    let notes = Notes::take(FAILS);
    let error = WebTransport.send(request("https://models.example/v1/chat?x=1")).await.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Unreachable);
    assert_eq!(notes.seen.length(), 2);
    // The request, and then the probe.
    for (field, sent, probe) in [
        ("url", "https://models.example/v1/chat?x=1", "https://models.example/"),
        ("method", "POST", "GET"),
        ("mode", "cors", "no-cors"),
        ("redirect", "error", "follow"),
        ("credentials", "omit", "omit"),
        ("cache", "no-store", "no-store"),
        ("referrerPolicy", "no-referrer", "no-referrer"),
    ] {
        assert_eq!((notes.text(0, field), notes.text(1, field)), (sent.to_owned(), probe.to_owned()), "{field}");
    }
    let headers = |at| {
        let headers = Reflect::get(&notes.seen.get(at), &"headers".into()).unwrap();
        let names = js_sys::try_iter(&headers).unwrap().unwrap().map(|pair| Array::from(&pair.unwrap()).get(0));
        names.map(|name| name.as_string().unwrap()).collect::<Vec<_>>()
    };
    assert!(headers(0).contains(&"authorization".to_owned()));
    assert_eq!(headers(1), Vec::<String>::new());
}

#[wasm_bindgen_test]
async fn a_local_address_is_announced_where_the_browser_wants_to_know() {
    let knows = Function::new_no_args("return 'targetAddressSpace' in Request.prototype").call0(&JsValue::NULL);
    let knows = knows.unwrap().is_truthy();
    for (url, space) in [
        ("http://localhost:11434/api/chat", "loopback"),
        ("http://127.0.0.1:1234/v1", "loopback"),
        ("http://[::1]:1234/v1", "loopback"),
        ("http://192.168.1.9/v1", "local"),
        ("http://nas.local/v1", "local"),
    ] {
        let notes = Notes::take(FAILS);
        WebTransport.send(request(url)).await.unwrap_err();
        for at in [0, 1] {
            let announced = notes.text(at, "targetAddressSpace");
            assert_eq!(announced, if knows { space } else { "" }, "{url}");
        }
    }
}

#[wasm_bindgen_test]
async fn a_server_that_only_the_probe_reaches_hides_its_answer() {
    let notes = Notes::take("return n === 0 ? Promise.reject(new TypeError('no')) : Promise.resolve(new Response());");
    let error = WebTransport.send(request("https://models.example/v1")).await.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Hidden);
    assert!(error.message.contains("https://models.example") && error.message.contains("CORS"), "{error}");
    // The fix names the origin to allow.
    let origin = Function::new_no_args("return location.origin").call0(&JsValue::NULL).unwrap().as_string().unwrap();
    assert!(error.message.contains(&origin), "{error}");
    assert_eq!(notes.seen.length(), 2);
}

#[wasm_bindgen_test]
async fn a_probe_that_never_answers_is_given_up() {
    let notes = Notes::take("return n === 0 ? Promise.reject(new TypeError('no')) : new Promise(() => {});");
    let error = WebTransport.send(request("https://models.example/v1")).await.unwrap_err();
    assert_eq!(error.kind, TransportErrorKind::Unreachable);
    let signal = Reflect::get(&notes.seen.get(1), &"signal".into()).unwrap();
    assert!(Reflect::get(&signal, &"aborted".into()).unwrap().is_truthy(), "the probe still runs");
}

#[wasm_bindgen_test]
async fn an_address_with_a_password_is_refused_and_not_repeated() {
    let notes = Notes::take(FAILS);
    for url in ["http://user:hunter2@127.0.0.1:1/v1", "file:///hunter2@x", "nonsense?key=hunter2"] {
        let error = WebTransport.send(request(url)).await.unwrap_err();
        assert_eq!(error.kind, TransportErrorKind::Invalid, "{url}");
        assert!(!error.message.contains("hunter2"), "{error}");
    }
    assert_eq!(notes.seen.length(), 0);
}

#[wasm_bindgen_test]
async fn an_answer_without_a_body_is_an_empty_one() {
    use futures::StreamExt as _;
    let _notes = Notes::take("return Promise.resolve(new Response(null, {status: 204, headers: {'X-Seen': 'yes'}}));");
    let response = WebTransport.send(request("https://models.example/v1")).await.unwrap();
    assert_eq!((response.status, response.header("x-seen")), (204, Some("yes")));
    assert_eq!(response.body.count().await, 0);
}
