//! A session as it happens: the fold of its events, and what only a viewer needs beside it.
//!
//! [`Live::apply`] says what an event changed ([`Change`]), so that the page draws anew only that: a piece
//! of text touches one card, everything else the frame around the cards.

use std::collections::BTreeMap;

use tachikoma_forge::session::{Channel, ControlAction, EndReason, Envelope, Event, ForgeSession, SessionState, Turn};
use tachikoma_forge::types::{AskId, BranchId, RoundNumber, Seat, SessionId};

use crate::markdown::Stream;

/// What an event changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Nothing that is shown.
    Nothing,
    /// The text of one card.
    Text(RoundNumber, Seat),
    /// Anything else.
    Frame,
}

/// When things happened to an ask, in milliseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Times {
    /// It was asked.
    pub asked: u64,
    /// The first reasoning of the latest attempt came.
    pub first_reasoning: Option<u64>,
    /// The first text of the latest attempt came.
    pub first_text: Option<u64>,
    /// Attempts failed.
    pub failed: Vec<u64>,
    /// It was settled.
    pub settled: Option<u64>,
    /// From when on the time counts that a person has for it: pauses do not count.
    pub counts_from: u64,
}

/// A session as it happens.
#[derive(Debug)]
pub struct Live {
    /// The fold.
    pub session: ForgeSession,
    /// When what happened, by ask.
    pub times: BTreeMap<AskId, Times>,
    /// The texts as read so far, by ask.
    texts: BTreeMap<AskId, Stream>,
    /// Whether events are still coming: a session that was cut off looks the same but for this.
    pub running: bool,
    /// The branch that is looked at, when it is another than the one that goes on.
    pub shown: Option<BranchId>,
    /// Since when it is paused.
    paused_at: Option<u64>,
}

impl Live {
    /// A session before its first event.
    #[must_use]
    pub fn new(id: SessionId) -> Self {
        Self {
            session: ForgeSession::new(id),
            times: BTreeMap::new(),
            texts: BTreeMap::new(),
            running: false,
            shown: None,
            paused_at: None,
        }
    }

    /// The same session as it stands on another of its branches, to be looked at.
    #[must_use]
    pub fn on_branch(&self, branch: BranchId) -> Option<Self> {
        let session = self.session.on_branch(branch)?;
        let other = Self { session, times: self.times.clone(), ..Self::new(self.session.id.clone()) };
        Some(Self { shown: Some(branch), ..other })
    }

    /// Takes one event.
    pub fn apply(&mut self, envelope: &Envelope) -> Change {
        let before = self.written(&envelope.event);
        self.session.apply(envelope);
        let at = envelope.at_ms;
        self.count_time(&envelope.event, at);
        let Some(ask) = envelope.event.ask() else { return Change::Frame };
        let times = self.times.entry(ask.clone()).or_default();
        match &envelope.event {
            Event::ParticipantThinking { .. } => *times = Times { asked: at, counts_from: at, ..Times::default() },
            Event::AttemptStarted { .. } => (times.first_text, times.first_reasoning) = (None, None),
            Event::ContentDelta { channel, .. } | Event::TextSoFar { channel, .. } => {
                let first = match channel {
                    Channel::Text => &mut times.first_text,
                    Channel::Reasoning => &mut times.first_reasoning,
                };
                if first.is_some() {
                    return match &envelope.event {
                        // Usually it repeats what the deltas brought; who follows may have missed some.
                        event @ Event::TextSoFar { .. } if self.written(event) == before => Change::Nothing,
                        _ => Change::Text(ask.round, ask.seat),
                    };
                }
                // The first piece changes the state's word and the staff.
                *first = Some(at);
            }
            Event::AttemptFailed { .. } => times.failed.push(at),
            Event::ParticipantComplete { first_token_ms, duration_ms, .. } => {
                times.settled = Some(at);
                // Pieces are dropped from the journal once the turn is complete; the figures are not.
                if let Some(first) = first_token_ms.filter(|_| times.first_text.is_none()) {
                    times.first_text = Some(at.saturating_sub(*duration_ms).saturating_add(first).min(at));
                }
            }
            Event::ParticipantFailed { .. } => times.settled = Some(at),
            _ => {}
        }
        Change::Frame
    }

    /// How much there is of the text that an event continues.
    fn written(&self, event: &Event) -> usize {
        match event {
            Event::TextSoFar { ask, channel, .. } => self.session.text_so_far(ask, *channel).len(),
            _ => 0,
        }
    }

    /// A pause is no part of the time that a person has; after a cut that time begins anew.
    fn count_time(&mut self, event: &Event, at: u64) {
        let open = self.times.values_mut().filter(|times| times.settled.is_none());
        match event {
            Event::Control { action: ControlAction::Pause } | Event::BranchOpened { .. } => {
                self.paused_at.get_or_insert(at);
            }
            Event::Control { action: ControlAction::Unpause } => {
                let paused = self.paused_at.take().map_or(0, |since| at.saturating_sub(since));
                open.for_each(|times| times.counts_from += paused);
            }
            Event::Resumed { .. } => {
                self.paused_at = None;
                open.for_each(|times| times.counts_from = at);
            }
            _ => {}
        }
    }

    /// The turn of a seat in a round: the one that counts, else the one that a change has made stale.
    #[must_use]
    pub fn turn(&self, round: RoundNumber, seat: Seat) -> Option<&Turn> {
        let stale = || self.session.stale.values().find(|turn| turn.ask.round == round && turn.ask.seat == seat);
        self.session.turn_of(round, seat).or_else(stale)
    }

    /// The text of an ask, read as Markdown as far as it has come.
    pub fn read(&mut self, ask: &AskId) -> &Stream {
        let turn = self.session.turns.get(ask).or_else(|| self.session.stale.get(ask));
        let (text, whole) = match turn {
            Some(turn) => (shown_text(turn), turn.is_settled() || !self.running),
            None => ("", false),
        };
        let stream = self.texts.entry(ask.clone()).or_default();
        stream.update(text);
        if whole {
            stream.finish();
        }
        stream
    }

    /// Whether the session can go on: it was stopped, or cut off while it ran.
    #[must_use]
    pub fn can_continue(&self) -> bool {
        !self.running && !self.session.participants.is_empty() && !self.session.is_finished()
    }

    /// How it ended, if it did.
    #[must_use]
    pub const fn ended(&self) -> Option<EndReason> {
        match &self.session.state {
            SessionState::Ended { reason, .. } => Some(*reason),
            SessionState::Running => None,
        }
    }
}

/// The words of a turn that people read: the answer itself where the turn holds more.
#[must_use]
pub fn shown_text(turn: &Turn) -> &str {
    use tachikoma_forge::session::Answer;
    match (turn.answer(), turn.text()) {
        (Some(Answer::Synthesis { .. } | Answer::Ballot(_) | Answer::Rebuttal(_)), _)
            if !turn.words().trim().is_empty() =>
        {
            turn.words()
        }
        (_, Some(text)) => text,
        _ => turn.latest().map_or("", |a| a.text.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use tachikoma_forge::types::RoundType;

    use super::super::example::{Script, ask, whole};
    use super::super::{agreement, outcome, scores, staff, totals};
    use super::*;

    fn folded(events: &[Envelope], running: bool) -> Live {
        let mut live = Live::new(SessionId("s".into()));
        live.running = running;
        for event in events {
            live.apply(event);
        }
        live
    }

    #[test]
    fn a_piece_of_text_touches_one_card_and_only_the_first_the_frame() {
        let mut script = Script::new(&["Ada", "Turing"]);
        let id = ask(1, RoundType::Draft, 1);
        script.round(1, RoundType::Draft, &[0, 1]).ask(1, RoundType::Draft, 1);
        script.delta(&id, 1, Channel::Text, "One").delta(&id, 1, Channel::Text, " two");
        let mut live = Live::new(SessionId("s".into()));
        live.running = true;
        let changes: Vec<_> = script.events.iter().map(|e| live.apply(e)).collect();
        assert_eq!(changes[changes.len() - 2..], [Change::Frame, Change::Text(1, 1)]);
        let again =
            Event::TextSoFar { ask: id.clone(), attempt: 1, channel: Channel::Text, from: 0, text: "One two".into() };
        script.push(again);
        let last = script.events.last().unwrap();
        assert_eq!(live.apply(last), Change::Nothing, "the journal's copy of what was shown");
        assert_eq!(shown_text(live.turn(1, 1).unwrap()), "One two");
        // One who follows has not heard the piece that it repeats.
        let more =
            Event::TextSoFar { ask: id.clone(), attempt: 1, channel: Channel::Text, from: 7, text: " three".into() };
        script.push(more);
        assert_eq!(live.apply(script.events.last().unwrap()), Change::Text(1, 1));
    }

    #[test]
    fn folding_piece_by_piece_shows_what_folding_the_journal_shows() {
        let events = whole();
        let (once, now) = (folded(&events, false), 2_000_000);
        let mut live = Live::new(SessionId("s".into()));
        live.running = true;
        for event in &events {
            live.apply(event);
            // Looking in between must change nothing.
            let _ = (staff::measures(&live, now), scores::latest(&live), outcome::outcome(&live));
        }
        live.running = false;
        assert_eq!(staff::measures(&live, now), staff::measures(&once, now));
        assert_eq!(scores::latest(&live), scores::latest(&once));
        assert_eq!(outcome::outcome(&live), outcome::outcome(&once));
        assert_eq!(agreement::agreement(&live), agreement::agreement(&once));
        assert_eq!(totals::totals(&live, now), totals::totals(&once, now));
    }

    #[test]
    fn the_critique_table_tells_own_given_missing_and_absent_apart() {
        use scores::Cell;
        let table = scores::latest(&folded(&whole(), false)).unwrap();
        let kinds: Vec<Vec<String>> = table
            .rows
            .iter()
            .map(|row| {
                let word = |cell: &Cell| match cell {
                    Cell::Given(score) => score.score.to_string(),
                    other => format!("{other:?}"),
                };
                row.cells.iter().map(word).collect()
            })
            .collect();
        assert_eq!(kinds, [["80", "Own", "NoScore"], ["Own", "61", "40"], ["Absent", "Absent", "Own"]]);
        assert_eq!((table.given, table.expected), (3, 6));
        let best: Vec<_> = table.drafts.iter().filter(|d| d.best).map(|d| d.label.as_str()).collect();
        assert_eq!(best, ["A"]);
        assert_eq!(table.drafts[0].mean, Some((80, 1)));
    }

    #[test]
    fn the_outcome_prints_the_dissent_and_who_was_absent() {
        let live = folded(&whole(), false);
        let outcome = outcome::outcome(&live).unwrap();
        assert_eq!(outcome.text, "**No.** Only invoices.");
        assert_eq!((outcome.author.as_str(), outcome.round, outcome.agreed), ("Turing", 3, false));
        assert_eq!(
            live.session.dissent().minority.against.iter().map(|m| live.session.name_of(m.seat)).collect::<Vec<_>>(),
            ["Hopper"]
        );
        assert_eq!(outcome.roster[2].part, "disagrees · missed 1 round · 1 retry");
        let (_, tally) = outcome.vote.unwrap();
        assert_eq!(agreement::formula(&tally), ["2 agree ÷ (2 agree + 1 disagree)", "= 0.666 < 0.80"]);
        assert_eq!(outcome::standing(&live).0, "No agreement after 4 rounds. This is the best-rated version.");
        assert!(!live.can_continue());
    }

    #[test]
    fn the_staff_says_in_words_what_it_draws() {
        let measures = staff::measures(&folded(&whole(), false), 0);
        let labels: Vec<_> = measures.iter().map(|m| m.label.as_str()).collect();
        assert_eq!(labels[0], "Round 1: Draft, finished in 0:03");
        assert_eq!(labels.len(), 4);
        assert!(measures[1].bars[2].gone && measures[1].bars[2].failed.len() == 1);
        assert!(measures.iter().flat_map(|m| &m.bars).all(|b| b.thinks <= b.writes && b.writes <= 100.0));
        let begun = folded(&whole()[..3], true);
        let labels: Vec<_> = staff::measures(&begun, 1_000_000).into_iter().map(|m| m.label).collect();
        assert_eq!(labels[0], "Round 1: Draft, running, 0 of 3 finished");
        assert_eq!(labels[3], "Round 4: Convergence, not started");
        assert_eq!(staff::columns(&staff::measures(&begun, 1_000_000), true).matches("fr").count(), 4);
    }

    #[test]
    fn a_session_that_was_cut_off_can_be_continued() {
        let events = whole();
        for end in 1..events.len() {
            let live = folded(&events[..end], false);
            assert!(live.can_continue(), "after {end} events");
            assert!(!folded(&events[..end], true).can_continue(), "while it runs");
        }
    }

    #[test]
    fn totals_count_calls_retries_and_reported_tokens() {
        let totals = totals::totals(&folded(&whole(), false), 0);
        assert_eq!((totals.calls, totals.retries, totals.rounds), (11, 1, 4));
        assert_eq!((totals.spending.tokens, totals.spending.unreported), (9 * 120, 2), "failed calls count");
        assert_eq!(
            (totals.spending.cost.0, totals.spending.unknown),
            (0, 11),
            "no price is known: unknown is not nothing"
        );
    }
}
