//! The last look: may this contact be texted now?
//!
//! `dispatch` asks before it queues and `send` asks again before it claims, with everything read
//! afresh, because a log can be reclassified and a person can opt out in between.

use jiff::{SignedDuration, Timestamp};

use crate::campaign::Campaign;
use crate::contact::{Contact, State};
use crate::eligibility::{self, Facts, Verdict};
use crate::hours::Timing;
use crate::logbook::LogFile;
use crate::ports::PersonFile;

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

/// Decides from the log, the person and the campaign as they are now.
pub fn readiness(
    contact: &Contact,
    file: &LogFile,
    person: &PersonFile,
    campaign: Option<&Campaign>,
    now: Timestamp,
) -> Readiness {
    let cancel = |why: &str| Readiness::Cancel { why: why.to_owned() };
    let Some(campaign) = campaign else { return cancel("the campaign's version is gone") };
    if !campaign.runs_at(now) {
        return cancel("the campaign has ended");
    }
    let Some(record) = &file.record else { return cancel("the log is gone") };
    // The log's latest callers, not the ones it was planned for: a corrected caller is not texted.
    let callers: Vec<_> = record
        .callers
        .iter()
        .map(|known| &known.caller)
        .filter(|caller| caller.person.as_ref() == Some(contact.id.person()))
        .collect();
    if callers.is_empty() {
        return cancel("the log no longer names this caller");
    }
    let links: Vec<_> = file.links.iter().chain(&person.links).cloned().collect();
    for caller in callers {
        let decision = eligibility::decide(&Facts {
            log: &record.log,
            caller,
            links: &links,
            opted_out: person.opted_out,
            contacts: &person.contacts,
            campaign: eligibility::choose([campaign], &record.log, now),
            now,
        });
        if decision.verdict != Verdict::Text {
            let rules: Vec<_> = decision.rules.iter().map(|rule| rule.as_str()).collect();
            return Readiness::Cancel { why: rules.join(" ") };
        }
        if decision.outcome.as_ref() != Some(&contact.outcome) {
            return cancel("the outcome changed");
        }
    }
    let Some(closed_at) = record.log.closed_at else { return cancel("the log is not closed") };
    match campaign.hours.timing(closed_at, now) {
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
