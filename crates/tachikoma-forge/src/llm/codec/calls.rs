//! Which tool call a piece belongs to.
//!
//! The dialect says: by `index`, with the id and the name in the first piece. Servers omit the index,
//! use 0 for every call, send the name late or with every piece, change ids on the way, or send whole
//! calls at once. [`Calls`] gives every piece a place that consumers can trust: calls count from 0, and
//! the pieces of one call share its number.

use serde_json::Value;

use crate::llm::ToolCallDelta;

#[derive(Clone, Debug, Default)]
struct Known {
    wire_index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

/// The calls of one answer so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Calls(Vec<Known>);

/// One piece, as a dialect read it. Empty texts mean that the piece does not say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Piece<'a> {
    pub(super) index: Option<u64>,
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) arguments: &'a str,
}

/// The text of arguments, or of a piece of them: a text in most dialects, the object itself in others, and from
/// some servers the one where the other belongs. `None` where nothing stands.
pub(super) fn arguments(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    }
}

impl Calls {
    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the call at hand was not named yet.
    pub(super) fn lacks_name(&self) -> bool {
        self.0.last().is_some_and(|call| !is_named(call))
    }

    /// Begins another call, whatever came before.
    pub(super) fn begin(&mut self, piece: Piece<'_>) -> ToolCallDelta {
        self.0.push(Known { wire_index: piece.index, ..Known::default() });
        self.extend(self.0.len() - 1, piece)
    }

    /// Takes a piece of a call that its index or id names, or of the one at hand.
    pub(super) fn take(&mut self, piece: Piece<'_>) -> ToolCallDelta {
        match self.place(&piece) {
            Some(at) => self.extend(at, piece),
            None => self.begin(piece),
        }
    }

    /// The arguments so far of the latest call with this index, or without one of the call at hand; nothing when
    /// there is no such call.
    pub(super) fn arguments(&self, index: Option<u64>) -> Option<&str> {
        let call = match index {
            Some(_) => self.0.iter().rfind(|call| call.wire_index == index),
            None => self.0.last(),
        };
        call.map(|call| call.arguments.as_str())
    }

    fn place(&self, piece: &Piece<'_>) -> Option<usize> {
        let latest = match piece.index {
            Some(index) => self.0.iter().rposition(|call| call.wire_index == Some(index)),
            None => None,
        };
        let by_id = || self.0.iter().rposition(|call| !piece.id.is_empty() && call.id == piece.id);
        let Some(at) = latest.or_else(by_id) else {
            // Without an index, a piece that begins nothing belongs to the call at hand.
            let begins = !piece.id.is_empty() || (!piece.name.is_empty() && self.0.last().is_some_and(is_named));
            return if piece.index.is_some() || begins { None } else { self.0.len().checked_sub(1) };
        };
        let call = &self.0[at];
        // The same index may be used again for another call: it then has another id and a name, or,
        // where nobody gives ids, a name after arguments that are complete.
        let other_id = !piece.id.is_empty() && !call.id.is_empty() && piece.id != call.id;
        let complete = || serde_json::from_str::<Value>(&call.arguments).is_ok_and(|v| v.is_object());
        let anew = !piece.name.is_empty()
            && is_named(call)
            && (other_id || (piece.id.is_empty() && !piece.arguments.is_empty() && complete()));
        (!anew).then_some(at)
    }

    fn extend(&mut self, at: usize, piece: Piece<'_>) -> ToolCallDelta {
        let call = &mut self.0[at];
        let first = |mine: &mut String, theirs: &str| {
            let news = mine.is_empty() && !theirs.is_empty();
            if news {
                theirs.clone_into(mine);
            }
            news.then(|| theirs.to_owned())
        };
        let id = first(&mut call.id, piece.id);
        let name = first(&mut call.name, piece.name);
        call.arguments.push_str(piece.arguments);
        ToolCallDelta { index: u32::try_from(at).unwrap_or(u32::MAX), id, name, arguments: piece.arguments.to_owned() }
    }
}

fn is_named(call: &Known) -> bool {
    !call.name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `(index, id, name, arguments)`.
    type Given = (Option<u64>, &'static str, &'static str, &'static str);

    /// Feeds pieces and gives `name(arguments)` per call.
    fn assemble(pieces: &[Given]) -> Vec<String> {
        let mut calls = Calls::default();
        for (index, id, name, arguments) in pieces {
            calls.take(Piece { index: *index, id, name, arguments });
        }
        calls.0.iter().map(|c| format!("{}({})", c.name, c.arguments)).collect()
    }

    #[test]
    fn pieces_find_their_call() {
        let cases: [(&[Given], &[&str]); 8] = [
            (&[(Some(0), "a", "f", ""), (Some(0), "", "", "{\"x\""), (Some(0), "", "", ":1}")], &["f({\"x\":1})"]),
            (&[(Some(0), "a", "f", "1"), (Some(1), "b", "g", "2"), (Some(0), "", "", "3")], &["f(13)", "g(2)"]),
            (&[(Some(0), "a", "", ""), (Some(0), "", "late", "{}")], &["late({})"]),
            (&[(None, "a", "f", "{"), (None, "", "", "}"), (None, "b", "g", "{}")], &["f({})", "g({})"]),
            (&[(Some(0), "a", "f", "{}"), (Some(0), "b", "g", "{}")], &["f({})", "g({})"]),
            (&[(Some(0), "a", "f", "{"), (Some(0), "b", "", "}")], &["f({})"]),
            (&[(Some(0), "", "f", "{}"), (Some(0), "", "f", "{}")], &["f({})", "f({})"]),
            (&[(None, "", "f", "{"), (None, "", "f", "}")], &["f({)", "f(})"]),
        ];
        for (pieces, wanted) in cases {
            assert_eq!(assemble(pieces), wanted, "{pieces:?}");
        }
    }
}
