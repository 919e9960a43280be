//! Invariant 8: no number, name or reply text in a queue message, a reference, an alert, an outcome
//! or a file name.

use domain::ports::Sent;
use testkit::world::Answer;

use crate::faulty::When;
use crate::harness::{Story, extract, row};

/// What nobody may read: the caller's number in its forms, her name, where it was, what she wrote.
const SECRETS: [&str; 12] = [
    "07700900123",
    "07700 900123",
    "7700900123",
    "447700900123",
    "900123",
    "Plenthgarthing",
    "PLENTHGARTHING",
    "Ada ",
    "Quernmoor",
    "A414",
    "zebrafinch",
    "Tree down",
];

const CALLER: &str = "+447700900123";

fn is_silent(what: &str, shown: &str) {
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{secret} in {what}: {shown}");
    }
}

/// Looks into every place that leaves the table.
fn nothing_leaks(story: &Story) {
    story.world().with(|state| {
        for message in &state.to_send {
            is_silent("a send message", &serde_json::to_string(message).unwrap());
            is_silent("a send message", &format!("{message:?}"));
        }
        for message in &state.inbound {
            is_silent("an inbound message", &serde_json::to_string(message).unwrap());
            is_silent("an inbound message", &format!("{message:?}"));
        }
        is_silent("an alert", &format!("{:?}", state.alerts));
        is_silent("a contact", &format!("{:?}", state.contacts));
        is_silent("a log", &format!("{:?}", state.logs));
        is_silent("a link", &format!("{:?}", state.person_links));
        is_silent("an opt-out", &format!("{:?}", state.opted_out));
        is_silent("a report", &format!("{:?}", state.reports));
        is_silent("a reject's key", &format!("{:?}", state.rejects.keys()));
        is_silent("a number, printed", &format!("{:?}", state.numbers));
        for (call, _) in state.calls.values() {
            is_silent("a call, printed", &format!("{call:?}"));
        }
        for (reference, _, _) in &state.texts {
            is_silent("a reference", &reference.to_string());
        }
    });
    is_silent("the dead letters", &format!("{:?}", story.dead.borrow()));
}

#[tokio::test]
async fn nothing_personal_leaves_the_table_on_the_whole_way() {
    let story = Story::begin();
    is_silent("an outcome", &format!("{:?}", story.logs(&[row()]).await));
    nothing_leaks(&story);
    is_silent("an outcome", &format!("{:?}", story.dispatch().await));
    nothing_leaks(&story);
    is_silent("an outcome", &format!("{:?}", story.send_all().await));
    let id = story.contact().id;
    story.receipt(&id, "delivered").await;
    for words in ["5 zebrafinch", "help zebrafinch he has got a knife", "STOP zebrafinch"] {
        story.reply(CALLER, words).await;
    }
    nothing_leaks(&story);
    is_silent("an outcome", &format!("{:?}", story.feedback_all().await));
    nothing_leaks(&story);
    story.crimes(&[["41/00001/26", "", "07700900123"]]).await;
    is_silent("an outcome", &format!("{:?}", story.report().await));
    nothing_leaks(&story);
}

#[tokio::test]
async fn nothing_personal_is_in_an_error() {
    let whole = Story::begin();
    whole.logs(&[row()]).await;
    whole.dispatch().await;
    let message = whole.take_message();
    for nth in 1..12 {
        let story = Story::begin();
        story.logs(&[row()]).await;
        story.dispatch().await;
        story.table.fail_call(nth, When::Before);
        if let Err(error) = story.send(&message).await {
            is_silent("an error of send", &format!("{error:#} {error:?}"));
        }
        let story = Story::begin();
        story.table.fail_call(nth, When::Before);
        story.world().with(|state| {
            let extract = (extract(&[row()]).into_bytes(), story.now());
            state.extracts.insert("extracts/storm/night.csv".to_owned(), extract);
        });
        if let Err(error) = story.ingest("extracts/storm/night.csv").await {
            is_silent("an error of ingest", &format!("{error:#} {error:?}"));
        }
        story.reply(CALLER, "zebrafinch").await;
        let replies = story.world().with(|state| std::mem::take(&mut state.inbound));
        for reply in replies {
            story.world().fail("note", 1);
            if let Err(error) = story.feedback(&reply).await {
                is_silent("an error of feedback", &format!("{error:#} {error:?}"));
            }
        }
    }
    let stop = Sent::Retry { after: None, why: "no connection".to_owned() };
    whole.world().with(|state| state.answers.push_back(Answer::Leaves(stop)));
    let error = whole.send(&message).await.unwrap_err();
    is_silent("an error of send", &format!("{error:#} {error:?}"));
}

#[tokio::test]
async fn a_bad_rows_reason_does_not_quote_it() {
    let story = Story::begin();
    for (column, cell) in [
        ("Log Number", "07700900123"),
        ("Log Number", "Ada Plenthgarthing, A414 by Quernmoor Lodge"),
        ("Date Time Received", "Ada Plenthgarthing 07700900123"),
        ("Duplicate Of", "447700900123"),
        ("Date Time Closed", "07700 900123"),
    ] {
        story.logs(&[row().with(column, cell)]).await;
        story.world().with(|state| {
            for reject in state.rejects.values().flatten() {
                is_silent("a reason", &format!("{} {}", reject.column, reject.reason));
            }
            is_silent("an alert", &format!("{:?}", state.alerts));
        });
    }
}

/// A file whose first row is a person, no two of whose cells are the same.
fn headless() -> String {
    let row = row().with("Attended", "1").with("Initial Classification", "Alarm");
    extract(&[row]).split_once('\n').unwrap().1.to_owned()
}

#[tokio::test]
async fn a_file_without_its_header_shows_no_number() {
    let story = Story::begin();
    let outcome = story.land("storm", "night.csv", headless()).await;
    for secret in ["900123", "7700", "0412"] {
        assert!(!format!("{outcome:?}").contains(secret), "{outcome:?}");
        let alerts = story.world().with(|state| format!("{:?}", state.alerts));
        assert!(!alerts.contains(secret), "{alerts}");
    }
}

#[tokio::test]
async fn a_reference_is_not_the_same_under_another_pepper_and_tells_nothing() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    let id = story.contact().id.to_string();
    assert_eq!(id.len(), 49);
    is_silent("a reference", &id);
    assert!(id.bytes().all(|b| b.is_ascii_hexdigit() || b == b'-'));
}

#[tokio::test]
async fn a_number_is_kept_only_for_who_is_planned() {
    let story = Story::begin();
    let held = row().nth(7).with("Result Codes", "");
    story.logs(&[row(), held]).await;
    let kept = story.world().with(|state| state.numbers.len());
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn of_whom_an_experiment_holds_out_no_number_is_kept() {
    let story = Story::with_campaign(|campaign| campaign.hold_out_percent = 100);
    story.logs(&[row()]).await;
    assert_eq!(story.world().states(), ["control"]);
    assert!(story.world().with(|state| state.numbers.is_empty()));
}

#[tokio::test]
async fn a_file_without_its_header_shows_no_name() {
    let story = Story::begin();
    let outcome = story.land("storm", "night.csv", headless()).await;
    is_silent("an outcome", &format!("{outcome:?}"));
    nothing_leaks(&story);
}
