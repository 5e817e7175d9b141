//! The sessions kept in this browser, as rows of a list.

use tachikoma_forge::session::EndReason;
use tachikoma_forge::types::{Seat, SessionId};

use super::format::share;

/// A session as a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name.
    pub id: SessionId,
    /// What it is about.
    pub title: String,
    /// What else there is to say.
    pub note: String,
    /// When it was created, in milliseconds since 1970.
    pub created_ms: u64,
    /// Who takes part.
    pub seats: Vec<Seat>,
    /// Their names, for a screen reader.
    pub names: Vec<String>,
    /// How it stands.
    pub standing: Standing,
    /// Milliseconds within rounds.
    pub time_ms: u64,
}

/// How a session stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The members agreed; the share in thousandths, once the votes were read.
    Agreed(Option<u32>),
    /// They did not; the share, if it could be counted.
    NotAgreed(Option<u32>),
    /// Its protocol came to its end, without a vote.
    Concluded,
    /// It can go on.
    Unfinished,
    /// It ended with what there was.
    Partial,
    /// There is a result, and it is less than it was meant to be.
    Degraded,
    /// There is nothing to show.
    Failed,
}

impl Standing {
    /// The words of the column.
    #[must_use]
    pub fn words(&self) -> (String, &'static str) {
        match self {
            Self::Agreed(Some(value)) => (share(*value), ""),
            Self::Agreed(None) => ("agreed".into(), ""),
            Self::NotAgreed(Some(value)) => (["no agreement, ", &share(*value)].concat(), "second"),
            Self::NotAgreed(None) => ("no agreement".into(), "second"),
            Self::Concluded => ("concluded".into(), ""),
            Self::Unfinished => ("unfinished".into(), "warn strong"),
            Self::Partial => ("ended early".into(), "warn"),
            Self::Degraded => ("degraded".into(), "warn"),
            Self::Failed => ("failed, no answer".into(), "danger"),
        }
    }
}

/// What a summary tells of a session.
#[derive(Clone, Debug)]
pub struct Kept {
    /// Its name.
    pub id: SessionId,
    /// What it is about.
    pub title: String,
    /// When it was created, in milliseconds since 1970.
    pub created_ms: u64,
    /// How long it ran, in milliseconds.
    pub time_ms: u64,
    /// What people call the members, by seat.
    pub names: Vec<String>,
    /// How it ended; nothing while it runs, and after a reload that cut it off.
    pub ended: Option<EndReason>,
    /// The agreement of the last count, in thousandths.
    pub agreement: Option<u32>,
    /// Whether its result is less than it was meant to be.
    pub degraded: bool,
    /// How many rounds have begun.
    pub rounds: u32,
    /// Whether scripted members answer.
    pub demo: bool,
}

/// A session as a row.
#[must_use]
pub fn row(kept: Kept) -> Row {
    let standing = match kept.ended {
        None | Some(EndReason::Stopped) => Standing::Unfinished,
        Some(EndReason::Converged | EndReason::Concluded | EndReason::NotConverged) if kept.degraded => {
            Standing::Degraded
        }
        Some(EndReason::Converged) => Standing::Agreed(kept.agreement),
        Some(EndReason::Concluded) => Standing::Concluded,
        Some(EndReason::NotConverged) => Standing::NotAgreed(kept.agreement),
        Some(EndReason::Partial | EndReason::Budget) => Standing::Partial,
        Some(EndReason::Failed) => Standing::Failed,
    };
    let mut notes = Vec::new();
    if kept.demo {
        notes.push("Demo, scripted members".to_owned());
    }
    if standing == Standing::Unfinished {
        notes.push(["Stopped in round ", &kept.rounds.max(1).to_string(), ". Nothing is lost."].concat());
    }
    Row {
        id: kept.id,
        title: if kept.title.trim().is_empty() { "Untitled".into() } else { shown(&kept.title) },
        note: notes.join(" · "),
        created_ms: kept.created_ms,
        seats: (0..).take(kept.names.len()).collect(),
        names: kept.names.iter().map(|name| shown(name)).collect(),
        standing,
        time_ms: kept.time_ms,
    }
}

/// A name that others wrote, without what would change how the words beside it are read.
fn shown(name: &str) -> String {
    let unfit = |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    name.chars().map(|c| if unfit(c) { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_how_a_session_stands() {
        let kept = |ended, agreement| Kept {
            id: SessionId("s".into()),
            title: " ".into(),
            created_ms: 1,
            time_ms: 2,
            names: vec!["A".into(), "B".into()],
            ended,
            agreement,
            degraded: false,
            rounds: 3,
            demo: true,
        };
        let words = |ended, agreement| row(kept(ended, agreement)).standing.words().0;
        assert_eq!(words(Some(EndReason::Converged), Some(1000)), share(1000));
        assert_eq!(words(Some(EndReason::NotConverged), Some(666)), ["no agreement, ", &share(666)].concat());
        assert_eq!(words(Some(EndReason::NotConverged), None), "no agreement");
        assert_eq!(words(None, Some(500)), "unfinished");
        let hostile = row(Kept { title: "a\u{202e}b\0".into(), ..kept(None, None) });
        assert_eq!(hostile.title, "a\u{fffd}b\u{fffd}");
        let degraded = Kept { degraded: true, ..kept(Some(EndReason::Converged), Some(1000)) };
        assert_eq!(row(degraded).standing.words().0, "degraded");
        let cut = row(kept(Some(EndReason::Stopped), None));
        assert_eq!((cut.title.as_str(), cut.seats.len()), ("Untitled", 2));
        assert_eq!(cut.note, "Demo, scripted members · Stopped in round 3. Nothing is lost.");
    }
}
