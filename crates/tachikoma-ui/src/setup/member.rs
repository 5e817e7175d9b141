//! A member of the form, and what the core seats for it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tachikoma_forge::llm::{ModelConfig, ProviderRow};
use tachikoma_forge::session::Participant;
use tachikoma_forge::types::{ModelRef, Pool, key_slot};

use crate::access::Access;

/// A member of the form.
#[derive(Clone, Copy)]
pub struct Member {
    /// Tells members apart while they come and go.
    pub key: u32,
    /// The name; empty for one after the model.
    pub name: RwSignal<String>,
    /// The provider's name in the table.
    pub provider: RwSignal<String>,
    /// The model.
    pub model: RwSignal<String>,
    /// An address of this member's own.
    pub base_url: RwSignal<String>,
    /// Where else its model may be asked, as models are written.
    pub shares: RwSignal<String>,
    /// What is asked when its model cannot, as models are written.
    pub fallbacks: RwSignal<String>,
    /// How it should think.
    pub persona: RwSignal<String>,
}

/// A member as it is kept.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Kept {
    pub(super) name: String,
    pub(super) provider: String,
    pub(super) model: String,
    #[serde(default)]
    pub(super) base_url: String,
    #[serde(default)]
    pub(super) shares: String,
    #[serde(default)]
    pub(super) fallbacks: String,
    #[serde(default)]
    pub(super) persona: String,
}

impl Member {
    /// The name that is shown: the one given, else one after the model.
    #[must_use]
    pub fn shown_name(self) -> String {
        let name = self.name.get();
        if !name.trim().is_empty() {
            return name;
        }
        let (provider, model) = (self.provider.get(), self.model.get());
        if model.trim().is_empty() {
            return "New member".into();
        }
        Participant::new(ModelRef { provider, model, base_url: None }).name
    }

    /// The keys that would have to go where they were not given for, with the address; none while the member is not
    /// written to its end.
    #[must_use]
    pub fn withheld(self, access: Access) -> Vec<(ProviderRow, String)> {
        self.participant(access).map(|member| access.withheld_from(&[member])).unwrap_or_default()
    }

    /// As the core seats it, with the addresses that are set on this page.
    pub(super) fn participant(self, access: Access) -> Result<Participant, String> {
        let member = self.written()?;
        let own = placed(member.model, &member.name, access)?;
        let first = own.first();
        let fallbacks = match member.fallbacks {
            none if none.is_empty() && first.provider == "anthropic" && first.model == ModelConfig::DEFAULT_MODEL => {
                vec![ModelRef { model: ModelConfig::FIRST_FALLBACK.into(), ..first.clone() }.into()]
            }
            some => some.into_iter().map(|pool| placed(pool, &member.name, access)).collect::<Result<_, _>>()?,
        };
        Ok(Participant { model: own, fallbacks, ..member })
    }

    /// As it is written, without what this page adds.
    pub(super) fn written(self) -> Result<Participant, String> {
        let (provider, model) = (self.provider.get(), self.model.get().trim().to_owned());
        let name = self.shown_name();
        if model.is_empty() {
            return Err([&name, " has no model. Choose or type one."].concat());
        }
        if model.contains('|') {
            return Err([&name, ": a model's name holds no |. Write what shares the work into its own field."].concat());
        }
        let base_url = Some(self.base_url.get().trim().trim_end_matches('/').to_owned()).filter(|u| !u.is_empty());
        let own = Pool::from(ModelRef { provider, model, base_url });
        let listed = |text: String| Some(text).filter(|text| !text.trim().is_empty());
        let read = |text: &str| text.parse::<Pool>().map_err(|error| [&name, ": ", &error.0].concat());
        let own = match listed(self.shares.get()) {
            Some(text) => read(&text)?.targets().cloned().fold(own, Pool::or),
            None => own,
        };
        let fallbacks = match listed(self.fallbacks.get()) {
            Some(text) => text.split(',').map(read).collect::<Result<_, _>>()?,
            None => Vec::new(),
        };
        let member = Participant::new(own.first().clone()).named(name).with_persona(&self.persona.get());
        Ok(Participant { model: own, fallbacks, ..member })
    }
}

/// What a member may ask, with the addresses that are set on this page: they go into the session, so that a
/// reload can go on without asking for them again.
///
/// # Errors
/// Says what is missing, with `name` as whose it is.
pub(crate) fn placed(mut pool: Pool, name: &str, access: Access) -> Result<Pool, String> {
    for model in pool.targets_mut() {
        if key_slot(&model.provider).1 > 1 {
            let whose = model.provider_name();
            return Err([name, ": this page holds one key for ", whose, ". Several work on the command line."].concat());
        }
        model.base_url = model.base_url.take().or_else(|| access.endpoint(&model.provider));
        // What is no row of the table, as the demo, has no address.
        let needs_url = access.row(&model.provider).is_some_and(|row| row.base_url.is_none());
        if model.base_url.is_none() && needs_url {
            return Err([name, " needs a base URL: the address of its server."].concat());
        }
    }
    Ok(pool)
}
