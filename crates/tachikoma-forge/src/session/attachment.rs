//! What people attach to a task: texts and pictures, as they go into the session.
//!
//! A file is recognised by its content; its name decides between kinds of text alone. The text of a PDF is taken
//! out by whoever has a library for that ([`recognise`] says when), so that the core stays free of one.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

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
/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 100;

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

/// What a file turned out to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// It can be attached as it is.
    Attachment(Attachment),
    /// A PDF: [`Attachment::from_pdf`] takes its text.
    Pdf,
}

/// What a file is, by its name and bytes.
///
/// # Errors
/// When it is empty, too large, or no kind that members can be given.
pub fn recognise(name: &str, bytes: &[u8]) -> Result<Recognised, AttachmentError> {
    let name = file_name(name);
    let no = |why: &str| Err(AttachmentError([&name, " ", why].concat()));
    if bytes.is_empty() {
        return no("is empty. Attach a file with something in it.");
    }
    // A PDF may have other bytes before its first line.
    if bytes[..bytes.len().min(1024)].windows(5).any(|window| window == b"%PDF-") {
        if bytes.len() > MOST_PDF {
            return no(&["has more than ", &size(MOST_PDF as u64), ". Attach the pages that matter."].concat());
        }
        return Ok(Recognised::Pdf);
    }
    if let Some(media_type) = picture(bytes) {
        if bytes.len() > MOST_PICTURE {
            return no(&["has more than ", &size(MOST_PICTURE as u64), ". Make the picture smaller."].concat());
        }
        let content = Content::Image(STANDARD.encode(bytes).into());
        return Ok(Recognised::Attachment(Attachment::new(name, media_type, bytes.len(), content)));
    }
    if let Some((_, what)) = OTHERS.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return no(&["is ", what].concat());
    }
    let Some(text) = text(bytes) else {
        return no("is no text, PDF or picture that can be read. A text has to be saved as UTF-8, \
                   a picture as PNG, JPEG, WebP or GIF.");
    };
    let extension = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase());
    let media_type = match extension.as_deref() {
        Some("pdf") => return no("has no PDF in it, although its name says so. Save it anew."),
        Some("md" | "markdown") => "text/markdown",
        Some(_) | None => "text/plain",
    };
    Attachment::of_text(name, media_type, bytes.len(), &text).map(Recognised::Attachment)
}

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
            [first, rest @ ..] => Some(
                ["Page ", &first.to_string(), " and ", &rest.len().to_string(), " more have no text."].concat(),
            ),
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

/// What else is known by its first bytes, so that people hear what to do instead.
const OTHERS: [(&[u8], &str); 7] = [
    (b"PK\x03\x04", "an Office document or an archive, which cannot be read here. Export it as PDF or as text."),
    (b"\xd0\xcf\x11\xe0", "an old Office document, which cannot be read here. Export it as PDF or as text."),
    (b"{\\rtf", "a document in rich text, which cannot be read here. Save it as plain text."),
    (b"%!PS", "PostScript, which cannot be read here. Convert it to PDF."),
    (b"II*\0", "a TIFF picture. Save it as PNG or JPEG."),
    (b"MM\0*", "a TIFF picture. Save it as PNG or JPEG."),
    (b"\x1f\x8b", "compressed. Unpack it first."),
];

/// The kind of a picture that members can be shown.
fn picture(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        _ => None,
    }
}

/// A text: UTF-8, or UTF-16 that says so by its first two bytes, without what no text has.
fn text(bytes: &[u8]) -> Option<String> {
    let wide = |unit: fn([u8; 2]) -> u16| {
        let (pairs, rest) = bytes[2..].as_chunks();
        let units: Vec<u16> = pairs.iter().map(|pair| unit(*pair)).collect();
        String::from_utf16(&units).ok().filter(|_| rest.is_empty())
    };
    let text = match bytes {
        [0xff, 0xfe, ..] => wide(u16::from_le_bytes)?,
        [0xfe, 0xff, ..] => wide(u16::from_be_bytes)?,
        [0xef, 0xbb, 0xbf, rest @ ..] => str::from_utf8(rest).ok()?.to_owned(),
        _ => str::from_utf8(bytes).ok()?.to_owned(),
    };
    let control = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}' | '\u{85}');
    (!text.contains(control)).then_some(text)
}

/// The last part of a path in one line, without what would hide or reverse it.
fn file_name(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = |c: &char| {
        !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    };
    let name: String = last.chars().filter(shown).take(LONGEST_NAME).collect();
    let name = name.trim();
    if name.is_empty() { "attachment".to_owned() } else { name.to_owned() }
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

    fn refused(name: &str, bytes: &[u8]) -> String {
        recognise(name, bytes).unwrap_err().0
    }

    #[test]
    fn files_are_known_by_what_is_in_them() {
        for (name, bytes, media_type) in [
            ("a.txt", b"BMW or bus?".as_slice(), "text/plain"),
            ("README.MD", b"# Title", "text/markdown"),
            ("no-extension", "größer".as_bytes(), "text/plain"),
            ("a.png", b"\x89PNG\r\n\x1a\n....", "image/png"),
            ("photo.png", b"\xff\xd8\xff\xe0....", "image/jpeg"),
            ("a", b"GIF89a...", "image/gif"),
            ("a", b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
        ] {
            let attachment = read(name, bytes);
            assert_eq!(attachment.media_type, media_type, "{name}");
            assert_eq!(attachment.bytes, bytes.len() as u64);
            assert_eq!(attachment.image().is_some(), media_type.starts_with("image/"));
            let written = serde_json::to_string(&attachment).unwrap();
            assert_eq!(serde_json::from_str::<Attachment>(&written).unwrap(), attachment);
        }
        assert_eq!(recognise("a.txt", b"\n%PDF-1.7\n"), Ok(Recognised::Pdf));
        assert_eq!(read("a", b"\xef\xbb\xbfa\r\nb\r").text(), Some("a\nb"));
        assert_eq!(read("a", b"\xff\xfea\0\xe4\0").text(), Some("aä"));
        assert_eq!(read("a", b"\xfe\xff\0a\0\xe4").text(), Some("aä"));
        assert_eq!(read("a.png", b"GIF87a\0\0").image(), Some("R0lGODdhAAA="));
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_what_to_do() {
        for (name, bytes, says) in [
            ("a.txt", b"".as_slice(), "is empty"),
            ("a.txt", b" \r\n\t", "blanks"),
            ("a.docx", b"PK\x03\x04......", "Export it as PDF"),
            ("a.rtf", b"{\\rtf1 x}", "plain text"),
            ("a.tif", b"II*\0....", "PNG or JPEG"),
            ("a.pdf", b"hello", "no PDF in it"),
            ("a.txt", b"caf\xe9", "UTF-8"),
            ("a.bin", b"a\0b", "UTF-8"),
            ("a.txt", b"\xff\xfe\0\xd8", "UTF-8"),
            ("a.txt", b"\xff\xfea", "UTF-8"),
        ] {
            let error = refused(name, bytes);
            assert!(error.starts_with(name) && error.contains(says), "{name}: {error}");
        }
        let mut picture = vec![0; MOST_PICTURE];
        picture[..4].copy_from_slice(b"\xff\xd8\xff\xe0");
        read("a", &picture);
        picture.push(0);
        assert!(refused("a", &picture).contains("5 MiB"));
        let mut text = vec![b'x'; MOST_TEXT];
        read("a", &text);
        text.push(b'x');
        assert!(refused("a", &text).contains("1 MiB"));
        let mut pdf = b"%PDF-1.7\n".to_vec();
        pdf.resize(MOST_PDF + 1, 0);
        assert!(refused("a", &pdf).contains("32 MiB"));
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
        assert_eq!(read(&"x".repeat(300), b"x").name.len(), LONGEST_NAME);
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
