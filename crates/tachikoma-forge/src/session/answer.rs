//! What a turn says, once read. The raw text is always kept beside it; nothing here is ever invented.

use serde::{Deserialize, Serialize};

/// A turn's answer as the protocol read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Answer {
    /// Free text: a draft.
    Draft,
    /// Scores for the drafts of the others. A label that is missing here is an abstention in that cell.
    Critique {
        /// One per draft that was scored.
        scores: Vec<Score>,
    },
    /// The labels of the drafts of the others, the best first. A label that is missing was not ranked.
    Ranking {
        /// From the best to the worst.
        order: Vec<String>,
        /// Why.
        #[serde(skip_serializing_if = "String::is_empty")]
        reasoning: String,
    },
    /// A position after those of the others were read.
    Rebuttal(Rebuttal),
    /// What breaks the proposal. None is an answer too.
    Attack {
        /// Each objection.
        objections: Vec<Objection>,
    },
    /// The shared answer, after a written comparison.
    Synthesis {
        /// What the drafts agree on, where they conflict, what only one says, what none covers. May be empty.
        comparison: String,
        /// What it rests on, a sentence each: the members say where they stand on them. May be empty.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        claims: Vec<String>,
        /// The answer itself.
        answer: String,
    },
    /// A vote on the shared answer.
    Vote(Vote),
    /// An answer to a closed question.
    Ballot(Ballot),
    /// Which of several texts is the best, the best first, said without knowing whose they are.
    Comparison {
        /// The labels, from the best to the worst.
        order: Vec<String>,
        /// Why.
        #[serde(skip_serializing_if = "String::is_empty")]
        reasoning: String,
    },
    /// The text could not be read as what was asked for, not even after a repair.
    Abstained {
        /// What was missing.
        why: String,
    },
}

/// One critic's view of one draft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// The draft's label, such as `A`.
    pub label: String,
    /// From 0 to 100.
    pub score: u8,
    /// What is good about it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strengths: Vec<String>,
    /// What is not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub weaknesses: Vec<String>,
    /// What would make it better.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<String>,
}

/// A vote on the shared answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Whether the member stands behind it.
    pub agree: bool,
    /// Why.
    #[serde(default)]
    pub reasoning: String,
    /// What is still wrong with it and need not be mended first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub concerns: Vec<String>,
    /// What has to be mended before it can stand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub blocking: Vec<String>,
    /// Where the member stands on the claims of the answer, as far as it said so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stances: Vec<ClaimStance>,
    /// The words of the answer that moved the member, when it votes otherwise than before.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub moved_by: String,
}

/// Where a member stands on one claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimStance {
    /// The number of the claim in the answer that was voted on, from 1.
    pub claim: u32,
    /// Where it stands.
    pub stance: Stance,
}

/// Where somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stance {
    /// For it.
    Agree,
    /// Against it.
    Disagree,
    /// Neither.
    Unsure,
}

/// A position after those of the others were read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rebuttal {
    /// The whole position, restated.
    pub position: String,
    /// Whether it is another position than before.
    pub switched: bool,
    /// The label of the one whose words moved the member; empty without a switch.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub moved_by: String,
    /// Those words. A switch without words that stand in that position is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub quote: String,
}

/// Something that breaks a proposal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Objection {
    /// What breaks, and how.
    pub text: String,
    /// Whether it has to be answered before the proposal can stand.
    pub blocking: bool,
}

/// An answer to a closed question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// The answer as it was given.
    pub choice: String,
    /// The answer in the form in which answers are counted.
    pub normal: String,
    /// How sure the member says it is, from 0 to 100; shown, and never a weight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<u8>,
    /// Why.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub reasoning: String,
}

/// How an answer was obtained from the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// Free text needs no reading.
    Text,
    /// The text was JSON of the right shape.
    Json,
    /// JSON was found within other text, or with small faults that leave no doubt.
    Tolerant,
    /// A repair was asked for, and it could be read.
    Repaired,
    /// It could not be read.
    Unreadable,
    /// A person gave it.
    Person,
}
