//! What is chosen before it starts: presets, saved panels, personas.

use serde_json::{Value, json};
use tachikoma_forge::session::{Judge, PERSONAS, Participant, Settings};

use super::keys::{ELSEWHERE, through};
use super::*;

/// What a session began with.
fn began(ran: &Ran) -> (Vec<Participant>, Settings, String) {
    let first = ran.events().into_iter().next().unwrap().event;
    match first {
        Event::SessionCreated { participants, settings, protocol, .. } => (participants, settings, protocol),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_preset_sets_the_rules_and_a_limit_that_is_given_goes_before_it() {
    let with = |more: &[&str]| demo(&[&[GOAL, "--format", "ndjson"], more].concat());
    let quick = with(&["--preset", "quick"]).expect(0);
    assert!(quick.said.contains("Expected: 10 calls"), "{}", quick.said);
    let settings = began(&quick).1;
    assert_eq!((settings.max_rounds, settings.convergence_threshold, settings.max_tokens), (4, 650, Some(4096)));
    let mixed = began(&with(&["--preset", "Quick", "--rounds", "6", "--depth", "2", "--answer-tokens", "900"])).1;
    assert_eq!((mixed.max_rounds, mixed.depth, mixed.max_tokens), (6, Some(2), Some(900)));
    assert_eq!(mixed.convergence_threshold, 650);
    let thorough = with(&["--preset", "thorough"]);
    assert!(thorough.said.contains("Expected: 10 to 34 calls"), "{}", thorough.said);
    assert!(demo(&[GOAL, "--preset", "hasty"]).expect(2).said.contains("quick, balanced, thorough"));
    let help = run(&["deliberate", "--help"]).expect(0).out;
    for name in ["--preset", "quick", "balanced", "thorough", "--panel", "--save-panel", "--persona"] {
        assert!(help.contains(name), "{name}");
    }
}

#[test]
fn a_panel_is_saved_and_deliberates_again_as_it_did() {
    let (_runtime, server) = server();
    let folder = folder("panels");
    let (file, again) = (folder.join("ours.json"), folder.join("again.json"));
    let members = members(&server, &["fast", "steady"]);
    let chosen = ["--protocol", "council", "--judge", "seat:2", "--preset", "quick", "--persona", "2=Sceptic"];
    let save = ["--save-panel", utf8(&file), "--format", "ndjson"];
    let first = run(&[&["deliberate", GOAL], strs(&members).as_slice(), &chosen, &save].concat()).expect(0);
    assert!(first.said.contains("The panel is saved to "), "{}", first.said);
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(!text.contains(GOAL) && text.contains("\"name\": \"ours\""), "{text}");

    let take = ["deliberate", GOAL, "--panel", utf8(&file), "--format", "ndjson"];
    let second = run(&[take.as_slice(), &["--save-panel", utf8(&again)]].concat()).expect(0);
    assert_eq!(began(&second), began(&first));
    let (participants, settings, protocol) = began(&second);
    assert_eq!(participants[1].persona.as_deref(), Some(PERSONAS[1].text));
    assert_eq!((settings.judge, protocol.as_str()), (Judge::Fixed { seat: 1 }, "council"));
    assert_eq!(std::fs::read_to_string(&again).unwrap().replace("\"again\"", "\"ours\""), text);

    // What is given goes before what is saved; a follow-up takes a panel too.
    let other = run(&[take.as_slice(), &["--protocol", "mixture", "--threshold", "1", "--judge", "rotating"]].concat());
    let (_, settings, protocol) = began(&other.expect(0));
    assert_eq!((settings.judge, protocol.as_str(), settings.convergence_threshold), (Judge::Rotating, "mixture", 1000));
    let session = folder.join("session.ndjson");
    run(&[&["deliberate", GOAL, "--session", utf8(&session)], strs(&members).as_slice()].concat()).expect(0);
    let follow = ["follow-up", utf8(&session), "And on Mondays?", "--panel", utf8(&file), "--format", "ndjson"];
    assert_eq!(began(&run(&follow).expect(0)).2, "council");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_panel_that_makes_no_sense_is_refused_before_anything_is_sent() {
    let (_runtime, server) = server();
    let folder = folder("wrong-panels");
    let file = folder.join("panel.json");
    let url = server.url();
    let good = json!({
        "format": "tachikoma-panel",
        "version": 1,
        "members": [{"model": format!("vllm/fast@{url}")}, {"model": format!("vllm/steady@{url}")}],
    });
    let with = |text: &str, more: &[&str]| {
        std::fs::write(&file, text).unwrap();
        run(&[&["deliberate", GOAL, "--panel", utf8(&file)], more].concat())
    };
    let put = |at: &str, value: Value| {
        let mut mangled = good.clone();
        mangled[at] = value;
        mangled.to_string()
    };
    let long = " ".repeat(300 * 1024);
    let table: [(&str, &[&str], &str); 8] = [
        ("", &[], "it is no panel"),
        ("{}", &[], "it is no panel"),
        (&long, &[], "256 KiB"),
        (&put("version", json!(9)), &[], "newer"),
        (&put("key", json!("sk-1")), &[], "unknown field `key`"),
        (&put("members", json!([{"model": "nobody/x"}, {"model": "nobody/y"}])), &[], "nobody"),
        (&good.to_string(), &["-m", "ollama/x"], "cannot be used with"),
        (&good.to_string(), &["--persona", "3=Sceptic"], "1 to 2"),
    ];
    for (text, more, told) in table {
        let ran = with(text, more).expect(2);
        assert!(ran.said.contains(told) && ran.out.is_empty(), "{told}: {}", ran.said);
    }
    let missing = folder.join("missing.json");
    assert!(
        run(&["deliberate", GOAL, "--panel", utf8(&missing)]).expect(2).said.contains("missing.json cannot be taken")
    );
    assert_eq!(server.log().entries().len(), 0, "nothing is sent for what makes no sense");

    let session = folder.join("session.ndjson");
    with(&good.to_string(), &["--session", utf8(&session)]).expect(0);
    for option in [["--panel", utf8(&file)], ["--preset", "quick"], ["--persona", "1=Sceptic"]] {
        let ran = run(&[&["deliberate", "--session", utf8(&session)], option.as_slice()].concat()).expect(2);
        assert!(ran.said.contains("goes on"), "{option:?}: {}", ran.said);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_address_in_a_panel_gets_no_key_unasked() {
    let (_runtime, server) = server();
    let folder = folder("key-panels");
    let file = folder.join("panel.json");
    let member = json!({"model": format!("openai/fast@{ELSEWHERE}")});
    let panel = json!({"format": "tachikoma-panel", "version": 1, "members": [member, member]});
    std::fs::write(&file, panel.to_string()).unwrap();
    let deliberate = ["deliberate", GOAL, "--panel", utf8(&file)];
    let key = [("OPENAI_API_KEY", "canary")];
    let (ran, sent) = through(&server, &key, &deliberate);
    assert!(sent.is_empty() && ran.expect(3).said.contains("--key-for"));
    let (ran, sent) = through(&server, &key, &[deliberate.as_slice(), &["--key-for", ELSEWHERE]].concat());
    ran.expect(0);
    assert!(!sent.is_empty() && sent.into_iter().all(|with_key| with_key));
    std::fs::remove_dir_all(folder).unwrap();
}
