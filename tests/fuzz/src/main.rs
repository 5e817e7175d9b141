//! libFuzzer on one of the functions of `tachikoma_tests::fuzzed`: the one that `FUZZ_TARGET` names.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use tachikoma_tests::fuzzed::{Target, named};

static TARGET: OnceLock<Target> = OnceLock::new();

fuzz_target!(
    init: {
        let name = std::env::var("FUZZ_TARGET").expect("FUZZ_TARGET names what is fuzzed");
        TARGET.get_or_init(|| named(&name).unwrap_or_else(|| panic!("nothing is fuzzed by the name {name}")));
    },
    |data: &[u8]| {
        if let Some(target) = TARGET.get() {
            (target.run)(data);
        }
    }
);
