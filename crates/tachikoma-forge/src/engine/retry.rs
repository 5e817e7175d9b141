//! What follows a failure: the one place that decides about trying again.

use std::time::Duration;

use crate::types::{AskId, Chance, ErrorKind, LlmError, Seed};

/// How often one target is asked before the next in the member's list.
pub const ATTEMPTS_PER_MODEL: u32 = 3;
/// How often one is asked that says "later", when nothing else is left to ask.
pub const ATTEMPTS_WHEN_TOLD: u32 = 10;
/// The first wait is drawn from nothing up to this; each further one from twice as much…
const BASE: Duration = Duration::from_millis(500);
/// …but never more than this.
const CAP: Duration = Duration::from_secs(20);
/// A server may ask for a longer wait; then another model is asked instead, while there is one.
pub const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What follows a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RetryDecision {
    /// The same model again after this long.
    Retry(Duration),
    /// Another model, if the member has one.
    NextModel,
}

/// Decides, given how many tries this target has had (this one included) and which failure of the ask
/// this is, from 0. `alone` says that nothing else is left to ask, and how much time: then a server that says
/// "later" is waited for.
///
/// Waits are full jitter; a server's own delay is a minimum, with some on top, so that clients who were told
/// the same do not return at the same moment: up to a tenth at first, more each time that this did not help.
#[must_use]
pub fn decide(
    error: &LlmError,
    tries: u32,
    failure: u32,
    ask: &AskId,
    seed: Seed,
    alone: Option<Duration>,
) -> RetryDecision {
    let (most, longest) = match (alone, error.kind) {
        (Some(left), ErrorKind::RateLimited | ErrorKind::Overloaded) => (ATTEMPTS_WHEN_TOLD, left),
        _ => (ATTEMPTS_PER_MODEL, LONGEST_WAIT),
    };
    if !error.retryable || tries >= most || error.retry_after.is_some_and(|delay| delay > longest) {
        return RetryDecision::NextModel;
    }
    let mut chance = Chance::new(seed, "retry", &format!("{ask}#{failure}"));
    let exponent = tries.saturating_sub(1);
    RetryDecision::Retry(match error.retry_after {
        Some(delay) => delay + up_to(window(exponent).min(delay).max(delay / 10), &mut chance),
        None => backoff(exponent, &mut chance),
    })
}

/// A wait that nobody stated: full jitter over a window that doubles.
pub(super) fn backoff(exponent: u32, chance: &mut Chance) -> Duration {
    up_to(window(exponent), chance)
}

fn window(exponent: u32) -> Duration {
    CAP.min(BASE * 2_u32.saturating_pow(exponent.min(16)))
}

fn up_to(limit: Duration, chance: &mut Chance) -> Duration {
    Duration::from_millis(chance.below(u64::try_from(limit.as_millis()).unwrap_or(u64::MAX).saturating_add(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(seat: u16) -> AskId {
        AskId { branch: 0, round: 1, step: "draft".into(), seat, revision: 0 }
    }

    #[test]
    fn waits_are_jittered_and_bounded() {
        for seed in 0..2_000 {
            for tries in 1..ATTEMPTS_PER_MODEL {
                let error = LlmError::new(ErrorKind::Overloaded, "x");
                let RetryDecision::Retry(wait) = decide(&error, tries, tries - 1, &ask(0), Seed(seed), None) else {
                    panic!("retryable")
                };
                assert!(wait <= BASE * 2_u32.pow(tries - 1));
            }
        }
        let error = LlmError::new(ErrorKind::Network, "x");
        assert_ne!(decide(&error, 1, 0, &ask(0), Seed(1), None), decide(&error, 1, 0, &ask(1), Seed(1), None));
    }

    #[test]
    fn a_server_delay_is_never_undercut_and_a_long_one_not_waited_for() {
        for seed in 0..2_000 {
            let error = LlmError::new(ErrorKind::RateLimited, "x").with_retry_after(Duration::from_secs(10));
            let RetryDecision::Retry(wait) = decide(&error, 1, 0, &ask(0), Seed(seed), None) else {
                panic!("retryable")
            };
            assert!((Duration::from_secs(10)..=Duration::from_secs(11)).contains(&wait));
        }
        let long = LlmError::new(ErrorKind::RateLimited, "x").with_retry_after(Duration::from_secs(61));
        assert_eq!(decide(&long, 1, 0, &ask(0), Seed(1), None), RetryDecision::NextModel);
    }

    #[test]
    fn what_cannot_pass_is_not_retried() {
        for kind in ErrorKind::ALL {
            let retries =
                matches!(decide(&LlmError::new(kind, "x"), 1, 0, &ask(0), Seed(1), None), RetryDecision::Retry(_));
            assert_eq!(retries, kind.is_retryable(), "{kind}");
        }
        let error = LlmError::new(ErrorKind::Server, "x");
        assert_eq!(decide(&error, ATTEMPTS_PER_MODEL, 2, &ask(0), Seed(1), None), RetryDecision::NextModel);
    }

    #[test]
    fn who_has_nothing_else_to_ask_waits_for_a_server_that_says_later() {
        let left = Some(Duration::from_secs(200));
        let limited =
            |seconds| LlmError::new(ErrorKind::RateLimited, "x").with_retry_after(Duration::from_secs(seconds));
        let retries = |error: &LlmError, tries, alone| {
            matches!(decide(error, tries, 0, &ask(0), Seed(1), alone), RetryDecision::Retry(_))
        };
        assert!(retries(&limited(100), ATTEMPTS_WHEN_TOLD - 1, left));
        assert!(!retries(&limited(100), 1, None), "another model is asked instead");
        assert!(!retries(&limited(201), 1, left), "the round ends before that");
        assert!(!retries(&limited(1), ATTEMPTS_WHEN_TOLD, left));
        assert!(!retries(&LlmError::new(ErrorKind::Network, "x"), ATTEMPTS_PER_MODEL, left), "nothing says later");
    }
}
