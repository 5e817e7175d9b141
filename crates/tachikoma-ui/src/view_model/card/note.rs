//! What a card says besides what its member says.

use tachikoma_forge::session::{
    Answer, AttemptState, EndReason, FallbackReason, NextStep, SessionState, Turn, TurnState, Waiting,
};
use tachikoma_forge::types::LlmError;

use super::{Note, State};
use crate::view_model::live::{Live, shown_text};

pub(super) fn note(live: &Live, turn: &Turn, state: State) -> Note {
    let name = live.session.name_of(turn.ask.seat);
    let make = |fact: String, follows: String| Note { fact, follows };
    let failed = turn.attempts.iter().rev().find_map(|a| match &a.state {
        AttemptState::Failed { error, next } => Some((a, error, next)),
        _ => None,
    });
    if let Some(Answer::Abstained { why }) = turn.answer() {
        return make("Counted as an abstention.".into(), ["The answer could not be read: ", why].concat());
    }
    match (&turn.state, state) {
        (TurnState::Failed { error }, State::Absent) => {
            let follows = ["The others go on without ", name, ", and the result says so."].concat();
            make("Absent from this round.".into(), [&sentence(error), " ", &follows].concat())
        }
        (_, State::Stopped) if matches!(live.session.state, SessionState::Ended { reason: EndReason::Budget, .. }) => {
            make(String::new(), "Not asked: another call might have gone beyond the cap.".into())
        }
        (_, State::Stopped) if shown_text(turn).is_empty() => {
            make(String::new(), "Stopped before an answer came. Continuing asks again.".into())
        }
        (_, State::Stopped) => make(String::new(), "Stopped here. The text is kept; continuing asks again.".into()),
        (_, State::CutShort) => make(String::new(), "Reached its token limit. The text ends here.".into()),
        (_, State::Reading) => make(String::new(), "Reading what it was sent.".into()),
        (_, State::YourTurn) => Note::default(),
        (_, State::Waiting) => make(String::new(), "Waiting for its turn.".into()),
        (_, State::Queued) => {
            make(String::new(), "Its server has as many calls as it takes at once. First come, first served.".into())
        }
        (_, State::Capped) => {
            let why =
                "What is left under the cap is set aside for calls under way. It is asked when they leave enough.";
            make(String::new(), why.into())
        }
        (_, State::Cooling) => {
            let left = |w: &Waiting| Some(w.until_ms?.saturating_sub(w.since_ms).div_ceil(1000).to_string());
            let again = turn.waiting.as_ref().and_then(left).map(|s| [" Asked again after ", &s, " s."].concat());
            let follows =
                ["Its model is cooling: it failed a moment ago, or asked for a pause.", &again.unwrap_or_default()];
            make(failed.map(|(_, error, _)| sentence(error)).unwrap_or_default(), follows.concat())
        }
        (_, State::Retrying) => match failed {
            Some((attempt, error, next)) => {
                let follows = match next {
                    NextStep::Retry { after_ms } => {
                        let seconds = after_ms.div_ceil(1000).to_string();
                        let number = (attempt.attempt + 1).to_string();
                        ["Trying again after ", &seconds, " s. Attempt ", &number, "."].concat()
                    }
                    NextStep::Fallback { model, because } => {
                        let because = match because {
                            FallbackReason::NextInList => "",
                            FallbackReason::Interchangeable => ", which is the same model,",
                            FallbackReason::LargerContext => ", which holds more,",
                            FallbackReason::OtherProvider => ", which is another provider's,",
                        };
                        [&model.to_string(), because, " answers in its place. The result names it."].concat()
                    }
                    NextStep::WithoutParameter { parameter } => ["Trying again without ", parameter, "."].concat(),
                    NextStep::Repair => "Asked once to mend its answer.".to_owned(),
                    NextStep::Absent => String::new(),
                };
                make(sentence(error), follows)
            }
            None => Note::default(),
        },
        _ => Note::default(),
    }
}

/// A failure in words, with a full stop.
fn sentence(error: &LlmError) -> String {
    let message = crate::markdown::clean(error.message.trim());
    let ends = message.ends_with(['.', '!', '?', '…']);
    [message.as_str(), if ends || message.is_empty() { "" } else { "." }].concat()
}
