//! Base URLs, as people write them.

use crate::types::{ErrorKind, LlmError};

/// Appends the dialect's path where the URL has none.
pub(super) fn complete(url: &str, path: &str) -> String {
    let url = url.trim().trim_end_matches('/');
    let has_path = url.split_once("://").is_some_and(|(_, rest)| rest.contains('/'));
    if has_path { url.to_owned() } else { format!("{url}{path}") }
}

/// The host and port of a base URL.
pub(super) fn host_of(url: &str) -> Result<&str, LlmError> {
    let wrong = |why: &str| {
        let why = format!("The base URL {why}. Write it like http://127.0.0.1:1234 or https://host.example/v1.");
        LlmError::new(ErrorKind::InvalidRequest, why)
    };
    let url = url.trim();
    if url.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(wrong("holds a blank"));
    }
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let rest = rest.ok_or_else(|| wrong("begins neither with http:// nor with https://"))?;
    if rest.contains(['?', '#']) {
        return Err(wrong("has a query or a fragment"));
    }
    let host = rest.split('/').next().unwrap_or_default();
    // A password in an address ends up in logs.
    if host.contains('@') {
        return Err(wrong("holds a user name; keys belong into the key field"));
    }
    if host.is_empty() || host.starts_with(':') {
        return Err(wrong("has no host"));
    }
    Ok(host)
}

/// Scheme, host and port of a base URL, written alike for the same server: in small letters, and without the port that
/// goes without saying.
pub(super) fn origin(url: &str) -> Result<String, LlmError> {
    let host = host_of(url)?.to_ascii_lowercase();
    let (scheme, usual) = if url.trim().starts_with("https") { ("https", ":443") } else { ("http", ":80") };
    Ok(format!("{scheme}://{}", host.strip_suffix(usual).unwrap_or(&host)))
}

/// Whether a host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    // A name that only begins like such an address may be anybody's; one of four numbers is no name.
    let numbers = name.split('.').count() == 4 && name.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (numbers && name.starts_with("127.")) || name.eq_ignore_ascii_case("localhost") || name == "[::1]"
}
