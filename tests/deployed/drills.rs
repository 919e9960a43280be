//! The runbook rehearsed: each bad day of infra/README.md on the deployed template, and what is done about it.
//!
//! Each drill breaks one thing, lets time pass as the schedules would, mends it as the runbook says, and
//! then asks the same of all: was anybody lost, was anybody texted twice, which alarms rang. How long it
//! took to recover is told and never judged.
//!
//! One stack for most of them, because each costs twenty seconds and a bad day seldom comes to a clean one.
//! It deliberately does not: take the table, the bucket or the emulator itself away; prove anything of AWS.

#[path = "drills/bench.rs"]
mod bench;

#[path = "drills/ours.rs"]
mod ours;

#[path = "drills/theirs.rs"]
mod theirs;

use std::collections::BTreeSet;

use adapters::clock::Clock;
use adapters::config::Stage;
use local::proxy::Refusal;
use local::stack::Stack;

use self::bench::Bench;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_lost_or_texted_twice_on_any_bad_day_of_the_runbook() {
    let _alone = crate::MACHINE.lock().await;
    let mut bench = Bench::start().await;
    what_the_functions_ask_is_counted_and_can_be_refused(&bench.stack).await;
    theirs::the_supplier_is_down_for_an_hour(&mut bench).await;
    theirs::the_supplier_refuses_everything_for_an_hour(&mut bench).await;
    theirs::the_suppliers_clock_runs_away(&mut bench).await;
    theirs::keys_and_tokens_are_changed_in_flight(&mut bench).await;
    ours::messages_of_every_release_are_in_flight(&mut bench).await;
    ours::messages_that_nobody_can_read(&mut bench).await;
    ours::the_topic_is_missing_when_somebody_cries_for_help(&mut bench).await;
    ours::queues_are_purged_by_mistake(&mut bench).await;
    ours::the_table_is_throttled(&mut bench).await;
    bench.tell();
    let silent: BTreeSet<_> = bench.alarms.names().difference(&bench.rang()).cloned().collect();
    let of_the_backlog = ["dispatch-silent", "send-backlog"].map(str::to_owned);
    assert_eq!(silent, BTreeSet::from(of_the_backlog), "no drill rang these");
}

/// By itself, so that it can be played by itself: with `CONTACTS=10000` it takes a quarter of an hour.
#[tokio::test(flavor = "multi_thread")]
async fn a_backlog_behind_functions_that_stood_still_is_texted_once() {
    let _alone = crate::MACHINE.lock().await;
    let mut bench = Bench::of_much().await;
    ours::everything_stands_still_and_then_there_is_a_backlog(&mut bench).await;
    bench.tell();
}

/// On a stack of its own, on which it is now: the bucket dates what lands by its own clock, so a file would
/// never grow old on the others'.
#[tokio::test(flavor = "multi_thread")]
async fn a_file_whose_event_the_bucket_lost_is_found_within_the_hour() {
    let _alone = crate::MACHINE.lock().await;
    let now = Clock::new(Stage::Local, 0).unwrap().now();
    let mut bench = Bench::at(&now.to_string()).await;
    ours::the_bucket_loses_an_event(&mut bench).await;
    bench.tell();
}

/// What the drills stand on: a proxy that sees and refuses what it is told to, and nothing else.
async fn what_the_functions_ask_is_counted_and_can_be_refused(stack: &Stack) {
    let proxy = stack.proxy().unwrap();
    proxy.ask_for_capacity(true);
    stack.invoke("dispatch", "{}").await.unwrap();
    let asked = |of: &str| {
        let bill = proxy.bill();
        let calls = bill.iter().filter(|(call, _)| call.service == "dynamodb" && call.caller == of);
        calls.fold((0, 0, 0.0), |(calls, refused, units), (_, tally)| {
            (calls + tally.calls, refused + tally.refused, units + tally.capacity)
        })
    };
    let (calls, refused, units) = asked("dispatch");
    assert!(calls > 0 && refused == 0 && units > 0.0, "{:?}", proxy.bill());
    proxy.ask_for_capacity(false);
    proxy.refuse(Refusal::throttled_table().from("dispatch"));
    assert!(stack.invoke("dispatch", "{}").await.is_err());
    assert!(stack.invoke("reconcile", "{}").await.is_ok());
    proxy.mend();
    stack.invoke("dispatch", "{}").await.unwrap();
    assert!(asked("dispatch").1 > 0 && asked("reconcile").1 == 0, "{:?}", proxy.bill());
}
