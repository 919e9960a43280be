//! `aftercall profile draft`: a first profile for an export nobody has seen.
//!
//! It guesses what a person can see at a glance: the separator, which column is which, how dates
//! are written. It guesses nothing that could cause a text: the columns of the number, the role and
//! the consent, and every meaning but an NSIR name, stand in comments until somebody who knows
//! takes the `#` away.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use domain::coverage::{Tally, mask};
use domain::feed;
use domain::force::{FeedFile, INCIDENT_FIELDS};
use domain::nsir::{CATEGORIES, QUALIFIERS};
use domain::phone::{self, DramaNumbers};
use jiff::civil::DateTime;

use super::{counted, key};
use crate::reading::unusable;

/// What may stand between two cells; of those that come as often, the first.
const SEPARATORS: [u8; 4] = [b',', b'\t', b';', b'|'];

/// What may stand between two codes of one cell.
const LIST_SEPARATORS: [char; 6] = [';', ',', '|', '/', '+', ' '];

/// How dates are written; of those that fit as well, the first. The year of two digits comes
/// before that of four, which would take it for one of the first century.
const DATES: [&str; 19] = [
    "%d/%m/%y %H:%M",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %I:%M %p",
    "%d/%m/%Y %I:%M:%S %p",
    "%m/%d/%y %H:%M",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %I:%M:%S %p",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d-%m-%Y %H:%M",
    "%d.%m.%Y %H:%M",
    "%d-%b-%Y %H:%M",
    "%d %b %Y %H:%M",
    "%Y-%m-%dT%H:%M:%S%.f",
];

/// More different values than this are no column of codes.
const CODES_MAX: usize = 200;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Holds {
    Date,
    Number,
    Other,
}

/// A field of ours, what columns for it tend to be called, and what it is for.
struct Field {
    name: &'static str,
    holds: Holds,
    /// Squashed names, the surest first.
    called: &'static [&'static str],
    /// In words, for whoever must find the column.
    means: &'static str,
}

/// The order is that in which columns are given away.
const FIELDS: [Field; 20] = [
    field("log_number", &LOG, "the log's own number"),
    date(
        "extracted_at",
        &EXTRACTED,
        "when this version of the log was taken; leave it out if none",
    ),
    date("opened_at", &OPENED, "when the call came"),
    date("closed_at", &CLOSED, "when the log was closed"),
    date("arrived_at", &ARRIVED, "when the first unit arrived"),
    field("status", &STATUS, "open, closed, reopened or transferred"),
    field("opening", &OPENING, "the category given when the call was taken"),
    field("closing", &CLOSING, "the category given when it was closed"),
    field("results", &RESULTS, "result or disposal codes"),
    field("qualifiers", &QUALIFIED, "qualifiers"),
    field("source", &SOURCE, "how the report came: 999, 101, web"),
    field("attended", &ATTENDED, "whether a unit went"),
    field("duplicate_of", &DUPLICATE, "the main log of a duplicate"),
    field("cross_refs", &CROSS, "other logs it names; leave it out if there is none"),
    field("crime_refs", &CRIME, "crime references"),
    field("area", &AREA, "beat or area, for figures; leave it out if there is none"),
    Field {
        name: "caller_phone",
        holds: Holds::Number,
        called: &PHONE,
        means: "the number the caller GAVE, never the one the network brought",
    },
    field("caller_role", &ROLE, "what the caller was to the incident"),
    field("consent", &CONSENT, "whether the caller may be texted, as they answered it"),
    field("markers", &MARKERS, "safe-contact markers; leave it out if there is none"),
];

const fn field(name: &'static str, called: &'static [&'static str], means: &'static str) -> Field {
    Field { name, holds: Holds::Other, called, means }
}

const fn date(name: &'static str, called: &'static [&'static str], means: &'static str) -> Field {
    Field { name, holds: Holds::Date, called, means }
}

const LOG: [&str; 14] = [
    "lognumber",
    "logno",
    "incidentnumber",
    "incidentno",
    "incidentref",
    "incidentid",
    "urn",
    "cadnumber",
    "eventnumber",
    "eventid",
    "logref",
    "jobnumber",
    "reference",
    "ref",
];
const EXTRACTED: [&str; 7] =
    ["extractedat", "extractdate", "extracttime", "extracted", "exported", "exportstamp", "asat"];
const OPENED: [&str; 12] = [
    "datetimereceived",
    "calltime",
    "callreceived",
    "openedat",
    "received",
    "opened",
    "createdat",
    "created",
    "reportedat",
    "reported",
    "incidentdatetime",
    "logged",
];
const CLOSED: [&str; 8] = [
    "datetimeclosed",
    "closedat",
    "closed",
    "resulted",
    "finalised",
    "finalized",
    "completed",
    "concluded",
];
const ARRIVED: [&str; 6] =
    ["firstarrived", "firstarrival", "arrivedat", "arrived", "atscene", "onscene"];
const STATUS: [&str; 4] = ["status", "logstatus", "incidentstatus", "state"];
const OPENING: [&str; 16] = [
    "initialclassification",
    "openingclassification",
    "initialcode",
    "openingcode",
    "initialtype",
    "openingtype",
    "initialclass",
    "openingclass",
    "initialcategory",
    "openingcategory",
    "opening",
    "incidenttype",
    "calltype",
    "eventtype",
    "opentype",
    "opencode",
];
const CLOSING: [&str; 11] = [
    "finalclassification",
    "closingclassification",
    "finalcode",
    "closingcode",
    "finaltype",
    "closingtype",
    "finalclass",
    "closingclass",
    "finalcategory",
    "closingcategory",
    "closing",
];
const RESULTS: [&str; 8] = [
    "resultcodes",
    "resultcode",
    "disposalcode",
    "disposal",
    "outcome",
    "resulted",
    "results",
    "result",
];
const QUALIFIED: [&str; 3] = ["qualifiers", "qualifier", "tags"];
const SOURCE: [&str; 7] =
    ["source", "callsource", "callorigin", "origin", "channel", "method", "howreported"];
const ATTENDED: [&str; 6] =
    ["attendedflag", "attended", "attendance", "deployed", "unitsent", "sent"];
const DUPLICATE: [&str; 5] = ["duplicateof", "masterlog", "mainlog", "parentlog", "mainincident"];
const CROSS: [&str; 6] =
    ["crossrefs", "crossreference", "linkedlogs", "relatedlogs", "xref", "linked"];
const CRIME: [&str; 6] =
    ["crimereference", "crimerefs", "crimeref", "crimenumber", "crimeno", "investigation"];
const AREA: [&str; 6] = ["beatcode", "beat", "area", "ward", "sector", "neighbourhood"];
const PHONE: [&str; 11] = [
    "callercontactphoneno",
    "callerphone",
    "callertel",
    "contactphone",
    "contactnumber",
    "contactno",
    "informanttel",
    "mobile",
    "phone",
    "tel",
    "contact",
];
const ROLE: [&str; 9] = [
    "callerrole",
    "callertype",
    "informanttype",
    "callerinvolvement",
    "involvement",
    "role",
    "informantis",
    "callercapacity",
    "capacity",
];
const CONSENT: [&str; 8] = [
    "textconsent",
    "contactconsent",
    "smsconsent",
    "consent",
    "oktotext",
    "maytext",
    "contactpermission",
    "permission",
];
const MARKERS: [&str; 7] =
    ["contactmarker", "safecontact", "warningmarker", "markers", "marker", "warning", "flags"];

/// What columns of free text tend to be called. They can only deny, so all of them are taken.
const FREE_TEXT: [&str; 12] = [
    "message",
    "narrative",
    "remarks",
    "comments",
    "notes",
    "summary",
    "description",
    "addinfo",
    "freetext",
    "details",
    "callername",
    "contactname",
];

/// Columns a person must confirm, because being wrong about them could text the wrong one.
const CONFIRMED: [&str; 3] = ["caller_phone", "caller_role", "consent"];

/// The tables of codes: the columns whose values stand in each, and what they may mean.
const TABLES: [(&str, &[&str], &str); 9] = [
    (
        "status",
        &["status"],
        "open, closed (concluded, not merely finished with), reopened, transferred",
    ),
    ("categories", &["opening", "closing"], "an NSIR 2011 category by its exact name, or Crime"),
    ("results", &["results"], "an outcome of a campaign, such as cleared"),
    ("qualifiers", &["qualifiers"], "an NSIR 2011 qualifier by its exact name"),
    ("sources", &["source"], "emergency, telephone, online, in-person, not-a-person"),
    ("roles", &["caller_role"], "public, involved, suspect, professional, child"),
    ("consent", &["consent"], "yes, no"),
    ("attended", &["attended"], "yes, no"),
    (
        "markers",
        &["markers"],
        "domestic-abuse, unsafe-to-contact, anonymous, silent-call, death, weapon, vulnerable, \
         others-phone",
    ),
];

/// Prints a first profile.
pub(crate) fn run(path: &Path, name: &str) -> anyhow::Result<ExitCode> {
    let seen = match look(path)? {
        Ok(seen) => seen,
        Err(reason) => return unusable(&[format!("{}: {reason}", path.display())]),
    };
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    std::io::stdout().write_all(written(&seen, &file, name)?.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// A column of the file.
#[derive(Default)]
struct Column {
    name: String,
    values: Tally,
    /// How many values each set of date formats fits, a bit for each of [`DATES`].
    dates: BTreeMap<u32, u64>,
    /// Values that name a time zone.
    zoned: u64,
    /// Values with as many digits as a telephone number.
    numbers: u64,
}

impl Column {
    fn add(&mut self, value: &str) {
        if value.is_empty() {
            return;
        }
        self.values.add(value);
        let digits = value.chars().filter(char::is_ascii_digit).count();
        let letters = value.chars().any(char::is_alphabetic);
        self.numbers += u64::from((9..=15).contains(&digits) && !letters);
        // A date begins with a digit and has at least six; most cells need not be tried.
        if digits < 6 || !value.starts_with(|c: char| c.is_ascii_digit()) {
            return;
        }
        let fits = DATES
            .iter()
            .enumerate()
            .filter(|(_, format)| DateTime::strptime(format, value).is_ok())
            .fold(0, |set, (n, _)| set | 1 << n);
        if fits != 0 {
            *self.dates.entry(fits).or_default() += 1;
        } else if value.parse::<jiff::Timestamp>().is_ok() {
            self.zoned += 1;
        }
    }

    /// Whether most of its values are dates.
    fn is_dates(&self) -> bool {
        let dates = self.dates.values().sum::<u64>() + self.zoned;
        dates > 0 && dates * 10 >= self.values.total() * 8
    }

    /// Whether it may hold what a field holds; an empty one may hold anything.
    fn may_hold(&self, holds: Holds) -> bool {
        let empty = self.values.total() == 0;
        empty
            || match holds {
                Holds::Date => self.is_dates(),
                Holds::Number => !self.is_dates() && self.numbers * 2 >= self.values.total(),
                Holds::Other => !self.is_dates(),
            }
    }
}

/// A file, as far as it can be seen without a profile.
struct Seen {
    separator: u8,
    rows: u64,
    columns: Vec<Column>,
    /// The column of each of our fields, where one was guessed.
    guessed: BTreeMap<&'static str, usize>,
    free_text: Vec<usize>,
}

fn look(path: &Path) -> anyhow::Result<Result<Seen, String>> {
    let open = || File::open(path);
    let source = match open() {
        Ok(source) => source,
        Err(error) => return Ok(Err(error.to_string())),
    };
    // A feed without columns takes every file that is text.
    let any: FeedFile = toml::from_str("kind = \"incidents\"\ncolumns = {}")?;
    if let Err(reason) = feed::open(source, &any).context("read the file")? {
        return Ok(Err(reason.to_string()));
    }
    let mut first = Vec::new();
    let mut lines = BufReader::new(open()?);
    while first.trim_ascii().is_empty() && lines.read_until(b'\n', &mut first)? > 0 {}
    if matches!(first.trim_ascii().first(), Some(b'{' | b'[')) {
        return Ok(Err("is JSON; a draft can be made of a table only".to_owned()));
    }
    let count = |separator: u8| first.iter().filter(|byte| **byte == separator).count();
    let separator =
        SEPARATORS.into_iter().rev().max_by_key(|separator| count(*separator)).unwrap_or(b',');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator).flexible(true).from_reader(open()?);
    let mut columns: Vec<Column> = reader
        .byte_headers()?
        .iter()
        .map(|name| Column { name: decode(name), ..Column::default() })
        .collect();
    // Without a header the first line is somebody's row, and must not be shown.
    let is_row = |column: &Column| {
        let mut value = Column::default();
        value.add(&column.name);
        value.is_dates() || phone::parse(&column.name, DramaNumbers::Allowed).mobile().is_some()
    };
    if columns.iter().any(is_row) {
        return Ok(Err("begins with a row and not with a header".to_owned()));
    }
    let mut rows = 0;
    for row in reader.into_byte_records() {
        rows += 1;
        for (column, cell) in columns.iter_mut().zip(row.context("read the file")?.iter()) {
            column.add(&decode(cell));
        }
    }
    let (guessed, free_text) = guess(&columns);
    if guessed.is_empty() {
        // Again, the names may be somebody's, so they are not shown.
        let columns = columns.len();
        return Ok(Err(format!(
            "none of its {columns} columns has a name that we know: does it begin with a header?"
        )));
    }
    Ok(Ok(Seen { separator, rows, columns, guessed, free_text }))
}

/// As the feed reads it: UTF-8 where it is valid, else Windows-1252.
fn decode(bytes: &[u8]) -> String {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_or_else(
        |_| encoding_rs::WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
        str::to_owned,
    );
    text.trim().to_owned()
}

/// Words that columns tend to shorten, in full.
const SHORTENED: [(&str, &str); 12] = [
    ("cap", "capacity"),
    ("class", "classification"),
    ("clr", "caller"),
    ("cont", "contact"),
    ("inc", "incident"),
    ("inf", "informant"),
    ("no", "number"),
    ("num", "number"),
    ("perm", "permission"),
    ("rcvd", "received"),
    ("recd", "received"),
    ("typ", "type"),
];

/// A column's name in lower case and in full, letters and digits only.
fn squashed(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).map(str::to_lowercase);
    let full = |word: String| {
        let known = SHORTENED.iter().find(|(short, _)| *short == word);
        known.map_or(word, |(_, full)| (*full).to_owned())
    };
    words.map(full).collect()
}

/// Gives columns away by name: first where the names are the same, then where one is within the
/// other. No column is given twice.
fn guess(columns: &[Column]) -> (BTreeMap<&'static str, usize>, Vec<usize>) {
    let names: Vec<_> = columns.iter().map(|column| squashed(&column.name)).collect();
    let mut guessed: BTreeMap<&str, usize> = BTreeMap::new();
    let mut taken = vec![false; columns.len()];
    for exact in [true, false] {
        for field in &FIELDS {
            if guessed.contains_key(field.name) {
                continue;
            }
            let found = field.called.iter().find_map(|called| {
                (0..columns.len()).find(|n| {
                    let same = if exact {
                        names[*n] == *called
                    } else {
                        called.len() >= 5 && names[*n].contains(called)
                    };
                    same && !taken[*n] && columns[*n].may_hold(field.holds)
                })
            });
            if let Some(found) = found {
                taken[found] = true;
                guessed.insert(field.name, found);
            }
        }
    }
    let is_text = |n: &usize| FREE_TEXT.iter().any(|called| names[*n].contains(called));
    let free_text = (0..columns.len()).filter(|n| !taken[*n]).filter(is_text).collect();
    (guessed, free_text)
}

/// The fewest formats that read nearly every date, and what is to be checked about them.
///
/// A format that only a few values have is told and not taken: they may be slips.
fn dates(seen: &Seen) -> (Vec<&'static str>, Vec<String>) {
    let mut all: BTreeMap<u32, u64> = BTreeMap::new();
    let mut zoned = 0;
    for column in seen.columns.iter().filter(|column| column.is_dates()) {
        zoned += column.zoned;
        for (fits, values) in &column.dates {
            *all.entry(*fits).or_default() += values;
        }
    }
    let values: u64 = all.values().sum();
    let mut open = all.clone();
    let mut formats = Vec::new();
    let mut notes = Vec::new();
    while !open.is_empty() {
        let read = |n: &usize| sum(&open, |fits| fits & 1 << n != 0);
        let Some(best) = (0..DATES.len()).rev().max_by_key(read) else { break };
        let format = DATES[best];
        match read(&best) {
            few if few * 20 < values => {
                let few = if few == 1 { "1 value is".to_owned() } else { format!("{few} are") };
                notes.push(format!(
                    "{few} written as {format}: mend, or add the format if it is meant."
                ));
            }
            _ => formats.push(format),
        }
        open.retain(|fits, _| fits & 1 << best == 0);
    }
    if formats.iter().any(|format| format.contains('/')) {
        notes.push(day_or_month(&all));
    }
    if zoned > 0 {
        notes.push(format!(
            "{zoned} name a time zone (Z or +01:00), and a feed's time is London's: ask for local \
             time."
        ));
    }
    (formats, notes)
}

fn sum(values: &BTreeMap<u32, u64>, which: impl Fn(u32) -> bool) -> u64 {
    values.iter().filter(|(fits, _)| which(**fits)).map(|(_, values)| values).sum()
}

/// Whether 03/04 is in April or in March, by the values that can only be read in one way.
fn day_or_month(values: &BTreeMap<u32, u64>) -> String {
    let those = |first: &str| {
        let formats = DATES.iter().enumerate().filter(|(_, format)| format.starts_with(first));
        formats.fold(0_u32, |set, (n, _)| set | 1 << n)
    };
    let (day_first, month_first) = (those("%d/%m"), those("%m/%d"));
    let days = sum(values, |fits| fits & day_first != 0 && fits & month_first == 0);
    let months = sum(values, |fits| fits & month_first != 0 && fits & day_first == 0);
    match (days, months) {
        (0, 0) => "check: day first? No day above 12 proves it.".to_owned(),
        (days, 0) => format!("Day first: {days} with a day above 12 proves it."),
        (0, months) => {
            format!("check: MONTH first? {months} with a number above 12 in second place.")
        }
        (days, months) => format!(
            "check: {days} with the day first and {months} with the month. A spreadsheet may have \
             turned some round: ask for a new export."
        ),
    }
}

/// The values of the columns of one table, parted where one cell holds several.
fn codes(seen: &Seen, fields: &[&str], list_separator: Option<char>) -> Option<Tally> {
    let mut all = Tally::default();
    let mut columns = fields.iter().filter_map(|field| seen.guessed.get(field)).peekable();
    columns.peek()?;
    for column in columns {
        let values = &seen.columns[*column].values;
        match list_separator.filter(|_| LISTS.contains(&fields[0])) {
            Some(separator) if values.beyond() == 0 => all.merge(&values.parted(separator)),
            _ => all.merge(values),
        }
    }
    Some(all)
}

/// Fields of which one cell may hold several codes.
const LISTS: [&str; 3] = ["results", "qualifiers", "markers"];

/// What stands between two codes: the sign at which the most values fall into values that also
/// stand alone.
fn list_separator(seen: &Seen) -> Option<char> {
    let lists = LISTS.iter().filter_map(|field| seen.guessed.get(field));
    let values: Vec<_> =
        lists.flat_map(|column| seen.columns[*column].values.most_frequent()).collect();
    let falls = |separator: &char| {
        let alone = |part: &str| values.iter().any(|(value, _)| value.eq_ignore_ascii_case(part));
        let lists = values.iter().filter(|(value, _)| {
            value.contains(*separator) && value.split(*separator).map(str::trim).all(alone)
        });
        lists.count()
    };
    let best = LIST_SEPARATORS.into_iter().rev().max_by_key(falls)?;
    (falls(&best) > 0).then_some(best)
}

fn written(seen: &Seen, file: &str, name: &str) -> anyhow::Result<String> {
    let mut out = String::new();
    let list_separator = list_separator(seen);
    let (formats, notes) = dates(seen);
    let rows = seen.rows;
    writeln!(
        out,
        "# A first draft of a force profile, from {} ({rows} rows).\n\
         #\n\
         # It was guessed from names and values, so look at every line; docs/profiles.md says how.\n\
         # A line that begins with # is not read: complete it, then take the # away. Leaving a code out\n\
         # is always safe, because what is blank or unknown is held; a wrong line is not.\n",
        file.replace(char::is_control, " ")
    )?;
    writeln!(out, "name = {}", key(name))?;
    writeln!(out, "title = {}   # the force's name for people\n", key(name))?;
    writeln!(out, "# The name of the feed is the folder its files land in: extracts/incidents/.")?;
    writeln!(out, "[feeds.incidents]\nkind = \"incidents\"")?;
    writeln!(out, "separator = {}", key(&char::from(seen.separator).to_string()))?;
    match list_separator {
        Some(separator) => {
            let separator = key(&separator.to_string());
            writeln!(out, "list_separator = {separator}   # between two codes in one cell; check")?;
        }
        None => writeln!(out, "# list_separator = \";\"   # what parts two codes in one cell?")?,
    }
    for note in notes {
        writeln!(out, "# {note}")?;
    }
    let quoted: Vec<_> = formats.iter().map(|format| key(format)).collect();
    let written = quoted.join(", ");
    if formats.is_empty() {
        writeln!(out, "# dates = [\"%d/%m/%Y %H:%M\"]   # how are dates written?")?;
        let pair = "opened_at = [\"Date\", \"Time\"]";
        writeln!(out, "# Where the time has a column of its own: {pair}")?;
    } else {
        writeln!(out, "dates = [{written}]")?;
    }
    let free_text: Vec<_> = seen.free_text.iter().map(|n| key(&seen.columns[*n].name)).collect();
    writeln!(out, "# Searched for words that deny, then dropped. Add every column of free text.")?;
    writeln!(out, "free_text = [{}]", free_text.join(", "))?;
    columns(seen, &mut out)?;
    writeln!(out, "\n[codes]   # their code = our word")?;
    for (table, fields, means) in TABLES {
        writeln!(out, "\n# {means}\n[codes.{table}]")?;
        match codes(seen, fields, list_separator) {
            Some(codes) => table_of(&codes, table, &mut out)?,
            None => writeln!(out, "# no column was found")?,
        }
    }
    Ok(out)
}

fn columns(seen: &Seen, out: &mut String) -> anyhow::Result<()> {
    writeln!(out, "\n# Our field = their column.\n[feeds.incidents.columns]")?;
    for field in &FIELDS {
        let (name, means) = (field.name, field.means);
        match seen.guessed.get(name) {
            Some(column) if CONFIRMED.contains(&name) => {
                let column = key(&seen.columns[*column].name);
                writeln!(out, "# {name} = {column}   # is it {means}? Then take the # away")?;
            }
            Some(column) => {
                let column = key(&seen.columns[*column].name);
                writeln!(out, "{name} = {column}   # {means}")?;
            }
            None => {
                let needed =
                    INCIDENT_FIELDS.iter().any(|(known, needed)| *known == name && *needed);
                let which = if needed { "which column? " } else { "" };
                writeln!(out, "# {name} = \"\"   # {which}{means}")?;
            }
        }
    }
    let unused = (0..seen.columns.len()).filter(|n| {
        !seen.free_text.contains(n) && !seen.guessed.values().any(|column| column == n)
    });
    let unused: Vec<_> = unused.map(|n| key(&mask(&seen.columns[n].name))).collect();
    if !unused.is_empty() {
        writeln!(out, "# Nothing was made of: {}", unused.join(", "))?;
    }
    Ok(())
}

fn table_of(codes: &Tally, table: &str, out: &mut String) -> anyhow::Result<()> {
    let distinct = codes.distinct();
    if !codes.looks_like_codes() || distinct > CODES_MAX {
        let cells = codes.total();
        writeln!(
            out,
            "# {distinct} or more different values in {cells} cells: not a column of codes? They \
             may be names,\n# so they are not shown."
        )?;
        return Ok(());
    }
    for (code, rows) in codes.most_frequent() {
        let code_key = key(code);
        let rows = counted(table, rows);
        match nsir(table, code) {
            Some(meaning) => writeln!(out, "{code_key} = {}   # {rows}", key(meaning))?,
            None => writeln!(out, "# {code_key} = \"\"   # {rows}")?,
        }
    }
    Ok(())
}

/// The name of the National Standard that this code is, when it is one.
fn nsir(table: &str, code: &str) -> Option<&'static str> {
    let same = |name: &&str| name.eq_ignore_ascii_case(code);
    match table {
        "categories" => CATEGORIES.iter().map(|(_, _, name)| *name).find(same),
        "qualifiers" => QUALIFIERS.iter().map(|(_, name)| *name).find(same),
        _ => None,
    }
}
