//! A PDF of a few kilobytes can unfold into gigabytes: the page's program gets so much memory and no more.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo:rustc-link-arg-bin=tachikoma-pdf=--max-memory={}", 512 * 1024 * 1024);
    }
}
