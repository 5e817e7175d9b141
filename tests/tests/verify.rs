//! Verifying: what really happened follows from itself, and what was changed afterwards does not.

#![allow(clippy::unwrap_used)] // A test may.

use tachikoma_forge::session::{Answer, ControlAction, EndReason, Envelope, Event, ForgeSession, StopRule};
use tachikoma_forge::verify::{Report, Rule, verify};
use tachikoma_simulation::{Scenario, simulate};
use tachikoma_tests::examples::journal as example;
use tachikoma_tests::panel::{Panel, vote, willing};

fn told(report: &Report) -> String {
    let each: Vec<String> = report.findings.iter().map(|f| format!("{}: {}", f.seq, f.words)).collect();
    each.join("\n")
}

/// A session with two votes, of which the second agrees.
fn honest() -> Vec<Envelope> {
    let mut panel = Panel::of(7, 4, 10);
    panel
        .run(99, |session, ask| match ask.id.step.as_str() {
            "convergence" => {
                let agrees = ask.id.round > 4 || ask.seat() < 2;
                tachikoma_tests::panel::Reply::says(vote(agrees))
            }
            _ => willing(session, ask, true),
        })
        .unwrap();
    panel.journal
}

#[test]
fn what_happened_in_the_simulator_follows_from_itself() {
    let mut rules = std::collections::BTreeMap::<Rule, u32>::new();
    for seed in 0..200 {
        let scenario = match seed % 4 {
            0 => Scenario::shared(seed),
            1 => Scenario { capped: true, ..Scenario::new(seed) },
            2 => Scenario { cuts: vec![20, 45], ..Scenario::new(seed) },
            _ => Scenario::new(seed),
        };
        let report = verify(&simulate(&scenario).journal);
        assert!(report.holds(), "seed {seed}:\n{}", told(&report));
        assert!(report.notes.is_empty(), "seed {seed}: {:?}", report.notes);
        report.checked.into_iter().for_each(|(rule, times)| *rules.entry(rule).or_default() += times);
    }
    use Rule::{Answers, Attempts, Ends, Labels, OwnDraft, Prompts, Rounds, Tallies};
    for rule in [Answers, Attempts, Ends, Labels, OwnDraft, Prompts, Rounds, Tallies] {
        assert!(rules.get(&rule).is_some_and(|times| *times > 100), "{rule:?} was hardly checked: {rules:?}");
    }
}

#[test]
fn a_stop_and_an_early_finish_follow_from_what_was_asked_for() {
    for (action, reason, rule) in [
        (ControlAction::Stop, EndReason::Stopped, StopRule::Stopped),
        (ControlAction::Finish, EndReason::Partial, StopRule::Finished),
    ] {
        let mut panel = Panel::of(3, 3, 10);
        panel.run(3, |s, a| willing(s, a, true));
        panel.record(Event::Control { action: action.clone() });
        let end = match rule {
            StopRule::Stopped => None,
            _ => tachikoma_tests::panel::think_tank().wind_up(&panel.session, "Finished early, as asked.", rule).answer,
        };
        panel.record(Event::SessionEnded { reason, answer: end, detail: String::new(), rule: Some(rule) });
        let report = verify(&panel.journal);
        assert!(report.holds(), "{}", told(&report));
        // Without the wish there is no such end.
        let at = panel.journal.len() - 2;
        panel.journal.remove(at);
        assert!(told(&verify(&panel.journal)).contains("nobody asked for that"), "{rule:?}");
    }
}

#[test]
fn the_formula_is_shown_for_every_vote() {
    let report = verify(&honest());
    assert!(report.holds(), "{}", told(&report));
    assert_eq!(
        report.formula,
        [
            "Round 4: agree 2, disagree 2, quorum 2 of 4, threshold 0.8, blocking 0 (any) → 0.5 < 0.8 → no",
            "Round 6: agree 4, disagree 0, quorum 2 of 4, threshold 0.8, blocking 0 (any) → 1 ≥ 0.8 → yes",
        ]
    );
    let end = report.end.unwrap();
    assert_eq!((end.reason, end.rule), (EndReason::Converged, Some(StopRule::Agreement)));
}

/// Changes the first event that it fits.
fn change(journal: &mut [Envelope], mut one: impl FnMut(&mut Event) -> bool) {
    assert!(journal.iter_mut().any(|envelope| one(&mut envelope.event)), "nothing to tamper with");
}

type Tamper = fn(&mut Vec<Envelope>);

#[test]
fn what_was_changed_afterwards_is_found() {
    let table: [(&str, Tamper, &str); 14] = [
        ("a vote is flipped", |j| change(j, flip), "is recorded as one that agrees; its text disagrees"),
        ("a vote is flipped with its text", |j| change(j, flip_with_text), "The tally of round 4 is recorded as"),
        ("a count is changed", |j| change(j, recount), "but the recorded votes come to “agree 2"),
        ("the best version is changed", |j| change(j, promote), "by the counts it is"),
        ("the end is changed", |j| change(j, fail), "what follows from the record is “converged”"),
        ("the result is another", |j| change(j, another), "The result is recorded as b0/r3"),
        ("labels are swapped", |j| change(j, swap), "are not those that the seed gives"),
        ("a reviewer reads its own draft", |j| change(j, own), "was given its own draft to read"),
        ("an answer is edited", |j| change(j, edit), "is recorded otherwise than its text reads"),
        ("a draft is edited", |j| change(j, rewrite), "was shown is not what is recorded"),
        ("the seed is changed", |j| change(j, reseed), "are not those that the seed gives"),
        (
            "a round is dropped",
            |j| drop_first(j, |e| matches!(e, Event::RoundComplete { .. })),
            "is missing or was changed",
        ),
        (
            "a vote is dropped",
            |j| drop_first(j, |e| matches!(e, Event::ParticipantComplete { answer: Answer::Vote(_), .. })),
            "is missing or was changed",
        ),
        ("the end is dropped", |j| drop_first(j, |e| matches!(e, Event::SessionEnded { .. })), "No end is recorded"),
    ];
    for (name, tamper, words) in table {
        let mut journal = honest();
        tamper(&mut journal);
        let report = verify(&journal);
        assert!(!report.holds(), "{name} is not found");
        assert!(told(&report).contains(words), "{name}: {words:?} is missing in\n{}", told(&report));
    }
}

fn flip(event: &mut Event) -> bool {
    let Event::ParticipantComplete { answer: Answer::Vote(vote), .. } = event else { return false };
    let flips = !vote.agree;
    vote.agree = true;
    flips
}

fn flip_with_text(event: &mut Event) -> bool {
    let Event::ParticipantComplete { answer: Answer::Vote(vote), text, .. } = event else { return false };
    let flips = !vote.agree;
    vote.agree = true;
    *text = text.replace("disagree", "agree");
    flips
}

fn recount(event: &mut Event) -> bool {
    let Event::ConvergenceChecked { tally, .. } = event else { return false };
    (tally.agree, tally.disagree) = (4, 0);
    true
}

fn promote(event: &mut Event) -> bool {
    let Event::ConvergenceChecked { round: 6, best, .. } = event else { return false };
    *best = "b0/r3/synthesis/s3/v0".parse().unwrap();
    true
}

fn fail(event: &mut Event) -> bool {
    let Event::SessionEnded { reason, rule, .. } = event else { return false };
    (*reason, *rule) = (EndReason::NotConverged, Some(StopRule::MaxRounds));
    true
}

fn another(event: &mut Event) -> bool {
    let Event::SessionEnded { answer, .. } = event else { return false };
    *answer = Some("b0/r3/synthesis/s3/v0".parse().unwrap());
    true
}

fn swap(event: &mut Event) -> bool {
    let Event::LabelsAssigned { labels, .. } = event else { return false };
    let first = labels[0].ask.clone();
    labels[0].ask = std::mem::replace(&mut labels[1].ask, first);
    true
}

fn own(event: &mut Event) -> bool {
    let Event::LabelsAssigned { labels, orders, .. } = event else { return false };
    let own = labels.iter().find(|l| l.ask.seat == orders[0].seat).unwrap().label.clone();
    orders[0].labels.push(own);
    true
}

fn edit(event: &mut Event) -> bool {
    let Event::ParticipantComplete { answer: Answer::Synthesis { answer, .. }, .. } = event else { return false };
    answer.push_str(" Or not.");
    true
}

fn rewrite(event: &mut Event) -> bool {
    let Event::ParticipantComplete { answer: Answer::Draft, text, .. } = event else { return false };
    text.push_str(" Or not.");
    true
}

fn reseed(event: &mut Event) -> bool {
    let Event::SessionCreated { seed, .. } = event else { return false };
    seed.0 ^= 1;
    true
}

fn drop_first(journal: &mut Vec<Envelope>, is: fn(&Event) -> bool) {
    let at = journal.iter().position(|envelope| is(&envelope.event)).unwrap();
    journal.remove(at);
}

#[test]
fn nothing_makes_it_panic() {
    // The example of every event is no session that could have happened.
    assert!(!verify(&example("x")).holds());
    assert!(!verify(&[]).holds());
    let journal = honest();
    for cut in 0..journal.len() {
        let report = verify(&journal[..cut]);
        assert!(!report.holds(), "a journal cut at {cut} has no end");
        let mut without = journal.clone();
        without.remove(cut);
        let _ = (verify(&without), ForgeSession::fold(&without).map(|s| (s.dissent(), s.degraded(), s.voices())));
    }
}
