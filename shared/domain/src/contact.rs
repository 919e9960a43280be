//! The life of a contact: one conversation with one person about one incident.
//!
//! ```text
//! Planned ─► Queued ─► Claimed ─► Accepted ─► Delivered
//!    │          │         │  └──► Refused            └► Undelivered
//!    │          │         └─lease lapsed─► Unknown ─► Accepted   the supplier knows our reference
//!    │          │                             ├────► Planned     the supplier says it does not
//!    │          │                             └────► Parked      the supplier cannot say
//!    │          │                                        ├─► Accepted   a person found it was sent
//!    │          │                                        └─► Planned    a person found it was not
//!    └──────────┴─► Cancelled ─► Planned    its reason no longer holds, and nothing was sent
//! Control
//! ```
//!
//! [`TRANSITIONS`] is the only list of what may follow what. [`Contact::after`] applies it, and the
//! table stores its answer in one conditional write; there is no second copy of these rules.
//! This file does not decide *whether* to text: see [`crate::eligibility`].

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::budget::{Money, Month};
use crate::campaign::CampaignId;
use crate::conversation::{Given, Question};
use crate::incident::{LogNumber, Outcome};
use crate::partner::PartnerScore;
use crate::person::{PersonId, hex, is_hex};
use crate::reply::Class;
use crate::score::Score;
use crate::sentiment::{Sentiment, Valence};

/// A contact's id: derived from incident, person and campaign, so that a second plan for the same
/// three is the same contact. It is also the reference a supplier knows the text by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ContactId {
    person: PersonId,
    tail: String,
}

impl ContactId {
    /// The only contact this person can have about this incident in this campaign.
    pub fn derive(incident: &LogNumber, person: &PersonId, campaign: &CampaignId) -> Self {
        Self::hashed(person, &[incident.as_str(), campaign.as_str()])
    }

    /// An id of this person, told apart by a hash of these parts.
    pub(crate) fn hashed(person: &PersonId, parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for (place, part) in parts.iter().enumerate() {
            if place > 0 {
                hash.update([0]);
            }
            hash.update(part);
        }
        Self { person: person.clone(), tail: hex(&hash.finalize()[..8]) }
    }

    /// Accepts `<32 hexadecimal digits>-<16 hexadecimal digits>`.
    pub fn parse(text: &str) -> Option<Self> {
        let (person, tail) = text.split_once('-')?;
        let person = PersonId::parse(person)?;
        is_hex(tail, 16).then(|| Self { person, tail: tail.to_owned() })
    }

    /// Whose conversation it is.
    pub fn person(&self) -> &PersonId {
        &self.person
    }

    /// The part that tells this person's contacts apart.
    pub fn tail(&self) -> &str {
        &self.tail
    }
}

impl fmt::Display for ContactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.person, self.tail)
    }
}

impl TryFrom<String> for ContactId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("a contact id is 32 and 16 hexadecimal digits with a hyphen")
    }
}

impl From<ContactId> for String {
    fn from(id: ContactId) -> Self {
        id.to_string()
    }
}

/// Where a contact stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Waits for its time.
    Planned,
    /// Its id is on the send queue.
    Queued,
    /// One delivery of the queue holds it and may be talking to the supplier.
    Claimed,
    /// The supplier took the text.
    Accepted,
    /// The network delivered it.
    Delivered,
    /// The network did not; [`Contact::receipt`] says how.
    Undelivered,
    /// The supplier will not take a text for this number.
    Refused,
    /// The supplier may or may not have it. Never sent again blind.
    Unknown,
    /// Nobody could find out: a person decides.
    Parked,
    /// Will not be sent; the last moment says why.
    Cancelled,
    /// Never texted, followed for comparison.
    Control,
}

/// Every state with the name it is stored and shown by.
pub const STATES: [(State, &str); 11] = [
    (State::Planned, "planned"),
    (State::Queued, "queued"),
    (State::Claimed, "claimed"),
    (State::Accepted, "accepted"),
    (State::Delivered, "delivered"),
    (State::Undelivered, "undelivered"),
    (State::Refused, "refused"),
    (State::Unknown, "unknown"),
    (State::Parked, "parked"),
    (State::Cancelled, "cancelled"),
    (State::Control, "control"),
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

    /// Whether a text may have left us: such a contact is never planned anew or cancelled.
    pub fn may_have_been_texted(self) -> bool {
        match self {
            Self::Claimed
            | Self::Accepted
            | Self::Delivered
            | Self::Undelivered
            | Self::Unknown
            | Self::Parked => true,
            Self::Planned | Self::Queued | Self::Refused | Self::Cancelled | Self::Control => false,
        }
    }
}

/// What the network made of a text. Ranked: the highest seen counts, so neither the order nor the
/// number of receipts matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Receipt {
    /// Switched off, out of reach, full.
    Temporary,
    /// Not delivered within its validity.
    Expired,
    /// The supplier's own failure; not charged.
    Technical,
    /// No such number, barred.
    Permanent,
    /// On the handset.
    Delivered,
}

/// Every receipt with the name it is stored and shown by.
pub const RECEIPTS: [(Receipt, &str); 5] = [
    (Receipt::Temporary, "temporary"),
    (Receipt::Expired, "expired"),
    (Receipt::Technical, "technical"),
    (Receipt::Permanent, "permanent"),
    (Receipt::Delivered, "delivered"),
];

impl Receipt {
    /// Finds a receipt by its name.
    pub fn parse(name: &str) -> Option<Self> {
        RECEIPTS.iter().find(|(_, known)| *known == name).map(|(receipt, _)| *receipt)
    }

    /// The name it is stored and shown by.
    pub fn name(self) -> &'static str {
        RECEIPTS.iter().find(|(receipt, _)| *receipt == self).map_or("", |(_, name)| name)
    }
}

/// Something that happens to a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// Put its id on the send queue; again, when the first message was lost.
    Queue,
    /// Not now: look again at this time.
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
    /// Nothing was sent, and what cancelled it no longer holds or the outcome changed.
    Replan {
        /// The campaign's version now in force.
        version: u32,
        /// What came of the incident, as the log now says.
        outcome: Outcome,
        /// When the text is due.
        due_at: Timestamp,
    },
    /// About to open the socket: taken by one delivery until the lease ends, the cost reserved.
    Claim {
        /// When another delivery may conclude that this one died.
        lease_until: Timestamp,
        /// How many parts the text has.
        segments: usize,
        /// What it will cost, and from which month's budget.
        reservation: Reservation,
    },
    /// The supplier certainly did not take it: the queue brings it back.
    Retry {
        /// The claim's number.
        attempt: u32,
        /// Why, in words.
        why: String,
    },
    /// The supplier certainly did not take it and named a time.
    PutOff {
        /// The claim's number.
        attempt: u32,
        /// When to look again.
        until: Timestamp,
        /// Why, in words.
        why: String,
    },
    /// The supplier took it.
    Accept {
        /// The supplier's id of the text.
        supplier_id: String,
    },
    /// The supplier will never take it.
    Refuse {
        /// The claim's number.
        attempt: u32,
        /// Why, in words.
        why: String,
    },
    /// Nobody knows whether the supplier took it.
    Doubt {
        /// The claim's number.
        attempt: u32,
        /// Why, in words.
        why: String,
    },
    /// The supplier says it never had our reference.
    Deny {
        /// The claim that was asked about: an answer that comes late must not undo a later claim.
        attempt: u32,
    },
    /// The supplier cannot say; a person must.
    Park {
        /// The claim that was asked about.
        attempt: u32,
        /// Why, in words.
        why: String,
    },
    /// A person found out that a parked text was sent.
    Confirm {
        /// Who says so, and how they know.
        why: String,
    },
    /// A person found out that a parked text was not sent: it is looked at again.
    Release {
        /// Who says so, and how they know.
        why: String,
    },
    /// A receipt came.
    Receive(Receipt),
}

/// What kind a [`Step`] is: the rows of [`TRANSITIONS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the step of its name")]
pub enum StepKind {
    Queue,
    Postpone,
    Cancel,
    Replan,
    Claim,
    Retry,
    PutOff,
    Accept,
    Refuse,
    Doubt,
    Deny,
    Park,
    Confirm,
    Release,
    Receive,
}

/// What may follow what: the step, the states it may be taken from, the state it leads to.
///
/// A receipt is taken from every state but [`State::Control`]: it proves that a text went out,
/// whatever we believed, and a contact that has one is never sent again.
/// It leads to [`State::Undelivered`] when it is not [`Receipt::Delivered`].
pub const TRANSITIONS: [(StepKind, &[State], State); 15] = {
    use State as S;
    [
        (StepKind::Queue, &[S::Planned, S::Queued], S::Queued),
        (StepKind::Postpone, &[S::Planned, S::Queued], S::Planned),
        (StepKind::Cancel, &[S::Planned, S::Queued], S::Cancelled),
        (StepKind::Replan, &[S::Planned, S::Queued, S::Cancelled], S::Planned),
        (StepKind::Claim, &[S::Queued], S::Claimed),
        (StepKind::Retry, &[S::Claimed], S::Queued),
        (StepKind::PutOff, &[S::Claimed], S::Planned),
        (StepKind::Accept, &[S::Claimed, S::Unknown, S::Parked], S::Accepted),
        (StepKind::Refuse, &[S::Claimed], S::Refused),
        (StepKind::Doubt, &[S::Claimed], S::Unknown),
        (StepKind::Deny, &[S::Unknown], S::Planned),
        (StepKind::Park, &[S::Unknown], S::Parked),
        (StepKind::Confirm, &[S::Parked], S::Accepted),
        (StepKind::Release, &[S::Parked], S::Planned),
        (
            StepKind::Receive,
            &[
                S::Planned,
                S::Queued,
                S::Claimed,
                S::Accepted,
                S::Delivered,
                S::Undelivered,
                S::Refused,
                S::Unknown,
                S::Parked,
                S::Cancelled,
            ],
            S::Delivered,
        ),
    ]
};

impl Step {
    /// Its row in [`TRANSITIONS`].
    pub fn kind(&self) -> StepKind {
        match self {
            Self::Queue => StepKind::Queue,
            Self::Postpone { .. } => StepKind::Postpone,
            Self::Cancel { .. } => StepKind::Cancel,
            Self::Replan { .. } => StepKind::Replan,
            Self::Claim { .. } => StepKind::Claim,
            Self::Retry { .. } => StepKind::Retry,
            Self::PutOff { .. } => StepKind::PutOff,
            Self::Accept { .. } => StepKind::Accept,
            Self::Refuse { .. } => StepKind::Refuse,
            Self::Doubt { .. } => StepKind::Doubt,
            Self::Deny { .. } => StepKind::Deny,
            Self::Park { .. } => StepKind::Park,
            Self::Confirm { .. } => StepKind::Confirm,
            Self::Release { .. } => StepKind::Release,
            Self::Receive(_) => StepKind::Receive,
        }
    }

    /// The claim this step speaks for, when it speaks for one: a late answer of an earlier claim
    /// must not settle a later one.
    fn attempt(&self) -> Option<u32> {
        match self {
            Self::Retry { attempt, .. }
            | Self::PutOff { attempt, .. }
            | Self::Refuse { attempt, .. }
            | Self::Doubt { attempt, .. }
            | Self::Deny { attempt }
            | Self::Park { attempt, .. } => Some(*attempt),
            Self::Queue
            | Self::Postpone { .. }
            | Self::Cancel { .. }
            | Self::Replan { .. }
            | Self::Claim { .. }
            | Self::Accept { .. }
            | Self::Confirm { .. }
            | Self::Release { .. }
            | Self::Receive(_) => None,
        }
    }

    /// Whether the reserved cost goes back: the supplier certainly sent nothing.
    fn gives_back(&self) -> bool {
        match self.kind() {
            StepKind::Retry
            | StepKind::PutOff
            | StepKind::Refuse
            | StepKind::Deny
            | StepKind::Release => true,
            StepKind::Queue
            | StepKind::Postpone
            | StepKind::Cancel
            | StepKind::Replan
            | StepKind::Claim
            | StepKind::Accept
            | StepKind::Doubt
            | StepKind::Park
            | StepKind::Confirm
            | StepKind::Receive => false,
        }
    }

    fn words(&self) -> String {
        match self {
            Self::Postpone { why, .. }
            | Self::Cancel { why }
            | Self::Retry { why, .. }
            | Self::PutOff { why, .. }
            | Self::Refuse { why, .. }
            | Self::Doubt { why, .. }
            | Self::Park { why, .. }
            | Self::Confirm { why }
            | Self::Release { why } => why.clone(),
            Self::Deny { .. } => DENIED.to_owned(),
            Self::Receive(receipt) => receipt.name().to_owned(),
            Self::Replan { outcome, .. } => format!("planned again: {outcome}"),
            Self::Queue | Self::Claim { .. } | Self::Accept { .. } => String::new(),
        }
    }
}

/// The cost of a text, held back from one month's budget by the claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reservation {
    /// The month whose budget it comes from.
    pub month: Month,
    /// How much.
    pub amount: Money,
}

/// What the supplier charges for a text, by its own record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bill {
    /// How many parts it charges for; none for a text that never left.
    pub segments: usize,
    /// How much.
    pub amount: Money,
}

/// One thing that happened to a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment {
    /// When.
    pub at: Timestamp,
    /// The state it led to.
    pub state: State,
    /// Why, in words; empty where the state says it all.
    pub why: String,
}

/// What a moment says in which the supplier denied a text; written in the table, so it stays.
const DENIED: &str = "the supplier does not know our reference";

/// Why a contact stands where it came back from a backup.
const RESTORED: &str = "restored from a backup; it may have been texted since";

/// How a moment that is a reply begins.
const REPLY: &str = "reply: ";

/// What the person answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// When the latest reply came.
    pub at: Timestamp,
    /// What the latest reply was, by triage.
    pub class: Class,
    /// The latest score given to the first question, how we did.
    pub score: Option<Score>,
    /// The attitude of the latest reply that showed one.
    pub sentiment: Sentiment,
    /// How strong that attitude is.
    pub valence: Valence,
    /// When the reply came that showed it; where none has shown one, when the latest came.
    pub felt_at: Timestamp,
    /// The suppliers' ids of all replies: one that is delivered twice counts once.
    pub messages: Vec<String>,
    /// What each reply was, in the same order.
    pub classes: Vec<Class>,
    /// Every answer that can be counted, oldest first: the latest to a question is the one that counts.
    pub given: Vec<Given>,
}

impl Answer {
    /// The latest answer to a question.
    pub fn to(&self, question: Question) -> Option<Given> {
        self.given.iter().filter(|given| given.question == question).max_by_key(|g| g.at).copied()
    }
}

/// One reply, as it is added to a contact.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The supplier's id of it.
    pub message: String,
    /// When it came.
    pub at: Timestamp,
    /// What it was, by triage.
    pub class: Class,
    /// What it answered, and to which question.
    pub given: Option<Given>,
    /// Its attitude.
    pub sentiment: Sentiment,
    /// How strong that is.
    pub valence: Valence,
}

/// One conversation with one person about one incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who, about what, in which campaign.
    pub id: ContactId,
    /// The log whose outcome is told.
    pub incident: LogNumber,
    /// The campaign.
    pub campaign: CampaignId,
    /// The campaign's version it was planned under; its words and rules hold to the end.
    pub version: u32,
    /// What came of the incident, when the contact was planned.
    pub outcome: Outcome,
    /// The incident's beat or area.
    pub area: String,
    /// Where it stands.
    pub state: State,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// When the text is due.
    pub due_at: Timestamp,
    /// When its id last went on the queue.
    pub queued_at: Option<Timestamp>,
    /// How many claims there have been.
    pub attempts: u32,
    /// When the present claim lapses.
    pub lease_until: Option<Timestamp>,
    /// How many parts the text had.
    pub segments: usize,
    /// The cost reserved for it, while it may have been sent.
    pub reservation: Option<Reservation>,
    /// The supplier's id of the text.
    pub supplier_id: Option<String>,
    /// The highest receipt seen.
    pub receipt: Option<Receipt>,
    /// What the supplier says it charges, once it was asked.
    pub bill: Option<Bill>,
    /// What the person answered.
    pub answer: Option<Answer>,
    /// What a partner makes of the conversation, by its own scale.
    pub partner_score: Option<PartnerScore>,
    /// Everything that happened, oldest first.
    pub history: Vec<Moment>,
    /// Goes up by one with every write: the condition of the next.
    pub revision: u64,
}

/// A new contact's facts.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The log whose outcome is told.
    pub incident: LogNumber,
    /// Whom.
    pub person: PersonId,
    /// The campaign.
    pub campaign: CampaignId,
    /// Its version.
    pub version: u32,
    /// What came of the incident.
    pub outcome: Outcome,
    /// The incident's beat or area.
    pub area: String,
    /// Whether the person is in the control arm: never texted.
    pub control: bool,
    /// When the text is due.
    pub due_at: Timestamp,
}

impl Contact {
    /// A contact that begins now.
    pub fn plan(plan: Plan, now: Timestamp) -> Self {
        let state = if plan.control { State::Control } else { State::Planned };
        Self {
            id: ContactId::derive(&plan.incident, &plan.person, &plan.campaign),
            incident: plan.incident,
            campaign: plan.campaign,
            version: plan.version,
            outcome: plan.outcome,
            area: plan.area,
            state,
            planned_at: now,
            due_at: plan.due_at,
            queued_at: None,
            attempts: 0,
            lease_until: None,
            segments: 0,
            reservation: None,
            supplier_id: None,
            receipt: None,
            bill: None,
            answer: None,
            partner_score: None,
            history: vec![Moment { at: now, state, why: String::new() }],
            revision: 1,
        }
    }

    /// The contact after a step, or `None` where the step may not be taken: it is too late, or
    /// it changes nothing.
    pub fn after(&self, step: &Step, now: Timestamp) -> Option<Self> {
        let (_, from, to) = TRANSITIONS.iter().find(|(kind, _, _)| *kind == step.kind())?;
        if !from.contains(&self.state) {
            return None;
        }
        if step.attempt().is_some_and(|attempt| attempt != self.attempts) {
            return None;
        }
        let mut next = self.clone();
        next.state = *to;
        match step {
            Step::Queue => next.queued_at = Some(now),
            Step::Replan { version, outcome, due_at } => {
                // A receipt on a cancelled contact proves that a text went out after all; one that came
                // back from a backup may have been planned again and texted since.
                if self.receipt.is_some() || self.is_restored() {
                    return None;
                }
                next.version = *version;
                next.outcome = outcome.clone();
                next.due_at = *due_at;
            }
            Step::Postpone { until, .. } | Step::PutOff { until, .. } => next.due_at = *until,
            Step::Claim { lease_until, segments, reservation } => {
                next.attempts += 1;
                next.lease_until = Some(*lease_until);
                next.segments = *segments;
                next.reservation = Some(*reservation);
            }
            Step::Accept { supplier_id } => next.supplier_id = Some(supplier_id.clone()),
            Step::Deny { .. } | Step::Release { .. } => next.due_at = now,
            Step::Receive(receipt) => {
                if self.receipt.is_some_and(|seen| seen >= *receipt) {
                    return None;
                }
                next.receipt = Some(*receipt);
                if *receipt != Receipt::Delivered {
                    next.state = State::Undelivered;
                }
            }
            Step::Retry { .. } => next.queued_at = Some(now),
            Step::Cancel { .. }
            | Step::Refuse { .. }
            | Step::Doubt { .. }
            | Step::Park { .. }
            | Step::Confirm { .. } => {}
        }
        if step.gives_back() {
            next.reservation = None;
        }
        next.history.push(Moment { at: now, state: next.state, why: step.words() });
        next.revision += 1;
        Some(next)
    }

    /// The contact as it comes back from a backup, into a table that has lost it.
    ///
    /// What was to be sent when the backup was made may have been sent since, and nothing here can tell:
    /// so its fate is unknown, and the supplier is asked by our reference before anything is sent.
    /// What it held back of a month's budget is not given back, since that may have happened before.
    #[must_use]
    pub fn restored(&self, now: Timestamp) -> Self {
        let mut next = self.clone();
        match self.state {
            State::Planned | State::Queued | State::Claimed | State::Unknown => {
                next.state = State::Unknown;
                // Its claim has lapsed by now, whoever had it; a supplier may still be at it.
                next.lease_until = Some(now);
                next.reservation = None;
            }
            State::Accepted
            | State::Delivered
            | State::Undelivered
            | State::Refused
            | State::Parked
            | State::Cancelled
            | State::Control => {}
        }
        next.history.push(Moment { at: now, state: next.state, why: RESTORED.to_owned() });
        next.revision += 1;
        next
    }

    /// Whether it came back from a backup and nobody has found out since what became of its text.
    pub fn is_restored(&self) -> bool {
        let since = self.history.iter().rev().take_while(|moment| moment.state == self.state);
        matches!(self.state, State::Unknown | State::Cancelled)
            && since.into_iter().any(|moment| moment.why == RESTORED)
    }

    /// The contact with the supplier's bill, or `None` when it holds that bill already, or no text
    /// of it was taken.
    ///
    /// What was reserved beyond the bill goes back. A bill above the reservation takes nothing more:
    /// the text has gone, and `aftercall money` shows the difference to whoever pays.
    pub fn billed(&self, bill: Bill, now: Timestamp) -> Option<Self> {
        let taken = matches!(self.state, State::Accepted | State::Delivered | State::Undelivered);
        if !taken || self.bill == Some(bill) {
            return None;
        }
        let mut next = self.clone();
        next.bill = Some(bill);
        next.reservation = self
            .reservation
            .map(|held| Reservation { amount: held.amount.min(bill.amount), ..held })
            .filter(|held| held.amount > Money::ZERO);
        let why = format!("charged for {} parts: {}", bill.segments, bill.amount);
        next.history.push(Moment { at: now, state: self.state, why });
        next.revision += 1;
        Some(next)
    }

    /// The contact with one more reply, or `None` when that reply was added before.
    ///
    /// The latest answer to each question counts, by when it came and not by when it was read; the
    /// history keeps each.
    pub fn answered(&self, reply: &Reply) -> Option<Self> {
        let mut next = self.clone();
        let mut answer = next.answer.take().unwrap_or_else(|| Answer {
            at: reply.at,
            class: reply.class,
            score: None,
            sentiment: reply.sentiment,
            valence: reply.valence,
            felt_at: reply.at,
            messages: Vec::new(),
            classes: Vec::new(),
            given: Vec::new(),
        });
        if answer.messages.contains(&reply.message) {
            return None;
        }
        answer.messages.push(reply.message.clone());
        answer.classes.push(reply.class);
        answer.given.extend(reply.given);
        // A contact of an earlier release has its score and not yet which question that answered.
        if let Some(latest) = answer.to(Question::Satisfaction) {
            answer.score = Score::new(latest.value);
        }
        if reply.at >= answer.at {
            answer.at = reply.at;
            answer.class = reply.class;
        }
        // The latest reply that shows an attitude counts, in whatever order they are read; one without
        // does not take another's away.
        let shows = |sentiment| sentiment != Sentiment::Neutral;
        let later = (shows(reply.sentiment), reply.at) >= (shows(answer.sentiment), answer.felt_at);
        if later {
            (answer.sentiment, answer.valence) = (reply.sentiment, reply.valence);
            answer.felt_at = reply.at;
        }
        let class = reply.class.as_str();
        let why = match reply.given {
            Some(Given { question: Question::Satisfaction, value, .. }) => {
                format!("{REPLY}{class}, score {value}")
            }
            Some(Given { question, value, .. }) => {
                format!("{REPLY}{class}, {} {value}", question.name())
            }
            None => format!("{REPLY}{class}"),
        };
        next.history.push(Moment { at: reply.at, state: next.state, why });
        next.answer = Some(answer);
        next.revision += 1;
        Some(next)
    }

    /// The contact with a partner's score, or `None` when it holds that one or a later one already.
    pub fn scored(&self, score: &PartnerScore) -> Option<Self> {
        if self.partner_score.as_ref().is_some_and(|kept| kept >= score) {
            return None;
        }
        let mut next = self.clone();
        next.partner_score = Some(score.clone());
        next.history.push(Moment { at: score.at(), state: self.state, why: score.to_string() });
        next.revision += 1;
        Some(next)
    }

    /// When the text left: when the claim was won whose text the supplier took. `None` when it took
    /// none.
    pub fn texted_at(&self) -> Option<Timestamp> {
        let taken =
            |state| matches!(state, State::Accepted | State::Delivered | State::Undelivered);
        let place = self.history.iter().position(|moment| taken(moment.state))?;
        let claim = self.history[..place].iter().rfind(|moment| moment.state == State::Claimed);
        // Proof of a text we know no claim of is the first that we know of the text.
        claim.or(self.history.get(place)).map(|moment| moment.at)
    }

    /// When the network first said that the text is on the handset.
    pub fn delivered_at(&self) -> Option<Timestamp> {
        let delivered = |moment: &&Moment| moment.state == State::Delivered;
        self.history.iter().find(delivered).map(|moment| moment.at)
    }

    /// How often the supplier said that it never had our reference.
    pub fn denials(&self) -> u32 {
        let denied = self.history.iter().filter(|moment| moment.why == DENIED).count();
        u32::try_from(denied).unwrap_or(u32::MAX)
    }

    /// When the first reply came, by when it was sent and not by when it was read.
    pub fn first_reply_at(&self) -> Option<Timestamp> {
        let replies = self.history.iter().filter(|moment| moment.why.starts_with(REPLY));
        replies.map(|moment| moment.at).min()
    }

    /// Which list the contact is on and when somebody should next look at it.
    pub fn agenda(&self) -> (Agenda, Timestamp) {
        let last = self.history.last().map_or(self.planned_at, |moment| moment.at);
        match self.state {
            State::Planned | State::Queued => (Agenda::Due, self.due_at),
            // An accepted text keeps the claim's place on the list, which saves two index writes.
            State::Claimed | State::Accepted | State::Unknown => {
                (Agenda::Watch, self.lease_until.unwrap_or(last))
            }
            State::Parked => (Agenda::Parked, self.lease_until.unwrap_or(last)),
            // Most suppliers do not charge for their own failure; this one is asked.
            State::Undelivered
                if self.receipt == Some(Receipt::Technical) && self.bill.is_none() =>
            {
                (Agenda::Watch, self.lease_until.unwrap_or(last))
            }
            State::Delivered
            | State::Undelivered
            | State::Refused
            | State::Cancelled
            | State::Control => (Agenda::Done, self.planned_at),
        }
    }
}

/// The lists a contact is on, one at a time: a sparse index answers who is due without a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agenda {
    /// For `dispatch`: due when its time comes.
    Due,
    /// For `reconcile`: a claim to end or a receipt to come.
    Watch,
    /// For a person.
    Parked,
    /// For `report`, by the day it was planned.
    Done,
}

/// Permission to text one person once: only a won claim makes one, and a supplier asks for it.
///
/// Its limit: when we die after the supplier's yes and before writing it down, the lease lapses
/// and the contact becomes [`State::Unknown`]; the supplier's own record of our reference then
/// decides. No type can.
#[derive(Debug)]
pub struct SendClaim {
    contact: Contact,
}

impl SendClaim {
    pub(crate) fn won(contact: Contact) -> Self {
        Self { contact }
    }

    /// The contact as the claim left it.
    pub fn contact(&self) -> &Contact {
        &self.contact
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::partner::{Scale, Thousandths};
    use crate::supplier::SupplierName;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_772_000_000 + second).unwrap()
    }

    fn planned() -> Contact {
        let plan = Plan {
            incident: LogNumber::parse("HC-20260303-0412").unwrap(),
            person: PersonId::parse(&"a".repeat(32)).unwrap(),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Outcome::parse("cleared").unwrap(),
            area: "A1".to_owned(),
            control: false,
            due_at: at(60),
        };
        Contact::plan(plan, at(0))
    }

    fn claim() -> Step {
        Step::Claim {
            lease_until: at(300),
            segments: 2,
            reservation: Reservation {
                month: Month::parse("2026-03").unwrap(),
                amount: Money::from_pence(5),
            },
        }
    }

    fn walk(steps: &[Step]) -> Contact {
        steps.iter().fold(planned(), |contact, step| contact.after(step, at(1)).unwrap_or(contact))
    }

    fn accept() -> Step {
        Step::Accept { supplier_id: "s-1".to_owned() }
    }

    #[test]
    fn the_straight_road_ends_delivered() {
        let contact = walk(&[Step::Queue, claim(), accept(), Step::Receive(Receipt::Delivered)]);
        assert_eq!(contact.state, State::Delivered);
        assert_eq!(contact.attempts, 1);
        assert_eq!(contact.history.len(), 5);
        assert_eq!(contact.revision, 5);
    }

    #[test]
    fn a_contact_knows_when_its_text_left_and_came_and_was_first_answered() {
        let go = |contact: &Contact, step: &Step, second| contact.after(step, at(second)).unwrap();
        let queued = go(&planned(), &Step::Queue, 1);
        assert_eq!((queued.texted_at(), queued.delivered_at()), (None, None));
        let lost =
            go(&go(&queued, &claim(), 2), &Step::Retry { attempt: 1, why: String::new() }, 3);
        assert_eq!(lost.texted_at(), None);
        let sent = go(&go(&lost, &claim(), 5), &accept(), 7);
        assert_eq!(sent.texted_at(), Some(at(5)), "the claim that was taken");
        let told = go(&sent, &Step::Receive(Receipt::Temporary), 8);
        let told = go(&told, &Step::Receive(Receipt::Delivered), 9);
        assert_eq!(told.delivered_at(), Some(at(9)));
        assert_eq!(told.first_reply_at(), None);
        let reply = |message: &str, second| Reply {
            message: message.to_owned(),
            at: at(second),
            class: Class::Feedback,
            given: None,
            sentiment: Sentiment::Neutral,
            valence: Valence::default(),
        };
        let answered = told.answered(&reply("m-2", 40)).unwrap().answered(&reply("m-1", 30));
        assert_eq!(answered.unwrap().first_reply_at(), Some(at(30)), "whichever was read first");
    }

    #[test]
    fn the_latest_attitude_counts_in_whatever_order_replies_are_read() {
        let reply = |second, sentiment| Reply {
            message: format!("m-{second}"),
            at: at(second),
            class: Class::Feedback,
            given: None,
            sentiment,
            valence: Valence::default(),
        };
        let replies = [
            reply(10, Sentiment::Positive),
            reply(20, Sentiment::Negative),
            reply(30, Sentiment::Neutral),
        ];
        for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
            let read = order.into_iter().fold(planned(), |c, n| c.answered(&replies[n]).unwrap());
            let answer = read.answer.unwrap();
            assert_eq!(
                (answer.sentiment, answer.felt_at),
                (Sentiment::Negative, at(20)),
                "{order:?}"
            );
            assert_eq!(answer.at, at(30), "{order:?}");
        }
    }

    #[test]
    fn what_comes_back_from_a_backup_is_asked_about_before_anything_is_sent() {
        let queued = walk(&[Step::Queue]);
        let claimed = walk(&[Step::Queue, claim()]);
        let doubted = walk(&[Step::Queue, claim(), Step::Doubt { attempt: 1, why: String::new() }]);
        for before in [planned(), queued, claimed, doubted] {
            let back = before.restored(at(900));
            assert_eq!((back.state, back.lease_until), (State::Unknown, Some(at(900))));
            assert_eq!((back.reservation, back.revision), (None, before.revision + 1));
            assert_eq!(back.agenda(), (Agenda::Watch, at(900)), "reconcile looks at it");
            assert!(back.is_restored(), "{:?}", before.state);
            for step in [claim(), Step::Queue, Step::Cancel { why: String::new() }] {
                assert_eq!(back.after(&step, at(901)), None, "{step:?}");
            }
            let replan =
                Step::Replan { version: 2, outcome: before.outcome.clone(), due_at: at(0) };
            assert_eq!(back.after(&replan, at(901)), None);
            let denied = back.after(&Step::Deny { attempt: before.attempts }, at(1_600)).unwrap();
            assert_eq!((denied.state, denied.is_restored()), (State::Planned, false));
            let known = back.after(&accept(), at(1_600)).unwrap();
            assert_eq!((known.state, known.is_restored()), (State::Accepted, false));
        }
    }

    #[test]
    fn what_was_settled_comes_back_as_it_was_and_what_was_cancelled_for_good() {
        let accepted = walk(&[Step::Queue, claim(), accept()]);
        let delivered = accepted.after(&Step::Receive(Receipt::Delivered), at(2)).unwrap();
        for before in [accepted, delivered] {
            let back = before.restored(at(900));
            assert_eq!((back.state, back.reservation), (before.state, before.reservation));
            assert!(!back.is_restored());
        }
        let cancelled = walk(&[Step::Cancel { why: "opted out".to_owned() }]);
        let replan = |contact: &Contact| {
            let outcome = contact.outcome.clone();
            contact.after(&Step::Replan { version: 2, outcome, due_at: at(0) }, at(901))
        };
        assert!(replan(&cancelled).is_some());
        let back = cancelled.restored(at(900));
        assert_eq!((back.state, replan(&back)), (State::Cancelled, None));
    }

    #[test]
    fn a_claimed_contact_cannot_be_claimed_or_cancelled() {
        let claimed = walk(&[Step::Queue, claim()]);
        assert_eq!(claimed.after(&claim(), at(2)), None);
        assert_eq!(claimed.after(&Step::Cancel { why: "x".to_owned() }, at(2)), None);
    }

    #[test]
    fn a_late_answer_of_an_earlier_claim_settles_nothing() {
        let retry = Step::Retry { attempt: 1, why: "connection refused".to_owned() };
        let second = walk(&[Step::Queue, claim(), retry.clone(), claim()]);
        assert_eq!(second.attempts, 2);
        assert_eq!(second.after(&retry, at(2)), None);
    }

    #[test]
    fn the_reservation_goes_back_when_nothing_was_sent_and_stays_when_something_may_have_been() {
        let check = |step: Step, kept: bool| {
            let contact = walk(&[Step::Queue, claim(), step]);
            assert_eq!(contact.reservation.is_some(), kept, "{:?}", contact.state);
        };
        let why = || "x".to_owned();
        check(Step::Retry { attempt: 1, why: why() }, false);
        check(Step::PutOff { attempt: 1, until: at(9), why: why() }, false);
        check(Step::Refuse { attempt: 1, why: why() }, false);
        check(Step::Doubt { attempt: 1, why: why() }, true);
        check(accept(), true);
        check(Step::Receive(Receipt::Permanent), true);
    }

    #[test]
    fn a_receipt_before_our_own_answer_is_proof() {
        let contact = walk(&[Step::Queue, claim(), Step::Receive(Receipt::Delivered), accept()]);
        assert_eq!(contact.state, State::Delivered);
    }

    #[test]
    fn a_denial_that_comes_late_does_not_undo_a_later_claim() {
        let doubt = |attempt| Step::Doubt { attempt, why: "timeout".to_owned() };
        let deny = |attempt| Step::Deny { attempt };
        let again =
            walk(&[Step::Queue, claim(), doubt(1), deny(1), Step::Queue, claim(), doubt(2)]);
        assert_eq!((again.state, again.attempts), (State::Unknown, 2));
        assert_eq!(again.after(&deny(1), at(2)), None);
        assert_eq!(again.after(&Step::Park { attempt: 1, why: String::new() }, at(2)), None);
        assert!(again.after(&deny(2), at(2)).is_some());
    }

    #[test]
    fn a_receipt_after_a_denial_stops_the_second_text() {
        let doubt = Step::Doubt { attempt: 1, why: "timeout".to_owned() };
        let denied = walk(&[Step::Queue, claim(), doubt, Step::Deny { attempt: 1 }]);
        assert_eq!(denied.state, State::Planned);
        let told = denied.after(&Step::Receive(Receipt::Delivered), at(9)).unwrap();
        assert_eq!(told.after(&Step::Queue, at(10)), None);
    }

    #[test]
    fn the_control_arm_takes_no_step_at_all() {
        let mut control = planned();
        control.state = State::Control;
        for step in [Step::Queue, claim(), accept(), Step::Receive(Receipt::Delivered)] {
            assert_eq!(control.after(&step, at(1)), None);
        }
    }

    #[test]
    fn the_latest_score_counts_and_a_comment_does_not_wipe_it() {
        let reply = |message: &str, class, given: Option<(Question, u8)>, second| Reply {
            message: message.to_owned(),
            at: at(second),
            class,
            given: given.map(|(question, value)| Given { question, value, at: at(second) }),
            sentiment: Sentiment::Neutral,
            valence: Valence::default(),
        };
        let replies = [
            reply("m-1", Class::Feedback, Some((Question::Satisfaction, 2)), 2),
            reply("m-2", Class::Feedback, Some((Question::Satisfaction, 4)), 1),
            reply("m-3", Class::Question, None, 3),
            reply("m-4", Class::Feedback, Some((Question::CallAgain, 1)), 4),
        ];
        let contact = replies.iter().fold(planned(), |contact, r| contact.answered(r).unwrap());
        assert_eq!(contact.history.len(), 5);
        assert_eq!(contact.history[4].why, "reply: feedback, call-again 1");
        assert_eq!(contact.answered(&replies[1]), None, "a reply delivered twice counts once");
        let kept = contact.answer.unwrap();
        // The later by its own clock, though it was read first; the history keeps both.
        assert_eq!((kept.score, kept.messages.len()), (Score::new(2), 4));
        assert_eq!(kept.given.len(), 3);
        assert_eq!(kept.to(Question::CallAgain).unwrap().value, 1);
    }

    #[test]
    fn a_cancelled_contact_may_be_planned_again_unless_a_receipt_proves_a_text() {
        let outcome = Outcome::parse("thanked").unwrap();
        let replan = Step::Replan { version: 2, outcome, due_at: at(500) };
        let cancelled = walk(&[Step::Cancel { why: "reclassified".to_owned() }]);
        let again = cancelled.after(&replan, at(2)).unwrap();
        assert_eq!((again.state, again.version, again.due_at), (State::Planned, 2, at(500)));
        let mut proved = cancelled;
        proved.receipt = Some(Receipt::Temporary);
        assert_eq!(proved.after(&replan, at(2)), None);
    }

    #[test]
    fn an_id_reads_back_and_a_wrong_one_does_not() {
        let id = planned().id;
        assert_eq!(ContactId::parse(&id.to_string()), Some(id.clone()));
        assert_eq!(serde_json::to_string(&id).unwrap(), format!("\"{id}\""));
        assert!(serde_json::from_str::<ContactId>("\"07700900123\"").is_err());
    }

    fn receipt() -> impl Strategy<Value = Receipt> {
        (0..RECEIPTS.len()).prop_map(|n| RECEIPTS[n].0)
    }

    fn score() -> impl Strategy<Value = PartnerScore> {
        (0_i64..4, 0_u8..3, 0_u8..2).prop_map(|(second, value, partner)| {
            let number = |text: &str| Thousandths::parse(text).unwrap();
            let by = SupplierName::exchange(&format!("partner-{partner}")).unwrap();
            let scale = Scale::new(number("0"), number("10")).unwrap();
            PartnerScore::new(by, number(&value.to_string()), scale, at(second)).unwrap()
        })
    }

    proptest! {
        #[test]
        fn scores_in_any_order_and_number_end_the_same(
            scores in proptest::collection::vec(score(), 1..8),
        ) {
            let end = |scores: &[PartnerScore]| {
                let all = scores.iter().chain(scores);
                all.fold(planned(), |contact, score| contact.scored(score).unwrap_or(contact))
            };
            let latest = scores.iter().max().cloned();
            prop_assert_eq!(&end(&scores).partner_score, &latest);
            let backwards: Vec<_> = scores.iter().rev().cloned().collect();
            prop_assert_eq!(&end(&backwards).partner_score, &latest);
            prop_assert_eq!(end(&scores).state, State::Planned);
        }

        #[test]
        fn receipts_in_any_order_and_number_end_the_same(
            receipts in proptest::collection::vec(receipt(), 1..8),
            accepted_at in 0usize..8,
        ) {
            let best = receipts.iter().max().copied().unwrap();
            let mut contact = walk(&[Step::Queue, claim()]);
            for (n, receipt) in receipts.iter().enumerate() {
                if n == accepted_at {
                    contact = contact.after(&accept(), at(2)).unwrap_or(contact);
                }
                contact = contact.after(&Step::Receive(*receipt), at(3)).unwrap_or(contact);
            }
            prop_assert_eq!(contact.receipt, Some(best));
            let expected =
                if best == Receipt::Delivered { State::Delivered } else { State::Undelivered };
            prop_assert_eq!(contact.state, expected);
        }
    }
}
