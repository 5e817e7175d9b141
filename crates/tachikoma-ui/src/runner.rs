//! Drives deliberations: starts, continues and opens them, and keeps those that run while other pages are shown.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::StreamExt;
use leptos::prelude::*;
use leptos::task::spawn_local;
use tachikoma_forge::driver::{
    ControlHandle, EventStream, ForgeOrchestrator, Journal, MemoryJournal, Runtime, StartError,
};
use tachikoma_forge::llm::demo;
use tachikoma_forge::session::{ControlAction, Participant, Settings, Topic};
use tachikoma_forge::types::SessionId;

use crate::app::Shared;
use crate::backend;
use crate::browser;
use crate::host::Order;
use crate::route::Route;
use crate::run::Run;
use crate::strings;

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
        Runtime { platform: backend::platform(), journal, providers: Arc::new(self.shared.access.factory()) }
    }

    /// Starts a deliberation and goes to its page.
    pub fn start(self, order: Order) {
        match order {
            Order::Form => self.start_form(),
            Order::Demo => self.start_demo(),
            // The form opens the file picker as it is drawn.
            Order::Attach => {}
        }
    }

    fn start_form(self) {
        let Shared { setup, access, .. } = self.shared;
        let participants = untrack(|| setup.participants(access));
        match (participants, untrack(|| setup.settings(access))) {
            (Ok(participants), Ok(settings)) => self.begin(untrack(|| setup.topic()), participants, settings),
            (Err(problem), _) | (_, Err(problem)) => self.problem.set(Some(problem)),
        }
    }

    fn start_demo(self) {
        let setup = self.shared.setup;
        let goal = setup.goal.get_untracked();
        let goal = if goal.trim().is_empty() { strings::DEMO_GOAL.to_owned() } else { goal };
        let topic = Topic::new(goal).with_constraints(&setup.constraints.get_untracked());
        let members = demo::panel().iter().map(|m| Participant::new(m.model_ref()).named(m.name)).collect();
        self.begin(topic, members, Settings::default());
    }

    fn begin(self, topic: Topic, participants: Vec<Participant>, settings: Settings) {
        self.starting.set(true);
        self.problem.set(None);
        browser::keep_storage();
        spawn_local(async move {
            let started = self.launch(topic, participants, settings).await;
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
        let mut orchestrator = ForgeOrchestrator::new(topic, self.runtime(journal)).with_settings(settings);
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
            let resumed = async {
                let journal: Arc<dyn Journal> = if run.unkept.read_untracked().is_some() {
                    // What is stored, if anything is, ends where storing failed: nothing since is paid for again.
                    Arc::new(MemoryJournal::with(run.events()))
                } else {
                    backend::journal(Some(&run.id)).await?
                };
                ForgeOrchestrator::resume(self.runtime(journal)).await.map_err(|e| e.message)
            };
            match resumed.await {
                Ok((control, events)) => run.follow(control, events),
                // Somebody was quicker in another tab: it is followed.
                Err(_) if run.look_elsewhere().await => {}
                Err(message) => self.problem.set(Some(message)),
            }
            self.starting.set(false);
        });
    }

    /// Removes a session for good; one that runs is stopped first.
    ///
    /// # Errors
    /// Says why it could not be removed.
    pub async fn remove(self, id: SessionId) -> Result<(), String> {
        if let Some(run) = self.runs.try_update_value(|runs| runs.remove(&id)).flatten() {
            run.steer(ControlAction::Stop);
        }
        backend::remove(&id).await
    }

    /// Whether a session runs in this tab.
    #[must_use]
    pub fn runs(self, id: &SessionId) -> bool {
        self.runs.with_value(|runs| runs.get(id).is_some_and(|run| run.running.get()))
    }
}
