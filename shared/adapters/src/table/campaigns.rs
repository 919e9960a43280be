//! Campaigns in the table: approved by one person, published by another, rolled back, ended.
//!
//! A version never changes. Which one is in force is one small item, and every move of it is one
//! transaction that also writes down who moved it, from what, and why; two people who move it at once
//! cannot both win.

use anyhow::Context as _;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem};
use domain::approval::{self, Approval, Unapproved, Who};
use domain::campaign::{CampaignFile, CampaignId};
use jiff::Timestamp;

use super::items::{ApprovalItem, CurrentItem, MoveItem, VersionItem};
use super::publish::Publication;
use super::{Item, Table, keys, number, service, stored, text};

/// Everything kept of one campaign.
#[derive(Debug, Clone)]
pub struct Shelf {
    /// Which version is in force, or was when it ended.
    pub current: Option<Current>,
    /// Every version, oldest first.
    pub versions: Vec<Version>,
    /// Every approval, in no order.
    pub approvals: Vec<Approval>,
    /// Every move, oldest first. The first releases wrote none down.
    pub moves: Vec<Move>,
}

/// What publishing a file would come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Publishable<'a> {
    /// A new version, which has this approval.
    New(&'a Approval),
    /// Nothing: the version in force says the same already.
    Same(u32),
}

/// What is in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Current {
    /// The version.
    pub version: u32,
    /// Since when it is no more, where somebody ended the campaign.
    pub ended_at: Option<Timestamp>,
}

/// One version.
#[derive(Debug, Clone)]
pub struct Version {
    /// Its number, from 1.
    pub number: u32,
    /// The words, as they were published.
    pub file: CampaignFile,
    /// Who published it.
    pub published_by: String,
    /// When.
    pub published_at: Timestamp,
    /// Who approved it; the first releases asked nobody.
    pub approved_by: Option<String>,
}

/// One move of what is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Move {
    /// `published`, `rolled-back` or `ended`.
    pub what: String,
    /// The version in force from then on.
    pub version: u32,
    /// The version before; 0 when there was none.
    pub from: u32,
    /// Who.
    pub by: Who,
    /// When.
    pub at: Timestamp,
    /// Why, where it was asked.
    pub why: Option<String>,
}

impl Shelf {
    /// The version in force, also when the campaign ended; 0 when there is none.
    pub fn base(&self) -> u32 {
        self.current.map_or(0, |current| current.version)
    }

    /// One version.
    pub fn version(&self, number: u32) -> Option<&Version> {
        self.versions.iter().find(|version| version.number == number)
    }

    /// The version in force, unless the campaign ended.
    pub fn in_force(&self) -> Option<&Version> {
        self.current.filter(|current| current.ended_at.is_none())?;
        self.version(self.base())
    }

    /// What it would come to if this person published the file; inside, why they may not.
    ///
    /// # Errors
    /// A campaign that cannot be written down.
    pub fn publishable(
        &self,
        file: &CampaignFile,
        by: &Who,
    ) -> anyhow::Result<Result<Publishable<'_>, Unapproved>> {
        let fingerprint = file.fingerprint()?;
        if let Some(version) = self.in_force()
            && version.file.fingerprint()? == fingerprint
        {
            return Ok(Ok(Publishable::Same(version.number)));
        }
        let approval = approval::approved(&self.approvals, &fingerprint, by, self.base());
        Ok(approval.map(Publishable::New))
    }
}

/// Why a campaign was not moved.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMoved {
    /// Nobody else approved it.
    #[error(transparent)]
    Unapproved(#[from] Unapproved),
    /// Somebody moved it at the same time.
    #[error("somebody else changed what is in force at the same time; look and try again")]
    Meanwhile,
    /// There is nothing to move.
    #[error("there is no version {0} of it")]
    NoVersion(u32),
    /// It is so already.
    #[error("it is so already")]
    Already,
}

impl Table {
    /// Everything kept of one campaign.
    ///
    /// # Errors
    /// The table's, or an item that cannot be read.
    pub async fn shelf(&self, id: &CampaignId) -> anyhow::Result<Shelf> {
        let current = self.get(keys::campaign_in_force(id)).await.context("read the catalogue")?;
        let current: Option<CurrentItem> =
            current.map(serde_dynamo::from_item).transpose().context("catalogue item")?;
        let current =
            current.map(|item| Current { version: item.version, ended_at: item.ended_at });
        let (mut versions, mut approvals, mut moves) = (Vec::new(), Vec::new(), Vec::new());
        for item in self.partition(keys::campaign(id, 0).pk).await.context("read the campaign")? {
            let sk = super::sort_key(&item);
            if sk.starts_with("V#") {
                let item: VersionItem = serde_dynamo::from_item(item).context("version item")?;
                versions.push(item.campaign()?);
            } else if sk.starts_with("APPROVAL#") {
                let item: ApprovalItem = serde_dynamo::from_item(item).context("approval item")?;
                approvals.push(item.read());
            } else {
                let item: MoveItem = serde_dynamo::from_item(item).context("move item")?;
                moves.push(item.read());
            }
        }
        Ok(Shelf { current, versions, approvals, moves })
    }

    /// Writes down that somebody looked at exactly these words over what is in force now.
    ///
    /// # Errors
    /// The file does not pass, or the table's.
    pub async fn approve_campaign(
        &self,
        file: &CampaignFile,
        base: u32,
        by: &Who,
        now: Timestamp,
    ) -> anyhow::Result<()> {
        let campaign = file.check().map_err(|problems| anyhow::anyhow!("{}", problems[0]))?;
        let fingerprint = file.fingerprint()?;
        let approval = Approval { fingerprint, base, by: by.clone(), at: now };
        let item = stored(ApprovalItem::of(&campaign.id, &approval))?;
        let put = self.client.put_item().table_name(&self.name).set_item(Some(item));
        put.send().await.map_err(crate::aws::told).context("write the approval")?;
        Ok(())
    }

    /// Puts an approved campaign in force, as a version of its own.
    ///
    /// # Errors
    /// The file does not pass, or the table's; inside, why it was not moved.
    pub async fn publish_campaign(
        &self,
        file: &CampaignFile,
        by: &Who,
        now: Timestamp,
    ) -> anyhow::Result<Result<Publication, NotMoved>> {
        let campaign = file.check().map_err(|problems| anyhow::anyhow!("{}", problems[0]))?;
        let shelf = self.shelf(&campaign.id).await?;
        let approval = match shelf.publishable(file, by)? {
            Ok(Publishable::Same(version)) => return Ok(Ok(Publication::Same(version))),
            Ok(Publishable::New(approval)) => approval,
            Err(unapproved) => return Ok(Err(unapproved.into())),
        };
        let version = shelf.versions.last().map_or(0, |version| version.number) + 1;
        let key = keys::campaign(&campaign.id, version);
        let item = VersionItem {
            pk: key.pk,
            sk: key.sk,
            version,
            body: serde_json::to_string(file).context("write the campaign")?,
            published_at: now,
            published_by: by.name.clone(),
            approved_by: Some(approval.by.name.clone()),
        };
        let put = Put::builder()
            .table_name(&self.name)
            .set_item(Some(stored(item)?))
            .condition_expression("attribute_not_exists(pk)")
            .build()
            .context("build a write")?;
        let written = TransactWriteItem::builder().put(put).build();
        let from = shelf.base();
        let what = "published".to_owned();
        let moved = Move { what, version, from, by: by.clone(), at: now, why: None };
        let moved = self.move_to(&campaign.id, shelf.current, &moved, vec![written]).await?;
        Ok(moved.map(|()| Publication::New(version)))
    }

    /// Puts an earlier version in force again. Two people have looked at it before, so one may.
    ///
    /// # Errors
    /// The table's; inside, why it was not moved.
    pub async fn roll_back(
        &self,
        id: &CampaignId,
        version: u32,
        by: &Who,
        why: &str,
        now: Timestamp,
    ) -> anyhow::Result<Result<(), NotMoved>> {
        let shelf = self.shelf(id).await?;
        if shelf.version(version).is_none() {
            return Ok(Err(NotMoved::NoVersion(version)));
        }
        if shelf.in_force().is_some_and(|current| current.number == version) {
            return Ok(Err(NotMoved::Already));
        }
        let moved = Move {
            what: "rolled-back".to_owned(),
            version,
            from: shelf.base(),
            by: by.clone(),
            at: now,
            why: Some(why.to_owned()),
        };
        self.move_to(id, shelf.current, &moved, vec![]).await
    }

    /// Ends a campaign: nothing more is planned by it, and what was planned is not sent.
    ///
    /// # Errors
    /// The table's; inside, why it was not moved.
    pub async fn end_campaign(
        &self,
        id: &CampaignId,
        by: &Who,
        why: &str,
        now: Timestamp,
    ) -> anyhow::Result<Result<(), NotMoved>> {
        let shelf = self.shelf(id).await?;
        let Some(current) = shelf.current else { return Ok(Err(NotMoved::NoVersion(1))) };
        if current.ended_at.is_some() {
            return Ok(Err(NotMoved::Already));
        }
        let moved = Move {
            what: ENDED.to_owned(),
            version: current.version,
            from: current.version,
            by: by.clone(),
            at: now,
            why: Some(why.to_owned()),
        };
        self.move_to(id, Some(current), &moved, vec![]).await
    }

    /// Moves what is in force, if it is still what it was, and writes down the move.
    async fn move_to(
        &self,
        id: &CampaignId,
        before: Option<Current>,
        moved: &Move,
        mut writes: Vec<TransactWriteItem>,
    ) -> anyhow::Result<Result<(), NotMoved>> {
        let key = keys::campaign_in_force(id);
        let ended_at = (moved.what == ENDED).then_some(moved.at);
        let (name, version) = (id.to_string(), moved.version);
        let current = CurrentItem { pk: key.pk, sk: key.sk, name, version, ended_at };
        let put = Put::builder().table_name(&self.name).set_item(Some(stored(current)?));
        let put = match before {
            None => put.condition_expression("attribute_not_exists(pk)"),
            Some(Current { version, ended_at: None }) => put
                .condition_expression("version = :version AND attribute_not_exists(ended_at)")
                .expression_attribute_values(":version", number(u64::from(version))),
            Some(Current { version, ended_at: Some(at) }) => put
                .condition_expression("version = :version AND ended_at = :ended")
                .expression_attribute_values(":version", number(u64::from(version)))
                .expression_attribute_values(":ended", text(at.to_string())),
        };
        writes.push(TransactWriteItem::builder().put(put.build().context("build")?).build());
        let note: Item = stored(MoveItem::of(id, moved))?;
        let note = Put::builder().table_name(&self.name).set_item(Some(note));
        let note =
            note.condition_expression("attribute_not_exists(pk)").build().context("build")?;
        writes.push(TransactWriteItem::builder().put(note).build());
        let request = self.client.transact_write_items().set_transact_items(Some(writes));
        let sent = request.send().await;
        match sent.map_err(aws_sdk_dynamodb::error::SdkError::into_service_error) {
            Ok(_) => Ok(Ok(())),
            Err(TransactWriteItemsError::TransactionCanceledException(_)) => {
                Ok(Err(NotMoved::Meanwhile))
            }
            Err(error) => Err(service(&error)),
        }
    }
}

const ENDED: &str = "ended";
