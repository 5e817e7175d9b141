//! Positions, defended and given up in rounds, then a shared answer and a vote on it.
//!
//! Whoever switches has to quote the words that moved it, so that nobody drifts to the majority without a reason. One
//! member in turn is the challenger: it makes the strongest case against what most hold, so that early agreement is
//! tested and not only repeated.

use super::standing::{best, drafts};
use super::{Ask, Build, Next, Outline, Protocol, ending, rounds};
use crate::prompt::PromptError;
use crate::session::{ForgeSession, Round, Settings};
use crate::types::{RoundType, Seat};

/// Rounds of rebuttal where nothing else is said: more of them bring conformity, not truth.
const DEPTH: u32 = 2;

/// A debate.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Debate;

/// What people are told of it.
pub(super) const OUTLINE: Outline = Outline {
    name: "debate",
    about: "Everybody takes a position and defends or changes it, a switch only with the words that moved it; then a shared \
            answer and a vote.",
    good_for: "A contested either-or where the arguments matter more than the count. Few rounds: long debates breed \
               conformity, so a switch needs a quotation and a challenger speaks against the majority.",
    round_types: &[RoundType::Draft, RoundType::Rebuttal, RoundType::Synthesis, RoundType::Convergence],
    course,
    calls: |round_type, members| if matches!(round_type, RoundType::Synthesis) { 1 } else { members },
};

fn depth(settings: &Settings) -> u32 {
    settings.depth.unwrap_or(DEPTH)
}

fn course(settings: &Settings, agreed: bool) -> Vec<RoundType> {
    let rebuttals = depth(settings).min(settings.max_rounds);
    let before = std::iter::once(RoundType::Draft).chain((0..rebuttals).map(|_| RoundType::Rebuttal)).collect();
    rounds::voted_course(before, settings, agreed)
}

/// The seat that challenges what most hold: another one each round.
fn challenger(session: &ForgeSession, round: &Round) -> Option<Seat> {
    let before =
        session.rounds.iter().filter(|r| r.number < round.number && r.round_type == RoundType::Rebuttal).count();
    round.seats.get(before % round.seats.len().max(1)).copied()
}

impl Protocol for Debate {
    fn outline(&self) -> &'static Outline {
        &OUTLINE
    }

    fn next(&self, session: &ForgeSession) -> Next {
        let Some(last) = session.rounds.last() else { return Next::Round(RoundType::Draft) };
        match last.round_type {
            RoundType::Draft | RoundType::Rebuttal if rounds::is_alone(session) => Next::End(ending::alone(session)),
            RoundType::Draft | RoundType::Rebuttal
                if drafts(session).len() > 1
                    && rounds::since_drafts(session, RoundType::Rebuttal) < depth(&session.settings) =>
            {
                Next::Round(RoundType::Rebuttal)
            }
            _ => rounds::version_or_vote(session, last.round_type),
        }
    }

    fn ask(&self, build: Build<'_>) -> Result<Option<Ask>, PromptError> {
        match build.round_type() {
            RoundType::Draft => build.draft("draft").map(Some),
            RoundType::Rebuttal => {
                let challenges = challenger(build.session(), build.round()) == Some(build.seat());
                build.rebuttal("rebuttal", challenges.then_some("prompts/debate/challenge.md")).map(Some)
            }
            RoundType::Synthesis if best(build.session()).is_none() => build.synthesis("synthesis").map(Some),
            RoundType::Synthesis => build.resynthesis("resynthesis"),
            _ => build.vote("convergence"),
        }
    }
}
