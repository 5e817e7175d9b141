//! A scripted LLM server: speaks Anthropic Messages, OpenAI chat completions and Ollama, and misbehaves
//! on request.
//!
//! What it does is chosen per request through the model's name ([`script::SCRIPTS`]), who may read it
//! through the first part of the path ([`Door`]), and `/behave/…` shows single behaviours of HTTP to the
//! adapters' suite. It never leaves the machine, and ends by itself. It knows no prompt by heart and
//! shares no code with what it tests.
//!
//! | path | what |
//! |---|---|
//! | `/v1/messages`, `/v1/chat/completions`, `/api/chat` | ask a model |
//! | `/v1/models`, `/api/tags` | the models on offer |
//! | `/api/show`, `/api/ps`, `/api/pull`, `/api/delete`, `/api/version` | Ollama's models, see [`shelf`] |
//! | `/nocors/…`, `/hidden-401/…`, `/ollama-strict/…` | the same behind another [`Door`] |
//! | `/behave/…` | one behaviour each, see [`behave`] |
//! | `GET /__log[?tag=T]`, `POST /__reset` | the request log, a list of [`Entry`] |
//! | `GET /__now` | milliseconds since the start |
//! | `GET /__closed-port` | a port at which nothing answers |

mod answer;
pub mod behave;
mod chat;
mod dialect;
mod http;
mod log;
pub mod script;
mod shelf;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use dialect::Spoken;
use http::{Connection, Gone, Request};
pub use log::{Entry, Log, Outcome};
use shelf::Shelf;

/// The most connections at once.
const MOST_CONNECTIONS: usize = 512;
/// The longest that a connection may last.
const LONGEST: Duration = Duration::from_secs(300);
/// The longest silence of a script that hangs or stalls.
const SILENCE: Duration = Duration::from_secs(120);

/// Who may read the answers from another origin; the first part of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Everybody.
    Open,
    /// `/nocors`: no page, not even the preflight.
    NoCors,
    /// `/hidden-401`: everybody, but a refused key only natively, as some providers do.
    Hidden401,
    /// `/ollama-strict`: a request that names any origin gets 403 and nothing else, as from an Ollama that
    /// was not told about the page.
    OllamaStrict,
}

impl Door {
    /// The doors that have a path of their own.
    pub const NAMED: [(Self, &'static str); 3] =
        [(Self::NoCors, "/nocors"), (Self::Hidden401, "/hidden-401"), (Self::OllamaStrict, "/ollama-strict")];

    fn of(path: &str) -> (Self, &str) {
        for (door, prefix) in Self::NAMED {
            if let Some(rest) = path.strip_prefix(prefix).filter(|rest| rest.starts_with('/')) {
                return (door, rest);
            }
        }
        (Self::Open, path)
    }

    /// The headers that let a page read an answer.
    fn headers(self, status: u16) -> Vec<(String, String)> {
        let readable = match self {
            Self::Open => true,
            Self::Hidden401 => status != 401,
            Self::NoCors | Self::OllamaStrict => false,
        };
        if readable { vec![header("access-control-allow-origin", "*")] } else { Vec::new() }
    }
}

fn header(name: &str, value: &str) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// A running server; it ends when this is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    log: Log,
    task: JoinHandle<()>,
}

impl Server {
    /// Starts on this machine only. Port 0 takes a free one.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start(port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        let address = listener.local_addr()?;
        let log = Log::new();
        let task = tokio::spawn(accept(listener, log.clone(), Shelf::new()));
        Ok(Self { address, log, task })
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its request log.
    #[must_use]
    pub const fn log(&self) -> &Log {
        &self.log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(listener: TcpListener, log: Log, shelf: Shelf) {
    let room = Arc::new(Semaphore::new(MOST_CONNECTIONS));
    // The connections end with this task.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let Ok(permit) = Arc::clone(&room).acquire_owned().await else { return };
        match listener.accept().await {
            Ok((stream, _)) => {
                let (log, shelf) = (log.clone(), shelf.clone());
                connections.spawn(async move {
                    // Too long is as good as gone.
                    let _ = tokio::time::timeout(LONGEST, serve(Connection::new(stream), log, shelf)).await;
                    drop(permit);
                });
            }
            // Out of sockets for a moment; a tight loop would not help.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

/// How an exchange left the connection.
type Exchange = Result<Then, Gone>;

/// What follows an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// The next request.
    Next,
    /// The script breaks the connection.
    Break,
}

/// Closes the log entry even when the connection's time is up.
struct Closing<'a> {
    log: &'a Log,
    id: u64,
    outcome: Outcome,
}

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.log.close(self.id, self.outcome);
    }
}

async fn serve(mut connection: Connection, log: Log, shelf: Shelf) {
    while let Ok(Some(request)) = connection.request().await {
        if request.path.starts_with("/__") {
            if control(&mut connection, &request, &log).await.is_err() {
                return;
            }
            continue;
        }
        let to_model = request.method == "POST" && !shelf::has(Door::of(&request.path).1);
        let asked = to_model.then(|| answer::Asked::read(&request.body)).flatten();
        let (model, kind) = asked.as_ref().map_or(("", ""), |a| (a.model.as_str(), a.kind()));
        let (id, time) = log.open(&request, model, kind);
        let mut closing = Closing { log: &log, id, outcome: Outcome::Cut };
        let (shelf, door, began) = (&shelf, Door::Open, Instant::now());
        let mut exchange = At { connection: &mut connection, log: &log, shelf, id, door, began };
        let then = answer(&mut exchange, &request, asked.as_ref(), time).await;
        closing.outcome = match then {
            Ok(Then::Next) => Outcome::Completed,
            Ok(Then::Break) => Outcome::Cut,
            Err(Gone) => Outcome::ClientDisconnected,
        };
        drop(closing);
        if then != Ok(Then::Next) {
            return;
        }
    }
}

/// One request's way back.
struct At<'a> {
    connection: &'a mut Connection,
    log: &'a Log,
    shelf: &'a Shelf,
    id: u64,
    door: Door,
    /// When the request was read.
    began: Instant,
}

impl At<'_> {
    async fn head(&mut self, status: u16, content_type: &str) -> Result<(), Gone> {
        self.log.status(self.id, status);
        let mut headers = self.door.headers(status);
        headers.push(header("content-type", content_type));
        headers.push(header("cache-control", "no-store"));
        self.connection.head(status, &headers).await
    }

    async fn whole(&mut self, status: u16, extra: Vec<(String, String)>, body: &[u8]) -> Exchange {
        self.lying(status, extra, body, None).await?;
        Ok(Then::Next)
    }

    async fn lying(
        &mut self,
        status: u16,
        extra: Vec<(String, String)>,
        body: &[u8],
        claimed: Option<usize>,
    ) -> Result<(), Gone> {
        self.log.status(self.id, status);
        let mut headers = self.door.headers(status);
        headers.extend(extra);
        self.connection.whole(status, &headers, body, claimed).await
    }

    async fn json(&mut self, status: u16, value: &Value) -> Exchange {
        self.whole(status, vec![header("content-type", "application/json")], value.to_string().as_bytes()).await
    }

    async fn wait(&mut self, ms: u64) -> Result<(), Gone> {
        self.connection.wait(Duration::from_millis(ms)).await
    }

    async fn wait_until(&mut self, due: Instant) -> Result<(), Gone> {
        let left = due.saturating_duration_since(Instant::now());
        if left.is_zero() { Ok(()) } else { self.connection.wait(left).await }
    }

    /// Says nothing for as long as anybody listens.
    async fn silence(&mut self) -> Exchange {
        self.connection.wait(SILENCE).await?;
        Ok(Then::Break)
    }
}

async fn answer(at: &mut At<'_>, request: &Request, asked: Option<&answer::Asked>, time: u32) -> Exchange {
    let (door, path) = Door::of(&request.path);
    at.door = door;
    if door == Door::OllamaStrict && request.header("origin").is_some() {
        return at.whole(403, Vec::new(), b"").await;
    }
    if request.method == "OPTIONS" {
        return preflight(at, request).await;
    }
    if let Some(name) = path.strip_prefix("/behave/") {
        return behave::behave(at, name, request).await;
    }
    let spoken = match path {
        "/v1/messages" => Spoken::Anthropic,
        "/v1/chat/completions" => Spoken::OpenAi,
        "/api/chat" => Spoken::Ollama,
        // The same path for two providers: only Anthropic's clients name a version.
        "/v1/models" if request.header("anthropic-version").is_some() => Spoken::Anthropic,
        "/v1/models" => Spoken::OpenAi,
        path if shelf::has(path) => Spoken::Ollama,
        "/" => return at.whole(200, vec![header("content-type", "text/plain")], b"Ollama is running").await,
        _ => return at.json(404, &json!({"error": {"message": "no such path", "type": "not_found_error"}})).await,
    };
    let keys = ["x-api-key", "authorization"].map(|name| request.header(name).unwrap_or_default());
    if keys.iter().any(|key| key.contains("wrong")) {
        return at.json(401, &spoken.error("authentication_error", "The key is not valid.")).await;
    }
    if shelf::has(path) {
        return shelf::answer(at, path, request).await;
    }
    match (request.method.as_str(), asked) {
        ("GET", _) => at.json(200, &spoken.models()).await,
        ("POST", Some(asked)) => chat::chat(at, spoken, asked, request.body.len(), time).await,
        _ => at.json(400, &spoken.error("invalid_request_error", "This is no request to a model.")).await,
    }
}

async fn preflight(at: &mut At<'_>, request: &Request) -> Exchange {
    let mut headers = Vec::new();
    if at.door != Door::NoCors {
        let asked = request.header("access-control-request-headers").unwrap_or("content-type");
        headers.push(header("access-control-allow-headers", asked));
        headers.push(header("access-control-allow-methods", "GET, POST, DELETE"));
        headers.push(header("access-control-max-age", "600"));
        // A page from elsewhere may only reach this machine when the machine says so.
        headers.push(header("access-control-allow-private-network", "true"));
    }
    at.whole(204, headers, b"").await
}

/// The paths with which tests look behind the scene. They are not logged.
async fn control(connection: &mut Connection, request: &Request, log: &Log) -> Result<(), Gone> {
    let mut headers = Door::Open.headers(200);
    headers.push(header("content-type", "application/json"));
    headers.push(header("cache-control", "no-store"));
    let tag = request.parameter("tag");
    let entries = || log.entries().into_iter().filter(|e| tag.is_none_or(|t| e.tag == t));
    let body = match (request.method.as_str(), request.path.as_str()) {
        ("GET", "/__log") => json!(entries().collect::<Vec<_>>()),
        ("POST", "/__reset") => {
            log.reset();
            json!({"reset": true})
        }
        ("GET", "/__now") => json!({"ms": log.now_ms()}),
        ("GET", "/__closed-port") => json!({"port": closed_port().await}),
        _ => json!({"error": "no such path"}),
    };
    connection.whole(200, &headers, body.to_string().as_bytes(), None).await
}

/// A port that was free a moment ago, above those that browsers refuse.
async fn closed_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    listener.and_then(|l| l.local_addr()).map_or(49_151, |a| a.port())
}
