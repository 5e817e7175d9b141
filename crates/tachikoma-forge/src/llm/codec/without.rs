//! Parameters that a server refuses by name: which of those that were sent it means, and leaving them out.

use serde_json::{Map, Value};

/// How leaving out the pictures is written: they stand in messages, where no parameter is.
pub(super) const PICTURES: &str = "pictures";

/// Without these a request makes no sense, or another one than it had.
const ESSENTIAL: [&str; 11] = [
    "model",
    "messages",
    "contents",
    "input",
    "prompt",
    "system",
    "systemInstruction",
    "instructions",
    "images",
    "tools",
    "stream",
];

/// Objects that hold settings: their fields are parameters. Those marked so are no parameters themselves.
const SETTINGS: [(&str, bool); 7] = [
    ("options", true),
    ("generationConfig", true),
    ("output_config", false),
    ("text", false),
    ("reasoning", false),
    ("chat_template_kwargs", false),
    ("structured_outputs", false),
];

/// Whether a field of the body is an object that holds settings.
pub(super) fn holds_settings(name: &str) -> bool {
    SETTINGS.iter().any(|(settings, _)| *settings == name)
}

/// The names of the parameters of a body that a request may do without, as paths into it.
pub(super) fn parameters(body: &Map<String, Value>) -> Vec<String> {
    let mut names = Vec::new();
    for (name, value) in body.iter().filter(|(name, _)| !ESSENTIAL.contains(&name.as_str())) {
        let settings = SETTINGS.iter().find(|(settings, _)| settings == name);
        if let (Some(_), Value::Object(fields)) = (settings, value) {
            names.extend(fields.keys().map(|field| format!("{name}.{field}")));
        }
        if settings.is_none_or(|(_, only_fields)| !only_fields) {
            names.push(name.clone());
        }
    }
    names
}

/// Which of these parameters a server means by a name: it may spell it otherwise, and name a part of it.
pub(in crate::llm) fn meant(parameters: &[String], named: &str) -> Option<String> {
    let named = squashed(named);
    let named = named.strip_prefix("body.").unwrap_or(&named);
    let first = named.split('.').next()?;
    if ESSENTIAL.iter().any(|name| squashed(name) == first) {
        return None;
    }
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let exact = || parameters.iter().find(|p| squashed(p) == named);
    let part = || parameters.iter().filter(|p| named.starts_with(&(squashed(p) + "."))).max_by_key(|p| p.len());
    let field = || parameters.iter().find(|p| last(&squashed(p)) == last(named));
    exact().or_else(part).or_else(field).cloned()
}

/// A name without what spellings differ in.
fn squashed(name: &str) -> String {
    let plain = name.chars().filter(|c| !matches!(c, '_' | '-' | ']' | ' '));
    plain.map(|c| if c == '[' { '.' } else { c.to_ascii_lowercase() }).collect()
}

/// Takes the value at a path out of a body. A field that people added may have a point in its own name.
pub(super) fn leave_out(body: &mut Map<String, Value>, path: &str) {
    if body.remove(path).is_some() {
        return;
    }
    if let Some((first, rest)) = path.split_once('.')
        && let Some(Value::Object(inner)) = body.get_mut(first)
    {
        leave_out(inner, rest);
        if inner.is_empty() {
            body.remove(first);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_server_may_spell_a_parameter_otherwise() {
        let body = json!({
            "model": "m", "messages": [], "stream": true, "temperature": 1, "presence_penalty": 1, "tools": [],
            "response_format": {"type": "json_object"}, "generationConfig": {"topK": 3, "thinkingConfig": {}},
            "output_config": {"effort": "low"},
        });
        let Value::Object(mut body) = body else { unreachable!() };
        let names = parameters(&body);
        let cases = [
            ("temperature", Some("temperature")),
            ("body.temperature", Some("temperature")),
            ("presencePenalty", Some("presence_penalty")),
            ("response_format.json_schema", Some("response_format")),
            ("topK", Some("generationConfig.topK")),
            ("generation_config.top_k", Some("generationConfig.topK")),
            ("generationConfig.thinkingConfig.thinkingLevel", Some("generationConfig.thinkingConfig")),
            ("output_config.effort", Some("output_config.effort")),
            ("output_config", Some("output_config")),
            ("top_p", None),
            ("messages[0].role", None),
            ("model", None),
            ("tools[0].function.strict", None),
            ("stream", None),
            ("generationConfig", None),
            ("", None),
        ];
        for (named, wanted) in cases {
            assert_eq!(meant(&names, named).as_deref(), wanted, "{named}");
        }
        leave_out(&mut body, "output_config.effort");
        leave_out(&mut body, "generationConfig.topK");
        assert!(!body.contains_key("output_config") && body["generationConfig"].get("topK").is_none());
        for path in ["odd.name", "generationConfig.odd.name"] {
            let Value::Object(mut body) = json!({"odd.name": 1, "generationConfig": {"odd.name": 1}}) else {
                unreachable!()
            };
            assert!(parameters(&body).iter().any(|name| name == path));
            leave_out(&mut body, path);
            assert!(!parameters(&body).iter().any(|name| name == path), "{path} stays");
        }
    }
}
