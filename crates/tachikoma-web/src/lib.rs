//! What the core needs from a browser: requests over `fetch` (`WebTransport`), time, tasks and chance
//! (`WebPlatform`), a journal in IndexedDB (`IdbJournal`), the secret of a sign-in (`Pkce`), and the browser's own
//! model as a provider (`browser_model`).
//!
//! Nothing here decides anything about a deliberation; that is the core's. Nothing here touches the
//! document either; that is the page's, so this crate also works inside a worker. On the host the crate
//! is empty but for the pure parts and their tests.

#[cfg(any(target_arch = "wasm32", test))]
mod address;
#[cfg(target_arch = "wasm32")]
pub mod browser_model;
#[cfg(target_arch = "wasm32")]
mod file;
#[cfg(target_arch = "wasm32")]
mod journal;
#[cfg(target_arch = "wasm32")]
mod pdf;
#[cfg(target_arch = "wasm32")]
mod pkce;
#[cfg(target_arch = "wasm32")]
mod platform;
#[cfg(target_arch = "wasm32")]
mod relay;
#[cfg(target_arch = "wasm32")]
mod transport;

#[cfg(target_arch = "wasm32")]
pub use file::own_file;
#[cfg(target_arch = "wasm32")]
pub use journal::{
    IdbJournal, SessionSummary, delete_session, list_sessions, load_session, metrics, written_elsewhere,
};
#[cfg(target_arch = "wasm32")]
pub use pdf::pdf_text;
#[cfg(target_arch = "wasm32")]
pub use pkce::{Pkce, unguessable};
#[cfg(target_arch = "wasm32")]
pub use platform::WebPlatform;
#[cfg(target_arch = "wasm32")]
pub use relay::other_tabs;
#[cfg(target_arch = "wasm32")]
pub use transport::WebTransport;
