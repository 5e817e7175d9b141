//! How reasoning is asked for: every vendor has a way of its own.
//!
//! Sources: Anthropic "Extended thinking" and "Adaptive thinking", OpenAI and compatible vendors
//! `reasoning_effort`, Gemini `thinkingConfig`, Cohere `thinking`, Ollama `think`, OpenRouter "Reasoning
//! tokens", vLLM and llama.cpp `chat_template_kwargs`.

use serde_json::{Value, json};

use crate::llm::{Change, Effort, Reasoning};

/// How a model or server is told how much to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasoningWay {
    /// It does not think.
    No,
    /// Anthropic's older models: `thinking: {type: enabled, budget_tokens}`.
    AnthropicBudget,
    /// Anthropic's newer models: `thinking: {type: adaptive}` and an effort.
    AnthropicAdaptive {
        /// Whether it can be told not to.
        can_be_off: bool,
    },
    /// `reasoning_effort`, with the words for low, medium and high, and the one nearest to off.
    Effort {
        /// The words for low, medium and high.
        words: [&'static str; 3],
        /// The word nearest to off; `none` is off.
        off: &'static str,
    },
    /// A switch of the chat template, and the effort beside it: vLLM, llama.cpp.
    Template,
    /// `thinking: {type}` and `reasoning_effort`: DeepSeek.
    Switch,
    /// `reasoning: {enabled, effort, max_tokens}`: OpenRouter.
    Object,
    /// `think`, a flag or a word: Ollama.
    Think,
    /// `thinkingConfig.thinkingBudget`: Gemini 2.5.
    GeminiBudget {
        /// The smallest budget; 0 is off.
        least: u32,
    },
    /// `thinkingConfig.thinkingLevel`: Gemini 3, which always thinks a little.
    GeminiLevel {
        /// The level nearest to off.
        off: &'static str,
    },
    /// `thinking: {type, token_budget}`: Cohere.
    CohereBudget,
}

/// What a wish becomes on the wire.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Told {
    /// Paths into the body, and what stands there.
    pub(super) values: Vec<(&'static str, Value)>,
    /// How it differs from the wish.
    pub(super) change: Option<Change>,
    /// Whether it thinks, as far as the request decides that.
    pub(super) on: bool,
}

/// The smallest budget that Anthropic takes, and what has to be left for the answer.
const LEAST: u32 = 1024;

impl ReasoningWay {
    /// What the dialect's inventor calls the efforts.
    pub const EFFORT: Self = Self::Effort { words: ["low", "medium", "high"], off: "none" };

    /// What a wish becomes, where `limit` tokens may be written, thoughts included.
    pub(super) fn tell(self, wish: Reasoning, limit: u32) -> Told {
        let mut told = Told { on: wish != Reasoning::Off, ..Told::default() };
        let values = &mut told.values;
        let effort = effort(wish);
        // A budget is an effort where there are no budgets.
        let as_effort = |change: &mut Option<Change>, effort: Effort| {
            if matches!(wish, Reasoning::Budget(_)) {
                *change = Some(Change::SentAs(format!("the effort {}", effort.name())));
            }
        };
        match self {
            Self::No | Self::AnthropicBudget if wish == Reasoning::Off => {}
            Self::No => told = Told { change: Some(Change::LeftOut), ..Told::default() },
            Self::AnthropicBudget => {
                let wanted = budget(wish).unwrap_or(8 * LEAST);
                if limit < 2 * LEAST {
                    // It would leave nothing to answer with.
                    return Told { change: Some(Change::LeftOut), ..Told::default() };
                }
                let given = wanted.clamp(LEAST, limit - LEAST);
                if given != wanted && matches!(wish, Reasoning::Budget(_)) {
                    told.change = Some(Change::SentAs(format!("a budget of {given} tokens")));
                }
                values.push(("thinking", json!({"type": "enabled", "budget_tokens": given})));
            }
            Self::AnthropicAdaptive { can_be_off } if wish == Reasoning::Off => {
                if can_be_off {
                    values.push(("thinking", json!({"type": "disabled"})));
                } else {
                    told.change = Some(Change::SentAs("the model's own choice".to_owned()));
                    told.on = true;
                }
            }
            Self::AnthropicAdaptive { .. } => {
                values.push(("thinking", json!({"type": "adaptive", "display": "summarized"})));
                if let Some(effort) = effort {
                    values.push(("output_config.effort", json!(effort.name())));
                    as_effort(&mut told.change, effort);
                }
            }
            Self::Effort { off, .. } if wish == Reasoning::Off => {
                values.push(("reasoning_effort", json!(off)));
                if off != "none" {
                    told.change = Some(Change::SentAs(format!("the effort {off}")));
                    told.on = true;
                }
            }
            Self::Effort { words, .. } => {
                let wanted = effort.unwrap_or(Effort::Medium);
                let word = words[wanted as usize];
                values.push(("reasoning_effort", json!(word)));
                if effort.is_some() && (word != wanted.name() || matches!(wish, Reasoning::Budget(_))) {
                    told.change = Some(Change::SentAs(format!("the effort {word}")));
                }
            }
            Self::Template => {
                values.push(("chat_template_kwargs.enable_thinking", json!(wish != Reasoning::Off)));
                if let Some(effort) = effort {
                    // Templates take it from the one, servers that render by themselves from the other.
                    values.push(("chat_template_kwargs.reasoning_effort", json!(effort.name())));
                    values.push(("reasoning_effort", json!(effort.name())));
                    as_effort(&mut told.change, effort);
                }
            }
            Self::Switch => {
                let kind = if wish == Reasoning::Off { "disabled" } else { "enabled" };
                values.push(("thinking", json!({"type": kind})));
                if let Some(effort) = effort {
                    values.push(("reasoning_effort", json!(effort.name())));
                    as_effort(&mut told.change, effort);
                }
            }
            Self::Object => values.push((
                "reasoning",
                match wish {
                    Reasoning::Off => json!({"enabled": false}),
                    Reasoning::On => json!({"enabled": true}),
                    Reasoning::Effort(effort) => json!({"effort": effort.name()}),
                    Reasoning::Budget(tokens) => json!({"max_tokens": tokens}),
                },
            )),
            Self::Think => {
                values.push(("think", effort.map_or(json!(wish != Reasoning::Off), |e| json!(e.name()))));
                if let Some(effort) = effort {
                    as_effort(&mut told.change, effort);
                }
            }
            Self::GeminiBudget { least } => {
                let wanted = if wish == Reasoning::Off { Some(0) } else { budget(wish) };
                let given = wanted.map(|tokens| tokens.max(least));
                // -1 leaves it to the model.
                let value = given.map_or(json!(-1), |tokens| json!(tokens));
                values.push(("generationConfig.thinkingConfig.thinkingBudget", value));
                if given != wanted {
                    told.change = Some(Change::SentAs(format!("a budget of {least} tokens")));
                    told.on = true;
                }
                shown(&mut told);
            }
            Self::GeminiLevel { off } => {
                let level = if wish == Reasoning::Off { Some(off) } else { effort.map(Effort::name) };
                if let Some(level) = level {
                    values.push(("generationConfig.thinkingConfig.thinkingLevel", json!(level)));
                }
                if matches!(wish, Reasoning::Off | Reasoning::Budget(_)) {
                    told.change = level.map(|level| Change::SentAs(format!("the level {level}")));
                    told.on = true;
                }
                shown(&mut told);
            }
            Self::CohereBudget => {
                let kind = if wish == Reasoning::Off { "disabled" } else { "enabled" };
                values.push(("thinking.type", json!(kind)));
                if let Some(tokens) = budget(wish) {
                    values.push(("thinking.token_budget", json!(tokens)));
                }
            }
        }
        told
    }
}

/// Gemini shows its thoughts when it is asked to.
fn shown(told: &mut Told) {
    if told.on {
        told.values.push(("generationConfig.thinkingConfig.includeThoughts", json!(true)));
    }
}

/// The effort that a wish names or, as a budget, comes near to.
const fn effort(wish: Reasoning) -> Option<Effort> {
    match wish {
        Reasoning::Off | Reasoning::On => None,
        Reasoning::Effort(effort) => Some(effort),
        Reasoning::Budget(..4096) => Some(Effort::Low),
        Reasoning::Budget(4096..12_288) => Some(Effort::Medium),
        Reasoning::Budget(12_288..) => Some(Effort::High),
    }
}

/// The budget that a wish names or, as an effort, comes near to, in tokens.
const fn budget(wish: Reasoning) -> Option<u32> {
    match wish {
        Reasoning::Off | Reasoning::On => None,
        Reasoning::Effort(Effort::Low) => Some(2048),
        Reasoning::Effort(Effort::Medium) => Some(8192),
        Reasoning::Effort(Effort::High) => Some(16_384),
        Reasoning::Budget(tokens) => Some(tokens),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_had_is_said() {
        let cases = [
            (ReasoningWay::No, Reasoning::Off, 8192, false, false),
            (ReasoningWay::No, Reasoning::On, 8192, true, false),
            (ReasoningWay::AnthropicBudget, Reasoning::Effort(Effort::High), 8192, false, true),
            (ReasoningWay::AnthropicBudget, Reasoning::Budget(100_000), 8192, true, true),
            (ReasoningWay::AnthropicBudget, Reasoning::On, 2047, true, false),
            (ReasoningWay::AnthropicAdaptive { can_be_off: false }, Reasoning::Off, 8192, true, true),
            (ReasoningWay::EFFORT, Reasoning::Off, 8192, false, false),
            (ReasoningWay::EFFORT, Reasoning::Budget(5000), 8192, true, true),
            (ReasoningWay::Effort { words: ["high"; 3], off: "none" }, Reasoning::On, 8192, false, true),
            (ReasoningWay::Effort { words: ["high"; 3], off: "low" }, Reasoning::Off, 8192, true, true),
            (ReasoningWay::GeminiBudget { least: 128 }, Reasoning::Off, 8192, true, true),
            (ReasoningWay::GeminiBudget { least: 0 }, Reasoning::Off, 8192, false, false),
        ];
        for (way, wish, limit, changed, on) in cases {
            let told = way.tell(wish, limit);
            assert_eq!((told.change.is_some(), told.on), (changed, on), "{way:?} {wish:?}: {told:?}");
        }
        let told = ReasoningWay::AnthropicBudget.tell(Reasoning::Budget(100_000), 8192);
        assert_eq!(told.values, [("thinking", json!({"type": "enabled", "budget_tokens": 7168}))]);
    }
}
