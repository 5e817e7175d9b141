//! Requests that brought no answer at all: what the platform said of them, in the provider's name.

use crate::llm::{ProviderKind, ProviderRow, TransportError, TransportErrorKind};
use crate::types::{ErrorKind, LlmError};

/// What a failure before the head of an answer means for a provider at a base URL.
pub(in crate::llm) fn refused_by_transport(row: &ProviderRow, base_url: &str, error: &TransportError) -> LlmError {
    let ProviderRow { label, browser_hint: hint, .. } = row;
    let said = &error.message;
    let (kind, retryable, message) = match error.kind {
        TransportErrorKind::Unreachable if row.kind != ProviderKind::Cloud => {
            (ErrorKind::Network, true, format!("{label} does not answer at {base_url}. Is it running? {said}"))
        }
        TransportErrorKind::Unreachable => (ErrorKind::Network, true, format!("{label} was not reached. {said}")),
        TransportErrorKind::Hidden => {
            (ErrorKind::Network, false, format!("{label}: wrong key or CORS. The browser hides which. {hint} {said}"))
        }
        TransportErrorKind::Blocked => {
            (ErrorKind::Permission, false, format!("{label} cannot be asked from this page. {said}"))
        }
        TransportErrorKind::ConnectTimeout => {
            (ErrorKind::Timeout, true, format!("Connecting to {label} took too long. {said}"))
        }
        TransportErrorKind::Redirect => (
            ErrorKind::Protocol,
            false,
            format!("{label} sent the request elsewhere, which is refused. Check the base URL. {said}"),
        ),
        TransportErrorKind::Broken => {
            (ErrorKind::Network, true, format!("The connection to {label} broke before an answer. {said}"))
        }
        TransportErrorKind::Invalid => {
            (ErrorKind::InvalidRequest, false, format!("The request to {label} cannot be sent. {said}"))
        }
    };
    let mut error = LlmError::new(kind, message.trim());
    error.retryable = retryable;
    error
}
