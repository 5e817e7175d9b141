//! `tachikoma doctor`: whether the providers that are set up can be used, and what to do where they cannot.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use serde::Serialize;
use serde_json::json;
use tachikoma_forge::llm::detect::Detected;
use tachikoma_forge::llm::{
    ModelConfig, OPENAI_COMPATIBLE, ProviderFactory, ProviderKind, ProviderRegistry, ProviderRow, Transport,
};
use tachikoma_forge::types::{ErrorKind, LlmError, ModelRef};
use tachikoma_native::{NativeTransport, endpoints_from, key_of, keys_from};

use crate::detect;
use crate::exit::{Exit, Stop};
use crate::output::{List, Target};
use crate::panel;
use crate::plain::{line, table};

/// How long one provider may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// Check every provider that has a key or an address here, and look for servers on this machine; spends no tokens
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How the findings are written
    #[arg(long, value_enum, default_value_t = List::Text)]
    format: List,
}

/// What was found out about one provider. Its key shows as whether there is one.
#[derive(Serialize)]
struct Finding {
    provider: &'static str,
    base_url: String,
    key_is_set: bool,
    works: bool,
    models: usize,
    took_ms: u128,
    /// Its version, where it says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// What is wrong and what to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<String>,
    /// What could be better, and how.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

pub(crate) fn run(args: Args) -> ExitCode {
    panel::block_on(examine(args)).into()
}

async fn examine(args: Args) -> Result<Exit, Stop> {
    let registry = ProviderRegistry::new();
    let read = |name: &str| std::env::var(name).ok();
    let (keys, endpoints) = (keys_from(&registry, read), endpoints_from(&registry, read));
    let transport: Arc<dyn Transport> = Arc::new(NativeTransport::new().map_err(|e| Stop::failed(e.message))?);
    let factory =
        ProviderFactory::new(registry.clone(), Arc::clone(&transport), keys).with_endpoints(endpoints.clone());
    let set_up = registry.rows().iter().filter(|row| key_of(row, read).is_some() || endpoints.contains_key(row.name));
    let asked = join_all(set_up.map(|row| {
        let base_url = endpoints.get(row.name).map(String::as_str).or(row.base_url).unwrap_or_default();
        async {
            // A vendor is who it is; what runs at one's own address says of itself what it is, and how it is.
            let looks = async {
                if row.kind == ProviderKind::Cloud {
                    return None;
                }
                detect::at(&transport, base_url).await.ok()
            };
            let (finding, found) = futures::future::join(ask(row, base_url, &factory), looks).await;
            match found {
                Some(found) => finding.with(row, &found, &registry),
                None => finding,
            }
        }
    }));
    let (mut findings, here) = futures::future::join(asked, detect::here(&transport, &registry)).await;
    let mut silent = Vec::new();
    for (url, found) in here {
        match found {
            Ok(found) if findings.iter().any(|known| same_door(&known.base_url, &found.base_url)) => {}
            Ok(found) => findings.push(Finding::of(found, &registry)),
            Err(_) => silent.push(url),
        }
    }
    let text = match args.format {
        List::Text => table(findings.iter().map(cells)),
        List::Json => format!("{:#}\n", json!(findings)),
    };
    Target::Stdout.write(&text)?;
    if !silent.is_empty() {
        anstream::eprintln!("Nothing that is known answers on this machine at: {}", silent.join(", "));
    }
    if findings.iter().any(|finding| finding.works) {
        return Ok(Exit::Result);
    }
    Err(Stop::failed(
        "no provider can be used yet. Set a key (`tachikoma providers` says where to get one and what to call it), \
         or start a server on this machine, for example Ollama: ollama serve",
    ))
}

/// The same port of this machine may have two names.
fn same_door(one: &str, other: &str) -> bool {
    let plain = |url: &str| url.trim_end_matches("/v1").replace("//localhost", "//127.0.0.1");
    plain(one) == plain(other)
}

impl Finding {
    /// What was found without being set up.
    fn of(found: Detected, registry: &ProviderRegistry) -> Self {
        let listed = of_detected(found.wants_key, found.models.is_empty(), registry.row(found.provider));
        let problem = unwell(&found).or(listed);
        Self {
            provider: found.provider,
            key_is_set: false,
            works: problem.is_none(),
            models: found.models.len(),
            took_ms: 0,
            version: found.version,
            problem,
            advice: None,
            base_url: found.base_url,
        }
    }

    /// The same, with what the server says of itself.
    fn with(mut self, row: &ProviderRow, found: &Detected, registry: &ProviderRegistry) -> Self {
        self.problem = self.problem.or_else(|| unwell(found));
        self.works = self.problem.is_none();
        self.version.clone_from(&found.version);
        // Whatever is compatible is known by no more than that.
        if found.provider != row.name && found.provider != OPENAI_COMPATIBLE.name {
            let version = found.version.as_deref().map_or_else(String::new, |version| format!(" in version {version}"));
            let label = detect::label(found, registry);
            self.advice = Some(format!(
                "It says that it is {label}{version}: {}/MODEL speaks to it as it is spoken to best.",
                found.provider
            ));
        }
        self
    }
}

/// A server whose own check says that it cannot answer, though it still lists its models.
fn unwell(found: &Detected) -> Option<String> {
    let unwell = found.healthy == Some(false);
    unwell.then(|| "It says of itself that it is not well. Look at its log, and start it again.".to_owned())
}

fn of_detected(wants_key: bool, empty: bool, row: Option<&ProviderRow>) -> Option<String> {
    let key = row.and_then(|row| row.key_env).unwrap_or("its key");
    match (wants_key, empty) {
        (true, _) => Some(format!("It asks for a key: set {key}.")),
        (false, true) => Some("It offers no model yet. Load or pull one.".to_owned()),
        (false, false) => None,
    }
}

/// Lists the models of a provider that is set up.
async fn ask(row: &ProviderRow, base_url: &str, factory: &ProviderFactory) -> Finding {
    let began = Instant::now();
    let model = ModelRef { provider: row.name.to_owned(), model: "MODEL".to_owned(), base_url: None };
    let listed = async {
        let provider = factory.create(&ModelConfig::new(model))?;
        provider.validate_config()?;
        let late = || {
            let words =
                format!("There was no answer within {} s. Check the address and the network.", PATIENCE.as_secs());
            LlmError::new(ErrorKind::Timeout, words)
        };
        tokio::time::timeout(PATIENCE, provider.list_models()).await.unwrap_or_else(|_| Err(late()))
    };
    let listed = listed.await;
    let models = listed.as_ref().map_or(0, Vec::len);
    let problem = match listed {
        Ok(models) if models.is_empty() => of_detected(false, true, Some(row)),
        Ok(_) => None,
        Err(error) => Some(advice(row, &error)),
    };
    let key_is_set = key_of(row, |name| std::env::var(name).ok()).is_some();
    let works = problem.is_none();
    Finding {
        provider: row.name,
        base_url: base_url.to_owned(),
        key_is_set,
        works,
        models,
        took_ms: began.elapsed().as_millis(),
        version: None,
        problem,
        advice: None,
    }
}

/// What is wrong, and what to do about it.
fn advice(row: &ProviderRow, error: &LlmError) -> String {
    let todo = match (error.kind, row.key_env) {
        (ErrorKind::Auth | ErrorKind::Permission, Some(name)) => format!(" Check {name}: copy the key again, whole."),
        (ErrorKind::InvalidRequest, _) if row.base_url.is_none() => {
            row.url_env.first().map(|name| format!(" Set {name} to your server's address.")).unwrap_or_default()
        }
        _ => String::new(),
    };
    format!("{}{todo}", error.message)
}

fn cells(finding: &Finding) -> [String; 4] {
    let state = if finding.works { "works" } else { "does not work" };
    let models = if finding.models == 1 { "1 model".to_owned() } else { format!("{} models", finding.models) };
    let took = if finding.took_ms > 0 { format!(" in {} ms", finding.took_ms) } else { String::new() };
    let version =
        finding.version.as_ref().map_or_else(String::new, |version| format!(", version {}", line(version, 60)));
    let advice = finding.advice.as_ref().map_or_else(String::new, |advice| format!(". {}", line(advice, 400)));
    let found = || format!("{models}{took}{version}{advice}");
    let words = finding.problem.as_ref().map_or_else(found, |problem| line(problem, 400));
    [finding.provider.to_owned(), state.to_owned(), line(&finding.base_url, 80), words]
}
