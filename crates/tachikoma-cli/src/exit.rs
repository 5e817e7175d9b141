//! Exit codes, and errors as people see them.

use std::process::ExitCode;

/// Shown under `--help`.
pub(crate) const HELP: &str = "Exit codes: 0 a result (also without agreement), 1 failed, 2 usage, \
3 key or authorisation, 4 stopped by a limit with a partial result, 6 a degraded result (it says in what), 130 interrupted (a journal is kept).";

/// How the command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// A result, also without agreement.
    Result = 0,
    /// It failed.
    Failed = 1,
    /// It was called wrongly.
    Usage = 2,
    /// A key is missing or refused.
    Key = 3,
    /// A limit ended it; there is a partial result.
    Partial = 4,
    /// There is a result, and it is less than it was meant to be.
    Degraded = 6,
    /// Somebody interrupted it.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// Why a command cannot go on: the code, and what happened, why, and what to do.
#[derive(Debug)]
pub(crate) struct Stop(pub(crate) Exit, pub(crate) String);

impl Stop {
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self(Exit::Usage, message.into())
    }

    pub(crate) fn failed(message: impl Into<String>) -> Self {
        Self(Exit::Failed, message.into())
    }

    /// Tells people, and gives the code.
    pub(crate) fn report(&self) -> Exit {
        anstream::eprintln!("error: {}", crate::plain::plain(&self.1));
        self.0
    }
}
