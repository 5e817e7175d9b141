//! `tachikoma detect`: which server answers at an address, or on this machine.

use std::process::ExitCode;
use std::sync::Arc;

use futures::future::join_all;
use serde_json::{Value, json};
use tachikoma_forge::llm::detect::{Detected, detect, usual_addresses};
use tachikoma_forge::llm::{ProviderRegistry, Transport};
use tachikoma_forge::types::LlmError;
use tachikoma_native::NativeTransport;

use crate::exit::{Exit, Stop};
use crate::output::{List, Target};
use crate::panel;
use crate::plain::line;

/// Find out which server answers at an address; without one, look on this machine. No key is sent
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The address, for example http://127.0.0.1:8080
    url: Option<String>,
    /// How the findings are written
    #[arg(long, value_enum, default_value_t = List::Text)]
    format: List,
}

pub(crate) fn run(args: Args) -> ExitCode {
    panel::block_on(find(args)).into()
}

async fn find(args: Args) -> Result<Exit, Stop> {
    let transport: Arc<dyn Transport> = Arc::new(NativeTransport::new().map_err(|e| Stop::failed(e.message))?);
    let registry = ProviderRegistry::new();
    let found: Vec<Detected> = match &args.url {
        Some(url) => vec![at(&transport, url).await.map_err(|e| panel::stop(e, is_callers(url)))?],
        None => here(&transport, &registry).await.into_iter().filter_map(|(_, found)| found.ok()).collect(),
    };
    let text = match args.format {
        List::Text => found.iter().map(|found| text(found, &registry)).collect(),
        List::Json => format!("{:#}\n", found.iter().map(json).collect::<Value>()),
    };
    Target::Stdout.write(&text)?;
    if found.is_empty() {
        let addresses = usual_addresses(&registry).join(", ");
        return Err(Stop::failed(format!(
            "no server was found on this machine. These addresses were tried: {addresses}. \
             Start one, or name its address: tachikoma detect http://127.0.0.1:PORT"
        )));
    }
    Ok(Exit::Result)
}

/// Whether the address itself is the mistake.
fn is_callers(url: &str) -> bool {
    !(url.starts_with("http://") || url.starts_with("https://"))
}

/// What answers at an address.
pub(crate) async fn at(transport: &Arc<dyn Transport>, url: &str) -> Result<Detected, LlmError> {
    detect(transport, &panel::pace, url).await
}

/// What answers at the usual addresses of this machine, side by side.
pub(crate) async fn here(
    transport: &Arc<dyn Transport>,
    registry: &ProviderRegistry,
) -> Vec<(&'static str, Result<Detected, LlmError>)> {
    let look = |url: &'static str| async move { (url, at(transport, url).await) };
    join_all(usual_addresses(registry).into_iter().map(look)).await
}

/// The name that people read.
pub(crate) fn label<'r>(found: &Detected, registry: &'r ProviderRegistry) -> &'r str {
    registry.row(found.provider).map_or(found.provider, |row| row.label)
}

fn text(found: &Detected, registry: &ProviderRegistry) -> String {
    let version = found.version.as_deref().map_or_else(String::new, |version| format!(" {}", line(version, 60)));
    let models = match (found.wants_key, found.models.len()) {
        _ if found.healthy == Some(false) => "it says that it is not well".to_owned(),
        (true, _) => "it asks for a key".to_owned(),
        (false, 0) => "no model yet".to_owned(),
        (false, 1) => "1 model".to_owned(),
        (false, n) => format!("{n} models"),
    };
    let model = found.models.iter().find(|model| model.answers()).map_or("MODEL", |model| model.name.as_str());
    let usual = registry.row(found.provider).and_then(|row| row.base_url) == Some(found.base_url.as_str());
    let at = if usual { String::new() } else { format!("@{}", found.base_url) };
    let (label, provider, url) = (label(found, registry), found.provider, &found.base_url);
    format!("{label}{version} at {url}: {models}. Use it as {provider}/{}{at}\n", line(model, 200))
}

fn json(found: &Detected) -> Value {
    json!({"provider": found.provider, "base_url": found.base_url, "version": found.version,
        "healthy": found.healthy, "wants_key": found.wants_key, "models": found.models})
}
