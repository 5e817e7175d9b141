//! What each member is asked: the prompts of `prompts/think-tank/`, filled.
//!
//! The task is restated every time, since a member remembers nothing from one ask to the next. A persona
//! goes to its own member only. What members wrote goes in masked and quoted, under labels.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::attached::attached;
use super::mask::Mask;
use super::quote::Quotes;
use super::{labels, standing};
use crate::prompt::{PromptError, file};
use crate::protocol::{Addressee, Ask, Output, Prompt};
use crate::session::{Answer, ForgeSession, Round, Turn};
use crate::types::{AskId, Chance, RoundType, Seat};

/// The asks of one round: what all of them quote is masked once.
pub(super) struct Asks<'a> {
    session: &'a ForgeSession,
    round: &'a Round,
    mask: Mask,
    /// The drafts by label, masked.
    drafts: BTreeMap<&'a str, (&'a AskId, String)>,
}

impl<'a> Asks<'a> {
    pub(super) fn new(session: &'a ForgeSession, round: &'a Round) -> Self {
        let mask = Mask::of(session);
        let text = |ask| session.turns.get(ask).and_then(Turn::text).unwrap_or_default();
        let drafts = round.labels.iter().map(|l| (l.label.as_str(), (&l.ask, mask.apply(text(&l.ask))))).collect();
        Self { session, round, mask, drafts }
    }

    /// The ask of a seat; `None` when there is nothing for it to do.
    pub(super) fn of(&self, seat: Seat) -> Result<Option<Ask>, PromptError> {
        let id = super::ask_id(self.round.number, self.round.round_type, seat);
        let quotes = Quotes::new(self.session.seed, &id);
        let build = Build { asks: self, session: self.session, round: self.round, mask: &self.mask, quotes, id };
        match self.round.round_type {
            RoundType::Draft => build.draft().map(Some),
            RoundType::Critique => build.critique().map(Some),
            RoundType::Synthesis => build.synthesis().map(Some),
            RoundType::Convergence => standing::version(self.session).map(|version| build.vote(version)).transpose(),
        }
    }
}

struct Build<'a> {
    asks: &'a Asks<'a>,
    session: &'a ForgeSession,
    round: &'a Round,
    mask: &'a Mask,
    quotes: Quotes,
    id: AskId,
}

impl Build<'_> {
    fn draft(self) -> Result<Ask, PromptError> {
        self.ask("draft", &[], Output::Text, Vec::new())
    }

    fn critique(self) -> Result<Ask, PromptError> {
        let order = self.order();
        let (drafts, reads) = self.drafts(order);
        let output = Output::Json { name: "critique", schema: critique_schema(order) };
        let values = [("drafts", drafts.as_str()), ("labels", &order.join(", ")), ("mark", &self.quotes.mark)];
        self.ask("critique", &values, output, reads)
    }

    fn synthesis(self) -> Result<Ask, PromptError> {
        // The writer needs every draft. It reads them by label, which tells it no more than a drawn order would.
        let order: Vec<String> = self.round.labels.iter().map(|l| l.label.clone()).collect();
        let (drafts, mut reads) = self.drafts(&order);
        let labels = order.join(", ");
        let mark = self.quotes.mark.clone();
        let best = standing::best(self.session, None).and_then(|(ask, _)| self.session.turns.get(&ask));
        let Some(best) = best else {
            let (critiques, critics) = self.critiques(&order);
            reads.extend(critics);
            let values = [("drafts", drafts.as_str()), ("critiques", &critiques), ("labels", &labels), ("mark", &mark)];
            return self.ask("synthesis", &values, Output::Text, reads);
        };
        reads.push(best.ask.clone());
        let version = self.quotes.quote("The shared answer so far", &self.mask.apply(answer_of(best)));
        let (vote, concerns, voters) = self.concerns(best);
        reads.extend(voters);
        let values = [
            ("drafts", drafts.as_str()),
            ("version", &version),
            ("vote", &vote),
            ("concerns", &concerns),
            ("labels", &labels),
            ("mark", &mark),
        ];
        self.ask("resynthesis", &values, Output::Text, reads)
    }

    fn vote(self, turn: &Turn) -> Result<Ask, PromptError> {
        let order = self.order();
        let (drafts, mut reads) = self.drafts(order);
        reads.insert(0, turn.ask.clone());
        let version = self.quotes.quote("The shared answer", &self.mask.apply(answer_of(turn)));
        let labels = if order.is_empty() { "none".to_owned() } else { order.join(", ") };
        let values =
            [("drafts", drafts.as_str()), ("version", &version), ("labels", &labels), ("mark", &self.quotes.mark)];
        self.ask("convergence", &values, Output::Json { name: "vote", schema: vote_schema() }, reads)
    }

    /// The prompt file of a step with its own values and those that every step has.
    fn ask(&self, step: &str, values: &[(&str, &str)], output: Output, reads: Vec<AskId>) -> Result<Ask, PromptError> {
        let (attachments, images) = attached(self.session, self.id.seat, &self.quotes)?;
        let topic = topic(self.session, &attachments)?;
        let persona = match self.session.participant(self.id.seat).and_then(|p| p.persona.as_deref()) {
            Some(persona) => file("prompts/think-tank/persona.md")?.render("Text", &[("persona", persona)])?,
            None => String::new(),
        };
        let mut all = vec![("topic", topic.as_str()), ("persona", persona.as_str())];
        all.extend_from_slice(values);
        let file = file(&format!("prompts/think-tank/{step}.md"))?;
        let prompt = Prompt { system: file.render("System", &all)?, user: file.render("User", &all)?, images };
        Ok(Ask { id: self.id.clone(), addressee: Addressee::Model, prompt, output, reads })
    }

    fn order(&self) -> &[String] {
        labels::order_of(self.round, self.id.seat)
    }

    /// The drafts by label in the reader's order, and which turns they are.
    fn drafts(&self, order: &[String]) -> (String, Vec<AskId>) {
        let mut quotes = Vec::new();
        let mut reads = Vec::new();
        for label in order {
            let Some((ask, draft)) = self.asks.drafts.get(label.as_str()) else { continue };
            quotes.push(self.quotes.quote(&format!("Draft {label}"), draft));
            reads.push((*ask).clone());
        }
        if quotes.is_empty() {
            return ("(There is none that is not your own.)".to_owned(), reads);
        }
        (quotes.join("\n\n"), reads)
    }

    /// What the critics said about each draft, without who said it; and whose turns say so.
    fn critiques(&self, order: &[String]) -> (String, Vec<AskId>) {
        let mut quotes = Vec::new();
        let mut reads: Vec<AskId> = Vec::new();
        for label in order {
            let draft = self.round.labels.iter().find(|l| l.label == *label).map(|l| &l.ask);
            let Some(draft) = draft else { continue };
            let mut said = standing::scores(self.session, draft);
            if said.is_empty() {
                quotes.push(format!("Draft {label} was not scored by anybody."));
                continue;
            }
            for (critic, _) in &said {
                if !reads.contains(critic) {
                    reads.push((*critic).clone());
                }
            }
            // In an order that does not tell the seats.
            let key = format!("{}/{label}", self.id);
            Chance::new(self.session.seed, "critics", &key).shuffle(&mut said);
            let mut text = String::new();
            for (number, (_, score)) in said.iter().enumerate() {
                text += &format!("Reviewer {}, score {} of 100\n", number + 1, score.score);
                for (what, list) in [
                    ("Strength", &score.strengths),
                    ("Weakness", &score.weaknesses),
                    ("Suggestion", &score.suggestions),
                ] {
                    for point in list {
                        text += &format!("- {what}: {}\n", self.mask.apply(point));
                    }
                }
            }
            quotes.push(self.quotes.quote(&format!("Reviews of draft {label}"), &text));
        }
        if reads.is_empty() {
            return ("(There are no reviews.)".to_owned(), reads);
        }
        (quotes.join("\n\n"), reads)
    }

    /// How the best version and, if another, the latest one were voted on, what was held against them,
    /// and whose turns say so.
    fn concerns(&self, best: &Turn) -> (String, String, Vec<AskId>) {
        let votes = |round: &&Round| round.complete && round.tally.is_some();
        let of_best = self.session.rounds.iter().rev().filter(votes).find(|r| r.version.as_ref() == Some(&best.ask));
        let last = self.session.rounds.iter().rev().find(votes);
        let mut vote = Vec::new();
        let mut concerns = Vec::new();
        let mut reads = Vec::new();
        let later = last.filter(|last| of_best.is_none_or(|best| best.number != last.number));
        for (round, what) in
            [(of_best, "this version"), (later, "a later version, which is not shown and did not find more agreement,")]
        {
            let Some((round, tally)) = round.and_then(|r| Some((r, r.tally?))) else { continue };
            vote.push(format!(
                "Of the members who voted, {} agreed to {what} and {} disagreed.",
                tally.agree, tally.disagree
            ));
            let (text, voters) = self.said_in(round);
            concerns.push(self.quotes.quote(&format!("Concerns about {}", what.trim_end_matches(',')), &text));
            reads.extend(voters);
        }
        (vote.join("\n"), concerns.join("\n\n"), reads)
    }

    fn said_in(&self, round: &Round) -> (String, Vec<AskId>) {
        let mut said = Vec::new();
        let mut voters = Vec::new();
        for turn in self.session.turns_of(round.number) {
            let Some(Answer::Vote(vote)) = turn.answer() else { continue };
            voters.push(turn.ask.clone());
            let mut text =
                String::from(if vote.agree { "A member who agreed:\n" } else { "A member who disagreed:\n" });
            if !vote.reasoning.is_empty() {
                text += &format!("- Reasoning: {}\n", self.mask.apply(&vote.reasoning));
            }
            for concern in &vote.concerns {
                text += &format!("- Concern: {}\n", self.mask.apply(concern));
            }
            if !vote.agree || !vote.concerns.is_empty() {
                said.push(text);
            }
        }
        let key = format!("{}/r{}", self.id, round.number);
        Chance::new(self.session.seed, "critics", &key).shuffle(&mut said);
        if said.is_empty() { ("Nobody gave a reason.".to_owned(), voters) } else { (said.join("\n"), voters) }
    }
}

/// The ask to mend an unreadable answer. It is a request of its own, so the question stands in it again.
pub(super) fn repair(session: &ForgeSession, ask: &Ask, text: &str, missing: &str) -> Prompt {
    // Nobody can have written into a text a mark that is computed from it.
    let quotes = Quotes::with_mark(crate::types::prompt_hash(&[&ask.prompt.user, text]));
    let previous = quotes.quote("Your previous answer", &Mask::of(session).apply(text));
    let values =
        [("request", ask.prompt.user.as_str()), ("previous", &previous), ("missing", missing), ("mark", &quotes.mark)];
    let user = file("prompts/think-tank/repair.md").and_then(|file| file.render("User", &values));
    // A broken file costs the repair its frame, not the question.
    let user = user.unwrap_or_else(|_| format!("{}\n\n{missing}", ask.prompt.user));
    Prompt { system: ask.prompt.system.clone(), user, images: ask.prompt.images.clone() }
}

fn topic(session: &ForgeSession, attachments: &str) -> Result<String, PromptError> {
    let topic = &session.topic;
    let constraints: Vec<String> = topic.constraints.iter().map(|c| format!("- {c}")).collect();
    let constraints = if constraints.is_empty() { "None besides the goal.".to_owned() } else { constraints.join("\n") };
    let title = if topic.title.trim().is_empty() { "As follows." } else { topic.title.trim() };
    let values =
        [("title", title), ("goal", topic.goal.trim()), ("constraints", &constraints), ("attachments", attachments)];
    file("prompts/think-tank/topic.md")?.render("Text", &values)
}

/// The part of a turn that answers the goal.
fn answer_of(turn: &Turn) -> &str {
    match turn.answer() {
        Some(Answer::Synthesis { answer, .. }) => answer,
        Some(Answer::Draft | Answer::Critique { .. } | Answer::Vote(_) | Answer::Abstained { .. }) | None => {
            turn.text().unwrap_or_default()
        }
    }
}

// --- shapes ---------------------------------------------------------------------------------------
// For strict modes: every property required, none besides. No bounds on numbers: some providers refuse
// a schema that has them, and reading checks them anyway.

fn critique_schema(labels: &[String]) -> Value {
    let list = |what: &str| json!({"type": "array", "items": {"type": "string"}, "description": what});
    json!({
        "type": "object",
        "properties": {"scores": {"type": "array", "description": "one entry per draft", "items": {
            "type": "object",
            "properties": {
                "label": {"type": "string", "enum": labels},
                "score": {"type": "integer", "description": "from 0 to 100"},
                "strengths": list("what is right and useful"),
                "weaknesses": list("what is wrong, missing or unsupported, worst first"),
                "suggestions": list("what would mend it"),
            },
            "required": ["label", "strengths", "weaknesses", "suggestions", "score"],
            "additionalProperties": false,
        }}},
        "required": ["scores"],
        "additionalProperties": false,
    })
}

// Keys are sent in alphabetical order, and answers follow it: the concerns and the reasoning come before
// the vote that they lead to.
fn vote_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "concerns": {"type": "array", "items": {"type": "string"}, "description": "blocking ones first"},
            "reasoning": {"type": "string", "description": "what decides the vote"},
            "vote": {"type": "string", "enum": ["agree", "disagree"]},
        },
        "required": ["concerns", "reasoning", "vote"],
        "additionalProperties": false,
    })
}
