//! A server that refuses some requests and answers the rest, without a socket.

use std::sync::Mutex;

use futures::{StreamExt, stream};
use serde_json::Value;
use tachikoma_forge::llm::{HttpRequest, HttpResponse, Transport, TransportError};
use tachikoma_forge::types::BoxFuture;

/// Says what a request is refused with, if it is: the status and the body.
pub type Refuses = fn(&HttpRequest, &Value) -> Option<(u16, String)>;

/// Answers like OpenAI's chat completions what it does not refuse, and keeps every body.
pub struct Refusing {
    refuses: Refuses,
    seen: Mutex<Vec<Value>>,
}

impl Refusing {
    /// A server that refuses what `refuses` says.
    #[must_use]
    pub const fn new(refuses: Refuses) -> Self {
        Self { refuses, seen: Mutex::new(Vec::new()) }
    }

    /// The bodies of all requests so far, in order.
    #[must_use]
    pub fn seen(&self) -> Vec<Value> {
        self.seen.lock().map(|seen| seen.clone()).unwrap_or_default()
    }
}

impl Transport for Refusing {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let (status, text) = (self.refuses)(&request, &body).unwrap_or_else(|| {
            let piece = r#"{"choices":[{"delta":{"content":"Open on Sundays."},"finish_reason":"stop"}]}"#;
            (200, format!("data: {piece}\n\ndata: [DONE]\n\n"))
        });
        if let Ok(mut seen) = self.seen.lock() {
            seen.push(body);
        }
        let body = stream::iter([Ok(text.into_bytes())]).boxed();
        Box::pin(async move { Ok(HttpResponse { status, headers: Vec::new(), body }) })
    }

    fn is_browser(&self) -> bool {
        false
    }
}
