//! The servers that run on one's own machine or network, or at an address that each user brings.

use super::{BrowserAccess, KeyHeader, OPENAI, ProviderKind, ProviderRow};
use crate::llm::Parameter::{RepeatPenalty, Tools, TopK};
use crate::llm::codec::{Constraints, Dialect, Quirks, ReasoningWay};
use crate::llm::manage::Management;

/// A large model takes its time from a slow disk.
const LOADING_TIMEOUT: u32 = 900;

/// Any server compatible with OpenAI's chat completions, at an address of the user's.
pub const OPENAI_COMPATIBLE: ProviderRow = ProviderRow {
    name: "openai-compatible",
    label: "OpenAI-compatible",
    aliases: &["compatible"],
    kind: ProviderKind::Hybrid,
    base_url: None,
    url_env: &["OPENAI_COMPATIBLE_HOST"],
    key_env: Some("OPENAI_COMPATIBLE_API_KEY"),
    key_url: None,
    needs_key: false,
    default_models: &[],
    quirks: Quirks::COMPATIBLE,
    browser_hint: "Check the base URL and the key, and start the server so that it allows requests from this page (CORS).",
    browser: BrowserAccess::AfterSetup,
    at_once: 1,
    timeout_seconds: LOADING_TIMEOUT,
    ..OPENAI
};

/// Ollama.
pub const OLLAMA: ProviderRow = ProviderRow {
    name: "ollama",
    label: "Ollama",
    aliases: &["local"],
    kind: ProviderKind::Local,
    base_url: Some("http://localhost:11434"),
    url_env: &["OLLAMA_BASE_URL", "OLLAMA_HOST"],
    // Of no use to the server itself; whoever put it behind a door, or asks Ollama's cloud, has one.
    key_env: Some("OLLAMA_API_KEY"),
    key_url: None,
    needs_key: false,
    default_models: &["llama3.2:latest"],
    dialect: Dialect::Ollama,
    quirks: Quirks::OLLAMA,
    browser_hint: "Start Ollama with the environment variable OLLAMA_ORIGINS set to the address of the page that asks.",
    model_hint: "If the model is not there yet, get it on that machine with: ollama pull, and the model's name.",
    browser: BrowserAccess::AfterSetup,
    management: Management::Ollama,
    at_once: 1,
    timeout_seconds: LOADING_TIMEOUT,
    ..OPENAI
};

/// vLLM.
pub const VLLM: ProviderRow = ProviderRow {
    name: "vllm",
    label: "vLLM",
    base_url: Some("http://localhost:8000"),
    url_env: &["VLLM_HOST"],
    key_env: Some("VLLM_API_KEY"),
    // It answers many together, and is built for that.
    at_once: 8,
    quirks: Quirks::VLLM,
    browser: BrowserAccess::Open,
    browser_hint: "Check the key. vLLM allows every page unless it was started with --allowed-origins.",
    ..SERVER
};

/// What the servers for one's own machine that are compatible with OpenAI have in common.
const SERVER: ProviderRow = ProviderRow {
    aliases: &[],
    kind: ProviderKind::Local,
    url_env: &[],
    key_env: None,
    browser_hint: "Check the base URL, and the key if the server was given one.",
    ..OPENAI_COMPATIBLE
};

/// What most of these servers take beyond the dialect, in the words of the one half of them…
const FACTOR: Quirks = Quirks { names: &[(TopK, "top_k"), (RepeatPenalty, "repeat_penalty")], ..Quirks::COMPATIBLE };
/// …and of the other.
const REPETITION: Quirks =
    Quirks { names: &[(TopK, "top_k"), (RepeatPenalty, "repetition_penalty")], ..Quirks::COMPATIBLE };

/// The servers that are compatible with OpenAI.
pub(super) const SERVERS: &[ProviderRow] = &[
    ProviderRow {
        name: "vllm-guided",
        label: "vLLM before 0.12",
        url_env: &["VLLM_GUIDED_HOST"],
        key_env: Some("VLLM_GUIDED_API_KEY"),
        // It takes constraints by their old names, and would not say that it ignores the new ones.
        quirks: Quirks { constraints: Constraints::Guided, ..Quirks::VLLM },
        ..VLLM
    },
    ProviderRow {
        name: "llama-cpp",
        label: "llama.cpp",
        aliases: &["llamacpp", "llama.cpp", "llama-server"],
        // Releases before August 2026 listen on port 8080.
        base_url: Some("http://127.0.0.1:9931"),
        key_env: Some("LLAMA_CPP_API_KEY"),
        quirks: Quirks { reasoning: Some(ReasoningWay::Template), constraints: Constraints::LlamaCpp, ..FACTOR },
        browser: BrowserAccess::Open,
        browser_hint: "Check the port: older versions listen on 8080. A server that was started with tools allows pages from this machine only, until --cors-origins says otherwise.",
        ..SERVER
    },
    ProviderRow {
        name: "lm-studio",
        label: "LM Studio",
        aliases: &["lmstudio"],
        base_url: Some("http://localhost:1234"),
        key_env: Some("LM_STUDIO_API_KEY"),
        key_header: KeyHeader::BearerAnd("x-api-key"),
        quirks: FACTOR,
        management: Management::LmStudio,
        browser_hint: "Switch on \"Enable CORS\" in LM Studio's server settings, or start it with: lms server start --cors",
        ..SERVER
    },
    ProviderRow {
        name: "localai",
        label: "LocalAI",
        aliases: &["local-ai"],
        base_url: Some("http://localhost:8080"),
        key_env: Some("LOCALAI_API_KEY"),
        quirks: FACTOR,
        browser_hint: "Start LocalAI with CORS=true and CORS_ALLOW_ORIGINS set to the address of this page.",
        ..SERVER
    },
    ProviderRow {
        name: "text-generation-webui",
        label: "text-generation-webui",
        aliases: &["textgen", "oobabooga"],
        base_url: Some("http://localhost:5000"),
        key_env: Some("TEXT_GENERATION_WEBUI_API_KEY"),
        quirks: REPETITION,
        browser: BrowserAccess::Open,
        ..SERVER
    },
    ProviderRow {
        name: "koboldcpp",
        label: "KoboldCpp",
        aliases: &["kobold"],
        base_url: Some("http://localhost:5001"),
        key_env: Some("KOBOLDCPP_API_KEY"),
        quirks: REPETITION,
        browser: BrowserAccess::Open,
        ..SERVER
    },
    ProviderRow {
        name: "aphrodite",
        label: "Aphrodite",
        base_url: Some("http://localhost:2242"),
        key_env: Some("APHRODITE_API_KEY"),
        at_once: 8,
        quirks: Quirks { constraints: Constraints::Guided, ..Quirks::VLLM },
        browser: BrowserAccess::Open,
        ..SERVER
    },
    ProviderRow {
        name: "tabbyapi",
        label: "TabbyAPI",
        aliases: &["tabby"],
        base_url: Some("http://127.0.0.1:5000"),
        key_env: Some("TABBYAPI_API_KEY"),
        quirks: REPETITION,
        browser: BrowserAccess::Open,
        // It can be told to ask for no key, so that one is not required here.
        browser_hint: "Check the key: TabbyAPI asks for one unless it was told not to.",
        ..SERVER
    },
    ProviderRow {
        name: "fastchat",
        label: "FastChat",
        base_url: Some("http://localhost:8000"),
        key_env: Some("FASTCHAT_API_KEY"),
        quirks: Quirks { names: &[(TopK, "top_k"), (Tools, "")], ..Quirks::COMPATIBLE },
        browser: BrowserAccess::Open,
        ..SERVER
    },
];
