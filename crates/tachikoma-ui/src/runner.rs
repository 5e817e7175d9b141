//! Drives deliberations: starts, continues and opens them, and keeps those that run while other pages are shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use tachikoma_forge::driver::{
    ControlHandle, EventStream, ForgeOrchestrator, Journal, MemoryJournal, Providers, Runtime, StartError,
};
use tachikoma_forge::engine::Target;
use tachikoma_forge::llm::{LlmProvider, demo};
use tachikoma_forge::protocol::OUTLINES;
use tachikoma_forge::session::{Carry, ControlAction, Participant, Settings, Topic, Trim, carry, fork};
use tachikoma_forge::types::{LlmError, ModelRef, Pool, RoundNumber, Seat, SessionId};

use crate::access::Access;
use crate::app::Shared;
use crate::backend;
use crate::browser;
use crate::host::Order;
use crate::route::Route;
use crate::run::Run;
use crate::setup::placed;
use crate::strings;
use crate::view_model::format::names;
use crate::view_model::steer::needs_keys;

/// Starts, continues and opens sessions; copied around freely.
#[derive(Clone, Copy)]
pub struct Runner {
    /// The form, keys and addresses.
    pub shared: Shared,
    /// Whether one is just being started.
    pub starting: RwSignal<bool>,
    /// Why the last start failed.
    pub problem: RwSignal<Option<String>>,
    /// What was opened in this tab, by session.
    runs: StoredValue<BTreeMap<SessionId, Arc<Run>>>,
}

/// The protocol by its name, and why, where that was left to the goal.
type Way = (String, Option<String>);

/// The providers with the keys and addresses of the moment at which they are asked for: a model that takes over
/// while it runs may need a key that came later.
struct Present(Access);

impl Providers for Present {
    fn provider(&self, model: &ModelRef) -> Result<Arc<dyn LlmProvider>, LlmError> {
        self.0.factory().provider(model)
    }

    fn target(&self, model: &ModelRef) -> Target {
        self.0.factory().target(model)
    }
}

impl Runner {
    /// Nothing runs.
    #[must_use]
    pub fn new(shared: Shared) -> Self {
        Self {
            shared,
            starting: RwSignal::new(false),
            problem: RwSignal::new(None),
            runs: StoredValue::new(BTreeMap::new()),
        }
    }

    fn runtime(self, journal: Arc<dyn Journal>) -> Runtime {
        Runtime { platform: backend::platform(), journal, providers: Arc::new(Present(self.shared.access)) }
    }

    /// Starts a deliberation and goes to its page.
    pub fn start(self, order: Order) {
        match order {
            Order::Form => self.start_form(),
            Order::Demo => self.start_demo(),
            // The form opens what was pressed as it is drawn.
            Order::Attach | Order::Panels => {}
        }
    }

    fn start_form(self) {
        let Shared { setup, access, .. } = self.shared;
        let participants = untrack(|| setup.participants(access));
        match (participants, untrack(|| setup.settings(access))) {
            (Ok(participants), Ok(settings)) => {
                let topic = untrack(|| setup.topic());
                let (outline, why) = untrack(|| setup.course.chosen(&topic, participants.len(), &settings));
                self.begin(topic, participants, settings, (outline.name.to_owned(), why));
            }
            (Err(problem), _) | (_, Err(problem)) => self.problem.set(Some(problem)),
        }
    }

    fn start_demo(self) {
        let setup = self.shared.setup;
        let goal = setup.goal.get_untracked();
        let goal = if goal.trim().is_empty() { strings::DEMO_GOAL.to_owned() } else { goal };
        let topic = Topic::new(goal).with_constraints(&setup.constraints.get_untracked());
        let members = demo::panel().iter().map(|m| Participant::new(m.model_ref()).named(m.name)).collect();
        self.begin(topic, members, Settings::default(), (OUTLINES[0].name.to_owned(), None));
    }

    fn begin(self, topic: Topic, participants: Vec<Participant>, settings: Settings, protocol: Way) {
        self.starting.set(true);
        self.problem.set(None);
        browser::keep_storage();
        spawn_local(async move {
            let started = self.launch(topic, participants, settings, protocol).await;
            self.starting.set(false);
            match started {
                Ok(id) => Route::Session(id, None).go(),
                Err(message) => self.problem.set(Some(message)),
            }
        });
    }

    async fn launch(
        self,
        topic: Topic,
        participants: Vec<Participant>,
        mut settings: Settings,
        (protocol, suggested): Way,
    ) -> Result<SessionId, String> {
        let pricing = self.shared.pricing;
        match pricing.table().await {
            Ok(table) => settings.prices = pricing.of(&table, &[&participants[..], &settings.outsiders()].concat()),
            // Unknown costs are shown as unknown; a cap cannot be kept with them.
            Err(why) if settings.max_cost.is_some() => return Err(why),
            Err(_) => {}
        }
        // Where storage is refused, as in some private windows, it runs all the same, in memory.
        let (journal, unkept): (Arc<dyn Journal>, _) = match backend::journal(None).await {
            Ok(journal) => (journal, None),
            Err(why) => (Arc::new(MemoryJournal::default()), Some(why)),
        };
        let mut orchestrator = ForgeOrchestrator::new(topic, self.runtime(journal))
            .with_settings(settings)
            .with_protocol(protocol, suggested);
        for participant in participants {
            orchestrator.add_participant(participant);
        }
        let started: Result<(ControlHandle, EventStream), StartError> = orchestrator.start().await;
        let (control, mut events) = started.map_err(|e| e.message)?;
        // The first event names the session. None comes when it could not be written down.
        let first = events
            .next()
            .await
            .ok_or("The browser did not let this session be stored. Free some space, or leave private mode.")?;
        let id = first.session;
        let run = Run::new(id.clone(), Vec::new(), unkept, None);
        run.follow(control.clone(), control.subscribe());
        self.runs.update_value(|runs| drop(runs.insert(id.clone(), run)));
        Ok(id)
    }

    /// A session, as it runs in this tab or another, or as its journal tells it.
    ///
    /// # Errors
    /// Says why the journal cannot be read. `Ok(None)` when there is no such session.
    pub async fn open(self, id: SessionId) -> Result<Option<Arc<Run>>, String> {
        if let Some(run) = self.runs.with_value(|runs| runs.get(&id).cloned()) {
            run.look_elsewhere().await;
            return Ok(Some(run));
        }
        let record = backend::load(&id).await?;
        let newer = record.newer.map(|newer| newer.message());
        if record.events.is_empty() {
            return newer.map_or(Ok(None), Err);
        }
        let run = Run::new(id.clone(), record.events, None, newer);
        self.runs.update_value(|runs| drop(runs.insert(id, run.clone())));
        run.look_elsewhere().await;
        Ok(Some(run))
    }

    /// Goes on with a session that was stopped or cut off.
    pub fn go_on(self, run: Arc<Run>) {
        self.starting.set(true);
        self.problem.set(None);
        spawn_local(async move {
            match self.resume(&run, None).await {
                Ok(()) => {}
                // Somebody was quicker in another tab: it is followed.
                Err(_) if run.look_elsewhere().await => {}
                Err(message) => self.problem.set(Some(message)),
            }
            self.starting.set(false);
        });
    }

    /// Goes on with a session, with something to do first.
    async fn resume(self, run: &Arc<Run>, first: Option<ControlAction>) -> Result<(), String> {
        let journal: Arc<dyn Journal> = if run.unkept.read_untracked().is_some() {
            // What is stored, if anything is, ends where storing failed: nothing since is paid for again.
            Arc::new(MemoryJournal::with(run.events()))
        } else {
            backend::journal(Some(&run.id)).await?
        };
        let resumed = ForgeOrchestrator::resume_with(self.runtime(journal), first).await;
        let (control, events) = resumed.map_err(|e| e.message)?;
        run.follow(control, events);
        Ok(())
    }

    /// Has a session do what somebody wants, and goes on with it first where it does not run.
    ///
    /// # Errors
    /// Why that cannot be done, in words.
    pub async fn steer(self, run: &Arc<Run>, action: ControlAction) -> Result<(), String> {
        if needs_keys(&action) {
            let members = untrack(|| run.with(|live| live.session.participants.clone()));
            self.may_ask(&members)?;
        }
        if run.running.get_untracked() {
            return run.control(action).await;
        }
        // What gives a finished session more to do comes first; the rest needs one that runs.
        let first = matches!(
            action,
            ControlAction::Change { .. } | ControlAction::SetRounds { .. } | ControlAction::RunRound { .. }
        );
        self.resume(run, first.then(|| action.clone())).await?;
        if first { Ok(()) } else { run.control(action).await }
    }

    /// The same for a button that waits for nothing: what is refused is told on the page.
    pub fn wish(self, run: &Arc<Run>, action: ControlAction) {
        let run = run.clone();
        run.refused.set(None);
        spawn_local(async move {
            let done = self.steer(&run, action).await;
            run.refused.set(done.err());
        });
    }

    /// Has another model speak for a member, as models are written.
    ///
    /// # Errors
    /// What is wrong with it, or why it cannot be done.
    pub async fn replace(self, run: &Arc<Run>, seat: Seat, model: &str) -> Result<(), String> {
        let Shared { access, pricing, .. } = self.shared;
        let mut pools = model.split(',').map(|pool| placed(pool.parse().map_err(|e| format!("{e}"))?, "It", access));
        let model: Pool = pools.next().unwrap_or_else(|| Err("Name a model.".to_owned()))?;
        let fallbacks = pools.collect::<Result<Vec<Pool>, _>>()?;
        let named = Participant::new(model.first().clone());
        let member = [Participant { model: model.clone(), fallbacks: fallbacks.clone(), ..named }];
        self.may_ask(&member)?;
        // An unknown price is no reason to refuse; under a cap the core does.
        let prices = pricing.table().await.map(|table| pricing.of(&table, &member)).unwrap_or_default();
        let replace = ControlAction::Replace { seat, model, fallbacks, prices, context_window: None, vision: None };
        self.steer(run, replace).await
    }

    /// What a follow-up of this session carries, with the panel whose names are masked in it.
    fn carried(run: &Run, question: &str, what: &Carry) -> (Topic, Vec<Participant>, Settings) {
        untrack(|| {
            run.with(|live| {
                let session = &live.session;
                let earlier = session.participants.iter().chain(&session.topic.carried_panel).cloned();
                let topic = Topic {
                    carried: carry(session, what),
                    carried_panel: earlier.collect(),
                    ..Topic::new(question).with_constraints(&session.topic.constraints.join("\n"))
                };
                (topic, session.participants.clone(), session.settings.clone())
            })
        })
    }

    /// What would be cut for whom of what a follow-up carries.
    #[must_use]
    pub fn trims(self, run: &Run, what: &Carry) -> Vec<(String, Vec<Trim>)> {
        let (topic, members, settings) = Self::carried(run, "", what);
        let runtime = self.runtime(Arc::new(MemoryJournal::default()));
        let mut orchestrator = ForgeOrchestrator::new(topic, runtime).with_settings(settings);
        for member in members {
            orchestrator.add_participant(member);
        }
        orchestrator.trims()
    }

    /// Starts a follow-up with the same members, and goes to its page.
    ///
    /// # Errors
    /// What is missing, or why it does not start.
    pub async fn follow_up(self, run: &Run, question: &str, what: &Carry) -> Result<(), String> {
        if question.trim().is_empty() {
            return Err("Write the follow-up question first.".to_owned());
        }
        let (topic, members, settings) = Self::carried(run, question, what);
        if topic.carried.is_empty() {
            return Err("Pick at least one part of what was said.".to_owned());
        }
        self.may_ask(&members)?;
        let protocol = untrack(|| run.with(|live| live.session.protocol.clone()));
        let id = self.launch(topic, members, settings, (protocol, None)).await?;
        Route::Session(id, None).go();
        Ok(())
    }

    /// Makes a session of its own of this one as it stood at the end of a round, and goes to its page.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn fork(self, run: &Run, round: RoundNumber) -> Result<(), String> {
        let id = backend::platform().session_id();
        let events = fork(&run.events(), round, id.clone(), browser::now_ms())?;
        let journal = backend::journal(None).await?;
        journal.append(events).await.map_err(|e| e.message)?;
        Route::Session(id, None).go();
        Ok(())
    }

    /// Whether all keys are here that calls for these members need.
    fn may_ask(self, members: &[Participant]) -> Result<(), String> {
        let missing = untrack(|| self.shared.access.missing_keys(members));
        if missing.is_empty() {
            return Ok(());
        }
        let missing: Vec<String> = missing.iter().map(|row| row.label.to_owned()).collect();
        Err(["The key for ", &names(&missing), " is missing. Paste it on the page Providers first."].concat())
    }

    /// Removes a session for good; one that runs is stopped first.
    ///
    /// # Errors
    /// Says why it could not be removed.
    pub async fn remove(self, id: SessionId) -> Result<(), String> {
        if let Some(run) = self.runs.try_update_value(|runs| runs.remove(&id)).flatten() {
            run.steer(ControlAction::Stop);
        }
        browser::forget_all(&answers_of(&id));
        backend::remove(&id).await
    }

    /// Whether a session runs in this tab.
    #[must_use]
    pub fn runs(self, id: &SessionId) -> bool {
        self.runs.with_value(|runs| runs.get(id).is_some_and(|run| run.running.get()))
    }
}

/// Under which names the half-written answers of people in a session are kept in this browser.
#[must_use]
pub fn answers_of(session: &SessionId) -> String {
    ["answer-", &session.0, "-"].concat()
}
