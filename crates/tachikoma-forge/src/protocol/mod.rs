//! Protocols: who is asked what next. Pure: a function of the session, with no clock and no I/O.
//!
//! The engine plans after every event that may change something, records what the plan says is now a
//! fact, and subtracts what is already asked or answered. So resuming is planning again.

pub mod reading;
mod think_tank;

pub use think_tank::{Estimate, Foresight, ThinkTank, estimate, foresee};

use serde_json::Value;

use crate::session::{Answer, Attachment, EndReason, Event, ForgeSession, Reading};
use crate::types::{AskId, MaybeSend, MaybeSync, RoundType, Seat, StopReason, prompt_hash};

/// Every protocol, by name. Pickers and simulations walk this.
#[must_use]
pub fn protocols() -> Vec<Box<dyn Protocol>> {
    vec![Box::new(ThinkTank)]
}

/// The protocol of a name.
#[must_use]
pub fn protocol(name: &str) -> Option<Box<dyn Protocol>> {
    protocols().into_iter().find(|p| p.name() == name)
}

/// A way to deliberate.
pub trait Protocol: MaybeSend + MaybeSync {
    /// Its name in files: `think-tank`.
    fn name(&self) -> &'static str;

    /// What comes next.
    fn plan(&self, session: &ForgeSession) -> Plan;

    /// Reads the text of a finished turn as what was asked for.
    ///
    /// `stop` tells whether it was cut short: a structured answer that was cut off says nothing.
    /// An `Err` says what is missing, in words that go into the repair.
    ///
    /// # Errors
    /// When the text is not what was asked for. Nothing is ever made up to fill a gap.
    fn read(
        &self,
        session: &ForgeSession,
        ask: &AskId,
        text: &str,
        stop: StopReason,
    ) -> Result<(Answer, Reading), String>;

    /// The prompt that asks once to mend an unreadable answer.
    fn repair(&self, session: &ForgeSession, ask: &Ask, text: &str, missing: &str) -> Prompt;

    /// Whether a round of that type may come next, as somebody asked for it.
    ///
    /// # Errors
    /// Says why not, by name: a critique needs drafts.
    fn may_run(&self, session: &ForgeSession, round_type: RoundType) -> Result<(), String>;

    /// How it is over when it has to end now, whatever is open: with the best that there is. `why` is a sentence.
    fn wind_up(&self, session: &ForgeSession, why: &str) -> Conclusion;
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// These events follow from what is recorded: record them, then plan again.
    Record(Vec<Event>),
    /// These are the asks of the open round; some may be under way or settled.
    Asks(Vec<Ask>),
    /// Nothing until a turn settles.
    Wait,
    /// It is over.
    Conclude(Conclusion),
}

/// How it is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conclusion {
    /// How.
    pub reason: EndReason,
    /// The turn whose text is the result.
    pub answer: Option<AskId>,
    /// One sentence for people.
    pub detail: String,
}

/// One question to one seat.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// Its stable name.
    pub id: AskId,
    /// Who is asked.
    pub addressee: Addressee,
    /// What is said.
    pub prompt: Prompt,
    /// What the answer must look like.
    pub output: Output,
    /// The turns that the prompt quotes.
    pub reads: Vec<AskId>,
}

impl Ask {
    /// The seat that is asked.
    #[must_use]
    pub const fn seat(&self) -> Seat {
        self.id.seat
    }
}

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Addressee {
    /// The member's model.
    Model,
}

/// What is said to a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// Instructions.
    pub system: String,
    /// The question.
    pub user: String,
    /// The pictures that go along with it.
    pub images: Vec<Attachment>,
}

impl Prompt {
    /// The hash of all of it.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut parts = vec![self.system.as_str(), &self.user];
        parts.extend(self.images.iter().filter_map(Attachment::image));
        prompt_hash(&parts)
    }
}

/// What an answer must look like.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Free text.
    Text,
    /// JSON of this shape.
    Json {
        /// A short name: `critique`, `vote`.
        name: &'static str,
        /// The schema.
        schema: Value,
    },
}
