//! The real services, for whoever has keys: nothing here runs unless it is asked for, since it spends money.
//!
//! `FORGE_LIVE=1 cargo test -p tachikoma-tests --test live -- --ignored --nocapture`
//!
//! For every provider whose key is in the environment: its models are listed, and a model gives one short answer and
//! one in JSON. `FORGE_LIVE_MODELS` names models to ask (`groq/MODEL,ollama/llama3.2:latest`), which also brings in
//! providers that need no key; without it the first model that the table knows is asked.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use serde_json::{Value, json};
use tachikoma_forge::llm::{
    JsonSchema, LlmProvider, LlmRequest, ModelConfig, ProviderFactory, ProviderRegistry, codec,
};
use tachikoma_forge::types::ModelRef;
use tachikoma_native::{NativeTransport, endpoints_from, key_of, keys_from};

/// How long a provider may take for one of the three.
const PATIENCE: Duration = Duration::from_secs(120);

fn read(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.trim().is_empty())
}

/// The models to ask, and the providers of which only the list is asked for.
fn wanted(registry: &ProviderRegistry) -> (Vec<ModelRef>, BTreeSet<String>) {
    let named = read("FORGE_LIVE_MODELS").unwrap_or_default();
    let named = named.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut models: Vec<ModelRef> =
        named.map(|name| name.parse().unwrap_or_else(|e| panic!("FORGE_LIVE_MODELS: {name}: {e}"))).collect();
    let mut listed = BTreeSet::new();
    for row in registry.list_providers().iter().filter(|row| key_of(row, read).is_some()) {
        if models.iter().any(|model| registry.row(&model.provider).is_some_and(|other| other.name == row.name)) {
            continue;
        }
        match row.default_models.first() {
            Some(model) => {
                models.push(ModelRef { provider: row.name.to_owned(), model: (*model).to_owned(), base_url: None })
            }
            None => drop(listed.insert(row.name.to_owned())),
        }
    }
    (models, listed)
}

async fn in_time<T>(what: impl Future<Output = T>) -> Result<T, String> {
    tokio::time::timeout(PATIENCE, what).await.map_err(|_| format!("no answer within {} s", PATIENCE.as_secs()))
}

async fn list(provider: &dyn LlmProvider) -> Result<String, String> {
    let models = in_time(provider.list_models()).await?.map_err(|e| e.to_string())?;
    if models.is_empty() { Err("the list is empty".into()) } else { Ok(format!("{} models", models.len())) }
}

async fn answer(provider: &dyn LlmProvider) -> Result<String, String> {
    let mut request = LlmRequest::ask("Which planet is closest to the sun? One word.");
    // Enough for models that think first.
    request.max_tokens = Some(2000);
    let whole = async { codec::whole(provider.complete_stream(request).await?.boxed()).await };
    let answer = in_time(whole).await?.map_err(|e| e.to_string())?;
    let said = answer.content.trim().to_owned();
    if said.to_lowercase().contains("mercury") { Ok(said) } else { Err(format!("it answered: {said}")) }
}

async fn in_json(provider: &dyn LlmProvider) -> Result<String, String> {
    let schema = json!({
        "type": "object",
        "properties": {"planet": {"type": "string"}, "moons": {"type": "integer"}},
        "required": ["planet", "moons"],
        "additionalProperties": false,
    });
    let mut request = LlmRequest::ask("Which planet is closest to the sun, and how many moons has it?");
    request.max_tokens = Some(2000);
    let shape = JsonSchema { name: "planet".into(), schema };
    let value: Value = in_time(provider.complete_json(request, shape)).await?.map_err(|e| e.to_string())?;
    let fits = value.get("planet").is_some_and(Value::is_string) && value.get("moons").is_some_and(Value::is_number);
    if fits { Ok(value.to_string()) } else { Err(format!("it answered: {value}")) }
}

#[tokio::test]
#[ignore = "spends money: set FORGE_LIVE=1 and keys, and see docs/providers/README.md"]
async fn real_services_list_answer_and_keep_a_shape() {
    assert!(read("FORGE_LIVE").is_some(), "set FORGE_LIVE=1: this asks real services and spends money");
    let registry = ProviderRegistry::new();
    let (models, listed) = wanted(&registry);
    assert!(!models.is_empty() || !listed.is_empty(), "no key is in the environment, and FORGE_LIVE_MODELS is not set");
    let transport = Arc::new(NativeTransport::new().expect("the transport starts"));
    let factory = ProviderFactory::new(registry.clone(), transport, keys_from(&registry, read))
        .with_endpoints(endpoints_from(&registry, read));
    let mut failures = Vec::new();
    let mut tell = |who: &str, what: &str, outcome: Result<String, String>| match outcome {
        Ok(said) => println!("{who}: {what}: {said}"),
        Err(why) => failures.push(format!("{who}: {what}: {why}")),
    };
    for model in models {
        let who = format!("{}/{}", model.provider, model.model);
        match factory.create(&ModelConfig::new(model)) {
            Ok(provider) => {
                tell(&who, "list", list(&*provider).await);
                tell(&who, "answer", answer(&*provider).await);
                tell(&who, "JSON", in_json(&*provider).await);
            }
            Err(error) => tell(&who, "set up", Err(error.to_string())),
        }
    }
    for name in listed {
        let model = ModelRef { provider: name.clone(), model: "any".into(), base_url: None };
        match factory.create(&ModelConfig::new(model)) {
            Ok(provider) => tell(&name, "list (name a model in FORGE_LIVE_MODELS for more)", list(&*provider).await),
            Err(error) => tell(&name, "set up", Err(error.to_string())),
        }
    }
    assert!(failures.is_empty(), "\n{}", failures.join("\n"));
}
