//! What a Markdown document is made of: its headings, and whatever of somebody's text got out of its quotation.

use pulldown_cmark::{Event as Mark, HeadingLevel, Options, Parser, Tag, TagEnd};

/// The outline of a document.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outline {
    /// The levels of the headings outside quotations, and the words of those of level two.
    pub headings: Vec<String>,
    /// HTML, and images with their addresses.
    pub escaped: Vec<String>,
}

/// Reads a document.
#[must_use]
pub fn outline(document: &str) -> Outline {
    let mut outline = Outline::default();
    let (mut quotes, mut heading) = (0_u32, None::<(HeadingLevel, String)>);
    for mark in Parser::new_ext(document, Options::ENABLE_TABLES) {
        match mark {
            Mark::Html(html) | Mark::InlineHtml(html) => outline.escaped.push(html.to_string()),
            Mark::Start(Tag::Image { dest_url, .. }) => outline.escaped.push(dest_url.to_string()),
            Mark::Start(Tag::BlockQuote(_)) => quotes += 1,
            Mark::End(TagEnd::BlockQuote(_)) => quotes -= 1,
            Mark::Start(Tag::Heading { level, .. }) if quotes == 0 => heading = Some((level, String::new())),
            Mark::End(TagEnd::Heading(_)) if quotes == 0 => {
                if let Some((level, text)) = heading.take() {
                    outline.headings.push(format!("{level}"));
                    if level == HeadingLevel::H2 {
                        outline.headings.push(text);
                    }
                }
            }
            Mark::Text(text) | Mark::Code(text) => {
                if let Some((_, heading)) = &mut heading {
                    heading.push_str(&text);
                }
            }
            _ => {}
        }
    }
    outline
}
