//! The end: computed anew where it follows from votes and rounds, and held against what is recorded where somebody or
//! a limit brought it about.

use super::{Check, Rule};
use crate::protocol::Conclusion;
use crate::session::{ControlAction, EndReason, Envelope, Event, StopRule};
use crate::types::AskId;

impl Check<'_> {
    pub(super) fn end(
        &mut self,
        envelope: &Envelope,
        reason: EndReason,
        answer: Option<&AskId>,
        detail: &str,
        rule: Option<StopRule>,
    ) {
        self.report.checked(Rule::Ends);
        let seq = envelope.seq;
        let expected = match self.expected(envelope, reason, rule) {
            Ok(expected) => expected,
            Err(words) => return self.report.finds(seq, words),
        };
        if expected.reason != reason || rule.is_some_and(|rule| rule != expected.rule) {
            let words = format!(
                "The end is recorded as “{}”{}; what follows from the record is “{}” ({}): {}",
                name(reason),
                rule.map_or_else(String::new, |rule| format!(" ({})", rule_name(rule))),
                name(expected.reason),
                rule_name(expected.rule),
                expected.detail
            );
            return self.report.finds(seq, words);
        }
        if expected.answer.as_ref() != answer {
            let none = || "none".to_owned();
            let (ours, theirs) = (expected.answer.map_or_else(none, |a| a.to_string()), answer);
            let theirs = theirs.map_or_else(none, ToString::to_string);
            return self.report.finds(seq, format!("The result is recorded as {theirs}; what follows is {ours}."));
        }
        let worded = !matches!(rule, Some(StopRule::Budget | StopRule::Time | StopRule::Stopped));
        if worded && expected.detail != detail {
            self.report.notes.push("The sentence on the end is worded otherwise than this version would.".to_owned());
        }
    }

    /// Whether the end that comes now is the one that a fork begins with: it is written when the fork is made.
    fn is_fork_s_own(&self) -> bool {
        let (forked, last) = (self.session.forked_from.as_ref(), self.session.rounds.last());
        self.session.resumes == 0 && forked.is_some_and(|from| last.is_some_and(|round| round.number == from.round))
    }

    /// The end that follows from what is recorded.
    ///
    /// # Errors
    /// Why an end of that kind does not follow at all.
    fn expected(
        &mut self,
        envelope: &Envelope,
        reason: EndReason,
        rule: Option<StopRule>,
    ) -> Result<Conclusion, String> {
        let settings = &self.session.settings;
        let asked_for = |wanted: &ControlAction| match self.before {
            Some(Event::Control { action }) => action == wanted,
            _ => false,
        };
        // Version 1 of the schema did not record the rule.
        let rule = match (rule, reason) {
            (Some(rule), _) => Some(rule),
            (None, _) if envelope.v > 1 => return Err("The end is recorded without the rule that ended it.".to_owned()),
            (None, EndReason::Stopped) => Some(StopRule::Stopped),
            (None, EndReason::Budget) => Some(StopRule::Budget),
            (None, _) => None,
        };
        match rule {
            Some(StopRule::Stopped) if asked_for(&ControlAction::Stop) || self.is_fork_s_own() => Ok(Conclusion {
                reason: EndReason::Stopped,
                answer: self.session.best.clone(),
                detail: String::new(),
                rule: StopRule::Stopped,
            }),
            Some(StopRule::Stopped) => Err("It is recorded as stopped, but nobody asked for that.".to_owned()),
            Some(StopRule::Finished) if !asked_for(&ControlAction::Finish) => {
                Err("It is recorded as finished early, but nobody asked for that.".to_owned())
            }
            Some(StopRule::Finished) => {
                Ok(self.protocol.wind_up(&self.session, "Finished early, as asked.", StopRule::Finished))
            }
            Some(StopRule::Time) => {
                let ran = self.session.ran_ms + envelope.at_ms.saturating_sub(self.session.updated_ms);
                let Some(limit) = settings.max_seconds else {
                    return Err("It is recorded as ended by time, but no time was set for it.".to_owned());
                };
                // Clocks of different kinds may be a second apart.
                if ran + 1_000 < u64::from(limit) * 1_000 {
                    let ran = ran / 1_000;
                    return Err(format!("It is recorded as ended by time after {ran} s, but {limit} s were set."));
                }
                Ok(self.protocol.wind_up(&self.session, "", StopRule::Time))
            }
            Some(StopRule::Budget) => {
                if !settings.is_capped() {
                    return Err("It is recorded as ended by a cap, but no cap was set.".to_owned());
                }
                let committed = self.session.committed();
                let cost = settings.max_cost.map(|cap| {
                    format!("{} of {cap}", committed.cost.map_or_else(|| "unknown".to_owned(), |cost| cost.to_string()))
                });
                let tokens = settings.max_tokens_total.map(|cap| format!("{} of {cap} tokens", committed.tokens));
                let counted: Vec<String> = cost.into_iter().chain(tokens).collect();
                self.report.formula.push(format!("Cap: {} committed when it ended.", counted.join(" and ")));
                if self.protocol.conclusion(&self.session).is_some() {
                    return Err("It is recorded as ended by a cap, but nobody was left to be asked.".to_owned());
                }
                Ok(self.protocol.wind_up(&self.session, "", StopRule::Budget))
            }
            Some(StopRule::Fault) => Err("It ended by a fault: that cannot be computed anew.".to_owned()),
            _ => self.protocol.conclusion(&self.session).ok_or_else(|| {
                "An end is recorded, but by the record it is not over: an event before it is missing or was changed."
                    .to_owned()
            }),
        }
    }
}

/// How files and people name it.
fn name(reason: EndReason) -> String {
    serde_json::to_value(reason).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default().replace('_', " ")
}

fn rule_name(rule: StopRule) -> &'static str {
    rule.words().trim_end_matches('.')
}
