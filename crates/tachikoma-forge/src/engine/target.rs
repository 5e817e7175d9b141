//! What the engine knows of the models that it may ask: values that the driver hands over.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::types::ModelRef;

/// What is known of the models of a session. One that is missing is taken as [`Target::unknown`].
pub type Targets = BTreeMap<ModelRef, Target>;

/// What is known of a target: one model at one address with one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The server: calls to it count together, whatever the model and the key.
    pub endpoint: String,
    /// The most calls that the server gets at once.
    pub at_once: u32,
    /// The tokens that the model can hold; `None` when unknown.
    pub context_window: Option<u32>,
    /// Whether the model looks at pictures; `None` when unknown.
    pub vision: Option<bool>,
    /// Silence before the first piece of an answer, after which the call counts as dead: servers queue, load
    /// models and think.
    pub timeout: Duration,
}

impl Target {
    /// A target of which only the name is known.
    #[must_use]
    pub fn unknown(model: &ModelRef) -> Self {
        let url = model.base_url.as_deref().unwrap_or_default();
        Self {
            endpoint: [model.provider_name(), "@", url].concat(),
            at_once: 8,
            context_window: None,
            vision: None,
            timeout: Duration::from_secs(240),
        }
    }
}
