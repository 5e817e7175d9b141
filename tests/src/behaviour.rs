//! What every adapter's transport has to do, told once: run natively and in a browser against the same
//! scripted server.
//!
//! [`BEHAVIOURS`] is the table that both harnesses walk. A behaviour gets a [`Bench`] and says what it
//! saw that should not be. Nothing here knows which adapter it runs on, except through
//! [`Transport::is_browser`] where a browser hides more.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{Either, join_all, select};
use serde_json::Value;
use tachikoma_forge::driver::Platform;
use tachikoma_forge::llm::{
    ApiKey, HeaderValue, HttpRequest, HttpResponse, Method, Transport, TransportError, TransportErrorKind,
};
use tachikoma_forge::types::BoxFuture;

/// How soon the server has to see that a request was dropped.
pub const SEEN_WITHIN: Duration = Duration::from_millis(200);
/// A key that must show nowhere.
const CANARY: &str = "sk-canary-7f3a";

/// Where behaviours take place.
#[derive(Clone)]
pub struct Bench {
    /// The transport that is tried.
    pub transport: Arc<dyn Transport>,
    /// Time, for pauses and measures.
    pub platform: Arc<dyn Platform>,
    /// The scripted server, without a `/` at the end.
    pub server: String,
}

/// What a behaviour found wrong, for people.
pub type Verdict = Result<(), String>;

/// One behaviour.
pub struct Behaviour {
    /// Its name, which is also the tag of its requests in the server's log.
    pub name: &'static str,
    /// Whether only a browser can show it.
    pub browser_only: bool,
    /// Tries it.
    pub run: fn(Bench, &'static str) -> BoxFuture<'static, Verdict>,
}

macro_rules! behaviours {
    ($($name:ident $(@ $browser:ident)?),* $(,)?) => {
        &[$(Behaviour {
            name: stringify!($name),
            browser_only: behaviours!(@only $($browser)?),
            run: |bench, tag| Box::pin($name(bench, tag)),
        }),*]
    };
    (@only browser) => { true };
    (@only) => { false };
}

/// All of them.
pub const BEHAVIOURS: &[Behaviour] = behaviours![
    pieces_come_as_they_are_sent,
    characters_cut_between_pieces_arrive_whole,
    a_status_is_no_failure,
    what_is_sent_arrives,
    a_cancel_before_the_head_is_seen,
    a_cancel_in_the_body_is_seen,
    a_redirect_is_refused,
    nothing_answers,
    a_broken_body_is_an_error,
    a_big_body_comes_whole,
    many_at_once,
    a_wrong_address_is_told,
    a_key_shows_nowhere,
    a_hidden_answer_is_told @ browser,
    a_hidden_status_is_told @ browser,
    a_strict_ollama_is_told @ browser,
];

/// Runs the table; the failures by name.
pub async fn run_all(bench: Bench) -> Vec<String> {
    let mut failures = Vec::new();
    for behaviour in BEHAVIOURS {
        if behaviour.browser_only && !bench.transport.is_browser() {
            continue;
        }
        let limit = bench.platform.sleep(Duration::from_secs(30));
        let verdict = match select((behaviour.run)(bench.clone(), behaviour.name), limit).await {
            Either::Left((verdict, _)) => verdict,
            Either::Right(_) => Err("it did not end within 30 s".to_owned()),
        };
        if let Err(why) = verdict {
            failures.push(format!("{}: {why}", behaviour.name));
        }
    }
    failures
}

impl Bench {
    fn request(&self, method: Method, path: &str) -> HttpRequest {
        HttpRequest { method, url: format!("{}{path}", self.server), headers: Vec::new(), body: Vec::new() }
    }

    async fn get(&self, path: &str) -> Result<HttpResponse, TransportError> {
        self.transport.send(self.request(Method::Get, path)).await
    }

    async fn json(&self, path: &str) -> Result<Value, String> {
        let response = self.get(path).await.map_err(|e| format!("{path}: {e}"))?;
        serde_json::from_slice(&read(response).await?).map_err(|e| format!("{path}: {e}"))
    }

    fn elapsed(&self, since: Duration) -> Duration {
        self.platform.now().mono.saturating_sub(since)
    }

    fn mono(&self) -> Duration {
        self.platform.now().mono
    }

    /// Waits until the log shows a request with this tag that is like that, and gives its entry.
    async fn until_logged(&self, tag: &str, outcome: &str) -> Result<Value, String> {
        let start = self.mono();
        loop {
            let log = self.json(&format!("/__log?tag={tag}")).await?;
            let is = |entry: &&Value| entry["outcome"] == outcome && entry["method"] != "OPTIONS";
            if let Some(entry) = log.as_array().and_then(|all| all.iter().find(is)) {
                return Ok(entry.clone());
            }
            let waited = self.elapsed(start);
            if waited > Duration::from_secs(5) {
                return Err(format!("the server did not see it as {outcome} within {waited:?}: {log}"));
            }
            self.platform.sleep(Duration::from_millis(5)).await;
        }
    }

    /// Drops something, and sees that the server notices soon enough. Both times are the server's own, so
    /// that a busy machine which is slow to ask for the log changes nothing.
    async fn drop_is_seen<T>(&self, tag: &str, dropped: T) -> Verdict {
        let before = self.json("/__now").await?["ms"].as_u64().unwrap_or_default();
        drop(dropped);
        let entry = self.until_logged(tag, "client_disconnected").await?;
        let after = entry["ended_ms"].as_u64().unwrap_or_default();
        let took = Duration::from_millis(after.saturating_sub(before));
        ensure(after >= before && took <= SEEN_WITHIN, || format!("the server saw it after {took:?} only: {entry}"))
    }
}

async fn read(mut response: HttpResponse) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    while let Some(piece) = response.body.next().await {
        bytes.extend(piece.map_err(|e| format!("the body failed: {e}"))?);
    }
    Ok(bytes)
}

fn ensure(holds: bool, why: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(why()) }
}

/// The error, where there has to be one.
fn refused(result: Result<HttpResponse, TransportError>) -> Result<TransportError, String> {
    match result {
        Ok(response) => Err(format!("it was answered with {}", response.status)),
        Err(error) => Ok(error),
    }
}

async fn pieces_come_as_they_are_sent(bench: Bench, tag: &str) -> Verdict {
    let response = bench.get(&format!("/behave/chunks?n=5&ms=80&tag={tag}")).await.map_err(|e| e.to_string())?;
    let (mut body, mut text, mut times) = (response.body, Vec::new(), Vec::new());
    while let Some(piece) = body.next().await {
        text.extend(piece.map_err(|e| e.to_string())?);
        times.push(bench.mono());
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    ensure(text == "chunk 0\nchunk 1\nchunk 2\nchunk 3\nchunk 4\n", || format!("it came as {text:?}"))?;
    let span = times.last().zip(times.first()).map_or(Duration::ZERO, |(last, first)| last.saturating_sub(*first));
    ensure(times.len() >= 4 && span >= Duration::from_millis(200), || {
        format!("{} pieces over {span:?}: they were held back", times.len())
    })
}

async fn characters_cut_between_pieces_arrive_whole(bench: Bench, tag: &str) -> Verdict {
    let response = bench.get(&format!("/behave/utf8?tag={tag}")).await.map_err(|e| e.to_string())?;
    let bytes = read(response).await?;
    let text = String::from_utf8(bytes).map_err(|e| e.to_string())?;
    ensure(text == "naïve 成功 🌍 done", || format!("it came as {text:?}"))
}

async fn a_status_is_no_failure(bench: Bench, tag: &str) -> Verdict {
    for code in [200, 401, 404, 429, 500, 529] {
        let path = format!("/behave/status?code={code}&tag={tag}");
        let response = bench.get(&path).await.map_err(|e| format!("{code}: {e}"))?;
        ensure(response.status == code, || format!("{code} came as {}", response.status))?;
        let kind = response.header("content-type").map(str::to_owned);
        let after = response.header("retry-after").map(str::to_owned);
        ensure(kind.as_deref() == Some("application/json"), || format!("{code}: content-type {kind:?}"))?;
        ensure(after.as_deref() == Some("7"), || format!("{code}: retry-after {after:?}"))?;
        let body = read(response).await?;
        ensure(body == br#"{"error":"scripted"}"#, || format!("{code}: body {body:?}"))?;
    }
    Ok(())
}

async fn what_is_sent_arrives(bench: Bench, tag: &str) -> Verdict {
    let mut request = bench.request(Method::Post, &format!("/behave/echo?tag={tag}"));
    request.headers = vec![
        ("content-type".to_owned(), HeaderValue::Plain("application/json".to_owned())),
        ("anthropic-version".to_owned(), HeaderValue::Plain("2023-06-01".to_owned())),
    ];
    request.headers.extend(ApiKey::new(CANARY).map(|key| ("x-api-key".to_owned(), HeaderValue::Key(key))));
    request.body = vec![b'{'; 100_000];
    let response = bench.transport.send(request).await.map_err(|e| e.to_string())?;
    let echo: Value = serde_json::from_slice(&read(response).await?).map_err(|e| e.to_string())?;
    ensure(echo["method"] == "POST" && echo["bytes"] == 100_000, || format!("the server saw {echo}"))?;
    // Each comes once and whole: the server tells the length of its value.
    let wanted = [
        ("content-type", vec!["application/json".len()]),
        ("anthropic-version", vec!["2023-06-01".len()]),
        ("x-api-key", vec![CANARY.len()]),
        ("authorization", vec![]),
        ("cookie", vec![]),
    ];
    for (name, lengths) in wanted {
        let all = echo["headers"].as_array().into_iter().flatten().filter(|header| header[0] == name);
        let came: Vec<_> = all.map(|header| header[1].as_u64()).collect();
        let lengths: Vec<_> = lengths.iter().map(|n| u64::try_from(*n).ok()).collect();
        ensure(came == lengths, || format!("{name} came with lengths {came:?} in {echo}"))?;
    }
    Ok(())
}

async fn a_cancel_before_the_head_is_seen(bench: Bench, tag: &str) -> Verdict {
    for round in 0..3 {
        let tag = format!("{tag}{round}");
        let path = format!("/behave/hang?tag={tag}");
        let sending = Box::pin(bench.get(&path));
        let arrived = Box::pin(bench.until_logged(&tag, "open"));
        let sending = match select(sending, arrived).await {
            Either::Left((result, _)) => return Err(format!("it ended by itself: {:?}", result.map(|r| r.status))),
            Either::Right((arrived, sending)) => arrived.map(|_| sending)?,
        };
        bench.drop_is_seen(&tag, sending).await?;
    }
    Ok(())
}

async fn a_cancel_in_the_body_is_seen(bench: Bench, tag: &str) -> Verdict {
    for round in 0..3 {
        // A body that pauses for long tells an abort from a write that fails.
        let tag = format!("{tag}{round}");
        let path = format!("/behave/drip?ms=60000&tag={tag}");
        let mut response = bench.get(&path).await.map_err(|e| e.to_string())?;
        let first = response.body.next().await;
        ensure(matches!(&first, Some(Ok(piece)) if piece == b"drop\n"), || format!("first came {first:?}"))?;
        bench.drop_is_seen(&tag, response).await?;
    }
    Ok(())
}

async fn a_redirect_is_refused(bench: Bench, tag: &str) -> Verdict {
    // 302 makes a client ask again without a body, 307 with it; the key would travel with both.
    for (code, key) in [(302, None), (302, ApiKey::new(CANARY)), (307, ApiKey::new(CANARY))] {
        let mut request = bench.request(Method::Post, &format!("/behave/redirect?code={code}&tag={tag}"));
        request.body = b"{}".to_vec();
        request.headers.extend(key.map(|key| ("authorization".to_owned(), HeaderValue::Bearer(key))));
        let error = refused(bench.transport.send(request).await)?;
        // A browser does not say that it was a redirect.
        let kinds = [TransportErrorKind::Redirect, TransportErrorKind::Hidden];
        let kinds = if bench.transport.is_browser() { &kinds[..] } else { &kinds[..1] };
        ensure(kinds.contains(&error.kind), || format!("it is told as {error:?}"))?;
    }
    // A keyless probe may follow, in a browser; what holds a key may not.
    let log = bench.json("/__log?tag=followed").await?;
    let leaked = log.as_array().into_iter().flatten().any(|entry| {
        entry["header_names"]
            .as_array()
            .is_some_and(|names| names.iter().any(|n| n == "authorization" || n == "x-api-key"))
            || entry["method"] == "POST"
    });
    ensure(!leaked, || format!("it was followed: {log}"))
}

async fn nothing_answers(bench: Bench, _: &str) -> Verdict {
    let port = bench.json("/__closed-port").await?["port"].clone();
    let mut request = bench.request(Method::Get, "");
    request.url = format!("http://127.0.0.1:{port}/v1/models");
    let error = refused(bench.transport.send(request).await)?;
    ensure(error.kind == TransportErrorKind::Unreachable, || format!("it is told as {error:?}"))?;
    ensure(error.message.contains(&port.to_string()), || format!("the address is missing: {error}"))
}

async fn a_broken_body_is_an_error(bench: Bench, tag: &str) -> Verdict {
    let response = bench.get(&format!("/behave/cut?tag={tag}")).await.map_err(|e| e.to_string())?;
    let (mut body, mut text) = (response.body, Vec::new());
    loop {
        match body.next().await {
            Some(Ok(piece)) => text.extend(piece),
            Some(Err(error)) => {
                ensure(error.kind == TransportErrorKind::Broken, || format!("it is told as {error:?}"))?;
                break;
            }
            None => return Err("it ended as if it were whole".to_owned()),
        }
    }
    ensure(body.next().await.is_none(), || "something came after the error".to_owned())?;
    // A browser may drop what it had not handed over.
    ensure(text == b"half" || (text.is_empty() && bench.transport.is_browser()), || format!("{text:?} came before"))
}

async fn a_big_body_comes_whole(bench: Bench, tag: &str) -> Verdict {
    let response = bench.get(&format!("/behave/big?mib=24&tag={tag}")).await.map_err(|e| e.to_string())?;
    let (mut body, mut size) = (response.body, 0_usize);
    while let Some(piece) = body.next().await {
        let piece = piece.map_err(|e| e.to_string())?;
        ensure(piece.iter().all(|b| *b == b'x'), || "other bytes came".to_owned())?;
        size += piece.len();
    }
    ensure(size == 24 << 20, || format!("{size} bytes came"))
}

async fn many_at_once(bench: Bench, tag: &str) -> Verdict {
    // A browser opens six connections to a host, so more than two batches would only measure that.
    let count = if bench.transport.is_browser() { 6 } else { 32 };
    let start = bench.mono();
    let one = |i: usize| {
        let bench = bench.clone();
        async move {
            let path = format!("/behave/chunks?n=10&ms=30&tag={tag}{i}");
            let body = read(bench.get(&path).await.map_err(|e| e.to_string())?).await?;
            ensure(body.ends_with(b"chunk 9\n") && body.len() == 80, || format!("{i} got {} bytes", body.len()))
        }
    };
    for verdict in join_all((0..count).map(one)).await {
        verdict?;
    }
    let took = bench.elapsed(start);
    ensure(took < Duration::from_millis(300 * count as u64 / 2), || {
        format!("{count} took {took:?}: one after the other")
    })
}

async fn a_wrong_address_is_told(bench: Bench, _: &str) -> Verdict {
    for url in ["nonsense", "http://", "ftp://127.0.0.1/x"] {
        let mut request = bench.request(Method::Get, "");
        request.url = format!("{url}?token={CANARY}");
        let error = refused(bench.transport.send(request).await)?;
        ensure(error.kind == TransportErrorKind::Invalid, || format!("{url} is told as {error:?}"))?;
        ensure(!error.message.contains("canary"), || format!("the query of {url} is in the message"))?;
    }
    let mut request = bench.request(Method::Get, "/behave/echo");
    let key = ApiKey::new(&format!("{CANARY}\n{CANARY}"));
    request.headers.extend(key.map(|key| ("x-api-key".to_owned(), HeaderValue::Key(key))));
    let error = refused(bench.transport.send(request).await)?;
    ensure(error.kind == TransportErrorKind::Invalid, || format!("a key of two lines is told as {error:?}"))?;
    ensure(!format!("{error:?}").contains("canary"), || "the key is in the message".to_owned())
}

async fn a_key_shows_nowhere(bench: Bench, tag: &str) -> Verdict {
    let port = bench.json("/__closed-port").await?["port"].clone();
    for url in
        [format!("http://127.0.0.1:{port}/?token={CANARY}"), format!("{}/behave/redirect?tag={tag}", bench.server)]
    {
        let mut request = bench.request(Method::Post, "");
        request.url = url;
        request.headers.extend(ApiKey::new(CANARY).map(|key| ("x-api-key".to_owned(), HeaderValue::Key(key))));
        let printed = format!("{request:?}").replace(&request.url, "");
        ensure(!printed.contains("canary"), || "the request prints its key".to_owned())?;
        let error = refused(bench.transport.send(request).await)?;
        ensure(!format!("{error:?} {error}").contains("canary"), || format!("it shows in {error:?}"))?;
    }
    Ok(())
}

async fn hidden(bench: &Bench, request: HttpRequest) -> Verdict {
    let error = refused(bench.transport.send(request).await)?;
    ensure(error.kind == TransportErrorKind::Hidden, || format!("it is told as {error:?}"))
}

async fn a_hidden_answer_is_told(bench: Bench, tag: &str) -> Verdict {
    let mut request = bench.request(Method::Post, &format!("/nocors/v1/messages?tag={tag}"));
    request.headers.push(("content-type".to_owned(), HeaderValue::Plain("application/json".to_owned())));
    request.headers.extend(ApiKey::new(CANARY).map(|key| ("x-api-key".to_owned(), HeaderValue::Key(key))));
    request.body = br#"{"model":"steady","messages":[]}"#.to_vec();
    hidden(&bench, request).await?;
    // The probe holds no key and asks no model.
    let log = bench.json("/__log").await?;
    let about = |entry: &&Value| entry["path"].as_str().is_some_and(|path| path.starts_with("/nocors"));
    for entry in log.as_array().into_iter().flatten().filter(about) {
        let keyless = !entry["header_names"].as_array().is_some_and(|names| names.iter().any(|n| n == "x-api-key"));
        ensure(keyless && entry["model"] == "", || format!("a probe held more than it should: {entry}"))?;
    }
    Ok(())
}

async fn a_hidden_status_is_told(bench: Bench, tag: &str) -> Verdict {
    let mut request = bench.request(Method::Get, &format!("/hidden-401/v1/models?tag={tag}"));
    request.headers.extend(ApiKey::new("wrong").map(|key| ("authorization".to_owned(), HeaderValue::Bearer(key))));
    hidden(&bench, request).await
}

async fn a_strict_ollama_is_told(bench: Bench, tag: &str) -> Verdict {
    let request = bench.request(Method::Get, &format!("/ollama-strict/api/tags?tag={tag}"));
    hidden(&bench, request).await
}
