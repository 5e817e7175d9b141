//! `tachikoma models` and `tachikoma show`: which models a provider has, and what is known of them.

use std::process::ExitCode;

use serde_json::json;
use tachikoma_forge::llm::ModelInfo;
use tachikoma_forge::llm::manage::inventory;
use tachikoma_forge::types::ModelRef;

use crate::exit::{Exit, Stop};
use crate::output::{List, Target};
use crate::panel;
use crate::plain::{line, table};
use crate::reach::{Reach, provider_named};

/// List the models that a provider offers now, with what it says of them; spends no tokens
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The provider, as provider[@base_url]
    provider: String,
    #[command(flatten)]
    reach: Reach,
    /// How the list is written
    #[arg(long, value_enum, default_value_t = List::Text)]
    format: List,
}

/// Show what is known of one model: context length, size, what it can do
#[derive(clap::Args)]
pub(crate) struct ShowArgs {
    /// The model, as provider/model[@base_url]
    model: ModelRef,
    #[command(flatten)]
    reach: Reach,
    /// How it is written
    #[arg(long, value_enum, default_value_t = List::Text)]
    format: List,
}

pub(crate) fn run(args: Args) -> ExitCode {
    panel::block_on(models(args)).into()
}

async fn models(args: Args) -> Result<Exit, Stop> {
    let provider = args.reach.provider(provider_named(&args.provider))?;
    let models = inventory(&*provider).await.map_err(|e| panel::stop(e, false))?;
    if models.is_empty() {
        anstream::eprintln!("It answers, but offers no model yet. Load or pull one.");
    }
    let text = match args.format {
        List::Text => table(models.iter().map(cells)),
        List::Json => format!("{:#}\n", json!(models)),
    };
    Target::Stdout.write(&text)?;
    Ok(Exit::Result)
}

/// The name first, so that a script can take it; then what is known.
fn cells(model: &ModelInfo) -> [String; 2] {
    [line(&model.name, 300), line(&model.facts().join(", "), 200)]
}

pub(crate) fn run_show(args: ShowArgs) -> ExitCode {
    panel::block_on(show(args)).into()
}

async fn show(args: ShowArgs) -> Result<Exit, Stop> {
    let name = args.model.model.clone();
    let provider = args.reach.provider(args.model)?;
    let model = provider.show_model(&name).await.map_err(|e| panel::stop(e, false))?;
    let text = match args.format {
        List::Text => text(&model),
        List::Json => format!("{:#}\n", json!(model)),
    };
    Target::Stdout.write(&text)?;
    Ok(Exit::Result)
}

fn text(model: &ModelInfo) -> String {
    let figure = |number: Option<u64>, words: fn(u64) -> String, unit: &str| {
        number.map(|n| format!("{} ({n} {unit})", words(n)))
    };
    let can = model.capabilities.iter().map(|c| c.word()).collect::<Vec<_>>().join(", ");
    let loaded = |loaded: bool| if loaded { "in memory" } else { "not in memory" }.to_owned();
    let tokens = tachikoma_forge::llm::manage::tokens_in_words;
    let rows = [
        ("name", Some(model.name.clone())),
        ("label", model.label.clone()),
        ("context", figure(model.context_tokens, tokens, "tokens")),
        ("longest answer", figure(model.max_output_tokens, tokens, "tokens")),
        ("size", figure(model.size_bytes, tachikoma_forge::llm::manage::bytes_in_words, "bytes")),
        ("parameters", model.parameters.clone()),
        ("quantization", model.quantization.clone()),
        ("family", model.family.clone()),
        ("can", Some(can).filter(|can| !can.is_empty())),
        ("state", model.loaded.map(loaded)),
    ];
    table(rows.into_iter().filter_map(|(name, value)| Some([name.to_owned(), line(&value?, 300)])))
}
