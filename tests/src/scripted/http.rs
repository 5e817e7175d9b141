//! Just enough of HTTP/1.1, by hand: every byte and every pause of an answer is chosen by the script.
//!
//! A library would buffer, complete or repair what a fault is supposed to leave broken. One connection
//! carries requests one after the other; everything is bounded in size and time.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The most bytes of a request's head.
const MOST_HEAD: usize = 64 * 1024;
/// The most bytes of a request's body.
const MOST_BODY: usize = 16 * 1024 * 1024;

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    /// The method, in upper case.
    pub(super) method: String,
    /// The path without the query.
    pub(super) path: String,
    /// The query without the `?`.
    pub(super) query: String,
    /// The headers, names in lower case, in order.
    pub(super) headers: Vec<(String, String)>,
    /// The body.
    pub(super) body: Vec<u8>,
}

impl Request {
    /// The first header of that name (in lower case).
    #[must_use]
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// A parameter of the query. No escapes are decoded: the tests send none.
    #[must_use]
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == name).map(|(_, v)| v))
    }

    /// A number in the query, or another one.
    #[must_use]
    pub(super) fn number(&self, name: &str, or: u64) -> u64 {
        self.parameter(name).and_then(|v| v.parse().ok()).unwrap_or(or)
    }
}

/// The client went away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gone;

/// A connection, and what of the next request came already.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    ahead: Vec<u8>,
    chunked: bool,
}

impl Connection {
    /// Takes over an accepted socket.
    #[must_use]
    pub(super) fn new(stream: TcpStream) -> Self {
        // Each piece shall leave at once. A socket without the option still works.
        let _ = stream.set_nodelay(true);
        Self { stream, ahead: Vec::new(), chunked: false }
    }

    /// The next request, `None` at the end of the connection.
    ///
    /// # Errors
    /// When the connection breaks, or what comes is no HTTP or too big.
    pub(super) async fn request(&mut self) -> io::Result<Option<Request>> {
        let end = loop {
            if let Some(at) = self.ahead.windows(4).position(|w| w == b"\r\n\r\n") {
                break at + 4;
            }
            if self.ahead.len() > MOST_HEAD {
                return Err(wrong("the head is too big"));
            }
            if self.stream.read_buf(&mut self.ahead).await? == 0 {
                return if self.ahead.is_empty() { Ok(None) } else { Err(wrong("the head is cut off")) };
            }
        };
        let mut request = head(&self.ahead[..end])?;
        self.ahead.drain(..end);
        if request.header("transfer-encoding").is_some() {
            return Err(wrong("a request body in chunks is not expected"));
        }
        let length = request.header("content-length").map_or(Ok(0), str::parse::<usize>);
        let length = length.ok().filter(|n| *n <= MOST_BODY).ok_or_else(|| wrong("no valid content-length"))?;
        if length > 0 && request.header("expect").is_some() {
            self.stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").await?;
        }
        while self.ahead.len() < length {
            if self.stream.read_buf(&mut self.ahead).await? == 0 {
                return Err(wrong("the body is cut off"));
            }
        }
        request.body = self.ahead.drain(..length).collect();
        Ok(Some(request))
    }

    /// Sends the head of an answer whose body comes in pieces.
    ///
    /// # Errors
    /// When the client is gone.
    pub(super) async fn head(&mut self, status: u16, headers: &[(String, String)]) -> Result<(), Gone> {
        self.chunked = true;
        let mut text = start(status, headers);
        text.push_str("transfer-encoding: chunked\r\n\r\n");
        self.bytes(text.as_bytes()).await
    }

    /// Sends one piece of the body, at once and apart from the others.
    ///
    /// # Errors
    /// When the client is gone.
    pub(super) async fn piece(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        if bytes.is_empty() {
            return Ok(()); // An empty chunk would end the body.
        }
        if !self.chunked {
            return self.bytes(bytes).await;
        }
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.bytes(&chunk).await
    }

    /// Sends the last piece and the end of the body in one go: a client that leaves once it has read the
    /// finish mark has got everything.
    ///
    /// # Errors
    /// When the client is gone.
    pub(super) async fn last(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        let mut chunk = Vec::new();
        if !bytes.is_empty() {
            chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
            chunk.extend_from_slice(bytes);
            chunk.extend_from_slice(b"\r\n");
        }
        chunk.extend_from_slice(b"0\r\n\r\n");
        self.bytes(&chunk).await
    }

    /// Ends the body in pieces.
    ///
    /// # Errors
    /// When the client is gone.
    pub(super) async fn end(&mut self) -> Result<(), Gone> {
        self.bytes(b"0\r\n\r\n").await
    }

    /// Sends a whole answer. `claimed` is the length that the head promises, if it shall lie.
    ///
    /// # Errors
    /// When the client is gone.
    pub(super) async fn whole(
        &mut self,
        status: u16,
        headers: &[(String, String)],
        body: &[u8],
        claimed: Option<usize>,
    ) -> Result<(), Gone> {
        self.chunked = false;
        let mut text = start(status, headers);
        text.push_str(&format!("content-length: {}\r\n\r\n", claimed.unwrap_or(body.len())));
        let mut bytes = text.into_bytes();
        bytes.extend_from_slice(body);
        self.bytes(&bytes).await
    }

    async fn bytes(&mut self, bytes: &[u8]) -> Result<(), Gone> {
        self.stream.write_all(bytes).await.map_err(|_| Gone)
    }

    /// Waits, and notices at once when the client goes away meanwhile.
    ///
    /// # Errors
    /// When the client is gone.
    pub(super) async fn wait(&mut self, time: Duration) -> Result<(), Gone> {
        let end = tokio::time::sleep(time);
        tokio::pin!(end);
        loop {
            tokio::select! {
                biased;
                () = &mut end => return Ok(()),
                read = self.stream.read_buf(&mut self.ahead) => match read {
                    Ok(0) | Err(_) => return Err(Gone),
                    Ok(_) if self.ahead.len() > MOST_HEAD => return Err(Gone),
                    Ok(_) => {}
                },
            }
        }
    }
}

fn start(status: u16, headers: &[(String, String)]) -> String {
    let mut text = format!("HTTP/1.1 {status} {}\r\n", reason(status));
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        204 => "No Content",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        _ => "Scripted",
    }
}

fn wrong(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

fn head(bytes: &[u8]) -> io::Result<Request> {
    let text = std::str::from_utf8(bytes).map_err(|_| wrong("the head is no text"))?;
    let mut lines = text.split("\r\n");
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(wrong("there is no request line"));
    };
    // Asked as a proxy, it is told the whole address, and answers in place of the server.
    let whole = target.strip_prefix("http://");
    let target = whole.and_then(|rest| Some(&rest[rest.find('/')?..])).unwrap_or(target);
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    Ok(Request { method: method.to_owned(), path: path.to_owned(), query: query.to_owned(), headers, body: Vec::new() })
}
