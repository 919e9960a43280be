//! A rehearsal for people: one page that needs nothing else, as a report is.
//!
//! It holds log numbers and the twenty texts somebody should read, and no telephone number.

use std::collections::BTreeMap;

use domain::budget::{Money, Month};
use domain::eligibility::Verdict;
use domain::hours::LONDON;
use domain::rehearsal::{Planned, Rehearsed, Spent};
use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::chart::{self, Ink, Line, Words};
use super::html::{CSS, NONE, capital, count, figure, heads, plural, rate, tile};
use super::{head, per_mille};

/// What this page has that a report has not.
const MORE_CSS: &str = include_str!("rehearsal.css");

/// How many rules are drawn; the table has all.
const RULES_DRAWN: usize = 8;

/// Writes a rehearsal as a page.
pub fn page(rehearsed: &Rehearsed) -> String {
    let titles: Vec<_> = rehearsed.campaigns.iter().map(|plan| plan.title.as_str()).collect();
    let titles = titles.join("; ");
    let css = format!("{CSS}{MORE_CSS}{}", chart::css());
    let page = html! {
        (DOCTYPE)
        html lang="en-GB" {
            (head(&format!("Aftercall rehearsal: {titles}"), &css))
            body {
                header {
                    p.eyebrow { "Aftercall rehearsal" }
                    h1 { (titles) }
                    p { (calls(rehearsed)) " Nobody was texted and nothing was spent." }
                }
                main {
                    (summary(rehearsed))
                    (steps(rehearsed))
                    (weeks(rehearsed))
                    (rules(rehearsed))
                    (months(rehearsed))
                    (hours(rehearsed))
                    (learnt(rehearsed))
                    (told(rehearsed))
                    (examples(rehearsed))
                    (refused(rehearsed))
                    (notes(rehearsed))
                }
                footer {
                    p { "This page holds numbers of logs, and no name and no telephone number." }
                }
            }
        }
    };
    page.into_string()
}

fn calls(rehearsed: &Rehearsed) -> String {
    let Some((first, last)) = rehearsed.calls.0 else { return "No call could be read.".to_owned() };
    let (days, rows) = (plural(rehearsed.days, "day", "days"), count(rehearsed.rows.all));
    format!(
        "What it would have done with {rows} rows of calls from {} to {}, on {days}.",
        day(first),
        day(last)
    )
}

fn summary(rehearsed: &Rehearsed) -> Markup {
    let (rows, steps) = (&rehearsed.rows, &rehearsed.steps);
    let spent = rehearsed.spent();
    let decided = rows.text + rows.hold + rows.never;
    let share = rate(per_mille(rows.text, decided));
    let caps = match spent.over_cap {
        0 => "at the supplier’s price; the cap stops nothing".to_owned(),
        _ => format!(
            "at the supplier’s price; the cap puts off {} and stops {}",
            plural(spent.later, "text", "texts"),
            count(steps.unpaid)
        ),
    };
    let to_pay = spent.notify_to_pay.map_or_else(
        || "no price of Notify’s is known".to_owned(),
        |left| format!("GOV.UK Notify: {} after its free parts", pounds(left)),
    );
    let learnt: u64 = rehearsed.learnt.iter().map(|learnt| learnt.replies).sum();
    let widest = rehearsed.learnt.iter().map(|l| l.half_width_worst).fold(0.0, f64::max);
    html! {
        section aria-labelledby="summary" {
            h2 #summary { "Summary" }
            dl.tiles {
                (tile("Texts", &count(steps.texts), &format!("to {}", plural(steps.people, "person", "people"))))
                (tile("May be texted", &share, &format!("{} of {} rows decided", count(rows.text), count(decided))))
                (tile("Text parts", &count(steps.parts), "each part is paid for"))
                (tile("Cost", &pounds(spent.cost), &caps))
                (tile("At the paper’s 3p", &pounds(spent.paper), &to_pay))
                (tile("Replies by the review", &count(learnt), &format!("satisfaction to ±{} points at worst", points(widest))))
            }
        }
    }
}

fn steps(rehearsed: &Rehearsed) -> Markup {
    let (rows, steps) = (&rehearsed.rows, &rehearsed.steps);
    let decided = rows.text + rows.hold + rows.never;
    let bars = [
        ("Rows decided", Ink::Planned, decided),
        ("May be texted", Ink::Planned, rows.text),
        ("Texts", Ink::Texted, steps.texts),
    ];
    let said: Vec<_> = bars.iter().map(|(name, _, n)| format!("{name} {}", count(*n))).collect();
    let words = Words { title: "From rows to texts", description: &said.join(", ") };
    let falls = [
        ("Rows read", rows.all, true),
        ("could not be read", rows.refused, false),
        ("are of logs that a later extract has again", rows.superseded, false),
        ("are never texted", rows.never, false),
        ("are held", rows.hold, false),
        ("are of somebody who rang again about the same incident", steps.again, false),
        ("People to be told of an incident", steps.contacts, true),
        ("are held out, for comparison", steps.held_out, false),
        ("have no words that the log bears out", steps.wordless, false),
        ("were texted not long before", steps.resting, false),
        ("were stopped by the cap until they were stale", steps.unpaid, false),
        ("Texts", steps.texts, true),
    ];
    html! {
        section aria-labelledby="steps" {
            h2 #steps { "From rows to texts" }
            p { "A row is one caller of one log. What remains after every rule is texted." }
            (figure(chart::rows(words, &bars), html! { "Rows, and the texts that come of them." }))
            div.scroll.small {
                table {
                    caption { "Where rows fall away" }
                    thead { tr { th scope="col" { "Step" } th scope="col" { "Count" } } }
                    tbody {
                        @for (words, n, stands) in falls {
                            @if stands {
                                tr.stands { th scope="row" { (words) } td { (count(n)) } }
                            } @else if n > 0 {
                                tr { th.falls scope="row" { (words) } td { "− " (count(n)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn weeks(rehearsed: &Rehearsed) -> Markup {
    let weeks = &rehearsed.weeks;
    let labels: Vec<_> = weeks.keys().map(|monday| monday.strftime("%-d %b").to_string()).collect();
    let lines = [
        Line {
            name: "May be texted",
            ink: Ink::Planned,
            values: weeks.values().map(|week| week.may_be_texted).collect(),
        },
        Line {
            name: "Texts",
            ink: Ink::Texted,
            values: weeks.values().map(|week| week.texts).collect(),
        },
    ];
    let description = format!(
        "{} in all; the table that follows has every week",
        plural(rehearsed.steps.texts, "text", "texts")
    );
    let words = Words { title: "Texts by week", description: &description };
    html! {
        section aria-labelledby="weeks" {
            h2 #weeks { "Week by week" }
            @if weeks.is_empty() {
                p.empty { "No call could be read." }
            } @else {
                ul.legend aria-hidden="true" {
                    li.planned { "Rows that may be texted, by the week of the call" }
                    li.texted { "Texts, by the week in which they leave" }
                }
                (figure(chart::lines(words, &labels, &lines), html! {
                    "The first and the last week may be parts of one."
                }))
                div.scroll.small.tall role="region" aria-labelledby="weeks-table" tabindex="0" {
                    table {
                        caption #weeks-table { "By week" }
                        thead {
                            tr {
                                (heads(&["Week from", "Rows", "May be texted", "Texts", "Parts"]))
                            }
                        }
                        tbody {
                            @for (monday, week) in weeks {
                                tr {
                                    th.nowrap scope="row" { (monday.strftime("%-d %b %Y").to_string()) }
                                    td { (count(week.rows)) }
                                    td { (count(week.may_be_texted)) }
                                    td { (count(week.texts)) }
                                    td { (count(week.parts)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn rules(rehearsed: &Rehearsed) -> Markup {
    let rules = rehearsed.rules_by_weight();
    let drawn: Vec<_> =
        rules.iter().take(RULES_DRAWN).filter(|(_, matched)| matched.alone > 0).collect();
    let bars: Vec<_> = drawn
        .iter()
        .map(|(rule, matched)| {
            let ink = match rule.verdict() {
                Verdict::Never => Ink::Answered,
                Verdict::Hold | Verdict::Text => Ink::Planned,
            };
            (rule.as_str().trim_start_matches("elig."), ink, matched.alone)
        })
        .collect();
    let said: Vec<_> = bars.iter().map(|(name, _, n)| format!("{name} {}", count(*n))).collect();
    let words = Words {
        title: "Rows that one rule alone keeps from a text",
        description: &said.join(", "),
    };
    html! {
        section aria-labelledby="rules" {
            h2 #rules { "Why others are not texted" }
            @if rules.is_empty() {
                p.empty { "No rule keeps anybody from a text." }
            } @else {
                p {
                    "A row often matches several rules. What one rule alone keeps from a text is what \
                     mending that one thing, at the source or in the profile, would let through; what is \
                     never texted is meant to stay so."
                }
                (figure(chart::rows(words, &bars), html! {
                    "Rows that one rule alone keeps from a text: in grey those that are held, in orange \
                     those that are never texted."
                }))
                div.scroll.small role="region" aria-labelledby="rules-table" tabindex="0" {
                    table {
                        caption #rules-table { "Rows by rule" }
                        thead {
                            tr {
                                (heads(&["Rule", "Rows", "Alone"]))
                            }
                        }
                        tbody {
                            @for (rule, matched) in &rules {
                                tr {
                                    th scope="row" {
                                        (rule.as_str())
                                        span.in-words { (capital(rule.words())) "." }
                                    }
                                    td { (count(matched.rows)) }
                                    td { (count(matched.alone)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn months(rehearsed: &Rehearsed) -> Markup {
    let all = rehearsed.spent();
    let row = |month: &str, campaign: &str, spent: &Spent| {
        html! {
            tr {
                th.nowrap scope="row" { (month) }
                td.words { (campaign) }
                td { (count(spent.texts)) }
                td { (count(spent.parts)) }
                td { (pounds(spent.cost)) }
                td { (pounds(spent.cap)) }
                td { (count(spent.over_cap)) }
                td { (pounds(spent.paper)) }
                td { (spent.notify.map_or_else(|| NONE.to_owned(), pounds)) }
                td { (spent.notify_to_pay.map_or_else(|| NONE.to_owned(), pounds)) }
            }
        }
    };
    let mut parts: BTreeMap<Month, u64> = BTreeMap::new();
    for ((month, _), spent) in &rehearsed.months {
        *parts.entry(*month).or_default() += spent.parts;
    }
    let names: Vec<_> = parts.keys().map(|month| name(*month)).collect();
    let bars: Vec<_> = names
        .iter()
        .zip(parts.values())
        .map(|(name, n)| (name.as_str(), Ink::Texted, *n))
        .collect();
    let said: Vec<_> = bars.iter().map(|(name, _, n)| format!("{name} {}", count(*n))).collect();
    let words = Words { title: "Text parts by month", description: &said.join(", ") };
    let by_month = if parts.len() > 1 { chart::rows(words, &bars) } else { None };
    let unpriced: Vec<&Planned> = rehearsed.campaigns.iter().filter(|plan| !plan.priced).collect();
    html! {
        section aria-labelledby="months" {
            h2 #months { "Parts and cost by month" }
            @if rehearsed.months.is_empty() {
                p.empty { "No text, so no cost." }
            } @else {
                p {
                    "The cost is at the supplier’s price of the day, without VAT, and counts towards the \
                     campaign’s cap. Beside it stand the 3p a part of the paper, and GOV.UK Notify’s \
                     price before and after the parts it gives the emergency services free in a year from \
                     1 April (" (count(all.free_parts)) " here)."
                }
                (figure(by_month, html! { "Text parts by the month in which they leave." }))
                div.scroll role="region" aria-labelledby="months-table" tabindex="0" {
                    table.campaigns {
                        caption #months-table { "By month and campaign" }
                        thead {
                            tr {
                                th scope="col" { "Month" }
                                th.words scope="col" { "Campaign" }
                                (heads(&["Texts", "Parts", "Cost", "Cap", "Over the cap", "At 3p", "Notify", "Less free"]))
                            }
                        }
                        tbody {
                            @for ((month, campaign), spent) in &rehearsed.months {
                                (row(&name(*month), campaign.as_str(), spent))
                            }
                        }
                        tfoot { (row("All", "", &all)) }
                    }
                }
                @if all.over_cap > 0 {
                    p.after {
                        (plural(all.over_cap, "text", "texts")) " reached the cap of a month: of those "
                        (count(all.later)) " left when the next one began, and "
                        (count(rehearsed.steps.unpaid)) " were stale by then."
                    }
                }
                @for plan in &rehearsed.campaigns {
                    @let suffices = rehearsed.cap_that_suffices(&plan.id);
                    @if Money::from_pence(suffices * 100) > plan.monthly_cap {
                        p.after {
                            "A cap of £" (count(suffices)) " a month would stop nothing of "
                            (plan.id.as_str()) "."
                        }
                    }
                }
                @for plan in unpriced {
                    p.after { "No price of " (plan.supplier) " is known, so 3p a part counts." }
                }
            }
        }
    }
}

fn hours(rehearsed: &Rehearsed) -> Markup {
    let queue = &rehearsed.queue;
    let busiest = queue.busiest.map(|(at, texts)| {
        (at.to_zoned(LONDON.clone()).strftime("%A %-d %B %Y at %H:%M").to_string(), texts)
    });
    html! {
        section aria-labelledby="hours" {
            h2 #hours { "What the campaign’s hours do" }
            p {
                @match rehearsed.assumed.lands {
                    Some(lands) => { "If each night’s file lands at " (lands.strftime("%H:%M").to_string()) "." }
                    None => {
                        "If each log is told as it is closed. A nightly file lets more texts fall due at \
                         one opening, and later."
                    }
                }
            }
            div.scroll.small {
                table {
                    caption { "The queue for the window to open" }
                    thead { tr { th scope="col" { "What" } th scope="col" { "How much" } } }
                    tbody {
                        tr { th scope="row" { "Texts that wait for the window" } td { (count(queue.waiting)) } }
                        tr { th scope="row" { "Typical time from closure to the text" } td { (duration(queue.typical_minutes)) } }
                        tr { th scope="row" { "Longest" } td { (duration(queue.longest_minutes)) } }
                        @if let Some((at, texts)) = busiest {
                            tr { th scope="row" { "Most texts at one opening: " (at) } td { (count(texts)) } }
                        }
                        tr { th scope="row" { "Rows that are stale before it opens" } td { (count(queue.stale_rows)) } }
                    }
                }
            }
        }
    }
}

fn learnt(rehearsed: &Rehearsed) -> Markup {
    let assumed = rehearsed.assumed;
    html! {
        section aria-labelledby="learnt" {
            h2 #learnt { "What would be learnt" }
            p {
                "If " (assumed.reply_percent) " of 100 answer, which is an assumption (published rates are \
                 10 to 30), the " (plural(rehearsed.steps.texts, "text", "texts")) " above bring "
                (plural(rehearsed.replies(), "reply", "replies")) ". This is what the campaign’s own days \
                 bring, if they are like those of the calls."
            }
            div.scroll role="region" aria-labelledby="learnt-table" tabindex="0" {
                table {
                    caption #learnt-table { "By the review" }
                    thead {
                        tr {
                            (heads(&["Campaign", "Review", "Texts", "Replies", "At worst"]))
                            th scope="col" { "If " (assumed.satisfied_percent) "% are satisfied" }
                        }
                    }
                    tbody {
                        @for (plan, learnt) in rehearsed.campaigns.iter().zip(&rehearsed.learnt) {
                            tr {
                                th scope="row" { (plan.id.as_str()) }
                                td { (plan.review.strftime("%-d %b %Y").to_string()) }
                                td { (count(learnt.texts)) }
                                td { (count(learnt.replies)) }
                                td { "±" (points(learnt.half_width_worst)) }
                                td { "±" (points(learnt.half_width_assumed)) }
                            }
                        }
                    }
                }
            }
            p.after {
                "The last two columns are points of a hundred: how far chance alone may move the share of \
                 callers who give a 4 or a 5 (Wilson’s 95% interval, half its width)."
            }
        }
    }
}

fn told(rehearsed: &Rehearsed) -> Markup {
    let told = rehearsed.told_by_weight();
    html! {
        section aria-labelledby="told" {
            h2 #told { "What the texts would tell" }
            @if told.is_empty() {
                p.empty { "Nobody would be texted." }
            } @else {
                div.scroll.small {
                    table {
                        caption { "Texts by outcome" }
                        thead {
                            tr {
                                (heads(&["Outcome", "Texts", "Parts", "In weaker words"]))
                            }
                        }
                        tbody {
                            @for (outcome, told) in told {
                                tr {
                                    th scope="row" { (outcome.as_str()) }
                                    td { (count(told.texts)) }
                                    td { (count(told.parts)) }
                                    td { (count(told.weaker)) }
                                }
                            }
                        }
                    }
                }
                p.after { "Weaker words are used where the log does not show what the others claim." }
            }
        }
    }
}

fn examples(rehearsed: &Rehearsed) -> Markup {
    html! {
        section aria-labelledby="examples" {
            h2 #examples { "Texts to read" }
            @if rehearsed.examples.is_empty() {
                p.empty { "Nobody would be texted." }
            } @else {
                p { "Would you be glad to get each of these, and is each of them true of its log?" }
                ol.texts {
                    @for example in &rehearsed.examples {
                        li {
                            p.of {
                                strong { (example.log) } " · " (example.outcome.as_str())
                                @if example.weaker { ", weaker words" }
                                " · " (plural(example.parts, "part", "parts")) " · "
                                (example.at.to_zoned(LONDON.clone()).strftime("%-d %b %Y, %H:%M").to_string())
                            }
                            p.said { (example.text) }
                        }
                    }
                }
            }
        }
    }
}

fn refused(rehearsed: &Rehearsed) -> Markup {
    html! {
        @if !rehearsed.refused.is_empty() {
            section aria-labelledby="refused" {
                h2 #refused { "Rows that could not be read" }
                div.scroll role="region" aria-labelledby="refused-table" tabindex="0" {
                    table {
                        caption #refused-table { "By file and reason" }
                        thead {
                            tr {
                                th scope="col" { "File" }
                                th.words scope="col" { "Why" }
                                th scope="col" { "From line" }
                                th scope="col" { "Rows" }
                            }
                        }
                        tbody {
                            @for ((file, column, reason), refused) in &rehearsed.refused {
                                tr {
                                    th scope="row" { (file) }
                                    td.words {
                                        @if !column.is_empty() { (column) ": " }
                                        (reason)
                                    }
                                    td { (count(refused.first_line)) }
                                    td { (count(refused.rows)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn notes(rehearsed: &Rehearsed) -> Markup {
    html! {
        section aria-labelledby="notes" {
            h2 #notes { "How to read these figures" }
            dl.notes {
                dt { "What was set aside" }
                dd {
                    "The campaigns’ first and last days, because the logs are old. Each log is decided as if \
                     its file had landed in time."
                }
                dt { "What cannot be rehearsed" }
                dd {
                    "Opt-outs, replies and what is said to them, and what was done with a log after its last \
                     extract."
                }
                dt { "Resting" }
                dd {
                    "Nobody is texted again within "
                    @for (n, plan) in rehearsed.campaigns.iter().enumerate() {
                        @if n > 0 { ", " }
                        (plan.rest_days) " days (" (plan.id.as_str()) ")"
                    }
                    ", whatever the incident and the campaign."
                }
                dt { "Further texts" }
                dd {
                    "What is said to those who reply comes on top: at most two questions each, within the cap."
                }
            }
        }
    }
}

/// A month as a table names it.
fn name(month: Month) -> String {
    month.first().strftime("%b %Y").to_string()
}

fn day(at: Timestamp) -> String {
    at.to_zoned(LONDON.clone()).strftime("%-d %B %Y").to_string()
}

/// A share in points of a hundred.
fn points(share: f64) -> String {
    format!("{:.1}", share * 100.0)
}

/// To the nearest penny.
fn pounds(money: Money) -> String {
    let pence = (money.millipence() + 500) / 1000;
    format!("£{}.{:02}", count(pence / 100), pence % 100)
}

/// Minutes as people say them, such as `7 h 48 min`.
fn duration(minutes: u64) -> String {
    match minutes / 1440 {
        0 => format!("{} h {:02} min", minutes / 60, minutes % 60),
        days => format!("{} {} h", plural(days, "day", "days"), minutes / 60 % 24),
    }
}
