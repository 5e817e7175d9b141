//! Folding events into a session.

use std::collections::{BTreeMap, BTreeSet};

use super::branch::Opened;
use super::{
    AttemptState, Branch, ControlAction, EndReason, Envelope, Event, ForkedFrom, Participant, Round, Settings,
    StopRule, Topic, Turn, TurnState,
};
use crate::types::{AskId, BranchId, Pool, RoundNumber, RoundType, Seat, Seed, SessionId};

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
        /// The rule that ended it, where that is recorded.
        rule: Option<StopRule>,
    },
}

/// What the person who asks said while it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The last round that does not know of it.
    pub after: RoundNumber,
    /// What it says.
    pub text: String,
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
    /// Why this protocol, when it was not the user who chose it.
    pub suggested: Option<String>,
    /// The session that this one is a fork of.
    pub forked_from: Option<ForkedFrom>,
    /// The branch that is shown: the rounds, turns and state below are its own.
    pub branch: BranchId,
    /// All branches.
    pub branches: Vec<Branch>,
    /// Turns of this branch that a change has made stale, and that were not asked anew yet.
    pub stale: BTreeMap<AskId, Turn>,
    /// What the person who asks said while it ran, in order.
    pub notes: Vec<Note>,
    /// Members that were taken from the table.
    pub dismissed: BTreeSet<Seat>,
    /// Models that spoke for a member before others did: their names stay masked.
    pub former: Vec<Pool>,
    /// Whether no further call is to be made for now.
    pub paused: bool,
    /// How long it has run, in milliseconds; pauses and what lies between a cut and going on are left out.
    pub ran_ms: u64,
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
            suggested: None,
            forked_from: None,
            branch: 0,
            branches: vec![Branch { id: 0, from: None, change: None, opened_ms: 0, line: None }],
            stale: BTreeMap::new(),
            notes: Vec::new(),
            dismissed: BTreeSet::new(),
            former: Vec::new(),
            paused: false,
            ran_ms: 0,
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
        let idle = self.paused || self.seq == 0 || matches!(self.state, SessionState::Ended { .. });
        if !idle && !matches!(envelope.event, Event::Resumed { .. }) {
            self.ran_ms = self.ran_ms.saturating_add(envelope.at_ms.saturating_sub(self.updated_ms));
        }
        self.updated_ms = envelope.at_ms;
        if envelope.event.is_durable() {
            self.seq = envelope.seq;
        }
        let at_ms = envelope.at_ms;
        match &envelope.event {
            Event::SessionCreated { topic, participants, settings, protocol, seed, suggested, demo, forked_from } => {
                self.created_ms = at_ms;
                self.topic = topic.clone();
                self.participants.clone_from(participants);
                self.settings = settings.clone();
                self.protocol.clone_from(protocol);
                self.seed = *seed;
                self.demo = *demo;
                self.suggested.clone_from(suggested);
                self.forked_from.clone_from(forked_from);
            }
            Event::BranchOpened { from, change, turn, answer, stale } => self.open_branch(&Opened {
                id: envelope.branch,
                from: *from,
                change,
                turn: turn.as_ref(),
                answer: answer.as_ref(),
                stale,
                at_ms,
            }),
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
                // Who is not asked anew in it has no part in it any more.
                self.stale.retain(|ask, _| ask.round > *round);
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
            Event::SessionEnded { reason, answer, detail, rule } => {
                let (reason, answer, detail, rule) = (*reason, answer.clone(), detail.clone(), *rule);
                if reason != EndReason::Stopped {
                    // Rounds that the new course does not come to.
                    self.stale.clear();
                }
                self.state = SessionState::Ended { reason, answer, detail, rule };
            }
            Event::Control { action } => self.apply_control(action),
            Event::Resumed { interrupted } => {
                self.resumes += 1;
                self.paused = false;
                self.state = SessionState::Running;
                for cut in interrupted {
                    for turn in self.turns_named(&cut.ask) {
                        if let Some(record) = turn.attempt_mut(cut.attempt) {
                            record.state = AttemptState::Interrupted;
                        }
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
            | Event::HumanAnswered { .. }
            | Event::ParticipantFailed { .. } => self.apply_to_turn(&envelope.event, at_ms),
        }
    }

    fn apply_control(&mut self, action: &ControlAction) {
        match action {
            ControlAction::Pause => self.paused = true,
            ControlAction::Unpause => self.paused = false,
            ControlAction::RunRound { round_type } | ControlAction::SkipTo { round_type } => {
                self.requested = Some(*round_type);
                self.reopen();
            }
            ControlAction::Note { text } => {
                let after = self.rounds.last().map_or(0, |round| round.number);
                self.notes.push(Note { after, text: text.clone() });
            }
            ControlAction::SetRounds { max_rounds } => {
                self.settings.max_rounds = *max_rounds;
                self.reopen();
            }
            ControlAction::Dismiss { seat } => drop(self.dismissed.insert(*seat)),
            ControlAction::Recall { seat } => drop(self.dismissed.remove(seat)),
            ControlAction::Retry { ask } => {
                if let Some(turn) = self.turns.get_mut(ask) {
                    turn.forgive();
                }
            }
            ControlAction::Replace { seat, model, fallbacks, prices, context_window, vision } => {
                if let Some(member) = self.participants.iter_mut().find(|member| member.seat == *seat) {
                    self.former.push(std::mem::replace(&mut member.model, model.clone()));
                    self.former.extend(std::mem::replace(&mut member.fallbacks, fallbacks.clone()));
                    (member.context_window, member.vision) = (*context_window, *vision);
                }
                self.settings.prices.add(prices);
                let open = self.open_round().map(|round| round.number);
                for turn in self.turns.values_mut().filter(|t| Some(t.ask.round) == open && t.ask.seat == *seat) {
                    turn.forgive();
                }
            }
            // What these bring is told by events of their own.
            ControlAction::Stop
            | ControlAction::Finish
            | ControlAction::Skip { .. }
            | ControlAction::Answer { .. }
            | ControlAction::Change { .. }
            | ControlAction::Judge { .. } => {}
        }
    }

    /// An end that was asked to be none is none.
    fn reopen(&mut self) {
        self.state = SessionState::Running;
        self.converged = None;
    }

    fn apply_to_turn(&mut self, event: &Event, at_ms: u64) {
        if let Event::ParticipantThinking { ask, prompt_hash, reads } = event {
            // What was stale is being asked anew.
            self.stale.retain(|old, _| (old.round, old.seat) != (ask.round, ask.seat));
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
                    forgiven: 0,
                    given: None,
                },
            );
            return;
        }
        let Some(ask) = event.ask() else { return };
        self.turns_named(ask).for_each(|turn| turn.apply(event, at_ms));
    }

    /// A turn on this branch, and on all that share it: what happens to it happens there too.
    fn turns_named(&mut self, ask: &AskId) -> impl Iterator<Item = &mut Turn> {
        let others = self.branches.iter_mut().filter_map(|branch| branch.line.as_deref_mut());
        let shared = others.filter_map(|line| line.turns.get_mut(ask)).filter(|turn| !turn.is_settled());
        self.turns.get_mut(ask).into_iter().chain(shared)
    }

    fn round_mut(&mut self, number: RoundNumber) -> Option<&mut Round> {
        self.rounds.iter_mut().rev().find(|r| r.number == number)
    }
}
