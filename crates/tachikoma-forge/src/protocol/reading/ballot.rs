//! Reading the answer to a closed question, and the form in which answers are counted.

use super::Json;
use super::fields::{Cell, get, how, object, reasons, whole};
use super::own::own_documents;
use crate::session::{Answer, Ballot, Reading};
use crate::types::StopReason;

/// An answer that is longer says more than one thing.
const LONGEST: usize = 200;

/// An answer with its confidence and its reasons.
pub(super) fn ballot(text: &str, stop: StopReason) -> Result<(Answer, Reading), String> {
    whole(stop)?;
    // Nobody else's words stand in the prompt.
    let (flags, own) = own_documents(text, &Vec::new);
    let document = object(&own, flags, "answer")?;
    let mut strict = flags.strict;
    let choice = match get(document, "answer") {
        Cell::One(Json::String(text)) => text.trim().to_owned(),
        Cell::One(Json::Bool(true)) => "yes".to_owned(),
        Cell::One(Json::Bool(false)) => "no".to_owned(),
        Cell::One(Json::Number(number)) => number.to_string(),
        _ => return Err("\"answer\" has to be the answer itself, as text".to_owned()),
    };
    strict &= matches!(get(document, "answer"), Cell::One(Json::String(_)));
    if choice.chars().count() > LONGEST {
        return Err(format!("\"answer\" has to be the answer alone, in at most {LONGEST} characters"));
    }
    let normal = normal(&choice);
    if normal.is_empty() {
        return Err("\"answer\" is empty".to_owned());
    }
    let confidence = match get(document, "confidence") {
        Cell::One(Json::Number(number)) => number.as_u64().and_then(|n| u8::try_from(n).ok()).filter(|n| *n <= 100),
        _ => None,
    };
    let reasoning = reasons(document).join("\n");
    Ok((Answer::Ballot(Ballot { choice, normal, confidence, reasoning }), how(strict)))
}

/// The form in which answers are counted: without case, blanks at the ends and between, punctuation around it, words
/// such as `Answer:` before it, and with one way to write a number.
pub fn normal(choice: &str) -> String {
    let lower = choice.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let mut text = words.join(" ");
    loop {
        let bare = text
            .trim_matches(|c: char| {
                c.is_whitespace() || (c.is_ascii_punctuation() && !matches!(c, '-' | '+' | '%' | '$'))
            })
            .to_owned();
        let without = ["the answer is", "answer:", "answer ", "option ", "choice "]
            .iter()
            .find_map(|before| bare.strip_prefix(before))
            .map(str::to_owned);
        match without {
            Some(shorter) if !shorter.is_empty() => text = shorter,
            _ => break number(&bare).unwrap_or(bare),
        }
    }
}

/// `1,000.50` and `1000.5` are one number.
fn number(text: &str) -> Option<String> {
    let digits = text.replace(',', "");
    let (sign, bare) = digits.strip_prefix('-').map_or(("", digits.as_str()), |bare| ("-", bare));
    let grouped = !text.contains(',')
        || text
            .trim_start_matches('-')
            .split('.')
            .next()?
            .split(',')
            .enumerate()
            .all(|(at, group)| if at == 0 { (1..=3).contains(&group.len()) } else { group.len() == 3 });
    let (whole, part) = bare.split_once('.').unwrap_or((bare, ""));
    let is_digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || !grouped || !is_digits(whole) || !is_digits(part) {
        return None;
    }
    let whole = match whole.trim_start_matches('0') {
        "" => "0",
        whole => whole,
    };
    let part = part.trim_end_matches('0');
    Some(if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_that_say_the_same_are_counted_together() {
        for (written, counted) in [
            ("Yes.", "yes"),
            ("  YES ", "yes"),
            ("**B)**", "b"),
            ("Option B", "b"),
            ("The answer is: 42", "42"),
            ("42.0", "42"),
            ("1,000.50", "1000.5"),
            ("-3.10", "-3.1"),
            ("007", "7"),
            ("1,2", "1,2"),
            ("New   York", "new york"),
            ("12%", "12%"),
            ("\"no\"", "no"),
        ] {
            assert_eq!(normal(written), counted, "{written}");
        }
        assert_ne!(normal("yes"), normal("no"));
        assert_ne!(normal("-1"), normal("1"));
    }
}
