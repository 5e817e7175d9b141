//! Percentiles without keeping every value: counts in ranges that grow with the value.
//!
//! Up to 31 every value has its own range; beyond, each doubling is cut into sixteen ranges, so that a percentile
//! is at most one sixteenth above the truth. Two sketches add up to the sketch of all their values.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Values below this stand for themselves.
const EXACT: u64 = 32;
/// Ranges in a doubling, as a power of two.
const BITS: u32 = 4;

/// How often values of which size were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sketch(BTreeMap<u16, u64>);

impl Sketch {
    /// Takes a value.
    pub fn add(&mut self, value: u64) {
        let count = self.0.entry(range_of(value)).or_default();
        *count = count.saturating_add(1);
    }

    /// Takes all values of another.
    pub fn merge(&mut self, other: &Self) {
        for (range, more) in &other.0 {
            let count = self.0.entry(*range).or_default();
            *count = count.saturating_add(*more);
        }
    }

    /// How many values it has seen.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.0.values().fold(0, |sum, n| sum.saturating_add(*n))
    }

    /// The value that so many of a hundred do not exceed, from 1 to 100; the top of its range.
    #[must_use]
    pub fn percentile(&self, of_hundred: u64) -> Option<u64> {
        let wanted = (u128::from(self.count()) * u128::from(of_hundred.min(100))).div_ceil(100).max(1);
        let mut seen = 0_u128;
        self.0.iter().find_map(|(range, count)| {
            seen += u128::from(*count);
            (seen >= wanted).then(|| top_of(*range))
        })
    }
}

fn range_of(value: u64) -> u16 {
    if value < EXACT {
        return u16::try_from(value).unwrap_or(0);
    }
    // From 32 on the highest bit is at least the fifth; the four below it say which sixteenth of the doubling.
    let shift = value.ilog2() - BITS;
    let sixteenth = (value >> shift) - (1 << BITS);
    u16::try_from(u64::from(shift + 1) * (1 << BITS) + sixteenth).unwrap_or(u16::MAX)
}

fn top_of(range: u16) -> u64 {
    let range = u64::from(range);
    if range < EXACT {
        return range;
    }
    let shift = range / (1 << BITS) - 1;
    let begin = u128::from(range % (1 << BITS) + (1 << BITS)) << shift.min(60);
    u64::try_from(begin + (1 << shift.min(60)) - 1).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn small_values_are_exact() {
        let mut sketch = Sketch::default();
        assert_eq!(sketch.percentile(50), None);
        (1..=20).for_each(|n| sketch.add(n));
        assert_eq!([1, 5, 50, 95, 100].map(|p| sketch.percentile(p)), [1, 1, 10, 19, 20].map(Some));
    }

    proptest! {
        #[test]
        fn a_percentile_is_at_most_a_sixteenth_above_the_truth(
            mut values in prop::collection::vec(prop_oneof![0..100_u64, 0..1_000_000_u64, any::<u64>()], 1..200),
            p in 1..=100_u64,
        ) {
            let (mut whole, mut parts) = (Sketch::default(), [Sketch::default(), Sketch::default()]);
            for (n, value) in values.iter().enumerate() {
                whole.add(*value);
                parts[n % 2].add(*value);
            }
            let [mut one, other] = parts;
            one.merge(&other);
            prop_assert_eq!(&one, &whole);
            values.sort_unstable();
            let rank = (values.len() as u64 * p).div_ceil(100).max(1);
            let truth = values[usize::try_from(rank - 1).unwrap()];
            let told = whole.percentile(p).unwrap();
            prop_assert!(told >= truth && told - truth <= truth / 16, "{} for {}", told, truth);
        }
    }
}
