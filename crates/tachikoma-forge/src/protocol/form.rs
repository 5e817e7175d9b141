//! The form of an answer: what a person fills in where a model writes JSON or headings.
//!
//! Page and terminal show the same fields, and [`Form::text`] puts them together into the text that `reading` reads.
//! So a person's answer goes the way of everybody's. An answer that is there already fills the form, to be edited.

use serde_json::{Value, json};

use super::{blind, standing};
use crate::session::{Answer, ForgeSession, Round, Stance, Turn, Vote};
use crate::types::{AskId, RoundType};

/// What is filled in for one answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Form {
    /// The fields in the order in which they are asked.
    pub fields: Vec<FormField>,
    round_type: RoundType,
}

/// One thing to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FormField {
    /// Its name, once within a form.
    pub key: String,
    /// What it is about, where a form asks the same of several: `Draft A`. Empty otherwise.
    pub group: String,
    /// What people are asked for.
    pub label: String,
    /// How it is filled in.
    pub kind: FieldKind,
    /// What stands in it: text, one entry a line, a number, the name of a choice, or labels with commas between them.
    pub value: String,
}

/// How a field is filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FieldKind {
    /// Free text.
    Words,
    /// Entries, one a line.
    Lines,
    /// A whole number from 0 to 100.
    Number,
    /// One of these: the value, and what people read.
    Choice(Vec<(String, String)>),
    /// All labels, the best first.
    Order,
}

impl Form {
    /// The form of an ask, with what is answered already; `None` when its round is unknown.
    #[must_use]
    pub fn of(session: &ForgeSession, ask: &AskId) -> Option<Self> {
        let round = session.round(ask.round)?;
        let turn = session.turns.get(ask);
        let labels = blind::order_of(round, ask.seat);
        let fields = match round.round_type {
            RoundType::Draft | RoundType::Refinement | RoundType::Baseline => {
                vec![words("text", "Your answer", turn.and_then(Turn::text).unwrap_or_default())]
            }
            RoundType::Critique => labels.iter().flat_map(|label| scored(label, turn)).collect(),
            RoundType::Ranking | RoundType::Comparison => ranked(labels, turn),
            RoundType::Rebuttal => rebuttal(labels, turn),
            RoundType::Attack => attack(turn),
            RoundType::Synthesis => synthesis(turn),
            RoundType::Convergence => vote(&claims(session, round), turn),
            RoundType::Ballot => ballot(turn),
        };
        Some(Self { fields, round_type: round.round_type })
    }

    /// Fills a field in; a key that is not there changes nothing.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        if let Some(field) = self.fields.iter_mut().find(|field| field.key == key) {
            field.value = value.into();
        }
    }

    /// What stands in a field.
    #[must_use]
    pub fn value(&self, key: &str) -> &str {
        self.fields.iter().find(|field| field.key == key).map_or("", |field| field.value.trim())
    }

    /// The answer as text, in the form in which it is read.
    ///
    /// # Errors
    /// What has to be filled in otherwise, for people. What the text lacks besides, reading says.
    pub fn text(&self) -> Result<String, String> {
        Ok(match self.round_type {
            RoundType::Draft | RoundType::Refinement | RoundType::Baseline => self.value("text").to_owned(),
            RoundType::Critique => self.scores()?,
            RoundType::Ranking | RoundType::Comparison => {
                let order: Vec<&str> = self.value("order").split(',').map(str::trim).collect();
                json!({ "ranking": order, "reasoning": self.value("reasoning") }).to_string()
            }
            RoundType::Rebuttal => json!({
                "position": self.value("position"),
                "switched": self.value("switched") == "yes",
                "moved_by": self.value("moved_by"),
                "quote": self.value("quote"),
            })
            .to_string(),
            RoundType::Attack => {
                let of = |key, blocking: bool| -> Vec<Value> {
                    self.entries(key).map(|text| json!({ "text": text, "blocking": blocking })).collect()
                };
                let objections = [of("blocking", true), of("others", false)].concat();
                json!({ "objections": objections }).to_string()
            }
            RoundType::Synthesis => self.headings(),
            RoundType::Convergence => self.ballot_of_agreement()?,
            RoundType::Ballot => {
                let confidence = self.number("confidence", "Your confidence")?;
                let reasoning = self.value("reasoning");
                json!({ "answer": self.value("answer"), "confidence": confidence, "reasoning": reasoning }).to_string()
            }
        })
    }

    fn entries(&self, key: &str) -> impl Iterator<Item = &str> {
        self.value(key).lines().map(str::trim).filter(|line| !line.is_empty())
    }

    fn list(&self, key: &str) -> Vec<&str> {
        self.entries(key).collect()
    }

    /// A number that may be left out.
    fn number(&self, key: &str, what: &str) -> Result<Option<u8>, String> {
        match self.value(key) {
            "" => Ok(None),
            text => {
                let number = text.parse().ok().filter(|number| *number <= 100);
                number.map(Some).ok_or_else(|| format!("{what} has to be a whole number from 0 to 100."))
            }
        }
    }

    fn scores(&self) -> Result<String, String> {
        let labels = self.fields.iter().filter_map(|field| field.key.strip_suffix("/score"));
        let mut scores = Vec::new();
        for label in labels {
            let key = |what: &str| format!("{label}/{what}");
            // Who gives no score abstains for that draft; whoever reads it sees the gap.
            let Some(score) = self.number(&key("score"), &format!("The score of draft {label}"))? else { continue };
            scores.push(json!({
                "label": label,
                "score": score,
                "strengths": self.list(&key("strengths")),
                "weaknesses": self.list(&key("weaknesses")),
                "suggestions": self.list(&key("suggestions")),
            }));
        }
        if scores.is_empty() {
            return Err("Give at least one draft a score from 0 to 100.".to_owned());
        }
        Ok(json!({ "scores": scores }).to_string())
    }

    fn headings(&self) -> String {
        let mut text = String::new();
        if !self.value("comparison").is_empty() {
            text += &format!("# Comparison\n\n{}\n\n", self.value("comparison"));
        }
        let claims = self.list("claims");
        if !claims.is_empty() {
            text += "# Claims\n\n";
            for (claim, number) in claims.iter().zip(1..) {
                text += &format!("{number}. {claim}\n");
            }
            text += "\n";
        }
        text + &format!("# Answer\n\n{}", self.value("answer"))
    }

    fn ballot_of_agreement(&self) -> Result<String, String> {
        let vote = self.value("vote");
        if vote.is_empty() {
            return Err("Say whether you agree or disagree.".to_owned());
        }
        let stances = self.fields.iter().filter_map(|field| {
            let claim: u32 = field.key.strip_prefix("claim/")?.parse().ok()?;
            Some(json!({ "claim": claim, "stance": Some(field.value.as_str()).filter(|stance| !stance.is_empty())? }))
        });
        let mut said = json!({
            "vote": vote,
            "reasoning": self.value("reasoning"),
            "blocking": self.list("blocking"),
            "concerns": self.list("concerns"),
        });
        let stances: Vec<Value> = stances.collect();
        if !stances.is_empty() {
            said["claims"] = stances.into();
        }
        if !self.value("moved_by").is_empty() {
            said["moved_by"] = self.value("moved_by").into();
        }
        Ok(said.to_string())
    }
}

// --- the fields of each kind ----------------------------------------------------------------------

fn field(key: &str, label: &str, kind: FieldKind, value: &str) -> FormField {
    FormField { key: key.to_owned(), group: String::new(), label: label.to_owned(), kind, value: value.to_owned() }
}

fn words(key: &str, label: &str, value: &str) -> FormField {
    field(key, label, FieldKind::Words, value)
}

fn lines(key: &str, label: &str, entries: &[String]) -> FormField {
    // An entry of several lines would come back as several.
    let entries: Vec<String> = entries.iter().map(|entry| entry.lines().collect::<Vec<_>>().join(" ")).collect();
    field(key, label, FieldKind::Lines, &entries.join("\n"))
}

fn choice(key: &str, label: &str, of: &[(&str, &str)], value: &str) -> FormField {
    let of = of.iter().map(|(value, words)| ((*value).to_owned(), (*words).to_owned())).collect();
    field(key, label, FieldKind::Choice(of), value)
}

fn scored(label: &str, turn: Option<&Turn>) -> Vec<FormField> {
    let known = match turn.and_then(Turn::answer) {
        Some(Answer::Critique { scores }) => scores.iter().find(|score| score.label == label),
        _ => None,
    };
    let key = |what: &str| format!("{label}/{what}");
    let of = |pick: fn(&crate::session::Score) -> &Vec<String>| known.map(pick).cloned().unwrap_or_default();
    let score = known.map(|known| known.score.to_string()).unwrap_or_default();
    let fields = [
        field(&key("score"), "Score, 0 to 100", FieldKind::Number, &score),
        lines(&key("strengths"), "Strengths", &of(|score| &score.strengths)),
        lines(&key("weaknesses"), "Weaknesses", &of(|score| &score.weaknesses)),
        lines(&key("suggestions"), "Suggestions", &of(|score| &score.suggestions)),
    ];
    fields.into_iter().map(|field| FormField { group: format!("Draft {label}"), ..field }).collect()
}

fn ranked(labels: &[String], turn: Option<&Turn>) -> Vec<FormField> {
    let (order, reasoning) = match turn.and_then(Turn::answer) {
        Some(Answer::Ranking { order, reasoning } | Answer::Comparison { order, reasoning }) => {
            (order.as_slice(), reasoning.as_str())
        }
        _ => (labels, ""),
    };
    vec![field("order", "The best first", FieldKind::Order, &order.join(", ")), words("reasoning", "Why", reasoning)]
}

fn rebuttal(labels: &[String], turn: Option<&Turn>) -> Vec<FormField> {
    let known = match turn.and_then(Turn::answer) {
        Some(Answer::Rebuttal(rebuttal)) => Some(rebuttal),
        _ => None,
    };
    let text = |pick: fn(&crate::session::Rebuttal) -> &String| known.map(pick).map_or("", String::as_str);
    let switched = if known.is_some_and(|known| known.switched) { "yes" } else { "no" };
    let positions: Vec<(&str, String)> =
        labels.iter().map(|label| (label.as_str(), format!("Position {label}"))).collect();
    let positions: Vec<(&str, &str)> = positions.iter().map(|(label, words)| (*label, words.as_str())).collect();
    vec![
        words("position", "Your whole position, restated", text(|known| &known.position)),
        choice("switched", "Your position", &[("no", "I keep it"), ("yes", "I switch")], switched),
        choice("moved_by", "Moved by, if you switch", &positions, text(|known| &known.moved_by)),
        words("quote", "The words that moved you, as they stand there", text(|known| &known.quote)),
    ]
}

fn attack(turn: Option<&Turn>) -> Vec<FormField> {
    let of = |blocking: bool| -> Vec<String> {
        match turn.and_then(Turn::answer) {
            Some(Answer::Attack { objections }) => {
                objections.iter().filter(|o| o.blocking == blocking).map(|o| o.text.clone()).collect()
            }
            _ => Vec::new(),
        }
    };
    vec![
        lines("blocking", "Objections that have to be answered first", &of(true)),
        lines("others", "Other objections", &of(false)),
    ]
}

fn synthesis(turn: Option<&Turn>) -> Vec<FormField> {
    let (comparison, claims, answer) = match turn.and_then(Turn::answer) {
        Some(Answer::Synthesis { comparison, claims, answer }) => {
            (comparison.as_str(), claims.as_slice(), answer.as_str())
        }
        _ => ("", &[][..], ""),
    };
    vec![
        words("comparison", "Comparison: what the drafts agree on, where they conflict, what none covers", comparison),
        lines("claims", "What the answer rests on", claims),
        words("answer", "The shared answer", answer),
    ]
}

/// The claims of the version that a round votes on.
fn claims(session: &ForgeSession, round: &Round) -> Vec<String> {
    let recorded = round.version.as_ref().and_then(|ask| session.turns.get(ask));
    match recorded.or_else(|| standing::version(session)).and_then(Turn::answer) {
        Some(Answer::Synthesis { claims, .. }) => claims.clone(),
        _ => Vec::new(),
    }
}

fn vote(claims: &[String], turn: Option<&Turn>) -> Vec<FormField> {
    let known = match turn.and_then(Turn::answer) {
        Some(Answer::Vote(vote)) => Some(vote),
        _ => None,
    };
    let text = |pick: fn(&Vote) -> &String| known.map(pick).map_or("", String::as_str);
    let list = |pick: fn(&Vote) -> &Vec<String>| known.map(pick).cloned().unwrap_or_default();
    let side = known.map_or("", |known| if known.agree { "agree" } else { "disagree" });
    let mut fields = vec![
        choice("vote", "Your vote", &[("agree", "I agree"), ("disagree", "I disagree")], side),
        words("reasoning", "Why", text(|vote| &vote.reasoning)),
        lines("blocking", "What has to be mended before it can stand", &list(|vote| &vote.blocking)),
        lines("concerns", "Other concerns", &list(|vote| &vote.concerns)),
    ];
    for (claim, number) in claims.iter().zip(1_u32..) {
        let stance = known.and_then(|known| known.stances.iter().find(|stance| stance.claim == number));
        let stance = stance.map_or("", |stance| match stance.stance {
            Stance::Agree => "agree",
            Stance::Disagree => "disagree",
            Stance::Unsure => "unsure",
        });
        let of = [("agree", "Agree"), ("disagree", "Disagree"), ("unsure", "Unsure")];
        let field = choice(&format!("claim/{number}"), claim, &of, stance);
        fields.push(FormField { group: "Where you stand on its claims".to_owned(), ..field });
    }
    fields.push(words(
        "moved_by",
        "Words of the answer that moved you, if you vote otherwise than before",
        text(|v| &v.moved_by),
    ));
    fields
}

fn ballot(turn: Option<&Turn>) -> Vec<FormField> {
    let known = match turn.and_then(Turn::answer) {
        Some(Answer::Ballot(ballot)) => Some(ballot),
        _ => None,
    };
    let confidence = known.and_then(|known| known.confidence).map(|sure| sure.to_string()).unwrap_or_default();
    vec![
        words("answer", "Your answer", known.map_or("", |known| &known.choice)),
        field("confidence", "How sure you are, 0 to 100", FieldKind::Number, &confidence),
        words("reasoning", "Why", known.map_or("", |known| &known.reasoning)),
    ]
}
