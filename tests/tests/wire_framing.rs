//! Framing fixtures: `tests/wire/framing/<sse|ndjson>/<case>/{body, expected.jsonl, why}`.
//!
//! Each body gives the expected frames at every cut: in two at every place and byte by byte; bodies over
//! 8 KiB byte by byte and at 1,000 seeded splits. The expectations were written by hand from the WHATWG
//! rules, not taken from what the framer does. Beside them: limits, memory and random bytes.

use proptest::prelude::*;
use serde_json::{Value, json};
use tachikoma_forge::wire::{FRAME_LIMIT, FrameTooLong, Ndjson, Sse, SseFrame, SseItem};
use tachikoma_tests::wire::{cases, check_splits, read, root};

/// All that a framer gives for pieces of a body.
#[derive(Clone, Debug, PartialEq)]
struct Framed {
    frames: Vec<Value>,
    comments: usize,
    failed: Option<FrameTooLong>,
}

fn frame(frame: &SseFrame<'_>) -> Value {
    json!({"event": frame.event, "data": frame.data, "id": frame.id, "retry": frame.retry})
}

fn sse(pieces: &[&[u8]], limit: usize) -> Framed {
    let mut framer = Sse::new(limit);
    let mut framed = Framed { frames: Vec::new(), comments: 0, failed: None };
    for piece in pieces {
        let pushed = framer.push(piece, |item| match item {
            SseItem::Frame(f) => framed.frames.push(frame(&f)),
            SseItem::Comment => framed.comments += 1,
        });
        framed.failed = framed.failed.or(pushed.err());
    }
    if let Some(tail) = framer.tail() {
        framed.frames.push(json!({"tail": frame(&tail)}));
    }
    assert!(framer.tail().is_none(), "a tail is given once");
    framed
}

fn ndjson(pieces: &[&[u8]], limit: usize) -> Framed {
    let mut framer = Ndjson::new(limit);
    let mut framed = Framed { frames: Vec::new(), comments: 0, failed: None };
    let line = |text: &str| match serde_json::from_str::<Value>(text) {
        Ok(value) => json!({"json": value}),
        Err(_) => json!({"error": "invalid_json"}),
    };
    for piece in pieces {
        let pushed = framer.push(piece, |text| framed.frames.push(line(&text)));
        framed.failed = framed.failed.or(pushed.err());
    }
    framed.frames.extend(framer.tail().map(|tail| line(&tail)));
    framed
}

type Framer = fn(&[&[u8]], usize) -> Framed;
const FRAMERS: [(&str, Framer); 2] = [("sse", sse), ("ndjson", ndjson)];

#[test]
fn every_case_gives_its_frames_at_every_split() {
    for (name, framer) in FRAMERS {
        let folders = cases(&root().join("framing").join(name));
        assert!(folders.len() >= 14, "{name}: the fixtures are gone");
        for folder in folders {
            let body = read(&folder.join("body"));
            let expected = String::from_utf8(read(&folder.join("expected.jsonl"))).unwrap();
            let expected: Vec<Value> = expected.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
            let whole = framer(&[&body], FRAME_LIMIT);
            assert_eq!(whole.frames, expected, "{}", folder.display());
            check_splits(&body, |pieces| assert_eq!(framer(pieces, FRAME_LIMIT), whole, "{}", folder.display()));
        }
    }
}

#[test]
fn a_frame_over_the_limit_is_an_error_at_every_split() {
    let cases: [(Framer, &str, usize, bool); 12] = [
        (sse, "data: 12345\n\ndata: 67890\n\n", 11, false),
        (sse, "data: 12345\n\ndata: 678901\n\ndata: x\n\n", 11, true),
        (sse, "data: 1234\ndata: 5\n\n", 17, false),
        (sse, "data: 1234\ndata: 56\n\n", 17, true),
        (sse, "event: 12345\ndata: 1\n\n", 18, true),
        (sse, "id: 1234567890\n\n", 10, true),
        (sse, "retry: 1234567890\n\n", 10, true),
        (sse, "data: 123456", 11, true),
        // What cannot become part of a frame costs nothing.
        (sse, ": a comment that is longer than the limit\nfoo: and so is this\n\ndata: 1\n\n", 8, false),
        (ndjson, "{\"a\":1}\n[1]\n", 7, false),
        (ndjson, "[1]\n{\"a\":12}\n[1]\n", 7, true),
        (ndjson, "[1]\n{\"a\":12", 6, true),
    ];
    for (framer, body, limit, fails) in cases {
        let whole = framer(&[body.as_bytes()], limit);
        assert_eq!(whole.failed, fails.then_some(FrameTooLong { limit }), "{body:?} {whole:?}");
        check_splits(body.as_bytes(), |pieces| assert_eq!(framer(pieces, limit), whole, "{body:?} {pieces:?}"));
    }
}

#[test]
fn an_event_of_many_chunks_is_read_in_linear_time() {
    // Quadratic framing of these 8 MiB takes minutes; the event stays below the limit by its last lines.
    let mut body = b"data: ".to_vec();
    body.resize(FRAME_LIMIT - 16, b'x');
    body.extend_from_slice(b"\n\n");
    let pieces: Vec<&[u8]> = body.chunks(64).collect();
    let start = std::time::Instant::now();
    let framed = sse(&pieces, FRAME_LIMIT);
    assert_eq!(framed.frames.len(), 1);
    assert!(start.elapsed().as_secs() < 20, "took {:?}", start.elapsed());
}

/// Bytes that framing cares about, more often than chance would have them.
fn stream() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(b"\n".to_vec()),
        Just(b"\r".to_vec()),
        Just(b"\r\n".to_vec()),
        Just(b"data".to_vec()),
        Just(b"data: ".to_vec()),
        Just(b"event:".to_vec()),
        Just(b"id:".to_vec()),
        Just(b"retry: 1".to_vec()),
        Just(b":".to_vec()),
        Just(b" ".to_vec()),
        Just(b"\xEF\xBB\xBF".to_vec()),
        Just("🌍".as_bytes().to_vec()),
        Just(b"{\"a\":1}".to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_give_the_same_frames_at_any_cut(body in stream(), cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6), limit in prop_oneof![Just(FRAME_LIMIT), 1_usize..40]) {
        let mut at: Vec<usize> = cuts.iter().map(|i| i.index(body.len() + 1)).collect();
        at.sort_unstable();
        let mut pieces = Vec::new();
        let mut from = 0;
        for to in at.into_iter().chain([body.len()]) {
            pieces.push(&body[from..to]);
            from = to;
        }
        for (name, framer) in FRAMERS {
            let whole = framer(&[&body], limit);
            prop_assert_eq!(&framer(&pieces, limit), &whole, "{}", name);
            let bytes: Vec<&[u8]> = body.chunks(1).collect();
            prop_assert_eq!(&framer(&bytes, limit), &whole, "{}", name);
        }
    }
}
