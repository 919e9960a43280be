//! The experiment's figures a second time: who entered, in which arm, and what they did since.

use std::collections::{BTreeMap, BTreeSet};

use domain::campaign::Published;
use domain::experiment::{Arms, Look, PlanFile, Registered};
use domain::figures::Report;
use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::habits::HalfYear;
use crate::{kept, now, period};

/// The last day on which anybody may look, at midnight: British Summer Time.
const LOOK: i64 = 1_782_860_400;

fn plan(at: &str) -> Published<Registered> {
    let file: PlanFile =
        toml::from_str(include_str!("../../infra/experiments/welfare.toml")).unwrap();
    let looks = vec!["2026-05-01".to_owned(), "2026-07-01".to_owned()];
    let plan = PlanFile { looks, ..file }.check().unwrap();
    Published { version: 2, body: Registered { plan, at: at.parse().unwrap() } }
}

async fn report(year: &HalfYear, registered_at: &str, now: Timestamp) -> Report {
    let world = kept::world(year);
    world.with(|state| state.plans = vec![plan(registered_at)]);
    Report::gather(&world, period("2026-06-01", "2026-06-30"), now).await.unwrap()
}

/// Events of one person within so many days; `None` while their window is open.
fn within(events: &[i64], entered: i64, days: i64) -> Option<u64> {
    let end = entered + days * 86_400;
    let within = |at: &&i64| (entered..end).contains(*at);
    (end <= LOOK).then(|| events.iter().filter(within).count() as u64)
}

/// People and events of each arm, the texted first, by measure.
fn again(year: &HalfYear) -> BTreeMap<&'static str, [(u64, u64); 2]> {
    let mut entered: BTreeMap<u64, (i64, BTreeSet<&str>)> = BTreeMap::new();
    for told in year.contacts.iter().filter(|told| told.campaign == "welfare") {
        let (at, known) = entered.entry(told.person).or_insert((told.planned, BTreeSet::new()));
        *at = told.planned.min(*at);
        known.insert(&told.log);
    }
    let mut found: BTreeMap<&str, [(u64, u64); 2]> = BTreeMap::new();
    for (person, (entered, mut known)) in entered {
        let hash = Sha256::new().chain_update(b"welfare\0").chain_update(format!("{person:032x}"));
        let hash = hash.finalize();
        let share = (u64::from(hash[0]) * 256 + u64::from(hash[1])) % 100;
        let arm = usize::from(share < 10);
        let mut logs: Vec<_> = year.calls.iter().filter(|call| call.person == person).collect();
        logs.sort_by_key(|call| call.opened);
        let mut calls = Vec::new();
        for call in logs {
            let main = call.log.split("-D").next().unwrap();
            if !known.contains(call.log.as_str()) && !known.contains(main) {
                calls.push(call.opened);
            }
            known.extend([call.log.as_str(), main]);
        }
        let theirs = year.contacts.iter().filter(|told| told.person == person);
        let replies = theirs.flat_map(|told| &told.replies);
        let told: Vec<_> = replies.filter(|s| s.class == "intelligence").map(|s| s.at).collect();
        for (measure, events, days) in [
            ("calls-again-30", &calls, 30),
            ("calls-again-90", &calls, 90),
            ("intelligence-30", &told, 30),
            ("intelligence-90", &told, 90),
        ] {
            if let Some(events) = within(events, entered, days) {
                let of = &mut found.entry(measure).or_default()[arm];
                *of = (of.0 + 1, of.1 + events);
            }
        }
    }
    found
}

#[tokio::test]
async fn an_experiment_compares_what_a_second_count_finds() {
    let year = HalfYear::of(6_000, 12);
    let report = report(&year, "2025-12-01T09:00:00Z", now()).await;
    let [trial] = report.experiments.as_slice() else { panic!("{:?}", report.experiments) };
    let Look::Result(finding) = &trial.look else { panic!("{:?}", trial.look) };
    assert_eq!((finding.number, finding.as_of.as_second()), (2, LOOK));
    let told: BTreeMap<_, _> = std::iter::once(&finding.primary)
        .chain(&finding.others)
        .map(|of| {
            let Arms { texted, control } = &of.followed;
            let arms = [(texted.people, texted.events), (control.people, control.events)];
            (of.measure.name(), arms)
        })
        .collect();
    assert_eq!(told, again(&year));
    let [texted, control] = told["calls-again-30"];
    assert!(texted.0 > 200 && texted.1 > 30 && control.0 > 20, "{told:?}");
    // What the half-year's campaigns are told to hold out is not what the plan says.
    let names: Vec<_> = trial.disagree.iter().map(|id| id.as_str()).collect();
    assert_eq!((names, trial.version), (vec!["welfare"], 2));
}

#[tokio::test]
async fn a_plan_after_the_first_text_has_no_result_and_one_before_its_day_none_yet() {
    let year = HalfYear::of(600, 2);
    let late = report(&year, "2026-03-01T09:00:00Z", now()).await;
    assert!(matches!(late.experiments[0].look, Look::NotPreregistered { .. }));
    let early: Timestamp = "2026-04-30T12:00:00Z".parse().unwrap();
    let early = report(&year, "2025-12-01T09:00:00Z", early).await;
    assert!(matches!(early.experiments[0].look, Look::TooEarly { .. }));
}
