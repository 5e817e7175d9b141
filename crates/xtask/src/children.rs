//! Servers that run while a stage runs: started, waited for until they say that they are ready, and ended
//! when dropped. They end by themselves when their standard input closes, so none outlives a killed run.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// A running server and the address that it announced.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: String,
}

/// Starts a server that prints `WORD ADDRESS …` on a line of its standard output once it can be used.
pub(crate) fn start(command: &mut Command, word: &'static str, patience: Duration) -> Result<Server, String> {
    let name = command.get_program().to_string_lossy().into_owned();
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().map_err(|error| format!("cannot start {name}: {error}"))?;
    let (send, receive) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        // Reads to the end, so that the server never blocks on a full pipe.
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                let mut words = line.split_whitespace();
                if words.next() == Some(word)
                    && let Some(address) = words.next()
                {
                    let _ = send.send(address.to_owned());
                }
            }
        });
    }
    // The channel closes when the output does: a server that dies is noticed at once.
    match receive.recv_timeout(patience) {
        Ok(address) => Ok(Server { child, address }),
        Err(_) => {
            let _ = child.kill();
            let ended = child.wait().map_or_else(|error| error.to_string(), |status| status.to_string());
            Err(format!("{name} did not say `{word} ADDRESS` within {} s ({ended})", patience.as_secs()))
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let asked = Instant::now();
        while asked.elapsed() < Duration::from_secs(3) {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn the_address_is_taken_from_its_line_and_the_server_ends_with_its_input() {
        let mut command = shell("echo hello; echo ready http://127.0.0.1:1 pid 7; cat >/dev/null");
        let mut server = start(&mut command, "ready", Duration::from_secs(5)).unwrap();
        assert_eq!(server.address, "http://127.0.0.1:1");
        assert!(server.child.try_wait().unwrap().is_none(), "it runs until it is dropped");
        let started = Instant::now();
        drop(server);
        assert!(started.elapsed() < Duration::from_secs(2), "it was not asked to end");
    }

    #[test]
    fn a_server_that_dies_or_stays_silent_is_an_error() {
        for script in ["exit 1", "sleep 5"] {
            assert!(start(&mut shell(script), "ready", Duration::from_millis(200)).is_err(), "{script}");
        }
    }
}
