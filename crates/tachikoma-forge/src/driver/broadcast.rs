//! The events so far, for whoever comes late, and the events to come, for everybody.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures::Stream;
use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};

use super::platform::JournalError;
use crate::session::{Envelope, Event, ForgeSession};

/// Shared by the driver, which publishes, and the handles, which subscribe.
#[derive(Clone, Default)]
pub(super) struct Broadcast(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// Every durable event, and the deltas of turns that are still being written.
    log: Vec<Envelope>,
    subscribers: Vec<UnboundedSender<Envelope>>,
    closed: bool,
    /// Why the journal takes nothing more, since it does not.
    unsaved: Option<JournalError>,
}

impl Broadcast {
    pub(super) fn with_log(log: Vec<Envelope>) -> Self {
        Self(Arc::new(Mutex::new(Inner { log, ..Inner::default() })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic of another holder leaves a list of events behind, which is whole after every step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn publish(&self, envelope: Envelope) {
        let mut inner = self.lock();
        if let Event::ParticipantComplete { ask, attempt, .. } = &envelope.event {
            // The whole text is in this event: a late subscriber needs the pieces no more, nor what was waited for.
            // Those of an attempt that was cut off stand nowhere else.
            inner.log.retain(|e| match &e.event {
                Event::TextSoFar { ask: of, attempt: tried, .. } => (of, tried) != (ask, attempt),
                event => event.is_durable() || event.ask() != Some(ask),
            });
        }
        inner.subscribers.retain(|s| s.unbounded_send(envelope.clone()).is_ok());
        inner.log.push(envelope);
    }

    pub(super) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        inner.subscribers.clear();
    }

    pub(super) fn subscribe(&self) -> EventStream {
        let (sender, receiver) = unbounded();
        let mut inner = self.lock();
        for envelope in &inner.log {
            let _ = sender.unbounded_send(envelope.clone());
        }
        if !inner.closed {
            inner.subscribers.push(sender);
        }
        EventStream(receiver)
    }

    pub(super) fn set_unsaved(&self, why: JournalError) {
        self.lock().unsaved = Some(why);
    }

    pub(super) fn unsaved(&self) -> Option<JournalError> {
        self.lock().unsaved.clone()
    }

    pub(super) fn session(&self) -> Option<ForgeSession> {
        ForgeSession::fold(&self.lock().log)
    }

    pub(super) fn durable(&self) -> Vec<Envelope> {
        self.lock().log.iter().filter(|e| e.event.is_durable()).cloned().collect()
    }
}

/// The events so far, then the events as they happen. Ends after the session's end.
pub struct EventStream(UnboundedReceiver<Envelope>);

impl Stream for EventStream {
    type Item = Envelope;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Envelope>> {
        Pin::new(&mut self.0).poll_next(context)
    }
}
