//! Who stands where: claims by member over the votes, who changed its mind and by which words, and who disagrees with
//! the result. A fold of what the members said; nothing is guessed.

use std::collections::BTreeMap;

use super::{Answer, ForgeSession, Round, Stance, Turn, Vote};
use crate::types::{RoundNumber, Seat};

/// The row of a debate: who keeps its position agrees with it.
const KEEPS: &str = "Its own position before the round still stands.";

/// Who stands where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dissent {
    /// The members that stand somewhere, by seat: the columns of the table.
    pub seats: Vec<Seat>,
    /// What they stand for or against: the rows.
    pub claims: Vec<Claim>,
    /// Who changed its mind, in the order in which it happened.
    pub switches: Vec<Switch>,
    /// Who disagrees with the result.
    pub minority: Minority,
}

/// A sentence that members are for or against: a claim of the shared answer, an answer to a closed question, or that
/// somebody keeps its position in a debate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What it says.
    pub text: String,
    /// Who stands where on it, by round and seat.
    pub stands: Vec<Stand>,
}

/// Where one member stands on a claim in one round.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stand {
    /// Who.
    pub seat: Seat,
    /// When.
    pub round: RoundNumber,
    /// Where.
    pub stance: Stance,
}

/// A member that changed its mind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// Who.
    pub seat: Seat,
    /// When.
    pub round: RoundNumber,
    /// On what.
    pub what: Switched,
    /// The words that moved it.
    pub moved: Moved,
}

/// What somebody changed its mind about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Switched {
    /// The vote: whether it agrees now.
    Vote {
        /// Its vote now.
        agree: bool,
    },
    /// Its position in a debate.
    Position,
    /// A claim.
    Claim {
        /// Which row of the table, from 0.
        claim: usize,
        /// Where it stood.
        from: Stance,
        /// Where it stands now.
        to: Stance,
    },
}

/// By what a member was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Moved {
    /// These words stand in what it read.
    By(String),
    /// It names these words, and they stand in nothing that it read.
    Unfound(String),
    /// It does not say.
    Unexplained,
}

/// Who disagrees with the result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Minority {
    /// The round in which the members said whether they agree; none when they were never asked.
    pub round: Option<RoundNumber>,
    /// How many agree.
    pub agree: u32,
    /// Who disagrees.
    pub against: Vec<Dissenter>,
    /// Who agrees and has something against it all the same.
    pub reserved: Vec<Dissenter>,
    /// Who was asked and said neither.
    pub silent: Vec<Seat>,
}

/// What one member has against the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dissenter {
    /// Who.
    pub seat: Seat,
    /// Why, in its own words; may be empty.
    pub why: String,
    /// What has to be mended first.
    pub blocking: Vec<String>,
    /// What else is wrong.
    pub concerns: Vec<String>,
}

impl Stance {
    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agree => "agrees",
            Self::Disagree => "disagrees",
            Self::Unsure => "unsure",
        }
    }
}

impl Claim {
    /// Where a member stands over the rounds: `agrees (4), disagrees (6)`; nothing where it never said so.
    #[must_use]
    pub fn of(&self, seat: Seat) -> String {
        let each = self.stands.iter().filter(|stand| stand.seat == seat);
        let words: Vec<String> =
            each.map(|stand| [stand.stance.word(), " (", &stand.round.to_string(), ")"].concat()).collect();
        words.join(", ")
    }
}

impl Minority {
    /// All of it in a sentence.
    #[must_use]
    pub fn sentence(&self) -> String {
        let silent = match self.silent.len() {
            0 => String::new(),
            n => [" ", &n.to_string(), " said neither."].concat(),
        };
        let Some(round) = self.round else {
            return "Nobody was asked whether they agree with the result.".to_owned();
        };
        let round = round.to_string();
        match self.against.len() {
            0 if self.agree == 0 => ["In round ", &round, " nobody said where they stand.", &silent].concat(),
            0 => ["Nobody dissents: all who voted in round ", &round, " agree.", &silent].concat(),
            1 => ["One member disagreed in round ", &round, ".", &silent].concat(),
            n => [&n.to_string(), " members disagreed in round ", &round, ".", &silent].concat(),
        }
    }
}

impl ForgeSession {
    /// The round that says who agrees with the result: the last vote on it, else the last vote at all.
    #[must_use]
    pub fn deciding(&self) -> Option<&Round> {
        let result = self.result().map(|turn| &turn.ask);
        let votes = || self.rounds.iter().rev().filter(|round| round.tally.is_some());
        votes().find(|round| round.version.as_ref() == result).or_else(|| votes().next())
    }

    /// Who stands where.
    #[must_use]
    pub fn dissent(&self) -> Dissent {
        let mut dissent = Dissent { minority: self.minority(), ..Dissent::default() };
        let mut last_vote: BTreeMap<Seat, bool> = BTreeMap::new();
        for round in self.rounds.iter().filter(|round| round.complete) {
            let claims = self.claims_of(round);
            for turn in self.turns_of(round.number) {
                match turn.answer() {
                    Some(Answer::Vote(vote)) => {
                        let moved = self.moved(turn, &vote.moved_by);
                        if last_vote.insert(turn.ask.seat, vote.agree).is_some_and(|before| before != vote.agree) {
                            dissent.switched(turn, Switched::Vote { agree: vote.agree }, moved.clone());
                        }
                        dissent.stances(turn, vote, claims, &moved);
                    }
                    Some(Answer::Ballot(ballot)) => dissent.stand(turn, &ballot.choice, &ballot.normal, Stance::Agree),
                    Some(Answer::Rebuttal(rebuttal)) => {
                        let stance = if rebuttal.switched { Stance::Disagree } else { Stance::Agree };
                        dissent.stand(turn, KEEPS, &normal(KEEPS), stance);
                        if rebuttal.switched {
                            dissent.switched(turn, Switched::Position, self.moved(turn, &rebuttal.quote));
                        }
                    }
                    _ => {}
                }
            }
        }
        dissent.seats.sort_unstable();
        dissent
    }

    /// The claims of the version that a round votes on.
    fn claims_of(&self, round: &Round) -> &[String] {
        match round.version.as_ref().and_then(|ask| self.turns.get(ask)).and_then(Turn::answer) {
            Some(Answer::Synthesis { claims, .. }) => claims,
            _ => &[],
        }
    }

    /// What the words that a member names come to: they count when they stand in something that it read.
    fn moved(&self, turn: &Turn, words: &str) -> Moved {
        let words = words.trim();
        if words.is_empty() {
            return Moved::Unexplained;
        }
        let read = turn.reads.iter().filter_map(|ask| self.turns.get(ask)).filter_map(Turn::text);
        let found = read.into_iter().any(|text| holds(&normal(text), &normal(words)));
        if found { Moved::By(words.to_owned()) } else { Moved::Unfound(words.to_owned()) }
    }

    fn minority(&self) -> Minority {
        let result = self.result();
        let ballot = match result.and_then(Turn::answer) {
            Some(Answer::Ballot(ballot)) => Some(ballot),
            _ => None,
        };
        let round = match (ballot, result) {
            (Some(_), Some(result)) => self.round(result.ask.round),
            _ => self.deciding(),
        };
        let Some(round) = round else { return Minority::default() };
        let mut minority = Minority { round: Some(round.number), ..Minority::default() };
        for &seat in &round.seats {
            let said = match self.turn_of(round.number, seat).and_then(Turn::answer) {
                Some(Answer::Vote(vote)) => {
                    let (blocking, concerns) = (vote.blocking.clone(), vote.concerns.clone());
                    Some((vote.agree, Dissenter { seat, why: vote.reasoning.clone(), blocking, concerns }))
                }
                Some(Answer::Ballot(own)) => {
                    let why = [own.choice.trim(), ". ", own.reasoning.trim()].concat().trim().to_owned();
                    let same = ballot.is_some_and(|winner| winner.normal == own.normal);
                    Some((same, Dissenter { seat, why, blocking: Vec::new(), concerns: Vec::new() }))
                }
                _ => None,
            };
            match said {
                Some((true, reserved)) => {
                    minority.agree += 1;
                    if !(reserved.blocking.is_empty() && reserved.concerns.is_empty()) {
                        minority.reserved.push(reserved);
                    }
                }
                Some((false, dissenter)) => minority.against.push(dissenter),
                None => minority.silent.push(seat),
            }
        }
        minority
    }
}

impl Dissent {
    fn stances(&mut self, turn: &Turn, vote: &Vote, claims: &[String], moved: &Moved) {
        for said in &vote.stances {
            let text = usize::try_from(said.claim).ok().and_then(|number| claims.get(number.checked_sub(1)?));
            let Some(text) = text else { continue };
            let row = self.row(text, &normal(text));
            let before = self.claims[row].stands.iter().rev().find(|stand| stand.seat == turn.ask.seat);
            let before = before.map(|stand| stand.stance).filter(|stance| *stance != said.stance);
            self.stand(turn, text, &normal(text), said.stance);
            if let Some(from) = before {
                self.switched(turn, Switched::Claim { claim: row, from, to: said.stance }, moved.clone());
            }
        }
    }

    /// The row of a claim; claims of later versions are the same where their words are.
    fn row(&mut self, text: &str, key: &str) -> usize {
        let known = self.claims.iter().position(|claim| normal(&claim.text) == key);
        known.unwrap_or_else(|| {
            self.claims.push(Claim { text: text.trim().to_owned(), stands: Vec::new() });
            self.claims.len() - 1
        })
    }

    fn stand(&mut self, turn: &Turn, text: &str, key: &str, stance: Stance) {
        let row = self.row(text, key);
        if !self.seats.contains(&turn.ask.seat) {
            self.seats.push(turn.ask.seat);
        }
        self.claims[row].stands.push(Stand { seat: turn.ask.seat, round: turn.ask.round, stance });
    }

    fn switched(&mut self, turn: &Turn, what: Switched, moved: Moved) {
        self.switches.push(Switch { seat: turn.ask.seat, round: turn.ask.round, what, moved });
    }
}

/// A text in the form in which claims and quotes are compared: lower case, its words with one blank between them.
/// Marks around words say nothing; the brackets of what was masked stay.
fn normal(text: &str) -> String {
    let kept = |c: char| if c.is_alphanumeric() || matches!(c, '[' | ']') { c } else { ' ' };
    let plain: String = text.chars().map(kept).flat_map(char::to_lowercase).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether a text holds a quote. A name was masked in what the member read and not in what is kept: what stands
/// between masks has to be there, in order.
fn holds(text: &str, quote: &str) -> bool {
    let quote = quote.replace("[model]", "\n").replace("[member]", "\n");
    let pieces: Vec<&str> = quote.split('\n').map(str::trim).filter(|piece| !piece.is_empty()).collect();
    let mut rest = text;
    for piece in &pieces {
        let Some(at) = rest.find(piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    !pieces.is_empty()
}
