//! The entry of what the first visit loads.

#[cfg(target_arch = "wasm32")]
mod entry {
    use wasm_bindgen::prelude::*;

    /// Shows the page; `rest` fetches `tachikoma-whole` and promises its `open`.
    #[wasm_bindgen]
    #[expect(unreachable_pub, reason = "boot.js reaches it")]
    pub fn open(rest: js_sys::Function) {
        tachikoma_ui::front::open(rest);
    }
}

#[cfg(target_arch = "wasm32")]
fn main() {}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is the page: it runs in a browser. `cargo xtask serve` builds and serves it.");
}
