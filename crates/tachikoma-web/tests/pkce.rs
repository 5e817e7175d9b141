//! The secret of a sign-in, hashed by the browser.
#![cfg(target_arch = "wasm32")]
#![allow(clippy::unwrap_used)] // A test may.

use std::collections::BTreeSet;

use tachikoma_web::{Pkce, unguessable};
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};

wasm_bindgen_test_configure!(run_in_browser);

#[wasm_bindgen_test]
async fn a_secret_is_hashed_as_the_standard_has_it() {
    // RFC 7636, appendix B.
    let pkce = Pkce::of("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk".to_owned()).await.unwrap();
    assert_eq!(pkce.challenge(), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
}

#[wasm_bindgen_test]
async fn secrets_differ_and_need_no_escaping() {
    let mut seen = BTreeSet::new();
    for _ in 0..50 {
        let pkce = Pkce::new().await.unwrap();
        for word in [pkce.verifier().to_owned(), pkce.challenge().to_owned(), unguessable()] {
            // 43 letters at least, of these alone (RFC 7636, 4.1).
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            assert!(word.len() == 43 && word.chars().all(plain), "{word}");
            assert!(seen.insert(word));
        }
    }
}
