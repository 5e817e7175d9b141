//! Fifty clients, one server that answers a few: nobody comes too early, everybody is answered, and they do not
//! all come back at once.

#![allow(clippy::unwrap_used)] // A test may.
#![cfg(not(target_arch = "wasm32"))]

use std::collections::BTreeMap;
use std::time::Duration;

use tachikoma_simulation::{Crowd, WINDOW, Weather, storm};

/// Fifty clients, as sessions that know nothing of each other and as members who share what they learn.
const CROWDS: [(u64, u16); 3] = [(25, 2), (10, 5), (1, 50)];
const CLIENTS: usize = 50;
const CAPACITY: u32 = 10;
const SEEDS: u64 = 10;

/// The most calls that came in one window, after the first two: the crowd has learnt by then.
fn most_at_once(weather: &Weather) -> usize {
    let mut windows = BTreeMap::<u128, usize>::new();
    for (at, _) in &weather.arrivals {
        *windows.entry(at.as_millis() / WINDOW.as_millis()).or_default() += 1;
    }
    windows.into_iter().filter(|(window, _)| *window > 1).map(|(_, calls)| calls).max().unwrap_or(0)
}

#[test]
fn nobody_comes_too_early_and_everybody_is_answered() {
    for (sessions, seats) in CROWDS {
        for (seed, stated) in (0..SEEDS).flat_map(|seed| [(seed, true), (seed, false)]) {
            let crowd = Crowd { seed, sessions, seats, capacity: CAPACITY, stated };
            let weather = storm(crowd);
            assert_eq!(weather.early, Vec::<String>::new(), "{crowd:?}");
            assert_eq!(weather.absent, 0, "{crowd:?} left somebody out; {} refused", weather.refused);
            assert_eq!(weather.arrivals.len() - weather.refused, CLIENTS, "{crowd:?}");
            assert!(weather.took < Duration::from_secs(300), "{crowd:?} took {:?}", weather.took);
        }
    }
}

#[test]
fn who_was_told_the_same_does_not_come_at_the_same_moment() {
    for (sessions, seats) in CROWDS {
        for seed in 0..SEEDS {
            let weather = storm(Crowd { seed, sessions, seats, capacity: CAPACITY, stated: true });
            let mut moments = BTreeMap::<Duration, usize>::new();
            for (at, _) in weather.arrivals.iter().filter(|(at, _)| *at > WINDOW) {
                *moments.entry(*at).or_default() += 1;
            }
            let most = moments.values().max().copied().unwrap_or(0);
            assert!(most <= 4, "{sessions} sessions, seed {seed}: {most} calls in one millisecond");
        }
    }
}

#[test]
fn members_who_share_what_they_learn_ask_little_in_vain() {
    for seed in 0..SEEDS {
        let shared = storm(Crowd { seed, sessions: 1, seats: 50, capacity: CAPACITY, stated: true });
        let apart = storm(Crowd { seed, sessions: 25, seats: 2, capacity: CAPACITY, stated: true });
        assert!(shared.refused * 3 < apart.refused, "seed {seed}: {} against {}", shared.refused, apart.refused);
        // Eight at once is the limit, and a refusal stops the rest of them.
        assert!(most_at_once(&shared) <= CAPACITY as usize + 8, "seed {seed}: {}", most_at_once(&shared));
    }
}
