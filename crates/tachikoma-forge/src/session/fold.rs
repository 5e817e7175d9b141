//! Folding events into a session.

use std::collections::BTreeMap;

use super::{
    AttemptRecord, AttemptState, Channel, CompleteTurn, EndReason, Envelope, Event, Participant, Round, Settings,
    Topic, Turn, TurnState, Waiting,
};
use crate::types::{AskId, RoundNumber, RoundType, Seat, Seed, SessionId, TokenUsage};

/// Where a session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionState {
    /// It runs, or was cut off while it ran.
    Running,
    /// It is over.
    Ended {
        /// How.
        reason: EndReason,
        /// The turn whose text is the result.
        answer: Option<AskId>,
        /// One sentence for people.
        detail: String,
    },
}

/// A session as its events tell it.
#[derive(Clone, Debug, PartialEq)]
pub struct ForgeSession {
    /// Its name.
    pub id: SessionId,
    /// What is deliberated.
    pub topic: Topic,
    /// Who takes part, by seat.
    pub participants: Vec<Participant>,
    /// The limits.
    pub settings: Settings,
    /// The protocol's name.
    pub protocol: String,
    /// What all chance derives from.
    pub seed: Seed,
    /// Whether scripted members answer.
    pub demo: bool,
    /// The rounds so far.
    pub rounds: Vec<Round>,
    /// The turns so far.
    pub turns: BTreeMap<AskId, Turn>,
    /// The best version so far.
    pub best: Option<AskId>,
    /// The round whose vote reached the threshold.
    pub converged: Option<RoundNumber>,
    /// A round that somebody asked for and that has not begun.
    pub requested: Option<RoundType>,
    /// Where it stands.
    pub state: SessionState,
    /// What people should know, in order.
    pub warnings: Vec<String>,
    /// The number of the last durable event.
    pub seq: u64,
    /// When it was created, in milliseconds since 1970.
    pub created_ms: u64,
    /// When its last event happened.
    pub updated_ms: u64,
    /// How often it was resumed.
    pub resumes: u32,
}

impl ForgeSession {
    /// A session before its first event.
    #[must_use]
    pub fn new(id: SessionId) -> Self {
        Self {
            id,
            topic: Topic::default(),
            participants: Vec::new(),
            settings: Settings::default(),
            protocol: String::new(),
            seed: Seed(0),
            demo: false,
            rounds: Vec::new(),
            turns: BTreeMap::new(),
            best: None,
            converged: None,
            requested: None,
            state: SessionState::Running,
            warnings: Vec::new(),
            seq: 0,
            created_ms: 0,
            updated_ms: 0,
            resumes: 0,
        }
    }

    /// Folds a whole journal; `None` when it is empty.
    #[must_use]
    pub fn fold<'a>(journal: impl IntoIterator<Item = &'a Envelope>) -> Option<Self> {
        let mut session: Option<Self> = None;
        for envelope in journal {
            session.get_or_insert_with(|| Self::new(envelope.session.clone())).apply(envelope);
        }
        session
    }

    /// Takes one event. An event about a turn or round that is unknown changes nothing.
    pub fn apply(&mut self, envelope: &Envelope) {
        self.updated_ms = envelope.at_ms;
        if envelope.event.is_durable() {
            self.seq = envelope.seq;
        }
        let at_ms = envelope.at_ms;
        match &envelope.event {
            Event::SessionCreated { topic, participants, settings, protocol, seed, demo } => {
                self.created_ms = at_ms;
                self.topic = topic.clone();
                self.participants.clone_from(participants);
                self.settings = settings.clone();
                self.protocol.clone_from(protocol);
                self.seed = *seed;
                self.demo = *demo;
            }
            Event::RoundStarted { round, round_type, seats } => {
                if self.requested == Some(*round_type) {
                    self.requested = None;
                }
                self.rounds.push(Round {
                    number: *round,
                    round_type: *round_type,
                    seats: seats.clone(),
                    labels: Vec::new(),
                    orders: Vec::new(),
                    complete: false,
                    took_part: Vec::new(),
                    absent: Vec::new(),
                    tally: None,
                    version: None,
                    started_ms: at_ms,
                    ended_ms: None,
                });
            }
            Event::LabelsAssigned { round, labels, orders } => {
                if let Some(round) = self.round_mut(*round) {
                    round.labels.clone_from(labels);
                    round.orders.clone_from(orders);
                }
            }
            Event::RoundComplete { round, took_part, absent, .. } => {
                if let Some(round) = self.round_mut(*round) {
                    round.complete = true;
                    round.took_part.clone_from(took_part);
                    round.absent.clone_from(absent);
                    round.ended_ms = Some(at_ms);
                }
            }
            Event::ConvergenceChecked { round, tally, version, best } => {
                if let Some(round) = self.round_mut(*round) {
                    round.tally = Some(*tally);
                    round.version = Some(version.clone());
                }
                self.best = Some(best.clone());
            }
            Event::SessionConverged { round, answer } => {
                self.best = Some(answer.clone());
                self.converged = Some(*round);
            }
            Event::SessionEnded { reason, answer, detail } => {
                self.state = SessionState::Ended { reason: *reason, answer: answer.clone(), detail: detail.clone() };
            }
            Event::Control { action } => match action {
                super::ControlAction::Stop => {}
                super::ControlAction::RunRound { round_type } => self.requested = Some(*round_type),
            },
            Event::Resumed { interrupted } => {
                self.resumes += 1;
                self.state = SessionState::Running;
                for cut in interrupted {
                    if let Some(record) = self.turns.get_mut(&cut.ask).and_then(|t| t.attempt_mut(cut.attempt)) {
                        record.state = AttemptState::Interrupted;
                    }
                }
            }
            Event::Warning { message } | Event::Error { message } => self.warnings.push(message.clone()),
            Event::ParticipantThinking { .. }
            | Event::ParticipantWaiting { .. }
            | Event::AttemptStarted { .. }
            | Event::ContentDelta { .. }
            | Event::TextSoFar { .. }
            | Event::AttemptFailed { .. }
            | Event::ParticipantComplete { .. }
            | Event::ParticipantFailed { .. } => self.apply_to_turn(&envelope.event, at_ms),
        }
    }

    fn apply_to_turn(&mut self, event: &Event, at_ms: u64) {
        if let Event::ParticipantThinking { ask, prompt_hash, reads } = event {
            self.turns.insert(
                ask.clone(),
                Turn {
                    ask: ask.clone(),
                    prompt_hash: prompt_hash.clone(),
                    reads: reads.clone(),
                    attempts: Vec::new(),
                    state: TurnState::Open,
                    asked_ms: at_ms,
                    waiting: None,
                },
            );
            return;
        }
        let Some(turn) = event.ask().and_then(|ask| self.turns.get_mut(ask)) else { return };
        // Whatever happens next, the wait is over or told anew.
        turn.waiting = None;
        match event {
            Event::ParticipantWaiting { model, why, until_ms, .. } => {
                turn.waiting = Some(Waiting { model: model.clone(), why: *why, since_ms: at_ms, until_ms: *until_ms });
            }
            Event::AttemptStarted { attempt, model, why, reserved, .. } => turn.attempts.push(AttemptRecord {
                attempt: *attempt,
                model: model.clone(),
                why: *why,
                started_ms: at_ms,
                ended_ms: None,
                state: AttemptState::Running,
                text: String::new(),
                reasoning: String::new(),
                reserved: *reserved,
                usage: TokenUsage::default(),
            }),
            Event::ContentDelta { attempt, channel, text, .. } => {
                if let Some(record) = turn.attempt_mut(*attempt) {
                    record.take(*channel, None, text);
                }
            }
            Event::TextSoFar { attempt, channel, from, text, .. } => {
                if let Some(record) = turn.attempt_mut(*attempt) {
                    record.take(*channel, Some(*from), text);
                }
            }
            Event::AttemptFailed { attempt, error, partial, usage, next, .. } => {
                if let Some(record) = turn.attempt_mut(*attempt) {
                    record.ended_ms = Some(at_ms);
                    record.state = AttemptState::Failed { error: error.clone(), next: next.clone() };
                    record.text.clone_from(partial);
                    record.usage = *usage;
                }
            }
            Event::ParticipantComplete {
                attempt,
                model,
                text,
                reasoning,
                stop_reason,
                usage,
                first_token_ms,
                duration_ms,
                answer,
                reading,
                obtained,
                ..
            } => {
                if let Some(record) = turn.attempt_mut(*attempt) {
                    record.ended_ms = Some(at_ms);
                    record.state = AttemptState::Succeeded;
                    record.text.clone_from(text);
                    record.reasoning.clone_from(reasoning);
                    record.usage = *usage;
                }
                turn.state = TurnState::Complete(Box::new(CompleteTurn {
                    attempt: *attempt,
                    model: model.clone(),
                    text: text.clone(),
                    reasoning: reasoning.clone(),
                    stop_reason: *stop_reason,
                    usage: *usage,
                    first_token_ms: *first_token_ms,
                    duration_ms: *duration_ms,
                    answer: answer.clone(),
                    reading: *reading,
                    obtained: *obtained,
                }));
            }
            Event::ParticipantFailed { error, .. } => turn.state = TurnState::Failed { error: error.clone() },
            _ => {}
        }
    }

    /// The participant at a seat.
    #[must_use]
    pub fn participant(&self, seat: Seat) -> Option<&Participant> {
        self.participants.iter().find(|p| p.seat == seat)
    }

    /// The name at a seat, for people.
    #[must_use]
    pub fn name_of(&self, seat: Seat) -> &str {
        self.participant(seat).map_or("?", |p| p.name.as_str())
    }

    /// The round of a number.
    #[must_use]
    pub fn round(&self, number: RoundNumber) -> Option<&Round> {
        self.rounds.iter().find(|r| r.number == number)
    }

    fn round_mut(&mut self, number: RoundNumber) -> Option<&mut Round> {
        self.rounds.iter_mut().rev().find(|r| r.number == number)
    }

    /// The round that is under way.
    #[must_use]
    pub fn open_round(&self) -> Option<&Round> {
        self.rounds.last().filter(|r| !r.complete)
    }

    /// The latest complete round of a type.
    #[must_use]
    pub fn last_complete(&self, round_type: RoundType) -> Option<&Round> {
        self.rounds.iter().rev().find(|r| r.complete && r.round_type == round_type)
    }

    /// The turns of a round, by seat.
    pub fn turns_of(&self, round: RoundNumber) -> impl Iterator<Item = &Turn> {
        self.turns.values().filter(move |t| t.ask.round == round)
    }

    /// The turn whose text is the result, once there is one.
    #[must_use]
    pub fn result(&self) -> Option<&Turn> {
        match &self.state {
            SessionState::Ended { answer: Some(ask), .. } => self.turns.get(ask),
            SessionState::Ended { .. } | SessionState::Running => None,
        }
    }

    /// Whether it is over for good: a stopped session can go on.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        match &self.state {
            SessionState::Ended { reason, .. } => !matches!(reason, EndReason::Stopped),
            SessionState::Running => false,
        }
    }

    /// What has come of an ask's channel in its latest try.
    #[must_use]
    pub fn text_so_far(&self, ask: &AskId, channel: Channel) -> &str {
        self.turns.get(ask).and_then(Turn::latest).map_or("", |a| match channel {
            Channel::Text => a.text.as_str(),
            Channel::Reasoning => a.reasoning.as_str(),
        })
    }
}
