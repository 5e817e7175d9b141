//! Several targets of one model, of which any may answer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{ModelRef, ModelRefError};

/// Interchangeable targets: one model at several addresses, providers or keys. Written with `|` between them,
/// as in `openai/gpt-4o|openai#2/gpt-4o`. Most have one target alone.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pool {
    first: ModelRef,
    more: Vec<ModelRef>,
}

impl Pool {
    /// The target that was named first: the one that people read where there is room for one.
    #[must_use]
    pub const fn first(&self) -> &ModelRef {
        &self.first
    }

    /// All targets, in the order in which they were named.
    pub fn targets(&self) -> impl Iterator<Item = &ModelRef> {
        std::iter::once(&self.first).chain(&self.more)
    }

    /// All targets, to be changed in place.
    pub fn targets_mut(&mut self) -> impl Iterator<Item = &mut ModelRef> {
        std::iter::once(&mut self.first).chain(&mut self.more)
    }

    /// Adds a target; one that is there already is not there twice.
    #[must_use]
    pub fn or(mut self, target: ModelRef) -> Self {
        if !self.targets().any(|known| *known == target) {
            self.more.push(target);
        }
        self
    }
}

impl From<ModelRef> for Pool {
    fn from(first: ModelRef) -> Self {
        Self { first, more: Vec::new() }
    }
}

impl fmt::Display for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.first, f)?;
        self.more.iter().try_for_each(|target| write!(f, "|{target}"))
    }
}

impl FromStr for Pool {
    type Err = ModelRefError;

    fn from_str(text: &str) -> Result<Self, ModelRefError> {
        let mut targets = text.split('|').map(str::parse);
        let first = targets.next().unwrap_or_else(|| text.parse())?;
        targets.try_fold(Self::from(first), |pool, target| Ok(pool.or(target?)))
    }
}

impl Serialize for Pool {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Pool {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pool_reads_back_what_it_prints() {
        for text in ["ollama/x", "ollama/x|vllm/x@http://h:1|openai#2/x"] {
            let pool: Pool = text.parse().unwrap();
            assert_eq!(pool.to_string(), text);
            assert_eq!(pool.targets().count(), text.split('|').count());
        }
        assert_eq!("ollama/x | ollama/x".parse::<Pool>().unwrap().to_string(), "ollama/x", "the same twice is one");
        for wrong in ["", "ollama/x|", "|ollama/x", "ollama/x||ollama/y", "ollama/x|y"] {
            assert!(wrong.parse::<Pool>().is_err(), "{wrong}");
        }
    }
}
