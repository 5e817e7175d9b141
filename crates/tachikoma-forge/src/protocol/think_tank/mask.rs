//! Blindness: what betrays a member in what members wrote is masked before others read it.
//!
//! Masked are the names that the engine knows: participants, their models (whole, without folder and tag,
//! and by family), their providers and those families' makers. What the user wrote stays: a name that
//! occurs in title, goal or constraints is part of the question and is masked nowhere.

use crate::session::ForgeSession;

/// Families of models and who makes them: a member that says "I am Claude" or "made by Anthropic" says who it is.
const FAMILIES: [(&str, &[&str]); 14] = [
    ("claude", &["anthropic"]),
    ("gpt", &["openai", "chatgpt"]),
    ("chatgpt", &["openai", "gpt"]),
    ("llama", &["meta ai"]),
    ("gemini", &["google", "deepmind"]),
    ("gemma", &["google", "deepmind"]),
    ("mistral", &["mistral ai"]),
    ("mixtral", &["mistral", "mistral ai"]),
    ("qwen", &["alibaba", "tongyi"]),
    ("deepseek", &[]),
    ("grok", &["xai"]),
    ("command-r", &["cohere"]),
    ("kimi", &["moonshot"]),
    ("glm", &["zhipu"]),
];

/// What to put in place of a member's name, and of a model's, provider's or maker's.
const MEMBER: &str = "[member]";
const MODEL: &str = "[model]";

/// The names to mask in a session, longest first.
pub(super) struct Mask(Vec<(Vec<char>, &'static str)>);

impl Mask {
    pub(super) fn of(session: &ForgeSession) -> Self {
        let mut names: Vec<(String, &'static str)> = Vec::new();
        for member in &session.participants {
            names.push((member.name.clone(), MEMBER));
            for model in std::iter::once(&member.model).chain(&member.fallbacks) {
                let whole = model.model.as_str();
                let short = whole.rsplit('/').next().unwrap_or(whole);
                let untagged = short.split(':').next().unwrap_or(short);
                for name in [whole, short, untagged, model.provider.as_str()] {
                    names.push((name.to_owned(), MODEL));
                }
                let lower = whole.to_lowercase();
                for (family, makers) in FAMILIES.iter().filter(|(family, _)| lower.contains(family)) {
                    names.push(((*family).to_owned(), MODEL));
                    names.extend(makers.iter().map(|maker| ((*maker).to_owned(), MODEL)));
                }
            }
        }
        let topic = &session.topic;
        let own: Vec<Vec<char>> =
            [&topic.title, &topic.goal].into_iter().chain(&topic.constraints).map(|text| folded(text)).collect();
        let mut names: Vec<(Vec<char>, &'static str)> = names
            .into_iter()
            .map(|(name, mask)| (folded(name.trim()), mask))
            // One letter is no identity, and masking it would leave nothing to read.
            .filter(|(name, _)| name.len() > 1 && !own.iter().any(|text| find(text, name, 0).is_some()))
            .collect();
        names.sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then(a.cmp(b)));
        names.dedup_by(|(a, _), (b, _)| a == b);
        Self(names)
    }

    /// The text without the names.
    pub(super) fn apply(&self, text: &str) -> String {
        let original: Vec<char> = text.chars().collect();
        let lower = folded(text);
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        while at < original.len() {
            let hit = self.0.iter().find(|(name, _)| is_at(&lower, name, at));
            match hit {
                Some((name, mask)) => {
                    out.push_str(mask);
                    at += name.len();
                }
                None => {
                    out.push(original[at]);
                    at += 1;
                }
            }
        }
        out
    }
}

/// One lower-case character per character, so that positions agree with the original.
fn folded(text: &str) -> Vec<char> {
    text.chars().map(|c| c.to_lowercase().next().unwrap_or(c)).collect()
}

fn find(text: &[char], name: &[char], from: usize) -> Option<usize> {
    (from..text.len()).find(|at| is_at(text, name, *at))
}

/// Whether the name stands at a place as a word of its own.
fn is_at(text: &[char], name: &[char], at: usize) -> bool {
    let word = |c: Option<&char>| c.is_some_and(|c| c.is_alphanumeric());
    text[at..].starts_with(name)
        && !(word(name.first()) && at > 0 && word(text.get(at - 1)))
        && !(word(name.last()) && word(text.get(at + name.len())))
}
