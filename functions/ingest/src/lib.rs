//! Reads what landed in the bucket: of an extract it keeps each log, decides each caller and plans
//! contacts; of a partner's file it hands on what came of texts ([`inbox`]).
//!
//! Trigger: an object created under `extracts/` or `inbox/`. Reads: the object, the catalogue, logs,
//! people. Writes: logs, contacts, numbers, crime links, partners' replies and the inbound queue, what
//! it decided to `decisions/` and that it did to the audit, what it could not read to `rejects/`, and last
//! a mark that it is done with the object, by which `reconcile` knows an event that was lost.
//! Delivered again when: the bucket or the table fails. A second run changes nothing already done.

pub mod inbox;
mod incident;

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Context as _;
use domain::audit::Act;
use domain::feed::{self, Reject, Unreadable};
use domain::force::{FeedFile, Kind, Profile, Reading, Report};
use domain::incident::{CrimeLink, LogNumber};
use domain::measure::{Counted, Measure};
use domain::messages::InboundMessage;
use domain::person::Pepper;
use domain::phone::DramaNumbers;
use domain::ports::{
    Alert, Alerts, Archive, AuditTrail, Catalogue, Doorstep, Extract, Extracts, Filing, Ledger,
    LogBook, Partners, Queue,
};
use domain::record::{self, Sheet};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

use incident::{Decider, Done};

/// What came of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Landed {
    /// An extract.
    Extract(Outcome),
    /// A partner's file.
    Inbox(inbox::Outcome),
}

impl Counted for Landed {
    fn counts(&self) -> Vec<(Measure, u64)> {
        match self {
            Self::Extract(Outcome::Read(counts)) => {
                vec![(Measure::Planned, counts.planned), (Measure::Rejected, counts.rejects)]
            }
            Self::Inbox(inbox::Outcome::Read(counts)) => vec![(Measure::Rejected, counts.rejects)],
            Self::Extract(Outcome::Unreadable(_)) | Self::Inbox(inbox::Outcome::Unreadable(_)) => {
                vec![(Measure::Rejected, 1)]
            }
        }
    }
}

/// What came of an extract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was read to its end.
    Read(Counts),
    /// It could not be read at all: one reject, one alert.
    Unreadable(Unreadable),
}

/// What an extract brought.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Rows that could be read.
    pub rows: u64,
    /// Rows that could not.
    pub rejects: u64,
    /// Logs that were new or changed.
    pub changed: u64,
    /// Contacts planned, control arm included.
    pub planned: u64,
    /// Contacts cancelled because their log changed.
    pub cancelled: u64,
}

/// What reading needs besides the extract.
#[derive(Debug, Clone)]
pub struct Keys {
    /// The key of the keyed hash.
    pub pepper: Pepper,
    /// Whether drama numbers may be texted.
    pub drama: DramaNumbers,
}

/// How many logs are decided at the same time.
const LOGS_AT_ONCE: usize = 16;

/// How many rows are read before their logs are decided: the memory this function needs.
const ROWS_IN_HAND: usize = 512;

/// How many rejects are laid aside with their rows; of the rest only the number is told.
const REJECTS_KEPT: usize = 2000;

/// Reads one object, by the folder it lies in.
///
/// # Errors
/// The bucket, the table or the queue failed: deliver again.
pub async fn landed(
    table: &(impl Catalogue + LogBook + Ledger + Partners + Doorstep + AuditTrail),
    queue: &impl Queue<InboundMessage>,
    bucket: &(impl Extracts + Archive),
    alerts: &impl Alerts,
    keys: &Keys,
    key: &str,
    now: Timestamp,
) -> anyhow::Result<Landed> {
    if key.starts_with(inbox::FOLDER) {
        // Boxed, because a future is as large as its largest part, and each of the two is large.
        let heard = inbox::handle(table, queue, bucket, alerts, &keys.pepper, key, now);
        return Box::pin(heard).await.map(Landed::Inbox);
    }
    Box::pin(handle(table, bucket, alerts, keys, key, now)).await.map(Landed::Extract)
}

/// Reads one extract.
///
/// # Errors
/// The bucket or the table failed: deliver again.
pub async fn handle(
    table: &(impl Catalogue + LogBook + Ledger + AuditTrail),
    bucket: &(impl Extracts + Archive),
    alerts: &impl Alerts,
    keys: &Keys,
    key: &str,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let extract = bucket.open(key).await?;
    let tag = extract.tag.clone();
    let outcome = read(table, bucket, alerts, keys, Opened { key, extract }, now).await?;
    // Last, and whatever came of it: there is no more to be had from it.
    bucket.done(key, &tag).await?;
    Ok(outcome)
}

/// An object, and what is in it.
struct Opened<'a> {
    key: &'a str,
    extract: Extract,
}

async fn read(
    table: &(impl Catalogue + LogBook + Ledger + AuditTrail),
    bucket: &(impl Extracts + Archive),
    alerts: &impl Alerts,
    keys: &Keys,
    Opened { key, mut extract }: Opened<'_>,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let Some(profile) = table.profile().await? else {
        return unreadable(bucket, alerts, key, Unreadable::NoProfile).await;
    };
    let folder = key.split('/').nth(1).unwrap_or_default();
    let Some(feed) = profile.body.feed(folder) else {
        let unknown = Unreadable::UnknownFeed(folder.to_owned());
        return unreadable(bucket, alerts, key, unknown).await;
    };
    if feed.trailer.is_some() {
        // A file that was cut short is told before anybody is planned by what there is of it.
        if let Err(reason) = feed::whole(extract.body, feed).context("read the extract")? {
            return unreadable(bucket, alerts, key, reason).await;
        }
        extract = bucket.open(key).await?;
    }
    let Extract { body, taken_at, .. } = extract;
    let mut rows = match feed::open(body, feed).context("read the extract")? {
        Ok(rows) => rows,
        Err(reason) => return unreadable(bucket, alerts, key, reason).await,
    };
    let header = rows.header();
    let reading = Reading { header: &header, taken_at, drama: keys.drama };
    let reader = Reader {
        profile: &profile.body,
        feed,
        reading: &reading,
        decider: Decider {
            campaigns: &table.campaigns().await?,
            profile_version: profile.version,
            pepper: &keys.pepper,
            now,
        },
    };
    let mut counts = Counts::default();
    let mut rejects = Rejects::default();
    let mut batch = Batch::default();
    let sheet = Sheet::begin(bucket.draft()?, &record::DECIDED);
    let mut sheet = sheet.context("begin the decisions")?;
    while let Some(row) = rows.read().context("read the extract")? {
        match row.and_then(|row| reader.read(&mut batch, &row)) {
            Ok(()) => counts.rows += 1,
            Err(reject) => rejects.add(reject),
        }
        if batch.rows >= ROWS_IN_HAND {
            let decided = reader.settle(table, std::mem::take(&mut batch), &mut counts).await?;
            write_down(&mut sheet, decided)?;
        }
    }
    write_down(&mut sheet, reader.settle(table, batch, &mut counts).await?)?;
    file(table, bucket, key, sheet, now).await?;
    counts.rejects = rejects.count;
    rejects.lay(bucket, alerts, key, counts.rows).await?;
    Ok(Outcome::Read(counts))
}

/// In an order of their own: they were made at the same time, and the same again is the same file.
fn write_down(sheet: &mut Sheet<impl Write>, mut decided: Vec<[String; 9]>) -> anyhow::Result<()> {
    decided.sort_unstable();
    decided.dedup();
    for line in decided {
        sheet.add(&line).context("write the decisions")?;
    }
    Ok(())
}

/// Lays the decisions down and names them in the audit, where there are any.
async fn file<A: Archive>(
    table: &impl AuditTrail,
    bucket: &A,
    extract: &str,
    sheet: Sheet<A::Draft>,
    now: Timestamp,
) -> anyhow::Result<()> {
    let sealed = sheet.seal().context("end the decisions")?;
    if sealed.lines > 0 {
        let key = record::decisions_key(extract, &sealed.sha256);
        let what = format!("{} decisions", sealed.lines);
        let filing = Filing { act: Act::Decided, key, what, at: now };
        bucket.file(table, filing, sealed).await?;
    }
    Ok(())
}

async fn unreadable(
    bucket: &impl Extracts,
    alerts: &impl Alerts,
    key: &str,
    reason: Unreadable,
) -> anyhow::Result<Outcome> {
    refuse(bucket, alerts, key, &reason).await?;
    Ok(Outcome::Unreadable(reason))
}

/// Lays a file that could not be read at all aside, and wakes somebody.
async fn refuse(
    bucket: &impl Extracts,
    alerts: &impl Alerts,
    key: &str,
    reason: &Unreadable,
) -> anyhow::Result<()> {
    let why = reason.to_string();
    bucket.reject(key, &[whole_file(&why)]).await?;
    alerts.raise(&Alert::Unreadable { key: key.to_owned(), why }).await
}

/// The rows of a file that could not be read.
#[derive(Default)]
struct Rejects {
    kept: Vec<Reject>,
    count: u64,
}

impl Rejects {
    fn add(&mut self, reject: Reject) {
        self.count += 1;
        if self.kept.len() < REJECTS_KEPT {
            self.kept.push(reject);
        }
    }

    /// Lays them aside, if there are any, and wakes somebody.
    async fn lay(
        mut self,
        bucket: &impl Extracts,
        alerts: &impl Alerts,
        key: &str,
        rows_read: u64,
    ) -> anyhow::Result<()> {
        if self.count == 0 {
            return Ok(());
        }
        let more = self.count - self.kept.len() as u64;
        if more > 0 {
            self.kept.push(whole_file(&format!("{more} more rows could not be read")));
        }
        bucket.reject(key, &self.kept).await?;
        let key = key.to_owned();
        let alert = if rows_read == 0 {
            let why = "not one of its rows could be read".to_owned();
            Alert::Unreadable { key, why }
        } else {
            Alert::Rejects { key, rows: self.count }
        };
        alerts.raise(&alert).await
    }
}

/// A reject of the file as a whole: line 0.
fn whole_file(reason: &str) -> Reject {
    Reject { line: 0, column: String::new(), reason: reason.to_owned(), row: String::new() }
}

/// Rows in hand: each log with all its callers, so that a log is decided once.
#[derive(Default)]
struct Batch {
    rows: usize,
    logs: BTreeMap<LogNumber, Vec<Report>>,
    links: Vec<CrimeLink>,
}

struct Reader<'a> {
    profile: &'a Profile,
    feed: &'a FeedFile,
    reading: &'a Reading<'a>,
    decider: Decider<'a>,
}

impl Reader<'_> {
    fn read(&self, batch: &mut Batch, row: &feed::Row) -> Result<(), Reject> {
        batch.rows += 1;
        match self.feed.kind {
            Kind::Incidents => {
                let report = self.profile.incident(self.feed, self.reading, row)?;
                batch.logs.entry(report.log.number.clone()).or_default().push(report);
            }
            Kind::Crimes => {
                let pepper = self.decider.pepper;
                batch.links.push(self.profile.crime(self.feed, self.reading, pepper, row)?);
            }
        }
        Ok(())
    }

    /// Decides what is in hand, and gives what it decided.
    async fn settle(
        &self,
        table: &(impl Catalogue + LogBook + Ledger),
        batch: Batch,
        counts: &mut Counts,
    ) -> anyhow::Result<Vec<[String; 9]>> {
        // What names one main log goes one after the other: they write each other's decisions.
        let mut incidents: BTreeMap<LogNumber, Vec<Vec<Report>>> = BTreeMap::new();
        for (number, reports) in batch.logs {
            let main = reports.iter().find_map(|report| report.log.main().other()).cloned();
            incidents.entry(main.unwrap_or(number)).or_default().push(reports);
        }
        let sum = async |one: Done, other: Done| Ok(one + other);
        let logs = stream::iter(incidents.into_values())
            .map(|logs| self.decider.take(table, logs))
            .buffer_unordered(LOGS_AT_ONCE);
        let logs = logs.try_fold(Done::default(), sum).await?;
        let links = stream::iter(batch.links)
            .map(|link| self.decider.link(table, link))
            .buffer_unordered(LOGS_AT_ONCE);
        let all = logs + links.try_fold(Done::default(), sum).await?;
        counts.changed += all.changed;
        counts.planned += all.planned;
        counts.cancelled += all.cancelled;
        Ok(all.decisions)
    }
}

#[cfg(test)]
mod tests {
    use testkit::{World, samples};

    use super::*;

    const HEADER: &str = "\
Log Number,Extracted At,Date Time Received,Date Time Closed,Status,Initial Classification,\
Final Classification,Result Codes,Qualifiers,Source,Attended,First Arrived,Duplicate Of,\
Crime Reference,Beat Code,Caller Contact Phone No_,Caller Type,Text Consent,Contact Marker,\
Message,Caller Contact Add Info,Caller Contact Name\n";

    const ROW: &str = "\
HC-1,10/03/2026 06:00,09/03/2026 17:20,09/03/2026 19:02,CLOSED,Transport - Highways Disruption,\
Transport - Highways Disruption,R02,,999,Y,09/03/2026 17:41,,,HA01,07700900123,WITNESS,Y,,,,\n";

    const LINKS: &str = "Investigation Ref,STORM Log Number,Contact Phone\n";

    const STORM: &str = "extracts/storm/night.csv";
    const ATHENA: &str = "extracts/athena/night.csv";

    fn now() -> Timestamp {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    async fn read(world: &World, key: &str) -> anyhow::Result<Outcome> {
        let keys = Keys { pepper: samples::pepper(), drama: DramaNumbers::Allowed };
        handle(world, world, world, &keys, key, now()).await
    }

    fn lay(world: &World, key: &str, body: &str) {
        let extract = (body.as_bytes().to_vec(), now());
        world.with(|state| state.extracts.insert(key.to_owned(), extract));
    }

    async fn landed(world: &World, key: &str, body: &str) -> Outcome {
        lay(world, key, body);
        read(world, key).await.unwrap()
    }

    async fn rows(world: &World, rows: &str) -> Counts {
        match landed(world, STORM, &format!("{HEADER}{rows}")).await {
            Outcome::Read(counts) => counts,
            Outcome::Unreadable(why) => panic!("{why}"),
        }
    }

    #[tokio::test]
    async fn what_is_new_is_planned_and_what_is_known_is_not() {
        let world = World::new();
        let first = rows(&world, ROW).await;
        assert_eq!(first, Counts { rows: 1, changed: 1, planned: 1, ..Counts::default() });
        let again = rows(&world, ROW).await;
        assert_eq!(again, Counts { rows: 1, ..Counts::default() });
        assert_eq!(world.states(), ["planned"]);
    }

    #[tokio::test]
    async fn a_later_version_cancels_and_a_still_later_one_plans_again() {
        let world = World::new();
        rows(&world, ROW).await;
        let reopened = ROW.replace("06:00,", "07:00,").replace("CLOSED", "REACTIVATED");
        let counts = rows(&world, &reopened).await;
        assert_eq!((counts.changed, counts.cancelled), (1, 1));
        assert_eq!(world.states(), ["cancelled"]);
        let counts = rows(&world, &ROW.replace("06:00,", "08:00,")).await;
        assert_eq!((counts.changed, counts.planned), (1, 1));
        assert_eq!(world.states(), ["planned"]);
        assert_eq!(rows(&world, &reopened).await.changed, 0, "an older version is nothing");
    }

    #[tokio::test]
    async fn what_was_decided_is_one_file_and_one_entry_and_names_nobody() {
        let world = World::new();
        let two = format!("{ROW}{}", ROW.replace("HC-1", "HC-2").replace(",R02,", ",R99,"));
        for _ in 0..2 {
            rows(&world, &two).await;
            let entries = world.with(|state| state.audit.clone());
            let [entry] = &entries[..] else { panic!("{entries:?}") };
            let deed = &entry.deed;
            let (body, sha256) = world.with(|state| state.archive[&deed.subject].clone());
            assert_eq!(deed.detail, format!("2 decisions, sha256 {sha256}"));
            assert_eq!((deed.act, &*deed.by.name), (Act::Decided, "aftercall"));
            let begins = format!("decisions/storm/night.csv/{}.csv", &sha256[..16]);
            assert_eq!(deed.subject, begins);
            let body = String::from_utf8(body).unwrap();
            let lines: Vec<_> = body.lines().collect();
            let tail = world.with(|state| state.contacts.keys().next().unwrap().tail().to_owned());
            let first = format!(
                r#""HC-1","1","text","","highways","1","cleared","{tail}","2026-03-10T10:00:00Z""#
            );
            assert_eq!(lines[1], first);
            assert!(lines[2].starts_with(r#""HC-2","1","hold","elig."#), "{body}");
            let person = world.with(|state| state.contacts.keys().next().unwrap().clone());
            assert!(!body.contains(&person.person().to_string()) && !body.contains("7700"));
        }
    }

    #[tokio::test]
    async fn another_reading_that_decides_otherwise_is_another_file() {
        let world = World::new();
        rows(&world, ROW).await;
        landed(&world, ATHENA, &format!("{LINKS}41/1/26,HC-1,\n")).await;
        let reopened = ROW.replace("06:00,", "07:00,").replace("CLOSED", "REACTIVATED");
        rows(&world, &reopened).await;
        rows(&world, &ROW.replace("HC-1", "")).await;
        let keys: Vec<_> = world.with(|state| state.archive.keys().cloned().collect());
        assert_eq!(keys.iter().filter(|key| key.starts_with("decisions/storm/")).count(), 2);
        assert_eq!(keys.len(), 3, "what told of no log decided nothing: {keys:?}");
        assert_eq!(world.with(|state| state.audit.len()), 3);
    }

    #[tokio::test]
    async fn who_is_held_out_is_kept_for_comparison() {
        let world = World::new();
        world.with(|state| state.campaigns[0].body.hold_out_percent = 100);
        assert_eq!(rows(&world, ROW).await.planned, 1);
        assert_eq!(world.states(), ["control"]);
    }

    #[tokio::test]
    async fn a_crime_link_cancels_by_log_and_by_person() {
        for link in ["41/1/26,HC-1,\n", "41/1/26,,07700 900123\n"] {
            let world = World::new();
            rows(&world, ROW).await;
            let outcome = landed(&world, ATHENA, &format!("{LINKS}{link}")).await;
            let counts = Counts { rows: 1, changed: 1, cancelled: 1, ..Counts::default() };
            assert_eq!(outcome, Outcome::Read(counts), "{link}");
            assert_eq!(world.states(), ["cancelled"]);
        }
    }

    #[tokio::test]
    async fn a_bad_row_is_laid_aside_alone() {
        let world = World::new();
        let counts = rows(&world, &format!("{}{ROW}", ROW.replace("HC-1", ""))).await;
        assert_eq!((counts.rows, counts.rejects, counts.planned), (1, 1, 1));
        let rejects = world.with(|state| state.rejects[STORM].clone());
        assert_eq!((rejects[0].line, rejects[0].column.as_str()), (2, "Log Number"));
        let some = Alert::Rejects { key: STORM.to_owned(), rows: 1 };
        assert_eq!(world.with(|state| std::mem::take(&mut state.alerts)), [some]);
        rows(&world, &ROW.replace("HC-1", "")).await;
        let alerts = world.with(|state| std::mem::take(&mut state.alerts));
        assert!(matches!(alerts[..], [Alert::Unreadable { .. }]), "not one row could be read");
    }

    #[tokio::test]
    async fn more_rejects_than_anybody_reads_are_counted() {
        let world = World::new();
        let bad = ROW.replace("HC-1", "");
        let counts = rows(&world, &bad.repeat(REJECTS_KEPT + 7)).await;
        assert_eq!(counts.rejects, REJECTS_KEPT as u64 + 7);
        let rejects = world.with(|state| state.rejects[STORM].clone());
        assert_eq!(rejects.len(), REJECTS_KEPT + 1);
        let last = rejects.last().unwrap();
        assert_eq!((last.line, last.reason.as_str()), (0, "7 more rows could not be read"));
    }

    #[tokio::test]
    async fn what_cannot_be_read_at_all_is_one_reject_and_one_alert() {
        let whole = format!("{HEADER}{ROW}");
        let cases = [
            (STORM, ""),
            (STORM, "PK\u{3}\u{4}"),
            (STORM, "Log Number\nHC-1\n"),
            (STORM, "Log Number,Log Number\n"),
            ("extracts/elsewhere/night.csv", whole.as_str()),
            ("night.csv", whole.as_str()),
        ];
        for (key, body) in cases {
            let world = World::new();
            let outcome = landed(&world, key, body).await;
            let Outcome::Unreadable(reason) = outcome else { panic!("{key} {body}") };
            let why = reason.to_string();
            assert_eq!(world.with(|state| state.rejects[key].clone()), [whole_file(&why)]);
            let alert = Alert::Unreadable { key: key.to_owned(), why };
            assert_eq!(world.with(|state| state.alerts.clone()), [alert]);
        }
        let world = World::new();
        world.with(|state| state.profile = None);
        let outcome = landed(&world, STORM, &whole).await;
        assert_eq!(outcome, Outcome::Unreadable(Unreadable::NoProfile));
    }

    #[tokio::test]
    async fn each_failure_comes_again_and_then_everything_is_done_once() {
        let two = format!("{HEADER}{ROW}{}", ROW.replace("HC-1", ""));
        let ports = ["profile", "open", "campaigns", "log", "person", "plan", "keep_log", "reject"];
        let filed = ["draft", "holds", "note_deed", "lay", "done"];
        for port in ports.into_iter().chain(filed) {
            let world = World::new();
            world.fail(port, 1);
            lay(&world, STORM, &two);
            read(&world, STORM).await.unwrap_err();
            read(&world, STORM).await.unwrap();
            assert_eq!(world.states(), ["planned"], "{port}");
            assert_eq!(world.with(|state| state.rejects[STORM].len()), 1, "{port}");
            // Whatever fails, the file is there and the audit names it; twice, where the file came late.
            let (files, entries) = world.with(|state| (state.archive.len(), state.audit.len()));
            assert_eq!((files, entries), (1, if port == "lay" { 2 } else { 1 }), "{port}");
        }
        for port in ["keep_link", "log", "contact", "replace"] {
            let world = World::new();
            rows(&world, ROW).await;
            lay(&world, ATHENA, &format!("{LINKS}41/1/26,HC-1,\n"));
            world.fail(port, 1);
            read(&world, ATHENA).await.unwrap_err();
            read(&world, ATHENA).await.unwrap();
            assert_eq!(world.states(), ["cancelled"], "{port}");
        }
        let world = World::new();
        lay(&world, STORM, "");
        world.fail("raise", 1);
        read(&world, STORM).await.unwrap_err();
        read(&world, STORM).await.unwrap();
        assert_eq!(world.with(|state| state.alerts.len()), 1);
    }
}
