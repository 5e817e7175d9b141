//! The count of a vote, and the formula that decides on convergence.
//!
//! Whole numbers only: agreement is compared as fractions, never as a float, so that every platform and
//! every replay decides the same.

use serde::{Deserialize, Serialize};

/// The count of a vote. Agreement = agree ÷ (agree + disagree), counted only with a quorum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// Votes for.
    pub agree: u32,
    /// Votes against.
    pub disagree: u32,
    /// Asked, but no readable vote.
    pub abstain: u32,
    /// Seats at the table.
    pub seats: u32,
    /// The threshold in thousandths.
    pub threshold: u32,
    /// Issues that voters say have to be mended first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub blocking: u32,
    /// The most of them with which it may still converge; any number without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_blocking: Option<u32>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

impl Tally {
    /// The votes without which a count means nothing: half of the seats, and two.
    #[must_use]
    pub const fn quorum(&self) -> u32 {
        let half = self.seats.div_ceil(2);
        if half < 2 { 2 } else { half }
    }

    /// Whether enough members voted. An abstention is no vote.
    #[must_use]
    pub const fn has_quorum(&self) -> bool {
        self.votes() >= self.quorum() as u64
    }

    /// The votes that were cast. Wide, since a file may claim more of them than any panel has seats.
    #[must_use]
    pub const fn votes(&self) -> u64 {
        self.agree as u64 + self.disagree as u64
    }

    /// Agreement in thousandths, rounded down, for display; `None` without a quorum.
    #[must_use]
    pub const fn agreement(&self) -> Option<u32> {
        if !self.has_quorum() {
            return None;
        }
        // At most 1000: those who agree are among those who voted.
        Some((self.agree as u64 * 1000 / self.votes()) as u32)
    }

    /// Whether agreement reaches the threshold, compared in whole numbers, and no more issues block than may.
    #[must_use]
    pub const fn converged(&self) -> bool {
        self.agrees() && !self.is_blocked()
    }

    /// Whether agreement reaches the threshold, whatever blocks.
    #[must_use]
    pub const fn agrees(&self) -> bool {
        self.has_quorum() && self.agree as u128 * 1000 >= self.threshold as u128 * self.votes() as u128
    }

    /// Whether more issues block than may.
    #[must_use]
    pub const fn is_blocked(&self) -> bool {
        match self.max_blocking {
            Some(most) => self.blocking > most,
            None => false,
        }
    }

    /// The formula with what went into it: `agree 3, disagree 1, quorum 2 of 4, threshold 0.8, blocking 0 (any) →
    /// 0.75 < 0.8 → no`. Anybody can compute it again from the recorded votes.
    #[must_use]
    pub fn explained(&self) -> String {
        let most = self.max_blocking.map_or_else(|| "any".to_owned(), |most| ["at most ", &most.to_string()].concat());
        let threshold = decimal(self.threshold);
        let votes = self.votes().to_string();
        let count = match self.agreement() {
            None => [&votes, " votes of at least ", &self.quorum().to_string()].concat(),
            Some(agreement) => {
                let sign = if self.agrees() { " ≥ " } else { " < " };
                let blocked = if self.agrees() && self.is_blocked() { ", but more issues block than may" } else { "" };
                [&decimal(agreement), sign, &threshold, blocked].concat()
            }
        };
        let parts = [
            ("agree ", self.agree.to_string()),
            (", disagree ", self.disagree.to_string()),
            (", quorum ", [self.quorum().to_string(), self.seats.to_string()].join(" of ")),
            (", threshold ", threshold.clone()),
            (", blocking ", [&self.blocking.to_string(), " (", &most, ")"].concat()),
            (" → ", count),
            (" → ", if self.converged() { "yes" } else { "no" }.to_owned()),
        ];
        parts.iter().flat_map(|(name, value)| [*name, value.as_str()]).collect()
    }

    /// Whether this count shows strictly more agreement than another; without a quorum there is none.
    #[must_use]
    pub const fn beats(&self, other: &Self) -> bool {
        if !self.has_quorum() {
            return false;
        }
        // A version that nothing blocks goes before one that something does.
        if other.has_quorum() && self.is_blocked() != other.is_blocked() {
            return other.is_blocked();
        }
        // a/b > c/d as a·d > c·b: no float decides anything.
        !other.has_quorum() || self.agree as u128 * other.votes() as u128 > other.agree as u128 * self.votes() as u128
    }
}

/// Thousandths as people read them: 800 is 0.8.
pub(crate) fn decimal(thousandths: u32) -> String {
    let text = format!("{}.{:03}", thousandths / 1000, thousandths % 1000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(agree: u32, disagree: u32, seats: u32, threshold: u32) -> Tally {
        Tally { agree, disagree, abstain: seats - agree - disagree, seats, threshold, blocking: 0, max_blocking: None }
    }

    #[test]
    fn agreement_needs_half_of_the_seats_and_two() {
        assert_eq!(tally(1, 0, 2, 800).agreement(), None);
        assert_eq!(tally(2, 0, 5, 800).agreement(), None);
        assert_eq!(tally(3, 0, 5, 800).agreement(), Some(1000));
        assert_eq!(tally(2, 0, 4, 800).agreement(), Some(1000));
        assert_eq!(tally(3, 1, 4, 800).agreement(), Some(750));
        assert!(!tally(1, 0, 1, 1).converged());
    }

    #[test]
    fn the_threshold_is_met_exactly() {
        assert!(tally(4, 1, 5, 800).converged());
        assert!(!tally(3, 1, 4, 800).converged());
        assert!(tally(3, 1, 4, 750).converged());
        // Two thirds as people write it (0.667) is above 2/3: honest, and visible in the formula.
        assert!(!tally(2, 1, 3, 667).converged());
        assert!(tally(2, 1, 3, 666).converged());
    }

    #[test]
    fn what_blocks_keeps_it_from_converging_only_where_that_was_asked_for() {
        let blocked = |max_blocking| Tally { blocking: 1, max_blocking, ..tally(4, 1, 5, 800) };
        assert!(blocked(None).converged() && blocked(Some(1)).converged());
        assert!(!blocked(Some(0)).converged() && blocked(Some(0)).agrees());
        assert!(Tally { max_blocking: Some(0), ..tally(3, 2, 5, 800) }.beats(&blocked(Some(0))));
        assert!(!blocked(Some(0)).beats(&Tally { max_blocking: Some(0), ..tally(3, 2, 5, 800) }));
    }

    #[test]
    fn counts_that_cannot_be_overflow_nothing() {
        let most = Tally {
            agree: u32::MAX,
            disagree: u32::MAX,
            abstain: u32::MAX,
            seats: u32::MAX,
            threshold: u32::MAX,
            blocking: u32::MAX,
            max_blocking: None,
        };
        assert_eq!((most.agreement(), most.converged(), most.beats(&most)), (Some(500), false, false));
        assert!(most.beats(&tally(1, 2, 3, 800)));
    }

    #[test]
    fn the_formula_is_shown_with_its_inputs() {
        let blocked = Tally { blocking: 2, max_blocking: Some(1), ..tally(4, 1, 5, 800) };
        for (tally, words) in [
            (
                tally(3, 1, 4, 800),
                "agree 3, disagree 1, quorum 2 of 4, threshold 0.8, blocking 0 (any) → 0.75 < 0.8 → no",
            ),
            (tally(3, 0, 3, 1000), "agree 3, disagree 0, quorum 2 of 3, threshold 1, blocking 0 (any) → 1 ≥ 1 → yes"),
            (
                tally(1, 0, 4, 800),
                "agree 1, disagree 0, quorum 2 of 4, threshold 0.8, blocking 0 (any) → 1 votes of at least 2 → no",
            ),
            (
                blocked,
                "agree 4, disagree 1, quorum 3 of 5, threshold 0.8, blocking 2 (at most 1) → 0.8 ≥ 0.8, but more \
                 issues block than may → no",
            ),
        ] {
            assert_eq!(tally.explained(), words);
        }
    }

    #[test]
    fn a_tie_does_not_replace_the_earlier_version() {
        assert!(!tally(2, 2, 4, 800).beats(&tally(1, 1, 4, 800)));
        assert!(tally(3, 1, 4, 800).beats(&tally(2, 2, 4, 800)));
        assert!(tally(0, 2, 4, 800).beats(&tally(1, 0, 4, 800)));
        assert!(!tally(1, 0, 4, 800).beats(&tally(1, 0, 4, 800)));
    }
}
