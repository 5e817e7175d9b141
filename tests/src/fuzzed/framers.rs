//! The framers: the same items at any cut, the same as the plainest reading of the rules, and never a frame over
//! the limit.

use std::borrow::Cow;

use tachikoma_forge::wire::{FRAME_LIMIT, FrameTooLong, Ndjson, Sse, SseFrame, SseItem};

use super::{Draws, with_cuts};

/// All that a framer gives.
#[derive(Debug, Default, PartialEq)]
struct Framed {
    items: Vec<String>,
    tail: Option<String>,
    failed: Option<FrameTooLong>,
}

fn line(frame: &SseFrame<'_>) -> String {
    format!("{:?} {:?} {:?} {:?}", frame.event, frame.data, frame.id, frame.retry)
}

fn framed_sse(pieces: &[&[u8]], limit: usize) -> Framed {
    let mut framer = Sse::new(limit);
    let mut framed = Framed::default();
    for piece in pieces {
        let mut given = 0;
        let pushed = framer.push(piece, |item| {
            given += 1;
            framed.items.push(match item {
                SseItem::Frame(frame) => {
                    // A byte that is no text becomes a mark of three.
                    assert!(frame.data.len() <= limit.saturating_mul(3), "a frame over the limit");
                    line(&frame)
                }
                SseItem::Comment => ":".to_owned(),
            });
        });
        assert!(framed.failed.is_none() || (given == 0 && pushed.is_err()), "something after the limit was met");
        framed.failed = framed.failed.or(pushed.err());
    }
    framed.tail = framer.tail().map(|frame| line(&frame));
    assert!(framer.tail().is_none(), "a tail is given once");
    framed
}

/// The rules of the standard, byte by byte and with no regard to cost.
fn plain_sse(data: &[u8]) -> Framed {
    let mut framed = Framed::default();
    let data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    let mut lines: Vec<Vec<u8>> = vec![Vec::new()];
    let mut at = 0;
    while at < data.len() {
        match data[at] {
            b'\r' | b'\n' => {
                at += usize::from(data[at..].starts_with(b"\r\n"));
                lines.push(Vec::new());
            }
            byte => lines.last_mut().expect("a line").push(byte),
        }
        at += 1;
    }
    // What stands behind the last line end is read as if it had one, and a blank line behind it.
    let whole = lines.len() - 1;
    let (mut event, mut data, mut id, mut retry) = (Vec::new(), Vec::new(), Vec::new(), None);
    for (number, line) in lines.into_iter().chain([Vec::new()]).enumerate() {
        if line.is_empty() && number >= whole && data.is_empty() {
            continue;
        }
        if line.is_empty() {
            if !data.is_empty() {
                data.pop();
                let text = |bytes: &[u8]| Cow::Owned(String::from_utf8_lossy(bytes).into_owned());
                let event = if event.is_empty() { "message".into() } else { text(&event) };
                let id_text = String::from_utf8_lossy(&id);
                let shown = self::line(&SseFrame { event, data: text(&data), id: &id_text, retry });
                if number < whole {
                    framed.items.push(shown);
                } else {
                    framed.tail = Some(shown);
                }
            }
            (event, data) = (Vec::new(), Vec::new());
            continue;
        }
        if line[0] == b':' {
            if number < whole {
                framed.items.push(":".to_owned());
            }
            continue;
        }
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = colon.map_or((&line[..], &b""[..]), |at| (&line[..at], &line[at + 1..]));
        let value = value.strip_prefix(b" ").unwrap_or(value);
        match name {
            b"event" => event = value.to_vec(),
            b"data" => {
                data.extend_from_slice(value);
                data.push(b'\n');
            }
            b"id" if !value.contains(&0) => id = value.to_vec(),
            b"retry" if !value.is_empty() && value.iter().all(u8::is_ascii_digit) => {
                let digits = String::from_utf8_lossy(value).into_owned();
                retry = Some(digits.parse().unwrap_or(u64::MAX));
            }
            _ => {}
        }
    }
    framed
}

pub(super) fn sse(data: &[u8]) {
    let whole = framed_sse(&[data], FRAME_LIMIT);
    assert_eq!(whole, plain_sse(data), "not what the rules say");
    with_cuts(data, |pieces| assert_eq!(framed_sse(pieces, FRAME_LIMIT), whole, "{pieces:?}"));
    let limit = 1 + Draws::from(data).below(64);
    let whole = framed_sse(&[data], limit);
    with_cuts(data, |pieces| assert_eq!(framed_sse(pieces, limit), whole, "{limit} {pieces:?}"));
}

fn framed_ndjson(pieces: &[&[u8]], limit: usize) -> Framed {
    let mut framer = Ndjson::new(limit);
    let mut framed = Framed::default();
    for piece in pieces {
        let mut given = 0;
        let pushed = framer.push(piece, |line| {
            given += 1;
            assert!(line.len() <= limit.saturating_mul(3), "a line over the limit");
            framed.items.push(line.into_owned());
        });
        assert!(framed.failed.is_none() || (given == 0 && pushed.is_err()), "something after the limit was met");
        framed.failed = framed.failed.or(pushed.err());
    }
    framed.tail = framer.tail();
    assert!(framer.tail().is_none(), "a tail is given once");
    framed
}

fn plain_ndjson(data: &[u8]) -> Framed {
    let data = data.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(data);
    let mut lines: Vec<_> = data.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).collect();
    let text = |line: &[u8]| (!line.is_empty()).then(|| String::from_utf8_lossy(line).into_owned());
    let tail = lines.pop().and_then(text);
    Framed { items: lines.into_iter().filter_map(text).collect(), tail, failed: None }
}

pub(super) fn ndjson(data: &[u8]) {
    let whole = framed_ndjson(&[data], FRAME_LIMIT);
    assert_eq!(whole, plain_ndjson(data), "not what the rules say");
    with_cuts(data, |pieces| assert_eq!(framed_ndjson(pieces, FRAME_LIMIT), whole, "{pieces:?}"));
    let limit = 1 + Draws::from(data).below(64);
    let whole = framed_ndjson(&[data], limit);
    with_cuts(data, |pieces| assert_eq!(framed_ndjson(pieces, limit), whole, "{limit} {pieces:?}"));
}
