//! The form that a person fills in: for every type of round it gives a text that is read as what was filled in, and
//! an answer fills it again.

#![allow(clippy::unwrap_used)] // A test may.

use tachikoma_forge::protocol::asked::{Piece, pieces};
use tachikoma_forge::protocol::reading::turn as read;
use tachikoma_forge::protocol::{FieldKind, Form, Output, Plan, protocols};
use tachikoma_forge::session::{Answer, Event, Label, Reading, ReadingOrder, Settings, Stance};
use tachikoma_forge::types::{AskId, RoundType, StopReason, TokenUsage};
use tachikoma_tests::panel::{Panel, Reply, willing};

/// A panel with two drafts, and an open round of a type that quotes them.
fn in_round(round_type: RoundType) -> (Panel, AskId) {
    let mut panel = Panel::of(7, 3, 10);
    let Plan::Asks(asks) = panel.plan() else { panic!("nobody is asked for a draft") };
    let labels: Vec<Label> = asks
        .iter()
        .zip(["A", "B", "C"])
        .map(|(ask, label)| Label { label: label.into(), ask: ask.id.clone() })
        .collect();
    for ask in &asks {
        panel.settle(ask, Reply::says(format!("Returns of seat {} cost more than they bring.", ask.seat())));
    }
    panel.record(Event::RoundComplete {
        round: 1,
        round_type: RoundType::Draft,
        took_part: vec![0, 1, 2],
        absent: vec![],
    });
    panel.record(Event::RoundStarted { round: 2, round_type, seats: vec![0, 1, 2] });
    let orders = vec![ReadingOrder { seat: 0, labels: vec!["C".into(), "B".into()] }];
    panel.record(Event::LabelsAssigned { round: 2, labels, orders });
    let ask = AskId { branch: 0, round: 2, step: round_type.step().into(), seat: 0, revision: 0 };
    panel.record(Event::ParticipantThinking { ask: ask.clone(), prompt_hash: String::new(), reads: vec![] });
    (panel, ask)
}

/// Puts something into every field that fits its kind.
fn fill(form: &mut Form) {
    for field in &mut form.fields {
        field.value = match (&field.kind, field.key.as_str()) {
            (FieldKind::Words, "quote") => "cost more than they bring".into(),
            (FieldKind::Words, key) => format!("Words for {key},\nin \"two\" lines."),
            (FieldKind::Lines, key) => format!("One {key}.\nAnother \\ {key}."),
            (FieldKind::Number, _) => "73".into(),
            (FieldKind::Choice(of), _) => of.last().unwrap().0.clone(),
            (FieldKind::Order, _) => "B, C".into(),
        };
    }
}

/// Whoever fills in a form is told nothing of JSON, in any protocol: the heading that it stands under is known.
#[test]
fn a_person_is_asked_without_the_form_that_models_get() {
    for protocol in protocols() {
        let (mut panel, mut structured) = (Panel::of_protocol(protocol.name(), 7, 3, Settings::default()), 0);
        panel.run(99, |session, ask| willing(session, ask, true)).unwrap();
        for ask in &panel.asked {
            let prompt = &ask.prompt.user;
            let said = |piece| match piece {
                Piece::Words(words) => words,
                Piece::Quote { title, text } => title + &text,
            };
            let told: String = pieces(prompt).into_iter().map(said).collect();
            if matches!(ask.output, Output::Json { .. }) {
                structured += 1;
                assert!(prompt.contains("JSON"), "{}", ask.id);
            }
            assert!(!told.contains("JSON") && !told.contains('{'), "{}: {told}", ask.id);
            assert!(told.contains("The task"), "{}: {told}", ask.id);
        }
        assert!(structured > 0 || protocol.name() == "mixture", "{}", protocol.name());
    }
}

#[test]
fn what_is_filled_in_is_what_is_read_and_fills_the_form_again() {
    for round_type in RoundType::ALL {
        let (mut panel, ask) = in_round(round_type);
        let mut form = Form::of(&panel.session, &ask).unwrap();
        fill(&mut form);
        let text = form.text().unwrap_or_else(|why| panic!("{round_type}: {why}"));
        let (answer, reading) = read(&panel.session, &ask, &text, StopReason::End)
            .unwrap_or_else(|why| panic!("{round_type}: {why}\n{text}"));
        assert!(matches!(reading, Reading::Json | Reading::Text), "{round_type}: {reading:?}");
        assert!(!matches!(answer, Answer::Abstained { .. }));
        let model = panel.session.participants[0].model.first().clone();
        panel.record(Event::ParticipantComplete {
            ask: ask.clone(),
            attempt: 0,
            model,
            text,
            reasoning: String::new(),
            stop_reason: StopReason::End,
            usage: TokenUsage::default(),
            first_token_ms: None,
            duration_ms: 0,
            answer,
            reading: Reading::Person,
            obtained: None,
        });
        assert_eq!(Form::of(&panel.session, &ask).unwrap(), form, "{round_type}");
    }
}

#[test]
fn an_empty_form_is_refused_in_words_and_never_read_as_a_judgement() {
    for round_type in RoundType::ALL {
        let (panel, ask) = in_round(round_type);
        let form = Form::of(&panel.session, &ask).unwrap();
        let read = form.text().and_then(|text| read(&panel.session, &ask, &text, StopReason::End));
        match round_type {
            // An order is one as it stands, and no objection is an answer.
            RoundType::Ranking | RoundType::Comparison | RoundType::Attack => assert!(read.is_ok(), "{round_type}"),
            _ => assert!(!read.unwrap_err().is_empty(), "{round_type}"),
        }
    }
}

#[test]
fn a_number_that_is_none_is_named() {
    let (panel, ask) = in_round(RoundType::Critique);
    let mut form = Form::of(&panel.session, &ask).unwrap();
    assert_eq!(form.fields[0].group, "Draft C", "in the reader's own order");
    form.set("B/score", "101");
    assert_eq!(form.text().unwrap_err(), "The score of draft B has to be a whole number from 0 to 100.");
    form.set("B/score", "40");
    let (answer, _) = read(&panel.session, &ask, &form.text().unwrap(), StopReason::End).unwrap();
    let Answer::Critique { scores } = answer else { panic!("{answer:?}") };
    assert_eq!(
        scores.iter().map(|s| (s.label.as_str(), s.score)).collect::<Vec<_>>(),
        [("B", 40)],
        "the other abstains"
    );
}

#[test]
fn a_vote_says_where_somebody_stands_on_each_claim() {
    let (mut panel, ask) = in_round(RoundType::Synthesis);
    let model = panel.session.participants[0].model.first().clone();
    let claims = vec!["Returns cost.".to_owned(), "They build trust.".to_owned()];
    panel.record(Event::ParticipantComplete {
        ask: ask.clone(),
        attempt: 0,
        model,
        text: "x".into(),
        reasoning: String::new(),
        stop_reason: StopReason::End,
        usage: TokenUsage::default(),
        first_token_ms: None,
        duration_ms: 0,
        answer: Answer::Synthesis { comparison: String::new(), claims, answer: "x".into() },
        reading: Reading::Text,
        obtained: None,
    });
    panel.record(Event::RoundComplete {
        round: 2,
        round_type: RoundType::Synthesis,
        took_part: vec![0],
        absent: vec![],
    });
    panel.record(Event::RoundStarted { round: 3, round_type: RoundType::Convergence, seats: vec![0, 1, 2] });
    let ask = AskId { branch: 0, round: 3, step: "convergence".into(), seat: 1, revision: 0 };
    let mut form = Form::of(&panel.session, &ask).unwrap();
    form.set("vote", "disagree");
    form.set("claim/2", "unsure");
    let (answer, _) = read(&panel.session, &ask, &form.text().unwrap(), StopReason::End).unwrap();
    let Answer::Vote(vote) = answer else { panic!("{answer:?}") };
    assert!(!vote.agree && vote.stances.len() == 1);
    assert_eq!((vote.stances[0].claim, vote.stances[0].stance), (2, Stance::Unsure));
}
