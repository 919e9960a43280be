//! The fold itself: contacts and logs come one at a time, so that a million need not be in memory.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use jiff::{Timestamp, ToSpan};

use super::{
    Calls, Day, Delay, DeskFigures, Figures, Group, Held, Logs, Period, Report, Trial, taken,
};
use crate::budget::{Money, Month};
use crate::campaign::CampaignId;
use crate::contact::{Contact, ContactId, State};
use crate::conversation::Question;
use crate::desk::{DESKS, Task};
use crate::eligibility::{RULES, RuleId, Verdict};
use crate::followup::{FollowUp, Kind};
use crate::hours::LONDON;
use crate::logbook::{CallerRecord, LogRecord};
use crate::score::Score;

/// A report that is being made.
pub struct Fold<'a> {
    report: Report,
    /// What else was said, until its contact comes.
    said: HashMap<&'a ContactId, Vec<&'a FollowUp>>,
    /// The contacts of which somebody closed a task.
    acted_on: HashSet<&'a ContactId>,
    /// The contacts that were counted with a call, each by 64 bits of a hash: a million of them are
    /// told apart but for one chance in thirty million, and take a tenth of the room.
    called: HashSet<u64>,
}

impl Report {
    /// Begins a report. The tasks are those received since the period began, also after its end:
    /// those of its days are counted with their desks, and any may be about one of its contacts.
    pub fn begin<'a>(
        tasks: impl IntoIterator<Item = &'a Task>,
        follow_ups: impl IntoIterator<Item = &'a FollowUp>,
        period: Period,
        made_at: Timestamp,
    ) -> Fold<'a> {
        let mut fold = Fold {
            report: Self {
                period,
                made_at,
                campaigns: BTreeMap::new(),
                total: Figures::default(),
                logs: Logs::default(),
                desks: DESKS.map(|(desk, _)| (desk, DeskFigures::default())).into(),
                money: BTreeMap::new(),
                experiments: Vec::new(),
            },
            said: HashMap::new(),
            acted_on: HashSet::new(),
            called: HashSet::new(),
        };
        for task in tasks {
            fold.task(task);
        }
        for follow_up in follow_ups.into_iter().filter(|f| f.may_have_been_sent()) {
            fold.report.total.add_follow_up(follow_up);
            if let Some(contact) = &follow_up.contact {
                fold.said.entry(contact).or_default().push(follow_up);
            }
        }
        fold
    }

    /// Folds contacts and what else was said into a report, without the logs they are about.
    pub fn fold<'a>(
        contacts: impl IntoIterator<Item = &'a Contact>,
        follow_ups: impl IntoIterator<Item = &'a FollowUp>,
        period: Period,
        made_at: Timestamp,
    ) -> Self {
        let mut fold = Self::begin([], follow_ups, period, made_at);
        for contact in contacts {
            fold.contact(contact, None);
        }
        fold.finish(&BTreeMap::new(), Vec::new())
    }
}

impl Fold<'_> {
    /// Adds a contact planned in the period; each once. `closed_at` is when the log it tells of was
    /// closed, where that is known.
    ///
    /// A follow-up is counted with its contact's campaign; one to a stranger, or whose contact is of
    /// another period, in the total alone.
    pub fn contact(&mut self, contact: &Contact, closed_at: Option<Timestamp>) {
        let acted_on = self.acted_on.contains(&contact.id);
        let seen = Seen { contact, closed_at, acted_on };
        self.report.total.add(&seen);
        let figures = entry(&mut self.report.campaigns, &contact.campaign);
        figures.add(&seen);
        let said = self.said.remove(&contact.id).unwrap_or_default();
        for follow_up in &said {
            figures.add_follow_up(follow_up);
        }
        let months = entry(&mut self.report.money, &contact.campaign);
        if let Some(held) = contact.reservation {
            months.entry(held.month).or_default().spend.add(contact, held);
        }
        for follow_up in said {
            months.entry(follow_up.month()).or_default().spend.add_follow_up(follow_up);
        }
    }

    /// Adds a log opened in the period; each once. `contacts` has those ever planned for its callers.
    pub fn log(&mut self, record: &LogRecord, contacts: &Contacts<'_>) {
        let log = &record.log;
        let logs = &mut self.report.logs;
        logs.logs += 1;
        if let Some(closed_at) = log.closed_at {
            logs.closed += 1;
            logs.opened_to_closed.add(closed_at.duration_since(log.opened_at));
        }
        let area = entry(&mut logs.areas, &log.area);
        for caller in &record.callers {
            let mut call = Calls { all: 1, ..Calls::default() };
            if log.closed_at.is_some() {
                call.closed = 1;
                let found = contact_of(caller, record, contacts);
                let texted = found.is_some_and(|contact| taken(contact.state));
                match caller.decision.verdict {
                    Verdict::Text => call.eligible = 1,
                    _ if texted => call.eligible = 1,
                    Verdict::Hold => call.held = 1,
                    Verdict::Never => call.never = 1,
                }
                if call.eligible == 1 {
                    let again = found.is_some_and(|c| !self.called.insert(mark(&c.id)));
                    let acted_on = found.is_some_and(|c| self.acted_on.contains(&c.id));
                    if again { call.again = 1 } else { call.follow(found, acted_on) }
                } else {
                    let rules = &caller.decision.rules;
                    let first = RULES.iter().map(|rule| rule.id).find(|id| rules.contains(id));
                    for rule in rules {
                        let held: &mut Held = logs.holds.entry(*rule).or_default();
                        held.calls += 1;
                        held.alone += u64::from(rules.len() == 1);
                        held.first += u64::from(first == Some(*rule));
                        *area.rules.entry(*rule).or_default() += 1;
                    }
                }
            }
            logs.calls.add(&call);
            area.calls.add(&call);
        }
    }

    /// Ends the report, with what each campaign in force may spend in a month, and the experiments.
    pub fn finish(mut self, caps: &BTreeMap<CampaignId, Money>, experiments: Vec<Trial>) -> Report {
        let (period, now) = (self.report.period, self.report.made_at);
        for (campaign, months) in &mut self.report.money {
            for (month, money) in months {
                money.cap = caps.get(campaign).copied();
                if period.covers(*month, now) {
                    money.forecast = money.spend.forecast(*month, now);
                }
            }
        }
        self.report.money.retain(|_, months| !months.is_empty());
        self.report.experiments = experiments;
        self.report
    }
}

impl<'a> Fold<'a> {
    fn task(&mut self, task: &'a Task) {
        if task.closed.is_some() {
            self.acted_on.extend(&task.contact);
        }
        if !self.report.period.holds(task.received_at) {
            return;
        }
        let now = self.report.made_at;
        let desk = self.report.desks.entry(task.desk).or_default();
        desk.tasks += 1;
        desk.to_desk.add(task.time_to_desk());
        desk.late += u64::from(task.is_late(now));
        desk.reminded += u64::from(task.overdue_at.is_some());
        desk.rings += task.rung.map_or(0, |(_, rings)| u64::from(rings));
        if let Some(took) = task.time_to_take() {
            desk.taken += 1;
            desk.in_time += u64::from(!task.is_late(now));
            desk.to_taken.add(took);
        }
        if let Some(closed) = &task.closed {
            desk.closed += 1;
            desk.results += u64::from(closed.result.is_some());
        }
    }
}

impl Period {
    /// Whether it has every day of a month that has come.
    fn covers(&self, month: Month, now: Timestamp) -> bool {
        let today = now.to_zoned(LONDON.clone()).date();
        self.from <= month.first() && month.last().min(today) <= self.to
    }
}

/// Contacts by their ids.
pub type Contacts<'c> = HashMap<&'c ContactId, &'c Contact>;

/// The rules that keep a caller of a closed log from being texted; none of one who is eligible.
pub(super) fn kept_out<'r>(
    caller: &'r CallerRecord,
    record: &LogRecord,
    contacts: &Contacts<'_>,
) -> &'r [RuleId] {
    let texted = contact_of(caller, record, contacts).is_some_and(|c| taken(c.state));
    let eligible = caller.decision.verdict == Verdict::Text || texted;
    if record.log.closed_at.is_none() || eligible { &[] } else { &caller.decision.rules }
}

/// The contact a call is counted with: the one planned now, else one that was texted before something
/// came to stand against it.
fn contact_of<'c>(
    caller: &CallerRecord,
    record: &LogRecord,
    contacts: &Contacts<'c>,
) -> Option<&'c Contact> {
    let find = |id: &ContactId| contacts.get(id).copied();
    let planned = caller.contact.as_ref().and_then(find);
    let person = caller.caller.person.as_ref();
    let theirs = record.contacts.iter().filter(|id| Some(id.person()) == person);
    planned.or_else(|| theirs.filter_map(find).find(|contact| taken(contact.state)))
}

fn mark(id: &ContactId) -> u64 {
    // With fixed keys, so that a report that is made again says the same.
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

impl Calls {
    /// Follows an eligible call to where its contact stands.
    fn follow(&mut self, contact: Option<&Contact>, acted_on: bool) {
        let Some(contact) = contact else {
            self.waiting = 1;
            return;
        };
        match contact.state {
            State::Control => self.control = 1,
            State::Cancelled | State::Refused => self.not_sent = 1,
            State::Planned | State::Queued | State::Claimed | State::Unknown | State::Parked => {
                self.waiting = 1;
            }
            State::Accepted | State::Undelivered => self.texted = 1,
            State::Delivered => {
                (self.texted, self.delivered) = (1, 1);
                self.replied = u64::from(contact.answer.is_some());
                self.acted_on = self.replied * u64::from(acted_on);
            }
        }
    }

    fn add(&mut self, other: &Self) {
        let Self {
            all,
            closed,
            never,
            held,
            eligible,
            again,
            control,
            waiting,
            not_sent,
            texted,
            delivered,
            replied,
            acted_on,
        } = other;
        self.all += all;
        self.closed += closed;
        self.never += never;
        self.held += held;
        self.eligible += eligible;
        self.again += again;
        self.control += control;
        self.waiting += waiting;
        self.not_sent += not_sent;
        self.texted += texted;
        self.delivered += delivered;
        self.replied += replied;
        self.acted_on += acted_on;
    }
}

/// A contact, and what is known of it besides.
pub(super) struct Seen<'a> {
    pub(super) contact: &'a Contact,
    pub(super) closed_at: Option<Timestamp>,
    pub(super) acted_on: bool,
}

impl Seen<'_> {
    /// When its text left, of one whose text the supplier took.
    pub(super) fn texted_at(&self) -> Timestamp {
        // One that was taken has been claimed, whatever an earlier release wrote down.
        self.contact.texted_at().unwrap_or(self.contact.due_at)
    }

    /// How long after closure its text left.
    pub(super) fn delay(&self) -> Delay {
        let since = |closed_at| Delay::of(self.texted_at().duration_since(closed_at));
        self.closed_at.map_or(Delay::Unknown, since)
    }
}

/// The hour of London's clock.
pub(super) fn hour(at: Timestamp) -> u8 {
    at.to_zoned(LONDON.clone()).hour().unsigned_abs()
}

impl Figures {
    fn add(&mut self, seen: &Seen<'_>) {
        let Seen { contact, acted_on, .. } = seen;
        *self.states.entry(contact.state).or_default() += 1;
        let date = contact.planned_at.to_zoned(LONDON.clone()).date();
        let day: &mut Day = self.days.entry(date).or_default();
        day.planned += 1;
        if let Some(reservation) = contact.reservation {
            self.segments += contact.segments as u64;
            self.cost = self.cost + reservation.amount;
        }
        if taken(contact.state) {
            day.texted += 1;
            let since_monday = i64::from(date.weekday().to_monday_zero_offset());
            self.add_texted(seen, date.saturating_sub(since_monday.days()));
        }
        let Some(answer) = &contact.answer else { return };
        self.days.entry(date).or_default().answered += 1;
        self.answered += 1;
        self.answered_delivered += u64::from(contact.state == State::Delivered);
        self.acted_on += u64::from(*acted_on);
        self.replies += answer.messages.len() as u64;
        *self.classes.entry(answer.class).or_default() += 1;
        *self.sentiments.entry(answer.sentiment).or_default() += 1;
        if let Some(score) = answer.score {
            *self.scores.entry(score).or_default() += 1;
        }
        if let Some(score) = answer.to(Question::Confidence).and_then(|g| Score::new(g.value)) {
            *self.confidence.entry(score).or_default() += 1;
        }
        if let Some(given) = answer.to(Question::CallAgain) {
            self.call_again.of += 1;
            self.call_again.part += u64::from(given.value == 1);
        }
    }

    /// Adds a contact whose text the supplier took.
    fn add_texted(&mut self, seen: &Seen<'_>, monday: jiff::civil::Date) {
        let contact = seen.contact;
        entry(&mut self.outcomes, &contact.outcome).add(contact);
        entry(&mut self.areas, &contact.area).add(contact);
        self.weeks.entry(monday).or_default().add(contact);
        let texted_at = seen.texted_at();
        self.hours.entry(hour(texted_at)).or_default().add(contact);
        self.delays.entry(seen.delay()).or_default().add(contact);
        if let Some(closed_at) = seen.closed_at {
            self.closed_to_texted.add(texted_at.duration_since(closed_at));
        }
        if let Some(delivered_at) = contact.delivered_at() {
            self.texted_to_delivered.add(delivered_at.duration_since(texted_at));
        }
        if let Some(replied_at) = contact.first_reply_at() {
            self.texted_to_reply.add(replied_at.duration_since(texted_at));
        }
    }

    fn add_follow_up(&mut self, follow_up: &FollowUp) {
        self.follow_ups += 1;
        self.results_told += u64::from(matches!(follow_up.kind, Kind::Result(_)));
        self.segments += follow_up.segments as u64;
        self.cost = self.cost + follow_up.cost;
    }
}

impl Group {
    fn add(&mut self, contact: &Contact) {
        let delivered = contact.state == State::Delivered;
        self.texted += 1;
        self.delivered += u64::from(delivered);
        let Some(answer) = &contact.answer else { return };
        self.answered += u64::from(delivered);
        *self.sentiments.entry(answer.sentiment).or_default() += 1;
        if let Some(score) = answer.score {
            *self.scores.entry(score).or_default() += 1;
        }
    }
}

/// The value of a key, made when it is the first; a key that is known is not copied.
fn entry<'m, K, V>(map: &'m mut BTreeMap<K, V>, key: &K) -> &'m mut V
where
    K: Ord + Clone,
    V: Default,
{
    if !map.contains_key(key) {
        map.insert(key.clone(), V::default());
    }
    map.entry(key.clone()).or_default()
}
