//! The simulator: whole deliberations in virtual time, with faults drawn from a seed.
//!
//! It drives the engine itself, without an executor: effects out, inputs in, in the order of a virtual
//! clock. Everything that members say or suffer is a function of the seed, the ask and the number of
//! failures before, so a run can be repeated, cut anywhere and compared.

mod checks;
mod cuts;
mod faults;
mod members;
mod people;
mod purse;
mod routing;
mod scenario;
mod seats;
#[cfg(not(target_arch = "wasm32"))]
mod seeds;
mod storm;
mod world;

pub use checks::violations;
pub use cuts::{depends_on_time, unequal};
pub use faults::{Coverage, FAULTS, Fault};
pub use scenario::{Run, Sabotage, Scenario, SeenCall};
#[cfg(not(target_arch = "wasm32"))]
pub use seeds::over_seeds;
pub use storm::{Crowd, WINDOW, Weather, storm};
pub use world::simulate;

/// What a whole journal comes to, in sixteen hexadecimal digits: two runs with the same are the same to the byte.
#[must_use]
pub fn digest(run: &Run) -> String {
    let lines: Vec<String> = run.journal.iter().filter_map(|event| serde_json::to_string(event).ok()).collect();
    tachikoma_forge::types::prompt_hash(&[&lines.join("\n")])
}
