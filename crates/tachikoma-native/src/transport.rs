//! HTTP natively, through reqwest and rustls.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::OnceLock;
use std::time::Duration;

use futures::StreamExt;
use reqwest::redirect::Policy;
use tachikoma_forge::llm::{HttpRequest, HttpResponse, Method, Transport, TransportError, TransportErrorKind};
use tachikoma_forge::types::BoxFuture;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(15);
/// How long a connection is kept for the next request. Many servers, llama.cpp's among them, close one that was idle for
/// five seconds; a request sent at that moment would break.
const IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// Sends requests with reqwest. No time limit on the answer: a stream lasts as long as it lasts, and
/// the engine watches over silence. Never follows a redirect: a key must not travel to where it was not
/// addressed, and no provider's interface redirects. Proxies are taken from the environment and the
/// system, though never for this machine itself: a proxy elsewhere cannot reach a server that runs here.
#[derive(Clone, Debug)]
pub struct NativeTransport {
    client: reqwest::Client,
    /// For addresses of this machine.
    direct: reqwest::Client,
}

impl NativeTransport {
    /// A transport with its own pool of connections.
    ///
    /// # Errors
    /// When TLS cannot be set up on this machine.
    pub fn new() -> Result<Self, TransportError> {
        static PROVIDER: OnceLock<()> = OnceLock::new();
        PROVIDER.get_or_init(|| {
            // Somebody else in the process may have installed one already; any will do.
            let _ = rustls::crypto::ring::default_provider().install_default();
        });
        let builder = || {
            let builder = reqwest::Client::builder().connect_timeout(CONNECT_TIMEOUT);
            let builder = builder.pool_idle_timeout(IDLE_TIMEOUT);
            builder.redirect(Policy::none()).referer(false).tcp_nodelay(true)
        };
        let build = |builder: reqwest::ClientBuilder| {
            let failed = |e| error(TransportErrorKind::Invalid, format!("HTTPS cannot be set up: {}", chain(&e)));
            builder.build().map_err(failed)
        };
        Ok(Self { client: build(builder())?, direct: build(builder().no_proxy())? })
    }

    fn client(&self, url: &str) -> reqwest::Client {
        if is_this_machine(url) { self.direct.clone() } else { self.client.clone() }
    }
}

impl Transport for NativeTransport {
    fn send(&self, request: HttpRequest) -> BoxFuture<'static, Result<HttpResponse, TransportError>> {
        let client = self.client(&request.url);
        Box::pin(async move {
            let host = host_of(&request.url);
            let method = match request.method {
                Method::Get => reqwest::Method::GET,
                Method::Post => reqwest::Method::POST,
                Method::Delete => reqwest::Method::DELETE,
            };
            let mut builder = client.request(method, &request.url);
            for (name, value) in &request.headers {
                let mut wire = reqwest::header::HeaderValue::from_str(&value.to_wire()).map_err(|_| {
                    // Never the value: it may be a key.
                    let what = if value.is_secret() { "The key" } else { "A header" };
                    error(
                        TransportErrorKind::Invalid,
                        format!("{what} for {host} holds characters that cannot be sent ({name}). Copy it again."),
                    )
                })?;
                wire.set_sensitive(value.is_secret());
                builder = builder.header(name.as_str(), wire);
            }
            if !request.body.is_empty() {
                builder = builder.body(request.body);
            }
            let response = builder.send().await.map_err(|e| sending(&e, &host))?;
            let status = response.status();
            if status.is_redirection() && response.headers().contains_key(reqwest::header::LOCATION) {
                return Err(error(
                    TransportErrorKind::Redirect,
                    format!(
                        "{host} redirects elsewhere (status {}), which is refused so that no key travels there. Set the base URL to the final address.",
                        status.as_u16()
                    ),
                ));
            }
            let headers = response
                .headers()
                .iter()
                .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())))
                .collect();
            let body = response.bytes_stream().map(move |piece| {
                piece.map(Vec::from).map_err(|e| {
                    error(
                        TransportErrorKind::Broken,
                        format!("the connection to {host} broke: {}", chain(&e.without_url())),
                    )
                })
            });
            Ok(HttpResponse { status: status.as_u16(), headers, body: Box::pin(body) })
        })
    }

    fn is_browser(&self) -> bool {
        false
    }

    fn connect_timeout(&self) -> Duration {
        CONNECT_TIMEOUT
    }
}

fn sending(cause: &reqwest::Error, host: &str) -> TransportError {
    if cause.is_builder() {
        return error(
            TransportErrorKind::Invalid,
            format!("{host} is no address that can be called: check the base URL"),
        );
    }
    if cause.is_connect() && cause.is_timeout() {
        let seconds = CONNECT_TIMEOUT.as_secs();
        return error(
            TransportErrorKind::ConnectTimeout,
            format!("{host} did not answer within {seconds} s: check the address and the network"),
        );
    }
    if cause.is_connect() {
        return error(
            TransportErrorKind::Unreachable,
            format!("nothing answers at {host}: is the server running? ({})", root(cause)),
        );
    }
    error(TransportErrorKind::Broken, format!("the connection to {host} broke before an answer came: {}", root(cause)))
}

fn error(kind: TransportErrorKind, message: String) -> TransportError {
    TransportError { kind, message }
}

/// Host and port only: a path or query may hold what should not be printed.
fn host_of(url: &str) -> String {
    let host = reqwest::Url::parse(url).ok().and_then(|u| {
        let port = u.port().map_or_else(String::new, |p| format!(":{p}"));
        u.host_str().map(|h| format!("{h}{port}"))
    });
    host.unwrap_or_else(|| "the base URL".to_owned())
}

/// Whether an address is this machine's, judged by its name alone.
fn is_this_machine(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else { return false };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The innermost cause, which says what happened in the fewest words.
fn root(cause: &reqwest::Error) -> String {
    let mut source = cause.source();
    let mut text = String::new();
    while let Some(inner) = source {
        text = inner.to_string();
        source = inner.source();
    }
    if text.is_empty() { "no further detail".to_owned() } else { text }
}

fn chain(cause: &reqwest::Error) -> String {
    let detail = root(cause);
    if detail == "no further detail" { cause.to_string() } else { detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_called_without_a_proxy() {
        for url in ["http://localhost:11434/api", "http://127.0.0.1", "http://127.9.9.9:1/", "http://[::1]:8080/v1"] {
            assert!(is_this_machine(url), "{url}");
        }
        for url in ["https://api.anthropic.com", "http://192.168.0.2", "http://localhost.example", "nonsense"] {
            assert!(!is_this_machine(url), "{url}");
        }
    }
}
