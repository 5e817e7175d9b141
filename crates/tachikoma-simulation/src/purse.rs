//! Money in the simulation: what models cost, which caps are set, and what providers tell of what they bill.

use tachikoma_forge::cost::{Price, Rates};
use tachikoma_forge::session::{Judge, Participant, Settings};
use tachikoma_forge::types::{Chance, ModelRef, Nanos, Pool, Seed, TokenUsage};

/// What a model costs, which differs from provider to provider and from model to model, so that a share set aside at
/// another one's price is no accident: no less when it comes from a cache, so that nothing hides a mistake.
#[must_use]
pub(super) fn price(model: &ModelRef) -> Price {
    let factor = 1 + Chance::new(Seed(0), "price", &model.bare()).below(5);
    let rates = Rates { input: factor * 1_000_000, output: factor * 5_000_000, ..Rates::default() };
    Price { rates, ..Price::free() }
}

/// Caps that end some runs at once, some in the middle and some never.
pub(super) fn capped(mut settings: Settings, participants: &[Participant], chance: &mut Chance) -> Settings {
    let judge = match &settings.judge {
        Judge::Outside { model } => Some(model.clone()),
        Judge::Highest | Judge::Fixed { .. } | Judge::Rotating => None,
    };
    for model in participants.iter().flat_map(Participant::targets).chain(judge.iter().flat_map(Pool::targets)) {
        settings.prices.set(model, price(model));
    }
    // A call sets aside some thousand tokens and about ten cents.
    let scale = [1, 5, 25][usize::try_from(chance.below(3)).unwrap_or(0)];
    settings.max_cost = (chance.below(3) != 0).then(|| Nanos(1 + chance.below(scale * 120_000_000)));
    settings.max_tokens_total =
        (settings.max_cost.is_none() || chance.below(3) == 0).then(|| 1 + chance.below(scale * 8_000));
    settings.max_tokens = Some(2_000 + u32::try_from(chance.below(4_000)).unwrap_or(0));
    settings
}

/// What a provider tells of the tokens of prompt and answer that it bills. Some count cached tokens beside the
/// others, some say what they charged, and some say nothing at all.
pub(super) fn told(model: &ModelRef, (prompt, answer): (u64, u64), chance: &mut Chance) -> TokenUsage {
    let counted = TokenUsage { input_tokens: Some(prompt), output_tokens: Some(answer), ..TokenUsage::default() };
    match chance.below(5) {
        0 => TokenUsage {
            input_tokens: Some(prompt - prompt / 2),
            cache_read_tokens: Some(prompt / 2),
            cache_apart: true,
            ..counted
        },
        1 => TokenUsage { charged: Some(price(model).most(prompt, answer)), ..counted },
        2 => TokenUsage::default(),
        _ => counted,
    }
}
