//! What people write: requests with fields of their own, addresses, names, prompt files.

use std::str::FromStr;

use serde_json::{Map, Value};
use tachikoma_forge::llm::codec::{Dialect, Endpoint, adjustments, encode, json_mode};
use tachikoma_forge::llm::{
    ApiKey, HeaderValue, JsonSchema, LlmRequest, ProviderRegistry, ProviderRow, Reasoning, Tool, ToolChoice,
};
use tachikoma_forge::prompt::{SECTIONS, placeholders, render, section};
use tachikoma_forge::session::{Balance, Participant, Settings, Topic};
use tachikoma_forge::types::{AskId, Image, LlmMessage, ModelRef, Pool};
use tachikoma_native::endpoints_from;

use super::memory::{KEY, base_url};
use super::{is_exact, lossy};

/// Objects in a body whose fields are merged with those that are there.
const MERGED: [&str; 7] =
    ["options", "generationConfig", "output_config", "text", "reasoning", "chat_template_kwargs", "structured_outputs"];

/// A request as every provider of the table sends it. The input is an object: `model` and `say` are texts, `pick`
/// chooses what is asked for, `extra` is merged into the body, `without` is left out of it.
pub(super) fn request(data: &[u8]) {
    let Ok(input) = serde_json::from_slice::<Map<String, Value>>(data) else { return };
    if !input.values().all(is_exact) {
        return;
    }
    let text = |key: &str| input.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let pick = input.get("pick").and_then(Value::as_u64).unwrap_or(0);
    let mut request = LlmRequest::ask(text("say"));
    request.model = text("model");
    picked(&mut request, pick, &text("say"));
    request.options.extra_body = input.get("extra").and_then(Value::as_object).cloned().unwrap_or_default();
    for row in ProviderRegistry::new().rows() {
        check(row, &request, &[]);
        let sent = check(row, &request, &strings(input.get("without")));
        // What a server may refuse can be left out, each by the name that it is known by.
        for name in sent.iter().take(4) {
            let rest = check(row, &request, std::slice::from_ref(name));
            assert!(!rest.contains(name), "{name} is left out and still there");
        }
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    value.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Asks for something by each bit of a number.
fn picked(request: &mut LlmRequest, pick: u64, say: &str) {
    let asks = |bit: u64| pick >> bit & 1 == 1;
    let options = &mut request.options;
    if asks(0) {
        options.tools =
            vec![Tool { name: say.to_owned(), description: say.to_owned(), parameters: serde_json::json!({}) }];
        options.tool_choice = Some(if asks(1) { ToolChoice::Named(say.to_owned()) } else { ToolChoice::Required });
    }
    if asks(2) {
        options.json_schema =
            Some(JsonSchema { name: say.to_owned(), schema: serde_json::json!({"type": "object", "maxItems": say}) });
    }
    if asks(3) {
        options.reasoning = Some(if asks(4) { Reasoning::Off } else { Reasoning::Budget(u32::MAX) });
    }
    if asks(5) {
        (request.temperature, options.top_p) = (Some(9.5), Some(-1.0));
        (options.seed, options.top_k) = (Some(u64::MAX), Some(0));
        options.stop = vec![say.to_owned(); 9];
    }
    if asks(6) {
        request.system_prompt = Some(say.to_owned());
        request.messages.push(LlmMessage::assistant(say));
        request.messages.push(LlmMessage::system(say));
    }
    if asks(7) {
        request.messages.push(LlmMessage::user(say).with_image(Image::Url(say.to_owned())));
    }
    options.completion = asks(8);
}

/// Checks one request, and gives what of it could be left out.
fn check(row: &ProviderRow, request: &LlmRequest, without: &[String]) -> Vec<String> {
    let mut request = request.clone();
    request.options.without = without.to_vec();
    let base_url = "http://127.0.0.1:1/v1";
    let headers = [("authorization".to_owned(), HeaderValue::Bearer(ApiKey::new(KEY).expect("a key")))];
    let endpoint = Endpoint { provider: row.name, base_url, headers: &headers, browser: false };
    let sent = encode(row.dialect, &row.quirks, endpoint, &request, true);
    let url = &sent.request.url;
    assert!(url.starts_with(base_url) && url.bytes().all(|b| b.is_ascii_graphic()), "{url:?}");
    let queries = usize::from(sent.dialect == Dialect::Gemini);
    assert!(url.matches('?').count() == queries && !url.contains('#'), "{url:?}");
    let body: Map<String, Value> = serde_json::from_slice(&sent.request.body).expect("an object");
    for (key, value) in &request.options.extra_body {
        let in_part = || without.iter().any(|path| path == key || path.starts_with(&format!("{key}.")));
        match (body.get(key), value) {
            (Some(Value::Object(sent)), Value::Object(own)) if MERGED.contains(&key.as_str()) => {
                let kept = own.iter().all(|(k, v)| sent.get(k) == Some(v));
                assert!(kept || in_part(), "{key}: {sent:?} lost some of {own:?}");
            }
            (sent, own) => assert!(sent == Some(own) || in_part(), "{key}: {sent:?} in place of {own}"),
        }
    }
    assert!(!format!("{:?}", sent.request).contains(KEY), "a key is shown");
    assert!(!String::from_utf8_lossy(&sent.request.body).contains(KEY), "a key is in a body");
    let _ = (adjustments(row.dialect, &row.quirks, &request), json_mode(row.dialect, &row.quirks, &request));
    sent.parameters
}

/// An address, typed into a field or set in the environment.
pub(super) fn address(data: &[u8]) {
    let text = lossy(data);
    let registry = ProviderRegistry::new();
    for row in registry.rows() {
        if let Some(url) = base_url(row, &text) {
            assert!(url.starts_with("http://") || url.starts_with("https://"), "{url:?}");
            assert!(!url.contains(|c: char| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#')), "{url:?}");
            let host = url.split('/').nth(2).unwrap_or_default();
            assert!(!host.is_empty() && !host.contains('@'), "{url:?}");
            assert_eq!(base_url(row, &url).as_deref(), Some(url.as_str()), "a second reading changes it");
        }
        let Some(name) = row.url_env.first() else { continue };
        let set = |text: &str| {
            let found = endpoints_from(&registry, |asked| (asked == *name).then(|| text.to_owned()));
            assert!(found.len() <= 1 && found.keys().all(|key| key == row.name), "{found:?}");
            found.into_values().next()
        };
        let Some(url) = set(&text) else { continue };
        // What a provider takes is an address as it stands.
        if let Some(taken) = base_url(row, &url) {
            assert!(taken.starts_with(url.trim()), "{taken:?} from {url:?}");
            let host = taken.split('/').nth(2).unwrap_or_default();
            assert!(host.split(':').next() != Some("0.0.0.0") || !is_port(host), "{taken:?} is no address to call");
            assert_eq!(set(&url).as_deref(), Some(url.as_str()), "a second reading changes it");
        }
    }
}

/// Whether a host has a port, or needs none.
fn is_port(host: &str) -> bool {
    let port = host.split_once(':').map(|(_, port)| port);
    port.is_none_or(|port| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Names of models, asks and limits: what was read is written as it was, and reads back.
pub(super) fn names(data: &[u8]) {
    let text = lossy(data);
    reads_back::<ModelRef>(&text);
    reads_back::<AskId>(&text);
    reads_back::<Pool>(&text);
    reads_back::<Balance>(&text);
    if let Ok(member) = text.parse::<Participant>() {
        member.pools().for_each(|pool| assert!(pool.to_string().parse().is_ok_and(|again: Pool| again == *pool)));
    }
    let registry = ProviderRegistry::new();
    for default in [None, Some("ollama")] {
        if let Ok(model) = registry.model(&text, default) {
            assert_eq!(model.to_string().parse(), Ok(model), "{text:?}");
        }
    }
    if let Ok(Reasoning::Budget(tokens)) = text.parse() {
        assert!(tokens > 0);
    }
    if let Some(threshold) = text.parse().ok().and_then(|value| Settings::threshold_from(value).ok()) {
        assert!((1..=1000).contains(&threshold), "{threshold}");
    }
    let topic = Topic::new(&*text).with_constraints(&text);
    assert!(topic.title.chars().count() <= 81 && !topic.title.contains('\n'), "{topic:?}");
    assert!(topic.constraints.iter().all(|line| !line.trim().is_empty()));
}

fn reads_back<T: FromStr + ToString + PartialEq + std::fmt::Debug>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        let written = read.to_string();
        assert!(written.parse::<T>().is_ok_and(|again| again == read), "{text:?} is {read:?}, written {written:?}");
    }
}

/// A prompt file.
pub(super) fn prompt(data: &[u8]) {
    let text = lossy(data);
    for name in SECTIONS {
        if let Ok(found) = section(&text, name) {
            assert!(text.contains(found) && found.trim() == found);
        }
    }
    // A value is put in once and never read again.
    let hostile = "{a}{{}";
    match placeholders(&text) {
        Ok(names) => {
            let values: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), hostile)).collect();
            let rendered = render(&text, &values).expect("every name has its value");
            let count = rendered.matches(hostile).count();
            assert!(names.is_empty() || count >= names.len(), "{rendered:?}");
            if let Some(((missing, _), rest)) = values.split_first() {
                let error = render(&text, rest).expect_err("a name without a value");
                assert!(error.to_string().contains(missing));
            }
        }
        Err(error) => assert!(error.to_string().starts_with("line "), "{error}"),
    }
    let escaped = text.replace('{', "{{").replace('}', "}}");
    assert_eq!(render(&escaped, &[]).as_deref(), Ok(text.trim()), "doubled braces are braces");
}
