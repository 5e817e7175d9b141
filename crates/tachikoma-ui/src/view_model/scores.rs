//! The critique table: critics are rows, drafts are columns.

use tachikoma_forge::session::{Answer, Round, Score};
use tachikoma_forge::types::{RoundNumber, RoundType, Seat};

use super::live::Live;

/// One round of critique as a table.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// The round.
    pub round: RoundNumber,
    /// The drafts, by label.
    pub drafts: Vec<Draft>,
    /// The critics, by seat.
    pub rows: Vec<Row>,
    /// How many scores there are.
    pub given: usize,
    /// How many there should be.
    pub expected: usize,
}

/// A draft under critique.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its label.
    pub label: String,
    /// Whose it is.
    pub seat: Seat,
    /// The author's name.
    pub name: String,
    /// The mean of its scores, rounded, with how many there are; `None` before the first.
    pub mean: Option<(u32, usize)>,
    /// Whether no other mean is higher.
    pub best: bool,
}

/// A critic's scores.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The critic.
    pub seat: Seat,
    /// The critic's name.
    pub name: String,
    /// One cell a draft.
    pub cells: Vec<Cell>,
}

/// What one critic says of one draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// The critic's own draft, withheld from it.
    Own,
    /// Not there yet.
    Pending,
    /// The critic gave none: an abstention in this cell.
    NoScore,
    /// The critic is absent from the round.
    Absent,
    /// The score, with its reasons.
    Given(Score),
}

/// The table of the latest critique; `None` before labels are given out.
#[must_use]
pub fn latest(live: &Live) -> Option<Scores> {
    let round =
        live.session.rounds.iter().rev().find(|r| r.round_type == RoundType::Critique && !r.labels.is_empty())?;
    let session = &live.session;
    let rows: Vec<Row> = round
        .seats
        .iter()
        .map(|&seat| Row {
            seat,
            name: session.name_of(seat).to_owned(),
            cells: round.labels.iter().map(|l| cell(live, round, seat, &l.label, l.ask.seat)).collect(),
        })
        .collect();
    let mut drafts: Vec<Draft> = round
        .labels
        .iter()
        .enumerate()
        .map(|(column, label)| {
            let given: Vec<u32> = rows
                .iter()
                .filter_map(|row| match &row.cells[column] {
                    Cell::Given(score) => Some(u32::from(score.score)),
                    _ => None,
                })
                .collect();
            let count = u32::try_from(given.len()).unwrap_or(u32::MAX);
            let mean = (count > 0).then(|| ((given.iter().sum::<u32>() * 2 + count) / (count * 2), given.len()));
            let seat = label.ask.seat;
            Draft { label: label.label.clone(), seat, name: session.name_of(seat).to_owned(), mean, best: false }
        })
        .collect();
    let top = drafts.iter().filter_map(|d| d.mean).map(|(mean, _)| mean).max();
    for draft in &mut drafts {
        draft.best = round.complete && draft.mean.map(|(mean, _)| mean) == top && top.is_some();
    }
    let cells = || rows.iter().flat_map(|r| &r.cells);
    let given = cells().filter(|c| matches!(c, Cell::Given(_))).count();
    let expected = cells().filter(|c| !matches!(c, Cell::Own)).count();
    Some(Scores { round: round.number, drafts, given, expected, rows })
}

fn cell(live: &Live, round: &Round, critic: Seat, label: &str, author: Seat) -> Cell {
    if critic == author {
        return Cell::Own;
    }
    let turn = live.turn(round.number, critic);
    match turn.map(|t| (t.answer(), t.is_settled())) {
        Some((Some(Answer::Critique { scores }), _)) => {
            scores.iter().find(|s| s.label == label).map_or(Cell::NoScore, |s| Cell::Given(s.clone()))
        }
        Some((Some(_), _)) => Cell::NoScore,
        Some((None, true)) => Cell::Absent,
        Some((None, false)) | None if round.complete => Cell::Absent,
        Some((None, false)) | None => Cell::Pending,
    }
}
