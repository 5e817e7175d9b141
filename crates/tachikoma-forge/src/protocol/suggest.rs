//! Which protocol fits a goal: by its words, with a reason that people can check against them.
//!
//! A suggestion and no judgement: it looks for phrases, says which one it found, and takes the default where it finds
//! none. What members are asked never depends on it.

use super::{OUTLINES, Outline, outline};
use crate::session::{Settings, Topic};

/// What asks for one short answer, wherever it stands.
const CLOSED: [&str; 12] = [
    "yes or no",
    "true or false",
    "multiple choice",
    "which of the following",
    "which of these",
    "which one of",
    "pick one",
    "choose one",
    "answer with a number",
    "answer with one word",
    "is it true that",
    "which of",
];

/// What asks for a number or a fact, at the beginning of the question.
const FACTS: [&str; 8] = [
    "how many",
    "how much is",
    "what percentage",
    "in which year",
    "what year",
    "what is the value of",
    "calculate",
    "compute",
];

/// What a question begins with that yes or no would answer.
const YES_NO: [&str; 12] = ["is", "are", "was", "were", "does", "do", "did", "can", "will", "has", "have", "am"];

/// What asks to find what breaks.
const BREAKING: [&str; 27] = [
    "red team",
    "red-team",
    "review this",
    "review our",
    "review my",
    "review the",
    "audit",
    "vulnerability",
    "vulnerabilities",
    "threat model",
    "attack surface",
    "security of",
    "secure",
    "loophole",
    "loopholes",
    "poke holes",
    "find the flaws",
    "find flaws",
    "find the weaknesses",
    "what could go wrong",
    "what can go wrong",
    "how could this fail",
    "how can this fail",
    "stress-test",
    "stress test",
    "pre-mortem",
    "break this",
];

/// What asks for the arguments of two sides.
const SIDES: [&str; 9] = [
    "for or against",
    "for and against",
    "pros and cons",
    "arguments on both sides",
    "argue whether",
    "debate",
    "versus",
    "vs",
    "either",
];

/// What asks for more than a short answer, whatever else stands there.
const OPEN: [&str; 14] = [
    "why",
    "how should",
    "how would",
    "how can",
    "how do",
    "explain",
    "describe",
    "design",
    "plan",
    "write",
    "compare",
    "discuss",
    "draft",
    "develop",
];

/// The word for whichever protocol fits the goal, where people name one.
pub const AUTO: &str = "auto";

/// The protocol of a name, and why, where that is left to the goal; `None` when there is none of that name.
#[must_use]
pub fn choose(
    name: &str,
    topic: &Topic,
    members: usize,
    settings: &Settings,
) -> Option<(&'static Outline, Option<String>)> {
    if name != AUTO {
        return Some((outline(name)?, None));
    }
    let (name, why) = suggest(topic, members, settings);
    Some((outline(name)?, Some(why)))
}

/// The name of the protocol that fits, and why, in one sentence.
#[must_use]
pub fn suggest(topic: &Topic, members: usize, settings: &Settings) -> (&'static str, String) {
    // The phrases are of plain letters; the page that suggests needs no tables of all others.
    let goal = topic.goal.to_ascii_lowercase();
    let found = by_words(&goal, members).filter(|(name, _)| fits(name, settings));
    found.unwrap_or_else(|| default(settings))
}

fn by_words(goal: &str, members: usize) -> Option<(&'static str, String)> {
    let vote = |what: &str| {
        ("vote", format!("{what} asks for one short answer: there independent votes do better than a discussion."))
    };
    if let Some(phrase) = first_of(goal, &CLOSED).filter(|_| first_of(goal, &OPEN).is_none()) {
        return Some(vote(&format!("“{phrase}”")));
    }
    // With two members one attacks alone, and its verdict is no quorum.
    if let Some(phrase) = first_of(goal, &BREAKING).filter(|_| members > 2) {
        let why = format!("“{phrase}” asks for what breaks: one proposal, and everybody else attacks it.");
        return Some(("red-team", why));
    }
    if let Some(phrase) = first_of(goal, &SIDES) {
        let why =
            format!("“{phrase}” asks for the reasons of two sides: members defend theirs or say what moved them.");
        return Some(("debate", why));
    }
    if let Some(question) = either_or(goal) {
        let why =
            format!("“{question} … or …” is a choice between two sides: members defend theirs or say what moved them.");
        return Some(("debate", why));
    }
    if first_of(goal, &OPEN).is_some() {
        return None;
    }
    let question = last_question(goal)?;
    if let Some(phrase) = FACTS.iter().find(|phrase| begins(question, phrase)) {
        return Some(vote(&format!("“{phrase}”")));
    }
    // Who asks what to do wants the reasons too.
    let word = YES_NO.iter().find(|word| begins(question, word))?;
    Some(vote(&format!("A question that begins with “{word}”")))
}

/// The default, or what needs fewer rounds where there are not enough for it.
fn default(settings: &Settings) -> (&'static str, String) {
    let name = OUTLINES[0].name;
    if !fits(name, settings) && fits("council", settings) {
        let why = format!(
            "{} rounds leave none for a vote: a ranking and a chair come to an answer in three.",
            settings.max_rounds
        );
        return ("council", why);
    }
    (name, "An open question: drafts, blind criticism and a vote on one shared answer.".to_owned())
}

/// Whether the rounds suffice for its shortest course.
fn fits(name: &str, settings: &Settings) -> bool {
    let unlimited = Settings { max_rounds: u32::MAX, ..settings.clone() };
    outline(name).is_some_and(|outline| (outline.course)(&unlimited, true).len() <= settings.max_rounds as usize)
}

/// The first of the phrases that stands in the text as words of its own.
fn first_of(text: &str, phrases: &[&'static str]) -> Option<&'static str> {
    phrases.iter().copied().find(|phrase| {
        text.match_indices(phrase).any(|(at, _)| {
            let edge = |c: Option<char>| !c.is_some_and(is_letter);
            edge(text[..at].chars().next_back()) && edge(text[at + phrase.len()..].chars().next())
        })
    })
}

fn begins(text: &str, phrase: &str) -> bool {
    text.strip_prefix(phrase).is_some_and(|rest| !rest.starts_with(is_letter))
}

/// Whether a character is a part of a word: letters and digits, and of others all before the general punctuation.
fn is_letter(c: char) -> bool {
    c.is_ascii_alphanumeric() || ('\u{c0}'..'\u{2000}').contains(&c)
}

/// The last sentence, if it is a question or a bare order to compute.
fn last_question(goal: &str) -> Option<&str> {
    let goal = goal.trim();
    let body = goal.trim_end_matches(['?', '.', '!', ' ']);
    let at = body.rfind(['.', '?', '!', '\n', ':']).map_or(0, |at| at + 1);
    let sentence = body[at..].trim();
    let asks = goal.ends_with('?') || FACTS.iter().any(|phrase| begins(sentence, phrase));
    asks.then_some(sentence)
}

/// How an either-or begins: `should`, where an `or` stands between two things.
fn either_or(goal: &str) -> Option<&'static str> {
    let question = last_question(goal)?;
    let or = question.contains(" or ") && !question.contains(" or not");
    ["should", "is", "are", "which is better", "do we", "shall"].into_iter().find(|word| or && begins(question, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn goals_and_what_is_suggested_for_them() {
        for (goal, name) in [
            ("Is 2027 a prime number?", "vote"),
            ("Does HTTP/2 need TLS in Firefox?", "vote"),
            ("Here is a claim. Is it true that water boils at 90 °C on Mont Blanc?", "vote"),
            ("Which of A, B and C is the capital of Peru?", "vote"),
            ("How many legs do three spiders have?", "vote"),
            ("Compute 17 * 23.", "vote"),
            ("Should we go on? Answer yes or no.", "vote"),
            ("Review our login flow before the launch.", "red-team"),
            ("Is this token scheme secure?", "red-team"),
            ("We roll out on Friday. What could go wrong?", "red-team"),
            ("Poke holes into this pricing plan: flat rate for all.", "red-team"),
            ("Should we use Postgres or SQLite for the queue?", "debate"),
            ("Monolith vs microservices for a team of four", "debate"),
            ("What are the pros and cons of a four-day week?", "debate"),
            ("WHAT ARE THE “PROS AND CONS” OF IT?", "debate"),
            ("Is the vsé of it clear to everybody, and why?", "think-tank"),
            ("Is a rewrite or a refactoring the better way?", "debate"),
            ("How should the town library handle returns after hours?", "think-tank"),
            ("Should we rewrite it?", "think-tank"),
            ("Design a cache for the price table.", "think-tank"),
            ("Explain why the sky is blue.", "think-tank"),
            ("Which of these designs is better, and why?", "think-tank"),
            ("Write a plan for moving the archive.", "think-tank"),
            ("The isthmus", "think-tank"),
            ("", "think-tank"),
        ] {
            let (suggested, why) = suggest(&Topic::new(goal), 3, &Settings::default());
            assert_eq!(suggested, name, "{goal}: {why}");
            assert!(outline(suggested).is_some() && why.ends_with('.'), "{goal}: {why}");
            let (chosen, reason) = choose(AUTO, &Topic::new(goal), 3, &Settings::default()).unwrap();
            assert_eq!((chosen.name, reason), (suggested, Some(why)));
        }
    }

    #[test]
    fn a_protocol_that_is_named_is_taken_without_a_reason() {
        let chosen = |name| choose(name, &Topic::new("Which of A and B?"), 3, &Settings::default());
        for outline in OUTLINES {
            let (taken, why) = chosen(outline.name).unwrap();
            assert_eq!((taken.name, why), (outline.name, None));
        }
        assert!(chosen("jury").is_none());
    }

    #[test]
    fn what_does_not_fit_the_panel_or_the_rounds_is_not_suggested() {
        let rounds = |max_rounds| Settings { max_rounds, ..Settings::default() };
        let review = Topic::new("Review our login flow.");
        assert_eq!(suggest(&review, 2, &Settings::default()).0, "think-tank");
        let sides = Topic::new("Monolith or microservices? Pros and cons, please.");
        assert_eq!(suggest(&sides, 3, &rounds(5)).0, "debate");
        assert_eq!(suggest(&sides, 3, &rounds(4)).0, "think-tank");
        assert_eq!(suggest(&sides, 3, &rounds(3)).0, "council");
        assert_eq!(suggest(&sides, 3, &rounds(2)).0, "think-tank");
    }
}
