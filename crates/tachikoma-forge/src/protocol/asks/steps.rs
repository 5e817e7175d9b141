//! What each kind of step quotes, and what has to come back. A protocol says which step it wants, in whose words.

use super::{Build, schemas};
use crate::prompt::{PromptError, file};
use crate::protocol::{Ask, Output, standing};

const fn structured(name: &'static str, schema: serde_json::Value) -> Output {
    Output::Json { name, schema }
}

impl Build<'_> {
    /// An answer of its own, from the task alone.
    pub(in crate::protocol) fn draft(self, step: &str) -> Result<Ask, PromptError> {
        self.ask(step, &[], Output::Text, Vec::new())
    }

    /// The answer to a closed question, from the task alone.
    pub(in crate::protocol) fn ballot(self, step: &str) -> Result<Ask, PromptError> {
        self.ask(step, &[], structured("ballot", schemas::ballot()), Vec::new())
    }

    /// Scores for the drafts of the others.
    pub(in crate::protocol) fn critique(self, step: &str) -> Result<Ask, PromptError> {
        let order = self.order();
        let (drafts, reads) = self.drafts(order);
        let values = [("drafts", drafts.as_str()), ("labels", &order.join(", ")), ("mark", self.mark())];
        self.ask(step, &values, structured("critique", schemas::critique(order)), reads)
    }

    /// An order of the drafts of the others.
    pub(in crate::protocol) fn ranking(self, step: &str) -> Result<Ask, PromptError> {
        let order = self.order();
        let (drafts, reads) = self.drafts(order);
        let values = [("drafts", drafts.as_str()), ("labels", &order.join(", ")), ("mark", self.mark())];
        self.ask(step, &values, structured("ranking", schemas::ranking(order)), reads)
    }

    /// An order of what a comparison shows.
    pub(in crate::protocol) fn comparison(self, step: &str) -> Result<Ask, PromptError> {
        let order = self.order();
        let (drafts, reads) = self.drafts(order);
        let values = [("drafts", drafts.as_str()), ("labels", &order.join(", ")), ("mark", self.mark())];
        self.ask(step, &values, structured("comparison", schemas::ranking(order)), reads)
    }

    /// The own position anew, from those of the others. `challenge` is the piece that makes the member the challenger of
    /// the round.
    pub(in crate::protocol) fn rebuttal(self, step: &str, challenge: Option<&str>) -> Result<Ask, PromptError> {
        let order = self.order();
        let (drafts, mut reads) = self.drafts(order);
        let (own, read) = self.own_position();
        reads.extend(read);
        let challenge = match challenge {
            Some(path) => file(path)?.render("Text", &[])?,
            None => String::new(),
        };
        let labels = order.join(", ");
        let values = [
            ("own", own.as_str()),
            ("drafts", &drafts),
            ("challenge", &challenge),
            ("labels", &labels),
            ("mark", self.mark()),
        ];
        self.ask(step, &values, structured("rebuttal", schemas::rebuttal()), reads)
    }

    /// A draft anew, from all drafts of the layer before.
    pub(in crate::protocol) fn refinement(self, step: &str) -> Result<Ask, PromptError> {
        let order = self.shuffled_labels();
        let (drafts, reads) = self.drafts(&order);
        let values = [("drafts", drafts.as_str()), ("labels", &order.join(", ")), ("mark", self.mark())];
        self.ask(step, &values, Output::Text, reads)
    }

    /// What breaks the proposal that stands; `None` when there is none.
    pub(in crate::protocol) fn attack(self, step: &str) -> Result<Option<Ask>, PromptError> {
        let Some(turn) = standing::version(self.session).or_else(|| standing::drafts(self.session).first().copied())
        else {
            return Ok(None);
        };
        let proposal = self.quote("The proposal", &self.masked(turn.words()));
        let values = [("proposal", proposal.as_str()), ("mark", self.mark())];
        let output = structured("attack", schemas::attack());
        self.ask(step, &values, output, vec![turn.ask.clone()]).map(Some)
    }

    /// The shared answer, from all drafts and what the rounds before brought.
    pub(in crate::protocol) fn synthesis(self, step: &str) -> Result<Ask, PromptError> {
        // The writer needs every draft. It reads them by label, which tells it no more than a drawn order would.
        let order = self.labels();
        let (drafts, mut reads) = self.drafts(&order);
        let (said, sayers) = self.said_about(&order);
        reads.extend(sayers);
        let labels = order.join(", ");
        let mut values = vec![("drafts", drafts.as_str()), ("labels", &labels), ("mark", self.mark())];
        values.extend(said.iter().map(|(name, text)| (*name, text.as_str())));
        self.ask(step, &values, Output::Text, reads)
    }

    /// A further version, from the best one so far and what was held against it; `None` when there is none.
    pub(in crate::protocol) fn resynthesis(self, step: &str) -> Result<Option<Ask>, PromptError> {
        let best = standing::best(self.session).and_then(|(ask, _)| self.session.turns.get(&ask));
        let Some(best) = best else { return Ok(None) };
        let order = self.labels();
        let (drafts, mut reads) = self.drafts(&order);
        reads.push(best.ask.clone());
        let version = self.quote("The shared answer so far", &self.masked(best.words()));
        let claims = self.claims(best, "Claims of the shared answer so far");
        let (vote, concerns, voters) = self.concerns(best);
        reads.extend(voters);
        let labels = order.join(", ");
        let values = [
            ("drafts", drafts.as_str()),
            ("version", &version),
            ("claims", &claims),
            ("vote", &vote),
            ("concerns", &concerns),
            ("labels", &labels),
            ("mark", self.mark()),
        ];
        self.ask(step, &values, Output::Text, reads).map(Some)
    }

    /// A vote on the latest version; `None` when there is none.
    pub(in crate::protocol) fn vote(self, step: &str) -> Result<Option<Ask>, PromptError> {
        let Some(turn) = standing::version(self.session) else { return Ok(None) };
        let order = self.order();
        let (drafts, mut reads) = self.drafts(order);
        reads.insert(0, turn.ask.clone());
        let version = self.quote("The shared answer", &self.masked(turn.words()));
        let claims = self.claims(turn, "Claims of the shared answer");
        let (earlier, read) = self.earlier_vote();
        reads.extend(read);
        let (said, sayers) = self.objections_if_any();
        reads.extend(sayers);
        let labels = if order.is_empty() { "none".to_owned() } else { order.join(", ") };
        let mut values = vec![
            ("drafts", drafts.as_str()),
            ("version", &version),
            ("claims", &claims),
            ("earlier", &earlier),
            ("labels", &labels),
            ("mark", self.mark()),
        ];
        values.extend(said.iter().map(|text| ("objections", text.as_str())));
        self.ask(step, &values, structured("vote", schemas::vote()), reads).map(Some)
    }
}
