//! PDFs of every kind, as files: what is read of them, and that hostile ones end.

#![allow(clippy::unwrap_used)] // A test may.

use std::path::Path;
use std::time::{Duration, Instant};

use tachikoma_pdf::{PdfError, PdfText, read};

fn file(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pdfs").join(name)).unwrap()
}

fn text(name: &str) -> PdfText {
    read(file(name), 1_000_000).unwrap()
}

#[test]
fn words_lines_and_paragraphs_follow_from_the_gaps() {
    assert_eq!(text("plain.pdf").text, "Two words\nkerned apart\n\nAnother paragraph.");
    let printed = text("printed.pdf");
    let wanted = [
        "Heading of the printed page",
        "The town library counts returns: größer, naïve, “quoted”, 42 euros.",
        "A second paragraph,",
        "Page two.",
    ];
    let mut at = 0;
    for words in wanted {
        at += printed.text[at..].find(words).unwrap_or_else(|| panic!("{words:?} in {}", printed.text));
    }
    assert!(printed.text.contains(".\n\nPage two."), "pages are paragraphs: {}", printed.text);
    assert_eq!(printed.without, [3]);
}

#[test]
fn letters_drawn_twice_come_once_and_unseen_ones_come() {
    assert_eq!(text("outlined.pdf").text, "Drawn twice\nUnseen, as OCR writes it");
}

#[test]
fn a_scan_has_no_text() {
    assert_eq!(text("scan.pdf"), PdfText { text: String::new(), without: vec![1] });
}

#[test]
fn no_more_is_read_than_is_wanted() {
    let cut = read(file("printed.pdf"), 10).unwrap();
    assert!((10..20).contains(&cut.text.len()), "{cut:?}");
}

#[test]
fn hostile_files_end_in_words_or_with_little() {
    assert_eq!(read(file("locked.pdf"), 100), Err(PdfError::Locked));
    assert_eq!(read(b"%PDF-1.7\nnothing".to_vec(), 100), Err(PdfError::Damaged));
    for name in ["loop.pdf", "tree.pdf", "deep.pdf", "bomb.pdf"] {
        let begun = Instant::now();
        if let Ok(pdf) = read(file(name), 1_000) {
            assert!(pdf.text.len() < 1_100, "{name}");
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{name}: {:?}", begun.elapsed());
    }
    // Cut at every place, and with every byte turned over.
    let whole = file("plain.pdf");
    for at in 0..whole.len() {
        let _ = read(whole[..at].to_vec(), 1_000);
        let mut turned = whole.clone();
        turned[at] ^= 0xff;
        let _ = read(turned, 1_000);
    }
}
