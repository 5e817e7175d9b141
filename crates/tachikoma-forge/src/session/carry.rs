//! What a session takes over from another one: a follow-up question stands on what was said before.
//!
//! What is carried is data, quoted in every prompt and masked for the members of both panels. A member whose context
//! window is known to be small gets the long pieces shortened, with a mark where they are cut; how much is a function of
//! the session, so everybody can be told before it starts, and afterwards.

use serde::{Deserialize, Serialize};

use super::{Answer, ForgeSession, Participant, Settings, Topic, Turn};
use crate::types::{AskId, SessionId};

/// A piece of another session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carried {
    /// What it is, without a name: `The shared answer`, `Draft 2`.
    pub title: String,
    /// What was said.
    pub text: String,
    /// The session that it comes from.
    pub from: SessionId,
}

/// What is carried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carry {
    /// The answer alone.
    Synthesis,
    /// The drafts of the members that count at the end.
    Drafts,
    /// The answer and those drafts.
    All,
    /// These turns.
    Picked(Vec<AskId>),
}

/// A piece that is cut for a member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trim {
    /// Which piece.
    pub title: String,
    /// How many characters it has.
    pub from: usize,
    /// How many the member gets.
    pub to: usize,
}

/// What a member gets of what is carried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fitted {
    /// The pieces, as titles and texts.
    pub pieces: Vec<(String, String)>,
    /// What was cut.
    pub trims: Vec<Trim>,
}

/// A token has at least so many bytes in most texts: fewer than the usual four, so that what fits does fit.
const BYTES_PER_TOKEN: u64 = 3;
/// The least that is left of a piece, in bytes.
const LEAST: usize = 400;

/// What of a session is carried into the next. Pieces that are not there are left out.
#[must_use]
pub fn carry(session: &ForgeSession, what: &Carry) -> Vec<Carried> {
    let answer = || session.result().or_else(|| session.best.as_ref().and_then(|best| session.turns.get(best)));
    let piece = |title: String, turn: &Turn| Carried { title, text: turn.words().to_owned(), from: session.id.clone() };
    let shared = || answer().map(|turn| piece("The shared answer".to_owned(), turn)).into_iter().collect::<Vec<_>>();
    let drafts = || {
        let drafts = session.drafts_at_the_end();
        drafts.into_iter().zip(1..).map(|(turn, number)| piece(format!("Draft {number}"), turn)).collect::<Vec<_>>()
    };
    match what {
        Carry::Synthesis => shared(),
        Carry::Drafts => drafts(),
        Carry::All => shared().into_iter().chain(drafts()).collect(),
        Carry::Picked(asks) => {
            let turns = asks.iter().filter_map(|ask| session.turns.get(ask)).filter(|turn| turn.complete().is_some());
            turns.zip(1..).map(|(turn, number)| piece(format!("{}, piece {number}", kind(turn)), turn)).collect()
        }
    }
}

fn kind(turn: &Turn) -> &'static str {
    match turn.answer() {
        Some(Answer::Synthesis { .. }) => "A shared answer",
        Some(Answer::Draft) => "A draft",
        Some(Answer::Critique { .. }) => "A critique",
        Some(Answer::Vote(_) | Answer::Ballot(_)) => "A vote",
        _ => "A contribution",
    }
}

/// What a member gets of what is carried, as far as it fits its context window. Half of what the window leaves besides
/// question and answer is for it: the rest is for what the members write to each other.
#[must_use]
pub fn fit(topic: &Topic, settings: &Settings, member: Option<&Participant>) -> Fitted {
    let whole = || topic.carried.iter().map(|piece| (piece.title.clone(), piece.text.clone())).collect();
    let Some(window) = member.and_then(|member| member.context_window) else {
        return Fitted { pieces: whole(), trims: Vec::new() };
    };
    let own: usize = topic.goal.len() + topic.constraints.iter().map(String::len).sum::<usize>();
    let taken = u64::from(settings.answer_tokens()) + (own as u64).div_ceil(BYTES_PER_TOKEN) + 1_000;
    let room = u64::from(window).saturating_sub(taken) / 2 * BYTES_PER_TOKEN;
    let limit = limit(topic.carried.iter().map(|piece| piece.text.len()).collect(), room);
    let mut fitted = Fitted::default();
    for piece in &topic.carried {
        let limit = limit.max(LEAST);
        if piece.text.len() <= limit {
            fitted.pieces.push((piece.title.clone(), piece.text.clone()));
            continue;
        }
        let kept = head(&piece.text, limit);
        let (from, to) = (piece.text.chars().count(), kept.chars().count());
        let text = format!("{kept}\n\n[Cut here, to fit: {to} of {from} characters.]");
        fitted.pieces.push((piece.title.clone(), text));
        fitted.trims.push(Trim { title: piece.title.clone(), from, to });
    }
    fitted
}

/// The greatest length such that all pieces, cut to it, fit into `room`: the longest are cut first.
fn limit(mut lengths: Vec<usize>, room: u64) -> usize {
    lengths.sort_unstable();
    let mut left = usize::try_from(room).unwrap_or(usize::MAX);
    for (at, length) in lengths.iter().enumerate() {
        let share = left / (lengths.len() - at);
        if *length > share {
            return share;
        }
        left -= length;
    }
    usize::MAX
}

/// The beginning of a text up to the end of a word, at most so many bytes.
fn head(text: &str, bytes: usize) -> &str {
    let mut end = bytes.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = &text[..end];
    let at = cut.rfind(char::is_whitespace).filter(|at| *at > end / 2).unwrap_or(end);
    cut[..at].trim_end()
}

impl ForgeSession {
    /// What is cut for whom of what is carried; those for whom nothing is cut are not named.
    #[must_use]
    pub fn trims(&self) -> Vec<(&str, Vec<Trim>)> {
        let of = |member| fit(&self.topic, &self.settings, Some(member)).trims;
        let all = self.participants.iter().map(|member| (member.name.as_str(), of(member)));
        all.filter(|(_, trims)| !trims.is_empty()).collect()
    }

    /// The latest text of each member: drafts, and the positions that were taken since.
    fn drafts_at_the_end(&self) -> Vec<&Turn> {
        let is_text = |turn: &&Turn| matches!(turn.answer(), Some(Answer::Draft | Answer::Rebuttal(_)));
        let members = self.participants.iter().map(|member| member.seat);
        let of = |seat| {
            let rounds = self.rounds.iter().rev().filter(|round| !round.round_type.is_check());
            rounds.filter_map(|round| self.turn_of(round.number, seat)).find(is_text)
        };
        members.filter_map(of).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn topic(texts: &[&str]) -> Topic {
        let piece = |(text, number): (&&str, usize)| Carried {
            title: format!("Draft {number}"),
            text: (*text).to_owned(),
            from: SessionId("s".into()),
        };
        Topic { carried: texts.iter().zip(1..).map(piece).collect(), ..Topic::new("And now?") }
    }

    fn member(window: Option<u32>) -> Participant {
        Participant { context_window: window, ..Participant::new("ollama/x".parse().unwrap()) }
    }

    #[test]
    fn the_longest_are_cut_first_and_say_so() {
        let (long, short) = ("word ".repeat(4_000), "short");
        let topic = topic(&[&long, short]);
        let settings = Settings { max_tokens: Some(1_000), ..Settings::default() };
        assert_eq!(fit(&topic, &settings, Some(&member(None))).trims, []);
        assert_eq!(fit(&topic, &settings, Some(&member(Some(200_000)))).trims, []);
        let small = fit(&topic, &settings, Some(&member(Some(4_096))));
        assert_eq!(small.trims.len(), 1);
        assert_eq!((small.trims[0].from, small.pieces[1].1.as_str()), (20_000, short));
        assert!(small.trims[0].to > 2_000 && small.trims[0].to < 4_000, "{:?}", small.trims);
        assert!(small.pieces[0].1.ends_with(" of 20000 characters.]"));
        // A window that has no room at all still leaves a beginning.
        assert!(fit(&topic, &settings, Some(&member(Some(1)))).pieces[0].1.len() > LEAST / 2);
    }

    #[test]
    fn a_cut_keeps_characters_whole() {
        for bytes in 0..20 {
            assert!("é日本語 😀 word".starts_with(head("é日本語 😀 word", bytes)));
        }
        assert_eq!(limit(vec![10, 20, 30], 60), usize::MAX);
        assert_eq!(limit(vec![10, 20, 300], 90), 60);
        assert_eq!(limit(vec![], 0), usize::MAX);
    }
}
