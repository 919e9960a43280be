//! Looks again at each contact that is due, and queues its id, cancels it or puts it off; queues the
//! follow-ups that are due.
//!
//! Trigger: a schedule, every five minutes. Reads: what is in force, the agenda, contacts, logs,
//! people, campaigns, follow-ups. Writes: contacts, follow-ups, the send queue. Calls: the alert topic, when a campaign was
//! paused and nobody has been told. Delivered again: never; the next run sees what this one left.

use domain::contact::{Agenda, ContactId, Step};
use domain::followup::{FollowUpId, FollowUpStep, State};
use domain::measure::Counted;
use domain::messages::SendMessage;
use domain::ports::{
    Advance, Alert, Alerts, Catalogue, FollowUps, InForce, Ledger, LogBook, Queue, Switch, Time,
};
use domain::readiness::{REQUEUE_AFTER, Readiness, readiness, wants_dispatch};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};

/// What a run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Put on the send queue.
    pub queued: u64,
    /// Put off to a later time.
    pub postponed: u64,
    /// Cancelled with a reason.
    pub cancelled: u64,
    /// Left alone, because their campaign is paused.
    pub paused: u64,
    /// Follow-ups put on the send queue.
    pub follow_ups: u64,
    /// Could not be looked at this time.
    pub failed: u64,
    /// Left to the next run, because this one's time was up.
    pub left: u64,
}

impl Counted for Outcome {}

/// How many contacts are looked at at the same time.
const AT_ONCE: usize = 16;

/// How many ids go on the queue between two looks at the agenda: what a crash can leave queued
/// without a message, until it is put on the queue again.
const BATCH: usize = 100;

/// How long whoever paused a campaign has to tell of it, before we do.
const TELLING: SignedDuration = SignedDuration::from_mins(2);

/// Looks at every contact that is due.
///
/// # Errors
/// The catalogue, the agenda, the queue or the topic failed; the next run begins again.
pub async fn handle(
    table: &(impl Catalogue + LogBook + Ledger + Switch + FollowUps),
    queue: &impl Queue<SendMessage>,
    alerts: &impl Alerts,
    Time { now, enough }: Time<impl Fn() -> Timestamp, impl Fn() -> bool>,
) -> anyhow::Result<Outcome> {
    let now = now();
    let in_force = table.in_force().await?;
    for pause in in_force.pauses.iter().filter(|pause| !pause.told) {
        if now.duration_since(pause.at) >= TELLING {
            alerts.raise(&Alert::Paused(pause.clone())).await?;
            table.told(&pause.scope).await?;
        }
    }
    let due = table.agenda(Agenda::Due, now).await?;
    // The follow-ups first: they are few, and some answer a reply of a minute ago. Their trouble is told
    // last: it is not the contacts'.
    let follow_ups = follow_ups(table, queue, now).await;
    let mut outcome = Outcome::default();
    for (number, batch) in due.chunks(BATCH).enumerate() {
        // To be cut off in the middle of a backlog would count as an error, and wake somebody.
        if !enough() {
            outcome.left = (due.len() - number * BATCH) as u64;
            break;
        }
        let looked = stream::iter(batch)
            .map(|(id, _)| look(table, &in_force, id, now))
            .buffer_unordered(AT_ONCE)
            .collect::<Vec<_>>()
            .await;
        let mut messages = Vec::new();
        for look in looked {
            match look {
                Ok(Looked::Queued(contact)) => messages.push(SendMessage::ContactV1 { contact }),
                Ok(Looked::Postponed) => outcome.postponed += 1,
                Ok(Looked::Cancelled) => outcome.cancelled += 1,
                Ok(Looked::Paused) => outcome.paused += 1,
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
    outcome.follow_ups = follow_ups?;
    Ok(outcome)
}

/// Queues every follow-up that is due; whether it still fits is looked at when it is sent.
async fn follow_ups(
    table: &impl FollowUps,
    queue: &impl Queue<SendMessage>,
    now: Timestamp,
) -> anyhow::Result<u64> {
    let mut count = 0;
    for batch in table.follow_ups_due(now).await?.chunks(BATCH) {
        let queued: Vec<Option<FollowUpId>> = stream::iter(batch)
            .map(|id| queue_one(table, id, now))
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let messages: Vec<_> = queued
            .into_iter()
            .flatten()
            .map(|follow_up| SendMessage::FollowUpV1 { follow_up })
            .collect();
        count += messages.len() as u64;
        queue.put(&messages).await?;
    }
    Ok(count)
}

async fn queue_one(
    table: &impl FollowUps,
    id: &FollowUpId,
    now: Timestamp,
) -> anyhow::Result<Option<FollowUpId>> {
    let Some(follow_up) = table.follow_up(id).await? else { return Ok(None) };
    // One that `feedback` has just queued is on its way; one whose message was lost is not. A claim
    // that lapsed is looked at by `send`.
    let fresh = follow_up.queued_at.is_some_and(|at| now.duration_since(at) < REQUEUE_AFTER);
    if follow_up.state.is_settled() || (fresh && follow_up.state != State::Due) {
        return Ok(None);
    }
    table.advance_follow_up(id, &FollowUpStep::Queue, None, now).await?;
    Ok(Some(id.clone()))
}

enum Looked {
    Queued(ContactId),
    Postponed,
    Cancelled,
    Paused,
    NothingToDo,
}

async fn look(
    table: &(impl Catalogue + LogBook + Ledger),
    in_force: &InForce,
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
    let paused = in_force.paused(&contact.campaign, now).is_some();
    let ready = readiness(contact, &incident, &person, campaign.as_ref(), in_force, now);
    let (step, looked) = match ready {
        // Not a write for each at each run; what goes stale meanwhile is cancelled below.
        Readiness::Go if paused => return Ok(Looked::Paused),
        Readiness::Go => (Step::Queue, Looked::Queued(id.clone())),
        Readiness::Wait { until, why } => (Step::Postpone { until, why }, Looked::Postponed),
        Readiness::Cancel { why } => (Step::Cancel { why }, Looked::Cancelled),
    };
    // The contact first, the message after: a message without a queued contact does nothing, and
    // a queued contact without a message is queued again.
    Ok(match table.advance_seen(contact, &step, now).await? {
        Advance::Moved(_) => looked,
        Advance::Stayed(_) | Advance::Missing => Looked::NothingToDo,
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::BTreeSet;

    use domain::campaign::{Pause, Scope};
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
                language: None,
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
        run(world, time).await.unwrap()
    }

    async fn run(world: &World, time: Timestamp) -> anyhow::Result<Outcome> {
        handle(world, world, world, Time { now: || time, enough: || true }).await
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
        for port in ["person", "log", "campaign", "replace"] {
            let world = due(3).await;
            world.fail(port, 1);
            let outcome = at(&world, now()).await;
            assert_eq!(outcome, Outcome { queued: 2, failed: 1, ..Outcome::default() }, "{port}");
            assert_eq!(at(&world, now()).await.queued, 1, "{port}");
        }
    }

    #[tokio::test]
    async fn without_the_agenda_or_the_queue_the_run_fails_and_the_next_begins_again() {
        for port in ["in_force", "agenda", "put send"] {
            let world = due(1).await;
            world.fail(port, 1);
            run(&world, now()).await.unwrap_err();
            let later = now() + domain::readiness::REQUEUE_AFTER;
            assert_eq!(at(&world, later).await.queued, 1, "{port}");
        }
    }

    #[tokio::test]
    async fn the_follow_ups_trouble_is_not_the_contacts() {
        let world = due(2).await;
        world.fail("follow_ups_due", 1);
        run(&world, now()).await.unwrap_err();
        assert_eq!(world.states(), ["queued", "queued"]);
        assert_eq!(world.with(|state| state.to_send.len()), 2);
    }

    #[tokio::test]
    async fn a_paused_campaign_is_left_alone_until_it_is_resumed_and_told_of_once() {
        let world = due(2).await;
        let scope = Scope::Campaign(samples::campaign().id);
        let pause = Pause {
            scope: scope.clone(),
            why: "Notify answered 403 AuthError".to_owned(),
            by: "aftercall".to_owned(),
            at: now(),
            until: None,
            told: false,
        };
        assert!(world.pause(&pause).await.unwrap());
        let left = Outcome { paused: 2, ..Outcome::default() };
        assert_eq!(at(&world, now()).await, left);
        assert!(world.with(|state| state.alerts.is_empty()), "whoever paused it is telling");
        world.fail("raise", 1);
        let later = now() + TELLING;
        run(&world, later).await.unwrap_err();
        assert_eq!(at(&world, later).await, left);
        assert_eq!(at(&world, later).await, left);
        assert_eq!(world.with(|state| state.alerts.len()), 1);
        assert!(world.resume(&scope).await.unwrap());
        assert_eq!(at(&world, later).await.queued, 2);
    }

    #[tokio::test]
    async fn what_goes_stale_in_a_pause_is_cancelled() {
        let world = due(1).await;
        let pause = Pause {
            scope: Scope::All,
            why: "stopped".to_owned(),
            by: "somebody".to_owned(),
            at: now(),
            until: None,
            told: true,
        };
        world.pause(&pause).await.unwrap();
        let stale = now() + SignedDuration::from_hours(8 * 24);
        assert_eq!(at(&world, stale).await.cancelled, 1);
    }

    #[tokio::test]
    async fn more_than_a_batch_is_queued_in_one_run() {
        let world = due(250).await;
        assert_eq!(at(&world, now()).await.queued, 250);
        let puts =
            world.with(|state| state.calls_made.iter().filter(|call| **call == "put send").count());
        assert_eq!(puts, 3);
    }

    #[tokio::test]
    async fn what_there_is_no_time_for_is_left_to_the_next_run() {
        let world = due(250).await;
        let batches = Cell::new(0);
        let enough = || {
            batches.set(batches.get() + 1);
            batches.get() <= 2
        };
        let outcome = handle(&world, &world, &world, Time { now, enough }).await.unwrap();
        assert_eq!(outcome, Outcome { queued: 200, left: 50, ..Outcome::default() });
        assert_eq!(at(&world, now()).await, Outcome { queued: 50, ..Outcome::default() });
    }
}
