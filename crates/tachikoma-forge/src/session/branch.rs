//! Branches: lines of history within one session.
//!
//! A change opens a branch that shares with the one before it all that the change leaves as it was: the same turns,
//! under the same names. What read the changed turn, directly or through others, is stale: it is kept to be looked
//! at, and asked anew. The session shows one branch at a time as its own rounds and turns, so nobody who plans,
//! reads or writes has to know of the others.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Answer, AttemptState, Change, CompleteTurn, ForgeSession, Reading, Round, SessionState, Topic, Turn, TurnState,
};
use crate::types::{AskId, BranchId, RoundNumber, RoundType, Seat, StopReason, TokenUsage};

/// A line of history: where it comes from, and what it has otherwise.
#[derive(Clone, Debug, PartialEq)]
pub struct Branch {
    /// Its number, from 0.
    pub id: BranchId,
    /// The branch that it comes from; none for the first.
    pub from: Option<BranchId>,
    /// What it has otherwise; nothing for the first.
    pub change: Option<Change>,
    /// When it was opened, in milliseconds since 1970.
    pub opened_ms: u64,
    /// What there is on it, while the session shows another one.
    pub line: Option<Box<Line>>,
}

/// What there is on a branch.
#[derive(Clone, Debug, PartialEq)]
pub struct Line {
    /// What is deliberated.
    pub topic: Topic,
    /// The rounds so far.
    pub rounds: Vec<Round>,
    /// The turns so far.
    pub turns: BTreeMap<AskId, Turn>,
    /// Turns that a change has made stale, and that were not asked anew yet.
    pub stale: BTreeMap<AskId, Turn>,
    /// The best version so far.
    pub best: Option<AskId>,
    /// The round whose vote reached the threshold.
    pub converged: Option<RoundNumber>,
    /// A round that somebody asked for and that has not begun.
    pub requested: Option<RoundType>,
    /// Where it stands.
    pub state: SessionState,
}

/// A change as it is recorded.
pub(super) struct Opened<'a> {
    pub(super) id: BranchId,
    pub(super) from: BranchId,
    pub(super) change: &'a Change,
    pub(super) turn: Option<&'a AskId>,
    pub(super) answer: Option<&'a Answer>,
    pub(super) stale: &'a [AskId],
    pub(super) at_ms: u64,
}

impl ForgeSession {
    /// The session as it stands on one of its branches; `None` when there is no such branch.
    #[must_use]
    pub fn on_branch(&self, id: BranchId) -> Option<Self> {
        if id == self.branch {
            return Some(self.clone());
        }
        let line = self.branches.iter().find(|b| b.id == id)?.line.as_deref()?.clone();
        let mut other = self.clone();
        other.show(id, line);
        Some(other)
    }

    /// The turns that read one of these, directly or through others, by name. They themselves are not among them.
    #[must_use]
    pub fn readers_of(&self, changed: &[AskId]) -> Vec<AskId> {
        let mut stale: BTreeSet<&AskId> = changed.iter().collect();
        // Reading goes from earlier rounds to later ones: one pass by round finds all.
        let mut turns: Vec<&Turn> = self.turns.values().collect();
        turns.sort_by_key(|turn| turn.ask.round);
        for turn in turns {
            if turn.reads.iter().any(|read| stale.contains(read)) {
                stale.insert(&turn.ask);
            }
        }
        stale.into_iter().filter(|ask| !changed.contains(ask)).cloned().collect()
    }

    /// Every turn of every branch, each once.
    pub fn all_turns(&self) -> impl Iterator<Item = &Turn> {
        let mut seen: BTreeSet<&AskId> = BTreeSet::new();
        let lines = self.branches.iter().rev().filter_map(|branch| branch.line.as_deref());
        let others = lines.flat_map(|line| line.turns.values().chain(line.stale.values()));
        self.turns.values().chain(self.stale.values()).chain(others).filter(move |turn| seen.insert(&turn.ask))
    }

    /// The number that the next branch gets.
    #[must_use]
    pub fn next_branch(&self) -> BranchId {
        self.branches.iter().map(|branch| branch.id).max().map_or(1, |last| last.saturating_add(1))
    }

    /// Opens a branch and shows it. What is recorded may say anything: a change that fits nothing changes nothing.
    pub(super) fn open_branch(&mut self, opened: &Opened<'_>) {
        let mut line = self.line();
        // What is under way and stale is left; on its own branch it can be asked again.
        line.turns.iter_mut().filter(|(ask, _)| opened.stale.contains(ask)).for_each(|(_, turn)| turn.interrupt());
        if let Some(current) = self.branches.iter_mut().find(|branch| branch.id == self.branch) {
            current.line = Some(Box::new(line));
        }
        let base = self.branches.iter().find(|b| b.id == opened.from).and_then(|b| b.line.as_deref()).cloned();
        let Some(mut line) = base else { return };
        line.take(opened);
        self.branches.push(Branch {
            id: opened.id,
            from: Some(opened.from),
            change: Some(opened.change.clone()),
            opened_ms: opened.at_ms,
            line: None,
        });
        self.show(opened.id, line);
        self.paused = true;
    }

    /// What there is on the branch that is shown.
    fn line(&self) -> Line {
        Line {
            topic: self.topic.clone(),
            rounds: self.rounds.clone(),
            turns: self.turns.clone(),
            stale: self.stale.clone(),
            best: self.best.clone(),
            converged: self.converged,
            requested: self.requested,
            state: self.state.clone(),
        }
    }

    fn show(&mut self, id: BranchId, line: Line) {
        let Line { topic, rounds, turns, stale, best, converged, requested, state } = line;
        self.branch = id;
        self.topic = topic;
        self.rounds = rounds;
        self.turns = turns;
        self.stale = stale;
        self.best = best;
        self.converged = converged;
        self.requested = requested;
        self.state = state;
    }
}

impl Line {
    fn take(&mut self, opened: &Opened<'_>) {
        self.requested = None;
        self.state = SessionState::Running;
        match opened.change {
            Change::Text { ask, text } => {
                if let (Some(new), Some(answer)) = (opened.turn, opened.answer) {
                    self.rewrite(ask, new, text, answer, opened.at_ms);
                }
            }
            Change::Goal { topic } => self.topic = topic.clone(),
            Change::Back { round } => {
                self.rounds.retain(|r| r.number <= *round);
                self.turns.retain(|ask, _| ask.round <= *round);
                self.stale.clear();
            }
            Change::Redo { .. } | Change::Switch { .. } => {}
        }
        self.set_aside(opened.stale);
        self.best = best_version(&self.rounds, None).map(|(version, _)| version);
        self.converged = None;
    }

    /// Puts a person's text in the place of a turn, under a name of its own.
    fn rewrite(&mut self, ask: &AskId, new: &AskId, text: &str, answer: &Answer, at_ms: u64) {
        let Some(old) = self.turns.remove(ask) else { return };
        let Some(before) = old.complete() else { return };
        let complete = CompleteTurn {
            attempt: 0,
            model: before.model.clone(),
            text: text.to_owned(),
            reasoning: String::new(),
            stop_reason: StopReason::End,
            usage: TokenUsage::default(),
            first_token_ms: None,
            duration_ms: 0,
            answer: answer.clone(),
            reading: Reading::Person,
            obtained: None,
        };
        self.turns.insert(
            new.clone(),
            Turn {
                ask: new.clone(),
                attempts: Vec::new(),
                state: TurnState::Complete(Box::new(complete)),
                asked_ms: at_ms,
                waiting: None,
                forgiven: 0,
                given: None,
                prompt_hash: old.prompt_hash.clone(),
                reads: old.reads.clone(),
            },
        );
        // Who had which label stays as it was.
        for label in self.rounds.iter_mut().flat_map(|round| &mut round.labels) {
            if label.ask == *ask {
                label.ask = new.clone();
            }
        }
        // Another vote is another count, and what came of it follows from that.
        if let Some(counted) = self.rounds.iter_mut().find(|round| round.number == ask.round && round.tally.is_some()) {
            counted.tally = None;
            let behind: Vec<AskId> = self.turns.keys().filter(|turn| turn.round > ask.round).cloned().collect();
            self.stale.extend(behind.into_iter().filter_map(|turn| self.turns.remove_entry(&turn)));
            self.rounds.retain(|round| round.number <= ask.round);
        }
        for round in &mut self.rounds {
            if round.version.as_ref() == Some(ask) {
                round.version = Some(new.clone());
            }
        }
    }

    /// Takes stale turns out. The first round that loses one is open again, with what it keeps; those behind it
    /// follow from it, and are left out.
    fn set_aside(&mut self, stale: &[AskId]) {
        let lost =
            |turns: &BTreeMap<AskId, Turn>, number| stale.iter().any(|a| a.round == number && turns.contains_key(a));
        let Some(first) = self.rounds.iter().position(|round| lost(&self.turns, round.number)) else { return };
        let number = self.rounds[first].number;
        let behind = |ask: &AskId| ask.round > number || (ask.round == number && stale.contains(ask));
        let asks: Vec<AskId> = self.turns.keys().filter(|ask| behind(ask)).cloned().collect();
        for ask in asks {
            if let Some(mut turn) = self.turns.remove(&ask) {
                turn.interrupt();
                self.stale.insert(ask, turn);
            }
        }
        let keeps = self.turns.keys().any(|ask| ask.round == number);
        self.rounds.truncate(if keeps { first + 1 } else { first });
        if let Some(round) = self.rounds.get_mut(first) {
            round.complete = false;
            round.took_part.clear();
            round.absent.clear();
            round.tally = None;
            round.version = None;
            round.ended_ms = None;
        }
    }

    /// The turn of a seat in a round.
    #[must_use]
    pub fn turn_of(&self, round: RoundNumber, seat: Seat) -> Option<&Turn> {
        self.turns.values().find(|turn| turn.ask.round == round && turn.ask.seat == seat)
    }
}

impl Turn {
    /// What is under way is not waited for any more.
    fn interrupt(&mut self) {
        self.waiting = None;
        for attempt in &mut self.attempts {
            if attempt.state == AttemptState::Running {
                attempt.state = AttemptState::Interrupted;
            }
        }
    }
}

/// The best of the versions that were voted on and its count: a later one with less or equal agreement does not
/// replace an earlier one. `counted` is a vote that is not recorded yet.
pub(crate) fn best_version(rounds: &[Round], counted: Option<(AskId, super::Tally)>) -> Option<(AskId, super::Tally)> {
    let recorded = rounds.iter().filter_map(|round| Some((round.version.clone()?, round.tally?)));
    recorded.chain(counted).reduce(|best, later| if later.1.beats(&best.1) { later } else { best })
}
