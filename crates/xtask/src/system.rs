//! What the tests need from the system: Chromium with its driver, Node and npm.
//!
//! Missing ones are installed with Debian's package manager when it is there and we may use it; else the
//! error says exactly what to install. Debian's Node can be older than the packages of the journeys ask for:
//! then npm brings a newer one into our cache, beside the build tools.

use crate::{command, project};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest Node that the packages of the journeys run on.
const NODE_OLDEST: u32 = 20;
/// What npm is asked for when the Node at hand is older.
const NODE_PINNED: &str = "22.23.3";

/// Where the programs were found.
pub(crate) struct System {
    pub(crate) chromium: PathBuf,
    pub(crate) chromedriver: PathBuf,
    pub(crate) node: PathBuf,
    pub(crate) npm: PathBuf,
}

struct Need {
    what: &'static str,
    /// An environment variable that names the program, for systems that keep it elsewhere.
    variable: &'static str,
    names: &'static [&'static str],
    debian: &'static str,
}

const CHROMIUM: Need = Need {
    what: "Chromium",
    variable: "CHROMIUM",
    names: &["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"],
    debian: "chromium",
};
const CHROMEDRIVER: Need = Need {
    what: "Chromium's driver, of the same version as Chromium",
    variable: "CHROMEDRIVER",
    names: &["chromedriver"],
    debian: "chromium-driver",
};
const NODE: Need = Need { what: "Node 20 or later", variable: "NODE", names: &["node", "nodejs"], debian: "nodejs" };
const NPM: Need = Need { what: "npm", variable: "NPM", names: &["npm"], debian: "npm" };

/// Finds or installs everything.
pub(crate) fn ready() -> Result<System, String> {
    let missing: Vec<&Need> =
        [&CHROMIUM, &CHROMEDRIVER, &NODE, &NPM].into_iter().filter(|need| find(need).is_none()).collect();
    if !missing.is_empty() {
        install(&missing)?;
    }
    let found = |need: &Need| find(need).ok_or_else(|| advice(&[need]));
    let npm = found(&NPM)?;
    let node = found(&NODE)?;
    let node = if is_new_enough(&node) { node } else { newer_node(&npm)? };
    Ok(System { chromium: found(&CHROMIUM)?, chromedriver: found(&CHROMEDRIVER)?, node, npm })
}

fn is_new_enough(node: &Path) -> bool {
    let said = command::capture(Command::new(node).arg("--version")).unwrap_or_default();
    major(&said).is_some_and(|major| major >= NODE_OLDEST)
}

/// The first number of `v20.1.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn newer_node(npm: &Path) -> Result<PathBuf, String> {
    let folder = project::cache()?.join("tools").join(format!("node-{NODE_PINNED}"));
    let node = folder.join("node_modules/.bin/node");
    if is_new_enough(&node) {
        return Ok(node);
    }
    eprintln!("Node is older than {NODE_OLDEST}; installing {NODE_PINNED} into {} …", folder.display());
    let made = std::fs::create_dir_all(&folder)
        .and_then(|()| std::fs::write(folder.join("package.json"), "{\"private\":true}"));
    made.map_err(|error| format!("cannot write into {}: {error}", folder.display()))?;
    let mut install = Command::new(npm);
    install.current_dir(&folder).args(["install", "--no-audit", "--no-fund", "--loglevel", "error"]);
    command::run(install.arg(format!("node@{NODE_PINNED}")))?;
    match is_new_enough(&node) {
        true => Ok(node),
        false => Err(format!("{} does not run; {}", node.display(), advice(&[&NODE]))),
    }
}

fn find(need: &Need) -> Option<PathBuf> {
    if let Some(path) = std::env::var_os(need.variable).map(PathBuf::from).filter(|path| path.is_file()) {
        return Some(path);
    }
    need.names.iter().find_map(|name| on_path(name))
}

fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|program| program.is_file())
}

fn install(missing: &[&Need]) -> Result<(), String> {
    let is_root = command::capture(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0");
    let may_sudo = !is_root && command::capture(Command::new("sudo").args(["-n", "true"])).is_ok();
    if on_path("apt-get").is_none() || !(is_root || may_sudo) {
        return Err(advice(missing));
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.debian).collect();
    eprintln!("installing {} with apt-get …", packages.join(", "));
    let apt = |arguments: &[&str]| {
        let mut command = if is_root { Command::new("apt-get") } else { Command::new("sudo") };
        if !is_root {
            command.args(["-n", "apt-get"]);
        }
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        command::run(&mut command)
    };
    // A failed update is not yet a failure: the lists at hand may be good enough.
    let _ = apt(&["update", "-qq"]);
    let mut arguments = vec!["install", "-y", "-qq", "--no-install-recommends"];
    arguments.extend(&packages);
    apt(&arguments).map_err(|error| format!("{error}\n{}", advice(missing)))
}

fn advice(missing: &[&Need]) -> String {
    let mut text = String::from("the tests need programs that are not here:\n");
    for need in missing {
        text += &format!("  {} (on PATH as {}, or named by {})\n", need.what, need.names.join(" or "), need.variable);
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.debian).collect();
    text + &format!("On Debian: apt-get install --no-install-recommends {}", packages.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_names_program_and_package() {
        let text = advice(&[&CHROMEDRIVER, &NPM]);
        for word in ["chromedriver", "chromium-driver npm", "CHROMEDRIVER"] {
            assert!(text.contains(word), "{word} in {text}");
        }
    }

    #[test]
    fn the_version_of_node_is_read() {
        assert_eq!(major("v20.19.5\n"), Some(20));
        assert_eq!(major(""), None);
    }

    #[test]
    fn an_absent_program_is_not_found() {
        assert_eq!(on_path("no-program-has-this-name"), None);
    }
}
