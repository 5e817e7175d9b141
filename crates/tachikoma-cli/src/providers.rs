//! `tachikoma providers`: who can be asked, where, and with whose key.

use std::process::ExitCode;

use serde_json::json;
use tachikoma_forge::llm::{Management, ProviderRegistry, ProviderRow};
use tachikoma_native::{endpoints_from, keys_from};

use crate::exit::Exit;
use crate::output::{List, Target};
use crate::plain::{line, table};

/// List the providers, with their addresses and whether their keys are set
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How the list is written
    #[arg(long, value_enum, default_value_t = List::Text)]
    format: List,
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
        List::Text => table(list.iter().map(cells)),
        List::Json => format!("{:#}\n", list.iter().map(json).collect::<serde_json::Value>()),
    };
    let done = Target::Stdout.write(&text).map(|()| Exit::Result);
    done.unwrap_or_else(|stop| stop.report()).into()
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
        "default_models": row.default_models, "browser": row.browser.name(), "manages_models": row.management == Management::Ollama,
        "timeout_seconds": row.timeout_seconds,
    })
}
