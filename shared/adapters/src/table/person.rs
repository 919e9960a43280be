//! Everything the table holds about one person: shown to them, or made nobody's.
//!
//! Only some of it lies under the person's own key. Logs, replies and tasks name them too, so the whole
//! table is read for it: that costs a read of everything, and is right because the question is rare and
//! the answer must be complete.

use anyhow::Context as _;
use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put, TransactWriteItem};
use domain::person::PersonId;
use domain::phone::Mobile;
use serde_json::Value;

use super::{Item, Table, keys, kind};
use crate::aws::told;

/// What became of what was kept about somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Erased {
    /// Items taken out: the number, replies, what was said when.
    pub deleted: u64,
    /// Items that now name nobody: contacts, follow-ups, tasks, logs.
    pub made_nobodys: u64,
    /// Items kept as they are, because they protect the person: the opt-out, links to crimes.
    pub kept: u64,
}

/// What is done with an item.
pub(super) enum Fate {
    Delete,
    Nobodys,
    Keep,
}

impl Table {
    /// Every item that names a person by their keyed hash or by their number.
    ///
    /// # Errors
    /// The table's.
    pub async fn everything_of(
        &self,
        person: &PersonId,
        mobile: &Mobile,
    ) -> anyhow::Result<Vec<Value>> {
        let mut everything = Vec::new();
        for item in self.items_of(person, mobile).await? {
            let item = self.unsealed(item).await?;
            everything.push(serde_dynamo::from_item(item).context("read an item")?);
        }
        Ok(everything)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "no index has what others' items say of a person"
    )]
    async fn items_of(&self, person: &PersonId, mobile: &Mobile) -> anyhow::Result<Vec<Item>> {
        let mut pages = self.client.scan().table_name(&self.name).into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let items = page.map_err(told).context("read the table")?.items.unwrap_or_default();
            let names = |item: &Item| {
                item.values().any(|value| holds(value, &[person.as_str(), mobile.expose()]))
            };
            found.extend(items.into_iter().filter(names));
        }
        Ok(found)
    }

    /// Makes nobody's what is kept about a person, under `nobody` instead. What counts in the report
    /// stays; the number and every word of theirs goes; the opt-out stays, or they would be texted again.
    ///
    /// # Errors
    /// The table's. Begun again it goes on where it stopped, with another nobody.
    pub async fn erase(
        &self,
        person: &PersonId,
        mobile: &Mobile,
        nobody: &PersonId,
    ) -> anyhow::Result<Erased> {
        let mut erased = Erased::default();
        for item in self.items_of(person, mobile).await? {
            match fate(&item) {
                Fate::Keep => erased.kept += 1,
                Fate::Delete => {
                    self.delete(&item).await?;
                    erased.deleted += 1;
                }
                Fate::Nobodys => {
                    self.rename(&item, person, nobody).await?;
                    erased.made_nobodys += 1;
                }
            }
        }
        Ok(erased)
    }

    async fn delete(&self, item: &Item) -> anyhow::Result<()> {
        let (pk, sk) = key_of(item);
        let deleted = self.client.delete_item().table_name(&self.name).key("pk", pk).key("sk", sk);
        deleted.send().await.map_err(told).context("delete an item")?;
        Ok(())
    }

    /// The item under another person's name, and away with the old one, in one write.
    async fn rename(
        &self,
        item: &Item,
        person: &PersonId,
        nobody: &PersonId,
    ) -> anyhow::Result<()> {
        let mut renamed: Item = item
            .iter()
            .map(|(name, value)| (name.clone(), replaced(value, person.as_str(), nobody.as_str())))
            .collect();
        // The supplier could find the number by its own id of the text.
        renamed.remove("supplier_id");
        let moved = key_of(&renamed) != key_of(item);
        let mut put = Put::builder().table_name(&self.name);
        // Somebody may be writing it at the same moment.
        if let (Some(revision), false) = (item.get("revision"), moved) {
            put = put
                .condition_expression("revision = :before")
                .expression_attribute_values(":before", revision.clone());
        }
        let put = put.set_item(Some(renamed)).build().context("build a write")?;
        let mut writes = vec![TransactWriteItem::builder().put(put).build()];
        if moved {
            let (pk, sk) = key_of(item);
            let mut delete = Delete::builder().table_name(&self.name).key("pk", pk).key("sk", sk);
            if let Some(revision) = item.get("revision") {
                delete = delete
                    .condition_expression("revision = :before")
                    .expression_attribute_values(":before", revision.clone());
            }
            let delete = delete.build().context("build a write")?;
            writes.push(TransactWriteItem::builder().delete(delete).build());
        }
        let sent = self.client.transact_write_items().set_transact_items(Some(writes)).send();
        sent.await.map_err(told).context("make an item nobody's; begin again")?;
        Ok(())
    }
}

fn key_of(item: &Item) -> (AttributeValue, AttributeValue) {
    let part = |name| item.get(name).cloned().unwrap_or(AttributeValue::Null(true));
    (part("pk"), part("sk"))
}

pub(super) fn fate(item: &Item) -> Fate {
    match kind(item) {
        "NUMBER" | "CALL" | keys::SENDER | "SAID" => Fate::Delete,
        "PERSON" | "CRIME" => Fate::Keep,
        // What was done about them is itself the record that it was done.
        "AUDIT" => Fate::Keep,
        _ => Fate::Nobodys,
    }
}

pub(super) fn holds(value: &AttributeValue, names: &[&str]) -> bool {
    match value {
        AttributeValue::S(text) => names.iter().any(|name| text.contains(name)),
        AttributeValue::L(list) => list.iter().any(|value| holds(value, names)),
        AttributeValue::M(map) => map.values().any(|value| holds(value, names)),
        AttributeValue::Ss(set) => set.iter().any(|text| names.iter().any(|n| text.contains(n))),
        _ => false,
    }
}

fn replaced(value: &AttributeValue, from: &str, to: &str) -> AttributeValue {
    match value {
        AttributeValue::S(text) => AttributeValue::S(text.replace(from, to)),
        AttributeValue::L(list) => {
            AttributeValue::L(list.iter().map(|value| replaced(value, from, to)).collect())
        }
        AttributeValue::M(map) => AttributeValue::M(
            map.iter().map(|(key, value)| (key.clone(), replaced(value, from, to))).collect(),
        ),
        AttributeValue::Ss(set) => {
            AttributeValue::Ss(set.iter().map(|text| text.replace(from, to)).collect())
        }
        other => other.clone(),
    }
}
