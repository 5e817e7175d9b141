//! The panels that are kept in this browser, by name.

use serde_json::Value;
use tachikoma_forge::panel::{Panel, of_value};
use tachikoma_forge::types::{ModelRefError, Pool};

/// The most that are kept.
pub const MOST: usize = 50;

/// Reads what is kept. What cannot be read is left out: nothing else of it could be shown.
#[must_use]
pub fn read(text: &str, pool: impl Fn(&str) -> Result<Pool, ModelRefError>) -> Vec<Panel> {
    let kept: Vec<Value> = serde_json::from_str(text).unwrap_or_default();
    kept.into_iter().filter_map(|value| of_value(value, &pool).ok()).take(MOST).collect()
}

/// What is kept, as one text; empty for nothing.
#[must_use]
pub fn write(panels: &[Panel]) -> String {
    if panels.is_empty() {
        return String::new();
    }
    let all: Vec<String> = panels.iter().map(Panel::json).collect();
    ["[", &all.join(","), "]"].concat()
}

/// Keeps a panel: in the place of the one of that name, else behind the others.
///
/// # Errors
/// Says why it is not kept.
pub fn keep(panels: &mut Vec<Panel>, panel: Panel) -> Result<(), String> {
    if panel.name.trim().is_empty() {
        return Err("Write a name for the panel first.".to_owned());
    }
    match panels.iter().position(|kept| kept.name == panel.name) {
        Some(at) => panels[at] = panel,
        None if panels.len() >= MOST => {
            return Err(["There are ", &MOST.to_string(), " saved panels, the most. Delete one first."].concat());
        }
        None => panels.push(panel),
    }
    Ok(())
}

/// A name that no panel has yet: the wished one, else with a number behind it.
#[must_use]
pub fn free_name(panels: &[Panel], wished: &str) -> String {
    let wished = Some(wished.trim()).filter(|name| !name.is_empty()).unwrap_or("Panel");
    let taken = |name: &str| panels.iter().any(|panel| panel.name == name);
    let numbered = (2_u32..).map(|number| [wished, " ", &number.to_string()].concat());
    std::iter::once(wished.to_owned()).chain(numbered).find(|name| !taken(name)).unwrap_or_default()
}

/// The name of a panel's file: letters and digits of its name, with dashes between them.
#[must_use]
pub fn file_name(panel: &Panel) -> String {
    let dashed: String = panel.name.chars().map(|c| if c.is_alphanumeric() { c } else { '-' }).collect();
    let words: Vec<&str> = dashed.split('-').filter(|word| !word.is_empty()).collect();
    ["panel-", &words.join("-"), ".json"].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tachikoma_forge::session::{Participant, Settings};

    fn panel(name: &str) -> Panel {
        let members = vec![Participant::new("openai/x".parse().unwrap()); 2];
        Panel { name: name.into(), members, protocol: "vote".into(), settings: Settings::default() }
    }

    #[test]
    fn panels_are_kept_by_name() {
        let mut all = Vec::new();
        keep(&mut all, panel("A")).unwrap();
        keep(&mut all, panel("B")).unwrap();
        keep(&mut all, Panel { protocol: "debate".into(), ..panel("A") }).unwrap();
        assert_eq!(
            all.iter().map(|p| (p.name.as_str(), p.protocol.as_str())).collect::<Vec<_>>(),
            [("A", "debate"), ("B", "vote")]
        );
        assert!(keep(&mut all, panel(" ")).is_err());
        assert_eq!([free_name(&all, "A"), free_name(&all, "C"), free_name(&all, " ")], ["A 2", "C", "Panel"]);
        for number in all.len()..MOST {
            keep(&mut all, panel(&number.to_string())).unwrap();
        }
        assert!(keep(&mut all, panel("one more")).unwrap_err().contains("50"));
        keep(&mut all, panel("B")).unwrap();
        assert_eq!(read(&write(&all), |text| text.parse()), all);
    }

    #[test]
    fn what_is_broken_does_not_take_the_others_along() {
        let good = panel("A").json();
        for text in ["", "nothing", "{}", "[]", "[1, null, {\"format\": \"tachikoma-panel\"}]"] {
            assert!(read(text, |text| text.parse()).is_empty(), "{text}");
        }
        assert_eq!(read(&["[7,", &good, ",{}]"].concat(), |text| text.parse()), [panel("A")]);
        assert_eq!((write(&[]), file_name(&panel("Ours: A/B "))), (String::new(), "panel-Ours-A-B.json".to_owned()));
    }
}
