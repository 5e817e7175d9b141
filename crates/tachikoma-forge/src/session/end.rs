//! How a session can end, and by which rule.

use serde::{Deserialize, Serialize};

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Agreement reached the threshold.
    Converged,
    /// The protocol came to its end. It takes no vote on the answer, so nobody agreed to it.
    Concluded,
    /// The rounds are used up without enough agreement: the best version stands, and the dissent with it.
    NotConverged,
    /// A limit or failures ended it early; the best that exists stands.
    Partial,
    /// Another call might have gone beyond the cap on money or tokens; the best that exists stands.
    Budget,
    /// There is nothing to show.
    Failed,
    /// Somebody stopped it. It can be continued.
    Stopped,
}

/// The rule that ended a session. `tachikoma verify` checks each against what is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopRule {
    /// Enough members agreed, and no more issues block than may.
    Agreement,
    /// The ballots were counted: whether one answer to the closed question has more votes than any other, and enough of them.
    Plurality,
    /// The protocol's last step is done.
    LastStep,
    /// The rounds are used up.
    MaxRounds,
    /// No member votes otherwise than in the votes before.
    Impasse,
    /// The versions that came after the best one did not find more agreement.
    StableRanking,
    /// The cap on money or tokens leaves no room for another call.
    Budget,
    /// The time for all of it is over.
    Time,
    /// Too few members can answer.
    Members,
    /// Somebody asked for the end.
    Finished,
    /// Somebody stopped it, so that it can be continued.
    Stopped,
    /// A fault of the program, or of a prompt.
    Fault,
}

impl StopRule {
    /// The rule in a sentence, for people who check a result.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Agreement => "Agreement reached the threshold with a quorum, and no more issues block than may.",
            Self::Plurality => "Whether one answer has more votes than any other, and enough of them.",
            Self::LastStep => "The protocol's last step is done; it takes no vote on the answer.",
            Self::MaxRounds => "The rounds are used up without enough agreement.",
            Self::Impasse => "No member votes otherwise than in the votes before.",
            Self::StableRanking => "The versions after the best one did not find more agreement.",
            Self::Budget => "The cap on money or tokens leaves no room for another call.",
            Self::Time => "The time for all of it is over.",
            Self::Members => "Too few members can answer.",
            Self::Finished => "Somebody asked for the end.",
            Self::Stopped => "Somebody stopped it; it can be continued.",
            Self::Fault => "A fault of the program, or of a prompt, ended it.",
        }
    }

    /// Whether a limit that somebody set ended it: rounds, money, tokens or time.
    #[must_use]
    pub const fn is_limit(self) -> bool {
        matches!(self, Self::MaxRounds | Self::Budget | Self::Time)
    }
}
