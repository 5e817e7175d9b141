//! One writer per session among all tabs: by the browser's Web Locks, else by a lease ([`super::lease`]).
//!
//! A lock is gone when its tab is, however that ends, so nothing has to be cleaned up after a crash. Pages get none
//! on an insecure origin, such as a server of one's own that speaks plain http. Within one page the right is shared:
//! a session that is stopped and continued there has two journals for a moment.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{Either, select};
use js_sys::{Array, Function, Object, Promise, Reflect};
use tachikoma_forge::driver::{JournalError, JournalErrorKind};
use tachikoma_forge::types::SessionId;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::database::Transaction;
use super::lease::{self, Lease};
use super::text_of;
use crate::platform::sleep;

#[wasm_bindgen]
extern "C" {
    type LockManager;
    #[wasm_bindgen(method, catch, js_name = request)]
    fn request(
        this: &LockManager,
        name: &str,
        options: &Object,
        granted: &Closure<dyn FnMut(JsValue) -> JsValue>,
    ) -> Result<Promise, JsValue>;
    #[wasm_bindgen(method, catch, js_name = query)]
    fn query(this: &LockManager) -> Result<Promise, JsValue>;
}

/// How often the lock is asked for, and how long to wait between: a page that is being reloaded lets go
/// of its locks a moment after the next one has begun.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// The right to write a session; given back when the last of it is dropped.
pub(super) enum SessionLock {
    /// The browser's lock, which calling this releases.
    Browser(Function),
    /// Our own.
    Lease(Lease),
}

impl Drop for SessionLock {
    fn drop(&mut self) {
        if let Self::Browser(release) = self {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

thread_local! {
    /// The locks that this page holds, by session.
    static HELD: RefCell<BTreeMap<String, Weak<SessionLock>>> = const { RefCell::new(BTreeMap::new()) };
}

/// What came of asking the browser once.
enum Asked {
    Granted(Function),
    Taken,
    /// It has no locks for this page.
    NoLocks,
}

impl SessionLock {
    /// Takes the lock on a session, or shares the one that this page holds.
    ///
    /// # Errors
    /// [`JournalErrorKind::Locked`] when another tab holds it.
    pub(super) async fn take(session: &SessionId) -> Result<Rc<Self>, JournalError> {
        for attempt in 0..TRIES {
            if attempt > 0 {
                sleep(BETWEEN_TRIES).await;
            }
            if let Some(held) = HELD.with_borrow(|held| held.get(&session.0).and_then(Weak::upgrade)) {
                return Ok(held);
            }
            let taken = match ask(session).await {
                Asked::Granted(release) => Some(Self::Browser(release)),
                Asked::Taken => None,
                Asked::NoLocks => Lease::take(session).await?.map(Self::Lease),
            };
            if let Some(lock) = taken {
                let lock = Rc::new(lock);
                HELD.with_borrow_mut(|held| {
                    held.retain(|_, lock| lock.strong_count() > 0);
                    held.insert(session.0.clone(), Rc::downgrade(&lock));
                });
                return Ok(lock);
            }
        }
        Err(JournalError {
            kind: JournalErrorKind::Locked,
            message: "This session is running in another tab. Go on there, or close that tab and try again.".to_owned(),
        })
    }
}

impl SessionLock {
    /// Makes sure, within the transaction of a write, that this right still holds. A lock does while it is there.
    ///
    /// # Errors
    /// [`JournalErrorKind::Locked`] when somebody has taken it over.
    pub(super) async fn check(&self, transaction: &Transaction) -> Result<(), JournalError> {
        match self {
            Self::Browser(_) => Ok(()),
            Self::Lease(lease) => lease.check(transaction).await,
        }
    }
}

/// Whether another tab writes a session. Where that cannot be found out, none does: the next write will tell.
pub async fn written_elsewhere(session: &SessionId) -> bool {
    if HELD.with_borrow(|held| held.get(&session.0).is_some_and(|lock| lock.strong_count() > 0)) {
        return false;
    }
    match held_locks().await {
        Some(names) => names.contains(&name(session)),
        None => lease::is_held(session).await.unwrap_or(false),
    }
}

/// The names of all locks that are held; `None` where there are no locks.
async fn held_locks() -> Option<Vec<String>> {
    let all = JsFuture::from(lock_manager()?.query().ok()?).await.ok()?;
    let held = Array::from(&Reflect::get(&all, &"held".into()).ok()?);
    Some(held.iter().map(|lock| text_of(&lock, "name")).collect())
}

fn name(session: &SessionId) -> String {
    ["tachikoma-forge/session/", &session.0].concat()
}

/// Asks the browser once, without waiting for another tab.
async fn ask(session: &SessionId) -> Asked {
    let Some(locks) = lock_manager() else { return Asked::NoLocks };
    let mut release = None;
    let held = Promise::new(&mut |resolve, _| release = Some(resolve));
    let (tell, told) = oneshot::channel();
    let mut tell = Some(tell);
    let granted = Closure::new(move |lock: JsValue| -> JsValue {
        if let Some(tell) = tell.take() {
            // The other end waits below, for as long as this closure lives.
            let _ = tell.send(!lock.is_null());
        }
        // The browser holds the lock until this promise settles.
        if lock.is_null() { JsValue::UNDEFINED } else { held.clone().into() }
    });
    let options = Object::new();
    let _ = Reflect::set(&options, &"ifAvailable".into(), &JsValue::TRUE);
    let Ok(request) = locks.request(&name(session), &options, &granted) else { return Asked::NoLocks };
    match (select(told, JsFuture::from(request)).await, release) {
        (Either::Left((Ok(true), _)), Some(release)) => Asked::Granted(release),
        (Either::Left((Ok(false), _)), _) => Asked::Taken,
        // They are refused here altogether.
        _ => Asked::NoLocks,
    }
}

fn lock_manager() -> Option<LockManager> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    locks.is_object().then(|| locks.unchecked_into())
}
