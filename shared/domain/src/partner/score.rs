//! A partner's own score of a conversation: kept beside ours, with its scale, and never mixed with it.
//!
//! How a partner comes to its score is its own affair, and often its secret. So it is kept exactly as
//! it was given, as a number between two ends, and no figure of ours is made of it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::supplier::SupplierName;

/// A decimal number to three places, such as `-0.25`: exact, as text and in storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Thousandths(i64);

/// The most digits before the point: no scale of people's opinions needs more.
const DIGITS: usize = 9;

/// The first number of thousandths that has more, which one that is rounded up may reach.
const LIMIT: i64 = 1_000_000_000_000;

impl Thousandths {
    /// Reads digits with an optional sign and decimals; those beyond the third are rounded, halves
    /// away from zero.
    pub fn parse(text: &str) -> Option<Self> {
        let (is_negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text.strip_prefix('+').unwrap_or(text)),
        };
        let (whole, decimals) = match digits.split_once('.') {
            Some((whole, decimals)) if !decimals.is_empty() => (whole, decimals),
            Some(_) => return None,
            None => (digits, ""),
        };
        let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || whole.len() > DIGITS || !is_digits(whole) || !is_digits(decimals) {
            return None;
        }
        let place = |n: usize| decimals.as_bytes().get(n).map_or(0, |byte| i64::from(byte - b'0'));
        let round = i64::from(place(3) >= 5);
        let whole: i64 = whole.parse().ok()?;
        let number = whole * 1000 + place(0) * 100 + place(1) * 10 + place(2) + round;
        (number < LIMIT).then_some(Self(if is_negative { -number } else { number }))
    }
}

impl fmt::Display for Thousandths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = self.0.unsigned_abs();
        let sign = if self.0 < 0 { "-" } else { "" };
        let decimals = format!("{:03}", number % 1000);
        let decimals = decimals.trim_end_matches('0');
        let point = if decimals.is_empty() { "" } else { "." };
        write!(f, "{sign}{}{point}{decimals}", number / 1000)
    }
}

impl TryFrom<String> for Thousandths {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a score is a decimal number such as -0.25")
    }
}

impl From<Thousandths> for String {
    fn from(number: Thousandths) -> Self {
        number.to_string()
    }
}

/// The two ends of a partner's scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scale {
    low: Thousandths,
    high: Thousandths,
}

impl Scale {
    /// A scale, if its high end lies above its low one.
    pub fn new(low: Thousandths, high: Thousandths) -> Option<Self> {
        (low < high).then_some(Self { low, high })
    }

    /// The lowest score there is.
    pub fn low(self) -> Thousandths {
        self.low
    }

    /// The highest.
    pub fn high(self) -> Thousandths {
        self.high
    }

    /// Whether a score lies between the ends.
    pub fn holds(self, value: Thousandths) -> bool {
        (self.low..=self.high).contains(&value)
    }
}

/// What a partner makes of a conversation. Ordered by time first, so that of several the latest is
/// the greatest, and which came first does not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PartnerScore {
    at: Timestamp,
    by: SupplierName,
    value: Thousandths,
    scale: Scale,
}

impl PartnerScore {
    /// A score, if it lies on its scale.
    pub fn new(by: SupplierName, value: Thousandths, scale: Scale, at: Timestamp) -> Option<Self> {
        scale.holds(value).then_some(Self { at, by, value, scale })
    }

    /// When the partner made it.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Whose it is.
    pub fn by(&self) -> &SupplierName {
        &self.by
    }

    /// The score.
    pub fn value(&self) -> Thousandths {
        self.value
    }

    /// Between what.
    pub fn scale(&self) -> Scale {
        self.scale
    }
}

impl fmt::Display for PartnerScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { by, value, scale, .. } = self;
        write!(f, "{value} on {by}'s scale of {} to {}", scale.low, scale.high)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decimal_is_exact_to_the_thousandth() {
        let check = |text: &str, expected: Option<&str>| {
            let read = Thousandths::parse(text).map(|number| number.to_string());
            assert_eq!(read.as_deref(), expected, "{text:?}");
        };
        check("0", Some("0"));
        check("-0", Some("0"));
        check("75", Some("75"));
        check("0.75", Some("0.75"));
        check("-0.250", Some("-0.25"));
        check("+1.005", Some("1.005"));
        check("0.0004", Some("0"));
        check("0.0005", Some("0.001"));
        check("-0.1239", Some("-0.124"));
        check("0.9995", Some("1"));
        check("999999999.999", Some("999999999.999"));
        check("999999999.9994", Some("999999999.999"));
        // Rounded up it has ten digits, and would not be read off the queue again.
        check("999999999.9995", None);
        for odd in ["", "-", ".5", "5.", "1e3", "1,5", "--1", " 1", "NaN", "1234567890", "٣"] {
            check(odd, None);
        }
    }

    #[test]
    fn a_score_lies_on_its_scale_and_says_so() {
        let number = |text| Thousandths::parse(text).unwrap();
        let scale = Scale::new(number("-1"), number("1")).unwrap();
        let by = SupplierName::exchange("rant-and-rave").unwrap();
        let score =
            |text| PartnerScore::new(by.clone(), number(text), scale, Timestamp::UNIX_EPOCH);
        let told = score("0.75").unwrap().to_string();
        assert_eq!(told, "0.75 on exchange:rant-and-rave's scale of -1 to 1");
        assert!(score("-1").is_some() && score("1").is_some());
        assert!(score("1.001").is_none() && score("-1.001").is_none());
        assert!(Scale::new(number("1"), number("1")).is_none());
    }
}
