//! How a deliberation came out: the answer, who stands behind it, who does not.

use tachikoma_forge::session::{Answer, EndReason, Round, SessionState, Tally};
use tachikoma_forge::types::{AskId, RoundNumber, RoundType, Seat};

use super::agreement::{self, Ballot, Choice};
use super::behind::{Behind, behind};
use super::format::many;
use super::live::{Live, shown_text};
use super::steer::persons_turns;
use super::totals;

/// What is known once it is over.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The turn whose text is the answer.
    pub ask: AskId,
    /// The round in which it was written.
    pub round: RoundNumber,
    /// What that round was for: a draft may have to stand in for an answer.
    pub round_type: RoundType,
    /// Who wrote it.
    pub author: String,
    /// The author's seat.
    pub seat: Seat,
    /// The answer as it was written.
    pub text: String,
    /// What the author wrote about the drafts before the answer.
    pub comparison: String,
    /// Whether the members agreed.
    pub agreed: bool,
    /// The vote on this version, if there was one.
    pub vote: Option<(RoundNumber, Tally)>,
    /// The ballots of that vote.
    pub ballots: Vec<Ballot>,
    /// Who took part and how, by seat.
    pub roster: Vec<Entry>,
    /// What stands behind it.
    pub behind: Behind,
}

/// A member's part in the outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The seat.
    pub seat: Seat,
    /// The name.
    pub name: String,
    /// Its part in words: "agrees · 2 retries".
    pub part: String,
    /// The class of the words: `warn` for dissent, `danger` for absence.
    pub tone: &'static str,
}

/// How a session stands, in a word or two, and the class of the words.
#[must_use]
pub fn standing(live: &Live) -> (String, &'static str) {
    let SessionState::Ended { reason, .. } = &live.session.state else {
        return match (live.running, live.session.paused) {
            (true, true) => ("Paused".into(), "warn"),
            (true, false) if !persons_turns(live).is_empty() => ("Your turn".into(), "warn"),
            (true, false) => ("Running".into(), "accent"),
            (false, _) => ("Unfinished".into(), "warn"),
        };
    };
    let last = live.session.rounds.iter().rfind(|r| !r.round_type.is_check()).map_or(0, |r| r.number);
    let rounds = || many(last.into(), "round", "rounds");
    match reason {
        // What is less than it was meant to be does not wear that mark.
        EndReason::Converged | EndReason::Concluded if live.session.degraded().is_some() => {
            ("Degraded: a result with parts missing".into(), "warn")
        }
        EndReason::Converged => (["Converged in round ", &last.to_string()].concat(), "accent"),
        EndReason::Concluded => ("Concluded".into(), "accent"),
        EndReason::NotConverged => {
            (["No agreement after ", &rounds(), ". This is the best-rated version."].concat(), "warn")
        }
        EndReason::Partial => ("Ended early. This is the best there is.".into(), "warn"),
        EndReason::Budget => ("The cap is reached. This is the best there is.".into(), "warn"),
        EndReason::Failed => ("Failed".into(), "danger"),
        EndReason::Stopped => ("Stopped".into(), "warn"),
    }
}

/// The outcome; `None` while there is no answer.
#[must_use]
pub fn outcome(live: &Live) -> Option<Outcome> {
    let session = &live.session;
    let turn = session.result()?;
    let ask = turn.ask.clone();
    let vote = session.rounds.iter().rev().find(|r| r.version.as_ref() == Some(&ask) && r.tally.is_some());
    let comparison = match turn.answer() {
        Some(Answer::Synthesis { comparison, .. }) => comparison.clone(),
        _ => String::new(),
    };
    Some(Outcome {
        round: ask.round,
        round_type: session.round(ask.round).map_or(RoundType::Synthesis, |r| r.round_type),
        author: session.name_of(ask.seat).to_owned(),
        seat: ask.seat,
        text: shown_text(turn).to_owned(),
        comparison,
        agreed: matches!(&session.state, SessionState::Ended { reason: EndReason::Converged, .. })
            && session.degraded().is_none(),
        vote: vote.and_then(|r| Some((r.number, r.tally?))),
        ballots: vote.map(|r| agreement::ballots(live, r)).unwrap_or_default(),
        roster: roster(live, vote),
        behind: behind(live),
        ask,
    })
}

fn roster(live: &Live, vote: Option<&Round>) -> Vec<Entry> {
    let ballots = vote.map(|r| agreement::ballots(live, r)).unwrap_or_default();
    live.session
        .participants
        .iter()
        .map(|p| {
            let choice = ballots.iter().find(|b| b.seat == p.seat).map(|b| b.choice);
            let turns = || live.session.turns.values().filter(|t| t.ask.seat == p.seat);
            let took_part = turns().any(|t| t.text().is_some());
            let (first, mut tone) = match choice {
                Some(Choice::Agree) => ("agrees", ""),
                Some(Choice::Disagree) => ("disagrees", "warn"),
                Some(Choice::Abstain) => ("abstained", ""),
                Some(Choice::Absent | Choice::Pending) => ("absent from the vote", "danger"),
                None if took_part => ("took part", ""),
                None => ("absent", "danger"),
            };
            let mut part = vec![first.to_owned()];
            let absent =
                live.session.rounds.iter().filter(|r| r.absent.iter().any(|a| a.seat == p.seat)).count() as u64;
            let missed = absent - u64::from(choice == Some(Choice::Absent) && absent > 0);
            if missed > 0 && first != "absent" {
                part.push(["missed ", &many(missed, "round", "rounds")].concat());
                tone = if tone.is_empty() { "warn" } else { tone };
            }
            let retries = turns().flat_map(|t| &t.attempts).filter(|a| totals::is_retry(a.why)).count() as u64;
            if retries > 0 {
                part.push(many(retries, "retry", "retries"));
            }
            Entry { seat: p.seat, name: p.name.clone(), part: part.join(" · "), tone }
        })
        .collect()
}
