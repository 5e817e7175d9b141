//! Reading free text: drafts, and the shared answer under its headings.

use crate::session::{Answer, Reading};

pub(super) fn draft(text: &str) -> Result<(Answer, Reading), String> {
    if text.trim().is_empty() {
        return Err("there is no text".to_owned());
    }
    Ok((Answer::Draft, Reading::Text))
}

/// The most claims that are kept: more are no summary.
const MOST_CLAIMS: usize = 12;

/// Splits at the headings `# Comparison`, `# Claims` and `# Answer`. Without any of them all of it is the answer; without
/// claims it is readable all the same.
pub(super) fn synthesis(text: &str) -> Result<(Answer, Reading), String> {
    let text = unwrapped(text.trim());
    let (mut at, mut answer, mut compared, mut claimed) = (0, None, None, None);
    let mut fence: Option<&str> = None;
    for line in text.split_inclusive('\n') {
        let mark = ["```", "~~~"].into_iter().find(|mark| line.trim_start().starts_with(mark));
        let here = (at, at + line.len());
        match (fence, mark) {
            (None, Some(mark)) => fence = Some(mark),
            (Some(open), Some(mark)) if open == mark => fence = None,
            (None, None) if is_heading(line, "answer") => {
                answer = Some(here);
                break;
            }
            (None, None) if compared.is_none() && is_heading(line, "comparison") => compared = Some(here),
            (None, None) if claimed.is_none() && is_heading(line, "claims") => claimed = Some(here),
            _ => {}
        }
        at += line.len();
    }
    let Some((end, answer)) = answer else {
        if compared.or(claimed).is_some() {
            return Err("the heading # Answer and the answer under it are missing".to_owned());
        }
        return whole(String::new(), Vec::new(), text);
    };
    // Each part goes on to the next heading, in whatever order they come.
    let part = |from: usize, other: Option<(usize, usize)>| {
        let to = other.map(|(begins, _)| begins).filter(|begins| *begins >= from).unwrap_or(end);
        text[from..to].trim()
    };
    let comparison = part(compared.map_or(0, |(_, from)| from), claimed);
    let claims = claimed.map(|(_, from)| claims(part(from, compared))).unwrap_or_default();
    whole(comparison.to_owned(), claims, &text[answer..])
}

fn whole(comparison: String, claims: Vec<String>, answer: &str) -> Result<(Answer, Reading), String> {
    let answer = answer.trim();
    if answer.is_empty() {
        return Err("there is no text under the heading # Answer".to_owned());
    }
    Ok((Answer::Synthesis { comparison, claims, answer: answer.to_owned() }, Reading::Text))
}

/// The entries of a numbered list, each with the lines that belong to it. They are numbered anew, by their place.
fn claims(text: &str) -> Vec<String> {
    let mut claims: Vec<String> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let digits = line.bytes().take_while(u8::is_ascii_digit).count();
        let numbered = (digits > 0).then(|| line[digits..].strip_prefix(['.', ')'])).flatten();
        match (numbered, claims.last_mut()) {
            (Some(claim), _) => claims.push(claim.trim().to_owned()),
            (None, Some(claim)) => {
                claim.push(' ');
                claim.push_str(line);
            }
            (None, None) => {}
        }
    }
    claims.retain(|claim| !claim.is_empty());
    claims.truncate(MOST_CLAIMS);
    claims
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
