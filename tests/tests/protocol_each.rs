//! What one protocol does otherwise than another: its rounds, who is asked, how it ends.

use std::collections::BTreeSet;

use tachikoma_forge::protocol::{Ask, OUTLINES, foresee, poll, protocols};
use tachikoma_forge::session::{
    Answer, ControlAction, EndReason, Event, ForgeSession, Judge, Settings, StopRule, canonical, seats,
};
use tachikoma_forge::types::{RoundType, StopReason};
use tachikoma_tests::panel::{Panel, Reply, ranking, willing};

fn settings(max_rounds: u32) -> Settings {
    Settings { max_rounds, patience: None, ..Settings::default() }
}

#[test]
fn each_takes_the_rounds_and_calls_that_it_foretells() {
    assert_eq!(
        OUTLINES.iter().map(|o| o.name).collect::<Vec<_>>(),
        protocols().iter().map(|p| p.name()).collect::<Vec<_>>()
    );
    for protocol in protocols() {
        for max_rounds in 1..=9 {
            for depth in [None, Some(1), Some(3)] {
                for agreed in [true, false] {
                    let settings = Settings { depth, ..settings(max_rounds) };
                    let outline = protocol.outline();
                    let mut panel = Panel::of_protocol(protocol.name(), 1, 4, settings.clone());
                    let end = panel.run(99, |s, a| willing(s, a, agreed)).unwrap();
                    let what = format!("{} with {max_rounds}, {depth:?}, {agreed}: {}", protocol.name(), end.detail);
                    let run: Vec<RoundType> = panel.session.rounds.iter().map(|r| r.round_type).collect();
                    assert_eq!(run, (outline.course)(&settings, agreed), "{what}");
                    let foresight = foresee(outline, 4, &settings);
                    let calls = if agreed { foresight.fewest } else { foresight.most };
                    assert_eq!(panel.asked.len() as u64, calls, "{what}");
                    assert!(end.answer.is_some(), "{what}");
                    for ask in &panel.asked {
                        assert!(outline.round_types.contains(&panel.session.round(ask.id.round).unwrap().round_type));
                    }
                }
            }
        }
    }
}

#[test]
fn each_ends_as_it_should() {
    use EndReason::{Concluded, Converged, NotConverged, Partial};
    for (name, max_rounds, agree, rounds, reason, rule) in [
        ("vote", 10, true, "B", Converged, StopRule::Plurality),
        ("council", 10, true, "DRS", Concluded, StopRule::LastStep),
        ("council", 3, true, "DRS", Concluded, StopRule::LastStep),
        ("council", 2, true, "DR", Partial, StopRule::MaxRounds),
        ("debate", 10, true, "DRRSV", Converged, StopRule::Agreement),
        ("debate", 7, false, "DRRSVSV", NotConverged, StopRule::MaxRounds),
        ("mixture", 10, true, "DRS", Concluded, StopRule::LastStep),
        ("red-team", 10, true, "DASV", Converged, StopRule::Agreement),
        ("red-team", 6, false, "DASVSV", NotConverged, StopRule::MaxRounds),
    ] {
        let mut panel = Panel::of_protocol(name, 1, 4, settings(max_rounds));
        let end = panel.run(99, |s, a| willing(s, a, agree)).unwrap();
        assert_eq!((panel.rounds().as_str(), end.reason, end.rule), (rounds, reason, rule), "{name}: {}", end.detail);
    }
}

#[test]
fn patience_ends_what_takes_votes() {
    for name in ["think-tank", "debate", "red-team"] {
        let mut panel = Panel::of_protocol(name, 1, 4, Settings { max_rounds: 20, ..Settings::default() });
        let end = panel.run(99, |s, a| willing(s, a, false)).unwrap();
        let votes = panel.session.rounds.iter().filter(|r| r.tally.is_some()).count();
        assert_eq!((votes, end.reason, end.rule), (3, EndReason::NotConverged, StopRule::Impasse), "{name}");
    }
}

#[test]
fn ballots_are_counted_and_a_tie_is_said_to_be_one() {
    use EndReason::{Converged, Failed, NotConverged, Partial};
    for (ballots, threshold, reason, says, answer) in [
        (&["yes", "Yes.", "YES", "no"][..], 700, Converged, "“yes” has 3 of 4 ballots (0.7 needed)", Some("yes")),
        (&["no", "yes", "yes", "yes"], 800, NotConverged, "“yes” has the most, 3 of 4", Some("yes")),
        (
            &["b", "a", "a", "b"],
            400,
            NotConverged,
            "A tie: “b” and “a” have 2 of 4 ballots each. None of them has won",
            Some("b"),
        ),
        (&["1,000", "1000.0", "", ""], 800, Converged, "2 did not answer", Some("1,000")),
        (&["yes", "", "", ""], 800, Partial, "1 of at least 2 ballots", Some("yes")),
        (&["", "", "", ""], 800, Failed, "No member cast a ballot", None),
    ] {
        let settings = Settings { convergence_threshold: threshold, ..settings(10) };
        let mut panel = Panel::of_protocol("vote", 1, 4, settings);
        let end = panel
            .run(99, |_, ask| match ballots[usize::from(ask.seat())] {
                "" => Reply::Fails,
                answer => Reply::says(format!(r#"{{"analysis": "x", "answer": "{answer}", "confidence": 60}}"#)),
            })
            .unwrap();
        assert_eq!(end.reason, reason, "{ballots:?}: {}", end.detail);
        assert!(end.detail.contains(says), "{ballots:?}: {}", end.detail);
        assert_eq!(panel.session.result().map(|turn| turn.words()), answer, "{ballots:?}");
        assert_eq!(end.detail.contains("confidence 60 of 100"), reason != Failed, "{}", end.detail);
        let count = poll(&panel.session, &panel.session.rounds[0]);
        assert_eq!(count.carries(), reason == Converged, "{ballots:?}: as anybody can compute again");
    }
}

#[test]
fn a_council_follows_the_borda_count_and_ends_when_a_further_ranking_changes_nothing() {
    // By points: seat 2 has 5 of 6, seat 0 has 4, seat 3 has 3, seat 1 none.
    let liked = |reader: u16, author: u16| match (reader, author) {
        (1, 0) | (3, 2) => 9,
        (_, 2) => 8,
        (_, 3) => 7,
        (_, 0) => {
            if reader == 2 {
                6
            } else {
                2
            }
        }
        _ => 1,
    };
    let script = move |s: &ForgeSession, a: &Ask| match a.id.step.as_str() {
        "ranking" => Reply::says(ranking(s, a, |author| liked(a.seat(), author), "Because.")),
        _ => willing(s, a, true),
    };
    let mut panel = Panel::of_protocol("council", 1, 4, settings(10));
    panel.run(3, script);
    assert_eq!(panel.asked.last().unwrap().id.seat, 2, "the chair");
    panel.record(Event::Control { action: ControlAction::RunRound { round_type: RoundType::Ranking } });
    let end = panel.run(99, script).unwrap();
    assert_eq!(
        (panel.rounds().as_str(), end.rule, end.reason),
        ("DRSR", StopRule::StableRanking, EndReason::Concluded)
    );
    assert_eq!(end.answer.unwrap().step, "synthesis");
}

#[test]
fn in_a_debate_a_switch_needs_words_that_stand_there_and_another_seat_challenges_each_round() {
    let mut panel = Panel::of_protocol("debate", 1, 3, settings(10));
    panel.run(3, |s, a| willing(s, a, true));
    let challengers: Vec<u16> = panel
        .asked
        .iter()
        .filter(|a| a.id.step == "rebuttal" && a.prompt.user.contains("the challenger"))
        .map(|a| a.seat())
        .collect();
    assert_eq!(challengers, [0, 1]);
    let ask = panel.asked.iter().find(|a| a.id.to_string() == "b0/r2/rebuttal/s0/v0").unwrap();
    let label = &panel.session.round(2).unwrap().orders.iter().find(|o| o.seat == 0).unwrap().labels[0];
    let read = |by: &str, quote: &str| {
        let text = format!(
            r#"{{"analysis": "x", "moved_by": "{by}", "position": "Another.", "quote": "{quote}", "switched": true}}"#
        );
        panel.protocol().read(&panel.session, &ask.id, &text, StopReason::End)
    };
    assert!(matches!(read(label, "put a  BOX at the door").unwrap().0, Answer::Rebuttal(r) if r.switched));
    for (by, quote) in
        [(label.as_str(), "a lock at the door"), (label, "box"), ("Z", "put a box at the door"), (label, "")]
    {
        assert!(read(by, quote).is_err(), "{by}: {quote}");
    }
    // Positions stand in the place of drafts from then on.
    panel.run(4, |s, a| willing(s, a, true));
    let synthesis = panel.asked.iter().find(|a| a.id.step == "synthesis").unwrap();
    assert!(synthesis.reads.iter().all(|read| read.round == 3), "{:?}", synthesis.reads);
}

#[test]
fn the_author_of_a_proposal_neither_attacks_nor_judges_it_and_the_next_takes_over() {
    let asked = |panel: &Panel, step: &str| -> Vec<u16> {
        panel.asked.iter().filter(|a| a.id.step == step).map(|a| a.seat()).collect()
    };
    let mut panel = Panel::of_protocol("red-team", 1, 3, settings(10));
    panel.run(99, |s, a| if a.id.to_string() == "b0/r1/draft/s0/v0" { Reply::Fails } else { willing(s, a, true) });
    assert_eq!(asked(&panel, "draft"), [0, 1]);
    assert_eq!(asked(&panel, "attack"), [0, 2]);
    assert_eq!(asked(&panel, "synthesis"), [1]);
    assert_eq!(asked(&panel, "convergence"), [0, 2]);
    let synthesis = panel.asked.iter().find(|a| a.id.step == "synthesis").unwrap();
    assert!(synthesis.prompt.user.contains("(blocks) Seat 0 sees no budget."));

    let mut panel = Panel::of_protocol("red-team", 1, 3, Settings { refuse_below: Some(2), ..settings(10) });
    let end = panel.run(99, |s, a| if a.id.step == "attack" { Reply::Fails } else { willing(s, a, true) }).unwrap();
    assert_eq!((panel.rounds().as_str(), end.reason), ("DA", EndReason::Partial), "{}", end.detail);
}

#[test]
fn each_judge_writes_where_it_should_and_the_next_in_line_takes_over() {
    let outside = || Judge::Outside { model: "openai/judge".parse().unwrap() };
    for (judge, first, second) in [
        (Judge::Highest, None, None),
        (Judge::Fixed { seat: 1 }, Some([1, 1]), None),
        (Judge::Rotating, Some([0, 1]), Some(1)),
        (outside(), Some([seats::JUDGE; 2]), None),
    ] {
        for protocol in protocols() {
            let outline = protocol.outline();
            if !outline.round_types.contains(&RoundType::Synthesis) {
                continue;
            }
            let settings = Settings { judge: judge.clone(), ..settings(9) };
            let what = format!("{} with {judge:?}", protocol.name());
            let writers = |panel: &Panel| -> Vec<u16> {
                panel.asked.iter().filter(|a| a.id.step == "synthesis").map(|a| a.seat()).collect()
            };
            let mut panel = Panel::of_protocol(protocol.name(), 1, 4, settings.clone());
            panel.run(99, |s, a| willing(s, a, false)).unwrap();
            let seen = writers(&panel);
            if let Some(expected) = first {
                assert_eq!(seen[0], expected[0], "{what}");
                assert!(seen.len() < 2 || seen[1] == expected[1], "{what}: {seen:?}");
            }
            // Whoever is first fails: the answer comes all the same, from another.
            let failing = seen[0];
            let mut panel = Panel::of_protocol(protocol.name(), 1, 4, settings);
            let fails = |a: &Ask| a.id.step == "synthesis" && a.seat() == failing;
            panel.run(99, |s, a| if fails(a) { Reply::Fails } else { willing(s, a, true) }).unwrap();
            let seen = writers(&panel);
            assert_eq!(seen.len(), 2, "{what}: {seen:?}");
            assert!(seen[1] != failing && second.is_none_or(|second| seen[1] == second), "{what}: {seen:?}");
            assert_eq!(panel.session.result().unwrap().ask.seat, seen[1], "{what}");
        }
    }
}

#[test]
fn whoever_fails_there_is_a_result_or_a_reason() {
    for protocol in protocols() {
        let steps: BTreeSet<&str> = protocol.outline().round_types.iter().map(|t| t.step()).collect();
        for step in steps {
            for failing in [1_u16, 2, 3] {
                let mut panel = Panel::of_protocol(protocol.name(), 1, 3, settings(7));
                let fails = |a: &Ask| a.id.step == step && a.seat() < failing;
                let end = panel.run(99, |s, a| if fails(a) { Reply::Fails } else { willing(s, a, true) }).unwrap();
                let what = format!("{}: {failing} fail at {step}: {end:?}", protocol.name());
                assert!(end.answer.is_some() || end.reason == EndReason::Failed, "{what}");
                assert!(end.detail.ends_with('.') || end.detail.ends_with('…'), "{what}");
            }
        }
    }
}

#[test]
fn a_journal_cut_after_any_event_goes_on_to_the_same_end_in_every_protocol() {
    for protocol in protocols() {
        let script = |s: &ForgeSession, a: &Ask| match (a.id.step.as_str(), a.seat()) {
            ("synthesis" | "attack", 2) => Reply::Fails,
            _ => willing(s, a, a.id.round > 5),
        };
        let mut whole = Panel::of_protocol(protocol.name(), 5, 4, settings(8));
        let end = whole.run(99, script).unwrap();
        for cut in 1..whole.journal.len() {
            let mut panel = Panel::resume(&whole.journal[..cut]);
            let interrupted = panel.session.turns.values().any(|t| !t.is_settled());
            let again = panel.run(99, script).unwrap();
            assert_eq!(again, end, "{} cut after {cut}", protocol.name());
            assert!(interrupted || canonical(&panel.journal) == canonical(&whole.journal), "{} {cut}", protocol.name());
        }
    }
}

#[test]
fn a_vote_knows_the_claims_its_own_earlier_vote_and_the_words_that_moved_it() {
    let mut panel = Panel::of(1, 3, 8);
    panel.run(5, |s, a| willing(s, a, false));
    panel.plan();
    panel.run(6, |s, a| {
        assert!(a.prompt.user.contains("2. A box is enough."), "the claims are numbered");
        assert_eq!(a.prompt.user.matches("you voted \"disagree\"").count(), 1, "its own vote and no other");
        let (quote, stance) = if a.seat() == 0 { ("Version of  round 5.", 2) } else { ("I never said that at all.", 9) };
        let _ = s;
        Reply::says(format!(
            r#"{{"blocking": [], "claims": [{{"claim": {stance}, "stance": "unsure"}}], "concerns": [], "moved_by": "{quote}",
                "reasoning": "It is better.", "vote": "agree"}}"#
        ))
    });
    let vote = |seat: u16| match panel.session.turn_of(6, seat).unwrap().answer() {
        Some(Answer::Vote(vote)) => vote.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!((vote(0).moved_by.as_str(), vote(0).stances.len()), ("Version of  round 5.", 1));
    assert_eq!((vote(1).moved_by.as_str(), vote(1).stances.len()), ("", 0), "words that stand nowhere moved nobody");
    let Some(Answer::Synthesis { claims, .. }) = panel.session.turn_of(5, 2).unwrap().answer() else {
        panic!("a version")
    };
    assert_eq!(claims, &["A box is cheap.", "A box is enough."]);
}
