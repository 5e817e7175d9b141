//! How long a deliberation takes beside its critical path: the sum over its rounds of the slowest member.
//!
//! Real time, the real native adapter, the real journal file, and a scripted server that paces each member
//! by its own time to the first token and tokens a second. The critical path is what the server saw: in
//! each round the longest time from a request to the end of its answer. What lies between is the cost of
//! the engine, the codecs, the journal and the connections. Prints the ratio; fails above the limit.

use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt as _;
use tachikoma_forge::driver::{ForgeOrchestrator, Runtime};
use tachikoma_forge::llm::{Keys, ProviderFactory, ProviderRegistry};
use tachikoma_forge::session::{EndReason, Event, Participant, Settings, Topic};
use tachikoma_native::{FileJournal, NativePlatform, NativeTransport};
use tachikoma_tests::scripted::{Entry, Outcome, Server};

/// The most that wall time may be, as a multiple of the critical path.
const LIMIT: f64 = 1.02;
/// Nothing here takes longer.
const LONGEST: Duration = Duration::from_secs(120);
/// Members of different pace, one per dialect: time to first token, tokens, tokens a second.
const MEMBERS: [&str; 3] = ["anthropic/pace-400-120-60", "openai-compatible/pace-250-120-80", "ollama/pace-600-120-45"];

fn main() -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("wall: no runtime: {e}");
            return ExitCode::FAILURE;
        }
    };
    let measured = runtime.block_on(async { tokio::time::timeout(LONGEST, measure()).await });
    let measured = measured.unwrap_or_else(|_| Err(format!("not over after {} s", LONGEST.as_secs())));
    match measured {
        Ok(Measured { wall, rounds }) => {
            let critical: Duration = rounds.iter().map(|(_, slowest)| *slowest).sum();
            let ratio = wall.as_secs_f64() / critical.as_secs_f64();
            for (requests, slowest) in &rounds {
                eprintln!("wall: a round of {requests} requests, the slowest {:.3} s", slowest.as_secs_f64());
            }
            eprintln!(
                "wall: {:.3} s beside a critical path of {:.3} s: {ratio:.4} (limit {LIMIT})",
                wall.as_secs_f64(),
                critical.as_secs_f64()
            );
            println!(
                "{{\"wall_s\":{:.3},\"critical_s\":{:.3},\"ratio\":{ratio:.4},\"limit\":{LIMIT}}}",
                wall.as_secs_f64(),
                critical.as_secs_f64()
            );
            if ratio <= LIMIT { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
        Err(message) => {
            eprintln!("wall: {message}");
            ExitCode::FAILURE
        }
    }
}

struct Measured {
    wall: Duration,
    /// How many requests each round made, and how long its slowest took.
    rounds: Vec<(usize, Duration)>,
}

async fn measure() -> Result<Measured, String> {
    let server = Server::start(0).await.map_err(|e| e.to_string())?;
    let transport = NativeTransport::new().map_err(|e| e.message)?;
    let mut keys = Keys::new();
    keys.set("anthropic", "invented for the bench");
    let factory = ProviderFactory::new(ProviderRegistry::new(), Arc::new(transport), keys);
    let path = std::env::temp_dir().join(format!("tachikoma-wall-{}.ndjson", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let journal = FileJournal::open(&path).map_err(|e| e.message)?;
    let runtime =
        Runtime { platform: Arc::new(NativePlatform::new()), journal: Arc::new(journal), providers: Arc::new(factory) };
    // Everybody agrees with the first version; all four kinds of round are in it.
    let settings = Settings { max_rounds: 4, ..Settings::default() };
    let mut orchestrator = ForgeOrchestrator::new(Topic::new("Should we rewrite it?"), runtime).with_settings(settings);
    for member in MEMBERS {
        let model = format!("{member}@{}", server.url()).parse().map_err(|e| format!("{e}"))?;
        orchestrator.add_participant(Participant::new(model));
    }
    let start = Instant::now();
    let (_control, mut events) = orchestrator.start().await.map_err(|e| e.message)?;
    let mut ended = None;
    while let Some(envelope) = events.next().await {
        if let Event::SessionEnded { reason, .. } = envelope.event {
            ended = Some(reason);
        }
    }
    let wall = start.elapsed();
    let _ = std::fs::remove_file(&path);
    // A run that failed early would be quick; only a whole one counts.
    if ended != Some(EndReason::Converged) {
        return Err(format!("the deliberation ended as {ended:?}, not converged"));
    }
    let rounds = rounds(&server.log().entries())?;
    let requests: Vec<usize> = rounds.iter().map(|(requests, _)| *requests).collect();
    if requests != [3, 3, 1, 3] {
        return Err(format!("the server saw rounds of {requests:?} requests, not of 3, 3, 1 and 3"));
    }
    Ok(Measured { wall, rounds })
}

/// The requests by round: a round's requests all begin before the first of them ends.
fn rounds(entries: &[Entry]) -> Result<Vec<(usize, Duration)>, String> {
    let mut rounds: Vec<(usize, u64, u64)> = Vec::new();
    for entry in entries {
        let Some(ended) = entry.ended_ms.filter(|_| entry.outcome == Outcome::Completed) else {
            return Err(format!("a request to {} ended as {:?}", entry.model, entry.outcome));
        };
        let took = ended - entry.started_ms;
        match rounds.last_mut() {
            Some((requests, first_end, slowest)) if entry.started_ms < *first_end => {
                *requests += 1;
                *first_end = (*first_end).min(ended);
                *slowest = (*slowest).max(took);
            }
            Some(_) | None => rounds.push((1, ended, took)),
        }
    }
    Ok(rounds.into_iter().map(|(requests, _, slowest)| (requests, Duration::from_millis(slowest))).collect())
}
