//! The settings of a request, fitted by data to a dialect, a server and a model: which of them are sent, under
//! which names, and what is said about the rest.
//!
//! A setting's name is a path into the body: `options.top_k` stands in the object `options`. What a server takes
//! beyond its dialect is in its [`Quirks`], what a model refuses in its [`ModelTraits`]. Sources: the vendors'
//! API references as of November 2026.

use serde_json::{Value, json};

use super::{Dialect, ModelTraits, Quirks};
use crate::llm::Parameter::{
    self, BeamSearch, BestOf, FrequencyPenalty, Images, MaxTokens, MinTokens, PresencePenalty, RepeatPenalty, Seed,
    SkipSpecialTokens, Stop, Temperature, ToolChoice, Tools, TopK, TopP,
};
use crate::llm::{Adjustment, Change, LlmRequest, Reasoning};

type Names = &'static [(Parameter, &'static str)];

/// What a dialect takes, and where. Tools and pictures have shapes of their own: here stands that it has any.
const fn names(dialect: Dialect) -> Names {
    match dialect {
        Dialect::Anthropic => &[
            (MaxTokens, "max_tokens"),
            (Temperature, "temperature"),
            (TopP, "top_p"),
            (TopK, "top_k"),
            (Stop, "stop_sequences"),
            (Tools, "tools"),
            (ToolChoice, "tool_choice"),
            (Images, "messages"),
        ],
        Dialect::OpenAiChat => &[
            (MaxTokens, "max_tokens"),
            (Temperature, "temperature"),
            (TopP, "top_p"),
            (Seed, "seed"),
            (Stop, "stop"),
            (FrequencyPenalty, "frequency_penalty"),
            (PresencePenalty, "presence_penalty"),
            (Tools, "tools"),
            (ToolChoice, "tool_choice"),
            (Images, "messages"),
        ],
        Dialect::OpenAiResponses => &[
            (MaxTokens, "max_output_tokens"),
            (Temperature, "temperature"),
            (TopP, "top_p"),
            (Tools, "tools"),
            (ToolChoice, "tool_choice"),
            (Images, "input"),
        ],
        // A plain completion has no tools; nobody asks it for them (see `Dialect::of_request`).
        Dialect::Ollama | Dialect::OllamaGenerate => &[
            (MaxTokens, "options.num_predict"),
            (Temperature, "options.temperature"),
            (TopP, "options.top_p"),
            (TopK, "options.top_k"),
            (Seed, "options.seed"),
            (Stop, "options.stop"),
            (FrequencyPenalty, "options.frequency_penalty"),
            (PresencePenalty, "options.presence_penalty"),
            (RepeatPenalty, "options.repeat_penalty"),
            (Tools, "tools"),
            (Images, "messages"),
        ],
        Dialect::Gemini => &[
            (MaxTokens, "generationConfig.maxOutputTokens"),
            (Temperature, "generationConfig.temperature"),
            (TopP, "generationConfig.topP"),
            (TopK, "generationConfig.topK"),
            (Seed, "generationConfig.seed"),
            (Stop, "generationConfig.stopSequences"),
            (FrequencyPenalty, "generationConfig.frequencyPenalty"),
            (PresencePenalty, "generationConfig.presencePenalty"),
            (Tools, "tools"),
            (ToolChoice, "toolConfig"),
            (Images, "contents"),
        ],
        Dialect::Cohere => &[
            (MaxTokens, "max_tokens"),
            (Temperature, "temperature"),
            (TopP, "p"),
            (TopK, "k"),
            (Seed, "seed"),
            (Stop, "stop_sequences"),
            (FrequencyPenalty, "frequency_penalty"),
            (PresencePenalty, "presence_penalty"),
            (Tools, "tools"),
            (ToolChoice, "tool_choice"),
            (Images, "messages"),
        ],
    }
}

/// Scales that end elsewhere than most vendors': smallest and largest value.
const SCALES: &[(Dialect, Parameter, f64, f64)] = &[
    (Dialect::Anthropic, Temperature, 0.0, 1.0),
    // Neither end of the scale is allowed.
    (Dialect::Cohere, TopP, 0.01, 0.99),
    (Dialect::Cohere, FrequencyPenalty, 0.0, 1.0),
    (Dialect::Cohere, PresencePenalty, 0.0, 1.0),
];

/// How many texts may end an answer; OpenAI's limit holds at OpenAI only.
const MOST_STOPS: &[(Dialect, usize)] = &[(Dialect::OpenAiChat, 4), (Dialect::Gemini, 5), (Dialect::Cohere, 5)];

/// OpenAI's Responses take no lower token limit.
const LEAST_RESPONSE: u32 = 16;

/// A request, and to whom it goes.
#[derive(Clone, Copy)]
pub(super) struct Target<'r> {
    pub(super) dialect: Dialect,
    pub(super) quirks: &'r Quirks,
    pub(super) traits: ModelTraits,
    pub(super) request: &'r LlmRequest,
}

/// What is sent, and what is said about it.
#[derive(Debug, Default)]
pub(super) struct Settings {
    /// Paths into the body, and what stands there.
    pub(super) values: Vec<(&'static str, Value)>,
    pub(super) adjustments: Vec<Adjustment>,
    /// The model thinks first, as far as the request decides that.
    pub(super) thinks: bool,
}

impl Settings {
    pub(super) fn note(&mut self, parameter: Parameter, change: Change) {
        self.adjustments.push(Adjustment { parameter, change });
    }
}

impl Target<'_> {
    /// Where a parameter goes; `None` where it is not taken.
    pub(super) fn path(&self, parameter: Parameter) -> Option<&'static str> {
        if self.refuses(parameter) {
            return None;
        }
        if parameter == MaxTokens && self.completion_tokens() {
            return Some("max_completion_tokens");
        }
        let rows = self.quirks.names.iter().chain(names(self.dialect));
        rows.into_iter().find(|(p, _)| *p == parameter).map(|(_, path)| *path).filter(|path| !path.is_empty())
    }

    fn refuses(&self, parameter: Parameter) -> bool {
        let traits = &self.traits;
        let off = traits.samples_unreasoned && self.request.options.reasoning == Some(Reasoning::Off);
        traits.refuses.contains(&parameter) && !(off && matches!(parameter, Temperature | TopP))
    }

    /// Which of OpenAI's two names the token limit has. A server that refused the one is given the other.
    fn completion_tokens(&self) -> bool {
        let refused = |name: &str| self.request.options.without.iter().any(|n| n == name);
        let other = if self.traits.completion_tokens { "max_completion_tokens" } else { "max_tokens" };
        self.dialect == Dialect::OpenAiChat && (self.traits.completion_tokens != refused(other))
    }

    /// The token limit that is sent.
    pub(super) fn limit(&self) -> u32 {
        let least = if self.dialect == Dialect::OpenAiResponses { LEAST_RESPONSE } else { 0 };
        let wanted = self.request.max_tokens_or_default().max(least);
        self.traits.max_output.map_or(wanted, |most| wanted.min(most))
    }

    /// The settings that are plain values, and reasoning.
    pub(super) fn settings(&self) -> Settings {
        let mut settings = Settings::default();
        let options = &self.request.options;
        if let Some(wish) = options.reasoning {
            let told = self.quirks.reasoning.unwrap_or(self.traits.reasoning).tell(wish, self.limit());
            settings.thinks = told.on;
            settings.values.extend(told.values.into_iter().map(|(path, value)| (self.reasoning_path(path), value)));
            if let Some(change) = told.change {
                settings.note(Parameter::Reasoning, change);
            }
        }
        for (parameter, value) in self.wishes() {
            let Some(path) = self.path(parameter) else {
                settings.note(parameter, Change::LeftOut);
                continue;
            };
            if let Some(other) = self.conflict(parameter, settings.thinks) {
                settings.note(parameter, Change::LeftOutBeside(other));
                continue;
            }
            let asked_for = parameter != MaxTokens || self.request.max_tokens.is_some();
            let fitted = self.fitted(parameter, &value);
            if fitted != value && asked_for {
                settings.note(parameter, Change::SentAs(fitted.to_string()));
            } else if asked_for && self.is_own_name(parameter, path) {
                settings.note(parameter, Change::Renamed(path));
            }
            settings.values.push((path, fitted));
        }
        self.constraint(&mut settings);
        settings
    }

    /// Responses have an object for what chat completions say in one word.
    fn reasoning_path(&self, path: &'static str) -> &'static str {
        if self.dialect == Dialect::OpenAiResponses && path == "reasoning_effort" { "reasoning.effort" } else { path }
    }

    fn wishes(&self) -> impl Iterator<Item = (Parameter, Value)> {
        let options = &self.request.options;
        let stop = (!options.stop.is_empty()).then(|| json!(options.stop));
        [
            (MaxTokens, Some(json!(self.request.max_tokens_or_default()))),
            (Temperature, self.request.temperature.map(Value::from)),
            (TopP, options.top_p.map(Value::from)),
            (TopK, options.top_k.map(Value::from)),
            (Seed, options.seed.map(Value::from)),
            (Stop, stop),
            (FrequencyPenalty, options.frequency_penalty.map(Value::from)),
            (PresencePenalty, options.presence_penalty.map(Value::from)),
            (RepeatPenalty, options.repeat_penalty.map(Value::from)),
            (MinTokens, options.min_tokens.map(Value::from)),
            (BestOf, options.best_of.map(Value::from)),
            (BeamSearch, options.beam_search.map(Value::from)),
            (SkipSpecialTokens, options.skip_special_tokens.map(Value::from)),
        ]
        .into_iter()
        .filter_map(|(parameter, value)| Some((parameter, value?)))
    }

    /// The parameter beside which this one is not taken.
    fn conflict(&self, parameter: Parameter, thinks: bool) -> Option<Parameter> {
        let samples = matches!(parameter, Temperature | TopP | TopK);
        if samples && thinks && self.dialect == Dialect::Anthropic {
            return Some(Parameter::Reasoning);
        }
        let both = parameter == TopP && !self.traits.both_samplings && self.request.temperature.is_some();
        both.then_some(Temperature)
    }

    /// A value as the dialect and the model take it.
    fn fitted(&self, parameter: Parameter, value: &Value) -> Value {
        if parameter == MaxTokens {
            return json!(self.limit());
        }
        if let (Seed, Dialect::Gemini, Some(seed)) = (parameter, self.dialect, value.as_u64()) {
            // It is a signed number of 32 bits there.
            return json!(seed & 0x7FFF_FFFF);
        }
        if let (Stop, Some(texts)) = (parameter, value.as_array()) {
            let applies = self.dialect != Dialect::OpenAiChat || self.quirks.known_models;
            let most = MOST_STOPS.iter().find(|(dialect, _)| *dialect == self.dialect && applies);
            return texts.iter().take(most.map_or(usize::MAX, |(_, most)| *most)).cloned().collect();
        }
        let scale = SCALES.iter().find(|(dialect, p, ..)| *dialect == self.dialect && *p == parameter);
        match (scale, value.as_f64()) {
            (Some((_, _, least, most)), Some(number)) if !(*least..=*most).contains(&number) => {
                json!(number.clamp(*least, *most))
            }
            _ => value.clone(),
        }
    }

    /// Whether a row or model has another name for it than its dialect.
    fn is_own_name(&self, parameter: Parameter, path: &str) -> bool {
        names(self.dialect).iter().any(|(p, usual)| *p == parameter && *usual != path)
    }

    fn constraint(&self, settings: &mut Settings) {
        let Some(constraint) = &self.request.options.constraint else { return };
        if self.request.options.json_schema.is_some() {
            return settings.note(Parameter::Constraint, Change::LeftOutBeside(Parameter::JsonSchema));
        }
        match self.quirks.constraints.path(constraint.kind()) {
            Some(path) => settings.values.push((path, constraint.value())),
            None => settings.note(Parameter::Constraint, Change::LeftOut),
        }
    }
}

/// Sets a value at a path: `a.b` in the object `a`.
pub(super) fn set(body: &mut serde_json::Map<String, Value>, path: &str, value: Value) {
    match path.split_once('.') {
        None => {
            body.insert(path.to_owned(), value);
        }
        Some((first, rest)) => {
            let inner = body.entry(first).or_insert_with(|| json!({}));
            if !inner.is_object() {
                *inner = json!({});
            }
            if let Value::Object(inner) = inner {
                set(inner, rest, value);
            }
        }
    }
}
