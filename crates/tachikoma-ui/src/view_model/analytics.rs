//! How models did, as rows and bars.

use tachikoma_forge::metrics::{Figures, Health, HelpRates, Metrics};
use tachikoma_forge::types::Nanos;

use super::format::count;

/// A model's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `provider/model`.
    pub model: String,
    /// How it does, in a word, and the class of the word.
    pub health: (&'static str, &'static str),
    /// Calls that have ended.
    pub calls: String,
    /// Those that failed, and of what: "2: overloaded, timeout".
    pub failed: String,
    /// Time to the first token: half of the calls were faster, and nineteen of twenty.
    pub first_token: (String, String),
    /// Tokens per second.
    pub speed: String,
    /// What it cost.
    pub cost: String,
    /// What is drawn of it, in thousandths of the width.
    pub bars: Bars,
}

/// Lengths in thousandths of the width of a chart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bars {
    /// Answered calls; the failed ones stand behind them.
    pub answered: u64,
    /// Failed calls.
    pub failed: u64,
    /// Time to the first token for half of the calls.
    pub p50: u64,
    /// The same for nineteen of twenty.
    pub p95: u64,
}

/// The rows, by provider and model.
#[must_use]
pub fn rows(metrics: &Metrics) -> Vec<Row> {
    let all = || metrics.0.values();
    let most_calls = all().map(|f| f.answered.saturating_add(f.failed())).max().unwrap_or(0);
    let slowest = all().filter_map(|f| f.first_token.percentile(95)).max().unwrap_or(0);
    metrics.0.iter().map(|(model, figures)| row(model, figures, most_calls, slowest)).collect()
}

/// How often deliberating helped, a line for each set-up.
#[must_use]
pub fn help(rates: &HelpRates) -> Vec<String> {
    let line = |(set_up, (helped, checked)): (&String, &(u32, u32))| {
        let set_up = crate::markdown::clean(set_up);
        ["It helped in ", &helped.to_string(), " of ", &checked.to_string(), " checks with ", &set_up].concat()
    };
    rates.0.iter().map(line).collect()
}

fn row(model: &str, figures: &Figures, most_calls: u64, slowest: u64) -> Row {
    let part = |value: u64, of: u64| value.saturating_mul(1_000).checked_div(of).unwrap_or(0);
    let [p50, p95] = [50, 95].map(|p| figures.first_token.percentile(p));
    let kinds: Vec<String> = figures.failures.keys().map(|kind| kind.name().replace('_', " ")).collect();
    let failed = figures.failed();
    Row {
        model: crate::markdown::clean(model),
        health: match figures.health() {
            Health::Unknown => ("unknown", ""),
            Health::Good => ("good", ""),
            Health::Shaky => ("shaky", "warn"),
            Health::Failing => ("failing", "danger"),
        },
        calls: count(figures.calls),
        failed: if failed == 0 { "0".into() } else { [&count(failed), ": ", &kinds.join(", ")].concat() },
        first_token: (seconds(p50), seconds(p95)),
        speed: figures.speed_tenths().map_or_else(|| "–".to_owned(), tenths),
        cost: match (figures.cost, figures.unknown_cost) {
            (cost, 0) => cost.to_string(),
            (Nanos::ZERO, _) => "unknown".to_owned(),
            (cost, unknown) => [&cost.to_string(), " + ", &count(unknown), " unknown"].concat(),
        },
        bars: Bars {
            answered: part(figures.answered, most_calls),
            failed: part(failed, most_calls),
            p50: part(p50.unwrap_or(0), slowest),
            p95: part(p95.unwrap_or(0), slowest),
        },
    }
}

fn tenths(value: u64) -> String {
    [&count(value / 10), ".", &(value % 10).to_string()].concat()
}

fn seconds(ms: Option<u64>) -> String {
    ms.map_or_else(|| "–".to_owned(), |ms| [&tenths(ms.div_ceil(100)), " s"].concat())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use tachikoma_forge::types::ErrorKind;

    use super::*;

    #[test]
    fn rows_say_in_words_what_bars_draw() {
        let mut slow = Figures {
            calls: 5,
            answered: 4,
            failures: BTreeMap::from([(ErrorKind::RateLimited, 1)]),
            last_answer_ms: Some(9),
            last_failure: Some((3, ErrorKind::RateLimited)),
            written_tokens: 300,
            written_ms: 10_000,
            cost: Nanos(120_000_000),
            unknown_cost: 1,
            ..Figures::default()
        };
        [10, 20, 30, 31].into_iter().for_each(|ms| slow.first_token.add(ms));
        let quick = Figures { calls: 10, answered: 10, last_answer_ms: Some(1), ..Figures::default() };
        let metrics = Metrics(BTreeMap::from([("a/slow".to_owned(), slow), ("b/quick".to_owned(), quick)]));
        let rows = rows(&metrics);
        let [slow, quick] = rows.as_slice() else { panic!("two rows") };
        assert_eq!(slow.health, ("shaky", "warn"));
        assert_eq!((slow.calls.as_str(), slow.failed.as_str()), ("5", "1: rate limited"));
        assert_eq!(slow.first_token, ("0.1 s".to_owned(), "0.1 s".to_owned()));
        assert_eq!((slow.speed.as_str(), slow.cost.as_str()), ("30.0", "$0.12 + 1 unknown"));
        assert_eq!(slow.bars, Bars { answered: 400, failed: 100, p50: 645, p95: 1_000 });
        assert_eq!((quick.first_token.0.as_str(), quick.cost.as_str(), quick.bars.answered), ("–", "$0", 1_000));
    }
}
