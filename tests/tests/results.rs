//! What stands behind a result: who stands where and who changed its mind, how independent the drafts are, in what a
//! result is less than meant, and whether it helped.

#![allow(clippy::unwrap_used)] // A test may.

use serde_json::json;
use tachikoma_forge::export::markdown;
use tachikoma_forge::protocol::{Addressee, Ask, Plan};
use tachikoma_forge::session::{
    Answer, Check, ClaimStance, Contender, ControlAction, EndReason, Event, ForgeSession, Moved, Settings, Stance,
    StopRule, Switched, Topic, Vote, seats,
};
use tachikoma_forge::types::{AskId, RoundType};
use tachikoma_forge::verify::verify;
use tachikoma_tests::panel::{Panel, Reply, think_tank, vote, willing};

const CLAIMS: [&str; 2] = ["A box is cheap.", "Nobody steals books."];

/// The first event that fits gets another answer: parsers of claims and stances are another test's business.
fn say(session: &mut ForgeSession, ask: &str, answer: Answer) {
    let ask: AskId = ask.parse().unwrap();
    let turn = session.turns.get_mut(&ask).unwrap_or_else(|| panic!("{ask} was not asked"));
    let tachikoma_forge::session::TurnState::Complete(complete) = &mut turn.state else { panic!("{ask} is open") };
    complete.answer = answer;
}

fn a_vote(agree: bool, stances: [Stance; 2], moved_by: &str) -> Answer {
    let stances = stances.into_iter().zip(1..).map(|(stance, claim)| ClaimStance { claim, stance }).collect();
    Answer::Vote(Vote {
        agree,
        reasoning: "Because.".into(),
        concerns: Vec::new(),
        blocking: if agree { Vec::new() } else { vec!["Who empties it?".into()] },
        stances,
        moved_by: moved_by.into(),
    })
}

/// Two votes on two versions with the same claims; the second is said in other letters.
fn disputed() -> ForgeSession {
    let mut panel = Panel::of(7, 3, 6);
    panel.run(99, |s, a| willing(s, a, a.id.seat < 2)).unwrap();
    let mut session = panel.session;
    let writer = session.turns.keys().find(|ask| ask.step == "synthesis").unwrap().seat;
    for (round, claims) in [(3, CLAIMS.map(str::to_owned)), (5, CLAIMS.map(str::to_uppercase))] {
        let answer = Answer::Synthesis { comparison: String::new(), claims: claims.into(), answer: "A box.".into() };
        say(&mut session, &format!("b0/r{round}/synthesis/s{writer}/v0"), answer);
    }
    use Stance::{Agree, Disagree, Unsure};
    for (ask, agree, stances, moved_by) in [
        ("b0/r4/convergence/s0/v0", false, [Agree, Disagree], ""),
        ("b0/r4/convergence/s1/v0", true, [Agree, Agree], ""),
        ("b0/r4/convergence/s2/v0", false, [Disagree, Unsure], ""),
        // One is moved by words that stand in what it read, one by words that nobody wrote, one says nothing.
        ("b0/r6/convergence/s0/v0", true, [Agree, Agree], "version of ROUND 5"),
        ("b0/r6/convergence/s1/v0", false, [Agree, Agree], "words that nobody wrote"),
        ("b0/r6/convergence/s2/v0", true, [Disagree, Unsure], ""),
    ] {
        say(&mut session, ask, a_vote(agree, stances, moved_by));
    }
    session
}

#[test]
fn claims_are_followed_over_versions_and_switches_need_words_that_were_read() {
    let dissent = disputed().dissent();
    assert_eq!(dissent.seats, [0, 1, 2]);
    let claims: Vec<&str> = dissent.claims.iter().map(|claim| claim.text.as_str()).collect();
    assert_eq!(claims, CLAIMS, "a claim in other letters is the same claim");
    let stands: Vec<String> = dissent.seats.iter().map(|seat| dissent.claims[1].of(*seat)).collect();
    assert_eq!(stands, ["disagrees (4), agrees (6)", "agrees (4), agrees (6)", "unsure (4), unsure (6)"]);
    let by = || Moved::By("version of ROUND 5".into());
    let switches: Vec<_> =
        dissent.switches.iter().map(|s| (s.seat, s.round, s.what.clone(), s.moved.clone())).collect();
    assert_eq!(
        switches,
        [
            (0, 6, Switched::Vote { agree: true }, by()),
            (0, 6, Switched::Claim { claim: 1, from: Stance::Disagree, to: Stance::Agree }, by()),
            (1, 6, Switched::Vote { agree: false }, Moved::Unfound("words that nobody wrote".into())),
            (2, 6, Switched::Vote { agree: true }, Moved::Unexplained),
        ]
    );
}

#[test]
fn the_minority_is_reported_and_so_is_that_there_is_none() {
    let session = disputed();
    let minority = session.dissent().minority;
    assert!(minority.round.is_some());
    let document = markdown(&session);
    for words in ["## Minority report", "| Claim |", "## Who changed its mind", "unexplained", "Who empties it?"] {
        assert!(document.contains(words), "{words:?} is missing in\n{document}");
    }
    let mut panel = Panel::of(1, 3, 10);
    panel.run(99, |s, a| willing(s, a, true)).unwrap();
    let document = markdown(&panel.session);
    for words in [
        "Nobody dissents: all who voted in round 4 agree.",
        "agree 3, disagree 0, quorum 2 of 3, threshold 0.8, blocking 0 (any) → 1 ≥ 0.8 → yes",
        "Agreement reached the threshold with a quorum",
    ] {
        assert!(document.contains(words), "{words:?} is missing in\n{document}");
    }
}

#[test]
fn drafts_that_are_nearly_the_same_count_as_fewer_voices() {
    let session = |drafts: [&str; 3]| {
        let mut panel = Panel::of(1, 3, 1);
        panel.run(99, |_, ask| Reply::says(drafts[usize::from(ask.seat())]));
        panel.session.voices().unwrap()
    };
    let long = "Put a box at the door and empty it twice a day, in the morning and at night.";
    for (drafts, effective, pairs) in [
        ([long, long, long], 1000, 3),
        ([long, long, "Hire two people for the weekend."], 1800, 1),
        ([long, "Send a van around on Mondays.", "Hire two people for the weekend."], 3000, 0),
    ] {
        let voices = session(drafts);
        assert_eq!((voices.drafts, voices.effective, voices.alike.len()), (3, effective, pairs), "{drafts:?}");
        assert!(voices.sentence().contains("independent voices"));
    }
}

#[test]
fn a_result_says_in_what_it_is_less_than_it_was_meant_to_be() {
    type Script = fn(&ForgeSession, &Ask) -> Reply;
    let table: [(&str, u32, Script, Option<&str>, bool); 6] = [
        ("all is well", 10, |s, a| willing(s, a, true), None, false),
        ("no agreement is a result", 4, |s, a| willing(s, a, false), None, false),
        (
            "one never answers",
            10,
            |s, a| if a.seat() == 1 { Reply::Fails } else { willing(s, a, true) },
            Some("2 of 3 members took part; never: Canary Number 2."),
            false,
        ),
        (
            "a stage is lost",
            10,
            |s, a| if a.id.step == "critique" && a.seat() > 0 { Reply::Fails } else { willing(s, a, true) },
            Some("Round 2 (Critique) was below its quorum: 1 of 3 answered."),
            false,
        ),
        ("a limit ends it", 1, |s, a| willing(s, a, true), Some("a draft stands in for a shared answer"), true),
        (
            "nobody writes",
            10,
            |s, a| if a.id.step == "synthesis" { Reply::Fails } else { willing(s, a, true) },
            Some("a draft stands in for a shared answer"),
            false,
        ),
    ];
    for (name, rounds, script, said, by_limit) in table {
        let mut panel = Panel::of(2, 3, rounds);
        panel.run(99, script).unwrap();
        let degraded = panel.session.degraded();
        assert_eq!(degraded.is_some(), said.is_some(), "{name}: {degraded:?}");
        let document = markdown(&panel.session);
        assert_eq!(document.contains("**Degraded"), said.is_some(), "{name}\n{document}");
        let Some(degraded) = degraded else { continue };
        let words = degraded.sentences(&panel.session).join("\n");
        assert!(words.contains(said.unwrap()), "{name}: {words}");
        assert!(!document.contains("Converged: the members agree"), "{name} wears the mark");
        assert_eq!(degraded.is_by_limit(), by_limit, "{name}");
    }
}

// --- did it help? -----------------------------------------------------------------------------------

fn checked(by: Option<&str>) -> Panel {
    let check = Check { baseline: "ollama/alone".parse().unwrap(), by: by.map(|model| model.parse().unwrap()) };
    let members = Panel::of(1, 3, 4).session.participants;
    Panel::new(5, Topic::new("How?"), members, Settings { max_rounds: 4, check: Some(check), ..Settings::default() })
}

fn script(session: &ForgeSession, ask: &Ask, first: Contender) -> Reply {
    match ask.id.step.as_str() {
        "baseline" => Reply::says("One model alone says: a box."),
        "comparison" => {
            let round = session.round(ask.id.round).unwrap();
            let is_first = |label: &&tachikoma_forge::session::Label| {
                matches!(
                    (label.ask.step.as_str(), first),
                    ("synthesis", Contender::Result) | ("baseline", Contender::Baseline) | ("draft", Contender::Draft)
                )
            };
            let best = round.labels.iter().find(is_first).unwrap().label.clone();
            let rest = round.labels.iter().map(|l| l.label.clone()).filter(|label| *label != best);
            let order: Vec<String> = std::iter::once(best.clone()).chain(rest).collect();
            Reply::says(json!({ "ranking": order, "reasoning": "It can be acted on." }).to_string())
        }
        _ => willing(session, ask, true),
    }
}

#[test]
fn a_check_compares_blind_and_changes_nothing_of_the_end() {
    let mut plain = Panel::new(
        5,
        Topic::new("How?"),
        checked(None).session.participants,
        Settings { max_rounds: 4, ..Settings::default() },
    );
    let end = plain.run(99, |s, a| willing(s, a, true)).unwrap();
    for first in [Contender::Result, Contender::Draft, Contender::Baseline] {
        let mut panel = checked(Some("ollama/referee"));
        assert_eq!(panel.run(99, |s, a| script(s, a, first)).unwrap(), end, "the end is the same");
        assert_eq!(panel.rounds(), "DCSVBC");
        let found = panel.session.checked().unwrap();
        assert_eq!((found.order[0], found.order.len(), found.helped()), (first, 3, first == Contender::Result));
        assert!(found.sentence().contains(first.words()), "{}", found.sentence());
        // What is compared tells nothing of whose it is, and of how it came about.
        let comparison = panel.asked.iter().find(|ask| ask.id.step == "comparison").unwrap();
        for name in ["Canary", "Synthesis", "synthesis", "deliberat"] {
            assert!(!comparison.prompt.user.contains(name), "{name} in\n{}", comparison.prompt.user);
        }
        let report = verify(&panel.journal);
        assert!(report.holds(), "{:?}", report.findings);
        assert_eq!(panel.session.rounds_used(), 4);
    }
}

#[test]
fn a_check_that_fails_changes_nothing_either() {
    for (fails, rounds) in [("baseline", "DCSVBC"), ("comparison", "DCSVBC")] {
        let mut panel = checked(Some("ollama/referee"));
        let end = panel.run(99, |s, a| if a.id.step == fails { Reply::Fails } else { script(s, a, Contender::Result) });
        let end = end.unwrap();
        assert_eq!((end.reason, end.rule), (EndReason::Converged, StopRule::Agreement), "{fails}");
        assert_eq!(panel.rounds(), rounds, "{fails}");
        assert_eq!(panel.session.checked().is_some(), fails == "baseline", "the draft is still there to compare with");
        assert!(verify(&panel.journal).holds());
    }
    // While it is under way a limit ends the check and nothing else.
    let mut panel = checked(Some("ollama/referee"));
    panel.run(4, |s, a| script(s, a, Contender::Result));
    let _ = panel.plan();
    assert_eq!(panel.session.rounds.last().unwrap().round_type, RoundType::Baseline);
    for rule in [StopRule::Budget, StopRule::Time, StopRule::Finished] {
        let end = think_tank().wind_up(&panel.session, "It is enough.", rule);
        assert_eq!((end.reason, end.rule), (EndReason::Converged, StopRule::Agreement));
    }
}

#[test]
fn the_person_who_asked_compares_where_no_model_does() {
    let mut panel = checked(None);
    panel.run(5, |s, a| script(s, a, Contender::Result));
    let Plan::Asks(asks) = panel.plan() else { panic!("somebody is to compare") };
    assert_eq!((asks[0].addressee, asks[0].seat()), (Addressee::Person, seats::CHECK));
    assert!(panel.session.pools_of(seats::CHECK).is_empty());
}

#[test]
fn a_further_round_after_a_check_gets_a_number_of_its_own() {
    let mut panel = checked(Some("ollama/referee"));
    panel.run(99, |s, a| script(s, a, Contender::Draft));
    panel.record(Event::Control { action: ControlAction::SetRounds { max_rounds: 8 } });
    panel.record(Event::Control { action: ControlAction::RunRound { round_type: RoundType::Synthesis } });
    panel.run(99, |s, a| match a.id.step.as_str() {
        "convergence" => Reply::says(vote(true)),
        _ => script(s, a, Contender::Result),
    });
    let numbers: Vec<u32> = panel.session.rounds.iter().map(|round| round.number).collect();
    assert_eq!(numbers, (1..=u32::try_from(numbers.len()).unwrap()).collect::<Vec<_>>(), "{}", panel.rounds());
    assert!(verify(&panel.journal).holds(), "{:?}", verify(&panel.journal).findings);
}
