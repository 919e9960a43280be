//! What a board asks, on one screen: is it working, what does it cost, what did people say, and what
//! is there to decide.
//!
//! The page does not decide, and calls nothing a success: it says what the figures put up for decision.

use domain::budget::Money;
use domain::contact::State;
use domain::desk::Desk;
use domain::eligibility::{RuleId, Verdict};
use domain::experiment::Look;
use domain::figures::{MonthMoney, Report, Share};
use domain::sentiment::Sentiment;
use maud::{Markup, html};

use super::super::whiskers::{Scale, strip};
use super::{between, count, day, mean, month, named, plural, pounds, reach, told, took};

/// The most points that fit on the screen beside the figures.
const MOST_POINTS: usize = 6;

/// A part of a hundred points: satisfaction known less well than this is said to be.
const NEAR_ENOUGH: f64 = 5.0;

/// What the paper of 2021 forecast for a year's texts.
pub(in crate::pages) const FORECAST_A_YEAR: Money = Money::from_pence(24_000);

/// The four questions.
pub(super) fn page(report: &Report) -> Markup {
    html! {
        section.board aria-label="For the board" {
            (working(report))
            (cost(report))
            (said(report))
            (decisions(report))
        }
    }
}

fn working(report: &Report) -> Markup {
    let (calls, total) = (&report.logs.calls, &report.total);
    let (texted, delivered) = (total.texted(), total.in_state(State::Delivered));
    let arrived = Share { part: delivered, of: texted };
    html! {
        section aria-labelledby="working" {
            h2 #working { "Is it working?" }
            p.lead {
                strong { (named("texts.texted", &count(texted))) }
                @if texted == 1 { " caller was texted" } @else { " callers were texted" }
                " what came of their call"
                @if calls.all > 0 {
                    ". In these days " (named("calls.all", &count(calls.all))) " rang, and "
                    (named("calls.eligible", &count(calls.eligible))) " may be told"
                }
                "."
            }
            dl.rows {
                (line("Texts that arrived", "texts.arrived", arrived))
                (line("Answered, of those", "texts.response", total.response()))
                (line("Kept out by a rule", "calls.excluded", calls.excluded()))
                div.row {
                    dt { "Typical wait" }
                    dd.value { (named("time.closed-texted", &took(total.closed_to_texted.median()))) }
                    dd.wide { "from the log’s closure to the text (median of " (count(total.closed_to_texted.n())) ")" }
                }
            }
        }
    }
}

/// A share on a line of its own: name, value, drawing, interval and of how many.
fn line(words: &str, name: &str, share: Share) -> Markup {
    html! {
        div.row {
            dt { (words) }
            dd.value { (named(name, &told(share))) }
            dd.drawn { (strip(share, Scale::whole())) }
            dd.note {
                (named(&format!("{name}.interval"), &reach(share)))
                @if share.of > 0 { ", of " (named(&format!("{name}.of"), &count(share.of))) }
            }
        }
    }
}

fn cost(report: &Report) -> Markup {
    let total = &report.total;
    let latest = latest_months(report);
    html! {
        section aria-labelledby="cost" {
            h2 #cost { "What does it cost?" }
            p.lead {
                strong { (named("cost", &pounds(total.cost))) }
                " for " (named("parts", &count(total.segments))) " text parts"
                @if let Some(each) = total.cost_per_answer() {
                    ": " (named("cost.per-answer", &pounds(each))) " for each caller who answered"
                }
                @if let Some(each) = total.cost_per_satisfied() {
                    ", " (named("cost.per-satisfied", &pounds(each))) " for each who was satisfied"
                }
                "."
            }
            dl.rows {
                @if let Some(year) = a_year(report) {
                    div.row {
                        dt { "A year at this rate" }
                        dd.value { (named("cost.a-year", &pounds(year))) }
                        dd.drawn { (filled(year, Some(FORECAST_A_YEAR))) }
                        dd.note { "the paper of 2021 forecast " (pounds(FORECAST_A_YEAR)) }
                    }
                }
                @for (campaign, name, money) in latest.iter().take(3) {
                    @let figure = format!("money.{campaign}.latest");
                    @let comes_to = money.forecast.unwrap_or(money.spend.reserved);
                    div.row {
                        dt { (campaign) ", " (name) }
                        dd.value { (named(&figure, &pounds(comes_to))) }
                        dd.drawn { (filled(comes_to, money.cap)) }
                        dd.note {
                            @if money.forecast.is_some() { "forecast for the month" } @else { "so far" }
                            @if let Some(cap) = money.cap { ", of a cap of " (pounds(cap)) }
                        }
                    }
                }
            }
        }
    }
}

/// How much of a sum is used up.
pub(super) fn filled(spent: Money, of: Option<Money>) -> Markup {
    let share = of.map(|of| 100 * spent.millipence() / of.millipence().max(1));
    html! {
        @if let Some(share) = share {
            svg.filled aria-hidden="true" width="100%" height="12" {
                rect.whole width="100%" height="12" {}
                rect.part.over[share > 100] width={ (share.min(100)) "%" } height="12" {}
            }
        }
    }
}

/// What a year costs if all of it is like the days so far; `None` of fewer than four weeks.
pub(in crate::pages) fn a_year(report: &Report) -> Option<Money> {
    let today = report.made_at.to_zoned(domain::hours::LONDON.clone()).date();
    let last = report.period.to.min(today);
    let days = u64::try_from((last - report.period.from).get_days()).ok()? + 1;
    (days >= 28 && report.total.cost > Money::ZERO)
        .then(|| Money::from_millipence(report.total.cost.millipence() * 365 / days))
}

/// Each campaign's latest month.
fn latest_months(report: &Report) -> Vec<(&str, String, &MonthMoney)> {
    let last = report.money.iter().filter_map(|(campaign, months)| {
        let (latest, money) = months.last_key_value()?;
        Some((campaign.as_str(), month(*latest), money))
    });
    last.collect()
}

fn said(report: &Report) -> Markup {
    let total = &report.total;
    html! {
        section aria-labelledby="said" {
            h2 #said { "What did people say?" }
            p.lead {
                @match total.mean_score() {
                    Some(score) => {
                        strong { (named("score.mean", &mean(Some(score)))) }
                        " of 5 is the mean score ("
                        (named("score.mean.interval", &between(Some(score), 2))) ", of "
                        (named("scored", &count(total.scored()))) " scores)."
                    }
                    None => "There are too few scores for a mean."
                }
            }
            dl.rows {
                (line("Satisfied: 4 or 5", "satisfied", total.satisfied()))
                (line("Trust us: 4 or 5", "confident", total.confident()))
                (line("Would call again", "call-again", total.call_again))
                (line("Words pleased", "sentiment.positive", total.attitude(Sentiment::Positive)))
                (line("Words displeased", "sentiment.negative", total.attitude(Sentiment::Negative)))
            }
        }
    }
}

fn decisions(report: &Report) -> Markup {
    let points = points(report);
    html! {
        section aria-labelledby="decide" {
            h2 #decide { "What do we decide?" }
            @if points.is_empty() {
                p.lead { "Nothing stands out. The page that follows has all figures." }
            } @else {
                ol.points { @for point in points.iter().take(MOST_POINTS) { li { (point) } } }
            }
        }
    }
}

/// What the figures put up for decision, the most urgent first.
fn points(report: &Report) -> Vec<Markup> {
    let mut points = Vec::new();
    if let Some(room) = report.desks.get(&Desk::ControlRoom).filter(|room| room.late > 0) {
        points.push(html! {
            strong { (plural(room.late, "alarm", "alarms")) " of " (count(room.tasks)) }
            " waited longer than a minute. Who takes them, and when nobody is there?"
        });
    }
    for (campaign, month, money) in latest_months(report) {
        let (Some(forecast), Some(cap)) = (money.forecast, money.cap) else { continue };
        if money.is_tight() {
            points.push(html! {
                strong { (campaign) " will reach its cap in " (month) }
                ": forecast " (pounds(forecast)) ", cap " (pounds(cap))
                ". Raise it, or let texts stop until the next month?"
            });
        }
    }
    for trial in &report.experiments {
        let name = trial.registered.plan.experiment.id.as_str();
        if !trial.disagree.is_empty() {
            points.push(html! {
                strong { "The arms of " (name) " are not what they seem" }
                ": a campaign does not hold out the people that the plan says. Mend it, or end it?"
            });
        }
        match &trial.look {
            Look::Result(found) => points.push(html! {
                strong { "The result of " (name) " is in" } " (look " (found.number) " of " (found.of)
                "). What follows from it?"
            }),
            Look::NotPreregistered { .. } => points.push(html! {
                strong { (name) " shows no result" }
                ": its plan came after the first text. Plan another, or go without?"
            }),
            Look::TooEarly { .. } => {}
        }
    }
    if let Some((rule, alone)) = heaviest(report) {
        points.push(html! {
            strong { (plural(alone, "caller", "callers")) } " would be told but for one rule: "
            (rule.words()) ". Mend the records, or accept it?"
        });
    }
    let more = left_out(report);
    if !more.is_empty() {
        points.push(html! {
            strong { "In " (more.join(", ")) } " rules keep out more callers than elsewhere. \
            Is there a reason?"
        });
    }
    if let Some(e) = report.total.satisfied().estimate() {
        let half = 50.0 * (e.high - e.low);
        let n = plural(report.total.scored(), "score", "scores");
        if half > NEAR_ENOUGH {
            points.push(html! {
                strong { "Satisfaction is known to ±" (format!("{half:.1}")) " points" } " by " (n)
                ". Is that near enough to judge, or do we wait for more?"
            });
        } else {
            points.push(html! {
                strong { "Satisfaction is known to ±" (format!("{half:.1}")) " points" } " by " (n)
                ". Is it what we hoped for?"
            });
        }
    }
    for trial in &report.experiments {
        if let Look::TooEarly { until, .. } = &trial.look {
            let name = trial.registered.plan.experiment.id.as_str();
            points.push(html! {
                strong { (name) " is looked at on " (day(*until)) } ". Nothing is shown before, \
                so that nobody stops it on a good day."
            });
        }
    }
    points
}

/// The rule that alone keeps most callers from a text, of those that might be mended.
fn heaviest(report: &Report) -> Option<(RuleId, u64)> {
    let holds = report.logs.holds.iter().map(|(rule, held)| (*rule, held.alone));
    let mendable = holds.filter(|(rule, alone)| rule.verdict() == Verdict::Hold && *alone > 0);
    mendable.max_by_key(|(_, alone)| *alone)
}

/// Areas where rules keep out more than elsewhere, beyond what chance explains.
fn left_out(report: &Report) -> Vec<&str> {
    let calls = &report.logs.calls;
    let more = report.logs.areas.iter().filter(|(_, area)| {
        !area.calls.excluded().is_few()
            && area.excluded_more(calls).is_some_and(|more| more.low > 0.0)
    });
    more.map(|(name, _)| super::area(name)).collect()
}
