//! The one table. Every method is one question or one deed, its condition in named parts.
//!
//! Writes that another writer could cross carry the revision they were made from; the domain has
//! already decided what the next revision is.

mod audit;
pub mod campaigns;
mod items;
mod keys;
mod numbers;
pub mod person;
mod publish;
mod purse;
mod restore;

pub use publish::Publication;
pub use restore::Restored;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Mutex;

use anyhow::Context as _;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{
    AttributeValue, KeysAndAttributes, ReturnValue, ReturnValuesOnConditionCheckFailure,
};
use domain::budget::{Money, Month};
use domain::campaign::{Campaign, CampaignFile, CampaignId, Pause, Published, Scope};
use domain::contact::{Agenda, Contact, ContactId};
use domain::desk::{Lane, Task, TaskId};
use domain::experiment::{ExperimentId, PlanFile, Registered};
use domain::followup::{FollowUp, FollowUpId};
use domain::force::{Profile, ProfileFile};
use domain::incident::{CrimeLink, LogNumber};
use domain::logbook::{LogFile, LogRecord};
use domain::partner::{Partner, PartnerFile};
use domain::person::PersonId;
use domain::phone::Mobile;
use domain::ports::{
    BudgetMove, Call, Catalogue, Desks, Doorstep, Experiments, FollowUps, InForce, Inbox, Ledger,
    LogBook, Noted, Partners, PersonFile, Replies, ReplyFile, Saying, Sweeps, Switch, Unread,
    Written,
};
use domain::prices::{Prices, PricesFile};
use domain::reply::Class;
use domain::retention;
use domain::score::Score;
use domain::sentiment::{Sentiment, Valence};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::aws::told;
use crate::clock::Clock;
use crate::seal::Seal;
use items::{
    CallItem, ContactItem, CurrentItem, FollowUpItem, LinkItem, LogItem, NamedItem, PauseItem,
    ReplyItem, TaskItem, UnreadItem, VersionItem, expired,
};
use keys::Key;
use purse::Purse;

type Item = HashMap<String, AttributeValue>;

/// The most keys one batch read carries.
const BATCH: usize = 100;

/// The table in the account.
pub struct Table {
    client: Client,
    name: String,
    clock: Clock,
    /// Where the stack has a key of its own, numbers are sealed by it.
    seal: Option<Seal>,
    purse: Purse,
    /// Versions never change, so one that was read is kept for the life of the process. Held while it is
    /// read, so that ten messages that come together read it once and not ten times.
    campaigns: tokio::sync::Mutex<HashMap<(CampaignId, u32), Campaign>>,
    /// The same of prices: the latest version that was read.
    prices: Mutex<Option<(u32, Prices)>>,
    /// How long what is in force may be taken for what was in force.
    remembered_for: SignedDuration,
    /// Held while it is read, so that ten messages that come together ask once and not ten times.
    in_force: tokio::sync::Mutex<Option<(Timestamp, InForce)>>,
}

impl Table {
    /// The table of this name.
    pub fn new(config: &SdkConfig, name: String, clock: Clock) -> Self {
        Self {
            client: Client::new(config),
            name,
            clock,
            seal: None,
            purse: Purse::default(),
            campaigns: tokio::sync::Mutex::default(),
            prices: Mutex::default(),
            remembered_for: SignedDuration::ZERO,
            in_force: tokio::sync::Mutex::default(),
        }
    }

    /// The same table, for whoever asks many times a second what is in force: it is read once in a second.
    /// What somebody else publishes or pauses is seen so much later; what we pause is seen at once.
    #[must_use]
    pub fn remembering(mut self) -> Self {
        self.remembered_for = SignedDuration::from_secs(1);
        self
    }

    /// The same table, in which numbers are sealed by this key of KMS; without one they are in clear.
    #[must_use]
    pub fn sealing(mut self, config: &SdkConfig, key: Option<String>) -> Self {
        self.seal = key.map(|key| Seal::new(config, key, &self.name));
        self
    }

    /// Opens the connection, before anybody waits for it, by a write that cannot happen: whoever may only
    /// put replies into the table may do this too.
    ///
    /// # Errors
    /// The table's.
    pub async fn knock(&self) -> anyhow::Result<()> {
        let key = keys::call("none", "none");
        let put = self.client.put_item().table_name(&self.name);
        let put = put.item("pk", text(key.pk)).item("sk", text(key.sk));
        let put = put.condition_expression("attribute_exists(pk)").send().await;
        match put.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(PutItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(service(&error)),
        }
    }

    async fn get(&self, key: Key) -> anyhow::Result<Option<Item>> {
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .key("pk", text(key.pk))
            .key("sk", text(key.sk))
            .consistent_read(true)
            .send()
            .await
            .map_err(told)?;
        Ok(answer.item)
    }

    /// Every item of a partition, as of now.
    async fn partition(&self, pk: String) -> anyhow::Result<Vec<Item>> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.name)
            .key_condition_expression("pk = :pk")
            .expression_attribute_values(":pk", text(pk))
            .consistent_read(true)
            .into_paginator()
            .send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            items.extend(page.map_err(told)?.items.unwrap_or_default());
        }
        Ok(items)
    }

    /// The items of many keys, in any order; a key that nothing is kept under is passed over.
    async fn all(&self, keys: impl Iterator<Item = Key>) -> anyhow::Result<Vec<Item>> {
        let key = |key: Key| {
            HashMap::from([("pk".to_owned(), text(key.pk)), ("sk".to_owned(), text(key.sk))])
        };
        let keys: Vec<Item> = keys.map(key).collect();
        let mut items = Vec::with_capacity(keys.len());
        for batch in keys.chunks(BATCH) {
            let mut wanted = batch.to_vec();
            while !wanted.is_empty() {
                let keys = KeysAndAttributes::builder()
                    .set_keys(Some(wanted))
                    .build()
                    .context("build a batch read")?;
                let mut answer = self
                    .client
                    .batch_get_item()
                    .request_items(&self.name, keys)
                    .send()
                    .await
                    .map_err(told)?;
                let found = answer.responses.as_mut().and_then(|all| all.remove(&self.name));
                items.extend(found.unwrap_or_default());
                let left = answer.unprocessed_keys.and_then(|mut all| all.remove(&self.name));
                wanted = left.map(|left| left.keys).unwrap_or_default();
            }
        }
        Ok(items)
    }

    /// What one list of the index names, up to a moment, soonest first.
    async fn listed<I>(
        &self,
        list: String,
        until: Option<Timestamp>,
        read: impl Fn(&str, &str) -> Option<I>,
    ) -> anyhow::Result<Vec<I>> {
        let entries = self.entries(list, until).await?;
        Ok(entries.iter().filter_map(|(key, _)| read(&key.pk, &key.sk)).collect())
    }

    /// The keys on one list of the index, each with its moment there.
    async fn entries(
        &self,
        list: String,
        until: Option<Timestamp>,
    ) -> anyhow::Result<Vec<(Key, Timestamp)>> {
        let mut query = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(keys::AGENDA_INDEX)
            .expression_attribute_values(":list", text(list));
        query = match until {
            Some(until) => query
                .key_condition_expression("agenda = :list AND agenda_at <= :until")
                .expression_attribute_values(":until", text(keys::moment(until))),
            None => query.key_condition_expression("agenda = :list"),
        };
        let mut pages = query.into_paginator().send();
        let mut entries = Vec::new();
        while let Some(page) = pages.next().await {
            for item in page.map_err(told)?.items.unwrap_or_default() {
                let part = |name| key_part(&item, name).to_owned();
                let at = part("agenda_at").parse().context("a moment of the index")?;
                entries.push((Key { pk: part("pk"), sk: part("sk") }, at));
            }
        }
        Ok(entries)
    }
}

impl Catalogue for Table {
    async fn campaigns(&self) -> anyhow::Result<Vec<Published<Campaign>>> {
        let mut campaigns = Vec::new();
        for (id, version) in self.versions().await?.campaigns {
            let body = self.campaign(&id, version).await?;
            let body = body.with_context(|| format!("campaign {id} v{version} is gone"))?;
            campaigns.push(Published { version, body });
        }
        Ok(campaigns)
    }

    async fn in_force(&self) -> anyhow::Result<InForce> {
        if self.remembered_for.is_zero() {
            return self.read_in_force().await;
        }
        let mut remembered = self.in_force.lock().await;
        // By the time of day: the clock that counts on stands still while Lambda has us frozen, and a pause
        // of hours ago would be news.
        let asked_at = self.clock.now();
        if let Some((at, in_force)) = &*remembered
            && (SignedDuration::ZERO..self.remembered_for).contains(&asked_at.duration_since(*at))
        {
            return Ok(in_force.clone());
        }
        // As old as its oldest part.
        let in_force = self.read_in_force().await?;
        *remembered = Some((asked_at, in_force.clone()));
        Ok(in_force)
    }

    async fn campaign(&self, id: &CampaignId, version: u32) -> anyhow::Result<Option<Campaign>> {
        let mut known = self.campaigns.lock().await;
        if let Some(campaign) = known.get(&(id.clone(), version)) {
            return Ok(Some(campaign.clone()));
        }
        let Some(item) = self.get(keys::campaign(id, version)).await.context("read a campaign")?
        else {
            return Ok(None);
        };
        let item: VersionItem = serde_dynamo::from_item(item).context("campaign item")?;
        let file: CampaignFile = serde_json::from_str(&item.body).context("campaign body")?;
        let campaign = file
            .check()
            .map_err(|problems| anyhow::anyhow!("campaign {id} v{version}: {}", problems[0]))?;
        known.insert((id.clone(), version), campaign.clone());
        Ok(Some(campaign))
    }

    async fn profile(&self) -> anyhow::Result<Option<Published<Profile>>> {
        let Some(item) = self.get(keys::profile_in_force()).await.context("read the catalogue")?
        else {
            return Ok(None);
        };
        let current: CurrentItem = serde_dynamo::from_item(item).context("catalogue item")?;
        let key = keys::profile(&current.name, current.version);
        let item =
            self.get(key).await.context("read the profile")?.context("the profile is gone")?;
        let item: VersionItem = serde_dynamo::from_item(item).context("profile item")?;
        let file: ProfileFile = serde_json::from_str(&item.body).context("profile body")?;
        let body = file
            .check()
            .map_err(|problems| anyhow::anyhow!("profile {}: {}", current.name, problems[0]))?;
        Ok(Some(Published { version: current.version, body }))
    }
}

impl Partners for Table {
    async fn partner(&self, name: &str) -> anyhow::Result<Option<Published<Partner>>> {
        let item = self.get(keys::partner_in_force(name)).await.context("read the catalogue")?;
        let Some(item) = item else { return Ok(None) };
        let current: CurrentItem = serde_dynamo::from_item(item).context("catalogue item")?;
        let version = current.version;
        let item = self.get(keys::partner(name, version)).await.context("read a partner")?;
        let item = item.with_context(|| format!("partner {name} v{version} is gone"))?;
        let item: VersionItem = serde_dynamo::from_item(item).context("partner item")?;
        let file: PartnerFile = serde_json::from_str(&item.body).context("partner body")?;
        let body = file
            .check()
            .map_err(|problems| anyhow::anyhow!("partner {name} v{version}: {}", problems[0]))?;
        Ok(Some(Published { version, body }))
    }
}

impl Experiments for Table {
    async fn plans(&self) -> anyhow::Result<Vec<Published<Registered>>> {
        let items =
            self.partition(keys::CATALOGUE.to_owned()).await.context("read the catalogue")?;
        let mut plans = Vec::new();
        for item in items.into_iter().filter(|i| sort_key(i).starts_with(keys::EXPERIMENT)) {
            let CurrentItem { name, version, .. } =
                serde_dynamo::from_item(item).context("catalogue item")?;
            let id = ExperimentId::parse(&name).context("experiment name")?;
            let item = self.get(keys::experiment(&id, version)).await.context("read a plan")?;
            let item = item.with_context(|| format!("plan {name} v{version} is gone"))?;
            let item: VersionItem = serde_dynamo::from_item(item).context("plan item")?;
            let file: PlanFile = serde_json::from_str(&item.body).context("plan body")?;
            let plan = file
                .check()
                .map_err(|problems| anyhow::anyhow!("plan {name} v{version}: {}", problems[0]))?;
            let body = Registered { plan, at: item.published_at };
            plans.push(Published { version, body });
        }
        Ok(plans)
    }
}

/// The versions in force.
#[derive(Default)]
struct Versions {
    campaigns: BTreeMap<CampaignId, u32>,
    ended: BTreeSet<CampaignId>,
    prices: Option<u32>,
}

impl Table {
    async fn read_in_force(&self) -> anyhow::Result<InForce> {
        let Versions { campaigns, ended, prices } = self.versions().await?;
        let prices = match prices {
            Some(version) => self.prices(version).await?,
            None => Prices::default(),
        };
        let items = self.partition(keys::PAUSED.to_owned()).await.context("read the pauses")?;
        let pauses = items.into_iter().map(|item| {
            let item: PauseItem = serde_dynamo::from_item(item).context("pause")?;
            item.read()
        });
        Ok(InForce { campaigns, ended, prices, pauses: pauses.collect::<anyhow::Result<_>>()? })
    }

    async fn versions(&self) -> anyhow::Result<Versions> {
        let items =
            self.partition(keys::CATALOGUE.to_owned()).await.context("read the catalogue")?;
        let mut versions = Versions::default();
        for item in items {
            let current: CurrentItem = serde_dynamo::from_item(item).context("catalogue item")?;
            if current.sk.starts_with("CAMPAIGN#") {
                let id = CampaignId::parse(&current.name).context("campaign name")?;
                if current.ended_at.is_some() {
                    versions.ended.insert(id);
                } else {
                    versions.campaigns.insert(id, current.version);
                }
            } else if current.sk == keys::prices_in_force().sk {
                versions.prices = Some(current.version);
            }
        }
        Ok(versions)
    }

    async fn prices(&self, version: u32) -> anyhow::Result<Prices> {
        let known = self.prices.lock().ok().and_then(|known| known.clone());
        if let Some((_, prices)) = known.filter(|(known, _)| *known == version) {
            return Ok(prices);
        }
        let item = self.get(keys::prices(version)).await.context("read the prices")?;
        let item = item.with_context(|| format!("the prices' version {version} is gone"))?;
        let item: VersionItem = serde_dynamo::from_item(item).context("prices item")?;
        let file: PricesFile = serde_json::from_str(&item.body).context("prices body")?;
        let prices = file.check().map_err(|problems| anyhow::anyhow!("prices: {}", problems[0]))?;
        if let Ok(mut known) = self.prices.lock() {
            *known = Some((version, prices.clone()));
        }
        Ok(prices)
    }
}

impl Switch for Table {
    async fn pause(&self, pause: &Pause) -> anyhow::Result<bool> {
        let item = stored(PauseItem::of(pause))?;
        let written = self
            .client
            .put_item()
            .table_name(&self.name)
            .set_item(Some(item))
            // One whose end has come makes room for the next.
            .condition_expression("attribute_not_exists(pk) OR #until <= :now")
            .expression_attribute_names("#until", "until")
            .expression_attribute_values(
                ":now",
                AttributeValue::N(pause.at.as_second().to_string()),
            )
            .send()
            .await;
        match written.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => {
                *self.in_force.lock().await = None;
                Ok(true)
            }
            Err(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Err(error) => Err(service(&error)).context("pause"),
        }
    }

    async fn told(&self, scope: &Scope) -> anyhow::Result<()> {
        let key = keys::pause(scope);
        let written = self
            .client
            .update_item()
            .table_name(&self.name)
            .key("pk", text(key.pk))
            .key("sk", text(key.sk))
            .update_expression("SET told = :yes")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":yes", AttributeValue::Bool(true))
            .send()
            .await;
        match written.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(service(&error)).context("note that a pause was told"),
        }
    }

    async fn resume(&self, scope: &Scope) -> anyhow::Result<bool> {
        let key = keys::pause(scope);
        let answer = self
            .client
            .delete_item()
            .table_name(&self.name)
            .key("pk", text(key.pk))
            .key("sk", text(key.sk))
            .return_values(ReturnValue::AllOld)
            .send()
            .await
            .map_err(self::told)
            .context("resume")?;
        Ok(answer.attributes.is_some())
    }
}

impl Sweeps for Table {
    async fn swept(&self, list: &str) -> anyhow::Result<Option<Timestamp>> {
        let item = self.get(keys::sweep(list)).await.context("read a sweep")?;
        let until = item.as_ref().and_then(|item| item.get("until")?.as_s().ok());
        until.map(|until| until.parse().context("a sweep's moment")).transpose()
    }

    async fn sweep(&self, list: &str, until: Timestamp) -> anyhow::Result<()> {
        let key = keys::sweep(list);
        self.client
            .put_item()
            .table_name(&self.name)
            .item("pk", text(key.pk))
            .item("sk", text(key.sk))
            .item("until", text(keys::instant(until)))
            .send()
            .await
            .map_err(told)
            .context("note a sweep")?;
        Ok(())
    }
}

impl LogBook for Table {
    async fn log(&self, number: &LogNumber) -> anyhow::Result<LogFile> {
        let items = self.partition(keys::log(number).pk).await.context("read a log")?;
        let mut file = LogFile::default();
        for item in items {
            if sort_key(&item).starts_with("CRIME#") {
                file.links.extend(self.link(item)?);
            } else if item.contains_key("number") {
                let item: LogItem = serde_dynamo::from_item(item).context("log item")?;
                // Of one that expired the revision alone: the next version is written over it.
                file.revision = item.revision;
                if !expired(item.expires, self.clock.now()) {
                    file.duplicates = items::numbers(&item.duplicates)?;
                    file.record = Some(item.read()?);
                }
            } else {
                let item: NamedItem = serde_dynamo::from_item(item).context("named log")?;
                file.revision = item.revision;
                file.duplicates = items::numbers(&item.duplicates)?;
            }
        }
        Ok(file)
    }

    async fn keep_log(&self, record: &LogRecord, file: &LogFile) -> anyhow::Result<bool> {
        let before = (file.revision > 0).then_some(file.revision);
        self.put_next(stored(LogItem::of(record, file))?, before).await.context("keep a log")
    }

    async fn keep_duplicate(&self, main: &LogNumber, duplicate: &LogNumber) -> anyhow::Result<()> {
        let written = self
            .touch(main, ", duplicates :duplicates")
            .condition_expression("NOT contains(duplicates, :duplicate)")
            .expression_attribute_values(
                ":duplicates",
                AttributeValue::Ss(vec![duplicate.to_string()]),
            )
            .expression_attribute_values(":duplicate", text(duplicate.to_string()))
            .send()
            .await;
        match written.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(service(&error)).context("note a duplicate"),
        }
    }

    async fn keep_link(&self, link: &CrimeLink) -> anyhow::Result<()> {
        let log = link.log.as_ref().map(|log| keys::log_crime(log, &link.reference));
        let person = link.person.as_ref().map(|who| keys::person_crime(who, &link.reference));
        for key in [log, person].into_iter().flatten() {
            let item = stored(LinkItem::of(key, link, self.clock.now()))?;
            let put = self.client.put_item().table_name(&self.name).set_item(Some(item));
            put.send().await.map_err(told).context("keep a crime link")?;
        }
        let Some(log) = &link.log else { return Ok(()) };
        self.touch(log, "").send().await.map_err(told).context("keep a crime link")?;
        Ok(())
    }

    async fn logs_opened(&self, day: Date) -> anyhow::Result<Vec<LogRecord>> {
        let mut pages = self
            .client
            .query()
            .table_name(&self.name)
            .index_name(keys::LOGS_INDEX)
            .key_condition_expression("opened_on = :day")
            .expression_attribute_values(":day", text(day.to_string()))
            .into_paginator()
            .send();
        let mut records = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(told).context("read a day's logs")?;
            for item in page.items.unwrap_or_default() {
                records.extend(self.read_log(item)?);
            }
        }
        // Those that were last kept by a release that listed them by key.
        let read = |pk: &str, _: &str| keys::log_of(pk);
        let list = keys::logs_opened(day);
        let numbers = self.listed(list, None, read).await.context("read a day's logs")?;
        records.extend(self.logs(&numbers).await?);
        // One that is kept anew while we read could be found on both.
        records.sort_by(|a, b| a.log.number.cmp(&b.log.number));
        records.dedup_by(|a, b| a.log.number == b.log.number);
        Ok(records)
    }

    async fn logs(&self, numbers: &[LogNumber]) -> anyhow::Result<Vec<LogRecord>> {
        let items = self.all(numbers.iter().map(keys::log)).await.context("read logs")?;
        // What is only named has a revision and nothing to tell.
        let told = items.into_iter().filter(|item| item.contains_key("number"));
        told.filter_map(|item| self.read_log(item).transpose()).collect()
    }
}

impl Ledger for Table {
    async fn person(&self, person: &PersonId) -> anyhow::Result<PersonFile> {
        let items = self.partition(keys::person(person).pk).await.context("read a person")?;
        let mut file = PersonFile::default();
        for item in items {
            match sort_key(&item).split('#').next() {
                Some("CONTACT") => file.contacts.extend(self.read_contact(item)?),
                Some("CRIME") => file.links.extend(self.link(item)?),
                Some("FOLLOWUP") => file.follow_ups.extend(self.read_follow_up(item)?),
                _ => {
                    let at = item.get("opted_out").and_then(|value| value.as_s().ok());
                    file.opted_out = at.and_then(|at| at.parse().ok());
                }
            }
        }
        Ok(file)
    }

    async fn contact(&self, id: &ContactId) -> anyhow::Result<Option<Contact>> {
        let item = self.get(keys::contact(id)).await.context("read a contact")?;
        item.map_or(Ok(None), |item| self.read_contact(item))
    }

    async fn keep_number(
        &self,
        person: &PersonId,
        mobile: &Mobile,
        until: Timestamp,
    ) -> anyhow::Result<()> {
        self.put_number(numbers::MOBILE, keys::number(person), person, mobile.expose(), until)
            .await
            .context("keep a number")
    }

    async fn plan(&self, contact: &Contact) -> anyhow::Result<bool> {
        self.put_next(stored(ContactItem::of(contact))?, None).await.context("plan a contact")
    }

    async fn replace(&self, next: &Contact, budget: &BudgetMove) -> anyhow::Result<Written> {
        let item = stored(ContactItem::of(next))?;
        let written = self.replace_with_budget(item, next.revision, &next.campaign, budget);
        written.await.context("replace a contact")
    }

    async fn opt_out(&self, person: &PersonId, at: Timestamp) -> anyhow::Result<()> {
        let update = self
            .client
            .update_item()
            .update_expression("SET opted_out = :at")
            .condition_expression("attribute_not_exists(opted_out) OR opted_out < :at");
        self.opt(update, person, at).await.context("record an opt-out")
    }

    async fn opt_in(&self, person: &PersonId, at: Timestamp) -> anyhow::Result<()> {
        let update = self
            .client
            .update_item()
            .update_expression("REMOVE opted_out")
            .condition_expression("opted_out <= :at");
        self.opt(update, person, at).await.context("record an opt-in")
    }

    async fn agenda(
        &self,
        list: Agenda,
        until: Timestamp,
    ) -> anyhow::Result<Vec<(ContactId, Timestamp)>> {
        let list = keys::agenda(list).to_owned();
        let entries = self.entries(list, Some(until)).await.context("read the agenda")?;
        let contact = |(key, at): (Key, _)| Some((keys::contact_of(&key.pk, &key.sk)?, at));
        Ok(entries.into_iter().filter_map(contact).collect())
    }

    async fn settled(&self, from: Date, to: Date) -> anyhow::Result<Vec<ContactId>> {
        let mut ids = Vec::new();
        for date in from.series(jiff::Span::new().days(1)).take_while(|date| *date <= to) {
            ids.extend(
                self.listed(keys::done(date), None, keys::contact_of)
                    .await
                    .context("read settled contacts")?,
            );
        }
        Ok(ids)
    }

    async fn contacts(&self, ids: &[ContactId]) -> anyhow::Result<Vec<Contact>> {
        let items = self.all(ids.iter().map(keys::contact)).await.context("read contacts")?;
        items.into_iter().filter_map(|item| self.read_contact(item).transpose()).collect()
    }
}

impl Replies for Table {
    async fn reply(&self, id: &TaskId) -> anyhow::Result<Option<ReplyFile>> {
        let key = keys::call(&id.supplier, &id.message);
        let Some(item) = self.get(key).await.context("read a reply")? else { return Ok(None) };
        let item: ReplyItem = serde_dynamo::from_item(item).context("reply item")?;
        if expired(item.expires, self.clock.now()) {
            return Ok(None);
        }
        let sender = match item.sender {
            Some(sender) => Some(sender),
            None => {
                let key = keys::sender(&id.supplier, &id.message);
                self.number_in(numbers::SENDER, key).await.context("read a reply's sender")?
            }
        };
        Ok(Some(ReplyFile {
            sender,
            text: item.text,
            received_at: item.received_at,
            read_at: item.read_at,
            class: item.class.as_deref().and_then(Class::parse),
            why: item.why,
            sentiment: item
                .sentiment
                .as_deref()
                .and_then(Sentiment::parse)
                .zip(Valence::new(item.valence.unwrap_or_default())),
            score: item.score,
            disagrees: item.disagrees,
            contact: item.contact.as_deref().and_then(ContactId::parse),
        }))
    }
}

impl Table {
    fn link(&self, item: Item) -> anyhow::Result<Option<CrimeLink>> {
        let item: LinkItem = serde_dynamo::from_item(item).context("crime link")?;
        Ok((!expired(item.expires, self.clock.now())).then(|| item.read()))
    }
}

impl Table {
    /// Changes a person's wish; where a later one is kept, it stays.
    async fn opt(
        &self,
        update: UpdateItemFluentBuilder,
        person: &PersonId,
        at: Timestamp,
    ) -> anyhow::Result<()> {
        let key = keys::person(person);
        let written = update
            .table_name(&self.name)
            .key("pk", text(key.pk))
            .key("sk", text(key.sk))
            .expression_attribute_values(":at", text(keys::instant(at)))
            .send()
            .await;
        match written.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) | Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(()),
            Err(error) => Err(service(&error)),
        }
    }

    /// A new revision of what is kept under a log's number, extracted or not, and what to add to it.
    fn touch(&self, log: &LogNumber, and_add: &str) -> UpdateItemFluentBuilder {
        let key = keys::log(log);
        let expires = self.clock.now().as_second() + retention::LOG.as_secs();
        self.client
            .update_item()
            .table_name(&self.name)
            .key("pk", text(key.pk))
            .key("sk", text(key.sk))
            .update_expression(format!(
                "SET expires = if_not_exists(expires, :expires) ADD revision :one{and_add}"
            ))
            .expression_attribute_values(":expires", AttributeValue::N(expires.to_string()))
            .expression_attribute_values(":one", number(1))
    }

    /// Writes an item if its revision is still `before`, or, without one, if there is none yet;
    /// `false` when somebody wrote first.
    async fn put_next(&self, item: Item, before: Option<u64>) -> anyhow::Result<bool> {
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item));
        let put = match before {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(before) => put
                .condition_expression("revision = :before")
                .expression_attribute_values(":before", number(before)),
        };
        match put.send().await.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(true),
            Err(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Err(error) => Err(service(&error)),
        }
    }

    /// What is reserved or spent of a campaign's month.
    ///
    /// # Errors
    /// The table's.
    pub async fn reserved(&self, campaign: &CampaignId, month: Month) -> anyhow::Result<Money> {
        let item = self.get(keys::budget(campaign, month)).await.context("read a budget")?;
        let reserved = item.as_ref().and_then(|item| item.get("reserved")?.as_n().ok());
        let millipence = reserved.map_or(Ok(0), |number| number.parse());
        Ok(Money::from_millipence(millipence.context("read a budget")?))
    }
}

impl FollowUps for Table {
    async fn plan_follow_up(&self, follow_up: &FollowUp) -> anyhow::Result<bool> {
        let item = stored(FollowUpItem::of(follow_up))?;
        self.put_next(item, None).await.context("plan a follow-up")
    }

    async fn follow_up(&self, id: &FollowUpId) -> anyhow::Result<Option<FollowUp>> {
        let item = self.get(keys::follow_up(id)).await.context("read a follow-up")?;
        item.map_or(Ok(None), |item| self.read_follow_up(item))
    }

    async fn replace_follow_up(
        &self,
        next: &FollowUp,
        campaign: Option<&CampaignId>,
        budget: &BudgetMove,
    ) -> anyhow::Result<Written> {
        let item = stored(FollowUpItem::of(next))?;
        let written = match campaign {
            Some(campaign) => self.replace_with_budget(item, next.revision, campaign, budget).await,
            None => self
                .put_next(item, Some(next.revision - 1))
                .await
                .map(|written| if written { Written::Yes } else { Written::Conflict }),
        };
        written.context("replace a follow-up")
    }

    async fn follow_ups_due(&self, until: Timestamp) -> anyhow::Result<Vec<FollowUpId>> {
        let list = keys::FOLLOW_UPS.to_owned();
        self.listed(list, Some(until), keys::follow_up_of).await.context("read the follow-ups")
    }

    async fn follow_ups_settled(&self, from: Date, to: Date) -> anyhow::Result<Vec<FollowUp>> {
        let mut found = Vec::new();
        for date in from.series(jiff::Span::new().days(1)).take_while(|date| *date <= to) {
            let ids = self.listed(keys::follow_ups_done(date), None, keys::follow_up_of).await;
            let ids = ids.context("read settled follow-ups")?;
            let items = self.all(ids.iter().map(keys::follow_up)).await;
            for item in items.context("read settled follow-ups")? {
                found.extend(self.read_follow_up(item)?);
            }
        }
        Ok(found)
    }
}

impl Desks for Table {
    async fn open_task(&self, task: &Task) -> anyhow::Result<bool> {
        self.put_next(stored(TaskItem::of(task))?, None).await.context("open a task")
    }

    async fn task(&self, id: &TaskId) -> anyhow::Result<Option<Task>> {
        let Some(item) = self.get(keys::task(id)).await.context("read a task")? else {
            return Ok(None);
        };
        self.read_task(item)
    }

    async fn replace_task(&self, next: &Task) -> anyhow::Result<bool> {
        let item = stored(TaskItem::of(next))?;
        self.put_next(item, Some(next.revision - 1)).await.context("replace a task")
    }

    async fn tasks(&self, lane: Lane, until: Timestamp) -> anyhow::Result<Vec<TaskId>> {
        let read = |pk: &str, _: &str| keys::task_of(pk);
        self.listed(keys::lane(lane), Some(until), read).await.context("read a desk")
    }

    async fn all_tasks(&self, ids: &[TaskId]) -> anyhow::Result<Vec<Task>> {
        let items = self.all(ids.iter().map(keys::task)).await.context("read tasks")?;
        items.into_iter().filter_map(|item| self.read_task(item).transpose()).collect()
    }
}

// AWS deletes what expired within days; until then it is not read.
impl Table {
    fn read_log(&self, item: Item) -> anyhow::Result<Option<LogRecord>> {
        let item: LogItem = serde_dynamo::from_item(item).context("log item")?;
        (!expired(item.expires, self.clock.now())).then(|| item.read()).transpose()
    }

    fn read_contact(&self, item: Item) -> anyhow::Result<Option<Contact>> {
        let item: ContactItem = serde_dynamo::from_item(item).context("contact item")?;
        (!expired(item.expires, self.clock.now())).then(|| item.read()).transpose()
    }

    fn read_follow_up(&self, item: Item) -> anyhow::Result<Option<FollowUp>> {
        let item: FollowUpItem = serde_dynamo::from_item(item).context("follow-up item")?;
        (!expired(item.expires, self.clock.now())).then(|| item.read()).transpose()
    }

    fn read_task(&self, item: Item) -> anyhow::Result<Option<Task>> {
        let item: TaskItem = serde_dynamo::from_item(item).context("task item")?;
        (!expired(item.expires, self.clock.now())).then(|| item.read()).transpose()
    }
}

impl Doorstep for Table {
    async fn keep_call(&self, call: &Call) -> anyhow::Result<bool> {
        // The sender first: whoever finds the reply can answer it.
        let until =
            call.received_at.saturating_add(retention::NUMBER_OF_SENDER).unwrap_or(Timestamp::MAX);
        let key = keys::sender(&call.supplier, &call.message);
        self.put_number(numbers::SENDER, key, &call.person, &call.sender, until)
            .await
            .context("keep a reply's sender")?;
        let key = keys::call(&call.supplier, &call.message);
        let item = stored(CallItem {
            pk: key.pk,
            sk: key.sk,
            expires: call.received_at.as_second() + retention::REPLY.as_secs(),
            person: call.person.to_string(),
            answers: call.answers.as_ref().map(ToString::to_string),
            text: call.text.clone(),
            received_at: call.received_at,
        })?;
        self.put_next(item, None).await.context("keep a reply")
    }
}

impl Inbox for Table {
    async fn call(&self, supplier: &str, message: &str) -> anyhow::Result<Option<Unread>> {
        let key = keys::call(supplier, message);
        let answer = self
            .client
            .get_item()
            .table_name(&self.name)
            .key("pk", text(key.pk))
            .key("sk", text(key.sk))
            .consistent_read(true)
            // Not the sender: reading a reply needs no number.
            .projection_expression("person, answers, #text, received_at, read_at, expires")
            .expression_attribute_names("#text", "text")
            .send()
            .await
            .map_err(told)
            .context("read a reply")?;
        let Some(item) = answer.item else { return Ok(None) };
        let item: UnreadItem = serde_dynamo::from_item(item).context("reply item")?;
        if expired(item.expires, self.clock.now()) {
            return Ok(None);
        }
        Ok(Some(Unread {
            person: PersonId::parse(&item.person).context("reply's person")?,
            answers: item.answers.as_deref().and_then(ContactId::parse),
            text: item.text,
            received_at: item.received_at,
            read_at: item.read_at,
        }))
    }

    async fn first_said(&self, said: &Saying<'_>) -> anyhow::Result<TaskId> {
        let key = keys::said(said.person, &said.hash);
        let written = self
            .client
            .put_item()
            .table_name(&self.name)
            .item("pk", text(key.pk))
            .item("sk", text(key.sk))
            .item("supplier", text(said.message.supplier.clone()))
            .item("message", text(said.message.message.clone()))
            .item(
                "expires",
                AttributeValue::N((said.at.as_second() + retention::SAID.as_secs()).to_string()),
            )
            .condition_expression("attribute_not_exists(pk)")
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld)
            .send()
            .await;
        match written.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(said.message.clone()),
            Err(PutItemError::ConditionalCheckFailedException(before)) => {
                let part = |name: &str| before.item()?.get(name)?.as_s().ok().cloned();
                let first = part("supplier").zip(part("message"));
                let (supplier, message) = first.context("who said it first is not kept")?;
                Ok(TaskId { supplier, message })
            }
            Err(error) => Err(service(&error)).context("note what was said"),
        }
    }

    async fn note(&self, supplier: &str, message: &str, noted: &Noted) -> anyhow::Result<bool> {
        let key = keys::call(supplier, message);
        let reading = &noted.reading;
        let why = reading.why.iter().map(|cue| text(cue.to_string())).collect();
        let written = self
            .client
            .update_item()
            .table_name(&self.name)
            .key("pk", text(key.pk))
            .key("sk", text(key.sk))
            .update_expression(
                "SET read_at = :at, #class = :class, sentiment = :sentiment, opt_out = :opt_out, \
                 score = :score, valence = :valence, disagrees = :disagrees, why = :why, \
                 contact = :contact",
            )
            .condition_expression("attribute_exists(pk) AND attribute_not_exists(read_at)")
            .expression_attribute_names("#class", "class")
            .expression_attribute_values(":at", text(noted.at.to_string()))
            .expression_attribute_values(":class", text(reading.class.as_str().to_owned()))
            .expression_attribute_values(":sentiment", text(reading.sentiment.as_str().to_owned()))
            .expression_attribute_values(":opt_out", AttributeValue::Bool(reading.opt_out))
            .expression_attribute_values(
                ":valence",
                AttributeValue::N(reading.valence.get().to_string()),
            )
            .expression_attribute_values(":disagrees", AttributeValue::Bool(reading.disagrees))
            .expression_attribute_values(":score", optional(reading.score.map(Score::get)))
            .expression_attribute_values(":why", AttributeValue::L(why))
            .expression_attribute_values(
                ":contact",
                noted
                    .contact
                    .as_ref()
                    .map_or(AttributeValue::Null(true), |id| text(id.to_string())),
            )
            .send()
            .await;
        match written.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(true),
            Err(UpdateItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Err(error) => Err(service(&error)).context("note a reply"),
        }
    }
}

fn text(value: String) -> AttributeValue {
    AttributeValue::S(value)
}

fn number(value: u64) -> AttributeValue {
    AttributeValue::N(value.to_string())
}

fn optional(value: Option<u8>) -> AttributeValue {
    value.map_or(AttributeValue::Null(true), |value| AttributeValue::N(value.to_string()))
}

fn stored<T: Serialize>(item: T) -> anyhow::Result<Item> {
    let item: serde_dynamo::Item = serde_dynamo::to_item(item).context("write an item")?;
    Ok(item.into())
}

fn sort_key(item: &Item) -> &str {
    key_part(item, "sk")
}

fn key_part<'a>(item: &'a Item, name: &str) -> &'a str {
    item.get(name).and_then(|value| value.as_s().ok()).map_or("", String::as_str)
}

/// What kind of item it is: how its partition's key begins; where a partition has several kinds, a person's
/// or a reply's, how the other does.
fn kind(item: &Item) -> &str {
    let begins = |key| str::split(key, '#').next().unwrap_or_default();
    match begins(key_part(item, "pk")) {
        "PERSON" | "CALL" => begins(sort_key(item)),
        kind => kind,
    }
}

/// A service's refusal by its code alone: its message could quote an item.
fn service(error: &impl aws_sdk_dynamodb::error::ProvideErrorMetadata) -> anyhow::Error {
    anyhow::anyhow!("refused: {}", error.code().unwrap_or("no answer"))
}
