//! What people text back.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    checks::reply::check(input);
});
