//! The report for programs.
//!
//! The types here are the format: they only grow, and `format` changes if one ever must not. Its JSON
//! Schema is `docs/report.schema.json`.
//! Counts are integers. Money is an integer of thousandths of a penny, exact in every language's
//! numbers up to ninety billion pounds. A rate is a share of one with the count it is of, and null
//! of nothing; `low` and `high` are its interval at 95 %.

use std::collections::BTreeMap;

use domain::contact::STATES;
use domain::experiment::{self, Arm, Look};
use domain::figures::{self, DELAYS, Durations};
use domain::interval::Estimate;
use domain::score::Score;
use domain::sentiment::Sentiment;
use serde::Serialize;

use super::Satisfied;

/// Writes a report as JSON, indented.
pub fn report(report: &figures::Report) -> String {
    // Strings and finite numbers under string keys: there is nothing JSON cannot say.
    serde_json::to_string_pretty(&Report::of(report)).unwrap_or_default()
}

/// The JSON Schema of a report, indented.
#[cfg(feature = "schema")]
pub fn schema() -> String {
    let mut schema = schemars::schema_for!(Report<'static>);
    schema.insert("title".to_owned(), "An Aftercall report".into());
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}

/// A report.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Report<'a> {
    /// What this is, and its version.
    format: &'static str,
    /// The first day it tells of.
    from: String,
    /// The last.
    to: String,
    /// When it was made.
    made_at: String,
    /// The contacts planned in the period, of all campaigns.
    total: Figures,
    /// The same of each campaign.
    campaigns: BTreeMap<&'a str, Figures>,
    /// The logs opened in the period, and what became of the calls in them.
    logs: Logs<'a>,
    /// The work of each desk: tasks whose replies came in the period.
    desks: BTreeMap<&'static str, Desk>,
    /// What each campaign spent, by month.
    money: Vec<Money<'a>>,
    /// Every experiment with a plan, of all its days.
    experiments: Vec<Experiment<'a>>,
}

/// Some contacts.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Figures {
    planned: u64,
    /// Whose text the supplier took.
    texted: u64,
    delivered: u64,
    answered: u64,
    /// Of the delivered, those that answered.
    answered_delivered: u64,
    /// Whose reply lay on a desk until somebody had done what there was to do.
    acted_on: u64,
    replies: u64,
    response: Response,
    score: Scores,
    confidence: Confidence,
    /// Of those who said whether they would call again, who would.
    call_again: Share,
    states: BTreeMap<&'static str, u64>,
    classes: BTreeMap<&'static str, u64>,
    sentiments: BTreeMap<&'static str, u64>,
    follow_ups: u64,
    /// Of those, the ones that told what came of a hazard that was still there.
    results_told: u64,
    segments: u64,
    cost_millipence: u64,
    /// For each person who answered.
    cost_per_answer_millipence: Option<u64>,
    /// For each person who gave a 4 or a 5.
    cost_per_satisfied_millipence: Option<u64>,
    days: Vec<Day>,
    durations: Lengths,
    /// Texted contacts by what they were told.
    outcomes: BTreeMap<String, Group>,
    /// Texted contacts by beat or area; empty where the extract names none.
    areas: BTreeMap<String, Group>,
    /// Texted contacts by the hour of London's clock at which the text left.
    hours: BTreeMap<u8, Group>,
    /// Texted contacts by how long after closure the text left.
    delays: BTreeMap<&'static str, Group>,
    /// Texted contacts by the Monday of the week in which they were planned.
    weeks: BTreeMap<String, Group>,
}

/// Answered of delivered.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Response {
    rate: Option<f64>,
    n: u64,
    low: Option<f64>,
    high: Option<f64>,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Scores {
    counts: BTreeMap<u8, u64>,
    mean: Option<f64>,
    /// The 95% interval of `mean`.
    mean_95: Option<[f64; 2]>,
    satisfied: Option<f64>,
    /// Wilson's 95% interval of `satisfied`.
    satisfied_95: Option<[f64; 2]>,
    n: u64,
}

/// How far people trust the police of their area, 1 to 5.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Confidence {
    counts: BTreeMap<u8, u64>,
    /// Who said 4 or 5.
    confident: Share,
    mean: Option<f64>,
    mean_95: Option<[f64; 2]>,
}

/// How many of how many.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Share {
    part: u64,
    of: u64,
    value: Option<f64>,
    low: Option<f64>,
    high: Option<f64>,
    /// Whether it is of too few to be read.
    few: bool,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Day {
    date: String,
    planned: u64,
    texted: u64,
    answered: u64,
}

/// How long things took, by the exact median.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Lengths {
    closed_to_texted: Took,
    texted_to_delivered: Took,
    texted_to_reply: Took,
}

#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Took {
    n: u64,
    median_seconds: Option<i64>,
}

/// Texted contacts that have something in common.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Group {
    texted: u64,
    delivered: u64,
    /// Of the delivered, those that answered.
    response: Share,
    satisfied: Share,
    mean_score: Option<f64>,
    mean_score_95: Option<[f64; 2]>,
    scores: BTreeMap<u8, u64>,
    sentiments: BTreeMap<&'static str, u64>,
}

/// Logs and their calls.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Logs<'a> {
    logs: u64,
    closed: u64,
    opened_to_closed: Took,
    calls: Calls,
    /// What kept callers of closed logs from being texted.
    holds: Vec<Hold>,
    areas: BTreeMap<&'a str, Area>,
}

/// What became of calls: see `domain::figures::Calls`.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Calls {
    all: u64,
    open: u64,
    closed: u64,
    never: u64,
    held: u64,
    eligible: u64,
    again: u64,
    control: u64,
    waiting: u64,
    not_sent: u64,
    texted: u64,
    delivered: u64,
    replied: u64,
    acted_on: u64,
    /// Of the callers of closed logs, whom a rule keeps from being texted.
    excluded: Share,
}

/// One rule.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Hold {
    rule: &'static str,
    verdict: &'static str,
    words: &'static str,
    calls: u64,
    /// Of those, the ones against whom nothing else stands.
    alone: u64,
    /// Of those, the ones it is the first to stand against: every caller kept out is in one of these.
    first: u64,
}

/// One beat or area.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Area {
    calls: Calls,
    /// The share kept out here less that everywhere else.
    excluded_more: Option<Interval>,
    rules: BTreeMap<&'static str, u64>,
}

/// A figure with its interval.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Interval {
    value: f64,
    low: f64,
    high: f64,
}

/// One desk.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Desk {
    clock_seconds: i64,
    tasks: u64,
    taken: u64,
    in_time: u64,
    late: u64,
    closed: u64,
    reminded: u64,
    rings: u64,
    results: u64,
    /// Taken in time, of those taken or late.
    kept: Share,
    to_desk: Took,
    to_taken: Took,
}

/// One campaign's month.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Money<'a> {
    campaign: &'a str,
    month: String,
    texts: u64,
    parts: u64,
    millipence: u64,
    billed_texts: u64,
    billed_millipence: u64,
    cap_millipence: Option<u64>,
    /// What the month will come to; null where the period leaves out some of its days.
    forecast_millipence: Option<u64>,
}

/// One experiment as it stands.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Experiment<'a> {
    name: &'a str,
    version: u32,
    fingerprint: String,
    registered_at: String,
    registered_by: &'a str,
    hypothesis: &'a str,
    campaigns: Vec<&'a str>,
    hold_out_percent: u8,
    looks: Vec<String>,
    /// Campaigns that hold out others than the plan says.
    disagree: Vec<&'a str>,
    first_text_at: Option<String>,
    /// `not-preregistered`, `too-early` or `result`.
    status: &'static str,
    entered: Arms<u64>,
    /// When anything may be seen, where it is too early.
    until: Option<String>,
    result: Option<Finding>,
}

/// The same of each arm.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Arms<T> {
    texted: T,
    control: T,
}

/// The result of one look.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Finding {
    look: usize,
    of: usize,
    as_of: String,
    next: Option<String>,
    /// How often its intervals may miss the truth.
    level: f64,
    as_many_as_planned: bool,
    primary: Comparison,
    others: Vec<Comparison>,
}

/// One measure in both arms.
#[derive(Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
struct Comparison {
    measure: &'static str,
    people: Arms<u64>,
    events: Arms<u64>,
    per_1000: Arms<Option<Interval>>,
    difference_per_1000: Option<Interval>,
}

impl<'a> Report<'a> {
    fn of(report: &'a figures::Report) -> Self {
        let logs = &report.logs;
        Self {
            format: "aftercall-report/1",
            from: report.period.from.to_string(),
            to: report.period.to.to_string(),
            made_at: report.made_at.to_string(),
            total: Figures::of(&report.total),
            campaigns: report
                .campaigns
                .iter()
                .map(|(id, figures)| (id.as_str(), Figures::of(figures)))
                .collect(),
            logs: Logs {
                logs: logs.logs,
                closed: logs.closed,
                opened_to_closed: Took::of(&logs.opened_to_closed),
                calls: Calls::of(&logs.calls),
                holds: logs
                    .holds
                    .iter()
                    .map(|(rule, held)| Hold {
                        rule: rule.as_str(),
                        verdict: rule.verdict().name(),
                        words: rule.words(),
                        calls: held.calls,
                        alone: held.alone,
                        first: held.first,
                    })
                    .collect(),
                areas: logs
                    .areas
                    .iter()
                    .map(|(area, of)| {
                        let excluded_more = of.excluded_more(&logs.calls).map(Interval::of);
                        let rules = of.rules.iter().map(|(rule, n)| (rule.as_str(), *n)).collect();
                        let calls = Calls::of(&of.calls);
                        (area.as_str(), Area { calls, excluded_more, rules })
                    })
                    .collect(),
            },
            desks: report
                .desks
                .iter()
                .map(|(desk, of)| (desk.name(), Desk::of(*desk, of)))
                .collect(),
            money: report
                .money
                .iter()
                .flat_map(|(campaign, months)| months.iter().map(move |month| (campaign, month)))
                .map(|(campaign, (month, money))| Money {
                    campaign: campaign.as_str(),
                    month: month.to_string(),
                    texts: money.spend.texts,
                    parts: money.spend.parts,
                    millipence: money.spend.reserved.millipence(),
                    billed_texts: money.spend.billed_texts,
                    billed_millipence: money.spend.billed.millipence(),
                    cap_millipence: money.cap.map(domain::budget::Money::millipence),
                    forecast_millipence: money.forecast.map(domain::budget::Money::millipence),
                })
                .collect(),
            experiments: report.experiments.iter().map(Experiment::of).collect(),
        }
    }
}

impl Figures {
    fn of(figures: &figures::Figures) -> Self {
        let delivered = figures.in_state(domain::contact::State::Delivered);
        let satisfied = Satisfied::of(figures);
        let response = figures.response().estimate();
        let each = |cost: Option<domain::budget::Money>| cost.map(|cost| cost.millipence());
        Self {
            planned: figures.planned(),
            texted: figures.texted(),
            delivered,
            answered: figures.answered,
            answered_delivered: figures.answered_delivered,
            acted_on: figures.acted_on,
            replies: figures.replies,
            response: Response {
                rate: figures.response_per_mille().map(|rate| rate as f64 / 1000.0),
                n: delivered,
                low: response.map(|response| rounded(response.low)),
                high: response.map(|response| rounded(response.high)),
            },
            score: Scores {
                counts: scores(&figures.scores),
                mean: figures.mean_score_hundredths().map(|mean| mean as f64 / 100.0),
                mean_95: ends(figures.mean_score()),
                satisfied: satisfied.map(|s| s.per_mille as f64 / 1000.0),
                satisfied_95: satisfied.map(|s| [s.low, s.high].map(share)),
                n: figures.scored(),
            },
            confidence: Confidence {
                counts: scores(&figures.confidence),
                confident: Share::of(figures.confident()),
                mean: figures.mean_confidence().map(|mean| rounded(mean.value)),
                mean_95: ends(figures.mean_confidence()),
            },
            call_again: Share::of(figures.call_again),
            states: STATES.iter().map(|(state, name)| (*name, figures.in_state(*state))).collect(),
            classes: figures.classes.iter().map(|(class, n)| (class.as_str(), *n)).collect(),
            sentiments: sentiments(&figures.sentiments),
            follow_ups: figures.follow_ups,
            results_told: figures.results_told,
            segments: figures.segments,
            cost_millipence: figures.cost.millipence(),
            cost_per_answer_millipence: each(figures.cost_per_answer()),
            cost_per_satisfied_millipence: each(figures.cost_per_satisfied()),
            days: figures.days.iter().map(|(date, day)| Day::of(*date, day)).collect(),
            durations: Lengths {
                closed_to_texted: Took::of(&figures.closed_to_texted),
                texted_to_delivered: Took::of(&figures.texted_to_delivered),
                texted_to_reply: Took::of(&figures.texted_to_reply),
            },
            outcomes: figures
                .outcomes
                .iter()
                .map(|(o, of)| (o.to_string(), Group::of(of)))
                .collect(),
            areas: figures.areas.iter().map(|(area, of)| (area.clone(), Group::of(of))).collect(),
            hours: figures.hours.iter().map(|(hour, of)| (*hour, Group::of(of))).collect(),
            delays: DELAYS
                .iter()
                .filter_map(|(delay, name)| Some((*name, Group::of(figures.delays.get(delay)?))))
                .collect(),
            weeks: figures.weeks.iter().map(|(day, of)| (day.to_string(), Group::of(of))).collect(),
        }
    }
}

impl Day {
    fn of(date: jiff::civil::Date, day: &figures::Day) -> Self {
        Self {
            date: date.to_string(),
            planned: day.planned,
            texted: day.texted,
            answered: day.answered,
        }
    }
}

impl Group {
    fn of(group: &figures::Group) -> Self {
        Self {
            texted: group.texted,
            delivered: group.delivered,
            response: Share::of(group.response()),
            satisfied: Share::of(group.satisfied()),
            mean_score: group.mean_score().map(|mean| rounded(mean.value)),
            mean_score_95: ends(group.mean_score()),
            scores: scores(&group.scores),
            sentiments: sentiments(&group.sentiments),
        }
    }
}

impl Share {
    fn of(share: figures::Share) -> Self {
        let estimate = share.estimate();
        Self {
            part: share.part,
            of: share.of,
            value: estimate.map(|e| rounded(e.value)),
            low: estimate.map(|e| rounded(e.low)),
            high: estimate.map(|e| rounded(e.high)),
            few: share.is_few(),
        }
    }
}

impl Interval {
    fn of(estimate: Estimate) -> Self {
        Self {
            value: rounded(estimate.value),
            low: rounded(estimate.low),
            high: rounded(estimate.high),
        }
    }
}

impl Took {
    fn of(durations: &Durations) -> Self {
        let median = durations.median();
        Self { n: durations.n(), median_seconds: median.map(|median| median.as_secs()) }
    }
}

impl Calls {
    fn of(calls: &figures::Calls) -> Self {
        Self {
            all: calls.all,
            open: calls.open(),
            closed: calls.closed,
            never: calls.never,
            held: calls.held,
            eligible: calls.eligible,
            again: calls.again,
            control: calls.control,
            waiting: calls.waiting,
            not_sent: calls.not_sent,
            texted: calls.texted,
            delivered: calls.delivered,
            replied: calls.replied,
            acted_on: calls.acted_on,
            excluded: Share::of(calls.excluded()),
        }
    }
}

impl Desk {
    fn of(desk: domain::desk::Desk, of: &figures::DeskFigures) -> Self {
        Self {
            clock_seconds: desk.clock().as_secs(),
            tasks: of.tasks,
            taken: of.taken,
            in_time: of.in_time,
            late: of.late,
            closed: of.closed,
            reminded: of.reminded,
            rings: of.rings,
            results: of.results,
            kept: Share::of(of.kept()),
            to_desk: Took::of(&of.to_desk),
            to_taken: Took::of(&of.to_taken),
        }
    }
}

impl<'a> Experiment<'a> {
    fn of(trial: &'a figures::Trial) -> Self {
        let plan = &trial.registered.plan;
        let (status, entered, until, result) = match &trial.look {
            Look::NotPreregistered { entered, .. } => ("not-preregistered", entered, None, None),
            Look::TooEarly { until, entered } => ("too-early", entered, Some(until), None),
            Look::Result(finding) => ("result", &finding.entered, None, Some(finding)),
        };
        Self {
            name: plan.experiment.id.as_str(),
            version: trial.version,
            fingerprint: plan.fingerprint(),
            registered_at: trial.registered.at.to_string(),
            registered_by: &plan.registered_by,
            hypothesis: &plan.hypothesis,
            campaigns: plan.campaigns.iter().map(|id| id.as_str()).collect(),
            hold_out_percent: plan.experiment.hold_out_percent,
            looks: plan.looks.iter().map(ToString::to_string).collect(),
            disagree: trial.disagree.iter().map(|id| id.as_str()).collect(),
            first_text_at: trial.first_text_at.map(|at| at.to_string()),
            status,
            entered: Arms { texted: entered.texted, control: entered.control },
            until: until.map(ToString::to_string),
            result: result.map(|finding| Finding::of(finding)),
        }
    }
}

impl Finding {
    fn of(finding: &experiment::Finding) -> Self {
        Self {
            look: finding.number,
            of: finding.of,
            as_of: finding.as_of.to_string(),
            next: finding.next.map(|next| next.to_string()),
            level: rounded(finding.level.chance()),
            as_many_as_planned: finding.as_many_as_planned,
            primary: Comparison::of(&finding.primary),
            others: finding.others.iter().map(Comparison::of).collect(),
        }
    }
}

impl Comparison {
    fn of(comparison: &experiment::Comparison) -> Self {
        let followed = |arm| match arm {
            Arm::Texted => &comparison.followed.texted,
            Arm::Control => &comparison.followed.control,
        };
        let (texted, control) = (followed(Arm::Texted), followed(Arm::Control));
        Self {
            measure: comparison.measure.name(),
            people: Arms { texted: texted.people, control: control.people },
            events: Arms { texted: texted.events, control: control.events },
            per_1000: Arms {
                texted: comparison.per_1000.texted.map(Interval::of),
                control: comparison.per_1000.control.map(Interval::of),
            },
            difference_per_1000: comparison.difference.map(Interval::of),
        }
    }
}

fn scores(counts: &BTreeMap<Score, u64>) -> BTreeMap<u8, u64> {
    let count = |score: Score| counts.get(&score).copied().unwrap_or_default();
    (1..=5).filter_map(Score::new).map(|score| (score.get(), count(score))).collect()
}

fn sentiments(counts: &BTreeMap<Sentiment, u64>) -> BTreeMap<&'static str, u64> {
    counts.iter().map(|(sentiment, n)| (sentiment.as_str(), *n)).collect()
}

fn ends(estimate: Option<Estimate>) -> Option<[f64; 2]> {
    estimate.map(|estimate| [rounded(estimate.low), rounded(estimate.high)])
}

/// To four decimals: more would say more than is known.
fn rounded(value: f64) -> f64 {
    (value * 10_000.0).round() / 10_000.0
}

/// Per cent as a share of one with three decimals, as the page shows it.
fn share(percent: f64) -> f64 {
    (percent * 10.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use domain::budget::Money;
    use domain::contact::State;
    use domain::figures::Period;
    use domain::reply::Class;
    use domain::sentiment::Sentiment;
    use jiff::civil::date;
    use serde_json::{Value, json};

    use super::*;

    fn empty() -> figures::Report {
        let march = Period { from: date(2026, 3, 1), to: date(2026, 3, 31) };
        figures::Report::fold([], [], march, "2026-04-01T05:00:00Z".parse().unwrap())
    }

    #[test]
    fn the_numbers_are_those_of_the_report() {
        let mut made = empty();
        let total = &mut made.total;
        total.states.insert(State::Delivered, 1_412);
        total.states.insert(State::Accepted, 7);
        total.scores.insert(Score::new(2).unwrap(), 5);
        total.scores.insert(Score::new(5).unwrap(), 45);
        total.classes.insert(Class::Feedback, 50);
        total.sentiments.insert(Sentiment::Positive, 50);
        (total.answered, total.replies, total.segments) = (50, 61, 2_838);
        total.answered_delivered = 50;
        total.cost = Money::from_millipence(6_811_200);
        let day = figures::Day { planned: 1_419, texted: 1_419, answered: 50 };
        total.days.insert(date(2026, 3, 2), day);

        let written: Value = serde_json::from_str(&report(&made)).unwrap();
        let check = |pointer: &str, expected: Value| {
            assert_eq!(written.pointer(pointer), Some(&expected), "{pointer}");
        };
        check("/format", json!("aftercall-report/1"));
        check("/made_at", json!("2026-04-01T05:00:00Z"));
        check("/total/planned", json!(1_419));
        check("/total/texted", json!(1_419));
        check("/total/delivered", json!(1_412));
        check(
            "/total/response",
            json!({ "rate": 0.035, "n": 1_412, "low": 0.027, "high": 0.0464 }),
        );
        check("/total/score/counts", json!({ "1": 0, "2": 5, "3": 0, "4": 0, "5": 45 }));
        check("/total/score/mean", json!(4.7));
        check("/total/score/satisfied", json!(0.9));
        check("/total/score/satisfied_95", json!([0.786, 0.957]));
        check("/total/score/n", json!(50));
        check("/total/states/accepted", json!(7));
        check("/total/states/parked", json!(0));
        check("/total/classes", json!({ Class::Feedback.as_str(): 50 }));
        check("/total/sentiments", json!({ Sentiment::Positive.as_str(): 50 }));
        check("/total/cost_millipence", json!(6_811_200));
        check(
            "/total/days/0",
            json!({ "date": "2026-03-02", "planned": 1_419, "texted": 1_419, "answered": 50 }),
        );
    }

    #[test]
    fn an_empty_report_has_every_field_and_no_rate() {
        let written: Value = serde_json::from_str(&report(&empty())).unwrap();
        let check = |pointer: &str, expected: Value| {
            assert_eq!(written.pointer(pointer), Some(&expected), "{pointer}");
        };
        check("/total/planned", json!(0));
        let nothing = json!({ "rate": null, "n": 0, "low": null, "high": null });
        check("/total/response", nothing);
        check("/total/score/mean", Value::Null);
        check("/total/score/satisfied_95", Value::Null);
        check("/total/durations/texted_to_reply", json!({ "n": 0, "median_seconds": null }));
        check("/total/days", json!([]));
        check("/logs/calls/excluded/few", json!(true));
        check("/campaigns", json!({}));
        check("/experiments", json!([]));
        assert_eq!(written["desks"].as_object().unwrap().len(), 9);
    }
}
