//! Reading what members answer. A form that is broken is met halfway; a judgement that is missing, doubtful,
//! contradictory or cut off stays missing. [`turn`] knows what each round asks for, and has a file for each kind.
//!
//! Here: reading JSON out of what models write around it, tolerant of form, never of meaning.
//!
//! What is not there stays missing, and between two things that contradict each other nothing is chosen.
//! There are no patterns that look for "agree" or for a number in prose: only JSON counts, and within
//! prose only JSON that begins a line, as an answer does and a quotation in a sentence does not.

mod attack;
mod ballot;
mod critique;
mod fields;
mod json;
mod own;
mod ranking;
mod rebuttal;
mod text;
mod turn;
mod vote;

use serde_json::Value;

pub use ballot::normal;
pub use turn::turn;

pub use json::{Document, Json, MAX_DEPTH, arriving, document};

/// The JSON in a text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found<'a> {
    /// The documents in order, each with the text that it was read from.
    pub documents: Vec<(&'a str, Document)>,
    /// Whether nothing else stands in the text, a fence around it excepted.
    pub alone: bool,
    /// Whether the text is one document of JSON to the letter.
    pub strict: bool,
    /// Whether an object begins a line and cannot be read: what was found may then be a piece of it, such
    /// as a quotation in one of its strings.
    pub broken: bool,
}

/// Finds the objects and lists that begin a line and are whole. Linear in the text.
#[must_use]
pub fn find(text: &str) -> Found<'_> {
    let text = text.trim_start_matches('\u{feff}').trim();
    let mut found = Found { alone: true, ..Found::default() };
    // A text can be built so that every line begins something that never ends.
    let mut budget = text.len().saturating_mul(16).saturating_add(4096);
    let mut at = 0;
    while at < text.len() {
        let line_end = text[at..].find('\n').map_or(text.len(), |length| at + length + 1);
        let line = text[at..line_end].trim();
        let start = at + (text[at..].len() - text[at..].trim_start().len());
        if budget > 0 && line.starts_with(['{', '[']) {
            let (document, looked_at) = document(&text[start..]);
            budget = budget.saturating_sub(looked_at);
            if let Some(document) = document {
                at = start + document.end;
                found.documents.push((&text[start..at], document));
                continue;
            }
        }
        found.broken |= line.starts_with('{');
        // Behind a document on the same line a comma or a semicolon says nothing.
        let is_fence = line.starts_with("```") && !line[3..].contains(['{', '[']);
        found.alone &= is_fence || line.trim_matches([',', ';']).is_empty();
        at = line_end;
    }
    found.alone &= !found.documents.is_empty();
    found.strict = matches!(&found.documents[..], [(source, document)] if document.strict && *source == text);
    found
}

/// What can be seen of JSON that is still arriving, after words and a fence before it: what is open is
/// closed, and what does not say anything yet (half a key, a number that may go on) is left out.
///
/// What it shows only grows: each string is the start of the whole one, each list the start of the whole list.
#[must_use]
pub fn partial(text: &str) -> Option<Value> {
    let begins = |line: &str| line.trim_start().starts_with(['{', '[']);
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if begins(line) {
            let start = at + line.len() - line.trim_start().len();
            return arriving(&text[start..]).map(Json::into_value);
        }
        at += line.len();
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn values(text: &str) -> Vec<Value> {
        find(text).documents.into_iter().map(|(_, d)| d.value.into_value()).collect()
    }

    #[test]
    fn json_is_found_where_models_put_it() {
        for (text, alone, strict) in [
            (r#"{"agree": true}"#, true, true),
            ("\u{feff}  {\"agree\":true}\n", true, true),
            ("```json\n{\"agree\": true}\n```", true, false),
            ("Sure!\n```json\n{\"agree\": true}\n```\nDone.", false, false),
            ("I think:\n\n{\"agree\": true,}\nis right", false, false),
            ("{\"agree\": True, // yes\n}", true, false),
            ("{'agree': true}", true, false),
            ("{agree: true /* it is */}", true, false),
            ("first:\n{not json}\nthen\n{\"agree\": true}", false, false),
        ] {
            assert_eq!(values(text), [json!({"agree": true})], "{text}");
            let found = find(text);
            assert_eq!((found.alone, found.strict), (alone, strict), "{text}");
        }
        for nothing in [
            "",
            "no json { at all",
            "he said {\"agree\": true}",
            "> {\"agree\": true}",
            "{\"agree\": true",
            "{\"agree\" true}",
            "{\"agree\": }",
            "{\"a\": \"he said \"no\" again\"}",
            "{\"a\": 1 \"b\": 2}",
            "{\"a\": tru}",
            "{\"a\": 01}",
            "{\"a\": 5.}",
            "{\"a\": NaN}",
            "{,}",
            "{\"a\": 1,, \"b\": 2}",
        ] {
            assert!(values(nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn every_key_is_kept_and_odd_strings_are_read_as_meant() {
        let keys = |text: &str| match find(text).documents.remove(0).1.value {
            Json::Object(entries) => entries,
            other => panic!("{other:?}"),
        };
        assert_eq!(keys(r#"{"a": 1, "a": 2}"#).len(), 2);
        assert!(find("{\"a\": \"x\n\"\n{\"b\": 1}").broken && !find("[a] b\n{\"b\": 1}").broken);
        for (text, meant) in [
            (r#"{"a": "\u00e9\ud83d\ude00"}"#, "é😀"),
            (r#"{"a": "\(x\) C:\dir"}"#, "\\(x\\) C:\\dir"),
            ("{\"a\": \"two\nlines\"}", "two\nlines"),
            (r#"{"a": "\ud83d!"}"#, "\u{fffd}!"),
            (r#"{"a": "\uZZ"}"#, "\\uZZ"),
            (r#"{"a": 'it\'s'}"#, "it's"),
        ] {
            assert_eq!(keys(text), [("a".to_owned(), Json::String(meant.to_owned()))], "{text}");
        }
    }

    #[test]
    fn hostile_texts_take_no_more_than_their_length() {
        let size = 300_000;
        for part in ["{", "[", "{\"a\":", "[{\"a\":[", "{/*", "\n{/*", "\n{\"", "\n[\"a\",", "\n{\"a\":1,", "```json\n"]
        {
            let text = part.repeat(size / part.len());
            let begun = std::time::Instant::now();
            assert!(find(&text).documents.is_empty(), "{part}");
            let _ = partial(&text);
            assert!(begun.elapsed().as_secs() < 5, "{part} took {:?}", begun.elapsed());
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            // Quarters: beyond that, how a fraction is rounded is the business of the parser below.
            any::<i32>().prop_map(|n| Value::from(f64::from(n) / 4.0)),
            ".{0,12}".prop_map(Value::from),
            "[\"\\\\\u{0}-\u{1f}\u{1F600}é]{0,6}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 24, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(".{0,5}", inner, 0..5).prop_map(|m| Value::Object(m.into_iter().collect())),
            ]
        })
    }

    fn object() -> impl Strategy<Value = Value> {
        prop::collection::btree_map("[a-z]{1,4}", any_json(), 0..5).prop_map(|m| Value::Object(m.into_iter().collect()))
    }

    /// Whether what is seen says nothing that the whole does not say.
    fn is_part(seen: &Value, whole: &Value) -> bool {
        match (seen, whole) {
            (Value::String(a), Value::String(b)) => b.starts_with(a.as_str()),
            (Value::Array(a), Value::Array(b)) => a.len() <= b.len() && a.iter().zip(b).all(|(a, b)| is_part(a, b)),
            (Value::Object(a), Value::Object(b)) => a.iter().all(|(k, a)| b.get(k).is_some_and(|b| is_part(a, b))),
            (a, b) => a == b,
        }
    }

    /// JSON with every character beyond ASCII escaped, so that prefixes end within escapes.
    fn escaped(json: &str) -> String {
        let mut out = String::new();
        for c in json.chars() {
            if c.is_ascii() {
                out.push(c);
            } else {
                out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
            }
        }
        out
    }

    proptest! {
        #[test]
        fn what_is_json_is_read_as_json(value in object(), pretty: bool) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            let found = find(&text);
            prop_assert!(found.strict && found.alone);
            prop_assert_eq!(values(&text), vec![value.clone()]);
            prop_assert_eq!(partial(&text), Some(value));
        }

        #[test]
        fn every_prefix_shows_only_what_is_there(value in object(), escape: bool, lead in "(|Here it is:\n|```json\n)") {
            let json = serde_json::to_string(&value).unwrap();
            let text = lead.clone() + &if escape { escaped(&json) } else { json };
            let mut before: Option<Value> = None;
            for end in (0..=text.len()).filter(|end| text.is_char_boundary(*end)) {
                let seen = partial(&text[..end]);
                prop_assert_eq!(seen.is_some(), end > lead.len(), "{}", &text[..end]);
                if let Some(seen) = &seen {
                    prop_assert!(is_part(seen, &value), "{} showed {seen}", &text[..end]);
                    prop_assert!(before.as_ref().is_none_or(|before| is_part(before, seen)), "{seen} after {before:?}");
                }
                before = seen;
            }
            prop_assert_eq!(before, Some(value));
        }

        #[test]
        fn nothing_makes_it_panic(text in "\\PC{0,60}", json in "[\\[\\]{}\":,'\\\\/*#a-z0-9\n .-]{0,60}") {
            for text in [&text, &json, &format!("{{{json}")] {
                let _ = (find(text), partial(text));
            }
        }
    }
}
