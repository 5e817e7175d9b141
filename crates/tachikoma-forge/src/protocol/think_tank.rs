//! The default protocol: blind drafts, blind scored critique, synthesis, vote; then synthesis and vote
//! again until enough members agree, or it is in vain, or the rounds are used up.
//!
//! Only one member writes a synthesis: the one whose draft was scored highest; if it fails, the next.
//! The best version so far is kept: a later one with less agreement does not replace it. Who is left out
//! is recorded with the reason, and an end always shows the best that there is.

use super::standing::{best, critics};
use super::{Ask, Build, Next, Outline, Protocol, ending, rounds};
use crate::prompt::PromptError;
use crate::session::{ForgeSession, Settings, StopRule};
use crate::types::RoundType;

/// The default protocol.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThinkTank;

/// What people are told of it.
pub(super) const OUTLINE: Outline = Outline {
    name: "think-tank",
    about: "Everybody drafts alone, scores the drafts of the others blind, and votes on one shared answer, again until \
            enough agree.",
    good_for: "Open questions, designs and reviews. Most of what a panel gains over one model comes from the written \
               comparison before the shared answer; blind scores keep names out of it.",
    round_types: &[RoundType::Draft, RoundType::Critique, RoundType::Synthesis, RoundType::Convergence],
    course,
    calls: |round_type, members| if matches!(round_type, RoundType::Synthesis) { 1 } else { members },
};

fn course(settings: &Settings, agreed: bool) -> Vec<RoundType> {
    let limit = if agreed { settings.max_rounds.min(4) } else { settings.max_rounds };
    // A version that nobody could vote on any more is not written.
    let useful = if limit > 4 { limit - limit % 2 } else { limit };
    let round = |number| match number {
        1 => RoundType::Draft,
        2 => RoundType::Critique,
        _ if number % 2 == 1 => RoundType::Synthesis,
        _ => RoundType::Convergence,
    };
    (1..=useful).map(round).collect()
}

impl Protocol for ThinkTank {
    fn outline(&self) -> &'static Outline {
        &OUTLINE
    }

    fn next(&self, session: &ForgeSession) -> Next {
        let Some(last) = session.rounds.last() else { return Next::Round(RoundType::Draft) };
        match last.round_type {
            RoundType::Draft if !critics(session).is_empty() => Next::Round(RoundType::Critique),
            RoundType::Draft | RoundType::Critique if rounds::is_alone(session) => {
                let why = format!("Only one member could answer. {}", ending::reasons(session, last));
                Next::End(ending::partial(session, &why, StopRule::Members))
            }
            RoundType::Synthesis => Next::Round(RoundType::Convergence),
            // A version that nobody could vote on any more is not worth writing.
            RoundType::Convergence if session.rounds.len() + 1 >= session.settings.max_rounds as usize => {
                let why = format!("No agreement after {} rounds", session.rounds.len());
                Next::End(ending::not_converged(session, &why, StopRule::MaxRounds))
            }
            _ => Next::Round(RoundType::Synthesis),
        }
    }

    fn ask(&self, build: Build<'_>) -> Result<Option<Ask>, PromptError> {
        match build.round_type() {
            RoundType::Draft => build.draft("draft").map(Some),
            RoundType::Critique => build.critique("critique").map(Some),
            RoundType::Synthesis if best(build.session()).is_none() => build.synthesis("synthesis").map(Some),
            RoundType::Synthesis => build.resynthesis("resynthesis"),
            _ => build.vote("convergence"),
        }
    }
}
