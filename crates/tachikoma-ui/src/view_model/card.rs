//! A member's card in one round: its state as a word, what it says, and its figures.

use std::sync::Arc;

use tachikoma_forge::protocol::reading::partial;
use tachikoma_forge::session::{
    Answer, AttemptReason, AttemptState, ForgeSession, Participant, Spending, Turn, TurnState, WaitReason, Waiting,
    is_person,
};
use tachikoma_forge::types::{AskId, BranchId, ErrorKind, ModelRef, Nanos, RoundNumber, RoundType, Seat};

use self::note::note;
use super::fields::{self, Field};
use super::live::{Live, shown_text};
use super::steer::{Act, acts};
use crate::markdown::Block;

mod note;

/// Where a member stands in a round. [`State::word`] is what the card says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not asked yet.
    Waiting,
    /// Asked; nothing has come, or it reads what another writes.
    Reading,
    /// It thinks aloud.
    Thinking,
    /// It writes.
    Writing,
    /// Its next call waits for a place at its server.
    Queued,
    /// Its next call waits until its model may be asked again.
    Cooling,
    /// Its next call waits until others leave it room under the cap.
    Capped,
    /// Something failed, and another try is made.
    Retrying,
    /// It has answered.
    Done,
    /// It has answered up to a limit.
    CutShort,
    /// It was cut off from outside.
    Stopped,
    /// It has no part in this round.
    Absent,
    /// It is a person, and is asked.
    YourTurn,
}

impl State {
    /// All states: the tests walk this.
    pub const ALL: [Self; 13] = [
        Self::Waiting,
        Self::Reading,
        Self::Thinking,
        Self::Writing,
        Self::Queued,
        Self::Cooling,
        Self::Capped,
        Self::Retrying,
        Self::Done,
        Self::CutShort,
        Self::Stopped,
        Self::Absent,
        Self::YourTurn,
    ];

    /// The word on the card.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Reading => "reading",
            Self::Thinking => "thinking",
            Self::Writing => "writing",
            Self::Queued => "queued",
            Self::Cooling => "cooling",
            Self::Capped => "at the cap",
            Self::Retrying => "retrying",
            Self::Done => "done",
            Self::CutShort => "cut short",
            Self::Stopped => "stopped",
            Self::Absent => "absent",
            Self::YourTurn => "your turn",
        }
    }

    /// How much it asks for attention: the class of the word.
    #[must_use]
    pub const fn tone(self) -> &'static str {
        match self {
            Self::Thinking | Self::Writing => "live",
            Self::Retrying | Self::Cooling | Self::Capped | Self::CutShort | Self::YourTurn => "warn",
            Self::Absent => "danger",
            Self::Waiting | Self::Reading | Self::Queued | Self::Done | Self::Stopped => "",
        }
    }
}

/// What the card says besides what the member says: a fact, and what follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Note {
    /// The fact.
    pub fact: String,
    /// What follows.
    pub follows: String,
}

/// What the member says.
#[derive(Clone, Debug, PartialEq)]
pub enum Words {
    /// Nothing yet.
    None,
    /// Markdown: blocks that will not change, and those that may.
    Text {
        /// Which text: the branch and the revision of its ask, and how often it started over.
        version: (BranchId, u32, u32),
        /// Settled blocks.
        settled: Vec<Arc<Block>>,
        /// The rest.
        tail: Vec<Block>,
    },
    /// A structured answer.
    Fields(Vec<Field>),
    /// A text that could not be read as what was asked for, as it stands.
    Raw(String),
}

/// A member's card.
#[derive(Clone, Debug, PartialEq)]
pub struct Card {
    /// The seat.
    pub seat: Seat,
    /// The member's name.
    pub name: String,
    /// The model that answers, or would.
    pub model: String,
    /// Where it stands.
    pub state: State,
    /// What the card says about that.
    pub note: Note,
    /// What the member thought aloud.
    pub reasoning: String,
    /// How long it thought before it wrote, in milliseconds.
    pub thought_ms: Option<u64>,
    /// What the member says.
    pub words: Words,
    /// The plain text, for copying.
    pub text: Arc<str>,
    /// Answer tokens.
    pub tokens: Tokens,
    /// What its calls cost, once they have ended; empty where nothing is known or charged.
    pub cost: String,
    /// When it was asked, in milliseconds since 1970, while it is not settled.
    pub since: Option<u64>,
    /// How long it took, once it is settled.
    pub took_ms: Option<u64>,
    /// How long it has been or was producing, in milliseconds: what tokens per second count against.
    pub producing_since: Option<u64>,
    /// The turn, once it was asked.
    pub ask: Option<AskId>,
    /// Whether it read what was changed since.
    pub stale: bool,
    /// Until when a person can answer, in milliseconds since 1970, where there is a limit.
    pub due: Option<u64>,
    /// What can be done with it.
    pub acts: Vec<Act>,
}

/// A count of tokens and where it comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tokens {
    /// Nothing has come.
    None,
    /// Guessed from the length of the text, while no count has been reported.
    About(u64),
    /// As the provider reported them.
    Reported(u64),
}

/// The card of a seat in a round.
#[must_use]
pub fn card(live: &mut Live, round: RoundNumber, seat: Seat) -> Card {
    let Some(turn) = live.turn(round, seat).cloned() else { return idle(live, round, seat) };
    let round_type = live.session.round(round).map(|r| r.round_type);
    let times = live.times.get(&turn.ask).cloned().unwrap_or_default();
    let latest = turn.latest();
    let running = live.running;
    let person = live.session.participant(seat).is_some_and(Participant::is_person);
    let stale = live.session.stale.contains_key(&turn.ask);
    let state = match turn.state {
        TurnState::Open if person && !stale && !live.session.is_finished() => State::YourTurn,
        _ => state(&turn, running),
    };
    let limit = live.session.settings.person_seconds.filter(|_| running && !live.session.paused);
    let words = words(live, &turn, round_type, state);
    let text: Arc<str> = shown_text(&turn).into();
    let reasoning = match &turn.state {
        TurnState::Complete(turn) => turn.reasoning.clone(),
        TurnState::Open | TurnState::Failed { .. } => latest.map(|a| a.reasoning.clone()).unwrap_or_default(),
    };
    let tokens = match &turn.state {
        TurnState::Complete(turn) if turn.usage.output_tokens.is_some() => {
            turn.usage.output_tokens.map_or(Tokens::None, Tokens::Reported)
        }
        _ => match (latest.map_or(0, |a| a.text.len()) + reasoning.len()).div_ceil(4) {
            0 => Tokens::None,
            about => Tokens::About(about as u64),
        },
    };
    let settled = turn.is_settled();
    let model = match (&turn.state, &turn.waiting, latest) {
        (TurnState::Complete(turn), ..) => written(&turn.model),
        (_, Some(waiting), _) => written(&waiting.model),
        (_, None, Some(attempt)) => written(&attempt.model),
        (_, None, None) => model_of(&live.session, seat),
    };
    Card {
        seat,
        name: live.session.name_of(seat).to_owned(),
        model,
        state,
        note: note(live, &turn, state),
        thought_ms: times.first_text.filter(|_| !reasoning.is_empty()).map(|t| t.saturating_sub(times.asked)),
        reasoning,
        words,
        text,
        tokens,
        cost: if settled { cost(live, &turn) } else { String::new() },
        since: (!settled && running).then_some(times.asked),
        took_ms: times.settled.map(|t| t.saturating_sub(times.asked)),
        producing_since: times.first_reasoning.or(times.first_text),
        due: limit.filter(|_| state == State::YourTurn).map(|seconds| times.counts_from + u64::from(seconds) * 1_000),
        acts: if stale { Vec::new() } else { acts(live, round, seat) },
        ask: Some(turn.ask),
        stale,
    }
}

/// What all calls for a turn cost: the failed ones too.
fn cost(live: &Live, turn: &Turn) -> String {
    let sum = Spending::of(&turn.attempts, &live.session.settings);
    match sum.cost {
        Nanos::ZERO => String::new(),
        cost => cost.to_string(),
    }
}

/// The card of a seat that has no turn in the round.
fn idle(live: &Live, round: RoundNumber, seat: Seat) -> Card {
    let session = &live.session;
    let this = session.round(round);
    let absence = this.and_then(|r| r.absent.iter().find(|a| a.seat == seat));
    let (state, note) = match (absence, this) {
        (Some(absence), _) => {
            (State::Absent, Note { fact: "Absent from this round.".into(), follows: absence.reason.clone() })
        }
        // One member writes the shared answer; the seats of the round are those that would, by rank.
        (None, Some(r)) if r.round_type == RoundType::Synthesis => {
            let asked = session.turns_of(round).map(|turn| turn.ask.seat).last();
            let writer = asked.or(r.seats.first().copied()).map_or("", |s| session.name_of(s));
            let follows = if r.complete { " wrote this one." } else { " writes. The vote comes next." };
            (State::Reading, Note { fact: String::new(), follows: [writer, follows].concat() })
        }
        (None, _) => (State::Waiting, Note::default()),
    };
    Card {
        seat,
        name: session.name_of(seat).to_owned(),
        model: model_of(session, seat),
        state,
        note,
        reasoning: String::new(),
        thought_ms: None,
        words: Words::None,
        text: "".into(),
        tokens: Tokens::None,
        cost: String::new(),
        since: None,
        took_ms: None,
        producing_since: None,
        ask: None,
        stale: false,
        due: None,
        acts: acts(live, round, seat),
    }
}

fn state(turn: &Turn, running: bool) -> State {
    match &turn.state {
        TurnState::Complete(turn) if turn.stop_reason.is_cut_short() => State::CutShort,
        TurnState::Complete(_) => State::Done,
        TurnState::Failed { error } if error.kind == ErrorKind::Cancelled => State::Stopped,
        TurnState::Failed { .. } => State::Absent,
        TurnState::Open if !running => State::Stopped,
        TurnState::Open => match (&turn.waiting, turn.latest()) {
            (Some(Waiting { why: WaitReason::Queued, .. }), _) => State::Queued,
            (Some(Waiting { why: WaitReason::Cooling, .. }), _) => State::Cooling,
            (Some(Waiting { why: WaitReason::Budget, .. }), _) => State::Capped,
            (None, None) => State::Waiting,
            (None, Some(attempt)) => match attempt.state {
                AttemptState::Failed { .. } => State::Retrying,
                AttemptState::Interrupted => State::Waiting,
                AttemptState::Running | AttemptState::Succeeded if !attempt.text.is_empty() => State::Writing,
                AttemptState::Running | AttemptState::Succeeded if !attempt.reasoning.is_empty() => State::Thinking,
                AttemptState::Running | AttemptState::Succeeded => match attempt.why {
                    AttemptReason::First | AttemptReason::Cooling | AttemptReason::Resumed => State::Reading,
                    AttemptReason::Retry
                    | AttemptReason::Fallback
                    | AttemptReason::Repair
                    | AttemptReason::WithoutParameter => State::Retrying,
                },
            },
        },
    }
}

/// A model as it is written; of a person there is none to write.
fn written(model: &ModelRef) -> String {
    if is_person(model) { "a person".to_owned() } else { model.to_string() }
}

/// What a seat was given to be asked: its model, with all that shares the work.
fn model_of(session: &ForgeSession, seat: Seat) -> String {
    let member = session.participant(seat);
    member
        .map(|member| if member.is_person() { written(member.model.first()) } else { member.model.to_string() })
        .unwrap_or_default()
}

fn words(live: &mut Live, turn: &Turn, round_type: Option<RoundType>, state: State) -> Words {
    let text = shown_text(turn);
    // A retry begins with nothing of its own: what the failed attempt said is kept in the record, not shown as the answer.
    if matches!(state, State::Retrying | State::Queued | State::Cooling | State::Capped) || text.is_empty() {
        return Words::None;
    }
    if let Some(answer) = turn.answer() {
        match answer {
            Answer::Abstained { .. } => return Words::Raw(text.to_owned()),
            Answer::Draft | Answer::Synthesis { .. } => {}
            _ => return Words::Fields(fields::of_answer(answer)),
        }
    } else if is_structured(round_type, text) {
        let read = partial(text).map(|value| fields::of_partial(&value)).unwrap_or_default();
        return if read.is_empty() { Words::None } else { Words::Fields(read) };
    }
    let stream = live.read(&turn.ask);
    let version = (turn.ask.branch, turn.ask.revision, stream.generation());
    Words::Text { version, settled: stream.settled().to_vec(), tail: stream.tail().to_vec() }
}

/// Whether a text that still arrives is structured: by its round, or because it plainly begins so.
fn is_structured(round_type: Option<RoundType>, text: &str) -> bool {
    let begins = text.trim_start();
    match round_type {
        Some(RoundType::Synthesis) => begins.starts_with('{') || begins.starts_with("```"),
        Some(RoundType::Draft | RoundType::Refinement | RoundType::Baseline) | None => false,
        Some(_) => true,
    }
}

#[cfg(test)]
mod tests;
