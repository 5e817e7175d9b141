//! The wrapping of an export, in JSON or YAML: read piece by piece, one event in memory at a time.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::tree::Tree;
use super::{History, ImportError, MAX_EVENTS, broken, cut_at, newer, no_session};
use crate::export::{FORMAT, FORMAT_VERSION};

/// What a document holds, as far as it was read. A fault that was found in it goes before what the parser makes of
/// the interruption.
#[derive(Default)]
pub(super) struct Document {
    pub(super) history: History,
    pub(super) fault: Option<ImportError>,
    format: bool,
    version: bool,
    demo: Option<bool>,
    events: bool,
    /// A field that is none of these. Nothing is dropped without a word.
    unknown: Option<String>,
}

impl Document {
    /// What is wrong with it once all of it is read.
    pub(super) fn check(&self) -> Result<(), ImportError> {
        if !self.format {
            return Err(no_session());
        }
        if let Some(name) = &self.unknown {
            return Err(broken(&["it has a field that nobody knows: ", name].concat()));
        }
        if !self.version {
            return Err(broken("its \"version\" is missing"));
        }
        if !self.events {
            return Err(broken("its \"events\" are missing"));
        }
        match self.demo {
            None => Err(broken("its \"demo\" mark is missing")),
            Some(demo) if self.history.begun() && demo != self.history.demo() => {
                Err(broken("its \"demo\" mark does not fit its events"))
            }
            Some(_) => Ok(()),
        }
    }

    /// Keeps the fault, and stops the parser.
    fn stop<E: Error>(&mut self, fault: ImportError) -> E {
        self.fault = Some(fault);
        E::custom("stopped")
    }

    /// What a parser says about the event that it was in.
    pub(super) fn parser_says(self, why: &str) -> ImportError {
        let number = (self.history.len() + 1).to_string();
        let place = if self.events { [" at event ", &number].concat() } else { String::new() };
        self.fault.unwrap_or_else(|| cut_at(&place, why))
    }
}

impl<'de> DeserializeSeed<'de> for &mut Document {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for &mut Document {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an exported session")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(name) = entries.next_key::<String>()? {
            let known = match name.as_str() {
                "format" => self.format,
                "version" => self.version,
                "demo" => self.demo.is_some(),
                "events" => self.events,
                _ => {
                    entries.next_value::<IgnoredAny>()?;
                    self.unknown.get_or_insert(name);
                    continue;
                }
            };
            if known {
                return Err(self.stop(broken(&["its \"", &name, "\" is there twice"].concat())));
            }
            if name == "events" {
                self.events = true;
                entries.next_value_seed(Events(self))?;
                continue;
            }
            let values = Cell::new(0);
            let value = entries.next_value_seed(Tree::new(&values))?;
            match (name.as_str(), &value) {
                ("format", Value::String(format)) if format == FORMAT => self.format = true,
                ("format", _) => return Err(self.stop(no_session())),
                ("demo", Value::Bool(demo)) => self.demo = Some(*demo),
                ("version", Value::Number(version)) => match version.as_u64() {
                    Some(version) if version == u64::from(FORMAT_VERSION) => self.version = true,
                    Some(version) if version > u64::from(FORMAT_VERSION) => return Err(self.stop(newer(version))),
                    _ => return Err(self.stop(broken("its \"version\" is unknown"))),
                },
                _ => return Err(self.stop(broken(&["its \"", &name, "\" is of the wrong kind"].concat()))),
            }
        }
        Ok(())
    }
}

/// The list of events.
struct Events<'a>(&'a mut Document);

impl<'de> DeserializeSeed<'de> for Events<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Events<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of events")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        for _ in 0..=MAX_EVENTS {
            let values = Cell::new(0);
            let Some(value) = items.next_element_seed(Tree::new(&values))? else { return Ok(()) };
            if let Err(fault) = self.0.history.take(value, false) {
                return Err(self.0.stop(fault));
            }
        }
        Err(self.0.stop(broken(&["it holds more than ", &MAX_EVENTS.to_string(), " events"].concat())))
    }
}
