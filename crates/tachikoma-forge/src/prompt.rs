//! Prompt templates: Markdown with strict `{name}` placeholders.
//!
//! Every placeholder must be filled and every value must be used, so that a prompt that somebody edited
//! fails where it is wrong and not in what a model makes of it. `{{` and `}}` stand for single braces.
//! Values are put in as they are: a brace in a draft is no placeholder.

use std::fmt;

/// Why a template cannot be filled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PromptError {
    /// The template asks for something that nobody supplies.
    UnknownPlaceholder(String),
    /// Something was supplied that the template does not use.
    UnusedValue(String),
    /// A `{` without its `}`, or the other way round.
    UnbalancedBrace {
        /// The line, from 1.
        line: usize,
    },
}

impl fmt::Display for PromptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownPlaceholder(name) => {
                write!(f, "the prompt asks for {{{name}}}, which does not exist; write {{{{ for a brace")
            }
            Self::UnusedValue(name) => write!(f, "the prompt lacks {{{name}}}: members would not be told"),
            Self::UnbalancedBrace { line } => {
                write!(f, "a brace on line {line} has no partner; write {{{{ for a brace")
            }
        }
    }
}

impl std::error::Error for PromptError {}

/// Fills a template.
///
/// # Errors
/// An unknown placeholder, an unused value, or a brace without its partner.
pub fn render(template: &str, values: &[(&str, &str)]) -> Result<String, PromptError> {
    let mut out = String::with_capacity(template.len() + values.iter().map(|(_, v)| v.len()).sum::<usize>());
    let mut used = vec![false; values.len()];
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        let line = template[..template.len() - rest.len() + at].matches('\n').count() + 1;
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some(after) = rest.strip_prefix("{{") {
            out.push('{');
            rest = after;
        } else if let Some(after) = rest.strip_prefix("}}") {
            out.push('}');
            rest = after;
        } else if let Some(after) = rest.strip_prefix('{') {
            let end = after.find(['{', '}', '\n']).filter(|end| after[*end..].starts_with('}'));
            let name = &after[..end.ok_or(PromptError::UnbalancedBrace { line })?];
            let found = values.iter().position(|(known, _)| *known == name);
            let index = found.ok_or_else(|| PromptError::UnknownPlaceholder(name.to_owned()))?;
            out.push_str(values[index].1);
            used[index] = true;
            rest = &after[name.len() + 1..];
        } else {
            return Err(PromptError::UnbalancedBrace { line });
        }
    }
    out.push_str(rest);
    match used.iter().position(|used| !used) {
        Some(index) => Err(PromptError::UnusedValue(values[index].0.to_owned())),
        None => Ok(out),
    }
}

/// The placeholders of a template, in order, each once.
///
/// # Errors
/// A brace without its partner.
pub fn placeholders(template: &str) -> Result<Vec<String>, PromptError> {
    let mut names: Vec<String> = Vec::new();
    loop {
        let values: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "")).collect();
        match render(template, &values) {
            Err(PromptError::UnknownPlaceholder(name)) => names.push(name),
            Err(error) => return Err(error),
            Ok(_) => return Ok(names),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_placeholder_is_filled_and_every_value_used() {
        assert_eq!(render("a {x} {{y}} {x}", &[("x", "{z}")]), Ok("a {z} {y} {z}".to_owned()));
        assert_eq!(render("{y}", &[("x", "")]), Err(PromptError::UnknownPlaceholder("y".to_owned())));
        assert_eq!(render("no", &[("x", "")]), Err(PromptError::UnusedValue("x".to_owned())));
        assert_eq!(render("a\n{x", &[("x", "")]), Err(PromptError::UnbalancedBrace { line: 2 }));
        assert_eq!(render("a } b", &[]), Err(PromptError::UnbalancedBrace { line: 1 }));
        assert_eq!(placeholders("{b} {a} {b}"), Ok(vec!["b".to_owned(), "a".to_owned()]));
    }
}
