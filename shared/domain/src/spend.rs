//! What a month's texts cost: reserved, charged, forecast, and free. One fold over contacts, as
//! [`crate::figures`] is: there is no counter to drift.

use jiff::Timestamp;

use crate::budget::{Money, Month};
use crate::contact::{Contact, Reservation};
use crate::followup::FollowUp;
use crate::hours::LONDON;

/// One month's spending of one campaign, or of several with one supplier.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spend {
    /// Texts that were or may have been sent.
    pub texts: u64,
    /// Their parts.
    pub parts: u64,
    /// What is reserved for them at the published price: never above the cap.
    pub reserved: Money,
    /// Of those texts, how many the supplier has told its charge of.
    pub billed_texts: u64,
    /// What it charges for those.
    pub billed: Money,
    /// What was reserved for those, before anything went back.
    pub billed_reserved: Money,
    /// Parts sent earlier in the same year of allowances, which begins in April.
    pub parts_before: u64,
}

impl Spend {
    /// Folds contacts; those of other months count only towards the year.
    pub fn fold<'a>(contacts: impl IntoIterator<Item = &'a Contact>, month: Month) -> Self {
        let mut spend = Self::default();
        for contact in contacts {
            let Some(held) = contact.reservation else { continue };
            if held.month != month {
                let parts = contact.bill.map_or(contact.segments, |bill| bill.segments) as u64;
                let this_year = held.month >= month.year_began() && held.month < month;
                spend.parts_before += if this_year { parts } else { 0 };
                continue;
            }
            spend.add(contact, held);
        }
        spend
    }

    /// Adds a contact whose text is of this month's budget.
    pub(crate) fn add(&mut self, contact: &Contact, held: Reservation) {
        self.texts += 1;
        self.parts += contact.bill.map_or(contact.segments, |bill| bill.segments) as u64;
        self.reserved = self.reserved + held.amount;
        if let Some(bill) = contact.bill {
            self.billed_texts += 1;
            self.billed = self.billed + bill.amount;
            self.billed_reserved = self.billed_reserved + held.amount;
        }
    }

    /// Adds a follow-up that was sent in this month.
    pub(crate) fn add_follow_up(&mut self, follow_up: &FollowUp) {
        self.texts += 1;
        self.parts += follow_up.segments as u64;
        self.reserved = self.reserved + follow_up.cost;
    }

    /// The same with what else was said. Suppliers are not asked what they charge for it.
    #[must_use]
    pub fn and<'a>(
        mut self,
        follow_ups: impl IntoIterator<Item = &'a FollowUp>,
        month: Month,
    ) -> Self {
        for follow_up in follow_ups.into_iter().filter(|f| f.may_have_been_sent()) {
            let sent_in = follow_up.month();
            if sent_in == month {
                self.add_follow_up(follow_up);
            } else if sent_in >= month.year_began() && sent_in < month {
                self.parts_before += follow_up.segments as u64;
            }
        }
        self
    }

    /// What the month will come to if the rest of it is as what has passed; the sum itself once it
    /// is over, and `None` before a whole day has passed.
    pub fn forecast(&self, month: Month, now: Timestamp) -> Option<Money> {
        if now >= month.end() {
            return Some(self.reserved);
        }
        let today = now.to_zoned(LONDON.clone()).date();
        let passed = u64::try_from((today - month.first()).get_days()).ok()?;
        let days = u64::from(month.last().day().unsigned_abs());
        let so_far = (self.reserved * days).millipence().checked_div(passed)?;
        Some(Money::from_millipence(so_far))
    }

    /// Of this month's parts, how many are beyond a yearly allowance.
    pub fn charged_parts(&self, free_a_year: u64) -> u64 {
        let over = |parts: u64| parts.saturating_sub(free_a_year);
        over(self.parts_before + self.parts) - over(self.parts_before)
    }

    /// What is to pay for this month when the allowance is taken off; a part is taken to cost the
    /// month's mean.
    pub fn to_pay(&self, free_a_year: u64) -> Money {
        let charged = self.reserved * self.charged_parts(free_a_year);
        Money::from_millipence(charged.millipence().checked_div(self.parts).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contact::{Bill, Plan};
    use crate::{campaign::CampaignId, incident::LogNumber, incident::Outcome, person::PersonId};

    fn month(text: &str) -> Month {
        Month::parse(text).unwrap()
    }

    fn contact(in_month: &str, parts: usize, bill: Option<u64>) -> Contact {
        let plan = Plan {
            incident: LogNumber::parse("HC-1").unwrap(),
            person: PersonId::parse(&"a".repeat(32)).unwrap(),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Outcome::parse("cleared").unwrap(),
            area: String::new(),
            control: false,
            due_at: Timestamp::UNIX_EPOCH,
        };
        let mut contact = Contact::plan(plan, Timestamp::UNIX_EPOCH);
        contact.segments = parts;
        let amount = Money::from_pence(2) * parts as u64;
        contact.reservation = Some(Reservation { month: month(in_month), amount });
        contact.bill = bill.map(|pence| Bill { segments: parts, amount: Money::from_pence(pence) });
        contact
    }

    #[test]
    fn a_month_is_folded_and_the_year_before_it_counts_towards_the_allowance() {
        let contacts = [
            contact("2026-03", 9, None),
            contact("2026-04", 1, None),
            contact("2026-05", 2, Some(4)),
            contact("2026-06", 1, Some(3)),
            contact("2026-06", 2, None),
            contact("2026-07", 5, None),
        ];
        let spend = Spend::fold(&contacts, month("2026-06"));
        assert_eq!((spend.texts, spend.parts, spend.parts_before), (2, 3, 3));
        assert_eq!(spend.reserved, Money::from_pence(6));
        assert_eq!((spend.billed_texts, spend.billed), (1, Money::from_pence(3)));
        assert_eq!(spend.billed_reserved, Money::from_pence(2));
        let charged = |free| spend.charged_parts(free);
        assert_eq!((charged(0), charged(3), charged(4), charged(6)), (3, 3, 2, 0));
        assert_eq!(spend.to_pay(4), Money::from_pence(4));
        assert_eq!(Spend::default().to_pay(0), Money::ZERO);
    }

    #[test]
    fn a_forecast_goes_on_as_it_began_and_ends_as_it_ended() {
        let spend = Spend { reserved: Money::from_pence(90), ..Spend::default() };
        let june = month("2026-06");
        let at = |now: &str| spend.forecast(june, now.parse().unwrap());
        assert_eq!(at("2026-06-01T10:00:00Z"), None);
        assert_eq!(at("2026-06-10T10:00:00Z"), Some(Money::from_pence(300)));
        assert_eq!(at("2026-07-01T10:00:00Z"), Some(Money::from_pence(90)));
        assert_eq!(at("2026-05-31T10:00:00Z"), None, "it has not begun");
    }
}
