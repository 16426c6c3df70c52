//! Any bytes for the reader that the environment variable READER names, under libFuzzer.
#![no_main]

mod entries;

use std::sync::OnceLock;

static READER: OnceLock<String> = OnceLock::new();

libfuzzer_sys::fuzz_target!(
    init: {
        let name = std::env::var("READER").unwrap_or_default();
        READER.set(name).expect("it is set once");
    },
    |bytes: &[u8]| entries::run(READER.get().map_or("", String::as_str), bytes)
);
