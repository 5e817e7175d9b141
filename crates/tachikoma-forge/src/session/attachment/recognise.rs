//! What a file is: known by its content, and between kinds of text by its name.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::{Attachment, AttachmentError, Content, MOST_PDF, MOST_PICTURE, size};

/// The longest name that is kept, in characters.
const LONGEST_NAME: usize = 100;

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
pub(super) fn file_name(path: &str) -> String {
    let last = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown = |c: &char| {
        !c.is_control() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}')
    };
    let name: String = last.chars().filter(shown).take(LONGEST_NAME).collect();
    let name = name.trim();
    if name.is_empty() { "attachment".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::super::MOST_TEXT;
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
}
