//! Who sits at the table: the models that were named, or those that the keys at hand allow.

use std::sync::Arc;
use std::time::Duration;

use tachikoma_forge::driver::Platform;
use tachikoma_forge::llm::{ModelConfig, ProviderFactory, ProviderRegistry};
use tachikoma_forge::session::{Participant, is_person};
use tachikoma_forge::types::{BoxFuture, ErrorKind, LlmError, ModelRef, key_slot};
use tachikoma_native::{NativePlatform, key_of, key_variable};

use crate::exit::{Exit, Stop};

const EXAMPLE: &str = "Name at least two models, for example:\n  \
    tachikoma deliberate \"Should we rewrite it?\" -m anthropic/claude-sonnet-4-20250514 -m openai/gpt-4.1 -m ollama/llama3.2\n\
    or watch scripted members without any key:\n  tachikoma deliberate --demo \"Should we rewrite it?\"";

/// Runs a command to its end, and tells people why it could not.
pub(crate) fn block_on(command: impl Future<Output = Result<Exit, Stop>>) -> Exit {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    let done = match runtime {
        Ok(runtime) => runtime.block_on(command),
        Err(e) => Err(Stop::failed(format!("cannot start: {e}"))),
    };
    done.unwrap_or_else(|stop| stop.report())
}

/// Waits as the machine's clock has it.
pub(crate) fn pace(duration: Duration) -> BoxFuture<'static, ()> {
    Box::pin(tokio::time::sleep(duration))
}

/// What an error of a provider means for the command. Before anything was sent it is the caller's.
pub(crate) fn stop(error: LlmError, before: bool) -> Stop {
    match error.kind {
        ErrorKind::MissingApiKey | ErrorKind::Auth | ErrorKind::Permission => Stop(Exit::Key, error.message),
        _ if before => Stop::usage(error.message),
        _ => Stop::failed(error.message),
    }
}

/// The providers that can be named here: those of the table, and the demo.
pub(crate) fn registry(platform: &Arc<NativePlatform>, pace: f64) -> ProviderRegistry {
    let mut registry = ProviderRegistry::new();
    let platform = Arc::clone(platform);
    tachikoma_forge::llm::demo::register(
        &mut registry,
        Arc::new(move |pause: Duration| platform.sleep(pause.mul_f64(pace))),
    );
    registry
}

/// The model that a text names, alone where there is a default provider.
pub(crate) fn model(text: &str, default: Option<&str>, registry: &ProviderRegistry) -> Result<ModelRef, Stop> {
    registry.model(text, default).map_err(|e| Stop::usage(e.0))
}

/// A member: its model, then what it falls back to, with commas between them.
pub(crate) fn member(text: &str, default: Option<&str>, registry: &ProviderRegistry) -> Result<Participant, Stop> {
    // A person is of no provider, so no default takes them over.
    if let Some(person) = text.parse::<ModelRef>().ok().filter(is_person) {
        return Ok(Participant::new(person));
    }
    let pools = text.split(',').map(|text| registry.pool(text, default)).collect::<Result<Vec<_>, _>>();
    let mut pools = pools.map_err(|e| Stop::usage(e.0))?.into_iter();
    let model = pools.next().ok_or_else(|| Stop::usage("a member needs a model: provider/model"))?;
    let name = Participant::new(model.first().clone());
    Ok(Participant { model, fallbacks: pools.collect(), ..name })
}

/// The members: the models that were named, else what the keys in the environment allow.
pub(crate) fn members(
    named: &[String],
    default: Option<&str>,
    registry: &ProviderRegistry,
) -> Result<Vec<Participant>, Stop> {
    if !named.is_empty() {
        return named.iter().map(|text| member(text, default, registry)).collect();
    }
    let keyed: Vec<_> = registry
        .rows()
        .iter()
        // Without a model known beforehand a key chooses none.
        .filter(|row| !row.default_models.is_empty())
        .filter(|row| key_of(row, |name| std::env::var(name).ok()).is_some())
        .collect();
    // One key: two models of that provider. More: the best of each.
    let each = if keyed.len() == 1 { 2 } else { 1 };
    let models: Vec<ModelRef> = keyed
        .iter()
        .flat_map(|row| row.default_models.iter().take(each).map(|model| (row.name, *model)))
        .map(|(provider, model)| ModelRef { provider: provider.to_owned(), model: model.to_owned(), base_url: None })
        .collect();
    if models.len() < 2 {
        return Err(Stop::usage(format!("no model is named, and no key in the environment chooses one. {EXAMPLE}")));
    }
    let alone = |model: &ModelRef| keyed.len() > 1 && model.model == ModelConfig::DEFAULT_MODEL;
    Ok(models
        .into_iter()
        .map(|model| {
            let fallback =
                alone(&model).then(|| ModelRef { model: ModelConfig::FIRST_FALLBACK.into(), ..model.clone() });
            let member = Participant::new(model);
            fallback.into_iter().fold(member, Participant::with_fallback)
        })
        .collect())
}

/// Whether the people among the members can answer.
pub(crate) fn people(members: &[Participant], interactive: bool) -> Result<(), Stop> {
    match members.iter().find(|member| member.is_person()) {
        Some(member) if !interactive => Err(Stop::usage(format!(
            "{} is a person, and nobody can answer here: run it in a terminal, or give the answers on stdin with \
             --interactive.",
            member.name
        ))),
        _ => Ok(()),
    }
}

/// Whether every model of every member can be asked, before anything is spent.
pub(crate) fn check(members: &[Participant], factory: &ProviderFactory) -> Result<(), Stop> {
    for model in members.iter().flat_map(Participant::targets).filter(|model| !is_person(model)) {
        let provider = factory.create(&ModelConfig::new(model.clone())).and_then(|p| p.validate_config());
        let Err(error) = provider else { continue };
        let key_env = factory.registry().row(&model.provider).and_then(|row| row.key_env);
        return Err(match (error.kind, key_env) {
            (ErrorKind::MissingApiKey, Some(name)) => {
                let name = key_variable(name, key_slot(&model.provider).1);
                Stop(Exit::Key, format!("{model} needs a key: set {name} in the environment."))
            }
            (ErrorKind::MissingApiKey | ErrorKind::Auth | ErrorKind::Permission, _) => stop(error, true),
            _ => Stop::usage(format!("{model}: {}", error.message)),
        });
    }
    Ok(())
}
