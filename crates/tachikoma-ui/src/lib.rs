//! The page: sets deliberations up, shows them as they happen, keeps them.
//!
//! It decides nothing about a deliberation. The core thinks, the adapter touches the browser; here events
//! are folded into view models (`view_model`, plain and natively tested), and those are drawn. Signals stand
//! only at the edge: text arrives in plain buffers and is drawn once per frame for all members together.
//! What models write is hostile: it reaches the DOM only through `markdown` or as text nodes.

pub mod access;
pub mod backend;
pub mod app;
pub mod browser;
pub mod components;
pub mod markdown;
pub mod pages;
pub mod route;
pub mod run;
pub mod runner;
pub mod setup;
pub mod strings;
pub mod view_model;
