//! How a shape is asked for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a shape is asked for, the strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JsonMode {
    /// The server enforces the schema, for models that can; for others it is said in the instructions.
    Schema,
    /// The server enforces JSON; the schema is said in the instructions.
    Object,
    /// Everything is said in the instructions.
    Instructions,
}

impl JsonMode {
    /// All modes.
    pub const ALL: [Self; 3] = [Self::Schema, Self::Object, Self::Instructions];

    /// The name in files.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Schema => "schema",
            Self::Object => "object",
            Self::Instructions => "instructions",
        }
    }
}

impl fmt::Display for JsonMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
