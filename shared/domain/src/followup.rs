//! What is texted to a person after the first text: once each, or never.
//!
//! ```text
//! Due ─► Queued ─► Claimed ─► Accepted
//!  │        │         ├─────► Refused
//!  │        │         ├─────► Unknown     nobody knows: never sent again
//!  │        │         └─────► Due         the supplier certainly did not take it
//!  └────────┴─► Cancelled
//! ```
//!
//! Simpler than a [contact](crate::contact): a follow-up that nobody knows the fate of is left alone,
//! since a courtesy that is missed costs less than one that comes twice. What is for safety is left
//! alone as well: its alarm rings until a person has taken it, and that is what help rests on.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::budget::{Money, Month};
use crate::contact::{ContactId, Reservation};
use crate::conversation::Question;
use crate::desk::TaskId;
use crate::incident::Outcome;
use crate::person::PersonId;
use crate::ports::{LEASE, PersonFile};
use crate::supplier::SupplierName;

/// What a follow-up is for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Says that nobody watches this number, and 999, and 55.
    Safety,
    /// Says how to report something new.
    Report,
    /// Confirms an opt-out.
    Stopped,
    /// Apologises to somebody who never rang.
    WrongPerson,
    /// Asks something.
    Ask(Question),
    /// Asks once more, where nothing came back.
    Reminder,
    /// Tells what came of a hazard that was still there.
    Result(Outcome),
}

impl Kind {
    /// The name it is stored and shown by.
    pub fn name(&self) -> String {
        match self {
            Self::Safety => "safety".to_owned(),
            Self::Report => "report".to_owned(),
            Self::Stopped => "stopped".to_owned(),
            Self::WrongPerson => "wrong-person".to_owned(),
            Self::Ask(question) => format!("ask:{}", question.name()),
            Self::Reminder => "reminder".to_owned(),
            Self::Result(outcome) => format!("result:{outcome}"),
        }
    }

    /// Finds a kind by its name.
    pub fn parse(name: &str) -> Option<Self> {
        match name.split_once(':') {
            Some(("ask", question)) => Question::parse(question).map(Self::Ask),
            Some(("result", outcome)) => Outcome::parse(outcome).map(Self::Result),
            Some(_) => None,
            None => [Self::Safety, Self::Report, Self::Stopped, Self::WrongPerson, Self::Reminder]
                .into_iter()
                .find(|kind| kind.name() == name),
        }
    }

    /// Whether it is one of the three turns of a conversation.
    pub fn is_turn(&self) -> bool {
        matches!(self, Self::Ask(_) | Self::Reminder)
    }

    /// Whether it leaves at any hour and counts against no cap.
    pub fn is_at_once(&self) -> bool {
        *self == Self::Safety
    }

    /// Whether somebody who opted out may get it: the last word said to them, and what is for safety.
    pub fn is_for_those_who_left(&self) -> bool {
        matches!(self, Self::Safety | Self::Stopped | Self::WrongPerson)
    }

    /// How old it may grow before it would only puzzle whoever gets it.
    fn good_for(&self) -> SignedDuration {
        match self {
            Self::Safety => SignedDuration::from_hours(1),
            Self::Report | Self::Stopped | Self::WrongPerson => SignedDuration::from_hours(3 * 24),
            // A long weekend with bank holidays, and the days of the week a campaign leaves out.
            Self::Ask(_) | Self::Reminder | Self::Result(_) => SignedDuration::from_hours(7 * 24),
        }
    }
}

/// A follow-up's id, in the form of a contact's: a supplier knows the text by it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FollowUpId(ContactId);

impl FollowUpId {
    /// The only follow-up of this kind that this person can have on this occasion.
    pub fn derive(person: &PersonId, kind: &Kind, occasion: &str) -> Self {
        Self(ContactId::hashed(person, &["follow-up", &kind.name(), occasion]))
    }

    /// Accepts `<32 hexadecimal digits>-<16 hexadecimal digits>`.
    pub fn parse(text: &str) -> Option<Self> {
        ContactId::parse(text).map(Self)
    }

    /// Whom it is for.
    pub fn person(&self) -> &PersonId {
        self.0.person()
    }

    /// The part that tells this person's follow-ups apart.
    pub fn tail(&self) -> &str {
        self.0.tail()
    }
}

impl fmt::Display for FollowUpId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a follow-up stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Waits for its time.
    Due,
    /// Its id is on the send queue.
    Queued,
    /// One delivery holds it and may be talking to the supplier.
    Claimed,
    /// The supplier took it.
    Accepted,
    /// The supplier will not take it.
    Refused,
    /// Nobody knows.
    Unknown,
    /// Will not be sent.
    Cancelled,
}

/// Every state with the name it is stored and shown by.
pub const STATES: [(State, &str); 7] = [
    (State::Due, "due"),
    (State::Queued, "queued"),
    (State::Claimed, "claimed"),
    (State::Accepted, "accepted"),
    (State::Refused, "refused"),
    (State::Unknown, "unknown"),
    (State::Cancelled, "cancelled"),
];

impl State {
    /// Finds a state by its name.
    pub fn parse(name: &str) -> Option<Self> {
        STATES.iter().find(|(_, known)| *known == name).map(|(state, _)| *state)
    }

    /// The name it is stored and shown by.
    pub fn name(self) -> &'static str {
        STATES.iter().find(|(state, _)| *state == self).map_or("", |(_, name)| name)
    }

    /// Whether nothing will happen to it any more.
    pub fn is_settled(self) -> bool {
        !matches!(self, Self::Due | Self::Queued | Self::Claimed)
    }
}

/// One text after the first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowUp {
    /// Whom, and on what occasion.
    pub id: FollowUpId,
    /// What it is for.
    pub kind: Kind,
    /// The contact it belongs to; a stranger has none.
    pub contact: Option<ContactId>,
    /// The reply it answers; a reminder answers none.
    pub reply: Option<TaskId>,
    /// Who sends it: whoever brought the reply.
    pub supplier: SupplierName,
    /// Where it stands.
    pub state: State,
    /// Why it is there, in words; empty where the state says it all.
    pub why: String,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// When it may leave.
    pub due_at: Timestamp,
    /// When its id last went on the queue.
    pub queued_at: Option<Timestamp>,
    /// When the present claim lapses.
    pub lease_until: Option<Timestamp>,
    /// When the supplier took it.
    pub sent_at: Option<Timestamp>,
    /// The supplier's id of it.
    pub supplier_id: Option<String>,
    /// How many parts it had.
    pub segments: usize,
    /// What it costs, while it may have been sent.
    pub cost: Money,
    /// The same, held back from a month's budget; nothing for what counts against no cap.
    pub reservation: Option<Reservation>,
    /// Goes up by one with every write: the condition of the next.
    pub revision: u64,
}

/// A new follow-up's facts.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Whom.
    pub person: PersonId,
    /// What for.
    pub kind: Kind,
    /// What makes it the only one: two with the same occasion are one.
    pub occasion: String,
    /// The contact it belongs to.
    pub contact: Option<ContactId>,
    /// The reply it answers.
    pub reply: Option<TaskId>,
    /// Who sends it.
    pub supplier: SupplierName,
    /// When it may leave.
    pub due_at: Timestamp,
}

/// Something that happens to a follow-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FollowUpStep {
    /// Put its id on the send queue; again, when the first message was lost.
    Queue,
    /// Not now.
    Postpone {
        /// When to look again.
        until: Timestamp,
        /// Why, in words.
        why: String,
    },
    /// Never.
    Cancel {
        /// Why, in words.
        why: String,
    },
    /// About to open the socket.
    Claim {
        /// How many parts it has.
        segments: usize,
        /// What it will cost.
        cost: Money,
        /// From which month's budget, where it counts against one.
        month: Option<Month>,
    },
    /// The supplier certainly did not take it.
    PutBack {
        /// When to look again.
        until: Timestamp,
        /// Why, in words.
        why: String,
    },
    /// The supplier took it.
    Accept {
        /// The supplier's id of it.
        supplier_id: String,
    },
    /// The supplier will never take it.
    Refuse {
        /// Why, in words.
        why: String,
    },
    /// Nobody knows.
    Doubt {
        /// Why, in words.
        why: String,
    },
}

impl FollowUp {
    /// A follow-up that begins now.
    pub fn plan(wanted: Wanted, now: Timestamp) -> Self {
        Self {
            id: FollowUpId::derive(&wanted.person, &wanted.kind, &wanted.occasion),
            kind: wanted.kind,
            contact: wanted.contact,
            reply: wanted.reply,
            supplier: wanted.supplier,
            state: State::Due,
            why: String::new(),
            planned_at: now,
            due_at: wanted.due_at,
            queued_at: None,
            lease_until: None,
            sent_at: None,
            supplier_id: None,
            segments: 0,
            cost: Money::ZERO,
            reservation: None,
            revision: 1,
        }
    }

    /// The follow-up after a step, or `None` where it may not be taken.
    pub fn after(&self, step: &FollowUpStep, now: Timestamp) -> Option<Self> {
        use FollowUpStep as Step;
        let may = match step {
            Step::Queue | Step::Postpone { .. } | Step::Cancel { .. } => {
                matches!(self.state, State::Due | State::Queued)
            }
            Step::Claim { .. } => self.state == State::Queued,
            Step::PutBack { .. }
            | Step::Accept { .. }
            | Step::Refuse { .. }
            | Step::Doubt { .. } => self.state == State::Claimed,
        };
        if !may {
            return None;
        }
        let mut next = self.clone();
        next.why.clear();
        match step {
            Step::Queue => (next.state, next.queued_at) = (State::Queued, Some(now)),
            Step::Postpone { until, why } => {
                (next.state, next.due_at, next.why) = (State::Due, *until, why.clone());
            }
            Step::Cancel { why } => (next.state, next.why) = (State::Cancelled, why.clone()),
            Step::Claim { segments, cost, month } => {
                next.state = State::Claimed;
                next.lease_until = Some(now.saturating_add(LEASE).unwrap_or(Timestamp::MAX));
                next.segments = *segments;
                next.cost = *cost;
                next.reservation = month.map(|month| Reservation { month, amount: *cost });
            }
            Step::PutBack { until, why } => {
                (next.state, next.due_at, next.why) = (State::Due, *until, why.clone());
                (next.cost, next.reservation) = (Money::ZERO, None);
            }
            Step::Accept { supplier_id } => {
                next.state = State::Accepted;
                next.sent_at = Some(now);
                next.supplier_id = Some(supplier_id.clone());
            }
            Step::Refuse { why } => {
                (next.state, next.why) = (State::Refused, why.clone());
                (next.cost, next.reservation) = (Money::ZERO, None);
            }
            Step::Doubt { why } => (next.state, next.why) = (State::Unknown, why.clone()),
        }
        next.revision += 1;
        Some(next)
    }

    /// The follow-up as it comes back from a backup, into a table that has lost it. One that was open may
    /// have been sent since, and nobody asks the supplier about a courtesy: it is never sent again.
    #[must_use]
    pub fn restored(&self) -> Self {
        let mut next = self.clone();
        if !self.state.is_settled() {
            next.state = State::Unknown;
            next.why = "restored from a backup; it may have been sent since".to_owned();
            next.reservation = None;
            next.revision += 1;
        }
        next
    }

    /// Whether a text of it left, or may have.
    pub fn may_have_been_sent(&self) -> bool {
        matches!(self.state, State::Claimed | State::Accepted | State::Unknown)
    }

    /// The month its cost is of.
    pub fn month(&self) -> Month {
        Month::of(self.sent_at.unwrap_or(self.planned_at))
    }

    /// Whether another delivery holds it.
    pub fn is_held(&self, now: Timestamp) -> bool {
        self.state == State::Claimed && self.lease_until.is_some_and(|lease| lease > now)
    }
}

/// Whether a follow-up may leave, by everything that is known now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fit {
    /// It may.
    Go,
    /// Not any more.
    Cancel(&'static str),
}

/// Looks a last time: what was wanted when the reply came may have been overtaken.
pub fn fit(follow_up: &FollowUp, person: &PersonFile, now: Timestamp) -> Fit {
    let kind = &follow_up.kind;
    if person.opted_out.is_some() && !kind.is_for_those_who_left() {
        return Fit::Cancel("the person opted out");
    }
    if now.duration_since(follow_up.planned_at) > kind.good_for() {
        return Fit::Cancel("it would come too late");
    }
    if !kind.is_turn() {
        return Fit::Go;
    }
    let contact = person.contacts.iter().find(|c| Some(&c.id) == follow_up.contact.as_ref());
    let Some(contact) = contact else { return Fit::Cancel("its contact is gone") };
    let later = contact.answer.as_ref().filter(|answer| answer.at > follow_up.planned_at);
    match (kind, &contact.answer, later) {
        (Kind::Reminder, Some(_), _) => Fit::Cancel("the person answered"),
        // A second reply before our question left: whatever it says, the question comes out of turn.
        (_, _, Some(_)) => Fit::Cancel("the person wrote again"),
        _ => Fit::Go,
    }
}

/// Permission to text one follow-up once: only a won claim makes one.
#[derive(Debug)]
pub struct FollowUpClaim {
    follow_up: FollowUp,
}

impl FollowUpClaim {
    pub(crate) fn won(follow_up: FollowUp) -> Self {
        Self { follow_up }
    }

    /// The follow-up as the claim left it.
    pub fn follow_up(&self) -> &FollowUp {
        &self.follow_up
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_773_136_800 + second).unwrap()
    }

    fn planned(kind: Kind) -> FollowUp {
        let wanted = Wanted {
            person: PersonId::parse(&"a".repeat(32)).unwrap(),
            kind,
            occasion: "m-1".to_owned(),
            contact: None,
            reply: None,
            supplier: SupplierName::notify(),
            due_at: at(0),
        };
        FollowUp::plan(wanted, at(0))
    }

    fn why() -> String {
        "because".to_owned()
    }

    fn claim() -> FollowUpStep {
        FollowUpStep::Claim {
            segments: 1,
            cost: Money::from_pence(3),
            month: Some(Month::of(at(0))),
        }
    }

    #[test]
    fn every_kind_and_state_has_one_name() {
        let cleared = Outcome::parse("cleared").unwrap();
        for kind in [
            Kind::Safety,
            Kind::Report,
            Kind::Stopped,
            Kind::WrongPerson,
            Kind::Ask(Question::Confidence),
            Kind::Reminder,
            Kind::Result(cleared),
        ] {
            assert_eq!(Kind::parse(&kind.name()), Some(kind));
        }
        assert_eq!(Kind::parse("ask:whether"), None);
        assert_eq!(Kind::parse("tell:something"), None);
        for (state, name) in STATES {
            assert_eq!((state.name(), State::parse(name)), (name, Some(state)));
        }
    }

    #[test]
    fn one_occasion_is_one_follow_up() {
        let one = planned(Kind::Safety).id;
        assert_eq!(one, planned(Kind::Safety).id);
        assert_ne!(one, planned(Kind::Report).id);
        assert_eq!(FollowUpId::parse(&one.to_string()), Some(one));
    }

    #[test]
    fn it_is_sent_from_the_queue_and_from_nowhere_else() {
        let due = planned(Kind::Safety);
        assert_eq!(due.after(&claim(), at(1)), None);
        let queued = due.after(&FollowUpStep::Queue, at(1)).unwrap();
        let claimed = queued.after(&claim(), at(2)).unwrap();
        assert!(claimed.is_held(at(3)) && !claimed.is_held(at(2 + LEASE.as_secs())));
        assert_eq!(claimed.after(&claim(), at(3)), None);
        assert_eq!(claimed.after(&FollowUpStep::Queue, at(3)), None);
        let accept = FollowUpStep::Accept { supplier_id: "t".to_owned() };
        let accepted = claimed.after(&accept, at(3)).unwrap();
        assert_eq!((accepted.state, accepted.sent_at), (State::Accepted, Some(at(3))));
        assert!(accepted.reservation.is_some());
    }

    #[test]
    fn what_was_certainly_not_taken_gives_its_money_back_and_what_nobody_knows_keeps_it() {
        let queued = planned(Kind::Report).after(&FollowUpStep::Queue, at(1)).unwrap();
        let claimed = queued.after(&claim(), at(2)).unwrap();
        let back = FollowUpStep::PutBack { until: at(60), why: why() };
        for step in [back, FollowUpStep::Refuse { why: why() }] {
            assert_eq!(claimed.after(&step, at(3)).unwrap().reservation, None, "{step:?}");
        }
        let doubted = claimed.after(&FollowUpStep::Doubt { why: why() }, at(3)).unwrap();
        assert!(doubted.reservation.is_some() && doubted.state.is_settled());
        for step in [FollowUpStep::Queue, claim(), FollowUpStep::Cancel { why: why() }] {
            assert_eq!(doubted.after(&step, at(4)), None, "never sent again: {step:?}");
        }
    }

    #[test]
    fn those_who_left_get_what_is_for_safety_and_the_word_that_they_left() {
        let left = PersonFile { opted_out: Some(at(0)), ..PersonFile::default() };
        for kind in [Kind::Safety, Kind::Stopped, Kind::WrongPerson] {
            assert_eq!(fit(&planned(kind), &left, at(1)), Fit::Go);
        }
        for kind in [Kind::Report, Kind::Reminder] {
            assert!(matches!(fit(&planned(kind), &left, at(1)), Fit::Cancel(_)));
        }
    }

    #[test]
    fn what_comes_too_late_does_not_come() {
        let nobody = PersonFile::default();
        assert_eq!(fit(&planned(Kind::Safety), &nobody, at(3_600)), Fit::Go);
        let late = Fit::Cancel("it would come too late");
        assert_eq!(fit(&planned(Kind::Safety), &nobody, at(3_601)), late);
    }
}
