//! Work for people: each reply on its desk with its clock, and the alarm that rings until it is taken.

use adapters::links::Links;
use domain::desk::{Desk, TaskId, TaskStep};
use domain::ports::{Alert, Desks as _, Visit};
use domain::reply::Class;
use jiff::SignedDuration;
use secrecy::SecretString;

use crate::harness::{RING_AGAIN, Story};

const CALLER: &str = "+447700900123";
const DANGER: &str = "help he is here and he has got a knife";

/// How often each alarm rang, in order.
fn rings(story: &Story) -> Vec<u32> {
    story.world().with(|state| {
        let rings = state.alerts.iter().filter_map(|alert| match alert {
            Alert::Emergency { rings, .. } => Some(*rings),
            _ => None,
        });
        rings.collect()
    })
}

fn only_task(story: &Story) -> TaskId {
    story.world().with(|state| {
        assert_eq!(state.tasks.len(), 1);
        state.tasks.keys().next().unwrap().clone()
    })
}

#[tokio::test]
async fn an_alarm_rings_again_until_somebody_takes_it_and_then_no_more() {
    let story = Story::texted().await;
    story.reply(CALLER, DANGER).await;
    story.feedback_all().await;
    assert_eq!(rings(&story), [1]);
    story.wait(RING_AGAIN - SignedDuration::from_secs(1));
    story.reconcile().await;
    assert_eq!(rings(&story), [1], "not yet");
    for expected in 2..=4 {
        story.wait(RING_AGAIN);
        assert_eq!(story.reconcile().await.rung, 1);
        assert_eq!(rings(&story).last(), Some(&expected));
    }
    let take = TaskStep::Take { by: "Sgt 9".to_owned() };
    story.world().act(&only_task(&story), &take, story.now()).await.unwrap();
    story.wait(RING_AGAIN * 3);
    assert_eq!(story.reconcile().await.rung, 0);
    assert_eq!(rings(&story), [1, 2, 3, 4]);
    let task = story.world().with(|state| state.tasks.values().next().unwrap().clone());
    assert_eq!(task.taken.as_ref().unwrap().by, "Sgt 9");
    let measured = (task.time_to_desk(), task.time_to_take().unwrap());
    assert_eq!(measured.0, SignedDuration::ZERO);
    assert_eq!(measured.1, RING_AGAIN * 4 - SignedDuration::from_secs(1));
}

#[tokio::test]
async fn an_alarm_whose_ring_failed_rings_at_the_next_look_and_harms_no_other() {
    let story = Story::texted().await;
    story.reply(CALLER, DANGER).await;
    story.reply("+447700900777", "please help me he is going to kill me").await;
    story.feedback_all().await;
    story.wait(RING_AGAIN);
    story.world().fail("raise", 1);
    let outcome = story.reconcile().await;
    assert_eq!((outcome.rung, outcome.failed), (0, 1), "counted as a failure of the desk");
    assert_eq!(rings(&story), [1, 1, 2], "the other rang all the same");
    story.wait(SignedDuration::from_mins(1));
    assert_eq!(story.reconcile().await.rung, 1);
    assert_eq!(rings(&story), [1, 1, 2, 2]);
}

#[tokio::test]
async fn alarms_ring_though_the_supplier_cannot_be_asked() {
    let story = Story::texted().await;
    story.reply(CALLER, DANGER).await;
    story.feedback_all().await;
    story.wait(RING_AGAIN);
    story.world().fail("agenda", 9);
    story.try_reconcile().await.unwrap_err();
    assert_eq!(rings(&story), [1, 2]);
}

#[tokio::test]
async fn each_class_lies_on_its_desk_with_its_clock() {
    for (words, desk, hours) in [
        ("the tree is still in the road", Desk::StillThere, 0),
        ("someone has nicked my bike from the shed", Desk::NewReports, 24),
        ("I want to make a complaint about the officer", Desk::Complaints, 48),
        ("theyre dealing out of the flat above the launderette", Desk::Intelligence, 24),
        ("there are potholes all along there", Desk::Highways, 120),
        ("what happens next?", Desk::Questions, 72),
        ("PC Testwell was brilliant", Desk::Praise, 168),
    ] {
        let story = Story::texted().await;
        story.reply(CALLER, words).await;
        story.feedback_all().await;
        let task = story.world().with(|state| state.tasks.values().next().unwrap().clone());
        assert_eq!(task.desk, desk, "{words}");
        let clock = task.due_at.duration_since(task.received_at);
        assert_eq!(clock, desk.clock());
        assert_eq!(clock.as_hours(), hours, "{words}");
        assert_eq!(task.log, Some(story.contact().incident), "{words}");
        assert_eq!(rings(&story), Vec::<u32>::new(), "{words}");
    }
}

#[tokio::test]
async fn scores_stops_and_wrong_numbers_lie_on_no_desk() {
    let story = Story::texted().await;
    for words in ["5", "4 thanks", "STOP", "START", "wrong number", "", "?"] {
        story.reply(CALLER, words).await;
    }
    story.feedback_all().await;
    assert_eq!(story.tasks(), []);
}

#[tokio::test]
async fn a_desk_hears_once_of_what_nobody_took_in_time() {
    let story = Story::texted().await;
    for from in [CALLER, "+447700900777"] {
        story.reply(from, "I want to make a complaint about the officer").await;
    }
    story.feedback_all().await;
    story.wait(Desk::Complaints.clock() + SignedDuration::from_mins(1));
    assert_eq!(story.reconcile().await.overdue, 2);
    assert_eq!(story.reconcile().await.overdue, 0);
    let overdue = Alert::Overdue { desk: Desk::Complaints, tasks: 2 };
    assert_eq!(story.world().with(|state| state.alerts.clone()), [overdue]);
}

#[tokio::test]
async fn a_suppliers_clock_that_is_an_hour_out_gives_nobody_more_time_and_loses_no_reply() {
    for skew in [-3_600, 3_600] {
        let story = Story::texted().await;
        story.wait(SignedDuration::from_mins(2));
        let at = story.now() + SignedDuration::from_secs(skew);
        let mut body = story.reply_body("reply-skewed", CALLER, DANGER);
        body["date_received"] = at.to_string().into();
        story.call("inbound", &body).await;
        let outcomes = story.feedback_all().await;
        let read = feedback::Outcome::Read { class: Class::Emergency, matched: true };
        assert_eq!(outcomes, [read], "{skew}");
        let task = story.world().with(|state| state.tasks.values().next().unwrap().clone());
        assert!(task.due_at <= story.now() + Desk::ControlRoom.clock(), "{skew}");
        story.wait(RING_AGAIN);
        assert_eq!(story.reconcile().await.rung, 1, "{skew}");
    }
}

#[tokio::test]
async fn a_link_takes_the_alarm_by_a_name_and_only_then_shows_the_reply() {
    let story = Story::texted().await;
    story.reply(CALLER, DANGER).await;
    story.feedback_all().await;
    let key = SecretString::from("a-link-key-of-thirty-two-bytes-or-more");
    let links = Links::new(&key, "https://a.invalid/alerts").unwrap();
    let link = links.to(&only_task(&story), story.now());
    let (_, query) = link.split_once("?until=").unwrap();
    let (until, key) = query.split_once("&key=").unwrap();
    let visit = |by: Option<&str>| Visit {
        task: only_task(&story),
        until: until.to_owned(),
        key: key.to_owned(),
        by: by.map(str::to_owned),
    };
    let page = async |visit: Visit| {
        let page = alarm::handle(story.world(), &links, &visit, story.now()).await;
        (page.status(), adapters::pages::alarm::page(&page))
    };
    // A mail program looks at every link, several times.
    for _ in 0..3 {
        let (status, html) = page(visit(None)).await;
        assert!(status == 200 && html.contains("HC-20260309-0412") && !html.contains("knife"));
    }
    story.wait(RING_AGAIN);
    assert_eq!(story.reconcile().await.rung, 1, "looking takes nothing");
    let (_, html) = page(visit(Some("Sgt 9"))).await;
    assert!(html.contains(DANGER) && html.contains("447700900123"), "{html}");
    let (_, html) = page(visit(Some("PC 41"))).await;
    assert!(html.contains("Sgt 9") && !html.contains("knife"), "{html}");
    let taken = story.world().with(|state| state.audit.clone());
    let taken: Vec<_> = taken.iter().map(|e| (e.deed.act.name(), &*e.deed.by.name)).collect();
    let expected = [("decided", "aftercall"), ("taken", "Sgt 9")];
    assert_eq!(taken, expected, "and the audit says so, once");
    story.wait(RING_AGAIN);
    assert_eq!(story.reconcile().await.rung, 0);
    let forged = Visit { key: "0".repeat(64), ..visit(Some("Eve")) };
    assert_eq!(page(forged).await.0, 404);
    story.wait(SignedDuration::from_hours(24));
    assert_eq!(page(visit(Some("Sgt 9"))).await.0, 404, "a link ends");
}

#[tokio::test]
async fn a_second_reader_can_raise_a_reply_and_never_lower_it() {
    let story = Story::texted().await;
    story.world().with(|state| {
        state.opinions.insert("blue heron over the lake tonight".to_owned(), Class::Emergency);
        state.opinions.insert(DANGER.to_owned(), Class::Feedback);
        state.opinions.insert("5 thank you".to_owned(), Class::OptIn);
    });
    story.reply(CALLER, "blue heron over the lake tonight").await;
    story.reply(CALLER, DANGER).await;
    story.reply(CALLER, "5 thank you").await;
    let outcomes = story.feedback_all().await;
    let classes: Vec<_> = outcomes
        .iter()
        .map(|outcome| match outcome {
            feedback::Outcome::Read { class, .. } => *class,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(classes, [Class::Emergency, Class::Emergency, Class::Feedback]);
    assert_eq!(rings(&story), [1, 1]);
}

#[tokio::test]
async fn a_second_reader_that_fails_is_done_without() {
    let story = Story::texted().await;
    story.world().fail("second", 9);
    story.reply(CALLER, "5").await;
    let read = feedback::Outcome::Read { class: Class::Feedback, matched: true };
    assert_eq!(story.feedback_all().await, [read]);
}

#[tokio::test]
async fn a_reply_that_already_lies_on_a_desk_rings_when_it_turns_out_to_be_danger() {
    let story = Story::texted().await;
    let words = "nobody rang me back and the officer was rude";
    story.world().with(|state| state.opinions.insert(words.to_owned(), Class::Emergency));
    story.world().fail("second", 1);
    story.world().fail("note", 1);
    story.reply(CALLER, words).await;
    story.feedback_all().await;
    assert_eq!(rings(&story), [1]);
    let task = story.world().task(&only_task(&story)).await.unwrap().unwrap();
    assert_eq!((task.desk, task.class), (Desk::ControlRoom, Class::Emergency));
    story.wait(RING_AGAIN);
    assert_eq!(story.reconcile().await.rung, 1, "and rings until somebody takes it");
}
