//! Saved panels: who deliberates and by which rules, from a file and into one; and how single members think.

use std::path::{Path, PathBuf};

use tachikoma_forge::llm::ProviderRegistry;
use tachikoma_forge::panel::{self, MAX_BYTES, Panel};
use tachikoma_forge::session::{Participant, Settings};

use crate::exit::Stop;

/// Who deliberates, where that is kept.
#[derive(clap::Args)]
pub(crate) struct Saved {
    /// Take members, protocol, judge and limits from a saved panel; what is given beside it goes before that
    #[arg(long, value_name = "FILE", conflicts_with_all = ["models", "demo"])]
    panel: Option<PathBuf>,
    /// Save members, protocol, judge and limits as a panel, without goal and keys; the page reads the same file
    #[arg(long, value_name = "FILE")]
    save_panel: Option<PathBuf>,
    /// How a member thinks, as N=TEXT for the N-th member; TEXT may be Architect, Sceptic, Pragmatist, Security
    /// reviewer, User's advocate or Economist; may be repeated
    #[arg(long, value_name = "N=TEXT")]
    persona: Vec<String>,
}

impl Saved {
    /// Whether any of it was given: a journal that is continued has its own.
    pub(crate) const fn any(&self) -> bool {
        self.panel.is_some() || self.save_panel.is_some() || !self.persona.is_empty()
    }

    /// The panel that was named.
    pub(crate) fn read(&self, registry: &ProviderRegistry) -> Result<Option<Panel>, Stop> {
        let Some(path) = &self.panel else { return Ok(None) };
        let wrong = |why: &str| Stop::usage(format!("{} cannot be taken as a panel: {why}", path.display()));
        let unreadable = |e: std::io::Error| wrong(&format!("{e}."));
        let length = std::fs::metadata(path).map_err(unreadable)?.len();
        // Nothing larger is read: it would be refused.
        let bytes = if length > MAX_BYTES as u64 {
            vec![b' '; MAX_BYTES + 1]
        } else {
            std::fs::read(path).map_err(unreadable)?
        };
        panel::read(&bytes, |text| registry.pool(text, None)).map(Some).map_err(|why| wrong(&why))
    }

    /// The members, thinking as they are told to.
    pub(crate) fn personas(&self, mut members: Vec<Participant>) -> Result<Vec<Participant>, Stop> {
        let count = members.len();
        for text in &self.persona {
            let named =
                text.split_once('=').and_then(|(number, text)| Some((number.trim().parse::<usize>().ok()?, text)));
            let seated = named.and_then(|(number, text)| Some((members.get_mut(number.checked_sub(1)?)?, text)));
            let Some((member, persona)) = seated else {
                return Err(Stop::usage(format!(
                    "--persona {text:?}: write the number of a member, 1 to {count}, and how it thinks, as in 2=Sceptic."
                )));
            };
            *member = member.clone().with_persona(persona);
        }
        Ok(members)
    }

    /// Saves the panel, where that was asked for.
    pub(crate) fn write(
        &self,
        members: &[Participant],
        protocol: &str,
        settings: &Settings,
    ) -> Result<Option<&Path>, Stop> {
        let Some(path) = &self.save_panel else { return Ok(None) };
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let (members, protocol) = (members.to_vec(), protocol.to_owned());
        let text = Panel { name, members, protocol, settings: settings.clone() }.json();
        let unsaved = |why: String| Stop::usage(format!("the panel cannot be saved to {}: {why}", path.display()));
        // What could not be read again is no panel.
        panel::read(text.as_bytes(), |text| text.parse()).map_err(unsaved)?;
        std::fs::write(path, text).map_err(|e| unsaved(format!("{e}.")))?;
        Ok(Some(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tachikoma_forge::session::PERSONAS;

    #[test]
    fn personas_are_given_by_number() {
        let members = || ["openai/a", "openai/b"].map(|m| Participant::new(m.parse().unwrap())).to_vec();
        let with = |texts: &[&str]| {
            let persona = texts.iter().map(ToString::to_string).collect();
            Saved { panel: None, save_panel: None, persona }.personas(members()).map_err(|_| ())
        };
        let told = with(&["2=sceptic", "1=counts = twice"]).unwrap();
        assert_eq!(told[0].persona.as_deref(), Some("counts = twice"));
        assert_eq!(told[1].persona.as_deref(), Some(PERSONAS[1].text));
        for wrong in ["sceptic", "0=sceptic", "3=sceptic", "x=sceptic", "=sceptic"] {
            assert!(with(&[wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_help_names_every_ready_persona() {
        use clap::Args as _;
        let command = Saved::augment_args(clap::Command::new("x"));
        let help = command.get_arguments().find(|a| a.get_id() == "persona").unwrap().get_help().unwrap().to_string();
        assert!(PERSONAS.iter().all(|persona| help.contains(persona.name)), "{help}");
    }
}
