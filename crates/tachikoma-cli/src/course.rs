//! Which way a deliberation takes: the protocol, who writes the shared answer, and when it is enough.

use tachikoma_forge::llm::ProviderRegistry;
use tachikoma_forge::protocol::{AUTO, OUTLINES};
use tachikoma_forge::session::{Judge, Participant, Preset, Settings};
use tachikoma_forge::types::Seat;

use crate::exit::Stop;

/// The way that a deliberation takes.
#[derive(clap::Args)]
pub(crate) struct Course {
    /// How much is made of it: quick (one vote, shorter answers), balanced (as usual) or thorough (more rounds, nothing
    /// may block); single limits that are given go before it
    #[arg(long, value_name = "NAME")]
    preset: Option<Preset>,
    /// How they deliberate: think-tank, vote, council, debate, mixture or red-team; auto chooses by the goal, and says why
    #[arg(long, value_name = "NAME", value_parser = protocol)]
    protocol: Option<String>,
    /// Who writes the shared answer: highest (whose draft is rated best), rotating, seat:N (the N-th member, from 1), or a
    /// model that is no member
    #[arg(long, value_name = "WHO")]
    judge: Option<String>,
    /// How many rounds of rebuttal a debate has, or layers a mixture; without it 2
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=20))]
    depth: Option<u32>,
    /// The most blocking issues with which it may still converge; without it only the votes decide
    #[arg(long, value_name = "N")]
    max_blocking: Option<u32>,
    /// End after so many further votes in which nothing moves; 0 for never, without it 2
    #[arg(long, value_name = "N")]
    patience: Option<u32>,
}

fn protocol(name: &str) -> Result<String, String> {
    let known = || OUTLINES.iter().map(|outline| outline.name).chain([AUTO]);
    match known().find(|known| *known == name.trim()) {
        Some(name) => Ok(name.to_owned()),
        None => Err(format!("{name:?} is no protocol: write one of {}", known().collect::<Vec<_>>().join(", "))),
    }
}

impl Course {
    /// The settings to begin with: those of a panel where there is one, and the preset.
    pub(crate) fn settings(&self, of_panel: Option<Settings>) -> Settings {
        let mut settings = of_panel.unwrap_or_default();
        if let Some(preset) = self.preset {
            preset.apply(&mut settings);
        }
        settings
    }

    /// Puts what was asked for into the settings.
    pub(crate) fn apply(
        &self,
        settings: &mut Settings,
        members: &[Participant],
        registry: &ProviderRegistry,
    ) -> Result<(), Stop> {
        if let Some(who) = &self.judge {
            settings.judge = judge(who, members.len(), registry)?;
        }
        settings.depth = self.depth.or(settings.depth);
        settings.max_blocking = self.max_blocking.or(settings.max_blocking);
        if let Some(patience) = self.patience {
            settings.patience = Some(patience).filter(|patience| *patience > 0);
        }
        Ok(())
    }

    /// The protocol by its name, or the word for whichever fits: the one that was asked for, else the panel's.
    pub(crate) fn protocol<'a>(&'a self, of_panel: Option<&'a str>) -> &'a str {
        self.protocol.as_deref().or(of_panel).unwrap_or(OUTLINES[0].name)
    }

    /// Whether any of it was given: a journal that is continued has its own.
    pub(crate) const fn any(&self) -> bool {
        self.preset.is_some()
            || self.protocol.is_some()
            || self.judge.is_some()
            || self.depth.is_some()
            || self.max_blocking.is_some()
            || self.patience.is_some()
    }
}

fn judge(who: &str, members: usize, registry: &ProviderRegistry) -> Result<Judge, Stop> {
    match who.trim() {
        "highest" => return Ok(Judge::Highest),
        "rotating" => return Ok(Judge::Rotating),
        _ => {}
    }
    if let Some(number) = who.trim().strip_prefix("seat:") {
        let seat = number.parse::<Seat>().ok().filter(|seat| (1..=members).contains(&usize::from(*seat)));
        let seat =
            seat.ok_or_else(|| Stop::usage(format!("--judge seat:{number}: there are members 1 to {members}.")))?;
        return Ok(Judge::Fixed { seat: seat - 1 });
    }
    let model = registry.pool(who, None).map_err(|e| {
        Stop::usage(format!("--judge takes highest, rotating, seat:N or a model as provider/model: {}", e.0))
    })?;
    Ok(Judge::Outside { model })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judges_are_read_as_people_write_them() {
        let registry = ProviderRegistry::new();
        let read = |who: &str| judge(who, 3, &registry).map_err(|_| ());
        assert_eq!(read("highest"), Ok(Judge::Highest));
        assert_eq!(read(" rotating"), Ok(Judge::Rotating));
        assert_eq!(read("seat:3"), Ok(Judge::Fixed { seat: 2 }));
        assert_eq!(read("openai/gpt-4.1"), Ok(Judge::Outside { model: "openai/gpt-4.1".parse().unwrap() }));
        for wrong in ["seat:0", "seat:4", "seat:x", "nobody"] {
            assert_eq!(read(wrong), Err(()), "{wrong}");
        }
        assert!(OUTLINES.iter().all(|outline| protocol(outline.name).is_ok()));
        assert!(protocol("jury").unwrap_err().contains("think-tank, vote"));
    }
}
