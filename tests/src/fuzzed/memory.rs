//! A provider whose server answers from memory: for everything that is read behind HTTP.

use std::sync::Arc;
use std::time::Duration;

use futures::{FutureExt, StreamExt, stream};
use tachikoma_forge::llm::{
    HttpProvider, HttpRequest, HttpResponse, Keys, LlmProvider, ModelConfig, ProviderFactory, ProviderRegistry,
    Transport, TransportError,
};
use tachikoma_forge::types::{BoxFuture, LlmError, ModelRef};

use super::assert_fit_to_be_shown;

/// The key that requests carry. Inputs name it as `{key}`, so that none holds it by itself.
pub(super) const KEY: &str = "Wm7-canary-Qp4xZ0vT9hKd";
/// As much of a key as nobody writes by chance.
const PART: usize = 10;

/// One answer.
#[derive(Clone)]
pub(super) struct Memory {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) pieces: Vec<Vec<u8>>,
}

impl Memory {
    /// An answer whose body holds the key where the input says so.
    pub(super) fn echoing(
        status: u16,
        headers: &[(String, String)],
        body: &[u8],
        cut: fn(&[u8]) -> Vec<&[u8]>,
    ) -> Self {
        let body = with_secret(body, b"{key}", KEY);
        let pieces = cut(&body).into_iter().map(<[u8]>::to_vec).collect();
        Self { status, headers: headers.to_vec(), pieces }
    }

    /// The provider of that name, at this server.
    pub(super) fn provider(self, name: &str) -> Arc<dyn LlmProvider> {
        let registry = ProviderRegistry::new();
        let own = registry.row(name).and_then(|row| row.base_url);
        let base_url = own.is_none().then(|| "http://127.0.0.1:1".to_owned());
        let mut keys = Keys::new();
        keys.set(name, KEY);
        let model = ModelRef { provider: name.to_owned(), model: "m".to_owned(), base_url };
        ProviderFactory::new(registry, Arc::new(self), keys).create(&ModelConfig::new(model)).expect("a provider")
    }
}

impl Transport for Memory {
    fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let Self { status, headers, pieces } = self.clone();
        async move { Ok(HttpResponse { status, headers, body: stream::iter(pieces.into_iter().map(Ok)).boxed() }) }
            .boxed()
    }

    fn is_browser(&self) -> bool {
        false
    }
}

/// A transport that is never used.
pub(super) fn nobody() -> Arc<dyn Transport> {
    Arc::new(Memory { status: 0, headers: Vec::new(), pieces: Vec::new() })
}

/// What a base URL becomes at a provider, if that takes it.
pub(super) fn base_url(row: &tachikoma_forge::llm::ProviderRow, text: &str) -> Option<String> {
    let model = ModelRef { provider: row.name.to_owned(), model: "m".to_owned(), base_url: None };
    let provider = HttpProvider::new(*row, text, ModelConfig::new(model), None, nobody());
    provider.ok().map(|provider| provider.base_url().to_owned())
}

/// Whether an input holds a part of a secret by itself. A server that knows one may say what it likes.
pub(super) fn holds_secret(data: &[u8], secrets: &[&str]) -> bool {
    let text = String::from_utf8_lossy(data);
    secrets.iter().any(|secret| text.contains(&secret[..PART]))
}

/// A body with a secret in place of its name.
pub(super) fn with_secret(body: &[u8], name: &[u8], secret: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix(name) {
            out.extend_from_slice(secret.as_bytes());
            rest = after;
        } else {
            out.push(rest[0]);
            rest = &rest[1..];
        }
    }
    out
}

/// What memory says, which is there at once.
pub(super) fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("memory answers at once")
}

/// An error that people may read, and that keeps the secrets.
pub(super) fn assert_discreet(error: &LlmError, secrets: &[&str]) {
    for text in [Some(&error.message), error.code.as_ref(), error.refused_parameter.as_ref()].into_iter().flatten() {
        assert_fit_to_be_shown(text);
        for secret in secrets {
            assert!(!text.contains(&secret[..PART]), "a secret, or a part of it: {text}");
        }
    }
    let year = Duration::from_secs(367 * 86_400);
    assert!(error.retry_after.is_none_or(|wait| wait <= year), "a wait of {:?}", error.retry_after);
    assert!(!error.message.is_empty(), "an error without words");
}

/// The head of an answer as an input writes it: a line with the status, lines with headers, a blank line, the body.
/// Whatever has another form is a body.
pub(super) fn head(data: &[u8]) -> (u16, Vec<(String, String)>, &[u8]) {
    let line = |data: &[u8]| data.iter().position(|byte| *byte == b'\n');
    let text = |line: &[u8]| String::from_utf8_lossy(line).trim().to_owned();
    let Some(end) = line(data) else { return (400, Vec::new(), data) };
    let Some(status) = text(&data[..end]).parse().ok().filter(|s| (100..600).contains(s)) else {
        return (400, Vec::new(), data);
    };
    let mut headers = Vec::new();
    let mut rest = &data[end + 1..];
    while let Some(end) = line(rest) {
        let header = text(&rest[..end]);
        rest = &rest[end + 1..];
        match header.split_once(':') {
            Some((name, value)) => headers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned())),
            None => break,
        }
    }
    (status, headers, rest)
}
