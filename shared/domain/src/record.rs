//! What programs decided and sent, as files whose hashes stand in the audit ([`crate::audit`]).
//!
//! An entry of the chain for each decision and each text would double what is written, and each would
//! wait for the one before it. So one file says what is decided about every log that an extract told of,
//! and one what happened to every contact planned on one day; the chain holds each file's key and hash.
//! A line names nobody: a caller is their place in the log, a contact its tail.
//!
//! A contact's tail is made of log and campaign alone, so several callers of one log share it, and an
//! erased contact keeps it. Which of them is which is told by what happened to each.

use std::io::{self, Write};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan as _};
use sha2::{Digest as _, Sha256};

use crate::contact::Contact;
use crate::eligibility::RuleId;
use crate::formula;
use crate::hours::LONDON;
use crate::logbook::LogRecord;
use crate::person::hex;

/// Where the decisions of each extract lie.
pub const DECISIONS: &str = "decisions/";

/// The columns of a file of decisions.
pub const DECIDED: [&str; 9] = [
    "log",
    "caller",
    "verdict",
    "rules",
    "campaign",
    "version",
    "outcome",
    "contact",
    "decided_at",
];

/// Where the record of each day lies.
pub const RECORD: &str = "record/";

/// The columns of a day's record.
pub const RECORDED: [&str; 10] = [
    "log", "contact", "place", "campaign", "version", "moment", "state", "why", "supplier",
    "segments",
];

/// After how many days the last word on a day's contacts is written down: suppliers are asked for six,
/// and networks try for three.
const FINAL_AFTER: i64 = 8;

/// A file that is being written, line by line, and hashed as it is.
///
/// Every cell is quoted, and guarded against spreadsheets ([`crate::formula`]).
pub struct Sheet<W> {
    body: W,
    hash: Sha256,
    lines: u64,
}

/// A file that is written to its end.
pub struct Sealed<W> {
    /// What it was written to.
    pub body: W,
    /// The hash of every byte of it, in hexadecimal.
    pub sha256: String,
    /// How many lines there are, the head not counted.
    pub lines: u64,
}

impl<W: Write> Sheet<W> {
    /// Begins a file with its head.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn begin(body: W, head: &[&str]) -> io::Result<Self> {
        let mut sheet = Self { body, hash: Sha256::new(), lines: 0 };
        sheet.write(head)?;
        Ok(sheet)
    }

    /// Adds a line.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn add(&mut self, cells: &[impl AsRef<str>]) -> io::Result<()> {
        self.lines += 1;
        self.write(cells)
    }

    /// How many lines there are, the head not counted.
    pub fn lines(&self) -> u64 {
        self.lines
    }

    /// Ends it.
    ///
    /// # Errors
    /// It cannot be written to.
    pub fn seal(mut self) -> io::Result<Sealed<W>> {
        self.body.flush()?;
        let Self { body, hash, lines } = self;
        Ok(Sealed { body, sha256: hex(&hash.finalize()), lines })
    }

    fn write(&mut self, cells: &[impl AsRef<str>]) -> io::Result<()> {
        let quoted = cells.iter().map(|cell| {
            let cell = formula::guarded(cell.as_ref()).replace('"', "\"\"");
            format!("\"{cell}\"")
        });
        let line = quoted.collect::<Vec<_>>().join(",") + "\n";
        self.hash.update(&line);
        self.body.write_all(line.as_bytes())
    }
}

/// Where the decisions of an extract lie. Its hash is in the name, so that what an earlier reading
/// decided is never written over.
pub fn decisions_key(extract: &str, sha256: &str) -> String {
    let path = extract.strip_prefix("extracts/").unwrap_or(extract);
    let begins = sha256.get(..16).unwrap_or(sha256);
    format!("{DECISIONS}{path}/{begins}.csv")
}

/// The days whose record is due, and where each lies: yesterday, as it stands; and the day of which no
/// supplier will say more.
pub fn due(now: Timestamp) -> [(Date, String); 2] {
    let today = now.to_zoned(LONDON.clone()).date();
    let (yesterday, last) =
        (today.saturating_sub(1.day()), today.saturating_sub(FINAL_AFTER.days()));
    [(yesterday, format!("{RECORD}{yesterday}.csv")), (last, format!("{RECORD}{last}{FINAL}"))]
}

/// How the key of a day's last record ends.
const FINAL: &str = "-final.csv";

/// What an entry of the chain says of a file: how much is in it, and its hash.
pub fn detail(what: &str, sha256: &str) -> String {
    format!("{what}, sha256 {sha256}")
}

/// The hash in what an entry says of a file.
pub fn sha256_of(detail: &str) -> Option<&str> {
    detail.rsplit_once(", sha256 ").map(|(_, sha256)| sha256)
}

/// What is decided about each caller of a log, a line for each.
pub fn decisions(record: &LogRecord) -> Vec<[String; 9]> {
    let lines = record.callers.iter().enumerate().map(|(place, caller)| {
        let decision = &caller.decision;
        let rules: Vec<_> = decision.rules.iter().copied().map(RuleId::as_str).collect();
        [
            record.log.number.to_string(),
            (place + 1).to_string(),
            decision.verdict.name().to_owned(),
            rules.join(" "),
            decision.campaign.as_ref().map(ToString::to_string).unwrap_or_default(),
            caller.campaign_version.map(|version| version.to_string()).unwrap_or_default(),
            decision.outcome.as_ref().map(ToString::to_string).unwrap_or_default(),
            caller.contact.as_ref().map(|id| id.tail().to_owned()).unwrap_or_default(),
            record.decided_at.to_string(),
        ]
    });
    lines.collect()
}

/// When, the state it led to, why.
type Said = [String; 3];

/// What happened to each of these contacts, a line for each moment; in an order of their own, so that
/// the same again is the same file. With each the supplier's name.
pub fn moments(contacts: Vec<(Contact, String)>) -> Vec<[String; 10]> {
    let told = contacts.into_iter().map(|(contact, supplier)| {
        let said = said(&contact);
        ((contact.incident.to_string(), contact.id.tail().to_owned()), said, contact, supplier)
    });
    let mut told: Vec<_> = told.collect();
    told.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    let mut lines = Vec::new();
    for alike in told.chunk_by(|a, b| a.0 == b.0) {
        for (place, ((log, tail), said, contact, supplier)) in alike.iter().enumerate() {
            lines.extend(said.iter().map(|[at, state, why]| {
                [
                    log.clone(),
                    tail.clone(),
                    (place + 1).to_string(),
                    contact.campaign.to_string(),
                    contact.version.to_string(),
                    at.clone(),
                    state.clone(),
                    why.clone(),
                    supplier.clone(),
                    contact.segments.to_string(),
                ]
            }));
        }
    }
    lines
}

fn said(contact: &Contact) -> Vec<Said> {
    let moments = contact.history.iter();
    moments.map(|m| [m.at.to_string(), m.state.name().to_owned(), m.why.clone()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(lines: &[[&str; 2]]) -> Sealed<Vec<u8>> {
        let mut sheet = Sheet::begin(Vec::new(), &["log", "why"]).unwrap();
        for line in lines {
            sheet.add(line).unwrap();
        }
        sheet.seal().unwrap()
    }

    #[test]
    fn a_file_is_hashed_as_it_is_written_and_no_spreadsheet_runs_it() {
        let sealed = written(&[["HC-1", "he said \"no\""], ["HC-2", "=1+1"]]);
        let body = "\"log\",\"why\"\n\"HC-1\",\"he said \"\"no\"\"\"\n\"HC-2\",\"'=1+1\"\n";
        assert_eq!(String::from_utf8(sealed.body).unwrap(), body);
        assert_eq!((sealed.lines, sealed.sha256), (2, hex(&Sha256::digest(body))));
    }

    #[test]
    fn the_hash_is_found_again_in_what_the_entry_says() {
        let sha256 = written(&[]).sha256;
        assert_eq!(sha256_of(&detail("0 decisions", &sha256)), Some(&*sha256));
        assert_eq!(sha256_of("by the alarm's link"), None);
        let key = decisions_key("extracts/storm/2026/night.csv", &sha256);
        assert_eq!(key, format!("decisions/storm/2026/night.csv/{}.csv", &sha256[..16]));
    }
}
