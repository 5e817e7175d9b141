//! The first three hundred seeds, on every platform against what they came to natively: the same seed gives the same
//! journal to the byte in the browser.

#![allow(clippy::unwrap_used)] // A test may.

use tachikoma_simulation::{Scenario, digest, simulate, violations};

const SEEDS: u64 = 300;

/// One digest a line. Whoever changes what is said or asked writes it anew:
/// `cargo test -p tachikoma-simulation --test digests -- --ignored`.
const NATIVE: &str = include_str!("digests.txt");

fn digests() -> impl Iterator<Item = String> {
    (0..SEEDS).map(|seed| {
        let run = simulate(&Scenario::any(seed));
        assert_eq!(violations(&run), Vec::<String>::new(), "seed {seed}");
        digest(&run)
    })
}

#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

#[cfg_attr(target_arch = "wasm32", wasm_bindgen_test::wasm_bindgen_test)]
#[cfg_attr(not(target_arch = "wasm32"), test)]
fn every_platform_comes_to_the_same() {
    assert_eq!(NATIVE.lines().count() as u64, SEEDS);
    let mut lines = NATIVE.lines().zip(0..);
    for digest in digests() {
        let (native, seed): (&str, u64) = lines.next().unwrap();
        assert_eq!(digest, native, "seed {seed} differs; if that was meant, write the file anew");
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[test]
#[ignore = "writes the file that the others read"]
fn write_what_they_come_to() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/digests.txt");
    std::fs::write(path, digests().map(|digest| digest + "\n").collect::<String>()).unwrap();
}
