//! What every dialect's encoder needs of a request: the conversation in turns, instructions gathered, the way
//! to a shape and to tools chosen, settings fitted. What is lost on the way is noted.

use serde_json::Value;

use super::settings::{Settings, Target};
use super::without::PICTURES;
use super::{Dialect, schema};
use crate::llm::{Change, JsonSchema, Parameter, Tool, ToolChoice};
use crate::types::{Image, JsonMode, LlmMessage, MessageRole, Thoughts};

/// What every dialect's encoder needs of a request.
pub(super) struct Plan<'r> {
    /// All instructions, with the schema where the server does not enforce it; empty for none.
    pub(super) system: String,
    /// The rest of the conversation, without empty messages.
    pub(super) turns: Vec<Turn<'r>>,
    /// The schema that the server is to enforce.
    pub(super) schema: Option<&'r JsonSchema>,
    /// The server is to enforce JSON of any shape.
    pub(super) json_object: bool,
    /// The tools on offer.
    pub(super) tools: Vec<&'r Tool>,
    /// Whether to call them, where the dialect can say that.
    pub(super) tool_choice: Option<&'r ToolChoice>,
    /// The token limit.
    pub(super) limit: u32,
    pub(super) settings: Settings,
}

/// One message as it is sent.
pub(super) struct Turn<'r> {
    /// The user's or the model's; a tool's only with a result.
    pub(super) role: MessageRole,
    pub(super) text: &'r str,
    pub(super) images: Vec<&'r Image>,
    pub(super) calls: Vec<Call<'r>>,
    pub(super) result: Option<Outcome<'r>>,
    /// Only those of the very model that is asked.
    pub(super) thoughts: Option<&'r Thoughts>,
}

/// A tool call with an id of its own.
pub(super) struct Call<'r> {
    pub(super) id: String,
    pub(super) name: &'r str,
    pub(super) arguments: &'r Value,
}

/// What came of a call.
pub(super) struct Outcome<'r> {
    pub(super) id: String,
    pub(super) name: &'r str,
    pub(super) is_error: bool,
}

impl Turn<'_> {
    /// Who says it, where a result is the user's.
    pub(super) fn role_name(&self) -> &'static str {
        if self.role == MessageRole::Assistant { "assistant" } else { "user" }
    }

    /// Whether it is text and nothing else.
    pub(super) fn is_plain(&self) -> bool {
        self.images.is_empty() && self.calls.is_empty() && self.result.is_none() && self.thoughts.is_none()
    }

    /// The result of a tool as a text, for dialects that have no other mark for a failure.
    pub(super) fn result_text(&self) -> String {
        let failed = self.result.as_ref().is_some_and(|r| r.is_error);
        if failed { format!("Error: {}", self.text) } else { self.text.to_owned() }
    }
}

/// The fields in which the dialects ask for a shape.
const SHAPE_FIELDS: [&str; 8] = [
    "response_format",
    "text",
    "text.format",
    "output_config",
    "output_config.format",
    "format",
    "generationConfig.responseJsonSchema",
    "generationConfig.responseMimeType",
];

/// How a shape is asked for, if one is.
pub(super) fn json_mode(target: &Target<'_>) -> Option<JsonMode> {
    let options = &target.request.options;
    options.json_schema.as_ref()?;
    if options.without.iter().any(|name| SHAPE_FIELDS.contains(&name.as_str())) {
        return Some(JsonMode::Instructions);
    }
    Some(match target.quirks.json {
        JsonMode::Schema if target.quirks.known_models && !target.traits.json_schema => JsonMode::Instructions,
        mode => mode,
    })
}

impl<'r> Plan<'r> {
    /// The plan for a request to a provider of this name.
    pub(super) fn new(target: &Target<'r>, provider: &str) -> Self {
        let request = target.request;
        let mut settings = target.settings();
        let asked = request.options.json_schema.as_ref();
        let mode = json_mode(target);
        let mut instructions: Vec<String> = request.system_prompt.iter().cloned().collect();
        let system = request.messages.iter().filter(|m| m.role == MessageRole::System);
        instructions.extend(system.map(|m| m.content.clone()));
        if let Some(schema) = asked.filter(|_| mode != Some(JsonMode::Schema)) {
            instructions.push(schema::instructions(schema));
        }
        instructions.retain(|text| !text.is_empty());
        if !instructions.is_empty() && !target.traits.system_prompt {
            settings.note(Parameter::SystemPrompt, Change::SentAs("the first message".to_owned()));
        } else if !instructions.is_empty() && target.traits.developer_role {
            settings.note(Parameter::SystemPrompt, Change::Renamed("developer"));
        }
        let (tools, tool_choice) = tools(target, &mut settings);
        Self {
            system: instructions.join("\n\n"),
            turns: turns(target, provider, &mut settings),
            schema: asked.filter(|_| mode == Some(JsonMode::Schema)),
            json_object: mode == Some(JsonMode::Object),
            tools,
            tool_choice,
            limit: target.limit(),
            settings,
        }
    }
}

/// The tools on offer, and whether to call them.
fn tools<'r>(target: &Target<'r>, settings: &mut Settings) -> (Vec<&'r Tool>, Option<&'r ToolChoice>) {
    let options = &target.request.options;
    if options.tools.is_empty() {
        return (Vec::new(), None);
    }
    if target.path(Parameter::Tools).is_none() {
        settings.note(Parameter::Tools, Change::LeftOut);
        return (Vec::new(), None);
    }
    let all = options.tools.iter().collect::<Vec<_>>();
    let named = |name: &str| options.tools.iter().filter(|tool| tool.name == name).collect::<Vec<_>>();
    let says = target.path(Parameter::ToolChoice).is_some();
    match options.tool_choice.as_ref() {
        None => (all, None),
        // What cannot be forbidden is not offered.
        Some(ToolChoice::None) if !says => (Vec::new(), None),
        Some(ToolChoice::Auto) if !says => (all, None),
        Some(choice @ (ToolChoice::Required | ToolChoice::Named(_))) if !says => {
            settings.note(Parameter::ToolChoice, Change::LeftOut);
            (if let ToolChoice::Named(name) = choice { named(name) } else { all }, None)
        }
        Some(ToolChoice::Required | ToolChoice::Named(_))
            if !target.traits.forced_tools || (settings.thinks && target.dialect == Dialect::Anthropic) =>
        {
            settings.note(Parameter::ToolChoice, Change::SentAs("auto".to_owned()));
            (all, Some(&ToolChoice::Auto))
        }
        // Where none can be named, it is the only one on offer.
        Some(ToolChoice::Named(name)) if target.dialect == Dialect::Cohere => {
            (named(name), Some(&ToolChoice::Required))
        }
        choice => (all, choice),
    }
}

/// The conversation in turns.
fn turns<'r>(target: &Target<'r>, provider: &str, settings: &mut Settings) -> Vec<Turn<'r>> {
    let request = target.request;
    let mut ids = Ids { short: target.quirks.short_call_ids, calls: Vec::new() };
    let mut turns = Vec::with_capacity(request.messages.len());
    let mut lost = None;
    for message in request.messages.iter().filter(|m| m.role != MessageRole::System && !m.is_empty()) {
        let result = message.tool_result.as_ref().filter(|_| message.role == MessageRole::Tool);
        let ours = |t: &&Thoughts| t.provider == provider && t.model == request.model;
        let is_model = message.role == MessageRole::Assistant;
        let images = images(target, message, &mut lost);
        let calls = message.tool_calls.iter().filter(|_| is_model);
        turns.push(Turn {
            role: if result.is_none() && !is_model { MessageRole::User } else { message.role },
            text: message.content.as_str(),
            images,
            calls: calls
                .map(|call| Call { id: ids.call(&call.id, &call.name), name: &call.name, arguments: &call.arguments })
                .collect(),
            result: result.map(|result| ids.result(&result.call_id, &result.name, result.is_error)),
            thoughts: message.thoughts.as_ref().filter(|_| is_model).filter(ours),
        });
    }
    if let Some(change) = lost {
        settings.note(Parameter::Images, change);
    }
    turns
}

/// The pictures of a message that are sent.
fn images<'r>(target: &Target<'r>, message: &'r LlmMessage, lost: &mut Option<Change>) -> Vec<&'r Image> {
    let seen = target.traits.vision && target.path(Parameter::Images).is_some();
    // An address is fetched by the vendor; a server on one's own machine, and Gemini, want the bytes.
    let fetches = !matches!(target.dialect, Dialect::Ollama | Dialect::OllamaGenerate | Dialect::Gemini);
    let in_results = target.dialect == Dialect::Anthropic;
    let mut kept = Vec::with_capacity(message.images.len());
    if target.request.options.without.iter().any(|name| name == PICTURES) {
        return kept;
    }
    for image in &message.images {
        let change = if !seen {
            Change::LeftOut
        } else if matches!(image, Image::Url(_)) && !fetches {
            Change::SentAs("text alone where they are addresses".to_owned())
        } else if message.role == MessageRole::Tool && !in_results {
            Change::SentAs("text alone where a tool shows them".to_owned())
        } else {
            kept.push(image);
            continue;
        };
        lost.get_or_insert(change);
    }
    kept
}

/// The ids of calls: servers that give none, and those that want others than they were given, are served.
struct Ids<'r> {
    short: bool,
    /// The id and the name of each call, and whether its result came.
    calls: Vec<(String, &'r str, bool)>,
}

impl<'r> Ids<'r> {
    fn call(&mut self, id: &str, name: &'r str) -> String {
        let id = if id.is_empty() { format!("call_{}", self.calls.len()) } else { id.to_owned() };
        let id = self.spelled(id);
        self.calls.push((id.clone(), name, false));
        id
    }

    fn result(&mut self, id: &str, name: &'r str, is_error: bool) -> Outcome<'r> {
        let id = self.spelled(id.to_owned());
        let open = |(known, called, answered): &&mut (String, &'r str, bool)| {
            if id.is_empty() { !*answered && *called == name } else { *known == id }
        };
        match self.calls.iter_mut().find(open) {
            Some((known, called, answered)) => {
                *answered = true;
                Outcome { id: known.clone(), name: if name.is_empty() { called } else { name }, is_error }
            }
            None => Outcome { id, name, is_error },
        }
    }

    /// Nine letters and digits that follow from the id, where no others are taken.
    fn spelled(&self, id: String) -> String {
        let fits = id.len() == 9 && id.bytes().all(|b| b.is_ascii_alphanumeric());
        if !self.short || fits || id.is_empty() {
            return id;
        }
        let mut hash = crate::types::prompt_hash(&[&id]);
        hash.truncate(9);
        hash
    }
}
