//! The prompt files and the code agree: every file is used, and every file that is named exists.

use super::File;

pub(super) fn check(files: &[File]) -> Vec<String> {
    let is_prompt = |file: &&File| {
        file.path.starts_with("prompts/") && file.path.ends_with(".md") && !file.path.ends_with("README.md")
    };
    let prompts: Vec<&File> = files.iter().filter(is_prompt).collect();
    let is_source = |file: &&File| file.path.starts_with("crates/tachikoma-forge/") && file.path.ends_with(".rs");
    let sources: Vec<&File> = files.iter().filter(is_source).collect();
    let mut complaints = Vec::new();
    for prompt in &prompts {
        if !sources.iter().any(|file| file.text.contains(&prompt.path)) {
            complaints.push(format!("{}: no source of the core names this prompt", prompt.path));
        }
        if prompt.text.trim().is_empty() {
            complaints.push(format!("{}: the prompt is empty", prompt.path));
        }
    }
    for file in sources {
        for (number, line) in file.text.lines().enumerate() {
            if let Some(path) = named(line).filter(|path| !prompts.iter().any(|prompt| prompt.path == *path)) {
                complaints.push(format!("{}:{}: there is no prompt {path}", file.path, number + 1));
            }
        }
    }
    complaints
}

/// The prompt file that a line includes.
fn named(line: &str) -> Option<&str> {
    let start = line.find("include_str!").and_then(|at| Some(at + line[at..].find("prompts/")?))?;
    line[start..].split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOURCE: &str = "crates/tachikoma-forge/src/prompt.rs";

    #[test]
    fn files_and_code_that_agree_pass() {
        let source = "const D: &str = include_str!(\"../../../prompts/think-tank/draft.md\");";
        let files = [File::new(SOURCE, source), File::new("prompts/think-tank/draft.md", "Write {goal}.")];
        assert_eq!(check(&files), Vec::<String>::new());
    }

    #[test]
    fn a_forgotten_an_empty_and_a_missing_file_are_caught() {
        let forgotten = [File::new(SOURCE, ""), File::new("prompts/think-tank/vote.md", "Vote.")];
        assert!(check(&forgotten)[0].contains("no source"));
        let source = "include_str!(\"../../../prompts/think-tank/draft.md\")";
        assert!(check(&[File::new(SOURCE, source)])[0].contains("there is no prompt prompts/think-tank/draft.md"));
        let empty = [File::new(SOURCE, source), File::new("prompts/think-tank/draft.md", " \n")];
        assert!(check(&empty)[0].contains("is empty"));
    }
}
