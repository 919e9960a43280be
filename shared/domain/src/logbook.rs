//! A log as we keep it: its latest version, who rang, and what was decided about each.
//!
//! An extract may come twice, late or out of order; [`merge`] says what the next version is.

use jiff::Timestamp;

use crate::contact::ContactId;
use crate::eligibility::Decision;
use crate::incident::{Coded, CrimeLink, KnownCaller, Log, Outcome};

/// A log as we keep it.
#[derive(Debug, Clone, PartialEq)]
pub struct LogRecord {
    /// The log as last extracted.
    pub log: Log,
    /// Who rang, and what was decided about each.
    pub callers: Vec<CallerRecord>,
    /// The version of the force profile that read it.
    pub profile_version: u32,
    /// The version of the rules that decided.
    pub ruleset: u32,
    /// When the decisions were made.
    pub decided_at: Timestamp,
    /// Goes up by one with every write: the condition of the next. 0 before the first.
    pub revision: u64,
}

/// A caller of a log as we keep them.
#[derive(Debug, Clone, PartialEq)]
pub struct CallerRecord {
    /// The caller.
    pub caller: KnownCaller,
    /// What was decided.
    pub decision: Decision,
    /// The contact that was planned, when one was.
    pub contact: Option<ContactId>,
}

/// A log and what the crime system says of it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LogFile {
    /// The log, when it has been extracted.
    pub record: Option<LogRecord>,
    /// The links that name it.
    pub links: Vec<CrimeLink>,
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

/// Compares what an extract says with what is kept.
///
/// Within one version each row brings a caller, and they add up, as does everything any of its rows
/// says against texting. A later version replaces it all: a caller who is gone from it was
/// corrected.
pub fn merge(before: Option<&LogRecord>, log: &Log, callers: &[KnownCaller]) -> Merged {
    let next = |log: Log, callers| Merged::Next(Box::new(log), callers);
    let Some(before) = before else { return next(log.clone(), distinct(callers.iter())) };
    if log.extracted_at < before.log.extracted_at {
        return Merged::Older;
    }
    if log.extracted_at > before.log.extracted_at {
        return next(log.clone(), distinct(callers.iter()));
    }
    let kept: Vec<&KnownCaller> = before.callers.iter().map(|record| &record.caller).collect();
    let all = distinct(kept.iter().copied().chain(callers));
    let log = strictest(&before.log, log);
    if log == before.log && all.len() == kept.len() { Merged::Same } else { next(log, all) }
}

/// One version of a log with everything that either telling says against texting. Where they
/// contradict each other, neither is believed, and the log holds.
pub fn strictest(log: &Log, other: &Log) -> Log {
    Log {
        number: log.number.clone(),
        extracted_at: log.extracted_at,
        opened_at: log.opened_at.min(other.opened_at),
        closed_at: agreed(&log.closed_at, &other.closed_at),
        status: same(&log.status, &other.status),
        opening: same(&log.opening, &other.opening),
        closing: same(&log.closing, &other.closing),
        results: results(&log.results, &other.results),
        qualifiers: both(&log.qualifiers, &other.qualifiers),
        source: same(&log.source, &other.source),
        attended: agreed(&log.attended, &other.attended),
        arrived_at: agreed(&log.arrived_at, &other.arrived_at),
        duplicate_of: log.duplicate_of.clone().or_else(|| other.duplicate_of.clone()),
        cross_refs: {
            let mut cross_refs = both(&log.cross_refs, &other.cross_refs);
            cross_refs.sort_unstable();
            cross_refs
        },
        crimed: log.crimed || other.crimed,
        area: log.area.clone(),
        markers: {
            let mut markers = both(&log.markers, &other.markers);
            markers.sort_unstable();
            markers
        },
    }
}

/// What both say, or that they differ.
fn same<T: Clone + PartialEq>(one: &Coded<T>, other: &Coded<T>) -> Coded<T> {
    if one == other { one.clone() } else { Coded::Unknown("rows differ".to_owned()) }
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
    }
    results
}

/// Everything either says, each once.
fn both<T: Clone + PartialEq>(one: &[T], other: &[T]) -> Vec<T> {
    let mut both = one.to_vec();
    both.extend(other.iter().filter(|item| !one.contains(item)).cloned());
    both
}

/// Each caller once. Two rows of one person that differ both stay, and the stricter decides.
fn distinct<'a>(callers: impl Iterator<Item = &'a KnownCaller>) -> Vec<KnownCaller> {
    let mut distinct: Vec<KnownCaller> = Vec::new();
    for caller in callers {
        if !distinct.contains(caller) {
            distinct.push(caller.clone());
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
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
            contact: None,
        });
        LogRecord {
            callers: callers.collect(),
            profile_version: 1,
            ruleset: RULESET,
            decided_at: log.extracted_at,
            revision: 1,
            log,
        }
    }

    fn another() -> KnownCaller {
        KnownCaller { person: None, sendable: false, ..caller() }
    }

    #[test]
    fn the_same_row_again_is_the_same() {
        let kept = record(log(), &[caller()]);
        assert_eq!(merge(Some(&kept), &log(), &[caller()]), Merged::Same);
    }

    #[test]
    fn a_second_caller_of_the_same_version_is_added() {
        let kept = record(log(), &[caller()]);
        let merged = merge(Some(&kept), &log(), &[another()]);
        assert_eq!(merged, Merged::Next(Box::new(log()), vec![caller(), another()]));
    }

    #[test]
    fn a_later_version_replaces_the_callers_and_an_earlier_one_is_nothing() {
        let kept = record(log(), &[caller()]);
        let mut later = log();
        later.extracted_at = "2026-03-05T06:00:00Z".parse().unwrap();
        let merged = merge(Some(&kept), &later, &[another()]);
        assert_eq!(merged, Merged::Next(Box::new(later.clone()), vec![another()]));
        let newer = record(later, &[another()]);
        assert_eq!(merge(Some(&newer), &log(), &[caller()]), Merged::Older);
    }

    #[test]
    fn a_marker_of_one_row_stays_though_another_row_of_the_version_lacks_it() {
        let mut marked = log();
        marked.markers = vec![Marker::DomesticAbuse];
        marked.crimed = true;
        let kept = record(marked.clone(), &[caller()]);
        let merged = merge(Some(&kept), &log(), &[another()]);
        assert_eq!(merged, Merged::Next(Box::new(marked), vec![caller(), another()]));
        assert_eq!(merge(Some(&kept), &log(), &[caller()]), Merged::Same);
    }
}
