//! The native transport against the scripted server: the behaviours that all adapters share, and the
//! scripts themselves, read by the providers.

#![allow(clippy::unwrap_used)] // A test may.

use std::sync::Arc;
use std::time::Duration;

use tachikoma_native::{NativePlatform, NativeTransport};
use tachikoma_tests::behaviour::{BEHAVIOURS, Bench, run_all};
use tachikoma_tests::scripted::Server;

async fn bench(server: &Server) -> Bench {
    Bench {
        transport: Arc::new(NativeTransport::new().unwrap()),
        platform: Arc::new(NativePlatform::new()),
        server: server.url(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_native_transport_behaves() {
    let server = Server::start(0).await.unwrap();
    let failures = run_all(bench(&server).await).await;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    // The table was walked: each behaviour with requests of its own left them in the log.
    let log = server.log().entries();
    assert!(log.len() > BEHAVIOURS.len(), "{} requests", log.len());
    assert!(tokio::time::timeout(Duration::from_secs(1), async { drop(server) }).await.is_ok());
}
