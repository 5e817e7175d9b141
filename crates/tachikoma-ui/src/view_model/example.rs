//! A session for tests: three members, one of whom fails, retries and dissents.

use tachikoma_forge::session::*;
use tachikoma_forge::types::*;

/// Builds a session event by event.
#[derive(Clone)]
pub(crate) struct Script {
    /// What has happened.
    pub(crate) events: Vec<Envelope>,
    now: u64,
}

impl Script {
    pub(crate) fn new(names: &[&str]) -> Self {
        let mut script = Self { events: Vec::new(), now: 1_000_000 };
        let participants = names
            .iter()
            .enumerate()
            .map(|(seat, name)| {
                let mut p = Participant::new(["demo/", &name.to_lowercase()].concat().parse().unwrap()).named(*name);
                p.seat = Seat::try_from(seat).unwrap();
                p
            })
            .collect();
        script.push(Event::SessionCreated {
            topic: Topic::new("Move to event sourcing?"),
            participants,
            settings: Settings::default(),
            protocol: "think-tank".into(),
            seed: Seed(1),
            suggested: None,
            demo: true,
            forked_from: None,
        });
        script
    }

    pub(crate) fn wait(&mut self, ms: u64) -> &mut Self {
        self.now += ms;
        self
    }

    pub(crate) fn push(&mut self, event: Event) -> &mut Self {
        let seq = self.events.len() as u64 + 1;
        self.events.push(Envelope {
            v: SCHEMA_VERSION,
            session: SessionId("s".into()),
            seq,
            branch: 0,
            at_ms: self.now,
            event,
        });
        self
    }

    pub(crate) fn round(&mut self, round: RoundNumber, round_type: RoundType, seats: &[Seat]) -> &mut Self {
        self.push(Event::RoundStarted { round, round_type, seats: seats.to_vec() })
    }

    pub(crate) fn ask(&mut self, round: RoundNumber, round_type: RoundType, seat: Seat) -> &mut Self {
        let ask = ask(round, round_type, seat);
        self.push(Event::ParticipantThinking { ask: ask.clone(), prompt_hash: "0".into(), reads: vec![] });
        self.attempt(&ask, 1, AttemptReason::First)
    }

    pub(crate) fn attempt(&mut self, ask: &AskId, attempt: Attempt, why: AttemptReason) -> &mut Self {
        self.push(Event::AttemptStarted { ask: ask.clone(), attempt, model: model(), why, reserved: None })
    }

    pub(crate) fn delta(&mut self, ask: &AskId, attempt: Attempt, channel: Channel, text: &str) -> &mut Self {
        self.push(Event::ContentDelta { ask: ask.clone(), attempt, channel, text: text.into() })
    }

    pub(crate) fn complete(&mut self, ask: &AskId, attempt: Attempt, text: &str, answer: Answer) -> &mut Self {
        self.push(Event::ParticipantComplete {
            ask: ask.clone(),
            attempt,
            model: model(),
            text: text.into(),
            reasoning: String::new(),
            stop_reason: StopReason::End,
            usage: TokenUsage { input_tokens: Some(100), output_tokens: Some(20), ..TokenUsage::default() },
            first_token_ms: Some(200),
            duration_ms: 1_000,
            answer,
            reading: Reading::Text,
            obtained: None,
        })
    }

    pub(crate) fn end_round(
        &mut self,
        round: RoundNumber,
        round_type: RoundType,
        took_part: &[Seat],
        absent: &[Seat],
    ) -> &mut Self {
        let absent = absent.iter().map(|&seat| Absence { seat, reason: "No answer.".into() }).collect();
        self.push(Event::RoundComplete { round, round_type, took_part: took_part.to_vec(), absent })
    }
}

pub(crate) fn model() -> ModelRef {
    "demo/ada".parse().unwrap()
}

pub(crate) fn ask(round: RoundNumber, round_type: RoundType, seat: Seat) -> AskId {
    AskId { branch: 0, round, step: round_type.name().to_lowercase(), seat, revision: 0 }
}

/// Draft, critique (one without a score), synthesis, vote (one against): a whole session.
pub(crate) fn whole() -> Vec<Envelope> {
    use RoundType::{Convergence, Critique, Draft, Synthesis};
    let mut s = Script::new(&["Ada", "Turing", "Hopper"]);
    s.round(1, Draft, &[0, 1, 2]);
    for seat in 0..3 {
        s.ask(1, Draft, seat).wait(500).delta(&ask(1, Draft, seat), 1, Channel::Text, "Draft.").wait(500);
        s.complete(&ask(1, Draft, seat), 1, "Draft.", Answer::Draft);
    }
    s.end_round(1, Draft, &[0, 1, 2], &[]);
    s.round(2, Critique, &[0, 1, 2]);
    s.push(Event::LabelsAssigned {
        round: 2,
        labels: [("A", 1), ("B", 0), ("C", 2)]
            .map(|(label, seat)| Label { label: label.into(), ask: ask(1, Draft, seat) })
            .to_vec(),
        orders: vec![],
    });
    let score = |label: &str, score| Score {
        label: label.into(),
        score,
        strengths: vec!["short".into()],
        weaknesses: vec![],
        suggestions: vec![],
    };
    s.ask(2, Critique, 0).wait(1_000);
    s.complete(&ask(2, Critique, 0), 1, "{}", Answer::Critique { scores: vec![score("A", 80)] });
    s.ask(2, Critique, 1).wait(1_000);
    s.complete(&ask(2, Critique, 1), 1, "{}", Answer::Critique { scores: vec![score("B", 61), score("C", 40)] });
    let failing = ask(2, Critique, 2);
    s.ask(2, Critique, 2).wait(1_000);
    s.push(Event::AttemptFailed {
        ask: failing.clone(),
        attempt: 1,
        error: LlmError::new(ErrorKind::Overloaded, "It is overloaded"),
        partial: "{\"crit".into(),
        usage: TokenUsage::default(),
        next: NextStep::Retry { after_ms: 1_500 },
    });
    s.wait(1_500).attempt(&failing, 2, AttemptReason::Retry).wait(500);
    s.push(Event::ParticipantFailed { ask: failing, error: LlmError::new(ErrorKind::Overloaded, "It is overloaded") });
    s.end_round(2, Critique, &[0, 1], &[2]);
    s.round(3, Synthesis, &[1]).ask(3, Synthesis, 1).wait(2_000);
    let written = Answer::Synthesis {
        comparison: "They agree.".into(),
        claims: Vec::new(),
        answer: "**No.** Only invoices.".into(),
    };
    s.complete(&ask(3, Synthesis, 1), 1, "They agree. No.", written);
    s.end_round(3, Synthesis, &[1], &[]);
    s.round(4, Convergence, &[0, 1, 2]);
    for (seat, agree) in [(0, true), (1, true), (2, false)] {
        s.ask(4, Convergence, seat).wait(100);
        let vote = Vote {
            agree,
            reasoning: "Because.".into(),
            concerns: vec!["Drift.".into()],
            blocking: Vec::new(),
            stances: Vec::new(),
            moved_by: String::new(),
        };
        s.complete(&ask(4, Convergence, seat), 1, "{}", Answer::Vote(vote));
    }
    s.end_round(4, Convergence, &[0, 1, 2], &[]);
    let best = ask(3, Synthesis, 1);
    s.push(Event::ConvergenceChecked {
        round: 4,
        tally: Tally { agree: 2, disagree: 1, abstain: 0, seats: 3, threshold: 800, blocking: 0, max_blocking: None },
        version: best.clone(),
        best: best.clone(),
    });
    s.push(Event::SessionEnded {
        reason: EndReason::NotConverged,
        answer: Some(best),
        detail: "No.".into(),
        rule: None,
    });
    s.events
}
