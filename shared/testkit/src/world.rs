//! One world: table, queues, supplier, bucket, alert topic; and the tests' hand on each of them.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::Cursor;

use domain::audit::{Deed, Entry};
use domain::budget::{Money, Month};
use domain::campaign::{Campaign, CampaignId, Pause, Published, Scope};
use domain::contact::{Agenda, Bill, Contact, ContactId};
use domain::desk::{Lane, Task, TaskId};
use domain::experiment::{ExperimentId, Registered};
use domain::feed::Reject;
use domain::figures::Report;
use domain::followup::{FollowUp, FollowUpId};
use domain::force::Profile;
use domain::hours::LONDON;
use domain::incident::{CrimeLink, LogNumber};
use domain::logbook::{LogFile, LogRecord};
use domain::messages::{InboundMessage, SendMessage};
use domain::partner::Partner;
use domain::person::PersonId;
use domain::phone::Mobile;
use domain::ports::{
    Alert, Alerts, Archive, Arrival, Arrivals, AuditTrail, BudgetMove, Call, Catalogue, Desks,
    Doorstep, Experiments, Extract, Extracts, FollowUps, InForce, Inbox, Inquiry, Ledger, Listed,
    LogBook, Lookup, Noted, Numbers, Order, Pages, Partners, PersonFile, Queue, Replies, ReplyFile,
    Saying, SecondReader, Sent, Supplier, Sweeps, Switch, Unread, Written,
};
use domain::prices::Prices;
use domain::record::Sealed;
use domain::reply::Class;
use domain::supplier::SupplierName;
use jiff::Timestamp;
use jiff::civil::Date;

/// Everything there is.
#[derive(Default)]
pub struct World {
    state: RefCell<State>,
}

/// What a test may look at and change.
#[derive(Default)]
pub struct State {
    /// Published campaigns, every version; the highest is in force.
    pub campaigns: Vec<Published<Campaign>>,
    /// Those that were ended.
    pub ended: BTreeSet<CampaignId>,
    /// What suppliers charge.
    pub prices: Prices,
    /// What is paused.
    pub pauses: BTreeMap<Scope, Pause>,
    /// Up to when somebody else's lists were gone through.
    pub sweeps: BTreeMap<String, Timestamp>,
    /// The replies the supplier lists, whether or not its calls brought them.
    pub received: Vec<(SupplierName, Listed)>,
    /// Published partners of the file exchange.
    pub partners: Vec<Published<Partner>>,
    /// The plans of experiments that were handed in; the highest version counts.
    pub plans: Vec<Published<Registered>>,
    /// The force profile.
    pub profile: Option<Published<Profile>>,
    /// Logs.
    pub logs: BTreeMap<LogNumber, LogFile>,
    /// Crime links that name a person.
    pub person_links: Vec<CrimeLink>,
    /// Opt-outs.
    pub opted_out: BTreeMap<PersonId, Timestamp>,
    /// Contacts.
    pub contacts: BTreeMap<ContactId, Contact>,
    /// Numbers in clear.
    pub numbers: BTreeMap<PersonId, Mobile>,
    /// Until when each was to be kept, the last time.
    pub kept_until: BTreeMap<PersonId, Timestamp>,
    /// What is reserved.
    pub budgets: BTreeMap<(CampaignId, Month), Money>,
    /// Replies as they came.
    pub calls: BTreeMap<(String, String), (Call, Option<Noted>)>,
    /// What was said by whom in which minute, and by which message first.
    pub said: BTreeMap<(PersonId, String), TaskId>,
    /// What else is said to people.
    pub follow_ups: BTreeMap<FollowUpId, FollowUp>,
    /// What lies on the desks.
    pub tasks: BTreeMap<TaskId, Task>,
    /// The chain of what was done.
    pub audit: Vec<Entry>,
    /// What the force's own reader makes of some texts.
    pub opinions: BTreeMap<String, Class>,
    /// The send queue.
    pub to_send: VecDeque<SendMessage>,
    /// The inbound queue.
    pub inbound: VecDeque<InboundMessage>,
    /// The bucket's extracts.
    pub extracts: HashMap<String, (Vec<u8>, Timestamp)>,
    /// What was done with: keys and tags.
    pub done: BTreeSet<(String, String)>,
    /// How often files were set off anew.
    pub set_off: BTreeMap<String, u32>,
    /// The events of those, which nobody has been told of yet.
    pub events: VecDeque<String>,
    /// Rejects, by extract.
    pub rejects: BTreeMap<String, Vec<Reject>>,
    /// The files whose hashes stand in the chain, with their hashes.
    pub archive: BTreeMap<String, (Vec<u8>, String)>,
    /// Reports.
    pub reports: Vec<Report>,
    /// Alerts.
    pub alerts: Vec<Alert>,
    /// Every text the supplier took: reference, number, words.
    pub texts: Vec<(ContactId, Mobile, String)>,
    /// Every follow-up it took.
    pub follow_up_texts: Vec<(FollowUp, Mobile, String)>,
    /// What the supplier will say next; when nothing is staged it accepts.
    pub answers: VecDeque<Answer>,
    /// What the supplier says of a reference, when not what it knows.
    pub amnesia: Option<Lookup>,
    /// What the supplier charges for a text, once it knows.
    pub bill: Option<Bill>,
    /// When each text ceases to be good, as the supplier was told.
    pub good_until: Vec<Timestamp>,
    /// The port calls made, by name.
    pub calls_made: Vec<&'static str>,
    /// Calls that will fail: the name and how many more times.
    pub failing: HashMap<&'static str, u32>,
}

/// What the supplier does with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Takes it and says this; `Sent::Accepted` is made up for it.
    Takes(Reply),
    /// Does not take it and says this.
    Leaves(Sent),
}

/// What a supplier that took a text says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// Yes.
    Yes,
    /// Nothing that reaches us.
    Lost,
}

impl State {
    /// Moves a campaign's budget; `false` where it does not allow it.
    fn moves(&mut self, campaign: &CampaignId, budget: &BudgetMove) -> bool {
        let (month, taken, given) = match budget {
            BudgetMove::None => return true,
            BudgetMove::Reserve { reservation, cap } => {
                (reservation.month, Some((reservation.amount, *cap)), Money::ZERO)
            }
            BudgetMove::Return(reservation) => (reservation.month, None, reservation.amount),
        };
        let spent = self.budgets.entry((campaign.clone(), month)).or_default();
        let (amount, cap) = taken.unwrap_or((Money::ZERO, *spent));
        if *spent + amount > cap {
            return false;
        }
        *spent = (*spent + amount).saturating_sub(given);
        true
    }
}

impl World {
    /// A world in which the sample campaign and profile are published.
    pub fn new() -> Self {
        let world = Self::default();
        world.with(|state| {
            state.campaigns = vec![Published { version: 1, body: crate::samples::campaign() }];
            state.profile = Some(Published { version: 1, body: crate::samples::profile() });
            state.prices = crate::samples::prices();
            state.partners = vec![Published { version: 1, body: crate::samples::partner() }];
        });
        world
    }

    /// Looks at the state or changes it.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.borrow_mut())
    }

    /// Makes the next `times` calls of this name fail.
    pub fn fail(&self, name: &'static str, times: u32) {
        self.with(|state| state.failing.insert(name, times));
    }

    /// The contacts' states, by name, for a story to read.
    pub fn states(&self) -> Vec<&'static str> {
        self.with(|state| state.contacts.values().map(|contact| contact.state.name()).collect())
    }

    /// How many texts each reference got.
    pub fn texts_per_reference(&self) -> BTreeMap<ContactId, usize> {
        self.with(|state| {
            let mut texts = BTreeMap::new();
            for (reference, _, _) in &state.texts {
                *texts.entry(reference.clone()).or_default() += 1;
            }
            texts
        })
    }

    fn called(&self, name: &'static str) -> anyhow::Result<()> {
        self.with(|state| {
            state.calls_made.push(name);
            match state.failing.get_mut(name) {
                Some(times) if *times > 0 => {
                    *times -= 1;
                    Err(anyhow::anyhow!("{name} was told to fail"))
                }
                _ => Ok(()),
            }
        })
    }
}

impl Catalogue for World {
    async fn campaigns(&self) -> anyhow::Result<Vec<Published<Campaign>>> {
        self.called("campaigns")?;
        Ok(self.with(|state| {
            let mut current: BTreeMap<CampaignId, Published<Campaign>> = BTreeMap::new();
            for campaign in &state.campaigns {
                let id = campaign.body.id.clone();
                let newest = current.get(&id).is_none_or(|kept| kept.version < campaign.version);
                if newest {
                    current.insert(id, campaign.clone());
                }
            }
            current.retain(|id, _| !state.ended.contains(id));
            current.into_values().collect()
        }))
    }

    async fn campaign(&self, id: &CampaignId, version: u32) -> anyhow::Result<Option<Campaign>> {
        self.called("campaign")?;
        Ok(self.with(|state| {
            let found = state.campaigns.iter().find(|c| c.body.id == *id && c.version == version);
            found.map(|campaign| campaign.body.clone())
        }))
    }

    async fn profile(&self) -> anyhow::Result<Option<Published<Profile>>> {
        self.called("profile")?;
        Ok(self.with(|state| state.profile.clone()))
    }

    async fn in_force(&self) -> anyhow::Result<InForce> {
        self.called("in_force")?;
        Ok(self.with(|state| {
            let mut campaigns = BTreeMap::new();
            for Published { version, body } in &state.campaigns {
                let newest: &mut u32 = campaigns.entry(body.id.clone()).or_default();
                *newest = (*newest).max(*version);
            }
            let pauses = state.pauses.values().cloned().collect();
            let ended = state.ended.clone();
            campaigns.retain(|id, _| !ended.contains(id));
            InForce { campaigns, ended, prices: state.prices.clone(), pauses }
        }))
    }
}

impl Experiments for World {
    async fn plans(&self) -> anyhow::Result<Vec<Published<Registered>>> {
        self.called("plans")?;
        Ok(self.with(|state| {
            let mut latest: BTreeMap<ExperimentId, Published<Registered>> = BTreeMap::new();
            for plan in &state.plans {
                let id = plan.body.plan.experiment.id.clone();
                if latest.get(&id).is_none_or(|kept| kept.version < plan.version) {
                    latest.insert(id, plan.clone());
                }
            }
            latest.into_values().collect()
        }))
    }
}

impl Partners for World {
    async fn partner(&self, name: &str) -> anyhow::Result<Option<Published<Partner>>> {
        self.called("partner")?;
        Ok(self.with(|state| {
            let theirs = |kept: &&Published<Partner>| kept.body.supplier.partner() == Some(name);
            state.partners.iter().filter(theirs).max_by_key(|kept| kept.version).cloned()
        }))
    }
}

impl Switch for World {
    async fn pause(&self, pause: &Pause) -> anyhow::Result<bool> {
        self.called("pause")?;
        Ok(self.with(|state| {
            let kept = state.pauses.get(&pause.scope);
            let open = kept.is_none_or(|kept| kept.until.is_some_and(|until| until <= pause.at));
            if open {
                state.pauses.insert(pause.scope.clone(), pause.clone());
            }
            open
        }))
    }

    async fn told(&self, scope: &Scope) -> anyhow::Result<()> {
        self.called("told")?;
        self.with(|state| {
            if let Some(pause) = state.pauses.get_mut(scope) {
                pause.told = true;
            }
        });
        Ok(())
    }

    async fn resume(&self, scope: &Scope) -> anyhow::Result<bool> {
        self.called("resume")?;
        Ok(self.with(|state| state.pauses.remove(scope).is_some()))
    }
}

impl Sweeps for World {
    async fn swept(&self, list: &str) -> anyhow::Result<Option<Timestamp>> {
        self.called("swept")?;
        Ok(self.with(|state| state.sweeps.get(list).copied()))
    }

    async fn sweep(&self, list: &str, until: Timestamp) -> anyhow::Result<()> {
        self.called("sweep")?;
        self.with(|state| state.sweeps.insert(list.to_owned(), until));
        Ok(())
    }
}

impl LogBook for World {
    async fn log(&self, number: &LogNumber) -> anyhow::Result<LogFile> {
        self.called("log")?;
        Ok(self.with(|state| state.logs.get(number).cloned().unwrap_or_default()))
    }

    async fn keep_log(&self, record: &LogRecord, file: &LogFile) -> anyhow::Result<bool> {
        self.called("keep_log")?;
        Ok(self.with(|state| {
            let kept = state.logs.entry(record.log.number.clone()).or_default();
            if kept.revision != file.revision {
                return false;
            }
            kept.record = Some(record.clone());
            kept.duplicates = file.duplicates.clone();
            kept.revision += 1;
            true
        }))
    }

    async fn keep_duplicate(&self, main: &LogNumber, duplicate: &LogNumber) -> anyhow::Result<()> {
        self.called("keep_duplicate")?;
        self.with(|state| {
            let kept = state.logs.entry(main.clone()).or_default();
            if kept.duplicates.insert(duplicate.clone()) {
                kept.revision += 1;
            }
        });
        Ok(())
    }

    async fn keep_link(&self, link: &CrimeLink) -> anyhow::Result<()> {
        self.called("keep_link")?;
        self.with(|state| {
            if let Some(log) = &link.log {
                let file = state.logs.entry(log.clone()).or_default();
                file.links.retain(|kept| kept.reference != link.reference);
                file.links.push(link.clone());
                file.revision += 1;
            }
            if link.person.is_some() {
                let same = |kept: &CrimeLink| {
                    kept.person == link.person && kept.reference == link.reference
                };
                state.person_links.retain(|kept| !same(kept));
                state.person_links.push(link.clone());
            }
        });
        Ok(())
    }

    async fn logs_opened(&self, day: Date) -> anyhow::Result<Vec<LogRecord>> {
        self.called("logs_opened")?;
        let opened =
            |record: &&LogRecord| record.log.opened_at.to_zoned(LONDON.clone()).date() == day;
        Ok(self.with(|state| {
            let records = state.logs.values().filter_map(|file| file.record.as_ref());
            records.filter(opened).cloned().collect()
        }))
    }

    async fn logs(&self, numbers: &[LogNumber]) -> anyhow::Result<Vec<LogRecord>> {
        self.called("logs")?;
        let found = |state: &mut State| {
            let files = numbers.iter().filter_map(|number| state.logs.get(number));
            files.filter_map(|file| file.record.clone()).collect()
        };
        Ok(self.with(found))
    }
}

impl Ledger for World {
    async fn person(&self, person: &PersonId) -> anyhow::Result<PersonFile> {
        self.called("person")?;
        Ok(self.with(|state| PersonFile {
            opted_out: state.opted_out.get(person).copied(),
            links: state
                .person_links
                .iter()
                .filter(|link| link.person.as_ref() == Some(person))
                .cloned()
                .collect(),
            contacts: state
                .contacts
                .values()
                .filter(|contact| contact.id.person() == person)
                .cloned()
                .collect(),
            follow_ups: state
                .follow_ups
                .values()
                .filter(|follow_up| follow_up.id.person() == person)
                .cloned()
                .collect(),
        }))
    }

    async fn contact(&self, id: &ContactId) -> anyhow::Result<Option<Contact>> {
        self.called("contact")?;
        Ok(self.with(|state| state.contacts.get(id).cloned()))
    }

    async fn keep_number(
        &self,
        person: &PersonId,
        mobile: &Mobile,
        until: Timestamp,
    ) -> anyhow::Result<()> {
        self.called("keep_number")?;
        self.with(|state| {
            state.numbers.insert(person.clone(), mobile.clone());
            let kept = state.kept_until.entry(person.clone()).or_insert(until);
            *kept = until.max(*kept);
        });
        Ok(())
    }

    async fn plan(&self, contact: &Contact) -> anyhow::Result<bool> {
        self.called("plan")?;
        Ok(self.with(|state| {
            if state.contacts.contains_key(&contact.id) {
                return false;
            }
            state.contacts.insert(contact.id.clone(), contact.clone());
            true
        }))
    }

    async fn replace(&self, next: &Contact, budget: &BudgetMove) -> anyhow::Result<Written> {
        self.called("replace")?;
        Ok(self.with(|state| {
            let kept = state.contacts.get(&next.id).map_or(0, |contact| contact.revision);
            if kept + 1 != next.revision {
                return Written::Conflict;
            }
            if !state.moves(&next.campaign, budget) {
                return Written::OverBudget;
            }
            state.contacts.insert(next.id.clone(), next.clone());
            Written::Yes
        }))
    }

    async fn opt_out(&self, person: &PersonId, at: Timestamp) -> anyhow::Result<()> {
        self.called("opt_out")?;
        self.with(|state| {
            let latest = state.opted_out.entry(person.clone()).or_insert(at);
            *latest = at.max(*latest);
        });
        Ok(())
    }

    async fn opt_in(&self, person: &PersonId, at: Timestamp) -> anyhow::Result<()> {
        self.called("opt_in")?;
        self.with(|state| {
            if state.opted_out.get(person).is_some_and(|opted_out| *opted_out <= at) {
                state.opted_out.remove(person);
            }
        });
        Ok(())
    }

    async fn agenda(
        &self,
        list: Agenda,
        until: Timestamp,
    ) -> anyhow::Result<Vec<(ContactId, Timestamp)>> {
        self.called("agenda")?;
        Ok(self.with(|state| {
            let mut due: Vec<_> = state
                .contacts
                .values()
                .map(|contact| (contact.agenda(), contact))
                .filter(|((on, at), _)| *on == list && *at <= until)
                .map(|((_, at), contact)| (contact.id.clone(), at))
                .collect();
            due.sort_by(|(a, at), (b, bt)| (at, a).cmp(&(bt, b)));
            due
        }))
    }

    async fn settled(&self, from: Date, to: Date) -> anyhow::Result<Vec<ContactId>> {
        self.called("settled")?;
        Ok(self.with(|state| {
            let within = |contact: &&Contact| {
                let (list, at) = contact.agenda();
                let date = at.to_zoned(LONDON.clone()).date();
                list == Agenda::Done && (from..=to).contains(&date)
            };
            state.contacts.values().filter(within).map(|contact| contact.id.clone()).collect()
        }))
    }

    async fn contacts(&self, ids: &[ContactId]) -> anyhow::Result<Vec<Contact>> {
        self.called("contacts")?;
        let found = |state: &mut State| {
            ids.iter().filter_map(|id| state.contacts.get(id).cloned()).collect()
        };
        Ok(self.with(found))
    }
}

impl Numbers for World {
    async fn number(&self, person: &PersonId) -> anyhow::Result<Option<Mobile>> {
        self.called("number")?;
        Ok(self.with(|state| state.numbers.get(person).cloned()))
    }

    async fn sender(&self, reply: &TaskId) -> anyhow::Result<Option<Mobile>> {
        self.called("sender")?;
        let key = (reply.supplier.clone(), reply.message.clone());
        Ok(self.with(|state| state.calls.get(&key).and_then(|(call, _)| call.mobile())))
    }

    async fn forget_number(&self, person: &PersonId) -> anyhow::Result<()> {
        self.called("forget_number")?;
        self.with(|state| state.numbers.remove(person));
        Ok(())
    }
}

impl FollowUps for World {
    async fn plan_follow_up(&self, follow_up: &FollowUp) -> anyhow::Result<bool> {
        self.called("plan_follow_up")?;
        Ok(self.with(|state| {
            if state.follow_ups.contains_key(&follow_up.id) {
                return false;
            }
            state.follow_ups.insert(follow_up.id.clone(), follow_up.clone());
            true
        }))
    }

    async fn follow_up(&self, id: &FollowUpId) -> anyhow::Result<Option<FollowUp>> {
        self.called("follow_up")?;
        Ok(self.with(|state| state.follow_ups.get(id).cloned()))
    }

    async fn replace_follow_up(
        &self,
        next: &FollowUp,
        campaign: Option<&CampaignId>,
        budget: &BudgetMove,
    ) -> anyhow::Result<Written> {
        self.called("replace_follow_up")?;
        Ok(self.with(|state| {
            let kept = state.follow_ups.get(&next.id).map_or(0, |follow_up| follow_up.revision);
            if kept + 1 != next.revision {
                return Written::Conflict;
            }
            if campaign.is_some_and(|campaign| !state.moves(campaign, budget)) {
                return Written::OverBudget;
            }
            state.follow_ups.insert(next.id.clone(), next.clone());
            Written::Yes
        }))
    }

    async fn follow_ups_due(&self, until: Timestamp) -> anyhow::Result<Vec<FollowUpId>> {
        self.called("follow_ups_due")?;
        Ok(self.with(|state| {
            let open = |f: &&FollowUp| !f.state.is_settled() && f.due_at <= until;
            let mut due: Vec<_> = state.follow_ups.values().filter(open).collect();
            due.sort_by_key(|follow_up| (follow_up.due_at, &follow_up.id));
            due.into_iter().map(|follow_up| follow_up.id.clone()).collect()
        }))
    }

    async fn follow_ups_settled(&self, from: Date, to: Date) -> anyhow::Result<Vec<FollowUp>> {
        self.called("follow_ups_settled")?;
        Ok(self.with(|state| {
            let within = |f: &&FollowUp| {
                let date = f.planned_at.to_zoned(LONDON.clone()).date();
                f.state.is_settled() && (from..=to).contains(&date)
            };
            state.follow_ups.values().filter(within).cloned().collect()
        }))
    }
}

impl Desks for World {
    async fn open_task(&self, task: &Task) -> anyhow::Result<bool> {
        self.called("open_task")?;
        Ok(self.with(|state| {
            if state.tasks.contains_key(&task.id) {
                return false;
            }
            state.tasks.insert(task.id.clone(), task.clone());
            true
        }))
    }

    async fn task(&self, id: &TaskId) -> anyhow::Result<Option<Task>> {
        self.called("task")?;
        Ok(self.with(|state| state.tasks.get(id).cloned()))
    }

    async fn replace_task(&self, next: &Task) -> anyhow::Result<bool> {
        self.called("replace_task")?;
        Ok(self.with(|state| {
            let kept = state.tasks.get(&next.id).map_or(0, |task| task.revision);
            if kept + 1 != next.revision {
                return false;
            }
            state.tasks.insert(next.id.clone(), next.clone());
            true
        }))
    }

    async fn tasks(&self, lane: Lane, until: Timestamp) -> anyhow::Result<Vec<TaskId>> {
        self.called("tasks")?;
        Ok(self.with(|state| {
            let mut on: Vec<_> = state
                .tasks
                .values()
                .map(|task| (task.lane(), &task.id))
                .filter(|((on, at), _)| *on == lane && *at <= until)
                .map(|((_, at), id)| (at, id.clone()))
                .collect();
            on.sort();
            on.into_iter().map(|(_, id)| id).collect()
        }))
    }

    async fn all_tasks(&self, ids: &[TaskId]) -> anyhow::Result<Vec<Task>> {
        self.called("all_tasks")?;
        let found =
            |state: &mut State| ids.iter().filter_map(|id| state.tasks.get(id).cloned()).collect();
        Ok(self.with(found))
    }
}

impl Replies for World {
    async fn reply(&self, id: &TaskId) -> anyhow::Result<Option<ReplyFile>> {
        self.called("reply")?;
        Ok(self.with(|state| {
            let (call, noted) = state.calls.get(&(id.supplier.clone(), id.message.clone()))?;
            let reading = noted.as_ref().map(|noted| &noted.reading);
            Some(ReplyFile {
                sender: Some(call.sender.clone()),
                text: call.text.clone(),
                received_at: call.received_at,
                read_at: noted.as_ref().map(|noted| noted.at),
                class: reading.map(|reading| reading.class),
                why: reading.map(|reading| reading.why.clone()).unwrap_or_default(),
                sentiment: reading.map(|reading| (reading.sentiment, reading.valence)),
                score: reading.and_then(|reading| reading.score).map(|score| score.get()),
                disagrees: reading.is_some_and(|reading| reading.disagrees),
                contact: noted.as_ref().and_then(|noted| noted.contact.clone()),
            })
        }))
    }
}

impl Doorstep for World {
    async fn keep_call(&self, call: &Call) -> anyhow::Result<bool> {
        self.called("keep_call")?;
        Ok(self.with(|state| {
            let key = (call.supplier.clone(), call.message.clone());
            if state.calls.contains_key(&key) {
                return false;
            }
            state.calls.insert(key, (call.clone(), None));
            true
        }))
    }
}

impl Inbox for World {
    async fn call(&self, supplier: &str, message: &str) -> anyhow::Result<Option<Unread>> {
        self.called("call")?;
        Ok(self.with(|state| {
            let kept = state.calls.get(&(supplier.to_owned(), message.to_owned()));
            kept.map(|(call, noted)| Unread {
                person: call.person.clone(),
                answers: call.answers.clone(),
                text: call.text.clone(),
                received_at: call.received_at,
                read_at: noted.as_ref().map(|noted| noted.at),
            })
        }))
    }

    async fn first_said(&self, said: &Saying<'_>) -> anyhow::Result<TaskId> {
        self.called("first_said")?;
        Ok(self.with(|state| {
            let key = (said.person.clone(), said.hash.clone());
            state.said.entry(key).or_insert_with(|| said.message.clone()).clone()
        }))
    }

    async fn note(&self, supplier: &str, message: &str, noted: &Noted) -> anyhow::Result<bool> {
        self.called("note")?;
        Ok(self.with(|state| {
            match state.calls.get_mut(&(supplier.to_owned(), message.to_owned())) {
                Some((_, first @ None)) => {
                    *first = Some(noted.clone());
                    true
                }
                Some((_, Some(_))) | None => false,
            }
        }))
    }
}

impl Queue<SendMessage> for World {
    async fn put(&self, messages: &[SendMessage]) -> anyhow::Result<()> {
        self.called("put send")?;
        self.with(|state| state.to_send.extend(messages.iter().cloned()));
        Ok(())
    }
}

impl Queue<InboundMessage> for World {
    async fn put(&self, messages: &[InboundMessage]) -> anyhow::Result<()> {
        self.called("put inbound")?;
        self.with(|state| state.inbound.extend(messages.iter().cloned()));
        Ok(())
    }
}

impl Supplier for World {
    async fn turn(&self, _: &SupplierName) {}

    async fn send(&self, order: &Order<'_>) -> Sent {
        self.with(|state| {
            state.calls_made.push("send");
            let answer = state.answers.pop_front().unwrap_or(Answer::Takes(Reply::Yes));
            match answer {
                Answer::Leaves(sent) => sent,
                Answer::Takes(reply) => {
                    let words = order.wording.text.sent().to_owned();
                    let supplier_id = match order.permit.contact() {
                        Some(contact) => {
                            let number = state.texts.len();
                            state.texts.push((contact.id.clone(), order.to.clone(), words));
                            format!("text-{number}")
                        }
                        None => {
                            let id = FollowUpId::parse(&order.permit.reference());
                            let follow_up = id.and_then(|id| state.follow_ups.get(&id)).cloned();
                            let number = state.follow_up_texts.len();
                            let said = follow_up.map(|f| (f, order.to.clone(), words));
                            state.follow_up_texts.extend(said);
                            format!("follow-up-{number}")
                        }
                    };
                    state.good_until.push(order.good_until);
                    match reply {
                        Reply::Yes => Sent::Accepted { supplier_id },
                        Reply::Lost => Sent::Ambiguous { why: "no answer in time".to_owned() },
                    }
                }
            }
        })
    }

    async fn look_up(&self, inquiry: &Inquiry<'_>) -> anyhow::Result<Lookup> {
        self.called("look_up")?;
        Ok(self.with(|state| {
            if let Some(answer) = &state.amnesia {
                return answer.clone();
            }
            let found = state.texts.iter().position(|(sent, _, _)| sent == inquiry.reference);
            found.map_or(Lookup::Unknown, |place| Lookup::Known {
                supplier_id: format!("text-{place}"),
                receipt: None,
                bill: state.bill,
            })
        }))
    }

    async fn received(
        &self,
        supplier: &SupplierName,
        since: Timestamp,
    ) -> anyhow::Result<Vec<Listed>> {
        self.called("received")?;
        Ok(self.with(|state| {
            let of = state.received.iter().filter(|(of, _)| of == supplier);
            let since = of.filter(|(_, listed)| listed.received_at >= since);
            since.map(|(_, listed)| listed.clone()).collect()
        }))
    }
}

impl Extracts for World {
    async fn open(&self, key: &str) -> anyhow::Result<Extract> {
        self.called("open")?;
        let found = self.with(|state| state.extracts.get(key).cloned());
        let (body, taken_at) = found.ok_or_else(|| anyhow::anyhow!("there is no {key}"))?;
        let tag = tag(&body);
        Ok(Extract { body: Box::new(Cursor::new(body)), taken_at, tag })
    }

    async fn reject(&self, key: &str, rejects: &[Reject]) -> anyhow::Result<()> {
        self.called("reject")?;
        self.with(|state| state.rejects.insert(key.to_owned(), rejects.to_vec()));
        Ok(())
    }

    async fn done(&self, key: &str, tag: &str) -> anyhow::Result<()> {
        self.called("done")?;
        self.with(|state| state.done.insert((key.to_owned(), tag.to_owned())));
        Ok(())
    }
}

fn tag(body: &[u8]) -> String {
    let mut hash = DefaultHasher::new();
    body.hash(&mut hash);
    format!("{:016x}", hash.finish())
}

impl Arrivals for World {
    async fn lying_in(&self, folder: &str) -> anyhow::Result<Vec<Arrival>> {
        self.called("lying_in")?;
        let lying = |state: &mut State| {
            let inside = state.extracts.iter().filter(|(key, _)| key.starts_with(folder));
            let arrivals = inside.map(|(key, (body, at))| {
                let (key, tag) = (key.clone(), tag(body));
                Arrival { key, tag, at: *at }
            });
            arrivals.collect()
        };
        let mut arrivals: Vec<_> = self.with(lying);
        arrivals.sort();
        Ok(arrivals)
    }

    async fn done_with(&self) -> anyhow::Result<BTreeSet<(String, String)>> {
        self.called("done_with")?;
        Ok(self.with(|state| state.done.clone()))
    }

    async fn times_set_off(&self, key: &str) -> anyhow::Result<u32> {
        self.called("times_set_off")?;
        Ok(self.with(|state| state.set_off.get(key).copied().unwrap_or_default()))
    }

    async fn set_off(&self, key: &str, times: u32) -> anyhow::Result<()> {
        self.called("set_off")?;
        self.with(|state| {
            state.set_off.insert(key.to_owned(), times);
            state.events.push_back(key.to_owned());
        });
        Ok(())
    }
}

impl Pages for World {
    async fn publish(&self, report: &Report) -> anyhow::Result<()> {
        self.called("publish")?;
        self.with(|state| state.reports.push(report.clone()));
        Ok(())
    }
}

impl Archive for World {
    type Draft = Vec<u8>;

    fn draft(&self) -> anyhow::Result<Self::Draft> {
        self.called("draft")?;
        Ok(Vec::new())
    }

    async fn holds(&self, key: &str, sha256: &str) -> anyhow::Result<bool> {
        self.called("holds")?;
        Ok(self.with(|state| state.archive.get(key).is_some_and(|(_, kept)| kept == sha256)))
    }

    async fn lay(&self, key: &str, file: Sealed<Vec<u8>>) -> anyhow::Result<()> {
        self.called("lay")?;
        self.with(|state| state.archive.insert(key.to_owned(), (file.body, file.sha256)));
        Ok(())
    }
}

impl AuditTrail for World {
    async fn note_deed(&self, deed: &Deed) -> anyhow::Result<Entry> {
        self.called("note_deed")?;
        Ok(self.with(|state| {
            let head = state.audit.last().map(Entry::head).unwrap_or_default();
            let entry = head.next(deed.clone());
            state.audit.push(entry.clone());
            entry
        }))
    }
}

impl SecondReader for World {
    async fn second(&self, text: &str) -> anyhow::Result<Option<Class>> {
        self.called("second")?;
        Ok(self.with(|state| state.opinions.get(text).copied()))
    }
}

impl Alerts for World {
    async fn raise(&self, alert: &Alert) -> anyhow::Result<()> {
        self.called("raise")?;
        self.with(|state| state.alerts.push(alert.clone()));
        Ok(())
    }
}
