//! Reading a position after those of the others were read: a switch needs the words that moved the member.

use super::Json;
use super::fields::{Cell, get, how, known, object, texts, whole};
use super::own::{Quoted, own_documents};
use crate::session::{Answer, Reading, Rebuttal};
use crate::types::StopReason;

/// A quotation that is shorter stands in nearly every text.
const SHORTEST: usize = 12;

/// Whether a quotation is long enough to mean something, and stands in a text letter by letter, blanks and case aside.
pub(super) fn stands(quote: &str, text: &str) -> bool {
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    quote.trim().chars().count() >= SHORTEST && words(text).contains(&words(quote))
}

/// A position. `others` are the positions that were read, by label, as they stood in the prompt; `quoted` is all that the
/// prompt quoted.
pub(super) fn rebuttal(
    text: &str,
    stop: StopReason,
    others: &[(String, String)],
    quoted: Quoted<'_>,
) -> Result<(Answer, Reading), String> {
    whole(stop)?;
    let (flags, own) = own_documents(text, quoted);
    let document = object(&own, flags, "position")?;
    let said = |key| texts(get(document, key)).join("\n");
    let position = said("position");
    if position.is_empty() {
        return Err("\"position\" is empty: restate the whole position".to_owned());
    }
    let Cell::One(Json::Bool(switched)) = get(document, "switched") else {
        return Err("\"switched\" has to be true or false".to_owned());
    };
    if !switched {
        let kept = Rebuttal { position, switched: false, moved_by: String::new(), quote: String::new() };
        return Ok((Answer::Rebuttal(kept), how(flags.strict)));
    }
    let (by, quote) = (said("moved_by"), said("quote"));
    let labels: Vec<String> = others.iter().map(|(label, _)| label.clone()).collect();
    let Some(moved_by) = known(&by, &labels) else {
        return Err(format!("a switch needs \"moved_by\": one of {}", labels.join(", ")));
    };
    if !others.iter().any(|(label, position)| *label == moved_by && stands(&quote, position)) {
        return Err(format!("a switch needs \"quote\": words that stand in position {moved_by}, letter by letter"));
    }
    Ok((Answer::Rebuttal(Rebuttal { position, switched: true, moved_by, quote }), how(flags.strict)))
}
