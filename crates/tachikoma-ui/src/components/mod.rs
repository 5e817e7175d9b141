//! The pieces that pages are made of; one file each.

pub mod agreement;
pub mod analytics;
pub mod answer;
pub mod browser_model;
pub mod card;
pub mod confirm;
pub mod copy;
pub mod export;
pub mod fields;
pub mod finder;
pub mod icon;
pub mod key_question;
pub mod masthead;
pub mod model_list;
pub mod model_text;
pub mod own_prices;
pub mod picker;
pub mod place;
pub mod record;
pub mod scores;
pub mod service;
pub mod sign_in;
pub mod staff;
pub mod stage;
pub mod tally;
pub mod votes;
