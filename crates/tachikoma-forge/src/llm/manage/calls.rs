//! Sending: what a provider behind HTTP is asked about its models.

use std::sync::Arc;

use futures::{StreamExt, stream};
use serde_json::{Value, json};

use super::pull::{PullReader, refused};
use super::{Management, ModelInfo, PullStream, list, unsupported};
use crate::llm::classify::{Head, classify};
use crate::llm::http::{Shared, collect};
use crate::llm::{HttpResponse, Method};
use crate::types::{ErrorKind, LlmError};

/// The longest name of a model, in bytes.
const MOST_NAME: usize = 512;

/// The models on offer.
pub(in crate::llm) async fn list(shared: &Shared) -> Result<Vec<ModelInfo>, LlmError> {
    let dialect = shared.row.dialect;
    let (head, body) = shared.ask(Method::Get, dialect.models_url(&shared.base_url), None).await?;
    list::read(dialect, &head, &body).map_err(|error| shared.explained(error, body.is_empty()))
}

/// What the server says of its models apart from the list.
pub(in crate::llm) async fn states(shared: &Shared) -> Result<Option<Vec<ModelInfo>>, LlmError> {
    let path = match shared.row.management {
        Management::ListOnly => return Ok(None),
        Management::Ollama => "/api/ps",
        Management::LmStudio => "/api/v1/models",
    };
    let root = shared.base_url.strip_suffix("/v1").unwrap_or(&shared.base_url);
    let (head, body) = shared.ask(Method::Get, format!("{root}{path}"), None).await?;
    let mut states =
        list::read(shared.row.dialect, &head, &body).map_err(|error| shared.explained(error, body.is_empty()))?;
    if shared.row.management == Management::Ollama {
        // It lists what is in memory, and nothing else.
        for state in &mut states {
            state.loaded = Some(true);
            // Here that is the size in memory.
            state.size_bytes = None;
        }
    }
    Ok(Some(states))
}

/// Everything that is known of one model.
pub(in crate::llm) async fn show(shared: &Shared, name: &str) -> Result<ModelInfo, LlmError> {
    let name = usable(name)?;
    if shared.row.management != Management::Ollama {
        // Elsewhere the list says all there is.
        let found = list(shared).await?.into_iter().find(|model| model.name == name);
        return found.ok_or_else(|| {
            let message = format!("{} offers no model \"{name}\".", shared.row.label);
            LlmError::new(ErrorKind::NotFound, message)
        });
    }
    let (head, body) = shared.ask(Method::Post, shared.own("/api/show"), Some(&json!({"model": name}))).await?;
    let value = list::good(&head, &body).map_err(|error| shared.explained(error, body.is_empty()))?;
    let mut info = list::facts(&value);
    info.name = name.to_owned();
    info.context_tokens = context(&value).or(info.context_tokens);
    Ok(info)
}

/// The context length stands under the name of the architecture, which differs.
fn context(shown: &Value) -> Option<u64> {
    let facts = shown.get("model_info")?.as_object()?;
    let architecture = facts.get("general.architecture").and_then(Value::as_str).unwrap_or_default();
    let own = facts.get(&format!("{architecture}.context_length"));
    own.or_else(|| facts.iter().find(|(key, _)| key.ends_with(".context_length")).map(|(_, value)| value))?.as_u64()
}

/// Fetches a model.
pub(in crate::llm) async fn pull(shared: Arc<Shared>, name: String) -> Result<PullStream, LlmError> {
    if shared.row.management != Management::Ollama {
        return Err(unsupported("Pulling models", shared.row.label));
    }
    let body = json!({"model": usable(&name)?, "stream": true});
    let (head, response) = shared.send(shared.request_to(Method::Post, shared.own("/api/pull"), Some(&body))).await?;
    if !head.is_good() {
        let (body, _) = collect(response.body).await;
        return Err(shared.explained(refused(classify(&head, &String::from_utf8_lossy(&body))), body.is_empty()));
    }
    Ok(progress(shared, head, response))
}

/// The steps of a pull, as they come.
fn progress(shared: Arc<Shared>, head: Head, response: HttpResponse) -> PullStream {
    let state = (PullReader::new(head), Some(response.body));
    let steps = stream::unfold(state, |(mut reader, mut body)| async move {
        let steps = match body.as_mut()?.next().await {
            Some(Ok(bytes)) => reader.push(&bytes),
            Some(Err(_)) | None => reader.end(),
        };
        if reader.is_ended() {
            body = None;
        }
        Some((stream::iter(steps), (reader, body)))
    });
    Box::pin(steps.flatten().map(move |step| step.map_err(|error| shared.explained(error, false))))
}

/// Removes a model.
pub(in crate::llm) async fn delete(shared: &Shared, name: &str) -> Result<(), LlmError> {
    if shared.row.management != Management::Ollama {
        return Err(unsupported("Deleting models", shared.row.label));
    }
    let body = json!({"model": usable(name)?});
    let (head, answer) = shared.ask(Method::Delete, shared.own("/api/delete"), Some(&body)).await?;
    list::good(&head, &answer).map(drop).map_err(|error| shared.explained(error, answer.is_empty()))
}

/// A name that can be sent.
fn usable(name: &str) -> Result<&str, LlmError> {
    let name = name.trim();
    if name.is_empty() || name.len() > MOST_NAME || name.contains(|c: char| c.is_control() || c.is_whitespace()) {
        let message = "A model's name is one word, for example llama3.2:latest.";
        return Err(LlmError::new(ErrorKind::InvalidRequest, message));
    }
    Ok(name)
}
