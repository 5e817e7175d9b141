//! What people should know of a set-up before they start. Nothing here stops them.

use std::collections::BTreeMap;

use crate::protocol::outline;
use crate::session::{Judge, Participant, Settings};
use crate::types::{ModelRef, Pool, RoundType, lab_of};

/// The warnings for a panel with these settings.
pub(super) fn warnings(members: &[Participant], settings: &Settings, protocol: &str) -> Vec<String> {
    let mut warnings = Vec::new();
    let types = outline(protocol).map_or(&[][..], |outline| outline.round_types);
    if members.len() == 2 {
        warnings.push(
            "Two members can only agree or stand against each other. Three or four, from different labs, say more."
                .to_owned(),
        );
        if types.contains(&RoundType::Attack) {
            warnings.push(
                "One of two members writes the proposal, so that the other attacks and judges it alone: one vote is no quorum, \
                 and it cannot converge."
                    .to_owned(),
            );
        }
    }
    warnings.extend(same_lab(members));
    if types.contains(&RoundType::Synthesis) {
        warnings.extend(of_judge(members, settings, types));
    }
    let check = settings.check.as_ref().and_then(|check| check.by.as_ref());
    if let Some(member) = check.and_then(|by| member_with(members, by)) {
        let name = &member.name;
        warnings.push(format!(
            "The model that checks whether the panel helped is that of {name}, a member: it judges a result that it had a \
             part in. Choose a model that is no member."
        ));
    }
    warnings
}

/// Members whose models come from one lab, in a sentence for each lab.
fn same_lab(members: &[Participant]) -> Vec<String> {
    let mut labs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for member in members.iter().filter(|member| !member.is_person()) {
        if let Some(lab) = lab_of(member.model.first()) {
            labs.entry(lab).or_default().push(&member.name);
        }
    }
    let several = labs.into_iter().filter(|(_, names)| names.len() > 1);
    let sentence = |(lab, names): (&str, Vec<&str>)| {
        format!(
            "{} come from one lab, {lab}: such models tend to make the same mistakes, so their agreement says less.",
            names.join(" and ")
        )
    };
    several.map(sentence).collect()
}

/// What is to be said of who writes the shared answer, in a protocol that has such rounds; nothing where all is well.
#[must_use]
pub fn of_judge(members: &[Participant], settings: &Settings, types: &[RoundType]) -> Option<String> {
    match &settings.judge {
        Judge::Fixed { seat } => match members.iter().find(|member| member.seat == *seat) {
            // The author of a proposal judges nobody.
            Some(_) if types.contains(&RoundType::Attack) => None,
            Some(member) => Some(format!(
                "{} writes the shared answer and has a draft of its own among those that it compares: a member judges \
                 itself. A model that is no member has none.",
                member.name
            )),
            None => {
                Some(format!("Nobody sits at seat {seat}, who is to write the shared answer: the next in line will."))
            }
        },
        Judge::Outside { model } => {
            let member = member_with(members, model)?;
            Some(format!(
                "The outside judge is the model of {}, a member: it judges its own draft too, and models prefer their own \
                 words. Choose a model that is no member.",
                member.name
            ))
        }
        Judge::Highest | Judge::Rotating => None,
    }
}

/// The member that one of these models may speak for.
fn member_with<'a>(members: &'a [Participant], pool: &Pool) -> Option<&'a Participant> {
    let same = |one: &ModelRef, other: &ModelRef| one.bare() == other.bare() && one.base_url == other.base_url;
    members.iter().find(|member| member.targets().any(|own| pool.targets().any(|target| same(own, target))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::OUTLINES;
    use crate::session::Check;

    fn told(members: usize, settings: &Settings, protocol: &str) -> String {
        let models = ["openai/a", "anthropic/b", "ollama/c"];
        let member = |seat: usize| Participant { seat: seat as u16, ..Participant::new(models[seat].parse().unwrap()) };
        let members: Vec<Participant> = (0..members).map(member).collect();
        warnings(&members, settings, protocol).join("\n")
    }

    #[test]
    fn a_member_that_judges_itself_is_told_of_where_a_judge_has_a_part() {
        let with = |judge| Settings { judge, ..Settings::default() };
        let outside = |model: &str| with(Judge::Outside { model: model.parse().unwrap() });
        for outline in OUTLINES {
            let name = outline.name;
            let writes = outline.round_types.contains(&RoundType::Synthesis);
            assert_eq!(told(3, &Settings::default(), name), "", "{name}");
            assert_eq!(told(3, &with(Judge::Rotating), name), "", "{name}");
            assert_eq!(told(3, &outside("mistral/large"), name), "", "{name}");
            let own_draft = writes && name != "red-team";
            assert_eq!(told(3, &with(Judge::Fixed { seat: 1 }), name).contains("judges itself"), own_draft, "{name}");
            assert_eq!(told(3, &with(Judge::Fixed { seat: 9 }), name).contains("Nobody sits"), writes, "{name}");
            // Another key is the same model.
            assert_eq!(told(3, &outside("openai#2/a"), name).contains("its own draft"), writes, "{name}");
            let two = told(2, &Settings::default(), name);
            assert!(two.contains("Two members") && two.contains("no quorum") == (name == "red-team"), "{name}: {two}");
        }
    }

    #[test]
    fn members_of_one_lab_are_a_warning() {
        for (models, said) in [
            (["openai/gpt-4.1", "anthropic/claude-sonnet-4", "ollama/llama3.2"], None),
            (
                ["openai/gpt-4.1", "openrouter/openai/gpt-4o", "ollama/llama3.2"],
                Some("gpt-4.1 and gpt-4o come from one"),
            ),
            (["ollama/own", "vllm/own", "person/Ada"], None),
        ] {
            let warnings = same_lab(&models.map(|model| model.parse().unwrap())).join("\n");
            assert_eq!((said.is_none(), warnings.contains(said.unwrap_or_default())), (warnings.is_empty(), true));
        }
    }

    #[test]
    fn a_check_by_a_member_is_told_of() {
        let check = |by: &str| Settings {
            check: Some(Check { baseline: "openai/a".parse().unwrap(), by: Some(by.parse().unwrap()) }),
            ..Settings::default()
        };
        assert!(told(3, &check("ollama/c"), "vote").contains("that of c, a member"));
        assert_eq!(told(3, &check("ollama/d"), "vote"), "");
    }
}
