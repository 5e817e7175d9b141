//! A provider that speaks HTTP: a row of data, a codec and a transport.
//!
//! Every method sends at most one request. What goes wrong on the way is told as what it is: a transport
//! that was refused by a browser does not know whether the key or CORS was to blame, and says so. The key
//! goes into one header and nowhere else; should a server echo it, it is taken out of the message.

use std::sync::Arc;

use futures::StreamExt;
use futures::stream;
use serde_json::Value;

use super::base_url;
use super::classify::{Head, classify, refused_by_transport};
use super::codec::{
    self, Answer, Encoded, End, Endpoint, ModelTraits, ReasoningWay, ResponseDecoder, StreamEvent, truncated,
};
use super::key::without_secret;
use super::manage::{Management, ModelInfo, PullStream, calls};
use super::rows::{KeyHeader, ProviderKind, ProviderRow};
use super::{
    Adjustment, ApiKey, Capabilities, HeaderValue, HttpRequest, HttpResponse, LlmProvider, LlmRequest, LlmResponse,
    LlmStream, LlmStreamChunk, Method, ModelConfig, Parameter, Transport, TransportError,
};
use crate::types::{BoxFuture, BoxStream, ErrorKind, JsonMode, LlmError};

/// The most bytes of a list of models, or of an error, that are read.
const MOST_BODY: usize = 8 * 1024 * 1024;

/// A provider behind HTTP, for one model.
pub struct HttpProvider {
    /// Shared with the futures and streams that outlive a borrow of the provider.
    shared: Arc<Shared>,
}

pub(super) struct Shared {
    pub(super) row: ProviderRow,
    /// Complete with its path, without a slash at the end.
    pub(super) base_url: String,
    /// It answers nobody without a key at this address.
    needs_key: bool,
    config: ModelConfig,
    key: Option<ApiKey>,
    transport: Arc<dyn Transport>,
}

impl HttpProvider {
    /// A provider at a base URL. `/v1` is appended where the dialect uses it and the URL has no path.
    ///
    /// # Errors
    /// `invalid_request` when the base URL is none.
    pub fn new(
        row: ProviderRow,
        base_url: &str,
        config: ModelConfig,
        key: Option<ApiKey>,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, LlmError> {
        base_url::host_of(base_url)?;
        let needs_key = row.needs_key_at(base_url);
        let base_url = base_url::complete(base_url, row.dialect.default_path());
        Ok(Self { shared: Arc::new(Shared { row, base_url, needs_key, config, key, transport }) })
    }

    /// The base URL that requests go to, complete with its path.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.shared.base_url
    }
}

impl Shared {
    fn headers(&self) -> Vec<(String, HeaderValue)> {
        let plain = |(name, value): &(&str, &str)| ((*name).to_owned(), HeaderValue::Plain((*value).to_owned()));
        let mut headers = Vec::new();
        if let Some(key) = &self.key {
            let bearer = || ("authorization".to_owned(), HeaderValue::Bearer(key.clone()));
            let alone = |name: &str| (name.to_owned(), HeaderValue::Key(key.clone()));
            match self.row.key_header {
                KeyHeader::Bearer => headers.push(bearer()),
                KeyHeader::Named(name) => headers.push(alone(name)),
                KeyHeader::BearerAnd(name) => headers.extend([bearer(), alone(name)]),
            }
        }
        headers.extend(self.row.headers.iter().map(plain));
        if self.transport.is_browser() {
            headers.extend(self.row.browser_headers.iter().map(plain));
        }
        headers
    }

    fn allowed(&self, mut request: HttpRequest) -> HttpRequest {
        if self.transport.is_browser() {
            request.headers.retain(|(name, _)| self.row.allowed_from_browser.contains(&name.as_str()));
        }
        request
    }

    /// A request with what the configuration adds.
    fn configured(&self, mut request: LlmRequest) -> LlmRequest {
        if request.model.is_empty() {
            request.model.clone_from(&self.config.model.model);
        }
        request.temperature = request.temperature.or(self.config.temperature);
        request.max_tokens = request.max_tokens.or(self.config.max_tokens);
        request
    }

    fn request(&self, request: LlmRequest, stream: bool) -> Encoded {
        let headers = self.headers();
        let browser = self.transport.is_browser();
        let endpoint = Endpoint { provider: self.row.name, base_url: &self.base_url, headers: &headers, browser };
        let request = self.configured(request);
        let encoded = codec::encode(self.row.dialect, &self.row.quirks, endpoint, &request, stream);
        Encoded { request: self.allowed(encoded.request), ..encoded }
    }

    /// An address of the interface whose dialect has no path of its own.
    pub(super) fn own(&self, path: &str) -> String {
        format!("{}{path}", self.base_url)
    }

    /// A request that is none for an answer of a model.
    pub(super) fn request_to(&self, method: Method, url: String, body: Option<&Value>) -> HttpRequest {
        let mut headers = self.headers();
        if body.is_some() {
            headers.push(("content-type".to_owned(), HeaderValue::Plain("application/json".to_owned())));
        }
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        self.allowed(HttpRequest { method, url, headers, body })
    }

    /// Sends such a request and reads the whole answer.
    pub(super) async fn ask(
        &self,
        method: Method,
        url: String,
        body: Option<&Value>,
    ) -> Result<(Head, String), LlmError> {
        let (head, response) = self.send(self.request_to(method, url, body)).await?;
        let (body, _) = collect(response.body).await;
        Ok((head, String::from_utf8_lossy(&body).into_owned()))
    }

    fn validate(&self) -> Result<(), LlmError> {
        if self.needs_key && self.key.is_none() {
            let from = self.row.key_env.map(|env| format!(" Set {env}, or enter it on the page.")).unwrap_or_default();
            let message = format!("{} needs a key, and there is none.{from}", self.row.label);
            return Err(LlmError::new(ErrorKind::MissingApiKey, message));
        }
        Ok(())
    }

    pub(super) async fn send(&self, request: HttpRequest) -> Result<(Head, HttpResponse), LlmError> {
        self.validate()?;
        let response = self
            .transport
            .send(request)
            .await
            .map_err(|e| self.scrub(refused_by_transport(&self.row, &self.base_url, &e)))?;
        let headers = response.headers.iter().map(|(n, v)| (n.to_ascii_lowercase(), v.clone())).collect();
        Ok((Head { status: response.status, headers }, response))
    }

    /// Adds what people can do about it at this provider, says which of the parameters that were sent is refused,
    /// and takes out a key that a server echoed. A refusal that is `silent` is what a server says that was not told
    /// of the address which asks.
    fn dress(&self, mut error: LlmError, silent: bool, parameters: &[String]) -> LlmError {
        error.refused_parameter = error.refused_parameter.and_then(|name| codec::meant(parameters, &name));
        let own_server = self.row.kind != ProviderKind::Cloud;
        let refused_origin = self.transport.is_browser() || silent;
        let hint = match error.kind {
            ErrorKind::Permission if own_server && refused_origin => self.row.browser_hint,
            // Only a request for an answer has parameters, and names a model that was to be there.
            ErrorKind::NotFound if !parameters.is_empty() => self.row.model_hint,
            _ => "",
        };
        if !hint.is_empty() {
            error.message = format!("{} {hint}", error.message);
        }
        self.scrub(error)
    }

    /// The same for a request that is none for an answer.
    pub(super) fn explained(&self, error: LlmError, silent: bool) -> LlmError {
        self.dress(error, silent, &[])
    }

    fn scrub(&self, mut error: LlmError) -> LlmError {
        if let Some(key) = &self.key {
            error.message = without_secret(&error.message, key.expose());
            error.code = error.code.map(|code| without_secret(&code, key.expose()));
        }
        error
    }
}

/// Reads a body to its end. One that breaks keeps what came.
pub(super) async fn collect(mut body: BoxStream<'static, Result<Vec<u8>, TransportError>>) -> (Vec<u8>, End) {
    let mut bytes = Vec::new();
    while let Some(piece) = body.next().await {
        match piece {
            Ok(piece) => bytes.extend_from_slice(&piece),
            Err(_) => return (bytes, End::Cut),
        }
        if bytes.len() > MOST_BODY {
            return (bytes, End::Cut);
        }
    }
    (bytes, End::Eof)
}

impl LlmProvider for HttpProvider {
    fn name(&self) -> &str {
        self.shared.row.name
    }

    fn label(&self) -> &str {
        self.shared.row.label
    }

    fn model(&self) -> &str {
        &self.shared.config.model.model
    }

    fn capabilities(&self) -> Capabilities {
        let row = &self.shared.row;
        let known = row.quirks.known_models;
        let traits = ModelTraits::of(row.dialect, self.model());
        let takes = |parameter| codec::takes(row.dialect, &row.quirks, self.model(), parameter);
        Capabilities {
            streaming: true,
            system_prompt: traits.system_prompt,
            temperature: takes(Parameter::Temperature),
            json_schema: row.quirks.json == JsonMode::Schema && (traits.json_schema || !known),
            tools: takes(Parameter::Tools),
            vision: takes(Parameter::Images) && traits.vision,
            reasoning: row.quirks.reasoning.unwrap_or(traits.reasoning) != ReasoningWay::No,
            needs_key: self.shared.needs_key,
            lists_models: true,
            manages_models: row.management == Management::Ollama,
            custom_endpoint: true,
            browser: true,
            context_window: traits.context_window.filter(|_| known),
            timeout_seconds: row.timeout_seconds,
        }
    }

    fn adjustments(&self, request: &LlmRequest) -> Vec<Adjustment> {
        let row = &self.shared.row;
        codec::adjustments(row.dialect, &row.quirks, &self.shared.configured(request.clone()))
    }

    fn json_mode(&self, request: &LlmRequest) -> Option<JsonMode> {
        let row = &self.shared.row;
        codec::json_mode(row.dialect, &row.quirks, &self.shared.configured(request.clone()))
    }

    fn is_limited(&self, request: &LlmRequest) -> bool {
        let row = &self.shared.row;
        codec::is_limited(row.dialect, &row.quirks, &self.shared.configured(request.clone()))
    }

    fn validate_config(&self) -> Result<(), LlmError> {
        self.shared.validate()
    }

    fn complete(&self, request: LlmRequest) -> BoxFuture<'static, Result<LlmResponse, LlmError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let Encoded { dialect, request, parameters } = shared.request(request, false);
            let (head, response) = shared.send(request).await?;
            let mut decoder = ResponseDecoder::new(dialect, &shared.row.quirks, head);
            let mut answer = Answer::default();
            let (body, end) = collect(response.body).await;
            decoder.push(&body, &mut |event| answer.take(event));
            decoder.end(end, &mut |event| answer.take(event));
            answer.into_response().map_err(|error| shared.dress(error, body.is_empty(), &parameters))
        })
    }

    fn complete_stream(&self, request: LlmRequest) -> BoxFuture<'static, Result<LlmStream, LlmError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move {
            let Encoded { dialect, request, parameters } = shared.request(request, true);
            let (head, response) = shared.send(request).await?;
            if !head.is_good() {
                let (body, _) = collect(response.body).await;
                let error = classify(&head, &String::from_utf8_lossy(&body));
                return Err(shared.dress(error, body.is_empty(), &parameters));
            }
            let decoder = ResponseDecoder::new(dialect, &shared.row.quirks, head);
            let reading = Reading { shared, parameters, body: Some(response.body), decoder, failed: None };
            let stream: LlmStream = Box::pin(stream::unfold(reading, Reading::next));
            Ok(stream)
        })
    }

    fn list_models(&self) -> BoxFuture<'static, Result<Vec<ModelInfo>, LlmError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { calls::list(&shared).await })
    }

    fn model_states(&self) -> BoxFuture<'static, Result<Option<Vec<ModelInfo>>, LlmError>> {
        let shared = Arc::clone(&self.shared);
        Box::pin(async move { calls::states(&shared).await })
    }

    fn show_model(&self, name: &str) -> BoxFuture<'static, Result<ModelInfo, LlmError>> {
        let (shared, name) = (Arc::clone(&self.shared), name.to_owned());
        Box::pin(async move { calls::show(&shared, &name).await })
    }

    fn pull_model(&self, name: &str) -> BoxFuture<'static, Result<PullStream, LlmError>> {
        Box::pin(calls::pull(Arc::clone(&self.shared), name.to_owned()))
    }

    fn delete_model(&self, name: &str) -> BoxFuture<'static, Result<(), LlmError>> {
        let (shared, name) = (Arc::clone(&self.shared), name.to_owned());
        Box::pin(async move { calls::delete(&shared, &name).await })
    }
}

/// A stream as it is read.
struct Reading {
    shared: Arc<Shared>,
    /// The parameters that were sent and could be left out.
    parameters: Vec<String>,
    /// Gone once the answer ended, and the request with it.
    body: Option<BoxStream<'static, Result<Vec<u8>, TransportError>>>,
    decoder: ResponseDecoder,
    /// A failure that follows the last piece.
    failed: Option<LlmError>,
}

impl Reading {
    /// The next piece: all that one chunk of bytes brought, be it nothing but a sign of life.
    async fn next(mut self) -> Option<(Result<LlmStreamChunk, LlmError>, Self)> {
        if let Some(error) = self.failed.take() {
            return Some((Err(error), self));
        }
        let bytes = self.body.as_mut()?.next().await;
        let mut piece = LlmStreamChunk::default();
        let mut failed = None;
        let mut sink = |event: StreamEvent<'_>| match event {
            StreamEvent::Text(text) => piece.delta.push_str(text),
            StreamEvent::Reasoning(text) => piece.reasoning.push_str(text),
            StreamEvent::ToolCall(delta) => piece.tool_calls.push(delta),
            StreamEvent::Usage(usage) => piece.usage = Some(usage),
            StreamEvent::Thought(block) => piece.thoughts.push(block),
            StreamEvent::Heartbeat => {}
            StreamEvent::Finished { reason, raw } => {
                piece.is_complete = true;
                piece.finish_reason = Some(reason);
                piece.raw_finish_reason = raw;
            }
            StreamEvent::Failed(error) => failed = Some(error),
            StreamEvent::Truncated => failed = Some(truncated()),
        };
        match bytes {
            Some(Ok(bytes)) => self.decoder.push(&bytes, &mut sink),
            Some(Err(_)) => self.decoder.end(End::Cut, &mut sink),
            None => self.decoder.end(End::Eof, &mut sink),
        }
        if self.decoder.is_ended() {
            self.body = None;
        }
        let failed = failed.map(|error| self.shared.dress(error, false, &self.parameters));
        match failed {
            // Text that came with the failure is kept: it goes first.
            Some(error) if piece == LlmStreamChunk::default() => Some((Err(error), self)),
            other => {
                self.failed = other;
                Some((Ok(piece), self))
            }
        }
    }
}
