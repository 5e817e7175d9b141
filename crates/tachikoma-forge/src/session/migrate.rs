//! Sessions that another version wrote: older ones become today's, newer ones are read as far as they can be.
//!
//! Everything that reads envelopes from outside comes through here: journal files, the page's storage, imports,
//! what other tabs tell. Each envelope carries its own version, so a journal that an older version began and this
//! one continued holds both and is read line by line.
//!
//! What every version keeps, so that any version can read it of any other: `v`, `session`, `seq`, and the `type` of
//! an `event`.

use std::fmt;

use serde_json::Value;

use super::{Envelope, Event, SCHEMA_VERSION};

/// What turns an envelope of one version into one of the next. The first is for version 1.
const STEPS: [fn(&mut Value); 1] = [from_1_to_2];

const _: () = assert!(STEPS.len() + 1 >= SCHEMA_VERSION as usize, "each older version needs its step");

/// Version 2 has more kinds of events, and more fields that may be absent; it changes none that were there.
fn from_1_to_2(_: &mut Value) {}

/// As much of an unknown event's name, and as many such names, as people are told.
const MOST_OF_A_NAME: usize = 40;
const MOST_NAMES: usize = 6;

/// Why an envelope cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unreadable {
    /// It is of this later version.
    Newer(u32),
    /// There is no such version, or something in it is wrong: what, in words that end a sentence.
    Broken(String),
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Newer(version) => write!(f, "is of the newer version {version}"),
            Self::Broken(why) => f.write_str(why),
        }
    }
}

/// One envelope of this version or an older one, as one of this version.
///
/// # Errors
/// When it is newer, or no envelope.
pub fn read_envelope(mut value: Value) -> Result<Envelope, Unreadable> {
    match version(&value) {
        Some(v) if v > SCHEMA_VERSION => Err(Unreadable::Newer(v)),
        Some(v) if v > 0 => {
            let steps = STEPS.get(v as usize - 1..SCHEMA_VERSION as usize - 1).unwrap_or_default();
            steps.iter().for_each(|step| step(&mut value));
            value["v"] = SCHEMA_VERSION.into();
            serde_json::from_value(value)
                .map_err(|e| Unreadable::Broken(["is no event (", &e.to_string(), ")"].concat()))
        }
        _ => Err(Unreadable::Broken("is no event (the field v is missing or no version)".to_owned())),
    }
}

/// The version that an envelope says it is of. One beyond all numbers is newer than any.
fn version(value: &Value) -> Option<u32> {
    value.as_object()?.get("v")?.as_u64().map(|v| u32::try_from(v).unwrap_or(u32::MAX))
}

/// A session as it was read, whichever version wrote it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Record {
    /// The events that this version knows, in order.
    pub events: Vec<Envelope>,
    /// That a newer version wrote some of it. It may then be shown, and must not be written to: what this version
    /// does not know would have no say in what comes next.
    pub newer: Option<Newer>,
}

/// What a newer version has left in a session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Newer {
    /// The highest version in it.
    pub version: u32,
    /// The events of kinds that this version does not know, or not in that form.
    pub unknown: Vec<Unknown>,
}

/// An event of which only this much is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// Its number.
    pub seq: u64,
    /// What it calls itself: letters and digits, of which the file's author may have chosen any.
    pub kind: String,
}

impl Newer {
    /// What it means for whoever opens the session, for people: one sentence or two.
    #[must_use]
    pub fn message(&self) -> String {
        let mut kinds: Vec<&str> = self.unknown.iter().map(|unknown| unknown.kind.as_str()).collect();
        kinds.sort_unstable();
        kinds.dedup();
        if kinds.len() > MOST_NAMES {
            kinds.truncate(MOST_NAMES);
            kinds.push("…");
        }
        let unknown = match (self.unknown.len(), kinds.join(", ")) {
            (0, _) => String::new(),
            (1, kinds) => [" 1 event is of a kind that is unknown here: ", &kinds, "."].concat(),
            (n, kinds) => [" ", &n.to_string(), " events are of kinds that are unknown here: ", &kinds, "."].concat(),
        };
        let version = if self.version == u32::MAX { String::new() } else { [" ", &self.version.to_string()].concat() };
        [
            "A newer version wrote this session (schema",
            &version,
            "; this one knows ",
            &SCHEMA_VERSION.to_string(),
            "), so it can be read here and not continued.",
            &unknown,
        ]
        .concat()
    }
}

/// Reads a session, one stored envelope after the other.
#[derive(Debug, Default)]
pub struct Reader {
    record: Record,
    last: Option<Last>,
}

/// The envelope before.
#[derive(Debug)]
struct Last {
    session: String,
    seq: u64,
}

impl Reader {
    /// Takes the text of the next envelope.
    ///
    /// # Errors
    /// As [`Reader::take`].
    pub fn take_text(&mut self, json: &[u8]) -> Result<(), String> {
        self.take(serde_json::from_slice(json).map_err(|e| ["is no event (", &e.to_string(), ")"].concat())?)
    }

    /// Takes the next envelope.
    ///
    /// # Errors
    /// When it is none, or not the next one of this session: what it is instead, in words that come after its name
    /// ("line 3 …").
    pub fn take(&mut self, value: Value) -> Result<(), String> {
        let place = Last::of(&value).ok_or("is no event (it has no session or no number)")?;
        let known = match version(&value) {
            Some(v) if v > SCHEMA_VERSION => self.take_newer(v, value, &place),
            _ => Some(read_envelope(value).map_err(|why| why.to_string())?),
        };
        if let Some(last) = &self.last {
            if last.session != place.session {
                return Err("belongs to another session".to_owned());
            }
            if last.seq >= place.seq {
                return Err(format!("is out of order (number {} stands behind {})", place.seq, last.seq));
            }
        }
        if let Some(envelope) = known {
            let begins = matches!(envelope.event, Event::SessionCreated { .. });
            if !envelope.event.is_durable() {
                return Err("is of a kind that is never kept".to_owned());
            }
            if begins && self.last.is_some() {
                return Err("begins the session a second time".to_owned());
            }
            if !begins && self.last.is_none() {
                return Err("is the first and not the session's beginning".to_owned());
            }
            self.record.events.push(envelope);
        }
        self.last = Some(place);
        Ok(())
    }

    /// An envelope of a newer version: the event, where this version knows it too.
    fn take_newer(&mut self, version: u32, mut value: Value, place: &Last) -> Option<Envelope> {
        let newer = self.record.newer.get_or_insert(Newer { version, unknown: Vec::new() });
        newer.version = newer.version.max(version);
        let kind = value["event"]["type"].as_str().unwrap_or_default();
        let kind = kind.chars().filter(char::is_ascii_alphanumeric).take(MOST_OF_A_NAME).collect();
        value["v"] = SCHEMA_VERSION.into();
        let known: Option<Envelope> = serde_json::from_value(value).ok();
        if known.is_none() {
            newer.unknown.push(Unknown { seq: place.seq, kind });
        }
        known
    }

    /// What was read.
    #[must_use]
    pub fn finish(self) -> Record {
        self.record
    }
}

impl Last {
    fn of(value: &Value) -> Option<Self> {
        let session = value.get("session")?.as_str()?.to_owned();
        Some(Self { session, seq: value.get("seq")?.as_u64()? })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn created() -> Value {
        json!({"v": 1, "session": "s", "seq": 1, "branch": 0, "at_ms": 0, "event": {
            "type": "SessionCreated", "topic": {"title": "t", "goal": "g"}, "participants": [], "demo": true,
            "settings": {"convergence_threshold": 800, "max_rounds": 4, "round_timeout_seconds": 9},
            "protocol": "think-tank", "seed": "0000000000000001"}})
    }

    fn envelope(v: u32, seq: u64, event: &Value) -> Value {
        json!({"v": v, "session": "s", "seq": seq, "branch": 0, "at_ms": 0, "event": event})
    }

    fn warning(v: u32, seq: u64) -> Value {
        envelope(v, seq, &json!({"type": "Warning", "message": "m", "later": 1}))
    }

    #[test]
    fn what_was_read_is_of_this_version() {
        for v in 1..=SCHEMA_VERSION {
            assert_eq!(read_envelope(warning(v, 1)).unwrap().v, SCHEMA_VERSION);
        }
        assert_eq!(read_envelope(warning(SCHEMA_VERSION + 1, 1)), Err(Unreadable::Newer(SCHEMA_VERSION + 1)));
        for bad in [json!(1), json!({}), json!({"v": "1"}), json!({"v": -1}), warning(0, 1), json!([{"v": 1}])] {
            assert!(matches!(read_envelope(bad.clone()), Err(Unreadable::Broken(_))), "{bad}");
        }
    }

    #[test]
    fn what_is_not_the_next_event_is_refused_in_words() {
        let other = json!({"v": 1, "session": "t", "seq": 9, "branch": 0, "at_ms": 0,
            "event": {"type": "Warning", "message": "m"}});
        let delta =
            json!({"type": "ContentDelta", "ask": "b0/r1/draft/s0/v0", "attempt": 1, "channel": "text", "text": ""});
        let again = {
            let mut again = created();
            again["seq"] = 9.into();
            again
        };
        for (next, says) in [
            (warning(1, 1), "is out of order (number 1 stands behind 1)"),
            (other, "belongs to another session"),
            (envelope(1, 2, &delta), "is of a kind that is never kept"),
            (again, "begins the session a second time"),
            (envelope(1, 2, &json!({"type": "Later"})), "is no event (nothing is known of the kind Later)"),
            (json!({"v": 1}), "is no event (it has no session or no number)"),
        ] {
            let mut reader = Reader::default();
            reader.take(created()).unwrap();
            assert_eq!(reader.take(next).unwrap_err(), says);
        }
        assert_eq!(Reader::default().take(warning(1, 1)).unwrap_err(), "is the first and not the session's beginning");
        assert!(Reader::default().take_text(b"{\"v\":").unwrap_err().starts_with("is no event ("));
    }

    #[test]
    fn a_newer_session_is_read_as_far_as_it_is_known() {
        let newer = SCHEMA_VERSION + 3;
        let mut reader = Reader::default();
        reader.take(created()).unwrap();
        reader.take(warning(newer, 2)).unwrap();
        reader.take(envelope(newer, 4, &json!({"type": "Dreamt", "of": "sheep"}))).unwrap();
        reader.take(envelope(newer, 5, &json!({"type": "Warning", "message": {"en": "m"}}))).unwrap();
        reader.take(warning(newer - 1, 6)).unwrap();
        assert!(reader.take(warning(newer, 6)).unwrap_err().starts_with("is out of order"));
        let record = reader.finish();
        assert_eq!(record.events.iter().map(|e| e.seq).collect::<Vec<_>>(), [1, 2, 6]);
        let newer = record.newer.unwrap();
        assert_eq!(
            (newer.version, newer.unknown.iter().map(|u| u.seq).collect::<Vec<_>>()),
            (SCHEMA_VERSION + 3, vec![4, 5])
        );
        assert!(newer.message().ends_with("2 events are of kinds that are unknown here: Dreamt, Warning."));
        // A number beyond all versions is no other kind of damage.
        let mut reader = Reader::default();
        reader.take(envelope(1, 1, &json!({"type": "Warning", "message": "m"}))).unwrap_err();
        let far = json!({"v": u64::MAX, "session": "s", "seq": 1, "event": 3});
        let mut reader = Reader::default();
        reader.take(far).unwrap();
        assert_eq!(reader.finish().newer.unwrap().unknown[0].kind, "");
    }
}
