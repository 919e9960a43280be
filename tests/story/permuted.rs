//! Files come twice, late, out of order and overlapping: the end is the same. And a log that
//! carries a protected marker, in whatever field and order, has nobody texted.

use std::collections::BTreeSet;

use domain::contact::State;
use domain::feed;
use domain::incident::Coded;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::harness::{Row, Story, extract, log_number, row};

/// Cells that keep a log's callers, or the incident's, from being texted, in every field that can.
const PROTECTED: [(&str, &str); 22] = [
    ("Contact Marker", "DOM"),
    ("Contact Marker", "NOCALL"),
    ("Contact Marker", "ANON"),
    ("Contact Marker", "SILENT"),
    ("Contact Marker", "DEATH"),
    ("Contact Marker", "WEAPON"),
    ("Contact Marker", "VULN"),
    ("Contact Marker", "3RDPTY"),
    ("Contact Marker", "NEW-MARKER"),
    ("Message", "she says do not ring back"),
    ("Message", "DOMESTIC in the background"),
    ("Caller Contact Add Info", "wishes to remain anonymous"),
    ("Caller Contact Name", "ANON"),
    ("Initial Classification", "Domestic - Non Crime"),
    ("Initial Classification", "Missing Person"),
    ("Final Classification", "Sudden Death"),
    ("Qualifiers", "GI DA"),
    ("Qualifiers", "HB"),
    ("Qualifiers", "MH"),
    ("Crime Reference", "41/00001/26"),
    ("Text Consent", "N"),
    ("Final Classification", "Crime - Violence"),
];

/// What else may be so of a row: harmless, or something that holds.
const OTHERWISE: [(&str, &str); 10] = [
    ("Qualifiers", "AO"),
    ("Result Codes", "R03"),
    ("Result Codes", "R02 R11"),
    ("Status", "OPEN"),
    ("Status", "REACTIVATED"),
    ("Caller Type", "DRIVER"),
    ("Caller Type", ""),
    ("Initial Classification", "Transport - RTC - Damage Only"),
    ("Date Time Closed", "09/03/2026 18:30"),
    ("Caller Contact Phone No_", "01632 960123"),
];

/// One row of an extract: which log, which version, who rang, what is so.
fn a_row() -> impl Strategy<Value = Row> {
    let what = prop_oneof![
        5 => Just(None),
        2 => select(&OTHERWISE[..]).prop_map(Some),
        1 => select(&PROTECTED[..]).prop_map(Some),
    ];
    let main = prop_oneof![3 => Just(None), 2 => (1_u32..5).prop_map(Some)];
    (1_u32..5, 1_u32..4, 1_u32..5, what, main).prop_map(|(log, version, person, what, main)| {
        let mut row = row()
            .with("Log Number", &log_number(log))
            .with("Extracted At", &format!("10/03/2026 0{version}:00:00"))
            .with("Caller Contact Phone No_", &format!("07700 90010{person}"));
        if let Some(main) = main {
            row = row
                .with("Duplicate Of", &log_number(main))
                .with("Final Classification", "Admin - Duplicate")
                .with("Result Codes", "");
        }
        match what {
            Some((column, cell)) => row.with(column, cell),
            None => row,
        }
    })
}

/// A file of one feed or the other.
#[derive(Clone)]
struct File {
    feed: &'static str,
    body: String,
}

impl std::fmt::Debug for File {
    /// What is not usual about it: a failure is read by a person.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let usual = extract(&[row()]);
        let usual: BTreeSet<&str> = usual.split(['"', '\n']).collect();
        let cells = self.body.lines().skip(1).map(|line| {
            let cells = line.split('"').filter(|cell| *cell != "," && !usual.contains(cell));
            cells.collect::<Vec<_>>().join("|")
        });
        write!(f, "{} {:?}", self.feed, cells.collect::<Vec<_>>())
    }
}

fn a_file() -> impl Strategy<Value = File> {
    let storm = proptest::collection::vec(a_row(), 1..5)
        .prop_map(|rows| File { feed: "storm", body: extract(&rows) });
    let link = (0_u32..5, 0_u32..6).prop_filter("names something", |(log, who)| log + who > 0);
    let athena = link.prop_map(|(log, who)| {
        let log_cell = if log == 0 { String::new() } else { log_number(log) };
        let phone = if who == 0 { String::new() } else { format!("0770090010{who}") };
        let header = "Investigation Ref,STORM Log Number,Contact Phone";
        File { feed: "athena", body: format!("{header}\n41/{log}{who}/26,{log_cell},{phone}\n") }
    });
    prop_oneof![5 => storm, 1 => athena]
}

/// Everything that counts at the end: each log with what was decided, and who waits for a text.
fn end(story: &Story) -> BTreeSet<String> {
    story.world().with(|state| {
        let mut end = BTreeSet::new();
        for (number, file) in &state.logs {
            let Some(record) = &file.record else { continue };
            end.insert(format!("{:?}", record.log));
            for known in &record.callers {
                let (verdict, rules) = (known.decision.verdict.name(), &known.decision.rules);
                let (told, version) = (&known.decision.outcome, known.campaign_version);
                let (caller, contact) = (&known.caller, &known.contact);
                end.insert(format!(
                    "{number} {verdict} {rules:?} {told:?} {version:?} {contact:?} {caller:?}"
                ));
            }
        }
        let waiting = state.contacts.values().filter(|contact| contact.state == State::Planned);
        end.extend(waiting.map(|c| format!("{} {} {} {}", c.incident, c.id, c.outcome, c.due_at)));
        end
    })
}

fn texts(story: &Story) -> BTreeSet<String> {
    story.world().with(|state| {
        let texts = state.texts.iter();
        texts.map(|(reference, _, words)| format!("{reference} {words}")).collect()
    })
}

async fn told(files: &[&File]) -> Story {
    let story = Story::begin();
    for (n, file) in files.iter().enumerate() {
        story.land(file.feed, &format!("{n}.csv"), file.body.clone()).await;
    }
    story
}

fn run<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

/// What of the latest versions' rows protects whom, read from the files by the profile alone: logs
/// whose callers must not be texted.
fn protected(files: &[File]) -> BTreeSet<String> {
    let profile = testkit::samples::profile();
    let feed = profile.feed("storm").unwrap();
    let mut reports = Vec::new();
    for file in files.iter().filter(|file| file.feed == "storm") {
        let mut rows = feed::open(file.body.as_bytes(), feed).unwrap().unwrap();
        let header = rows.header();
        let reading = domain::force::Reading {
            header: &header,
            taken_at: "2026-03-10T10:00:00Z".parse().unwrap(),
            drama: domain::phone::DramaNumbers::Allowed,
        };
        while let Some(row) = rows.read().unwrap() {
            reports.push(profile.incident(feed, &reading, &row.unwrap()).unwrap());
        }
    }
    let latest = |report: &domain::force::Report| {
        let number = &report.log.number;
        let same = reports.iter().filter(|other| other.log.number == *number);
        same.map(|other| other.log.extracted_at).max() == Some(report.log.extracted_at)
    };
    let protects = |report: &domain::force::Report| {
        let log = &report.log;
        let category = |coded: &Coded<domain::nsir::Category>| {
            coded.known().is_some_and(|c| domain::eligibility::never(c).is_some())
        };
        log.crimed
            || !log.markers.is_empty()
            || category(&log.opening)
            || category(&log.closing)
            || log.qualifiers.iter().any(|qualifier| {
                use domain::nsir::Qualifier::{DomesticAbuse, HonourBasedIncident, MentalHealth};
                [DomesticAbuse, HonourBasedIncident, MentalHealth]
                    .map(Coded::Known)
                    .contains(qualifier)
            })
    };
    let protected = reports.iter().filter(|report| latest(report) && protects(report));
    protected.map(|report| report.log.number.to_string()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_and_number_of_files_does_not_matter(
        files in proptest::collection::vec(a_file(), 1..7),
        order in proptest::collection::vec(any::<Index>(), 0..10),
    ) {
        run(async {
            let once = told(&files.iter().collect::<Vec<_>>()).await;
            // Some of them in any order, more than once, and then all of them backwards.
            let mut shuffled: Vec<_> = order.iter().map(|index| index.get(&files)).collect();
            shuffled.extend(files.iter().rev());
            let again = told(&shuffled).await;
            let (end_once, end_again) = (end(&once), end(&again));
            let differ: Vec<_> = end_once.symmetric_difference(&end_again).collect();
            prop_assert!(differ.is_empty(), "{differ:#?}");
            once.settle().await;
            again.settle().await;
            once.must_hold();
            prop_assert_eq!(texts(&once), texts(&again));
            Ok(())
        })?;
    }

    #[test]
    fn a_log_with_a_protected_marker_has_nobody_planned_or_texted(
        files in proptest::collection::vec(a_file(), 1..7),
    ) {
        run(async {
            let protected = protected(&files);
            let story = told(&files.iter().collect::<Vec<_>>()).await;
            let planned = |story: &Story| -> BTreeSet<_> {
                story.world().with(|state| {
                    let live = |contact: &&domain::contact::Contact| {
                        !matches!(contact.state, State::Cancelled)
                    };
                    let live = state.contacts.values().filter(live);
                    live.map(|contact| contact.id.clone()).collect()
                })
            };
            for number in &protected {
                for caller in story.log(number).callers {
                    let named = caller.contact.iter().any(|id| planned(&story).contains(id));
                    prop_assert!(!named, "{number}: {caller:?}");
                }
            }
            story.settle().await;
            for number in &protected {
                for person in story.log(number).callers.iter().filter_map(|c| c.caller.person.as_ref()) {
                    let about = story.world().with(|state| {
                        let texts = state.texts.iter().map(|(reference, _, _)| reference);
                        let theirs = texts.filter(|reference| reference.person() == person);
                        theirs.map(|id| state.contacts[id].incident.to_string()).collect::<Vec<_>>()
                    });
                    prop_assert!(!about.contains(number), "{number}");
                }
            }
            Ok(())
        })?;
    }

    #[test]
    fn texts_between_the_files_are_never_repeated(
        files in proptest::collection::vec(a_file(), 1..7),
        sends in proptest::collection::vec(any::<bool>(), 7),
    ) {
        run(async {
            let story = Story::begin();
            for (n, (file, send)) in files.iter().zip(sends).enumerate() {
                story.land(file.feed, &format!("{n}.csv"), file.body.clone()).await;
                if send {
                    story.dispatch().await;
                    story.send_all().await;
                }
            }
            story.settle().await;
            story.must_hold();
            // All within a week: nobody is texted twice, about whatever.
            story.world().with(|state| {
                let people: Vec<_> = state.texts.iter().map(|(id, _, _)| id.person()).collect();
                let distinct: BTreeSet<_> = people.iter().collect();
                prop_assert_eq!(people.len(), distinct.len());
                Ok(())
            })
        })?;
    }
}
