//! Figures in words: durations, counts, agreement. Small by hand, since `format!` with precision
//! brings more code into the page than all of this.

/// A count with its thousands apart: `43,180`.
#[must_use]
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A duration as minutes and seconds: `6:48`, from an hour on `1:02:03`.
#[must_use]
pub fn clock(ms: u64) -> String {
    let seconds = ms / 1000;
    let two = |n: u64| [if n < 10 { "0" } else { "" }, &n.to_string()].concat();
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    if h > 0 { [&h.to_string(), ":", &two(m), ":", &two(s)].concat() } else { [&m.to_string(), ":", &two(s)].concat() }
}

/// Thousandths as a share: `0.75`, `1.00`, `0.667`.
#[must_use]
pub fn share(thousandths: u32) -> String {
    let (whole, rest) = (thousandths / 1000, thousandths % 1000);
    let digits = (1000 + rest).to_string();
    let digits = digits[1..].strip_suffix('0').unwrap_or(&digits[1..]).to_owned();
    [&whole.to_string(), ".", &digits].concat()
}

/// A protocol's name as words: "Think tank" for `think-tank`.
#[must_use]
pub fn protocol_name(name: &str) -> String {
    let words = name.replace('-', " ");
    let mut letters = words.chars();
    letters.next().map(|first| std::iter::once(first.to_ascii_uppercase()).chain(letters).collect()).unwrap_or_default()
}

/// A number with its noun: `1 member`, `4 members`.
#[must_use]
pub fn many(number: u64, one: &str, several: &str) -> String {
    [count(number).as_str(), " ", if number == 1 { one } else { several }].concat()
}

/// Names in a row: `A`, `A and B`, `A, B and C`.
#[must_use]
pub fn names(all: &[String]) -> String {
    match all {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => [&first.join(", "), " and ", last].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_people_write_them() {
        assert_eq!(
            [0, 12, 999, 1_000, 43_180, 1_234_567].map(count),
            ["0", "12", "999", "1,000", "43,180", "1,234,567"]
        );
        assert_eq!([0, 900, 31_400, 408_000, 3_723_000].map(clock), ["0:00", "0:00", "0:31", "6:48", "1:02:03"]);
        assert_eq!([0, 333, 500, 667, 750, 1000].map(share), ["0.00", "0.333", "0.50", "0.667", "0.75", "1.00"]);
        assert_eq!(many(1, "member", "members"), "1 member");
        assert_eq!(names(&["A".into(), "B".into(), "C".into()]), "A, B and C");
    }
}
