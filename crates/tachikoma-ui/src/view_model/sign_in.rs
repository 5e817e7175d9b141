//! A sign-in as people see it, and whose answer it is that came back.

/// How a sign-in stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody has begun one.
    Idle,
    /// The provider's window is open, as far as the page can tell.
    Open,
    /// The window is closed, or the provider cut it loose from this page: a browser does not say which.
    Gone,
    /// It came back with a code, which is being traded for a key.
    Trading,
    /// The key is here.
    Done,
    /// It came to nothing.
    Failed(Trouble),
}

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The browser opened no window.
    Blocked,
    /// The page may not use the browser's cryptography.
    Insecure,
    /// No address to sign in at: why.
    Address(String),
    /// The person, or the provider, declined: the provider's word for it.
    Declined(String),
    /// Nothing came in time.
    Late,
    /// The code was not traded for a key: why.
    NoKey(String),
}

impl Trouble {
    /// What happened, and what to do.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Blocked => {
                "The browser blocked the window. Allow pop-up windows for this page, then sign in again.".into()
            }
            Self::Insecure => "Signing in needs a page that came over https, or from localhost. Open this page \
                               there, or paste a key."
                .into(),
            Self::Address(why) => ["There is nowhere to sign in. ", why].concat(),
            Self::Declined(word) => ["OpenRouter gave no access (", word, "). Sign in again, or paste a key."].concat(),
            Self::Late => "The sign-in took longer than ten minutes and was given up. Sign in again.".into(),
            Self::NoKey(why) => ["OpenRouter gave no key. ", why, " Sign in again, or paste a key."].concat(),
        }
    }
}

/// What the window that came back tells every page of this origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The word that the page gave it along.
    pub state: String,
    /// What can be traded for a key.
    pub code: String,
    /// The provider's word for a refusal.
    pub error: String,
}

/// The code, or a refusal, when it is the answer to this sign-in. Anything else belongs to another page, or to
/// nobody, and is left alone.
#[must_use]
pub fn answer(state: &str, told: &Told) -> Option<Result<String, Trouble>> {
    if state.is_empty() || told.state != state {
        return None;
    }
    if told.code.is_empty() {
        let words = crate::markdown::clean(&told.error);
        let word: String = words.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(60).collect();
        let word = if word.is_empty() { "without a reason".to_owned() } else { word };
        return Some(Err(Trouble::Declined(word)));
    }
    Some(Ok(told.code.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(state: &str, code: &str, error: &str) -> Told {
        Told { state: state.into(), code: code.into(), error: error.into() }
    }

    #[test]
    fn only_the_answer_to_this_sign_in_is_taken() {
        assert_eq!(answer("mine", &told("mine", "c", "")), Some(Ok("c".into())));
        for other in ["", "theirs", "min", "mine "] {
            assert_eq!(answer("mine", &told(other, "c", "")), None, "{other:?}");
        }
        assert_eq!(answer("", &told("", "c", "")), None, "a sign-in without a state takes nothing");
    }

    #[test]
    fn a_refusal_is_told_in_few_words() {
        let words = |error: &str| match answer("s", &told("s", "", error)) {
            Some(Err(trouble)) => trouble.words(),
            other => panic!("{other:?}"),
        };
        assert!(words("access_denied").contains("(access_denied)"));
        assert!(words("").contains("(without a reason)"));
        assert!(words(&"x".repeat(5_000)).len() < 200);
        assert!(!words("a\u{202e}b").contains('\u{202e}'));
        assert!(words("access\tdenied\n").contains("(access denied)"));
    }

    #[test]
    fn every_trouble_says_what_to_do() {
        for trouble in [
            Trouble::Blocked,
            Trouble::Insecure,
            Trouble::Declined("x".into()),
            Trouble::Late,
            Trouble::NoKey("Why.".into()),
        ] {
            let words = trouble.words();
            let advises = ["ign in again", "paste a key"].iter().any(|advice| words.contains(advice));
            assert!(advises && words.ends_with('.'), "{words}");
        }
    }
}
