//! Text that people give: as an argument, or on stdin.

use std::io::{IsTerminal, Read};

use crate::exit::Stop;

/// The text, if one was given: the argument, stdin for `-`, or stdin when nothing is named, something is piped in
/// and `piped` allows it. `what` names it for people.
pub(crate) fn text(argument: Option<&str>, piped: bool, what: &str) -> Result<Option<String>, Stop> {
    let from_stdin = match argument {
        Some("-") => true,
        Some(text) => return Ok(Some(text.to_owned()).filter(|t| !t.trim().is_empty())),
        // A terminal would wait for typing that nobody announced.
        None => piped && !std::io::stdin().is_terminal(),
    };
    if !from_stdin {
        return Ok(None);
    }
    let mut text = String::new();
    std::io::stdin()
        .read_to_string(&mut text)
        .map_err(|e| Stop::usage(format!("{what} cannot be read from stdin: {e}")))?;
    Ok(Some(text.trim().to_owned()).filter(|t| !t.is_empty()))
}
