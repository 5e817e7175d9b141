//! What guards a result: how few are too few, how long is too long, and whether it is checked that it helped.

use tachikoma_forge::llm::ProviderRegistry;
use tachikoma_forge::session::{Check, Participant, Settings};

use crate::exit::Stop;

/// What guards a result.
#[derive(clap::Args)]
pub(crate) struct Guard {
    /// Give no answer when fewer members than this answer at first
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u32).range(1..))]
    refuse_below: Option<u32>,
    /// How long the whole deliberation may take, in seconds; then it ends with the best that there is
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u32).range(1..))]
    max_seconds: Option<u32>,
    /// See afterwards whether it helped: this model answers the same goal alone, to compare with
    #[arg(long, value_name = "MODEL", requires = "check_by")]
    check: Option<String>,
    /// The model that compares, blind; best one that is no member
    #[arg(long, value_name = "MODEL", requires = "check")]
    check_by: Option<String>,
}

impl Guard {
    /// Puts it into the settings.
    pub(crate) fn apply(
        &self,
        settings: &mut Settings,
        default: Option<&str>,
        registry: &ProviderRegistry,
    ) -> Result<(), Stop> {
        settings.refuse_below = self.refuse_below.or(settings.refuse_below);
        settings.max_seconds = self.max_seconds.or(settings.max_seconds);
        let pool = |text: &String| registry.pool(text, default).map_err(|e| Stop::usage(e.0));
        if let Some(baseline) = &self.check {
            settings.check =
                Some(Check { baseline: pool(baseline)?, by: self.check_by.as_ref().map(pool).transpose()? });
        }
        Ok(())
    }

    /// Whether any of it was given: a journal that is continued has its own.
    pub(crate) const fn any(&self) -> bool {
        self.refuse_below.is_some() || self.max_seconds.is_some() || self.check.is_some()
    }
}

/// All who are asked: the members, and who is asked beside them.
pub(crate) fn asked(members: &[Participant], settings: &Settings) -> Vec<Participant> {
    members.iter().cloned().chain(settings.outsiders()).collect()
}
