//! Addresses within the page, kept behind the `#`: they work on any static host, in any folder.

use tachikoma_forge::types::{RoundNumber, SessionId};

/// A page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The form.
    Compose,
    /// A session, perhaps at one of its rounds.
    Session(SessionId, Option<RoundNumber>),
    /// What is kept.
    History,
    /// Keys and addresses.
    Providers,
}

impl Route {
    /// Reads what stands behind the `#`. Anything unknown is the form.
    #[must_use]
    pub fn read(hash: &str) -> Self {
        let mut parts = hash.trim_start_matches('#').trim_start_matches('/').split('/');
        match (parts.next(), parts.next()) {
            (Some("history"), _) => Self::History,
            (Some("providers"), _) => Self::Providers,
            // Ids are made by the adapter of letters, digits and dashes: anything else never was one.
            (Some("session"), Some(id))
                if !id.is_empty() && id.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') =>
            {
                let round = parts.next().and_then(|r| r.strip_prefix("round-")?.parse().ok());
                Self::Session(SessionId(id.to_owned()), round)
            }
            _ => Self::Compose,
        }
    }

    /// The address, `#` included.
    #[must_use]
    pub fn href(&self) -> String {
        match self {
            Self::Compose => "#/".to_owned(),
            Self::History => "#/history".to_owned(),
            Self::Providers => "#/providers".to_owned(),
            Self::Session(id, None) => ["#/session/", &id.0].concat(),
            Self::Session(id, Some(round)) => ["#/session/", &id.0, "/round-", &round.to_string()].concat(),
        }
    }

    /// Goes there.
    #[cfg(target_arch = "wasm32")]
    pub fn go(&self) {
        let _ = leptos::prelude::window().location().set_hash(&self.href());
    }
}

/// The page of the current address, kept up to date.
#[cfg(target_arch = "wasm32")]
#[must_use]
pub fn current() -> leptos::prelude::ReadSignal<Route> {
    use leptos::prelude::*;
    let read = || Route::read(&window().location().hash().unwrap_or_default());
    let (route, set) = signal(read());
    let listener = window_event_listener(leptos::ev::hashchange, move |_| set.set(read()));
    on_cleanup(move || listener.remove());
    route
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_read_back() {
        let id = SessionId("0abc-12".into());
        for route in [
            Route::Compose,
            Route::History,
            Route::Providers,
            Route::Session(id.clone(), None),
            Route::Session(id, Some(4)),
        ] {
            assert_eq!(Route::read(&route.href()), route);
        }
        for unknown in ["", "#", "#/nowhere", "#/session/", "#/session/<script>", "#/session/%2e%2e"] {
            assert_eq!(Route::read(unknown), Route::Compose);
        }
    }
}
