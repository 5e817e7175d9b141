//! What is paid, in words: the estimate before a deliberation, and the sum while it runs and after it.

use std::path::{Path, PathBuf};

use tachikoma_forge::cost::{Price, Prices};
use tachikoma_forge::llm::ProviderRegistry;
use tachikoma_forge::protocol::{Estimate, Foresight};
use tachikoma_forge::session::{Participant, Settings, Spending, is_person};
use tachikoma_forge::types::{ModelRef, Nanos, TokenUsage};
use tachikoma_native::price_table;

use crate::exit::Stop;

/// The limits on what is spent.
#[derive(clap::Args)]
pub(crate) struct Limits {
    /// The most to spend on the whole deliberation, in dollars, such as 0.50; needs models whose price is known
    #[arg(long, value_name = "DOLLARS", value_parser = |text: &str| text.parse::<Nanos>())]
    max_cost: Option<Nanos>,
    /// The most tokens for the whole deliberation, prompts and answers of all calls together
    #[arg(long, value_name = "N", visible_alias = "max-tokens", value_parser = clap::value_parser!(u64).range(1..))]
    max_tokens_total: Option<u64>,
    /// The most tokens of one answer
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    answer_tokens: Option<u32>,
    /// Prices that go before the shipped ones, in a file of the same form
    #[arg(long, value_name = "FILE")]
    prices: Option<PathBuf>,
}

impl Limits {
    /// Puts the limits, and what the members' models cost, into the settings.
    pub(crate) fn apply(
        &self,
        settings: &mut Settings,
        members: &[Participant],
        registry: &ProviderRegistry,
    ) -> Result<(), Stop> {
        settings.max_cost = self.max_cost.or(settings.max_cost);
        settings.max_tokens_total = self.max_tokens_total.or(settings.max_tokens_total);
        settings.max_tokens = self.answer_tokens.or(settings.max_tokens);
        settings.prices = prices(members, registry, self.prices.as_deref())?;
        let asked = members.iter().flat_map(Participant::targets).filter(|model| !is_person(model));
        let unpriced = settings.unpriced(asked);
        if let (Some(_), Some(model)) = (settings.max_cost, unpriced.first()) {
            return Err(Stop::usage(format!(
                "the cap on money (--max-cost) cannot be kept: nobody knows what {} costs. Cap the tokens with --max-tokens-total, or say its \
                 price with --prices FILE.",
                model.bare()
            )));
        }
        Ok(())
    }

    /// Whether any of them was given: a journal that is continued has its own.
    pub(crate) const fn any(&self) -> bool {
        self.max_cost.is_some()
            || self.max_tokens_total.is_some()
            || self.answer_tokens.is_some()
            || self.prices.is_some()
    }
}

/// What the models of these members cost: `own` goes before the shipped table.
pub(crate) fn prices(members: &[Participant], registry: &ProviderRegistry, own: Option<&Path>) -> Result<Prices, Stop> {
    let table = price_table(own).map_err(Stop::usage)?;
    Ok(table.of_models(members.iter().flat_map(Participant::targets), |provider| {
        registry.row(provider).map(|row| row.name)
    }))
}

/// What a model costs, if anybody knows.
pub(crate) fn price(model: &ModelRef, registry: &ProviderRegistry) -> Result<Option<Price>, Stop> {
    let table = price_table(None).map_err(Stop::failed)?;
    Ok(table.of_models([model], |provider| registry.row(provider).map(|row| row.name)).of(model).cloned())
}

/// What one call cost, in words.
pub(crate) fn of_call(price: Option<&Price>, usage: &TokenUsage) -> String {
    let cost = price.map_or(usage.charged, |price| price.of(usage));
    cost.map_or_else(|| "unknown".to_owned(), |cost| cost.to_string())
}

/// The estimate before it starts, in one line.
pub(crate) fn expected(foresight: Foresight, estimate: &Estimate) -> String {
    let calls = range(&foresight.fewest.to_string(), &foresight.most.to_string());
    let tokens = range(&rounded(estimate.tokens.0), &rounded(estimate.tokens.1));
    let (low, high) = estimate.cost;
    let money = match (estimate.free, estimate.unpriced, high) {
        (true, _, _) => "nothing is charged".to_owned(),
        (_, 0, _) => format!("about {}", range(&low.to_string(), &high.to_string())),
        (_, _, Nanos::ZERO) => "cost unknown".to_owned(),
        (_, unpriced, _) => {
            let members = if unpriced == 1 { "member" } else { "members" };
            format!(
                "about {}, without {unpriced} {members} of unknown price",
                range(&low.to_string(), &high.to_string())
            )
        }
    };
    format!("Expected: {calls} calls, {tokens} tokens, {money}.")
}

fn range(low: &str, high: &str) -> String {
    if low == high { low.to_owned() } else { format!("{low} to {high}") }
}

/// Thousands, since an estimate is no count.
fn rounded(tokens: u64) -> String {
    if tokens < 1_000 { tokens.to_string() } else { format!("{}k", tokens.div_ceil(1_000)) }
}

/// What was spent, in a few words.
pub(crate) fn spent(spending: &Spending) -> String {
    let calls = if spending.unknown == 1 { "call" } else { "calls" };
    match (spending.cost, spending.unknown) {
        (_, 0) if spending.free => "$0, nothing is charged".to_owned(),
        (cost, 0) => cost.to_string(),
        (Nanos::ZERO, _) => "cost unknown".to_owned(),
        (cost, unknown) => format!("{cost} and {unknown} {calls} of unknown cost"),
    }
}
