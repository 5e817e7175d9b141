//! What a deliberation will do, before it begins: calls and rounds, from the protocol's own arithmetic.

/// The calls of a deliberation, without retries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foresight {
    /// Members.
    pub members: u64,
    /// Calls when the first vote agrees.
    pub fewest: u64,
    /// Calls when no vote does.
    pub most: u64,
    /// Rounds when the first vote agrees.
    pub fewest_rounds: u64,
    /// The limit.
    pub most_rounds: u64,
}

/// Draft and critique ask every member; then one writes and all vote, until they agree or the rounds are used up.
#[must_use]
pub fn foresee(members: u64, max_rounds: u64) -> Foresight {
    let calls = |rounds: u64| {
        (1..=rounds)
            .map(|round| match round {
                1 | 2 => members,
                _ if round % 2 == 1 => 1,
                _ => members,
            })
            .sum()
    };
    let fewest_rounds = max_rounds.min(4);
    Foresight { members, fewest: calls(fewest_rounds), most: calls(max_rounds), fewest_rounds, most_rounds: max_rounds }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_follow_from_members_and_rounds() {
        let four = foresee(4, 10);
        assert_eq!((four.fewest, four.most, four.fewest_rounds), (13, 28, 4));
        assert_eq!(foresee(3, 4).most, 10);
        assert_eq!(foresee(3, 1), Foresight { members: 3, fewest: 3, most: 3, fewest_rounds: 1, most_rounds: 1 });
    }
}
