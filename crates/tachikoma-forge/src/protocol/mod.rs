//! Protocols: who is asked what next. Pure: a function of the session, with no clock and no I/O.
//!
//! The engine plans after every event that may change something, records what the plan says is now a
//! fact, and subtracts what is already asked or answered. So resuming is planning again.
//!
//! A protocol is one file and one folder of prompts: it says which rounds follow each other, who is asked in them,
//! and in which words. What all have in common is here: `rounds` runs a round and goes from one to the next,
//! `convergence` counts votes and knows the rules that stop, `poll` counts answers to a closed question, `ending` words
//! the end, `standing` says what counts, `check` sees afterwards whether it helped,
//! `blind` keeps a stage blind, `reading` reads what comes back, `asks` fills prompts, `foresight` tells beforehand
//! what it takes, `form` is what a person fills in.

pub mod asked;
mod asks;
mod attached;
mod blind;
mod carried;
mod check;
mod convergence;
mod council;
mod debate;
mod ending;
mod foresight;
mod form;
mod mixture;
mod poll;
pub mod reading;
mod red_team;
mod rounds;
mod standing;
mod suggest;
mod think_tank;
mod vote;

pub use asks::Build;
pub use foresight::{Estimate, Foresight, estimate, foresee};
pub use form::{FieldKind, Form, FormField};
pub use poll::{Choice, Poll, poll};
pub use suggest::{AUTO, choose, suggest};

use serde_json::Value;

use crate::prompt::PromptError;
use crate::session::{Answer, Attachment, EndReason, Event, ForgeSession, Reading, Settings, StopRule};
use crate::types::{AskId, MaybeSend, MaybeSync, RoundType, Seat, StopReason, prompt_hash};

/// A text without the names that betray who wrote it, as blind prompts show it.
#[must_use]
pub fn masked(session: &ForgeSession, text: &str) -> String {
    blind::Mask::of(session).apply(text)
}

/// Every protocol, by name. Pickers and simulations walk this; the first is the default.
#[must_use]
pub fn protocols() -> Vec<Box<dyn Protocol>> {
    vec![
        Box::new(think_tank::ThinkTank),
        Box::new(vote::Vote),
        Box::new(council::Council),
        Box::new(debate::Debate),
        Box::new(mixture::Mixture),
        Box::new(red_team::RedTeam),
    ]
}

/// The protocol of a name.
#[must_use]
pub fn protocol(name: &str) -> Option<Box<dyn Protocol>> {
    protocols().into_iter().find(|p| p.name() == name)
}

/// A way to deliberate: what one protocol has otherwise than another. What can be asked of each is below.
pub trait Protocol: MaybeSend + MaybeSync {
    /// What people are told of it before it begins.
    fn outline(&self) -> &'static Outline;

    /// What follows when no round is open and none of the rules that all have in common ends it.
    fn next(&self, session: &ForgeSession) -> Next;

    /// Who is asked in a round that is about to begin.
    fn seats(&self, session: &ForgeSession, round_type: RoundType) -> Vec<Seat> {
        rounds::usual_seats(session, round_type)
    }

    /// Whether the seats of a round of a type are asked one after the other, until one has written what is wanted.
    fn in_line(&self, round_type: RoundType) -> bool {
        round_type == RoundType::Synthesis
    }

    /// What a seat is asked; `None` when there is nothing for it to do.
    ///
    /// # Errors
    /// When a prompt file is broken.
    fn ask(&self, build: Build<'_>) -> Result<Option<Ask>, PromptError>;
}

impl dyn Protocol + '_ {
    /// Its name in files: `think-tank`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.outline().name
    }

    /// What comes next.
    #[must_use]
    pub fn plan(&self, session: &ForgeSession) -> Plan {
        rounds::plan(self, session)
    }

    /// The question of an ask that is open: what a person reads who is to answer it. The journal has its hash only;
    /// planning gives it again, word by word.
    #[must_use]
    pub fn question(&self, session: &ForgeSession, ask: &AskId) -> Option<Ask> {
        match self.plan(session) {
            Plan::Asks(asks) => asks.into_iter().find(|open| open.id == *ask),
            Plan::Record(_) | Plan::Wait | Plan::Conclude(_) => None,
        }
    }

    /// Reads the text of a finished turn as what was asked for.
    ///
    /// `stop` tells whether it was cut short: a structured answer that was cut off says nothing.
    /// An `Err` says what is missing, in words that go into the repair.
    ///
    /// # Errors
    /// When the text is not what was asked for. Nothing is ever made up to fill a gap.
    pub fn read(
        &self,
        session: &ForgeSession,
        ask: &AskId,
        text: &str,
        stop: StopReason,
    ) -> Result<(Answer, Reading), String> {
        reading::turn(session, ask, text, stop)
    }

    /// The prompt that asks once to mend an unreadable answer.
    #[must_use]
    pub fn repair(&self, session: &ForgeSession, ask: &Ask, text: &str, missing: &str) -> Prompt {
        asks::repair(session, ask, text, missing)
    }

    /// Whether a round of that type may come next, as somebody asked for it.
    ///
    /// # Errors
    /// Says why not, by name: a critique needs drafts.
    pub fn may_run(&self, session: &ForgeSession, round_type: RoundType) -> Result<(), String> {
        rounds::may_run(self, session, round_type)
    }

    /// How it is over when it has to end now, whatever is open: with the best that there is. `why` is a sentence.
    /// While a check is under way that is the end which the deliberation itself came to.
    #[must_use]
    pub fn wind_up(&self, session: &ForgeSession, why: &str, rule: StopRule) -> Conclusion {
        let in_check = session.rounds.last().is_some_and(|round| round.round_type.is_check());
        match self.conclusion(session).filter(|_| in_check) {
            Some(end) => end,
            None if matches!(rule, StopRule::Budget | StopRule::Time) => {
                Conclusion { reason: EndReason::Budget, ..ending::partial(session, why, rule) }
            }
            None => ending::partial(session, why, rule),
        }
    }

    /// How the deliberation is over, once it is; what a check after it still has to do changes nothing of that.
    #[must_use]
    pub fn conclusion(&self, session: &ForgeSession) -> Option<Conclusion> {
        rounds::conclusion(self, session)
    }
}

/// What people are told of a protocol before it begins. Plain data, apart from the protocol itself: a form that only
/// foresees calls and costs needs no prompts.
#[derive(Debug)]
pub struct Outline {
    /// Its name in files and on the command line: `think-tank`.
    pub name: &'static str,
    /// What it does, in one sentence.
    pub about: &'static str,
    /// What it is good for, and why, in one or two sentences.
    pub good_for: &'static str,
    /// The types of round that it has.
    pub round_types: &'static [RoundType],
    /// The rounds that it goes through when the first vote agrees (`true`), or when none does (`false`).
    pub course: fn(&Settings, bool) -> Vec<RoundType>,
    /// How many are asked in a round of a type, of so many members.
    pub calls: fn(RoundType, u64) -> u64,
}

/// The outline of every protocol, in the order of [`protocols`]; the first is that of the default.
pub const OUTLINES: &[&Outline] =
    &[&think_tank::OUTLINE, &vote::OUTLINE, &council::OUTLINE, &debate::OUTLINE, &mixture::OUTLINE, &red_team::OUTLINE];

/// The outline of a name.
#[must_use]
pub fn outline(name: &str) -> Option<&'static Outline> {
    OUTLINES.iter().find(|outline| outline.name == name).copied()
}

/// What a protocol wants when no round is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// A round of this type.
    Round(RoundType),
    /// The end.
    End(Conclusion),
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
    /// The rule that ends it.
    pub rule: StopRule,
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
    /// A model.
    Model,
    /// A person, who answers through a page or a terminal.
    Person,
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
