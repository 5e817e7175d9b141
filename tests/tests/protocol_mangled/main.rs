//! A thousand mangled answers for each parser of judgements: what is read is what the member meant, or nothing.
//!
//! A member means something: a vote, a score for each draft. It is written as JSON, and then spoilt: in ways whose
//! sense is known (said twice, said in words, quoted, wrapped), or character by character. A judgement stands in the
//! text as one mark until the end, so that no mangling turns one number into another: whatever is read and was not
//! meant was made up by the parser. A parser that comes with a new protocol is one more row of [`PARSERS`].

#![allow(clippy::unwrap_used)] // A test may.

mod parsers;

use std::collections::{BTreeMap, BTreeSet};

use tachikoma_forge::protocol::protocol;
use tachikoma_forge::types::{Chance, Seed, StopReason};

use parsers::{BAITS, Cell, PARSERS, Parser};

/// Draws that follow from a seed.
struct Dice(Chance);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.0.below(n as u64)).unwrap()
    }

    fn one<'t, T: ?Sized>(&mut self, of: &[&'t T]) -> &'t T {
        of[self.below(of.len())]
    }
}

/// The first of the characters that stand for a judgement each.
const MARK: u32 = 0xE000;
/// The first of those that stand for a bait each: a quotation stays one, letter by letter.
const BAIT: u32 = 0xE100;

/// The first of those that stand for a bait each that is quoted with a slip of the pen.
const SLIP: u32 = 0xE200;

/// A bait, quoted.
fn bait(dice: &mut Dice) -> char {
    let first = if dice.below(2) == 0 { BAIT } else { SLIP };
    char::from_u32(first + u32::try_from(dice.below(BAITS.len())).unwrap()).unwrap()
}

/// A bait with one of its letters changed.
fn misquoted(bait: &str, slip: usize) -> String {
    let letters: Vec<usize> = bait.char_indices().filter(|(_, c)| c.is_alphabetic()).map(|(at, _)| at).collect();
    let at = letters[slip % letters.len()];
    let other = if bait[at..].starts_with('x') { "y" } else { "x" };
    format!("{}{other}{}", &bait[..at], &bait[at + 1..])
}

/// An answer, and what may be read of it.
struct Mangled {
    text: String,
    /// What was said of each cell and may be read; whatever else is read is made up.
    said: BTreeMap<String, BTreeSet<String>>,
}

fn mangle(parser: &Parser, cells: &[String], judgements: &[String], dice: &mut Dice) -> Mangled {
    let one = |dice: &mut Dice| judgements[dice.below(judgements.len())].clone();
    let mut said: Vec<Cell> = cells.iter().map(|cell| (cell.clone(), one(dice))).collect();
    for _ in 0..dice.below(3) {
        let cell = cells[dice.below(cells.len())].clone();
        let at = dice.below(said.len() + 1);
        match dice.below(5) {
            // Nothing where something was to be.
            0 => {
                let nothing = dice.one(parser.nothing);
                said.iter_mut().filter(|(other, _)| *other == cell).for_each(|(_, value)| *value = nothing.to_owned());
            }
            // Said again, alike or not.
            1 => said.insert(at, (cell, one(dice))),
            // Said of something that is not to be judged.
            2 => {
                let strange = dice.one(&["Z", "AA", "", "a b", "1", "all", "Ä", "A, B", "votes"]);
                said.insert(at, (strange.to_owned(), one(dice)));
            }
            3 => said.reverse(),
            // Left out.
            _ => said.retain(|(other, _)| *other != cell),
        }
    }
    let marked: Vec<Cell> = said
        .iter()
        .zip(MARK..)
        .map(|((cell, _), mark)| (cell.clone(), char::from_u32(mark).unwrap().to_string()))
        .collect();
    let mut text: Vec<char> = wrapped((parser.write)(&marked), dice).chars().collect();
    let spoilt = dice.below(2) == 0;
    if spoilt {
        spoil(&mut text, dice);
    }
    let slip = dice.below(1_000);
    let quoted = |c: char| {
        let bait = |first| BAITS.get((c as u32).checked_sub(first)? as usize);
        bait(BAIT).map(|bait| (*bait).to_owned()).or_else(|| bait(SLIP).map(|bait| misquoted(bait, slip)))
    };
    let judged = |c: char| said.get((c as u32).checked_sub(MARK)? as usize).map(|(_, value)| value.clone());
    let valued = |c: char| quoted(c).or_else(|| judged(c)).unwrap_or_else(|| c.to_string());
    let text = text.into_iter().map(valued).collect();
    Mangled { text, said: sense(judgements, cells, &said, spoilt) }
}

/// What may be read: of a cell that was judged twice and differently, or in no sensible way, nothing. Where the text was
/// spoilt, one of the two may be all that is left.
fn sense(judgements: &[String], cells: &[String], said: &[Cell], spoilt: bool) -> BTreeMap<String, BTreeSet<String>> {
    let mut sense = BTreeMap::new();
    for cell in cells {
        let values: BTreeSet<String> =
            said.iter().filter(|(other, _)| other == cell).map(|(_, value)| value.clone()).collect();
        if spoilt || values.len() == 1 {
            let sensible = values.into_iter().filter(|value| judgements.contains(value)).collect();
            sense.insert(cell.clone(), sensible);
        }
    }
    sense
}

/// The answer as models deliver it, with what they put around it. The sense stays.
fn wrapped(text: String, dice: &mut Dice) -> String {
    match dice.below(12) {
        0 => format!("```json\n{text}\n```"),
        1 => format!("Here is my judgement.\n\n```json\n{text}\n```\n\nI hope this helps!"),
        2 => format!("Voici mon avis :\n\n{text}\n\nJ'espère que cela aide."),
        3 => format!("以下が私の評価です。\n{text}\n以上です。"),
        4 => format!("{{\"response\": {text}}}"),
        5 => format!("\u{feff}{}", text.replace(", ", " ,\n\t")),
        6 => text.replace('"', "'"),
        7 => text.replace("}", ",}"),
        8 => format!("One of the drafts wants me to say\n```json\n{}\n```\nI will not. Mine:\n\n{text}", bait(dice)),
        9 => format!("{text}\n\nI did not say what a draft told me to:\n{}\n", bait(dice)),
        10 => format!("{text}\n{text}"),
        _ => text,
    }
}

/// What happens to a text on its way, character by character.
fn spoil(text: &mut Vec<char>, dice: &mut Dice) {
    const PUT: [char; 14] = ['"', '{', '}', ',', '\\', '\n', ':', '[', ']', '\'', '\u{0}', '“', '/', ' '];
    for _ in 0..=dice.below(4) {
        if text.is_empty() {
            return;
        }
        let at = dice.below(text.len());
        let end = (at + dice.below(40)).min(text.len());
        match dice.below(7) {
            0 => text.truncate(at.max(1)),
            1 => drop(text.remove(at)),
            2 => text.insert(at, PUT[dice.below(PUT.len())]),
            3 => text[at] = PUT[dice.below(PUT.len())],
            4 => {
                let bait = format!("\nA draft says:\n{}\n", bait(dice));
                text.splice(at..at, bait.chars());
            }
            5 => {
                let piece: Vec<char> = text[at..end].to_vec();
                text.splice(at..at, piece);
            }
            _ => text[at..end].reverse(),
        }
    }
}

#[test]
fn a_thousand_mangled_answers_never_say_what_was_not_said() {
    for parser in PARSERS {
        let protocol = protocol(parser.protocol).unwrap();
        let (panel, ask) = (parser.asked)();
        let (cells, judgements) = ((parser.cells)(&panel, &ask), (parser.judgements)(&panel, &ask));
        let (mut right, mut nothing, mut texts) = (0, 0, BTreeSet::new());
        for seed in 0..1_000 {
            let mut dice = Dice(Chance::new(Seed(seed), "mangle", parser.name));
            let Mangled { text, said } = mangle(parser, &cells, &judgements, &mut dice);
            let read = match protocol.read(&panel.session, &ask, &text, StopReason::End) {
                Ok((answer, _)) => (parser.read)(&answer),
                Err(why) => {
                    assert!(!why.trim().is_empty(), "{}: what is missing is not said: {text}", parser.name);
                    Vec::new()
                }
            };
            for (cell, value) in &read {
                let right = said.get(cell).is_some_and(|said| said.contains(value));
                assert!(right, "{} {seed}: {cell} is read as {value}, of {said:?}\n{text}", parser.name);
            }
            let distinct: BTreeSet<&String> = read.iter().map(|(cell, _)| cell).collect();
            assert_eq!(distinct.len(), read.len(), "{} {seed}: judged twice: {text}", parser.name);
            if read.is_empty() {
                nothing += 1
            } else {
                right += 1
            }
            texts.insert(text);
        }
        let Parser { name, .. } = parser;
        assert!(right > 200 && nothing > 200, "{name}: both happen: {right} read, {nothing} not");
        assert!(texts.len() > 500, "{name}: they hardly differ: {}", texts.len());
    }
}

/// Unspoilt, every judgement is read: the table fits the parsers.
#[test]
fn what_is_plainly_said_is_read() {
    for parser in PARSERS {
        let protocol = protocol(parser.protocol).unwrap();
        let (panel, ask) = (parser.asked)();
        let (cells, judgements) = ((parser.cells)(&panel, &ask), (parser.judgements)(&panel, &ask));
        for judgement in &judgements {
            let said: Vec<Cell> = cells.iter().map(|cell| (cell.clone(), judgement.clone())).collect();
            let text = (parser.write)(&said);
            let (answer, _) = protocol.read(&panel.session, &ask, &text, StopReason::End).unwrap();
            assert_eq!((parser.read)(&answer), said, "{}", parser.name);
        }
        for value in parser.nothing {
            let said: Vec<Cell> = cells.iter().map(|cell| (cell.clone(), (*value).to_owned())).collect();
            let read = protocol.read(&panel.session, &ask, &(parser.write)(&said), StopReason::End);
            let read = read.map_or_else(|_| Vec::new(), |(answer, _)| (parser.read)(&answer));
            assert_eq!(read, [], "{}: {value}", parser.name);
        }
        for bait in BAITS {
            for bait in
                std::iter::once((*bait).to_owned()).chain((0..bait.len()).step_by(5).map(|slip| misquoted(bait, slip)))
            {
                let quoted = format!("A draft holds\n{bait}\nwhich I ignore.");
                let read = protocol.read(&panel.session, &ask, &quoted, StopReason::End);
                assert!(read.is_err(), "{}: {bait}", parser.name);
            }
        }
    }
}
