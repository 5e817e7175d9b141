//! Storage that fails, and tabs that follow: the deliberation goes on, nobody pays twice, nothing is shown twice.

#![allow(clippy::unwrap_used)] // A test may.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt;
use tachikoma_forge::driver::{
    ControlHandle, Follower, ForgeOrchestrator, Heard, Journal, JournalError, JournalErrorKind, MemoryJournal, Message,
    Runtime, demo_participants,
};
use tachikoma_forge::export::{json, read};
use tachikoma_forge::llm::{Keys, ProviderFactory, ProviderRegistry, demo};
use tachikoma_forge::session::{
    Channel, ControlAction, EndReason, Envelope, Event, ForgeSession, SessionState, Topic, canonical,
};
use tachikoma_forge::types::{BoxFuture, RoundType, Seed, SessionId};
use tachikoma_native::{NativePlatform, NativeTransport};

/// A journal that works for so many appends, and what it says then.
struct Failing {
    kept: MemoryJournal,
    left: AtomicUsize,
    kind: JournalErrorKind,
}

impl Journal for Failing {
    fn append(&self, events: Vec<Envelope>) -> BoxFuture<'static, Result<(), JournalError>> {
        let left = self.left.load(Ordering::SeqCst);
        if left == 0 {
            let error = JournalError { kind: self.kind, message: "No room is left.".into() };
            return Box::pin(async { Err(error) });
        }
        self.left.store(left - 1, Ordering::SeqCst);
        self.kept.append(events)
    }

    fn load(&self) -> BoxFuture<'static, Result<Vec<Envelope>, JournalError>> {
        self.kept.load()
    }
}

/// Short enough for a test, and long enough that pieces are journalled while others come.
fn pace(pause: Duration) -> BoxFuture<'static, ()> {
    Box::pin(tokio::time::sleep(pause / 6))
}

fn runtime(journal: Arc<dyn Journal>) -> Runtime {
    let mut registry = ProviderRegistry::new();
    demo::register(&mut registry, Arc::new(pace));
    let transport = Arc::new(NativeTransport::new().unwrap());
    let providers = Arc::new(ProviderFactory::new(registry, transport, Keys::new()));
    Runtime { platform: Arc::new(NativePlatform::new()), journal, providers }
}

async fn start(journal: Arc<dyn Journal>) -> ControlHandle {
    let mut orchestrator = ForgeOrchestrator::new(Topic::new("Rewrite it?"), runtime(journal)).with_seed(Seed(5));
    for member in demo_participants() {
        orchestrator.add_participant(member);
    }
    orchestrator.start().await.unwrap().0
}

/// Resolves when the next turn is complete after the journal has failed.
async fn one_turn_unsaved(control: &ControlHandle) {
    let mut events = control.subscribe();
    while let Some(envelope) = events.next().await {
        if control.unsaved().is_some() && matches!(envelope.event, Event::ParticipantComplete { .. }) {
            return;
        }
    }
}

async fn finished(control: &ControlHandle) -> ForgeSession {
    tokio::time::timeout(Duration::from_secs(60), control.finished()).await.expect("it goes on for ever");
    control.session().unwrap()
}

fn end(session: &ForgeSession) -> Option<EndReason> {
    match &session.state {
        SessionState::Ended { reason, .. } => Some(*reason),
        SessionState::Running => None,
    }
}

fn in_order(events: &[Envelope]) {
    assert!(events.windows(2).all(|pair| pair[0].seq < pair[1].seq), "a number is there twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_room_it_goes_on_in_memory_says_so_and_can_be_exported_and_continued() {
    // Side by side: most of it is waiting.
    futures::future::join_all([0, 1, 7, 30].map(goes_on_in_memory)).await;
}

async fn goes_on_in_memory(works_for: usize) {
    let journal = Arc::new(Failing {
        kept: MemoryJournal::default(),
        left: AtomicUsize::new(works_for),
        kind: JournalErrorKind::Full,
    });
    let control = start(journal.clone()).await;
    one_turn_unsaved(&control).await;
    control.stop();
    let session = finished(&control).await;
    assert_eq!(end(&session), Some(EndReason::Stopped), "after {works_for}");
    assert_eq!(control.unsaved().unwrap().kind, JournalErrorKind::Full);
    let said: Vec<_> = session.warnings.iter().filter(|w| w.contains("can no longer be saved")).collect();
    assert_eq!(
        said,
        ["The session can no longer be saved: No room is left. It goes on in memory; export it before you leave."]
    );
    let events = control.events();
    in_order(&events);
    let again = read(json(&events).as_bytes()).unwrap().events;
    assert_eq!(ForgeSession::fold(&again).unwrap().turns, session.turns);
    let kept = journal.kept.events();
    assert!(kept.iter().zip(1..).all(|(e, seq)| e.seq == seq), "what is kept has a hole");
    // It goes on from memory.
    let memory = Arc::new(MemoryJournal::with(events));
    let (control, _) = ForgeOrchestrator::resume(runtime(memory.clone())).await.unwrap();
    assert_eq!(end(&finished(&control).await), Some(EndReason::Converged));
    in_order(&memory.events());
    let mut complete: Vec<_> = memory
        .events()
        .into_iter()
        .filter_map(|e| match e.event {
            Event::ParticipantComplete { ask, .. } => Some(ask),
            _ => None,
        })
        .collect();
    let asked = complete.len();
    complete.sort();
    complete.dedup();
    assert_eq!(complete.len(), asked, "something was paid for twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_taken_over_stops_instead_of_paying_for_everything_twice() {
    let journal =
        Arc::new(Failing { kept: MemoryJournal::default(), left: AtomicUsize::new(4), kind: JournalErrorKind::Locked });
    let control = start(journal).await;
    let session = finished(&control).await;
    assert_eq!(end(&session), Some(EndReason::Stopped));
    assert!(session.warnings.iter().any(|w| w == "It no longer runs here: No room is left."), "{:?}", session.warnings);
    in_order(&control.events());
}

/// Everything that one who listens from the start hears, in order.
async fn heard(control: &ControlHandle) -> Vec<Envelope> {
    let all = Arc::new(Mutex::new(Vec::new()));
    let mut events = control.subscribe();
    while let Some(envelope) = events.next().await {
        all.lock().unwrap().push(envelope);
    }
    let all = all.lock().unwrap();
    all.clone()
}

/// The texts of the calls under way.
fn texts(session: &ForgeSession) -> Vec<String> {
    let turns = session.turns.keys();
    turns.flat_map(|ask| [Channel::Text, Channel::Reasoning].map(|c| session.text_so_far(ask, c).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_follows_from_anywhere_sees_what_the_writer_shows() {
    let control = start(Arc::new(MemoryJournal::default())).await;
    let all = heard(&control).await;
    assert!(all.iter().filter(|e| matches!(e.event, Event::TextSoFar { .. })).count() > 10, "too quick to follow");
    let whole = ForgeSession::fold(&all).unwrap();
    let durable = |events: &[Envelope]| events.iter().filter(|e| e.event.is_durable()).cloned().collect::<Vec<_>>();
    let everything = canonical(&durable(&all));
    let mut pieces = 0;
    for joins in (1..all.len()).step_by(all.len() / 60 + 1) {
        // The journal is read while some of what it holds is still on its way.
        for early in [0, 1, 40] {
            let journal = durable(&all[..joins]);
            let mut follower = Follower::behind(&journal);
            let (mut mine, mut shown) = (ForgeSession::fold(&journal).unwrap(), journal);
            let from = joins.saturating_sub(early);
            let mut writer = ForgeSession::fold(&all[..from]).unwrap_or_else(|| ForgeSession::new(whole.id.clone()));
            for envelope in &all[from..] {
                writer.apply(envelope);
                match follower.hear(envelope) {
                    Heard::Next => {
                        pieces += usize::from(!envelope.event.is_durable());
                        mine.apply(envelope);
                        shown.extend(envelope.event.is_durable().then(|| envelope.clone()));
                    }
                    Heard::Known => {}
                    Heard::Missed => panic!("nothing was missed"),
                }
                if writer.seq >= mine.seq {
                    for (theirs, here) in texts(&writer).iter().zip(texts(&mine)) {
                        assert!(theirs.starts_with(&here), "{here:?} is not what {theirs:?} began with");
                    }
                }
            }
            in_order(&shown);
            assert_eq!(canonical(&shown), everything);
            assert_eq!(mine.turns.len(), whole.turns.len());
        }
        // Who begins too late notices at the next durable event.
        let mut late = Follower::behind(&durable(&all[..joins]));
        let missed = all[joins..].iter().skip_while(|e| !e.event.is_durable()).skip(1);
        let first = missed.clone().find(|e| e.event.is_durable()).map(|e| late.hear(e));
        assert!(first.is_none_or(|first| first == Heard::Missed), "{first:?}");
    }
    assert!(pieces > 100, "pieces of text are followed too");
}

#[test]
fn what_tabs_tell_each_other_is_read_strictly() {
    let session = SessionId("s".into());
    let event = Event::Warning { message: "é\u{2028}\"".into() };
    let envelope = |session: &SessionId| Envelope {
        v: tachikoma_forge::session::SCHEMA_VERSION,
        session: session.clone(),
        seq: 3,
        branch: 0,
        at_ms: 1,
        event: event.clone(),
    };
    let messages = [
        Message::Follow,
        Message::Running,
        Message::Happened(Box::new(envelope(&session))),
        Message::Wanted { id: "a-1".into(), action: ControlAction::Stop },
        Message::Wanted { id: String::new(), action: ControlAction::RunRound { round_type: RoundType::Draft } },
        Message::Done { id: "a-1".into(), refused: None },
        Message::Done { id: "a-1".into(), refused: Some("The open round is not over.".into()) },
    ];
    for message in messages {
        assert_eq!(Message::read(&message.write(), &session), Some(message.clone()));
        // Not with anything beside it.
        let more = message.write().replacen('{', "{\"more\":1,", 1);
        assert_eq!(Message::read(&more, &session), None, "{more}");
    }
    let foreign = Message::Happened(Box::new(envelope(&SessionId("t".into())))).write();
    let long = Message::Done { id: "a".into(), refused: Some("x".repeat(3_000)) }.write();
    for bad in [
        "",
        "follow",
        "[]",
        "{}",
        "null",
        "{\"kind\":7}",
        "{\"kind\":\"Follow\"}",
        "{\"kind\":\"happened\"}",
        "{\"kind\":\"happened\",\"event\":{}}",
        "{\"kind\":\"wanted\",\"id\":\"a\"}",
        "{\"kind\":\"wanted\",\"id\":\"a\",\"action\":{\"kind\":\"delete_all\"}}",
        "{\"kind\":\"wanted\",\"id\":7,\"action\":{\"kind\":\"stop\"}}",
        "{\"kind\":\"wanted\",\"action\":{\"kind\":\"stop\"}}",
        "{\"kind\":\"done\",\"id\":\"a\",\"refused\":null}",
        &foreign,
        &long,
    ] {
        assert_eq!(Message::read(bad, &session), None, "{bad}");
    }
}
