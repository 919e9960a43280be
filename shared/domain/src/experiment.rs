//! Does texting change anything? Two arms by hash, a plan laid down beforehand, and no looking
//! early.
//!
//! Some people are held out: they are planned, never texted, and followed like the others. What the
//! two arms do afterwards can then be compared, and nothing but the text tells them apart:
//!
//! * **Who is in which arm** is a hash of experiment and person ([`Experiment::arm`]). Nobody can
//!   choose it, it never changes, and all campaigns of one experiment hold out the same people.
//! * **Everybody counts in the arm they were given** (intention to treat), texted or not in the
//!   end. Those whom a text reaches are not like those whom it does not, so to leave out the latter
//!   would compare unlike people.
//! * **Everybody is followed from the same moment**, their first planning ([`Plan::entries`]),
//!   which comes before anything that the arm decides. Counting from the text would give the texted
//!   a time in which, by the counting, nothing could happen to them.
//! * **Only whole windows count.** A person is counted within 30 days once 30 days have passed,
//!   whether or not something has happened; counting those early to whom it has would favour
//!   events.
//! * **The plan is written first** ([`Plan`]): what is expected, by which figure, and on which days
//!   anybody may look. Who looks every morning and stops at the first good one finds an effect
//!   where there is none.
//!
//! [`Registered::look`] is the only way to a result, and answers on the days of the plan only. This
//! file does not collect calls or reports of intelligence: they are handed in as [`Participant`]s.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::campaign::{CampaignId, Problem};
use crate::contact::Contact;
use crate::hours::LONDON;
use crate::interval::{Estimate, Level, PerPerson, rate_difference};
use crate::person::{PersonId, hex};

/// An experiment's short name, such as `spring-2026`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ExperimentId(String);

impl ExperimentId {
    /// Accepts what a campaign's name may be: 1 to 40 lower-case letters, digits and hyphens, but
    /// not `all`.
    pub fn parse(text: &str) -> Option<Self> {
        CampaignId::parse(text).as_ref().map(Self::from)
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ExperimentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A campaign that names no experiment is one of its own.
impl From<&CampaignId> for ExperimentId {
    fn from(campaign: &CampaignId) -> Self {
        Self(campaign.as_str().to_owned())
    }
}

/// Whether somebody is texted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arm {
    /// Texted, unless a rule forbids it.
    Texted,
    /// Never texted by any campaign of the experiment, and followed for comparison.
    Control,
}

/// Who is held out, and how many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Experiment {
    /// Its name.
    pub id: ExperimentId,
    /// Of a hundred people, how many are in the control arm: 0 to 50.
    pub hold_out_percent: u8,
}

impl Experiment {
    /// The arm of a person: decided by hash of experiment and person, so always the same.
    ///
    /// A higher share adds to the control arm and takes nobody out of it. The hash is the one of
    /// [`crate::campaign::Campaign::holds_out`], so a campaign that becomes an experiment of its
    /// own name moves nobody. Of 65,536 values a hundred hundredths are not quite equal: a share is
    /// off by less than one in a thousand of itself.
    pub fn arm(&self, person: &PersonId) -> Arm {
        let mut hash = Sha256::new();
        hash.update(self.id.as_str());
        hash.update([0]);
        hash.update(person.as_str());
        let bytes = hash.finalize();
        let share = u16::from_be_bytes([bytes[0], bytes[1]]) % 100;
        if share < u16::from(self.hold_out_percent) { Arm::Control } else { Arm::Texted }
    }
}

/// What may differ between the arms, per 1,000 people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Calls about anything else within 30 days.
    CallsAgain30,
    /// Calls about anything else within 90 days.
    CallsAgain90,
    /// Reports of community intelligence within 30 days.
    Intelligence30,
    /// Reports of community intelligence within 90 days.
    Intelligence90,
}

/// Every measure with the name it is written and shown by.
pub const MEASURES: [(Measure, &str); 4] = [
    (Measure::CallsAgain30, "calls-again-30"),
    (Measure::CallsAgain90, "calls-again-90"),
    (Measure::Intelligence30, "intelligence-30"),
    (Measure::Intelligence90, "intelligence-90"),
];

impl Measure {
    /// Finds a measure by its name.
    pub fn parse(name: &str) -> Option<Self> {
        MEASURES.iter().find(|(_, known)| *known == name).map(|(measure, _)| *measure)
    }

    /// The name it is written and shown by.
    pub fn name(self) -> &'static str {
        MEASURES.iter().find(|(measure, _)| *measure == self).map_or("", |(_, name)| name)
    }

    /// How long a person is followed from their entry.
    pub fn window(self) -> SignedDuration {
        match self {
            Self::CallsAgain30 | Self::Intelligence30 => SignedDuration::from_hours(30 * 24),
            Self::CallsAgain90 | Self::Intelligence90 => SignedDuration::from_hours(90 * 24),
        }
    }

    /// How many events a person had by this measure; `None` while their window is open.
    ///
    /// The window is from the moment of entry to just before its end.
    fn of(self, person: &Participant, as_of: Timestamp) -> Option<u64> {
        let end = person.entered_at.checked_add(self.window()).ok()?;
        if end > as_of {
            return None;
        }
        let within = |at: Timestamp| person.entered_at <= at && at < end;
        let events = match self {
            Self::CallsAgain30 | Self::CallsAgain90 => {
                person.calls.iter().filter(|call| within(call.at) && !call.same_incident).count()
            }
            Self::Intelligence30 | Self::Intelligence90 => {
                person.intelligence.iter().filter(|at| within(**at)).count()
            }
        };
        Some(events as u64)
    }
}

/// A plan as somebody writes it, before the first text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanFile {
    /// The experiment's short name: lower-case letters, digits, hyphens.
    pub experiment: String,
    /// The campaigns that take part, by their short names.
    pub campaigns: Vec<String>,
    /// What is expected and why, in words.
    pub hypothesis: String,
    /// The one measure that decides: see [`MEASURES`].
    pub primary: String,
    /// 1 to 50 of a hundred people are held out.
    pub hold_out_percent: u8,
    /// The days on which the result may be looked at, `YYYY-MM-DD`, from the earliest to the last.
    pub looks: Vec<String>,
    /// How many people each arm should have, followed to the end, by the last look.
    pub people_per_arm: u64,
    /// The smallest difference that would matter, in events per 1,000 people.
    pub smallest_difference_per_1000: f64,
    /// Who answers for the plan.
    pub registered_by: String,
}

/// The most looks a plan may have. Each early one takes a little from the last.
pub const MOST_LOOKS: usize = 10;

/// The level of every look but the last.
///
/// Looks share one chance in twenty of seeing an effect where there is none, so each must get less.
/// An early look gets one in a thousand, and the last what is left (Haybittle 1971, Peto 1976): 4.9
/// % after one early look, 4.1 % after nine. The chances add up to no more than 5 % however the
/// looks depend on each other (Bonferroni's inequality), which needs no table and no software to
/// check; and the last look, the one that was planned for, loses almost nothing. Equal shares would
/// cost it most when the early ones are least likely to tell anything.
const EARLY: f64 = 0.001;

/// A plan that passed every check.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Who is held out.
    pub experiment: Experiment,
    /// The campaigns that take part.
    pub campaigns: BTreeSet<CampaignId>,
    /// What is expected and why, in words.
    pub hypothesis: String,
    /// The one measure that decides.
    pub primary: Measure,
    /// The days on which the result may be looked at, by London's calendar: 1 to [`MOST_LOOKS`].
    pub looks: BTreeSet<Date>,
    /// How many people each arm should have, followed to the end, by the last look.
    pub people_per_arm: u64,
    /// The smallest difference that would matter, in events per 1,000 people.
    pub smallest_difference_per_1000: f64,
    /// Who answers for the plan.
    pub registered_by: String,
}

impl PlanFile {
    /// Checks every field and says everything that is wrong, not only the first.
    ///
    /// # Errors
    /// Every problem found, in the order of the file.
    pub fn check(&self) -> Result<Plan, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut wrong = |field: &str, problem: String| {
            problems.push(Problem { field: field.to_owned(), problem });
        };
        let id = ExperimentId::parse(&self.experiment);
        if id.is_none() {
            let name = &self.experiment;
            let rule = "is not 1 to 40 lower-case letters, digits and hyphens";
            wrong("experiment", format!("{name:?} {rule}"));
        }
        let mut campaigns = BTreeSet::new();
        for name in &self.campaigns {
            match CampaignId::parse(name) {
                Some(id) if campaigns.contains(&id) => {
                    wrong("campaigns", format!("{name:?} is named twice"));
                }
                Some(id) => {
                    campaigns.insert(id);
                }
                None => wrong("campaigns", format!("{name:?} is not a campaign's name")),
            }
        }
        if self.campaigns.is_empty() {
            wrong("campaigns", "name at least one".to_owned());
        }
        let hypothesis = one_line(&self.hypothesis);
        if hypothesis.is_empty() {
            wrong("hypothesis", "say what is expected, in words".to_owned());
        }
        let primary = Measure::parse(&self.primary);
        if primary.is_none() {
            let names = MEASURES.map(|(_, name)| name).join(", ");
            wrong("primary", format!("{:?} is not one of {names}", self.primary));
        }
        if !(1..=50).contains(&self.hold_out_percent) {
            wrong("hold_out_percent", "must be 1 to 50".to_owned());
        }
        let mut looks: BTreeSet<Date> = BTreeSet::new();
        for day in &self.looks {
            match day.parse() {
                Ok(date) if looks.last().is_some_and(|before| date <= *before) => {
                    wrong("looks", format!("{day} is not after the one before"));
                }
                Ok(date) => {
                    looks.insert(date);
                }
                Err(_) => wrong("looks", format!("{day:?} is not a day such as 2026-02-16")),
            }
        }
        if !(1..=MOST_LOOKS).contains(&self.looks.len()) {
            wrong("looks", format!("name 1 to {MOST_LOOKS} days"));
        }
        if self.people_per_arm < 2 {
            wrong("people_per_arm", "must be at least 2".to_owned());
        }
        let difference = self.smallest_difference_per_1000;
        if !(difference.is_finite() && difference > 0.0) {
            wrong("smallest_difference_per_1000", "must be more than 0".to_owned());
        }
        let registered_by = one_line(&self.registered_by);
        if registered_by.is_empty() {
            wrong("registered_by", "say who answers for the plan".to_owned());
        }
        match (id, primary) {
            (Some(id), Some(primary)) if problems.is_empty() => Ok(Plan {
                experiment: Experiment { id, hold_out_percent: self.hold_out_percent },
                campaigns,
                hypothesis,
                primary,
                looks,
                people_per_arm: self.people_per_arm,
                smallest_difference_per_1000: difference,
                registered_by,
            }),
            _ => Err(problems),
        }
    }
}

/// Somebody's first planning within an experiment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The arm they were given.
    pub arm: Arm,
    /// When: the start of everything that is counted of them.
    pub entered_at: Timestamp,
}

impl Plan {
    /// Who has entered, and when: everybody with a contact in one of the campaigns, at their first.
    ///
    /// The arm is asked of the hash and never of the contact's state. Whoever was to be texted and
    /// could not be is still of the texted arm, and a contact in the control arm was planned at the
    /// moment it would have been planned in the other.
    pub fn entries<'a>(
        &self,
        contacts: impl IntoIterator<Item = &'a Contact>,
    ) -> BTreeMap<PersonId, Entry> {
        let mut entries: BTreeMap<PersonId, Entry> = BTreeMap::new();
        for contact in contacts.into_iter().filter(|c| self.campaigns.contains(&c.campaign)) {
            let person = contact.id.person();
            let (arm, entered_at) = (self.experiment.arm(person), contact.planned_at);
            let entry = entries.entry(person.clone()).or_insert(Entry { arm, entered_at });
            entry.entered_at = entry.entered_at.min(entered_at);
        }
        entries
    }

    /// The plan's fingerprint, 64 hexadecimal digits: SHA-256 over its fields in the order of the
    /// file.
    ///
    /// Whoever wrote it down beforehand can see that the plan was not changed afterwards. Comments,
    /// line breaks and the order of fields or campaigns in the file do not count.
    pub fn fingerprint(&self) -> String {
        let campaigns = self.campaigns.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(" ");
        let looks = self.looks.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        let fields = [
            "aftercall plan 1",
            self.experiment.id.as_str(),
            &campaigns,
            &self.hypothesis,
            self.primary.name(),
            &self.experiment.hold_out_percent.to_string(),
            &looks,
            &self.people_per_arm.to_string(),
            &self.smallest_difference_per_1000.to_string(),
            &self.registered_by,
        ];
        // No field holds a line break: each was checked or put on one line.
        hex(&Sha256::digest(fields.join("\n")))
    }

    /// The look that counts now: its number from 1, its moment, and the level it may be read at.
    /// `None` before the first.
    fn look_at(&self, now: Timestamp) -> Option<(usize, Timestamp, Level)> {
        let moments = self.looks.iter().map(|date| morning(*date));
        let (place, moment) = moments.enumerate().take_while(|(_, at)| *at <= now).last()?;
        let number = place + 1;
        let early = (self.looks.len() - 1) as f64;
        let chance = if number < self.looks.len() {
            EARLY
        } else {
            Level::ORDINARY.chance() - EARLY * early
        };
        Some((number, moment, Level::missing(chance)?))
    }

    /// When the next look is; `None` after the last.
    fn next_look(&self, now: Timestamp) -> Option<Timestamp> {
        self.looks.iter().map(|date| morning(*date)).find(|at| *at > now)
    }
}

/// The first moment of a day in London.
fn morning(date: Date) -> Timestamp {
    date.to_zoned(LONDON.clone()).map_or(Timestamp::MAX, |start| start.timestamp())
}

/// Words with every gap between them one space: how a file breaks its lines says nothing.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A plan that was handed in.
#[derive(Debug, Clone, PartialEq)]
pub struct Registered {
    /// The plan.
    pub plan: Plan,
    /// When it was handed in.
    pub at: Timestamp,
}

/// One person of an experiment, and what they did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// The arm they were given, and when.
    pub arm: Arm,
    /// When they were first planned: see [`Plan::entries`].
    pub entered_at: Timestamp,
    /// Their calls, in any order; those before their entry do no harm.
    pub calls: Vec<Call>,
    /// When they reported community intelligence, in any order.
    pub intelligence: Vec<Timestamp>,
}

/// A call by somebody who takes part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Call {
    /// When it came.
    pub at: Timestamp,
    /// Whether it is about an incident they had rung about already, the log's own number or a
    /// duplicate of it: ringing again about the same thing is not calling again.
    pub same_incident: bool,
}

/// The same of each arm.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Arms<T> {
    /// Of those who are texted.
    pub texted: T,
    /// Of those who are held out.
    pub control: T,
}

impl<T> Arms<T> {
    fn of(&mut self, arm: Arm) -> &mut T {
        match arm {
            Arm::Texted => &mut self.texted,
            Arm::Control => &mut self.control,
        }
    }
}

/// What may be seen of an experiment now.
#[derive(Debug, Clone, PartialEq)]
pub enum Look {
    /// The plan came after the first text, so it may have been written to fit. There is no result,
    /// for ever.
    NotPreregistered {
        /// When the plan was handed in.
        registered_at: Timestamp,
        /// When the first text of its campaigns left.
        first_text_at: Timestamp,
        /// How many have entered.
        entered: Arms<u64>,
    },
    /// The first day of the plan has not come.
    TooEarly {
        /// When it comes.
        until: Timestamp,
        /// How many have entered.
        entered: Arms<u64>,
    },
    /// The result, as it was on the last day of the plan that has come.
    Result(Box<Finding>),
}

/// The result of one look.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Which look it is, from 1.
    pub number: usize,
    /// How many the plan has.
    pub of: usize,
    /// The moment it shows. A report made later shows the same, until the next.
    pub as_of: Timestamp,
    /// When the next is; `None` after the last.
    pub next: Option<Timestamp>,
    /// How often its intervals may miss the truth: the share that this look has of one in twenty.
    pub level: Level,
    /// How many had entered by then.
    pub entered: Arms<u64>,
    /// The measure that decides.
    pub primary: Comparison,
    /// The others. They describe: with three of them the chance that one shows something by luck is
    /// three times that of the first.
    pub others: Vec<Comparison>,
    /// Whether each arm had as many people, followed to the end of the primary measure, as was
    /// planned.
    pub as_many_as_planned: bool,
}

/// One measure in both arms.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The measure.
    pub measure: Measure,
    /// The people whose window has passed, and their events.
    pub followed: Arms<PerPerson>,
    /// Events per 1,000 of them, with the look's interval; `None` for fewer than two people.
    pub per_1000: Arms<Option<Estimate>>,
    /// The texted less the control, per 1,000: below zero where texting made it fewer.
    pub difference: Option<Estimate>,
}

impl Registered {
    /// Whether the plan was handed in before the first text of its campaigns left. Before any has,
    /// it is early enough.
    pub fn is_preregistered(&self, first_text_at: Option<Timestamp>) -> bool {
        first_text_at.is_none_or(|first| self.at < first)
    }

    /// What may be seen of the experiment now.
    ///
    /// Between two looks the earlier one is shown as it was, worked out from what had happened by
    /// then: a figure that moved every morning would be a look every morning.
    pub fn look(
        &self,
        now: Timestamp,
        first_text_at: Option<Timestamp>,
        people: &[Participant],
    ) -> Look {
        if let Some(first_text_at) = first_text_at
            && !self.is_preregistered(Some(first_text_at))
        {
            let entered = entered(people, now);
            return Look::NotPreregistered { registered_at: self.at, first_text_at, entered };
        }
        let Some((number, as_of, level)) = self.plan.look_at(now) else {
            let until = self.plan.next_look(now).unwrap_or(Timestamp::MAX);
            return Look::TooEarly { until, entered: entered(people, now) };
        };
        let primary = compare(self.plan.primary, level, as_of, people);
        let others = MEASURES.iter().map(|(measure, _)| *measure);
        let others = others.filter(|measure| *measure != self.plan.primary);
        let Arms { texted, control } = primary.followed;
        Look::Result(Box::new(Finding {
            number,
            of: self.plan.looks.len(),
            as_of,
            next: self.plan.next_look(now),
            level,
            entered: entered(people, as_of),
            others: others.map(|measure| compare(measure, level, as_of, people)).collect(),
            as_many_as_planned: texted.people.min(control.people) >= self.plan.people_per_arm,
            primary,
        }))
    }
}

fn entered(people: &[Participant], by: Timestamp) -> Arms<u64> {
    let mut entered = Arms::default();
    for person in people.iter().filter(|person| person.entered_at <= by) {
        *entered.of(person.arm) += 1;
    }
    entered
}

fn compare(measure: Measure, level: Level, as_of: Timestamp, people: &[Participant]) -> Comparison {
    let mut followed: Arms<PerPerson> = Arms::default();
    for person in people {
        if let Some(events) = measure.of(person, as_of) {
            followed.of(person.arm).add(events);
        }
    }
    let Arms { texted, control } = &followed;
    let per_1000 = Arms { texted: texted.rate(level), control: control.rate(level) };
    let difference = rate_difference(level, texted, control);
    Comparison { measure, followed, per_1000, difference }
}

#[cfg(test)]
mod tests {
    use jiff::ToSpan;

    use super::*;
    use crate::contact::Plan as ContactPlan;
    use crate::incident::{LogNumber, Outcome};

    const PLAN: &str = r#"
        experiment = "spring-2026"
        campaigns = ["noise", "highways"]
        hypothesis = """
        People who hear what came of their call
        ring less often about other things."""
        primary = "calls-again-30"
        hold_out_percent = 50
        looks = ["2026-06-01", "2026-09-01"]
        people_per_arm = 3
        smallest_difference_per_1000 = 20
        registered_by = "The analyst"
    "#;

    fn file() -> PlanFile {
        toml::from_str(PLAN).unwrap()
    }

    fn plan() -> Plan {
        file().check().unwrap()
    }

    fn registered() -> Registered {
        Registered { plan: plan(), at: at("2026-02-01T09:00:00Z") }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn people(n: usize) -> Vec<PersonId> {
        (0..n).map(|n| PersonId::parse(&format!("{n:032x}")).unwrap()).collect()
    }

    fn experiment(id: &str, hold_out_percent: u8) -> Experiment {
        Experiment { id: ExperimentId::parse(id).unwrap(), hold_out_percent }
    }

    #[test]
    fn an_experiment_is_named_as_a_campaign_is() {
        for name in ["", "all", "Spring", "spring 2026", &"x".repeat(41)] {
            assert_eq!(ExperimentId::parse(name), None, "{name}");
        }
        assert_eq!(ExperimentId::parse("spring-2026").unwrap().to_string(), "spring-2026");
    }

    #[test]
    fn the_arms_take_their_shares_and_a_higher_share_takes_nobody_out() {
        let people = people(4000);
        let held = |percent| -> BTreeSet<&PersonId> {
            let experiment = experiment("spring-2026", percent);
            people.iter().filter(|person| experiment.arm(person) == Arm::Control).collect()
        };
        let (none, fifth, half) = (held(0), held(20), held(50));
        assert!(none.is_empty());
        assert!((700..900).contains(&fifth.len()), "{}", fifth.len());
        assert!((1900..2100).contains(&half.len()), "{}", half.len());
        assert!(fifth.is_subset(&half));
    }

    #[test]
    fn another_experiment_holds_out_others() {
        let (one, other) = (experiment("spring-2026", 50), experiment("autumn-2026", 50));
        let same = people(4000).iter().filter(|p| one.arm(p) == other.arm(p)).count();
        assert!((1900..2100).contains(&same), "{same}");
    }

    #[test]
    fn a_campaign_that_becomes_an_experiment_of_its_own_name_moves_nobody() {
        let mut file = crate::campaign::tests::file();
        file.hold_out_percent = 20;
        let campaign = file.check().unwrap();
        let experiment = Experiment { id: (&campaign.id).into(), hold_out_percent: 20 };
        for person in people(500) {
            assert_eq!(campaign.holds_out(&person), experiment.arm(&person) == Arm::Control);
        }
    }

    #[test]
    fn each_fault_of_a_plan_is_named_by_its_field() {
        let check = |change: fn(&mut PlanFile), field: &str| {
            let mut file = file();
            change(&mut file);
            let problems = file.check().unwrap_err();
            assert_eq!(problems.len(), 1, "{problems:?}");
            assert_eq!(problems[0].field, field, "{problems:?}");
        };
        check(|f| f.experiment = "Spring".to_owned(), "experiment");
        check(|f| f.campaigns.clear(), "campaigns");
        check(|f| f.campaigns.push("noise".to_owned()), "campaigns");
        check(|f| f.campaigns.push("No ise".to_owned()), "campaigns");
        check(|f| f.hypothesis = " \n".to_owned(), "hypothesis");
        check(|f| f.primary = "calls-again".to_owned(), "primary");
        check(|f| f.hold_out_percent = 0, "hold_out_percent");
        check(|f| f.hold_out_percent = 51, "hold_out_percent");
        check(|f| f.looks.clear(), "looks");
        check(|f| f.looks.push("2026-09-01".to_owned()), "looks");
        check(|f| f.looks.push("1/10/2026".to_owned()), "looks");
        check(|f| f.looks = (1..12).map(|m| format!("20{}-01-01", 26 + m)).collect(), "looks");
        check(|f| f.people_per_arm = 1, "people_per_arm");
        let field = "smallest_difference_per_1000";
        check(|f| f.smallest_difference_per_1000 = 0.0, field);
        check(|f| f.smallest_difference_per_1000 = f64::NAN, field);
        check(|f| f.registered_by.clear(), "registered_by");
        let mut nothing = file();
        nothing.experiment.clear();
        nothing.primary.clear();
        assert_eq!(nothing.check().unwrap_err().len(), 2, "every problem, not the first");
        assert!(toml::from_str::<PlanFile>(&format!("{PLAN}\nsecondary = 'x'")).is_err());
    }

    #[test]
    fn a_fingerprint_is_of_what_the_plan_says_and_not_of_how() {
        let fingerprint = plan().fingerprint();
        insta::assert_snapshot!(fingerprint, @"bf44207faa87d0b66edfae36e681950dc4c325bbd991b3f5e585b28cbd66baee");
        let mut same = file();
        same.campaigns.reverse();
        same.hypothesis = one_line(&same.hypothesis);
        assert_eq!(same.check().unwrap().fingerprint(), fingerprint);
        let stored = serde_json::to_string(&file()).unwrap();
        let stored: PlanFile = serde_json::from_str(&stored).unwrap();
        assert_eq!(stored.check().unwrap().fingerprint(), fingerprint);
        let changes: [fn(&mut PlanFile); 9] = [
            |f| f.experiment.push('x'),
            |f| f.campaigns.push("more".to_owned()),
            |f| f.hypothesis.push('!'),
            |f| f.primary = "calls-again-90".to_owned(),
            |f| f.hold_out_percent = 20,
            |f| f.looks.push("2026-12-01".to_owned()),
            |f| f.people_per_arm = 4,
            |f| f.smallest_difference_per_1000 = 20.5,
            |f| f.registered_by.push('x'),
        ];
        for change in changes {
            let mut file = file();
            change(&mut file);
            assert_ne!(file.check().unwrap().fingerprint(), fingerprint, "{file:?}");
        }
    }

    #[test]
    fn a_plan_after_the_first_text_shows_no_result_however_long_one_waits() {
        let plan = registered();
        assert!(plan.is_preregistered(None));
        assert!(plan.is_preregistered(Some(plan.at + 1.second())));
        assert!(!plan.is_preregistered(Some(plan.at)));
        let first_text_at = at("2026-01-31T10:00:00Z");
        let person = participant(Arm::Control, "2026-03-01T00:00:00Z", &[]);
        let look = plan.look(at("2027-01-01T00:00:00Z"), Some(first_text_at), &[person]);
        let entered = Arms { texted: 0, control: 1 };
        let registered_at = plan.at;
        assert_eq!(look, Look::NotPreregistered { registered_at, first_text_at, entered });
    }

    fn participant(arm: Arm, entered_at: &str, calls: &[&str]) -> Participant {
        let call = |text: &&str| Call { at: at(text), same_incident: false };
        let calls = calls.iter().map(call).collect();
        Participant { arm, entered_at: at(entered_at), calls, intelligence: Vec::new() }
    }

    fn finding(now: &str, people: &[Participant]) -> Finding {
        match registered().look(at(now), Some(at("2026-03-01T09:00:00Z")), people) {
            Look::Result(finding) => *finding,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn before_the_first_day_of_the_plan_only_the_people_are_counted() {
        let people = [
            participant(Arm::Texted, "2026-03-01T00:00:00Z", &["2026-03-05T00:00:00Z"]),
            participant(Arm::Control, "2026-03-01T00:00:00Z", &[]),
            participant(Arm::Texted, "2026-05-31T23:30:00Z", &[]),
        ];
        let first_text_at = Some(at("2026-03-01T09:00:00Z"));
        // The first of June begins at eleven in the evening, Universal Time.
        let look = registered().look(at("2026-05-31T22:59:59Z"), first_text_at, &people);
        let entered = Arms { texted: 1, control: 1 };
        assert_eq!(look, Look::TooEarly { until: at("2026-05-31T23:00:00Z"), entered });
        assert_eq!(finding("2026-05-31T23:00:00Z", &people).entered, entered);
    }

    #[test]
    fn between_two_looks_nothing_moves() {
        let entered_at = "2026-05-15T00:00:00Z";
        let people = [
            participant(Arm::Texted, entered_at, &["2026-05-16T00:00:00Z"]),
            participant(Arm::Control, "2026-04-01T00:00:00Z", &["2026-04-03T00:00:00Z"]),
        ];
        let first = finding("2026-06-01T06:00:00Z", &people);
        assert_eq!((first.number, first.of), (1, 2));
        assert_eq!(first.next, Some(at("2026-08-31T23:00:00Z")));
        assert_eq!(first.primary.followed.texted.people, 0, "their thirty days are not over");
        assert_eq!(finding("2026-08-31T22:59:59Z", &people), first);
        let last = finding("2026-08-31T23:00:00Z", &people);
        assert_eq!((last.number, last.next), (2, None));
        assert_eq!(last.primary.followed.texted.events, 1);
        assert_eq!(finding("2028-01-01T00:00:00Z", &people), last);
    }

    #[test]
    fn the_looks_share_one_chance_in_twenty() {
        let chances = |looks: usize| -> Vec<f64> {
            let mut file = file();
            file.looks = (0..looks).map(|n| format!("2026-{:02}-01", n + 1)).collect();
            let plan = file.check().unwrap();
            let at = |date: &Date| plan.look_at(morning(*date)).unwrap().2.chance();
            plan.looks.iter().map(at).collect()
        };
        assert_eq!(chances(1), [0.05]);
        assert_eq!(chances(3), [0.001, 0.001, 0.048]);
        for looks in 1..=MOST_LOOKS {
            let sum: f64 = chances(looks).iter().sum();
            assert!((sum - 0.05).abs() < 1e-12, "{looks}: {sum}");
        }
    }

    #[test]
    fn a_window_is_from_entry_to_just_before_its_end_and_the_same_incident_is_no_call_again() {
        let check = |call: &str, same_incident: bool, within_30: u64, within_90: u64| {
            let mut person = participant(Arm::Texted, "2026-03-01T12:00:00Z", &[call]);
            person.calls[0].same_incident = same_incident;
            person.intelligence.push(at(call));
            let as_of = at("2026-06-01T00:00:00Z");
            let of = |measure: Measure| measure.of(&person, as_of).unwrap();
            let calls = (of(Measure::CallsAgain30), of(Measure::CallsAgain90));
            let counts = |calls: u64| if same_incident { 0 } else { calls };
            assert_eq!(calls, (counts(within_30), counts(within_90)), "{call}");
            let intelligence = (of(Measure::Intelligence30), of(Measure::Intelligence90));
            assert_eq!(intelligence, (within_30, within_90), "{call}");
        };
        check("2026-03-01T11:59:59Z", false, 0, 0);
        check("2026-03-01T12:00:00Z", false, 1, 1);
        check("2026-03-02T12:00:00Z", true, 1, 1);
        check("2026-03-31T11:59:59Z", false, 1, 1);
        check("2026-03-31T12:00:00Z", false, 0, 1);
        check("2026-05-30T11:59:59Z", false, 0, 1);
        check("2026-05-30T12:00:00Z", false, 0, 0);
    }

    #[test]
    fn only_whole_windows_count_whether_or_not_something_happened_in_them() {
        let person = |calls: &[&str]| participant(Arm::Control, "2026-03-01T12:00:00Z", calls);
        for person in [person(&[]), person(&["2026-03-02T12:00:00Z"])] {
            let of = |as_of: &str| Measure::CallsAgain30.of(&person, at(as_of));
            assert_eq!(of("2026-03-31T11:59:59Z"), None);
            assert_eq!(of("2026-03-31T12:00:00Z"), Some(person.calls.len() as u64));
        }
        let endless = Participant { entered_at: Timestamp::MAX, ..person(&[]) };
        assert_eq!(Measure::CallsAgain30.of(&endless, Timestamp::MAX), None);
    }

    #[test]
    fn a_finding_tells_the_primary_apart_and_whether_there_were_enough() {
        let with = |arm, calls: &[&str]| participant(arm, "2026-03-01T00:00:00Z", calls);
        let mut people = vec![
            with(Arm::Texted, &[]),
            with(Arm::Texted, &["2026-03-04T00:00:00Z"]),
            with(Arm::Control, &["2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z"]),
            with(Arm::Control, &[]),
            with(Arm::Control, &[]),
        ];
        let short = finding("2026-09-02T00:00:00Z", &people);
        assert!(!short.as_many_as_planned);
        people.push(with(Arm::Texted, &[]));
        let found = finding("2026-09-02T00:00:00Z", &people);
        assert!(found.as_many_as_planned);
        assert_eq!(found.primary.measure, Measure::CallsAgain30);
        let others: Vec<_> = found.others.iter().map(|other| other.measure.name()).collect();
        assert_eq!(others, ["calls-again-90", "intelligence-30", "intelligence-90"]);
        let rate = |estimate: Option<Estimate>| estimate.unwrap().value.round();
        let Arms { texted, control } = found.primary.per_1000;
        assert_eq!((rate(texted), rate(control)), (333.0, 667.0));
        assert_eq!(rate(found.primary.difference), -333.0);
        let nobody = finding("2026-09-02T00:00:00Z", &[]);
        assert_eq!(nobody.primary.difference, None);
    }

    #[test]
    fn whoever_was_to_be_texted_counts_as_texted_from_their_first_planning() {
        let plan = plan();
        let person = |arm| people(100).into_iter().find(|p| plan.experiment.arm(p) == arm).unwrap();
        let (texted, control) = (person(Arm::Texted), person(Arm::Control));
        let contact = |person: &PersonId, campaign: &str, control, planned_at: &str| {
            let contact = ContactPlan {
                incident: LogNumber::parse("HC-1").unwrap(),
                person: person.clone(),
                campaign: CampaignId::parse(campaign).unwrap(),
                version: 1,
                outcome: Outcome::parse("cleared").unwrap(),
                area: String::new(),
                control,
                due_at: at(planned_at),
            };
            Contact::plan(contact, at(planned_at))
        };
        let contacts = [
            contact(&texted, "noise", false, "2026-03-09T00:00:00Z"),
            contact(&texted, "highways", false, "2026-03-04T00:00:00Z"),
            // A state that is not the arm's: the arm counts.
            contact(&texted, "noise", true, "2026-03-06T00:00:00Z"),
            contact(&texted, "parks", false, "2026-03-01T00:00:00Z"),
            contact(&control, "noise", true, "2026-03-02T00:00:00Z"),
        ];
        let entries = plan.entries(&contacts);
        let entry = |arm, text| Entry { arm, entered_at: at(text) };
        let expected = [
            (texted, entry(Arm::Texted, "2026-03-04T00:00:00Z")),
            (control, entry(Arm::Control, "2026-03-02T00:00:00Z")),
        ];
        assert_eq!(entries, BTreeMap::from(expected));
    }
}
