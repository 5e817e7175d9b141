//! Reading a vote.

use super::Json;
use super::fields::{Cell, get, how, inner, texts, whole};
use super::own::{Quoted, own_documents};
use crate::session::{Answer, ClaimStance, Reading, Stance, Vote};
use crate::types::StopReason;

/// A vote. `quoted` is what the prompt quoted.
pub(super) fn vote(text: &str, stop: StopReason, quoted: Quoted<'_>) -> Result<(Answer, Reading), String> {
    whole(stop)?;
    let (found, own) = own_documents(text, quoted);
    let mut strict = found.strict;
    let mut votes: Vec<Choice> = Vec::new();
    let mut said = None;
    for document in &own {
        let document = inner(document);
        let choice = match choice(document, &mut strict) {
            Cell::Missing => continue,
            Cell::Contradictory => return Err("\"vote\" says two things, or neither agree nor disagree".to_owned()),
            Cell::One(choice) => choice,
        };
        // Within other text a bare {"vote": …} may be an example; a vote has its reasons with it.
        if !found.alone && !matches!(get(document, "reasoning"), Cell::One(_)) {
            continue;
        }
        votes.push(choice);
        said = Some(document);
    }
    let (Some(document), Some(choice)) = (said, votes.pop()) else {
        return Err("there is no JSON object with \"vote\": \"agree\" or \"vote\": \"disagree\"".to_owned());
    };
    if votes.iter().any(|other| *other != choice) {
        return Err("there are several votes that contradict each other".to_owned());
    }
    let agree = match choice {
        Choice::Agree => true,
        Choice::Disagree => false,
        Choice::Abstain => return Ok((Answer::Abstained { why: "the member abstained".to_owned() }, how(strict))),
    };
    let reasoning = texts(get(document, "reasoning")).join("\n");
    let list = |key| texts(get(document, key));
    let stances = stances(get(document, "claims"));
    let (concerns, blocking, moved_by) = (list("concerns"), list("blocking"), list("moved_by").join("\n"));
    Ok((Answer::Vote(Vote { agree, reasoning, concerns, blocking, stances, moved_by }), how(strict)))
}

/// Where the member stands on the claims. One that is said twice and differently, or in no known word, is not said.
fn stances(cell: Cell<&Json>) -> Vec<ClaimStance> {
    let Cell::One(Json::Array(items)) = cell else { return Vec::new() };
    let read = |item: &Json| {
        let (Cell::One(Json::Number(claim)), Cell::One(Json::String(stance))) =
            (get(item, "claim"), get(item, "stance"))
        else {
            return None;
        };
        let stance = match stance.trim().to_ascii_lowercase().as_str() {
            "agree" => Stance::Agree,
            "disagree" => Stance::Disagree,
            "unsure" => Stance::Unsure,
            _ => return None,
        };
        let claim = claim.as_u64().and_then(|claim| u32::try_from(claim).ok()).filter(|claim| *claim > 0)?;
        Some(ClaimStance { claim, stance })
    };
    let all: Vec<ClaimStance> = items.iter().filter_map(read).collect();
    let mut kept: Vec<ClaimStance> = Vec::new();
    for one in &all {
        let alone = all.iter().filter(|other| other.claim == one.claim).all(|other| other.stance == one.stance);
        if alone && !kept.contains(one) {
            kept.push(one.clone());
        }
    }
    kept
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Agree,
    Disagree,
    Abstain,
}

/// `vote` or `agree`, whichever is there; if both are, they have to say the same.
fn choice(document: &Json, strict: &mut bool) -> Cell<Choice> {
    let (vote, agree) = (get(document, "vote"), get(document, "agree"));
    *strict &= matches!(vote, Cell::One(_)) || matches!(agree, Cell::One(Json::Bool(_)));
    let read = |cell: Cell<&Json>| match cell {
        Cell::One(Json::Bool(true)) => Cell::One(Choice::Agree),
        Cell::One(Json::Bool(false)) => Cell::One(Choice::Disagree),
        Cell::One(Json::String(word)) => match word.trim().to_ascii_lowercase().as_str() {
            "agree" | "true" | "yes" => Cell::One(Choice::Agree),
            "disagree" | "false" | "no" => Cell::One(Choice::Disagree),
            "abstain" => Cell::One(Choice::Abstain),
            _ => Cell::Contradictory,
        },
        Cell::One(_) | Cell::Contradictory => Cell::Contradictory,
        Cell::Missing => Cell::Missing,
    };
    match (read(vote), read(agree)) {
        (Cell::One(vote), Cell::One(agree)) if vote != agree => Cell::Contradictory,
        (Cell::Contradictory, _) | (_, Cell::Contradictory) => Cell::Contradictory,
        (Cell::One(choice), _) | (Cell::Missing, Cell::One(choice)) => Cell::One(choice),
        (Cell::Missing, Cell::Missing) => Cell::Missing,
    }
}
