//! The time of the logs, once more: each text is looked at when it is due, in the order of time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};

use jiff::{SignedDuration, Timestamp};

use super::records::{Records, Seen};
use super::{PAPER_PRICE, Queue, Spent, Steps, Told, day_of};
use crate::budget::{Money, Month};
use crate::campaign::{Campaign, CampaignId};
use crate::hours::Timing;
use crate::incident::Outcome;
use crate::prices::{Prices, Tariff};
use crate::supplier::SupplierName;

/// One person to be told of one incident.
#[derive(Debug)]
pub(super) struct Contact {
    /// The log whose outcome is told.
    pub(super) log: u32,
    pub(super) person: u32,
    /// Which campaign answers.
    pub(super) campaign: usize,
    pub(super) outcome: u32,
    /// Whether the log does not show what the words for its outcome claim.
    pub(super) weaker: bool,
    /// What is said, and in how many parts, if anything can be.
    pub(super) text: Option<(u32, u64)>,
    pub(super) closed_at: Timestamp,
    /// When its text is first due, in the campaign's hours.
    pub(super) due_at: Timestamp,
}

/// A text that left.
#[derive(Debug)]
pub(super) struct Sent<'a> {
    pub(super) contact: &'a Contact,
    pub(super) text: u32,
    pub(super) parts: u64,
    pub(super) at: Timestamp,
    /// Whether it waited for the hours of the campaign.
    waited: bool,
}

/// What came of all of them.
#[derive(Debug, Default)]
pub(super) struct Passed<'a> {
    /// In the order in which they left.
    pub(super) sent: Vec<Sent<'a>>,
    pub(super) months: BTreeMap<(Month, CampaignId), Spent>,
    contacts: u64,
    held_out: u64,
    wordless: u64,
    resting: u64,
    unpaid: u64,
}

/// What a campaign has spent, and until when it has to wait.
#[derive(Debug, Clone, Copy)]
struct Till {
    month: Month,
    spent: Money,
    /// Once the cap has stopped a text, nothing leaves before the next month.
    shut: bool,
}

/// Lets every text leave when it is due and may.
pub(super) fn run<'a>(
    contacts: &'a [Contact],
    campaigns: &[Campaign],
    prices: &Prices,
    records: &Records,
) -> Passed<'a> {
    let mut passed = Passed { contacts: contacts.len() as u64, ..Passed::default() };
    // Of two that are due at one moment the lower log goes first, as the rules have it.
    let turn = |n: usize, at: Timestamp| {
        let contact = contacts.get(n)?;
        Some((at, records.number(contact.log), records.hash(contact.person), n))
    };
    let due = (0..contacts.len()).filter_map(|n| turn(n, contacts.get(n)?.due_at));
    let mut due: BinaryHeap<Reverse<_>> = due.map(Reverse).collect();
    let mut texted: HashMap<u32, Timestamp> = HashMap::new();
    let mut tills: Vec<Option<Till>> = vec![None; campaigns.len()];
    let notify = SupplierName::notify();
    let mut allowance = Allowance { tariff: prices.tariff(&notify), year: None, used: 0 };
    while let Some(Reverse((at, _, _, n))) = due.pop() {
        let Some(contact) = contacts.get(n) else { continue };
        let Some(campaign) = campaigns.get(contact.campaign) else { continue };
        let held_out = campaigns.iter().any(|campaign| campaign.hold_out_percent > 0)
            && records
                .person_id(contact.person)
                .is_some_and(|who| campaign.holds_out_among(campaigns, &who));
        if held_out {
            passed.held_out += 1;
            continue;
        }
        let Some((text, parts)) = contact.text else {
            passed.wordless += 1;
            continue;
        };
        let before = texted.get(&contact.person);
        if before.is_some_and(|before| at.duration_since(*before) < campaign.rest) {
            passed.resting += 1;
            continue;
        }
        let month = Month::of(at);
        let fresh = Till { month, spent: Money::ZERO, shut: false };
        let till = match tills.get_mut(contact.campaign) {
            Some(till) => till.get_or_insert(fresh),
            None => continue,
        };
        if till.month != month {
            *till = fresh;
        }
        let spent = passed.months.entry((month, campaign.id.clone())).or_default();
        spent.cap = campaign.monthly_cap;
        let price = price(campaign, prices, at) * parts;
        if contact.due_at == at {
            spent.due = spent.due + price;
        }
        till.shut |= till.spent + price > campaign.monthly_cap;
        if till.shut {
            spent.over_cap += 1;
            match campaign.hours.timing(contact.closed_at, month.end()) {
                Timing::Now => due.extend(turn(n, month.end()).map(Reverse)),
                Timing::Later(later) => due.extend(turn(n, later).map(Reverse)),
                Timing::Stale => passed.unpaid += 1,
            }
            continue;
        }
        till.spent = till.spent + price;
        let free = allowance.take(month, parts);
        spent.texts += 1;
        spent.parts += parts;
        spent.cost = spent.cost + price;
        spent.paper = spent.paper + PAPER_PRICE * parts;
        spent.free_parts += free;
        let charged = |parts| Some(known(allowance.tariff, at)? * parts);
        let sum = |all: Option<Money>, more: Option<Money>| Some(all.unwrap_or_default() + more?);
        spent.notify = sum(spent.notify, charged(parts));
        spent.notify_to_pay = sum(spent.notify_to_pay, charged(parts - free));
        if contact.due_at < at {
            spent.later += 1;
        }
        texted.insert(contact.person, at);
        let earliest = contact.closed_at.saturating_add(campaign.hours.not_before);
        let waited = earliest.is_ok_and(|earliest| earliest < at);
        passed.sent.push(Sent { contact, text, parts, at, waited });
    }
    passed
}

/// GOV.UK Notify's allowance, shared by all campaigns.
struct Allowance<'a> {
    tariff: Option<&'a Tariff>,
    year: Option<Month>,
    used: u64,
}

impl Allowance<'_> {
    /// Takes what is left of the year's for so many parts.
    fn take(&mut self, month: Month, parts: u64) -> u64 {
        let year = Some(month.year_began());
        if self.year != year {
            (self.year, self.used) = (year, 0);
        }
        let all = self.tariff.map_or(0, |tariff| tariff.free_parts_a_year);
        let free = parts.min(all.saturating_sub(self.used));
        self.used += free;
        free
    }
}

/// A supplier's price of one part on the day; before its first known day, that of the first.
fn known(tariff: Option<&Tariff>, at: Timestamp) -> Option<Money> {
    let pence = &tariff?.pence;
    let of_day = pence.range(..=day_of(at)).next_back().or_else(|| pence.first_key_value());
    of_day.map(|(_, price)| *price)
}

/// What one part costs this campaign; where nobody knows, what the paper expects.
fn price(campaign: &Campaign, prices: &Prices, at: Timestamp) -> Money {
    let supplier = || known(prices.tariff(&campaign.supplier), at);
    campaign.price.or_else(supplier).unwrap_or(PAPER_PRICE)
}

impl Passed<'_> {
    /// How many came how far.
    pub(super) fn steps(&self) -> Steps {
        let people: HashSet<u32> = self.sent.iter().map(|text| text.contact.person).collect();
        Steps {
            again: 0,
            contacts: self.contacts,
            held_out: self.held_out,
            wordless: self.wordless,
            resting: self.resting,
            unpaid: self.unpaid,
            texts: self.sent.len() as u64,
            parts: self.sent.iter().map(|text| text.parts).sum(),
            people: people.len() as u64,
        }
    }

    /// The texts by outcome.
    pub(super) fn told(&self, outcomes: &Seen<Outcome>) -> BTreeMap<Outcome, Told> {
        let mut by_number: BTreeMap<u32, Told> = BTreeMap::new();
        for text in &self.sent {
            let told = by_number.entry(text.contact.outcome).or_default();
            told.texts += 1;
            told.parts += text.parts;
            told.weaker += u64::from(text.contact.weaker);
        }
        let named = by_number.into_iter();
        named.filter_map(|(n, told)| Some((outcomes.get(n)?.clone(), told))).collect()
    }

    /// How long texts waited, and how many fell due together.
    pub(super) fn queue(&self) -> Queue {
        let wait = |text: &Sent<'_>| text.at.duration_since(text.contact.closed_at);
        let mut waits: Vec<SignedDuration> = self.sent.iter().map(wait).collect();
        waits.sort_unstable();
        let minutes = |wait: Option<&SignedDuration>| {
            wait.and_then(|wait| u64::try_from(wait.as_mins()).ok()).unwrap_or_default()
        };
        let mut openings: BTreeMap<Timestamp, u64> = BTreeMap::new();
        for text in self.sent.iter().filter(|text| text.waited) {
            *openings.entry(text.at).or_default() += 1;
        }
        let busiest = openings.iter().max_by_key(|(at, texts)| (**texts, Reverse(**at)));
        Queue {
            waiting: openings.values().sum(),
            typical_minutes: minutes(waits.get(waits.len() / 2)),
            longest_minutes: minutes(waits.last()),
            busiest: busiest.map(|(at, texts)| (*at, *texts)),
            stale_rows: 0,
        }
    }
}
