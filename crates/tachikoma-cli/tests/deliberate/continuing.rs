//! Interrupted and continued: nothing that is complete is ever asked again.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};

use tachikoma_forge::session::ForgeSession;
use tachikoma_tests::scripted::Outcome;

use super::*;

/// Starts a deliberation, waits for the text of a round, and sends a signal in the middle of it.
#[cfg(unix)]
fn interrupt(arguments: &[&str], round: u32, signal: &str) -> Option<i32> {
    let mut child = tachikoma(arguments).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let in_round = |event: &Event| matches!(event, Event::ContentDelta { ask, .. } if ask.round == round);
    let seen = lines
        .by_ref()
        .map_while(Result::ok)
        .any(|line| serde_json::from_str::<Envelope>(&line).is_ok_and(|e| in_round(&e.event)));
    assert!(seen, "round {round} never began");
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    // The rest is read, so that the pipe never holds it up.
    let _ = lines.by_ref().map_while(Result::ok).count();
    finish(child).code
}

#[cfg(unix)]
#[test]
fn an_interrupted_session_is_continued_and_each_completed_ask_was_made_once() {
    // Side by side: most of it is waiting for the server's pace.
    let cases = [("-INT", Some(130)), ("-TERM", Some(130)), ("-KILL", None)];
    std::thread::scope(|scope| {
        for (signal, code) in cases {
            scope.spawn(move || continue_after(signal, code));
        }
    });
}

#[cfg(unix)]
fn continue_after(signal: &str, code: Option<i32>) {
    let folder = folder(&format!("continue{signal}"));
    for round in [1, 2, 4] {
        let (_runtime, server) = server();
        let journal = folder.join(format!("{signal}{round}.ndjson"));
        // Slow enough to be hit in the middle of a text: 24 pieces, 25 a second.
        let members = members(&server, &["pace-50-24-25", "pace-60-24-25", "pace-40-24-25"]);
        let first = ["deliberate", GOAL, "--format", "ndjson", "--session", utf8(&journal)];
        assert_eq!(interrupt(&[&first[..], &strs(&members)].concat(), round, signal), code, "{signal} in {round}");

        let kept = std::fs::read_to_string(&journal).unwrap();
        // A kill may tear the last line; that one was never complete.
        let whole = &kept[..kept.rfind('\n').unwrap() + 1];
        let before = ForgeSession::fold(&events(whole)).unwrap();
        assert!(!before.is_finished());
        assert_eq!(before.rounds.last().unwrap().number, round);

        let ran = run(&["deliberate", "--session", utf8(&journal), "--format", "json"]).expect(0);
        let after = ForgeSession::fold(&tachikoma_forge::export::read(ran.out.as_bytes()).unwrap().events).unwrap();
        assert!(after.is_finished() && after.resumes == 1, "{signal} in {round}");
        for (ask, turn) in before.turns.iter().filter(|(_, turn)| turn.complete().is_some()) {
            assert_eq!(after.turns[ask].complete(), turn.complete(), "{ask} changed");
        }

        let mut completed: BTreeMap<(String, String), u32> = BTreeMap::new();
        for entry in server.log().settled() {
            if entry.outcome == Outcome::Completed {
                *completed.entry((entry.model, entry.prompt_hash)).or_default() += 1;
            }
        }
        assert!(completed.values().all(|times| *times == 1), "{signal} in {round}: asked twice: {completed:?}");
        assert_eq!(completed.len(), after.turns.len(), "every ask was made");

        // A finished session tells its result again and asks nobody.
        let requests = server.log().entries().len();
        let again = run(&["deliberate", "--session", utf8(&journal)]).expect(0);
        assert!(again.out.contains("Converged"), "{}", again.out);
        assert_eq!(server.log().entries().len(), requests);
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[cfg(unix)]
#[test]
fn an_interruption_says_how_to_go_on() {
    let folder = folder("says");
    let journal = folder.join("s.ndjson");
    let mut child = tachikoma(&["deliberate", GOAL, "--demo", "--session", utf8(&journal)]).spawn().unwrap();
    let start = Instant::now();
    // The demo reads for nearly half a second before its first word.
    while std::fs::metadata(&journal).map_or(0, |m| m.len()) == 0 && start.elapsed() < LONGEST {
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let _ = child.stdin.take();
    let ran = finish(child).expect(130);
    assert!(ran.said.contains("tachikoma deliberate --session"), "{}", ran.said);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_session_file_is_never_mistaken_for_another() {
    let folder = folder("mistaken");
    let journal = folder.join("s.ndjson");
    demo(&[GOAL, "--session", utf8(&journal)]).expect(0);
    let kept = std::fs::read(&journal).unwrap();
    // The same goal continues, another one does not.
    demo(&[GOAL, "--session", utf8(&journal)]).expect(0);
    let ran = demo(&["Something else?", "--session", utf8(&journal)]).expect(2);
    assert!(ran.said.contains("another goal"), "{}", ran.said);
    assert_eq!(std::fs::read(&journal).unwrap(), kept);

    let novel = folder.join("novel.txt");
    std::fs::write(&novel, "Chapter one\n").unwrap();
    let ran = demo(&[GOAL, "--session", utf8(&novel)]).expect(2);
    assert!(ran.said.contains("not a session"), "{}", ran.said);
    assert_eq!(std::fs::read_to_string(&novel).unwrap(), "Chapter one\n");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_second_process_is_refused_and_the_first_goes_on() {
    let folder = folder("second-process");
    let journal = folder.join("s.ndjson");
    demo(&[GOAL, "--session", utf8(&journal)]).expect(0);
    let kept = std::fs::read(&journal).unwrap();
    let held = tachikoma_native::FileJournal::open(&journal).unwrap();
    let ran = run(&["deliberate", "--session", utf8(&journal)]).expect(2);
    assert!(ran.said.contains("is being written by another run: wait for it"), "{}", ran.said);
    // Whoever only looks is not in the way.
    run(&["export", utf8(&journal), "--format", "md"]).expect(0);
    drop(held);
    run(&["deliberate", "--session", utf8(&journal)]).expect(0);
    assert_eq!(std::fs::read(&journal).unwrap(), kept);
    std::fs::remove_dir_all(folder).unwrap();
}
