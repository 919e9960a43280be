//! What the force learned: one fold over what is kept, with no counters anywhere to drift.
//!
//! Two sets of people are told of, and a figure says of which it is:
//!
//! * **The calls of the logs opened in the period** ([`Logs`]): what became of each, from the call to
//!   what somebody did about the reply. Each step is part of the one before, so the steps may be drawn
//!   as one stream.
//! * **The contacts planned in the period** ([`Figures`]): what was said, answered and paid.
//!
//! The two overlap and are not the same: a log of the month's last evening is answered in the next.
//! What became of either is told as it is when the report is made, also after the period's end.
//!
//! A share carries its two counts ([`Share`]), so nobody can show it without knowing of how many it
//! is. Small groups are counted here like any others; [`crate::disclosure`] hides them in what leaves
//! the force, and [`Share::is_few`] marks those too small to be read.

mod behind;
mod fold;
mod gather;
mod parts;
mod trials;

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::budget::{Money, Month};
use crate::campaign::{Campaign, CampaignId};
use crate::contact::{Contact, State};
use crate::desk::Desk;
use crate::eligibility::RuleId;
use crate::experiment::{Look, Registered};
use crate::hours::LONDON;
use crate::incident::Outcome;
use crate::interval::{self, Estimate};
use crate::reply::Class;
use crate::score::Score;
use crate::sentiment::Sentiment;
use crate::spend::Spend;

pub use behind::{Behind, FORMS, NoFigure};
pub use fold::{Contacts, Fold};
pub use parts::{DELAYS, Delay, Durations, Share};

/// What one report tells.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The days it tells of.
    pub period: Period,
    /// When it was made.
    pub made_at: Timestamp,
    /// The figures of each campaign.
    pub campaigns: BTreeMap<CampaignId, Figures>,
    /// The figures of all.
    pub total: Figures,
    /// The logs opened in the period, and what became of the calls in them.
    pub logs: Logs,
    /// The work that replies made: every desk, also one that had none.
    pub desks: BTreeMap<Desk, DeskFigures>,
    /// What each campaign's texts cost by the month whose budget bore them.
    pub money: BTreeMap<CampaignId, BTreeMap<Month, MonthMoney>>,
    /// Every experiment with a plan, by name; of all its days, whatever the period is.
    pub experiments: Vec<Trial>,
}

/// The days a report tells of, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day of planning.
    pub from: Date,
    /// The last.
    pub to: Date,
}

impl Period {
    /// What the daily report tells of: today and the thirty days before.
    pub fn daily(now: Timestamp) -> Self {
        let to = now.to_zoned(LONDON.clone()).date();
        Self { from: to.saturating_sub(30.days()), to }
    }

    /// What the daily run tells of, the daily report last: on the first of a month also the month
    /// before, and on the day after a campaign's last also all its days.
    pub fn due<'a>(campaigns: impl IntoIterator<Item = &'a Campaign>, now: Timestamp) -> Vec<Self> {
        let today = now.to_zoned(LONDON.clone()).date();
        let yesterday = today.saturating_sub(1.day());
        let mut due = Vec::new();
        if today.day() == 1 {
            due.push(Self { from: yesterday.first_of_month(), to: yesterday });
        }
        let ended = campaigns.into_iter().filter(|campaign| campaign.ends == yesterday);
        due.extend(ended.map(|campaign| Self { from: campaign.starts, to: campaign.ends }));
        due.sort_by_key(|period| (period.from, period.to));
        due.dedup();
        due.push(Self::daily(now));
        due
    }

    /// Whether a contact was planned on one of its days, by London's calendar.
    pub fn has(&self, contact: &Contact) -> bool {
        self.holds(contact.planned_at)
    }

    /// Whether a moment lies on one of its days, by London's calendar.
    pub fn holds(&self, moment: Timestamp) -> bool {
        (self.from..=self.to).contains(&moment.to_zoned(LONDON.clone()).date())
    }

    /// Its days, one after the other.
    pub fn days(self) -> impl Iterator<Item = Date> {
        self.from.series(1.day()).take_while(move |date| *date <= self.to)
    }
}

/// The figures of one campaign's contacts, or of all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Contacts by where they stand.
    pub states: BTreeMap<State, u64>,
    /// Contacts texted by day of planning, in London.
    pub days: BTreeMap<Date, Day>,
    /// Contacts by their latest score.
    pub scores: BTreeMap<Score, u64>,
    /// Contacts by their latest answer to how far they trust the police of the area: 4 and 5 are the
    /// two highest.
    pub confidence: BTreeMap<Score, u64>,
    /// Of those who said whether they would call again, who would.
    pub call_again: Share,
    /// Answered contacts by what their latest reply was.
    pub classes: BTreeMap<Class, u64>,
    /// Answered contacts by attitude.
    pub sentiments: BTreeMap<Sentiment, u64>,
    /// Contacts that answered at least once.
    pub answered: u64,
    /// Of the delivered contacts, those that answered: the replies of others are of no known whole.
    pub answered_delivered: u64,
    /// Contacts whose reply lay on a desk until somebody had done what there was to do.
    pub acted_on: u64,
    /// Replies in all.
    pub replies: u64,
    /// Further texts that were or may have been sent: questions, and what is said to a reply.
    pub follow_ups: u64,
    /// Of those, the ones that told what came of a hazard that was still there.
    pub results_told: u64,
    /// Parts of texts that were or may have been sent, further ones among them.
    pub segments: u64,
    /// What they cost, or are reserved to cost.
    pub cost: Money,
    /// Texted contacts by what they were told.
    pub outcomes: BTreeMap<Outcome, Group>,
    /// Texted contacts by beat or area, as the extract writes it; empty where it names none.
    pub areas: BTreeMap<String, Group>,
    /// Texted contacts by the hour of London's clock at which the text left, 0 to 23.
    pub hours: BTreeMap<u8, Group>,
    /// Texted contacts by how long after closure the text left.
    pub delays: BTreeMap<Delay, Group>,
    /// Texted contacts by the week in which they were planned, named by its Monday: the trend.
    pub weeks: BTreeMap<Date, Group>,
    /// From the log's closure to the text.
    pub closed_to_texted: Durations,
    /// From the text to the receipt.
    pub texted_to_delivered: Durations,
    /// From the text to the first reply.
    pub texted_to_reply: Durations,
}

/// One day's contacts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Day {
    /// Planned on that day.
    pub planned: u64,
    /// Of those, texted.
    pub texted: u64,
    /// Of those, answered.
    pub answered: u64,
}

/// Texted contacts that have something in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Whose text the supplier took.
    pub texted: u64,
    /// Of those, delivered.
    pub delivered: u64,
    /// Of the delivered, those that answered.
    pub answered: u64,
    /// The texted by their latest score, delivered or not.
    pub scores: BTreeMap<Score, u64>,
    /// The texted that answered, by attitude.
    pub sentiments: BTreeMap<Sentiment, u64>,
}

impl Group {
    /// Of the delivered, who answered.
    pub fn response(&self) -> Share {
        Share { part: self.answered, of: self.delivered }
    }

    /// Of those who gave a score, who gave a 4 or a 5.
    pub fn satisfied(&self) -> Share {
        top_two(&self.scores)
    }

    /// The mean score with its interval; `None` for fewer than two scores.
    pub fn mean_score(&self) -> Option<Estimate> {
        interval::mean_score(&self.scores)
    }

    /// Of those who answered, who showed this attitude.
    pub fn attitude(&self, sentiment: Sentiment) -> Share {
        share_of(&self.sentiments, sentiment)
    }
}

impl Figures {
    /// Contacts in this state.
    pub fn in_state(&self, state: State) -> u64 {
        self.states.get(&state).copied().unwrap_or_default()
    }

    /// Contacts whose text the supplier took.
    pub fn texted(&self) -> u64 {
        self.states.iter().filter(|(state, _)| taken(**state)).map(|(_, count)| count).sum()
    }

    /// All contacts.
    pub fn planned(&self) -> u64 {
        self.states.values().sum()
    }

    /// Of the delivered, who answered.
    pub fn response(&self) -> Share {
        Share { part: self.answered_delivered, of: self.in_state(State::Delivered) }
    }

    /// Of a thousand delivered contacts, how many answered; `None` when none was delivered.
    pub fn response_per_mille(&self) -> Option<u64> {
        self.response().per_mille()
    }

    /// Contacts with a score.
    pub fn scored(&self) -> u64 {
        self.scores.values().sum()
    }

    /// The mean score with its interval; `None` for fewer than two scores.
    pub fn mean_score(&self) -> Option<Estimate> {
        interval::mean_score(&self.scores)
    }

    /// The mean score in hundredths; `None` when nobody gave one.
    pub fn mean_score_hundredths(&self) -> Option<u64> {
        let sum: u64 = self.scores.iter().map(|(score, n)| u64::from(score.get()) * n).sum();
        (sum * 100).checked_div(self.scored())
    }

    /// Of those who gave a score, who gave a 4 or a 5.
    pub fn satisfied(&self) -> Share {
        top_two(&self.scores)
    }

    /// Of a thousand scores, how many were 4 or 5; `None` when nobody gave one.
    pub fn satisfied_per_mille(&self) -> Option<u64> {
        self.satisfied().per_mille()
    }

    /// Of those who said how far they trust the police of the area, who said 4 or 5.
    pub fn confident(&self) -> Share {
        top_two(&self.confidence)
    }

    /// The mean of what they said, with its interval; `None` for fewer than two.
    pub fn mean_confidence(&self) -> Option<Estimate> {
        interval::mean_score(&self.confidence)
    }

    /// Of those who answered, who showed this attitude.
    pub fn attitude(&self, sentiment: Sentiment) -> Share {
        share_of(&self.sentiments, sentiment)
    }

    /// What was paid for each person who answered; `None` when nobody did.
    pub fn cost_per_answer(&self) -> Option<Money> {
        each(self.cost, self.answered)
    }

    /// What was paid for each person who gave a 4 or a 5; `None` when nobody did.
    pub fn cost_per_satisfied(&self) -> Option<Money> {
        each(self.cost, self.satisfied().part)
    }
}

/// The logs opened in the period, and what became of the calls in them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logs {
    /// Logs. One kept by a release that did not list logs by their day is not among them.
    pub logs: u64,
    /// Of those, closed.
    pub closed: u64,
    /// The calls in them.
    pub calls: Calls,
    /// What kept callers of closed logs from being texted, by rule.
    pub holds: BTreeMap<RuleId, Held>,
    /// The same calls by beat or area, as the extract writes it; empty where it names none.
    pub areas: BTreeMap<String, Area>,
    /// From a log's opening to its closure.
    pub opened_to_closed: Durations,
}

/// What became of calls: each number is part of one further up.
///
/// ```text
/// all ─┬─ open                                       the log is not closed
///      └─ closed ─┬─ never, held                     a rule stands against a text
///                 └─ eligible ─┬─ again              the caller counts by another call
///                              ├─ control            held out, for comparison
///                              ├─ waiting            its time has not come, or nobody knows yet
///                              ├─ not_sent           cancelled, or refused by the supplier
///                              └─ texted ── delivered ── replied ── acted_on
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Calls {
    /// Callers of the logs: whoever rang about two counts twice.
    pub all: u64,
    /// Of those, the ones whose log is closed.
    pub closed: u64,
    /// Of the closed, those who are never to be texted.
    pub never: u64,
    /// Of the closed, those who are held.
    pub held: u64,
    /// Of the closed, those whom no rule keeps from being texted, or who were texted before one did.
    pub eligible: u64,
    /// Of the eligible, those who rang more than once about the incident: the text is counted with
    /// one of their calls.
    pub again: u64,
    /// Of the eligible, those held out for comparison.
    pub control: u64,
    /// Of the eligible, those whose text waits, is under way, or may or may not have left.
    pub waiting: u64,
    /// Of the eligible, those whose text was cancelled or refused.
    pub not_sent: u64,
    /// Of the eligible, those whose text the supplier took.
    pub texted: u64,
    /// Of the texted, delivered.
    pub delivered: u64,
    /// Of the delivered, those who replied.
    pub replied: u64,
    /// Of those who replied, the ones whose reply lay on a desk until somebody had done what there
    /// was to do.
    pub acted_on: u64,
}

impl Calls {
    /// Callers whose log is not closed.
    pub fn open(&self) -> u64 {
        self.all - self.closed
    }

    /// Of the callers of closed logs, who is kept from being texted by a rule.
    pub fn excluded(&self) -> Share {
        Share { part: self.never + self.held, of: self.closed }
    }
}

/// What one rule kept from being texted: callers of closed logs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Held {
    /// Callers whom it stands against, whatever else does.
    pub calls: u64,
    /// Of those, the ones against whom nothing else stands.
    pub alone: u64,
    /// Of those, the ones it is the first to stand against, by the order of the table: every caller
    /// who is never texted or held is counted with exactly one rule.
    pub first: u64,
}

/// The calls of one beat or area.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Area {
    /// What became of them.
    pub calls: Calls,
    /// Callers of closed logs whom each rule stands against.
    pub rules: BTreeMap<RuleId, u64>,
}

impl Area {
    /// The share that rules keep out here less the share everywhere else, with its interval; `None`
    /// where either had no call.
    ///
    /// Of forty areas two leave out zero by luck alone. One that does is a reason to look at which
    /// rules it is, not a finding.
    pub fn excluded_more(&self, all: &Calls) -> Option<Estimate> {
        let here = self.calls.excluded();
        let (part, of) = (all.excluded().part - here.part, all.closed - here.of);
        interval::proportion_difference((here.part, here.of), (part, of))
    }
}

/// One desk's work: the tasks whose replies came in the period.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeskFigures {
    /// Tasks.
    pub tasks: u64,
    /// Of those, taken by somebody.
    pub taken: u64,
    /// Of those, taken within the desk's clock.
    pub in_time: u64,
    /// Of all, those whose clock ran out before anybody took them; a task that nobody has taken is
    /// late once its clock has run out, and neither before.
    pub late: u64,
    /// Of all, closed by somebody.
    pub closed: u64,
    /// Of the late, those the desk was told of.
    pub reminded: u64,
    /// How often alarms rang for its tasks; each rings at least once.
    pub rings: u64,
    /// Of the closed, those of which the caller was to hear the result.
    pub results: u64,
    /// From the reply to its desk.
    pub to_desk: Durations,
    /// From the reply to whoever took it.
    pub to_taken: Durations,
}

impl DeskFigures {
    /// Of the tasks whose clock has run out or that were taken, those taken in time.
    pub fn kept(&self) -> Share {
        Share { part: self.in_time, of: self.in_time + self.late }
    }
}

/// One campaign's spending of one month: of the contacts and follow-ups planned in the period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MonthMoney {
    /// What was spent.
    pub spend: Spend,
    /// What the campaign in force may spend in a month; `None` of one that is not in force.
    pub cap: Option<Money>,
    /// What the month will come to, or came to; `None` where the period leaves out some of its days,
    /// and before a whole day has passed.
    pub forecast: Option<Money>,
}

impl MonthMoney {
    /// Whether the forecast passes the cap. The cap holds all the same: texts would stop.
    pub fn is_tight(&self) -> bool {
        self.forecast.zip(self.cap).is_some_and(|(forecast, cap)| forecast > cap)
    }
}

/// An experiment as it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Trial {
    /// Its plan, and when that was handed in.
    pub registered: Registered,
    /// Which version of the plan that is, from 1: other words under the same name are another.
    pub version: u32,
    /// Campaigns in force that hold out others than the plan says: by another share, or for another
    /// experiment; or that are of it and not in the plan. While there are any, the arms are not what they
    /// seem.
    pub disagree: Vec<CampaignId>,
    /// When the first text of its campaigns left.
    pub first_text_at: Option<Timestamp>,
    /// What may be seen of it now.
    pub look: Look,
}

/// Of the scores, who gave a 4 or a 5.
fn top_two(scores: &BTreeMap<Score, u64>) -> Share {
    let top = scores.iter().filter(|(score, _)| score.get() >= 4).map(|(_, n)| n).sum();
    Share { part: top, of: scores.values().sum() }
}

fn share_of<K: Ord>(counts: &BTreeMap<K, u64>, of: K) -> Share {
    let part = counts.get(&of).copied().unwrap_or_default();
    Share { part, of: counts.values().sum() }
}

fn each(cost: Money, n: u64) -> Option<Money> {
    cost.millipence().checked_div(n).map(Money::from_millipence)
}

/// Whether the supplier took the text.
fn taken(state: State) -> bool {
    match state {
        State::Accepted | State::Delivered | State::Undelivered => true,
        State::Planned
        | State::Queued
        | State::Claimed
        | State::Refused
        | State::Unknown
        | State::Parked
        | State::Cancelled
        | State::Control => false,
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_day_of_twenty_three_and_one_of_twenty_five_hours_are_one_day_each() {
        let check = |day: &str, first: &str, last: &str| {
            let day: Date = day.parse().unwrap();
            let period = Period { from: day, to: day };
            let [first, last]: [Timestamp; 2] = [first, last].map(|at| at.parse().unwrap());
            let second = jiff::SignedDuration::from_secs(1);
            assert!(period.holds(first) && period.holds(last));
            assert!(!period.holds(first - second) && !period.holds(last + second));
            assert_eq!(period.days().collect::<Vec<_>>(), [day]);
        };
        check("2026-03-29", "2026-03-29T00:00:00Z", "2026-03-29T22:59:59Z");
        check("2026-10-25", "2026-10-24T23:00:00Z", "2026-10-25T23:59:59Z");
    }

    #[test]
    fn a_month_and_a_campaign_are_told_of_when_they_are_over() {
        let mut campaign = crate::campaign::tests::file().check().unwrap();
        (campaign.starts, campaign.ends) = ("2026-03-02".parse().unwrap(), date(2026, 5, 31));
        let due = |now: &str| -> Vec<String> {
            let periods = Period::due([&campaign], now.parse().unwrap());
            periods.iter().map(|period| format!("{} {}", period.from, period.to)).collect()
        };
        assert_eq!(due("2026-05-20T05:30:00Z"), ["2026-04-20 2026-05-20"]);
        // Half past midnight of the first of June, in London.
        let all = ["2026-03-02 2026-05-31", "2026-05-01 2026-05-31", "2026-05-02 2026-06-01"];
        assert_eq!(due("2026-05-31T23:30:00Z"), all);
        assert_eq!(due("2026-03-01T05:30:00Z"), ["2026-02-01 2026-02-28", "2026-01-30 2026-03-01"]);
    }

    #[test]
    fn nothing_has_no_rate_and_no_mean() {
        let none = Figures::default();
        assert_eq!(none.response_per_mille(), None);
        assert_eq!(none.mean_score_hundredths(), None);
        assert_eq!(none.satisfied_per_mille(), None);
        assert_eq!((none.cost, none.cost_per_answer()), (Money::ZERO, None));
        assert_eq!(none.mean_score(), None);
        assert_eq!(none.closed_to_texted.median(), None);
    }
}
