//! Which parameter a server refuses, where it names one. Sources: the providers' error pages, the servers' own
//! validation messages.

use super::people_text;

/// Codes under which the field `param`, or the place of the fault, names a parameter that is not taken.
const CODES: &[&str] = &[
    "unsupported_parameter",
    "unsupported_value",
    "unknown_parameter",
    // Validators of Python servers, newer and older.
    "extra_forbidden",
    "value_error.extra",
];

/// Words that stand before and after a name, in lower case; an empty end is the end of the name itself.
const NAMED: &[(&str, &str)] = &[
    // OpenAI.
    ("unsupported parameter: '", "'"),
    ("unsupported value: '", "'"),
    ("unknown parameter: '", "'"),
    ("unrecognized request argument supplied: ", ""),
    // Groq.
    ("property '", "' is unsupported"),
    // xAI.
    ("does not support parameter ", ""),
    ("argument not supported on this model: ", ""),
    // llama.cpp.
    ("unsupported param: ", ""),
    // Gemini.
    ("unknown name \"", "\""),
    // Servers whose validator prints its findings.
    ("'type': 'extra_forbidden', 'loc': ('body', '", "'"),
    ("'loc': ('body', '", "'), 'msg': 'extra inputs are not permitted"),
];

/// Words that stand right behind a name that the message begins with, quoted or not.
const FIRST: &[&str] = &[
    // Anthropic.
    ": extra inputs are not permitted",
    " is deprecated for this model",
    " is not supported for this model",
    " must be unset when",
    " is not supported with this model",
    " is not supported by this model",
    // Cohere, Mistral and servers of others.
    " is not supported",
    " is unsupported",
];

/// Words that mean a parameter without naming it as it was sent.
const MEANT: &[(&str, &str)] = &[
    ("does not support thinking", "think"),
    ("thinking level is not supported", "thinkingConfig"),
    ("thinking budget is not supported", "thinkingConfig"),
    ("thinking is not enabled", "thinkingConfig"),
    ("adaptive thinking is not supported", "thinking"),
    ("does not support the effort parameter", "effort"),
    ("json mode is not enabled", "responseMimeType"),
    ("penalty is not enabled", "frequencyPenalty"),
    // Pictures to a model that sees none: Ollama, llama.cpp, OpenRouter, Mistral, xAI, OpenAI, DeepSeek, vLLM.
    ("required for image input", "pictures"),
    ("image input is not", "pictures"),
    ("image inputs are not", "pictures"),
    ("support image input", "pictures"),
    ("does not support image", "pictures"),
    ("image_url is only supported by certain models", "pictures"),
    ("unknown variant `image_url`", "pictures"),
    ("is not a multimodal model", "pictures"),
    ("at most 0 image", "pictures"),
    ("does not support response format", "response_format"),
    ("'response_format.type' must be", "response_format"),
    ("`temperature` and `top_p` cannot both be specified", "top_p"),
];

/// The longest name that is taken for one.
const LONGEST: usize = 80;

/// The parameter that an error names as one that is not taken.
pub(super) fn parameter(codes: &[String], param: Option<&str>, message: &str) -> Option<String> {
    let lower = message.to_ascii_lowercase();
    let by_code = || param.filter(|_| codes.iter().any(|code| CODES.contains(&code.to_ascii_lowercase().as_str())));
    // Lower case is ASCII's only, so that positions fit both.
    let named = || {
        NAMED.iter().find_map(|(before, after)| {
            let from = lower.find(before)? + before.len();
            let length = if after.is_empty() { name_length(&lower[from..]) } else { lower[from..].find(after)? };
            message.get(from..from + length)
        })
    };
    let first = || {
        FIRST.iter().find_map(|after| {
            let before = &message[..lower.find(after)?];
            Some(before.trim_matches(['`', '\'', '"', ' ']))
        })
    };
    let meant = || MEANT.iter().find(|(words, _)| lower.contains(words)).map(|(_, name)| *name);
    let name = by_code().or_else(meant).or_else(named).or_else(first)?;
    is_name(name).then(|| people_text(name))
}

/// Whether it can be the name of a parameter, or a path to one.
fn is_name(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len()) && name_length(text) == text.len()
}

fn name_length(text: &str) -> usize {
    let in_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '[' | ']');
    let name = &text[..text.find(|c| !in_name(c)).unwrap_or(text.len())];
    // A full stop ends the sentence.
    name.trim_end_matches('.').len()
}
