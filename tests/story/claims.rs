//! Invariant 4: a text claims only what the log evidences.

use crate::harness::{Row, Story, row};

async fn told(row: Row) -> String {
    let story = Story::begin();
    story.logs(&[row]).await;
    story.settle().await;
    let texts = story.texts();
    assert_eq!(texts.len(), 1);
    texts[0].clone()
}

const STRONG: &str = "We came and cleared the road";
const WEAK: &str = "thank you for your call on 9 March";

#[tokio::test]
async fn what_the_log_shows_is_said() {
    let text = told(row()).await;
    assert!(text.contains(STRONG), "{text}");
}

#[tokio::test]
async fn what_the_log_does_not_show_is_not_said() {
    let changes = [
        ("Attended", ""),
        ("Attended", "N"),
        ("Attended", "MAYBE"),
        ("First Arrived", ""),
        ("First Arrived", "09/03/2026 17:19"),
        ("First Arrived", "01/01/1970 00:00"),
    ];
    for (column, cell) in changes {
        let text = told(row().with(column, cell)).await;
        assert!(text.contains(WEAK) && !text.contains("came"), "{column} {cell:?}: {text}");
    }
}

#[tokio::test]
async fn nobody_came_is_said_only_where_the_log_says_so() {
    let not_attended = row().with("Result Codes", "R08").with("First Arrived", "");
    let text = told(not_attended.clone().with("Attended", "N")).await;
    assert!(text.contains("We did not send an officer"), "{text}");
    let text = told(not_attended.with("Attended", "")).await;
    assert!(text.contains(WEAK) && !text.contains("officer"), "{text}");
    let text = told(row().with("Result Codes", "R08").with("Attended", "N")).await;
    assert!(!text.contains("officer"), "an arrival contradicts it: {text}");
}

#[tokio::test]
async fn every_outcome_without_attendance_says_nothing_of_coming() {
    for code in ["R01", "R02", "R04", "R05", "R07", "R10", "R11", "R12"] {
        let text = told(row().with("Result Codes", code).with("Attended", "")).await;
        for word in ["We came", "We checked", "looked", "cleared", "moved"] {
            assert!(!text.contains(word), "{code}: {text}");
        }
    }
}

#[tokio::test]
async fn what_came_to_light_after_the_plan_is_what_counts() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    story.dispatch().await;
    let later = row().with("Extracted At", "10/03/2026 09:30:00").with("Attended", "N");
    story.logs(&[later]).await;
    story.settle().await;
    let texts = story.texts();
    assert_eq!(texts.len(), 1);
    assert!(texts[0].contains(WEAK), "{texts:?}");
}

#[tokio::test]
async fn nothing_of_the_log_but_the_day_is_in_a_text() {
    for code in ["R01", "R02", "R03", "R04", "R05", "R06", "R07", "R09", "R10", "R12"] {
        let text = told(row().with("Result Codes", code)).await;
        for word in ["Plenthgarthing", "Ada", "A414", "Quernmoor", "0412", "900123", "HA01", "17:"]
        {
            assert!(!text.contains(word), "{word} in {text}");
        }
        for word in ["Herts Police", "999", "STOP"] {
            assert!(text.contains(word), "no {word} in {text}");
        }
    }
}
