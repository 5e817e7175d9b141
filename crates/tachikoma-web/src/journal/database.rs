//! The database itself: opening, transactions, and what their failures mean.
//!
//! IndexedDB directly, since the crates that wrap it cannot ask for a durability. Requests are awaited by
//! handing a promise's own callbacks to them, so no closure has to be kept.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Object, Promise, Reflect};
use tachikoma_forge::driver::{JournalError, JournalErrorKind};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    IdbDatabase, IdbFactory, IdbObjectStore, IdbOpenDbRequest, IdbRequest, IdbTransaction, IdbTransactionMode,
};

use super::text_of;

#[wasm_bindgen]
extern "C" {
    /// `IDBDatabase`, for the one method whose last argument is not bound elsewhere without special flags.
    type WithDurability;
    #[wasm_bindgen(method, catch, js_name = transaction)]
    fn transaction(
        this: &WithDurability,
        stores: &Array,
        mode: IdbTransactionMode,
        options: &Object,
    ) -> Result<IdbTransaction, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    /// `IDBTransaction`, for a method that `web-sys` calls deprecated by mistake.
    type Committing;
    #[wasm_bindgen(method, catch)]
    fn commit(this: &Committing) -> Result<(), JsValue>;
}

/// When a transaction counts as complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Durability {
    /// When the disk holds it: a crash of the machine loses nothing.
    Strict,
    /// When the system has it: a crash of the tab or the browser loses nothing.
    Relaxed,
}

/// The store of events.
pub(super) const EVENTS: &str = "events";
/// The store of summaries.
pub(super) const SESSIONS: &str = "sessions";
/// The store of leases: who writes which session, where the browser has no locks.
pub(super) const LEASES: &str = "leases";

const NAME: &str = "tachikoma-forge";
/// 1: events and sessions. 2: leases too.
const VERSION: u32 = 2;

/// An open database. Shared by everything in this page; given up when another tab needs a newer version.
pub(super) struct Connection {
    database: IdbDatabase,
    closed: Rc<Cell<bool>>,
    // Called by the browser for as long as the database is open.
    _on_close: Closure<dyn FnMut()>,
}

impl Connection {
    fn new(database: IdbDatabase) -> Self {
        let closed = Rc::new(Cell::new(false));
        let on_close = Closure::new({
            let (database, closed) = (database.clone(), closed.clone());
            move || {
                database.close();
                closed.set(true);
            }
        });
        let callback = Some(on_close.as_ref().unchecked_ref());
        // Another tab wants to upgrade or delete; or the browser has cleared the storage.
        database.set_onversionchange(callback);
        database.set_onclose(callback);
        Self { database, closed, _on_close: on_close }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.database.set_onversionchange(None);
        self.database.set_onclose(None);
        self.database.close();
    }
}

thread_local! {
    static OPEN: RefCell<Option<Rc<Connection>>> = const { RefCell::new(None) };
}

/// The open database; opens it when it is not, or no longer.
pub(super) async fn connection() -> Result<Rc<Connection>, JournalError> {
    if let Some(open) = OPEN.with_borrow(Clone::clone).filter(|open| !open.closed.get()) {
        return Ok(open);
    }
    let open = Rc::new(Connection::new(open().await?));
    OPEN.set(Some(open.clone()));
    Ok(open)
}

async fn open() -> Result<IdbDatabase, JournalError> {
    // A getter that throws where storage is forbidden, and is absent in very old browsers.
    let factory: IdbFactory = Reflect::get(&js_sys::global(), &"indexedDB".into())
        .ok()
        .filter(JsValue::is_object)
        .ok_or_else(|| refused("this browser offers no IndexedDB here"))?
        .unchecked_into();
    let opening: IdbOpenDbRequest = factory.open_with_u32(NAME, VERSION).map_err(|e| js_error(&e))?;
    let upgrade = Closure::once({
        let opening = opening.clone();
        move || create_stores(&opening)
    });
    opening.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    let database = request(&opening).await?;
    opening.set_onupgradeneeded(None);
    Ok(database.unchecked_into())
}

/// The stores that are not there yet. Keys stand beside the values, which are texts.
fn create_stores(opening: &IdbOpenDbRequest) {
    let Ok(database) = opening.result().map(JsCast::unchecked_into::<IdbDatabase>) else { return };
    let there = Reflect::get(&database, &"objectStoreNames".into()).map(|names| Array::from(&names));
    let is_there = |store: &str| there.as_ref().is_ok_and(|names| names.includes(&store.into(), 0));
    for store in [EVENTS, SESSIONS, LEASES].into_iter().filter(|store| !is_there(store)) {
        // A failure here aborts the upgrade, and opening fails with the reason.
        let _ = database.create_object_store(store);
    }
}

fn stores() -> Array {
    Array::of3(&EVENTS.into(), &SESSIONS.into(), &LEASES.into())
}

/// A transaction over all stores. Dropped before [`Transaction::commit`], it leaves nothing behind; the browser
/// alone would commit the half that was asked for.
pub(super) struct Transaction {
    transaction: IdbTransaction,
    submitted: bool,
    // Open for as long as its transaction.
    _connection: Rc<Connection>,
}

impl Transaction {
    pub(super) async fn begin(mode: IdbTransactionMode, durability: Durability) -> Result<Self, JournalError> {
        let options = Object::new();
        let word = match durability {
            Durability::Strict => "strict",
            Durability::Relaxed => "relaxed",
        };
        // A browser that does not know the option is as strict as it is.
        let _ = Reflect::set(&options, &"durability".into(), &word.into());
        let begin = |connection: &Connection| {
            connection.database.unchecked_ref::<WithDurability>().transaction(&stores(), mode, &options)
        };
        let mut open = connection().await?;
        let mut transaction = begin(&open);
        if transaction.as_ref().is_err_and(|e| text_of(e, "name") == "InvalidStateError") {
            // The browser closed the database behind our back; it can be opened again.
            open.closed.set(true);
            open = connection().await?;
            transaction = begin(&open);
        }
        Ok(Self { transaction: transaction.map_err(|e| js_error(&e))?, submitted: false, _connection: open })
    }

    /// One to write in right now, if the database is open: for a page that is going and cannot wait for anything.
    pub(super) fn at_once() -> Option<Self> {
        let open = OPEN.with_borrow(Clone::clone).filter(|open| !open.closed.get())?;
        let begin = open.database.unchecked_ref::<WithDurability>();
        let transaction = begin.transaction(&stores(), IdbTransactionMode::Readwrite, &Object::new()).ok()?;
        Some(Self { transaction, submitted: false, _connection: open })
    }

    /// Has it done without waiting for that.
    pub(super) fn submit(mut self) {
        self.submitted = true;
        // A browser that cannot be asked commits by itself, if it still can.
        let _ = self.transaction.unchecked_ref::<Committing>().commit();
    }

    pub(super) fn store(&self, name: &str) -> Result<IdbObjectStore, JournalError> {
        self.transaction.object_store(name).map_err(|e| js_error(&e))
    }

    /// Resolves when all of it is as safe as was asked for.
    pub(super) async fn commit(mut self) -> Result<(), JournalError> {
        self.submitted = true;
        let done = Promise::new(&mut |resolve, reject| {
            self.transaction.set_oncomplete(Some(&resolve));
            self.transaction.set_onabort(Some(&reject));
        });
        match JsFuture::from(done).await {
            Ok(_) => Ok(()),
            Err(_) => Err(js_error(&Reflect::get(&self.transaction, &"error".into()).unwrap_or_default())),
        }
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.submitted {
            // One that only read is over by now and says so.
            let _ = self.transaction.abort();
        }
    }
}

/// Awaits one request.
pub(super) async fn request(request: &IdbRequest) -> Result<JsValue, JournalError> {
    let done = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    match JsFuture::from(done).await {
        Ok(_) => request.result().map_err(|e| js_error(&e)),
        Err(_) => Err(js_error(&Reflect::get(request, &"error".into()).unwrap_or_default())),
    }
}

/// What a failure of IndexedDB means, by the names of the standard.
pub(super) fn js_error(error: &JsValue) -> JournalError {
    let (kind, message) = match text_of(error, "name").as_str() {
        "QuotaExceededError" => (
            JournalErrorKind::Full,
            "The browser has no room left for sessions. Delete old ones in History or free disk space; an export \
             keeps this one."
                .to_owned(),
        ),
        "VersionError" => (
            JournalErrorKind::Newer,
            "A newer version of this page has been here and keeps sessions in a newer form. Reload the page to get \
             the newer version."
                .to_owned(),
        ),
        "ConstraintError" => (
            JournalErrorKind::Locked,
            "Another tab is writing this session. Go on there, or close that tab and reload this one.".to_owned(),
        ),
        name => {
            let detail = text_of(error, "message");
            return refused(match (name.is_empty(), detail.is_empty()) {
                (_, false) => &detail,
                (false, true) => name,
                (true, true) => "the browser gives no reason",
            });
        }
    };
    JournalError { kind, message }
}

/// Storage that cannot be used, and why.
pub(super) fn refused(why: &str) -> JournalError {
    JournalError {
        kind: JournalErrorKind::Other,
        message: format!(
            "The browser keeps nothing for this page ({why}). Leave the private window or allow this page to store \
             data; otherwise export the session before you leave."
        ),
    }
}
