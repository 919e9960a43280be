//! What is said back: three turns at the most, nothing after STOP, and what is for safety at once.

use domain::campaign::Campaign;
use domain::contact::State;
use domain::conversation::Question;
use domain::followup;
use jiff::SignedDuration;

use crate::harness::{Story, row};

const CALLER: &str = "+447700900123";

async fn texted_by(change: impl FnOnce(&mut Campaign)) -> Story {
    Story::with_campaign(change).text_the_caller().await
}

/// Answers, and lets everything come to rest.
async fn answer(story: &Story, words: &str) {
    story.wait(SignedDuration::from_mins(3));
    story.reply(CALLER, words).await;
    story.feedback_all().await;
    story.send_all().await;
    story.must_hold();
}

fn given(story: &Story) -> Vec<(&'static str, u8)> {
    let answer = story.contact().answer.unwrap();
    answer.given.iter().map(|given| (given.question.name(), given.value)).collect()
}

#[tokio::test]
async fn a_low_score_is_asked_why_then_one_question_more_and_then_no_more() {
    let story = Story::texted().await;
    answer(&story, "2").await;
    assert_eq!(story.said(), ["ask:better"]);
    answer(&story, "you took ages to come").await;
    let second = story.said()[1].clone();
    assert!(["ask:call-again", "ask:confidence"].contains(&second.as_str()), "{second}");
    answer(&story, if second == "ask:call-again" { "yes" } else { "4" }).await;
    answer(&story, "5").await;
    answer(&story, "fair enough").await;
    assert_eq!(story.said().len(), 2, "three turns with the first");
}

#[tokio::test]
async fn a_high_score_goes_to_the_second_question_and_each_digit_to_its_own() {
    let story = texted_by(|campaign| campaign.talk.call_again = None).await;
    answer(&story, "5").await;
    assert_eq!(story.said(), ["ask:confidence"]);
    answer(&story, "3").await;
    assert_eq!(given(&story), [("satisfaction", 5), ("confidence", 3)]);
    assert_eq!(story.contact().answer.unwrap().score.unwrap().get(), 5);
    // A second thought about the first question says so.
    answer(&story, "actually I meant 4 for the first").await;
    assert_eq!(given(&story)[2], ("satisfaction", 4));
    let answer = story.contact().answer.unwrap();
    assert_eq!(answer.to(Question::Confidence).unwrap().value, 3);
}

#[tokio::test]
async fn a_yes_is_no_score_and_a_digit_is_no_yes() {
    let story = texted_by(|campaign| campaign.talk.confidence = None).await;
    answer(&story, "4").await;
    assert_eq!(story.said(), ["ask:call-again"]);
    answer(&story, "2").await;
    answer(&story, "Yes").await;
    let expected = [("satisfaction", 4), ("satisfaction", 2), ("call-again", 1)];
    assert_eq!(given(&story), expected, "the history keeps each");
    assert_eq!(story.contact().answer.unwrap().score.unwrap().get(), 2, "the latest counts");
}

#[tokio::test]
async fn one_half_gets_the_one_question_and_the_other_half_the_other() {
    let story = Story::begin();
    let rows: Vec<_> = (100..160).map(|n| row().nth(n)).collect();
    story.logs(&rows).await;
    story.settle().await;
    for n in 100..160 {
        story.reply(&format!("+447700900{n}"), "5").await;
    }
    story.feedback_all().await;
    story.send_all().await;
    let said = story.said();
    let halves = ["ask:call-again", "ask:confidence"]
        .map(|kind| said.iter().filter(|said| *said == kind).count());
    assert_eq!(halves.iter().sum::<usize>(), 60);
    assert!(halves.iter().all(|half| *half > 15), "{halves:?}");
}

#[tokio::test]
async fn danger_is_answered_at_night_when_paused_and_without_money_and_counts_against_no_cap() {
    let story = texted_by(|campaign| {
        // Enough for the first text and no other.
        campaign.monthly_cap = domain::budget::Money::from_millipence(2_400);
    })
    .await;
    story.at("2026-03-10T23:30:00Z");
    let pause = domain::campaign::Pause {
        scope: domain::campaign::Scope::All,
        why: "tried".to_owned(),
        by: "tester".to_owned(),
        at: story.now(),
        until: None,
        told: true,
    };
    domain::ports::Switch::pause(story.world(), &pause).await.unwrap();
    let spent = story.world().with(|state| state.budgets.clone());
    answer(&story, "help he has a knife").await;
    assert_eq!(story.said(), ["safety"]);
    story.world().with(|state| {
        let (_, to, words) = &state.follow_up_texts[0];
        assert_eq!(to.expose(), CALLER);
        assert!(words.contains("999") && words.contains("55"), "{words}");
        assert_eq!(state.budgets, spent);
    });
}

#[tokio::test]
async fn nobody_in_danger_who_asks_for_silence_is_written_to() {
    for words in
        ["he has a knife dont text back", "help me he reads my messages", "hes got my phone"]
    {
        let story = Story::texted().await;
        answer(&story, words).await;
        story.settle().await;
        assert_eq!(story.tasks(), [("control-room", "emergency")], "{words}");
        assert!(story.said().is_empty(), "{words}");
    }
}

#[tokio::test]
async fn what_the_month_cannot_pay_is_not_asked() {
    let story = texted_by(|campaign| {
        campaign.monthly_cap = domain::budget::Money::from_millipence(2_400);
    })
    .await;
    let spent = story.world().with(|state| state.budgets.clone());
    answer(&story, "2").await;
    story.settle().await;
    assert!(story.said().is_empty());
    story.world().with(|state| {
        let follow_up = state.follow_ups.values().next().unwrap();
        assert_eq!(follow_up.why, "the month's budget is spent");
        assert_eq!((&state.budgets, follow_up.reservation), (&spent, None));
        assert!(state.pauses.is_empty(), "a question that is not asked stops no first text");
    });
}

#[tokio::test]
async fn a_follow_up_whose_message_was_lost_is_queued_again_by_dispatch() {
    let story = Story::texted().await;
    story.reply(CALLER, "2").await;
    story.feedback_all().await;
    story.world().with(|state| state.to_send.clear());
    assert_eq!(story.dispatch().await.follow_ups, 0, "it is on its way, as far as anybody knows");
    story.wait(SignedDuration::from_mins(16));
    assert_eq!(story.dispatch().await.follow_ups, 1);
    story.send_all().await;
    assert_eq!(story.said(), ["ask:better"]);
}

#[tokio::test]
async fn a_delivery_that_dies_after_the_suppliers_yes_says_it_once() {
    let story = Story::texted().await;
    story.reply(CALLER, "2").await;
    story.feedback_all().await;
    let message = story.take_message();
    // The claim is written, the supplier says yes, and writing that down fails.
    let calls = story.table.calls();
    story.send(&message).await.unwrap();
    let needed = story.table.calls() - calls;
    for nth in 1..=needed {
        let story = Story::texted().await;
        story.reply(CALLER, "2").await;
        story.feedback_all().await;
        let message = story.take_message();
        story.table.fail_call(nth, crate::faulty::When::Before);
        let _first = story.send(&message).await.is_ok();
        story.wait(SignedDuration::from_mins(3));
        let _second = story.send(&message).await.is_ok();
        story.settle().await;
        story.must_hold();
        assert!(story.said().len() <= 1, "{nth}");
    }
}

#[tokio::test]
async fn a_stranger_in_danger_is_answered_too_and_asked_nothing() {
    let story = Story::begin();
    for words in ["help he has a knife", "5", "STOP", "wrong number", "someone nicked my bike"] {
        story.reply("+447700900777", words).await;
    }
    story.feedback_all().await;
    story.send_all().await;
    assert_eq!(story.said(), ["safety"]);
    assert!(story.world().with(|state| state.opted_out.len() == 1), "and is opted out");
}

#[tokio::test]
async fn a_machine_that_answers_every_answer_is_answered_once_in_an_hour() {
    let story = Story::texted().await;
    for _ in 0..20 {
        answer(&story, "help he has a knife").await;
    }
    let said = story.said();
    assert!((1..=2).contains(&said.len()), "an hour and its turn: {said:?}");
}

#[tokio::test]
async fn nothing_is_asked_of_somebody_in_danger_or_who_complains() {
    for words in ["help he has a knife", "I want to make a complaint about the officer"] {
        let story = Story::texted().await;
        answer(&story, words).await;
        let before = story.said().len();
        answer(&story, "5").await;
        assert_eq!(story.said().len(), before, "{words}");
    }
}

#[tokio::test]
async fn a_stop_is_confirmed_once_by_day_and_ends_the_conversation() {
    let story = Story::texted().await;
    story.at("2026-03-10T22:00:00Z");
    answer(&story, "2 STOP").await;
    assert!(story.said().is_empty(), "not at night");
    story.at("2026-03-11T09:30:00Z");
    story.settle().await;
    assert_eq!(story.said(), ["stopped"]);
    answer(&story, "STOP").await;
    answer(&story, "4").await;
    story.wait(SignedDuration::from_hours(30));
    answer(&story, "STOP").await;
    story.settle().await;
    assert_eq!(story.said(), ["stopped"]);
}

#[tokio::test]
async fn a_stop_takes_back_what_is_planned_and_what_is_queued() {
    // Planned for the morning.
    let story = Story::texted().await;
    story.at("2026-03-10T22:00:00Z");
    answer(&story, "2").await;
    answer(&story, "STOP").await;
    story.at("2026-03-11T09:30:00Z");
    story.settle().await;
    assert_eq!(story.said(), ["stopped"]);
    // On the queue already, and the cancelling failed: `send` looks once more.
    let story = Story::texted().await;
    story.reply(CALLER, "2").await;
    story.feedback_all().await;
    story.world().with(|state| {
        state.opted_out.insert(
            state.contacts.values().next().unwrap().id.person().clone(),
            "2026-03-10T10:00:00Z".parse().unwrap(),
        )
    });
    story.send_all().await;
    assert!(story.said().is_empty());
}

#[tokio::test]
async fn somebody_who_never_rang_gets_an_apology_and_is_let_go() {
    let story = Story::texted().await;
    answer(&story, "wrong number mate, not me").await;
    assert_eq!(story.said(), ["wrong-person"]);
    story.world().with(|state| {
        assert!(state.numbers.is_empty(), "the number is let go");
        assert_eq!(state.opted_out.len(), 1);
    });
    // The same number on another log, a month and more later.
    story.at("2026-05-12T10:00:00Z");
    let again = row()
        .with("Log Number", "HC-20260511-0001")
        .with("Extracted At", "12/05/2026 06:00:00")
        .with("Date Time Received", "11/05/2026 17:20")
        .with("Date Time Closed", "11/05/2026 19:02")
        .with("First Arrived", "11/05/2026 17:41");
    story.logs(&[again]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
}

#[tokio::test]
async fn somebody_who_reports_something_new_is_told_where_once_a_day() {
    let story = Story::texted().await;
    answer(&story, "someone has nicked my bike from the shed").await;
    answer(&story, "and the mower from the shed was stolen too").await;
    assert_eq!(story.said(), ["report"]);
}

#[tokio::test]
async fn a_reminder_comes_where_nothing_came_back_and_not_after_an_answer_or_a_stop() {
    let reminding = |campaign: &mut Campaign| {
        let words = "Herts Police: how did we do? Reply 1-5. STOP to opt out".to_owned();
        campaign.talk.reminder = Some((words, SignedDuration::from_hours(48)));
    };
    for (words, expected) in [("", 1), ("3", 0), ("STOP", 0), ("are you open on Sunday?", 0)] {
        let story = texted_by(reminding).await;
        if !words.is_empty() {
            answer(&story, words).await;
        }
        story.at("2026-03-12T12:00:00Z");
        story.settle().await;
        let reminders = story.said().iter().filter(|said| *said == "reminder").count();
        assert_eq!(reminders, expected, "{words:?}");
    }
}

#[tokio::test]
async fn what_is_still_there_is_looked_at_again_and_its_result_told_once() {
    let story = Story::texted().await;
    answer(&story, "the tree is still in the road").await;
    assert_eq!(story.tasks(), [("still-there", "still_there")]);
    let campaign = story.world().with(|state| state.campaigns[0].body.clone());
    let task = story.world().with(|state| state.tasks.values().next().unwrap().clone());
    let cleared = domain::incident::Outcome::parse("cleared").unwrap();
    for _ in 0..2 {
        let result = domain::conversation::result(&task, &cleared, &campaign, story.now());
        let planned = followup::FollowUp::plan(result.unwrap(), story.now());
        domain::ports::FollowUps::plan_follow_up(story.world(), &planned).await.unwrap();
        story.settle().await;
    }
    assert_eq!(story.said(), ["result:cleared"]);
}

#[tokio::test]
async fn whichever_call_fails_each_thing_is_said_once_and_every_reply_is_read() {
    for words in ["2", "help he has a knife", "STOP", "wrong number"] {
        let calls = {
            let story = Story::texted().await;
            let before = story.table.calls();
            answer(&story, words).await;
            story.settle().await;
            story.table.calls() - before
        };
        for nth in 1..=calls {
            for when in [crate::faulty::When::Before, crate::faulty::When::After] {
                let story = Story::texted().await;
                story.table.fail_call(nth, when);
                story.wait(SignedDuration::from_mins(3));
                let id = story.reply(CALLER, words).await;
                // The supplier calls again where we could not keep it.
                story.reply_as(&id, CALLER, words).await;
                story.settle().await;
                story.must_hold();
                assert!(story.dead.borrow().is_empty(), "{words} {nth} {when:?}");
                let (_, noted) =
                    story.world().with(|state| state.calls[&("notify".to_owned(), id)].clone());
                assert!(noted.is_some(), "{words} {nth} {when:?}");
                let said = story.said();
                assert!(said.len() <= 1, "{words} {nth} {when:?}: {said:?}");
                let unknown = story.world().with(|state| {
                    state.follow_ups.values().any(|f| f.state == followup::State::Unknown)
                });
                assert!(said.len() == 1 || unknown, "{words} {nth} {when:?}: never said");
                if words.starts_with("help") {
                    assert!(!story.world().with(|state| state.alerts.is_empty()));
                    assert_eq!(story.tasks().len(), 1);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_supplier_that_is_down_is_tried_again_and_one_that_refuses_is_not() {
    use domain::ports::Sent;
    use testkit::world::Answer;
    let story = Story::texted().await;
    let busy = Answer::Leaves(Sent::Retry { after: None, why: "busy".to_owned() });
    story.world().with(|state| state.answers.push_back(busy));
    answer(&story, "help he has a knife").await;
    assert!(story.said().is_empty());
    story.wait(SignedDuration::from_mins(6));
    story.settle().await;
    assert_eq!(story.said(), ["safety"]);
    let story = Story::texted().await;
    let no = Answer::Leaves(Sent::Refused { why: "no".to_owned(), opted_out: true });
    story.world().with(|state| state.answers.push_back(no));
    answer(&story, "2").await;
    story.settle().await;
    assert!(story.said().is_empty());
    assert_eq!(story.world().with(|state| state.opted_out.len()), 1, "the supplier's list is ours");
    assert_eq!(story.contact().state, State::Accepted);
}
