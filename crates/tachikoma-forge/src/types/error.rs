//! What can go wrong with a call, in words that the engine can act on.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The kinds of failure. One vocabulary for all providers; the provider's own code is kept beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// No key was given for a provider that needs one.
    MissingApiKey,
    /// The server was not reached, or the connection broke before an answer began.
    Network,
    /// A deadline passed.
    Timeout,
    /// Somebody stopped it.
    Cancelled,
    /// The server has too much to do.
    Overloaded,
    /// Too many requests in too short a time.
    RateLimited,
    /// The account has no credit left, or met a spending limit.
    Quota,
    /// The key is wrong.
    Auth,
    /// The key is right and does not allow this.
    Permission,
    /// No such model or address.
    NotFound,
    /// The request itself is wrong.
    InvalidRequest,
    /// The prompt does not fit the model's context window.
    ContextTooLong,
    /// The provider withheld the answer.
    ContentFilter,
    /// The model declined.
    Refusal,
    /// It finished without text or tool call.
    Empty,
    /// The server failed.
    Server,
    /// The answer is not what the protocol promises.
    Protocol,
    /// The answer broke off.
    Truncated,
}

impl ErrorKind {
    /// All kinds: tables and tests walk this.
    pub const ALL: [Self; 18] = [
        Self::MissingApiKey,
        Self::Network,
        Self::Timeout,
        Self::Cancelled,
        Self::Overloaded,
        Self::RateLimited,
        Self::Quota,
        Self::Auth,
        Self::Permission,
        Self::NotFound,
        Self::InvalidRequest,
        Self::ContextTooLong,
        Self::ContentFilter,
        Self::Refusal,
        Self::Empty,
        Self::Server,
        Self::Protocol,
        Self::Truncated,
    ];

    /// The name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissingApiKey => "missing_api_key",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Cancelled => "cancelled",
            Self::Overloaded => "overloaded",
            Self::RateLimited => "rate_limited",
            Self::Quota => "quota",
            Self::Auth => "auth",
            Self::Permission => "permission",
            Self::NotFound => "not_found",
            Self::InvalidRequest => "invalid_request",
            Self::ContextTooLong => "context_too_long",
            Self::ContentFilter => "content_filter",
            Self::Refusal => "refusal",
            Self::Empty => "empty",
            Self::Server => "server",
            Self::Protocol => "protocol",
            Self::Truncated => "truncated",
        }
    }

    /// Whether the same request to the same model may succeed a little later.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Network
            | Self::Timeout
            | Self::Overloaded
            | Self::RateLimited
            | Self::Server
            | Self::Protocol
            | Self::Truncated => true,
            Self::MissingApiKey
            | Self::Cancelled
            | Self::Quota
            | Self::Auth
            | Self::Permission
            | Self::NotFound
            | Self::InvalidRequest
            | Self::ContextTooLong
            | Self::ContentFilter
            | Self::Refusal
            | Self::Empty => false,
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A failed call: what happened, whether to try again, and what to tell people.
///
/// It never holds a key: adapters and codecs build messages from the provider's words (at most 500
/// characters of them), never from the request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LlmError {
    /// What kind of failure.
    pub kind: ErrorKind,
    /// What happened and what to do, for people.
    pub message: String,
    /// Whether trying again makes sense; usually [`ErrorKind::is_retryable`], unless the provider said otherwise.
    pub retryable: bool,
    /// How long the server asked to wait.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "millis")]
    pub retry_after: Option<Duration>,
    /// The HTTP status, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The provider's own code or type, as it spelled it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// A parameter of the request that the server does not take, by its name on the wire: without it, the
    /// same request may succeed. Set only where the request has it and makes sense without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_parameter: Option<String>,
}

impl LlmError {
    /// A failure of a kind, retryable as that kind is.
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            retryable: kind.is_retryable(),
            retry_after: None,
            status: None,
            code: None,
            refused_parameter: None,
        }
    }

    /// Adds the HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    /// Adds the provider's code.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<String>) -> Self {
        self.code = Some(code.into());
        self
    }

    /// Adds the parameter that the server does not take.
    #[must_use]
    pub fn with_refused_parameter(mut self, name: impl Into<String>) -> Self {
        self.refused_parameter = Some(name.into());
        self
    }

    /// Adds the delay that the server asked for.
    #[must_use]
    pub const fn with_retry_after(mut self, delay: Duration) -> Self {
        self.retry_after = Some(delay);
        self
    }
}

impl fmt::Display for LlmError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for LlmError {}

/// Durations as whole milliseconds, under the field name as it stands.
mod millis {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(value: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
        value.map(|d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX)).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<u64>::deserialize(deserializer)?.map(Duration::from_millis))
    }
}
