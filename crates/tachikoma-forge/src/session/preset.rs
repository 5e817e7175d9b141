//! Ready sets of stop rules, from quick to thorough.

use std::fmt;
use std::str::FromStr;

use super::Settings;

/// How much is made of a question. It sets the threshold, the rounds, the patience, the depth, what may block and the
/// length of an answer, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Preset {
    /// One vote, for which two of three suffice, and shorter answers.
    Quick,
    /// What holds where nothing else is said.
    Balanced,
    /// More versions and layers, until nearly all agree and nothing blocks.
    Thorough,
}

impl Preset {
    /// All of them, in the order in which to offer them.
    pub const ALL: [Self; 3] = [Self::Quick, Self::Balanced, Self::Thorough];

    /// The name as people read it; on the command line in small letters.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Quick => "Quick",
            Self::Balanced => "Balanced",
            Self::Thorough => "Thorough",
        }
    }

    /// What it means, in a few words.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::Quick => "One vote, shorter answers",
            Self::Balanced => "The usual rounds and votes",
            Self::Thorough => "More rounds, nothing may block",
        }
    }

    /// Puts it into the settings.
    pub const fn apply(self, settings: &mut Settings) {
        let (threshold, rounds, patience, depth, blocking, tokens) = match self {
            Self::Quick => (650, 4, 1, Some(1), None, Some(4096)),
            Self::Balanced => (800, 10, 2, None, None, None),
            Self::Thorough => (900, 16, 3, Some(3), Some(0), None),
        };
        settings.convergence_threshold = threshold;
        settings.max_rounds = rounds;
        settings.patience = Some(patience);
        settings.depth = depth;
        settings.max_blocking = blocking;
        settings.max_tokens = tokens;
    }

    /// The one that these settings have, if they have one.
    #[must_use]
    pub fn of(settings: &Settings) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| {
            let mut applied = settings.clone();
            preset.apply(&mut applied);
            applied == *settings
        })
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Preset {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|preset| preset.name().eq_ignore_ascii_case(text.trim()));
        found.ok_or_else(|| {
            let known = Self::ALL.map(|preset| preset.name().to_lowercase()).join(", ");
            format!("{text:?} is no preset: write one of {known}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn balanced_is_what_holds_anyway() {
        let mut settings = Settings::default();
        Preset::Balanced.apply(&mut settings);
        assert_eq!(settings, Settings::default());
    }

    #[test]
    fn presets_are_told_apart_and_leave_the_rest_alone() {
        for preset in Preset::ALL {
            assert_eq!(preset.name().to_lowercase().parse(), Ok(preset));
            let mut settings = Settings { concurrency: Some(3), max_seconds: Some(60), ..Settings::default() };
            preset.apply(&mut settings);
            assert_eq!((settings.concurrency, settings.max_seconds), (Some(3), Some(60)));
            assert_eq!(settings.check(), Ok(()));
            assert_eq!(Preset::of(&settings), Some(preset));
            settings.max_rounds += 1;
            assert_eq!(Preset::of(&settings), None);
        }
        assert!("hasty".parse::<Preset>().unwrap_err().contains("quick, balanced, thorough"));
    }
}
