//! The extracts of a fault run: one log for each contact, with one caller who may be texted.

use std::collections::BTreeSet;
use std::ops::Range;

use domain::contact::Contact;
use domain::hours::LONDON;
use domain::incident::LogNumber;
use jiff::{Timestamp, ToSpan as _};

/// How many people there are: all that Ofcom's range for drama holds.
pub const PEOPLE: usize = 1_000;

const COLUMNS: &str = "Log Number,Extracted At,Date Time Received,Date Time Closed,Status,\
Initial Classification,Final Classification,Result Codes,Qualifiers,Source,Attended,First Arrived,\
Duplicate Of,Crime Reference,Beat Code,Caller Contact Phone No_,Caller Type,Text Consent,\
Contact Marker,Message,Caller Contact Add Info,Caller Contact Name";

/// Results whose texts have one part, two parts, and one again.
const RESULTS: [&str; 3] = ["R02", "R03", "R01"];

/// One extract: nobody rings twice in it.
pub struct Wave {
    /// Where it lands.
    pub key: String,
    /// Its bytes.
    pub extract: Vec<u8>,
    /// Its logs; each must come to one contact.
    pub logs: BTreeSet<LogNumber>,
}

impl Wave {
    /// So many logs of the day before, numbered from `first`.
    pub fn new(first: usize, size: usize, now: Timestamp) -> Self {
        Self::of(first, 0..size, now)
    }

    /// The same, with these people as its callers.
    pub fn of(first: usize, people: Range<usize>, now: Timestamp) -> Self {
        let hours_ago = |hours: i64| {
            let then = now.to_zoned(LONDON.clone()).saturating_sub(hours.hours());
            then.strftime("%d/%m/%Y %H:%M").to_string()
        };
        let (received, arrived, closed) = (hours_ago(19), hours_ago(18), hours_ago(17));
        let taken = hours_ago(1);
        let mut extract = format!("{COLUMNS}\n");
        let mut logs = BTreeSet::new();
        for (place, person) in people.enumerate() {
            let log = format!("HC-FAULTS-{:05}", first + place);
            let result = RESULTS[place % RESULTS.len()];
            extract.push_str(&format!(
                "{log},{taken},{received},{closed},CLOSED,Transport - Highways Disruption,\
                 Transport - Highways Disruption,{result},,999,Y,{arrived},,,HA01,\
                 07700900{person:03},WITNESS,Y,,,,\n"
            ));
            logs.extend(LogNumber::parse(&log));
        }
        Self { key: format!("extracts/storm/faults-{first}.csv"), extract: extract.into(), logs }
    }

    /// The contacts that this extract came to.
    pub fn own(&self, contacts: Vec<Contact>) -> Vec<Contact> {
        contacts.into_iter().filter(|contact| self.logs.contains(&contact.incident)).collect()
    }
}
