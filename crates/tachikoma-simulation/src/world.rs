//! The world around the engine: a virtual clock, members who answer or fail, and a journal that survives.

use std::collections::BTreeMap;
use std::time::Duration;

use tachikoma_forge::engine::{Call, Effect, Engine, Input, Target, Targets, cools};
use tachikoma_forge::protocol::{Output, protocol};
use tachikoma_forge::session::{ControlAction, Envelope, Event, ForgeSession, Turn, WaitReason};
use tachikoma_forge::types::{AskId, Attempt, Chance, LlmError, ModelRef, Now, RoundType, Seed, SessionId};

use super::faults::{Coverage, FAULTS, Fault};
use super::scenario::{Run, Sabotage, Scenario, SeenCall};
use super::{people, seats};

/// The wall time at which the virtual clock stands at nothing.
const WALL_START: u64 = 1_700_000_000_000;
/// A generous bound: ten rounds, each up to its deadline for every member in turn, and a sleep now and then.
const LONGEST: Duration = Duration::from_secs(60 * 60 * 24);

/// More events than any deliberation of so few rounds has.
const MOST_EVENTS: usize = 5_000;

/// Simulates a scenario to its end.
#[must_use]
pub fn simulate(scenario: &Scenario) -> Run {
    let mut world = World::new(scenario);
    let created = seats::created(scenario, &mut world.run);
    let targets = world.targets_as_told();
    let protocol = || protocol(scenario.protocol).expect("a protocol of that name");
    let session = ForgeSession::new(SessionId(format!("sim-{:x}", scenario.seed)));
    let mut engine = Engine::start(session, protocol(), targets.clone(), created, Vec::new(), world.now());
    for cut in &scenario.cuts {
        if world.drive(&mut engine, Some(*cut)) {
            return world.run;
        }
        world.cut(*cut);
        let Some(session) = ForgeSession::fold(&world.run.journal) else { break };
        world.clock += Duration::from_secs(3);
        people::ask_again(&mut world, &session);
        engine =
            Engine::resume(session, protocol(), targets.clone(), None, world.now()).expect("nothing is asked of it");
    }
    world.drive(&mut engine, None);
    world.run
}

/// What happens at some moment.
pub(super) enum Due {
    /// A call brings something.
    Input(Input),
    /// A person asks for something, or answers.
    Control(ControlAction),
}

pub(super) struct World<'a> {
    pub(super) scenario: &'a Scenario,
    seed: Seed,
    pub(super) clock: Duration,
    queue: BTreeMap<(Duration, u64), Due>,
    queued: u64,
    wake_at: Option<Duration>,
    sabotaged: bool,
    /// Which server has which call.
    in_flight: BTreeMap<(AskId, Attempt), String>,
    /// Until when each server asked to be left alone by its own words.
    left_alone: BTreeMap<ModelRef, Duration>,
    pub(super) run: Run,
}

impl<'a> World<'a> {
    fn new(scenario: &'a Scenario) -> Self {
        let run = Run {
            journal: Vec::new(),
            calls: Vec::new(),
            coverage: Coverage::default(),
            took: Duration::ZERO,
            identities: Vec::new(),
            ended: false,
            deadlines: false,
            meant: BTreeMap::new(),
            targets: Targets::new(),
            unwelcome: Vec::new(),
            queued: 0,
            steered: BTreeMap::new(),
        };
        Self {
            scenario,
            seed: Seed(scenario.seed),
            clock: Duration::from_secs(1_000),
            queue: BTreeMap::new(),
            queued: 0,
            wake_at: None,
            sabotaged: false,
            in_flight: BTreeMap::new(),
            left_alone: BTreeMap::new(),
            run,
        }
    }

    fn now(&self) -> Now {
        Now { mono: self.clock, wall_ms: WALL_START + u64::try_from(self.clock.as_millis()).unwrap_or(0) }
    }

    /// What the engine is told of the targets.
    fn targets_as_told(&self) -> Targets {
        let more = u32::from(self.scenario.sabotage == Some(Sabotage::IgnoredLimit));
        let told = |target: &Target| Target { at_once: target.at_once + more, ..target.clone() };
        self.run.targets.iter().map(|(model, target)| (model.clone(), told(target))).collect()
    }

    /// The process is gone, and what was in flight with it. Only the journal is left.
    fn cut(&mut self, at: usize) {
        self.queue.clear();
        self.in_flight.clear();
        self.run.journal.truncate(at);
        // What was told and not written down cannot be known.
        self.left_alone.clear();
        for envelope in &self.run.journal.clone() {
            if let Event::AttemptFailed { ask, attempt, error, .. } = &envelope.event
                && let Some(call) = self.run.calls.iter().rev().find(|c| c.ask == *ask && c.attempt == *attempt)
            {
                let model = call.model.clone();
                self.leave_alone(model, error, Duration::from_millis(envelope.at_ms - WALL_START));
            }
        }
    }

    fn leave_alone(&mut self, model: ModelRef, error: &LlmError, at: Duration) {
        if let Some(delay) = error.retry_after.filter(|_| cools(error.kind)) {
            let until = self.left_alone.entry(model).or_default();
            *until = (*until).max(at + delay);
        }
    }

    /// What a server sees when a call arrives.
    fn arrives(&mut self, call: &Call) {
        let target = self.run.targets.get(&call.model).cloned().unwrap_or_else(|| Target::unknown(&call.model));
        let until = self.left_alone.get(&call.model).copied().unwrap_or_default();
        if self.clock < until {
            let early = until - self.clock;
            self.run.unwelcome.push(format!("{} asked {} while it cooled, {early:?} too early", call.ask, call.model));
        }
        self.in_flight.insert((call.ask.clone(), call.attempt), target.endpoint.clone());
        let there = self.in_flight.values().filter(|endpoint| **endpoint == target.endpoint).count();
        if there > target.at_once as usize {
            let limit = target.at_once;
            self.run.unwelcome.push(format!("{} has {there} calls at once, {limit} are its limit", target.endpoint));
        }
    }

    /// What becomes of an input on its way into the engine.
    fn delivers(&mut self, input: Input, engine: &Engine) -> Input {
        match input {
            Input::Failed { ask, attempt, mut error } => {
                self.in_flight.remove(&(ask.clone(), attempt));
                let model = engine.session().turns.get(&ask).and_then(|turn| turn.latest()).map(|a| a.model.clone());
                if let Some(model) = model {
                    self.leave_alone(model, &error, self.clock);
                }
                if self.scenario.sabotage == Some(Sabotage::ShortenedCooldown) {
                    error.retry_after = error.retry_after.map(|delay| delay / 4);
                }
                Input::Failed { ask, attempt, error }
            }
            Input::Finished { ask, attempt, stop_reason } => {
                self.in_flight.remove(&(ask.clone(), attempt));
                Input::Finished { ask, attempt, stop_reason }
            }
            input => input,
        }
    }

    pub(super) fn chance(&self, purpose: &str, key: &str) -> Chance {
        Chance::new(self.seed, purpose, key)
    }

    /// Runs until the end (true), or until so many durable events are journalled (false).
    fn drive(&mut self, engine: &mut Engine, cut: Option<usize>) -> bool {
        loop {
            while let Some(effect) = engine.poll() {
                let before = self.run.journal.len();
                self.carry_out(effect, engine);
                people::notice(self, before, engine.session());
                if cut.is_some_and(|cut| self.run.journal.len() >= cut) {
                    return false;
                }
            }
            if engine.is_over() {
                self.run.ended = true;
                self.run.took = self.clock - Duration::from_secs(1_000);
                return true;
            }
            if self.clock > LONGEST || self.run.journal.len() > MOST_EVENTS {
                return true;
            }
            let next = self.queue.first_key_value().map(|(key, _)| key.0);
            let wake = self.wake_at.unwrap_or(Duration::MAX);
            if next.is_some_and(|at| at <= wake) {
                let Some(((at, _), due)) = self.queue.pop_first() else { continue };
                self.clock = self.clock.max(at);
                match due {
                    Due::Input(input) => {
                        let input = self.delivers(input, engine);
                        engine.handle(input, self.now());
                    }
                    Due::Control(action) => self.control(action, engine),
                }
            } else {
                self.clock = self.clock.max(wake);
                self.wake_at = None;
                engine.handle(Input::Tick, self.now());
            }
        }
    }

    fn carry_out(&mut self, effect: Effect, engine: &Engine) {
        match effect {
            Effect::Append(events) => {
                for event in events {
                    self.journal(event);
                }
            }
            Effect::Call(call) => {
                if self.scenario.sabotage == Some(Sabotage::DoubledCall) && !self.sabotaged && call.attempt == 1 {
                    self.sabotaged = true;
                    self.call(call.clone(), engine);
                }
                self.call(call, engine);
            }
            Effect::Abort { ask, attempt } => {
                self.queue.retain(|_, due| !matches!(due, Due::Input(input) if belongs(input, &ask, attempt)));
                self.in_flight.remove(&(ask, attempt));
            }
            Effect::WakeAt(at) => self.wake_at = Some(at),
            Effect::Show(_) => {
                let turns = engine.session().turns.values();
                let queued = |t: &&Turn| t.waiting.as_ref().is_some_and(|w| w.why == WaitReason::Queued);
                self.run.queued = self.run.queued.max(turns.filter(queued).count());
            }
            // The simulator keeps everything, so that nothing escapes the checks.
            Effect::Compact(_) | Effect::Ended => {}
        }
    }

    fn journal(&mut self, mut envelope: Envelope) {
        if let (Some(Sabotage::ForgottenReservation), Event::AttemptStarted { reserved, .. }) =
            (self.scenario.sabotage, &mut envelope.event)
        {
            *reserved = None;
        }
        if !self.sabotaged {
            match (self.scenario.sabotage, &mut envelope.event) {
                (Some(Sabotage::LostEvent), Event::ParticipantComplete { .. }) => {
                    self.sabotaged = true;
                    return;
                }
                (Some(Sabotage::MixedAttempts), Event::ParticipantComplete { text, attempt, ask, .. })
                    if *attempt > 1 =>
                {
                    let before =
                        self.run.calls.iter().find(|c| c.ask == *ask && c.attempt < *attempt && !c.sent.is_empty());
                    if let Some(before) = before {
                        text.insert_str(0, &before.sent);
                        self.sabotaged = true;
                    }
                }
                (Some(Sabotage::InventedVote), Event::ConvergenceChecked { tally, .. }) if tally.abstain > 0 => {
                    tally.abstain -= 1;
                    tally.agree += 1;
                    self.sabotaged = true;
                }
                _ => {}
            }
        }
        self.run.journal.push(envelope);
    }

    /// What a member does with a call: a function of seed, ask and failures before.
    fn call(&mut self, call: Call, engine: &Engine) {
        self.arrives(&call);
        let session = engine.session();
        let round_type = session.round(call.ask.round).map_or(RoundType::Draft, |r| r.round_type);
        let failures = session.turns.get(&call.ask).map_or(0, |turn| {
            turn.attempts
                .iter()
                .filter(|a| matches!(a.state, tachikoma_forge::session::AttemptState::Failed { .. }))
                .count()
        });
        let key = format!("{}#{failures}", call.ask);
        let mut chance = self.chance("fault", &key);
        let calm = self.scenario.calm_after.is_some_and(|calm| self.clock >= calm)
            || self.scenario.faulty_seat.is_some_and(|seat| seat != call.ask.seat);
        let fault = (chance.below(100) < self.scenario.fault_percent && !calm)
            .then(|| FAULTS[usize::try_from(chance.below(FAULTS.len() as u64)).unwrap_or(0)])
            // Megabytes take their time: seldom is enough.
            .filter(|fault| *fault != Fault::Endless || chance.below(4) == 0)
            // What is not sent is not refused.
            .filter(|fault| *fault != Fault::RefusesParameter || call.without.is_empty());
        if let Some(fault) = fault {
            self.run.coverage.hit(self.scenario.protocol, fault, round_type);
            self.run.deadlines |= fault.may_meet_a_deadline();
        }
        let mut prompt = format!("{}\n{}", call.prompt.system, call.prompt.user);
        if self.scenario.sabotage == Some(Sabotage::LeakedIdentity) && round_type == RoundType::Critique {
            prompt += &self.run.identities[0];
        }
        let whole = self.answer(&call.ask, Some(&call.model), session, fault, &key);
        self.run.calls.push(SeenCall {
            ask: call.ask.clone(),
            attempt: call.attempt,
            model: call.model.clone(),
            prompt,
            at_event: self.run.journal.len(),
            sent: String::new(),
            structured: matches!(call.output, Output::Json { .. }),
            without: match self.scenario.sabotage {
                Some(Sabotage::ForgottenRefusal) => Vec::new(),
                _ => call.without.clone(),
            },
            billed: (0, 0),
        });
        self.send(&call, fault, &whole, &mut chance);
    }

    pub(super) fn enqueue(&mut self, at: Duration, input: Input) {
        self.queued += 1;
        self.queue.insert((at, self.queued), Due::Input(input));
    }

    /// Has a person do something at some moment.
    pub(super) fn plan(&mut self, at: Duration, action: ControlAction) {
        self.queued += 1;
        self.queue.insert((at, self.queued), Due::Control(action));
    }

    /// A person does something; a refusal is none of the engine's faults.
    fn control(&mut self, action: ControlAction, engine: &mut Engine) {
        let name = people::name(&action);
        people::make_known(self, &action);
        let skips = people::gives_up(&action);
        match engine.control(action, self.now()) {
            Ok(()) => {
                *self.run.steered.entry(name).or_default() += 1;
                // Another branch may have people who were asked on it before.
                if name == "unpause" {
                    people::ask_again(self, engine.session());
                }
            }
            Err(_) => {
                if let Some(skip) = skips {
                    self.plan(self.clock + Duration::from_secs(1), skip);
                }
            }
        }
    }
}

fn belongs(input: &Input, ask: &AskId, attempt: Attempt) -> bool {
    match input {
        Input::Piece { ask: a, attempt: n, .. }
        | Input::Finished { ask: a, attempt: n, .. }
        | Input::Sent { ask: a, attempt: n, .. }
        | Input::Failed { ask: a, attempt: n, .. } => a == ask && *n == attempt,
        Input::Tick => false,
    }
}
