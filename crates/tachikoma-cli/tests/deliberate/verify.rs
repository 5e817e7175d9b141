//! `tachikoma verify`: scripts go by its exit code.

use tachikoma_forge::protocol::OUTLINES;
use tachikoma_forge::session::EndReason;
use tachikoma_native::FileJournal;

use super::*;

#[test]
fn what_happened_passes_and_what_was_changed_does_not() {
    let folder = folder("verify");
    for outline in OUTLINES {
        let original = folder.join(format!("{}.ndjson", outline.name));
        demo(&[GOAL, "--protocol", outline.name, "--session", utf8(&original)]).expect(0);
        let written = |name: &str, text: &str| {
            let file = folder.join(format!("{}-{name}", outline.name));
            std::fs::write(&file, text).unwrap();
            file
        };
        let exported = ["json", "yaml"].map(|format| {
            let text = run(&["export", utf8(&original), "--format", format]).expect(0).out;
            written(&format!("export.{format}"), &text)
        });
        for file in [&original].into_iter().chain(&exported) {
            let told = run(&["verify", utf8(file)]).expect(0).out;
            assert!(told.contains("The recorded end follows from what is recorded."), "{told}");
        }

        let mut events = FileJournal::read(&original).unwrap();
        for envelope in &mut events {
            if let Event::SessionEnded { reason, .. } = &mut envelope.event {
                // There was no cap.
                *reason = EndReason::Budget;
            }
        }
        let tampered = written("tampered.json", &tachikoma_forge::export::json(&events));
        let told = run(&["verify", utf8(&tampered)]).expect(1).out;
        assert!(told.contains("does not follow from what is recorded") && told.contains("event "), "{told}");
    }
    // What cannot be read is no session that holds.
    let strange = folder.join("strange.json");
    std::fs::write(&strange, "{}").unwrap();
    assert_ne!(run(&["verify", utf8(&strange)]).code, Some(0));
    std::fs::remove_dir_all(folder).unwrap();
}
