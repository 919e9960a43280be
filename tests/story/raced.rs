//! Races and contradictions that once let a text through, each found by a story before it was mended.

use jiff::SignedDuration;

use crate::harness::{Row, Story, extract, row};

const CALLER: &str = "+447700900123";

/// A later extract of the log.
fn later(row: Row) -> Row {
    row.with("Extracted At", "10/03/2026 09:30:00")
}

async fn planned() -> Story {
    let story = Story::begin();
    assert_eq!(story.logs(&[row()]).await.planned, 1);
    story
}

// BUG C (last_look.rs, into the table of `what_one_row_says…`) — invariant 3. logbook.rs `both`
// unites result codes, so a row without any is not seen to contradict one that has some.
#[tokio::test]
async fn a_row_without_a_result_contradicts_one_that_has_one() {
    let second = || row().with("Caller Contact Phone No_", "07700 900124");
    let changes = [("Result Codes", "")];
    let mut texted = Vec::new();
    for (column, cell) in changes {
        let orders = [[row(), second().with(column, cell)], [second().with(column, cell), row()]];
        for rows in orders {
            let story = Story::begin();
            story.logs(&rows).await;
            story.settle().await;
            if !story.texts().is_empty() {
                texted.push(format!("{column} {cell:?}"));
            }
            // The same rows in two files, as when a log straddles them.
            let story = Story::begin();
            story.land("storm", "one.csv", extract(&rows[..1])).await;
            story.land("storm", "two.csv", extract(&rows[1..])).await;
            story.settle().await;
            if !story.texts().is_empty() {
                texted.push(format!("{column} {cell:?} in two files"));
            }
        }
    }
    assert_eq!(texted, Vec::<String>::new());
}

// BUG A (last_look.rs) — invariant 2. The first STOP is the one kept (`or_insert`, and its like in
// the table), so a START between two STOPs is weighed against the wrong one.
#[tokio::test]
async fn a_start_between_two_stops_does_not_undo_the_second() {
    let story = planned().await;
    story.reply(CALLER, "STOP").await;
    story.feedback_all().await;
    story.wait(SignedDuration::from_mins(1));
    story.reply(CALLER, "START").await;
    let start = story.world().with(|state| state.inbound.pop_front().unwrap());
    story.wait(SignedDuration::from_mins(1));
    story.reply(CALLER, "STOP").await;
    story.feedback_all().await;
    story.feedback(&start).await.unwrap();
    assert_eq!(story.world().with(|state| state.opted_out.len()), 1);
}

// BUG A, also with nobody late: `serve_queue` handles a batch at the same time (join_all), so the
// START may have read the person before the STOP was marked, and unmark it after.
#[tokio::test]
async fn a_start_and_a_later_stop_in_one_batch_leave_the_person_opted_out() {
    let mut undone = Vec::new();
    for seed in 1..200 {
        let story = planned().await;
        story.reply(CALLER, "START").await;
        story.wait(SignedDuration::from_secs(20));
        story.reply(CALLER, "STOP").await;
        let messages = story.world().with(|state| Vec::from(std::mem::take(&mut state.inbound)));
        let [start, stop] = messages.as_slice() else { panic!("{messages:?}") };
        story.table.draw_out(seed);
        let (started, stopped) = tokio::join!(story.feedback(start), story.feedback(stop));
        started.unwrap();
        stopped.unwrap();
        if story.world().with(|state| state.opted_out.is_empty()) {
            undone.push(seed);
        }
    }
    assert!(undone.is_empty(), "the STOP was undone in {} of 199 orders", undone.len());
}

// BUG B (private.rs) — invariant 8. feed.rs shows the repeated cell of a first row that is no header.
#[tokio::test]
async fn a_repeated_cell_of_a_file_without_its_header_is_not_shown() {
    let story = Story::begin();
    let row = row().with("Initial Classification", "Alarm").with("Division", "07700 900123");
    let row = row.with("Location", "07700 900123");
    let body = extract(&[row]);
    let outcome = story.land("storm", "night.csv", body.split_once('\n').unwrap().1).await;
    let shown = format!("{outcome:?} {:?}", story.world().with(|state| state.alerts.clone()));
    assert!(!shown.contains("900123"), "{shown}");
}

// BUG D (once.rs) — invariant 1. Two campaigns' contacts about one incident and one person, left
// planned together by an ingest that died: `planned-elsewhere` looks at other incidents only.
#[tokio::test]
async fn two_campaigns_contacts_about_one_incident_never_both_go() {
    for seed in 1..60 {
        let story = planned().await;
        story.world().with(|state| {
            let mut another = state.campaigns[0].clone();
            another.body.id = domain::campaign::CampaignId::parse("earlier").unwrap();
            state.campaigns.push(another);
        });
        // The second is planned; then the ingest dies before it cancels the first.
        let key = "extracts/storm/later.csv".to_owned();
        let body = (extract(&[later(row())]).into_bytes(), story.now());
        story.world().with(|state| state.extracts.insert(key.clone(), body));
        story.world().fail("contact", 1);
        story.ingest(&key).await.unwrap_err();
        story.dispatch().await;
        let messages = story.world().with(|state| Vec::from(std::mem::take(&mut state.to_send)));
        story.table.draw_out(seed);
        if let [one, two] = messages.as_slice() {
            let _both = tokio::join!(story.send(one), story.send(two));
        }
        story.table.draw_out(0);
        assert!(
            story.texts().len() <= 1,
            "{seed}: {} texts about one incident",
            story.texts().len()
        );
    }
}
