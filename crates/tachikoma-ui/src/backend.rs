//! What the page takes from the browser's adapter, in one place.

use std::sync::Arc;
use std::time::Duration;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender};
use tachikoma_forge::cost::PriceTable;
use tachikoma_forge::driver::{Journal, Message, Platform};
use tachikoma_forge::llm::{ProviderRegistry, Transport, demo};
use tachikoma_forge::metrics::Past;
use tachikoma_forge::session::{Envelope, Record};
use tachikoma_forge::types::{BoxFuture, SessionId};
use tachikoma_web::{IdbJournal, WebPlatform, WebTransport, browser_model};

use crate::view_model::shelf::{Kept, Row, row};

/// The providers on offer, the demo and the browser's own model among them.
#[must_use]
pub fn registry() -> ProviderRegistry {
    let mut registry = ProviderRegistry::new();
    demo::register(&mut registry, Arc::new(pace));
    browser_model::register(&mut registry);
    registry
}

/// How requests travel.
#[must_use]
pub fn transport() -> Arc<dyn Transport> {
    Arc::new(WebTransport)
}

/// Waits.
#[must_use]
pub fn pace(pause: Duration) -> BoxFuture<'static, ()> {
    WebPlatform.sleep(pause)
}

/// Time, tasks and names.
#[must_use]
pub fn platform() -> Arc<dyn Platform> {
    Arc::new(WebPlatform)
}

/// A journal: for a new session, or one that is there.
///
/// # Errors
/// Says why the browser refuses.
pub async fn journal(session: Option<&SessionId>) -> Result<Arc<dyn Journal>, String> {
    let journal = IdbJournal::open(session.cloned()).await.map_err(|e| e.message)?;
    #[expect(
        clippy::arc_with_non_send_sync,
        reason = "a page has one thread; the contract is shared with platforms that have more"
    )]
    let journal = Arc::new(journal);
    Ok(journal)
}

/// What is kept of a session; nothing when it is not here.
///
/// # Errors
/// Says why it cannot be read.
pub async fn load(session: &SessionId) -> Result<Record, String> {
    tachikoma_web::load_session(session).await.map_err(|e| e.message)
}

/// Keeps a session that was imported: all of it, or nothing when the browser refuses or one of that name is here.
///
/// # Errors
/// Says why it is not kept.
pub async fn keep(events: Vec<Envelope>) -> Result<(), String> {
    journal(None).await?.append(events).await.map_err(|e| e.message)
}

/// Whether another tab runs a session.
pub async fn written_elsewhere(session: &SessionId) -> bool {
    tachikoma_web::written_elsewhere(session).await
}

/// What is told to the other tabs about a session, and what they tell.
#[must_use]
pub fn other_tabs(session: &SessionId) -> (UnboundedSender<Message>, UnboundedReceiver<Message>) {
    tachikoma_web::other_tabs(session)
}

/// A name that nobody else has.
#[must_use]
pub fn unguessable() -> String {
    tachikoma_web::unguessable()
}

/// Removes a session for good.
///
/// # Errors
/// Says why it could not be removed.
pub async fn remove(session: &SessionId) -> Result<(), String> {
    tachikoma_web::delete_session(session).await.map_err(|e| e.message)
}

/// The table of prices, which lies beside the page.
///
/// # Errors
/// Says why it did not come, or cannot be read.
pub async fn prices() -> Result<PriceTable, String> {
    PriceTable::parse(&tachikoma_web::own_file("prices.json").await?).map_err(|e| e.to_string())
}

/// How the models of all sessions did, and how often deliberating helped.
///
/// # Errors
/// Says why it cannot be read.
pub async fn metrics() -> Result<Past, String> {
    tachikoma_web::metrics().await.map_err(|e| e.message)
}

/// What is kept, as far as the summaries tell.
///
/// # Errors
/// Says why it cannot be read.
pub async fn shelf() -> Result<Vec<Row>, String> {
    let all = tachikoma_web::list_sessions().await.map_err(|e| e.message)?;
    let kept = |s: tachikoma_web::SessionSummary| Kept {
        id: s.id,
        title: s.title,
        created_ms: s.started_ms,
        time_ms: s.ran_ms,
        names: s.members,
        ended: s.ended,
        agreement: s.agreement,
        degraded: s.degraded,
        rounds: s.rounds,
        demo: s.demo,
    };
    Ok(all.into_iter().map(kept).map(row).collect())
}
