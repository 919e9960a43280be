//! Rings again for alarms that nobody took; finds texts whose fate nobody told us, and replies that
//! nobody brought, and asks the supplier; finds files that landed and were never read.
//!
//! Trigger: a schedule, every five minutes. Reads: the desks, what is in force, the agenda, contacts, a
//! number where a supplier can only be asked by it, what lies in the bucket. Writes: tasks, contacts,
//! budgets, replies, the inbound queue, files onto themselves. Calls: the alert topic, the SMS supplier. Delivered again: never; the next run sees
//! what this one left.

mod desks;
mod unread;

use std::collections::BTreeSet;

use anyhow::Context as _;
use domain::budget::Money;
use domain::contact::{Agenda, Bill, Contact, ContactId, Receipt, State, Step};
use domain::measure::Counted;
use domain::messages::InboundMessage;
use domain::person::Pepper;
use domain::ports::{
    Advance, Alerts, Arrivals, Call, Catalogue, Desks, Doorstep, Extracts, Inbox, Inquiry, LEASE,
    Ledger, Listed, Lookup, Numbers, Queue, Supplier, Sweeps, Time,
};
use domain::supplier::SupplierName;
use futures_util::future::ready;
use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Contacts looked at.
    pub looked: u64,
    /// Contacts that moved.
    pub moved: u64,
    /// Replies found that no call had brought.
    pub replies: u64,
    /// Alarms rung again, because nobody has taken them.
    pub rung: u64,
    /// Other work that nobody took in its time.
    pub overdue: u64,
    /// Files set off anew, because they landed and were never read.
    pub set_off: u64,
    /// Files that were set off often enough, and are told of.
    pub given_up: u64,
    /// Contacts left to the next run, because this one's time was up.
    pub left: u64,
    /// Could not be settled this time: contacts, suppliers' lists of replies, files.
    pub failed: u64,
}

impl Counted for Outcome {}

/// How many suppliers' answers are awaited at the same time.
const AT_ONCE: usize = 8;

/// How long a supplier may deny a text that it took after we hung up: only then is a denial one.
const DENIAL_AFTER: SignedDuration = SignedDuration::from_mins(10);

/// How long a receipt may take before we ask.
const RECEIPT_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// How long suppliers remember: Notify keeps a text seven days. Later a denial means nothing.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(6 * 24);

/// Networks try for 72 hours; after this long without a receipt the text did not arrive.
const EXPIRED_AFTER: SignedDuration = SignedDuration::from_hours(4 * 24);

/// How long to wait for a receipt, the only proof there can be, where the supplier cannot say.
const SILENCE: SignedDuration = SignedDuration::from_hours(24);

/// After this long on the list there is little to hope for at each look.
const WAITS_LONG: SignedDuration = SignedDuration::from_hours(4);

/// After this many denials a person decides: something else is wrong.
const DENIALS: u32 = 3;

/// How long a supplier's call may be on its way before its reply counts as missed: Notify repeats
/// five times, five minutes apart. A reply may be a cry for help, so we do not wait for all of them.
const CALL_TAKES: SignedDuration = SignedDuration::from_mins(5);

/// How far before the last sweep the next begins: a supplier may list a reply a little late.
const OVERLAP: SignedDuration = SignedDuration::from_mins(5);

/// How far back the first sweep goes: Notify lists seven days.
const LISTED: SignedDuration = SignedDuration::from_hours(7 * 24);

/// What is the force's own.
#[derive(Clone, Copy)]
pub struct Ours<'a> {
    /// The key of the keyed hash.
    pub pepper: &'a Pepper,
    /// How long after an alarm rang it rings again, where nobody took it.
    pub ring_again: SignedDuration,
}

/// Rings again for what nobody has taken, then looks at every contact that waits for the supplier, then for replies that
/// were not brought, then for files that were not read.
///
/// # Errors
/// The agenda or the catalogue failed; the next run begins again.
pub async fn handle(
    table: &(impl Ledger + Catalogue + Numbers + Doorstep + Inbox + Sweeps + Desks),
    supplier: &impl Supplier,
    queue: &impl Queue<InboundMessage>,
    alerts: &impl Alerts,
    bucket: &(impl Arrivals + Extracts),
    Ours { pepper, ring_again }: Ours<'_>,
    Time { now, enough }: Time<impl Fn() -> Timestamp, impl Fn() -> bool>,
) -> anyhow::Result<Outcome> {
    let now = now();
    // First, and whatever else fails: somebody may be in danger.
    let (rung, overdue, unrung) = desks::look(table, alerts, ring_again, now).await?;
    let mut watched = table.agenda(Agenda::Watch, now).await?;
    watched.retain(|(_, since)| is_looked_at(now.duration_since(*since)));
    let looked = stream::iter(&watched)
        .take_while(|_| ready(enough()))
        .map(|(id, _)| look(table, supplier, id, now))
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    let mut outcome = Outcome {
        looked: looked.len() as u64,
        left: (watched.len() - looked.len()) as u64,
        rung,
        overdue,
        failed: unrung,
        ..Outcome::default()
    };
    for look in looked {
        match look {
            Ok(moved) => outcome.moved += u64::from(moved),
            Err(error) => {
                outcome.failed += 1;
                tracing::warn!(error = format!("{error:#}"), "a contact could not be settled");
            }
        }
    }
    let campaigns = table.campaigns().await?;
    let suppliers: BTreeSet<_> = campaigns.into_iter().map(|c| c.body.supplier).collect();
    for name in suppliers {
        match sweep(table, supplier, queue, pepper, &name, now).await {
            Ok(replies) => outcome.replies += replies,
            Err(error) => {
                outcome.failed += 1;
                let supplier = name.as_str();
                tracing::warn!(supplier, error = format!("{error:#}"), "replies not swept");
            }
        }
    }
    match unread::look(table, bucket, alerts, now).await {
        Ok((set_off, given_up, failed)) => {
            outcome.failed += failed;
            (outcome.set_off, outcome.given_up) = (set_off, given_up);
        }
        Err(error) => {
            outcome.failed += 1;
            tracing::warn!(error = format!("{error:#}"), "what landed was not looked through");
        }
    }
    Ok(outcome)
}

/// Keeps every reply the supplier lists that none of its calls brought, and has it read.
async fn sweep(
    table: &(impl Doorstep + Inbox + Sweeps),
    supplier: &impl Supplier,
    queue: &impl Queue<InboundMessage>,
    pepper: &Pepper,
    name: &SupplierName,
    now: Timestamp,
) -> anyhow::Result<u64> {
    let until = now.saturating_sub(CALL_TAKES).unwrap_or(now);
    let swept = table.swept(name.as_str()).await?;
    let oldest = now.saturating_sub(LISTED).unwrap_or(now);
    let since = swept.and_then(|swept| swept.saturating_sub(OVERLAP).ok());
    let listed = supplier.received(name, since.map_or(oldest, |since| since.max(oldest))).await?;
    let (mut found, mut read_until) = (0, until);
    for Listed { message, sender, text, received_at } in listed {
        if received_at > until {
            continue;
        }
        let kept = table.call(name.as_str(), &message).await?;
        let person = pepper.sender(&sender);
        let supplier = name.as_str().to_owned();
        let answers = None;
        let call = Call { supplier, message, person, sender, answers, text, received_at };
        // Nearly all were brought: to look costs a tenth of trying to keep them once more.
        let new = kept.is_none() && table.keep_call(&call).await?;
        let Call { supplier, message, .. } = call;
        // One that was kept and never read may have lost its place on the queue.
        if !new && kept.is_none_or(|call| call.read_at.is_some()) {
            continue;
        }
        read_until = read_until.min(received_at);
        if new || is_put_again(now.duration_since(received_at)) {
            queue.put(&[InboundMessage::ReplyV1 { supplier, message }]).await?;
        }
        found += u64::from(new);
    }
    // Last: what failed above is listed again next time; and not past a reply that nobody has read,
    // for the queue may lose it still.
    table.sweep(name.as_str(), read_until).await?;
    Ok(found)
}

/// Whether a contact that has waited so long is looked at in this run: in every one for its first hours and
/// once its days are over, hourly between. A receipt that takes days would else be asked about more than a
/// thousand times, and be the dearest of all.
fn is_looked_at(waits: SignedDuration) -> bool {
    !(WAITS_LONG..EXPIRED_AFTER).contains(&waits) || is_in_first_quarter(waits)
}

/// Whether a reply of this age that nobody has read goes on the queue: at every look while it is young,
/// then hourly, so that one that can never be read does not fill the dead letters.
fn is_put_again(age: SignedDuration) -> bool {
    age.as_mins() < 20 || is_in_first_quarter(age)
}

/// Once an hour. A quarter of it, because the schedule may be as slow.
fn is_in_first_quarter(age: SignedDuration) -> bool {
    age.as_mins() % 60 < 15
}

async fn look(
    table: &(impl Ledger + Catalogue + Numbers),
    supplier: &impl Supplier,
    id: &ContactId,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let Some(contact) = table.contact(id).await? else { return Ok(false) };
    let answer = match question(&contact, now) {
        Question::None => return Ok(false),
        Question::Step(step) => return advance(table, id, &step, now).await,
        Question::Bill(bill) => return table.bill(id, bill, now).await,
        Question::Ask => ask(table, supplier, &contact).await?,
    };
    let mut moved = false;
    for step in steps(&contact, &answer, now) {
        moved |= advance(table, id, &step, now).await?;
    }
    if let Lookup::Known { bill: Some(bill), .. } = answer {
        moved |= table.bill(id, bill, now).await?;
    }
    Ok(moved)
}

/// Asks the supplier of the contact's campaign, who may want the number to look by.
async fn ask(
    table: &(impl Catalogue + Numbers),
    supplier: &impl Supplier,
    contact: &Contact,
) -> anyhow::Result<Lookup> {
    let campaign = table.campaign(&contact.campaign, contact.version).await?;
    let campaign = campaign.context("the campaign's version is gone")?;
    // When one that came back from a backup was claimed, nobody knows: only a supplier who finds a text
    // by our reference, and not by number and time, may deny it.
    let (to, claimed_at) = if contact.is_restored() {
        (None, None)
    } else {
        let claimed_at = contact.lease_until.and_then(|end| end.checked_sub(LEASE).ok());
        (table.number(contact.id.person()).await?, claimed_at)
    };
    let inquiry = Inquiry {
        supplier: &campaign.supplier,
        reference: &contact.id,
        supplier_id: contact.supplier_id.as_deref(),
        to: to.as_ref(),
        claimed_at: claimed_at.unwrap_or(contact.planned_at),
    };
    supplier.look_up(&inquiry).await
}

async fn advance(
    table: &impl Ledger,
    id: &ContactId,
    step: &Step,
    now: Timestamp,
) -> anyhow::Result<bool> {
    Ok(matches!(table.advance(id, step, now).await?, Advance::Moved(_)))
}

enum Question {
    /// Nothing is due.
    None,
    /// No question is needed.
    Step(Step),
    /// Nobody will say any more what it cost.
    Bill(Bill),
    /// Ask the supplier.
    Ask,
}

/// How long ago the claim lapsed.
///
/// Every watched contact was claimed, so it has a lease; one without is asked about at once.
fn lapsed(contact: &Contact, now: Timestamp) -> SignedDuration {
    contact.lease_until.map_or(SignedDuration::MAX, |end| now.duration_since(end))
}

/// Whether a text of one that came back from a backup may be older than suppliers remember.
fn is_forgotten(contact: &Contact, now: Timestamp) -> bool {
    contact.is_restored() && now.duration_since(contact.planned_at) >= REMEMBERED
}

fn question(contact: &Contact, now: Timestamp) -> Question {
    let lapsed = lapsed(contact, now);
    match contact.state {
        State::Claimed if lapsed >= SignedDuration::ZERO => Question::Step(Step::Doubt {
            attempt: contact.attempts,
            why: "the lease lapsed".to_owned(),
        }),
        State::Unknown if lapsed >= REMEMBERED || is_forgotten(contact, now) => {
            Question::Step(Step::Park {
                attempt: contact.attempts,
                why: "too long ago for the supplier to remember".to_owned(),
            })
        }
        State::Unknown if lapsed >= DENIAL_AFTER => Question::Ask,
        State::Accepted if lapsed >= EXPIRED_AFTER => {
            Question::Step(Step::Receive(Receipt::Expired))
        }
        State::Accepted if lapsed >= RECEIPT_AFTER => Question::Ask,
        // Watched only while the supplier has not said what it charges for its own failure.
        State::Undelivered if lapsed >= REMEMBERED => Question::Bill(Bill {
            segments: contact.segments,
            amount: contact.reservation.map_or(Money::ZERO, |held| held.amount),
        }),
        State::Undelivered if lapsed >= RECEIPT_AFTER => Question::Ask,
        State::Claimed
        | State::Unknown
        | State::Accepted
        | State::Planned
        | State::Queued
        | State::Delivered
        | State::Undelivered
        | State::Refused
        | State::Parked
        | State::Cancelled
        | State::Control => Question::None,
    }
}

fn steps(contact: &Contact, answer: &Lookup, now: Timestamp) -> Vec<Step> {
    // The claim as it was when the question was asked.
    let attempt = contact.attempts;
    match (contact.state, answer) {
        (_, Lookup::Known { supplier_id, receipt, .. }) => {
            let accept = Step::Accept { supplier_id: supplier_id.clone() };
            [Some(accept), receipt.map(Step::Receive)].into_iter().flatten().collect()
        }
        (State::Unknown, Lookup::Unknown) if contact.denials() + 1 >= DENIALS => {
            vec![Step::Park { attempt, why: format!("the supplier denied {DENIALS} attempts") }]
        }
        (State::Unknown, Lookup::Unknown) => vec![Step::Deny { attempt }],
        (State::Unknown, Lookup::CannotSay) if lapsed(contact, now) >= SILENCE => {
            let why = "the supplier keeps no record that could tell".to_owned();
            vec![Step::Park { attempt, why }]
        }
        // A text it accepted and then does not know: nothing to do but wait for the receipt.
        (_, Lookup::Unknown | Lookup::CannotSay) => vec![],
    }
}

#[cfg(test)]
mod tests {
    use domain::budget::Month;
    use domain::campaign::CampaignId;
    use domain::contact::Plan;
    use domain::incident::{LogNumber, Outcome as Told};
    use domain::phone::Mobile;
    use domain::ports::{Claim, Quote};
    use testkit::{World, samples};

    use super::*;

    fn now() -> Timestamp {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    fn ours(pepper: &Pepper) -> Ours<'_> {
        Ours { pepper, ring_again: SignedDuration::from_mins(5) }
    }

    /// When the claim made now lapses.
    fn lapsed() -> Timestamp {
        now() + LEASE
    }

    fn mobile() -> Mobile {
        Mobile::from_e164("+447700900123").unwrap()
    }

    fn plan() -> Plan {
        Plan {
            incident: LogNumber::parse("HC-1").unwrap(),
            person: samples::pepper().person(&mobile()),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Told::parse("cleared").unwrap(),
            area: String::new(),
            control: false,
            due_at: now(),
        }
    }

    #[test]
    fn one_from_a_backup_is_asked_about_unless_suppliers_have_forgotten_it() {
        let planned = |ago: SignedDuration| Contact::plan(plan(), now() - ago).restored(now());
        let (young, old) = (planned(SignedDuration::from_hours(24)), planned(REMEMBERED));
        let after = |minutes| now() + SignedDuration::from_mins(minutes);
        assert!(matches!(question(&young, after(9)), Question::None), "it may be on its way");
        assert!(matches!(question(&young, after(10)), Question::Ask));
        assert!(matches!(question(&old, now()), Question::Step(Step::Park { .. })));
    }

    /// A world with one contact, claimed now; then these steps.
    async fn claimed(steps: &[Step]) -> World {
        let world = World::new();
        let contact = Contact::plan(plan(), now());
        world.plan(&contact).await.unwrap();
        claim(&world).await;
        for step in steps {
            world.advance(&contact.id, step, now()).await.unwrap();
        }
        world
    }

    async fn claim(world: &World) {
        let id = only(world).id;
        let quote =
            Quote { segments: 1, cost: Money::from_pence(3), monthly_cap: Money::from_pence(100) };
        world.advance(&id, &Step::Queue, now()).await.unwrap();
        let claim = world.claim(&only(world), &quote, now()).await.unwrap();
        assert!(matches!(claim, Claim::Granted(_)));
    }

    fn doubt(attempt: u32) -> Step {
        Step::Doubt { attempt, why: "no answer".to_owned() }
    }

    fn accept() -> Step {
        Step::Accept { supplier_id: "text-0".to_owned() }
    }

    fn only(world: &World) -> Contact {
        world.with(|state| state.contacts.values().next().unwrap().clone())
    }

    /// The supplier has the text after all.
    fn has_it(world: &World) {
        let id = only(world).id;
        world.with(|state| state.texts.push((id, mobile(), String::new())));
    }

    async fn run(world: &World, time: Timestamp) -> anyhow::Result<Outcome> {
        within(world, time, || true).await
    }

    async fn within(
        world: &World,
        time: Timestamp,
        enough: impl Fn() -> bool,
    ) -> anyhow::Result<Outcome> {
        let time = Time { now: || time, enough };
        handle(world, world, world, world, world, ours(&samples::pepper()), time).await
    }

    async fn at(world: &World, time: Timestamp) -> (Outcome, &'static str) {
        let outcome = run(world, time).await.unwrap();
        (outcome, world.states()[0])
    }

    fn looked(moved: u64) -> Outcome {
        Outcome { looked: 1, moved, ..Outcome::default() }
    }

    #[tokio::test]
    async fn a_lapsed_claim_becomes_unknown_and_a_live_one_is_left_alone() {
        let world = claimed(&[]).await;
        let live = lapsed() - SignedDuration::from_secs(1);
        assert_eq!(at(&world, live).await, (Outcome::default(), "claimed"));
        assert_eq!(at(&world, lapsed()).await, (looked(1), "unknown"));
    }

    #[tokio::test]
    async fn a_text_the_supplier_knows_is_accepted_and_one_it_denies_is_planned_again() {
        let asked = lapsed() + DENIAL_AFTER;
        let world = claimed(&[doubt(1)]).await;
        has_it(&world);
        let early = asked - SignedDuration::from_secs(1);
        assert_eq!(at(&world, early).await, (looked(0), "unknown"));
        assert_eq!(at(&world, asked).await, (looked(1), "accepted"));
        assert_eq!(only(&world).supplier_id.as_deref(), Some("text-0"));
        let world = claimed(&[doubt(1)]).await;
        assert_eq!(at(&world, asked).await, (looked(1), "planned"));
    }

    #[tokio::test]
    async fn tries_that_certainly_sent_nothing_are_no_denials() {
        let asked = lapsed() + DENIAL_AFTER;
        let world = claimed(&[]).await;
        for attempt in 1..=DENIALS {
            let retry = Step::Retry { attempt, why: "no connection".to_owned() };
            world.advance(&only(&world).id, &retry, now()).await.unwrap();
            claim(&world).await;
        }
        world.advance(&only(&world).id, &doubt(DENIALS + 1), now()).await.unwrap();
        assert_eq!(
            at(&world, asked).await,
            (looked(1), "planned"),
            "denied once, not {DENIALS} times"
        );
    }

    #[tokio::test]
    async fn after_three_denials_or_six_days_a_person_decides() {
        let asked = lapsed() + DENIAL_AFTER;
        let world = claimed(&[doubt(1)]).await;
        for attempt in 2..=DENIALS {
            at(&world, asked).await;
            claim(&world).await;
            world.advance(&only(&world).id, &doubt(attempt), now()).await.unwrap();
        }
        assert_eq!(at(&world, asked).await, (looked(1), "parked"));
        let world = claimed(&[doubt(1)]).await;
        assert_eq!(at(&world, lapsed() + REMEMBERED).await, (looked(1), "parked"));
    }

    #[tokio::test]
    async fn a_receipt_is_asked_for_and_given_up_after_four_days() {
        let world = claimed(&[accept()]).await;
        has_it(&world);
        let calls = || {
            world.with(|state| state.calls_made.iter().filter(|call| **call == "look_up").count())
        };
        let early = lapsed() + RECEIPT_AFTER - SignedDuration::from_secs(1);
        assert_eq!(at(&world, early).await, (looked(0), "accepted"));
        assert_eq!(calls(), 0);
        assert_eq!(at(&world, lapsed() + RECEIPT_AFTER).await, (looked(0), "accepted"));
        assert_eq!(calls(), 1);
        assert_eq!(at(&world, lapsed() + EXPIRED_AFTER).await, (looked(1), "undelivered"));
    }

    #[tokio::test]
    async fn a_text_that_was_accepted_is_never_denied() {
        let world = claimed(&[accept()]).await;
        assert_eq!(at(&world, lapsed() + RECEIPT_AFTER).await, (looked(0), "accepted"));
    }

    #[tokio::test]
    async fn a_receipt_that_the_lookup_brings_counts() {
        let contact = only(&claimed(&[doubt(1)]).await);
        let receipt = Some(Receipt::Delivered);
        let answer = Lookup::Known { supplier_id: "text-0".to_owned(), receipt, bill: None };
        assert_eq!(
            steps(&contact, &answer, lapsed()),
            [accept(), Step::Receive(Receipt::Delivered)]
        );
    }

    #[tokio::test]
    async fn a_receipt_that_takes_days_is_asked_about_ever_more_seldom() {
        let world = claimed(&[doubt(1)]).await;
        has_it(&world);
        let asked = lapsed() + DENIAL_AFTER;
        assert_eq!(at(&world, asked).await.1, "accepted");
        // Each five minutes, of four days.
        let look = async |minutes| {
            let time = lapsed() + SignedDuration::from_mins(minutes);
            at(&world, time).await.0.looked
        };
        let (mut first, mut rest) = (0, 0);
        for minutes in (15..240).step_by(5) {
            first += look(minutes).await;
        }
        assert_eq!(first, 45, "at every look");
        for minutes in (240..4 * 24 * 60).step_by(5) {
            rest += look(minutes).await;
        }
        assert_eq!(rest, 92 * 3, "in the first quarter of each hour");
        assert_eq!(at(&world, lapsed() + EXPIRED_AFTER).await, (looked(1), "undelivered"));
    }

    #[tokio::test]
    async fn what_there_is_no_time_for_is_left_to_the_next_run_and_replies_are_swept() {
        let world = claimed(&[]).await;
        world.with(|state| state.received = vec![listed("reply-0001", 6)]);
        let outcome = within(&world, lapsed(), || false).await.unwrap();
        assert_eq!(outcome, Outcome { left: 1, replies: 1, ..Outcome::default() });
        assert_eq!(at(&world, lapsed()).await.1, "unknown");
    }

    #[tokio::test]
    async fn what_fails_is_counted_and_looked_at_again() {
        for port in ["contact", "replace", "look_up", "campaign", "number"] {
            let world = claimed(&[doubt(1)]).await;
            has_it(&world);
            world.fail(port, 1);
            let failed = Outcome { looked: 1, failed: 1, ..Outcome::default() };
            let asked = lapsed() + DENIAL_AFTER;
            assert_eq!(at(&world, asked).await, (failed, "unknown"), "{port}");
            assert_eq!(at(&world, asked).await, (looked(1), "accepted"), "{port}");
        }
        let world = claimed(&[]).await;
        world.fail("received", 1);
        assert_eq!(at(&world, lapsed()).await.0.failed, 1);
        world.fail("agenda", 1);
        run(&world, lapsed()).await.unwrap_err();
    }

    /// What is reserved of March's money.
    fn reserved(world: &World) -> Money {
        let march = (CampaignId::parse("highways").unwrap(), Month::parse("2026-03").unwrap());
        world.with(|state| state.budgets[&march])
    }

    #[tokio::test]
    async fn the_suppliers_own_failure_is_not_paid_for() {
        let world = claimed(&[accept(), Step::Receive(Receipt::Technical)]).await;
        has_it(&world);
        assert_eq!(reserved(&world), Money::from_pence(3));
        world.with(|state| state.bill = Some(Bill { segments: 0, amount: Money::ZERO }));
        let early = lapsed() + RECEIPT_AFTER - SignedDuration::from_secs(1);
        assert_eq!(at(&world, early).await, (looked(0), "undelivered"));
        assert_eq!(at(&world, lapsed() + RECEIPT_AFTER).await, (looked(1), "undelivered"));
        assert_eq!(reserved(&world), Money::ZERO);
        assert_eq!(at(&world, lapsed() + RECEIPT_AFTER).await.0, Outcome::default());
    }

    #[tokio::test]
    async fn what_a_supplier_never_says_it_charges_is_taken_as_reserved() {
        let world = claimed(&[accept(), Step::Receive(Receipt::Technical)]).await;
        has_it(&world);
        assert_eq!(at(&world, lapsed() + REMEMBERED).await, (looked(1), "undelivered"));
        assert_eq!(reserved(&world), Money::from_pence(3));
        assert_eq!(at(&world, lapsed() + REMEMBERED).await.0, Outcome::default());
    }

    #[tokio::test]
    async fn a_bill_below_the_reservation_gives_the_rest_back_and_one_above_takes_nothing() {
        let bill = |pence| Some(Bill { segments: 1, amount: Money::from_pence(pence) });
        let world = claimed(&[accept()]).await;
        has_it(&world);
        world.with(|state| state.bill = bill(2));
        assert_eq!(at(&world, lapsed() + RECEIPT_AFTER).await, (looked(1), "accepted"));
        assert_eq!(reserved(&world), Money::from_pence(2));
        world.with(|state| state.bill = bill(9));
        at(&world, lapsed() + RECEIPT_AFTER).await;
        assert_eq!(reserved(&world), Money::from_pence(2));
        assert_eq!(only(&world).bill, bill(9));
    }

    #[tokio::test]
    async fn where_the_supplier_cannot_say_a_day_is_given_to_the_receipt_and_then_a_person_decides()
    {
        let world = claimed(&[doubt(1)]).await;
        world.with(|state| state.amnesia = Some(Lookup::CannotSay));
        let early = lapsed() + SILENCE - SignedDuration::from_secs(1);
        assert_eq!(at(&world, early).await, (Outcome::default(), "unknown"));
        assert_eq!(at(&world, lapsed() + SILENCE).await, (looked(1), "parked"));
        let id = only(&world).id;
        world.advance(&id, &Step::Receive(Receipt::Delivered), lapsed()).await.unwrap();
        assert_eq!(world.states(), ["delivered"], "a late receipt still tells");
    }

    fn listed(message: &str, minutes_ago: i64) -> (SupplierName, Listed) {
        let received_at = now() - SignedDuration::from_mins(minutes_ago);
        let (message, sender) = (message.to_owned(), "447700900123".to_owned());
        let text = "help".to_owned();
        (SupplierName::notify(), Listed { message, sender, text, received_at })
    }

    #[tokio::test]
    async fn a_reply_that_no_call_brought_is_fetched_once() {
        let world = World::new();
        let late = listed("reply-0002", 2);
        world.with(|state| state.received = vec![listed("reply-0001", 6), late]);
        let found = |replies| Outcome { replies, ..Outcome::default() };
        assert_eq!(run(&world, now()).await.unwrap(), found(1));
        let queued = world.with(|state| state.inbound.pop_front());
        let (supplier, message) = ("notify".to_owned(), "reply-0001".to_owned());
        assert_eq!(queued, Some(InboundMessage::ReplyV1 { supplier, message }));
        let person = world.with(|state| state.calls.values().next().unwrap().0.person.clone());
        assert_eq!(person, samples::pepper().person(&mobile()));
        let later = now() + SignedDuration::from_mins(15);
        let again = run(&world, later).await.unwrap();
        assert_eq!(again, found(1), "the one that its call might still have brought");
        let much_later = later + SignedDuration::from_mins(15);
        let again = run(&world, much_later).await.unwrap();
        assert_eq!(again, found(0));
    }

    #[tokio::test]
    async fn a_reply_that_is_not_read_is_not_swept_past() {
        let world = World::new();
        world.with(|state| state.received = vec![listed("reply-0001", 6)]);
        let look = async |minutes| {
            let time = now() + SignedDuration::from_mins(minutes);
            run(&world, time).await.unwrap();
            world.with(|state| state.inbound.drain(..).count())
        };
        // Each time the queue loses it, or nobody takes it off.
        let mut queued = Vec::new();
        for minutes in (0..120).step_by(5) {
            queued.push(look(minutes).await);
        }
        assert_eq!(queued[..3], [1, 1, 1], "at first at every look");
        assert!(queued[3..10].iter().all(|count| *count == 0), "then seldom: {queued:?}");
        assert_eq!(queued[10..15].iter().sum::<usize>(), 3, "once an hour: {queued:?}");
        let reading = domain::reply::read("help");
        let noted = domain::ports::Noted { at: now(), contact: None, reading };
        world.note("notify", "reply-0001", &noted).await.unwrap();
        assert_eq!((look(175).await, look(180).await), (0, 0), "read, it is left alone");
        let swept = world.swept(SupplierName::notify().as_str()).await.unwrap().unwrap();
        assert_eq!(swept, now() + SignedDuration::from_mins(180) - CALL_TAKES);
    }

    #[tokio::test]
    async fn whichever_part_of_a_sweep_fails_the_reply_is_read() {
        for port in ["swept", "received", "keep_call", "put inbound", "sweep"] {
            let world = World::new();
            world.with(|state| state.received = vec![listed("reply-0001", 6)]);
            world.fail(port, 1);
            let look = async || run(&world, now()).await.unwrap().failed;
            assert_eq!(look().await, 1, "{port}");
            assert_eq!(look().await, 0, "{port}");
            assert!(world.with(|state| !state.inbound.is_empty()), "{port}");
            assert_eq!(world.with(|state| state.calls.len()), 1, "{port}");
        }
    }
}
