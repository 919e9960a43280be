//! Suppliers' calls, signed and not.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    checks::callbacks::check(input);
});
