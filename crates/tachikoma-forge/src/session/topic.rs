//! What a deliberation is about, and who takes part.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Attachment, Carried, persona_text};
use crate::types::{ModelRef, ModelRefError, Pool, Seat};

/// What is deliberated. What the user wrote is never masked; what is carried from an earlier session is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Topic {
    /// A short name for lists.
    pub title: String,
    /// The question or task, in full.
    pub goal: String,
    /// What every answer has to respect, one each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub constraints: Vec<String>,
    /// The files that were supplied with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// What it takes over from an earlier session.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried: Vec<Carried>,
    /// Who took part in that session, so that their names are masked in what they said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub carried_panel: Vec<Participant>,
}

impl Topic {
    /// A topic whose title is the first line of the goal, cut at 80 characters.
    #[must_use]
    pub fn new(goal: impl Into<String>) -> Self {
        let goal = goal.into().trim().to_owned();
        let line = goal.lines().next().unwrap_or_default();
        let mut title: String = line.chars().take(80).collect();
        if title.len() < line.len() {
            title.push('…');
        }
        Self { title, goal, ..Self::default() }
    }

    /// Whether a picture is attached.
    #[must_use]
    pub fn has_pictures(&self) -> bool {
        self.attachments.iter().any(|attachment| attachment.image().is_some())
    }

    /// Adds constraints, one a line; blank lines are dropped.
    #[must_use]
    pub fn with_constraints(mut self, text: &str) -> Self {
        self.constraints.extend(text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned));
        self
    }
}

/// A member of the panel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participant {
    /// The place at the table, from 0; given by the orchestrator.
    pub seat: Seat,
    /// What people call the member; unique within a session.
    pub name: String,
    /// The model that speaks, by any of its targets.
    pub model: Pool,
    /// The models tried in order when it cannot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fallbacks: Vec<Pool>,
    /// How the member should think, in the user's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub persona: Option<String>,
    /// Whether its model looks at pictures, as known when the session began; `None` when unknown, and in a session
    /// without pictures. Its fallbacks do not count: what they cannot take is left out of their requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vision: Option<bool>,
    /// How many tokens its models take, as known when it began, where something is fitted to that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context_window: Option<u32>,
}

impl Participant {
    /// A member named after its model.
    #[must_use]
    pub fn new(model: ModelRef) -> Self {
        Self {
            seat: 0,
            name: short_name(&model),
            model: model.into(),
            fallbacks: Vec::new(),
            persona: None,
            vision: None,
            context_window: None,
        }
    }

    /// Gives the member a name of its own.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Gives the member a persona, a ready one by its name; blank means none.
    #[must_use]
    pub fn with_persona(mut self, persona: &str) -> Self {
        self.persona = Some(persona_text(persona).to_owned()).filter(|p| !p.is_empty());
        self
    }

    /// Adds a model to try when the ones before it cannot.
    #[must_use]
    pub fn with_fallback(mut self, model: ModelRef) -> Self {
        self.fallbacks.push(model.into());
        self
    }

    /// Its list: its own model, then the fallbacks in order.
    pub fn pools(&self) -> impl Iterator<Item = &Pool> {
        std::iter::once(&self.model).chain(&self.fallbacks)
    }

    /// Whether it is a person.
    #[must_use]
    pub fn is_person(&self) -> bool {
        super::is_person(self.model.first())
    }

    /// Everything in its list that may be asked, in order.
    pub fn targets(&self) -> impl Iterator<Item = &ModelRef> {
        self.pools().flat_map(Pool::targets)
    }
}

/// A member as people write it: its models with `,` between them, the first its own, the others its fallbacks in
/// order; each one target or several with `|` between them.
impl FromStr for Participant {
    type Err = ModelRefError;

    fn from_str(text: &str) -> Result<Self, ModelRefError> {
        let mut pools = text.split(',').map(str::parse::<Pool>);
        let model = pools.next().unwrap_or_else(|| text.parse())?;
        let fallbacks = pools.collect::<Result<_, _>>()?;
        Ok(Self { model: model.clone(), fallbacks, ..Self::new(model.first().clone()) })
    }
}

/// The model's name without the folder before it and the tag behind it: `meta/llama3.2:latest` is `llama3.2`.
fn short_name(model: &ModelRef) -> String {
    let name = model.model.rsplit('/').next().unwrap_or(&model.model);
    let name = name.strip_suffix(":latest").unwrap_or(name);
    if name.is_empty() { model.provider.clone() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_the_first_line() {
        assert_eq!(Topic::new("  Why?\nBecause  ").title, "Why?");
        assert_eq!(Topic::new("é".repeat(100)).title.chars().count(), 81);
        assert_eq!(Topic::new("x").with_constraints(" a \n\n b").constraints, ["a", "b"]);
    }

    #[test]
    fn members_are_named_after_their_models() {
        let name = |m: &str| Participant::new(m.parse().unwrap()).name;
        assert_eq!(name("ollama/llama3.2:latest"), "llama3.2");
        assert_eq!(name("openrouter/meta/llama-4"), "llama-4");
    }

    #[test]
    fn a_member_is_a_list_of_pools() {
        let member: Participant = "openai/gpt-4o|openai#2/gpt-4o, ollama/x".parse().unwrap();
        assert_eq!(member.name, "gpt-4o");
        assert_eq!(
            member.pools().map(Pool::to_string).collect::<Vec<_>>(),
            ["openai/gpt-4o|openai#2/gpt-4o", "ollama/x"]
        );
        assert_eq!(member.targets().count(), 3);
        for wrong in ["", "openai/x,", ",openai/x", "openai/x,y"] {
            assert!(wrong.parse::<Participant>().is_err(), "{wrong}");
        }
    }
}
