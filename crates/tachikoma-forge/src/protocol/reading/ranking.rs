//! Reading an order of labels, the best first.

use super::Json;
use super::fields::{Cell, get, how, known, object, reasons, whole};
use super::own::{Quoted, own_documents};
use crate::session::Reading;
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
