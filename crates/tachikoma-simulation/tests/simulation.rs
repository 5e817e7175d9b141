//! Ten thousand deliberations in virtual time: every protocol, with faults in every type of its rounds.

#![allow(clippy::unwrap_used)] // A test may.
#![cfg(not(target_arch = "wasm32"))] // In the browser `digests` has them.

use std::collections::BTreeMap;
use std::time::Duration;

use tachikoma_forge::session::{AttemptState, Turn};
use tachikoma_forge::session::{Event, FallbackReason, ForgeSession, NextStep, SessionState, canonical};
use tachikoma_forge::types::Seat;
use tachikoma_simulation::{
    Coverage, Sabotage, Scenario, depends_on_time, digest, over_seeds, simulate, unequal, violations,
};

const SEEDS: u64 = 10_000;

/// Runs a check over seeds, and names those that failed.
fn check_seeds(seeds: std::ops::Range<u64>, check: impl Fn(u64) -> Vec<String> + Sync) {
    let failed = over_seeds(seeds, check);
    assert!(failed.is_empty(), "{} violations:\n{}", failed.len(), failed[..failed.len().min(20)].join("\n"));
}

#[test]
fn every_deliberation_ends_and_nothing_is_lost_doubled_mixed_leaked_or_invented() {
    let coverage = std::sync::Mutex::new(Coverage::default());
    check_seeds(0..SEEDS, |seed| {
        let run = simulate(&Scenario::any(seed));
        coverage.lock().unwrap().add(&run.coverage);
        violations(&run)
    });
    let coverage = coverage.into_inner().unwrap();
    println!("{}", coverage.table());
    assert!(coverage.missing().is_empty(), "never hit: {:?}", coverage.missing());
}

#[test]
fn members_who_share_servers_are_asked_as_the_servers_allow_and_the_journal_says_why() {
    let seen = std::sync::Mutex::new(BTreeMap::<String, u64>::new());
    check_seeds(0..SEEDS / 20, |seed| {
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
    check_seeds(0..SEEDS / 50, |seed| {
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
    check_seeds(0..SEEDS / 10, |seed| {
        let (one, two) = (simulate(&Scenario::any(seed)), simulate(&Scenario::any(seed)));
        let mut found = Vec::new();
        if digest(&one) != digest(&two) {
            found.push("two runs differ".to_owned());
        }
        if seed % 8 == 0 {
            let other =
                simulate(&Scenario { protocol: Scenario::any(seed).protocol, ..Scenario::new(seed + 1_000_000) });
            if canonical(&one.journal) == canonical(&other.journal) {
                found.push("another seed gives an equal run".to_owned());
            }
        }
        found
    });
}

#[test]
fn a_cut_anywhere_gives_an_equal_result_after_continuing() {
    check_seeds(0..SEEDS / 25, |seed| {
        let scenario = Scenario::any(seed);
        let whole = simulate(&scenario);
        if depends_on_time(&whole) {
            return Vec::new();
        }
        let events = whole.journal.len();
        // Three places each, and once two cuts in one run.
        let places = [events / 5, events / 2, events - 2];
        let cuts = places.into_iter().map(|at| vec![at.max(1)]).chain([vec![events / 4, events * 3 / 4]]);
        cuts.flat_map(|cuts| unequal(&scenario, &whole, &cuts)).collect()
    });
}

#[test]
fn short_deliberations_go_on_from_every_event() {
    let restarts = std::sync::atomic::AtomicUsize::new(0);
    let runs = std::sync::atomic::AtomicUsize::new(0);
    // As many seeds as it takes for two hundred runs that no clock decides.
    check_seeds(0..400, |seed| {
        let scenario = Scenario { short: true, fault_percent: 10, ..Scenario::any(seed) };
        let whole = simulate(&scenario);
        if depends_on_time(&whole) || runs.load(std::sync::atomic::Ordering::Relaxed) >= 200 {
            return Vec::new();
        }
        runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        restarts.fetch_add(whole.journal.len() - 1, std::sync::atomic::Ordering::Relaxed);
        (1..whole.journal.len()).flat_map(|at| unequal(&scenario, &whole, &[at])).collect()
    });
    println!("{restarts:?} restarts of {runs:?} runs");
    assert!(runs.into_inner() >= 200);
}

#[test]
fn people_may_steer_whenever_they_like() {
    let seen = std::sync::Mutex::new(BTreeMap::<&str, u32>::new());
    check_seeds(0..SEEDS / 10, |seed| {
        let scenario = Scenario { steered: true, fault_percent: 8, ..Scenario::any(seed) };
        let run = simulate(&scenario);
        let mut seen = seen.lock().unwrap();
        run.steered.iter().for_each(|(name, times)| *seen.entry(name).or_default() += times);
        drop(seen);
        let mut found = violations(&run);
        let events = run.journal.len();
        let cut = simulate(&Scenario { cuts: vec![(events / 2).max(1)], ..scenario });
        found.extend(violations(&cut).into_iter().map(|v| format!("cut: {v}")));
        found
    });
    let seen = seen.into_inner().unwrap();
    println!("{seen:?}");
    let wishes = [
        "pause",
        "unpause",
        "note",
        "set rounds",
        "dismiss",
        "recall",
        "skip",
        "retry",
        "replace",
        "run round",
        "skip to",
        "finish",
        "answer",
        "change text",
        "redo",
        "change goal",
        "go back",
        "switch branch",
    ];
    for wish in wishes {
        assert!(seen.get(wish).is_some_and(|times| *times >= 10), "{wish} was seen too seldom: {seen:?}");
    }
}

#[test]
fn once_nothing_fails_any_more_it_ends_within_its_bound() {
    check_seeds(0..SEEDS / 10, |seed| {
        let calm_after = Duration::from_secs(1_060);
        let run = simulate(&Scenario { fault_percent: 90, calm_after: Some(calm_after), ..Scenario::any(seed) });
        let session = ForgeSession::fold(&run.journal).unwrap();
        // A round lasts until its deadline at most, which a sleeping machine or a person moves; in a synthesis the
        // writers are asked one after the other.
        let asks = session.rounds.iter().map(|round| round.seats.len() as u64).sum::<u64>().max(1);
        let bound = Duration::from_secs(asks * (300 + 3_700 + 600));
        let mut found = violations(&run);
        if run.took > bound {
            found.push(format!("{} took {:?}, more than {bound:?}", session.protocol, run.took));
        }
        found
    });
}

#[test]
fn a_fault_of_one_member_changes_no_text_of_another() {
    check_seeds(0..SEEDS / 10, |seed| {
        let seat = Seat::try_from(seed % 2).unwrap();
        let only = Scenario { faulty_seat: Some(seat), fault_percent: 70, ..Scenario::any(seed) };
        let (faulty, clean) = (simulate(&only), simulate(&Scenario { fault_percent: 0, ..Scenario::any(seed) }));
        let [faulty, clean] = [faulty, clean].map(|run| ForgeSession::fold(&run.journal).unwrap());
        let mut found = Vec::new();
        // The time that all of it has is everybody's.
        if clean.settings.max_seconds.is_some() {
            return found;
        }
        for turn in clean.turns.values().filter(|turn| turn.ask.seat != seat) {
            let Some(other) = faulty.turns.get(&turn.ask) else { continue };
            // Whoever was asked the same says the same, in one attempt.
            let same = other.prompt_hash == turn.prompt_hash;
            let failures =
                |turn: &Turn| turn.attempts.iter().filter(|a| matches!(a.state, AttemptState::Failed { .. })).count();
            if same && (other.text() != turn.text() || failures(other) != failures(turn)) {
                found.push(format!("{} {} says otherwise, or failed", clean.protocol, turn.ask));
            }
        }
        let drafts = |session: &ForgeSession| session.turns_of(1).filter(|turn| turn.ask.seat != seat).count();
        if drafts(&clean) != drafts(&faulty) && clean.protocol != "red-team" {
            found.push("another member was not asked".to_owned());
        }
        found
    });
}

#[test]
fn a_cap_holds_whatever_fails_and_wherever_it_is_cut() {
    let ends = std::sync::Mutex::new(BTreeMap::<String, u32>::new());
    check_seeds(0..SEEDS / 20, |seed| {
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
