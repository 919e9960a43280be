//! Replies as they really come: again, in parts, in a flood, before their text is written down.

use domain::contact::State;
use domain::reply::Class;
use feedback::Outcome;
use jiff::SignedDuration;

use crate::harness::{Story, row};

const CALLER: &str = "+447700900123";

fn alarms(story: &Story) -> usize {
    story.world().with(|state| state.alerts.len())
}

#[tokio::test]
async fn the_same_words_a_hundred_times_in_a_minute_ring_once() {
    let story = Story::texted().await;
    story.at("2026-03-10T10:30:00Z");
    for _ in 0..100 {
        story.reply(CALLER, "help he has a knife").await;
    }
    let outcomes = story.feedback_all().await;
    assert_eq!(outcomes.iter().filter(|o| **o == Outcome::SaidBefore).count(), 99);
    assert_eq!((alarms(&story), story.tasks().len()), (1, 1));
    assert_eq!(story.contact().answer.unwrap().messages.len(), 1);
    let unread =
        story.world().with(|state| state.calls.values().filter(|(_, n)| n.is_none()).count());
    assert_eq!(unread, 0, "each is read all the same");
    story.wait(SignedDuration::from_mins(1));
    story.reply(CALLER, "help he has a knife").await;
    story.feedback_all().await;
    assert_eq!(alarms(&story), 2, "a minute later it is said again");
}

#[tokio::test]
async fn the_same_words_of_somebody_else_are_somebody_elses() {
    let story = Story::texted().await;
    for from in [CALLER, "+447700900777"] {
        story.reply(from, "help he has a knife").await;
    }
    story.feedback_all().await;
    assert_eq!(alarms(&story), 2);
}

#[tokio::test]
async fn the_same_words_wait_while_the_first_of_them_is_not_read() {
    let story = Story::texted().await;
    story.reply(CALLER, "help he has a knife").await;
    let second = story.reply(CALLER, "help he has a knife").await;
    let first = story.world().with(|state| state.inbound.pop_front().unwrap());
    // The first dies on its way, after the alarm and before the end.
    story.world().fail("note", 1);
    story.feedback(&first).await.unwrap_err();
    let message = story.world().with(|state| state.inbound.pop_front().unwrap());
    story.feedback(&message).await.unwrap_err();
    let read = Outcome::Read { class: Class::Emergency, matched: true };
    assert_eq!(story.feedback(&first).await.unwrap(), read);
    assert_eq!(story.feedback(&message).await.unwrap(), Outcome::SaidBefore);
    assert_eq!(alarms(&story), 1);
    let noted = story.world().with(|state| state.calls[&("notify".to_owned(), second)].1.clone());
    assert_eq!(noted.unwrap().reading.class, Class::Emergency);
}

#[tokio::test]
async fn what_was_sent_in_two_parts_is_read_as_one() {
    for parts in [
        ["he has got a", "knife"],
        ["he has got a kn", "ife"],
        ["please", "help me he is going to kill me"],
    ] {
        let story = Story::texted().await;
        story.reply(CALLER, parts[0]).await;
        story.wait(SignedDuration::from_secs(20));
        story.reply(CALLER, parts[1]).await;
        story.feedback_all().await;
        assert!(alarms(&story) >= 1, "{parts:?}");
        assert!(story.tasks().contains(&("control-room", "emergency")), "{parts:?}");
    }
}

#[tokio::test]
async fn parts_that_are_read_in_the_other_order_are_read_as_one_too() {
    let story = Story::texted().await;
    story.reply(CALLER, "he has got a kn").await;
    story.wait(SignedDuration::from_secs(5));
    story.reply(CALLER, "ife").await;
    story.world().with(|state| state.inbound.make_contiguous().reverse());
    story.feedback_all().await;
    assert_eq!(alarms(&story), 1);
}

#[tokio::test]
async fn a_reply_that_comes_before_its_text_is_written_down_finds_it() {
    let story = Story::begin();
    story.logs(&[row()]).await;
    story.dispatch().await;
    let message = story.take_message();
    // The supplier takes the text and its answer is lost: the claim stays, and the person answers.
    let lost = testkit::world::Answer::Takes(testkit::world::Reply::Lost);
    story.world().with(|state| state.answers.push_back(lost));
    story.send(&message).await.unwrap();
    assert_eq!(story.contact().state, State::Unknown);
    story.reply(CALLER, "5").await;
    let read = Outcome::Read { class: Class::Feedback, matched: true };
    assert_eq!(story.feedback_all().await, [read]);
    assert_eq!(story.contact().answer.unwrap().score.unwrap().get(), 5);
}

#[tokio::test]
async fn an_answer_to_a_question_of_long_ago_is_read_and_counts_nothing() {
    let story = Story::texted().await;
    story.wait(SignedDuration::from_hours(31 * 24));
    story.reply(CALLER, "5").await;
    story.reply(CALLER, "help he has a knife").await;
    let outcomes = story.feedback_all().await;
    assert_eq!(outcomes[0], Outcome::Read { class: Class::Feedback, matched: false });
    assert_eq!(story.contact().answer, None);
    assert_eq!(alarms(&story), 1, "danger has no term");
}

#[tokio::test]
async fn ten_thousand_replies_in_a_burst_are_each_read_once() {
    let story = Story::begin();
    let rows: Vec<_> = (0..500).map(|n| row().nth(n)).collect();
    story.logs(&rows).await;
    story.settle().await;
    let words = ["5", "4 thanks", "2 nobody came", "help he has a knife", "STOP"];
    let mut cries = 0;
    for n in 0..10_000_usize {
        let from = format!("+447700900{:03}", n % 500);
        // Each its own words, or they would be one in the minute they come in.
        let text = format!("{} ({n})", words[n / 500 % words.len()]);
        cries += usize::from(domain::reply::read(&text).class == Class::Emergency);
        story.reply(&from, &text).await;
    }
    assert!((2_000..3_000).contains(&cries), "every knife, and a doubt or two: {cries}");
    story.feedback_all().await;
    assert!(story.dead.borrow().is_empty());
    let unread =
        story.world().with(|state| state.calls.values().filter(|(_, n)| n.is_none()).count());
    assert_eq!(unread, 0);
    let desk = story.tasks().iter().filter(|(desk, _)| *desk == "control-room").count();
    assert_eq!((desk, alarms(&story)), (cries, cries), "every cry for help");
    let opted_out = story.world().with(|state| state.opted_out.len());
    assert_eq!(opted_out, 500);
}
