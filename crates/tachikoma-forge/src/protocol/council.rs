//! Answers, a ranking of them without names, and a chair who writes the result. It takes no vote on that.
//!
//! The chair is whose draft stands first in the Borda count, unless the settings name another; if it fails, the next. A
//! further ranking that somebody asks for ends it when it comes to the same order as the one before.

use super::standing::{critics, order_of, version};
use super::{Ask, Build, Conclusion, Next, Outline, Protocol, ending, rounds};
use crate::prompt::PromptError;
use crate::session::{ForgeSession, Round, StopRule};
use crate::types::RoundType;

/// Drafts, an anonymous ranking, and a chair.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Council;

/// What people are told of it.
pub(super) const OUTLINE: Outline = Outline {
    name: "council",
    about: "Everybody drafts alone and ranks the drafts of the others blind; a chair writes the result.",
    good_for: "Open questions where one good answer is enough and time or money is short: most of what a panel gains lies \
               in the comparison, and it is taken once. Nobody votes on the result.",
    round_types: &[RoundType::Draft, RoundType::Ranking, RoundType::Synthesis],
    course: |settings, _| {
        rounds::plain_course(vec![RoundType::Draft, RoundType::Ranking, RoundType::Synthesis], settings)
    },
    calls: |round_type, members| if matches!(round_type, RoundType::Synthesis) { 1 } else { members },
};

impl Protocol for Council {
    fn outline(&self) -> &'static Outline {
        &OUTLINE
    }

    fn next(&self, session: &ForgeSession) -> Next {
        let Some(last) = session.rounds.last() else { return Next::Round(RoundType::Draft) };
        match last.round_type {
            RoundType::Draft if !critics(session).is_empty() => Next::Round(RoundType::Ranking),
            RoundType::Draft | RoundType::Ranking if rounds::is_alone(session) => Next::End(ending::alone(session)),
            RoundType::Ranking => stable(session, last).map_or(Next::Round(RoundType::Synthesis), Next::End),
            RoundType::Synthesis => {
                let detail = "The chair has written the shared answer; the members ranked the drafts that it comes from and \
                              did not vote on it.";
                Next::End(ending::concluded(version(session).map(|turn| turn.ask.clone()), detail.to_owned()))
            }
            _ => Next::Round(RoundType::Synthesis),
        }
    }

    fn ask(&self, build: Build<'_>) -> Result<Option<Ask>, PromptError> {
        match build.round_type() {
            RoundType::Draft => build.draft("draft").map(Some),
            RoundType::Ranking => build.ranking("ranking").map(Some),
            _ => build.synthesis("synthesis").map(Some),
        }
    }
}

/// The end, when there is an answer and a further ranking moved nothing.
fn stable(session: &ForgeSession, last: &Round) -> Option<Conclusion> {
    let answer = version(session)?;
    let is_earlier = |round: &&Round| round.number < last.number && round.round_type == RoundType::Ranking;
    let earlier = session.rounds.iter().rev().find(is_earlier)?;
    (order_of(session, earlier) == order_of(session, last)).then(|| {
        let detail =
            format!("Ranked again in round {}, the drafts stand in the same order, so the answer stays.", last.number);
        Conclusion { rule: StopRule::StableRanking, ..ending::concluded(Some(answer.ask.clone()), detail) }
    })
}
