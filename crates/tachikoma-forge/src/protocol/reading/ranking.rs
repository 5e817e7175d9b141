//! Reading an order of labels, the best first.

use super::Json;
use super::fields::{Cell, get, how, known, object, reasons, whole};
use super::own::{Quoted, own_documents};
use crate::session::{Answer, Reading};
use crate::types::StopReason;

/// An order of `labels` and its reasons. Every label has to be there once: half an order is none.
pub(super) fn order(
    text: &str,
    stop: StopReason,
    labels: &[String],
    quoted: Quoted<'_>,
) -> Result<(Vec<String>, String, Reading), String> {
    whole(stop)?;
    let (flags, own) = own_documents(text, quoted);
    let document = object(&own, flags, "ranking")?;
    let all = || format!("\"ranking\" has to be a list of {}, each once, the best first", labels.join(", "));
    let Cell::One(Json::Array(items)) = get(document, "ranking") else { return Err(all()) };
    let mut order: Vec<String> = Vec::new();
    let mut strict = flags.strict;
    for item in items {
        let Json::String(name) = item else { return Err(all()) };
        let label = known(name, labels).ok_or_else(all)?;
        strict &= label == *name;
        if order.contains(&label) {
            return Err(all());
        }
        order.push(label);
    }
    if order.len() != labels.len() {
        return Err(all());
    }
    Ok((order, reasons(document).join("\n"), how(strict)))
}

/// A member's ranking of the drafts of the others.
pub(super) fn ranking(
    text: &str,
    stop: StopReason,
    labels: &[String],
    quoted: Quoted<'_>,
) -> Result<(Answer, Reading), String> {
    let (order, reasoning, reading) = order(text, stop, labels, quoted)?;
    Ok((Answer::Ranking { order, reasoning }, reading))
}

/// An outsider's comparison of the result with what single members wrote.
pub(super) fn comparison(
    text: &str,
    stop: StopReason,
    labels: &[String],
    quoted: Quoted<'_>,
) -> Result<(Answer, Reading), String> {
    let (order, reasoning, reading) = order(text, stop, labels, quoted)?;
    Ok((Answer::Comparison { order, reasoning }, reading))
}
