//! What the form would come to: the protocol, its steps, and what they take. Followed by all parts of the form.

use leptos::prelude::*;
use tachikoma_forge::driver::of_judge;
use tachikoma_forge::protocol::{Estimate, Foresight, OUTLINES, Outline, estimate, foresee, outline};
use tachikoma_forge::session::{Preset, Settings};

use crate::pricing::{Known, Pricing};
use crate::setup::Setup;
use crate::view_model::choosing::{Part, figures, parts};

/// More rounds than anybody waits for: beyond them nothing is foreseen.
const MOST_ROUNDS: u32 = 1_000;

/// What the form would come to.
#[derive(Clone, Copy)]
pub(super) struct Outlook {
    setup: Setup,
    members: Memo<u64>,
    /// The stop rules, as far as they can be read.
    rules: Memo<Settings>,
    /// The protocol by its name, and why, where that is left to the goal.
    pub(super) chosen: Memo<(&'static str, Option<String>)>,
    /// Its rounds and calls.
    pub(super) foresight: Memo<Foresight>,
    /// Its steps.
    pub(super) parts: Memo<Vec<Part>>,
    known: Memo<Option<Known>>,
}

impl Outlook {
    pub(super) fn of(setup: Setup) -> Self {
        let pricing: Pricing = expect_context();
        let members = Memo::new(move |_| setup.members.read().len() as u64);
        let rules = Memo::new(move |_| {
            let mut settings = Settings::default();
            // What is wrong is said at the start; until then the others count.
            let _ = setup.course.rules(&mut settings);
            settings.max_rounds = settings.max_rounds.min(MOST_ROUNDS);
            settings
        });
        let chosen = Memo::new(move |_| {
            let count = usize::try_from(members.get()).unwrap_or(0);
            let (outline, why) = setup.course.chosen(&setup.topic(), count, &rules.read());
            (outline.name, why)
        });
        let outline = move || outline(chosen.read().0).unwrap_or(OUTLINES[0]);
        let foresight = Memo::new(move |_| foresee(outline(), members.get(), &rules.read()));
        let parts = Memo::new(move |_| parts(outline(), members.get(), &rules.read()));
        Self { setup, members, rules, chosen, foresight, parts, known: pricing.known(setup) }
    }

    /// The protocol.
    pub(super) fn outline(self) -> &'static Outline {
        outline(self.chosen.read().0).unwrap_or(OUTLINES[0])
    }

    /// What it may use, once prices are here.
    pub(super) fn estimate(self) -> Option<Estimate> {
        self.estimate_of(self.outline(), &self.rules.read())
    }

    fn estimate_of(self, outline: &Outline, rules: &Settings) -> Option<Estimate> {
        let known = self.known.read();
        let known = known.as_ref()?;
        let settings = Settings { prices: known.settings.prices.clone(), ..rules.clone() };
        Some(estimate(outline, &self.setup.topic(), &known.participants, &settings))
    }

    /// What another protocol would take, in a few words.
    pub(super) fn of_protocol(self, outline: &Outline) -> String {
        let rules = self.rules.read();
        figures(foresee(outline, self.members.get(), &rules), self.estimate_of(outline, &rules).as_ref(), false)
    }

    /// What the protocol would take by a preset, in a few words.
    pub(super) fn of_preset(self, preset: Preset) -> String {
        let mut rules = self.rules.get();
        preset.apply(&mut rules);
        let outline = self.outline();
        figures(foresee(outline, self.members.get(), &rules), self.estimate_of(outline, &rules).as_ref(), true)
    }

    /// What is to be said of who writes the shared answer.
    pub(super) fn warning(self) -> Option<String> {
        let known = self.known.read();
        let Known { participants, settings } = known.as_ref()?;
        of_judge(participants, settings, self.outline().round_types)
    }
}
