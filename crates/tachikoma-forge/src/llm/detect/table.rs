//! What is asked of a server that nobody has named, and by which marks it is known. Data, in the order of trust.
//!
//! Several servers imitate others, down to their lists and versions, so the marks that a server has to itself come
//! first, and those that others borrow last. Sources: the servers' API references and source code as of November
//! 2026; `tests/detect` holds answers of each.

use crate::llm::rows;

/// The path that every server of these dialects answers, one way or another. It is asked first, and alone.
pub(super) const FIRST: &str = "/v1/models";

/// The other paths, asked together. The number is fixed: a server is asked nine questions at most.
pub(super) const OTHERS: [&str; 8] =
    ["/", "/api/extra/version", "/api/version", "/props", "/system", "/v1/internal/model/info", "/version", "/health"];

/// Where more servers may be found on this machine than at the addresses in their rows.
pub(super) const MORE_ADDRESSES: [&str; 1] = ["http://127.0.0.1:8080"];

/// Something that an answer says.
#[derive(Clone, Copy, Debug)]
pub(super) enum Mark {
    /// The body is a text that begins like this.
    Begins(&'static str),
    /// A header holds this.
    Header(&'static str, &'static str),
    /// JSON has something at this place, whatever it is.
    Has(&'static str),
    /// JSON has a text at this place that begins like this, in small or capital letters.
    Says(&'static str, &'static str),
    /// The status is this, and JSON has something at this place.
    Refuses(u16, &'static str),
}

/// How one kind of server is known.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    /// The provider's name in the table of providers.
    pub(super) provider: &'static str,
    /// The path whose answer is looked at.
    pub(super) path: &'static str,
    /// What the answer has to say.
    pub(super) mark: Mark,
    /// Where it says its version: path and place.
    pub(super) version: Option<(&'static str, &'static str)>,
    /// Before this version it is another provider of the table.
    pub(super) before: Option<((u32, u32), &'static str)>,
    /// The path under which it says whether it is well: 200, or an error of the server.
    pub(super) health: Option<&'static str>,
}

const fn row(provider: &'static str, path: &'static str, mark: Mark) -> Row {
    Row { provider, path, mark, version: None, before: None, health: None }
}

const OWNER: &str = "/data/0/owned_by";

/// It took constraints by other names before, and does not say that it ignores those.
const fn vllm(path: &'static str, mark: Mark) -> Row {
    Row {
        version: Some(("/version", "/version")),
        before: Some(((0, 12), "vllm-guided")),
        health: Some("/health"),
        ..row("vllm", path, mark)
    }
}

/// The first that fits decides.
pub(super) const ROWS: &[Row] = &[
    // It answers for Ollama and for llama.cpp as well.
    Row {
        version: Some(("/api/extra/version", "/version")),
        ..row("koboldcpp", "/api/extra/version", Mark::Says("/result", "KoboldCpp"))
    },
    // It answers unknown paths under status 200, with these words.
    row("lm-studio", "/api/extra/version", Mark::Says("/error", "Unexpected endpoint or method")),
    row("lm-studio", FIRST, Mark::Says(OWNER, "organization_owner")),
    row("tabbyapi", FIRST, Mark::Says(OWNER, "tabbyAPI")),
    row("tabbyapi", "/health", Mark::Has("/issues")),
    row("text-generation-webui", "/v1/internal/model/info", Mark::Has("/lora_names")),
    row("llama-cpp", FIRST, Mark::Says(OWNER, "llamacpp")),
    row("llama-cpp", FIRST, Mark::Header("server", "llama.cpp")),
    Row {
        version: Some(("/props", "/build_info")),
        ..row("llama-cpp", "/props", Mark::Has("/default_generation_settings"))
    },
    Row { version: Some(("/version", "/version")), ..row("localai", "/system", Mark::Has("/backends")) },
    Row { version: Some(("/version", "/version")), ..row("aphrodite", FIRST, Mark::Says(OWNER, "pygmalionai")) },
    row("fastchat", FIRST, Mark::Says(OWNER, "fastchat")),
    vllm(FIRST, Mark::Says(OWNER, "vllm")),
    Row {
        version: Some(("/api/version", "/version")),
        ..row(rows::OLLAMA.name, "/", Mark::Begins("Ollama is running"))
    },
    Row {
        version: Some(("/api/version", "/version")),
        ..row(rows::OLLAMA.name, "/api/version", Mark::Has("/version"))
    },
    // With a key it keeps its list to itself, but not its version.
    vllm("/version", Mark::Has("/version")),
    row(rows::ANTHROPIC.name, FIRST, Mark::Says("/data/0/type", "model")),
    row(rows::ANTHROPIC.name, FIRST, Mark::Says("/error/type", "authentication_error")),
    // Whatever else lists models, or would with a key.
    row(rows::OPENAI_COMPATIBLE.name, FIRST, Mark::Has("/data")),
    row(rows::OPENAI_COMPATIBLE.name, FIRST, Mark::Refuses(401, "/error")),
    row(rows::OPENAI_COMPATIBLE.name, FIRST, Mark::Refuses(401, "/detail")),
    row(rows::OPENAI_COMPATIBLE.name, FIRST, Mark::Refuses(403, "/error")),
];
