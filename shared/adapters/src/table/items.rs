//! What is stored, and how it reads back. Stored formats only grow: `golden` tests pin them.
//!
//! Domain types are not serialised; these are, and each converts both ways.

use std::collections::BTreeSet;
use std::fmt::Display;

use anyhow::{Context as _, anyhow};
use domain::approval::{Approval, Who};
use domain::audit::{Act, Deed, Entry, Head};
use domain::budget::{Money, Month};
use domain::campaign::{CampaignId, Pause, Scope};
use domain::contact::{Answer, Bill, Contact, ContactId, Moment, Receipt, Reservation, State};
use domain::conversation::{Given, Question};
use domain::desk::{Closed, Desk, Signed, Task, TaskId};
use domain::eligibility::{Decision, RuleId, Verdict};
use domain::followup::{self, FollowUp, FollowUpId};
use domain::incident::{
    Coded, Consent, CrimeLink, KnownCaller, Log, LogNumber, Marker, Outcome, Role, SOURCES, Status,
};
use domain::language::Language;
use domain::logbook::{CallerRecord, LogFile, LogRecord};
use domain::nsir::{Category, Qualifier};
use domain::partner::{PartnerScore, Scale, Thousandths};
use domain::person::PersonId;
use domain::reply::Class;
use domain::retention;
use domain::score::Score;
use domain::sentiment::{Sentiment, Valence};
use domain::supplier::SupplierName;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::campaigns::{Move, Version};

/// A contact as stored. Under one kilobyte, so that each write costs one unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ContactItem {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) agenda: String,
    pub(super) agenda_at: String,
    pub(super) expires: i64,
    pub(super) revision: u64,
    id: String,
    incident: String,
    campaign: String,
    version: u32,
    outcome: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    area: String,
    state: String,
    planned_at: Timestamp,
    due_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queued_at: Option<Timestamp>,
    attempts: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease_until: Option<Timestamp>,
    segments: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reserved_month: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reserved_millipence: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    supplier_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    billed_segments: Option<usize>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    billed_millipence: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    answer: Option<AnswerItem>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    partner_score: Option<PartnerScoreItem>,
    /// `<epoch second> <state> <why>`, oldest first.
    history: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct AnswerItem {
    at: Timestamp,
    class: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    score: Option<u8>,
    sentiment: String,
    /// Thousandths; a release before it had only the name.
    #[serde(default, skip_serializing_if = "is_nought")]
    valence: i16,
    /// Where it was not the latest reply that showed the attitude; a release before it did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    felt_at: Option<Timestamp>,
    messages: Vec<String>,
    /// What each reply was; an earlier release kept the last alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    classes: Vec<String>,
    /// `<epoch second> <question> <value>`; an earlier release kept the score alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    given: Vec<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_nought(valence: &i16) -> bool {
    *valence == 0
}

/// A partner's score with its scale; the numbers are text, so that none is rounded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct PartnerScoreItem {
    at: Timestamp,
    by: String,
    value: Thousandths,
    low: Thousandths,
    high: Thousandths,
}

impl ContactItem {
    pub(super) fn of(contact: &Contact) -> Self {
        let key = super::keys::contact(&contact.id);
        let (agenda, agenda_at) = super::keys::agenda_of(contact);
        let reservation = contact.reservation;
        Self {
            pk: key.pk,
            sk: key.sk,
            agenda,
            agenda_at,
            expires: contact.planned_at.as_second() + retention::CONTACT.as_secs(),
            revision: contact.revision,
            id: contact.id.to_string(),
            incident: contact.incident.to_string(),
            campaign: contact.campaign.to_string(),
            version: contact.version,
            outcome: contact.outcome.to_string(),
            area: contact.area.clone(),
            state: contact.state.name().to_owned(),
            planned_at: contact.planned_at,
            due_at: contact.due_at,
            queued_at: contact.queued_at,
            attempts: contact.attempts,
            lease_until: contact.lease_until,
            segments: contact.segments,
            reserved_month: reservation.map(|held| held.month.to_string()),
            reserved_millipence: reservation.map(|held| held.amount.millipence()),
            supplier_id: contact.supplier_id.clone(),
            receipt: contact.receipt.map(|receipt| receipt.name().to_owned()),
            billed_segments: contact.bill.map(|bill| bill.segments),
            billed_millipence: contact.bill.map(|bill| bill.amount.millipence()),
            answer: contact.answer.as_ref().map(|answer| AnswerItem {
                at: answer.at,
                class: answer.class.as_str().to_owned(),
                score: answer.score.map(Score::get),
                sentiment: answer.sentiment.as_str().to_owned(),
                valence: answer.valence.get(),
                felt_at: (answer.felt_at != answer.at).then_some(answer.felt_at),
                messages: answer.messages.clone(),
                classes: answer.classes.iter().map(|class| class.as_str().to_owned()).collect(),
                given: answer
                    .given
                    .iter()
                    .map(|given| {
                        let Given { question, value, at } = given;
                        format!("{} {} {value}", at.as_second(), question.name())
                    })
                    .collect(),
            }),
            partner_score: contact.partner_score.as_ref().map(|score| PartnerScoreItem {
                at: score.at(),
                by: score.by().to_string(),
                value: score.value(),
                low: score.scale().low(),
                high: score.scale().high(),
            }),
            history: contact
                .history
                .iter()
                .map(|moment| {
                    let Moment { at, state, why } = moment;
                    format!("{} {} {why}", at.as_second(), state.name())
                })
                .collect(),
        }
    }

    pub(super) fn read(self) -> anyhow::Result<Contact> {
        let reservation = reservation(self.reserved_month, self.reserved_millipence)?;
        let bill = match (self.billed_segments, self.billed_millipence) {
            (Some(segments), Some(amount)) => {
                Some(Bill { segments, amount: Money::from_millipence(amount) })
            }
            _ => None,
        };
        Ok(Contact {
            id: known(ContactId::parse(&self.id), "contact", &self.id)?,
            incident: LogNumber::parse(&self.incident).context("incident")?,
            campaign: known(CampaignId::parse(&self.campaign), "campaign", &self.campaign)?,
            version: self.version,
            outcome: known(Outcome::parse(&self.outcome), "outcome", &self.outcome)?,
            area: self.area,
            state: known(State::parse(&self.state), "state", &self.state)?,
            planned_at: self.planned_at,
            due_at: self.due_at,
            queued_at: self.queued_at,
            attempts: self.attempts,
            lease_until: self.lease_until,
            segments: self.segments,
            reservation,
            supplier_id: self.supplier_id,
            receipt: self
                .receipt
                .map(|name| known(Receipt::parse(&name), "receipt", &name))
                .transpose()?,
            bill,
            answer: self.answer.map(AnswerItem::read).transpose()?,
            partner_score: self.partner_score.map(PartnerScoreItem::read).transpose()?,
            history: self.history.iter().map(|line| moment(line)).collect::<Result<_, _>>()?,
            revision: self.revision,
        })
    }
}

/// What is held back of a month's budget, where something is.
fn reservation(month: Option<String>, amount: Option<u64>) -> anyhow::Result<Option<Reservation>> {
    let Some((month, amount)) = month.zip(amount) else { return Ok(None) };
    let month = known(Month::parse(&month), "month", &month)?;
    Ok(Some(Reservation { month, amount: Money::from_millipence(amount) }))
}

impl AnswerItem {
    fn read(self) -> anyhow::Result<Answer> {
        let class = |name: &String| known(Class::parse(name), "class", name);
        Ok(Answer {
            at: self.at,
            class: class(&self.class)?,
            score: self.score.and_then(Score::new),
            sentiment: known(Sentiment::parse(&self.sentiment), "sentiment", &self.sentiment)?,
            valence: Valence::new(self.valence).unwrap_or_default(),
            felt_at: self.felt_at.unwrap_or(self.at),
            messages: self.messages,
            classes: self.classes.iter().map(class).collect::<anyhow::Result<_>>()?,
            given: self.given.iter().map(|line| given(line)).collect::<anyhow::Result<_>>()?,
        })
    }
}

impl PartnerScoreItem {
    fn read(self) -> anyhow::Result<PartnerScore> {
        let by = known(SupplierName::parse(&self.by), "partner", &self.by)?;
        let scale = Scale::new(self.low, self.high);
        let score = scale.and_then(|scale| PartnerScore::new(by, self.value, scale, self.at));
        score.context("the stored score lies outside its scale")
    }
}

fn given(line: &str) -> anyhow::Result<Given> {
    let mut parts = line.split(' ');
    let at = parts.next().and_then(|second| second.parse().ok());
    let at = at.and_then(|second| Timestamp::from_second(second).ok());
    let question = parts.next().and_then(Question::parse);
    let value = parts.next().and_then(|value| value.parse().ok());
    match (at, question, value) {
        (Some(at), Some(question), Some(value)) => Ok(Given { question, value, at }),
        _ => Err(anyhow!("an answer of a contact cannot be read")),
    }
}

fn moment(line: &str) -> anyhow::Result<Moment> {
    let mut parts = line.splitn(3, ' ');
    let at = parts.next().and_then(|second| second.parse().ok());
    let at = at.and_then(|second| Timestamp::from_second(second).ok());
    let state = parts.next().and_then(State::parse);
    let why = parts.next().unwrap_or_default().to_owned();
    match (at, state) {
        (Some(at), Some(state)) => Ok(Moment { at, state, why }),
        _ => Err(anyhow!("a moment of a contact's history cannot be read")),
    }
}

/// A log as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LogItem {
    pub(super) pk: String,
    pub(super) sk: String,
    /// The day it was opened; an earlier release listed no logs, so a report counts such a log only
    /// once it is kept again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agenda: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    agenda_at: Option<String>,
    pub(super) expires: i64,
    pub(super) revision: u64,
    number: String,
    extracted_at: Timestamp,
    opened_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
    status: String,
    opening: String,
    closing: String,
    results: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    qualifiers: Vec<String>,
    source: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    attended: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    arrived_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    duplicate_of: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    cross_refs: Vec<String>,
    crimed: bool,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    area: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    markers: Vec<String>,
    callers: Vec<CallerItem>,
    profile_version: u32,
    ruleset: u32,
    decided_at: Timestamp,
    /// Contacts once planned for its callers, besides those the callers name now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    contacts: Vec<String>,
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        serialize_with = "serde_dynamo::string_set::serialize"
    )]
    pub(super) duplicates: Vec<String>,
}

/// What is kept under the number of a log that others named and no extract has told of.
#[derive(Debug, Deserialize)]
pub(super) struct NamedItem {
    pub(super) revision: u64,
    #[serde(default)]
    pub(super) duplicates: Vec<String>,
}

/// Log numbers in one text, which a space parts: none may hold one.
fn joined(numbers: &[LogNumber]) -> Option<String> {
    let numbers: Vec<_> = numbers.iter().map(LogNumber::as_str).collect();
    (!numbers.is_empty()).then(|| numbers.join(" "))
}

/// Log numbers as stored.
pub(super) fn numbers(stored: &[String]) -> anyhow::Result<BTreeSet<LogNumber>> {
    stored.iter().map(|number| LogNumber::parse(number).context("log number")).collect()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct CallerItem {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<String>,
    sendable: bool,
    phone_reason: String,
    role: String,
    consent: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    language: Option<String>,
    verdict: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    rules: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    campaign: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    outcome: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    campaign_version: Option<u32>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    seen: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
}

impl LogItem {
    /// The record as it will be once written: the file's revision goes up by one.
    pub(super) fn of(record: &LogRecord, file: &LogFile) -> Self {
        let log = &record.log;
        let key = super::keys::log(&log.number);
        let (agenda, agenda_at) = super::keys::agenda_of_log(log);
        Self {
            pk: key.pk,
            sk: key.sk,
            agenda: Some(agenda),
            agenda_at: Some(agenda_at),
            expires: log.extracted_at.as_second() + retention::LOG.as_secs(),
            revision: file.revision + 1,
            number: log.number.to_string(),
            extracted_at: log.extracted_at,
            opened_at: log.opened_at,
            closed_at: log.closed_at,
            status: coded(&log.status, |status| name_of(STATUSES, *status)),
            opening: coded(&log.opening, |category| category.name()),
            closing: coded(&log.closing, |category| category.name()),
            results: log.results.iter().map(|result| coded(result, |o| o.as_str())).collect(),
            qualifiers: log.qualifiers.iter().map(|q| coded(q, |q| q.name())).collect(),
            source: coded(&log.source, |source| name_of(&SOURCES, *source)),
            attended: log.attended,
            arrived_at: log.arrived_at,
            duplicate_of: joined(&log.duplicate_of),
            cross_refs: log.cross_refs.iter().map(ToString::to_string).collect(),
            crimed: log.crimed,
            area: log.area.clone(),
            markers: log.markers.iter().map(|marker| marker.name().to_owned()).collect(),
            callers: record.callers.iter().map(CallerItem::of).collect(),
            profile_version: record.profile_version,
            ruleset: record.ruleset,
            decided_at: record.decided_at,
            contacts: {
                let now = |id: &&ContactId| {
                    !record.callers.iter().any(|c| c.contact.as_ref() == Some(id))
                };
                record.contacts.iter().filter(now).map(ToString::to_string).collect()
            },
            duplicates: file.duplicates.iter().map(ToString::to_string).collect(),
        }
    }

    pub(super) fn read(self) -> anyhow::Result<LogRecord> {
        let outcome = |name: &str| Outcome::parse(name);
        let callers: Vec<_> =
            self.callers.into_iter().map(CallerItem::read).collect::<Result<_, _>>()?;
        let mut contacts: BTreeSet<_> = callers.iter().filter_map(|c| c.contact.clone()).collect();
        for id in &self.contacts {
            contacts.insert(known(ContactId::parse(id), "contact", id)?);
        }
        Ok(LogRecord {
            log: Log {
                number: LogNumber::parse(&self.number).context("log number")?,
                extracted_at: self.extracted_at,
                opened_at: self.opened_at,
                closed_at: self.closed_at,
                status: decoded(&self.status, |name| meaning_of(STATUSES, name))?,
                opening: decoded(&self.opening, Category::parse)?,
                closing: decoded(&self.closing, Category::parse)?,
                results: self
                    .results
                    .iter()
                    .map(|text| decoded(text, outcome))
                    .collect::<Result<_, _>>()?,
                qualifiers: self
                    .qualifiers
                    .iter()
                    .map(|text| decoded(text, Qualifier::parse))
                    .collect::<Result<_, _>>()?,
                source: decoded(&self.source, |name| meaning_of(&SOURCES, name))?,
                attended: self.attended,
                arrived_at: self.arrived_at,
                duplicate_of: self
                    .duplicate_of
                    .iter()
                    .flat_map(|numbers| numbers.split(' '))
                    .map(|number| LogNumber::parse(number).context("duplicate of"))
                    .collect::<Result<_, _>>()?,
                cross_refs: self
                    .cross_refs
                    .iter()
                    .map(|number| LogNumber::parse(number).context("cross reference"))
                    .collect::<Result<_, _>>()?,
                crimed: self.crimed,
                area: self.area,
                markers: self
                    .markers
                    .iter()
                    .map(|name| known(Marker::parse(name), "marker", name))
                    .collect::<Result<_, _>>()?,
            },
            callers,
            profile_version: self.profile_version,
            ruleset: self.ruleset,
            decided_at: self.decided_at,
            contacts,
        })
    }
}

impl CallerItem {
    fn of(record: &CallerRecord) -> Self {
        let CallerRecord { caller, decision, campaign_version, seen, contact } = record;
        Self {
            person: caller.person.as_ref().map(ToString::to_string),
            sendable: caller.sendable,
            phone_reason: caller.phone_reason.clone(),
            role: coded(&caller.role, |role| name_of(ROLES, *role)),
            consent: coded(&caller.consent, |consent| name_of(CONSENTS, *consent)),
            language: caller.language.map(|language| language.code().to_owned()),
            verdict: decision.verdict.name().to_owned(),
            rules: decision.rules.iter().map(|rule| rule.as_str().to_owned()).collect(),
            campaign: decision.campaign.as_ref().map(ToString::to_string),
            outcome: decision.outcome.as_ref().map(ToString::to_string),
            campaign_version: *campaign_version,
            seen: seen.clone(),
            contact: contact.as_ref().map(ToString::to_string),
        }
    }

    fn read(self) -> anyhow::Result<CallerRecord> {
        let optional = |text: Option<String>| text.filter(|text| !text.is_empty());
        Ok(CallerRecord {
            caller: KnownCaller {
                person: optional(self.person)
                    .map(|person| known(PersonId::parse(&person), "person", &person))
                    .transpose()?,
                sendable: self.sendable,
                phone_reason: self.phone_reason,
                role: decoded(&self.role, |name| meaning_of(ROLES, name))?,
                consent: decoded(&self.consent, |name| meaning_of(CONSENTS, name))?,
                language: self.language.as_deref().and_then(Language::parse),
            },
            decision: Decision {
                verdict: known(Verdict::parse(&self.verdict), "verdict", &self.verdict)?,
                // A rule that a later version took away is no longer named.
                rules: self.rules.iter().filter_map(|rule| RuleId::parse(rule)).collect(),
                campaign: self.campaign.as_deref().and_then(CampaignId::parse),
                outcome: self.outcome.as_deref().and_then(Outcome::parse),
            },
            campaign_version: self.campaign_version,
            seen: self.seen,
            contact: optional(self.contact)
                .map(|id| known(ContactId::parse(&id), "contact", &id))
                .transpose()?,
        })
    }
}

const STATUSES: &[(Status, &str)] = &[
    (Status::Open, "open"),
    (Status::Closed, "closed"),
    (Status::Reopened, "reopened"),
    (Status::Transferred, "transferred"),
];

const ROLES: &[(Role, &str)] = &[
    (Role::Public, "public"),
    (Role::Involved, "involved"),
    (Role::Suspect, "suspect"),
    (Role::Professional, "professional"),
    (Role::Child, "child"),
];

const CONSENTS: &[(Consent, &str)] = &[(Consent::Yes, "yes"), (Consent::No, "no")];

fn name_of<T: PartialEq>(table: &[(T, &'static str)], value: T) -> &'static str {
    table.iter().find(|(known, _)| *known == value).map_or("", |(_, name)| name)
}

fn meaning_of<T: Copy>(table: &[(T, &'static str)], name: &str) -> Option<T> {
    table.iter().find(|(_, known)| *known == name).map(|(value, _)| *value)
}

/// `=name` for what is known, `?code` for what is not, nothing for a blank.
fn coded<T>(coded: &Coded<T>, name: impl Fn(&T) -> &str) -> String {
    match coded {
        Coded::Known(value) => format!("={}", name(value)),
        Coded::Unknown(code) => format!("?{code}"),
        Coded::Blank => String::new(),
    }
}

fn decoded<T>(text: &str, parse: impl Fn(&str) -> Option<T>) -> anyhow::Result<Coded<T>> {
    match text.split_at_checked(1) {
        None => Ok(Coded::Blank),
        Some(("=", name)) => Ok(Coded::Known(known(parse(name), "code", name)?)),
        Some((_, code)) => Ok(Coded::Unknown(code.to_owned())),
    }
}

/// A stored name that this version does not know stops the reading rather than being guessed.
fn known<T>(value: Option<T>, what: &str, name: &(impl Display + ?Sized)) -> anyhow::Result<T> {
    value.ok_or_else(|| anyhow!("the stored {what} {name:?} is not known", name = name.to_string()))
}

/// A published thing as stored: its body in JSON, which never changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct VersionItem {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) version: u32,
    pub(super) body: String,
    pub(super) published_at: Timestamp,
    pub(super) published_by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) approved_by: Option<String>,
}

impl VersionItem {
    /// A version of a campaign.
    pub(super) fn campaign(self) -> anyhow::Result<Version> {
        Ok(Version {
            number: self.version,
            file: serde_json::from_str(&self.body).context("campaign body")?,
            published_by: self.published_by,
            published_at: self.published_at,
            approved_by: self.approved_by,
        })
    }
}

/// An approval as stored: one for each wording, each version in force and each approver.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct ApprovalItem {
    pub(super) pk: String,
    pub(super) sk: String,
    fingerprint: String,
    base: u32,
    by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    at: Timestamp,
}

impl ApprovalItem {
    pub(super) fn of(id: &CampaignId, approval: &Approval) -> Self {
        let key = super::keys::approval(id, approval);
        Self {
            pk: key.pk,
            sk: key.sk,
            fingerprint: approval.fingerprint.clone(),
            base: approval.base,
            by: approval.by.name.clone(),
            principal: approval.by.principal.clone(),
            at: approval.at,
        }
    }

    pub(super) fn read(self) -> Approval {
        Approval {
            fingerprint: self.fingerprint,
            base: self.base,
            by: Who { name: self.by, principal: self.principal },
            at: self.at,
        }
    }
}

/// A move of what is in force, as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct MoveItem {
    pub(super) pk: String,
    pub(super) sk: String,
    what: String,
    version: u32,
    from: u32,
    by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl MoveItem {
    pub(super) fn of(id: &CampaignId, moved: &Move) -> Self {
        let key = super::keys::campaign_move(id, moved.at);
        Self {
            pk: key.pk,
            sk: key.sk,
            what: moved.what.clone(),
            version: moved.version,
            from: moved.from,
            by: moved.by.name.clone(),
            principal: moved.by.principal.clone(),
            at: moved.at,
            why: moved.why.clone(),
        }
    }

    pub(super) fn read(self) -> Move {
        Move {
            what: self.what,
            version: self.version,
            from: self.from,
            by: Who { name: self.by, principal: self.principal },
            at: self.at,
            why: self.why,
        }
    }
}

/// One entry of the audit, as stored. Its form only grows, and what grows is hashed by a new rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct AuditItem {
    pub(super) pk: String,
    pub(super) sk: String,
    number: u64,
    act: String,
    subject: String,
    detail: String,
    by: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    principal: Option<String>,
    at: Timestamp,
    before: String,
    hash: String,
}

impl AuditItem {
    pub(super) fn of(entry: &Entry) -> Self {
        let key = super::keys::audit(entry.number);
        let Deed { act, subject, detail, by, at } = entry.deed.clone();
        Self {
            pk: key.pk,
            sk: key.sk,
            number: entry.number,
            act: act.name().to_owned(),
            subject,
            detail,
            by: by.name,
            principal: by.principal,
            at,
            before: entry.before.clone(),
            hash: entry.hash.clone(),
        }
    }

    pub(super) fn read(self) -> anyhow::Result<Entry> {
        let deed = Deed {
            act: known(Act::parse(&self.act), "act", &self.act)?,
            subject: self.subject,
            detail: self.detail,
            by: Who { name: self.by, principal: self.principal },
            at: self.at,
        };
        Ok(Entry { number: self.number, deed, before: self.before, hash: self.hash })
    }
}

/// The end of the audit, as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct HeadItem {
    pub(super) pk: String,
    pub(super) sk: String,
    number: u64,
    hash: String,
}

impl HeadItem {
    pub(super) fn of(head: &Head) -> Self {
        let key = super::keys::audit_head();
        Self { pk: key.pk, sk: key.sk, number: head.number, hash: head.hash.clone() }
    }

    pub(super) fn read(self) -> Head {
        Head { number: self.number, hash: self.hash }
    }
}

/// Which version is in force.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CurrentItem {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) name: String,
    pub(super) version: u32,
    /// Since when nothing of it is, where a campaign was ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) ended_at: Option<Timestamp>,
}

/// A pause as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct PauseItem {
    pub(super) pk: String,
    pub(super) sk: String,
    scope: String,
    why: String,
    by: String,
    at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) until: Option<i64>,
    told: bool,
}

impl PauseItem {
    pub(super) fn of(pause: &Pause) -> Self {
        let key = super::keys::pause(&pause.scope);
        Self {
            pk: key.pk,
            sk: key.sk,
            scope: pause.scope.to_string(),
            why: pause.why.clone(),
            by: pause.by.clone(),
            at: pause.at,
            until: pause.until.map(Timestamp::as_second),
            told: pause.told,
        }
    }

    pub(super) fn read(self) -> anyhow::Result<Pause> {
        let until = self.until.map(Timestamp::from_second).transpose();
        Ok(Pause {
            scope: known(Scope::parse(&self.scope), "scope", &self.scope)?,
            why: self.why,
            by: self.by,
            at: self.at,
            until: until.context("the end of a pause")?,
            told: self.told,
        })
    }
}

/// A reply as it came, and what it was read as.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct CallItem {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) expires: i64,
    pub(super) person: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answers: Option<String>,
    pub(super) text: String,
    pub(super) received_at: Timestamp,
}

/// The part of a call that `feedback` may read.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct UnreadItem {
    pub(super) person: String,
    #[serde(default)]
    pub(super) answers: Option<String>,
    pub(super) text: String,
    pub(super) received_at: Timestamp,
    #[serde(default)]
    pub(super) read_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) expires: i64,
}

/// Whether an item's time is over, though the table has not got round to removing it.
pub(super) fn expired(expires: i64, now: Timestamp) -> bool {
    expires != 0 && expires <= now.as_second()
}

/// A crime link as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LinkItem {
    pub(super) pk: String,
    pub(super) sk: String,
    /// A link of the first release has none.
    #[serde(default)]
    pub(super) expires: i64,
    reference: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    person: Option<String>,
}

impl LinkItem {
    pub(super) fn of(key: super::keys::Key, link: &CrimeLink, now: Timestamp) -> Self {
        Self {
            pk: key.pk,
            sk: key.sk,
            // As long as the log it may hold; the crime system is the record.
            expires: now.as_second() + retention::LOG.as_secs(),
            reference: link.reference.clone(),
            log: link.log.as_ref().map(ToString::to_string),
            person: link.person.as_ref().map(ToString::to_string),
        }
    }

    pub(super) fn read(self) -> CrimeLink {
        CrimeLink {
            reference: self.reference,
            log: self.log.and_then(|number| LogNumber::parse(&number).ok()),
            person: self.person.and_then(|person| PersonId::parse(&person)),
        }
    }
}

/// A reply with its sender, for the person who must act on it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct ReplyItem {
    /// An earlier release kept it here.
    #[serde(default)]
    pub(super) sender: Option<String>,
    pub(super) text: String,
    pub(super) received_at: Timestamp,
    #[serde(default)]
    pub(super) read_at: Option<Timestamp>,
    #[serde(default)]
    pub(super) class: Option<String>,
    #[serde(default)]
    pub(super) why: Vec<String>,
    #[serde(default)]
    pub(super) sentiment: Option<String>,
    #[serde(default)]
    pub(super) valence: Option<i16>,
    #[serde(default)]
    pub(super) score: Option<u8>,
    #[serde(default)]
    pub(super) disagrees: bool,
    #[serde(default)]
    pub(super) contact: Option<String>,
    #[serde(default)]
    pub(super) expires: i64,
}

/// A follow-up as stored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FollowUpItem {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) agenda: String,
    pub(super) agenda_at: String,
    pub(super) expires: i64,
    pub(super) revision: u64,
    id: String,
    kind: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reply: Option<String>,
    supplier: String,
    state: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    why: String,
    planned_at: Timestamp,
    due_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    queued_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    lease_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sent_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    supplier_id: Option<String>,
    segments: usize,
    cost_millipence: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reserved_month: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reserved_millipence: Option<u64>,
}

impl FollowUpItem {
    pub(super) fn of(follow_up: &FollowUp) -> Self {
        let key = super::keys::follow_up(&follow_up.id);
        let (agenda, agenda_at) = super::keys::agenda_of_follow_up(follow_up);
        Self {
            pk: key.pk,
            sk: key.sk,
            agenda,
            agenda_at,
            expires: follow_up.planned_at.as_second() + retention::CONTACT.as_secs(),
            revision: follow_up.revision,
            id: follow_up.id.to_string(),
            kind: follow_up.kind.name(),
            contact: follow_up.contact.as_ref().map(ToString::to_string),
            reply: follow_up.reply.as_ref().map(ToString::to_string),
            supplier: follow_up.supplier.to_string(),
            state: follow_up.state.name().to_owned(),
            why: follow_up.why.clone(),
            planned_at: follow_up.planned_at,
            due_at: follow_up.due_at,
            queued_at: follow_up.queued_at,
            lease_until: follow_up.lease_until,
            sent_at: follow_up.sent_at,
            supplier_id: follow_up.supplier_id.clone(),
            segments: follow_up.segments,
            cost_millipence: follow_up.cost.millipence(),
            reserved_month: follow_up.reservation.map(|held| held.month.to_string()),
            reserved_millipence: follow_up.reservation.map(|held| held.amount.millipence()),
        }
    }

    pub(super) fn read(self) -> anyhow::Result<FollowUp> {
        let contact = |id: String| known(ContactId::parse(&id), "contact", &id);
        let reply = |id: String| known(TaskId::parse(&id), "reply", &id);
        Ok(FollowUp {
            id: known(FollowUpId::parse(&self.id), "follow-up", &self.id)?,
            kind: known(followup::Kind::parse(&self.kind), "kind", &self.kind)?,
            contact: self.contact.map(contact).transpose()?,
            reply: self.reply.map(reply).transpose()?,
            supplier: known(SupplierName::parse(&self.supplier), "supplier", &self.supplier)?,
            state: known(followup::State::parse(&self.state), "state", &self.state)?,
            why: self.why,
            planned_at: self.planned_at,
            due_at: self.due_at,
            queued_at: self.queued_at,
            lease_until: self.lease_until,
            sent_at: self.sent_at,
            supplier_id: self.supplier_id,
            segments: self.segments,
            cost: Money::from_millipence(self.cost_millipence),
            reservation: reservation(self.reserved_month, self.reserved_millipence)?,
            revision: self.revision,
        })
    }
}

/// A task as stored: ids and times, and whoever acted on it. Not a word of the reply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct TaskItem {
    pub(super) pk: String,
    pub(super) sk: String,
    pub(super) agenda: String,
    pub(super) agenda_at: String,
    pub(super) expires: i64,
    pub(super) revision: u64,
    supplier: String,
    message: String,
    desk: String,
    class: String,
    person: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    log: Option<String>,
    received_at: Timestamp,
    opened_at: Timestamp,
    due_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rung_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    rings: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    overdue_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    taken_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed_by: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    closed_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    note: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<String>,
}

impl TaskItem {
    pub(super) fn of(task: &Task) -> Self {
        let key = super::keys::task(&task.id);
        let (lane, at) = task.lane();
        let taken = task.taken.as_ref();
        let closed = task.closed.as_ref();
        Self {
            pk: key.pk,
            sk: key.sk,
            agenda: super::keys::lane(lane),
            agenda_at: super::keys::moment(at),
            expires: task.received_at.as_second() + retention::CONTACT.as_secs(),
            revision: task.revision,
            supplier: task.id.supplier.clone(),
            message: task.id.message.clone(),
            desk: task.desk.name().to_owned(),
            class: task.class.as_str().to_owned(),
            person: task.person.to_string(),
            contact: task.contact.as_ref().map(ToString::to_string),
            log: task.log.as_ref().map(ToString::to_string),
            received_at: task.received_at,
            opened_at: task.opened_at,
            due_at: task.due_at,
            rung_at: task.rung.map(|(at, _)| at),
            rings: task.rung.map(|(_, rings)| rings),
            overdue_at: task.overdue_at,
            taken_by: taken.map(|taken| taken.by.clone()),
            taken_at: taken.map(|taken| taken.at),
            closed_by: closed.map(|closed| closed.signed.by.clone()),
            closed_at: closed.map(|closed| closed.signed.at),
            note: closed.map(|closed| closed.note.clone()),
            result: closed.and_then(|closed| closed.result.as_ref()).map(ToString::to_string),
        }
    }

    pub(super) fn read(self) -> anyhow::Result<Task> {
        let contact = |id: String| known(ContactId::parse(&id), "contact", &id);
        let outcome = |name: String| known(Outcome::parse(&name), "result", &name);
        let signed = |by: Option<String>, at: Option<Timestamp>| {
            by.zip(at).map(|(by, at)| Signed { by, at })
        };
        let result = self.result.map(outcome).transpose()?;
        Ok(Task {
            id: TaskId { supplier: self.supplier, message: self.message },
            desk: known(Desk::parse(&self.desk), "desk", &self.desk)?,
            class: known(Class::parse(&self.class), "class", &self.class)?,
            person: known(PersonId::parse(&self.person), "person", &self.person)?,
            contact: self.contact.map(contact).transpose()?,
            log: self.log.map(|log| LogNumber::parse(&log).context("log number")).transpose()?,
            received_at: self.received_at,
            opened_at: self.opened_at,
            due_at: self.due_at,
            rung: self.rung_at.zip(self.rings),
            overdue_at: self.overdue_at,
            taken: signed(self.taken_by, self.taken_at),
            closed: signed(self.closed_by, self.closed_at).map(|signed| Closed {
                signed,
                note: self.note.unwrap_or_default(),
                result,
            }),
            revision: self.revision,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Stored by the first release; every later one must read them.
    const CONTACT: &str = include_str!("golden/contact.json");
    const CONTACT_2: &str = include_str!("golden/contact-2.json");
    const CONTACT_3: &str = include_str!("golden/contact-3.json");
    const FOLLOW_UP: &str = include_str!("golden/follow-up.json");
    const TASK: &str = include_str!("golden/task.json");
    const LOG: &str = include_str!("golden/log.json");
    const LOG_2: &str = include_str!("golden/log-2.json");
    const LOG_3: &str = include_str!("golden/log-3.json");

    #[test]
    fn a_contact_of_the_first_release_reads_and_writes_the_same() {
        let item: ContactItem = serde_json::from_str(CONTACT).unwrap();
        let contact = item.clone().read().unwrap();
        assert_eq!(ContactItem::of(&contact), item);
        assert_eq!(contact.state, State::Delivered);
        assert_eq!(contact.history.len(), 6);
    }

    #[test]
    fn a_contact_with_a_partners_score_reads_and_writes_the_same() {
        let item: ContactItem = serde_json::from_str(CONTACT_2).unwrap();
        let contact = item.clone().read().unwrap();
        assert_eq!(ContactItem::of(&contact), item);
        let score = contact.partner_score.unwrap().to_string();
        assert_eq!(score, "0.75 on exchange:rant-and-rave's scale of -1 to 1");
    }

    #[test]
    fn a_contact_whose_digits_know_their_questions_reads_and_writes_the_same() {
        let item: ContactItem = serde_json::from_str(CONTACT_3).unwrap();
        let contact = item.clone().read().unwrap();
        assert_eq!(ContactItem::of(&contact), item);
        let answer = contact.answer.unwrap();
        assert_eq!(answer.to(Question::CallAgain).unwrap().value, 1);
        assert_eq!((answer.valence.get(), answer.classes.len()), (612, 2));
    }

    #[test]
    fn the_score_of_an_earlier_release_is_kept_until_another_is_given() {
        let item: ContactItem = serde_json::from_str(CONTACT_2).unwrap();
        let contact = item.read().unwrap();
        let reply = domain::contact::Reply {
            message: "m-2".to_owned(),
            at: "2026-03-10T10:30:00Z".parse().unwrap(),
            class: Class::Question,
            given: None,
            sentiment: Sentiment::Neutral,
            valence: Valence::default(),
        };
        assert_eq!(contact.answered(&reply).unwrap().answer.unwrap().score, Score::new(5));
    }

    #[test]
    fn a_follow_up_and_a_task_read_and_write_the_same() {
        let item: FollowUpItem = serde_json::from_str(FOLLOW_UP).unwrap();
        assert_eq!(FollowUpItem::of(&item.clone().read().unwrap()), item);
        let item: TaskItem = serde_json::from_str(TASK).unwrap();
        assert_eq!(TaskItem::of(&item.clone().read().unwrap()), item);
    }

    #[test]
    fn a_log_of_each_release_reads_and_writes_the_same() {
        for golden in [LOG, LOG_2, LOG_3] {
            let item: LogItem = serde_json::from_str(golden).unwrap();
            let record = item.clone().read().unwrap();
            assert_eq!(record.callers.len(), 2);
            let file = LogFile {
                record: Some(record.clone()),
                duplicates: numbers(&item.duplicates).unwrap(),
                revision: item.revision,
                ..LogFile::default()
            };
            // Writing takes the next revision, and lists the log where an earlier release did not.
            let written = LogItem::of(&record, &file);
            assert_eq!(written.agenda.as_deref(), Some("log#2026-03-03"));
            let (agenda, agenda_at) = match golden {
                LOG_3 => (item.agenda, item.agenda_at),
                _ => (written.agenda.clone(), written.agenda_at.clone()),
            };
            let revision = item.revision + 1;
            assert_eq!(written, LogItem { revision, agenda, agenda_at, ..item });
        }
    }

    #[test]
    fn a_whole_life_fits_in_one_write_unit() {
        // DynamoDB counts names and values; JSON adds marks to both, so this is the upper bound.
        let size = CONTACT.split_whitespace().map(str::len).sum::<usize>();
        assert!(size < 1024 + 250, "{size}");
    }

    #[test]
    fn what_a_later_release_adds_is_passed_over_and_what_it_renames_is_not_guessed() {
        let mut later: serde_json::Value = serde_json::from_str(CONTACT).unwrap();
        later["mood"] = "added later".into();
        assert!(serde_json::from_value::<ContactItem>(later.clone()).unwrap().read().is_ok());
        later["state"] = "teleported".into();
        let error = serde_json::from_value::<ContactItem>(later).unwrap().read().unwrap_err();
        assert_eq!(error.to_string(), "the stored state \"teleported\" is not known");
    }
}
