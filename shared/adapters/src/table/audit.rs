//! The chain of what people did, in the table: one item for each entry, and one for its end.

use anyhow::{Context as _, bail};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::audit::{Deed, Entry, Head};
use domain::ports::AuditTrail;

use super::items::{AuditItem, HeadItem};
use super::{Table, keys, number, service, stored, text};

/// How often an entry is written anew that somebody else's was faster than.
const TRIES: u32 = 16;

impl AuditTrail for Table {
    /// The entry and the chain's end in one write. Fails as the table does, or when others were always
    /// faster.
    async fn note_deed(&self, deed: &Deed) -> anyhow::Result<Entry> {
        for _ in 0..TRIES {
            let head = self.audit_head().await?;
            let entry = head.next(deed.clone());
            let put = Put::builder()
                .table_name(&self.name)
                .set_item(Some(stored(AuditItem::of(&entry))?))
                .condition_expression("attribute_not_exists(pk)")
                .build()
                .context("build a write")?;
            let end = Put::builder()
                .table_name(&self.name)
                .set_item(Some(stored(HeadItem::of(&entry.head()))?));
            let end = if head.number == 0 {
                end.condition_expression("attribute_not_exists(pk)")
            } else {
                end.condition_expression("#number = :number AND #hash = :hash")
                    .expression_attribute_names("#number", "number")
                    .expression_attribute_names("#hash", "hash")
                    .expression_attribute_values(":number", number(head.number))
                    .expression_attribute_values(":hash", text(head.hash.clone()))
            };
            let items = vec![
                TransactWriteItem::builder().put(put).build(),
                TransactWriteItem::builder().put(end.build().context("build a write")?).build(),
            ];
            let sent = self.client.transact_write_items().set_transact_items(Some(items)).send();
            match sent.await.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
                Ok(_) => return Ok(entry),
                Err(TransactWriteItemsError::TransactionCanceledException(_)) => {}
                Err(error) => return Err(service(&error)),
            }
        }
        bail!("others were writing to the audit all the time")
    }
}

impl Table {
    /// The end of the chain.
    ///
    /// # Errors
    /// The table's.
    pub async fn audit_head(&self) -> anyhow::Result<Head> {
        let item = self.get(keys::audit_head()).await.context("read the audit's end")?;
        let item: Option<HeadItem> =
            item.map(serde_dynamo::from_item).transpose().context("the audit's end")?;
        Ok(item.map(HeadItem::read).unwrap_or_default())
    }

    /// Every entry, in the order of their keys.
    ///
    /// # Errors
    /// The table's, or an entry that cannot be read.
    pub async fn audit(&self) -> anyhow::Result<Vec<Entry>> {
        let items = self.partition(keys::AUDIT.to_owned()).await.context("read the audit")?;
        let entries = items.into_iter().filter(|item| super::sort_key(item) != "HEAD");
        entries
            .map(|item| {
                let item: AuditItem = serde_dynamo::from_item(item).context("audit entry")?;
                item.read()
            })
            .collect()
    }
}
