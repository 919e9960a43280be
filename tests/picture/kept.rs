//! The invented half-year as the product would have kept it.

use std::collections::{BTreeMap, BTreeSet};

use domain::budget::{Money, Month};
use domain::campaign::{CampaignId, Published};
use domain::contact::{Bill, Contact, ContactId, Plan, Receipt, Reply, Reservation, State, Step};
use domain::conversation::{Given, Question};
use domain::desk::{Desk, Sender, Task, TaskId, TaskStep};
use domain::eligibility::{Decision, RULESET, RuleId, Verdict};
use domain::followup::{FollowUp, FollowUpStep, Kind, Wanted};
use domain::incident::{
    Coded, Consent, KnownCaller, Log, LogNumber, Outcome, Role, Source, Status,
};
use domain::logbook::{CallerRecord, LogFile, LogRecord};
use domain::nsir::Category;
use domain::person::PersonId;
use domain::reply::Class;
use domain::sentiment::{Sentiment, Valence};
use domain::supplier::SupplierName;
use jiff::Timestamp;
use testkit::{World, samples};

use crate::habits::{Call, Extra, HalfYear, Said, Told, Work};

/// A table that holds it all.
pub(crate) fn world(year: &HalfYear) -> World {
    let world = World::new();
    let contacts: Vec<Contact> = year.contacts.iter().map(contact).collect();
    let mut logs: BTreeMap<&str, Vec<&Call>> = BTreeMap::new();
    for call in &year.calls {
        logs.entry(&call.log).or_default().push(call);
    }
    world.with(|state| {
        let highways = samples::campaign();
        state.campaigns = crate::again::CAPS
            .iter()
            .map(|(name, cap)| {
                let mut body = highways.clone();
                body.id = CampaignId::parse(name).unwrap();
                body.monthly_cap = Money::from_millipence(*cap);
                Published { version: 1, body }
            })
            .collect();
        for (number, calls) in logs {
            let record = record(&calls, &contacts);
            let file = LogFile { record: Some(record), revision: 1, ..LogFile::default() };
            state.logs.insert(LogNumber::parse(number).unwrap(), file);
        }
        for (told, contact) in year.contacts.iter().zip(&contacts) {
            for said in &told.replies {
                let task = said.work.as_ref().map(|work| task(work, said, contact));
                state.tasks.extend(task.map(|task| (task.id.clone(), task)));
            }
        }
        for (place, extra) in year.extras.iter().enumerate() {
            let contact = extra.contact.map(|contact| &contacts[contact]);
            let follow_up = follow_up(place, extra, contact);
            state.follow_ups.insert(follow_up.id.clone(), follow_up);
        }
        state.contacts.extend(contacts.into_iter().map(|contact| (contact.id.clone(), contact)));
    });
    world
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn person(number: u64) -> PersonId {
    PersonId::parse(&format!("{number:032x}")).unwrap()
}

fn contact(told: &Told) -> Contact {
    let plan = Plan {
        incident: LogNumber::parse(&told.log).unwrap(),
        person: person(told.person),
        campaign: CampaignId::parse(told.campaign).unwrap(),
        version: 1,
        outcome: Outcome::parse(told.outcome).unwrap(),
        area: told.area.to_owned(),
        control: told.state == "control",
        due_at: at(told.planned),
    };
    let mut contact = Contact::plan(plan, at(told.planned));
    let state = State::parse(told.state).unwrap();
    let claimed_at = told.texted.unwrap_or(told.planned + 600);
    let amount =
        Money::from_millipence(told.parts * if told.campaign == "welfare" { 3950 } else { 2400 });
    let claim = Step::Claim {
        lease_until: at(claimed_at + 90),
        segments: usize::try_from(told.parts).unwrap(),
        reservation: Reservation { month: Month::of(at(claimed_at)), amount },
    };
    let why = String::new;
    let steps: Vec<(i64, Step)> = match state {
        State::Control | State::Planned | State::Queued | State::Claimed => vec![],
        State::Cancelled => vec![(0, Step::Cancel { why: why() })],
        State::Refused => {
            vec![(-5, Step::Queue), (0, claim), (1, Step::Refuse { attempt: 1, why: why() })]
        }
        State::Unknown => {
            vec![(-5, Step::Queue), (0, claim), (1, Step::Doubt { attempt: 1, why: why() })]
        }
        State::Parked => vec![
            (-5, Step::Queue),
            (0, claim),
            (1, Step::Doubt { attempt: 1, why: why() }),
            (2, Step::Park { attempt: 1, why: why() }),
        ],
        // One that failed first: the claim that was taken counts.
        State::Accepted | State::Delivered | State::Undelivered => vec![
            (-95, Step::Queue),
            (-90, claim.clone()),
            (-80, Step::Retry { attempt: 1, why: why() }),
            (0, claim),
            (2, Step::Accept { supplier_id: "s".to_owned() }),
        ],
    };
    for (offset, step) in steps {
        contact = contact.after(&step, at(claimed_at + offset)).unwrap();
    }
    if let Some(delivered) = told.delivered {
        contact = contact.after(&Step::Receive(Receipt::Delivered), at(delivered)).unwrap();
    }
    if state == State::Undelivered {
        let step = Step::Receive(Receipt::Temporary);
        contact = contact.after(&step, at(claimed_at + 40)).unwrap();
    }
    if let Some((segments, amount)) = told.bill {
        let segments = usize::try_from(segments).unwrap();
        let bill = Bill { segments, amount: Money::from_millipence(amount) };
        contact = contact.billed(bill, at(claimed_at + 900)).unwrap();
    }
    for said in &told.replies {
        contact = contact.answered(&reply(said)).unwrap();
    }
    assert_eq!(contact.state, state);
    contact
}

fn reply(said: &Said) -> Reply {
    Reply {
        message: said.message.clone(),
        at: at(said.at),
        class: Class::parse(said.class).unwrap(),
        given: said.answers.map(|(question, value)| Given {
            question: Question::parse(question).unwrap(),
            value,
            at: at(said.at),
        }),
        sentiment: Sentiment::parse(said.sentiment).unwrap(),
        valence: Valence::default(),
    }
}

fn record(calls: &[&Call], contacts: &[Contact]) -> LogRecord {
    let first = calls[0];
    let id = |call: &Call| call.contact.map(|place| contacts[place].id.clone());
    let ids: BTreeSet<ContactId> = calls.iter().filter_map(|call| id(call)).collect();
    LogRecord {
        log: Log {
            number: LogNumber::parse(&first.log).unwrap(),
            extracted_at: at(first.opened),
            opened_at: at(first.opened),
            closed_at: first.closed.map(at),
            status: Coded::Known(Status::Closed),
            opening: Coded::Known(Category::HighwayDisruption),
            closing: Coded::Known(Category::HighwayDisruption),
            results: Vec::new(),
            qualifiers: Vec::new(),
            source: Coded::Known(Source::Telephone),
            attended: None,
            arrived_at: None,
            duplicate_of: first
                .log
                .split_once("-D")
                .map(|(main, _)| LogNumber::parse(main).unwrap())
                .into_iter()
                .collect(),
            cross_refs: Vec::new(),
            crimed: false,
            area: first.area.to_owned(),
            markers: Vec::new(),
        },
        callers: calls
            .iter()
            .map(|call| CallerRecord {
                caller: KnownCaller {
                    person: Some(person(call.person)),
                    sendable: true,
                    phone_reason: String::new(),
                    role: Coded::Known(Role::Public),
                    consent: Coded::Known(Consent::Yes),
                    language: None,
                },
                decision: Decision {
                    verdict: Verdict::parse(call.verdict).unwrap(),
                    rules: call.rules.iter().map(|rule| RuleId::parse(rule).unwrap()).collect(),
                    campaign: None,
                    outcome: None,
                },
                campaign_version: None,
                seen: "0".to_owned(),
                contact: id(call).filter(|_| call.names_it),
            })
            .collect(),
        contacts: ids,
        profile_version: 1,
        ruleset: RULESET,
        decided_at: at(first.opened),
    }
}

fn task(work: &Work, said: &Said, contact: &Contact) -> Task {
    let id = TaskId { supplier: "notify".to_owned(), message: said.message.clone() };
    let from = Sender {
        person: contact.id.person().clone(),
        contact: Some(contact.id.clone()),
        log: Some(contact.incident.clone()),
        received_at: at(said.at),
    };
    let (desk, class) = (Desk::parse(work.desk).unwrap(), Class::parse(said.class).unwrap());
    let mut task = Task::open(id, desk, class, from, at(work.opened));
    for _ in 1..work.rings {
        task = task.after(&TaskStep::Ring, at(work.opened)).unwrap();
    }
    if let Some(reminded) = work.reminded {
        task = task.after(&TaskStep::Overdue, at(reminded)).unwrap();
    }
    let by = || "PC 41".to_owned();
    if let Some(taken) = work.taken {
        task = task.after(&TaskStep::Take { by: by() }, at(taken)).unwrap();
    }
    if let Some(closed) = work.closed {
        let result = work.result.then(|| Outcome::parse("cleared").unwrap());
        let close = TaskStep::Close { by: by(), note: String::new(), result };
        task = task.after(&close, at(closed)).unwrap();
    }
    task
}

fn follow_up(place: usize, extra: &Extra, contact: Option<&Contact>) -> FollowUp {
    let stranger = person(u64::MAX);
    let wanted = Wanted {
        person: contact.map_or(stranger, |contact| contact.id.person().clone()),
        kind: Kind::parse(extra.kind).unwrap(),
        occasion: place.to_string(),
        contact: contact.map(|contact| contact.id.clone()),
        reply: None,
        supplier: SupplierName::notify(),
        due_at: at(extra.planned),
    };
    let sent = extra.sent.unwrap_or(extra.planned);
    let claim = FollowUpStep::Claim {
        segments: usize::try_from(extra.parts).unwrap(),
        cost: Money::from_millipence(extra.millipence),
        month: Some(Month::of(at(sent))),
    };
    let why = String::new;
    let steps = match extra.state {
        "due" => vec![],
        "cancelled" => vec![FollowUpStep::Cancel { why: why() }],
        "refused" => vec![FollowUpStep::Queue, claim, FollowUpStep::Refuse { why: why() }],
        "unknown" => vec![FollowUpStep::Queue, claim, FollowUpStep::Doubt { why: why() }],
        _ => vec![FollowUpStep::Queue, claim, FollowUpStep::Accept { supplier_id: "s".to_owned() }],
    };
    let planned = FollowUp::plan(wanted, at(extra.planned));
    steps.iter().fold(planned, |next, step| next.after(step, at(sent)).unwrap())
}
