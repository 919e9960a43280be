//! Reads an extract that landed: keeps each log, decides each caller, plans contacts.
//!
//! Trigger: an object created under `extracts/`. Reads: the extract, the catalogue, logs, people.
//! Writes: logs, contacts, numbers, crime links, and what it could not read to `rejects/`.
//! Delivered again when: the bucket or the table fails. A second run changes nothing already done.

use std::collections::BTreeMap;

use anyhow::Context as _;
use domain::campaign::{Campaign, Published};
use domain::contact::{Contact, ContactId, Plan, State, Step};
use domain::eligibility::{self, Decision, Facts, RULESET, Verdict};
use domain::feed::{self, Reject, Unreadable};
use domain::force::{FeedFile, Kind, Profile, Reading, Report};
use domain::incident::{Caller, CrimeLink, KnownCaller, Log, LogNumber, Outcome as Told};
use domain::logbook::{CallerRecord, LogFile, LogRecord, Merged, merge, strictest};
use domain::person::{Pepper, PersonId};
use domain::phone::{DramaNumbers, Mobile};
use domain::ports::{
    Advance, Alert, Alerts, Catalogue, Extract, Extracts, Ledger, LogBook, PersonFile,
};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::Timestamp;

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

/// How often a log that somebody else wrote first is decided anew.
const TRIES: u32 = 8;

/// Reads one extract.
///
/// # Errors
/// The bucket or the table failed: deliver again.
pub async fn handle(
    table: &(impl Catalogue + LogBook + Ledger),
    bucket: &impl Extracts,
    alerts: &impl Alerts,
    keys: &Keys,
    key: &str,
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
    let Extract { body, taken_at } = bucket.open(key).await?;
    let mut rows = match feed::open(body, feed).context("read the extract")? {
        Ok(rows) => rows,
        Err(reason) => return unreadable(bucket, alerts, key, reason).await,
    };
    let header = rows.header();
    let reading = Reading { header: &header, taken_at, drama: keys.drama };
    let reader = Reader {
        campaigns: &table.campaigns().await?,
        profile: &profile,
        feed,
        reading: &reading,
        keys,
        now,
    };
    let mut counts = Counts::default();
    let mut rejects = Vec::new();
    let mut batch = Batch::default();
    while let Some(row) = rows.read().context("read the extract")? {
        match row.and_then(|row| reader.read(&mut batch, &row)) {
            Ok(()) => counts.rows += 1,
            Err(reject) => {
                counts.rejects += 1;
                if rejects.len() < REJECTS_KEPT {
                    rejects.push(reject);
                }
            }
        }
        if batch.rows >= ROWS_IN_HAND {
            reader.settle(table, std::mem::take(&mut batch), &mut counts).await?;
        }
    }
    reader.settle(table, batch, &mut counts).await?;
    if counts.rejects > rejects.len() as u64 {
        let more = counts.rejects - rejects.len() as u64;
        rejects.push(whole_file(&format!("{more} more rows could not be read")));
    }
    if !rejects.is_empty() {
        bucket.reject(key, &rejects).await?;
    }
    let key = key.to_owned();
    if counts.rows == 0 && counts.rejects > 0 {
        let why = "not one of its rows could be read".to_owned();
        alerts.raise(&Alert::Unreadable { key, why }).await?;
    } else if counts.rejects > 0 {
        alerts.raise(&Alert::Rejects { key, rows: counts.rejects }).await?;
    }
    Ok(Outcome::Read(counts))
}

async fn unreadable(
    bucket: &impl Extracts,
    alerts: &impl Alerts,
    key: &str,
    reason: Unreadable,
) -> anyhow::Result<Outcome> {
    let why = reason.to_string();
    bucket.reject(key, &[whole_file(&why)]).await?;
    alerts.raise(&Alert::Unreadable { key: key.to_owned(), why }).await?;
    Ok(Outcome::Unreadable(reason))
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
    campaigns: &'a [Published<Campaign>],
    profile: &'a Published<Profile>,
    feed: &'a FeedFile,
    reading: &'a Reading<'a>,
    keys: &'a Keys,
    now: Timestamp,
}

/// What deciding one log did.
#[derive(Default)]
struct Done {
    changed: u64,
    planned: u64,
    cancelled: u64,
}

impl Reader<'_> {
    fn read(&self, batch: &mut Batch, row: &feed::Row) -> Result<(), Reject> {
        let profile = &self.profile.body;
        batch.rows += 1;
        match self.feed.kind {
            Kind::Incidents => {
                let report = profile.incident(self.feed, self.reading, row)?;
                batch.logs.entry(report.log.number.clone()).or_default().push(report);
            }
            Kind::Crimes => {
                let link = profile.crime(self.feed, self.reading, &self.keys.pepper, row)?;
                batch.links.push(link);
            }
        }
        Ok(())
    }

    async fn settle(
        &self,
        table: &(impl Catalogue + LogBook + Ledger),
        batch: Batch,
        counts: &mut Counts,
    ) -> anyhow::Result<()> {
        let logs = stream::iter(batch.logs.into_values())
            .map(|reports| self.take(table, reports))
            .buffer_unordered(LOGS_AT_ONCE);
        let links = stream::iter(batch.links)
            .map(|link| self.link(table, link))
            .buffer_unordered(LOGS_AT_ONCE);
        let all = logs.try_fold(Done::default(), sum).await?;
        let all = sum(all, links.try_fold(Done::default(), sum).await?).await?;
        counts.changed += all.changed;
        counts.planned += all.planned;
        counts.cancelled += all.cancelled;
        Ok(())
    }

    /// Takes the versions of one log in the order they were extracted.
    async fn take(
        &self,
        table: &(impl LogBook + Ledger),
        mut reports: Vec<Report>,
    ) -> anyhow::Result<Done> {
        reports.sort_by_key(|report| report.log.extracted_at);
        let mut done = Done::default();
        for version in reports.chunk_by(|a, b| a.log.extracted_at == b.log.extracted_at) {
            let callers: Vec<_> = version.iter().map(|report| &report.caller).collect();
            let Some(report) = version.first() else { continue };
            // Each row of a log repeats it; what any of them says against texting counts.
            let log =
                version.iter().fold(report.log.clone(), |log, other| strictest(&log, &other.log));
            done = sum(done, self.version(table, &log, &callers).await?).await?;
        }
        Ok(done)
    }

    async fn version(
        &self,
        table: &(impl LogBook + Ledger),
        log: &Log,
        callers: &[&Caller],
    ) -> anyhow::Result<Done> {
        let known: Vec<KnownCaller> = callers.iter().map(|caller| self.known(caller)).collect();
        for _ in 0..TRIES {
            let file = table.log(&log.number).await?;
            let (log, all) = match merge(file.record.as_ref(), log, &known) {
                Merged::Older | Merged::Same => return Ok(Done::default()),
                Merged::Next(log, all) => (*log, all),
            };
            let mut done = Done { changed: 1, ..Done::default() };
            let mut records = Vec::with_capacity(all.len());
            for caller in &all {
                let mobile = self.mobile_of(callers, caller);
                // Two rows may tell of one person differently: the stricter decides for both.
                let rows: Vec<_> = std::iter::once(caller)
                    .chain(all.iter().filter(|row| same_person(row, caller)))
                    .collect();
                let record = self.decide(table, &log, &file, &rows, mobile, &mut done);
                records.extend(record.await?);
            }
            done.cancelled += self.cancel_gone(table, &file, &records).await?;
            let record = LogRecord {
                log,
                callers: records,
                profile_version: self.profile.version,
                ruleset: RULESET,
                decided_at: self.now,
                revision: file.record.map_or(0, |record| record.revision),
            };
            // The log last: until it is kept, a second run does everything again.
            if table.keep_log(&record).await? {
                return Ok(done);
            }
        }
        anyhow::bail!("log {} changed {TRIES} times while we wrote", log.number)
    }

    /// Decides the caller of the first row by all rows that tell of the same person, and plans.
    async fn decide(
        &self,
        table: &impl Ledger,
        log: &Log,
        file: &LogFile,
        rows: &[&KnownCaller],
        mobile: Option<&Mobile>,
        done: &mut Done,
    ) -> anyhow::Result<Option<CallerRecord>> {
        let Some(caller) = rows.first().map(|row| (*row).clone()) else { return Ok(None) };
        let campaign = eligibility::choose(self.campaigns.iter().map(|c| &c.body), log, self.now);
        let published = self.campaigns.iter().find(|c| Some(&c.body) == campaign);
        let facts = |links: &[CrimeLink], person: &PersonFile, contacts: &[Contact]| {
            let decide = |row: &KnownCaller| {
                eligibility::decide(&Facts {
                    log,
                    caller: row,
                    links,
                    opted_out: person.opted_out,
                    contacts,
                    campaign,
                    now: self.now,
                })
            };
            rows.iter().fold(decide(&caller), |decision, row| decision.stricter(&decide(row)))
        };
        // The log alone often decides; then nobody's file is opened.
        let decision = facts(&file.links, &PersonFile::default(), &[]);
        let (Verdict::Text, Some(published), Some(outcome), Some(person), Some(closed_at)) = (
            decision.verdict,
            published,
            decision.outcome.clone(),
            caller.person.clone(),
            log.closed_at,
        ) else {
            return Ok(Some(CallerRecord { caller, decision, contact: None }));
        };
        let campaign = &published.body;
        let id = ContactId::derive(&log.number, &person, &campaign.id);
        let person_file = table.person(&person).await?;
        // The contact itself is no reason against itself.
        let (own, others): (Vec<_>, Vec<_>) =
            person_file.contacts.iter().cloned().partition(|contact| contact.id == id);
        let links: Vec<_> = file.links.iter().chain(&person_file.links).cloned().collect();
        let decision = facts(&links, &person_file, &others);
        if decision.verdict != Verdict::Text {
            return Ok(Some(CallerRecord { caller, decision, contact: None }));
        }
        // Of two campaigns' contacts about one incident the old one goes before the new one comes,
        // so that there are never two to send; one that was sent meanwhile is the one text.
        for other in others.iter().filter(|other| other.incident == log.number) {
            let why = "another campaign answers it now".to_owned();
            match table.advance(&other.id, &Step::Cancel { why }, self.now).await? {
                Advance::Moved(_) => done.cancelled += 1,
                Advance::Stayed(other) if other.state.may_have_been_texted() => {
                    return Ok(Some(CallerRecord { caller, decision, contact: Some(other.id) }));
                }
                Advance::Stayed(_) | Advance::Missing => {}
            }
        }
        let due_at = campaign.hours.due(closed_at);
        match (own.first(), mobile) {
            (Some(own), _) => {
                if self.again(table, own, published.version, outcome, due_at).await? {
                    done.planned += 1;
                }
            }
            (None, Some(mobile)) => {
                let plan = Plan {
                    incident: log.number.clone(),
                    control: campaign.holds_out(&person),
                    person,
                    campaign: campaign.id.clone(),
                    version: published.version,
                    outcome,
                    area: log.area.clone(),
                    due_at,
                };
                if table.plan(&Contact::plan(plan, self.now), mobile).await? {
                    done.planned += 1;
                }
            }
            // Kept from an earlier row whose number is not in this file: it was planned then.
            (None, None) => return Ok(Some(CallerRecord { caller, decision, contact: None })),
        }
        Ok(Some(CallerRecord { caller, decision, contact: Some(id) }))
    }

    /// Plans again what was cancelled and is eligible once more, or whose outcome changed.
    async fn again(
        &self,
        table: &impl Ledger,
        own: &Contact,
        version: u32,
        outcome: Told,
        due_at: Timestamp,
    ) -> anyhow::Result<bool> {
        let stands = own.state != State::Cancelled && own.outcome == outcome;
        if stands || own.state.may_have_been_texted() {
            return Ok(false);
        }
        let step = Step::Replan { version, outcome, due_at };
        Ok(matches!(table.advance(&own.id, &step, self.now).await?, Advance::Moved(_)))
    }

    /// Cancels what was planned for callers who are not to be texted any more.
    async fn cancel_gone(
        &self,
        table: &impl Ledger,
        file: &LogFile,
        next: &[CallerRecord],
    ) -> anyhow::Result<u64> {
        let mut cancelled = 0;
        let before = file.record.iter().flat_map(|record| &record.callers);
        for id in before.filter_map(|caller| caller.contact.as_ref()) {
            if next.iter().any(|caller| caller.contact.as_ref() == Some(id)) {
                continue;
            }
            let reasons = next
                .iter()
                .find(|caller| caller.caller.person.as_ref() == Some(id.person()))
                .map(|caller| why(&caller.decision));
            let why = reasons.unwrap_or_else(|| "the log no longer names this caller".to_owned());
            cancelled += cancel(table, id, why, self.now).await?;
        }
        Ok(cancelled)
    }

    /// Keeps a crime link, then cancels what it forbids.
    async fn link(&self, table: &(impl LogBook + Ledger), link: CrimeLink) -> anyhow::Result<Done> {
        // The link first: whoever looks from now on sees it, and what was planned before is
        // cancelled here.
        table.keep_link(&link).await?;
        let mut done = Done { changed: 1, ..Done::default() };
        let mut planned: Vec<ContactId> = Vec::new();
        if let Some(log) = &link.log {
            let record = table.log(log).await?.record;
            let callers = record.into_iter().flat_map(|record| record.callers);
            planned.extend(callers.filter_map(|caller| caller.contact));
        }
        if let Some(person) = &link.person {
            let contacts = table.person(person).await?.contacts;
            planned.extend(contacts.into_iter().map(|contact| contact.id));
        }
        for id in planned {
            let why = "elig.hold.crime".to_owned();
            done.cancelled += cancel(table, &id, why, self.now).await?;
        }
        Ok(done)
    }

    fn known(&self, caller: &Caller) -> KnownCaller {
        KnownCaller {
            person: self.person(caller),
            sendable: caller.phone.is_sendable(),
            phone_reason: caller.phone.reason().to_owned(),
            role: caller.role.clone(),
            consent: caller.consent.clone(),
        }
    }

    fn person(&self, caller: &Caller) -> Option<PersonId> {
        caller.mobile().map(|mobile| self.keys.pepper.person(mobile))
    }

    fn mobile_of<'c>(&self, callers: &[&'c Caller], known: &KnownCaller) -> Option<&'c Mobile> {
        let found = callers.iter().find(|caller| self.person(caller) == known.person);
        found.and_then(|caller| caller.mobile())
    }
}

async fn cancel(
    table: &impl Ledger,
    id: &ContactId,
    why: String,
    now: Timestamp,
) -> anyhow::Result<u64> {
    let advanced = table.advance(id, &Step::Cancel { why }, now).await?;
    Ok(u64::from(matches!(advanced, Advance::Moved(_))))
}

fn same_person(a: &KnownCaller, b: &KnownCaller) -> bool {
    a.person.is_some() && a.person == b.person
}

fn why(decision: &Decision) -> String {
    if decision.rules.is_empty() {
        return "another campaign answers it now".to_owned();
    }
    let rules: Vec<_> = decision.rules.iter().map(|rule| rule.as_str()).collect();
    rules.join(" ")
}

async fn sum(a: Done, b: Done) -> anyhow::Result<Done> {
    Ok(Done {
        changed: a.changed + b.changed,
        planned: a.planned + b.planned,
        cancelled: a.cancelled + b.cancelled,
    })
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
        for port in ports {
            let world = World::new();
            world.fail(port, 1);
            lay(&world, STORM, &two);
            read(&world, STORM).await.unwrap_err();
            read(&world, STORM).await.unwrap();
            assert_eq!(world.states(), ["planned"], "{port}");
            assert_eq!(world.with(|state| state.rejects[STORM].len()), 1, "{port}");
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
