//! `aftercall audit`: what was done, and whether the record of it is whole.

use std::collections::BTreeMap;
use std::io::Write;
use std::process::ExitCode;

use adapters::extracts::Bucket;
use adapters::table::Table;
use anstyle::{AnsiColor, Style};
use domain::audit::{self, Act, Deed, Entry};
use domain::figures::Period;
use domain::hours::LONDON;
use domain::ports::Ledger as _;
use domain::record::{self, Rewritten};
use domain::retention;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

const DIM: Style = Style::new().dimmed();

/// Lists every entry.
pub(crate) async fn list(table: &Table, as_json: bool) -> anyhow::Result<ExitCode> {
    let entries = table.audit().await?;
    let mut out = anstream::stdout();
    if as_json {
        let told: Vec<_> = entries
            .iter()
            .map(|entry| {
                let deed = &entry.deed;
                json!({
                    "number": entry.number,
                    "act": deed.act.name(),
                    "subject": deed.subject,
                    "detail": deed.detail,
                    "by": deed.by.name,
                    "principal": deed.by.principal,
                    "at": deed.at.to_string(),
                    "before": entry.before,
                    "hash": entry.hash,
                })
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for entry in &entries {
        let deed = &entry.deed;
        let at = deed.at.to_zoned(LONDON.clone()).strftime("%Y-%m-%d %H:%M");
        let act = deed.act.name();
        writeln!(
            out,
            "{:>6}  {at}  {act:<11}  {}  by {}  {DIM}{}{DIM:#}",
            entry.number, deed.subject, deed.by.name, deed.detail
        )?;
    }
    if entries.is_empty() {
        writeln!(out, "nothing has been written down yet")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Something that is not as it was written down.
struct Problem {
    /// The entry that names it, where one does.
    entry: Option<u64>,
    /// The file, where it is about one.
    file: Option<String>,
    what: String,
}

/// How many files there were to look at, and how many of them had reached their end.
#[derive(Default)]
struct Files {
    whole: u64,
    ended: u64,
}

/// Goes through the chain, then through every file that it names.
pub(crate) async fn verify(
    table: &Table,
    bucket: &Bucket,
    now: Timestamp,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let (entries, head) = (table.audit().await?, table.audit_head().await?);
    let broken = audit::verify(&entries, &head);
    let chain = broken.iter().map(|broken| {
        let what = broken.to_string();
        Problem { entry: None, file: None, what }
    });
    let mut problems: Vec<_> = chain.collect();
    let mut files = Files::default();
    for entry in named(&entries) {
        let found = file(table, bucket, entry, now, &mut files).await?;
        problems.extend(found.into_iter().map(|what| Problem {
            entry: Some(entry.number),
            file: Some(entry.deed.subject.clone()),
            what,
        }));
    }
    let mut out = anstream::stdout();
    if as_json {
        let told: Vec<_> = problems
            .iter()
            .map(|Problem { entry, file, what }| {
                json!({ "entry": entry, "file": file, "problem": what })
            })
            .collect();
        let told = json!({
            "whole": problems.is_empty(),
            "entries": head.number,
            "last": head.hash,
            "files_whole": files.whole,
            "files_ended": files.ended,
            "problems": told,
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
    } else if problems.is_empty() {
        let green = AnsiColor::Green.on_default().bold();
        writeln!(out, "{green}{} entries, whole{green:#}; the last is {}", head.number, head.hash)?;
        writeln!(
            out,
            "files as they were written: {}; kept to their end: {}",
            files.whole, files.ended
        )?;
    } else {
        let red = AnsiColor::Red.on_default().bold();
        for Problem { entry, file, what } in &problems {
            let entry = entry.map(|entry| format!("entry {entry}, ")).unwrap_or_default();
            let file = file.as_ref().map(|file| format!("{file}: ")).unwrap_or_default();
            writeln!(out, "{red}{entry}{file}{what}{red:#}")?;
        }
    }
    Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The last entry of each file: a run that came again has written it anew, and said so.
fn named(entries: &[Entry]) -> impl Iterator<Item = &Entry> {
    let names_a_file = |entry: &&Entry| matches!(entry.deed.act, Act::Decided | Act::Recorded);
    let mut last: BTreeMap<&str, &Entry> = BTreeMap::new();
    for entry in entries.iter().filter(names_a_file) {
        last.insert(&entry.deed.subject, entry);
    }
    last.into_values()
}

/// What is wrong with a file that an entry names.
async fn file(
    table: &Table,
    bucket: &Bucket,
    entry: &Entry,
    now: Timestamp,
    files: &mut Files,
) -> anyhow::Result<Vec<String>> {
    let Deed { subject: key, detail, at, .. } = &entry.deed;
    let Some(laid) = bucket.laid(key).await? else {
        // By the calendar of the bucket, which deletes at the end of a day.
        if is_over(*at, retention::RECORD, now) {
            files.ended += 1;
            return Ok(vec![]);
        }
        return Ok(vec!["the file is missing".to_owned()]);
    };
    if Some(&*laid.sha256) != record::sha256_of(detail) {
        return Ok(vec!["the file was changed after it was written".to_owned()]);
    }
    files.whole += 1;
    let Some(day) = record::last_of(key) else { return Ok(vec![]) };
    let Some(recorded) = record::read(&laid.rows()?) else {
        return Ok(vec!["the file is no record of a day".to_owned()]);
    };
    let contacts = table.planned_within(Period { from: day, to: day }).await?;
    let mut rewritten = record::compare(recorded, &contacts);
    let planned = day.to_zoned(LONDON.clone())?.timestamp();
    if is_over(planned, retention::CONTACT, now) {
        rewritten.retain(|rewritten| !matches!(rewritten, Rewritten::Gone { .. }));
    }
    Ok(rewritten.iter().map(ToString::to_string).collect())
}

/// Whether something that is kept for so long may be gone.
fn is_over(since: Timestamp, term: SignedDuration, now: Timestamp) -> bool {
    now.duration_since(since) >= term
}

#[cfg(test)]
mod tests {
    use domain::approval::Who;
    use domain::audit::Head;

    use super::*;

    #[test]
    fn of_a_file_that_was_written_anew_the_last_entry_counts() {
        let mut head = Head::default();
        let deeds = [(Act::Recorded, "a", "1"), (Act::Taken, "a", "2"), (Act::Recorded, "a", "3")];
        let entries: Vec<_> = deeds
            .into_iter()
            .map(|(act, subject, detail)| {
                let (subject, detail) = (subject.to_owned(), detail.to_owned());
                let at = Timestamp::UNIX_EPOCH;
                let entry = head.next(Deed { act, subject, detail, by: Who::ourselves(), at });
                head = entry.head();
                entry
            })
            .collect();
        let named: Vec<_> = named(&entries).map(|entry| entry.number).collect();
        assert_eq!(named, [3]);
    }

    #[test]
    fn what_is_kept_for_days_is_over_when_they_are() {
        let since: Timestamp = "2026-03-10T10:00:00Z".parse().unwrap();
        let check = |hours: i64, over| {
            let now = since + SignedDuration::from_hours(hours);
            assert_eq!(is_over(since, retention::RECORD, now), over, "{hours}");
        };
        check(0, false);
        check(1_100 * 24 - 1, false);
        check(1_100 * 24, true);
    }
}
