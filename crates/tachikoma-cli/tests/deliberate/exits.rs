//! Exit codes, and what is said about them.

use super::*;

fn says(ran: &Ran, words: &[&str]) {
    assert!(ran.said.contains("error: "), "no error: {}", ran.said);
    for word in words {
        assert!(ran.said.contains(word), "{word:?} is missing in {}", ran.said);
    }
}

#[test]
fn usage_errors_say_what_to_write() {
    let (_runtime, server) = server();
    let one = members(&server, &["fast"]);
    let table: [(&[&str], &[&str]); 12] = [
        (&[GOAL], &["-m ", "--demo", "tachikoma deliberate"]),
        (&[GOAL, "-m", "nobody/x", "-m", "nobody/y"], &["nobody", "anthropic", "openai-compatible", "ollama", "demo"]),
        (&[GOAL, "-m", "claude"], &["provider/model"]),
        (&[GOAL, "-m", "demo/nobody", "-m", "demo/ada"], &["nobody", "turing"]),
        (&[GOAL, "-m", "openai-compatible/x", "-m", "demo/ada"], &["base URL", "@http://"]),
        (&[GOAL, one[0].as_str(), one[1].as_str()], &["at least two"]),
        (&["--demo"], &["goal"]),
        (&["  ", "--demo"], &["goal"]),
        (&[GOAL, "--demo", "--threshold", "1.5"], &["0.8"]),
        (&[GOAL, "--demo", "--rounds", "0"], &["--rounds"]),
        (&[GOAL, "--demo", "--format", "html"], &["ndjson"]),
        (&[GOAL, "--demo", "-o", "/nowhere/at/all/x.md"], &["/nowhere/at/all/x.md"]),
    ];
    for (arguments, words) in table {
        let ran = run(&[&["deliberate"], arguments].concat()).expect(2);
        says(&ran, words);
        assert_eq!(ran.out, "", "{arguments:?}");
    }
    assert_eq!(server.log().entries().len(), 0, "nothing is spent on a mistake");
    run(&["--help"]).expect(0);
}

#[test]
fn a_mistake_leaves_no_files() {
    let folder = folder("mistake");
    let (journal, output) = (folder.join("s.ndjson"), folder.join("o.md"));
    let files = ["--session", utf8(&journal), "-o", utf8(&output)];
    run(&[&["deliberate", GOAL, "-m", "nobody/x", "-m", "nobody/y"], &files[..]].concat()).expect(2);
    assert!(!journal.exists() && !output.exists());
    // What was there before stays as it was.
    std::fs::write(&output, "mine").unwrap();
    run(&[&["deliberate", GOAL], &files[..]].concat()).expect(2);
    assert_eq!(std::fs::read_to_string(&output).unwrap(), "mine");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn when_nobody_reads_the_events_any_more_it_stops() {
    let folder = folder("unread");
    let journal = folder.join("s.ndjson");
    let arguments = ["deliberate", GOAL, "--demo", "--format", "ndjson", "--session", utf8(&journal)];
    let mut child = tachikoma(&arguments).spawn().unwrap();
    let mut first = [0; 1];
    child.stdout.take().unwrap().read_exact(&mut first).unwrap();
    let ran = finish(child).expect(130);
    assert!(ran.said.contains("tachikoma deliberate --session"), "{}", ran.said);
    demo(&["--session", utf8(&journal)]).expect(0);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_missing_key_is_named_before_anything_is_asked() {
    let ran = run(&["deliberate", GOAL, "-m", "anthropic/claude-sonnet-4-20250514", "-m", "openai/gpt-4.1"]).expect(3);
    says(&ran, &["ANTHROPIC_API_KEY"]);
}

#[test]
fn a_refused_key_is_3_and_stays_secret() {
    let (_runtime, server) = server();
    let url = server.url();
    let folder = folder("refused");
    let journal = folder.join("session.ndjson");
    let mut command = tachikoma(&["deliberate", GOAL, "--session", utf8(&journal)]);
    command.args(["-m", &format!("anthropic/fast@{url}"), "-m", &format!("openai/fast@{url}")]);
    command.env("ANTHROPIC_API_KEY", "wrong-canary-1").env("OPENAI_API_KEY", "wrong-canary-2");
    let ran = finish(command.spawn().unwrap()).expect(3);
    let kept = std::fs::read_to_string(&journal).unwrap();
    for text in [&ran.out, &ran.said, &kept] {
        assert!(!text.contains("canary"), "a key is shown in {text}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn failures_are_1_and_the_reason_is_said() {
    let (_runtime, server) = server();
    let members = members(&server, &["fail-400", "fail-404"]);
    let ran = run(&[&["deliberate", GOAL], &strs(&members)[..]].concat()).expect(1);
    assert!(ran.said.contains("absent") && ran.said.contains("There is no such model"), "{}", ran.said);
}

#[test]
fn a_limit_with_a_partial_result_is_4() {
    let ran = demo(&[GOAL, "--rounds", "1"]).expect(4);
    assert!(ran.out.contains(GOAL) && ran.out.contains("before any vote"), "{}", ran.out);
}

#[test]
fn no_agreement_is_a_result_and_said() {
    let (_runtime, server) = server();
    let members = members(&server, &["fast", "fast", "disagree"]);
    let ran = run(&[&["deliberate", GOAL, "--rounds", "6"], &strs(&members)[..]].concat()).expect(0);
    assert!(ran.out.contains("No agreement after 6 rounds") && ran.out.contains("disagree disagrees"), "{}", ran.out);
    // The same with a threshold that two of three reach.
    let ran = run(&[&["deliberate", GOAL, "--threshold", "0.6"], &strs(&members)[..]].concat()).expect(0);
    assert!(ran.out.contains("Converged in round 4"), "{}", ran.out);
}

#[test]
fn a_silent_member_costs_a_round_its_timeout_and_the_result_says_that_it_is_degraded() {
    let (_runtime, server) = server();
    let members = members(&server, &["fast", "fast", "hang"]);
    let ran = run(&[&["deliberate", GOAL, "--timeout", "1"], &strs(&members)[..]].concat()).expect(6);
    assert!(ran.out.contains("Degraded result: 2 of 3 members took part; never: hang."), "{}", ran.out);
    assert!(ran.out.contains("hang was absent from round 1"), "{}", ran.out);
    assert!(ran.said.contains("hang: absent"), "{}", ran.said);
}

#[test]
fn two_members_are_a_warning() {
    let (_runtime, server) = server();
    let members = members(&server, &["fast", "fast"]);
    let ran = run(&[&["deliberate", GOAL], &strs(&members)[..]].concat()).expect(0);
    assert!(ran.said.contains("Two members"), "{}", ran.said);
}
