//! The engine: a state machine without I/O, time or tasks of its own.
//!
//! Inputs go in with the time at which they happened ([`Engine::start`], [`Engine::handle`]), effects
//! come out ([`Engine::poll`]) and must be carried out in order: an [`Effect::Append`] is committed
//! before anything behind it is done. Retries, fallbacks, cooldowns, limits, deadlines and repairs live
//! here as values, so a whole deliberation can be simulated in virtual time.
//!
//! ```text
//!            ┌──────────────────── plan ─────────────────────┐
//!            ▼                                               │
//! idle ─► waiting ─► in line ─► running ─► complete ─────────┤
//!            ▲  ▲       │          │                         │
//!            │  └───────┘ cooling  │                         │
//!            ├──── retry, repair, fallback ── failed ─► absent ┘
//! ```
//!
//! One try is in `attempt`, what follows a failure in `retry`, which model is asked in `route`, what was
//! learnt of models that failed in `cooldown`, what a call may cost in `budget`, what people answer in `person`, how
//! they steer in `steer`, and everything that time brings about in `due`.

mod adjust;
mod attempt;
mod budget;
mod cooldown;
mod due;
mod io;
mod person;
mod retry;
mod route;
mod steer;
mod target;
mod task;

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::protocol::{Addressee, Ask, Conclusion, Plan, Protocol};
use crate::session::{
    AttemptState, ControlAction, EndReason, Envelope, Event, ForgeSession, Interrupted, SCHEMA_VERSION, SessionState,
    StopRule,
};
use crate::types::{AskId, Attempt, Now};
use cooldown::Cooldowns;
use task::Task;

pub use cooldown::cools;
pub use io::{Call, Effect, Input, Piece};
pub use retry::{ATTEMPTS_PER_MODEL, ATTEMPTS_WHEN_TOLD, LONGEST_WAIT, RetryDecision, decide};
pub use target::{Target, Targets};

/// Silence of a stream that has begun, after which it counts as dead. Before its first piece
/// [`Target::timeout`] holds.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// A gap between inputs beyond which the machine slept: deadlines move by it.
pub const SUSPENSION: Duration = Duration::from_secs(30);
/// The engine wakes at least this often while it runs, so that a longer gap means sleep.
const HEARTBEAT: Duration = Duration::from_secs(10);
/// Text in flight is journalled at least this often…
pub const FLUSH_EVERY: Duration = Duration::from_millis(250);
/// …and at least every so many bytes.
pub const FLUSH_BYTES: usize = 4 * 1024;
/// The most text and reasoning that one attempt may send.
pub const MAX_TURN_BYTES: usize = 2 * 1024 * 1024;
/// A model that sends the same piece so often in a row is caught in a loop.
pub const SAME_PIECES: u32 = 100;

/// A running deliberation.
pub struct Engine {
    session: ForgeSession,
    protocol: Box<dyn Protocol>,
    targets: Targets,
    tasks: BTreeMap<AskId, Task>,
    cooldowns: Cooldowns,
    /// The next number in the line of those who are due.
    ticket: u64,
    effects: VecDeque<Effect>,
    last_input: Option<Duration>,
    /// When the time for all of it is over.
    ends_at: Option<Duration>,
    /// Since when no further call is made.
    paused_at: Option<Duration>,
    wake_at: Option<Duration>,
    over: bool,
}

impl Engine {
    /// Begins a session: `created` is its [`Event::SessionCreated`], `warnings` are shown right after it.
    /// `targets` says what is known of the models in it.
    pub fn start(
        session: ForgeSession,
        protocol: Box<dyn Protocol>,
        targets: Targets,
        created: Event,
        warnings: Vec<String>,
        now: Now,
    ) -> Self {
        let mut engine = Self::new(session, protocol, targets);
        engine.record(created, now);
        engine.begin_clock(now);
        for message in warnings {
            engine.record(Event::Warning { message }, now);
        }
        engine.advance(now);
        engine
    }

    /// Goes on with a folded session. Attempts that were in flight are marked interrupted and made
    /// again; what is complete is asked of nobody. Cooldowns that still hold are learnt anew. `first` is done before
    /// anything is asked: a finished session goes on only if that gives it something to do.
    ///
    /// # Errors
    /// Why `first` cannot be done, in words.
    pub fn resume(
        session: ForgeSession,
        protocol: Box<dyn Protocol>,
        targets: Targets,
        first: Option<ControlAction>,
        now: Now,
    ) -> Result<Self, String> {
        let mut engine = Self::new(session, protocol, targets);
        engine.cooldowns = Cooldowns::of(&engine.session, now);
        engine.begin_clock(now);
        if !engine.session.is_finished() {
            let running = |(_, attempt): &(_, &crate::session::AttemptRecord)| attempt.state == AttemptState::Running;
            let interrupted = engine
                .session
                .turns
                .values()
                .flat_map(|t| t.attempts.iter().map(move |a| (t, a)))
                .filter(running)
                .map(|(t, a)| Interrupted { ask: t.ask.clone(), attempt: a.attempt })
                .collect();
            engine.record(Event::Resumed { interrupted }, now);
        }
        if let Some(first) = first {
            engine.control(first, now)?;
        }
        if engine.session.is_finished() {
            engine.end();
        } else {
            engine.advance(now);
        }
        Ok(engine)
    }

    /// The session's own time begins, or goes on where it stood.
    fn begin_clock(&mut self, now: Now) {
        self.last_input = Some(now.mono);
        let limit = self.session.settings.max_seconds.map(|seconds| Duration::from_secs(seconds.into()));
        let ran = Duration::from_millis(self.session.ran_ms);
        self.ends_at = limit.map(|limit| now.mono + limit.saturating_sub(ran));
    }

    fn new(session: ForgeSession, protocol: Box<dyn Protocol>, targets: Targets) -> Self {
        Self {
            session,
            protocol,
            targets,
            tasks: BTreeMap::new(),
            cooldowns: Cooldowns::default(),
            ticket: 0,
            effects: VecDeque::new(),
            last_input: None,
            ends_at: None,
            paused_at: None,
            wake_at: None,
            over: false,
        }
    }

    /// The session as it stands.
    #[must_use]
    pub const fn session(&self) -> &ForgeSession {
        &self.session
    }

    /// Whether it is over.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.over
    }

    /// The next effect; carry them out in order until there is none.
    pub fn poll(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    /// Takes what happened. Anything about a call that is no longer under way is ignored.
    pub fn handle(&mut self, input: Input, now: Now) {
        if self.over {
            return;
        }
        self.extend_after_suspension(now);
        match input {
            Input::Tick => {}
            Input::Sent { ask, attempt, obtained, warnings } => self.on_sent(&ask, attempt, obtained, warnings, now),
            Input::Piece { ask, attempt, piece } => self.on_piece(&ask, attempt, piece, now),
            Input::Finished { ask, attempt, stop_reason } => self.on_finished(&ask, attempt, stop_reason, now),
            Input::Failed { ask, attempt, error } => {
                if self.is_running(&ask, attempt) {
                    self.fail(&ask, &error, now);
                }
            }
        }
        self.run_due(now);
        if self.start_due(now) {
            self.advance(now);
        }
        self.ask_for_wake(now);
    }

    /// Records what failed outside that is no member's fault, so that everybody who follows hears of it.
    pub fn report(&mut self, message: String, now: Now) {
        self.record(Event::Error { message }, now);
    }

    // --- planning -------------------------------------------------------------------------------

    /// Plans until there is nothing to do but wait.
    fn advance(&mut self, now: Now) {
        // A plan records facts and is asked again; each fact moves it on, so this ends. The bound turns
        // a protocol that does not move on into a visible error instead of a frozen page.
        for _ in 0..1_000 {
            if self.over {
                return;
            }
            if self.session.paused {
                return self.ask_for_wake(now);
            }
            match self.protocol.plan(&self.session) {
                Plan::Record(events) => {
                    for event in events {
                        self.record(event, now);
                    }
                }
                Plan::Asks(asks) => {
                    let mut settled = false;
                    for ask in asks {
                        settled |= self.begin(ask, now);
                    }
                    if settled || self.start_due(now) {
                        continue;
                    }
                    self.ask_for_wake(now);
                    return;
                }
                Plan::Wait => {
                    if self.tasks.is_empty() {
                        break;
                    }
                    self.ask_for_wake(now);
                    return;
                }
                Plan::Conclude(end) => return self.conclude(end, now),
            }
        }
        let detail = format!("the protocol {} did not say what comes next; please report this", self.protocol.name());
        let answer = self.session.best.clone();
        self.record(Event::Error { message: detail.clone() }, now);
        self.conclude(Conclusion { reason: EndReason::Failed, answer, detail, rule: StopRule::Fault }, now);
    }

    /// It is over.
    fn conclude(&mut self, end: Conclusion, now: Now) {
        let Conclusion { reason, answer, detail, rule } = end;
        self.record(Event::SessionEnded { reason, answer, detail, rule: Some(rule) }, now);
        self.end();
    }

    /// Begins an ask that is neither under way nor settled. True when it settled on the spot.
    fn begin(&mut self, ask: Ask, now: Now) -> bool {
        if self.tasks.contains_key(&ask.id) {
            return false;
        }
        match self.session.turns.get(&ask.id) {
            Some(turn) if turn.is_settled() => return false,
            Some(_) => {}
            None => self.record(
                Event::ParticipantThinking {
                    ask: ask.id.clone(),
                    prompt_hash: ask.prompt.hash(),
                    reads: ask.reads.clone(),
                },
                now,
            ),
        }
        if ask.addressee == Addressee::Person {
            return self.begin_person(ask, now);
        }
        let id = ask.id.clone();
        let deadline = now.mono + Duration::from_secs(u64::from(self.session.settings.round_timeout_seconds));
        match Task::restore(ask, &self.session, deadline, now.mono) {
            Ok(task) => {
                self.tasks.insert(id, task);
                false
            }
            Err(error) => {
                // The journal was cut between a last failure and its consequence.
                self.record(Event::ParticipantFailed { ask: id, error }, now);
                true
            }
        }
    }

    // --- recording ------------------------------------------------------------------------------

    fn record(&mut self, event: Event, now: Now) {
        let seq = self.session.seq + 1;
        let envelope = self.envelope(event, seq, now);
        self.session.apply(&envelope);
        if let Some(Effect::Append(batch)) = self.effects.back_mut() {
            batch.push(envelope);
        } else {
            self.effects.push_back(Effect::Append(vec![envelope]));
        }
    }

    fn show(&mut self, event: Event, now: Now) {
        let envelope = self.envelope(event, self.session.seq, now);
        self.session.apply(&envelope);
        self.effects.push_back(Effect::Show(envelope));
    }

    fn envelope(&self, event: Event, seq: u64, now: Now) -> Envelope {
        let branch = match &event {
            Event::BranchOpened { .. } => self.session.next_branch(),
            event => event.ask().map_or(self.session.branch, |ask| ask.branch),
        };
        Envelope { v: SCHEMA_VERSION, session: self.session.id.clone(), seq, branch, at_ms: now.wall_ms, event }
    }

    fn end(&mut self) {
        self.over = true;
        self.tasks.clear();
        self.effects.push_back(Effect::Ended);
    }

    fn is_running(&self, ask: &AskId, attempt: Attempt) -> bool {
        self.tasks.get(ask).and_then(Task::running_attempt) == Some(attempt)
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine")
            .field("session", &self.session.id)
            .field("tasks", &self.tasks.len())
            .field("over", &matches!(self.session.state, SessionState::Ended { .. }))
            .finish_non_exhaustive()
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
