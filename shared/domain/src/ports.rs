//! What the rules need of the world: each trait is a question or a deed of one part of it.
//!
//! Each has two implementations: the adapter, and the world in memory of `shared/testkit`; one
//! contract in `testkit::contract` holds both to the same behaviour. The rules that join calls
//! together, such as [`Ledger::claim`], are provided here, so no adapter can get them wrong.
#![expect(async_fn_in_trait, reason = "the runtime asks neither Send nor 'static of a handler")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::approval::Who;
use crate::audit::{Act, Deed, Entry};
use crate::budget::{Money, Month};
use crate::campaign::{Campaign, CampaignId, Pause, Published, Scope};
use crate::contact::{
    Agenda, Bill, Contact, ContactId, Reply, Reservation, SendClaim, State, Step,
};
use crate::desk::{DESKS, Desk, Lane, Task, TaskId, TaskStep};
use crate::experiment::Registered;
use crate::figures::Period;
use crate::followup::{FollowUp, FollowUpClaim, FollowUpId, FollowUpStep};
use crate::force::Profile;
use crate::incident::{CrimeLink, LogNumber};
use crate::logbook::{INCIDENT_MAX_LOGS, IncidentFile, LogFile, LogRecord};
use crate::messages::InboundMessage;
use crate::partner::{Partner, PartnerScore};
use crate::person::{PersonId, hex};
use crate::phone::Mobile;
use crate::prices::Prices;
use crate::record::{self, Sealed};
use crate::reply::{Class, Reading};
use crate::sentiment::{Sentiment, Valence};
use crate::supplier::SupplierName;
use crate::wording::Wording;

/// What was published: campaigns and the force profile.
pub trait Catalogue {
    /// The campaigns in force, by name.
    async fn campaigns(&self) -> anyhow::Result<Vec<Published<Campaign>>>;
    /// One version of a campaign, in force or not: a contact keeps the one it was planned under.
    async fn campaign(&self, id: &CampaignId, version: u32) -> anyhow::Result<Option<Campaign>>;
    /// The force profile in use.
    async fn profile(&self) -> anyhow::Result<Option<Published<Profile>>>;
    /// What holds at this moment, in one read: versions, prices, pauses.
    async fn in_force(&self) -> anyhow::Result<InForce>;
}

/// The partners of the file exchange that were published.
pub trait Partners {
    /// The version of a partner that is in force, by the partner's name.
    async fn partner(&self, name: &str) -> anyhow::Result<Option<Published<Partner>>>;
}

/// The plans of experiments that were handed in.
pub trait Experiments {
    /// The plan of each experiment, and when it was handed in: the latest version counts, for other
    /// words under the same name are another plan.
    async fn plans(&self) -> anyhow::Result<Vec<Published<Registered>>>;
}

/// What holds at this moment.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct InForce {
    /// Each campaign's version.
    pub campaigns: BTreeMap<CampaignId, u32>,
    /// The campaigns that somebody ended: nothing is planned by them, and what was is not sent.
    pub ended: BTreeSet<CampaignId>,
    /// What suppliers charge.
    pub prices: Prices,
    /// What is paused, ended pauses included.
    pub pauses: Vec<Pause>,
}

impl InForce {
    /// The pause that keeps a campaign from texting now.
    pub fn paused(&self, campaign: &CampaignId, now: Timestamp) -> Option<&Pause> {
        self.pauses.iter().find(|pause| pause.holds(campaign, now))
    }
}

/// The kill switch: what it stops is not texted from the next message on.
pub trait Switch {
    /// Pauses; `false` when the same scope was paused already, whose reason stays.
    async fn pause(&self, pause: &Pause) -> anyhow::Result<bool>;
    /// Notes that somebody was told of a pause.
    async fn told(&self, scope: &Scope) -> anyhow::Result<()>;
    /// Ends a pause; `false` when there was none.
    async fn resume(&self, scope: &Scope) -> anyhow::Result<bool>;
}

/// The logs and the crime links.
pub trait LogBook {
    /// Everything kept under a log's number.
    async fn log(&self, number: &LogNumber) -> anyhow::Result<LogFile>;
    /// Keeps a log and the names of its duplicates if nobody has written since the file's
    /// revision; `false` when somebody has. Links are kept by [`LogBook::keep_link`].
    async fn keep_log(&self, record: &LogRecord, file: &LogFile) -> anyhow::Result<bool>;
    /// Notes under a main log, extracted or not, that another named it; the same again is nothing.
    async fn keep_duplicate(&self, main: &LogNumber, duplicate: &LogNumber) -> anyhow::Result<()>;
    /// Keeps a crime link under the log, the person, or both; a new revision of the log, so that
    /// whoever is writing it sees the link.
    async fn keep_link(&self, link: &CrimeLink) -> anyhow::Result<()>;
    /// The logs opened on a day of London's calendar, in any order; one kept by a release that did not
    /// list them is left out until it is kept again.
    async fn logs_opened(&self, day: Date) -> anyhow::Result<Vec<LogRecord>>;
    /// Many logs at once, in any order; one that was never extracted or is gone is left out.
    async fn logs(&self, numbers: &[LogNumber]) -> anyhow::Result<Vec<LogRecord>>;

    /// The incident a log belongs to.
    ///
    /// Follows main logs and duplicates until nothing new is found, so a circle ends; one read for
    /// each log of the incident.
    async fn incident(&self, number: &LogNumber) -> anyhow::Result<IncidentFile> {
        let mut incident = IncidentFile::default();
        let mut ends = vec![(number.clone(), self.log(number).await?)];
        while let Some((number, file)) = ends.pop() {
            for other in file.neighbours() {
                let known = incident.files.contains_key(other)
                    || ends.iter().any(|(end, _)| end == other)
                    || *other == number;
                if known || incident.files.len() + ends.len() > INCIDENT_MAX_LOGS {
                    continue;
                }
                let found = self.log(other).await?;
                if file.belongs_with(&number, other, &found) {
                    ends.push((other.clone(), found));
                }
            }
            incident.files.insert(number, file);
        }
        Ok(incident)
    }
}

/// Everything kept about one person.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PersonFile {
    /// When they opted out, if they did.
    pub opted_out: Option<Timestamp>,
    /// Crime links that name them.
    pub links: Vec<CrimeLink>,
    /// Their contacts.
    pub contacts: Vec<Contact>,
    /// What else was said to them, or is to be.
    pub follow_ups: Vec<FollowUp>,
}

/// A change of one month's budget of one campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BudgetMove {
    /// Nothing changes.
    None,
    /// Take this much, unless it would pass the cap.
    Reserve {
        /// How much of which month.
        reservation: Reservation,
        /// The cap of that month.
        cap: Money,
    },
    /// Give this much back.
    Return(Reservation),
}

impl BudgetMove {
    /// What it takes.
    pub fn reserved(&self) -> Money {
        match self {
            Self::Reserve { reservation, .. } => reservation.amount,
            Self::None | Self::Return(_) => Money::ZERO,
        }
    }

    /// What goes back when a contact holds less than before.
    fn back(before: Option<Reservation>, after: Option<Reservation>) -> Self {
        let Some(held) = before else { return Self::None };
        let kept = after.map_or(Money::ZERO, |after| after.amount);
        match held.amount.saturating_sub(kept) {
            Money::ZERO => Self::None,
            amount => Self::Return(Reservation { amount, ..held }),
        }
    }
}

/// What became of a conditional write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It is written.
    Yes,
    /// Somebody wrote first: load again.
    Conflict,
    /// The budget does not allow it.
    OverBudget,
}

/// What became of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advance {
    /// The contact moved.
    Moved(Contact),
    /// The step may not be taken from where the contact is.
    Stayed(Contact),
    /// There is no such contact.
    Missing,
}

/// What a claim found.
#[derive(Debug)]
pub enum Claim {
    /// Ours: text once.
    Granted(Box<SendClaim>),
    /// Another delivery holds it, or it was written to since it was seen: come back and look again.
    Held,
    /// There is nothing to send.
    Settled(State),
    /// The month's budget is spent.
    OverBudget,
    /// There is no such contact.
    Missing,
}

/// How often a write that lost a race is tried again before the queue is asked to bring the
/// message back.
const TRIES: u32 = 8;

/// The contacts and the people.
pub trait Ledger {
    /// Everything kept about a person, as of now.
    async fn person(&self, person: &PersonId) -> anyhow::Result<PersonFile>;
    /// One contact, as of now.
    async fn contact(&self, id: &ContactId) -> anyhow::Result<Option<Contact>>;
    /// Keeps a number until then, or for as long as it is already kept.
    async fn keep_number(
        &self,
        person: &PersonId,
        mobile: &Mobile,
        until: Timestamp,
    ) -> anyhow::Result<()>;
    /// Keeps a new contact; `false` when it was planned before. Its number is kept before it.
    async fn plan(&self, contact: &Contact) -> anyhow::Result<bool>;
    /// Replaces a contact by its next revision, moving the budget in the same write.
    async fn replace(&self, next: &Contact, budget: &BudgetMove) -> anyhow::Result<Written>;
    /// Records that a person opted out, for ever; of several times the latest counts.
    async fn opt_out(&self, person: &PersonId, at: Timestamp) -> anyhow::Result<()>;
    /// Records that a person opted in again, unless they opted out after that moment.
    async fn opt_in(&self, person: &PersonId, at: Timestamp) -> anyhow::Result<()>;
    /// The contacts on a list that are due by `until`, each with when it was or is due, soonest first.
    async fn agenda(
        &self,
        list: Agenda,
        until: Timestamp,
    ) -> anyhow::Result<Vec<(ContactId, Timestamp)>>;
    /// The settled contacts planned from `from` to `to`, both included.
    async fn settled(&self, from: Date, to: Date) -> anyhow::Result<Vec<ContactId>>;
    /// Many contacts at once, in any order; one that is gone is left out.
    async fn contacts(&self, ids: &[ContactId]) -> anyhow::Result<Vec<Contact>>;

    /// Every contact planned in a period.
    async fn planned_within(&self, period: Period) -> anyhow::Result<Vec<Contact>> {
        let mut contacts = self.contacts(&self.may_be_of(period).await?).await?;
        contacts.retain(|contact| period.has(contact));
        Ok(contacts)
    }

    /// Every contact planned in a period, each once, and others that are open.
    async fn may_be_of(&self, period: Period) -> anyhow::Result<Vec<ContactId>> {
        // In the order of a contact's life: one that moves while we read is found twice, never not.
        let mut ids = Vec::new();
        for list in [Agenda::Due, Agenda::Watch, Agenda::Parked] {
            let listed = self.agenda(list, Timestamp::MAX).await?;
            ids.extend(listed.into_iter().map(|(id, _)| id));
        }
        ids.extend(self.settled(period.from, period.to).await?);
        ids.sort_unstable();
        ids.dedup();
        Ok(ids)
    }

    /// Takes one step, however many others write at the same time.
    async fn advance(
        &self,
        id: &ContactId,
        step: &Step,
        now: Timestamp,
    ) -> anyhow::Result<Advance> {
        for _ in 0..TRIES {
            let Some(contact) = self.contact(id).await? else { return Ok(Advance::Missing) };
            let Some(next) = contact.after(step, now) else { return Ok(Advance::Stayed(contact)) };
            let budget = BudgetMove::back(contact.reservation, next.reservation);
            match self.replace(&next, &budget).await? {
                Written::Yes => return Ok(Advance::Moved(next)),
                Written::Conflict => {}
                Written::OverBudget => anyhow::bail!("a return was refused by the budget"),
            }
        }
        anyhow::bail!("contact {id} changed {TRIES} times while we wrote")
    }

    /// The same, of a contact that was just read: it is read again only if somebody wrote meanwhile.
    async fn advance_seen(
        &self,
        seen: &Contact,
        step: &Step,
        now: Timestamp,
    ) -> anyhow::Result<Advance> {
        if let Some(next) = seen.after(step, now) {
            let budget = BudgetMove::back(seen.reservation, next.reservation);
            if self.replace(&next, &budget).await? == Written::Yes {
                return Ok(Advance::Moved(next));
            }
        }
        self.advance(&seen.id, step, now).await
    }

    /// Adds a reply to a contact, however many others write at the same time, and gives the contact
    /// with it; `None` when the contact is gone.
    async fn answer(&self, id: &ContactId, reply: &Reply) -> anyhow::Result<Option<Contact>> {
        for _ in 0..TRIES {
            let Some(contact) = self.contact(id).await? else { return Ok(None) };
            let Some(next) = contact.answered(reply) else { return Ok(Some(contact)) };
            if self.replace(&next, &BudgetMove::None).await? == Written::Yes {
                return Ok(Some(next));
            }
        }
        anyhow::bail!("contact {id} changed {TRIES} times while we wrote")
    }

    /// Notes what the supplier charges, and gives back what was reserved beyond it.
    async fn bill(&self, id: &ContactId, bill: Bill, now: Timestamp) -> anyhow::Result<bool> {
        for _ in 0..TRIES {
            let Some(contact) = self.contact(id).await? else { return Ok(false) };
            let Some(next) = contact.billed(bill, now) else { return Ok(false) };
            let budget = BudgetMove::back(contact.reservation, next.reservation);
            if self.replace(&next, &budget).await? == Written::Yes {
                return Ok(true);
            }
        }
        anyhow::bail!("contact {id} changed {TRIES} times while we wrote")
    }

    /// Keeps a partner's score, unless a later one is kept.
    async fn score(&self, id: &ContactId, score: &PartnerScore) -> anyhow::Result<Advance> {
        for _ in 0..TRIES {
            let Some(contact) = self.contact(id).await? else { return Ok(Advance::Missing) };
            let Some(next) = contact.scored(score) else { return Ok(Advance::Stayed(contact)) };
            if self.replace(&next, &BudgetMove::None).await? == Written::Yes {
                return Ok(Advance::Moved(next));
            }
        }
        anyhow::bail!("contact {id} changed {TRIES} times while we wrote")
    }

    /// Claims a contact as it was seen at the last look: the only way to a [`SendClaim`], and so to a
    /// supplier.
    ///
    /// The cost is reserved in the same write, and whatever was written to the contact since the
    /// look makes that write fail: what was decided on may hold no more. A claim has three findings
    /// — granted, held, settled — because a claim whose delivery died must be found again, not
    /// taken for done.
    async fn claim(&self, seen: &Contact, quote: &Quote, now: Timestamp) -> anyhow::Result<Claim> {
        let reservation = Reservation { month: Month::of(now), amount: quote.cost };
        let lease_until = now.saturating_add(LEASE).unwrap_or(Timestamp::MAX);
        let step = Step::Claim { lease_until, segments: quote.segments, reservation };
        if let Some(next) = seen.after(&step, now) {
            let budget = BudgetMove::Reserve { reservation, cap: quote.monthly_cap };
            match self.replace(&next, &budget).await? {
                Written::Yes => return Ok(Claim::Granted(Box::new(SendClaim::won(next)))),
                Written::OverBudget => return Ok(Claim::OverBudget),
                Written::Conflict => {}
            }
        }
        Ok(match self.contact(&seen.id).await? {
            None => Claim::Missing,
            Some(contact) => match contact.state {
                State::Claimed | State::Queued => Claim::Held,
                settled => Claim::Settled(settled),
            },
        })
    }
}

/// What is texted to people after the first text.
pub trait FollowUps {
    /// Keeps a new follow-up; `false` when it was planned before.
    async fn plan_follow_up(&self, follow_up: &FollowUp) -> anyhow::Result<bool>;
    /// One follow-up, as of now.
    async fn follow_up(&self, id: &FollowUpId) -> anyhow::Result<Option<FollowUp>>;
    /// Replaces a follow-up by its next revision, moving its campaign's budget in the same write.
    async fn replace_follow_up(
        &self,
        next: &FollowUp,
        campaign: Option<&CampaignId>,
        budget: &BudgetMove,
    ) -> anyhow::Result<Written>;
    /// The open follow-ups that are due by `until`, soonest first.
    async fn follow_ups_due(&self, until: Timestamp) -> anyhow::Result<Vec<FollowUpId>>;
    /// The settled follow-ups planned from `from` to `to`, both included.
    async fn follow_ups_settled(&self, from: Date, to: Date) -> anyhow::Result<Vec<FollowUp>>;

    /// Every follow-up planned in a period.
    async fn follow_ups_within(&self, period: Period) -> anyhow::Result<Vec<FollowUp>> {
        // The open ones first: one that is settled while we read is found twice, never not.
        let mut found = BTreeMap::new();
        for id in self.follow_ups_due(Timestamp::MAX).await? {
            found.extend(self.follow_up(&id).await?.map(|follow_up| (id, follow_up)));
        }
        let settled = self.follow_ups_settled(period.from, period.to).await?;
        found.extend(settled.into_iter().map(|follow_up| (follow_up.id.clone(), follow_up)));
        found.retain(|_, follow_up| period.holds(follow_up.planned_at));
        Ok(found.into_values().collect())
    }

    /// Takes one step, however many others write at the same time; `false` where it may not be taken.
    ///
    /// `campaign` is whose budget gets back what the step gives back.
    async fn advance_follow_up(
        &self,
        id: &FollowUpId,
        step: &FollowUpStep,
        campaign: Option<&CampaignId>,
        now: Timestamp,
    ) -> anyhow::Result<bool> {
        for _ in 0..TRIES {
            let Some(follow_up) = self.follow_up(id).await? else { return Ok(false) };
            let Some(next) = follow_up.after(step, now) else { return Ok(false) };
            let budget = BudgetMove::back(follow_up.reservation, next.reservation);
            match self.replace_follow_up(&next, campaign, &budget).await? {
                Written::Yes => return Ok(true),
                Written::Conflict => {}
                Written::OverBudget => anyhow::bail!("a return was refused by the budget"),
            }
        }
        anyhow::bail!("follow-up {id} changed {TRIES} times while we wrote")
    }

    /// Claims a follow-up as it was seen at the last look: the only way to a [`FollowUpClaim`].
    ///
    /// Its cost is reserved in the same write, where it has one; `None` when somebody wrote first or
    /// the budget does not allow it.
    async fn claim_follow_up(
        &self,
        seen: &FollowUp,
        quote: &Charge<'_>,
        now: Timestamp,
    ) -> anyhow::Result<Result<FollowUpClaim, Written>> {
        let month = Month::of(now);
        let amount = quote.cost;
        let (campaign, month, budget) = match quote.budget {
            None => (None, None, BudgetMove::None),
            Some((campaign, cap)) => {
                let reservation = Reservation { month, amount };
                (Some(campaign), Some(month), BudgetMove::Reserve { reservation, cap })
            }
        };
        let step = FollowUpStep::Claim { segments: quote.segments, cost: amount, month };
        let Some(next) = seen.after(&step, now) else { return Ok(Err(Written::Conflict)) };
        match self.replace_follow_up(&next, campaign, &budget).await? {
            Written::Yes => Ok(Ok(FollowUpClaim::won(next))),
            refused => Ok(Err(refused)),
        }
    }
}

/// What a follow-up will cost, for its claim to reserve.
pub struct Charge<'a> {
    /// How many parts it has.
    pub segments: usize,
    /// What it costs.
    pub cost: Money,
    /// Whose budget bears it, and the cap; nothing for what counts against no cap.
    pub budget: Option<(&'a CampaignId, Money)>,
}

/// The desks, and what lies on them.
pub trait Desks {
    /// Lays a new task on its desk; `false` when it lay there before.
    async fn open_task(&self, task: &Task) -> anyhow::Result<bool>;
    /// One task, as of now.
    async fn task(&self, id: &TaskId) -> anyhow::Result<Option<Task>>;
    /// Replaces a task by its next revision; `false` when somebody wrote first.
    async fn replace_task(&self, next: &Task) -> anyhow::Result<bool>;
    /// The tasks on a list up to a moment, soonest first.
    async fn tasks(&self, lane: Lane, until: Timestamp) -> anyhow::Result<Vec<TaskId>>;
    /// Many tasks at once, in any order; one that is gone is left out.
    async fn all_tasks(&self, ids: &[TaskId]) -> anyhow::Result<Vec<Task>>;

    /// Every task whose reply came since then.
    async fn tasks_since(&self, since: Timestamp) -> anyhow::Result<Vec<Task>> {
        // In the order of a task's life: one that moves while we read is found twice, never not.
        let lanes = [Lane::Waiting, Lane::Overdue, Lane::Taken];
        let open = lanes.into_iter().flat_map(|lane| DESKS.map(|(desk, _)| lane(desk)));
        let mut ids = Vec::new();
        for lane in open.chain([Lane::Closed]) {
            ids.extend(self.tasks(lane, Timestamp::MAX).await?);
        }
        ids.sort_unstable();
        ids.dedup();
        let mut tasks = self.all_tasks(&ids).await?;
        tasks.retain(|task| task.received_at >= since);
        Ok(tasks)
    }

    /// Takes one step, however many others write at the same time.
    async fn act(&self, id: &TaskId, step: &TaskStep, now: Timestamp) -> anyhow::Result<Acted> {
        for _ in 0..TRIES {
            let Some(task) = self.task(id).await? else { return Ok(Acted::Missing) };
            let Some(next) = task.after(step, now) else { return Ok(Acted::Stayed(task)) };
            if self.replace_task(&next).await? {
                return Ok(Acted::Moved(next));
            }
        }
        anyhow::bail!("task {id} changed {TRIES} times while we wrote")
    }
}

/// What became of a step of a task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Acted {
    /// It moved.
    Moved(Task),
    /// The step may not be taken from where it is.
    Stayed(Task),
    /// There is no such task.
    Missing,
}

/// The time of one invocation.
#[derive(Debug, Clone, Copy)]
pub struct Time<N, E> {
    /// What time it is.
    pub now: N,
    /// Whether there is time for one more piece of work at its worst before the function is cut off.
    pub enough: E,
}

/// How long one delivery may hold a contact: longer than `send`'s timeout (30 s), shorter than
/// its queue's visibility (180 s). `tests/tidy.rs` compares them with the template.
pub const LEASE: SignedDuration = SignedDuration::from_secs(90);

/// What a text will cost, for the claim to reserve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    /// How many parts it has.
    pub segments: usize,
    /// What they cost together.
    pub cost: Money,
    /// What the campaign may spend in a month.
    pub monthly_cap: Money,
}

/// The numbers in clear, kept apart from everything else: only `send` and `reconcile` may read.
pub trait Numbers {
    /// The number, while a text or a reply is due.
    async fn number(&self, person: &PersonId) -> anyhow::Result<Option<Mobile>>;
    /// The number of whoever sent a reply, while it is kept; a short code or a foreign one is none to
    /// text.
    async fn sender(&self, reply: &TaskId) -> anyhow::Result<Option<Mobile>>;
    /// Forgets it: whoever holds it is not who we took them for.
    async fn forget_number(&self, person: &PersonId) -> anyhow::Result<()>;
}

/// A reply as a supplier brought it.
#[derive(Clone, PartialEq, Eq)]
pub struct Call {
    /// The supplier's name.
    pub supplier: String,
    /// The supplier's id of the message: the same call twice is one.
    pub message: String,
    /// Who sent it.
    pub person: PersonId,
    /// The sender as the supplier wrote it, for a person who must ring back.
    pub sender: String,
    /// Our reference of the text it answers, where the supplier knows.
    pub answers: Option<ContactId>,
    /// What they wrote.
    pub text: String,
    /// When the supplier had it.
    pub received_at: Timestamp,
}

impl Call {
    /// The number to answer to, while an answer may be due; a short code or a foreign one has none.
    pub fn mobile(&self) -> Option<Mobile> {
        Mobile::from_supplier(&self.sender)
    }
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Call({} {})", self.supplier, self.message)
    }
}

/// A reply that waits to be read, without its sender.
#[derive(Clone, PartialEq, Eq)]
pub struct Unread {
    /// Who sent it.
    pub person: PersonId,
    /// Our reference of the text it answers, where the supplier knows.
    pub answers: Option<ContactId>,
    /// What they wrote.
    pub text: String,
    /// When the supplier had it.
    pub received_at: Timestamp,
    /// When it was read, if it was.
    pub read_at: Option<Timestamp>,
}

impl std::fmt::Debug for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Unread({})", self.person)
    }
}

/// A supplier's call as it reached us: nothing in it is believed yet.
#[derive(Clone, Default)]
pub struct CallbackRequest {
    /// The supplier named in the path.
    pub supplier: String,
    /// What the call is about, from the path.
    pub kind: String,
    /// The query string as it came, without its question mark; some suppliers sign it.
    pub query: String,
    /// The headers, by their names in lower case.
    pub headers: BTreeMap<String, String>,
    /// The raw bytes.
    pub body: Vec<u8>,
    /// When it came: some suppliers sign the time, against replay.
    pub at: Timestamp,
}

impl CallbackRequest {
    /// A header, by its name in lower case; empty when it is missing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// What a supplier's call tells us. A call that is true and about nothing of ours tells nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// What became of a text, or what a partner makes of it; it goes on the queue as it is.
    Receipt(InboundMessage),
    /// A reply.
    Reply(Call),
}

/// Why a call was not taken. The caller is told no more than a status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// No such supplier, or no such kind of call.
    UnknownSupplier,
    /// More bytes than any supplier sends.
    TooLarge,
    /// Not signed by the supplier.
    Unsigned,
    /// Signed, and not of its documented form.
    Malformed,
}

/// The suppliers' languages: believes a call, then translates it.
pub trait Callbacks {
    /// Reads a call.
    ///
    /// # Errors
    /// Why it was not taken.
    fn read(&self, request: &CallbackRequest) -> Result<Vec<Heard>, Refusal>;
}

/// Where `webhook` leaves replies.
pub trait Doorstep {
    /// Keeps a call; `false` when it was kept before.
    async fn keep_call(&self, call: &Call) -> anyhow::Result<bool>;
}

/// Where `feedback` finds them.
pub trait Inbox {
    /// A kept call.
    async fn call(&self, supplier: &str, message: &str) -> anyhow::Result<Option<Unread>>;
    /// Notes that these words came from this person in this minute, and gives the message that said so
    /// first: another than this one means that the same was heard before.
    async fn first_said(&self, said: &Saying<'_>) -> anyhow::Result<TaskId>;
    /// Notes what a call was read as; the first reading counts, and `false` says that there was one.
    async fn note(&self, supplier: &str, message: &str, noted: &Noted) -> anyhow::Result<bool>;
}

/// Some words of some person in some minute, whatever ids a supplier gives them.
pub struct Saying<'a> {
    /// Who.
    pub person: &'a PersonId,
    /// What, and in which minute, as a hash: it shows nothing of the words.
    pub hash: String,
    /// The supplier and its id of this message.
    pub message: &'a TaskId,
    /// When the supplier had it.
    pub at: Timestamp,
}

impl<'a> Saying<'a> {
    /// What this message says.
    pub fn of(unread: &'a Unread, message: &'a TaskId) -> Self {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        hash.update(unread.text.trim());
        hash.update([0]);
        hash.update((unread.received_at.as_second() / 60).to_string());
        let hash = hex(&hash.finalize()[..16]);
        Self { person: &unread.person, hash, message, at: unread.received_at }
    }
}

/// A reader of the force's own, such as a language model in its account, asked after ours.
///
/// Whatever it says can only make a reply more urgent ([`Reading::raised`]); one that fails or is slow
/// is done without.
pub trait SecondReader {
    /// What it takes these words for; `None` where it has no opinion.
    async fn second(&self, text: &str) -> anyhow::Result<Option<Class>>;
}

/// What a reply was read as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Noted {
    /// When.
    pub at: Timestamp,
    /// The contact it answers, when one was found.
    pub contact: Option<ContactId>,
    /// What it means.
    pub reading: Reading,
}

/// A queue of messages of one kind.
pub trait Queue<M> {
    /// Puts them all, or fails.
    async fn put(&self, messages: &[M]) -> anyhow::Result<()>;
}

/// Permission to hand one text to a supplier, once: only a won claim gives one.
#[derive(Debug, Clone, Copy)]
pub struct Permit<'a>(Claimed<'a>);

#[derive(Debug, Clone, Copy)]
enum Claimed<'a> {
    Contact(&'a SendClaim),
    FollowUp(&'a FollowUpClaim),
}

impl Permit<'_> {
    /// What the supplier is to know the text by: the contact's id, or the follow-up's.
    pub fn reference(&self) -> String {
        match self.0 {
            Claimed::Contact(claim) => claim.contact().id.to_string(),
            Claimed::FollowUp(claim) => claim.follow_up().id.to_string(),
        }
    }

    /// When the text was due.
    pub fn due_at(&self) -> Timestamp {
        match self.0 {
            Claimed::Contact(claim) => claim.contact().due_at,
            Claimed::FollowUp(claim) => claim.follow_up().due_at,
        }
    }

    /// The contact, where the text is its first.
    pub fn contact(&self) -> Option<&Contact> {
        match self.0 {
            Claimed::Contact(claim) => Some(claim.contact()),
            Claimed::FollowUp(_) => None,
        }
    }
}

impl<'a> From<&'a SendClaim> for Permit<'a> {
    fn from(claim: &'a SendClaim) -> Self {
        Self(Claimed::Contact(claim))
    }
}

impl<'a> From<&'a FollowUpClaim> for Permit<'a> {
    fn from(claim: &'a FollowUpClaim) -> Self {
        Self(Claimed::FollowUp(claim))
    }
}

/// One text for one person, as it is handed to a supplier.
pub struct Order<'a> {
    /// Permission to send it, once; with the reference the supplier is to know it by.
    pub permit: Permit<'a>,
    /// Who is to send it.
    pub supplier: &'a SupplierName,
    /// To whom.
    pub to: &'a Mobile,
    /// What it says.
    pub wording: &'a Wording,
    /// The moment after which it must not arrive any more: the evening's end. A supplier that can
    /// give up by then is told to.
    pub good_until: Timestamp,
}

/// What a supplier made of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It took it.
    Accepted {
        /// Its id of the text.
        supplier_id: String,
    },
    /// It certainly did not take it; another try may succeed.
    Retry {
        /// How long to wait, when it said so.
        after: Option<SignedDuration>,
        /// Why, in words.
        why: String,
    },
    /// It will never take a text for this number.
    Refused {
        /// Why, in words.
        why: String,
        /// Whether it refuses because the person told it to stop.
        opted_out: bool,
    },
    /// It takes nothing from us until a person mends something: the campaign is paused.
    ConfigStop {
        /// Why, in words.
        why: String,
    },
    /// Nobody knows whether it took it.
    Ambiguous {
        /// Why, in words.
        why: String,
    },
}

/// A question to a supplier about one text.
pub struct Inquiry<'a> {
    /// Which supplier.
    pub supplier: &'a SupplierName,
    /// Our reference.
    pub reference: &'a ContactId,
    /// The supplier's id of the text, where it is known.
    pub supplier_id: Option<&'a str>,
    /// The number, while it is kept: some suppliers can only be asked by number.
    pub to: Option<&'a Mobile>,
    /// When the text was last claimed: it was handed over after that, if it was.
    pub claimed_at: Timestamp,
}

/// What a supplier knows of our reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup {
    /// It has the text.
    Known {
        /// Its id of the text.
        supplier_id: String,
        /// What became of it, when that is known.
        receipt: Option<crate::contact::Receipt>,
        /// What it charges, when that is known.
        bill: Option<Bill>,
    },
    /// It never had it.
    Unknown,
    /// It keeps no record that could answer.
    CannotSay,
}

/// A reply as a supplier lists it.
#[derive(Clone, PartialEq, Eq)]
pub struct Listed {
    /// The supplier's id of the message.
    pub message: String,
    /// The sender as the supplier writes it.
    pub sender: String,
    /// What they wrote.
    pub text: String,
    /// When the supplier had it.
    pub received_at: Timestamp,
}

impl std::fmt::Debug for Listed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listed({})", self.message)
    }
}

/// A reply as a person who must act on it reads it.
#[derive(Clone)]
pub struct ReplyFile {
    /// Who sent it, as the supplier wrote it, while that is kept.
    pub sender: Option<String>,
    /// What they wrote.
    pub text: String,
    /// When the supplier had it.
    pub received_at: Timestamp,
    /// When it was read as what follows.
    pub read_at: Option<Timestamp>,
    /// What it was read as.
    pub class: Option<Class>,
    /// The words that caused it.
    pub why: Vec<String>,
    /// The attitude it showed, and how strong.
    pub sentiment: Option<(Sentiment, Valence)>,
    /// The score it gave.
    pub score: Option<u8>,
    /// Whether the two disagree.
    pub disagrees: bool,
    /// The contact it answers.
    pub contact: Option<ContactId>,
}

/// Where a person finds a reply with its sender. Functions that only sort replies have [`Inbox`].
pub trait Replies {
    /// A reply, while it is kept.
    async fn reply(&self, id: &TaskId) -> anyhow::Result<Option<ReplyFile>>;
}

/// Somebody follows an alarm's link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// The reply it names.
    pub task: TaskId,
    /// The moment it says it is good until, in seconds since 1970.
    pub until: String,
    /// The signature it brings.
    pub key: String,
    /// Who says that they take it; nobody yet, where the page is only looked at.
    pub by: Option<String>,
}

/// The chain of what was done.
pub trait AuditTrail {
    /// Writes a deed down as the next entry; two at once cannot both be next.
    async fn note_deed(&self, deed: &Deed) -> anyhow::Result<Entry>;
}

/// A file as the chain names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filing {
    /// What its lines say was done.
    pub act: Act,
    /// Where it is to lie.
    pub key: String,
    /// How much is in it, in words.
    pub what: String,
    /// When.
    pub at: Timestamp,
}

/// Where the files lie whose hashes stand in the chain.
pub trait Archive {
    /// What a file is written to until it is laid down.
    type Draft: Write;
    /// Something to write to.
    fn draft(&self) -> anyhow::Result<Self::Draft>;
    /// Whether a file that was laid down with this hash lies there.
    async fn holds(&self, key: &str, sha256: &str) -> anyhow::Result<bool>;
    /// Lays a file down.
    async fn lay(&self, key: &str, file: Sealed<Self::Draft>) -> anyhow::Result<()>;

    /// Names a file in the chain and lays it down; `false` when it lies there already.
    ///
    /// The entry first: every file that lies there has one, whatever fails between the two. What died
    /// there is done again, and then has two.
    async fn file(
        &self,
        chain: &impl AuditTrail,
        filing: Filing,
        file: Sealed<Self::Draft>,
    ) -> anyhow::Result<bool> {
        let Filing { act, key, what, at } = filing;
        if self.holds(&key, &file.sha256).await? {
            return Ok(false);
        }
        let detail = record::detail(&what, &file.sha256);
        let deed = Deed { act, subject: key.clone(), detail, by: Who::ourselves(), at };
        chain.note_deed(&deed).await?;
        self.lay(&key, file).await?;
        Ok(true)
    }
}

/// The links of alarms.
pub trait AlarmLinks {
    /// Whether we made this link, and it is still good.
    fn opens(&self, visit: &Visit, now: Timestamp) -> bool;
}

/// Somebody who sends texts.
pub trait Supplier {
    /// Waits until the supplier may be given one more text: its pace, not ours.
    async fn turn(&self, supplier: &SupplierName);
    /// Texts once. Never an error: what became of the text is always one of [`Sent`].
    async fn send(&self, order: &Order<'_>) -> Sent;
    /// Asks what became of a text.
    async fn look_up(&self, inquiry: &Inquiry<'_>) -> anyhow::Result<Lookup>;
    /// The replies a supplier had since that moment, oldest first: those its calls brought, and
    /// those they did not. Empty for one that cannot be asked.
    async fn received(
        &self,
        supplier: &SupplierName,
        since: Timestamp,
    ) -> anyhow::Result<Vec<Listed>>;
}

/// How far somebody else's lists have been gone through: the replies that a supplier keeps, by its
/// name; what lies in the bucket.
pub trait Sweeps {
    /// Up to when, if ever.
    async fn swept(&self, list: &str) -> anyhow::Result<Option<Timestamp>>;
    /// Up to then.
    async fn sweep(&self, list: &str, until: Timestamp) -> anyhow::Result<()>;
}

/// An extract that landed.
pub struct Extract {
    /// Its bytes.
    pub body: Box<dyn Read + Send>,
    /// When it landed.
    pub taken_at: Timestamp,
    /// What tells these bytes from others under the same key.
    pub tag: String,
}

/// The force's extracts, and where rows that could not be read are laid.
pub trait Extracts {
    /// Opens an extract.
    async fn open(&self, key: &str) -> anyhow::Result<Extract>;
    /// Lays rejects beside; the same extract again replaces them.
    async fn reject(&self, key: &str, rejects: &[crate::feed::Reject]) -> anyhow::Result<()>;
    /// Notes that nobody need look at these bytes under this key again: they were read to their end,
    /// whatever came of it, or were given up.
    async fn done(&self, key: &str, tag: &str) -> anyhow::Result<()>;
}

/// Something that lies where files land.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Arrival {
    /// Its key.
    pub key: String,
    /// What tells these bytes from others under the same key.
    pub tag: String,
    /// When it landed, or was last set off.
    pub at: Timestamp,
}

/// What landed, so that what nobody was told of is found.
pub trait Arrivals {
    /// What lies in a folder.
    async fn lying_in(&self, folder: &str) -> anyhow::Result<Vec<Arrival>>;
    /// Keys and tags of what was done with lately, read or given up.
    async fn done_with(&self) -> anyhow::Result<BTreeSet<(String, String)>>;
    /// How often a file was set off anew.
    async fn times_set_off(&self, key: &str) -> anyhow::Result<u32>;
    /// Lets a file land anew, as it is, for the so-manieth time.
    async fn set_off(&self, key: &str, times: u32) -> anyhow::Result<()>;
}

/// Where the report's pages go.
pub trait Pages {
    /// Writes the report of these figures.
    async fn publish(&self, report: &crate::figures::Report) -> anyhow::Result<()>;
}

/// Whom to wake.
pub trait Alerts {
    /// Wakes somebody. The words hold no number, no name and no reply.
    async fn raise(&self, alert: &Alert) -> anyhow::Result<()>;
}

/// Why somebody is woken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Alert {
    /// A campaign was paused by itself: its supplier refuses us, or its money is spent.
    Paused(Pause),
    /// A reply may be a cry for help.
    Emergency {
        /// Which reply: `aftercall`, and the page behind the alarm's link, show it to who may see it.
        task: TaskId,
        /// The log it answers, when one was found.
        log: Option<LogNumber>,
        /// How often this has rung, this time among them.
        rings: u32,
    },
    /// Nobody has taken some of a desk's work in its time.
    Overdue {
        /// Whose work.
        desk: Desk,
        /// How much of it is newly overdue.
        tasks: u64,
    },
    /// An extract could not be read at all.
    Unreadable {
        /// Its key in the bucket.
        key: String,
        /// Why, in words.
        why: String,
    },
    /// Some rows of an extract could not be read; the rest was.
    Rejects {
        /// The extract's key in the bucket.
        key: String,
        /// How many rows.
        rows: u64,
    },
    /// A file landed and was never read, however often it was set off anew.
    NeverRead {
        /// Its key in the bucket.
        key: String,
        /// How often it was set off anew.
        times: u32,
    },
}
