//! What guards a result, as the form holds it: how few are too few, how long is too long, whether it is checked.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tachikoma_forge::session::{Check, Settings};
use tachikoma_forge::types::Pool;

use super::{placed, whole};
use crate::access::Access;

/// The fields, as written; each empty for none.
#[derive(Clone, Copy)]
pub struct Guard {
    /// With fewer drafts there is no answer.
    pub refuse_below: RwSignal<String>,
    /// The time for all of it, in seconds.
    pub max_seconds: RwSignal<String>,
    /// The model that answers alone, to compare with.
    pub baseline: RwSignal<String>,
    /// The model that compares; empty for the person who asks.
    pub compared_by: RwSignal<String>,
}

/// The fields as they are kept.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct KeptGuard {
    refuse_below: String,
    max_seconds: String,
    baseline: String,
    compared_by: String,
}

impl Guard {
    pub(super) fn open(kept: KeptGuard) -> Self {
        Self {
            refuse_below: RwSignal::new(kept.refuse_below),
            max_seconds: RwSignal::new(kept.max_seconds),
            baseline: RwSignal::new(kept.baseline),
            compared_by: RwSignal::new(kept.compared_by),
        }
    }

    pub(super) fn kept(self) -> KeptGuard {
        KeptGuard {
            refuse_below: self.refuse_below.get(),
            max_seconds: self.max_seconds.get(),
            baseline: self.baseline.get(),
            compared_by: self.compared_by.get(),
        }
    }

    /// Fills the fields with what a panel says.
    pub(super) fn take(self, settings: &Settings) {
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        let check = settings.check.as_ref();
        self.refuse_below.set(number(settings.refuse_below));
        self.max_seconds.set(number(settings.max_seconds));
        self.baseline.set(check.map(|check| check.baseline.to_string()).unwrap_or_default());
        self.compared_by.set(check.and_then(|check| Some(check.by.as_ref()?.to_string())).unwrap_or_default());
    }

    /// Puts them into the settings.
    pub(super) fn apply(self, settings: &mut Settings, access: Access) -> Result<(), String> {
        settings.refuse_below = whole(self.refuse_below, "The fewest drafts", 1)?;
        settings.max_seconds = whole(self.max_seconds, "The time for all of it in seconds", 1)?;
        let pool = |text: String, what: &str| match text.trim() {
            "" => Ok(None),
            text => {
                let pool = text.parse::<Pool>().map_err(|error| [what, ": ", &error.0].concat())?;
                placed(pool, what, access).map(Some)
            }
        };
        let by = pool(self.compared_by.get(), "The model that compares")?;
        settings.check = pool(self.baseline.get(), "The model to compare with")?.map(|baseline| Check { baseline, by });
        Ok(())
    }
}
