//! The secret of one sign-in and its hash (RFC 7636), and words that nobody can guess.
//!
//! Chance and hashing are the browser's own (WebCrypto). The secret shows in no `Debug` and has no other way out
//! than the one that sends it.

use js_sys::{Promise, Uint8Array};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::platform::get_random_values;

#[wasm_bindgen]
extern "C" {
    // Not there on a page that came over plain http from another machine: it throws.
    #[wasm_bindgen(js_namespace = ["crypto", "subtle"], js_name = digest, catch)]
    fn digest(algorithm: &str, bytes: &Uint8Array) -> Result<Promise, JsValue>;
    #[wasm_bindgen(js_name = btoa)]
    fn to_base64(bytes: &str) -> String;
}

/// The secret of one sign-in and its hash.
pub struct Pkce {
    verifier: String,
    challenge: String,
}

impl Pkce {
    /// A new secret. `None` where the browser keeps WebCrypto from the page, since it is no secure context.
    pub async fn new() -> Option<Self> {
        Self::of(unguessable()).await
    }

    /// The pair of a secret that is already there.
    pub async fn of(verifier: String) -> Option<Self> {
        let hash = digest("SHA-256", &Uint8Array::from(verifier.as_bytes())).ok()?;
        let hash = JsFuture::from(hash).await.ok()?;
        let challenge = base64url(&Uint8Array::new(&hash).to_vec());
        Some(Self { verifier, challenge })
    }

    /// The secret: sent once, to whoever is to give the key.
    #[must_use]
    pub fn verifier(&self) -> &str {
        &self.verifier
    }

    /// Its hash, for everybody to see.
    #[must_use]
    pub fn challenge(&self) -> &str {
        &self.challenge
    }
}

/// A word of 256 random bits, in letters that need no escaping anywhere.
#[must_use]
pub fn unguessable() -> String {
    let mut bytes = [0; 32];
    get_random_values(&mut bytes);
    base64url(&bytes)
}

fn base64url(bytes: &[u8]) -> String {
    let latin: String = bytes.iter().copied().map(char::from).collect();
    to_base64(&latin).replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned()
}
