//! Invariant 9: spend never passes the cap; the cost of a text is reserved in the write that claims
//! it.

use domain::budget::{Money, Month};
use domain::campaign::{Published, Scope};
use domain::ports::{Alert, Sent, Switch as _};
use jiff::SignedDuration;
use testkit::world::Answer;

use crate::harness::{Row, Story, row};

/// One part of a text costs 2.4p; `cleared` has one part.
const PART: Money = Money::from_millipence(2400);

fn rows(count: u32) -> Vec<Row> {
    (1..=count).map(|n| row().nth(n)).collect()
}

fn spent(story: &Story) -> Money {
    story.world().with(|state| state.budgets.values().copied().sum())
}

#[tokio::test]
async fn fifty_callers_and_money_for_seven_bring_seven_texts() {
    let story = Story::with_campaign(|campaign| campaign.monthly_cap = PART * 7);
    assert_eq!(story.logs(&rows(50)).await.planned, 50);
    story.settle().await;
    assert_eq!(story.texts().len(), 7);
    assert_eq!(spent(&story), PART * 7);
    let in_state = |wanted| story.world().states().iter().filter(|s| **s == wanted).count();
    assert_eq!(in_state("planned"), 43, "they wait for a person's decision");
    let alerts = story.world().with(|state| state.alerts.clone());
    let [Alert::Paused(pause)] = alerts.as_slice() else { panic!("{alerts:?}") };
    assert_eq!(pause.why, "the month's budget of £0.168 is spent");
    story.wait(SignedDuration::from_hours(8 * 24));
    story.settle().await;
    assert_eq!(in_state("cancelled"), 43, "nobody decided, and it is no longer news");
    story.must_hold();
}

#[tokio::test]
async fn a_higher_cap_and_a_resume_let_the_rest_go() {
    let story = Story::with_campaign(|campaign| campaign.monthly_cap = PART * 2);
    story.logs(&rows(5)).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 2);
    let raised = story.world().with(|state| {
        let mut body = state.campaigns[0].body.clone();
        body.monthly_cap = PART * 5;
        Published { version: 2, body }
    });
    let scope = Scope::Campaign(raised.body.id.clone());
    story.world().with(|state| state.campaigns.push(raised));
    assert!(story.world().resume(&scope).await.unwrap());
    story.settle().await;
    assert_eq!(story.texts().len(), 5);
    story.must_hold();
}

#[tokio::test]
async fn a_supplier_that_locks_us_out_rings_once_for_fifty_texts() {
    let story = Story::begin();
    story.logs(&rows(50)).await;
    story.dispatch().await;
    let stop = Sent::ConfigStop { why: "Notify answered 403 AuthError".to_owned() };
    story.world().with(|state| state.answers.push_back(Answer::Leaves(stop)));
    story.send_all().await;
    story.settle().await;
    assert_eq!(story.texts().len(), 0);
    assert!(story.dead.borrow().is_empty(), "a pause is no failure");
    assert_eq!(story.world().with(|state| state.alerts.len()), 1);
    let scope = Scope::Campaign(testkit::samples::campaign().id);
    assert!(story.world().resume(&scope).await.unwrap());
    story.settle().await;
    assert_eq!(story.texts().len(), 50);
    story.must_hold();
}

#[tokio::test]
async fn deliveries_at_the_same_time_do_not_pass_the_cap_together() {
    for seed in 1..40 {
        let story = Story::with_campaign(|campaign| campaign.monthly_cap = PART * 2);
        story.logs(&rows(5)).await;
        story.dispatch().await;
        let messages = story.world().with(|state| Vec::from(std::mem::take(&mut state.to_send)));
        let [a, b, c, d, e] = messages.as_slice() else { panic!("{messages:?}") };
        story.table.draw_out(seed);
        let _all =
            tokio::join!(story.send(a), story.send(b), story.send(c), story.send(d), story.send(e));
        story.table.draw_out(0);
        story.settle().await;
        assert_eq!(story.texts().len(), 2, "{seed}");
        story.must_hold();
    }
}

#[tokio::test]
async fn what_was_not_sent_is_given_back_once() {
    let story = Story::with_campaign(|campaign| campaign.monthly_cap = PART);
    story.logs(&rows(1)).await;
    story.dispatch().await;
    let message = story.take_message();
    for _ in 0..4 {
        let retry = Sent::Retry { after: None, why: "no connection".to_owned() };
        story.world().with(|state| state.answers.push_back(Answer::Leaves(retry)));
        story.send(&message).await.unwrap_err();
        assert_eq!(spent(&story), Money::ZERO);
        story.must_hold();
    }
    assert_eq!(story.send(&message).await.unwrap(), send::Outcome::Accepted);
    assert_eq!(spent(&story), PART);
    story.must_hold();
}

#[tokio::test]
async fn every_ending_holds_exactly_what_it_cost() {
    let endings = [
        (Sent::Refused { why: "no".to_owned(), opted_out: false }, 0),
        (Sent::Ambiguous { why: "no answer".to_owned() }, 1),
        (Sent::Accepted { supplier_id: "text".to_owned() }, 1),
        (Sent::Retry { after: Some(SignedDuration::from_hours(1)), why: "busy".to_owned() }, 0),
    ];
    for (sent, parts) in endings {
        let story = Story::begin();
        story.logs(&rows(1)).await;
        story.dispatch().await;
        let message = story.take_message();
        story.world().with(|state| state.answers.push_back(Answer::Leaves(sent.clone())));
        story.send(&message).await.unwrap();
        assert_eq!(spent(&story), PART * parts, "{sent:?}");
        story.must_hold();
    }
}

#[tokio::test]
async fn a_denied_text_gives_its_money_back_and_takes_it_again() {
    let story = Story::with_campaign(|campaign| campaign.monthly_cap = PART);
    story.logs(&rows(1)).await;
    let lost = Sent::Ambiguous { why: "the connection broke".to_owned() };
    story.world().with(|state| state.answers.push_back(Answer::Leaves(lost)));
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
    assert_eq!(spent(&story), PART);
    story.must_hold();
}

#[tokio::test]
async fn a_new_month_has_its_own_money() {
    let story = Story::with_campaign(|campaign| campaign.monthly_cap = PART);
    let on = |n: u32, day: &str| {
        row()
            .nth(n)
            .with("Extracted At", &format!("{day} 06:00:00"))
            .with("Date Time Received", &format!("{day} 01:20"))
            .with("First Arrived", &format!("{day} 01:30"))
            .with("Date Time Closed", &format!("{day} 02:00"))
    };
    story.at("2026-03-31T09:00:00Z");
    story.logs(&[on(1, "31/03/2026"), on(2, "31/03/2026")]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
    story.at("2026-04-01T09:00:00Z");
    story.logs(&[on(3, "01/04/2026"), on(4, "01/04/2026")]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 2);
    let months: Vec<_> =
        story.world().with(|state| state.budgets.keys().map(|(_, month)| *month).collect());
    assert_eq!(months, [Month::parse("2026-03").unwrap(), Month::parse("2026-04").unwrap()]);
    story.must_hold();
}

#[tokio::test]
async fn a_text_of_two_parts_is_paid_twice() {
    let story = Story::with_campaign(|campaign| campaign.monthly_cap = PART * 3);
    let two_parts = |n| row().nth(n).with("Result Codes", "R03");
    story.logs(&[two_parts(1), two_parts(2)]).await;
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
    assert_eq!(spent(&story), PART * 2);
}
