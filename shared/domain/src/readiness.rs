//! The last look: may this contact be texted now?
//!
//! `dispatch` asks before it queues and `send` asks again before it claims, with everything read
//! afresh, because a log can be reclassified and a person can opt out in between.

use jiff::{SignedDuration, Timestamp};

use crate::campaign::Campaign;
use crate::contact::{Contact, State};
use crate::eligibility::{self, Facts, Verdict};
use crate::hours::Timing;
use crate::logbook::IncidentFile;
use crate::ports::{InForce, PersonFile};

/// How long a queued contact may wait before it is put on the queue again: a message can be lost
/// by a purge, and a second one does no harm.
pub const REQUEUE_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// The answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// Text it.
    Go,
    /// Look again then.
    Wait {
        /// When.
        until: Timestamp,
        /// Why, in words.
        why: String,
    },
    /// Not any more.
    Cancel {
        /// Why: the ids of the rules, or words.
        why: String,
    },
}

/// How long a contact waits for one of the same person that comes first.
const TURN: SignedDuration = SignedDuration::from_hours(1);

/// How long a contact waits for its log, each time.
const NOT_KEPT_YET: SignedDuration = SignedDuration::from_mins(5);

/// How long after it was planned a contact's log may still come: an extract that was given up is redriven by a
/// person.
const KEPT_BY: SignedDuration = SignedDuration::from_hours(24);

/// Decides from the incident, the person and the campaign as they are now.
pub fn readiness(
    contact: &Contact,
    incident: &IncidentFile,
    person: &PersonFile,
    campaign: Option<&Campaign>,
    in_force: &InForce,
    now: Timestamp,
) -> Readiness {
    let cancel = |why: &str| Readiness::Cancel { why: why.to_owned() };
    if in_force.ended.contains(&contact.campaign) {
        return cancel("the campaign has ended");
    }
    let Some(campaign) = campaign else { return cancel("the campaign's version is gone") };
    if !campaign.runs_at(now) {
        return cancel("the campaign has ended");
    }
    if !incident.records().any(|record| record.log.number == contact.incident) {
        // `ingest` plans first and keeps the log after, and may be stopped between the two; it comes again.
        let until = now.saturating_add(NOT_KEPT_YET).unwrap_or(now);
        if now.duration_since(contact.planned_at) < KEPT_BY {
            return Readiness::Wait { until, why: "its log is not kept yet".to_owned() };
        }
        return cancel("the log is gone");
    }
    let Some(told) = incident.told() else { return cancel("elig.hold.duplicate") };
    if told.log.number != contact.incident {
        return cancel("its log was closed as a duplicate of another");
    }
    let links: Vec<_> = incident.links().into_iter().chain(person.links.iter().cloned()).collect();
    let answered = incident.contacts();
    // The logs' latest callers, not the ones it was planned for: a corrected caller is not texted.
    let mut calls = incident.calls_of(contact.id.person()).peekable();
    if calls.peek().is_none() {
        return cancel("the log no longer names this caller");
    }
    let mut waits_its_turn = false;
    for (log, caller) in calls {
        let others = incident.others(log);
        let decision = eligibility::decide(&Facts {
            log,
            told: Some(&told.log),
            others: &others,
            answered: &answered,
            caller,
            links: &links,
            opted_out: person.opted_out,
            contacts: &person.contacts,
            campaign: eligibility::choose([campaign], log, Some(&told.log), now),
            now,
        });
        waits_its_turn |= decision.waits_its_turn();
        if decision.verdict != Verdict::Text && !decision.waits_its_turn() {
            let rules: Vec<_> = decision.rules.iter().map(|rule| rule.as_str()).collect();
            return Readiness::Cancel { why: rules.join(" ") };
        }
        if decision.outcome.as_ref() != Some(&contact.outcome) {
            return cancel("the outcome changed");
        }
    }
    let Some(closed_at) = told.log.closed_at else { return cancel("the log is not closed") };
    match campaign.hours.timing(closed_at, now) {
        Timing::Now if waits_its_turn => {
            let until = now.saturating_add(TURN).unwrap_or(Timestamp::MAX);
            Readiness::Wait { until, why: "elig.hold.planned-elsewhere".to_owned() }
        }
        Timing::Now => Readiness::Go,
        Timing::Later(until) => Readiness::Wait { until, why: "outside hours".to_owned() },
        Timing::Stale => cancel("elig.hold.stale"),
    }
}

/// Whether `dispatch` has anything to do for a contact on its list.
pub fn wants_dispatch(contact: &Contact, now: Timestamp) -> bool {
    match contact.state {
        State::Planned => true,
        State::Queued => {
            contact.queued_at.is_none_or(|queued_at| now.duration_since(queued_at) >= REQUEUE_AFTER)
        }
        State::Claimed
        | State::Accepted
        | State::Delivered
        | State::Undelivered
        | State::Refused
        | State::Unknown
        | State::Parked
        | State::Cancelled
        | State::Control => false,
    }
}
