//! `tachikoma fork`: a session of its own that begins as another one stood at the end of a round.

use std::path::PathBuf;
use std::process::ExitCode;

use tachikoma_forge::driver::{Journal as _, Platform as _};
use tachikoma_forge::session::fork;
use tachikoma_forge::types::RoundNumber;
use tachikoma_native::{FileJournal, NativePlatform};

use crate::exit::{Exit, Stop};
use crate::panel::block_on;

/// Make a session of its own from another one, as it stood at the end of a round
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A session's file: a journal, or an export to JSON; it stays as it is
    file: PathBuf,
    /// The last round that comes along
    #[arg(long, value_name = "N")]
    round: RoundNumber,
    /// Where the new session is kept
    #[arg(long, value_name = "OUT")]
    session: PathBuf,
}

pub(crate) fn run(args: Args) -> ExitCode {
    block_on(forked(args)).into()
}

async fn forked(args: Args) -> Result<Exit, Stop> {
    let events = crate::export::read(&args.file)?;
    let platform = NativePlatform::new();
    let new = fork(&events, args.round, platform.session_id(), platform.now().wall_ms)
        .map_err(|why| Stop::usage(format!("{}: {why}.", args.file.display())))?;
    if args.session.exists() {
        return Err(Stop::usage(format!("{} is there already: choose another file.", args.session.display())));
    }
    let journal = FileJournal::open(&args.session).map_err(|e| Stop::usage(e.message))?;
    journal.append(new).await.map_err(|e| Stop::failed(e.message))?;
    anstream::eprintln!("Continue it with: tachikoma deliberate --session {}", args.session.display());
    Ok(Exit::Result)
}
