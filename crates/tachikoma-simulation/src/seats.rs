//! Who sits at the simulated table, and on which servers.

use std::time::Duration;

use tachikoma_forge::engine::{Target, Targets};
use tachikoma_forge::session::{Balance, Event, Judge, PERSON, Participant, Settings, Topic, is_person};
use tachikoma_forge::types::{Chance, ModelRef, Pool, Seat, Seed};

use super::purse;
use super::scenario::{Run, Scenario};

/// The first event: two to five members, all with names that would betray them.
pub(super) fn created(scenario: &Scenario, run: &mut Run) -> Event {
    let seed = Seed(scenario.seed);
    let mut chance = Chance::new(seed, "panel", "");
    let members = 2 + chance.below(if scenario.short { 2 } else { 4 });
    let mut participants: Vec<Participant> = match scenario.shared {
        false => (0..members).map(|seat| apart(seat, &mut chance)).collect(),
        true => (0..members).map(|_| together(&mut chance)).collect(),
    };
    if scenario.people {
        // Never all of them: a table of people needs no engine.
        let seat = usize::try_from(chance.below(members)).unwrap_or(0);
        participants[seat] = Participant::new(person(seat));
    }
    for (member, seat) in participants.iter_mut().zip(0..) {
        member.seat = seat;
        member.name = format!("Zmember{seat}");
        run.identities.push(member.name.clone());
        for model in member.targets().filter(|model| !is_person(model)) {
            run.identities.extend([model.provider_name().to_owned(), model.model.clone()]);
        }
    }
    if scenario.shared {
        run.targets = targets(&participants, seed);
    }
    let pick = |values: [u32; 4], chance: &mut Chance| values[usize::try_from(chance.below(4)).unwrap_or(0)];
    let settings = Settings {
        convergence_threshold: pick([500, 667, 800, 1000], &mut chance),
        max_rounds: if scenario.short { 4 } else { 3 + u32::try_from(chance.below(8)).unwrap_or(0) },
        round_timeout_seconds: 300,
        balance: Balance::ALL[usize::try_from(chance.below(3)).unwrap_or(0)],
        ..Settings::default()
    };
    // Drawn apart, so that the draws above stay what they were.
    let mut chance_of_rules = Chance::new(seed, "rules", "");
    let settings = Settings {
        judge: judge(members, &mut chance_of_rules, run),
        patience: [Some(1), Some(2), None][usize::try_from(chance_of_rules.below(3)).unwrap_or(0)],
        max_blocking: (chance_of_rules.below(4) == 0).then_some(0),
        depth: (chance_of_rules.below(2) == 0).then(|| 1 + u32::try_from(chance_of_rules.below(3)).unwrap_or(0)),
        refuse_below: (chance_of_rules.below(8) == 0).then_some(2),
        person_seconds: (chance_of_rules.below(2) == 0).then_some(600),
        max_seconds: (chance_of_rules.below(10) == 0).then_some(900),
        ..settings
    };
    Event::SessionCreated {
        topic: Topic::new("Should the library open on Sundays?"),
        settings: if scenario.capped { purse::capped(settings, &participants, &mut chance) } else { settings },
        participants,
        protocol: scenario.protocol.into(),
        seed,
        suggested: None,
        demo: false,
        forked_from: None,
    }
}

fn person(seat: usize) -> ModelRef {
    ModelRef { provider: PERSON.to_owned(), model: format!("zperson{seat}"), base_url: None }
}

fn judge(members: u64, chance: &mut Chance, run: &mut Run) -> Judge {
    match chance.below(5) {
        0 => Judge::Fixed { seat: Seat::try_from(chance.below(members)).unwrap_or(0) },
        1 => Judge::Rotating,
        2 => {
            let model = ModelRef { provider: "zoutside".into(), model: "zmodel-judge".into(), base_url: None };
            run.identities.extend([model.provider.clone(), model.model.clone()]);
            Judge::Outside { model: model.into() }
        }
        _ => Judge::Highest,
    }
}

/// A member with a server of its own, and some with a fallback there.
fn apart(seat: u64, chance: &mut Chance) -> Participant {
    let model = |kind: &str| ModelRef {
        provider: format!("zvendor{seat}"),
        model: format!("zmodel-{kind}-{seat}"),
        base_url: None,
    };
    let member = Participant::new(model("main"));
    if chance.below(2) == 0 { member.with_fallback(model("spare")) } else { member }
}

/// A member whose list is drawn from few servers, keys and models: a pool or one model, and up to two fallbacks.
fn together(chance: &mut Chance) -> Participant {
    let model = pool(chance);
    let fallbacks = (0..chance.below(3)).map(|_| pool(chance)).collect();
    Participant { model: model.clone(), fallbacks, ..Participant::new(model.first().clone()) }
}

fn pool(chance: &mut Chance) -> Pool {
    let model = format!("zmodel-{}", chance.below(3));
    let target = |chance: &mut Chance| {
        let key = if chance.below(4) == 0 { "#2" } else { "" };
        ModelRef { provider: format!("zvendor{}{key}", chance.below(3)), model: model.clone(), base_url: None }
    };
    let first = Pool::from(target(chance));
    (0..chance.below(3)).fold(first, |pool, _| pool.or(target(chance)))
}

/// What is true of the servers: small limits, and context windows that are known for some models.
fn targets(members: &[Participant], seed: Seed) -> Targets {
    let about = |model: &ModelRef| {
        let mut server = Chance::new(seed, "server", model.provider_name());
        let mut mind = Chance::new(seed, "mind", &model.model);
        let target = Target {
            endpoint: model.provider_name().to_owned(),
            at_once: 1 + u32::try_from(server.below(3)).unwrap_or(0),
            context_window: [None, Some(8_000), Some(128_000), Some(1_000_000)]
                [usize::try_from(mind.below(4)).unwrap_or(0)],
            vision: None,
            timeout: Duration::from_secs(240),
        };
        (model.clone(), target)
    };
    members.iter().flat_map(Participant::targets).map(about).collect()
}
