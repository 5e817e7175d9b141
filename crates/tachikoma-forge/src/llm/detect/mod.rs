//! Finding out which server answers at an address.
//!
//! A few short questions without a key, side by side; the answers are held against a table of marks. Nothing is
//! asked of an address that did not answer the first question, each question has a time and a size, and no redirect
//! is followed (no transport of ours does). So it is safe to try the usual addresses of this machine one after the
//! other. No key ever goes along: what an unknown server is remains to be found out before it is trusted with one.

mod table;

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::future::{Either, join_all, select};
use serde_json::Value;

use self::table::{FIRST, MORE_ADDRESSES, Mark, OTHERS, ROWS};
use super::base_url;
use super::classify::people_text;
use super::manage::{ModelInfo, entries, entry};
use super::rows::{OPENAI_COMPATIBLE, ProviderKind};
use super::{HttpRequest, Method, Pace, ProviderRegistry, Transport, TransportError, TransportErrorKind};
use crate::types::{ErrorKind, LlmError};

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(3);
/// The most bytes of an answer that are read.
const MOST_BODY: usize = 1024 * 1024;

/// One answer of an unknown server.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The path that was asked.
    pub path: String,
    /// The status.
    pub status: u16,
    /// The headers that the platform shows, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: String,
}

/// What was found at an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Detected {
    /// The provider's name in the table.
    pub provider: &'static str,
    /// The base URL to reach it by.
    pub base_url: String,
    /// Its version, where it says so.
    pub version: Option<String>,
    /// Whether it says of itself that it is well; `None` where it says nothing about that.
    pub healthy: Option<bool>,
    /// It keeps its list of models to those who have a key.
    pub wants_key: bool,
    /// The models that it offers to everybody.
    pub models: Vec<ModelInfo>,
}

/// The addresses on this machine at which servers usually listen, each once.
#[must_use]
pub fn usual_addresses(registry: &ProviderRegistry) -> Vec<&'static str> {
    let mut all: Vec<&'static str> = Vec::new();
    let local = registry.rows().iter().filter(|row| row.kind == ProviderKind::Local).filter_map(|row| row.base_url);
    for url in local.chain(MORE_ADDRESSES) {
        let port = |url: &str| url.rsplit(':').next().map(str::to_owned);
        let here = base_url::host_of(url).is_ok_and(base_url::is_loopback);
        // `localhost` and `127.0.0.1` are the same door.
        if here && all.iter().all(|known| port(known) != port(url)) {
            all.push(url);
        }
    }
    all
}

/// Finds out which server answers at an address. Sends no key.
///
/// # Errors
/// `invalid_request` when the address is none, `network` or `timeout` when nothing answers there or a browser hides
/// the answer, `not_found` when what answers is no server for models that is known.
pub async fn detect(transport: &Arc<dyn Transport>, pace: &dyn Pace, url: &str) -> Result<Detected, LlmError> {
    base_url::host_of(url)?;
    let root = root(url);
    let first = ask(transport, pace, root, FIRST).await.map_err(|error| unreached(root, &error))?;
    let mut said = vec![first];
    let others = join_all(OTHERS.map(|path| ask(transport, pace, root, path))).await;
    // A question that fails says nothing, which is an answer too.
    said.extend(others.into_iter().filter_map(Result::ok));
    recognise(url, &said).ok_or_else(|| {
        let message = format!(
            "Something answers at {root}, but it is no server for models that is known here. Check the port. A server \
             that speaks OpenAI's chat completions can be used by hand, as {}/MODEL@{root}.",
            OPENAI_COMPATIBLE.name
        );
        LlmError::new(ErrorKind::NotFound, message)
    })
}

/// Which server it is by what it says. Without any input or output.
#[must_use]
pub fn recognise(url: &str, said: &[Said]) -> Option<Detected> {
    let answer = |path: &str| said.iter().find(|answer| answer.path == path);
    let row = ROWS.iter().find(|row| answer(row.path).is_some_and(|answer| fits(row.mark, answer)))?;
    let version = row.version.and_then(|(path, place)| {
        let body = json(answer(path)?)?;
        body.pointer(place)?.as_str().map(people_text).filter(|version| !version.is_empty())
    });
    let older = version.as_deref().and_then(major_minor).zip(row.before).filter(|(is, (before, _))| is < before);
    let provider = older.map_or(row.provider, |(_, (_, other))| other);
    let healthy = row.health.and_then(answer).and_then(|answer| match answer.status {
        200 => Some(true),
        500.. => Some(false),
        // A door in front of it says nothing about it.
        _ => None,
    });
    let list = answer(FIRST);
    let models = list.filter(|list| list.status == 200).and_then(json);
    let models = models.as_ref().and_then(entries).into_iter().flatten().filter_map(entry).collect();
    let wants_key = list.is_some_and(|list| matches!(list.status, 401 | 403));
    Some(Detected { provider, base_url: root(url).to_owned(), version, healthy, wants_key, models })
}

/// The first two numbers of a version. One that was built from sources without a name has none.
fn major_minor(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    let digits = |part: &str| part.split(|c: char| !c.is_ascii_digit()).next().and_then(|text| text.parse().ok());
    let found = (digits(parts.next()?)?, digits(parts.next()?)?);
    (!parts.next().is_some_and(|rest| rest.starts_with("dev"))).then_some(found)
}

fn fits(mark: Mark, answer: &Said) -> bool {
    let at = |place: &str| json(answer).and_then(|body| body.pointer(place).cloned());
    let begins = |text: &str, start: &str| text.get(..start.len()).is_some_and(|s| s.eq_ignore_ascii_case(start));
    match mark {
        Mark::Begins(start) => answer.status == 200 && begins(answer.body.trim_start(), start),
        Mark::Header(name, value) => answer.headers.iter().any(|(n, v)| n == name && v.contains(value)),
        Mark::Has(place) => answer.status == 200 && at(place).is_some(),
        Mark::Says(place, start) => at(place).is_some_and(|text| text.as_str().is_some_and(|t| begins(t, start))),
        Mark::Refuses(status, place) => answer.status == status && at(place).is_some(),
    }
}

fn json(answer: &Said) -> Option<Value> {
    serde_json::from_str(answer.body.trim_start_matches('\u{FEFF}')).ok()
}

/// The address without the path of a dialect, which people copy along.
fn root(url: &str) -> &str {
    let url = url.trim().trim_end_matches('/');
    let bare = ["/v1", "/api"].iter().find_map(|path| url.strip_suffix(path)).unwrap_or(url);
    bare.trim_end_matches('/')
}

/// One question. What takes too long is given up.
async fn ask(transport: &Arc<dyn Transport>, pace: &dyn Pace, root: &str, path: &str) -> Result<Said, TransportError> {
    let request =
        HttpRequest { method: Method::Get, url: format!("{root}{path}"), headers: Vec::new(), body: Vec::new() };
    let sent = transport.send(request);
    let answer = async move {
        let mut response = sent.await?;
        let headers = response.headers.iter().map(|(n, v)| (n.to_ascii_lowercase(), v.clone())).collect();
        let mut body = Vec::new();
        while let Some(Ok(piece)) = response.body.next().await {
            body.extend_from_slice(&piece);
            if body.len() > MOST_BODY {
                break;
            }
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        Ok(Said { path: path.to_owned(), status: response.status, headers, body })
    };
    match select(Box::pin(answer), pace.pause(PATIENCE)).await {
        Either::Left((said, _)) => said,
        Either::Right(_) => Err(TransportError {
            kind: TransportErrorKind::ConnectTimeout,
            message: format!("There was no answer within {} s.", PATIENCE.as_secs()),
        }),
    }
}

fn unreached(root: &str, error: &TransportError) -> LlmError {
    let (kind, what) = match error.kind {
        TransportErrorKind::ConnectTimeout => (ErrorKind::Timeout, "Nothing answered in time"),
        TransportErrorKind::Hidden => (ErrorKind::Network, "The browser hides what answers"),
        TransportErrorKind::Blocked => (ErrorKind::Permission, "The browser asks nobody"),
        TransportErrorKind::Redirect => (ErrorKind::Protocol, "Requests are sent elsewhere"),
        TransportErrorKind::Invalid => (ErrorKind::InvalidRequest, "No request can be sent"),
        TransportErrorKind::Unreachable | TransportErrorKind::Broken => (ErrorKind::Network, "Nothing answers"),
    };
    let mut found = LlmError::new(kind, format!("{what} at {root}. {}", error.message));
    found.retryable = false;
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_providers_that_exist_and_paths_that_are_asked() {
        let registry = ProviderRegistry::new();
        let asked = |path: &str| path == FIRST || OTHERS.contains(&path);
        for row in ROWS {
            assert!(registry.row(row.provider).is_some_and(|found| found.name == row.provider), "{row:?}");
            assert!(asked(row.path) && row.version.is_none_or(|(path, _)| asked(path)), "{row:?}");
            assert!(row.health.is_none_or(asked) && (row.before.is_none() || row.version.is_some()), "{row:?}");
        }
        let older = |row: &table::Row| row.before.map(|(_, name)| name);
        for local in registry.rows().iter().filter(|row| row.kind == ProviderKind::Local) {
            let found = ROWS.iter().any(|row| row.provider == local.name || older(row) == Some(local.name));
            assert!(found, "{} is never found", local.name);
        }
    }

    #[test]
    fn the_usual_addresses_are_this_machine_and_each_is_one_port() {
        let mut registry = ProviderRegistry::new();
        // A row that somebody adds does not make this machine knock at another one.
        registry.add(super::super::ProviderRow {
            name: "far",
            base_url: Some("http://192.168.0.9:9"),
            ..super::super::OLLAMA
        });
        let all = usual_addresses(&registry);
        for wanted in ["11434", "9931", "8080", "1234", "5000", "5001", "8000", "2242"] {
            assert_eq!(all.iter().filter(|url| url.ends_with(&format!(":{wanted}"))).count(), 1, "{wanted} in {all:?}");
        }
        assert_eq!(all.len(), 8, "{all:?}");
    }

    #[test]
    fn versions_are_read_as_servers_write_them() {
        for (version, wanted) in [
            ("0.11.2", Some((0, 11))),
            ("v0.12.0rc1", Some((0, 12))),
            ("0.11.1rc6.dev1+g0b1c2d3", Some((0, 11))),
            ("1.0", Some((1, 0))),
            ("0.1.dev1+g0b1c2d3", None),
            ("newest", None),
            ("7", None),
            ("", None),
        ] {
            assert_eq!(major_minor(version), wanted, "{version}");
        }
    }

    #[test]
    fn paths_that_people_copy_along_are_taken_off() {
        for (url, wanted) in [
            ("http://h:1/v1/", "http://h:1"),
            ("http://h:1/api", "http://h:1"),
            (" http://h:1/door/v1 ", "http://h:1/door"),
            ("http://h:1", "http://h:1"),
        ] {
            assert_eq!(root(url), wanted);
        }
    }
}
