//! One proposal, attacked by all others; its author answers every objection and revises it, and the others give the
//! verdict, again while the rounds last.
//!
//! The author is whom the settings name, else the first who can write. Nobody attacks or judges its own text.

use super::standing::{best, drafts, version, writers};
use super::{Ask, Build, Next, Outline, Protocol, ending, rounds};
use crate::prompt::PromptError;
use crate::session::{ForgeSession, Judge, seats};
use crate::types::{RoundType, Seat};

/// One proposal against all others.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct RedTeam;

/// What people are told of it.
pub(super) const OUTLINE: Outline = Outline {
    name: "red-team",
    about: "One member writes a proposal, the others look for what breaks it, the author answers every objection and revises \
            it, and the others give their verdict.",
    good_for: "Plans, designs, security and reviews: what matters is what breaks. The attackers need not agree on anything, \
               so nobody is drawn to a common mistake.",
    round_types: &[RoundType::Draft, RoundType::Attack, RoundType::Synthesis, RoundType::Convergence],
    course: |settings, agreed| rounds::voted_course(vec![RoundType::Draft, RoundType::Attack], settings, agreed),
    calls: |round_type, members| match round_type {
        RoundType::Attack | RoundType::Convergence => members.saturating_sub(1),
        _ => 1,
    },
};

/// Who may write the proposal, the first choice first.
fn authors(session: &ForgeSession) -> Vec<Seat> {
    let members = || session.members().map(|member| member.seat);
    let first: Option<Seat> = match session.settings.judge {
        Judge::Fixed { seat } => members().find(|member| *member == seat),
        Judge::Outside { .. } => Some(seats::JUDGE),
        Judge::Highest | Judge::Rotating => None,
    };
    first.into_iter().chain(members().filter(|seat| Some(*seat) != first)).collect()
}

/// Who may revise it, the first choice first: its author, unless the members write in turn.
fn revisers(session: &ForgeSession) -> Vec<Seat> {
    let others = writers(session);
    let author = match session.settings.judge {
        Judge::Rotating => None,
        _ => drafts(session).first().map(|turn| turn.ask.seat),
    };
    // An author who was taken from the table writes no more.
    let author = author.filter(|seat| *seat == seats::JUDGE || session.members().any(|member| member.seat == *seat));
    author.into_iter().chain(others.into_iter().filter(|seat| Some(*seat) != author)).collect()
}

impl Protocol for RedTeam {
    fn outline(&self) -> &'static Outline {
        &OUTLINE
    }

    fn next(&self, session: &ForgeSession) -> Next {
        let Some(last) = session.rounds.last() else { return Next::Round(RoundType::Draft) };
        match last.round_type {
            RoundType::Draft => Next::Round(RoundType::Attack),
            RoundType::Attack if rounds::is_alone(session) => Next::End(ending::alone(session)),
            _ => rounds::version_or_vote(session, last.round_type),
        }
    }

    fn seats(&self, session: &ForgeSession, round_type: RoundType) -> Vec<Seat> {
        match round_type {
            RoundType::Draft => authors(session),
            RoundType::Synthesis => revisers(session),
            RoundType::Convergence => {
                let author = version(session).map(|turn| turn.ask.seat);
                session.members().map(|member| member.seat).filter(|seat| Some(*seat) != author).collect()
            }
            _ => rounds::usual_seats(session, round_type),
        }
    }

    fn in_line(&self, round_type: RoundType) -> bool {
        matches!(round_type, RoundType::Draft | RoundType::Synthesis)
    }

    fn ask(&self, build: Build<'_>) -> Result<Option<Ask>, PromptError> {
        match build.round_type() {
            RoundType::Draft => build.draft("draft").map(Some),
            RoundType::Attack => build.attack("attack"),
            RoundType::Synthesis if best(build.session()).is_none() => build.synthesis("synthesis").map(Some),
            RoundType::Synthesis => build.resynthesis("resynthesis"),
            _ => build.vote("convergence"),
        }
    }
}
