//! A storm: many clients, and one server that answers only so many calls in a while and refuses the rest.

use std::collections::BTreeMap;
use std::time::Duration;

use tachikoma_forge::engine::{Call, Effect, Engine, Input, Piece, Targets};
use tachikoma_forge::protocol::protocol;
use tachikoma_forge::session::{Envelope, Event, ForgeSession, Participant, Settings, Topic};
use tachikoma_forge::types::{
    AskId, Attempt, ErrorKind, LlmError, ModelRef, Now, RoundType, Seed, SessionId, StopReason,
};

/// Who comes.
#[derive(Clone, Copy, Debug)]
pub struct Crowd {
    /// What all chance derives from.
    pub seed: u64,
    /// Sessions side by side, which know nothing of each other.
    pub sessions: u64,
    /// Members of each, which share what they learn.
    pub seats: u16,
    /// Calls that the server answers in each [`WINDOW`].
    pub capacity: u32,
    /// Whether the server says when to return. A page cannot read it of most.
    pub stated: bool,
}

/// What came of it, up to the end of the first round of every session.
#[derive(Clone, Debug, Default)]
pub struct Weather {
    /// When calls arrived, and which session's.
    pub arrivals: Vec<(Duration, u64)>,
    /// Calls that were refused.
    pub refused: usize,
    /// Calls that came before the time that their session was told.
    pub early: Vec<String>,
    /// Members without a draft.
    pub absent: usize,
    /// When the last one was answered.
    pub took: Duration,
}

/// How long the server counts.
pub const WINDOW: Duration = Duration::from_secs(10);
/// How long an answer takes.
const ANSWER: Duration = Duration::from_millis(900);
const START: Duration = Duration::from_secs(1_000);

struct Client {
    engine: Engine,
    wake_at: Duration,
    /// Until when its session was told to stay away.
    told: Duration,
    over: bool,
}

struct Sky {
    crowd: Crowd,
    clock: Duration,
    queue: BTreeMap<(Duration, u64), (usize, Input)>,
    queued: u64,
    served: BTreeMap<u128, u32>,
    weather: Weather,
}

/// Lets a crowd come, all at the same moment.
#[must_use]
pub fn storm(crowd: Crowd) -> Weather {
    let mut sky = Sky {
        crowd,
        clock: START,
        queue: BTreeMap::new(),
        queued: 0,
        served: BTreeMap::new(),
        weather: Weather::default(),
    };
    let mut clients: Vec<Client> = (0..crowd.sessions).map(|number| client(crowd, number)).collect();
    for number in 0..clients.len() {
        sky.carry_out(&mut clients, number);
    }
    while clients.iter().any(|client| !client.over) {
        let next = sky.queue.first_key_value().map_or(Duration::MAX, |(key, _)| key.0);
        let waking = clients.iter().enumerate().filter(|(_, c)| !c.over).min_by_key(|(_, c)| c.wake_at);
        let Some((sleeper, wake)) = waking.map(|(number, c)| (number, c.wake_at)) else { break };
        let (number, input) = if next <= wake {
            let Some(((at, _), (number, input))) = sky.queue.pop_first() else { break };
            sky.clock = sky.clock.max(at);
            (number, input)
        } else {
            sky.clock = sky.clock.max(wake);
            clients[sleeper].wake_at = Duration::MAX;
            (sleeper, Input::Tick)
        };
        if clients[number].over {
            continue;
        }
        if let Input::Failed { error, .. } = &input {
            let told = sky.clock + error.retry_after.unwrap_or_default();
            clients[number].told = clients[number].told.max(told);
        }
        let now = sky.now();
        clients[number].engine.handle(input, now);
        sky.carry_out(&mut clients, number);
    }
    sky.weather.took = sky.clock - START;
    sky.weather
}

fn client(crowd: Crowd, number: u64) -> Client {
    let model: ModelRef = "zvendor/zmodel".parse().expect("a model");
    let seed = Seed(crowd.seed.wrapping_mul(1_000).wrapping_add(number));
    let member = |seat| Participant { seat, ..Participant::new(model.clone()).named(format!("Zmember{seat}")) };
    let created = Event::SessionCreated {
        topic: Topic::new("Should the library open on Sundays?"),
        participants: (0..crowd.seats).map(member).collect(),
        settings: Settings { max_rounds: 1, ..Settings::default() },
        protocol: "think-tank".into(),
        seed,
        suggested: None,
        demo: false,
        forked_from: None,
    };
    let session = ForgeSession::new(SessionId(format!("storm-{number}")));
    let protocol = protocol("think-tank").expect("the default protocol is there");
    let now = Now { mono: START, wall_ms: 1_700_000_000_000 };
    let engine = Engine::start(session, protocol, Targets::new(), created, Vec::new(), now);
    Client { engine, wake_at: Duration::MAX, told: Duration::ZERO, over: false }
}

impl Sky {
    fn now(&self) -> Now {
        let since = u64::try_from((self.clock - START).as_millis()).unwrap_or(0);
        Now { mono: self.clock, wall_ms: 1_700_000_000_000 + since }
    }

    fn carry_out(&mut self, clients: &mut [Client], number: usize) {
        while let Some(effect) = clients[number].engine.poll() {
            match effect {
                Effect::Call(call) => self.arrives(number, &clients[number], &call),
                Effect::WakeAt(at) => clients[number].wake_at = at,
                Effect::Append(events) => clients[number].over |= events.iter().any(|e| self.is_over(e)),
                Effect::Abort { ask, attempt } => {
                    self.queue.retain(|_, (n, input)| *n != number || !is_of(input, &ask, attempt))
                }
                Effect::Show(_) | Effect::Compact(_) => {}
                Effect::Ended => clients[number].over = true,
            }
        }
    }

    /// The first round is what is measured.
    fn is_over(&mut self, envelope: &Envelope) -> bool {
        let Event::RoundComplete { round_type: RoundType::Draft, absent, .. } = &envelope.event else { return false };
        self.weather.absent += absent.len();
        true
    }

    fn arrives(&mut self, number: usize, client: &Client, call: &Call) {
        self.weather.arrivals.push((self.clock - START, number as u64));
        if self.clock < client.told {
            let early = client.told - self.clock;
            self.weather.early.push(format!("{} of session {number} came {early:?} too early", call.ask));
        }
        let window = (self.clock - START).as_millis() / WINDOW.as_millis();
        let served = self.served.entry(window).or_default();
        let (ask, attempt) = (call.ask.clone(), call.attempt);
        if *served < self.crowd.capacity {
            *served += 1;
            let piece = Piece { text: "Open on Sundays.".to_owned(), ..Piece::default() };
            let at = self.clock + ANSWER;
            self.enqueue(at, number, Input::Piece { ask: ask.clone(), attempt, piece });
            self.enqueue(at, number, Input::Finished { ask, attempt, stop_reason: StopReason::End });
        } else {
            self.weather.refused += 1;
            let spent = u64::try_from((self.clock - START).as_millis() % WINDOW.as_millis()).unwrap_or(0);
            let error = LlmError::new(ErrorKind::RateLimited, "Slow down.").with_status(429);
            let error = match self.crowd.stated {
                true => error.with_retry_after(WINDOW - Duration::from_millis(spent)),
                false => error,
            };
            self.enqueue(self.clock + Duration::from_millis(40), number, Input::Failed { ask, attempt, error });
        }
    }

    fn enqueue(&mut self, at: Duration, number: usize, input: Input) {
        self.queued += 1;
        self.queue.insert((at, self.queued), (number, input));
    }
}

fn is_of(input: &Input, ask: &AskId, attempt: Attempt) -> bool {
    match input {
        Input::Sent { ask: a, attempt: n, .. }
        | Input::Piece { ask: a, attempt: n, .. }
        | Input::Finished { ask: a, attempt: n, .. }
        | Input::Failed { ask: a, attempt: n, .. } => a == ask && *n == attempt,
        Input::Tick => false,
    }
}
