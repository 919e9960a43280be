//! Money: what a text costs, and the cap no interleaving may pass.
//!
//! Amounts are whole thousandths of a penny, so that 2.4p and 2.28p are exact and sums never drift.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Mul};

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::hours::LONDON;

/// An amount in thousandths of a penny. Never negative.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(u64);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// Whole pence.
    pub const fn from_pence(pence: u64) -> Self {
        Self(pence * 1000)
    }

    /// Thousandths of a penny, the unit it is stored in.
    pub const fn from_millipence(millipence: u64) -> Self {
        Self(millipence)
    }

    /// Reads pence with up to three decimals, such as `3` or `2.4`.
    pub fn parse_pence(text: &str) -> Option<Self> {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        if whole.is_empty() || part.len() > 3 {
            return None;
        }
        if !whole.bytes().chain(part.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        let whole: u64 = whole.parse().ok()?;
        let part: u64 = format!("{part:0<3}").parse().ok()?;
        whole.checked_mul(1000)?.checked_add(part).map(Self)
    }

    /// Thousandths of a penny, the unit it is stored in.
    pub const fn millipence(self) -> u64 {
        self.0
    }

    /// What is left after taking `other` away, or nothing.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl fmt::Display for Money {
    /// Pounds and pence, with a fraction of a penny only where there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pounds = self.0 / 100_000;
        let rest = self.0 % 100_000;
        write!(f, "£{pounds}.{:02}", rest / 1000)?;
        let fraction = rest % 1000;
        if fraction == 0 {
            Ok(())
        } else {
            f.write_str(format!("{fraction:03}").trim_end_matches('0'))
        }
    }
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Mul<u64> for Money {
    type Output = Self;

    fn mul(self, times: u64) -> Self {
        Self(self.0 * times)
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

/// A calendar month in London, such as `2026-03`: the period of a cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Month {
    year: i16,
    month: i8,
}

impl Month {
    /// The month this moment falls in, in London.
    pub fn of(at: Timestamp) -> Self {
        let date = at.to_zoned(LONDON.clone()).date();
        Self { year: date.year(), month: date.month() }
    }

    /// Its first day.
    pub fn first(self) -> Date {
        Date::new(self.year, self.month, 1).unwrap_or(Date::MIN)
    }

    /// Its last day.
    pub fn last(self) -> Date {
        self.first().last_of_month()
    }

    /// The month in which its year of allowances began: April.
    pub fn year_began(self) -> Self {
        let year = if self.month < 4 { self.year - 1 } else { self.year };
        Self { year, month: 4 }
    }

    /// The first moment of the next month, in London.
    pub fn end(self) -> Timestamp {
        let next = self.first().checked_add(1.month()).and_then(|d| d.to_zoned(LONDON.clone()));
        next.map_or(Timestamp::MAX, |first| first.timestamp())
    }

    /// Accepts `YYYY-MM`.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        if year.len() != 4 || month.len() != 2 {
            return None;
        }
        let (year, month) = (year.parse().ok()?, month.parse().ok()?);
        Date::new(year, month, 1).ok().map(|_| Self { year, month })
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pence_read_exactly() {
        let check = |text, expected: Option<u64>| {
            assert_eq!(Money::parse_pence(text).map(Money::millipence), expected, "{text}");
        };
        check("3", Some(3000));
        check("2.4", Some(2400));
        check("2.28", Some(2280));
        check("0.001", Some(1));
        check("0.0001", None);
        check("", None);
        check(".5", None);
        check("-1", None);
        check("1e3", None);
    }

    #[test]
    fn money_prints_as_pounds() {
        let check = |millipence, expected: &str| {
            assert_eq!(Money::from_millipence(millipence).to_string(), expected);
        };
        check(0, "£0.00");
        check(2400, "£0.024");
        check(24_000_000, "£240.00");
        check(100_000, "£1.00");
        check(102_050, "£1.0205");
    }

    #[test]
    fn a_month_is_londons() {
        let late: Timestamp = "2026-03-31T23:30:00Z".parse().unwrap();
        assert_eq!(Month::of(late).to_string(), "2026-04");
        assert_eq!(Month::of(late).end().to_string(), "2026-04-30T23:00:00Z");
        assert_eq!(Month::parse("2026-12").unwrap().end().to_string(), "2027-01-01T00:00:00Z");
        assert_eq!(Month::parse("2026-13"), None);
        assert_eq!(Month::parse("2026-04"), Some(Month::of(late)));
    }
}
