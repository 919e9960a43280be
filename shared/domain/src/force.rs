//! How one force's extract maps to our neutral words: columns, dates, codes, what a blank means.
//!
//! A profile is a file an analyst can read ([`ProfileFile`], TOML in `infra/forces`). A code that
//! is not in it is [`Coded::Unknown`], and the log holds; nothing is guessed.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::AmbiguousOffset;
use serde::{Deserialize, Serialize};

use crate::feed::{Header, Reject, Row};
use crate::hours::LONDON;
use crate::incident::{
    Caller, Coded, Consent, CrimeLink, Log, LogNumber, Marker, Outcome, Role, Source, Status,
};
use crate::markers;
use crate::nsir::{Category, Qualifier};
use crate::person::Pepper;
use crate::phone::{self, DramaNumbers};

/// A force's feeds and codes, as its analyst writes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProfileFile {
    /// Short name: lower-case letters, digits, hyphens.
    pub name: String,
    /// The force's name for people.
    pub title: String,
    /// The feeds, by the folder under `extracts/` they land in.
    pub feeds: BTreeMap<String, FeedFile>,
    /// What each code means.
    pub codes: CodesFile,
}

/// What kind of rows a feed has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Command-and-control logs, one row for each caller.
    Incidents,
    /// Links from the crime system.
    Crimes,
}

/// One feed of a profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedFile {
    /// What its rows are.
    pub kind: Kind,
    /// What stands between two cells; a comma unless said.
    #[serde(default = "comma")]
    pub separator: char,
    /// How dates are written, the likeliest first, such as `%d/%m/%Y %H:%M`. London time.
    #[serde(default)]
    pub dates: Vec<String>,
    /// What stands between several codes in one cell; a semicolon unless said.
    #[serde(default = "semicolon")]
    pub list_separator: char,
    /// Our field to their column.
    pub columns: BTreeMap<String, String>,
    /// Columns of free text, looked at only to deny.
    #[serde(default)]
    pub free_text: Vec<String>,
}

fn comma() -> char {
    ','
}

fn semicolon() -> char {
    ';'
}

/// The `[codes]` of a profile: their code to our word.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodesFile {
    /// To `open`, `closed`, `reopened`, `transferred`.
    #[serde(default)]
    pub status: BTreeMap<String, String>,
    /// To an NSIR category by its exact name, or `Crime`.
    #[serde(default)]
    pub categories: BTreeMap<String, String>,
    /// To an outcome such as `cleared`.
    #[serde(default)]
    pub results: BTreeMap<String, String>,
    /// To an NSIR qualifier by its exact name.
    #[serde(default)]
    pub qualifiers: BTreeMap<String, String>,
    /// To `emergency`, `telephone`, `online`, `in-person`, `not-a-person`.
    #[serde(default)]
    pub sources: BTreeMap<String, String>,
    /// To `public`, `involved`, `suspect`, `professional`, `child`.
    #[serde(default)]
    pub roles: BTreeMap<String, String>,
    /// To `yes` or `no`.
    #[serde(default)]
    pub consent: BTreeMap<String, String>,
    /// To `yes` or `no`.
    #[serde(default)]
    pub attended: BTreeMap<String, String>,
    /// To a marker such as `unsafe-to-contact`.
    #[serde(default)]
    pub markers: BTreeMap<String, String>,
}

/// Our fields of an incident feed, and whether a feed must have a column for them.
pub const INCIDENT_FIELDS: [(&str, bool); 19] = [
    ("log_number", true),
    ("extracted_at", false),
    ("opened_at", true),
    ("closed_at", true),
    ("status", true),
    ("opening", true),
    ("closing", true),
    ("results", true),
    ("qualifiers", true),
    ("source", true),
    ("attended", true),
    ("arrived_at", true),
    ("duplicate_of", true),
    ("cross_refs", false),
    ("crime_refs", true),
    ("area", false),
    ("caller_phone", true),
    ("caller_role", true),
    ("consent", true),
];

/// Our fields of a crime feed, and whether a feed must have a column for them.
pub const CRIME_FIELDS: [(&str, bool); 3] =
    [("reference", true), ("log_number", true), ("phone", false)];

/// A field that may be added to an incident feed: a column of safe-contact markers.
const MARKERS_FIELD: &str = "markers";

/// A profile that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Its short name.
    pub name: String,
    /// The force's name for people.
    pub title: String,
    feeds: BTreeMap<String, FeedFile>,
    status: HashMap<String, Status>,
    categories: HashMap<String, Option<Category>>,
    results: HashMap<String, Outcome>,
    qualifiers: HashMap<String, Qualifier>,
    sources: HashMap<String, Source>,
    roles: HashMap<String, Role>,
    consent: HashMap<String, Consent>,
    attended: HashMap<String, bool>,
    markers: HashMap<String, Marker>,
}

/// Something wrong with a profile file.
pub use crate::campaign::Problem;

/// Codes are compared without regard to case or to space around them.
fn fold(code: &str) -> String {
    code.trim().to_lowercase()
}

impl ProfileFile {
    /// Checks every field and says everything that is wrong, not only the first.
    ///
    /// # Errors
    /// Every problem found.
    pub fn check(&self) -> Result<Profile, Vec<Problem>> {
        let mut problems = Vec::new();
        if crate::campaign::CampaignId::parse(&self.name).is_none() {
            problems.push(Problem {
                field: "name".to_owned(),
                problem: format!("{:?} is not lower-case letters, digits, hyphens", self.name),
            });
        }
        for (name, feed) in &self.feeds {
            check_feed(name, feed, &mut problems);
        }
        let codes = &self.codes;
        let profile = Profile {
            name: self.name.clone(),
            title: self.title.clone(),
            feeds: self.feeds.clone(),
            status: table("status", &codes.status, &mut problems, |word| {
                Some(match word {
                    "open" => Status::Open,
                    "closed" => Status::Closed,
                    "reopened" => Status::Reopened,
                    "transferred" => Status::Transferred,
                    _ => return None,
                })
            }),
            categories: table("categories", &codes.categories, &mut problems, |word| {
                if word == "Crime" { Some(None) } else { Category::parse(word).map(Some) }
            }),
            results: table("results", &codes.results, &mut problems, Outcome::parse),
            qualifiers: table("qualifiers", &codes.qualifiers, &mut problems, Qualifier::parse),
            sources: table("sources", &codes.sources, &mut problems, |word| {
                Some(match word {
                    "emergency" => Source::Emergency,
                    "telephone" => Source::Telephone,
                    "online" => Source::Online,
                    "in-person" => Source::InPerson,
                    "not-a-person" => Source::NotAPerson,
                    _ => return None,
                })
            }),
            roles: table("roles", &codes.roles, &mut problems, |word| {
                Some(match word {
                    "public" => Role::Public,
                    "involved" => Role::Involved,
                    "suspect" => Role::Suspect,
                    "professional" => Role::Professional,
                    "child" => Role::Child,
                    _ => return None,
                })
            }),
            consent: table("consent", &codes.consent, &mut problems, |word| match word {
                "yes" => Some(Consent::Yes),
                "no" => Some(Consent::No),
                _ => None,
            }),
            attended: table("attended", &codes.attended, &mut problems, |word| match word {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            }),
            markers: table("markers", &codes.markers, &mut problems, Marker::parse),
        };
        if problems.is_empty() { Ok(profile) } else { Err(problems) }
    }
}

fn check_feed(name: &str, feed: &FeedFile, problems: &mut Vec<Problem>) {
    let mut add = |field: String, problem: String| problems.push(Problem { field, problem });
    if crate::campaign::CampaignId::parse(name).is_none() {
        add(format!("feeds.{name}"), "is not lower-case letters, digits, hyphens".to_owned());
    }
    let fields: &[(&str, bool)] = match feed.kind {
        Kind::Incidents => &INCIDENT_FIELDS,
        Kind::Crimes => &CRIME_FIELDS,
    };
    for (field, needed) in fields {
        if *needed && !feed.columns.contains_key(*field) {
            add(format!("feeds.{name}.columns"), format!("no column is named for {field}"));
        }
    }
    for field in feed.columns.keys() {
        let known = fields.iter().any(|(known, _)| known == field)
            || (feed.kind == Kind::Incidents && field == MARKERS_FIELD);
        if !known {
            add(format!("feeds.{name}.columns.{field}"), "is not one of our fields".to_owned());
        }
    }
    if feed.kind == Kind::Incidents && feed.dates.is_empty() {
        add(format!("feeds.{name}.dates"), "say how dates are written".to_owned());
    }
    if !feed.separator.is_ascii() {
        add(format!("feeds.{name}.separator"), "must be a plain sign".to_owned());
    }
}

fn table<T>(
    name: &str,
    codes: &BTreeMap<String, String>,
    problems: &mut Vec<Problem>,
    parse: impl Fn(&str) -> Option<T>,
) -> HashMap<String, T> {
    let mut table = HashMap::new();
    for (code, word) in codes {
        let field = || format!("codes.{name}.{code:?}");
        match parse(word) {
            Some(meaning) => {
                if table.insert(fold(code), meaning).is_some() {
                    let problem = "is given twice, in different case or spacing".to_owned();
                    problems.push(Problem { field: field(), problem });
                }
            }
            None => problems
                .push(Problem { field: field(), problem: format!("{word:?} is not a meaning") }),
        }
    }
    table
}

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

impl Profile {
    /// The feed that lands in this folder.
    pub fn feed(&self, name: &str) -> Option<&FeedFile> {
        self.feeds.get(name)
    }

    /// Reads one row of an incident feed.
    ///
    /// # Errors
    /// What in the row cannot be read, by column.
    pub fn incident(
        &self,
        feed: &FeedFile,
        reading: &Reading<'_>,
        row: &Row,
    ) -> Result<Report, Reject> {
        let cell = |field: &str| reading.header.cell(feed, row, field);
        let date = |field: &str| -> Result<Option<Timestamp>, Reject> {
            let text = cell(field);
            if text.is_empty() {
                return Ok(None);
            }
            parse_date(&feed.dates, text).map(Some).map_err(|problem| {
                row.reject(feed.columns.get(field), format!("{field}: {problem}"))
            })
        };
        let list = |field: &str| -> Vec<String> {
            cell(field)
                .split(feed.list_separator)
                .map(str::trim)
                .filter(|code| !code.is_empty())
                .map(str::to_owned)
                .collect()
        };
        let number = LogNumber::parse(cell("log_number"))
            .map_err(|error| row.reject(feed.columns.get("log_number"), error.to_string()))?;
        let opened_at = date("opened_at")?.ok_or_else(|| {
            row.reject(feed.columns.get("opened_at"), "opened_at: is blank".to_owned())
        })?;
        let duplicate = cell("duplicate_of");
        let duplicate_of = if duplicate.is_empty() {
            vec![]
        } else {
            vec![LogNumber::parse(duplicate).map_err(|error| {
                row.reject(feed.columns.get("duplicate_of"), format!("duplicate_of: {error}"))
            })?]
        };
        let mut cross_refs = Vec::new();
        for other in list("cross_refs") {
            cross_refs.push(LogNumber::parse(&other).map_err(|error| {
                row.reject(feed.columns.get("cross_refs"), format!("cross_refs: {error}"))
            })?);
        }
        cross_refs.sort_unstable();
        cross_refs.dedup();
        let mut crimed = !list("crime_refs").is_empty();
        let mut category = |field: &str| match look_up(&self.categories, cell(field)) {
            Coded::Known(Some(category)) => Coded::Known(category),
            Coded::Known(None) => {
                crimed = true;
                Coded::Unknown(cell(field).to_owned())
            }
            Coded::Unknown(code) => Coded::Unknown(code),
            Coded::Blank => Coded::Blank,
        };
        let opening = category("opening");
        let closing = category("closing");
        let mut found: Vec<Marker> = feed
            .free_text
            .iter()
            .flat_map(|column| markers::find(reading.header.column(row, column)))
            .collect();
        let mut unknown = Vec::new();
        for code in list(MARKERS_FIELD) {
            // A marker nobody explained is taken for the gravest: nothing fails open.
            let marker = look_up(&self.markers, &code);
            note(&mut unknown, MARKERS_FIELD, &marker);
            found.push(marker.known().unwrap_or(Marker::UnsafeToContact));
        }
        found.sort_unstable();
        found.dedup();
        let extracted_at = date("extracted_at")?;
        let attended = look_up(&self.attended, cell("attended"));
        note(&mut unknown, "attended", &attended);
        let mut report = Report {
            dated: extracted_at.is_some(),
            unknown,
            log: Log {
                number,
                extracted_at: extracted_at.unwrap_or(reading.taken_at),
                opened_at,
                closed_at: date("closed_at")?,
                status: look_up(&self.status, cell("status")),
                opening,
                closing,
                results: list("results").iter().map(|code| look_up(&self.results, code)).collect(),
                qualifiers: list("qualifiers")
                    .iter()
                    .map(|code| look_up(&self.qualifiers, code))
                    .collect(),
                source: look_up(&self.sources, cell("source")),
                attended: attended.known(),
                arrived_at: date("arrived_at")?,
                duplicate_of,
                cross_refs,
                crimed,
                area: area(cell("area")),
                markers: found,
            },
            caller: Caller {
                phone: phone::parse(cell("caller_phone"), reading.drama),
                role: look_up(&self.roles, cell("caller_role")),
                consent: look_up(&self.consent, cell("consent")),
            },
        };
        note(&mut report.unknown, "status", &report.log.status);
        note(&mut report.unknown, "opening", &report.log.opening);
        note(&mut report.unknown, "closing", &report.log.closing);
        for result in &report.log.results {
            note(&mut report.unknown, "results", result);
        }
        for qualifier in &report.log.qualifiers {
            note(&mut report.unknown, "qualifiers", qualifier);
        }
        note(&mut report.unknown, "source", &report.log.source);
        note(&mut report.unknown, "caller_role", &report.caller.role);
        note(&mut report.unknown, "consent", &report.caller.consent);
        Ok(report)
    }

    /// Reads one row of a crime feed.
    ///
    /// # Errors
    /// What in the row cannot be read, by column.
    pub fn crime(
        &self,
        feed: &FeedFile,
        reading: &Reading<'_>,
        pepper: &Pepper,
        row: &Row,
    ) -> Result<CrimeLink, Reject> {
        let cell = |field: &str| reading.header.cell(feed, row, field);
        let reference = cell("reference");
        if reference.is_empty() || reference.len() > 40 {
            let problem = "reference: must be 1 to 40 characters".to_owned();
            return Err(row.reject(feed.columns.get("reference"), problem));
        }
        let number = cell("log_number");
        let log = if number.is_empty() {
            None
        } else {
            Some(LogNumber::parse(number).map_err(|error| {
                row.reject(feed.columns.get("log_number"), format!("log_number: {error}"))
            })?)
        };
        // A number that may not be texted still names a person: the link must hold.
        let person = phone::parse(cell("phone"), DramaNumbers::Allowed)
            .mobile()
            .map(|mobile| pepper.person(mobile));
        if log.is_none() && person.is_none() {
            let problem = "names neither a log nor a mobile number".to_owned();
            return Err(row.reject(feed.columns.get("log_number"), problem));
        }
        Ok(CrimeLink { reference: reference.to_owned(), log, person })
    }
}

fn note<T>(unknown: &mut Vec<(&'static str, String)>, field: &'static str, coded: &Coded<T>) {
    if let Coded::Unknown(code) = coded {
        unknown.push((field, code.clone()));
    }
}

fn look_up<T: Clone>(table: &HashMap<String, T>, code: &str) -> Coded<T> {
    if code.trim().is_empty() {
        return Coded::Blank;
    }
    table.get(&fold(code)).map_or_else(
        || Coded::Unknown(code.trim().chars().take(60).collect()),
        |meaning| Coded::Known(meaning.clone()),
    )
}

/// An area is shown in reports, so it may hold only what a beat code holds.
fn area(text: &str) -> String {
    text.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').take(12).collect()
}

/// Reads a local time of London in the first format that fits the whole of it.
///
/// An hour that summer time skips does not exist and is refused; one it repeats is the first.
fn parse_date(formats: &[String], text: &str) -> Result<Timestamp, String> {
    for format in formats {
        if let Ok(local) = DateTime::strptime(format, text) {
            let ambiguous = LONDON.to_ambiguous_zoned(local);
            if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
                return Err("does not exist: the clocks went forward over it".to_owned());
            }
            return ambiguous
                .compatible()
                .map(|zoned| zoned.timestamp())
                .map_err(|_| "is out of range".to_owned());
        }
    }
    Err(format!("is not a date written as {}", formats.join(" or ")))
}
