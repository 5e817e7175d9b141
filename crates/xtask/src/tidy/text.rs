//! How files begin, how long they may be, and what no file may contain.
//!
//! The forbidden words are put together from pieces here, since this file obeys the rule too.

use super::File;

/// A longer file has a seam at which it can be cut.
const LINES: usize = 450;
/// From here on it is worth a look.
const LINES_WARNING: usize = 400;

/// What is wrong with this file.
pub(super) fn check(file: &File) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut complain = |line: usize, what: String| complaints.push(format!("{}:{line}: {what}", file.path));
    let is_rust = file.path.ends_with(".rs");
    if is_rust && !file.text.starts_with("//!") {
        complain(1, "a Rust file begins with `//!`: what it is, what it is not, and why".to_owned());
    }
    let lines = file.text.lines().count();
    if is_rust && lines > LINES {
        complain(lines, format!("{lines} lines; the limit is {LINES}"));
    }
    let (stubs, strangers) = (stubs(), strangers());
    // Locked dependencies name where they come from; nobody writes that by hand.
    let is_lock = file.path.ends_with("Cargo.lock") || file.path.ends_with("package-lock.json");
    for (number, line) in file.text.lines().enumerate() {
        let number = number + 1;
        if is_rust && let Some(word) = stubs.iter().find(|word| line.contains(word.as_str())) {
            complain(number, format!("`{word}` is a stub"));
        }
        if !is_lock && let Some(word) = strangers.iter().find(|word| names(line, word)) {
            complain(number, format!("`{word}` does not belong into the project"));
        }
        if !is_lock && let Some(key) = key_in(line) {
            let shown: String = key.chars().take(8).collect();
            complain(number, format!("`{shown}…` looks like a key"));
        }
    }
    complaints
}

/// Not wrong yet, but on its way.
pub(super) fn warning(file: &File) -> Option<String> {
    let lines = file.text.lines().count();
    let is_long = file.path.ends_with(".rs") && (LINES_WARNING + 1..=LINES).contains(&lines);
    is_long.then(|| format!("{} has {lines} lines; look for a seam before it reaches {LINES}", file.path))
}

fn stubs() -> [String; 4] {
    [["to", "do!("], ["unimple", "mented!("], ["FIX", "ME"], ["XX", "X:"]].map(|pieces| pieces.concat())
}

/// Hosts of package registries and paths of one machine: the project speaks of itself alone.
fn strangers() -> [String; 8] {
    [
        ["crates", ".io/"],
        ["static.", "crates.io"],
        ["registry.", "npmjs.org"],
        ["pypi", ".org"],
        ["deb.", "debian.org"],
        ["/wo", "rk/"],
        ["/ro", "ot/"],
        ["Co-authored", "-by"],
    ]
    .map(|pieces| pieces.concat())
}

/// Whether the line holds the word; a path counts only where a path begins, not inside a longer one.
fn names(line: &str, word: &str) -> bool {
    let inside_a_path = |at: usize| {
        let before = line[..at].chars().next_back();
        word.starts_with('/') && before.is_some_and(|c| c.is_alphanumeric() || "/.-_*{}".contains(c))
    };
    line.match_indices(word).any(|(at, _)| !inside_a_path(at))
}

/// Text that has the shape of a real key: a known beginning and then at least 20 letters and digits, mixed,
/// without a break. Invented keys in tests are shorter, or say in words that they are none.
fn key_in(line: &str) -> Option<&str> {
    let begins = ["sk-", "AIza", "gsk_", "ghp_", "xai-", "AKIA"];
    begins.iter().flat_map(|begin| line.match_indices(begin)).find_map(|(at, begin)| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        let token = line[at..].split(|c| !is_part(c)).next().unwrap_or_default();
        token[begin.len()..].split(['-', '_']).any(looks_random).then_some(token)
    })
}

fn looks_random(run: &str) -> bool {
    run.len() >= 20 && run.contains(|c: char| c.is_ascii_digit()) && run.contains(|c: char| c.is_ascii_alphabetic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn complaints(path: &str, text: &str) -> String {
        check(&File::new(path, text)).join("\n")
    }

    #[test]
    fn a_clean_file_passes() {
        assert_eq!(complaints("crates/a/src/lib.rs", "//! Fine.\nfn f() {}\n"), "");
        let longer = format!("See https://example.org{} and net{}x.\n", strangers()[5], strangers()[6]);
        assert_eq!(complaints("README.md", &longer), "");
    }

    #[test]
    fn a_missing_essay_is_caught() {
        assert!(complaints("crates/a/src/lib.rs", "fn f() {}\n").contains("begins with"));
        assert_eq!(complaints("www/boot.js", "// No essay needed.\n"), "");
    }

    #[test]
    fn length_is_limited_and_announced_before() {
        let file = |lines| File::new("a.rs", &"//! x\n".repeat(lines));
        assert!(check(&file(LINES)).is_empty());
        assert!(check(&file(LINES + 1))[0].contains("451 lines"));
        assert!(warning(&file(LINES_WARNING)).is_none());
        assert!(warning(&file(LINES_WARNING + 1)).is_some());
    }

    #[test]
    fn stubs_are_caught() {
        for stub in stubs() {
            assert!(complaints("a.rs", &format!("//! x\nfn f() {{ {stub} }}\n")).contains("a.rs:2: "), "{stub}");
        }
    }

    #[test]
    fn strangers_are_caught_except_in_lock_files() {
        for word in strangers() {
            assert!(complaints("docs/a.md", &format!("see {word}x\n")).contains("does not belong"), "{word}");
            assert_eq!(complaints("Cargo.lock", &format!("see {word}x\n")), "", "{word}");
        }
    }

    #[test]
    fn keys_are_caught_and_invented_ones_are_not() {
        for begin in ["sk-", "sk-ant-api03-", "AIza", "gsk_"] {
            let key = format!("{begin}{}", "a1B2".repeat(6));
            assert!(complaints("a.md", &format!("key = \"{key}\"\n")).contains("looks like a key"), "{key}");
        }
        for invented in ["sk-test", "sk-canary-do-not-print-me-0001", "sk-ant-invented-for-a-test", "task-1234567890"] {
            assert_eq!(complaints("a.md", &format!("key = \"{invented}\"\n")), "", "{invented}");
        }
    }
}
