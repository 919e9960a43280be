//! Reads what came back: receipts move contacts forward, replies are understood, a partner's scores are
//! kept.
//!
//! Trigger: the inbound queue. Reads: the reply, the person, the campaign, and what the person wrote
//! just before. Writes: contacts, opt-outs, tasks, follow-ups, what the reply was read as; the send
//! queue. Calls: the alert topic, when a reply may be a cry for help; a second reader, where there is
//! one. Delivered again when: the table, the topic or the queue fails, or the same words of the same
//! minute are being read. Everything it does may be done twice.

mod parts;

use anyhow::{Context as _, bail};
use domain::contact::{Contact, ContactId, Receipt, Reply, State, Step};
use domain::conversation::{self, Heard};
use domain::desk::{Desk, Sender, Task, TaskId, TaskStep};
use domain::followup::{FollowUp, FollowUpStep};
use domain::measure::{Counted, Measure};
use domain::messages::{InboundMessage, SendMessage};
use domain::partner::{PartnerScore, Scale};
use domain::ports::{
    Advance, Alert, Alerts, Catalogue, Desks, FollowUps, Inbox, Ledger, Noted, PersonFile, Queue,
    Saying, SecondReader, Unread,
};
use domain::reply::{self, Class, Reading};
use domain::supplier::SupplierName;
use jiff::{SignedDuration, Timestamp};

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
    /// The same words came from the same person in the same minute, and were read.
    SaidBefore,
    /// There is no such contact or reply any more.
    Gone,
}

impl Counted for Outcome {
    fn counts(&self) -> Vec<(Measure, u64)> {
        match self {
            Self::Read { class: Class::Emergency, .. } => {
                vec![(Measure::Replies, 1), (Measure::Emergencies, 1)]
            }
            Self::Read { .. } => vec![(Measure::Replies, 1)],
            _ => vec![],
        }
    }
}

/// How far a supplier's clock may be behind ours: a reply may seem to come before its text.
const SKEW: SignedDuration = SignedDuration::from_hours(2);

/// Handles one message.
///
/// # Errors
/// Deliver it again.
pub async fn handle(
    table: &(impl Ledger + Inbox + Catalogue + Desks + FollowUps),
    alerts: &impl Alerts,
    to_send: &impl Queue<SendMessage>,
    second: &impl SecondReader,
    message: InboundMessage,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    match message {
        InboundMessage::ReceiptV1 { contact, receipt, .. } => {
            receive(table, &contact, receipt, now).await
        }
        InboundMessage::ReplyV1 { supplier, message } => {
            let id = TaskId { supplier, message };
            read(table, alerts, to_send, second, &id, now).await
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

/// In this order, because each may fail: a person in danger, though nobody can say who it is; a person
/// who wants no more; the figures; those who must act; the answer.
async fn read(
    table: &(impl Ledger + Inbox + Catalogue + Desks + FollowUps),
    alerts: &impl Alerts,
    to_send: &impl Queue<SendMessage>,
    second: &impl SecondReader,
    id: &TaskId,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let Some(unread) = table.call(&id.supplier, &id.message).await? else {
        return Ok(Outcome::Gone);
    };
    if unread.read_at.is_some() {
        return Ok(Outcome::ReadBefore);
    }
    let mut reading = reply::read(&unread.text);
    let person = table.person(&unread.person).await;
    if let Ok(person) = &person
        && let Some(contact) = answered(person, &unread)
    {
        let open = conversation::open_question(contact, &person.follow_ups, unread.received_at);
        if conversation::answers_plainly(open, &unread.text) {
            reading = reading.as_answer();
        }
    }
    // Only once it is certain that the same words are being looked after is anything left undone.
    let first = table.first_said(&Saying::of(&unread, id)).await;
    if let Ok(first) = &first
        && first != id
    {
        return repeated(table, first, id, reading, now).await;
    }
    if reading.class != Class::Emergency {
        reading = asked(second, &unread.text, reading).await;
    }
    if reading.class == Class::Emergency {
        let known = person.as_ref().ok().and_then(|person| answered(person, &unread));
        ring(table, alerts, id, &unread, known, now).await?;
    }
    let (person, _) = (person?, first?);
    obey(table, &unread, &person, &reading, now).await?;
    let contact = match answered(&person, &unread) {
        Some(contact) => answer(table, id, &unread, &person, contact, &reading).await?,
        None => None,
    };
    if let Some(contact) = &contact
        && reading.class != Class::Emergency
    {
        reading = parts::joined(table, id, &unread, contact, reading).await?;
        if reading.class == Class::Emergency {
            ring(table, alerts, id, &unread, Some(contact), now).await?;
        }
    }
    let words = words(&unread.text);
    if let Some(desk) = Desk::of(reading.class, words).filter(|desk| !desk.rings()) {
        let task = task(id, desk, reading.class, &unread, contact.as_ref(), now);
        table.open_task(&task).await?;
    }
    // What this very reply was answered with when it was last here is not thought of anew.
    let answered = person.follow_ups.iter().find(|f| f.reply.as_ref() == Some(id)).cloned();
    let follow_up = match answered {
        Some(follow_up) => Some(follow_up),
        None => plan(table, id, &unread, &person, contact.as_ref(), &reading, now).await?,
    };
    if let Some(follow_up) = follow_up {
        queue(table, to_send, &follow_up, now).await?;
    }
    let outcome = Outcome::Read { class: reading.class, matched: contact.is_some() };
    let contact = contact.map(|contact| contact.id);
    table.note(&id.supplier, &id.message, &Noted { at: now, contact, reading }).await?;
    Ok(outcome)
}

/// The same words of the same minute: done with once the first of them was read.
async fn repeated(
    table: &impl Inbox,
    first: &TaskId,
    id: &TaskId,
    reading: Reading,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let first = table.call(&first.supplier, &first.message).await?;
    if first.is_some_and(|first| first.read_at.is_none()) {
        bail!("the same words are being read");
    }
    let noted = Noted { at: now, contact: None, reading };
    table.note(&id.supplier, &id.message, &noted).await?;
    Ok(Outcome::SaidBefore)
}

/// What the force's own reader makes of it, which can only make it more urgent.
async fn asked(second: &impl SecondReader, text: &str, reading: Reading) -> Reading {
    match second.second(text).await {
        Ok(None) => reading,
        Ok(Some(class)) => reading.raised(class, "the second reader"),
        Err(error) => {
            tracing::warn!(error = format!("{error:#}"), "the second reader did not answer");
            reading
        }
    }
}

/// Wakes somebody, once: that it rings again until it is taken is `reconcile`'s.
async fn ring(
    table: &impl Desks,
    alerts: &impl Alerts,
    id: &TaskId,
    unread: &Unread,
    contact: Option<&Contact>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let lies = table.task(id).await.ok().flatten().filter(|task| task.desk.rings());
    if lies.as_ref().is_some_and(|task| !task.is_unheard()) {
        return Ok(());
    }
    // The alarm first: a task without one would ring only at the next look.
    let log = contact.map(|contact| contact.incident.clone());
    let raised = alerts.raise(&Alert::Emergency { task: id.clone(), log, rings: 1 }).await;
    let mut task = task(id, Desk::ControlRoom, Class::Emergency, unread, contact, now);
    if raised.is_err() {
        // This message may be given up before the topic is back; what lies on the desk rings then.
        task = task.unheard();
    }
    let new = table.open_task(&task).await?;
    if !new && lies.is_none() {
        // It lay on another desk: when this reply was last here, it was not known to be danger.
        table.act(id, &TaskStep::Raise, now).await?;
    } else if !new && raised.is_ok() {
        table.act(id, &TaskStep::Ring, now).await?;
    }
    raised
}

fn task(
    id: &TaskId,
    desk: Desk,
    class: Class,
    unread: &Unread,
    contact: Option<&Contact>,
    now: Timestamp,
) -> Task {
    let from = Sender {
        person: unread.person.clone(),
        contact: contact.map(|contact| contact.id.clone()),
        log: contact.map(|contact| contact.incident.clone()),
        // A supplier's clock that is ahead gives nobody more time.
        received_at: unread.received_at.min(now),
    };
    Task::open(id.clone(), desk, class, from, now)
}

/// How many words a text has; a script without spaces counts by its letters.
fn words(text: &str) -> usize {
    let foreign = text.chars().filter(|c| !c.is_ascii() && c.is_alphabetic()).count();
    text.split_whitespace().count().max(foreign / 3)
}

/// Adds the reply to its contact and gives the contact with it.
async fn answer(
    table: &impl Ledger,
    id: &TaskId,
    unread: &Unread,
    person: &PersonFile,
    contact: &Contact,
    reading: &Reading,
) -> anyhow::Result<Option<Contact>> {
    let at = unread.received_at;
    let open = conversation::open_question(contact, &person.follow_ups, at);
    let reply = Reply {
        message: id.message.clone(),
        at,
        class: reading.class,
        given: conversation::given(open, &unread.text, reading, at),
        sentiment: reading.sentiment,
        valence: reading.valence,
    };
    table.answer(&contact.id, &reply).await
}

/// Plans what to say to it, if anything.
async fn plan(
    table: &(impl Catalogue + FollowUps),
    id: &TaskId,
    unread: &Unread,
    person: &PersonFile,
    contact: Option<&Contact>,
    reading: &Reading,
    now: Timestamp,
) -> anyhow::Result<Option<FollowUp>> {
    let campaign = match contact {
        Some(contact) => table.campaign(&contact.campaign, contact.version).await?,
        None => None,
    };
    let at = unread.received_at;
    let open = contact.map_or(conversation::Question::Satisfaction, |contact| {
        conversation::open_question(contact, &person.follow_ups, at)
    });
    let heard = Heard {
        person,
        who: &unread.person,
        contact: contact.zip(campaign.as_ref()),
        reply: id,
        reading,
        words: words(&unread.text),
        silent: conversation::asks_for_silence(&unread.text),
        received_at: at,
        open,
        given: conversation::given(open, &unread.text, reading, at),
    };
    let Some(wanted) = conversation::next(&heard, now) else { return Ok(None) };
    let follow_up = FollowUp::plan(wanted, now);
    table.plan_follow_up(&follow_up).await?;
    Ok(Some(follow_up))
}

/// Queues a follow-up that is due; one for later is `dispatch`'s.
async fn queue(
    table: &impl FollowUps,
    to_send: &impl Queue<SendMessage>,
    follow_up: &FollowUp,
    now: Timestamp,
) -> anyhow::Result<()> {
    if follow_up.due_at > now {
        return Ok(());
    }
    // Again when this message comes again: one whose place on the queue was lost is found so, and one
    // that was sent is past queueing.
    let queued = table.advance_follow_up(&follow_up.id, &FollowUpStep::Queue, None, now).await?;
    if queued {
        to_send.put(&[SendMessage::FollowUpV1 { follow_up: follow_up.id.clone() }]).await?;
    }
    Ok(())
}

/// The text a reply answers: the one the supplier names, or else the last one that may have reached the
/// person before it and whose question is still open.
fn answered<'a>(person: &'a PersonFile, unread: &Unread) -> Option<&'a Contact> {
    let texted = || person.contacts.iter().filter(|c| c.state.may_have_been_texted());
    let named = texted().find(|contact| Some(&contact.id) == unread.answers.as_ref());
    let at = unread.received_at.saturating_add(SKEW).unwrap_or(Timestamp::MAX);
    let open = |sent: Timestamp| sent <= at && at.duration_since(sent) <= conversation::ANSWERABLE;
    named.or_else(|| {
        texted()
            .filter(|contact| contact.queued_at.is_some_and(open))
            .max_by_key(|contact| contact.queued_at)
    })
}

/// Opts the person out or in, for every campaign, and cancels what is already planned.
///
/// Somebody who never rang is opted out too: the number is not the caller's any more.
async fn obey(
    table: &(impl Ledger + FollowUps),
    unread: &Unread,
    person: &PersonFile,
    reading: &Reading,
    now: Timestamp,
) -> anyhow::Result<()> {
    if reading.opt_out || reading.class == Class::WrongPerson {
        // The mark first: whoever plans or sends from now on sees it.
        table.opt_out(&unread.person, unread.received_at).await?;
        for contact in &person.contacts {
            let why = "elig.never.opted-out".to_owned();
            table.advance(&contact.id, &Step::Cancel { why }, now).await?;
        }
        for follow_up in person.follow_ups.iter().filter(|f| !f.kind.is_for_those_who_left()) {
            let why = "the person opted out".to_owned();
            let cancel = FollowUpStep::Cancel { why };
            table.advance_follow_up(&follow_up.id, &cancel, None, now).await?;
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
            answers: None,
            text: text.to_owned(),
            received_at: now(),
        };
        world.keep_call(&call).await.unwrap();
        InboundMessage::ReplyV1 { supplier: call.supplier, message: call.message }
    }

    async fn read(world: &World, message: &InboundMessage) -> anyhow::Result<Outcome> {
        handle(world, world, world, world, message.clone(), now()).await
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
    async fn a_reply_answers_the_text_its_supplier_names_before_the_last_one() {
        let (world, first) = texted().await;
        let later = now() + SignedDuration::from_hours(10 * 24);
        let plan = Plan {
            incident: LogNumber::parse("HC-2").unwrap(),
            person: person(),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Told::parse("cleared").unwrap(),
            area: String::new(),
            control: false,
            due_at: later,
        };
        let second = Contact::plan(plan, later);
        world.plan(&second).await.unwrap();
        for step in [Step::Queue, Step::Receive(Receipt::Delivered)] {
            world.advance(&second.id, &step, later).await.unwrap();
        }
        let answered = async |answers: Option<&ContactId>, n: i64| {
            let call = Call {
                supplier: "exchange:rant-and-rave".to_owned(),
                message: format!("m-{n}"),
                person: person(),
                sender: "447700900123".to_owned(),
                answers: answers.cloned(),
                text: "4".to_owned(),
                received_at: later + SignedDuration::from_mins(n),
            };
            world.keep_call(&call).await.unwrap();
            let Call { supplier, message, .. } = call;
            let message = InboundMessage::ReplyV1 { supplier, message };
            read(&world, &message).await.unwrap();
            [&first, &second.id].map(|id| {
                let contact = world.with(|state| state.contacts[id].clone());
                contact.answer.map_or(0, |answer| answer.messages.len())
            })
        };
        assert_eq!(answered(Some(&first), 1).await, [1, 0]);
        assert_eq!(answered(None, 2).await, [1, 1]);
        let nobodys = ContactId::parse(&format!("{}-0123456789abcdef", "b".repeat(32))).unwrap();
        assert_eq!(answered(Some(&nobodys), 3).await, [1, 2], "a reference of nobody's is no help");
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
        let task = TaskId { supplier: "notify".to_owned(), message: name.clone() };
        let alert = Alert::Emergency { task, log, rings: 1 };
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
