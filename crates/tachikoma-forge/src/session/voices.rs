//! How independent the drafts are, as far as their words tell: which are nearly the same, and as how many voices all
//! of them count. Whole numbers only, so that everybody comes to the same.

use std::collections::BTreeSet;

use super::{Answer, ForgeSession, Turn};
use crate::types::{RoundType, Seat};

/// The likeness from which on two drafts count as nearly the same, in thousandths.
pub const NEARLY_THE_SAME: u32 = 800;

/// How independent the drafts are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voices {
    /// The drafts that were compared.
    pub drafts: u32,
    /// As how many independent voices they count, in thousandths: n² ÷ the sum of the likeness of every draft with
    /// every draft. Drafts without a common phrase count as n, n times the same draft counts as one.
    pub effective: u32,
    /// Pairs that are nearly the same.
    pub alike: Vec<Alike>,
}

/// Two drafts that are nearly the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alike {
    /// Who wrote the one.
    pub one: Seat,
    /// Who wrote the other.
    pub other: Seat,
    /// How much of their phrases they share, in thousandths.
    pub likeness: u32,
}

impl Voices {
    /// What the number means, in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let tenths = (self.effective + 50) / 100;
        let effective = [(tenths / 10).to_string(), (tenths % 10).to_string()].join(".");
        let drafts = self.drafts.to_string();
        [
            "By their words the ",
            &drafts,
            " drafts count as ",
            &effective,
            " independent voices; models can make the same mistake in other words, so this is the most that they are.",
        ]
        .concat()
    }
}

impl ForgeSession {
    /// How independent the first drafts are; `None` with fewer than two of them.
    #[must_use]
    pub fn voices(&self) -> Option<Voices> {
        let round = self.rounds.iter().find(|r| r.complete && r.round_type == RoundType::Draft)?;
        let is_draft = |turn: &&Turn| matches!(turn.answer(), Some(Answer::Draft));
        let drafts: Vec<(Seat, BTreeSet<u64>)> =
            self.turns_of(round.number).filter(is_draft).map(|turn| (turn.ask.seat, phrases(turn.words()))).collect();
        if drafts.len() < 2 {
            return None;
        }
        let count = drafts.len() as u64;
        // Every draft is wholly like itself.
        let mut sum = count * 1000;
        let mut alike = Vec::new();
        for (at, (one, phrases)) in drafts.iter().enumerate() {
            for (other, others) in &drafts[at + 1..] {
                let likeness = likeness(phrases, others);
                sum += 2 * u64::from(likeness);
                if likeness >= NEARLY_THE_SAME {
                    alike.push(Alike { one: *one, other: *other, likeness });
                }
            }
        }
        let effective = u32::try_from(count * count * 1_000_000 / sum).unwrap_or(u32::MAX);
        Some(Voices { drafts: u32::try_from(count).unwrap_or(u32::MAX), effective, alike })
    }
}

/// The phrases that both have of those that either has, in thousandths, rounded down.
fn likeness(one: &BTreeSet<u64>, other: &BTreeSet<u64>) -> u32 {
    let both = one.intersection(other).count();
    let either = one.len() + other.len() - both;
    (both * 1000).checked_div(either).and_then(|share| u32::try_from(share).ok()).unwrap_or(0)
}

/// Every three words in a row, as a number each. Of a text of fewer words, all of it.
fn phrases(text: &str) -> BTreeSet<u64> {
    let words = words(text);
    if words.is_empty() {
        return BTreeSet::new();
    }
    words.windows(words.len().min(3)).map(hash).collect()
}

/// The words in lower case. Scripts that are written without blanks have a word to the character.
fn words(text: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    for c in text.chars().flat_map(char::to_lowercase) {
        let alone = ('\u{2e80}'..='\u{9fff}').contains(&c) || ('\u{0e00}'..='\u{0eff}').contains(&c);
        if alone || !c.is_alphanumeric() {
            words.push(if alone { c.into() } else { String::new() });
        } else if let Some(word) = words.last_mut() {
            word.push(c);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// FNV-1a with a zero behind every word.
fn hash(words: &[String]) -> u64 {
    let bytes = words.iter().flat_map(|word| word.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_the_share_of_common_phrases() {
        for (one, other, expected) in [
            ("Put a box at the door.", "put a box, at the DOOR!", 1000),
            ("put a box at the door", "put a box at the gate", 600),
            ("put a box at the door", "hire two more people now", 0),
            ("Yes.", "yes", 1000),
            ("...", "!!!", 0),
            ("返却箱を置く", "返却箱を置け", 600),
        ] {
            assert_eq!(likeness(&phrases(one), &phrases(other)), expected, "{one} / {other}");
        }
    }
}
