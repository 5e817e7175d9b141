//! The pages, one file each.

pub mod compose;
pub mod deliberation;
pub mod history;
pub mod providers;
