//! What stands behind the result: in what it is less than meant, the formula, who disagrees and who changed its mind,
//! how independent the drafts are, and whether it helped.

use std::fmt::Write as _;

use super::markdown::lead;
use super::quote::{inline, quoted};
use super::rounds::list;
use crate::session::{Dissent, Dissenter, ForgeSession, Moved, SessionState, Switched};

/// The result is less than it was meant to be, before anything else is said.
pub(super) fn degraded(out: &mut String, session: &ForgeSession) {
    let Some(degraded) = session.degraded() else { return };
    out.push_str("**Degraded: this result is less than it was meant to be.**\n\n");
    for sentence in degraded.sentences(session) {
        let _ = writeln!(out, "- {}", lead(&sentence));
    }
    out.push('\n');
}

/// The rule that ended it, and the formula of every vote with what went into it.
pub(super) fn decision(out: &mut String, session: &ForgeSession) {
    let rule = match &session.state {
        SessionState::Ended { rule, .. } => *rule,
        SessionState::Running => None,
    };
    let votes: Vec<_> = session.rounds.iter().filter_map(|round| Some((round.number, round.tally?))).collect();
    if rule.is_none() && votes.is_empty() {
        return;
    }
    out.push_str("## How it was decided\n\n");
    if let Some(rule) = rule {
        let _ = writeln!(out, "{}\n", rule.words());
    }
    if votes.is_empty() {
        return;
    }
    out.push_str("Agreement = agree ÷ (agree + disagree), with a quorum; an abstention is no vote.\n\n");
    for (round, tally) in votes {
        let abstain = tally.abstain;
        let _ = writeln!(out, "- Round {round}: {}; {abstain} of {} abstained", tally.explained(), tally.seats);
    }
    out.push_str("\n`tachikoma verify` computes all of it anew from the exported file.\n\n");
}

/// The minority report, where everybody stands on each claim, and who changed its mind.
pub(super) fn dissent(out: &mut String, session: &ForgeSession) {
    if !matches!(session.state, SessionState::Ended { .. }) && session.deciding().is_none() {
        return;
    }
    let dissent = session.dissent();
    let minority = &dissent.minority;
    let _ = write!(out, "## Minority report\n\n{}\n\n", minority.sentence());
    let silent: Vec<String> = minority.silent.iter().map(|seat| inline(session.name_of(*seat))).collect();
    if !silent.is_empty() {
        let _ = writeln!(out, "Said neither: {}.\n", silent.join(", "));
    }
    for dissenter in &minority.against {
        one(out, session, dissenter, "disagrees");
    }
    for dissenter in &minority.reserved {
        one(out, session, dissenter, "agrees, with reservations");
    }
    claims(out, session, &dissent);
    switches(out, session, &dissent);
}

fn one(out: &mut String, session: &ForgeSession, dissenter: &Dissenter, how: &str) {
    let _ = writeln!(out, "**{}** {how}:\n", inline(session.name_of(dissenter.seat)));
    let why = if dissenter.why.trim().is_empty() { "(no reason given)" } else { &dissenter.why };
    let _ = writeln!(out, "{}", quoted(why));
    list(out, "Blocking", &dissenter.blocking);
    list(out, "Concerns", &dissenter.concerns);
}

fn claims(out: &mut String, session: &ForgeSession, dissent: &Dissent) {
    if dissent.claims.is_empty() {
        return;
    }
    out.push_str("## Who stands where\n\nBy claim and member, with the round in which it was said.\n\n| Claim |");
    for seat in &dissent.seats {
        let _ = write!(out, " {} |", inline(session.name_of(*seat)));
    }
    let _ = write!(out, "\n| --- |{}\n", " --- |".repeat(dissent.seats.len()));
    for claim in &dissent.claims {
        let _ = write!(out, "| {} |", inline(&claim.text));
        for seat in &dissent.seats {
            let stance = claim.of(*seat);
            let _ = write!(out, " {} |", if stance.is_empty() { "–" } else { &stance });
        }
        out.push('\n');
    }
    out.push('\n');
}

fn switches(out: &mut String, session: &ForgeSession, dissent: &Dissent) {
    if dissent.switches.is_empty() {
        return;
    }
    out.push_str("## Who changed its mind\n\n");
    for switch in &dissent.switches {
        let what = match &switch.what {
            Switched::Vote { agree: true } => "agrees now".to_owned(),
            Switched::Vote { agree: false } => "disagrees now".to_owned(),
            Switched::Position => "changed its position".to_owned(),
            Switched::Claim { claim, to, .. } => {
                let text = dissent.claims.get(*claim).map_or_else(String::new, |claim| inline(&claim.text));
                format!("now {} on “{text}”", to.word())
            }
        };
        let moved = match &switch.moved {
            Moved::By(words) => format!("moved by “{}”", inline(words)),
            Moved::Unfound(words) => {
                format!("**unexplained**: “{}” stands in nothing that it read", inline(words))
            }
            Moved::Unexplained => "**unexplained**: it names no words that moved it".to_owned(),
        };
        let name = inline(session.name_of(switch.seat));
        let _ = writeln!(out, "- **{name}** in round {}: {what}; {moved}", switch.round);
    }
    out.push('\n');
}

/// How independent the drafts are.
pub(super) fn voices(out: &mut String, session: &ForgeSession) {
    let Some(voices) = session.voices() else { return };
    let _ = write!(out, "## Independence\n\n{}\n\n", voices.sentence());
    for pair in &voices.alike {
        let (one, other) = (inline(session.name_of(pair.one)), inline(session.name_of(pair.other)));
        let _ = writeln!(
            out,
            "- The drafts of **{one}** and **{other}** are nearly the same: {} of 100 phrases in common",
            pair.likeness / 10
        );
    }
    if !voices.alike.is_empty() {
        out.push('\n');
    }
}

/// Whether it helped, where that was checked.
pub(super) fn checked(out: &mut String, session: &ForgeSession) {
    let Some(checked) = session.checked() else {
        if let Some(why) = session.check_failed() {
            let _ = write!(out, "## Did it help?\n\n{}\n\n", inline(&why));
        }
        return;
    };
    let _ = write!(out, "## Did it help?\n\n{}\n\n", inline(&checked.sentence()));
    if !checked.reasoning.trim().is_empty() {
        let _ = writeln!(out, "{}", quoted(&checked.reasoning));
    }
}
