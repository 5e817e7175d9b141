//! How long a server asks to wait: headers, fields, words.
//!
//! The core has no clock, so a date counts only beside the answer's own `date` header, which is the
//! better clock anyway. Anything that is no plain span of time is no wish.

use std::time::Duration;

use super::Head;

/// Longer wishes are nonsense: a year, in seconds.
const MOST: f64 = 366.0 * 86_400.0;

fn seconds(value: f64) -> Option<Duration> {
    (value.is_finite() && (0.0..=MOST).contains(&value)).then(|| Duration::from_millis(round(value * 1000.0)))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the range was checked")]
fn round(value: f64) -> u64 {
    value.round() as u64
}

/// `retry-after-ms`, else `retry-after` in seconds or as a date.
pub(super) fn from_headers(head: &Head) -> Option<Duration> {
    let number = |text: &str| text.parse::<f64>().ok();
    if let Some(wait) = head.header("retry-after-ms").and_then(number).and_then(|ms| seconds(ms / 1000.0)) {
        return Some(wait);
    }
    let text = head.header("retry-after")?;
    if let Some(value) = number(text) {
        return seconds(value);
    }
    let until = date(text)?;
    let now = date(head.header("date")?)?;
    // A date lies thousands of years ahead as easily as a number does.
    Some(Duration::from_secs(u64::try_from(until - now).unwrap_or(0))).filter(|wait| wait.as_secs_f64() <= MOST)
}

/// When a limit that was met opens again: OpenAI's `x-ratelimit-reset-tokens: 6m0s` beside
/// `x-ratelimit-remaining-tokens: 0`, and the same for requests. Where none says that nothing remains, one is met
/// all the same, if not which: the shortest wait is tried.
pub(super) fn from_limits(head: &Head) -> Option<Duration> {
    let limits = head.headers.iter().filter_map(|(name, value)| {
        let what = name.strip_prefix("x-ratelimit-reset-")?;
        let remaining = head.header(&format!("x-ratelimit-remaining-{what}")).and_then(|n| n.parse::<f64>().ok());
        Some((remaining.is_some_and(|n| n <= 0.0), duration(value)?))
    });
    let limits: Vec<(bool, Duration)> = limits.collect();
    let met = limits.iter().filter(|(met, _)| *met).map(|(_, wait)| *wait).max();
    met.or_else(|| limits.iter().map(|(_, wait)| *wait).min())
}

/// A span such as `1.5s`, `20ms`, `6m0s`, `1h`; a bare number is seconds.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    if let Ok(value) = text.parse::<f64>() {
        return seconds(value);
    }
    let (total, rest) = span(text)?;
    rest.trim().is_empty().then_some(())?;
    seconds(total)
}

/// A delay in a sentence, which is in lower case.
pub(super) fn from_words(lower: &str) -> Option<Duration> {
    const BEFORE: &[&str] =
        &["try again in ", "retry in ", "retry after ", "try again after ", "wait for ", "please wait "];
    BEFORE.iter().find_map(|before| {
        let after = &lower[lower.find(before)? + before.len()..];
        seconds(span(after)?.0)
    })
}

/// The seconds at the beginning of a text, and what follows them.
fn span(text: &str) -> Option<(f64, &str)> {
    let mut total = 0.0;
    let mut rest = text;
    let mut any = false;
    loop {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        // A dot that ends the sentence is no part of the number.
        let Ok(value) = rest[..digits].trim_end_matches('.').parse::<f64>() else { break };
        let unit = rest[digits..].trim_start();
        let letters = unit.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(unit.len());
        let factor = match &unit[..letters] {
            "ms" | "millisecond" | "milliseconds" => 0.001,
            "s" | "sec" | "secs" | "second" | "seconds" => 1.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60.0,
            "h" | "hour" | "hours" => 3600.0,
            "d" | "day" | "days" => 86_400.0,
            _ => break,
        };
        total += value * factor;
        rest = unit[letters..].trim_start();
        any = true;
    }
    any.then_some((total, rest))
}

/// Seconds since 1970 of an HTTP date: `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110, section 5.6.7).
fn date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let mut parts = text.split_once(',').map_or(text, |(_, rest)| rest).split_ascii_whitespace();
    let day: i64 = parts.next()?.parse().ok().filter(|d| (1..=31).contains(d))?;
    let name = parts.next()?;
    let month = i64::try_from(MONTHS.iter().position(|m| *m == name)?).ok()? + 1;
    let year: i64 = parts.next()?.parse().ok().filter(|y| (1970..=9999).contains(y))?;
    let mut time = parts.next()?.split(':').map(|n| n.parse::<i64>().ok().filter(|n| (0..=60).contains(n)));
    let (hours, minutes, secs) = (time.next()??, time.next()??, time.next()??);
    (parts.next() == Some("GMT")).then_some(())?;
    // Days from the civil calendar, with years that begin in March.
    let shifted = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + of_year - 719_468;
    Some(days * 86_400 + hours * 3600 + minutes * 60 + secs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read() {
        let cases = [
            ("1.5s", Some(1500)),
            ("46s", Some(46_000)),
            ("20ms", Some(20)),
            ("6m0s", Some(360_000)),
            ("1h2m3s", Some(3_723_000)),
            ("7", Some(7000)),
            ("-1", None),
            ("1e300", None),
            ("NaN", None),
            ("soon", None),
            ("3 apples", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(duration(text).map(|d| d.as_millis()), wanted, "{text}");
        }
        let words = [
            ("rate limit reached. please try again in 1.5s. visit us", Some(1500)),
            ("please try again in 6m0s.", Some(360_000)),
            ("retry after 30 seconds", Some(30_000)),
            ("try again in a while", None),
            ("try again later", None),
        ];
        for (text, wanted) in words {
            assert_eq!(from_words(text).map(|d| d.as_millis()), wanted, "{text}");
        }
    }

    #[test]
    fn a_date_counts_from_the_servers_own() {
        assert_eq!(date("Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT"), Some(784_111_777));
        assert_eq!(date("Thu, 29 Feb 2024 23:59:59 GMT"), Some(1_709_251_199));
        let head = |headers: &[(&str, &str)]| Head {
            status: 429,
            headers: headers.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        };
        let later = ("retry-after", "Sat, 21 Nov 2026 08:00:30 GMT");
        assert_eq!(from_headers(&head(&[later])), None);
        let both = head(&[later, ("date", "Sat, 21 Nov 2026 08:00:00 GMT")]);
        assert_eq!(from_headers(&both), Some(Duration::from_secs(30)));
        let past = head(&[later, ("date", "Sat, 21 Nov 2026 09:00:00 GMT")]);
        assert_eq!(from_headers(&past), Some(Duration::ZERO));
        let nonsense = ("retry-after", "Sun, 21 Nov 9999 08:00:00 GMT");
        assert_eq!(from_headers(&head(&[nonsense, ("date", "Sat, 21 Nov 2026 08:00:00 GMT")])), None);
        let all = head(&[("retry-after-ms", "250"), ("retry-after", "9")]);
        assert_eq!(from_headers(&all), Some(Duration::from_millis(250)));
    }
}
