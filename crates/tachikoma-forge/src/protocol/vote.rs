//! A closed question: everybody answers alone, and the answers are counted.

use super::{Ask, Build, Next, Outline, Protocol, ending, poll, rounds};
use crate::prompt::PromptError;
use crate::session::ForgeSession;
use crate::types::RoundType;

/// A ballot.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Vote;

/// What people are told of it.
pub(super) const OUTLINE: Outline = Outline {
    name: "vote",
    about: "Everybody answers a closed question alone, and the answers are counted.",
    good_for: "Questions with a short answer: yes or no, one of several, a number. On those a plain vote of independent \
               answers does better than debate, for a fraction of the calls.",
    round_types: &[RoundType::Ballot],
    course: |settings, _| rounds::plain_course(vec![RoundType::Ballot], settings),
    calls: |_, members| members,
};

impl Protocol for Vote {
    fn outline(&self) -> &'static Outline {
        &OUTLINE
    }

    fn next(&self, session: &ForgeSession) -> Next {
        match poll::latest(session) {
            None => Next::Round(RoundType::Ballot),
            Some(poll) => Next::End(ending::counted(session, &poll)),
        }
    }

    fn ask(&self, build: Build<'_>) -> Result<Option<Ask>, PromptError> {
        build.ballot("ballot").map(Some)
    }
}
