//! `tachikoma follow-up`: a new session that stands on what another one said.

use std::path::PathBuf;
use std::process::ExitCode;

use tachikoma_forge::session::{Carry, ForgeSession, Topic, carry};

use crate::deliberate::{self, Follows};
use crate::exit::Stop;

/// Ask a further question on the ground of a session
#[derive(clap::Args)]
// The arguments of a deliberation below are a group of the same name.
#[group(skip)]
pub(crate) struct Args {
    /// The session's file that it follows: a journal, or an export to JSON; it stays as it is
    file: PathBuf,
    /// What comes along: the answer, the drafts, or both
    #[arg(long, value_enum, default_value_t = What::Synthesis)]
    carry: What,
    #[command(flatten)]
    deliberate: deliberate::Args,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum What {
    /// The answer alone
    Synthesis,
    /// The drafts
    Drafts,
    /// The answer and the drafts
    All,
}

pub(crate) fn run(args: Args) -> ExitCode {
    match follows(&args) {
        Ok(follows) => deliberate::run_after(args.deliberate, Some(follows)),
        Err(stop) => stop.report().into(),
    }
}

fn follows(args: &Args) -> Result<Follows, Stop> {
    let events = crate::export::read(&args.file)?;
    let path = args.file.display();
    let session = ForgeSession::fold(&events)
        .filter(|session| !session.participants.is_empty())
        .ok_or_else(|| Stop::usage(format!("{path} holds no session yet: there is nothing to follow.")))?;
    let what = match args.carry {
        What::Synthesis => Carry::Synthesis,
        What::Drafts => Carry::Drafts,
        What::All => Carry::All,
    };
    let carried = carry(&session, &what);
    if carried.is_empty() {
        return Err(Stop::usage(format!("{path} has nothing of that kind yet. --carry drafts or all may have more.")));
    }
    let earlier = session.participants.iter().chain(&session.topic.carried_panel).cloned().collect();
    Ok(Follows {
        topic: Topic { carried, carried_panel: earlier, ..Topic::default() },
        constraints: session.topic.constraints.clone(),
        members: session.participants,
    })
}
