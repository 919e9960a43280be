//! How one force's extract maps to our neutral words: columns, dates, codes, what a blank means.
//!
//! A profile is a file an analyst can read ([`ProfileFile`], TOML in `infra/forces`). A code that
//! is not in it is [`Coded::Unknown`], and the log holds; nothing is guessed.

mod codes;
mod dates;
mod read;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::incident::{Consent, Marker, Outcome, Role, SOURCES, Source, Status};
use crate::language::Language;
use crate::nsir::{Category, Qualifier};

use codes::Codes;
pub(crate) use dates::{Dates, ambiguous};
pub use read::{Reading, Report};

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

/// How the files of a feed are written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Format {
    /// A header, then a row for each line, their cells parted by a sign: CSV and its like.
    #[default]
    Separated,
    /// An object for each line, whose keys are the columns.
    JsonLines,
    /// STORM's log detail: after the row of each log, the table of its actions.
    LogDetail,
}

/// One feed of a profile.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedFile {
    /// What its rows are.
    pub kind: Kind,
    /// How its files are written: `separated` unless said, `json-lines` or `log-detail`.
    #[serde(default)]
    pub format: Format,
    /// What stands between two cells; a comma unless said.
    #[serde(default = "comma")]
    pub separator: char,
    /// How dates are written, the likeliest first, such as `%d/%m/%Y %H:%M`. London time.
    #[serde(default)]
    pub dates: Vec<String>,
    /// The signs that may stand between several codes in one cell; a semicolon unless said.
    #[serde(default = "semicolon")]
    pub list_separator: String,
    /// Words that count as blank, such as `N/A`.
    #[serde(default)]
    pub blanks: Vec<String>,
    /// Our field to their column, or to columns that are joined.
    pub columns: BTreeMap<String, Columns>,
    /// Columns of free text, looked at only to deny.
    #[serde(default)]
    pub free_text: Vec<String>,
    /// The line after the last row, where the feed promises one.
    #[serde(default)]
    pub trailer: Option<TrailerFile>,
    /// The actions of a log, for `log-detail`.
    #[serde(default)]
    pub actions: Option<ActionsFile>,
}

/// One column, or several whose cells are joined by a space.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Columns {
    /// One column.
    One(String),
    /// Several, such as a date and a time.
    Joined(Vec<String>),
}

impl Columns {
    /// Their names.
    pub fn names(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Joined(names) => names,
        }
    }
}

impl fmt::Display for Columns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names().join(" + "))
    }
}

/// The line after the last row, which says how many there were.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrailerFile {
    /// What stands in its first cell.
    pub word: String,
    /// Which of its cells, from 1, holds the number of rows; where not said, the line only begins
    /// with the word, and the one number in it counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<usize>,
}

/// Where a log's actions are, and what their texts say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionsFile {
    /// The columns of an action's date and time.
    pub date: Columns,
    /// The column of its text.
    pub text: String,
    /// Beginnings of texts that are searched for markers and for nothing else.
    #[serde(default)]
    pub searched_only: Vec<String>,
    /// What stands in a text, to what it says: one of [`PHRASES`].
    #[serde(default)]
    pub phrases: BTreeMap<String, String>,
    /// What was asked (`Q:`), to the field that the answer (`A:`) is of: `consent`, `caller_role`.
    #[serde(default)]
    pub questions: BTreeMap<String, String>,
}

/// What a phrase in an action may say: codes or references that follow it, or a status.
pub const PHRASES: [&str; 8] = [
    "results",
    "qualifiers",
    "cross_refs",
    "crime_refs",
    "duplicate_of",
    "closed_at",
    "reopened",
    "transferred",
];

/// What a question in an action may ask.
pub const QUESTIONS: [&str; 2] = ["consent", "caller_role"];

fn comma() -> char {
    ','
}

fn semicolon() -> String {
    ";".to_owned()
}

impl FeedFile {
    /// The columns that a file must have, each once.
    pub(crate) fn needed(&self) -> Vec<&str> {
        let named = self.columns.values().flat_map(Columns::names).chain(&self.free_text);
        let mut needed: Vec<&str> = Vec::new();
        for column in named {
            if !needed.iter().any(|other| fold(other) == fold(column)) {
                needed.push(column);
            }
        }
        needed
    }

    /// Whether what an action says can fill this field.
    fn acted(&self, field: &str) -> bool {
        let Some(actions) = &self.actions else { return false };
        let mut said = actions.phrases.values().chain(actions.questions.values());
        said.any(|said| said == field || (field == "status" && said == "closed_at"))
    }
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
    /// To an NSIR qualifier by its exact name, or `Local` for one of the force's own (NSIR 1.15) that
    /// describes a place or how the call was handled, and says nothing of a person.
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
    /// To a marker such as `unsafe-to-contact`, or `none` for a flag that is no warning.
    #[serde(default)]
    pub markers: BTreeMap<String, String>,
    /// To `en` or `cy`: the language in which the caller wants to be written to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub languages: BTreeMap<String, String>,
}

/// Our fields of an incident feed, and whether a feed must have a column for them.
pub const INCIDENT_FIELDS: [(&str, bool); 21] = [
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
    ("response_minutes", false),
    ("duplicate_of", true),
    ("cross_refs", false),
    ("crime_refs", true),
    ("area", false),
    ("caller_phone", true),
    ("caller_role", true),
    ("consent", true),
    ("language", false),
];

/// Our fields of a crime feed, and whether a feed must have a column for them.
pub const CRIME_FIELDS: [(&str, bool); 3] =
    [("reference", true), ("log_number", true), ("phone", false)];

/// A field that may be added to an incident feed: a column of safe-contact markers.
const MARKERS_FIELD: &str = "markers";

/// Our fields by number, so that a file's columns are looked up once and not for each row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    LogNumber,
    ExtractedAt,
    OpenedAt,
    ClosedAt,
    Status,
    Opening,
    Closing,
    Results,
    Qualifiers,
    Source,
    Attended,
    ArrivedAt,
    ResponseMinutes,
    DuplicateOf,
    CrossRefs,
    CrimeRefs,
    Area,
    CallerPhone,
    CallerRole,
    Consent,
    Markers,
    Language,
    Reference,
    Phone,
}

/// Every field with its name, in the order of their numbers.
pub(crate) const FIELDS: [(Field, &str); 24] = [
    (Field::LogNumber, "log_number"),
    (Field::ExtractedAt, "extracted_at"),
    (Field::OpenedAt, "opened_at"),
    (Field::ClosedAt, "closed_at"),
    (Field::Status, "status"),
    (Field::Opening, "opening"),
    (Field::Closing, "closing"),
    (Field::Results, "results"),
    (Field::Qualifiers, "qualifiers"),
    (Field::Source, "source"),
    (Field::Attended, "attended"),
    (Field::ArrivedAt, "arrived_at"),
    (Field::ResponseMinutes, "response_minutes"),
    (Field::DuplicateOf, "duplicate_of"),
    (Field::CrossRefs, "cross_refs"),
    (Field::CrimeRefs, "crime_refs"),
    (Field::Area, "area"),
    (Field::CallerPhone, "caller_phone"),
    (Field::CallerRole, "caller_role"),
    (Field::Consent, "consent"),
    (Field::Markers, MARKERS_FIELD),
    (Field::Language, "language"),
    (Field::Reference, "reference"),
    (Field::Phone, "phone"),
];

impl Field {
    /// Our name for it.
    pub(crate) fn name(self) -> &'static str {
        FIELDS[self as usize].1
    }
}

/// A profile that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Its short name.
    pub name: String,
    /// The force's name for people.
    pub title: String,
    feeds: BTreeMap<String, FeedFile>,
    status: Codes<Status>,
    categories: Codes<Option<Category>>,
    results: Codes<Outcome>,
    /// None for a qualifier of the force's own that says nothing of a person.
    qualifiers: Codes<Option<Qualifier>>,
    sources: Codes<Source>,
    roles: Codes<Role>,
    consent: Codes<Consent>,
    attended: Codes<bool>,
    /// None for a flag that is no warning.
    markers: Codes<Option<Marker>>,
    languages: Codes<Language>,
}

/// Something wrong with a profile file.
pub use crate::campaign::Problem;

/// Codes are compared without regard to case or to space around them.
pub(crate) fn fold(code: &str) -> String {
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
        // What a blank may be said to mean: what denies, or claims less.
        let profile = Profile {
            name: self.name.clone(),
            title: self.title.clone(),
            feeds: self.feeds.clone(),
            status: Codes::read("status", &codes.status, &mut problems, status, |status| {
                matches!(status, Status::Open)
            }),
            categories: Codes::read(
                "categories",
                &codes.categories,
                &mut problems,
                |word| if word == "Crime" { Some(None) } else { Category::parse(word).map(Some) },
                |_| false,
            ),
            results: Codes::read("results", &codes.results, &mut problems, Outcome::parse, |_| {
                false
            }),
            qualifiers: Codes::read(
                "qualifiers",
                &codes.qualifiers,
                &mut problems,
                |word| if word == "Local" { Some(None) } else { Qualifier::parse(word).map(Some) },
                |_| false,
            ),
            sources: Codes::read("sources", &codes.sources, &mut problems, source, |source| {
                matches!(source, Source::NotAPerson)
            }),
            roles: Codes::read("roles", &codes.roles, &mut problems, role, |role| {
                !matches!(role, Role::Public)
            }),
            consent: Codes::read(
                "consent",
                &codes.consent,
                &mut problems,
                |word| yes_or_no(word).map(|yes| if yes { Consent::Yes } else { Consent::No }),
                |consent| matches!(consent, Consent::No),
            ),
            attended: Codes::read(
                "attended",
                &codes.attended,
                &mut problems,
                yes_or_no,
                |attended| !attended,
            ),
            markers: Codes::read(
                "markers",
                &codes.markers,
                &mut problems,
                |word| if word == "none" { Some(None) } else { Marker::parse(word).map(Some) },
                |_| false,
            ),
            languages: Codes::read(
                "languages",
                &codes.languages,
                &mut problems,
                Language::parse,
                |_| false,
            ),
        };
        for (name, feed) in &self.feeds {
            for word in feed.blanks.iter().filter(|word| profile.has_code(word)) {
                problems.push(Problem {
                    field: format!("feeds.{name}.blanks"),
                    problem: format!("{word:?} is a code, so it cannot count as blank"),
                });
            }
        }
        if problems.is_empty() { Ok(profile) } else { Err(problems) }
    }
}

fn status(word: &str) -> Option<Status> {
    Some(match word {
        "open" => Status::Open,
        "closed" => Status::Closed,
        "reopened" => Status::Reopened,
        "transferred" => Status::Transferred,
        _ => return None,
    })
}

fn source(word: &str) -> Option<Source> {
    SOURCES.iter().find(|(_, known)| *known == word).map(|(source, _)| *source)
}

fn role(word: &str) -> Option<Role> {
    Some(match word {
        "public" => Role::Public,
        "involved" => Role::Involved,
        "suspect" => Role::Suspect,
        "professional" => Role::Professional,
        "child" => Role::Child,
        _ => return None,
    })
}

fn yes_or_no(word: &str) -> Option<bool> {
    match word {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    }
}

fn check_feed(name: &str, feed: &FeedFile, problems: &mut Vec<Problem>) {
    let mut add = |field: &str, problem: String| {
        let dot = if field.is_empty() { "" } else { "." };
        problems.push(Problem { field: format!("feeds.{name}{dot}{field}"), problem });
    };
    if crate::campaign::CampaignId::parse(name).is_none() {
        add("", "is not lower-case letters, digits, hyphens".to_owned());
    }
    let fields: &[(&str, bool)] = match feed.kind {
        Kind::Incidents => &INCIDENT_FIELDS,
        Kind::Crimes => &CRIME_FIELDS,
    };
    // Minutes to the arrival say when somebody came, and so that somebody did.
    let timed = feed.columns.contains_key("response_minutes");
    for (field, needed) in fields {
        let elsewhere = feed.acted(field) || (timed && ["attended", "arrived_at"].contains(field));
        if *needed && !feed.columns.contains_key(*field) && !elsewhere {
            add("columns", format!("no column is named for {field}"));
        }
    }
    for (field, columns) in &feed.columns {
        let known = fields.iter().any(|(known, _)| known == field)
            || (feed.kind == Kind::Incidents && field == MARKERS_FIELD);
        if !known {
            add(&format!("columns.{field}"), "is not one of our fields".to_owned());
        }
        if columns.names().is_empty() || columns.names().iter().any(|name| fold(name).is_empty()) {
            add(&format!("columns.{field}"), "names no column".to_owned());
        }
    }
    if feed.kind == Kind::Incidents && feed.dates.is_empty() {
        add("dates", "say how dates are written".to_owned());
    }
    if let Some(problem) = ambiguous(&feed.dates) {
        add("dates", problem.to_owned());
    }
    if !feed.separator.is_ascii() {
        add("separator", "must be a plain sign".to_owned());
    }
    if feed.list_separator.is_empty() {
        add("list_separator", "must be one sign or several".to_owned());
    }
    if feed.blanks.iter().any(|word| fold(word).is_empty()) {
        add("blanks", "an empty cell is blank anyway".to_owned());
    }
    if let Some(trailer) = &feed.trailer {
        if feed.format != Format::Separated {
            add("trailer", "only a separated feed can have one".to_owned());
        }
        if fold(&trailer.word).is_empty() || trailer.count.is_some_and(|count| count < 2) {
            add("trailer", "needs a word, and a count in a cell after it".to_owned());
        }
    }
    match (&feed.actions, feed.format) {
        (Some(actions), Format::LogDetail) => check_actions(feed, actions, &mut add),
        (Some(_), _) => add("actions", "belong to the format log-detail".to_owned()),
        (None, Format::LogDetail) => add("actions", "say where the actions are".to_owned()),
        (None, _) => {}
    }
}

fn check_actions(feed: &FeedFile, actions: &ActionsFile, add: &mut impl FnMut(&str, String)) {
    if feed.kind != Kind::Incidents {
        add("actions", "only incidents have actions".to_owned());
    }
    let mut columns = actions.date.names().iter().chain([&actions.text]);
    if actions.date.names().is_empty() || columns.any(|column| fold(column).is_empty()) {
        add("actions", "name the columns of date and text".to_owned());
    }
    for (phrase, said) in &actions.phrases {
        if !PHRASES.contains(&said.as_str()) {
            let problem = format!("{said:?} is none of {}", PHRASES.join(", "));
            add(&format!("actions.phrases.{phrase:?}"), problem);
        }
    }
    for (question, field) in &actions.questions {
        if !QUESTIONS.contains(&field.as_str()) {
            let problem = format!("{field:?} is none of {}", QUESTIONS.join(", "));
            add(&format!("actions.questions.{question:?}"), problem);
        }
    }
    let mut words = actions.phrases.keys().chain(actions.questions.keys());
    if words.any(|words| fold(words).is_empty())
        || actions.searched_only.iter().any(String::is_empty)
    {
        add("actions", "has a phrase without words".to_owned());
    }
}

impl Profile {
    /// The feed that lands in this folder.
    pub fn feed(&self, name: &str) -> Option<&FeedFile> {
        self.feeds.get(name)
    }

    /// Whether a word is a code of any table.
    fn has_code(&self, word: &str) -> bool {
        self.status.has(word)
            || self.categories.has(word)
            || self.results.has(word)
            || self.qualifiers.has(word)
            || self.sources.has(word)
            || self.roles.has(word)
            || self.consent.has(word)
            || self.attended.has(word)
            || self.markers.has(word)
            || self.languages.has(word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_number_and_its_name() {
        for (number, (field, name)) in FIELDS.iter().enumerate() {
            assert_eq!((*field as usize, field.name()), (number, *name));
        }
        let ours = INCIDENT_FIELDS.iter().chain(&CRIME_FIELDS);
        for (name, _) in ours.chain(&[(MARKERS_FIELD, false)]) {
            assert!(FIELDS.iter().any(|(_, known)| known == name), "{name}");
        }
    }
}
