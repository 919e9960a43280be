//! The night of the ten files, in memory: what the deployed test does with the real binaries.

use std::collections::BTreeMap;

use domain::contact::State;
use domain::person::PersonId;
use domain::phone::Mobile;

use crate::harness::Story;
use crate::night::fold::{Decided, End, fold};
use crate::night::invented::{LOGS, Night, night};

/// Before anything is due.
const EARLY: &str = "2026-03-10T06:30:00Z";

/// Everything lands, the files of one wave at the same time: how they meet is decided by the seed,
/// and with 0 one is read after the other.
pub(crate) async fn told(night: &Night, seed: u64) -> Story {
    let story = Story::begin();
    story.at(EARLY);
    for wave in &night.waves {
        story.table.draw_out(seed);
        let land = |n: usize| {
            let delivery = wave.get(n)?;
            Some(story.land(delivery.feed, &delivery.name, delivery.body.clone()))
        };
        match (land(0), land(1)) {
            (Some(one), Some(other)) => drop(tokio::join!(one, other)),
            (Some(one), None) => drop(one.await),
            (None, _) => {}
        }
    }
    story.table.draw_out(0);
    story
}

pub(crate) fn end(story: &Story) -> End {
    let pepper = testkit::samples::pepper();
    let people: BTreeMap<PersonId, u16> = (0..1000)
        .map(|who| {
            (pepper.person(&Mobile::from_e164(&format!("+447700900{who:03}")).unwrap()), who)
        })
        .collect();
    story.world().with(|state| {
        let mut end = End::default();
        for (number, file) in &state.logs {
            let Some(record) = &file.record else { continue };
            let decided = record.callers.iter().map(|known| Decided {
                person: known.caller.person.as_ref().map(|person| people[person]),
                verdict: known.decision.verdict.name().to_owned(),
                rules: known.decision.rules.iter().map(ToString::to_string).collect(),
            });
            let mut decided: Vec<_> = decided.collect();
            decided.sort();
            end.callers.insert(number.to_string(), decided);
        }
        for contact in state.contacts.values().filter(|c| c.state == State::Planned) {
            end.planned.insert((contact.incident.to_string(), people[contact.id.person()]));
        }
        end
    })
}

#[tokio::test]
async fn the_ten_files_come_to_what_the_rules_say() {
    let night = night(1);
    let expected = fold(&night);
    assert_eq!(expected.callers.len(), LOGS);
    let textable = |callers: &&Vec<Decided>| callers.iter().all(|c| c.verdict == "text");
    let textable = expected.callers.values().filter(textable).count();
    assert!((LOGS / 4..LOGS / 2).contains(&textable), "about a third: {textable}");
    let story = told(&night, 0).await;
    let differences = expected.differences(&end(&story));
    assert!(differences.is_empty(), "{differences}");
    let before = story.everything();
    for delivery in night.waves.iter().flatten() {
        story.land(delivery.feed, &delivery.name, delivery.body.clone()).await;
    }
    assert!(before == story.everything(), "the same files again changed something");
}
