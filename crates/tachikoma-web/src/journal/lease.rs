//! The right to write a session where a browser has no locks: a lease in the database, with an epoch.
//!
//! A lease lasts for a while and is renewed by a timer and by each write. One that has run out may be taken over,
//! which raises its epoch. Every write looks at the lease within its own transaction ([`Lease::check`]), so who was
//! taken over can never write again, however late it wakes up. Clocks decide only when somebody may take over,
//! never who may write.

use std::cell::Cell;
use std::rc::{Rc, Weak};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tachikoma_forge::driver::{JournalError, JournalErrorKind};
use tachikoma_forge::types::SessionId;
use wasm_bindgen::prelude::*;
use web_sys::IdbTransactionMode;

use super::database::{Durability, LEASES, Transaction, js_error, request};
use crate::pkce::unguessable;
use crate::platform::{sleep, wall_ms};

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_name = addEventListener)]
    fn add_event_listener(event: &str, then: &Closure<dyn FnMut()>);
    #[wasm_bindgen(js_name = removeEventListener)]
    fn remove_event_listener(event: &str, then: &Closure<dyn FnMut()>);
}

/// How long it lasts. Longer than the minute in which a browser runs the timers of a hidden tab once.
const LASTS_MS: u64 = 90_000;
const RENEWED_EVERY: Duration = Duration::from_secs(20);

/// A lease as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Kept {
    /// Whose it is: a name that nobody else has.
    holder: String,
    /// How often it changed hands.
    epoch: u64,
    /// Until when, in milliseconds since 1970.
    expires_ms: u64,
}

impl Kept {
    async fn read(transaction: &Transaction, session: &SessionId) -> Result<Option<Self>, JournalError> {
        let one = transaction.store(LEASES)?.get(&session.0.as_str().into()).map_err(|e| js_error(&e))?;
        Ok(request(&one).await?.as_string().and_then(|text| serde_json::from_str(&text).ok()))
    }

    fn write(&self, transaction: &Transaction, session: &SessionId) -> Result<(), JournalError> {
        // Texts and numbers only: this cannot fail to become JSON.
        let json = serde_json::to_string(self).unwrap_or_default();
        let put = transaction.store(LEASES)?.put_with_key(&json.into(), &session.0.as_str().into());
        put.map(drop).map_err(|e| js_error(&e))
    }
}

/// A lease that this page holds; given back when it is dropped, and when the page goes.
pub(super) struct Lease {
    held: Rc<Held>,
    gone: Closure<dyn FnMut()>,
}

struct Held {
    session: SessionId,
    holder: String,
    epoch: u64,
    /// Until when it lasts at least; a write may have renewed it for longer.
    expires_ms: Cell<u64>,
}

impl Lease {
    /// Takes the lease on a session; `None` when another has it.
    ///
    /// # Errors
    /// When storage is refused.
    pub(super) async fn take(session: &SessionId) -> Result<Option<Self>, JournalError> {
        let transaction = begin().await?;
        let before = Kept::read(&transaction, session).await?;
        if before.as_ref().is_some_and(|kept| kept.expires_ms > wall_ms()) {
            return Ok(None);
        }
        let held = Rc::new(Held {
            session: session.clone(),
            holder: unguessable(),
            epoch: before.map_or(0, |kept| kept.epoch) + 1,
            expires_ms: Cell::new(wall_ms() + LASTS_MS),
        });
        held.kept().write(&transaction, session)?;
        transaction.commit().await?;
        wasm_bindgen_futures::spawn_local(renew(Rc::downgrade(&held)));
        let gone = Closure::new({
            let held = Rc::downgrade(&held);
            move || held.upgrade().iter().for_each(|held| held.give_back())
        });
        add_event_listener("pagehide", &gone);
        Ok(Some(Self { held, gone }))
    }

    /// Makes sure, within the transaction of a write, that the lease is still held; renews it.
    ///
    /// # Errors
    /// [`JournalErrorKind::Locked`] when somebody has taken it over.
    pub(super) async fn check(&self, transaction: &Transaction) -> Result<(), JournalError> {
        self.held.check(transaction).await
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        remove_event_listener("pagehide", &self.gone);
        self.held.give_back();
    }
}

impl Held {
    fn kept(&self) -> Kept {
        Kept { holder: self.holder.clone(), epoch: self.epoch, expires_ms: self.expires_ms.get() }
    }

    async fn check(&self, transaction: &Transaction) -> Result<(), JournalError> {
        let kept = Kept::read(transaction, &self.session).await?;
        if kept.is_none_or(|kept| kept.holder != self.holder || kept.epoch != self.epoch) {
            return Err(JournalError {
                kind: JournalErrorKind::Locked,
                message: "Another tab has taken this session over. Go on there.".to_owned(),
            });
        }
        let renewed = Kept { expires_ms: wall_ms() + LASTS_MS, ..self.kept() };
        renewed.write(transaction, &self.session)
    }

    /// Lets others take it over at once. A page that is going cannot wait to see whose it is by now: it says nothing
    /// of a lease that may have run out.
    fn give_back(&self) {
        let expires_ms = self.expires_ms.replace(0);
        if expires_ms > wall_ms()
            && let Some(transaction) = Transaction::at_once()
            && self.kept().write(&transaction, &self.session).is_ok()
        {
            transaction.submit();
        }
    }
}

/// Renews a lease until it is dropped or lost. That it was lost, the next write tells.
async fn renew(held: Weak<Held>) {
    loop {
        sleep(RENEWED_EVERY).await;
        let Some(held) = held.upgrade() else { return };
        let renewed = async {
            let (transaction, expires_ms) = (begin().await?, wall_ms() + LASTS_MS);
            held.check(&transaction).await?;
            transaction.commit().await?;
            held.expires_ms.set(expires_ms);
            Ok::<_, JournalError>(())
        };
        if renewed.await.is_err_and(|error| error.kind == JournalErrorKind::Locked) {
            return;
        }
    }
}

/// Whether anybody holds the lease on a session.
///
/// # Errors
/// When storage is refused.
pub(super) async fn is_held(session: &SessionId) -> Result<bool, JournalError> {
    let transaction = Transaction::begin(IdbTransactionMode::Readonly, Durability::Relaxed).await?;
    Ok(Kept::read(&transaction, session).await?.is_some_and(|kept| kept.expires_ms > wall_ms()))
}

async fn begin() -> Result<Transaction, JournalError> {
    // Relaxed: after a crash of the machine there is nobody left who could hold it.
    Transaction::begin(IdbTransactionMode::Readwrite, Durability::Relaxed).await
}
