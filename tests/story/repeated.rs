//! Invariant 10, and what follows from it: what came before changes nothing, be it the same extract
//! again, an older one, or a message kept from last year. The golden messages themselves are
//! decoded where their types are.

use std::collections::BTreeSet;

use domain::contact::State;
use jiff::SignedDuration;

use crate::harness::{Row, Story, extract, log_number, row};

/// A night's logs, of every kind, three of one log among them.
fn night() -> Vec<Row> {
    vec![
        row().nth(1),
        row().nth(2).with("Status", "OPEN"),
        row().nth(3).with("Contact Marker", "DOM"),
        row().nth(4),
        row().nth(4).with("Caller Contact Phone No_", "07700 900444"),
        row().nth(4).with("Caller Contact Phone No_", "07700 900445").with("Caller Type", "DRIVER"),
        row().nth(5).with("Log Number", ""),
        row().nth(6).with("Log Number", &log_number(1)),
        row().nth(7).with("Result Codes", "R02 R03"),
        row().nth(8).with("Caller Contact Phone No_", "01632 960123"),
        row().nth(9),
        row().nth(9),
    ]
}

#[tokio::test]
async fn the_same_extract_twice_changes_nothing() {
    let story = Story::begin();
    story.logs(&night()).await;
    let before = story.everything();
    story.wait(SignedDuration::from_hours(1));
    let again = story.logs(&night()).await;
    assert_eq!((again.rows, again.rejects), (11, 1));
    assert_eq!((again.changed, again.planned, again.cancelled), (0, 0, 0));
    assert_eq!(story.everything(), before);
}

#[tokio::test]
async fn the_same_extract_after_its_texts_changes_nothing() {
    let story = Story::begin();
    story.logs(&night()).await;
    story.settle().await;
    let before = story.everything();
    story.logs(&night()).await;
    story.settle().await;
    assert_eq!(story.everything(), before);
}

#[tokio::test]
async fn the_same_crime_links_twice_change_nothing() {
    let story = Story::begin();
    let links = [["41/1/26", "HC-20260309-0001", ""], ["41/2/26", "", "07700900004"]];
    story.logs(&night()).await;
    story.crimes(&links).await;
    let before = story.everything();
    story.crimes(&links).await;
    assert_eq!(story.everything(), before);
}

#[tokio::test]
async fn an_older_version_of_a_log_after_a_newer_changes_nothing() {
    let older = row().with("Extracted At", "09/03/2026 20:00:00");
    let changes = [
        older.clone(),
        older.clone().with("Status", "OPEN"),
        older.clone().with("Result Codes", "R03"),
        older.clone().with("Contact Marker", "DOM"),
        older.with("Caller Contact Phone No_", "07700 900999"),
    ];
    for older in changes {
        let story = Story::begin();
        story.logs(&[row()]).await;
        let before = story.everything();
        let counts = story.logs(&[older]).await;
        assert_eq!((counts.changed, counts.planned, counts.cancelled), (0, 0, 0));
        assert_eq!(story.everything(), before);
    }
}

#[tokio::test]
async fn two_versions_in_one_file_are_taken_in_the_order_they_were_made() {
    let newer = row().with("Extracted At", "10/03/2026 07:00:00").with("Status", "REACTIVATED");
    for rows in [[row(), newer.clone()], [newer.clone(), row()]] {
        let story = Story::begin();
        story.logs(&rows).await;
        assert!(story.rules(&log_number(412)).contains("elig.hold.reopened"));
        story.settle().await;
        assert!(story.texts().is_empty());
    }
}

#[tokio::test]
async fn a_file_in_two_halves_says_what_the_whole_says() {
    let night = night();
    let texted = async |files: &[&[Row]]| {
        let story = Story::begin();
        for (n, rows) in (0..).zip(files) {
            story.land("storm", &format!("{n}.csv"), extract(rows)).await;
        }
        story.settle().await;
        story.must_hold();
        story.world().with(|state| {
            let numbers = state.texts.iter().map(|(_, number, _)| number.expose().to_owned());
            numbers.collect::<BTreeSet<_>>()
        })
    };
    let whole = texted(&[&night]).await;
    assert_eq!(whole.len(), 5);
    for cut in 0..=night.len() {
        let (first, second) = night.split_at(cut);
        assert_eq!(texted(&[first, second]).await, whole, "{cut}");
        assert_eq!(texted(&[second, first]).await, whole, "{cut}, the second first");
        assert_eq!(texted(&[first, second, first]).await, whole, "{cut}, the first again");
    }
}

#[tokio::test]
async fn two_files_at_the_same_time_plan_each_caller_once() {
    for seed in 1..60 {
        let story = Story::begin();
        let night = night();
        story.table.draw_out(seed);
        let _both = tokio::join!(
            story.land("storm", "one.csv", extract(&night)),
            story.land("storm", "two.csv", extract(&night[3..])),
        );
        story.table.draw_out(0);
        story.settle().await;
        assert_eq!(story.texts().len(), 5, "{seed}");
        story.must_hold();
    }
}

#[tokio::test]
async fn a_text_keeps_the_words_it_was_planned_under() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    story.world().with(|state| {
        let mut next = state.campaigns[0].clone();
        next.version = 2;
        for words in next.body.words.values_mut() {
            words.text = "New words. STOP".to_owned();
        }
        state.campaigns.push(next);
    });
    story.settle().await;
    assert!(story.texts()[0].contains("We came and cleared the road"));
    story.logs(&[row().nth(2)]).await;
    story.settle().await;
    assert_eq!(story.texts()[1], "New words. STOP");
}

#[tokio::test]
async fn a_message_kept_from_long_ago_does_no_harm() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    story.dispatch().await;
    let message = story.take_message();
    story.send(&message).await.unwrap();
    let id = story.contact().id;
    story.receipt(&id, "temporary-failure").await;
    let receipt = story.world().with(|state| state.inbound[0].clone());
    story.feedback_all().await;
    story.receipt(&id, "delivered").await;
    story.feedback_all().await;
    let before = story.everything();
    story.wait(SignedDuration::from_hours(24 * 13));
    assert_eq!(story.send(&message).await.unwrap(), send::Outcome::NothingToSend);
    assert_eq!(story.feedback(&receipt).await.unwrap(), feedback::Outcome::NothingNew);
    assert_eq!(story.everything(), before);
    assert_eq!(story.contact().state, State::Delivered);
}
