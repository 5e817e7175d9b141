//! `tachikoma decode` as a command, over all wire fixtures: its last line is the expected summary, its
//! frames are the expected frames, and nothing depends on `--chunk`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn decode(args: &[String], body: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_tachikoma"))
        .arg("decode")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    // A usage error ends the command before it read anything.
    let _ = child.stdin.take().expect("a pipe").write_all(body);
    child.wait_with_output().expect("the command ends")
}

fn lines(args: &[String], body: &[u8]) -> Vec<Value> {
    let output = decode(args, body);
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON line")).collect()
}

fn folders(folder: &str) -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/wire").join(folder);
    let mut folders: Vec<PathBuf> =
        fs::read_dir(root).expect("the fixtures").map(|entry| entry.expect("an entry").path()).collect();
    folders.retain(|path| path.is_dir());
    folders.sort();
    assert!(!folders.is_empty(), "{folder}: the fixtures are gone");
    folders
}

fn args(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

#[test]
fn summaries_are_as_expected_whatever_the_chunk() {
    for dialect in ["anthropic", "openai-chat", "openai-responses", "ollama", "ollama-generate", "gemini", "cohere"] {
        for folder in folders(dialect) {
            let case: Value = serde_json::from_slice(&fs::read(folder.join("case.json")).unwrap()).unwrap();
            let expected: Value = serde_json::from_slice(&fs::read(folder.join("expected.json")).unwrap()).unwrap();
            let body = fs::read(folder.join("body")).unwrap();
            let mut words = args(&["--dialect", dialect]);
            if let Some(status) = case["status"].as_u64() {
                words.extend([String::from("--status"), status.to_string()]);
            }
            if let Some(content_type) = case["content_type"].as_str() {
                words.extend(args(&["--content-type", content_type]));
            }
            for header in case["headers"].as_array().into_iter().flatten() {
                words.extend(args(&["--header", header.as_str().unwrap()]));
            }
            if case["cut"] == true {
                words.extend(args(&["--cut"]));
            }
            let whole = lines(&words, &body);
            assert_eq!(whole.last().unwrap()["summary"], expected, "{}", folder.display());
            words.extend(args(&["--chunk", "7"]));
            assert_eq!(lines(&words, &body), whole, "{}", folder.display());
        }
    }
}

#[test]
fn frames_are_as_expected_whatever_the_chunk() {
    for framing in ["sse", "ndjson"] {
        for folder in folders(&format!("framing/{framing}")) {
            let expected = fs::read_to_string(folder.join("expected.jsonl")).unwrap();
            let expected: Vec<Value> = expected.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
            let body = fs::read(folder.join("body")).unwrap();
            for chunk in ["1", "5", "100000"] {
                let got = lines(&args(&["--framing", framing, "--chunk", chunk]), &body);
                assert_eq!(got, expected, "{} by {chunk}", folder.display());
            }
        }
    }
}

#[test]
fn wrong_usage_is_said_on_stderr_with_code_2() {
    let cases: [&[&str]; 8] = [
        &[],
        &["--framing", "xml"],
        &["--dialect", "telegraph"],
        &["--framing", "sse", "--dialect", "ollama"],
        &["--framing", "sse", "--chunk", "0"],
        &["--framing", "sse", "--cut"],
        &["--dialect", "ollama", "--header", "no colon"],
        &["--dialect", "ollama", "--status", "20"],
    ];
    for words in cases {
        let output = decode(&args(words), b"");
        assert_eq!(output.status.code(), Some(2), "{words:?}");
        assert!(output.stdout.is_empty() && !output.stderr.is_empty(), "{words:?}");
    }
}
