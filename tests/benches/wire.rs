//! Throughput from bytes to deltas, beside bare typed `serde_json` over the same payloads.
//!
//! The bare reader gets the payloads already cut apart and knows the one shape they have; it reads what every
//! reader of a stream wants (text, reason, counts) and nothing else: nobody who reads
//! JSON can be faster without another parser. Both run in turn, many times, in one process, and the best
//! time of each counts: the machine may be shared, and noise only ever adds. Prints a table for people on
//! stderr and JSON on stdout; fails when a goal is missed.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::json;
use tachikoma_forge::llm::classify::Head;
use tachikoma_forge::llm::codec::{Dialect, End, Quirks, ResponseDecoder, StreamEvent};

const EVENTS: usize = 20_000;
const CHUNKS: [usize; 4] = [16, 1024, 16 * 1024, 256 * 1024];
/// From this chunk size on the goals hold.
const GOAL_FROM: usize = 1024;
/// The least share of the bare reader's rate, by dialect.
const GOALS: [(Dialect, f64); 7] = [
    (Dialect::Anthropic, 0.65),
    (Dialect::OpenAiChat, 0.80),
    (Dialect::Ollama, 0.80),
    // No short cut for their plain pieces, and so a lower floor.
    (Dialect::OpenAiResponses, 0.35),
    (Dialect::OllamaGenerate, 0.35),
    (Dialect::Gemini, 0.40),
    (Dialect::Cohere, 0.35),
];
/// How much slower one large event may be than many small ones, per byte.
const LARGE_GOAL: f64 = 2.0;

#[derive(Deserialize)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct Chunk<'a> {
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
    #[serde(default)]
    usage: Option<Counts>,
}

/// What every reader of a stream wants beside the text, by the names of all dialects.
#[derive(Deserialize)]
struct Counts {
    #[serde(default, alias = "input_tokens")]
    prompt_tokens: Option<u64>,
    #[serde(default, alias = "output_tokens")]
    completion_tokens: Option<u64>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    delta: Delta<'a>,
    #[serde(borrow, default)]
    finish_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Delta<'a> {
    #[serde(borrow, default)]
    content: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    delta: Option<Piece<'a>>,
    #[serde(default)]
    usage: Option<Counts>,
}

#[derive(Deserialize)]
struct Piece<'a> {
    #[serde(borrow, default)]
    text: Option<Text<'a>>,
    #[serde(borrow, default)]
    stop_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    message: Message<'a>,
    done: bool,
    #[serde(borrow, default)]
    done_reason: Option<Text<'a>>,
    #[serde(default)]
    prompt_eval_count: Option<u64>,
    #[serde(default)]
    eval_count: Option<u64>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    content: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidates<'a> {
    #[serde(borrow)]
    candidates: Vec<Candidate<'a>>,
    #[serde(default)]
    usage_metadata: Option<Metadata>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Candidate<'a> {
    #[serde(borrow)]
    content: Parts<'a>,
    #[serde(borrow, default)]
    finish_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Parts<'a> {
    #[serde(borrow)]
    parts: Vec<Piece<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    prompt_token_count: Option<u64>,
    #[serde(default)]
    candidates_token_count: Option<u64>,
}

#[derive(Deserialize)]
struct Typed<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow)]
    delta: Told<'a>,
}

#[derive(Deserialize)]
struct Told<'a> {
    #[serde(borrow, default)]
    message: Option<Wrapped<'a>>,
    #[serde(borrow, default)]
    finish_reason: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow)]
    content: Piece<'a>,
}

#[derive(Deserialize)]
struct Plain<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    delta: Option<Text<'a>>,
    #[serde(borrow, default)]
    response: Option<Responded<'a>>,
}

#[derive(Deserialize)]
struct Responded<'a> {
    #[serde(borrow, default)]
    status: Option<Text<'a>>,
    #[serde(default)]
    usage: Option<Counts>,
}

#[derive(Deserialize)]
struct Generated<'a> {
    #[serde(borrow)]
    response: Text<'a>,
    done: bool,
    #[serde(borrow, default)]
    done_reason: Option<Text<'a>>,
    #[serde(default)]
    prompt_eval_count: Option<u64>,
    #[serde(default)]
    eval_count: Option<u64>,
}

/// A stream as it travels, and its payloads cut apart.
struct Load {
    dialect: Dialect,
    bytes: Vec<u8>,
    payloads: Vec<String>,
    text: String,
}

const WORDS: [&str; 8] = ["the ", "and ", "to\\n", "of a", "in, ", "né €", "\\\"is", "it's"];

fn load(dialect: Dialect, events: usize, word: impl Fn(usize) -> String) -> Load {
    let mut payloads = Vec::new();
    let mut text = String::new();
    if dialect == Dialect::Anthropic {
        payloads.push(r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":18,"output_tokens":1}}}"#.to_owned());
    }
    for n in 0..events {
        let word = word(n);
        text.push_str(&serde_json::from_str::<String>(&format!("\"{word}\"")).expect("a JSON text"));
        payloads.push(match dialect {
            Dialect::Anthropic => format!(r#"{{"type":"content_block_delta","index":0,"delta":{{"type":"text_delta","text":"{word}"}}}}"#),
            Dialect::OpenAiChat => format!(
                r#"{{"id":"chatcmpl-BqS1x4pJv0Zq8mU2nC7yKd5rWtE3a","object":"chat.completion.chunk","created":1795229530,"model":"gpt-4.1-2025-04-14","service_tier":"default","system_fingerprint":"fp_51e1070cf2","choices":[{{"index":0,"delta":{{"content":"{word}"}},"logprobs":null,"finish_reason":null}}],"usage":null}}"#
            ),
            Dialect::Ollama => format!(
                r#"{{"model":"llama3.2:latest","created_at":"2026-11-21T02:52:13.418140861Z","message":{{"role":"assistant","content":"{word}"}},"done":false}}"#
            ),
            Dialect::OpenAiResponses => format!(
                r#"{{"type":"response.output_text.delta","sequence_number":{n},"item_id":"msg_68c9d1f0a2b48196b3f0f5a7","output_index":0,"content_index":0,"delta":"{word}","logprobs":[],"obfuscation":"x9EgaZqkKt"}}"#
            ),
            Dialect::OllamaGenerate => format!(
                r#"{{"model":"llama3.2:latest","created_at":"2026-11-21T02:52:13.418140861Z","response":"{word}","done":false}}"#
            ),
            Dialect::Gemini => format!(
                r#"{{"candidates":[{{"content":{{"parts":[{{"text":"{word}"}}],"role":"model"}},"index":0}}],"usageMetadata":{{"promptTokenCount":9,"candidatesTokenCount":{n},"totalTokenCount":{},"promptTokensDetails":[{{"modality":"TEXT","tokenCount":9}}]}},"modelVersion":"gemini-3.8-flash","responseId":"x9EgaZqkKtzW1e8P"}}"#,
                n + 9
            ),
            Dialect::Cohere => format!(
                r#"{{"type":"content-delta","index":0,"delta":{{"message":{{"content":{{"text":"{word}"}}}}}}}}"#
            ),
        });
    }
    let mut bytes = String::new();
    for payload in &payloads {
        match dialect {
            Dialect::Anthropic => {
                let kind = if payload.contains("message_start") { "message_start" } else { "content_block_delta" };
                let _ = write!(bytes, "event: {kind}\ndata: {payload}\n\n");
            }
            Dialect::OpenAiChat => {
                let _ = write!(bytes, "data: {payload}\n\n");
            }
            Dialect::Gemini => {
                let _ = write!(bytes, "data: {payload}\r\n\r\n");
            }
            Dialect::OpenAiResponses => {
                let _ = write!(bytes, "event: response.output_text.delta\ndata: {payload}\n\n");
            }
            Dialect::Cohere => {
                let _ = write!(bytes, "event: content-delta\ndata: {payload}\n\n");
            }
            Dialect::Ollama | Dialect::OllamaGenerate => {
                let _ = writeln!(bytes, "{payload}");
            }
        }
    }
    Load { dialect, bytes: bytes.into_bytes(), payloads, text }
}

/// What the bare reader keeps: the text, why it ended and the latest counts.
#[derive(Default)]
struct Bare {
    text: String,
    reason: Option<String>,
    counts: [Option<u64>; 2],
}

impl Bare {
    fn counts(&mut self, counts: Option<&Counts>) {
        if let Some(counts) = counts {
            self.counts = [counts.prompt_tokens, counts.completion_tokens];
        }
    }

    fn reason(&mut self, reason: Option<&Text<'_>>) {
        if let Some(reason) = reason {
            self.reason = Some(reason.0.to_string());
        }
    }
}

/// The bare reader.
fn bare(load: &Load) -> String {
    let mut read = Bare { text: String::with_capacity(load.text.len()), ..Bare::default() };
    for payload in &load.payloads {
        match load.dialect {
            Dialect::Anthropic => {
                let event: Event<'_> = serde_json::from_str(payload).expect("an event");
                read.counts(event.usage.as_ref());
                if let (Some(delta), "content_block_delta" | "message_delta") = (&event.delta, event.kind.0.as_ref()) {
                    read.text.push_str(delta.text.as_ref().map_or("", |t| &t.0));
                    read.reason(delta.stop_reason.as_ref());
                }
            }
            Dialect::OpenAiChat => {
                let chunk: Chunk<'_> = serde_json::from_str(payload).expect("a chunk");
                read.counts(chunk.usage.as_ref());
                for choice in &chunk.choices {
                    read.text.push_str(choice.delta.content.as_ref().map_or("", |t| &t.0));
                    read.reason(choice.finish_reason.as_ref());
                }
            }
            Dialect::Ollama => {
                let line: Line<'_> = serde_json::from_str(payload).expect("a line");
                read.text.push_str(&line.message.content.0);
                if line.done {
                    read.reason(line.done_reason.as_ref());
                    read.counts = [line.prompt_eval_count, line.eval_count];
                }
            }
            Dialect::OpenAiResponses => {
                let event: Plain<'_> = serde_json::from_str(payload).expect("an event");
                if event.kind.0 == "response.output_text.delta" {
                    read.text.push_str(event.delta.as_ref().map_or("", |t| &t.0));
                }
                if let Some(response) = &event.response {
                    read.reason(response.status.as_ref());
                    read.counts(response.usage.as_ref());
                }
            }
            Dialect::OllamaGenerate => {
                let line: Generated<'_> = serde_json::from_str(payload).expect("a line");
                read.text.push_str(&line.response.0);
                if line.done {
                    read.reason(line.done_reason.as_ref());
                    read.counts = [line.prompt_eval_count, line.eval_count];
                }
            }
            Dialect::Gemini => {
                let chunk: Candidates<'_> = serde_json::from_str(payload).expect("a chunk");
                for candidate in &chunk.candidates {
                    for part in &candidate.content.parts {
                        read.text.push_str(part.text.as_ref().map_or("", |t| &t.0));
                    }
                    read.reason(candidate.finish_reason.as_ref());
                }
                if let Some(counts) = chunk.usage_metadata {
                    read.counts = [counts.prompt_token_count, counts.candidates_token_count];
                }
            }
            Dialect::Cohere => {
                let event: Typed<'_> = serde_json::from_str(payload).expect("an event");
                if let (Some(message), "content-delta") = (&event.delta.message, event.kind.0.as_ref()) {
                    read.text.push_str(message.content.text.as_ref().map_or("", |t| &t.0));
                }
                read.reason(event.delta.finish_reason.as_ref());
            }
        }
    }
    std::hint::black_box((read.reason, read.counts));
    read.text
}

/// The decoder, fed `chunk` bytes at a time.
fn decoded(load: &Load, chunk: usize) -> String {
    let mut out = String::with_capacity(load.text.len());
    let head = Head { status: 200, headers: Vec::new() };
    let mut decoder = ResponseDecoder::new(load.dialect, &Quirks::assumed(load.dialect), head);
    let mut sink = |event: StreamEvent<'_>| {
        if let StreamEvent::Text(text) = event {
            out.push_str(text);
        }
    };
    for piece in load.bytes.chunks(chunk) {
        decoder.push(piece, &mut sink);
    }
    decoder.end(End::Eof, &mut sink);
    out
}

fn timed(best: &mut Duration, wanted: &str, run: impl FnOnce() -> String) {
    let start = Instant::now();
    let text = run();
    *best = (*best).min(start.elapsed());
    assert_eq!(text.len(), wanted.len(), "the text is wrong");
    assert!(text == wanted, "the text is wrong");
}

#[expect(clippy::cast_precision_loss, reason = "sizes are far below 2^52")]
fn rate(bytes: usize, time: Duration) -> f64 {
    bytes as f64 / 1e6 / time.as_secs_f64()
}

fn main() -> ExitCode {
    // `cargo test --benches` runs this once to see that it works.
    let turns = if std::env::args().any(|a| a == "--bench") { 60 } else { 1 };
    let mut rows = Vec::new();
    let mut missed = Vec::new();
    eprintln!("bytes to deltas, MB/s, best of {turns} (share of bare serde_json)");
    // A dialect's name as an argument leaves the others out.
    let only = std::env::args().skip(1).find(|a| !a.starts_with('-'));
    for (dialect, goal) in GOALS.into_iter().filter(|(d, _)| only.as_deref().is_none_or(|name| name == d.name())) {
        let small = load(dialect, EVENTS, |n| WORDS[n % WORDS.len()].to_owned());
        let large = load(dialect, 1, |_| "lorem ipsum dolor sit amet ".repeat((1 << 20) / 27));
        let mut limit = Duration::MAX;
        let mut times = [Duration::MAX; CHUNKS.len()];
        let mut large_time = Duration::MAX;
        for _ in 0..turns {
            timed(&mut limit, &small.text, || bare(&small));
            for (time, chunk) in times.iter_mut().zip(CHUNKS) {
                timed(time, &small.text, || decoded(&small, chunk));
            }
            timed(&mut large_time, &large.text, || decoded(&large, 1024));
        }
        let bare_rate = rate(small.bytes.len(), limit);
        eprintln!("  {:<12} bare {bare_rate:>6.0}", dialect.name());
        for (time, chunk) in times.into_iter().zip(CHUNKS) {
            let ours = rate(small.bytes.len(), time);
            let share = ours / bare_rate;
            let wanted = (chunk >= GOAL_FROM).then_some(goal);
            eprintln!("  {:<12} {chunk:>6} B {ours:>6.0}  {share:.2}", "");
            if wanted.is_some_and(|wanted| share < wanted) {
                missed
                    .push(format!("{} at {chunk} B: {share:.2} of bare serde_json, wanted {goal:.2}", dialect.name()));
            }
            rows.push(json!({"dialect": dialect.name(), "chunk": chunk, "mb_s": ours, "bare_mb_s": bare_rate, "share": share, "goal": wanted}));
        }
        let large_rate = rate(large.bytes.len(), large_time);
        let small_rate = rate(small.bytes.len(), times[1]);
        let slower = small_rate / large_rate;
        eprintln!("  {:<12} 1 MiB event in 1 KiB chunks {large_rate:.0}", "");
        if slower > LARGE_GOAL {
            missed.push(format!("{}: a 1 MiB event is {slower:.1} times slower than small ones", dialect.name()));
        }
        rows.push(json!({"dialect": dialect.name(), "event": 1 << 20, "chunk": 1024, "mb_s": large_rate, "slower_than_small": slower, "goal": LARGE_GOAL}));
    }
    println!("{}", json!({"wire": rows, "missed": missed}));
    for miss in &missed {
        eprintln!("MISSED {miss}");
    }
    if missed.is_empty() || turns == 1 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
