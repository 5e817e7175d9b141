//! The form as a panel that is saved, and a saved panel in the form.

use leptos::prelude::*;
use tachikoma_forge::panel::Panel;
use tachikoma_forge::session::{PERSON, Settings};
use tachikoma_forge::types::{ModelRef, ModelRefError, Pool};

use super::member::Kept;
use super::{MOST_MEMBERS, Setup};
use crate::access::Access;
use crate::browser_model;
use crate::view_model::choosing::dollars;

impl Setup {
    /// What the form says but for the goal and what belongs to it, under a name.
    ///
    /// # Errors
    /// Says which part of the form makes no sense.
    pub fn panel(self, access: Access, name: String) -> Result<Panel, String> {
        let members = self.members.get().into_iter().map(super::Member::written).collect::<Result<Vec<_>, _>>()?;
        if members.is_empty() {
            return Err("Nobody is at the table: there is no panel to save.".to_owned());
        }
        Ok(Panel { name, members, protocol: self.course.protocol.get(), settings: self.settings(access)? })
    }

    /// Fills the form with a panel; the goal and what belongs to it stay.
    ///
    /// # Errors
    /// Says why this page cannot seat it; then the form stays as it is.
    pub fn take(self, panel: &Panel, access: Access) -> Result<(), String> {
        if panel.members.len() > MOST_MEMBERS {
            let many = panel.members.len().to_string();
            return Err(
                ["The panel has ", &many, " members, and this page seats ", &MOST_MEMBERS.to_string(), "."].concat()
            );
        }
        self.members.set(Vec::new());
        for member in &panel.members {
            let mut targets = member.model.targets();
            let Some(ModelRef { provider, model, base_url }) = targets.next().cloned() else { continue };
            let shares: Vec<String> = targets.map(ToString::to_string).collect();
            let fallbacks: Vec<String> = member.fallbacks.iter().map(ToString::to_string).collect();
            self.seat(Kept {
                name: member.name.clone(),
                provider: access.row(&provider).map_or(provider, |row| row.name.to_owned()),
                model,
                base_url: base_url.unwrap_or_default(),
                shares: shares.join("|"),
                fallbacks: fallbacks.join(", "),
                persona: member.persona.clone().unwrap_or_default(),
            });
        }
        let Settings {
            round_timeout_seconds, balance, concurrency, max_cost, max_tokens_total, person_seconds, ..
        } = &panel.settings;
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        self.course.of_panel(panel.protocol.clone(), &panel.settings);
        self.timeout.set(round_timeout_seconds.to_string());
        self.balance.set(*balance);
        self.concurrency.set(number(*concurrency));
        self.max_cost.set(max_cost.map(dollars).unwrap_or_default());
        self.max_tokens_total.set(max_tokens_total.map(|cap| cap.to_string()).unwrap_or_default());
        self.person_seconds.set(number(*person_seconds));
        self.guard.take(&panel.settings);
        Ok(())
    }
}

/// Reads a model of a panel as everywhere else, if this page has its provider.
///
/// # Errors
/// Says what is missing.
pub fn model_of_panel(text: &str, access: Access) -> Result<Pool, ModelRefError> {
    let pool = access.registry().pool(text, None)?;
    let known = |provider: &str| {
        access.row(provider).is_some() || matches!(provider, PERSON | "demo" | browser_model::PROVIDER)
    };
    let unknown = pool.targets().find(|target| !known(&target.provider)).map(|target| target.provider.clone());
    unknown.map_or(Ok(pool), |name| Err(ModelRefError(["this page knows no provider ", &name].concat())))
}
