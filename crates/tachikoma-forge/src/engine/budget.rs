//! The cap: every call sets aside the most that it can come to before it goes out, at the price of the target that
//! it goes to, and a call that does not fit waits until others have come in below what they set aside. Values only;
//! what was set aside stands in the attempt, and `session` knows what is left of it.

use super::{Engine, Task};
use crate::cost::{most_picture_tokens, most_prompt_tokens};
use crate::protocol::{Output, Prompt};
use crate::session::{ForgeSession, Reserved, StopRule};
use crate::types::{ModelRef, Nanos, Now};

/// What a call sets aside; nothing where there is no cap.
///
/// # Errors
/// What it would set aside, when that does not fit beside what is spent and set aside already.
pub(super) fn reserve(
    session: &ForgeSession,
    model: &ModelRef,
    prompt: &Prompt,
    output: &Output,
) -> Result<Option<Reserved>, Reserved> {
    let settings = &session.settings;
    if !settings.is_capped() {
        return Ok(None);
    }
    let wanted = most(session, model, prompt, output);
    let committed = session.committed();
    let tokens = committed.tokens.saturating_add(wanted.tokens);
    // An unknown price is beyond every cap: such a session is not started, but a journal may say anything.
    let cost = committed.cost.zip(wanted.cost).map_or(Nanos(u64::MAX), |(sum, more)| sum.plus(more));
    let fits =
        settings.max_tokens_total.is_none_or(|cap| tokens <= cap) && settings.max_cost.is_none_or(|cap| cost <= cap);
    if fits { Ok(Some(wanted)) } else { Err(wanted) }
}

fn most(session: &ForgeSession, model: &ModelRef, prompt: &Prompt, output: &Output) -> Reserved {
    let schema = match output {
        Output::Text => 0,
        Output::Json { schema, .. } => schema.to_string().len(),
    };
    let pictures = most_picture_tokens(model).saturating_mul(prompt.images.len() as u64);
    let prompt = most_prompt_tokens(prompt.system.len() + prompt.user.len() + schema).saturating_add(pictures);
    let answer = u64::from(session.settings.answer_tokens());
    let cost = session.settings.prices.of(model).map(|price| price.most(prompt, answer));
    Reserved { tokens: prompt.saturating_add(answer), cost }
}

impl Engine {
    /// Ends the session when every ask that is left waits for the cap: nothing will come in any more. One that
    /// waits for a try or a cooling target is heard first, since a call of it may still be made, or be given up.
    pub(super) fn end_if_spent(&mut self, now: Now) {
        let beyond: Option<Vec<Reserved>> = self.tasks.values().map(Task::beyond).collect();
        let Some(next) = beyond.and_then(|all| all.into_iter().min_by_key(|most| (most.cost, most.tokens))) else {
            return;
        };
        let end = self.protocol.wind_up(&self.session, &self.spent_words(next), StopRule::Budget);
        self.conclude(end, now);
    }

    /// Why it ends: which cap, what is left of it, and what the next call could need.
    fn spent_words(&self, next: Reserved) -> String {
        let settings = &self.session.settings;
        let committed = self.session.committed();
        let committed_cost = committed.cost.unwrap_or_default();
        match (settings.max_cost, settings.max_tokens_total) {
            (Some(cap), _) if next.cost.is_none_or(|more| committed_cost.plus(more) > cap) => {
                let could = next.cost.map_or_else(|| "an unknown amount".to_owned(), |cost| format!("up to {cost}"));
                format!("The cap of {cap} is reached: {committed_cost} is spent, and the next call could cost {could}.")
            }
            (_, Some(cap)) => format!(
                "The cap of {cap} tokens is reached: {} are used, and the next call could need up to {}.",
                committed.tokens, next.tokens
            ),
            _ => "The cap is reached.".to_owned(),
        }
    }
}
