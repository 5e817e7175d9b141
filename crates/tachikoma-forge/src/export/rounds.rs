//! The rounds for people: the scores as a table, and every turn with its full text.

use std::fmt::Write as _;

use super::markdown::model_name;
use super::numbers::duration;
use super::quote::{inline, quoted, verbatim};
use crate::session::{
    Answer, AttemptRecord, AttemptState, CompleteTurn, FallbackReason, ForgeSession, Label, NextStep, Reading, Round,
    Score, Turn, TurnState,
};
use crate::types::{JsonMode, RoundType};

/// Critic by draft, for every round of critique.
pub(super) fn scores(out: &mut String, session: &ForgeSession) {
    let critiques = session.rounds.iter().filter(|r| r.round_type == RoundType::Critique && !r.labels.is_empty());
    for round in critiques {
        let _ = write!(
            out,
            "## Scores of round {}\n\nFrom 0 to 100; critics did not know whose draft it was.\n\n| Critic |",
            round.number
        );
        let mut labels: Vec<&Label> = round.labels.iter().collect();
        labels.sort_by(|a, b| (a.label.len(), &a.label).cmp(&(b.label.len(), &b.label)));
        for label in &labels {
            let _ = write!(out, " {} ({}) |", inline(&label.label), inline(session.name_of(label.ask.seat)));
        }
        let _ = write!(out, "\n| --- |{}\n", " ---: |".repeat(labels.len()));
        let mut sums = vec![(0_u32, 0_u32); labels.len()];
        for seat in &round.seats {
            let _ = write!(out, "| {} |", inline(session.name_of(*seat)));
            let turn = session.turns_of(round.number).find(|t| t.ask.seat == *seat);
            for (label, sum) in labels.iter().zip(&mut sums) {
                let cell = match score_of(turn, &label.label) {
                    Some(score) => {
                        *sum = (sum.0 + u32::from(score.score), sum.1 + 1);
                        score.score.to_string()
                    }
                    None if label.ask.seat == *seat => "own draft".to_owned(),
                    None => "no score".to_owned(),
                };
                let _ = write!(out, " {cell} |");
            }
            out.push('\n');
        }
        out.push_str("| Mean |");
        for (sum, count) in sums {
            let mean = (sum * 10 + count / 2).checked_div(count);
            let _ = match mean {
                Some(mean) => write!(out, " {}.{} |", mean / 10, mean % 10),
                None => write!(out, " no score |"),
            };
        }
        out.push_str("\n\n");
    }
}

fn score_of<'a>(turn: Option<&'a Turn>, label: &str) -> Option<&'a Score> {
    match turn?.answer()? {
        Answer::Critique { scores } => scores.iter().find(|s| s.label == label),
        _ => None,
    }
}

/// Every round, every turn, every try.
pub(super) fn all(out: &mut String, session: &ForgeSession) {
    for round in &session.rounds {
        let _ = write!(out, "## Round {}: {}\n\n", round.number, round.round_type);
        match round.ended_ms {
            Some(ended) => {
                let _ = writeln!(out, "Lasted {}.\n", duration(ended.saturating_sub(round.started_ms)));
            }
            None => out.push_str("This round was not finished.\n\n"),
        }
        for turn in session.turns_of(round.number) {
            one(out, session, round, turn);
        }
        let asked = |seat: &u16| session.turns_of(round.number).any(|t| t.ask.seat == *seat);
        for absence in round.absent.iter().filter(|a| !asked(&a.seat)) {
            let name = inline(session.name_of(absence.seat));
            let _ = write!(out, "### {name}\n\nAbsent: {}\n\n", inline(&absence.reason));
        }
    }
}

fn one(out: &mut String, session: &ForgeSession, round: &Round, turn: &Turn) {
    let name = inline(session.name_of(turn.ask.seat));
    let label = round.labels.iter().find(|l| l.ask == turn.ask).map(|l| format!(" (draft {})", inline(&l.label)));
    let revision = if turn.ask.revision > 0 { format!(", revision {}", turn.ask.revision) } else { String::new() };
    let _ = write!(out, "### {name}{}{revision}\n\n", label.unwrap_or_default());
    let answered = turn.complete().map(|c| c.attempt);
    for attempt in turn.attempts.iter().filter(|a| Some(a.attempt) != answered) {
        unfinished(out, attempt);
    }
    match &turn.state {
        TurnState::Complete(complete) => whole(out, session, round, complete),
        TurnState::Failed { error } => {
            let _ = write!(out, "Absent from this round: {} ({}).\n\n", inline(&error.message), error.kind);
        }
        TurnState::Open => out.push_str("This turn was not finished.\n\n"),
    }
}

/// A try that gave no answer. What had come is shown, marked, and belongs to no answer.
fn unfinished(out: &mut String, attempt: &AttemptRecord) {
    let model = model_name(&attempt.model);
    let what = match &attempt.state {
        AttemptState::Failed { error, next } => {
            let then = match next {
                NextStep::Retry { after_ms } => format!("tried again after {}", duration(*after_ms)),
                NextStep::Fallback { model, because } => {
                    format!("{} was asked instead{}", model_name(model), reason(*because))
                }
                NextStep::WithoutParameter { parameter } => format!("tried again without {}", inline(parameter)),
                NextStep::Repair => "it was asked once to mend its answer".to_owned(),
                NextStep::Absent => "nothing was left to try".to_owned(),
            };
            format!("failed: {} ({}); {then}", inline(&error.message), error.kind)
        }
        AttemptState::Interrupted => "was interrupted, and the ask was made again".to_owned(),
        AttemptState::Running | AttemptState::Succeeded => "was not finished".to_owned(),
    };
    let _ = write!(out, "Attempt {} ({model}) {what}.\n\n", attempt.attempt);
    if !attempt.reasoning.trim().is_empty() {
        let _ = write!(out, "Reasoning that had come by then:\n\n{}\n", quoted(&attempt.reasoning));
    }
    if !attempt.text.trim().is_empty() {
        let _ = write!(out, "What had come by then, **no part of the answer**:\n\n{}\n", quoted(&attempt.text));
    }
}

/// Why that model, where it is not just the next one.
const fn reason(because: FallbackReason) -> &'static str {
    match because {
        FallbackReason::NextInList => "",
        FallbackReason::Interchangeable => ", another target of the same model",
        FallbackReason::LargerContext => ", whose context window is larger",
        FallbackReason::OtherProvider => ", which is another provider's",
    }
}

fn whole(out: &mut String, session: &ForgeSession, round: &Round, turn: &CompleteTurn) {
    let mut facts = vec![model_name(&turn.model), duration(turn.duration_ms)];
    if let Some(ms) = turn.first_token_ms {
        facts.push(format!("first words after {}", duration(ms)));
    }
    for (count, what) in [
        (turn.usage.input_tokens, "input"),
        (turn.usage.cache_read_tokens, "cached input"),
        (turn.usage.output_tokens, "output"),
        (turn.usage.reasoning_tokens, "reasoning"),
    ] {
        if let Some(count) = count {
            facts.push(format!("{count} {what} tokens"));
        }
    }
    if turn.stop_reason.is_cut_short() {
        facts.push(format!("cut short ({})", turn.stop_reason));
    }
    let how = match turn.reading {
        Reading::Text | Reading::Json => None,
        Reading::Tolerant => Some("read in spite of small faults of form"),
        Reading::Repaired => Some("read after one repair"),
        Reading::Unreadable => Some("unreadable"),
        Reading::Person => Some("written by a person"),
    };
    facts.extend(how.map(str::to_owned));
    let asked = turn.obtained.map(|mode| match mode {
        JsonMode::Schema => "its form enforced by a schema",
        JsonMode::Object => "its form enforced as JSON",
        JsonMode::Instructions => "its form asked for in words",
    });
    facts.extend(asked.map(str::to_owned));
    let _ = write!(out, "{}.\n\n", facts.join(", "));
    if !turn.reasoning.trim().is_empty() {
        let _ = write!(out, "Reasoning:\n\n{}\n", quoted(&turn.reasoning));
    }
    match &turn.answer {
        Answer::Draft => {
            let _ = write!(out, "Draft:\n\n{}\n", quoted(&turn.text));
        }
        Answer::Ranking { order, reasoning } | Answer::Comparison { order, reasoning } => {
            let _ = write!(out, "**The best first:** {}\n\n", inline(&order.join(", ")));
            paragraph(out, reasoning);
            raw(out, &turn.text);
        }
        Answer::Rebuttal(rebuttal) => {
            if rebuttal.switched {
                let _ = write!(out, "**Changed its position**, moved by {}:\n\n", inline(&rebuttal.moved_by));
                let _ = writeln!(out, "{}", quoted(&rebuttal.quote));
            } else {
                out.push_str("**Kept its position.**\n\n");
            }
            let _ = writeln!(out, "Position:\n\n{}", quoted(&rebuttal.position));
            raw(out, &turn.text);
        }
        Answer::Attack { objections } => {
            let of = |blocking| -> Vec<String> {
                objections.iter().filter(|o| o.blocking == blocking).map(|o| o.text.clone()).collect()
            };
            if objections.is_empty() {
                out.push_str("**No objection.**\n\n");
            }
            list(out, "Blocking", &of(true));
            list(out, "Not blocking", &of(false));
            raw(out, &turn.text);
        }
        Answer::Ballot(ballot) => {
            let sure = ballot.confidence.map_or_else(String::new, |sure| format!(" ({sure} of 100 sure)"));
            let _ = write!(out, "**{}**{sure}\n\n", inline(&ballot.choice));
            paragraph(out, &ballot.reasoning);
            raw(out, &turn.text);
        }
        Answer::Synthesis { comparison, claims, answer } => {
            if !comparison.trim().is_empty() {
                let _ = write!(out, "Comparison:\n\n{}\n", quoted(comparison));
            }
            list(out, "It rests on", claims);
            let _ = write!(out, "Answer:\n\n{}\n", quoted(answer));
        }
        Answer::Critique { scores } => {
            for score in scores {
                let whose = round.labels.iter().find(|l| l.label == score.label);
                let whose = whose.map_or_else(|| "?".to_owned(), |l| inline(session.name_of(l.ask.seat)));
                let _ = write!(out, "**Draft {}** ({whose}): {} of 100\n\n", inline(&score.label), score.score);
                list(out, "Strengths", &score.strengths);
                list(out, "Weaknesses", &score.weaknesses);
                list(out, "Suggestions", &score.suggestions);
            }
            raw(out, &turn.text);
        }
        Answer::Vote(vote) => {
            let _ = write!(out, "**{}**\n\n", if vote.agree { "Agrees" } else { "Disagrees" });
            paragraph(out, &vote.reasoning);
            if !vote.moved_by.is_empty() {
                let _ = writeln!(out, "Moved by:\n\n{}", quoted(&vote.moved_by));
            }
            list(out, "Blocking", &vote.blocking);
            list(out, "Concerns", &vote.concerns);
            raw(out, &turn.text);
        }
        Answer::Abstained { why } => {
            let _ = write!(out, "**Abstained**: {}\n\n", inline(why));
            raw(out, &turn.text);
        }
    }
}

fn paragraph(out: &mut String, text: &str) {
    if !text.trim().is_empty() {
        let _ = writeln!(out, "{}", quoted(text));
    }
}

/// What the member wrote, to the letter.
fn raw(out: &mut String, text: &str) {
    let language = if serde_json::from_str::<serde_json::Value>(text).is_ok() { "json" } else { "text" };
    let _ = write!(out, "As it was written:\n\n{}\n", verbatim(text, language));
}

/// A list under a word; nothing when it is empty.
pub(super) fn list(out: &mut String, heading: &str, items: &[String]) {
    if items.is_empty() {
        return;
    }
    let _ = write!(out, "{heading}:\n\n");
    for item in items {
        let _ = writeln!(out, "- {}", super::markdown::lead(item));
    }
    out.push('\n');
}
