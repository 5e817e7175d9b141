//! A full sweep, for as many seeds as somebody has time for: every deliberation, whole, and cut at every durable event.
//!
//! `cargo xtask soak` builds and runs it. Every seed is simulated as a deliberation of its protocol, as one whose
//! members share servers, as one with caps and as one that people steer; each goes on from every event of its journal.

use std::process::ExitCode;

fn main() -> ExitCode {
    #[cfg(target_arch = "wasm32")]
    return ExitCode::FAILURE;
    #[cfg(not(target_arch = "wasm32"))]
    sweep::run()
}

#[cfg(not(target_arch = "wasm32"))]
mod sweep {
    use std::ops::Range;
    use std::process::ExitCode;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, Instant};

    use tachikoma_simulation::{Scenario, depends_on_time, over_seeds, simulate, unequal, violations};

    /// So many seeds at a time; then it is said how far it is.
    const CHUNK: u64 = 4;

    /// From `--from N`, `--seeds N` and `--minutes N`: where to begin, and where to end, whichever comes first.
    fn wanted() -> Result<(Range<u64>, Duration), String> {
        let (mut from, mut seeds, mut minutes) = (0, None, None);
        let mut arguments = std::env::args().skip(1);
        while let Some(name) = arguments.next() {
            let number = arguments.next().and_then(|text| text.parse::<u64>().ok());
            let number = number.ok_or_else(|| format!("`{name}` wants a number"))?;
            match name.as_str() {
                "--from" => from = number,
                "--seeds" => seeds = Some(number),
                "--minutes" => minutes = Some(number),
                _ => return Err(format!("`{name}` is unknown; there are --from, --seeds and --minutes")),
            }
        }
        let minutes = minutes.unwrap_or(if seeds.is_some() { u64::MAX / 60 } else { 10 });
        let end = seeds.map_or(u64::MAX, |seeds| from.saturating_add(seeds));
        Ok((from..end, Duration::from_secs(minutes.saturating_mul(60))))
    }

    pub(super) fn run() -> ExitCode {
        let (seeds, time) = match wanted() {
            Ok(wanted) => wanted,
            Err(message) => {
                eprintln!("{message}");
                return ExitCode::FAILURE;
            }
        };
        let begun = Instant::now();
        let late = || begun.elapsed() >= time;
        let (runs, restarts) = (AtomicU64::new(0), AtomicU64::new(0));
        let mut failed = 0;
        let mut at = seeds.start;
        while at < seeds.end && !late() {
            let end = seeds.end.min(at.saturating_add(CHUNK));
            let found = over_seeds(at..end, |seed| {
                scenarios(seed)
                    .into_iter()
                    .flat_map(|(name, scenario)| {
                        let found = swept(&scenario, &runs, &restarts, &late);
                        found.into_iter().map(move |violation| format!("{name}: {violation}"))
                    })
                    .collect()
            });
            found.iter().for_each(|violation| println!("{violation}"));
            failed += found.len();
            at = end;
            eprintln!(
                "seeds {}..{at}: {} deliberations, {} restarts, {failed} violations, {} s",
                seeds.start,
                runs.load(Ordering::Relaxed),
                restarts.load(Ordering::Relaxed),
                begun.elapsed().as_secs(),
            );
        }
        if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn scenarios(seed: u64) -> [(&'static str, Scenario); 4] {
        [
            ("any", Scenario::any(seed)),
            ("shared", Scenario::shared(seed)),
            ("capped", Scenario { capped: true, ..Scenario::any(seed) }),
            ("steered", Scenario { steered: true, fault_percent: 8, ..Scenario::any(seed) }),
        ]
    }

    /// One deliberation, whole and cut at every event. Where a clock or a person decides, a cut may change the result,
    /// and what must hold in every run still holds. It ends within a deliberation when the time is over.
    fn swept(scenario: &Scenario, runs: &AtomicU64, restarts: &AtomicU64, late: &dyn Fn() -> bool) -> Vec<String> {
        if late() {
            return Vec::new();
        }
        let whole = simulate(scenario);
        runs.fetch_add(1, Ordering::Relaxed);
        let mut found = violations(&whole);
        let compared = !depends_on_time(&whole) && !scenario.steered && !scenario.shared && !scenario.capped;
        for at in 1..whole.journal.len() {
            if late() {
                break;
            }
            restarts.fetch_add(1, Ordering::Relaxed);
            found.extend(if compared {
                unequal(scenario, &whole, &[at])
            } else {
                let cut = simulate(&Scenario { cuts: vec![at], ..scenario.clone() });
                violations(&cut).into_iter().map(|violation| format!("cut at {at}: {violation}")).collect()
            });
        }
        found
    }
}
