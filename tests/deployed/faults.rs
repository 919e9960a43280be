//! The small fault runs: the same day every time, and a sender that must not survive it.
//!
//! `make faults` plays the large ones.

use local::faults::{Findings, Run, Sender};

/// Plays a run, alone on the machine, and tells its figures.
async fn played(run: Run) -> Findings {
    let _alone = crate::MACHINE.lock().await;
    let found = run.play(&|_| ()).await.unwrap();
    told(&found);
    found
}

#[expect(clippy::print_stderr, reason = "figures for whoever runs it with --nocapture")]
fn told(found: &Findings) {
    eprintln!("{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_on_the_deployed_stack_each_caller_gets_one_text() {
    let found = played(Run { seed: 1, contacts: 210, sender: Sender::Ours }).await;
    assert!(found.hold(), "{found}");
    // The day was as bad as it was meant to be.
    assert!(found.kills.values().sum::<u64>() >= 10, "{found}");
    assert!(found.orphaned > 0, "{found}");
    assert!(found.repeats >= 40 && found.doubted >= 10 && found.faults.len() >= 10, "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_naive_sender_texts_somebody_twice() {
    let found = played(Run { seed: 1, contacts: 60, sender: Sender::Naive }).await;
    assert!(found.twice > 0 && found.most > 1, "{found}");
    let seen = found.problems.iter().any(|problem| problem.contains(": texted 2 times"));
    assert!(seen && !found.hold(), "{found}");
}
