//! `tachikoma decode`: shows how a captured provider stream is understood.
//!
//! For people who debug a provider, and for tests. With `--framing` it prints the frames, with `--dialect`
//! the stream events and a summary, one JSON line each. It reads stdin as it comes, so that a live stream
//! can be piped in, and its output never depends on how the bytes were cut.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::{Value, json};
use tachikoma_forge::llm::classify::Head;
use tachikoma_forge::llm::codec::{Answer, AnswerEnd, Dialect, End, Quirks, ResponseDecoder, StreamEvent};
use tachikoma_forge::wire::{FrameTooLong, Ndjson, Sse, SseFrame, SseItem};

/// Show how a captured provider stream, read from stdin, is understood.
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true)))]
pub(crate) struct Args {
    /// Print the frames
    #[arg(long, group = "what", value_name = "FRAMING")]
    framing: Option<Framing>,
    /// Print the stream events and a summary
    #[arg(long, group = "what", value_name = "DIALECT")]
    dialect: Option<DialectName>,
    /// Feed this many bytes at a time
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    chunk: Option<u64>,
    /// The answer's HTTP status
    #[arg(long, value_name = "N", default_value_t = 200, value_parser = clap::value_parser!(u16).range(100..=599), conflicts_with = "framing")]
    status: u16,
    /// The answer's content type
    #[arg(long, value_name = "TYPE", conflicts_with = "framing")]
    content_type: Option<String>,
    /// A header of the answer, as 'name: value'; may be repeated
    #[arg(long, value_name = "HEADER", value_parser = header, conflicts_with = "framing")]
    header: Vec<(String, String)>,
    /// The connection was reset at the end
    #[arg(long, conflicts_with = "framing")]
    cut: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Framing {
    Sse,
    Ndjson,
}

#[derive(Clone, Copy, ValueEnum)]
enum DialectName {
    Anthropic,
    #[value(name = "openai-chat")]
    OpenAiChat,
    #[value(name = "openai-responses")]
    OpenAiResponses,
    Ollama,
    OllamaGenerate,
    Gemini,
    Cohere,
}

impl From<DialectName> for Dialect {
    fn from(name: DialectName) -> Self {
        match name {
            DialectName::Anthropic => Self::Anthropic,
            DialectName::OpenAiChat => Self::OpenAiChat,
            DialectName::OpenAiResponses => Self::OpenAiResponses,
            DialectName::Ollama => Self::Ollama,
            DialectName::OllamaGenerate => Self::OllamaGenerate,
            DialectName::Gemini => Self::Gemini,
            DialectName::Cohere => Self::Cohere,
        }
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once(':').ok_or("expected 'name: value'")?;
    let name = name.trim().to_ascii_lowercase();
    if name.is_empty() {
        return Err("the header's name is missing".to_owned());
    }
    Ok((name, value.trim().to_owned()))
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> ExitCode {
    let input = io::stdin().lock();
    let mut lines = Lines { out: io::BufWriter::new(io::stdout().lock()), failed: None };
    let read = match (args.framing, args.dialect) {
        (Some(Framing::Sse), _) => sse(args, input, &mut lines),
        (Some(Framing::Ndjson), _) => ndjson(args, input, &mut lines),
        (None, Some(name)) => dialect(args, name.into(), input, &mut lines),
        // The argument parser asks for one of the two.
        (None, None) => return ExitCode::from(2),
    };
    let written = lines.finish();
    match read.and(written) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever closed the pipe has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("tachikoma decode: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes JSON lines. Keeps the first failure, since the sinks that call it cannot fail.
struct Lines<W: Write> {
    out: W,
    failed: Option<io::Error>,
}

impl<W: Write> Lines<W> {
    fn line(&mut self, text: &str) {
        if self.failed.is_none() {
            self.failed = writeln!(self.out, "{text}").err();
        }
    }

    fn json(&mut self, value: &Value) {
        self.line(&value.to_string());
    }

    /// Shows what was written so far, and tells whether it could be.
    fn flush(&mut self) -> io::Result<()> {
        match self.failed.take() {
            Some(error) => Err(error),
            None => self.out.flush(),
        }
    }

    fn finish(mut self) -> io::Result<()> {
        self.flush()
    }
}

/// Reads the input to its end, in the pieces that were asked for.
fn feed<W: Write>(
    args: &Args,
    mut input: impl Read,
    lines: &mut Lines<W>,
    mut push: impl FnMut(&[u8], &mut Lines<W>),
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = match input.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        let size = args.chunk.map_or(read, |n| usize::try_from(n).unwrap_or(usize::MAX));
        for piece in buffer[..read].chunks(size) {
            push(piece, lines);
        }
        lines.flush()?;
    }
}

fn frame_json(frame: &SseFrame<'_>) -> Value {
    json!({"event": frame.event, "data": frame.data, "id": frame.id, "retry": frame.retry})
}

fn too_long(error: FrameTooLong) -> Value {
    json!({"error": "frame_too_long", "limit": error.limit})
}

fn sse<W: Write>(args: &Args, input: impl Read, lines: &mut Lines<W>) -> io::Result<()> {
    let mut framer = Sse::default();
    let mut failed = false;
    feed(args, input, lines, |piece, lines| {
        let pushed = framer.push(piece, |item| {
            if let SseItem::Frame(frame) = item {
                lines.json(&frame_json(&frame));
            }
        });
        if let (Err(error), false) = (pushed, failed) {
            failed = true;
            lines.json(&too_long(error));
        }
    })?;
    if let Some(tail) = framer.tail() {
        lines.json(&json!({"tail": frame_json(&tail)}));
    }
    Ok(())
}

/// A line as it stands, if it is JSON: numbers keep their digits, objects their order.
fn json_line(line: &str) -> Option<String> {
    serde_json::from_str::<serde::de::IgnoredAny>(line).ok()?;
    // Within JSON a CR is white space; in the output it would look like a line end.
    Some(format!("{{\"json\":{}}}", line.replace('\r', " ")))
}

fn ndjson<W: Write>(args: &Args, input: impl Read, lines: &mut Lines<W>) -> io::Result<()> {
    let mut framer = Ndjson::default();
    let mut failed = false;
    let show = |line: &str| json_line(line).unwrap_or_else(|| json!({"error": "invalid_json"}).to_string());
    feed(args, input, lines, |piece, lines| {
        let pushed = framer.push(piece, |line| lines.line(&show(&line)));
        if let (Err(error), false) = (pushed, failed) {
            failed = true;
            lines.json(&too_long(error));
        }
    })?;
    if let Some(tail) = framer.tail() {
        lines.line(&show(&tail));
    }
    Ok(())
}

fn dialect<W: Write>(args: &Args, dialect: Dialect, input: impl Read, lines: &mut Lines<W>) -> io::Result<()> {
    let mut headers = args.header.clone();
    if let Some(content_type) = &args.content_type {
        headers.insert(0, ("content-type".to_owned(), content_type.clone()));
    }
    let head = Head { status: args.status, headers };
    let mut decoder = ResponseDecoder::new(dialect, &Quirks::assumed(dialect), head);
    let mut answer = Answer::default();
    feed(args, input, lines, |piece, lines| {
        decoder.push(piece, &mut |event| {
            lines.json(&event_json(&event));
            answer.take(event);
        });
    })?;
    let end = if args.cut { End::Cut } else { End::Eof };
    decoder.end(end, &mut |event| {
        lines.json(&event_json(&event));
        answer.take(event);
    });
    lines.json(&json!({"summary": summary(&answer)}));
    Ok(())
}

fn event_json(event: &StreamEvent<'_>) -> Value {
    match event {
        StreamEvent::Text(text) => json!({"text": text}),
        StreamEvent::Reasoning(text) => json!({"reasoning": text}),
        StreamEvent::ToolCall(call) => json!({"tool_call": {
            "index": call.index, "id": call.id, "name": call.name, "arguments": call.arguments,
        }}),
        StreamEvent::Usage(usage) => json!({"usage": usage}),
        StreamEvent::Thought(block) => json!({"thought": block}),
        StreamEvent::Heartbeat => json!({"heartbeat": true}),
        StreamEvent::Finished { reason, raw } => {
            json!({"finished": {"stop_reason": reason.name(), "raw_stop_reason": raw}})
        }
        StreamEvent::Failed(error) => json!({"failed": {
            "kind": error.kind.name(), "message": error.message, "retryable": error.retryable,
            "retry_after_s": error.retry_after.map(seconds), "status": error.status, "code": error.code,
        }}),
        StreamEvent::Truncated => json!({"truncated": true}),
    }
}

/// Seconds, whole where they are.
fn seconds(delay: std::time::Duration) -> Value {
    if delay.subsec_nanos() == 0 { json!(delay.as_secs()) } else { json!(delay.as_secs_f64()) }
}

fn summary(answer: &Answer) -> Value {
    let (stop_reason, raw, retry_after) = match &answer.end {
        Some(AnswerEnd::Finished { reason, raw }) => (Some(reason.name()), raw.clone(), None),
        Some(AnswerEnd::Failed(error)) => (None, None, error.retry_after.map(seconds)),
        Some(AnswerEnd::Truncated) | None => (None, None, None),
    };
    let calls: Vec<Value> =
        answer.tool_calls().into_iter().map(|c| json!({"name": c.name, "arguments": c.arguments})).collect();
    json!({
        "text": answer.text,
        "reasoning": answer.reasoning,
        "stop_reason": stop_reason,
        "raw_stop_reason": raw,
        "input_tokens": answer.usage.input_tokens,
        "output_tokens": answer.usage.output_tokens,
        "tool_calls": calls,
        "complete": stop_reason.is_some(),
        "error_kind": answer.kind().map(|kind| kind.name()),
        "retry_after_s": retry_after,
    })
}
