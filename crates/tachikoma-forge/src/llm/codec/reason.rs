//! Why answers end, as providers and gateways spell it. One table for every dialect: gateways pass each
//! other's spellings on, so a dialect's own list would only be shorter, not truer.

use crate::types::{ErrorKind, StopReason};

/// What a spelled reason means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// The answer is complete.
    Stopped(StopReason),
    /// The reason names a failure: the answer is not complete.
    Failed(ErrorKind),
}

use Ending::{Failed, Stopped};

/// Spellings in lower case, sorted by meaning.
const REASONS: &[(&str, Ending)] = &[
    ("stop", Stopped(StopReason::End)),
    ("end_turn", Stopped(StopReason::End)),
    ("end", Stopped(StopReason::End)),
    ("eos", Stopped(StopReason::End)),
    ("eos_token", Stopped(StopReason::End)),
    ("complete", Stopped(StopReason::End)),
    ("completed", Stopped(StopReason::End)),
    ("finish_reason_stop", Stopped(StopReason::End)),
    ("length", Stopped(StopReason::MaxTokens)),
    ("max_tokens", Stopped(StopReason::MaxTokens)),
    ("max_output_tokens", Stopped(StopReason::MaxTokens)),
    ("model_length", Stopped(StopReason::MaxTokens)),
    ("incomplete", Stopped(StopReason::MaxTokens)),
    ("stop_sequence", Stopped(StopReason::StopSequence)),
    ("tool_use", Stopped(StopReason::ToolUse)),
    ("tool_call", Stopped(StopReason::ToolUse)),
    ("tool_calls", Stopped(StopReason::ToolUse)),
    ("function_call", Stopped(StopReason::ToolUse)),
    ("refusal", Stopped(StopReason::Refusal)),
    ("content_filter", Stopped(StopReason::ContentFilter)),
    ("content_filtered", Stopped(StopReason::ContentFilter)),
    ("safety", Stopped(StopReason::ContentFilter)),
    ("sensitive", Stopped(StopReason::ContentFilter)),
    ("recitation", Stopped(StopReason::ContentFilter)),
    ("blocklist", Stopped(StopReason::ContentFilter)),
    ("prohibited_content", Stopped(StopReason::ContentFilter)),
    ("spii", Stopped(StopReason::ContentFilter)),
    ("language", Stopped(StopReason::ContentFilter)),
    ("model_armor", Stopped(StopReason::ContentFilter)),
    ("image_safety", Stopped(StopReason::ContentFilter)),
    ("image_prohibited_content", Stopped(StopReason::ContentFilter)),
    ("image_recitation", Stopped(StopReason::ContentFilter)),
    ("model_context_window_exceeded", Stopped(StopReason::ContextWindow)),
    ("context_length_exceeded", Stopped(StopReason::ContextWindow)),
    ("context_window", Stopped(StopReason::ContextWindow)),
    ("pause_turn", Stopped(StopReason::Pause)),
    ("pause", Stopped(StopReason::Pause)),
    ("error", Failed(ErrorKind::Server)),
    ("server_error", Failed(ErrorKind::Server)),
    ("internal_error", Failed(ErrorKind::Server)),
    ("failed", Failed(ErrorKind::Server)),
    ("failure", Failed(ErrorKind::Server)),
    ("abort", Failed(ErrorKind::Server)),
    ("aborted", Failed(ErrorKind::Server)),
    ("cancelled", Failed(ErrorKind::Server)),
    ("canceled", Failed(ErrorKind::Server)),
    ("malformed_function_call", Failed(ErrorKind::Server)),
    ("malformed_response", Failed(ErrorKind::Server)),
    ("unexpected_tool_call", Failed(ErrorKind::Server)),
    ("too_many_tool_calls", Failed(ErrorKind::Server)),
    ("missing_thought_signature", Failed(ErrorKind::InvalidRequest)),
    ("timeout", Failed(ErrorKind::Timeout)),
    ("network_error", Failed(ErrorKind::Overloaded)),
    ("insufficient_system_resource", Failed(ErrorKind::Overloaded)),
    ("overloaded", Failed(ErrorKind::Overloaded)),
    ("overloaded_error", Failed(ErrorKind::Overloaded)),
    ("rate_limit", Failed(ErrorKind::RateLimited)),
    ("rate_limited", Failed(ErrorKind::RateLimited)),
];

/// What a reason means; `None` when none was given, which some servers write in words.
pub(super) fn meaning(raw: &str) -> Option<Ending> {
    let spelled = raw.trim().to_ascii_lowercase();
    if matches!(spelled.as_str(), "" | "null" | "none" | "finish_reason_unspecified") {
        return None;
    }
    let known = REASONS.iter().find(|(name, _)| *name == spelled).map(|(_, ending)| *ending);
    Some(known.unwrap_or_else(|| {
        // Names that nobody listed, yet plainly say that it went wrong.
        if spelled.ends_with("_error") || spelled.starts_with("error") {
            Failed(ErrorKind::Server)
        } else {
            Stopped(StopReason::Other)
        }
    }))
}
