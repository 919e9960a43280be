//! Decides an incident as a whole: a log and every log closed as its duplicate.
//!
//! Logs of one incident come on different nights, in any order and at the same time. What makes that
//! harmless: each is kept before it looks at the others, every write carries the revision it was made
//! from, and an incident is decided until nothing about it changed meanwhile.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context as _;
use domain::campaign::{Campaign, Published};
use domain::contact::{Contact, ContactId, Plan, State, Step};
use domain::eligibility::{self, Decision, Facts, RULESET, Verdict};
use domain::force::Report;
use domain::incident::{CrimeLink, KnownCaller, Log, LogNumber, Outcome};
use domain::logbook::{
    CallerRecord, IncidentFile, LogFile, LogRecord, Merged, Telling, merge, strictest,
};
use domain::person::{Pepper, PersonId};
use domain::phone::Mobile;
use domain::ports::{Advance, Ledger, LogBook, PersonFile};
use domain::record;
use domain::retention;
use jiff::{SignedDuration, Timestamp};

/// How often a log that somebody else wrote first is decided anew.
const TRIES: u32 = 32;

/// Why a contact goes although its caller may be texted.
const ANSWERED_ELSEWHERE: &str = "another campaign or log answers it now";

/// What deciding did.
#[derive(Clone, Default)]
pub(crate) struct Done {
    pub(crate) changed: u64,
    pub(crate) planned: u64,
    pub(crate) cancelled: u64,
    /// What is decided now about each log that was told of, and about each that belongs with one.
    pub(crate) decisions: Vec<[String; 9]>,
}

/// What every decision of a run is made with.
pub(crate) struct Decider<'a> {
    pub(crate) campaigns: &'a [Published<Campaign>],
    pub(crate) profile_version: u32,
    pub(crate) pepper: &'a Pepper,
    pub(crate) now: Timestamp,
}

impl std::ops::Add for Done {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        let mut decisions = self.decisions;
        decisions.extend(other.decisions);
        Self {
            decisions,
            changed: self.changed + other.changed,
            planned: self.planned + other.planned,
            cancelled: self.cancelled + other.cancelled,
        }
    }
}

impl Decider<'_> {
    /// Takes the logs of one incident, and the versions of each in the order they were extracted;
    /// then decides what belongs together once, however many logs that is.
    pub(crate) async fn take(
        &self,
        table: &(impl LogBook + Ledger),
        logs: Vec<Vec<Report>>,
    ) -> anyhow::Result<Done> {
        let mut done = Done::default();
        let mut open = Open::default();
        for mut reports in logs {
            reports.sort_by_key(|report| report.log.extracted_at);
            for rows in reports.chunk_by(|a, b| a.log.extracted_at == b.log.extracted_at) {
                if let Some(version) = Version::of(rows, self) {
                    done = done + self.version(table, &version, &mut open).await?;
                }
            }
        }
        for (left, gone) in open.left {
            // What a log said no longer counts for those it was with, and whoever came to them by it
            // has left with it.
            done = done + self.decide_again(table, &left, gone, &open.mobiles).await?.0;
        }
        let mut decided = BTreeSet::new();
        for number in &open.logs {
            if !decided.contains(number) {
                let known = open.known.clone();
                let again = self.decide_again(table, number, known, &open.mobiles).await?;
                done = done + again.0;
                decided.extend(again.1);
            }
        }
        Ok(done)
    }

    /// Takes one version of a log, if it is a later one than is kept. Decides a log that nobody else
    /// belongs to; any other is left open.
    async fn version(
        &self,
        table: &(impl LogBook + Ledger),
        version: &Version,
        open: &mut Open,
    ) -> anyhow::Result<Done> {
        let number = &version.told.log.number;
        let mobiles = &version.mobiles;
        let mut known = BTreeSet::new();
        for _ in 0..TRIES {
            let mut file = table.log(number).await?;
            let kept = file.record.take();
            let (log, callers) = match merge(kept.as_ref(), &version.told) {
                Merged::Next(log, callers) => (*log, callers),
                merged @ (Merged::Older | Merged::Same) => {
                    let decided = kept.filter(LogRecord::is_decided);
                    if let Some(kept) = decided
                        && known.is_empty()
                    {
                        // Told again, also because the run that decided it may have died before it
                        // could say so.
                        let same = matches!(merged, Merged::Same);
                        let decisions = if same { record::decisions(&kept) } else { vec![] };
                        return Ok(Done { decisions, ..Done::default() });
                    }
                    // A run that died left it undecided, or somebody kept a later version while
                    // we planned by this one.
                    open.add(version, known);
                    return Ok(Done::default());
                }
            };
            let before = kept.as_ref().and_then(|record| record.log.main().other()).cloned();
            let main = log.main().other().cloned();
            let record = LogRecord {
                log,
                callers: callers.into_iter().map(undecided).collect(),
                contacts: kept.map(|kept| kept.contacts).unwrap_or_default(),
                profile_version: self.profile_version,
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
            if let Some(left) = before.filter(|before| main.as_ref() != Some(before)) {
                let gone = table.incident(number).await?.contacts();
                open.left.push((left, gone));
            }
            open.add(version, known);
            return Ok(Done { changed: 1, ..Done::default() });
        }
        anyhow::bail!("log {number} changed {TRIES} times while we wrote")
    }

    /// Decides an incident anew because something about it changed, until nothing about it has
    /// changed meanwhile; also tells its logs. `known` are contacts that may be of callers who are not
    /// with it any more.
    async fn decide_again(
        &self,
        table: &(impl LogBook + Ledger),
        number: &LogNumber,
        mut known: BTreeSet<ContactId>,
        mobiles: &Mobiles,
    ) -> anyhow::Result<(Done, Vec<LogNumber>)> {
        let mut done = Done::default();
        for _ in 0..TRIES {
            let incident = table.incident(number).await?;
            let decided = self.decide(table, &incident, None, mobiles, &mut known).await?;
            let Some(decided) = decided else { continue };
            done = done + decided;
            // What was kept after we read it may have been decided before we wrote.
            let alone = incident.files.len() == 1;
            if alone || table.incident(number).await?.says_the_same(&incident) {
                return Ok((done, incident.files.into_keys().collect()));
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
        let sight = Sight::of(incident, self);
        known.extend(sight.contacts.iter().cloned());
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
                work.done.decisions.extend(record::decisions(&next_record));
                next.push((file, next_record));
            } else {
                work.done.decisions.extend(record::decisions(record));
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
        let (Verdict::Text, Some(told), Some(published)) = (decision.verdict, sight.told, campaign)
        else {
            if let Some(mobile) = work.mobiles.get(person)
                && sight.may_be_answered_later(person)
            {
                // The log that lets us answer may come in another file, without the number.
                table.keep_number(person, mobile, later(self.now, retention::NUMBER)).await?;
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
            let why = ANSWERED_ELSEWHERE.to_owned();
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
        let control =
            campaign.holds_out_among(self.campaigns.iter().map(|known| &known.body), person);
        if let Some(mobile) = work.mobiles.get(person)
            && (sight.incident.files.len() > 1
                || own.first().is_none_or(|own| !suffices(own, due_at)))
            && !control
        {
            // Until its text is no longer news, should that be later.
            let news = later(closed_at, campaign.hours.not_after);
            let until = news.max(later(self.now, retention::NUMBER));
            table.keep_number(person, mobile, until).await?;
        }
        let planned = if let Some(own) = own.first() {
            self.again(table, own, published.version, outcome, due_at).await?
        } else {
            let plan = Plan {
                incident: told.number.clone(),
                control,
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
        outcome: Outcome,
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
    pub(crate) async fn link(
        &self,
        table: &(impl LogBook + Ledger),
        link: CrimeLink,
    ) -> anyhow::Result<Done> {
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
            done = done + again.0;
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

/// Whether the term of a contact's number is still right: it waits for the same moment as when it was
/// kept, or is past waiting.
fn suffices(own: &Contact, due_at: Timestamp) -> bool {
    match own.state {
        State::Planned => own.due_at == due_at,
        State::Cancelled => false,
        State::Queued
        | State::Control
        | State::Refused
        | State::Claimed
        | State::Accepted
        | State::Delivered
        | State::Undelivered
        | State::Unknown
        | State::Parked => true,
    }
}

/// What deciding an incident has done so far.
struct Work<'a> {
    mobiles: &'a Mobiles,
    done: Done,
    /// Whom it planned, and what was known of each before.
    planned: Vec<(PersonId, PersonFile)>,
}

/// What was kept and is still to be decided, because other logs belong to it.
#[derive(Default)]
struct Open {
    logs: BTreeSet<LogNumber>,
    /// The main logs that a log left, each with the contacts that may have left with it.
    left: Vec<(LogNumber, BTreeSet<ContactId>)>,
    /// Contacts to cancel unless they still stand.
    known: BTreeSet<ContactId>,
    mobiles: Mobiles,
}

impl Open {
    fn add(&mut self, version: &Version, known: BTreeSet<ContactId>) {
        self.logs.insert(version.told.log.number.clone());
        self.known.extend(known);
        self.mobiles.extend(version.mobiles.clone());
    }
}

/// The numbers in a version's rows, while it is in hand.
type Mobiles = BTreeMap<PersonId, Mobile>;

/// One version of a log, from all its rows.
struct Version {
    told: Telling,
    mobiles: Mobiles,
}

impl Version {
    fn of(rows: &[Report], decider: &Decider<'_>) -> Option<Self> {
        let first = rows.first()?;
        // Each row of a log repeats it; what any of them says against texting counts.
        let log = rows.iter().fold(first.log.clone(), |log, row| strictest(&log, &row.log));
        let mut mobiles = Mobiles::new();
        let mut callers = Vec::with_capacity(rows.len());
        for Report { caller, .. } in rows {
            let known = caller.known(decider.pepper);
            if let (Some(person), Some(mobile)) = (&known.person, caller.mobile()) {
                mobiles.insert(person.clone(), mobile.clone());
            }
            callers.push(known);
        }
        let dated = rows.iter().any(|row| row.dated);
        let profile_version = decider.profile_version;
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

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.saturating_add(by).unwrap_or(Timestamp::MAX)
}

/// An incident as its callers are decided from it: what is the same for all of them, once.
struct Sight<'a> {
    incident: &'a IncidentFile,
    told: Option<&'a Log>,
    links: Vec<CrimeLink>,
    contacts: BTreeSet<ContactId>,
    decider: &'a Decider<'a>,
}

impl<'a> Sight<'a> {
    fn of(incident: &'a IncidentFile, decider: &'a Decider<'a>) -> Self {
        Self {
            incident,
            told: incident.told().map(|record| &record.log),
            links: incident.links(),
            contacts: incident.contacts(),
            decider,
        }
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
        let (campaigns, now) = (self.decider.campaigns, self.decider.now);
        let others = self.incident.others(log);
        let links = [self.links.as_slice(), &file.links].concat();
        let bodies = campaigns.iter().map(|campaign| &campaign.body);
        let campaign = eligibility::choose(bodies, log, self.told, now);
        let facts = Facts {
            log,
            told: self.told,
            others: &others,
            answered: &self.contacts,
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
            let bodies = self.decider.campaigns.iter().map(|campaign| &campaign.body);
            let alone = Facts::alone(log, caller, bodies, self.decider.now);
            let decision = eligibility::decide(&alone);
            decision.verdict == Verdict::Text || decision.waits_for_its_main_log()
        })
    }
}

fn why(decision: &Decision) -> String {
    if decision.rules.is_empty() {
        return ANSWERED_ELSEWHERE.to_owned();
    }
    let rules: Vec<_> = decision.rules.iter().map(|rule| rule.as_str()).collect();
    rules.join(" ")
}
