//! What a follow-up carries from an earlier session, as a member's prompt has it: fitted, masked and quoted.

use super::blind::{Mask, Quotes};
use crate::prompt::{PromptError, file};
use crate::session::{ForgeSession, fit};
use crate::types::Seat;

/// The part of the task that says so; nothing where nothing is carried.
pub(super) fn part(session: &ForgeSession, seat: Seat, mask: &Mask, quotes: &Quotes) -> Result<String, PromptError> {
    if session.topic.carried.is_empty() {
        return Ok(String::new());
    }
    let fitted = fit(&session.topic, &session.settings, session.participant(seat));
    let pieces: Vec<String> =
        fitted.pieces.iter().map(|(title, text)| quotes.quote(title, &mask.apply(text))).collect();
    let values = [("pieces", pieces.join("\n\n")), ("mark", quotes.mark.clone())];
    let values: Vec<(&str, &str)> = values.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Ok(format!("\n\n{}", file("prompts/shared/carried.md")?.render("Text", &values)?))
}
