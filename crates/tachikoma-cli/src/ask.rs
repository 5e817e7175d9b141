//! `tachikoma ask`: one model answers, and its answer is printed as it comes.
//!
//! One request and no second try: whoever wants retries, fallbacks and other members deliberates.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use futures::StreamExt;
use tachikoma_forge::cost::Price;
use tachikoma_forge::llm::codec::accompanying_kind;
use tachikoma_forge::llm::{LlmRequest, LlmStream};
use tachikoma_forge::types::{ErrorKind, StopReason, TokenUsage};
use tachikoma_native::NativePlatform;

use crate::deliberate::signal;
use crate::exit::{Exit, Stop};
use crate::panel;
use crate::plain::{line, plain};
use crate::reach::Reach;
use crate::spending;
use crate::wishes::Wishes;

/// Ask one model, and print its answer as it comes
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to ask; `-` reads it from stdin
    text: Option<String>,
    /// What to ask, as an option
    #[arg(short = 'p', long, value_name = "TEXT", conflicts_with = "text")]
    prompt: Option<String>,
    /// The model, as provider/model[@base_url]
    #[arg(short = 'm', long = "model", value_name = "MODEL")]
    model: String,
    /// The provider, where the model is named alone
    #[arg(long, value_name = "PROVIDER")]
    provider: Option<String>,
    #[command(flatten)]
    reach: Reach,
    /// Instructions that stand above the question
    #[arg(short = 's', long, value_name = "TEXT")]
    system: Option<String>,
    #[command(flatten)]
    wishes: Wishes,
    /// Show what the model thinks aloud, on stderr
    #[arg(long)]
    show_reasoning: bool,
}

pub(crate) fn run(args: Args) -> ExitCode {
    panel::block_on(ask(args)).into()
}

async fn ask(args: Args) -> Result<Exit, Stop> {
    let text = args.prompt.as_deref().or(args.text.as_deref());
    let text = crate::input::text(text, true, "the question")?.ok_or_else(|| {
        Stop::usage("there is no question. Write it behind the command, or `-` to read it from stdin.")
    })?;
    let registry = panel::registry(&Arc::new(NativePlatform::new()), 1.0);
    let model = panel::model(&args.model, args.provider.as_deref(), &registry)?;
    let named = model.to_string();
    let price = spending::price(&model, &registry)?;
    let provider = args.reach.provider_of(registry, model)?;
    let request = args.wishes.apply(LlmRequest { system_prompt: args.system, ..LlmRequest::ask(text) })?;
    for adjustment in provider.adjustments(&request).iter().filter(|a| a.is_loss()) {
        anstream::eprintln!("note: {}", line(&adjustment.message(&named), 300));
    }
    let answer = async {
        let stream = provider.complete_stream(request).await.map_err(|e| panel::stop(e, false))?;
        print(stream, args.show_reasoning, price.as_ref()).await
    };
    tokio::select! {
        biased;
        () = signal() => Ok(Exit::Interrupted),
        done = answer => done,
    }
}

/// Prints an answer as it comes: text to stdout, the rest to stderr.
async fn print(mut stream: LlmStream, reasoning: bool, price: Option<&Price>) -> Result<Exit, Stop> {
    let (mut text, mut thought) = (Line::default(), Line::default());
    let mut usage = TokenUsage::default();
    let mut reason = None;
    let mut failed = None;
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => {
                if reasoning {
                    thought.write(io::stderr().lock(), &piece.reasoning)?;
                }
                if !piece.delta.is_empty() {
                    thought.end(io::stderr().lock())?;
                }
                if !text.write(io::stdout().lock(), &piece.delta)? {
                    // Who reads has seen enough.
                    return Ok(Exit::Result);
                }
                usage = piece.usage.unwrap_or(usage);
                reason = piece.finish_reason.or(reason);
            }
            Err(error) => failed = Some(error),
        }
    }
    thought.end(io::stderr().lock())?;
    text.end(io::stdout().lock())?;
    anstream::eprintln!("{}; cost: {}", counts(&usage), spending::of_call(price, &usage));
    if let Some(error) = failed {
        return Err(panel::stop(error, false));
    }
    let reason = reason.unwrap_or(StopReason::Unknown);
    match (accompanying_kind(reason, text.any, false), reason) {
        (Some(ErrorKind::Refusal), _) => Err(Stop::failed("the model declined to answer.")),
        (Some(ErrorKind::ContentFilter), _) => Err(Stop::failed("the provider withheld the answer.")),
        (Some(_), _) => Err(Stop::failed("the model finished without a word.")),
        (None, StopReason::MaxTokens | StopReason::ContextWindow) => {
            anstream::eprintln!("The answer is cut short: the limit of tokens was met.");
            Ok(Exit::Partial)
        }
        (None, _) => Ok(Exit::Result),
    }
}

fn counts(usage: &TokenUsage) -> String {
    let count = |tokens: Option<u64>| tokens.map_or_else(|| "unknown".to_owned(), |n| n.to_string());
    let reasoned = usage.reasoning_tokens.map_or_else(String::new, |n| format!(", {n} of them reasoning"));
    format!("tokens: {} in, {} out{reasoned}", count(usage.input_tokens), count(usage.output_tokens))
}

/// Text on its way to a terminal or pipe, which is to end with the end of a line.
#[derive(Default)]
struct Line {
    /// Whether there was any.
    any: bool,
    open: bool,
}

impl Line {
    /// Writes a piece at once; gives whether anybody reads on.
    fn write(&mut self, mut out: impl Write, text: &str) -> Result<bool, Stop> {
        if text.is_empty() {
            return Ok(true);
        }
        self.any = self.any || !text.trim().is_empty();
        self.open = !text.ends_with('\n');
        match out.write_all(plain(text).as_bytes()).and_then(|()| out.flush()) {
            Err(e) if e.kind() == io::ErrorKind::BrokenPipe => Ok(false),
            Err(e) => Err(Stop::failed(format!("the answer cannot be written: {e}"))),
            Ok(()) => Ok(true),
        }
    }

    fn end(&mut self, out: impl Write) -> Result<(), Stop> {
        if self.open {
            self.write(out, "\n")?;
        }
        Ok(())
    }
}
