//! What members were asked and what they said.

use super::facts::follows;
use super::{Check, Rule};
use crate::protocol::Plan;
use crate::session::{Answer, AttemptState, Change, Event, Turn};
use crate::types::{AskId, Attempt, StopReason, prompt_hash};

impl Check<'_> {
    /// A member is asked what the protocol asks it, with what the record gives it to read.
    pub(super) fn asked(&mut self, seq: u64, ask: &AskId, hash: &str, reads: &[AskId]) {
        self.report.checked(Rule::Prompts);
        let plan = self.protocol.plan(&self.session);
        let planned = match &plan {
            Plan::Asks(asks) => asks.iter().find(|planned| planned.id == *ask),
            _ => None,
        };
        let Some(planned) = planned else {
            let (name, follows) = (self.name(ask), follows(&plan));
            let words = format!(
                "{name} is asked, but what follows from the record is {follows}: an event before it is missing or was \
                 changed."
            );
            return self.report.finds(seq, words);
        };
        if planned.reads != reads {
            let words = format!("What {} is recorded to have read is not what it was given.", self.name(ask));
            self.report.finds(seq, words);
        }
        let same = prompt_hash(&[&planned.prompt.system, &planned.prompt.user]) == hash;
        let (matched, other) = self.prompts.entry((ask.step.clone(), self.session.resumes)).or_default();
        if same {
            *matched += 1;
        } else {
            other.push((seq, ask.clone()));
        }
    }

    /// Prompts are made from files that may change with a version. Where some prompts of a step are as they were and
    /// others are not, it is not the file that changed but what they quote.
    pub(super) fn prompts_agree(&mut self) {
        for ((step, _), (matched, other)) in std::mem::take(&mut self.prompts) {
            if matched > 0 {
                for (seq, ask) in other {
                    let words = format!(
                        "What {} was shown is not what is recorded: a text that it read, or the task, was changed \
                         afterwards.",
                        self.name(&ask)
                    );
                    self.report.finds(seq, words);
                }
            } else if !other.is_empty() {
                let count = other.len();
                self.report.notes.push(format!(
                    "{count} prompts of the step {step} are worded otherwise today: they come from another version, or \
                     what they quote was changed."
                ));
            }
        }
    }

    /// A call goes out for somebody who was asked, and not for one that is answered already.
    pub(super) fn attempt(&mut self, seq: u64, ask: &AskId, attempt: Attempt) {
        self.report.checked(Rule::Attempts);
        let name = self.name(ask);
        let Some(turn) = self.session.turns.get(ask) else {
            return self.report.finds(seq, format!("A call goes out for {name}, who was not asked."));
        };
        let last = turn.latest();
        let under_way = last.is_some_and(|last| last.state == AttemptState::Running);
        let expected = last.map_or(1, |last| last.attempt + 1);
        if turn.complete().is_some() {
            self.report.finds(seq, format!("A call goes out for {name}, who has answered already."));
        } else if under_way || attempt != expected {
            let words = format!("Call {attempt} for {name} does not follow call {}.", expected - 1);
            self.report.finds(seq, words);
        }
    }

    /// An answer says what its text says.
    pub(super) fn answered(&mut self, seq: u64, event: &Event) {
        let Event::ParticipantComplete { ask, attempt, text, stop_reason, answer, .. } = event else { return };
        self.report.checked(Rule::Answers);
        let name = self.name(ask);
        let turn = self.session.turns.get(ask);
        let given = turn.and_then(|turn| turn.given.as_deref());
        let from_nowhere = match turn {
            None => true,
            Some(_) if *attempt == 0 => given != Some(text.as_str()),
            Some(turn) => !is_under_way(turn, *attempt),
        };
        if turn.is_some_and(Turn::is_settled) {
            self.report.finds(seq, format!("{name} answers a second time."));
        } else if from_nowhere {
            let words = format!("The answer of {name} comes from no call and no person: an event is missing.");
            self.report.finds(seq, words);
        }
        self.says(seq, ask, text, *stop_reason, answer);
    }

    fn says(&mut self, seq: u64, ask: &AskId, text: &str, stop: StopReason, recorded: &Answer) {
        let name = self.name(ask);
        let words = match (self.protocol.read(&self.session, ask, text, stop), recorded) {
            (Ok((read, _)), recorded) if read == *recorded => return,
            (Err(_), Answer::Abstained { .. }) => return,
            (Ok((Answer::Vote(read), _)), Answer::Vote(vote)) if read.agree != vote.agree => {
                let word = |agree| if agree { "agrees" } else { "disagrees" };
                format!(
                    "The vote of {name} is recorded as one that {}; its text {}.",
                    word(vote.agree),
                    word(read.agree)
                )
            }
            (Ok(_), _) => format!("The answer of {name} is recorded otherwise than its text reads."),
            (Err(why), _) => format!("The answer of {name} cannot be read from its text: {why}."),
        };
        self.report.finds(seq, words);
    }

    /// A branch says what was changed, and what that makes stale.
    pub(super) fn branch(&mut self, seq: u64, change: &Change, answer: Option<&Answer>, stale: &[AskId]) {
        match (change, answer) {
            (Change::Text { ask, text }, Some(answer)) => {
                self.report.checked(Rule::Answers);
                self.says(seq, ask, text, StopReason::End, answer);
                let readers = self.session.readers_of(std::slice::from_ref(ask));
                if readers != stale {
                    let words = format!("What a change to {} makes stale is recorded otherwise.", self.name(ask));
                    self.report.finds(seq, words);
                }
            }
            (Change::Text { ask, .. }, None) => {
                let words = format!("A change to {} is recorded without what it says.", self.name(ask));
                self.report.finds(seq, words);
            }
            _ => {}
        }
    }
}

fn is_under_way(turn: &Turn, attempt: Attempt) -> bool {
    turn.attempts.iter().any(|known| known.attempt == attempt && known.state == AttemptState::Running)
}
