//! Requests over the browser's `fetch`, answers read as they arrive.
//!
//! Every request is stripped of what a page would send by itself: no cookies, no referrer, no cache, and
//! no redirect is followed (a key would travel along). Dropping the future or the body aborts the request.
//!
//! A browser tells a page nothing about why `fetch` failed. One request more, without key or header and
//! without reading the answer (`no-cors`), at least separates a server that is not there from one that
//! answered and whose answer is hidden. What the browser is known to block (plain http from a page over https, a local
//! address that people did not allow) is told as that, the first of it before anything is sent. There is no timeout on connecting here: a page cannot tell
//! connecting from waiting for the first byte, which may rightly take minutes; the engine's deadlines hold.
//! Sources: the Fetch standard; "Local Network Access" (WICG) for `targetAddressSpace`.

use std::time::Duration;

use futures::future::{Either, select};
use futures::stream;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use tachikoma_forge::llm::{HttpRequest, HttpResponse, Transport, TransportError, TransportErrorKind};
use tachikoma_forge::types::{BoxFuture, BoxStream};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortController, Headers, ReadableStreamDefaultReader, ReferrerPolicy, Request, RequestCache, RequestCredentials,
    RequestInit, RequestMode, RequestRedirect, Response, Url,
};

use crate::address::AddressSpace;
use crate::platform::sleep;

#[wasm_bindgen]
extern "C" {
    // Bound by itself: `window.fetch` and a worker's are the same global.
    #[wasm_bindgen(js_name = fetch)]
    fn fetch(request: &Request) -> Promise;
}

/// How long the probe may take before the server counts as unreachable.
const PROBE_TIMEOUT: Duration = Duration::from_secs(4);

/// Sends requests with the browser's `fetch`.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebTransport;

impl Transport for WebTransport {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        Box::pin(send(request))
    }

    fn is_browser(&self) -> bool {
        true
    }
}

/// Aborts its request when it is dropped; once all has arrived that changes nothing.
struct AbortOnDrop(AbortController);

impl AbortOnDrop {
    fn new() -> Result<Self, TransportError> {
        AbortController::new()
            .map(Self)
            .map_err(|_| error(TransportErrorKind::Invalid, "This browser cannot abort requests; use a newer one."))
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn send(request: HttpRequest) -> Result<HttpResponse, TransportError> {
    let url = Url::new(&request.url).map_err(|_| invalid_url(&request.url))?;
    if !matches!(url.protocol().as_str(), "http:" | "https:") {
        return Err(invalid_url(&request.url));
    }
    let space = AddressSpace::of(&url.hostname());
    if url.protocol() == "http:" && location("protocol") == "https:" && space.is_mixed(requests_have(SPACE_FIELD)) {
        return Err(mixed_content(&url.origin()));
    }
    let abort = AbortOnDrop::new()?;
    let response = match JsFuture::from(fetch(&build(&request, &url, &abort)?)).await {
        Ok(response) => response.unchecked_into::<Response>(),
        Err(_) => return Err(explain(&url).await),
    };
    Ok(HttpResponse { status: response.status(), headers: readable_headers(&response), body: body(&response, abort) })
}

/// The request as `fetch` takes it.
fn build(request: &HttpRequest, url: &Url, abort: &AbortOnDrop) -> Result<Request, TransportError> {
    let headers = Headers::new().map_err(|_| invalid_header(""))?;
    for (name, value) in &request.headers {
        headers.append(name, &value.to_wire()).map_err(|_| invalid_header(name))?;
    }
    let init = bare_init(request.method.as_str(), RequestRedirect::Error, abort);
    init.set_headers(&headers);
    if !request.body.is_empty() {
        init.set_body(&Uint8Array::from(request.body.as_slice()));
    }
    make(&request.url, &init, AddressSpace::of(&url.hostname())).ok_or_else(|| invalid_url(&request.url))
}

/// What every request has in common: nothing of the page or its user goes along.
fn bare_init(method: &str, redirect: RequestRedirect, abort: &AbortOnDrop) -> RequestInit {
    let init = RequestInit::new();
    init.set_method(method);
    init.set_redirect(redirect);
    init.set_credentials(RequestCredentials::Omit);
    init.set_cache(RequestCache::NoStore);
    init.set_referrer_policy(ReferrerPolicy::NoReferrer);
    init.set_signal(Some(&abort.0.signal()));
    init
}

/// The field of a request that tells a browser where its target lies.
const SPACE_FIELD: &str = "targetAddressSpace";

/// Makes the request, telling a browser that wants to know that a local address is meant. A browser that
/// knows the field but not the word gets the request without it.
fn make(url: &str, init: &RequestInit, space: AddressSpace) -> Option<Request> {
    if let Some(word) = space.word().filter(|_| requests_have(SPACE_FIELD)) {
        let _ = Reflect::set(init, &SPACE_FIELD.into(), &word.into());
        if let Ok(request) = Request::new_with_str_and_init(url, init) {
            return Some(request);
        }
        let _ = Reflect::delete_property(init, &SPACE_FIELD.into());
    }
    Request::new_with_str_and_init(url, init).ok()
}

/// Whether this browser's requests have a field of that name.
fn requests_have(field: &str) -> bool {
    Reflect::get(&js_sys::global(), &"Request".into())
        .and_then(|class| Reflect::get(&class, &"prototype".into()))
        .and_then(|prototype| Reflect::has(&prototype, &field.into()))
        .unwrap_or(false)
}

/// The headers that the server lets a page read.
fn readable_headers(response: &Response) -> Vec<(String, String)> {
    let Ok(Some(entries)) = js_sys::try_iter(&response.headers()) else { return Vec::new() };
    entries
        .filter_map(|entry| {
            let pair: Array = entry.ok()?.dyn_into().ok()?;
            Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
        })
        .collect()
}

/// The body as it arrives. The request lives as long as the stream.
fn body(response: &Response, abort: AbortOnDrop) -> BoxStream<'static, Result<Vec<u8>, TransportError>> {
    // No body at all (204) has no stream.
    let reader = response.body().map(|body| body.get_reader().unchecked_into::<ReadableStreamDefaultReader>());
    Box::pin(stream::unfold((reader, abort), |(reader, abort)| async move {
        let open = reader?;
        match read(&open).await {
            Ok(Some(bytes)) => Some((Ok(bytes), (Some(open), abort))),
            Ok(None) => None,
            Err(error) => Some((Err(error), (None, abort))),
        }
    }))
}

/// The next piece, or nothing at the end.
async fn read(reader: &ReadableStreamDefaultReader) -> Result<Option<Vec<u8>>, TransportError> {
    let broken = |_| {
        error(TransportErrorKind::Broken, "The connection broke while the answer came. The request can be made again.")
    };
    let piece = JsFuture::from(reader.read()).await.map_err(broken)?;
    if Reflect::get(&piece, &"done".into()).map_err(broken)?.is_truthy() {
        return Ok(None);
    }
    let bytes: Uint8Array = Reflect::get(&piece, &"value".into()).and_then(JsCast::dyn_into).map_err(broken)?;
    Ok(Some(bytes.to_vec()))
}

/// Finds out what can be found out about a request that the browser failed without a reason.
async fn explain(url: &Url) -> TransportError {
    let origin = url.origin();
    let space = AddressSpace::of(&url.hostname());
    let permission =
        if AddressSpace::of(&location("hostname")).asks_for(space) { permission(space).await } else { None };
    match permission.as_deref() {
        Some("denied") => return blocked(&origin, space),
        Some("prompt") => return unanswered(&origin, space),
        _ => {}
    }
    if answers(&origin, space).await {
        return error(
            TransportErrorKind::Hidden,
            &format!(
                "The server at {origin} answered, but the browser hides what it said: either the key is wrong and \
                 the refusal is not meant for pages, or the server does not allow this page ({}) to call it (CORS), \
                 or it redirects elsewhere. Check the key and the base URL, or allow this origin on the server.",
                page_origin()
            ),
        );
    }
    let advice = match space {
        AddressSpace::Loopback | AddressSpace::Local => {
            "Is the server running there, and is the port right? If the browser asks whether this page may reach \
             devices or apps near you, allow it."
        }
        AddressSpace::Public => "Check the address, the network, and whether something blocks requests of this page.",
    };
    error(TransportErrorKind::Unreachable, &format!("Nothing answers at {origin}. {advice}"))
}

/// Whether anything answers there: a request without key, header or path, whose answer stays unread.
async fn answers(origin: &str, space: AddressSpace) -> bool {
    let Ok(abort) = AbortOnDrop::new() else { return false };
    let init = bare_init("GET", RequestRedirect::Follow, &abort);
    init.set_mode(RequestMode::NoCors);
    let Some(request) = make(&format!("{origin}/"), &init, space) else { return false };
    let answer = JsFuture::from(fetch(&request));
    let late = std::pin::pin!(sleep(PROBE_TIMEOUT));
    matches!(select(answer, late).await, Either::Left((Ok(_), _)))
}

/// What people told the browser about this page reaching a local address: `granted`, `denied`, or `prompt` while they
/// did not. Nothing where the browser knows no such permission.
async fn permission(space: AddressSpace) -> Option<String> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let permissions = Reflect::get(&navigator, &"permissions".into()).ok()?;
    let query: Function = Reflect::get(&permissions, &"query".into()).and_then(JsCast::dyn_into).ok()?;
    for name in space.permissions() {
        let descriptor = Object::new();
        let _ = Reflect::set(&descriptor, &"name".into(), &(*name).into());
        // A name that is unknown here is refused, at once or later.
        let Ok(answer) = query.call1(&permissions, &descriptor) else { continue };
        if let Ok(status) = JsFuture::from(Promise::resolve(&answer)).await {
            return Reflect::get(&status, &"state".into()).ok()?.as_string();
        }
    }
    None
}

fn mixed_content(origin: &str) -> TransportError {
    error(
        TransportErrorKind::Blocked,
        &format!(
            "The browser blocks {origin}: this page came over https, and a page over https may not talk to plain http \
             on another machine. Nothing was sent. Give the server https, or open this page over http."
        ),
    )
}

/// What people call where it lies.
const fn place(space: AddressSpace) -> &'static str {
    match space {
        AddressSpace::Loopback => "this machine",
        AddressSpace::Local => "the local network",
        AddressSpace::Public => "the internet",
    }
}

fn blocked(origin: &str, space: AddressSpace) -> TransportError {
    let place = place(space);
    error(
        TransportErrorKind::Blocked,
        &format!(
            "The browser blocks {origin}: it was told that this page may not reach {place}. Allow that in the \
             browser's settings for this page ({}), then try again.",
            page_origin()
        ),
    )
}

fn unanswered(origin: &str, space: AddressSpace) -> TransportError {
    let place = place(space);
    error(
        TransportErrorKind::Unreachable,
        &format!(
            "The browser did not let the request to {origin} out: it asks whether this page may reach {place}, and \
             nobody answered yet. Try again and allow it."
        ),
    )
}

fn location(field: &str) -> String {
    Reflect::get(&js_sys::global(), &"location".into())
        .and_then(|location| Reflect::get(&location, &field.into()))
        .ok()
        .and_then(|value| value.as_string())
        .unwrap_or_default()
}

fn page_origin() -> String {
    location("origin")
}

fn invalid_url(url: &str) -> TransportError {
    // People paste keys into all sorts of places: of an address, only what cannot be one is repeated.
    let shown = match url.split(['?', '#']).next() {
        Some(shown) if !shown.contains('@') => format!("\"{shown}\" is"),
        _ => "This is".to_owned(),
    };
    error(
        TransportErrorKind::Invalid,
        &format!(
            "{shown} no address that can be called: a base URL starts with http:// or https:// and holds no user name."
        ),
    )
}

fn invalid_header(name: &str) -> TransportError {
    // Never the value: it may be the key.
    let what = format!(
        "The header \"{name}\" holds something that cannot be sent: a key has no line breaks and no letters beyond \
         ASCII. Copy it again."
    );
    error(TransportErrorKind::Invalid, &what)
}

fn error(kind: TransportErrorKind, message: &str) -> TransportError {
    TransportError { kind, message: message.to_owned() }
}
