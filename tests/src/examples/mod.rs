//! One example of every event, with every field filled: what `docs/events.md` shows and exports carry.

mod journal;

pub use journal::journal;

use tachikoma_forge::cost::{Price, Prices, Rates};
use tachikoma_forge::session::attachment::{Recognised, recognise};
use tachikoma_forge::session::{
    Absence, Answer, Attachment, AttemptReason, Balance, Ballot, Change, Channel, ClaimStance, ControlAction,
    EndReason, Envelope, Event, FallbackReason, ForkedFrom, Interrupted, Label, NextStep, Objection, Participant,
    Reading, ReadingOrder, Rebuttal, Reserved, SCHEMA_VERSION, Score, Settings, Stance, StopRule, Tally, Topic, Vote,
    WaitReason,
};
use tachikoma_forge::types::{
    AskId, ErrorKind, JsonMode, LlmError, ModelRef, Nanos, RoundType, Seat, Seed, SessionId, StopReason, TokenUsage,
};

/// The name of an event's kind. Exhaustive: a new kind does not compile before it has a name here, and
/// [`events`] is checked against [`NAMES`].
#[must_use]
pub const fn name(event: &Event) -> &'static str {
    match event {
        Event::SessionCreated { .. } => "SessionCreated",
        Event::RoundStarted { .. } => "RoundStarted",
        Event::BranchOpened { .. } => "BranchOpened",
        Event::LabelsAssigned { .. } => "LabelsAssigned",
        Event::ParticipantThinking { .. } => "ParticipantThinking",
        Event::ParticipantWaiting { .. } => "ParticipantWaiting",
        Event::AttemptStarted { .. } => "AttemptStarted",
        Event::ContentDelta { .. } => "ContentDelta",
        Event::TextSoFar { .. } => "TextSoFar",
        Event::AttemptFailed { .. } => "AttemptFailed",
        Event::ParticipantComplete { .. } => "ParticipantComplete",
        Event::HumanAnswered { .. } => "HumanAnswered",
        Event::ParticipantFailed { .. } => "ParticipantFailed",
        Event::RoundComplete { .. } => "RoundComplete",
        Event::ConvergenceChecked { .. } => "ConvergenceChecked",
        Event::SessionConverged { .. } => "SessionConverged",
        Event::SessionEnded { .. } => "SessionEnded",
        Event::Control { .. } => "Control",
        Event::Resumed { .. } => "Resumed",
        Event::Warning { .. } => "Warning",
        Event::Error { .. } => "Error",
    }
}

/// Every name that [`name`] gives.
pub const NAMES: [&str; 21] = [
    "SessionCreated",
    "RoundStarted",
    "LabelsAssigned",
    "ParticipantThinking",
    "ParticipantWaiting",
    "AttemptStarted",
    "ContentDelta",
    "TextSoFar",
    "AttemptFailed",
    "ParticipantComplete",
    "ParticipantFailed",
    "RoundComplete",
    "ConvergenceChecked",
    "SessionConverged",
    "SessionEnded",
    "Control",
    "HumanAnswered",
    "BranchOpened",
    "Resumed",
    "Warning",
    "Error",
];

/// An ask of the examples.
#[must_use]
pub fn ask(round: u32, step: &str, seat: Seat) -> AskId {
    AskId { branch: 0, round, step: step.to_owned(), seat, revision: 0 }
}

/// An event in its envelope.
#[must_use]
pub fn envelope(seq: u64, event: Event) -> Envelope {
    let session = SessionId("0199f3c2a10-5b1d77e2".to_owned());
    Envelope { v: SCHEMA_VERSION, session, seq, branch: 0, at_ms: 1_795_252_500_000 + seq * 250, event }
}

/// Who takes part in the examples.
#[must_use]
pub fn participants() -> Vec<Participant> {
    let member = |seat, name: &str, model: &str| Participant {
        seat,
        ..model.parse::<Participant>().expect("a member").named(name)
    };
    vec![
        member(0, "Claude", "anthropic/claude-sonnet-4-20250514,anthropic/claude-3-5-sonnet-20241022")
            .with_persona("A sceptic who asks for figures."),
        Participant { vision: Some(false), ..member(1, "Local", "openai-compatible/local@http://127.0.0.1:1234") },
    ]
}

/// The model of a member of the examples.
#[must_use]
pub fn model(seat: usize) -> ModelRef {
    participants()[seat].model.first().clone()
}

/// The fallback of the first member.
#[must_use]
pub fn fallback() -> ModelRef {
    participants()[0].fallbacks[0].first().clone()
}

/// What is deliberated, with every kind of attachment.
fn topic() -> Topic {
    let mut topic = Topic::new("Should we rewrite it?").with_constraints("No more than two months.");
    let pdf = Attachment::from_pdf("report.pdf", 48_213, "Incidents fell by half.", &[3]);
    topic.attachments.extend(pdf);
    if let Ok(Recognised::Attachment(picture)) = recognise("load.gif", b"GIF89a") {
        topic.attachments.push(picture);
    }
    topic
}

/// Limits with every field filled.
fn settings() -> Settings {
    let rates = Rates {
        input: 3_000_000,
        output: 15_000_000,
        cache_read: Some(300_000),
        cache_write: Some(3_750_000),
        reasoning: None,
    };
    let mut prices = Prices::default();
    prices.set(&model(0), Price { rates, context: Some(200_000), tiers: Vec::new() });
    prices.set(&model(1), Price::free());
    Settings {
        max_tokens: Some(8192),
        balance: Balance::LeastBusy,
        concurrency: Some(2),
        max_cost: Some(Nanos(500_000_000)),
        max_tokens_total: Some(200_000),
        prices,
        ..Settings::default()
    }
}

/// Usage with every count known.
#[must_use]
pub const fn usage() -> TokenUsage {
    TokenUsage {
        input_tokens: Some(412),
        output_tokens: Some(655),
        reasoning_tokens: Some(120),
        cache_read_tokens: Some(256),
        cache_write_tokens: Some(0),
        cache_apart: true,
        charged: Some(Nanos(9_240_000)),
    }
}

/// A complete turn.
#[must_use]
pub fn complete(ask: AskId, text: &str, answer: Answer, reading: Reading) -> Event {
    Event::ParticipantComplete {
        ask,
        attempt: 1,
        model: model(0),
        text: text.to_owned(),
        reasoning: "What does a mistake cost?".to_owned(),
        stop_reason: StopReason::End,
        usage: usage(),
        first_token_ms: Some(640),
        duration_ms: 9180,
        answer,
        reading,
        obtained: (reading != Reading::Text).then_some(JsonMode::Schema),
    }
}

/// One of each, in the order of [`NAMES`], every optional field filled.
#[must_use]
pub fn events() -> Vec<Event> {
    let error = LlmError::new(ErrorKind::Overloaded, "Anthropic is overloaded. It is tried again.")
        .with_status(529)
        .with_code("overloaded_error")
        .with_retry_after(std::time::Duration::from_secs(2));
    let tally = Tally { agree: 2, disagree: 1, abstain: 0, seats: 3, threshold: 800, blocking: 0, max_blocking: None };
    vec![
        Event::SessionCreated {
            topic: topic(),
            participants: participants(),
            settings: settings(),
            protocol: "think-tank".to_owned(),
            seed: Seed(0x5b1d_77e2_0c3a_9f44),
            suggested: Some("The goal asks for one answer among many.".to_owned()),
            demo: false,
            forked_from: Some(ForkedFrom { session: SessionId("0199f3b1c44-77aa01b9".to_owned()), round: 2 }),
        },
        Event::RoundStarted { round: 2, round_type: RoundType::Critique, seats: vec![0, 1] },
        Event::LabelsAssigned {
            round: 2,
            labels: vec![
                Label { label: "A".to_owned(), ask: ask(1, "draft", 1) },
                Label { label: "B".to_owned(), ask: ask(1, "draft", 0) },
            ],
            orders: vec![
                ReadingOrder { seat: 0, labels: vec!["A".to_owned()] },
                ReadingOrder { seat: 1, labels: vec!["B".to_owned()] },
            ],
        },
        Event::ParticipantThinking {
            ask: ask(2, "critique", 0),
            prompt_hash: "9f2c41d07ab35e68".to_owned(),
            reads: vec![ask(1, "draft", 1)],
        },
        Event::ParticipantWaiting {
            ask: ask(1, "draft", 0),
            model: model(0),
            why: WaitReason::Cooling,
            until_ms: Some(1_795_252_530_000),
        },
        Event::AttemptStarted {
            ask: ask(1, "draft", 1),
            attempt: 1,
            model: model(1),
            why: AttemptReason::First,
            reserved: Some(Reserved { tokens: 9104, cost: Some(Nanos::ZERO) }),
        },
        Event::ContentDelta {
            ask: ask(1, "draft", 0),
            attempt: 2,
            channel: Channel::Text,
            text: "Not all of it".to_owned(),
        },
        Event::TextSoFar {
            ask: ask(1, "draft", 0),
            attempt: 2,
            channel: Channel::Text,
            from: 13,
            text: ": only the part that changes every week.".to_owned(),
        },
        Event::AttemptFailed {
            ask: ask(1, "draft", 0),
            attempt: 1,
            error: error.clone(),
            partial: "Not al".to_owned(),
            usage: usage(),
            next: NextStep::Retry { after_ms: 2140 },
        },
        complete(
            ask(4, "convergence", 0),
            r#"{"agree": true, "reasoning": "It is small enough to undo.", "concerns": []}"#,
            Answer::Vote(Vote {
                agree: true,
                reasoning: "It is small enough to undo.".to_owned(),
                concerns: Vec::new(),
                blocking: Vec::new(),
                stances: Vec::new(),
                moved_by: String::new(),
            }),
            Reading::Json,
        ),
        Event::ParticipantFailed {
            ask: ask(4, "convergence", 1),
            error: LlmError::new(
                ErrorKind::Network,
                "Nothing answers at http://127.0.0.1:1234. Start the server, then continue.",
            ),
        },
        Event::RoundComplete {
            round: 4,
            round_type: RoundType::Convergence,
            took_part: vec![0],
            absent: vec![Absence { seat: 1, reason: "Nothing answers at http://127.0.0.1:1234.".to_owned() }],
        },
        Event::ConvergenceChecked {
            round: 4,
            tally,
            version: ask(3, "synthesis", 0),
            best: ask(3, "synthesis", 0),
        },
        Event::SessionConverged { round: 6, answer: ask(5, "synthesis", 0) },
        Event::SessionEnded {
            reason: EndReason::Converged,
            answer: Some(ask(5, "synthesis", 0)),
            detail: "Converged in round 6: 3 of 3 votes agree, 0.80 needed.".to_owned(),
            rule: Some(StopRule::Agreement),
        },
        Event::Control { action: ControlAction::RunRound { round_type: RoundType::Synthesis } },
        Event::HumanAnswered { ask: ask(4, "convergence", 2), text: r#"{"vote": "agree", "reasoning": "Yes."}"#.to_owned() },
        Event::BranchOpened {
            from: 0,
            change: Change::Text { ask: ask(1, "draft", 0), text: "Not before spring.".to_owned() },
            turn: Some("b1/r1/draft/s0/v1".parse().unwrap_or_else(|_| ask(1, "draft", 0))),
            answer: Some(Answer::Draft),
            stale: vec![ask(2, "critique", 1)],
        },
        Event::Resumed { interrupted: vec![Interrupted { ask: ask(1, "draft", 1), attempt: 1 }] },
        Event::Warning { message: "Two members can only agree or stand against each other.".to_owned() },
        Event::Error {
            message: "The session can no longer be saved: the disk is full. It goes on in memory; export it before you leave."
                .to_owned(),
        },
    ]
}

/// Every kind of answer, with every field filled.
#[must_use]
pub fn answers() -> Vec<Answer> {
    vec![
        Answer::Draft,
        Answer::Critique {
            scores: vec![Score {
                label: "A".to_owned(),
                score: 78,
                strengths: vec!["Names the cost of a mistake.".to_owned()],
                weaknesses: vec!["No date.".to_owned()],
                suggestions: vec!["Say when it ends.".to_owned()],
            }],
        },
        Answer::Synthesis {
            comparison: "Both want a small first step.".to_owned(),
            claims: vec!["One part changes every week.".to_owned()],
            answer: "Rewrite the part that changes every week.".to_owned(),
        },
        Answer::Vote(Vote {
            agree: false,
            reasoning: "It never says when to stop.".to_owned(),
            concerns: vec!["Say which result ends the trial.".to_owned()],
            blocking: vec!["The trial has no end.".to_owned()],
            stances: vec![ClaimStance { claim: 1, stance: Stance::Disagree }],
            moved_by: "changes every week".to_owned(),
        }),
        Answer::Ranking { order: vec!["B".to_owned(), "A".to_owned()], reasoning: "B names the cost.".to_owned() },
        Answer::Rebuttal(Rebuttal {
            position: "Rewrite nothing before spring.".to_owned(),
            switched: true,
            moved_by: "B".to_owned(),
            quote: "the cost of a mistake".to_owned(),
        }),
        Answer::Attack {
            objections: vec![Objection { text: "Nobody can read the old code.".to_owned(), blocking: true }],
        },
        Answer::Ballot(Ballot {
            choice: "Yes.".to_owned(),
            normal: "yes".to_owned(),
            confidence: Some(70),
            reasoning: "It is small enough to undo.".to_owned(),
        }),
        Answer::Comparison { order: vec!["A".to_owned(), "B".to_owned()], reasoning: String::new() },
        Answer::Abstained { why: "no vote could be read, not even after a repair".to_owned() },
    ]
}

/// Everything that may follow a failed attempt.
#[must_use]
pub fn next_steps() -> Vec<NextStep> {
    vec![
        NextStep::Retry { after_ms: 2140 },
        NextStep::Fallback { model: fallback(), because: FallbackReason::NextInList },
        NextStep::Repair,
        NextStep::WithoutParameter { parameter: "temperature".to_owned() },
        NextStep::Absent,
    ]
}

/// Everything that somebody may ask of a session.
#[must_use]
pub fn controls() -> Vec<ControlAction> {
    let draft = || ask(1, "draft", 0);
    let changes = [
        Change::Text { ask: draft(), text: "Not before spring.".to_owned() },
        Change::Redo { ask: draft() },
        Change::Goal { topic: Topic::new("Rewrite the importer?") },
        Change::Back { round: 2 },
        Change::Switch { branch: 0 },
    ];
    let mut all = vec![
        ControlAction::Stop,
        ControlAction::Pause,
        ControlAction::Unpause,
        ControlAction::RunRound { round_type: RoundType::Synthesis },
        ControlAction::SkipTo { round_type: RoundType::Synthesis },
        ControlAction::Finish,
        ControlAction::Note { text: "Think of the night shift.".to_owned() },
        ControlAction::SetRounds { max_rounds: 6 },
        ControlAction::Dismiss { seat: 2 },
        ControlAction::Recall { seat: 2 },
        ControlAction::Skip { ask: draft() },
        ControlAction::Retry { ask: draft() },
        ControlAction::Replace {
            seat: 2,
            model: fallback().into(),
            fallbacks: Vec::new(),
            prices: Prices::default(),
            context_window: Some(128_000),
            vision: Some(true),
        },
        ControlAction::Answer { ask: draft(), text: "Not before spring.".to_owned() },
        ControlAction::Judge { ask: ask(5, "comparison", 60_002), order: vec!["B".to_owned(), "A".to_owned()] },
    ];
    all.extend(changes.map(|change| ControlAction::Change { change }));
    all
}
