//! `tachikoma stats`: how providers and models did in past sessions. Read from this machine, told to nobody.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::ValueEnum;
use serde_json::json;
use tachikoma_forge::metrics::{Figures, HelpRates, Helped, Metrics, Past};
use tachikoma_forge::session::ForgeSession;
use tachikoma_native::Ledger;

use crate::exit::{Exit, Stop};
use crate::output::Target;
use crate::plain::plain;

/// Show how providers and models did: calls, failures, speed and cost
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Sessions' files (journals or exports to JSON) to count, in place of all that were run here
    files: Vec<PathBuf>,
    /// How it is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// A table for reading
    Text,
    /// One JSON object
    Json,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    match shown(args) {
        Ok(()) => Exit::Result.into(),
        Err(stop) => stop.report().into(),
    }
}

fn shown(args: &Args) -> Result<(), Stop> {
    let past = if args.files.is_empty() {
        let ledger = Ledger::usual(|name| std::env::var(name).ok())
            .ok_or_else(|| Stop::usage("there is no home folder, so nothing is kept. Name sessions' files."))?;
        let path = ledger.path().display();
        ledger.read().map_err(|e| Stop::failed(format!("{path} cannot be read: {e}")))?
    } else {
        let mut past = Past::default();
        for file in &args.files {
            let events = crate::export::read(file)?;
            let session = ForgeSession::fold(&events)
                .ok_or_else(|| Stop::usage(format!("{} holds no session.", file.display())))?;
            past.add(&Metrics::of(&session), Helped::of(&session).as_ref());
        }
        past
    };
    let text = match args.format {
        Format::Text => table(&past) + &help(&past.help),
        Format::Json => json(&past),
    };
    Target::new(None)?.write(&text)
}

fn json(Past { metrics, sessions, help }: &Past) -> String {
    let each = |all: &Metrics| -> serde_json::Map<String, serde_json::Value> {
        let figures = all.0.iter().map(|(name, f)| {
            let value = json!({
                "calls": f.calls, "answered": f.answered, "interrupted": f.interrupted, "failures": f.failures,
                "health": f.health().name(),
                "first_token_ms": {"p50": f.first_token.percentile(50), "p95": f.first_token.percentile(95)},
                "tokens_per_second": f.speed_tenths().map(tenths),
                "prompt_tokens": f.prompt_tokens, "answer_tokens": f.answer_tokens,
                "cost_nanodollars": f.cost, "calls_of_unknown_cost": f.unknown_cost,
            });
            (name.clone(), value)
        });
        figures.collect()
    };
    let rates = help
        .0
        .iter()
        .map(|(set_up, (helped, checked))| (set_up.clone(), json!({ "helped": helped, "checked": checked })));
    let rates: serde_json::Map<String, serde_json::Value> = rates.collect();
    let whole = json!({
        "help": rates, "sessions": sessions, "providers": each(&metrics.by_provider()), "models": each(metrics),
    });
    format!("{whole:#}\n")
}

fn tenths(value: u64) -> String {
    format!("{}.{}", value / 10, value % 10)
}

/// How often it helped, by set-up.
fn help(rates: &HelpRates) -> String {
    let line = |(set_up, (helped, checked)): (&String, &(u32, u32))| {
        format!("Deliberating helped in {helped} of {checked} checks with {}\n", plain(set_up))
    };
    let lines: String = rates.0.iter().map(line).collect();
    if lines.is_empty() { lines } else { format!("\n{lines}") }
}

fn table(Past { metrics, sessions, .. }: &Past) -> String {
    if metrics.0.is_empty() {
        return "Nothing yet: no model has been asked. Figures come with the first deliberation.\n".to_owned();
    }
    let head = ["model", "health", "calls", "failed", "first token", "p95", "tokens/s", "cost"].map(str::to_owned);
    let mut rows = vec![head];
    for (model, figures) in &metrics.0 {
        rows.push(row(model, figures));
    }
    let mut widths = [0; 8];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let several = if *sessions == 1 { "session" } else { "sessions" };
    let mut out = format!("{sessions} {several}\n\n");
    for row in &rows {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(widths).enumerate() {
            // Words to the left, figures to the right.
            line += &if at < 2 { format!("{cell:<width$}  ") } else { format!("{cell:>width$}  ") };
        }
        out += line.trim_end();
        out.push('\n');
    }
    let failures: Vec<String> = metrics.0.iter().filter_map(|(model, figures)| failures(model, figures)).collect();
    if !failures.is_empty() {
        out += &format!("\n{}\n", failures.join("\n"));
    }
    out
}

fn row(model: &str, figures: &Figures) -> [String; 8] {
    let seconds = |ms: Option<u64>| ms.map_or_else(|| "–".to_owned(), |ms| format!("{} s", tenths(ms.div_ceil(100))));
    let cost = match (figures.cost.0, figures.unknown_cost) {
        (_, 0) => figures.cost.to_string(),
        (0, _) => "unknown".to_owned(),
        (_, unknown) => format!("{} + {unknown} unknown", figures.cost),
    };
    [
        plain(model),
        figures.health().name().to_owned(),
        figures.calls.to_string(),
        figures.failed().to_string(),
        seconds(figures.first_token.percentile(50)),
        seconds(figures.first_token.percentile(95)),
        figures.speed_tenths().map_or_else(|| "–".to_owned(), tenths),
        cost,
    ]
}

fn failures(model: &str, figures: &Figures) -> Option<String> {
    let each: Vec<String> = figures.failures.iter().map(|(kind, n)| format!("{n} × {kind}")).collect();
    (!each.is_empty()).then(|| format!("{}: {}", plain(model), each.join(", ")))
}
