//! Who is asked what next, and how it ends: the default protocol without an engine.

use std::collections::BTreeMap;

use tachikoma_forge::protocol::{Plan, protocols};
use tachikoma_forge::session::{Answer, ControlAction, EndReason, Event, SessionState, Settings, Topic, canonical};
use tachikoma_forge::types::RoundType;
use tachikoma_tests::panel::{Panel, Reply, critique, think_tank, vote, willing};

#[test]
fn it_drafts_criticises_synthesises_and_votes_and_then_agrees() {
    let mut panel = Panel::of(1, 3, 10);
    let end = panel.run(99, |s, a| willing(s, a, true)).unwrap();
    assert_eq!(panel.rounds(), "DCSV");
    assert_eq!(end.reason, EndReason::Converged);
    let asked: Vec<String> = panel.asked.iter().map(|a| a.id.to_string()).collect();
    assert_eq!(
        asked,
        [
            "b0/r1/draft/s0/v0",
            "b0/r1/draft/s1/v0",
            "b0/r1/draft/s2/v0",
            "b0/r2/critique/s0/v0",
            "b0/r2/critique/s1/v0",
            "b0/r2/critique/s2/v0",
            // Seat 2 has the highest scores.
            "b0/r3/synthesis/s2/v0",
            "b0/r4/convergence/s0/v0",
            "b0/r4/convergence/s1/v0",
            "b0/r4/convergence/s2/v0",
        ]
    );
    assert_eq!(end.answer.unwrap().to_string(), "b0/r3/synthesis/s2/v0");
    let converged = panel.journal.iter().filter(|e| matches!(e.event, Event::SessionConverged { round: 4, .. }));
    assert_eq!(converged.count(), 1);
    assert_eq!(think_tank().plan(&panel.session), Plan::Wait, "an ended session has nothing to plan");
}

#[test]
fn every_number_of_rounds_ends_with_the_best_that_there_is() {
    use EndReason::{Failed, NotConverged, Partial};
    for (max_rounds, rounds, reason, answer) in [
        (0, "", Failed, None),
        (1, "D", Partial, Some("b0/r1/draft/s0/v0")),
        // The critique finds the best draft.
        (2, "DC", Partial, Some("b0/r1/draft/s2/v0")),
        (3, "DCS", Partial, Some("b0/r3/synthesis/s2/v0")),
        (4, "DCSV", NotConverged, Some("b0/r3/synthesis/s2/v0")),
        // A version that could not be voted on is not written.
        (5, "DCSV", NotConverged, Some("b0/r3/synthesis/s2/v0")),
        (6, "DCSVSV", NotConverged, Some("b0/r3/synthesis/s2/v0")),
        (10, "DCSVSVSVSV", NotConverged, Some("b0/r3/synthesis/s2/v0")),
    ] {
        let mut panel = Panel::of(1, 3, max_rounds);
        let end = panel.run(99, |s, a| willing(s, a, false)).unwrap();
        assert_eq!((panel.rounds().as_str(), end.reason), (rounds, reason), "{max_rounds}: {}", end.detail);
        assert_eq!(end.answer.map(|a| a.to_string()).as_deref(), answer, "{max_rounds}");
        assert!(!end.detail.is_empty());
    }
}

/// Runs with these numbers of members (of four) who agree, one per vote.
fn voted(agreeing: &[u16]) -> (Panel, Option<String>, EndReason) {
    let rounds = 2 + 2 * u32::try_from(agreeing.len()).expect("in range, and it ends");
    let mut panel = Panel::of(1, 4, rounds);
    let agrees = |round: u32, seat| seat < agreeing[usize::try_from(round - 4).expect("in range, and it ends") / 2];
    let end = panel
        .run(99, |s, a| willing(s, a, a.id.step == "convergence" && agrees(a.id.round, a.seat())))
        .expect("in range, and it ends");
    (panel, end.answer.map(|a| a.to_string()), end.reason)
}

#[test]
fn a_later_version_with_less_or_equal_agreement_never_replaces_a_better_one() {
    for (agreeing, best_round, reason) in [
        (&[1, 2, 1][..], 5, EndReason::NotConverged),
        (&[2, 2, 2], 3, EndReason::NotConverged),
        (&[0, 0, 1], 7, EndReason::NotConverged),
        (&[3, 1, 2], 3, EndReason::NotConverged),
        (&[3, 1, 4], 7, EndReason::Converged),
        (&[0, 1, 2, 3], 9, EndReason::NotConverged),
    ] {
        let (panel, answer, ended) = voted(agreeing);
        assert_eq!(answer, Some(format!("b0/r{best_round}/synthesis/s3/v0")), "{agreeing:?}");
        assert_eq!(ended, reason, "{agreeing:?}");
        assert_eq!(panel.session.best.as_ref().map(|b| b.round), Some(best_round), "{agreeing:?}: as recorded");
        // What is recorded after each vote is the best of the votes so far.
        let mut best = (0, 0);
        for (n, round) in panel.session.rounds.iter().filter(|r| r.tally.is_some()).enumerate() {
            let tally = round.tally.unwrap();
            assert_eq!(tally.agree, u32::from(agreeing[n]));
            if tally.agree > best.0 || n == 0 {
                best = (tally.agree, 3 + 2 * u32::try_from(n).unwrap());
            }
            let recorded = panel.journal.iter().find_map(|e| match &e.event {
                Event::ConvergenceChecked { round: number, best, .. } if *number == round.number => Some(best.round),
                _ => None,
            });
            assert_eq!(recorded, Some(best.1), "{agreeing:?} after round {}", round.number);
        }
    }
}

#[test]
fn who_votes_unreadably_abstains_and_too_few_votes_are_no_agreement() {
    let mut panel = Panel::of(1, 4, 4);
    let end = panel
        .run(99, |s, a| match (a.id.step.as_str(), a.seat()) {
            ("convergence", 0) => Reply::says("I agree with all of it."),
            ("convergence", 1) => Reply::Fails,
            _ => willing(s, a, true),
        })
        .unwrap();
    let tally = panel.session.rounds[3].tally.unwrap();
    assert_eq!((tally.agree, tally.disagree, tally.abstain, tally.seats), (2, 0, 2, 4));
    assert_eq!(end.reason, EndReason::Converged, "two of two, and half of the seats voted");
    let round = &panel.session.rounds[3];
    assert_eq!(round.took_part, [0, 2, 3]);
    assert_eq!((round.absent[0].seat, round.absent[0].reason.as_str()), (1, "the key is wrong."));

    let mut panel = Panel::of(1, 4, 10);
    let end = panel
        .run(99, |s, a| match (a.id.step.as_str(), a.seat()) {
            ("convergence", 1..) => Reply::Fails,
            _ => willing(s, a, true),
        })
        .unwrap();
    assert_eq!((panel.rounds().as_str(), end.reason), ("DCSV", EndReason::Partial), "one vote is no agreement");
    assert!(end.detail.contains("Fewer than two members could vote"), "{}", end.detail);
    assert!(end.answer.is_some());
}

#[test]
fn the_writer_has_the_highest_mean_and_the_next_takes_over() {
    // Means of drafts by seat: 0 has 200/3, 1 has 200/3 as well, 2 has 67, 3 was left out by everybody.
    let scores = |critic: u16, author: u16| match (author, critic) {
        (0, 1) | (1, 0) => 68,
        (0 | 1, _) => 66,
        (2, _) => 67,
        _ => 101,
    };
    let script = |failing: &'static [u16]| {
        move |s: &tachikoma_forge::session::ForgeSession, a: &tachikoma_forge::protocol::Ask| match a.id.step.as_str() {
            "critique" => Reply::says(critique(s, a, |author| scores(a.seat(), author))),
            "synthesis" if failing.contains(&a.seat()) => Reply::Fails,
            _ => willing(s, a, true),
        }
    };
    let writers = |panel: &Panel| -> Vec<u16> {
        panel.asked.iter().filter(|a| a.id.step == "synthesis").map(|a| a.seat()).collect()
    };
    for (failing, order) in [(&[][..], &[2][..]), (&[2], &[2, 0]), (&[2, 0], &[2, 0, 1]), (&[0, 1, 2], &[2, 0, 1, 3])] {
        let mut panel = Panel::of(1, 4, 10);
        let end = panel.run(99, script(failing)).unwrap();
        assert_eq!(writers(&panel), order);
        assert_eq!(end.reason, EndReason::Converged);
        assert_eq!(panel.session.rounds[2].took_part, order[order.len() - 1..]);
        assert_eq!(panel.session.rounds[2].absent.len(), order.len() - 1);
    }
    let mut panel = Panel::of(1, 4, 10);
    let end = panel.run(99, script(&[0, 1, 2, 3])).unwrap();
    assert_eq!((panel.rounds().as_str(), end.reason), ("DCS", EndReason::Partial));
    assert_eq!(end.answer.unwrap().to_string(), "b0/r1/draft/s2/v0", "the best draft stands");
    assert!(end.detail.contains("the key is wrong"), "{}", end.detail);
}

#[test]
fn whoever_can_answer_goes_on_without_the_others() {
    let fails = |step: &'static str, seats: &'static [u16]| {
        move |s: &tachikoma_forge::session::ForgeSession, a: &tachikoma_forge::protocol::Ask| {
            let broken = a.id.step == step || step == "all";
            if broken && seats.contains(&a.seat()) { Reply::Fails } else { willing(s, a, true) }
        }
    };
    // One draft: its author has nothing to review, the others do.
    let mut panel = Panel::of(1, 3, 10);
    let end = panel.run(99, fails("draft", &[0, 2])).unwrap();
    let critics: Vec<u16> = panel.asked.iter().filter(|a| a.id.step == "critique").map(|a| a.seat()).collect();
    assert_eq!((critics.as_slice(), end.reason), (&[0, 2][..], EndReason::Converged));
    assert_eq!(panel.session.rounds[0].took_part, [1]);

    // Nobody drafts.
    let mut panel = Panel::of(1, 3, 10);
    let end = panel.run(99, fails("draft", &[0, 1, 2])).unwrap();
    assert_eq!((panel.rounds().as_str(), end.reason, end.answer), ("D", EndReason::Failed, None));

    // No critique: the lowest seat writes.
    let mut panel = Panel::of(1, 3, 10);
    let end = panel.run(99, fails("critique", &[0, 1, 2])).unwrap();
    assert_eq!((panel.rounds().as_str(), end.reason), ("DCSV", EndReason::Converged));
    assert_eq!(end.answer.unwrap().seat, 0);

    // Only one member can answer at all: no deliberation, but its draft.
    let mut panel = Panel::of(1, 3, 10);
    let end = panel.run(99, fails("all", &[0, 2])).unwrap();
    assert_eq!((panel.rounds().as_str(), end.reason), ("DC", EndReason::Partial));
    assert_eq!(end.answer.unwrap().to_string(), "b0/r1/draft/s1/v0");

    // An empty draft is none.
    let mut panel = Panel::of(1, 3, 10);
    let blank = |s: &_, a: &tachikoma_forge::protocol::Ask| {
        if a.id.to_string() == "b0/r1/draft/s0/v0" { Reply::says(" \n") } else { willing(s, a, true) }
    };
    panel.run(1, blank);
    assert_eq!(
        (panel.session.rounds[0].took_part.as_slice(), panel.session.rounds[0].absent[0].seat),
        (&[1, 2][..], 0)
    );
}

#[test]
fn a_round_that_somebody_asks_for_comes_next_or_is_refused_by_name() {
    let refused = |panel: &Panel, round_type| think_tank().may_run(&panel.session, round_type).unwrap_err();
    let mut panel = Panel::of(1, 3, 8);
    assert_eq!(refused(&panel, RoundType::Critique), "a critique needs drafts; run Draft first");
    assert_eq!(refused(&panel, RoundType::Synthesis), "a synthesis needs drafts; run Draft first");
    assert_eq!(refused(&panel, RoundType::Convergence), "a vote needs a shared answer; run Synthesis first");
    assert_eq!(think_tank().may_run(&panel.session, RoundType::Draft), Ok(()));

    let ask_for = |panel: &mut Panel, round_type| {
        panel.record(Event::Control { action: ControlAction::RunRound { round_type } });
    };
    panel.run(1, |s, a| willing(s, a, false));
    ask_for(&mut panel, RoundType::Synthesis);
    panel.run(2, |s, a| willing(s, a, false));
    assert_eq!(panel.rounds(), "DS", "asked for, so the critique is left out");
    assert_eq!(panel.session.requested, None);
    panel.run(3, |s, a| willing(s, a, false));
    assert_eq!(panel.rounds(), "DSV", "and then on as usual");
    ask_for(&mut panel, RoundType::Critique);
    panel.run(4, |s, a| willing(s, a, false));
    ask_for(&mut panel, RoundType::Convergence);
    panel.run(5, |s, a| willing(s, a, false));
    ask_for(&mut panel, RoundType::Draft);
    panel.run(99, |s, a| willing(s, a, false));
    assert_eq!(panel.rounds(), "DSVCVDCS", "eight at most");
    assert!(refused(&panel, RoundType::Draft).contains("all 8 rounds"));
    // New drafts get labels of their own.
    let labels = |n: usize| panel.session.rounds[n].labels.clone();
    assert_eq!(labels(3), labels(1));
    assert!(labels(6).iter().all(|l| l.ask.round == 6));

    // A request that makes no sense yet is passed over, not waited for.
    let mut panel = Panel::of(1, 3, 4);
    ask_for(&mut panel, RoundType::Convergence);
    panel.run(99, |s, a| willing(s, a, true));
    assert_eq!(panel.rounds(), "DCSV");
}

#[test]
fn drafts_are_labelled_before_they_are_read_and_the_own_one_is_withheld() {
    for seed in 0..50 {
        let mut panel = Panel::of(seed, 5, 6);
        panel.run(99, |s, a| if a.id.to_string().contains("draft/s3") { Reply::Fails } else { willing(s, a, false) });
        for round in &panel.session.rounds[1..] {
            let place = |wanted: &dyn Fn(&Event) -> bool| panel.journal.iter().position(|e| wanted(&e.event)).unwrap();
            let labelled = place(&|e| matches!(e, Event::LabelsAssigned { round: r, .. } if *r == round.number));
            let started = place(&|e| matches!(e, Event::RoundStarted { round: r, .. } if *r == round.number));
            let asked = place(&|e| matches!(e, Event::ParticipantThinking { ask, .. } if ask.round == round.number));
            assert!(started < labelled && labelled < asked);
            assert_eq!(round.labels, panel.session.rounds[1].labels, "a label stands for one draft throughout");
            let names: Vec<&str> = round.labels.iter().map(|l| l.label.as_str()).collect();
            assert_eq!(names, ["A", "B", "C", "D"]);
            for order in &round.orders {
                let own = round.labels.iter().find(|l| l.ask.seat == order.seat).map(|l| l.label.clone());
                let mut others: Vec<String> =
                    round.labels.iter().map(|l| l.label.clone()).filter(|l| Some(l) != own.as_ref()).collect();
                let mut read = order.labels.clone();
                read.sort();
                others.sort();
                assert_eq!(read, others, "all but the own one, each once");
            }
        }
        let asks = |step: &'static str| panel.asked.iter().filter(move |a| a.id.step == step);
        for ask in asks("critique").chain(asks("convergence")) {
            let may = |step: &str| matches!(step, "synthesis" | "convergence");
            assert!(ask.reads.iter().all(|read| read.seat != ask.seat() || may(&read.step)), "{}", ask.id);
        }
        assert!(asks("synthesis").all(|ask| ask.reads.iter().filter(|r| r.step == "draft").count() == 4));
    }
}

#[test]
fn labels_and_orders_are_uniform_and_independent_over_a_thousand_seeds() {
    let mut labels: BTreeMap<Vec<u16>, i32> = BTreeMap::new();
    let mut orders: BTreeMap<(u16, Vec<u16>), i32> = BTreeMap::new();
    let mut pairs: BTreeMap<(Vec<u16>, Vec<u16>), i32> = BTreeMap::new();
    let mut firsts: BTreeMap<(u16, u16), i32> = BTreeMap::new();
    for seed in 0..1_000 {
        let mut panel = Panel::of(seed, 4, 10);
        panel.run(1, |s, a| willing(s, a, true));
        panel.plan();
        let round = &panel.session.rounds[1];
        let author = |label: &String| round.labels.iter().find(|l| l.label == *label).unwrap().ask.seat;
        *labels.entry(round.labels.iter().map(|l| l.ask.seat).collect()).or_default() += 1;
        let read: Vec<Vec<u16>> = round.orders.iter().map(|o| o.labels.iter().map(author).collect()).collect();
        for (order, seats) in round.orders.iter().zip(&read) {
            *orders.entry((order.seat, seats.clone())).or_default() += 1;
            *firsts.entry((order.seat, seats[0])).or_default() += 1;
        }
        *pairs.entry((read[0].clone(), read[1].clone())).or_default() += 1;
    }
    // The expected number, and five standard deviations either way.
    let check = |what: &str, counts: Vec<i32>, kinds: usize| {
        assert_eq!(counts.len(), kinds, "{what}: every one occurs");
        let mean = 1_000.0 / f64::from(u32::try_from(kinds).unwrap());
        let bound = 5.0 * mean.sqrt();
        assert!(counts.iter().all(|n| (f64::from(*n) - mean).abs() < bound), "{what}: {mean} ± {bound}: {counts:?}");
    };
    check("labels", labels.into_values().collect(), 24);
    for seat in 0..4 {
        check("orders", orders.iter().filter(|((s, _), _)| *s == seat).map(|(_, n)| *n).collect(), 6);
        check("first read", firsts.iter().filter(|((s, _), _)| *s == seat).map(|(_, n)| *n).collect(), 3);
    }
    check("orders of two reviewers", pairs.into_values().collect(), 36);
}

#[test]
fn a_journal_cut_after_any_event_goes_on_to_the_same_end() {
    let mut ends = Vec::new();
    for agreeing in [3, 4] {
        let script = |s: &_, a: &tachikoma_forge::protocol::Ask| match a.id.to_string().as_str() {
            "b0/r2/critique/s1/v0" | "b0/r3/synthesis/s2/v0" => Reply::Fails,
            _ => willing(s, a, a.id.round > 4 && a.seat() < agreeing),
        };
        let mut whole = Panel::of(5, 4, 6);
        let end = whole.run(99, script).unwrap();
        assert_eq!(whole.rounds(), "DCSVSV");
        for cut in 1..whole.journal.len() {
            let mut panel = Panel::resume(&whole.journal[..cut]);
            let interrupted = panel.session.turns.values().any(|t| !t.is_settled());
            let again = panel.run(99, script).unwrap();
            assert_eq!(again, end, "cut after {cut}: {:?}", whole.journal[cut - 1].event);
            // An attempt that was cut off is made anew, which here leaves two of it.
            assert!(interrupted || canonical(&panel.journal) == canonical(&whole.journal), "cut after {cut}");
        }
        ends.push(end.reason);
    }
    assert_eq!(ends, [EndReason::NotConverged, EndReason::Converged]);
}

#[test]
fn the_asks_of_a_round_are_the_same_however_often_they_are_planned() {
    let mut panel = Panel::of(9, 4, 8);
    let mut rounds = 0;
    while let Plan::Asks(first) = panel.plan() {
        let written = first[0].id.step == "synthesis";
        for ask in &first {
            panel.settle(ask, willing(&panel.session.clone(), ask, false));
            if let Plan::Asks(again) = think_tank().plan(&panel.session) {
                assert_eq!(again, first, "settling one ask does not change another");
            } else {
                assert!(written || ask == first.last().unwrap());
            }
        }
        rounds += 1;
    }
    assert_eq!(rounds, 8);
}

#[test]
fn agreement_is_counted_in_thousandths_of_the_votes_cast() {
    for (threshold, agreeing, converged) in [
        (800, 4, true),
        (800, 3, false),
        (667, 3, false),
        (600, 3, true),
        (601, 3, false),
        (1000, 5, true),
        (1, 0, false),
    ] {
        let settings = Settings { convergence_threshold: threshold, max_rounds: 4, ..Settings::default() };
        let members = Panel::of(1, 5, 4).session.participants;
        let mut panel = Panel::new(1, Topic::new("Why?"), members, settings);
        let end = panel.run(99, |s, a| willing(s, a, a.seat() < agreeing)).unwrap();
        assert_eq!(end.reason == EndReason::Converged, converged, "{agreeing} of 5 at {threshold}: {}", end.detail);
        let SessionState::Ended { detail, .. } = &panel.session.state else { panic!("it ended") };
        assert!(detail.contains(&format!("{agreeing} of 5 votes agree")), "the dissent shows: {detail}");
    }
}

#[test]
fn every_protocol_is_found_by_its_name() {
    for protocol in protocols() {
        assert_eq!(tachikoma_forge::protocol::protocol(protocol.name()).unwrap().name(), protocol.name());
    }
    let mut panel = Panel::of(1, 3, 10);
    panel.run(99, |s, a| if a.id.step == "convergence" { Reply::says(vote(true)) } else { willing(s, a, true) });
    let votes = panel.session.turns.values().filter(|t| matches!(t.answer(), Some(Answer::Vote(_)))).count();
    assert_eq!(votes, 3);
}
