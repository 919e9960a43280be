//! Invariant 6: no message is lost; what cannot be processed comes again, or lies in `rejects/`
//! with an alert. Invariant 7: one bad row, message or contact never harms its neighbours.

use domain::contact::State;
use domain::feed::Unreadable;
use domain::messages::{InboundMessage, SendMessage};
use domain::ports::{Alert, Refusal, Sent};
use ingest::Outcome;
use jiff::SignedDuration;
use testkit::world::{Answer, Reply};

use crate::faulty::When;
use crate::harness::{Row, Story, extract, log_number, row};

const CALLER: &str = "+447700900123";

fn bad(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/../events/ingest/bad/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn rows(count: u32) -> Vec<Row> {
    (1..=count).map(|n| row().nth(n)).collect()
}

/// The line, column and reason of each reject of an extract.
fn rejects(story: &Story, name: &str) -> Vec<(u64, String, String)> {
    story.world().with(|state| {
        let rejects = state.rejects.get(&format!("extracts/storm/{name}"));
        let told = rejects.into_iter().flatten();
        told.map(|reject| (reject.line, reject.column.clone(), reject.reason.clone())).collect()
    })
}

// Extracts.

#[tokio::test]
async fn an_extract_that_cannot_be_read_leaves_one_reject_and_one_alert() {
    for name in ["empty.csv", "workbook.xlsx", "page.html", "missing-column.csv"] {
        let story = Story::begin();
        let outcome = story.land("storm", name, bad(name)).await;
        let Outcome::Unreadable(reason) = outcome else { panic!("{name} {outcome:?}") };
        let why = reason.to_string();
        assert_eq!(rejects(&story, name), [(0, String::new(), why.clone())]);
        let key = format!("extracts/storm/{name}");
        story.world().with(|state| {
            assert_eq!(state.alerts, [Alert::Unreadable { key, why }]);
            assert!(state.contacts.is_empty() && state.logs.is_empty());
        });
    }
}

#[tokio::test]
async fn an_alert_about_an_extract_that_could_not_be_raised_is_raised_by_the_next_delivery() {
    let story = Story::begin();
    story.world().fail("raise", 1);
    story.land("storm", "page.html", bad("page.html")).await;
    assert_eq!(story.world().with(|state| state.alerts.len()), 1);
    assert_eq!(rejects(&story, "page.html").len(), 1);
}

#[tokio::test]
async fn an_extract_in_a_folder_nobody_knows_is_told_of() {
    let story = Story::begin();
    let outcome = story.land("storn", "night.csv", extract(&[row()])).await;
    assert_eq!(outcome, Outcome::Unreadable(Unreadable::UnknownFeed("storn".to_owned())));
    assert_eq!(story.world().with(|state| state.alerts.len()), 1);
}

#[tokio::test]
async fn an_extract_before_any_profile_is_told_of() {
    let story = Story::begin();
    story.world().with(|state| state.profile = None);
    let outcome = story.land("storm", "night.csv", extract(&[row()])).await;
    assert_eq!(outcome, Outcome::Unreadable(Unreadable::NoProfile));
    assert_eq!(story.world().with(|state| state.alerts.len()), 1);
}

#[tokio::test]
async fn of_a_damaged_file_everything_that_can_be_read_is() {
    let cases = [
        ("windows-1252.csv", 4, vec![]),
        ("utf8-bom.csv", 4, vec![]),
        ("truncated.csv", 3, vec![5]),
        ("unclosed-quote.csv", 3, vec![3]),
        ("unclosed-quote-swallows.csv", 3, vec![2]),
    ];
    for (name, read, lines) in cases {
        let story = Story::begin();
        let outcome = story.land("storm", name, bad(name)).await;
        let Outcome::Read(counts) = outcome else { panic!("{name} {outcome:?}") };
        assert_eq!((counts.rows, counts.rejects), (read, lines.len() as u64), "{name}");
        let told: Vec<u64> = rejects(&story, name).iter().map(|(line, _, _)| *line).collect();
        assert_eq!(told, lines, "{name}");
        assert_eq!(story.world().with(|state| state.logs.len() as u64), read, "{name}");
        let key = format!("extracts/storm/{name}");
        let alert = Alert::Rejects { key, rows: counts.rejects };
        let alerts = story.world().with(|state| state.alerts.clone());
        assert_eq!(alerts, [alert][..usize::from(counts.rejects > 0)], "{name}");
    }
}

#[tokio::test]
async fn a_bad_row_is_laid_aside_with_line_column_and_reason_and_its_neighbours_are_texted() {
    let cases = [
        ("Log Number", "", "the log number is blank"),
        ("Log Number", "07700900123", "the log number looks like a telephone number"),
        ("Log Number", "HC 1", "the log number may hold only letters, digits and - / . _"),
        ("Date Time Received", "", "opened_at: is blank"),
        ("Date Time Received", "30/02/2026 10:00", "opened_at: is not a date"),
        ("Date Time Closed", "yesterday", "closed_at: is not a date"),
        ("First Arrived", "03-09-2026", "arrived_at: is not a date"),
        ("Extracted At", "2026", "extracted_at: is not a date"),
    ];
    for (column, cell, reason) in cases {
        let story = Story::begin();
        let rows = [row().nth(1), row().nth(2).with(column, cell), row().nth(3)];
        let counts = story.logs(&rows).await;
        assert_eq!((counts.rows, counts.rejects, counts.planned), (2, 1, 2), "{column} {cell}");
        let told = rejects(&story, "night.csv");
        let [(line, at, why)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!((*line, at.as_str()), (3, column));
        assert!(why.starts_with(reason), "{why}");
        assert!(cell.is_empty() || !why.contains(cell), "{why}");
        let alert = Alert::Rejects { key: "extracts/storm/night.csv".to_owned(), rows: 1 };
        assert_eq!(story.world().with(|state| state.alerts.clone()), [alert]);
        story.settle().await;
        assert_eq!(story.texts().len(), 2);
    }
}

#[tokio::test]
async fn a_reject_holds_its_row_so_that_it_can_be_mended_and_sent_again() {
    let story = Story::begin();
    let broken = row().with("Date Time Received", "soon");
    story.logs(&[broken]).await;
    let kept = story.world().with(|state| state.rejects["extracts/storm/night.csv"][0].row.clone());
    let header = extract(&[]);
    let mended = kept.replace("soon", "09/03/2026 17:20");
    story.land("storm", "mended.csv", format!("{header}{mended}\n")).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
}

#[tokio::test]
async fn a_file_of_which_no_row_can_be_read_raises_an_alert() {
    let story = Story::begin();
    story.logs(&[row().with("Log Number", ""), row().with("Date Time Received", "")]).await;
    let alerts = story.world().with(|state| state.alerts.clone());
    assert!(matches!(&alerts[..], [Alert::Unreadable { .. }]), "{alerts:?}");
    assert_eq!(rejects(&story, "night.csv").len(), 2);
}

#[tokio::test]
async fn an_ingest_that_dies_anywhere_is_finished_by_the_next() {
    let whole = Story::begin();
    let rows = rows(6);
    whole.logs(&rows).await;
    let calls = whole.table.calls();
    for nth in 1..=calls {
        for when in [When::Before, When::After] {
            let story = Story::begin();
            story.table.fail_call(nth, when);
            story.logs(&rows).await;
            assert_eq!(story.world().states(), vec!["planned"; 6], "{nth} {when:?}");
            assert_eq!(story.world().with(|state| state.logs.len()), 6);
        }
    }
}

#[tokio::test]
async fn six_hundred_logs_and_one_that_straddles_them_all_are_decided_once_each() {
    let story = Story::begin();
    let mut all = vec![row().nth(0).with("Message", "ex partner outside")];
    all.extend(rows(600));
    all.push(row().nth(0).with("Caller Contact Phone No_", "07700 900999"));
    let counts = story.logs(&all).await;
    assert_eq!((counts.rows, counts.planned, counts.cancelled), (602, 600, 0));
    let log = story.log(&log_number(0));
    assert_eq!(log.callers.len(), 2);
    assert!(log.callers.iter().all(|caller| caller.contact.is_none()));
    story.world().with(|state| {
        for contact in state.contacts.values() {
            assert_eq!(contact.history.len(), 1);
        }
    });
}

#[tokio::test]
async fn what_straddles_and_is_never_said_last_is_cancelled_before_anybody_is_texted() {
    let story = Story::begin();
    let mut all = vec![row().nth(0)];
    all.extend(rows(600));
    let last = row().nth(0).with("Caller Contact Phone No_", "07700 900999");
    all.push(last.with("Message", "ex partner outside"));
    let counts = story.logs(&all).await;
    assert_eq!((counts.planned, counts.cancelled), (601, 1));
    let contact = story.contact_about(&log_number(0));
    assert_eq!(contact.state, State::Cancelled);
}

// Queues.

#[tokio::test]
async fn a_message_nobody_understands_is_not_taken_for_another() {
    let bodies = [
        "",
        "{}",
        "null",
        "[]",
        "not json",
        r#"{"type":"contact_v2","contact":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-0123456789abcdef"}"#,
        r#"{"type":"contact_v1","contact":"07700900123"}"#,
        r#"{"type":"contact_v1"}"#,
        r#"{"type":"receipt_v1","supplier":"notify","contact":"x","receipt":"delivered"}"#,
        r#"{"type":"receipt_v1","supplier":"notify","contact":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-0123456789abcdef","receipt":"eaten","at":"2026-03-10T10:00:00Z"}"#,
        r#"{"type":"reply_v1","supplier":"notify"}"#,
    ];
    for body in bodies {
        assert!(serde_json::from_str::<SendMessage>(body).is_err(), "{body}");
        assert!(serde_json::from_str::<InboundMessage>(body).is_err(), "{body}");
    }
}

#[tokio::test]
async fn a_reply_survives_whatever_fails() {
    for port in ["keep_call", "put inbound"] {
        let story = texted().await;
        story.world().fail(port, 2);
        for _ in 0..2 {
            let outcome = story.reply_as("reply-0007", CALLER, "4 thanks").await;
            assert_eq!((outcome, outcome.status()), (webhook::Outcome::Failed, 503));
        }
        let outcome = story.reply_as("reply-0007", CALLER, "4 thanks").await;
        assert!(matches!(outcome, webhook::Outcome::Reply | webhook::Outcome::Repeated));
        story.feedback_all().await;
        let answer = story.contact().answer.unwrap();
        assert_eq!((answer.score.unwrap().get(), answer.messages.len()), (4, 1), "{port}");
    }
    for port in ["call", "person", "contact", "replace", "note"] {
        let story = texted().await;
        story.world().fail(port, 3);
        story.reply(CALLER, "4 thanks").await;
        story.feedback_all().await;
        assert!(story.dead.borrow().is_empty());
        let answer = story.contact().answer.unwrap();
        assert_eq!((answer.score.unwrap().get(), answer.messages.len()), (4, 1), "{port}");
    }
}

async fn texted() -> Story {
    let story = Story::begin();
    story.logs(&[row()]).await;
    story.settle().await;
    story
}

#[tokio::test]
async fn a_reply_that_comes_twice_counts_once() {
    let story = texted().await;
    assert_eq!(story.reply_as("reply-0007", CALLER, "2").await, webhook::Outcome::Reply);
    let again = story.reply_as("reply-0007", CALLER, "5").await;
    assert_eq!((again, again.status()), (webhook::Outcome::Repeated, 200));
    story.feedback_all().await;
    let answer = story.contact().answer.unwrap();
    assert_eq!((answer.score.unwrap().get(), answer.messages.len()), (2, 1));
}

#[tokio::test]
async fn a_receipt_that_cannot_be_queued_is_called_again() {
    let story = texted().await;
    let id = story.contact().id;
    story.world().fail("put inbound", 1);
    assert_eq!(story.receipt(&id, "delivered").await.status(), 503);
    assert_eq!(story.receipt(&id, "delivered").await.status(), 202);
    story.feedback_all().await;
    assert_eq!(story.contact().state, State::Delivered);
}

#[tokio::test]
async fn a_receipt_that_never_comes_is_asked_for() {
    let story = texted().await;
    story.wait(SignedDuration::from_hours(1));
    let outcome = story.reconcile().await;
    assert_eq!((outcome.looked, outcome.failed), (1, 0));
    assert_eq!(story.contact().state, State::Accepted);
}

#[tokio::test]
async fn what_the_supplier_did_not_say_is_refused_and_leaves_nothing() {
    let story = texted().await;
    let before = story.everything();
    let id = story.contact().id;
    let receipt = story.receipt_body(&id, "delivered");
    let reply = story.reply_body("reply-0007", CALLER, "STOP");
    for (kind, body) in [("receipt", &receipt), ("inbound", &reply)] {
        let outcome = story.forged(kind, body).await;
        assert_eq!(
            (outcome, outcome.status()),
            (webhook::Outcome::Refused(Refusal::Unsigned), 401)
        );
    }
    assert_eq!(story.call("elsewhere", &reply).await.status(), 404);
    assert_eq!(story.call("receipt", &serde_json::json!([])).await.status(), 400);
    assert_eq!(story.call("inbound", &receipt).await.status(), 400);
    let long = story.reply_body("reply-0007", CALLER, &"x".repeat(70_000));
    assert_eq!(story.call("inbound", &long).await.status(), 413);
    assert_eq!(story.everything(), before);
}

#[tokio::test]
async fn a_receipt_for_a_contact_that_is_gone_ends() {
    let story = texted().await;
    let id = story.contact().id;
    story.world().with(|state| state.contacts.clear());
    story.receipt(&id, "delivered").await;
    assert_eq!(story.feedback_all().await, [feedback::Outcome::Gone]);
}

// Neighbours.

#[tokio::test]
async fn one_contact_that_dispatch_cannot_read_does_not_keep_the_others() {
    for port in ["person", "log", "campaign", "replace"] {
        let story = Story::begin();
        story.logs(&rows(5)).await;
        story.world().fail(port, 1);
        let outcome = story.dispatch().await;
        assert_eq!((outcome.queued, outcome.failed), (4, 1), "{port}");
        story.settle().await;
        assert_eq!(story.texts().len(), 5);
    }
}

#[tokio::test]
async fn one_contact_that_reconcile_cannot_settle_does_not_keep_the_others() {
    let story = Story::begin();
    story.logs(&rows(5)).await;
    story.world().with(|state| {
        state.answers.extend((0..5).map(|_| Answer::Takes(Reply::Lost)));
    });
    story.dispatch().await;
    story.send_all().await;
    story.wait(SignedDuration::from_mins(15));
    story.world().fail("look_up", 1);
    let outcome = story.reconcile().await;
    assert_eq!((outcome.looked, outcome.moved, outcome.failed), (5, 4, 1));
    assert_eq!(story.reconcile().await.moved, 1);
    story.must_hold();
}

#[tokio::test]
async fn one_message_that_never_succeeds_does_not_keep_the_others() {
    let story = Story::begin();
    story.logs(&rows(5)).await;
    story.dispatch().await;
    let stop = || Answer::Leaves(Sent::Retry { after: None, why: "no connection".to_owned() });
    story.world().with(|state| state.answers.extend((0..5).map(|_| stop())));
    story.send_all().await;
    assert_eq!(story.dead.borrow().len(), 1);
    assert_eq!(story.texts().len(), 4);
    story.settle().await;
    assert_eq!(story.texts().len(), 5, "dispatch finds what the dead letters hold");
    story.must_hold();
}

#[tokio::test]
async fn a_report_that_fails_is_made_by_the_next_delivery() {
    let story = texted().await;
    let period = domain::figures::Period::daily(story.now());
    for port in ["agenda", "settled", "contacts", "publish"] {
        story.world().fail(port, 1);
        let made = report::handle(&story.table, &story.table, period, story.now()).await;
        made.unwrap_err();
    }
    assert_eq!(story.report().await.contacts, 1);
    assert_eq!(story.world().with(|state| state.reports.len()), 1);
}
