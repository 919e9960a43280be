//! Which phone numbers may be texted, and why the others may not.
//!
//! [`parse`] reads what people and spreadsheets write and answers with a [`Finding`].
//! It is generous about how a number is written and strict about what the number is:
//! a text sent to the wrong kind of number can reach, or be read aloud to, somebody else.
//!
//! What is accepted, ignoring spaces, dashes, dots, slashes, commas, brackets and invisible
//! characters anywhere, and quotes, `=` and a label such as `Mobile:` around it:
//!
//! ```text
//! national       0 7#########          also 7######### (a spreadsheet drops the zero)
//! international  + 44 7#########       also 44, 0044, 0+44, 044, 44(0), +440
//! number cells   7#########.0          also 7.#########E+9 when no digit is missing
//! ```
//!
//! Which ranges are in use comes from libphonenumber's metadata, consulted at most once for each
//! six-digit prefix; that metadata takes some 80 ms to load, on the first number that needs it.
//! Which ranges we text is policy and is spelled out here.
//! This file deliberately does not ask whether a number is answered, ported or safe to contact,
//! and does not look a number up when it only needs its shape ([`Mobile::from_e164`],
//! [`Mobile::from_supplier`]).

use phonenumber::metadata::{DATABASE, Descriptor};
use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

/// Reads one number as a person or a spreadsheet wrote it and judges whether it may be texted.
pub fn parse(input: &str, drama: DramaNumbers) -> Finding {
    match national_number(input) {
        Ok(national) => judge(national, drama),
        Err(reason) => Finding::Refused(reason),
    }
}

/// Whether an id that somebody else made could be a number or hold one, so that it is no key.
///
/// Nine digits that follow each other could be one, and a 7 and nine more with marks between them. The
/// digits of a UUID are of another kind.
pub fn may_be_in(id: &str) -> bool {
    let groups: Vec<usize> = id.split('-').map(str::len).collect();
    let is_uuid = groups == [8, 4, 4, 4, 12]
        && id.bytes().all(|byte| byte == b'-' || byte.is_ascii_hexdigit());
    let bare: String = id.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let mut together = id.split(|c: char| !c.is_ascii_digit());
    let mut apart = bare.split(|c: char| !c.is_ascii_digit());
    let is_mobile = |run: &str| run.find('7').is_some_and(|at| run.len() - at >= 10);
    !is_uuid && (together.any(|run| run.len() >= 9) || apart.any(is_mobile))
}

/// What [`parse`] makes of one number.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Finding {
    /// A UK mobile that may be texted.
    Sendable(Mobile),
    /// A mobile that is not texted unless a person decides to.
    Held(Mobile, HeldReason),
    /// Not a number that can be texted.
    Refused(RefusedReason),
}

impl Finding {
    /// Returns the number when it was understood as a mobile, whether sendable or held.
    pub fn mobile(&self) -> Option<&Mobile> {
        match self {
            Self::Sendable(mobile) | Self::Held(mobile, _) => Some(mobile),
            Self::Refused(_) => None,
        }
    }

    /// Says whether the number may be texted without a person's decision.
    pub fn is_sendable(&self) -> bool {
        match self {
            Self::Sendable(_) => true,
            Self::Held(..) | Self::Refused(_) => false,
        }
    }

    /// Explains the finding in plain English.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Sendable(_) => "UK mobile",
            Self::Held(_, reason) => reason.sentence(),
            Self::Refused(reason) => reason.sentence(),
        }
    }
}

/// Why a mobile is held for a person to decide.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum HeldReason {
    /// The number belongs to Guernsey.
    Guernsey,
    /// The number belongs to Jersey.
    Jersey,
    /// The number belongs to the Isle of Man.
    IsleOfMan,
}

impl HeldReason {
    /// Explains the reason in plain English.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Guernsey => "Guernsey mobile: outside the UK and charged as international",
            Self::Jersey => "Jersey mobile: outside the UK and charged as international",
            Self::IsleOfMan => "Isle of Man mobile: outside the UK and charged as international",
        }
    }
}

/// Why a number is refused.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub enum RefusedReason {
    /// Nothing was written.
    Empty,
    /// A filler such as `n/a` was written.
    NotGiven,
    /// The caller's number was written down as unknown.
    Unknown,
    /// The caller withheld the number.
    Withheld,
    /// The caller wished to be anonymous, which forbids a text even beside a number.
    Anonymous,
    /// Scientific notation has replaced digits that cannot be recovered.
    LostDigits,
    /// More than one number was written.
    MoreThanOne,
    /// The number leads to an extension of a switchboard.
    Extension,
    /// Letters were written among the digits.
    Letters,
    /// Digits were written in another script.
    ForeignDigits,
    /// A symbol was written that no phone number has.
    Symbol,
    /// There are too few digits.
    TooShort,
    /// There are too many digits.
    TooLong,
    /// A short service number such as 999 or 101.
    ShortCode,
    /// A number from outside the UK.
    Foreign,
    /// A landline, freephone, business, internet or premium-rate number.
    NotMobile,
    /// A 070 personal number.
    PersonalNumber,
    /// A 076 pager.
    Pager,
    /// A range in which no number is in use.
    Unallocated,
    /// A drama number where those are not allowed.
    Drama,
}

impl RefusedReason {
    /// Explains the reason in plain English.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Empty => "empty: there is nothing here",
            Self::NotGiven => "no number was given",
            Self::Unknown => "the number is not known",
            Self::Withheld => "the caller withheld the number",
            Self::Anonymous => "the caller wished to be anonymous",
            Self::LostDigits => "a spreadsheet has rounded this number and lost its last digits",
            Self::MoreThanOne => "more than one number: we cannot tell which to text",
            Self::Extension => "an extension: a switchboard cannot pass on a text",
            Self::Letters => "contains letters",
            Self::ForeignDigits => "contains digits that are not written 0 to 9",
            Self::Symbol => "contains a symbol that does not belong in a phone number",
            Self::TooShort => "too few digits",
            Self::TooLong => "too many digits",
            Self::ShortCode => "a short service number, such as 999 or 101, not a person's phone",
            Self::Foreign => "not a UK number",
            Self::NotMobile => "not a mobile: a text could be read aloud to somebody else",
            Self::PersonalNumber => "070 personal number, not a mobile: costly and forwarded",
            Self::Pager => "076 pager, not a mobile",
            Self::Unallocated => "no such number: this range is not in use",
            Self::Drama => "kept for use in drama and tests: nobody has this number",
        }
    }
}

/// Whether Ofcom's drama range, 07700 900000 to 900999, may be texted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DramaNumbers {
    /// Drama numbers are sendable, as tests and demonstrations need.
    Allowed,
    /// Drama numbers are refused, as production needs.
    Refused,
}

/// A mobile number in the shape `+447#########`, which prints only its last three digits.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Mobile(String);

impl Mobile {
    /// Takes back a number this product stored, checking its shape and not its range.
    pub fn from_e164(stored: &str) -> Option<Self> {
        from_shape(stored, "+44")
    }

    /// Reads a number as SMS suppliers write it (`447…`, `+447…` or `07…`), by shape alone.
    pub fn from_supplier(sent: &str) -> Option<Self> {
        ["+44", "44", "0"].into_iter().find_map(|prefix| from_shape(sent, prefix))
    }

    /// Gives the whole number, for the few places that must have it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    fn from_national(national: National) -> Self {
        let mut e164 = String::with_capacity(13);
        e164.push_str("+44");
        e164.extend(national.map(char::from));
        Self(e164)
    }
}

impl fmt::Display for Mobile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "…{}", self.0.get(10..).unwrap_or_default())
    }
}

impl fmt::Debug for Mobile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// The ten ASCII digits, the first of them 7, that follow +44.
type National = [u8; 10];

fn from_shape(text: &str, prefix: &str) -> Option<Mobile> {
    mobile_shape(text.strip_prefix(prefix)?.as_bytes()).map(Mobile::from_national)
}

fn mobile_shape(digits: &[u8]) -> Option<National> {
    let national = National::try_from(digits).ok()?;
    (national[0] == b'7' && national.iter().all(u8::is_ascii_digit)).then_some(national)
}

// What the number is: policy.

/// Prefixes of the numbers that share +44 and are not in the UK.
const ISLANDS: [(&[u8], HeldReason); 15] = [
    (b"7781", HeldReason::Guernsey),
    (b"7839", HeldReason::Guernsey),
    (b"79111", HeldReason::Guernsey),
    (b"79117", HeldReason::Guernsey),
    (b"7509", HeldReason::Jersey),
    (b"77003", HeldReason::Jersey),
    (b"77007", HeldReason::Jersey),
    (b"77008", HeldReason::Jersey),
    (b"7797", HeldReason::Jersey),
    (b"7829", HeldReason::Jersey),
    (b"7937", HeldReason::Jersey),
    (b"74576", HeldReason::IsleOfMan),
    (b"7524", HeldReason::IsleOfMan),
    (b"7624", HeldReason::IsleOfMan),
    (b"7924", HeldReason::IsleOfMan),
];

fn judge(national: National, drama: DramaNumbers) -> Finding {
    if national.starts_with(b"7700900") {
        return match drama {
            DramaNumbers::Allowed => Finding::Sendable(Mobile::from_national(national)),
            DramaNumbers::Refused => Finding::Refused(RefusedReason::Drama),
        };
    }
    let island = island(national);
    if national.starts_with(b"70") {
        Finding::Refused(RefusedReason::PersonalNumber)
    } else if national.starts_with(b"76") && island.is_none() {
        Finding::Refused(RefusedReason::Pager)
    } else if !is_in_use(national) {
        Finding::Refused(RefusedReason::Unallocated)
    } else if let Some(reason) = island {
        Finding::Held(Mobile::from_national(national), reason)
    } else {
        Finding::Sendable(Mobile::from_national(national))
    }
}

fn island(national: National) -> Option<HeldReason> {
    ISLANDS.iter().find(|(prefix, _)| national.starts_with(prefix)).map(|&(_, reason)| reason)
}

// Which ranges are in use: metadata.

const NOT_ASKED: u8 = 0;
const IN_USE: u8 = 1;
const NOT_IN_USE: u8 = 2;

/// The metadata's answer for each prefix of 7 and five digits, filled in as they are met.
///
/// The metadata never looks further than six digits; a test holds it to that.
/// Two threads may ask about the same prefix at once, and both store the same answer.
static ANSWERS: [AtomicU8; 100_000] = [const { AtomicU8::new(NOT_ASKED) }; 100_000];

fn is_in_use(national: National) -> bool {
    let prefix = national.iter().skip(1).take(5).fold(0, |sum, &digit| sum * 10 + ordinal(digit));
    let Some(answer) = ANSWERS.get(prefix) else { return false };
    match answer.load(Ordering::Relaxed) {
        NOT_ASKED => {
            let in_use = metadata_has(national);
            answer.store(if in_use { IN_USE } else { NOT_IN_USE }, Ordering::Relaxed);
            in_use
        }
        remembered => remembered == IN_USE,
    }
}

fn metadata_has(national: National) -> bool {
    let Ok(national) = str::from_utf8(&national) else { return false };
    ["GB", "GG", "JE", "IM"]
        .into_iter()
        .filter_map(mobile_ranges)
        .any(|ranges| ranges.is_match(national))
}

fn mobile_ranges(region: &str) -> Option<&'static Descriptor> {
    DATABASE.by_id(region)?.descriptors().mobile()
}

fn ordinal(digit: u8) -> usize {
    usize::from(digit.saturating_sub(b'0'))
}

// How the number is written: reading.

fn national_number(input: &str) -> Result<National, RefusedReason> {
    let cell = input.trim_matches(is_wrapping).trim_start_matches(is_opening);
    if cell.is_empty() {
        return Err(RefusedReason::Empty);
    }
    if !cell.contains(char::is_numeric) {
        return Err(reason_without_digits(cell));
    }
    if is_negative(cell) {
        return Err(RefusedReason::Symbol);
    }
    let number = without_decimal_zeros(without_label(cell));
    let dialled = match scientific(number) {
        Some(mantissa) => mantissa?,
        None => dialled(number)?,
    };
    national_digits(&dialled)
}

/// Digits in the order they would be dialled.
#[derive(Default)]
struct Dialled {
    plus: bool,
    kept: [u8; Self::LONGEST],
    count: usize,
}

impl Dialled {
    /// More than E.164's fifteen, a doubled international prefix and a bracketed zero can need.
    const LONGEST: usize = 24;

    fn push(&mut self, digit: u8) {
        if let Some(place) = self.kept.get_mut(self.count) {
            *place = digit;
        }
        self.count += 1;
    }

    fn forget(&mut self) {
        self.count = 0;
    }

    fn digits(&self) -> Option<&[u8]> {
        self.kept.get(..self.count)
    }
}

/// Finds the ten digits of a UK mobile behind whatever prefix was dialled.
fn national_digits(dialled: &Dialled) -> Result<National, RefusedReason> {
    let digits = dialled.digits().ok_or(RefusedReason::TooLong)?;
    let after_zeros = without_zeros(digits);
    let zeros = digits.len() - after_zeros.len();
    let is_bare = zeros == 0 && !dialled.plus;
    match after_zeros {
        [] => Err(RefusedReason::NotGiven),
        _ if is_bare && digits.len() <= 6 => Err(RefusedReason::ShortCode),
        // No UK area code begins 04, so 0447… and +0447… can only be a mistyped +447….
        [b'4', b'4', rest @ ..] if dialled.plus || zeros >= 2 || digits.len() >= 11 => {
            mobile_digits(without_zeros(rest), RefusedReason::TooLong)
        }
        _ if (dialled.plus && zeros == 0) || zeros >= 2 => Err(RefusedReason::Foreign),
        [b'7', ..] => mobile_digits(after_zeros, RefusedReason::TooLong),
        _ if is_bare => mobile_digits(after_zeros, RefusedReason::Foreign),
        _ => mobile_digits(after_zeros, RefusedReason::TooLong),
    }
}

fn mobile_digits(national: &[u8], when_long: RefusedReason) -> Result<National, RefusedReason> {
    match (national, national.len()) {
        (_, 11..) => Err(when_long),
        ([b'7', ..], 10) => National::try_from(national).map_err(|_| RefusedReason::TooShort),
        ([b'1' | b'2' | b'3' | b'5' | b'8' | b'9', ..], 7..=10) => Err(RefusedReason::NotMobile),
        (_, 10) => Err(RefusedReason::Unallocated),
        (_, _) => Err(RefusedReason::TooShort),
    }
}

fn without_zeros(mut digits: &[u8]) -> &[u8] {
    while let [b'0', rest @ ..] = digits {
        digits = rest;
    }
    digits
}

/// Walks over a number once, keeping its digits and noting everything that spoils it.
fn dialled(number: &str) -> Result<Dialled, RefusedReason> {
    let mut dialled = Dialled::default();
    let mut spoiled = Spoiled::default();
    let mut rest = number;
    while let Some(character) = rest.chars().next() {
        let after = rest.get(character.len_utf8()..).unwrap_or_default();
        if let '0'..='9' = character {
            spoiled.letters |= spoiled.trailing_label;
            dialled.push(character as u8);
            rest = after;
            continue;
        }
        if dialled.count >= SHORTEST_WHOLE {
            spoiled.first_ends_at.get_or_insert(dialled.count);
        }
        if character.is_alphabetic() {
            let word = word(rest);
            let after_word = rest.get(word.len()..).unwrap_or_default();
            spoiled.note_word(word, after_word, dialled.count);
            rest = after_word;
            continue;
        }
        match character {
            // Only zeros can stand before the plus of one number: 0+44 is a common slip.
            '+' | '\u{ff0b}' if without_zeros(dialled.digits().unwrap_or(b"?")).is_empty() => {
                dialled.forget();
                dialled.plus = true;
            }
            '#' if dialled.count >= SHORTEST_WHOLE => spoiled.extension = true,
            _ if is_separator(character) => {}
            _ if character.is_numeric() => spoiled.foreign_digits = true,
            _ => spoiled.symbol = true,
        }
        rest = after;
    }
    match spoiled.reason(number, dialled.count) {
        Some(reason) => Err(reason),
        None => Ok(dialled),
    }
}

/// The fewest digits of a whole UK number written without its leading zero.
const SHORTEST_WHOLE: usize = 9;

#[derive(Default)]
struct Spoiled {
    foreign_digits: bool,
    extension: bool,
    letters: bool,
    trailing_label: bool,
    symbol: bool,
    first_ends_at: Option<usize>,
}

impl Spoiled {
    fn note_word(&mut self, word: &str, after_word: &str, digits_before: usize) {
        let is_whole = digits_before >= SHORTEST_WHOLE;
        if is_whole && is_any_of(word, &["x", "ext", "extn", "extension"]) {
            let is_numbered = after_word.contains(|character: char| character.is_ascii_digit());
            self.extension |= is_numbered;
            self.letters |= !is_numbered;
        } else if is_whole && is_any_of(word, &["mob", "mobile"]) {
            self.trailing_label = true;
        } else {
            self.letters = true;
        }
    }

    fn reason(&self, number: &str, digits: usize) -> Option<RefusedReason> {
        let second = self.first_ends_at.map_or(0, |end| digits.saturating_sub(end));
        if self.foreign_digits {
            Some(RefusedReason::ForeignDigits)
        } else if self.letters && contains_word(number, "anon") {
            Some(RefusedReason::Anonymous)
        } else if self.letters && contains_word(number, "withheld") {
            Some(RefusedReason::Withheld)
        } else if second >= SHORTEST_WHOLE {
            Some(RefusedReason::MoreThanOne)
        } else if self.extension {
            Some(RefusedReason::Extension)
        } else if self.letters {
            Some(RefusedReason::Letters)
        } else if self.symbol {
            Some(RefusedReason::Symbol)
        } else {
            None
        }
    }
}

/// Reads `4.47700900123E+11`, which is exact only while every digit is still there.
fn scientific(number: &str) -> Option<Result<Dialled, RefusedReason>> {
    let (mantissa, exponent) = number.split_once(['e', 'E'])?;
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let exponent = exponent.trim_start_matches('+');
    let power = exponent.strip_prefix('-').unwrap_or(exponent);
    if whole.len() != 1 || power.is_empty() || ![whole, fraction, power].into_iter().all(is_digits)
    {
        return None;
    }
    if exponent.parse() != Ok(fraction.len()) {
        return Some(Err(RefusedReason::LostDigits));
    }
    let mut dialled = Dialled::default();
    whole.bytes().chain(fraction.bytes()).for_each(|digit| dialled.push(digit));
    Some(Ok(dialled))
}

/// Spots what a spreadsheet makes of `+44-7…`: it subtracts, and shows another person's number.
fn is_negative(cell: &str) -> bool {
    cell.strip_prefix(['-', '\u{2212}'])
        .is_some_and(|rest| rest.starts_with(|first| matches!(first, '1'..='9')))
}

/// Drops the `.0` that a spreadsheet's number cell leaves behind.
fn without_decimal_zeros(number: &str) -> &str {
    match number.rsplit_once('.') {
        Some((whole, decimals))
            if !decimals.is_empty()
                && decimals.bytes().all(|decimal| decimal == b'0')
                && whole.bytes().filter(u8::is_ascii_digit).count() >= 10
                && whole.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'+' | b',')) =>
        {
            whole
        }
        Some(_) | None => number,
    }
}

/// Drops labels such as `Mobile no:` from the front.
///
/// `no` stands for "number" only straight after a label and straight before the digits:
/// `no mobile` and `no contact` are wishes to respect, and are left in place as letters.
fn without_label(cell: &str) -> &str {
    const LABELS: [&str; 10] =
        ["mobile", "mob", "m", "telephone", "tel", "t", "phone", "ph", "cell", "number"];
    let mut unlabelled = cell;
    while let Some(after_label) = after_word(unlabelled, &LABELS) {
        unlabelled = after_label;
    }
    if unlabelled.len() == cell.len() {
        return cell;
    }
    after_word(unlabelled, &["no", "num"]).unwrap_or(unlabelled)
}

/// Gives what follows the first word and its punctuation, if that is one of `words`.
fn after_word<'text>(text: &'text str, words: &[&str]) -> Option<&'text str> {
    let word = word(text);
    let after = text.get(word.len()..).unwrap_or_default();
    is_any_of(word, words)
        .then(|| after.trim_start_matches(|next| next == ':' || is_separator(next)))
}

fn reason_without_digits(cell: &str) -> RefusedReason {
    let letters: String = cell.chars().filter(|character| character.is_alphabetic()).collect();
    match letters.to_lowercase().as_str() {
        "" if cell.contains('?') => RefusedReason::Unknown,
        "" => RefusedReason::NotGiven,
        "nk" | "unk" | "dontknow" => RefusedReason::Unknown,
        "na" | "nan" | "none" | "nil" | "null" | "no" | "tbc" | "blank" | "notgiven"
        | "notprovided" | "notapplicable" | "nonumber" | "nophone" | "nomobile" => {
            RefusedReason::NotGiven
        }
        other if other.contains("anon") => RefusedReason::Anonymous,
        other if is_one_within(other, &["withheld", "private", "restricted", "blocked"]) => {
            RefusedReason::Withheld
        }
        other if is_one_within(other, &["unknown", "notknown"]) => RefusedReason::Unknown,
        _ if without_label(cell).is_empty() => RefusedReason::NotGiven,
        _ => RefusedReason::Letters,
    }
}

fn word(text: &str) -> &str {
    let end = text.find(|character: char| !character.is_alphabetic()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

fn is_any_of(word: &str, words: &[&str]) -> bool {
    words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

fn is_one_within(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.contains(word))
}

fn contains_word(text: &str, word: &str) -> bool {
    text.to_lowercase().contains(word)
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_wrapping(character: char) -> bool {
    character.is_whitespace()
        || is_invisible(character)
        || matches!(character, '\'' | '"' | '`' | '´' | ',' | ';')
        || matches!(character, '\u{2018}'..='\u{201f}')
}

fn is_opening(character: char) -> bool {
    character == '=' || is_wrapping(character)
}

fn is_separator(character: char) -> bool {
    character.is_whitespace()
        || is_invisible(character)
        || matches!(character, '-' | '(' | ')' | '[' | ']' | '.' | '/' | ',' | '_')
        || matches!(character, '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}')
        || matches!(character, '\u{ff08}' | '\u{ff09}' | '\u{ff0d}' | '\u{b7}' | '\u{2022}')
}

/// Characters that copying from a web page or a contacts list leaves behind unseen.
fn is_invisible(character: char) -> bool {
    matches!(
        character,
        '\u{ad}'
            | '\u{180e}'
            | '\u{200b}'..='\u{200f}'
            | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{2069}'
            | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NUMBER: &str = "+447700900123";

    fn check(input: &str, expected: Result<&str, RefusedReason>) {
        let finding = parse(input, DramaNumbers::Allowed);
        let found = match &finding {
            Finding::Sendable(mobile) => Ok(mobile.expose()),
            Finding::Held(mobile, reason) => panic!("{input:?} is held: {reason:?} {mobile}"),
            Finding::Refused(reason) => Err(*reason),
        };
        assert_eq!(found, expected, "{input:?}");
    }

    #[test]
    fn every_usual_way_of_writing_a_mobile_is_read() {
        for input in [
            "07700900123",
            "+447700900123",
            "447700900123",
            "00447700900123",
            "0044(0)7700900123",
            "+44 (0) 7700 900 123",
            "+44(0)7700900123",
            "(+44) 7700-900-123",
            "+(44) 7700 900123",
            "++447700900123",
            "07700 900123",
            "07700-900-123",
            "07700.900.123",
            "07700/900123",
            "(07700) 900123",
            "[07700] 900123",
            "0 7 7 0 0 9 0 0 1 2 3",
            "7,700,900,123",
        ] {
            check(input, Ok(NUMBER));
        }
    }

    #[test]
    fn slips_with_the_prefix_are_put_right() {
        for input in [
            "+4407700900123",
            "0+447700900123",
            "0+44(0)7700900123",
            "00+447700900123",
            "+00447700900123",
            "+0447700900123",
            "0447700900123",
            "4407700900123",
            "+07700900123",
            "7700900123",
        ] {
            check(input, Ok(NUMBER));
        }
    }

    #[test]
    fn what_spreadsheets_do_to_a_number_is_undone() {
        for input in [
            "'07700900123",
            "=\"07700900123\"",
            "=+447700900123",
            "\"07700900123\"",
            "\"'07700900123'\"",
            "7700900123.0",
            "447700900123.0",
            "447700900123.00",
            "07700900123.0",
            "'+447700900123.0",
            "4.47700900123E+11",
            "4.47700900123e11",
            "4,47700900123E+11",
            "7.700900123E+09",
            "7.700900123E9",
            " \t07700900123\r\n",
            "07700900123,",
            "07700900123;",
        ] {
            check(input, Ok(NUMBER));
        }
    }

    #[test]
    fn unseen_and_typographic_characters_are_passed_over() {
        for input in [
            "\u{feff}07700900123",
            "07700\u{a0}900123",
            "07700\u{202f}900\u{2009}123",
            "\u{202a}+447700900123\u{202c}",
            "\u{200e}07700\u{200b}900123",
            "07700\u{2013}900\u{2014}123",
            "07700\u{2011}900\u{2212}123",
            "07700\u{ad}900123",
            "\u{ff0b}44 7700 900123",
            "\u{2018}07700900123\u{2019}",
        ] {
            check(input, Ok(NUMBER));
        }
    }

    #[test]
    fn labels_are_passed_over() {
        for input in [
            "tel:+44-7700-900123",
            "TEL: 07700900123",
            "mob:07700900123",
            "Mob. 07700900123",
            "Mobile: 07700 900123",
            "Mobile no. 07700 900123",
            "Phone number - 07700900123",
            "mob07700900123",
            "T 07700900123",
            "Number: 07700900123",
            "Tel. no 07700900123",
            "Mob:- 07700900123",
            "- 07700900123",
            "07700900123 (mobile)",
            "07700900123 mob",
        ] {
            check(input, Ok(NUMBER));
        }
    }

    #[test]
    fn a_cell_without_a_number_says_which_kind_of_nothing_it_is() {
        use RefusedReason::*;
        for input in ["", " ", "\u{a0}\n", "''", "\"\"", "=\"\"", "\u{200b}"] {
            check(input, Err(Empty));
        }
        for input in
            ["n/a", "N.A.", "none", "NULL", "nil", "-", "--", "0", "00000000000", "mobile:", "TBC"]
        {
            check(input, Err(NotGiven));
        }
        for input in ["unknown", "Not known", "n/k", "?", "Number unknown"] {
            check(input, Err(Unknown));
        }
        for input in ["withheld", "Number Withheld", "PRIVATE", "Private number", "Restricted"] {
            check(input, Err(Withheld));
        }
        for input in ["anonymous", "Anon", "ANON CALLER", "anonymous 07700900123"] {
            check(input, Err(Anonymous));
        }
        check("07700900123 (withheld)", Err(Withheld));
        check("see notes", Err(Letters));
    }

    #[test]
    fn a_rounded_number_is_refused_because_its_digits_are_lost() {
        for input in [
            "4.47701E+11",
            "7.7009E+09",
            "7.70090E+09",
            "7.7009E9",
            "7E+9",
            "4.47700900123E+12",
            "4.47700900123E-11",
            "4,47701E+11",
            "'4.47701E+11",
        ] {
            check(input, Err(RefusedReason::LostDigits));
        }
    }

    #[test]
    fn two_numbers_in_a_cell_are_refused() {
        for input in [
            "07700900123 / 07700900124",
            "07700900123/07700900124",
            "07700 900123, 07700 900124",
            "07700900123;07700900124",
            "07700900123\n07700900124",
            "07700900123 or 07700900124",
            "+44 7700 900 123 & +44 7700 900 124",
            "07700900123+447700900124",
            "7700900123 7700900124",
            "07700900123 (Jo) 01632 960001",
            "07700900123 07700900123",
        ] {
            check(input, Err(RefusedReason::MoreThanOne));
        }
    }

    #[test]
    fn an_extension_is_refused() {
        for input in [
            "07700900123 x123",
            "07700900123x1",
            "01632 960001 ext. 22",
            "07700900123 extension 4",
            "07700900123#12",
            "tel:+447700900123;ext=12",
        ] {
            check(input, Err(RefusedReason::Extension));
        }
    }

    #[test]
    fn letters_and_symbols_are_refused() {
        for input in [
            "07700 9OO123",
            "07700900xxx",
            "O7700900123",
            "07700900123 (mother)",
            "07700900123 then mob 5",
            "07700900123 x",
            "Work: 07700900123",
            "no 07700900123",
            "no mobile 07700900123",
            "no sms 07700900123",
            "No contact: 07700900123",
            "Mobile no contact 07700900123",
            "mobile no mobile 07700900123",
            "07700900123 do not text",
            "4e",
            "\u{430}07700900123",
        ] {
            check(input, Err(RefusedReason::Letters));
        }
        for input in
            ["-7700900123", "07700900123?", "*07700900123", "07700+900123", "07700900123\u{1f44d}"]
        {
            check(input, Err(RefusedReason::Symbol));
        }
        for input in ["٠٧٧٠٠٩٠٠١٢٣", "０７７００９００１２３", "0770090012³"]
        {
            check(input, Err(RefusedReason::ForeignDigits));
        }
    }

    #[test]
    fn the_number_of_digits_is_held_to() {
        use RefusedReason::*;
        for input in [
            "0770090012",
            "770090012",
            "+44770090012",
            "01632",
            "07700",
            "+44",
            "+44 101",
            "000000000+44 7700",
        ] {
            check(input, Err(TooShort));
        }
        for input in [
            "077009001234",
            "+4477009001234",
            "77009001234",
            "07700900123/4",
            "+44 44 7700900123",
            "999999999999999999999999999",
        ] {
            check(input, Err(TooLong));
        }
        for input in ["999", "101", "111", "112", "118 118", "60006", "116123", "7726"] {
            check(input, Err(ShortCode));
        }
    }

    #[test]
    fn a_number_from_abroad_is_refused() {
        for input in [
            "+1 212 555 0100",
            "001 212 555 0100",
            "+353 00 000 0000",
            "0033 0 00 00 00 00",
            "353000000000",
            "+7 700 000 0000",
            "+7700900123",
            "007700900123",
        ] {
            check(input, Err(RefusedReason::Foreign));
        }
    }

    #[test]
    fn a_number_that_is_not_a_mobile_is_refused() {
        use RefusedReason::*;
        for input in [
            "01632 960001",
            "1632960001",
            "+44 1632 960001",
            "020 7946 0001",
            "03069 990001",
            "05600 000000",
            "0808 157 0001",
            "0800 0000",
            "0909 879 0001",
            "+44 (0)20 7946 0001",
        ] {
            check(input, Err(NotMobile));
        }
        for input in ["07000 000000", "07099000000", "+447015110000"] {
            check(input, Err(PersonalNumber));
        }
        for input in ["07600 000000", "07640 000000", "07699000000"] {
            check(input, Err(Pager));
        }
        for input in ["07700 200000", "07700 500000", "07911 300000", "04000000000", "06000000000"]
        {
            check(input, Err(Unallocated));
        }
        for input in ["07624 510000", "07624 570000"] {
            check(input, Err(Unallocated));
        }
    }

    #[test]
    fn a_number_in_use_is_sendable_without_being_a_drama_number() {
        let finding = parse("07100 000000", DramaNumbers::Refused);
        assert!(finding.is_sendable());
        assert_eq!(finding.mobile().map(Mobile::expose), Some("+447100000000"));
        assert_eq!(finding.reason(), "UK mobile");
    }

    #[test]
    fn drama_numbers_are_exactly_one_thousand_and_refused_in_production() {
        for last in 0..1000 {
            let input = format!("07700900{last:03}");
            assert!(parse(&input, DramaNumbers::Allowed).is_sendable(), "{input}");
            let refused = Finding::Refused(RefusedReason::Drama);
            assert_eq!(parse(&input, DramaNumbers::Refused), refused, "{input}");
        }
        for neighbour in ["07700901000", "07700910000", "07700990000", "07700600000"] {
            for drama in [DramaNumbers::Allowed, DramaNumbers::Refused] {
                let refused = Finding::Refused(RefusedReason::Unallocated);
                assert_eq!(parse(neighbour, drama), refused, "{neighbour}");
            }
        }
        assert!(parse("07700100000", DramaNumbers::Refused).is_sendable());
    }

    #[test]
    fn island_numbers_are_held_by_name() {
        for (input, island) in [
            ("07781 000000", HeldReason::Guernsey),
            ("07839 000000", HeldReason::Guernsey),
            ("07911 100000", HeldReason::Guernsey),
            ("07911 700000", HeldReason::Guernsey),
            ("07509 000000", HeldReason::Jersey),
            ("07829 000000", HeldReason::Jersey),
            ("07937 000000", HeldReason::Jersey),
            ("07700 300000", HeldReason::Jersey),
            ("07700 700000", HeldReason::Jersey),
            ("07700 800000", HeldReason::Jersey),
            ("07797 000000", HeldReason::Jersey),
            ("07624 000000", HeldReason::IsleOfMan),
            ("07624 500000", HeldReason::IsleOfMan),
            ("07924 000000", HeldReason::IsleOfMan),
            ("07524 000000", HeldReason::IsleOfMan),
            ("07457 600000", HeldReason::IsleOfMan),
        ] {
            let finding = parse(input, DramaNumbers::Refused);
            let Finding::Held(mobile, reason) = &finding else { panic!("{input}: {finding:?}") };
            assert_eq!(*reason, island, "{input}");
            assert_eq!(mobile.expose(), format!("+44{}", &input.replace(' ', "")[1..]));
            assert!(!finding.is_sendable());
        }
    }

    #[test]
    fn every_prefix_is_judged_as_the_metadata_says() {
        let [gb, gg, je, im] = ["GB", "GG", "JE", "IM"].map(|id| mobile_ranges(id).unwrap());
        for prefix in 700_000..800_000 {
            let number = format!("{prefix}0000");
            let national = mobile_shape(number.as_bytes()).unwrap();
            let islands: Vec<HeldReason> =
                [(gg, HeldReason::Guernsey), (je, HeldReason::Jersey), (im, HeldReason::IsleOfMan)]
                    .into_iter()
                    .filter(|(ranges, _)| ranges.is_match(&number))
                    .map(|(_, island)| island)
                    .collect();
            let mobile = Mobile::from_national(national);
            // The metadata lists 07924 under both GB and IM, so the island has to come first.
            let expected = match islands[..] {
                [island] => Finding::Held(mobile, island),
                [] if gb.is_match(&number) => Finding::Sendable(mobile),
                [] if prefix / 10_000 == 70 => Finding::Refused(RefusedReason::PersonalNumber),
                [] if prefix / 100 == 7624 => Finding::Refused(RefusedReason::Unallocated),
                [] if prefix / 10_000 == 76 => Finding::Refused(RefusedReason::Pager),
                [] if prefix == 770_090 => Finding::Refused(RefusedReason::Drama),
                [] => Finding::Refused(RefusedReason::Unallocated),
                _ => panic!("{number} belongs to two islands"),
            };
            assert_eq!(judge(national, DramaNumbers::Refused), expected, "{number}");
        }
    }

    /// Every alternative of every pattern ends in at least four free digits, and a match has ten
    /// digits to fit in, so only the first six can decide.
    #[test]
    fn six_digits_decide_whether_a_number_is_in_use() {
        for region in ["GB", "GG", "JE", "IM"] {
            let ranges = mobile_ranges(region).unwrap();
            assert_eq!(ranges.possible_length(), [10], "{region}");
            let pattern = ranges.national_number().as_str();
            let pattern = pattern.replace(char::is_whitespace, "");
            for alternative in top_level_alternatives(&pattern) {
                let free = alternative
                    .rsplit_once("\\d{")
                    .and_then(|(_, count)| count.strip_suffix('}')?.parse::<usize>().ok());
                assert!(free >= Some(4), "{region}: {alternative}");
            }
        }
    }

    fn top_level_alternatives(pattern: &str) -> Vec<String> {
        let mut depth = 0;
        let mut alternatives = vec![String::new()];
        for character in pattern.chars() {
            match character {
                '(' | '[' => depth += 1,
                ')' | ']' => depth -= 1,
                '|' if depth == 0 => {
                    alternatives.push(String::new());
                    continue;
                }
                _ => {}
            }
            alternatives.last_mut().unwrap().push(character);
        }
        alternatives
    }

    #[test]
    fn the_library_agrees_when_asked_in_its_own_way() {
        for number in ["07100000000", "07700100000", "07781000000", "07797000000", "07524000000"] {
            let number = phonenumber::parse(Some(phonenumber::country::GB), number).unwrap();
            assert!(phonenumber::is_valid(&number), "{number}");
            assert_eq!(number.number_type(&DATABASE), phonenumber::Type::Mobile, "{number}");
        }
        for number in ["07700900123", "07700200000"] {
            let number = phonenumber::parse(Some(phonenumber::country::GB), number).unwrap();
            assert!(!phonenumber::is_valid(&number), "{number}");
        }
    }

    #[test]
    fn a_mobile_prints_only_its_last_three_digits() {
        let mobile = Mobile::from_e164(NUMBER).unwrap();
        assert_eq!(format!("{mobile}"), "…123");
        assert_eq!(format!("{mobile:?}"), "…123");
        let finding = format!("{:?}", parse(NUMBER, DramaNumbers::Allowed));
        assert_eq!(finding, "Sendable(…123)");
    }

    #[test]
    fn a_stored_number_has_one_shape() {
        assert_eq!(Mobile::from_e164(NUMBER).as_ref().map(Mobile::expose), Some(NUMBER));
        for stored in [
            "",
            "+44",
            "07700900123",
            "447700900123",
            "+447700 900123",
            "+44770090012",
            "+4477009001234",
            "+441632960001",
            " +447700900123",
            "+44770090012\u{b3}",
        ] {
            assert_eq!(Mobile::from_e164(stored), None, "{stored:?}");
        }
    }

    #[test]
    fn suppliers_write_a_number_in_three_shapes() {
        for sent in ["+447700900123", "447700900123", "07700900123"] {
            let mobile = Mobile::from_supplier(sent).unwrap();
            assert_eq!(mobile.expose(), NUMBER, "{sent:?}");
        }
        for sent in ["", "7700900123", "00447700900123", "07700 900123", "+07700900123", "60006"] {
            assert_eq!(Mobile::from_supplier(sent), None, "{sent:?}");
        }
    }

    fn formats(national: &str) -> Vec<String> {
        let (area, rest) = national.split_at(4);
        let (three, last) = rest.split_at(3);
        let (first_digit, other_digits) = national.split_at(1);
        vec![
            format!("0{national}"),
            format!("+44{national}"),
            format!("44{national}"),
            format!("0044{national}"),
            format!("0044(0){national}"),
            format!("+44 (0) {area} {three} {last}"),
            format!("+440{national}"),
            format!("0+44(0){national}"),
            format!("0{area}-{three}-{last}"),
            format!("0{area}.{three}.{last}"),
            format!("(0{area}) {three}{last}"),
            format!("0{area}/{rest}"),
            format!("0{area}\u{a0}{rest}"),
            format!("0{area}\u{200b}{rest}"),
            format!("0{area}\u{2013}{rest}"),
            format!("'0{national}"),
            format!("=\"0{national}\""),
            format!("\"0{national}\""),
            national.to_owned(),
            format!("{national}.0"),
            format!("44{national}.0"),
            format!("{first_digit}.{other_digits}E+09"),
            format!("4.4{national}E+11"),
            format!("tel:+44{national}"),
            format!("Mobile: 0{area} {rest}"),
            format!("  0{national}\t\n"),
        ]
    }

    proptest! {
        #[test]
        fn every_way_of_writing_a_number_reads_as_that_number(last in 0..1000_u32) {
            let national = format!("7700900{last:03}");
            let expected = Mobile::from_e164(&format!("+44{national}")).unwrap();
            for input in formats(&national) {
                let finding = parse(&input, DramaNumbers::Allowed);
                prop_assert_eq!(finding, Finding::Sendable(expected.clone()), "{:?}", input);
            }
        }

        #[test]
        fn whatever_is_found_has_one_shape_and_is_found_again(
            input in prop_oneof![
                any::<String>(),
                "[+]?[0-9 ()./,;x#eE+-]{0,40}",
                "(\\+44|0|44|0044)7[0-9]{8,10}",
                "7[0-9]{9}(\\.0)?",
            ],
        ) {
            let finding = parse(&input, DramaNumbers::Allowed);
            prop_assert_eq!(finding.is_sendable(), matches!(finding, Finding::Sendable(_)));
            if let Some(mobile) = finding.mobile() {
                let digits = mobile.expose().strip_prefix("+447").unwrap();
                prop_assert_eq!(digits.len(), 9);
                prop_assert!(is_digits(digits));
                prop_assert_eq!(Mobile::from_e164(mobile.expose()), Some(mobile.clone()));
                prop_assert_eq!(Mobile::from_supplier(mobile.expose()), Some(mobile.clone()));
                prop_assert_eq!(&parse(mobile.expose(), DramaNumbers::Allowed), &finding);
            }
        }

        #[test]
        fn shapes_never_fail_on_any_text(input in any::<String>()) {
            for mobile in [Mobile::from_e164(&input), Mobile::from_supplier(&input)] {
                prop_assert!(mobile.is_none_or(|mobile| mobile.expose().len() == 13));
            }
        }
    }
}
