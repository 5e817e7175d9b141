//! What stands behind a result: in what it is less than meant, the formula, who disagrees, who changed its mind.

use tachikoma_forge::session::{Dissent, Moved, SessionState, Switched};
use tachikoma_forge::types::Seat;

use super::live::Live;

/// What stands behind a result.
#[derive(Clone, Debug, PartialEq)]
pub struct Behind {
    /// In what it is less than it was meant to be, a sentence each; empty for a full result.
    pub degraded: Vec<String>,
    /// The rule that ended it, in words.
    pub rule: Option<&'static str>,
    /// The formula of every vote with what went into it, a line each.
    pub formula: Vec<String>,
    /// Who stands where.
    pub dissent: Dissent,
    /// The columns of the table of claims: seat and name.
    pub columns: Vec<(Seat, String)>,
    /// Who changed its mind, a line each.
    pub switches: Vec<Line>,
    /// How independent the drafts are, a sentence each.
    pub voices: Vec<String>,
    /// Whether it helped, and why, where that was checked.
    pub helped: Option<(String, String)>,
}

/// A line about a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who.
    pub seat: Seat,
    /// Its name.
    pub name: String,
    /// What it did: "agrees since round 6".
    pub what: String,
    /// The words that moved it, or that there are none.
    pub why: String,
    /// Whether that explains it.
    pub explained: bool,
}

/// What stands behind the result of a session that is over.
#[must_use]
pub fn behind(live: &Live) -> Behind {
    let session = &live.session;
    let dissent = session.dissent();
    let name = |seat: Seat| session.name_of(seat).to_owned();
    let mut voices = Vec::new();
    if let Some(found) = session.voices() {
        voices.push(found.sentence());
        for pair in found.alike {
            let (one, other) = (name(pair.one), name(pair.other));
            voices.push(["The drafts of ", &one, " and ", &other, " are nearly the same."].concat());
        }
    }
    Behind {
        degraded: session.degraded().map(|degraded| degraded.sentences(session)).unwrap_or_default(),
        rule: match &session.state {
            SessionState::Ended { rule, .. } => rule.map(tachikoma_forge::session::StopRule::words),
            SessionState::Running => None,
        },
        formula: session
            .rounds
            .iter()
            .filter_map(|round| Some(["Round ", &round.number.to_string(), ": ", &round.tally?.explained()].concat()))
            .collect(),
        columns: dissent.seats.iter().map(|seat| (*seat, name(*seat))).collect(),
        switches: switches(&dissent, name),
        voices,
        helped: session
            .checked()
            .map(|checked| (checked.sentence(), checked.reasoning))
            .or_else(|| session.check_failed().map(|why| (why, String::new()))),
        dissent,
    }
}

fn switches(dissent: &Dissent, name: impl Fn(Seat) -> String) -> Vec<Line> {
    let line = |switch: &tachikoma_forge::session::Switch| {
        let what = match &switch.what {
            Switched::Vote { agree: true } => "agrees".to_owned(),
            Switched::Vote { agree: false } => "disagrees".to_owned(),
            Switched::Position => "has another position".to_owned(),
            Switched::Claim { claim, to, .. } => {
                let text = dissent.claims.get(*claim).map_or("", |claim| claim.text.as_str());
                [to.word(), " on “", &crate::markdown::clean(text), "”"].concat()
            }
        };
        let (why, explained) = match &switch.moved {
            Moved::By(words) => (["“", &crate::markdown::clean(words), "”"].concat(), true),
            Moved::Unfound(words) => (
                ["It quotes “", &crate::markdown::clean(words), "”, which stands in nothing that it read."].concat(),
                false,
            ),
            Moved::Unexplained => ("It names no words that moved it.".to_owned(), false),
        };
        let what = [&what, " since round ", &switch.round.to_string()].concat();
        Line { seat: switch.seat, name: name(switch.seat), what, why, explained }
    };
    dissent.switches.iter().map(line).collect()
}
