//! What the user attached, as it stands in the prompts: texts quoted, pictures named and sent along.

use super::blind::Quotes;
use crate::prompt::{PromptError, file};
use crate::session::{Attachment, ForgeSession};
use crate::types::Seat;

/// The part of the topic that says what is attached, empty without any; and the pictures that a seat is shown.
///
/// Nothing in it is masked: it is the user's own text, as the goal is.
pub(super) fn attached(
    session: &ForgeSession,
    seat: Seat,
    quotes: &Quotes,
) -> Result<(String, Vec<Attachment>), PromptError> {
    let all = &session.topic.attachments;
    if all.is_empty() {
        return Ok((String::new(), Vec::new()));
    }
    let sees = session.participant(seat).is_none_or(|member| member.vision != Some(false));
    let mut files = Vec::with_capacity(all.len());
    for attachment in all {
        // A session that somebody else wrote may call a file anything.
        let name: String = attachment.name.chars().filter(|c| !c.is_control()).collect();
        files.push(match attachment.text() {
            Some(text) => {
                let note = attachment.note.as_deref().map(|note| format!("\n\n[{note}]")).unwrap_or_default();
                quotes.quote(&format!("Attachment \"{name}\""), &[text, &note].concat())
            }
            None => {
                let line = if sees { "prompts/shared/picture.md" } else { "prompts/shared/picture-unseen.md" };
                file(line)?.render("Text", &[("name", &name)])?
            }
        });
    }
    let values = [("files", files.join("\n\n")), ("mark", quotes.mark.clone())];
    let values = values.each_ref().map(|(name, value)| (*name, value.as_str()));
    let text = file("prompts/shared/attachments.md")?.render("Text", &values)?;
    let shown = all.iter().filter(|attachment| sees && attachment.image().is_some());
    Ok((text, shown.cloned().collect()))
}
