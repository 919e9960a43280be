//! What `make fuzz` found worth keeping, asked again the same questions, without a fuzzer.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may panic")]

#[path = "fuzz/checks/mod.rs"]
pub mod checks;

use std::collections::BTreeSet;
use std::path::PathBuf;

use local::emulator::root;

/// Asks the check about every input of a target's corpus, of which one must come as far as each of
/// these: a corpus that is only refused at the door proves nothing.
fn replay(target: &str, check: fn(&[u8]) -> &'static str, reached: &[&str]) {
    let folder = root().join("tests/fuzz/corpus").join(target);
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut inputs: Vec<PathBuf> = entries.collect();
    inputs.sort();
    let mut came = BTreeSet::new();
    let mut bytes = 0;
    for path in &inputs {
        let input = std::fs::read(path).unwrap();
        bytes += input.len();
        // The name of the input that fails is the way to it.
        let told = std::panic::catch_unwind(|| check(&input));
        came.insert(told.unwrap_or_else(|_| panic!("{}", path.display())));
    }
    for end in reached {
        assert!(came.contains(end), "{target}: no input comes to {end:?}, only to {came:?}");
    }
    let is_small = inputs.len() <= 200 && bytes <= 300_000;
    assert!(is_small, "{target}: {} files of {bytes} bytes; `cargo fuzz cmin`", inputs.len());
}

#[test]
fn no_call_is_believed_unsigned_and_none_that_is_signed_leaves_its_number() {
    let reached = ["receipt", "reply", "score", "nothing", "malformed", "unsigned", "unknown"];
    replay("callbacks", checks::callbacks::check, &reached);
}

#[test]
fn whatever_the_api_hands_over_is_decoded_once() {
    let reached = [
        "a call",
        "a look",
        "a name",
        "as it was written",
        "no event",
        "not of its coding",
        "too long a form",
    ];
    replay("form", checks::form::check, &reached);
}

#[test]
fn any_text_is_read_the_same_twice_and_stop_is_heard() {
    replay("reply", checks::reply::check, &["emergency", "feedback", "opt_out", "unclear"]);
}
