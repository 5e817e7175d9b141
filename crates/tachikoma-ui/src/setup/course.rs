//! Which way a deliberation takes, as the form holds it: the protocol, who writes the shared answer, when it is enough.

use leptos::prelude::*;
use tachikoma_forge::protocol::{OUTLINES, Outline, choose, outline};
use tachikoma_forge::session::{Judge, Preset, Settings, Topic};
use tachikoma_forge::types::{Nanos, Pool, RoundType, Seat};

use super::{placed, some, whole};
use crate::access::Access;
use crate::view_model::choosing::decimal;

/// The judge that is rated highest.
pub const HIGHEST: &str = "highest";
/// The members as judges, each in its turn.
pub const ROTATING: &str = "rotating";
/// The judge that is no member.
pub const OUTSIDE: &str = "outside";
/// Before the seat of a judge that is one member.
pub const MEMBER: &str = "seat-";

/// The fields, as written.
#[derive(Clone, Copy)]
pub struct Course {
    /// The protocol by its name, or the word for whichever fits the goal.
    pub protocol: RwSignal<String>,
    /// Who writes the shared answer: [`HIGHEST`], [`ROTATING`], [`OUTSIDE`], or [`MEMBER`] and a seat.
    pub judge: RwSignal<String>,
    /// The model that does, where that is no member.
    pub outside: RwSignal<String>,
    /// The agreement that ends it.
    pub threshold: RwSignal<String>,
    /// The most rounds.
    pub rounds: RwSignal<String>,
    /// The votes in vain after which it ends; empty for never.
    pub patience: RwSignal<String>,
    /// Rounds of rebuttal, or layers; empty for what is usual.
    pub depth: RwSignal<String>,
    /// The most issues that may block; empty for any number.
    pub blocking: RwSignal<String>,
    /// The most tokens of an answer; empty for what is usual.
    pub answer_tokens: RwSignal<String>,
}

/// The fields as they are kept, in the order of [`Course::fields`].
pub(super) type KeptCourse = Vec<String>;

impl Course {
    /// The fields as they are kept; what is not is as usual.
    pub(super) fn open(kept: KeptCourse) -> Self {
        let new = || RwSignal::new(String::new());
        let course = Self {
            protocol: RwSignal::new(OUTLINES[0].name.to_owned()),
            judge: RwSignal::new(HIGHEST.to_owned()),
            outside: new(),
            threshold: new(),
            rounds: new(),
            patience: new(),
            depth: new(),
            blocking: new(),
            answer_tokens: new(),
        };
        course.fill(&Settings::default());
        for (field, text) in course.fields().into_iter().zip(kept) {
            field.set(text);
        }
        course
    }

    fn fields(self) -> [RwSignal<String>; 9] {
        let Self { protocol, judge, outside, threshold, rounds, patience, depth, blocking, answer_tokens } = self;
        [protocol, judge, outside, threshold, rounds, patience, depth, blocking, answer_tokens]
    }

    pub(super) fn kept(self) -> KeptCourse {
        self.fields().into_iter().map(|field| field.get()).collect()
    }

    /// Fills the fields of the stop rules.
    fn fill(self, settings: &Settings) {
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        self.threshold.set(decimal(settings.convergence_threshold));
        self.rounds.set(settings.max_rounds.to_string());
        self.patience.set(number(settings.patience));
        self.depth.set(number(settings.depth));
        self.blocking.set(number(settings.max_blocking));
        self.answer_tokens.set(number(settings.max_tokens));
    }

    /// Fills the fields with a preset.
    pub fn preset(self, preset: Preset) {
        let mut settings = Settings::default();
        preset.apply(&mut settings);
        self.fill(&settings);
    }

    /// Fills the fields with what a panel says.
    pub(super) fn of_panel(self, protocol: String, settings: &Settings) {
        self.fill(settings);
        self.protocol.set(protocol);
        self.judge.set(match &settings.judge {
            Judge::Highest => HIGHEST.to_owned(),
            Judge::Rotating => ROTATING.to_owned(),
            Judge::Fixed { seat } => [MEMBER, &seat.to_string()].concat(),
            Judge::Outside { model } => {
                self.outside.set(model.to_string());
                OUTSIDE.to_owned()
            }
        });
    }

    /// The stop rules, put into the settings as far as they can be read.
    ///
    /// # Errors
    /// Says which one makes no sense.
    pub fn rules(self, settings: &mut Settings) -> Result<(), String> {
        // Digit by digit, as amounts are: no float decides anything.
        let threshold =
            self.threshold.read().trim().parse::<Nanos>().ok().map(|Nanos(n)| n.saturating_add(500_000) / 1_000_000);
        settings.convergence_threshold = match threshold.map(u32::try_from) {
            Some(Ok(threshold @ 1..=1000)) => threshold,
            _ => return Err("The threshold is a number above 0 and up to 1, such as 0.8.".to_owned()),
        };
        settings.max_rounds = some(self.rounds, "The most rounds")?;
        settings.depth = whole(self.depth, "The depth", 1)?;
        settings.patience = whole(self.patience, "The patience", 1)?;
        settings.max_blocking = whole(self.blocking, "The most blocking issues", 0)?;
        settings.max_tokens = whole(self.answer_tokens, "The most tokens of an answer", 1)?;
        Ok(())
    }

    /// Puts all of it but the protocol into the settings.
    pub(super) fn apply(self, settings: &mut Settings, access: Access) -> Result<(), String> {
        self.rules(settings)?;
        let outline = outline(&self.protocol.read());
        if outline.is_some_and(|outline| !outline.round_types.contains(&RoundType::Synthesis)) {
            // Nobody writes a shared answer: whatever stands in the hidden field does not matter.
            return Ok(());
        }
        let judge = self.judge.read();
        settings.judge = match (judge.as_str(), judge.strip_prefix(MEMBER)) {
            (OUTSIDE, _) => {
                let what = "The model that writes the shared answer";
                let pool = self.outside.read().parse::<Pool>().map_err(|error| [what, ": ", &error.0].concat())?;
                Judge::Outside { model: placed(pool, what, access)? }
            }
            (ROTATING, _) => Judge::Rotating,
            (_, Some(seat)) => seat.parse().map_or(Judge::Highest, |seat| Judge::Fixed { seat }),
            _ => Judge::Highest,
        };
        Ok(())
    }

    /// The preset that the fields have, if they have one.
    #[must_use]
    pub fn is_preset(self) -> Option<Preset> {
        let mut settings = Settings::default();
        self.rules(&mut settings).ok()?;
        Preset::of(&settings)
    }

    /// The protocol that it takes, and why, where that is left to the goal.
    #[must_use]
    pub fn chosen(self, topic: &Topic, members: usize, settings: &Settings) -> (&'static Outline, Option<String>) {
        choose(&self.protocol.read(), topic, members, settings).unwrap_or((OUTLINES[0], None))
    }

    /// A member leaves its seat.
    pub(super) fn leaves(self, gone: Seat) {
        let seat = self.judge.read_untracked().strip_prefix(MEMBER).and_then(|seat| seat.parse::<Seat>().ok());
        match seat {
            Some(seat) if seat == gone => self.judge.set(HIGHEST.to_owned()),
            Some(seat) if seat > gone => self.judge.set([MEMBER, &(seat - 1).to_string()].concat()),
            _ => {}
        }
    }
}
