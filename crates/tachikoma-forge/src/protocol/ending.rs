//! How it is over, in words.

use super::standing::{best, drafts, is_version, ranked, version};
use super::{Choice, Conclusion, Plan, Poll};
use crate::session::{Answer, EndReason, ForgeSession, Round, StopRule, Tally, decimal};
use crate::types::AskId;

/// The vote of a round agreed.
pub(super) fn agreed(round: &Round, tally: Tally) -> Plan {
    let dissent = match (tally.disagree, tally.abstain) {
        (0, 0) => String::new(),
        (disagree, 0) => format!(" {disagree} disagreed."),
        (disagree, abstain) => format!(" {disagree} disagreed and {abstain} did not vote."),
    };
    let blocking = match (tally.blocking, tally.max_blocking) {
        (blocking, Some(most)) => format!(" {blocking} issues block, {most} may."),
        _ => String::new(),
    };
    let detail = format!(
        "Converged in round {}: {} of {} votes agree ({} needed).{dissent}{blocking}",
        round.number,
        tally.agree,
        tally.votes(),
        decimal(tally.threshold)
    );
    Plan::Conclude(Conclusion {
        reason: EndReason::Converged,
        answer: round.version.clone(),
        detail,
        rule: StopRule::Agreement,
    })
}

/// There is no agreement, and by `rule` no further round. `why` begins the sentence.
pub(super) fn not_converged(session: &ForgeSession, why: &str, rule: StopRule) -> Conclusion {
    let Some((version, tally)) = best(session) else {
        return partial(session, &format!("{why} before any vote."), rule);
    };
    let votes = tally.votes();
    let count = match (tally.has_quorum(), tally.agrees()) {
        (false, _) => format!("{votes} of at least {} votes were cast on it", tally.quorum()),
        (true, true) => {
            let most = tally.max_blocking.unwrap_or_default();
            format!(
                "{} of {votes} votes agree with it, and {} issues block it ({most} may)",
                tally.agree, tally.blocking
            )
        }
        (true, false) => {
            format!("{} of {votes} votes agree with it ({} needed)", tally.agree, decimal(tally.threshold))
        }
    };
    let detail = format!("{why}. This is the version of round {}, which found the most: {count}.", version.round);
    Conclusion { reason: EndReason::NotConverged, answer: Some(version), detail, rule }
}

/// The rounds are used up without agreement.
pub(super) fn out_of_rounds(session: &ForgeSession) -> Conclusion {
    let why = format!("No agreement after {} rounds", session.rounds.len());
    not_converged(session, &why, StopRule::MaxRounds)
}

/// Only one member could answer: there is nothing to deliberate.
pub(super) fn alone(session: &ForgeSession) -> Conclusion {
    let reasons = session.rounds.last().map(|round| reasons(session, round)).unwrap_or_default();
    partial(session, &format!("Only one member could answer. {reasons}"), StopRule::Members)
}

/// The protocol's last step is done; `detail` says what the result is.
pub(super) const fn concluded(answer: Option<AskId>, detail: String) -> Conclusion {
    Conclusion { reason: EndReason::Concluded, answer, detail, rule: StopRule::LastStep }
}

/// The ballots are counted.
pub(super) fn counted(session: &ForgeSession, poll: &Poll) -> Conclusion {
    let rule = StopRule::Plurality;
    let tally = poll.tally();
    let [first, ..] = poll.first() else {
        let reasons = session.rounds.last().map(|round| reasons(session, round)).unwrap_or_default();
        return failed(&format!("No member cast a ballot that can be read. {reasons}"), StopRule::Members);
    };
    let answer = first.ballots.first().cloned();
    let votes = tally.votes();
    if !tally.has_quorum() {
        let detail = format!("{votes} of at least {} ballots were cast: {}.", tally.quorum(), counts(&poll.choices));
        return Conclusion { reason: EndReason::Partial, answer, detail, rule: StopRule::Members };
    }
    let needed = decimal(tally.threshold);
    let counts = counts(&poll.choices);
    let missing = if tally.abstain > 0 { format!(" {} did not answer.", tally.abstain) } else { String::new() };
    let (reason, detail) = match poll.first() {
        _ if poll.carries() => {
            let share = format!("{} of {votes} ballots ({needed} needed)", tally.agree);
            (EndReason::Converged, format!("“{}” has {share}. The count: {counts}.{missing}", shown(&first.written)))
        }
        [_] => {
            let share = format!("{} of {votes} ballots ({needed} needed)", tally.agree);
            let words = format!("No answer has enough: “{}” has the most, {share}.", shown(&first.written));
            (EndReason::NotConverged, format!("{words} The count: {counts}.{missing}"))
        }
        tied => {
            let names: Vec<String> = tied.iter().map(|choice| format!("“{}”", shown(&choice.written))).collect();
            let words = format!("A tie: {} have {} of {votes} ballots each.", names.join(" and "), tally.agree);
            let shown = "None of them has won; shown is the one of the lowest seat.";
            (EndReason::NotConverged, format!("{words} {shown} The count: {counts}.{missing}"))
        }
    };
    Conclusion { reason, answer, detail, rule }
}

/// Every answer with its ballots and the confidence that goes with them.
fn counts(choices: &[Choice]) -> String {
    let each = choices.iter().map(|choice| {
        let sure = choice.confidence.map_or_else(String::new, |sure| format!(" (confidence {sure} of 100)"));
        format!("“{}” {}{sure}", shown(&choice.written), choice.ballots.len())
    });
    each.collect::<Vec<_>>().join(", ")
}

/// An answer within a sentence: on one line.
fn shown(written: &str) -> String {
    written.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The best that there is: the best version, else the latest one, else the best draft. What an open round has
/// brought counts where nothing before it does.
pub(super) fn partial(session: &ForgeSession, why: &str, rule: StopRule) -> Conclusion {
    let why = why.trim();
    let open = || session.open_round().into_iter().flat_map(|round| session.turns_of(round.number));
    let version = best(session).map(|(ask, _)| ask).or_else(|| version(session).map(|t| t.ask.clone()));
    let version = version.or_else(|| open().find(|t| is_version(t)).map(|t| t.ask.clone()));
    if let Some(version) = version {
        let detail = format!("{why} This is the best version of the shared answer so far.");
        return Conclusion { reason: EndReason::Partial, answer: Some(version), detail, rule };
    }
    let is_text = |answer: &Answer| matches!(answer, Answer::Draft | Answer::Rebuttal(_) | Answer::Ballot(_));
    let draft = ranked(session).first().copied().or_else(|| open().find(|t| t.answer().is_some_and(is_text)));
    match draft {
        Some(draft) => {
            let which = if drafts(session).len() == 1 { "the only draft" } else { "the best draft" };
            let detail = format!("{why} This is {which}.");
            Conclusion { reason: EndReason::Partial, answer: Some(draft.ask.clone()), detail, rule }
        }
        None => failed(why, rule),
    }
}

/// There is nothing to show.
pub(super) fn failed(why: &str, rule: StopRule) -> Conclusion {
    Conclusion { reason: EndReason::Failed, answer: None, detail: why.trim().to_owned(), rule }
}

/// Who is absent from a round, and why, in one line.
pub(super) fn reasons(session: &ForgeSession, round: &Round) -> String {
    let each = round.absent.iter().map(|a| format!("{}: {}", session.name_of(a.seat), a.reason.trim_end_matches('.')));
    let each: Vec<String> = each.collect();
    if each.is_empty() { String::new() } else { format!("{}.", each.join("; ")) }
}
