//! A server for static files: GET and HEAD on the loopback interface, one folder, right content types.
//!
//! Made for looking at the page and for the journeys, not for the internet: no TLS, no ranges, no keep-alive.
//! It sends the headers that a good static host would send too.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Serves `folder` below `prefix` (`/` or `/some/path/`) until the process ends. Returns only on errors.
pub(crate) fn serve(listener: &TcpListener, folder: &Path, prefix: &'static str) {
    for stream in listener.incoming() {
        let Ok(stream) = stream else { continue };
        let folder = folder.to_owned();
        std::thread::spawn(move || {
            // A client that goes away in the middle is its own affair.
            let _ = answer(stream, &folder, prefix);
        });
    }
}

fn answer(mut stream: TcpStream, folder: &Path, prefix: &str) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    stream.set_write_timeout(Some(Duration::from_secs(30)))?;
    // The head of a request is small; a longer one is cut, and its headers are not used anyway.
    let mut head = BufReader::new((&stream).take(16 * 1024));
    let mut request = String::new();
    head.read_line(&mut request)?;
    let mut line = String::new();
    while head.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut words = request.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let response = respond(method, target, folder, prefix);
    let body: &[u8] = if method == "HEAD" { &[] } else { &response.body };
    let mut bytes = response.head().into_bytes();
    bytes.extend_from_slice(body);
    stream.write_all(&bytes)?;
    stream.flush()
}

struct Response {
    status: &'static str,
    content_type: &'static str,
    /// A further header line, or nothing.
    extra: String,
    body: Vec<u8>,
}

impl Response {
    fn plain(status: &'static str) -> Self {
        let body = format!("{status}\n").into_bytes();
        Self { status, content_type: "text/plain; charset=utf-8", extra: String::new(), body }
    }

    fn head(&self) -> String {
        format!(
            "HTTP/1.1 {}\r\nContent-Type: {}\r\nContent-Length: {}\r\n{}Cache-Control: no-cache\r\n\
             X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n\
             Content-Security-Policy: frame-ancestors 'none'\r\nConnection: close\r\n\r\n",
            self.status,
            self.content_type,
            self.body.len(),
            self.extra
        )
    }
}

fn respond(method: &str, target: &str, folder: &Path, prefix: &str) -> Response {
    if method != "GET" && method != "HEAD" {
        return Response { extra: "Allow: GET, HEAD\r\n".to_owned(), ..Response::plain("405 Method Not Allowed") };
    }
    let path = target.split(['?', '#']).next().unwrap_or_default();
    if prefix != "/" && (path == "/" || format!("{path}/") == prefix) {
        return Response { extra: format!("Location: {prefix}\r\n"), ..Response::plain("302 Found") };
    }
    let found = path.strip_prefix(prefix).and_then(|inside| locate(folder, inside));
    match found.and_then(|file| Some((content_type(&file), std::fs::read(&file).ok()?))) {
        Some((content_type, body)) => Response { status: "200 OK", content_type, extra: String::new(), body },
        None => Response::plain("404 Not Found"),
    }
}

/// The file that a decoded path names, if it lies inside the folder: no `..`, no hidden files, no link out.
fn locate(folder: &Path, path: &str) -> Option<PathBuf> {
    let path = percent_decoded(path)?;
    let mut file = folder.canonicalize().ok()?;
    let root = file.clone();
    for part in path.split('/').filter(|part| !part.is_empty()) {
        if part.starts_with('.') || part.contains(['\\', '\0', ':']) {
            return None;
        }
        file.push(part);
    }
    if file.is_dir() {
        file.push("index.html");
    }
    let file = file.canonicalize().ok()?;
    (file.starts_with(&root) && file.is_file()).then_some(file)
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            u8::try_from(digit()? * 16 + digit()?).ok()?
        } else {
            byte
        });
    }
    String::from_utf8(bytes).ok()
}

/// By the ending of the name. `application/wasm` matters: browsers compile it while it arrives.
fn content_type(file: &Path) -> &'static str {
    match file.extension().and_then(|ending| ending.to_str()).unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> PathBuf {
        let root =
            std::env::temp_dir().join(format!("xtask-http-{}-{:?}", std::process::id(), std::thread::current().id()));
        std::fs::create_dir_all(root.join("site/assets")).unwrap();
        std::fs::write(root.join("secret.txt"), "outside").unwrap();
        std::fs::write(root.join("site/index.html"), "<h1>hi</h1>").unwrap();
        std::fs::write(root.join("site/.hidden"), "no").unwrap();
        std::fs::write(root.join("site/assets/a b.wasm"), "\0asm").unwrap();
        root
    }

    #[test]
    fn files_are_found_by_their_name_with_their_type() {
        let root = site();
        for (target, content_type, body) in [
            ("/", "text/html; charset=utf-8", "<h1>hi</h1>"),
            ("/index.html?x=../..", "text/html; charset=utf-8", "<h1>hi</h1>"),
            ("/assets/a%20b.wasm", "application/wasm", "\0asm"),
        ] {
            let response = respond("GET", target, &root.join("site"), "/");
            assert_eq!((response.status, response.content_type), ("200 OK", content_type), "{target}");
            assert_eq!(response.body, body.as_bytes(), "{target}");
        }
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn nothing_outside_the_folder_is_served() {
        let root = site();
        std::fs::create_dir_all(root.join("site/%2e%2e")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink(root.join("secret.txt"), root.join("site/link.txt")).unwrap();
        for target in [
            "/../secret.txt",
            "/%2e%2e/secret.txt",
            "/assets/..%2f..%2fsecret.txt",
            "/..\\secret.txt",
            "/.hidden",
            "/link.txt",
            "/%zz",
            "/nothing",
            "//etc/passwd",
            "secret.txt",
            "",
        ] {
            assert_eq!(respond("GET", target, &root.join("site"), "/").status, "404 Not Found", "{target}");
        }
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn below_a_prefix_only_the_prefix_answers() {
        let root = site();
        let status = |target| respond("GET", target, &root.join("site"), "/some/where/").status;
        assert_eq!(status("/some/where/"), "200 OK");
        assert_eq!(status("/some/where"), "302 Found");
        assert_eq!(status("/index.html"), "404 Not Found");
        std::fs::remove_dir_all(root).unwrap();
    }

    #[test]
    fn only_reading_is_possible() {
        assert_eq!(respond("POST", "/", Path::new("."), "/").status, "405 Method Not Allowed");
    }

    #[test]
    fn a_real_connection_gets_a_whole_answer() {
        let root = site();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let folder = root.join("site");
        std::thread::spawn(move || serve(&listener, &folder, "/"));
        let mut stream = TcpStream::connect(address).unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n") && text.ends_with("\r\n\r\n<h1>hi</h1>"), "{text}");
        assert!(text.contains("Content-Length: 11\r\n"), "{text}");
        std::fs::remove_dir_all(root).unwrap();
    }
}
