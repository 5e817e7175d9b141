//! How bytes travel: the one thing that an adapter must bring to talk to a provider.

use std::fmt;
use std::time::Duration;

use super::ApiKey;
use crate::types::{BoxFuture, BoxStream, MaybeSend, MaybeSync};

/// The methods in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Ask for something.
    Get,
    /// Send something.
    Post,
    /// Remove something.
    Delete,
}

impl Method {
    /// As it stands in a request line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Delete => "DELETE",
        }
    }
}

/// A header's value: plain, or one that must never be printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderValue {
    /// May be shown.
    Plain(String),
    /// A key sent as it is (`x-api-key: KEY`).
    Key(ApiKey),
    /// A key sent as `Bearer KEY`.
    Bearer(ApiKey),
}

impl HeaderValue {
    /// The text to send. Only a transport calls this.
    #[must_use]
    pub fn to_wire(&self) -> String {
        match self {
            Self::Plain(text) => text.clone(),
            Self::Key(key) => key.expose().to_owned(),
            Self::Bearer(key) => format!("Bearer {}", key.expose()),
        }
    }

    /// Whether it holds a key.
    #[must_use]
    pub const fn is_secret(&self) -> bool {
        !matches!(self, Self::Plain(_))
    }
}

/// One HTTP request.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The method.
    pub method: Method,
    /// The full address; never holds a key.
    pub url: String,
    /// Headers, names in lower case.
    pub headers: Vec<(String, HeaderValue)>,
    /// The body, empty for none.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// Whether a header holds a key. Such a request follows no redirect.
    #[must_use]
    pub fn has_secret(&self) -> bool {
        self.headers.iter().any(|(_, value)| value.is_secret())
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method)
            .field("url", &self.url)
            .field("headers", &self.headers)
            .field("body_bytes", &self.body.len())
            .finish()
    }
}

/// The head of an answer, and its body as it arrives.
pub struct HttpResponse {
    /// The status.
    pub status: u16,
    /// The headers that the platform shows, names in lower case. A browser hides most of them.
    pub headers: Vec<(String, String)>,
    /// The body. Dropping it ends the request.
    pub body: BoxStream<'static, Result<Vec<u8>, TransportError>>,
}

impl HttpResponse {
    /// The first header of that name (in lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse")
            .field("status", &self.status)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

/// Why no answer, or no more of it, came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransportErrorKind {
    /// Nothing answered at that address.
    Unreachable,
    /// The browser hid the answer although the address is reachable: a wrong key or CORS.
    Hidden,
    /// The browser lets no request out to that address: plain http from a page over https, or a local address that
    /// people did not allow.
    Blocked,
    /// Connecting took too long.
    ConnectTimeout,
    /// A redirect was refused, since the request holds a key.
    Redirect,
    /// The connection broke while the answer came.
    Broken,
    /// The address or a header is no valid one.
    Invalid,
}

/// A failed transport. The message holds no key and no header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransportError {
    /// What kind of failure.
    pub kind: TransportErrorKind,
    /// What happened and what to do, for people.
    pub message: String,
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TransportError {}

/// Sends requests. Implemented by each adapter.
pub trait Transport: MaybeSend + MaybeSync {
    /// Sends a request and gives the head of the answer. Dropping the future, or later the body, ends
    /// the request at once. Never follows a redirect when [`HttpRequest::has_secret`].
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>>;

    /// Whether requests come from a page, where each provider allows only some headers.
    fn is_browser(&self) -> bool;

    /// How long connecting may take.
    fn connect_timeout(&self) -> Duration {
        Duration::from_secs(15)
    }
}
