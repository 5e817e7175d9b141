//! The models that the server has, as Ollama manages them: listed, shown, pulled and deleted.
//!
//! At first every row of the table is there, and `steady` is in memory. What can be pulled is a table too: [`LIBRARY`].
//! Wire formats after the server's public API reference, written apart from what reads them.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use super::http::Request;
use super::script::SCRIPTS;
use super::{At, Exchange, Then};

/// The size that every model claims to have, in bytes.
const SIZE: u64 = 2_019_393_189;
/// The model that is in memory.
const LOADED: &str = "steady";
/// Who answers no messages.
const EMBEDDING: &str = "vectors";

/// What happens to a pull.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pull {
    /// So many steps, so many milliseconds apart, then success.
    Arrives(u64, u64),
    /// The library does not have it.
    Unknown,
    /// The connection breaks half-way.
    Breaks,
}

/// What can be pulled, by name.
const LIBRARY: [(&str, Pull); 5] = [
    ("tiny", Pull::Arrives(5, 30)),
    (EMBEDDING, Pull::Arrives(2, 5)),
    // Long enough to look at, and to cancel.
    ("huge", Pull::Arrives(600, 100)),
    ("nosuch", Pull::Unknown),
    ("breaks", Pull::Breaks),
];

/// The names of the models that are here. Shared by all connections.
#[derive(Clone, Debug)]
pub(super) struct Shelf(Arc<Mutex<BTreeSet<String>>>);

impl Shelf {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(SCRIPTS.iter().map(|row| row.name.to_owned()).collect())))
    }

    fn names(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The list of what is here.
    fn tags(&self) -> Value {
        let models: Vec<Value> = self.names().iter().map(|name| described(name)).collect();
        json!({"models": models})
    }

    /// What is in memory.
    fn loaded(&self) -> Value {
        let mut model = described(LOADED);
        model["size_vram"] = json!(SIZE);
        model["context_length"] = json!(4096);
        let models = if self.names().contains(LOADED) { vec![model] } else { Vec::new() };
        json!({"models": models})
    }
}

fn capabilities(name: &str) -> Value {
    if name == EMBEDDING { json!(["embedding"]) } else { json!(["completion", "tools"]) }
}

fn described(name: &str) -> Value {
    json!({"name": name, "model": name, "modified_at": "2026-01-01T00:00:00Z", "size": SIZE, "digest": "0123456789ab",
        "details": {"format": "gguf", "family": "scripted", "parameter_size": "3.2B", "quantization_level": "Q4_K_M"},
        "capabilities": capabilities(name)})
}

/// Whether a path is one of these, so that its request is none to a model.
pub(super) fn has(path: &str) -> bool {
    ["/api/tags", "/api/ps", "/api/show", "/api/pull", "/api/delete", "/api/version"].contains(&path)
}

/// Answers one of these paths.
pub(super) async fn answer(at: &mut At<'_>, path: &str, request: &Request) -> Exchange {
    let body: Value = serde_json::from_slice(&request.body).unwrap_or(Value::Null);
    let name = body.get("model").and_then(Value::as_str).unwrap_or_default().to_owned();
    let missing = json!({"error": format!("model '{name}' not found")});
    let here = at.shelf.names().contains(&name);
    match (request.method.as_str(), path) {
        ("GET", "/api/tags") => at.json(200, &at.shelf.tags()).await,
        ("GET", "/api/ps") => at.json(200, &at.shelf.loaded()).await,
        ("GET", "/api/version") => at.json(200, &json!({"version": "0.40.5"})).await,
        ("POST", "/api/show" | "/api/pull") | ("DELETE", "/api/delete") if name.is_empty() => {
            at.json(400, &json!({"error": "model is required"})).await
        }
        ("POST", "/api/pull") => pull(at, &name).await,
        ("POST", "/api/show") | ("DELETE", "/api/delete") if !here => at.json(404, &missing).await,
        ("POST", "/api/show") => {
            let facts = json!({"general.architecture": "scripted", "scripted.context_length": 131_072});
            let mut shown = described(&name);
            shown["model_info"] = facts;
            at.json(200, &shown).await
        }
        ("DELETE", "/api/delete") => {
            at.shelf.names().remove(&name);
            at.whole(200, Vec::new(), b"").await
        }
        _ => at.json(405, &json!({"error": "method not allowed"})).await,
    }
}

async fn pull(at: &mut At<'_>, name: &str) -> Exchange {
    let fate = LIBRARY.iter().find(|(known, _)| *known == name).map_or(Pull::Unknown, |(_, fate)| *fate);
    at.head(200, "application/x-ndjson").await?;
    say(at, &json!({"status": "pulling manifest"})).await?;
    let layer = |completed: u64| json!({"status": "pulling 0123456789ab", "digest": "sha256:0123456789ab", "total": SIZE, "completed": completed});
    match fate {
        Pull::Unknown => {
            say(at, &json!({"error": "pull model manifest: file does not exist"})).await?;
        }
        Pull::Breaks => {
            say(at, &layer(SIZE / 2)).await?;
            // So that the half is read before the end is.
            at.wait(50).await?;
            return Ok(Then::Break);
        }
        Pull::Arrives(steps, gap) => {
            for step in 1..=steps {
                say(at, &layer(SIZE * step / steps)).await?;
                at.wait(gap).await?;
            }
            say(at, &json!({"status": "verifying sha256 digest"})).await?;
            at.shelf.names().insert(name.to_owned());
            say(at, &json!({"status": "success"})).await?;
        }
    }
    at.connection.end().await?;
    Ok(Then::Next)
}

async fn say(at: &mut At<'_>, line: &Value) -> Result<(), super::http::Gone> {
    at.connection.piece(format!("{line}\n").as_bytes()).await
}
