//! What the owner of a campaign says in its file, and what they do to it while it runs.

use domain::campaign::{CampaignFile, LanguageFile, TalkFile};
use domain::contact::State;
use domain::followup;
use domain::force::Columns;
use domain::ports::FollowUps as _;
use jiff::SignedDuration;

use crate::harness::{Story, row};

const CALLER: &str = "+447700900123";

fn end(story: &Story) {
    story.world().with(|state| {
        let id = state.campaigns[0].body.id.clone();
        state.ended.insert(id);
    });
}

#[tokio::test]
async fn what_an_ended_campaign_planned_is_not_sent_and_nothing_more_is_planned() {
    let story = Story::begin();
    assert_eq!(story.logs(&[row()]).await.planned, 1);
    assert_eq!(story.dispatch().await.queued, 1);
    end(&story);
    // Also what was on the queue already: it is looked at again when it is sent.
    let message = story.take_message();
    assert_eq!(story.send(&message).await.unwrap(), send::Outcome::Cancelled);
    assert_eq!(story.contact().state, State::Cancelled);
    assert_eq!(story.why(), "the campaign has ended");
    assert_eq!(story.logs(&[row().nth(200)]).await.planned, 0);
    story.settle().await;
    assert!(story.texts().is_empty());
    story.must_hold();
}

#[tokio::test]
async fn an_ended_campaign_asks_nothing_more_and_still_helps() {
    let story = Story::texted().await;
    story.wait(SignedDuration::from_mins(3));
    story.reply(CALLER, "2").await;
    story.feedback_all().await;
    end(&story);
    story.send_all().await;
    assert_eq!(story.said(), Vec::<String>::new(), "the question is not asked");
    story.wait(SignedDuration::from_mins(3));
    story.reply(CALLER, "help he has a knife").await;
    story.feedback_all().await;
    story.send_all().await;
    assert_eq!(story.said(), ["safety"]);
    let due = story.world().follow_ups_due(story.now()).await.unwrap();
    assert!(due.is_empty());
    story.must_hold();
}

#[tokio::test]
async fn what_a_campaign_leaves_out_is_held_and_says_so() {
    let story = Story::with_campaign(|campaign| {
        campaign.exclude.areas.insert("ha01".to_owned());
    });
    let rows = [row(), row().nth(200).with("Beat Code", "HB02")];
    assert_eq!(story.logs(&rows).await.planned, 1);
    assert!(story.rules("HC-20260309-0412").contains(&"elig.hold.excluded"));
    story.settle().await;
    assert_eq!(story.texts().len(), 1);
}

/// A campaign that says everything in Welsh too, and a profile that knows who asked for it.
fn in_two_languages() -> Story {
    let mut file: CampaignFile = testkit::samples::campaign_file();
    let welsh = |name: &str| format!("Heddlu: {name} ((date)). Argyfwng? 999. STOP i beidio");
    let outcomes = file.outcomes.keys().map(|name| (name.clone(), welsh(name))).collect();
    let conversation = Some(TalkFile {
        better: Some("Heddlu: beth allem ni ei wneud yn well? 999. STOP i beidio".to_owned()),
        ..TalkFile::default()
    });
    let sender = Some("Heddlu".to_owned());
    let cy = LanguageFile { sender, outcomes, conversation };
    file.languages.insert("cy".to_owned(), cy);
    let mut profile = testkit::samples::profile_file();
    let column = Columns::One("Response Category".to_owned());
    let feed = profile.feeds.get_mut("storm").unwrap();
    feed.columns.insert("language".to_owned(), column);
    profile.codes.languages.insert("W".to_owned(), "cy".to_owned());
    let story = Story::begin();
    story.world().with(|state| {
        state.campaigns[0].body = file.check().unwrap();
        state.profile.as_mut().unwrap().body = profile.check().unwrap();
    });
    story
}

#[tokio::test]
async fn whoever_asked_for_welsh_is_told_and_asked_in_welsh_and_nobody_else() {
    let story = in_two_languages();
    let rows = [
        row().with("Response Category", "W"),
        row().nth(200),
        row().nth(201).with("Response Category", ""),
    ];
    assert_eq!(story.logs(&rows).await.planned, 3);
    story.settle().await;
    let texts = story.texts();
    let welsh: Vec<_> = texts.iter().filter(|text| text.starts_with("Heddlu: ")).collect();
    assert_eq!(welsh, ["Heddlu: cleared 9 Mawrth. Argyfwng? 999. STOP i beidio"]);
    assert_eq!(texts.len(), 3);
    story.wait(SignedDuration::from_mins(3));
    story.reply(CALLER, "2").await;
    story.feedback_all().await;
    story.send_all().await;
    story.world().with(|state| {
        let kind = |f: &followup::FollowUp| {
            f.kind == followup::Kind::Ask(domain::conversation::Question::Better)
        };
        assert!(state.follow_ups.values().any(kind));
        let said = state.follow_up_texts.last().unwrap();
        assert!(format!("{said:?}").contains("beth allem ni"), "{said:?}");
    });
    story.must_hold();
}
