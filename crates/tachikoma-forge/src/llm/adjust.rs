//! What a provider changes in a request that it cannot take as it stands: said, never done silently.

use std::fmt;

/// A part of a request that a provider or model may not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Parameter {
    /// Instructions apart from the conversation.
    SystemPrompt,
    /// Sampling temperature.
    Temperature,
    /// Nucleus sampling.
    TopP,
    /// Sampling from the likeliest tokens.
    TopK,
    /// The provider's own seed.
    Seed,
    /// Texts that end the answer.
    Stop,
    /// The most tokens to answer with.
    MaxTokens,
    /// The fewest.
    MinTokens,
    /// Against tokens that came often.
    FrequencyPenalty,
    /// Against tokens that came.
    PresencePenalty,
    /// The same as a factor.
    RepeatPenalty,
    /// Thinking before the answer.
    Reasoning,
    /// Tools to call.
    Tools,
    /// Whether to call them.
    ToolChoice,
    /// Pictures.
    Images,
    /// The shape the answer must have.
    JsonSchema,
    /// What every token has to fit.
    Constraint,
    /// Of how many answers the best is given.
    BestOf,
    /// Searching by beams.
    BeamSearch,
    /// Whether the marks that end turns stay out of the text.
    SkipSpecialTokens,
}

impl Parameter {
    /// All of them: tests walk this.
    pub const ALL: [Self; 20] = [
        Self::SystemPrompt,
        Self::Temperature,
        Self::TopP,
        Self::TopK,
        Self::Seed,
        Self::Stop,
        Self::MaxTokens,
        Self::MinTokens,
        Self::FrequencyPenalty,
        Self::PresencePenalty,
        Self::RepeatPenalty,
        Self::Reasoning,
        Self::Tools,
        Self::ToolChoice,
        Self::Images,
        Self::JsonSchema,
        Self::Constraint,
        Self::BestOf,
        Self::BeamSearch,
        Self::SkipSpecialTokens,
    ];

    /// The name for people, as most providers spell it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::SystemPrompt => "system_prompt",
            Self::Temperature => "temperature",
            Self::TopP => "top_p",
            Self::TopK => "top_k",
            Self::Seed => "seed",
            Self::Stop => "stop",
            Self::MaxTokens => "max_tokens",
            Self::MinTokens => "min_tokens",
            Self::FrequencyPenalty => "frequency_penalty",
            Self::PresencePenalty => "presence_penalty",
            Self::RepeatPenalty => "repeat_penalty",
            Self::Reasoning => "reasoning",
            Self::Tools => "tools",
            Self::ToolChoice => "tool_choice",
            Self::Images => "images",
            Self::JsonSchema => "json_schema",
            Self::Constraint => "structured_outputs",
            Self::BestOf => "best_of",
            Self::BeamSearch => "beam_search",
            Self::SkipSpecialTokens => "skip_special_tokens",
        }
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One part of a request that is not sent as it was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adjustment {
    /// Which part.
    pub parameter: Parameter,
    /// What becomes of it.
    pub change: Change,
}

/// What becomes of a part that is not sent as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is left out.
    LeftOut,
    /// It is left out since the other one is there.
    LeftOutBeside(Parameter),
    /// It is sent otherwise; the words say how.
    SentAs(String),
    /// It means the same under another name.
    Renamed(&'static str),
}

impl Adjustment {
    /// Whether something that was asked for is lost: that is worth a warning, a name is not.
    #[must_use]
    pub const fn is_loss(&self) -> bool {
        !matches!(self.change, Change::Renamed(_))
    }

    /// What becomes of it, for people. `model` is the model's name.
    #[must_use]
    pub fn message(&self, model: &str) -> String {
        let name = self.parameter.name();
        match &self.change {
            Change::LeftOut => format!("{model} does not take {name}, so it is left out."),
            Change::LeftOutBeside(other) => {
                format!("{model} does not take {name} together with {other}, so it is left out.")
            }
            Change::SentAs(how) => format!("{model} does not take {name} as it was asked for. It is sent as {how}."),
            Change::Renamed(other) => format!("{model} calls {name} {other}."),
        }
    }
}
