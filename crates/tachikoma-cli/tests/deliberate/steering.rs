//! A person at the terminal, and what is done with a session's file: edited, forked, followed up.

use tachikoma_forge::session::{Answer, ControlAction, ForgeSession, Reading};

use super::*;

const PACE: [&str; 2] = ["--demo-pace", "0"];

fn folded(ran: &Ran) -> ForgeSession {
    ForgeSession::fold(&tachikoma_forge::export::read(ran.out.as_bytes()).unwrap().events).unwrap()
}

#[test]
fn a_person_answers_from_stdin_and_steers_on_the_way() {
    let members = ["-m", "demo/ada", "-m", "demo/turing", "-m", "person/Grace"];
    let first = ["deliberate", GOAL, "--interactive", "--rounds", "2", "--format", "json"];
    // A draft of two lines; then for each of the two drafts a score, and the lists, one of which has an entry.
    let input = "/note Mind the budget.\n/replace ada nowhere/x\n/replace 1 demo/hopper\nBuy it.\nDo not build it.\n.\n81\n\nIt names no cost.\n\n\neighty\n\n\n\n";
    let ran =
        run_with_input(&[&first[..], &members, &PACE].concat(), &format!("{input}40\n\n\n\n40\n\n\n\n")).expect(4);
    let session = folded(&ran);
    assert_eq!(session.notes[0].text, "Mind the budget.");
    let models: Vec<String> = session.participants.iter().map(|member| member.model.to_string()).collect();
    assert_eq!(models, ["demo/hopper", "demo/turing", "person/Grace"]);
    assert!(ran.said.contains("nowhere"), "{}", ran.said);
    let draft = session.turn_of(1, 2).unwrap().complete().unwrap();
    assert_eq!((draft.text.as_str(), draft.reading), ("Buy it.\nDo not build it.", Reading::Person));
    let critique = session.turn_of(2, 2).unwrap();
    let Some(Answer::Critique { scores }) = critique.answer() else { panic!("{critique:?}\n{}", ran.said) };
    assert_eq!(scores.iter().map(|score| score.score).collect::<Vec<_>>(), [40, 40]);
    assert!(ran.said.contains("has to be a whole number from 0 to 100"), "{}", ran.said);
}

#[test]
fn a_person_without_anybody_to_answer_is_refused_before_anything_is_asked() {
    let ran = run(&["deliberate", GOAL, "-m", "demo/ada", "-m", "person/Grace"]).expect(2);
    assert!(ran.said.contains("Grace is a person") && ran.said.contains("--interactive"), "{}", ran.said);
}

#[test]
fn an_edited_draft_has_only_what_read_it_asked_anew() {
    let folder = folder("edit");
    let (journal, text) = (folder.join("s.ndjson"), folder.join("new.md"));
    demo(&[GOAL, "--session", utf8(&journal)]).expect(0);
    let before = std::fs::read_to_string(&journal).unwrap();
    std::fs::write(&text, "Quite another draft.").unwrap();
    let ask = ["--ask", "b0/r1/draft/s0/v0", "--text-file", utf8(&text)];
    let ran = run(&[&["edit", utf8(&journal)][..], &ask].concat()).expect(0);
    assert!(ran.said.contains("on branch 2") && ran.said.contains("--session"), "{}", ran.said);
    let after = run(&[&["deliberate", "--session", utf8(&journal), "--format", "json"][..], &PACE].concat()).expect(0);
    let events = tachikoma_forge::export::read(after.out.as_bytes()).unwrap().events;
    let asked_anew = events[self::events(&before).len()..].iter().filter_map(|e| match &e.event {
        Event::ParticipantThinking { ask, .. } => Some(ask.step.clone()),
        _ => None,
    });
    let asked_anew: Vec<String> = asked_anew.collect();
    assert!(
        !asked_anew.contains(&"draft".to_owned()) && asked_anew.contains(&"synthesis".to_owned()),
        "{asked_anew:?}"
    );
    let session = ForgeSession::fold(&events).unwrap();
    assert_eq!((session.branch, session.branches.len(), session.stale.len()), (1, 2, 0));
    assert_eq!(session.turn_of(1, 0).unwrap().text(), Some("Quite another draft."));
    assert!(session.is_finished());
    // The same text again changes nothing, and an unknown turn is named.
    for (ask, says) in [("b1/r1/draft/s0/v1", "nothing was changed"), ("b0/r9/draft/s0/v0", "not on this branch")] {
        let ran = run(&["edit", utf8(&journal), "--ask", ask, "--text-file", utf8(&text)]).expect(2);
        assert!(ran.said.contains(says), "{}", ran.said);
    }
}

#[test]
fn a_fork_and_a_follow_up_are_sessions_of_their_own() {
    let folder = folder("fork");
    let (journal, fork) = (folder.join("s.ndjson"), folder.join("fork.ndjson"));
    demo(&[GOAL, "--session", utf8(&journal)]).expect(0);
    let kept = std::fs::read(&journal).unwrap();
    run(&["fork", utf8(&journal), "--round", "2", "--session", utf8(&fork)]).expect(0);
    let again = run(&["fork", utf8(&journal), "--round", "2", "--session", utf8(&fork)]).expect(2);
    assert!(again.said.contains("is there already"), "{}", again.said);
    let ran = run(&[&["deliberate", "--session", utf8(&fork), "--format", "json"][..], &PACE].concat()).expect(0);
    let session = folded(&ran);
    assert_eq!(session.forked_from.as_ref().map(|from| from.round), Some(2));
    assert!(session.rounds.len() >= 4 && session.is_finished());
    run(&["verify", utf8(&fork)]).expect(0);

    let follow = ["follow-up", utf8(&journal), "And who pays for it?", "--carry", "all", "--format", "json"];
    let session = folded(&run(&[&follow[..], &PACE].concat()).expect(0));
    assert_eq!(session.topic.goal, "And who pays for it?");
    assert_eq!(session.topic.carried[0].title, "The shared answer");
    assert_eq!(session.participants.len(), session.topic.carried_panel.len());
    assert_eq!(std::fs::read(&journal).unwrap(), kept, "the session that it follows stays as it is");
    let steered = |action: &ControlAction| matches!(action, ControlAction::Change { .. });
    assert!(
        !events(&String::from_utf8(kept).unwrap())
            .iter()
            .any(|e| matches!(&e.event, Event::Control { action } if steered(action)))
    );
}
