//! What is known of models before they are asked: how much they take, and whether they look at pictures.

use super::platform::Providers;
use crate::engine::{Target, Targets};
use crate::session::{ControlAction, ForgeSession, Participant, Settings, is_person};
use crate::types::{ModelRef, Pool};

/// What is known of everything that the members may ask.
///
/// Context windows are known in two places, which meet here and nowhere else: the table of prices is data that is
/// looked after, model by model, and goes first; what `llm` knows by the beginning of a name fills its gaps.
pub(super) fn targets<'a>(
    models: impl Iterator<Item = &'a ModelRef>,
    settings: &Settings,
    providers: &dyn Providers,
) -> Targets {
    let about = |model: &ModelRef| {
        let target = providers.target(model);
        let listed = settings.prices.of(model).and_then(|price| price.context);
        let listed = listed.map(|tokens| u32::try_from(tokens).unwrap_or(u32::MAX));
        (model.clone(), Target { context_window: listed.or(target.context_window), ..target })
    };
    models.filter(|model| !is_person(model)).map(about).collect()
}

/// Every model that may be asked: those of the members, and of those who are no members.
pub(super) fn asked_of(members: &[Participant], settings: &Settings) -> Vec<ModelRef> {
    members.iter().chain(&settings.outsiders()).flat_map(Participant::targets).cloned().collect()
}

/// How many tokens the least of these takes, as far as that is known.
pub(super) fn window(known: &Targets) -> Option<u32> {
    known.values().filter_map(|target| target.context_window).min()
}

/// What is known of models that take somebody's place. It goes into what is journalled too, so that the plan follows
/// from the journal alone, wherever the session goes on. Nothing but a replacement brings models.
pub(super) fn learn(action: &mut ControlAction, session: &ForgeSession, providers: &dyn Providers) -> Targets {
    let ControlAction::Replace { model, fallbacks, prices, context_window, vision, .. } = action else {
        return Targets::new();
    };
    let settings = Settings { prices: prices.clone(), ..session.settings.clone() };
    let models = std::iter::once(&*model).chain(&*fallbacks).flat_map(Pool::targets);
    let known = targets(models, &settings, providers);
    *context_window = if session.topic.carried.is_empty() { None } else { window(&known) };
    *vision = if session.topic.has_pictures() { sees(model, providers) } else { None };
    known
}

/// Whether a model looks at pictures: not, if any of its targets is known not to; unknown, if one is.
///
/// It is recorded when the session begins, so that the plan follows from the session alone, wherever that goes on.
#[must_use]
pub fn sees(model: &Pool, providers: &dyn Providers) -> Option<bool> {
    let known: Vec<Option<bool>> = model.targets().map(|model| providers.target(model).vision).collect();
    if known.contains(&Some(false)) { Some(false) } else { known.into_iter().collect::<Option<Vec<_>>>().map(|_| true) }
}

#[cfg(test)]
mod tests {
    use super::super::platform::tests::factory;
    use super::*;
    use crate::cost::Price;

    #[test]
    fn a_replacement_brings_what_is_known_of_its_model_as_far_as_the_session_needs_it() {
        use crate::session::attachment::{Recognised, recognise};
        use crate::session::{Carried, Topic};
        use crate::types::SessionId;

        let replaced = |topic: Topic| {
            let session = ForgeSession { topic, ..ForgeSession::new(SessionId("s".into())) };
            let mut action = ControlAction::Replace {
                seat: 0,
                model: "openai/gpt-3.5-turbo".parse().unwrap(),
                fallbacks: vec!["openai/gpt-4o".parse().unwrap()],
                prices: Default::default(),
                // Whoever asks for it may say what they like.
                context_window: Some(1),
                vision: Some(true),
            };
            let known = learn(&mut action, &session, &factory());
            assert_eq!(known.len(), 2);
            let ControlAction::Replace { context_window, vision, .. } = action else { panic!("{action:?}") };
            (context_window, vision)
        };
        assert_eq!(replaced(Topic::new("Why?")), (None, None));
        let Ok(Recognised::Attachment(picture)) = recognise("a.gif", b"GIF89a") else { panic!("no picture") };
        assert_eq!(replaced(Topic { attachments: vec![picture], ..Topic::new("Why?") }), (None, Some(false)));
        let piece = Carried { title: "A draft".into(), text: "Yes.".into(), from: SessionId("before".into()) };
        let (window, vision) = replaced(Topic { carried: vec![piece], ..Topic::new("Why?") });
        assert!(window.is_some_and(|tokens| tokens > 1) && vision.is_none(), "{window:?}");
        assert!(learn(&mut ControlAction::Pause, &ForgeSession::new(SessionId("s".into())), &factory()).is_empty());
    }

    #[test]
    fn the_table_s_context_window_goes_before_what_a_name_tells() {
        let members: [Participant; 1] = ["openai/gpt-4o|openai#2/gpt-4o,ollama/x".parse().unwrap()];
        let windows = |settings: &Settings| -> Vec<Option<u32>> {
            targets(members.iter().flat_map(Participant::targets), settings, &factory())
                .into_values()
                .map(|target| target.context_window)
                .collect()
        };
        let mut settings = Settings::default();
        assert_eq!(windows(&settings), [None, Some(128_000), Some(128_000)]);
        let listed = |context| Price { context: Some(context), ..Price::free() };
        settings.prices.set(&"openai/gpt-4o".parse().unwrap(), listed(200_000));
        settings.prices.set(&"ollama/x".parse().unwrap(), listed(u64::MAX));
        assert_eq!(windows(&settings), [Some(u32::MAX), Some(200_000), Some(200_000)]);
    }
}
