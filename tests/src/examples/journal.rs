//! A whole session whose members, servers and users say whatever a given text says: for tests of exports.

use tachikoma_forge::session::attachment::Content;
use tachikoma_forge::session::{
    Absence, Answer, Attachment, AttemptReason, Channel, EndReason, Envelope, Event, FallbackReason, Interrupted,
    Label, NextStep, Participant, Reading, ReadingOrder, Score, Settings, StopRule, Tally, Topic, Vote,
};
use tachikoma_forge::types::{
    AskId, ErrorKind, JsonMode, LlmError, ModelRef, RoundType, Seat, Seed, StopReason, TokenUsage,
};

use super::{ask, envelope, participants};

/// A text and a picture that say it wherever they say something.
fn attachments(say: &str) -> Vec<Attachment> {
    let one = |media_type: &str, content| Attachment {
        name: say.to_owned(),
        media_type: media_type.to_owned(),
        bytes: 1234,
        content,
        note: Some(say.to_owned()),
    };
    vec![one("text/plain", Content::Text(say.into())), one(say, Content::Image(say.into()))]
}

/// A session of three members that does not converge: with a retry, a fallback, an interruption, an
/// abstention, an absence and a minority. `say` stands wherever somebody's text may stand.
#[must_use]
pub fn journal(say: &str) -> Vec<Envelope> {
    let mut members = participants();
    members[0].persona = Some(say.to_owned());
    members.push(Participant { seat: 2, ..Participant::new("ollama/llama3.2".parse().expect("a model")) });
    members[2].name = say.to_owned();
    let seats = vec![0, 1, 2];
    let mut events = vec![Event::SessionCreated {
        topic: Topic {
            title: say.to_owned(),
            goal: format!("Really?\n\n{say}"),
            constraints: vec![say.to_owned()],
            attachments: attachments(say),
            ..Topic::default()
        },
        participants: members,
        settings: Settings::default(),
        protocol: "think-tank".to_owned(),
        seed: Seed(7),
        suggested: None,
        demo: false,
        forked_from: None,
    }];
    let error = LlmError::new(ErrorKind::Server, say).with_status(500).with_code(say);

    events.push(Event::RoundStarted { round: 1, round_type: RoundType::Draft, seats: seats.clone() });
    for seat in 0..3 {
        events.extend(asked(ask(1, "draft", seat), 1, AttemptReason::First));
    }
    for (channel, attempt) in [(Channel::Reasoning, 1), (Channel::Text, 1)] {
        let text = say.to_owned();
        events.push(Event::TextSoFar { ask: ask(1, "draft", 1), attempt, channel, from: 0, text });
    }
    events.push(Event::AttemptFailed {
        ask: ask(1, "draft", 1),
        attempt: 1,
        error: error.clone(),
        partial: say.to_owned(),
        usage: TokenUsage::default(),
        next: NextStep::Fallback { model: super::fallback(), because: FallbackReason::NextInList },
    });
    events.extend(asked(ask(1, "draft", 1), 2, AttemptReason::Fallback));
    events.push(Event::TextSoFar {
        ask: ask(1, "draft", 2),
        attempt: 1,
        channel: Channel::Text,
        from: 0,
        text: say.to_owned(),
    });
    events.push(Event::Resumed { interrupted: vec![Interrupted { ask: ask(1, "draft", 2), attempt: 1 }] });
    events.extend(asked(ask(1, "draft", 2), 2, AttemptReason::Resumed));
    for seat in 0..3 {
        let attempt = if seat == 0 { 1 } else { 2 };
        let text = format!("Draft {seat}\n\n{say}");
        events.push(done(ask(1, "draft", seat), attempt, &text, Answer::Draft, Reading::Text));
    }
    events.push(over(1, RoundType::Draft, &[0, 1, 2], &[], say));

    events.push(Event::RoundStarted { round: 2, round_type: RoundType::Critique, seats: seats.clone() });
    let label = |label: &str, seat| Label { label: label.to_owned(), ask: ask(1, "draft", seat) };
    let order =
        |seat, labels: [&str; 2]| ReadingOrder { seat, labels: labels.iter().map(|l| (*l).to_owned()).collect() };
    events.push(Event::LabelsAssigned {
        round: 2,
        labels: vec![label("C", 0), label("A", 1), label("B", 2)],
        orders: vec![order(0, ["B", "A"]), order(1, ["C", "B"]), order(2, ["A", "C"])],
    });
    let score = |label: &str, score| Score {
        label: label.to_owned(),
        score,
        strengths: vec![say.to_owned()],
        weaknesses: vec![say.to_owned()],
        suggestions: vec![say.to_owned()],
    };
    for (seat, answer, reading) in [
        (0, Answer::Critique { scores: vec![score("A", 80), score("B", 61)] }, Reading::Json),
        (1, Answer::Critique { scores: vec![score("C", 90)] }, Reading::Repaired),
        (2, Answer::Abstained { why: say.to_owned() }, Reading::Unreadable),
    ] {
        events.extend(asked(ask(2, "critique", seat), 1, AttemptReason::First));
        events.push(done(ask(2, "critique", seat), 1, say, answer, reading));
    }
    events.push(over(2, RoundType::Critique, &[0, 1, 2], &[], say));

    events.push(Event::RoundStarted { round: 3, round_type: RoundType::Synthesis, seats: seats.clone() });
    events.extend(asked(ask(3, "synthesis", 0), 1, AttemptReason::First));
    let answer = Answer::Synthesis {
        comparison: say.to_owned(),
        claims: vec![say.to_owned()],
        answer: format!("The answer.\n\n{say}"),
    };
    events.push(done(ask(3, "synthesis", 0), 1, say, answer, Reading::Text));
    events.push(over(3, RoundType::Synthesis, &[0], &[], say));

    events.push(Event::RoundStarted { round: 4, round_type: RoundType::Convergence, seats });
    for (seat, agree) in [(0, true), (1, false)] {
        events.extend(asked(ask(4, "convergence", seat), 1, AttemptReason::First));
        let vote = Vote {
            agree,
            reasoning: say.to_owned(),
            concerns: vec![say.to_owned()],
            blocking: Vec::new(),
            stances: Vec::new(),
            moved_by: String::new(),
        };
        events.push(done(ask(4, "convergence", seat), 1, say, Answer::Vote(vote), Reading::Tolerant));
    }
    events.extend(asked(ask(4, "convergence", 2), 1, AttemptReason::First));
    events.push(Event::ParticipantFailed { ask: ask(4, "convergence", 2), error });
    events.push(over(4, RoundType::Convergence, &[0, 1], &[2], say));
    events.push(Event::ConvergenceChecked {
        round: 4,
        tally: Tally { agree: 1, disagree: 1, abstain: 1, seats: 3, threshold: 800, blocking: 0, max_blocking: None },
        version: ask(3, "synthesis", 0),
        best: ask(3, "synthesis", 0),
    });
    events.push(Event::Warning { message: say.to_owned() });
    events.push(Event::SessionEnded {
        reason: EndReason::NotConverged,
        answer: Some(ask(3, "synthesis", 0)),
        detail: say.to_owned(),
        rule: Some(StopRule::MaxRounds),
    });
    events.into_iter().zip(1..).map(|(event, seq)| envelope(seq, event)).collect()
}

fn asked(ask: AskId, attempt: u32, why: AttemptReason) -> Vec<Event> {
    let started =
        Event::AttemptStarted { ask: ask.clone(), attempt, model: model(ask.seat, attempt), why, reserved: None };
    if attempt > 1 {
        return vec![started];
    }
    vec![Event::ParticipantThinking { ask, prompt_hash: "9f2c41d07ab35e68".to_owned(), reads: Vec::new() }, started]
}

/// The model at a seat; the second member's second try goes to a fallback.
fn model(seat: Seat, attempt: u32) -> ModelRef {
    match (seat, attempt) {
        (0, _) => super::model(0),
        (1, 1) => super::model(1),
        (1, _) => super::fallback(),
        _ => "ollama/llama3.2".parse().expect("a model"),
    }
}

/// A complete turn. The third member's server counts nothing.
fn done(ask: AskId, attempt: u32, text: &str, answer: Answer, reading: Reading) -> Event {
    Event::ParticipantComplete {
        model: model(ask.seat, attempt),
        usage: if ask.seat == 2 { TokenUsage::default() } else { super::usage() },
        first_token_ms: (ask.seat != 2).then_some(640),
        reasoning: if ask.seat == 0 { text.to_owned() } else { String::new() },
        text: text.to_owned(),
        stop_reason: StopReason::End,
        duration_ms: 9180,
        ask,
        attempt,
        answer,
        reading,
        obtained: (reading != Reading::Text).then_some(JsonMode::Schema),
    }
}

fn over(round: u32, round_type: RoundType, took_part: &[u16], absent: &[u16], say: &str) -> Event {
    let absent = absent.iter().map(|seat| Absence { seat: *seat, reason: say.to_owned() }).collect();
    Event::RoundComplete { round, round_type, took_part: took_part.to_vec(), absent }
}
