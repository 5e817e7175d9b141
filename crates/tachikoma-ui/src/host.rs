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
    /// Nothing yet: the saved panels are to be shown first, which the whole app keeps.
    Panels,
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
}

/// How a member's model is chosen, given the id of the field: the first app has a plain field, the whole one a list.
#[derive(Clone, Copy)]
pub struct ModelField(pub fn(Access, Member, String) -> AnyView);

/// How files are attached: the first app has the button, the whole one what is behind it.
#[derive(Clone, Copy)]
pub struct AttachField(pub fn() -> AnyView);

/// How saved panels are reached: the first app has the button, the whole one what is behind it.
#[derive(Clone, Copy)]
pub struct PanelsField(pub fn() -> AnyView);

/// What was pressed in the first app and is still to be opened in the whole one.
#[derive(Clone, Copy)]
pub struct First(pub StoredValue<Option<Order>>);

impl First {
    /// Whether this is what was pressed; once.
    #[must_use]
    pub fn is(self, order: Order) -> bool {
        let is = self.0.get_value() == Some(order);
        if is {
            self.0.set_value(None);
        }
        is
    }
}

/// What the whole app takes over. No key: the first app never has one.
#[derive(Serialize, Deserialize)]
pub struct Handover {
    /// The form as it stands.
    pub setup: KeptSetup,
    /// What is to be started.
    pub order: Option<Order>,
}
