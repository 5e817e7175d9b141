//! `tachikoma deliberate`: several models think about one goal, and the result is printed.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use futures::StreamExt;
use tachikoma_forge::driver::{
    ControlHandle, EventStream, ForgeOrchestrator, Journal, MemoryJournal, Runtime, StartError, StartErrorKind,
    demo_participants,
};
use tachikoma_forge::protocol::{OUTLINES, choose, estimate, foresee};
use tachikoma_forge::session::{
    Balance, EndReason, Envelope, ForgeSession, Participant, SessionState, Settings, Topic, Trim, TurnState,
};
use tachikoma_forge::types::ErrorKind;
use tachikoma_native::{FileJournal, Ledger, NativePlatform};

use crate::course::Course;
use crate::exit::{Exit, Stop};
use crate::guard::{self, Guard};
use crate::output::{Format, Target, render};
use crate::panel;
use crate::plain::plain;
use crate::progress::Progress;
use crate::reach::KeyFor;
use crate::saved::Saved;
use crate::spending;

/// Have several models draft, criticise, synthesise and vote on a goal
#[derive(clap::Args)]
pub(crate) struct Args {
    /// What to think about; `-` reads it from stdin
    goal: Option<String>,
    /// A member, as provider/model[@base_url]; repeat for each. Interchangeable targets of its model have a |
    /// between them, the models that it falls back to a comma: 'openai/x|openai#2/x,ollama/y'
    #[arg(short = 'm', long = "model", value_name = "MODEL", conflicts_with = "demo")]
    models: Vec<String>,
    /// The provider of the members that are named by their model alone
    #[arg(long, value_name = "PROVIDER", conflicts_with = "demo")]
    provider: Option<String>,
    #[command(flatten)]
    key_for: KeyFor,
    /// Something that every answer must respect; may be repeated
    #[arg(long, value_name = "TEXT")]
    constraint: Vec<String>,
    /// A file that every member is given: text, Markdown, the text of a PDF, a picture; may be repeated
    #[arg(long, value_name = "FILE")]
    attach: Vec<PathBuf>,
    /// Scripted members in place of models: no key, no network
    #[arg(long)]
    demo: bool,
    /// The most rounds, all types counted
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: Option<u32>,
    /// The agreement that ends it, above 0 and up to 1
    #[arg(long, value_name = "X", value_parser = threshold)]
    threshold: Option<u32>,
    /// How long a round may take, in seconds; then it ends with what is ready
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    timeout: Option<u32>,
    /// How interchangeable targets share the work: round-robin, least-busy or fastest
    #[arg(long, value_name = "HOW")]
    balance: Option<Balance>,
    /// The most calls to one server at once; without it 1 to a local server and 8 to others
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=256))]
    concurrency: Option<u32>,
    #[command(flatten)]
    course: Course,
    #[command(flatten)]
    saved: Saved,
    #[command(flatten)]
    limits: spending::Limits,
    #[command(flatten)]
    guard: Guard,
    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the result to a file
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Keep the journal in this file; an existing one is continued
    #[arg(long, value_name = "FILE")]
    session: Option<PathBuf>,
    /// Take commands and the answers of members that are people from stdin, though it is no terminal
    #[arg(long)]
    interactive: bool,
    /// How long a person has for an answer, in seconds; without it as long as it takes
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    person_timeout: Option<u32>,
    /// Say nothing but errors while it runs
    #[arg(short, long)]
    quiet: bool,
    /// Stretch the demo's pauses by this factor; 0 leaves none
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, hide = true)]
    demo_pace: f64,
}

fn threshold(text: &str) -> Result<u32, String> {
    let value: f64 = text.parse().map_err(|_| format!("{text:?} is no number: write one such as 0.8"))?;
    Settings::threshold_from(value)
}

/// What a deliberation follows on from.
pub(crate) struct Follows {
    /// What is carried, without a question yet.
    pub(crate) topic: Topic,
    /// What every answer had to respect.
    pub(crate) constraints: Vec<String>,
    /// Who took part: the members, where no others are named.
    pub(crate) members: Vec<Participant>,
}

pub(crate) fn run(args: Args) -> ExitCode {
    run_after(args, None)
}

/// The same, on the ground of an earlier session.
pub(crate) fn run_after(args: Args, follows: Option<Follows>) -> ExitCode {
    let fresh = args.session.clone().filter(|path| !path.exists());
    let exit = panel::block_on(deliberate(args, follows));
    if let Some(path) = fresh.filter(|path| std::fs::metadata(path).is_ok_and(|file| file.len() == 0)) {
        // It was refused before anything happened: no empty journal is left of that.
        let _ = std::fs::remove_file(path);
    }
    exit.into()
}

async fn deliberate(args: Args, follows: Option<Follows>) -> Result<Exit, Stop> {
    let target = Target::new(args.output.clone())?;
    let platform = Arc::new(NativePlatform::new());
    let factory = args.key_for.factory(panel::registry(&platform, args.demo_pace.max(0.0)))?;
    let journal: Arc<dyn Journal> = match &args.session {
        Some(path) => Arc::new(FileJournal::open(path).map_err(|e| Stop::usage(e.message))?),
        None => Arc::new(MemoryJournal::default()),
    };
    let kept = journal.load().await.map_err(|e| Stop::usage(e.message))?;
    let runtime = Runtime { platform, journal, providers: Arc::new(factory.clone()) };

    // Whoever pipes the goal in types nothing behind it.
    let typed = args.goal.as_deref() != Some("-") && crate::desk::somebody_types();
    let interactive = args.interactive || typed;
    let (control, events) = if let Some(session) = ForgeSession::fold(&kept) {
        if let Some(goal) = goal(&args)?
            && goal.trim() != session.topic.goal
        {
            let path = args.session.as_deref().unwrap_or_else(|| std::path::Path::new("the journal"));
            return Err(Stop::usage(format!(
                "{} holds a session with another goal: leave the goal out to continue it, or choose another file.",
                path.display()
            )));
        }
        if args.limits.any() || args.guard.any() {
            return Err(Stop::usage(
                "the session goes on with the limits and prices that it began with: leave --max-cost, \
                 --max-tokens-total, --answer-tokens, --prices, --refuse-below, --max-seconds and --check out.",
            ));
        }
        if !args.attach.is_empty() {
            return Err(Stop::usage("the session goes on with what was attached when it began: leave --attach out."));
        }
        if args.course.any() {
            return Err(Stop::usage(
                "the session goes on in the way that it began: leave --preset, --protocol, --judge, --depth, \
                 --max-blocking and --patience out.",
            ));
        }
        if args.saved.any() {
            return Err(Stop::usage(
                "the session goes on with the members that it began with: leave --panel, --save-panel and --persona out.",
            ));
        }
        if follows.is_some() {
            return Err(Stop::usage("a follow-up is a new session: choose a file for it that is not there yet."));
        }
        if !session.is_finished() {
            panel::people(&session.participants, interactive)?;
            panel::check(&guard::asked(&session.participants, &session.settings), &factory)?;
        }
        ForgeOrchestrator::resume(runtime).await.map_err(start_error)?
    } else {
        let goal = goal(&args)?.ok_or_else(|| {
            Stop::usage("there is no goal. Write it behind the command, or `-` to read it from stdin:\n  tachikoma deliberate \"Should we rewrite it?\" --demo")
        })?;
        let saved = args.saved.read(factory.registry())?;
        let members = match (&saved, &follows, args.demo) {
            (_, _, true) => demo_participants(),
            (Some(saved), _, false) => saved.members.clone(),
            (None, Some(follows), false) if args.models.is_empty() => follows.members.clone(),
            (None, _, false) => panel::members(&args.models, args.provider.as_deref(), factory.registry())?,
        };
        let members = args.saved.personas(members)?;
        panel::people(&members, interactive)?;
        let (of_panel, base) = saved.map(|saved| (saved.protocol, saved.settings)).unzip();
        let defaults = args.course.settings(base);
        let mut settings = Settings {
            convergence_threshold: args.threshold.unwrap_or(defaults.convergence_threshold),
            max_rounds: args.rounds.unwrap_or(defaults.max_rounds),
            round_timeout_seconds: args.timeout.unwrap_or(defaults.round_timeout_seconds),
            balance: args.balance.unwrap_or(defaults.balance),
            concurrency: args.concurrency.or(defaults.concurrency),
            person_seconds: args.person_timeout.or(defaults.person_seconds),
            ..defaults
        };
        args.guard.apply(&mut settings, args.provider.as_deref(), factory.registry())?;
        args.course.apply(&mut settings, &members, factory.registry())?;
        let asked = guard::asked(&members, &settings);
        panel::check(&asked, &factory)?;
        args.limits.apply(&mut settings, &asked, factory.registry())?;
        let mut topic = topic(goal, &args, follows);
        topic.attachments = crate::attach::read(&args.attach)?;
        let way = args.course.protocol(of_panel.as_deref());
        let (outline, suggested) = choose(way, &topic, members.len(), &settings).unwrap_or((OUTLINES[0], None));
        if let Some(path) = args.saved.write(&members, way, &settings)?.filter(|_| !args.quiet) {
            anstream::eprintln!("The panel is saved to {}.", path.display());
        }
        if !args.quiet {
            for (name, note) in topic.attachments.iter().filter_map(|one| Some((&one.name, one.note.as_ref()?))) {
                anstream::eprintln!("note: {name}: {note}");
            }
            let why = suggested.as_deref().unwrap_or(outline.about);
            anstream::eprintln!("Protocol {}: {why}", outline.name);
            let foresight = foresee(outline, members.len() as u64, &settings);
            anstream::eprintln!("{}", spending::expected(foresight, &estimate(outline, &topic, &members, &settings)));
        }
        let mut orchestrator =
            ForgeOrchestrator::new(topic, runtime).with_settings(settings).with_protocol(outline.name, suggested);
        for member in members {
            orchestrator.add_participant(member);
        }
        for (name, trims) in orchestrator.trims() {
            for Trim { title, from, to } in trims {
                anstream::eprintln!(
                    "note: {} gets {to} of {from} characters of {title}, to fit its model.",
                    plain(&name)
                );
            }
        }
        orchestrator.start().await.map_err(start_error)?
    };

    let interrupted = stop_on_signal(control.clone());
    let desk = interactive.then(|| tokio::spawn(crate::desk::run(control.clone(), factory.clone())));
    let session = follow(events, &control, &args, &target).await?;
    if args.format != Format::Ndjson || args.output.is_some() {
        target.write(&render(args.format, &control.events(), &session)?)?;
    }
    interrupted.abort();
    desk.inspect(tokio::task::JoinHandle::abort);
    if !args.quiet {
        let sum = session.spending();
        anstream::eprintln!("Spent: {}; {} tokens reported.", spending::spent(&sum), sum.tokens);
    }
    let ledger = Ledger::usual(|name| std::env::var(name).ok());
    if let Some(Err(e)) = ledger.as_ref().map(|ledger| ledger.add(&session)) {
        // Figures for `stats`, no part of the result.
        let path = ledger.as_ref().map_or_else(String::new, |ledger| ledger.path().display().to_string());
        anstream::eprintln!("note: {path} cannot be written ({e}); `tachikoma stats` will not count this session.");
    }
    let exit = exit_code(&session);
    if exit == Exit::Interrupted && !args.quiet {
        match &args.session {
            Some(path) => {
                anstream::eprintln!("Stopped. Continue with: tachikoma deliberate --session {}", path.display())
            }
            None => anstream::eprintln!("Stopped. With --session FILE a session can be continued."),
        }
    }
    Ok(exit)
}

/// What is deliberated; a follow-up respects what the session before had to, unless something else is said.
fn topic(goal: String, args: &Args, follows: Option<Follows>) -> Topic {
    let Follows { topic, constraints, .. } =
        follows.unwrap_or(Follows { topic: Topic::default(), constraints: Vec::new(), members: Vec::new() });
    let constraints = if args.constraint.is_empty() { constraints } else { args.constraint.clone() };
    let Topic { title, goal, constraints, .. } = Topic::new(goal).with_constraints(&constraints.join("\n"));
    Topic { title, goal, constraints, ..topic }
}

/// Shows the events as they come, and gives the session at its end.
async fn follow(
    mut events: EventStream,
    control: &ControlHandle,
    args: &Args,
    target: &Target,
) -> Result<ForgeSession, Stop> {
    let mut live = args.format == Format::Ndjson && matches!(target, Target::Stdout);
    let mut progress = Progress::new(args.quiet);
    let mut session: Option<ForgeSession> = None;
    while let Some(envelope) = events.next().await {
        let session = session.get_or_insert_with(|| ForgeSession::new(envelope.session.clone()));
        session.apply(&envelope);
        progress.take(&envelope, session);
        if live && !print_event(&envelope)? {
            // Nobody reads any more: nothing further is spent. A journal can be continued.
            live = false;
            control.stop();
        }
    }
    session.ok_or_else(|| Stop::failed("the deliberation ended before it began; please report this"))
}

/// Says whether somebody still reads.
fn print_event(envelope: &Envelope) -> Result<bool, Stop> {
    let mut line = serde_json::to_vec(envelope).map_err(|e| Stop::failed(e.to_string()))?;
    line.push(b'\n');
    let mut out = std::io::stdout().lock();
    match out.write_all(&line).and_then(|()| out.flush()) {
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        other => other.map(|()| true).map_err(|e| Stop::failed(format!("the events cannot be written: {e}"))),
    }
}

/// The goal, if one was given. A journal carries its own.
fn goal(args: &Args) -> Result<Option<String>, Stop> {
    crate::input::text(args.goal.as_deref(), args.session.is_none(), "the goal")
}

/// The first signal stops the session, so that the journal is whole; a second one ends the process.
fn stop_on_signal(control: ControlHandle) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move {
        signal().await;
        control.stop();
        signal().await;
        std::process::exit(Exit::Interrupted as i32);
    })
}

/// Waits until somebody interrupts.
#[cfg(unix)]
pub(crate) async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Waits until somebody interrupts.
#[cfg(not(unix))]
pub(crate) async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}

fn start_error(error: StartError) -> Stop {
    match error.kind {
        StartErrorKind::Journal
        | StartErrorKind::TooFewMembers
        | StartErrorKind::NoGoal
        | StartErrorKind::Settings
        | StartErrorKind::Refused => Stop::usage(error.message),
    }
}

fn exit_code(session: &ForgeSession) -> Exit {
    let SessionState::Ended { reason, .. } = &session.state else { return Exit::Failed };
    match reason {
        EndReason::Converged
        | EndReason::Concluded
        | EndReason::NotConverged
        | EndReason::Partial
        | EndReason::Budget => match (session.degraded(), session.result()) {
            // A limit that was set is no failure of anybody: it has a code of its own.
            (Some(degraded), _) if !degraded.is_by_limit() => Exit::Degraded,
            (Some(_), _) | (None, None) => Exit::Partial,
            (None, Some(_)) => Exit::Result,
        },
        EndReason::Stopped => Exit::Interrupted,
        EndReason::Failed => {
            let failures: Vec<ErrorKind> = session
                .turns
                .values()
                .filter_map(|t| match &t.state {
                    TurnState::Failed { error } => Some(error.kind),
                    TurnState::Open | TurnState::Complete(_) => None,
                })
                .collect();
            let key =
                |kind: &ErrorKind| matches!(kind, ErrorKind::MissingApiKey | ErrorKind::Auth | ErrorKind::Permission);
            if !failures.is_empty() && failures.iter().all(key) { Exit::Key } else { Exit::Failed }
        }
    }
}
