//! Looks again at each contact that is due, and queues its id, cancels it or puts it off.
//!
//! Trigger: a schedule, every five minutes. Reads: the agenda, contacts, logs, people, campaigns.
//! Writes: contacts, the send queue. Delivered again: never; the next run sees what this one left.

use domain::contact::{ContactId, Step};
use domain::messages::SendMessage;
use domain::ports::{Advance, Catalogue, Ledger, LogBook, Queue};
use domain::readiness::{Readiness, readiness, wants_dispatch};
use futures_util::stream::{self, StreamExt as _};
use jiff::Timestamp;

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Put on the send queue.
    pub queued: u64,
    /// Put off to a later time.
    pub postponed: u64,
    /// Cancelled with a reason.
    pub cancelled: u64,
    /// Could not be looked at this time.
    pub failed: u64,
}

/// How many contacts are looked at at the same time.
const AT_ONCE: usize = 16;

/// How many ids go on the queue between two looks at the agenda: what a crash can leave queued
/// without a message, until it is put on the queue again.
const BATCH: usize = 100;

/// Looks at every contact that is due.
///
/// # Errors
/// The agenda or the queue failed; the next run begins again.
pub async fn handle(
    table: &(impl Catalogue + LogBook + Ledger),
    queue: &impl Queue<SendMessage>,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let due = table.agenda(domain::contact::Agenda::Due, now).await?;
    let mut outcome = Outcome::default();
    for batch in due.chunks(BATCH) {
        let looked = stream::iter(batch)
            .map(|id| async { look(table, id, now).await })
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        let mut messages = Vec::new();
        for look in looked {
            match look {
                Ok(Looked::Queued(contact)) => messages.push(SendMessage::ContactV1 { contact }),
                Ok(Looked::Postponed) => outcome.postponed += 1,
                Ok(Looked::Cancelled) => outcome.cancelled += 1,
                Ok(Looked::NothingToDo) => {}
                // One contact's trouble is not its neighbours'.
                Err(error) => {
                    outcome.failed += 1;
                    tracing::warn!(
                        error = format!("{error:#}"),
                        "a contact could not be looked at"
                    );
                }
            }
        }
        outcome.queued += messages.len() as u64;
        queue.put(&messages).await?;
    }
    Ok(outcome)
}

enum Looked {
    Queued(ContactId),
    Postponed,
    Cancelled,
    NothingToDo,
}

async fn look(
    table: &(impl Catalogue + LogBook + Ledger),
    id: &ContactId,
    now: Timestamp,
) -> anyhow::Result<Looked> {
    let person = table.person(id.person()).await?;
    let contact = person.contacts.iter().find(|contact| contact.id == *id);
    let Some(contact) = contact.filter(|contact| wants_dispatch(contact, now)) else {
        return Ok(Looked::NothingToDo);
    };
    let log = table.log(&contact.incident).await?;
    let campaign = table.campaign(&contact.campaign, contact.version).await?;
    let (step, looked) = match readiness(contact, &log, &person, campaign.as_ref(), now) {
        Readiness::Go => (Step::Queue, Looked::Queued(id.clone())),
        Readiness::Wait { until, why } => (Step::Postpone { until, why }, Looked::Postponed),
        Readiness::Cancel { why } => (Step::Cancel { why }, Looked::Cancelled),
    };
    // The contact first, the message after: a message without a queued contact does nothing, and
    // a queued contact without a message is queued again.
    Ok(match table.advance(id, &step, now).await? {
        Advance::Moved(_) => looked,
        Advance::Stayed(_) | Advance::Missing => Looked::NothingToDo,
    })
}
