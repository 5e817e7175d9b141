//! The native adapter: what the core needs outside a browser.
//!
//! HTTP through reqwest, timers through tokio, journals as files, keys and addresses from the
//! environment. Nothing here decides anything about a deliberation.

mod env;
mod journal;
mod ledger;
mod pdf;
mod platform;
mod prices;
mod transport;

pub use env::{endpoints_from, key_of, key_variable, keys_from};
pub use journal::FileJournal;
pub use ledger::Ledger;
pub use pdf::{PDF_TIMEOUT, pdf_text};
pub use platform::NativePlatform;
pub use prices::{PRICES, price_table};
pub use transport::NativeTransport;
