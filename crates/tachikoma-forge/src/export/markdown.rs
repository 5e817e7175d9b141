//! The record for people, the result first. What stands behind the result is in `standing`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use super::numbers::{Sum, date, duration, money};
use super::quote::{inline, quoted};
use super::{rounds, standing};
use crate::session::{Answer, EndReason, ForgeSession, Participant, SessionState, Spending, Turn};
use crate::types::ModelRef;

/// The whole session as Markdown: how it ended, the answer, the formula, the dissent, who took part, and then every
/// round with every text.
#[must_use]
pub fn markdown(session: &ForgeSession) -> String {
    let mut out = String::new();
    head(&mut out, session);
    attachments(&mut out, session);
    result(&mut out, session);
    standing::decision(&mut out, session);
    standing::dissent(&mut out, session);
    standing::checked(&mut out, session);
    members(&mut out, session);
    standing::voices(&mut out, session);
    rounds::scores(&mut out, session);
    usage(&mut out, session);
    warnings(&mut out, session);
    rounds::all(&mut out, session);
    while out.ends_with("\n\n") {
        out.pop();
    }
    out
}

fn head(out: &mut String, session: &ForgeSession) {
    let title = inline(&session.topic.title);
    let _ = write!(out, "# {}\n\n", if title.is_empty() { "Untitled" } else { &title });
    if session.demo {
        out.push_str("**Demo.** The members were scripted; no model was asked and nothing here is advice.\n\n");
    }
    standing::degraded(out, session);
    let _ = writeln!(out, "{}\n", how_it_ended(session));
    if session.topic.goal.trim() != session.topic.title.trim() {
        let _ = write!(out, "## Goal\n\n{}\n", quoted(&session.topic.goal));
    }
    if !session.topic.constraints.is_empty() {
        out.push_str("## Constraints\n\n");
        for constraint in &session.topic.constraints {
            let _ = writeln!(out, "- {}", lead(constraint));
        }
        out.push('\n');
    }
    carried(out, session);
}

/// What was taken over from an earlier session, and what of it was cut for whom.
fn carried(out: &mut String, session: &ForgeSession) {
    if session.topic.carried.is_empty() {
        return;
    }
    out.push_str("## From an earlier deliberation\n\n");
    for piece in &session.topic.carried {
        let _ = write!(out, "**{}**\n\n{}\n", inline(&piece.title), quoted(&piece.text));
    }
    for (name, trims) in session.trims() {
        for trim in trims {
            let (name, title) = (inline(name), inline(&trim.title));
            let _ = writeln!(out, "- {name} got {} of {} characters of {title}, to fit its model.", trim.to, trim.from);
        }
    }
    out.push('\n');
}

/// The attached files by name and size; what is in them is the user's to keep.
fn attachments(out: &mut String, session: &ForgeSession) {
    if session.topic.attachments.is_empty() {
        return;
    }
    out.push_str("## Attachments\n\n");
    for attachment in &session.topic.attachments {
        let note = attachment.note.as_deref().map(|note| format!(" {}", inline(note))).unwrap_or_default();
        let (name, kind) = (lead(&attachment.name), inline(&attachment.media_type));
        let _ =
            writeln!(out, "- {name} ({kind}, {}){}{note}", attachment.size(), if note.is_empty() { "" } else { "." });
    }
    out.push('\n');
}

/// A line that may follow a list mark: what could be taken for another mark is escaped.
pub(super) fn lead(text: &str) -> String {
    let line = inline(text);
    match line.chars().next() {
        Some('+' | '-' | '=') => format!("\\{line}"),
        Some(c) if c.is_ascii_digit() => {
            let digits = line.chars().take_while(char::is_ascii_digit).count();
            match line[digits..].chars().next() {
                Some('.' | ')') => format!("{}\\{}", &line[..digits], &line[digits..]),
                Some(_) | None => line,
            }
        }
        Some(_) | None => line,
    }
}

fn how_it_ended(session: &ForgeSession) -> String {
    let SessionState::Ended { reason, detail, .. } = &session.state else {
        return "**Not finished.** The session was still running, or was cut off, when this was written.".to_owned();
    };
    let rounds = session.rounds_used();
    let how = match reason {
        // What is less than it was meant to be does not wear that mark.
        EndReason::Converged if session.degraded().is_some() => "Those who voted agree.".to_owned(),
        EndReason::Converged => "Converged: the members agree.".to_owned(),
        EndReason::Concluded => "Concluded: this way to deliberate takes no vote on its answer.".to_owned(),
        EndReason::NotConverged => format!("No agreement after {rounds} rounds."),
        EndReason::Partial => "Partial: it ended early, with the best there was.".to_owned(),
        EndReason::Budget => "Ended by the cap, with the best there was.".to_owned(),
        EndReason::Failed => "Failed: there is no result.".to_owned(),
        EndReason::Stopped => "Stopped before the end; it can be continued.".to_owned(),
    };
    format!("**{how}** {}", inline(detail)).trim_end().to_owned()
}

fn result(out: &mut String, session: &ForgeSession) {
    let (heading, turn) = match session.result() {
        Some(turn) => ("Final answer", Some(turn)),
        None => ("Best version so far", session.best.as_ref().and_then(|ask| session.turns.get(ask))),
    };
    let Some(turn) = turn else { return };
    let by = inline(session.name_of(turn.ask.seat));
    let what = match turn.answer() {
        Some(Answer::Synthesis { .. }) => "Shared answer",
        Some(Answer::Ballot(_)) => "Ballot",
        Some(Answer::Rebuttal(_)) => "Position",
        Some(_) | None => "Draft",
    };
    let _ = write!(
        out,
        "## {heading}\n\n{}\n{what} of round {}, written by **{by}**.\n\n",
        quoted(turn.words()),
        turn.ask.round
    );
}

/// A model as text, without what may be a key in its address.
pub(super) fn model_name(model: &ModelRef) -> String {
    let mut model = model.clone();
    super::events::clean(&mut model);
    inline(&model.to_string())
}

fn members(out: &mut String, session: &ForgeSession) {
    if session.participants.is_empty() {
        return;
    }
    out.push_str("## Who took part\n\n");
    for participant in &session.participants {
        let _ = writeln!(out, "{}", member(session, participant));
    }
    out.push('\n');
    if session.participants.iter().any(|p| p.persona.is_some()) {
        for participant in &session.participants {
            if let Some(persona) = &participant.persona {
                let _ = write!(out, "Persona of **{}**:\n\n{}\n", inline(&participant.name), quoted(persona));
            }
        }
    }
}

fn member(session: &ForgeSession, participant: &Participant) -> String {
    let seat = participant.seat;
    let turns: Vec<&Turn> = session.turns.values().filter(|t| t.ask.seat == seat).collect();
    let complete = turns.iter().filter(|t| t.complete().is_some()).count();
    let own: Vec<String> = participant.model.targets().map(model_name).collect();
    let mut line = format!("- **{}** ({})", inline(&participant.name), own.join(" or "));
    let others: BTreeSet<String> = turns
        .iter()
        .filter_map(|t| t.complete())
        .filter(|c| !participant.model.targets().any(|own| *own == c.model))
        .map(|c| model_name(&c.model))
        .collect();
    if !others.is_empty() {
        let _ = write!(line, ", also answered by {}", others.into_iter().collect::<Vec<_>>().join(", "));
    }
    let _ = write!(line, ": {complete} of {} turns complete", turns.len());
    for round in &session.rounds {
        for absence in round.absent.iter().filter(|a| a.seat == seat) {
            let _ = write!(
                line,
                "\n  - absent from round {} ({}): {}",
                round.number,
                round.round_type,
                inline(&absence.reason)
            );
        }
    }
    line
}

fn usage(out: &mut String, session: &ForgeSession) {
    if session.turns.is_empty() {
        return;
    }
    out.push_str("## Usage\n\nTokens as the providers reported them for complete turns; the cost is that of all ");
    out.push_str("attempts, at the prices that were known when it began.\n\n");
    out.push_str("| Member | Turns | Attempts | Input tokens | Output tokens | Cost | Time answering |\n");
    out.push_str("| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n");
    let everybody = session.participants.iter().map(|p| (Some(p.seat), inline(&p.name)));
    for (seat, name) in everybody.chain([(None, "All".to_owned())]) {
        let of_seat = |turn: &&Turn| seat.is_none_or(|seat| turn.ask.seat == seat);
        let turns: Vec<&Turn> = session.turns.values().filter(of_seat).collect();
        let attempts: usize = turns.iter().map(|t| t.attempts.len()).sum();
        let (mut input, mut output, mut ms) = (Sum::default(), Sum::default(), 0_u64);
        let complete: Vec<_> = turns.iter().filter_map(|t| t.complete()).collect();
        for turn in &complete {
            input.add(turn.usage.prompt_tokens());
            output.add(turn.usage.output_tokens);
            ms = ms.saturating_add(turn.duration_ms);
        }
        let _ = writeln!(
            out,
            "| {name} | {} | {attempts} | {} | {} | {} | {} |",
            complete.len(),
            input.show(),
            output.show(),
            money(&Spending::of(turns.iter().flat_map(|turn| &turn.attempts), &session.settings)),
            duration(ms)
        );
    }
    if session.settings.is_capped() {
        let cost = session.settings.max_cost.map(|cap| cap.to_string());
        let tokens = session.settings.max_tokens_total.map(|cap| format!("{cap} tokens"));
        let caps: Vec<String> = cost.into_iter().chain(tokens).collect();
        let _ = writeln!(out, "\nThe cap was {}.", caps.join(" and "));
    }
    let _ = write!(out, "\nBegun {}", date(session.created_ms));
    let wall = session.updated_ms.saturating_sub(session.created_ms);
    match session.resumes {
        0 => {
            let _ = write!(out, ", lasted {}.", duration(wall));
        }
        times => {
            let times = if times == 1 { "once".to_owned() } else { format!("{times} times") };
            let _ = write!(out, ", last event {}, continued {times}.", date(session.updated_ms));
        }
    }
    out.push_str("\n\n");
}

fn warnings(out: &mut String, session: &ForgeSession) {
    if session.warnings.is_empty() {
        return;
    }
    out.push_str("## Notes\n\n");
    for warning in &session.warnings {
        let _ = writeln!(out, "- {}", lead(warning));
    }
    out.push('\n');
}
