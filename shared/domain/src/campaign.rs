//! A campaign: which incidents, which words, when, how much.
//!
//! A campaign is a file its owner can read ([`CampaignFile`], TOML in `infra/campaigns`). What it
//! cannot be used without is checked here, and again whenever it is read from the table; what makes it
//! a good one is looked at once, before it is published, by [`crate::proof`]. It is stored under a
//! version that never changes; a contact keeps the version it was planned under.

mod file;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use crate::budget::Money;
use crate::conversation::Talk;
use crate::experiment::{Arm, Experiment, ExperimentId};
use crate::hours::{Hours, LONDON};
use crate::incident::{Coded, Log, Outcome, Source};
use crate::language::Language;
use crate::nsir::{Category, Qualifier};
use crate::person::PersonId;
use crate::supplier::SupplierName;
use crate::wording::Words;

#[cfg(test)]
pub(crate) use file::tests;
pub use file::{
    CampaignFile, ExcludeFile, HoursFile, LanguageFile, MoneyFile, TalkFile, WordsFile,
};

/// A campaign's short name, such as `highways`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CampaignId(String);

impl CampaignId {
    /// Accepts 1 to 40 lower-case letters, digits and hyphens, but not `all`, which reports say of
    /// every campaign together.
    pub fn parse(text: &str) -> Option<Self> {
        let fits = (1..=40).contains(&text.len())
            && text != "all"
            && text.bytes().all(|b| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'-'));
        fits.then(|| Self(text.to_owned()))
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CampaignId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A campaign that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Campaign {
    /// Its short name.
    pub id: CampaignId,
    /// Its name for people.
    pub title: String,
    /// The first day on which it plans and texts.
    pub starts: Date,
    /// The last day on which it plans and texts.
    pub ends: Date,
    /// The supplier that sends its texts.
    pub supplier: SupplierName,
    /// The categories whose callers it answers; both opening and closing code must be one.
    pub categories: BTreeSet<Category>,
    /// Of a hundred people, how many get nothing, for comparison.
    pub hold_out_percent: u8,
    /// The experiment it takes part in, where it is not one by itself: campaigns of one experiment
    /// hold out the same people.
    pub experiment: Option<ExperimentId>,
    /// When it may text.
    pub hours: Hours,
    /// How long a person is left in peace after any text, of this campaign or another.
    pub rest: SignedDuration,
    /// The price of one part of a text, where it is not the supplier's own (see [`crate::prices`]).
    pub price: Option<Money>,
    /// What it may spend in one calendar month.
    pub monthly_cap: Money,
    /// What it says, by outcome.
    pub words: BTreeMap<Outcome, Words>,
    /// What it says to somebody who replied.
    pub talk: Talk,
    /// The same in other languages.
    pub talks: BTreeMap<Language, Talk>,
    /// Logs of its categories that it leaves out.
    pub exclude: Exclude,
    /// The day on which somebody decides whether it goes on.
    pub review: Option<Date>,
}

/// What a campaign leaves out, beside what nobody is ever texted about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Exclude {
    /// Logs with one of these qualifiers.
    pub qualifiers: BTreeSet<Qualifier>,
    /// Callers who came in one of these ways.
    pub sources: BTreeSet<Source>,
    /// Logs of these beats or areas, as the extract writes them.
    pub areas: BTreeSet<String>,
}

impl Exclude {
    /// Whether it leaves out this log.
    pub fn has(&self, log: &Log) -> bool {
        log.qualifiers.iter().filter_map(Coded::known).any(|q| self.qualifiers.contains(&q))
            || log.source.known().is_some_and(|source| self.sources.contains(&source))
            || self.areas.iter().any(|area| area.eq_ignore_ascii_case(&log.area))
    }
}

/// What a pause stops.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Every campaign.
    All,
    /// One.
    Campaign(CampaignId),
}

impl Scope {
    /// Accepts `all` or a campaign's name.
    pub fn parse(text: &str) -> Option<Self> {
        if text == "all" { Some(Self::All) } else { CampaignId::parse(text).map(Self::Campaign) }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Campaign(id) => id.fmt(f),
        }
    }
}

/// A stop, until somebody resumes or its end comes: nothing of its scope is texted meanwhile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pause {
    /// What it stops.
    pub scope: Scope,
    /// Why, in words.
    pub why: String,
    /// Who paused it; `aftercall` when it paused itself.
    pub by: String,
    /// Since when.
    pub at: Timestamp,
    /// When it ends by itself, if ever.
    pub until: Option<Timestamp>,
    /// Whether somebody was told, or did it themselves.
    pub told: bool,
}

impl Pause {
    /// Whether it keeps a campaign from texting now.
    pub fn holds(&self, campaign: &CampaignId, now: Timestamp) -> bool {
        let within = match &self.scope {
            Scope::All => true,
            Scope::Campaign(id) => id == campaign,
        };
        within && self.until.is_none_or(|until| now < until)
    }
}

/// A thing of which an immutable version was published.
#[derive(Debug, Clone, PartialEq)]
pub struct Published<T> {
    /// The version, from 1.
    pub version: u32,
    /// The thing.
    pub body: T,
}

impl Campaign {
    /// Whether the campaign runs at this moment, by London's calendar.
    pub fn runs_at(&self, now: Timestamp) -> bool {
        let today = now.to_zoned(LONDON.clone()).date();
        self.starts <= today && today <= self.ends
    }

    /// What it says to somebody who replied, in their language where it has that.
    pub fn talk_in(&self, language: Language) -> &Talk {
        self.talks.get(&language).unwrap_or(&self.talk)
    }

    /// The experiment it takes part in, and the share it holds out.
    pub fn experiment(&self) -> Experiment {
        let id = self.experiment.clone().unwrap_or_else(|| ExperimentId::from(&self.id));
        Experiment { id, hold_out_percent: self.hold_out_percent }
    }

    /// Whether this person is in the control arm by what this campaign says alone: decided by hash,
    /// so always the same.
    pub fn holds_out(&self, person: &PersonId) -> bool {
        self.experiment().arm(person) == Arm::Control
    }

    /// Whether this person is in the control arm of its experiment, of which `campaigns` may have
    /// more. Where they hold out different shares the largest counts, so that whom one holds out no
    /// other texts.
    pub fn holds_out_among<'a>(
        &self,
        campaigns: impl IntoIterator<Item = &'a Self>,
        person: &PersonId,
    ) -> bool {
        let own = self.experiment();
        let others = campaigns.into_iter().map(Self::experiment).filter(|other| other.id == own.id);
        let share = others.map(|other| other.hold_out_percent).max().unwrap_or_default();
        let hold_out_percent = share.max(own.hold_out_percent);
        Experiment { hold_out_percent, ..own }.arm(person) == Arm::Control
    }
}

/// Something wrong with a file that is published: the field, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Problem {
    /// The field, such as `hours.from`.
    pub field: String,
    /// What is wrong and what would be right.
    pub problem: String,
}
