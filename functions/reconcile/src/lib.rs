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
