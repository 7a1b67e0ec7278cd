//! libFuzzer over `speedwell_fuzz::trie`. Decides nothing itself.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| speedwell_fuzz::trie(octets));
