//! The world in memory, with trouble on request: the n-th call of any port fails, before it was
//! done or after, and calls may be drawn out so that handlers meet in the middle of each other.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use domain::audit::{Deed, Entry};
use domain::campaign::{Campaign, CampaignId, Pause, Published, Scope};
use domain::contact::{Agenda, Contact, ContactId};
use domain::desk::{Lane, Task, TaskId};
use domain::experiment::Registered;
use domain::feed::Reject;
use domain::figures::Report;
use domain::followup::{FollowUp, FollowUpId};
use domain::force::Profile;
use domain::incident::{CrimeLink, LogNumber};
use domain::logbook::{LogFile, LogRecord};
use domain::messages::{InboundMessage, SendMessage};
use domain::person::PersonId;
use domain::phone::Mobile;
use domain::ports::{
    Alert, Alerts, Archive, Arrival, Arrivals, AuditTrail, BudgetMove, Call, Catalogue, Desks,
    Doorstep, Experiments, Extract, Extracts, FollowUps, InForce, Inbox, Inquiry, Ledger, Listed,
    LogBook, Lookup, Noted, Numbers, Order, Pages, PersonFile, Queue, Saying, SecondReader, Sent,
    Supplier, Sweeps, Switch, Unread, Written,
};
use domain::record::Sealed;
use domain::reply::Class;
use domain::supplier::SupplierName;
use jiff::Timestamp;
use jiff::civil::Date;
use testkit::World;

/// When a call fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// Nothing was done.
    Before,
    /// It was done, and the answer was lost.
    After,
}

/// The world, and what goes wrong with it.
#[derive(Default)]
pub(crate) struct Faulty {
    pub(crate) world: World,
    calls: Cell<u32>,
    faults: RefCell<Vec<(u32, When)>>,
    seed: Cell<u64>,
}

impl Faulty {
    pub(crate) fn new(world: World) -> Self {
        Self { world, ..Self::default() }
    }

    /// Makes the n-th call from now, the first being 1, fail.
    pub(crate) fn fail_call(&self, nth: u32, when: When) {
        self.faults.borrow_mut().push((self.calls.get() + nth, when));
    }

    /// How many calls there have been.
    pub(crate) fn calls(&self) -> u32 {
        self.calls.get()
    }

    /// Draws each call out by a length that the seed decides; 0 is no length.
    pub(crate) fn draw_out(&self, seed: u64) {
        self.seed.set(seed);
    }

    async fn begin(&self) -> Option<When> {
        let number = self.calls.get() + 1;
        self.calls.set(number);
        for _ in 0..self.turns() {
            tokio::task::yield_now().await;
        }
        self.faults.borrow().iter().find(|(at, _)| *at == number).map(|(_, when)| *when)
    }

    fn turns(&self) -> u64 {
        let seed = self.seed.get();
        if seed == 0 {
            return 0;
        }
        let next = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        self.seed.set(next.max(1));
        (next >> 33) % 4
    }

    async fn call<T>(
        &self,
        deed: impl AsyncFnOnce(&World) -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        match self.begin().await {
            None => deed(&self.world).await,
            Some(When::Before) => anyhow::bail!("told to fail before"),
            Some(When::After) => {
                deed(&self.world).await?;
                anyhow::bail!("told to fail after")
            }
        }
    }
}

impl Catalogue for Faulty {
    async fn campaigns(&self) -> anyhow::Result<Vec<Published<Campaign>>> {
        self.call(async |world| world.campaigns().await).await
    }

    async fn campaign(&self, id: &CampaignId, version: u32) -> anyhow::Result<Option<Campaign>> {
        self.call(async |world| world.campaign(id, version).await).await
    }

    async fn profile(&self) -> anyhow::Result<Option<Published<Profile>>> {
        self.call(async |world| world.profile().await).await
    }

    async fn in_force(&self) -> anyhow::Result<InForce> {
        self.call(async |world| world.in_force().await).await
    }
}

impl Experiments for Faulty {
    async fn plans(&self) -> anyhow::Result<Vec<Published<Registered>>> {
        self.call(async |world| world.plans().await).await
    }
}

impl Switch for Faulty {
    async fn pause(&self, pause: &Pause) -> anyhow::Result<bool> {
        self.call(async |world| world.pause(pause).await).await
    }

    async fn told(&self, scope: &Scope) -> anyhow::Result<()> {
        self.call(async |world| world.told(scope).await).await
    }

    async fn resume(&self, scope: &Scope) -> anyhow::Result<bool> {
        self.call(async |world| world.resume(scope).await).await
    }
}

impl Sweeps for Faulty {
    async fn swept(&self, list: &str) -> anyhow::Result<Option<Timestamp>> {
        self.call(async |world| world.swept(list).await).await
    }

    async fn sweep(&self, list: &str, until: Timestamp) -> anyhow::Result<()> {
        self.call(async |world| world.sweep(list, until).await).await
    }
}

impl LogBook for Faulty {
    async fn log(&self, number: &LogNumber) -> anyhow::Result<LogFile> {
        self.call(async |world| world.log(number).await).await
    }

    async fn keep_log(&self, record: &LogRecord, file: &LogFile) -> anyhow::Result<bool> {
        self.call(async |world| world.keep_log(record, file).await).await
    }

    async fn keep_duplicate(&self, main: &LogNumber, duplicate: &LogNumber) -> anyhow::Result<()> {
        self.call(async |world| world.keep_duplicate(main, duplicate).await).await
    }

    async fn keep_link(&self, link: &CrimeLink) -> anyhow::Result<()> {
        self.call(async |world| world.keep_link(link).await).await
    }

    async fn logs_opened(&self, day: Date) -> anyhow::Result<Vec<LogRecord>> {
        self.call(async |world| world.logs_opened(day).await).await
    }

    async fn logs(&self, numbers: &[LogNumber]) -> anyhow::Result<Vec<LogRecord>> {
        self.call(async |world| world.logs(numbers).await).await
    }
}

impl Ledger for Faulty {
    async fn person(&self, person: &PersonId) -> anyhow::Result<PersonFile> {
        self.call(async |world| Ledger::person(world, person).await).await
    }

    async fn contact(&self, id: &ContactId) -> anyhow::Result<Option<Contact>> {
        self.call(async |world| world.contact(id).await).await
    }

    async fn keep_number(
        &self,
        person: &PersonId,
        mobile: &Mobile,
        until: Timestamp,
    ) -> anyhow::Result<()> {
        self.call(async |world| world.keep_number(person, mobile, until).await).await
    }

    async fn plan(&self, contact: &Contact) -> anyhow::Result<bool> {
        self.call(async |world| world.plan(contact).await).await
    }

    async fn replace(&self, next: &Contact, budget: &BudgetMove) -> anyhow::Result<Written> {
        self.call(async |world| world.replace(next, budget).await).await
    }

    async fn opt_out(&self, person: &PersonId, at: Timestamp) -> anyhow::Result<()> {
        self.call(async |world| world.opt_out(person, at).await).await
    }

    async fn opt_in(&self, person: &PersonId, at: Timestamp) -> anyhow::Result<()> {
        self.call(async |world| world.opt_in(person, at).await).await
    }

    async fn agenda(
        &self,
        list: Agenda,
        until: Timestamp,
    ) -> anyhow::Result<Vec<(ContactId, Timestamp)>> {
        self.call(async |world| world.agenda(list, until).await).await
    }

    async fn settled(&self, from: Date, to: Date) -> anyhow::Result<Vec<ContactId>> {
        self.call(async |world| world.settled(from, to).await).await
    }

    async fn contacts(&self, ids: &[ContactId]) -> anyhow::Result<Vec<Contact>> {
        self.call(async |world| world.contacts(ids).await).await
    }
}

impl Numbers for Faulty {
    async fn number(&self, person: &PersonId) -> anyhow::Result<Option<Mobile>> {
        self.call(async |world| world.number(person).await).await
    }

    async fn sender(&self, reply: &TaskId) -> anyhow::Result<Option<Mobile>> {
        self.call(async |world| world.sender(reply).await).await
    }

    async fn forget_number(&self, person: &PersonId) -> anyhow::Result<()> {
        self.call(async |world| world.forget_number(person).await).await
    }
}

impl FollowUps for Faulty {
    async fn plan_follow_up(&self, follow_up: &FollowUp) -> anyhow::Result<bool> {
        self.call(async |world| world.plan_follow_up(follow_up).await).await
    }

    async fn follow_up(&self, id: &FollowUpId) -> anyhow::Result<Option<FollowUp>> {
        self.call(async |world| world.follow_up(id).await).await
    }

    async fn replace_follow_up(
        &self,
        next: &FollowUp,
        campaign: Option<&CampaignId>,
        budget: &BudgetMove,
    ) -> anyhow::Result<Written> {
        self.call(async |world| world.replace_follow_up(next, campaign, budget).await).await
    }

    async fn follow_ups_due(&self, until: Timestamp) -> anyhow::Result<Vec<FollowUpId>> {
        self.call(async |world| world.follow_ups_due(until).await).await
    }

    async fn follow_ups_settled(&self, from: Date, to: Date) -> anyhow::Result<Vec<FollowUp>> {
        self.call(async |world| world.follow_ups_settled(from, to).await).await
    }
}

impl Desks for Faulty {
    async fn open_task(&self, task: &Task) -> anyhow::Result<bool> {
        self.call(async |world| world.open_task(task).await).await
    }

    async fn task(&self, id: &TaskId) -> anyhow::Result<Option<Task>> {
        self.call(async |world| world.task(id).await).await
    }

    async fn replace_task(&self, next: &Task) -> anyhow::Result<bool> {
        self.call(async |world| world.replace_task(next).await).await
    }

    async fn tasks(&self, lane: Lane, until: Timestamp) -> anyhow::Result<Vec<TaskId>> {
        self.call(async |world| world.tasks(lane, until).await).await
    }

    async fn all_tasks(&self, ids: &[TaskId]) -> anyhow::Result<Vec<Task>> {
        self.call(async |world| world.all_tasks(ids).await).await
    }
}

impl SecondReader for Faulty {
    async fn second(&self, text: &str) -> anyhow::Result<Option<Class>> {
        self.call(async |world| world.second(text).await).await
    }
}

impl Doorstep for Faulty {
    async fn keep_call(&self, call: &Call) -> anyhow::Result<bool> {
        self.call(async |world| world.keep_call(call).await).await
    }
}

impl Inbox for Faulty {
    async fn call(&self, supplier: &str, message: &str) -> anyhow::Result<Option<Unread>> {
        Self::call(self, async |world| Inbox::call(world, supplier, message).await).await
    }

    async fn first_said(&self, said: &Saying<'_>) -> anyhow::Result<TaskId> {
        Self::call(self, async |world| world.first_said(said).await).await
    }

    async fn note(&self, supplier: &str, message: &str, noted: &Noted) -> anyhow::Result<bool> {
        Self::call(self, async |world| world.note(supplier, message, noted).await).await
    }
}

impl Queue<SendMessage> for Faulty {
    async fn put(&self, messages: &[SendMessage]) -> anyhow::Result<()> {
        self.call(async |world| world.put(messages).await).await
    }
}

impl Queue<InboundMessage> for Faulty {
    async fn put(&self, messages: &[InboundMessage]) -> anyhow::Result<()> {
        self.call(async |world| world.put(messages).await).await
    }
}

impl Supplier for Faulty {
    /// A call that fails leaves doubt: before, the supplier never had it; after, it has.
    async fn send(&self, order: &Order<'_>) -> Sent {
        let doubt = Sent::Ambiguous { why: "told to fail".to_owned() };
        match self.begin().await {
            None => self.world.send(order).await,
            Some(When::Before) => doubt,
            Some(When::After) => {
                self.world.send(order).await;
                doubt
            }
        }
    }

    async fn turn(&self, supplier: &SupplierName) {
        self.world.turn(supplier).await;
    }

    async fn look_up(&self, inquiry: &Inquiry<'_>) -> anyhow::Result<Lookup> {
        self.call(async |world| world.look_up(inquiry).await).await
    }

    async fn received(
        &self,
        supplier: &SupplierName,
        since: Timestamp,
    ) -> anyhow::Result<Vec<Listed>> {
        self.call(async |world| world.received(supplier, since).await).await
    }
}

impl Extracts for Faulty {
    async fn open(&self, key: &str) -> anyhow::Result<Extract> {
        self.call(async |world| world.open(key).await).await
    }

    async fn reject(&self, key: &str, rejects: &[Reject]) -> anyhow::Result<()> {
        self.call(async |world| world.reject(key, rejects).await).await
    }

    async fn done(&self, key: &str, tag: &str) -> anyhow::Result<()> {
        self.call(async |world| world.done(key, tag).await).await
    }
}

impl Arrivals for Faulty {
    async fn lying_in(&self, folder: &str) -> anyhow::Result<Vec<Arrival>> {
        self.call(async |world| world.lying_in(folder).await).await
    }

    async fn done_with(&self) -> anyhow::Result<BTreeSet<(String, String)>> {
        self.call(async |world| world.done_with().await).await
    }

    async fn times_set_off(&self, key: &str) -> anyhow::Result<u32> {
        self.call(async |world| world.times_set_off(key).await).await
    }

    async fn set_off(&self, key: &str, times: u32) -> anyhow::Result<()> {
        self.call(async |world| world.set_off(key, times).await).await
    }
}

impl Pages for Faulty {
    async fn publish(&self, report: &Report) -> anyhow::Result<()> {
        self.call(async |world| world.publish(report).await).await
    }
}

impl Archive for Faulty {
    type Draft = Vec<u8>;

    fn draft(&self) -> anyhow::Result<Self::Draft> {
        self.world.draft()
    }

    async fn holds(&self, key: &str, sha256: &str) -> anyhow::Result<bool> {
        self.call(async |world| world.holds(key, sha256).await).await
    }

    async fn lay(&self, key: &str, file: Sealed<Vec<u8>>) -> anyhow::Result<()> {
        self.call(async |world| world.lay(key, file).await).await
    }
}

impl AuditTrail for Faulty {
    async fn note_deed(&self, deed: &Deed) -> anyhow::Result<Entry> {
        self.call(async |world| world.note_deed(deed).await).await
    }
}

impl Alerts for Faulty {
    async fn raise(&self, alert: &Alert) -> anyhow::Result<()> {
        self.call(async |world| world.raise(alert).await).await
    }
}
