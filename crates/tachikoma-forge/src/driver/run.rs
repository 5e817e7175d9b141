//! The loop: effects out of the engine, inputs into it.

use std::collections::BTreeMap;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures::channel::{mpsc, oneshot};
use futures::future::{self, Either};
use futures::stream::{self, AbortHandle, SelectAll};
use futures::{FutureExt, StreamExt};

use super::broadcast::Broadcast;
use super::known::learn;
use super::orchestrator::Runtime;
use super::platform::{JournalError, JournalErrorKind, Providers};
use crate::engine::{Call, Effect, Engine, Input, Piece};
use crate::llm::{Adjustment, JsonSchema, LlmOptions, LlmRequest};
use crate::protocol::Output;
use crate::session::{Attachment, ControlAction, Envelope};
use crate::types::{
    AskId, Attempt, BoxFuture, BoxStream, ErrorKind, Image, LlmError, LlmMessage, ModelRef, StopReason,
};

/// Whether something was done; else why not, in words.
type Done = Result<(), String>;

/// What a handle may ask of the loop.
pub(super) struct Command(pub(super) ControlAction, pub(super) oneshot::Sender<Done>);

/// How many inputs are taken before their effects are carried out.
const MOST_AT_ONCE: usize = 256;

/// Runs a deliberation to its end.
pub(super) async fn run(
    mut engine: Engine,
    runtime: Runtime,
    broadcast: Broadcast,
    mut commands: mpsc::UnboundedReceiver<Command>,
) {
    let mut calls: SelectAll<BoxStream<'static, Input>> = SelectAll::new();
    let mut aborts: BTreeMap<(AskId, Attempt), AbortHandle> = BTreeMap::new();
    let mut journal = JournalGuard { working: true };
    let mut wake_at = Duration::MAX;
    // What was done for whom: said when its events are out, so that whoever hears it sees them too.
    let mut done: Vec<(oneshot::Sender<Done>, Done)> = Vec::new();
    loop {
        while let Some(effect) = engine.poll() {
            match effect {
                Effect::Append(events) => {
                    if let Some(error) = journal.append(events, &runtime, &broadcast).await {
                        lost(&error, &mut engine, &runtime, &broadcast);
                    }
                }
                Effect::Show(event) => broadcast.publish(event),
                Effect::Call(call) => {
                    let (abort, registration) = AbortHandle::new_pair();
                    aborts.insert((call.ask.clone(), call.attempt), abort);
                    calls
                        .push(Box::pin(stream::Abortable::new(answers(call, runtime.providers.clone()), registration)));
                }
                Effect::Abort { ask, attempt } => {
                    if let Some(abort) = aborts.remove(&(ask, attempt)) {
                        abort.abort();
                    }
                }
                Effect::WakeAt(at) => wake_at = at,
                Effect::Compact(superseded) => {
                    if journal.working {
                        // Not compacting loses nothing.
                        let _ = runtime.journal.compact(superseded).await;
                    }
                }
                Effect::Ended => {}
            }
        }
        for (who, what) in done.drain(..) {
            // Who asked may be gone; it was done all the same.
            let _ = who.send(what);
        }
        if engine.is_over() {
            break;
        }
        let asleep = runtime.platform.sleep(wake_at.saturating_sub(runtime.platform.now().mono));
        let next = next(&mut commands, &mut calls, asleep).await;
        let now = runtime.platform.now();
        match next {
            Next::Command(Command(mut action, answer)) => {
                let known = learn(&mut action, engine.session(), runtime.providers.as_ref());
                engine.learn(known);
                done.push((answer, engine.control(action, now)));
            }
            Next::Input(input) => {
                forget_ended(&input, &mut aborts);
                engine.handle(input, now);
            }
        }
        // What has arrived meanwhile is taken in one go; bounded, so that a command never waits long.
        for _ in 0..MOST_AT_ONCE {
            let Some(Some(input)) = calls.next().now_or_never() else { break };
            forget_ended(&input, &mut aborts);
            engine.handle(input, now);
        }
    }
    // Dropping the calls ends their requests; only then is the end told.
    drop(calls);
    broadcast.close();
}

/// What the loop wakes up for.
enum Next {
    Command(Command),
    Input(Input),
}

async fn next(
    commands: &mut mpsc::UnboundedReceiver<Command>,
    calls: &mut SelectAll<BoxStream<'static, Input>>,
    asleep: BoxFuture<'static, ()>,
) -> Next {
    let command = pin!(async {
        match commands.next().await {
            Some(command) => command,
            // Every handle is gone: nobody watches or steers, but the work was asked for.
            None => future::pending().await,
        }
    });
    let input = pin!(async {
        match calls.next().await {
            Some(input) => input,
            None => future::pending().await,
        }
    });
    // Commands first, so that a stop is never kept waiting by a busy stream.
    match future::select(command, future::select(input, asleep)).await {
        Either::Left((command, _)) => Next::Command(command),
        Either::Right((Either::Left((input, _)), _)) => Next::Input(input),
        Either::Right((Either::Right(((), _)), _)) => Next::Input(Input::Tick),
    }
}

fn forget_ended(input: &Input, aborts: &mut BTreeMap<(AskId, Attempt), AbortHandle>) {
    if let Input::Finished { ask, attempt, .. } | Input::Failed { ask, attempt, .. } = input {
        aborts.remove(&(ask.clone(), *attempt));
    }
}

/// The journal takes nothing more. The deliberation goes on in memory and says so; but where somebody else has
/// taken the session over, it ends here, since going on would pay for everything twice.
fn lost(error: &JournalError, engine: &mut Engine, runtime: &Runtime, broadcast: &Broadcast) {
    broadcast.set_unsaved(error.clone());
    let now = runtime.platform.now();
    let why = error.message.trim_end_matches('.');
    if error.kind == JournalErrorKind::Locked {
        engine.report(format!("It no longer runs here: {why}."), now);
        // Nothing speaks against a stop.
        let _ = engine.control(ControlAction::Stop, now);
    } else {
        let advice = "It goes on in memory; export it before you leave.";
        engine.report(format!("The session can no longer be saved: {why}. {advice}"), now);
    }
}

/// Commits and shows. After a failure nothing more is committed, so that the journal has no hole.
struct JournalGuard {
    working: bool,
}

impl JournalGuard {
    /// Says why the journal failed, the first time that it does.
    async fn append(
        &mut self,
        events: Vec<Envelope>,
        runtime: &Runtime,
        broadcast: &Broadcast,
    ) -> Option<JournalError> {
        let failed = match self.working {
            true => runtime.journal.append(events.clone()).await.err(),
            false => None,
        };
        self.working &= failed.is_none();
        for event in events {
            broadcast.publish(event);
        }
        failed
    }
}

/// One call as the inputs that it brings: pieces, then exactly one end.
fn answers(call: Call, providers: Arc<dyn Providers>) -> BoxStream<'static, Input> {
    let (ask, attempt, model, capped) = (call.ask.clone(), call.attempt, call.model.clone(), call.capped);
    let request = request(call);
    let provider = providers.provider(&model).and_then(|p| p.validate_config().map(|()| p));
    let provider =
        provider.and_then(|p| if capped && !p.is_limited(&request) { Err(unlimited(&model)) } else { Ok(p) });
    let sent = provider.as_ref().ok().map(|provider| {
        let lost = provider.adjustments(&request).into_iter().filter(Adjustment::is_loss);
        Input::Sent {
            ask: ask.clone(),
            attempt,
            obtained: provider.json_mode(&request),
            warnings: lost.map(|a| a.message(&model.to_string())).collect(),
        }
    });
    let opened = async move { provider?.complete_stream(request).await };
    let inputs = opened.into_stream().flat_map(move |opened| {
        let (ask, end) = (ask.clone(), ask.clone());
        let failed = move |error| Input::Failed { ask: end.clone(), attempt, error };
        match opened {
            Err(error) => stream::iter([failed(error)]).left_stream(),
            Ok(chunks) => {
                let cut = failed(LlmError::new(ErrorKind::Truncated, "the answer broke off without an end"));
                chunks
                    .flat_map(move |chunk| match chunk {
                        Err(error) => stream::iter(vec![failed(error)]),
                        Ok(chunk) => {
                            let piece = Piece { text: chunk.delta, reasoning: chunk.reasoning, usage: chunk.usage };
                            let mut inputs = vec![Input::Piece { ask: ask.clone(), attempt, piece }];
                            if chunk.is_complete {
                                let stop_reason = chunk.finish_reason.unwrap_or(StopReason::Unknown);
                                inputs.push(Input::Finished { ask: ask.clone(), attempt, stop_reason });
                            }
                            stream::iter(inputs)
                        }
                    })
                    // A provider that just ends broke its contract; the engine still hears of it.
                    .chain(stream::iter([cut]))
                    .right_stream()
            }
        }
    });
    Box::pin(stream::iter(sent).chain(inputs))
}

/// What is set aside under a cap is nothing to go by where an answer may have any length.
fn unlimited(model: &ModelRef) -> LlmError {
    let message = format!("{model} takes no limit on the length of its answers, so the cap could not be kept with it.");
    LlmError::new(ErrorKind::InvalidRequest, message)
}

fn request(call: Call) -> LlmRequest {
    let json_schema = match call.output {
        Output::Text => None,
        Output::Json { name, schema } => Some(JsonSchema { name: name.to_owned(), schema }),
    };
    let picture = |attachment: Attachment| {
        let data = attachment.image()?.to_owned();
        Some(Image::Data { media_type: attachment.media_type, data })
    };
    let images = call.prompt.images.into_iter().filter_map(picture).collect();
    LlmRequest {
        model: call.model.model,
        system_prompt: Some(call.prompt.system).filter(|s| !s.is_empty()),
        messages: vec![LlmMessage { images, ..LlmMessage::user(call.prompt.user) }],
        temperature: None,
        max_tokens: call.max_tokens,
        options: LlmOptions { json_schema, without: call.without, ..LlmOptions::default() },
    }
}

#[cfg(test)]
mod tests {
    use super::super::platform::tests::factory;
    use super::*;
    use crate::protocol::Prompt;

    #[test]
    fn under_a_cap_no_call_goes_out_without_its_limit() {
        // The transport of the test panics when anything is sent.
        let cases = [
            ("ollama/x", vec!["options.num_predict"]),
            ("openai-compatible/x@http://localhost:1", vec!["max_tokens", "max_completion_tokens"]),
        ];
        for (model, without) in cases {
            let call = Call {
                ask: AskId { branch: 0, round: 1, step: "draft".into(), seat: 0, revision: 0 },
                attempt: 1,
                model: model.parse().unwrap(),
                prompt: Prompt { system: String::new(), user: "Why?".into(), images: Vec::new() },
                output: Output::Text,
                max_tokens: Some(100),
                capped: true,
                without: without.into_iter().map(str::to_owned).collect(),
            };
            let inputs = answers(call, Arc::new(factory())).collect::<Vec<Input>>().now_or_never().unwrap();
            let [Input::Failed { error, .. }] = inputs.as_slice() else { panic!("{inputs:?}") };
            assert!(error.kind == ErrorKind::InvalidRequest && error.message.contains("the cap"), "{error}");
        }
    }

    #[test]
    fn a_limit_that_goes_by_another_name_still_holds() {
        let model = "openai-compatible/x@http://localhost:1".parse().unwrap();
        let provider = factory().provider(&model).unwrap();
        let without = |names: &[&str]| LlmRequest {
            model: "x".into(),
            options: LlmOptions {
                without: names.iter().map(|name| (*name).to_owned()).collect(),
                ..LlmOptions::default()
            },
            ..LlmRequest::ask("Why?")
        };
        assert!(provider.is_limited(&without(&[])) && provider.is_limited(&without(&["temperature"])));
        assert!(provider.is_limited(&without(&["max_tokens"])), "then it is max_completion_tokens");
    }
}
