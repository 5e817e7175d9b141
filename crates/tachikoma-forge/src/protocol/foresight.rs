//! What a deliberation will take, before it begins: rounds and calls exactly, tokens and money as a range.

use super::Outline;
use crate::cost::{PICTURE_TOKENS, Price};
use crate::session::{Attachment, Participant, Settings, Topic, is_person};
use crate::types::{Nanos, RoundType};

/// The rounds and calls of a deliberation, without retries.
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
    /// Rounds when no vote does.
    pub most_rounds: u64,
}

/// What a deliberation may use, from short answers and the first vote to long answers and all rounds.
///
/// The lengths of answers are what models of today write for such prompts; the prompts follow from them, since
/// every step quotes the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Estimate {
    /// Tokens of prompts and answers.
    pub tokens: (u64, u64),
    /// Money, as far as prices are known.
    pub cost: (Nanos, Nanos),
    /// Members with a target whose price is unknown: what they cost comes on top.
    pub unpriced: u64,
    /// Whether all members are known to cost nothing.
    pub free: bool,
}

/// The calls of a deliberation of so many members.
#[must_use]
pub fn foresee(outline: &Outline, members: u64, settings: &Settings) -> Foresight {
    let [fewest, most] = [true, false].map(|agreed| (outline.course)(settings, agreed));
    let sum = |rounds: &[RoundType]| rounds.iter().map(|round_type| (outline.calls)(*round_type, members)).sum();
    Foresight {
        members,
        fewest: sum(&fewest),
        most: sum(&most),
        fewest_rounds: fewest.len() as u64,
        most_rounds: most.len() as u64,
    }
}

/// Tokens of the instructions around what a prompt quotes.
const INSTRUCTIONS: u64 = 600;

/// The tokens of an answer: a short one, a long one.
const fn answer(round_type: RoundType) -> (u64, u64) {
    match round_type {
        RoundType::Draft | RoundType::Refinement | RoundType::Rebuttal | RoundType::Baseline => (300, 1_500),
        RoundType::Critique | RoundType::Attack => (200, 900),
        RoundType::Synthesis => (500, 2_500),
        RoundType::Convergence | RoundType::Ballot | RoundType::Ranking | RoundType::Comparison => (60, 400),
    }
}

/// What a deliberation may use.
#[must_use]
pub fn estimate(outline: &Outline, topic: &Topic, participants: &[Participant], settings: &Settings) -> Estimate {
    let attached = topic.attachments.iter().filter_map(Attachment::text).map(str::len).sum::<usize>();
    let carried: usize = topic.carried.iter().map(|piece| piece.text.len()).sum();
    let written = topic.goal.len() + topic.constraints.iter().map(String::len).sum::<usize>();
    let pictures = topic.attachments.iter().filter(|attachment| attachment.image().is_some()).count() as u64;
    let goal = ((written + attached + carried) as u64).div_ceil(4) + pictures * PICTURE_TOKENS;
    let limit = u64::from(settings.answer_tokens());
    let members = participants.len() as u64;
    // Any target of a member's model may be the one that answers.
    let free = Price::free();
    let price = |target| if is_person(target) { Some(&free) } else { settings.prices.of(target) };
    let prices: Vec<Vec<Option<&Price>>> =
        participants.iter().map(|p| p.model.targets().map(price).collect()).collect();
    let length = |round_type, long: bool| {
        let (short, lengthy) = answer(round_type);
        limit.min(if long { lengthy } else { short })
    };
    let prompt = |round_type, long: bool| {
        let [draft, critique, version] =
            [RoundType::Draft, RoundType::Critique, RoundType::Synthesis].map(|kind| length(kind, long));
        let quoted = match round_type {
            RoundType::Draft | RoundType::Ballot | RoundType::Baseline => 0,
            RoundType::Critique | RoundType::Ranking | RoundType::Rebuttal => draft * members.saturating_sub(1),
            RoundType::Refinement => draft * members,
            RoundType::Synthesis => (draft + critique) * members,
            RoundType::Convergence | RoundType::Attack => version,
            RoundType::Comparison => version + 2 * draft,
        };
        goal + INSTRUCTIONS + quoted
    };
    let mut sum = Estimate {
        unpriced: prices.iter().filter(|member| member.contains(&None)).count() as u64,
        free: prices.iter().flatten().all(|price| price.is_some_and(Price::is_free)),
        ..Estimate::default()
    };
    for long in [false, true] {
        let (mut tokens, mut cost) = (0_u64, Nanos::ZERO);
        for round_type in (outline.course)(settings, !long) {
            let (asks, writes) = (prompt(round_type, long), length(round_type, long));
            tokens = tokens.saturating_add((asks + writes).saturating_mul((outline.calls)(round_type, members)));
            let each = prices.iter().filter_map(|member| {
                let costs = member.iter().flatten().map(|price| price.most(asks, writes));
                if long { costs.max() } else { costs.min() }
            });
            let asked = usize::try_from((outline.calls)(round_type, members)).unwrap_or(usize::MAX);
            // Who is asked is not known beforehand where it is not everybody: the cheapest at least, the dearest at most.
            let mut each: Vec<Nanos> = each.collect();
            each.sort_unstable();
            if long {
                each.reverse();
            }
            cost += each.into_iter().take(asked).sum();
        }
        if long {
            (sum.tokens.1, sum.cost.1) = (tokens, cost);
        } else {
            (sum.tokens.0, sum.cost.0) = (tokens, cost);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cost::Rates;
    use crate::protocol::OUTLINES;
    use crate::session::attachment::{Recognised, attach, recognise};

    #[test]
    fn calls_follow_from_members_and_rounds() {
        let calls =
            |members, max_rounds| foresee(OUTLINES[0], members, &Settings { max_rounds, ..Settings::default() });
        let four = calls(4, 10);
        assert_eq!((four.fewest, four.most, four.fewest_rounds, four.most_rounds), (13, 28, 4, 10));
        assert_eq!(calls(3, 4).most, 10);
        assert_eq!(calls(3, 3).most, 7);
        assert_eq!(calls(3, 5), calls(3, 4), "a version without a vote is not written");
        assert_eq!(calls(3, 1), Foresight { members: 3, fewest: 3, most: 3, fewest_rounds: 1, most_rounds: 1 });
        assert_eq!(calls(3, 0).most, 0);
    }

    #[test]
    fn the_estimate_is_a_range_and_says_what_it_does_not_know() {
        let tokens = |topic: &Topic, members: &[Participant], settings: &Settings| {
            estimate(OUTLINES[0], topic, members, settings)
        };
        let models = ["anthropic/a", "openai/b", "ollama/c"].map(|m| Participant::new(m.parse().unwrap()));
        let mut settings = Settings::default();
        let price =
            Price { rates: Rates { input: 3_000_000, output: 15_000_000, ..Rates::default() }, ..Price::free() };
        settings.prices.set(models[0].model.first(), price);
        settings.prices.set(models[2].model.first(), Price::free());
        let topic = Topic::new("x".repeat(400));
        let one = tokens(&topic, &models, &settings);
        assert_eq!((one.unpriced, one.free), (1, false));
        assert!(one.tokens.0 < one.tokens.1 && one.cost.0 < one.cost.1 && one.cost.0 > Nanos::ZERO);
        // One round of one call each is short arithmetic.
        let drafts = Settings { max_rounds: 1, ..settings.clone() };
        let short = tokens(&topic, &models, &drafts);
        assert_eq!(short.tokens, (3 * (700 + 300), 3 * (700 + 1_500)));
        assert_eq!(short.cost, (Nanos(700 * 3_000 + 300 * 15_000), Nanos(700 * 3_000 + 1_500 * 15_000)));
        // What is attached is in every prompt.
        let mut all = Vec::new();
        for (name, bytes) in [("a.txt", [b'x'; 4_000].as_slice()), ("a.gif", b"GIF89a")] {
            let Ok(Recognised::Attachment(one)) = recognise(name, bytes) else { panic!("{name}") };
            attach(&mut all, one).unwrap();
        }
        let attached = Topic { attachments: all, ..topic.clone() };
        let more = tokens(&attached, &models, &drafts).tokens;
        assert_eq!(more, (short.tokens.0 + 3 * 2_500, short.tokens.1 + 3 * 2_500));
        // A limit on answers limits the estimate.
        let terse = tokens(&topic, &models, &Settings { max_tokens: Some(100), ..settings });
        assert!(terse.cost.1 < one.cost.1);
        // A pool is as cheap as its cheapest target, and as dear as its dearest.
        let pool: Participant = "anthropic/a|ollama/c".parse().unwrap();
        let [pooled, dear] = [pool, models[0].clone()].map(|member| tokens(&topic, &[member], &drafts));
        assert_eq!((pooled.cost, pooled.unpriced, pooled.free), ((Nanos::ZERO, dear.cost.1), 0, false));
        assert!(tokens(&topic, &models[2..], &Settings { prices: drafts.prices, ..Settings::default() }).free);
    }
}
