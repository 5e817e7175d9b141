//! `tachikoma import`: an export is a session again, which continues where it was.

use tachikoma_forge::session::ForgeSession;
use tachikoma_native::FileJournal;
use tachikoma_tests::examples::journal;

use super::keys::{ELSEWHERE, through};
use super::*;

fn exported(file: &Path, format: &str) -> String {
    run(&["export", utf8(file), "--format", format]).expect(0).out
}

#[test]
fn every_document_is_imported_and_exports_to_the_same_bytes() {
    let folder = folder("import");
    let original = folder.join("original.ndjson");
    demo(&[GOAL, "--session", utf8(&original)]).expect(0);
    let documents = ["json", "yaml"].map(|format| (format, exported(&original, format)));
    let lines = std::fs::read_to_string(&original).unwrap();
    let wanted = ["json", "yaml", "md"].map(|format| exported(&original, format));
    for (name, text) in documents.into_iter().chain([("ndjson", lines)]) {
        let file = folder.join(format!("export.{name}"));
        std::fs::write(&file, &text).unwrap();
        // By name, and through a pipe.
        let (one, two) = (folder.join(format!("one-{name}")), folder.join(format!("two-{name}")));
        let by_name = run(&["import", utf8(&file), "--session", utf8(&one)]).expect(0);
        let piped = run_with_input(&["import", "-", "--session", utf8(&two)], &text).expect(0);
        for (out, ran) in [(one, by_name), (two, piped)] {
            assert!(ran.out.starts_with(&format!("{GOAL}\nThe members are scripted")), "{}", ran.out);
            assert!(ran.out.contains("It is finished.") && ran.said.is_empty(), "{}{}", ran.out, ran.said);
            assert_eq!(["json", "yaml", "md"].map(|format| exported(&out, format)), wanted, "{name}");
            // It tells its result again, and asks nobody.
            let again = run(&["deliberate", "--session", utf8(&out)]).expect(0);
            assert!(again.out.contains("Converged"), "{}", again.out);
        }
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn an_unfinished_session_goes_on_and_asks_nothing_twice() {
    let folder = folder("import-unfinished");
    let (_runtime, server) = server();
    let whole = folder.join("whole.ndjson");
    let members = members(&server, &["fast", "fast", "fast"]);
    let first = ["deliberate", GOAL, "--session", utf8(&whole)];
    run(&[&first[..], &strs(&members)].concat()).expect(0);
    let events = FileJournal::read(&whole).unwrap();
    // As it stood within its second round.
    let begun = |e: &Envelope| matches!(e.event, Event::RoundStarted { round: 2, .. });
    let cut = events.iter().position(begun).unwrap() + 4;
    let before = ForgeSession::fold(&events[..cut]).unwrap();
    let file = folder.join("cut.json");
    std::fs::write(&file, tachikoma_forge::export::json(&events[..cut])).unwrap();

    let out = folder.join("again.ndjson");
    let told = run(&["import", utf8(&file), "--session", utf8(&out)]).expect(0).out;
    assert!(
        told.contains("2 rounds. It was cut off") && told.contains("Its members are asked at http://127.0.0.1"),
        "{told}"
    );
    assert!(told.contains(&format!("Continue it with: tachikoma deliberate --session {}", out.display())), "{told}");
    let asked = server.log().entries().len();
    run(&["deliberate", "--session", utf8(&out)]).expect(0);
    let after = ForgeSession::fold(&FileJournal::read(&out).unwrap()).unwrap();
    assert!(after.is_finished());
    for (ask, turn) in before.turns.iter().filter(|(_, turn)| turn.complete().is_some()) {
        assert_eq!(after.turns[ask].complete(), turn.complete(), "{ask} changed");
    }
    let complete = before.turns.values().filter(|turn| turn.complete().is_some()).count();
    assert_eq!(server.log().entries().len() - asked, after.turns.len() - complete, "something was asked twice");
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_cannot_be_imported_is_refused_and_leaves_nothing() {
    let folder = folder("import-refused");
    let there = folder.join("there");
    std::fs::write(&there, "mine").unwrap();
    let good = folder.join("good.json");
    std::fs::write(&good, tachikoma_forge::export::json(&journal("x"))).unwrap();
    let ran = run(&["import", utf8(&good), "--session", utf8(&there)]).expect(2);
    assert!(ran.said.contains("is there already"), "{}", ran.said);
    assert_eq!(std::fs::read_to_string(&there).unwrap(), "mine");

    let out = folder.join("out");
    for (name, bytes, why) in [
        ("missing", None, "cannot be read"),
        ("empty", Some(&b""[..]), "This file is empty"),
        ("novel", Some(b"Chapter one\n"), "no exported session"),
        ("picture", Some(b"\x89PNG\r\n"), "no text in UTF-8"),
        ("other", Some(b"{\"a\":1}"), "no exported session"),
        ("newer", Some(b"{\"v\":99,\"new\":true}\n"), "newer version"),
    ] {
        let file = folder.join(name);
        if let Some(bytes) = bytes {
            std::fs::write(&file, bytes).unwrap();
        }
        let ran = run(&["import", utf8(&file), "--session", utf8(&out)]).expect(2);
        assert!(ran.said.starts_with("error: ") && ran.said.contains(why), "{name}: {}", ran.said);
        assert!(ran.out.is_empty() && !out.exists(), "{name} left something behind");
    }
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_hostile_file_does_no_harm() {
    let folder = folder("import-hostile");
    let file = folder.join("hostile.json");
    let out = folder.join("out");
    let hostile = "\u{1b}]52;c;cm0gLXJm\u{7}\u{202e}\u{0} turned";
    let mut events = journal(hostile);
    events.truncate(2);
    if let Event::SessionCreated { participants, .. } = &mut events[0].event {
        participants.truncate(2);
        for member in participants {
            member.model = format!("openai/fast@{ELSEWHERE}").parse().unwrap();
            member.fallbacks.clear();
        }
    }
    if let Event::RoundStarted { seats, .. } = &mut events[1].event {
        seats.truncate(2);
    }
    std::fs::write(&file, tachikoma_forge::export::json(&events)).unwrap();
    let told = run(&["import", utf8(&file), "--session", utf8(&out)]).expect(0).out;
    // Kept as it is, and shown without what a terminal would obey.
    assert_eq!(FileJournal::read(&out).unwrap(), events);
    assert!(!told.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "{told:?}");
    assert!(told.contains(ELSEWHERE) && told.contains("--key-for"), "{told}");

    // No key follows the address that the file names, unless somebody says so.
    let (_runtime, server) = server();
    let key = [("OPENAI_API_KEY", "canary")];
    let go_on = ["deliberate", "-q", "--session", utf8(&out)];
    let (ran, sent) = through(&server, &key, &go_on);
    assert_eq!(sent, Vec::<bool>::new());
    assert!(ran.expect(3).said.contains("--key-for http://elsewhere.example"));
    let (ran, sent) = through(&server, &key, &[&go_on[..], &["--key-for", ELSEWHERE]].concat());
    assert!(!sent.is_empty() && sent.iter().all(|with_key| *with_key), "{}", ran.said);
    std::fs::remove_dir_all(folder).unwrap();
}
