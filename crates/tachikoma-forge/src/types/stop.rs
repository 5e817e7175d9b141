//! Why a model stopped.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a finished answer ended. A failed or cut stream has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// It said what it had to say.
    End,
    /// It met the token limit: the text is cut short.
    MaxTokens,
    /// It met a stop sequence.
    StopSequence,
    /// It wants a tool called.
    ToolUse,
    /// The model declined.
    Refusal,
    /// The provider withheld the answer.
    ContentFilter,
    /// The context window is full: the text is cut short.
    ContextWindow,
    /// The provider paused a long turn.
    Pause,
    /// A reason was given that has no name here; the raw reason is kept beside it.
    Other,
    /// It finished without giving a reason.
    Unknown,
}

impl StopReason {
    /// The name in files and on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::End => "end",
            Self::MaxTokens => "max_tokens",
            Self::StopSequence => "stop_sequence",
            Self::ToolUse => "tool_use",
            Self::Refusal => "refusal",
            Self::ContentFilter => "content_filter",
            Self::ContextWindow => "context_window",
            Self::Pause => "pause",
            Self::Other => "other",
            Self::Unknown => "unknown",
        }
    }

    /// Whether the text was cut short by a limit.
    #[must_use]
    pub const fn is_cut_short(self) -> bool {
        matches!(self, Self::MaxTokens | Self::ContextWindow | Self::Pause)
    }
}

impl fmt::Display for StopReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
