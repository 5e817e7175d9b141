//! The provider of each format, over reqwest: lists, streams, whole answers, JSON and errors.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use serde_json::json;
use tachikoma_forge::llm::{
    JsonSchema, Keys, LlmProvider, LlmRequest, LlmResponse, ModelConfig, ProviderFactory, ProviderRegistry,
};
use tachikoma_forge::types::{ErrorKind, LlmError, StopReason};
use tachikoma_native::NativeTransport;

use super::*;

const KEY: &str = "invented-key-for-the-emulator";

/// Makes the providers of one test. Their connections belong to its runtime.
struct Maker(ProviderFactory);

impl Maker {
    fn new() -> Self {
        let registry = ProviderRegistry::new();
        let mut keys = Keys::new();
        registry.rows().iter().for_each(|row| keys.set(row.name, KEY));
        Self(ProviderFactory::new(registry, Arc::new(NativeTransport::new().unwrap()), keys))
    }

    fn provider(&self, format: &Format, fault: &str) -> Arc<dyn LlmProvider> {
        self.0.create(&ModelConfig::new(format.member(fault).parse().unwrap())).unwrap()
    }
}

fn request(format: &Format, text: &str) -> LlmRequest {
    let mut request = LlmRequest::ask(text);
    request.options.completion = format.completion;
    request
}

/// What a stream said, piece by piece, and how it ended.
async fn streamed(
    provider: &dyn LlmProvider,
    request: LlmRequest,
) -> (Vec<String>, Option<StopReason>, Option<LlmError>) {
    let mut stream = match provider.complete_stream(request).await {
        Ok(stream) => stream,
        Err(error) => return (Vec::new(), None, Some(error)),
    };
    let (mut pieces, mut reason, mut failed) = (Vec::new(), None, None);
    while let Some(piece) = stream.next().await {
        match piece {
            Ok(piece) => {
                pieces.extend(Some(piece.delta).filter(|delta| !delta.is_empty()));
                reason = piece.finish_reason.or(reason);
            }
            Err(error) => failed = Some(error),
        }
    }
    (pieces, reason, failed)
}

#[tokio::test]
#[ignore = "needs the emulator that `cargo xtask test peers` starts"]
async fn answers_are_read_whole_and_piece_by_piece() {
    let maker = Maker::new();
    for format in FORMATS {
        let (name, provider) = (format.path, maker.provider(format, ""));
        let ask = || request(format, "How should a team begin?");
        let whole: LlmResponse = provider.complete(ask()).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(whole.content.starts_with("Begin with the smallest step"), "{name}: {}", whole.content);
        assert_eq!(whole.finish_reason, StopReason::End, "{name}");
        let (pieces, reason, failed) = streamed(&*provider, ask()).await;
        assert_eq!((pieces.concat(), reason, failed), (whole.content, Some(StopReason::End), None), "{name}");
        assert!(pieces.len() > 5, "{name}: it did not stream, but came in {} pieces", pieces.len());
    }
}

#[tokio::test]
#[ignore = "needs the emulator that `cargo xtask test peers` starts"]
async fn a_shape_is_kept() {
    let schema = JsonSchema {
        name: "vote".to_owned(),
        schema: json!({
            "type": "object",
            "properties": {"vote": {"enum": ["agree", "disagree"]}, "reasoning": {"type": "string"}},
            "required": ["vote", "reasoning"],
            "additionalProperties": false
        }),
    };
    let maker = Maker::new();
    for format in FORMATS {
        let answer =
            maker.provider(format, "").complete_json(request(format, "Say your \"vote\"."), schema.clone()).await;
        let answer = answer.unwrap_or_else(|e| panic!("{}: {e}", format.path));
        assert_eq!(answer["vote"], "agree", "{}: {answer}", format.path);
        // Words are no JSON, and are not taken for any.
        let error = maker.provider(format, "").complete_json(request(format, "Say something."), schema.clone()).await;
        assert_eq!(error.unwrap_err().kind, ErrorKind::Protocol, "{}", format.path);
    }
}

#[tokio::test]
#[ignore = "needs the emulator that `cargo xtask test peers` starts"]
async fn models_are_listed_where_it_has_a_list() {
    let maker = Maker::new();
    for format in FORMATS {
        let listed = maker.provider(format, "").list_models().await;
        if format.can(Lack::List) {
            let models = listed.unwrap_or_else(|e| panic!("{}: {e}", format.path));
            assert!(models.iter().any(|model| model.name == "gpt-4o"), "{}: {models:?}", format.path);
        } else {
            assert_eq!(listed.unwrap_err().kind, ErrorKind::NotFound, "{}", format.path);
        }
    }
}

#[tokio::test]
#[ignore = "needs the emulator that `cargo xtask test peers` starts"]
async fn errors_are_told_as_what_they_are() {
    let table = [
        ("fail-401", ErrorKind::Auth, Some(401)),
        ("fail-403", ErrorKind::Permission, Some(403)),
        ("fail-404", ErrorKind::NotFound, Some(404)),
        ("fail-429", ErrorKind::RateLimited, Some(429)),
        ("fail-500", ErrorKind::Server, Some(500)),
        ("fail-529", ErrorKind::Overloaded, Some(529)),
        ("too-long", ErrorKind::ContextTooLong, Some(400)),
        // Under a good status.
        ("malformed", ErrorKind::Protocol, Some(200)),
        // Without any.
        ("hangs-up", ErrorKind::Network, None),
    ];
    let maker = Maker::new();
    for format in FORMATS {
        for (fault, kind, status) in table {
            let provider = maker.provider(format, fault);
            let whole = provider.complete(request(format, "Why?")).await.unwrap_err();
            let (pieces, _, stream) = streamed(&*provider, request(format, "Why?")).await;
            let stream = stream.unwrap_or_else(|| panic!("{}, {fault}: {pieces:?} is no error", format.path));
            for error in [whole, stream] {
                let seen = (error.kind, error.status.filter(|_| status != Some(200)));
                assert_eq!(seen, (kind, status.filter(|s| *s != 200)), "{}, {fault}: {error:?}", format.path);
                let delay = error.retry_after.map(|delay| delay.as_secs());
                assert_eq!(delay, (fault == "fail-429").then_some(7), "{}, {fault}", format.path);
                assert!(!format!("{error:?}").contains(KEY), "{}, {fault}", format.path);
            }
            assert!(pieces.is_empty(), "{}, {fault}: {pieces:?}", format.path);
        }
    }
}

#[tokio::test]
#[ignore = "needs the emulator that `cargo xtask test peers` starts"]
async fn an_answer_that_is_not_whole_is_not_taken_for_whole() {
    let maker = Maker::new();
    for format in FORMATS {
        let (pieces, reason, failed) = streamed(&*maker.provider(format, "breaks-off"), request(format, "Why?")).await;
        let failed = failed.unwrap_or_else(|| panic!("{}: {pieces:?} is whole", format.path));
        assert_eq!((failed.kind, reason), (ErrorKind::Truncated, None), "{}", format.path);
        let limit = if format.can(Lack::CutShort) { StopReason::MaxTokens } else { StopReason::End };
        let (_, reason, failed) = streamed(&*maker.provider(format, "cut-short"), request(format, "Why?")).await;
        assert_eq!((reason, failed), (Some(limit), None), "{}", format.path);
        let whole = maker.provider(format, "cut-short").complete(request(format, "Why?")).await.unwrap();
        assert_eq!(whole.finish_reason, limit, "{}", format.path);
    }
}

#[tokio::test]
#[ignore = "needs the emulator that `cargo xtask test peers` starts"]
async fn many_may_ask_at_once() {
    let maker = &Maker::new();
    let asked = FORMATS.iter().flat_map(|format| std::iter::repeat_n(format, 4));
    let answers = futures::future::join_all(asked.map(|format| async move {
        let answer = maker.provider(format, "");
        let answer = streamed(&*answer, request(format, "All at once?"));
        let patience = Duration::from_secs(20);
        (format.path, tokio::time::timeout(patience, answer).await.expect(format.path))
    }));
    for (path, (pieces, reason, failed)) in answers.await {
        assert_eq!((reason, failed), (Some(StopReason::End), None), "{path}");
        assert!(pieces.concat().ends_with("of 20)."), "{path}: {pieces:?}");
    }
}
