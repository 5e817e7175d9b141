//! What crosses crates: the simulator, and the things that tests are made of.

pub mod simulation;
