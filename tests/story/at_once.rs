//! Files that come at the same time end as if they had come one after the other.

use std::collections::BTreeSet;

use domain::contact::State;

use crate::harness::{Row, Story, duplicate, extract, log_number, main_log, row};
use crate::night::fold::fold;
use crate::night::invented::night;
use crate::ten_files;

/// A file of one feed or the other.
type File = (&'static str, String);

fn storm(rows: &[Row]) -> File {
    ("storm", extract(rows))
}

fn athena(link: &str) -> File {
    ("athena", format!("Investigation Ref,STORM Log Number,Contact Phone\n{link}\n"))
}

fn later(row: Row) -> Row {
    row.with("Extracted At", "10/03/2026 09:30:00")
}

async fn land(story: &Story, name: &str, (feed, body): &File) {
    story.land(feed, name, body.clone()).await;
}

/// What was decided about each caller, and who waits for a text.
fn end(story: &Story) -> BTreeSet<String> {
    story.world().with(|state| {
        let mut end = BTreeSet::new();
        for (number, file) in &state.logs {
            for known in file.record.iter().flat_map(|record| &record.callers) {
                let (decision, contact) = (&known.decision, &known.contact);
                let rules: Vec<_> = decision.rules.iter().map(|rule| rule.as_str()).collect();
                let contact = if contact.is_some() { "contact" } else { "no contact" };
                end.insert(format!("{number} {} {rules:?} {contact}", decision.verdict.name()));
            }
        }
        let waiting = state.contacts.values().filter(|contact| contact.state == State::Planned);
        end.extend(waiting.map(|c| format!("planned {} {}", c.incident, c.id)));
        end
    })
}

/// Lets two files come at the same time, in many ways, and tells in what the end differs from that
/// of the same files one after the other; also whether a text went out that should not have.
async fn at_the_same_time(before: &[File], one: &File, other: &File) -> BTreeSet<String> {
    let told = async |seed: Option<u64>| {
        let story = Story::begin();
        story.at("2026-03-10T06:30:00Z");
        for (n, file) in before.iter().enumerate() {
            land(&story, &format!("{n}.csv"), file).await;
        }
        story.table.draw_out(seed.unwrap_or_default());
        if seed.is_some() {
            tokio::join!(land(&story, "one.csv", one), land(&story, "other.csv", other));
        } else {
            land(&story, "one.csv", one).await;
            land(&story, "other.csv", other).await;
        }
        story.table.draw_out(0);
        let end = end(&story);
        story.at("2026-03-10T10:00:00Z");
        story.settle().await;
        (end, story.texts().len())
    };
    let (expected, texts) = told(None).await;
    let mut found = BTreeSet::new();
    for seed in 1..200 {
        let (end, sent) = told(Some(seed)).await;
        found.extend(expected.difference(&end).map(|line| format!("missing: {line}")));
        found.extend(end.difference(&expected).map(|line| format!("instead: {line}")));
        if sent != texts {
            found.insert(format!("{sent} texts instead of {texts}"));
        }
    }
    found
}

#[tokio::test]
async fn a_caller_who_is_corrected_away_at_the_same_time_is_not_left_planned() {
    let second = main_log().with("Caller Contact Phone No_", "07700 900002");
    let (one, other) = (storm(&[main_log(), second]), storm(&[later(main_log())]));
    assert_eq!(at_the_same_time(&[], &one, &other).await, BTreeSet::new());
}

#[tokio::test]
async fn a_log_that_is_reopened_and_closed_in_two_files_at_the_same_time_is_answered() {
    let reopened = main_log().with("Extracted At", "10/03/2026 06:10:00");
    let one = storm(&[reopened.with("Status", "REACTIVATED")]);
    let other = storm(&[later(main_log())]);
    let before = [storm(&[main_log()])];
    assert_eq!(at_the_same_time(&before, &one, &other).await, BTreeSet::new());
}

#[tokio::test]
async fn a_main_log_and_its_duplicate_at_the_same_time_see_each_other() {
    let (one, other) = (storm(&[main_log()]), storm(&[duplicate(2, 1)]));
    assert_eq!(at_the_same_time(&[], &one, &other).await, BTreeSet::new());
}

#[tokio::test]
async fn what_a_duplicate_says_of_the_incident_at_the_same_time_stops_the_main_logs_caller() {
    let unsafe_one = duplicate(2, 1).with("Contact Marker", "DOM");
    let (one, other) = (storm(&[main_log()]), storm(&[unsafe_one]));
    assert_eq!(at_the_same_time(&[], &one, &other).await, BTreeSet::new());
}

#[tokio::test]
async fn a_chain_of_duplicates_in_one_file_sees_its_main_log() {
    // One file is enough: what names another main log is decided at the same time.
    let one = storm(&[main_log(), duplicate(2, 1), duplicate(3, 2)]);
    let other = storm(&[row().nth(9)]);
    assert_eq!(at_the_same_time(&[], &one, &other).await, BTreeSet::new());
}

#[tokio::test]
async fn a_main_log_that_is_closed_while_its_duplicate_comes_answers_both() {
    let open = main_log().with("Status", "OPEN").with("Date Time Closed", "");
    let (one, other) = (storm(&[later(main_log())]), storm(&[duplicate(2, 1)]));
    assert_eq!(at_the_same_time(&[storm(&[open])], &one, &other).await, BTreeSet::new());
}

#[tokio::test]
async fn a_main_log_whose_caller_is_corrected_while_its_duplicate_comes_keeps_the_new_one() {
    let wrong = main_log().with("Caller Contact Phone No_", "07700 900008");
    // Two steps away: what comes does not name the main log itself.
    let before = [storm(&[wrong, duplicate(2, 1)])];
    let (one, other) = (storm(&[later(main_log())]), storm(&[duplicate(3, 2)]));
    assert_eq!(at_the_same_time(&before, &one, &other).await, BTreeSet::new());
}

#[tokio::test]
async fn a_crime_link_that_comes_with_its_log_holds() {
    let one = storm(&[main_log()]);
    for link in ["41/1/26,HC-20260309-0001,", "41/1/26,,07700 900001"] {
        assert_eq!(at_the_same_time(&[], &one, &athena(link)).await, BTreeSet::new(), "{link}");
    }
}

#[tokio::test]
async fn the_ten_files_come_to_the_same_when_they_meet() {
    let night = night(1);
    let expected = fold(&night);
    for seed in 1..4 {
        let story = ten_files::told(&night, seed).await;
        let differences = expected.differences(&ten_files::end(&story));
        assert!(differences.is_empty(), "{seed}: {differences}");
    }
}

/// docs/extracts.md: "What any row of a log says against texting counts for the whole log."
#[tokio::test]
async fn a_category_of_one_row_stops_the_incident_though_another_row_says_otherwise() {
    let said = duplicate(2, 1).with("Initial Classification", "Domestic - Non Crime");
    let story = Story::begin();
    story.logs(&[main_log(), said, duplicate(2, 1)]).await;
    story.settle().await;
    assert!(story.texts().is_empty(), "{:?}", story.texts());
    assert!(story.rules(&log_number(1)).contains("elig.never.domestic"));
    assert!(story.rules(&log_number(2)).contains("elig.never.domestic"));
}
