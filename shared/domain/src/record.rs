//! What programs decided and sent, as files whose hashes stand in the audit ([`crate::audit`]).
//!
//! An entry of the chain for each decision and each text would double what is written, and each would
//! wait for the one before it. So one file says what is decided about every log that an extract told of,
//! and one what happened to every contact planned on one day; the chain holds each file's key and hash.
//! A line names nobody: a caller is their place in the log, a contact its tail.
//!
//! A contact's tail is made of log and campaign alone, so several callers of one log share it, and an
//! erased contact keeps it. Which of them is which is told by what happened to each.

use std::collections::BTreeMap;
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

/// The day whose last record this key names.
pub fn last_of(key: &str) -> Option<Date> {
    key.strip_prefix(RECORD)?.strip_suffix(FINAL)?.parse().ok()
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

/// A contact as a day's record tells of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    log: String,
    tail: String,
    said: Vec<Said>,
}

/// Reads a day's record, its head among the rows; `None` where it is none.
pub fn read(rows: &[Vec<String>]) -> Option<Vec<Recorded>> {
    let (head, lines) = rows.split_first()?;
    let mut read: Vec<(&str, Recorded)> = Vec::new();
    if head != &RECORDED {
        return None;
    }
    for line in lines {
        let [log, tail, place, _, _, at, state, why, _, _] = line.as_slice() else { return None };
        let said = [at, state, why].map(|cell| formula::bare(cell).to_owned());
        let (log, tail) = (formula::bare(log), formula::bare(tail));
        match read.last_mut() {
            Some((same, told)) if same == place && told.log == log && told.tail == tail => {
                told.said.push(said);
            }
            _ => {
                let (log, tail) = (log.to_owned(), tail.to_owned());
                read.push((place, Recorded { log, tail, said: vec![said] }));
            }
        }
    }
    Some(read.into_iter().map(|(_, told)| told).collect())
}

/// A contact that does not say any more what its day's record says of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rewritten {
    /// It is not in the table.
    #[error("contact {tail} of log {log} is recorded, and is not in the table any more")]
    Gone {
        /// The log.
        log: String,
        /// The contact's tail.
        tail: String,
    },
    /// Its history was changed.
    #[error(
        "contact {tail} of log {log}: moment {moment} is recorded as \"{recorded}\", and is now {now}"
    )]
    Moment {
        /// The log.
        log: String,
        /// The contact's tail.
        tail: String,
        /// Which moment of its history, from 1.
        moment: usize,
        /// What the record says.
        recorded: String,
        /// What the history says.
        now: String,
    },
}

/// Holds a day's record against the contacts planned on that day as they are now: what was recorded must
/// be how each one's history begins.
pub fn compare(mut recorded: Vec<Recorded>, now: &[Contact]) -> Vec<Rewritten> {
    let mut left: BTreeMap<(String, String), Vec<Vec<Said>>> = BTreeMap::new();
    for contact in now {
        let name = (contact.incident.to_string(), contact.id.tail().to_owned());
        left.entry(name).or_default().push(said(contact));
    }
    // Of contacts that share a name the one of which most is recorded chooses first: whatever goes on
    // from there also goes on from less.
    recorded.sort_by_key(|told| std::cmp::Reverse(told.said.len()));
    let mut others = Vec::new();
    for Recorded { log, tail, said } in recorded {
        let name = (log, tail);
        let alike = left.entry(name.clone()).or_default();
        let fits = (0..alike.len()).filter(|place| alike[*place].starts_with(&said));
        // The one that has gone on least, so that what is left over is what was most likely changed.
        match fits.min_by_key(|place| alike[*place].len()) {
            Some(place) => drop(alike.swap_remove(place)),
            None => others.push((name, said)),
        }
    }
    let mut rewritten = Vec::new();
    for ((log, tail), said) in others {
        let alike = left.entry((log.clone(), tail.clone())).or_default();
        let common = |now: &[Said]| now.iter().zip(&said).take_while(|(a, b)| a == b).count();
        // The one that agrees for longest is most likely the same.
        let nearest = (0..alike.len()).max_by_key(|place| common(&alike[*place]));
        rewritten.push(match nearest.map(|place| alike.swap_remove(place)) {
            None => Rewritten::Gone { log, tail },
            Some(now) => {
                let place = common(&now);
                let words = |said: &[Said]| said.get(place).map(|said| said.join(" "));
                Rewritten::Moment {
                    log,
                    tail,
                    moment: place + 1,
                    recorded: words(&said).unwrap_or_default().trim_end().to_owned(),
                    now: match words(&now) {
                        Some(now) => format!("\"{}\"", now.trim_end()),
                        None => "missing".to_owned(),
                    },
                }
            }
        });
    }
    rewritten
}

fn said(contact: &Contact) -> Vec<Said> {
    let moments = contact.history.iter();
    moments.map(|m| [m.at.to_string(), m.state.name().to_owned(), m.why.clone()]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::campaign::CampaignId;
    use crate::contact::{Plan, Step};
    use crate::incident::{LogNumber, Outcome};
    use crate::person::PersonId;

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

    fn contact(log: &str, person: &str, whys: &[&str]) -> Contact {
        let plan = Plan {
            incident: LogNumber::parse(log).unwrap(),
            person: PersonId::parse(&hex(&Sha256::digest(person)[..16])).unwrap(),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Outcome::parse("cleared").unwrap(),
            area: String::new(),
            control: false,
            due_at: at(0),
        };
        let mut contact = Contact::plan(plan, at(0));
        for (after, why) in whys.iter().enumerate() {
            let step = Step::Postpone { until: at(9), why: (*why).to_owned() };
            contact = contact.after(&step, at(after as i64 + 1)).unwrap();
        }
        contact
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_773_136_800 + second).unwrap()
    }

    /// The record of these contacts, as it is read back.
    fn record(contacts: &[Contact]) -> Vec<Recorded> {
        let told = contacts.iter().map(|contact| (contact.clone(), "notify".to_owned())).collect();
        let mut rows = vec![RECORDED.map(str::to_owned).to_vec()];
        rows.extend(moments(told).into_iter().map(|line| line.to_vec()));
        read(&rows).unwrap()
    }

    #[test]
    fn a_history_that_went_on_is_what_was_recorded() {
        let then =
            [contact("HC-1", "a", &["x"]), contact("HC-1", "b", &[]), contact("HC-2", "c", &[])];
        assert_eq!(compare(record(&then), &then), []);
        // Two callers of one log, one erased: told apart by nothing but what happened to each.
        let now = [
            contact("HC-1", "b", &["y"]),
            contact("HC-1", "nobody", &["x", "z"]),
            contact("HC-2", "c", &["x"]),
            contact("HC-3", "not recorded", &[]),
        ];
        assert_eq!(compare(record(&then), &now), []);
        assert_eq!(compare(record(&now[..2]), &[then[0].clone(), then[1].clone()]).len(), 2);
    }

    #[test]
    fn what_was_rewritten_is_named_with_its_moment() {
        let then = [contact("HC-1", "a", &["x", "y"]), contact("HC-1", "b", &[])];
        let tail = then[0].id.tail().to_owned();
        let log = "HC-1".to_owned();
        let now = [contact("HC-1", "a", &["x", "other"]), contact("HC-1", "b", &["x"])];
        let moment = Rewritten::Moment {
            log: log.clone(),
            tail: tail.clone(),
            moment: 3,
            recorded: format!("{} planned y", at(2)),
            now: format!("\"{} planned other\"", at(2)),
        };
        assert_eq!(compare(record(&then), &now), [moment]);
        let cut = compare(record(&then), &[contact("HC-1", "a", &["x"]), then[1].clone()]);
        assert!(cut[0].to_string().ends_with("and is now missing"), "{cut:?}");
        assert_eq!(compare(record(&then), &then[..1]), [Rewritten::Gone { log, tail }]);
    }

    #[test]
    fn only_a_days_last_record_is_held_against_the_table() {
        let [(_, first), (day, last)] = due(at(0));
        assert_eq!((&*first, &*last), ("record/2026-03-09.csv", "record/2026-03-02-final.csv"));
        assert_eq!((last_of(&first), last_of(&last)), (None, Some(day)));
        assert_eq!(read(&[]), None);
        assert_eq!(read(&[DECIDED.map(str::to_owned).to_vec()]), None);
    }

    proptest! {
        /// Whatever order contacts come in, and whatever happens to them later, nothing is named; and
        /// the record of the same contacts is the same file.
        #[test]
        fn what_only_went_on_is_never_named(
            lives in prop::collection::vec((0_usize..2, prop::collection::vec("[xy]", 0..3), 0_usize..3), 0..6),
            turn in 0_usize..6,
        ) {
            let life = |n: usize, log: usize, whys: &[String]| {
                let whys: Vec<_> = whys.iter().map(String::as_str).collect();
                contact(["HC-1", "HC-2"][log], &n.to_string(), &whys)
            };
            let then: Vec<_> =
                lives.iter().enumerate().map(|(n, (log, whys, _))| life(n, *log, whys)).collect();
            let mut now: Vec<_> = lives.iter().enumerate().map(|(n, (log, whys, more))| {
                let mut whys = whys.clone();
                whys.extend((0..*more).map(|more| format!("later {more}")));
                life(n, *log, &whys)
            }).collect();
            let mut turned = then.clone();
            if !then.is_empty() {
                let turn = turn % then.len();
                turned.rotate_left(turn);
                now.rotate_left(turn);
            }
            prop_assert_eq!(record(&turned), record(&then));
            prop_assert_eq!(compare(record(&then), &now), vec![]);
        }
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
