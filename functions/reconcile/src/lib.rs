//! Finds texts whose fate nobody told us, and asks the supplier by our own reference.
//!
//! Trigger: a schedule, every fifteen minutes. Reads: the agenda, contacts. Writes: contacts.
//! Calls: the SMS supplier. Delivered again: never; the next run sees what this one left.

use domain::contact::{Agenda, Contact, ContactId, Receipt, State, Step};
use domain::ports::{Advance, Ledger, Lookup, Supplier};
use futures_util::stream::{self, StreamExt as _};
use jiff::{SignedDuration, Timestamp};

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Contacts looked at.
    pub looked: u64,
    /// Contacts that moved.
    pub moved: u64,
    /// Could not be settled this time.
    pub failed: u64,
}

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

/// After this many denials a person decides: something else is wrong.
const DENIALS: u32 = 3;

/// Looks at every contact that waits for the supplier.
///
/// # Errors
/// The agenda failed; the next run begins again.
pub async fn handle(
    table: &impl Ledger,
    supplier: &impl Supplier,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let watched = table.agenda(Agenda::Watch, now).await?;
    let looked = stream::iter(&watched)
        .map(|id| async { look(table, supplier, id, now).await })
        .buffer_unordered(AT_ONCE)
        .collect::<Vec<_>>()
        .await;
    let mut outcome = Outcome { looked: watched.len() as u64, ..Outcome::default() };
    for look in looked {
        match look {
            Ok(moved) => outcome.moved += u64::from(moved),
            Err(error) => {
                outcome.failed += 1;
                tracing::warn!(error = format!("{error:#}"), "a contact could not be settled");
            }
        }
    }
    Ok(outcome)
}

async fn look(
    table: &impl Ledger,
    supplier: &impl Supplier,
    id: &ContactId,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let Some(contact) = table.contact(id).await? else { return Ok(false) };
    let answer = match question(&contact, now) {
        Question::None => return Ok(false),
        Question::Step(step) => return advance(table, id, &step, now).await,
        Question::Ask => supplier.look_up(id).await?,
    };
    let mut moved = false;
    for step in steps(&contact, &answer) {
        moved |= advance(table, id, &step, now).await?;
    }
    Ok(moved)
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
    /// Ask the supplier.
    Ask,
}

fn question(contact: &Contact, now: Timestamp) -> Question {
    // Every watched contact was claimed, so it has a lease; one without is asked about at once.
    let lapsed = contact.lease_until.map_or(SignedDuration::MAX, |end| now.duration_since(end));
    match contact.state {
        State::Claimed if lapsed >= SignedDuration::ZERO => Question::Step(Step::Doubt {
            attempt: contact.attempts,
            why: "the lease lapsed".to_owned(),
        }),
        State::Unknown if lapsed >= REMEMBERED => Question::Step(Step::Park {
            why: "too long ago for the supplier to remember".to_owned(),
        }),
        State::Unknown if lapsed >= DENIAL_AFTER => Question::Ask,
        State::Accepted if lapsed >= EXPIRED_AFTER => {
            Question::Step(Step::Receive(Receipt::Expired))
        }
        State::Accepted if lapsed >= RECEIPT_AFTER => Question::Ask,
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

fn steps(contact: &Contact, answer: &Lookup) -> Vec<Step> {
    match (contact.state, answer) {
        (_, Lookup::Known { supplier_id, receipt }) => {
            let accept = Step::Accept { supplier_id: supplier_id.clone() };
            [Some(accept), receipt.map(Step::Receive)].into_iter().flatten().collect()
        }
        (State::Unknown, Lookup::Unknown) if contact.attempts >= DENIALS => {
            vec![Step::Park { why: format!("the supplier denied {DENIALS} attempts") }]
        }
        (State::Unknown, Lookup::Unknown) => vec![Step::Deny],
        // A text it accepted and then does not know: nothing to do but wait for the receipt.
        (_, Lookup::Unknown) => vec![],
    }
}

#[cfg(test)]
mod tests {
    use domain::budget::Money;
    use domain::campaign::CampaignId;
    use domain::contact::Plan;
    use domain::incident::{LogNumber, Outcome as Told};
    use domain::phone::Mobile;
    use domain::ports::{Claim, LEASE, Quote};
    use testkit::{World, samples};

    use super::*;

    fn now() -> Timestamp {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    /// When the claim made now lapses.
    fn lapsed() -> Timestamp {
        now() + LEASE
    }

    fn mobile() -> Mobile {
        Mobile::from_e164("+447700900123").unwrap()
    }

    /// A world with one contact, claimed now; then these steps.
    async fn claimed(steps: &[Step]) -> World {
        let world = World::new();
        let plan = Plan {
            incident: LogNumber::parse("HC-1").unwrap(),
            person: samples::pepper().person(&mobile()),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Told::parse("cleared").unwrap(),
            area: String::new(),
            control: false,
            due_at: now(),
        };
        let contact = Contact::plan(plan, now());
        world.plan(&contact).await.unwrap();
        claim(&world).await;
        for step in steps {
            world.advance(&contact.id, step, now()).await.unwrap();
        }
        world
    }

    async fn claim(world: &World) {
        let id = only(world).id;
        let quote = Quote { segments: 1, cost: Money::ZERO, monthly_cap: Money::ZERO };
        world.advance(&id, &Step::Queue, now()).await.unwrap();
        assert!(matches!(world.claim(&id, &quote, now()).await.unwrap(), Claim::Granted(_)));
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

    async fn at(world: &World, time: Timestamp) -> (Outcome, &'static str) {
        let outcome = handle(world, world, time).await.unwrap();
        (outcome, world.states()[0])
    }

    fn looked(moved: u64) -> Outcome {
        Outcome { looked: 1, moved, failed: 0 }
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
        let answer = Lookup::Known { supplier_id: "text-0".to_owned(), receipt };
        assert_eq!(steps(&contact, &answer), [accept(), Step::Receive(Receipt::Delivered)]);
    }

    #[tokio::test]
    async fn what_fails_is_counted_and_looked_at_again() {
        for port in ["contact", "replace", "look_up"] {
            let world = claimed(&[doubt(1)]).await;
            has_it(&world);
            world.fail(port, 1);
            let failed = Outcome { looked: 1, moved: 0, failed: 1 };
            let asked = lapsed() + DENIAL_AFTER;
            assert_eq!(at(&world, asked).await, (failed, "unknown"), "{port}");
            assert_eq!(at(&world, asked).await, (looked(1), "accepted"), "{port}");
        }
        let world = claimed(&[]).await;
        world.fail("agenda", 1);
        handle(&world, &world, lapsed()).await.unwrap_err();
    }
}
