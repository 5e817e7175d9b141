//! What each member is asked: the prompts of `prompts/<protocol>/`, filled.
//!
//! The task is restated every time, since a member remembers nothing from one ask to the next. A persona
//! goes to its own member only. What members wrote goes in masked and quoted, under labels.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::blind::{Mask, Quotes, order_of};
use super::{carried, standing};
use crate::prompt::{PromptError, file};
use crate::protocol::{Addressee, Ask, Output, Prompt};
use crate::session::{Answer, ForgeSession, Participant, Round, Turn};
use crate::types::{AskId, Chance, RoundType, Seat};

/// The asks of one round: what all of them quote is masked once.
pub(super) struct Asks<'a> {
    protocol: &'static str,
    session: &'a ForgeSession,
    round: &'a Round,
    mask: Mask,
    /// The drafts by label, masked.
    drafts: BTreeMap<&'a str, (&'a AskId, String)>,
}

impl<'a> Asks<'a> {
    pub(super) fn new(protocol: &'static str, session: &'a ForgeSession, round: &'a Round) -> Self {
        let mask = Mask::of(session);
        let text = |ask| session.turns.get(ask).map(Turn::words).unwrap_or_default();
        let drafts = round.labels.iter().map(|l| (l.label.as_str(), (&l.ask, mask.apply(text(&l.ask))))).collect();
        Self { protocol, session, round, mask, drafts }
    }

    /// The beginning of what a seat is asked.
    pub(super) fn of(&'a self, seat: Seat) -> Build<'a> {
        let id = self.session.ask_id(self.round.number, self.round.round_type, seat);
        let quotes = Quotes::new(self.session.seed, &id);
        Build { asks: self, session: self.session, round: self.round, mask: &self.mask, quotes, id }
    }
}

/// What one seat is asked, in the making: a protocol picks the prompt file, and what it quotes.
pub struct Build<'a> {
    asks: &'a Asks<'a>,
    session: &'a ForgeSession,
    round: &'a Round,
    mask: &'a Mask,
    quotes: Quotes,
    id: AskId,
}

impl Build<'_> {
    /// The session as it stands.
    #[must_use]
    pub const fn session(&self) -> &ForgeSession {
        self.session
    }

    /// What the members do in the round.
    #[must_use]
    pub const fn round_type(&self) -> RoundType {
        self.round.round_type
    }

    /// The seat that is asked.
    #[must_use]
    pub const fn seat(&self) -> Seat {
        self.id.seat
    }

    /// An answer of its own, from the task alone.
    pub(super) fn draft(self, step: &str) -> Result<Ask, PromptError> {
        self.ask(step, &[], Output::Text, Vec::new())
    }

    /// Scores for the drafts of the others.
    pub(super) fn critique(self, step: &str) -> Result<Ask, PromptError> {
        let order = self.order();
        let (drafts, reads) = self.drafts(order);
        let output = Output::Json { name: "critique", schema: critique_schema(order) };
        let values = [("drafts", drafts.as_str()), ("labels", &order.join(", ")), ("mark", self.mark())];
        self.ask(step, &values, output, reads)
    }

    /// The first shared answer, from all drafts and what was said about them.
    pub(super) fn synthesis(self, step: &str) -> Result<Ask, PromptError> {
        // The writer needs every draft. It reads them by label, which tells it no more than a drawn order would.
        let order = self.labels();
        let (drafts, mut reads) = self.drafts(&order);
        let (critiques, critics) = self.critiques(&order);
        reads.extend(critics);
        let labels = order.join(", ");
        let values =
            [("drafts", drafts.as_str()), ("critiques", &critiques), ("labels", &labels), ("mark", self.mark())];
        self.ask(step, &values, Output::Text, reads)
    }

    /// A further version, from the best one so far and what was held against it.
    pub(super) fn resynthesis(self, step: &str) -> Result<Option<Ask>, PromptError> {
        let best = standing::best(self.session).and_then(|(ask, _)| self.session.turns.get(&ask));
        let Some(best) = best else { return Ok(None) };
        let order = self.labels();
        let (drafts, mut reads) = self.drafts(&order);
        reads.push(best.ask.clone());
        let version = self.quote("The shared answer so far", &self.masked(best.words()));
        let (vote, concerns, voters) = self.concerns(best);
        reads.extend(voters);
        let values = [
            ("drafts", drafts.as_str()),
            ("version", &version),
            ("vote", &vote),
            ("concerns", &concerns),
            ("labels", &order.join(", ")),
            ("mark", self.mark()),
        ];
        self.ask(step, &values, Output::Text, reads).map(Some)
    }

    /// A vote on the latest version.
    pub(super) fn vote(self, step: &str) -> Result<Option<Ask>, PromptError> {
        let Some(turn) = standing::version(self.session) else { return Ok(None) };
        let order = self.order();
        let (drafts, mut reads) = self.drafts(order);
        reads.insert(0, turn.ask.clone());
        let version = self.quote("The shared answer", &self.masked(turn.words()));
        let labels = if order.is_empty() { "none".to_owned() } else { order.join(", ") };
        let values = [("drafts", drafts.as_str()), ("version", &version), ("labels", &labels), ("mark", self.mark())];
        self.ask(step, &values, Output::Json { name: "vote", schema: vote_schema() }, reads).map(Some)
    }

    // --- the pieces that prompts are made of ------------------------------------------------------

    /// What both lines of every quotation carry.
    pub(super) fn mark(&self) -> &str {
        &self.quotes.mark
    }

    /// A text, quoted as data.
    pub(super) fn quote(&self, what: &str, text: &str) -> String {
        self.quotes.quote(what, text)
    }

    /// What a member wrote, without the names that it holds.
    pub(super) fn masked(&self, text: &str) -> String {
        self.mask.apply(text)
    }

    /// The labels of all drafts of the round.
    pub(super) fn labels(&self) -> Vec<String> {
        self.round.labels.iter().map(|l| l.label.clone()).collect()
    }

    /// The prompt file of a step with its own values and those that every step has.
    pub(super) fn ask(
        &self,
        step: &str,
        values: &[(&str, &str)],
        output: Output,
        reads: Vec<AskId>,
    ) -> Result<Ask, PromptError> {
        let carried = carried::part(self.session, self.id.seat, self.mask, &self.quotes)?;
        let topic = topic(self.session, self.round)? + &carried;
        let member = self.session.participant(self.id.seat);
        let persona = match member.and_then(|p| p.persona.as_deref()) {
            Some(persona) => file("prompts/shared/persona.md")?.render("Text", &[("persona", persona)])?,
            None => String::new(),
        };
        let mut all = vec![("topic", topic.as_str()), ("persona", persona.as_str())];
        all.extend_from_slice(values);
        let file = file(&format!("prompts/{}/{step}.md", self.asks.protocol))?;
        let prompt = Prompt { system: file.render("System", &all)?, user: file.render("User", &all)? };
        let person = member.is_some_and(Participant::is_person);
        let addressee = if person { Addressee::Person } else { Addressee::Model };
        Ok(Ask { id: self.id.clone(), addressee, prompt, output, reads })
    }

    /// The labels that the seat reads, in its order.
    pub(super) fn order(&self) -> &[String] {
        order_of(self.round, self.id.seat)
    }

    /// The drafts by label in the reader's order, and which turns they are.
    pub(super) fn drafts(&self, order: &[String]) -> (String, Vec<AskId>) {
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
    pub(super) fn critiques(&self, order: &[String]) -> (String, Vec<AskId>) {
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
    pub(super) fn concerns(&self, best: &Turn) -> (String, String, Vec<AskId>) {
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
    let user = file("prompts/shared/repair.md").and_then(|file| file.render("User", &values));
    // A broken file costs the repair its frame, not the question.
    let user = user.unwrap_or_else(|_| format!("{}\n\n{missing}", ask.prompt.user));
    Prompt { system: ask.prompt.system.clone(), user }
}

fn topic(session: &ForgeSession, round: &Round) -> Result<String, PromptError> {
    let topic = &session.topic;
    let constraints: Vec<String> = topic.constraints.iter().map(|c| format!("- {c}")).collect();
    let constraints = if constraints.is_empty() { "None besides the goal.".to_owned() } else { constraints.join("\n") };
    let title = if topic.title.trim().is_empty() { "As follows." } else { topic.title.trim() };
    let values = [("title", title), ("goal", topic.goal.trim()), ("constraints", &constraints)];
    let text = file("prompts/shared/topic.md")?.render("Text", &values)?;
    let notes: Vec<String> = session
        .notes
        .iter()
        .filter(|note| note.after < round.number)
        .map(|note| format!("- {}", note.text.trim()))
        .collect();
    if notes.is_empty() {
        return Ok(text);
    }
    let notes = file("prompts/shared/notes.md")?.render("Text", &[("notes", &notes.join("\n"))])?;
    Ok(format!("{text}\n\n{notes}"))
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
