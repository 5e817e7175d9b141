//! Everything that can stand in a request, for every row of the table: what is sent, what is said to be lost, what
//! follows when a server refuses a part of it, and to whom a model's thoughts go back.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use futures::{FutureExt, StreamExt, stream};
use serde_json::{Map, Value, json};
use tachikoma_forge::llm::{
    ApiKey, Constraint, Effort, HttpProvider, HttpRequest, HttpResponse, JsonSchema, LlmProvider, LlmRequest,
    LlmResponse, Management, ModelConfig, ProviderRegistry, ProviderRow, Reasoning, Tool, ToolChoice, Transport,
    TransportError,
};
use tachikoma_forge::types::{BoxFuture, Image, LlmError, LlmMessage, ModelRef, ToolCall};
use tachikoma_tests::wire::{cases, check_splits, read, root};

/// Answers every request with the same pieces, and remembers what it was asked.
struct Memory {
    status: u16,
    pieces: Vec<Vec<u8>>,
    asked: Mutex<Vec<HttpRequest>>,
}

impl Transport for Memory {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        self.asked.lock().expect("one thread").push(request);
        let (status, pieces) = (self.status, self.pieces.clone());
        let body = stream::iter(pieces.into_iter().map(Ok)).boxed();
        Box::pin(async move { Ok(HttpResponse { status, headers: Vec::new(), body }) })
    }

    fn is_browser(&self) -> bool {
        false
    }
}

fn provider(row: &ProviderRow, model: &str, status: u16, pieces: &[&[u8]]) -> (HttpProvider, Arc<Memory>) {
    let pieces = pieces.iter().map(|p| p.to_vec()).collect();
    let memory = Arc::new(Memory { status, pieces, asked: Mutex::default() });
    let model = ModelRef { provider: row.name.to_owned(), model: model.to_owned(), base_url: None };
    let base_url = row.base_url.unwrap_or("http://127.0.0.1:1234");
    let transport = Arc::<Memory>::clone(&memory);
    let provider = HttpProvider::new(*row, base_url, ModelConfig::new(model), ApiKey::new("key"), transport);
    (provider.unwrap_or_else(|e| panic!("{}: {e}", row.name)), memory)
}

/// The body that is sent for a request, and what came of it.
fn sent(row: &ProviderRow, model: &str, request: &LlmRequest) -> Map<String, Value> {
    let (provider, memory) = provider(row, model, 200, &[]);
    let _ = provider.complete_stream(request.clone()).now_or_never().expect("memory answers at once");
    let asked = memory.asked.lock().expect("one thread");
    serde_json::from_slice(&asked[0].body).expect("an object")
}

fn rows() -> Vec<ProviderRow> {
    ProviderRegistry::new().list_providers().to_vec()
}

fn row(name: &str) -> ProviderRow {
    *ProviderRegistry::new().row(name).expect(name)
}

fn model(row: &ProviderRow) -> &'static str {
    row.default_models.first().copied().unwrap_or("any-model")
}

fn with(change: impl FnOnce(&mut LlmRequest)) -> LlmRequest {
    let mut request = LlmRequest::ask("Why?");
    change(&mut request);
    request
}

fn tools() -> Vec<Tool> {
    let one = |name: &str| Tool {
        name: name.to_owned(),
        description: format!("The {name} there."),
        parameters: json!({"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}),
    };
    vec![one("weather"), one("time")]
}

fn picture() -> Image {
    Image::Data { media_type: "image/png".to_owned(), data: "iVBORw0KGgo=".to_owned() }
}

fn schema() -> JsonSchema {
    let score = json!({"type": "integer"});
    let schema =
        json!({"type": "object", "properties": {"score": score}, "required": ["score"], "additionalProperties": false});
    JsonSchema { name: "vote".to_owned(), schema }
}

/// A conversation with two calls, of which one failed; ids are as the server gave them, or missing.
fn called() -> Vec<LlmMessage> {
    let call = |id: &str, name: &str, city: &str| ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: json!({"city": city}),
    };
    let calls = vec![call("toolu_01", "weather", "Oslo"), call("", "time", "Rome")];
    let results = [("Rain.", false), ("No such city.", true)];
    let mut messages = vec![
        LlmMessage::user("Rain in Oslo? And how late is it in Rome?"),
        LlmMessage { tool_calls: calls.clone(), ..LlmMessage::assistant("Looking.") },
    ];
    messages
        .extend(calls.iter().zip(results).map(|(call, (text, failed))| LlmMessage::tool_result(call, text, failed)));
    messages.push(LlmMessage::user("And?"));
    messages
}

/// Everything that people may ask for, by name.
fn requests() -> Vec<(&'static str, LlmRequest)> {
    let reasoning = |wish| with(|r| r.options.reasoning = Some(wish));
    let offering = |choice| {
        with(|r| {
            r.options.tools = tools();
            r.options.tool_choice = choice;
        })
    };
    vec![
        ("plain", LlmRequest::ask("Why?")),
        ("system", with(|r| r.system_prompt = Some("Be brief.".to_owned()))),
        (
            "sampling",
            with(|r| {
                r.temperature = Some(1.5);
                r.max_tokens = Some(20_000);
                r.options.top_p = Some(0.9);
                r.options.top_k = Some(40);
                r.options.seed = Some(u64::from(u32::MAX));
                r.options.stop = ["1", "2", "3", "4", "5", "6"].map(str::to_owned).to_vec();
                r.options.frequency_penalty = Some(-0.5);
                r.options.presence_penalty = Some(0.5);
                r.options.repeat_penalty = Some(1.1);
                r.options.min_tokens = Some(5);
            }),
        ),
        (
            "beams",
            with(|r| {
                r.options.best_of = Some(3);
                r.options.beam_search = Some(true);
                r.options.skip_special_tokens = Some(false);
            }),
        ),
        ("schema", with(|r| r.options.json_schema = Some(schema()))),
        ("constraint json", with(|r| r.options.constraint = Some(Constraint::Json(schema().schema)))),
        ("constraint regex", with(|r| r.options.constraint = Some(Constraint::Regex("[0-9]+".to_owned())))),
        (
            "constraint choice",
            with(|r| r.options.constraint = Some(Constraint::Choice(vec!["yes".to_owned(), "no".to_owned()]))),
        ),
        ("constraint grammar", with(|r| r.options.constraint = Some(Constraint::Grammar("root ::= \"a\"".to_owned())))),
        ("constraint tag", with(|r| r.options.constraint = Some(Constraint::StructuralTag(json!({"triggers": []}))))),
        ("tools", offering(None)),
        ("tools none", offering(Some(ToolChoice::None))),
        ("tools required", offering(Some(ToolChoice::Required))),
        ("tools named", offering(Some(ToolChoice::Named("time".to_owned())))),
        (
            "tools called",
            with(|r| {
                r.messages = called();
                r.options.tools = tools();
            }),
        ),
        ("picture", with(|r| r.messages[0].images.push(picture()))),
        ("picture by address", with(|r| r.messages[0].images.push(Image::Url("https://example.org/a.png".to_owned())))),
        ("reasoning off", reasoning(Reasoning::Off)),
        ("reasoning on", reasoning(Reasoning::On)),
        ("reasoning low", reasoning(Reasoning::Effort(Effort::Low))),
        ("reasoning high", reasoning(Reasoning::Effort(Effort::High))),
        ("reasoning budget", reasoning(Reasoning::Budget(5000))),
        (
            "extra",
            with(|r| {
                r.temperature = Some(0.5);
                r.options.extra_body.insert("temperature".to_owned(), json!(0.1));
                r.options.extra_body.insert("options".to_owned(), json!({"num_ctx": 9}));
                r.options.extra_body.insert("generationConfig".to_owned(), json!({"topK": 9}));
            }),
        ),
    ]
}

/// The models whose traits differ, beside the first model of each row.
const MODELS: &[(&str, &str)] = &[
    ("anthropic", "claude-sonnet-4-5"),
    ("anthropic", "claude-opus-4-6"),
    ("anthropic", "claude-opus-5-5"),
    ("openai", "gpt-3.5-turbo"),
    ("openai", "gpt-5"),
    ("openai", "gpt-5.1"),
    ("openai", "o3"),
    ("gemini", "gemini-2.5-pro"),
    ("gemini", "gemini-2.5-flash"),
    ("gemini", "gemma-3-27b-it"),
    ("cohere", "command-a-03-2025"),
];

#[test]
fn everything_is_sent_as_each_row_wants_it_and_what_is_lost_is_said() {
    let mut shown = BTreeMap::<String, Vec<String>>::new();
    for row in rows() {
        let own = [(row.name, model(&row))];
        let more = MODELS.iter().copied().filter(|(name, _)| *name == row.name);
        for (_, model) in own.into_iter().chain(more) {
            let mut text = String::new();
            let plain = sent(&row, model, &LlmRequest::ask("Why?"));
            for (name, request) in requests() {
                let body = sent(&row, model, &request);
                // What is as in the plain request is left out here, so that the difference shows.
                let changed: Map<String, Value> =
                    body.into_iter().filter(|(k, v)| name == "plain" || plain.get(k) != Some(v)).collect();
                let gone = plain.keys().filter(|k| name != "plain" && !sent(&row, model, &request).contains_key(*k));
                assert_eq!(gone.count(), 0, "{}: {name} takes something away", row.name);
                let _ = writeln!(text, "{name}: {}", Value::Object(changed).to_string().replace(model, "MODEL"));
                let (provider, _) = provider(&row, model, 200, &[]);
                let mut about = request.clone();
                model.clone_into(&mut about.model);
                for adjustment in provider.adjustments(&about) {
                    let _ = writeln!(text, "  {}", adjustment.message("MODEL"));
                }
            }
            shown.entry(text).or_default().push(format!("{}/{model}", row.name));
        }
    }
    let mut groups: Vec<(String, String)> = shown.into_iter().map(|(text, names)| (names.join("\n# "), text)).collect();
    groups.sort();
    let text: String = groups.into_iter().map(|(names, text)| format!("# {names}\n{text}\n")).collect();
    insta::assert_snapshot!(text);
}

#[test]
fn what_a_server_refuses_by_name_is_left_out_and_nothing_else() {
    for row in rows() {
        let mut full = requests().into_iter().find(|(name, _)| *name == "sampling").expect("sampling").1;
        full.options.json_schema = Some(schema());
        full.options.reasoning = Some(Reasoning::Effort(Effort::High));
        full.options.tools = tools();
        let whole = sent(&row, model(&row), &full);
        let mut left_out = 0;
        let nested = whole.iter().filter_map(|(key, value)| Some((key, value.as_object()?)));
        let fields = nested.flat_map(|(key, fields)| fields.keys().map(move |field| format!("{key}.{field}")));
        let names: Vec<String> = whole.keys().cloned().chain(fields).collect();
        for name in names {
            let said = json!({"error": {"message": format!("Unsupported parameter: '{name}'."), "param": name, "code": "unsupported_parameter"}});
            let (provider, _) = provider(&row, model(&row), 400, &[said.to_string().as_bytes()]);
            let error: LlmError =
                provider.complete_stream(full.clone()).now_or_never().expect("at once").err().expect("refused");
            let whole_error = provider.complete(full.clone()).now_or_never().expect("at once").expect_err("refused");
            // Only a stream has options of a stream.
            let both = !name.starts_with("stream_options");
            assert_eq!(whole_error.refused_parameter, error.refused_parameter.clone().filter(|_| both), "{}", row.name);
            let Some(refused) = error.refused_parameter else { continue };
            let mut again = full.clone();
            again.options.without.push(refused.clone());
            let body = sent(&row, model(&row), &again);
            let at = |body: &Map<String, Value>, path: &str| {
                let pointer = format!("/{}", path.replace('.', "/"));
                Value::Object(body.clone()).pointer(&pointer).cloned()
            };
            assert_eq!(at(&body, &refused), None, "{}: {refused} is sent again", row.name);
            assert!(at(&whole, &refused).is_some(), "{}: {refused} was never sent", row.name);
            left_out += 1;
        }
        assert!(left_out >= 4, "{}: {left_out} could be left out", row.name);
        for essential in ["model", "messages", "contents", "system", "systemInstruction", "stream", "tools"] {
            let said = json!({"error": {"message": "no", "param": essential, "code": "unsupported_parameter"}});
            let (provider, _) = provider(&row, model(&row), 400, &[said.to_string().as_bytes()]);
            let error = provider.complete(full.clone()).now_or_never().expect("at once").expect_err("refused");
            assert_eq!(error.refused_parameter, None, "{}: {essential}", row.name);
        }
    }
    // The token limit has two names, and a shape can be asked for in words.
    let openai = row("openai");
    let without = |name: &str, request: LlmRequest| {
        let mut request = request;
        request.options.without.push(name.to_owned());
        sent(&openai, "gpt-3.5-turbo", &request)
    };
    assert!(without("max_tokens", LlmRequest::ask("?")).contains_key("max_completion_tokens"));
    let body = without("response_format", with(|r| r.options.json_schema = Some(schema())));
    assert!(Value::Object(body).to_string().contains("JSON schema"), "the schema is said in words");
}

/// A whole answer of a fixture, as the row's provider reads it.
fn answer(row: &ProviderRow, model: &str, pieces: &[&[u8]]) -> LlmResponse {
    let (provider, _) = provider(row, model, 200, pieces);
    let answer = provider.complete(LlmRequest::ask("?")).now_or_never().expect("at once");
    answer.unwrap_or_else(|e| panic!("{}: {e}", row.name))
}

#[test]
fn thoughts_go_back_to_the_model_that_wrote_them_and_to_no_other() {
    let details = r#"{"choices":[{"message":{"content":"","reasoning":"Hm.","reasoning_details":[{"type":"reasoning.encrypted","data":"SEALED"}],"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#;
    let deepseek = r#"{"choices":[{"message":{"content":"","reasoning_content":"SEALED","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}"#;
    let anthropic = r#"{"id":"m","type":"message","role":"assistant","content":[{"type":"thinking","thinking":"Hm.","signature":"SEALED"},{"type":"redacted_thinking","data":"SEALED"},{"type":"text","text":"So."}],"stop_reason":"end_turn"}"#;
    let gemini = r#"{"candidates":[{"content":{"parts":[{"functionCall":{"name":"f","args":{}},"thoughtSignature":"SEALED"}]},"finishReason":"STOP"}]}"#;
    let ollama =
        r#"{"message":{"role":"assistant","content":"So.","thinking":"SEALED"},"done":true,"done_reason":"stop"}"#;
    let cohere = r#"{"finish_reason":"TOOL_CALL","message":{"tool_plan":"SEALED","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]}}"#;
    let table = [
        ("openrouter", details, "/messages/1/reasoning_details/0/data"),
        ("deepseek", deepseek, "/messages/1/reasoning_content"),
        ("anthropic", anthropic, "/messages/1/content/1/data"),
        ("gemini", gemini, "/contents/1/parts/0/thoughtSignature"),
        ("ollama", ollama, "/messages/1/thinking"),
        ("cohere", cohere, "/messages/1/tool_plan"),
    ];
    for (name, body, place) in table {
        let row = row(name);
        let written = answer(&row, "m", &[body.as_bytes()]).into_message(name, "m");
        let goes_on = with(|r| r.messages.extend([written.clone(), LlmMessage::user("And?")]));
        let same = Value::Object(sent(&row, "m", &goes_on));
        assert_eq!(same.pointer(place), Some(&json!("SEALED")), "{name}: {same}");
        let other = Value::Object(sent(&row, "another", &goes_on));
        assert!(!other.to_string().contains("SEALED"), "{name}: {other}");
        for stranger in rows().iter().filter(|r| r.name != name) {
            let strange = Value::Object(sent(stranger, "m", &goes_on));
            assert!(!strange.to_string().contains("SEALED"), "{name} to {}: {strange}", stranger.name);
        }
    }
    // In a stream a signature comes in pieces of its own.
    let streamed = answer(
        &row("anthropic"),
        "m",
        &[concat!(
            "data: {\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":\"\"}}\n\n",
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"thinking_delta\",\"thinking\":\"Hm\"}}\n\n",
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"Se\"}}\n\n",
            "data: {\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":\"al\"}}\n\n",
            "data: {\"type\":\"content_block_stop\",\"index\":0}\n\ndata: {\"type\":\"message_stop\"}\n\n",
        )
        .as_bytes()],
    );
    assert_eq!(streamed.thoughts, [json!({"type": "thinking", "thinking": "Hm", "signature": "Seal"})]);
    let pieces = answer(
        &row("openrouter"),
        "m",
        &[concat!(
            "data: {\"choices\":[{\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,\"text\":\"H\"}]}}]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"reasoning_details\":[{\"type\":\"reasoning.text\",\"index\":0,\"text\":\"m\",\"signature\":\"s\"}]}}]}\n\n",
            "data: {\"choices\":[{\"delta\":{\"content\":\"So.\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n",
        )
        .as_bytes()],
    );
    assert_eq!(pieces.thoughts, [json!({"type": "reasoning.text", "index": 0, "text": "Hm", "signature": "s"})]);
    assert_eq!(pieces.reasoning, "Hm");
}

/// The bodies of a dialect's fixtures that hold a basic answer and a whole tool call.
fn fixtures(dialect: &str) -> [(Vec<u8>, Value); 2] {
    let all = cases(&root().join(dialect));
    let read_case = |folder: &std::path::Path| {
        let expected: Value = serde_json::from_slice(&read(&folder.join("expected.json"))).expect("JSON");
        (read(&folder.join("body")), expected)
    };
    let streamed = |body: &[u8]| dialect == "ollama" || !body.trim_ascii_start().starts_with(b"{");
    let calls = |(body, expected): &(Vec<u8>, Value)| {
        let called = expected["tool_calls"].as_array().is_some_and(|calls| !calls.is_empty());
        called && expected["complete"] == json!(true) && expected["error_kind"].is_null() && streamed(body)
    };
    let plain = all.iter().find(|folder| folder.ends_with("plain"));
    let plain = plain.unwrap_or_else(|| panic!("{dialect} has no fixture of a basic answer"));
    let call = all.iter().map(|folder| read_case(folder)).find(calls);
    [read_case(plain), call.unwrap_or_else(|| panic!("{dialect} has no fixture of a tool call"))]
}

#[test]
fn every_row_reads_a_basic_answer_and_a_tool_call_at_every_split() {
    let mut seen = Vec::new();
    for row in rows() {
        let known = seen.contains(&(row.dialect, row.quirks));
        seen.push((row.dialect, row.quirks));
        for (body, expected) in fixtures(row.dialect.name()) {
            let check = |pieces: &[&[u8]]| {
                let answer = answer(&row, model(&row), pieces);
                let calls: Vec<Value> = answer
                    .tool_calls
                    .iter()
                    .map(|call| json!({"name": call.name, "arguments": call.arguments}))
                    .collect();
                assert_eq!(json!(answer.content), expected["text"], "{}", row.name);
                assert_eq!(json!(calls), expected["tool_calls"], "{}", row.name);
                assert_eq!(json!(answer.finish_reason.name()), expected["stop_reason"], "{}", row.name);
            };
            if known {
                // Another row with the same dialect and quirks was read at every split.
                check(&[&body]);
            } else {
                check_splits(&body, check);
            }
        }
    }
}

#[test]
fn what_a_row_can_is_known_before_it_is_asked() {
    for row in rows() {
        let (provider, _) = provider(&row, model(&row), 200, &[]);
        let can = provider.capabilities();
        assert!(can.streaming && can.lists_models && can.custom_endpoint && can.browser, "{}", row.name);
        assert!((60..=3600).contains(&can.timeout_seconds), "{}: {} s", row.name, can.timeout_seconds);
        assert_eq!(can.manages_models, row.management == Management::Ollama, "{}", row.name);
        // What it says of itself is what it does with a request.
        let lost = |name: &str, parameter: &str| {
            let request = requests().into_iter().find(|(n, _)| *n == name).expect(name).1;
            provider.adjustments(&request).iter().any(|a| a.is_loss() && a.parameter.name() == parameter)
        };
        assert_eq!(can.tools, !lost("tools", "tools"), "{}", row.name);
        assert_eq!(can.vision, !lost("picture", "images"), "{}", row.name);
        assert_eq!(can.reasoning, !lost("reasoning on", "reasoning"), "{}", row.name);
    }
    let window = |name: &str, model: &str| provider(&row(name), model, 200, &[]).0.capabilities().context_window;
    assert_eq!(window("anthropic", "claude-sonnet-4-20250514"), Some(200_000));
    assert_eq!(window("openai", "gpt-4.1"), Some(1_047_576));
    assert_eq!(window("groq", "gpt-4.1"), None, "a name means nothing where others give it");
    let adjusted: Vec<String> = {
        let (provider, _) = provider(&row("openai"), "gpt-5", 200, &[]);
        let request = with(|r| r.temperature = Some(0.5));
        provider.adjustments(&request).iter().map(|a| a.message("openai/gpt-5")).collect()
    };
    assert_eq!(adjusted, ["openai/gpt-5 does not take temperature, so it is left out."]);
}
