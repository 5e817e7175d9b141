//! `tachikoma rm`: removes a model from the server that holds it.

use std::io::{BufRead, IsTerminal, Write};
use std::process::ExitCode;

use serde_json::json;
use tachikoma_forge::llm::manage::unsupported;
use tachikoma_forge::types::ModelRef;

use crate::exit::{Exit, Stop};
use crate::output::{List, Target};
use crate::panel;
use crate::plain::line;
use crate::reach::Reach;

/// Remove a model from the server that holds it, where that is possible (Ollama)
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The model, as provider/model[@base_url]
    model: ModelRef,
    #[command(flatten)]
    reach: Reach,
    /// Do not ask first
    #[arg(short, long)]
    yes: bool,
    /// How the end is written
    #[arg(long, value_enum, default_value_t = List::Text)]
    format: List,
}

pub(crate) fn run(args: Args) -> ExitCode {
    panel::block_on(rm(args)).into()
}

async fn rm(args: Args) -> Result<Exit, Stop> {
    let model = args.model.clone();
    let shown = line(&model.to_string(), 300);
    let provider = args.reach.provider(args.model)?;
    if !provider.capabilities().manages_models {
        return Err(panel::stop(unsupported("Deleting models", provider.label()), true));
    }
    if !args.yes && !confirmed(&shown)? {
        anstream::eprintln!("Nothing was removed.");
        return Ok(Exit::Failed);
    }
    provider.delete_model(&model.model).await.map_err(|e| panel::stop(e, false))?;
    let text = match args.format {
        List::Text => format!("{shown} is removed.\n"),
        List::Json => format!("{:#}\n", json!({"model": model.to_string(), "status": "removed"})),
    };
    Target::Stdout.write(&text)?;
    Ok(Exit::Result)
}

/// Asks people. There is nobody to ask without a terminal.
fn confirmed(model: &str) -> Result<bool, Stop> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Stop::usage(format!(
            "{model} would be removed for good. Write --yes to do it without being asked."
        )));
    }
    let mut out = anstream::stderr();
    let failed = |e: std::io::Error| Stop::failed(format!("the question cannot be asked: {e}"));
    write!(out, "Remove {model} for good? [y/N] ").and_then(|()| out.flush()).map_err(failed)?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer).map_err(failed)?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
