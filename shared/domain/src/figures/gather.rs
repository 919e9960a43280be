//! Reads what a report is made of, some of it at a time: memory does not grow with the period.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;

use super::fold::Contacts;
use super::trials::trials;
use super::{Period, Report};
use crate::campaign::CampaignId;
use crate::contact::{Contact, ContactId};
use crate::hours::LONDON;
use crate::incident::LogNumber;
use crate::logbook::LogRecord;
use crate::ports::{Catalogue, Desks, Experiments, FollowUps, Ledger, LogBook};

/// How many contacts or logs are held at a time.
pub(super) const AT_A_TIME: usize = 2_000;

impl Report {
    /// Makes the report of a period from what is kept now. It asks for no number and no reply's words.
    ///
    /// # Errors
    /// What is kept could not be read.
    pub async fn gather(
        kept: &(impl Ledger + FollowUps + LogBook + Desks + Catalogue + Experiments),
        period: Period,
        now: Timestamp,
    ) -> anyhow::Result<Self> {
        let began = period.from.to_zoned(LONDON.clone())?.timestamp();
        let tasks = kept.tasks_since(began).await?;
        let follow_ups = kept.follow_ups_within(period).await?;
        let mut fold = Self::begin(&tasks, &follow_ups, period, now);
        // Most contacts are planned in the period in which their log was opened, so that the logs bring
        // them; what is left of the list is read by itself. Reading is what a report is charged for.
        let listed = kept.may_be_of(period).await?;
        let mut told = vec![false; listed.len()];
        each_log(kept, period, |record, contacts| {
            fold.log(record, contacts);
            for id in &record.contacts {
                if let Some(contact) = contacts.get(id)
                    && contact.incident == record.log.number
                    && period.has(contact)
                    && let Ok(place) = listed.binary_search(id)
                    && !std::mem::replace(&mut told[place], true)
                {
                    fold.contact(contact, record.log.closed_at);
                }
            }
        })
        .await?;
        let left = listed.into_iter().zip(told).filter(|(_, told)| !told).map(|(id, _)| id);
        let left: Vec<_> = left.collect();
        each_of(kept, &left, period, |contact, closed_at| fold.contact(contact, closed_at)).await?;
        let campaigns = kept.campaigns().await?;
        let caps: BTreeMap<CampaignId, _> =
            campaigns.iter().map(|known| (known.body.id.clone(), known.body.monthly_cap)).collect();
        let trials = Box::pin(trials(kept, &campaigns, now)).await?;
        Ok(fold.finish(&caps, trials))
    }
}

/// Goes through the contacts planned in a period, each with when its log was closed.
pub(super) async fn each_contact(
    kept: &(impl Ledger + LogBook),
    period: Period,
    see: impl FnMut(&Contact, Option<Timestamp>),
) -> anyhow::Result<()> {
    each_of(kept, &kept.may_be_of(period).await?, period, see).await
}

/// Goes through those of these contacts that were planned in a period.
async fn each_of(
    kept: &(impl Ledger + LogBook),
    listed: &[ContactId],
    period: Period,
    mut see: impl FnMut(&Contact, Option<Timestamp>),
) -> anyhow::Result<()> {
    for ids in listed.chunks(AT_A_TIME) {
        let mut contacts = kept.contacts(ids).await?;
        contacts.retain(|contact| period.has(contact));
        let mut numbers: Vec<LogNumber> =
            contacts.iter().map(|contact| contact.incident.clone()).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let closed: HashMap<LogNumber, Option<Timestamp>> = kept
            .logs(&numbers)
            .await?
            .into_iter()
            .map(|record| (record.log.number, record.log.closed_at))
            .collect();
        for contact in &contacts {
            see(contact, closed.get(&contact.incident).copied().flatten());
        }
    }
    Ok(())
}

/// Goes through the logs opened in a period, each with the contacts ever planned for its callers.
pub(super) async fn each_log(
    kept: &(impl Ledger + LogBook),
    period: Period,
    mut see: impl FnMut(&LogRecord, &Contacts<'_>),
) -> anyhow::Result<()> {
    for day in period.days() {
        let mut records = kept.logs_opened(day).await?;
        // A log whose opening was corrected while we read could be found on two days.
        records.retain(|record| record.log.opened_at.to_zoned(LONDON.clone()).date() == day);
        for records in records.chunks(AT_A_TIME) {
            let contacts = kept.contacts(&planned_for(records)).await?;
            let contacts: Contacts<'_> =
                contacts.iter().map(|contact| (&contact.id, contact)).collect();
            for record in records {
                see(record, &contacts);
            }
        }
    }
    Ok(())
}

/// Every contact ever planned for a caller of these logs.
fn planned_for(records: &[LogRecord]) -> Vec<ContactId> {
    let mut ids: Vec<_> = records.iter().flat_map(|record| &record.contacts).cloned().collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
