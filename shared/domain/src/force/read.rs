//! One row in our neutral words.

use std::borrow::Cow;

use jiff::{SignedDuration, Timestamp};

use super::codes::Codes;
use super::{FeedFile, Field, Profile, fold};
use crate::feed::{Header, Reject, Row};
use crate::incident::{Caller, Coded, Consent, CrimeLink, Log, LogNumber, Marker, Role, Status};
use crate::markers;
use crate::nsir::Category;
use crate::person::Pepper;
use crate::phone::{self, DramaNumbers};

/// One row of an incident feed.
#[derive(Debug, Clone)]
pub struct Report {
    /// The log.
    pub log: Log,
    /// Whether the row itself says when it was extracted; else that is when its file landed.
    pub dated: bool,
    /// Who rang.
    pub caller: Caller,
    /// The codes that the profile does not know, by our field.
    pub unknown: Vec<(&'static str, String)>,
}

/// What reading a row needs besides the row.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    /// The header of the file.
    pub header: &'a Header,
    /// When the file was taken, for feeds without a column that says so.
    pub taken_at: Timestamp,
    /// Whether drama numbers may be texted: only outside production.
    pub drama: DramaNumbers,
}

/// The longest time from call to arrival that is believed.
const LONGEST_RESPONSE: i64 = 7 * 24 * 60;

impl Profile {
    /// Reads one row of an incident feed.
    ///
    /// # Errors
    /// What in the row cannot be read, by column.
    pub fn incident(
        &self,
        _feed: &FeedFile,
        reading: &Reading<'_>,
        row: &Row<'_>,
    ) -> Result<Report, Reject> {
        let cells = Cells { header: reading.header, row };
        let number = cells.value(Field::LogNumber)?;
        let number = LogNumber::parse(&number)
            .map_err(|error| row.reject(cells.column(Field::LogNumber), error.to_string()))?;
        let opened_at = cells
            .date(Field::OpenedAt)?
            .ok_or_else(|| cells.reject(Field::OpenedAt, "is blank"))?;
        let duplicate_of = match &*cells.value(Field::DuplicateOf)? {
            "" => vec![],
            text => vec![cells.log(Field::DuplicateOf, text)?],
        };
        let mut cross_refs = Vec::new();
        for other in cells.values(Field::CrossRefs)? {
            cross_refs.push(cells.log(Field::CrossRefs, other)?);
        }
        cross_refs.sort_unstable();
        cross_refs.dedup();
        let mut unknown = Vec::new();
        let mut crimed = !cells.values(Field::CrimeRefs)?.is_empty();
        let mut category = |field: Field| -> Result<Coded<Category>, Reject> {
            let code = cells.value(field)?;
            Ok(match self.categories.look_up(&code) {
                Coded::Known(Some(category)) => Coded::Known(category),
                // The profile knows it well: it is a crime's, and no category of incidents.
                Coded::Known(None) => {
                    crimed = true;
                    Coded::Unknown(code.chars().take(60).collect())
                }
                Coded::Unknown(code) => {
                    unknown.push((field.name(), code.clone()));
                    Coded::Unknown(code)
                }
                Coded::Blank => Coded::Blank,
            })
        };
        let opening = category(Field::Opening)?;
        let closing = category(Field::Closing)?;
        let mut found = markers::Found::default();
        for text in reading.header.texts(row) {
            found.look(text);
        }
        let mut found = found.markers();
        for code in cells.values(Field::Markers)? {
            // A marker nobody explained is taken for the gravest: nothing fails open.
            let marker = noted(&mut unknown, Field::Markers, self.markers.look_up(code));
            found.extend(marker.known().unwrap_or(Some(Marker::UnsafeToContact)));
        }
        found.sort_unstable();
        found.dedup();
        let extracted_at = cells.date(Field::ExtractedAt)?;
        let status = cells.coded(&self.status, Field::Status, &mut unknown)?;
        let mut results = Vec::new();
        for code in cells.values(Field::Results)? {
            results.push(noted(&mut unknown, Field::Results, self.results.look_up(code)));
        }
        let mut qualifiers = Vec::new();
        for code in cells.values(Field::Qualifiers)? {
            match noted(&mut unknown, Field::Qualifiers, self.qualifiers.look_up(code)) {
                Coded::Known(None) => {}
                Coded::Known(Some(qualifier)) => qualifiers.push(Coded::Known(qualifier)),
                Coded::Unknown(code) => qualifiers.push(Coded::Unknown(code)),
                Coded::Blank => qualifiers.push(Coded::Blank),
            }
        }
        let source = cells.coded(&self.sources, Field::Source, &mut unknown)?;
        let role = self.role(&cells, &mut unknown)?;
        let consent = self.consent(&cells, &mut unknown)?;
        let language = cells.coded(&self.languages, Field::Language, &mut unknown)?.known();
        let attended = cells.coded(&self.attended, Field::Attended, &mut unknown)?.known();
        let responded_at = cells.response(opened_at)?;
        Ok(Report {
            dated: extracted_at.is_some(),
            log: Log {
                number,
                extracted_at: extracted_at.unwrap_or(reading.taken_at),
                opened_at,
                closed_at: cells.date(Field::ClosedAt)?,
                status: said(status, reading.header.has(Field::Status), row.said()),
                opening,
                closing,
                results,
                qualifiers,
                source,
                // Where the extract has no such column, somebody who arrived has attended.
                attended: attended.or_else(|| {
                    let other = reading.header.has(Field::Attended) || responded_at.is_none();
                    (!other).then_some(true)
                }),
                arrived_at: cells.date(Field::ArrivedAt)?.or(responded_at),
                duplicate_of,
                cross_refs,
                crimed,
                area: area(&cells.value(Field::Area)?),
                markers: found,
            },
            caller: Caller {
                phone: phone::parse(&cells.value(Field::CallerPhone)?, reading.drama),
                role,
                consent,
                language,
            },
            unknown,
        })
    }

    /// What the caller was; where the log says two things, nothing.
    fn role(&self, cells: &Cells<'_, '_>, unknown: &mut Unknown) -> Result<Coded<Role>, Reject> {
        if !cells.header.acted() {
            return cells.coded(&self.roles, Field::CallerRole, unknown);
        }
        let answers = cells.answers(Field::CallerRole)?;
        Ok(noted(unknown, Field::CallerRole, one_of(&self.roles, &answers)))
    }

    /// Whether the caller may be texted; one no among several answers is a no.
    fn consent(
        &self,
        cells: &Cells<'_, '_>,
        unknown: &mut Unknown,
    ) -> Result<Coded<Consent>, Reject> {
        if !cells.header.acted() {
            return cells.coded(&self.consent, Field::Consent, unknown);
        }
        let answers = cells.answers(Field::Consent)?;
        let no = Coded::Known(Consent::No);
        if answers.len() > 1 && answers.iter().any(|code| self.consent.look_up(code) == no) {
            return Ok(no);
        }
        Ok(noted(unknown, Field::Consent, one_of(&self.consent, &answers)))
    }

    /// Reads one row of a crime feed.
    ///
    /// # Errors
    /// What in the row cannot be read, by column.
    pub fn crime(
        &self,
        _feed: &FeedFile,
        reading: &Reading<'_>,
        pepper: &Pepper,
        row: &Row<'_>,
    ) -> Result<CrimeLink, Reject> {
        let cells = Cells { header: reading.header, row };
        let reference = cells.value(Field::Reference)?;
        if reference.is_empty() || reference.len() > 40 {
            return Err(cells.reject(Field::Reference, "must be 1 to 40 characters"));
        }
        let log = match &*cells.value(Field::LogNumber)? {
            "" => None,
            number => Some(cells.log(Field::LogNumber, number)?),
        };
        // A number that may not be texted still names a person: the link must hold.
        let person = phone::parse(&cells.value(Field::Phone)?, DramaNumbers::Allowed)
            .mobile()
            .map(|mobile| pepper.person(mobile));
        if log.is_none() && person.is_none() {
            let problem = "names neither a log nor a mobile number".to_owned();
            return Err(row.reject(cells.column(Field::LogNumber), problem));
        }
        Ok(CrimeLink { reference: reference.into_owned(), log, person })
    }
}

/// Codes that the profile does not know, by our field.
type Unknown = Vec<(&'static str, String)>;

/// The cells of one row, with rejects that name their column.
struct Cells<'h, 'r> {
    header: &'h Header,
    row: &'h Row<'r>,
}

impl<'h, 'r> Cells<'h, 'r> {
    fn column(&self, field: Field) -> &'h str {
        self.header.name(field)
    }

    fn reject(&self, field: Field, problem: &str) -> Reject {
        self.row.reject(self.column(field), format!("{}: {problem}", field.name()))
    }

    fn value(&self, field: Field) -> Result<Cow<'r, str>, Reject> {
        self.header.value(self.row, field).map_err(|odd| self.reject(field, odd))
    }

    fn values(&self, field: Field) -> Result<Vec<&'r str>, Reject> {
        let mut values = Vec::new();
        let read = self.header.values(self.row, field, |value| values.push(value));
        read.map_err(|odd| self.reject(field, odd))?;
        Ok(values)
    }

    /// The different answers to what is asked once: a log's actions may answer too.
    fn answers(&self, field: Field) -> Result<Vec<&'r str>, Reject> {
        let mut answers: Vec<&str> = Vec::new();
        for answer in self.values(field)? {
            if !answers.iter().any(|other| fold(other) == fold(answer)) {
                answers.push(answer);
            }
        }
        Ok(answers)
    }

    fn date(&self, field: Field) -> Result<Option<Timestamp>, Reject> {
        let text = self.value(field)?;
        if text.is_empty() {
            return Ok(None);
        }
        let parsed = self.header.dates().parse(&text);
        parsed.map(Some).map_err(|problem| self.reject(field, &problem))
    }

    fn log(&self, field: Field, text: &str) -> Result<LogNumber, Reject> {
        // "N/K" is no main log: all who wrote it would belong to one incident.
        if !text.bytes().any(|byte| byte.is_ascii_digit()) {
            return Err(self.reject(field, "is no log number: it has no digit"));
        }
        LogNumber::parse(text).map_err(|error| self.reject(field, &error.to_string()))
    }

    fn coded<T: Clone>(
        &self,
        codes: &Codes<T>,
        field: Field,
        unknown: &mut Unknown,
    ) -> Result<Coded<T>, Reject> {
        Ok(noted(unknown, field, codes.look_up(&self.value(field)?)))
    }

    /// When somebody arrived, by the minutes it took; not believed when there are none, or fewer.
    fn response(&self, opened_at: Timestamp) -> Result<Option<Timestamp>, Reject> {
        let text = self.value(Field::ResponseMinutes)?;
        if text.is_empty() {
            return Ok(None);
        }
        let minutes: i64 = text
            .parse()
            .map_err(|_| self.reject(Field::ResponseMinutes, "is not a whole number of minutes"))?;
        if !(1..=LONGEST_RESPONSE).contains(&minutes) {
            return Ok(None);
        }
        Ok(opened_at.checked_add(SignedDuration::from_mins(minutes)).ok())
    }
}

/// A coded cell, noted when the profile does not know it.
fn noted<T>(unknown: &mut Unknown, field: Field, coded: Coded<T>) -> Coded<T> {
    if let Coded::Unknown(code) = &coded {
        unknown.push((field.name(), code.clone()));
    }
    coded
}

/// What all the answers mean, when they mean the same.
fn one_of<T: Clone + PartialEq>(codes: &Codes<T>, answers: &[&str]) -> Coded<T> {
    let Some(first) = answers.first() else { return codes.look_up("") };
    let one = codes.look_up(first);
    if answers.iter().all(|answer| codes.look_up(answer) == one) {
        return one;
    }
    Coded::Unknown(answers.join(" / ").chars().take(60).collect())
}

/// How far the force has come, by the log's cell and by its actions.
///
/// What an action says against a log counts whatever its cell says; that it was closed counts only
/// where there is no cell.
fn said(status: Coded<Status>, has_column: bool, said: Option<Status>) -> Coded<Status> {
    match said {
        Some(Status::Reopened) => Coded::Known(Status::Reopened),
        Some(Status::Transferred) => Coded::Known(Status::Transferred),
        Some(status) if !has_column => Coded::Known(status),
        _ => status,
    }
}

/// An area is shown in reports, so it may hold only what a beat code holds.
fn area(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(12).collect()
}
