//! Tables of prices, which anybody may have written, and amounts of money.

use serde_json::Value;
use tachikoma_forge::cost::{Price, PriceTable};
use tachikoma_forge::types::{Nanos, TokenUsage};

use super::{Draws, lossy};

/// A table: what a call comes to is never more than what was set aside for it.
pub(super) fn prices(data: &[u8]) {
    let text = lossy(data);
    if let Ok(amount) = text.parse::<Nanos>() {
        assert!(amount.to_string().starts_with('$'), "{amount:?} of {text:?}");
    }
    let table = match PriceTable::parse(&text) {
        Ok(table) => table,
        Err(error) => return assert!(error.to_string().ends_with('.'), "{error}"),
    };
    let read: Value = serde_json::from_str(&text).expect("a table is JSON");
    let mut draws = Draws::from(data);
    for (provider, entries) in read["providers"].as_object().into_iter().flatten() {
        for name in entries.as_array().into_iter().flatten().filter_map(|entry| entry["names"][0].as_str()) {
            let price = table.price(provider, name).expect("a model of the table has a price");
            (0..8).for_each(|_| check(&price, &mut draws));
        }
    }
    let doubled = table.clone().overridden_by(PriceTable::parse(&text).expect("it is read again"));
    assert_eq!(doubled.date(), table.date());
}

/// A call of some size, and one of each kind of token alone, which is where a kind that was forgotten shows.
fn check(price: &Price, draws: &mut Draws) {
    let size = [10, 1_000, 300_000, usize::MAX >> 1][draws.below(4)] as u64;
    let mut part = |most: u64| draws.below(usize::try_from(most).unwrap_or(usize::MAX).max(1)) as u64;
    let (prompt, output) = (part(size), part(size));
    let read = part(prompt);
    // What was read and what was written are parts of the prompt.
    let (written, reasoning) = (part(prompt.saturating_sub(read)), part(output));
    for (read, written, reasoning) in [(read, written, reasoning), (prompt, 0, 0), (0, prompt, 0), (0, 0, output)] {
        let usage = TokenUsage {
            input_tokens: Some(prompt),
            output_tokens: Some(output),
            cache_read_tokens: Some(read),
            cache_write_tokens: Some(written),
            reasoning_tokens: Some(reasoning),
            ..TokenUsage::default()
        };
        let whole = usage.prompt_tokens().expect("they are known");
        if let Some(cost) = price.of(&usage) {
            let most = price.most(whole, output);
            assert!(cost <= most, "{cost:?} is more than {most:?} for {usage:?} at {price:?}");
        }
    }
}
