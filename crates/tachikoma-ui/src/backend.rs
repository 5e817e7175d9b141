//! TEMPORARY: what the web adapter will bring.
use std::sync::Arc;
use tachikoma_forge::driver::*;
use tachikoma_forge::llm::*;
use tachikoma_forge::session::*;
use tachikoma_forge::types::*;

struct Page;
impl Platform for Page {
    fn now(&self) -> Now { Now { mono: std::time::Duration::from_millis(crate::browser::now_ms()), wall_ms: crate::browser::now_ms() } }
    fn sleep(&self, duration: std::time::Duration) -> BoxFuture<'static, ()> {
        let (tx, rx) = futures::channel::oneshot::channel();
        leptos::prelude::set_timeout(move || drop(tx.send(())), duration);
        Box::pin(async move { let _ = rx.await; })
    }
    fn spawn(&self, future: BoxFuture<'static, ()>) { leptos::task::spawn_local(future); }
    fn session_id(&self) -> SessionId { SessionId("s1".into()) }
    fn seed(&self) -> Seed { Seed(1) }
}
struct Nothing;
impl Transport for Nothing {
    fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        Box::pin(async { Err(TransportError { kind: TransportErrorKind::Hidden, message: "nothing".into() }) })
    }
    fn is_browser(&self) -> bool { true }
}
pub fn registry() -> ProviderRegistry { ProviderRegistry::new() }
pub fn transport() -> Arc<dyn Transport> { Arc::new(Nothing) }
pub fn platform() -> Arc<dyn Platform> { Arc::new(Page) }
pub async fn new_journal() -> Result<(SessionId, Arc<dyn Journal>), String> { Ok((SessionId("s1".into()), Arc::new(MemoryJournal::default()))) }
pub async fn journal(_: &SessionId) -> Result<Arc<dyn Journal>, String> { Ok(Arc::new(MemoryJournal::default())) }
pub async fn load(id: &SessionId) -> Result<Vec<Envelope>, String> {
    if id.0 == "done" { return Ok(crate::view_model::example::whole()); }
    Ok(vec![]) }
pub async fn remove(_: &SessionId) -> Result<(), String> { Ok(()) }
pub async fn sessions() -> Result<Vec<ForgeSession>, String> { Ok(ForgeSession::fold(&crate::view_model::example::whole()).into_iter().collect()) }
pub fn markdown(_: &ForgeSession) -> String { String::new() }
pub fn json(_: &[Envelope]) -> String { String::new() }
