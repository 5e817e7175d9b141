//! What those who show one session tell each other: who runs it publishes the events, who follows hands over what
//! people want of it.
//!
//! Who follows never writes. It begins with the journal and goes on with what it hears ([`Follower`]). What arrives
//! is untrusted, even from the same origin: [`Message::read`] takes exactly the messages below and nothing else.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::session::{Channel, ControlAction, Envelope, Event, read_envelope};
use crate::types::{AskId, Attempt, SessionId};

/// The most characters of a refusal, and of the name by which an answer finds its request.
const MOST_WORDS: usize = 2_000;
const MOST_NAME: usize = 100;

/// What is told.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    /// Somebody follows: whoever runs the session publishes what happens from now on.
    Follow,
    /// The session runs from now on where this comes from.
    Running,
    /// It happened. A durable event is in the journal already.
    Happened(Box<Envelope>),
    /// Somebody who follows wants this done.
    Wanted {
        /// By which the answer is known.
        id: String,
        /// What they want.
        action: ControlAction,
    },
    /// What came of it.
    Done {
        /// Whose answer this is.
        id: String,
        /// Why it was refused, in words; `None` when it is done.
        refused: Option<String>,
    },
}

impl Message {
    /// As text.
    #[must_use]
    pub fn write(&self) -> String {
        let value = match self {
            Self::Follow => json!({"kind": "follow"}),
            Self::Running => json!({"kind": "running"}),
            Self::Happened(event) => json!({"kind": "happened", "event": event}),
            Self::Wanted { id, action } => json!({"kind": "wanted", "id": id, "action": action}),
            Self::Done { id, refused: None } => json!({"kind": "done", "id": id}),
            Self::Done { id, refused: Some(why) } => json!({"kind": "done", "id": id, "refused": why}),
        };
        value.to_string()
    }

    /// Reads what [`Message::write`] wrote, about this session. Anything else is no message.
    #[must_use]
    pub fn read(text: &str, session: &SessionId) -> Option<Self> {
        let Value::Object(mut fields) = serde_json::from_str(text).ok()? else { return None };
        let kind = fields.remove("kind")?;
        let message = match kind.as_str()? {
            "follow" => Self::Follow,
            "running" => Self::Running,
            "happened" => {
                let event = read_envelope(fields.remove("event")?).ok()?;
                (event.session == *session).then(|| Self::Happened(Box::new(event)))?
            }
            "wanted" => Self::Wanted {
                id: short(&mut fields, "id", MOST_NAME)??,
                action: serde_json::from_value(fields.remove("action")?).ok()?,
            },
            "done" => Self::Done {
                id: short(&mut fields, "id", MOST_NAME)??,
                refused: short(&mut fields, "refused", MOST_WORDS)?,
            },
            _ => return None,
        };
        fields.is_empty().then_some(message)
    }
}

/// A text that may be absent; `None` when it is something else, or too long.
fn short(fields: &mut Map<String, Value>, name: &str, most: usize) -> Option<Option<String>> {
    match fields.remove(name) {
        None => Some(None),
        Some(Value::String(text)) => (text.chars().count() <= most).then_some(Some(text)),
        Some(_) => None,
    }
}

/// What to do with an event that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It is the next one.
    Next,
    /// It is known already, or cannot be placed yet; a later one brings what it says.
    Known,
    /// There is one in between that was not heard: the journal has it.
    Missed,
}

/// Puts what is heard behind what was read from the journal, without gap or duplicate.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    /// The number of the last durable event.
    last: u64,
    /// The texts that are known up to their last piece, so that the next piece belongs behind it.
    whole: BTreeSet<(AskId, Attempt, Channel)>,
}

impl Follower {
    /// Goes on behind these events.
    #[must_use]
    pub fn behind(journal: &[Envelope]) -> Self {
        Self { last: journal.last().map_or(0, |e| e.seq), whole: BTreeSet::new() }
    }

    /// What to do with an event.
    pub fn hear(&mut self, envelope: &Envelope) -> Heard {
        if envelope.event.is_durable() {
            if envelope.seq <= self.last {
                return Heard::Known;
            }
            if envelope.seq > self.last + 1 {
                return Heard::Missed;
            }
            self.last = envelope.seq;
            self.learn(&envelope.event);
            return Heard::Next;
        }
        match &envelope.event {
            _ if envelope.seq > self.last => Heard::Missed,
            _ if envelope.seq < self.last => Heard::Known,
            Event::ContentDelta { ask, attempt, channel, .. }
                if !self.whole.contains(&(ask.clone(), *attempt, *channel)) =>
            {
                Heard::Known
            }
            _ => Heard::Next,
        }
    }

    /// From which events on a text is known as a whole. Pieces have no place of their own: one that was sent before
    /// somebody listened would be missing unseen, so they count only behind a beginning or a journalled text.
    fn learn(&mut self, event: &Event) {
        match event {
            Event::AttemptStarted { ask, attempt, .. } => {
                for channel in [Channel::Text, Channel::Reasoning] {
                    self.whole.insert((ask.clone(), *attempt, channel));
                }
            }
            Event::TextSoFar { ask, attempt, channel, .. } => {
                self.whole.insert((ask.clone(), *attempt, *channel));
            }
            Event::AttemptFailed { ask, .. }
            | Event::ParticipantComplete { ask, .. }
            | Event::ParticipantFailed { ask, .. } => self.whole.retain(|(of, ..)| of != ask),
            _ => {}
        }
    }
}
