//! Reads what came back: receipts move contacts forward, replies are understood.
//!
//! Trigger: the inbound queue. Reads: the reply, the person. Writes: contacts, opt-outs, what the
//! reply was read as. Calls: the alert topic, when a reply may be a cry for help.
//! Delivered again when: the table or the topic fails. Everything it does may be done twice.

use domain::contact::{Contact, ContactId, Receipt, Reply, State, Step};
use domain::messages::InboundMessage;
use domain::ports::{Advance, Alert, Alerts, Inbox, Ledger, Noted, PersonFile, Unread};
use domain::reply::{self, Class, Reading};
use jiff::Timestamp;

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A receipt moved its contact.
    Moved(State),
    /// A receipt told nothing new.
    NothingNew,
    /// A reply was read.
    Read {
        /// What it is.
        class: Class,
        /// Whether it answers a text of ours.
        matched: bool,
    },
    /// The reply was read before.
    ReadBefore,
    /// There is no such contact or reply any more.
    Gone,
}

/// Handles one message.
///
/// # Errors
/// Deliver it again.
pub async fn handle(
    table: &(impl Ledger + Inbox),
    alerts: &impl Alerts,
    message: InboundMessage,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    match message {
        InboundMessage::ReceiptV1 { contact, receipt, .. } => {
            receive(table, &contact, receipt, now).await
        }
        InboundMessage::ReplyV1 { supplier, message } => {
            read(table, alerts, &supplier, &message, now).await
        }
    }
}

async fn receive(
    table: &impl Ledger,
    contact: &ContactId,
    receipt: Receipt,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    Ok(match table.advance(contact, &Step::Receive(receipt), now).await? {
        Advance::Moved(contact) => Outcome::Moved(contact.state),
        Advance::Stayed(_) => Outcome::NothingNew,
        Advance::Missing => Outcome::Gone,
    })
}

async fn read(
    table: &(impl Ledger + Inbox),
    alerts: &impl Alerts,
    supplier: &str,
    message: &str,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let Some(unread) = table.call(supplier, message).await? else { return Ok(Outcome::Gone) };
    if unread.read_at.is_some() {
        return Ok(Outcome::ReadBefore);
    }
    let reading = reply::read(&unread.text);
    let person = table.person(&unread.person).await?;
    let answered = answered(&person, unread.received_at);
    // A person in danger first, then a person who wants no more, then the figures.
    if reading.class == Class::Emergency {
        let log = answered.map(|contact| contact.incident.clone());
        alerts.raise(&Alert::Emergency { message: message.to_owned(), log }).await?;
    }
    obey(table, &unread, &person, &reading, now).await?;
    if let Some(contact) = answered {
        let reply = Reply {
            message: message.to_owned(),
            at: unread.received_at,
            class: reading.class,
            score: reading.score,
            sentiment: reading.sentiment,
        };
        table.answer(&contact.id, &reply).await?;
    }
    let outcome = Outcome::Read { class: reading.class, matched: answered.is_some() };
    let contact = answered.map(|contact| contact.id.clone());
    table.note(supplier, message, &Noted { at: now, contact, reading }).await?;
    Ok(outcome)
}

/// The text a reply answers: the last one that may have reached the person before it.
fn answered(person: &PersonFile, received_at: Timestamp) -> Option<&Contact> {
    person
        .contacts
        .iter()
        .filter(|contact| contact.state.may_have_been_texted())
        .filter(|contact| contact.queued_at.is_some_and(|sent| sent <= received_at))
        .max_by_key(|contact| contact.queued_at)
}

/// Opts the person out or in, for every campaign, and cancels what is already planned.
async fn obey(
    table: &impl Ledger,
    unread: &Unread,
    person: &PersonFile,
    reading: &Reading,
    now: Timestamp,
) -> anyhow::Result<()> {
    if reading.opt_out {
        // The mark first: whoever plans or sends from now on sees it.
        table.opt_out(&unread.person, unread.received_at).await?;
        for contact in &person.contacts {
            let why = "elig.never.opted-out".to_owned();
            table.advance(&contact.id, &Step::Cancel { why }, now).await?;
        }
    } else if reading.class == Class::OptIn {
        table.opt_in(&unread.person).await?;
    }
    Ok(())
}
