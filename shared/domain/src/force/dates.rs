//! Dates as a force writes them, by London's clock.
//!
//! jiff says what a format means. Forms of whole digits, which nearly all are, are also read by a
//! short way of our own, and a test holds the two to the same answers.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset};

use crate::hours::LONDON;

/// The formats of a feed, in the order in which they are tried.
#[derive(Debug, Clone)]
pub(crate) struct Dates {
    formats: Vec<String>,
    short: Vec<Vec<Piece>>,
}

/// A piece of a form of whole digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// Two digits, four for the year.
    Year,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Sign(u8),
}

impl Dates {
    pub(crate) fn new(formats: &[String]) -> Self {
        let short = formats.iter().enumerate().filter_map(|(at, format)| {
            let pieces = pieces(format)?;
            // The short way comes first, so no earlier format may take what it takes.
            let sample: String = pieces.iter().map(|piece| piece.sample()).collect();
            let taken = |format: &String| DateTime::strptime(format, &sample).is_ok();
            (!formats[..at].iter().any(taken)).then_some(pieces)
        });
        Self { formats: formats.to_vec(), short: short.collect() }
    }

    /// Reads a local time of London in the first format that fits the whole of it.
    ///
    /// An hour that summer time skips does not exist and is refused; one it repeats is the first.
    pub(crate) fn parse(&self, text: &str) -> Result<Timestamp, String> {
        if let Some(local) = self.short.iter().find_map(|pieces| read(pieces, text.as_bytes())) {
            return in_london(local);
        }
        self.parse_by_jiff(text)
    }

    fn parse_by_jiff(&self, text: &str) -> Result<Timestamp, String> {
        let read = |format: &String| DateTime::strptime(format, text).ok();
        match self.formats.iter().find_map(read) {
            Some(local) => in_london(local),
            None => Err(format!("is not a date written as {}", self.formats.join(" or "))),
        }
    }
}

impl Piece {
    /// Digits that are good in every place.
    fn sample(self) -> String {
        match self {
            Self::Year => "1111".to_owned(),
            Self::Sign(sign) => char::from(sign).to_string(),
            _ => "11".to_owned(),
        }
    }
}

/// The pieces of a form of whole digits with a date and at least hours and minutes.
fn pieces(format: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut bytes = format.bytes();
    while let Some(byte) = bytes.next() {
        pieces.push(match byte {
            b'%' => match bytes.next()? {
                b'Y' => Piece::Year,
                b'm' => Piece::Month,
                b'd' => Piece::Day,
                b'H' => Piece::Hour,
                b'M' => Piece::Minute,
                b'S' => Piece::Second,
                _ => return None,
            },
            b'/' | b'-' | b':' | b'.' | b' ' | b'T' => Piece::Sign(byte),
            _ => return None,
        });
    }
    let once = |piece| pieces.iter().filter(|other| **other == piece).count();
    let needed = [Piece::Year, Piece::Month, Piece::Day, Piece::Hour, Piece::Minute];
    (needed.into_iter().all(|piece| once(piece) == 1) && once(Piece::Second) <= 1).then_some(pieces)
}

/// Reads what is written in exactly these pieces.
fn read(pieces: &[Piece], text: &[u8]) -> Option<DateTime> {
    let (mut year, mut month, mut day, mut hour, mut minute, mut second) = (0, 0, 0, 0, 0, 0);
    let mut rest = text;
    for piece in pieces {
        match piece {
            Piece::Sign(sign) => rest = rest.strip_prefix(&[*sign])?,
            Piece::Year => {
                let (century, after) = two(rest)?;
                let (of_it, after) = two(after)?;
                year = i16::from(century) * 100 + i16::from(of_it);
                rest = after;
            }
            Piece::Month => (month, rest) = two(rest)?,
            Piece::Day => (day, rest) = two(rest)?,
            Piece::Hour => (hour, rest) = two(rest)?,
            Piece::Minute => (minute, rest) = two(rest)?,
            Piece::Second => (second, rest) = two(rest)?,
        }
    }
    if !rest.is_empty() {
        return None;
    }
    DateTime::new(year, month, day, hour, minute, second, 0).ok()
}

fn two(text: &[u8]) -> Option<(i8, &[u8])> {
    let [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] = text else { return None };
    i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok().map(|number| (number, rest))
}

fn in_london(local: DateTime) -> Result<Timestamp, String> {
    if let Some(offset) = offset(local.date()) {
        return offset.to_timestamp(local).map_err(|_| "is out of range".to_owned());
    }
    let ambiguous = LONDON.to_ambiguous_zoned(local);
    if matches!(ambiguous.offset(), AmbiguousOffset::Gap { .. }) {
        return Err("does not exist: the clocks went forward over it".to_owned());
    }
    ambiguous.compatible().map(|zoned| zoned.timestamp()).map_err(|_| "is out of range".to_owned())
}

/// London's offset all through a day, when we have it at hand and it does not change on it.
fn offset(date: Date) -> Option<Offset> {
    let year = usize::try_from(i32::from(date.year()) - i32::from(FIRST_YEAR)).ok()?;
    let (forward, back) = CHANGES.get(year).copied().flatten()?;
    if date == forward || date == back {
        return None;
    }
    let summer = forward < date && date < back;
    Some(Offset::constant(i8::from(summer)))
}

/// The first of the years whose changes are kept at hand.
const FIRST_YEAR: i16 = 2000;

/// How many they are.
const YEARS: i16 = 60;

/// The days of each year on which London's clocks go forward and back, where it has just these.
static CHANGES: LazyLock<Vec<Option<(Date, Date)>>> = LazyLock::new(|| {
    let changes = |year: i16| {
        let begins = Date::new(year, 1, 1).ok()?.to_zoned(LONDON.clone()).ok()?.timestamp();
        let ends = Date::new(year + 1, 1, 1).ok()?.to_zoned(LONDON.clone()).ok()?.timestamp();
        let mut all = LONDON.following(begins).take_while(|change| change.timestamp() < ends);
        let (forward, back, none) = (all.next()?, all.next()?, all.next());
        let (summer, winter) = (Offset::constant(1), Offset::UTC);
        let as_usual = LONDON.to_offset(begins) == winter
            && forward.offset() == summer
            && back.offset() == winter
            && none.is_none();
        let day = |at: Timestamp| at.to_zoned(LONDON.clone()).date();
        as_usual.then(|| (day(forward.timestamp()), day(back.timestamp())))
    };
    (FIRST_YEAR..FIRST_YEAR + YEARS).map(changes).collect()
});

/// What in a list of formats could be read in two ways, in words.
pub(crate) fn ambiguous(formats: &[String]) -> Option<&'static str> {
    let directives = |format: &str| -> Vec<char> {
        let whole = format.replace("%D", "%m/%d/%y").replace("%F", "%Y-%m-%d");
        let mut found = Vec::new();
        let mut signs = whole.chars();
        while let Some(sign) = signs.next() {
            if sign == '%' {
                // Padding may stand between the mark and the letter.
                found.extend(signs.find(|sign| sign.is_alphabetic() || *sign == '%'));
            }
        }
        found
    };
    let all: Vec<Vec<char>> = formats.iter().map(|format| directives(format)).collect();
    let has = |format: &Vec<char>, these: &[char]| format.iter().any(|sign| these.contains(sign));
    if all.iter().any(|format| has(format, &['I', 'l']) && !has(format, &['p', 'P'])) {
        return Some("has %I, the twelve-hour clock, without %p, its am and pm");
    }
    // A year of four digits at the front cannot be taken for a day or a month.
    let mut first = all.iter().filter(|format| has(format, &['m'])).filter_map(|format| {
        let first = format.iter().find(|sign| "demyY".contains(**sign)).copied()?;
        (first != 'Y').then_some(if first == 'e' { 'd' } else { first })
    });
    let one = first.next()?;
    let same = first.all(|other| other == one);
    (!same).then_some("puts the day first in one format and the month or the year in another: 03/04 would be two dates")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dates(formats: &[&str]) -> Dates {
        Dates::new(&formats.iter().map(|format| (*format).to_owned()).collect::<Vec<_>>())
    }

    fn check(formats: &[&str], text: &str, expected: &str) {
        let read = dates(formats).parse(text);
        assert_eq!(read.map_or_else(|why| why, |at| at.to_string()), expected, "{text}");
    }

    const USUAL: [&str; 2] = ["%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M:%S"];

    #[test]
    fn the_day_is_first_where_the_profile_says_so() {
        check(&USUAL, "03/04/2026 10:00", "2026-04-03T09:00:00Z");
        check(&["%m/%d/%Y %H:%M"], "03/04/2026 10:00", "2026-03-04T10:00:00Z");
        check(
            &USUAL,
            "03/14/2026 10:00",
            "is not a date written as %d/%m/%Y %H:%M or %d/%m/%Y %H:%M:%S",
        );
    }

    #[test]
    fn the_twelve_hour_clock_is_read_by_its_am_and_pm() {
        let formats = ["%d/%m/%Y %I:%M %p"];
        check(&formats, "03/03/2026 02:47 PM", "2026-03-03T14:47:00Z");
        check(&formats, "03/03/2026 12:05 am", "2026-03-03T00:05:00Z");
        check(&formats, "03/03/2026 14:47", "is not a date written as %d/%m/%Y %I:%M %p");
    }

    #[test]
    fn an_hour_that_summer_time_skips_does_not_exist_and_one_it_repeats_is_the_first() {
        let gap = "does not exist: the clocks went forward over it";
        check(&USUAL, "29/03/2026 00:59", "2026-03-29T00:59:00Z");
        check(&USUAL, "29/03/2026 01:30", gap);
        check(&USUAL, "29/03/2026 02:00", "2026-03-29T01:00:00Z");
        check(&USUAL, "25/10/2026 01:30", "2026-10-25T00:30:00Z");
        check(&USUAL, "25/10/2026 02:00", "2026-10-25T02:00:00Z");
    }

    #[test]
    fn an_earlier_format_keeps_what_it_takes() {
        let both = ["%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M"];
        check(&both, "03/04/2026 10:00", "2026-03-04T10:00:00Z");
        check(&both, "13/04/2026 10:00", "2026-04-13T09:00:00Z");
    }

    #[test]
    fn formats_that_could_be_read_in_two_ways_are_seen() {
        let check = |formats: &[&str], expected: bool| {
            let formats: Vec<String> = formats.iter().map(|format| (*format).to_owned()).collect();
            assert_eq!(ambiguous(&formats).is_some(), expected, "{formats:?}");
        };
        check(&USUAL, false);
        check(&["%d/%m/%Y %H:%M", "%Y-%m-%d %H:%M"], false);
        check(&["%d/%m/%Y %H:%M", "%d %b %Y %H:%M"], false);
        check(&["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"], true);
        check(&["%-d/%-m/%Y %H:%M", "%D %H:%M"], true);
        check(&["%d-%m-%y %H:%M", "%y-%m-%d %H:%M"], true);
        check(&["%d/%m/%Y %I:%M"], true);
        check(&["%d/%m/%Y %I:%M %p"], false);
    }

    const ALL: [&str; 9] = [
        "%d/%m/%Y %H:%M",
        "%d/%m/%Y %H:%M:%S",
        "%Y-%m-%d %H:%M:%S",
        "%Y-%m-%dT%H:%M:%S",
        "%d-%m-%Y %H:%M",
        "%m/%d/%Y %H:%M",
        "%d.%m.%Y %H.%M",
        "%d/%m/%y %H:%M",
        "%d %b %Y %H:%M",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn the_short_way_says_what_jiff_says(
            formats in proptest::sample::subsequence(ALL.to_vec(), 1..=3).prop_shuffle(),
            by in proptest::sample::select(ALL.to_vec()),
            seconds in 0_i64..3_000_000_000,
            at in 0_usize..20,
            typo in proptest::sample::select(vec!["", "", "0", "9", " ", "/", "3"]),
        ) {
            let dates = dates(&formats);
            let at_utc = Timestamp::from_second(seconds).unwrap();
            let mut text = at_utc.to_zoned(LONDON.clone()).strftime(by).to_string();
            text.insert_str(at.min(text.len()), typo);
            prop_assert_eq!(dates.parse(&text), dates.parse_by_jiff(&text), "{}", text);
        }

        #[test]
        fn the_offset_at_hand_is_londons(days in 0_i32..27_000, minute in 0_i8..60, hour in 0_i8..24) {
            let date = Date::constant(1995, 1, 1).checked_add(jiff::Span::new().days(days)).unwrap();
            let local = date.at(hour, minute, 0, 0);
            let by_jiff = LONDON.to_ambiguous_zoned(local);
            match in_london(local) {
                Ok(at) => prop_assert_eq!(at, by_jiff.compatible().unwrap().timestamp()),
                Err(_) => prop_assert!(by_jiff.is_ambiguous(), "{}", local),
            }
        }
    }
}
