//! The entry of what is loaded when a deliberation is wanted.

#[cfg(target_arch = "wasm32")]
mod entry {
    use wasm_bindgen::prelude::*;

    /// Takes over from the first app with what it tells; with nothing, opens what the address names.
    #[wasm_bindgen]
    #[expect(unreachable_pub, reason = "boot.js reaches it")]
    pub fn open(told: Option<String>) {
        tachikoma_ui::whole::open(told.as_deref());
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is a part of the page: it runs in a browser. `cargo xtask serve` builds and serves it.");
}
