//! `tachikoma providers` and `tachikoma models`: who can be asked, and for which models.

use std::process::ExitCode;
use std::sync::Arc;

use clap::ValueEnum;
use serde_json::json;
use tachikoma_forge::llm::{ModelConfig, ProviderRegistry, ProviderRow};
use tachikoma_forge::types::ModelRef;
use tachikoma_native::{NativePlatform, endpoints_from, keys_from};

use crate::exit::{Exit, Stop};
use crate::output::Target;
use crate::panel;
use crate::plain::line;

/// List the providers, with their addresses and whether their keys are set
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How the list is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A line for each, for reading
    Text,
    /// One JSON document with everything that is known
    Json,
}

/// List the models that a provider offers now; spends no tokens
#[derive(clap::Args)]
pub(crate) struct ModelsArgs {
    /// The provider, as provider[@base_url]
    provider: String,
}

/// A provider as it is from here: its key shows as whether there is one.
struct Here<'r> {
    row: &'r ProviderRow,
    base_url: Option<String>,
    key_is_set: bool,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    let registry = ProviderRegistry::new();
    let read = |name: &str| std::env::var(name).ok();
    let (keys, mut endpoints) = (keys_from(&registry, read), endpoints_from(&registry, read));
    let list: Vec<Here<'_>> = registry
        .list_providers()
        .iter()
        .map(|row| Here {
            row,
            base_url: endpoints.remove(row.name).or(row.base_url.map(str::to_owned)),
            key_is_set: keys.get(row.name).is_some(),
        })
        .collect();
    let text = match args.format {
        Format::Text => text(&list),
        Format::Json => format!("{:#}\n", list.iter().map(json).collect::<serde_json::Value>()),
    };
    let done = Target::Stdout.write(&text).map(|()| Exit::Result);
    done.unwrap_or_else(|stop| stop.report()).into()
}

fn text(list: &[Here<'_>]) -> String {
    let cells: Vec<[String; 4]> = list.iter().map(cells).collect();
    let widest = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [0, 1, 2].map(widest);
    let mut out = String::new();
    for [name, kind, url, key] in &cells {
        let [a, b, c] = widths;
        out += format!("{name:a$}  {kind:b$}  {url:c$}  {key}").trim_end();
        out.push('\n');
    }
    out
}

fn cells(Here { row, base_url, key_is_set }: &Here<'_>) -> [String; 4] {
    let url = base_url.as_deref().map_or_else(|| "an address of yours".to_owned(), |url| line(url, 80));
    let key = match (row.key_env, *key_is_set, row.needs_key, row.key_url) {
        (None, ..) => String::new(),
        (Some(name), true, ..) => format!("{name} is set"),
        (Some(name), false, true, Some(page)) => format!("{name} is not set; get a key at {page}"),
        (Some(name), false, true, None) => format!("{name} is not set"),
        (Some(name), false, false, _) => format!("{name} is not set, and not always needed"),
    };
    [row.name.to_owned(), row.kind.name().to_owned(), url, key]
}

fn json(Here { row, base_url, key_is_set }: &Here<'_>) -> serde_json::Value {
    json!({
        "name": row.name, "label": row.label, "aliases": row.aliases, "kind": row.kind.name(),
        "dialect": row.dialect.name(), "base_url": base_url, "base_url_variables": row.url_env,
        "key_variable": row.key_env, "key_is_set": key_is_set, "needs_key": row.needs_key, "key_page": row.key_url,
        "key_header": row.key_header.name(), "headers_from_a_page": row.allowed_from_browser,
        "default_models": row.default_models, "browser": row.browser.name(), "pulls_models": row.pulls_models,
        "deletes_models": row.deletes_models, "timeout_seconds": row.timeout_seconds,
    })
}

pub(crate) fn run_models(args: &ModelsArgs) -> ExitCode {
    panel::block_on(models(&args.provider)).into()
}

async fn models(provider: &str) -> Result<Exit, Stop> {
    let (name, base_url) =
        provider.split_once('@').map_or((provider, None), |(name, url)| (name, Some(url.to_owned())));
    let factory = panel::factory(&Arc::new(NativePlatform::new()), 1.0)?;
    // The list does not depend on the model, of which only errors would speak.
    let model = ModelRef { provider: name.to_ascii_lowercase(), model: "MODEL".to_owned(), base_url };
    let provider = factory.create(&ModelConfig::new(model)).map_err(|e| panel::stop(e, true))?;
    provider.validate_config().map_err(|e| panel::stop(e, true))?;
    let mut out = String::new();
    for model in provider.list_models().await.map_err(|e| panel::stop(e, false))? {
        out += &line(&model, 300);
        out.push('\n');
    }
    if out.is_empty() {
        anstream::eprintln!("It answers, but offers no model yet. Load or pull one.");
    }
    Target::Stdout.write(&out)?;
    Ok(Exit::Result)
}
