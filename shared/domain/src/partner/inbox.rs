//! What a partner's files say: receipts, replies and scores, row by row.
//!
//! The same file again says the same: receipts are ranked, the latest score counts, and a reply has
//! the partner's own id or one made of who wrote what and when.

use std::collections::BTreeMap;
use std::io::{self, Read};

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use super::{Brought, Inbound, Partner, PartnerScore, Thousandths};
use crate::contact::ContactId;
use crate::feed::{self, Reject, Row, Unreadable};
use crate::force::{Dates, FeedFile, Format, Kind, fold};
use crate::formula;
use crate::messages::InboundMessage;
use crate::person::{Pepper, PersonId, hex};
use crate::phone::{self, Mobile};
use crate::ports::{Call, Heard};
use crate::supplier::SupplierName;

/// How far back a partner's news may lie: a reply that old would be forgotten as soon as it is kept.
const OLDEST: SignedDuration = SignedDuration::from_hours(180 * 24);

/// How far ahead: for a clock that is wrong, or a time of another zone.
const AHEAD: SignedDuration = SignedDuration::from_hours(24);

/// Whether something that a partner tells now can have happened then.
pub fn is_plausible(at: Timestamp, now: Timestamp) -> bool {
    (-AHEAD..=OLDEST).contains(&now.duration_since(at))
}

/// A reply as a partner brings it, by file or by call.
#[derive(Clone, Copy)]
pub struct Said<'a> {
    /// The partner's id of it, when it has one.
    pub id: Option<&'a str>,
    /// Our reference of the text it answers, when the partner knows.
    pub reference: Option<&'a ContactId>,
    /// The number it came from, when the partner tells it.
    pub sender: Option<&'a str>,
    /// What it says.
    pub words: &'a str,
    /// When the partner had it.
    pub at: Timestamp,
}

impl Said<'_> {
    /// The reply as it is kept; `None` when nobody is named who could have written it.
    ///
    /// Who holds the number wrote it. Where the partner hides the number, or tells none, it is whom we
    /// texted.
    pub fn call(&self, supplier: &SupplierName, pepper: &Pepper) -> Option<Call> {
        let mobile = self.sender.and_then(|sender| {
            let digits: String = sender.chars().filter(|c| !" ()-".contains(*c)).collect();
            Mobile::from_supplier(&digits)
        });
        let person = match (mobile, self.reference, self.sender) {
            (Some(mobile), _, _) => pepper.person(&mobile),
            (None, Some(reference), _) => reference.person().clone(),
            (None, None, Some(sender)) => pepper.stranger(sender),
            (None, None, None) => return None,
        };
        let sender = match (self.sender, self.reference) {
            (Some(sender), _) => sender.to_owned(),
            (None, reference) => reference.map(ToString::to_string).unwrap_or_default(),
        };
        Some(Call {
            supplier: supplier.to_string(),
            message: self.message(&person, pepper),
            person,
            sender,
            answers: self.reference.cloned(),
            text: self.words.to_owned(),
            received_at: self.at,
        })
    }

    /// What the reply is kept under, queued and shown by: the partner's id where that is plain and could
    /// be nobody's number, else a hash. It shows nothing of the number: an id is hashed with our key, and
    /// the person is a keyed hash already.
    fn message(&self, person: &PersonId, pepper: &Pepper) -> String {
        match self.id {
            Some(id) if is_plain(id) && !phone::may_be_in(id) => id.to_owned(),
            Some(id) => pepper.stranger(id).to_string(),
            None => {
                let mut hash = Sha256::new();
                for part in [person.as_str(), &self.at.to_string(), self.words] {
                    hash.update(part);
                    hash.update([0]);
                }
                hex(&hash.finalize()[..16])
            }
        }
    }
}

fn is_plain(id: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    (1..=64).contains(&id.len()) && id.bytes().all(plain)
}

/// What one row says, and what of it could not be read: one does not keep the other from being heard.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What it says.
    pub heard: Vec<Heard>,
    /// What could not be read.
    pub reject: Option<Reject>,
}

/// The rows of one file of a partner.
pub struct Rows<'a, R> {
    rows: feed::Rows<R>,
    header: feed::Header,
    dates: Dates,
    inbound: &'a Inbound,
    supplier: &'a SupplierName,
}

impl Partner {
    /// Opens a file that the partner brought.
    ///
    /// # Errors
    /// The outer error is the source's; the inner says why the file cannot be read at all.
    pub fn open<R: Read>(&self, source: R) -> io::Result<Result<Rows<'_, R>, Unreadable>> {
        let Some(inbound) = &self.inbound else {
            let name = self.supplier.partner().unwrap_or_default();
            return Ok(Err(Unreadable::UnknownPartner(name.to_owned())));
        };
        // A partner's file is read like an extract of which every column is plain text.
        let feed = FeedFile {
            kind: Kind::Crimes,
            format: Format::Separated,
            separator: inbound.separator,
            dates: Vec::new(),
            list_separator: String::new(),
            blanks: Vec::new(),
            columns: BTreeMap::new(),
            free_text: inbound.columns.iter().map(|(_, column)| column.clone()).collect(),
            trailer: None,
            actions: None,
        };
        Ok(feed::open(source, &feed)?.map(|rows| Rows {
            header: rows.header(),
            rows,
            dates: Dates::new(&inbound.dates),
            inbound,
            supplier: &self.supplier,
        }))
    }
}

impl<R: Read> Rows<'_, R> {
    /// The next row; `None` at the end.
    ///
    /// # Errors
    /// The source's own.
    pub fn read(&mut self, pepper: &Pepper, now: Timestamp) -> io::Result<Option<Told>> {
        let Self { rows, header, dates, inbound, supplier } = self;
        let row = match rows.read()? {
            None => return Ok(None),
            Some(Err(reject)) => {
                return Ok(Some(Told { reject: Some(reject), ..Told::default() }));
            }
            Some(Ok(row)) => row,
        };
        let cells: Vec<&str> = header.texts(&row).map(|cell| inbound.value(cell)).collect();
        let line = Line { row, cells, inbound, supplier };
        Ok(Some(line.told(dates, pepper, now)))
    }
}

impl Inbound {
    /// A cell freed of what a spreadsheet or a writer like ours put around it; empty for a blank.
    fn value<'a>(&self, cell: &'a str) -> &'a str {
        let inside = cell.strip_prefix("=\"").and_then(|rest| rest.strip_suffix('"'));
        let cell = inside.unwrap_or_else(|| formula::bare(cell)).trim();
        if self.blanks.contains(&fold(cell)) { "" } else { cell }
    }

    /// What the partner calls the column of a field.
    fn column(&self, brought: Brought) -> &str {
        let found = self.columns.iter().find(|(other, _)| *other == brought);
        found.map_or("", |(_, column)| column)
    }
}

/// What is wrong with a row: the field, and why.
type Odd = (Brought, String);

/// One row in hand.
struct Line<'a> {
    row: Row<'a>,
    cells: Vec<&'a str>,
    inbound: &'a Inbound,
    supplier: &'a SupplierName,
}

impl Line<'_> {
    fn told(&self, dates: &Dates, pepper: &Pepper, now: Timestamp) -> Told {
        let mut told = Told::default();
        let says = [Brought::Words, Brought::Status, Brought::Score];
        if says.iter().all(|field| self.value(*field).is_none()) {
            return told;
        }
        let at = match self.at(dates, now) {
            Ok(at) => at,
            Err(odd) => {
                told.reject = Some(self.reject(&odd));
                return told;
            }
        };
        // The words come first: somebody may be in danger, whatever the rest of the row is.
        for part in [self.reply(at, pepper), self.receipt(at), self.score(at)] {
            match part {
                Ok(heard) => told.heard.extend(heard),
                Err(odd) if told.reject.is_none() => told.reject = Some(self.reject(&odd)),
                Err(_) => {}
            }
        }
        told
    }

    fn reject(&self, (field, why): &Odd) -> Reject {
        self.row.reject(self.inbound.column(*field), why.clone())
    }

    /// What stands in the column of a field; `None` for a blank, or no such column.
    fn value(&self, field: Brought) -> Option<&str> {
        let place = self.inbound.columns.iter().position(|(other, _)| *other == field)?;
        self.cells.get(place).copied().filter(|cell| !cell.is_empty())
    }

    fn at(&self, dates: &Dates, now: Timestamp) -> Result<Timestamp, Odd> {
        let odd = |why: String| (Brought::At, why);
        let text = self.value(Brought::At).ok_or_else(|| odd("is blank".to_owned()))?;
        let at = text.parse().or_else(|_| dates.parse(text)).map_err(odd)?;
        if !is_plausible(at, now) {
            return Err(odd("lies more than a day ahead or half a year back".to_owned()));
        }
        Ok(at)
    }

    fn reference(&self) -> Result<ContactId, Odd> {
        let found = self.value(Brought::Reference).and_then(ContactId::parse);
        found.ok_or_else(|| (Brought::Reference, "is not a reference of ours".to_owned()))
    }

    fn receipt(&self, at: Timestamp) -> Result<Option<Heard>, Odd> {
        let Some(word) = self.value(Brought::Status) else { return Ok(None) };
        let Some(receipt) = self.inbound.statuses.get(&fold(word)) else {
            let why = "is not one of the statuses that were published".to_owned();
            return Err((Brought::Status, why));
        };
        let Some(receipt) = *receipt else { return Ok(None) };
        let contact = self.reference()?;
        let supplier = self.supplier.to_string();
        let message = InboundMessage::ReceiptV1 { supplier, contact, receipt, at };
        Ok(Some(Heard::Receipt(message)))
    }

    fn reply(&self, at: Timestamp, pepper: &Pepper) -> Result<Option<Heard>, Odd> {
        let Some(words) = self.value(Brought::Words) else { return Ok(None) };
        let reference = self.reference();
        let said = Said {
            id: self.value(Brought::Id),
            reference: reference.as_ref().ok(),
            sender: self.value(Brought::Sender),
            words,
            at,
        };
        match said.call(self.supplier, pepper) {
            Some(call) => Ok(Some(Heard::Reply(call))),
            None => reference.map(|_| None),
        }
    }

    fn score(&self, at: Timestamp) -> Result<Option<Heard>, Odd> {
        let Some(text) = self.value(Brought::Score) else { return Ok(None) };
        let odd = |why: &str| (Brought::Score, why.to_owned());
        let value = Thousandths::parse(text).ok_or_else(|| odd("is not a number such as -0.25"))?;
        let scale = self.inbound.scale.ok_or_else(|| odd("has no scale"))?;
        let contact = self.reference()?;
        let score = PartnerScore::new(self.supplier.clone(), value, scale, at);
        let score = score.ok_or_else(|| odd("lies outside the scale that was published"))?;
        Ok(Some(Heard::Receipt(InboundMessage::score(contact, &score))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partner::tests::file;

    const SAMPLE: &str = include_str!("../../../../events/inbox/rant-and-rave.csv");
    const REFERENCE: &str = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-0123456789abcdef";
    const HEADER: &str =
        "ClientReference,Mobile,EventTime,DeliveryStatus,ResponseId,Response,Sentiment\n";

    fn pepper() -> Pepper {
        Pepper::parse("a pepper of thirty-two bytes or more").unwrap()
    }

    fn now() -> Timestamp {
        "2026-03-11T10:00:00Z".parse().unwrap()
    }

    fn read_all(body: &str) -> Vec<Told> {
        let partner = file().check().unwrap();
        let mut rows = partner.open(body.as_bytes()).unwrap().unwrap();
        let mut all = Vec::new();
        while let Some(told) = rows.read(&pepper(), now()).unwrap() {
            all.push(told);
        }
        all
    }

    fn shown(told: &Told) -> String {
        let heard = told.heard.iter().map(|heard| match heard {
            Heard::Receipt(InboundMessage::ReceiptV1 { receipt, at, .. }) => {
                format!("{} {at}", receipt.name())
            }
            Heard::Receipt(InboundMessage::ScoreV1 { value, low, high, at, .. }) => {
                format!("{value} of {low} to {high} {at}")
            }
            Heard::Receipt(other) => format!("{other:?}"),
            Heard::Reply(call) => format!("{:?} {}", call.text, call.received_at),
        });
        let reject = told.reject.iter().map(|r| format!("{}! {} {}", r.line, r.column, r.reason));
        heard.chain(reject).collect::<Vec<_>>().join("; ")
    }

    fn row(cells: &str) -> String {
        let all = read_all(&format!("{HEADER}{cells}\n"));
        assert_eq!(all.len(), 1, "{cells}");
        shown(&all[0])
    }

    fn call(cells: &str) -> Call {
        let mut all = read_all(&format!("{HEADER}{cells}\n"));
        match all.remove(0).heard.remove(0) {
            Heard::Reply(call) => call,
            other @ Heard::Receipt(_) => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_sample_says_what_its_page_says() {
        let all: Vec<String> = read_all(SAMPLE).iter().map(shown).collect();
        assert_eq!(
            all,
            [
                "",
                "delivered 2026-03-10T10:00:09Z",
                "\"5 - thank you, quick & kind\" 2026-03-10T10:14:00Z; 0.75 of -1 to 1 2026-03-10T10:14:00Z",
                "permanent 2026-03-10T10:00:11Z",
                "6! DeliveryStatus is not one of the statuses that were published",
            ]
        );
    }

    #[test]
    fn a_row_says_whatever_its_cells_say() {
        let check = |cells: String, expected: &str| assert_eq!(row(&cells), expected, "{cells}");
        let of = |rest: &str| format!("{REFERENCE},,10/03/2026 10:00,{rest}");
        check(of("Delivered,,,"), "delivered 2026-03-10T10:00:00Z");
        check(of("SENT,,,"), "");
        check(of(",,,"), "");
        check(of("N/A,null,n/a,NULL"), "");
        check(of(",,,-0.5"), "-0.5 of -1 to 1 2026-03-10T10:00:00Z");
        check(of(",,,'-0.5"), "-0.5 of -1 to 1 2026-03-10T10:00:00Z");
        check(of(",,=1+1 ha,"), "\"=1+1 ha\" 2026-03-10T10:00:00Z");
        check(of(",,'=1+1 ha,"), "\"=1+1 ha\" 2026-03-10T10:00:00Z");
        check(
            of(",,\"two\nlines, \"\"so\"\"\","),
            "\"two\\nlines, \\\"so\\\"\" 2026-03-10T10:00:00Z",
        );
        check(
            format!("{REFERENCE},,2026-06-10T10:00:00+01:00,DELIVERED,,,"),
            "2! EventTime lies more than a day ahead or half a year back",
        );
        check(
            format!("{REFERENCE},,2026-03-10T10:00:00+01:00,DELIVERED,,,"),
            "delivered 2026-03-10T09:00:00Z",
        );
    }

    #[test]
    fn what_cannot_be_read_is_named_and_keeps_nothing_else_from_being_heard() {
        let check = |cells: &str, expected: &str| assert_eq!(row(cells), expected, "{cells}");
        check(
            "not-ours,,10/03/2026 10:00,DELIVERED,,,",
            "2! ClientReference is not a reference of ours",
        );
        check(",,10/03/2026 10:00,,,help,", "2! ClientReference is not a reference of ours");
        check(&format!("{REFERENCE},,,DELIVERED,,,"), "2! EventTime is blank");
        check(
            &format!("{REFERENCE},,10/03/2025 10:00,DELIVERED,,,"),
            "2! EventTime lies more than a day ahead or half a year back",
        );
        check(
            &format!("{REFERENCE},,soon,DELIVERED,,,"),
            "2! EventTime is not a date written as %d/%m/%Y %H:%M:%S or %d/%m/%Y %H:%M",
        );
        check(
            &format!("{REFERENCE},,10/03/2026 10:00,LOST,,he has a knife,11"),
            "\"he has a knife\" 2026-03-10T10:00:00Z; \
             2! DeliveryStatus is not one of the statuses that were published",
        );
        check(
            &format!("{REFERENCE},,10/03/2026 10:00,,,,1.001"),
            "2! Sentiment lies outside the scale that was published",
        );
        check(
            &format!("{REFERENCE},,10/03/2026 10:00,,,,happy"),
            "2! Sentiment is not a number such as -0.25",
        );
        check("07700900123,x", "2!  has 2 cells where the header has 7");
    }

    #[test]
    fn a_reply_is_of_who_holds_the_number_else_of_whom_we_texted() {
        let mobile = Mobile::from_e164("+447700900123").unwrap();
        let theirs = pepper().person(&mobile);
        for number in
            ["07700900123", "07700 900123", "=\"07700900123\"", "'+447700900123", "447700900123"]
        {
            let call = call(&format!("{REFERENCE},{number},10/03/2026 10:00,,,5,"));
            assert_eq!(call.person, theirs, "{number}");
        }
        let texted = ContactId::parse(REFERENCE).unwrap();
        for number in ["", "077*****123", "N/A"] {
            let call = call(&format!("{REFERENCE},{number},10/03/2026 10:00,,,5,"));
            assert_eq!(&call.person, texted.person(), "{number}");
        }
        let call = call("another's,60777,10/03/2026 10:00,,,5,");
        assert_eq!(call.person, pepper().stranger("60777"));
    }

    #[test]
    fn a_reply_has_one_name_however_often_it_comes() {
        let name = |cells: &str| call(cells).message;
        assert_eq!(name(",07700900123,10/03/2026 10:00,,R-1,5,"), "R-1");
        let odd = name(",07700900123,10/03/2026 10:00,,R#1 of 07700900123,5,");
        assert_eq!(odd.len(), 32);
        assert!(!odd.contains("900123"));
        let unnamed = name(",07700900123,10/03/2026 10:00,,,5,");
        assert_eq!(unnamed, name(&format!("{REFERENCE},+447700900123,10/03/2026 10:00:00,,,5,1")));
        for other in [
            ",07700900124,10/03/2026 10:00,,,5,",
            ",07700900123,10/03/2026 10:01,,,5,",
            ",07700900123,10/03/2026 10:00,,,4,",
        ] {
            assert_ne!(unnamed, name(other), "{other}");
        }
    }

    #[test]
    fn a_reply_is_not_kept_under_its_senders_number() {
        let name = |id: &str| call(&format!(",07700900123,10/03/2026 10:00,,{id},5,")).message;
        for id in ["R-20260310-0007", "07700900", "740e5834-3a29-46b4-9a6f-447700900123"] {
            assert_eq!(name(id), id);
        }
        for id in
            ["447700900123", "R-07700900123", "07700-900-123", "07700.900123-2", "16329600010"]
        {
            let kept = name(id);
            assert_eq!(kept.len(), 32, "{id} is kept as {kept}");
            assert_eq!(kept, name(id));
            // Whoever tries all numbers finds none, for they lack the key.
            assert_ne!(kept, hex(&Sha256::digest(id)[..16]), "{id}");
        }
    }

    #[test]
    fn a_file_of_something_else_is_not_read() {
        let partner = file().check().unwrap();
        let why = |body: &[u8]| partner.open(body).unwrap().err().unwrap().to_string();
        assert_eq!(why(b""), "the file is empty");
        assert!(why(b"PK\x03\x04").contains("Excel workbook"));
        assert!(why(b"ClientReference,EventTime\n").starts_with("the header lacks"));
        let mut silent = file();
        silent.inbound = None;
        let silent = silent.check().unwrap();
        let why = silent.open(b"".as_slice()).unwrap().err().unwrap().to_string();
        assert_eq!(why, "no partner that brings files is published as \"rant-and-rave\"");
    }
}
