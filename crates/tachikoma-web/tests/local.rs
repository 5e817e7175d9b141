//! What a page of the public web may do with addresses nearer than itself. It is a worker that claims to belong to
//! such a page: a window's location cannot be replaced.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // A test may.

use js_sys::{Array, Function};
use tachikoma_forge::llm::{HttpRequest, Method, Transport, TransportError, TransportErrorKind};
use tachikoma_web::WebTransport;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_dedicated_worker);

/// Runs JS, which may use what earlier JS left in the global `test`.
fn js(code: &str) -> JsValue {
    Function::new_no_args(code).call0(&JsValue::UNDEFINED).unwrap()
}

/// A page at `https://forge.example`, whose requests all fail, in a browser of which people said `state` of local
/// addresses, or that knows no such permission.
fn page(state: Option<&str>, knows_spaces: bool) {
    js("globalThis.test = {sent: [], asked: []};
        Object.defineProperty(globalThis, 'location', {configurable: true, value:
            {protocol: 'https:', hostname: 'forge.example', origin: 'https://forge.example'}});
        globalThis.fetch = request => { test.sent.push(request.url); return Promise.reject(new TypeError('no')); };");
    js(&format!(
        "navigator.permissions.__proto__.query = ({{name}}) => {{ test.asked.push(name);
            return name === '{}' ? Promise.resolve({{state: '{}'}}) : Promise.reject(new TypeError('unknown name')); }};",
        if state.is_some() { "local-network-access" } else { "none" },
        state.unwrap_or_default()
    ));
    js(if knows_spaces {
        "Object.defineProperty(Request.prototype, 'targetAddressSpace', {configurable: true, value: 'unknown'});"
    } else {
        "delete Request.prototype.targetAddressSpace;"
    });
}

fn noted(what: &str) -> Vec<String> {
    Array::from(&js(&format!("return test.{what};"))).iter().filter_map(|item| item.as_string()).collect()
}

async fn send(url: &str) -> TransportError {
    let request = HttpRequest { method: Method::Get, url: url.to_owned(), headers: Vec::new(), body: Vec::new() };
    WebTransport.send(request).await.unwrap_err()
}

#[wasm_bindgen_test]
async fn plain_http_on_another_machine_is_refused_before_anything_is_sent() {
    for (url, knows_spaces, blocked) in [
        ("http://models.example/v1", true, true),
        ("http://models.example/v1", false, true),
        ("http://192.168.1.9:11434/api/chat", false, true),
        ("http://192.168.1.9:11434/api/chat", true, false),
        ("http://nas.local/v1", false, true),
        ("http://localhost:11434/api/chat", false, false),
        ("http://127.0.0.1:11434/api/chat", true, false),
        ("https://models.example/v1", false, false),
    ] {
        page(None, knows_spaces);
        let error = send(url).await;
        let is_blocked = error.kind == TransportErrorKind::Blocked;
        assert_eq!((is_blocked, noted("sent").is_empty()), (blocked, blocked), "{url}: {error:?}");
        if blocked {
            assert!(error.message.contains("https") && error.message.contains("Nothing was sent"), "{error}");
        }
    }
}

#[wasm_bindgen_test]
async fn what_people_said_of_local_addresses_is_told() {
    for (url, place) in
        [("http://localhost:11434/api/chat", "this machine"), ("https://192.168.1.9/v1", "the local network")]
    {
        page(Some("denied"), true);
        let error = send(url).await;
        assert_eq!(error.kind, TransportErrorKind::Blocked, "{url}");
        assert!(error.message.contains(place) && error.message.contains("https://forge.example"), "{error}");
        // The newer name was tried first, and no probe was made.
        assert_eq!((noted("asked").len(), noted("sent").len()), (2, 1), "{url}");

        page(Some("prompt"), true);
        let error = send(url).await;
        assert_eq!(error.kind, TransportErrorKind::Unreachable, "{url}");
        assert!(error.message.contains("asks whether this page may reach") && error.message.contains(place), "{error}");

        // Allowed, or unknown: it is the server then.
        for state in [Some("granted"), None] {
            page(state, true);
            let error = send(url).await;
            assert_eq!(error.kind, TransportErrorKind::Unreachable, "{url}");
            assert!(error.message.contains("Nothing answers"), "{error}");
        }
    }
}

#[wasm_bindgen_test]
async fn nobody_is_asked_about_the_public_web() {
    page(Some("denied"), true);
    let error = send("https://models.example/v1").await;
    assert_eq!((error.kind, noted("asked")), (TransportErrorKind::Unreachable, Vec::new()));
}
