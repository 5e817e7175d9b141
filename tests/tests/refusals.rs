//! A server that does not take a parameter, in a whole deliberation: one more attempt without it, never again with
//! it, one warning, and the turn says how its shape was asked for.

#![allow(clippy::unwrap_used)] // A test may.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use tachikoma_forge::driver::{ForgeOrchestrator, Journal, MemoryJournal, Runtime};
use tachikoma_forge::llm::{HttpRequest, Keys, ProviderFactory, ProviderRegistry};
use tachikoma_forge::session::{AttemptReason, Event, ForgeSession, NextStep, Participant, Topic};
use tachikoma_forge::types::{ErrorKind, JsonMode, RoundType, Seed};
use tachikoma_native::NativePlatform;
use tachikoma_tests::refusing::Refusing;

/// Refuses two parameters one after the other, each by name.
fn picky(_: &HttpRequest, body: &Value) -> Option<(u16, String)> {
    let refused = ["stream_options", "max_tokens"].into_iter().find(|name| body.get(name).is_some())?;
    Some((400, format!("{{\"error\":{{\"message\":\"Unsupported parameter: '{refused}'.\"}}}}")))
}

#[tokio::test]
async fn a_refused_parameter_costs_one_attempt_and_is_never_sent_again() {
    let server = Arc::new(Refusing::new(picky));
    let journal = Arc::new(MemoryJournal::default());
    let transport = Arc::<Refusing>::clone(&server);
    let runtime = Runtime {
        platform: Arc::new(NativePlatform::new()),
        journal: Arc::<MemoryJournal>::clone(&journal) as Arc<dyn Journal>,
        providers: Arc::new(ProviderFactory::new(ProviderRegistry::new(), transport, Keys::new())),
    };
    let mut orchestrator =
        ForgeOrchestrator::new(Topic::new("Should the library open on Sundays?"), runtime).with_seed(Seed(11));
    let models = ["openai-compatible/a@http://h", "openai-compatible/b@http://h"];
    for model in models {
        orchestrator.add_participant(Participant::new(model.parse().unwrap()));
    }
    let (control, _) = orchestrator.start().await.unwrap();
    tokio::time::timeout(Duration::from_secs(60), control.finished()).await.expect("it goes on for ever");
    let events = journal.events();
    let session = ForgeSession::fold(&events).unwrap();

    let drafts = session.turns.values().filter(|turn| turn.ask.step == "draft");
    for turn in drafts {
        let whys: Vec<_> = turn.attempts.iter().map(|a| a.why).collect();
        let again = AttemptReason::WithoutParameter;
        assert_eq!(whys, [AttemptReason::First, again, again], "each refusal costs one attempt");
        assert!(turn.complete().is_some() && turn.complete().unwrap().obtained.is_none());
    }
    let refusals: Vec<_> = events
        .iter()
        .filter_map(|e| match &e.event {
            Event::AttemptFailed { error, next: NextStep::WithoutParameter { parameter }, .. } => {
                assert_eq!(
                    (error.kind, error.refused_parameter.as_ref()),
                    (ErrorKind::InvalidRequest, Some(parameter))
                );
                Some(parameter.as_str())
            }
            _ => None,
        })
        .collect();
    assert_eq!(refusals.len(), 2 * models.len(), "once a model and parameter: {refusals:?}");
    for model in models {
        for name in ["stream_options", "max_tokens"] {
            let about = |w: &&String| w.starts_with(model) && w.contains(name);
            assert_eq!(session.warnings.iter().filter(about).count(), 1, "{model}, {name}: {:?}", session.warnings);
        }
    }
    let bodies = server.seen();
    let picked = bodies.iter().filter(|b| b.get("stream_options").is_some() || b.get("max_tokens").is_some());
    assert_eq!(picked.count(), refusals.len(), "what was refused is sent again");
    assert!(bodies.len() > 3 * models.len(), "it went on");
    // The token limit has another name, under which it is still sent.
    assert!(bodies.last().unwrap().get("max_completion_tokens").is_some());

    let critique = session.last_complete(RoundType::Critique).unwrap().number;
    for turn in session.turns_of(critique) {
        assert_eq!(turn.complete().unwrap().obtained, Some(JsonMode::Instructions), "{}", turn.ask);
    }
}
