//! The pieces that prompts are made of: what members wrote, masked, quoted, and without who wrote it.

use super::Build;
use crate::protocol::standing;
use crate::session::{Answer, Round, Turn, Vote};
use crate::types::{AskId, Chance, RoundType};

/// A value of a prompt file and what goes there.
type Piece = (&'static str, String);

impl Build<'_> {
    /// What the rounds before brought for who writes the shared answer, as the protocol has it; and whose turns say so.
    pub(super) fn said_about(&self, order: &[String]) -> (Vec<Piece>, Vec<AskId>) {
        let types = self.asks.outline.round_types;
        let mut pieces = Vec::new();
        let mut reads = Vec::new();
        let mut add = |name, (text, said): (String, Vec<AskId>)| {
            pieces.push((name, text));
            reads.extend(said);
        };
        for round_type in types {
            match round_type {
                RoundType::Critique => add("critiques", self.critiques(order)),
                RoundType::Ranking => add("rankings", self.rankings(order)),
                RoundType::Rebuttal => add("switches", self.switches()),
                RoundType::Attack => add("objections", self.objections()),
                _ => {}
            }
        }
        (pieces, reads)
    }

    /// The labels of all drafts, in an order of the reader's own.
    pub(super) fn shuffled_labels(&self) -> Vec<String> {
        let mut labels = self.labels();
        Chance::new(self.session.seed, "order", &self.id.to_string()).shuffle(&mut labels);
        labels
    }

    /// The drafts by label in the reader's order, and which turns they are.
    pub(super) fn drafts(&self, order: &[String]) -> (String, Vec<AskId>) {
        let mut quotes = Vec::new();
        let mut reads = Vec::new();
        for label in order {
            let Some((ask, draft)) = self.asks.drafts.get(label.as_str()) else { continue };
            quotes.push(self.quotes.quote(&format!("Draft {label}"), draft));
            reads.push((*ask).clone());
        }
        if quotes.is_empty() {
            return ("(There is none that is not your own.)".to_owned(), reads);
        }
        (quotes.join("\n\n"), reads)
    }

    /// What the critics said about each draft, without who said it; and whose turns say so.
    pub(super) fn critiques(&self, order: &[String]) -> (String, Vec<AskId>) {
        let mut quotes = Vec::new();
        let mut reads: Vec<AskId> = Vec::new();
        for label in order {
            let draft = self.round.labels.iter().find(|l| l.label == *label).map(|l| &l.ask);
            let Some(draft) = draft else { continue };
            let mut said = standing::scores(self.session, draft);
            if said.is_empty() {
                quotes.push(format!("Draft {label} was not scored by anybody."));
                continue;
            }
            for (critic, _) in &said {
                if !reads.contains(critic) {
                    reads.push((*critic).clone());
                }
            }
            // In an order that does not tell the seats.
            let key = format!("{}/{label}", self.id);
            Chance::new(self.session.seed, "critics", &key).shuffle(&mut said);
            let mut text = String::new();
            for (number, (_, score)) in said.iter().enumerate() {
                text += &format!("Reviewer {}, score {} of 100\n", number + 1, score.score);
                for (what, list) in [
                    ("Strength", &score.strengths),
                    ("Weakness", &score.weaknesses),
                    ("Suggestion", &score.suggestions),
                ] {
                    for point in list {
                        text += &format!("- {what}: {}\n", self.mask.apply(point));
                    }
                }
            }
            quotes.push(self.quotes.quote(&format!("Reviews of draft {label}"), &text));
        }
        if reads.is_empty() {
            return ("(There are no reviews.)".to_owned(), reads);
        }
        (quotes.join("\n\n"), reads)
    }

    /// Where the drafts came out, the place of each in every ranking, and the reasons, without who gave them.
    fn rankings(&self, order: &[String]) -> (String, Vec<AskId>) {
        let rankings = standing::rankings(self.session);
        if rankings.is_empty() {
            return ("(There are no rankings.)".to_owned(), Vec::new());
        }
        let ranked = standing::ranked(self.session);
        let label = |ask: &AskId| self.round.labels.iter().find(|l| l.ask == *ask).map(|l| l.label.as_str());
        let all: Vec<&str> = ranked.iter().filter_map(|turn| label(&turn.ask)).collect();
        let mut text = format!("Taken together, the best first: {}.\n", all.join(", "));
        let mut said = Vec::new();
        let mut reads = Vec::new();
        for ranking in rankings {
            reads.push(ranking.by.clone());
            let places: Vec<&str> = ranking.order.iter().filter_map(|ask| label(ask)).collect();
            let mut one = format!("- {}", places.join(", "));
            if !ranking.reasoning.is_empty() {
                one += &format!(": {}", self.mask.apply(ranking.reasoning));
            }
            said.push(one);
        }
        Chance::new(self.session.seed, "critics", &self.id.to_string()).shuffle(&mut said);
        text += &format!("\nEach reviewer's order, the own draft left out:\n{}", said.join("\n"));
        (self.quotes.quote(&format!("Rankings of the drafts {}", order.join(", ")), &text), reads)
    }

    /// The words that moved members from one position to another, without who was moved.
    fn switches(&self) -> (String, Vec<AskId>) {
        let (mut said, mut reads) = (Vec::new(), Vec::new());
        for round in self.session.rounds.iter().filter(|r| r.complete && r.round_type == RoundType::Rebuttal) {
            for turn in self.session.turns_of(round.number) {
                let Some(Answer::Rebuttal(rebuttal)) = turn.answer() else { continue };
                if rebuttal.switched {
                    said.push(format!("- {}", self.mask.apply(&rebuttal.quote)));
                    reads.push(turn.ask.clone());
                }
            }
        }
        if said.is_empty() {
            return ("(Nobody gave up a position.)".to_owned(), reads);
        }
        Chance::new(self.session.seed, "critics", &self.id.to_string()).shuffle(&mut said);
        (self.quotes.quote("Words that moved somebody to another position", &said.join("\n")), reads)
    }

    /// The objections to the proposal, numbered, those that block first, without who raised them.
    pub(super) fn objections(&self) -> (String, Vec<AskId>) {
        let rounds = self.session.rounds.iter().rev();
        let Some(round) = rounds.into_iter().find(|r| r.complete && r.round_type == RoundType::Attack) else {
            return ("(Nobody has attacked it.)".to_owned(), Vec::new());
        };
        let (mut said, mut reads) = (Vec::new(), Vec::new());
        for turn in self.session.turns_of(round.number) {
            if let Some(Answer::Attack { objections }) = turn.answer() {
                reads.push(turn.ask.clone());
                said.extend(objections.iter().map(|o| (!o.blocking, self.mask.apply(&o.text))));
            }
        }
        if said.is_empty() {
            return ("(There are no objections.)".to_owned(), reads);
        }
        let key = format!("r{}", round.number);
        Chance::new(self.session.seed, "objections", &key).shuffle(&mut said);
        said.sort_by_key(|(rest, _)| *rest);
        let line = |(number, (rest, text)): (usize, &(bool, String))| {
            format!("{}. ({}) {text}", number + 1, if *rest { "does not block" } else { "blocks" })
        };
        let text: Vec<String> = said.iter().enumerate().map(line).collect();
        (self.quotes.quote("Objections", &text.join("\n")), reads)
    }

    /// The objections, in a protocol that has any.
    pub(super) fn objections_if_any(&self) -> (Option<String>, Vec<AskId>) {
        if !self.asks.outline.round_types.contains(&RoundType::Attack) {
            return (None, Vec::new());
        }
        let (text, reads) = self.objections();
        (Some(text), reads)
    }

    /// What the member itself held before this round.
    pub(super) fn own_position(&self) -> (String, Option<AskId>) {
        match standing::drafts(self.session).into_iter().find(|turn| turn.ask.seat == self.id.seat) {
            Some(turn) => (self.quote("Your position", &self.masked(turn.words())), Some(turn.ask.clone())),
            None => ("(You have not taken one yet.)".to_owned(), None),
        }
    }

    /// What the version rests on, numbered.
    pub(super) fn claims(&self, version: &Turn, what: &str) -> String {
        let Some(Answer::Synthesis { claims, .. }) = version.answer() else { return String::new() };
        if claims.is_empty() {
            return "(It names no claims of its own.)".to_owned();
        }
        let line = |(number, claim): (usize, &String)| format!("{}. {}", number + 1, self.masked(claim));
        let claims: Vec<String> = claims.iter().enumerate().map(line).collect();
        self.quote(what, &claims.join("\n"))
    }

    /// How the member itself voted before, and why: nobody else's vote is shown.
    pub(super) fn earlier_vote(&self) -> (String, Option<AskId>) {
        let Some((turn, vote)) = standing::earlier_vote(self.session, &self.id) else {
            return ("(This is your first vote.)".to_owned(), None);
        };
        let text = format!(
            "In round {}, on an earlier version, you voted \"{}\".\n{}",
            turn.ask.round,
            if vote.agree { "agree" } else { "disagree" },
            self.points(vote)
        );
        (self.quote("Your earlier vote", &text), Some(turn.ask.clone()))
    }

    fn points(&self, vote: &Vote) -> String {
        let mut text = String::new();
        if !vote.reasoning.is_empty() {
            text += &format!("- Reasoning: {}\n", self.mask.apply(&vote.reasoning));
        }
        for (what, list) in [("Blocking", &vote.blocking), ("Concern", &vote.concerns)] {
            for point in list {
                text += &format!("- {what}: {}\n", self.mask.apply(point));
            }
        }
        text
    }

    /// How the best version and, if another, the latest one were voted on, what was held against them,
    /// and whose turns say so.
    pub(super) fn concerns(&self, best: &Turn) -> (String, String, Vec<AskId>) {
        let votes = |round: &&Round| round.complete && round.tally.is_some();
        let of_best = self.session.rounds.iter().rev().filter(votes).find(|r| r.version.as_ref() == Some(&best.ask));
        let last = self.session.rounds.iter().rev().find(votes);
        let mut vote = Vec::new();
        let mut concerns = Vec::new();
        let mut reads = Vec::new();
        let later = last.filter(|last| of_best.is_none_or(|best| best.number != last.number));
        for (round, what) in
            [(of_best, "this version"), (later, "a later version, which is not shown and did not find more agreement,")]
        {
            let Some((round, tally)) = round.and_then(|r| Some((r, r.tally?))) else { continue };
            vote.push(format!(
                "Of the members who voted, {} agreed to {what} and {} disagreed.",
                tally.agree, tally.disagree
            ));
            let (text, voters) = self.said_in(round);
            concerns.push(self.quotes.quote(&format!("Concerns about {}", what.trim_end_matches(',')), &text));
            reads.extend(voters);
        }
        (vote.join("\n"), concerns.join("\n\n"), reads)
    }

    fn said_in(&self, round: &Round) -> (String, Vec<AskId>) {
        let mut said = Vec::new();
        let mut voters = Vec::new();
        for turn in self.session.turns_of(round.number) {
            let Some(Answer::Vote(vote)) = turn.answer() else { continue };
            voters.push(turn.ask.clone());
            let head = if vote.agree { "A member who agreed:\n" } else { "A member who disagreed:\n" };
            let text = format!("{head}{}", self.points(vote));
            if !vote.agree || !vote.concerns.is_empty() || !vote.blocking.is_empty() {
                said.push(text);
            }
        }
        let key = format!("{}/r{}", self.id, round.number);
        Chance::new(self.session.seed, "critics", &key).shuffle(&mut said);
        if said.is_empty() { ("Nobody gave a reason.".to_owned(), voters) } else { (said.join("\n"), voters) }
    }
}
