//! The page: sets deliberations up, shows them as they happen, keeps them.
//!
//! It decides nothing about a deliberation. The core thinks, the adapter touches the browser; here events
//! are folded into view models (`view_model`, plain and natively tested), and those are drawn. Signals stand
//! only at the edge: text arrives in plain buffers and is drawn once per frame for all members together.
//! What models write is hostile: it reaches the DOM only through `markdown` or as text nodes.
//!
//! Only what needs no browser is built for the host, where its tests run.

pub mod markdown;
pub mod route;
pub mod strings;
pub mod view_model;

#[cfg(target_arch = "wasm32")]
pub mod access;
#[cfg(target_arch = "wasm32")]
pub mod app;
#[cfg(target_arch = "wasm32")]
pub mod backend;
#[cfg(target_arch = "wasm32")]
pub mod browser;
#[cfg(target_arch = "wasm32")]
pub mod browser_model;
#[cfg(target_arch = "wasm32")]
pub mod components;
#[cfg(target_arch = "wasm32")]
pub mod front;
#[cfg(target_arch = "wasm32")]
pub mod host;
#[cfg(target_arch = "wasm32")]
pub mod models;
#[cfg(target_arch = "wasm32")]
pub mod pages;
#[cfg(target_arch = "wasm32")]
pub mod pricing;
#[cfg(target_arch = "wasm32")]
pub mod run;
#[cfg(target_arch = "wasm32")]
pub mod runner;
#[cfg(target_arch = "wasm32")]
pub mod setup;
#[cfg(target_arch = "wasm32")]
pub mod sign_in;
#[cfg(target_arch = "wasm32")]
pub mod whole;
