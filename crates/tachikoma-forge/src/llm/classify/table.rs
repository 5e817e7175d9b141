//! The rules by which errors are told apart: one table, read from top to bottom. The first rule that fits decides.
//!
//! The provider's own code goes first, since it is the most precise and may contradict the status (a 429 that means
//! "no credit", a 413 that means "too fast"); then telling phrases; then the status; then codes that only say where
//! it went wrong. Sources: the providers' error pages and their own clients, the servers' code for what runs locally.

use super::signs::At::{self, Any, Between, Of, Unknown, UnknownOr};
use super::signs::Retry::{self, AsKind, IfDelayed, Never, No, Yes};
use super::signs::Sign::{self, Anything, Code, LimitOfZero, Met, MoreThanLimit, Page, PageTitled, Vague, Words};
use crate::types::ErrorKind::{
    self, Auth, ContentFilter, ContextTooLong, InvalidRequest, Network, NotFound, Overloaded, Permission, Protocol,
    Quota, RateLimited, Server, Timeout,
};

/// One rule: where it counts, what it looks for, what that means.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) at: At,
    pub(super) sign: Sign,
    pub(super) kind: ErrorKind,
    pub(super) retry: Retry,
    /// What people can do, where the server's words do not say it; empty for nothing.
    pub(super) hint: &'static str,
}

/// A rule without a hint.
const fn rule(at: At, sign: Sign, kind: ErrorKind, retry: Retry) -> Rule {
    Rule { at, sign, kind, retry, hint: "" }
}

/// A code or type that leaves no doubt, in lower case.
const fn code(name: &'static str, kind: ErrorKind) -> Rule {
    rule(Any, Code(name), kind, AsKind)
}

/// A telling phrase, in lower case; `…` stands for anything. The words around it vary between versions of one server.
const fn words(at: At, phrase: &'static str, kind: ErrorKind) -> Rule {
    rule(at, Words(phrase), kind, AsKind)
}

/// A status.
const fn status(status: &'static [u16], kind: ErrorKind) -> Rule {
    rule(Of(status), Anything, kind, AsKind)
}

/// A code that only says where it went wrong.
const fn vague(name: &'static str, kind: ErrorKind) -> Rule {
    rule(Any, Vague(name), kind, AsKind)
}

impl Rule {
    const fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }
}

const LOGIN: &str = "Perhaps the network wants a log-in first; else check the base URL.";
const HUMAN: &str = "The service wants to see a person first, or blocks this network.";
const GATEWAY: &str = "A gateway in front of the provider sent this. Try again later.";
const BASE_URL: &str = "Check the base URL: that of most servers ends in /v1.";
const LARGE: &str = "This request alone is larger than the limit: shorten it, or ask another model.";
const LOAD: &str = "The server has no model in memory: load one there, then try again.";

/// What a request that was refused looks like: a status that blames the request, or none.
const REFUSED: At = UnknownOr(&[400, 401, 403, 413, 422]);

/// The rules.
pub(super) const RULES: &[Rule] = &[
    // Pages, where an answer belongs.
    rule(Unknown, Page, Protocol, AsKind).hint(LOGIN),
    rule(Of(&[511]), Anything, Network, AsKind).hint(LOGIN),
    rule(Of(&[403, 429, 503]), PageTitled("just a moment"), Permission, AsKind).hint(HUMAN),
    rule(Of(&[403, 429]), PageTitled("attention required"), Permission, AsKind).hint(HUMAN),
    rule(Of(&[502]), Page, Server, AsKind).hint(GATEWAY),
    rule(Of(&[503]), Page, Overloaded, AsKind).hint(GATEWAY),
    rule(Of(&[504]), Page, Timeout, AsKind).hint(GATEWAY),
    // Money. OpenRouter's is a matter of waiting when it says for how long.
    rule(Of(&[402]), Anything, Quota, IfDelayed),
    code("insufficient_quota", Quota),
    code("credit_balance_exhausted", Quota),
    code("organization_spend_limit_exceeded", Quota),
    code("project_spend_limit_exceeded", Quota),
    code("organization_usage_limit_exceeded", Quota),
    code("enforced_spend_limit_reached", Quota),
    code("billing_hard_limit_reached", Quota),
    code("billing_not_active", Quota),
    code("billing_error", Quota),
    code("insufficient_balance", Quota),
    code("insufficient_credits", Quota),
    // "Too fast" that in truth means "not at all", at least not today: Google has one code for all of it.
    rule(UnknownOr(&[429]), LimitOfZero, Quota, Never),
    rule(UnknownOr(&[429]), Met("PerDay"), Quota, Never),
    words(Of(&[429]), "free-models-per-day", Quota),
    // Too fast. Of a request that is larger than the limit itself, no wait makes a smaller one.
    rule(Of(&[413, 429]), MoreThanLimit, RateLimited, No).hint(LARGE),
    code("rate_limit_exceeded", RateLimited),
    code("rate_limit_error", RateLimited),
    code("ratelimiterror", RateLimited),
    code("too_many_requests", RateLimited),
    code("resource_exhausted", RateLimited),
    code("slow_down", RateLimited),
    code("capacity_exceeded", RateLimited),
    // Too much to do.
    code("overloaded_error", Overloaded),
    code("overloaded", Overloaded),
    code("server_is_overloaded", Overloaded),
    code("engine_overloaded", Overloaded),
    code("unavailable", Overloaded),
    code("unavailable_error", Overloaded),
    code("service_unavailable", Overloaded),
    code("insufficient_system_resource", Overloaded),
    code("network_error", Overloaded),
    // The key, and what it allows.
    code("authentication_error", Auth),
    code("invalid_api_key", Auth),
    code("invalid_authentication", Auth),
    code("unauthenticated", Auth),
    code("unauthorized", Auth),
    code("api_key_invalid", Auth),
    code("permission_error", Permission),
    code("permission_denied", Permission),
    code("unsupported_country_region_territory", Permission),
    // The model.
    code("not_found_error", NotFound),
    code("model_not_found", NotFound),
    code("model_not_available", NotFound),
    code("model_not_supported", NotFound),
    code("model_decommissioned", NotFound),
    code("invalid_model", NotFound),
    code("unknown_model", NotFound),
    // The length.
    code("context_length_exceeded", ContextTooLong),
    code("context_window_exceeded", ContextTooLong),
    code("exceed_context_size_error", ContextTooLong),
    code("model_max_prompt_tokens_exceeded", ContextTooLong),
    code("string_above_max_length", ContextTooLong),
    code("request_too_large", ContextTooLong),
    // The content.
    code("content_filter", ContentFilter),
    code("content_policy_violation", ContentFilter),
    code("moderation_blocked", ContentFilter),
    code("data_inspection_failed", ContentFilter),
    code("invalid_prompt", ContentFilter),
    code("timeout_error", Timeout),
    code("deadline_exceeded", Timeout),
    // Phrases: money.
    words(Any, "credit balance is too low", Quota),
    words(Any, "insufficient balance", Quota),
    words(Any, "exceeded your current quota", Quota),
    words(Any, "insufficient credits", Quota),
    words(Any, "requires more credits", Quota),
    words(Any, "used all available credits", Quota),
    words(Any, "monthly spending limit", Quota),
    words(Any, "out of credits", Quota),
    words(Any, "billing hard limit", Quota),
    words(Any, "api calls / month", Quota),
    words(REFUSED, "please enable billing", Quota),
    // The length. A limit of the answer, which the first two are, is another matter.
    words(REFUSED, "max tokens must be less than or equal", InvalidRequest),
    words(REFUSED, "max_tokens is too large", InvalidRequest),
    words(Any, "prompt is too long", ContextTooLong),
    words(Any, "prompt too long", ContextTooLong),
    words(Any, "maximum context length", ContextTooLong),
    words(Any, "maximum prompt length", ContextTooLong),
    words(Any, "maximum model length", ContextTooLong),
    words(Any, "context length exceeded", ContextTooLong),
    words(Any, "exceeds the context", ContextTooLong),
    words(Any, "exceed the context", ContextTooLong),
    words(Any, "exceeds context", ContextTooLong),
    words(Any, "exceed context", ContextTooLong),
    words(Any, "exceeds the available context size", ContextTooLong),
    words(Any, "longer than the model's context", ContextTooLong),
    words(Any, "tokens to keep from the initial prompt", ContextTooLong),
    words(Any, "greater than max_seq_len", ContextTooLong),
    words(Any, "exceeded model token limit", ContextTooLong),
    words(Any, "prompt exceeds max length", ContextTooLong),
    words(REFUSED, "prompt token count…exceeds the limit", ContextTooLong),
    words(REFUSED, "inputs` tokens + `max_new_tokens`", ContextTooLong),
    words(REFUSED, "inputs` must have less than", ContextTooLong),
    words(REFUSED, "context window", ContextTooLong),
    words(REFUSED, "context size", ContextTooLong),
    words(REFUSED, "context length", ContextTooLong),
    words(REFUSED, "input is too long", ContextTooLong),
    words(REFUSED, "input length", ContextTooLong),
    words(REFUSED, "input token count", ContextTooLong),
    words(REFUSED, "too many tokens", ContextTooLong),
    words(REFUSED, "reduce the length of the messages", ContextTooLong),
    words(REFUSED, "reduce the length of the prompt", ContextTooLong),
    words(REFUSED, "tokens in the prompt", ContextTooLong),
    // The content.
    words(REFUSED, "content management policy", ContentFilter),
    words(REFUSED, "content filtering policy", ContentFilter),
    words(REFUSED, "violates usage guidelines", ContentFilter),
    words(REFUSED, "violating our usage policy", ContentFilter),
    words(REFUSED, "input was flagged", ContentFilter),
    words(REFUSED, "content exists risk", ContentFilter),
    // The key, and what it allows.
    words(REFUSED, "api key not valid", Auth),
    words(REFUSED, "incorrect api key", Auth),
    words(REFUSED, "invalid api key", Auth),
    words(REFUSED, "invalid x-api-key", Auth),
    words(REFUSED, "no auth credentials", Auth),
    words(REFUSED, "cors requests must set", Permission),
    words(REFUSED, "cors requests are not allowed", Permission),
    words(REFUSED, "user location is not supported", Permission),
    // The model, and the address.
    words(Any, "unexpected endpoint", NotFound).hint(BASE_URL),
    words(Any, "try pulling it first", NotFound),
    words(Any, "no models loaded", NotFound).hint(LOAD),
    words(REFUSED, "model not exist", NotFound),
    words(REFUSED, "model not found", NotFound),
    words(REFUSED, "model…does not exist", NotFound),
    words(REFUSED, "model '…' not found", NotFound),
    words(REFUSED, "not a valid model id", NotFound),
    words(REFUSED, "invalid model id", NotFound),
    words(REFUSED, "invalid model name", NotFound),
    words(REFUSED, "model…has been decommissioned", NotFound),
    words(REFUSED, "model…has been deprecated", NotFound),
    // What no status tells, as in the middle of a stream.
    words(Unknown, "rate limit", RateLimited),
    words(Unknown, "too many requests", RateLimited),
    words(Unknown, "overloaded", Overloaded),
    words(Unknown, "server busy", Overloaded),
    words(Unknown, "service unavailable", Overloaded),
    words(Unknown, "at capacity", Overloaded),
    words(Unknown, "timed out", Timeout),
    words(Any, "required for image input", InvalidRequest),
    words(Any, "image input is not supported", InvalidRequest),
    words(Any, "that support image input", InvalidRequest),
    words(Unknown, "does not support thinking", InvalidRequest),
    words(Unknown, "does not support tools", InvalidRequest),
    words(Unknown, "field is required", InvalidRequest),
    // Statuses.
    rule(Between(300, 399), Anything, Protocol, No),
    status(&[400, 415, 422], InvalidRequest),
    status(&[401], Auth),
    status(&[403, 407, 451], Permission),
    status(&[404, 405, 410], NotFound),
    status(&[408, 504], Timeout),
    rule(Of(&[409]), Anything, InvalidRequest, Yes),
    status(&[413], ContextTooLong),
    status(&[425, 503, 529], Overloaded),
    status(&[429], RateLimited),
    // Cohere's: a word on its list of blocked ones. Groq, which means "at capacity", has a code for it.
    status(&[498], ContentFilter),
    status(&[499], Server),
    // Cloudflare's, for what is behind it.
    status(&[520, 521, 523, 530], Server).hint(GATEWAY),
    status(&[522, 524], Timeout).hint(GATEWAY),
    rule(Of(&[525, 526]), Anything, Server, No).hint(GATEWAY),
    vague("invalid_request_error", InvalidRequest),
    vague("invalid_request", InvalidRequest),
    vague("invalid_argument", InvalidRequest),
    vague("badrequesterror", InvalidRequest),
    vague("not_found", NotFound),
    vague("api_error", Server),
    vague("server_error", Server),
    vague("internal_server_error", Server),
    vague("internal_error", Server),
    vague("internal", Server),
    rule(Between(400, 499), Anything, InvalidRequest, AsKind),
    rule(Between(500, u16::MAX), Anything, Server, AsKind),
    rule(Unknown, Anything, Server, AsKind),
];

/// What a status is that no error has.
pub(super) const OTHERWISE: Rule = rule(Any, Anything, Protocol, AsKind);
