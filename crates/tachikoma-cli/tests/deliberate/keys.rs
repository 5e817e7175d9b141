//! Where keys go: those of the environment to the addresses that they are for, and nowhere else unasked.
//!
//! The scripted server stands in for servers elsewhere, as the proxy to them.

use super::*;

pub(super) const ELSEWHERE: &str = "http://elsewhere.example";

/// What ran, and for each request whether a key went along.
pub(super) fn through(server: &Server, environment: &[(&str, &str)], arguments: &[&str]) -> (Ran, Vec<bool>) {
    let before = server.log().entries().len();
    let mut command = tachikoma(arguments);
    command.env("HTTP_PROXY", server.url()).env("http_proxy", server.url()).envs(environment.iter().copied());
    let ran = finish(command.spawn().unwrap());
    assert!(!ran.out.contains("canary") && !ran.said.contains("canary"), "a key shows: {}{}", ran.out, ran.said);
    let sent = |names: &[String]| names.iter().any(|name| name == "authorization" || name == "x-api-key");
    let asked = server.log().entries().split_off(before);
    (ran, asked.iter().map(|entry| sent(&entry.header_names)).collect())
}

#[test]
fn a_key_of_the_environment_is_not_sent_elsewhere_unasked() {
    let (_runtime, server) = server();
    let openai = ("OPENAI_API_KEY", "canary");
    let model = format!("openai/fast@{ELSEWHERE}");
    // The model and what is added, the environment, and whether it goes: with a key, without one, or not at all.
    let (with_key, without, refused) = (Some(true), Some(false), None);
    type Case<'c> = (&'c [&'c str], &'c [(&'c str, &'c str)], Option<bool>);
    let cases: &[Case<'_>] = &[
        (&["-m", &model], &[openai], refused),
        (&["-m", "openai/fast", "--host", ELSEWHERE], &[openai], refused),
        (&["-m", &model, "--key-for", "http://elsewhere.example:8080"], &[openai], refused),
        (&["-m", &model, "--key-for", "https://elsewhere.example"], &[openai], refused),
        (&["-m", &model], &[openai, ("OPENAI_BASE_URL", "http://gateway.example")], refused),
        (&["-m", &model, "--key-for", "http://elsewhere.example/v1"], &[openai], with_key),
        (&["-m", &model, "--key-for", "http://a.example", "--key-for", ELSEWHERE], &[openai], with_key),
        (&["-m", "openai/fast", "--host", ELSEWHERE, "--key-for", ELSEWHERE], &[openai], with_key),
        (&["-m", "openai/fast"], &[openai, ("OPENAI_BASE_URL", ELSEWHERE)], with_key),
        (&["-m", &model, "--api-key", "canary-of-the-command"], &[openai], with_key),
        (&["-m", "openai/fast", "--host", ELSEWHERE, "--api-key", "canary"], &[], with_key),
        (&["-m", &format!("openai/fast@{}", server.url())], &[openai], with_key),
        // The key of one provider is none of another.
        (&["-m", &format!("vllm/fast@{ELSEWHERE}")], &[openai], without),
        (&["-m", &format!("vllm/fast@{ELSEWHERE}")], &[("VLLM_API_KEY", "canary")], refused),
    ];
    for (arguments, environment, wanted) in cases {
        let code = if wanted.is_some() { 0 } else { 3 };
        let (ran, sent) = through(&server, environment, &[&["ask", "-p", GOAL], *arguments].concat());
        assert_eq!(sent, wanted.iter().copied().collect::<Vec<_>>(), "{arguments:?} {environment:?}: {}", ran.said);
        let ran = ran.expect(code);
        assert_eq!(ran.said.contains("--key-for http://elsewhere.example "), wanted.is_none(), "{}", ran.said);
    }
}

#[test]
fn every_command_that_sends_a_key_asks_first() {
    let (_runtime, server) = server();
    let model = format!("openai/fast@{ELSEWHERE}");
    let provider = format!("openai@{ELSEWHERE}");
    let commands: [&[&str]; 5] = [
        &["deliberate", GOAL, "-q", "--rounds", "1", "-m", &model, "-m", &model],
        &["ask", GOAL, "-m", &model],
        &["models", &provider],
        &["show", &model],
        // What it cannot do anyway comes after the key.
        &["pull", &model],
    ];
    for arguments in commands {
        let (ran, sent) = through(&server, &[("OPENAI_API_KEY", "canary")], arguments);
        assert_eq!((ran.expect(3).out, sent), (String::new(), Vec::new()), "{arguments:?}");
    }
    for arguments in &commands[..4] {
        let allowed = [arguments, &["--key-for", ELSEWHERE][..]].concat();
        let (ran, sent) = through(&server, &[("OPENAI_API_KEY", "canary")], &allowed);
        assert!(!sent.is_empty() && sent.iter().all(|with_key| *with_key), "{arguments:?}: {}", ran.said);
    }
    let ran = run(&["ask", GOAL, "-m", &model, "--key-for", "elsewhere.example"]).expect(2);
    assert!(ran.said.contains("https://host.example"), "{}", ran.said);
}

#[test]
fn one_answer_is_had_with_everything_on_the_command() {
    let (_runtime, server) = server();
    let url = server.url();
    let arguments = [
        "ask",
        "-p",
        GOAL,
        "--provider",
        "openai",
        "--host",
        &url,
        "--api-key",
        "canary",
        "-m",
        "fast",
        "-s",
        "Be brief.",
    ];
    let (ran, sent) = through(&server, &[], &arguments);
    assert!(!ran.expect(0).out.trim().is_empty());
    assert_eq!(sent, [true]);
    // The command's key goes before the environment's, and so does its address.
    let (ran, sent) = through(&server, &[("OPENAI_API_KEY", "wrong"), ("OPENAI_BASE_URL", ELSEWHERE)], &arguments);
    ran.expect(0);
    assert_eq!(sent, [true]);
    assert_eq!(run(&["ask", GOAL, "-p", GOAL, "-m", "openai/fast"]).expect(2).out, "", "two questions");
    for command in ["ask", "models", "show", "pull", "rm"] {
        let help = run(&[command, "--help"]).expect(0).out.split_whitespace().collect::<Vec<_>>().join(" ");
        for words in ["--host <URL>", "--api-key <KEY>", "--key-for <URL>", "`tachikoma providers` names the variable"]
        {
            assert!(help.contains(words), "{command}: {words:?} is missing in {help}");
        }
    }
}
