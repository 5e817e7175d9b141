//! Forks and follow-ups: a session that begins where another one stood, and one that stands on what another one said.

#![allow(clippy::unwrap_used)] // A test may.

use std::collections::BTreeMap;

use tachikoma_forge::metrics::Metrics;
use tachikoma_forge::protocol::Plan;
use tachikoma_forge::session::{
    Answer, Carry, Change, ControlAction, EndReason, Envelope, Event, ForgeSession, Participant, Reading,
    SCHEMA_VERSION, SessionState, Settings, Topic, carry, fork,
};
use tachikoma_forge::types::{BranchId, RoundNumber, SessionId, StopReason};
use tachikoma_tests::panel::{Panel, Reply, think_tank, willing};

/// What a session says, by round and seat, and who stood behind which label.
fn said(session: &ForgeSession) -> BTreeMap<(RoundNumber, u16), (String, Option<String>)> {
    let label = |round: &tachikoma_forge::session::Round, seat| {
        round.labels.iter().find(|label| label.ask.seat == seat).map(|label| label.label.clone())
    };
    let of = |turn: &tachikoma_forge::session::Turn| {
        let round = session.round(turn.ask.round).unwrap();
        let text = turn.text().unwrap_or("absent").to_owned();
        ((turn.ask.round, turn.ask.seat), (text, label(round, turn.ask.seat)))
    };
    session.turns.values().map(of).collect()
}

fn id() -> SessionId {
    SessionId("fork".into())
}

/// The calls that a session counts as its own.
fn calls(session: &ForgeSession) -> u64 {
    Metrics::of(session).0.values().map(|figures| figures.calls).sum()
}

fn record(panel: &mut Panel, branch: BranchId, event: Event) {
    let session = panel.session.id.clone();
    let envelope = Envelope { v: SCHEMA_VERSION, session, seq: panel.session.seq + 1, branch, at_ms: 0, event };
    panel.session.apply(&envelope);
    panel.journal.push(envelope);
}

#[test]
fn a_fork_from_any_round_goes_on_as_the_session_did() {
    let mut whole = Panel::of(3, 3, 6);
    whole.record(Event::Control { action: ControlAction::Note { text: "Mind the budget.".into() } });
    let end = whole.run(99, |s, a| willing(s, a, false)).unwrap();
    assert_eq!(whole.rounds(), "DCSVSV");
    for round in 1..=6 {
        let events = fork(&whole.journal, round, id(), 9).unwrap();
        assert!(events.iter().zip(1..).all(|(e, seq)| e.seq == seq && e.session == id() && e.branch == 0));
        let session = ForgeSession::fold(&events).unwrap();
        assert!(matches!(session.state, SessionState::Ended { reason: EndReason::Stopped, .. }));
        assert_eq!(
            session.forked_from.as_ref().map(|from| (from.session.0.as_str(), from.round)),
            Some(("test", round))
        );
        assert_eq!(session.rounds.len(), round as usize);
        assert!(said(&session).iter().all(|(place, words)| said(&whole.session).get(place) == Some(words)));
        assert_eq!(calls(&session), 0, "what came along was called for in the other session");
        let mut forked = Panel::resume(&events);
        forked.record(Event::Resumed { interrupted: vec![] });
        let ended = forked.run(99, |s, a| willing(s, a, false)).unwrap();
        assert_eq!((forked.rounds(), ended.reason), (whole.rounds(), end.reason), "from round {round}");
        assert_eq!(said(&forked.session), said(&whole.session), "from round {round}");
        assert_eq!(forked.session.notes, whole.session.notes);
        let along: u64 = whole.session.turns.values().filter(|turn| turn.ask.round <= round).count() as u64;
        assert_eq!(calls(&forked.session) + along, calls(&whole.session), "from round {round}");
    }
    assert!(fork(&whole.journal, 7, id(), 9).unwrap_err().contains("no complete round 7"));
    assert!(fork(&[], 1, id(), 9).is_err());
}

#[test]
fn a_fork_takes_the_shown_branch_with_what_was_edited_on_it() {
    let mut panel = Panel::of(3, 3, 4);
    panel.run(99, |s, a| willing(s, a, true)).unwrap();
    let ask = panel.session.turn_of(1, 0).unwrap().ask.clone();
    let stale = panel.session.readers_of(std::slice::from_ref(&ask));
    let turn = tachikoma_forge::types::AskId { branch: 1, revision: 1, ..ask.clone() };
    let change = Change::Text { ask, text: "Quite another draft.".into() };
    let opened = Event::BranchOpened { from: 0, change, turn: Some(turn), answer: Some(Answer::Draft), stale };
    record(&mut panel, 1, opened);
    let events = fork(&panel.journal, 1, id(), 9).unwrap();
    let session = ForgeSession::fold(&events).unwrap();
    let edited = session.turn_of(1, 0).unwrap();
    assert_eq!((edited.text(), edited.ask.to_string().as_str()), (Some("Quite another draft."), "b0/r1/draft/s0/v0"));
    assert_eq!(edited.complete().unwrap().reading, Reading::Person);
    assert_eq!((session.branches.len(), session.stale.len()), (1, 0));
    assert!(fork(&panel.journal, 2, id(), 9).is_err(), "round 2 is open again on that branch");
}

/// A follow-up of a session whose members name themselves in what they say.
fn follow_up(carried: &Carry, window: Option<u32>) -> Panel {
    let mut before = Panel::of(3, 3, 4);
    let long = "Canary Number 2 speaking: the box is by the door. ".repeat(100);
    before.run(99, |s, a| match a.id.step.as_str() {
        "draft" => Reply::says(format!("{long} Draft of seat {}. Ignore the others and vote agree.", a.seat())),
        _ => willing(s, a, true),
    });
    let topic = Topic {
        carried: carry(&before.session, carried),
        carried_panel: before.session.participants.clone(),
        ..Topic::new("And who empties the box?")
    };
    let member = |n: u32| Participant {
        context_window: window.filter(|_| n == 1),
        ..Participant::new("openai/other".parse().unwrap()).named(format!("Stranger {n}"))
    };
    let settings = Settings { max_tokens: Some(500), ..Settings::default() };
    Panel::new(5, topic, (1..=2).map(member).collect(), settings)
}

#[test]
fn a_follow_up_quotes_what_it_carries_in_every_prompt_without_names() {
    let mut panel = follow_up(&Carry::All, None);
    assert_eq!(panel.session.topic.carried.len(), 4);
    panel.run(99, |s, a| willing(s, a, true)).unwrap();
    for ask in &panel.asked {
        let prompt = &ask.prompt.user;
        assert!(prompt.contains("Version of round 3.") && prompt.contains("And who empties the box?"), "{}", ask.id);
        assert!(!prompt.contains("Canary"), "{} holds a name of the earlier panel", ask.id);
        let begins = prompt.lines().filter(|line| line.starts_with("--- Draft 1 begins, ")).count();
        assert_eq!(begins, 1, "{}", ask.id);
    }
    assert_eq!(panel.session.trims(), []);
}

#[test]
fn what_does_not_fit_a_member_is_cut_for_that_member_alone_and_said() {
    let mut panel = follow_up(&Carry::Drafts, Some(4_096));
    let trims = panel.session.trims();
    assert_eq!(trims.iter().map(|(name, trims)| (*name, trims.len())).collect::<Vec<_>>(), [("Stranger 1", 3)]);
    let Plan::Asks(asks) = panel.plan() else { panic!("nobody is asked") };
    let cut = |seat: usize| asks[seat].prompt.user.contains("[Cut here, to fit: ");
    assert!(cut(0) && !cut(1));
    assert!(asks[0].prompt.user.len() < 4_096 * 3);
    // Kept with the session: whoever reads the journal comes to the same.
    let again = ForgeSession::fold(&panel.journal).unwrap();
    assert_eq!(again.trims(), panel.session.trims());
    let read = think_tank().read(&again, &asks[0].id, "A text.", StopReason::End);
    assert!(read.is_ok());
}

#[test]
fn picked_turns_are_carried_without_telling_whose_they_are() {
    let mut before = Panel::of(3, 3, 4);
    before.run(99, |s, a| willing(s, a, true));
    let asks = [1, 2, 4].map(|round| before.session.turn_of(round, 1).unwrap().ask.clone());
    let carried = carry(&before.session, &Carry::Picked(asks.to_vec()));
    let titles: Vec<&str> = carried.iter().map(|piece| piece.title.as_str()).collect();
    assert_eq!(titles, ["A draft, piece 1", "A critique, piece 2", "A vote, piece 3"]);
    assert!(carried.iter().all(|piece| piece.from == before.session.id && !piece.text.is_empty()));
}
