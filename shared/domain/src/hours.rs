//! When a text may be sent: London's clock, the campaign's days and hours, how soon and how late.
//!
//! Networks go on trying for up to 72 hours, so a text must leave early enough to arrive by day;
//! a campaign's window therefore ends before its quiet hours begin.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

/// Europe/London, with its summer time.
pub static LONDON: TimeZone = jiff::tz::get!("Europe/London");

/// When a campaign may text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// The first moment of the day.
    pub from: Time,
    /// The first moment of the evening at which it may no more.
    pub until: Time,
    /// The days of the week.
    pub days: Vec<Weekday>,
    /// How long after closure at the earliest: drivers should be home.
    pub not_before: SignedDuration,
    /// How long after closure at the latest: later it is stale.
    pub not_after: SignedDuration,
}

/// What the clock says of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    /// Send it.
    Now,
    /// Look again then.
    Later(Timestamp),
    /// It is too late for ever.
    Stale,
}

impl Hours {
    /// Whether a log closed at `closed_at` may be answered at `now`.
    pub fn timing(&self, closed_at: Timestamp, now: Timestamp) -> Timing {
        let latest = closed_at.saturating_add(self.not_after).unwrap_or(Timestamp::MAX);
        let Some(due) = self.next_open(self.earliest(closed_at).max(now)) else {
            return Timing::Stale;
        };
        if due > latest {
            Timing::Stale
        } else if due <= now {
            Timing::Now
        } else {
            Timing::Later(due)
        }
    }

    /// When a log closed at `closed_at` is first due.
    pub fn due(&self, closed_at: Timestamp) -> Timestamp {
        let earliest = self.earliest(closed_at);
        self.next_open(earliest).unwrap_or(earliest)
    }

    fn earliest(&self, closed_at: Timestamp) -> Timestamp {
        closed_at.saturating_add(self.not_before).unwrap_or(Timestamp::MAX)
    }

    /// The first moment at or after `from` inside the window; `None` when no day is open.
    fn next_open(&self, from: Timestamp) -> Option<Timestamp> {
        let local = from.to_zoned(LONDON.clone());
        for ahead in 0..=7_i64 {
            let date = local.date().checked_add(ahead.days()).ok()?;
            if !self.days.contains(&date.weekday()) {
                continue;
            }
            // A window edge that summer time skips moves forward; one it repeats is the first.
            let opens = date.to_datetime(self.from).to_zoned(LONDON.clone()).ok()?.timestamp();
            let closes = date.to_datetime(self.until).to_zoned(LONDON.clone()).ok()?.timestamp();
            if from < closes {
                return Some(from.max(opens));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time;

    use super::*;

    fn hours() -> Hours {
        Hours {
            from: time(9, 0, 0, 0),
            until: time(20, 0, 0, 0),
            days: vec![
                Weekday::Monday,
                Weekday::Tuesday,
                Weekday::Wednesday,
                Weekday::Thursday,
                Weekday::Friday,
                Weekday::Saturday,
            ],
            not_before: SignedDuration::from_hours(4),
            not_after: SignedDuration::from_hours(7 * 24),
        }
    }

    fn check(closed: &str, now: &str, expected: &str) {
        let timing = hours().timing(closed.parse().unwrap(), now.parse().unwrap());
        let shown = match timing {
            Timing::Now => "now".to_owned(),
            Timing::Later(at) => at.to_string(),
            Timing::Stale => "stale".to_owned(),
        };
        assert_eq!(shown, expected, "closed {closed}, now {now}");
    }

    #[test]
    fn a_text_waits_four_hours_and_for_the_morning() {
        check("2026-03-10T10:00:00Z", "2026-03-10T10:30:00Z", "2026-03-10T14:00:00Z");
        check("2026-03-10T10:00:00Z", "2026-03-10T14:00:00Z", "now");
        check("2026-03-10T17:00:00Z", "2026-03-10T21:00:00Z", "2026-03-11T09:00:00Z");
        check("2026-03-10T10:00:00Z", "2026-03-10T20:00:00Z", "2026-03-11T09:00:00Z");
    }

    #[test]
    fn sunday_waits_for_monday() {
        check("2026-03-14T18:00:00Z", "2026-03-15T12:00:00Z", "2026-03-16T09:00:00Z");
    }

    #[test]
    fn a_week_old_is_stale_even_when_only_the_night_made_it_so() {
        check("2026-03-03T10:00:00Z", "2026-03-10T09:59:59Z", "now");
        check("2026-03-03T10:00:00Z", "2026-03-10T10:00:01Z", "stale");
        check("2026-03-03T06:00:00Z", "2026-03-10T01:00:00Z", "stale");
    }

    #[test]
    fn the_window_is_londons_on_both_sides_of_summer_time() {
        // 29 March 2026 is a Sunday; clocks go forward at 01:00 UTC.
        check("2026-03-28T18:00:00Z", "2026-03-28T22:00:00Z", "2026-03-30T08:00:00Z");
        // 25 October 2026 is a Sunday; clocks go back at 01:00 UTC.
        check("2026-10-24T17:00:00Z", "2026-10-24T21:00:00Z", "2026-10-26T09:00:00Z");
        check("2026-10-23T10:00:00Z", "2026-10-24T18:59:59Z", "now");
        check("2026-10-23T10:00:00Z", "2026-10-24T19:00:00Z", "2026-10-26T09:00:00Z");
    }

    #[test]
    fn no_open_day_can_never_send() {
        let shut = Hours { days: vec![], ..hours() };
        let now: Timestamp = "2026-03-10T12:00:00Z".parse().unwrap();
        assert_eq!(shut.timing(now, now), Timing::Stale);
    }
}
