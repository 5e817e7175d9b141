//! The table of providers, as data: everything that differs between two that speak the same dialect.
//!
//! A compatible server is one more row here. The tests that walk the table (`wire_rows`) say what a row has to
//! have. Sources: the vendors' and servers' own documentation as of November 2026; where that is silent, a row
//! takes nothing for granted ([`Quirks::COMPATIBLE`]).

use super::ModelConfig;
use super::base_url;
use super::codec::{Dialect, JsonMode, Quirks};

/// Where a provider runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderKind {
    /// In its vendor's computing centre.
    Cloud,
    /// On the user's own machine or network.
    Local,
    /// Either: its address, which each user brings, decides.
    Hybrid,
}

impl ProviderKind {
    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cloud => "cloud",
            Self::Local => "local",
            Self::Hybrid => "hybrid",
        }
    }
}

/// How a key is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyHeader {
    /// `authorization: Bearer KEY`.
    Bearer,
    /// The key alone, in a header of this name.
    Named(&'static str),
}

impl KeyHeader {
    /// The header's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bearer => "authorization",
            Self::Named(name) => name,
        }
    }
}

/// One provider, as data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderRow {
    /// The name that people write before the `/`, in lower case.
    pub name: &'static str,
    /// The name that people read.
    pub label: &'static str,
    /// Other names for it.
    pub aliases: &'static [&'static str],
    /// Where it runs.
    pub kind: ProviderKind,
    /// Its address; `None` when each user has their own.
    pub base_url: Option<&'static str>,
    /// The environment variables that may hold another address, the first that is set counts. A host alone does.
    pub url_env: &'static [&'static str],
    /// The environment variable that holds its key.
    pub key_env: Option<&'static str>,
    /// The page on which people get a key.
    pub key_url: Option<&'static str>,
    /// Answers nobody without a key, at its own address.
    pub needs_key: bool,
    /// How its key is sent.
    pub key_header: KeyHeader,
    /// Headers that it always wants.
    pub headers: &'static [(&'static str, &'static str)],
    /// Headers that it wants from a page only.
    pub browser_headers: &'static [(&'static str, &'static str)],
    /// The headers that a page may send to it; another one makes the browser refuse the request.
    pub allowed_from_browser: &'static [&'static str],
    /// Models to offer before it was asked for its own, best first.
    pub default_models: &'static [&'static str],
    /// The dialect it speaks.
    pub dialect: Dialect,
    /// How its dialect differs.
    pub quirks: Quirks,
    /// What to do when a page cannot reach it, for people.
    pub browser_hint: &'static str,
    /// What to do when it does not have a model, for people; empty where its own words say enough.
    pub model_hint: &'static str,
}

impl ProviderRow {
    /// Whether it answers nobody without a key at this address: a server on one's own machine, in the place of
    /// the vendor's, is not asked for one.
    #[must_use]
    pub fn needs_key_at(&self, url: &str) -> bool {
        let own = self.base_url != Some(url) && base_url::host_of(url).is_ok_and(base_url::is_loopback);
        self.needs_key && !own
    }
}

/// Anthropic.
pub const ANTHROPIC: ProviderRow = ProviderRow {
    name: "anthropic",
    label: "Anthropic",
    aliases: &["claude"],
    kind: ProviderKind::Cloud,
    base_url: Some("https://api.anthropic.com"),
    url_env: &[],
    key_env: Some("ANTHROPIC_API_KEY"),
    key_url: Some("https://console.anthropic.com/settings/keys"),
    needs_key: true,
    key_header: KeyHeader::Named("x-api-key"),
    headers: &[("anthropic-version", "2023-06-01")],
    browser_headers: &[("anthropic-dangerous-direct-browser-access", "true")],
    allowed_from_browser: &[
        "content-type",
        "x-api-key",
        "anthropic-version",
        "anthropic-dangerous-direct-browser-access",
    ],
    default_models: &[ModelConfig::DEFAULT_MODEL, ModelConfig::FIRST_FALLBACK],
    dialect: Dialect::Anthropic,
    quirks: Quirks::NATIVE,
    browser_hint: "Check the key, and whether the organisation allows requests from browsers.",
    model_hint: "",
};

/// OpenAI.
pub const OPENAI: ProviderRow = ProviderRow {
    name: "openai",
    label: "OpenAI",
    aliases: &[],
    kind: ProviderKind::Cloud,
    base_url: Some("https://api.openai.com"),
    url_env: &["OPENAI_BASE_URL"],
    key_env: Some("OPENAI_API_KEY"),
    key_url: Some("https://platform.openai.com/api-keys"),
    needs_key: true,
    key_header: KeyHeader::Bearer,
    headers: &[],
    browser_headers: &[],
    allowed_from_browser: &["content-type", "authorization"],
    default_models: &["gpt-4.1", "gpt-4o", "gpt-4o-mini"],
    dialect: Dialect::OpenAiChat,
    quirks: Quirks::NATIVE,
    browser_hint: "Check the key: this provider hides from a page that it refused one.",
    model_hint: "",
};

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
    key_env: None,
    key_url: None,
    needs_key: false,
    default_models: &["llama3.2:latest"],
    dialect: Dialect::Ollama,
    quirks: Quirks::OLLAMA,
    browser_hint: "Start Ollama with the environment variable OLLAMA_ORIGINS set to the address of the page that asks.",
    model_hint: "If the model is not there yet, get it on that machine with: ollama pull, and the model's name.",
    ..OPENAI
};

/// Google's Gemini API.
pub const GEMINI: ProviderRow = ProviderRow {
    name: "gemini",
    label: "Google Gemini",
    aliases: &["google"],
    base_url: Some("https://generativelanguage.googleapis.com"),
    key_env: Some("GEMINI_API_KEY"),
    key_url: Some("https://aistudio.google.com/apikey"),
    url_env: &[],
    key_header: KeyHeader::Named("x-goog-api-key"),
    // It answers a page's question for any other header with a refusal.
    allowed_from_browser: &["content-type", "x-goog-api-key"],
    default_models: &["gemini-3.8-flash", "gemini-3.5-flash-lite"],
    dialect: Dialect::Gemini,
    browser_hint: "Check the key, and whether it is restricted to other web sites.",
    ..OPENAI
};

/// Cohere.
pub const COHERE: ProviderRow = ProviderRow {
    name: "cohere",
    label: "Cohere",
    aliases: &[],
    base_url: Some("https://api.cohere.com"),
    key_env: Some("COHERE_API_KEY"),
    key_url: Some("https://dashboard.cohere.com/api-keys"),
    url_env: &[],
    default_models: &["command-a-plus-05-2026", "command-a-03-2025"],
    dialect: Dialect::Cohere,
    browser_hint: "Check the key.",
    ..OPENAI
};

/// vLLM.
pub const VLLM: ProviderRow = ProviderRow {
    name: "vllm",
    label: "vLLM",
    base_url: Some("http://localhost:8000"),
    url_env: &["VLLM_HOST"],
    key_env: Some("VLLM_API_KEY"),
    // It enforces a schema in the words of the dialect, whatever the model.
    quirks: Quirks::ENFORCING,
    browser_hint: "Check the key. vLLM allows every page unless it was started with --allowed-origins.",
    ..SERVER
};

/// What the vendors that are compatible with OpenAI have in common.
const VENDOR: ProviderRow = ProviderRow {
    url_env: &[],
    default_models: &[],
    quirks: Quirks::COMPATIBLE,
    browser_hint: "Check the key.",
    ..OPENAI
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

/// The rows that are there from the start.
pub(super) const ROWS: [ProviderRow; 23] = [
    ANTHROPIC,
    OPENAI,
    OPENAI_COMPATIBLE,
    OLLAMA,
    GEMINI,
    COHERE,
    VLLM,
    ProviderRow {
        name: "llama-cpp",
        label: "llama.cpp",
        aliases: &["llamacpp", "llama.cpp", "llama-server"],
        // Releases before August 2026 listen on port 8080.
        base_url: Some("http://127.0.0.1:9931"),
        key_env: Some("LLAMA_CPP_API_KEY"),
        browser_hint: "Check the port: older versions listen on 8080. A server that was started with tools allows pages from this machine only, until --cors-origins says otherwise.",
        ..SERVER
    },
    ProviderRow {
        name: "lm-studio",
        label: "LM Studio",
        aliases: &["lmstudio"],
        base_url: Some("http://localhost:1234"),
        key_env: Some("LM_STUDIO_API_KEY"),
        browser_hint: "Switch on \"Enable CORS\" in LM Studio's server settings, or start it with: lms server start --cors",
        ..SERVER
    },
    ProviderRow {
        name: "localai",
        label: "LocalAI",
        aliases: &["local-ai"],
        base_url: Some("http://localhost:8080"),
        key_env: Some("LOCALAI_API_KEY"),
        browser_hint: "Start LocalAI with CORS=true and CORS_ALLOW_ORIGINS set to the address of this page.",
        ..SERVER
    },
    ProviderRow {
        name: "text-generation-webui",
        label: "text-generation-webui",
        aliases: &["textgen", "oobabooga"],
        base_url: Some("http://localhost:5000"),
        key_env: Some("TEXT_GENERATION_WEBUI_API_KEY"),
        ..SERVER
    },
    ProviderRow {
        name: "koboldcpp",
        label: "KoboldCpp",
        aliases: &["kobold"],
        base_url: Some("http://localhost:5001"),
        key_env: Some("KOBOLDCPP_API_KEY"),
        ..SERVER
    },
    ProviderRow {
        name: "aphrodite",
        label: "Aphrodite",
        base_url: Some("http://localhost:2242"),
        key_env: Some("APHRODITE_API_KEY"),
        ..SERVER
    },
    ProviderRow {
        name: "tabbyapi",
        label: "TabbyAPI",
        aliases: &["tabby"],
        base_url: Some("http://127.0.0.1:5000"),
        key_env: Some("TABBYAPI_API_KEY"),
        // It can be told to ask for no key, so that one is not required here.
        browser_hint: "Check the key: TabbyAPI asks for one unless it was told not to.",
        ..SERVER
    },
    ProviderRow {
        name: "fastchat",
        label: "FastChat",
        base_url: Some("http://localhost:8000"),
        key_env: Some("FASTCHAT_API_KEY"),
        ..SERVER
    },
    ProviderRow {
        name: "mistral",
        label: "Mistral",
        base_url: Some("https://api.mistral.ai/v1"),
        key_env: Some("MISTRAL_API_KEY"),
        key_url: Some("https://console.mistral.ai/api-keys"),
        // Counts come with the last piece unasked.
        quirks: Quirks { include_usage: false, seed: Some("random_seed"), ..Quirks::ENFORCING },
        ..VENDOR
    },
    ProviderRow {
        name: "deepseek",
        label: "DeepSeek",
        base_url: Some("https://api.deepseek.com/v1"),
        key_env: Some("DEEPSEEK_API_KEY"),
        key_url: Some("https://platform.deepseek.com/api_keys"),
        quirks: Quirks { json: JsonMode::Object, ..Quirks::COMPATIBLE },
        ..VENDOR
    },
    ProviderRow {
        name: "xai",
        label: "xAI",
        aliases: &["grok"],
        base_url: Some("https://api.x.ai/v1"),
        key_env: Some("XAI_API_KEY"),
        key_url: Some("https://console.x.ai"),
        quirks: Quirks { completion_tokens: true, ..Quirks::COMPATIBLE },
        ..VENDOR
    },
    ProviderRow {
        name: "groq",
        label: "Groq",
        base_url: Some("https://api.groq.com/openai/v1"),
        key_env: Some("GROQ_API_KEY"),
        key_url: Some("https://console.groq.com/keys"),
        ..VENDOR
    },
    ProviderRow {
        name: "openrouter",
        label: "OpenRouter",
        base_url: Some("https://openrouter.ai/api/v1"),
        key_env: Some("OPENROUTER_API_KEY"),
        key_url: Some("https://openrouter.ai/settings/keys"),
        quirks: Quirks { charges: true, ..Quirks::COMPATIBLE },
        ..VENDOR
    },
    ProviderRow {
        name: "together",
        label: "Together AI",
        aliases: &["togetherai"],
        base_url: Some("https://api.together.ai/v1"),
        key_env: Some("TOGETHER_API_KEY"),
        key_url: Some("https://api.together.ai/settings/api-keys"),
        ..VENDOR
    },
    ProviderRow {
        name: "cerebras",
        label: "Cerebras",
        base_url: Some("https://api.cerebras.ai/v1"),
        key_env: Some("CEREBRAS_API_KEY"),
        key_url: Some("https://cloud.cerebras.ai"),
        ..VENDOR
    },
    ProviderRow {
        name: "huggingface",
        label: "Hugging Face",
        aliases: &["hf"],
        base_url: Some("https://router.huggingface.co/v1"),
        key_env: Some("HF_TOKEN"),
        key_url: Some("https://huggingface.co/settings/tokens"),
        // What it takes beyond the dialect depends on who serves the model.
        ..VENDOR
    },
];
