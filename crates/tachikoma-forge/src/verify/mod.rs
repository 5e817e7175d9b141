//! Checks a session against itself: whether its end follows from what is recorded in it.
//!
//! The journal is folded event by event. Before each one stands everything that it may rest on, so it is computed anew
//! from that and compared: which round comes next and who is in it, labels and orders from the seed, every answer from
//! its text, every count from the votes, and the end from all of them. Nothing is asked of anybody. What this shows is
//! that the record is consistent, not that its texts were written by whom it names.

mod end;
mod facts;
mod turns;

use std::collections::BTreeMap;

use crate::protocol::{Protocol, protocol};
use crate::session::{EndReason, Envelope, Event, ForgeSession, SessionState, StopRule};
use crate::types::AskId;

/// The most that is told of what does not hold: what follows from one fault is often the next.
const MOST: usize = 40;

/// What was checked, and what does not hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How it ended, if it did.
    pub end: Option<End>,
    /// The formula of every vote with what went into it, a line each.
    pub formula: Vec<String>,
    /// The rules that were checked, and on how many events.
    pub checked: BTreeMap<Rule, u32>,
    /// What does not hold, in the order of the journal.
    pub findings: Vec<Finding>,
    /// What is worth knowing and no fault of the record.
    pub notes: Vec<String>,
}

/// The recorded end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// How.
    pub reason: EndReason,
    /// By which rule.
    pub rule: Option<StopRule>,
    /// In words.
    pub detail: String,
}

/// Something that does not follow from what is recorded before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The number of the event; of the last one where something is missing at the end.
    pub seq: u64,
    /// What does not hold, in a sentence.
    pub words: String,
}

/// What is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// Rounds follow each other as the protocol says, with whom it says.
    Rounds,
    /// Labels and orders are those that the seed gives.
    Labels,
    /// Nobody reviews its own draft.
    OwnDraft,
    /// Prompts are those that the record gives.
    Prompts,
    /// No answer is paid for twice or comes from nowhere.
    Attempts,
    /// Answers say what their texts say.
    Answers,
    /// Counts are those of the votes.
    Tallies,
    /// The end is the one that follows.
    Ends,
}

impl Rule {
    /// What was checked, after a number.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Rounds => "rounds follow from the protocol and what is recorded",
            Self::Labels => "labels and reading orders drawn anew from the seed",
            Self::OwnDraft => "reviews in which nobody reads its own draft",
            Self::Prompts => "prompts put together anew",
            Self::Attempts => "calls in their order, none of them twice",
            Self::Answers => "answers read anew from their texts",
            Self::Tallies => "counts made anew from the votes",
            Self::Ends => "ends computed anew",
        }
    }
}

impl Report {
    /// Whether all that was checked holds, and there is an end.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.findings.is_empty()
    }

    fn checked(&mut self, rule: Rule) {
        *self.checked.entry(rule).or_default() += 1;
    }

    fn finds(&mut self, seq: u64, words: String) {
        if self.findings.len() < MOST {
            self.findings.push(Finding { seq, words });
        }
    }
}

/// Checks a session's journal against itself.
#[must_use]
pub fn verify(journal: &[Envelope]) -> Report {
    let mut report = Report::default();
    let first = journal.iter().find(|envelope| envelope.event.is_durable());
    let Some(Envelope { event: Event::SessionCreated { protocol: name, .. }, session, .. }) = first else {
        report.finds(first.map_or(0, |e| e.seq), "It does not begin with the creation of a session.".to_owned());
        return report;
    };
    let Some(protocol) = protocol(name) else {
        report.finds(1, format!("This version does not know the protocol {name:?}, and cannot compute it anew."));
        return report;
    };
    let mut check =
        Check { protocol, session: ForgeSession::new(session.clone()), report, prompts: BTreeMap::new(), before: None };
    for envelope in journal.iter().filter(|envelope| envelope.event.is_durable()) {
        check.take(envelope);
    }
    check.finish()
}

/// How many prompts were as they are computed, and which were not, by event.
type Prompts = (u32, Vec<(u64, AskId)>);

/// A check under way: the session as it stands before the next event.
struct Check<'a> {
    protocol: Box<dyn Protocol>,
    session: ForgeSession,
    report: Report,
    /// Which prompts were as they are computed, and which were not, by step and by how often it was resumed: another
    /// version of the program may have gone on with it, with other words.
    prompts: BTreeMap<(String, u32), Prompts>,
    /// The event before.
    before: Option<&'a Event>,
}

impl<'a> Check<'a> {
    fn take(&mut self, envelope: &'a Envelope) {
        let seq = envelope.seq;
        if seq <= self.session.seq && self.session.seq > 0 {
            self.report.finds(seq, format!("Event {seq} stands behind event {}.", self.session.seq));
        }
        match &envelope.event {
            Event::SessionCreated { .. } if self.session.seq > 0 => {
                self.report.finds(seq, "A second session is created within the first.".to_owned());
            }
            event @ (Event::RoundStarted { .. }
            | Event::LabelsAssigned { .. }
            | Event::RoundComplete { .. }
            | Event::ConvergenceChecked { .. }
            | Event::SessionConverged { .. }) => self.fact(seq, event),
            Event::ParticipantThinking { ask, prompt_hash, reads } => self.asked(seq, ask, prompt_hash, reads),
            Event::AttemptStarted { ask, attempt, .. } => self.attempt(seq, ask, *attempt),
            event @ Event::ParticipantComplete { .. } => self.answered(seq, event),
            Event::BranchOpened { change, answer, stale, .. } => self.branch(seq, change, answer.as_ref(), stale),
            Event::SessionEnded { reason, answer, detail, rule } => {
                self.report.end = Some(End { reason: *reason, rule: *rule, detail: detail.clone() });
                self.end(envelope, *reason, answer.as_ref(), detail, *rule);
            }
            _ => {}
        }
        self.session.apply(envelope);
        self.before = Some(&envelope.event);
    }

    fn finish(mut self) -> Report {
        self.prompts_agree();
        if !matches!(self.session.state, SessionState::Ended { .. }) {
            self.report.end = None;
            let words = "No end is recorded: the session is not over, or its end is missing.".to_owned();
            self.report.finds(self.session.seq, words);
        }
        for round in &self.session.rounds {
            if let Some(tally) = &round.tally {
                self.report.formula.push(format!("Round {}: {}", round.number, tally.explained()));
            }
        }
        self.report
    }

    fn name(&self, ask: &AskId) -> String {
        format!("{} in round {} ({})", self.session.name_of(ask.seat), ask.round, ask.step)
    }
}
