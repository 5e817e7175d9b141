//! A thousand deliberations in virtual time, with faults in every type of round.

#![allow(clippy::unwrap_used)] // A test may.

use std::collections::BTreeMap;

use tachikoma_forge::session::{AttemptReason, Event, FallbackReason, ForgeSession, NextStep, SessionState, canonical};
use tachikoma_tests::simulation::{Coverage, Run, Sabotage, Scenario, simulate, violations};

const SEEDS: u64 = 1_000;

fn journal(run: &Run) -> String {
    run.journal.iter().map(|e| serde_json::to_string(e).unwrap() + "\n").collect()
}

/// Runs a check over seeds on all cores, and names every seed that failed.
fn over_seeds(seeds: std::ops::Range<u64>, check: impl Fn(u64) -> Vec<String> + Sync) {
    let failed: Vec<String> = std::thread::scope(|scope| {
        let threads = std::thread::available_parallelism().map_or(2, usize::from) as u64;
        let handles: Vec<_> = (0..threads)
            .map(|thread| {
                let (check, seeds) = (&check, seeds.clone());
                scope.spawn(move || {
                    seeds
                        .filter(|seed| seed % threads == thread)
                        .flat_map(|seed| check(seed).into_iter().map(move |v| format!("seed {seed}: {v}")))
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        handles.into_iter().flat_map(|h| h.join().unwrap()).collect()
    });
    assert!(failed.is_empty(), "{} violations:\n{}", failed.len(), failed[..failed.len().min(20)].join("\n"));
}

#[test]
fn every_deliberation_ends_and_nothing_is_lost_doubled_mixed_leaked_or_invented() {
    let coverage = std::sync::Mutex::new(Coverage::default());
    over_seeds(0..SEEDS, |seed| {
        let run = simulate(&Scenario::new(seed));
        coverage.lock().unwrap().add(&run.coverage);
        violations(&run)
    });
    let coverage = coverage.into_inner().unwrap();
    println!("{}", coverage.table());
    assert!(coverage.missing().is_empty(), "never hit: {:?}", coverage.missing());
}

/// Whether something was decided by when things happened: then a cut, which takes time, may decide otherwise.
fn depends_on_time(run: &Run) -> bool {
    run.deadlines
        || run.journal.iter().any(|e| matches!(e.event, Event::AttemptStarted { why: AttemptReason::Cooling, .. }))
}

#[test]
fn members_who_share_servers_are_asked_as_the_servers_allow_and_the_journal_says_why() {
    let seen = std::sync::Mutex::new(BTreeMap::<String, u64>::new());
    over_seeds(0..SEEDS / 2, |seed| {
        let run = simulate(&Scenario::shared(seed));
        let mut count = BTreeMap::<String, u64>::new();
        for envelope in &run.journal {
            let what = match &envelope.event {
                Event::AttemptStarted { why, .. } => format!("{why:?}"),
                Event::AttemptFailed { next: NextStep::Fallback { because, .. }, .. } => format!("{because:?}"),
                _ => continue,
            };
            *count.entry(what).or_default() += 1;
        }
        count.insert("queued".to_owned(), run.queued as u64);
        let mut seen = seen.lock().unwrap();
        count.into_iter().for_each(|(what, times)| *seen.entry(what).or_default() += times);
        violations(&run)
    });
    // What was never seen was not tested.
    let seen = seen.into_inner().unwrap();
    println!("{seen:#?}");
    use FallbackReason::{Interchangeable, LargerContext, NextInList, OtherProvider};
    let reasons = [NextInList, Interchangeable, LargerContext, OtherProvider].map(|reason| format!("{reason:?}"));
    for what in reasons.into_iter().chain(["Cooling".to_owned(), "queued".to_owned()]) {
        assert!(seen.get(&what).is_some_and(|times| *times >= 10), "{what} was seen too seldom: {seen:?}");
    }
}

#[test]
fn members_who_share_servers_go_on_after_a_cut_and_leave_alone_what_was_to_be_left_alone() {
    over_seeds(0..SEEDS / 5, |seed| {
        let events = simulate(&Scenario::shared(seed)).journal.len();
        let cuts = [vec![events / 5], vec![events / 2], vec![events - 2], vec![events / 4, events * 3 / 4]];
        let run = |cuts: Vec<usize>| {
            let found = violations(&simulate(&Scenario { cuts: cuts.clone(), ..Scenario::shared(seed) }));
            found.into_iter().map(move |v| format!("cut at {cuts:?}: {v}")).collect::<Vec<_>>()
        };
        cuts.into_iter().flat_map(run).collect()
    });
}

#[test]
fn the_same_seed_gives_the_same_journal_and_another_seed_another() {
    over_seeds(0..SEEDS / 4, |seed| {
        let (one, two) = (simulate(&Scenario::new(seed)), simulate(&Scenario::new(seed)));
        let other = simulate(&Scenario::new(seed + 1_000_000));
        let mut found = Vec::new();
        if journal(&one) != journal(&two) {
            found.push("two runs differ".to_owned());
        }
        if canonical(&one.journal) == canonical(&other.journal) {
            found.push("another seed gives an equal run".to_owned());
        }
        found
    });
}

#[test]
fn a_cut_anywhere_gives_an_equal_result_after_continuing() {
    over_seeds(0..SEEDS / 5, |seed| {
        let whole = simulate(&Scenario::new(seed));
        if depends_on_time(&whole) {
            return Vec::new();
        }
        let events = whole.journal.len();
        // Three places each, and once two cuts in one run.
        let places = [events / 5, events / 2, events - 2];
        let cuts = places.into_iter().map(|at| vec![at.max(1)]).chain([vec![events / 4, events * 3 / 4]]);
        cuts.flat_map(|cuts| {
            let run = simulate(&Scenario { cuts: cuts.clone(), ..Scenario::new(seed) });
            let mut found = violations(&run);
            if !depends_on_time(&run) && canonical(&run.journal) != canonical(&whole.journal) {
                found.push("the result differs from the uninterrupted one".to_owned());
            }
            found.into_iter().map(move |v| format!("cut at {cuts:?}: {v}")).collect::<Vec<_>>()
        })
        .collect()
    });
}

#[test]
fn a_cap_holds_whatever_fails_and_wherever_it_is_cut() {
    let ends = std::sync::Mutex::new(BTreeMap::<String, u32>::new());
    over_seeds(0..SEEDS / 2, |seed| {
        let capped = Scenario { capped: true, shared: seed % 2 == 0, ..Scenario::new(seed) };
        let run = simulate(&capped);
        let session = ForgeSession::fold(&run.journal).unwrap();
        if let SessionState::Ended { reason, answer, .. } = &session.state {
            let name = format!("{reason:?}, {}", if answer.is_some() { "an answer" } else { "none" });
            *ends.lock().unwrap().entry(name).or_default() += 1;
        }
        let mut found = violations(&run);
        let events = run.journal.len();
        for cuts in [vec![events / 3], vec![events / 4, events * 3 / 4]] {
            let cuts: Vec<usize> = cuts.into_iter().map(|at| at.max(1)).collect();
            let cut = simulate(&Scenario { cuts: cuts.clone(), ..capped.clone() });
            found.extend(violations(&cut).into_iter().map(|v| format!("cut at {cuts:?}: {v}")));
        }
        found
    });
    // The caps were met at every stage, and not by all.
    let ends = ends.into_inner().unwrap();
    println!("{ends:?}");
    for end in ["Budget, an answer", "Budget, none", "Converged, an answer"] {
        assert!(ends.get(end).is_some_and(|n| *n > 10), "{end}: {ends:?}");
    }
}

#[test]
fn planted_bugs_are_caught() {
    let table = [
        (Sabotage::LostEvent, "is missing"),
        (Sabotage::DoubledCall, "went out twice"),
        (Sabotage::MixedAttempts, "did not send"),
        (Sabotage::LeakedIdentity, "names Zmember"),
        (Sabotage::InventedVote, "counts"),
        (Sabotage::ForgottenRefusal, "although it refuses it"),
        (Sabotage::ShortenedCooldown, "too early"),
        (Sabotage::IgnoredLimit, "calls at once"),
        (Sabotage::ForgottenReservation, "billed, the session"),
    ];
    for (sabotage, complaint) in table {
        let caught = (0..40).any(|seed| {
            let shared = matches!(sabotage, Sabotage::ShortenedCooldown | Sabotage::IgnoredLimit);
            let capped = sabotage == Sabotage::ForgottenReservation;
            // What is forgotten shows when only the journal is left.
            let cuts = if capped { vec![8, 12, 16, 20, 24] } else { Vec::new() };
            let run = simulate(&Scenario { sabotage: Some(sabotage), shared, capped, cuts, ..Scenario::new(seed) });
            violations(&run).iter().any(|v| v.contains(complaint))
        });
        assert!(caught, "{sabotage:?} was not caught");
    }
}
