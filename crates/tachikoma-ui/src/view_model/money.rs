//! Money in words: the estimate before a deliberation, and the sum while it runs and after it.

use tachikoma_forge::protocol::Estimate;
use tachikoma_forge::session::{Settings, Spending};
use tachikoma_forge::types::Nanos;

use super::format::{count, many};

/// What was spent: the sum, and what is to be said beside it.
#[must_use]
pub fn spent(spending: &Spending, calls: u64) -> (String, String) {
    match (spending.cost, spending.unknown) {
        _ if calls == 0 => ("–".to_owned(), String::new()),
        (_, 0) if spending.free => ("$0".to_owned(), "nothing is charged".to_owned()),
        (cost, 0) => (cost.to_string(), String::new()),
        (Nanos::ZERO, _) => ("unknown".to_owned(), String::new()),
        (cost, unknown) => (cost.to_string(), ["and ", &many(unknown, "call", "calls"), " unknown"].concat()),
    }
}

/// The cap on money: "of $0.50". Nothing without one.
#[must_use]
pub fn cap(settings: &Settings) -> Option<String> {
    settings.max_cost.map(|cap| ["of ", &cap.to_string()].concat())
}

/// The cap on tokens, likewise.
#[must_use]
pub fn token_cap(settings: &Settings) -> Option<String> {
    settings.max_tokens_total.map(|cap| ["of ", &count(cap)].concat())
}

/// A cent, in billionths of a dollar.
const CENT: u64 = 10_000_000;

/// The estimate in two lines: tokens and money.
#[must_use]
pub fn expected(estimate: &Estimate) -> [(&'static str, String); 2] {
    let range = |low: String, high: String| if low == high { low } else { [&low, " to ", &high].concat() };
    let tokens = range(thousands(estimate.tokens.0), thousands(estimate.tokens.1));
    // Cents, from one cent on: an estimate is no count.
    let cents = |Nanos(n): Nanos| Nanos(if n < CENT { n } else { n.div_ceil(CENT).saturating_mul(CENT) });
    let (low, high) = (cents(estimate.cost.0), cents(estimate.cost.1));
    let money = match (estimate.unpriced, high) {
        (0, _) if estimate.free => "$0, nothing is charged".to_owned(),
        (0, _) => ["≈ ", &range(low.to_string(), high.to_string())].concat(),
        (_, Nanos::ZERO) => "unknown".to_owned(),
        (unpriced, _) => {
            let others = many(unpriced, "member", "members");
            ["≈ ", &range(low.to_string(), high.to_string()), ", and ", &others, " of unknown price"].concat()
        }
    };
    [("Tokens", ["≈ ", &tokens].concat()), ("Cost", money)]
}

/// Thousands, since an estimate is no count.
fn thousands(tokens: u64) -> String {
    if tokens < 1_000 { tokens.to_string() } else { [&count(tokens.div_ceil(1_000)), "k"].concat() }
}

/// A cap as it is written into the form: nothing for none.
///
/// # Errors
/// Says what to write.
pub fn cap_from(text: &str) -> Result<Option<Nanos>, String> {
    match text.trim() {
        "" => Ok(None),
        text => match text.parse() {
            Ok(Nanos::ZERO) | Err(_) => Err("The most to spend is an amount in dollars above 0, such as 0.50.".into()),
            Ok(cap) => Ok(Some(cap)),
        },
    }
}

/// A cap on tokens as it is written into the form: nothing for none.
///
/// # Errors
/// Says what to write.
pub fn token_cap_from(text: &str) -> Result<Option<u64>, String> {
    match text.trim().replace([',', ' '], "").as_str() {
        "" => Ok(None),
        text => match text.parse() {
            Ok(0) | Err(_) => Err("The most tokens in all is a whole number above 0.".into()),
            Ok(cap) => Ok(Some(cap)),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_say_what_is_not_known() {
        let sum = |cost, unknown, free| spent(&Spending { cost: Nanos(cost), unknown, free, ..Spending::default() }, 3);
        let pair = |one: &str, two: &str| (one.to_owned(), two.to_owned());
        assert_eq!(sum(0, 0, true), pair("$0", "nothing is charged"));
        assert_eq!(sum(0, 2, false), pair("unknown", ""));
        assert_eq!(sum(12_500_000, 0, false), pair("$0.0125", ""));
        assert_eq!(sum(12_500_000, 1, false), pair("$0.0125", "and 1 call unknown"));
        assert_eq!(spent(&Spending::default(), 0), pair("–", ""));
    }

    #[test]
    fn estimates_are_ranges() {
        let estimate = |cost, unpriced, free| Estimate { tokens: (900, 64_100), cost, unpriced, free };
        let words = |e: Estimate| expected(&e)[1].1.clone();
        let some = (Nanos(20_000_000), Nanos(1_200_000_000));
        assert_eq!(expected(&estimate(some, 0, false))[0].1, "≈ 900 to 65k");
        assert_eq!(words(estimate(some, 0, false)), "≈ $0.02 to $1.20");
        assert_eq!(words(estimate(some, 1, false)), "≈ $0.02 to $1.20, and 1 member of unknown price");
        assert_eq!(words(estimate((Nanos::ZERO, Nanos::ZERO), 2, false)), "unknown");
        assert_eq!(words(estimate((Nanos::ZERO, Nanos::ZERO), 0, true)), "$0, nothing is charged");
    }

    #[test]
    fn caps_read_as_people_write_them() {
        assert_eq!(cap_from(" 0,50 "), Ok(Some(Nanos(500_000_000))));
        assert_eq!((cap_from(""), token_cap_from(" ")), (Ok(None), Ok(None)));
        assert_eq!(token_cap_from("200,000"), Ok(Some(200_000)));
        for wrong in ["0", "-1", "much", "0.0"] {
            assert!(cap_from(wrong).is_err() && token_cap_from(wrong).is_err(), "{wrong}");
        }
    }
}
