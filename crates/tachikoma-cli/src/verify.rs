//! `tachikoma verify`: whether a session's end follows from what is recorded in it.

use std::path::PathBuf;
use std::process::ExitCode;

use tachikoma_forge::verify::{Report, verify};

use crate::exit::{Exit, Stop};
use crate::output::Target;
use crate::plain::plain;

/// Check that a session's end follows from its recorded votes; nothing is asked of any model
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A session's file: a journal, or an export to JSON or YAML
    file: PathBuf,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    match checked(args) {
        Ok(exit) => exit.into(),
        Err(stop) => stop.report().into(),
    }
}

fn checked(args: &Args) -> Result<Exit, Stop> {
    let events = crate::export::read(&args.file)?;
    let report = verify(&events);
    Target::new(None)?.write(&plain(&told(&report)))?;
    Ok(if report.holds() { Exit::Result } else { Exit::Failed })
}

fn told(report: &Report) -> String {
    let mut out = String::new();
    if let Some(end) = &report.end {
        out += &format!("End: {}\n", end.detail);
        if let Some(rule) = end.rule {
            out += &format!("Rule: {}\n", rule.words());
        }
    }
    for line in &report.formula {
        out += &format!("{line}\n");
    }
    out += "\nChecked:\n";
    for (rule, times) in &report.checked {
        out += &format!("{times:>6}  {}\n", rule.words());
    }
    for note in &report.notes {
        out += &format!("Note: {note}\n");
    }
    if report.holds() {
        out += "\nThe recorded end follows from what is recorded.\n";
        return out;
    }
    out += "\nThe recorded end does not follow from what is recorded:\n";
    for finding in &report.findings {
        out += &format!("  event {}: {}\n", finding.seq, finding.words);
    }
    out
}
