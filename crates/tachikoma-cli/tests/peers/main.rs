//! Every wire format against an emulator of the providers that we did not write: one by one through the provider,
//! and whole deliberations by the command line.
//!
//! `cargo xtask test peers` starts it (`tests/servers/aimock.sh`) and names its address in `FORGE_AIMOCK`. What
//! it does differently from the real servers is covered by captured bytes in the wire fixtures, not here.
//!
//! The files are compiled with the other tests; without the emulator its tests are ignored, and the stage asks
//! for the ignored ones.

#![allow(clippy::unwrap_used)] // A test may.

mod deliberations;
mod providers;

/// A format that both sides speak.
struct Format {
    /// The provider that speaks it, and a model of it. The emulator takes any name, and finds a fault in it
    /// (`aimock.mjs`).
    provider: &'static str,
    model: &'static str,
    /// The path that is asked; `MODEL` stands for the model.
    path: &'static str,
    /// Asked by its plain completion.
    completion: bool,
    /// What the emulator cannot do here, or does otherwise than the provider.
    lacks: &'static [Lack],
}

/// What the emulator cannot do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lack {
    /// List models: it answers 404.
    List,
    /// Say that the limit of tokens was met: it always says that the model was done.
    CutShort,
    /// Take part in a deliberation: providers ask in this way for single answers only.
    Deliberation,
}

const fn format(provider: &'static str, model: &'static str, path: &'static str, lacks: &'static [Lack]) -> Format {
    Format { provider, model, path, completion: false, lacks }
}

const OLLAMA: &str = "llama3.2:latest";

/// Every format. What it does nowhere is not in the table: queue, judge the length of a prompt (it is told to refuse
/// one), send an error in the middle of a stream.
const FORMATS: &[Format] = &[
    format("openai-compatible", "local", "/v1/chat/completions", &[]),
    format("openai", "gpt-5.2-pro", "/v1/responses", &[]),
    format("anthropic", "claude-sonnet-4-20250514", "/v1/messages", &[]),
    format("gemini", "gemini-2.5-flash", "/v1beta/models/MODEL:streamGenerateContent", &[Lack::List]),
    format("cohere", "command-a-03-2025", "/v2/chat", &[]),
    format("ollama", OLLAMA, "/api/chat", &[Lack::CutShort]),
    Format { completion: true, ..format("ollama", OLLAMA, "/api/generate", &[Lack::CutShort, Lack::Deliberation]) },
];

impl Format {
    fn can(&self, lack: Lack) -> bool {
        !self.lacks.contains(&lack)
    }

    /// The model, which goes wrong in a way of the emulator's when a fault is named.
    fn member(&self, fault: &str) -> String {
        let (dash, at) = (if fault.is_empty() { "" } else { "-" }, emulator());
        format!("{}/{}{dash}{fault}@{at}", self.provider, self.model)
    }
}

fn emulator() -> String {
    std::env::var("FORGE_AIMOCK").expect("FORGE_AIMOCK names no emulator; run `cargo xtask test peers`")
}
