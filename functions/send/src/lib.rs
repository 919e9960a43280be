//! Texts one person about one incident, once.
//!
//! Trigger: the send queue. Reads: the contact, the person, the log, the campaign, the number.
//! Writes: the contact and the budget, before the socket is opened and after the answer.
//! Calls: the SMS supplier. Delivered again when: the supplier certainly did not take the text,
//! another delivery holds the lease, or the table fails.
//!
//! When we die between the supplier's yes and writing it down, the lease lapses, the contact
//! becomes unknown, and `reconcile` asks the supplier; it is never sent again blind.

use anyhow::{Context as _, bail};
use domain::contact::{ContactId, SendClaim, State, Step};
use domain::messages::SendMessage;
use domain::phone::Mobile;
use domain::ports::{Advance, Catalogue, Claim, Ledger, LogBook, Numbers, Quote, Sent, Supplier};
use domain::readiness::{Readiness, readiness};
use domain::text::SmsText;
use domain::wording::{Rendered, render};
use jiff::{SignedDuration, Timestamp};

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The supplier took the text.
    Accepted,
    /// The supplier never will.
    Refused,
    /// Nobody knows; `reconcile` will ask.
    Unknown,
    /// Not to be sent any more.
    Cancelled,
    /// To be looked at again later.
    PutOff,
    /// There was nothing to send: it is settled, or gone.
    NothingToSend,
}

/// A wait this short is left to the queue, which brings the message back by itself.
const SHORT_WAIT: SignedDuration = SignedDuration::from_mins(5);

/// Handles one message.
///
/// # Errors
/// Deliver it again.
pub async fn handle(
    table: &(impl Catalogue + LogBook + Ledger + Numbers),
    supplier: &impl Supplier,
    message: SendMessage,
    now: &impl Fn() -> Timestamp,
) -> anyhow::Result<Outcome> {
    let SendMessage::ContactV1 { contact: id } = message;
    let Some(ready) = load(table, &id, now()).await? else { return Ok(Outcome::NothingToSend) };
    let (text, mobile, quote) = match ready {
        Ready::Go { text, mobile, quote } => (text, mobile, quote),
        Ready::Step(step, outcome) => {
            table.advance(&id, &step, now()).await?;
            return Ok(outcome);
        }
    };
    let claim = match table.claim(&id, &quote, now()).await? {
        Claim::Granted(claim) => claim,
        Claim::Held => bail!("another delivery holds contact {id}"),
        Claim::Settled(_) | Claim::Missing => return Ok(Outcome::NothingToSend),
        Claim::OverBudget => {
            let why = "the month's budget is spent".to_owned();
            table.advance(&id, &Step::Cancel { why }, now()).await?;
            return Ok(Outcome::Cancelled);
        }
    };
    let sent = supplier.send(&claim, &mobile, &text).await;
    record(table, &claim, sent, now()).await
}

enum Ready {
    Go { text: SmsText, mobile: Mobile, quote: Quote },
    Step(Step, Outcome),
}

/// Reads everything afresh and decides; `None` when there is nothing to send.
async fn load(
    table: &(impl Catalogue + LogBook + Ledger + Numbers),
    id: &ContactId,
    now: Timestamp,
) -> anyhow::Result<Option<Ready>> {
    let person = table.person(id.person()).await?;
    let Some(contact) = person.contacts.iter().find(|contact| contact.id == *id) else {
        return Ok(None);
    };
    if contact.state == State::Claimed {
        if contact.lease_until.is_some_and(|lease_until| lease_until > now) {
            bail!("another delivery holds contact {id}");
        }
        let why = "the lease lapsed".to_owned();
        let step = Step::Doubt { attempt: contact.attempts, why };
        return Ok(Some(Ready::Step(step, Outcome::Unknown)));
    }
    if contact.state != State::Queued {
        return Ok(None);
    }
    let log = table.log(&contact.incident).await?;
    let campaign = table.campaign(&contact.campaign, contact.version).await?;
    match readiness(contact, &log, &person, campaign.as_ref(), now) {
        Readiness::Go => {}
        Readiness::Wait { until, why } => {
            return Ok(Some(Ready::Step(Step::Postpone { until, why }, Outcome::PutOff)));
        }
        Readiness::Cancel { why } => return Ok(Some(cancel(&why))),
    }
    let (Some(campaign), Some(record)) = (campaign, log.record) else { return Ok(None) };
    let Rendered::Text(text) = render(&campaign, &contact.outcome, &record.log) else {
        return Ok(Some(cancel("no words that the log supports")));
    };
    let Some(mobile) = table.number(id.person()).await? else {
        return Ok(Some(cancel("the number is no longer kept")));
    };
    let quote = Quote {
        segments: text.segments(),
        cost: campaign.price * text.segments() as u64,
        monthly_cap: campaign.monthly_cap,
    };
    Ok(Some(Ready::Go { text, mobile, quote }))
}

fn cancel(why: &str) -> Ready {
    Ready::Step(Step::Cancel { why: why.to_owned() }, Outcome::Cancelled)
}

async fn record(
    table: &impl Ledger,
    claim: &SendClaim,
    sent: Sent,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let id = &claim.contact().id;
    let attempt = claim.contact().attempts;
    let (step, outcome) = match sent {
        Sent::Accepted { supplier_id } => (Step::Accept { supplier_id }, Outcome::Accepted),
        Sent::Refused { why } => (Step::Refuse { attempt, why }, Outcome::Refused),
        Sent::Ambiguous { why } => (Step::Doubt { attempt, why }, Outcome::Unknown),
        Sent::Retry { after: Some(after), why } if after > SHORT_WAIT => {
            let until = now.saturating_add(after).unwrap_or(Timestamp::MAX);
            (Step::PutOff { attempt, until, why }, Outcome::PutOff)
        }
        Sent::Retry { why, .. } | Sent::ConfigStop { why } => {
            let step = Step::Retry { attempt, why: why.clone() };
            table.advance(id, &step, now).await.context("record that nothing was sent")?;
            bail!("not sent: {why}");
        }
    };
    // A receipt may have been faster than we are; then there is nothing left to record.
    match table.advance(id, &step, now).await.context("record what was sent")? {
        Advance::Moved(_) | Advance::Stayed(_) | Advance::Missing => Ok(outcome),
    }
}
