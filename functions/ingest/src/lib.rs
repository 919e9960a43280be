//! Reads an extract that landed: keeps each log, decides each caller, plans contacts.
//!
//! Trigger: an object created under `extracts/`. Reads: the extract, the catalogue, logs, people.
//! Writes: logs, contacts, numbers, crime links, and what it could not read to `rejects/`.
//! Delivered again when: the bucket or the table fails. A second run changes nothing already done.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use domain::campaign::{Campaign, Published};
use domain::contact::{Contact, ContactId, Plan, State, Step};
use domain::eligibility::{self, Decision, Facts, RULESET, Verdict};
use domain::feed::{self, Reject, Unreadable};
use domain::force::{FeedFile, Kind, Profile, Reading, Report};
use domain::incident::{CrimeLink, KnownCaller, Log, LogNumber, Main, Outcome as Told};
use domain::logbook::{
    CallerRecord, IncidentFile, LogFile, LogRecord, Merged, Telling, merge, strictest,
};
use domain::person::{Pepper, PersonId};
use domain::phone::{DramaNumbers, Mobile};
use domain::ports::{
    Advance, Alert, Alerts, Catalogue, Extract, Extracts, Ledger, LogBook, PersonFile,
};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use jiff::{SignedDuration, Timestamp};

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

/// How long a number is kept after its text is due: a week until it is stale, 30 days for a reply.
const NUMBER_KEPT: SignedDuration = SignedDuration::from_hours(37 * 24);

/// How long a number is kept for a caller whose main log may still come: longer than a text waits.
const NUMBER_WAITS: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How often a log that somebody else wrote first is decided anew.
const TRIES: u32 = 32;

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
    if feed.trailer.is_some() {
        // A file that was cut short is told before anybody is planned by what there is of it.
        let Extract { body, .. } = bucket.open(key).await?;
        if let Err(reason) = feed::whole(body, feed).context("read the extract")? {
            return unreadable(bucket, alerts, key, reason).await;
        }
    }
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
        // What names one main log goes one after the other: they write each other's decisions.
        let mut incidents: BTreeMap<LogNumber, Vec<Vec<Report>>> = BTreeMap::new();
        for (number, reports) in batch.logs {
            let main = reports.iter().find_map(|report| match report.log.main() {
                Main::Other(main) => Some(main.clone()),
                Main::Itself | Main::Unnamed => None,
            });
            incidents.entry(main.unwrap_or(number)).or_default().push(reports);
        }
        let logs = stream::iter(incidents.into_values())
            .map(|logs| self.take(table, logs))
            .buffer_unordered(LOGS_AT_ONCE);
        let all = logs.try_fold(Done::default(), sum).await?;
        let links = stream::iter(batch.links)
            .map(|link| self.link(table, link))
            .buffer_unordered(LOGS_AT_ONCE);
        let all = sum(all, links.try_fold(Done::default(), sum).await?).await?;
        counts.changed += all.changed;
        counts.planned += all.planned;
        counts.cancelled += all.cancelled;
        Ok(())
    }

    /// Takes the logs of one incident, and the versions of each in the order they were extracted.
    async fn take(
        &self,
        table: &(impl LogBook + Ledger),
        logs: Vec<Vec<Report>>,
    ) -> anyhow::Result<Done> {
        let mut done = Done::default();
        for mut reports in logs {
            reports.sort_by_key(|report| report.log.extracted_at);
            for rows in reports.chunk_by(|a, b| a.log.extracted_at == b.log.extracted_at) {
                if let Some(version) = Version::of(rows, self) {
                    done = sum(done, self.version(table, &version).await?).await?;
                }
            }
        }
        Ok(done)
    }

    /// Takes one version of a log, if it is a later one than is kept.
    async fn version(
        &self,
        table: &(impl LogBook + Ledger),
        version: &Version,
    ) -> anyhow::Result<Done> {
        let number = &version.told.log.number;
        let mobiles = &version.mobiles;
        let mut known = BTreeSet::new();
        for _ in 0..TRIES {
            let mut file = table.log(number).await?;
            let kept = file.record.take();
            let (log, callers) = match merge(kept.as_ref(), &version.told) {
                Merged::Next(log, callers) => (*log, callers),
                Merged::Older | Merged::Same => {
                    let decided = kept.is_some_and(|kept| kept.is_decided());
                    if decided && known.is_empty() {
                        return Ok(Done::default());
                    }
                    // A run that died left it undecided, or somebody kept a later version while
                    // we planned by this one.
                    return self.decide_again(table, number, known, mobiles).await;
                }
            };
            let before = kept.as_ref().and_then(|record| main_of(&record.log)).cloned();
            let main = main_of(&log).cloned();
            let record = LogRecord {
                log,
                callers: callers.into_iter().map(undecided).collect(),
                contacts: kept.map(|kept| kept.contacts).unwrap_or_default(),
                profile_version: self.profile.version,
                ruleset: RULESET,
                decided_at: self.now,
            };
            if main.is_none() && before.is_none() && file.duplicates.is_empty() {
                // Nobody else's: decided and kept in one write, on which any other would cross.
                file.record = Some(record);
                let alone = IncidentFile { files: BTreeMap::from([(number.clone(), file)]) };
                let decided = self.decide(table, &alone, Some(number), mobiles, &mut known).await?;
                match decided {
                    Some(done) => return Ok(Done { changed: done.changed + 1, ..done }),
                    None => continue,
                }
            }
            // Of logs that come at the same time each is kept before it looks at the others, so
            // whichever looks last sees them all.
            if let Some(main) = &main
                && before.as_ref() != Some(main)
            {
                table.keep_duplicate(main, number).await?;
            }
            if !table.keep_log(&record, &file).await? {
                continue;
            }
            let mut done = Done { changed: 1, ..Done::default() };
            if let Some(left) = before.filter(|before| main.as_ref() != Some(before)) {
                // What it said no longer counts for those it was with, and whoever came to them by
                // it has left with it.
                let gone = table.incident(number).await?.contacts();
                done = sum(done, self.decide_again(table, &left, gone, mobiles).await?).await?;
            }
            return sum(done, self.decide_again(table, number, known, mobiles).await?).await;
        }
        anyhow::bail!("log {number} changed {TRIES} times while we wrote")
    }

    /// Decides an incident anew because something about it changed, until nothing about it has
    /// changed meanwhile. `known` are contacts that may be of callers who are not with it any more.
    async fn decide_again(
        &self,
        table: &(impl LogBook + Ledger),
        number: &LogNumber,
        mut known: BTreeSet<ContactId>,
        mobiles: &Mobiles,
    ) -> anyhow::Result<Done> {
        let mut done = Done::default();
        for _ in 0..TRIES {
            let incident = table.incident(number).await?;
            let decided = self.decide(table, &incident, None, mobiles, &mut known).await?;
            let Some(decided) = decided else { continue };
            done = sum(done, decided).await?;
            // What was kept after we read it may have been decided before we wrote.
            let alone = incident.files.len() == 1;
            if alone || table.incident(number).await?.says_the_same(&incident) {
                return Ok(done);
            }
        }
        anyhow::bail!("log {number} changed {TRIES} times while we wrote")
    }

    /// Decides every caller of an incident, plans and cancels, then keeps what changed; `None` when
    /// somebody wrote one of its logs meanwhile.
    ///
    /// `new` is the log that is not kept yet, `known` the contacts to cancel unless they still stand.
    async fn decide(
        &self,
        table: &(impl LogBook + Ledger),
        incident: &IncidentFile,
        new: Option<&LogNumber>,
        mobiles: &Mobiles,
        known: &mut BTreeSet<ContactId>,
    ) -> anyhow::Result<Option<Done>> {
        let mut work = Work { mobiles, done: Done::default(), planned: Vec::new() };
        known.extend(incident.contacts());
        let sight = Sight { incident, reader: self };
        let mut people: BTreeMap<PersonId, CallerRecord> = BTreeMap::new();
        let mut next: Vec<(&LogFile, LogRecord)> = Vec::new();
        for file in incident.files.values() {
            let Some(record) = &file.record else { continue };
            let mut callers = Vec::with_capacity(record.callers.len());
            for CallerRecord { caller, .. } in &record.callers {
                // Whoever rang twice about one incident is decided once, by all they told.
                let person = caller.person.as_ref();
                let known = person.and_then(|person| people.get(person)).cloned();
                let decided = match (known, person) {
                    (Some(known), _) => known,
                    (None, Some(person)) => self.person(table, &sight, person, &mut work).await?,
                    (None, None) => sight.decided(&record.log, caller, &PersonFile::default(), &[]),
                };
                if let Some(person) = person {
                    people.insert(person.clone(), decided.clone());
                }
                callers.push(CallerRecord { caller: caller.clone(), ..decided });
            }
            let mut contacts = record.contacts.clone();
            contacts.extend(callers.iter().filter_map(|caller| caller.contact.clone()));
            let is_new = new == Some(&record.log.number);
            if is_new || callers != record.callers {
                let mut next_record = LogRecord { callers, contacts, ..record.clone() };
                next_record.ruleset = RULESET;
                next_record.decided_at = self.now;
                next.push((file, next_record));
            }
        }
        work.done.cancelled += self.cancel_gone(table, incident, known, &people).await?;
        known.extend(people.values().filter_map(|caller| caller.contact.clone()));
        // The new log last: until it is kept, a second run does everything again.
        next.sort_by_key(|(_, record)| new == Some(&record.log.number));
        for (file, record) in next {
            if !table.keep_log(&record, file).await? {
                return Ok(None);
            }
        }
        // Whoever linked a person to a crime or opted them out before they saw the contact and the
        // log did not cancel it; so we look whether they did.
        for (person, before) in &work.planned {
            let after = table.person(person).await?;
            if after.links != before.links || after.opted_out != before.opted_out {
                return Ok(None);
            }
        }
        Ok(Some(work.done))
    }

    /// Decides one person by every call of theirs about the incident, and plans.
    async fn person(
        &self,
        table: &impl Ledger,
        sight: &Sight<'_>,
        person: &PersonId,
        work: &mut Work<'_>,
    ) -> anyhow::Result<CallerRecord> {
        // The logs alone often decide; then nobody's file is opened.
        let decided = sight.decided_by_all(person, &PersonFile::default(), &[])?;
        let decision = &decided.decision;
        let campaign = decision.campaign.as_ref();
        let campaign = self.campaigns.iter().find(|known| Some(&known.body.id) == campaign);
        let (Verdict::Text, Some(told), Some(published)) =
            (decision.verdict, sight.told(), campaign)
        else {
            if let Some(mobile) = work.mobiles.get(person)
                && sight.may_be_answered_later(person)
            {
                // The log that lets us answer may come in another file, without the number.
                table.keep_number(person, mobile, later(self.now, NUMBER_WAITS)).await?;
            }
            return Ok(decided);
        };
        let (Some(outcome), Some(closed_at)) = (decided.decision.outcome.clone(), told.closed_at)
        else {
            return Ok(decided);
        };
        let campaign = &published.body;
        let id = ContactId::derive(&told.number, person, &campaign.id);
        let person_file = table.person(person).await?;
        // The contact itself is no reason against itself.
        let (own, others): (Vec<_>, Vec<_>) =
            person_file.contacts.iter().cloned().partition(|contact| contact.id == id);
        // Which of several planned texts goes first is decided when they are due.
        let texted: Vec<_> =
            others.iter().filter(|other| other.state.may_have_been_texted()).cloned().collect();
        let decided = sight.decided_by_all(person, &person_file, &texted)?;
        if decided.decision.verdict != Verdict::Text {
            return Ok(decided);
        }
        // Of two contacts about one incident, of another campaign or under another main log, the
        // old one goes before the new one comes, so that there are never two to send; one that was
        // sent meanwhile is the one text.
        let ours = |other: &&Contact| sight.incident.files.contains_key(&other.incident);
        for other in others.iter().filter(ours) {
            let why = "another campaign or log answers it now".to_owned();
            match table.advance(&other.id, &Step::Cancel { why }, self.now).await? {
                Advance::Moved(_) => work.done.cancelled += 1,
                Advance::Stayed(other) if other.state.may_have_been_texted() => {
                    return Ok(CallerRecord { contact: Some(other.id), ..decided });
                }
                Advance::Stayed(_) | Advance::Missing => {}
            }
        }
        let due_at = campaign.hours.due(closed_at);
        // The number first: a contact without one is never texted, a number without a contact
        // expires. One that is not in this file is kept when its own file is read, also if another
        // log of the incident had the contact planned by then.
        if let Some(mobile) = work.mobiles.get(person)
            && (own.is_empty() || sight.incident.files.len() > 1)
        {
            table.keep_number(person, mobile, later(due_at, NUMBER_KEPT)).await?;
        }
        let planned = if let Some(own) = own.first() {
            self.again(table, own, published.version, outcome, due_at).await?
        } else {
            let plan = Plan {
                incident: told.number.clone(),
                control: campaign.holds_out(person),
                person: person.clone(),
                campaign: campaign.id.clone(),
                version: published.version,
                outcome,
                area: told.area.clone(),
                due_at,
            };
            table.plan(&Contact::plan(plan, self.now)).await?
        };
        if planned {
            work.done.planned += 1;
            work.planned.push((person.clone(), person_file));
        }
        Ok(CallerRecord { contact: Some(id), ..decided })
    }

    /// Plans again what was cancelled and is eligible once more, or what is told or due otherwise.
    async fn again(
        &self,
        table: &impl Ledger,
        own: &Contact,
        version: u32,
        outcome: Told,
        due_at: Timestamp,
    ) -> anyhow::Result<bool> {
        let same_outcome = own.outcome == outcome;
        let stands = match own.state {
            State::Planned => same_outcome && own.due_at == due_at,
            State::Queued => same_outcome,
            State::Control => true,
            State::Cancelled | State::Refused => false,
            State::Claimed
            | State::Accepted
            | State::Delivered
            | State::Undelivered
            | State::Unknown
            | State::Parked => true,
        };
        if stands {
            return Ok(false);
        }
        let step = Step::Replan { version, outcome, due_at };
        Ok(matches!(table.advance(&own.id, &step, self.now).await?, Advance::Moved(_)))
    }

    /// Cancels what was planned for callers who are not to be texted any more.
    async fn cancel_gone(
        &self,
        table: &impl Ledger,
        incident: &IncidentFile,
        known: &BTreeSet<ContactId>,
        people: &BTreeMap<PersonId, CallerRecord>,
    ) -> anyhow::Result<u64> {
        let mut cancelled = 0;
        for id in known {
            let caller = people.get(id.person());
            if caller.is_some_and(|caller| caller.contact.as_ref() == Some(id)) {
                continue;
            }
            // One that was planned under a log which is not of this incident stands or falls there.
            let contact = table.contact(id).await?;
            if !contact.is_some_and(|contact| incident.files.contains_key(&contact.incident)) {
                continue;
            }
            let why = match caller {
                Some(caller) => why(&caller.decision),
                None => "the log no longer names this caller".to_owned(),
            };
            let advanced = table.advance(id, &Step::Cancel { why }, self.now).await?;
            cancelled += u64::from(matches!(advanced, Advance::Moved(_)));
        }
        Ok(cancelled)
    }

    /// Keeps a crime link, then decides anew whom it names.
    async fn link(&self, table: &(impl LogBook + Ledger), link: CrimeLink) -> anyhow::Result<Done> {
        let mut done = Done::default();
        if !self.has_link(table, &link).await? {
            // The link first: whoever looks from now on sees it.
            table.keep_link(&link).await?;
            done.changed += 1;
        }
        let mut incidents = BTreeSet::new();
        if let Some(log) = &link.log {
            let file = table.log(log).await?;
            if file.record.is_some() || !file.duplicates.is_empty() {
                incidents.insert(log.clone());
            }
        }
        if let Some(person) = &link.person {
            let contacts = table.person(person).await?.contacts;
            incidents.extend(contacts.into_iter().map(|contact| contact.incident));
        }
        let mobiles = Mobiles::new();
        // Also when it was kept: the run that kept it may have ended there.
        for number in incidents {
            let again = self.decide_again(table, &number, BTreeSet::new(), &mobiles).await?;
            done = sum(done, again).await?;
        }
        Ok(done)
    }

    /// Whether a link is kept wherever it belongs: reading costs less than writing it again.
    async fn has_link(
        &self,
        table: &(impl LogBook + Ledger),
        link: &CrimeLink,
    ) -> anyhow::Result<bool> {
        let of_log = match &link.log {
            Some(log) => table.log(log).await?.links.contains(link),
            None => true,
        };
        let of_person = match &link.person {
            Some(person) if of_log => table.person(person).await?.links.contains(link),
            Some(_) | None => true,
        };
        Ok(of_log && of_person)
    }
}

/// What deciding an incident has done so far.
struct Work<'a> {
    mobiles: &'a Mobiles,
    done: Done,
    /// Whom it planned, and what was known of each before.
    planned: Vec<(PersonId, PersonFile)>,
}

/// The numbers in a version's rows, while it is in hand.
type Mobiles = BTreeMap<PersonId, Mobile>;

/// One version of a log, from all its rows.
struct Version {
    told: Telling,
    mobiles: Mobiles,
}

impl Version {
    fn of(rows: &[Report], reader: &Reader<'_>) -> Option<Self> {
        let first = rows.first()?;
        // Each row of a log repeats it; what any of them says against texting counts.
        let log = rows.iter().fold(first.log.clone(), |log, row| strictest(&log, &row.log));
        let mut mobiles = Mobiles::new();
        let mut callers = Vec::with_capacity(rows.len());
        for Report { caller, .. } in rows {
            let known = caller.known(&reader.keys.pepper);
            if let (Some(person), Some(mobile)) = (&known.person, caller.mobile()) {
                mobiles.insert(person.clone(), mobile.clone());
            }
            callers.push(known);
        }
        let dated = rows.iter().any(|row| row.dated);
        let profile_version = reader.profile.version;
        Some(Self { told: Telling { log, callers, dated, profile_version }, mobiles })
    }
}

/// A caller before anything is decided.
fn undecided(caller: KnownCaller) -> CallerRecord {
    CallerRecord {
        caller,
        decision: Decision { verdict: Verdict::Hold, rules: vec![], campaign: None, outcome: None },
        campaign_version: None,
        seen: String::new(),
        contact: None,
    }
}

fn main_of(log: &Log) -> Option<&LogNumber> {
    match log.main() {
        Main::Other(main) => Some(main),
        Main::Itself | Main::Unnamed => None,
    }
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// An incident as its callers are decided from it.
struct Sight<'a> {
    incident: &'a IncidentFile,
    reader: &'a Reader<'a>,
}

impl Sight<'_> {
    fn told(&self) -> Option<&Log> {
        self.incident.told().map(|record| &record.log)
    }

    /// What all a person's calls come to: the strictest of them.
    fn decided_by_all(
        &self,
        person: &PersonId,
        file: &PersonFile,
        contacts: &[Contact],
    ) -> anyhow::Result<CallerRecord> {
        let decided = self.incident.calls_of(person);
        let decided = decided.map(|(log, caller)| self.decided(log, caller, file, contacts));
        let strictest = decided.reduce(|all, one| CallerRecord {
            decision: all.decision.stricter(&one.decision),
            ..all
        });
        strictest.context("nobody of this number rang")
    }

    /// What one call comes to.
    fn decided(
        &self,
        log: &Log,
        caller: &KnownCaller,
        file: &PersonFile,
        contacts: &[Contact],
    ) -> CallerRecord {
        let (campaigns, now) = (self.reader.campaigns, self.reader.now);
        let told = self.told();
        let others = self.incident.others(log);
        let mut links = self.incident.links();
        links.extend(file.links.iter().cloned());
        let bodies = campaigns.iter().map(|campaign| &campaign.body);
        let campaign = eligibility::choose(bodies, log, told, now);
        let facts = Facts {
            log,
            told,
            others: &others,
            answered: &self.incident.contacts(),
            caller,
            links: &links,
            opted_out: file.opted_out,
            contacts,
            campaign,
            now,
        };
        let version = campaigns.iter().find(|known| Some(&known.body) == campaign);
        CallerRecord {
            caller: caller.clone(),
            decision: eligibility::decide(&facts),
            campaign_version: version.map(|campaign| campaign.version),
            seen: eligibility::fingerprint(&facts),
            contact: None,
        }
    }

    /// Whether a log alone would have this person texted, so that a later file about the others may.
    fn may_be_answered_later(&self, person: &PersonId) -> bool {
        self.incident.calls_of(person).any(|(log, caller)| {
            let bodies = self.reader.campaigns.iter().map(|campaign| &campaign.body);
            let alone = Facts::alone(log, caller, bodies, self.reader.now);
            let decision = eligibility::decide(&alone);
            decision.verdict == Verdict::Text || decision.waits_for_its_main_log()
        })
    }
}

fn why(decision: &Decision) -> String {
    if decision.rules.is_empty() {
        return "another campaign or log answers it now".to_owned();
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
