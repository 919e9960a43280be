//! What the force learned: one fold over contacts, with no counters kept anywhere to drift.

use std::collections::BTreeMap;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::budget::Money;
use crate::campaign::CampaignId;
use crate::contact::{Contact, State};
use crate::followup::FollowUp;
use crate::hours::LONDON;
use crate::reply::Class;
use crate::score::Score;
use crate::sentiment::Sentiment;

/// The figures of one campaign, or of all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Contacts by where they stand.
    pub states: BTreeMap<State, u64>,
    /// Contacts texted by day of planning, in London.
    pub days: BTreeMap<Date, Day>,
    /// Contacts by their latest score.
    pub scores: BTreeMap<Score, u64>,
    /// Answered contacts by what their latest reply was.
    pub classes: BTreeMap<Class, u64>,
    /// Answered contacts by attitude.
    pub sentiments: BTreeMap<Sentiment, u64>,
    /// Contacts that answered at least once.
    pub answered: u64,
    /// Replies in all.
    pub replies: u64,
    /// Further texts that were or may have been sent: questions, and what is said to a reply.
    pub follow_ups: u64,
    /// Parts of texts that were or may have been sent, further ones among them.
    pub segments: u64,
    /// What they cost, or are reserved to cost.
    pub cost: Money,
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

    /// Whether a contact was planned on one of its days, by London's calendar.
    pub fn has(&self, contact: &Contact) -> bool {
        self.holds(contact.planned_at)
    }

    /// Whether a moment lies on one of its days, by London's calendar.
    pub fn holds(&self, moment: Timestamp) -> bool {
        (self.from..=self.to).contains(&moment.to_zoned(LONDON.clone()).date())
    }
}

/// What one report tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The days it tells of.
    pub period: Period,
    /// When it was made.
    pub made_at: Timestamp,
    /// The figures of each campaign.
    pub campaigns: BTreeMap<CampaignId, Figures>,
    /// The figures of all.
    pub total: Figures,
}

impl Report {
    /// Folds contacts and what else was said into a report. A follow-up is counted with its contact's
    /// campaign; one to a stranger, or whose contact is of another period, in the total alone.
    pub fn fold<'a>(
        contacts: impl IntoIterator<Item = &'a Contact>,
        follow_ups: impl IntoIterator<Item = &'a FollowUp>,
        period: Period,
        made_at: Timestamp,
    ) -> Self {
        let mut campaigns: BTreeMap<CampaignId, Figures> = BTreeMap::new();
        let mut total = Figures::default();
        let mut campaign_of = BTreeMap::new();
        for contact in contacts {
            campaigns.entry(contact.campaign.clone()).or_default().add(contact);
            total.add(contact);
            campaign_of.insert(&contact.id, &contact.campaign);
        }
        for follow_up in follow_ups.into_iter().filter(|f| f.may_have_been_sent()) {
            total.add_follow_up(follow_up);
            let campaign = follow_up.contact.as_ref().and_then(|id| campaign_of.get(id));
            if let Some(figures) = campaign.and_then(|campaign| campaigns.get_mut(*campaign)) {
                figures.add_follow_up(follow_up);
            }
        }
        Self { period, made_at, campaigns, total }
    }
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

impl Figures {
    /// Adds one contact.
    pub fn add(&mut self, contact: &Contact) {
        *self.states.entry(contact.state).or_default() += 1;
        let date = contact.planned_at.to_zoned(LONDON.clone()).date();
        let day = self.days.entry(date).or_default();
        day.planned += 1;
        if let Some(reservation) = contact.reservation {
            self.segments += contact.segments as u64;
            self.cost = self.cost + reservation.amount;
        }
        if taken(contact.state) {
            day.texted += 1;
        }
        if let Some(answer) = &contact.answer {
            day.answered += 1;
            self.answered += 1;
            self.replies += answer.messages.len() as u64;
            *self.classes.entry(answer.class).or_default() += 1;
            *self.sentiments.entry(answer.sentiment).or_default() += 1;
            if let Some(score) = answer.score {
                *self.scores.entry(score).or_default() += 1;
            }
        }
    }

    fn add_follow_up(&mut self, follow_up: &FollowUp) {
        self.follow_ups += 1;
        self.segments += follow_up.segments as u64;
        self.cost = self.cost + follow_up.cost;
    }

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

    /// Of a thousand delivered contacts, how many answered; `None` when none was delivered.
    pub fn response_per_mille(&self) -> Option<u64> {
        (self.answered * 1000).checked_div(self.in_state(State::Delivered))
    }

    /// Contacts with a score.
    pub fn scored(&self) -> u64 {
        self.scores.values().sum()
    }

    /// The mean score in hundredths; `None` when nobody gave one.
    pub fn mean_score_hundredths(&self) -> Option<u64> {
        let sum: u64 = self.scores.iter().map(|(score, n)| u64::from(score.get()) * n).sum();
        (sum * 100).checked_div(self.scored())
    }

    /// Of a thousand scores, how many were 4 or 5; `None` when nobody gave one.
    pub fn satisfied_per_mille(&self) -> Option<u64> {
        let top: u64 =
            self.scores.iter().filter(|(score, _)| score.get() >= 4).map(|(_, n)| n).sum();
        (top * 1000).checked_div(self.scored())
    }
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
    use super::*;

    #[test]
    fn nothing_has_no_rate_and_no_mean() {
        let none = Figures::default();
        assert_eq!(none.response_per_mille(), None);
        assert_eq!(none.mean_score_hundredths(), None);
        assert_eq!(none.satisfied_per_mille(), None);
        assert_eq!(none.cost, Money::ZERO);
    }
}
