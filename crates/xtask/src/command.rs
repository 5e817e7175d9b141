//! Running another program: its output goes where ours goes, its failure becomes a sentence, and nothing
//! runs for ever.

use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Longer than any stage may honestly take; a hang ends here instead of blocking CI for hours.
pub(crate) const LIMIT: Duration = Duration::from_secs(30 * 60);

/// Starts a description of a program run in the root of the project.
pub(crate) fn program(name: impl AsRef<std::ffi::OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(crate::project::root());
    command
}

/// Runs to the end, showing the output; an error says what was run and how it ended.
pub(crate) fn run(command: &mut Command) -> Result<(), String> {
    run_within(command, LIMIT)
}

/// As [`run`], with a limit of its own. The program is killed when the limit is over.
pub(crate) fn run_within(command: &mut Command, limit: Duration) -> Result<(), String> {
    let shown = show(command);
    let mut child = command.spawn().map_err(|error| format!("cannot start `{shown}`: {error}"))?;
    let started = Instant::now();
    let mut pause = Duration::from_millis(2);
    let status: ExitStatus = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if started.elapsed() > limit => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(format!("`{shown}` was still running after {} s and was ended", limit.as_secs()));
            }
            Ok(None) => std::thread::sleep(pause),
            Err(error) => return Err(format!("cannot wait for `{shown}`: {error}")),
        }
        pause = (pause * 2).min(Duration::from_millis(100));
    };
    match status.success() {
        true => Ok(()),
        false => Err(format!("`{shown}` ended with {status}")),
    }
}

/// Runs to the end and gives the standard output; the error holds what it wrote on standard error.
pub(crate) fn capture(command: &mut Command) -> Result<String, String> {
    let shown = show(command);
    let output = command.stdin(Stdio::null()).output().map_err(|error| format!("cannot start `{shown}`: {error}"))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        let said = String::from_utf8_lossy(&output.stderr);
        Err(format!("`{shown}` ended with {}: {}", output.status, said.trim()))
    }
}

fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_program() {
        let error = run(Command::new("sh").args(["-c", "exit 3"])).unwrap_err();
        assert!(error.contains("sh -c exit 3") && error.contains('3'), "{error}");
    }

    #[test]
    fn a_program_that_hangs_is_ended() {
        let started = Instant::now();
        let error = run_within(Command::new("sleep").arg("30"), Duration::from_millis(50)).unwrap_err();
        assert!(error.contains("still running"), "{error}");
        assert!(started.elapsed() < Duration::from_secs(10));
    }
}
