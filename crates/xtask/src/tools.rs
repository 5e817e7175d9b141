//! The build tools: the wasm target of the compiler, Trunk, and the command of wasm-bindgen.
//!
//! Looked for in this order, always at the exact version: on `PATH`; in our cache, where an earlier run put
//! it; as a prebuilt binary through `cargo binstall`, where that is installed; else built from source into
//! the cache, with a profile that compiles quickly, since these tools run for seconds. Nothing is installed
//! outside the cache, and nothing is replaced.

use crate::{command, project};
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// Trunk bundles the page. Later versions ask for a newer compiler than `rust-toolchain.toml` pins.
const TRUNK: &str = "0.21.14";

/// A build takes minutes; on one slow and busy core it may take an hour.
const PATIENCE: Duration = Duration::from_secs(2 * 60 * 60);

struct Tool {
    /// The name under which it is kept in the cache.
    name: &'static str,
    package: &'static str,
    version: String,
    /// Every program of the package that we use; all must be there at the same version.
    programs: &'static [&'static str],
    /// Extra arguments and settings for a build from source.
    install: &'static [&'static str],
    opt_level: &'static str,
    /// What a build from source took on two cores, to tell people how long to wait.
    minutes: u32,
}

fn all() -> Result<[Tool; 2], String> {
    // The library is pinned with `=` in the manifest; the command must be exactly the same version.
    let manifest = project::read("Cargo.toml")?;
    let wasm_bindgen = project::quoted_value(&manifest, "wasm-bindgen")
        .ok_or("Cargo.toml pins no `wasm-bindgen = \"=VERSION\"`, so its command cannot be chosen")?;
    Ok([
        Tool {
            name: "wasm-bindgen",
            package: "wasm-bindgen-cli",
            version: wasm_bindgen,
            programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
            install: &[],
            // It rewrites the whole wasm file at every build: worth a little optimisation.
            opt_level: "1",
            minutes: 3,
        },
        Tool {
            name: "trunk",
            package: "trunk",
            version: TRUNK.to_owned(),
            programs: &["trunk"],
            // Without the default features it does not look for updates of itself.
            install: &["--no-default-features", "--features", "rustls"],
            opt_level: "0",
            minutes: 4,
        },
    ])
}

/// Makes sure that everything is there and gives the value of `PATH` under which it is found.
pub(crate) fn ready() -> Result<OsString, String> {
    toolchain()?;
    let mut folders = Vec::new();
    for tool in all()? {
        folders.extend(tool.ready()?);
    }
    let path = env::var_os("PATH").unwrap_or_default();
    folders.extend(env::split_paths(&path));
    env::join_paths(folders).map_err(|error| format!("cannot put the tools on PATH: {error}"))
}

/// `cargo xtask tools`: installs and says where things are, for people who call Trunk themselves.
pub(crate) fn print() -> Result<(), String> {
    toolchain()?;
    for tool in all()? {
        match tool.ready()? {
            Some(folder) => println!("{} {}: {}", tool.name, tool.version, folder.display()),
            None => println!("{} {}: on PATH", tool.name, tool.version),
        }
    }
    Ok(())
}

/// Adds to the toolchain what is missing of the wasm target and the components. Quick when they are there.
///
/// Each by its own command: `rustup toolchain install` adds nothing to a toolchain that is there already.
fn toolchain() -> Result<(), String> {
    const PARTS: [(&str, [&str; 3]); 3] = [
        ("lib/rustlib/wasm32-unknown-unknown/lib", ["target", "add", "wasm32-unknown-unknown"]),
        ("bin/cargo-fmt", ["component", "add", "rustfmt"]),
        ("bin/cargo-clippy", ["component", "add", "clippy"]),
    ];
    let folder = command::capture(command::program("rustc").args(["--print", "sysroot"]))?;
    for (place, [kind, add, name]) in PARTS {
        let place = Path::new(folder.trim()).join(place);
        if place.exists() || place.with_extension(env::consts::EXE_EXTENSION).exists() {
            continue;
        }
        eprintln!("installing the {kind} {name} …");
        command::run(command::program("rustup").args([kind, add, name])).map_err(|error| {
            format!("{error}\n  Without rustup, install the {kind} {name} for your compiler by its own means.")
        })?;
    }
    Ok(())
}

impl Tool {
    /// `None`: it is on `PATH`. `Some(folder)`: it is in this folder.
    fn ready(&self) -> Result<Option<PathBuf>, String> {
        if self.is_in(None) {
            return Ok(None);
        }
        let tools = project::cache()?.join("tools");
        let home = tools.join(format!("{}-{}", self.name, self.version));
        let bin = home.join("bin");
        if self.is_in(Some(&bin)) {
            return Ok(Some(bin));
        }
        let failed = |what: &str, error: std::io::Error| format!("cannot {what} in {}: {error}", tools.display());
        std::fs::create_dir_all(&tools).map_err(|error| failed("create a folder", error))?;
        let lock = std::fs::File::create(tools.join(format!("{}.lock", self.name)))
            .map_err(|error| failed("create a lock", error))?;
        if lock.try_lock().is_err() {
            eprintln!("another run is installing {}; waiting for it …", self.name);
            lock.lock().map_err(|error| failed("wait for the other run", error))?;
        }
        if self.is_in(Some(&bin)) {
            return Ok(Some(bin));
        }
        // Built beside its place and moved there whole: a run that is interrupted leaves no half tool.
        let partial = tools.join(format!("{}-{}.partial", self.name, self.version));
        let _ = std::fs::remove_dir_all(&partial);
        if !self.prebuilt(&partial) {
            self.build_from_source(&partial)?;
        }
        let _ = std::fs::remove_dir_all(partial.join("build"));
        let _ = std::fs::remove_dir_all(&home);
        std::fs::rename(&partial, &home).map_err(|error| failed("move the finished tool", error))?;
        if self.is_in(Some(&bin)) {
            Ok(Some(bin))
        } else {
            Err(format!("{} {} was installed into {} but does not run", self.name, self.version, bin.display()))
        }
    }

    /// Whether every program answers `--version` with exactly the pinned version.
    fn is_in(&self, folder: Option<&Path>) -> bool {
        self.programs.iter().all(|name| {
            let program = folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name));
            let said = command::capture(Command::new(program).arg("--version"));
            said.is_ok_and(|said| said.split_whitespace().nth(1) == Some(self.version.as_str()))
        })
    }

    fn prebuilt(&self, into: &Path) -> bool {
        if command::capture(Command::new("cargo").args(["binstall", "-V"])).is_err() {
            return false;
        }
        eprintln!("looking for a prebuilt {} {} …", self.name, self.version);
        let mut binstall = cargo_alone();
        binstall.args(["binstall", "--no-confirm", "--disable-strategies", "compile", "--root"]).arg(into);
        binstall.arg(format!("{}@{}", self.package, self.version));
        let done = command::run_within(&mut binstall, Duration::from_secs(300));
        done.is_ok() && self.is_in(Some(&into.join("bin")))
    }

    fn build_from_source(&self, into: &Path) -> Result<(), String> {
        let (name, version) = (self.name, &self.version);
        eprintln!("building {name} {version} from source, once (about {} minutes on two cores) …", self.minutes);
        let started = Instant::now();
        let mut install = cargo_alone();
        install.args(["install", "--locked", "--force", "--version", version, "--root"]).arg(into);
        install.args(self.install).arg(self.package);
        install.env("CARGO_TARGET_DIR", into.join("build"));
        install.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", self.opt_level);
        install.env("CARGO_PROFILE_RELEASE_LTO", "off");
        install.env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "64");
        install.env("CARGO_PROFILE_RELEASE_DEBUG", "false");
        command::run_within(&mut install, PATIENCE).map_err(|error| {
            format!("{error}\n  Building {name} needs the network and a C compiler. With {name} {version} on PATH nothing is built.")
        })?;
        eprintln!("built {name} {version} in {} s", started.elapsed().as_secs());
        Ok(())
    }
}

/// A cargo that sees neither this project's configuration nor flags that were meant for this project.
fn cargo_alone() -> Command {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(env::temp_dir());
    for (name, _) in env::vars_os() {
        let Some(text) = name.to_str() else { continue };
        let meant_for_us =
            matches!(text, "RUSTFLAGS" | "CARGO_ENCODED_RUSTFLAGS" | "RUSTDOCFLAGS" | "CARGO_INSTALL_ROOT");
        if meant_for_us
            || ["CARGO_BUILD_", "CARGO_PROFILE_", "CARGO_TARGET_"].iter().any(|start| text.starts_with(start))
        {
            cargo.env_remove(name);
        }
    }
    // Outside the project rustup would choose the default toolchain, which may be older or absent.
    if env::var_os("RUSTUP_TOOLCHAIN").is_none()
        && let Ok(text) = project::read("rust-toolchain.toml")
        && let Some(channel) = project::quoted_value(&text, "channel")
    {
        cargo.env("RUSTUP_TOOLCHAIN", channel);
    }
    cargo
}
