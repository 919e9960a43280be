//! What the table has lost, from a table beside it that was restored from a backup.
//!
//! Whatever is here stays as it is, and nothing that was forgotten since is remembered again: neither
//! what expired, nor what names somebody who was erased, nor the number of somebody who opted out.
//! What may have been texted since comes back as unknown, so that the supplier is asked first.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use domain::audit::{Act, Entry};
use domain::contact::State;
use domain::desk::TaskId;
use domain::person::PersonId;
use domain::ports::Ledger as _;
use jiff::Timestamp;

use super::items::{ContactItem, FollowUpItem, expired};
use super::person::{Fate, fate, holds};
use super::{Item, Table, keys, kind, service, stored};
use crate::aws::told;

/// What became of the items of a backup.
#[derive(Debug, Default)]
pub struct Restored {
    /// What was lost and is back, by kind.
    pub back: BTreeMap<String, u64>,
    /// What is here and stays as it is.
    pub here: u64,
    /// What was not copied because its term is over.
    pub expired: u64,
    /// What was not copied because it names somebody who was erased since, or is the number of somebody
    /// who wants no texts.
    pub forgotten: u64,
    /// Opt-outs that are later than the one here.
    pub opt_outs: u64,
    /// Contacts among what is back of which the supplier is asked before anything is sent.
    pub to_ask: u64,
    /// Replies among what is back that nobody had read: they are to be read.
    pub unread: Vec<TaskId>,
    /// Whether the record of what people did was lost as well, so that nobody knows who was erased since.
    pub record_lost: bool,
}

/// What people did after the backup was made, as far as it bears on it.
struct Since {
    erased: BTreeMap<PersonId, Timestamp>,
    record_lost: bool,
}

fn since(here: &[Entry], backup: &[Entry]) -> Since {
    let known: BTreeSet<_> = backup.iter().map(|entry| &entry.hash).collect();
    let new = here.iter().filter(|entry| !known.contains(&entry.hash));
    let erased = new.filter(|entry| entry.deed.act == Act::Erased).filter_map(|entry| {
        let person = PersonId::parse(entry.deed.subject.strip_prefix("person ")?)?;
        Some((person, entry.deed.at))
    });
    let kept: BTreeSet<_> = here.iter().map(|entry| &entry.hash).collect();
    Since { erased: erased.collect(), record_lost: !known.is_subset(&kept) }
}

impl Table {
    /// Copies from a backup what is lost here; without `go` it only says what that would be.
    ///
    /// # Errors
    /// One of the tables', or an item that cannot be read. Begun again it goes on where it stopped.
    pub async fn restore(
        &self,
        backup: &Self,
        now: Timestamp,
        go: bool,
    ) -> anyhow::Result<Restored> {
        let since = since(&self.audit().await?, &backup.audit().await.context("the backup")?);
        let mut restored = Restored { record_lost: since.record_lost, ..Restored::default() };
        for items in backup.pages().await.context("the backup")?.chunks(100) {
            let keys = items.iter().filter_map(|item| Some((part(item, "pk")?, part(item, "sk")?)));
            let keys: Vec<_> = keys.map(|(pk, sk)| keys::Key { pk, sk }).collect();
            let here = self.all(keys.into_iter()).await.context("look for what is here")?;
            let here: BTreeMap<_, _> =
                here.iter().map(|item| ((part(item, "pk"), part(item, "sk")), item)).collect();
            for item in items {
                match here.get(&(part(item, "pk"), part(item, "sk"))) {
                    Some(here) => self.later_wish(item, here, go, &mut restored).await?,
                    None => self.back(backup, item, &since, (now, go), &mut restored).await?,
                }
            }
        }
        // Whoever was erased is not texted again, also where that wish was lost.
        for (person, at) in since.erased.iter().filter(|_| go) {
            self.opt_out(person, *at).await?;
        }
        Ok(restored)
    }

    #[expect(clippy::disallowed_methods, reason = "a backup is copied as a whole")]
    async fn pages(&self) -> anyhow::Result<Vec<Item>> {
        let mut pages = self.client.scan().table_name(&self.name).into_paginator().send();
        let mut items = Vec::new();
        while let Some(page) = pages.next().await {
            items.extend(page.map_err(told).context("read the table")?.items.unwrap_or_default());
        }
        Ok(items)
    }

    /// Of two opt-outs the later counts. One that is gone here was taken back, and stays so.
    async fn later_wish(
        &self,
        item: &Item,
        here: &Item,
        go: bool,
        restored: &mut Restored,
    ) -> anyhow::Result<()> {
        let wish = |item| part(item, "opted_out")?.parse::<Timestamp>().ok();
        let person = part(item, "pk").and_then(|pk| PersonId::parse(pk.strip_prefix("PERSON#")?));
        match (person, wish(item), wish(here)) {
            (Some(person), Some(at), Some(here)) if at > here => {
                restored.opt_outs += 1;
                if go {
                    self.opt_out(&person, at).await?;
                }
            }
            _ => restored.here += 1,
        }
        Ok(())
    }

    async fn back(
        &self,
        backup: &Self,
        item: &Item,
        since: &Since,
        (now, go): (Timestamp, bool),
        restored: &mut Restored,
    ) -> anyhow::Result<()> {
        let expires = item.get("expires").and_then(|at| at.as_n().ok()?.parse().ok());
        if expired(expires.unwrap_or(0), now) {
            restored.expired += 1;
            return Ok(());
        }
        let erased: Vec<_> = since.erased.keys().map(PersonId::as_str).collect();
        let names_erased = item.values().any(|value| holds(value, &erased));
        if (names_erased && !matches!(fate(item), Fate::Keep))
            || self.is_number_of_who_left(backup, item).await?
        {
            restored.forgotten += 1;
            return Ok(());
        }
        let kind = kind(item);
        let back = match kind {
            "CONTACT" => {
                let Some(contact) = self.read_contact(item.clone())? else { return Ok(()) };
                let back = contact.restored(now);
                restored.to_ask += u64::from(back.state == State::Unknown);
                stored(ContactItem::of(&back))?
            }
            "FOLLOWUP" => {
                let Some(follow_up) = self.read_follow_up(item.clone())? else { return Ok(()) };
                stored(FollowUpItem::of(&follow_up.restored()))?
            }
            _ => item.clone(),
        };
        if kind == "CALL"
            && !item.contains_key("read_at")
            && let Some(call) = part(item, "pk").and_then(|pk| keys::call_of(&pk))
        {
            restored.unread.push(call);
        }
        if !go || self.put_lost(back).await? {
            *restored.back.entry(kind.to_owned()).or_default() += 1;
        } else {
            restored.here += 1;
        }
        Ok(())
    }

    /// Nobody who opted out, or never rang, is texted: their number is not needed again.
    async fn is_number_of_who_left(&self, backup: &Self, item: &Item) -> anyhow::Result<bool> {
        let person = part(item, "pk").and_then(|pk| PersonId::parse(pk.strip_prefix("NUMBER#")?));
        let Some(person) = person else { return Ok(false) };
        // What is here counts; where it is lost, what was.
        let wish = match self.get(keys::person(&person)).await? {
            Some(here) => Some(here),
            None => backup.get(keys::person(&person)).await?,
        };
        Ok(wish.is_some_and(|wish| wish.contains_key("opted_out")))
    }

    /// Writes what is not here; `false` when somebody wrote first.
    async fn put_lost(&self, item: Item) -> anyhow::Result<bool> {
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(pk)").send().await;
        match put.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(true),
            Err(PutItemError::ConditionalCheckFailedException(_)) => Ok(false),
            Err(error) => Err(service(&error)).context("copy an item"),
        }
    }
}

fn part(item: &Item, name: &str) -> Option<String> {
    item.get(name)?.as_s().ok().cloned()
}

#[cfg(test)]
mod tests {
    use domain::approval::Who;
    use domain::audit::{Deed, Head};

    use super::*;

    fn chain(acts: &[(Act, &str)]) -> Vec<Entry> {
        let mut head = Head::default();
        let entries = acts.iter().map(|(act, subject)| {
            let by = Who { name: "A. Officer".to_owned(), principal: None };
            let at = Timestamp::UNIX_EPOCH;
            let (act, subject) = (*act, (*subject).to_owned());
            let entry = head.next(Deed { act, subject, detail: String::new(), by, at });
            head = entry.head();
            entry
        });
        entries.collect()
    }

    #[test]
    fn who_was_erased_since_is_told_by_what_the_backup_does_not_know() {
        let (before, after) = ("a".repeat(32), "b".repeat(32));
        let subject = |person: &str| format!("person {person}");
        let all = [
            (Act::Erased, &*subject(&before)),
            (Act::Paused, "all"),
            (Act::Erased, &*subject(&after)),
        ];
        let (here, backup) = (chain(&all), chain(&all[..2]));
        let since = super::since(&here, &backup);
        assert_eq!(since.erased.keys().map(PersonId::as_str).collect::<Vec<_>>(), [after]);
        assert!(!since.record_lost);
        assert!(super::since(&here[..1], &backup).record_lost);
    }
}
