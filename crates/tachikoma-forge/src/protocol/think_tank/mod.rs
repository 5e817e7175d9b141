//! The default protocol: blind drafts, blind scored critique, synthesis, vote; then synthesis and vote
//! again until enough members agree or the rounds are used up.
//!
//! Only one member writes a synthesis: the one whose draft was scored highest; if it fails, the next.
//! The best version so far is kept: a later one with less agreement does not replace it. Who is left out
//! is recorded with the reason, and an end always shows the best that there is.
//!
//! Nothing here knows a model, a clock or a key. `plan` decides, `asks` words it, `read` reads what comes
//! back, `labels`, `mask` and `quote` keep it blind, `standing` says what counts.

mod asks;
mod attached;
mod foresight;
mod labels;
mod mask;
mod plan;
mod quote;
mod read;
mod standing;

pub use foresight::{Estimate, Foresight, estimate, foresee};

use super::{Ask, Conclusion, Plan, Prompt, Protocol};
use crate::session::{Answer, ForgeSession, Reading, Turn};
use crate::types::{AskId, RoundNumber, RoundType, Seat, StopReason};

/// The default protocol.
#[derive(Clone, Copy, Debug, Default)]
pub struct ThinkTank;

impl Protocol for ThinkTank {
    fn name(&self) -> &'static str {
        "think-tank"
    }

    fn plan(&self, session: &ForgeSession) -> Plan {
        plan::plan(session)
    }

    fn read(
        &self,
        session: &ForgeSession,
        ask: &AskId,
        text: &str,
        stop: StopReason,
    ) -> Result<(Answer, Reading), String> {
        let Some(round) = session.round(ask.round) else { return Err("its round is unknown".to_owned()) };
        // What the prompt quoted, so that it is not taken for the member's own words.
        let drafts = round.labels.iter().map(|label| &label.ask);
        let text_of = |ask: &AskId| session.turns.get(ask).and_then(Turn::text);
        match round.round_type {
            RoundType::Draft => read::draft(text),
            RoundType::Critique => {
                let quoted: Vec<&str> = drafts.filter_map(text_of).collect();
                read::critique(text, stop, labels::order_of(round, ask.seat), &quoted)
            }
            RoundType::Synthesis => read::synthesis(text),
            RoundType::Convergence => {
                let version = standing::version(session).map(|turn| &turn.ask);
                let quoted: Vec<&str> = drafts.chain(version).filter_map(text_of).collect();
                read::vote(text, stop, &quoted)
            }
        }
    }

    fn repair(&self, session: &ForgeSession, ask: &Ask, text: &str, missing: &str) -> Prompt {
        asks::repair(session, ask, text, missing)
    }

    fn may_run(&self, session: &ForgeSession, round_type: RoundType) -> Result<(), String> {
        plan::may_run(session, round_type)
    }

    fn wind_up(&self, session: &ForgeSession, why: &str) -> Conclusion {
        plan::partial(session, why)
    }
}

/// The stable name of an ask.
fn ask_id(round: RoundNumber, round_type: RoundType, seat: Seat) -> AskId {
    let step = match round_type {
        RoundType::Draft => "draft",
        RoundType::Critique => "critique",
        RoundType::Synthesis => "synthesis",
        RoundType::Convergence => "convergence",
    };
    AskId { branch: 0, round, step: step.to_owned(), seat, revision: 0 }
}
