//! The handle of a deliberation under way: what is asked of it, and what it tells.

use futures::StreamExt;
use futures::channel::{mpsc, oneshot};

use super::broadcast::{Broadcast, EventStream};
use super::platform::JournalError;
use super::run::Command;
use crate::session::{ControlAction, Envelope, ForgeSession};
use crate::types::RoundType;

/// Steers a running deliberation. Clone it as often as needed.
#[derive(Clone)]
pub struct ControlHandle {
    pub(super) commands: mpsc::UnboundedSender<Command>,
    pub(super) broadcast: Broadcast,
}

impl ControlHandle {
    /// Stops it at once: calls are ended, what has come is kept, and it can be continued.
    pub fn stop(&self) {
        // A session that is over has nobody who listens, and nothing to stop.
        let _ = self.commands.unbounded_send(Command(ControlAction::Stop, oneshot::channel().0));
    }

    /// Does what somebody asks for, wherever they ask: here, or in another tab that follows. The one way to steer.
    ///
    /// # Errors
    /// Why it cannot be done, in words; or that the session is over.
    pub async fn control(&self, action: ControlAction) -> Result<(), String> {
        let over = || "the session is over: continue it first".to_owned();
        let (answer, answered) = oneshot::channel();
        self.commands.unbounded_send(Command(action, answer)).map_err(|_| over())?;
        answered.await.unwrap_or_else(|_| Err(over()))
    }

    /// Requests a round as soon as the open one is over.
    ///
    /// # Errors
    /// The protocol's refusal, by name; or that the session is over.
    pub async fn run_round(&self, round_type: RoundType) -> Result<(), String> {
        self.control(ControlAction::RunRound { round_type }).await
    }

    /// Why the journal takes nothing more, if it does not: what has happened since is in memory only.
    #[must_use]
    pub fn unsaved(&self) -> Option<JournalError> {
        self.broadcast.unsaved()
    }

    /// The events so far, then the events as they happen.
    #[must_use]
    pub fn subscribe(&self) -> EventStream {
        self.broadcast.subscribe()
    }

    /// The session as it stands, folded from its events.
    #[must_use]
    pub fn session(&self) -> Option<ForgeSession> {
        self.broadcast.session()
    }

    /// The durable events so far, for an export.
    #[must_use]
    pub fn events(&self) -> Vec<Envelope> {
        self.broadcast.durable()
    }

    /// Waits until it is over.
    pub async fn finished(&self) {
        let mut events = self.subscribe();
        while events.next().await.is_some() {}
    }
}
