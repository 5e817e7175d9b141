//! What is simulated, and what comes of it.

use std::collections::BTreeMap;
use std::time::Duration;

use tachikoma_forge::engine::Targets;
use tachikoma_forge::protocol::OUTLINES;
use tachikoma_forge::session::Envelope;
use tachikoma_forge::types::{AskId, Attempt, ModelRef, Seat};

use super::faults::Coverage;

/// One deliberation to simulate.
#[derive(Clone, Debug)]
pub struct Scenario {
    /// What all chance in it derives from.
    pub seed: u64,
    /// Members share servers, with limits, pools and different context windows; else each has its own.
    pub shared: bool,
    /// Of a hundred calls, so many suffer a fault.
    pub fault_percent: u64,
    /// Cut off after so many durable events, and continue. Later cuts count from the start, too.
    pub cuts: Vec<usize>,
    /// A bug to plant, to see whether the checks catch it.
    pub sabotage: Option<Sabotage>,
    /// Caps on money and tokens, from the tightest to one that is hardly met.
    pub capped: bool,
    /// The protocol, by its name.
    pub protocol: &'static str,
    /// Some seats are people's.
    pub people: bool,
    /// People steer: they pause, change, skip, replace and so on.
    pub steered: bool,
    /// From this moment of virtual time on nothing fails any more.
    pub calm_after: Option<Duration>,
    /// Only calls of this seat fail.
    pub faulty_seat: Option<Seat>,
    /// Few members and few rounds.
    pub short: bool,
}

impl Scenario {
    /// A deliberation with the usual faults.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            shared: false,
            fault_percent: 22,
            cuts: Vec::new(),
            sabotage: None,
            capped: false,
            protocol: "think-tank",
            people: false,
            steered: false,
            calm_after: None,
            faulty_seat: None,
            short: false,
        }
    }

    /// A deliberation of any protocol, by turns, with a person at every fourth table.
    #[must_use]
    pub fn any(seed: u64) -> Self {
        let all = OUTLINES.len() as u64;
        let at = usize::try_from(seed % all).unwrap_or(0);
        Self { protocol: OUTLINES[at].name, people: (seed / all).is_multiple_of(4), ..Self::new(seed) }
    }

    /// A deliberation whose members share servers.
    #[must_use]
    pub fn shared(seed: u64) -> Self {
        Self { shared: true, ..Self::new(seed) }
    }
}

/// A bug to plant between engine and world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sabotage {
    /// One durable event does not reach the journal.
    LostEvent,
    /// One call goes out twice.
    DoubledCall,
    /// A failed attempt's text is put before the next one's.
    MixedAttempts,
    /// A critic is told who wrote a draft.
    LeakedIdentity,
    /// An abstention is counted as a vote.
    InventedVote,
    /// A parameter that was refused is sent again.
    ForgottenRefusal,
    /// A target is left alone for less long than its server asked for.
    ShortenedCooldown,
    /// A server gets more calls at once than it takes.
    IgnoredLimit,
    /// What a call sets aside is not written down, so that nobody counts it while it runs, or after a cut.
    ForgottenReservation,
}

/// One call as the world saw it.
#[derive(Clone, Debug)]
pub struct SeenCall {
    /// The ask.
    pub ask: AskId,
    /// Which try.
    pub attempt: Attempt,
    /// The model.
    pub model: ModelRef,
    /// The whole prompt.
    pub prompt: String,
    /// How many durable events were journalled when it went out.
    pub at_event: usize,
    /// What it sent, as far as it came.
    pub sent: String,
    /// Whether it was structured.
    pub structured: bool,
    /// The parameters that were left out of it.
    pub without: Vec<String>,
    /// The tokens of prompt and answer that its provider bills in the end, whatever it tells.
    pub billed: (u64, u64),
}

/// What came of a scenario.
#[derive(Clone, Debug)]
pub struct Run {
    /// The journal, without transient events.
    pub journal: Vec<Envelope>,
    /// Every call, in order.
    pub calls: Vec<SeenCall>,
    /// Which faults struck where.
    pub coverage: Coverage,
    /// Virtual time from start to end.
    pub took: Duration,
    /// Names that no blind prompt may hold.
    pub identities: Vec<String>,
    /// Whether the end was reached.
    pub ended: bool,
    /// Whether a deadline may have ended an ask.
    pub deadlines: bool,
    /// The votes that members meant, by ask.
    pub meant: BTreeMap<AskId, bool>,
    /// What is true of the targets.
    pub targets: Targets,
    /// Calls that a server should not have got when it got them, for people.
    pub unwelcome: Vec<String>,
    /// The most calls that waited for a server at once, as far as anybody was told.
    pub queued: usize,
    /// What people asked for and got, by name, and how often.
    pub steered: BTreeMap<&'static str, u32>,
}
