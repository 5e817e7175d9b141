//! The shapes of structured answers.
//!
//! For strict modes: every property required, none besides. No bounds on numbers: some providers refuse a schema that
//! has them, and reading checks them anyway. Keys are sent in alphabetical order, and answers follow it: the names are
//! chosen so that what is weighed comes before the verdict that it leads to.

use serde_json::{Map, Value, json};

/// An object that has to have these properties, and no others.
fn object(properties: &[(&str, Value)]) -> Value {
    let names: Vec<&str> = properties.iter().map(|(name, _)| *name).collect();
    let properties: Map<String, Value> =
        properties.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false})
}

fn list(items: &Value, what: &str) -> Value {
    json!({"type": "array", "items": items, "description": what})
}

fn text(what: &str) -> Value {
    json!({"type": "string", "description": what})
}

fn texts(what: &str) -> Value {
    list(&json!({"type": "string"}), what)
}

pub(super) fn critique(labels: &[String]) -> Value {
    let score = object(&[
        ("label", json!({"type": "string", "enum": labels})),
        ("score", json!({"type": "integer", "description": "from 0 to 100"})),
        ("strengths", texts("what is right and useful")),
        ("weaknesses", texts("what is wrong, missing or unsupported, worst first")),
        ("suggestions", texts("what would mend it")),
    ]);
    object(&[("scores", list(&score, "one entry per draft"))])
}

pub(super) fn ranking(labels: &[String]) -> Value {
    let label = json!({"type": "string", "enum": labels});
    object(&[
        ("analysis", text("what decides where each draft stands")),
        ("ranking", list(&label, "every label once, the best first")),
    ])
}

pub(super) fn rebuttal() -> Value {
    object(&[
        ("analysis", text("what you weighed, and why you switch or stay")),
        ("moved_by", text("the label of the draft that moved you; empty without a switch")),
        ("position", text("your whole position, restated, in Markdown")),
        ("quote", text("its words that moved you, letter by letter; empty without a switch")),
        ("switched", json!({"type": "boolean", "description": "whether it is another position than before"})),
    ])
}

pub(super) fn attack() -> Value {
    let objection = object(&[
        ("blocking", json!({"type": "boolean", "description": "whether the proposal cannot stand without an answer"})),
        ("text", text("what breaks, under which circumstances, and with which consequence")),
    ]);
    object(&[
        ("analysis", text("what you tried in order to break it")),
        ("objections", list(&objection, "the worst first; empty when nothing breaks it")),
    ])
}

pub(super) fn ballot() -> Value {
    object(&[
        ("analysis", text("what decides it, before the answer")),
        ("answer", text("the answer alone, as short as the question allows")),
        ("confidence", json!({"type": "integer", "description": "how sure you are, from 0 to 100"})),
    ])
}

pub(super) fn vote() -> Value {
    let stance = object(&[
        ("claim", json!({"type": "integer", "description": "its number"})),
        ("stance", json!({"type": "string", "enum": ["agree", "disagree", "unsure"]})),
    ]);
    object(&[
        ("blocking", texts("what has to be mended before it can stand, worst first")),
        ("claims", list(&stance, "one entry per numbered claim")),
        ("concerns", texts("what is wrong and does not block")),
        (
            "moved_by",
            text("the words of the answer that moved you from your earlier vote, letter by letter; else empty"),
        ),
        ("reasoning", text("what decides the vote")),
        ("vote", json!({"type": "string", "enum": ["agree", "disagree"]})),
    ])
}
