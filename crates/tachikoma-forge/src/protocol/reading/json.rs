//! JSON as models write it: a reader that keeps what others throw away.
//!
//! A usual parser lets the last of two equal keys win and refuses a trailing comma. Here it is the other
//! way round: every key is kept, so that a contradiction shows, and faults of form that leave no doubt
//! about the meaning are passed over: comments, a trailing comma, single quotes, bare keys, `True`, `None`,
//! a raw line break or an unknown escape in a string. A fault that would need a guess (an unescaped quote,
//! a missing comma or value) stays a fault. The same reader follows a text that is still arriving.
//!
//! Linear in the text, and it never recurses deeper than [`MAX_DEPTH`].

use serde_json::{Map, Number, Value};

/// The deepest nesting that is read: far beyond what is asked for, far below what a stack bears.
pub const MAX_DEPTH: usize = 64;

/// A JSON value with every key that was written, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// A list.
    Array(Vec<Self>),
    /// Keys and values; a key may be there twice.
    Object(Vec<(String, Self)>),
}

impl Json {
    /// The value without what plain JSON cannot hold: of equal keys the last stays.
    #[must_use]
    pub fn into_value(self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(yes) => Value::Bool(yes),
            Self::Number(number) => Value::Number(number),
            Self::String(text) => Value::String(text),
            Self::Array(items) => Value::Array(items.into_iter().map(Self::into_value).collect()),
            Self::Object(entries) => {
                Value::Object(entries.into_iter().map(|(k, v)| (k, v.into_value())).collect::<Map<_, _>>())
            }
        }
    }
}

/// What was read from the start of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// The value.
    pub value: Json,
    /// Where it ends in the text, in bytes.
    pub end: usize,
    /// Whether it is JSON to the letter.
    pub strict: bool,
}

/// Reads one whole object or list at the start of a text. `None` when it is no JSON or not whole.
/// The second value tells how many bytes were looked at, for those who have a budget.
#[must_use]
pub fn document(text: &str) -> (Option<Document>, usize) {
    let mut reader = Reader { text, at: 0, depth: 0, arriving: false, stopped: false, strict: true };
    let value = reader.container();
    let found = value.filter(|_| !reader.stopped);
    let document = found.map(|value| Document { value, end: reader.at, strict: reader.strict });
    (document, reader.at)
}

/// Reads as much of an object or list as there is at the start of a text that may go on.
#[must_use]
pub fn arriving(text: &str) -> Option<Json> {
    Reader { text, at: 0, depth: 0, arriving: true, stopped: false, strict: true }.container()
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    /// Whether what is begun counts as far as it has come.
    arriving: bool,
    /// Set at the end of the text and at the first fault: nothing is read after it.
    stopped: bool,
    /// Cleared by the first fault of form.
    strict: bool,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn stop<T>(&mut self) -> Option<T> {
        self.stopped = true;
        None
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Skips white space and comments.
    fn skip(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b' ' | b'\t' | b'\r' | b'\n' => self.at += 1,
                b'#' => self.skip_comment("\n"),
                b'/' if self.rest().starts_with("//") => self.skip_comment("\n"),
                b'/' if self.rest().starts_with("/*") => self.skip_comment("*/"),
                // The byte order mark and the no-break space come from copied text.
                0xC2 if self.rest().starts_with('\u{a0}') => self.skip_odd('\u{a0}'),
                0xEF if self.rest().starts_with('\u{feff}') => self.skip_odd('\u{feff}'),
                _ => return,
            }
        }
    }

    fn skip_odd(&mut self, odd: char) {
        self.strict = false;
        self.at += odd.len_utf8();
    }

    fn skip_comment(&mut self, end: &str) {
        self.strict = false;
        match self.rest().find(end) {
            Some(length) => self.at += length + end.len(),
            None => {
                self.at = self.text.len();
                self.stopped = true;
            }
        }
    }

    fn container(&mut self) -> Option<Json> {
        match self.peek() {
            Some(b'{') => self.nested(Self::object),
            Some(b'[') => self.nested(Self::array),
            _ => self.stop(),
        }
    }

    fn nested(&mut self, read: fn(&mut Self) -> Json) -> Option<Json> {
        if self.depth == MAX_DEPTH {
            return self.stop();
        }
        self.depth += 1;
        self.at += 1;
        let value = read(self);
        self.depth -= 1;
        Some(value)
    }

    fn object(&mut self) -> Json {
        let mut entries = Vec::new();
        while self.goes_on(b'}', entries.is_empty()) {
            let Some(key) = self.key() else { break };
            if self.stopped {
                break;
            }
            self.skip();
            if self.peek() != Some(b':') {
                self.stopped = true;
                break;
            }
            self.at += 1;
            if let Some(value) = self.value() {
                entries.push((key, value));
            }
        }
        Json::Object(entries)
    }

    fn array(&mut self) -> Json {
        let mut items = Vec::new();
        while self.goes_on(b']', items.is_empty()) {
            items.extend(self.value());
        }
        Json::Array(items)
    }

    /// Moves to the next entry of a list or object. False at its end.
    fn goes_on(&mut self, close: u8, first: bool) -> bool {
        if self.stopped {
            return false;
        }
        self.skip();
        let mut comma = false;
        if !first && self.peek() == Some(b',') {
            self.at += 1;
            comma = true;
            self.skip();
        }
        if self.stopped {
            return false;
        }
        match self.peek() {
            Some(byte) if byte == close => {
                self.at += 1;
                // A trailing comma means nothing.
                self.strict &= !comma;
                false
            }
            Some(_) if first || comma => true,
            Some(_) | None => {
                self.stopped = true;
                false
            }
        }
    }

    fn key(&mut self) -> Option<String> {
        match self.peek()? {
            b'"' | b'\'' => self.string(),
            byte if byte.is_ascii_alphabetic() || byte == b'_' => {
                self.strict = false;
                let word = self.word().to_owned();
                if self.peek().is_none() { self.stop() } else { Some(word) }
            }
            _ => self.stop(),
        }
    }

    fn value(&mut self) -> Option<Json> {
        self.skip();
        if self.stopped {
            return None;
        }
        match self.peek() {
            Some(b'{' | b'[') => self.container(),
            Some(b'"' | b'\'') => self.string().map(Json::String),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(byte) if byte.is_ascii_alphabetic() => self.literal(),
            _ => self.stop(),
        }
    }

    fn word(&mut self) -> &str {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
            self.at += 1;
        }
        &self.text[start..self.at]
    }

    fn literal(&mut self) -> Option<Json> {
        let (value, strict) = match self.word() {
            "true" => (Json::Bool(true), true),
            "false" => (Json::Bool(false), true),
            "null" => (Json::Null, true),
            "True" => (Json::Bool(true), false),
            "False" => (Json::Bool(false), false),
            "None" => (Json::Null, false),
            _ => return self.stop(),
        };
        self.strict &= strict;
        // At the very end, more letters may follow.
        if self.peek().is_none() { self.stop() } else { Some(value) }
    }

    fn number(&mut self) -> Option<Json> {
        let start = self.at;
        while self.peek().is_some_and(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) {
            self.at += 1;
        }
        if self.peek().is_none() {
            return self.stop();
        }
        match self.text[start..self.at].parse() {
            Ok(number) => Some(Json::Number(number)),
            Err(_) => self.stop(),
        }
    }

    /// A string; one that has not ended is given as far as it has come, where that counts.
    fn string(&mut self) -> Option<String> {
        let quote = self.peek()?;
        self.strict &= quote == b'"';
        self.at += 1;
        let mut out = String::new();
        loop {
            let from = self.at;
            while self.peek().is_some_and(|b| b != quote && b != b'\\' && b >= 0x20) {
                self.at += 1;
            }
            out.push_str(&self.text[from..self.at]);
            match self.peek() {
                Some(byte) if byte == quote => {
                    self.at += 1;
                    return Some(out);
                }
                Some(b'\\') => {
                    if self.escape(&mut out).is_none() {
                        break;
                    }
                }
                Some(control) => {
                    self.strict = false;
                    out.push(char::from(control));
                    self.at += 1;
                }
                None => break,
            }
        }
        self.stopped = true;
        self.arriving.then_some(out)
    }

    /// What a backslash stands for. `None` when the text ends within it.
    fn escape(&mut self, out: &mut String) -> Option<()> {
        let escaped = self.text[self.at + 1..].chars().next()?;
        let plain = match escaped {
            '"' | '\\' | '/' => escaped,
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => return self.unicode(out),
            other => {
                // A formula or a Windows path that nobody escaped: the backslash was meant.
                self.strict = false;
                if other != '\'' && other != '\n' {
                    out.push('\\');
                }
                other
            }
        };
        out.push(plain);
        self.at += 1 + escaped.len_utf8();
        Some(())
    }

    fn unicode(&mut self, out: &mut String) -> Option<()> {
        let hex = |at: usize| {
            let digits = self.text.get(at..at + 4).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
            digits.and_then(|d| u32::from_str_radix(d, 16).ok())
        };
        let ends_within = |length: usize| self.text.len() < self.at + length;
        let Some(first) = hex(self.at + 2) else {
            if ends_within(6) {
                return None;
            }
            self.strict = false;
            out.push_str("\\u");
            self.at += 2;
            return Some(());
        };
        if (0xD800..0xDC00).contains(&first) {
            let marked = self.rest().get(6..8) == Some("\\u");
            let second = hex(self.at + 8).filter(|s| marked && (0xDC00..0xE000).contains(s));
            if let Some(second) = second {
                out.extend(char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)));
                self.at += 12;
                return Some(());
            }
            if ends_within(12) && (marked || "\\u".starts_with(&self.rest()[6..])) {
                return None;
            }
        }
        let plain = char::from_u32(first);
        self.strict &= plain.is_some();
        out.push(plain.unwrap_or(char::REPLACEMENT_CHARACTER));
        self.at += 6;
        Some(())
    }
}
