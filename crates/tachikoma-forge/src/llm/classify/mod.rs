//! What a refused request, or an error in the middle of a stream, means for the one who asked.
//!
//! Providers, gateways and local servers have a dozen shapes for "no". This reads whatever words a body
//! has, and decides by the first rule of a [`table`] that fits. What the words are is kept, trimmed and
//! stripped, for they come from outside.

mod delay;
mod refused;
mod signs;
mod table;
mod transport;

use std::borrow::Cow;

use serde_json::Value;

use crate::types::{ErrorKind, LlmError};
use crate::wire::{Sse, SseItem};
use signs::Retry;
use table::Rule;
pub(super) use transport::refused_by_transport;

/// The most characters of a provider's words that are kept.
const MOST_WORDS: usize = 500;

/// The head of an HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// The status.
    pub status: u16,
    /// The headers, names in lower case. A browser shows few of them, often none.
    pub headers: Vec<(String, String)>,
}

impl Head {
    /// The first header of that name (in lower case).
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.trim())
    }

    /// Whether the status promises an answer.
    #[must_use]
    pub const fn is_good(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    pub(crate) fn content_type(&self) -> Option<String> {
        self.header("content-type").map(str::to_ascii_lowercase)
    }
}

/// What an error body says.
#[derive(Debug, Default)]
struct Said {
    message: String,
    /// Codes and types, the most precise first.
    codes: Vec<String>,
    /// The quotas that were met, by name.
    quotas: Vec<String>,
    /// A status that stands in the body.
    status: Option<u16>,
    /// A delay that stands in the body, in a field of its own.
    delay: Option<String>,
    /// It is a web page, and the message its title.
    page: bool,
    /// The part of the request that is at fault.
    param: Option<String>,
}

/// Classifies a refused request by status, headers and body. The body may be anything.
#[must_use]
pub fn classify(head: &Head, body: &str) -> LlmError {
    let body = body.trim_start_matches('\u{FEFF}').trim();
    if let Ok(value) = serde_json::from_str::<Value>(body) {
        return decide(head, &read(&value));
    }
    if body.starts_with('<') {
        return page(head, body);
    }
    // Some servers keep to the stream even when all they have to say is an error.
    if let Some(value) = first_event(body) {
        return decide(head, &read(&value));
    }
    decide(head, &Said { message: body.to_owned(), ..Said::default() })
}

/// Classifies an error that came as part of an answer.
#[must_use]
pub(crate) fn classify_in_band(head: &Head, value: &Value) -> LlmError {
    decide(head, &read(value))
}

/// Whether a JSON value is an error by its shape.
#[must_use]
pub(crate) fn is_error(value: &Value) -> bool {
    let says = |key: &str| value.get(key).and_then(Value::as_str) == Some("error");
    match value {
        Value::Array(items) => items.first().is_some_and(is_error),
        _ => value.get("error").is_some_and(is_present) || says("object") || says("type"),
    }
}

/// Whether a field says anything: `null`, `false`, zero and empty things do not.
fn is_present(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::Bool(b) => *b,
        Value::Number(n) => n.as_f64() != Some(0.0),
        Value::String(s) => !s.is_empty(),
        Value::Array(a) => !a.is_empty(),
        Value::Object(o) => !o.is_empty(),
    }
}

/// Words from outside, fit to be shown: one line of at most 500 characters without control characters
/// or marks that turn the reading direction.
#[must_use]
pub(crate) fn people_text(words: &str) -> String {
    let unfit = |c: char| {
        c.is_control()
            || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
    };
    let mut text = String::new();
    let mut count = 0;
    for word in words.split(|c: char| c.is_whitespace() || unfit(c)).filter(|w| !w.is_empty()) {
        if count > 0 {
            text.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if count >= MOST_WORDS - 1 {
                text.push('…');
                return text;
            }
            text.push(c);
            count += 1;
        }
    }
    text
}

/// The first data line of a stream that is JSON and an error.
fn first_event(body: &str) -> Option<Value> {
    let mut found = None;
    let mut framer = Sse::default();
    let mut take = |data: &str| {
        if found.is_none() {
            found = serde_json::from_str::<Value>(data).ok().filter(Value::is_object);
        }
    };
    let pushed = framer.push(body.as_bytes(), |item| {
        if let SseItem::Frame(frame) = item {
            take(&frame.data);
        }
    });
    if pushed.is_ok()
        && let Some(tail) = framer.tail()
    {
        take(&tail.data);
    }
    found
}

/// Reads every shape of error body that is known.
fn read(value: &Value) -> Said {
    let mut said = Said::default();
    gather(value, &mut said, 0);
    said
}

fn gather(value: &Value, said: &mut Said, depth: usize) {
    if depth > 3 {
        return;
    }
    let say = |said: &mut Said, text: &str| {
        if said.message.is_empty() {
            text.clone_into(&mut said.message);
        }
    };
    match value {
        Value::String(text) => say(said, text),
        Value::Array(items) => {
            if let Some(first) = items.first() {
                gather(first, said, depth + 1);
            }
        }
        Value::Object(map) => {
            // Inner errors are more precise than what wraps them.
            for key in ["error", "errors"] {
                if let Some(inner) = map.get(key).filter(|inner| is_present(inner)) {
                    gather(inner, said, depth + 1);
                }
            }
            // What the provider behind a gateway said, unless that is a body of its own.
            if let Some(Value::String(raw)) = map.get("metadata").and_then(|m| m.get("raw"))
                && !raw.trim_start().starts_with(['{', '[', '<'])
            {
                say(said, raw);
            }
            for key in ["message", "msg", "detail", "error_description"] {
                match map.get(key) {
                    Some(Value::String(text)) => say(said, text),
                    Some(inner @ (Value::Array(_) | Value::Object(_))) if said.message.is_empty() => {
                        gather(inner, said, depth + 1);
                    }
                    _ => {}
                }
            }
            // Which limit was met, Anthropic says in details beside its coarse type.
            if let Some(code) = map.get("details").and_then(|d| d.get("error_code")).and_then(Value::as_str) {
                said.codes.push(code.to_owned());
            }
            for key in ["code", "type", "status", "status_code", "reason"] {
                match map.get(key) {
                    Some(Value::String(text)) if !matches!(text.as_str(), "error" | "") => {
                        said.codes.push(text.clone())
                    }
                    Some(number @ Value::Number(_)) => {
                        let status = number.as_u64().and_then(|n| u16::try_from(n).ok());
                        said.status = said.status.or(status.filter(|s| (400..600).contains(s)));
                    }
                    _ => {}
                }
            }
            said.param = said.param.take().or_else(|| param(map));
            let details = map.get("details").and_then(Value::as_array);
            // Google's status is coarse; its details name the reason, and the quota that was met.
            for part in details.into_iter().flatten() {
                said.codes.extend(part.get("reason").and_then(Value::as_str).map(str::to_owned));
                let met = part.get("violations").and_then(Value::as_array).into_iter().flatten();
                said.quotas.extend(met.filter_map(|v| v.get("quotaId")?.as_str()).map(str::to_owned));
            }
            for part in details.into_iter().flatten().chain([value]) {
                for key in ["retryDelay", "retry_after", "retry_after_seconds", "estimated_time"] {
                    let delay = match part.get(key) {
                        Some(Value::String(text)) => Some(text.clone()),
                        Some(Value::Number(seconds)) => Some(format!("{seconds}s")),
                        _ => None,
                    };
                    said.delay = said.delay.take().or(delay);
                }
            }
        }
        _ => {}
    }
}

/// The part of the request that an error names: in a field, or as the place of the fault.
fn param(map: &serde_json::Map<String, Value>) -> Option<String> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let place = || {
        let steps: Option<Vec<String>> = map.get("loc")?.as_array()?.iter().map(text).collect();
        steps.map(|steps| steps.join("."))
    };
    map.get("param").and_then(text).or_else(place).filter(|name| !name.is_empty())
}

/// A web page where an answer belongs: a proxy's, a login's, a router's.
fn page(head: &Head, body: &str) -> LlmError {
    // ASCII only, so that positions fit both.
    let lower = body.to_ascii_lowercase();
    let between = |open: &str, close: &str| {
        let from = lower.find(open)? + open.len();
        let from = from + lower[from..].find('>')? + 1;
        let to = from + lower[from..].find(close)?;
        Some(people_text(&body[from..to])).filter(|t| !t.is_empty())
    };
    let title = between("<title", "</title").or_else(|| between("<h1", "</h1")).unwrap_or_default();
    decide(head, &Said { message: title, page: true, ..Said::default() })
}

fn decide(head: &Head, said: &Said) -> LlmError {
    let status = if head.is_good() { said.status } else { Some(head.status) };
    let rule = signs::deciding(said, status);
    let delay = delay::from_headers(head)
        .or_else(|| said.delay.as_deref().and_then(delay::duration))
        .or_else(|| delay::from_words(&said.message.to_ascii_lowercase()))
        .or_else(|| delay::from_limits(head).filter(|_| rule.kind == ErrorKind::RateLimited))
        .filter(|_| rule.retry != Retry::Never);
    let mut error = LlmError::new(rule.kind, "");
    error.retryable = match rule.retry {
        Retry::AsKind => error.retryable,
        Retry::Yes => true,
        Retry::No | Retry::Never => false,
        Retry::IfDelayed => delay.is_some(),
    };
    // The server's own word on it, except that no wait brings credit.
    if let Some(wish) = head.header("x-should-retry").filter(|_| rule.kind != ErrorKind::Quota) {
        error.retryable = wish.eq_ignore_ascii_case("true") || (error.retryable && !wish.eq_ignore_ascii_case("false"));
    }
    error.retry_after = delay;
    error.status = Some(head.status);
    error.code = said.codes.first().map(|code| people_text(code)).filter(|code| !code.is_empty());
    error.message = if said.page { of_page(head, said, rule.hint) } else { sentence(rule, status, &said.message) };
    if rule.kind == ErrorKind::InvalidRequest {
        error.refused_parameter = refused::parameter(&said.codes, said.param.as_deref(), &said.message);
    }
    error
}

fn of_page(head: &Head, said: &Said, hint: &str) -> String {
    let title = if said.message.is_empty() { String::new() } else { format!(" titled \"{}\"", said.message) };
    let hint = if hint.is_empty() { "Check the base URL, and whether a proxy stands in between." } else { hint };
    format!("The server answered with a web page{title} in place of an answer (status {}). {hint}", head.status)
}

fn sentence(rule: &Rule, status: Option<u16>, words: &str) -> String {
    let what: Cow<'_, str> = match rule.kind {
        ErrorKind::Auth => "The provider does not accept the key".into(),
        ErrorKind::Permission => "The provider does not allow this request".into(),
        ErrorKind::NotFound => "The provider does not know this model or address".into(),
        ErrorKind::Quota => "The account has no credit left, or met a spending limit".into(),
        ErrorKind::RateLimited => "Too many requests in too short a time".into(),
        ErrorKind::Overloaded => "The provider has too much to do right now".into(),
        ErrorKind::ContextTooLong => "The prompt is longer than the model can read".into(),
        ErrorKind::ContentFilter => "The provider withheld the answer".into(),
        ErrorKind::InvalidRequest => "The provider refused the request".into(),
        ErrorKind::Timeout => "The provider took too long".into(),
        ErrorKind::Server => "The provider's server failed".into(),
        ErrorKind::Network => "The provider was not reached".into(),
        other => format!("The call failed ({other})").into(),
    };
    let status = status.map(|s| format!(" (status {s})")).unwrap_or_default();
    let words = people_text(words);
    let mut text = if words.is_empty() { format!("{what}{status}.") } else { format!("{what}{status}: {words}") };
    if !rule.hint.is_empty() {
        // Providers do not always end their sentences.
        text.push_str(if text.ends_with(['.', '!', '?']) { " " } else { ". " });
        text.push_str(rule.hint);
    }
    text
}
