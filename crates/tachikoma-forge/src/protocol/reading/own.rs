//! Which JSON of an answer is the member's own.
//!
//! What others wrote may hold a ready-made critique or vote, and a member may quote it. So in a text that holds more
//! than JSON, JSON that also stands in the quoted turns counts for nothing, and JSON within a sentence is never looked
//! at. People and models misquote: an object whose words are nearly those of an object in the quoted turns counts for
//! nothing either. Whoever meant it is asked again, and says it alone.

use std::collections::BTreeSet;

use super::{Found, Json, document, find};

/// What the prompt quoted; asked for where it matters only.
pub(super) type Quoted<'a> = &'a dyn Fn() -> Vec<String>;

/// More documents than this between other words are no answer: nobody knows which is meant.
const MOST: usize = 64;

#[derive(Clone, Copy)]
pub(super) struct Flags {
    /// Nothing but JSON stands in the text.
    pub(super) alone: bool,
    /// It is JSON to the letter.
    pub(super) strict: bool,
}

/// The documents of a text that are the member's own words.
pub(super) fn own_documents(text: &str, quoted: Quoted<'_>) -> (Flags, Vec<Json>) {
    let Found { documents, alone, strict, broken } = find(text);
    if broken || (!alone && documents.len() > MOST) {
        return (Flags { alone: false, strict: false }, Vec::new());
    }
    let quoted = if alone || documents.is_empty() { Vec::new() } else { quoted() };
    let bare_quoted: Vec<String> = quoted.iter().map(|text| bare(text)).collect();
    let likes: Vec<Likeness> = quoted.iter().flat_map(|text| objects(text)).collect();
    let own = documents
        .into_iter()
        .filter(|(source, document)| {
            let letters = bare(source);
            !bare_quoted.iter().any(|quoted| quoted.contains(&letters)) && {
                let like = Likeness::of(&document.value);
                !likes.iter().any(|quoted| quoted.resembles(&like))
            }
        })
        .map(|(_, document)| document.value)
        .collect();
    (Flags { alone, strict }, own)
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The objects that stand anywhere in a text. Linear in it, as [`find`] is.
fn objects(text: &str) -> Vec<Likeness> {
    let mut found = Vec::new();
    let mut budget = text.len().saturating_mul(16).saturating_add(4096);
    let mut at = 0;
    while let Some(ahead) = text[at..].find('{').filter(|_| budget > 0) {
        let start = at + ahead;
        let (document, looked_at) = document(&text[start..]);
        budget = budget.saturating_sub(looked_at);
        at = start + document.as_ref().map_or(1, |document| document.end);
        found.extend(document.map(|document| Likeness::of(&document.value)));
    }
    found
}

/// What an object is known again by, a slip of the pen apart.
#[derive(Default)]
struct Likeness {
    /// All threes of neighbouring letters of its sentences.
    threes: BTreeSet<[char; 3]>,
    /// Its other values, in order: labels, numbers, single words.
    values: Vec<String>,
}

impl Likeness {
    fn of(value: &Json) -> Self {
        let (mut like, mut sentences) = (Self::default(), Vec::new());
        like.collect(value, &mut sentences);
        like.threes = sentences.windows(3).map(|three| [three[0], three[1], three[2]]).collect();
        like
    }

    fn collect(&mut self, value: &Json, sentences: &mut Vec<char>) {
        match value {
            // Not all scripts put blanks between words.
            Json::String(text) if text.trim().contains(char::is_whitespace) || !text.is_ascii() => {
                sentences.extend(text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
            }
            Json::String(text) => self.values.push(text.trim().to_owned()),
            Json::Number(number) => self.values.push(number.to_string()),
            Json::Bool(yes) => self.values.push(yes.to_string()),
            Json::Null => {}
            Json::Array(items) => items.iter().for_each(|item| self.collect(item, sentences)),
            Json::Object(entries) => entries.iter().for_each(|(_, value)| self.collect(value, sentences)),
        }
    }

    /// Whether half of the sentences of both is the same: with one letter of a dozen changed it is two thirds. Where
    /// neither has sentences, all values but one have to be, and more than a label and a number: two members may well
    /// give one draft the same score.
    fn resembles(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.threes.len(), other.threes.len());
        if ours == 0 && theirs == 0 {
            let differ = self.values.iter().zip(&other.values).filter(|(one, two)| one != two).count();
            return self.values.len() == other.values.len() && self.values.len() >= 4 && differ <= 1;
        }
        // Of sets whose sizes differ more, the smaller is too small.
        let comparable = ours <= theirs * 3 && theirs <= ours * 3;
        comparable && self.threes.intersection(&other.threes).count() * 4 >= ours + theirs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTED: &str = r#"{"concerns": [], "reasoning": "Seat 0 is right.", "vote": "agree"}"#;

    fn own(text: &str, quoted: &str) -> usize {
        own_documents(text, &|| vec![quoted.to_owned()]).1.len()
    }

    #[test]
    fn what_is_nearly_quoted_is_not_the_members_own() {
        for near in [
            QUOTED.to_owned(),
            QUOTED.replace("right", "rigth"),
            QUOTED.replace("Seat 0", "Seat 1"),
            QUOTED.replace("agree", "disagree"),
            QUOTED.replace("concerns", "concern"),
            QUOTED.replace("Seat 0 is right.", "seat 0 — is RIGHT!"),
        ] {
            let said = format!("A draft says\n{near}\nI do not.");
            assert_eq!(own(&said, &format!("Write this: {QUOTED} Thanks.")), 0, "{near}");
            // Where nothing else is said, it is what the member says.
            assert_eq!(own(&near, QUOTED), 1, "{near}");
        }
    }

    #[test]
    fn what_is_said_in_other_words_is_the_members_own() {
        for other in [
            r#"{"concerns": [], "reasoning": "I checked it.", "vote": "agree"}"#,
            r#"{"concerns": ["Seat 0 forgot the budget, which is open."], "reasoning": "It is too early.", "vote": "agree"}"#,
            r#"{"concerns": [], "reasoning": "我核对过了。", "vote": "agree"}"#,
        ] {
            assert_eq!(own(&format!("So I vote:\n{other}"), QUOTED), 1, "{other}");
            assert_eq!(own(&format!("A draft says\n{QUOTED}\nI say\n{other}"), QUOTED), 1, "{other}");
        }
        // A text that holds no object to quote may share all words with an answer.
        assert_eq!(own(&format!("So:\n{QUOTED}"), "Seat 0 is right. I agree."), 1);
    }

    #[test]
    fn scores_without_a_word_are_known_again_by_all_of_them_but_one() {
        let quoted = r#"{"scores": [{"label": "A", "score": 99}, {"label": "B", "score": 1}]}"#;
        for (from, to, left) in [("scores", "scorez", 0), ("\"A\"", "\"x\"", 0), ("99", "98", 0), ("99", "99", 0)] {
            assert_eq!(own(&format!("It says\n{}", quoted.replace(from, to)), quoted), left, "{to}");
        }
        let mine = r#"{"scores": [{"label": "A", "score": 80}, {"label": "B", "score": 70}]}"#;
        assert_eq!(own(&format!("I say\n{mine}"), quoted), 1);
    }

    #[test]
    fn a_flood_of_documents_is_no_answer() {
        assert_eq!(own(&format!("Here:\n{}", "{\"a\": 1}\n".repeat(MOST + 1)), ""), 0);
        let quoted = "{\"reasoning\": \"It is so.\"}\n".repeat(40_000);
        assert_eq!(own(&format!("Here:\n{}", "{\"vote\": \"I say no.\"}\n".repeat(MOST)), &quoted), MOST);
    }
}
