//! What a force profile makes of one file, counted: what an analyst must know before publishing it.
//!
//! A pure fold over rows, in memory that does not grow with the file. It keeps counts, dates and
//! codes, and never a number: a cell with many digits is masked before it is kept, because a column
//! that is mapped wrongly may hold telephone numbers.
//!
//! Each row is decided by itself, by the rules that run, as if its file had landed in time. What
//! only the table knows (other rows of the log, main logs, crime links, earlier texts, opt-outs) is
//! not asked, so what comes of a row in the end may differ, and mostly is stricter.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::campaign::Campaign;
use crate::eligibility::{self, Decision, Facts, RuleId, Verdict};
use crate::evidence;
use crate::feed::Reject;
use crate::force::Report;
use crate::incident::{Coded, CrimeLink, Log, Marker, Outcome};
use crate::person::Pepper;

/// How many different values of one field are kept; of the rest only the number is.
pub const DISTINCT_MAX: usize = 500;

/// How many different reasons of rejected rows are kept.
pub const REASONS_MAX: usize = 100;

/// The digits from which on a value could be a telephone number, and is masked.
const DIGITS_MASKED: usize = 6;

/// An extract's stamp may be when it began, and logs go on being closed while it runs.
const EXTRACTION: SignedDuration = SignedDuration::from_hours(24);

/// A value as it may be shown: with `#` for each digit, when there are six or more of them.
pub fn mask(value: &str) -> String {
    let digit = |c: &char| c.is_numeric();
    if value.chars().filter(digit).count() < DIGITS_MASKED {
        return value.to_owned();
    }
    value.chars().map(|c| if digit(&c) { '#' } else { c }).collect()
}

/// How often each of the values of a column comes, masked.
///
/// Like codes, values are told apart without regard to case or to space around them; each is shown
/// as it came first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    counts: BTreeMap<String, (String, u64)>,
    beyond: u64,
}

impl Tally {
    /// Counts a value.
    pub fn add(&mut self, value: &str) {
        self.add_times(&mask(value.trim()), 1);
    }

    /// Counts everything another counted.
    pub fn merge(&mut self, other: &Self) {
        for (value, times) in other.counts.values() {
            self.add_times(value, *times);
        }
        self.beyond += other.beyond;
    }

    fn add_times(&mut self, value: &str, times: u64) {
        let folded = value.to_lowercase();
        if let Some((_, count)) = self.counts.get_mut(&folded) {
            *count += times;
        } else if self.counts.len() < DISTINCT_MAX {
            self.counts.insert(folded, (value.to_owned(), times));
        } else {
            self.beyond += times;
        }
    }

    /// The same, with each value parted where one cell holds several.
    pub fn parted(&self, separator: char) -> Self {
        let mut parted = Self { counts: BTreeMap::new(), beyond: self.beyond };
        for (value, times) in self.counts.values() {
            let parts = value.split(separator).map(str::trim).filter(|part| !part.is_empty());
            parts.for_each(|part| parted.add_times(part, *times));
        }
        parted
    }

    /// The values, most frequent first.
    pub fn most_frequent(&self) -> Vec<(&str, u64)> {
        let mut values: Vec<_> =
            self.counts.values().map(|(value, n)| (value.as_str(), *n)).collect();
        values.sort_by_key(|(value, times)| (std::cmp::Reverse(*times), *value));
        values
    }

    /// How many different values were kept.
    pub fn distinct(&self) -> usize {
        self.counts.len()
    }

    /// How often a value came that was not kept, because there were too many.
    pub fn beyond(&self) -> u64 {
        self.beyond
    }

    /// How often any value came.
    pub fn total(&self) -> u64 {
        self.counts.values().map(|(_, times)| times).sum::<u64>() + self.beyond
    }

    /// Whether the values look like codes, which repeat. Names and sentences do not, and are not
    /// to be shown.
    pub fn looks_like_codes(&self) -> bool {
        let distinct = self.counts.len() as u64;
        self.beyond == 0 && (distinct < 10 || distinct * 2 <= self.total())
    }
}

/// How the rows fill one of our fields.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Filled {
    /// Rows with something we understand.
    pub known: u64,
    /// Rows with nothing.
    pub blank: u64,
    /// Rows with a code that the profile does not know.
    pub unknown: u64,
}

/// Rows that were refused for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refused {
    /// How many.
    pub rows: u64,
    /// The line of the first.
    pub first_line: u64,
}

/// The earliest and the latest of some moments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span(pub Option<(Timestamp, Timestamp)>);

impl Span {
    pub(crate) fn add(&mut self, at: Timestamp) {
        self.0 = Some(self.0.map_or((at, at), |(first, last)| (first.min(at), last.max(at))));
    }

    /// The days between the two.
    pub fn days(&self) -> i64 {
        self.0.map_or(0, |(first, last)| last.duration_since(first).as_hours() / 24)
    }
}

/// What the rows' times say of themselves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dates {
    /// When the calls came.
    pub opened: Span,
    /// When the logs were closed.
    pub closed: Span,
    /// Rows that do not say when they were extracted.
    pub undated: u64,
    /// Rows with a time after their extraction.
    pub future: u64,
    /// Rows closed before they were opened.
    pub closed_before_opened: u64,
    /// Rows in which a unit arrived before the call.
    pub arrived_before_opened: u64,
}

/// The rows that a rule matched.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Matched {
    /// How many.
    pub rows: u64,
    /// How many no other rule matched: they would be texted but for this one.
    pub alone: u64,
}

/// The texts about one outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Told {
    /// How many.
    pub rows: u64,
    /// How many would use weaker words, or find none, because the log does not show the claims.
    pub weaker: u64,
}

/// The rows of a crime feed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Links {
    /// Links that name only a log.
    pub by_log: u64,
    /// Links that name only a number.
    pub by_phone: u64,
    /// Links that name both.
    pub by_both: u64,
}

/// What one file says when one profile reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Coverage {
    /// Rows that could be read.
    pub read: u64,
    /// Rows that could not.
    pub rejected: u64,
    /// Why they could not: the column at fault, and the reason.
    pub rejects: BTreeMap<(String, String), Refused>,
    /// How each of our fields is filled, in the order of a profile.
    pub fields: Vec<(&'static str, Filled)>,
    /// The codes that the profile does not know, by our field.
    pub unknown: BTreeMap<&'static str, Tally>,
    /// The times.
    pub dates: Dates,
    /// Numbers that a text may go to.
    pub sendable: u64,
    /// Why it may not go to the others.
    pub phones: BTreeMap<&'static str, u64>,
    /// Rows with each marker, from a flag or from a word.
    pub markers: BTreeMap<Marker, u64>,
    /// Rows by verdict.
    pub verdicts: BTreeMap<Verdict, u64>,
    /// Rows by rule.
    pub rules: BTreeMap<RuleId, Matched>,
    /// Rows to be texted, by what they would be told.
    pub told: BTreeMap<Outcome, Told>,
    /// The rows of a crime feed.
    pub links: Links,
}

/// What the rules say of one row by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Decided {
    /// What was decided.
    pub decision: Decision,
    /// Whether the log shows what the words for its outcome claim.
    pub shown: bool,
}

/// Campaigns that run whatever their first and last day say, so that an old file can be tried.
pub fn always_running(campaigns: Vec<Campaign>) -> Vec<Campaign> {
    let always = |campaign| Campaign { starts: Date::MIN, ends: Date::MAX, ..campaign };
    campaigns.into_iter().map(always).collect()
}

/// Decides one row by itself, at the moment its text would be due.
pub fn decide(report: &Report, campaigns: &[Campaign], pepper: &Pepper) -> Decided {
    let Report { log, caller, .. } = report;
    let known = caller.known(pepper);
    let alone = Facts::alone(log, &known, campaigns, log.extracted_at);
    let campaign = alone.campaign;
    let now = moment(log, alone.told, campaign);
    let decision = eligibility::decide(&Facts { now, ..alone });
    let shown = campaign
        .zip(decision.outcome.as_ref())
        .is_some_and(|(campaign, outcome)| is_shown(campaign, outcome, log));
    Decided { decision, shown }
}

/// The moment at which a caller of `log` is decided as if its file had landed in time: when the text
/// that `told` answers with would be due, and no sooner than their own log was closed.
///
/// A log that is not closed, that no campaign answers, or that is closed in the future of its
/// extract is decided when it was extracted, or closed while the extract ran.
pub(crate) fn moment(log: &Log, told: Option<&Log>, campaign: Option<&Campaign>) -> Timestamp {
    let closed = |log: &Log| {
        let possible = log.extracted_at.saturating_add(EXTRACTION).unwrap_or(Timestamp::MAX);
        log.closed_at.filter(|closed| *closed <= possible)
    };
    let read_at = closed(log).map_or(log.extracted_at, |closed| closed.max(log.extracted_at));
    let (Some(campaign), Some(told)) = (campaign, told) else { return read_at };
    let Some(told_at) = closed(told).filter(|closed| told.opened_at <= *closed) else {
        return read_at;
    };
    let due = campaign.hours.due(told_at);
    match closed(log).filter(|own| *own > due) {
        Some(own) => campaign.hours.open_from(own).unwrap_or(own),
        None => due,
    }
}

/// Whether the log shows what the campaign's words for this outcome claim.
pub(crate) fn is_shown(campaign: &Campaign, outcome: &Outcome, log: &Log) -> bool {
    let words = campaign.words.get(outcome);
    words.is_some_and(|words| evidence::support(words, log, outcome).is_some())
}

impl Coverage {
    /// Counts a row of an incident feed and what was decided about it.
    pub fn add(&mut self, report: &Report, decided: &Decided) {
        self.read += 1;
        for (field, code) in &report.unknown {
            self.unknown.entry(*field).or_default().add(code);
        }
        let filled = filled(report);
        self.fields.resize_with(filled.len(), Default::default);
        for ((counted, count), (field, is_filled)) in self.fields.iter_mut().zip(filled) {
            *counted = field;
            if report.unknown.iter().any(|(unknown, _)| *unknown == field) {
                count.unknown += 1;
            } else if is_filled {
                count.known += 1;
            } else {
                count.blank += 1;
            }
        }
        self.dates.add(report);
        let phone = &report.caller.phone;
        if phone.is_sendable() {
            self.sendable += 1;
        } else {
            *self.phones.entry(phone.reason()).or_default() += 1;
        }
        for marker in &report.log.markers {
            *self.markers.entry(*marker).or_default() += 1;
        }
        self.decided(decided);
    }

    /// Counts a row of a crime feed.
    pub fn add_link(&mut self, link: &CrimeLink) {
        self.read += 1;
        match (&link.log, &link.person) {
            (Some(_), Some(_)) => self.links.by_both += 1,
            (Some(_), None) => self.links.by_log += 1,
            (None, _) => self.links.by_phone += 1,
        }
    }

    /// Counts a row that could not be read.
    pub fn reject(&mut self, reject: &Reject) {
        self.rejected += 1;
        let why = (reject.column.clone(), mask(&reject.reason));
        let full = self.rejects.len() >= REASONS_MAX && !self.rejects.contains_key(&why);
        let why = if full { (String::new(), "other reasons".to_owned()) } else { why };
        let first = Refused { rows: 0, first_line: reject.line };
        self.rejects.entry(why).or_insert(first).rows += 1;
    }

    /// Whether every row could be read and every code is known.
    pub fn is_complete(&self) -> bool {
        self.rejected == 0 && self.read > 0 && self.unknown.is_empty()
    }

    /// How one of our fields is filled.
    pub fn field(&self, name: &str) -> Filled {
        let found = self.fields.iter().find(|(field, _)| *field == name);
        found.map(|(_, filled)| *filled).unwrap_or_default()
    }

    /// The rows of one verdict.
    pub fn verdict(&self, verdict: Verdict) -> u64 {
        self.verdicts.get(&verdict).copied().unwrap_or_default()
    }

    fn decided(&mut self, decided: &Decided) {
        let decision = &decided.decision;
        *self.verdicts.entry(decision.verdict).or_default() += 1;
        for rule in &decision.rules {
            let matched = self.rules.entry(*rule).or_default();
            matched.rows += 1;
            matched.alone += u64::from(decision.rules.len() == 1);
        }
        if let (Verdict::Text, Some(outcome)) = (decision.verdict, &decision.outcome) {
            let told = self.told.entry(outcome.clone()).or_default();
            told.rows += 1;
            told.weaker += u64::from(!decided.shown);
        }
    }
}

impl Dates {
    fn add(&mut self, report: &Report) {
        let log = &report.log;
        let moments = [Some(log.opened_at), log.closed_at, log.arrived_at];
        self.opened.add(log.opened_at);
        if let Some(closed) = log.closed_at {
            self.closed.add(closed);
            self.closed_before_opened += u64::from(closed < log.opened_at);
        }
        let early = log.arrived_at.is_some_and(|arrived| arrived < log.opened_at);
        self.arrived_before_opened += u64::from(early);
        self.undated += u64::from(!report.dated);
        let future = moments.into_iter().flatten().any(|moment| moment > log.extracted_at);
        self.future += u64::from(future);
    }
}

/// Our fields in the order of the profile, and whether this row fills them.
fn filled(report: &Report) -> [(&'static str, bool); 19] {
    fn is<T>(coded: &Coded<T>) -> bool {
        !matches!(coded, Coded::Blank)
    }
    let Report { log, caller, .. } = report;
    let empty = crate::phone::RefusedReason::Empty;
    [
        ("log_number", true),
        ("extracted_at", report.dated),
        ("opened_at", true),
        ("closed_at", log.closed_at.is_some()),
        ("status", is(&log.status)),
        ("opening", is(&log.opening)),
        ("closing", is(&log.closing)),
        ("results", !log.results.is_empty()),
        ("qualifiers", !log.qualifiers.is_empty()),
        ("source", is(&log.source)),
        ("attended", log.attended.is_some()),
        ("arrived_at", log.arrived_at.is_some()),
        ("duplicate_of", !log.duplicate_of.is_empty()),
        ("cross_refs", !log.cross_refs.is_empty()),
        ("area", !log.area.is_empty()),
        ("caller_phone", caller.phone != crate::phone::Finding::Refused(empty)),
        ("caller_role", is(&caller.role)),
        ("consent", is(&caller.consent)),
        ("language", caller.language.is_some()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::phone::{self, DramaNumbers};

    fn pepper() -> Pepper {
        Pepper::parse(&"p".repeat(32)).unwrap()
    }

    fn campaigns() -> Vec<Campaign> {
        always_running(vec![crate::campaign::tests::file().check().unwrap()])
    }

    fn report() -> Report {
        let known = crate::eligibility::tests::caller();
        Report {
            log: crate::eligibility::tests::log(),
            dated: true,
            caller: crate::incident::Caller {
                phone: phone::parse("07700 900123", DramaNumbers::Allowed),
                role: known.role,
                consent: known.consent,
                language: None,
            },
            unknown: vec![],
        }
    }

    fn covered(change: impl FnOnce(&mut Report)) -> Coverage {
        let mut report = report();
        change(&mut report);
        let mut coverage = Coverage::default();
        coverage.add(&report, &decide(&report, &campaigns(), &pepper()));
        coverage
    }

    fn rules(coverage: &Coverage) -> Vec<(&'static str, u64)> {
        coverage.rules.iter().map(|(rule, matched)| (rule.as_str(), matched.alone)).collect()
    }

    #[test]
    fn a_clean_row_would_be_texted_whatever_the_days_of_the_campaign() {
        let coverage = covered(|report| {
            let year = SignedDuration::from_hours(365 * 24);
            report.log.opened_at -= year;
            report.log.extracted_at -= year;
            report.log.closed_at = report.log.closed_at.map(|closed| closed - year);
            report.log.arrived_at = report.log.arrived_at.map(|arrived| arrived - year);
        });
        assert_eq!(coverage.verdict(Verdict::Text), 1);
        assert_eq!(rules(&coverage), []);
        let told: Vec<_> = coverage.told.iter().map(|(o, told)| (o.as_str(), *told)).collect();
        assert_eq!(told, [("cleared", Told { rows: 1, weaker: 0 })]);
        assert!(coverage.is_complete());
    }

    #[test]
    fn a_log_closed_long_before_its_extract_is_not_stale_here() {
        let coverage = covered(|r| r.log.extracted_at = "2026-09-01T06:00:00Z".parse().unwrap());
        assert_eq!(coverage.verdict(Verdict::Text), 1);
    }

    #[test]
    fn a_row_held_by_one_rule_is_counted_as_held_by_it_alone() {
        let coverage = covered(|report| report.caller.consent = Coded::Blank);
        assert_eq!(rules(&coverage), [("elig.hold.consent-unknown", 1)]);
        let coverage = covered(|report| {
            report.caller.consent = Coded::Blank;
            report.caller.role = Coded::Blank;
        });
        let found = [("elig.hold.consent-unknown", 0), ("elig.hold.role-unknown", 0)];
        assert_eq!(rules(&coverage), found);
        assert_eq!(coverage.verdict(Verdict::Hold), 1);
        assert_eq!(coverage.field("consent"), Filled { known: 0, blank: 1, unknown: 0 });
        assert!(coverage.is_complete(), "a blank is not a fault of the profile");
    }

    #[test]
    fn words_the_log_does_not_bear_out_are_told() {
        let coverage = covered(|report| report.log.arrived_at = None);
        let told: Vec<_> = coverage.told.values().copied().collect();
        assert_eq!(told, [Told { rows: 1, weaker: 1 }]);
    }

    #[test]
    fn times_that_contradict_each_other_are_counted() {
        let later = |r: &Report, hours| r.log.extracted_at + SignedDuration::from_hours(hours);
        let coverage = covered(|r| r.log.closed_at = Some(later(r, 2)));
        assert_eq!((coverage.dates.future, coverage.verdict(Verdict::Text)), (1, 1));
        let coverage = covered(|r| r.log.closed_at = Some(later(r, 72)));
        assert_eq!((coverage.dates.future, coverage.verdict(Verdict::Text)), (1, 0));
        assert_eq!(rules(&coverage), [("elig.hold.dates", 1)]);
        let coverage = covered(|r| {
            r.log.closed_at = Some(r.log.opened_at - SignedDuration::from_hours(1));
            r.log.arrived_at = Some(r.log.opened_at - SignedDuration::from_hours(1));
        });
        let dates = coverage.dates;
        assert_eq!((dates.closed_before_opened, dates.arrived_before_opened), (1, 1));
        assert_eq!(rules(&coverage), [("elig.hold.dates", 1)]);
    }

    #[test]
    fn unknown_codes_are_counted_and_a_number_among_them_is_masked() {
        let coverage = covered(|report| {
            report.log.results = vec![Coded::Unknown("R77".to_owned())];
            report.log.status = Coded::Unknown("07700 900123".to_owned());
            report.unknown =
                vec![("results", "R77".to_owned()), ("status", "07700 900123".to_owned())];
        });
        assert_eq!(coverage.unknown["results"].most_frequent(), [("R77", 1)]);
        assert_eq!(coverage.unknown["status"].most_frequent(), [("##### ######", 1)]);
        assert_eq!(coverage.field("results"), Filled { known: 0, blank: 0, unknown: 1 });
        assert!(!format!("{coverage:?}").contains("900123"));
        assert!(!coverage.is_complete());
    }

    #[test]
    fn a_number_is_counted_by_its_reason_and_never_kept() {
        let coverage = covered(|report| {
            report.caller.phone = phone::parse("01632 960123", DramaNumbers::Allowed);
        });
        assert_eq!(coverage.sendable, 0);
        assert_eq!(coverage.phones.values().sum::<u64>(), 1);
        assert!(!format!("{coverage:?}").contains("960123"));
    }

    #[test]
    fn different_values_are_kept_up_to_a_bound() {
        let mut tally = Tally::default();
        for n in 0..600 {
            tally.add(&format!("C{n}"));
        }
        tally.add("C1");
        assert_eq!((tally.distinct(), tally.beyond(), tally.total()), (DISTINCT_MAX, 100, 601));
        assert_eq!(tally.most_frequent()[0], ("C1", 2));
        assert!(!tally.looks_like_codes());
    }

    #[test]
    fn codes_repeat_and_names_do_not() {
        let mut codes = Tally::default();
        let mut names = Tally::default();
        for n in 0..40 {
            codes.add(["R1", "R2", "R3", " r1 "][n % 4]);
            names.add(&format!("Name{n}"));
        }
        assert_eq!(codes.most_frequent(), [("R1", 20), ("R2", 10), ("R3", 10)]);
        assert!(codes.looks_like_codes());
        assert!(!names.looks_like_codes());
    }

    #[test]
    fn rejects_are_counted_by_reason_with_the_first_line() {
        let mut coverage = Coverage::default();
        let mut reject = |line, reason: &str| {
            let (column, row) = ("Log".to_owned(), "07700900123".to_owned());
            coverage.reject(&Reject { line, column, reason: reason.to_owned(), row });
        };
        reject(7, "the log number is blank");
        reject(9, "the log number is blank");
        for n in 0..200 {
            reject(10 + n, &format!("reason {n}"));
        }
        let blank = ("Log".to_owned(), "the log number is blank".to_owned());
        assert_eq!(coverage.rejects[&blank], Refused { rows: 2, first_line: 7 });
        assert_eq!(coverage.rejects.len(), REASONS_MAX + 1);
        assert_eq!(coverage.rejects.values().map(|refused| refused.rows).sum::<u64>(), 202);
        assert!(!format!("{coverage:?}").contains("900123"));
    }

    #[test]
    fn links_are_counted_by_what_they_name() {
        let mut coverage = Coverage::default();
        let link = |log: Option<&str>, person: bool| CrimeLink {
            reference: "41/1/26".to_owned(),
            log: log.map(|log| crate::incident::LogNumber::parse(log).unwrap()),
            person: person.then(|| crate::eligibility::tests::caller().person.unwrap()),
        };
        for link in [link(Some("HC-1"), false), link(None, true), link(Some("HC-1"), true)] {
            coverage.add_link(&link);
        }
        assert_eq!(coverage.links, Links { by_log: 1, by_phone: 1, by_both: 1 });
    }

    #[test]
    fn every_field_of_a_profile_is_counted() {
        let counted = filled(&report()).map(|(field, _)| field);
        for (field, _) in crate::force::INCIDENT_FIELDS {
            // Whether a log is crimed may also come of its category, so it is seen by its rule; a
            // response time becomes the arrival.
            let elsewhere = ["crime_refs", "response_minutes"];
            assert!(counted.contains(&field) || elsewhere.contains(&field), "{field}");
        }
    }
}
