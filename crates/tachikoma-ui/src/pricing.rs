//! What models cost, as far as the page knows: the shipped table, fetched once the form stands, and before it what
//! people say themselves.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use tachikoma_forge::cost::{PriceTable, Prices};
use tachikoma_forge::session::{Participant, Settings};

use crate::access::Access;
use crate::backend;
use crate::browser;
use crate::setup::Setup;
use crate::view_model::own_prices::{OwnPrice, table, with};

/// Where prices of one's own are kept.
const STORED: &str = "prices";

/// The prices that hold; copied around freely.
#[derive(Clone, Copy)]
pub struct Pricing {
    access: Access,
    /// The shipped table, once it was wanted and came.
    shipped: StoredValue<Option<PriceTable>>,
    /// What people say themselves.
    own: RwSignal<Vec<OwnPrice>>,
    /// Both, once the shipped one is here.
    table: RwSignal<Option<Arc<PriceTable>>>,
}

impl Pricing {
    /// The prices of one's own that are kept here, and no table yet.
    #[must_use]
    pub fn open(access: Access) -> Self {
        let own = browser::stored(STORED).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        Self { access, shipped: StoredValue::new(None), own: RwSignal::new(own), table: RwSignal::new(None) }
    }

    /// What people say themselves, by model.
    #[must_use]
    pub fn own(self) -> Vec<OwnPrice> {
        self.own.get()
    }

    /// Takes a price that somebody says: the model as `provider/model`, dollars for a million tokens.
    ///
    /// # Errors
    /// Says what to write.
    pub fn say(self, model: &str, input: &str, output: &str) -> Result<(), String> {
        let known = |name: &str| self.access.row(name).map(|row| row.name);
        let price = OwnPrice::from_words(model, input, output, known)?;
        self.keep(with(self.own.get_untracked(), price));
        Ok(())
    }

    /// Forgets what somebody said of a model: the table holds again.
    pub fn forget(self, name: &str) {
        let mut own = self.own.get_untracked();
        own.retain(|price| price.name() != name);
        self.keep(own);
    }

    fn keep(self, own: Vec<OwnPrice>) {
        let text = if own.is_empty() { String::new() } else { serde_json::to_string(&own).unwrap_or_default() };
        browser::store(STORED, &text);
        self.own.set(own);
        self.combine();
    }

    fn combine(self) {
        let shipped = self.shipped.get_value();
        let own = self.own.with_untracked(|own| table(own));
        self.table.set(shipped.map(|shipped| Arc::new(shipped.overridden_by(own))));
    }

    /// The table, fetched when it is first wanted.
    ///
    /// # Errors
    /// Says why it did not come.
    pub async fn table(self) -> Result<Arc<PriceTable>, String> {
        if let Some(table) = self.table.get_untracked() {
            return Ok(table);
        }
        let shipped = backend::prices().await?;
        self.shipped.set_value(Some(shipped));
        self.combine();
        self.table.get_untracked().ok_or_else(String::new)
    }

    /// What the members' models cost.
    #[must_use]
    pub fn of(self, table: &PriceTable, participants: &[Participant]) -> Prices {
        let models = participants.iter().flat_map(Participant::targets);
        table.of_models(models, |provider| self.access.row(provider).map(|row| row.name))
    }

    /// What the form's deliberation would begin with, and what its models cost; nothing while a part of the form makes
    /// no sense, or before the table is here.
    #[must_use]
    pub fn known(self, setup: Setup) -> Memo<Option<Known>> {
        spawn_local(async move {
            // Without a table no cost is shown; a start that needs one says why it did not come.
            let _ = self.table().await;
        });
        Memo::new(move |_| {
            let table = self.table.get()?;
            let participants = setup.participants(self.access).ok().filter(|all| !all.is_empty())?;
            let settings = setup.settings(self.access).ok()?;
            let settings = Settings { prices: self.of(&table, &participants), ..settings };
            Some(Known { participants, settings })
        })
    }
}

/// What a deliberation would begin with.
#[derive(Clone, PartialEq)]
pub struct Known {
    /// The members.
    pub participants: Vec<Participant>,
    /// The limits, with prices.
    pub settings: Settings,
}
