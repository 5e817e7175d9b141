//! What the page shows, as plain values folded from a session's events. Nothing here knows Leptos, the
//! DOM or a clock, so all of it is tested natively.

pub mod agreement;
pub mod analytics;
pub mod behind;
pub mod card;
pub mod choosing;
pub mod compare;
pub mod fields;
pub mod format;
pub mod live;
pub mod models;
pub mod money;
pub mod outcome;
pub mod own_prices;
pub mod panels;
pub mod scores;
pub mod shelf;
pub mod sign_in;
pub mod staff;
pub mod steer;
pub mod totals;
pub mod verdict;

#[cfg(test)]
pub(crate) mod example;
