//! Ready personas: ways to think that a member may be given by name.

/// A way to think.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Persona {
    /// What people call it.
    pub name: &'static str,
    /// What the member is told.
    pub text: &'static str,
}

/// All of them, in the order in which to offer them. Whatever else somebody writes is a persona too.
pub const PERSONAS: [Persona; 6] = [
    Persona {
        name: "Architect",
        text: "An architect: looks at structure, at the seams between parts, and at what is hard to change later.",
    },
    Persona {
        name: "Sceptic",
        text: "A sceptic: asks what breaks first, what is assumed without evidence, and what would prove it wrong.",
    },
    Persona {
        name: "Pragmatist",
        text: "A pragmatist: looks for the smallest step that works, and says what can be left out.",
    },
    Persona {
        name: "Security reviewer",
        text: "A security reviewer: asks who could misuse it, what leaks, and what is trusted without a reason.",
    },
    Persona {
        name: "User's advocate",
        text: "A voice of those who will use it: asks what they need, what they notice, and what they get wrong.",
    },
    Persona { name: "Economist", text: "An economist: weighs costs, incentives, and what each choice gives up." },
];

/// What a member is told: the text of a ready one where that is named, else what was written.
#[must_use]
pub fn persona_text(written: &str) -> &str {
    let written = written.trim();
    PERSONAS.iter().find(|persona| persona.name.eq_ignore_ascii_case(written)).map_or(written, |persona| persona.text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Participant;

    #[test]
    fn a_ready_persona_is_taken_by_its_name_and_any_other_as_written() {
        for persona in PERSONAS {
            assert_eq!(persona_text(&persona.name.to_uppercase()), persona.text);
            assert_eq!(persona_text(persona.text), persona.text);
        }
        assert_eq!(persona_text(" a sceptic at sea "), "a sceptic at sea");
        let member = Participant::new("openai/x".parse().unwrap());
        assert_eq!(member.clone().with_persona(" sceptic").persona.as_deref(), Some(PERSONAS[1].text));
        assert_eq!(member.with_persona("  ").persona, None);
    }
}
