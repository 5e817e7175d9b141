//! `cargo xtask serve`: from a fresh clone to a page in the browser.

use crate::{http, page, project};
use std::net::TcpListener;

const PORT: u16 = 8787;
/// How many ports after the wanted one are tried.
const TRIES: u16 = 20;

pub(crate) fn run(args: &[String]) -> Result<(), String> {
    let wanted = port(args)?;
    page::build()?;
    let listener = listen(wanted)?;
    let address = listener.local_addr().map_err(|error| format!("cannot tell the address: {error}"))?;
    println!("Tachikoma Forge is at http://{address}  (Ctrl-C ends it)");
    http::serve(&listener, &project::dist(), "/");
    Ok(())
}

fn port(args: &[String]) -> Result<u16, String> {
    let usage = "usage: cargo xtask serve [--port N]";
    let value = match args {
        [] => return Ok(PORT),
        [one] => one.strip_prefix("--port=").ok_or(usage)?,
        [name, value] if name == "--port" => value,
        _ => return Err(usage.to_owned()),
    };
    value.parse().map_err(|_| format!("`{value}` is no port number; {usage}"))
}

/// Only on this machine: the page is for its user, and the files need no wider audience.
fn listen(wanted: u16) -> Result<TcpListener, String> {
    let mut taken = String::new();
    for port in wanted..=wanted.saturating_add(TRIES) {
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(listener) => return Ok(listener),
            Err(error) => {
                eprintln!("port {port} cannot be used ({error}); trying the next");
                taken = error.to_string();
            }
        }
    }
    Err(format!("no free port from {wanted} on ({taken}); choose another with --port"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(text: &str) -> Vec<String> {
        text.split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn the_port_is_read() {
        assert_eq!(port(&args("")), Ok(PORT));
        assert_eq!(port(&args("--port 9000")), Ok(9000));
        assert_eq!(port(&args("--port=9000")), Ok(9000));
        for wrong in ["--port", "--port x", "9000", "--port 70000", "--host ::"] {
            assert!(port(&args(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_taken_port_is_passed_over() {
        let first = TcpListener::bind("127.0.0.1:0").unwrap();
        let taken = first.local_addr().unwrap().port();
        let second = listen(taken).unwrap();
        assert_ne!(second.local_addr().unwrap().port(), taken);
    }
}
