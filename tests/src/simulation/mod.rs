//! The simulator: whole deliberations in virtual time, with faults drawn from a seed.
//!
//! It drives the engine itself, without an executor: effects out, inputs in, in the order of a virtual
//! clock. Everything that members say or suffer is a function of the seed, the ask and the number of
//! failures before, so a run can be repeated, cut anywhere and compared.

mod checks;
mod faults;
mod members;
mod purse;
mod routing;
mod seats;
mod storm;
mod world;

pub use checks::violations;
pub use faults::{Coverage, FAULTS, Fault};
pub use storm::{Crowd, WINDOW, Weather, storm};
pub use world::{Run, Sabotage, Scenario, simulate};
