//! Reading free text: drafts, and the shared answer under its headings.

use crate::session::{Answer, Reading};

pub(super) fn draft(text: &str) -> Result<(Answer, Reading), String> {
    if text.trim().is_empty() {
        return Err("there is no text".to_owned());
    }
    Ok((Answer::Draft, Reading::Text))
}

/// Splits at the heading `# Answer`. Without either heading all of it is the answer.
pub(super) fn synthesis(text: &str) -> Result<(Answer, Reading), String> {
    let text = unwrapped(text.trim());
    let (mut at, mut split, mut compared) = (0, None, None);
    let mut fence: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) if is_heading(line, "answer") => {
                split = Some((at, at + line.len()));
                break;
            }
            (None, None) if compared.is_none() && is_heading(line, "comparison") => {
                compared = Some((at, at + line.len()));
            }
            _ => {}
        }
        at += line.len();
    }
    let (comparison, answer) = match (compared, split) {
        (None, None) => ("", text),
        (Some(_), None) => return Err("the heading # Answer and the answer under it are missing".to_owned()),
        (None, Some((before, after))) => (&text[..before], &text[after..]),
        (Some((_, compared)), Some((before, after))) => (&text[compared..before], &text[after..]),
    };
    let (comparison, answer) = (comparison.trim(), answer.trim());
    if answer.is_empty() {
        return Err("there is no text under the heading # Answer".to_owned());
    }
    Ok((
        Answer::Synthesis { comparison: comparison.to_owned(), claims: Vec::new(), answer: answer.to_owned() },
        Reading::Text,
    ))
}

/// A heading in any of the ways in which models write one: `# Answer`, `## Answer:`, `**Answer**`.
fn is_heading(line: &str, word: &str) -> bool {
    let line = line.trim();
    line.starts_with(['#', '*'])
        && line.trim_start_matches('#').trim().trim_matches(['*', ':', ' ']).eq_ignore_ascii_case(word)
}

/// The text without a fence around all of it.
fn unwrapped(text: &str) -> &str {
    let Some((first, rest)) = text.split_once('\n') else { return text };
    match rest.trim_end().strip_suffix("```") {
        // Another fence within means that these two need not belong together.
        Some(inner) if matches!(first.trim(), "```" | "```markdown" | "```md") && !inner.contains("```") => {
            inner.trim()
        }
        _ => text,
    }
}
