//! The transport against the scripted server, which listens on another origin than this page: the
//! behaviours that all adapters share.
#![cfg(target_arch = "wasm32")]

use std::sync::Arc;

use tachikoma_tests::behaviour::{Bench, run_all};
use tachikoma_web::{WebPlatform, WebTransport};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn the_web_transport_behaves() {
    // Built in, since a page has no environment.
    let Some(server) = option_env!("FORGE_SCRIPTED_SERVER") else {
        panic!(
            "FORGE_SCRIPTED_SERVER was not set when this test was built. Start the scripted server (`cargo run -p \
         tachikoma-tests --bin scripted-server`) and set it to the address that it prints, or run `cargo xtask test`"
        );
    };
    let failures = run_all(Bench {
        transport: Arc::new(WebTransport),
        platform: Arc::new(WebPlatform),
        server: server.trim_end_matches('/').to_owned(),
    })
    .await;
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
