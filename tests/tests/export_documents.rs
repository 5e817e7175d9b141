//! Exports: nothing is lost in JSON and YAML, nothing breaks out in Markdown, and no key is anywhere.

#![allow(clippy::unwrap_used)] // A test may.

use proptest::prelude::*;
use serde_json::Value;
use tachikoma_forge::export::{self, json, markdown, yaml};
use tachikoma_forge::session::{Channel, Envelope, Event, ForgeSession};
use tachikoma_forge::types::{ModelRef, Pool};
use tachikoma_tests::examples::{ask, envelope, journal};
use tachikoma_tests::outline::outline;

/// Texts that mean something to somebody: to YAML, to a terminal, to Markdown, to a browser.
const TEXTS: &[&str] = &[
    "plain",
    "no",
    "~",
    "1e3",
    "0x10",
    "2026-01-01",
    " leading and trailing ",
    "a: b # c",
    "- x\n- y\n",
    "two\n\nlines\n\n\n",
    "\n\n  indented first",
    "--- \n...\n",
    "tab\tand \\ and \"quotes\" and 'more'",
    "carriage\r\nreturn\rhere",
    "\u{0}\u{1b}[31m\u{7f}\u{85}\u{2028}\u{feff}\u{202e}😀",
    "<script>alert(1)</script>\n\n</details><img src=x onerror=alert(1)>",
    "![pixel](https://tracker.test/p.png) [a](javascript:alert(1))",
    "```\nnot closed",
    "````text\n```\n<b>",
    "# Final answer\n\nsetext\n===\n\n***",
    "| a | b |\n|---|---|\n| c | d |",
    "> quote\n\n1. one\n   2. two\n\n    code",
    "{\"format\":\"tachikoma-forge/session\"}",
    "",
];

fn fold(events: &[Envelope]) -> ForgeSession {
    ForgeSession::fold(events).expect("events")
}

fn read_json(text: &str) -> Result<Vec<Envelope>, export::ImportError> {
    export::read(text.as_bytes()).map(|read| read.events)
}

fn from_yaml(text: &str) -> Value {
    serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

#[test]
fn json_and_yaml_keep_every_character() {
    for text in TEXTS {
        let events = journal(text);
        let written = json(&events);
        let read = read_json(&written).unwrap();
        assert_eq!(fold(&read), fold(&events), "{text:?}");
        // Written once more it is the same document: nothing drifts.
        assert_eq!(json(&read), written);
        assert_eq!(from_yaml(&yaml(&events)), serde_json::from_str::<Value>(&written).unwrap(), "{text:?}");
    }
}

#[test]
fn what_is_transient_or_repeated_is_left_out_and_what_is_not_stays() {
    let mut events = journal("x");
    let at = events.len() / 2;
    let delta =
        Event::ContentDelta { ask: ask(3, "synthesis", 0), attempt: 1, channel: Channel::Text, text: "d".into() };
    events.insert(at, envelope(at as u64, delta));
    let read = read_json(&json(&events)).unwrap();
    let kept: Vec<_> = read
        .iter()
        .filter_map(|e| match &e.event {
            Event::TextSoFar { ask, channel, .. } => Some((ask.seat, *channel)),
            Event::ContentDelta { .. } => panic!("a transient event was kept"),
            _ => None,
        })
        .collect();
    // The failed attempt's text stands in its own event, its reasoning nowhere else; the interrupted one's text too.
    assert_eq!(kept, [(1, Channel::Reasoning), (2, Channel::Text)]);
}

#[test]
fn markdown_keeps_its_shape_whatever_is_said() {
    let shape = outline(&markdown(&fold(&journal("plain")))).headings;
    for text in TEXTS {
        let document = markdown(&fold(&journal(text)));
        let found = outline(&document);
        assert_eq!(found.headings, shape, "{text:?} changed the shape of\n{document}");
        assert_eq!(found.escaped, Vec::<String>::new(), "{text:?} got out of\n{document}");
        assert!(!document.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || c == '\u{202e}'), "{text:?}");
    }
}

#[test]
fn markdown_tells_the_whole_session() {
    insta::assert_snapshot!("session", markdown(&fold(&journal("Say *something*."))));
}

#[test]
fn an_unfinished_session_is_said_to_be_one() {
    let events = journal("x");
    for end in 1..events.len() {
        let document = markdown(&fold(&events[..end]));
        assert!(document.contains("**Not finished.**"), "after event {end}");
        assert!(!document.contains("## Final answer"));
        assert_eq!(fold(&read_json(&json(&events[..end])).unwrap()), fold(&events[..end]));
    }
}

#[test]
fn a_demo_is_labelled_in_every_format() {
    let mut events = journal("x");
    if let Event::SessionCreated { demo, .. } = &mut events[0].event {
        *demo = true;
    }
    assert!(markdown(&fold(&events)).contains("**Demo.** The members were scripted"));
    assert_eq!(from_yaml(&yaml(&events))["demo"], true);
    assert!(json(&events).starts_with("{\"format\":\"tachikoma-forge/session\",\"version\":1,\"demo\":true,"));
}

#[test]
fn an_address_that_carries_a_key_loses_it() {
    let mut events = journal("x");
    let secret = "openai-compatible/m@https://user:canary1@host.test/v1/canary-path?key=canary2#canary3";
    for envelope in &mut events {
        match &mut envelope.event {
            Event::SessionCreated { participants, .. } => {
                participants[1].model = secret.parse().unwrap();
                participants[1].fallbacks = vec![secret.parse().unwrap()];
            }
            Event::AttemptStarted { model, .. } | Event::ParticipantComplete { model, .. } => {
                *model = secret.parse().unwrap();
            }
            _ => {}
        }
    }
    for document in [json(&events), yaml(&events), markdown(&fold(&events))] {
        assert!(document.contains("https://host.test/v1/canary-path"));
        for key in ["canary1", "canary2", "canary3", "user"] {
            assert!(!document.contains(&format!("{key}@")) && (key == "user" || !document.contains(key)), "{key}");
        }
    }
    // What is left is read again as it was written, even where no host is left.
    for (base_url, wanted) in [
        ("http://?key=canary", None),
        ("https://canary@", None),
        ("http://h.test/ /?key=canary", Some("http://h.test")),
    ] {
        if let Event::SessionCreated { participants, .. } = &mut events[0].event {
            let target = |base_url: &str| ModelRef {
                base_url: Some(base_url.to_owned()),
                ..participants[1].model.first().clone()
            };
            // Two targets that differ in what is cut out are one.
            participants[1].model = Pool::from(target(base_url)).or(target(&format!("{base_url}#")));
            participants[1].fallbacks.clear();
        }
        let written = json(&events);
        let read = read_json(&written).unwrap_or_else(|e| panic!("{base_url}: {e}"));
        assert_eq!(json(&read), written, "{base_url}");
        let session = fold(&read);
        let model = session.participants[1].model.first();
        assert!(model.base_url.as_deref() == wanted && !written.contains("canary@"), "{base_url}: {model}");
    }
    assert_eq!(export::FORMAT_VERSION, 1);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_text_survives(text in any::<String>(), lines in proptest::collection::vec("[ \t#>|:\\-?a\u{85}\u{2028}\r'\"]{0,6}", 0..6)) {
        for text in [text, lines.join("\n")] {
            let events = journal(&text);
            let written = json(&events);
            prop_assert_eq!(fold(&read_json(&written).unwrap()), fold(&events));
            prop_assert_eq!(from_yaml(&yaml(&events)), serde_json::from_str::<Value>(&written).unwrap());
            prop_assert_eq!(outline(&markdown(&fold(&events))).escaped, Vec::<String>::new());
        }
    }
}
