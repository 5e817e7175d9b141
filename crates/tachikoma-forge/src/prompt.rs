//! Prompts: Markdown files with strict placeholders, embedded at build time.
//!
//! What several protocols ask in the same words stands in `prompts/shared/`; a file of that name in the folder of a
//! protocol goes before it. A file begins with a note for the people who edit it, which is never sent.
//! What is sent stands in sections, each under a line of its own: `## System` and `## User` for a step,
//! `## Text` for a piece that other prompts quote. `{name}` stands for a value; `{{` and `}}` are braces.
//! Whatever else is wrong is an error that says where: an unknown name, an unclosed brace, a value that
//! no section uses. There are no loops and no conditions: what repeats is put together in code.
//! Values are put in once and never read again, so a brace in somebody's text stays a brace.

use std::collections::BTreeSet;
use std::fmt;

/// A prompt file.
#[derive(Clone, Copy, Debug)]
pub struct PromptFile {
    /// Its path in the project, such as `prompts/think-tank/critique.md`.
    pub path: &'static str,
    /// Its text.
    pub text: &'static str,
    /// The values that the code gives it: exactly its placeholders.
    pub values: &'static [&'static str],
}

macro_rules! files {
    ($($path:literal: $($value:literal)*;)*) => {
        &[$(PromptFile {
            path: $path,
            text: include_str!(concat!("../../../", $path)),
            values: &[$($value),*],
        }),*]
    };
}

/// Every prompt file.
pub const PROMPTS: &[PromptFile] = files! {
    "prompts/shared/topic.md": "title" "goal" "constraints" "attachments";
    "prompts/shared/attachments.md": "files" "mark";
    "prompts/shared/picture.md": "name";
    "prompts/shared/picture-unseen.md": "name";
    "prompts/shared/notes.md": "notes";
    "prompts/shared/carried.md": "pieces" "mark";
    "prompts/shared/persona.md": "persona";
    "prompts/shared/repair.md": "request" "previous" "missing" "mark";
    "prompts/shared/baseline.md": "topic" "persona";
    "prompts/shared/comparison.md": "topic" "persona" "labels" "drafts" "mark";
    "prompts/shared/draft.md": "topic" "persona";
    "prompts/shared/convergence.md": "topic" "persona" "labels" "drafts" "version" "claims" "earlier" "mark";
    "prompts/shared/resynthesis.md":
        "topic" "persona" "labels" "drafts" "version" "claims" "vote" "concerns" "mark";
    "prompts/think-tank/critique.md": "topic" "persona" "labels" "drafts" "mark";
    "prompts/think-tank/synthesis.md": "topic" "persona" "labels" "drafts" "critiques" "mark";
    "prompts/vote/ballot.md": "topic" "persona";
    "prompts/council/ranking.md": "topic" "persona" "labels" "drafts" "mark";
    "prompts/council/synthesis.md": "topic" "persona" "labels" "drafts" "rankings" "mark";
    "prompts/debate/rebuttal.md": "topic" "persona" "labels" "own" "drafts" "challenge" "mark";
    "prompts/debate/challenge.md":;
    "prompts/debate/synthesis.md": "topic" "persona" "labels" "drafts" "switches" "mark";
    "prompts/mixture/refinement.md": "topic" "persona" "labels" "drafts" "mark";
    "prompts/mixture/synthesis.md": "topic" "persona" "labels" "drafts" "mark";
    "prompts/red-team/draft.md": "topic" "persona";
    "prompts/red-team/attack.md": "topic" "persona" "proposal" "mark";
    "prompts/red-team/synthesis.md": "topic" "persona" "labels" "drafts" "objections" "mark";
    "prompts/red-team/convergence.md":
        "topic" "persona" "labels" "drafts" "version" "claims" "objections" "earlier" "mark";
};

/// What is wrong with a prompt file, for the person who edited it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PromptError(pub String);

impl fmt::Display for PromptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PromptError {}

/// The file at a path.
///
/// # Errors
/// When there is none.
pub fn file(path: &str) -> Result<&'static PromptFile, PromptError> {
    PROMPTS.iter().find(|file| file.path == path).ok_or_else(|| PromptError(format!("there is no prompt file {path}")))
}

impl PromptFile {
    /// Renders one of its sections: `System`, `User` or `Text`.
    ///
    /// # Errors
    /// When the section is missing, or a placeholder and the values do not fit together.
    pub fn render(&self, section_name: &str, values: &[(&str, &str)]) -> Result<String, PromptError> {
        let here = |e: PromptError| PromptError(format!("{}: {e}", self.path));
        let given: BTreeSet<&str> = values.iter().map(|(name, _)| *name).collect();
        if given != self.values.iter().copied().collect() {
            return Err(here(PromptError(format!("it is given {given:?} and takes {:?}", self.values))));
        }
        render(section(self.text, section_name).map_err(here)?, values).map_err(here)
    }
}

/// The lines below `## <name>`, up to the next such line, without blank lines around.
///
/// # Errors
/// When there is no such section.
pub fn section<'a>(text: &'a str, name: &str) -> Result<&'a str, PromptError> {
    let mut start = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let heading = line.trim_end().strip_prefix("## ");
        if let Some(start) = start
            && heading.is_some_and(|h| SECTIONS.contains(&h))
        {
            return Ok(text[start..at].trim());
        }
        at += line.len();
        if heading == Some(name) {
            start = Some(at);
        }
    }
    start.map(|start| text[start..].trim()).ok_or_else(|| PromptError(format!("the section \"## {name}\" is missing")))
}

/// The names that sections may have.
pub const SECTIONS: [&str; 3] = ["System", "User", "Text"];

/// Puts values in for placeholders.
///
/// # Errors
/// On a name that no value is given for, and on a brace without its partner.
pub fn render(template: &str, values: &[(&str, &str)]) -> Result<String, PromptError> {
    let mut out = String::with_capacity(template.len() + values.iter().map(|(_, v)| v.len()).sum::<usize>());
    pieces(template, |piece| {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Name(name) => match values.iter().find(|(known, _)| *known == name) {
                Some((_, value)) => out.push_str(value),
                None => return Err(PromptError(format!("the placeholder {{{name}}} is unknown"))),
            },
        }
        Ok(())
    })?;
    Ok(out.trim().to_owned())
}

/// The names of the placeholders in a text.
///
/// # Errors
/// On a brace without its partner.
pub fn placeholders(template: &str) -> Result<BTreeSet<String>, PromptError> {
    let mut names = BTreeSet::new();
    pieces(template, |piece| {
        if let Piece::Name(name) = piece {
            names.insert(name.to_owned());
        }
        Ok(())
    })?;
    Ok(names)
}

enum Piece<'a> {
    Text(&'a str),
    Name(&'a str),
}

fn pieces<'a>(
    template: &'a str,
    mut take: impl FnMut(Piece<'a>) -> Result<(), PromptError>,
) -> Result<(), PromptError> {
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let line = || template[..template.len() - rest.len() + at].lines().count().max(1);
        let brace = &rest[at..=at];
        take(Piece::Text(&rest[..at]))?;
        let after = &rest[at + 1..];
        rest = if let Some(after) = after.strip_prefix(brace) {
            take(Piece::Text(brace))?;
            after
        } else if brace == "{"
            && let Some((name, after)) = after.split_once('}')
            && !name.is_empty()
            && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
        {
            take(Piece::Name(name))?;
            after
        } else {
            return Err(PromptError(format!(
                "line {}: a {brace} stands alone; write {brace}{brace} for the character, or {{name}} for a value",
                line()
            )));
        };
    }
    take(Piece::Text(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_strict() {
        let values = [("a", "{b}"), ("b", "x")];
        assert_eq!(render("{a}-{b} {{b}} }}{{", &values).unwrap(), "{b}-x {b} }{");
        for (wrong, says) in [
            ("{c}", "{c}"),
            ("one\ntwo {a", "line 2"),
            ("a}", "line 1"),
            ("{}", "stands alone"),
            ("{A}", "stands alone"),
            ("{a b}", "stands alone"),
            ("{{a}", "stands alone"),
        ] {
            let error = render(wrong, &values).unwrap_err().to_string();
            assert!(error.contains(says), "{wrong:?}: {error}");
        }
    }

    #[test]
    fn sections_end_where_the_next_begins() {
        let text = "# Note\nnot sent\n## System\n\na\n## Inner heading\nb\n\n## User\nc {d}\n";
        assert_eq!(section(text, "System").unwrap(), "a\n## Inner heading\nb");
        assert_eq!(section(text, "User").unwrap(), "c {d}");
        assert!(section(text, "Text").is_err());
    }

    #[test]
    fn every_file_takes_exactly_what_the_code_gives() {
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut found = BTreeSet::new();
        for folder in std::fs::read_dir(root.join("prompts")).unwrap() {
            let folder = folder.unwrap().path();
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                let name = path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/");
                let file = file(&name).unwrap_or_else(|e| panic!("{e}: it is on disk and nobody uses it"));
                assert_eq!(file.text, std::fs::read_to_string(&path).unwrap(), "{name}: built from another text");
                let sections: Vec<&str> = SECTIONS.iter().filter_map(|s| section(file.text, s).ok()).collect();
                assert!(!sections.is_empty() && sections.iter().all(|s| !s.is_empty()), "{name} has no section");
                let names: BTreeSet<String> = sections.iter().flat_map(|s| placeholders(s).unwrap()).collect();
                assert_eq!(names, file.values.iter().map(|v| (*v).to_owned()).collect(), "{name}");
                // The note is not sent, but a name in it must not promise what is not there.
                let values: Vec<(&str, &str)> = file.values.iter().map(|v| (*v, "")).collect();
                assert!(file.render("Nothing", &values).is_err());
                assert!(values.is_empty() || file.render("User", &values[1..]).is_err());
                found.insert(name);
            }
        }
        assert_eq!(found.len(), PROMPTS.len(), "every file of the table is on disk: {found:?}");
    }
}
