//! The oracle: what the supplier knows to be true, whatever it told the service.

use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{behaviour::Fault, people::ReplyKind};

/// A copy of everything the supplier has done so far.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Ledger {
    /// Every text that was accepted, in order.
    pub texts: Vec<Text>,
    /// Every text that people sent, in order.
    pub replies: Vec<Reply>,
    /// Every attempt to post a receipt or a reply, in the order in which they were answered.
    pub callbacks: Vec<CallbackAttempt>,
    /// How requests to send were answered.
    pub sends: Answers,
    /// How all other requests were answered.
    pub lookups: Answers,
    /// How many things the supplier has still to do: texts to deliver, callbacks to post, replies to come.
    pub outstanding: usize,
}

impl Ledger {
    /// How many texts were accepted for each reference; those without one are under the empty reference.
    pub fn texts_per_reference(&self) -> BTreeMap<String, usize> {
        let mut counts = BTreeMap::new();
        for text in &self.texts {
            *counts.entry(text.reference.clone().unwrap_or_default()).or_default() += 1;
        }
        counts
    }

    /// The texts that were accepted for the reference.
    pub fn texts_for(&self, reference: &str) -> Vec<&Text> {
        self.texts.iter().filter(|text| text.reference.as_deref() == Some(reference)).collect()
    }

    /// What the supplier will charge, in millionths of a pound.
    pub fn total_cost_micropounds(&self) -> u64 {
        self.texts.iter().map(|text| text.cost_micropounds).sum()
    }

    /// How attempts to post receipts, or replies, were answered.
    pub fn answers_to(&self, kind: CallbackKind) -> Answers {
        let mut answers = Answers::default();
        for attempt in self.callbacks.iter().filter(|attempt| attempt.kind == kind) {
            answers.add(attempt.answer);
        }
        answers
    }

    /// The totals alone.
    pub fn counts(&self) -> Counts {
        let per_reference = self.texts_per_reference();
        let mut by_status = BTreeMap::new();
        for text in &self.texts {
            *by_status.entry(text.status).or_default() += 1;
        }
        Counts {
            texts: self.texts.len(),
            references: per_reference.len(),
            most_texts_for_one_reference: per_reference.values().copied().max().unwrap_or_default(),
            by_status,
            billed_segments: self.texts.iter().map(|text| text.billed_segments).sum(),
            cost_micropounds: self.total_cost_micropounds(),
            replies: self.replies.len(),
            receipts: self.answers_to(CallbackKind::Receipt),
            inbound: self.answers_to(CallbackKind::Inbound),
            sends: self.sends.clone(),
            lookups: self.lookups.clone(),
            outstanding: self.outstanding,
        }
    }
}

/// The totals of a ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Texts accepted.
    pub texts: usize,
    /// Different references among them.
    pub references: usize,
    /// The most texts that any one reference got; more than one means somebody was texted twice.
    pub most_texts_for_one_reference: usize,
    /// Texts by their status now.
    pub by_status: BTreeMap<Status, usize>,
    /// Segments charged.
    pub billed_segments: u64,
    /// What they cost, in millionths of a pound.
    pub cost_micropounds: u64,
    /// Texts that people sent.
    pub replies: usize,
    /// How attempts to post receipts were answered.
    pub receipts: Answers,
    /// How attempts to post replies were answered.
    pub inbound: Answers,
    /// How requests to send were answered.
    pub sends: Answers,
    /// How all other requests were answered.
    pub lookups: Answers,
    /// How many things the supplier has still to do.
    pub outstanding: usize,
}

/// One text that the supplier accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The supplier's id.
    pub id: String,
    /// The service's own name for it.
    pub reference: Option<String>,
    /// The number as the service wrote it.
    pub phone_number: String,
    /// The number in the form `447700900123`.
    pub number: String,
    /// The wording as it went out.
    pub body: String,
    /// The number or name that it came from.
    pub from_number: String,
    /// The template's UUID.
    pub template_id: String,
    /// The template's version.
    pub template_version: u32,
    /// How many segments the wording takes.
    pub segments: u64,
    /// How many of them are charged, which is none before it is sent and none if it never left.
    pub billed_segments: u64,
    /// What it costs, in millionths of a pound.
    pub cost_micropounds: u64,
    /// How far it has come.
    pub status: Status,
    /// When it was accepted.
    pub created_at: Timestamp,
    /// When it was handed to the network.
    pub sent_at: Option<Timestamp>,
    /// When its last status was known.
    pub completed_at: Option<Timestamp>,
    /// Whether it was for a smoke-test number, so that lookups deny it and nobody got it.
    pub is_smoke_test: bool,
    /// What was out of the ordinary about it.
    pub fault: Fault,
}

/// How far a text has come, in Notify's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Accepted.
    Created,
    /// Handed to the network.
    Sending,
    /// Reached the phone.
    Delivered,
    /// Can never reach the phone.
    PermanentFailure,
    /// Did not reach the phone within 72 hours.
    TemporaryFailure,
    /// Never left the supplier.
    TechnicalFailure,
}

impl Status {
    /// The word for the status on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::PermanentFailure => "permanent-failure",
            Self::TemporaryFailure => "temporary-failure",
            Self::TechnicalFailure => "technical-failure",
        }
    }

    /// Whether nothing more will happen to the text.
    pub fn is_final(self) -> bool {
        !matches!(self, Self::Created | Self::Sending)
    }
}

impl fmt::Display for Status {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// One text that a person sent to the service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reply {
    /// The supplier's id.
    pub id: String,
    /// The person's number in the form `447700900123`.
    pub source_number: String,
    /// The service's number.
    pub destination_number: String,
    /// What it says.
    pub message: String,
    /// What sort of reply its author meant it to be; none if a test sent it directly.
    pub kind: Option<ReplyKind>,
    /// The text it answers.
    pub in_reply_to: Option<String>,
    /// When the supplier received it.
    pub received_at: Timestamp,
}

/// What a callback is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallbackKind {
    /// The status of a text.
    Receipt,
    /// A reply.
    Inbound,
}

/// One attempt to tell the service something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallbackAttempt {
    /// What it is about.
    pub kind: CallbackKind,
    /// The id of the text or the reply.
    pub id: String,
    /// The status that a receipt reports.
    pub status: Option<Status>,
    /// Which attempt this was; the first is 1.
    pub attempt: u32,
    /// The HTTP status of the answer, if there was an answer in time.
    pub answer: Option<u16>,
    /// When the answer came, or was given up.
    pub at: Timestamp,
}

/// How requests were answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answers {
    /// The number of answers with each HTTP status.
    pub by_status: BTreeMap<u16, usize>,
    /// The number of requests that got no answer.
    pub unanswered: usize,
}

impl Answers {
    /// The number of answers with the HTTP status.
    pub fn with(&self, status: u16) -> usize {
        self.by_status.get(&status).copied().unwrap_or_default()
    }

    /// The number of requests, answered or not.
    pub fn total(&self) -> usize {
        self.by_status.values().sum::<usize>() + self.unanswered
    }

    pub(super) fn add(&mut self, answer: Option<u16>) {
        match answer {
            Some(status) => *self.by_status.entry(status).or_default() += 1,
            None => self.unanswered += 1,
        }
    }
}
