//! `aftercall person hold`, `holds`, `release`: what is kept for a case, whatever else is deleted.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::ExitCode;

use adapters::extracts::Bucket;
use adapters::table::Table;
use anyhow::Context as _;
use domain::approval::Who;
use domain::audit::{Act, Deed};
use domain::hold::{CaseRef, Hold};
use domain::person::PersonId;
use domain::ports::AuditTrail as _;
use jiff::Timestamp;
use serde_json::json;

use crate::person::{Asked, Somebody};

/// Copies what is kept about somebody now.
pub(crate) async fn hold(
    asked: &Asked<'_>,
    bucket: &Bucket,
    case: &CaseRef,
) -> anyhow::Result<ExitCode> {
    let Somebody { mobile, person } = asked.somebody().await?;
    let items = asked.table.everything_of(&person, &mobile).await?;
    let hold = Hold { case: case.clone(), person, at: asked.now };
    let held = bucket.hold(&hold, &mobile, items).await?;
    let deed = deed(Act::Held, &hold, (&asked.by, &asked.reason.why), asked.now);
    asked.table.note_deed(&deed).await.context("it is held; write it down in the audit")?;
    writeln!(
        std::io::stdout(),
        "held for {case}: {held} items. What comes after now is not among them; hold again to take it."
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Lists every hold; a person by their keyed hash.
pub(crate) async fn list(bucket: &Bucket, as_json: bool) -> anyhow::Result<ExitCode> {
    let holds = bucket.holds().await?;
    let mut out = std::io::stdout();
    if as_json {
        let told: Vec<_> = holds
            .iter()
            .map(|Hold { case, person, at }| {
                json!({"case": case.as_str(), "person": person.as_str(), "at": at.to_string()})
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for Hold { case, person, at } in &holds {
        writeln!(out, "{case}  {person}  {at:.0}")?;
    }
    if holds.is_empty() {
        writeln!(out, "nothing is held")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Lets go of everybody who is held for a case.
pub(crate) async fn release(
    bucket: &Bucket,
    table: &Table,
    case: &CaseRef,
    (by, why): (&Who, &str),
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let mut holds = bucket.holds().await?;
    holds.retain(|hold| hold.case == *case);
    if holds.is_empty() {
        writeln!(
            std::io::stderr(),
            "nothing is held for {case}; `aftercall person holds` lists what is"
        )?;
        return Ok(ExitCode::FAILURE);
    }
    for hold in &holds {
        bucket.release(hold).await?;
        let deed = deed(Act::Released, hold, (by, why), now);
        table.note_deed(&deed).await.context("it is let go; write it down in the audit")?;
    }
    writeln!(std::io::stdout(), "let go: {} held for {case}", holds.len())?;
    Ok(ExitCode::SUCCESS)
}

/// Why somebody cannot be erased; `None` where nothing of theirs is held.
pub(crate) async fn forbids(bucket: &Bucket, person: &PersonId) -> anyhow::Result<Option<String>> {
    let holds = bucket.holds().await?;
    let cases = holds.into_iter().filter(|hold| hold.person == *person);
    let cases: BTreeSet<_> = cases.map(|hold| hold.case.to_string()).collect();
    let named = cases.into_iter().collect::<Vec<_>>().join(", ");
    Ok((!named.is_empty()).then(|| {
        format!(
            "they are not erased: what is kept about them is held for {named}, for legal claims (UK GDPR \
             Article 17(3)(e)).\nWhen a case has ended: aftercall person release --case <reference> --why …"
        )
    }))
}

fn deed(act: Act, hold: &Hold, (by, why): (&Who, &str), at: Timestamp) -> Deed {
    let subject = format!("person {}", hold.person.as_str());
    let detail = format!("case {}: {why}", hold.case);
    Deed { act, subject, detail, by: by.clone(), at }
}
