//! One command-and-control log in our own neutral words, and who rang about it.
//!
//! A force's columns and codes end at [`crate::force`]; past it there are only these types.
//! They hold no name, no address and no free text: what the text said that matters is a [`Marker`].

use std::fmt;

use jiff::Timestamp;

use crate::language::Language;
use crate::nsir::{Category, Qualifier};
use crate::person::{Pepper, PersonId};
use crate::phone::Mobile;

/// A log's number in the force's own form, such as `HC-20260303-0412`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LogNumber(String);

/// Why a log number was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LogNumberError {
    /// Nothing in the cell.
    #[error("the log number is blank")]
    Blank,
    /// Longer than 40 characters.
    #[error("the log number is longer than 40 characters")]
    TooLong,
    /// A space or a sign that cannot stand in a key.
    #[error("the log number may hold only letters, digits and - / . _")]
    OddCharacter,
    /// A telephone number: the columns have slipped, and a number must never become a key.
    #[error("the log number looks like a telephone number")]
    LooksLikePhone,
}

impl LogNumber {
    /// Accepts 1 to 40 of `A–Z a–z 0–9 - / . _`; letters are made capitals.
    pub fn parse(text: &str) -> Result<Self, LogNumberError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(LogNumberError::Blank);
        }
        if text.len() > 40 {
            return Err(LogNumberError::TooLong);
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-/._".contains(&b)) {
            return Err(LogNumberError::OddCharacter);
        }
        let only_digits = text.bytes().all(|b| b.is_ascii_digit());
        let phone_start = ["07", "447", "00447", "7"].iter().any(|start| text.starts_with(start));
        if only_digits && (10..=14).contains(&text.len()) && phone_start {
            return Err(LogNumberError::LooksLikePhone);
        }
        Ok(Self(text.to_ascii_uppercase()))
    }

    /// The number as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for LogNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A coded cell after the force profile has looked it up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coded<T> {
    /// The profile knows the code.
    Known(T),
    /// The profile does not know it: somebody must look, so the log holds.
    Unknown(String),
    /// Nothing in the cell: the log holds.
    Blank,
}

impl<T> Coded<T> {
    /// The code, when the profile does not know it.
    pub fn unknown(&self) -> Option<&str> {
        match self {
            Self::Unknown(code) => Some(code),
            Self::Known(_) | Self::Blank => None,
        }
    }
}

impl<T: Copy> Coded<T> {
    /// The meaning, when it is known.
    pub fn known(&self) -> Option<T> {
        match self {
            Self::Known(value) => Some(*value),
            Self::Unknown(_) | Self::Blank => None,
        }
    }
}

/// What came of an incident, as a campaign's words name it, such as `cleared`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outcome(String);

impl Outcome {
    /// Accepts 1 to 40 lower-case letters, digits and hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=40).contains(&text.len())
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        fits.then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How far the force has come with a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Still being worked on.
    Open,
    /// Closed, and by its result code concluded.
    Closed,
    /// Closed once and opened again.
    Reopened,
    /// Handed to another force or agency.
    Transferred,
}

/// How the report reached the force.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// An emergency call.
    Emergency,
    /// A 101 or switchboard call.
    Telephone,
    /// The website, e-mail or social media.
    Online,
    /// At a front desk or to an officer.
    InPerson,
    /// From police, another agency or a system: nobody rang.
    NotAPerson,
}

/// Every source with the name it is written and stored by.
pub const SOURCES: [(Source, &str); 5] = [
    (Source::Emergency, "emergency"),
    (Source::Telephone, "telephone"),
    (Source::Online, "online"),
    (Source::InPerson, "in-person"),
    (Source::NotAPerson, "not-a-person"),
];

/// What the caller was to the incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// A member of the public who saw or found it.
    Public,
    /// Somebody in it: a driver, a party, a victim.
    Involved,
    /// Somebody suspected.
    Suspect,
    /// Police, ambulance, fire, highways, a hospital, an alarm company, a care home.
    Professional,
    /// Under eighteen.
    Child,
}

/// Whether the caller may be texted, by what they told the call taker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Consent {
    /// They may.
    Yes,
    /// They said no, or contact is not safe.
    No,
}

/// Something in the log, in whatever field, that keeps its callers from being texted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Marker {
    /// Domestic abuse, in a word or a flag.
    DomesticAbuse,
    /// "Unsafe to contact", "do not call back" and their like.
    UnsafeToContact,
    /// The caller wished to be anonymous.
    Anonymous,
    /// A silent or abandoned emergency call, or 55 pressed.
    SilentCall,
    /// Somebody died or may have.
    Death,
    /// A weapon.
    Weapon,
    /// A child, or an adult who is vulnerable.
    Vulnerable,
    /// The number belongs to somebody else.
    OthersPhone,
}

/// Every marker with the name it is stored and shown by.
pub const MARKERS: [(Marker, &str); 8] = [
    (Marker::DomesticAbuse, "domestic-abuse"),
    (Marker::UnsafeToContact, "unsafe-to-contact"),
    (Marker::Anonymous, "anonymous"),
    (Marker::SilentCall, "silent-call"),
    (Marker::Death, "death"),
    (Marker::Weapon, "weapon"),
    (Marker::Vulnerable, "vulnerable"),
    (Marker::OthersPhone, "others-phone"),
];

impl Marker {
    /// Finds a marker by its name.
    pub fn parse(name: &str) -> Option<Self> {
        MARKERS.iter().find(|(_, known)| *known == name).map(|(marker, _)| *marker)
    }

    /// The name it is stored and shown by.
    pub fn name(self) -> &'static str {
        MARKERS.iter().find(|(marker, _)| *marker == self).map_or("", |(_, name)| name)
    }
}

/// One command-and-control log, as one extract told it.
#[derive(Debug, Clone, PartialEq)]
pub struct Log {
    /// The force's number for it.
    pub number: LogNumber,
    /// When the extract was taken: a later one replaces an earlier one.
    pub extracted_at: Timestamp,
    /// When the call was made.
    pub opened_at: Timestamp,
    /// When it was closed, if it is.
    pub closed_at: Option<Timestamp>,
    /// How far the force has come with it.
    pub status: Coded<Status>,
    /// The category given when the call was taken.
    pub opening: Coded<Category>,
    /// The category given when it was closed; this one counts (NSIR 1.17).
    pub closing: Coded<Category>,
    /// What came of it: one meaning for each result code.
    pub results: Vec<Coded<Outcome>>,
    /// The qualifiers added to the closing code (NSIR 1.15).
    pub qualifiers: Vec<Coded<Qualifier>>,
    /// How the report came.
    pub source: Coded<Source>,
    /// Whether somebody went; `None` when the log does not say.
    pub attended: Option<bool>,
    /// When the first unit arrived.
    pub arrived_at: Option<Timestamp>,
    /// The log this one was closed as a duplicate of; several when its rows contradict each other.
    pub duplicate_of: Vec<LogNumber>,
    /// Logs it names as having to do with it.
    pub cross_refs: Vec<LogNumber>,
    /// Whether the log itself names a crime.
    pub crimed: bool,
    /// The beat or area, for rates by area.
    pub area: String,
    /// What keeps everybody on it from being texted.
    pub markers: Vec<Marker>,
}

/// Where the outcome of a log is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Main<'a> {
    /// In the log itself.
    Itself,
    /// In the log it was closed as a duplicate of (NSIR 1.5).
    Other(&'a LogNumber),
    /// In another log, and it does not say in which.
    Unnamed,
}

impl<'a> Main<'a> {
    /// The number of the other log, when it is known.
    pub fn other(self) -> Option<&'a LogNumber> {
        match self {
            Self::Other(main) => Some(main),
            Self::Itself | Self::Unnamed => None,
        }
    }
}

impl Log {
    /// Where the outcome is told.
    ///
    /// A log closed as a duplicate that names no main log but one cross reference means that one;
    /// of several nobody can say which.
    pub fn main(&self) -> Main<'_> {
        let duplicate = Coded::Known(Category::Duplicate);
        let is_duplicate = self.opening == duplicate || self.closing == duplicate;
        match (self.duplicate_of.as_slice(), self.cross_refs.as_slice()) {
            ([main], _) => Main::Other(main),
            ([], _) if !is_duplicate => Main::Itself,
            ([], [main]) => Main::Other(main),
            _ => Main::Unnamed,
        }
    }
}

/// Somebody who rang, as the extract tells it: held in memory while a file is read.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The number given, read by [`crate::phone`].
    pub phone: crate::phone::Finding,
    /// What they were to the incident.
    pub role: Coded<Role>,
    /// Whether they may be texted.
    pub consent: Coded<Consent>,
    /// The language they asked for, where the log says so in a word the profile knows.
    pub language: Option<Language>,
}

impl Caller {
    /// The number a text could go to, in clear, whether or not policy lets it.
    pub fn mobile(&self) -> Option<&Mobile> {
        self.phone.mobile()
    }

    /// The same without the number.
    pub fn known(&self, pepper: &Pepper) -> KnownCaller {
        KnownCaller {
            person: self.mobile().map(|mobile| pepper.person(mobile)),
            sendable: self.phone.is_sendable(),
            phone_reason: self.phone.reason().to_owned(),
            role: self.role.clone(),
            consent: self.consent.clone(),
            language: self.language,
        }
    }
}

/// Somebody who rang, as we keep it: without the number.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct KnownCaller {
    /// Who, when the number was a mobile's.
    pub person: Option<PersonId>,
    /// Whether the number can be texted.
    pub sendable: bool,
    /// What the phone rules said of the number, in words.
    pub phone_reason: String,
    /// What they were to the incident.
    pub role: Coded<Role>,
    /// Whether they may be texted.
    pub consent: Coded<Consent>,
    /// The language they asked for, where the log says so in a word the profile knows.
    pub language: Option<Language>,
}

/// A link from the crime system: this log, or this person, has to do with an investigation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CrimeLink {
    /// The crime or investigation reference.
    pub reference: String,
    /// The log it names.
    pub log: Option<LogNumber>,
    /// The person it names, by exact number only: a match by name and birth date once put a
    /// suspect's letter into a stranger's hands (ICO, West Midlands Police, 2024).
    pub person: Option<PersonId>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_number_is_kept_in_capitals() {
        let number = LogNumber::parse(" hc-20260303-0412 ").unwrap();
        assert_eq!(number.as_str(), "HC-20260303-0412");
    }

    #[test]
    fn what_could_slip_into_a_key_is_refused() {
        let check = |text: &str, expected| assert_eq!(LogNumber::parse(text), Err(expected));
        check("", LogNumberError::Blank);
        check("07700900123", LogNumberError::LooksLikePhone);
        check("447700900123", LogNumberError::LooksLikePhone);
        check("7700900123", LogNumberError::LooksLikePhone);
        check("HC 1", LogNumberError::OddCharacter);
        check("HC#1", LogNumberError::OddCharacter);
        check(&"9".repeat(41), LogNumberError::TooLong);
    }

    #[test]
    fn the_main_log_of_a_duplicate_is_the_one_it_names() {
        let number = |text: &str| LogNumber::parse(text).unwrap();
        let check = |change: &dyn Fn(&mut Log), expected: Main<'_>| {
            let mut log = crate::eligibility::tests::log();
            change(&mut log);
            assert_eq!(log.main(), expected);
        };
        let (one, two) = (number("HC-1"), number("HC-2"));
        let closed_as = |log: &mut Log| log.closing = Coded::Known(Category::Duplicate);
        check(&|_| (), Main::Itself);
        check(&|log| log.cross_refs = vec![one.clone()], Main::Itself);
        check(&|log| log.duplicate_of = vec![one.clone()], Main::Other(&one));
        check(&closed_as, Main::Unnamed);
        let one_reference = |log: &mut Log| {
            closed_as(log);
            log.cross_refs = vec![one.clone()];
        };
        check(&one_reference, Main::Other(&one));
        let two_references = |log: &mut Log| {
            closed_as(log);
            log.cross_refs = vec![one.clone(), two.clone()];
        };
        check(&two_references, Main::Unnamed);
        let both = |log: &mut Log| {
            two_references(log);
            log.duplicate_of = vec![two.clone()];
        };
        check(&both, Main::Other(&two));
        check(&|log| log.duplicate_of = vec![one.clone(), two.clone()], Main::Unnamed);
    }

    #[test]
    fn an_outcome_is_a_plain_name() {
        assert!(Outcome::parse("checked-clear").is_some());
        assert!(Outcome::parse("Checked clear").is_none());
        assert!(Outcome::parse("").is_none());
    }
}
