//! Reading JSON out of what models write around it. Tolerant of form, never of meaning: what is not
//! there stays missing, and what is there twice with different meanings is not chosen from.

use serde_json::Value;

/// The JSON objects in a text that fit, in order, each meaning once.
///
/// The whole text counts if it is JSON; otherwise fenced blocks; otherwise every balanced object. The
/// flag says whether it was found at once.
#[must_use]
pub fn objects(text: &str, fits: impl Fn(&Value) -> bool) -> (Vec<Value>, bool) {
    if let Ok(value) = serde_json::from_str::<Value>(text.trim()) {
        return (Some(value).filter(Value::is_object).filter(|v| fits(v)).into_iter().collect(), true);
    }
    let mut found = Vec::new();
    for block in fenced(text) {
        keep(&mut found, block, &fits);
    }
    if found.is_empty() {
        let mut rest = text;
        while let Some(start) = rest.find('{') {
            rest = &rest[start..];
            match balanced(rest) {
                Some(end) if keep(&mut found, &rest[..end], &fits) => rest = &rest[end..],
                // Not this one; perhaps one within it or behind it.
                Some(_) | None => rest = &rest[1..],
            }
        }
    }
    (found, false)
}

fn keep(found: &mut Vec<Value>, text: &str, fits: &impl Fn(&Value) -> bool) -> bool {
    let text = text.trim();
    let value = serde_json::from_str::<Value>(text).or_else(|_| serde_json::from_str(&mended(text)));
    match value {
        Ok(value) if value.is_object() && fits(&value) => {
            if !found.contains(&value) {
                found.push(value);
            }
            true
        }
        Ok(_) | Err(_) => false,
    }
}

/// What stands between ``` fences.
fn fenced(text: &str) -> Vec<&str> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find("```") {
        let body = &rest[open + 3..];
        let body = &body[body.find('\n').map_or(body.len(), |at| at + 1)..];
        let Some(close) = body.find("```") else { break };
        blocks.push(&body[..close]);
        rest = &body[close + 3..];
    }
    blocks
}

/// Where the object that begins the text ends.
fn balanced(text: &str) -> Option<usize> {
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => depth += 1,
            b'}' | b']' if !in_string => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            _ => {}
        }
    }
    None
}

/// The same JSON without faults of form that leave no doubt about the meaning: trailing commas, `//`
/// comments, `True`, `False` and `None`.
fn mended(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let end = if c == '"' { string_end(rest) } else { c.len_utf8() };
        let (token, after) = rest.split_at(end);
        rest = after;
        match c {
            '/' if rest.starts_with('/') => rest = rest.find('\n').map_or("", |at| &rest[at..]),
            ',' if behind_comments(rest).starts_with(['}', ']']) => {}
            c if c.is_alphabetic() => {
                let length = rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
                let word = format!("{c}{}", &rest[..length]);
                rest = &rest[length..];
                out.push_str(match word.as_str() {
                    "True" => "true",
                    "False" => "false",
                    "None" => "null",
                    other => other,
                });
            }
            _ => out.push_str(token),
        }
    }
    out
}

fn behind_comments(mut text: &str) -> &str {
    loop {
        text = text.trim_start();
        match text.strip_prefix("//") {
            Some(comment) => text = comment.find('\n').map_or("", |at| &comment[at..]),
            None => return text,
        }
    }
}

fn string_end(text: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// What can be seen of a JSON object that is still being written: what is open is closed, what is begun
/// but says nothing yet is left out. Words and a fence before it are skipped.
#[must_use]
pub fn partial(text: &str) -> Option<Value> {
    let text = &text[text.find('{')?..];
    let mut open = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    // The last place at which everything before it is whole, and what was open there.
    let mut whole: (usize, Vec<u8>) = (0, Vec::new());
    let mut string_start = 0;
    for (at, byte) in text.bytes().enumerate() {
        if in_string {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match byte {
            b'"' => {
                in_string = true;
                string_start = at;
            }
            b'{' => {
                open.push(b'}');
                whole = (at + 1, open.clone());
            }
            b'[' => {
                open.push(b']');
                whole = (at + 1, open.clone());
            }
            b'}' | b']' => {
                if open.pop() != Some(byte) {
                    break;
                }
                whole = (at + 1, open.clone());
                if open.is_empty() {
                    break;
                }
            }
            b',' => whole = (at, open.clone()),
            _ => {}
        }
    }
    let is_value = text[whole.0..string_start.max(whole.0)].contains(':') || open.last() == Some(&b']');
    if in_string && is_value {
        // A string that is being written shows as far as it has come, without half an escape.
        let mut shown = text;
        for _ in 0..7 {
            if let Some(value) = close(&format!("{shown}\""), &open) {
                return Some(value);
            }
            let shorter = shown.char_indices().next_back()?.0;
            if shorter <= string_start {
                break;
            }
            shown = &shown[..shorter];
        }
    }
    // A number that may go on is not shown yet.
    let at_number = !in_string && text.ends_with(|c: char| c.is_ascii_digit());
    let now = if at_number { None } else { close(text, &open) };
    now.or_else(|| close(&text[..whole.0], &whole.1))
}

fn close(text: &str, open: &[u8]) -> Option<Value> {
    let mut closed = text.trim_end().trim_end_matches(',').to_owned();
    closed.extend(open.iter().rev().map(|b| char::from(*b)));
    serde_json::from_str(&closed).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn json_is_found_where_models_put_it() {
        let any = |_: &Value| true;
        for text in [
            r#"{"agree": true}"#,
            "Sure!\n```json\n{\"agree\": true}\n```\nDone.",
            "I think {\"agree\": true,} is right",
            "{\"agree\": True, // yes\n}",
            "first {not json} then {\"agree\": true}",
        ] {
            assert_eq!(objects(text, any).0, [json!({"agree": true})], "{text}");
        }
        assert_eq!(objects("{\"agree\": true} and {\"agree\": false}", any).0.len(), 2);
        assert!(objects("no json { at all", any).0.is_empty());
    }

    #[test]
    fn every_prefix_shows_only_what_is_there() {
        let text = "Here: ```json\n{\"agree\": false, \"reasoning\": \"a \\\"b\\\" \\u00e9 é\", \"concerns\": [\"x\", \"y\"], \"n\": 12}\n```";
        let whole = partial(text).unwrap();
        assert_eq!(whole["reasoning"], "a \"b\" é é");
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            let Some(seen) = partial(&text[..end]) else { continue };
            for (key, value) in seen.as_object().unwrap() {
                match (value, &whole[key]) {
                    (Value::String(a), Value::String(b)) => assert!(b.starts_with(a.as_str()), "{a} {b}"),
                    (Value::Array(a), Value::Array(b)) => assert!(a.len() <= b.len()),
                    (a, b) => assert_eq!(a, b),
                }
            }
        }
    }
}
