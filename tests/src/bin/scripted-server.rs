//! The scripted LLM server as a command, for journeys and for trying things out by hand.
//!
//! Prints `listening http://127.0.0.1:PORT`, and ends when its standard input closes (so it never outlives
//! whoever started it) or after `--seconds`.

#[cfg(not(target_arch = "wasm32"))]
#[tokio::main]
async fn main() -> std::process::ExitCode {
    use std::io::Write as _;
    use std::process::ExitCode;
    use std::time::Duration;

    use tokio::io::AsyncReadExt as _;

    let usage = || {
        eprintln!("usage: scripted-server [--port PORT] [--seconds SECONDS]   (port 0, the default, takes a free one)");
        ExitCode::from(2)
    };
    let (mut port, mut seconds) = (0_u16, 3600_u64);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let value = arguments.next().unwrap_or_default();
        let taken = match name.as_str() {
            "--port" => value.parse().map(|n| port = n).is_ok(),
            "--seconds" => value.parse().map(|n| seconds = n).is_ok(),
            _ => false,
        };
        if !taken {
            return usage();
        }
    }
    let server = match tachikoma_tests::scripted::Server::start(port).await {
        Ok(server) => server,
        Err(error) => {
            eprintln!("port {port} cannot be used ({error}): choose another with --port, or none");
            return ExitCode::FAILURE;
        }
    };
    println!("listening {}", server.url());
    // Whoever reads this waits for the line.
    if std::io::stdout().flush().is_err() {
        return ExitCode::FAILURE;
    }
    let closed = async {
        let mut bytes = [0; 256];
        let mut stdin = tokio::io::stdin();
        while stdin.read(&mut bytes).await.is_ok_and(|n| n > 0) {}
    };
    tokio::select! {
        () = closed => {}
        () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
    }
    // A thread still waits for standard input; returning would wait for it too.
    std::process::exit(0)
}

#[cfg(target_arch = "wasm32")]
fn main() {}
