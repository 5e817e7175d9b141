//! A panel without an engine: the protocol plans, a script answers, and the session is the fold of what
//! is recorded. No retries, no clock: what a protocol does by itself.

use tachikoma_forge::protocol::{Ask, Conclusion, Plan, Protocol, protocol, protocols};
use tachikoma_forge::session::{
    Answer, AttemptReason, Envelope, Event, ForgeSession, Label, Participant, Reading, SCHEMA_VERSION, Settings, Topic,
};
use tachikoma_forge::types::{
    ErrorKind, LlmError, ModelRef, RoundType, Seed, SessionId, StopReason, TokenUsage, prompt_hash,
};

/// What a member does with an ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// It answers.
    Says(String),
    /// It cannot, for good.
    Fails,
}

impl Reply {
    /// It answers.
    pub fn says(text: impl Into<String>) -> Self {
        Self::Says(text.into())
    }
}

/// A session and its journal.
#[derive(Clone, Debug)]
pub struct Panel {
    /// The fold of the journal.
    pub session: ForgeSession,
    /// Everything that was recorded.
    pub journal: Vec<Envelope>,
    /// Every ask that was answered, in order.
    pub asked: Vec<Ask>,
}

/// The default protocol.
#[must_use]
pub fn think_tank() -> Box<dyn Protocol> {
    protocols().remove(0)
}

impl Panel {
    /// A panel before its first round. Seats are given in order.
    #[must_use]
    pub fn new(seed: u64, topic: Topic, members: Vec<Participant>, settings: Settings) -> Self {
        Self::with(think_tank().name(), seed, topic, members, settings)
    }

    /// A panel of a protocol before its first round.
    #[must_use]
    pub fn with(protocol: &str, seed: u64, topic: Topic, members: Vec<Participant>, settings: Settings) -> Self {
        let id = SessionId("test".into());
        let mut panel = Self { session: ForgeSession::new(id), journal: Vec::new(), asked: Vec::new() };
        let participants = members.into_iter().zip(0..).map(|(member, seat)| Participant { seat, ..member }).collect();
        panel.record(Event::SessionCreated {
            topic,
            participants,
            settings,
            protocol: protocol.into(),
            seed: Seed(seed),
            suggested: None,
            demo: false,
            forked_from: None,
        });
        panel
    }

    /// `count` members called Canary Number 1 and so on, and a goal. Only the rounds end it.
    #[must_use]
    pub fn of(seed: u64, count: usize, max_rounds: u32) -> Self {
        let settings = Settings { max_rounds, patience: None, ..Settings::default() };
        Self::of_protocol(think_tank().name(), seed, count, settings)
    }

    /// The same of a protocol, with these settings.
    #[must_use]
    pub fn of_protocol(protocol: &str, seed: u64, count: usize, settings: Settings) -> Self {
        let model: ModelRef = "ollama/canary-model:latest".parse().expect("a model");
        let member = |n| Participant::new(model.clone()).named(format!("Canary Number {n}"));
        let members = (1..=count).map(member).collect();
        Self::with(protocol, seed, Topic::new("How should the library handle returns?"), members, settings)
    }

    /// What a journal tells, to go on from there.
    #[must_use]
    pub fn resume(journal: &[Envelope]) -> Self {
        let session = ForgeSession::fold(journal).expect("a journal that is not empty");
        Self { session, journal: journal.to_vec(), asked: Vec::new() }
    }

    /// The protocol of its session.
    #[must_use]
    pub fn protocol(&self) -> Box<dyn Protocol> {
        protocol(&self.session.protocol).expect("a known protocol")
    }

    /// Records one event.
    pub fn record(&mut self, event: Event) {
        let seq = self.session.seq + 1;
        let envelope =
            Envelope { v: SCHEMA_VERSION, session: self.session.id.clone(), seq, branch: 0, at_ms: 0, event };
        self.session.apply(&envelope);
        self.journal.push(envelope);
    }

    /// Plans, recording facts, until somebody has to be asked or it is over.
    pub fn plan(&mut self) -> Plan {
        for _ in 0..20 {
            match self.protocol().plan(&self.session) {
                Plan::Record(events) => {
                    assert!(!events.is_empty(), "a plan that records nothing moves nothing on");
                    for event in events {
                        self.record(event);
                    }
                }
                plan => return plan,
            }
        }
        panic!("the protocol records for ever");
    }

    /// Those of the asks that nobody has settled.
    fn unsettled(&self, asks: Vec<Ask>) -> Vec<Ask> {
        let settled = |ask: &Ask| self.session.turns.get(&ask.id).is_some_and(|t| t.is_settled());
        asks.into_iter().filter(|ask| !settled(ask)).collect()
    }

    /// Settles an ask.
    pub fn settle(&mut self, ask: &Ask, reply: Reply) {
        self.asked.push(ask.clone());
        let id = ask.id.clone();
        let model = self.session.pools_of(ask.seat()).remove(0).first().clone();
        if !self.session.turns.contains_key(&id) {
            self.record(Event::ParticipantThinking {
                ask: id.clone(),
                prompt_hash: prompt_hash(&[&ask.prompt.system, &ask.prompt.user]),
                reads: ask.reads.clone(),
            });
        }
        let text = match reply {
            Reply::Says(text) => text,
            Reply::Fails => {
                let error = LlmError::new(ErrorKind::Auth, "the key is wrong.");
                return self.record(Event::ParticipantFailed { ask: id, error });
            }
        };
        self.record(Event::AttemptStarted {
            ask: id.clone(),
            attempt: 1,
            model: model.clone(),
            why: AttemptReason::First,
            reserved: None,
        });
        let (answer, reading) = self
            .protocol()
            .read(&self.session, &id, &text, StopReason::End)
            .unwrap_or_else(|why| (Answer::Abstained { why }, Reading::Unreadable));
        self.record(Event::ParticipantComplete {
            ask: id,
            attempt: 1,
            model,
            text,
            reasoning: String::new(),
            stop_reason: StopReason::End,
            usage: TokenUsage::default(),
            first_token_ms: None,
            duration_ms: 0,
            answer,
            reading,
            obtained: None,
        });
    }

    /// Goes on to the end, or until `rounds` rounds are complete and the next has not begun. The conclusion is recorded like an engine would.
    pub fn run(&mut self, rounds: usize, mut script: impl FnMut(&ForgeSession, &Ask) -> Reply) -> Option<Conclusion> {
        loop {
            if self.session.rounds.iter().filter(|r| r.complete).count() >= rounds {
                return None;
            }
            match self.protocol().plan(&self.session) {
                Plan::Record(events) => {
                    assert!(!events.is_empty(), "a plan that records nothing moves nothing on");
                    events.into_iter().for_each(|event| self.record(event));
                }
                Plan::Asks(asks) => {
                    let asks = self.unsettled(asks);
                    assert!(!asks.is_empty(), "asks that are all settled, and no plan for what follows");
                    for ask in asks {
                        let reply = script(&self.session, &ask);
                        self.settle(&ask, reply);
                    }
                }
                Plan::Conclude(end) => {
                    self.record(Event::SessionEnded {
                        reason: end.reason,
                        answer: end.answer.clone(),
                        detail: end.detail.clone(),
                        rule: Some(end.rule),
                    });
                    return Some(end);
                }
                Plan::Wait => panic!("nobody is asked, and it is not over"),
            }
        }
    }

    /// The types of the rounds so far, by their first letters: `DCSV`, V for the vote.
    #[must_use]
    pub fn rounds(&self) -> String {
        let letter = |round_type: RoundType| match round_type {
            RoundType::Convergence => 'V',
            other => other.name().chars().next().unwrap_or('?'),
        };
        self.session.rounds.iter().map(|r| letter(r.round_type)).collect()
    }
}

/// A critique that gives each label the score of its author's seat.
#[must_use]
pub fn critique(session: &ForgeSession, ask: &Ask, score: impl Fn(u16) -> i64) -> String {
    let round = session.round(ask.id.round).expect("the round of the ask");
    let others = |label: &&Label| label.ask.seat != ask.seat();
    let scores: Vec<_> = round
        .labels
        .iter()
        .filter(others)
        .map(|label| {
            serde_json::json!({
                "label": label.label, "score": score(label.ask.seat),
                "strengths": ["It is clear."], "weaknesses": ["It is short."], "suggestions": ["Say more."],
            })
        })
        .collect();
    serde_json::json!({ "scores": scores }).to_string()
}

/// An order of the labels by the seats of their authors.
#[must_use]
pub fn ranking(session: &ForgeSession, ask: &Ask, score: impl Fn(u16) -> i64, why: &str) -> String {
    let round = session.round(ask.id.round).expect("the round of the ask");
    let mut labels: Vec<&Label> = round.labels.iter().filter(|label| label.ask.seat != ask.seat()).collect();
    labels.sort_by_key(|label| std::cmp::Reverse(score(label.ask.seat)));
    let order: Vec<&str> = labels.iter().map(|label| label.label.as_str()).collect();
    serde_json::json!({ "analysis": why, "ranking": order }).to_string()
}

/// A vote.
#[must_use]
pub fn vote(agree: bool) -> String {
    let vote = if agree { "agree" } else { "disagree" };
    serde_json::json!({"concerns": ["The budget is open."], "reasoning": "I checked it.", "vote": vote}).to_string()
}

/// What a willing member says: a draft, scores by seat, a synthesis, and the vote that is given.
#[must_use]
pub fn willing(session: &ForgeSession, ask: &Ask, agree: bool) -> Reply {
    let (seat, round) = (ask.seat(), ask.id.round);
    Reply::says(match ask.id.step.as_str() {
        "draft" => format!("Draft of seat {seat}: put a box at the door."),
        "refinement" => format!("Layer of round {round} by seat {seat}: put a box at the door."),
        "critique" => critique(session, ask, |seat| 50 + i64::from(seat)),
        "ranking" => ranking(session, ask, i64::from, "It is clear."),
        "rebuttal" => serde_json::json!({
            "analysis": "Nothing moved me.", "moved_by": "", "position": format!("Position of seat {seat} in round {round}."),
            "quote": "", "switched": false,
        })
        .to_string(),
        "attack" => serde_json::json!({
            "analysis": "I tried.", "objections": [{"blocking": true, "text": format!("Seat {seat} sees no budget.")}],
        })
        .to_string(),
        "ballot" => serde_json::json!({"analysis": "Because.", "answer": if agree { "yes" } else { "no" }, "confidence": 70})
            .to_string(),
        "synthesis" => format!(
            "# Comparison\nAlike.\n\n# Claims\n1. A box is cheap.\n2. A box is enough.\n\n# Answer\nVersion of round {round}."
        ),
        _ => vote(agree),
    })
}
