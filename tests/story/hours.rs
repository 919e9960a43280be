//! When texts leave: London's day, the campaign's days, not too soon and not too late.

use domain::contact::State;
use jiff::{SignedDuration, Timestamp};

use crate::harness::{Row, Story, log_number, row};

/// Lets dispatch run every five minutes until the text has left, and says when it did.
async fn leaves_at(story: &Story) -> String {
    for _ in 0..(12 * 24 * 8) {
        story.dispatch().await;
        story.send_all().await;
        if !story.texts().is_empty() {
            return story.now().to_string();
        }
        story.wait(SignedDuration::from_mins(5));
    }
    format!("never: {:?}", story.world().states())
}

/// A log that was closed then, by London's clock.
fn closed(date: &str, time: &str) -> Row {
    row()
        .with("Date Time Received", &format!("{date} 00:10"))
        .with("First Arrived", &format!("{date} 00:20"))
        .with("Date Time Closed", &format!("{date} {time}"))
        .with("Extracted At", &format!("{date} 23:59:00"))
}

/// When the text of a log that closed then leaves, if everything runs.
async fn leaves(date: &str, time: &str, from: &str) -> String {
    let story = Story::begin();
    story.at(from);
    assert_eq!(story.logs(&[closed(date, time)]).await.planned, 1, "{date} {time}");
    leaves_at(&story).await
}

#[tokio::test]
async fn a_text_waits_four_hours_and_for_the_morning() {
    let evening = leaves("10/03/2026", "10:00", "2026-03-10T10:00:00Z").await;
    assert_eq!(evening, "2026-03-10T14:00:00Z");
    let night = leaves("10/03/2026", "18:30", "2026-03-10T18:30:00Z").await;
    assert_eq!(night, "2026-03-11T09:00:00Z");
    let last = leaves("10/03/2026", "15:55", "2026-03-10T16:00:00Z").await;
    assert_eq!(last, "2026-03-10T19:55:00Z");
    let late = leaves("10/03/2026", "16:00", "2026-03-10T16:00:00Z").await;
    assert_eq!(late, "2026-03-11T09:00:00Z");
}

#[tokio::test]
async fn a_text_that_missed_its_evening_is_put_off_to_nine_in_the_morning() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    story.at("2026-03-10T22:00:00Z");
    assert_eq!(story.dispatch().await.postponed, 1);
    assert_eq!(story.why(), "outside hours");
    assert_eq!(leaves_at(&story).await, "2026-03-11T09:00:00Z");
}

#[tokio::test]
async fn a_message_that_waited_on_the_queue_past_eight_is_put_off() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    story.at("2026-03-10T19:59:00Z");
    assert_eq!(story.dispatch().await.queued, 1);
    let message = story.take_message();
    story.at("2026-03-10T20:00:00Z");
    assert_eq!(story.send(&message).await.unwrap(), send::Outcome::PutOff);
    assert!(story.texts().is_empty());
    assert_eq!(leaves_at(&story).await, "2026-03-11T09:00:00Z");
}

#[tokio::test]
async fn nobody_is_texted_on_a_sunday() {
    let saturday = leaves("14/03/2026", "18:00", "2026-03-14T18:00:00Z").await;
    assert_eq!(saturday, "2026-03-16T09:00:00Z");
}

#[tokio::test]
async fn on_the_weekend_the_clocks_go_forward_nine_is_nine_in_london() {
    let friday = leaves("27/03/2026", "22:00", "2026-03-27T22:00:00Z").await;
    assert_eq!(friday, "2026-03-28T09:00:00Z");
    let saturday = leaves("28/03/2026", "22:00", "2026-03-28T22:00:00Z").await;
    assert_eq!(saturday, "2026-03-30T08:00:00Z");
    let sunday = leaves("29/03/2026", "12:00", "2026-03-29T11:00:00Z").await;
    assert_eq!(sunday, "2026-03-30T08:00:00Z");
}

#[tokio::test]
async fn on_the_weekend_the_clocks_go_back_nine_is_nine_in_london() {
    let story = Story::with_campaign(|campaign| campaign.ends = "2026-12-31".parse().unwrap());
    story.at("2026-10-24T21:00:00Z");
    story.logs(&[closed("24/10/2026", "22:00")]).await;
    assert_eq!(leaves_at(&story).await, "2026-10-26T09:00:00Z");
}

#[tokio::test]
async fn an_hour_that_does_not_exist_is_refused_and_its_neighbours_are_not() {
    let story = Story::begin();
    story.at("2026-03-30T10:00:00Z");
    let skipped = closed("29/03/2026", "12:00").with("Date Time Received", "29/03/2026 01:30");
    let counts = story.logs(&[skipped, closed("29/03/2026", "12:00").nth(7)]).await;
    assert_eq!((counts.rows, counts.rejects, counts.planned), (1, 1, 1));
}

#[tokio::test]
async fn the_days_work_after_a_week_of_silence_is_stale() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    story.at("2026-03-17T09:30:00Z");
    assert_eq!(story.dispatch().await.cancelled, 1);
    assert_eq!(story.contact().state, State::Cancelled);
    assert_eq!(story.why(), "elig.hold.stale");
    assert!(story.texts().is_empty());
}

#[tokio::test]
async fn a_late_text_still_leaves_on_the_seventh_day() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    story.at("2026-03-16T18:59:00Z");
    assert_eq!(leaves_at(&story).await, "2026-03-16T18:59:00Z");
}

#[tokio::test]
async fn the_campaigns_last_day_is_the_last_day_of_texts() {
    let story = Story::with_campaign(|campaign| campaign.ends = "2026-03-10".parse().unwrap());
    story.logs(&[row().nth(1)]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
    story.at("2026-03-10T23:00:00Z");
    story.logs(&[closed("10/03/2026", "22:30").nth(2)]).await;
    story.at("2026-03-11T09:00:00Z");
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
    let why = story.contact_about(&log_number(2)).history.last().unwrap().why.clone();
    assert_eq!(why, "the campaign has ended");
}

#[tokio::test]
async fn nothing_is_ever_texted_outside_hours() {
    let story = Story::begin();
    story.at("2026-03-13T00:00:00Z");
    let mut left: Vec<Timestamp> = Vec::new();
    for n in 0..(24 * 4) {
        let now = story.now().to_zoned(domain::hours::LONDON.clone());
        let time = now.strftime("%d/%m/%Y %H:%M").to_string();
        let row = row()
            .nth(n)
            .with("Extracted At", &format!("{time}:00"))
            .with("Date Time Received", &time)
            .with("First Arrived", &time)
            .with("Date Time Closed", &time);
        story.logs(&[row]).await;
        for _ in 0..12 {
            story.dispatch().await;
            let sent = story.send_all().await;
            left.extend(sent.iter().map(|_| story.now()));
            story.wait(SignedDuration::from_mins(5));
        }
    }
    assert!(left.len() > 60, "{}", left.len());
    for at in left {
        let local = at.to_zoned(domain::hours::LONDON.clone());
        assert!((9..20).contains(&local.hour()), "{local}");
        assert_ne!(local.weekday(), jiff::civil::Weekday::Sunday, "{local}");
    }
    story.must_hold();
}
