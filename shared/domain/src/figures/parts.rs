//! The parts figures are made of: a share with its counts, durations with their median, delays.

use std::collections::BTreeMap;

use jiff::SignedDuration;

use crate::interval::{self, Estimate};

/// Below how many a share is too few to be read.
const FEW: u64 = 10;

/// How many of how many.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share {
    /// How many.
    pub part: u64,
    /// Of how many.
    pub of: u64,
}

impl Share {
    /// The share, 0 to 1, with Wilson's interval at 95 %; `None` of nothing.
    pub fn estimate(self) -> Option<Estimate> {
        let (low, high) = interval::wilson(self.part, self.of);
        (self.of > 0).then(|| Estimate { value: self.part as f64 / self.of as f64, low, high })
    }

    /// The share in thousandths, rounded down; `None` of nothing.
    pub fn per_mille(self) -> Option<u64> {
        (self.part * 1000).checked_div(self.of)
    }

    /// Whether it is of fewer than ten: its interval is then so wide that it tells next to nothing.
    pub fn is_few(self) -> bool {
        self.of < FEW
    }
}

/// Up to where durations are kept to the second.
const FINE: u64 = 3600;

/// How long something took, of many: enough for the exact median.
///
/// Kept as counts, to the second up to an hour and to the minute from there on, so that a million
/// take no more room than the different lengths there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Durations {
    counts: BTreeMap<u64, u64>,
}

impl Durations {
    /// Adds one. What seems to end before it began, by two clocks that differ, took no time.
    pub fn add(&mut self, took: SignedDuration) {
        let seconds = u64::try_from(took.as_secs()).unwrap_or_default();
        let kept = if seconds < FINE { seconds } else { seconds - seconds % 60 };
        *self.counts.entry(kept).or_default() += 1;
    }

    /// How many there are.
    pub fn n(&self) -> u64 {
        self.counts.values().sum()
    }

    /// The median: of an even number, halfway between the two in the middle; `None` of nothing.
    pub fn median(&self) -> Option<SignedDuration> {
        let n = self.n();
        let seconds = (self.at(n.checked_sub(1)? / 2)? + self.at(n / 2)?) / 2;
        i64::try_from(seconds).ok().map(SignedDuration::from_secs)
    }

    /// The one at this place, from 0 up, of all in order.
    fn at(&self, place: u64) -> Option<u64> {
        let mut before = 0;
        self.counts.iter().find_map(|(seconds, count)| {
            before += count;
            (place < before).then_some(*seconds)
        })
    }
}

/// How long after its log was closed a text left, in days of 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Delay {
    /// Less than one.
    UnderOneDay,
    /// One, and less than two.
    OneToTwo,
    /// Two, and less than four.
    TwoToFour,
    /// Four, and less than seven.
    FourToSeven,
    /// Seven and more.
    Longer,
    /// The log is not kept any more, or was opened again.
    Unknown,
}

/// Every delay with the name it is shown by, the shortest first.
pub const DELAYS: [(Delay, &str); 6] = [
    (Delay::UnderOneDay, "under-1-day"),
    (Delay::OneToTwo, "1-to-2-days"),
    (Delay::TwoToFour, "2-to-4-days"),
    (Delay::FourToSeven, "4-to-7-days"),
    (Delay::Longer, "7-days-and-more"),
    (Delay::Unknown, "unknown"),
];

impl Delay {
    /// Finds a delay by its name.
    pub fn parse(name: &str) -> Option<Self> {
        DELAYS.iter().find(|(_, known)| *known == name).map(|(delay, _)| *delay)
    }

    /// The name it is shown by.
    pub fn name(self) -> &'static str {
        DELAYS.iter().find(|(delay, _)| *delay == self).map_or("", |(_, name)| name)
    }

    /// The delay of so long.
    pub fn of(took: SignedDuration) -> Self {
        match took.as_hours() / 24 {
            ..1 => Self::UnderOneDay,
            1 => Self::OneToTwo,
            2..4 => Self::TwoToFour,
            4..7 => Self::FourToSeven,
            7.. => Self::Longer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_median_is_the_middle_one_or_between_the_two_in_the_middle() {
        let check = |seconds: &[i64], median: Option<i64>| {
            let mut durations = Durations::default();
            for second in seconds {
                durations.add(SignedDuration::from_secs(*second));
            }
            assert_eq!(durations.n(), seconds.len() as u64);
            assert_eq!(durations.median().map(|median| median.as_secs()), median, "{seconds:?}");
        };
        check(&[], None);
        check(&[7], Some(7));
        check(&[9, 1, 5], Some(5));
        check(&[9, 1, 5, 6], Some(5));
        check(&[10, 20], Some(15));
        check(&[-30, 0, 4], Some(0));
        // To the second below an hour, to the minute from there on.
        check(&[3599], Some(3599));
        check(&[3661], Some(3660));
        check(&[3600, 86_459], Some(45_000));
    }

    #[test]
    fn a_delay_is_of_whole_days_of_24_hours() {
        let check = |minutes, delay| {
            assert_eq!(Delay::of(SignedDuration::from_mins(minutes)), delay, "{minutes}");
        };
        check(-5, Delay::UnderOneDay);
        check(24 * 60 - 1, Delay::UnderOneDay);
        check(24 * 60, Delay::OneToTwo);
        check(48 * 60, Delay::TwoToFour);
        check(4 * 24 * 60, Delay::FourToSeven);
        check(7 * 24 * 60 - 1, Delay::FourToSeven);
        check(7 * 24 * 60, Delay::Longer);
        for (delay, name) in DELAYS {
            assert_eq!((delay.name(), Delay::parse(name)), (name, Some(delay)));
        }
    }

    #[test]
    fn a_share_knows_of_how_many_it_is() {
        assert_eq!(Share::default().estimate(), None);
        let share = Share { part: 8, of: 10 };
        let estimate = share.estimate().unwrap();
        assert_eq!(format!("{:.3} {:.3}", estimate.low, estimate.high), "0.490 0.943");
        assert_eq!((share.per_mille(), share.is_few()), (Some(800), false));
        assert!(Share { part: 9, of: 9 }.is_few());
    }
}
