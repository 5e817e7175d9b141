//! Against llama-server, a server of models that we did not write, in its three wire formats.
//!
//! `cargo xtask test llama` starts it (`tests/servers/llama-server.sh`) and names its address in `FORGE_LLAMA`; and
//! another one that has one slot and asks for a key, in `FORGE_LLAMA_ONE_SLOT`.
//! Its model talks nonsense: what holds all the same is looked at here. Nothing that it says can be read as a
//! judgement, so none may come out of it; and what it counts and says is to arrive as it counted and said it.

use std::net::TcpStream;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tachikoma_forge::export;
use tachikoma_forge::session::{Answer, Channel, EndReason, ForgeSession, NextStep, Reading, SessionState, TurnState};
use tachikoma_forge::types::{AskId, Attempt, ErrorKind, RoundType, Seat, StopReason, TokenUsage};

use super::*;

mod formats;

/// A member for each format.
const MODELS: [&str; 3] = ["openai-compatible/one", "openai/gpt-5.2-pro", "anthropic/claude-3-5-sonnet-20241022"];
/// The key of the server that asks for one.
const KEY: &str = "invented-key";
/// The seat whose member is asked in Anthropic's format.
const ANTHROPIC: Seat = 2;

/// The server counts for everybody: who compares its counts must be alone with it.
struct Llama {
    address: String,
    _alone: MutexGuard<'static, ()>,
}

impl Llama {
    fn alone() -> Self {
        static ONE: Mutex<()> = Mutex::new(());
        let address = std::env::var("FORGE_LLAMA").expect("FORGE_LLAMA is not set; run `cargo xtask test llama`");
        Self { address, _alone: ONE.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// The body that it answers with: to a GET, or to a POST of JSON.
    fn ask(&self, path: &str, question: Option<&Value>) -> String {
        let host = self.address.trim_start_matches("http://");
        let mut stream = TcpStream::connect(host).unwrap();
        stream.set_read_timeout(Some(LONGEST)).unwrap();
        let body = question.map(Value::to_string).unwrap_or_default();
        let method = if question.is_some() { "POST" } else { "GET" };
        let length = body.len();
        write!(stream, "{method} {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n").unwrap();
        write!(stream, "Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{answer}");
        if head.to_ascii_lowercase().contains("transfer-encoding: chunked") { joined(body) } else { body.to_owned() }
    }

    /// The tokens that it has read (without those that it remembered) and written since it started.
    fn counts(&self) -> (u64, u64) {
        let metrics = self.ask("/metrics", None);
        let count = |name| {
            let value = metrics.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            value.unwrap_or_else(|| panic!("no {name} in {metrics}")).parse().unwrap()
        };
        (count("llamacpp:prompt_tokens_total"), count("llamacpp:tokens_predicted_total"))
    }

    /// A deliberation of three, one in each format.
    fn deliberate(&self, arguments: &[&str]) -> Ran {
        let mut command = tachikoma(&["deliberate", "--timeout", "40"]);
        for model in MODELS {
            command.args(["-m", &format!("{model}@{}", self.address)]);
        }
        command.args(arguments).env("ANTHROPIC_API_KEY", KEY).env("OPENAI_API_KEY", KEY);
        finish(command.spawn().unwrap())
    }
}

/// A body that came in pieces, each behind its length.
fn joined(mut body: &str) -> String {
    let mut whole = String::new();
    while let Some((length, rest)) = body.split_once("\r\n") {
        let (piece, rest) = rest.split_at(usize::from_str_radix(length, 16).unwrap());
        whole += piece;
        body = rest.strip_prefix("\r\n").unwrap();
    }
    whole
}

/// The text of a try, put together from the pieces that were shown.
fn streamed(events: &[Envelope], id: &AskId, number: Attempt) -> String {
    let pieces = events.iter().filter_map(|e| match &e.event {
        Event::ContentDelta { ask, attempt, channel: Channel::Text, text } if ask == id && *attempt == number => {
            Some(text.as_str())
        }
        _ => None,
    });
    pieces.collect()
}

#[test]
#[ignore = "needs the server that `cargo xtask test llama` starts"]
fn nonsense_is_kept_to_the_letter_and_judges_nothing() {
    let server = Llama::alone();
    let folder = folder("llama");
    let journal = folder.join("session.ndjson");
    let before = server.counts();
    let arguments = [GOAL, "--rounds", "4", "--session", utf8(&journal), "--format"];
    let ran = server.deliberate(&[&arguments[..], &["ndjson"]].concat()).expect(6);
    let after = server.counts();
    let events = ran.events();
    let session = ForgeSession::fold(&events).unwrap();
    let types: Vec<RoundType> = session.rounds.iter().map(|round| round.round_type).collect();
    assert_eq!(types, [RoundType::Draft, RoundType::Critique, RoundType::Synthesis, RoundType::Convergence]);

    // Every text is what streamed, and drafts are there.
    let (mut read, mut written) = (0, 0);
    let mut count = |ask: &AskId, usage: &TokenUsage| {
        let remembered = usage.cache_read_tokens.unwrap();
        // Anthropic's format counts as input what was not remembered, OpenAI's all of it.
        read += usage.input_tokens.unwrap() - if ask.seat == ANTHROPIC { 0 } else { remembered };
        written += usage.output_tokens.unwrap();
    };
    let mut ends = Vec::new();
    for event in events.iter().map(|e| &e.event) {
        match event {
            Event::ParticipantComplete { ask, attempt, text, usage, stop_reason, .. } => {
                assert_eq!(*text, streamed(&events, ask, *attempt), "{ask}");
                count(ask, usage);
                ends.push(*stop_reason);
            }
            Event::AttemptFailed { ask, attempt, partial, usage, error, next } => {
                assert_eq!(*partial, streamed(&events, ask, *attempt), "{ask}");
                assert_eq!((error.kind, next), (ErrorKind::Protocol, &NextStep::Repair), "{error:?}");
                count(ask, usage);
            }
            _ => {}
        }
    }
    assert_eq!(session.turns_of(1).filter_map(|turn| turn.text()).count(), 3);
    assert!(ends.contains(&StopReason::End), "{ends:?}");

    // No judgement comes out of nonsense, and none is made up: it ends without agreement, and says so.
    assert!(
        matches!(&session.state, SessionState::Ended { reason: EndReason::NotConverged, .. }),
        "{:?}",
        session.state
    );
    for turn in session.turns_of(2).chain(session.turns_of(4)) {
        let complete = turn.complete().unwrap();
        assert!(matches!(complete.answer, Answer::Abstained { .. }), "{turn:?}");
        assert_eq!(complete.reading, Reading::Unreadable);
    }
    let tally = session.rounds[3].tally.unwrap();
    assert_eq!((tally.agree, tally.disagree, tally.abstain, tally.agreement()), (0, 0, 3, None));

    // The counts are the server's own, to the token.
    assert_eq!((read, written), (after.0 - before.0, after.1 - before.1));

    // Told once more, as one document: nobody is asked again.
    let ran = server.deliberate(&["--session", utf8(&journal), "--format", "json"]).expect(6);
    assert_eq!(
        ForgeSession::fold(&export::read(ran.out.as_bytes()).unwrap().events).unwrap().result(),
        session.result()
    );
    assert_eq!(server.counts(), after);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
#[ignore = "needs the server that `cargo xtask test llama` starts"]
fn a_question_too_long_for_the_model_is_said_to_be() {
    let server = Llama::alone();
    let goal = "measure the risk ".repeat(4_000);
    let ran = server.deliberate(&[&goal, "--format", "ndjson"]).expect(1);
    let session = ForgeSession::fold(&ran.events()).unwrap();
    for turn in session.turns_of(1) {
        let TurnState::Failed { error } = &turn.state else { panic!("{turn:?}") };
        assert_eq!((error.kind, turn.attempts.len()), (ErrorKind::ContextTooLong, 1), "{error:?}");
    }
}

#[test]
#[ignore = "needs the server that `cargo xtask test llama` starts"]
fn a_stream_says_what_the_same_answer_says_in_one_piece() {
    let server = Llama::alone();
    for (dialect, path, text) in [
        ("openai-chat", "/v1/chat/completions", "/choices/0/message/content"),
        ("anthropic", "/v1/messages", "/content/0/text"),
    ] {
        for subject in ["release", "plan", "day", "team", "cost"] {
            // Without chance, so that it says the same twice.
            let messages = json!([{"role": "user", "content": format!("{GOAL} Think of the {subject}.")}]);
            let mut question = json!({"messages": messages, "max_tokens": 60, "temperature": 0});
            let whole: Value = serde_json::from_str(&server.ask(path, Some(&question))).unwrap();
            question["stream"] = json!(true);
            let stream = server.ask(path, Some(&question));
            let ran = run_with_input(&["decode", "--dialect", dialect], &stream).expect(0);
            let last: Value = serde_json::from_str(ran.out.lines().last().unwrap()).unwrap();
            let summary = &last["summary"];
            assert_eq!(summary["text"], *whole.pointer(text).unwrap(), "{dialect}, {subject}: {stream}");
            assert_eq!(summary["complete"], true);
        }
    }
}
