//! `aftercall person`: what somebody may ask of a force about themselves.

use std::collections::BTreeMap;
use std::io::{BufRead as _, Write};
use std::process::ExitCode;

use adapters::aws::SdkConfig;
use adapters::extracts::Bucket;
use adapters::table::Table;
use adapters::{holds, secrets};
use anyhow::{Context as _, bail};
use domain::approval::Who;
use domain::audit::{Act, Deed};
use domain::contact::{State, Step};
use domain::followup::FollowUpStep;
use domain::hours::LONDON;
use domain::person::PersonId;
use domain::phone::Mobile;
use domain::ports::{AuditTrail as _, FollowUps as _, Ledger as _};
use jiff::Timestamp;
use serde_json::Value;

use crate::args::{Place, Reason};
use crate::hold;

/// Somebody, as their number says.
pub(crate) struct Somebody {
    pub(crate) mobile: Mobile,
    pub(crate) person: PersonId,
}

/// What is asked, about whom and by whom.
pub(crate) struct Asked<'a> {
    pub(crate) config: &'a SdkConfig,
    pub(crate) table: &'a Table,
    pub(crate) place: &'a Place,
    /// The mobile number, or `-` for standard input.
    pub(crate) number: String,
    pub(crate) reason: Reason,
    pub(crate) by: Who,
    pub(crate) now: Timestamp,
}

impl Asked<'_> {
    /// Finds out who is meant. A number on the command line is in the shell's history, so it may also be
    /// given on standard input.
    pub(crate) async fn somebody(&self) -> anyhow::Result<Somebody> {
        let mut line = String::new();
        let number = if self.number == "-" {
            std::io::stdin().lock().read_line(&mut line).context("read the number")?;
            line.trim()
        } else {
            self.number.as_str()
        };
        let spaced: String =
            number.chars().filter(|c| !matches!(c, ' ' | '-' | '(' | ')')).collect();
        let Some(mobile) = Mobile::from_supplier(&spaced) else {
            bail!("that is not a British mobile number such as 07700 900123");
        };
        let name = format!("/aftercall/{}/pepper", self.place.stage_name());
        let pepper = secrets::pepper(self.config, &name).await?;
        Ok(Somebody { person: pepper.person(&mobile), mobile })
    }

    async fn note(&self, act: Act, person: &PersonId) -> anyhow::Result<()> {
        let subject = format!("person {}", person.as_str());
        let (detail, by) = (self.reason.why.clone(), self.by.clone());
        let deed = Deed { act, subject, detail, by, at: self.now };
        self.table.note_deed(&deed).await.context("write it down in the audit")?;
        Ok(())
    }
}

/// Prints everything that is kept about somebody, to be handed to them.
pub(crate) async fn export(asked: &Asked<'_>, as_json: bool) -> anyhow::Result<ExitCode> {
    let Asked { table, now, .. } = *asked;
    let Somebody { mobile, person } = asked.somebody().await?;
    let items = table.everything_of(&person, &mobile).await?;
    asked.note(Act::Exported, &person).await?;
    let mut out = std::io::stdout();
    if as_json {
        writeln!(out, "{}", holds::told(&mobile, &items, now)?)?;
    } else {
        document(&items, &mobile, now, &mut out)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What each kind of item is called, what it is, and which of its fields a person wants to read.
const KINDS: [(&str, &str, &str, &[&str]); 10] = [
    ("NUMBER", "Your number", "Kept only while a text or an answer to it is due.", &["mobile"]),
    (
        "PERSON",
        "Your wish not to be texted",
        "Kept for ever, as long as it holds.",
        &["opted_out", "opted_in"],
    ),
    (
        "CONTACT",
        "Texts to you",
        "One for each incident that you rang about and were to hear of.",
        &["incident", "campaign", "outcome", "state", "planned_at", "due_at", "history", "answer"],
    ),
    (
        "FOLLOWUP",
        "Further texts to you",
        "Questions, and what was said to your replies.",
        &["kind", "state", "due_at", "history"],
    ),
    (
        "CALL",
        "Your replies",
        "As they came, and what a program read them as.",
        &["received_at", "text", "class", "score", "sentiment"],
    ),
    ("SENDER", "Where your replies came from", "Kept for 30 days after each.", &["sender"]),
    (
        "TASK",
        "Work that your replies made",
        "Which desk had it, and what was done.",
        &["desk", "class", "received_at", "log", "taken_by", "closed_by", "note"],
    ),
    (
        "LOG",
        "Incident logs in which you are a caller",
        "What a log says of others is not yours to see: the disclosure officer takes it out.",
        &["number", "opened_at", "closed_at", "status", "results", "area"],
    ),
    (
        "CRIME",
        "Links to investigations",
        "A disclosure officer decides whether this may be told (Data Protection Act 2018).",
        &["reference"],
    ),
    (
        "AUDIT",
        "What was done about you",
        "Such as an earlier request.",
        &["act", "at", "by", "detail"],
    ),
];

fn kind(item: &Value) -> &'static str {
    let part = |name: &str| item[name].as_str().unwrap_or_default();
    let (pk, sk) = (part("pk"), part("sk"));
    let first = |key: &'_ str| key.split('#').next().unwrap_or_default().to_owned();
    // A person's items, and a reply and who sent it, are told apart by their place in the partition.
    let name = match first(pk) {
        partition if ["PERSON", "CALL"].contains(&partition.as_str()) => first(sk),
        partition => partition,
    };
    let known = KINDS.iter().find(|(known, ..)| *known == name);
    known.map_or("OTHER", |(known, ..)| known)
}

fn document(
    items: &[Value],
    mobile: &Mobile,
    now: Timestamp,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    let day = now.to_zoned(LONDON.clone()).strftime("%-d %B %Y");
    writeln!(out, "# What Aftercall keeps about you\n\nThe number {}, on {day}.", mobile.expose())?;
    writeln!(
        out,
        "\nTo be read by the force's disclosure officer before it is handed over.\nNot in it: files in \
         the bucket (extracts, rejected rows: at most 90 days), and what the force's\nown systems and \
         the text supplier keep."
    )?;
    if items.is_empty() {
        writeln!(out, "\nNothing is kept about this number.")?;
    }
    let mut by_kind: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for item in items {
        by_kind.entry(kind(item)).or_default().push(item);
    }
    for (name, title, what, fields) in KINDS {
        let Some(items) = by_kind.remove(name) else { continue };
        writeln!(out, "\n## {title} ({})\n\n{what}", items.len())?;
        for item in items {
            writeln!(out)?;
            for field in fields.iter().filter(|field| !item[**field].is_null()) {
                writeln!(out, "- {}: {}", field.replace('_', " "), plainly(&item[*field]))?;
            }
        }
    }
    for (name, items) in by_kind {
        writeln!(out, "\n## {name} ({})\n\nIn full with --json.", items.len())?;
    }
    Ok(())
}

fn plainly(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(plainly).collect::<Vec<_>>().join("; "),
        Value::Object(map) => {
            let pairs = map.iter().map(|(name, value)| format!("{name} {}", plainly(value)));
            pairs.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

/// Makes nobody's what is kept about somebody; without `--yes` it only says what that would be.
pub(crate) async fn erase(
    asked: &Asked<'_>,
    bucket: &Bucket,
    yes: bool,
) -> anyhow::Result<ExitCode> {
    let Asked { table, now, .. } = *asked;
    let Somebody { mobile, person } = asked.somebody().await?;
    if let Some(why) = hold::forbids(bucket, &person).await? {
        writeln!(std::io::stderr(), "{why}")?;
        return Ok(ExitCode::FAILURE);
    }
    let mut out = std::io::stdout();
    if !yes {
        let items = table.everything_of(&person, &mobile).await?;
        let mut kinds: BTreeMap<&str, u64> = BTreeMap::new();
        for item in &items {
            *kinds.entry(kind(item)).or_default() += 1;
        }
        for (kind, count) in kinds {
            writeln!(out, "{count:>6}  {kind}")?;
        }
        writeln!(
            out,
            "{} items name them; --yes erases them, which cannot be undone",
            items.len()
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let file = table.person(&person).await?;
    if file.contacts.iter().any(|contact| contact.state == State::Claimed) {
        writeln!(
            std::io::stderr(),
            "a text to them is leaving at this moment; try again in ten minutes"
        )?;
        return Ok(ExitCode::FAILURE);
    }
    // The wish first: a log that comes again must not have them texted again.
    table.opt_out(&person, now).await?;
    let why = || "the person was erased".to_owned();
    for contact in &file.contacts {
        table.advance(&contact.id, &Step::Cancel { why: why() }, now).await?;
    }
    for follow_up in &file.follow_ups {
        let cancel = FollowUpStep::Cancel { why: why() };
        table.advance_follow_up(&follow_up.id, &cancel, None, now).await?;
    }
    let nobody = nobody()?;
    let erased = table.erase(&person, &mobile, &nobody).await?;
    asked.note(Act::Erased, &person).await?;
    writeln!(
        out,
        "erased: {} items deleted, {} made nobody's, {} kept (the opt-out, and what protects them).\n\
         Files in the bucket go within 90 days; ask the text supplier to erase its own.",
        erased.deleted, erased.made_nobodys, erased.kept
    )?;
    Ok(ExitCode::SUCCESS)
}

/// A name by chance. One that was made of anything we keep, such as the key and the moment that is in
/// the audit, could be made again by whoever holds both, and would lead back to the person.
fn nobody() -> anyhow::Result<PersonId> {
    let mut chance = [0; 16];
    getrandom::fill(&mut chance).context("ask the machine for chance")?;
    PersonId::parse(&domain::person::hex(&chance)).context("a name of the right length")
}

/// Writes down that somebody wants no more texts, or wants them again.
pub(crate) async fn wish(asked: &Asked<'_>, wants_none: bool) -> anyhow::Result<ExitCode> {
    let Asked { table, now, .. } = *asked;
    let Somebody { person, .. } = asked.somebody().await?;
    let act = if wants_none {
        table.opt_out(&person, now).await?;
        Act::OptedOut
    } else {
        table.opt_in(&person, now).await?;
        Act::OptedIn
    };
    asked.note(act, &person).await?;
    let told = if wants_none {
        "they are not texted again, by any campaign; what is planned is cancelled when it is due"
    } else {
        "they may be texted again, about what comes from now on"
    };
    writeln!(std::io::stdout(), "{told}")?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_reply_and_who_sent_it_are_one_reply_of_theirs() {
        let items = [
            json!({"pk": "CALL#notify#m-1", "sk": "CALL", "text": "5 thanks"}),
            json!({"pk": "CALL#notify#m-1", "sk": "SENDER", "sender": "447700900123"}),
        ];
        let mobile = Mobile::from_e164("+447700900123").unwrap();
        let mut told = Vec::new();
        document(&items, &mobile, Timestamp::UNIX_EPOCH, &mut told).unwrap();
        let told = String::from_utf8(told).unwrap();
        for part in ["## Your replies (1)", "- text: 5 thanks", "- sender: 447700900123"] {
            assert!(told.contains(part), "{part:?} is not in:\n{told}");
        }
    }

    #[test]
    fn nobody_is_another_each_time() {
        assert_ne!(nobody().unwrap(), nobody().unwrap());
    }
}
