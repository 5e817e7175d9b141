//! `tachikoma edit`: another text in a session's file, on a branch of its own.
//!
//! Nothing is asked here. `deliberate --session FILE` asks anew what read the changed text, and that only.

use std::path::PathBuf;
use std::process::ExitCode;

use tachikoma_forge::driver::{Journal as _, Platform as _};
use tachikoma_forge::engine::{Effect, Engine, Targets};
use tachikoma_forge::protocol::protocol;
use tachikoma_forge::session::{Change, ControlAction, ForgeSession, Topic};
use tachikoma_forge::types::{AskId, RoundNumber};
use tachikoma_native::{FileJournal, NativePlatform};

use crate::exit::{Exit, Stop};
use crate::panel::block_on;

/// Change what a member wrote, or the goal, or go back to the end of a round
#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("what").required(true).args(["ask", "goal", "back", "redo"])))]
pub(crate) struct Args {
    /// A session's file; the change is written into it
    file: PathBuf,
    /// The turn to change, such as b0/r1/draft/s0/v0
    #[arg(long, value_name = "ASK", requires = "text_file")]
    ask: Option<AskId>,
    /// Its new text, in the form that its round wants; `-` reads it from stdin
    #[arg(long, value_name = "FILE", requires = "ask")]
    text_file: Option<PathBuf>,
    /// Another goal: everything is asked anew
    #[arg(long, value_name = "TEXT")]
    goal: Option<String>,
    /// Leave behind what came after this round
    #[arg(long, value_name = "ROUND")]
    back: Option<RoundNumber>,
    /// A turn to ask anew
    #[arg(long, value_name = "ASK")]
    redo: Option<AskId>,
}

pub(crate) fn run(args: Args) -> ExitCode {
    block_on(edit(args)).into()
}

async fn edit(args: Args) -> Result<Exit, Stop> {
    if !args.file.exists() {
        return Err(Stop::usage(format!("{} is not there. Name a session's file.", args.file.display())));
    }
    let journal = FileJournal::open(&args.file).map_err(|e| Stop::usage(e.message))?;
    let events = journal.load().await.map_err(|e| Stop::usage(e.message))?;
    let session = ForgeSession::fold(&events)
        .filter(|session| !session.participants.is_empty())
        .ok_or_else(|| Stop::usage(format!("{} holds no session yet.", args.file.display())))?;
    let change = change(&args, &session)?;
    let known = protocol(&session.protocol)
        .ok_or_else(|| Stop::usage(format!("this version does not know the protocol {:?}", session.protocol)))?;
    let first = Some(ControlAction::Change { change });
    // A change opens a branch and pauses: no model has to be known, since none is called.
    let now = NativePlatform::new().now();
    let mut engine = Engine::resume(session, known, Targets::default(), first, now)
        .map_err(|why| Stop::usage(format!("It cannot be changed: {why}.")))?;
    while let Some(effect) = engine.poll() {
        if let Effect::Append(events) = effect {
            journal.append(events).await.map_err(|e| Stop::failed(e.message))?;
        }
    }
    let follows = match engine.session().stale.len() {
        0 => "It goes on from there with".to_owned(),
        1 => "1 answer read it and is asked anew with".to_owned(),
        stale => format!("{stale} answers read it and are asked anew with"),
    };
    anstream::eprintln!(
        "Changed, on branch {}. {follows}: tachikoma deliberate --session {}",
        engine.session().branch + 1,
        args.file.display()
    );
    Ok(Exit::Result)
}

fn change(args: &Args, session: &ForgeSession) -> Result<Change, Stop> {
    if let (Some(ask), Some(path)) = (&args.ask, &args.text_file) {
        let text = match path.to_str() {
            Some("-") => crate::input::text(Some("-"), true, "the text")?.unwrap_or_default(),
            _ => std::fs::read_to_string(path)
                .map_err(|e| Stop::usage(format!("{} cannot be read: {e}.", path.display())))?,
        };
        return Ok(Change::Text { ask: ask.clone(), text });
    }
    if let Some(goal) = &args.goal {
        let Topic { title, goal, .. } = Topic::new(goal.clone());
        return Ok(Change::Goal { topic: Topic { title, goal, ..session.topic.clone() } });
    }
    if let Some(round) = args.back {
        return Ok(Change::Back { round });
    }
    match &args.redo {
        Some(ask) => Ok(Change::Redo { ask: ask.clone() }),
        None => Err(Stop::usage("say what to change: --ask, --goal, --back or --redo")),
    }
}
