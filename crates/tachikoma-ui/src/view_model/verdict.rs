//! What a provider's test found, in words that say what to do.

use tachikoma_forge::types::{ErrorKind, LlmError};

/// What a test found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The class: `good`, `bad` or `care`.
    pub tone: &'static str,
    /// What it is, in a word or two.
    pub head: &'static str,
    /// The figure or the cause beside it.
    pub detail: String,
    /// What to do.
    pub advice: String,
    /// A line to copy, if a command helps.
    pub command: Option<String>,
}

/// Whether a provider is Ollama, another local server, or a vendor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Ollama.
    Ollama,
    /// Another server at an address of the user's.
    Local,
    /// A vendor.
    Cloud,
}

/// It answered, with this many models after so many milliseconds.
#[must_use]
pub fn connected(models: usize, took_ms: u64) -> Verdict {
    let found = super::format::many(models as u64, "model", "models");
    let advice = match models {
        0 => "It answers, but offers no model yet. Load or pull one, then test again.",
        _ => "",
    };
    Verdict {
        tone: "good",
        head: "Connected",
        detail: [&found, " · ", &took_ms.to_string(), " ms"].concat(),
        advice: advice.to_owned(),
        command: None,
    }
}

/// It failed. `origin` is this page's own, which Ollama has to be told.
#[must_use]
pub fn failed(place: Place, error: &LlmError, origin: &str, hint: &str) -> Verdict {
    let message = crate::markdown::clean(&error.message);
    let detail = error.status.map_or_else(String::new, |s| ["status ", &s.to_string()].concat());
    // A transport whose answer the browser hid: something is there, and trying again changes nothing.
    let hidden = error.kind == ErrorKind::Network && !error.retryable;
    let make = |tone, head, detail: String, advice: String| Verdict { tone, head, detail, advice, command: None };
    let and = |a: &str, b: &str| [a, if a.is_empty() || b.is_empty() { "" } else { " " }, b].concat();
    let refused_here = hidden || error.status == Some(403);
    match (place, error.kind) {
        (Place::Ollama, _) if refused_here => Verdict {
            tone: "care",
            head: "Blocked by the browser",
            detail: "CORS".into(),
            advice: "Ollama is running, but does not yet allow this page. Quit it, then start it like this:".into(),
            command: Some(["OLLAMA_ORIGINS=", origin, " ollama serve"].concat()),
        },
        (Place::Local, _) if hidden => make(
            "care",
            "Wrong key or CORS",
            "the browser hides which".into(),
            and(&["The server is there, but this page, ", origin, ", may not read its answer."].concat(), hint),
        ),
        (Place::Cloud, _) if hidden => make(
            "care",
            "Wrong key or CORS",
            "the browser hides which".into(),
            and("Copy the key again, without blanks.", hint),
        ),
        (_, ErrorKind::MissingApiKey) => {
            make("care", "No key yet", String::new(), "Paste a key, then test again.".into())
        }
        (_, ErrorKind::Auth) => {
            make("bad", "Wrong key", detail, and("Copy the key again, whole and without blanks.", &message))
        }
        (_, ErrorKind::Permission) => make("bad", "Not allowed", detail, message),
        (_, ErrorKind::Network | ErrorKind::Timeout) => Verdict {
            tone: "bad",
            head: "Unreachable",
            detail: "nothing answered".into(),
            advice: match place {
                Place::Ollama => "Start Ollama, then test again. To let this page in, start it like this:".to_owned(),
                Place::Local => "Start the server and check the address, then test again.".to_owned(),
                Place::Cloud => "Check the network and the address, then test again.".to_owned(),
            },
            command: (place == Place::Ollama).then(|| ["OLLAMA_ORIGINS=", origin, " ollama serve"].concat()),
        },
        (_, ErrorKind::NotFound) => make(
            "bad",
            "Not found",
            detail,
            and("Something answers, but not the list of models. Check the base URL.", &message),
        ),
        (_, ErrorKind::InvalidRequest) => make("bad", "Not usable", detail, message),
        (_, ErrorKind::RateLimited | ErrorKind::Overloaded) => {
            make("care", "Busy", detail, and(&message, "Test again later."))
        }
        (_, ErrorKind::Quota) => make("bad", "No credit left", detail, message),
        _ => make("bad", "Failed", detail, message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_cause_has_its_fix() {
        let say = |place, error: LlmError| failed(place, &error, "https://forge.example", "Ask the admin.");
        let hidden = || LlmError { retryable: false, ..LlmError::new(ErrorKind::Network, "hidden") };
        let ollama = say(Place::Ollama, hidden());
        assert_eq!(ollama.command.as_deref(), Some("OLLAMA_ORIGINS=https://forge.example ollama serve"));
        assert_eq!(say(Place::Cloud, hidden()).head, "Wrong key or CORS");
        assert_eq!(say(Place::Local, hidden()).head, "Wrong key or CORS");
        assert_eq!(say(Place::Cloud, LlmError::new(ErrorKind::Auth, "no")).head, "Wrong key");
        assert_eq!(say(Place::Local, LlmError::new(ErrorKind::Network, "no")).head, "Unreachable");
        assert_eq!(
            say(Place::Ollama, LlmError::new(ErrorKind::Server, "no").with_status(403)).head,
            "Blocked by the browser"
        );
        for kind in ErrorKind::ALL {
            for place in [Place::Ollama, Place::Local, Place::Cloud] {
                let verdict = say(place, LlmError::new(kind, "What the server said."));
                assert!(!verdict.advice.is_empty(), "{kind} at {place:?} says what to do");
                assert_ne!(verdict.tone, "good");
            }
        }
    }
}
