//! Reading the objections to a proposal.

use super::Json;
use super::fields::{Cell, get, how, object, texts, whole};
use super::own::{Quoted, own_documents};
use crate::session::{Answer, Objection, Reading};
use crate::types::StopReason;

/// The objections, each once. None is an answer too; one of which nobody knows whether it blocks is unreadable.
pub(super) fn attack(text: &str, stop: StopReason, quoted: Quoted<'_>) -> Result<(Answer, Reading), String> {
    whole(stop)?;
    let (flags, own) = own_documents(text, quoted);
    let document = object(&own, flags, "objections")?;
    let Cell::One(Json::Array(items)) = get(document, "objections") else {
        return Err("\"objections\" has to be a list, which may be empty".to_owned());
    };
    let mut objections = Vec::new();
    for item in items {
        let text = texts(get(item, "text")).join("\n");
        let Cell::One(Json::Bool(blocking)) = get(item, "blocking") else {
            return Err("each objection needs \"blocking\": true or false".to_owned());
        };
        if text.is_empty() {
            return Err("each objection needs \"text\"".to_owned());
        }
        match objections.iter().find(|said: &&Objection| said.text == text) {
            None => objections.push(Objection { text, blocking: *blocking }),
            Some(said) if said.blocking == *blocking => {}
            Some(_) => {
                return Err("\"objections\" says of one objection that it blocks, and that it does not".to_owned());
            }
        }
    }
    Ok((Answer::Attack { objections }, how(flags.strict)))
}
