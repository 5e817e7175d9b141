//! A provider of one's own: defined outside the project, registered at run time, and a member like any other.
//!
//! This one asks no network at all: it answers from a sentence that it was given, in the shape that is asked for. One
//! that calls a house's own model server would differ in `answer` alone.
//!
//! ```text
//! cargo run -p tachikoma-native --example own_provider
//! ```

use std::sync::Arc;

use futures::stream;
use serde_json::{Value, json};
use tachikoma_forge::driver::{ForgeOrchestrator, MemoryJournal, Runtime};
use tachikoma_forge::llm::manage::ModelInfo;
use tachikoma_forge::llm::{
    Capabilities, JsonSchema, Keys, LlmProvider, LlmRequest, LlmResponse, LlmStream, LlmStreamChunk, ModelConfig,
    ProviderFactory, ProviderRegistry,
};
use tachikoma_forge::session::{ForgeSession, Participant, Settings, Topic};
use tachikoma_forge::types::{BoxFuture, ErrorKind, LlmError, MessageRole, StopReason, TokenUsage};
use tachikoma_native::{NativePlatform, NativeTransport};

/// The name before the `/`.
const NAME: &str = "library";

/// What its models have to say. A real provider would know how to reach its server here.
const MODELS: [(&str, &str); 2] = [
    ("careful", "Open on Sundays from noon, for three months, and count who comes."),
    ("bold", "Open every Sunday. What nobody can visit, nobody can love."),
];

/// A provider for one of the models.
struct Library {
    model: String,
    opinion: &'static str,
}

impl Library {
    /// # Errors
    /// When there is no such model.
    fn new(config: &ModelConfig) -> Result<Self, LlmError> {
        let model = config.model.model.clone();
        let found = MODELS.iter().find(|(name, _)| *name == model);
        let unknown = || LlmError::new(ErrorKind::NotFound, format!("The library has no model \"{model}\"."));
        let opinion = found.ok_or_else(unknown)?.1;
        Ok(Self { model, opinion })
    }

    /// The answer to a request, in the shape that it asks for.
    fn answer(&self, request: &LlmRequest) -> String {
        match &request.options.json_schema {
            Some(schema) => self.fill(&schema.schema).to_string(),
            // A shared answer is asked for by its headings.
            None => format!("# Comparison\n\nBoth want the doors open.\n\n# Answer\n\n{}\n", self.opinion),
        }
    }

    /// The least that fits a schema: the first of what may be chosen, a high score, one sentence.
    fn fill(&self, schema: &Value) -> Value {
        if let Some(choices) = schema["enum"].as_array() {
            return choices.first().cloned().unwrap_or_default();
        }
        match schema["type"].as_str() {
            Some("object") => {
                let properties = schema["properties"].as_object().cloned().unwrap_or_default();
                properties.iter().map(|(name, inner)| (name.clone(), self.fill(inner))).collect()
            }
            // One entry for each draft, where the labels of the drafts are listed.
            Some("array") => match schema["items"]["properties"]["label"]["enum"].as_array() {
                Some(labels) => labels
                    .iter()
                    .map(|label| {
                        let mut entry = self.fill(&schema["items"]);
                        entry["label"] = label.clone();
                        entry
                    })
                    .collect(),
                None => json!([]),
            },
            Some("integer") => json!(80),
            _ => json!(self.opinion),
        }
    }
}

impl LlmProvider for Library {
    fn name(&self) -> &str {
        NAME
    }

    fn model(&self) -> &str {
        &self.model
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            streaming: true,
            system_prompt: true,
            json_schema: true,
            lists_models: true,
            ..Default::default()
        }
    }

    fn validate_config(&self) -> Result<(), LlmError> {
        Ok(())
    }

    fn complete(&self, request: LlmRequest) -> BoxFuture<'static, Result<LlmResponse, LlmError>> {
        let content = self.answer(&request);
        Box::pin(async {
            Ok(LlmResponse {
                content,
                reasoning: String::new(),
                role: MessageRole::Assistant,
                finish_reason: StopReason::End,
                raw_finish_reason: None,
                usage: TokenUsage::default(),
                tool_calls: Vec::new(),
                thoughts: Vec::new(),
            })
        })
    }

    fn complete_stream(&self, request: LlmRequest) -> BoxFuture<'static, Result<LlmStream, LlmError>> {
        let text = self.answer(&request);
        Box::pin(async move {
            // Word by word, then the end: exactly one piece says that it is complete.
            let words: Vec<LlmStreamChunk> = text
                .split_inclusive(' ')
                .map(|word| LlmStreamChunk { delta: word.into(), ..Default::default() })
                .collect();
            let end = LlmStreamChunk { is_complete: true, finish_reason: Some(StopReason::End), ..Default::default() };
            let stream: LlmStream = Box::pin(stream::iter(words.into_iter().chain([end]).map(Ok)));
            Ok(stream)
        })
    }

    fn complete_json(&self, _: LlmRequest, schema: JsonSchema) -> BoxFuture<'static, Result<Value, LlmError>> {
        let value = self.fill(&schema.schema);
        Box::pin(async { Ok(value) })
    }

    fn list_models(&self) -> BoxFuture<'static, Result<Vec<ModelInfo>, LlmError>> {
        Box::pin(async { Ok(MODELS.iter().map(|(name, _)| ModelInfo::from(*name)).collect()) })
    }
}

/// Registers the provider and lets two of its models deliberate. Gives the session as it ended.
pub(crate) async fn deliberate() -> Result<ForgeSession, String> {
    let mut registry = ProviderRegistry::new();
    registry.register(NAME, |config: &ModelConfig| Ok(Arc::new(Library::new(config)?) as Arc<dyn LlmProvider>));
    // Members may be named by their models alone, since there is a default provider.
    let members: Vec<Participant> = MODELS
        .iter()
        .map(|(model, _)| registry.model(model, Some(NAME)).map(Participant::new).map_err(|e| e.to_string()))
        .collect::<Result<_, _>>()?;
    let transport = NativeTransport::new().map_err(|e| e.to_string())?;
    let runtime = Runtime {
        platform: Arc::new(NativePlatform::new()),
        journal: Arc::new(MemoryJournal::default()),
        providers: Arc::new(ProviderFactory::new(registry, Arc::new(transport), Keys::new())),
    };
    let topic = Topic::new("Should the library open on Sundays?");
    let mut orchestrator = ForgeOrchestrator::new(topic, runtime).with_settings(Settings::default());
    for member in members {
        orchestrator.add_participant(member);
    }
    let (control, _) = orchestrator.start().await.map_err(|e| e.to_string())?;
    control.finished().await;
    control.session().ok_or_else(|| "the session is gone".to_owned())
}

#[tokio::main]
async fn main() -> Result<(), String> {
    let session = deliberate().await?;
    let answer = session.result().and_then(|turn| turn.text()).unwrap_or("no answer");
    println!("{answer}");
    Ok(())
}
