//! What the scripted members answer where a form is asked for: rankings, positions, objections, ballots, votes.

use serde_json::json;

use super::reading::{Quoted, Voting};
use super::script::{STOP_RULE, author};

/// The members' drafts, the best first, as all of them see it.
const ORDER: [&str; 4] = ["ada", "turing", "hopper", "lovelace"];

pub(super) fn ranking(drafts: &[Quoted]) -> String {
    let place = |draft: &&Quoted| {
        let author = author(&draft.text);
        ORDER.iter().position(|known| Some(*known) == author).unwrap_or(ORDER.len())
    };
    let mut sorted: Vec<&Quoted> = drafts.iter().collect();
    sorted.sort_by_key(place);
    let order: Vec<&str> = sorted.iter().filter_map(|draft| draft.label()).collect();
    let analysis = "What says what a mistake costs comes first; what ends without a decision comes last.";
    json!({ "analysis": analysis, "ranking": order }).to_string()
}

pub(super) fn rebuttal(own: &str, challenges: bool) -> String {
    let case = "### The case against what most hold\n\nA small step shows only small effects. Whoever tries it with two users \
                learns what two users think, and stops before anything rare goes wrong.\n\n";
    let position = if challenges { format!("{case}{own}") } else { own.to_owned() };
    json!({
        "analysis": "The others want the same first step for other reasons; none of them speaks against mine.",
        "moved_by": "",
        "position": position,
        "quote": "",
        "switched": false,
    })
    .to_string()
}

pub(super) fn attack(model: &str) -> String {
    let objections = match model {
        "turing" | "lovelace" => json!([{
            "blocking": true,
            "text": "Nothing says which result would end it. Then every result will be read as a success.",
        }]),
        _ => json!([{
            "blocking": false,
            "text": "Ten working days are short if one of those concerned is away.",
        }]),
    };
    json!({ "analysis": "I looked for the day on which it fails.", "objections": objections }).to_string()
}

pub(super) fn ballot(model: &str) -> String {
    let (answer, confidence) = match model {
        "turing" => ("no", 55),
        "lovelace" => ("Yes.", 70),
        _ => ("yes", 80),
    };
    json!({ "analysis": "What can be undone is worth trying.", "answer": answer, "confidence": confidence }).to_string()
}

pub(super) fn vote(model: &str, voting: &Voting) -> String {
    let has_rule = voting.version.contains(STOP_RULE);
    let strict = matches!(model, "turing" | "lovelace");
    let (agree, reasoning) = match (strict, model, has_rule) {
        (true, _, false) => (
            false,
            "The steps are sound, but nothing says which result would end the trial. Without that, every result will be \
             read as a success.",
        ),
        (true, _, true) => {
            (true, "The rule for stopping was what I missed. It is concrete and it can fail. I stand behind this.")
        }
        (false, "hopper", _) => (true, "It can be begun at once and undone at once. That is enough to start."),
        (false, _, false) => {
            (true, "It keeps the cost of a mistake low and names the steps. Good enough to begin with.")
        }
        (false, _, true) => (true, "The costs stay low, and now it is clear what would change the answer."),
    };
    let blocking: &[&str] = if agree {
        &[]
    } else {
        &["Say beforehand which measured result means stop, which means go on, and who decides."]
    };
    let concerns: &[&str] = if model == "hopper" {
        &["Ten working days are short if one of the users is away; allow for that."]
    } else {
        &[]
    };
    // The words of the second version that answer what was missing in the first.
    let moved_by = if strict && agree && voting.again {
        "if fewer than half of the uses save time after ten working days"
    } else {
        ""
    };
    let stance = |claim: usize| match (model, claim) {
        ("turing", 2) if !has_rule => "disagree",
        ("hopper", 2) | ("lovelace", 3) => "unsure",
        _ => "agree",
    };
    let claims: Vec<_> = (1..=voting.claims).map(|claim| json!({ "claim": claim, "stance": stance(claim) })).collect();
    json!({
        "blocking": blocking,
        "claims": claims,
        "concerns": concerns,
        "moved_by": moved_by,
        "reasoning": reasoning,
        "vote": if agree { "agree" } else { "disagree" },
    })
    .to_string()
}
