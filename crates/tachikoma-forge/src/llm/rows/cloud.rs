//! The vendors whose models run in their computing centres.

use super::{BrowserAccess, KeyHeader, ProviderKind, ProviderRow};
use crate::llm::ModelConfig;
use crate::llm::Parameter::{Images, MaxTokens, RepeatPenalty, Seed, TopK};
use crate::llm::codec::{Dialect, Quirks, ReasoningWay, ThoughtsBack};
use crate::llm::manage::Management;
use crate::types::JsonMode;

/// The vendors' own clients wait as long.
const VENDOR_TIMEOUT: u32 = 600;

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
    browser: BrowserAccess::Open,
    browser_hint: "Check the key, and whether the organisation allows requests from browsers.",
    model_hint: "",
    management: Management::ListOnly,
    at_once: ProviderRow::CLOUD_AT_ONCE,
    timeout_seconds: VENDOR_TIMEOUT,
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
    browser: BrowserAccess::Open,
    browser_hint: "Check the key: this provider hides from a page that it refused one.",
    model_hint: "",
    management: Management::ListOnly,
    at_once: ProviderRow::CLOUD_AT_ONCE,
    timeout_seconds: VENDOR_TIMEOUT,
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

/// What the vendors that are compatible with OpenAI have in common.
const VENDOR: ProviderRow = ProviderRow {
    url_env: &[],
    default_models: &[],
    quirks: Quirks::COMPATIBLE,
    browser_hint: "Check the key.",
    ..OPENAI
};

/// The vendors that are compatible with OpenAI.
pub(super) const VENDORS: &[ProviderRow] = &[
    ProviderRow {
        name: "mistral",
        label: "Mistral",
        base_url: Some("https://api.mistral.ai/v1"),
        key_env: Some("MISTRAL_API_KEY"),
        key_url: Some("https://console.mistral.ai/api-keys"),
        // Counts come with the last piece unasked.
        quirks: Quirks {
            include_usage: false,
            names: &[(Seed, "random_seed")],
            reasoning: Some(ReasoningWay::Effort { words: ["high", "high", "high"], off: "none" }),
            short_call_ids: true,
            ..Quirks::ENFORCING
        },
        ..VENDOR
    },
    ProviderRow {
        name: "deepseek",
        label: "DeepSeek",
        base_url: Some("https://api.deepseek.com/v1"),
        key_env: Some("DEEPSEEK_API_KEY"),
        key_url: Some("https://platform.deepseek.com/api_keys"),
        quirks: Quirks {
            json: JsonMode::Object,
            names: &[(Images, "")],
            reasoning: Some(ReasoningWay::Switch),
            thoughts: ThoughtsBack::BesideCalls,
            ..Quirks::COMPATIBLE
        },
        ..VENDOR
    },
    ProviderRow {
        name: "xai",
        label: "xAI",
        aliases: &["grok"],
        base_url: Some("https://api.x.ai/v1"),
        key_env: Some("XAI_API_KEY"),
        key_url: Some("https://console.x.ai"),
        quirks: Quirks {
            names: &[(MaxTokens, "max_completion_tokens")],
            reasoning: Some(ReasoningWay::Effort { words: ["low", "medium", "high"], off: "low" }),
            ..Quirks::COMPATIBLE
        },
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
        quirks: Quirks {
            names: &[(TopK, "top_k"), (RepeatPenalty, "repetition_penalty")],
            reasoning: Some(ReasoningWay::Object),
            thoughts: ThoughtsBack::Details,
            charges: true,
            ..Quirks::COMPATIBLE
        },
        ..VENDOR
    },
    ProviderRow {
        name: "together",
        label: "Together AI",
        aliases: &["togetherai"],
        base_url: Some("https://api.together.ai/v1"),
        key_env: Some("TOGETHER_API_KEY"),
        key_url: Some("https://api.together.ai/settings/api-keys"),
        quirks: Quirks { names: &[(TopK, "top_k"), (RepeatPenalty, "repetition_penalty")], ..Quirks::COMPATIBLE },
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
