//! A session in several tabs: the one that runs it tells the others, which show it and hand over what people want.
//!
//! Who follows begins with the journal and puts behind it what it hears. Where something is missing in between, it
//! looks into the journal again. It never writes. When the tab that ran it is gone, it can be continued here.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender};
use futures::channel::oneshot;
use futures::future::{Either, select};
use leptos::prelude::*;
use leptos::task::spawn_local;
use tachikoma_forge::driver::{Follower, Heard, Message};
use tachikoma_forge::session::{ControlAction, Envelope, Event};
use tachikoma_forge::types::SessionId;

use super::Run;
use crate::backend;
use crate::view_model::live::Live;

/// How often who follows looks whether anybody still writes.
const BETWEEN_LOOKS: Duration = Duration::from_secs(1);
/// How long the other tab may take to answer: a hidden one is slow, not silent.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of the other tabs.
pub(super) struct Others {
    say: UnboundedSender<Message>,
    /// Whether any of them follows.
    pub(super) listen: bool,
    /// Where this tab stands, while it follows.
    follower: Follower,
    /// What is heard while the journal is read.
    waiting: Option<Vec<Envelope>>,
    /// The event for which the journal was read again, since one before it was missing.
    missed: Option<u64>,
    /// Who waits here for an answer.
    asked: BTreeMap<String, oneshot::Sender<Option<String>>>,
}

impl Others {
    /// Nobody is known yet.
    pub(super) fn of(session: &SessionId) -> (Self, UnboundedReceiver<Message>) {
        let (say, heard) = backend::other_tabs(session);
        let others = Self {
            say,
            listen: false,
            follower: Follower::default(),
            waiting: None,
            missed: None,
            asked: BTreeMap::new(),
        };
        (others, heard)
    }

    pub(super) fn say(&self, message: Message) {
        // Where there are no channels, nobody hears it.
        let _ = self.say.unbounded_send(message);
    }

    /// The session runs here from now on. Whoever wants to follow says so anew.
    pub(super) fn begin(&mut self) {
        self.listen = false;
        self.waiting = None;
        self.say(Message::Running);
    }
}

impl Run {
    /// Hears what the other tabs tell, for as long as there is this session.
    pub(super) fn listen(self: &Arc<Self>, mut heard: UnboundedReceiver<Message>) {
        let run = Arc::downgrade(self);
        spawn_local(async move {
            while let Some(message) = heard.next().await {
                let Some(run) = run.upgrade() else { return };
                run.hear(message);
            }
        });
    }

    fn hear(self: &Arc<Self>, message: Message) {
        let runs_here = self.running.get_untracked() && !self.followed.get_untracked();
        match message {
            Message::Follow if runs_here => {
                let mut inner = self.inner();
                inner.others.listen = true;
                if inner.control.as_ref().is_some_and(|control| control.unsaved().is_some()) {
                    // The journal does not have them all.
                    let events = inner.events.iter().cloned();
                    events.for_each(|event| inner.others.say(Message::Happened(Box::new(event))));
                }
            }
            Message::Wanted { id, action } if runs_here => {
                let (control, say) = {
                    // One look: a second while the first lasts would wait for itself.
                    let inner = self.inner();
                    (inner.control.clone(), inner.others.say.clone())
                };
                spawn_local(async move {
                    if let Some(control) = control {
                        let refused = control.control(action).await.err();
                        let _ = say.unbounded_send(Message::Done { id, refused });
                    }
                });
            }
            Message::Done { id, refused } => {
                if let Some(asked) = self.inner().others.asked.remove(&id) {
                    let _ = asked.send(refused);
                }
            }
            Message::Happened(envelope) if self.followed.get_untracked() => self.heard(*envelope),
            // It was continued there, and whoever ran it before knew who follows.
            Message::Running if self.followed.get_untracked() => self.look(),
            // Whoever says so may be wrong: what counts is who has the right to write.
            Message::Running | Message::Happened(_) if !runs_here => {
                let run = self.clone();
                spawn_local(async move {
                    run.look_elsewhere().await;
                });
            }
            Message::Running | Message::Happened(_) | Message::Follow | Message::Wanted { .. } => {}
        }
    }

    /// Follows the session if another tab runs it, and says whether one does. Where it runs here, none does.
    pub async fn look_elsewhere(self: &Arc<Self>) -> bool {
        let runs = || self.running.get_untracked();
        let elsewhere = !runs() && self.newer.is_none() && backend::written_elsewhere(&self.id).await;
        // It may have been continued here meanwhile.
        if elsewhere && !runs() {
            self.look();
        }
        elsewhere
    }

    /// Reads the journal, and follows what happens behind it.
    pub(super) fn look(self: &Arc<Self>) {
        {
            let mut inner = self.inner();
            inner.control = None;
            inner.live.running = true;
            inner.others.waiting.get_or_insert_default();
            inner.others.say(Message::Follow);
        }
        self.running.set(true);
        let run = self.clone();
        let first = !std::mem::replace(&mut *self.followed.write(), true);
        spawn_local(async move {
            run.read_journal().await;
            let waiting = run.inner().others.waiting.take();
            waiting.into_iter().flatten().for_each(|envelope| run.heard(envelope));
            run.flush();
            if first {
                run.tick();
                run.watch().await;
            }
        });
    }

    /// Shows what the journal holds, unless more than that is shown already.
    async fn read_journal(&self) {
        let Ok(record) = backend::load(&self.id).await else { return };
        let mut inner = self.inner();
        let last = |events: &[Envelope]| events.last().map_or(0, |e| e.seq);
        if last(&record.events) >= last(&inner.events) {
            let mut live = Live::new(self.id.clone());
            for envelope in &record.events {
                live.apply(envelope);
            }
            live.running = inner.live.running;
            (inner.live, inner.events) = (live, record.events);
        }
        inner.others.follower = Follower::behind(&inner.events);
        inner.frame = true;
    }

    /// The tab that runs it tells of an event.
    fn heard(self: &Arc<Self>, envelope: Envelope) {
        let mut inner = self.inner();
        if let Some(waiting) = &mut inner.others.waiting {
            return waiting.push(envelope);
        }
        match inner.others.follower.hear(&envelope) {
            Heard::Known => return,
            Heard::Next => {}
            Heard::Missed if inner.others.missed.replace(envelope.seq) != Some(envelope.seq) => {
                inner.others.waiting = Some(vec![envelope]);
                drop(inner);
                return self.look();
            }
            // The journal does not have it either: better with a gap than not at all.
            Heard::Missed => inner.others.follower = Follower::behind(std::slice::from_ref(&envelope)),
        }
        drop(inner);
        self.take(&envelope);
        self.schedule();
        if matches!(envelope.event, Event::SessionEnded { .. }) {
            self.rest();
        }
    }

    /// Waits until nobody writes it any more; then it can be continued here.
    async fn watch(&self) {
        loop {
            backend::pace(BETWEEN_LOOKS).await;
            if !self.followed.get_untracked() {
                return;
            }
            if !backend::written_elsewhere(&self.id).await && self.followed.get_untracked() {
                // What came last may not have been heard.
                self.read_journal().await;
                return self.rest();
            }
        }
    }

    /// Does what somebody wants: here, or by the tab that runs it.
    ///
    /// # Errors
    /// Why it cannot be done, in words.
    pub async fn control(&self, action: ControlAction) -> Result<(), String> {
        let control = self.inner().control.clone();
        match control {
            Some(control) => control.control(action).await,
            None => self.hand_over(action).await,
        }
    }

    /// The same, where nobody waits for it. What is refused is told.
    pub fn steer(self: &Arc<Self>, action: ControlAction) {
        let run = self.clone();
        self.refused.set(None);
        spawn_local(async move { run.refused.set(run.control(action).await.err()) });
    }

    async fn hand_over(&self, action: ControlAction) -> Result<(), String> {
        let (answer, answered) = oneshot::channel();
        let id = backend::unguessable();
        {
            let others = &mut self.inner().others;
            others.asked.insert(id.clone(), answer);
            others.say(Message::Wanted { id: id.clone(), action });
        }
        match select(answered, backend::pace(PATIENCE)).await {
            Either::Left((Ok(refused), _)) => refused.map_or(Ok(()), Err),
            Either::Left((Err(_), _)) | Either::Right(_) => {
                self.inner().others.asked.remove(&id);
                Err("The tab in which this session runs does not answer. Look there, or close it and continue here."
                    .to_owned())
            }
        }
    }
}
