//! The provider of each format, over reqwest: lists, streams, JSON, errors, a queue, too long a prompt.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::StreamExt;
use serde_json::json;
use tachikoma_forge::llm::codec::Dialect;
use tachikoma_forge::llm::{
    JsonSchema, Keys, LlmProvider, LlmRequest, ModelConfig, OPENAI_COMPATIBLE, ProviderFactory, ProviderRegistry,
    ProviderRow,
};
use tachikoma_forge::session::{EndReason, ForgeSession, SessionState};
use tachikoma_forge::types::{ErrorKind, LlmError, StopReason};
use tachikoma_native::NativeTransport;

use super::{GOAL, KEY, LONGEST, Llama, finish, tachikoma};

/// A provider for each format.
const FORMATS: [&str; 3] = ["llama-cpp", "responding", "anthropic"];

/// What a stream came to.
#[derive(Debug, Default, PartialEq)]
struct Streamed {
    text: String,
    reason: Option<StopReason>,
    failed: Option<LlmError>,
}

/// Makes the providers of one test. Their connections belong to its runtime.
struct Maker(ProviderRegistry, Arc<NativeTransport>);

impl Maker {
    fn new() -> Self {
        let mut registry = ProviderRegistry::new();
        // The name of a model that is asked in this format would bring more with it.
        registry.add(ProviderRow { name: "responding", dialect: Dialect::OpenAiResponses, ..OPENAI_COMPATIBLE });
        Self(registry, Arc::new(NativeTransport::new().unwrap()))
    }

    fn provider(&self, name: &str, at: &str, key: &str) -> Arc<dyn LlmProvider> {
        let mut keys = Keys::new();
        keys.set(name, key);
        let transport = Arc::<NativeTransport>::clone(&self.1);
        let factory = ProviderFactory::new(self.0.clone(), transport, keys);
        factory.create(&ModelConfig::new(format!("{name}/tiny-random@{at}").parse().unwrap())).unwrap()
    }
}

/// Without chance, and with a limit: the model seldom ends by itself.
fn request(text: &str, max_tokens: u32) -> LlmRequest {
    LlmRequest { max_tokens: Some(max_tokens), temperature: Some(0.0), ..LlmRequest::ask(text) }
}

/// Reads a stream, and tells of each piece with text.
async fn stream(provider: &dyn LlmProvider, request: LlmRequest, mut piece: impl FnMut()) -> Streamed {
    let mut streamed = Streamed::default();
    match provider.complete_stream(request).await {
        Err(error) => streamed.failed = Some(error),
        Ok(mut stream) => {
            while let Some(next) = stream.next().await {
                match next {
                    Ok(next) => {
                        if !next.delta.is_empty() {
                            piece();
                        }
                        streamed.text += &next.delta;
                        streamed.reason = next.finish_reason.or(streamed.reason);
                    }
                    Err(error) => streamed.failed = Some(error),
                }
            }
        }
    }
    streamed
}

fn one_slot() -> String {
    std::env::var("FORGE_LLAMA_ONE_SLOT").expect("FORGE_LLAMA_ONE_SLOT is not set; run `cargo xtask test llama`")
}

#[tokio::test]
#[ignore = "needs the server that `cargo xtask test llama` starts"]
async fn models_are_listed_and_answers_are_the_same_whole_and_in_pieces() {
    let (server, maker) = (Llama::alone(), Maker::new());
    for name in FORMATS {
        let provider = maker.provider(name, &server.address, KEY);
        let models = provider.list_models().await.unwrap_or_else(|e| panic!("{name}: {e}"));
        let known: Vec<_> = models.iter().map(|model| (model.name.as_str(), model.context_tokens)).collect();
        assert_eq!(known, [("tiny-random", Some(8192))], "{name}");

        let whole =
            provider.complete(request("Where does one begin?", 40)).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        let mut pieces = 0;
        let streamed = stream(&*provider, request("Where does one begin?", 40), || pieces += 1).await;
        assert_eq!((streamed.text, streamed.reason), (whole.content, Some(whole.finish_reason)), "{name}");
        assert!(streamed.failed.is_none() && pieces > 3, "{name}: {pieces} pieces, {:?}", streamed.failed);
        let usage = whole.usage;
        assert!(
            usage.input_tokens.is_some() && usage.output_tokens.is_some_and(|n| n > 3 && n <= 40),
            "{name}: {usage:?}"
        );
    }
}

#[tokio::test]
#[ignore = "needs the server that `cargo xtask test llama` starts"]
async fn a_shape_is_kept_where_the_server_enforces_it_and_nowhere_made_up() {
    let (server, maker) = (Llama::alone(), Maker::new());
    let vote = json!({"type": "object", "properties": {"vote": {"enum": ["agree", "disagree"]}},
        "required": ["vote"], "additionalProperties": false});
    let schema = JsonSchema { name: "vote".to_owned(), schema: vote };
    let shaped = |name| maker.provider(name, &server.address, KEY).complete_json(request("Vote.", 300), schema.clone());
    // Told by its words alone the model keeps no shape.
    for name in FORMATS {
        assert_eq!(shaped(name).await.unwrap_err().kind, ErrorKind::Protocol, "{name}");
    }
    // The server itself sees to it where the schema is sent, as it is by rows that are known to enforce one.
    let answer = shaped("vllm").await.unwrap();
    assert!(["agree", "disagree"].contains(&answer["vote"].as_str().unwrap()), "{answer}");
}

#[tokio::test]
#[ignore = "needs the server that `cargo xtask test llama` starts"]
async fn errors_are_told_as_what_they_are() {
    let (server, maker) = (Llama::alone(), Maker::new());
    let long = "measure the risk ".repeat(4_000);
    for name in FORMATS {
        let wrong = maker.provider(name, &one_slot(), "wrong-canary");
        let nowhere = maker.provider(name, &format!("{}/nowhere", server.address), KEY);
        let right = maker.provider(name, &server.address, KEY);
        let mut senseless = request("Why?", 5);
        senseless.options.extra_body.insert("temperature".to_owned(), json!("hot"));
        let cases = [
            ("wrong key", &wrong, request("Why?", 5), ErrorKind::Auth),
            ("nowhere", &nowhere, request("Why?", 5), ErrorKind::NotFound),
            ("too long", &right, request(&long, 5), ErrorKind::ContextTooLong),
            ("senseless", &right, senseless, ErrorKind::InvalidRequest),
        ];
        for (what, provider, request, kind) in cases {
            let whole = provider.complete(request.clone()).await.unwrap_err();
            let streamed = stream(&**provider, request, || {}).await;
            let stream = streamed.failed.unwrap_or_else(|| panic!("{name}, {what}: {:?}", streamed.text));
            for error in [whole, stream] {
                assert_eq!(error.kind, kind, "{name}, {what}: {error:?}");
                assert!(!format!("{error:?}").contains("canary"), "{name}, {what}: {error:?}");
            }
        }
    }
}

#[tokio::test]
#[ignore = "needs the server that `cargo xtask test llama` starts"]
async fn who_waits_for_the_only_slot_is_answered_too() {
    let (_alone, maker) = (Llama::alone(), Maker::new());
    for name in FORMATS {
        // Somebody who talks for seconds has the slot.
        let mut long = request("Who is the first?", 1_200);
        long.options.extra_body.insert("ignore_eos".to_owned(), json!(true));
        let (first, second) = (maker.provider("llama-cpp", &one_slot(), KEY), maker.provider(name, &one_slot(), KEY));
        let first = stream(&*first, long, || {});
        let second = async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            stream(&*second, request("Who is the second?", 60), || {}).await
        };
        let seen = tokio::task::spawn_blocking(|| {
            let began = Instant::now();
            std::iter::repeat_with(waiting).take_while(|_| began.elapsed() < LONGEST).any(|waiting| waiting > 0)
        });
        let (first, second, seen) = tokio::join!(first, second, seen);
        assert!(seen.unwrap(), "{name}: nobody waited");
        for streamed in [first, second] {
            assert!(streamed.failed.is_none() && streamed.reason.is_some(), "{name}: {streamed:?}");
            assert!(!streamed.text.trim().is_empty(), "{name}: {streamed:?}");
        }
    }
}

#[test]
#[ignore = "needs the server that `cargo xtask test llama` starts"]
fn two_members_share_one_slot_to_a_named_end() {
    let _alone = Llama::alone();
    let member = format!("llama-cpp/any@{}", one_slot());
    // Both ask at once: it is the server that makes one wait.
    let settings = ["--timeout", "40", "--rounds", "4", "--concurrency", "2", "--format", "ndjson"];
    let arguments = [&["deliberate", GOAL, "-m", &member, "-m", &member], &settings[..]].concat();
    let ran = finish(tachikoma(&arguments).env("LLAMA_CPP_API_KEY", KEY).spawn().unwrap()).expect(6);
    let session = ForgeSession::fold(&ran.events()).unwrap();
    assert!(
        matches!(&session.state, SessionState::Ended { reason: EndReason::NotConverged, .. }),
        "{:?}",
        session.state
    );
    assert_eq!(session.turns_of(1).filter_map(|turn| turn.text()).count(), 2);
    assert!(!ran.out.contains(KEY) && !ran.said.contains(KEY));
}

/// How many wait for the only slot, as the server counts.
fn waiting() -> u64 {
    let address = one_slot();
    let host = address.trim_start_matches("http://");
    let mut stream = TcpStream::connect(host).unwrap();
    write!(stream, "GET /metrics HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {KEY}\r\nConnection: close\r\n\r\n")
        .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let count = answer.lines().find_map(|line| line.strip_prefix("llamacpp:requests_deferred "));
    count.unwrap_or_else(|| panic!("{answer}")).trim().parse().unwrap()
}
