//! Models to choose from, and models on their way: what is found by a search, and how far a pull is.

use tachikoma_forge::llm::manage::bytes_in_words;
use tachikoma_forge::llm::{ModelInfo, PullProgress, PullTotals};

/// The most models that are drawn at once.
pub const MOST_SHOWN: usize = 60;

/// The models whose name holds every word that is searched for, the ones that begin with it first. All of them
/// when nothing is searched for.
#[must_use]
pub fn search(models: &[ModelInfo], wanted: &str) -> Vec<ModelInfo> {
    let wanted = wanted.to_lowercase();
    let words: Vec<&str> = wanted.split_whitespace().collect();
    let text = |model: &ModelInfo| {
        [model.name.as_str(), " ", model.label.as_deref().unwrap_or_default()].concat().to_lowercase()
    };
    let mut found: Vec<(bool, &ModelInfo)> = models
        .iter()
        .map(|model| (text(model), model))
        .filter(|(text, _)| words.iter().all(|word| text.contains(word)))
        .map(|(text, model)| (!words.first().is_some_and(|word| text.starts_with(word)), model))
        .collect();
    // Stable: among equals the server's order stays.
    found.sort_by_key(|(inside, _)| *inside);
    found.into_iter().map(|(_, model)| model.clone()).collect()
}

/// How a pull stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Pull {
    /// It goes on.
    Running {
        /// The model.
        name: String,
        /// What the server does.
        status: String,
        /// How much is here, in hundredths; `None` as long as nobody knows.
        percent: Option<u8>,
        /// `1.2 GB of 2.0 GB`; empty as long as nobody knows.
        amount: String,
    },
    /// The model is here.
    Done(String),
    /// Somebody stopped it.
    Cancelled(String),
    /// It failed: the model, and why.
    Failed(String, String),
}

impl Pull {
    /// One that begins.
    #[must_use]
    pub fn begun(name: &str) -> Self {
        Self::Running { name: name.to_owned(), status: "asking".to_owned(), percent: None, amount: String::new() }
    }

    /// How it stands after a step.
    #[must_use]
    pub fn after(name: &str, step: &PullProgress, totals: &PullTotals) -> Self {
        if step.done {
            return Self::Done(name.to_owned());
        }
        let amount = match totals.total() {
            0 => String::new(),
            total => [&bytes_in_words(totals.completed()), " of ", &bytes_in_words(total)].concat(),
        };
        Self::Running { name: name.to_owned(), status: step.status.clone(), percent: totals.percent(), amount }
    }

    /// What is said of its beginning and its end. Steps between them are only shown.
    #[must_use]
    pub fn said(&self) -> String {
        match self {
            Self::Running { name, .. } => ["Pulling ", name].concat(),
            Self::Done(name) => [name, " is here."].concat(),
            Self::Cancelled(name) => {
                ["Stopped pulling ", name, ". What was fetched is kept for the next time."].concat()
            }
            Self::Failed(name, why) => [name, " was not pulled. ", why].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_to_be_there_and_a_beginning_goes_first() {
        let all = ["meta/llama-3.3-70b", "llama3.2:latest", "Qwen3"].map(ModelInfo::from);
        let mut labelled = ModelInfo::named("gpt-oss");
        labelled.label = Some("GPT OSS by the Llama people".into());
        let all: Vec<ModelInfo> = all.into_iter().chain([labelled]).collect();
        let names = |wanted: &str| search(&all, wanted).into_iter().map(|m| m.name).collect::<Vec<_>>();
        assert_eq!(names("LLAMA"), ["llama3.2:latest", "meta/llama-3.3-70b", "gpt-oss"]);
        assert_eq!(names("llama 70b"), ["meta/llama-3.3-70b"]);
        assert_eq!(names("  ").len(), 4);
        assert_eq!(names("nothing of it"), Vec::<String>::new());
    }

    #[test]
    fn a_pull_says_how_far_it_is() {
        let mut totals = PullTotals::default();
        let step = PullProgress { status: "pulling manifest".into(), ..PullProgress::default() };
        let wanted =
            Pull::Running { name: "m".into(), status: "pulling manifest".into(), percent: None, amount: String::new() };
        assert_eq!(Pull::after("m", &step, &totals), wanted);
        let layer = PullProgress {
            status: "pulling abc".into(),
            digest: Some("abc".into()),
            total: Some(2_000_000_000),
            completed: Some(500_000_000),
            done: false,
        };
        totals.take(&layer);
        let Pull::Running { percent, amount, .. } = Pull::after("m", &layer, &totals) else { panic!("it goes on") };
        assert_eq!((percent, amount.as_str()), (Some(25), "500 MB of 2.0 GB"));
        let done = PullProgress { done: true, ..step };
        assert_eq!(Pull::after("m", &done, &totals), Pull::Done("m".into()));
        for pull in [Pull::begun("m"), Pull::Cancelled("m".into()), Pull::Failed("m".into(), "Why.".into())] {
            assert!(pull.said().contains('m'), "{pull:?}");
        }
    }
}
