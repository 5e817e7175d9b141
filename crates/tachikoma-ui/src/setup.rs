//! What is about to be deliberated, and by whom: the values of the form, kept in this browser without keys.

mod guard;

use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use tachikoma_forge::llm::{ModelConfig, ProviderRow};
use tachikoma_forge::session::{Attachment, Balance, Participant, Settings, Topic};
use tachikoma_forge::types::{ModelRef, Pool, key_slot};

use self::guard::{Guard, KeptGuard};
use crate::access::Access;
use crate::browser;
use crate::browser_model::{self, BrowserModel};
use crate::view_model::money::{cap_from, token_cap_from};

/// Where the form is kept.
const STORED: &str = "setup";
/// The most members at one table: as many as there are hues.
pub const MOST_MEMBERS: usize = 8;

/// A member of the form.
#[derive(Clone, Copy)]
pub struct Member {
    /// Tells members apart while they come and go.
    pub key: u32,
    /// The name; empty for one after the model.
    pub name: RwSignal<String>,
    /// The provider's name in the table.
    pub provider: RwSignal<String>,
    /// The model.
    pub model: RwSignal<String>,
    /// An address of this member's own.
    pub base_url: RwSignal<String>,
    /// Where else its model may be asked, as models are written.
    pub shares: RwSignal<String>,
    /// What is asked when its model cannot, as models are written.
    pub fallbacks: RwSignal<String>,
    /// How it should think.
    pub persona: RwSignal<String>,
}

/// A member as it is kept.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Kept {
    name: String,
    provider: String,
    model: String,
    #[serde(default)]
    base_url: String,
    #[serde(default)]
    shares: String,
    #[serde(default)]
    fallbacks: String,
    #[serde(default)]
    persona: String,
}

/// The form as it is kept.
#[derive(Serialize, Deserialize)]
pub struct KeptSetup {
    goal: String,
    constraints: String,
    members: Vec<Kept>,
    threshold: String,
    rounds: String,
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
    /// The agreement that ends it, as written.
    pub threshold: RwSignal<String>,
    /// The most rounds, as written.
    pub rounds: RwSignal<String>,
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
            threshold: "0.8".into(),
            rounds: "10".into(),
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
            threshold: RwSignal::new(first.threshold),
            rounds: RwSignal::new(first.rounds),
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

    /// Takes a member from the table.
    pub fn remove(self, key: u32) {
        self.members.update(|all| all.retain(|m| m.key != key));
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
            threshold: self.threshold.get(),
            rounds: self.rounds.get(),
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
        let threshold: f64 = self
            .threshold
            .get()
            .trim()
            .replace(',', ".")
            .parse()
            .map_err(|_| "The threshold is a number such as 0.8.")?;
        let whole = |text: String, what: &str| match text.trim().parse::<u32>() {
            Ok(number @ 1..) => Ok(number),
            _ => Err([what, " is a whole number above 0."].concat()),
        };
        let unless_empty = |text: RwSignal<String>| Some(text.get()).filter(|text| !text.trim().is_empty());
        let concurrency = unless_empty(self.concurrency);
        let person = unless_empty(self.person_seconds);
        let mut settings = Settings {
            convergence_threshold: Settings::threshold_from(threshold)?,
            max_rounds: whole(self.rounds.get(), "The most rounds")?,
            round_timeout_seconds: whole(self.timeout.get(), "The time of a round in seconds")?,
            balance: self.balance.get(),
            concurrency: concurrency.map(|text| whole(text, "The most calls at once")).transpose()?,
            max_cost: cap_from(&self.max_cost.read())?,
            max_tokens_total: token_cap_from(&self.max_tokens_total.read())?,
            person_seconds: person.map(|text| whole(text, "The time of a person in seconds")).transpose()?,
            ..Settings::default()
        };
        self.guard.apply(&mut settings, access)?;
        Ok(settings)
    }

    /// The members as the core seats them.
    ///
    /// # Errors
    /// Says whose model or address is missing.
    pub fn participants(self, access: Access) -> Result<Vec<Participant>, String> {
        self.members.get().into_iter().map(|member| member.participant(access)).collect()
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
                ["The key for ", row.label, " is not sent to ", &url, " unasked. The member says how."].concat(),
            );
        }
        let names = crate::view_model::format::names(&missing);
        Some(["There is no key for ", &names, " yet. Paste one on the page of keys and addresses."].concat())
    }
}

impl Member {
    /// The name that is shown: the one given, else one after the model.
    #[must_use]
    pub fn shown_name(self) -> String {
        let name = self.name.get();
        if !name.trim().is_empty() {
            return name;
        }
        let (provider, model) = (self.provider.get(), self.model.get());
        if model.trim().is_empty() {
            return "New member".into();
        }
        Participant::new(ModelRef { provider, model, base_url: None }).name
    }

    /// The keys that would have to go where they were not given for, with the address; none while the member is not
    /// written to its end.
    #[must_use]
    pub fn withheld(self, access: Access) -> Vec<(ProviderRow, String)> {
        self.participant(access).map(|member| access.withheld_from(&[member])).unwrap_or_default()
    }

    fn participant(self, access: Access) -> Result<Participant, String> {
        let (provider, model) = (self.provider.get(), self.model.get().trim().to_owned());
        let name = self.shown_name();
        if model.is_empty() {
            return Err([&name, " has no model. Choose or type one."].concat());
        }
        if model.contains('|') {
            return Err([&name, ": a model's name holds no |. Write what shares the work into its own field."].concat());
        }
        let base_url = Some(self.base_url.get().trim().trim_end_matches('/').to_owned()).filter(|u| !u.is_empty());
        let is_default = provider == "anthropic" && model == ModelConfig::DEFAULT_MODEL;
        let own = Pool::from(ModelRef { provider, model, base_url });
        let listed = |text: String| Some(text).filter(|text| !text.trim().is_empty());
        let read = |text: &str| text.parse::<Pool>().map_err(|error| [&name, ": ", &error.0].concat());
        let own = match listed(self.shares.get()) {
            Some(text) => read(&text)?.targets().cloned().fold(own, Pool::or),
            None => own,
        };
        let own = placed(own, &name, access)?;
        let fallbacks = match listed(self.fallbacks.get()) {
            Some(text) => text.split(',').map(|pool| placed(read(pool)?, &name, access)).collect::<Result<_, _>>()?,
            None if is_default => {
                vec![ModelRef { model: ModelConfig::FIRST_FALLBACK.into(), ..own.first().clone() }.into()]
            }
            None => Vec::new(),
        };
        let member = Participant::new(own.first().clone()).named(name).with_persona(&self.persona.get());
        Ok(Participant { model: own, fallbacks, ..member })
    }
}

/// What a member may ask, with the addresses that are set on this page: they go into the session, so that a
/// reload can go on without asking for them again.
///
/// # Errors
/// Says what is missing, with `name` as whose it is.
pub(crate) fn placed(mut pool: Pool, name: &str, access: Access) -> Result<Pool, String> {
    for model in pool.targets_mut() {
        if key_slot(&model.provider).1 > 1 {
            let whose = model.provider_name();
            return Err([name, ": this page holds one key for ", whose, ". Several work on the command line."].concat());
        }
        model.base_url = model.base_url.take().or_else(|| access.endpoint(&model.provider));
        // What is no row of the table, as the demo, has no address.
        let needs_url = access.row(&model.provider).is_some_and(|row| row.base_url.is_none());
        if model.base_url.is_none() && needs_url {
            return Err([name, " needs a base URL: the address of its server."].concat());
        }
    }
    Ok(pool)
}
