//! Models shown, pulled and removed, servers found, and the check of everything that is set up.

use serde_json::Value;
use tachikoma_tests::scripted::Outcome;

use super::*;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn ollama(server: &Server, model: &str) -> String {
    format!("ollama/{model}@{}", server.url())
}

#[test]
fn what_is_known_of_models_is_listed_and_shown() {
    let (_runtime, server) = server();
    let listed = run(&["models", "ollama", "--host", &server.url()]).expect(0);
    let line = listed.out.lines().find(|line| line.starts_with("steady ")).unwrap();
    for fact in ["4k context", "2.0 GB", "3.2B", "Q4_K_M", "tools", "loaded"] {
        assert!(line.contains(fact), "{fact} is missing in {line}");
    }
    let all = json(&run(&["models", "ollama", "--host", &server.url(), "--format", "json"]).expect(0).out);
    let steady = all.as_array().unwrap().iter().find(|model| model["name"] == "steady").unwrap();
    assert_eq!((steady["loaded"].as_bool(), steady["context_tokens"].as_u64()), (Some(true), Some(4096)));

    let shown = run(&["show", &ollama(&server, "steady")]).expect(0);
    assert!(shown.out.contains("128k (131072 tokens)") && shown.out.contains("2019393189 bytes"), "{}", shown.out);
    let shown = json(&run(&["show", &ollama(&server, "steady"), "--format", "json"]).expect(0).out);
    assert_eq!(shown["context_tokens"], 131_072);
    run(&["show", &ollama(&server, "nosuch")]).expect(1);
    // Where no single model can be shown, the list says what there is.
    run(&["show", "vllm/steady", "--host", &server.url()]).expect(0);
    run(&["show", "vllm/nosuch", "--host", &server.url()]).expect(1);
}

#[test]
fn a_model_is_pulled_and_removed() {
    let (_runtime, server) = server();
    let tiny = ollama(&server, "tiny");
    run(&["show", &tiny]).expect(1);
    let pulled = run(&["pull", &tiny]).expect(0);
    assert!(pulled.out.contains("tiny") && pulled.out.contains("2.0 GB"), "{}", pulled.out);
    assert!(pulled.said.contains("pulling manifest") && pulled.said.contains("success"), "{}", pulled.said);
    let again = run(&["pull", &tiny, "--format", "json", "--quiet"]).expect(0);
    assert_eq!((json(&again.out)["status"].as_str(), again.said.as_str()), (Some("success"), ""));
    run(&["show", &tiny]).expect(0);

    // Nobody can be asked here, and nothing is removed unasked.
    let refused = run(&["rm", &tiny]).expect(2);
    assert!(refused.said.contains("--yes"), "{}", refused.said);
    run(&["show", &tiny]).expect(0);
    run(&["rm", &tiny, "--yes"]).expect(0);
    run(&["show", &tiny]).expect(1);
    run(&["rm", &tiny, "--yes"]).expect(1);
}

#[test]
fn what_cannot_be_pulled_says_why() {
    let (_runtime, server) = server();
    let table = [("nosuch", "no model of that name"), ("breaks", "Pull it again")];
    for (model, words) in table {
        let ran = run(&["pull", &ollama(&server, model)]).expect(1);
        assert!(ran.said.contains(words), "{model}: {}", ran.said);
    }
    for command in ["pull", "rm"] {
        let ran = run(&[command, "vllm/m", "--host", &server.url()]).expect(2);
        assert!(ran.said.contains("not supported by vLLM"), "{}", ran.said);
        let mut keyed = tachikoma(&[command, "anthropic/m", "--api-key", "sk-canary"]);
        let ran = finish(keyed.spawn().unwrap()).expect(2);
        assert!(ran.said.contains("not supported by Anthropic") && !ran.said.contains("canary"), "{}", ran.said);
    }
    let entries = server.log().entries();
    assert!(entries.iter().all(|entry| entry.path.starts_with("/api/pull")), "what is not supported is not asked");
}

#[cfg(unix)]
#[test]
fn an_interrupted_pull_ends_the_request() {
    let (_runtime, server) = server();
    let mut child = tachikoma(&["pull", &ollama(&server, "huge")]).spawn().unwrap();
    let mut first = [0; 4];
    child.stderr.as_mut().unwrap().read_exact(&mut first).unwrap();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ran = finish(child).expect(130);
    assert!(ran.said.contains("kept for the next time"), "{}", ran.said);
    let pulls: Vec<Outcome> = server.log().settled().iter().map(|entry| entry.outcome).collect();
    assert_eq!(pulls, [Outcome::ClientDisconnected]);
}

#[test]
fn a_server_is_found_by_its_address() {
    let (_runtime, server) = server();
    let found = run(&["detect", &server.url()]).expect(0);
    assert!(found.out.starts_with("Ollama 0.40.5 at http://127.0.0.1:"), "{}", found.out);
    assert!(found.out.contains(&format!("@{}", server.url())), "{}", found.out);
    let found = json(&run(&["detect", &server.url(), "--format", "json"]).expect(0).out);
    assert_eq!((found[0]["provider"].as_str(), found[0]["version"].as_str()), (Some("ollama"), Some("0.40.5")));
    let asked = server.log().entries();
    assert!(asked.iter().all(|e| !e.header_names.iter().any(|n| n == "authorization" || n == "x-api-key")));

    run(&["detect", &format!("{}/behave/status", server.url())]).expect(1);
    run(&["detect", "nonsense"]).expect(2);
}

#[test]
fn the_doctor_says_what_works_and_what_to_do() {
    let (_runtime, server) = server();
    let doctor = |key: &str, format: &str| {
        let mut command = tachikoma(&["doctor", "--format", format]);
        command.env("OPENAI_API_KEY", key).env("OPENAI_BASE_URL", format!("{}/v1", server.url()));
        command.env("OLLAMA_HOST", "127.0.0.1:1");
        let ran = finish(command.spawn().unwrap());
        assert!(!ran.out.contains("canary") && !ran.said.contains("canary"), "a key shows: {}{}", ran.out, ran.said);
        ran
    };
    let ran = doctor("canary", "json").expect(0);
    let all = json(&ran.out);
    let of = |name: &str| all.as_array().unwrap().iter().find(|f| f["provider"] == name).cloned().unwrap();
    assert_eq!((of("openai")["works"].as_bool(), of("openai")["key_is_set"].as_bool()), (Some(true), Some(true)));
    assert!(of("openai")["models"].as_u64().unwrap() > 10);
    assert!(of("ollama")["works"] == false && of("ollama")["problem"].as_str().unwrap().contains("Is it running?"));

    let text = doctor("wrong-canary", "text").out;
    let line = text.lines().find(|line| line.starts_with("openai ")).unwrap();
    assert!(line.contains("does not work") && line.contains("Check OPENAI_API_KEY"), "{line}");
}

/// A server that answers each path with the same for as long as the test runs: status and JSON.
fn answering(table: &'static [(&'static str, u16, &'static str)]) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8_lossy(&head).into_owned();
            let path = head.split(' ').nth(1).unwrap_or_default();
            let (_, status, body) = table.iter().find(|(known, ..)| *known == path).unwrap_or(&("", 404, "{}"));
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
        }
    });
    address
}

#[test]
fn vllm_says_which_version_it_is_and_how_it_is() {
    const LIST: &str = r#"{"object":"list","data":[{"id":"m","object":"model","owned_by":"vllm"}]}"#;
    let old =
        answering(&[("/v1/models", 200, LIST), ("/version", 200, r#"{"version":"0.11.2"}"#), ("/health", 200, "")]);
    let dead =
        answering(&[("/v1/models", 200, LIST), ("/version", 200, r#"{"version":"0.12.0"}"#), ("/health", 503, "")]);
    let closed = answering(&[("/v1/models", 401, r#"{"error":"Unauthorized"}"#), ("/health", 200, "")]);

    let found = run(&["detect", &old]).expect(0).out;
    assert!(found.contains("0.11.2") && found.contains(&format!("vllm-guided/m@{old}")), "{found}");
    let found = run(&["detect", &dead]).expect(0).out;
    assert!(found.contains("not well") && found.contains(&format!("vllm/m@{dead}")), "{found}");

    let doctor = |variable: &str, url: &str| {
        let ran = finish(tachikoma(&["doctor", "--format", "json"]).env(variable, url).spawn().unwrap());
        let all = json(&ran.out);
        all.as_array().unwrap().iter().find(|f| f["base_url"] == url).cloned().unwrap()
    };
    let said = |finding: &Value, field: &str| finding[field].as_str().unwrap_or_default().to_owned();
    let finding = doctor("VLLM_HOST", &old);
    assert_eq!((finding["works"].as_bool(), said(&finding, "version").as_str()), (Some(true), "0.11.2"));
    assert!(said(&finding, "advice").contains("vllm-guided/MODEL"), "{finding}");
    let finding = doctor("VLLM_GUIDED_HOST", &old);
    assert_eq!((finding["works"].as_bool(), said(&finding, "advice").as_str()), (Some(true), ""), "{finding}");
    let finding = doctor("VLLM_HOST", &dead);
    assert!(finding["works"] == false && said(&finding, "problem").contains("start it again"), "{finding}");
    let finding = doctor("VLLM_HOST", &closed);
    assert!(finding["works"] == false && said(&finding, "problem").contains("VLLM_API_KEY"), "{finding}");
}

#[test]
fn a_member_may_be_named_by_its_model_alone() {
    let (_runtime, server) = server();
    let host = server.url().replace("http://", "");
    let mut command = tachikoma(&["ask", GOAL, "--provider", "vllm", "-m", "fast"]);
    finish(command.env("VLLM_HOST", &host).spawn().unwrap()).expect(0);
    let mut command =
        tachikoma(&["deliberate", GOAL, "--provider", "vllm", "-m", "fast", "-m", "fast:two", "--format", "json"]);
    let ran = finish(command.env("VLLM_HOST", &host).spawn().unwrap()).expect(0);
    assert!(ran.out.contains("vllm/fast:two"), "what was named alone is kept whole");
    run(&["ask", GOAL, "-m", "fast"]).expect(2);
}
