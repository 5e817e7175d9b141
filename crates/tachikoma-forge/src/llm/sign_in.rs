//! Signing in at OpenRouter: it gives a page a key of the user's without anybody's server in between.
//!
//! PKCE (RFC 7636): the page shows the hash of a secret when it sends people to OpenRouter, gets a code back,
//! and trades the code for a key by showing the secret itself. Whoever sees the code alone gets nothing for it.
//! What is secret travels in the body of one request; chance, hashing and windows are the page's.
//! Source: OpenRouter's documentation, "OAuth PKCE", as of November 2026.

use serde_json::{Value, json};

use super::base_url;
use super::classify::{Head, classify};
use super::codec::Dialect;
use super::http::collect;
use super::key::without_secret;
use super::{ApiKey, HeaderValue, HttpRequest, Method, Transport};
use crate::types::{ErrorKind, LlmError};

/// The longest key that is taken, in bytes: more is none.
const MOST_KEY: usize = 512;

/// Where people sign in, and where a page gets the key for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    base_url: String,
}

impl SignIn {
    /// The provider that people can sign in at.
    pub const PROVIDER: &'static str = "openrouter";

    /// Signing in at the provider's base URL: its own, or the one that the user set in its place. The page on
    /// which people sign in has the same origin, so that no other server ever gets part in it.
    ///
    /// # Errors
    /// `invalid_request` when the base URL is none.
    pub fn at(base_url: &str) -> Result<Self, LlmError> {
        base_url::host_of(base_url)?;
        Ok(Self { base_url: base_url::complete(base_url, Dialect::OpenAiChat.default_path()) })
    }

    /// The address of the page on which people sign in. It sends them on to `callback`, with a `code` added.
    #[must_use]
    pub fn address(&self, callback: &str, challenge: &str) -> String {
        let host = self.base_url.find("://").map_or(0, |at| at + 3);
        let path = self.base_url[host..].find('/').map_or(self.base_url.len(), |at| host + at);
        let origin = &self.base_url[..path];
        let (callback, challenge) = (escaped(callback), escaped(challenge));
        format!("{origin}/auth?callback_url={callback}&code_challenge={challenge}&code_challenge_method=S256")
    }

    /// Trades a code for a key. One request; the code is used up by it.
    ///
    /// # Errors
    /// Why there is no key, in words for people and without the code or the secret.
    pub async fn key(&self, transport: &dyn Transport, code: &str, verifier: &str) -> Result<ApiKey, LlmError> {
        let clean = |mut error: LlmError| {
            for secret in [code, verifier].into_iter().filter(|secret| !secret.is_empty()) {
                error.message = without_secret(&error.message, secret);
                error.code = error.code.map(|code| without_secret(&code, secret));
            }
            error
        };
        let body = json!({"code": code, "code_verifier": verifier, "code_challenge_method": "S256"});
        let request = HttpRequest {
            method: Method::Post,
            url: format!("{}/auth/keys", self.base_url),
            headers: vec![("content-type".to_owned(), HeaderValue::Plain("application/json".to_owned()))],
            body: body.to_string().into_bytes(),
        };
        let response =
            transport.send(request).await.map_err(|e| clean(LlmError::new(ErrorKind::Network, e.message)))?;
        let head = Head { status: response.status, headers: response.headers };
        let (body, _) = collect(response.body).await;
        let body = String::from_utf8_lossy(&body);
        if !head.is_good() {
            return Err(clean(classify(&head, &body)));
        }
        let answer: Value = serde_json::from_str(&body).unwrap_or_default();
        // What could not stand in a header is no key.
        let key = answer
            .get("key")
            .and_then(Value::as_str)
            .filter(|key| key.len() <= MOST_KEY && key.bytes().all(|byte| byte.is_ascii_graphic()));
        key.and_then(ApiKey::new).ok_or_else(|| {
            LlmError::new(ErrorKind::Protocol, "The server answered, but not with a key. Check the base URL.")
                .with_status(head.status)
        })
    }
}

/// A text as the value of a query's parameter (RFC 3986).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use futures::{FutureExt, StreamExt, stream};

    use super::*;
    use crate::llm::{HttpResponse, ProviderRegistry, ProviderRow, TransportError, TransportErrorKind};
    use crate::types::BoxFuture;

    const CODE: &str = "canary-code";
    const VERIFIER: &str = "canary-verifier";

    /// Answers once, and remembers what it was asked.
    struct Once(u16, &'static str, Mutex<Option<HttpRequest>>);

    impl Transport for Once {
        fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
            assert!(self.2.lock().unwrap().replace(request).is_none(), "one request");
            let (status, body) = (self.0, stream::iter([Ok(self.1.as_bytes().to_vec())]).boxed());
            Box::pin(async move {
                if status == 0 {
                    let message = format!("Nothing answers to {CODE}.");
                    return Err(TransportError { kind: TransportErrorKind::Unreachable, message });
                }
                Ok(HttpResponse { status, headers: Vec::new(), body })
            })
        }

        fn is_browser(&self) -> bool {
            true
        }
    }

    fn row() -> ProviderRow {
        *ProviderRegistry::new().row(SignIn::PROVIDER).unwrap()
    }

    fn trade(status: u16, body: &'static str) -> (Result<ApiKey, LlmError>, HttpRequest) {
        let once = Once(status, body, Mutex::default());
        let sign_in = SignIn::at(row().base_url.unwrap()).unwrap();
        let key = sign_in.key(&once, CODE, VERIFIER).now_or_never().expect("it answers at once");
        (key, once.2.into_inner().unwrap().unwrap())
    }

    #[test]
    fn people_are_sent_to_the_origin_of_the_base_url() {
        let cases = [
            (row().base_url.unwrap(), "https://openrouter.ai/auth"),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/auth"),
            ("http://[::1]:8080/deep/api/v1/", "http://[::1]:8080/auth"),
        ];
        for (base_url, page) in cases {
            let address = SignIn::at(base_url).unwrap().address("https://page.example/a b/?state=x&y", "c-_~");
            let callback = "https%3A%2F%2Fpage.example%2Fa%20b%2F%3Fstate%3Dx%26y";
            let expected = format!("{page}?callback_url={callback}&code_challenge=c-_~&code_challenge_method=S256");
            assert_eq!(address, expected);
        }
        for wrong in ["", "openrouter.ai", "javascript:alert(1)", "https://user:pass@openrouter.ai"] {
            assert!(SignIn::at(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_code_is_traded_for_a_key() {
        let (key, request) = trade(200, r#"{"key":"invented-key","user_id":"u"}"#);
        assert_eq!(key.unwrap().expose(), "invented-key");
        assert_eq!(request.url, "https://openrouter.ai/api/v1/auth/keys");
        assert!(!format!("{request:?}").contains("canary"), "{request:?}");
        let body: Value = serde_json::from_slice(&request.body).unwrap();
        assert_eq!(body, json!({"code": CODE, "code_verifier": VERIFIER, "code_challenge_method": "S256"}));
        let allowed = row().allowed_from_browser;
        assert!(request.headers.iter().all(|(name, _)| allowed.contains(&name.as_str())));
    }

    #[test]
    fn what_is_no_key_is_refused_and_nothing_secret_is_repeated() {
        let cases = [
            (
                403,
                r#"{"error":{"code":403,"message":"Invalid code canary-code or code_verifier"}}"#,
                "Invalid code … or",
            ),
            (400, "Invalid code_challenge_method", "Invalid code_challenge_method"),
            (500, "<html>canary-verifier</html>", ""),
            (403, r#"{"error":{"code":"canary-code","message":"Invalid code"}}"#, "Invalid code"),
            (200, r#"{"key":""}"#, "not with a key"),
            (200, r#"{"key":"two words"}"#, "not with a key"),
            (200, r#"{"key":7}"#, "not with a key"),
            (200, "canary-code", "not with a key"),
            (0, "", "Nothing answers to …"),
        ];
        for (status, body, says) in cases {
            let error = trade(status, body).0.unwrap_err();
            assert!(error.message.contains(says), "{status} {body}: {error}");
            assert!(!format!("{error:?}").contains("canary"), "{error:?}");
        }
    }
}
