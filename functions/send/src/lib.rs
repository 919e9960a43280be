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
    let incident = table.incident(&contact.incident).await?;
    let campaign = table.campaign(&contact.campaign, contact.version).await?;
    match readiness(contact, &incident, &person, campaign.as_ref(), now) {
        Readiness::Go => {}
        Readiness::Wait { until, why } => {
            return Ok(Some(Ready::Step(Step::Postpone { until, why }, Outcome::PutOff)));
        }
        Readiness::Cancel { why } => return Ok(Some(cancel(&why))),
    }
    let called_at = incident.calls_of(id.person()).map(|(log, _)| log.opened_at).min();
    let (Some(campaign), Some(told), Some(called_at)) = (campaign, incident.told(), called_at)
    else {
        return Ok(None);
    };
    let Rendered::Text(text) = render(&campaign, &contact.outcome, &told.log, called_at) else {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::budget::Money;
    use domain::contact::{Contact, Plan};
    use domain::feed;
    use domain::force::Reading;
    use domain::logbook::{CallerRecord, LogFile, LogRecord};
    use domain::phone::DramaNumbers;
    use testkit::world::{Answer, Reply};
    use testkit::{World, samples};

    use super::*;

    const EXTRACT: &str = "\
Log Number,Extracted At,Date Time Received,Date Time Closed,Status,Initial Classification,\
Final Classification,Result Codes,Qualifiers,Source,Attended,First Arrived,Duplicate Of,\
Crime Reference,Beat Code,Caller Contact Phone No_,Caller Type,Text Consent,Contact Marker,\
Message,Caller Contact Add Info,Caller Contact Name
HC-1,10/03/2026 06:00,09/03/2026 17:20,09/03/2026 19:02,CLOSED,Transport - Highways Disruption,\
Transport - Highways Disruption,R02,,999,Y,09/03/2026 17:41,,,HA01,07700900123,WITNESS,Y,,,,
";

    fn now() -> Timestamp {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    /// A world in which one caller's text is on the queue.
    async fn queued() -> (World, SendMessage) {
        let profile = samples::profile();
        let feed = profile.feed("storm").unwrap();
        let mut rows = feed::open(EXTRACT.as_bytes(), feed).unwrap().unwrap();
        let header = rows.header();
        let row = rows.read().unwrap().unwrap().unwrap();
        let reading = Reading { header: &header, taken_at: now(), drama: DramaNumbers::Allowed };
        let report = profile.incident(feed, &reading, &row).unwrap();
        let mobile = report.caller.mobile().unwrap().clone();
        let campaign = samples::campaign();
        let caller = report.caller.known(&samples::pepper());
        let decision = domain::eligibility::decide(&domain::eligibility::Facts::alone(
            &report.log,
            &caller,
            [&campaign],
            now(),
        ));
        let plan = Plan {
            incident: report.log.number.clone(),
            person: caller.person.clone().unwrap(),
            campaign: campaign.id,
            version: 1,
            outcome: decision.outcome.clone().unwrap(),
            area: String::new(),
            control: false,
            due_at: now(),
        };
        let contact = Contact::plan(plan, now());
        let id = contact.id.clone();
        let record = LogRecord {
            log: report.log,
            callers: vec![CallerRecord {
                caller,
                decision,
                campaign_version: Some(1),
                seen: String::new(),
                contact: Some(id.clone()),
            }],
            contacts: BTreeSet::new(),
            profile_version: 1,
            ruleset: 1,
            decided_at: now(),
        };
        let world = World::new();
        world.keep_log(&record, &LogFile::default()).await.unwrap();
        world.keep_number(contact.id.person(), &mobile, now()).await.unwrap();
        world.plan(&contact).await.unwrap();
        world.advance(&id, &Step::Queue, now()).await.unwrap();
        (world, SendMessage::ContactV1 { contact: id })
    }

    async fn at(world: &World, message: &SendMessage, time: Timestamp) -> anyhow::Result<Outcome> {
        handle(world, world, message.clone(), &|| time).await
    }

    /// What the supplier's answer leads to: the outcome, the state, the parts paid.
    async fn answered(answer: Answer) -> (Option<Outcome>, &'static str, bool) {
        let (world, message) = queued().await;
        world.with(|state| state.answers.push_back(answer));
        let outcome = at(&world, &message, now()).await.ok();
        let spent = world.with(|state| state.budgets.values().copied().sum::<Money>());
        (outcome, world.states()[0], spent > Money::ZERO)
    }

    fn leaves(sent: Sent) -> Answer {
        Answer::Leaves(sent)
    }

    #[tokio::test]
    async fn every_answer_of_the_supplier_has_its_outcome() {
        let why = || "why".to_owned();
        let after = |minutes| Some(SignedDuration::from_mins(minutes));
        let accepted = answered(Answer::Takes(Reply::Yes)).await;
        assert_eq!(accepted, (Some(Outcome::Accepted), "accepted", true));
        let lost = answered(Answer::Takes(Reply::Lost)).await;
        assert_eq!(lost, (Some(Outcome::Unknown), "unknown", true));
        let refused = answered(leaves(Sent::Refused { why: why() })).await;
        assert_eq!(refused, (Some(Outcome::Refused), "refused", false));
        let stop = answered(leaves(Sent::ConfigStop { why: why() })).await;
        assert_eq!(stop, (None, "queued", false));
        let soon = answered(leaves(Sent::Retry { after: None, why: why() })).await;
        assert_eq!(soon, (None, "queued", false));
        let soon = answered(leaves(Sent::Retry { after: after(5), why: why() })).await;
        assert_eq!(soon, (None, "queued", false));
        let later = answered(leaves(Sent::Retry { after: after(6), why: why() })).await;
        assert_eq!(later, (Some(Outcome::PutOff), "planned", false));
    }

    #[tokio::test]
    async fn a_second_delivery_sends_nothing() {
        let (world, message) = queued().await;
        at(&world, &message, now()).await.unwrap();
        assert_eq!(at(&world, &message, now()).await.unwrap(), Outcome::NothingToSend);
        assert_eq!(world.with(|state| state.texts.len()), 1);
    }

    #[tokio::test]
    async fn a_contact_that_is_gone_is_nothing_to_send() {
        let (world, message) = queued().await;
        world.with(|state| state.contacts.clear());
        assert_eq!(at(&world, &message, now()).await.unwrap(), Outcome::NothingToSend);
    }

    #[tokio::test]
    async fn a_held_claim_comes_back_until_its_lease_lapses() {
        let (world, message) = queued().await;
        let SendMessage::ContactV1 { contact } = &message;
        let quote =
            Quote { segments: 1, cost: Money::from_pence(1), monthly_cap: Money::from_pence(100) };
        assert!(matches!(world.claim(contact, &quote, now()).await.unwrap(), Claim::Granted(_)));
        at(&world, &message, now()).await.unwrap_err();
        let lapsed = now() + domain::ports::LEASE;
        assert_eq!(at(&world, &message, lapsed).await.unwrap(), Outcome::Unknown);
        assert_eq!(at(&world, &message, lapsed).await.unwrap(), Outcome::NothingToSend);
        assert!(world.with(|state| state.texts.is_empty()));
    }

    /// Changes the world between dispatch and send.
    async fn changed(change: impl FnOnce(&mut testkit::world::State)) -> (Outcome, String) {
        let (world, message) = queued().await;
        world.with(change);
        let outcome = at(&world, &message, now()).await.unwrap();
        assert!(world.with(|state| state.texts.is_empty()));
        let why = world.with(|state| {
            let contact = state.contacts.values().next().unwrap();
            contact.history.last().unwrap().why.clone()
        });
        (outcome, why)
    }

    #[tokio::test]
    async fn whatever_changed_since_cancels_with_its_reason() {
        let cancelled = |why: &str| (Outcome::Cancelled, why.to_owned());
        let spent = changed(|state| state.campaigns[0].body.monthly_cap = Money::ZERO).await;
        assert_eq!(spent, cancelled("the month's budget is spent"));
        let forgotten = changed(|state| state.numbers.clear()).await;
        assert_eq!(forgotten, cancelled("the number is no longer kept"));
        let unpublished = changed(|state| state.campaigns.clear()).await;
        assert_eq!(unpublished, cancelled("the campaign's version is gone"));
        let gone = changed(|state| state.logs.clear()).await;
        assert_eq!(gone, cancelled("the log is gone"));
        let opted_out = changed(|state| {
            let person = state.numbers.keys().next().unwrap().clone();
            state.opted_out.insert(person, now());
        });
        assert_eq!(opted_out.await, cancelled("elig.never.opted-out"));
        let speechless = changed(|state| {
            for words in state.campaigns[0].body.words.values_mut() {
                words.claims.insert(domain::evidence::Claim::NotAttended);
            }
        });
        assert_eq!(speechless.await, cancelled("no words that the log supports"));
    }

    #[tokio::test]
    async fn outside_hours_it_is_put_off() {
        let (world, message) = queued().await;
        let night = "2026-03-10T22:00:00Z".parse().unwrap();
        assert_eq!(at(&world, &message, night).await.unwrap(), Outcome::PutOff);
        assert_eq!(world.states(), ["planned"]);
    }

    #[tokio::test]
    async fn until_the_socket_is_opened_each_failure_leaves_the_contact_queued() {
        for port in ["person", "log", "campaign", "number", "contact", "replace"] {
            let (world, message) = queued().await;
            world.fail(port, 1);
            at(&world, &message, now()).await.unwrap_err();
            assert_eq!(world.states(), ["queued"], "{port}");
            assert_eq!(at(&world, &message, now()).await.unwrap(), Outcome::Accepted, "{port}");
            assert_eq!(world.with(|state| state.texts.len()), 1, "{port}");
        }
    }
}
