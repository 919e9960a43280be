//! A log as we keep it: its latest version, who rang, and what was decided about each.
//!
//! An extract may come twice, late or out of order; [`merge`] says what the next version is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::contact::ContactId;
use crate::eligibility::{Decision, never};
use crate::incident::{Coded, CrimeLink, KnownCaller, Log, LogNumber, Main, Outcome};
use crate::language::Language;
use crate::nsir::Category;
use crate::person::PersonId;

/// A log as we keep it.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRecord {
    /// The log as last extracted.
    pub log: Log,
    /// Who rang, and what was decided about each.
    pub callers: Vec<CallerRecord>,
    /// Every contact ever planned for one of them, under whatever main log: whoever was texted then
    /// is not texted again when the log turns out to belong to another incident.
    pub contacts: BTreeSet<ContactId>,
    /// The version of the force profile that read it.
    pub profile_version: u32,
    /// The version of the rules that decided.
    pub ruleset: u32,
    /// When the decisions were made.
    pub decided_at: Timestamp,
}

/// A caller of a log as we keep them.
#[derive(Debug, Clone, PartialEq)]
pub struct CallerRecord {
    /// The caller.
    pub caller: KnownCaller,
    /// What was decided.
    pub decision: Decision,
    /// The version of the campaign that would answer.
    pub campaign_version: Option<u32>,
    /// The fingerprint of what was decided from: see [`crate::eligibility::fingerprint`].
    pub seen: String,
    /// The contact that was planned, when one was.
    pub contact: Option<ContactId>,
}

impl LogRecord {
    /// Whether its callers were decided since it was kept.
    pub fn is_decided(&self) -> bool {
        self.callers.iter().all(|caller| !caller.seen.is_empty())
    }
}

/// Everything kept under a log's number; there may be something before the log itself is extracted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogFile {
    /// The log, when it has been extracted.
    pub record: Option<LogRecord>,
    /// The links of the crime system that name it.
    pub links: Vec<CrimeLink>,
    /// The logs that named it as their main log, now or in an earlier version.
    pub duplicates: BTreeSet<LogNumber>,
    /// Goes up by one with every write: the condition of the next. 0 before the first.
    pub revision: u64,
}

impl LogFile {
    /// The logs that may belong to the same incident: its main log, and those that named it as theirs.
    pub fn neighbours(&self) -> impl Iterator<Item = &LogNumber> {
        self.main().into_iter().chain(&self.duplicates)
    }

    /// The log it names as the one that tells its outcome.
    fn main(&self) -> Option<&LogNumber> {
        self.record.as_ref()?.log.main().other()
    }

    /// Whether this file, of this number, and the other's belong to one incident. A log that was
    /// named by mistake keeps the name of its former duplicate, which now belongs elsewhere.
    pub fn belongs_with(&self, number: &LogNumber, other: &LogNumber, others: &Self) -> bool {
        self.main() == Some(other) || others.main() == Some(number)
    }
}

/// One incident: a log and every log closed as its duplicate, or as that one's (NSIR 1.5).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct IncidentFile {
    /// Its logs by number; one that is named and was never extracted has no record.
    pub files: BTreeMap<LogNumber, LogFile>,
}

/// How many logs one incident may have before a person must look at it: more is a code list or a
/// column gone wrong, not a road.
pub const INCIDENT_MAX_LOGS: usize = 500;

impl IncidentFile {
    /// The log whose outcome is told. `None` when the main log is not named, has not been
    /// extracted, or the links lead in a circle, and when there are too many logs to believe it.
    pub fn told(&self) -> Option<&LogRecord> {
        if self.files.len() > INCIDENT_MAX_LOGS {
            return None;
        }
        // Each log has at most one main log, so of all that hang together at most one has none.
        self.records().find(|record| record.log.main() == Main::Itself)
    }

    /// The logs that were extracted.
    pub fn records(&self) -> impl Iterator<Item = &LogRecord> {
        self.files.values().filter_map(|file| file.record.as_ref())
    }

    /// Its logs but this one.
    pub fn others(&self, log: &Log) -> Vec<&Log> {
        let logs = self.records().map(|record| &record.log);
        logs.filter(|other| other.number != log.number).collect()
    }

    /// What the crime system says of any of its logs.
    pub fn links(&self) -> Vec<CrimeLink> {
        self.files.values().flat_map(|file| &file.links).cloned().collect()
    }

    /// Whether its logs, their callers and the links are those of another reading.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let facts = |file: &LogFile| {
            let record = file.record.as_ref();
            let callers = record.into_iter().flat_map(|record| &record.callers);
            let callers: Vec<_> = callers.map(|known| known.caller.clone()).collect();
            (record.map(|record| record.log.clone()), callers, file.links.clone())
        };
        self.files.len() == other.files.len()
            && self.files.iter().all(|(number, file)| {
                other.files.get(number).is_some_and(|other| facts(file) == facts(other))
            })
    }

    /// Every contact ever planned for a caller of one of its logs.
    pub fn contacts(&self) -> BTreeSet<ContactId> {
        self.records().flat_map(|record| &record.contacts).cloned().collect()
    }

    /// The logs this person rang about, each with what is known of the caller there.
    pub fn calls_of<'a>(
        &'a self,
        person: &'a PersonId,
    ) -> impl Iterator<Item = (&'a Log, &'a KnownCaller)> {
        self.records().flat_map(move |record| {
            let callers = record.callers.iter().map(|known| &known.caller);
            let theirs = callers.filter(move |caller| caller.person.as_ref() == Some(person));
            theirs.map(move |caller| (&record.log, caller))
        })
    }

    /// The language in which this person is told: the one they asked for, or English.
    pub fn language_of(&self, person: &PersonId) -> Language {
        self.calls_of(person).find_map(|(_, caller)| caller.language).unwrap_or_default()
    }
}

/// What an extract adds to a log we keep.
#[derive(Debug, Clone, PartialEq)]
pub enum Merged {
    /// A later version is already kept.
    Older,
    /// Everything in it is already kept.
    Same,
    /// This is the log now, and these are its callers.
    Next(Box<Log>, Vec<KnownCaller>),
}

/// What an extract tells of one version of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Telling {
    /// The log.
    pub log: Log,
    /// Who rang.
    pub callers: Vec<KnownCaller>,
    /// Whether a column says when it was extracted; else that is when the file landed.
    pub dated: bool,
    /// The version of the force profile that read it.
    pub profile_version: u32,
}

/// Compares what an extract says with what is kept.
///
/// Within one version each row brings a caller, and they add up, as does everything any of its rows
/// says against texting. A later version replaces it all: a caller who is gone from it was
/// corrected. The same version read by a better profile is a later one.
///
/// A version is told by when it was extracted. Where no column says so that is when the file
/// landed, and a file that lands again with the same content is no new version.
pub fn merge(before: Option<&LogRecord>, told: &Telling) -> Merged {
    let Telling { log, dated, profile_version, .. } = told;
    let next = |log: Log, callers| Merged::Next(Box::new(log), callers);
    let callers = distinct(told.callers.iter());
    let Some(before) = before else { return next(log.clone(), callers) };
    if log.extracted_at < before.log.extracted_at {
        return Merged::Older;
    }
    let kept = distinct(before.callers.iter().map(|record| &record.caller));
    if log.extracted_at > before.log.extracted_at || *profile_version > before.profile_version {
        let content = Log { extracted_at: before.log.extracted_at, ..log.clone() };
        let new = *dated && log.extracted_at > before.log.extracted_at;
        return if !new && content == before.log && callers == kept {
            Merged::Same
        } else {
            next(log.clone(), callers)
        };
    }
    let all = distinct(kept.iter().chain(&callers));
    let log = strictest(&before.log, log);
    if log == before.log && all == kept { Merged::Same } else { next(log, all) }
}

/// One version of a log with everything that either telling says against texting. Where they
/// contradict each other, neither is believed, and the log holds.
///
/// It does not matter which telling comes first, how they are grouped, or how often one comes.
pub fn strictest(log: &Log, other: &Log) -> Log {
    Log {
        number: log.number.clone(),
        extracted_at: log.extracted_at,
        opened_at: log.opened_at.min(other.opened_at),
        closed_at: agreed(&log.closed_at, &other.closed_at),
        status: same(&log.status, &other.status),
        opening: graver(&log.opening, &other.opening),
        closing: graver(&log.closing, &other.closing),
        results: results(&log.results, &other.results),
        qualifiers: both(&log.qualifiers, &other.qualifiers),
        source: same(&log.source, &other.source),
        attended: agreed(&log.attended, &other.attended),
        arrived_at: agreed(&log.arrived_at, &other.arrived_at),
        duplicate_of: both(&log.duplicate_of, &other.duplicate_of),
        cross_refs: both(&log.cross_refs, &other.cross_refs),
        crimed: log.crimed || other.crimed,
        area: log.area.clone().max(other.area.clone()),
        markers: both(&log.markers, &other.markers),
    }
}

/// What both say, or that they differ.
fn same<T: Clone + PartialEq>(one: &Coded<T>, other: &Coded<T>) -> Coded<T> {
    if one == other { one.clone() } else { Coded::Unknown("rows differ".to_owned()) }
}

/// What both say; of a category whose callers are never texted and another, the former; else that
/// they differ.
fn graver(one: &Coded<Category>, other: &Coded<Category>) -> Coded<Category> {
    let grave = |coded: &Coded<Category>| coded.known().filter(|c| never(*c).is_some());
    match grave(one).max(grave(other)) {
        Some(category) => Coded::Known(category),
        None => same(one, other),
    }
}

/// What both say, or nothing.
fn agreed<T: Clone + PartialEq>(one: &Option<T>, other: &Option<T>) -> Option<T> {
    if one == other { one.clone() } else { None }
}

/// Every result either tells; where only one tells any, that too is a contradiction.
fn results(one: &[Coded<Outcome>], other: &[Coded<Outcome>]) -> Vec<Coded<Outcome>> {
    let mut results = both(one, other);
    if one.is_empty() != other.is_empty() && !results.contains(&Coded::Blank) {
        results.push(Coded::Blank);
        results.sort();
    }
    results
}

/// Everything either says, each once, in an order of its own.
fn both<T: Clone + Ord>(one: &[T], other: &[T]) -> Vec<T> {
    let mut both = [one, other].concat();
    both.sort();
    both.dedup();
    both
}

/// Each caller once, in an order of their own, so that it does not matter which row came first. Two
/// rows of one person that differ both stay, and the stricter decides.
fn distinct<'a>(callers: impl Iterator<Item = &'a KnownCaller>) -> Vec<KnownCaller> {
    let mut distinct: Vec<KnownCaller> = callers.cloned().collect();
    distinct.sort();
    distinct.dedup();
    distinct
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::eligibility::tests::{caller, log};
    use crate::eligibility::{RULESET, Verdict};
    use crate::incident::Marker;

    fn record(log: Log, callers: &[KnownCaller]) -> LogRecord {
        let decision =
            Decision { verdict: Verdict::Text, rules: vec![], campaign: None, outcome: None };
        let callers = callers.iter().map(|caller| CallerRecord {
            caller: caller.clone(),
            decision: decision.clone(),
            campaign_version: Some(1),
            seen: String::new(),
            contact: None,
        });
        LogRecord {
            callers: callers.collect(),
            profile_version: 1,
            ruleset: RULESET,
            decided_at: log.extracted_at,
            contacts: BTreeSet::new(),
            log,
        }
    }

    fn telling_of(log: &Log, caller: KnownCaller, dated: bool) -> Telling {
        Telling { log: log.clone(), callers: vec![caller], dated, profile_version: 1 }
    }

    fn another() -> KnownCaller {
        KnownCaller { person: None, sendable: false, ..caller() }
    }

    #[test]
    fn the_same_row_again_is_the_same() {
        let kept = record(log(), &[caller()]);
        assert_eq!(merge(Some(&kept), &telling_of(&log(), caller(), true)), Merged::Same);
    }

    #[test]
    fn a_second_caller_of_the_same_version_is_added() {
        let kept = record(log(), &[caller()]);
        let merged = merge(Some(&kept), &telling_of(&log(), another(), true));
        assert_eq!(merged, Merged::Next(Box::new(log()), vec![another(), caller()]));
    }

    #[test]
    fn a_later_version_replaces_the_callers_and_an_earlier_one_is_nothing() {
        let kept = record(log(), &[caller()]);
        let mut later = log();
        later.extracted_at = "2026-03-05T06:00:00Z".parse().unwrap();
        let merged = merge(Some(&kept), &telling_of(&later, another(), true));
        assert_eq!(merged, Merged::Next(Box::new(later.clone()), vec![another()]));
        let newer = record(later, &[another()]);
        assert_eq!(merge(Some(&newer), &telling_of(&log(), caller(), true)), Merged::Older);
    }

    #[test]
    fn a_marker_of_one_row_stays_though_another_row_of_the_version_lacks_it() {
        let mut marked = log();
        marked.markers = vec![Marker::DomesticAbuse];
        marked.crimed = true;
        let kept = record(marked.clone(), &[caller()]);
        let merged = merge(Some(&kept), &telling_of(&log(), another(), true));
        assert_eq!(merged, Merged::Next(Box::new(marked), vec![another(), caller()]));
        assert_eq!(merge(Some(&kept), &telling_of(&log(), caller(), true)), Merged::Same);
    }

    #[test]
    fn a_file_that_lands_again_is_a_new_version_only_when_it_says_something_new() {
        let kept = record(log(), &[caller()]);
        let mut landed = log();
        landed.extracted_at = "2026-03-05T06:00:00Z".parse().unwrap();
        assert_eq!(merge(Some(&kept), &telling_of(&landed, caller(), false)), Merged::Same);
        let dated = merge(Some(&kept), &telling_of(&landed, caller(), true));
        assert_eq!(dated, Merged::Next(Box::new(landed.clone()), vec![caller()]));
        landed.crimed = true;
        let merged = merge(Some(&kept), &telling_of(&landed, caller(), false));
        assert_eq!(merged, Merged::Next(Box::new(landed), vec![caller()]));
    }

    #[test]
    fn a_better_profile_replaces_what_an_earlier_one_made_of_the_same_version() {
        let mut unknown = log();
        unknown.results = vec![Coded::Unknown("R02".to_owned())];
        let kept = record(unknown, &[caller()]);
        let better = Telling { profile_version: 2, ..telling_of(&log(), caller(), true) };
        assert_eq!(merge(Some(&kept), &better), Merged::Next(Box::new(log()), vec![caller()]));
        let same = Telling { profile_version: 2, ..telling_of(&kept.log, caller(), true) };
        assert_eq!(merge(Some(&kept), &same), Merged::Same);
    }

    proptest! {
        #[test]
        fn the_order_and_number_of_tellings_does_not_matter(
            tellings in proptest::collection::vec(telling(), 1..5),
            order in proptest::collection::vec(any::<prop::sample::Index>(), 1..8),
        ) {
            let told = |log: Log, other: &Log| strictest(&log, other);
            let once = tellings.iter().fold(tellings[0].clone(), told);
            let shuffled: Vec<_> = order.iter().map(|index| index.get(&tellings)).collect();
            let again = shuffled.iter().fold(shuffled[0].clone(), |log, other| told(log, other));
            let again = tellings.iter().rev().fold(again, told);
            prop_assert_eq!(once, again);
        }
    }

    /// A log as one of its rows may tell it.
    fn telling() -> impl Strategy<Value = Log> {
        let coded = |n: u8| match n {
            0 => Coded::Blank,
            1 => Coded::Unknown("X".to_owned()),
            n => Coded::Known(Outcome::parse(&format!("outcome-{n}")).unwrap()),
        };
        let results = proptest::collection::vec((0_u8..4).prop_map(coded), 0..3);
        let number = |n: u8| LogNumber::parse(&format!("HC-{n}")).unwrap();
        let main = proptest::collection::vec((0_u8..3).prop_map(number), 0..2);
        let closed = proptest::option::of(0_i64..3);
        let categories = [
            Coded::Blank,
            Coded::Known(Category::HighwayDisruption),
            Coded::Known(Category::Alarm),
            Coded::Known(Category::DomesticIncident),
            Coded::Known(Category::SuddenDeath),
        ];
        let attended = proptest::option::of(any::<bool>());
        (results, main, closed, attended, 0_usize..9, proptest::sample::select(categories.to_vec()))
            .prop_map(|(results, duplicate_of, closed, attended, marker, opening)| Log {
                opening,
                results,
                duplicate_of,
                closed_at: closed.map(|n| log().opened_at + jiff::SignedDuration::from_hours(n)),
                attended,
                crimed: marker == 8,
                markers: crate::incident::MARKERS
                    .get(marker)
                    .map(|(m, _)| *m)
                    .into_iter()
                    .collect(),
                ..log()
            })
    }
}
