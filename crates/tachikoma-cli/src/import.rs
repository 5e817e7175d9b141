//! `tachikoma import`: a session that was exported, as a journal that can be continued.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use tachikoma_forge::driver::Journal;
use tachikoma_forge::export::{self, Imported, MAX_BYTES};
use tachikoma_forge::protocol::protocol;
use tachikoma_forge::session::{ForgeSession, Participant, SessionState};
use tachikoma_native::FileJournal;

use crate::exit::{Exit, Stop};
use crate::output::Target;
use crate::panel;
use crate::plain::line;

/// The longest line about what a file holds, in characters.
const LINE: usize = 200;

/// Make a session's file of an export, to look at and to continue
#[derive(clap::Args)]
pub(crate) struct Args {
    /// An export to JSON or YAML, or a journal; `-` reads it from stdin
    file: PathBuf,
    /// Where the session's file is written; one that is there is never written over
    #[arg(long, value_name = "OUT")]
    session: PathBuf,
}

pub(crate) fn run(args: &Args) -> ExitCode {
    panel::block_on(imported(args)).into()
}

async fn imported(args: &Args) -> Result<Exit, Stop> {
    let Imported { events, note } =
        export::read(&bytes(&args.file)?).map_err(|e| Stop::usage(format!("{}: {e}", args.file.display())))?;
    let session = ForgeSession::fold(&events).ok_or_else(|| Stop::failed("the file holds no events"))?;
    let out = &args.session;
    let refused = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::AlreadyExists => {
            Stop::usage(format!("{} is there already: name a file that is not there yet.", out.display()))
        }
        _ => Stop::usage(format!("{} cannot be written: {e}", out.display())),
    };
    std::fs::OpenOptions::new().write(true).create_new(true).open(out).map(drop).map_err(refused)?;
    let journal = FileJournal::open(out).map_err(|e| Stop::usage(e.message))?;
    if let Err(e) = journal.append(events).await {
        // Half a session would look like a whole one that was cut off.
        let _ = std::fs::remove_file(out);
        return Err(Stop::failed(e.message));
    }
    if let Some(note) = note {
        anstream::eprintln!("note: {note}");
    }
    Target::Stdout.write(&told(&session, out))?;
    Ok(Exit::Result)
}

/// All of the file, unless it is too large to be one of ours.
fn bytes(file: &Path) -> Result<Vec<u8>, Stop> {
    let unreadable =
        |e| Stop::usage(format!("{} cannot be read: {e}. Name an exported session's file.", file.display()));
    let from: Box<dyn Read> = match file.to_str() {
        Some("-") => Box::new(std::io::stdin().lock()),
        _ => Box::new(std::fs::File::open(file).map_err(unreadable)?),
    };
    let mut bytes = Vec::new();
    // One more than is read, so that the reader sees that it is too many.
    from.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

/// What it holds, how it stands, and how it goes on.
fn told(session: &ForgeSession, out: &Path) -> String {
    let mut told = format!("{}\n", line(&session.topic.title, LINE));
    if session.demo {
        told += "The members are scripted: this is the demo.\n";
    }
    for member in &session.participants {
        told += &line(&format!("- {}: {}", member.name, member.model), LINE);
        told.push('\n');
    }
    let rounds = session.rounds.len();
    let stands = match &session.state {
        SessionState::Ended { detail, .. } => line(detail, LINE),
        SessionState::Running => "It was cut off before its end.".to_owned(),
    };
    told += &format!("{rounds} {}. {stands}\n", if rounds == 1 { "round" } else { "rounds" });
    let out = out.display();
    if session.is_finished() {
        told += &format!("It is finished. Read it with: tachikoma export {out} --format md\n");
        return told;
    }
    if protocol(&session.protocol).is_none() {
        let name = line(&session.protocol, LINE);
        told += &format!("It cannot be continued: this version does not know the protocol {name}.\n");
        return told;
    }
    let targets = session.participants.iter().flat_map(Participant::targets);
    let addresses: BTreeSet<&str> = targets.filter_map(|model| model.base_url.as_deref()).collect();
    if !addresses.is_empty() {
        let addresses = line(&addresses.into_iter().collect::<Vec<_>>().join(", "), LINE);
        told +=
            &format!("Its members are asked at {addresses}: keys go to an address elsewhere only with --key-for.\n");
    }
    told += &format!("Continue it with: tachikoma deliberate --session {out}\n");
    told
}
