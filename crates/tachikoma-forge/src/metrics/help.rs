//! How often deliberating helped, by set-up: a running rate over the sessions in which it was checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Metrics;
use crate::session::ForgeSession;

/// What the check of one session came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Helped {
    /// The protocol and the models: sessions of one set-up are counted together.
    pub set_up: String,
    /// Whether the result was found better than the best draft and one model alone.
    pub helped: bool,
}

impl Helped {
    /// What the check of a session came to; `None` where none was made, and for a demo.
    #[must_use]
    pub fn of(session: &ForgeSession) -> Option<Self> {
        let checked = session.checked().filter(|_| !session.demo)?;
        Some(Self { set_up: session.set_up(), helped: checked.helped() })
    }
}

/// How often it helped, and how often that was checked, by set-up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HelpRates(pub BTreeMap<String, (u32, u32)>);

impl HelpRates {
    /// Counts one more.
    pub fn add(&mut self, one: &Helped) {
        let (helped, checked) = self.0.entry(one.set_up.clone()).or_default();
        *helped += u32::from(one.helped);
        *checked += 1;
    }
}

/// What past sessions tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// How models did.
    pub metrics: Metrics,
    /// How many sessions tell of that.
    pub sessions: u64,
    /// How often deliberating helped.
    pub help: HelpRates,
}

impl Past {
    /// Adds what one session tells; one in which no model was asked tells nothing.
    pub fn add(&mut self, metrics: &Metrics, helped: Option<&Helped>) {
        if !metrics.0.is_empty() {
            self.metrics.add(metrics);
            self.sessions += 1;
        }
        helped.into_iter().for_each(|helped| self.help.add(helped));
    }
}
