//! The table of prices that is shipped, held to the table of providers.

#![allow(clippy::unwrap_used)] // A test may.

use tachikoma_forge::cost::{Price, PriceTable};
use tachikoma_forge::llm::{ProviderKind, ProviderRegistry};

const SHIPPED: &str = include_str!("../../www/prices.json");

/// Models on offer whose price the source does not know yet. They are shown as unknown.
const UNKNOWN: [&str; 1] = ["command-a-plus-05-2026"];

#[test]
fn what_runs_at_home_is_free_and_what_is_on_offer_has_a_price() {
    let table = PriceTable::parse(SHIPPED).unwrap();
    for row in ProviderRegistry::new().rows() {
        let free = table.price(row.name, "no such model").is_some_and(|price| price.is_free());
        assert_eq!(free, row.kind == ProviderKind::Local, "{}", row.name);
        for model in row.default_models {
            let known = table.price(row.name, model).is_some();
            assert_eq!(known, !UNKNOWN.contains(model), "{}/{model}", row.name);
        }
    }
    for (provider, model) in [("demo", "ada"), ("browser", "own")] {
        assert_eq!(table.price(provider, model), Some(Price::free()));
    }
}

#[test]
fn it_says_where_it_comes_from_and_of_when_it_is() {
    let json: serde_json::Value = serde_json::from_str(SHIPPED).unwrap();
    for field in ["source", "licence", "unit", "date"] {
        assert!(json[field].as_str().is_some_and(|text| !text.is_empty()), "{field}");
    }
    assert_eq!(PriceTable::parse(SHIPPED).unwrap().date(), json["date"].as_str().unwrap());
}
