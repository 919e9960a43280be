//! The picture is true: every figure of a report is worked out a second time, from the plain rows of
//! an invented half-year, by a fold that knows nothing of the first.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "picture/again.rs"]
mod again;
#[path = "picture/habits.rs"]
mod habits;
#[path = "picture/kept.rs"]
mod kept;
#[path = "picture/told.rs"]
mod told;
#[path = "picture/trial.rs"]
mod trial;

use std::collections::{BTreeMap, BTreeSet};

use domain::contact::State;
use domain::figures::{Behind, Period, Report};
use habits::HalfYear;
use jiff::Timestamp;
use jiff::civil::date;
use testkit::World;

fn period(from: &str, to: &str) -> Period {
    Period { from: from.parse().unwrap(), to: to.parse().unwrap() }
}

/// The third of July, early: after the half-year, while some of its texts still wait.
fn now() -> Timestamp {
    "2026-07-03T05:00:00Z".parse().unwrap()
}

async fn check(year: &HalfYear, world: &World, period: Period, now: Timestamp) -> Report {
    let report = Report::gather(world, period, now).await.unwrap();
    let (told, again) = (told::flat(&report), again::fold(year, period, now.as_second()));
    let differs: BTreeMap<_, _> = told
        .keys()
        .chain(again.keys())
        .map(|key| (key, (told.get(key), again.get(key))))
        .filter(|(_, (told, again))| told != again)
        .collect();
    assert!(differs.is_empty(), "{} differ, such as {:#?}", differs.len(), {
        differs.into_iter().take(20).collect::<Vec<_>>()
    });
    report
}

#[tokio::test]
async fn every_figure_of_a_half_year_is_the_one_a_second_fold_finds() {
    let year = HalfYear::of(20_000, 2026);
    let world = kept::world(&year);
    let report = check(&year, &world, period("2026-01-01", "2026-06-30"), now()).await;
    // It is a year with something in it: each part of the picture is there to be wrong.
    assert!(report.total.planned() > 19_000, "{}", report.total.planned());
    assert!(report.total.scored() > 1_000 && report.total.confidence.len() == 5);
    assert!(report.logs.calls.again > 50 && report.logs.calls.acted_on > 50);
    assert!(report.total.delays.len() > 4 && report.total.hours.len() > 8);
    assert!(report.desks.values().all(|desk| desk.tasks > 0));
    // Where people differ by habit, the picture shows that they do.
    let satisfied = |outcome: &str| {
        let (_, group) =
            report.total.outcomes.iter().find(|(told, _)| told.as_str() == outcome).unwrap();
        group.satisfied().estimate().unwrap()
    };
    assert!(satisfied("cleared").low > satisfied("not-found").high);
    let east = &report.logs.areas["E5"];
    assert!(east.excluded_more(&report.logs.calls).unwrap().low > 0.0);
}

#[tokio::test]
async fn the_logs_behind_a_figure_are_those_of_its_rows() {
    let year = HalfYear::of(2_000, 6);
    let world = kept::world(&year);
    let (march, within) = (period("2026-03-01", "2026-03-31"), |second: i64| {
        (1_772_323_200..1_774_998_000).contains(&second)
    });
    let check = async |name: &str, expected: BTreeSet<&str>| {
        let figure = Behind::parse(name).unwrap();
        let found = figure.logs(&world, march, now()).await.unwrap();
        let found: BTreeSet<_> = found.iter().map(|log| log.as_str()).collect();
        assert!(!found.is_empty() && found == expected, "{name}: {found:?}\n{expected:?}");
    };
    let told = |is: &dyn Fn(&habits::Told) -> bool| {
        let contacts = year.contacts.iter().filter(|told| within(told.planned) && is(told));
        contacts.map(|told| told.log.as_str()).collect::<BTreeSet<_>>()
    };
    check("planned", told(&|_| true)).await;
    check("delivered", told(&|told| told.delivered.is_some())).await;
    check("replied", told(&|told| !told.replies.is_empty())).await;
    check("outcome:not-found", told(&|t| t.texted.is_some() && t.outcome == "not-found")).await;
    check("area:E5", told(&|told| told.texted.is_some() && told.area == "E5")).await;
    let texted = |call: &habits::Call| {
        call.contact.is_some_and(|place| year.contacts[place].texted.is_some())
    };
    let held = year
        .calls
        .iter()
        .filter(|call| within(call.opened) && call.closed.is_some() && !texted(call));
    let phone = held.filter(|call| call.rules.contains(&"elig.hold.phone"));
    check("hold:elig.hold.phone", phone.map(|call| call.log.as_str()).collect()).await;
    let replies = year.contacts.iter().flat_map(|told| told.replies.iter().map(move |r| (told, r)));
    let complaints = replies.filter(|(_, said)| within(said.at) && said.class == "complaint");
    check("desk:complaints", complaints.map(|(told, _)| told.log.as_str()).collect()).await;
}

#[tokio::test]
async fn the_report_for_programs_keeps_to_its_schema() {
    let schema = include_str!("../docs/report.schema.json");
    let schema = jsonschema::validator_for(&serde_json::from_str(schema).unwrap()).unwrap();
    let year = HalfYear::of(600, 4);
    let half = period("2026-01-01", "2026-06-30");
    for world in [kept::world(&year), World::new()] {
        let report = Report::gather(&world, half, now()).await.unwrap();
        let mut written: serde_json::Value =
            serde_json::from_str(&adapters::pages::render(&report).json).unwrap();
        let faults: Vec<_> = schema.iter_errors(&written).map(|e| e.to_string()).collect();
        assert_eq!(faults, [] as [String; 0]);
        written["total"]["planned"] = "many".into();
        assert!(!schema.is_valid(&written), "it says what a figure is");
    }
}

#[tokio::test]
async fn the_clocks_go_forward_and_each_hour_is_of_londons_clock() {
    let year = HalfYear::of(4_000, 29);
    let world = kept::world(&year);
    let report = check(&year, &world, period("2026-03-29", "2026-03-29"), now()).await;
    assert!(report.logs.logs > 0 && report.total.planned() > 0);
    check(&year, &world, period("2026-03-28", "2026-03-30"), now()).await;
    check(&year, &world, period("2026-03-01", "2026-03-31"), now()).await;
}

#[tokio::test]
async fn a_month_that_is_not_over_tells_of_what_has_come() {
    let year = HalfYear::of(4_000, 3);
    let world = kept::world(&year);
    let early: Timestamp = "2026-05-20T05:00:00Z".parse().unwrap();
    let report = check(&year, &world, period("2026-05-01", "2026-05-31"), early).await;
    let may = |money: &BTreeMap<_, domain::figures::MonthMoney>| {
        money.get(&domain::budget::Month::of(early)).copied()
    };
    assert!(report.money.values().filter_map(may).all(|money| money.forecast.is_some()));
}

#[tokio::test]
async fn an_empty_month_has_no_rate_and_every_desk() {
    let year = HalfYear::of(300, 5);
    let world = kept::world(&year);
    let report = check(&year, &world, period("2025-02-01", "2025-02-28"), now()).await;
    assert_eq!((report.total.planned(), report.logs.logs), (0, 0));
    assert_eq!(report.total.response().estimate(), None);
    assert_eq!(report.desks.len(), 9);
    assert!(report.money.is_empty() && report.campaigns.is_empty());
}

#[tokio::test]
async fn one_contact_is_a_picture_too_and_marked_as_too_few() {
    let mut year = HalfYear::of(300, 8);
    year.keep_one("delivered");
    let world = kept::world(&year);
    let report = check(&year, &world, period("2026-01-01", "2026-06-30"), now()).await;
    assert_eq!((report.total.planned(), report.total.in_state(State::Delivered)), (1, 1));
    let response = report.total.response();
    assert_eq!((response.part, response.of, response.is_few()), (1, 1, true));
    assert!(response.estimate().unwrap().low < 0.21, "seven of seven would be no more than 65 %");
    assert_eq!(report.total.mean_score(), None, "one answer has no spread");
    assert_eq!(report.period.days().next(), Some(date(2026, 1, 1)));
}
