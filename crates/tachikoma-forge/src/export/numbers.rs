//! Numbers as people read them: durations, dates, counts that may be unknown.

use crate::session::Spending;
use crate::types::Nanos;

/// Milliseconds as seconds, or minutes and seconds.
pub(super) fn duration(ms: u64) -> String {
    match ms / 1000 {
        seconds if seconds < 60 => format!("{seconds}.{} s", ms % 1000 / 100),
        seconds => format!("{} min {:02} s", seconds / 60, seconds % 60),
    }
}

/// What was spent: what is known, and how many calls are not.
pub(super) fn money(spending: &Spending) -> String {
    let calls = if spending.unknown == 1 { "call" } else { "calls" };
    match (spending.cost, spending.unknown) {
        (_, 0) if spending.free => "$0 (nothing is charged)".to_owned(),
        (cost, 0) => cost.to_string(),
        (Nanos::ZERO, _) => "unknown".to_owned(),
        (cost, unknown) => format!("{cost} + {unknown} {calls} of unknown cost"),
    }
}

/// Milliseconds since 1970 as date and time in UTC.
pub(super) fn date(ms: u64) -> String {
    let minutes = ms / 60_000;
    let days = minutes / 1440;
    // Civil date from days: years begin in March, so that the leap day is the last; 719,468 days lie
    // between the first of March of year 0 and 1970. An era is 400 years.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minutes % 1440 / 60, minutes % 60)
}

/// A sum of counts of which some may be unknown. Unknown is not zero.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sum {
    known: u64,
    counted: u32,
    unknown: u32,
}

impl Sum {
    pub(super) fn add(&mut self, count: Option<u64>) {
        match count {
            Some(count) => {
                self.known = self.known.saturating_add(count);
                self.counted += 1;
            }
            None => self.unknown += 1,
        }
    }

    /// The sum, and how much of it is unknown.
    pub(super) fn show(self) -> String {
        match (self.counted, self.unknown) {
            (0, 0) => "0".to_owned(),
            (0, _) => "unknown".to_owned(),
            (_, 0) => self.known.to_string(),
            (_, unknown) => format!("{} + {unknown} unknown", self.known),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!([duration(950), duration(61_000)], ["0.9 s", "1 min 01 s"]);
        let dates = [
            (0, "1970-01-01 00:00 UTC"),
            (951_782_400_000, "2000-02-29 00:00 UTC"),
            (1_709_251_140_000, "2024-02-29 23:59 UTC"),
            (1_795_252_500_000, "2026-11-21 09:15 UTC"),
            (4_107_542_400_000, "2100-03-01 00:00 UTC"),
        ];
        for (ms, text) in dates {
            assert_eq!(date(ms), text);
        }
        let spent = |cost, unknown, free| money(&Spending { cost: Nanos(cost), unknown, free, ..Spending::default() });
        assert_eq!(spent(0, 0, true), "$0 (nothing is charged)");
        assert_eq!([spent(0, 3, false), spent(12_000_000, 0, false)], ["unknown", "$0.012"]);
        assert_eq!(spent(12_000_000, 1, false), "$0.012 + 1 call of unknown cost");
        let mut sum = Sum::default();
        sum.add(None);
        assert_eq!(sum.show(), "unknown");
        sum.add(Some(7));
        assert_eq!(sum.show(), "7 + 1 unknown");
    }
}
