//! Deliberations in real time: the orchestrator, the native adapter, real sockets, and three members who
//! speak three dialects to the scripted server.
//!
//! Every script of the server takes a seat, once in each dialect, beside two members who are well; what has
//! to come of it is derived from the script's own row. What the server's log says has to be what the journal
//! says: no call doubled, none that was not journalled first.

#![allow(clippy::unwrap_used)] // A test may.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use futures::{StreamExt, stream};
use tachikoma_forge::driver::{ForgeOrchestrator, Journal, MemoryJournal, Runtime};
use tachikoma_forge::llm::{Keys, ProviderFactory, ProviderRegistry};
use tachikoma_forge::session::{
    Answer, AttemptReason, EndReason, Envelope, Event, ForgeSession, Participant, Reading, Settings, Topic, Turn,
};
use tachikoma_forge::types::{ErrorKind, RoundType, Seat, Seed};
use tachikoma_native::{NativePlatform, NativeTransport};
use tachikoma_tests::scripted::script::{Act, End, SCRIPTS, Script, Stance, Words};
use tachikoma_tests::scripted::{Entry, Outcome, Server};

/// A provider for each dialect.
const PROVIDERS: [&str; 3] = ["anthropic", "openai", "ollama"];
/// A key that must not leave for anywhere but a header.
const CANARY: &str = "sk-canary-51b2";

fn runtime(journal: Arc<dyn Journal>) -> Runtime {
    let mut keys = Keys::new();
    for provider in PROVIDERS {
        keys.set(provider, CANARY);
    }
    let transport = Arc::new(NativeTransport::new().unwrap());
    Runtime {
        platform: Arc::new(NativePlatform::new()),
        journal,
        providers: Arc::new(ProviderFactory::new(ProviderRegistry::new(), transport, keys)),
    }
}

fn member(provider: &str, model: &str, server: &Server) -> Participant {
    Participant::new(format!("{provider}/{model}@{}", server.url()).parse().unwrap())
        .named(format!("{provider} member"))
}

/// Who reads what as which letter, and who writes, is drawn: the same each time here.
const SEED: Seed = Seed(11);

/// What a deliberation left.
struct Run {
    session: ForgeSession,
    events: Vec<Envelope>,
    log: Vec<Entry>,
}

async fn deliberate(server: &Server, members: Vec<Participant>, settings: Settings) -> Run {
    let journal = Arc::new(MemoryJournal::default());
    let topic = Topic::new("Should the library open on Sundays?").with_constraints("No more than one page");
    let mut orchestrator =
        ForgeOrchestrator::new(topic, runtime(journal.clone())).with_settings(settings).with_seed(SEED);
    for member in members {
        orchestrator.add_participant(member);
    }
    let (control, _) = orchestrator.start().await.unwrap();
    tokio::time::timeout(Duration::from_secs(120), control.finished()).await.expect("it goes on for ever");
    let events = journal.events();
    Run { session: ForgeSession::fold(&events).unwrap(), events, log: server.log().settled() }
}

impl Run {
    fn end(&self) -> EndReason {
        let end = self.events.iter().rev().find_map(|e| match &e.event {
            Event::SessionEnded { reason, .. } => Some(*reason),
            _ => None,
        });
        end.expect("it has no end")
    }

    fn took_part(&self, round_type: RoundType) -> Vec<Seat> {
        self.session.last_complete(round_type).map(|r| r.took_part.clone()).unwrap_or_default()
    }

    /// The attempts of a seat, with why each was made.
    fn attempts(&self, seat: Seat) -> Vec<AttemptReason> {
        let own = self.events.iter().filter_map(|e| match &e.event {
            Event::AttemptStarted { ask, why, .. } if ask.seat == seat => Some(*why),
            _ => None,
        });
        own.collect()
    }

    fn errors(&self, seat: Seat) -> Vec<ErrorKind> {
        let own = self.events.iter().filter_map(|e| match &e.event {
            Event::AttemptFailed { ask, error, .. } if ask.seat == seat => Some(error.kind),
            _ => None,
        });
        own.collect()
    }

    /// The server was asked exactly what the journal says, model by model.
    fn check_calls(&self) {
        let mut journalled = BTreeMap::<String, usize>::new();
        for event in &self.events {
            if let Event::AttemptStarted { model, .. } = &event.event {
                *journalled.entry(model.model.clone()).or_default() += 1;
            }
        }
        let mut asked = BTreeMap::<String, usize>::new();
        for entry in self.log.iter().filter(|e| !e.model.is_empty()) {
            *asked.entry(entry.model.clone()).or_default() += 1;
        }
        assert_eq!(asked, journalled, "the server's log and the journal differ");
        let text = serde_json::to_string(&self.events).unwrap();
        assert!(!text.contains("canary"), "the key is in the journal");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_members_in_three_dialects_agree() {
    let server = Server::start(0).await.unwrap();
    // Names that the codecs know: the shape is enforced for one, and told in words to another.
    let models = ["claude-sonnet-4-20250514", "gpt-4o", "llama3.2:latest"];
    let members = PROVIDERS.iter().zip(models).map(|(p, m)| member(p, m, &server)).collect();
    let run = deliberate(&server, members, Settings::default()).await;
    assert_eq!(run.end(), EndReason::Converged);
    assert_eq!(run.took_part(RoundType::Draft), [0, 1, 2]);
    assert_eq!(run.took_part(RoundType::Critique), [0, 1, 2]);
    assert_eq!(run.took_part(RoundType::Convergence), [0, 1, 2]);
    let result = run.session.result().unwrap();
    let Some(Answer::Synthesis { comparison, answer, .. }) = result.answer() else {
        panic!("the result is {:?}", result.answer())
    };
    assert!(comparison.contains("agree on") && answer.contains("Should the library open on Sundays?"), "{answer}");
    for turn in run.session.turns.values() {
        let complete = turn.complete().unwrap();
        assert!(complete.usage.output_tokens.is_some_and(|n| n > 0), "{} has no usage", turn.ask);
        match &complete.answer {
            Answer::Critique { scores } => assert_eq!(scores.len(), 2, "{}: the drafts of the others", turn.ask),
            Answer::Vote(vote) => assert!(vote.agree),
            Answer::Draft | Answer::Synthesis { .. } => {}
            other => panic!("{} says {other:?}", turn.ask),
        }
    }
    // Three drafts, three critiques, one synthesis, three votes: each asked once.
    let kinds = |kind| run.log.iter().filter(|e| e.kind == kind).count();
    assert_eq!(["draft", "critique", "synthesis", "vote"].map(kinds), [3, 3, 1, 3]);
    assert!(run.log.iter().all(|e| e.outcome == Outcome::Completed && e.time == 1));
    run.check_calls();
}

/// What becomes of a member, as its script's row has it.
struct Fate {
    /// Its draft counts.
    drafts: bool,
    /// Its vote counts.
    votes: bool,
    /// What each of its failed calls was taken for; `None` when none fails.
    error: Option<&'static [ErrorKind]>,
    /// It declines, in a dialect that cannot tell so.
    declines: bool,
    /// Calls per ask in the draft round.
    calls: usize,
}

fn fate(row: &Script, provider: &str) -> Fate {
    let first = row.acts[0];
    let well = |act: Act| matches!(act, Act::Say(_, End::Finished | End::MaxTokens));
    let error: Option<&'static [ErrorKind]> = match first {
        Act::Say(Words::Nothing, _) => Some(&[ErrorKind::Empty]),
        // Ollama knows no refusal: there it is a draft, and no JSON.
        Act::Say(Words::Refusal, _) if provider == "ollama" => Some(&[ErrorKind::Protocol]),
        Act::Say(Words::Refusal, _) => Some(&[ErrorKind::Refusal, ErrorKind::ContentFilter]),
        // What cannot be read is told before it is mended.
        Act::Say(Words::Prose | Words::ProseThenJson, _) | Act::Say(_, End::MaxTokens) => Some(&[ErrorKind::Protocol]),
        Act::Say(_, End::Finished) => None,
        Act::Say(_, End::CutAfter(_) | End::EofAfter(_)) => Some(&[ErrorKind::Truncated]),
        // Ollama gives an error no code, so only the words tell.
        Act::Say(_, End::ErrorAfter(_)) => Some(&[ErrorKind::Overloaded, ErrorKind::Server]),
        Act::Say(_, End::StallAfter(_)) | Act::Hang => Some(&[ErrorKind::Timeout]),
        Act::Close => Some(&[ErrorKind::Network]),
        Act::Redirect | Act::Html(200) => Some(&[ErrorKind::Protocol]),
        Act::Html(_) => Some(&[ErrorKind::Server]),
        Act::Fail { status, .. } => Some(match status {
            400 => &[ErrorKind::InvalidRequest],
            401 => &[ErrorKind::Auth],
            404 => &[ErrorKind::NotFound],
            429 => &[ErrorKind::RateLimited],
            529 => &[ErrorKind::Overloaded],
            _ => &[ErrorKind::Server],
        }),
    };
    let declines = matches!(first, Act::Say(Words::Refusal, _));
    let settled =
        well(row.act(9)) && !matches!(first, Act::Say(Words::Nothing, _)) && (!declines || provider == "ollama");
    // A shape that was cut off by a limit, or never given, is an abstention.
    let shaped = settled && !declines && !matches!(first, Act::Say(Words::Prose, _) | Act::Say(_, End::MaxTokens));
    Fate { drafts: settled, votes: shaped, error, declines: declines && settled, calls: row.acts.len() }
}

/// One script in one seat; the others are well.
async fn seated(row: &'static Script, seat: usize) -> Result<(), String> {
    let server = Server::start(0).await.unwrap();
    let model = |at: usize| if at == seat { row.name } else { "fast" };
    let members = PROVIDERS.iter().enumerate().map(|(at, p)| member(p, model(at), &server)).collect();
    let silent = row.acts.iter().any(|a| matches!(a, Act::Hang | Act::Say(_, End::StallAfter(_))));
    let settings = Settings {
        // Silence is ended by the round alone here; the other scripts need time for their pauses.
        round_timeout_seconds: if silent { 2 } else { 30 },
        max_rounds: 6,
        ..Settings::default()
    };
    let run = deliberate(&server, members, settings).await;
    run.check_calls();
    let fate = fate(row, PROVIDERS[seat]);
    let at = Seat::try_from(seat).unwrap();
    let expect = |holds: bool, what: &str| {
        let (errors, attempts) = (run.errors(at), run.attempts(at));
        let said = || {
            format!(
                "{} on {}: {what}; end {:?}, errors {errors:?}, attempts {attempts:?}",
                row.name,
                PROVIDERS[seat],
                run.end()
            )
        };
        if holds { Ok(()) } else { Err(said()) }
    };
    let drafted = run.took_part(RoundType::Draft).contains(&at);
    expect(drafted == fate.drafts, &format!("drafted: {drafted}"))?;
    let voted = run.session.turns.values().any(|turn| {
        turn.ask.seat == at && turn.ask.step == "convergence" && matches!(turn.answer(), Some(Answer::Vote(_)))
    });
    expect(voted == fate.votes, &format!("voted: {voted}"))?;
    let others = run.took_part(RoundType::Draft).iter().filter(|s| **s != at).count();
    expect(others == 2, "the others took part")?;
    let end = match row.stance {
        Stance::Disagrees => EndReason::NotConverged,
        Stance::Agrees | Stance::Persuadable => EndReason::Converged,
    };
    expect(run.end() == end, &format!("it should have been {end:?}"))?;
    // A refusal that Ollama does not mark as one may be the draft that the panel likes best.
    let sound = |turn: &Turn| {
        turn.text().is_some_and(|text| text.contains("Sundays")) || (turn.ask.seat == at && fate.declines)
    };
    expect(run.session.result().is_some_and(sound), "no result")?;
    match fate.error {
        None => expect(run.errors(at).is_empty(), "it should not fail")?,
        Some(kinds) => expect(
            // A silent call that the round ended has no failure of its own.
            (silent || !run.errors(at).is_empty()) && run.errors(at).iter().all(|kind| kinds.contains(kind)),
            &format!("it should fail as {kinds:?}"),
        )?,
    }
    // One that recovers does so in each of its asks: one call fails, the next is an answer.
    if fate.calls > 1 {
        let failed = run.errors(at).len();
        let retried = run.attempts(at).iter().filter(|why| **why == AttemptReason::Retry).count();
        expect(failed == retried && retried >= 3, &format!("{failed} failed, {retried} were retries"))?;
    }
    // One whose answers cannot be read is asked to mend them once each, and then abstains.
    if fate.drafts && fate.error == Some(&[ErrorKind::Protocol]) {
        let repairs = run.attempts(at).iter().filter(|why| **why == AttemptReason::Repair).count();
        expect(repairs == run.errors(at).len() && repairs >= 2, &format!("{repairs} repairs"))?;
        let own = run.session.turns.values().filter(|turn| turn.ask.seat == at);
        let readings: Vec<_> = own.filter_map(|turn| turn.complete().map(|complete| complete.reading)).collect();
        let wanted = if fate.votes { Reading::Repaired } else { Reading::Unreadable };
        let found = readings.iter().filter(|reading| **reading == wanted).count();
        expect(found == repairs, &format!("read as {readings:?}"))?;
    }
    // No text is the mixture of two attempts.
    for turn in run.session.turns.values().filter_map(|turn| turn.complete()) {
        expect(turn.text.matches("The short answer").count() <= 1, "two attempts are mixed")?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_script_takes_a_seat_in_every_dialect() {
    let all = SCRIPTS.iter().flat_map(|row| (0..PROVIDERS.len()).map(move |seat| seated(row, seat)));
    // Not all at once: that would measure this machine and not the deliberation.
    let verdicts: Vec<_> = stream::iter(all).buffer_unordered(32).collect().await;
    assert_eq!(verdicts.len(), SCRIPTS.len() * PROVIDERS.len());
    let failures: Vec<_> = verdicts.into_iter().filter_map(Result::err).collect();
    assert!(failures.is_empty(), "{} failed:\n{}", failures.len(), failures.join("\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fallback_takes_over_where_a_retry_makes_no_sense() {
    let run_of = |seat: usize| async move {
        let server = Server::start(0).await.unwrap();
        let members = PROVIDERS.iter().enumerate().map(|(at, provider)| {
            if at == seat {
                // The next one speaks another dialect.
                let next = PROVIDERS[(seat + 1) % PROVIDERS.len()];
                member(provider, "fail-401", &server)
                    .with_fallback(member(next, "steady:spare", &server).model.first().clone())
            } else {
                member(provider, "fast", &server)
            }
        });
        let run = deliberate(&server, members.collect(), Settings::default()).await;
        run.check_calls();
        let at = Seat::try_from(seat).unwrap();
        assert_eq!(run.end(), EndReason::Converged);
        for round_type in [RoundType::Draft, RoundType::Critique, RoundType::Convergence] {
            assert_eq!(run.took_part(round_type), [0, 1, 2], "{round_type} with seat {seat} on its fallback");
        }
        let attempts = run.attempts(at);
        assert!(
            attempts.contains(&AttemptReason::Fallback) && !attempts.contains(&AttemptReason::Retry),
            "{attempts:?}"
        );
        assert!(run.errors(at).iter().all(|kind| *kind == ErrorKind::Auth));
        let own = run.session.turns.values().filter(|turn| turn.ask.seat == at);
        assert!(own.filter_map(|turn| turn.complete()).all(|turn| turn.model.model == "steady:spare"));
    };
    join_all((0..PROVIDERS.len()).map(run_of)).await;
}
