//! The text of a PDF.
//!
//! A PDF says where each glyph stands, not what the words and lines are. The interpreter (`hayro-interpret`) tells
//! glyphs, characters and places; here they become words, lines and paragraphs by the gaps between them.
//!
//! The files are hostile. The interpreter forbids unsafe code and bounds its own recursion; time, memory and panics
//! are for whoever calls: natively a thread that is given up (`tachikoma_native::pdf_text`), in the page a worker
//! with a limit on memory (`build.rs`) that is ended.

use std::fmt;

use hayro_interpret::font::{Glyph, GlyphRun};
use hayro_interpret::hayro_cmap::BfString;
use hayro_interpret::hayro_syntax::{LoadPdfError, Pdf};
use hayro_interpret::kurbo::{Affine, BezPath, Point, Rect, Vec2};
use hayro_interpret::{
    BlendMode, ClipPath, Context, Device, DrawMode, DrawProps, Image, ImageDrawProps, InterpreterCache,
    InterpreterSettings, SoftMask, interpret_page,
};

/// The most pages that are read.
pub const MOST_PAGES: usize = 2_000;

/// The text of a PDF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PdfText {
    /// The pages one after the other, a blank line between them.
    pub text: String,
    /// The numbers, from 1, of the pages on which there is none.
    pub without: Vec<usize>,
}

/// Why a PDF cannot be read. It shows as what stands behind the file's name in a sentence, with what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PdfError {
    /// It wants a password.
    Locked,
    /// It is damaged.
    Damaged,
    /// It has more than [`MOST_PAGES`].
    Long,
}

impl fmt::Display for PdfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Locked => "is a PDF with a password. Save it without one.",
            Self::Damaged => "is a PDF that is damaged or incomplete. Save or export it anew.",
            Self::Long => "is a PDF of more than 2,000 pages. Attach the pages that matter.",
        })
    }
}

impl std::error::Error for PdfError {}

/// Reads the text of a PDF, but not much more than `most` bytes of it: who wants less refuses what is longer.
///
/// # Errors
/// When it wants a password, is damaged, or has too many pages. Without any text it is no error here.
pub fn read(bytes: Vec<u8>, most: usize) -> Result<PdfText, PdfError> {
    let pdf = Pdf::new(bytes).map_err(|error| match error {
        LoadPdfError::Decryption(_) => PdfError::Locked,
        LoadPdfError::Invalid => PdfError::Damaged,
    })?;
    let pages = pdf.pages();
    if pages.len() > MOST_PAGES {
        return Err(PdfError::Long);
    }
    let cache = InterpreterCache::new();
    let mut writer = Writer { text: String::new(), most, last: None };
    let mut without = Vec::new();
    for (page, number) in pages.iter().zip(1..) {
        let before = writer.text.trim_end().len();
        writer.text.truncate(before);
        if before > 0 {
            writer.text.push_str("\n\n");
        }
        writer.last = None;
        // Nothing is drawn, so it does not matter where the page stands.
        let (frame, place) = (Rect::new(0.0, 0.0, 1.0, 1.0), Affine::IDENTITY);
        let mut context = Context::new(place, frame, &cache, pdf.xref(), InterpreterSettings::default());
        interpret_page(page, &mut context, &mut writer);
        if writer.text.trim_end().len() <= before {
            without.push(number);
        }
        if writer.is_full() {
            break;
        }
    }
    writer.text.truncate(writer.text.trim_end().len());
    Ok(PdfText { text: writer.text, without })
}

/// A device that draws nothing and keeps the characters.
struct Writer {
    text: String,
    most: usize,
    /// Where the last glyph ended.
    last: Option<Point>,
}

// In parts of the height of a letter.
/// Off the line by more: another line.
const NEXT_LINE: f64 = 0.5;
/// Off the line by more: another paragraph.
const NEXT_PARAGRAPH: f64 = 1.8;
/// A gap from which on it is one between words.
const BLANK: f64 = 0.18;
/// So far back, or ahead, is another column.
const BACK: f64 = -2.0;
const AHEAD: f64 = 20.0;

impl Writer {
    const fn is_full(&self) -> bool {
        self.text.len() > self.most
    }

    fn glyph(&mut self, glyph: &Glyph<'_>, place: Affine) {
        let advance = match glyph {
            Glyph::Outline(outline) => outline.advance_width(),
            Glyph::Type3(drawn) => drawn.advance_width(),
        };
        let start = place * Point::ZERO;
        let end = place * Point::new(f64::from(advance.unwrap_or(0.0)), 0.0);
        let height = (place * Point::new(0.0, 1000.0) - start).hypot();
        if let Some(last) = self.last {
            self.gap(start - last, end - start, height);
        }
        match glyph.as_unicode() {
            Some(BfString::Char(c)) => self.put(c),
            Some(BfString::String(text)) => text.chars().for_each(|c| self.put(c)),
            // What it stands for is not said: better a mark than a word that reads otherwise.
            None => self.put('\u{fffd}'),
        }
        self.last = Some(end);
    }

    /// What stands between two glyphs: nothing, a blank, or the end of a line.
    fn gap(&mut self, gap: Vec2, direction: Vec2, height: f64) {
        if height.is_nan() || height <= 0.0 || self.text.ends_with('\n') {
            return;
        }
        // Along the line, which may be turned, and off it.
        let (along, off) = match direction.hypot() > 0.0 {
            true => (gap.dot(direction.normalize()), gap.cross(direction.normalize()).abs()),
            false => (gap.x, gap.y.abs()),
        };
        let (along, off) = (along / height, off / height);
        if off > NEXT_PARAGRAPH {
            self.text.push_str("\n\n");
        } else if off > NEXT_LINE || !(BACK..AHEAD).contains(&along) {
            self.text.push('\n');
        } else if along > BLANK && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }

    fn put(&mut self, c: char) {
        let c = if c.is_whitespace() { ' ' } else { c };
        let is_second_blank = c == ' ' && (self.text.is_empty() || self.text.ends_with([' ', '\n']));
        if !c.is_control() && !is_second_blank {
            self.text.push(c);
        }
    }
}

impl<'a> Device<'a> for Writer {
    fn draw_path(&mut self, _: &BezPath, _: DrawProps<'a>, _: &DrawMode) {}
    fn push_clip_path(&mut self, _: &ClipPath) {}
    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}
    fn draw_glyph_run(&mut self, run: &GlyphRun<'_, 'a>, props: DrawProps<'a>, mode: &DrawMode) {
        // Letters that are filled and outlined come twice.
        if matches!(mode, DrawMode::Stroke(_)) && self.is_repeated(run, &props) {
            return;
        }
        for glyph in run.glyphs() {
            if self.is_full() {
                return;
            }
            self.glyph(glyph, props.transform * glyph.transform());
        }
    }
    fn draw_image(&mut self, _: Image<'a, '_>, _: ImageDrawProps<'a>) {}
    fn pop_clip(&mut self) {}
    fn pop_transparency_group(&mut self) {}
}

impl Writer {
    /// Whether a run ends where the last one did.
    fn is_repeated(&self, run: &GlyphRun<'_, '_>, props: &DrawProps<'_>) -> bool {
        let (Some(last), Some(glyph)) = (self.last, run.glyphs().last()) else { return false };
        let advance = match &**glyph {
            Glyph::Outline(outline) => outline.advance_width(),
            Glyph::Type3(drawn) => drawn.advance_width(),
        };
        let end = props.transform * glyph.transform() * Point::new(f64::from(advance.unwrap_or(0.0)), 0.0);
        (end - last).hypot() < 0.01
    }
}
