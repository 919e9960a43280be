//! One incident, many callers: a log and every log closed as its duplicate (NSIR 1.5).

use domain::contact::State;
use jiff::SignedDuration;

use crate::harness::{Story, duplicate, log_number, main_log, row};

/// Who was texted about what, by the last three digits.
fn texted(story: &Story) -> Vec<(String, String)> {
    let mut texted: Vec<_> = story.world().with(|state| {
        let texts = state.texts.iter();
        let told = |(reference, mobile, _): &(_, domain::phone::Mobile, _)| {
            let number = mobile.expose();
            (number[number.len() - 3..].to_owned(), state.contacts[reference].incident.to_string())
        };
        texts.map(told).collect()
    });
    texted.sort();
    texted
}

fn about(n: u32, people: &[&str]) -> Vec<(String, String)> {
    people.iter().map(|person| ((*person).to_owned(), log_number(n))).collect()
}

#[tokio::test]
async fn every_caller_of_a_duplicate_hears_the_main_logs_outcome_once() {
    let rows = [main_log(), duplicate(2, 1), duplicate(3, 2)];
    // Every order of arrival, each log in a night of its own.
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let story = Story::begin();
        for index in order {
            story.logs(&[rows[index].clone()]).await;
        }
        story.settle().await;
        assert_eq!(texted(&story), about(1, &["001", "002", "003"]), "{order:?}");
        for words in story.texts() {
            assert!(words.contains("clear"), "the main log's outcome: {words}");
        }
        story.must_hold();
    }
}

#[tokio::test]
async fn whoever_rang_twice_about_one_incident_gets_one_text() {
    let again = duplicate(2, 1).with("Caller Contact Phone No_", "07700 900001");
    for rows in [[main_log(), again.clone()], [again, main_log()]] {
        let story = Story::begin();
        story.logs(&rows[..1]).await;
        story.logs(&rows[1..]).await;
        story.settle().await;
        assert_eq!(texted(&story), about(1, &["001"]));
        story.must_hold();
    }
}

#[tokio::test]
async fn whoever_was_texted_about_a_log_is_not_texted_again_when_it_turns_out_a_duplicate() {
    let story = Story::begin();
    story.logs(&[main_log(), row().nth(2)]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 2);
    let corrected = duplicate(2, 1).with("Extracted At", "10/03/2026 23:00:00");
    story.at("2026-03-11T10:00:00Z");
    story.logs(&[corrected]).await;
    assert!(story.rules(&log_number(2)).contains("elig.never.texted-before"));
    story.settle().await;
    assert_eq!(story.texts().len(), 2);
}

#[tokio::test]
async fn whoever_was_texted_as_a_duplicates_caller_is_not_texted_again_when_it_was_none() {
    let story = Story::with_campaign(|campaign| campaign.rest = SignedDuration::from_hours(7 * 24));
    story.logs(&[main_log(), duplicate(2, 1)]).await;
    story.settle().await;
    assert_eq!(texted(&story), about(1, &["001", "002"]));
    // Ten days later the log is found to be an incident of its own and closed anew.
    let own = row()
        .nth(2)
        .with("Extracted At", "20/03/2026 06:00:00")
        .with("Date Time Closed", "19/03/2026 19:02");
    story.at("2026-03-20T10:00:00Z");
    story.logs(&[own]).await;
    assert!(story.rules(&log_number(2)).contains("elig.never.texted-before"));
    story.settle().await;
    assert_eq!(story.texts().len(), 2);
}

#[tokio::test]
async fn a_main_log_that_is_closed_later_answers_all_who_wait() {
    let story = Story::begin();
    let open = main_log().with("Status", "OPEN").with("Date Time Closed", "");
    story.logs(&[duplicate(2, 1), duplicate(3, 1), open]).await;
    story.settle().await;
    assert!(story.texts().is_empty());
    assert!(story.rules(&log_number(2)).contains("elig.hold.not-closed"));
    story.at("2026-03-11T10:00:00Z");
    story.logs(&[main_log().with("Extracted At", "11/03/2026 06:00:00")]).await;
    story.settle().await;
    assert_eq!(texted(&story), about(1, &["001", "002", "003"]));
}

#[tokio::test]
async fn what_one_log_says_of_the_incident_stops_all_its_callers() {
    let said = [
        ("Contact Marker", "DOM", "elig.never.domestic"),
        ("Message", "her ex-partner is outside", "elig.never.domestic"),
        ("Initial Classification", "Sudden Death", "elig.never.sudden-death"),
        ("Crime Reference", "41/00001/26", "elig.hold.crime"),
        ("Qualifiers", "VC", "elig.hold.qualifier"),
    ];
    for (column, cell, rule) in said {
        for rows in [
            [main_log().with(column, cell), duplicate(2, 1), duplicate(3, 2)],
            [main_log(), duplicate(2, 1).with(column, cell), duplicate(3, 2)],
            [main_log(), duplicate(2, 1), duplicate(3, 2).with(column, cell)],
        ] {
            let story = Story::begin();
            for row in rows {
                story.logs(&[row]).await;
            }
            for n in 1..=3 {
                assert!(story.rules(&log_number(n)).contains(rule), "{rule} in log {n}");
            }
            story.settle().await;
            assert!(story.texts().is_empty(), "{column} {cell}");
        }
    }
}

#[tokio::test]
async fn what_is_said_of_one_caller_stops_only_that_log() {
    for (column, cell) in [("Contact Marker", "ANON"), ("Caller Type", "DRIVER")] {
        let story = Story::begin();
        story.logs(&[main_log(), duplicate(2, 1).with(column, cell), duplicate(3, 1)]).await;
        story.settle().await;
        assert_eq!(texted(&story), about(1, &["001", "003"]), "{cell}");
    }
}

#[tokio::test]
async fn an_investigation_of_any_log_of_the_incident_stops_all_its_callers() {
    let story = Story::begin();
    story.logs(&[main_log(), duplicate(2, 1), duplicate(3, 1)]).await;
    let counts = story.crimes(&[["41/1/26", &log_number(3), ""]]).await;
    assert_eq!(counts.cancelled, 3);
    story.settle().await;
    assert!(story.texts().is_empty());
}

#[tokio::test]
async fn a_circle_of_duplicates_holds_and_ends() {
    let story = Story::begin();
    story.logs(&[duplicate(1, 2), duplicate(2, 3), duplicate(3, 1), duplicate(4, 4)]).await;
    for n in 1..=4 {
        assert!(story.rules(&log_number(n)).contains("elig.hold.duplicate"), "log {n}");
    }
    story.settle().await;
    assert!(story.texts().is_empty());
    // Mended: the third is the main log after all.
    let later = "10/03/2026 09:00:00";
    story.logs(&[row().nth(3).with("Extracted At", later)]).await;
    story.settle().await;
    assert_eq!(texted(&story), about(3, &["001", "002", "003"]));
}

#[tokio::test]
async fn whoever_rang_after_the_main_log_was_closed_is_not_told_its_outcome() {
    let story = Story::begin();
    let late = duplicate(2, 1)
        .with("Date Time Received", "09/03/2026 19:10")
        .with("Date Time Closed", "09/03/2026 19:12");
    story.logs(&[main_log(), late]).await;
    assert!(story.rules(&log_number(2)).contains("elig.hold.duplicate-later"));
    story.settle().await;
    assert_eq!(texted(&story), about(1, &["001"]));
}

#[tokio::test]
async fn a_text_names_the_day_its_reader_rang() {
    let story = Story::begin();
    let before = main_log()
        .with("Result Codes", "R03")
        .with("Date Time Received", "08/03/2026 23:50")
        .with("First Arrived", "09/03/2026 00:10");
    story.logs(&[before, duplicate(2, 1)]).await;
    story.settle().await;
    let count = |day| story.texts().iter().filter(|words| words.contains(day)).count();
    assert_eq!((count(" 8 March"), count(" 9 March")), (1, 1), "{:?}", story.texts());
}

#[tokio::test]
async fn a_duplicate_that_leaves_takes_its_callers_and_its_reasons_along() {
    let story = Story::begin();
    let marked = duplicate(2, 1).with("Contact Marker", "DOM");
    story.logs(&[main_log(), marked, duplicate(3, 1)]).await;
    assert!(!story.world().states().contains(&"planned"));
    let own =
        row().nth(2).with("Contact Marker", "DOM").with("Extracted At", "10/03/2026 09:00:00");
    story.logs(&[own]).await;
    story.settle().await;
    assert_eq!(texted(&story), about(1, &["001", "003"]));
    assert!(story.rules(&log_number(2)).contains("elig.never.domestic"));
}

#[tokio::test]
async fn a_log_reopened_after_its_duplicates_were_planned_cancels_them() {
    let story = Story::begin();
    story.logs(&[main_log(), duplicate(2, 1)]).await;
    assert_eq!(story.world().states(), ["planned", "planned"]);
    let reopened =
        main_log().with("Status", "REACTIVATED").with("Extracted At", "10/03/2026 09:00:00");
    assert_eq!(story.logs(&[reopened]).await.cancelled, 2);
    story.settle().await;
    assert!(story.texts().is_empty());
    let contact = story.contact_about(&log_number(1));
    assert_eq!(contact.state, State::Cancelled);
    assert_eq!(contact.history.last().unwrap().why, "elig.hold.reopened");
}

#[tokio::test]
async fn a_household_number_with_two_callers_gets_one_text() {
    let story = Story::begin();
    let other = main_log().with("Caller Contact Name", "Bo Plenthgarthing");
    story.logs(&[main_log(), other.clone().with("Caller Type", "RESIDENT")]).await;
    story.settle().await;
    assert_eq!(texted(&story), about(1, &["001"]));
    // One of the two said no: the number is theirs as well.
    let story = Story::begin();
    story.logs(&[main_log(), other.with("Text Consent", "N")]).await;
    story.settle().await;
    assert!(story.texts().is_empty());
}

#[tokio::test]
async fn a_repeat_caller_hears_about_the_incident_that_is_due_first() {
    let earlier = row().nth(2);
    let later = row()
        .nth(1)
        .with("Date Time Closed", "10/03/2026 05:50")
        .with("Caller Contact Phone No_", "07700 900002");
    for rows in [[earlier.clone(), later.clone()], [later, earlier]] {
        let story = Story::begin();
        story.logs(&rows[..1]).await;
        story.logs(&rows[1..]).await;
        assert_eq!(story.world().states(), ["planned", "planned"]);
        story.settle().await;
        assert_eq!(texted(&story), about(2, &["002"]));
        assert_eq!(story.contact_about(&log_number(1)).state, State::Cancelled);
    }
}

#[tokio::test]
async fn when_the_first_of_two_incidents_falls_away_the_other_is_told() {
    let earlier = row().nth(2).with("Date Time Closed", "09/03/2026 18:00");
    let later = row().nth(1).with("Caller Contact Phone No_", "07700 900002");
    let story = Story::begin();
    story.logs(&[earlier.clone(), later]).await;
    story
        .logs(&[earlier.with("Status", "REACTIVATED").with("Extracted At", "10/03/2026 09:00:00")])
        .await;
    story.settle().await;
    assert_eq!(texted(&story), about(1, &["002"]));
}

#[tokio::test]
async fn an_incident_of_a_hundred_logs_is_read_once_for_all() {
    let rows: Vec<_> =
        std::iter::once(main_log()).chain((2..=100).map(|n| duplicate(n, 1))).collect();
    let story = Story::begin();
    story.logs(&rows).await;
    let calls = story.world().with(|state| std::mem::take(&mut state.calls_made));
    let reads = calls.iter().filter(|name| **name == "log").count();
    assert!(reads < 5 * rows.len(), "{reads} reads for {} logs", rows.len());
    assert_eq!(story.world().states(), vec!["planned"; 100]);
    story.logs(&rows).await;
    let calls = story.world().with(|state| std::mem::take(&mut state.calls_made));
    assert!(calls.iter().all(|name| !name.starts_with("keep") && *name != "plan"), "no writes");
}
