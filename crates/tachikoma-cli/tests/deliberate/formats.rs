//! Every format of the demo's result, and where it goes.

use tachikoma_forge::export;
use tachikoma_forge::session::{EndReason, Event, ForgeSession, SessionState};
use tachikoma_forge::types::RoundType;

use super::*;

#[test]
fn the_demo_converges_after_a_first_vote_that_fails() {
    let ran = demo(&[GOAL, "--format", "ndjson"]).expect(0);
    let events = ran.events();
    let session = ForgeSession::fold(&events).unwrap();
    assert!(session.demo);
    assert!(matches!(&session.state, SessionState::Ended { reason: EndReason::Converged, .. }));
    let rounds: Vec<RoundType> = session.rounds.iter().map(|r| r.round_type).collect();
    use RoundType::{Convergence, Critique, Draft, Synthesis};
    assert_eq!(rounds, [Draft, Critique, Synthesis, Convergence, Synthesis, Convergence]);
    let votes: Vec<Option<u32>> = session.rounds.iter().filter_map(|r| r.tally).map(|t| t.agreement()).collect();
    assert_eq!(votes, [Some(666), Some(1000)]);
    // Live means in pieces, and a retry is part of the show.
    assert!(count(&events, |e| matches!(e, Event::ContentDelta { .. })) > 500);
    assert_eq!(count(&events, |e| matches!(e, Event::AttemptFailed { .. })), 1);
    assert_eq!(count(&events, |e| matches!(e, Event::ParticipantFailed { .. })), 0);
    // Every critic scored every draft but its own, for what it read.
    for turn in session.turns_of(2) {
        let Some(tachikoma_forge::session::Answer::Critique { scores }) = turn.answer() else { panic!("{turn:?}") };
        assert_eq!(scores.len(), 2);
    }
}

#[test]
fn text_begins_with_the_answer_and_ends_with_how_it_came_about() {
    let ran = demo(&[GOAL]).expect(0);
    assert!(ran.out.starts_with(&format!("**On “{GOAL}”")), "{}", ran.out);
    for said in ["This was the demo", "Converged in round 6", "Agreement in round 6: agree "] {
        assert!(ran.out.contains(said), "{said} is missing in {}", ran.out);
    }
    for said in ["Demo: ", "Round 1: Draft", "Round 6: Convergence", "Ada: done", "trying again", "0.666 < 0.8 → no"]
    {
        assert!(ran.said.contains(said), "{said} is missing in {}", ran.said);
    }
    assert!(!ran.out.contains("Round 1: Draft"), "words for people on stdout");
    let quiet = demo(&[GOAL, "--quiet"]).expect(0);
    assert_eq!(quiet.said, "");
}

#[test]
fn documents_hold_the_session() {
    let md = demo(&[GOAL, "--constraint", "Cheap.", "--format", "md"]).expect(0).out;
    assert!(md.starts_with(&format!("# {GOAL}\n\n**Demo.**")), "{md}");
    assert!(md.contains("## Constraints\n\n- Cheap.\n") && md.contains("## Round 6: Convergence"));

    let json = demo(&[GOAL, "--format", "json"]).expect(0).out;
    let events = export::read(json.as_bytes()).unwrap().events;
    assert!(ForgeSession::fold(&events).unwrap().is_finished());
    assert_eq!(export::json(&events), json);

    let yaml = demo(&[GOAL, "--format", "yaml"]).expect(0).out;
    assert!(yaml.starts_with("format: tachikoma-forge/session\nversion: 1\ndemo: true\nevents:\n"), "{yaml}");
}

#[test]
fn a_file_takes_the_result_and_stdout_stays_empty() {
    let folder = folder("file");
    for format in ["text", "md", "json", "yaml", "ndjson"] {
        let file = folder.join(format);
        let ran = demo(&[GOAL, "--format", format, "-o", utf8(&file)]).expect(0);
        assert_eq!(ran.out, "", "{format}");
        assert!(std::fs::read_to_string(&file).unwrap().contains(GOAL), "{format}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_goal_may_come_through_a_pipe() {
    for arguments in [&["deliberate", "-"][..], &["deliberate"]] {
        let arguments = [arguments, &["--demo", "--demo-pace", "0", "--format", "ndjson"]].concat();
        let ran = run_with_input(&arguments, "Why?\nReally?\n").expect(0);
        assert_eq!(ForgeSession::fold(&ran.events()).unwrap().topic.goal, "Why?\nReally?");
    }
}

#[test]
fn a_terminal_is_never_told_anything_by_a_text() {
    // `expect` looks for escape characters on both ends.
    for format in ["text", "md"] {
        let ran = demo(&["Red\u{1b}]0;owned\u{7}\u{1b}[31m or blue?", "--format", format]).expect(0);
        assert!(ran.out.contains("or blue?"));
        assert!(!ran.out.contains('\u{7}') && !ran.said.contains('\u{7}'));
    }
}

#[test]
fn three_dialects_deliberate_natively() {
    let (_runtime, server) = server();
    let url = server.url();
    let mut command = tachikoma(&["deliberate", GOAL, "--format", "ndjson"]);
    for model in ["anthropic/fast", "openai-compatible/stubborn-1", "ollama/fast"] {
        command.args(["-m", &format!("{model}@{url}")]);
    }
    command.env("ANTHROPIC_API_KEY", "canary-of-a-key");
    let ran = finish(command.spawn().unwrap()).expect(0);
    let events = ran.events();
    assert!(matches!(
        ForgeSession::fold(&events).unwrap().state,
        SessionState::Ended { reason: EndReason::Converged, .. }
    ));
    // Draft 3, critique 3, synthesis 1, vote 3, synthesis 1, vote 3: asked once each.
    assert_eq!(server.log().entries().len(), 14);
    assert!(!ran.out.contains("canary-of-a-key") && !ran.said.contains("canary-of-a-key"));
}
