//! What the page does with the models of a provider: fetch, show, delete, and find servers. Belongs to the whole app
//! alone, and outlives its pages: a pull goes on while somebody looks at another one.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::future::{AbortHandle, abortable};
use leptos::prelude::*;
use leptos::task::spawn_local;
use tachikoma_forge::llm::detect::{Detected, detect, usual_addresses};
use tachikoma_forge::llm::{LlmProvider, ModelInfo, PullTotals};
use tachikoma_forge::types::LlmError;

use crate::access::Access;
use crate::backend;
use crate::view_model::models::Pull;

/// What was found at an address.
#[derive(Clone, Debug, PartialEq)]
pub enum Search {
    /// Nobody has looked.
    Idle,
    /// It is being looked for.
    Running,
    /// These answered.
    Found(Vec<Detected>),
    /// None did: what to do.
    Nothing(String),
}

/// The models of the providers, and what is being done with them; copied around freely.
#[derive(Clone, Copy)]
pub struct Models {
    access: Access,
    /// How the pulls stand, by provider.
    pub pulls: RwSignal<BTreeMap<String, Pull>>,
    stops: StoredValue<BTreeMap<String, AbortHandle>>,
    /// What was shown of single models, by provider and name.
    pub shown: RwSignal<BTreeMap<(String, String), Result<ModelInfo, String>>>,
    /// What went wrong with the last removal, by provider.
    pub troubles: RwSignal<BTreeMap<String, String>>,
    /// Whether it is asked before something is deleted.
    pub asking: RwSignal<bool>,
    /// What would be deleted: provider and name.
    pub doomed: RwSignal<Option<(&'static str, String)>>,
    /// What was looked for, and found.
    pub search: RwSignal<Search>,
}

impl Models {
    /// Nothing is being done.
    #[must_use]
    pub fn new(access: Access) -> Self {
        Self {
            access,
            pulls: RwSignal::new(BTreeMap::new()),
            stops: StoredValue::new(BTreeMap::new()),
            shown: RwSignal::new(BTreeMap::new()),
            troubles: RwSignal::new(BTreeMap::new()),
            asking: RwSignal::new(false),
            doomed: RwSignal::new(None),
            search: RwSignal::new(Search::Idle),
        }
    }

    /// Fetches a model; one at a time for each provider.
    pub fn pull(self, provider: &'static str, name: &str) {
        let name = name.trim().to_owned();
        let running = self.pulls.with_untracked(|all| matches!(all.get(provider), Some(Pull::Running { .. })));
        if name.is_empty() || running {
            return;
        }
        self.set_pull(provider, Pull::begun(&name));
        let made = self.access.provider(provider, "");
        let task = async move {
            if let Err(error) = self.follow(provider, &name, made).await {
                self.set_pull(provider, Pull::Failed(name, crate::markdown::clean(&error.message)));
            }
        };
        // Dropping the stream ends the request, and the server's fetching with it.
        let (task, stop) = abortable(task);
        self.stops.update_value(|all| drop(all.insert(provider.to_owned(), stop)));
        spawn_local(async move {
            let _ = task.await;
        });
    }

    async fn follow(
        self,
        provider: &'static str,
        name: &str,
        made: Result<std::sync::Arc<dyn LlmProvider>, LlmError>,
    ) -> Result<(), LlmError> {
        let mut steps = made?.pull_model(name).await?;
        let mut totals = PullTotals::default();
        while let Some(step) = steps.next().await {
            let step = step?;
            totals.take(&step);
            self.set_pull(provider, Pull::after(name, &step, &totals));
        }
        self.access.test(provider);
        Ok(())
    }

    fn set_pull(self, provider: &str, pull: Pull) {
        self.pulls.update(|all| drop(all.insert(provider.to_owned(), pull)));
    }

    /// Stops a pull.
    pub fn cancel(self, provider: &str) {
        let stop = self.stops.try_update_value(|all| all.remove(provider)).flatten();
        let running = self.pulls.with_untracked(|all| all.get(provider).cloned());
        if let (Some(stop), Some(Pull::Running { name, .. })) = (stop, running) {
            stop.abort();
            self.set_pull(provider, Pull::Cancelled(name));
        }
    }

    /// Shows everything that is known of a model, or hides it again.
    pub fn show(self, provider: &'static str, name: &str) {
        let key = (provider.to_owned(), name.to_owned());
        if self.shown.try_update(|all| all.remove(&key)).flatten().is_some() {
            return;
        }
        let made = self.access.provider(provider, "");
        spawn_local(async move {
            let shown = match made {
                Ok(provider) => provider.show_model(&key.1).await,
                Err(error) => Err(error),
            };
            let shown = shown.map_err(|error| crate::markdown::clean(&error.message));
            self.shown.update(|all| drop(all.insert(key, shown)));
        });
    }

    /// Asks whether a model shall be deleted.
    pub fn ask_to_delete(self, provider: &'static str, name: String) {
        self.doomed.set(Some((provider, name)));
        self.asking.set(true);
    }

    /// Deletes what was asked about.
    pub fn delete(self) {
        let Some((provider, name)) = self.doomed.get_untracked() else { return };
        let made = self.access.provider(provider, "");
        self.troubles.update(|all| drop(all.remove(provider)));
        spawn_local(async move {
            let done = match made {
                Ok(provider) => provider.delete_model(&name).await,
                Err(error) => Err(error),
            };
            match done {
                Ok(()) => self.access.test(provider),
                Err(error) => {
                    let words = [&name, " was not deleted. ", &crate::markdown::clean(&error.message)].concat();
                    self.troubles.update(|all| drop(all.insert(provider.to_owned(), words)));
                }
            }
        });
    }

    /// Looks which server answers at an address; with none, at the usual ones of this machine.
    pub fn look(self, url: &str) {
        self.search.set(Search::Running);
        let url = url.trim().to_owned();
        spawn_local(async move {
            let transport = backend::transport();
            let found = if url.is_empty() {
                let usual = usual_addresses(&self.access.registry());
                let looks = usual.iter().map(|url| detect(&transport, &backend::pace, url));
                let found: Vec<Detected> =
                    futures::future::join_all(looks).await.into_iter().filter_map(Result::ok).collect();
                match found.is_empty() {
                    false => Ok(found),
                    true => Err(["Nothing that this page may read answers at ", &usual.join(", "), "."].concat()),
                }
            } else {
                let found = detect(&transport, &backend::pace, &url).await;
                found.map(|found| vec![found]).map_err(|error| crate::markdown::clean(&error.message))
            };
            self.search.set(found.map_or_else(Search::Nothing, Search::Found));
        });
    }

    /// Takes what was found: its address goes to its provider, which is tested.
    pub fn take(self, found: &Detected) {
        self.access.set_endpoint(found.provider, &found.base_url);
        self.access.test(found.provider);
        crate::browser::unfold(&["service-", found.provider, "-fold"].concat());
    }
}

/// The models of this page.
#[must_use]
pub fn models() -> Models {
    expect_context()
}
