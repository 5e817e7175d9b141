//! Reading what is told apart by a name within it: events, answers, steps, actions.
//!
//! Written out, where a derive would do: what serde derives for such types is several times the code, and all
//! of it is downloaded with the page. Writing is derived. `docs/events.md` and the round trips of every kind
//! hold the two together.

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};
use serde_json::{Error, Map, Value};

use super::{Answer, Change, ControlAction, Event, NextStep};

/// The fields of one value, and the name that tells what it is.
struct Fields {
    name: String,
    all: Map<String, Value>,
}

impl Fields {
    fn read(value: Value, tag: &str) -> Result<Self, Error> {
        let Value::Object(all) = value else { return Err(Error::custom("an object is expected")) };
        let mut fields = Self { name: String::new(), all };
        fields.name = fields.take(tag)?;
        Ok(fields)
    }

    /// A field that has to be there, unless its type has a value for nothing.
    fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Error> {
        let value = self.all.remove(name);
        let missing = value.is_none();
        T::deserialize(value.unwrap_or(Value::Null)).map_err(|error| match missing {
            true => Error::custom(["the field ", name, " is missing"].concat()),
            false => Error::custom(["the field ", name, ": ", &error.to_string()].concat()),
        })
    }

    /// A field that older or frugal writers leave out.
    fn take_or_default<T: DeserializeOwned + Default>(&mut self, name: &str) -> Result<T, Error> {
        if self.all.contains_key(name) { self.take(name) } else { Ok(T::default()) }
    }

    /// All that is left, as one value.
    fn rest<T: DeserializeOwned>(self) -> Result<T, Error> {
        T::deserialize(Value::Object(self.all))
    }

    fn unknown(&self) -> Error {
        Error::custom(["nothing is known of the kind ", &self.name].concat())
    }
}

macro_rules! tagged {
    ($type:ty, $tag:literal, $read:ident) => {
        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let value = Value::deserialize(deserializer)?;
                Fields::read(value, $tag).and_then($read).map_err(D::Error::custom)
            }
        }
    };
}

tagged!(Event, "type", event);
tagged!(Answer, "kind", answer);
tagged!(NextStep, "step", next_step);
tagged!(ControlAction, "kind", control_action);
tagged!(Change, "change", change);

fn event(mut f: Fields) -> Result<Event, Error> {
    Ok(match f.name.as_str() {
        "SessionCreated" => Event::SessionCreated {
            topic: f.take("topic")?,
            participants: f.take("participants")?,
            settings: f.take("settings")?,
            protocol: f.take("protocol")?,
            seed: f.take("seed")?,
            suggested: f.take("suggested")?,
            demo: f.take("demo")?,
            forked_from: f.take("forked_from")?,
        },
        "BranchOpened" => Event::BranchOpened {
            from: f.take("from")?,
            change: f.take("change")?,
            turn: f.take("turn")?,
            answer: f.take("answer")?,
            stale: f.take("stale")?,
        },
        "RoundStarted" => {
            Event::RoundStarted { round: f.take("round")?, round_type: f.take("round_type")?, seats: f.take("seats")? }
        }
        "LabelsAssigned" => {
            Event::LabelsAssigned { round: f.take("round")?, labels: f.take("labels")?, orders: f.take("orders")? }
        }
        "ParticipantThinking" => Event::ParticipantThinking {
            ask: f.take("ask")?,
            prompt_hash: f.take("prompt_hash")?,
            reads: f.take("reads")?,
        },
        "ParticipantWaiting" => Event::ParticipantWaiting {
            ask: f.take("ask")?,
            model: f.take("model")?,
            why: f.take("why")?,
            until_ms: f.take("until_ms")?,
        },
        "AttemptStarted" => Event::AttemptStarted {
            ask: f.take("ask")?,
            attempt: f.take("attempt")?,
            model: f.take("model")?,
            why: f.take("why")?,
            reserved: f.take("reserved")?,
        },
        "ContentDelta" => Event::ContentDelta {
            ask: f.take("ask")?,
            attempt: f.take("attempt")?,
            channel: f.take("channel")?,
            text: f.take("text")?,
        },
        "TextSoFar" => Event::TextSoFar {
            ask: f.take("ask")?,
            attempt: f.take("attempt")?,
            channel: f.take("channel")?,
            from: f.take("from")?,
            text: f.take("text")?,
        },
        "AttemptFailed" => Event::AttemptFailed {
            ask: f.take("ask")?,
            attempt: f.take("attempt")?,
            error: f.take("error")?,
            partial: f.take("partial")?,
            usage: f.take_or_default("usage")?,
            next: f.take("next")?,
        },
        "ParticipantComplete" => Event::ParticipantComplete {
            ask: f.take("ask")?,
            attempt: f.take("attempt")?,
            model: f.take("model")?,
            text: f.take("text")?,
            reasoning: f.take_or_default("reasoning")?,
            stop_reason: f.take("stop_reason")?,
            usage: f.take("usage")?,
            first_token_ms: f.take("first_token_ms")?,
            duration_ms: f.take("duration_ms")?,
            answer: f.take("answer")?,
            reading: f.take("reading")?,
            obtained: f.take("obtained")?,
        },
        "HumanAnswered" => Event::HumanAnswered { ask: f.take("ask")?, text: f.take("text")? },
        "ParticipantFailed" => Event::ParticipantFailed { ask: f.take("ask")?, error: f.take("error")? },
        "RoundComplete" => Event::RoundComplete {
            round: f.take("round")?,
            round_type: f.take("round_type")?,
            took_part: f.take("took_part")?,
            absent: f.take("absent")?,
        },
        "ConvergenceChecked" => Event::ConvergenceChecked {
            round: f.take("round")?,
            tally: f.take("tally")?,
            version: f.take("version")?,
            best: f.take("best")?,
        },
        "SessionConverged" => Event::SessionConverged { round: f.take("round")?, answer: f.take("answer")? },
        "SessionEnded" => Event::SessionEnded {
            reason: f.take("reason")?,
            answer: f.take("answer")?,
            detail: f.take("detail")?,
            rule: f.take("rule")?,
        },
        "Control" => Event::Control { action: f.take("action")? },
        "Resumed" => Event::Resumed { interrupted: f.take("interrupted")? },
        "Warning" => Event::Warning { message: f.take("message")? },
        "Error" => Event::Error { message: f.take("message")? },
        _ => return Err(f.unknown()),
    })
}

fn answer(mut f: Fields) -> Result<Answer, Error> {
    Ok(match f.name.as_str() {
        "draft" => Answer::Draft,
        "critique" => Answer::Critique { scores: f.take("scores")? },
        "ranking" => Answer::Ranking { order: f.take("order")?, reasoning: f.take_or_default("reasoning")? },
        "rebuttal" => Answer::Rebuttal(f.rest()?),
        "attack" => Answer::Attack { objections: f.take("objections")? },
        "synthesis" => Answer::Synthesis {
            comparison: f.take("comparison")?,
            claims: f.take_or_default("claims")?,
            answer: f.take("answer")?,
        },
        "vote" => Answer::Vote(f.rest()?),
        "ballot" => Answer::Ballot(f.rest()?),
        "comparison" => Answer::Comparison { order: f.take("order")?, reasoning: f.take_or_default("reasoning")? },
        "abstained" => Answer::Abstained { why: f.take("why")? },
        _ => return Err(f.unknown()),
    })
}

fn next_step(mut f: Fields) -> Result<NextStep, Error> {
    Ok(match f.name.as_str() {
        "retry" => NextStep::Retry { after_ms: f.take("after_ms")? },
        "fallback" => NextStep::Fallback { model: f.take("model")?, because: f.take_or_default("because")? },
        "repair" => NextStep::Repair,
        "without_parameter" => NextStep::WithoutParameter { parameter: f.take("parameter")? },
        "absent" => NextStep::Absent,
        _ => return Err(f.unknown()),
    })
}

fn control_action(mut f: Fields) -> Result<ControlAction, Error> {
    Ok(match f.name.as_str() {
        "stop" => ControlAction::Stop,
        "pause" => ControlAction::Pause,
        "unpause" => ControlAction::Unpause,
        "run_round" => ControlAction::RunRound { round_type: f.take("round_type")? },
        "skip_to" => ControlAction::SkipTo { round_type: f.take("round_type")? },
        "finish" => ControlAction::Finish,
        "note" => ControlAction::Note { text: f.take("text")? },
        "set_rounds" => ControlAction::SetRounds { max_rounds: f.take("max_rounds")? },
        "dismiss" => ControlAction::Dismiss { seat: f.take("seat")? },
        "recall" => ControlAction::Recall { seat: f.take("seat")? },
        "skip" => ControlAction::Skip { ask: f.take("ask")? },
        "retry" => ControlAction::Retry { ask: f.take("ask")? },
        "replace" => ControlAction::Replace {
            seat: f.take("seat")?,
            model: f.take("model")?,
            fallbacks: f.take_or_default("fallbacks")?,
            prices: f.take_or_default("prices")?,
            context_window: f.take_or_default("context_window")?,
            vision: f.take_or_default("vision")?,
        },
        "answer" => ControlAction::Answer { ask: f.take("ask")?, text: f.take("text")? },
        "change" => ControlAction::Change { change: f.take("change")? },
        "judge" => ControlAction::Judge { ask: f.take("ask")?, order: f.take("order")? },
        _ => return Err(f.unknown()),
    })
}

fn change(mut f: Fields) -> Result<Change, Error> {
    Ok(match f.name.as_str() {
        "text" => Change::Text { ask: f.take("ask")?, text: f.take("text")? },
        "redo" => Change::Redo { ask: f.take("ask")? },
        "goal" => Change::Goal { topic: f.take("topic")? },
        "back" => Change::Back { round: f.take("round")? },
        "switch" => Change::Switch { branch: f.take("branch")? },
        _ => return Err(f.unknown()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_named() {
        let why = |text: &str| serde_json::from_str::<Event>(text).unwrap_err().to_string();
        assert_eq!(why("[]"), "an object is expected");
        assert_eq!(why("{}"), "the field type is missing");
        assert_eq!(why(r#"{"type":"Later"}"#), "nothing is known of the kind Later");
        assert_eq!(why(r#"{"type":"Warning"}"#), "the field message is missing");
        assert_eq!(
            why(r#"{"type":"Control","action":{"kind":"stop it"}}"#),
            "the field action: nothing is known of the kind stop it"
        );
        let wrong = why(r#"{"type":"Warning","message":3}"#);
        assert!(wrong.starts_with("the field message: invalid type"), "{wrong}");
    }

    #[test]
    fn a_field_that_nobody_knows_is_no_harm() {
        let read: Event = serde_json::from_str(r#"{"type":"Warning","message":"m","later":[1]}"#).unwrap();
        assert_eq!(read, Event::Warning { message: "m".into() });
    }
}
