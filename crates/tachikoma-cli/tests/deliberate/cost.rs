//! What is paid: the estimate, the sum, the cap, prices of one's own, and the figures of past runs.

use tachikoma_forge::session::{EndReason, ForgeSession};
use tachikoma_forge::types::Nanos;

use super::*;

/// Members of a vendor whose prices are known, at the scripted server.
fn priced(server: &Server) -> Vec<String> {
    let url = server.url();
    ["gpt-4.1", "gpt-4o-mini"].iter().flat_map(|model| ["-m".to_owned(), format!("openai/{model}@{url}")]).collect()
}

fn session(ran: &Ran) -> ForgeSession {
    ForgeSession::fold(&ran.events()).unwrap()
}

#[test]
fn the_cost_is_told_before_while_and_after() {
    let (_runtime, server) = server();
    let members = priced(&server);
    let arguments = [&["deliberate", GOAL, "--format", "ndjson"], strs(&members).as_slice()].concat();
    let ran = run(&arguments).expect(0);
    let spent = session(&ran).spending();
    assert!(spent.cost > Nanos::ZERO && spent.unknown == 0 && !spent.free, "{spent:?}");
    for words in ["Expected: 7 to 16 calls", "about $0.", "so far: $0.", &format!("Spent: {}; ", spent.cost)] {
        assert!(ran.said.contains(words), "{words:?} is missing in {}", ran.said);
    }
    assert!(ran.out.contains(r#""prices":{"openai/gpt-4.1":"#), "the prices stay with the session");

    let quiet = run(&[arguments.as_slice(), &["--quiet"]].concat()).expect(0);
    assert_eq!(quiet.said, "");
    let demo = demo(&[GOAL]).expect(0);
    assert!(demo.said.contains("nothing is charged") && demo.said.contains("Spent: $0, "), "{}", demo.said);
    let unknown = run(&[&["deliberate", GOAL][..], &strs(&self::members(&server, &["steady", "fast"]))].concat());
    // A server on this machine is nobody's bill.
    assert!(unknown.expect(0).said.contains("Spent: $0, nothing is charged"));
}

#[test]
fn a_cap_ends_it_with_what_there_is() {
    let (_runtime, server) = server();
    let members = priced(&server);
    let capped =
        |cap: &[&str]| run(&[&["deliberate", GOAL, "--format", "ndjson"], strs(&members).as_slice(), cap].concat());
    // Not one call fits: nothing goes out.
    let none = capped(&["--max-cost", "0.0001"]).expect(4);
    assert_eq!(server.log().entries().len(), 0);
    assert!(none.out.contains("The cap of $0.0001 is reached: $0 is spent, and the next call could cost up to $0."));

    // Two drafts at a time do, with the answers kept short; all of it does not.
    let some = capped(&["--max-tokens-total", "5500", "--answer-tokens", "1500"]).expect(4);
    let session = session(&some);
    let end = some.events().into_iter().find_map(|e| match e.event {
        Event::SessionEnded { reason, answer, .. } => Some((reason, answer.is_some())),
        _ => None,
    });
    assert_eq!(end, Some((EndReason::Budget, true)), "{}", some.said);
    assert!(session.committed().tokens <= 5_500 && !server.log().entries().is_empty());

    // One that is never met changes nothing.
    capped(&["--max-cost", "5", "--max-tokens", "1000000"]).expect(0);
}

#[test]
fn a_cap_on_money_needs_prices_and_prices_can_be_said() {
    let (_runtime, server) = server();
    let url = server.url();
    let models = [format!("openai/steady@{url}"), format!("openai/fast@{url}")];
    let arguments = ["deliberate", GOAL, "-m", &models[0], "-m", &models[1], "--max-cost", "2"];
    // At home it costs nothing; elsewhere nobody knows, and nothing is sent there.
    run(&arguments).expect(0);
    let far = ["steady", "fast"].map(|model| format!("openai-compatible/{model}@https://gpu.example"));
    let refused = run(&["deliberate", GOAL, "-m", &far[0], "-m", &far[1], "--max-cost", "2"]).expect(2);
    for words in ["openai-compatible/steady", "--max-tokens-total", "--prices"] {
        assert!(refused.said.contains(words), "{words} is missing in {}", refused.said);
    }
    let folder = folder("prices");
    let own = folder.join("prices.json");
    let table = r#"{"format":"tachikoma-forge/prices","version":1,"providers":{"openai":[
        {"names":["steady","fast"],"rates":{"in":1000000,"out":2000000}}]}}"#;
    std::fs::write(&own, table).unwrap();
    let ran = run(&[&arguments[..], &["--prices", utf8(&own)]].concat()).expect(0);
    assert!(ran.said.contains("Spent: $0."), "{}", ran.said);

    std::fs::write(&own, "{}").unwrap();
    let broken = run(&[&arguments[..], &["--prices", utf8(&own)]].concat()).expect(2);
    assert!(broken.said.contains("This is no table of prices"), "{}", broken.said);
    for wrong in [["--max-cost", "much"], ["--max-cost", "0"], ["--max-tokens-total", "0"]] {
        run(&[&["deliberate", GOAL, "--demo"], &wrong[..]].concat()).expect(2);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn stats_tell_of_past_runs() {
    let (_runtime, server) = server();
    let folder = folder("stats");
    let stats = |arguments: &[&str]| {
        let mut command = tachikoma(&[&["stats"], arguments].concat());
        finish(command.env("XDG_DATA_HOME", &folder).spawn().unwrap()).expect(0).out
    };
    assert!(stats(&[]).starts_with("Nothing yet"));
    let journal = folder.join("s.ndjson");
    let members = priced(&server);
    let arguments = [&["deliberate", GOAL, "--quiet", "--session", utf8(&journal)], strs(&members).as_slice()].concat();
    finish(tachikoma(&arguments).env("XDG_DATA_HOME", &folder).spawn().unwrap()).expect(0);
    // The demo asks no model.
    let demo = ["deliberate", "--demo", "--demo-pace", "0", "--quiet", GOAL];
    finish(tachikoma(&demo).env("XDG_DATA_HOME", &folder).spawn().unwrap()).expect(0);

    let json: serde_json::Value = serde_json::from_str(&stats(&["--format", "json"])).unwrap();
    assert_eq!(json["sessions"], 1);
    let model = &json["models"]["openai/gpt-4.1"];
    assert!(model["calls"].as_u64().unwrap() >= 3 && model["health"] == "good", "{model}");
    assert!(model["first_token_ms"]["p95"].is_u64() && model["cost_nanodollars"].as_u64().unwrap() > 0, "{model}");
    assert_eq!(json["providers"]["openai"]["calls"].as_u64().unwrap(), {
        let calls = |name: &str| json["models"][name]["calls"].as_u64().unwrap();
        calls("openai/gpt-4.1") + calls("openai/gpt-4o-mini")
    });
    // The journal tells the same.
    let from_journal: serde_json::Value = serde_json::from_str(&stats(&["--format", "json", utf8(&journal)])).unwrap();
    assert_eq!(from_journal, json);
    let table = stats(&[]);
    assert!(table.contains("openai/gpt-4o-mini  good") && table.contains("tokens/s"), "{table}");
    std::fs::remove_dir_all(folder).unwrap();
}
