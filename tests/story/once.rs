//! Invariant 1: a person is texted at most once about an incident, whatever fails, repeats, or
//! arrives late; and every planned contact ends in a named state.

use domain::campaign::CampaignId;
use domain::contact::State;
use domain::experiment::ExperimentId;
use domain::messages::SendMessage;
use domain::ports::{Inquiry, Listed, Lookup, Order, Sent, Supplier};
use domain::supplier::SupplierName;
use jiff::civil::date;
use jiff::{SignedDuration, Timestamp};
use send::Outcome;
use testkit::world::{Answer, Reply};

use crate::faulty::When;
use crate::harness::{Row, Story, log_number, row};

/// A story in which one text is on the queue.
async fn queued() -> (Story, SendMessage) {
    let story = Story::begin();
    assert_eq!(story.logs(&[row()]).await.planned, 1);
    assert_eq!(story.dispatch().await.queued, 1);
    let message = story.take_message();
    (story, message)
}

#[tokio::test]
async fn a_log_closes_and_its_caller_is_texted_once_and_answers() {
    let (story, message) = queued().await;
    assert_eq!(story.send(&message).await.unwrap(), Outcome::Accepted);
    let id = story.contact().id;
    story.wait(SignedDuration::from_secs(5));
    assert_eq!(story.receipt(&id, "delivered").await, webhook::Outcome::Receipt);
    story.reply("+447700900123", "5 thank you so much").await;
    story.feedback_all().await;
    assert_eq!(story.report().await.contacts, 1);
    let contact = story.contact();
    assert_eq!(contact.state, State::Delivered);
    assert_eq!(contact.answer.unwrap().score.unwrap().get(), 5);
    story.must_hold();
    let report = story.world().with(|state| state.reports.pop().unwrap());
    assert_eq!(report.total.texted(), 1);
    assert_eq!(report.total.mean_score_hundredths(), Some(500));
}

#[tokio::test]
async fn a_message_delivered_again_sends_nothing() {
    let (story, message) = queued().await;
    assert_eq!(story.send(&message).await.unwrap(), Outcome::Accepted);
    for _ in 0..3 {
        assert_eq!(story.send(&message).await.unwrap(), Outcome::NothingToSend);
        story.wait(SignedDuration::from_hours(7));
    }
    assert_eq!(story.texts().len(), 1);
}

#[tokio::test]
async fn two_deliveries_at_the_same_time_send_one_text() {
    for seed in 1..200 {
        let (story, message) = queued().await;
        story.table.draw_out(seed);
        let (one, two, three) =
            tokio::join!(story.send(&message), story.send(&message), story.send(&message));
        let sent = [&one, &two, &three];
        let accepted = sent.iter().filter(|sent| matches!(sent, Ok(Outcome::Accepted))).count();
        assert_eq!(accepted, 1, "{sent:?}");
        story.table.draw_out(0);
        story.settle().await;
        assert_eq!(story.contact().attempts, 1);
        story.must_hold();
    }
}

#[tokio::test]
async fn a_message_without_a_contact_sends_nothing() {
    let (story, message) = queued().await;
    story.world().with(|state| state.contacts.clear());
    assert_eq!(story.send(&message).await.unwrap(), Outcome::NothingToSend);
    assert!(story.texts().is_empty());
}

#[tokio::test]
async fn each_port_of_send_may_fail_and_be_tried_again() {
    for port in ["person", "log", "campaign", "number", "replace"] {
        for times in 1..4 {
            let (story, message) = queued().await;
            story.world().fail(port, times);
            story.send(&message).await.unwrap_err();
            story.world().with(|state| state.to_send.push_back(message));
            story.settle().await;
            assert_eq!(story.contact().state, State::Accepted, "{port} {times}");
            assert_eq!(story.texts().len(), 1, "{port} {times}");
            assert!(story.dead.borrow().is_empty());
            story.must_hold();
        }
    }
}

/// The whole way of one caller's log, whatever fails.
async fn whole_way(story: &Story) {
    story.logs(&[row()]).await;
    story.settle().await;
    let id = story.contact().id;
    if story.contact().state == State::Accepted {
        while story.receipt(&id, "delivered").await == webhook::Outcome::Failed {}
        while story.reply_as("reply-0001", "+447700900123", "4 thanks").await
            == webhook::Outcome::Failed
        {}
    }
    story.settle().await;
}

#[tokio::test]
async fn whichever_call_fails_the_caller_gets_one_text_and_the_contact_an_end() {
    let story = Story::begin();
    whole_way(&story).await;
    let calls = story.table.calls();
    assert!(calls > 30, "{calls}");
    for nth in 1..=calls {
        for when in [When::Before, When::After] {
            let story = Story::begin();
            story.table.fail_call(nth, when);
            whole_way(&story).await;
            let contact = story.contact();
            assert_eq!(contact.state, State::Delivered, "{nth} {when:?}");
            assert_eq!(contact.answer.unwrap().messages.len(), 1, "{nth} {when:?}");
            assert_eq!(story.texts().len(), 1, "{nth} {when:?}");
            assert!(story.dead.borrow().is_empty());
            story.must_hold();
        }
    }
}

#[tokio::test]
async fn whichever_two_calls_fail_the_caller_gets_one_text_and_the_contact_an_end() {
    let story = Story::begin();
    whole_way(&story).await;
    let calls = story.table.calls();
    for first in 1..=calls {
        for second in first + 1..=calls + 3 {
            let story = Story::begin();
            story.table.fail_call(first, When::After);
            story.table.fail_call(second, When::Before);
            whole_way(&story).await;
            assert_eq!(story.contact().state, State::Delivered, "{first} {second}");
            assert_eq!(story.texts().len(), 1, "{first} {second}");
            story.must_hold();
        }
    }
}

/// Takes the text, and never comes back to say so.
struct Dies<'a>(&'a Story);

impl Supplier for Dies<'_> {
    async fn turn(&self, _: &SupplierName) {}

    async fn send(&self, order: &Order<'_>) -> Sent {
        self.0.world().send(order).await;
        std::future::pending().await
    }

    async fn look_up(&self, inquiry: &Inquiry<'_>) -> anyhow::Result<Lookup> {
        self.0.world().look_up(inquiry).await
    }

    async fn received(&self, _: &SupplierName, _: Timestamp) -> anyhow::Result<Vec<Listed>> {
        Ok(Vec::new())
    }
}

#[tokio::test]
async fn a_delivery_that_dies_after_the_suppliers_yes_is_found_out_and_not_sent_again() {
    let (story, message) = queued().await;
    let time = story.time();
    let (table, supplier) = (&story.table, Dies(&story));
    tokio::select! {
        biased;
        sent = send::handle(table, &supplier, table, message.clone(), time) => panic!("{sent:?}"),
        () = tokio::task::yield_now() => {}
    }
    assert_eq!(story.contact().state, State::Claimed);
    assert_eq!(story.texts().len(), 1);
    story.send(&message).await.expect_err("the lease holds");
    story.wait(SignedDuration::from_mins(3));
    assert_eq!(story.send(&message).await.unwrap(), Outcome::Unknown);
    story.settle().await;
    assert_eq!(story.contact().state, State::Accepted);
    assert_eq!(story.contact().supplier_id.as_deref(), Some("text-0"));
    story.must_hold();
}

#[tokio::test]
async fn a_lapsed_claim_whose_message_is_lost_too_is_found_by_reconcile() {
    let (story, message) = queued().await;
    story.world().with(|state| state.answers.push_back(Answer::Takes(Reply::Yes)));
    story.table.fail_call(8, When::Before);
    story.send(&message).await.unwrap_err();
    assert_eq!(story.contact().state, State::Claimed);
    assert_eq!(story.reconcile().await.looked, 0, "the lease has not lapsed");
    story.wait(SignedDuration::from_secs(91));
    assert_eq!(story.reconcile().await.moved, 1);
    assert_eq!(story.contact().state, State::Unknown);
    assert_eq!(story.reconcile().await.moved, 0, "the supplier may still be taking it");
    story.wait(SignedDuration::from_mins(10));
    assert_eq!(story.reconcile().await.moved, 1);
    assert_eq!(story.contact().state, State::Accepted);
    story.must_hold();
}

#[tokio::test]
async fn an_answer_that_is_lost_is_asked_for() {
    let (story, message) = queued().await;
    story.world().with(|state| state.answers.push_back(Answer::Takes(Reply::Lost)));
    assert_eq!(story.send(&message).await.unwrap(), Outcome::Unknown);
    assert_eq!(story.send(&message).await.unwrap(), Outcome::NothingToSend);
    story.settle().await;
    assert_eq!(story.contact().state, State::Accepted);
    assert_eq!(story.texts().len(), 1);
    story.must_hold();
}

#[tokio::test]
async fn a_text_the_supplier_never_had_is_sent_again() {
    let (story, message) = queued().await;
    let doubt = Sent::Ambiguous { why: "the connection broke".to_owned() };
    story.world().with(|state| state.answers.push_back(Answer::Leaves(doubt)));
    assert_eq!(story.send(&message).await.unwrap(), Outcome::Unknown);
    story.settle().await;
    let contact = story.contact();
    let states: Vec<_> = contact.history.iter().map(|moment| moment.state.name()).collect();
    let expected =
        ["planned", "queued", "claimed", "unknown", "planned", "queued", "claimed", "accepted"];
    assert_eq!(states, expected);
    assert_eq!(story.texts().len(), 1);
    story.must_hold();
}

#[tokio::test]
async fn after_three_denials_a_person_decides() {
    let (story, message) = queued().await;
    let doubt = || Answer::Leaves(Sent::Ambiguous { why: "the connection broke".to_owned() });
    story.world().with(|state| state.answers.extend([doubt(), doubt(), doubt(), doubt()]));
    story.send(&message).await.unwrap();
    story.settle().await;
    assert_eq!(story.contact().state, State::Parked);
    assert_eq!(story.why(), "the supplier denied 3 attempts");
    assert!(story.texts().is_empty());
}

#[tokio::test]
async fn when_nobody_can_ask_in_time_a_person_decides() {
    let (story, message) = queued().await;
    story.world().with(|state| state.answers.push_back(Answer::Takes(Reply::Lost)));
    story.send(&message).await.unwrap();
    for _ in 0..(6 * 24 + 1) {
        story.world().fail("look_up", 1);
        story.wait(SignedDuration::from_hours(1));
        story.reconcile().await;
    }
    assert_eq!(story.contact().state, State::Parked);
    assert_eq!(story.texts().len(), 1);
}

#[tokio::test]
async fn a_supplier_that_takes_nothing_is_asked_again_until_it_does() {
    let (story, message) = queued().await;
    let stop = || Answer::Leaves(Sent::Retry { after: None, why: "no connection".to_owned() });
    story.world().with(|state| state.answers.extend((0..7).map(|_| stop())));
    story.world().with(|state| state.to_send.push_back(message));
    story.settle().await;
    assert_eq!(story.dead.borrow().len(), 1, "five deliveries, then the dead letters");
    assert_eq!(story.contact().state, State::Accepted, "dispatch puts it on the queue again");
    assert_eq!(story.texts().len(), 1);
    story.must_hold();
}

#[tokio::test]
async fn a_busy_supplier_is_left_in_peace_for_as_long_as_it_says() {
    let (story, message) = queued().await;
    let after = SignedDuration::from_hours(2);
    let busy = Sent::Retry { after: Some(after), why: "too many requests".to_owned() };
    story.world().with(|state| state.answers.push_back(Answer::Leaves(busy)));
    assert_eq!(story.send(&message).await.unwrap(), Outcome::PutOff);
    story.wait(after - SignedDuration::from_secs(1));
    assert_eq!(story.dispatch().await.queued, 0);
    story.wait(SignedDuration::from_secs(1));
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
    story.must_hold();
}

#[tokio::test]
async fn a_number_the_supplier_refuses_is_never_tried_again() {
    let (story, message) = queued().await;
    let refused = Sent::Refused { why: "not a number".to_owned(), opted_out: false };
    story.world().with(|state| state.answers.push_back(Answer::Leaves(refused)));
    assert_eq!(story.send(&message).await.unwrap(), Outcome::Refused);
    story.logs(&[row().with("Extracted At", "10/03/2026 11:00:00")]).await;
    story.settle().await;
    assert_eq!(story.contact().state, State::Refused);
    assert!(story.texts().is_empty());
    story.must_hold();
}

#[tokio::test]
async fn a_receipt_before_the_suppliers_yes_is_kept() {
    let (story, message) = queued().await;
    story.world().with(|state| state.answers.push_back(Answer::Takes(Reply::Lost)));
    story.send(&message).await.unwrap();
    let id = story.contact().id;
    story.receipt(&id, "delivered").await;
    story.feedback_all().await;
    assert_eq!(story.contact().state, State::Delivered);
    story.settle().await;
    assert_eq!(story.contact().state, State::Delivered);
    assert_eq!(story.texts().len(), 1);
}

#[tokio::test]
async fn a_receipt_faster_than_our_own_note_is_no_trouble() {
    let (story, message) = queued().await;
    story.table.fail_call(8, When::Before);
    story.send(&message).await.unwrap_err();
    let id = story.contact().id;
    assert_eq!(story.contact().state, State::Claimed);
    story.receipt(&id, "temporary-failure").await;
    story.feedback_all().await;
    assert_eq!(story.contact().state, State::Undelivered);
    assert_eq!(story.send(&message).await.unwrap(), Outcome::NothingToSend);
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
}

#[tokio::test]
async fn receipts_in_any_order_and_any_number_end_the_same() {
    let orders = [
        ["temporary-failure", "delivered", "delivered"],
        ["delivered", "temporary-failure", "permanent-failure"],
        ["permanent-failure", "delivered", "technical-failure"],
    ];
    for order in orders {
        let (story, message) = queued().await;
        story.send(&message).await.unwrap();
        let id = story.contact().id;
        for status in order {
            story.receipt(&id, status).await;
        }
        story.feedback_all().await;
        assert_eq!(story.contact().state, State::Delivered, "{order:?}");
    }
}

#[tokio::test]
async fn a_receipt_for_a_text_that_was_denied_stops_the_second_one() {
    let (story, message) = queued().await;
    story.world().with(|state| {
        state.answers.push_back(Answer::Takes(Reply::Lost));
        state.amnesia = Some(Lookup::Unknown);
    });
    story.send(&message).await.unwrap();
    story.wait(SignedDuration::from_mins(15));
    story.reconcile().await;
    let id = story.contact().id;
    assert_eq!(story.contact().state, State::Planned);
    story.receipt(&id, "delivered").await;
    story.feedback_all().await;
    story.settle().await;
    assert_eq!(story.contact().state, State::Delivered);
    assert_eq!(story.texts().len(), 1);
}

#[tokio::test]
async fn a_text_without_a_receipt_ends_as_not_delivered() {
    let (story, message) = queued().await;
    story.send(&message).await.unwrap();
    for _ in 0..(4 * 24 + 1) {
        story.wait(SignedDuration::from_hours(1));
        story.reconcile().await;
    }
    assert_eq!(story.contact().state, State::Undelivered);
    assert_eq!(story.why(), "expired");
}

#[tokio::test]
async fn a_message_that_was_purged_is_put_on_the_queue_again() {
    let (story, _purged) = queued().await;
    story.wait(SignedDuration::from_mins(14));
    assert_eq!(story.dispatch().await.queued, 0);
    story.wait(SignedDuration::from_mins(1));
    assert_eq!(story.dispatch().await.queued, 1);
    assert_eq!(story.send_all().await, [Outcome::Accepted]);
}

#[tokio::test]
async fn a_queue_that_is_down_loses_nothing() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    story.world().fail("put send", 1);
    story.try_dispatch().await.unwrap_err();
    assert_eq!(story.contact().state, State::Queued);
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
}

#[tokio::test]
async fn a_person_with_two_incidents_gets_one_text() {
    let other = row().with("Log Number", "HC-20260309-0777");
    let story = Story::begin();
    story.logs(&[row(), other.clone()]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
    story.logs(&[other.with("Extracted At", "10/03/2026 11:00:00")]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
    let rules = story.rules("HC-20260309-0777");
    assert!(rules.contains("elig.hold.fatigue"), "{rules:?}");
}

#[tokio::test]
async fn two_incidents_of_one_person_planned_in_the_same_moment_bring_one_text() {
    for seed in 1..60 {
        let rows = [row(), row().with("Log Number", "HC-20260309-0777")];
        let story = Story::begin();
        story.table.draw_out(seed);
        story.logs(&rows).await;
        story.dispatch().await;
        let messages = story.world().with(|state| std::mem::take(&mut state.to_send));
        if let [one, two] = Vec::from(messages.clone()).as_slice() {
            let _both = tokio::join!(story.send(one), story.send(two));
        }
        story.world().with(|state| state.to_send = messages);
        story.settle().await;
        assert_eq!(story.texts().len(), 1, "{seed}");
        story.must_hold();
    }
}

#[tokio::test]
async fn two_callers_of_one_incident_are_each_texted_once() {
    let story = Story::begin();
    let second = row().with("Caller Contact Phone No_", "07700 900124");
    story.logs(&[row(), second, row()]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 2);
    story.must_hold();
}

#[tokio::test]
async fn the_control_arm_is_never_texted() {
    let story = Story::with_campaign(|campaign| campaign.hold_out_percent = 50);
    let rows: Vec<Row> = (1..=40).map(|n| row().nth(n)).collect();
    assert_eq!(story.logs(&rows).await.planned, 40);
    story.settle().await;
    let later = rows.into_iter().map(|row| row.with("Extracted At", "10/03/2026 11:00:00"));
    story.logs(&later.collect::<Vec<_>>()).await;
    story.settle().await;
    let states = story.world().states();
    let control = states.iter().filter(|state| **state == "control").count();
    assert!((8..=32).contains(&control), "{control} of 40");
    assert_eq!(story.texts().len(), 40 - control);
    story.must_hold();
}

#[tokio::test]
async fn whom_one_campaign_of_an_experiment_holds_out_no_other_texts() {
    let story = Story::with_campaign(|campaign| {
        campaign.experiment = ExperimentId::parse("spring");
        campaign.hold_out_percent = 50;
        campaign.ends = date(2026, 3, 10);
    });
    story.world().with(|state| {
        let mut other = state.campaigns[0].clone();
        other.body.id = CampaignId::parse("roads").unwrap();
        other.body.hold_out_percent = 0;
        (other.body.starts, other.body.ends) = (date(2026, 3, 11), date(2026, 12, 31));
        state.campaigns.push(other);
    });
    let rows: Vec<Row> = (1..=40).map(|n| row().nth(n)).collect();
    assert_eq!(story.logs(&rows).await.planned, 40);
    story.settle().await;
    let texts = story.texts().len();
    let held_out = 40 - texts;
    assert!((8..=32).contains(&held_out), "{held_out} of 40");
    // The next day the same people ring about something else, which the other campaign answers.
    story.at("2026-03-11T10:00:00Z");
    let next = rows.into_iter().zip(1..).map(|(row, n)| {
        row.with("Log Number", &log_number(100 + n)).with("Extracted At", "11/03/2026 06:00:00")
    });
    let planned = story.logs(&next.collect::<Vec<_>>()).await.planned;
    assert_eq!(planned, held_out as u64, "the texted are left in peace");
    story.settle().await;
    assert_eq!(story.texts().len(), texts);
    let control = story.world().states().iter().filter(|state| **state == "control").count();
    assert_eq!(control, 2 * held_out);
    story.must_hold();
}

#[tokio::test]
async fn a_change_of_campaign_never_brings_a_second_text() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    story.settle().await;
    story.world().with(|state| {
        let mut another = state.campaigns[0].clone();
        another.body.id = CampaignId::parse("earlier-in-the-alphabet").unwrap();
        state.campaigns.insert(0, another);
    });
    story.logs(&[row().with("Extracted At", "10/03/2026 11:00:00")]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
    assert!(story.rules(&log_number(412)).contains("elig.never.texted-before"));
}

#[tokio::test]
async fn whatever_order_everything_comes_in_one_text_and_no_more() {
    for seed in 1..150 {
        let story = Story::begin();
        story.logs(&[row().nth(1), row().nth(2), row().nth(3)]).await;
        story.dispatch().await;
        let messages = story.world().with(|state| Vec::from(std::mem::take(&mut state.to_send)));
        let [one, two, three] = messages.as_slice() else { panic!("{messages:?}") };
        story.table.draw_out(seed);
        let again = [row().nth(2).with("Status", "REACTIVATED")]
            .map(|row| row.with("Extracted At", "10/03/2026 09:59:00"));
        let _everything = tokio::join!(
            story.send(one),
            story.send(two),
            story.send(one),
            story.send(three),
            story.reply("+447700900003", "STOP"),
            story.logs(&again),
            story.send(three),
            story.feedback_all(),
        );
        story.table.draw_out(0);
        story.world().with(|state| state.to_send.extend(messages.iter().cloned()));
        story.settle().await;
        assert_eq!(story.contact_about(&log_number(1)).state, State::Accepted);
        story.must_hold();
    }
}
