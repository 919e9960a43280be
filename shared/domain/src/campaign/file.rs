//! A campaign as its owner writes it, and what it cannot be used without.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use jiff::civil::{Date, Time, Weekday};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Campaign, CampaignId, Exclude, Problem};
use crate::budget::Money;
use crate::conversation::Talk;
use crate::evidence::Claim;
use crate::experiment::ExperimentId;
use crate::hours::{self, Hours};
use crate::incident::{Outcome, SOURCES, Source};
use crate::language::{LANGUAGES, Language};
use crate::nsir::{Category, Qualifier};
use crate::proof::{Code, Finding};
use crate::supplier::SupplierName;
use crate::text;
use crate::wording::{self, Words};

/// A campaign as its owner writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CampaignFile {
    /// Short name: lower-case letters, digits, hyphens.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// Who the texts are from, such as `Herts Police`: each of them begins with it and a colon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// Public bodies whose names the texts may hold, such as `National Highways`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bodies: Vec<String>,
    /// First day, `YYYY-MM-DD`.
    pub starts: String,
    /// Last day, `YYYY-MM-DD`.
    pub ends: String,
    /// The day on which somebody decides whether it goes on, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<String>,
    /// Who sends: `notify`, `twilio` or `exchange:<partner>`.
    pub supplier: String,
    /// NSIR 2011 categories by their exact names. A log is answered only when its opening and its
    /// closing category are both here.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::categories"))]
    pub categories: Vec<String>,
    /// Logs of these categories that it leaves out all the same.
    #[serde(default, skip_serializing_if = "ExcludeFile::is_empty")]
    pub exclude: ExcludeFile,
    /// 0 to 50 of a hundred people get nothing, for comparison.
    #[serde(default)]
    pub hold_out_percent: u8,
    /// The experiment it takes part in, by its short name: campaigns of one experiment hold out the same
    /// people. Without it the campaign is one by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub experiment: Option<String>,
    /// When it may text.
    pub hours: HoursFile,
    /// What it may cost.
    pub money: MoneyFile,
    /// What it says, by outcome.
    pub outcomes: BTreeMap<String, WordsFile>,
    /// What it says to somebody who replied; without it, nothing but what is for safety.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<TalkFile>,
    /// The same words in other languages, by code: `cy` for Welsh. For callers whose log asks for it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub languages: BTreeMap<String, LanguageFile>,
}

/// The `[exclude]` of a campaign file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExcludeFile {
    /// NSIR qualifiers by their exact names. Most of them hold a log whatever is written here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::qualifiers"))]
    pub qualifiers: Vec<String>,
    /// How the caller came: `emergency`, `telephone`, `online`, `in-person`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::sources"))]
    pub sources: Vec<String>,
    /// Beats or areas, as the extract writes them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub areas: Vec<String>,
}

impl ExcludeFile {
    fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One of the `[languages.…]` of a campaign file.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LanguageFile {
    /// Who the texts are from, where that has another name in this language.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<String>,
    /// The text of each outcome; its claims and weaker words are those of the English.
    #[serde(default)]
    pub outcomes: BTreeMap<String, String>,
    /// What is said to somebody who replied.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<TalkFile>,
}

/// The `[conversation]` of a campaign file. What is left out is not said.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

impl TalkFile {
    /// Everything it says, by the name of the field.
    pub fn said(&self) -> impl Iterator<Item = (String, &str)> {
        let said = [
            ("safety", &self.safety),
            ("report", &self.report),
            ("stopped", &self.stopped),
            ("wrong_person", &self.wrong_person),
            ("better", &self.better),
            ("well", &self.well),
            ("call_again", &self.call_again),
            ("confidence", &self.confidence),
            ("reminder", &self.reminder),
        ];
        let said =
            said.into_iter().filter_map(|(name, words)| Some((name.to_owned(), words.as_deref()?)));
        let results = self.results.iter();
        said.chain(results.map(|(name, words)| (format!("results.{name}"), words.as_str())))
    }
}

/// The `[hours]` of a campaign file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct HoursFile {
    /// First moment, `HH:MM`, London.
    pub from: String,
    /// First moment at which it may no more, `HH:MM`, London.
    pub until: String,
    /// Days: `mon` to `sun`.
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::days"))]
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

fn one() -> usize {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(parts: &usize) -> bool {
    *parts == 1
}

/// The `[money]` of a campaign file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct WordsFile {
    /// The text, with `((date))` where the day of the call belongs.
    pub text: String,
    /// What the text claims, such as `attended`; the log must show it.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(schema_with = "schema::claims"))]
    pub claims: Vec<String>,
    /// The outcome whose weaker words to use where the log does not show it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
    /// The outcome whose words to use where the log is qualified as a call made with good intent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub good_intent: Option<String>,
    /// How many parts the text may come to, each of which is paid: 1 unless said.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 6)))]
    pub parts: usize,
    /// The id of the supplier's own template that says these words, where wording is approved
    /// there; GOV.UK Notify only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
}

impl CampaignFile {
    /// Checks what it cannot be used without and says everything that is wrong, not only the first.
    ///
    /// # Errors
    /// Every problem found, in the order of the file.
    pub fn check(&self) -> Result<Campaign, Vec<Problem>> {
        self.form().map_err(|found| {
            let problem = |f: Finding| Problem { field: f.field, problem: f.what };
            found.into_iter().map(problem).collect()
        })
    }

    /// The same, with the code of each problem.
    ///
    /// # Errors
    /// Every problem found, in the order of the file.
    pub fn form(&self) -> Result<Campaign, Vec<Finding>> {
        let mut problems = Problems::default();
        let id = problems.need(CampaignId::parse(&self.name), Code::Name, "name", || {
            format!("{:?} is not 1 to 40 lower-case letters, digits and hyphens", self.name)
        });
        let starts = problems.date("starts", &self.starts);
        let ends = problems.date("ends", &self.ends);
        if let (Some(starts), Some(ends)) = (starts, ends)
            && ends < starts
        {
            let problem = format!("{ends} is before the first day, {starts}");
            problems.add(Code::Dates, "ends", problem);
        }
        let review = self.review.as_ref().and_then(|review| problems.date("review", review));
        let supplier =
            problems.need(SupplierName::parse(&self.supplier), Code::Supplier, "supplier", || {
                format!(
                    "{:?} is unknown; use \"notify\", \"twilio\" or \"exchange:<partner>\"",
                    self.supplier
                )
            });
        let categories = self.categories(&mut problems);
        if let (Some(ends), Some(known)) = (ends, hours::bank_holidays_known_until())
            && ends > known
            && !self.hours.bank_holidays
        {
            let problem = format!("bank holidays are known until {known} only");
            problems.add(Code::Dates, "ends", problem);
        }
        if self.hold_out_percent > 50 {
            problems.add(Code::HoldOut, "hold_out_percent", "must be 0 to 50".to_owned());
        }
        let experiment = self.experiment.as_deref().map(ExperimentId::parse);
        if experiment == Some(None) {
            let rule = "is not 1 to 40 lower-case letters, digits and hyphens";
            let name = self.experiment.as_deref().unwrap_or_default();
            problems.add(Code::HoldOut, "experiment", format!("{name:?} {rule}"));
        }
        let exclude = self.exclude.check(&mut problems);
        let hours = self.hours(&mut problems);
        if !(7..=365).contains(&self.hours.rest_days) {
            problems.add(Code::Hours, "hours.rest_days", "must be 7 to 365".to_owned());
        }
        let price = self.money.pence_per_segment.as_deref().and_then(|pence| {
            let price = Money::parse_pence(pence);
            problems.need(price, Code::Money, "money.pence_per_segment", || {
                format!("{pence:?} is not pence such as \"2.4\"")
            })
        });
        let words = self.words(&mut problems);
        let talk = self
            .conversation
            .as_ref()
            .map_or_else(Talk::default, |talk| talk.check("conversation", &mut problems));
        let mut talks = BTreeMap::new();
        for (code, file) in &self.languages {
            let field = format!("languages.{code}");
            let Some(language) = Language::parse(code).filter(|l| *l != Language::English) else {
                let known = LANGUAGES.map(|(_, code)| code).split_at(1).1.join(", ");
                let problem = format!("{code:?} is not a language of texts; there are: {known}");
                problems.add(Code::Language, &field, problem);
                continue;
            };
            if let Some(file) = &file.conversation {
                let field = format!("{field}.conversation");
                talks.insert(language, file.check(&field, &mut problems));
            }
        }
        match (id, starts, ends, hours, supplier) {
            (Some(id), Some(starts), Some(ends), Some(hours), Some(supplier))
                if problems.0.is_empty() =>
            {
                Ok(Campaign {
                    id,
                    title: self.title.clone(),
                    starts,
                    ends,
                    review,
                    supplier,
                    categories,
                    exclude,
                    hold_out_percent: self.hold_out_percent,
                    experiment: experiment.flatten(),
                    hours,
                    rest: SignedDuration::from_hours(i64::from(self.hours.rest_days) * 24),
                    price,
                    monthly_cap: Money::from_pence(u64::from(self.money.cap_pounds_a_month) * 100),
                    words,
                    talk,
                    talks,
                })
            }
            _ => Err(problems.0),
        }
    }

    /// Its first and last day and its hours, where they can be read, whatever else is wrong.
    pub fn open(&self) -> Option<(Date, Date, Hours)> {
        let mut problems = Problems::default();
        let days = problems.date("starts", &self.starts).zip(problems.date("ends", &self.ends));
        let (starts, ends) = days.filter(|(starts, ends)| starts <= ends)?;
        let hours = self.hours(&mut problems)?;
        problems.0.is_empty().then_some((starts, ends, hours))
    }

    /// Which words these are: the same for the same file but for its comments. 32 hexadecimal digits.
    ///
    /// # Errors
    /// None that a file can cause.
    pub fn fingerprint(&self) -> serde_json::Result<String> {
        let body = serde_json::to_vec(self)?;
        Ok(crate::person::hex(&Sha256::digest(body)[..16]))
    }

    fn categories(&self, problems: &mut Problems) -> BTreeSet<Category> {
        let mut categories = BTreeSet::new();
        for (at, name) in self.categories.iter().enumerate() {
            let field = format!("categories.{at}");
            match Category::parse(name) {
                Some(category) if crate::eligibility::never(category).is_some() => {
                    let problem = format!("callers of {name:?} are never texted; take it out");
                    problems.add(Code::Category, &field, problem);
                }
                Some(category) => {
                    categories.insert(category);
                }
                None => {
                    let problem = format!("{name:?} is not an NSIR 2011 category name");
                    problems.add(Code::Category, &field, problem);
                }
            }
        }
        if self.categories.is_empty() {
            let problem = "name at least one NSIR category".to_owned();
            problems.add(Code::Category, "categories", problem);
        }
        categories
    }

    fn hours(&self, problems: &mut Problems) -> Option<Hours> {
        let file = &self.hours;
        let from = problems.time("hours.from", &file.from);
        let until = problems.time("hours.until", &file.until);
        if let (Some(from), Some(until)) = (from, until)
            && until <= from
        {
            let [until, from] = [until, from].map(|time| time.strftime("%H:%M"));
            let problem = format!("{until} is not after {from}: it could never send");
            problems.add(Code::NeverSends, "hours.until", problem);
        }
        let mut days = Vec::new();
        for name in &file.days {
            match weekday(name) {
                Some(day) => days.push(day),
                None => {
                    let problem = format!("{name:?} is not one of mon to sun");
                    problems.add(Code::Hours, "hours.days", problem);
                }
            }
        }
        if file.days.is_empty() {
            problems.add(Code::NeverSends, "hours.days", "no day: it could never send".to_owned());
        }
        if file.not_after_days == 0 {
            let problem = "must be at least 1".to_owned();
            problems.add(Code::NeverSends, "hours.not_after_days", problem);
        }
        let not_before = SignedDuration::from_hours(i64::from(file.not_before_hours));
        let not_after = SignedDuration::from_hours(i64::from(file.not_after_days) * 24);
        if not_before >= not_after {
            let problem = "is not before the latest: never sends".to_owned();
            problems.add(Code::NeverSends, "hours.not_before_hours", problem);
        }
        let bank_holidays = file.bank_holidays;
        Some(Hours { from: from?, until: until?, days, bank_holidays, not_before, not_after })
    }

    fn words(&self, problems: &mut Problems) -> BTreeMap<Outcome, Words> {
        let mut words = BTreeMap::new();
        if self.outcomes.is_empty() {
            let problem = "say something for at least one outcome".to_owned();
            problems.add(Code::Outcome, "outcomes", problem);
        }
        for (name, file) in &self.outcomes {
            let field = |part: &str| format!("outcomes.{name}{part}");
            let Some(outcome) = Outcome::parse(name) else {
                let problem = "is not lower-case letters, digits, hyphens".to_owned();
                problems.add(Code::Outcome, &field(""), problem);
                continue;
            };
            let mut claims = BTreeSet::new();
            for claim in &file.claims {
                let known =
                    problems.need(Claim::parse(claim), Code::Claim, &field(".claims"), || {
                        format!("{claim:?} is not one of {}", Claim::names())
                    });
                claims.extend(known);
            }
            problems.first(&field(".text"), &file.text);
            let mut pointed = |part: &str, code, to: &Option<String>| {
                let to = to.as_ref()?;
                let there = self.outcomes.contains_key(to).then(|| Outcome::parse(to)).flatten();
                problems.need(there, code, &field(part), || format!("there is no outcome {to:?}"))
            };
            let otherwise = pointed(".otherwise", Code::Otherwise, &file.otherwise);
            let good_intent = pointed(".good_intent", Code::GoodIntent, &file.good_intent);
            if file.template.is_some() && self.supplier != crate::supplier::NOTIFY {
                let only = "only GOV.UK Notify has templates; take it out".to_owned();
                problems.add(Code::Template, &field(".template"), only);
            }
            let translations = self.translations(name, problems);
            words.insert(
                outcome,
                Words {
                    text: file.text.clone(),
                    claims,
                    otherwise,
                    good_intent,
                    template: file.template.clone(),
                    translations,
                },
            );
        }
        for (code, file) in &self.languages {
            for name in file.outcomes.keys().filter(|name| !self.outcomes.contains_key(*name)) {
                let problem = format!("there is no outcome {name:?} in English");
                let field = format!("languages.{code}.outcomes.{name}");
                problems.add(Code::LanguagePair, &field, problem);
            }
        }
        words
    }

    fn translations(&self, outcome: &str, problems: &mut Problems) -> BTreeMap<Language, String> {
        let mut translations = BTreeMap::new();
        for (code, file) in &self.languages {
            let Some((language, text)) = Language::parse(code).zip(file.outcomes.get(outcome))
            else {
                continue;
            };
            problems.first(&format!("languages.{code}.outcomes.{outcome}"), text);
            translations.insert(language, text.clone());
        }
        translations
    }
}

impl ExcludeFile {
    fn check(&self, problems: &mut Problems) -> Exclude {
        let mut exclude = Exclude::default();
        for (at, name) in self.qualifiers.iter().enumerate() {
            let field = format!("exclude.qualifiers.{at}");
            let known = problems.need(Qualifier::parse(name), Code::Exclude, &field, || {
                format!("{name:?} is not an NSIR 2011 qualifier name")
            });
            exclude.qualifiers.extend(known);
        }
        for (at, name) in self.sources.iter().enumerate() {
            let known = SOURCES
                .iter()
                .find(|(source, known)| known == name && *source != Source::NotAPerson);
            let field = format!("exclude.sources.{at}");
            let known = problems.need(known, Code::Exclude, &field, || {
                format!("{name:?} is not one of emergency, telephone, online, in-person")
            });
            exclude.sources.extend(known.map(|(source, _)| *source));
        }
        exclude.areas.extend(self.areas.iter().cloned());
        exclude
    }
}

impl TalkFile {
    fn check(&self, at: &str, problems: &mut Problems) -> Talk {
        for (name, words) in self.said() {
            let field = format!("{at}.{name}");
            if words.trim().is_empty() {
                let problem = "is empty; leave it out to say nothing".to_owned();
                problems.add(Code::Empty, &field, problem);
            }
            problems.not_too_long(&field, words);
            if let Some((_, placeholder)) = wording::placeholders(words).first() {
                let problem = format!("(({placeholder})) is not filled in here: write it out");
                problems.add(Code::UnknownPlaceholder, &field, problem);
            }
        }
        if let Some(safety) = &self.safety
            && !(safety.contains("999") && safety.contains("55"))
        {
            let problem = "must name 999 and, for silence, 55".to_owned();
            problems.add(Code::Safety, &format!("{at}.safety"), problem);
        }
        let mut results = BTreeMap::new();
        for (name, words) in &self.results {
            let field = format!("{at}.results.{name}");
            let known = problems.need(Outcome::parse(name), Code::Outcome, &field, || {
                "is not lower-case letters, digits, hyphens".to_owned()
            });
            results.extend(known.map(|outcome| (outcome, words.clone())));
        }
        let days = self.reminder_after_days;
        if days.is_some_and(|days| !(1..=14).contains(&days)) {
            let field = format!("{at}.reminder_after_days");
            problems.add(Code::Reminder, &field, "must be 1 to 14".to_owned());
        }
        if days.is_some() != self.reminder.is_some() {
            let problem = "a reminder has words and reminder_after_days, or neither".to_owned();
            problems.add(Code::Reminder, &format!("{at}.reminder"), problem);
        }
        let reminder = self.reminder.clone().zip(days);
        Talk {
            safety: self.safety.clone(),
            report: self.report.clone(),
            stopped: self.stopped.clone(),
            wrong_person: self.wrong_person.clone(),
            better: self.better.clone(),
            well: self.well.clone(),
            call_again: self.call_again.clone(),
            confidence: self.confidence.clone(),
            reminder: reminder
                .map(|(words, days)| (words, SignedDuration::from_hours(i64::from(days) * 24))),
            results,
        }
    }
}

#[derive(Default)]
struct Problems(Vec<Finding>);

impl Problems {
    fn add(&mut self, code: Code, field: &str, what: String) {
        self.0.push(Finding::of(code, field, what));
    }

    fn need<T>(
        &mut self,
        value: Option<T>,
        code: Code,
        field: &str,
        problem: impl FnOnce() -> String,
    ) -> Option<T> {
        if value.is_none() {
            self.add(code, field, problem());
        }
        value
    }

    fn date(&mut self, field: &str, text: &str) -> Option<Date> {
        self.need(text.parse().ok(), Code::Dates, field, || {
            format!("{text:?} is not a day such as 2026-02-16")
        })
    }

    fn time(&mut self, field: &str, text: &str) -> Option<Time> {
        let time = Time::strptime("%H:%M", text).ok();
        self.need(time, Code::Hours, field, || format!("{text:?} is not a time such as 09:00"))
    }

    /// What the first text of a contact cannot be sent without.
    fn first(&mut self, field: &str, words: &str) {
        for (range, placeholder) in wording::placeholders(words) {
            if !wording::PLACEHOLDERS.contains(&placeholder) {
                let problem = format!("(({placeholder})) is not known");
                let finding = Finding::of(Code::UnknownPlaceholder, field, problem).at(range);
                self.0.push(finding.help("only ((date)) is filled in: the day of the call"));
            }
        }
        if words.trim().is_empty() {
            self.add(Code::Empty, field, "is empty".to_owned());
        }
        self.not_too_long(field, words);
        if !words.contains("STOP") {
            let finding = Finding::of(Code::NoStop, field, "must say how to STOP".to_owned());
            self.0.push(finding.help("end it with `STOP to opt out`"));
        }
    }

    fn not_too_long(&mut self, field: &str, words: &str) {
        if wording::longest(words, Language::English).chars().count()
            > text::SUPPLIER_MAX_CHARACTERS
        {
            let problem = "is longer than a supplier takes (918)".to_owned();
            self.add(Code::TooLong, field, problem);
        }
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

/// What an editor is told that the types do not say.
#[cfg(feature = "schema")]
mod schema {
    use schemars::{Schema, SchemaGenerator, json_schema};

    fn list(names: &[&str]) -> Schema {
        json_schema!({ "type": "array", "items": { "type": "string", "enum": names } })
    }

    pub(super) fn categories(_: &mut SchemaGenerator) -> Schema {
        let may = crate::nsir::CATEGORIES
            .into_iter()
            .filter(|(category, _, _)| crate::eligibility::never(*category).is_none());
        list(&may.map(|(_, _, name)| name).collect::<Vec<_>>())
    }

    pub(super) fn qualifiers(_: &mut SchemaGenerator) -> Schema {
        list(&crate::nsir::QUALIFIERS.map(|(_, name)| name))
    }

    pub(super) fn sources(_: &mut SchemaGenerator) -> Schema {
        list(&["emergency", "telephone", "online", "in-person"])
    }

    pub(super) fn claims(_: &mut SchemaGenerator) -> Schema {
        list(&crate::evidence::CLAIMS.map(|(_, name)| name))
    }

    pub(super) fn days(_: &mut SchemaGenerator) -> Schema {
        list(&["mon", "tue", "wed", "thu", "fri", "sat", "sun"])
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::person::PersonId;

    pub(crate) fn file() -> CampaignFile {
        let words = |text: &str, claims: &[&str], otherwise: Option<&str>| WordsFile {
            text: text.to_owned(),
            claims: claims.iter().map(|claim| (*claim).to_owned()).collect(),
            otherwise: otherwise.map(str::to_owned),
            good_intent: None,
            parts: 1,
            template: None,
        };
        CampaignFile {
            name: "highways".to_owned(),
            title: "Highway disruption".to_owned(),
            sender: Some("Police".to_owned()),
            bodies: vec![],
            starts: "2026-02-16".to_owned(),
            ends: "2026-08-15".to_owned(),
            review: None,
            exclude: ExcludeFile::default(),
            supplier: "notify".to_owned(),
            categories: vec!["Highway Disruption".to_owned(), "RTC - Damage Only".to_owned()],
            hold_out_percent: 0,
            experiment: None,
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
            languages: BTreeMap::new(),
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
        check(|f| f.categories = vec!["Highways".to_owned()], "categories.0:");
        check(|f| f.categories = vec!["Domestic Incident".to_owned()], "categories.0:");
        check(|f| f.categories.clear(), "categories:");
        check(|f| f.review = Some("soon".to_owned()), "review:");
        check(|f| f.exclude.qualifiers.push("Loud".to_owned()), "exclude.qualifiers.0:");
        check(|f| f.exclude.sources.push("not-a-person".to_owned()), "exclude.sources.0:");
        check(
            |f| f.languages = [("fr".to_owned(), LanguageFile::default())].into(),
            "languages.fr:",
        );
        check(|f| f.hold_out_percent = 51, "hold_out_percent:");
        check(|f| f.experiment = Some("Spring 2026".to_owned()), "experiment:");
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
            |w| w.good_intent = Some("gone".to_owned()),
            "outcomes.cleared.good_intent: there is no outcome \"gone\"",
        );
        check(
            |w| w.claims.push("caught".to_owned()),
            "outcomes.cleared.claims: \"caught\" is not one of attended, cleared, looked, passed-on, not-attended, resulted",
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

    #[test]
    fn campaigns_of_one_experiment_hold_out_the_same_people_by_the_larger_share() {
        let campaign = |name: &str, share, experiment: Option<&str>| {
            let mut file = file();
            (file.name, file.hold_out_percent) = (name.to_owned(), share);
            file.experiment = experiment.map(str::to_owned);
            file.check().unwrap()
        };
        let all = [
            campaign("highways", 20, Some("spring")),
            campaign("lost-found", 5, Some("spring")),
            campaign("welfare", 5, None),
        ];
        let held = |campaign: &Campaign| -> Vec<_> {
            let people = (0..2000).map(|n| PersonId::parse(&format!("{n:032x}")).unwrap());
            people.filter(|person| campaign.holds_out_among(&all, person)).collect()
        };
        let [highways, lost_found, welfare] = &all;
        assert_eq!(held(highways), held(lost_found));
        assert!((320..480).contains(&held(highways).len()));
        assert!((50..150).contains(&held(welfare).len()), "an experiment of its own");
    }
}
