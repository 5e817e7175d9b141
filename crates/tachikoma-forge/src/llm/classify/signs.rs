//! What the rules of the [table](super::table) look for, and how they look.

use super::Said;
use super::table::{OTHERWISE, RULES, Rule};

/// At which statuses a rule counts. In the middle of a stream there is none, unless the error names one.
#[derive(Clone, Copy, Debug)]
pub(super) enum At {
    /// At any, and without one.
    Any,
    /// Only without one.
    Unknown,
    /// At these.
    Of(&'static [u16]),
    /// At these, and without one.
    UnknownOr(&'static [u16]),
    /// From the first to the second.
    Between(u16, u16),
}

/// What a rule looks for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Sign {
    /// Nothing beyond the status.
    Anything,
    /// A code: of all that an error has, the first one that a rule names.
    Code(&'static str),
    /// A code, be it one of several.
    Vague(&'static str),
    /// A phrase.
    Words(&'static str),
    /// A quota that was met, by a part of its name.
    Met(&'static str),
    /// A limit of zero.
    LimitOfZero,
    /// "Limit 6000, Requested 9000": more at once than the limit.
    MoreThanLimit,
    /// A web page.
    Page,
    /// A web page whose title holds this.
    PageTitled(&'static str),
}

/// Whether to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Retry {
    /// As the kind is.
    AsKind,
    /// Yes.
    Yes,
    /// No.
    No,
    /// No, and a delay that the server counts all the same is not meant.
    Never,
    /// If the server says how long to wait.
    IfDelayed,
}

/// The rule that decides on an answer.
pub(super) fn deciding(said: &Said, status: Option<u16>) -> &'static Rule {
    let lower = said.message.to_ascii_lowercase();
    let named = |code: &&String| RULES.iter().any(|r| matches!(r.sign, Sign::Code(name) if is(code, name)));
    let code = said.codes.iter().find(named).map(String::as_str);
    let fits = |sign: Sign| match sign {
        Sign::Anything => true,
        Sign::Code(name) => code.is_some_and(|code| is(code, name)),
        Sign::Vague(name) => said.codes.iter().any(|code| is(code, name)),
        Sign::Words(phrase) => holds(&lower, phrase),
        Sign::Met(part) => said.quotas.iter().any(|name| name.contains(part)),
        Sign::LimitOfZero => numbers(&lower, "limit").any(|limit| limit == 0),
        Sign::MoreThanLimit => {
            let requested = numbers(&lower, "requested").max();
            numbers(&lower, "limit").next().is_some_and(|limit| requested > Some(limit))
        }
        Sign::Page => said.page,
        Sign::PageTitled(title) => said.page && lower.contains(title),
    };
    RULES.iter().find(|rule| rule.at.holds(status) && fits(rule.sign)).unwrap_or(&OTHERWISE)
}

impl At {
    fn holds(self, status: Option<u16>) -> bool {
        match (self, status) {
            (Self::Any, _) | (Self::Unknown | Self::UnknownOr(_), None) => true,
            (Self::Of(all) | Self::UnknownOr(all), Some(status)) => all.contains(&status),
            (Self::Between(first, last), Some(status)) => (first..=last).contains(&status),
            (Self::Unknown, Some(_)) | (Self::Of(_) | Self::Between(..), None) => false,
        }
    }
}

fn is(code: &str, name: &str) -> bool {
    code.eq_ignore_ascii_case(name)
}

/// Whether a text holds a phrase, whose parts may stand apart where it has a `…`.
fn holds(text: &str, phrase: &str) -> bool {
    let mut rest = text;
    phrase.split('…').all(|part| {
        let found = rest.split_once(part);
        rest = found.map_or("", |(_, after)| after);
        found.is_some()
    })
}

/// The whole numbers that follow a word, as in `limit: 10` and `Requested 9,500`.
fn numbers<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = u64> + 't {
    text.match_indices(word).filter_map(|(at, _)| {
        let after = text[at + word.len()..].trim_start_matches([':', ' ']);
        let end = after.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(after.len());
        after[..end].replace(',', "").parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_may_have_gaps() {
        for (text, phrase, wanted) in [
            ("the model `x` does not exist", "model…does not exist", true),
            ("does not exist: the model", "model…does not exist", false),
            ("model 'a' was not found", "model '…' not found", false),
            ("model 'a' not found", "model '…' not found", true),
        ] {
            assert_eq!(holds(text, phrase), wanted, "{text}");
        }
    }

    #[test]
    fn numbers_follow_their_word() {
        let found = |text| numbers(text, "limit").collect::<Vec<_>>();
        assert_eq!(found("limit: 0, limit 6,000, limits, limit: none"), [0, 6000]);
        assert_eq!(found("limit: 10."), [10]);
        assert_eq!(found("limit"), Vec::<u64>::new());
    }

    #[test]
    fn no_rule_stands_in_the_shadow_of_one_above() {
        for (at, rule) in RULES.iter().enumerate() {
            for above in &RULES[..at] {
                let same = match (above.sign, rule.sign) {
                    (Sign::Code(a), Sign::Code(b)) | (Sign::Vague(a), Sign::Vague(b)) => a == b,
                    (Sign::Words(a), Sign::Words(b)) => b.contains(a) && !a.contains('…'),
                    _ => false,
                };
                let covered = match (above.at, rule.at) {
                    (At::Any, _) => true,
                    (At::UnknownOr(a), At::UnknownOr(b) | At::Of(b)) => b.iter().all(|s| a.contains(s)),
                    (At::UnknownOr(_) | At::Unknown, At::Unknown) => true,
                    _ => false,
                };
                assert!(!(same && covered), "{rule:?} never counts, for {above:?} goes first");
            }
        }
    }

    #[test]
    fn phrases_are_in_lower_case() {
        for rule in RULES {
            if let Sign::Words(text) | Sign::Code(text) | Sign::Vague(text) | Sign::PageTitled(text) = rule.sign {
                assert_eq!(text, text.to_lowercase());
            }
        }
    }
}
