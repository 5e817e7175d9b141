//! The table of prices: read from JSON that anybody may have written, and asked by provider and model.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Deserialize;

use super::{Price, Prices, Rates, Tier};
use crate::types::ModelRef;

/// What the field `format` of a table says.
const FORMAT: &str = "tachikoma-forge/prices";
/// The version that this code reads.
const VERSION: u32 = 1;
/// No rate is higher: a thousand dollars a token. What is, was written in another unit.
const HIGHEST_RATE: u64 = 1_000_000_000_000_000;

/// A table that cannot be read, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceTableError(String);

impl fmt::Display for PriceTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PriceTableError {}

/// Prices by provider and model. The one that was added last is asked first.
#[derive(Clone, Debug, Default)]
pub struct PriceTable {
    sheets: Vec<Sheet>,
}

/// One file.
#[derive(Clone, Debug, Default)]
struct Sheet {
    date: String,
    free: BTreeSet<String>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    /// By provider and name in lower case.
    prices: BTreeMap<(String, String), Price>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PriceFile {
    format: String,
    version: u32,
    #[serde(default, rename = "source")]
    _source: String,
    #[serde(default, rename = "licence")]
    _licence: String,
    #[serde(default)]
    date: String,
    #[serde(default, rename = "unit")]
    _unit: String,
    #[serde(default)]
    free: Vec<String>,
    #[serde(default)]
    prefixes: Vec<String>,
    #[serde(default)]
    suffixes: Vec<String>,
    #[serde(default)]
    providers: BTreeMap<String, Vec<Entry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    names: Vec<String>,
    rates: Rates,
    #[serde(default)]
    context: Option<u64>,
    #[serde(default)]
    tiers: Vec<Tier>,
}

impl PriceTable {
    /// Reads a table.
    ///
    /// # Errors
    /// Says what is wrong and where: no JSON, another format, an unknown field, two prices for one name, a rate
    /// beyond all reason, tiers out of order.
    pub fn parse(text: &str) -> Result<Self, PriceTableError> {
        let wrong = |what: String| PriceTableError(["This is no table of prices: ", &what, "."].concat());
        let read: PriceFile = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
        if read.format != FORMAT {
            return Err(wrong(["its \"format\" is not \"", FORMAT, "\""].concat()));
        }
        if read.version != VERSION {
            let (has, reads) = (read.version.to_string(), VERSION.to_string());
            return Err(wrong(["it is of version ", &has, ", and this program reads version ", &reads].concat()));
        }
        let lower = |names: Vec<String>| names.into_iter().map(|name| name.to_lowercase());
        let mut sheet = Sheet {
            date: read.date,
            free: lower(read.free).collect(),
            prefixes: lower(read.prefixes).collect(),
            suffixes: lower(read.suffixes).collect(),
            prices: BTreeMap::new(),
        };
        for (provider, entries) in read.providers {
            let provider = provider.to_lowercase();
            for entry in entries {
                let price = Price { rates: entry.rates, context: entry.context, tiers: entry.tiers };
                let first = entry.names.first().cloned().unwrap_or_default();
                check(&price).map_err(|what| wrong([&provider, "/", &first, " ", what].concat()))?;
                for name in lower(entry.names) {
                    if sheet.prices.insert((provider.clone(), name.clone()), price.clone()).is_some() {
                        return Err(wrong([&provider, "/", &name, " stands in it twice"].concat()));
                    }
                }
            }
        }
        Ok(Self { sheets: vec![sheet] })
    }

    /// A table of single prices, by provider (its own name) and model: of two for one name the later.
    #[must_use]
    pub fn of(prices: impl IntoIterator<Item = (String, String, Price)>) -> Self {
        let lower = |(provider, model, price): (String, String, Price)| {
            ((provider.to_lowercase(), model.to_lowercase()), price)
        };
        Self { sheets: vec![Sheet { prices: prices.into_iter().map(lower).collect(), ..Sheet::default() }] }
    }

    /// This table, but what the other one says goes first.
    #[must_use]
    pub fn overridden_by(mut self, other: Self) -> Self {
        self.sheets.extend(other.sheets);
        self
    }

    /// The day on which the oldest of its prices were looked up, if it says so: `2026-11-21`.
    #[must_use]
    pub fn date(&self) -> &str {
        self.sheets.first().map_or("", |sheet| sheet.date.as_str())
    }

    /// The price of a model under its provider's own name (not an alias), if it is known.
    ///
    /// What runs at home costs nothing: a provider that is always there, and any other without a price of its own
    /// whose address is this machine. Elsewhere the address does not matter: what stands before a vendor bills as
    /// the vendor does, as far as anybody knows.
    #[must_use]
    pub fn price(&self, provider: &str, model: &str) -> Option<Price> {
        let provider = provider.to_lowercase();
        let model = model.to_lowercase();
        self.sheets.iter().rev().find_map(|sheet| sheet.price(&provider, &model))
    }

    /// The prices of these models, of which `known` gives the provider's own name. A model whose price nobody
    /// knows is left out.
    #[must_use]
    pub fn of_models<'a>(
        &self,
        models: impl IntoIterator<Item = &'a ModelRef>,
        known: impl Fn(&str) -> Option<&'static str>,
    ) -> Prices {
        let mut prices = Prices::default();
        let mut unknown = Vec::new();
        for model in models {
            let provider = known(model.provider_name()).unwrap_or(model.provider_name());
            match self.price(provider, &model.model) {
                Some(price) => prices.set(model, price),
                None if model.base_url.as_deref().is_some_and(is_here) => prices.set(model, Price::free()),
                None => unknown.push(model),
            }
        }
        // The same name at home and elsewhere: one price cannot stand for both.
        for model in unknown {
            prices.forget(model);
        }
        prices
    }
}

impl Sheet {
    fn price(&self, provider: &str, model: &str) -> Option<Price> {
        let find = |name: &str| self.prices.get(&(provider.to_owned(), name.to_owned())).cloned();
        let whole = find(model);
        let short = self.prefixes.iter().find_map(|prefix| model.strip_prefix(prefix.as_str())).unwrap_or(model);
        let without = |name: &str| self.suffixes.iter().find_map(|ending| strip(name, ending)).map(str::to_owned);
        let found = whole.or_else(|| find(short)).or_else(|| find(&without(short)?));
        found.or_else(|| self.free.contains(provider).then(Price::free))
    }
}

/// A name without an ending in which `#` stands for a digit.
fn strip<'a>(name: &'a str, ending: &str) -> Option<&'a str> {
    let at = name.len().checked_sub(ending.len()).filter(|at| *at > 0)?;
    let fits = |(byte, sign): (u8, u8)| if sign == b'#' { byte.is_ascii_digit() } else { byte == sign };
    let tail = name.as_bytes().get(at..)?;
    tail.iter().copied().zip(ending.bytes()).all(fits).then(|| name.get(..at)).flatten()
}

/// Whether an address is this machine.
fn is_here(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = host.rsplit('@').next().unwrap_or_default();
    let host = match host.strip_prefix('[') {
        Some(six) => six.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    let mut parts = host.split('.');
    let is_loopback =
        parts.next() == Some("127") && parts.clone().count() == 3 && parts.all(|p| p.parse::<u8>().is_ok());
    host.eq_ignore_ascii_case("localhost") || host == "::1" || is_loopback
}

fn check(price: &Price) -> Result<(), &'static str> {
    let rates = std::iter::once(&price.rates).chain(price.tiers.iter().map(|tier| &tier.rates));
    let all = rates
        .flat_map(|r| [Some(r.input), Some(r.output), r.cache_read, r.cache_write, r.reasoning].into_iter().flatten());
    if all.max().is_some_and(|rate| rate > HIGHEST_RATE) {
        return Err("has a rate beyond all reason: rates are micro-dollars per million tokens");
    }
    if !price.tiers.is_sorted_by(|one, next| one.over < next.over) {
        return Err("has tiers that do not rise");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SHIPPED: &str = include_str!("../../../../www/prices.json");

    fn input(table: &PriceTable, model: &str) -> Option<u64> {
        let model: ModelRef = model.parse().unwrap();
        let known = |name: &str| (name == "claude").then_some("anthropic");
        table.of_models([&model], known).of(&model).map(|price| price.rates.input)
    }

    #[test]
    fn names_are_found_with_their_dates_prefixes_and_makers() {
        let table = PriceTable::parse(SHIPPED).unwrap();
        let cases = [
            ("anthropic/claude-sonnet-4-20250514", Some(3_000_000)),
            ("claude/Claude-Sonnet-4-20250514", Some(3_000_000)),
            ("anthropic/claude-3-5-haiku-latest", Some(800_000)),
            ("anthropic/claude-3-5-sonnet-20241022", Some(3_000_000)),
            ("openai/gpt-4o", Some(2_500_000)),
            ("openai/gpt-4o-2024-08-06", Some(2_500_000)),
            // A snapshot of its own price stands before what its name is without the date.
            ("openai/gpt-4o-2024-05-13", Some(5_000_000)),
            ("gemini/models/gemini-3.8-flash", Some(750_000)),
            ("gemini/gemini-3.8-flash", Some(750_000)),
            ("openrouter/anthropic/claude-sonnet-4", Some(3_000_000)),
            ("openrouter/deepseek/deepseek-chat-v3-0324:free", Some(0)),
            ("openai/gpt-4.1@https://gateway.example/v1", Some(2_000_000)),
            // At home.
            ("ollama/anything:7b", Some(0)),
            ("ollama/anything@http://192.168.0.7:11434", Some(0)),
            ("openai-compatible/x@http://127.0.0.1:1234", Some(0)),
            ("openai-compatible/x@http://[::1]:1234/v1", Some(0)),
            ("demo/ada", Some(0)),
            // Nobody knows.
            ("openai-compatible/x@https://gpu.example", None),
            ("openai-compatible/x@http://localhost.example", None),
            ("openai-compatible/x@http://127.0.0.1.example", None),
            ("openai-compatible/x@http://u:localhost@gpu.example", None),
            ("openai/gpt-99", None),
            ("openai/gpt-4o-of-our-own", None),
            ("openrouter/anthropic/claude-sonnet-4:nitro", None),
            ("nobody/gpt-4o", None),
        ];
        for (model, price) in cases {
            assert_eq!(input(&table, model), price, "{model}");
        }
    }

    #[test]
    fn the_same_name_at_home_and_elsewhere_has_no_price() {
        let table = PriceTable::parse(SHIPPED).unwrap();
        let [home, far] = ["openai-compatible/x@http://localhost:1", "openai-compatible/x@https://far.example"]
            .map(|model| model.parse::<ModelRef>().unwrap());
        for both in [[&home, &far], [&far, &home]] {
            assert!(table.of_models(both, |_| None).of(&home).is_none());
        }
    }

    #[test]
    fn what_people_say_goes_before_what_is_shipped() {
        let own = r#"{"format":"tachikoma-forge/prices","version":1,"free":["openai"],
            "providers":{"openai":[{"names":["gpt-4o"],"rates":{"in":1,"out":2}}]}}"#;
        let table = PriceTable::parse(SHIPPED).unwrap().overridden_by(PriceTable::parse(own).unwrap());
        assert_eq!(input(&table, "openai/gpt-4o"), Some(1));
        assert_eq!(input(&table, "openai/gpt-4.1"), Some(0), "all of it was said to cost nothing");
        assert_eq!(input(&table, "anthropic/claude-sonnet-4"), Some(3_000_000));
        let price = Price { rates: Rates { input: 7, ..Rates::default() }, ..Price::free() };
        let table = table.overridden_by(PriceTable::of([("openai".to_owned(), "GPT-4o".to_owned(), price)]));
        assert_eq!((input(&table, "openai/gpt-4o"), input(&table, "openai#2/gpt-4o")), (Some(7), Some(7)));
    }

    #[test]
    fn a_table_that_makes_no_sense_is_refused_by_name() {
        let table = |inside: &str| format!(r#"{{"format":"tachikoma-forge/prices","version":1{inside}}}"#);
        let models = |entries: &str| table(&format!(r#","providers":{{"p":[{entries}]}}"#));
        let cases = [
            ("3".to_owned(), "invalid type"),
            ("{".to_owned(), "EOF"),
            (r#"{"format":"other","version":1}"#.to_owned(), "\"format\" is not"),
            (r#"{"format":"tachikoma-forge/prices","version":2}"#.to_owned(), "it is of version 2"),
            (table(r#","extra":1"#), "unknown field `extra`"),
            (models(r#"{"names":["m"],"rates":{"in":1}}"#), "missing field `out`"),
            (models(r#"{"names":["m"],"rates":{"in":-1,"out":1}}"#), "integer `-1`"),
            (models(r#"{"names":["m"],"rates":{"in":0.5,"out":1}}"#), "floating point"),
            (models(r#"{"names":["m","M"],"rates":{"in":1,"out":1}}"#), "p/m stands in it twice"),
            (models(r#"{"names":["m"],"rates":{"in":9999999999999999,"out":1}}"#), "p/m has a rate beyond"),
            (
                models(
                    r#"{"names":["m"],"rates":{"in":1,"out":1},"tiers":[{"over":2,"rates":{"in":1,"out":1}},{"over":2,"rates":{"in":1,"out":1}}]}"#,
                ),
                "p/m has tiers that do not rise",
            ),
        ];
        for (text, why) in cases {
            let error = PriceTable::parse(&text).unwrap_err().to_string();
            assert!(error.contains(why), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn no_name_makes_it_stumble(provider in "\\PC{0,12}", model in "\\PC{0,24}") {
            static TABLE: std::sync::OnceLock<PriceTable> = std::sync::OnceLock::new();
            let table = TABLE.get_or_init(|| PriceTable::parse(SHIPPED).unwrap());
            let _ = table.price(&provider, &model);
            for row in ["openai", "openrouter", "gemini"] {
                let _ = table.price(row, &model);
            }
        }
    }
}
