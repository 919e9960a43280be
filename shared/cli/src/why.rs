//! `aftercall why`: why each caller of a log was or was not texted, and what happened then.

use std::io::Write as _;
use std::process::ExitCode;

use adapters::table::Table;
use anyhow::Context as _;
use domain::campaign::CampaignId;
use domain::contact::{Contact, ContactId};
use domain::desk::TaskId;
use domain::followup::FollowUp;
use domain::hours::LONDON;
use domain::incident::{Log, LogNumber, Outcome};
use domain::logbook::{CallerRecord, LogRecord};
use domain::ports::{Ledger as _, LogBook as _, Replies as _};
use jiff::Timestamp;
use serde_json::{Value, json};

/// Tells everything that was decided about a log, whether it is named itself, or a contact of it, or a
/// reply to a contact: every line of the functions' logs names one of the three.
pub(crate) async fn run(table: &Table, asked: &str, as_json: bool) -> anyhow::Result<ExitCode> {
    let number = match log_of(table, asked).await? {
        Ok(number) => number,
        Err(why) => {
            writeln!(std::io::stderr(), "{why}")?;
            return Ok(ExitCode::FAILURE);
        }
    };
    let incident = table.incident(&number).await?;
    let mut out = std::io::stdout();
    let Some(record) = incident.files.get(&number).and_then(|file| file.record.as_ref()) else {
        writeln!(std::io::stderr(), "no extract has told of log {number}")?;
        return Ok(ExitCode::FAILURE);
    };
    let mut callers = Vec::new();
    for caller in &record.callers {
        let (contact, follow_ups) = match &caller.contact {
            Some(id) => since(table, id).await?,
            None => (None, Vec::new()),
        };
        callers.push(Told { caller, contact, follow_ups });
    }
    let told = incident.told().map(|told| told.log.number.clone());
    let others: Vec<_> = incident.files.keys().filter(|other| **other != number).collect();
    let links: Vec<_> = incident.links().into_iter().map(|link| link.reference).collect();
    let unknown = unknown_codes(&record.log);
    if as_json {
        let told = json!({
            "log": number.as_str(),
            "extracted_at": record.log.extracted_at.to_string(),
            "decided_at": record.decided_at.to_string(),
            "profile_version": record.profile_version,
            "ruleset": record.ruleset,
            "outcome_told_by": told.as_ref().map(LogNumber::as_str),
            "same_incident": others.iter().map(|other| other.as_str()).collect::<Vec<_>>(),
            "unknown_codes": unknown.iter()
                .map(|(field, code)| json!({"field": field, "code": code}))
                .collect::<Vec<_>>(),
            "crime_links": links,
            "callers": callers.iter().map(caller).collect::<Vec<_>>(),
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "Log {number}")?;
    match &told {
        Some(told) if *told != number => {
            writeln!(out, "  a duplicate: its callers hear the outcome of {told}")?;
        }
        Some(_) => {}
        None => writeln!(out, "  a duplicate of a log whose outcome is not known")?,
    }
    if !others.is_empty() {
        let others: Vec<_> = others.iter().map(|other| other.as_str()).collect();
        writeln!(out, "  of one incident with {}", others.join(", "))?;
    }
    writeln!(
        out,
        "  extracted {}, decided {} by ruleset {} and force profile version {}",
        shown(record.log.extracted_at),
        shown(record.decided_at),
        record.ruleset,
        record.profile_version
    )?;
    for (field, code) in &unknown {
        writeln!(out, "  {field}: {code:?} is not in the force profile")?;
    }
    for link in &links {
        writeln!(out, "  the crime system links the incident to {link}")?;
    }
    for (number, caller) in callers.iter().enumerate() {
        tell(&mut out, number + 1, record, caller)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The log that is meant; or why none is found, in words.
async fn log_of(table: &Table, asked: &str) -> anyhow::Result<Result<LogNumber, String>> {
    let contact = match ContactId::parse(asked) {
        Some(id) => id,
        None => {
            let reply = match TaskId::parse(asked) {
                Some(id) => table.reply(&id).await?,
                None => None,
            };
            match reply.map(|reply| reply.contact) {
                Some(Some(contact)) => contact,
                Some(None) => return Ok(Err(format!("{asked} answers no text of ours"))),
                None => {
                    let number = LogNumber::parse(asked).with_context(|| format!("{asked:?}"))?;
                    return Ok(Ok(number));
                }
            }
        }
    };
    let person = table.person(contact.person()).await?;
    let texted = person.contacts.iter().find(|known| known.id == contact);
    // The supplier knows a follow-up by an id of the same form.
    let later = person.follow_ups.iter().find(|known| known.id.to_string() == asked);
    let of_later = later.and_then(|later| later.contact.as_ref());
    let texted = texted.or_else(|| person.contacts.iter().find(|c| Some(&c.id) == of_later));
    Ok(texted.map(|contact| contact.incident.clone()).ok_or(format!("there is no contact {asked}")))
}

/// A caller of the log, and everything sent since.
struct Told<'a> {
    caller: &'a CallerRecord,
    contact: Option<Contact>,
    follow_ups: Vec<FollowUp>,
}

/// A contact, and the texts after its first in the order in which they were planned.
async fn since(table: &Table, id: &ContactId) -> anyhow::Result<(Option<Contact>, Vec<FollowUp>)> {
    let mut person = table.person(id.person()).await?;
    person.follow_ups.retain(|follow_up| follow_up.contact.as_ref() == Some(id));
    person.follow_ups.sort_by_key(|follow_up| follow_up.planned_at);
    let contact = person.contacts.into_iter().find(|contact| contact.id == *id);
    Ok((contact, person.follow_ups))
}

fn tell(
    out: &mut impl std::io::Write,
    number: usize,
    record: &LogRecord,
    Told { caller, contact, follow_ups }: &Told<'_>,
) -> anyhow::Result<()> {
    let decision = &caller.decision;
    writeln!(out, "\n  Caller {number} of {}: {}", record.callers.len(), decision.verdict.name())?;
    if decision.rules.is_empty() {
        writeln!(out, "    no rule denies it")?;
    }
    for rule in &decision.rules {
        writeln!(out, "    {rule}: {}", rule.words())?;
    }
    if let Some(campaign) = &decision.campaign {
        let version = caller.campaign_version.unwrap_or_default();
        let outcome = decision.outcome.as_ref().map_or("none", Outcome::as_str);
        writeln!(out, "    decided by campaign {campaign} version {version}, outcome {outcome}")?;
    }
    if !caller.seen.is_empty() {
        writeln!(out, "    from what has the fingerprint {}", caller.seen)?;
    }
    if !caller.caller.sendable {
        writeln!(out, "    the number: {}", caller.caller.phone_reason)?;
    }
    let Some(contact) = contact else { return Ok(()) };
    let (campaign, version) = (&contact.campaign, contact.version);
    writeln!(out, "    contact {}", contact.id)?;
    writeln!(out, "    campaign {campaign} version {version}, outcome {}", contact.outcome)?;
    for moment in &contact.history {
        let why = if moment.why.is_empty() { String::new() } else { format!("  {}", moment.why) };
        writeln!(out, "      {}  {:<11}{why}", shown(moment.at), moment.state.name())?;
    }
    for follow_up in follow_ups {
        let (kind, state) = (follow_up.kind.name(), follow_up.state.name());
        let (at, why) = (follow_up.sent_at.unwrap_or(follow_up.planned_at), &follow_up.why);
        let why = if why.is_empty() { String::new() } else { format!("  {why}") };
        writeln!(out, "    follow-up {kind}\n      {}  {state:<11}{why}", shown(at))?;
    }
    if let Some(answer) = &contact.answer {
        for (message, class) in answer.messages.iter().zip(&answer.classes) {
            writeln!(out, "    reply {message}, {}", class.as_str())?;
        }
    }
    if let Some(score) = &contact.partner_score {
        writeln!(out, "    a partner's score, beside ours: {score}, {}", shown(score.at()))?;
    }
    Ok(())
}

fn caller(Told { caller, contact, follow_ups }: &Told<'_>) -> Value {
    let decision = &caller.decision;
    json!({
        "verdict": decision.verdict.name(),
        "rules": decision.rules.iter()
            .map(|rule| json!({"id": rule.as_str(), "words": rule.words()}))
            .collect::<Vec<_>>(),
        "phone": caller.caller.phone_reason,
        "campaign": decision.campaign.as_ref().map(CampaignId::as_str),
        "campaign_version": caller.campaign_version,
        "outcome": decision.outcome.as_ref().map(Outcome::as_str),
        "fingerprint": caller.seen,
        "contact": contact.as_ref().map(|contact| json!({
            "id": contact.id.to_string(),
            "campaign": contact.campaign.as_str(),
            "version": contact.version,
            "outcome": contact.outcome.as_str(),
            "state": contact.state.name(),
            "partner_score": contact.partner_score.as_ref().map(|score| json!({
                "by": score.by().as_str(),
                "value": score.value().to_string(),
                "low": score.scale().low().to_string(),
                "high": score.scale().high().to_string(),
                "at": score.at().to_string(),
            })),
            "history": contact.history.iter().map(|moment| json!({
                "at": moment.at.to_string(),
                "state": moment.state.name(),
                "why": moment.why,
            })).collect::<Vec<_>>(),
            "replies": contact.answer.as_ref().map(|answer| &answer.messages),
            "follow_ups": follow_ups.iter().map(|follow_up| json!({
                "kind": follow_up.kind.name(),
                "state": follow_up.state.name(),
                "why": follow_up.why,
                "planned_at": follow_up.planned_at.to_string(),
                "sent_at": follow_up.sent_at.map(|at| at.to_string()),
                "segments": follow_up.segments,
            })).collect::<Vec<_>>(),
        })),
    })
}

/// The codes of a log that the force profile did not know, by our field.
fn unknown_codes(log: &Log) -> Vec<(&'static str, &str)> {
    let one = [
        ("status", log.status.unknown()),
        // The label of a crime is known, and no category.
        ("opening", log.opening.unknown().filter(|_| !log.crimed)),
        ("closing", log.closing.unknown().filter(|_| !log.crimed)),
        ("source", log.source.unknown()),
    ];
    let results = log.results.iter().map(|result| ("results", result.unknown()));
    let qualifiers = log.qualifiers.iter().map(|coded| ("qualifiers", coded.unknown()));
    let all = one.into_iter().chain(results).chain(qualifiers);
    all.filter_map(|(field, code)| Some((field, code?))).collect()
}

/// London time, to the second: the clock of everybody who asks.
fn shown(at: Timestamp) -> String {
    at.to_zoned(LONDON.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
