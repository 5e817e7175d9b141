//! What guards a result, as the form holds it: how few are too few, how long is too long, whether it is checked.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tachikoma_forge::session::{Check, Settings};
use tachikoma_forge::types::Pool;

use super::placed;
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

    /// Puts them into the settings.
    pub(super) fn apply(self, settings: &mut Settings, access: Access) -> Result<(), String> {
        let whole = |text: String, what: &str| match text.trim() {
            "" => Ok(None),
            text => match text.parse::<u32>() {
                Ok(number @ 1..) => Ok(Some(number)),
                _ => Err([what, " is a whole number above 0."].concat()),
            },
        };
        settings.refuse_below = whole(self.refuse_below.get(), "The fewest drafts")?;
        settings.max_seconds = whole(self.max_seconds.get(), "The time for all of it in seconds")?;
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
