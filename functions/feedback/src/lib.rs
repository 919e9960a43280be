//! Reads what came back: receipts move contacts forward, replies are understood, a partner's scores are
//! kept.
//!
//! Trigger: the inbound queue. Reads: the reply, the person. Writes: contacts, opt-outs, what the
//! reply was read as. Calls: the alert topic, when a reply may be a cry for help.
//! Delivered again when: the table or the topic fails. Everything it does may be done twice.

use anyhow::Context as _;
use domain::contact::{Contact, ContactId, Receipt, Reply, State, Step};
use domain::messages::InboundMessage;
use domain::partner::{PartnerScore, Scale};
use domain::ports::{Advance, Alert, Alerts, Inbox, Ledger, Noted, PersonFile, Unread};
use domain::reply::{self, Class, Reading};
use domain::supplier::SupplierName;
use jiff::Timestamp;

/// What came of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// A receipt moved its contact.
    Moved(State),
    /// A partner's score was kept.
    Scored,
    /// A receipt or a partner's score told nothing new.
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
        InboundMessage::ScoreV1 { supplier, contact, value, low, high, at } => {
            let by = SupplierName::parse(&supplier);
            let score = by
                .zip(Scale::new(low, high))
                .and_then(|(by, scale)| PartnerScore::new(by, value, scale, at));
            // What put it on the queue checked it: this is a fault of ours, for somebody to see.
            let score = score.context("a partner's score outside its scale")?;
            Ok(match table.score(&contact, &score).await? {
                Advance::Moved(_) => Outcome::Scored,
                Advance::Stayed(_) => Outcome::NothingNew,
                Advance::Missing => Outcome::Gone,
            })
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
    let person = table.person(&unread.person).await;
    // A person in danger first, though nobody can say who it is; then a person who wants no more,
    // then the figures.
    if reading.class == Class::Emergency {
        let known = person.as_ref().ok().and_then(|person| answered(person, unread.received_at));
        let log = known.map(|contact| contact.incident.clone());
        alerts.raise(&Alert::Emergency { message: message.to_owned(), log }).await?;
    }
    let person = person?;
    let answered = answered(&person, unread.received_at);
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
        table.opt_in(&unread.person, unread.received_at).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use domain::campaign::CampaignId;
    use domain::contact::Plan;
    use domain::incident::{LogNumber, Outcome as Told};
    use domain::partner::Thousandths;
    use domain::person::PersonId;
    use domain::phone::Mobile;
    use domain::ports::{Call, Doorstep as _};
    use testkit::{World, samples};

    use super::*;

    fn now() -> Timestamp {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    fn mobile() -> Mobile {
        Mobile::from_e164("+447700900123").unwrap()
    }

    fn person() -> PersonId {
        samples::pepper().person(&mobile())
    }

    /// A world in which one person's text is on its way.
    async fn queued() -> (World, ContactId) {
        let plan = Plan {
            incident: LogNumber::parse("HC-1").unwrap(),
            person: person(),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Told::parse("cleared").unwrap(),
            area: String::new(),
            control: false,
            due_at: now(),
        };
        let contact = Contact::plan(plan, now());
        let world = World::new();
        world.plan(&contact).await.unwrap();
        world.advance(&contact.id, &Step::Queue, now()).await.unwrap();
        (world, contact.id)
    }

    /// The same, and the supplier took it.
    async fn texted() -> (World, ContactId) {
        let (world, id) = queued().await;
        let quote = domain::ports::Quote {
            segments: 1,
            cost: domain::budget::Money::ZERO,
            monthly_cap: domain::budget::Money::ZERO,
        };
        let seen = world.contact(&id).await.unwrap().unwrap();
        world.claim(&seen, &quote, now()).await.unwrap();
        let accept = Step::Accept { supplier_id: "text".to_owned() };
        world.advance(&id, &accept, now()).await.unwrap();
        (world, id)
    }

    async fn reply(world: &World, text: &str) -> InboundMessage {
        let call = Call {
            supplier: "notify".to_owned(),
            message: format!("m-{}", world.with(|state| state.calls.len())),
            person: person(),
            sender: "447700900123".to_owned(),
            text: text.to_owned(),
            received_at: now(),
        };
        world.keep_call(&call).await.unwrap();
        InboundMessage::ReplyV1 { supplier: call.supplier, message: call.message }
    }

    async fn read(world: &World, message: &InboundMessage) -> anyhow::Result<Outcome> {
        handle(world, world, message.clone(), now()).await
    }

    fn receipt(contact: &ContactId, receipt: Receipt) -> InboundMessage {
        let (supplier, contact) = ("notify".to_owned(), contact.clone());
        InboundMessage::ReceiptV1 { supplier, contact, receipt, at: now() }
    }

    #[tokio::test]
    async fn a_receipt_moves_its_contact_forward_and_never_back() {
        let (world, id) = texted().await;
        let heard = async |what| read(&world, &receipt(&id, what)).await.unwrap();
        assert_eq!(heard(Receipt::Temporary).await, Outcome::Moved(State::Undelivered));
        assert_eq!(heard(Receipt::Delivered).await, Outcome::Moved(State::Delivered));
        assert_eq!(heard(Receipt::Delivered).await, Outcome::NothingNew);
        assert_eq!(heard(Receipt::Permanent).await, Outcome::NothingNew);
        world.with(|state| state.contacts.clear());
        assert_eq!(heard(Receipt::Delivered).await, Outcome::Gone);
    }

    #[tokio::test]
    async fn a_partners_latest_score_is_kept_beside_ours() {
        let (world, id) = texted().await;
        let number = |text| Thousandths::parse(text).unwrap();
        let score = |value, low, at: &str| InboundMessage::ScoreV1 {
            supplier: "exchange:rant-and-rave".to_owned(),
            contact: id.clone(),
            value: number(value),
            low: number(low),
            high: number("1"),
            at: at.parse().unwrap(),
        };
        let heard = async |message| read(&world, &message).await;
        let later = score("0.75", "-1", "2026-03-10T12:00:00Z");
        assert_eq!(heard(later.clone()).await.unwrap(), Outcome::Scored);
        assert_eq!(heard(later.clone()).await.unwrap(), Outcome::NothingNew);
        let earlier = score("-1", "-1", "2026-03-10T11:00:00Z");
        assert_eq!(heard(earlier).await.unwrap(), Outcome::NothingNew);
        let kept = world.contact(&id).await.unwrap().unwrap();
        let told = kept.partner_score.unwrap().to_string();
        assert_eq!(told, "0.75 on exchange:rant-and-rave's scale of -1 to 1");
        assert_eq!((kept.answer, kept.state), (None, State::Accepted));
        heard(score("0.75", "0.8", "2026-03-10T13:00:00Z")).await.unwrap_err();
        world.with(|state| state.contacts.clear());
        assert_eq!(heard(later).await.unwrap(), Outcome::Gone);
    }

    #[tokio::test]
    async fn a_reply_is_read_once_and_kept_with_its_contact() {
        let (world, id) = texted().await;
        let message = reply(&world, "5 thanks").await;
        let outcome = read(&world, &message).await.unwrap();
        assert_eq!(outcome, Outcome::Read { class: Class::Feedback, matched: true });
        assert_eq!(read(&world, &message).await.unwrap(), Outcome::ReadBefore);
        let answer = world.contact(&id).await.unwrap().unwrap().answer.unwrap();
        assert_eq!((answer.score.unwrap().get(), answer.messages.len()), (5, 1));
    }

    #[tokio::test]
    async fn a_reply_from_somebody_we_never_texted_is_read_all_the_same() {
        let world = World::new();
        let message = reply(&world, "4 thanks").await;
        let outcome = read(&world, &message).await.unwrap();
        assert_eq!(outcome, Outcome::Read { class: Class::Feedback, matched: false });
    }

    #[tokio::test]
    async fn a_reply_that_is_gone_ends() {
        let (world, _) = texted().await;
        let message = reply(&world, "5").await;
        world.with(|state| state.calls.clear());
        assert_eq!(read(&world, &message).await.unwrap(), Outcome::Gone);
    }

    #[tokio::test]
    async fn a_stop_opts_out_and_cancels_and_a_start_opts_in() {
        let (world, _) = queued().await;
        let stop = reply(&world, "STOP").await;
        let outcome = read(&world, &stop).await.unwrap();
        assert_eq!(outcome, Outcome::Read { class: Class::OptOut, matched: false });
        assert_eq!(world.states(), ["cancelled"]);
        assert_eq!(world.with(|state| state.opted_out.len()), 1);
        let start = reply(&world, "START").await;
        let outcome = read(&world, &start).await.unwrap();
        assert_eq!(outcome, Outcome::Read { class: Class::OptIn, matched: false });
        assert_eq!(world.with(|state| state.opted_out.len()), 0);
    }

    #[tokio::test]
    async fn danger_wakes_somebody_before_anything_is_written() {
        let (world, id) = texted().await;
        let message = reply(&world, "help, he has a knife").await;
        let InboundMessage::ReplyV1 { message: name, .. } = &message else { unreachable!() };
        world.fail("replace", 1);
        read(&world, &message).await.unwrap_err();
        let log = world.contact(&id).await.unwrap().map(|contact| contact.incident);
        let alert = Alert::Emergency { message: name.clone(), log };
        assert_eq!(world.with(|state| state.alerts.clone()), [alert]);
    }

    #[tokio::test]
    async fn each_failure_comes_again_and_nothing_is_counted_twice() {
        for port in ["call", "person", "raise", "opt_out", "contact", "replace", "note"] {
            let (world, id) = texted().await;
            let message = reply(&world, "help he has a knife. STOP").await;
            world.fail(port, 1);
            read(&world, &message).await.unwrap_err();
            let outcome = read(&world, &message).await.unwrap();
            assert_eq!(outcome, Outcome::Read { class: Class::Emergency, matched: true }, "{port}");
            assert!(world.with(|state| !state.alerts.is_empty()), "{port}");
            assert_eq!(world.with(|state| state.opted_out.len()), 1, "{port}");
            let answer = world.contact(&id).await.unwrap().unwrap().answer.unwrap();
            assert_eq!(answer.messages.len(), 1, "{port}");
        }
        for port in ["contact", "replace"] {
            let (world, id) = texted().await;
            world.fail(port, 1);
            let message = receipt(&id, Receipt::Delivered);
            read(&world, &message).await.unwrap_err();
            let outcome = read(&world, &message).await.unwrap();
            assert_eq!(outcome, Outcome::Moved(State::Delivered), "{port}");
        }
    }

    #[tokio::test]
    async fn a_start_that_cannot_be_kept_comes_again() {
        let (world, _) = texted().await;
        let message = reply(&world, "START").await;
        world.fail("opt_in", 1);
        read(&world, &message).await.unwrap_err();
        read(&world, &message).await.unwrap();
    }
}
