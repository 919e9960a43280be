//! Texts one person about one incident, once; and what follows on a reply, once each.
//!
//! Trigger: the send queue. Reads: what is in force, the contact, the person, the log, the campaign,
//! the number. Writes: the contact or follow-up and the budget, before the socket is opened and after
//! the answer; a reminder to come; a pause, when the supplier takes nothing more from us or the month's
//! money is spent; forgets the number of somebody who never rang.
//! Calls: the SMS supplier; the alert topic, when it pauses a campaign. Delivered again when: the
//! supplier certainly did not take the text, another delivery holds the lease, too little time is
//! left to send, or the table fails.
//!
//! When we die between the supplier's yes and writing it down, the lease lapses, the contact
//! becomes unknown, and `reconcile` asks the supplier; it is never sent again blind.

mod follow_up;

use anyhow::{Context as _, bail};
use domain::budget::Month;
use domain::campaign::{Campaign, Pause, Scope};
use domain::contact::{Contact, ContactId, SendClaim, State, Step};
use domain::conversation;
use domain::followup::FollowUp;
use domain::measure::{Counted, Measure};
use domain::messages::SendMessage;
use domain::phone::Mobile;
use domain::ports::{
    Advance, Alert, Alerts, Catalogue, Claim, FollowUps, Ledger, LogBook, Numbers, Order, Quote,
    Sent, Supplier, Switch, Time,
};
use domain::readiness::{Readiness, readiness};
use domain::retention;
use domain::supplier::SupplierName;
use domain::wording::{Call, Rendered, Wording, render};
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
    /// The campaign is paused: its contacts wait.
    Paused,
    /// There was nothing to send: it is settled, or gone.
    NothingToSend,
}

impl Counted for Outcome {
    fn counts(&self) -> Vec<(Measure, u64)> {
        match self {
            Self::Accepted => vec![(Measure::Texted, 1)],
            Self::Refused => vec![(Measure::Refused, 1)],
            Self::Unknown => vec![(Measure::InDoubt, 1)],
            Self::Cancelled | Self::PutOff | Self::Paused | Self::NothingToSend => vec![],
        }
    }
}

/// A wait this short is left to the queue, which brings the message back by itself.
const SHORT_WAIT: SignedDuration = SignedDuration::from_mins(5);

/// Who pauses when nobody did.
const OURSELVES: &str = "aftercall";

/// Handles one message.
///
/// # Errors
/// Deliver it again.
pub async fn handle(
    table: &(impl Catalogue + LogBook + Ledger + Numbers + Switch + FollowUps),
    supplier: &impl Supplier,
    alerts: &impl Alerts,
    message: SendMessage,
    time: Time<impl Fn() -> Timestamp, impl Fn() -> bool>,
) -> anyhow::Result<Outcome> {
    match message {
        SendMessage::ContactV1 { contact } => text(table, supplier, alerts, contact, time).await,
        SendMessage::FollowUpV1 { follow_up } => {
            follow_up::text(table, supplier, &follow_up, time).await
        }
    }
}

/// Texts the first text of a contact.
async fn text(
    table: &(impl Catalogue + LogBook + Ledger + Numbers + Switch + FollowUps),
    supplier: &impl Supplier,
    alerts: &impl Alerts,
    id: ContactId,
    time: Time<impl Fn() -> Timestamp, impl Fn() -> bool>,
) -> anyhow::Result<Outcome> {
    let now = &time.now;
    let text = match load(table, &id, now()).await? {
        Ready::Go(text) => text,
        Ready::Nothing => return Ok(Outcome::NothingToSend),
        Ready::Step(step, outcome) => {
            table.advance(&id, &step, now()).await?;
            return Ok(outcome);
        }
        Ready::Stop(pause) => {
            stop(table, alerts, pause).await?;
            table.advance(&id, &wait(now(), "no price is known"), now()).await?;
            return Ok(Outcome::Paused);
        }
    };
    // Nothing is claimed that could be cut off between the socket and the table.
    if !(time.enough)() {
        bail!("too little time is left to send");
    }
    let claim = match table.claim(&text.seen, &text.quote, now()).await? {
        Claim::Granted(claim) => claim,
        Claim::Held => bail!("contact {id} is held, or changed since the last look"),
        Claim::Settled(_) | Claim::Missing => return Ok(Outcome::NothingToSend),
        Claim::OverBudget => {
            stop(table, alerts, text.spent(now())).await?;
            table.advance(&id, &wait(now(), "the month's budget is spent"), now()).await?;
            return Ok(Outcome::Paused);
        }
    };
    // Claims come before the turn, at which one waits for the other: those of a batch are written together.
    supplier.turn(&text.supplier).await;
    let sent = if (time.enough)() {
        let order = Order {
            permit: (&*claim).into(),
            supplier: &text.supplier,
            to: &text.mobile,
            wording: &text.wording,
            good_until: text.good_until,
        };
        supplier.send(&order).await
    } else {
        Sent::Retry { after: None, why: "too little time was left at our turn".to_owned() }
    };
    let outcome = record(table, alerts, &claim, sent, now()).await?;
    let reminder = match outcome {
        Outcome::Accepted => conversation::reminder(&text.seen, &text.campaign, now()),
        _ => None,
    };
    if outcome == Outcome::Unknown || reminder.is_some() {
        // To ask a supplier who knows texts by their number, or to remind. Whoever answers brings theirs along.
        let until = now().saturating_add(retention::NUMBER_OF_TEXTED).unwrap_or(Timestamp::MAX);
        if let Err(error) = table.keep_number(id.person(), &text.mobile, until).await {
            // Not for its sake again: the text has left.
            tracing::warn!(error = format!("{error:#}"), "a number could not be kept for longer");
        }
    }
    if let Some(wanted) = reminder {
        // Not for its sake again: the text has left, and a reminder that is lost harms nobody.
        if let Err(error) = table.plan_follow_up(&FollowUp::plan(wanted, now())).await {
            tracing::warn!(error = format!("{error:#}"), "a reminder could not be planned");
        }
    }
    Ok(outcome)
}

/// Everything that is needed to send.
struct Text {
    /// The contact as it was looked at.
    seen: Contact,
    campaign: Campaign,
    scope: Scope,
    supplier: SupplierName,
    mobile: Mobile,
    wording: Wording,
    good_until: Timestamp,
    quote: Quote,
}

impl Text {
    /// The pause of a campaign whose month's money is spent: until the next month, or until somebody
    /// publishes a higher cap and resumes.
    fn spent(&self, now: Timestamp) -> Pause {
        let why = format!("the month's budget of {} is spent", self.quote.monthly_cap);
        let until = Some(Month::of(now).end());
        Pause { until, ..pause(self.scope.clone(), why, now) }
    }
}

enum Ready {
    Go(Box<Text>),
    Nothing,
    Step(Step, Outcome),
    Stop(Pause),
}

/// Reads everything afresh and decides.
async fn load(
    table: &(impl Catalogue + LogBook + Ledger + Numbers),
    id: &ContactId,
    now: Timestamp,
) -> anyhow::Result<Ready> {
    let person = table.person(id.person()).await?;
    let Some(contact) = person.contacts.iter().find(|contact| contact.id == *id) else {
        return Ok(Ready::Nothing);
    };
    if contact.state == State::Claimed {
        if contact.lease_until.is_some_and(|lease_until| lease_until > now) {
            bail!("another delivery holds contact {id}");
        }
        let why = "the lease lapsed".to_owned();
        let step = Step::Doubt { attempt: contact.attempts, why };
        return Ok(Ready::Step(step, Outcome::Unknown));
    }
    if contact.state != State::Queued {
        return Ok(Ready::Nothing);
    }
    let in_force = table.in_force().await?;
    if let Some(pause) = in_force.paused(&contact.campaign, now) {
        let step = wait(now, &format!("paused: {}", pause.why));
        return Ok(Ready::Step(step, Outcome::Paused));
    }
    let incident = table.incident(&contact.incident).await?;
    let campaign = table.campaign(&contact.campaign, contact.version).await?;
    match readiness(contact, &incident, &person, campaign.as_ref(), &in_force, now) {
        Readiness::Go => {}
        Readiness::Wait { until, why } => {
            return Ok(Ready::Step(Step::Postpone { until, why }, Outcome::PutOff));
        }
        Readiness::Cancel { why } => return Ok(cancel(&why)),
    }
    let called_at = incident.calls_of(id.person()).map(|(log, _)| log.opened_at).min();
    let (Some(campaign), Some(told), Some(at)) = (campaign, incident.told(), called_at) else {
        return Ok(Ready::Nothing);
    };
    let call = Call { at, language: incident.language_of(id.person()) };
    let Rendered::Text(wording) = render(&campaign, &contact.outcome, &told.log, call) else {
        return Ok(cancel("no words that the log supports"));
    };
    let Some(mobile) = table.number(id.person()).await? else {
        return Ok(cancel("the number is no longer kept"));
    };
    let day = now.to_zoned(domain::hours::LONDON.clone()).date();
    let scope = Scope::Campaign(contact.campaign.clone());
    let Some(price) = campaign.price.or_else(|| in_force.prices.of(&campaign.supplier, day)) else {
        let why = format!("no price of {} is known for {day}", campaign.supplier);
        return Ok(Ready::Stop(pause(scope, why, now)));
    };
    // A contact keeps the words it was planned with, but what may be spent is today's decision.
    let newest = in_force.campaigns.get(&contact.campaign).copied();
    let cap = match newest.filter(|version| *version != contact.version) {
        Some(version) => table.campaign(&contact.campaign, version).await?.map(|c| c.monthly_cap),
        None => None,
    };
    let segments = wording.text.segments();
    Ok(Ready::Go(Box::new(Text {
        seen: contact.clone(),
        scope,
        good_until: campaign.hours.closes(now),
        supplier: campaign.supplier.clone(),
        mobile,
        wording,
        quote: Quote {
            segments,
            cost: price * segments as u64,
            monthly_cap: cap.unwrap_or(campaign.monthly_cap),
        },
        campaign,
    })))
}

fn cancel(why: &str) -> Ready {
    Ready::Step(Step::Cancel { why: why.to_owned() }, Outcome::Cancelled)
}

/// Back to `dispatch`, which leaves a paused campaign's contacts alone until it may text again.
fn wait(now: Timestamp, why: &str) -> Step {
    Step::Postpone { until: now, why: why.to_owned() }
}

fn pause(scope: Scope, why: String, at: Timestamp) -> Pause {
    Pause { scope, why, by: OURSELVES.to_owned(), at, until: None, told: false }
}

/// Pauses, and tells somebody if nobody did so before: one alarm and not ten thousand.
async fn stop(table: &impl Switch, alerts: &impl Alerts, pause: Pause) -> anyhow::Result<()> {
    // The pause first, so that the others stop; should the alert fail, `dispatch` raises it.
    if table.pause(&pause).await? {
        alerts.raise(&Alert::Paused(pause.clone())).await?;
        table.told(&pause.scope).await?;
    }
    Ok(())
}

async fn record(
    table: &(impl Ledger + Switch),
    alerts: &impl Alerts,
    claim: &SendClaim,
    sent: Sent,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let id = &claim.contact().id;
    let attempt = claim.contact().attempts;
    let (step, outcome) = match sent {
        Sent::Accepted { supplier_id } => (Step::Accept { supplier_id }, Outcome::Accepted),
        Sent::Refused { why, opted_out } => {
            // The supplier keeps a list of its own; what a person told it they told us.
            if opted_out {
                table.opt_out(id.person(), now).await.context("record an opt-out")?;
            }
            (Step::Refuse { attempt, why }, Outcome::Refused)
        }
        Sent::Ambiguous { why } => (Step::Doubt { attempt, why }, Outcome::Unknown),
        Sent::Retry { after: Some(after), why } if after > SHORT_WAIT => {
            let until = now.saturating_add(after).unwrap_or(Timestamp::MAX);
            (Step::PutOff { attempt, until, why }, Outcome::PutOff)
        }
        Sent::Retry { why, .. } => {
            let step = Step::Retry { attempt, why: why.clone() };
            let written = table.advance_seen(claim.contact(), &step, now).await;
            written.context("record that nothing was sent")?;
            bail!("not sent: {why}");
        }
        Sent::ConfigStop { why } => {
            let step = Step::PutOff { attempt, until: now, why: why.clone() };
            table.advance(id, &step, now).await.context("record that nothing was sent")?;
            let scope = Scope::Campaign(claim.contact().campaign.clone());
            stop(table, alerts, pause(scope, why, now)).await?;
            return Ok(Outcome::Paused);
        }
    };
    // A receipt may have been faster than we are; then there is nothing left to record.
    let written = table.advance_seen(claim.contact(), &step, now).await;
    match written.context("record what was sent")? {
        Advance::Moved(_) | Advance::Stayed(_) | Advance::Missing => Ok(outcome),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeSet;

    use domain::budget::Money;
    use domain::campaign::Published;
    use domain::contact::Plan;
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
        let time = Time { now: || time, enough: || true };
        handle(world, world, world, message.clone(), time).await
    }

    /// What the supplier's answer leads to: the outcome, the state, the parts paid.
    async fn answered(answer: Answer) -> (Option<Outcome>, &'static str, bool) {
        let (world, message) = queued().await;
        world.with(|state| state.answers.push_back(answer));
        let outcome = at(&world, &message, now()).await.ok();
        let spent = world.with(|state| state.budgets.values().copied().sum::<Money>());
        (outcome, world.states()[0], spent > Money::ZERO)
    }

    #[tokio::test]
    async fn a_number_is_kept_for_longer_only_to_ask_about_its_text_or_to_remind() {
        let why = || "why".to_owned();
        let longer = now() + retention::NUMBER_OF_TEXTED;
        for (reminds, answer, kept) in [
            (false, Answer::Takes(Reply::Yes), now()),
            (true, Answer::Takes(Reply::Yes), longer),
            (false, Answer::Takes(Reply::Lost), longer),
            (true, leaves(Sent::Refused { why: why(), opted_out: false }), now()),
            (true, leaves(Sent::ConfigStop { why: why() }), now()),
        ] {
            let (world, message) = queued().await;
            world.with(|state| {
                state.answers.push_back(answer);
                let after = SignedDuration::from_hours(48);
                let reminder = reminds.then(|| ("Did we help?".to_owned(), after));
                state.campaigns[0].body.talk.reminder = reminder;
            });
            let outcome = at(&world, &message, now()).await.unwrap();
            let until = world.with(|state| state.kept_until.values().next().copied());
            assert_eq!(until, Some(kept), "{outcome:?}");
        }
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
        let refused = answered(leaves(Sent::Refused { why: why(), opted_out: false })).await;
        assert_eq!(refused, (Some(Outcome::Refused), "refused", false));
        let stop = answered(leaves(Sent::ConfigStop { why: why() })).await;
        assert_eq!(stop, (Some(Outcome::Paused), "planned", false));
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
        let SendMessage::ContactV1 { contact } = &message else { unreachable!() };
        let quote =
            Quote { segments: 1, cost: Money::from_pence(1), monthly_cap: Money::from_pence(100) };
        let seen = world.contact(contact).await.unwrap().unwrap();
        assert!(matches!(world.claim(&seen, &quote, now()).await.unwrap(), Claim::Granted(_)));
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
        assert_eq!(spent, (Outcome::Paused, "the month's budget is spent".to_owned()));
        let unpriced = changed(|state| state.prices = domain::prices::Prices::default()).await;
        assert_eq!(unpriced, (Outcome::Paused, "no price is known".to_owned()));
        let forgotten = changed(|state| state.numbers.clear()).await;
        assert_eq!(forgotten, cancelled("the number is no longer kept"));
        let unpublished = changed(|state| state.campaigns.clear()).await;
        assert_eq!(unpublished, cancelled("the campaign's version is gone"));
        let unkept = changed(|state| state.logs.clear()).await;
        assert_eq!(unkept, (Outcome::PutOff, "its log is not kept yet".to_owned()));
        let gone = changed(|state| {
            state.logs.clear();
            for contact in state.contacts.values_mut() {
                contact.planned_at -= SignedDuration::from_hours(24);
            }
        });
        assert_eq!(gone.await, cancelled("the log is gone"));
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
        let ports = ["person", "in_force", "log", "campaign", "number", "replace"];
        for port in ports {
            let (world, message) = queued().await;
            world.fail(port, 1);
            at(&world, &message, now()).await.unwrap_err();
            assert_eq!(world.states(), ["queued"], "{port}");
            assert_eq!(at(&world, &message, now()).await.unwrap(), Outcome::Accepted, "{port}");
            assert_eq!(world.with(|state| state.texts.len()), 1, "{port}");
        }
    }

    #[tokio::test]
    async fn a_supplier_that_takes_nothing_more_pauses_the_campaign_and_rings_once() {
        let (world, message) = queued().await;
        let stop = || leaves(Sent::ConfigStop { why: "Notify answered 403 AuthError".to_owned() });
        world.with(|state| state.answers.push_back(stop()));
        assert_eq!(at(&world, &message, now()).await.unwrap(), Outcome::Paused);
        assert_eq!(world.states(), ["planned"]);
        let SendMessage::ContactV1 { contact } = &message else { unreachable!() };
        world.advance(contact, &Step::Queue, now()).await.unwrap();
        assert_eq!(at(&world, &message, now()).await.unwrap(), Outcome::Paused);
        let (alerts, sends) = world.with(|state| {
            let sends = state.calls_made.iter().filter(|call| **call == "send").count();
            (state.alerts.clone(), sends)
        });
        assert_eq!(sends, 1, "a paused campaign asks the supplier nothing");
        let [Alert::Paused(pause)] = alerts.as_slice() else { panic!("{alerts:?}") };
        assert_eq!(pause.scope.to_string(), "highways");
        assert!(world.with(|state| state.pauses[&pause.scope].told));
        assert!(world.resume(&pause.scope).await.unwrap());
        world.advance(contact, &Step::Queue, now()).await.unwrap();
        assert_eq!(at(&world, &message, now()).await.unwrap(), Outcome::Accepted);
    }

    #[tokio::test]
    async fn the_kill_switch_stops_the_very_next_text() {
        let (world, message) = queued().await;
        let by_hand = Pause {
            by: "Sgt Bell".to_owned(),
            told: true,
            ..pause(Scope::All, "wrong words".to_owned(), now())
        };
        world.pause(&by_hand).await.unwrap();
        assert_eq!(at(&world, &message, now()).await.unwrap(), Outcome::Paused);
        assert!(world.with(|state| state.texts.is_empty() && state.alerts.is_empty()));
    }

    #[tokio::test]
    async fn a_spent_month_pauses_until_the_next_and_a_higher_cap_counts_for_what_is_planned() {
        let (world, message) = queued().await;
        world.with(|state| state.campaigns[0].body.monthly_cap = Money::ZERO);
        at(&world, &message, now()).await.unwrap();
        let scope = Scope::Campaign(samples::campaign().id);
        let until = world.with(|state| state.pauses[&scope].until);
        assert_eq!(until, Some("2026-03-31T23:00:00Z".parse().unwrap()));
        let raised = Published { version: 2, body: samples::campaign() };
        world.with(|state| state.campaigns.push(raised));
        world.resume(&scope).await.unwrap();
        let SendMessage::ContactV1 { contact } = &message else { unreachable!() };
        world.advance(contact, &Step::Queue, now()).await.unwrap();
        assert_eq!(at(&world, &message, now()).await.unwrap(), Outcome::Accepted);
    }

    #[tokio::test]
    async fn nothing_is_claimed_that_could_be_cut_off() {
        let (world, message) = queued().await;
        let time = Time { now, enough: || false };
        handle(&world, &world, &world, message.clone(), time).await.unwrap_err();
        assert_eq!(world.states(), ["queued"]);
        assert!(world.with(|state| state.texts.is_empty() && state.budgets.is_empty()));
    }

    #[tokio::test]
    async fn what_was_claimed_and_came_to_its_turn_too_late_is_given_back() {
        let (world, message) = queued().await;
        let asked = Cell::new(0);
        let enough = || asked.replace(asked.get() + 1) == 0;
        handle(&world, &world, &world, message.clone(), Time { now, enough }).await.unwrap_err();
        assert_eq!(world.states(), ["queued"]);
        let spent = world.with(|state| state.budgets.values().copied().sum::<Money>());
        assert_eq!((world.with(|state| state.texts.len()), spent), (0, Money::ZERO));
        assert_eq!(at(&world, &message, now()).await.unwrap(), Outcome::Accepted);
    }

    #[tokio::test]
    async fn what_a_person_told_the_supplier_they_told_us() {
        let (world, message) = queued().await;
        let refused = Sent::Refused { why: "Twilio answered 21610".to_owned(), opted_out: true };
        world.with(|state| state.answers.push_back(leaves(refused)));
        assert_eq!(at(&world, &message, now()).await.unwrap(), Outcome::Refused);
        assert_eq!(world.with(|state| state.opted_out.len()), 1);
    }

    #[tokio::test]
    async fn a_text_is_good_until_the_evening() {
        let (world, message) = queued().await;
        at(&world, &message, now()).await.unwrap();
        let evening = "2026-03-10T20:00:00Z".parse().unwrap();
        assert_eq!(world.with(|state| state.good_until.clone()), [evening]);
    }
}
