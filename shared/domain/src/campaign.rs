//! A campaign: which incidents, which words, when, how much.
//!
//! A campaign is a file its owner can read ([`CampaignFile`], TOML in `infra/campaigns`). Publishing
//! checks it into a [`Campaign`] and stores it under a version that never changes; a contact keeps
//! the version it was planned under.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::{Date, Time, Weekday};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::budget::Money;
use crate::conversation::Talk;
use crate::evidence::Claim;
use crate::hours::{self, Hours, LONDON};
use crate::incident::Outcome;
use crate::nsir::Category;
use crate::person::PersonId;
use crate::supplier::SupplierName;
use crate::text;
use crate::wording::{self, Words};

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

    /// Whether this person is in the control arm: decided by hash, so always the same.
    pub fn holds_out(&self, person: &PersonId) -> bool {
        use sha2::{Digest, Sha256};
        let mut hash = Sha256::new();
        hash.update(self.id.as_str());
        hash.update([0]);
        hash.update(person.as_str());
        let bytes = hash.finalize();
        let share = u16::from_be_bytes([bytes[0], bytes[1]]) % 100;
        share < u16::from(self.hold_out_percent)
    }
}

/// A campaign as its owner writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CampaignFile {
    /// Short name: lower-case letters, digits, hyphens.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// First day, `YYYY-MM-DD`.
    pub starts: String,
    /// Last day, `YYYY-MM-DD`.
    pub ends: String,
    /// Who sends: `notify`, `twilio` or `exchange:<partner>`.
    pub supplier: String,
    /// NSIR categories by their exact names.
    pub categories: Vec<String>,
    /// 0 to 50 of a hundred people get nothing, for comparison.
    #[serde(default)]
    pub hold_out_percent: u8,
    /// When it may text.
    pub hours: HoursFile,
    /// What it may cost.
    pub money: MoneyFile,
    /// What it says, by outcome.
    pub outcomes: BTreeMap<String, WordsFile>,
    /// What it says to somebody who replied; without it, nothing but what is for safety.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<TalkFile>,
}

/// The `[conversation]` of a campaign file. What is left out is not said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TalkFile {
    /// To somebody who may be in danger; names 999 and 55. There are words of ours without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub safety: Option<String>,
    /// To somebody who reports something new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<String>,
    /// Confirms a stop, once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Apologises to somebody who never rang.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong_person: Option<String>,
    /// Asks why, after a score of 1 to 3 and no words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub better: Option<String>,
    /// Asks why, after a score of 4 or 5 and no words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub well: Option<String>,
    /// Would you call us again? Answered yes or no.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_again: Option<String>,
    /// Confidence in the police of the area, answered 1 to 5. Where both are there, each goes to one
    /// half of the people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
    /// Asks once more, where nothing came back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder: Option<String>,
    /// Days without an answer before the reminder, 1 to 14.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reminder_after_days: Option<u16>,
    /// What came of a hazard that was still there, by outcome.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub results: BTreeMap<String, String>,
}

/// The `[hours]` of a campaign file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HoursFile {
    /// First moment, `HH:MM`, London.
    pub from: String,
    /// First moment at which it may no more, `HH:MM`, London.
    pub until: String,
    /// Days: `mon` to `sun`.
    pub days: Vec<String>,
    /// Hours after closure at the earliest.
    pub not_before_hours: u16,
    /// Days after closure at the latest.
    pub not_after_days: u16,
    /// Whether it texts on bank holidays of England and Wales.
    #[serde(default)]
    pub bank_holidays: bool,
    /// Days for which a person is left in peace after any text, of whatever campaign: 7 to 365.
    #[serde(default = "thirty")]
    pub rest_days: u16,
}

fn thirty() -> u16 {
    30
}

/// The `[money]` of a campaign file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MoneyFile {
    /// Price of one part of a text, in pence, such as `"2.4"`; without it the supplier's published
    /// price of the day counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pence_per_segment: Option<String>,
    /// The most it may spend in a calendar month, in whole pounds.
    pub cap_pounds_a_month: u32,
}

/// One of the `[outcomes.…]` of a campaign file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordsFile {
    /// The text, with `((date))` where the day of the call belongs.
    pub text: String,
    /// What the text claims, such as `attended`; the log must show it.
    #[serde(default)]
    pub claims: Vec<String>,
    /// The outcome whose weaker words to use where the log does not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
    /// The id of the supplier's own template that says these words, where wording is approved
    /// there; GOV.UK Notify only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

/// Something wrong with a campaign file: the field, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {problem}")]
pub struct Problem {
    /// The field, such as `hours.from`.
    pub field: String,
    /// What is wrong and what would be right.
    pub problem: String,
}

impl CampaignFile {
    /// Checks every field and says everything that is wrong, not only the first.
    ///
    /// # Errors
    /// Every problem found, in the order of the file.
    pub fn check(&self) -> Result<Campaign, Vec<Problem>> {
        let mut problems = Problems::default();
        let id = problems.need(CampaignId::parse(&self.name), "name", || {
            format!("{:?} is not 1 to 40 lower-case letters, digits and hyphens", self.name)
        });
        let starts = problems.date("starts", &self.starts);
        let ends = problems.date("ends", &self.ends);
        if let (Some(starts), Some(ends)) = (starts, ends)
            && ends < starts
        {
            problems.add("ends", format!("{ends} is before the first day, {starts}"));
        }
        let supplier = problems.need(SupplierName::parse(&self.supplier), "supplier", || {
            format!(
                "{:?} is unknown; use \"notify\", \"twilio\" or \"exchange:<partner>\"",
                self.supplier
            )
        });
        let mut categories = BTreeSet::new();
        for name in &self.categories {
            match Category::parse(name) {
                Some(category) if crate::eligibility::never(category).is_some() => problems.add(
                    "categories",
                    format!("callers of {name:?} are never texted; take it out"),
                ),
                Some(category) => {
                    categories.insert(category);
                }
                None => problems
                    .add("categories", format!("{name:?} is not an NSIR 2011 category name")),
            }
        }
        if let (Some(ends), Some(known)) = (ends, hours::bank_holidays_known_until())
            && ends > known
            && !self.hours.bank_holidays
        {
            problems.add("ends", format!("bank holidays are known until {known} only"));
        }
        if self.categories.is_empty() {
            problems.add("categories", "name at least one NSIR category".to_owned());
        }
        if self.hold_out_percent > 50 {
            problems.add("hold_out_percent", "must be 0 to 50".to_owned());
        }
        let hours = self.hours(&mut problems);
        if !(7..=365).contains(&self.hours.rest_days) {
            problems.add("hours.rest_days", "must be 7 to 365".to_owned());
        }
        let price = self.money.pence_per_segment.as_deref().and_then(|pence| {
            problems.need(Money::parse_pence(pence), "money.pence_per_segment", || {
                format!("{pence:?} is not pence such as \"2.4\"")
            })
        });
        let words = self.words(&mut problems);
        let talk = self.talk(&mut problems);
        match (id, starts, ends, hours, supplier) {
            (Some(id), Some(starts), Some(ends), Some(hours), Some(supplier))
                if problems.0.is_empty() =>
            {
                Ok(Campaign {
                    id,
                    title: self.title.clone(),
                    starts,
                    ends,
                    supplier,
                    categories,
                    hold_out_percent: self.hold_out_percent,
                    hours,
                    rest: SignedDuration::from_hours(i64::from(self.hours.rest_days) * 24),
                    price,
                    monthly_cap: Money::from_pence(u64::from(self.money.cap_pounds_a_month) * 100),
                    words,
                    talk,
                })
            }
            _ => Err(problems.0),
        }
    }

    fn hours(&self, problems: &mut Problems) -> Option<Hours> {
        let file = &self.hours;
        let from = problems.time("hours.from", &file.from);
        let until = problems.time("hours.until", &file.until);
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            problems
                .add("hours.until", format!("{until} is not after {from}: it could never send"));
        }
        let mut days = Vec::new();
        for name in &file.days {
            match weekday(name) {
                Some(day) => days.push(day),
                None => problems.add("hours.days", format!("{name:?} is not one of mon to sun")),
            }
        }
        if file.days.is_empty() {
            problems.add("hours.days", "no day: it could never send".to_owned());
        }
        if file.not_after_days == 0 {
            problems.add("hours.not_after_days", "must be at least 1".to_owned());
        }
        let not_before = SignedDuration::from_hours(i64::from(file.not_before_hours));
        let not_after = SignedDuration::from_hours(i64::from(file.not_after_days) * 24);
        if not_before >= not_after {
            problems
                .add("hours.not_before_hours", "is not before the latest: never sends".to_owned());
        }
        let bank_holidays = file.bank_holidays;
        Some(Hours { from: from?, until: until?, days, bank_holidays, not_before, not_after })
    }

    fn words(&self, problems: &mut Problems) -> BTreeMap<Outcome, Words> {
        let mut words = BTreeMap::new();
        if self.outcomes.is_empty() {
            problems.add("outcomes", "say something for at least one outcome".to_owned());
        }
        for (name, file) in &self.outcomes {
            let field = |part: &str| format!("outcomes.{name}{part}");
            let Some(outcome) = Outcome::parse(name) else {
                problems.add(&field(""), "is not lower-case letters, digits, hyphens".to_owned());
                continue;
            };
            let mut claims = BTreeSet::new();
            for claim in &file.claims {
                match Claim::parse(claim) {
                    Some(claim) => {
                        claims.insert(claim);
                    }
                    None => problems.add(
                        &field(".claims"),
                        format!("{claim:?} is not one of {}", Claim::names()),
                    ),
                }
            }
            for placeholder in wording::placeholders(&file.text) {
                if !wording::PLACEHOLDERS.contains(&placeholder) {
                    problems.add(&field(".text"), format!("(({placeholder})) is not known"));
                }
            }
            let longest = wording::longest(&file.text);
            if longest.is_empty() {
                problems.add(&field(".text"), "is empty".to_owned());
            }
            if longest.chars().count() > text::SUPPLIER_MAX_CHARACTERS {
                problems.add(&field(".text"), "is longer than a supplier takes (918)".to_owned());
            }
            if !longest.contains("STOP") {
                problems.add(&field(".text"), "must say how to STOP".to_owned());
            }
            let otherwise = file.otherwise.as_deref().and_then(Outcome::parse);
            if let Some(weaker) = &file.otherwise
                && !self.outcomes.contains_key(weaker)
            {
                problems.add(&field(".otherwise"), format!("there is no outcome {weaker:?}"));
            }
            if file.template.is_some() && self.supplier != crate::supplier::NOTIFY {
                let only = "only GOV.UK Notify has templates; take it out".to_owned();
                problems.add(&field(".template"), only);
            }
            let template = file.template.clone();
            words.insert(outcome, Words { text: file.text.clone(), claims, otherwise, template });
        }
        words
    }
}

impl CampaignFile {
    fn talk(&self, problems: &mut Problems) -> Talk {
        let Some(file) = &self.conversation else { return Talk::default() };
        let said = [
            ("safety", &file.safety),
            ("report", &file.report),
            ("stopped", &file.stopped),
            ("wrong_person", &file.wrong_person),
            ("better", &file.better),
            ("well", &file.well),
            ("call_again", &file.call_again),
            ("confidence", &file.confidence),
            ("reminder", &file.reminder),
        ];
        let said = said.map(|(name, words)| (name.to_owned(), words.as_ref()));
        let results =
            file.results.iter().map(|(name, words)| (format!("results.{name}"), Some(words)));
        for (name, words) in said.into_iter().chain(results) {
            let Some(words) = words else { continue };
            let field = format!("conversation.{name}");
            if words.trim().is_empty() {
                problems.add(&field, "is empty; leave it out to say nothing".to_owned());
            }
            if words.chars().count() > text::SUPPLIER_MAX_CHARACTERS {
                problems.add(&field, "is longer than a supplier takes (918)".to_owned());
            }
            if let Some(placeholder) = wording::placeholders(words).first() {
                let problem = format!("(({placeholder})) is not filled in here: write it out");
                problems.add(&field, problem);
            }
        }
        if let Some(safety) = &file.safety
            && !(safety.contains("999") && safety.contains("55"))
        {
            problems.add("conversation.safety", "must name 999 and, for silence, 55".to_owned());
        }
        let mut results = BTreeMap::new();
        for (name, words) in &file.results {
            let field = format!("conversation.results.{name}");
            let known = problems.need(Outcome::parse(name), &field, || {
                "is not lower-case letters, digits, hyphens".to_owned()
            });
            results.extend(known.map(|outcome| (outcome, words.clone())));
        }
        let days = file.reminder_after_days;
        if days.is_some_and(|days| !(1..=14).contains(&days)) {
            problems.add("conversation.reminder_after_days", "must be 1 to 14".to_owned());
        }
        if days.is_some() != file.reminder.is_some() {
            let problem = "a reminder has words and reminder_after_days, or neither".to_owned();
            problems.add("conversation.reminder", problem);
        }
        let reminder = file.reminder.clone().zip(days);
        Talk {
            safety: file.safety.clone(),
            report: file.report.clone(),
            stopped: file.stopped.clone(),
            wrong_person: file.wrong_person.clone(),
            better: file.better.clone(),
            well: file.well.clone(),
            call_again: file.call_again.clone(),
            confidence: file.confidence.clone(),
            reminder: reminder
                .map(|(words, days)| (words, SignedDuration::from_hours(i64::from(days) * 24))),
            results,
        }
    }
}

#[derive(Default)]
struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, field: &str, problem: String) {
        self.0.push(Problem { field: field.to_owned(), problem });
    }

    fn need<T>(
        &mut self,
        value: Option<T>,
        field: &str,
        problem: impl FnOnce() -> String,
    ) -> Option<T> {
        if value.is_none() {
            self.add(field, problem());
        }
        value
    }

    fn date(&mut self, field: &str, text: &str) -> Option<Date> {
        self.need(text.parse().ok(), field, || format!("{text:?} is not a day such as 2026-02-16"))
    }

    fn time(&mut self, field: &str, text: &str) -> Option<Time> {
        let time = Time::strptime("%H:%M", text).ok();
        self.need(time, field, || format!("{text:?} is not a time such as 09:00"))
    }
}

fn weekday(name: &str) -> Option<Weekday> {
    Some(match name {
        "mon" => Weekday::Monday,
        "tue" => Weekday::Tuesday,
        "wed" => Weekday::Wednesday,
        "thu" => Weekday::Thursday,
        "fri" => Weekday::Friday,
        "sat" => Weekday::Saturday,
        "sun" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn file() -> CampaignFile {
        let words = |text: &str, claims: &[&str], otherwise: Option<&str>| WordsFile {
            text: text.to_owned(),
            claims: claims.iter().map(|claim| (*claim).to_owned()).collect(),
            otherwise: otherwise.map(str::to_owned),
            template: None,
        };
        CampaignFile {
            name: "highways".to_owned(),
            title: "Highway disruption".to_owned(),
            starts: "2026-02-16".to_owned(),
            ends: "2026-08-15".to_owned(),
            supplier: "notify".to_owned(),
            categories: vec!["Highway Disruption".to_owned(), "RTC - Damage Only".to_owned()],
            hold_out_percent: 0,
            hours: HoursFile {
                from: "09:00".to_owned(),
                until: "20:00".to_owned(),
                days: ["mon", "tue", "wed", "thu", "fri", "sat"].map(str::to_owned).to_vec(),
                not_before_hours: 4,
                not_after_days: 7,
                bank_holidays: false,
                rest_days: 30,
            },
            money: MoneyFile { pence_per_segment: Some("2.4".to_owned()), cap_pounds_a_month: 40 },
            outcomes: BTreeMap::from([
                (
                    "cleared".to_owned(),
                    words(
                        "Police: we cleared the road on ((date)). STOP to opt out",
                        &["attended", "cleared"],
                        Some("thanked"),
                    ),
                ),
                (
                    "thanked".to_owned(),
                    words("Police: thank you for calling. STOP to opt out", &[], None),
                ),
            ]),
            conversation: None,
        }
    }

    fn problem(change: impl FnOnce(&mut CampaignFile)) -> String {
        let mut file = file();
        change(&mut file);
        let problems = file.check().unwrap_err();
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_good_file_is_a_campaign() {
        let campaign = file().check().unwrap();
        assert_eq!(campaign.price, Some(Money::from_millipence(2400)));
        assert_eq!(campaign.monthly_cap, Money::from_pence(4000));
        assert!(campaign.runs_at("2026-02-16T00:00:00Z".parse().unwrap()));
        assert!(campaign.runs_at("2026-08-15T22:59:59Z".parse().unwrap()));
        assert!(!campaign.runs_at("2026-08-15T23:00:00Z".parse().unwrap()));
    }

    #[test]
    fn each_fault_is_named_by_its_field() {
        let check = |change: fn(&mut CampaignFile), field: &str| {
            let told = problem(change);
            assert!(told.starts_with(field), "{told}");
        };
        check(|f| f.name = "High Ways".to_owned(), "name:");
        check(|f| f.starts = "16/02/2026".to_owned(), "starts:");
        check(|f| f.ends = "2026-02-15".to_owned(), "ends:");
        check(|f| f.ends = "2040-01-01".to_owned(), "ends:");
        check(|f| f.supplier = "pigeon".to_owned(), "supplier:");
        check(|f| f.supplier = "exchange".to_owned(), "supplier:");
        check(|f| f.categories = vec!["Highways".to_owned()], "categories:");
        check(|f| f.categories = vec!["Domestic Incident".to_owned()], "categories:");
        check(|f| f.categories.clear(), "categories:");
        check(|f| f.hold_out_percent = 51, "hold_out_percent:");
        check(|f| f.hours.from = "9am".to_owned(), "hours.from:");
        check(|f| f.hours.until = "08:00".to_owned(), "hours.until:");
        check(|f| f.hours.days.clear(), "hours.days:");
        check(|f| f.hours.days.push("monday".to_owned()), "hours.days:");
        check(|f| f.hours.not_before_hours = 200, "hours.not_before_hours:");
        check(|f| f.money.pence_per_segment = Some("3p".to_owned()), "money.pence_per_segment:");
        check(|f| f.outcomes.clear(), "outcomes:");
    }

    #[test]
    fn each_fault_of_the_words_is_named() {
        let check = |change: fn(&mut WordsFile), told: &str| {
            let found = problem(|file| change(file.outcomes.get_mut("cleared").unwrap()));
            assert_eq!(found, told);
        };
        check(
            |w| w.text = "((name)) STOP".to_owned(),
            "outcomes.cleared.text: ((name)) is not known",
        );
        check(|w| w.text = "no way out".to_owned(), "outcomes.cleared.text: must say how to STOP");
        check(
            |w| w.otherwise = Some("gone".to_owned()),
            "outcomes.cleared.otherwise: there is no outcome \"gone\"",
        );
        check(
            |w| w.claims.push("caught".to_owned()),
            "outcomes.cleared.claims: \"caught\" is not one of attended, cleared, looked, passed-on, not-attended",
        );
    }

    #[test]
    fn a_campaign_reads_back_from_what_is_stored() {
        let stored = serde_json::to_string(&file()).unwrap();
        assert_eq!(serde_json::from_str::<CampaignFile>(&stored).unwrap(), file());
    }

    #[test]
    fn the_hold_out_takes_its_share_and_always_the_same_people() {
        let mut file = file();
        file.hold_out_percent = 20;
        let campaign = file.check().unwrap();
        let people: Vec<_> =
            (0..2000).map(|n| PersonId::parse(&format!("{n:032x}")).unwrap()).collect();
        let held = people.iter().filter(|person| campaign.holds_out(person)).count();
        assert!((320..480).contains(&held), "{held}");
        assert!(people.iter().all(|p| campaign.holds_out(p) == campaign.holds_out(p)));
    }
}
