//! A report of very many contacts: made one at a time, as the table brings them, and folded.

use std::collections::BTreeMap;

use anyhow::Context as _;
use domain::budget::{Money, Month};
use domain::campaign::CampaignId;
use domain::contact::{Contact, ContactId, Plan, Receipt, Reply, Reservation, Step};
use domain::conversation::{Given, Question};
use domain::eligibility::{Decision, RULESET, Verdict};
use domain::figures::{Period, Report};
use domain::incident::{
    Coded, Consent, KnownCaller, Log, LogNumber, Outcome, Role, Source, Status,
};
use domain::logbook::{CallerRecord, LogRecord};
use domain::nsir::Category;
use domain::person::PersonId;
use domain::reply::Class;
use domain::sentiment::{Sentiment, Valence};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// Whether what is made is also folded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    /// Made only, to know what that takes.
    Not,
    /// Made and folded.
    All,
}

/// Makes so many contacts of a year, holds the id of each as a report does, and folds them.
pub(crate) fn fold(rows: u64, how: Fold) -> anyhow::Result<Value> {
    let period = Period { from: "2026-01-01".parse()?, to: "2026-12-31".parse()? };
    let made_at: Timestamp = "2027-01-02T05:00:00Z".parse()?;
    let mut report = Report::begin([], [], period, made_at);
    let mut ids: Vec<ContactId> = Vec::new();
    for number in 0..rows {
        let (contact, record) = one(number)?;
        ids.push(contact.id.clone());
        match how {
            Fold::Not => {
                std::hint::black_box(&record);
            }
            Fold::All => {
                report.contact(&contact, record.log.closed_at);
                report.log(&record, &[(&contact.id, &contact)].into());
            }
        }
    }
    let report = report.finish(&BTreeMap::new(), Vec::new());
    Ok(json!({ "rows": ids.len(), "answered": report.total.answered }))
}

fn one(number: u64) -> anyhow::Result<(Contact, LogRecord)> {
    // The first of January 2026, and a year of seconds spread by a prime.
    let second = 1_767_225_600 + i64::try_from(number * 7_919 % (364 * 86_400))?;
    let opened_at = Timestamp::from_second(second)?;
    let after = |minutes: u64| -> anyhow::Result<Timestamp> {
        Ok(opened_at.checked_add(SignedDuration::from_mins(i64::try_from(minutes)?))?)
    };
    let closed_at = after(20 + number % 600)?;
    let incident = LogNumber::parse(&format!("HC-{number}"))?;
    let person = PersonId::parse(&format!("{:032x}", number % 700_000)).context("person")?;
    let outcome = ["cleared", "not-found", "advised", "thanked"][usize::try_from(number % 4)?];
    let area = format!("HB{:02}", number % 60);
    let plan = Plan {
        incident: incident.clone(),
        person: person.clone(),
        campaign: CampaignId::parse("highways").context("campaign")?,
        version: 1,
        outcome: Outcome::parse(outcome).context("outcome")?,
        area: area.clone(),
        control: false,
        due_at: closed_at,
    };
    let contact = texted(Contact::plan(plan, after(700)?), number, after(720 + number % 5_000)?)?;
    let record = LogRecord {
        log: Log {
            number: incident,
            extracted_at: closed_at,
            opened_at,
            closed_at: Some(closed_at),
            status: Coded::Known(Status::Closed),
            opening: Coded::Known(Category::HighwayDisruption),
            closing: Coded::Known(Category::HighwayDisruption),
            results: Vec::new(),
            qualifiers: Vec::new(),
            source: Coded::Known(Source::Telephone),
            attended: None,
            arrived_at: None,
            duplicate_of: Vec::new(),
            cross_refs: Vec::new(),
            crimed: false,
            area,
            markers: Vec::new(),
        },
        callers: vec![CallerRecord {
            caller: KnownCaller {
                person: Some(person),
                sendable: true,
                phone_reason: String::new(),
                role: Coded::Known(Role::Public),
                consent: Coded::Known(Consent::Yes),
                language: None,
            },
            decision: Decision {
                verdict: Verdict::Text,
                rules: Vec::new(),
                campaign: None,
                outcome: None,
            },
            campaign_version: Some(1),
            seen: String::new(),
            contact: Some(contact.id.clone()),
        }],
        contacts: [contact.id.clone()].into(),
        profile_version: 1,
        ruleset: RULESET,
        decided_at: closed_at,
    };
    Ok((contact, record))
}

/// The contact texted at a moment; of three, one answered.
fn texted(contact: Contact, number: u64, at: Timestamp) -> anyhow::Result<Contact> {
    let month = Month::of(at);
    let reservation = Reservation { month, amount: Money::from_millipence(2_400) };
    let steps = [
        Step::Queue,
        Step::Claim { lease_until: at, segments: 1, reservation },
        Step::Accept { supplier_id: number.to_string() },
        Step::Receive(Receipt::Delivered),
    ];
    let mut contact = steps
        .iter()
        .try_fold(contact, |contact, step| contact.after(step, at))
        .context("a step that may not be taken")?;
    if number.is_multiple_of(3) {
        let value = u8::try_from(1 + number % 5)?;
        let reply = Reply {
            message: number.to_string(),
            at: at.checked_add(SignedDuration::from_mins(40))?,
            class: Class::Feedback,
            given: Some(Given { question: Question::Satisfaction, value, at }),
            sentiment: Sentiment::Positive,
            valence: Valence::default(),
        };
        contact = contact.answered(&reply).context("an answer")?;
    }
    Ok(contact)
}
