//! One model's answer, the providers and the models on offer.

use serde_json::Value;

use super::*;

fn at(server: &Server, model: &str) -> String {
    format!("openai-compatible/{model}@{}", server.url())
}

fn ask(server: &Server, model: &str, more: &[&str]) -> Ran {
    run(&[&["ask", GOAL, "-m", &at(server, model)], more].concat())
}

#[test]
fn an_answer_goes_to_stdout_and_its_counts_to_stderr() {
    let (_runtime, server) = server();
    let ran = ask(&server, "thinker", &["-s", "Be brief.", "--max-tokens", "99", "--temperature", "0.5"]).expect(0);
    assert!(ran.out.trim().len() > 20 && ran.out.ends_with('\n'), "{}", ran.out);
    assert!(ran.said.starts_with("tokens: ") && ran.said.lines().count() == 1, "{}", ran.said);
    assert_eq!(server.log().entries().len(), 1, "one request");

    let aloud = ask(&server, "thinker", &["--reasoning"]).expect(0);
    assert!(aloud.said.lines().count() > 1, "{}", aloud.said);
    let (thought, _) = aloud.said.rsplit_once("tokens: ").unwrap();
    assert!(!aloud.out.contains(thought.trim()), "what it thinks is no answer");

    let piped = run_with_input(&["ask", "-", "-m", &at(&server, "fast")], "From a pipe?\n").expect(0);
    let silent = run_with_input(&["ask", "-m", &at(&server, "fast")], "From a pipe?").expect(0);
    assert_eq!(piped.out, silent.out);
    assert!(!piped.out.trim().is_empty());
}

#[test]
fn an_answer_comes_as_it_is_written() {
    let (_runtime, server) = server();
    // After its first piece this one falls silent for longer than the test.
    let mut child = tachikoma(&["ask", GOAL, "-m", &at(&server, "stall")]).spawn().unwrap();
    let mut first = [0; 4];
    child.stdout.as_mut().unwrap().read_exact(&mut first).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn each_end_has_its_exit_code() {
    let (_runtime, server) = server();
    let table = [
        ("max-tokens", 4, "cut short"),
        ("refuse", 1, "withheld"),
        ("empty", 1, "without a word"),
        ("fail-401", 3, "key"),
        ("fail-500", 1, "broke"),
        ("html-502", 1, "error: "),
        ("cut-always", 1, "broke off"),
        ("error-after-text", 1, "error: "),
    ];
    for (model, code, word) in table {
        let ran = ask(&server, model, &[]).expect(code);
        assert!(ran.said.contains(word), "{model}: {word:?} is missing in {}", ran.said);
    }
    assert_eq!(server.log().entries().len(), table.len(), "no second try");

    let model = at(&server, "fast");
    let usage: [&[&str]; 6] = [
        &["ask", GOAL],
        &["ask", "-m", &model],
        &["ask", GOAL, "-m", "nobody/x"],
        &["ask", GOAL, "-m", "vllm/x@ftp://gpu.lan"],
        &["ask", GOAL, "-m", &model, "--temperature", "warm"],
        &["ask", GOAL, "-m", &model, "--max-tokens", "0"],
    ];
    for arguments in usage {
        assert_eq!(run(arguments).expect(2).out, "", "{arguments:?}");
    }
    let ran = run(&["ask", GOAL, "-m", "groq/any"]).expect(3);
    assert!(ran.said.contains("GROQ_API_KEY"), "{}", ran.said);
}

#[test]
fn models_are_listed_line_by_line() {
    let (_runtime, server) = server();
    for provider in ["openai-compatible", "Ollama", "lmstudio", "vllm"] {
        let ran = run(&["models", &format!("{provider}@{}", server.url())]).expect(0);
        assert!(
            ran.out.lines().any(|line| line.split_whitespace().next() == Some("steady")),
            "{provider}: {}",
            ran.out
        );
        assert_eq!(ran.said, "");
    }
    // The address may come from the environment, without a scheme.
    let host = server.url().replace("http://", "");
    let ran = finish(tachikoma(&["models", "vllm"]).env("VLLM_HOST", &host).spawn().unwrap()).expect(0);
    assert!(ran.out.lines().any(|line| line.split_whitespace().next() == Some("steady")), "{}", ran.out);

    let mut command = tachikoma(&["models", &format!("openai@{}", server.url())]);
    let ran = finish(command.env("OPENAI_API_KEY", "wrong-canary").spawn().unwrap()).expect(3);
    assert!(!ran.said.contains("canary"), "a key is shown in {}", ran.said);
    run(&["models", "openai"]).expect(3);
    run(&["models", "nobody"]).expect(2);
    run(&["models", "openai-compatible"]).expect(2);
}

#[test]
fn providers_say_whether_a_key_is_set_and_never_which() {
    let list = |format: &str| {
        let mut command = tachikoma(&["providers", "--format", format]);
        command.env("GROQ_API_KEY", "canary").env("OLLAMA_HOST", "gpu.lan");
        let ran = finish(command.spawn().unwrap()).expect(0);
        assert!(!ran.out.contains("canary") && ran.said.is_empty(), "{}{}", ran.out, ran.said);
        ran.out
    };
    let registry = ProviderRegistry::new();
    let text = list("text");
    assert_eq!(text.lines().count(), registry.rows().len());
    let line = |name: &str| text.lines().find(|line| line.split_whitespace().next() == Some(name)).unwrap();
    assert!(line("groq").ends_with("GROQ_API_KEY is set"), "{}", line("groq"));
    assert!(line("mistral").contains("MISTRAL_API_KEY is not set; get a key at https://"), "{}", line("mistral"));
    assert!(line("ollama").ends_with("http://gpu.lan:11434"), "{}", line("ollama"));

    let all: Vec<Value> = serde_json::from_str(&list("json")).unwrap();
    for (row, value) in registry.rows().iter().zip(&all) {
        assert_eq!((value["name"].as_str(), value["kind"].as_str()), (Some(row.name), Some(row.kind.name())));
        assert_eq!(value["key_is_set"], row.name == "groq", "{value}");
    }
    assert_eq!(all.len(), registry.rows().len());
}
