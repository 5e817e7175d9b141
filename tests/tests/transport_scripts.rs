//! Every script of the server, asked natively in every dialect: what the table says it does is what a
//! provider reports. So the server's faults are what they claim to be, and so are the providers' errors.

#![allow(clippy::unwrap_used)] // A test may.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use tachikoma_forge::llm::{Keys, LlmRequest, ModelConfig, ProviderFactory, ProviderRegistry};
use tachikoma_forge::types::{ErrorKind, LlmError, StopReason};
use tachikoma_native::NativeTransport;
use tachikoma_tests::scripted::Server;
use tachikoma_tests::scripted::script::{Act, End, SCRIPTS, Script, Words};

const PROVIDERS: [&str; 3] = ["anthropic", "openai", "ollama"];

/// What came of a request.
#[derive(Debug)]
enum Came {
    Finished { text: String, reasoning: String, stop: StopReason },
    Failed(LlmError),
    Silence,
}

fn factory(server: &Server, key: &str, door: &str) -> ProviderFactory {
    let mut keys = Keys::new();
    let mut endpoints = BTreeMap::new();
    for provider in PROVIDERS {
        keys.set(provider, key);
        let path = if door.is_empty() || provider == "ollama" { door.to_owned() } else { format!("{door}/v1") };
        endpoints.insert(provider.to_owned(), format!("{}{path}", server.url()));
    }
    let transport = Arc::new(NativeTransport::new().unwrap());
    ProviderFactory::new(ProviderRegistry::new(), transport, keys).with_endpoints(endpoints)
}

async fn ask(factory: &ProviderFactory, model: &str, patience: Duration) -> Came {
    let provider = factory.create(&ModelConfig::new(model.parse().unwrap())).unwrap();
    let answer = async {
        let mut stream = match provider.complete_stream(LlmRequest::ask("Goal: ship it?")).await {
            Ok(stream) => stream,
            Err(error) => return Came::Failed(error),
        };
        let (mut text, mut reasoning, mut stop) = (String::new(), String::new(), StopReason::Unknown);
        while let Some(piece) = stream.next().await {
            match piece {
                Ok(piece) => {
                    text += &piece.delta;
                    reasoning += &piece.reasoning;
                    stop = piece.finish_reason.unwrap_or(stop);
                }
                Err(error) => return Came::Failed(error),
            }
        }
        Came::Finished { text, reasoning, stop }
    };
    tokio::time::timeout(patience, answer).await.unwrap_or(Came::Silence)
}

fn is_silent(act: Act) -> bool {
    matches!(act, Act::Hang | Act::Say(_, End::StallAfter(_)))
}

/// What is wrong with what came of an act, if anything.
fn fault(provider: &str, row: &Script, act: Act, came: &Came) -> Option<String> {
    use ErrorKind::{
        Auth, InvalidRequest, Network, NotFound, Overloaded, Protocol, RateLimited, Server as ServerError, Truncated,
    };
    let kinds: &[ErrorKind] = match act {
        Act::Say(words, End::Finished | End::MaxTokens) => {
            let Came::Finished { text, reasoning, stop } = came else { return Some("it did not finish".to_owned()) };
            let stops: &[StopReason] = match (act, words) {
                (Act::Say(_, End::MaxTokens), _) => &[StopReason::MaxTokens],
                // Ollama has no word for it.
                (_, Words::Refusal) if provider != "ollama" => &[StopReason::Refusal, StopReason::ContentFilter],
                _ => &[StopReason::End],
            };
            let right = match words {
                Words::Nothing => text.is_empty(),
                Words::Refusal => text.contains("cannot"),
                Words::Long => text.len() > 150_000,
                _ => text.contains("ship it?") || matches!(act, Act::Say(_, End::MaxTokens)),
            };
            let thought = reasoning.is_empty() != row.thinks;
            return (!right || !thought || !stops.contains(stop)).then(|| "another answer came".to_owned());
        }
        Act::Say(_, End::CutAfter(_) | End::EofAfter(_)) => &[Truncated],
        // Ollama says what is wrong in words alone.
        Act::Say(_, End::ErrorAfter(_)) => &[Overloaded, ServerError],
        Act::Say(_, End::StallAfter(_)) | Act::Hang => {
            return (!matches!(came, Came::Silence)).then(|| "it was not silent".to_owned());
        }
        Act::Fail { status, .. } => match status {
            400 => &[InvalidRequest],
            401 => &[Auth],
            404 => &[NotFound],
            429 => &[RateLimited],
            500 => &[ServerError],
            529 => &[Overloaded],
            _ => return Some(format!("status {status} is expected nowhere")),
        },
        Act::Html(200) | Act::Redirect => &[Protocol],
        Act::Html(_) => &[ServerError, Overloaded],
        Act::Close => &[Network],
    };
    let Came::Failed(error) = came else { return Some(format!("it did not fail as {kinds:?}")) };
    let after = match act {
        Act::Fail { retry_after, .. } => retry_after.map(u64::from),
        _ => None,
    };
    if !kinds.contains(&error.kind) {
        return Some(format!("it failed otherwise than {kinds:?}"));
    }
    let delay = error.retry_after.map(|d| d.as_secs());
    (after.is_some() && delay != after).then(|| format!("the delay is {delay:?}, not {after:?}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_script_does_what_its_row_says_in_every_dialect() {
    let server = Server::start(0).await.unwrap();
    let factory = factory(&server, "sk-canary", "");
    let walks = SCRIPTS.iter().flat_map(|row| PROVIDERS.map(|provider| (row, provider))).map(|(row, provider)| {
        let factory = factory.clone();
        async move {
            let mut faults = Vec::new();
            // One request more than there are acts: the last one stays.
            for time in 1..=u32::try_from(row.acts.len()).unwrap() + 1 {
                let act = row.act(time);
                if is_silent(act) && time > 1 {
                    continue;
                }
                // Silence is told from slowness by a second; everything else may be slow on a busy machine.
                let patience = Duration::from_secs(if is_silent(act) { 1 } else { 30 });
                let came = ask(&factory, &format!("{provider}/{}", row.name), patience).await;
                if let Some(why) = fault(provider, row, act, &came) {
                    faults.push(format!("{provider}/{} request {time}: {why}: {came:?}", row.name));
                }
            }
            faults
        }
    });
    let faults: Vec<String> = futures::stream::iter(walks).buffer_unordered(24).concat().await;
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn models_are_listed_and_a_wrong_key_is_told() {
    let server = Server::start(0).await.unwrap();
    for (key, door) in [("sk-right", ""), ("sk-wrong", ""), ("sk-wrong", "/hidden-401")] {
        let factory = factory(&server, key, door);
        for provider in PROVIDERS {
            let model = format!("{provider}/steady").parse().unwrap();
            let listed = factory.create(&ModelConfig::new(model)).unwrap().list_models().await;
            match listed {
                Ok(models) => {
                    assert_eq!(key, "sk-right", "{provider} took a wrong key");
                    for row in SCRIPTS {
                        assert!(models.iter().any(|m| m.name == row.name), "{provider} does not list {}", row.name);
                    }
                }
                Err(error) => {
                    assert_eq!((error.kind, key), (ErrorKind::Auth, "sk-wrong"), "{provider}: {error:?}");
                    assert!(!format!("{error:?}").contains("sk-"), "the key shows in {error:?}");
                }
            }
        }
    }
}
