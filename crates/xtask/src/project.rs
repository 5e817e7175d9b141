//! Where things are: the root of the project, the target folder, the cache of tools.
//!
//! Nothing here creates anything; the folders may not exist yet.

use std::path::PathBuf;

/// The root of the workspace, wherever the command was called from.
pub(crate) fn root() -> PathBuf {
    // Compiled in: this crate lives two folders below the root.
    let mut root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    root.pop();
    root.pop();
    root
}

/// The finished static site.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// Where cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// What is kept between runs and between clones: the tools built from source.
pub(crate) fn cache() -> Result<PathBuf, String> {
    let home = || std::env::var_os("HOME").or_else(|| std::env::var_os("USERPROFILE"));
    let base = match std::env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()) {
        Some(folder) => PathBuf::from(folder),
        None => PathBuf::from(home().ok_or("neither XDG_CACHE_HOME nor HOME is set: no place to keep tools")?)
            .join(".cache"),
    };
    Ok(base.join("tachikoma-forge"))
}

/// Reads a file of the project, with its name in the error.
pub(crate) fn read(relative: &str) -> Result<String, String> {
    let path = root().join(relative);
    std::fs::read_to_string(&path).map_err(|error| format!("cannot read {}: {error}", path.display()))
}

/// The value of `key = "…"` on the first line of `text` that has it, without a leading `=` of a version.
pub(crate) fn quoted_value(text: &str, key: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let value = line.trim().strip_prefix(key)?.trim_start().strip_prefix('=')?.trim_start();
        let value = value.strip_prefix('"')?.split('"').next()?;
        Some(value.trim_start_matches('=').to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_pinned_version() {
        let text = "wasm-bindgen-futures = \"=0.4.79\"\nwasm-bindgen = \"=0.2.129\"\n";
        assert_eq!(quoted_value(text, "wasm-bindgen").as_deref(), Some("0.2.129"));
        assert_eq!(quoted_value(text, "trunk"), None);
    }
}
