//! What the form shows of the ways to deliberate: drawings, steps, and what each would take.

use tachikoma_forge::protocol::{AUTO, Estimate, Foresight, Outline};
use tachikoma_forge::session::Settings;
use tachikoma_forge::types::{Nanos, RoundType};

use super::format::{many, share};
use super::money;

/// A protocol in one drawing, on a field of 56 by 23.
#[must_use]
pub fn drawing(name: &str) -> &'static str {
    match name {
        AUTO => "M1 11.500h14c8 0 8-8 16-8h8M15 11.500h24M15 11.500c8 0 8 8 16 8h8M44 3.500h9M44 11.500h9M44 19.500h9",
        "vote" => "M1 4h26M1 9h26M1 14h26M1 19h26M33 2v19M38 4h14M38 9h8M38 14h11M38 19h4",
        "council" => {
            "M1 4h12M1 9h12M1 14h12M1 19h12M19 4h16M19 9h11M19 14h7M19 19h3M38 11.500h7m8 0a4 4 0 1 1-8 0 4 4 0 0 1 8 0z"
        }
        "debate" => {
            "M1 7h5c5 0 5 9 10 9s5-9 10-9 5 9 10 9h4M1 16h5c5 0 5-9 10-9s5 9 10 9 5-9 10-9h4m13 4.500a4 4 0 1 1-8 0 4 4 0 0 1 8 0z"
        }
        "mixture" => {
            "M1 4h10M1 9h10M1 14h10M1 19h10M16 3v17M21 4h10M21 9h10M21 14h10M21 19h10M36 3v17M39 11.500h6m8 0a4 4 0 1 1-8 0 4 4 0 0 1 8 0z"
        }
        "red-team" => {
            "M2 3l16 6M2 11.500h15M2 20l16-6M31 11.500a4 4 0 1 1-8 0 4 4 0 0 1 8 0zM34 11.500h10M47 11.500l2.500 2.500 5-5.500"
        }
        _ => {
            "M1 4h11M1 9h11M1 14h11M1 19h11M16 4l11 15M16 19L27 4M16 9h11M16 14h11M31 4c6 0 6 7 14 7.500M31 19c6 0 6-7 14-7.500M31 9l14 2.500M31 14l14-2.500m8 0a4 4 0 1 1-8 0 4 4 0 0 1 8 0z"
        }
    }
}

/// A step of a protocol for people: its name, what happens, and a drawing on a field of 74 by 24.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// What happens.
    pub what: &'static str,
    /// The drawing.
    pub path: &'static str,
}

const COUNTED: &str = "M3 4h40M3 9.300h40M3 14.700h40M3 20h26M52 3.500l2.500 2.500 5-5M52 8.800l2.500 2.500 5-5M52 14.200l2.500 2.500 5-5";
const JOINED: &str =
    "M3 4c20 0 20 8 38 8M3 9.300c18 0 20 2.700 38 2.700M3 14.700c18 0 20-2.700 38-2.700M3 20c20 0 20-8 38-8h20";

/// What the members do in a round of a type, in this protocol.
#[must_use]
pub fn step(outline: &Outline, round_type: RoundType) -> Step {
    let attacked = outline.round_types.contains(&RoundType::Attack);
    let (name, what, path) = match round_type {
        RoundType::Draft if attacked => ("Proposal", "One member writes a proposal.", "M3 12h52"),
        RoundType::Draft => {
            ("Draft", "Everybody answers alone, without seeing the others.", "M3 4h52M3 9.300h44M3 14.700h52M3 20h38")
        }
        RoundType::Critique => (
            "Critique",
            "Everybody scores the drafts of the others, blind and in shuffled order.",
            "M3 4h12l36 16h12M3 9.300h12l36 5.400h12M3 14.700h12L51 9.300h12M3 20h12L51 4h12",
        ),
        RoundType::Ranking => (
            "Ranking",
            "Everybody puts the drafts of the others in an order, blind.",
            "M3 4h58M3 9.300h44M3 14.700h30M3 20h16",
        ),
        RoundType::Rebuttal => (
            "Rebuttal",
            "Everybody keeps or changes its position; a switch quotes what moved it.",
            "M3 7h10c12 0 12 10 24 10s12-10 24-10M3 17h10c12 0 12-10 24-10s12 10 24 10",
        ),
        RoundType::Refinement => (
            "Refinement",
            "Everybody writes anew, from all drafts.",
            "M3 4h20l12 8 12-8h14M3 20h20l12-8 12 8h14M3 12h58",
        ),
        RoundType::Attack => (
            "Attack",
            "Everybody but the author looks for what breaks it.",
            "M3 4l30 6M3 12h30M3 20l30-6M38 12a6 6 0 1 0 12 0 6 6 0 0 0-12 0z",
        ),
        RoundType::Synthesis if attacked => ("Revision", "The author answers every objection.", JOINED),
        RoundType::Synthesis => ("Synthesis", "One member compares the drafts, then writes the shared answer.", JOINED),
        RoundType::Ballot => ("Ballot", "Everybody answers alone, and the answers are counted.", COUNTED),
        // What comes after the end is no step of a protocol.
        RoundType::Convergence | RoundType::Baseline | RoundType::Comparison => {
            ("Vote", "They agree or disagree, with a reason. With too little agreement it goes back one step.", COUNTED)
        }
    };
    Step { name, what, path }
}

/// A step of a deliberation that is about to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its name.
    pub name: &'static str,
    /// Calls of each time.
    pub calls: u64,
    /// How often it comes, when the first vote agrees and when none does.
    pub times: (u64, u64),
}

impl Part {
    /// "3 calls", "3 calls, twice", "1 call each time".
    #[must_use]
    pub fn words(&self) -> String {
        let calls = many(self.calls, "call", "calls");
        match self.times {
            (1, 1) => calls,
            (2, 2) => [&calls, ", twice"].concat(),
            (few, most) if few == most => [&calls, ", ", &most.to_string(), " times"].concat(),
            _ => [&calls, " each time"].concat(),
        }
    }
}

/// The steps that so many members come to by these settings, in their order.
#[must_use]
pub fn parts(outline: &Outline, members: u64, settings: &Settings) -> Vec<Part> {
    let [few, most] = [true, false].map(|agreed| (outline.course)(settings, agreed));
    let part = |round_type: &RoundType| {
        let times = |course: &[RoundType]| course.iter().filter(|one| *one == round_type).count() as u64;
        let calls = (outline.calls)(*round_type, members);
        Part { name: step(outline, *round_type).name, calls, times: (times(&few), times(&most)) }
    };
    outline.round_types.iter().map(part).filter(|part| part.times.1 > 0).collect()
}

/// "13 to 28 calls".
#[must_use]
pub fn calls(f: Foresight) -> String {
    if f.fewest == f.most {
        return many(f.most, "call", "calls");
    }
    [&f.fewest.to_string(), " to ", &many(f.most, "call", "calls")].concat()
}

/// What it would cost, in one word or a range; nothing where that is not known.
#[must_use]
pub fn cost(estimate: &Estimate) -> String {
    match estimate.cost {
        _ if estimate.free => "free".to_owned(),
        (_, Nanos::ZERO) => "cost unknown".to_owned(),
        _ => money::expected(&Estimate { unpriced: 0, ..*estimate })[1].1.clone(),
    }
}

/// The same with calls before it, and tokens where there is room: "10 calls · ≈ 9k to 40k tokens · ≈ $0.02".
#[must_use]
pub fn figures(foresight: Foresight, estimate: Option<&Estimate>, tokens: bool) -> String {
    let mut figures = vec![calls(foresight)];
    if let Some(estimate) = estimate {
        if tokens {
            figures.push([&money::expected(estimate)[0].1, " tokens"].concat());
        }
        figures.push(cost(estimate));
    }
    figures.join(" · ")
}

/// Thousandths as people write them: `0.8`.
#[must_use]
pub fn decimal(thousandths: u32) -> String {
    share(thousandths).trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// An amount to the last digit, as it is written into a field: `0.5`.
#[must_use]
pub fn dollars(amount: Nanos) -> String {
    const DOLLAR: u64 = 1_000_000_000;
    let digits = (DOLLAR + amount.0 % DOLLAR).to_string();
    [&(amount.0 / DOLLAR).to_string(), ".", &digits[1..]]
        .concat()
        .trim_end_matches('0')
        .trim_end_matches('.')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tachikoma_forge::protocol::{OUTLINES, estimate, foresee, outline};
    use tachikoma_forge::session::{Participant, Preset, Topic};

    #[test]
    fn every_protocol_has_a_drawing_of_its_own_and_named_steps() {
        let names = || OUTLINES.iter().map(|outline| outline.name).chain([AUTO]);
        let drawings: std::collections::BTreeSet<&str> = names().map(drawing).collect();
        assert_eq!(drawings.len(), names().count());
        for outline in OUTLINES {
            let steps: Vec<Step> = outline.round_types.iter().map(|one| step(outline, *one)).collect();
            assert!(steps.iter().all(|one| one.what.ends_with('.')), "{}", outline.name);
            for preset in Preset::ALL {
                let mut settings = Settings::default();
                preset.apply(&mut settings);
                let parts = parts(outline, 3, &settings);
                assert!(!parts.is_empty());
                let sum = |most: bool| parts.iter().map(|p| p.calls * if most { p.times.1 } else { p.times.0 }).sum();
                let foresight = foresee(outline, 3, &settings);
                assert_eq!((foresight.fewest, foresight.most), (sum(false), sum(true)), "{} {preset}", outline.name);
            }
        }
    }

    #[test]
    fn steps_say_how_often_they_come() {
        let words = |name: &str, settings: &Settings| -> Vec<(&str, String)> {
            parts(outline(name).unwrap(), 3, settings).iter().map(|part| (part.name, part.words())).collect()
        };
        let usual = Settings::default();
        let pair = |name, words: &str| (name, words.to_owned());
        assert_eq!(words("vote", &usual), [pair("Ballot", "3 calls")]);
        assert_eq!(
            words("debate", &usual),
            [
                pair("Draft", "3 calls"),
                pair("Rebuttal", "3 calls, twice"),
                pair("Synthesis", "1 call each time"),
                pair("Vote", "3 calls each time")
            ]
        );
        assert_eq!(words("red-team", &usual)[..2], [pair("Proposal", "1 call"), pair("Attack", "2 calls")]);
        assert_eq!(words("mixture", &Settings { depth: Some(4), ..usual })[1], pair("Refinement", "3 calls, 3 times"));
    }

    #[test]
    fn presets_take_more_from_quick_to_thorough() {
        let members: Vec<Participant> = ["a/x", "b/x", "c/x"].map(|m| Participant::new(m.parse().unwrap())).into();
        for outline in OUTLINES {
            let takes = Preset::ALL.map(|preset| {
                let mut settings = Settings::default();
                preset.apply(&mut settings);
                let most = estimate(outline, &Topic::new("Why?"), &members, &settings).tokens.1;
                (foresee(outline, 3, &settings).most, most)
            });
            let [quick, balanced, thorough] = takes;
            assert!(quick <= balanced && balanced <= thorough, "{}: {takes:?}", outline.name);
            let differs = !matches!(outline.name, "vote" | "council");
            assert_eq!(quick.0 < thorough.0, differs, "{}: {takes:?}", outline.name);
        }
    }

    #[test]
    fn figures_are_one_quiet_line() {
        let foresight = foresee(OUTLINES[0], 3, &Settings::default());
        let mut estimate = Estimate { tokens: (900, 64_100), ..Estimate::default() };
        let line = |estimate: &Estimate| figures(foresight, Some(estimate), true);
        assert_eq!(figures(foresight, None, true), "10 to 22 calls");
        assert_eq!(line(&estimate), "10 to 22 calls · ≈ 900 to 65k tokens · cost unknown");
        estimate.cost = (Nanos(12_300_000), Nanos(1_191_000_001));
        estimate.unpriced = 1;
        assert_eq!(figures(foresight, Some(&estimate), false), "10 to 22 calls · ≈ $0.02 to $1.20");
        estimate.free = true;
        assert!(line(&estimate).ends_with("tokens · free"));
        assert_eq!([800, 1000, 667, 650].map(decimal), ["0.8", "1", "0.667", "0.65"]);
        for (amount, text) in [(500_000_000, "0.5"), (1, "0.000000001"), (12_000_000_000, "12")] {
            assert_eq!(dollars(Nanos(amount)), text);
            assert_eq!(text.parse(), Ok(Nanos(amount)));
        }
    }
}
