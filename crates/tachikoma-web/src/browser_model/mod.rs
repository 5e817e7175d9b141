//! The browser's own model as a provider: nothing leaves the machine, and there is no key and no server.
//!
//! It is no row of the table, since it speaks no HTTP: the page registers it at run time ([`register`]). It is
//! asked only when the browser says that its model is there; a download takes gigabytes and begins by somebody's
//! click alone ([`download`]). One session per answer, since every ask stands for itself; dropping the answer ends
//! the request and the session.
//!
//! The browser decides how much is answered and how freely: a page can set neither a limit of tokens nor a
//! temperature. Source: "Prompt API" (W3C Web Machine Learning Community Group), as Chrome 148 has it.

mod bindings;
mod failure;

use std::sync::Arc;

use futures::stream;
use js_sys::{JSON, Reflect};
use serde_json::{Value, json};
use tachikoma_forge::llm::{
    Capabilities, LlmProvider, LlmRequest, LlmStream, LlmStreamChunk, ModelConfig, ModelInfo, ProviderRegistry,
};
use tachikoma_forge::types::{BoxFuture, ErrorKind, JsonMode, LlmError, MessageRole, StopReason, TokenUsage};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, ReadableStreamDefaultReader};

use self::bindings::{Class, Monitor, Session, class, count, field};
use self::failure::failure;

/// The name before the `/`.
pub const PROVIDER: &str = "browser";
/// The name of its only model: which one that is, the browser keeps to itself.
pub const MODEL: &str = "built-in";

/// What the browser says of its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    /// It has none, or none that runs on this machine.
    Unavailable,
    /// It would have to be downloaded first.
    Downloadable,
    /// It is just being downloaded, for whichever page.
    Downloading,
    /// It can be asked.
    Available,
}

/// Asks the browser for its model. Begins no download.
pub async fn availability() -> Availability {
    let Some(class) = class() else { return Availability::Unavailable };
    of_class(&class).await
}

async fn of_class(class: &Class) -> Availability {
    let Ok(told) = class.availability(&to_js(&expected())) else { return Availability::Unavailable };
    match JsFuture::from(told).await.ok().and_then(|word| word.as_string()).as_deref() {
        Some("available") => Availability::Available,
        Some("downloading") => Availability::Downloading,
        Some("downloadable") => Availability::Downloadable,
        _ => Availability::Unavailable,
    }
}

/// Has the browser download its model. To be called while a click is handled, or the browser refuses; what is
/// downloaded stays in the browser. `progress` hears of the part that is there, from 0 to 1.
pub fn download(progress: impl FnMut(f64) + 'static) -> impl Future<Output = Result<(), LlmError>> {
    let mut progress = progress;
    let heard = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
        let part = |name| field(&event, name).as_f64();
        if let Some(loaded) = part("loaded") {
            progress((loaded / part("total").filter(|total| *total > 0.0).unwrap_or(1.0)).clamp(0.0, 1.0));
        }
    });
    let options = to_js(&expected());
    let heard = std::rc::Rc::new(heard);
    let listener = heard.clone();
    let monitor = Closure::<dyn FnMut(Monitor)>::new(move |monitor: Monitor| {
        // Without it the download still runs, only nobody sees how far it is.
        let _ = monitor.listen("downloadprogress", &listener);
    });
    set(&options, "monitor", monitor.as_ref());
    // Begun here and not in the future, which may be polled when the click is over.
    let begun = class().ok_or_else(absent).and_then(|class| class.create(&options).map_err(|e| failure(&e)));
    async move {
        let session = JsFuture::from(begun?).await.map_err(|e| failure(&e))?;
        let _ = session.unchecked_into::<Session>().destroy();
        drop((monitor, heard));
        Ok(())
    }
}

/// Registers the provider `browser`.
pub fn register(registry: &mut ProviderRegistry) {
    registry.register(PROVIDER, |config: &ModelConfig| {
        if config.model.model != MODEL {
            let message = format!("This browser's model is written {PROVIDER}/{MODEL}; there is no other.");
            return Err(LlmError::new(ErrorKind::NotFound, message));
        }
        let provider: Arc<dyn LlmProvider> = Arc::new(BrowserProvider);
        Ok(provider)
    });
}

/// The browser's model, which can be asked.
struct BrowserProvider;

impl LlmProvider for BrowserProvider {
    fn name(&self) -> &str {
        PROVIDER
    }

    fn model(&self) -> &str {
        MODEL
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            streaming: true,
            system_prompt: true,
            json_schema: true,
            lists_models: true,
            browser: true,
            ..Capabilities::default()
        }
    }

    fn json_mode(&self, request: &LlmRequest) -> Option<JsonMode> {
        request.options.json_schema.as_ref().map(|_| JsonMode::Schema)
    }

    fn validate_config(&self) -> Result<(), LlmError> {
        class().map(drop).ok_or_else(absent)
    }

    fn complete_stream(&self, request: LlmRequest) -> BoxFuture<'static, Result<LlmStream, LlmError>> {
        Box::pin(open(request))
    }

    fn list_models(&self) -> BoxFuture<'static, Result<Vec<ModelInfo>, LlmError>> {
        Box::pin(async {
            match availability().await {
                Availability::Unavailable => Err(absent()),
                _ => Ok(vec![ModelInfo::from(MODEL)]),
            }
        })
    }
}

/// Makes a session for one request and asks it.
async fn open(request: LlmRequest) -> Result<LlmStream, LlmError> {
    let class = class().ok_or_else(absent)?;
    match of_class(&class).await {
        Availability::Available => {}
        Availability::Unavailable => return Err(absent()),
        // Creating a session would begin gigabytes of download that nobody asked for.
        Availability::Downloadable => return Err(not_here("is not downloaded yet. Download it on the page Providers")),
        Availability::Downloading => return Err(not_here("is still being downloaded. Wait for it")),
    }
    let abort = AbortController::new().map_err(|e| failure(&e))?;
    let mut asking = Asking { abort, session: None };
    let (instructions, messages) = conversation(&request);
    let mut options = expected();
    if !instructions.is_empty() {
        options["initialPrompts"] = json!([{"role": "system", "content": instructions}]);
    }
    let options = to_js(&options);
    set(&options, "signal", &asking.abort.signal());
    let session = JsFuture::from(class.create(&options).map_err(|e| failure(&e))?).await.map_err(|e| failure(&e))?;
    let session = asking.session.insert(session.unchecked_into::<Session>());

    let shape = request.options.json_schema.map(|shape| json!({"responseConstraint": shape.schema}));
    let (messages, options) = (to_js(&messages), to_js(&shape.unwrap_or_else(|| json!({}))));
    set(&options, "signal", &asking.abort.signal());
    let input = measured(session, &messages, &options).await;
    let stream = session.prompt_streaming(&messages, &options).map_err(|e| failure(&e))?;
    let reader = stream.get_reader().unchecked_into::<ReadableStreamDefaultReader>();
    let reading = Reading { asking, reader, input };
    Ok(Box::pin(stream::unfold(Some(reading), |reading| async move { Some(reading?.next().await) })))
}

/// A request under way; dropping it ends the request and gives the session's memory back.
struct Asking {
    abort: AbortController,
    session: Option<Session>,
}

impl Drop for Asking {
    fn drop(&mut self) {
        self.abort.abort();
        if let Some(session) = &self.session {
            let _ = session.destroy();
        }
    }
}

/// An answer as it is read.
struct Reading {
    asking: Asking,
    reader: ReadableStreamDefaultReader,
    /// Tokens of the prompt, where the browser counted them.
    input: Option<u64>,
}

impl Reading {
    /// The next piece, and what is left to read after it: nothing after an end or a failure.
    async fn next(self) -> (Result<LlmStreamChunk, LlmError>, Option<Self>) {
        let piece = match JsFuture::from(self.reader.read()).await {
            Ok(piece) => piece,
            Err(error) => return (Err(failure(&error)), None),
        };
        if field(&piece, "done").is_truthy() {
            let end = LlmStreamChunk {
                usage: self.usage(),
                is_complete: true,
                finish_reason: Some(StopReason::End),
                ..LlmStreamChunk::default()
            };
            return (Ok(end), None);
        }
        match field(&piece, "value").as_string() {
            Some(delta) => (Ok(LlmStreamChunk { delta, ..LlmStreamChunk::default() }), Some(self)),
            None => {
                let message = "This browser's model answered with something that is no text.";
                (Err(LlmError::new(ErrorKind::Protocol, message)), None)
            }
        }
    }

    /// The counts, where the browser gives them: the session holds the prompt and the answer to it.
    fn usage(&self) -> Option<TokenUsage> {
        let input_tokens = self.input?;
        let held = count(&self.asking.session.as_ref()?.context_usage())?;
        let output_tokens = held.checked_sub(input_tokens);
        Some(TokenUsage { input_tokens: Some(input_tokens), output_tokens, ..TokenUsage::default() })
    }
}

/// The tokens of a prompt and of what the session holds already.
async fn measured(session: &Session, messages: &JsValue, options: &JsValue) -> Option<u64> {
    let held = count(&session.context_usage())?;
    let prompt = JsFuture::from(session.measure_context_usage(messages, options).ok()?).await.ok()?;
    Some(held + count(&prompt)?)
}

/// The instructions, and the rest of the conversation as the Prompt API has it.
fn conversation(request: &LlmRequest) -> (String, Value) {
    let is_system = |role: MessageRole| role == MessageRole::System;
    let said = request.messages.iter().filter(|m| is_system(m.role)).map(|m| m.content.as_str());
    let instructions: Vec<&str> = request.system_prompt.as_deref().into_iter().chain(said).collect();
    let messages = request.messages.iter().filter(|m| !is_system(m.role)).map(|m| {
        let role = if m.role == MessageRole::Assistant { "assistant" } else { "user" };
        json!({"role": role, "content": m.content})
    });
    (instructions.join("\n\n"), messages.collect())
}

/// What goes in and comes out. Without a language browsers warn; the prompts are written in English, and a goal in
/// another language is answered as well as the model can.
fn expected() -> Value {
    let text = json!([{"type": "text", "languages": ["en"]}]);
    json!({"expectedInputs": text, "expectedOutputs": text})
}

fn to_js(value: &Value) -> JsValue {
    JSON::parse(&value.to_string()).unwrap_or_default()
}

fn set(options: &JsValue, name: &str, value: &JsValue) {
    let _ = Reflect::set(options, &name.into(), value);
}

fn absent() -> LlmError {
    LlmError::new(
        ErrorKind::NotFound,
        "This browser has no model of its own, or none that runs on this machine. Choose another provider.",
    )
}

fn not_here(how: &str) -> LlmError {
    LlmError::new(ErrorKind::NotFound, format!("This browser's model {how}, or choose another provider."))
}
