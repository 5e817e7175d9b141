//! A saved panel: who deliberates and by which rules, without a goal and without a key. One file for the page and the
//! command line.
//!
//! ```json
//! {
//!   "format": "tachikoma-panel",
//!   "version": 1,
//!   "name": "Reviewers",
//!   "members": [
//!     {"name": "Claude", "model": "anthropic/claude-sonnet-4-20250514", "persona": "Sceptic"},
//!     {"name": "Local", "model": "ollama/llama3.2|vllm/llama@http://gpu.lan:8000", "fallbacks": ["openai/gpt-4.1"]}
//!   ],
//!   "protocol": "think-tank",
//!   "settings": {"convergence_threshold": 800, "max_rounds": 10, "round_timeout_seconds": 300, "patience": 2}
//! }
//! ```
//!
//! The settings are those of a session's first event (`docs/events.md`), the judge among them, without prices. Such a file
//! may come from anybody: it is hostile until it is read, and nothing of it is guessed or skipped.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::protocol::{AUTO, OUTLINES, outline};
use crate::session::{Judge, Participant, Settings};
use crate::types::{ModelRefError, Pool};

/// What such a file calls itself.
const FORMAT: &str = "tachikoma-panel";
/// The version that is written, and the newest that is read.
const VERSION: u64 = 1;
/// The largest file that is read, in bytes.
pub const MAX_BYTES: usize = 256 * 1024;
/// The most members of a panel.
pub const MOST_MEMBERS: usize = 32;
/// The most models that a member falls back to.
const MOST_FALLBACKS: usize = 16;
/// The longest name, in characters.
const LONGEST_NAME: usize = 80;
/// The longest model with its targets, and the longest persona, in characters.
const LONGEST_TEXT: usize = 4_000;
/// The longest piece of a file that is repeated in an error, in characters.
const LONGEST_QUOTE: usize = 120;

/// Who deliberates, and by which rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panel {
    /// What people call it.
    pub name: String,
    /// The members, in the order of their seats.
    pub members: Vec<Participant>,
    /// The protocol by its name, or [`AUTO`].
    pub protocol: String,
    /// The judge, the stop rules and the limits; without prices, which are those of the day on which it begins.
    pub settings: Settings,
}

/// A panel as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    version: u64,
    #[serde(default)]
    name: String,
    members: Vec<Member>,
    #[serde(default = "usual")]
    protocol: String,
    #[serde(default)]
    settings: Settings,
}

/// A member as it is written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Member {
    #[serde(default)]
    name: String,
    model: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    fallbacks: Vec<String>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    persona: String,
}

fn usual() -> String {
    OUTLINES[0].name.to_owned()
}

impl Panel {
    /// The panel as a file.
    #[must_use]
    pub fn json(&self) -> String {
        let member = |member: &Participant| Member {
            name: member.name.clone(),
            model: member.model.to_string(),
            fallbacks: member.fallbacks.iter().map(Pool::to_string).collect(),
            persona: member.persona.clone().unwrap_or_default(),
        };
        let file = File {
            format: FORMAT.to_owned(),
            version: VERSION,
            name: self.name.clone(),
            members: self.members.iter().map(member).collect(),
            protocol: self.protocol.clone(),
            settings: Settings { prices: Default::default(), ..self.settings.clone() },
        };
        // Names and numbers alone: writing them cannot fail.
        serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
    }
}

/// Reads a file. `pool` reads models as they are read everywhere else.
///
/// # Errors
/// Says what is wrong with it and where, fit to be shown.
pub fn read(bytes: &[u8], pool: impl Fn(&str) -> Result<Pool, ModelRefError>) -> Result<Panel, String> {
    if bytes.len() > MAX_BYTES {
        return Err(format!("a panel has at most {} KiB, and this file has more.", MAX_BYTES / 1024));
    }
    match serde_json::from_slice(bytes) {
        Ok(value) => of_value(value, pool),
        Err(error) => Err(format!("it is no panel: {}.", shown(&error.to_string()))),
    }
}

/// The same of a value of JSON.
///
/// # Errors
/// Says what is wrong with it and where, fit to be shown.
pub fn of_value(value: Value, pool: impl Fn(&str) -> Result<Pool, ModelRefError>) -> Result<Panel, String> {
    if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(format!("it is no panel: there is no \"format\": \"{FORMAT}\" in it."));
    }
    if let Some(version) = value.get("version").and_then(Value::as_u64).filter(|version| *version > VERSION) {
        return Err(format!(
            "a newer Tachikoma Forge wrote this panel (version {version}; this one reads {VERSION}). Take a newer one."
        ));
    }
    let written = value.get("settings").cloned();
    let file: File =
        serde_json::from_value(value).map_err(|e| format!("the panel is broken: {}.", shown(&e.to_string())))?;
    if file.version == 0 {
        return Err("there is no version 0 of a panel.".to_owned());
    }
    if file.protocol != AUTO && outline(&file.protocol).is_none() {
        return Err(format!("no protocol is called {}.", quoted(&file.protocol)));
    }
    short("the name", &file.name, LONGEST_NAME)?;
    if !(1..=MOST_MEMBERS).contains(&file.members.len()) {
        return Err(format!("a panel has 1 to {MOST_MEMBERS} members, and this one {}.", file.members.len()));
    }
    let numbered = (1..).zip(file.members);
    let members = numbered.map(|(number, one)| member(number, one, &pool)).collect::<Result<Vec<_>, _>>()?;
    let settings = settings(file.settings, written, members.len(), &pool)?;
    Ok(Panel { name: clean(file.name.trim()), members, protocol: file.protocol, settings })
}

fn member(
    number: usize,
    one: Member,
    pool: &impl Fn(&str) -> Result<Pool, ModelRefError>,
) -> Result<Participant, String> {
    let whose = |what: &str| format!("{what} of member {number}");
    short(&whose("the name"), &one.name, LONGEST_NAME)?;
    short(&whose("the persona"), &one.persona, LONGEST_TEXT)?;
    if one.fallbacks.len() > MOST_FALLBACKS {
        return Err(format!("member {number} falls back to more than {MOST_FALLBACKS} models."));
    }
    let read = |text: &String| {
        short(&whose("a model"), text, LONGEST_TEXT)?;
        pool(text).map_err(|e| format!("{}: {}.", whose("a model"), shown(e.0.trim_end_matches('.'))))
    };
    let model = read(&one.model)?;
    let fallbacks = one.fallbacks.iter().map(read).collect::<Result<_, _>>()?;
    let named = Participant::new(model.first().clone()).with_persona(&one.persona);
    let name = Some(clean(one.name.trim())).filter(|name| !name.is_empty()).unwrap_or_else(|| named.name.clone());
    Ok(Participant { model, fallbacks, ..named.named(name) })
}

fn settings(
    mut settings: Settings,
    written: Option<Value>,
    members: usize,
    pool: &impl Fn(&str) -> Result<Pool, ModelRefError>,
) -> Result<Settings, String> {
    settings.prices = Default::default();
    // A rule with a slip in its name would be gone without a word.
    let known = serde_json::to_value(&settings).unwrap_or_default();
    let is_known =
        |name: &str, value: &Value| known.get(name).is_some() || value.is_null() || matches!(name, "balance" | "judge");
    if let Some(Value::Object(written)) = &written
        && let Some((name, _)) = written.iter().find(|(name, value)| !is_known(name, value))
    {
        return Err(format!("no setting of a panel is called {}.", quoted(name)));
    }
    settings.check().map_err(|why| format!("the settings make no sense: {why}."))?;
    let most = [
        ("max_rounds", Some(settings.max_rounds), 1_000),
        ("depth", settings.depth, 20),
        ("concurrency", settings.concurrency, 256),
    ];
    if let Some((name, _, most)) = most.into_iter().find(|(_, value, most)| value.is_some_and(|value| value > *most)) {
        return Err(format!("the settings make no sense: {name} is at most {most}."));
    }
    let read = |what: &str, of: &Pool| {
        pool(&of.to_string()).map_err(|e| format!("{what}: {}.", shown(e.0.trim_end_matches('.'))))
    };
    match &mut settings.judge {
        Judge::Fixed { seat } if usize::from(*seat) >= members => {
            return Err(format!("the judge is at seat {}, counted from 0, and there are {members} members.", seat));
        }
        Judge::Outside { model } => *model = read("the judge", model)?,
        Judge::Highest | Judge::Fixed { .. } | Judge::Rotating => {}
    }
    if let Some(check) = &mut settings.check {
        check.baseline = read("the model to compare with", &check.baseline)?;
        check.by = check.by.as_ref().map(|by| read("the model that compares", by)).transpose()?;
    }
    Ok(settings)
}

fn short(what: &str, text: &str, most: usize) -> Result<(), String> {
    if text.chars().count() > most { Err(format!("{what} has more than {most} characters.")) } else { Ok(()) }
}

/// A name without anything that turns or hides what stands around it.
fn clean(text: &str) -> String {
    let turns = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    text.chars().filter(|c| !turns(*c)).collect()
}

/// A piece of the file that an error repeats.
fn shown(text: &str) -> String {
    let text = clean(text);
    match text.char_indices().nth(LONGEST_QUOTE) {
        Some((at, _)) => [&text[..at], "…"].concat(),
        None => text,
    }
}

fn quoted(text: &str) -> String {
    ["“", &shown(text), "”"].concat()
}

#[cfg(test)]
mod tests;
