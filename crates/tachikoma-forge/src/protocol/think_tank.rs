//! The default protocol: blind drafts, blind scored critique, synthesis, vote; then synthesis and vote
//! again until enough members agree, or it is in vain, or the rounds are used up.
//!
//! Only one member writes a synthesis: the one whose draft was scored highest; if it fails, the next.
//! The best version so far is kept: a later one with less agreement does not replace it. Who is left out
//! is recorded with the reason, and an end always shows the best that there is.

use super::standing::{best, critics};
use super::{Ask, Build, Next, Outline, Protocol, ending, rounds};
use crate::prompt::PromptError;
use crate::session::{ForgeSession, Settings};
use crate::types::RoundType;

/// The default protocol.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ThinkTank;

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
    rounds::voted_course(vec![RoundType::Draft, RoundType::Critique], settings, agreed)
}

impl Protocol for ThinkTank {
    fn outline(&self) -> &'static Outline {
        &OUTLINE
    }

    fn next(&self, session: &ForgeSession) -> Next {
        let Some(last) = session.rounds.last() else { return Next::Round(RoundType::Draft) };
        match last.round_type {
            RoundType::Draft if !critics(session).is_empty() => Next::Round(RoundType::Critique),
            RoundType::Draft | RoundType::Critique if rounds::is_alone(session) => Next::End(ending::alone(session)),
            _ => rounds::version_or_vote(session, last.round_type),
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
