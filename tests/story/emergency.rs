//! Invariant 5: a reply that may be an emergency reaches a person; it is never only scored.

use domain::contact::State;
use domain::desk::TaskId;
use domain::incident::LogNumber;
use domain::ports::Alert;
use domain::reply::Class;
use feedback::Outcome;
use jiff::SignedDuration;

use crate::harness::Story;

const CALLER: &str = "+447700900123";
const DANGER: &str = "help he is here and he has got a knife";

fn alarm(message: String, log: Option<LogNumber>) -> Alert {
    let task = TaskId { supplier: "notify".to_owned(), message };
    Alert::Emergency { task, log, rings: 1 }
}

fn alerts(story: &Story) -> Vec<Alert> {
    story.world().with(|state| state.alerts.clone())
}

#[tokio::test]
async fn an_emergency_raises_an_alert_with_its_log_and_without_words_or_number() {
    let story = Story::texted().await;
    let message = story.reply(CALLER, DANGER).await;
    let outcomes = story.feedback_all().await;
    assert_eq!(outcomes, [Outcome::Read { class: Class::Emergency, matched: true }]);
    let log = Some(story.contact().incident);
    assert_eq!(alerts(&story), [alarm(message, log)]);
    let shown = format!("{:?}", alerts(&story));
    assert!(!shown.contains("knife") && !shown.contains("900123"), "{shown}");
}

#[tokio::test]
async fn an_emergency_with_a_five_in_it_is_still_an_emergency() {
    let story = Story::texted().await;
    story.reply(CALLER, "5 but please send someone now he is going to kill me").await;
    story.feedback_all().await;
    assert_eq!(alerts(&story).len(), 1);
}

#[tokio::test]
async fn an_emergency_from_a_stranger_raises_an_alert_without_a_log() {
    let story = Story::begin();
    let message = story.reply("+447700900777", DANGER).await;
    story.feedback_all().await;
    assert_eq!(alerts(&story), [alarm(message, None)]);
}

#[tokio::test]
async fn an_emergency_from_a_short_code_or_abroad_raises_an_alert() {
    for from in ["80818", "+33612345678", "HERTS"] {
        let story = Story::begin();
        story.reply(from, DANGER).await;
        story.feedback_all().await;
        assert_eq!(alerts(&story).len(), 1, "{from}");
    }
}

#[tokio::test]
async fn an_emergency_raises_an_alert_at_once_though_what_comes_after_fails() {
    for port in ["contact", "replace", "note"] {
        let story = Story::texted().await;
        story.reply(CALLER, DANGER).await;
        let message = story.world().with(|state| state.inbound.pop_front().unwrap());
        story.world().fail(port, 9);
        story.feedback(&message).await.unwrap_err();
        assert_eq!(alerts(&story).len(), 1, "{port}");
    }
}

#[tokio::test]
async fn an_alert_that_could_not_be_raised_is_raised_on_the_next_delivery() {
    let story = Story::texted().await;
    story.reply(CALLER, DANGER).await;
    story.world().fail("raise", 3);
    story.feedback_all().await;
    assert_eq!(alerts(&story).len(), 1);
    assert!(story.dead.borrow().is_empty());
    assert_eq!(story.contact().answer.unwrap().class, Class::Emergency);
}

#[tokio::test]
async fn an_emergency_that_can_never_be_handled_lies_in_the_dead_letters_unread() {
    let story = Story::texted().await;
    let id = story.reply(CALLER, DANGER).await;
    story.world().fail("raise", 99);
    story.feedback_all().await;
    assert_eq!(story.dead.borrow().len(), 1);
    let unread = story.world().with(|state| {
        let (_, noted) = &state.calls[&("notify".to_owned(), id)];
        noted.is_none()
    });
    assert!(unread, "reading it again, after a redrive, raises the alert");
}

#[tokio::test]
async fn an_emergency_that_nobody_could_be_told_of_rings_once_the_topic_is_back() {
    let story = Story::texted().await;
    story.reply(CALLER, DANGER).await;
    let message = story.world().with(|state| state.inbound.front().cloned().unwrap());
    story.world().fail("raise", 99);
    story.feedback_all().await;
    assert_eq!(story.dead.borrow().len(), 1, "the queue has given it up");
    story.world().fail("raise", 0);
    story.wait(SignedDuration::from_hours(1));
    assert_eq!(story.reconcile().await.rung, 1);
    let rings: Vec<_> = alerts(&story).iter().map(|alert| format!("{alert:?}")).collect();
    assert!(rings.len() == 1 && rings[0].contains("rings: 1"), "{rings:?}");
    // Redriven, it is read, and rings no second time for it.
    story.feedback(&message).await.unwrap();
    assert_eq!(alerts(&story).len(), 1);
    assert_eq!(story.contact().answer.unwrap().class, Class::Emergency);
}

#[tokio::test]
async fn an_emergency_that_says_stop_is_both() {
    let story = Story::texted().await;
    story.reply(CALLER, "STOP texting me, he is outside with a gun").await;
    story.feedback_all().await;
    assert_eq!(alerts(&story).len(), 1);
    assert_eq!(story.world().with(|state| state.opted_out.len()), 1);
}

#[tokio::test]
async fn an_emergency_that_comes_twice_is_answered_once() {
    let story = Story::texted().await;
    let id = story.reply(CALLER, DANGER).await;
    assert_eq!(story.reply_as(&id, CALLER, DANGER).await, webhook::Outcome::Repeated);
    let outcomes = story.feedback_all().await;
    assert_eq!(outcomes.len(), 2);
    assert_eq!(outcomes[1], Outcome::ReadBefore);
    assert_eq!(alerts(&story).len(), 1);
    assert_eq!(story.contact().answer.unwrap().messages, [id]);
}

#[tokio::test]
async fn ordinary_replies_wake_nobody() {
    let story = Story::texted().await;
    for words in ["5", "4 thanks", "very quick, well done", "STOP", "?", ""] {
        story.reply(CALLER, words).await;
    }
    story.feedback_all().await;
    assert!(alerts(&story).is_empty());
    assert_eq!(story.contact().state, State::Accepted);
}

#[tokio::test]
async fn an_emergency_raises_an_alert_at_once_though_the_person_cannot_be_read() {
    let story = Story::texted().await;
    story.reply(CALLER, "help he is here and he has got a knife").await;
    let message = story.world().with(|state| state.inbound.pop_front().unwrap());
    story.world().fail("person", 9);
    story.feedback(&message).await.unwrap_err();
    assert_eq!(story.world().with(|state| state.alerts.len()), 1);
}
