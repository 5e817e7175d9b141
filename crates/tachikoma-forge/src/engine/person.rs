//! A person as a member: the ask waits for an answer from outside, as long as it takes or as long as there is.
//!
//! The prompt is the one that a model would get, and the answer is read the same way. One that cannot be read is handed
//! back with the reason, so that the person can mend it; nobody abstains by a slip of the pen.

use std::time::Duration;

use super::Engine;
use super::task::{State, Task};
use crate::protocol::Ask;
use crate::session::{Event, PERSON, Reading, Turn};
use crate::types::{AskId, ModelRef, Now, StopReason, TokenUsage};

impl Engine {
    /// Begins an ask to a person. True when it settled on the spot: the journal was cut between the answer and what
    /// follows from it.
    pub(super) fn begin_person(&mut self, ask: Ask, now: Now) -> bool {
        let id = ask.id.clone();
        let seconds = self.session.settings.person_seconds;
        let deadline = seconds.map_or(Duration::MAX, |seconds| now.mono + Duration::from_secs(seconds.into()));
        let pools = self.session.pools_of(ask.seat());
        self.tasks.insert(id.clone(), Task::for_person(ask, pools, deadline, now.mono));
        let given = self.session.turns.get(&id).and_then(|turn: &Turn| turn.given.clone());
        given.is_some_and(|text| self.take_answer(&id, text, now).is_ok())
    }

    /// A person answers.
    pub(super) fn answer(&mut self, ask: &AskId, text: String, now: Now) -> Result<(), String> {
        if !matches!(self.tasks.get(ask).map(|task| &task.state), Some(State::Asked { .. })) {
            return Err(format!("{ask} does not wait for a person's answer"));
        }
        // Read before it is recorded: what cannot be read is handed back.
        self.protocol.read(&self.session, ask, &text, StopReason::End)?;
        self.record(Event::HumanAnswered { ask: ask.clone(), text: text.clone() }, now);
        self.take_answer(ask, text, now)
    }

    fn take_answer(&mut self, ask: &AskId, text: String, now: Now) -> Result<(), String> {
        let (answer, _) = self.protocol.read(&self.session, ask, &text, StopReason::End)?;
        let Some(task) = self.tasks.remove(ask) else { return Ok(()) };
        let State::Asked { since } = task.state else { return Ok(()) };
        // The person who asked sits at no seat, and has no name but this.
        let asker = || ModelRef { provider: PERSON.to_owned(), model: "asker".to_owned(), base_url: None };
        let model = task.pools.first().map_or_else(asker, |pool| pool.first().clone());
        self.record(
            Event::ParticipantComplete {
                ask: ask.clone(),
                attempt: 0,
                model,
                text,
                reasoning: String::new(),
                stop_reason: StopReason::End,
                usage: TokenUsage::default(),
                first_token_ms: None,
                duration_ms: super::millis(now.mono.saturating_sub(since)),
                answer,
                reading: Reading::Person,
                obtained: None,
            },
            now,
        );
        Ok(())
    }
}
