//! A session in a file: NDJSON, one event a line, only ever added to.
//!
//! The file is locked while it is open, so that one writer has it. A line that was cut off by a crash is
//! dropped when the file is opened again; everything before it is whole, since each commit reaches the
//! disk before the next effect.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use tachikoma_forge::driver::{Journal, JournalError, JournalErrorKind};
use tachikoma_forge::session::{Envelope, Event, Newer, Reader, Record};
use tachikoma_forge::types::BoxFuture;

/// A journal in a file.
#[derive(Clone, Debug)]
pub struct FileJournal {
    path: PathBuf,
    open: Arc<Mutex<Open>>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// What is there was read and found to be a journal, and the file stands behind its last whole line.
    read: bool,
}

impl FileJournal {
    /// Opens or creates the file for this process alone.
    ///
    /// # Errors
    /// `Locked` when another process has it, `Other` when it cannot be opened or created.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, JournalError> {
        let path = path.as_ref().to_owned();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(|e| failed(&path, "cannot be opened", &e))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(std::fs::TryLockError::WouldBlock) => {
                return Err(JournalError {
                    kind: JournalErrorKind::Locked,
                    message: format!(
                        "{} is being written by another run: wait for it, or choose another file",
                        path.display()
                    ),
                });
            }
            // Some network file systems have no locks: better without than not at all.
            Err(std::fs::TryLockError::Error(_)) => {}
        }
        Ok(Self { path, open: Arc::new(Mutex::new(Open { file, read: false })) })
    }

    /// Reads a session file without locking or changing it.
    ///
    /// # Errors
    /// `Other` when it cannot be read, `Corrupt` when it is no journal, `Newer` when it is of a later version.
    pub fn read(path: impl AsRef<Path>) -> Result<Vec<Envelope>, JournalError> {
        known(path.as_ref(), Self::view(path.as_ref())?)
    }

    /// The same for whoever only looks: of a later version, what this one knows of it.
    ///
    /// # Errors
    /// `Other` when it cannot be read, `Corrupt` when it is no journal.
    pub fn view(path: impl AsRef<Path>) -> Result<Record, JournalError> {
        let path = path.as_ref();
        let bytes = std::fs::read(path).map_err(|e| failed(path, "cannot be read", &e))?;
        parse(path, &bytes).map(|(record, _)| record)
    }

    fn append_now(&self, events: &[Envelope]) -> Result<(), JournalError> {
        let mut lines = Vec::new();
        for event in events {
            serde_json::to_writer(&mut lines, event).map_err(|e| failed(&self.path, "cannot be written", &e.into()))?;
            lines.push(b'\n');
        }
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if !open.read {
            // Written before it was read, the first event would stand on top of what is there.
            self.read_whole(&mut open)?;
        }
        let file = &mut open.file;
        let start = file.stream_position().map_err(|e| failed(&self.path, "cannot be written", &e))?;
        let sync = events.iter().any(|e| !matches!(e.event, Event::TextSoFar { .. }));
        let written = file.write_all(&lines).and_then(|()| if sync { file.sync_data() } else { Ok(()) });
        written.map_err(|e| {
            // A line that is there in part would hide the ones behind it.
            let _ = file.set_len(start).and_then(|()| file.seek(SeekFrom::Start(start)));
            failed(&self.path, "cannot be written", &e)
        })
    }

    fn load_now(&self) -> Result<Vec<Envelope>, JournalError> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        self.read_whole(&mut open)
    }

    fn read_whole(&self, open: &mut Open) -> Result<Vec<Envelope>, JournalError> {
        let file = &mut open.file;
        let mut bytes = Vec::new();
        file.seek(SeekFrom::Start(0))
            .and_then(|_| file.read_to_end(&mut bytes))
            .map_err(|e| failed(&self.path, "cannot be read", &e))?;
        let (record, whole) = parse(&self.path, &bytes)?;
        let events = known(&self.path, record)?;
        // Only a torn tail of what is a journal is ever cut.
        file.set_len(whole)
            .and_then(|()| file.seek(SeekFrom::Start(whole)))
            .map_err(|e| failed(&self.path, "cannot be written", &e))?;
        open.read = true;
        Ok(events)
    }
}

impl Journal for FileJournal {
    fn append(&self, events: Vec<Envelope>) -> BoxFuture<'static, Result<(), JournalError>> {
        let journal = self.clone();
        Box::pin(async move {
            match tokio::task::spawn_blocking(move || journal.append_now(&events)).await {
                Ok(written) => written,
                // The runtime is going down, and with it whoever waits here. Told of a failed journal, it would
                // go on in memory and send calls that are recorded nowhere.
                Err(e) if e.is_cancelled() => std::future::pending().await,
                Err(e) => Err(JournalError { kind: JournalErrorKind::Other, message: e.to_string() }),
            }
        })
    }

    fn load(&self) -> BoxFuture<'static, Result<Vec<Envelope>, JournalError>> {
        let journal = self.clone();
        Box::pin(async move {
            let read = tokio::task::spawn_blocking(move || journal.load_now()).await;
            read.unwrap_or_else(|e| Err(JournalError { kind: JournalErrorKind::Other, message: e.to_string() }))
        })
    }
}

/// What the file holds, and how many of its bytes are whole lines.
fn parse(path: &Path, bytes: &[u8]) -> Result<(Record, u64), JournalError> {
    let corrupt = |what: String| JournalError {
        kind: JournalErrorKind::Corrupt,
        message: format!("{} is not a session: {what}. It is left as it is.", path.display()),
    };
    let mut reader = Reader::default();
    let (mut number, mut whole) = (0, 0);
    let mut rest = bytes;
    while let Some(end) = rest.iter().position(|b| *b == b'\n') {
        let (line, after) = rest.split_at(end + 1);
        number += 1;
        reader.take_text(line).map_err(|why| corrupt(format!("line {number} {why}")))?;
        whole += line.len() as u64;
        rest = after;
    }
    // A first line that was cut off: as much of it as there is must look like an event's beginning.
    const BEGINNING: &[u8] = b"{\"v\":";
    let torn = bytes.starts_with(BEGINNING) || BEGINNING.starts_with(bytes);
    if number == 0 && !torn {
        return Err(corrupt("it does not begin with an event".to_owned()));
    }
    Ok((reader.finish(), whole))
}

/// The events of a session that this version knows as a whole.
fn known(path: &Path, record: Record) -> Result<Vec<Envelope>, JournalError> {
    match record.newer {
        None => Ok(record.events),
        Some(newer) => Err(too_new(path, &newer)),
    }
}

fn too_new(path: &Path, newer: &Newer) -> JournalError {
    let message = format!("{}: {} Use the newer version. It is left as it is.", path.display(), newer.message());
    JournalError { kind: JournalErrorKind::Newer, message }
}

fn failed(path: &Path, what: &str, cause: &io::Error) -> JournalError {
    let full = matches!(cause.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
    let kind = if full { JournalErrorKind::Full } else { JournalErrorKind::Other };
    JournalError { kind, message: format!("{} {what}: {cause}", path.display()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tachikoma_forge::session::{SCHEMA_VERSION, Settings, Topic};
    use tachikoma_forge::types::{Seed, SessionId};

    /// The first begins a session.
    fn event(seq: u64) -> Envelope {
        let event = match seq {
            1 => Event::SessionCreated {
                topic: Topic::new("é?"),
                participants: Vec::new(),
                settings: Settings::default(),
                protocol: "think-tank".to_owned(),
                seed: Seed(7),
                suggested: None,
                forked_from: None,
                demo: true,
            },
            _ => Event::Warning { message: format!("é {seq}\n") },
        };
        Envelope { v: SCHEMA_VERSION, session: SessionId("s".into()), seq, branch: 0, at_ms: 0, event }
    }

    fn temporary(name: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("tachikoma-journal-{}-{name}", std::process::id()));
        let _ = std::fs::remove_file(&path);
        path
    }

    #[test]
    fn a_file_cut_at_any_byte_opens_to_the_last_whole_event() {
        let path = temporary("cut");
        let journal = FileJournal::open(&path).unwrap();
        journal.append_now(&[event(1), event(2)]).unwrap();
        journal.append_now(&[event(3)]).unwrap();
        drop(journal);
        let bytes = std::fs::read(&path).unwrap();
        for cut in 0..=bytes.len() {
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let whole = bytes[..cut].iter().filter(|b| **b == b'\n').count();
            let journal = FileJournal::open(&path).unwrap();
            assert_eq!(journal.load_now().unwrap().len(), whole, "cut at {cut}");
            journal.append_now(&[event(if whole == 0 { 1 } else { 9 })]).unwrap();
            assert_eq!(journal.load_now().unwrap().len(), whole + 1);
            drop(journal);
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_is_there_is_never_written_over() {
        let path = temporary("over");
        FileJournal::open(&path).unwrap().append_now(&[event(1), event(2)]).unwrap();
        // Appended to without having been read first.
        FileJournal::open(&path).unwrap().append_now(&[event(3)]).unwrap();
        let seqs: Vec<u64> = FileJournal::read(&path).unwrap().iter().map(|e| e.seq).collect();
        assert_eq!(seqs, [1, 2, 3]);
        for text in ["my novel\n", "{\"v\":999,\"session\":\"s\",\"seq\":1,\"new\":true}\n"] {
            std::fs::write(&path, text).unwrap();
            assert!(FileJournal::open(&path).unwrap().append_now(&[event(1)]).is_err());
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn what_is_reordered_or_damaged_in_the_middle_is_refused_and_left() {
        let path = temporary("middle");
        FileJournal::open(&path).unwrap().append_now(&[event(1), event(2), event(3), event(4)]).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let other = lines[2].replace("\"session\":\"s\"", "\"session\":\"other\"");
        let half = &lines[2][..lines[2].len() / 2];
        for (third, says) in [
            ([lines[3], lines[2]].join("\n"), "line 4 is out of order (number 3 stands behind 4)"),
            ([lines[2], lines[2]].join("\n"), "line 4 is out of order (number 3 stands behind 3)"),
            ([half, lines[3]].join("\n"), "line 3 is no event"),
            ([half, lines[3]].concat(), "line 3 is no event"),
            (other, "line 3 belongs to another session"),
            (lines[0].replace("\"seq\":1", "\"seq\":8"), "line 3 begins the session a second time"),
            ("\0\0\0\0".to_owned(), "line 3 is no event"),
        ] {
            let damaged = format!("{}\n{}\n{third}\n", lines[0], lines[1]);
            std::fs::write(&path, &damaged).unwrap();
            let journal = FileJournal::open(&path).unwrap();
            let error = journal.load_now().unwrap_err();
            assert!(error.kind == JournalErrorKind::Corrupt && error.message.contains(says), "{error}");
            assert_eq!(journal.append_now(&[event(9)]).unwrap_err().kind, JournalErrorKind::Corrupt);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), damaged, "it is left as it is");
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn one_writer_and_no_damage_to_other_files() {
        let path = temporary("lock");
        let journal = FileJournal::open(&path).unwrap();
        assert_eq!(FileJournal::open(&path).unwrap_err().kind, JournalErrorKind::Locked);
        drop(journal);
        for (text, kind) in [
            ("my novel\nchapter one\n", JournalErrorKind::Corrupt),
            ("my novel", JournalErrorKind::Corrupt),
            ("{\"v\":999,\"session\":\"s\",\"seq\":1,\"new\":true}\n", JournalErrorKind::Newer),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(FileJournal::open(&path).unwrap().load_now().unwrap_err().kind, kind);
            assert_eq!(std::fs::read_to_string(&path).unwrap(), text);
        }
        std::fs::remove_file(path).unwrap();
    }
}
