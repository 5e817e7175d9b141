//! Which way a deliberation takes, as the form holds it: the protocol, who writes the shared answer, when it is enough.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tachikoma_forge::protocol::{OUTLINES, Outline, choose};
use tachikoma_forge::session::{Judge, Preset, Settings, Topic};
use tachikoma_forge::types::{Pool, Seat};

use super::{placed, some, whole};
use crate::access::Access;
use crate::view_model::choosing::decimal;

/// The judge that is no member.
pub const OUTSIDE: &str = "outside";
/// Before the seat of a judge that is one member.
pub const MEMBER: &str = "seat-";

/// The fields, as written.
#[derive(Clone, Copy)]
pub struct Course {
    /// The protocol by its name, or the word for whichever fits the goal.
    pub protocol: RwSignal<String>,
    /// Who writes the shared answer: `highest`, `rotating`, [`OUTSIDE`], or [`MEMBER`] and a seat.
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

/// The fields as they are kept.
#[derive(Serialize, Deserialize)]
pub(super) struct KeptCourse {
    protocol: String,
    judge: String,
    outside: String,
    threshold: String,
    rounds: String,
    patience: String,
    depth: String,
    blocking: String,
    answer_tokens: String,
}

impl Default for KeptCourse {
    fn default() -> Self {
        let empty = String::new;
        let mut course = Self {
            protocol: OUTLINES[0].name.into(),
            judge: "highest".into(),
            outside: empty(),
            threshold: empty(),
            rounds: empty(),
            patience: empty(),
            depth: empty(),
            blocking: empty(),
            answer_tokens: empty(),
        };
        course.rules(&Settings::default());
        course
    }
}

impl KeptCourse {
    fn rules(&mut self, settings: &Settings) {
        let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
        self.threshold = decimal(settings.convergence_threshold);
        self.rounds = settings.max_rounds.to_string();
        self.patience = number(settings.patience);
        self.depth = number(settings.depth);
        self.blocking = number(settings.max_blocking);
        self.answer_tokens = number(settings.max_tokens);
    }
}

impl Course {
    pub(super) fn open(kept: KeptCourse) -> Self {
        Self {
            protocol: RwSignal::new(kept.protocol),
            judge: RwSignal::new(kept.judge),
            outside: RwSignal::new(kept.outside),
            threshold: RwSignal::new(kept.threshold),
            rounds: RwSignal::new(kept.rounds),
            patience: RwSignal::new(kept.patience),
            depth: RwSignal::new(kept.depth),
            blocking: RwSignal::new(kept.blocking),
            answer_tokens: RwSignal::new(kept.answer_tokens),
        }
    }

    pub(super) fn kept(self) -> KeptCourse {
        KeptCourse {
            protocol: self.protocol.get(),
            judge: self.judge.get(),
            outside: self.outside.get(),
            threshold: self.threshold.get(),
            rounds: self.rounds.get(),
            patience: self.patience.get(),
            depth: self.depth.get(),
            blocking: self.blocking.get(),
            answer_tokens: self.answer_tokens.get(),
        }
    }

    fn take(self, kept: KeptCourse) {
        self.protocol.set(kept.protocol);
        self.judge.set(kept.judge);
        self.outside.set(kept.outside);
        self.threshold.set(kept.threshold);
        self.rounds.set(kept.rounds);
        self.patience.set(kept.patience);
        self.depth.set(kept.depth);
        self.blocking.set(kept.blocking);
        self.answer_tokens.set(kept.answer_tokens);
    }

    /// Fills the fields with a preset.
    pub fn preset(self, preset: Preset) {
        let mut settings = Settings::default();
        preset.apply(&mut settings);
        let mut kept = untrack(|| self.kept());
        kept.rules(&settings);
        self.take(kept);
    }

    /// Fills the fields with what a panel says.
    pub(super) fn of_panel(self, protocol: String, settings: &Settings) {
        let mut kept = KeptCourse { protocol, ..KeptCourse::default() };
        kept.rules(settings);
        kept.judge = match &settings.judge {
            Judge::Highest => kept.judge,
            Judge::Rotating => "rotating".into(),
            Judge::Fixed { seat } => [MEMBER, &seat.to_string()].concat(),
            Judge::Outside { model } => {
                kept.outside = model.to_string();
                OUTSIDE.into()
            }
        };
        self.take(kept);
    }

    /// The stop rules, put into the settings as far as they can be read.
    ///
    /// # Errors
    /// Says which one makes no sense.
    pub fn rules(self, settings: &mut Settings) -> Result<(), String> {
        let threshold = self.threshold.read().trim().replace(',', ".").parse();
        let threshold: f64 = threshold.map_err(|_| "The threshold is a number such as 0.8.")?;
        settings.convergence_threshold = Settings::threshold_from(threshold)?;
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
        let judge = self.judge.read();
        settings.judge = match (judge.as_str(), judge.strip_prefix(MEMBER)) {
            (OUTSIDE, _) => {
                let what = "The model that writes the shared answer";
                let pool = self.outside.read().parse::<Pool>().map_err(|error| [what, ": ", &error.0].concat())?;
                Judge::Outside { model: placed(pool, what, access)? }
            }
            ("rotating", _) => Judge::Rotating,
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
            Some(seat) if seat == gone => self.judge.set("highest".into()),
            Some(seat) if seat > gone => self.judge.set([MEMBER, &(seat - 1).to_string()].concat()),
            _ => {}
        }
    }
}
