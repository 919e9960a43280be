//! The extracts of a bill: logs whose callers are texted, among logs whose callers are not.

use domain::hours::LONDON;
use jiff::{Timestamp, ToSpan as _};

/// How many people there are at a time: all that Ofcom's range for drama holds.
pub(crate) const PEOPLE: usize = 1_000;

/// The rows of the sample week, and how many callers of it are texted: what a force reads for a text.
const SAMPLE: (usize, usize) = (819, 217);

const COLUMNS: &str = "Log Number,Extracted At,Date Time Received,Date Time Closed,Status,\
Initial Classification,Final Classification,Result Codes,Qualifiers,Source,Attended,First Arrived,\
Duplicate Of,Crime Reference,Beat Code,Caller Contact Phone No_,Caller Type,Text Consent,\
Contact Marker,Message,Caller Contact Add Info,Caller Contact Name";

/// Results whose texts have one part, two parts, and one again.
const RESULTS: [&str; 3] = ["R02", "R03", "R01"];

/// Why the others are not texted: another kind of incident, of which no campaign knows or which no
/// campaign may answer, and a caller who did not agree. Category, number and consent.
const OTHERS: [(&str, bool, &str); 4] = [
    ("ASB - Nuisance", true, "Y"),
    ("Concern for welfare", true, "Y"),
    ("Suspicious Circumstances", false, ""),
    ("Transport - Highways Disruption", true, "N"),
];

/// One extract: nobody rings twice in it about what they are texted for.
pub(crate) struct Wave {
    /// Where it lands.
    pub(crate) key: String,
    /// Its bytes.
    pub(crate) extract: Vec<u8>,
    /// Its rows, each a log.
    pub(crate) rows: usize,
    /// How many contacts it must come to.
    pub(crate) contacts: usize,
}

impl Wave {
    /// So many callers to text, numbered from `first`, among others as in the sample week.
    pub(crate) fn new(first: usize, contacts: usize, now: Timestamp) -> Self {
        Self::among((contacts * SAMPLE.0).div_ceil(SAMPLE.1), first, contacts, now)
    }

    /// So many logs, with so many callers to text among them.
    pub(crate) fn of(rows: usize, contacts: usize, now: Timestamp) -> Self {
        Self::among(rows, 0, contacts, now)
    }

    fn among(rows: usize, first: usize, contacts: usize, now: Timestamp) -> Self {
        let hours_ago = |hours: i64| {
            let then = now.to_zoned(LONDON.clone()).saturating_sub(hours.hours());
            then.strftime("%d/%m/%Y %H:%M").to_string()
        };
        let (received, arrived, closed) = (hours_ago(19), hours_ago(18), hours_ago(17));
        let taken = hours_ago(1);
        let mut extract = format!("{COLUMNS}\n");
        let mut row = |number: &str, category: &str, result: &str, phone: &str, consent: &str| {
            extract.push_str(&format!(
                "{number},{taken},{received},{closed},CLOSED,{category},{category},{result},,999,Y,\
                 {arrived},,,HA01,{phone},WITNESS,{consent},,,,\n"
            ));
        };
        for person in 0..contacts {
            let phone = format!("07700900{:03}", (first + person) % PEOPLE);
            let number = format!("HC-20260309-{:06}", first + person);
            let result = RESULTS[person % RESULTS.len()];
            row(&number, "Transport - Highways Disruption", result, &phone, "Y");
        }
        for other in 0..rows - contacts {
            let (category, rang, consent) = OTHERS[other % OTHERS.len()];
            let phone = if rang { format!("07700900{:03}", other % PEOPLE) } else { String::new() };
            let number = format!("HC-20260308-{:06}", first * 4 + other);
            row(&number, category, RESULTS[0], &phone, consent);
        }
        let key = format!("extracts/storm/bill-{first}.csv");
        Self { key, extract: extract.into_bytes(), rows, contacts }
    }
}
