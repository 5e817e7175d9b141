//! What people attach to a task: texts and pictures, as they go into the session.
//!
//! A file is recognised by its content; its name decides between kinds of text alone. The text of a PDF is taken
//! out by whoever has a library for that ([`recognise`] says when), so that the core stays free of one.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

mod recognise;

use recognise::file_name;
pub use recognise::{Recognised, recognise};

/// The most attachments of one task.
pub const MOST_FILES: usize = 10;
/// The most text of one attachment, in bytes, after it was taken out of its file.
pub const MOST_TEXT: usize = 1024 * 1024;
/// The most text of all attachments together, in bytes: every prompt repeats it.
pub const MOST_TEXT_IN_ALL: usize = 2 * 1024 * 1024;
/// The largest picture, in bytes.
pub const MOST_PICTURE: usize = 5 * 1024 * 1024;
/// The most that all pictures may have together, in bytes: every request repeats them, and providers take no more.
pub const MOST_PICTURES_IN_ALL: usize = 12 * 1024 * 1024;
/// The largest PDF, in bytes; only its text is kept.
pub const MOST_PDF: usize = 32 * 1024 * 1024;

/// A file that was attached, as far as members are given it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// The name of the file, without folders; unique within a topic.
    pub name: String,
    /// What the file is: `text/plain`, `text/markdown`, `application/pdf`, `image/png`, ….
    pub media_type: String,
    /// The size of the file, in bytes.
    pub bytes: u64,
    /// What members are given of it.
    pub content: Content,
    /// What people should know of it, such as that pages are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// What members are given of a file. Shared, since sessions and prompts are cloned often.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Content {
    /// Its text.
    Text(#[serde(with = "shared")] Arc<str>),
    /// The picture itself, in base64 with padding and without line breaks.
    Image(#[serde(with = "shared")] Arc<str>),
}

/// Serde shares text only with a feature that all that use it would pay for.
mod shared {
    use std::sync::Arc;

    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(text: &Arc<str>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(text)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<str>, D::Error> {
        String::deserialize(deserializer).map(Arc::from)
    }
}

/// Why a file cannot be attached: what, why, and what to do, in one or two sentences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttachmentError(pub String);

impl fmt::Display for AttachmentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for AttachmentError {}

impl Attachment {
    /// A PDF with the text that was taken out of it. `without` says which of its pages had none.
    ///
    /// # Errors
    /// When no page has any text, as with scans, or there is too much of it.
    pub fn from_pdf(name: &str, bytes: usize, text: &str, without: &[usize]) -> Result<Self, AttachmentError> {
        let name = file_name(name);
        if text.trim().is_empty() {
            let why = " has no text in it, only pictures of pages, as scans do. Run a text recognition (OCR) over it, \
                       or attach the pages as pictures.";
            return Err(AttachmentError(name + why));
        }
        let mut pdf = Self::of_text(name, "application/pdf", bytes, text)?;
        pdf.note = match without {
            [] => None,
            [page] => Some(["Page ", &page.to_string(), " has no text."].concat()),
            [first, rest @ ..] => {
                Some(["Page ", &first.to_string(), " and ", &rest.len().to_string(), " more have no text."].concat())
            }
        };
        Ok(pdf)
    }

    fn of_text(name: String, media_type: &str, bytes: usize, text: &str) -> Result<Self, AttachmentError> {
        let text = text.replace("\r\n", "\n").replace('\r', "\n");
        let text = text.trim();
        if text.is_empty() {
            return Err(AttachmentError(name + " has nothing but blanks in it. Attach a file with text."));
        }
        if text.len() > MOST_TEXT {
            let limit = size(MOST_TEXT as u64);
            let why = [" has more than ", &limit, " of text, more than models can read. Attach the part that matters."];
            return Err(AttachmentError(name + &why.concat()));
        }
        Ok(Self::new(name, media_type, bytes, Content::Text(text.into())))
    }

    fn new(name: String, media_type: &str, bytes: usize, content: Content) -> Self {
        Self { name, media_type: media_type.to_owned(), bytes: bytes as u64, content, note: None }
    }

    /// Its text; `None` for a picture.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Image(_) => None,
        }
    }

    /// The picture in base64; `None` for a text.
    #[must_use]
    pub fn image(&self) -> Option<&str> {
        match &self.content {
            Content::Image(data) => Some(data),
            Content::Text(_) => None,
        }
    }

    /// The size of the file, for people.
    #[must_use]
    pub fn size(&self) -> String {
        size(self.bytes)
    }
}

/// Puts a file among those that are attached already; one of the same name gets a number.
///
/// # Errors
/// When there are too many, or too much of them together.
pub fn attach(all: &mut Vec<Attachment>, mut one: Attachment) -> Result<(), AttachmentError> {
    let no = |what: String| Err(AttachmentError([&one.name, " is too much: ", &what].concat()));
    if all.len() >= MOST_FILES {
        return no(["at most ", &MOST_FILES.to_string(), " files can be attached. Remove one, or join some."].concat());
    }
    let sum = |length: fn(&Attachment) -> usize| all.iter().chain([&one]).map(length).sum::<usize>();
    if sum(|a| a.text().map_or(0, str::len)) > MOST_TEXT_IN_ALL {
        let limit = size(MOST_TEXT_IN_ALL as u64);
        return no(["all texts together may have ", &limit, ". Attach the parts that matter."].concat());
    }
    if sum(|a| a.image().map_or(0, |data| data.len() / 4 * 3)) > MOST_PICTURES_IN_ALL {
        let limit = size(MOST_PICTURES_IN_ALL as u64);
        return no(["all pictures together may have ", &limit, ". Make them smaller."].concat());
    }
    let taken = |name: &str| all.iter().any(|a| a.name == name);
    if taken(&one.name) {
        let (stem, end) = one.name.rsplit_once('.').map_or((one.name.as_str(), ""), |(stem, end)| (stem, end));
        let dot = if end.is_empty() { "" } else { "." };
        let numbered = (2..).map(|number: u32| [stem, " (", &number.to_string(), ")", dot, end].concat());
        one.name = numbered.into_iter().find(|name| !taken(name)).unwrap_or_default();
    }
    all.push(one);
    Ok(())
}

/// A size for people: `640 bytes`, `12 KiB`, `1.5 MiB`.
#[must_use]
pub fn size(bytes: u64) -> String {
    const KIB: u64 = 1024;
    const MIB: u64 = 1024 * KIB;
    match bytes {
        0..KIB => [bytes.to_string().as_str(), if bytes == 1 { " byte" } else { " bytes" }].concat(),
        KIB..MIB => [&bytes.div_ceil(KIB).to_string(), " KiB"].concat(),
        _ => {
            // Rounded up to tenths, in whole numbers: a file over a limit never shows as the limit.
            let tenths = u128::from(bytes).saturating_mul(10).div_ceil(u128::from(MIB));
            let (whole, tenth) = (tenths / 10, tenths % 10);
            let point = if tenth == 0 { String::new() } else { [".", &tenth.to_string()].concat() };
            [&whole.to_string(), point.as_str(), " MiB"].concat()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, bytes: &[u8]) -> Attachment {
        match recognise(name, bytes) {
            Ok(Recognised::Attachment(attachment)) => attachment,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn a_pdf_without_text_is_refused_and_one_with_gaps_says_so() {
        assert!(Attachment::from_pdf("scan.pdf", 9, " \n\n ", &[1, 2]).unwrap_err().0.contains("OCR"));
        let note = |without: &[usize]| Attachment::from_pdf("a.pdf", 9, "x", without).unwrap().note;
        assert_eq!(note(&[]), None);
        assert_eq!(note(&[3]).unwrap(), "Page 3 has no text.");
        assert_eq!(note(&[2, 5, 6]).unwrap(), "Page 2 and 2 more have no text.");
    }

    #[test]
    fn names_are_single_lines_and_tell_files_apart() {
        assert_eq!(read("../x/C:\\docs\\a\nb\u{202e}.txt", b"x").name, "ab.txt");
        assert_eq!(read("x/", b"x").name, "attachment");
        assert_eq!(read(&"x".repeat(300), b"x").name.len(), 100);
        let mut all = Vec::new();
        for _ in 0..3 {
            attach(&mut all, read("a.b.txt", b"x")).unwrap();
        }
        attach(&mut all, read("plain", b"x")).unwrap();
        attach(&mut all, read("plain", b"x")).unwrap();
        let names: Vec<&str> = all.iter().map(|a| a.name.as_str()).collect();
        assert_eq!(names, ["a.b.txt", "a.b (2).txt", "a.b (3).txt", "plain", "plain (2)"]);
    }

    #[test]
    fn all_together_have_limits_too() {
        let mut all = Vec::new();
        let text = vec![b'x'; MOST_TEXT];
        attach(&mut all, read("1", &text)).unwrap();
        attach(&mut all, read("2", &text)).unwrap();
        assert!(attach(&mut all, read("3", b"x")).unwrap_err().0.contains("2 MiB"));
        let mut picture = vec![0; MOST_PICTURE];
        picture[..3].copy_from_slice(b"\xff\xd8\xff");
        attach(&mut all, read("4", &picture)).unwrap();
        attach(&mut all, read("5", &picture)).unwrap();
        assert!(attach(&mut all, read("6", &picture)).unwrap_err().0.contains("12 MiB"));
        for number in 6..=MOST_FILES + 1 {
            attach(&mut all, read(&number.to_string(), b"\xff\xd8\xff")).unwrap();
        }
        assert!(attach(&mut all, read("12", b"\xff\xd8\xff")).unwrap_err().0.contains("at most 10 files"));
        assert_eq!(all.len(), MOST_FILES);
    }

    #[test]
    fn sizes_are_for_people() {
        for (bytes, shown) in [
            (1, "1 byte"),
            (640, "640 bytes"),
            (1024, "1 KiB"),
            (1025, "2 KiB"),
            (1024 * 1024, "1 MiB"),
            (1024 * 1024 + 1, "1.1 MiB"),
            (u64::MAX, "17592186044416 MiB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
    }
}
