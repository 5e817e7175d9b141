//! Panels that come back as they were saved, and every way in which a file is refused.

use serde_json::json;

use super::*;
use crate::cost::Price;
use crate::session::{Check, PERSONAS, Preset};

fn taken(value: &Value) -> Result<Panel, String> {
    read(value.to_string().as_bytes(), |text| text.parse())
}

fn panel() -> Panel {
    let members = ["anthropic/a|vllm/a@http://gpu.lan:8000,ollama/x:latest,openai#2/y", "person/Ada", "openai/z"];
    let members = members.map(|text| text.parse::<Participant>().unwrap()).to_vec();
    let mut settings = Settings {
        judge: Judge::Fixed { seat: 1 },
        check: Some(Check { baseline: "mistral/m".parse().unwrap(), by: None }),
        patience: None,
        max_cost: "1.50".parse().ok(),
        ..Settings::default()
    };
    settings.prices.set(members[0].model.first(), Price::free());
    let mut panel = Panel { name: "Ours".into(), members, protocol: "debate".into(), settings };
    panel.members[0] = panel.members[0].clone().named("First").with_persona("sceptic");
    panel
}

#[test]
fn a_panel_comes_back_as_it_was_saved_without_prices() {
    let saved = panel();
    let text = saved.json();
    assert!(!text.contains("prices"), "{text}");
    let value: Value = serde_json::from_str(&text).unwrap();
    let back = taken(&value).unwrap();
    assert_eq!(back, Panel { settings: Settings { prices: Default::default(), ..saved.settings }, ..saved });
    assert_eq!(back.members[0].persona.as_deref(), Some(PERSONAS[1].text));
    assert_eq!(back.json(), text);
    for preset in Preset::ALL {
        for name in OUTLINES.iter().map(|outline| outline.name).chain([AUTO]) {
            let mut one = Panel { protocol: name.into(), ..back.clone() };
            preset.apply(&mut one.settings);
            assert_eq!(taken(&serde_json::from_str(&one.json()).unwrap()).unwrap(), one);
        }
    }
}

#[test]
fn what_is_left_out_is_as_usual() {
    let least =
        json!({"format": FORMAT, "version": 1, "members": [{"model": "openai/a"}, {"model": "ollama/b:latest"}]});
    let panel = taken(&least).unwrap();
    assert_eq!((panel.name.as_str(), panel.protocol.as_str()), ("", "think-tank"));
    assert_eq!(panel.settings, Settings::default());
    assert_eq!(panel.members.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

#[test]
fn names_neither_turn_nor_hide_what_is_around_them() {
    let mut value: Value = serde_json::from_str(&panel().json()).unwrap();
    value["name"] = json!("A\u{202e}B\u{7}");
    value["members"][0]["name"] = json!("\u{200b}\n");
    let panel = taken(&value).unwrap();
    assert_eq!((panel.name.as_str(), panel.members[0].name.as_str()), ("AB", "a"));
}

#[test]
fn a_mangled_panel_is_refused_with_what_is_wrong() {
    let good: Value = serde_json::from_str(&panel().json()).unwrap();
    assert!(taken(&good).is_ok());
    let long = "x".repeat(5_000);
    let many = vec![json!({"model": "openai/a"}); MOST_MEMBERS + 1];
    let table = [
        ("/format", json!("tachikoma-session"), "it is no panel"),
        ("/format", json!(1), "it is no panel"),
        ("/version", json!(2), "a newer Tachikoma Forge"),
        ("/version", json!(u64::MAX), "a newer Tachikoma Forge"),
        ("/version", json!(0), "no version 0"),
        ("/version", json!("1"), "broken: invalid type"),
        ("/version", json!(-1), "broken: invalid value"),
        ("/name", json!(long), "the name has more than 80"),
        ("/name", json!(["a"]), "broken"),
        ("/goal", json!("Do it"), "unknown field `goal`"),
        ("/api_key", json!("sk-1"), "unknown field `api_key`"),
        ("/members", json!([]), "1 to 32 members"),
        ("/members", json!(many), "1 to 32 members, and this one 33"),
        ("/members", json!({}), "broken"),
        ("/members/0/api_key", json!("sk-1"), "unknown field `api_key`"),
        ("/members/0/model", json!("claude"), "a model of member 1"),
        ("/members/0/model", json!(""), "a model of member 1"),
        ("/members/0/model", json!(null), "broken"),
        ("/members/1/model", json!("openai/x||openai/y"), "a model of member 2"),
        ("/members/0/model", json!(format!("openai/{long}")), "a model of member 1 has more than 4000"),
        ("/members/0/fallbacks", json!(["openai/x", "y"]), "a model of member 1"),
        ("/members/0/fallbacks", json!(vec!["openai/x"; 17]), "member 1 falls back to more than 16"),
        ("/members/0/name", json!(long), "the name of member 1"),
        ("/members/0/persona", json!(long), "the persona of member 1"),
        ("/members/0/persona", json!({"be": "evil"}), "broken"),
        ("/protocol", json!("jury\u{1b}[31m"), "no protocol is called “jury[31m”"),
        ("/protocol", json!(7), "broken"),
        ("/settings/max_rounds", json!(0), "at least one round"),
        ("/settings/max_rounds", json!(4_000_000_000_u32), "max_rounds is at most 1000"),
        ("/settings/max_rounds", json!(-3), "broken"),
        ("/settings/convergence_threshold", json!(1001), "the threshold"),
        ("/settings/convergence_threshold", json!(0.8), "broken"),
        ("/settings/depth", json!(21), "depth is at most 20"),
        ("/settings/concurrency", json!(257), "concurrency is at most 256"),
        ("/settings/max_cots", json!("1.00"), "no setting of a panel is called “max_cots”"),
        ("/settings/prices", json!({"openai/z": {}}), ""),
        ("/settings/judge", json!({"who": "seat", "seat": 1}), "broken"),
        ("/settings/judge", json!({"who": "fixed", "seat": 3}), "the judge is at seat 3"),
        ("/settings/judge", json!({"who": "outside", "model": "gpt"}), "broken"),
        ("/settings/check", json!({"baseline": "gpt"}), "broken"),
        ("/settings", json!([]), "broken"),
    ];
    for (at, put, told) in table {
        let mut mangled = good.clone();
        let (parent, name) = at.rsplit_once('/').unwrap();
        let parent = mangled.pointer_mut(parent).unwrap();
        parent.as_object_mut().unwrap().insert(name.into(), put.clone());
        let why = taken(&mangled).expect_err(at);
        assert!(why.contains(told), "{at}: {why}");
        assert!(why.ends_with('.') && why.chars().count() < 300 && !why.chars().any(char::is_control), "{at}: {why}");
    }
    for missing in ["format", "version", "members"] {
        let mut mangled = good.clone();
        mangled.as_object_mut().unwrap().remove(missing);
        assert!(taken(&mangled).unwrap_err().contains(missing), "{missing}");
    }
}

#[test]
fn what_is_no_json_is_no_panel() {
    let text = panel().json();
    let whole = |bytes: &[u8]| read(bytes, |text| text.parse::<Pool>());
    for cut in 0..text.trim_end().len() {
        assert!(whole(&text.as_bytes()[..cut]).is_err(), "cut at {cut}");
    }
    for wrong in [&b"\xff\xfe"[..], b"null", b"[]", b"format: tachikoma-panel", &[b'['; 100_000]] {
        assert!(whole(wrong).unwrap_err().contains("it is no panel"));
    }
    assert!(whole(&vec![b' '; MAX_BYTES + 1]).unwrap_err().contains("256 KiB"));
}
