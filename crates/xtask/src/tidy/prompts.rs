//! Every prompt file is used by the core and says something.
//!
//! The other direction, that a prompt which is named exists, is checked by the compiler: prompts are embedded.

use super::File;

pub(super) fn check(files: &[File]) -> Vec<String> {
    let is_prompt = |file: &&File| file.path.starts_with("prompts/") && file.path.ends_with(".md");
    let is_source = |file: &&File| file.path.starts_with("crates/tachikoma-forge/") && file.path.ends_with(".rs");
    let sources: Vec<&File> = files.iter().filter(is_source).collect();
    let mut complaints = Vec::new();
    for prompt in files.iter().filter(is_prompt).filter(|file| !file.path.ends_with("README.md")) {
        if !sources.iter().any(|source| names(&source.text, &prompt.path)) {
            complaints.push(format!("{}: no source of the core names this prompt", prompt.path));
        }
        if prompt.text.trim().is_empty() {
            complaints.push(format!("{}: the prompt is empty", prompt.path));
        }
    }
    complaints
}

/// Whether a source names a prompt: by its whole path, or by its folder and, somewhere, its name in quotes.
fn names(source: &str, prompt: &str) -> bool {
    let (folder, name) = prompt.rsplit_once('/').unwrap_or(("", prompt));
    let stem = name.trim_end_matches(".md");
    source.contains(prompt) || source.contains(&format!("{folder}/\"")) && source.contains(&format!("\"{stem}\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "crates/tachikoma-forge/src/prompt.rs";

    #[test]
    fn prompts_that_are_used_pass() {
        for source in [
            "const D: &str = include_str!(\"../../../prompts/think-tank/draft.md\");",
            "include_str!(concat!(\"../../../prompts/think-tank/\", $name, \".md\")); template!(\"draft\");",
        ] {
            let files = [File::new(SOURCE, source), File::new("prompts/think-tank/draft.md", "Write {goal}.")];
            assert_eq!(check(&files), Vec::<String>::new());
        }
    }

    #[test]
    fn a_forgotten_and_an_empty_file_are_caught() {
        let vote = File::new("prompts/think-tank/vote.md", " \n");
        let source = "include_str!(concat!(\"../../../prompts/think-tank/\", $name, \".md\")); template!(\"draft\");";
        let complaints = check(&[File::new(SOURCE, source), vote]);
        assert!(complaints[0].contains("no source") && complaints[1].contains("is empty"), "{complaints:?}");
    }
}
