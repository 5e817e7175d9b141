//! What each member is asked: the prompts of `prompts/<protocol>/`, filled.
//!
//! The task is restated every time, since a member remembers nothing from one ask to the next. A persona
//! goes to its own member only. What members wrote goes in masked and quoted, under labels.
//!
//! Here: how a prompt is put together. `steps` has what each kind of step quotes, `pieces` the quotations, `schemas` the
//! shapes of what comes back.

mod pieces;
mod schemas;
mod steps;

use std::collections::BTreeMap;

use super::attached::attached;
use super::blind::{Mask, Quotes, order_of};
use super::carried;
use crate::prompt::{PromptError, file};
use crate::protocol::{Addressee, Ask, Outline, Output, Prompt};
use crate::session::{ForgeSession, Round, Turn};
use crate::types::{AskId, RoundType, Seat};

/// The asks of one round: what all of them quote is masked once.
pub(super) struct Asks<'a> {
    outline: &'static Outline,
    session: &'a ForgeSession,
    round: &'a Round,
    mask: Mask,
    /// The drafts by label, masked.
    drafts: BTreeMap<&'a str, (&'a AskId, String)>,
}

impl<'a> Asks<'a> {
    pub(super) fn new(outline: &'static Outline, session: &'a ForgeSession, round: &'a Round) -> Self {
        let mask = Mask::of(session);
        let text = |ask| session.turns.get(ask).map(Turn::words).unwrap_or_default();
        let drafts = round.labels.iter().map(|l| (l.label.as_str(), (&l.ask, mask.apply(text(&l.ask))))).collect();
        Self { outline, session, round, mask, drafts }
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

    /// The round that is open.
    pub(super) const fn round(&self) -> &Round {
        self.round
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
        let (attachments, images) = attached(self.session, self.id.seat, &self.quotes)?;
        let carried = carried::part(self.session, self.id.seat, self.mask, &self.quotes)?;
        let topic = topic(self.session, self.round, &attachments)? + &carried;
        let member = self.session.participant(self.id.seat);
        let persona = match member.and_then(|p| p.persona.as_deref()) {
            Some(persona) => file("prompts/shared/persona.md")?.render("Text", &[("persona", persona)])?,
            None => String::new(),
        };
        let mut all = vec![("topic", topic.as_str()), ("persona", persona.as_str())];
        all.extend_from_slice(values);
        // What several protocols ask in the same words stands in one place.
        let file = file(&format!("prompts/{}/{step}.md", self.asks.outline.name))
            .or_else(|_| file(&format!("prompts/shared/{step}.md")))?;
        let prompt = Prompt { system: file.render("System", &all)?, user: file.render("User", &all)?, images };
        // Who compares and is no model is the person who asked.
        let person = match member {
            Some(member) => member.is_person(),
            None => self.session.pools_of(self.id.seat).is_empty(),
        };
        let addressee = if person { Addressee::Person } else { Addressee::Model };
        Ok(Ask { id: self.id.clone(), addressee, prompt, output, reads })
    }

    /// The labels that the seat reads, in its order.
    pub(super) fn order(&self) -> &[String] {
        order_of(self.round, self.id.seat)
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
    Prompt { system: ask.prompt.system.clone(), user, images: ask.prompt.images.clone() }
}

fn topic(session: &ForgeSession, round: &Round, attachments: &str) -> Result<String, PromptError> {
    let topic = &session.topic;
    let constraints: Vec<String> = topic.constraints.iter().map(|c| format!("- {c}")).collect();
    let constraints = if constraints.is_empty() { "None besides the goal.".to_owned() } else { constraints.join("\n") };
    let title = if topic.title.trim().is_empty() { "As follows." } else { topic.title.trim() };
    let values =
        [("title", title), ("goal", topic.goal.trim()), ("constraints", &constraints), ("attachments", attachments)];
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
