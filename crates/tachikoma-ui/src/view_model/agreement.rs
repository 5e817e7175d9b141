//! Agreement over the rounds, and the votes behind it.

use tachikoma_forge::session::{Answer, Round, Tally};
use tachikoma_forge::types::{RoundNumber, RoundType, Seat};

use super::format::share;
use super::live::Live;

/// A member's vote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ballot {
    /// Who.
    pub seat: Seat,
    /// The name.
    pub name: String,
    /// What.
    pub choice: Choice,
    /// Why.
    pub reason: String,
    /// What is still wrong.
    pub concerns: Vec<String>,
}

/// What a ballot says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// For.
    Agree,
    /// Against.
    Disagree,
    /// Asked, but no readable vote.
    Abstain,
    /// Absent from the round.
    Absent,
    /// Not there yet.
    Pending,
}

impl Choice {
    /// The word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Agree => "agree",
            Self::Disagree => "disagree",
            Self::Abstain => "abstain",
            Self::Absent => "absent",
            Self::Pending => "not yet",
        }
    }
}

/// One vote of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// The round.
    pub round: RoundNumber,
    /// The count, once it is made.
    pub tally: Option<Tally>,
    /// The ballots, by seat.
    pub ballots: Vec<Ballot>,
}

/// The votes so far.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// The threshold in thousandths.
    pub threshold: u32,
    /// The votes, in order.
    pub points: Vec<Point>,
    /// All of it in a sentence.
    pub sentence: String,
}

/// The agreement of a session.
#[must_use]
pub fn agreement(live: &Live) -> Agreement {
    let threshold = live.session.settings.convergence_threshold;
    let points: Vec<Point> = live
        .session
        .rounds
        .iter()
        .filter(|r| r.round_type == RoundType::Convergence)
        .map(|r| Point { round: r.number, tally: r.tally, ballots: ballots(live, r) })
        .collect();
    let counted: Vec<String> = points
        .iter()
        .filter_map(|p| {
            let value = p.tally?.agreement().map_or_else(|| "no count".to_owned(), share);
            Some([&value, " in round ", &p.round.to_string()].concat())
        })
        .collect();
    let so_far = if counted.is_empty() { "no vote yet".to_owned() } else { counted.join(", ") };
    let sentence = ["Agreement: ", &so_far, ". It stops at ", &share(threshold), "."].concat();
    Agreement { threshold, points, sentence }
}

/// The ballots of a round of votes.
#[must_use]
pub fn ballots(live: &Live, round: &Round) -> Vec<Ballot> {
    round
        .seats
        .iter()
        .map(|&seat| {
            let turn = live.turn(round.number, seat);
            let mut ballot = Ballot {
                seat,
                name: live.session.name_of(seat).to_owned(),
                choice: Choice::Pending,
                reason: String::new(),
                concerns: Vec::new(),
            };
            ballot.choice = match turn.map(|t| (t.answer(), t.is_settled())) {
                Some((Some(Answer::Vote(vote)), _)) => {
                    ballot.reason.clone_from(&vote.reasoning);
                    ballot.concerns.clone_from(&vote.concerns);
                    if vote.agree { Choice::Agree } else { Choice::Disagree }
                }
                Some((Some(_), _)) => Choice::Abstain,
                Some((None, true)) => Choice::Absent,
                Some((None, false)) | None if round.complete => Choice::Absent,
                Some((None, false)) | None => Choice::Pending,
            };
            ballot
        })
        .collect()
}

/// The formula with its numbers: `3 agree ÷ (3 agree + 1 disagree)` and what it comes to.
#[must_use]
pub fn formula(tally: &Tally) -> [String; 2] {
    let (agree, disagree) = (tally.agree.to_string(), tally.disagree.to_string());
    let sum = [&agree, " agree ÷ (", &agree, " agree + ", &disagree, " disagree)"].concat();
    let threshold = share(tally.threshold);
    let result = match tally.agreement() {
        None => {
            let voted = (tally.agree + tally.disagree).to_string();
            [
                "= no count: ",
                &voted,
                " of ",
                &tally.seats.to_string(),
                " voted, ",
                &tally.quorum().to_string(),
                " are needed",
            ]
            .concat()
        }
        Some(value) => {
            let sign = if tally.converged() { " ≥ " } else { " < " };
            let follows = if tally.converged() { ", so it stopped" } else { "" };
            ["= ", &share(value), sign, &threshold, follows].concat()
        }
    };
    [sum, result]
}
