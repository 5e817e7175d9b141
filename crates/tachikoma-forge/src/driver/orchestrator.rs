//! The public face: set a deliberation up, start or resume it, steer it.

use std::fmt;
use std::sync::Arc;

use futures::channel::mpsc;

use super::broadcast::{Broadcast, EventStream};
use super::handle::ControlHandle;
use super::known::{asked_of, learn, sees, targets, window};
use super::platform::{Journal, JournalError, Platform, Providers};
use super::run::run;
use super::warnings::warnings;
use crate::engine::Engine;
use crate::protocol::{Protocol, protocol};
use crate::session::{
    ControlAction, Envelope, Event, ForgeSession, Participant, SCHEMA_VERSION, Settings, Topic, Trim, fit, is_person,
};
use crate::types::{ModelRef, RoundType, Seat, Seed};

/// The protocol that is used unless another is named.
const DEFAULT_PROTOCOL: &str = "think-tank";
/// The provider whose members are scripted.
const DEMO_PROVIDER: &str = crate::llm::demo::PROVIDER;

/// What a deliberation runs on.
#[derive(Clone)]
pub struct Runtime {
    /// Time and tasks.
    pub platform: Arc<dyn Platform>,
    /// Where the events are kept.
    pub journal: Arc<dyn Journal>,
    /// Where the models come from.
    pub providers: Arc<dyn Providers>,
}

/// Why a deliberation does not start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StartErrorKind {
    /// Fewer than two members.
    TooFewMembers,
    /// No goal.
    NoGoal,
    /// A setting makes no sense.
    Settings,
    /// The journal cannot be used, or holds something else.
    Journal,
    /// What was to be done first cannot be done.
    Refused,
}

/// A deliberation that does not start, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StartError {
    /// Why.
    pub kind: StartErrorKind,
    /// What is wrong and what to do, for people.
    pub message: String,
}

impl StartError {
    fn new(kind: StartErrorKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into() }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for StartError {}

impl From<JournalError> for StartError {
    fn from(error: JournalError) -> Self {
        Self::new(StartErrorKind::Journal, error.message)
    }
}

/// A deliberation to be set up and run.
pub struct ForgeOrchestrator {
    topic: Topic,
    participants: Vec<Participant>,
    settings: Settings,
    protocol: String,
    suggested: Option<String>,
    seed: Option<Seed>,
    runtime: Runtime,
    running: Option<ControlHandle>,
}

impl ForgeOrchestrator {
    /// A deliberation about a topic, with nobody at the table yet.
    #[must_use]
    pub fn new(topic: Topic, runtime: Runtime) -> Self {
        Self {
            topic,
            participants: Vec::new(),
            settings: Settings::default(),
            protocol: DEFAULT_PROTOCOL.to_owned(),
            suggested: None,
            seed: None,
            runtime,
            running: None,
        }
    }

    /// Sets the protocol by its name, and why, when it was suggested.
    #[must_use]
    pub fn with_protocol(mut self, name: impl Into<String>, suggested: Option<String>) -> Self {
        self.protocol = name.into();
        self.suggested = suggested;
        self
    }

    /// Sets the limits.
    #[must_use]
    pub fn with_settings(mut self, settings: Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Sets the seed instead of having the platform draw one.
    #[must_use]
    pub const fn with_seed(mut self, seed: Seed) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Seats a member. A name that is taken already gets a number: `Claude`, `Claude 2`.
    pub fn add_participant(&mut self, mut participant: Participant) -> Seat {
        let seat = Seat::try_from(self.participants.len()).unwrap_or(Seat::MAX);
        participant.seat = seat;
        let wanted = participant.name.trim().to_owned();
        let wanted = if wanted.is_empty() { format!("Member {}", seat + 1) } else { wanted };
        let taken = |name: &str| self.participants.iter().any(|p| p.name.eq_ignore_ascii_case(name));
        let mut name = wanted.clone();
        let mut number = 2;
        while taken(&name) {
            name = format!("{wanted} {number}");
            number += 1;
        }
        participant.name = name;
        self.participants.push(participant);
        seat
    }

    /// What people should know before they start: nothing here stops them.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        warnings(&self.participants, &self.settings, &self.protocol)
    }

    /// The members, with the context windows that what is carried has to fit; a function of models and prices.
    #[must_use]
    pub fn fitted(&self) -> Vec<Participant> {
        if self.topic.carried.is_empty() {
            return self.participants.clone();
        }
        let with_window = |member: &Participant| {
            let known = targets(member.targets(), &self.settings, self.runtime.providers.as_ref());
            Participant { context_window: window(&known), ..member.clone() }
        };
        self.participants.iter().map(with_window).collect()
    }

    /// What is cut for whom of what it takes over from an earlier session.
    #[must_use]
    pub fn trims(&self) -> Vec<(String, Vec<Trim>)> {
        let of = |member: Participant| {
            let trims = fit(&self.topic, &self.settings, Some(&member)).trims;
            (member.name, trims)
        };
        self.fitted().into_iter().map(of).filter(|(_, trims)| !trims.is_empty()).collect()
    }

    /// Starts it. It then runs on the platform by itself; the handle steers it, and the stream tells.
    ///
    /// # Errors
    /// Too few members, no goal, settings without sense, or a journal that is not empty or cannot be used.
    pub async fn start(&mut self) -> Result<(ControlHandle, EventStream), StartError> {
        self.check()?;
        if !self.runtime.journal.load().await?.is_empty() {
            return Err(StartError::new(
                StartErrorKind::Journal,
                "this journal holds a session already: continue it, or choose another place",
            ));
        }
        let platform = &self.runtime.platform;
        let demo = self.participants.iter().flat_map(Participant::targets).all(is_scripted);
        let mut participants = self.fitted();
        if self.topic.has_pictures() {
            for member in &mut participants {
                member.vision = sees(&member.model, self.runtime.providers.as_ref());
            }
        }
        let created = Event::SessionCreated {
            topic: self.topic.clone(),
            participants: participants.clone(),
            settings: self.settings.clone(),
            protocol: self.protocol.clone(),
            seed: self.seed.unwrap_or_else(|| platform.seed()),
            suggested: self.suggested.clone(),
            demo,
            forked_from: None,
        };
        let session = ForgeSession::new(platform.session_id());
        let protocol = protocol_of(&self.protocol)?;
        let asked = asked_of(&self.participants, &self.settings);
        let targets = targets(asked.iter(), &self.settings, self.runtime.providers.as_ref());
        let warnings = [self.warnings(), unseen(&self.topic, &participants)].concat();
        let engine = Engine::start(session, protocol, targets, created, warnings, platform.now());
        let handle = launch(engine, self.runtime.clone(), Vec::new());
        self.running = Some(handle.clone());
        let events = handle.subscribe();
        Ok((handle, events))
    }

    /// Goes on with the session in the journal. A finished one tells its events and ends.
    ///
    /// # Errors
    /// An empty journal, one of a newer version, or one that cannot be read.
    pub async fn resume(runtime: Runtime) -> Result<(ControlHandle, EventStream), StartError> {
        Self::resume_with(runtime, None).await
    }

    /// Goes on with the session in the journal, with something to do first: what gives a finished one more to do is a
    /// change, another limit of rounds, or a further round.
    ///
    /// # Errors
    /// As [`Self::resume`]; and why that cannot be done.
    pub async fn resume_with(
        runtime: Runtime,
        mut first: Option<ControlAction>,
    ) -> Result<(ControlHandle, EventStream), StartError> {
        let journal = runtime.journal.load().await?;
        if let Some(newer) = journal.iter().find(|e| e.v > SCHEMA_VERSION) {
            return Err(StartError::new(
                StartErrorKind::Journal,
                format!(
                    "this session was written by a newer version (schema {}): use that one to continue it",
                    newer.v
                ),
            ));
        }
        let session = ForgeSession::fold(&journal)
            .filter(|s| !s.participants.is_empty())
            .ok_or_else(|| StartError::new(StartErrorKind::Journal, "there is no session to continue"))?;
        let protocol = protocol_of(&session.protocol)?;
        let asked = asked_of(&session.participants, &session.settings);
        let mut targets = targets(asked.iter(), &session.settings, runtime.providers.as_ref());
        if let Some(first) = &mut first {
            targets.extend(learn(first, &session, runtime.providers.as_ref()));
        }
        let engine = Engine::resume(session, protocol, targets, first, runtime.platform.now())
            .map_err(|why| StartError::new(StartErrorKind::Refused, why))?;
        let handle = launch(engine, runtime, journal);
        let events = handle.subscribe();
        Ok((handle, events))
    }

    /// Requests a round as soon as the open one is over.
    ///
    /// # Errors
    /// The protocol's refusal, by name; or that nothing runs.
    pub async fn run_round(&self, round_type: RoundType) -> Result<(), String> {
        match &self.running {
            Some(handle) => handle.run_round(round_type).await,
            None => Err(format!("start the deliberation before asking for a {round_type} round")),
        }
    }

    fn check(&self) -> Result<(), StartError> {
        let wrong = |kind, message: &str| Err(StartError::new(kind, message));
        if self.topic.goal.trim().is_empty() {
            return wrong(StartErrorKind::NoGoal, "there is no goal: say what the members should think about");
        }
        if self.participants.len() < 2 {
            return wrong(
                StartErrorKind::TooFewMembers,
                "a deliberation needs at least two members: one alone has nobody to disagree with",
            );
        }
        if let Err(why) = self.settings.check() {
            return wrong(StartErrorKind::Settings, why);
        }
        let asked = asked_of(&self.participants, &self.settings);
        let unpriced = self.settings.unpriced(asked.iter().filter(|model| !is_person(model)));
        if let (Some(cap), Some(model)) = (self.settings.max_cost, unpriced.first()) {
            let message = format!(
                "a cap of {cap} cannot be kept: nobody knows what {} costs. Cap the tokens instead, or say its price",
                model.bare()
            );
            return Err(StartError::new(StartErrorKind::Settings, message));
        }
        Ok(())
    }
}

/// A person beside scripted members makes it no less of a demo.
fn is_scripted(model: &ModelRef) -> bool {
    model.provider == DEMO_PROVIDER || is_person(model)
}

fn protocol_of(name: &str) -> Result<Box<dyn Protocol>, StartError> {
    protocol(name).ok_or_else(|| {
        StartError::new(StartErrorKind::Journal, format!("this version does not know the protocol {name:?}"))
    })
}

/// Who cannot see which of the attached pictures, for people.
fn unseen(topic: &Topic, members: &[Participant]) -> Vec<String> {
    let pictures: Vec<&str> =
        topic.attachments.iter().filter(|a| a.image().is_some()).map(|a| a.name.as_str()).collect();
    let blind = members.iter().filter(|member| member.vision == Some(false) && !pictures.is_empty());
    blind
        .map(|member| {
            let (name, all) = (&member.name, pictures.join(", "));
            format!("{name} cannot see pictures. It is told that there are some, without being shown: {all}.")
        })
        .collect()
}

fn launch(engine: Engine, runtime: Runtime, log: Vec<Envelope>) -> ControlHandle {
    let broadcast = Broadcast::with_log(log);
    let (commands, inbox) = mpsc::unbounded();
    let handle = ControlHandle { commands, broadcast: broadcast.clone() };
    let platform = runtime.platform.clone();
    platform.spawn(Box::pin(run(engine, runtime, broadcast, inbox)));
    handle
}
