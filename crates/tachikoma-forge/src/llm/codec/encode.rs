//! From a request to what goes out.

use serde_json::{Map, Value};

use super::plan::{self, Plan};
use super::settings::{Target, set};
use super::{Dialect, ModelTraits, Quirks, body, without};
use crate::llm::{Adjustment, HeaderValue, HttpRequest, LlmRequest, Method, Parameter};
use crate::types::JsonMode;

/// Where to send a request, and what may stand in it.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint<'a> {
    /// The provider's name in the table, by which thoughts find back to their model.
    pub provider: &'a str,
    /// The base URL, complete with its path, without a slash at the end.
    pub base_url: &'a str,
    /// The headers that hold the key, and others that the provider always wants.
    pub headers: &'a [(String, HeaderValue)],
    /// Whether a page sends the request.
    pub browser: bool,
}

/// A request as it goes out.
#[derive(Clone, Debug)]
pub struct Encoded {
    /// The dialect of the request and its answer, which may be another than the row's.
    pub dialect: Dialect,
    /// The request.
    pub request: HttpRequest,
    /// The names of the parameters in its body that it could do without, as paths.
    pub parameters: Vec<String>,
}

/// The request for an answer.
#[must_use]
pub fn encode(
    dialect: Dialect,
    quirks: &Quirks,
    endpoint: Endpoint<'_>,
    request: &LlmRequest,
    stream: bool,
) -> Encoded {
    let target = target(dialect, quirks, request);
    let dialect = target.dialect;
    let plan = Plan::new(&target, endpoint.provider);
    let mut body = match dialect {
        Dialect::Anthropic => body::anthropic::body(request, &plan, stream),
        Dialect::OpenAiChat => body::openai_chat::body(&target, &plan, stream),
        Dialect::OpenAiResponses => body::openai_responses::body(request, &plan, stream),
        Dialect::Ollama => body::ollama::body(request, &plan, stream),
        Dialect::OllamaGenerate => body::ollama::completion_body(request, &plan, stream),
        Dialect::Gemini => body::gemini::body(&target, &plan),
        Dialect::Cohere => body::cohere::body(request, &plan, stream),
    };
    let has_pictures = plan.turns.iter().any(|turn| !turn.images.is_empty());
    for (path, value) in plan.settings.values {
        set(&mut body, path, value);
    }
    merge(&mut body, &request.options.extra_body);
    for path in &request.options.without {
        without::leave_out(&mut body, path);
    }
    let mut headers = vec![("content-type".to_owned(), HeaderValue::Plain("application/json".to_owned()))];
    if !endpoint.browser && stream {
        let accept = if dialect.is_lines() { "application/x-ndjson" } else { "text/event-stream" };
        headers.push(("accept".to_owned(), HeaderValue::Plain(accept.to_owned())));
    }
    headers.extend_from_slice(endpoint.headers);
    let mut parameters = without::parameters(&body);
    if has_pictures {
        parameters.push(without::PICTURES.to_owned());
    }
    let request = HttpRequest {
        method: Method::Post,
        url: format!("{}{}", endpoint.base_url, dialect.chat_path(&request.model, stream)),
        headers,
        body: Value::Object(body).to_string().into_bytes(),
    };
    Encoded { dialect, request, parameters }
}

/// What of a request is not sent as it was asked for.
#[must_use]
pub fn adjustments(dialect: Dialect, quirks: &Quirks, request: &LlmRequest) -> Vec<Adjustment> {
    Plan::new(&target(dialect, quirks, request), "").settings.adjustments
}

/// How the shape is asked for, if the request has one.
#[must_use]
pub fn json_mode(dialect: Dialect, quirks: &Quirks, request: &LlmRequest) -> Option<JsonMode> {
    plan::json_mode(&target(dialect, quirks, request))
}

/// Whether an answer to a request is held to its token limit: the limit has a place in the body, and is not left out.
#[must_use]
pub fn is_limited(dialect: Dialect, quirks: &Quirks, request: &LlmRequest) -> bool {
    let path = target(dialect, quirks, request).path(Parameter::MaxTokens);
    path.is_some_and(|path| !request.options.without.iter().any(|left_out| left_out == path))
}

/// Whether a parameter is taken from a request that asks for nothing else.
#[must_use]
pub fn takes(dialect: Dialect, quirks: &Quirks, model: &str, parameter: Parameter) -> bool {
    let request = LlmRequest { model: model.to_owned(), ..LlmRequest::default() };
    target(dialect, quirks, &request).path(parameter).is_some()
}

fn target<'r>(dialect: Dialect, quirks: &'r Quirks, request: &'r LlmRequest) -> Target<'r> {
    let dialect = dialect.of_request(quirks, request);
    let traits = if quirks.known_models { ModelTraits::of(dialect, &request.model) } else { ModelTraits::UNKNOWN };
    Target { dialect, quirks, traits, request }
}

/// Merges what the user adds into a body, last.
fn merge(body: &mut Map<String, Value>, extra: &Map<String, Value>) {
    for (key, value) in extra {
        // Where settings have an object of their own, one more of them must not push the others out.
        let settings = without::holds_settings(key);
        if let (Some(Value::Object(ours)), Value::Object(theirs), true) = (body.get_mut(key), value, settings) {
            ours.extend(theirs.clone());
            continue;
        }
        body.insert(key.clone(), value.clone());
    }
}
