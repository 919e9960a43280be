//! Invariant 6 again: a file whose event the bucket lost is found and read, and one that cannot be read
//! is told of.

use domain::campaign::Published;
use domain::ports::Alert;
use jiff::SignedDuration;

use crate::harness::{Story, extract, row};

const EXTRACT: &str = "extracts/storm/night.csv";
const PARTNERS: &str = "inbox/rant-and-rave/10 March.csv";

const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// A file lands, and nobody is told.
fn lost(story: &Story, key: &str, body: impl Into<Vec<u8>>) {
    let file = (body.into(), story.now());
    story.world().with(|state| state.extracts.insert(key.to_owned(), file));
}

/// Reads whatever was set off, whether or not that succeeds.
async fn deliver(story: &Story) -> usize {
    let mut read = 0;
    while let Some(key) = story.world().with(|state| state.events.pop_front()) {
        read += usize::from(story.landed(&key).await.is_ok());
    }
    read
}

/// What is set off in so many hours, and what of it is read.
async fn hours(story: &Story, hours: i64) -> (u64, usize) {
    let (mut set_off, mut read) = (0, 0);
    // Reconcile comes more often than it looks.
    for _ in 0..hours * 2 {
        story.wait(HOUR / 2);
        set_off += story.reconcile().await.set_off;
        read += deliver(story).await;
    }
    (set_off, read)
}

#[tokio::test]
async fn a_file_whose_event_was_lost_is_read_within_two_hours() {
    let story = Story::begin();
    let partner = Published { version: 1, body: testkit::samples::partner() };
    story.world().with(|state| state.partners = vec![partner]);
    lost(&story, EXTRACT, extract(&[row()]));
    lost(&story, PARTNERS, include_str!("../../events/inbox/rant-and-rave.csv"));
    story.wait(SignedDuration::from_mins(59));
    assert_eq!(story.reconcile().await.set_off, 0, "its event may still be on its way");
    assert_eq!(hours(&story, 2).await, (2, 2));
    assert_eq!(story.world().states(), ["planned"]);
    assert_eq!(story.world().with(|state| state.calls.len()), 1);
    assert_eq!(hours(&story, 80).await, (0, 0));
    assert!(story.world().with(|state| {
        state.alerts.iter().all(|alert| !matches!(alert, Alert::NeverRead { .. }))
    }));
}

#[tokio::test]
async fn what_was_read_is_never_set_off_whatever_came_of_it() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    story.land("storm", "empty.csv", "").await;
    story.land("storn", "night.csv", extract(&[row()])).await;
    lost(&story, PARTNERS, "<html>");
    story.landed(PARTNERS).await.unwrap();
    assert_eq!(hours(&story, 80).await, (0, 0));
    assert!(story.world().with(|state| state.set_off.is_empty()));
}

#[tokio::test]
async fn a_file_that_is_written_anew_and_whose_event_is_lost_is_read_too() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    lost(&story, EXTRACT, extract(&[row().nth(1), row().nth(2)]));
    assert_eq!(hours(&story, 3).await, (1, 1));
    assert_eq!(story.world().states().len(), 3);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_given_up_after_three_times_and_told_of_once() {
    let story = Story::begin();
    lost(&story, EXTRACT, extract(&[row()]));
    lost(&story, "extracts/storm/other.csv", extract(&[row().nth(2)]));
    story.landed("extracts/storm/other.csv").await.unwrap();
    story.world().fail("open", 3);
    assert_eq!(hours(&story, 80).await, (3, 0));
    let key = EXTRACT.to_owned();
    let alerts = story.world().with(|state| state.alerts.clone());
    assert_eq!(alerts, [Alert::NeverRead { key, times: 3 }]);
}

#[tokio::test]
async fn what_is_older_than_three_days_is_left_alone() {
    let story = Story::begin();
    lost(&story, EXTRACT, extract(&[row()]));
    story.wait(HOUR * 72);
    assert_eq!(hours(&story, 10).await, (0, 0));
}

#[tokio::test]
async fn whichever_part_of_a_look_fails_the_next_hour_looks_again() {
    for port in ["lying_in", "done_with", "times_set_off", "set_off"] {
        let story = Story::begin();
        lost(&story, EXTRACT, extract(&[row()]));
        story.wait(HOUR);
        story.world().fail(port, 1);
        assert_eq!(story.reconcile().await.failed, 1, "{port}");
        assert_eq!(hours(&story, 2).await, (1, 1), "{port}");
    }
    for port in ["raise", "done"] {
        let story = Story::begin();
        lost(&story, EXTRACT, extract(&[row()]));
        story.world().with(|state| state.set_off.insert(EXTRACT.to_owned(), 3));
        story.world().fail(port, 1);
        hours(&story, 5).await;
        let alerts = story.world().with(|state| state.alerts.len());
        assert_eq!(
            alerts,
            if port == "done" { 2 } else { 1 },
            "{port}: too often, never too seldom"
        );
    }
}
