//! A deliberation that is led by hand: one situation at a time, told to the engine call by call.

#![allow(clippy::unwrap_used)] // Only tests call it.

use std::time::Duration;

use tachikoma_forge::engine::{Call, Effect, Engine, Input, Piece, Target, Targets};
use tachikoma_forge::protocol::protocol;
use tachikoma_forge::session::{Envelope, Event, ForgeSession, NextStep, Participant, Settings, Topic, WaitReason};
use tachikoma_forge::types::{LlmError, ModelRef, Now, Seat, Seed, SessionId, StopReason};

/// A table whose calls are answered by hand.
pub struct Table {
    /// What is told.
    pub engine: Engine,
    now: Now,
    /// The calls, in the order in which they went out.
    pub calls: Vec<Call>,
    /// What was shown and not journalled.
    pub shown: Vec<Event>,
    /// What was journalled.
    pub journal: Vec<Envelope>,
}

/// What is true of the models here: `small` holds little, `large` much, and each provider takes two calls at once.
#[must_use]
pub fn targets(members: &[Participant]) -> Targets {
    let about = |model: &ModelRef| {
        let context_window = match model.model.as_str() {
            "small" => Some(8_000),
            "large" => Some(200_000),
            _ => None,
        };
        let target = Target {
            endpoint: model.provider_name().to_owned(),
            at_once: 2,
            context_window,
            vision: None,
            timeout: Duration::from_secs(240),
        };
        (model.clone(), target)
    };
    members.iter().flat_map(Participant::targets).map(about).collect()
}

/// When it begins.
pub const START: Now = Now { mono: Duration::from_secs(500), wall_ms: 1_700_000_000_000 };

impl Table {
    /// Seats members, written as people write them, and starts.
    #[must_use]
    pub fn of(members: &[&str], settings: Settings) -> Self {
        let participants: Vec<Participant> = members
            .iter()
            .zip(0..)
            .map(|(list, seat)| Participant { seat, ..list.parse::<Participant>().unwrap().named(format!("M{seat}")) })
            .collect();
        let targets = targets(&participants);
        let created = Event::SessionCreated {
            topic: Topic::new("Should the library open on Sundays?"),
            participants,
            settings,
            protocol: "think-tank".into(),
            seed: Seed(5),
            suggested: None,
            demo: false,
            forked_from: None,
        };
        let session = ForgeSession::new(SessionId("routing".into()));
        let engine = Engine::start(session, protocol("think-tank").unwrap(), targets, created, Vec::new(), START);
        Self::run(engine, START, Vec::new())
    }

    /// Goes on with an engine.
    #[must_use]
    pub fn run(engine: Engine, now: Now, journal: Vec<Envelope>) -> Self {
        let mut table = Self { engine, now, calls: Vec::new(), shown: Vec::new(), journal };
        table.poll();
        table
    }

    fn poll(&mut self) {
        while let Some(effect) = self.engine.poll() {
            match effect {
                Effect::Call(call) => self.calls.push(call),
                Effect::Show(envelope) => self.shown.push(envelope.event),
                Effect::Append(events) => self.journal.extend(events),
                Effect::Abort { .. } | Effect::WakeAt(_) | Effect::Compact(_) | Effect::Ended => {}
            }
        }
    }

    /// Lets time pass.
    pub fn later(&mut self, seconds: u64) {
        // In steps, as a machine that does not sleep wakes.
        for _ in 0..seconds {
            self.now.mono += Duration::from_secs(1);
            self.now.wall_ms += 1_000;
            self.give(Input::Tick);
        }
    }

    /// Tells the engine something.
    pub fn give(&mut self, input: Input) {
        self.engine.handle(input, self.now);
        self.poll();
    }

    /// The call of a seat that was made last.
    #[must_use]
    pub fn call(&self, seat: Seat) -> &Call {
        self.calls.iter().rev().find(|call| call.ask.seat == seat).unwrap()
    }

    /// Who was asked, in order, and which model.
    #[must_use]
    pub fn asked(&self) -> Vec<(Seat, String)> {
        self.calls.iter().map(|call| (call.ask.seat, call.model.to_string())).collect()
    }

    /// The latest call of a seat fails.
    pub fn fails(&mut self, seat: Seat, error: LlmError) {
        let call = self.call(seat);
        let (ask, attempt) = (call.ask.clone(), call.attempt);
        self.give(Input::Failed { ask, attempt, error });
    }

    /// The latest call of a seat brings a piece of text.
    pub fn says(&mut self, seat: Seat, text: &str) {
        let call = self.call(seat);
        let (ask, attempt) = (call.ask.clone(), call.attempt);
        self.give(Input::Piece { ask, attempt, piece: Piece { text: text.to_owned(), ..Piece::default() } });
    }

    /// The latest call of a seat is answered.
    pub fn answers(&mut self, seat: Seat) {
        self.says(seat, "Open.");
        let call = self.call(seat);
        let (ask, attempt) = (call.ask.clone(), call.attempt);
        self.give(Input::Finished { ask, attempt, stop_reason: StopReason::End });
    }

    /// What was decided after the latest failure.
    #[must_use]
    pub fn next(&self) -> &NextStep {
        let last = self.journal.iter().rev().find_map(|e| match &e.event {
            Event::AttemptFailed { next, .. } => Some(next),
            _ => None,
        });
        last.unwrap()
    }

    /// What a seat waits for, and for which model.
    #[must_use]
    pub fn waits(&self, seat: Seat) -> Option<(WaitReason, String)> {
        let turn = self.engine.session().turns.values().find(|turn| turn.ask.seat == seat)?;
        turn.waiting.as_ref().map(|waiting| (waiting.why, waiting.model.to_string()))
    }
}
