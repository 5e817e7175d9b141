//! The price of one model, and what a call comes to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::types::{ModelRef, Nanos, TokenUsage};

/// What tokens cost, in micro-dollars per million: 3,000,000 is $3.00 for a million. The same number is the price
/// of one token in millionths of a millionth of a dollar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rates {
    /// A token of the prompt.
    #[serde(rename = "in")]
    pub input: u64,
    /// A token of the answer.
    #[serde(rename = "out")]
    pub output: u64,
    /// A token of the prompt that was in the cache; where it is missing, as any other.
    #[serde(rename = "read", default, skip_serializing_if = "Option::is_none")]
    pub cache_read: Option<u64>,
    /// A token of the prompt that goes into the cache; where it is missing, as any other.
    #[serde(rename = "write", default, skip_serializing_if = "Option::is_none")]
    pub cache_write: Option<u64>,
    /// A token of reasoning; where it is missing, as any other of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<u64>,
}

/// Other rates, for the whole call, once its prompt is longer than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// The prompt has more tokens than this.
    pub over: u64,
    /// What all of its tokens cost then.
    pub rates: Rates,
}

/// The price of one model.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// What tokens cost.
    pub rates: Rates,
    /// The tokens that fit into its window, if known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<u64>,
    /// What they cost with long prompts, the shortest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<Tier>,
}

impl Price {
    /// A model that nobody is paid for.
    #[must_use]
    pub fn free() -> Self {
        Self::default()
    }

    /// Whether nobody is paid.
    #[must_use]
    pub fn is_free(&self) -> bool {
        let free = |r: &Rates| {
            [r.input, r.output].into_iter().chain(r.cache_read).chain(r.cache_write).chain(r.reasoning).all(|n| n == 0)
        };
        free(&self.rates) && self.tiers.iter().all(|tier| free(&tier.rates))
    }

    /// What a call came to: as the provider says itself, else from its counts. Unknown where a count is missing
    /// that costs something. Rounded up to a whole billionth.
    #[must_use]
    pub fn of(&self, usage: &TokenUsage) -> Option<Nanos> {
        if usage.charged.is_some() {
            return usage.charged;
        }
        if self.is_free() {
            return Some(Nanos::ZERO);
        }
        let (prompt, fresh, output) = (usage.prompt_tokens()?, usage.fresh_tokens()?, usage.output_tokens?);
        let rates = self.rates_at(prompt);
        let reasoning = usage.reasoning_tokens.unwrap_or(0).min(output);
        Some(sum(&[
            (fresh, rates.input),
            (usage.cache_read_tokens.unwrap_or(0), rates.cache_read.unwrap_or(rates.input)),
            (usage.cache_write_tokens.unwrap_or(0), rates.cache_write.unwrap_or(rates.input)),
            (output - reasoning, rates.output),
            (reasoning, rates.reasoning.unwrap_or(rates.output)),
        ]))
    }

    /// The most that a call can come to, with at most so many tokens of prompt and answer.
    #[must_use]
    pub fn most(&self, prompt: u64, output: u64) -> Nanos {
        // A shorter prompt may be dearer, if prices fall with length: no tier that can be met is left out.
        let met = self.tiers.iter().filter(|tier| tier.over < prompt).map(|tier| &tier.rates);
        let of = |r: &Rates| {
            let input = r.input.max(r.cache_read.unwrap_or(0)).max(r.cache_write.unwrap_or(0));
            sum(&[(prompt, input), (output, r.output.max(r.reasoning.unwrap_or(0)))])
        };
        std::iter::once(&self.rates).chain(met).map(of).max().unwrap_or_default()
    }

    fn rates_at(&self, prompt: u64) -> &Rates {
        let met = self.tiers.iter().filter(|tier| tier.over < prompt).max_by_key(|tier| tier.over);
        met.map_or(&self.rates, |tier| &tier.rates)
    }
}

/// Tokens times rates. A rate is in thousandths of a billionth.
fn sum(parts: &[(u64, u64)]) -> Nanos {
    let total = parts
        .iter()
        .fold(0_u128, |sum, (tokens, rate)| sum.saturating_add(u128::from(*tokens).saturating_mul(u128::from(*rate))));
    Nanos(u64::try_from(total.div_ceil(1_000)).unwrap_or(u64::MAX))
}

/// The prices of a session's models, as they were when it began, by their [bare](ModelRef::bare) names: one model has
/// one price, wherever and with whichever key it is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Prices(BTreeMap<String, Price>);

impl Prices {
    /// Whether no price is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Sets the price of a model.
    pub fn set(&mut self, model: &ModelRef, price: Price) {
        self.0.insert(model.bare(), price);
    }

    /// Forgets the price of a model: it is unknown.
    pub fn add(&mut self, other: &Self) {
        self.0.extend(other.0.iter().map(|(model, price)| (model.clone(), price.clone())));
    }

    /// Takes a model's price away.
    pub fn forget(&mut self, model: &ModelRef) {
        self.0.remove(&model.bare());
    }

    /// The price of a model, if it is known.
    #[must_use]
    pub fn of(&self, model: &ModelRef) -> Option<&Price> {
        self.0.get(&model.bare())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price() -> Price {
        let rates = Rates {
            input: 3_000_000,
            output: 15_000_000,
            cache_read: Some(300_000),
            cache_write: Some(3_750_000),
            reasoning: None,
        };
        let dear = Rates { input: 6_000_000, output: 22_500_000, ..rates };
        Price { rates, context: Some(200_000), tiers: vec![Tier { over: 200_000, rates: dear }] }
    }

    fn usage(input: u64, output: u64) -> TokenUsage {
        TokenUsage { input_tokens: Some(input), output_tokens: Some(output), ..TokenUsage::default() }
    }

    #[test]
    fn a_call_costs_what_its_tokens_cost() {
        let price = price();
        assert_eq!(price.of(&usage(1_000_000 / 8, 0)), Some(Nanos(375_000_000)));
        assert_eq!(price.of(&usage(1_000, 2_000)), Some(Nanos(3_000_000 + 30_000_000)));
        // 1,000 tokens of prompt, 700 from the cache, 200 into it: the same sum whichever way they are counted.
        let cached = TokenUsage { cache_read_tokens: Some(700), cache_write_tokens: Some(200), ..usage(1_000, 0) };
        let apart = TokenUsage { input_tokens: Some(100), cache_apart: true, ..cached };
        let sum = Nanos(100 * 3_000 + 700 * 300 + 200 * 3_750);
        assert_eq!([price.of(&cached), price.of(&apart)], [Some(sum); 2]);
        // Reasoning is part of the answer and is not paid for twice.
        let thought = TokenUsage { reasoning_tokens: Some(1_500), ..usage(0, 2_000) };
        assert_eq!(price.of(&thought), Some(Nanos(30_000_000)));
        let own = Price { rates: Rates { reasoning: Some(1_000_000), ..price.rates }, ..price.clone() };
        assert_eq!(own.of(&thought), Some(Nanos(500 * 15_000 + 1_500 * 1_000)));
        // A long prompt changes the price of all of it.
        assert_eq!(price.of(&usage(200_000, 0)), Some(Nanos(600_000_000)));
        assert_eq!(price.of(&usage(200_001, 1)), Some(Nanos(200_001 * 6_000 + 22_500)));
    }

    #[test]
    fn unknown_is_not_nothing() {
        let price = price();
        assert_eq!(price.of(&TokenUsage::default()), None);
        assert_eq!(price.of(&TokenUsage { output_tokens: None, ..usage(5, 0) }), None);
        assert_eq!(Price::free().of(&TokenUsage::default()), Some(Nanos::ZERO));
        let charged = TokenUsage { charged: Some(Nanos(7)), ..TokenUsage::default() };
        assert_eq!(price.of(&charged), Some(Nanos(7)), "the provider knows best");
    }

    proptest! {
        #[test]
        fn no_call_costs_more_than_its_most(
            prompt in 0_u64..1_000_000, output in 0_u64..100_000,
            spare in (0_u64..1_000_000, 0_u64..100_000),
            read in 0_u64..1_000_000, write in 0_u64..1_000_000, thought in 0_u64..100_000,
            rates in prop::array::uniform8(0_u64..100_000_000), apart: bool,
        ) {
            let rates_of = |r: &[u64]| Rates {
                input: r[0], output: r[1], cache_read: Some(r[2]), cache_write: Some(r[3]), reasoning: None,
            };
            let tiers = vec![Tier { over: 300_000, rates: rates_of(&rates[4..]) }];
            let price = Price { rates: rates_of(&rates), context: None, tiers };
            let (read, write) = (read.min(prompt), write.min(prompt - read.min(prompt)));
            let input = if apart { prompt - read - write } else { prompt };
            let usage = TokenUsage {
                input_tokens: Some(input), output_tokens: Some(output), reasoning_tokens: Some(thought),
                cache_read_tokens: Some(read), cache_write_tokens: Some(write), cache_apart: apart, charged: None,
            };
            prop_assert_eq!(usage.prompt_tokens(), Some(prompt));
            prop_assert!(price.of(&usage).unwrap() <= price.most(prompt + spare.0, output + spare.1));
        }
    }
}
