//! What the scripted members say. Prepared texts around the user's goal; no member, model or maker is
//! named in them, since drafts are read blind.

use serde_json::json;

use super::reading::{Asked, Kind, Quoted};
use super::structured;

/// The heading in the second version that answers what the first vote held against the first version.
pub(super) const STOP_RULE: &str = "### What would change this answer";

/// Each draft is known by a phrase of its own, so that critics talk about what they read.
const PHRASES: [(&str, &str); 4] = [
    ("ada", "what each option costs if it is wrong"),
    ("turing", "before anything is built"),
    ("hopper", "ship the smallest version"),
    ("lovelace", "who has to live with it"),
];

/// Whether the member fails the first time.
pub(super) fn stumbles(model: &str, kind: &Kind) -> bool {
    model == "hopper" && matches!(kind, Kind::Critique(_))
}

/// What the member answers.
pub(super) fn text(model: &str, asked: &Asked) -> String {
    match &asked.kind {
        Kind::Draft => draft(model, asked),
        Kind::Critique(drafts) => critique(model, drafts),
        Kind::Synthesis { drafts, again } => synthesis(asked, drafts, *again),
        Kind::Ranking(drafts) => structured::ranking(drafts),
        Kind::Rebuttal { own, challenges } => structured::rebuttal(own, *challenges),
        Kind::Attack => structured::attack(model),
        Kind::Ballot => structured::ballot(model),
        Kind::Vote(voting) => structured::vote(model, voting),
    }
}

/// What the member thinks aloud first.
pub(super) fn reasoning(model: &str, asked: &Asked) -> String {
    let goal = &asked.goal;
    match (&asked.kind, model) {
        (Kind::Draft, "turing") => format!(
            "The question is “{goal}”. What would have to be true for the obvious answer to be wrong? Let me look for \
             a test that is cheap and that could fail, and only then for a plan."
        ),
        (Kind::Draft, _) => format!(
            "The question is “{goal}”. Two things matter: what a wrong choice costs, and whether it can be undone. \
             I will compare the options by those."
        ),
        (Kind::Synthesis { again: false, .. }, _) => {
            "The drafts want the same first step for different reasons. The conflict is about order: test first or \
             ship first. A time limit settles it."
                .to_owned()
        }
        (Kind::Synthesis { again: true, .. }, _) => {
            "The open concern is right: a trial without a rule for stopping never ends. I keep the rest and add that."
                .to_owned()
        }
        _ => String::new(),
    }
}

fn draft(model: &str, asked: &Asked) -> String {
    let goal = &asked.goal;
    let respected = match asked.constraints.as_slice() {
        [] => String::new(),
        constraints => {
            let list: Vec<String> = constraints.iter().map(|c| format!("- {c}")).collect();
            format!("\n\nThis keeps to what was set:\n\n{}", list.join("\n"))
        }
    };
    let body = match model {
        "ada" => format!(
            "**Answer to “{goal}”: yes, in one reversible step, and decide the rest by what that step shows.**\n\n\
             I compare the options by {}:\n\n\
             | Option | Cost if right | Cost if wrong | Can be undone |\n\
             | --- | --- | --- | --- |\n\
             | Do everything now | high | very high | hardly |\n\
             | One small step | low | low | in a day |\n\
             | Do nothing | none | grows slowly | always |\n\n\
             **Why.** A wrong small step costs a week; a wrong big one costs the trust of everybody involved. Doing \
             nothing is cheaper only as long as the present state does not get worse.\n\n\
             **The main alternative** is to do it all at once. It wins only if the step cannot be cut, and most can.\n\n\
             **What I do not know:** how fast the present state is getting worse. If it is fast, take the larger step \
             sooner.",
            PHRASES[0].1
        ),
        "turing" => format!(
            "**“{goal}” can be settled by a test, and the test comes {}.**\n\n\
             1. Write down the claim that the plan rests on, as a sentence that could be false.\n\
             2. Find the cheapest observation that would refute it.\n\
             3. Make that observation within two weeks.\n\
             4. Go on only if the claim survives.\n\n\
             As a rule:\n\n\
             ```text\n\
             claim survives  ->  take the next step\n\
             claim fails     ->  stop, and write down why\n\
             no clear result ->  repeat once, then stop\n\
             ```\n\n\
             **Why.** Plans fail by what nobody checked. A test that cannot fail proves nothing, and one that comes \
             after the work only confirms it.\n\n\
             **The main alternative** is to begin and to learn on the way. It loses because work already done is hard \
             to judge soberly.\n\n\
             **What I do not know:** which claim is the weakest. Whoever knows the matter best should choose it.",
            PHRASES[1].1
        ),
        "hopper" => format!(
            "**For “{goal}”: {} this week, with somebody who really uses it.**\n\n\
             - **Scope:** one case, one user, one path. Everything else waits.\n\
             - **Way back:** keep the present way running beside it; switching back takes one command.\n\
             - **Measure:** time saved per use, errors per week, and whether the user asks for more.\n\
             - **Review:** after ten working days, thirty minutes, with the numbers on the table.\n\n\
             **Why.** People argue about what they imagine and agree about what they have used. A small thing in use \
             ends most arguments.\n\n\
             **The main alternative** is a longer study. It loses because it answers last month's question.\n\n\
             **What I do not know:** whether one user stands for the others. Choose an average one, not a fan.",
            PHRASES[2].1
        ),
        _ => format!(
            "**“{goal}” depends on {}, so ask them first.**\n\n\
             - **Those who gain** will say yes to anything; ask what they would give up for it.\n\
             - **Those who carry the work** know the exceptions. Sit beside them for a day.\n\
             - **Those who pay** need one number and one date.\n\n\
             **Why.** A good idea against the people concerned fails; a fair one with them gets better by itself.\n\n\
             **The main alternative** is to decide among a few and to explain afterwards. It is faster by a week, and \
             it loses a year.\n\n\
             **What I do not know:** whether anybody concerned has been left out. Name somebody who decides and who \
             can be asked.",
            PHRASES[3].1
        ),
    };
    format!("{body}{respected}\n")
}

/// Whose draft this is, by its phrase.
pub(super) fn author(text: &str) -> Option<&'static str> {
    PHRASES.iter().find(|(_, phrase)| text.contains(phrase)).map(|(model, _)| *model)
}

fn critique(model: &str, drafts: &[Quoted]) -> String {
    let severity = match model {
        "turing" => 6,
        "lovelace" => 3,
        _ => 0,
    };
    let scores: Vec<_> = drafts
        .iter()
        .filter_map(|draft| {
            let (score, strength, weakness, suggestion) = match author(&draft.text) {
                Some("ada") => (
                    88,
                    "Weighs the options by what a mistake costs, in a table that can be checked.",
                    "“One small step” stays abstract: it is not said what the step is.",
                    "Name the step, and how long it may take.",
                ),
                Some("turing") => (
                    81,
                    "Gives a test that can fail and says what follows from each result.",
                    "Says nothing about the people who have to run the test.",
                    "Add who makes the observation, and by when.",
                ),
                Some("hopper") => (
                    77,
                    "Can be begun tomorrow, and the way back is part of the plan.",
                    "One user may not stand for the others, as the draft itself admits.",
                    "Take two users who differ.",
                ),
                Some(_) => (
                    74,
                    "Thinks of those concerned, whom the others leave out.",
                    "Ends without a decision that somebody could act on.",
                    "Say who decides, and on which day.",
                ),
                None => (
                    70,
                    "Answers the goal directly.",
                    "Some claims stand without a reason.",
                    "Say what would show that the answer is wrong.",
                ),
            };
            Some(json!({
                "label": draft.label()?,
                "score": score - severity,
                "strengths": [strength],
                "weaknesses": [weakness],
                "suggestions": [suggestion],
            }))
        })
        .collect();
    json!({ "scores": scores }).to_string()
}

fn synthesis(asked: &Asked, drafts: &[Quoted], again: bool) -> String {
    let goal = &asked.goal;
    let mut unique = String::new();
    for draft in drafts {
        let what = match author(&draft.text) {
            Some("ada") => "compares what a mistake costs",
            Some("turing") => "has a test that can fail",
            Some("hopper") => "keeps a way back in one command",
            Some(_) => "asks those concerned",
            None => "takes a view of its own",
        };
        if let Some(label) = draft.label() {
            unique += &format!("- **Only {label}** {what}.\n");
        }
    }
    let changed = if again {
        "- **Concern about stopping:** right, and followed: there is a rule now.\n\
         - **Nothing else was disputed**, so the steps stay as they were.\n"
    } else {
        "- **Agreement:** a small, reversible first step comes before any large one.\n\
         - **Conflict:** test first or ship first. Decided: both at once, in a trial with a fixed end.\n"
    };
    let rule = if again {
        format!(
            "\n\n{STOP_RULE}\n\n\
             - **Stop** if fewer than half of the uses save time after ten working days.\n\
             - **Stop** if going back was needed more than twice.\n\
             - **Go on** if both users ask to keep it.\n\
             - **No clear result:** repeat once with other users, then stop.\n\n\
             One person decides by this rule on the last day, and writes down why."
        )
    } else {
        String::new()
    };
    let mut claims = "1. A small step that can be undone comes before any large one.\n\
                      2. Ten working days with two users who differ show whether it is worth it.\n\
                      3. The present way stays in use until the review.\n"
        .to_owned();
    if again {
        claims += "4. Measured results, fixed beforehand, end the trial.\n";
    }
    let limits = match asked.constraints.as_slice() {
        [] => String::new(),
        constraints => {
            let each: Vec<&str> = constraints.iter().map(|c| c.trim_end_matches('.')).collect();
            format!("\n\n**Within what was set:** {}.", each.join("; "))
        }
    };
    format!(
        "# Comparison\n\n{changed}{unique}- **Blind spot:** what happens to the present way in the meantime.\n\n\
         # Claims\n\n{claims}\n\
         # Answer\n\n\
         **On “{goal}”: yes, as a trial of ten working days that can be undone at any time.**\n\n\
         1. **Write down the claim** that must hold for this to be worth it, so that it could turn out false.\n\
         2. **Build the smallest version** that a real user can use, and keep the present way beside it.\n\
         3. **Choose two users who differ**, and sit beside them for the first hour.\n\
         4. **Measure** time per use and errors per week, before and after.\n\n\
         | When | What | Who |\n\
         | --- | --- | --- |\n\
         | Day 1 | Claim and numbers of today | whoever knows the matter best |\n\
         | Day 3 | Smallest version in use | one or two people |\n\
         | Day 10 | Review with the numbers | everybody concerned |\n\n\
         The small step costs about a week if it is wrong, and shows more than any further discussion.{limits}{rule}\n"
    )
}
