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

    let aloud = ask(&server, "thinker", &["--show-reasoning"]).expect(0);
    assert!(aloud.said.lines().count() > 1, "{}", aloud.said);
    let (thought, _) = aloud.said.rsplit_once("tokens: ").unwrap();
    assert!(!aloud.out.contains(thought.trim()), "what it thinks is no answer");

    let piped = run_with_input(&["ask", "-", "-m", &at(&server, "fast")], "From a pipe?\n").expect(0);
    let silent = run_with_input(&["ask", "-m", &at(&server, "fast")], "From a pipe?").expect(0);
    assert_eq!(piped.out, silent.out);
    assert!(!piped.out.trim().is_empty());
}

#[test]
fn what_is_asked_for_is_sent_and_what_is_lost_is_said() {
    let (_runtime, server) = server();
    let folder = folder("pictures");
    let (picture, prose) = (folder.join("picture.jpg"), folder.join("prose.png"));
    // What a picture is stands in its first bytes, not in its name.
    std::fs::write(&picture, [0x89, b'P', b'N', b'G', 1, 2, 3]).unwrap();
    std::fs::write(&prose, "no picture").unwrap();
    let wishes = [
        "--top-p",
        "0.9",
        "--top-k",
        "40",
        "--seed",
        "7",
        "--stop",
        "END",
        "--stop",
        "STOP",
        "--reasoning",
        "low",
        "--extra",
        "{\"user\": \"me\"}",
        "--image",
        utf8(&picture),
        "--temperature",
        "0.5",
    ];
    let ran = ask(&server, "fast", &wishes).expect(0);
    assert!(ran.said.contains("does not take top_k, so it is left out"), "{}", ran.said);
    assert_eq!(ran.said.lines().filter(|line| line.starts_with("note: ")).count(), 1, "{}", ran.said);
    let asked = server.log().entries().pop().unwrap();
    let sent = |name: &str| asked.settings.get(name).cloned().unwrap_or_default();
    assert_eq!((sent("top_p"), sent("seed"), sent("temperature")), (0.9.into(), 7.into(), 0.5.into()));
    assert_eq!((sent("reasoning_effort"), sent("user"), sent("top_k")), ("low".into(), "me".into(), Value::Null));
    assert_eq!(sent("stop"), serde_json::json!(["END", "STOP"]));
    assert_eq!(asked.parts, ["image_url", "text"]);

    let elsewhere = format!("ollama/fast@{}", server.url());
    let ran = run(&["ask", GOAL, "-m", &elsewhere, "--top-k", "40", "--reasoning", "off"]).expect(0);
    assert!(!ran.said.contains("note: "), "{}", ran.said);
    let asked = server.log().entries().pop().unwrap();
    assert_eq!((&asked.settings["options"]["top_k"], &asked.settings["think"]), (&40.into(), &false.into()));
    let ran = run(&["ask", GOAL, "-m", &elsewhere, "--image", "https://example.org/a.png"]).expect(0);
    assert!(ran.said.contains("note: ") && ran.said.contains("images"), "{}", ran.said);

    let before = server.log().entries().len();
    let missing = folder.join("missing.png");
    let wrong: [&[&str]; 8] = [
        &["--image", utf8(&prose)],
        &["--image", utf8(&missing)],
        &["--top-p", "2"],
        &["--top-k", "0"],
        &["--seed", "-1"],
        &["--reasoning", "deeply"],
        &["--extra", "[1]"],
        &["--extra", "{"],
    ];
    for arguments in wrong {
        let ran = ask(&server, "fast", arguments).expect(2);
        assert!(ran.out.is_empty() && !ran.said.is_empty(), "{arguments:?}");
    }
    assert_eq!(server.log().entries().len(), before, "nothing is sent for what makes no sense");
    std::fs::remove_dir_all(folder).unwrap();
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
    assert!(line("ollama").contains(" http://gpu.lan:11434 "), "{}", line("ollama"));

    let all: Vec<Value> = serde_json::from_str(&list("json")).unwrap();
    for (row, value) in registry.rows().iter().zip(&all) {
        assert_eq!((value["name"].as_str(), value["kind"].as_str()), (Some(row.name), Some(row.kind.name())));
        assert_eq!(value["key_is_set"], row.name == "groq", "{value}");
    }
    assert_eq!(all.len(), registry.rows().len());
}
