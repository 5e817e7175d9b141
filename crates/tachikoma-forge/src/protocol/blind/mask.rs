//! Blindness: what betrays a member in what members wrote is masked before others read it.
//!
//! Masked, as whole words whatever their case: the names of the participants, their models (whole, without
//! folder, tag and date, and by family), their providers and those families' makers. What the user wrote
//! stays: a name that occurs in title, goal, constraints or attachments belongs to the question and is masked nowhere.
//! Not masked are words that say nothing about who it is (`local`, `default`) and single letters.
//!
//! What a member says of itself ("I am ChatGPT") is masked as well, whoever sits at the table: `phrases` has the list.
//!
//! `-`, `_` and a blank count as the same character, so that "Claude Sonnet 4" does not pass for a stranger.

use std::collections::BTreeMap;

use super::phrases::Text;
use crate::session::{ForgeSession, is_person, seats};
use crate::types::{FAMILIES, ModelRef};

/// Names of models and providers that are ordinary words and would take the sense out of a draft.
const GENERIC: [&str; 13] = [
    "local",
    "default",
    "custom",
    "test",
    "demo",
    "model",
    "chat",
    "assistant",
    "auto",
    "latest",
    "server",
    "ai",
    "llm",
];

/// What to put in place of a member's name, and of a model's, provider's or maker's.
const MEMBER: &str = "[member]";
const MODEL: &str = "[model]";

/// The names to mask in a session, by their first character, the longest of each first.
pub(in crate::protocol) struct Mask(BTreeMap<char, Vec<Name>>);

struct Name {
    folded: Vec<char>,
    /// Set for two letters: `Al` is a name, `al` is not.
    exact: Option<Vec<char>>,
    mask: &'static str,
}

impl Mask {
    pub(in crate::protocol) fn of(session: &ForgeSession) -> Self {
        let mut names: Vec<(String, &'static str)> = Vec::new();
        let earlier = &session.topic.carried_panel;
        for member in session.participants.iter().chain(earlier) {
            names.push((member.name.clone(), MEMBER));
        }
        let members = session.participants.iter().chain(earlier).flat_map(|member| member.pools().cloned());
        let outside = [seats::JUDGE, seats::BASELINE, seats::CHECK].into_iter().flat_map(|seat| session.pools_of(seat));
        // A model that spoke before it was replaced is quoted still.
        for pool in members.chain(outside).chain(session.former.iter().cloned()) {
            for model in pool.targets().filter(|model| !is_person(model)) {
                names.extend(names_of(model).into_iter().map(|name| (name, MODEL)));
            }
        }
        let mut names: Vec<Name> = names
            .into_iter()
            .map(|(name, mask)| (name.trim().to_owned(), mask))
            .filter(|(name, _)| !GENERIC.contains(&name.to_lowercase().as_str()))
            .map(|(name, mask)| Name {
                exact: (name.chars().count() == 2).then(|| name.chars().collect()),
                folded: folded(&name),
                mask,
            })
            .filter(|name| name.folded.len() > 1 && name.folded.iter().any(|c| c.is_alphanumeric()))
            .collect();
        // Stable, so that a member's name goes before an equal name of a model.
        names.sort_by_key(|name| std::cmp::Reverse(name.folded.len()));
        let mut by_first: BTreeMap<char, Vec<Name>> = BTreeMap::new();
        for name in names {
            let same: &mut Vec<Name> = by_first.entry(name.folded[0]).or_default();
            if !same.iter().any(|known| known.folded == name.folded && known.exact == name.exact) {
                same.push(name);
            }
        }
        let mut mask = Self(by_first);
        let topic = &session.topic;
        let notes = session.notes.iter().map(|note| &note.text);
        for text in [&topic.title, &topic.goal].into_iter().chain(&topic.constraints).chain(notes) {
            mask.forget(text);
        }
        for attachment in &topic.attachments {
            mask.forget(&attachment.name);
            mask.forget(attachment.text().unwrap_or_default());
        }
        mask
    }

    /// Masks no longer what occurs in a text of the user's own. One pass: attachments are long.
    fn forget(&mut self, text: &str) {
        let original: Vec<char> = text.chars().collect();
        let lower = folded(text);
        for (at, first) in lower.iter().enumerate() {
            if let Some(names) = self.0.get_mut(first) {
                names.retain(|name| !name.is_at(&original, &lower, at));
            }
        }
    }

    /// The text without the names, and without what its author says of itself.
    pub(in crate::protocol) fn apply(&self, text: &str) -> String {
        let text = &Text::new(text).masked(MEMBER);
        let original: Vec<char> = text.chars().collect();
        let lower = folded(text);
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while at < original.len() {
            let names = self.0.get(&lower[at]).map_or(&[][..], Vec::as_slice);
            if let Some(name) = names.iter().find(|name| name.is_at(&original, &lower, at)) {
                out.push_str(name.mask);
                at += name.folded.len();
            } else {
                out.push(original[at]);
                at += 1;
            }
        }
        out
    }
}

impl Name {
    /// Whether it stands at a place as a word of its own.
    fn is_at(&self, text: &[char], lower: &[char], at: usize) -> bool {
        lower[at..].starts_with(&self.folded)
            && self.exact.as_ref().is_none_or(|exact| text[at..].starts_with(exact))
            && !(at > 0 && joins(lower[at - 1], self.folded.first()))
            && !lower.get(at + self.folded.len()).is_some_and(|next| joins(*next, self.folded.last()))
    }
}

/// Whether two neighbours belong to one word. Scripts that are written without blanks have no such words.
fn joins(neighbour: char, edge: Option<&char>) -> bool {
    let word = |c: char| {
        c.is_alphanumeric() && !('\u{2e80}'..='\u{9fff}').contains(&c) && !('\u{0e00}'..='\u{0eff}').contains(&c)
    };
    word(neighbour) && edge.is_some_and(|edge| word(*edge))
}

/// What a model may be called.
fn names_of(model: &ModelRef) -> Vec<String> {
    let whole = model.model.as_str();
    let short = whole.rsplit('/').next().unwrap_or(whole);
    let untagged = short.split(':').next().unwrap_or(short);
    let undated = undated(untagged);
    let mut names: Vec<String> =
        [&model.to_string(), whole, short, untagged, undated, model.provider_name()].map(str::to_owned).to_vec();
    names.extend(whole.rsplit_once('/').map(|(folder, _)| folder.to_owned()));
    // Two versions of a spelling: 3.5 is written 3-5 in names.
    names.push(undated.replace('.', "-"));
    names.push(dotted(undated));
    let lower = format!("{}/{}", model.provider_name(), whole).to_lowercase();
    for (family, _, makers) in FAMILIES.iter().filter(|(family, _, makers)| {
        lower.contains(family) || makers.iter().any(|maker| model.provider_name() == *maker)
    }) {
        names.push((*family).to_owned());
        names.extend(makers.iter().map(|maker| (*maker).to_owned()));
    }
    names
}

/// `claude-sonnet-4-20250514` without its date.
fn undated(name: &str) -> &str {
    match name.rsplit_once('-') {
        Some((rest, date)) if date.len() >= 6 && date.bytes().all(|b| b.is_ascii_digit()) => rest,
        _ => name,
    }
}

/// `3-5` as `3.5`: a dash between two digits becomes a point.
fn dotted(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let digit = |at: Option<&char>| at.is_some_and(char::is_ascii_digit);
    let dot = |at: usize| chars[at] == '-' && at > 0 && digit(chars.get(at - 1)) && digit(chars.get(at + 1));
    (0..chars.len()).map(|at| if dot(at) { '.' } else { chars[at] }).collect()
}

/// One lower-case character per character, so that positions agree with the original.
fn folded(text: &str) -> Vec<char> {
    text.chars()
        .map(|c| match c {
            '_' | ' ' | '\u{a0}' | '\u{2010}' | '\u{2011}' => '-',
            c => c.to_lowercase().next().unwrap_or(c),
        })
        .collect()
}
