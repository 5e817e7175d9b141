//! Money: whole billionths of a dollar, so that no sum depends on how it was rounded on the way.

use std::fmt;
use std::ops::AddAssign;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How many there are in a dollar.
const PER_DOLLAR: u64 = 1_000_000_000;
/// Digits behind the point.
const DIGITS: usize = 9;

/// Billionths of a US dollar: the unit of every sum of money. Sums that would not fit stay at the largest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nanos(pub u64);

impl Nanos {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// The sum, the largest there is when it does not fit.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Nanos {
    fn add_assign(&mut self, other: Self) {
        *self = self.plus(other);
    }
}

impl std::iter::Sum for Nanos {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::ZERO, Self::plus)
    }
}

/// As people write it: cents from a dollar on, else enough digits that something is seen: `$1.25`, `$0.0042`.
/// Rounded up, so that nothing is shown as less than it is; only nothing at all is `$0`.
impl fmt::Display for Nanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("$0");
        }
        let shown = if self.0 >= PER_DOLLAR { 2 } else { 4 };
        let step = 10_u64.pow(u32::try_from(DIGITS - shown).unwrap_or(0));
        let steps = self.0.div_ceil(step);
        let in_dollar = PER_DOLLAR / step;
        let digits = (in_dollar + steps % in_dollar).to_string();
        let behind = match digits[1..].trim_end_matches('0') {
            // Cents stay: `$0.50`, not `$0.5`.
            short if short.len() < 2 => &digits[1..3],
            long => long,
        };
        f.write_str(&["$", &(steps / in_dollar).to_string(), ".", behind].concat())
    }
}

/// Reads an amount in dollars, digit by digit: `0.50`, `$2`, `,5`. What is finer than a billionth is dropped.
impl FromStr for Nanos {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || [text, " is no amount of money: write dollars, such as 0.50"].concat();
        let plain = text.trim().trim_start_matches('$').replace(',', ".");
        let (whole, behind) = plain.split_once('.').unwrap_or((&plain, ""));
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if !digits(whole) || !digits(behind) || whole.len() + behind.len() == 0 {
            return Err(wrong());
        }
        let whole: u64 = if whole.is_empty() { 0 } else { whole.parse().map_err(|_| wrong())? };
        let behind = &behind[..behind.len().min(DIGITS)];
        let mut parts: u64 = if behind.is_empty() { 0 } else { behind.parse().map_err(|_| wrong())? };
        for _ in behind.len()..DIGITS {
            parts *= 10;
        }
        whole.checked_mul(PER_DOLLAR).and_then(|n| n.checked_add(parts)).map(Self).ok_or_else(wrong)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        let table = [
            ("0.50", 500_000_000, "$0.50"),
            ("$2", 2_000_000_000, "$2.00"),
            (",5", 500_000_000, "$0.50"),
            ("0.00014", 140_000, "$0.0002"),
            ("1.234567891234", 1_234_567_891, "$1.24"),
            ("0", 0, "$0"),
            ("0.0125", 12_500_000, "$0.0125"),
            ("12.", 12_000_000_000, "$12.00"),
            ("0.99999", 999_990_000, "$1.00"),
        ];
        for (text, nanos, shown) in table {
            assert_eq!(text.parse(), Ok(Nanos(nanos)), "{text}");
            assert_eq!(Nanos(nanos).to_string(), shown, "{text}");
        }
        for wrong in ["", ".", "-1", "1e3", "a", "1.2.3", "$", "99999999999999999999", "18446744074", "0x1", "1 2"] {
            assert!(wrong.parse::<Nanos>().is_err(), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_never_less_than_it_is(nanos in any::<u64>()) {
            let shown: Nanos = Nanos(nanos / 4).to_string().parse().unwrap();
            prop_assert!(shown >= Nanos(nanos / 4));
        }
    }
}
