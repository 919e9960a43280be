//! A report as tables for spreadsheets and statistics: one tidy table for each thing counted.
//!
//! Each has a line for each thing and a column for each figure, and names its campaign, or `all`.
//! Shares and means are numbers with four decimals and their interval at 95 %; of nothing, and of a
//! mean of fewer than two, the cells are empty. `few` says that a share is of too few to be read.
//! Money is pence with all its decimals, durations are seconds.

use std::collections::BTreeMap;

use domain::budget::Money;
use domain::contact::STATES;
use domain::experiment::{Comparison, Look};
use domain::figures::{DELAYS, Durations, Figures, Group, Report, Share, Trial};
use domain::interval::Estimate;
use domain::score::Score;
use domain::sentiment::Sentiment;

use super::csv;

/// A table: its name, and its rows with the head.
type Table = (&'static str, Vec<Vec<String>>);

/// Every table of a report, by name, as it is written.
pub fn write(report: &Report) -> BTreeMap<&'static str, Vec<u8>> {
    let tables = [
        funnel(report),
        holds(report),
        areas(report),
        area_rules(report),
        states(report),
        costs(report),
        times(report),
        days(report),
        scores(report),
        questions(report),
        sentiment(report),
        classes(report),
        groups(report, "outcomes", "outcome", |f| named(&f.outcomes, ToString::to_string)),
        groups(report, "area_replies", "area", |f| named(&f.areas, Clone::clone)),
        groups(report, "hours", "hour", |f| named(&f.hours, ToString::to_string)),
        groups(report, "weeks", "monday", |f| named(&f.weeks, ToString::to_string)),
        groups(report, "delays", "delay", |f| {
            let known = DELAYS.iter();
            known.filter_map(|(d, name)| Some(((*name).to_owned(), f.delays.get(d)?))).collect()
        }),
        desks(report),
        money(report),
        experiments(report),
    ];
    tables.into_iter().map(|(name, rows)| (name, csv::write(&rows))).collect()
}

const ATTITUDES: [Sentiment; 4] =
    [Sentiment::Positive, Sentiment::Negative, Sentiment::Neutral, Sentiment::Mixed];

/// All campaigns together, then each.
fn campaigns(report: &Report) -> impl Iterator<Item = (&str, &Figures)> {
    let each = report.campaigns.iter().map(|(id, figures)| (id.as_str(), figures));
    std::iter::once(("all", &report.total)).chain(each)
}

fn row(cells: impl IntoIterator<Item = impl ToString>) -> Vec<String> {
    cells.into_iter().map(|cell| cell.to_string()).collect()
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn decimals(value: f64) -> String {
    format!("{value:.4}")
}

/// Value, low and high.
fn estimate(estimate: Option<Estimate>) -> [String; 3] {
    match estimate {
        Some(Estimate { value, low, high }) => [value, low, high].map(decimals),
        None => Default::default(),
    }
}

/// Part, whole, value, low, high, few.
fn share(share: Share) -> Vec<String> {
    let counts = [share.part, share.of].map(|n| n.to_string());
    let few = if share.is_few() { "few" } else { "" };
    [counts.to_vec(), estimate(share.estimate()).to_vec(), row([few])].concat()
}

fn pence(money: Money) -> String {
    csv::pence(money.millipence())
}

fn seconds(durations: &Durations) -> String {
    or_empty(durations.median().map(|median| median.as_secs()))
}

fn funnel(report: &Report) -> Table {
    let mut rows = vec![row(["step", "part_of", "count"])];
    let calls = &report.logs.calls;
    for (step, part_of, n) in [
        ("logs", "", report.logs.logs),
        ("closed logs", "logs", report.logs.closed),
        ("calls", "", calls.all),
        ("open", "calls", calls.open()),
        ("closed", "calls", calls.closed),
        ("never", "closed", calls.never),
        ("held", "closed", calls.held),
        ("eligible", "closed", calls.eligible),
        ("again", "eligible", calls.again),
        ("control", "eligible", calls.control),
        ("waiting", "eligible", calls.waiting),
        ("not sent", "eligible", calls.not_sent),
        ("texted", "eligible", calls.texted),
        ("delivered", "texted", calls.delivered),
        ("replied", "delivered", calls.replied),
        ("acted on", "replied", calls.acted_on),
    ] {
        rows.push(vec![step.to_owned(), part_of.to_owned(), n.to_string()]);
    }
    ("funnel", rows)
}

fn holds(report: &Report) -> Table {
    let mut rows = vec![row(["rule", "verdict", "words", "calls", "alone", "first"])];
    for (rule, held) in &report.logs.holds {
        let words = [rule.as_str(), rule.verdict().name(), rule.words()].map(str::to_owned);
        let counts = [held.calls, held.alone, held.first].map(|n| n.to_string());
        rows.push([words, counts].concat());
    }
    ("holds", rows)
}

fn areas(report: &Report) -> Table {
    let head = [
        "area",
        "calls",
        "closed",
        "never",
        "held",
        "eligible",
        "texted",
        "delivered",
        "replied",
        "acted_on",
        "excluded",
        "of",
        "share",
        "low",
        "high",
        "few",
        "more",
        "more_low",
        "more_high",
    ];
    let mut rows = vec![row(head)];
    for (area, of) in &report.logs.areas {
        let calls = &of.calls;
        let counts = [
            calls.all,
            calls.closed,
            calls.never,
            calls.held,
            calls.eligible,
            calls.texted,
            calls.delivered,
            calls.replied,
            calls.acted_on,
        ];
        let more = estimate(of.excluded_more(&report.logs.calls)).to_vec();
        rows.push([row([area]), row(counts), share(calls.excluded()), more].concat());
    }
    ("areas", rows)
}

fn area_rules(report: &Report) -> Table {
    let mut rows = vec![row(["area", "rule", "calls"])];
    for (area, of) in &report.logs.areas {
        let each = of
            .rules
            .iter()
            .map(|(rule, n)| vec![area.clone(), rule.as_str().to_owned(), n.to_string()]);
        rows.extend(each);
    }
    ("area_rules", rows)
}

fn states(report: &Report) -> Table {
    let mut rows = vec![row(["campaign", "state", "contacts"])];
    for (campaign, figures) in campaigns(report) {
        for (state, name) in STATES {
            rows.push(row([campaign, name, &figures.in_state(state).to_string()]));
        }
    }
    ("states", rows)
}

fn costs(report: &Report) -> Table {
    let head = [
        "campaign",
        "planned",
        "texted",
        "answered",
        "acted_on",
        "replies",
        "follow_ups",
        "results_told",
        "segments",
        "pence",
        "pence_per_answer",
        "pence_per_satisfied",
    ];
    let mut rows = vec![row(head)];
    for (campaign, figures) in campaigns(report) {
        let counts = [
            figures.planned(),
            figures.texted(),
            figures.answered,
            figures.acted_on,
            figures.replies,
            figures.follow_ups,
            figures.results_told,
            figures.segments,
        ];
        let costs = [
            pence(figures.cost),
            or_empty(figures.cost_per_answer().map(pence)),
            or_empty(figures.cost_per_satisfied().map(pence)),
        ];
        rows.push([row([campaign]), row(counts), costs.to_vec()].concat());
    }
    ("costs", rows)
}

fn times(report: &Report) -> Table {
    let mut rows = vec![row(["campaign", "from", "to", "n", "median_seconds"])];
    let mut add = |campaign: &str, from: &str, to: &str, took: &Durations| {
        rows.push(row([campaign, from, to, &took.n().to_string(), &seconds(took)]));
    };
    add("all", "opened", "closed", &report.logs.opened_to_closed);
    for (campaign, figures) in campaigns(report) {
        add(campaign, "closed", "texted", &figures.closed_to_texted);
        add(campaign, "texted", "delivered", &figures.texted_to_delivered);
        add(campaign, "texted", "replied", &figures.texted_to_reply);
    }
    ("times", rows)
}

fn days(report: &Report) -> Table {
    let mut rows = vec![row(["campaign", "day", "planned", "texted", "answered"])];
    for (campaign, figures) in campaigns(report) {
        for (day, of) in &figures.days {
            let counts = row([of.planned, of.texted, of.answered]);
            rows.push([row([campaign, &day.to_string()]), counts].concat());
        }
    }
    ("days", rows)
}

fn scores(report: &Report) -> Table {
    let mut rows = vec![row(["campaign", "question", "score", "contacts"])];
    for (campaign, figures) in campaigns(report) {
        for (question, counts) in
            [("satisfaction", &figures.scores), ("confidence", &figures.confidence)]
        {
            for score in (1..=5).filter_map(Score::new) {
                let n = counts.get(&score).copied().unwrap_or_default();
                rows.push(row([campaign, question, &score.get().to_string(), &n.to_string()]));
            }
        }
    }
    ("scores", rows)
}

fn questions(report: &Report) -> Table {
    let head = [
        "campaign",
        "question",
        "part",
        "of",
        "share",
        "low",
        "high",
        "few",
        "mean",
        "mean_low",
        "mean_high",
    ];
    let mut rows = vec![row(head)];
    for (campaign, figures) in campaigns(report) {
        for (question, of, mean) in [
            ("response", figures.response(), None),
            ("satisfaction", figures.satisfied(), figures.mean_score()),
            ("call-again", figures.call_again, None),
            ("confidence", figures.confident(), figures.mean_confidence()),
        ] {
            rows.push([row([campaign, question]), share(of), estimate(mean).to_vec()].concat());
        }
    }
    ("questions", rows)
}

fn sentiment(report: &Report) -> Table {
    let head = ["campaign", "sentiment", "contacts", "of", "share", "low", "high", "few"];
    let mut rows = vec![row(head)];
    for (campaign, figures) in campaigns(report) {
        for attitude in ATTITUDES {
            let of = share(figures.attitude(attitude));
            rows.push([row([campaign, attitude.as_str()]), of].concat());
        }
    }
    ("sentiment", rows)
}

fn classes(report: &Report) -> Table {
    let mut rows = vec![row(["campaign", "class", "contacts"])];
    for (campaign, figures) in campaigns(report) {
        for (class, n) in &figures.classes {
            rows.push(row([campaign, class.as_str(), &n.to_string()]));
        }
    }
    ("classes", rows)
}

fn named<K: Ord>(
    groups: &BTreeMap<K, Group>,
    name: impl Fn(&K) -> String,
) -> Vec<(String, &Group)> {
    groups.iter().map(|(key, group)| (name(key), group)).collect()
}

fn groups(
    report: &Report,
    name: &'static str,
    by: &str,
    of: impl Fn(&Figures) -> Vec<(String, &Group)>,
) -> Table {
    let head = [
        "texted",
        "answered",
        "delivered",
        "response",
        "low",
        "high",
        "few",
        "satisfied",
        "scored",
        "satisfaction",
        "satisfaction_low",
        "satisfaction_high",
        "satisfaction_few",
        "mean_score",
        "mean_low",
        "mean_high",
        "positive",
        "negative",
        "neutral",
        "mixed",
    ];
    let mut rows = vec![[row(["campaign", by]), row(head)].concat()];
    for (campaign, figures) in campaigns(report) {
        for (key, group) in of(figures) {
            rows.push(
                [
                    vec![campaign.to_owned(), key, group.texted.to_string()],
                    share(group.response()),
                    share(group.satisfied()),
                    estimate(group.mean_score()).to_vec(),
                    row(ATTITUDES.map(|attitude| group.attitude(attitude).part)),
                ]
                .concat(),
            );
        }
    }
    (name, rows)
}

fn desks(report: &Report) -> Table {
    let head = [
        "desk",
        "clock_seconds",
        "tasks",
        "taken",
        "late",
        "closed",
        "reminded",
        "rings",
        "results",
        "in_time",
        "of",
        "kept",
        "low",
        "high",
        "few",
        "median_seconds_to_desk",
        "median_seconds_to_taken",
    ];
    let mut rows = vec![row(head)];
    for (desk, of) in &report.desks {
        let counts = [of.tasks, of.taken, of.late, of.closed, of.reminded, of.rings, of.results];
        rows.push(
            [
                row([desk.name(), &desk.clock().as_secs().to_string()]),
                row(counts),
                share(of.kept()),
                vec![seconds(&of.to_desk), seconds(&of.to_taken)],
            ]
            .concat(),
        );
    }
    ("desks", rows)
}

fn money(report: &Report) -> Table {
    let head = [
        "campaign",
        "month",
        "texts",
        "parts",
        "pence",
        "billed_texts",
        "billed_pence",
        "cap_pence",
        "forecast_pence",
    ];
    let mut rows = vec![row(head)];
    for (campaign, months) in &report.money {
        for (month, of) in months {
            rows.push(vec![
                campaign.to_string(),
                month.to_string(),
                of.spend.texts.to_string(),
                of.spend.parts.to_string(),
                pence(of.spend.reserved),
                of.spend.billed_texts.to_string(),
                pence(of.spend.billed),
                or_empty(of.cap.map(pence)),
                or_empty(of.forecast.map(pence)),
            ]);
        }
    }
    ("money", rows)
}

fn experiments(report: &Report) -> Table {
    let head = [
        "experiment",
        "plan_version",
        "registered_at",
        "fingerprint",
        "status",
        "look",
        "looks",
        "as_of",
        "measure",
        "decides",
        "people_texted",
        "events_texted",
        "per_1000_texted",
        "low",
        "high",
        "people_control",
        "events_control",
        "per_1000_control",
        "low",
        "high",
        "difference",
        "low",
        "high",
    ];
    let mut rows = vec![row(head)];
    for trial in &report.experiments {
        let plan = &trial.registered.plan;
        let about = |status: &str| {
            vec![
                plan.experiment.id.to_string(),
                trial.version.to_string(),
                trial.registered.at.to_string(),
                plan.fingerprint(),
                status.to_owned(),
            ]
        };
        match &trial.look {
            Look::NotPreregistered { .. } => {
                rows.push(padded(about("not-preregistered"), head.len()))
            }
            Look::TooEarly { .. } => rows.push(padded(about("too-early"), head.len())),
            Look::Result(finding) => {
                let when =
                    [finding.number.to_string(), finding.of.to_string(), finding.as_of.to_string()];
                let all = std::iter::once(&finding.primary).chain(&finding.others);
                rows.extend(
                    all.map(|of| [about("result"), when.to_vec(), measure(trial, of)].concat()),
                );
            }
        }
    }
    ("experiments", rows)
}

fn measure(trial: &Trial, of: &Comparison) -> Vec<String> {
    let decides = of.measure == trial.registered.plan.primary;
    let arm =
        |people: u64, events: u64, rate| [row([people, events]), estimate(rate).to_vec()].concat();
    let (texted, control) = (&of.followed.texted, &of.followed.control);
    [
        row([of.measure.name(), if decides { "yes" } else { "no" }]),
        arm(texted.people, texted.events, of.per_1000.texted),
        arm(control.people, control.events, of.per_1000.control),
        estimate(of.difference).to_vec(),
    ]
    .concat()
}

fn padded(mut cells: Vec<String>, columns: usize) -> Vec<String> {
    cells.resize(columns, String::new());
    cells
}

#[cfg(test)]
mod tests {
    use domain::figures::Period;
    use jiff::civil::date;

    use super::*;

    #[test]
    fn every_table_has_a_head_and_a_cell_for_each_of_its_columns() {
        let march = Period { from: date(2026, 3, 1), to: date(2026, 3, 31) };
        let mut report = Report::fold([], [], march, "2026-04-01T05:00:00Z".parse().unwrap());
        report.total.hours.insert(9, Group { texted: 3, delivered: 2, ..Group::default() });
        // What a force writes for an area may be anything.
        report.logs.areas.entry("=cmd|' /C calc'!A0".to_owned()).or_default().calls.all = 1;
        let tables = write(&report);
        assert_eq!(tables.len(), 20);
        for (name, bytes) in &tables {
            let mut reader = ::csv::ReaderBuilder::new().from_reader(bytes.as_slice());
            let columns = reader.headers().unwrap().len();
            let rows: Vec<_> = reader.records().map(|row| row.unwrap()).collect();
            assert!(rows.iter().all(|row| row.len() == columns), "{name}");
        }
        let text = |name: &str| String::from_utf8(tables[name].clone()).unwrap();
        assert!(text("areas").contains("\"'=cmd"), "a spreadsheet would run it");
        assert!(
            text("hours").contains(r#""all","9","3","0","2","0.0000","0.0000","0.6576","few""#)
        );
        assert_eq!(text("desks").lines().count(), 10);
    }
}
