//! Prices that people say themselves: how they are written, read and shown.

use serde::{Deserialize, Serialize};
use tachikoma_forge::cost::{Price, PriceTable, Rates};
use tachikoma_forge::types::{ModelRef, Nanos};

/// No price of a token is higher than this many dollars a million.
const HIGHEST: u64 = 1_000_000;

/// What somebody says that a model costs, in micro-dollars per million tokens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnPrice {
    /// The provider, by its own name.
    pub provider: String,
    /// The model, as the provider spells it.
    pub model: String,
    /// Tokens of prompts.
    pub input: u64,
    /// Tokens of answers.
    pub output: u64,
}

impl OwnPrice {
    /// A price as it is written: the model as `provider/model`, dollars for a million tokens. `known` gives a
    /// provider's own name.
    ///
    /// # Errors
    /// Says what to write.
    pub fn from_words(
        model: &str,
        input: &str,
        output: &str,
        known: impl Fn(&str) -> Option<&'static str>,
    ) -> Result<Self, String> {
        let model: ModelRef = model
            .trim()
            .parse()
            .map_err(|_| "Write the model with its provider before it, such as openai/gpt-4.1.".to_owned())?;
        let name = model.provider_name();
        let provider = known(name).ok_or_else(|| ["There is no provider by the name of ", name, "."].concat())?;
        let (input, output) = (rate(input, "prompts")?, rate(output, "answers")?);
        Ok(Self { provider: provider.to_owned(), model: model.model, input, output })
    }

    /// The model with its provider.
    #[must_use]
    pub fn name(&self) -> String {
        [&self.provider, "/", &self.model].concat()
    }

    /// What a million tokens of prompts and of answers cost, in dollars.
    #[must_use]
    pub fn shown(&self) -> [String; 2] {
        [self.input, self.output].map(|rate| Nanos(rate.saturating_mul(1_000)).to_string())
    }
}

/// Dollars for a million tokens.
fn rate(text: &str, what: &str) -> Result<u64, String> {
    let price: Option<Nanos> = text.trim().parse().ok();
    // A rate is in millionths of a dollar, an amount in billionths.
    let rate = price.map(|price| price.0.div_ceil(1_000)).filter(|rate| *rate <= HIGHEST * 1_000_000);
    rate.ok_or_else(|| {
        ["The price of ", what, " is an amount in dollars for a million tokens, such as 2.50 or 0."].concat()
    })
}

/// The prices with one more; one for the same model takes the place of the old one.
#[must_use]
pub fn with(mut prices: Vec<OwnPrice>, new: OwnPrice) -> Vec<OwnPrice> {
    prices.retain(|price| !price.name().eq_ignore_ascii_case(&new.name()));
    prices.push(new);
    prices.sort_by_key(OwnPrice::name);
    prices
}

/// The table of them.
#[must_use]
pub fn table(prices: &[OwnPrice]) -> PriceTable {
    PriceTable::of(prices.iter().map(|own| {
        let rates = Rates { input: own.input, output: own.output, ..Rates::default() };
        (own.provider.clone(), own.model.clone(), Price { rates, ..Price::free() })
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(model: &str, input: &str, output: &str) -> Result<OwnPrice, String> {
        let known = |name: &str| match name {
            "openai" => Some("openai"),
            "claude" => Some("anthropic"),
            _ => None,
        };
        OwnPrice::from_words(model, input, output, known)
    }

    #[test]
    fn prices_are_read_as_people_write_them() {
        let price = said(" openai#2/gpt-4.1 ", "$2,50", "10").unwrap();
        assert_eq!((price.name().as_str(), price.input, price.output), ("openai/gpt-4.1", 2_500_000, 10_000_000));
        assert_eq!(price.shown(), ["$2.50", "$10.00"]);
        assert_eq!(said("claude/x@https://gateway.example", "0", "0").unwrap().name(), "anthropic/x");
        for (model, input, output, why) in [
            ("gpt-4.1", "1", "1", "such as openai/gpt-4.1"),
            ("nobody/x", "1", "1", "by the name of nobody"),
            ("openai/x", "", "1", "price of prompts"),
            ("openai/x", "1", "-1", "price of answers"),
            ("openai/x", "1000001", "1", "price of prompts"),
        ] {
            let error = said(model, input, output).unwrap_err();
            assert!(error.contains(why), "{model} {input} {output}: {error}");
        }
    }

    #[test]
    fn one_model_has_one_price_and_it_goes_before_the_table() {
        let [old, new, other] =
            [("openai/x", "1"), ("openai/X", "2"), ("claude/y", "3")].map(|(m, p)| said(m, p, p).unwrap());
        let prices = with(with(with(Vec::new(), old), new), other);
        assert_eq!(prices.iter().map(OwnPrice::name).collect::<Vec<_>>(), ["anthropic/y", "openai/X"]);
        let found = table(&prices).price("openai", "x").unwrap();
        assert_eq!(found.rates.input, 2_000_000);
        let kept: Vec<OwnPrice> = serde_json::from_str(&serde_json::to_string(&prices).unwrap()).unwrap();
        assert_eq!(kept, prices);
    }
}
