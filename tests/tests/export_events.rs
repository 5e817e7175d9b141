//! `docs/events.md` says what is so: every event with its fields and an example, compared with the code.

#![allow(clippy::unwrap_used)] // A test may.

use std::collections::BTreeSet;

use serde_json::Value;
use tachikoma_forge::session::{ControlAction, EndReason, Envelope, Reading};
use tachikoma_forge::types::{ErrorKind, RoundType};
use tachikoma_tests::examples;

const DOCS: &str = include_str!("../../docs/events.md");

/// The text of a section: from its heading to the next of any level.
fn section(heading: &str) -> Option<&'static str> {
    let start = DOCS.find(&format!("\n{heading}\n"))? + heading.len() + 2;
    let rest = &DOCS[start..];
    Some(rest.find("\n#").map_or(rest, |end| &rest[..end]))
}

/// The JSON examples of a section.
fn blocks(section: &str) -> Vec<&str> {
    section.split("```json\n").skip(1).filter_map(|rest| rest.split("\n```").next()).collect()
}

/// Writes the examples into their places: `cargo test -p tachikoma-tests --test export_events -- --ignored`.
#[test]
#[ignore = "it writes"]
fn write_the_examples() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/events.md");
    let mut docs = std::fs::read_to_string(path).unwrap();
    let mut put = |heading: &str, blocks: Vec<String>| {
        let start = docs.find(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{heading}")) + heading.len() + 2;
        let end = docs[start..].find("\n#").map_or(docs.len(), |e| start + e);
        let mut parts: Vec<String> = docs[start..end].split("```json\n").map(str::to_owned).collect();
        assert_eq!(parts.len() - 1, blocks.len(), "{heading}");
        for (part, block) in parts.iter_mut().skip(1).zip(blocks) {
            let rest = part.split_once("```").unwrap().1.to_owned();
            *part = format!("{block}\n```{rest}");
        }
        docs.replace_range(start..end, &parts.join("```json\n"));
    };
    for event in examples::events() {
        put(&format!("### {}", examples::name(&event)), vec![serde_json::to_string_pretty(&event).unwrap()]);
    }
    let envelope = examples::envelope(1, examples::events().swap_remove(19));
    put("## The envelope", vec![serde_json::to_string_pretty(&envelope).unwrap()]);
    put("### An answer", examples::answers().iter().map(|a| serde_json::to_string_pretty(a).unwrap()).collect());
    put("### A control", examples::controls().iter().map(|a| serde_json::to_string(a).unwrap()).collect());
    std::fs::write(path, docs).unwrap();
}

#[test]
fn the_examples_are_one_of_each() {
    let names: Vec<&str> = examples::events().iter().map(examples::name).collect();
    assert_eq!(names, examples::NAMES);
}

#[test]
fn every_event_is_documented_as_it_is_written() {
    for (seq, event) in (1..).zip(examples::events()) {
        let name = examples::name(&event);
        let envelope = examples::envelope(seq, event);
        let written = serde_json::to_string_pretty(&envelope.event).unwrap();
        let section = section(&format!("### {name}"))
            .unwrap_or_else(|| panic!("docs/events.md has no section \"### {name}\"; its example is\n{written}"));
        assert_eq!(blocks(section), [written.as_str()], "the example of {name} in docs/events.md is stale");
        let value: Value = serde_json::from_str(&written).unwrap();
        let fields: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        let documented: BTreeSet<&str> =
            section.lines().filter_map(|l| l.strip_prefix("| `")?.split('`').next()).chain(["type"]).collect();
        assert_eq!(documented, fields, "the table of {name} in docs/events.md lists other fields than there are");
        let read: Envelope = serde_json::from_str(&serde_json::to_string(&envelope).unwrap()).unwrap();
        assert_eq!(read, envelope);
    }
}

#[test]
fn the_envelope_is_documented_and_no_event_is_invented() {
    let envelope = examples::envelope(1, examples::events().swap_remove(19));
    let section = section("## The envelope").unwrap();
    assert_eq!(blocks(section), [serde_json::to_string_pretty(&envelope).unwrap()]);
    let documented: BTreeSet<&str> = DOCS.lines().filter_map(|l| l.strip_prefix("### ")).collect();
    let parts = ["An answer", "What follows a failure", "A control", "An error", "Values"];
    let known: BTreeSet<&str> = examples::NAMES.into_iter().chain(parts).collect();
    assert_eq!(documented, known);
}

#[test]
fn every_answer_and_next_step_is_documented() {
    let answers: Vec<String> = examples::answers().iter().map(|a| serde_json::to_string_pretty(a).unwrap()).collect();
    assert_eq!(blocks(section("### An answer").unwrap()), answers);
    let steps: Vec<String> = examples::next_steps().iter().map(|s| serde_json::to_string(s).unwrap()).collect();
    assert_eq!(blocks(section("### What follows a failure").unwrap()), steps);
    let controls: Vec<String> = examples::controls().iter().map(|c| serde_json::to_string(c).unwrap()).collect();
    for control in examples::controls() {
        let written = serde_json::to_string(&control).unwrap();
        assert_eq!(serde_json::from_str::<ControlAction>(&written).unwrap(), control);
    }
    assert_eq!(blocks(section("### A control").unwrap()), controls);
}

#[test]
fn every_field_and_value_is_explained() {
    let mut keys = BTreeSet::new();
    for event in examples::events() {
        collect(&serde_json::to_value(event).unwrap(), &mut keys);
    }
    for answer in examples::answers() {
        collect(&serde_json::to_value(answer).unwrap(), &mut keys);
    }
    // A model's name is no field.
    let fields = keys.iter().filter(|key| !key.contains('/'));
    let missing: Vec<&String> = fields.filter(|key| !DOCS.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "docs/events.md does not explain {missing:?}");

    let values = section("### Values").unwrap();
    let errors = section("### An error").unwrap();
    for kind in ErrorKind::ALL {
        assert!(errors.contains(&format!("`{}`", kind.name())), "docs/events.md does not list {}", kind.name());
    }
    for round_type in RoundType::ALL {
        assert!(values.contains(&format!("`{}`", round_type.name())), "{round_type}");
    }
    let written = |value: Value| value.as_str().unwrap_or_default().to_owned();
    use EndReason::{Budget, Concluded, Converged, Failed, NotConverged, Partial, Stopped};
    for reason in [Converged, Concluded, NotConverged, Partial, Budget, Failed, Stopped] {
        let name = written(serde_json::to_value(reason).unwrap());
        assert!(values.contains(&format!("`{name}`")), "{name}");
    }
    use Reading::{Json, Person, Repaired, Text, Tolerant, Unreadable};
    for reading in [Text, Json, Tolerant, Repaired, Unreadable, Person] {
        let name = written(serde_json::to_value(reading).unwrap());
        assert!(values.contains(&format!("`{name}`")), "{name}");
    }
}

fn collect(value: &Value, keys: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, inner) in map {
                keys.insert(key.clone());
                collect(inner, keys);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, keys)),
        _ => {}
    }
}
