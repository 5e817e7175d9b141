//! What calls cost: prices as data, and the arithmetic from tokens to money. Whole numbers throughout.
//!
//! `docs/prices.md` describes the table and where it comes from. A price that nobody knows is `None` everywhere,
//! and is shown as unknown, never as nothing.

mod price;
mod table;

use crate::types::ModelRef;

pub use price::{Price, Prices, Rates, Tier};
pub use table::{PriceTable, PriceTableError};

/// The most tokens that a prompt of so many bytes is taken for, before a call: half of its bytes, and a hundred
/// for what a provider puts around it.
///
/// A word of English has four bytes a token, dense code three, and a letter of three bytes is at most one and a
/// half tokens for today's models: so this is more than the truth, which is what a limit needs.
#[must_use]
pub const fn most_prompt_tokens(bytes: usize) -> u64 {
    (bytes as u64).div_ceil(2).saturating_add(100)
}

/// What a picture is taken for in an estimate, in tokens: most models make between 300 and 2,500 of one.
pub const PICTURE_TOKENS: u64 = 1_500;

/// The most tokens that a model makes of a picture. Sources: the vendors' pages on pictures as of November 2026.
#[must_use]
pub fn most_picture_tokens(model: &ModelRef) -> u64 {
    // The largest there are take up to 4,784 (Anthropic, high resolution). One old model counts 33 times as many as
    // its siblings, at a 33rd of their price: 48,169.
    if model.model.contains("gpt-4o-mini") { 50_000 } else { 6_000 }
}
