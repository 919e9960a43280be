//! What those who run it need: every figure of the report, with its interval and of how many it is.
//!
//! Each part is a function of the report, so that the review pack shows the same parts in its own order.

use domain::contact::{STATES, State};
use domain::desk::DESKS;
use domain::eligibility::Verdict;
use domain::experiment::{Comparison, Look};
use domain::figures::{DELAYS, Day, Figures, Group, Report};
use domain::hours::LONDON;
use domain::score::Score;
use domain::sentiment::Sentiment;
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{Markup, html};

use super::super::chart::{self, Ink, Line, Words};
use super::super::per_mille;
use super::super::sankey::{self, Step};
use super::super::whiskers::{Scale, strip};
use super::board::filled;
use super::{
    NONE, Unit, area, attitude, between, capital, cell, class, count, day, delay, desk, figure,
    heads, mean, meaning, measure, moment, month, named, plural, pounds, rate, reach, share_cell,
    spans, spoken, told, took,
};

/// The attitudes in the order they are shown.
const ATTITUDES: [(Sentiment, Ink); 4] = [
    (Sentiment::Positive, Ink::Delivered),
    (Sentiment::Neutral, Ink::Planned),
    (Sentiment::Mixed, Ink::Texted),
    (Sentiment::Negative, Ink::Answered),
];

/// Everything, under its headings.
pub(super) fn page(report: &Report) -> Markup {
    html! {
        p.part { "For the team" }
        (section("funnel", "From the call to what was done about the answer", &funnel(report)))
        (section("days", "Over time", &html! { (by_day(report)) (weeks(report)) }))
        (section("scores", "How satisfied callers were", &scores(&report.total)))
        (section("attitudes", "What their words showed", &attitudes(report)))
        (section("trust", "Trust, and whether they would call again", &trust(&report.total)))
        (section("response", "Who answers, and who is satisfied", &groups(report)))
        (section("replies", "What the replies were", &replies(&report.total)))
        (section("holds", "Why others are not texted", &holds(report)))
        (section("areas", "Who is left out, by area", &areas(report)))
        (section("desks", "What was done about the replies", &desks(report)))
        (section("money", "What it costs", &money(report)))
        (section("experiments", "What texting changes", &experiments(report)))
        (section("states", "Where each contact stands", &states(&report.total)))
        (section("campaigns", "Campaigns", &campaigns(report)))
    }
}

fn section(id: &str, heading: &str, body: &Markup) -> Markup {
    html! { section aria-labelledby=(id) { h2 id=(id) { (heading) } (body) } }
}

/// What became of the calls, from the first to what somebody did about the reply.
pub(in crate::pages) fn funnel(report: &Report) -> Markup {
    let calls = &report.logs.calls;
    let total = &report.total;
    let typically = |durations: &domain::figures::Durations, after: &str| {
        durations.median().map(|median| format!("{} {after}", took(Some(median))))
    };
    let steps = [
        Step { name: "Calls", n: calls.all, note: None, left: Vec::new() },
        Step {
            name: "Closed",
            n: calls.closed,
            note: typically(&report.logs.opened_to_closed, "open"),
            left: vec![("Still open", calls.open())],
        },
        Step {
            name: "May be told",
            n: calls.eligible,
            note: None,
            left: vec![("Held by a rule", calls.held), ("Never texted", calls.never)],
        },
        Step {
            name: "Texted",
            n: calls.texted,
            note: typically(&total.closed_to_texted, "later"),
            left: vec![
                ("Held out", calls.control),
                ("Rang again", calls.again),
                ("Waiting", calls.waiting),
                ("Not sent", calls.not_sent),
            ],
        },
        Step {
            name: "Delivered",
            n: calls.delivered,
            note: typically(&total.texted_to_delivered, "later"),
            left: vec![("Not delivered", calls.texted - calls.delivered)],
        },
        Step {
            name: "Replied",
            n: calls.replied,
            note: typically(&total.texted_to_reply, "after text"),
            left: vec![("No reply", calls.delivered - calls.replied)],
        },
        Step {
            name: "Acted on",
            n: calls.acted_on,
            note: None,
            left: vec![("Not acted on", calls.replied - calls.acted_on)],
        },
    ];
    let said: Vec<_> =
        steps.iter().map(|step| format!("{} {}", step.name, count(step.n))).collect();
    let words = Words { title: "What became of the calls", description: &said.join(", ") };
    // A row stands where its step stands; who left is drawn where the stream ends and they begin.
    let row = |key: &str, words: &str, what: &str, n: u64, before: u64, kept: bool| {
        let place = |n: u64| 100.0 * n as f64 / calls.all.max(1) as f64;
        html! {
            tr.kept[kept] {
                th scope="row" { (words) @if !what.is_empty() { span.in-words { (what) } } }
                td { (named(&format!("calls.{key}"), &count(n))) }
                td { (rate(per_mille(n, calls.all))) }
                td.bar aria-hidden="true" {
                    svg width="100%" height="14" {
                        rect x={ (format!("{:.2}", place(before))) "%" }
                            width={ (format!("{:.2}", place(n))) "%" } height="14" {}
                    }
                }
            }
        }
    };
    html! {
        @if calls.all == 0 {
            p.empty { "No log of these days is known." }
        } @else {
            p {
                "The calls of the logs opened in these days, and what became of each. A log of the last \
                 evening may still be told and answered."
            }
            figure.stream-wide {
                (sankey::draw(words, &steps, count))
                figcaption { "The stream along the top goes on; whoever leaves it falls below." }
            }
            div.scroll role="group" aria-label="What became of the calls" tabindex="0" {
                table.steps {
                    caption { "What became of the calls" }
                    thead {
                        tr {
                            (heads(&["Step", "Calls", "Of all"]))
                            td.bar aria-hidden="true" {}
                        }
                    }
                    tbody {
                        (row("all", "Calls", "callers of the logs", calls.all, 0, true))
                        (row("open", "Still open", "the log is not closed", calls.open(), calls.closed, false))
                        (row("closed", "Closed", "", calls.closed, 0, true))
                        (row("never", "Never texted", "a rule forbids it whatever else is so", calls.never, calls.eligible + calls.held, false))
                        (row("held", "Held by a rule", "something is unclear or not as it should be", calls.held, calls.eligible, false))
                        (row("eligible", "May be told", "", calls.eligible, 0, true))
                        (row("not-sent", "Not sent", "cancelled, or refused by the supplier", calls.not_sent, calls.texted + calls.control + calls.again + calls.waiting, false))
                        (row("waiting", "Waiting", "for its hour, or to know whether it left", calls.waiting, calls.texted + calls.control + calls.again, false))
                        (row("again", "Rang again", "the text is counted with their other call", calls.again, calls.texted + calls.control, false))
                        (row("control", "Held out", "for comparison", calls.control, calls.texted, false))
                        (row("texted", "Texted", "", calls.texted, 0, true))
                        (row("not-delivered", "Not delivered", "or not yet", calls.texted - calls.delivered, calls.delivered, false))
                        (row("delivered", "Delivered", "", calls.delivered, 0, true))
                        (row("no-reply", "No reply", "or not yet", calls.delivered - calls.replied, calls.replied, false))
                        (row("replied", "Replied", "", calls.replied, 0, true))
                        (row("not-acted-on", "Not acted on", "wants nobody, or waits for somebody", calls.replied - calls.acted_on, calls.acted_on, false))
                        (row("acted-on", "Acted on", "lay on a desk until somebody had done what there was to do", calls.acted_on, 0, true))
                    }
                }
            }
            div.scroll.small role="group" aria-label="How long it typically takes" tabindex="0" {
                table {
                    caption { "How long it typically takes" }
                    thead {
                        tr {
                            (heads(&["From and to", "Median", "Of how many"]))
                        }
                    }
                    tbody {
                        @for (key, words, durations) in [
                            ("opened-closed", "From a log’s opening to its closure", &report.logs.opened_to_closed),
                            ("closed-texted", "From closure to the text", &total.closed_to_texted),
                            ("texted-delivered", "From the text to the handset", &total.texted_to_delivered),
                            ("texted-reply", "From the text to the first reply", &total.texted_to_reply),
                        ] {
                            tr {
                                th scope="row" { (words) }
                                (cell(&format!("time.{key}"), &took(durations.median())))
                                (cell(&format!("time.{key}.n"), &count(durations.n())))
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Callers by score.
pub(in crate::pages) fn scores(figures: &Figures) -> Markup {
    let n = figures.scored();
    let given = |score: u8| {
        Score::new(score).and_then(|score| figures.scores.get(&score)).copied().unwrap_or_default()
    };
    let bars = [
        ("1", "1, the worst", given(1)),
        ("2", "2", given(2)),
        ("3", "3", given(3)),
        ("4", "4", given(4)),
        ("5", "5, the best", given(5)),
    ];
    let columns = bars.map(|(short, _, n)| (short, n));
    let said: Vec<_> = columns.iter().map(|(s, n)| format!("score {s}: {}", count(*n))).collect();
    let words = Words { title: "Scores from 1 to 5", description: &said.join(", ") };
    html! {
        @if n == 0 {
            p.empty { "No scores yet." }
        } @else {
            p {
                "Of " (named("scored", &count(n))) " scores, "
                strong { (named("satisfied", &told(figures.satisfied()))) }
                " were 4 or 5 (" (named("satisfied.interval", &reach(figures.satisfied()))) "). The mean is "
                strong { (named("score.mean", &mean(figures.mean_score()))) } " of 5 ("
                (named("score.mean.interval", &between(figures.mean_score(), 2))) ")."
            }
            (figure(chart::columns(words, Ink::Texted, &columns), html! {
                "Callers by the latest score they gave; 1 is the worst and 5 the best."
            }))
            div.scroll.small role="group" aria-label="Callers by score" tabindex="0" {
                table {
                    caption { "Callers by score" }
                    thead {
                        tr {
                            (heads(&["Score", "Callers", "Share"]))
                        }
                    }
                    tbody {
                        @for (short, name, given) in &bars {
                            tr {
                                th scope="row" { (name) }
                                (cell(&format!("score.{short}"), &count(*given)))
                                td { (rate(per_mille(*given, n))) }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            th scope="row" { "All scores" }
                            td { (count(n)) }
                            td {}
                        }
                    }
                }
            }
        }
    }
}

/// Planned, texted and answered by day or by week.
pub(in crate::pages) fn by_day(report: &Report) -> Markup {
    let (unit, spans) = spans(report);
    // A week that is not over would look as if everything had stopped.
    let over = spans.keys().rev().skip_while(|date| unit == Unit::Week && !is_over(**date, report));
    let drawn = over.count();
    let of = |part: fn(&Day) -> u64| spans.values().take(drawn).map(part).collect::<Vec<_>>();
    let lines = [
        Line { name: "Planned", ink: Ink::Planned, values: of(|day| day.planned) },
        Line { name: "Texted", ink: Ink::Texted, values: of(|day| day.texted) },
        Line { name: "Answered", ink: Ink::Answered, values: of(|day| day.answered) },
    ];
    let labels: Vec<_> =
        spans.keys().take(drawn).map(|date| date.strftime("%-d %b").to_string()).collect();
    let (title, caption) = match unit {
        Unit::Day => ("Planned, texted and answered by day", "Callers by day"),
        Unit::Week => ("Planned, texted and answered by week", "Callers by week"),
    };
    let edges = match unit {
        Unit::Day => "",
        Unit::Week => " A week that is not over is in the table only.",
    };
    let sums = [|day: &Day| day.planned, |day: &Day| day.texted, |day: &Day| day.answered]
        .map(|part| count(spans.values().map(part).sum()));
    let said = format!(
        "{} planned, {} texted and {} answered in all; the table that follows has every {}",
        sums[0],
        sums[1],
        sums[2],
        unit.name()
    );
    let drawing = chart::lines(Words { title, description: &said }, &labels, &lines);
    html! {
        @if spans.is_empty() {
            p.empty { "Nobody was planned to be texted in this period." }
        } @else {
            ul.legend aria-hidden="true" {
                li.planned { "Planned" }
                li.texted { "Texted" }
                li.answered { "Answered" }
            }
            (figure(drawing, html! {
                "Each caller counts on the " (unit.name()) " of planning, whenever the text \
                 left and the answer came. The latest may still be answered." (edges)
            }))
            details {
                summary { (caption) ", as a table" }
                div.scroll.small role="group" aria-label=(caption) tabindex="0" {
                    table.days {
                        caption { (caption) }
                        thead {
                            tr {
                                th scope="col" { (unit.column()) }
                                (heads(&["Planned", "Texted", "Answered"]))
                            }
                        }
                        tbody {
                            @for (date, day) in &spans {
                                @let name = |part: &str| format!("day.{date}.{part}");
                                tr {
                                    th.nowrap scope="row" { (date.strftime(unit.date()).to_string()) }
                                    (cell(&name("planned"), &count(day.planned)))
                                    (cell(&name("texted"), &count(day.texted)))
                                    (cell(&name("answered"), &count(day.answered)))
                                }
                            }
                        }
                        tfoot {
                            tr {
                                th scope="row" { "All" }
                                @for sum in &sums { td { (sum) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whether the week from this Monday has passed, as far as the report can know.
fn is_over(monday: Date, report: &Report) -> bool {
    let made = report.made_at.to_zoned(LONDON.clone()).date();
    monday.saturating_add(6.days()) <= report.period.to && monday.saturating_add(6.days()) < made
}

/// The trend, week by week.
fn weeks(report: &Report) -> Markup {
    let rows = report.total.weeks.iter().map(|(monday, group)| {
        (format!("week.{monday}"), monday.strftime("%-d %b %Y").to_string(), group)
    });
    let caption = "Response and satisfaction by week of planning";
    html! {
        @if report.total.weeks.len() > 1 {
            details {
                summary { (caption) ", with intervals" }
                (by_group(caption, "Week from", rows, &report.total))
            }
        }
    }
}

/// What attitude the words of the replies showed, in all and over time.
pub(in crate::pages) fn attitudes(report: &Report) -> Markup {
    let total = &report.total;
    let bars: Vec<_> = ATTITUDES
        .iter()
        .map(|(sentiment, ink)| (attitude(*sentiment), *ink, total.attitude(*sentiment).part))
        .collect();
    let said: Vec<_> = bars.iter().map(|(name, _, n)| format!("{name} {}", count(*n))).collect();
    let words = Words { title: "Callers by attitude", description: &said.join(", ") };
    let weeks: Vec<_> = total.weeks.iter().collect();
    let labels: Vec<_> =
        weeks.iter().map(|(monday, _)| monday.strftime("%-d %b").to_string()).collect();
    let lines = [(Sentiment::Positive, Ink::Texted), (Sentiment::Negative, Ink::Answered)].map(
        |(sentiment, ink)| Line {
            name: attitude(sentiment),
            ink,
            values: weeks.iter().map(|(_, group)| group.attitude(sentiment).part).collect(),
        },
    );
    let trend = chart::lines(
        Words {
            title: "Pleased and displeased by week",
            description: "Callers whose words were positive or negative, by week; the table that \
                          follows has every week",
        },
        &labels,
        &lines,
    );
    html! {
        @if total.answered == 0 {
            p.empty { "No replies yet." }
        } @else {
            p {
                "A program judges the words by written rules, and irony escapes it. The scores are the \
                 measure; a shift here is a reason to read the replies."
            }
            (figure(chart::rows(words, &bars), html! { "Callers who answered, by what their words showed." }))
            div.scroll.small role="group" aria-label="Callers by attitude" tabindex="0" {
                table {
                    caption { "Callers by attitude" }
                    thead {
                        tr {
                            (heads(&["Attitude", "Callers", "Share"]))
                            th.strip scope="col" { (Scale::whole().ends()) }
                        }
                    }
                    tbody {
                        @for (sentiment, _) in ATTITUDES {
                            @let share = total.attitude(sentiment);
                            @let name = format!("sentiment.{}", sentiment.as_str());
                            tr {
                                th scope="row" { (attitude(sentiment)) }
                                (cell(&format!("{name}.n"), &count(share.part)))
                                (share_cell(&name, share))
                                td.strip { (strip(share, Scale::whole())) }
                            }
                        }
                    }
                }
            }
            @if weeks.len() > 1 {
                ul.legend aria-hidden="true" {
                    li.texted { "Positive" }
                    li.answered { "Negative" }
                }
                (figure(trend, html! { "Callers by the week of planning. The latest may still be answered." }))
                details {
                    summary { "Attitude by week, as a table" }
                    div.scroll.small role="group" aria-label="Callers by week and attitude" tabindex="0" {
                        table {
                            caption { "Callers by week and attitude" }
                            thead {
                                tr {
                                    th scope="col" { "Week from" }
                                    @for (sentiment, _) in ATTITUDES { th scope="col" { (attitude(sentiment)) } }
                                }
                            }
                            tbody {
                                @for (monday, group) in &weeks {
                                    tr {
                                        th.nowrap scope="row" { (monday.strftime("%-d %b %Y").to_string()) }
                                        @for (sentiment, _) in ATTITUDES {
                                            (cell(
                                                &format!("week.{monday}.{}", sentiment.as_str()),
                                                &count(group.attitude(sentiment).part),
                                            ))
                                        }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The two questions asked after the first: each of half of those who answered.
pub(in crate::pages) fn trust(figures: &Figures) -> Markup {
    let (confident, again) = (figures.confident(), figures.call_again);
    html! {
        p {
            "Half of those who answer, chosen by chance, are asked how far they trust the police of the \
             area, from 1 to 5; the others whether they would call us again."
        }
        div.scroll.small role="group" aria-label="What they said" tabindex="0" {
            table {
                caption { "What they said" }
                thead {
                    tr {
                        (heads(&["Question", "Answers", "Share"]))
                        th.strip scope="col" { (Scale::whole().ends()) }
                    }
                }
                tbody {
                    @for (key, words, share) in [
                        ("confident", "Trust the police of the area: 4 or 5", confident),
                        ("call-again", "Would call again", again),
                    ] {
                        tr {
                            th scope="row" { (words) }
                            (cell(&format!("{key}.of"), &count(share.of)))
                            (share_cell(key, share))
                            td.strip { (strip(share, Scale::whole())) }
                        }
                    }
                }
            }
        }
        p.after {
            "The mean of the answers on trust is " (named("confidence.mean", &mean(figures.mean_confidence())))
            " of 5 (" (named("confidence.mean.interval", &between(figures.mean_confidence(), 2))) ")."
        }
    }
}

/// Response and satisfaction by what callers have in common.
pub(in crate::pages) fn groups(report: &Report) -> Markup {
    let total = &report.total;
    let outcomes = total
        .outcomes
        .iter()
        .map(|(outcome, group)| (format!("outcome.{outcome}"), spoken(outcome.as_str()), group));
    let areas = total
        .areas
        .iter()
        .map(|(name, group)| (format!("area.{}", area(name)), capital(area(name)), group));
    let hours = total.hours.iter().map(|(hour, group)| {
        (format!("hour.{hour}"), format!("{hour:02}:00 to {:02}:00", hour + 1), group)
    });
    let delays = DELAYS.iter().filter_map(|(of, name)| {
        let group = total.delays.get(of)?;
        Some((format!("delay.{name}"), capital(delay(*of)), group))
    });
    html! {
        @if total.texted() == 0 {
            p.empty { "Nobody was texted in this period." }
        } @else {
            p {
                "A dot is a share, the line through it how far off chance may put it, and the dashed line \
                 what all together come to. Where the line crosses the dashed one, the group may be no \
                 different. Of fewer than ten nothing is drawn. Groups differ in more than their name: \
                 who was told late may have had the harder case."
            }
            (by_group("By what callers were told", "Outcome", outcomes, total))
            (by_group("By area", "Area", areas, total))
            (by_group("By the hour at which the text left", "Hour", hours, total))
            (by_group("By how long after closure the text left", "Delay", delays, total))
        }
    }
}

/// One table of groups, with a dot and its line for each share.
pub(in crate::pages) fn by_group<'a>(
    caption: &str,
    head: &str,
    rows: impl Iterator<Item = (String, String, &'a Group)>,
    all: &Figures,
) -> Markup {
    let rows: Vec<_> = rows.collect();
    let responses = Scale::of(rows.iter().map(|(.., group)| group.response()), all.response());
    let satisfied = Scale::of(rows.iter().map(|(.., group)| group.satisfied()), all.satisfied());
    html! {
        @if !rows.is_empty() {
            div.scroll role="group" aria-label=(caption) tabindex="0" {
                table.groups {
                    caption { (caption) }
                    thead {
                        tr {
                            th scope="col" { (head) }
                            th scope="col" { "Texted" }
                            th scope="col" { "Answered" }
                            th.strip scope="col" { (responses.ends()) }
                            th scope="col" { "Scores" }
                            th scope="col" { "Satisfied" }
                            th.strip scope="col" { (satisfied.ends()) }
                        }
                    }
                    tbody {
                        @for (name, words, group) in &rows {
                            tr {
                                th scope="row" { (words) }
                                (cell(&format!("{name}.texted"), &count(group.texted)))
                                (share_cell(&format!("{name}.response"), group.response()))
                                td.strip { (strip(group.response(), responses)) }
                                (cell(&format!("{name}.scored"), &count(group.satisfied().of)))
                                (share_cell(&format!("{name}.satisfied"), group.satisfied()))
                                td.strip { (strip(group.satisfied(), satisfied)) }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            th scope="row" { "All" }
                            td { (named("texts.texted", &count(all.texted()))) }
                            (share_cell("texts.response", all.response()))
                            td.strip { (strip(all.response(), responses)) }
                            td { (named("scored", &count(all.scored()))) }
                            (share_cell("satisfied", all.satisfied()))
                            td.strip { (strip(all.satisfied(), satisfied)) }
                        }
                    }
                }
            }
        }
    }
}

/// What the replies were, in classes: no reply is shown.
pub(in crate::pages) fn replies(figures: &Figures) -> Markup {
    let mut classes: Vec<_> = figures.classes.iter().collect();
    classes.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    html! {
        @if figures.answered == 0 {
            p.empty { "No replies yet." }
        } @else {
            p {
                (named("texts.answered", &count(figures.answered)))
                @if figures.answered == 1 { " caller answered, with " } @else { " callers answered, with " }
                (named("replies", &count(figures.replies)))
                @if figures.replies == 1 { " reply in all." } @else { " replies in all." }
                " Each caller counts once, by the latest reply."
            }
            div.scroll.small role="group" aria-label="Callers by kind of reply" tabindex="0" {
                table {
                    caption { "Callers by kind of reply" }
                    thead {
                        tr {
                            (heads(&["Kind", "Callers", "Share"]))
                            td.bar aria-hidden="true" {}
                        }
                    }
                    tbody {
                        @for (of, n) in classes {
                            @let share = per_mille(*n, figures.answered);
                            tr {
                                th scope="row" { (class(*of)) }
                                (cell(&format!("class.{}", of.as_str()), &count(*n)))
                                td { (rate(share)) }
                                td.bar aria-hidden="true" { (bar(share)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn bar(per_mille: Option<u64>) -> Markup {
    let width = per_mille.unwrap_or_default() as f64 / 10.0;
    html! { svg width="100%" height="12" { rect width={ (width) "%" } height="12" {} } }
}

/// What kept callers of closed logs from being texted, by rule.
pub(in crate::pages) fn holds(report: &Report) -> Markup {
    let mut holds: Vec<_> = report.logs.holds.iter().collect();
    holds.sort_by_key(|(_, held)| std::cmp::Reverse((held.first, held.calls)));
    let kept = report.logs.calls.excluded().part;
    let most = holds.first().map_or(0, |(_, held)| held.first);
    html! {
        @if holds.is_empty() {
            p.empty { "No rule kept anybody from being texted." }
        } @else {
            p {
                "Rules stand against " (named("calls.excluded.part", &count(kept)))
                " of " (named("calls.closed", &count(report.logs.calls.closed)))
                " callers of closed logs. Each counts first with the one rule that comes first in the \
                 order of the rules. Alone counts those whom that rule alone keeps out: what mending it \
                 would let through. What is never texted is meant to stay so."
            }
            div.scroll role="group" aria-label="Callers kept out, by rule" tabindex="0" {
                table.rules {
                    caption { "Callers kept out, by rule" }
                    thead {
                        tr {
                            (heads(&["Rule", "First", "Any", "Alone"]))
                            td.bar aria-hidden="true" {}
                        }
                    }
                    tbody {
                        @for (rule, held) in holds {
                            @let name = rule.as_str().trim_start_matches("elig.");
                            tr {
                                th scope="row" {
                                    (capital(rule.words()))
                                    span.in-words {
                                        @if rule.verdict() == Verdict::Never { "never texted" } @else { "held" }
                                        " · " (name)
                                    }
                                }
                                (cell(&format!("rule.{name}.first"), &count(held.first)))
                                (cell(&format!("rule.{name}.calls"), &count(held.calls)))
                                (cell(&format!("rule.{name}.alone"), &count(held.alone)))
                                td.bar aria-hidden="true" { (bar(per_mille(held.first, most))) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Whom rules keep out, by area.
pub(in crate::pages) fn areas(report: &Report) -> Markup {
    let (areas, calls) = (&report.logs.areas, &report.logs.calls);
    let scale = Scale::of(areas.values().map(|area| area.calls.excluded()), calls.excluded());
    html! {
        @if areas.is_empty() {
            p.empty { "No log of these days is known." }
        } @else {
            p {
                "The share of callers of closed logs whom rules keep out, and by how many points more or \
                 fewer that is than everywhere else. Of forty areas two leave out zero by luck alone: one \
                 that does is a reason to look at which rules it is, not a finding."
            }
            div.scroll role="group" aria-label="Callers kept out, by area" tabindex="0" {
                table.groups {
                    caption { "Callers kept out, by area" }
                    thead {
                        tr {
                            (heads(&["Area", "Closed", "Kept out"]))
                            th.strip scope="col" { (scale.ends()) }
                            th scope="col" { "Points more" }
                            th.words scope="col" { "Mostly by" }
                        }
                    }
                    tbody {
                        @for (name, of) in areas {
                            @let name = format!("area.{}", area(name));
                            @let excluded = of.calls.excluded();
                            @let more = of.excluded_more(calls).filter(|_| !excluded.is_few());
                            @let most = of.rules.iter().max_by_key(|(_, n)| **n);
                            tr {
                                th scope="row" { (capital(name.trim_start_matches("area."))) }
                                (cell(&format!("{name}.closed"), &count(of.calls.closed)))
                                (share_cell(&format!("{name}.excluded"), excluded))
                                td.strip { (strip(excluded, scale)) }
                                td.share {
                                    (named(&format!("{name}.more"), &more.map_or_else(|| NONE.to_owned(), |e| format!("{:+.1}", 100.0 * e.value))))
                                    span.reach {
                                        (more.map_or_else(|| "too few to tell".to_owned(), |e| format!("{:+.1} to {:+.1}", 100.0 * e.low, 100.0 * e.high)))
                                        @if more.is_some_and(|e| e.excludes_zero()) { ", leaves out 0" }
                                    }
                                }
                                td.words { @if let Some((rule, _)) = most { (rule.words()) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The desks and their clocks.
pub(in crate::pages) fn desks(report: &Report) -> Markup {
    html! {
        p {
            "A reply that wants somebody goes to a desk, and each desk has a clock: by when somebody must \
             have taken it. Within the clock counts the tasks that were taken or whose clock has run out."
        }
        div.scroll role="group" aria-label="Tasks by desk" tabindex="0" {
            table.desks {
                caption { "Tasks by desk" }
                thead {
                    tr {
                        (heads(&["Desk", "Clock", "Tasks", "Within the clock"]))
                        th.strip scope="col" { (Scale::whole().ends()) }
                        (heads(&["Late", "Closed", "Typically taken in"]))
                    }
                }
                tbody {
                    @for (of, name) in DESKS {
                        @let figures = report.desks.get(&of).cloned().unwrap_or_default();
                        @let name = |part: &str| format!("desk.{name}.{part}");
                        tr {
                            th scope="row" { (desk(of)) }
                            td { (clock(of.clock())) }
                            (cell(&name("tasks"), &count(figures.tasks)))
                            (share_cell(&name("kept"), figures.kept()))
                            td.strip { (strip(figures.kept(), Scale::whole())) }
                            (cell(&name("late"), &count(figures.late)))
                            (cell(&name("closed"), &count(figures.closed)))
                            (cell(&name("to-taken"), &took(figures.to_taken.median())))
                        }
                    }
                }
            }
        }
    }
}

/// A desk's clock, in the unit it is set in.
fn clock(clock: jiff::SignedDuration) -> String {
    let minutes = clock.as_mins().unsigned_abs();
    match minutes {
        ..60 => plural(minutes, "minute", "minutes"),
        60..2_880 => plural(minutes / 60, "hour", "hours"),
        2_880.. => plural(minutes / 1_440, "day", "days"),
    }
}

/// Money by campaign and month, with the cap.
pub(in crate::pages) fn money(report: &Report) -> Markup {
    html! {
        p {
            (named("cost", &pounds(report.total.cost))) " for " (named("parts", &count(report.total.segments)))
            " text parts: the first texts, and " (named("follow-ups", &count(report.total.follow_ups)))
            " further ones to those who replied. The supplier’s invoice decides."
        }
        @if report.money.is_empty() {
            p.empty { "Nothing was spent." }
        } @else {
            div.scroll role="group" aria-label="Money by campaign and month" tabindex="0" {
                table.groups {
                    caption { "Money by campaign and month" }
                    thead {
                        tr {
                            (heads(&["Campaign", "Month", "Texts", "Parts", "Spent", "Forecast", "Cap"]))
                            td.strip aria-hidden="true" {}
                        }
                    }
                    tbody {
                        @for (campaign, months) in &report.money {
                            @for (of, money) in months {
                                @let first = of.first().strftime("%Y-%m").to_string();
                                @let name = |part: &str| format!("money.{campaign}.{first}.{part}");
                                @let or_none = |money: Option<_>| money.map_or_else(|| NONE.to_owned(), pounds);
                                tr {
                                    th scope="row" { (campaign.as_str()) }
                                    td { (month(*of)) }
                                    (cell(&name("texts"), &count(money.spend.texts)))
                                    (cell(&name("parts"), &count(money.spend.parts)))
                                    (cell(&name("spent"), &pounds(money.spend.reserved)))
                                    (cell(&name("forecast"), &or_none(money.forecast)))
                                    (cell(&name("cap"), &or_none(money.cap)))
                                    td.strip { (filled(money.forecast.unwrap_or(money.spend.reserved), money.cap)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Experiments, each as far as it may be seen.
pub(in crate::pages) fn experiments(report: &Report) -> Markup {
    html! {
        @if report.experiments.is_empty() {
            p.empty { "No experiment has a plan. Without one, nobody can tell what texting changes." }
        }
        @for trial in &report.experiments {
            @let plan = &trial.registered.plan;
            @let id = plan.experiment.id.as_str();
            div.trial {
                h3 { (id) }
                p {
                    (plan.hypothesis) " Held out: " (plan.experiment.hold_out_percent) " of 100. Registered by "
                    (plan.registered_by) " on " (day(trial.registered.at)) ", version " (trial.version) "."
                }
                @if !trial.disagree.is_empty() {
                    @let names: Vec<_> = trial.disagree.iter().map(|id| id.as_str()).collect();
                    p.empty {
                        strong { "The arms are not what they seem: " }
                        (names.join(", ")) " does not hold out the people that the plan says."
                    }
                }
                @match &trial.look {
                    Look::TooEarly { until, entered } => {
                        p.empty {
                            "Nothing is shown before " (moment(*until)) ". So far "
                            (named(&format!("experiment.{id}.texted"), &count(entered.texted))) " people are texted and "
                            (named(&format!("experiment.{id}.control"), &count(entered.control))) " held out."
                        }
                    }
                    Look::NotPreregistered { registered_at, first_text_at, .. } => {
                        p.empty {
                            "No result, ever: the plan was handed in on " (moment(*registered_at))
                            ", after the first text of " (moment(*first_text_at))
                            ", so it may have been written to fit."
                        }
                    }
                    Look::Result(found) => {
                        p {
                            "Look " (found.number) " of " (found.of) ", as of " (day(found.as_of)) ". "
                            @if found.as_many_as_planned { "As many people as planned." }
                            @else { "Fewer people than planned, so a difference may go unseen." }
                        }
                        div.scroll role="group" aria-label="Per 1,000 people" tabindex="0" {
                            table {
                                caption { "Per 1,000 people" }
                                thead {
                                    tr {
                                        (heads(&["Measure", "Texted", "Held out", "Difference"]))
                                        th.words scope="col" { "" span.in-words { "what that says" } }
                                    }
                                }
                                tbody {
                                    (compared(id, &found.primary, true))
                                    @for other in &found.others { (compared(id, other, false)) }
                                }
                            }
                        }
                        p.after {
                            "The first measure was chosen beforehand and decides; the others are for interest. \
                             Its interval misses the truth one time in "
                            (format!("{:.0}", 1.0 / found.level.chance())) " at most."
                        }
                    }
                }
            }
        }
    }
}

fn compared(id: &str, of: &Comparison, decides: bool) -> Markup {
    let per_1000 = |estimate: Option<domain::interval::Estimate>| {
        estimate.map_or_else(|| NONE.to_owned(), |e| format!("{:.0}", e.value))
    };
    let name = |part: &str| format!("experiment.{id}.{}.{part}", of.measure.name());
    html! {
        tr.kept[decides] {
            th scope="row" { (capital(measure(of.measure))) }
            td.share {
                (named(&name("texted"), &per_1000(of.per_1000.texted)))
                span.reach { "of " (count(of.followed.texted.people)) " people" }
            }
            td.share {
                (named(&name("control"), &per_1000(of.per_1000.control)))
                span.reach { "of " (count(of.followed.control.people)) " people" }
            }
            td.share {
                (named(&name("difference"), &of.difference.map_or_else(|| NONE.to_owned(), |e| format!("{:+.0}", e.value))))
                span.reach { (between(of.difference, 0)) }
            }
            td.words {
                @match of.difference {
                    None => "nobody is followed to the end yet",
                    Some(e) if e.excludes_zero() && decides => "a difference",
                    Some(e) if e.excludes_zero() => "a difference, for interest",
                    Some(_) => "cannot be told from none",
                }
            }
        }
    }
}

fn states(figures: &Figures) -> Markup {
    html! {
        p { "A contact is one conversation with one caller about one report." }
        div.scroll role="group" aria-label="Contacts by state" tabindex="0" {
            table {
                caption { "Contacts by state" }
                thead {
                    tr {
                        th scope="col" { "State" }
                        th.words scope="col" { "What it means" }
                        th scope="col" { "Contacts" }
                    }
                }
                tbody {
                    @for (state, name) in STATES {
                        tr {
                            th scope="row" { (capital(name)) }
                            td.words { (meaning(state)) }
                            (cell(&format!("state.{name}"), &count(figures.in_state(state))))
                        }
                    }
                }
                tfoot {
                    tr {
                        th scope="row" { "All" }
                        td.words {}
                        (cell("texts.planned", &count(figures.planned())))
                    }
                }
            }
        }
    }
}

fn campaigns(report: &Report) -> Markup {
    let row = |name: &str, figures: &Figures| {
        let named = |part: &str| format!("campaign.{name}.{part}");
        html! {
            tr {
                th scope="row" { (name) }
                (cell(&named("planned"), &count(figures.planned())))
                (cell(&named("texted"), &count(figures.texted())))
                (cell(&named("delivered"), &count(figures.in_state(State::Delivered))))
                (cell(&named("answered"), &count(figures.answered)))
                (cell(&named("response"), &told(figures.response())))
                (cell(&named("scored"), &count(figures.scored())))
                (cell(&named("mean"), &mean(figures.mean_score())))
                (share_cell(&named("satisfied"), figures.satisfied()))
                (cell(&named("parts"), &count(figures.segments)))
                (cell(&named("cost"), &pounds(figures.cost)))
            }
        }
    };
    html! {
        @if report.campaigns.is_empty() {
            p.empty { "No campaign planned anybody in this period." }
        } @else {
            div.scroll role="group" aria-label="Figures of each campaign" tabindex="0" {
                table.campaigns {
                    caption { "Figures of each campaign" }
                    thead {
                        tr {
                            (heads(&[
                                "Campaign", "Planned", "Texted", "Delivered", "Answered", "Response",
                                "Scores", "Mean", "Satisfied", "Parts", "Cost",
                            ]))
                        }
                    }
                    tbody {
                        @for (id, figures) in &report.campaigns { (row(id.as_str(), figures)) }
                    }
                    tfoot { (row("All", &report.total)) }
                }
            }
        }
    }
}
