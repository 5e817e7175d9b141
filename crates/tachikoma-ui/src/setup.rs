//! What is about to be deliberated, and by whom: the values of the form, kept in this browser without keys.

mod course;
mod guard;
mod member;
mod panel;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tachikoma_forge::llm::{ModelConfig, ProviderRow};
use tachikoma_forge::session::{Attachment, Balance, Participant, Settings, Topic};
use tachikoma_forge::types::Seat;

use self::course::KeptCourse;
pub use self::course::{Course, HIGHEST, MEMBER, OUTSIDE, ROTATING};
use self::guard::{Guard, KeptGuard};
use self::member::Kept;
pub use self::member::Member;
pub(crate) use self::member::placed;
pub use self::panel::model_of_panel;
use crate::access::Access;
use crate::browser;
use crate::browser_model::{self, BrowserModel};
use crate::view_model::money::{cap_from, token_cap_from};

/// Where the form is kept.
const STORED: &str = "setup";
/// The most members at one table: as many as there are hues.
pub const MOST_MEMBERS: usize = 8;

/// The form as it is kept.
#[derive(Serialize, Deserialize)]
pub struct KeptSetup {
    goal: String,
    constraints: String,
    members: Vec<Kept>,
    #[serde(default)]
    course: KeptCourse,
    timeout: String,
    #[serde(default)]
    balance: Balance,
    #[serde(default)]
    concurrency: String,
    #[serde(default)]
    max_cost: String,
    #[serde(default)]
    max_tokens_total: String,
    #[serde(default)]
    guard: KeptGuard,
    #[serde(default)]
    person_seconds: String,
}

/// The form.
#[derive(Clone, Copy)]
pub struct Setup {
    /// What is deliberated.
    pub goal: RwSignal<String>,
    /// What every answer has to respect, one a line.
    pub constraints: RwSignal<String>,
    /// The files that are supplied with it; gone when the page is.
    pub attachments: RwSignal<Vec<Attachment>>,
    /// Who takes part.
    pub members: RwSignal<Vec<Member>>,
    /// Which way it takes, and when it is enough.
    pub course: Course,
    /// How long a round may take, in seconds, as written.
    pub timeout: RwSignal<String>,
    /// How interchangeable targets share the work.
    pub balance: RwSignal<Balance>,
    /// The most calls to one server at once, as written; empty for what is usual.
    pub concurrency: RwSignal<String>,
    /// The cap on money in dollars, as written; empty for none.
    pub max_cost: RwSignal<String>,
    /// The cap on tokens, as written; empty for none.
    pub max_tokens_total: RwSignal<String>,
    /// What guards the result.
    pub guard: Guard,
    /// How long a person has for an answer, in seconds, as written; empty for as long as it takes.
    pub person_seconds: RwSignal<String>,
    next_key: StoredValue<u32>,
}

impl Setup {
    /// The form that is handed over, else as it was left, else three members of different labs.
    #[must_use]
    pub fn open(kept: Option<KeptSetup>) -> Self {
        let kept = kept.or_else(|| serde_json::from_str(&browser::stored(STORED)?).ok());
        let first = kept.unwrap_or_else(|| KeptSetup {
            goal: String::new(),
            constraints: String::new(),
            members: [
                ("Claude", "anthropic", ModelConfig::DEFAULT_MODEL),
                ("GPT", "openai", "gpt-4.1"),
                ("Llama", "ollama", "llama3.2:latest"),
            ]
            .map(|(name, provider, model)| Kept {
                name: name.into(),
                provider: provider.into(),
                model: model.into(),
                ..Kept::default()
            })
            .into(),
            course: KeptCourse::new(),
            timeout: "300".into(),
            balance: Balance::default(),
            concurrency: String::new(),
            max_cost: String::new(),
            max_tokens_total: String::new(),
            guard: KeptGuard::default(),
            person_seconds: String::new(),
        });
        let setup = Self {
            goal: RwSignal::new(first.goal),
            constraints: RwSignal::new(first.constraints),
            attachments: RwSignal::new(Vec::new()),
            members: RwSignal::new(Vec::new()),
            course: Course::open(first.course),
            timeout: RwSignal::new(first.timeout),
            balance: RwSignal::new(first.balance),
            concurrency: RwSignal::new(first.concurrency),
            max_cost: RwSignal::new(first.max_cost),
            max_tokens_total: RwSignal::new(first.max_tokens_total),
            guard: Guard::open(first.guard),
            person_seconds: RwSignal::new(first.person_seconds),
            next_key: StoredValue::new(0),
        };
        for member in first.members.into_iter().take(MOST_MEMBERS) {
            setup.seat(member);
        }
        Effect::new(move |_| browser::store(STORED, &serde_json::to_string(&setup.kept()).unwrap_or_default()));
        setup
    }

    fn seat(self, kept: Kept) -> Member {
        let key = self.next_key.get_value();
        self.next_key.set_value(key + 1);
        let member = Member {
            key,
            name: RwSignal::new(kept.name),
            provider: RwSignal::new(kept.provider),
            model: RwSignal::new(kept.model),
            base_url: RwSignal::new(kept.base_url),
            shares: RwSignal::new(kept.shares),
            fallbacks: RwSignal::new(kept.fallbacks),
            persona: RwSignal::new(kept.persona),
        };
        self.members.update(|all| all.push(member));
        member
    }

    /// Seats another member: of the provider that has the fewest, among those of which a model is known.
    pub fn add(self, access: Access) {
        let taken =
            |name: &str| self.members.read_untracked().iter().filter(|m| *m.provider.read_untracked() == name).count();
        let rows = access.rows().into_iter().filter(|row| !untrack(|| access.offered(row.name, "")).is_empty());
        let Some(row) = rows.min_by_key(|row| taken(row.name)) else { return };
        let model = untrack(|| access.offered(row.name, "")).first().map(|m| m.name.clone()).unwrap_or_default();
        self.seat(Kept { provider: row.name.into(), model, ..Kept::default() });
    }

    /// Takes a member from the table; whom the judge is chosen by moves up with the others.
    pub fn remove(self, key: u32) {
        let at = self.members.read_untracked().iter().position(|m| m.key == key);
        self.members.update(|all| all.retain(|m| m.key != key));
        if let Some(seat) = at.and_then(|at| Seat::try_from(at).ok()) {
            self.course.leaves(seat);
        }
    }

    /// Its values, followed.
    #[must_use]
    pub fn kept(self) -> KeptSetup {
        let members = self.members.get().into_iter().map(|m| Kept {
            name: m.name.get(),
            provider: m.provider.get(),
            model: m.model.get(),
            base_url: m.base_url.get(),
            shares: m.shares.get(),
            fallbacks: m.fallbacks.get(),
            persona: m.persona.get(),
        });
        KeptSetup {
            goal: self.goal.get(),
            constraints: self.constraints.get(),
            members: members.collect(),
            course: self.course.kept(),
            timeout: self.timeout.get(),
            balance: self.balance.get(),
            concurrency: self.concurrency.get(),
            max_cost: self.max_cost.get(),
            max_tokens_total: self.max_tokens_total.get(),
            guard: self.guard.kept(),
            person_seconds: self.person_seconds.get(),
        }
    }

    /// The topic.
    #[must_use]
    pub fn topic(self) -> Topic {
        let topic = Topic::new(self.goal.get()).with_constraints(&self.constraints.get());
        Topic { attachments: self.attachments.get(), ..topic }
    }

    /// The limits.
    ///
    /// # Errors
    /// Says which one makes no sense.
    pub fn settings(self, access: Access) -> Result<Settings, String> {
        let mut settings = Settings {
            round_timeout_seconds: some(self.timeout, "The time of a round in seconds")?,
            balance: self.balance.get(),
            concurrency: whole(self.concurrency, "The most calls at once", 1)?,
            max_cost: cap_from(&self.max_cost.read())?,
            max_tokens_total: token_cap_from(&self.max_tokens_total.read())?,
            person_seconds: whole(self.person_seconds, "The time of a person in seconds", 1)?,
            ..Settings::default()
        };
        self.course.apply(&mut settings, access)?;
        self.guard.apply(&mut settings, access)?;
        Ok(settings)
    }

    /// The members as the core seats them.
    ///
    /// # Errors
    /// Says whose model or address is missing.
    pub fn participants(self, access: Access) -> Result<Vec<Participant>, String> {
        let seated = |(member, seat): (Member, Seat)| Ok(Participant { seat, ..member.participant(access)? });
        self.members.get().into_iter().zip(0..).map(seated).collect()
    }

    /// The keys that would have to go where they were not given for, for those who are asked and are no members.
    #[must_use]
    pub fn withheld(self, access: Access) -> Vec<(ProviderRow, String)> {
        self.settings(access).map(|settings| access.withheld_from(&settings.outsiders())).unwrap_or_default()
    }

    /// What stands in the way of starting, for people.
    #[must_use]
    pub fn problem(self, access: Access) -> Option<String> {
        if self.goal.read().trim().is_empty() {
            return Some("Write a goal first: what should the members think about?".into());
        }
        match self.members.read().len() {
            0 => return Some("Nobody is at the table. Add at least two members.".into()),
            1 => return Some("One member has nobody to disagree with. Add at least one more.".into()),
            _ => {}
        }
        let mut participants = match self.participants(access) {
            Ok(participants) => participants,
            Err(problem) => return Some(problem),
        };
        match self.settings(access) {
            Ok(settings) => participants.extend(settings.outsiders()),
            Err(problem) => return Some(problem),
        }
        let mut asked = participants.iter().flat_map(|p| p.model.targets());
        let asks_browser = asked.any(|target| target.provider == browser_model::PROVIDER);
        match &*access.browser_model.read() {
            BrowserModel::Absent if asks_browser => {
                return Some("This browser has no model of its own. Choose another provider for that member.".into());
            }
            BrowserModel::Downloadable(_) | BrowserModel::Downloading(_) if asks_browser => {
                return Some("This browser's model is not downloaded yet. The page Providers downloads it.".into());
            }
            _ => {}
        }
        let missing: Vec<String> = access.missing_keys(&participants).iter().map(|r| r.label.to_owned()).collect();
        if missing.is_empty() {
            let (row, url) = access.withheld_from(&participants).into_iter().next()?;
            return Some(
                ["The key for ", row.label, " is not sent to ", &url, " unasked. The form asks where it is used."]
                    .concat(),
            );
        }
        let names = crate::view_model::format::names(&missing);
        Some(["There is no key for ", &names, " yet. Paste one on the page of keys and addresses."].concat())
    }
}

/// A number as it is written into a field, `least` or more; nothing where the field is empty.
fn whole(text: RwSignal<String>, what: &str, least: u32) -> Result<Option<u32>, String> {
    match text.read().trim() {
        "" => Ok(None),
        text => match text.parse::<u32>() {
            Ok(number) if number >= least => Ok(Some(number)),
            _ if least == 0 => Err([what, " is a whole number."].concat()),
            _ => Err([what, " is a whole number above 0."].concat()),
        },
    }
}

/// The same where the field cannot be empty.
fn some(text: RwSignal<String>, what: &str) -> Result<u32, String> {
    whole(text, what, 1)?.ok_or_else(|| [what, " is a whole number above 0."].concat())
}
