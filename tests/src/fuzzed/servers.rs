//! What servers say beside answers: refusals, lists of models, pulls, who they are, keys for a sign-in.

use futures::StreamExt;
use serde_json::json;
use tachikoma_forge::llm::classify::{Head, classify};
use tachikoma_forge::llm::detect::{Said, recognise};
use tachikoma_forge::llm::{LlmRequest, ModelInfo, ProviderRegistry, PullTotals, SignIn};
use tachikoma_forge::types::LlmError;
use tachikoma_ui::view_model::sign_in::{Told, answer};

use super::memory::{KEY, Memory, assert_discreet, base_url, head, holds_secret, now, with_secret};
use super::{assert_fit_to_be_shown, cut, lossy};

/// A refusal by its head and body, alone and as a provider hands it on.
pub(super) fn refusal(data: &[u8]) {
    if holds_secret(data, &[KEY]) {
        return;
    }
    let (status, headers, body) = head(data);
    let head = Head { status, headers: headers.clone() };
    let error = classify(&head, &lossy(body));
    assert_discreet(&error, &[]);
    assert!(error.status == Some(status), "{error:?}");
    let again = serde_json::from_value::<LlmError>(json!(error)).expect("an error reads back");
    assert_eq!(json!(again), json!(error));
    for name in ["openai", "ollama"] {
        let memory = Memory::echoing(status, &headers, body, cut);
        let answered = now(memory.provider(name).complete(LlmRequest::ask("Why?")));
        match answered {
            Err(error) => assert_discreet(&error, &[KEY]),
            Ok(_) => assert!(head.is_good(), "an answer under the status {status}"),
        }
    }
}

const ROWS: [&str; 8] = ["ollama", "lm-studio", "openai-compatible", "openai", "anthropic", "gemini", "cohere", "vllm"];

/// A list of models, one model, or the models in memory, of the provider that the first line names:
/// `ollama list`.
pub(super) fn models(data: &[u8]) {
    if holds_secret(data, &[KEY]) {
        return;
    }
    let (first, rest) = line(data);
    let (name, call) = first.split_once(' ').unwrap_or((&first, "list"));
    let name = ROWS.iter().find(|row| **row == name).unwrap_or(&"ollama");
    let (status, headers, body) = head(rest);
    let status = if rest.len() == body.len() { 200 } else { status };
    let ask = |cut: fn(&[u8]) -> Vec<&[u8]>| {
        let provider = Memory::echoing(status, &headers, body, cut).provider(name);
        match call {
            "show" => now(provider.show_model("m")).map(|info| vec![info]),
            "states" => now(provider.model_states()).map(Option::unwrap_or_default),
            _ => now(provider.list_models()),
        }
    };
    let whole = ask(|data| vec![data]);
    assert_eq!(ask(cut), whole, "cut, it is another answer");
    match whole {
        Ok(models) => models.iter().for_each(assert_sound),
        Err(error) => assert_discreet(&error, &[KEY]),
    }
}

fn assert_sound(info: &ModelInfo) {
    assert!(!info.name.is_empty(), "a model without a name");
    let texts = [&info.label, &info.parameters, &info.quantization, &info.family];
    texts.into_iter().flatten().chain([&info.name]).chain(&info.facts()).for_each(|text| assert_fit_to_be_shown(text));
    let again: ModelInfo = serde_json::from_value(json!(info)).expect("what is known of a model reads back");
    assert_eq!(again, *info);
    let _ = info.answers();
}

/// A pull, line by line.
pub(super) fn pull(data: &[u8]) {
    if holds_secret(data, &[KEY]) {
        return;
    }
    let steps = |cut: fn(&[u8]) -> Vec<&[u8]>| {
        let provider = Memory::echoing(200, &[], data, cut).provider("ollama");
        now(now(provider.pull_model("m")).expect("the status is good").collect::<Vec<_>>())
    };
    let whole = steps(|data| vec![data]);
    assert_eq!(steps(cut), whole, "cut, it is another pull");
    let mut totals = PullTotals::default();
    for (at, step) in whole.iter().enumerate() {
        let last = at + 1 == whole.len();
        match step {
            Ok(step) => {
                assert_eq!(step.done, last && step.done, "something after the end");
                assert_fit_to_be_shown(&step.status);
                step.digest.iter().for_each(|digest| assert_fit_to_be_shown(digest));
                let before = totals.completed();
                totals.take(step);
                // A layer whose size was corrected may shrink; what is here never does.
                assert!(totals.completed() >= before, "what was here is gone");
                assert!(totals.percent().is_none_or(|percent| percent <= 100));
            }
            Err(error) => {
                assert!(last, "something after {error:?}");
                assert_discreet(error, &[KEY]);
            }
        }
    }
    assert!(whole.last().is_some_and(|last| last.as_ref().map_or(true, |step| step.done)), "neither done nor failed");
}

/// What an unknown server answers: the first line is its address, `== /path` begins an answer, with a head and a
/// body.
pub(super) fn detection(data: &[u8]) {
    let (address, rest) = line(data);
    let text = lossy(rest);
    let mut said: Vec<Said> = Vec::new();
    for part in text.split("== ").skip(1) {
        let (path, rest) = part.split_once('\n').unwrap_or((part, ""));
        let (status, headers, body) = head(rest.as_bytes());
        let body = lossy(body).into_owned();
        if said.iter().all(|other| other.path != path) {
            said.push(Said { path: path.to_owned(), status, headers, body });
        }
    }
    let found = recognise(&address, &said);
    said.reverse();
    assert_eq!(recognise(&address, &said), found, "the order of the answers decides");
    if let Some(found) = found {
        let registry = ProviderRegistry::new();
        let row = registry.row(found.provider).expect("a provider of the table");
        found.version.iter().for_each(|version| assert_fit_to_be_shown(version));
        found.models.iter().for_each(assert_sound);
        if base_url(row, &address).is_some() && !address.ends_with("/v1/v1") {
            assert!(recognise(&found.base_url, &said).is_some_and(|again| again.provider == found.provider));
        }
    }
}

const CODE: &str = "code-canary-Lb8sY2";
const VERIFIER: &str = "verifier-canary-0pN5";

/// A sign-in: the first line is the provider's address, the second what the window tells (`state code error`), the
/// rest the answer that holds the key.
pub(super) fn sign_in(data: &[u8]) {
    if holds_secret(data, &[KEY, CODE, VERIFIER]) {
        return;
    }
    let (address, rest) = line(data);
    let (told, rest) = line(rest);
    let (status, headers, body) = head(rest);
    let status = if rest.len() == body.len() { 200 } else { status };
    if let Ok(place) = SignIn::at(&address) {
        let page = place.address(&told, "c");
        let (path, query) = page.split_once('?').expect("a query");
        let origin = path.strip_suffix("/auth").expect("the page on which people sign in");
        assert!(address.trim().starts_with(origin), "{page} is not at {address}");
        let callback = query.strip_prefix("callback_url=").and_then(|rest| rest.split('&').next()).expect("a callback");
        assert_eq!(unescaped(callback), told.as_bytes(), "{page}");
        let body = with_secret(&with_secret(body, b"{code}", CODE), b"{verifier}", VERIFIER);
        let memory = Memory::echoing(status, &headers, &body, cut);
        match now(place.key(&memory, CODE, VERIFIER)) {
            Ok(key) => assert!(key.expose().bytes().all(|byte| byte.is_ascii_graphic()), "a key that is none"),
            Err(error) => assert_discreet(&error, &[CODE, VERIFIER]),
        }
    }
    let mut words = told.split(' ').map(str::to_owned);
    let mut word = || words.next().unwrap_or_default();
    let told = Told { state: word(), code: word(), error: word() };
    assert_eq!(answer("", &told), None);
    assert_eq!(answer(&format!("{}x", told.state), &told), None, "another's answer is taken");
    match answer(&told.state, &told) {
        None => assert!(told.state.is_empty()),
        Some(Ok(code)) => assert!(code == told.code && !code.is_empty()),
        Some(Err(trouble)) => assert_fit_to_be_shown(&trouble.words()),
    }
}

fn unescaped(text: &str) -> Vec<u8> {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        out.push(u8::from_str_radix(&part[..2], 16).expect("two digits"));
        out.extend_from_slice(&part.as_bytes()[2..]);
    }
    out
}

/// The first line, as text, and what follows it.
fn line(data: &[u8]) -> (String, &[u8]) {
    let end = data.iter().position(|byte| *byte == b'\n');
    let rest = end.map_or(&b""[..], |end| &data[end + 1..]);
    (lossy(&data[..end.unwrap_or(data.len())]).into_owned(), rest)
}
