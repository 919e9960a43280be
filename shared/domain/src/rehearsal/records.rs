//! The rows of a rehearsal as they are kept: numbers of things instead of the things.
//!
//! A year is a million rows, so what many rows say alike (codes, markers, what a caller was) is kept
//! once, a person is a keyed hash, and a moment is a number of seconds. The text of a code
//! that the profile does not know is dropped: no rule reads it, and in a column that is mapped wrongly
//! it may be a telephone number.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::Timestamp;

use crate::force::Report;
use crate::incident::{
    Coded, Consent, KnownCaller, Log, LogNumber, Main, Marker, Outcome, Role, Source, Status,
};
use crate::language::Language;
use crate::nsir::{Category, Qualifier};
use crate::person::{Pepper, PersonId, hex};

/// In place of the number of a thing that is not there.
const NONE: u32 = u32::MAX;

/// A moment that is not there.
const NEVER: i64 = i64::MAX;

/// One row.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row {
    /// Its log.
    pub(super) log: u32,
    /// Which of [`Records::kinds`] its log is like.
    kind: u32,
    /// Which of [`Records::callers`] its caller is like.
    caller: u32,
    person: u32,
    main: u32,
    area: u32,
    opened: i64,
    closed: i64,
    arrived: i64,
    extracted: i64,
}

impl Row {
    /// The log it names as the one that tells its outcome.
    pub(super) fn main(&self) -> Option<u32> {
        (self.main != NONE).then_some(self.main)
    }

    /// Its caller, when they have a mobile number.
    pub(super) fn person(&self) -> Option<u32> {
        (self.person != NONE).then_some(self.person)
    }

    /// When the call was made.
    pub(super) fn opened_at(&self) -> Timestamp {
        Timestamp::from_second(self.opened).unwrap_or(Timestamp::MAX)
    }
}

/// Every row, and what rows have in common.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) rows: Vec<Row>,
    /// Logs that differ in more than their number, their times and the log they are a duplicate of.
    kinds: Seen<Kind>,
    /// Callers that differ in more than who they are.
    callers: Seen<Who>,
    areas: Seen<String>,
    numbers: Numbers,
    people: HashMap<u128, u32>,
    hashes: Vec<u128>,
    /// By log: when the latest extract that has it was taken.
    latest: Vec<i64>,
}

impl Records {
    /// Keeps a row.
    pub(super) fn add(&mut self, report: Report, pepper: &Pepper) {
        let Report { log, caller, .. } = report;
        let main = match log.main() {
            Main::Other(main) => self.log(main),
            // That of the latter is told by its category.
            Main::Itself | Main::Unnamed => NONE,
        };
        let number = self.log(&log.number);
        let extracted = log.extracted_at.as_second();
        if let Some(latest) = self.latest.get_mut(number as usize) {
            *latest = (*latest).max(extracted);
        }
        let known = caller.known(pepper);
        let person = known.person.as_ref().map_or(NONE, |person| self.person(person));
        let seconds = |at: Option<Timestamp>| at.map_or(NEVER, Timestamp::as_second);
        self.rows.push(Row {
            log: number,
            main,
            person,
            area: self.areas.of(log.area.clone()),
            opened: log.opened_at.as_second(),
            closed: seconds(log.closed_at),
            arrived: seconds(log.arrived_at),
            extracted,
            kind: self.kinds.of(Kind::of(log)),
            caller: self.callers.of(Who {
                sendable: known.sendable,
                role: unsaid(known.role),
                consent: unsaid(known.consent),
                language: known.language,
            }),
        });
    }

    /// The number of a log's number.
    pub(super) fn log(&mut self, number: &LogNumber) -> u32 {
        let found = self.numbers.of(number.as_str());
        if self.latest.len() <= found as usize {
            self.latest.push(i64::MIN);
        }
        found
    }

    /// The number of a person.
    pub(super) fn person(&mut self, person: &PersonId) -> u32 {
        let hash = u128::from_str_radix(person.as_str(), 16).unwrap_or_default();
        let next = counted(self.hashes.len());
        let found = *self.people.entry(hash).or_insert(next);
        if found == next {
            self.hashes.push(hash);
        }
        found
    }

    /// How many logs were read or named.
    pub(super) fn logs(&self) -> usize {
        self.latest.len()
    }

    /// The hash that a person is known by.
    pub(super) fn hash(&self, person: u32) -> Option<u128> {
        self.hashes.get(person as usize).copied()
    }

    /// Who a person is.
    pub(super) fn person_id(&self, person: u32) -> Option<PersonId> {
        PersonId::parse(&hex(&self.hash(person)?.to_be_bytes()))
    }

    /// A log's number as the force writes it.
    pub(super) fn number(&self, log: u32) -> &str {
        self.numbers.text(log)
    }

    /// Whether no later extract has the row's log.
    pub(super) fn is_current(&self, row: &Row) -> bool {
        self.latest.get(row.log as usize) == Some(&row.extracted)
    }

    /// The log of a row as it was read.
    pub(super) fn log_of(&self, row: &Row) -> Option<Log> {
        let moment = |at: i64| if at == NEVER { None } else { Timestamp::from_second(at).ok() };
        let kind = self.kinds.get(row.kind)?.clone();
        let main = row.main().and_then(|main| LogNumber::parse(self.number(main)).ok());
        Some(Log {
            number: LogNumber::parse(self.number(row.log)).ok()?,
            extracted_at: moment(row.extracted)?,
            opened_at: moment(row.opened)?,
            closed_at: moment(row.closed),
            arrived_at: moment(row.arrived),
            duplicate_of: main.into_iter().collect(),
            cross_refs: vec![],
            status: kind.status,
            opening: kind.opening,
            closing: kind.closing,
            results: kind.results,
            qualifiers: kind.qualifiers,
            source: kind.source,
            attended: kind.attended,
            crimed: kind.crimed,
            area: self.areas.get(row.area)?.clone(),
            markers: kind.markers,
        })
    }

    /// The caller of a row.
    pub(super) fn caller_of(&self, row: &Row) -> Option<KnownCaller> {
        let person = row.person().and_then(|person| self.person_id(person));
        let Who { sendable, role, consent, language } = self.callers.get(row.caller)?.clone();
        let phone_reason = String::new();
        Some(KnownCaller { person, sendable, phone_reason, role, consent, language })
    }
}

/// What logs say besides their numbers and times.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    closing: Coded<Category>,
    opening: Coded<Category>,
    source: Coded<Source>,
    results: Vec<Coded<Outcome>>,
    qualifiers: Vec<Coded<Qualifier>>,
    attended: Option<bool>,
    status: Coded<Status>,
    crimed: bool,
    markers: Vec<Marker>,
}

impl Kind {
    fn of(log: Log) -> Self {
        Self {
            closing: unsaid(log.closing),
            opening: unsaid(log.opening),
            source: unsaid(log.source),
            results: log.results.into_iter().map(unsaid).collect(),
            qualifiers: log.qualifiers.into_iter().map(unsaid).collect(),
            attended: log.attended,
            status: unsaid(log.status),
            crimed: log.crimed,
            markers: log.markers,
        }
    }
}

/// What a caller was.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Who {
    sendable: bool,
    role: Coded<Role>,
    consent: Coded<Consent>,
    language: Option<Language>,
}

/// The same without the text of a code that the profile does not know.
fn unsaid<T>(coded: Coded<T>) -> Coded<T> {
    match coded {
        Coded::Unknown(_) => Coded::Unknown(String::new()),
        known @ (Coded::Known(_) | Coded::Blank) => known,
    }
}

/// Things of one sort, each once, by the order in which they came.
#[derive(Debug)]
pub(super) struct Seen<T> {
    numbers: BTreeMap<T, u32>,
    things: Vec<T>,
}

impl<T> Default for Seen<T> {
    fn default() -> Self {
        Self { numbers: BTreeMap::new(), things: Vec::new() }
    }
}

impl<T: Clone + Ord> Seen<T> {
    /// The number of a thing.
    pub(super) fn of(&mut self, thing: T) -> u32 {
        if let Some(number) = self.numbers.get(&thing) {
            return *number;
        }
        let number = counted(self.things.len());
        self.things.push(thing.clone());
        self.numbers.insert(thing, number);
        number
    }

    /// The thing of a number.
    pub(super) fn get(&self, number: u32) -> Option<&T> {
        self.things.get(number as usize)
    }
}

/// The numbers of logs, end to end, found by their hashes.
#[derive(Debug, Default)]
struct Numbers {
    found: HashMap<u64, u32>,
    text: String,
    ends: Vec<usize>,
}

impl Numbers {
    fn of(&mut self, text: &str) -> u32 {
        let mut hash = DefaultHasher::new();
        text.hash(&mut hash);
        let mut hash = hash.finish();
        loop {
            match self.found.get(&hash) {
                Some(number) if self.text(*number) == text => return *number,
                // Another text has this hash: the next one is as good.
                Some(_) => hash = hash.wrapping_add(1),
                None => break,
            }
        }
        let number = counted(self.ends.len());
        self.found.insert(hash, number);
        self.text.push_str(text);
        self.ends.push(self.text.len());
        number
    }

    fn text(&self, number: u32) -> &str {
        let at = number as usize;
        let begin = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied();
        let end = self.ends.get(at).copied().unwrap_or_default();
        self.text.get(begin.unwrap_or_default()..end).unwrap_or_default()
    }
}

/// A count as it is kept. There are never as many of anything: four thousand million rows are the
/// calls of every force for a century.
fn counted(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(NONE)
}
