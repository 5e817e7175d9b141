//! What an adapter brings besides a transport: time, chance and a journal.

use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::engine::Target;
use crate::llm::{Limits, LlmProvider, ModelConfig, ProviderFactory};
use crate::session::Envelope;
use crate::types::{BoxFuture, LlmError, MaybeSend, MaybeSync, ModelRef, Now, Seed, SessionId};

/// Time, tasks and names. The core has none of its own.
pub trait Platform: MaybeSend + MaybeSync {
    /// The time.
    fn now(&self) -> Now;

    /// Resolves after at least this long.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Runs a future to its end, apart from the caller.
    fn spawn(&self, future: BoxFuture<'static, ()>);

    /// A new session's name: unique, safe in a file name and an address, sortable by time.
    fn session_id(&self) -> SessionId;

    /// A new session's seed.
    fn seed(&self) -> Seed;
}

/// Where a session's durable events are kept. One writer per session.
pub trait Journal: MaybeSend + MaybeSync {
    /// Commits events in order. Resolves when they are safe: a crash afterwards loses none of them.
    /// Pieces of text still being written ([`crate::session::Event::TextSoFar`]) may be committed less strictly.
    fn append(&self, events: Vec<Envelope>) -> BoxFuture<'static, Result<(), JournalError>>;

    /// Everything committed so far, in order, without a torn tail.
    fn load(&self) -> BoxFuture<'static, Result<Vec<Envelope>, JournalError>>;

    /// Drops the numbered events, which later ones repeat in full. A journal that only grows may keep them.
    fn compact(&self, superseded: Vec<u64>) -> BoxFuture<'static, Result<(), JournalError>> {
        let _ = superseded;
        Box::pin(async { Ok(()) })
    }
}

/// Why a journal cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JournalErrorKind {
    /// There is no room.
    Full,
    /// Somebody else writes it.
    Locked,
    /// It was written by a newer version.
    Newer,
    /// What is there is no journal.
    Corrupt,
    /// Anything else.
    Other,
}

/// A failed journal, with what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalError {
    /// What kind of failure.
    pub kind: JournalErrorKind,
    /// What happened and what to do, for people.
    pub message: String,
}

impl fmt::Display for JournalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for JournalError {}

/// Where the driver gets the models from; a provider factory is one.
pub trait Providers: MaybeSend + MaybeSync {
    /// The provider for a model.
    ///
    /// # Errors
    /// When there is no such provider, or it cannot be used (no key, no valid address).
    fn provider(&self, model: &ModelRef) -> Result<Arc<dyn LlmProvider>, LlmError>;

    /// What the engine has to know of a model before it has it asked.
    fn target(&self, model: &ModelRef) -> Target {
        Target::unknown(model)
    }
}

/// A journal that is gone when it is dropped: for tests, and where storage is refused.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Vec<Envelope>>);

impl MemoryJournal {
    /// A journal that already holds events.
    #[must_use]
    pub fn with(events: Vec<Envelope>) -> Self {
        Self(Mutex::new(events))
    }

    /// What it holds.
    #[must_use]
    pub fn events(&self) -> Vec<Envelope> {
        self.0.lock().map(|events| events.clone()).unwrap_or_default()
    }
}

impl Journal for MemoryJournal {
    fn append(&self, events: Vec<Envelope>) -> BoxFuture<'static, Result<(), JournalError>> {
        if let Ok(mut all) = self.0.lock() {
            all.extend(events);
        }
        Box::pin(async { Ok(()) })
    }

    fn load(&self) -> BoxFuture<'static, Result<Vec<Envelope>, JournalError>> {
        let events = self.events();
        Box::pin(async { Ok(events) })
    }

    fn compact(&self, superseded: Vec<u64>) -> BoxFuture<'static, Result<(), JournalError>> {
        if let Ok(mut all) = self.0.lock() {
            all.retain(|e| !superseded.contains(&e.seq));
        }
        Box::pin(async { Ok(()) })
    }
}

impl Providers for ProviderFactory {
    fn provider(&self, model: &ModelRef) -> Result<Arc<dyn LlmProvider>, LlmError> {
        self.create(&ModelConfig::new(model.clone()))
    }

    fn target(&self, model: &ModelRef) -> Target {
        match self.limits(model) {
            Some(Limits { endpoint, at_once, context_window, vision, timeout }) => {
                Target { endpoint, at_once, context_window, vision, timeout }
            }
            // What is no row says so itself.
            None => {
                let vision = self.create(&ModelConfig::new(model.clone())).ok().map(|p| p.capabilities().vision);
                Target { vision, ..Target::unknown(model) }
            }
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::llm::{HttpRequest, HttpResponse, Keys, ProviderRegistry, Transport, TransportError};

    struct NoTransport;

    impl Transport for NoTransport {
        fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
            panic!("nothing is sent")
        }

        fn is_browser(&self) -> bool {
            false
        }
    }

    /// The usual providers, none of which can be reached.
    pub(in crate::driver) fn factory() -> ProviderFactory {
        ProviderFactory::new(ProviderRegistry::new(), Arc::new(NoTransport), Keys::new())
    }
}
