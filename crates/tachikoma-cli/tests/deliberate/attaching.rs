//! `--attach`: files go along with the goal, or are refused in words.

use std::time::{Duration, Instant};

use super::*;

/// Where the PDFs of the tests lie.
fn pdf(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tachikoma-pdf/tests/pdfs").join(name).display().to_string()
}

#[test]
fn files_go_to_every_member_and_into_the_record() {
    let folder = folder("attach");
    let (notes, journal) = (folder.join("notes.md"), folder.join("s.ndjson"));
    std::fs::write(&notes, "# Notes\n\nThe quokka budget is 40.").unwrap();
    let (_runtime, server) = server();
    let members = members(&server, &["fast", "fast"]);
    let report = pdf("printed.pdf");
    let mut arguments = vec!["deliberate", GOAL, "--session", utf8(&journal), "--format", "md"];
    arguments.extend(members.iter().map(String::as_str));
    arguments.extend(["--attach", utf8(&notes), "--attach", &report]);
    let ran = run(&arguments).expect(0);
    assert!(ran.out.contains("- notes.md (text/markdown, 33 bytes)"), "{}", ran.out);
    assert!(ran.out.contains("- printed.pdf (application/pdf, "), "{}", ran.out);
    assert!(ran.said.contains("note: printed.pdf: Page 3 has no text."), "{}", ran.said);
    assert!(!server.log().entries().is_empty());
    let kept = std::fs::read_to_string(&journal).unwrap();
    assert!(kept.contains("The quokka budget is 40.") && kept.contains("Heading of the printed page"), "{kept}");
    // It goes on with what it began with.
    let ran = run(&["deliberate", "--session", utf8(&journal), "--attach", utf8(&notes)]).expect(2);
    assert!(ran.said.contains("--attach"), "{}", ran.said);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn what_cannot_be_attached_is_a_usage_error() {
    let folder = folder("attach-wrong");
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        utf8(&path).to_owned()
    };
    let huge = folder.join("huge.bin");
    std::fs::File::create(&huge).unwrap().set_len(40 * 1024 * 1024).unwrap();
    let cases = [
        (file("a.docx", b"PK\x03\x04...."), "Export it as PDF"),
        (file("empty.txt", b""), "is empty"),
        (file("broken.pdf", b"%PDF-1.7\nnothing"), "damaged"),
        (utf8(&huge).to_owned(), "larger than every limit"),
        (utf8(&folder.join("absent.txt")).to_owned(), "cannot be attached"),
        (utf8(&folder).to_owned(), "cannot be attached"),
        (pdf("scan.pdf"), "OCR"),
        (pdf("locked.pdf"), "password"),
    ];
    for (path, says) in cases {
        let begun = Instant::now();
        let ran = run(&["deliberate", GOAL, "--demo", "--attach", &path]).expect(2);
        assert!(ran.said.starts_with("error: ") && ran.said.contains(says), "{path}: {}", ran.said);
        assert!(begun.elapsed() < Duration::from_secs(40), "{path}");
        assert_eq!(ran.out, "");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
