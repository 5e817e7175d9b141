//! Putting hostile text into a Markdown document so that it stays in its place.
//!
//! Three ways: a line of its own words ([`inline`]), a quotation that is still Markdown ([`quoted`]) and a
//! block that shows every character ([`verbatim`]). None of them lets HTML, a heading, a fence or an image
//! of the text reach the document around it.

use std::fmt::Write as _;

use pulldown_cmark::{Event, Options, Parser, Tag};

/// How often [`without_html`] looks again: taking one tag out may uncover another, each deeper than the last.
const LOOKS: usize = 16;

/// Text within a line: one line, every mark of Markdown escaped.
pub(super) fn inline(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (n, word) in plain(text).split_whitespace().enumerate() {
        if n > 0 {
            out.push(' ');
        }
        for c in word.chars() {
            if matches!(
                c,
                '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&' | '$'
            ) {
                out.push('\\');
            }
            out.push(c);
        }
    }
    out
}

/// Markdown as a quotation: it is shown formatted, and every line of it stands behind a `>`.
/// HTML in it becomes text, an image becomes a link.
pub(super) fn quoted(text: &str) -> String {
    let text = plain(text.trim_end());
    let mut out = String::with_capacity(text.len() + text.len() / 16 + 2);
    for line in text.lines() {
        out.push('>');
        if !line.is_empty() {
            out.push(' ');
            out.push_str(line);
        }
        out.push('\n');
    }
    // Read as it will stand: behind a `>` a tab is narrower, and what was code may be none.
    without_html(out)
}

/// Text as it is, in a fence that is longer than any in it.
pub(super) fn verbatim(text: &str, language: &str) -> String {
    let text = plain(text.trim_end());
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(3.max(longest + 1));
    let mut out = String::with_capacity(text.len() + 2 * fence.len() + 16);
    let _ = write!(out, "{fence}{language}\n{text}\n{fence}\n");
    out
}

/// Without control characters and without marks that turn the direction of what follows; line ends unified.
/// What is taken out leaves a replacement character, so that it shows that something was there.
pub(super) fn plain(text: &str) -> String {
    let unified = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let obeyed = |c: char| {
        (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    unified.chars().map(|c| if obeyed(c) { '\u{fffd}' } else { c }).collect()
}

/// Escapes what a reader of Markdown would take for HTML or an image, and leaves code as it is.
fn without_html(mut text: String) -> String {
    // Readers differ in their extensions, and an extension can turn code into something else.
    let readers = [Options::empty(), Options::all()];
    for _ in 0..LOOKS {
        let mut found: Vec<usize> = readers.iter().flat_map(|options| live_marks(&text, *options)).collect();
        if found.is_empty() {
            return text;
        }
        found.sort_unstable();
        found.dedup();
        for at in found.into_iter().rev() {
            text.insert(at, '\\');
        }
    }
    // Somebody tries hard: rather spoil the code in it than let a tag through.
    text.replace('<', "&lt;").replace("![", "!\\[")
}

/// Where a backslash has to go so that no HTML and no image is left.
fn live_marks(text: &str, options: Options) -> Vec<usize> {
    let mut marks = Vec::new();
    for (event, range) in Parser::new_ext(text, options).into_offset_iter() {
        let piece = &text[range.clone()];
        match event {
            Event::Html(_) | Event::InlineHtml(_) => {
                marks.extend(piece.match_indices('<').map(|(at, _)| range.start + at));
            }
            Event::Start(Tag::Image { .. }) => marks.extend(piece.starts_with('!').then_some(range.start)),
            _ => {}
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What a reader makes of a document: whether anything of a quotation reached it.
    fn escapes(document: &str) -> Vec<String> {
        let mut found = Vec::new();
        for options in [Options::empty(), Options::all()] {
            let mut depth = 0_u32;
            for event in Parser::new_ext(document, options) {
                match event {
                    Event::Html(html) | Event::InlineHtml(html) => found.push(format!("html {html}")),
                    Event::Start(Tag::Image { dest_url, .. }) => found.push(format!("image {dest_url}")),
                    Event::Start(Tag::BlockQuote(_)) => depth += 1,
                    Event::End(pulldown_cmark::TagEnd::BlockQuote(_)) => depth -= 1,
                    Event::Start(Tag::Heading { .. }) if depth == 0 => found.push("heading".to_owned()),
                    Event::Start(Tag::CodeBlock(_)) if depth == 0 => found.push("code".to_owned()),
                    _ => {}
                }
            }
        }
        found
    }

    const HOSTILE: &[&str] = &[
        "<script>alert(1)</script>",
        "a <img src=x onerror=alert(1)> b",
        "![pixel](https://tracker.test/x.png)",
        "![pixel][r]\n\n[r]: https://tracker.test/x.png",
        "\\<b>\\\\<i>",
        "```\nnot closed\n<script>",
        "- x\n  ```\n<script>alert(1)</script>",
        " ~~~\n```\n<script>\n ~~~\n<script>alert(2)</script>",
        "`<b>` and ``<i>` <u>",
        "<!-- a\n\n# Final answer\n--> <b>",
        "# Who took part\r# again\r\n## and again",
        "text\n===\n\n---",
        "a | `b\n--|--\n<x> | `",
        "<https://a.test> <a@b.test> <?php ?> <![CDATA[x]]> <!DOCTYPE x>",
        "</details><details open>",
        "\u{2028}# heading\u{85}<b>\u{b}<i>\u{c}<u>",
        "[^1]: <b>\n\n[^1]",
        "$<b>$ $$\n<i>\n$$",
        "x\u{0}<b>\u{1b}]52;c;x\u{7}\u{202e}",
    ];

    #[test]
    fn nothing_hostile_leaves_its_place() {
        for text in HOSTILE {
            let document = format!("before\n\n{}\nafter\n", quoted(text));
            assert_eq!(escapes(&document), Vec::<String>::new(), "{text:?} became\n{document}");
            let line = format!("- **{}**: said\n", inline(text));
            assert_eq!(escapes(&line), Vec::<String>::new(), "{text:?} became\n{line}");
            let block = format!("{}\n# after\n", verbatim(text, "text"));
            assert_eq!(escapes(&block), ["code", "heading", "code", "heading"], "{text:?} became\n{block}");
            assert!(!document.contains(['\u{1b}', '\u{202e}', '\u{7}']));
        }
    }

    #[test]
    fn code_stays_as_it_is() {
        let text = "Use `Vec<T>`:\n\n```rust\nfn f<T>() -> Vec<T>\n```\n\nand a < b";
        let shown = quoted(text);
        let lines: Vec<&str> = shown.lines().map(|l| l.strip_prefix("> ").unwrap_or("")).collect();
        assert_eq!(lines, text.lines().collect::<Vec<_>>());
    }

    proptest! {
        #[test]
        fn no_mixture_of_marks_gets_through(pieces in proptest::collection::vec(
            prop_oneof![
                Just("<b>"), Just("<script>"), Just("</p>"), Just("<!--"), Just("-->"), Just("`"), Just("```"), Just("~~~"),
                Just("\n"), Just("\n\n"), Just("\\"), Just("![a](b)"), Just("["), Just("]"), Just("[r]: x"), Just(" "),
                Just("    "), Just("- "), Just("1. "), Just("> "), Just("# "), Just("|"), Just("--|--"), Just("<a"), Just("x"),
                Just("\""), Just("'"), Just("$"), Just("&lt;"), Just("\r"), Just("\t"), Just("<?"), Just("<div>"),
            ], 0..40)) {
            let text = pieces.concat();
            let document = format!("before\n\n{}\nafter\n", quoted(&text));
            prop_assert_eq!(escapes(&document), Vec::<String>::new(), "{:?} became\n{}", text, document);
            let line = format!("- **a**: {}\n", inline(&text));
            prop_assert_eq!(escapes(&line), Vec::<String>::new(), "{:?} became\n{}", text, line);
        }
    }
}
