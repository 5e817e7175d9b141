//! Two branches side by side: what differs between them, word by word.

use similar::{ChangeTag, TextDiff};
use tachikoma_forge::session::{Change, ForgeSession, SessionState, Turn};
use tachikoma_forge::types::BranchId;

use super::live::shown_text;
use super::steer::{name_of, sentence};

/// A stretch of text and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// In both.
    Same(String),
    /// In the first only.
    Gone(String),
    /// In the second only.
    New(String),
}

/// Beyond so many words in both texts together, whole lines are compared: word by word would take too long.
const MOST_WORDS: usize = 20_000;

/// What differs between two texts.
#[must_use]
pub fn difference(before: &str, after: &str) -> Vec<Part> {
    let words = before.split_whitespace().count() + after.split_whitespace().count();
    let diff = match words {
        0..=MOST_WORDS => TextDiff::from_words(before, after),
        _ => TextDiff::from_lines(before, after),
    };
    let mut parts: Vec<Part> = Vec::new();
    for change in diff.iter_all_changes() {
        let text = change.value();
        match (change.tag(), parts.last_mut()) {
            (ChangeTag::Equal, Some(Part::Same(last)))
            | (ChangeTag::Delete, Some(Part::Gone(last)))
            | (ChangeTag::Insert, Some(Part::New(last))) => last.push_str(text),
            (ChangeTag::Equal, _) => parts.push(Part::Same(text.to_owned())),
            (ChangeTag::Delete, _) => parts.push(Part::Gone(text.to_owned())),
            (ChangeTag::Insert, _) => parts.push(Part::New(text.to_owned())),
        }
    }
    parts
}

/// A branch in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its number.
    pub id: BranchId,
    /// Its name.
    pub name: String,
    /// What is otherwise on it.
    pub what: String,
    /// Where it stands.
    pub stands: String,
}

/// All branches of a session; none where there is only one.
#[must_use]
pub fn branches(session: &ForgeSession) -> Vec<Entry> {
    if session.branches.len() < 2 {
        return Vec::new();
    }
    let entry = |branch: &tachikoma_forge::session::Branch| {
        let state = branch.line.as_ref().map_or(&session.state, |line| &line.state);
        Entry {
            id: branch.id,
            name: ["Branch ", &name_of(branch.id)].concat(),
            what: branch.change.as_ref().map_or_else(|| "As it began.".to_owned(), |change| sentence(session, change)),
            stands: match state {
                SessionState::Ended { detail, .. } => detail.clone(),
                SessionState::Running => "Not finished.".to_owned(),
            },
        }
    };
    session.branches.iter().map(entry).collect()
}

/// A text that two branches have otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Which text it is.
    pub title: String,
    /// How it differs.
    pub parts: Vec<Part>,
}

/// What two branches have otherwise: the goal, the results, and every turn that both have with another text.
#[must_use]
pub fn compare(session: &ForgeSession, before: BranchId, after: BranchId) -> Vec<Difference> {
    let (Some(before), Some(after)) = (session.on_branch(before), session.on_branch(after)) else { return Vec::new() };
    let mut all = Vec::new();
    let mut add = |title: String, before: &str, after: &str| {
        if before != after {
            all.push(Difference { title, parts: difference(before, after) });
        }
    };
    add("The goal".into(), &before.topic.goal, &after.topic.goal);
    let result = |session: &ForgeSession| {
        let best = session.best.as_ref().and_then(|best| session.turns.get(best));
        session.result().or(best).map(|turn| shown_text(turn).to_owned())
    };
    if let (Some(before), Some(after)) = (result(&before), result(&after)) {
        add("The answer".into(), &before, &after);
    }
    let changed = after.branches.iter().filter_map(|branch| match &branch.change {
        Some(Change::Text { ask, .. }) => Some((ask.round, ask.seat)),
        _ => None,
    });
    for (round, seat) in changed.collect::<std::collections::BTreeSet<_>>() {
        let text = |session: &ForgeSession| session.turn_of(round, seat).and_then(Turn::text).map(str::to_owned);
        if let (Some(one), Some(other)) = (text(&before), text(&after)) {
            let step = after.turn_of(round, seat).map(|turn| turn.ask.step.clone()).unwrap_or_default();
            let title = ["The ", &step, " of ", after.name_of(seat), " in round ", &round.to_string()].concat();
            add(title, &one, &other);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_differ_are_told_from_those_that_stay() {
        let same = |text: &str| Part::Same(text.into());
        assert_eq!(
            difference("Buy two cars.", "Rent two cars."),
            [Part::Gone("Buy".into()), Part::New("Rent".into()), same(" two cars.")]
        );
        assert_eq!(difference("one", "one"), [same("one")]);
        assert_eq!(difference("", ""), []);
        let long = "a b\n".repeat(MOST_WORDS);
        let changed = [&long, "c\n"].concat();
        assert_eq!(difference(&long, &changed).last(), Some(&Part::New("c\n".into())));
    }
}
