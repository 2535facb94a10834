#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| bowei_fuzz::tariff(input));
