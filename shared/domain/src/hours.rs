//! When a text may be sent: London's clock, the campaign's days and hours, how soon and how late.
//!
//! Networks go on trying for up to 72 hours, so a text must leave early enough to arrive by day;
//! a campaign's window therefore ends before its quiet hours begin.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use serde::Deserialize;

/// Europe/London, with its summer time.
pub static LONDON: TimeZone = jiff::tz::get!("Europe/London");

/// How many days ahead to look for an open one: a campaign that texts on one day of the week finds
/// two of them in a row to be bank holidays at the most.
const LONGEST_SHUT: i64 = 21;

/// The bank holidays of England and Wales, in the form gov.uk publishes them in
/// (`www.gov.uk/bank-holidays.json`); `infra/README.md` says how to bring it up to date.
static BANK_HOLIDAYS: LazyLock<BTreeSet<Date>> = LazyLock::new(|| {
    let known = include_str!("../../../infra/bank-holidays.json");
    let known: Calendars = serde_json::from_str(known).unwrap_or_default();
    known.england_and_wales.events.into_iter().map(|event| event.date).collect()
});

#[derive(Default, Deserialize)]
struct Calendars {
    #[serde(rename = "england-and-wales")]
    england_and_wales: Calendar,
}

#[derive(Default, Deserialize)]
struct Calendar {
    events: Vec<Event>,
}

#[derive(Deserialize)]
struct Event {
    date: Date,
}

/// The last day up to which bank holidays are known.
pub fn bank_holidays_known_until() -> Option<Date> {
    let last = BANK_HOLIDAYS.last()?;
    Date::new(last.year(), 12, 31).ok()
}

/// When a campaign may text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hours {
    /// The first moment of the day.
    pub from: Time,
    /// The first moment of the evening at which it may no more.
    pub until: Time,
    /// The days of the week.
    pub days: Vec<Weekday>,
    /// Whether bank holidays of England and Wales are days like any other.
    pub bank_holidays: bool,
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
        let Some(due) = self.open_from(self.earliest(closed_at).max(now)) else {
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
        self.open_from(earliest).unwrap_or(earliest)
    }

    /// When the window that holds this moment closes: nothing sent in it should arrive later.
    pub fn closes(&self, now: Timestamp) -> Timestamp {
        let date = now.to_zoned(LONDON.clone()).date();
        let closes = date.to_datetime(self.until).to_zoned(LONDON.clone());
        closes.map_or(now, |closes| closes.timestamp().max(now))
    }

    fn is_open_on(&self, date: Date) -> bool {
        // At Christmas the calendar names the substitute of a weekend day and not the day itself.
        let feast = matches!((date.month(), date.day()), (12, 25 | 26) | (1, 1));
        let holiday = feast || BANK_HOLIDAYS.contains(&date);
        self.days.contains(&date.weekday()) && (self.bank_holidays || !holiday)
    }

    fn earliest(&self, closed_at: Timestamp) -> Timestamp {
        closed_at.saturating_add(self.not_before).unwrap_or(Timestamp::MAX)
    }

    /// The first moment at or after `from` inside the window; `None` when no day is open.
    pub fn open_from(&self, from: Timestamp) -> Option<Timestamp> {
        let local = from.to_zoned(LONDON.clone());
        for ahead in 0..=LONGEST_SHUT {
            let date = local.date().checked_add(ahead.days()).ok()?;
            if !self.is_open_on(date) {
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
            bank_holidays: false,
            not_before: SignedDuration::from_hours(4),
            not_after: SignedDuration::from_hours(7 * 24),
        }
    }

    #[test]
    fn the_calendar_is_read_and_says_how_far_it_goes() {
        assert_eq!(BANK_HOLIDAYS.len(), 8 * 3, "2026 to 2028, eight a year");
        assert_eq!(bank_holidays_known_until(), Date::new(2028, 12, 31).ok());
    }

    #[test]
    fn a_bank_holiday_waits_for_the_day_after() {
        // Good Friday and Easter Monday 2026; then Christmas, of which Boxing Day is a Saturday and
        // its substitute the Monday.
        check("2026-04-02T17:00:00Z", "2026-04-03T09:00:00Z", "2026-04-04T08:00:00Z");
        check("2026-04-04T17:00:00Z", "2026-04-05T09:00:00Z", "2026-04-07T08:00:00Z");
        check("2026-12-24T12:00:00Z", "2026-12-24T20:00:00Z", "2026-12-29T09:00:00Z");
        let open = Hours { bank_holidays: true, ..hours() };
        let (closed, now) = ("2026-04-02T17:00:00Z", "2026-04-03T09:00:00Z");
        assert_eq!(open.timing(closed.parse().unwrap(), now.parse().unwrap()), Timing::Now);
    }

    #[test]
    fn a_text_is_good_until_the_window_closes_by_londons_clock() {
        let closes = |now: &str| hours().closes(now.parse().unwrap()).to_string();
        assert_eq!(closes("2026-03-10T10:00:00Z"), "2026-03-10T20:00:00Z");
        assert_eq!(closes("2026-07-10T10:00:00Z"), "2026-07-10T19:00:00Z");
        assert_eq!(closes("2026-03-10T21:00:00Z"), "2026-03-10T21:00:00Z", "never in the past");
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
