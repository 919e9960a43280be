//! The report for programs.
//!
//! The types here are the format: they only grow, and `format` changes if one ever must not.
//! Counts are integers. Money is an integer of thousandths of a penny, exact in every language's
//! numbers up to ninety billion pounds. A rate is a share of one with the count it is of, and null
//! of nothing.

use std::collections::BTreeMap;

use domain::contact::STATES;
use domain::figures;
use domain::score::Score;
use serde::Serialize;

use super::Satisfied;

/// Writes a report as JSON, indented.
pub fn report(report: &figures::Report) -> String {
    let written = Report {
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
    };
    // Strings and finite numbers under string keys: there is nothing JSON cannot say.
    serde_json::to_string_pretty(&written).unwrap_or_default()
}

#[derive(Serialize)]
struct Report<'a> {
    format: &'static str,
    from: String,
    to: String,
    made_at: String,
    total: Figures,
    campaigns: BTreeMap<&'a str, Figures>,
}

#[derive(Serialize)]
struct Figures {
    planned: u64,
    texted: u64,
    delivered: u64,
    answered: u64,
    replies: u64,
    response: Response,
    score: Scores,
    states: BTreeMap<&'static str, u64>,
    classes: BTreeMap<&'static str, u64>,
    sentiments: BTreeMap<&'static str, u64>,
    follow_ups: u64,
    segments: u64,
    cost_millipence: u64,
    days: Vec<Day>,
}

/// Answered of delivered.
#[derive(Serialize)]
struct Response {
    rate: Option<f64>,
    n: u64,
}

#[derive(Serialize)]
struct Scores {
    counts: BTreeMap<u8, u64>,
    mean: Option<f64>,
    satisfied: Option<f64>,
    /// Wilson's 95% interval of `satisfied`.
    satisfied_95: Option<[f64; 2]>,
    n: u64,
}

#[derive(Serialize)]
struct Day {
    date: String,
    planned: u64,
    texted: u64,
    answered: u64,
}

impl Figures {
    fn of(figures: &figures::Figures) -> Self {
        let delivered = figures.in_state(domain::contact::State::Delivered);
        let satisfied = Satisfied::of(figures);
        let count = |score: Score| figures.scores.get(&score).copied().unwrap_or_default();
        Self {
            planned: figures.planned(),
            texted: figures.texted(),
            delivered,
            answered: figures.answered,
            replies: figures.replies,
            response: Response {
                rate: figures.response_per_mille().map(|rate| rate as f64 / 1000.0),
                n: delivered,
            },
            score: Scores {
                counts: (1..=5).filter_map(Score::new).map(|s| (s.get(), count(s))).collect(),
                mean: figures.mean_score_hundredths().map(|mean| mean as f64 / 100.0),
                satisfied: satisfied.map(|s| s.per_mille as f64 / 1000.0),
                satisfied_95: satisfied.map(|s| [s.low, s.high].map(share)),
                n: figures.scored(),
            },
            states: STATES.iter().map(|(state, name)| (*name, figures.in_state(*state))).collect(),
            classes: figures.classes.iter().map(|(class, n)| (class.as_str(), *n)).collect(),
            sentiments: figures.sentiments.iter().map(|(s, n)| (s.as_str(), *n)).collect(),
            follow_ups: figures.follow_ups,
            segments: figures.segments,
            cost_millipence: figures.cost.millipence(),
            days: figures.days.iter().map(|(date, day)| Day::of(*date, day)).collect(),
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
        check("/total/response", json!({ "rate": 0.035, "n": 1_412 }));
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
        insta::assert_snapshot!(report(&empty()), @r#"
        {
          "format": "aftercall-report/1",
          "from": "2026-03-01",
          "to": "2026-03-31",
          "made_at": "2026-04-01T05:00:00Z",
          "total": {
            "planned": 0,
            "texted": 0,
            "delivered": 0,
            "answered": 0,
            "replies": 0,
            "response": {
              "rate": null,
              "n": 0
            },
            "score": {
              "counts": {
                "1": 0,
                "2": 0,
                "3": 0,
                "4": 0,
                "5": 0
              },
              "mean": null,
              "satisfied": null,
              "satisfied_95": null,
              "n": 0
            },
            "states": {
              "accepted": 0,
              "cancelled": 0,
              "claimed": 0,
              "control": 0,
              "delivered": 0,
              "parked": 0,
              "planned": 0,
              "queued": 0,
              "refused": 0,
              "undelivered": 0,
              "unknown": 0
            },
            "classes": {},
            "sentiments": {},
            "follow_ups": 0,
            "segments": 0,
            "cost_millipence": 0,
            "days": []
          },
          "campaigns": {}
        }
        "#);
    }
}
