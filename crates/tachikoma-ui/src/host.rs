//! What the form asks of the app that it stands in, and what passes from the first app to the second.
//!
//! There are two. The first visit loads the small one (`front`): the form. The whole one (`whole`) is fetched
//! when somebody begins to do something; it has the form as well, and takes over from the first.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::access::Access;
use crate::setup::{KeptSetup, Member};

/// What is to be started.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// What the form says.
    Form,
    /// The demo, about the form's goal or one of its own.
    Demo,
    /// Nothing yet: files are to be attached first, which the whole app does.
    Attach,
}

/// The app around the form; copied around freely.
#[derive(Clone, Copy)]
pub struct Host {
    /// Whether something is just being started.
    pub starting: RwSignal<bool>,
    /// Why the last start failed.
    pub problem: RwSignal<Option<String>>,
    /// Starts a deliberation and goes to its page.
    pub start: Callback<Order>,
    /// What the form's deliberation may use, in words, once prices are here.
    pub expected: Signal<Vec<(&'static str, String)>>,
}

/// How a member's model is chosen, given the id of the field: the first app has a plain field, the whole one a list.
#[derive(Clone, Copy)]
pub struct ModelField(pub fn(Access, Member, String) -> AnyView);

/// How files are attached: the first app has the button, the whole one what is behind it.
#[derive(Clone, Copy)]
pub struct AttachField(pub fn() -> AnyView);

/// What the whole app takes over. No key: the first app never has one.
#[derive(Serialize, Deserialize)]
pub struct Handover {
    /// The form as it stands.
    pub setup: KeptSetup,
    /// What is to be started.
    pub order: Option<Order>,
}
