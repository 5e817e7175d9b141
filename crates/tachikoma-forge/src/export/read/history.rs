//! Whether events are a history that could have happened, checked one by one as they come.
//!
//! The fold forgives what it does not know: it changes nothing. A file that relies on that would lose something
//! without a word, so here it is refused. The bounds keep what follows (sums, lists by number, the page) within what
//! a deliberation can reach.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{ImportError, broken, envelope};
use crate::session::{
    Answer, Channel, ControlAction, Envelope, Event, Participant, Reading, Settings, Tally, Topic, seats,
};
use crate::types::{AskId, Attempt, BranchId, RoundNumber, Seat, SessionId};

/// The most members of a panel.
const MAX_MEMBERS: usize = 64;
/// The highest number of a round, and the most attempts at one ask.
const MAX_ROUNDS: u32 = 1_000;
/// The last millisecond of the year 9999, beyond which dates cannot be written.
const MAX_TIME: u64 = 253_402_300_799_999;
/// The whole numbers that a browser can hold.
const MAX_SEQ: u64 = (1 << 53) - 1;
/// The longest name of a session. Ours have twenty characters.
const MAX_NAME: usize = 64;

/// The events so far, and what they allow to follow.
#[derive(Default)]
pub(super) struct History {
    events: Vec<Envelope>,
    seats: BTreeSet<Seat>,
    /// Each round by number and branch, and whether it is over.
    rounds: BTreeMap<(RoundNumber, BranchId), bool>,
    asks: BTreeMap<AskId, Asked>,
    /// The branches that were opened beside the first.
    branches: BTreeSet<BranchId>,
    /// Numbers that are missing: after which event, and how many. Those that a later event explains are dropped.
    gaps: Vec<(usize, u64)>,
}

/// One ask as far as it has come.
#[derive(Default)]
struct Asked {
    settled: bool,
    answered: bool,
    attempts: BTreeMap<Attempt, Try>,
}

/// One attempt as far as it has come.
struct Try {
    /// How many events there were when it began.
    began: usize,
    ended: bool,
    text: u64,
    reasoning: u64,
}

type Checked = Result<(), String>;

impl History {
    pub(super) const fn len(&self) -> usize {
        self.events.len()
    }

    pub(super) const fn begun(&self) -> bool {
        !self.events.is_empty()
    }

    /// Whether its members are scripted.
    pub(super) fn demo(&self) -> bool {
        matches!(self.events.first(), Some(Envelope { event: Event::SessionCreated { demo: true, .. }, .. }))
    }

    /// Takes the next event. One that was only shown is left out of a journal's lines; an export holds none.
    pub(super) fn take(&mut self, value: Value, lines: bool) -> Result<(), ImportError> {
        let number = self.len() + 1;
        let next = envelope(value, number)?;
        if lines && !next.event.is_durable() {
            return Ok(());
        }
        self.check(&next).map_err(|why| broken(&["event ", &number.to_string(), " ", &why].concat()))?;
        self.events.push(next);
        Ok(())
    }

    /// All events, once nothing follows.
    pub(super) fn finish(self) -> Result<Vec<Envelope>, ImportError> {
        if self.events.is_empty() {
            return Err(broken("it holds no events"));
        }
        if let Some((after, missing)) = self.gaps.first() {
            let what = format!("{missing} of its events are missing after event {after}");
            return Err(broken(&what));
        }
        Ok(self.events)
    }

    fn check(&mut self, next: &Envelope) -> Checked {
        if !next.event.is_durable() {
            return Err("is of a kind that is never kept".into());
        }
        if next.at_ms > MAX_TIME {
            return Err("has a time (\"at_ms\") beyond the year 9999".into());
        }
        if next.seq > MAX_SEQ {
            return Err("has a number (\"seq\") that is too large".into());
        }
        let first = matches!(next.event, Event::SessionCreated { .. });
        match self.events.last() {
            None if !first => return Err("is not the session's beginning, which comes first".into()),
            None if next.seq != 1 => return Err("is the first one, but its number (\"seq\") is not 1".into()),
            None => named(&next.session)?,
            Some(_) if first => return Err("begins the session a second time".into()),
            Some(last) if last.session != next.session => return Err("belongs to another session".into()),
            Some(last) if last.seq >= next.seq => {
                return Err(format!("is out of order: its number (\"seq\") {} follows {}", next.seq, last.seq));
            }
            Some(last) if next.seq - last.seq > 1 => self.gaps.push((self.len(), next.seq - last.seq - 1)),
            Some(_) => {}
        }
        self.check_event(next)
    }

    fn check_event(&mut self, next: &Envelope) -> Checked {
        match &next.event {
            Event::SessionCreated { participants, settings, topic, .. } => self.created(topic, participants, settings),
            Event::RoundStarted { round, seats, .. } => {
                if *round == 0 || *round > MAX_ROUNDS || self.rounds.len() >= MAX_ROUNDS as usize {
                    return Err(format!("starts round {round}: there are {MAX_ROUNDS} at most, numbered from 1"));
                }
                if self.rounds.insert((*round, next.branch), false).is_some() {
                    return Err(format!("starts round {round} a second time"));
                }
                seats.iter().try_for_each(|seat| self.seat(*seat))
            }
            Event::LabelsAssigned { round, labels, orders } => {
                self.round(*round)?;
                labels.iter().try_for_each(|label| self.ask(&label.ask).map(drop))?;
                orders.iter().try_for_each(|order| {
                    let known = |name: &String| labels.iter().any(|label| label.label == *name);
                    match order.labels.iter().find(|name| !known(name)) {
                        Some(name) => Err(format!("orders a label that it does not assign ({name})")),
                        None => self.seat(order.seat),
                    }
                })
            }
            Event::ParticipantThinking { ask, reads, .. } => self.asked(ask, reads),
            Event::AttemptStarted { ask, attempt, .. } => self.attempt_started(ask, *attempt),
            Event::TextSoFar { ask, attempt, channel, from, text } => {
                let attempt = self.running(ask, *attempt)?;
                let known = match channel {
                    Channel::Text => &mut attempt.text,
                    Channel::Reasoning => &mut attempt.reasoning,
                };
                if from > known {
                    return Err(format!("goes on at byte {from} of a text of which {known} bytes are known"));
                }
                *known = (*known).max(from.saturating_add(text.len() as u64));
                Ok(())
            }
            Event::AttemptFailed { ask, attempt, .. } => self.attempt_ended(ask, *attempt),
            Event::BranchOpened { from, turn, stale, .. } => self.branched(next.branch, *from, turn.as_ref(), stale),
            Event::HumanAnswered { ask, .. } => match self.ask(ask)?.settled {
                true => Err(format!("answers {ask}, which is settled")),
                false => Ok(()),
            },
            Event::Control { action } => {
                self.asked_anew(action);
                Ok(())
            }
            Event::ParticipantComplete { ask, attempt, answer, reading, .. } => {
                if let Answer::Critique { scores } = answer
                    && let Some(score) = scores.iter().find(|score| score.score > 100)
                {
                    return Err(format!("has a score of {}: scores go from 0 to 100", score.score));
                }
                // A person answers without a call.
                if *reading != Reading::Person {
                    self.attempt_ended(ask, *attempt)?;
                }
                self.settle(ask)?;
                self.asks.entry(ask.clone()).or_default().answered = true;
                Ok(())
            }
            Event::ParticipantFailed { ask, .. } => self.settle(ask),
            Event::RoundComplete { round, took_part, absent, .. } => {
                self.round(*round)?;
                if self.rounds.insert((*round, next.branch), true) == Some(true) {
                    return Err(format!("ends round {round} a second time"));
                }
                took_part.iter().chain(absent.iter().map(|absent| &absent.seat)).try_for_each(|seat| self.seat(*seat))
            }
            Event::ConvergenceChecked { round, tally, version, best } => {
                self.round(*round)?;
                self.tally(tally)?;
                self.ask(version).and(self.ask(best)).map(drop)
            }
            Event::SessionConverged { round, answer } => {
                self.round(*round)?;
                self.ask(answer).map(drop)
            }
            Event::SessionEnded { answer, .. } => answer.iter().try_for_each(|ask| self.ask(ask).map(drop)),
            Event::Resumed { interrupted } => interrupted.iter().try_for_each(|cut| {
                self.running(&cut.ask, cut.attempt)?.ended = true;
                Ok(())
            }),
            Event::Warning { .. }
            | Event::Error { .. }
            | Event::ContentDelta { .. }
            | Event::ParticipantWaiting { .. } => Ok(()),
        }
    }

    fn created(&mut self, topic: &Topic, participants: &[Participant], settings: &Settings) -> Checked {
        if participants.is_empty() || participants.len() > MAX_MEMBERS {
            return Err(format!("has {} members: from 1 to {MAX_MEMBERS} can take part", participants.len()));
        }
        for (wanted, member) in (0..).zip(participants) {
            if member.seat != wanted {
                return Err(format!("has a member at seat {}: seats are numbered from 0 without a gap", member.seat));
            }
            self.seats.insert(wanted);
        }
        if topic.goal.trim().is_empty() {
            return Err("has no goal".into());
        }
        settings.check().map_err(|why| ["has settings without sense: ", why].concat())?;
        if settings.max_rounds > MAX_ROUNDS {
            return Err(format!("allows {} rounds (\"max_rounds\"): {MAX_ROUNDS} are the most", settings.max_rounds));
        }
        Ok(())
    }

    fn branched(&mut self, id: BranchId, from: BranchId, turn: Option<&AskId>, stale: &[AskId]) -> Checked {
        if id == 0 || id > MAX_ROUNDS || !self.branches.insert(id) {
            return Err(format!("opens branch {id}: branches are numbered from 1 up to {MAX_ROUNDS}, each once"));
        }
        if from != 0 && (from == id || !self.branches.contains(&from)) {
            return Err(format!("opens a branch of branch {from}, which was never opened"));
        }
        stale.iter().try_for_each(|ask| self.ask(ask).map(drop))?;
        let Some(turn) = turn else { return Ok(()) };
        self.seat(turn.seat)?;
        self.round(turn.round)?;
        match self.asks.insert(turn.clone(), Asked { settled: true, answered: true, ..Asked::default() }) {
            Some(_) => Err(format!("writes {turn} a second time")),
            None => Ok(()),
        }
    }

    /// What failed may be asked anew.
    fn asked_anew(&mut self, action: &ControlAction) {
        let again = |ask: &AskId| match action {
            ControlAction::Retry { ask: again } => again == ask,
            ControlAction::Replace { seat, .. } => *seat == ask.seat,
            _ => false,
        };
        for (_, asked) in self.asks.iter_mut().filter(|(ask, asked)| again(ask) && !asked.answered) {
            asked.settled = false;
        }
    }

    fn asked(&mut self, ask: &AskId, reads: &[AskId]) -> Checked {
        self.seat(ask.seat)?;
        self.round(ask.round)?;
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if ask.step.len() > MAX_NAME || !ask.step.chars().all(plain) {
            return Err(format!("asks for a step that cannot be ({})", ask.step));
        }
        reads.iter().try_for_each(|read| self.ask(read).map(drop))?;
        match self.asks.insert(ask.clone(), Asked::default()) {
            Some(_) => Err(format!("asks {ask} a second time")),
            None => Ok(()),
        }
    }

    fn attempt_started(&mut self, ask: &AskId, attempt: Attempt) -> Checked {
        let began = self.len();
        let asked = self.asks.get_mut(ask).ok_or_else(|| unknown(ask))?;
        if asked.settled {
            return Err(format!("makes an attempt at {ask}, which is settled"));
        }
        let last = asked.attempts.last_key_value().map_or(0, |(last, _)| *last);
        if attempt <= last || attempt > MAX_ROUNDS {
            return Err(format!("makes attempt {attempt} at {ask} after attempt {last}"));
        }
        asked.attempts.insert(attempt, Try { began, ended: false, text: 0, reasoning: 0 });
        Ok(())
    }

    /// Ends an attempt. Its pieces of text, which an export leaves out, explain every gap since it began.
    fn attempt_ended(&mut self, ask: &AskId, attempt: Attempt) -> Checked {
        let ending = self.running(ask, attempt)?;
        ending.ended = true;
        let began = ending.began;
        let before = self.gaps.partition_point(|(after, _)| *after <= began);
        self.gaps.truncate(before);
        Ok(())
    }

    fn settle(&mut self, ask: &AskId) -> Checked {
        let asked = self.asks.get_mut(ask).ok_or_else(|| unknown(ask))?;
        if std::mem::replace(&mut asked.settled, true) {
            return Err(format!("settles {ask} a second time"));
        }
        Ok(())
    }

    fn running(&mut self, ask: &AskId, attempt: Attempt) -> Result<&mut Try, String> {
        let asked = self.asks.get_mut(ask).ok_or_else(|| unknown(ask))?;
        match asked.attempts.get_mut(&attempt) {
            Some(running) if !running.ended => Ok(running),
            Some(_) => Err(format!("concerns attempt {attempt} at {ask}, which is over")),
            None => Err(format!("concerns attempt {attempt} at {ask}, which was never made")),
        }
    }

    fn ask(&self, ask: &AskId) -> Result<&Asked, String> {
        self.asks.get(ask).ok_or_else(|| unknown(ask))
    }

    fn round(&self, round: RoundNumber) -> Checked {
        match self.rounds.range((round, 0)..=(round, BranchId::MAX)).next() {
            Some(_) => Ok(()),
            None => Err(format!("concerns round {round}, which was never started")),
        }
    }

    fn seat(&self, seat: Seat) -> Checked {
        let outside = [seats::JUDGE, seats::BASELINE, seats::CHECK];
        if self.seats.contains(&seat) || outside.contains(&seat) {
            Ok(())
        } else {
            Err(format!("concerns seat {seat}, where nobody sits"))
        }
    }

    fn tally(&self, tally: &Tally) -> Checked {
        let Tally { agree, disagree, abstain, seats, threshold, .. } = *tally;
        let counted = u64::from(agree) + u64::from(disagree) + u64::from(abstain);
        if seats as usize > MAX_MEMBERS || counted > u64::from(seats) || threshold > 1_000 {
            return Err("counts votes that cannot be: more than seats, or a threshold above 1000".into());
        }
        Ok(())
    }
}

fn unknown(ask: &AskId) -> String {
    format!("concerns {ask}, which was never asked")
}

/// A name becomes part of addresses and of keys in a browser's storage.
fn named(session: &SessionId) -> Checked {
    let name = &session.0;
    if name.is_empty() || name.len() > MAX_NAME || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Err(format!("names a session as none is named: up to {MAX_NAME} letters, digits and dashes"));
    }
    Ok(())
}
