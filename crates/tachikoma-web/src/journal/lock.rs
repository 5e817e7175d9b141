//! One writer per session among all tabs, by the browser's Web Locks.
//!
//! The lock is gone when its tab is, however that ends, so nothing has to be cleaned up after a crash. Within
//! one page it is shared: a session that is stopped and continued there has two journals for a moment.
//! Where a page gets no locks (an insecure origin), the journal's keys still keep two writers apart.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::{Rc, Weak};
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::{Either, select};
use js_sys::{Function, Object, Promise, Reflect};
use tachikoma_forge::driver::{JournalError, JournalErrorKind};
use tachikoma_forge::types::SessionId;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

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
}

/// How often the lock is asked for, and how long to wait between: a page that is being reloaded lets go
/// of its locks a moment after the next one has begun.
const TRIES: u32 = 5;
const BETWEEN_TRIES: Duration = Duration::from_millis(200);

/// The right to write a session; given back when the last of it is dropped.
pub(super) struct SessionLock {
    release: Option<Function>,
}

impl Drop for SessionLock {
    fn drop(&mut self) {
        if let Some(release) = &self.release {
            let _ = release.call0(&JsValue::UNDEFINED);
        }
    }
}

thread_local! {
    /// The locks that this page holds, by session.
    static HELD: RefCell<BTreeMap<String, Weak<SessionLock>>> = const { RefCell::new(BTreeMap::new()) };
}

/// What came of asking once.
enum Asked {
    Granted(SessionLock),
    Taken,
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
            if let Asked::Granted(lock) = ask(session).await {
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

/// Asks the browser once, without waiting for another tab.
async fn ask(session: &SessionId) -> Asked {
    let free = Asked::Granted(SessionLock { release: None });
    let Some(locks) = lock_manager() else { return free };
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
    let Ok(request) = locks.request(&format!("tachikoma-forge/session/{}", session.0), &options, &granted) else {
        return free;
    };
    match select(told, JsFuture::from(request)).await {
        Either::Left((Ok(true), _)) => Asked::Granted(SessionLock { release }),
        Either::Left((Ok(false), _)) => Asked::Taken,
        // Locks are refused here altogether.
        Either::Left((Err(_), _)) | Either::Right(_) => free,
    }
}

fn lock_manager() -> Option<LockManager> {
    let navigator = Reflect::get(&js_sys::global(), &"navigator".into()).ok()?;
    let locks = Reflect::get(&navigator, &"locks".into()).ok()?;
    locks.is_object().then(|| locks.unchecked_into())
}
