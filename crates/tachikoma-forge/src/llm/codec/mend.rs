//! Mending the one thing that servers break and `serde_json` refuses.
//!
//! Servers that cut texts by UTF-16 units write half a character as a lone `\ud83c`. That is JSON by its
//! grammar but no text, and must not cost an answer: such halves become U+FFFD. The search runs only
//! once a frame failed to read.

/// The JSON with lone halves replaced; nothing when it has none.
pub(super) fn mended(json: &str) -> Option<String> {
    let mut out = String::new();
    let mut copied = 0;
    let mut at = 0;
    while let Some(found) = json[at..].find('\\') {
        let here = at + found;
        let width = match half(json, here) {
            // A high half takes the low half behind it along.
            Some(0xD800..=0xDBFF) if matches!(half(json, here + 6), Some(0xDC00..=0xDFFF)) => 12,
            Some(_) => {
                out.push_str(&json[copied..here]);
                out.push_str("\\ufffd");
                copied = here + 6;
                6
            }
            // Any other escape: its second byte may be a backslash and begins nothing.
            None => 1 + json[here + 1..].chars().next().map_or(0, char::len_utf8),
        };
        at = here + width;
    }
    (copied > 0).then(|| out + &json[copied..])
}

/// The half character that is escaped at `at`.
fn half(json: &str, at: usize) -> Option<u16> {
    let digits = json.get(at..at + 6)?.strip_prefix("\\u")?;
    let unit = u16::from_str_radix(digits, 16).ok()?;
    (0xD800..=0xDFFF).contains(&unit).then_some(unit)
}

#[cfg(test)]
mod tests {
    use super::mended;

    #[test]
    fn only_lone_halves_are_replaced() {
        let cases = [
            (r#""\ud83c\udf0d""#, None),
            (r#""\\ud83c""#, None),
            (r#""\ud83c""#, Some(r#""\ufffd""#)),
            (r#""\ud83c\n\udf0d""#, Some(r#""\ufffd\n\ufffd""#)),
            (r#""\ud83c\ud83c\udf0d é""#, Some(r#""\ufffd\ud83c\udf0d é""#)),
            (r#""\"#, None),
            (r#""\u12"#, None),
        ];
        for (json, wanted) in cases {
            assert_eq!(mended(json).as_deref(), wanted, "{json}");
        }
    }
}
