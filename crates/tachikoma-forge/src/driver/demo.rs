//! The panel of the demo: where scripted members become participants.
//!
//! Here and not beside the script, since providers know nothing of sessions.

use crate::llm::demo;
use crate::session::Participant;

/// Who takes part in the demo.
#[must_use]
pub fn demo_participants() -> Vec<Participant> {
    demo::panel().iter().map(|member| Participant::new(member.model_ref()).named(member.name)).collect()
}
