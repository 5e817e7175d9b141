//! Layers of drafts, each written from all drafts of the layer before, and an aggregator who writes the result.

use super::standing::version;
use super::{Ask, Build, Next, Outline, Protocol, ending, rounds};
use crate::prompt::PromptError;
use crate::session::{ForgeSession, Settings};
use crate::types::RoundType;

/// Layers where nothing else is said.
const LAYERS: u32 = 2;

/// Layers and an aggregator.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Mixture;

/// What people are told of it.
pub(super) const OUTLINE: Outline = Outline {
    name: "mixture",
    about: "Everybody drafts alone, then writes anew from all drafts, layer by layer; one member brings the last layer together.",
    good_for: "Long or open texts, explanations and plans, where good parts add up. It works with members of like strength: \
               a weak one lowers every layer above it. Nobody judges or votes.",
    round_types: &[RoundType::Draft, RoundType::Refinement, RoundType::Synthesis],
    course,
    calls: |round_type, members| if matches!(round_type, RoundType::Synthesis) { 1 } else { members },
};

/// The layers after the first.
fn refinements(settings: &Settings) -> u32 {
    settings.depth.unwrap_or(LAYERS).saturating_sub(1)
}

fn course(settings: &Settings, _: bool) -> Vec<RoundType> {
    let layers = (0..refinements(settings).min(settings.max_rounds)).map(|_| RoundType::Refinement);
    let rounds = std::iter::once(RoundType::Draft).chain(layers).chain([RoundType::Synthesis]);
    rounds::plain_course(rounds.collect(), settings)
}

impl Protocol for Mixture {
    fn outline(&self) -> &'static Outline {
        &OUTLINE
    }

    fn next(&self, session: &ForgeSession) -> Next {
        let Some(last) = session.rounds.last() else { return Next::Round(RoundType::Draft) };
        match last.round_type {
            RoundType::Draft | RoundType::Refinement if rounds::is_alone(session) => Next::End(ending::alone(session)),
            RoundType::Draft | RoundType::Refinement
                if rounds::since_drafts(session, RoundType::Refinement) < refinements(&session.settings) =>
            {
                Next::Round(RoundType::Refinement)
            }
            RoundType::Synthesis => {
                let detail = "The last layer is brought together; nobody voted on the result.";
                Next::End(ending::concluded(version(session).map(|turn| turn.ask.clone()), detail.to_owned()))
            }
            _ => Next::Round(RoundType::Synthesis),
        }
    }

    fn ask(&self, build: Build<'_>) -> Result<Option<Ask>, PromptError> {
        match build.round_type() {
            RoundType::Draft => build.draft("draft").map(Some),
            RoundType::Refinement => build.refinement("refinement").map(Some),
            _ => build.synthesis("synthesis").map(Some),
        }
    }
}
