//! libFuzzer over `speedwell_fuzz::wire`. Decides nothing itself.
#![no_main]

libfuzzer_sys::fuzz_target!(|octets: &[u8]| speedwell_fuzz::wire(octets));
