//! `tachikoma export`.

use tachikoma_forge::export;
use tachikoma_forge::session::SCHEMA_VERSION;

use super::*;

#[test]
fn a_journal_becomes_every_document_and_stays_as_it_is() {
    let folder = folder("export");
    let journal = folder.join("s.ndjson");
    let json = demo(&[GOAL, "--session", utf8(&journal), "--format", "json"]).expect(0).out;
    let kept = std::fs::read(&journal).unwrap();
    let exported = run(&["export", utf8(&journal), "--format", "json"]).expect(0).out;
    assert_eq!(exported, json, "the same session, the same document");
    assert!(export::read(exported.as_bytes()).is_ok());

    // A document in JSON is a session's file too.
    let document = folder.join("s.json");
    run(&["export", utf8(&journal), "--format", "json", "-o", utf8(&document)]).expect(0);
    for format in ["md", "json", "yaml"] {
        let one = run(&["export", utf8(&journal), "--format", format]).expect(0).out;
        let other = run(&["export", utf8(&document), "--format", format]).expect(0).out;
        assert!(one == other && one.contains(GOAL), "{format}");
    }
    assert_eq!(std::fs::read(&journal).unwrap(), kept);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_newer_version_s_session_is_shown_as_far_as_it_is_known_and_never_written_to() {
    let folder = folder("newer-export");
    let journal = folder.join("s.ndjson");
    demo(&[GOAL, "--session", utf8(&journal)]).expect(0);
    let newer = format!("{{\"v\":{},", SCHEMA_VERSION + 1);
    let mut text = String::new();
    for (at, line) in std::fs::read_to_string(&journal).unwrap().lines().enumerate() {
        let line = line.replacen(&format!("{{\"v\":{SCHEMA_VERSION},"), &newer, 1);
        // One kind of event has another name by then.
        let line = if at == 5 { line.replacen("\"type\":\"", "\"type\":\"Dreamt", 1) } else { line };
        text.push_str(&(line + "\n"));
    }
    std::fs::write(&journal, &text).unwrap();
    let ran = run(&["export", utf8(&journal), "--format", "md"]).expect(0);
    assert!(ran.out.contains(GOAL), "{}", ran.out);
    assert!(ran.said.contains("A newer version wrote this session") && ran.said.contains("Dreamt"), "{}", ran.said);
    for (arguments, says) in [
        (&["export", utf8(&journal), "--format", "json"][..], "--format md writes what can be read"),
        (&["export", utf8(&journal), "--format", "yaml"], "--format md writes what can be read"),
        (&["stats", utf8(&journal)], "Use that version"),
        (&["deliberate", "--session", utf8(&journal)], "Use the newer version. It is left as it is."),
    ] {
        let ran = run(arguments).expect(2);
        assert!(ran.said.contains(says) && ran.out.is_empty(), "{}", ran.said);
    }
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), text);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_is_no_session_is_refused_with_a_reason() {
    let folder = folder("refused-export");
    let table = [
        ("missing", None, "cannot be read"),
        ("empty", Some(""), "no session yet"),
        ("novel", Some("Chapter one\n"), "no exported session"),
        ("other", Some("{\"a\":1}"), "no exported session"),
        ("strange", Some("{\"v\":99,\"new\":true}\n"), "no session or no number"),
        ("torn", Some("{\"v\":1,\"session\":"), "no session yet"),
    ];
    for (name, text, why) in table {
        let file = folder.join(name);
        if let Some(text) = text {
            std::fs::write(&file, text).unwrap();
        }
        let target = folder.join("target");
        let ran = run(&["export", utf8(&file), "--format", "md", "-o", utf8(&target)]).expect(2);
        assert!(ran.said.starts_with("error: ") && ran.said.contains(why), "{name}: {}", ran.said);
        assert!(!target.exists(), "{name} left a document behind");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
