//! The demo: scripted members that stream at a lifelike pace, so that a deliberation can be watched
//! without a key and without a network.
//!
//! A provider like any other: the engine, the protocol and the journal do not know it from a real one.
//! It thinks nothing: it reads from the prompt what is asked, takes the user's goal over into prepared
//! texts, and sends those. Views and exports say that it is a demo; `SessionCreated.demo` tells them.
//!
//! The first vote fails, since the first synthesis leaves a concern open; the second answers it. One
//! member is "overloaded" once, so that a retry is seen.

mod reading;
mod script;
mod structured;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::stream::{self, StreamExt};

use self::reading::Asked;
use super::{
    Capabilities, LlmProvider, LlmRequest, LlmStream, LlmStreamChunk, ModelConfig, ModelInfo, Pace, ProviderRegistry,
};
use crate::types::{BoxFuture, ErrorKind, JsonMode, LlmError, ModelRef, StopReason, TokenUsage, prompt_hash};

/// The name before the `/`.
pub const PROVIDER: &str = "demo";

/// A scripted member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DemoMember {
    /// The name of its model.
    pub model: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// How long it reads before the first piece, in milliseconds.
    first_token_ms: u64,
    /// How fast it writes.
    tokens_per_second: u64,
    /// Whether it thinks aloud.
    thinks: bool,
}

/// Every scripted member. The first three make up the panel of the demo.
pub const MEMBERS: [DemoMember; 4] = [
    DemoMember { model: "ada", name: "Ada", first_token_ms: 1200, tokens_per_second: 46, thinks: true },
    DemoMember { model: "turing", name: "Turing", first_token_ms: 1500, tokens_per_second: 40, thinks: true },
    DemoMember { model: "hopper", name: "Hopper", first_token_ms: 450, tokens_per_second: 66, thinks: false },
    DemoMember { model: "lovelace", name: "Lovelace", first_token_ms: 700, tokens_per_second: 50, thinks: false },
];

impl DemoMember {
    /// How the member's model is written.
    #[must_use]
    pub fn model_ref(&self) -> ModelRef {
        ModelRef { provider: PROVIDER.to_owned(), model: self.model.to_owned(), base_url: None }
    }

    fn of(model: &str) -> Option<Self> {
        MEMBERS.into_iter().find(|m| m.model == model)
    }
}

/// Who sits at the table of the demo.
#[must_use]
pub const fn panel() -> &'static [DemoMember] {
    MEMBERS.split_at(3).0
}

/// Registers the provider `demo`.
pub fn register(registry: &mut ProviderRegistry, pace: Arc<dyn Pace>) {
    let hiccups = Arc::new(Hiccups::default());
    registry.register(PROVIDER, move |config: &ModelConfig| {
        let member = DemoMember::of(&config.model.model).ok_or_else(|| {
            let known: Vec<&str> = MEMBERS.iter().map(|m| m.model).collect();
            LlmError::new(
                ErrorKind::NotFound,
                format!("The demo has no member \"{}\". Known are: {}.", config.model.model, known.join(", ")),
            )
        })?;
        let provider: Arc<dyn LlmProvider> =
            Arc::new(DemoProvider { member, pace: Arc::clone(&pace), hiccups: Arc::clone(&hiccups) });
        Ok(provider)
    });
}

/// The asks at which a member has been "overloaded" already: once each, and then never again.
#[derive(Default)]
struct Hiccups(Mutex<BTreeSet<String>>);

impl Hiccups {
    fn is_first(&self, prompt: &str) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(prompt_hash(&[prompt]))
    }
}

/// A scripted member that can be asked.
#[derive(Clone)]
struct DemoProvider {
    member: DemoMember,
    pace: Arc<dyn Pace>,
    hiccups: Arc<Hiccups>,
}

/// An answer before it is sent.
struct Scripted {
    reasoning: String,
    text: String,
    usage: TokenUsage,
}

impl DemoProvider {
    fn answer(&self, request: &LlmRequest) -> Result<Scripted, LlmError> {
        let asked = Asked::read(request);
        if script::stumbles(self.member.model, &asked.kind) && self.hiccups.is_first(&asked.prompt) {
            return Err(LlmError::new(
                ErrorKind::Overloaded,
                "The scripted member plays a server that is overloaded for a moment.",
            )
            .with_status(529));
        }
        let text = script::text(self.member.model, &asked);
        let reasoning = if self.member.thinks { script::reasoning(self.member.model, &asked) } else { String::new() };
        let of = |text: &str| u64::try_from(text.len().div_ceil(4)).unwrap_or(u64::MAX);
        let usage = TokenUsage {
            input_tokens: Some(of(&asked.prompt)),
            output_tokens: Some(of(&text) + of(&reasoning)),
            reasoning_tokens: Some(of(&reasoning)).filter(|n| *n > 0),
            ..TokenUsage::default()
        };
        Ok(Scripted { reasoning, text, usage })
    }
}

impl LlmProvider for DemoProvider {
    fn name(&self) -> &str {
        PROVIDER
    }

    fn model(&self) -> &str {
        self.member.model
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            streaming: true,
            system_prompt: true,
            json_schema: true,
            reasoning: self.member.thinks,
            lists_models: true,
            browser: true,
            ..Capabilities::default()
        }
    }

    fn json_mode(&self, request: &LlmRequest) -> Option<JsonMode> {
        request.options.json_schema.as_ref().map(|_| JsonMode::Schema)
    }

    fn validate_config(&self) -> Result<(), LlmError> {
        Ok(())
    }

    fn complete_stream(&self, request: LlmRequest) -> BoxFuture<'static, Result<LlmStream, LlmError>> {
        let member = self.member;
        let pace = Arc::clone(&self.pace);
        let answer = self.answer(&request);
        Box::pin(async move {
            pace.pause(Duration::from_millis(member.first_token_ms)).await;
            let chunks = chunks(answer?);
            let stream: LlmStream = Box::pin(stream::iter(chunks).then(move |chunk| {
                let pause = pace.pause(time_to_write(member, &chunk));
                async move {
                    pause.await;
                    Ok(chunk)
                }
            }));
            Ok(stream)
        })
    }

    fn list_models(&self) -> BoxFuture<'static, Result<Vec<ModelInfo>, LlmError>> {
        Box::pin(async { Ok(MEMBERS.iter().map(|m| ModelInfo::from(m.model)).collect()) })
    }
}

/// The pieces of an answer: reasoning, text, then the end with the counts.
fn chunks(answer: Scripted) -> Vec<LlmStreamChunk> {
    let reasoning =
        pieces(&answer.reasoning).map(|p| LlmStreamChunk { reasoning: p.to_owned(), ..LlmStreamChunk::default() });
    let text = pieces(&answer.text).map(|p| LlmStreamChunk { delta: p.to_owned(), ..LlmStreamChunk::default() });
    let end = LlmStreamChunk {
        usage: Some(answer.usage),
        is_complete: true,
        finish_reason: Some(StopReason::End),
        ..LlmStreamChunk::default()
    };
    reasoning.chain(text).chain([end]).collect()
}

/// Pieces of 6 to 18 characters, as servers send them: a few tokens each, of uneven length.
fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    let mut turn = 0_usize;
    std::iter::from_fn(move || {
        let length = 6 + turn * 7 % 13;
        turn += 1;
        let end = rest.char_indices().nth(length).map_or(rest.len(), |(at, _)| at);
        let (piece, after) = rest.split_at(end);
        rest = after;
        (!piece.is_empty()).then_some(piece)
    })
}

/// Four characters count as a token.
fn time_to_write(member: DemoMember, chunk: &LlmStreamChunk) -> Duration {
    let characters = u64::try_from(chunk.delta.len() + chunk.reasoning.len()).unwrap_or(0);
    Duration::from_micros(characters * 250_000 / member.tokens_per_second)
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use serde_json::Value;

    use super::super::JsonSchema;
    use super::*;
    use crate::llm::{HttpRequest, HttpResponse, Keys, ProviderFactory, Transport, TransportError};

    /// Nothing here ever waits for anything: a future that is not ready at once is a fault.
    fn block_on<T>(future: impl Future<Output = T>) -> T {
        future.now_or_never().expect("the demo waits for nothing but its pace")
    }

    struct NoTransport;

    impl Transport for NoTransport {
        fn send(&self, _: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
            panic!("the demo needs no network")
        }

        fn is_browser(&self) -> bool {
            false
        }
    }

    /// A factory whose demo does not wait, and the sum of what it would have waited.
    fn factory() -> (ProviderFactory, Arc<Mutex<Duration>>) {
        let waited = Arc::new(Mutex::new(Duration::ZERO));
        let sum = Arc::clone(&waited);
        let mut registry = ProviderRegistry::new();
        register(
            &mut registry,
            Arc::new(move |pause: Duration| -> BoxFuture<'static, ()> {
                *sum.lock().unwrap() += pause;
                Box::pin(async {})
            }),
        );
        (ProviderFactory::new(registry, Arc::new(NoTransport), Keys::new()), waited)
    }

    fn draft(goal: &str) -> LlmRequest {
        LlmRequest::ask(format!("# The goal\n\n{goal}\n\n# Your task\n\nAnswer the goal on your own."))
    }

    #[test]
    fn drafts_differ_use_the_goal_and_come_at_a_lifelike_pace() {
        let (factory, waited) = factory();
        let mut texts = BTreeSet::new();
        for member in MEMBERS {
            let provider = factory.create(&ModelConfig::new(member.model_ref())).unwrap();
            *waited.lock().unwrap() = Duration::ZERO;
            let answer = block_on(provider.complete(draft("Should we paint the bikeshed?"))).unwrap();
            let seconds = waited.lock().unwrap().as_secs_f64();
            assert!((3.0..13.0).contains(&seconds), "{} takes {seconds} s", member.model);
            assert!(answer.content.contains("Should we paint the bikeshed?"));
            assert!(answer.content.contains("**"), "{} writes Markdown", member.model);
            assert_eq!(answer.reasoning.is_empty(), !member.thinks);
            assert_eq!(answer.finish_reason, StopReason::End);
            assert!(texts.insert(answer.content));
        }
        assert!(factory.create(&ModelConfig::new("demo/nobody".parse().unwrap())).is_err());
    }

    #[test]
    fn an_answer_arrives_in_many_pieces_and_one_end() {
        let (factory, _) = factory();
        let provider = factory.create(&ModelConfig::new(MEMBERS[0].model_ref())).unwrap();
        let chunks: Vec<_> = block_on(async { provider.complete_stream(draft("é?")).await.unwrap().collect().await });
        assert!(chunks.len() > 50);
        let ends = chunks.iter().filter(|c| c.as_ref().is_ok_and(|c| c.is_complete)).count();
        assert!(ends == 1 && chunks.last().is_some_and(|c| c.as_ref().is_ok_and(|c| c.is_complete)));
    }

    #[test]
    fn an_overload_happens_once_for_each_ask() {
        let (factory, _) = factory();
        let ask = |mark: &str| {
            let mut request =
                LlmRequest::ask(format!("--- Draft A begins, {mark} ---\nx\n--- Draft A ends, {mark} ---"));
            request.options.json_schema = Some(JsonSchema { name: "critique".into(), schema: Value::Null });
            let provider = factory.create(&ModelConfig::new("demo/hopper".parse().unwrap())).unwrap();
            block_on(provider.complete(request)).map(|_| ()).map_err(|e| (e.kind, e.retryable))
        };
        assert_eq!([ask("m1"), ask("m1"), ask("m1")], [Err((ErrorKind::Overloaded, true)), Ok(()), Ok(())]);
        assert!(ask("m2").is_err());
    }
}
