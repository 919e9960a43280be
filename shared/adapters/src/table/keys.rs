//! The only speller of keys. Keys are a stored format: the tests pin every one.
//!
//! | partition | sort | holds |
//! |---|---|---|
//! | `LOG#<log number>` | `LOG` | a log, its callers and what was decided |
//! | `LOG#<log number>` | `CRIME#<reference>` | a crime link that names the log |
//! | `PERSON#<person>` | `PERSON` | when the person opted out |
//! | `PERSON#<person>` | `CONTACT#<tail>` | a contact |
//! | `PERSON#<person>` | `CRIME#<reference>` | a crime link that names the person |
//! | `PERSON#<person>` | `FOLLOWUP#<tail>` | what else is said to the person |
//! | `SAID#<person>` | `<hash>` | that something was said in some minute, for a day |
//! | `TASK#<supplier>#<message>` | `TASK` | a reply that a person must act on |
//! | `NUMBER#<person>` | `NUMBER` | the number in clear, while it is needed |
//! | `CALL#<supplier>#<message>` | `CALL` | a reply as it came, and what it was read as |
//! | `CALL#<supplier>#<message>` | `SENDER` | the number it came from, while somebody may have to answer |
//! | `CATALOGUE` | `CAMPAIGN#<campaign>`, `PROFILE`, `PRICES` | which version is in force |
//! | `PAUSED` | `<campaign>`, `all` | what is paused, why and by whom |
//! | `CATALOGUE` | `PARTNER#<partner>` | which version of a partner is in force |
//! | `CAMPAIGN#<campaign>` | `V#<version>` | a published campaign; never changes |
//! | `CAMPAIGN#<campaign>` | `APPROVAL#<words>#<version>#<who>` | that somebody approved exactly these words |
//! | `CAMPAIGN#<campaign>` | `MOVE#<moment>` | who put which version in force, or ended it |
//! | `AUDIT` | `N#<number>`, `HEAD` | what people did, as a chain, and its end |
//! | `PROFILE#<force>` | `V#<version>` | a published force profile; never changes |
//! | `PRICES` | `V#<version>` | published prices of the suppliers; never changes |
//! | `PARTNER#<partner>` | `V#<version>` | a published partner of the file exchange; never changes |
//! | `CATALOGUE` | `EXPERIMENT#<experiment>` | which version of an experiment's plan counts |
//! | `EXPERIMENT#<experiment>` | `V#<version>` | the plan of an experiment, and when it was handed in; never changes |
//! | `BUDGET#<campaign>` | `<month>` | what is reserved of a month's budget |
//! | `SWEEP#<supplier>` | `SWEEP` | up to when the supplier's own list of replies was gone through; of `bucket`, what landed there |
//!
//! A person's contacts share a partition, so that "who is this, what did we send, may we send" is
//! one question. The index `agenda` (`agenda`, `agenda_at`) holds keys only. The index `logs`
//! (`opened_on`, `pk`) has the logs whole, because a report reads each of them thirty times, and many
//! that lie together cost a fifth of what each by itself does.

use domain::approval::Approval;
use domain::budget::Month;
use domain::campaign::{CampaignId, Scope};
use domain::contact::{Agenda, Contact, ContactId};
use domain::desk::{Lane, TaskId};
use domain::experiment::ExperimentId;
use domain::followup::{FollowUp, FollowUpId};
use domain::incident::{Log, LogNumber};
use domain::person::{PersonId, hex};
use jiff::Timestamp;
use jiff::civil::Date;
use sha2::{Digest as _, Sha256};

/// The index of what is due, watched, parked and settled, and of the logs of each day.
pub(super) const AGENDA_INDEX: &str = "agenda";
pub(super) const LOGS_INDEX: &str = "logs";

/// A partition and a sort key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    /// The partition.
    pub(super) pk: String,
    /// The place in it.
    pub(super) sk: String,
}

fn key(pk: String, sk: impl Into<String>) -> Key {
    Key { pk, sk: sk.into() }
}

pub(super) fn log(number: &LogNumber) -> Key {
    key(format!("LOG#{number}"), "LOG")
}

/// The log a key of the index stands for.
pub(super) fn log_of(pk: &str) -> Option<LogNumber> {
    LogNumber::parse(pk.strip_prefix("LOG#")?).ok()
}

/// The day a log was opened, in London.
pub(super) fn opened_on(log: &Log) -> String {
    log.opened_at.to_zoned(domain::hours::LONDON.clone()).date().to_string()
}

/// The list that an earlier release kept of the logs of a day.
pub(super) fn logs_opened(date: Date) -> String {
    format!("log#{date}")
}

pub(super) fn log_crime(number: &LogNumber, reference: &str) -> Key {
    key(format!("LOG#{number}"), format!("CRIME#{reference}"))
}

pub(super) fn person(person: &PersonId) -> Key {
    key(format!("PERSON#{person}"), "PERSON")
}

pub(super) fn person_crime(person: &PersonId, reference: &str) -> Key {
    key(format!("PERSON#{person}"), format!("CRIME#{reference}"))
}

pub(super) fn contact(id: &ContactId) -> Key {
    key(format!("PERSON#{}", id.person()), format!("CONTACT#{}", id.tail()))
}

/// The contact a key of the index stands for.
pub(super) fn contact_of(pk: &str, sk: &str) -> Option<ContactId> {
    let person = pk.strip_prefix("PERSON#")?;
    let tail = sk.strip_prefix("CONTACT#")?;
    ContactId::parse(&format!("{person}-{tail}"))
}

pub(super) fn follow_up(id: &FollowUpId) -> Key {
    key(format!("PERSON#{}", id.person()), format!("FOLLOWUP#{}", id.tail()))
}

/// The follow-up a key of the index stands for.
pub(super) fn follow_up_of(pk: &str, sk: &str) -> Option<FollowUpId> {
    let person = pk.strip_prefix("PERSON#")?;
    let tail = sk.strip_prefix("FOLLOWUP#")?;
    FollowUpId::parse(&format!("{person}-{tail}"))
}

/// The list of the follow-ups that are open.
pub(super) const FOLLOW_UPS: &str = "follow-up";

/// The list a follow-up is on, and its place there. Settled ones have a list for each day.
pub(super) fn agenda_of_follow_up(follow_up: &FollowUp) -> (String, String) {
    if follow_up.state.is_settled() {
        let at = follow_up.planned_at;
        (follow_ups_done(at.to_zoned(domain::hours::LONDON.clone()).date()), moment(at))
    } else {
        (FOLLOW_UPS.to_owned(), moment(follow_up.due_at))
    }
}

pub(super) fn follow_ups_done(date: Date) -> String {
    format!("follow-up#{date}")
}

pub(super) fn said(person: &PersonId, hash: &str) -> Key {
    key(format!("SAID#{person}"), hash)
}

pub(super) fn task(id: &TaskId) -> Key {
    key(format!("TASK#{}#{}", id.supplier, id.message), "TASK")
}

/// The task a key of the index stands for. No supplier's name holds a `#`.
pub(super) fn task_of(pk: &str) -> Option<TaskId> {
    let (supplier, message) = pk.strip_prefix("TASK#")?.split_once('#')?;
    Some(TaskId { supplier: supplier.to_owned(), message: message.to_owned() })
}

/// The name of a list of tasks.
pub(super) fn lane(lane: Lane) -> String {
    match lane {
        Lane::Waiting(desk) => format!("desk#{desk}"),
        Lane::Overdue(desk) => format!("overdue#{desk}"),
        Lane::Taken(desk) => format!("taken#{desk}"),
        Lane::Closed => "closed".to_owned(),
    }
}

pub(super) fn number(person: &PersonId) -> Key {
    key(format!("NUMBER#{person}"), "NUMBER")
}

pub(super) fn call(supplier: &str, message: &str) -> Key {
    key(format!("CALL#{supplier}#{message}"), "CALL")
}

/// The sort key of who sent a reply.
pub(super) const SENDER: &str = "SENDER";

pub(super) fn sender(supplier: &str, message: &str) -> Key {
    key(call(supplier, message).pk, SENDER)
}

/// The reply a key stands for.
pub(super) fn call_of(pk: &str) -> Option<TaskId> {
    let (supplier, message) = pk.strip_prefix("CALL#")?.split_once('#')?;
    Some(TaskId { supplier: supplier.to_owned(), message: message.to_owned() })
}

pub(super) const CATALOGUE: &str = "CATALOGUE";

pub(super) fn campaign_in_force(id: &CampaignId) -> Key {
    key(CATALOGUE.to_owned(), format!("CAMPAIGN#{id}"))
}

pub(super) fn profile_in_force() -> Key {
    key(CATALOGUE.to_owned(), "PROFILE")
}

pub(super) fn prices_in_force() -> Key {
    key(CATALOGUE.to_owned(), "PRICES")
}

pub(super) fn partner_in_force(name: &str) -> Key {
    key(CATALOGUE.to_owned(), format!("PARTNER#{name}"))
}

pub(super) fn partner(name: &str, version: u32) -> Key {
    key(format!("PARTNER#{name}"), format!("V#{version:06}"))
}

/// How the key of an experiment in force begins.
pub(super) const EXPERIMENT: &str = "EXPERIMENT#";

pub(super) fn experiment_in_force(id: &ExperimentId) -> Key {
    key(CATALOGUE.to_owned(), format!("{EXPERIMENT}{id}"))
}

pub(super) fn experiment(id: &ExperimentId, version: u32) -> Key {
    key(format!("{EXPERIMENT}{id}"), format!("V#{version:06}"))
}

pub(super) fn pause(scope: &Scope) -> Key {
    key(PAUSED.to_owned(), scope.to_string())
}

/// Apart from the catalogue, because `send` may pause a campaign and may not publish one.
pub(super) const PAUSED: &str = "PAUSED";

pub(super) fn prices(version: u32) -> Key {
    key("PRICES".to_owned(), format!("V#{version:06}"))
}

pub(super) fn sweep(list: &str) -> Key {
    key(format!("SWEEP#{list}"), "SWEEP")
}

pub(super) fn campaign(id: &CampaignId, version: u32) -> Key {
    key(format!("CAMPAIGN#{id}"), format!("V#{version:06}"))
}

pub(super) const AUDIT: &str = "AUDIT";

/// Text order is the chain's order for as long as there are fewer than a million million entries.
pub(super) fn audit(number: u64) -> Key {
    key(AUDIT.to_owned(), format!("N#{number:012}"))
}

pub(super) fn audit_head() -> Key {
    key(AUDIT.to_owned(), "HEAD")
}

/// One for each wording, version in force and approver. The name is hashed: it may be anything.
pub(super) fn approval(id: &CampaignId, approval: &Approval) -> Key {
    let by = hex(&Sha256::digest(approval.by.folded())[..8]);
    let sk = format!("APPROVAL#{}#{:06}#{by}", approval.fingerprint, approval.base);
    key(campaign(id, 0).pk, sk)
}

pub(super) fn campaign_move(id: &CampaignId, at: Timestamp) -> Key {
    key(campaign(id, 0).pk, format!("MOVE#{}", instant(at)))
}

pub(super) fn profile(name: &str, version: u32) -> Key {
    key(format!("PROFILE#{name}"), format!("V#{version:06}"))
}

pub(super) fn budget(campaign: &CampaignId, month: Month) -> Key {
    key(format!("BUDGET#{campaign}"), month.to_string())
}

pub(super) fn agenda(list: Agenda) -> &'static str {
    match list {
        Agenda::Due => "due",
        Agenda::Watch => "watch",
        Agenda::Parked => "parked",
        Agenda::Done => "done",
    }
}

/// The list a contact is on and its place there. Settled contacts have a list for each day.
pub(super) fn agenda_of(contact: &Contact) -> (String, String) {
    let (list, at) = contact.agenda();
    match list {
        Agenda::Due | Agenda::Watch | Agenda::Parked => (agenda(list).to_owned(), moment(at)),
        Agenda::Done => (done(at.to_zoned(domain::hours::LONDON.clone()).date()), moment(at)),
    }
}

pub(super) fn done(date: Date) -> String {
    format!("done#{date}")
}

/// A moment to the second, always as long, so that text order is time order.
pub(super) fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// A moment to the nanosecond, always as long, for what may happen twice in a second.
pub(super) fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string()
}

#[cfg(test)]
mod tests {
    use domain::approval::Who;
    use domain::desk::Desk;

    use super::*;

    fn check(key: &Key, expected: &str) {
        assert_eq!(format!("{} / {}", key.pk, key.sk), expected);
    }

    #[test]
    fn every_key_is_pinned() {
        let who = PersonId::parse(&"a".repeat(32)).unwrap();
        let number_ = LogNumber::parse("HC-20260303-0412").unwrap();
        let campaign_ = CampaignId::parse("highways").unwrap();
        let id = ContactId::derive(&number_, &who, &campaign_);
        let person_ = "PERSON#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
        check(&log(&number_), "LOG#HC-20260303-0412 / LOG");
        assert_eq!(log_of(&log(&number_).pk), Some(number_.clone()));
        assert_eq!(logs_opened(jiff::civil::date(2026, 3, 3)), "log#2026-03-03");
        check(&log_crime(&number_, "41/1/26"), "LOG#HC-20260303-0412 / CRIME#41/1/26");
        check(&person(&who), &format!("{person_} / PERSON"));
        check(&person_crime(&who, "41/1/26"), &format!("{person_} / CRIME#41/1/26"));
        check(&contact(&id), &format!("{person_} / CONTACT#452ad89f80c6b079"));
        let follow_up_ = FollowUpId::derive(&who, &domain::followup::Kind::Safety, "m-1");
        let key = follow_up(&follow_up_);
        check(&key, &format!("{person_} / FOLLOWUP#528a44eead31bd3a"));
        assert_eq!(follow_up_of(&key.pk, &key.sk), Some(follow_up_));
        let task_ = TaskId::parse("exchange:rant-and-rave/m-1").unwrap();
        check(&task(&task_), "TASK#exchange:rant-and-rave#m-1 / TASK");
        assert_eq!(task_of(&task(&task_).pk), Some(task_));
        check(&said(&who, "00ff"), "SAID#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa / 00ff");
        let lanes = [
            (Lane::Waiting(Desk::ControlRoom), "desk#control-room"),
            (Lane::Overdue(Desk::Complaints), "overdue#complaints"),
            (Lane::Taken(Desk::StillThere), "taken#still-there"),
            (Lane::Closed, "closed"),
        ];
        for (lane_, name) in lanes {
            assert_eq!(lane(lane_), name);
        }
        check(&number(&who), "NUMBER#aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa / NUMBER");
        check(&call("notify", "m-1"), "CALL#notify#m-1 / CALL");
        assert_eq!(call_of("CALL#notify#m-1"), TaskId::parse("notify/m-1"));
        check(&campaign_in_force(&campaign_), "CATALOGUE / CAMPAIGN#highways");
        check(&profile_in_force(), "CATALOGUE / PROFILE");
        check(&campaign(&campaign_, 7), "CAMPAIGN#highways / V#000007");
        let approval_ = Approval {
            fingerprint: "0a".to_owned(),
            base: 6,
            by: Who { name: "Insp Khan ".to_owned(), principal: None },
            at: "2026-03-10T10:00:00Z".parse().unwrap(),
        };
        let key = "CAMPAIGN#highways / APPROVAL#0a#000006#418a98a88b07a903";
        check(&approval(&campaign_, &approval_), key);
        let key = "CAMPAIGN#highways / MOVE#2026-03-10T10:00:00.000000000Z";
        check(&campaign_move(&campaign_, approval_.at), key);
        check(&audit(7), "AUDIT / N#000000000007");
        check(&audit_head(), "AUDIT / HEAD");
        check(&profile("herts", 7), "PROFILE#herts / V#000007");
        check(&prices_in_force(), "CATALOGUE / PRICES");
        check(&prices(7), "PRICES / V#000007");
        check(&pause(&Scope::All), "PAUSED / all");
        check(&pause(&Scope::Campaign(campaign_.clone())), "PAUSED / highways");
        check(&partner_in_force("rant-and-rave"), "CATALOGUE / PARTNER#rant-and-rave");
        check(&partner("rant-and-rave", 7), "PARTNER#rant-and-rave / V#000007");
        let spring = ExperimentId::parse("spring-2026").unwrap();
        check(&experiment_in_force(&spring), "CATALOGUE / EXPERIMENT#spring-2026");
        check(&experiment(&spring, 2), "EXPERIMENT#spring-2026 / V#000002");
        check(&sweep("notify"), "SWEEP#notify / SWEEP");
        let march = Month::parse("2026-03").unwrap();
        check(&budget(&campaign_, march), "BUDGET#highways / 2026-03");
        let key = contact(&id);
        assert_eq!(contact_of(&key.pk, &key.sk), Some(id));
    }

    #[test]
    fn text_order_is_time_order() {
        let whole: Timestamp = "2026-03-10T10:00:00Z".parse().unwrap();
        let later: Timestamp = "2026-03-10T10:00:01.5Z".parse().unwrap();
        assert!(moment(whole) < moment(later));
        assert_eq!(moment(later), "2026-03-10T10:00:01Z");
        assert_eq!(instant(whole), "2026-03-10T10:00:00.000000000Z");
        assert_eq!(instant(later).parse::<Timestamp>().unwrap(), later);
    }
}
