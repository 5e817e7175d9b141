//! The page's entry.

#[cfg(target_arch = "wasm32")]
fn main() {
    leptos::mount::mount_to_body(tachikoma_ui::app::App);
}

#[cfg(not(target_arch = "wasm32"))]
fn main() {
    eprintln!("This is the page: it runs in a browser. `cargo xtask serve` builds and serves it.");
}
