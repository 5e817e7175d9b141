//! Reads the paths that a Rust source names out of its text: `a::b`, `a::{b, c::d}`, `a::*`.
//!
//! A reader for this purpose only: it knows comments and braces, no strings and no macros. It may see a path
//! where there is none (inside a string); it misses none that is written out.

/// The code of a file: without comments, and without the test module at its end. Line numbers are kept.
pub(super) fn code(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let is_test = |pair: &[&str]| {
        pair[0].trim() == "#[cfg(test)]"
            && pair[1].trim_start().starts_with("mod ")
            && pair[1].trim_end().ends_with('{')
    };
    let tests = lines.windows(2).position(is_test);
    lines.truncate(tests.unwrap_or(lines.len()));
    let uncommented = lines.into_iter().map(|line| match line.trim_start().starts_with("//") {
        true => "",
        // A `//` without spaces around it is part of an address.
        false => line.split(" // ").next().unwrap_or(line),
    });
    uncommented.collect::<Vec<_>>().join("\n")
}

/// Every path below `root` (for instance `crate` or `std`), with its line, without the root itself.
pub(super) fn below(code: &str, root: &str) -> Vec<(usize, String)> {
    let start = format!("{root}::");
    let mut found = Vec::new();
    for (at, _) in code.match_indices(&start) {
        let before = code[..at].chars().next_back();
        if before.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let line = code[..at].matches('\n').count() + 1;
        let mut paths = Vec::new();
        tree(&code[at + start.len()..], "", &mut paths);
        found.extend(paths.into_iter().map(|path| (line, path)));
    }
    found
}

/// Reads one tree and returns what follows it.
fn tree<'t>(text: &'t str, prefix: &str, found: &mut Vec<String>) -> &'t str {
    let text = text.trim_start();
    if let Some(mut rest) = text.strip_prefix('{') {
        loop {
            rest = rest.trim_start().trim_start_matches(',').trim_start();
            if let Some(after) = rest.strip_prefix('}') {
                return after;
            }
            let after = tree(rest, prefix, found);
            // No progress: not a tree after all.
            if after.len() == rest.len() {
                return rest;
            }
            rest = after;
        }
    }
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '*').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if name.is_empty() {
        return rest;
    }
    let path = if prefix.is_empty() { name.to_owned() } else { format!("{prefix}::{name}") };
    match rest.strip_prefix("::") {
        Some(rest) if rest.starts_with(|c: char| c.is_alphanumeric() || "_{*".contains(c)) => tree(rest, &path, found),
        _ => {
            found.push(path);
            // `name as other`
            match rest.trim_start().strip_prefix("as ") {
                Some(rest) => rest.trim_start().trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'),
                None => rest,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(code: &str, root: &str) -> Vec<String> {
        below(code, root).into_iter().map(|(_, path)| path).collect()
    }

    #[test]
    fn paths_are_read_out_of_trees() {
        let code = "use crate::{a::B, c::{D, e::*}, f as g, h};\nlet x = crate::i::j(crate::k::L::M);";
        assert_eq!(paths(code, "crate"), ["a::B", "c::D", "c::e::*", "f", "h", "i::j", "k::L::M"]);
        assert_eq!(below("\n\nuse std::fs;", "std"), [(3, "fs".to_owned())]);
    }

    #[test]
    fn other_roots_with_a_like_name_are_not_read() {
        assert!(paths("my_std::fs; other::std::fs", "std").is_empty());
        assert_eq!(paths("Vec<std::fs::File>", "std"), ["fs::File"]);
    }

    #[test]
    fn comments_and_the_test_module_are_no_code() {
        let text = "//! std::fs\nfn f() {} // std::env\n#[cfg(test)]\nmod tests {\n use std::net;\n}\n";
        assert!(paths(&code(text), "std").is_empty());
        let kept = "#[cfg(test)]\nmod tests;\nuse std::fs;\n";
        assert_eq!(paths(&code(kept), "std"), ["fs"]);
    }

    #[test]
    fn an_unfinished_tree_ends() {
        assert_eq!(paths("use crate::{a, ;", "crate"), ["a"]);
    }
}
