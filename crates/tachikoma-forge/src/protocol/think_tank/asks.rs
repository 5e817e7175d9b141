//! What each member is asked, from the templates in `prompts/think-tank/`.

use serde_json::{Value, json};

use super::mask::Mask;
use super::{labels, rank, version};
use crate::prompt::render;
use crate::protocol::{Addressee, Ask, Output, Prompt};
use crate::session::{Answer, ForgeSession, Round, Turn};
use crate::types::{AskId, Chance, RoundType, Seat};

/// The templates, by file name: embedded, so that the page needs nothing else.
macro_rules! template {
    ($name:literal) => {
        include_str!(concat!("../../../../../prompts/think-tank/", $name, ".md"))
    };
}

/// An ask of a round in which everybody is asked.
pub(super) fn ask(session: &ForgeSession, round: &Round, seat: Seat) -> Option<Ask> {
    match round.round_type {
        RoundType::Draft => Some(draft(session, round, seat)),
        RoundType::Critique => Some(critique(session, round, seat)),
        RoundType::Convergence => vote(session, round, seat),
        RoundType::Synthesis => None,
    }
}

fn draft(session: &ForgeSession, round: &Round, seat: Seat) -> Ask {
    let id = super::ask_id(round.number, RoundType::Draft, seat);
    let user = filled(template!("draft"), &[("goal", goal(session)), ("constraints", &constraints(session))]);
    build(session, id, user, Output::Text, Vec::new())
}

fn critique(session: &ForgeSession, round: &Round, seat: Seat) -> Ask {
    let id = super::ask_id(round.number, RoundType::Critique, seat);
    let order = labels::order_of(round, seat);
    let (drafts, reads) = quoted_drafts(session, round, &id, order);
    let user = filled(
        template!("critique"),
        &[
            ("goal", goal(session)),
            ("constraints", &constraints(session)),
            ("drafts", &drafts),
            ("labels", &order.join(", ")),
            ("example", CRITIQUE_EXAMPLE),
        ],
    );
    build(session, id, user, Output::Json { name: "critique", schema: critique_schema() }, reads)
}

/// The ask for the shared answer.
pub(super) fn synthesis(session: &ForgeSession, round: &Round, seat: Seat) -> Ask {
    let id = super::ask_id(round.number, RoundType::Synthesis, seat);
    let (drafts, mut reads) = quoted_drafts(session, round, &id, labels::order_of(round, seat));
    let mask = Mask::of(session);
    let common = (goal(session), constraints(session));
    let voted = super::best(session).and_then(|(ask, _)| session.turns.get(&ask));
    let user = match voted {
        None => {
            let said = critiques(session, round, seat, &mask);
            reads.extend(critique_turns(session));
            let critiques = fenced(session, &id, "What critics say", &said);
            filled(
                template!("synthesis"),
                &[("goal", common.0), ("constraints", &common.1), ("drafts", &drafts), ("critiques", &critiques)],
            )
        }
        Some(best) => {
            reads.push(best.ask.clone());
            let version = fenced(session, &id, "The shared answer", &mask.apply(answer_of(best)));
            let (said, voters) = concerns(session, &mask);
            reads.extend(voters);
            let concerns = fenced(session, &id, "Concerns", &said);
            filled(
                template!("resynthesis"),
                &[
                    ("goal", common.0),
                    ("constraints", &common.1),
                    ("drafts", &drafts),
                    ("version", &version),
                    ("concerns", &concerns),
                ],
            )
        }
    };
    build(session, id, user, Output::Text, reads)
}

fn vote(session: &ForgeSession, round: &Round, seat: Seat) -> Option<Ask> {
    let id = super::ask_id(round.number, RoundType::Convergence, seat);
    let turn = version(session)?;
    let text = fenced(session, &id, "The shared answer", &Mask::of(session).apply(answer_of(turn)));
    let user = filled(
        template!("convergence"),
        &[
            ("goal", goal(session)),
            ("constraints", &constraints(session)),
            ("version", &text),
            ("example", VOTE_EXAMPLE),
        ],
    );
    Some(build(session, id, user, Output::Json { name: "vote", schema: vote_schema() }, vec![turn.ask.clone()]))
}

/// The ask to mend an unreadable answer. Members name themselves in what they write: even to its own
/// author the text comes back masked, so that no prompt of a blind round holds an identity.
pub(super) fn repair(session: &ForgeSession, ask: &Ask, text: &str, missing: &str) -> Prompt {
    let shape = match &ask.output {
        Output::Json { schema, .. } => serde_json::to_string_pretty(schema).unwrap_or_default(),
        Output::Text => String::new(),
    };
    let quoted = fenced(session, &ask.id, "Your answer", &Mask::of(session).apply(text));
    let mended = filled(template!("repair"), &[("missing", missing), ("answer", &quoted), ("shape", &shape)]);
    // The question stands before it: whoever mends should know what was asked.
    Prompt { system: ask.prompt.system.clone(), user: format!("{}\n\n---\n\n{mended}", ask.prompt.user) }
}

// --- parts ----------------------------------------------------------------------------------------

fn build(session: &ForgeSession, id: AskId, user: String, output: Output, reads: Vec<AskId>) -> Ask {
    let members = session.participants.len().to_string();
    let persona = session.participant(id.seat).and_then(|p| p.persona.as_deref());
    let persona = persona.map_or_else(String::new, |text| filled(template!("persona"), &[("text", text)]));
    let system =
        filled(template!("system"), &[("members", &members), ("fence", &mark(session, &id)), ("persona", &persona)]);
    let prompt = Prompt { system: system.trim().to_owned(), user: user.trim().to_owned() };
    Ask { id, addressee: Addressee::Model, prompt, output, reads }
}

/// The templates are embedded and every one is rendered by a test, so filling cannot fail; if an edited
/// template should all the same, the member sees what is wrong with it.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    render(template, values).unwrap_or_else(|error| format!("{template}\n\n(This prompt is broken: {error}.)"))
}

fn goal(session: &ForgeSession) -> &str {
    session.topic.goal.trim()
}

fn constraints(session: &ForgeSession) -> String {
    let list: Vec<String> = session.topic.constraints.iter().map(|c| format!("- {c}")).collect();
    if list.is_empty() { String::new() } else { filled(template!("constraints"), &[("list", &list.join("\n"))]) }
}

/// The drafts by label in a reader's order, quoted and masked; and which turns they are.
fn quoted_drafts(session: &ForgeSession, round: &Round, id: &AskId, order: &[String]) -> (String, Vec<AskId>) {
    let mask = Mask::of(session);
    let mut text = String::new();
    let mut reads = Vec::new();
    for label in order {
        let Some(ask) = round.labels.iter().find(|l| l.label == *label).map(|l| &l.ask) else { continue };
        let draft = session.turns.get(ask).and_then(Turn::text).unwrap_or_default();
        text += &fenced(session, id, &format!("Draft {label}"), &mask.apply(draft));
        text.push('\n');
        reads.push(ask.clone());
    }
    (text, reads)
}

/// What the critics said about each draft, without who said it.
fn critiques(session: &ForgeSession, round: &Round, seat: Seat, mask: &Mask) -> String {
    let mut out = String::new();
    for label in labels::order_of(round, seat) {
        let draft = round.labels.iter().find(|l| l.label == *label).and_then(|l| session.turns.get(&l.ask));
        let Some(draft) = draft else { continue };
        let scores = rank::scores(session, draft);
        let mean = rank::mean(session, draft);
        if mean.count == 0 {
            out += &format!("Draft {label}: nobody scored it.\n");
            continue;
        }
        out += &format!("Draft {label}: mean score {} of 100, by {} members.\n", mean.sum / mean.count, mean.count);
        for (what, list) in [
            ("strength", scores.iter().flat_map(|s| &s.strengths).collect::<Vec<_>>()),
            ("weakness", scores.iter().flat_map(|s| &s.weaknesses).collect()),
            ("suggestion", scores.iter().flat_map(|s| &s.suggestions).collect()),
        ] {
            for text in list {
                out += &format!("- {what}: {}\n", mask.apply(text));
            }
        }
    }
    if out.is_empty() { "There was no critique.".to_owned() } else { out }
}

fn critique_turns(session: &ForgeSession) -> Vec<AskId> {
    let round = session.last_complete(RoundType::Critique).map_or(0, |r| r.number);
    session.turns_of(round).filter(|t| t.complete().is_some()).map(|t| t.ask.clone()).collect()
}

/// What the last vote held against the shared answer, without who said it; and whose turns say so.
fn concerns(session: &ForgeSession, mask: &Mask) -> (String, Vec<AskId>) {
    let round = session.last_complete(RoundType::Convergence).map_or(0, |r| r.number);
    let mut out = String::new();
    let mut voters = Vec::new();
    for turn in session.turns_of(round) {
        let Some(Answer::Vote(vote)) = turn.answer() else { continue };
        voters.push(turn.ask.clone());
        if !vote.agree && !vote.reasoning.is_empty() {
            out += &format!("- A member disagrees: {}\n", mask.apply(&vote.reasoning));
        }
        for concern in &vote.concerns {
            out += &format!("- {}\n", mask.apply(concern));
        }
    }
    if out.is_empty() { ("No reason was given.".to_owned(), voters) } else { (out, voters) }
}

/// The part of a turn that answers the goal.
fn answer_of(turn: &Turn) -> &str {
    match turn.answer() {
        Some(Answer::Synthesis { answer, .. }) => answer,
        Some(Answer::Draft | Answer::Critique { .. } | Answer::Vote(_) | Answer::Abstained { .. }) | None => {
            turn.text().unwrap_or_default()
        }
    }
}

/// A mark that what is quoted cannot know: drawn for this ask alone.
fn mark(session: &ForgeSession, id: &AskId) -> String {
    format!("{:012x}", Chance::new(session.seed, "fence", &id.to_string()).draw() >> 16)
}

fn fenced(session: &ForgeSession, id: &AskId, title: &str, text: &str) -> String {
    let mark = mark(session, id);
    format!("--- {title} begins, {mark} ---\n{}\n--- {title} ends, {mark} ---\n", text.trim())
}

// --- shapes ---------------------------------------------------------------------------------------

const CRITIQUE_EXAMPLE: &str =
    r#"{"scores": [{"label": "A", "score": 0, "strengths": ["…"], "weaknesses": ["…"], "suggestions": ["…"]}]}"#;

const VOTE_EXAMPLE: &str = r#"{"agree": true or false, "reasoning": "why, in two or three sentences", "concerns": ["what is still wrong or missing; leave the list empty if nothing is"]}"#;

fn critique_schema() -> Value {
    let list = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "type": "object",
        "properties": {"scores": {"type": "array", "items": {
            "type": "object",
            "properties": {
                "label": {"type": "string"},
                "score": {"type": "integer"},
                "strengths": list, "weaknesses": list, "suggestions": list,
            },
            "required": ["label", "score", "strengths", "weaknesses", "suggestions"],
            "additionalProperties": false,
        }}},
        "required": ["scores"],
        "additionalProperties": false,
    })
}

fn vote_schema() -> Value {
    json!({
        "type": "object",
        "properties": {
            "agree": {"type": "boolean"},
            "reasoning": {"type": "string"},
            "concerns": {"type": "array", "items": {"type": "string"}},
        },
        "required": ["agree", "reasoning", "concerns"],
        "additionalProperties": false,
    })
}
