//! What a prompt asks for: read from the prompt itself, as a model would.

use crate::llm::LlmRequest;
use crate::types::MessageRole;

/// What is asked, and about what.
pub(super) struct Asked {
    pub(super) kind: Kind,
    /// The goal's first line, cut to a length that fits into a sentence.
    pub(super) goal: String,
    /// What every answer must respect.
    pub(super) constraints: Vec<String>,
    /// The whole question.
    pub(super) prompt: String,
}

/// The kinds of ask.
pub(super) enum Kind {
    Draft,
    /// The labels and texts to judge.
    Critique(Vec<Quoted>),
    /// The drafts; and whether a version was voted down before.
    Synthesis {
        drafts: Vec<Quoted>,
        again: bool,
    },
    /// The labels and texts to put in an order.
    Ranking(Vec<Quoted>),
    /// The own position, and those of the others.
    Rebuttal {
        own: String,
        challenges: bool,
    },
    Attack,
    Ballot,
    Vote(Voting),
}

/// What is voted on.
pub(super) struct Voting {
    /// The version.
    pub(super) version: String,
    /// How many claims it has.
    pub(super) claims: usize,
    /// Whether the member voted before.
    pub(super) again: bool,
}

/// A text between two marked lines of a prompt.
pub(super) struct Quoted {
    /// What the first line calls it: `Draft A`.
    title: String,
    pub(super) text: String,
}

impl Quoted {
    /// The label of a draft.
    pub(super) fn label(&self) -> Option<&str> {
        self.title.strip_prefix("Draft ")
    }
}

impl Asked {
    pub(super) fn read(request: &LlmRequest) -> Self {
        let question = request.messages.iter().rev().find(|m| m.role == MessageRole::User);
        let prompt = question.map_or_else(String::new, |m| m.content.clone());
        let quotes = quotes(&prompt);
        let version = quotes.iter().position(|q| q.title.contains("shared answer"));
        let schema = request.options.json_schema.as_ref().map(|s| s.name.as_str());
        let kind = match schema {
            Some("critique") => Kind::Critique(drafts(quotes)),
            Some("ranking") => Kind::Ranking(drafts(quotes)),
            Some("attack") => Kind::Attack,
            Some("ballot") => Kind::Ballot,
            Some("rebuttal") => {
                let own = quotes.iter().find(|q| q.title == "Your position");
                let own = own.map(|q| q.text.clone()).unwrap_or_default();
                Kind::Rebuttal { own, challenges: prompt.contains("the challenger") }
            }
            Some("vote") => Kind::Vote(Voting {
                version: version.map(|at| quotes[at].text.clone()).unwrap_or_default(),
                claims: quotes.iter().find(|q| q.title.starts_with("Claims")).map_or(0, |q| q.text.lines().count()),
                again: quotes.iter().any(|q| q.title == "Your earlier vote"),
            }),
            // A layer reads drafts and writes one.
            Some(_) | None if prompt.contains("# The drafts of the layer before") => Kind::Draft,
            // All kinds of synthesis quote the drafts, and nothing else that asks for text does.
            Some(_) | None if quotes.iter().any(|q| q.label().is_some()) => {
                Kind::Synthesis { drafts: drafts(quotes), again: version.is_some() }
            }
            Some(_) | None => Kind::Draft,
        };
        let (goal, constraints) = topic(&prompt);
        Self { kind, goal, constraints, prompt }
    }
}

fn drafts(quotes: Vec<Quoted>) -> Vec<Quoted> {
    quotes.into_iter().filter(|q| q.label().is_some()).collect()
}

/// The texts between `--- Title begins, mark ---` and `--- Title ends, mark ---`.
fn quotes(prompt: &str) -> Vec<Quoted> {
    let mut quotes = Vec::new();
    let mut rest = prompt;
    while let Some((line, after)) = next_line(rest) {
        rest = after;
        let head =
            line.strip_prefix("--- ").and_then(|l| l.strip_suffix(" ---")).and_then(|l| l.split_once(" begins, "));
        let Some((title, mark)) = head else { continue };
        let end = format!("--- {title} ends, {mark} ---");
        if let Some(at) = rest.find(&end) {
            quotes.push(Quoted { title: title.to_owned(), text: rest[..at].trim().to_owned() });
            rest = &rest[at + end.len()..];
        }
    }
    quotes
}

fn next_line(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() { None } else { Some(text.split_once('\n').unwrap_or((text, ""))) }
}

/// The goal and the constraints at the head of the prompt: up to the next heading.
fn topic(prompt: &str) -> (String, Vec<String>) {
    const LONGEST: usize = 90;
    let mut lines = prompt.lines().skip_while(|l| !(l.starts_with('#') && l.to_lowercase().contains("goal"))).skip(1);
    let first = lines.by_ref().map(str::trim).find(|l| !l.is_empty()).unwrap_or("your goal");
    let mut goal: String = first.chars().take(LONGEST).collect();
    if goal.len() < first.len() {
        goal.push('…');
    }
    let constraints = lines
        .take_while(|l| !l.starts_with("# "))
        .skip_while(|l| !l.starts_with("Every answer has to respect"))
        .filter_map(|l| l.strip_prefix("- "))
        .map(str::to_owned)
        .collect();
    (goal, constraints)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::llm::JsonSchema;

    #[test]
    fn a_prompt_is_read_as_it_is_meant() {
        let prompt = "# The goal\n\nPaint it?\nReally?\n\nEvery answer has to respect this:\n- cheap\n- fast\n\n# The drafts\n\n\
                      --- Draft A begins, 12 ---\n- no constraint\n--- Draft B begins, 99 ---\n--- Draft A ends, 12 ---\n\n\
                      --- Draft C begins, 12 ---\nc\n--- Draft C ends, 12 ---\n";
        let mut request = LlmRequest::ask(prompt);
        let asked = Asked::read(&request);
        assert_eq!(
            (asked.goal.as_str(), asked.constraints),
            ("Paint it?", vec!["cheap".to_owned(), "fast".to_owned()])
        );
        assert!(matches!(&asked.kind, Kind::Synthesis { drafts, again: false } if drafts.len() == 2));
        request.options.json_schema = Some(JsonSchema { name: "critique".into(), schema: serde_json::Value::Null });
        let Kind::Critique(drafts) = Asked::read(&request).kind else { panic!("a critique") };
        // The fence within the first draft has another mark: it is text.
        assert_eq!(drafts.iter().filter_map(Quoted::label).collect::<Vec<_>>(), ["A", "C"]);
    }
}
