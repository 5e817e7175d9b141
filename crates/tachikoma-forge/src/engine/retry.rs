//! What follows a failure: the one place that decides about trying again.

use std::time::Duration;

use crate::types::{AskId, Chance, LlmError, Seed};

/// How often one model is asked before the next in the member's list.
pub const ATTEMPTS_PER_MODEL: u32 = 3;
/// The first wait is drawn from nothing up to this; each further one from twice as much…
const BASE: Duration = Duration::from_millis(500);
/// …but never more than this.
const CAP: Duration = Duration::from_secs(20);
/// A server may ask for a longer wait; then the next model is asked instead.
const LONGEST_SERVER_DELAY: Duration = Duration::from_secs(60);

/// What follows a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryDecision {
    /// The same model again after this long.
    Retry(Duration),
    /// The next model, if the member has one.
    NextModel,
}

/// Decides, given how many tries this model has had (this one included) and which failure of the ask
/// this is, from 0. Waits are full jitter; a server's own delay is a minimum, with up to a tenth on top,
/// so that clients who were told the same do not return at the same moment.
#[must_use]
pub fn decide(error: &LlmError, tries: u32, failure: u32, ask: &AskId, seed: Seed) -> RetryDecision {
    let too_long = error.retry_after.is_some_and(|delay| delay > LONGEST_SERVER_DELAY);
    if !error.retryable || tries >= ATTEMPTS_PER_MODEL || too_long {
        return RetryDecision::NextModel;
    }
    let mut chance = Chance::new(seed, "retry", &format!("{ask}#{failure}"));
    let mut up_to = |limit: Duration| {
        Duration::from_millis(chance.below(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).saturating_add(1)))
    };
    RetryDecision::Retry(match error.retry_after {
        Some(delay) => delay + up_to(delay / 10),
        None => up_to(CAP.min(BASE * 2_u32.saturating_pow(tries.saturating_sub(1).min(16)))),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::ErrorKind;

    fn ask(seat: u16) -> AskId {
        AskId { branch: 0, round: 1, step: "draft".into(), seat, revision: 0 }
    }

    #[test]
    fn waits_are_jittered_and_bounded() {
        for seed in 0..2_000 {
            for tries in 1..ATTEMPTS_PER_MODEL {
                let error = LlmError::new(ErrorKind::Overloaded, "x");
                let RetryDecision::Retry(wait) = decide(&error, tries, tries - 1, &ask(0), Seed(seed)) else {
                    panic!("retryable")
                };
                assert!(wait <= BASE * 2_u32.pow(tries - 1));
            }
        }
        let error = LlmError::new(ErrorKind::Network, "x");
        assert_ne!(decide(&error, 1, 0, &ask(0), Seed(1)), decide(&error, 1, 0, &ask(1), Seed(1)));
    }

    #[test]
    fn a_server_delay_is_never_undercut_and_a_long_one_not_waited_for() {
        for seed in 0..2_000 {
            let error = LlmError::new(ErrorKind::RateLimited, "x").with_retry_after(Duration::from_secs(10));
            let RetryDecision::Retry(wait) = decide(&error, 1, 0, &ask(0), Seed(seed)) else { panic!("retryable") };
            assert!((Duration::from_secs(10)..=Duration::from_secs(11)).contains(&wait));
        }
        let long = LlmError::new(ErrorKind::RateLimited, "x").with_retry_after(Duration::from_secs(61));
        assert_eq!(decide(&long, 1, 0, &ask(0), Seed(1)), RetryDecision::NextModel);
    }

    #[test]
    fn what_cannot_pass_is_not_retried() {
        for kind in ErrorKind::ALL {
            let retries = matches!(decide(&LlmError::new(kind, "x"), 1, 0, &ask(0), Seed(1)), RetryDecision::Retry(_));
            assert_eq!(retries, kind.is_retryable(), "{kind}");
        }
        let error = LlmError::new(ErrorKind::Server, "x");
        assert_eq!(decide(&error, ATTEMPTS_PER_MODEL, 2, &ask(0), Seed(1)), RetryDecision::NextModel);
    }
}
