//! `tachikoma pull`: fetches a model to the server that will run it.

use std::io::IsTerminal;
use std::process::ExitCode;

use futures::StreamExt;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use tachikoma_forge::llm::manage::{bytes_in_words, unsupported};
use tachikoma_forge::llm::{PullProgress, PullTotals};
use tachikoma_forge::types::ModelRef;

use crate::deliberate::signal;
use crate::exit::{Exit, Stop};
use crate::output::{List, Target};
use crate::panel;
use crate::plain::line;
use crate::reach::Reach;

/// Pull a model to the server that will run it, where that is possible (Ollama)
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The model, as provider/model[@base_url]
    model: ModelRef,
    #[command(flatten)]
    reach: Reach,
    /// How the end is written
    #[arg(long, value_enum, default_value_t = List::Text)]
    format: List,
    /// Say nothing but errors while it runs
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(args: Args) -> ExitCode {
    panel::block_on(async {
        tokio::select! {
            // Heard from the start: before the first word shows.
            biased;
            // The request ends with the future, and the fetching with the request.
            () = signal() => {
                anstream::eprintln!("Stopped. What was fetched is kept for the next time.");
                Ok(Exit::Interrupted)
            }
            done = pull(args) => done,
        }
    })
    .into()
}

async fn pull(args: Args) -> Result<Exit, Stop> {
    let model = args.model.clone();
    let provider = args.reach.provider(args.model)?;
    if !provider.capabilities().manages_models {
        return Err(panel::stop(unsupported("Pulling models", provider.label()), true));
    }
    let mut steps = provider.pull_model(&model.model).await.map_err(|e| panel::stop(e, false))?;
    let mut shown = Shown::new(args.quiet);
    let mut totals = PullTotals::default();
    while let Some(step) = steps.next().await {
        let step = step.map_err(|e| panel::stop(e, false))?;
        totals.take(&step);
        shown.take(&step, &totals);
    }
    shown.end();
    let bytes = totals.total();
    let text = match args.format {
        List::Text => format!("{} is here ({}).\n", line(&model.to_string(), 300), bytes_in_words(bytes)),
        List::Json => {
            format!("{:#}\n", json!({"model": model.to_string(), "status": "success", "bytes": bytes}))
        }
    };
    Target::Stdout.write(&text)?;
    Ok(Exit::Result)
}

/// How far it is, on stderr: a bar on a terminal, a line for each new step in a pipe.
struct Shown {
    bar: Option<ProgressBar>,
    quiet: bool,
    said: String,
}

impl Shown {
    fn new(quiet: bool) -> Self {
        let bar = (std::io::stderr().is_terminal() && !quiet).then(|| {
            let bar = ProgressBar::new(0);
            let template = "  {msg:32!} {wide_bar} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar
        });
        Self { bar, quiet, said: String::new() }
    }

    fn take(&mut self, step: &PullProgress, totals: &PullTotals) {
        let words = line(&step.status, 60);
        if let Some(bar) = &self.bar {
            bar.set_length(totals.total());
            bar.set_position(totals.completed());
            bar.set_message(words);
        } else if !self.quiet && words != self.said {
            let size = step.total.map_or_else(String::new, |total| format!(", {}", bytes_in_words(total)));
            anstream::eprintln!("{words}{size}");
            self.said = words;
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
