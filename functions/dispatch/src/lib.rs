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
    let incident = table.incident(&contact.incident).await?;
    let campaign = table.campaign(&contact.campaign, contact.version).await?;
    let (step, looked) = match readiness(contact, &incident, &person, campaign.as_ref(), now) {
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use domain::contact::{Contact, Plan};
    use domain::feed;
    use domain::force::Reading;
    use domain::incident::{KnownCaller, LogNumber};
    use domain::logbook::{CallerRecord, LogFile, LogRecord};
    use domain::phone::{DramaNumbers, Mobile};
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

    /// A world in which this many callers' texts are due.
    async fn due(count: u32) -> World {
        let profile = samples::profile();
        let feed = profile.feed("storm").unwrap();
        let mut rows = feed::open(EXTRACT.as_bytes(), feed).unwrap().unwrap();
        let header = rows.header();
        let row = rows.read().unwrap().unwrap().unwrap();
        let reading = Reading { header: &header, taken_at: now(), drama: DramaNumbers::Allowed };
        let report = profile.incident(feed, &reading, &row).unwrap();
        let campaign = samples::campaign();
        let world = World::new();
        for n in 0..count {
            let mobile = Mobile::from_e164(&format!("+447700900{n:03}")).unwrap();
            let mut log = report.log.clone();
            log.number = LogNumber::parse(&format!("HC-{n}")).unwrap();
            let caller = KnownCaller {
                person: Some(samples::pepper().person(&mobile)),
                sendable: true,
                phone_reason: String::new(),
                role: report.caller.role.clone(),
                consent: report.caller.consent.clone(),
            };
            let decision = domain::eligibility::decide(&domain::eligibility::Facts::alone(
                &log,
                &caller,
                [&campaign],
                now(),
            ));
            let plan = Plan {
                incident: log.number.clone(),
                person: caller.person.clone().unwrap(),
                campaign: campaign.id.clone(),
                version: 1,
                outcome: decision.outcome.clone().unwrap(),
                area: String::new(),
                control: false,
                due_at: now(),
            };
            let contact = Contact::plan(plan, now());
            let id = Some(contact.id.clone());
            let record = LogRecord {
                log,
                callers: vec![CallerRecord {
                    caller,
                    decision,
                    campaign_version: Some(1),
                    seen: String::new(),
                    contact: id,
                }],
                contacts: BTreeSet::new(),
                profile_version: 1,
                ruleset: 1,
                decided_at: now(),
            };
            world.keep_log(&record, &LogFile::default()).await.unwrap();
            world.keep_number(contact.id.person(), &mobile, now()).await.unwrap();
            world.plan(&contact).await.unwrap();
        }
        world
    }

    async fn at(world: &World, time: Timestamp) -> Outcome {
        handle(world, world, time).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_due_is_queued_once() {
        let world = due(3).await;
        assert_eq!(at(&world, now()).await, Outcome { queued: 3, ..Outcome::default() });
        assert_eq!(world.with(|state| state.to_send.len()), 3);
        assert_eq!(at(&world, now()).await, Outcome::default());
        let later = now() + domain::readiness::REQUEUE_AFTER;
        assert_eq!(at(&world, later).await.queued, 3, "in case the messages were lost");
    }

    #[tokio::test]
    async fn what_is_not_due_is_left_alone() {
        let world = due(1).await;
        let early = now() - jiff::SignedDuration::from_secs(1);
        assert_eq!(at(&world, early).await, Outcome::default());
        assert_eq!(world.states(), ["planned"]);
    }

    #[tokio::test]
    async fn at_night_it_is_put_off() {
        let world = due(2).await;
        let night = "2026-03-10T22:00:00Z".parse().unwrap();
        assert_eq!(at(&world, night).await, Outcome { postponed: 2, ..Outcome::default() });
        assert_eq!(world.states(), ["planned", "planned"]);
        assert!(world.with(|state| state.to_send.is_empty()));
    }

    #[tokio::test]
    async fn what_may_not_be_sent_any_more_is_cancelled() {
        let world = due(2).await;
        world.with(|state| {
            let person = state.numbers.keys().next().unwrap().clone();
            state.opted_out.insert(person, now());
        });
        let outcome = at(&world, now()).await;
        assert_eq!(outcome, Outcome { queued: 1, cancelled: 1, ..Outcome::default() });
    }

    #[tokio::test]
    async fn one_contacts_trouble_is_not_its_neighbours() {
        for port in ["person", "log", "campaign", "contact", "replace"] {
            let world = due(3).await;
            world.fail(port, 1);
            let outcome = at(&world, now()).await;
            assert_eq!(outcome, Outcome { queued: 2, failed: 1, ..Outcome::default() }, "{port}");
            assert_eq!(at(&world, now()).await.queued, 1, "{port}");
        }
    }

    #[tokio::test]
    async fn without_the_agenda_or_the_queue_the_run_fails_and_the_next_begins_again() {
        for port in ["agenda", "put send"] {
            let world = due(1).await;
            world.fail(port, 1);
            handle(&world, &world, now()).await.unwrap_err();
            let later = now() + domain::readiness::REQUEUE_AFTER;
            assert_eq!(at(&world, later).await.queued, 1, "{port}");
        }
    }

    #[tokio::test]
    async fn more_than_a_batch_is_queued_in_one_run() {
        let world = due(250).await;
        assert_eq!(at(&world, now()).await.queued, 250);
        let puts =
            world.with(|state| state.calls_made.iter().filter(|call| **call == "put send").count());
        assert_eq!(puts, 3);
    }
}
