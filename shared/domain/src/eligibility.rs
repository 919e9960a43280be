//! Whom to text: a reviewed table of named rules from the facts of a log to text, hold or never.
//!
//! Every rule that matches is kept, so a decision shows all its reasons, and adding a marker can
//! only make a decision stricter. A rule may deny; none can permit: what no rule denies is texted,
//! and the rules deny whatever is blank, unknown or contradictory. Nothing here can be configured
//! off. Source of each rule: NSIR 2011 by section, or the force's safeguarding practice.

use std::collections::BTreeSet;
use std::fmt;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::campaign::{Campaign, CampaignId};
use crate::contact::{Contact, ContactId, State};
use crate::hours::Timing;
use crate::incident::{
    Coded, Consent, CrimeLink, KnownCaller, Log, Main, Marker, Outcome, Role, Source, Status,
};
use crate::nsir::{Category, Qualifier};
use crate::person::{PersonId, hex};

/// Goes up whenever a rule is added, changed or taken away; every decision stores it.
pub const RULESET: u32 = 3;

/// What to do about one caller of one log. The order is of strictness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// Plan a contact.
    Text,
    /// Not now: something is unknown, or a person must look.
    Hold,
    /// Never.
    Never,
}

impl Verdict {
    /// The name it is stored and shown by.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Hold => "hold",
            Self::Never => "never",
        }
    }

    /// Finds a verdict by its name.
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Text, Self::Hold, Self::Never].into_iter().find(|verdict| verdict.name() == name)
    }
}

/// A rule's name, such as `elig.never.domestic`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(&'static str);

impl RuleId {
    /// Finds a rule by its name.
    pub fn parse(name: &str) -> Option<Self> {
        RULES.iter().find(|rule| rule.id.0 == name).map(|rule| rule.id)
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// The rule in words.
    pub fn words(self) -> &'static str {
        RULES.iter().find(|rule| rule.id == self).map_or("", |rule| rule.words)
    }

    /// What the rule makes of a log it matches.
    pub fn verdict(self) -> Verdict {
        RULES.iter().find(|rule| rule.id == self).map_or(Verdict::Hold, |rule| rule.verdict)
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// One row of the table.
pub struct Rule {
    /// Its name.
    pub id: RuleId,
    /// What it makes of a log it matches.
    pub verdict: Verdict,
    /// In words, for `aftercall why` and the documentation.
    pub words: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// Whether it matches.
    pub matches: fn(&Facts<'_>) -> bool,
}

/// Everything a decision is made from.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The log the caller rang about, as last extracted.
    pub log: &'a Log,
    /// The log whose outcome is told: itself, or the main log of a duplicate when that is known.
    pub told: Option<&'a Log>,
    /// The other logs of the incident.
    pub others: &'a [&'a Log],
    /// Every contact ever planned for a caller of one of these logs.
    pub answered: &'a BTreeSet<ContactId>,
    /// The caller.
    pub caller: &'a KnownCaller,
    /// What the crime system says of the incident or this person.
    pub links: &'a [CrimeLink],
    /// When the person opted out, if they did.
    pub opted_out: Option<Timestamp>,
    /// The person's other contacts.
    pub contacts: &'a [Contact],
    /// The campaign that would answer, if one would.
    pub campaign: Option<&'a Campaign>,
    /// The moment of decision.
    pub now: Timestamp,
}

impl<'a> Facts<'a> {
    /// A caller of a log of which nothing else is known, answered by the first campaign that can.
    pub fn alone(
        log: &'a Log,
        caller: &'a KnownCaller,
        campaigns: impl IntoIterator<Item = &'a Campaign>,
        now: Timestamp,
    ) -> Self {
        static NONE: BTreeSet<ContactId> = BTreeSet::new();
        let told = (log.main() == Main::Itself).then_some(log);
        Self {
            log,
            told,
            others: &[],
            answered: &NONE,
            caller,
            links: &[],
            opted_out: None,
            contacts: &[],
            campaign: choose(campaigns, log, told, now),
            now,
        }
    }

    /// Every log of the incident, the caller's own first.
    fn logs(&self) -> impl Iterator<Item = &'a Log> {
        std::iter::once(self.log).chain(self.others.iter().copied())
    }
}

/// What was decided about one caller, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// What to do.
    pub verdict: Verdict,
    /// Every rule that matched, in the order of the table.
    pub rules: Vec<RuleId>,
    /// The campaign that would answer.
    pub campaign: Option<CampaignId>,
    /// The outcome it would tell.
    pub outcome: Option<Outcome>,
}

impl Decision {
    /// Whether nothing stands against a text but that the main log is not known yet.
    pub fn waits_for_its_main_log(&self) -> bool {
        matches!(self.rules.as_slice(), [RuleId("elig.hold.duplicate")])
    }

    /// Whether nothing stands against a text but another one to the same person that comes first.
    pub fn waits_its_turn(&self) -> bool {
        matches!(self.rules.as_slice(), [RuleId("elig.hold.planned-elsewhere")])
    }

    /// Of two decisions about one person, everything that either holds against texting.
    pub fn stricter(mut self, other: &Self) -> Self {
        self.verdict = self.verdict.max(other.verdict);
        for rule in RULES.iter().filter(|rule| other.rules.contains(&rule.id)) {
            if !self.rules.contains(&rule.id) {
                self.rules.push(rule.id);
            }
        }
        self
    }
}

/// Applies every rule.
pub fn decide(facts: &Facts<'_>) -> Decision {
    let mut verdict = Verdict::Text;
    let mut rules = Vec::new();
    for rule in RULES.iter().filter(|rule| (rule.matches)(facts)) {
        verdict = verdict.max(rule.verdict);
        rules.push(rule.id);
    }
    Decision {
        verdict,
        rules,
        campaign: facts.campaign.map(|campaign| campaign.id.clone()),
        outcome: facts.told.and_then(outcome).cloned(),
    }
}

/// A fingerprint of everything a decision was made from but the clock: 16 hexadecimal digits. Two
/// decisions with the same fingerprint, ruleset and moment are the same.
pub fn fingerprint(facts: &Facts<'_>) -> String {
    let mut seen = String::new();
    for log in facts.logs() {
        seen += &format!(
            "log {} {} {} {} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {:?} {} {:?}\n",
            log.number,
            log.extracted_at,
            log.opened_at,
            log.closed_at.map_or_else(String::new, |at| at.to_string()),
            log.status,
            log.opening,
            log.closing,
            log.results,
            log.qualifiers,
            log.source,
            log.attended,
            log.arrived_at.map(|at| at.as_second()),
            log.duplicate_of,
            log.cross_refs,
            log.crimed,
            log.markers,
        );
    }
    let told = facts.told.map_or("", |told| told.number.as_str());
    let caller = facts.caller;
    let person = caller.person.as_ref().map_or("", PersonId::as_str);
    seen += &format!("of {} told {told}\n", facts.log.number);
    seen +=
        &format!("caller {person} {} {:?} {:?}\n", caller.sendable, caller.role, caller.consent);
    for link in facts.links {
        seen += &format!("link {}\n", link.reference);
    }
    if let Some(at) = facts.opted_out {
        seen += &format!("opted out {at}\n");
    }
    for contact in facts.contacts {
        let due_at = contact.due_at.as_second();
        seen += &format!("contact {} {} {due_at}\n", contact.id, contact.state.name());
    }
    if let Some(campaign) = facts.campaign {
        seen += &format!("campaign {}\n", campaign.id);
        if facts.logs().any(|log| campaign.exclude.has(log)) {
            seen += "excluded\n";
        }
    }
    hex(&Sha256::digest(seen.as_bytes())[..8])
}

/// The campaign that answers a caller: the first that runs now and has both categories of the log
/// whose outcome is told, and those of the caller's own, which may also be a duplicate's.
pub fn choose<'a>(
    campaigns: impl IntoIterator<Item = &'a Campaign>,
    log: &Log,
    told: Option<&Log>,
    now: Timestamp,
) -> Option<&'a Campaign> {
    let told = told?;
    let has = |campaign: &Campaign, coded: &Coded<Category>| {
        coded.known().is_some_and(|category| campaign.categories.contains(&category))
    };
    let may_ask = |campaign: &Campaign, coded: &Coded<Category>| {
        has(campaign, coded)
            || (log.number != told.number && *coded == Coded::Known(Category::Duplicate))
    };
    campaigns.into_iter().find(|campaign| {
        has(campaign, &told.opening)
            && has(campaign, &told.closing)
            && may_ask(campaign, &log.opening)
            && may_ask(campaign, &log.closing)
            && campaign.runs_at(now)
    })
}

/// The one outcome of a log, when its result codes agree on one.
pub fn outcome(log: &Log) -> Option<&Outcome> {
    let mut known = log.results.iter().map(|result| match result {
        Coded::Known(outcome) => Some(outcome),
        Coded::Unknown(_) | Coded::Blank => None,
    });
    let first = known.next()??;
    known.all(|other| other == Some(first)).then_some(first)
}

/// The rule by which callers of this category are never texted, if there is one.
pub fn never(category: Category) -> Option<RuleId> {
    Some(RuleId(match category {
        Category::RtcDeathInjury => "elig.never.injury",
        Category::AsbPersonal => "elig.never.asb-personal",
        Category::AbandonedCall => "elig.never.abandoned-call",
        Category::AbsconderWanted => "elig.never.wanted",
        Category::CivilDisputes => "elig.never.civil-dispute",
        Category::DomesticIncident => "elig.never.domestic",
        Category::Firearms => "elig.never.firearms",
        Category::HoaxCalls => "elig.never.hoax",
        Category::Immigration => "elig.never.immigration",
        Category::MissingPerson => "elig.never.missing",
        Category::SuddenDeath => "elig.never.sudden-death",
        Category::SuspiciousPackage => "elig.never.suspicious-package",
        Category::CancelExitError
        | Category::ComplaintsAgainstPolice
        | Category::ContactRecord
        | Category::Messages
        | Category::PoliceGenerated
        | Category::PrePlannedEvent
        | Category::TestTraining => "elig.never.administration",
        Category::RtcDamageOnly
        | Category::HighwayDisruption
        | Category::RoadRelatedOffence
        | Category::RailAirMarine
        | Category::AsbNuisance
        | Category::AsbEnvironmental
        | Category::Alarm
        | Category::AnimalsWildlife
        | Category::ConcernForSafety
        | Category::IndustrialIncident
        | Category::Licensing
        | Category::NaturalDisaster
        | Category::Protest
        | Category::SuspiciousCircumstances
        | Category::Duplicate
        | Category::LostFound => return None,
    }))
}

/// Whether a qualifier keeps a log from being texted. Several do not: they describe the incident,
/// not a person at risk.
fn qualifier_holds(qualifier: Qualifier) -> bool {
    match qualifier {
        Qualifier::CallMadeWithGoodIntent
        | Qualifier::AssistanceToOtherPublicAgency
        | Qualifier::Wildlife => false,
        Qualifier::PrejudiceDisability
        | Qualifier::PrejudiceRacial
        | Qualifier::PrejudiceReligionOrBelief
        | Qualifier::PrejudiceSexualOrientation
        | Qualifier::PrejudiceTransgender
        | Qualifier::Alcohol
        | Qualifier::Drugs
        | Qualifier::MentalHealth
        | Qualifier::Olympics
        | Qualifier::YouthRelated
        | Qualifier::ColdCalling
        | Qualifier::CriticalIncident
        | Qualifier::DomesticAbuse
        | Qualifier::Firearms
        | Qualifier::HonourBasedIncident
        | Qualifier::Lamping
        | Qualifier::MajorIncident
        | Qualifier::OtherIntoxicants
        | Qualifier::OtherPoliceForceDealing
        | Qualifier::OtherPublicAgencyDealing
        | Qualifier::PersistentCaller
        | Qualifier::VulnerableAdult
        | Qualifier::VulnerableChildYoungPerson
        | Qualifier::Weapons => true,
    }
}

/// Whether any log of the incident has a category of this rule. Either code counts: what began as
/// a domestic may be closed as something else (NSIR 1.17), and one log may know what another does
/// not.
fn category_is(facts: &Facts<'_>, rule: &'static str) -> bool {
    any_log(facts, |log| {
        let codes = [&log.opening, &log.closing].into_iter();
        codes.filter_map(Coded::known).filter_map(never).any(|id| id.0 == rule)
    })
}

fn any_log(facts: &Facts<'_>, has: impl Fn(&Log) -> bool) -> bool {
    facts.logs().any(has)
}

/// Whether the caller's own log or the one whose outcome is told is so.
fn either_log(facts: &Facts<'_>, is: impl Fn(&Log) -> bool) -> bool {
    is(facts.log) || facts.told.is_some_and(is)
}

/// Whether a log of the incident says this of what happened.
fn marked(facts: &Facts<'_>, marker: Marker) -> bool {
    any_log(facts, |log| log.markers.contains(&marker))
}

/// Whether the caller's own log says this of who rang.
fn caller_marked(facts: &Facts<'_>, marker: Marker) -> bool {
    facts.log.markers.contains(&marker)
}

fn qualified(facts: &Facts<'_>, qualifier: Qualifier) -> bool {
    any_log(facts, |log| log.qualifiers.contains(&Coded::Known(qualifier)))
}

/// Whether a contact is about this incident.
fn same_incident(contact: &Contact, facts: &Facts<'_>) -> bool {
    facts.logs().any(|log| log.number == contact.incident)
}

/// The only list of rules. Order: never first, then what is missing, then what is known to hold.
pub const RULES: &[Rule] = &[
    // Never, by what happened.
    Rule {
        id: RuleId("elig.never.domestic"),
        verdict: Verdict::Never,
        words: "a domestic incident, in either code, a qualifier or a word of the log",
        source: "NSIR 2.3; safe contact: what is safe changes",
        matches: |f| {
            category_is(f, "elig.never.domestic")
                || marked(f, Marker::DomesticAbuse)
                || qualified(f, Qualifier::DomesticAbuse)
                || qualified(f, Qualifier::HonourBasedIncident)
        },
    },
    Rule {
        id: RuleId("elig.never.abandoned-call"),
        verdict: Verdict::Never,
        words: "a silent or abandoned emergency call: a text could endanger the caller",
        source: "NSIR 2.3 Abandoned Call; Silent Solution",
        matches: |f| {
            category_is(f, "elig.never.abandoned-call") || caller_marked(f, Marker::SilentCall)
        },
    },
    Rule {
        id: RuleId("elig.never.unsafe"),
        verdict: Verdict::Never,
        words: "the log says that contact is unsafe or unwanted",
        source: "safe-contact practice",
        matches: |f| {
            caller_marked(f, Marker::UnsafeToContact)
                || caller_marked(f, Marker::OthersPhone)
                || f.caller.consent == Coded::Known(Consent::No)
        },
    },
    Rule {
        id: RuleId("elig.never.anonymous"),
        verdict: Verdict::Never,
        words: "the caller wished to be anonymous",
        source: "NSIR 1.7",
        matches: |f| caller_marked(f, Marker::Anonymous),
    },
    Rule {
        id: RuleId("elig.never.opted-out"),
        verdict: Verdict::Never,
        words: "this person asked for no more texts",
        source: "UK GDPR article 21",
        matches: |f| f.opted_out.is_some(),
    },
    Rule {
        id: RuleId("elig.never.texted-before"),
        verdict: Verdict::Never,
        words: "this person was already texted about this incident",
        source: "one person, one incident, one text",
        matches: |f| {
            f.contacts.iter().any(|contact| {
                contact.state.may_have_been_texted()
                    // Or about another to which this log belonged once.
                    && (same_incident(contact, f) || f.answered.contains(&contact.id))
            })
        },
    },
    Rule {
        id: RuleId("elig.never.sudden-death"),
        verdict: Verdict::Never,
        words: "a sudden death, or a word of death in the log",
        source: "NSIR 2.3 Sudden Death",
        matches: |f| category_is(f, "elig.never.sudden-death") || marked(f, Marker::Death),
    },
    Rule {
        id: RuleId("elig.never.injury"),
        verdict: Verdict::Never,
        words: "a collision in which somebody was hurt or died",
        source: "NSIR 2.2 RTC - Death/Injury",
        matches: |f| category_is(f, "elig.never.injury"),
    },
    Rule {
        id: RuleId("elig.never.missing"),
        verdict: Verdict::Never,
        words: "a missing person",
        source: "NSIR 2.3 Missing Person",
        matches: |f| category_is(f, "elig.never.missing"),
    },
    Rule {
        id: RuleId("elig.never.wanted"),
        verdict: Verdict::Never,
        words: "a wanted or absconded person, an order or bail",
        source: "NSIR 2.3 Absconder",
        matches: |f| category_is(f, "elig.never.wanted"),
    },
    Rule {
        id: RuleId("elig.never.firearms"),
        verdict: Verdict::Never,
        words: "firearms",
        source: "NSIR 2.3 Firearms",
        matches: |f| category_is(f, "elig.never.firearms"),
    },
    Rule {
        id: RuleId("elig.never.immigration"),
        verdict: Verdict::Never,
        words: "immigration",
        source: "NSIR 2.3 Immigration",
        matches: |f| category_is(f, "elig.never.immigration"),
    },
    Rule {
        id: RuleId("elig.never.suspicious-package"),
        verdict: Verdict::Never,
        words: "a suspicious package or object",
        source: "NSIR 2.3 Suspicious Package",
        matches: |f| category_is(f, "elig.never.suspicious-package"),
    },
    Rule {
        id: RuleId("elig.never.asb-personal"),
        verdict: Verdict::Never,
        words: "anti-social behaviour aimed at a person",
        source: "NSIR 2.1 Personal",
        matches: |f| category_is(f, "elig.never.asb-personal"),
    },
    Rule {
        id: RuleId("elig.never.hoax"),
        verdict: Verdict::Never,
        words: "a hoax call",
        source: "NSIR 2.3 Hoax Calls",
        matches: |f| category_is(f, "elig.never.hoax"),
    },
    Rule {
        id: RuleId("elig.never.civil-dispute"),
        verdict: Verdict::Never,
        words: "a civil dispute",
        source: "NSIR 2.3 Civil Disputes",
        matches: |f| category_is(f, "elig.never.civil-dispute"),
    },
    Rule {
        id: RuleId("elig.never.administration"),
        verdict: Verdict::Never,
        words: "an administrative record: a message, a test, an error, a complaint, our own activity",
        source: "NSIR 2.4",
        matches: |f| category_is(f, "elig.never.administration"),
    },
    Rule {
        id: RuleId("elig.never.suspect"),
        verdict: Verdict::Never,
        words: "the caller is suspected of something",
        source: "safeguarding",
        matches: |f| f.caller.role == Coded::Known(Role::Suspect),
    },
    Rule {
        id: RuleId("elig.never.child"),
        verdict: Verdict::Never,
        words: "the caller is under eighteen",
        source: "safeguarding",
        matches: |f| f.caller.role == Coded::Known(Role::Child),
    },
    // Hold: crime.
    Rule {
        id: RuleId("elig.hold.crime"),
        verdict: Verdict::Hold,
        words: "the log or the caller is linked to a crime: victims hear through the Victims' Code",
        source: "the paper, section 2",
        matches: |f| !f.links.is_empty() || any_log(f, |log| log.crimed),
    },
    // Hold: the log is not finished, or not ours to tell.
    Rule {
        id: RuleId("elig.hold.not-closed"),
        verdict: Verdict::Hold,
        words: "the log is not closed",
        source: "NSIR 1.6",
        matches: |f| {
            either_log(f, |log| match log.status {
                Coded::Known(Status::Open) => true,
                Coded::Known(Status::Closed) => log.closed_at.is_none(),
                _ => false,
            })
        },
    },
    Rule {
        id: RuleId("elig.hold.reopened"),
        verdict: Verdict::Hold,
        words: "the log was opened again",
        source: "NSIR 1.6",
        matches: |f| either_log(f, |log| log.status == Coded::Known(Status::Reopened)),
    },
    Rule {
        id: RuleId("elig.hold.transferred"),
        verdict: Verdict::Hold,
        words: "another force or agency has it: the outcome is not ours to tell",
        source: "NSIR 1.11",
        matches: |f| either_log(f, |log| log.status == Coded::Known(Status::Transferred)),
    },
    Rule {
        id: RuleId("elig.hold.status-unknown"),
        verdict: Verdict::Hold,
        words: "the log's status is blank or not in the force profile",
        source: "fail closed",
        matches: |f| either_log(f, |log| log.status.known().is_none()),
    },
    Rule {
        id: RuleId("elig.hold.dates"),
        verdict: Verdict::Hold,
        words: "the log's times contradict each other or lie in the future",
        source: "fail closed",
        matches: |f| {
            either_log(f, |log| {
                let closed_before_open = log.closed_at.is_some_and(|closed| closed < log.opened_at);
                let future = log.closed_at.is_some_and(|closed| closed > f.now);
                closed_before_open || future || log.opened_at > f.now
            })
        },
    },
    Rule {
        id: RuleId("elig.hold.duplicate"),
        verdict: Verdict::Hold,
        words: "a duplicate whose main log is not named, not extracted yet, or a duplicate of this one",
        source: "NSIR 1.5: the outcome is the main log's",
        matches: |f| f.told.is_none(),
    },
    Rule {
        id: RuleId("elig.hold.duplicate-later"),
        verdict: Verdict::Hold,
        words: "rang when the main log was already closed: its outcome may be no answer to this call",
        source: "a text claims only what the log shows",
        matches: |f| {
            let main = f.told.filter(|told| told.number != f.log.number);
            let closed_at = main.and_then(|main| main.closed_at);
            closed_at.is_some_and(|closed_at| f.log.opened_at > closed_at)
        },
    },
    Rule {
        id: RuleId("elig.hold.opening-unknown"),
        verdict: Verdict::Hold,
        words: "the opening category is blank or not in the force profile",
        source: "fail closed",
        // The label of a crime is no incident's category, and held as a crime.
        matches: |f| either_log(f, |log| !log.crimed && log.opening.known().is_none()),
    },
    Rule {
        id: RuleId("elig.hold.closing-unknown"),
        verdict: Verdict::Hold,
        words: "the closing category is blank or not in the force profile",
        source: "fail closed",
        matches: |f| either_log(f, |log| !log.crimed && log.closing.known().is_none()),
    },
    Rule {
        id: RuleId("elig.hold.result-unknown"),
        verdict: Verdict::Hold,
        words: "no result code, or one that is not in the force profile",
        source: "NSIR 1.6: concluded, not merely closed",
        matches: |f| f.told.is_some_and(|told| told.results.is_empty() || !results_known(told)),
    },
    Rule {
        id: RuleId("elig.hold.results-differ"),
        verdict: Verdict::Hold,
        words: "the result codes tell different outcomes",
        source: "fail closed",
        matches: |f| {
            f.told.is_some_and(|told| {
                !told.results.is_empty() && results_known(told) && outcome(told).is_none()
            })
        },
    },
    Rule {
        id: RuleId("elig.hold.qualifier"),
        verdict: Verdict::Hold,
        words: "a qualifier says that somebody may be at risk, or that another body deals with it",
        source: "NSIR 1.15",
        matches: |f| {
            any_log(f, |log| log.qualifiers.iter().filter_map(Coded::known).any(qualifier_holds))
                || marked(f, Marker::Weapon)
                || marked(f, Marker::Vulnerable)
        },
    },
    Rule {
        id: RuleId("elig.hold.qualifier-unknown"),
        verdict: Verdict::Hold,
        words: "a qualifier that is not in the force profile",
        source: "fail closed",
        matches: |f| {
            any_log(f, |log| log.qualifiers.iter().any(|coded| matches!(coded, Coded::Unknown(_))))
        },
    },
    // Hold: the caller.
    Rule {
        id: RuleId("elig.hold.source"),
        verdict: Verdict::Hold,
        words: "nobody rang: police, another agency or a system reported it",
        source: "NSIR 2.4",
        matches: |f| f.log.source == Coded::Known(Source::NotAPerson),
    },
    Rule {
        id: RuleId("elig.hold.source-unknown"),
        verdict: Verdict::Hold,
        words: "how the report came is blank or not in the force profile",
        source: "fail closed",
        matches: |f| f.log.source.known().is_none(),
    },
    Rule {
        id: RuleId("elig.hold.role"),
        verdict: Verdict::Hold,
        words: "the caller was in the incident, or rang for their work",
        source: "safeguarding",
        matches: |f| matches!(f.caller.role, Coded::Known(Role::Involved | Role::Professional)),
    },
    Rule {
        id: RuleId("elig.hold.role-unknown"),
        verdict: Verdict::Hold,
        words: "what the caller was to the incident is blank or not in the force profile",
        source: "fail closed",
        matches: |f| f.caller.role.known().is_none(),
    },
    Rule {
        id: RuleId("elig.hold.consent-unknown"),
        verdict: Verdict::Hold,
        words: "whether the caller may be texted is blank or not in the force profile",
        source: "fail closed",
        matches: |f| f.caller.consent.known().is_none(),
    },
    Rule {
        id: RuleId("elig.hold.phone"),
        verdict: Verdict::Hold,
        words: "no number that a text can safely go to",
        source: "a text to a landline may be read aloud",
        matches: |f| !f.caller.sendable || f.caller.person.is_none(),
    },
    Rule {
        id: RuleId("elig.hold.fatigue"),
        verdict: Verdict::Hold,
        words: "this person was texted not long ago: within 30 days, or what the campaign says",
        source: "one text per person per 30 days, whatever the campaigns",
        matches: |f| {
            f.campaign.is_some_and(|campaign| {
                f.contacts.iter().any(|contact| {
                    contact.state.may_have_been_texted()
                        && !same_incident(contact, f)
                        && contact
                            .queued_at
                            .is_some_and(|sent| f.now.duration_since(sent) < campaign.rest)
                })
            })
        },
    },
    Rule {
        id: RuleId("elig.hold.planned-elsewhere"),
        verdict: Verdict::Hold,
        words: "a text to this person about another incident comes first",
        source: "one text per person per 30 days, whatever the campaigns",
        matches: |f| {
            f.contacts.iter().any(|contact| {
                matches!(contact.state, State::Planned | State::Queued)
                    && !same_incident(contact, f)
                    && comes_first(contact, f)
            })
        },
    },
    Rule {
        id: RuleId("elig.hold.stale"),
        verdict: Verdict::Hold,
        words: "closed too long ago: the text would come too late",
        source: "the campaign's hours",
        matches: |f| match (f.campaign, f.told.and_then(|told| told.closed_at)) {
            (Some(campaign), Some(closed_at)) => {
                campaign.hours.timing(closed_at, f.now) == Timing::Stale
            }
            _ => false,
        },
    },
    // Hold: no campaign speaks for it.
    Rule {
        id: RuleId("elig.hold.no-campaign"),
        verdict: Verdict::Hold,
        words: "no running campaign answers both the opening and the closing category",
        source: "NSIR 1.17",
        matches: |f| f.told.is_some() && f.campaign.is_none(),
    },
    Rule {
        id: RuleId("elig.hold.excluded"),
        verdict: Verdict::Hold,
        words: "the campaign leaves out this qualifier, way of reporting or area",
        source: "the campaign's own exclusions",
        matches: |f| f.campaign.is_some_and(|campaign| any_log(f, |log| campaign.exclude.has(log))),
    },
    Rule {
        id: RuleId("elig.hold.no-words"),
        verdict: Verdict::Hold,
        words: "the campaign has no words for this outcome",
        source: "a text claims only what the log shows",
        matches: |f| match (f.campaign, f.told.and_then(outcome)) {
            (Some(campaign), Some(outcome)) => !campaign.words.contains_key(outcome),
            _ => false,
        },
    },
];

fn results_known(log: &Log) -> bool {
    log.results.iter().all(|result| matches!(result, Coded::Known(_)))
}

/// Of two planned contacts of one person, the one due first goes ahead; of two due in the same
/// moment, the one with the lower log number. Both must agree, or neither would ever be sent.
///
/// A caller who has no contact yet is planned whatever else is: which goes ahead is decided when
/// they are due, so it does not matter which log was read first.
fn comes_first(other: &Contact, facts: &Facts<'_>) -> bool {
    let own = facts.contacts.iter().find(|contact| {
        matches!(contact.state, State::Planned | State::Queued) && same_incident(contact, facts)
    });
    own.is_some_and(|own| (other.due_at, &other.incident) < (own.due_at, &own.incident))
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::campaign::Exclude;
    use crate::incident::LogNumber;

    pub(crate) fn log() -> Log {
        Log {
            number: LogNumber::parse("HC-20260303-0412").unwrap(),
            extracted_at: "2026-03-04T06:00:00Z".parse().unwrap(),
            opened_at: "2026-03-03T17:20:00Z".parse().unwrap(),
            closed_at: Some("2026-03-03T19:02:00Z".parse().unwrap()),
            status: Coded::Known(Status::Closed),
            opening: Coded::Known(Category::HighwayDisruption),
            closing: Coded::Known(Category::HighwayDisruption),
            results: vec![Coded::Known(Outcome::parse("cleared").unwrap())],
            qualifiers: vec![],
            source: Coded::Known(Source::Telephone),
            attended: Some(true),
            arrived_at: Some("2026-03-03T17:41:00Z".parse().unwrap()),
            duplicate_of: vec![],
            cross_refs: vec![],
            crimed: false,
            area: "A1".to_owned(),
            markers: vec![],
        }
    }

    pub(crate) fn caller() -> KnownCaller {
        KnownCaller {
            person: PersonId::parse(&"a".repeat(32)),
            sendable: true,
            phone_reason: "UK mobile".to_owned(),
            role: Coded::Known(Role::Public),
            consent: Coded::Known(Consent::Yes),
            language: None,
        }
    }

    struct Case {
        log: Log,
        /// The main log, when `log` is a duplicate.
        main: Option<Log>,
        /// Other logs of the incident.
        siblings: Vec<Log>,
        answered: BTreeSet<ContactId>,
        caller: KnownCaller,
        links: Vec<CrimeLink>,
        opted_out: Option<Timestamp>,
        contacts: Vec<Contact>,
        campaign: Option<Campaign>,
    }

    fn case() -> Case {
        Case {
            log: log(),
            main: None,
            siblings: vec![],
            answered: BTreeSet::new(),
            caller: caller(),
            links: vec![],
            opted_out: None,
            contacts: vec![],
            campaign: crate::campaign::tests::file().check().ok(),
        }
    }

    /// What the case's campaign leaves out; without a campaign, nothing that matters.
    fn exclude(case: &mut Case) -> &mut Exclude {
        let campaign = case.campaign.get_or_insert_with(|| {
            let mut none = crate::campaign::tests::file().check().unwrap();
            none.categories.clear();
            none
        });
        &mut campaign.exclude
    }

    fn now() -> Timestamp {
        "2026-03-04T10:00:00Z".parse().unwrap()
    }

    fn decided(case: &Case) -> Decision {
        let told = match case.log.main() {
            Main::Itself => Some(&case.log),
            Main::Other(_) | Main::Unnamed => case.main.as_ref(),
        };
        let others: Vec<&Log> = case.main.iter().chain(&case.siblings).collect();
        decide(&Facts {
            told,
            others: &others,
            answered: &case.answered,
            links: &case.links,
            opted_out: case.opted_out,
            contacts: &case.contacts,
            campaign: choose(case.campaign.as_ref(), &case.log, told, now()),
            ..Facts::alone(&case.log, &case.caller, None, now())
        })
    }

    /// Makes the caller's log a duplicate of one like the usual.
    fn duplicate(case: &mut Case) -> &mut Log {
        let main = log();
        case.log.number = LogNumber::parse("HC-20260303-0500").unwrap();
        case.log.closing = Coded::Known(Category::Duplicate);
        case.log.results.clear();
        case.log.duplicate_of = vec![main.number.clone()];
        case.main.insert(main)
    }

    fn contact(incident: &str, state: State, planned: &str) -> Contact {
        let plan = crate::contact::Plan {
            incident: LogNumber::parse(incident).unwrap(),
            person: PersonId::parse(&"a".repeat(32)).unwrap(),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Outcome::parse("cleared").unwrap(),
            area: String::new(),
            control: false,
            due_at: now(),
        };
        let mut contact = Contact::plan(plan, planned.parse().unwrap());
        contact.state = state;
        contact.queued_at = planned.parse().ok();
        contact.due_at = planned.parse().unwrap();
        contact
    }

    type Change = fn(&mut Case);

    /// The changes that make each rule match. A rule without one here fails the test below.
    fn changes() -> Vec<(&'static str, Change)> {
        vec![
            ("elig.never.domestic", |c| c.log.opening = Coded::Known(Category::DomesticIncident)),
            ("elig.never.domestic", |c| c.log.closing = Coded::Known(Category::DomesticIncident)),
            ("elig.never.domestic", |c| c.log.markers.push(Marker::DomesticAbuse)),
            ("elig.never.domestic", |c| {
                c.log.qualifiers.push(Coded::Known(Qualifier::DomesticAbuse));
            }),
            ("elig.never.domestic", |c| {
                c.log.qualifiers.push(Coded::Known(Qualifier::HonourBasedIncident));
            }),
            ("elig.never.abandoned-call", |c| {
                c.log.opening = Coded::Known(Category::AbandonedCall);
            }),
            ("elig.never.abandoned-call", |c| c.log.markers.push(Marker::SilentCall)),
            ("elig.never.unsafe", |c| c.log.markers.push(Marker::UnsafeToContact)),
            ("elig.never.unsafe", |c| c.log.markers.push(Marker::OthersPhone)),
            ("elig.never.unsafe", |c| c.caller.consent = Coded::Known(Consent::No)),
            ("elig.never.anonymous", |c| c.log.markers.push(Marker::Anonymous)),
            ("elig.never.opted-out", |c| c.opted_out = Some(now())),
            ("elig.never.texted-before", |c| {
                c.contacts.push(contact(
                    "HC-20260303-0412",
                    State::Accepted,
                    "2026-03-04T09:00:00Z",
                ));
            }),
            ("elig.never.sudden-death", |c| c.log.closing = Coded::Known(Category::SuddenDeath)),
            ("elig.never.sudden-death", |c| c.log.markers.push(Marker::Death)),
            ("elig.never.injury", |c| c.log.opening = Coded::Known(Category::RtcDeathInjury)),
            ("elig.never.missing", |c| c.log.opening = Coded::Known(Category::MissingPerson)),
            ("elig.never.wanted", |c| c.log.opening = Coded::Known(Category::AbsconderWanted)),
            ("elig.never.firearms", |c| c.log.opening = Coded::Known(Category::Firearms)),
            ("elig.never.immigration", |c| c.log.opening = Coded::Known(Category::Immigration)),
            ("elig.never.suspicious-package", |c| {
                c.log.opening = Coded::Known(Category::SuspiciousPackage);
            }),
            ("elig.never.asb-personal", |c| c.log.opening = Coded::Known(Category::AsbPersonal)),
            ("elig.never.hoax", |c| c.log.closing = Coded::Known(Category::HoaxCalls)),
            ("elig.never.civil-dispute", |c| {
                c.log.opening = Coded::Known(Category::CivilDisputes);
            }),
            ("elig.never.administration", |c| {
                c.log.closing = Coded::Known(Category::TestTraining);
            }),
            ("elig.never.suspect", |c| c.caller.role = Coded::Known(Role::Suspect)),
            ("elig.never.child", |c| c.caller.role = Coded::Known(Role::Child)),
            ("elig.hold.crime", |c| c.log.crimed = true),
            ("elig.hold.crime", |c| {
                let reference = "41/0001/26".to_owned();
                c.links.push(CrimeLink { reference, log: None, person: c.caller.person.clone() });
            }),
            ("elig.hold.not-closed", |c| c.log.status = Coded::Known(Status::Open)),
            ("elig.hold.not-closed", |c| c.log.closed_at = None),
            ("elig.hold.reopened", |c| c.log.status = Coded::Known(Status::Reopened)),
            ("elig.hold.transferred", |c| c.log.status = Coded::Known(Status::Transferred)),
            ("elig.hold.status-unknown", |c| c.log.status = Coded::Blank),
            ("elig.hold.status-unknown", |c| c.log.status = Coded::Unknown("?".to_owned())),
            ("elig.hold.dates", |c| c.log.closed_at = "2026-03-03T17:19:59Z".parse().ok()),
            ("elig.hold.dates", |c| c.log.closed_at = "2026-03-04T10:00:01Z".parse().ok()),
            ("elig.never.texted-before", |c| {
                let earlier = contact("HC-ITS-OLD-MAIN", State::Accepted, "2026-01-04T09:00:00Z");
                c.answered.insert(earlier.id.clone());
                c.contacts.push(earlier);
            }),
            ("elig.never.texted-before", |c| {
                duplicate(c);
                c.contacts.push(contact(
                    "HC-20260303-0412",
                    State::Accepted,
                    "2026-01-04T09:00:00Z",
                ));
            }),
            ("elig.never.domestic", |c| duplicate(c).markers.push(Marker::DomesticAbuse)),
            ("elig.never.domestic", |c| {
                let mut sibling = log();
                sibling.opening = Coded::Known(Category::DomesticIncident);
                c.siblings.push(sibling);
            }),
            ("elig.hold.crime", |c| duplicate(c).crimed = true),
            ("elig.hold.reopened", |c| duplicate(c).status = Coded::Known(Status::Reopened)),
            ("elig.hold.dates", |c| duplicate(c).closed_at = "2026-03-03T17:19:59Z".parse().ok()),
            ("elig.hold.opening-unknown", |c| duplicate(c).opening = Coded::Blank),
            ("elig.hold.result-unknown", |c| duplicate(c).results.clear()),
            ("elig.hold.no-campaign", |c| {
                duplicate(c).closing = Coded::Known(Category::AnimalsWildlife);
            }),
            ("elig.hold.no-campaign", |c| {
                duplicate(c);
                c.log.opening = Coded::Known(Category::AnimalsWildlife);
            }),
            ("elig.hold.duplicate", |c| c.log.closing = Coded::Known(Category::Duplicate)),
            ("elig.hold.duplicate", |c| {
                duplicate(c);
                c.main = None;
            }),
            ("elig.hold.duplicate-later", |c| {
                duplicate(c);
                c.log.opened_at = "2026-03-03T19:02:01Z".parse().unwrap();
                c.log.closed_at = "2026-03-03T19:30:00Z".parse().ok();
            }),
            ("elig.hold.opening-unknown", |c| c.log.opening = Coded::Blank),
            ("elig.hold.closing-unknown", |c| c.log.closing = Coded::Unknown("X9".to_owned())),
            ("elig.hold.result-unknown", |c| c.log.results.clear()),
            ("elig.hold.result-unknown", |c| c.log.results.push(Coded::Unknown("Z".to_owned()))),
            ("elig.hold.results-differ", |c| {
                let outcomes = ["cleared", "thanked"].map(|name| Outcome::parse(name).unwrap());
                c.log.results = outcomes.map(Coded::Known).to_vec();
            }),
            ("elig.hold.qualifier", |c| c.log.qualifiers = vec![Coded::Known(Qualifier::Alcohol)]),
            ("elig.hold.qualifier", |c| c.log.markers.push(Marker::Weapon)),
            ("elig.hold.qualifier", |c| c.log.markers.push(Marker::Vulnerable)),
            ("elig.hold.qualifier-unknown", |c| {
                c.log.qualifiers = vec![Coded::Unknown("Q".to_owned())];
            }),
            ("elig.hold.source", |c| c.log.source = Coded::Known(Source::NotAPerson)),
            ("elig.hold.source-unknown", |c| c.log.source = Coded::Blank),
            ("elig.hold.role", |c| c.caller.role = Coded::Known(Role::Involved)),
            ("elig.hold.role", |c| c.caller.role = Coded::Known(Role::Professional)),
            ("elig.hold.role-unknown", |c| c.caller.role = Coded::Blank),
            ("elig.hold.consent-unknown", |c| c.caller.consent = Coded::Blank),
            ("elig.hold.phone", |c| c.caller.sendable = false),
            ("elig.hold.phone", |c| c.caller.person = None),
            ("elig.hold.fatigue", |c| {
                c.contacts.push(contact("HC-OTHER", State::Delivered, "2026-02-10T09:00:00Z"));
            }),
            ("elig.hold.planned-elsewhere", |c| {
                c.contacts.push(contact(
                    "HC-20260303-0412",
                    State::Planned,
                    "2026-03-04T09:30:00Z",
                ));
                c.contacts.push(contact("HC-OTHER", State::Planned, "2026-03-04T09:00:00Z"));
            }),
            ("elig.hold.stale", |c| {
                c.log.opened_at = "2026-02-20T10:00:00Z".parse().unwrap();
                c.log.closed_at = "2026-02-20T12:00:00Z".parse().ok();
            }),
            ("elig.hold.no-campaign", |c| c.campaign = None),
            ("elig.hold.excluded", |c| exclude(c).areas.extend(["a1".to_owned()])),
            ("elig.hold.excluded", |c| exclude(c).sources.extend([Source::Telephone])),
            ("elig.hold.excluded", |c| {
                exclude(c).qualifiers.extend([Qualifier::Wildlife]);
                c.log.qualifiers.push(Coded::Known(Qualifier::Wildlife));
            }),
            ("elig.hold.no-words", |c| {
                c.log.results = vec![Coded::Known(Outcome::parse("flew-away").unwrap())];
            }),
        ]
    }

    #[test]
    fn a_clean_log_is_texted() {
        let decision = decided(&case());
        assert_eq!(decision.verdict, Verdict::Text);
        assert_eq!(decision.rules, []);
        assert_eq!(decision.outcome.unwrap().as_str(), "cleared");
    }

    #[test]
    fn every_rule_denies_what_it_names() {
        for (id, change) in changes() {
            let mut case = case();
            change(&mut case);
            let decision = decided(&case);
            let rule = RuleId::parse(id).unwrap();
            assert!(decision.rules.contains(&rule), "{id} not in {:?}", decision.rules);
            assert!(decision.verdict >= rule.verdict(), "{id}");
        }
    }

    #[test]
    fn every_rule_has_a_test_and_a_name_that_tells_its_verdict() {
        let tested: Vec<_> = changes().iter().map(|(id, _)| *id).collect();
        for rule in RULES {
            assert!(tested.contains(&rule.id.0), "{} has no test", rule.id);
            let part = rule.id.0.split('.').nth(1).unwrap();
            assert_eq!(Verdict::parse(part), Some(rule.verdict), "{}", rule.id);
            assert!(!rule.words.is_empty() && !rule.source.is_empty());
        }
    }

    #[test]
    fn any_two_reasons_are_as_strict_as_the_stricter() {
        for (first, change_first) in changes() {
            for (second, change_second) in changes() {
                let mut case = case();
                change_first(&mut case);
                let alone = decided(&case).verdict;
                change_second(&mut case);
                // A second change of the same field replaces the first; it is no second reason.
                let both = decided(&case);
                for id in [first, second] {
                    let rule = RuleId::parse(id).unwrap();
                    let kept = both.rules.contains(&rule);
                    assert!(!kept || both.verdict >= rule.verdict(), "{first} and {second}");
                }
                let kept = RuleId::parse(first).is_some_and(|id| both.rules.contains(&id));
                assert!(!kept || both.verdict >= alone, "{first} and {second}");
            }
        }
    }

    /// Something that one of the incident's logs says besides: it can only speak against a text.
    #[derive(Debug, Clone)]
    enum Said {
        Marker(Marker),
        Qualifier(Coded<Qualifier>),
        Crimed,
        Linked,
        OptedOut,
    }

    fn said() -> impl Strategy<Value = Said> {
        let qualifier = proptest::sample::select(&crate::nsir::QUALIFIERS[..]);
        prop_oneof![
            proptest::sample::select(&crate::incident::MARKERS[..])
                .prop_map(|(m, _)| Said::Marker(m)),
            qualifier.prop_map(|(qualifier, _)| Said::Qualifier(Coded::Known(qualifier))),
            Just(Said::Qualifier(Coded::Unknown("Q".to_owned()))),
            Just(Said::Crimed),
            Just(Said::Linked),
            Just(Said::OptedOut),
        ]
    }

    proptest! {
        #[test]
        fn whatever_is_said_besides_never_makes_a_caller_textable(
            so in proptest::collection::vec(any::<proptest::sample::Index>(), 0..4),
            said in said(),
            of in 0_usize..3,
        ) {
            let mut case = case();
            for index in so {
                index.get(&changes()).1(&mut case);
            }
            let before = decided(&case);
            let logs = std::iter::once(&mut case.log).chain(&mut case.main).chain(&mut case.siblings);
            let mut logs: Vec<_> = logs.collect();
            let place = of % logs.len();
            let log = &mut logs[place];
            match said {
                Said::Marker(marker) => log.markers.push(marker),
                Said::Qualifier(qualifier) => log.qualifiers.push(qualifier),
                Said::Crimed => log.crimed = true,
                Said::Linked => case.links.push(CrimeLink {
                    reference: "41/0002/26".to_owned(),
                    log: None,
                    person: None,
                }),
                Said::OptedOut => case.opted_out = Some(now()),
            }
            let after = decided(&case);
            prop_assert!(after.verdict >= before.verdict, "{:?}, then {:?}", before, after);
        }
    }

    #[test]
    fn the_caller_of_a_duplicate_hears_the_main_logs_outcome() {
        let mut case = case();
        duplicate(&mut case).results = vec![Coded::Known(Outcome::parse("thanked").unwrap())];
        let decision = decided(&case);
        assert_eq!(decision.verdict, Verdict::Text, "{:?}", decision.rules);
        assert_eq!(decision.outcome.unwrap().as_str(), "thanked");
    }

    #[test]
    fn what_is_said_of_another_caller_is_not_said_of_this_one() {
        for marker in [Marker::Anonymous, Marker::UnsafeToContact, Marker::OthersPhone] {
            let mut case = case();
            duplicate(&mut case).markers.push(marker);
            assert_eq!(decided(&case).verdict, Verdict::Text, "{marker:?}");
        }
    }

    #[test]
    fn a_fingerprint_tells_one_sight_from_another() {
        let seen = |change: Change| {
            let mut case = case();
            change(&mut case);
            fingerprint(&Facts {
                opted_out: case.opted_out,
                ..Facts::alone(&case.log, &case.caller, case.campaign.as_ref(), now())
            })
        };
        let usual = seen(|_| ());
        assert_eq!(usual, seen(|_| ()));
        assert_eq!(usual.len(), 16);
        assert_ne!(usual, seen(|c| c.log.markers.push(Marker::Death)));
        assert_ne!(usual, seen(|c| c.caller.role = Coded::Blank));
        assert_ne!(usual, seen(|c| c.opted_out = Some(now())));
        assert_ne!(usual, seen(|c| c.campaign = None));
    }

    #[test]
    fn a_person_is_left_in_peace_for_thirty_days() {
        let mut case = case();
        case.contacts = vec![contact("HC-OTHER", State::Delivered, "2026-02-02T10:00:00Z")];
        assert_eq!(decided(&case).verdict, Verdict::Text);
        case.campaign.as_mut().unwrap().rest = jiff::SignedDuration::from_hours(31 * 24);
        assert_eq!(decided(&case).verdict, Verdict::Hold, "unless the campaign says longer");
    }

    #[test]
    fn of_two_planned_contacts_exactly_one_goes_ahead() {
        let own = contact("HC-20260303-0412", State::Planned, "2026-03-04T09:00:00Z");
        let other = contact("HC-OTHER", State::Planned, "2026-03-04T09:30:00Z");
        let mut first = case();
        first.contacts = vec![own.clone(), other.clone()];
        let mut second = case();
        second.log.number = other.incident.clone();
        second.contacts = vec![own, other];
        assert_eq!(decided(&first).verdict, Verdict::Text);
        assert_eq!(decided(&second).verdict, Verdict::Hold);
    }

    #[test]
    fn the_campaign_must_have_both_codes() {
        let campaign = case().campaign.unwrap();
        let mut log = log();
        assert!(choose([&campaign], &log, Some(&log), now()).is_some());
        assert!(choose([&campaign], &log, Some(&log), Timestamp::UNIX_EPOCH).is_none());
        log.opening = Coded::Known(Category::AnimalsWildlife);
        assert!(choose([&campaign], &log, Some(&log), now()).is_none());
    }
}
