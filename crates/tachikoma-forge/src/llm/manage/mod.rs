//! The models of a provider: what is known of each, and fetching and removing them where that is possible.
//!
//! Each call is one request, as everywhere below [`LlmProvider`]. What the answers mean is read here without any
//! input or output (`info`, `list`, `pull`); `calls` sends. A server that keeps apart which models it offers and
//! which are in its memory is asked twice by [`inventory`], never by a method of a provider.

pub(super) mod calls;
mod info;
mod list;
mod pull;

pub use info::{ModelCapability, ModelInfo, bytes_in_words, tokens_in_words};
pub(super) use list::{entries, entry};
pub use pull::{PullProgress, PullStream, PullTotals};

use super::LlmProvider;
use crate::types::{ErrorKind, LlmError};

/// In which way a server lets its models be managed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Management {
    /// Its models are listed, and that is all.
    ListOnly,
    /// Ollama's own interface: pull, delete, show, and what is in memory.
    Ollama,
    /// LM Studio's own list beside the compatible one, which says more.
    LmStudio,
}

/// The models on offer with everything that the server says of them: the list, and what it says apart from it.
///
/// # Errors
/// Those of [`LlmProvider::list_models`]. That it says nothing more is no error.
pub async fn inventory(provider: &dyn LlmProvider) -> Result<Vec<ModelInfo>, LlmError> {
    let mut models = provider.list_models().await?;
    if models.is_empty() {
        return Ok(models);
    }
    let Ok(Some(states)) = provider.model_states().await else { return Ok(models) };
    for model in &mut models {
        match states.iter().find(|state| state.name == model.name) {
            Some(state) => model.add(state),
            // Who lists what is in its memory means that the others are not.
            None => model.loaded = model.loaded.or(Some(false)),
        }
    }
    Ok(models)
}

/// What a provider answers that cannot do this.
#[must_use]
pub fn unsupported(what: &str, label: &str) -> LlmError {
    LlmError::new(ErrorKind::InvalidRequest, format!("{what} is not supported by {label}."))
}
