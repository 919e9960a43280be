//! Invariant 2: nobody who opted out, is in a never-rule, or whose log changed since is texted.
//! The check is made again at the last moment.

use domain::contact::State;
use domain::messages::{InboundMessage, SendMessage};
use jiff::SignedDuration;
use send::Outcome;

use crate::harness::{Row, Story, extract, log_number, row};

const LOG: &str = "HC-20260309-0412";
const CALLER: &str = "+447700900123";

async fn planned() -> Story {
    let story = Story::begin();
    assert_eq!(story.logs(&[row()]).await.planned, 1);
    story
}

async fn queued() -> (Story, SendMessage) {
    let story = planned().await;
    assert_eq!(story.dispatch().await.queued, 1);
    let message = story.take_message();
    (story, message)
}

/// A later extract of the log.
fn later(row: Row) -> Row {
    row.with("Extracted At", "10/03/2026 09:30:00")
}

async fn never_texted(story: &Story, why: &str) {
    story.settle().await;
    assert!(story.texts().is_empty());
    assert_eq!(story.contact().state, State::Cancelled);
    assert_eq!(story.why(), why);
    story.must_hold();
}

#[tokio::test]
async fn somebody_who_opted_out_between_plan_and_dispatch_is_not_texted() {
    let story = planned().await;
    story.reply(CALLER, "STOP").await;
    story.feedback_all().await;
    never_texted(&story, "elig.never.opted-out").await;
}

#[tokio::test]
async fn an_opt_out_cancels_a_text_that_is_already_queued() {
    let (story, message) = queued().await;
    story.reply(CALLER, "please stop texting me").await;
    story.feedback_all().await;
    assert_eq!(story.contact().state, State::Cancelled);
    assert_eq!(story.send(&message).await.unwrap(), Outcome::NothingToSend);
    never_texted(&story, "elig.never.opted-out").await;
}

#[tokio::test]
async fn an_opt_out_that_could_not_cancel_is_seen_by_send() {
    let (story, message) = queued().await;
    story.reply(CALLER, "STOP").await;
    let reply = story.world().with(|state| state.inbound.pop_front().unwrap());
    story.world().fail("contact", 1);
    story.feedback(&reply).await.unwrap_err();
    assert_eq!(story.contact().state, State::Queued);
    assert_eq!(story.send(&message).await.unwrap(), Outcome::Cancelled);
    never_texted(&story, "elig.never.opted-out").await;
}

#[tokio::test]
async fn an_opt_out_holds_for_every_later_log_and_campaign() {
    let story = Story::begin();
    story.reply(CALLER, "Stop").await;
    story.feedback_all().await;
    assert_eq!(story.logs(&[row()]).await.planned, 0);
    assert!(story.rules(LOG).contains("elig.never.opted-out"));
    assert!(story.texts().is_empty());
}

#[tokio::test]
async fn a_score_with_a_stop_in_it_is_both() {
    let (story, message) = queued().await;
    story.send(&message).await.unwrap();
    story.reply(CALLER, "5 great thanks. STOP").await;
    story.feedback_all().await;
    let contact = story.contact();
    assert_eq!(contact.answer.unwrap().score.unwrap().get(), 5);
    assert_eq!(story.world().with(|state| state.opted_out.len()), 1);
}

#[tokio::test]
async fn who_opts_in_again_may_be_texted() {
    let story = Story::begin();
    story.reply(CALLER, "STOP").await;
    story.feedback_all().await;
    story.wait(SignedDuration::from_mins(1));
    story.reply(CALLER, "START").await;
    story.feedback_all().await;
    story.logs(&[row()]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
}

#[tokio::test]
async fn a_stop_delivered_again_after_a_start_changes_nothing() {
    let story = Story::begin();
    story.reply(CALLER, "STOP").await;
    let stop = story.world().with(|state| state.inbound[0].clone());
    story.feedback_all().await;
    story.wait(SignedDuration::from_mins(1));
    story.reply(CALLER, "START").await;
    story.feedback_all().await;
    assert_eq!(story.feedback(&stop).await.unwrap(), feedback::Outcome::ReadBefore);
    assert!(story.world().with(|state| state.opted_out.is_empty()));
}

/// What an extract may say of a log after its text was planned, and why it is then not sent.
fn reclassified() -> Vec<(Row, &'static str)> {
    vec![
        (row().with("Status", "REACTIVATED"), "elig.hold.reopened"),
        (row().with("Status", "OPEN").with("Date Time Closed", ""), "elig.hold.not-closed"),
        (row().with("Status", "TRANSFERRED"), "elig.hold.transferred"),
        (row().with("Final Classification", "Domestic - Non Crime"), "elig.never.domestic"),
        (row().with("Final Classification", "Transport - RTC - Injury"), "elig.never.injury"),
        (row().with("Contact Marker", "NOCALL"), "elig.never.unsafe"),
        (row().with("Message", "inft says his ex partner is outside"), "elig.never.domestic"),
        (row().with("Crime Reference", "41/00001/26"), "elig.hold.crime"),
        (row().with("Qualifiers", "VC"), "elig.hold.qualifier"),
        (row().with("Text Consent", "N"), "elig.never.unsafe"),
        (row().with("Caller Type", "SUSPECT"), "elig.never.suspect"),
        (row().with("Duplicate Of", "HC-20260309-0001"), "elig.hold.duplicate"),
        (row().with("Result Codes", ""), "elig.hold.result-unknown"),
    ]
}

#[tokio::test]
async fn a_log_that_changed_between_plan_and_dispatch_is_not_texted() {
    for (row, rule) in reclassified() {
        let story = planned().await;
        assert_eq!(story.logs(&[later(row)]).await.cancelled, 1, "{rule}");
        story.settle().await;
        assert!(story.why().contains(rule), "{rule} not in {}", story.why());
        assert!(story.texts().is_empty(), "{rule}");
    }
}

#[tokio::test]
async fn a_log_that_changed_between_dispatch_and_send_is_not_texted() {
    for (row, rule) in reclassified() {
        let (story, message) = queued().await;
        story.logs(&[later(row)]).await;
        assert_eq!(story.send(&message).await.unwrap(), Outcome::NothingToSend, "{rule}");
        assert!(story.why().contains(rule), "{rule} not in {}", story.why());
        story.settle().await;
        assert!(story.texts().is_empty(), "{rule}");
    }
}

#[tokio::test]
async fn a_log_that_changed_is_not_texted_even_where_ingest_could_not_cancel() {
    for (row, rule) in reclassified() {
        let (story, message) = queued().await;
        story.logs(&[later(row)]).await;
        // As if the cancel had been lost: the log says no, the contact is still queued.
        story.world().with(|state| {
            let contact = state.contacts.values_mut().next().unwrap();
            contact.state = State::Queued;
        });
        assert_eq!(story.send(&message).await.unwrap(), Outcome::Cancelled, "{rule}");
        assert!(story.why().contains(rule), "{rule} not in {}", story.why());
        assert!(story.texts().is_empty(), "{rule}");
    }
}

#[tokio::test]
async fn a_crime_link_that_comes_late_cancels_by_log() {
    let (story, message) = queued().await;
    let counts = story.crimes(&[["41/00001/26", LOG, ""]]).await;
    assert_eq!(counts.cancelled, 1);
    assert_eq!(story.send(&message).await.unwrap(), Outcome::NothingToSend);
    never_texted(&story, "elig.hold.crime").await;
}

#[tokio::test]
async fn a_crime_link_that_comes_late_cancels_by_number() {
    let (story, _message) = queued().await;
    assert_eq!(story.crimes(&[["41/00001/26", "", "+44 7700 900123"]]).await.cancelled, 1);
    never_texted(&story, "elig.hold.crime").await;
}

#[tokio::test]
async fn a_crime_link_that_could_not_cancel_is_seen_by_send() {
    let (story, message) = queued().await;
    story.world().with(|state| {
        let body = "Investigation Ref,STORM Log Number,Contact Phone\n41/1/26,,07700900123\n";
        let extract = (body.as_bytes().to_vec(), story.now());
        state.extracts.insert("extracts/athena/late.csv".to_owned(), extract);
    });
    // The link is kept; then the log it concerns cannot be read.
    story.world().fail("log", 1);
    story.ingest("extracts/athena/late.csv").await.unwrap_err();
    assert_eq!(story.contact().state, State::Queued);
    assert_eq!(story.send(&message).await.unwrap(), Outcome::Cancelled);
    never_texted(&story, "elig.hold.crime").await;
}

#[tokio::test]
async fn a_crime_link_before_its_log_is_remembered() {
    let story = Story::begin();
    story.crimes(&[["41/00001/26", LOG, ""]]).await;
    assert_eq!(story.logs(&[row()]).await.planned, 0);
    assert!(story.rules(LOG).contains("elig.hold.crime"));
}

#[tokio::test]
async fn a_caller_who_was_corrected_is_not_texted_and_the_right_one_is() {
    let (story, message) = queued().await;
    let wrong = story.contact().id;
    story.logs(&[later(row()).with("Caller Contact Phone No_", "07700 900124")]).await;
    assert_eq!(story.send(&message).await.unwrap(), Outcome::NothingToSend);
    story.settle().await;
    let texted = story.world().with(|state| state.texts.clone());
    let [(reference, mobile, _)] = texted.as_slice() else { panic!("{}", texted.len()) };
    assert_eq!(mobile.expose(), "+447700900124");
    assert_ne!(*reference, wrong);
    let cancelled = story.world().with(|state| state.contacts[&wrong].clone());
    assert_eq!(cancelled.state, State::Cancelled);
    let why = &cancelled.history.last().unwrap().why;
    assert_eq!(why, "the log no longer names this caller");
}

#[tokio::test]
async fn a_log_that_is_closed_again_is_texted_after_all() {
    let (story, message) = queued().await;
    story.logs(&[later(row().with("Status", "REACTIVATED"))]).await;
    story.send(&message).await.unwrap();
    story.settle().await;
    assert!(story.texts().is_empty());
    story.logs(&[row().with("Extracted At", "10/03/2026 10:00:00")]).await;
    story.settle().await;
    assert_eq!(story.contact().state, State::Accepted);
    assert_eq!(story.texts().len(), 1);
}

#[tokio::test]
async fn a_text_already_with_the_supplier_is_not_undone_and_not_repeated() {
    let (story, message) = queued().await;
    story.send(&message).await.unwrap();
    story.logs(&[later(row().with("Status", "REACTIVATED"))]).await;
    assert_eq!(story.contact().state, State::Accepted);
    story.logs(&[row().with("Extracted At", "10/03/2026 10:00:00")]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
    assert!(story.rules(LOG).is_empty());
}

#[tokio::test]
async fn an_outcome_that_changed_is_never_told_in_the_old_words() {
    let (story, message) = queued().await;
    story.logs(&[later(row().with("Result Codes", "R03"))]).await;
    story.send(&message).await.unwrap();
    story.settle().await;
    assert!(story.texts().iter().all(|text| !text.contains("cleared the road")));
}

#[tokio::test]
async fn a_campaign_that_was_ended_texts_nobody_more() {
    let (story, message) = queued().await;
    story.world().with(|state| {
        state.campaigns[0].body.ends = "2026-03-09".parse().unwrap();
    });
    assert_eq!(story.send(&message).await.unwrap(), Outcome::Cancelled);
    never_texted(&story, "the campaign has ended").await;
}

#[tokio::test]
async fn never_is_never_planned() {
    let never = [
        ("Final Classification", "Domestic - Non Crime"),
        ("Initial Classification", "Sudden Death"),
        ("Final Classification", "Abandoned 999"),
        ("Initial Classification", "Transport - RTC - Fatal"),
        ("Final Classification", "Missing Person"),
        ("Final Classification", "Firearms"),
        ("Final Classification", "Hoax Call"),
        ("Qualifiers", "DA"),
        ("Qualifiers", "HB"),
        ("Contact Marker", "DOM"),
        ("Contact Marker", "ANON"),
        ("Contact Marker", "SILENT"),
        ("Contact Marker", "3RDPTY"),
        ("Contact Marker", "a marker nobody explained"),
        ("Caller Contact Name", "ANON"),
        ("Caller Contact Add Info", "do not ring back"),
        ("Message", "caller silent, pressed 55"),
        ("Caller Type", "UNDER 18"),
        ("Caller Type", "SUSPECT"),
        ("Text Consent", "NO"),
    ];
    let rows: Vec<Row> =
        (1..).zip(never).map(|(n, (column, cell))| row().nth(n).with(column, cell)).collect();
    let story = Story::begin();
    let counts = story.logs(&rows).await;
    assert_eq!((counts.rows, counts.planned), (never.len() as u64, 0));
    for (n, cell) in (1..).zip(never) {
        let rules = story.rules(&log_number(n));
        assert!(rules.iter().any(|rule| rule.starts_with("elig.never.")), "{cell:?} {rules:?}");
    }
    assert!(story.world().with(|state| state.numbers.is_empty()), "no number is kept");
}

#[tokio::test]
async fn what_one_row_says_against_texting_counts_for_its_whole_log() {
    let second = || row().with("Caller Contact Phone No_", "07700 900124");
    let changes = [
        ("Message", "ex partner outside"),
        ("Contact Marker", "NOCALL"),
        ("Contact Marker", "a marker nobody explained"),
        ("Caller Contact Name", "ANON"),
        ("Crime Reference", "41/00001/26"),
        ("Final Classification", "Crime - Criminal Damage"),
        ("Qualifiers", "DA"),
        ("Qualifiers", "VC"),
        ("Final Classification", "Domestic - Non Crime"),
        ("Initial Classification", "Sudden Death"),
        ("Status", "REACTIVATED"),
        ("Result Codes", "R03"),
        ("Duplicate Of", "HC-20260309-0001"),
        ("Date Time Closed", ""),
        ("Source", "POL"),
    ];
    for (column, cell) in changes {
        let orders = [[row(), second().with(column, cell)], [second().with(column, cell), row()]];
        for rows in orders {
            let story = Story::begin();
            story.logs(&rows).await;
            story.settle().await;
            assert!(story.texts().is_empty(), "{column} {cell}");
            // The same rows in two files, as when a log straddles them.
            let story = Story::begin();
            story.land("storm", "one.csv", extract(&rows[..1])).await;
            story.land("storm", "two.csv", extract(&rows[1..])).await;
            story.settle().await;
            assert!(story.texts().is_empty(), "{column} {cell}, straddling");
        }
    }
}

#[tokio::test]
async fn three_rows_that_contradict_each_other_text_nobody_in_any_order() {
    let changes = [
        ("Message", "ex partner outside"),
        ("Qualifiers", "DA"),
        ("Final Classification", "Domestic - Non Crime"),
        ("Final Classification", ""),
        ("Initial Classification", "RTC"),
        ("Status", "REACTIVATED"),
        ("Status", ""),
        ("Result Codes", "R03"),
        ("Duplicate Of", "HC-20260309-0001"),
        ("Date Time Closed", ""),
        ("Date Time Closed", "09/03/2026 19:03"),
        ("Source", "POL"),
        ("Source", ""),
    ];
    for (place, first) in changes.iter().enumerate() {
        for second in &changes[place..] {
            let clean = row();
            let one = row().with("Caller Contact Phone No_", "07700 900124").with(first.0, first.1);
            let two =
                row().with("Caller Contact Phone No_", "07700 900125").with(second.0, second.1);
            let orders = [[&clean, &one, &two], [&one, &clean, &two], [&one, &two, &clean]];
            for rows in orders {
                let rows = rows.map(Row::clone);
                for cut in 0..3 {
                    let story = Story::begin();
                    story.land("storm", "one.csv", extract(&rows[..cut])).await;
                    story.land("storm", "two.csv", extract(&rows[cut..])).await;
                    story.settle().await;
                    assert!(story.texts().is_empty(), "{first:?} {second:?}, cut {cut}");
                }
            }
        }
    }
}

#[tokio::test]
async fn of_two_rows_of_one_person_the_stricter_decides() {
    let no = row().with("Text Consent", "N");
    for rows in [[row(), no.clone()], [no.clone(), row()]] {
        let story = Story::begin();
        story.logs(&rows).await;
        story.settle().await;
        assert!(story.texts().is_empty());
        let story = Story::begin();
        story.land("storm", "one.csv", extract(&rows[..1])).await;
        story.dispatch().await;
        story.land("storm", "two.csv", extract(&rows[1..])).await;
        story.settle().await;
        assert!(story.texts().is_empty());
    }
}

#[tokio::test]
async fn a_stranger_may_opt_out_too() {
    let story = Story::begin();
    story.reply("+447700900999", "STOP").await;
    let outcomes = story.feedback_all().await;
    assert!(matches!(outcomes[..], [feedback::Outcome::Read { matched: false, .. }]));
    assert_eq!(story.world().with(|state| state.opted_out.len()), 1);
    assert!(matches!(
        story
            .feedback(&InboundMessage::ReplyV1 {
                supplier: "notify".to_owned(),
                message: "reply-9999".to_owned()
            })
            .await,
        Ok(feedback::Outcome::Gone)
    ));
}

#[tokio::test]
async fn a_start_that_comes_late_does_not_undo_a_later_stop() {
    let story = planned().await;
    story.reply(CALLER, "START").await;
    let start = story.world().with(|state| state.inbound.pop_front().unwrap());
    story.wait(SignedDuration::from_mins(1));
    story.reply(CALLER, "STOP").await;
    story.feedback_all().await;
    story.feedback(&start).await.unwrap();
    story.logs(&[later(row())]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 0);
    assert_eq!(story.contact().state, State::Cancelled);
}

#[tokio::test]
async fn an_outcome_that_changed_is_told_in_the_new_words() {
    let story = planned().await;
    story.dispatch().await;
    story.logs(&[later(row().with("Result Codes", "R03"))]).await;
    story.settle().await;
    let texts = story.texts();
    assert_eq!(texts.len(), 1, "{}", story.why());
    assert!(texts[0].contains("the team that looks after the road"), "{texts:?}");
}

#[tokio::test]
async fn an_outcome_that_changed_while_reopened_is_told_in_the_new_words() {
    let story = planned().await;
    story.logs(&[later(row().with("Status", "REACTIVATED"))]).await;
    story.settle().await;
    let again = row().with("Extracted At", "10/03/2026 10:00:00").with("Result Codes", "R03");
    story.logs(&[again]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1, "{}", story.why());
}

#[tokio::test]
async fn a_contact_that_changes_campaign_says_so() {
    let story = planned().await;
    let first = story.contact().id;
    story.world().with(|state| {
        let mut another = state.campaigns[0].clone();
        another.body.id = domain::campaign::CampaignId::parse("earlier").unwrap();
        state.campaigns.push(another);
    });
    story.logs(&[later(row())]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
    let cancelled = story.world().with(|state| state.contacts[&first].clone());
    assert_eq!(cancelled.state, State::Cancelled);
    assert_ne!(cancelled.history.last().unwrap().why, "", "a reason a person can read");
}
