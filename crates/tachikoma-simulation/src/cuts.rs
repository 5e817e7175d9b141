//! Runs that are cut and go on, beside the ones that are not.

use tachikoma_forge::session::{AttemptReason, Event, canonical};

use super::{Run, Scenario, simulate, violations};

/// Whether something was decided by when things happened: then a cut, which takes time, may decide otherwise.
#[must_use]
pub fn depends_on_time(run: &Run) -> bool {
    run.deadlines
        || run.journal.iter().any(|e| matches!(e.event, Event::AttemptStarted { why: AttemptReason::Cooling, .. }))
}

/// What is wrong with a run that was cut at these places, beside the one that was not.
#[must_use]
pub fn unequal(scenario: &Scenario, whole: &Run, cuts: &[usize]) -> Vec<String> {
    let run = simulate(&Scenario { cuts: cuts.to_vec(), ..scenario.clone() });
    let mut found = violations(&run);
    if !depends_on_time(&run) && canonical(&run.journal) != canonical(&whole.journal) {
        found.push("the result differs from the uninterrupted one".to_owned());
    }
    found.into_iter().map(|v| format!("{} cut at {cuts:?}: {v}", scenario.protocol)).collect()
}
