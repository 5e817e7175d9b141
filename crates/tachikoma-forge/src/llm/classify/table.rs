//! The rows by which errors are told apart. Sources: the providers' error pages and their own clients,
//! the servers' code for what runs locally.

use crate::types::ErrorKind::{
    self, Auth, ContentFilter, ContextTooLong, InvalidRequest, NotFound, Overloaded, Permission, Protocol, Quota,
    RateLimited, Server, Timeout,
};

/// A kind, and whether to retry where that is not the kind's own answer.
pub(super) type Row = (ErrorKind, Option<bool>);

/// Codes and types that leave no doubt, in lower case.
const CODES: &[(&str, ErrorKind)] = &[
    ("insufficient_quota", Quota),
    ("credit_balance_exhausted", Quota),
    ("organization_spend_limit_exceeded", Quota),
    ("project_spend_limit_exceeded", Quota),
    ("organization_usage_limit_exceeded", Quota),
    ("enforced_spend_limit_reached", Quota),
    ("billing_hard_limit_reached", Quota),
    ("billing_not_active", Quota),
    ("billing_error", Quota),
    ("insufficient_balance", Quota),
    ("insufficient_credits", Quota),
    ("rate_limit_exceeded", RateLimited),
    ("rate_limit_error", RateLimited),
    ("ratelimiterror", RateLimited),
    ("too_many_requests", RateLimited),
    ("resource_exhausted", RateLimited),
    ("slow_down", RateLimited),
    ("capacity_exceeded", RateLimited),
    ("overloaded_error", Overloaded),
    ("overloaded", Overloaded),
    ("server_is_overloaded", Overloaded),
    ("engine_overloaded", Overloaded),
    ("unavailable", Overloaded),
    ("unavailable_error", Overloaded),
    ("service_unavailable", Overloaded),
    ("insufficient_system_resource", Overloaded),
    ("network_error", Overloaded),
    ("authentication_error", Auth),
    ("invalid_api_key", Auth),
    ("invalid_authentication", Auth),
    ("unauthenticated", Auth),
    ("unauthorized", Auth),
    ("api_key_invalid", Auth),
    ("permission_error", Permission),
    ("permission_denied", Permission),
    ("unsupported_country_region_territory", Permission),
    ("not_found_error", NotFound),
    ("model_not_found", NotFound),
    ("unknown_model", NotFound),
    ("context_length_exceeded", ContextTooLong),
    ("context_window_exceeded", ContextTooLong),
    ("exceed_context_size_error", ContextTooLong),
    ("request_too_large", ContextTooLong),
    ("content_filter", ContentFilter),
    ("content_policy_violation", ContentFilter),
    ("moderation_blocked", ContentFilter),
    ("timeout_error", Timeout),
    ("deadline_exceeded", Timeout),
];

/// Codes and types that only say where it went wrong: they count when nothing else does.
const VAGUE: &[(&str, ErrorKind)] = &[
    ("invalid_request_error", InvalidRequest),
    ("invalid_request", InvalidRequest),
    ("invalid_argument", InvalidRequest),
    ("badrequesterror", InvalidRequest),
    ("not_found", NotFound),
    ("api_error", Server),
    ("server_error", Server),
    ("internal_server_error", Server),
    ("internal_error", Server),
    ("internal", Server),
];

/// When a phrase counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum When {
    /// Whatever the status.
    Always,
    /// With a status of 400 to 499, or without any.
    Refused,
    /// Only when no status says anything, as in the middle of a stream.
    NoStatus,
}

/// Telling phrases, in lower case. The words around them vary between versions of one server.
const PHRASES: &[(&str, ErrorKind, When)] = &[
    ("credit balance is too low", Quota, When::Always),
    ("insufficient balance", Quota, When::Always),
    ("exceeded your current quota", Quota, When::Always),
    ("insufficient credits", Quota, When::Always),
    ("requires more credits", Quota, When::Always),
    ("out of credits", Quota, When::Always),
    ("api calls / month", Quota, When::Always),
    ("please enable billing", Quota, When::Refused),
    ("max tokens must be less than or equal", InvalidRequest, When::Refused),
    ("prompt is too long", ContextTooLong, When::Always),
    ("maximum context length", ContextTooLong, When::Always),
    ("context length exceeded", ContextTooLong, When::Always),
    ("exceeds the context", ContextTooLong, When::Always),
    ("exceed the context", ContextTooLong, When::Always),
    ("exceeds context", ContextTooLong, When::Always),
    ("exceed context", ContextTooLong, When::Always),
    ("exceeds the available context size", ContextTooLong, When::Always),
    ("context window", ContextTooLong, When::Refused),
    ("context size", ContextTooLong, When::Refused),
    ("context length", ContextTooLong, When::Refused),
    ("input is too long", ContextTooLong, When::Refused),
    ("input length", ContextTooLong, When::Refused),
    ("input token count", ContextTooLong, When::Refused),
    ("too many tokens", ContextTooLong, When::Refused),
    ("reduce the length of the messages", ContextTooLong, When::Refused),
    ("tokens in the prompt", ContextTooLong, When::Refused),
    ("api key not valid", Auth, When::Refused),
    ("incorrect api key", Auth, When::Refused),
    ("invalid api key", Auth, When::Refused),
    ("invalid x-api-key", Auth, When::Refused),
    ("no auth credentials", Auth, When::Refused),
    ("cors requests must set", Permission, When::Refused),
    ("cors requests are not allowed", Permission, When::Refused),
    ("user location is not supported", Permission, When::Refused),
    ("unexpected endpoint", NotFound, When::Always),
    ("rate limit", RateLimited, When::NoStatus),
    ("too many requests", RateLimited, When::NoStatus),
    ("overloaded", Overloaded, When::NoStatus),
    ("server busy", Overloaded, When::NoStatus),
    ("service unavailable", Overloaded, When::NoStatus),
    ("at capacity", Overloaded, When::NoStatus),
    ("try pulling it first", NotFound, When::Always),
    ("timed out", Timeout, When::NoStatus),
];

/// Statuses. The second value says where trying again is another matter than for the kind.
const STATUSES: &[(u16, ErrorKind, Option<bool>)] = &[
    (400, InvalidRequest, None),
    (401, Auth, None),
    (402, Quota, None),
    (403, Permission, None),
    (404, NotFound, None),
    (405, NotFound, None),
    (407, Permission, None),
    (408, Timeout, None),
    (409, InvalidRequest, Some(true)),
    (410, NotFound, None),
    (413, ContextTooLong, None),
    (415, InvalidRequest, None),
    (422, InvalidRequest, None),
    (425, Overloaded, None),
    (429, RateLimited, None),
    (451, Permission, None),
    // Cohere's: a word on its list of blocked ones. Groq, which means "at capacity", has a code for it.
    (498, ContentFilter, None),
    (499, Server, None),
    (503, Overloaded, None),
    (504, Timeout, None),
    (524, Timeout, None),
    (529, Overloaded, None),
];

pub(super) fn code(code: &str) -> Option<Row> {
    find(CODES, code)
}

pub(super) fn vague_code(code: &str) -> Option<Row> {
    find(VAGUE, code)
}

/// Whether "too fast" in truth means "not at all", at least not today. Google has one code for all of it and
/// says in the words that the limit is zero, or in the name of the quota that it is one per day.
pub(super) fn is_used_up(lower: &str, quotas: &[String]) -> bool {
    let mut limits = lower.match_indices("limit: 0").map(|(at, found)| &lower[at + found.len()..]);
    limits.any(|rest| !rest.starts_with(|c: char| c.is_ascii_digit())) || quotas.iter().any(|q| q.contains("PerDay"))
}

fn find(rows: &[(&str, ErrorKind)], code: &str) -> Option<Row> {
    rows.iter().find(|(name, _)| name.eq_ignore_ascii_case(code)).map(|(_, kind)| (*kind, None))
}

pub(super) fn phrase(lower: &str, status: Option<u16>) -> Option<Row> {
    let counts = |when: When| match when {
        When::Always => true,
        When::Refused => status.is_none_or(|s| matches!(s, 400 | 401 | 403 | 413 | 422)),
        When::NoStatus => status.is_none(),
    };
    PHRASES.iter().find(|(phrase, _, when)| counts(*when) && lower.contains(phrase)).map(|(_, kind, _)| (*kind, None))
}

pub(super) fn status(status: u16) -> Option<Row> {
    match status {
        300..=399 => Some((Protocol, Some(false))),
        _ => STATUSES.iter().find(|(s, ..)| *s == status).map(|(_, kind, retryable)| (*kind, *retryable)),
    }
}
