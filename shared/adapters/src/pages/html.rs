//! The report for people: one page that needs nothing else, on a screen or on paper.
//!
//! No script, no font, no picture from elsewhere, so it can be mailed, printed and kept. Every
//! drawing stands above a table of the same numbers: the table is the figure, the drawing helps.
//! The words are for a board: no term of the trade without saying what it means.

use std::collections::BTreeMap;

use domain::contact::{STATES, State};
use domain::figures::{Day, Figures, Report};
use domain::hours::LONDON;
use domain::reply::Class;
use domain::score::Score;
use domain::sentiment::Sentiment;
use jiff::ToSpan;
use jiff::civil::Date;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::{self, Drawing, Ink, Line, Words};
use super::{Satisfied, head, hundredths, per_mille, percent};

/// How the page looks, on screens and on paper.
pub(super) const CSS: &str = include_str!("html.css");

/// The longest period told day by day; a longer one is told by weeks.
const MOST_DAYS: usize = 62;

/// What stands in a table for a rate or a mean of nothing.
pub(super) const NONE: &str = "–";

/// Writes a report as a page.
pub fn report(report: &Report) -> String {
    let made = report.made_at.to_zoned(LONDON.clone()).strftime("%-d %B %Y at %H:%M").to_string();
    let period = period(report.period.from, report.period.to);
    let figures = &report.total;
    let page = html! {
        (DOCTYPE)
        html lang="en-GB" {
            (head(&format!("Aftercall report, {period}"), &format!("{CSS}{}", chart::css())))
            body {
                header {
                    p.eyebrow { "Aftercall" }
                    h1 { "What we told callers, and what they answered" }
                    p { "Non-crime reports, " (period) ". Made on " (made) "." }
                }
                main {
                    (summary(figures))
                    (funnel(figures))
                    (scores(figures))
                    (by_day(report))
                    (replies(figures))
                    (states(figures))
                    (campaigns(report))
                    (notes())
                }
                footer {
                    p {
                        "Figures only: this page holds no name, no telephone number and no reply. \
                         The CSV and JSON files of the same report hold the same figures, \
                         with each day and with costs to a thousandth of a penny."
                    }
                }
            }
        }
    };
    page.into_string()
}

fn summary(figures: &Figures) -> Markup {
    let delivered = figures.in_state(State::Delivered);
    let of = |part, whole, of: &str| match per_mille(part, whole) {
        Some(share) => format!("{}% of {of}", percent(share)),
        None => "nothing yet".to_owned(),
    };
    let planned = format!("of {} planned", count(figures.planned()));
    let response = match figures.response_per_mille() {
        Some(rate) => format!("{}% of delivered, the response rate", percent(rate)),
        None => "no text delivered yet".to_owned(),
    };
    let (satisfied, sure) = match Satisfied::of(figures) {
        Some(s) => (
            format!("{}%", percent(s.per_mille)),
            format!("scored 4 or 5, of {}; 95% interval {}", scores_of(s.n), interval(s)),
        ),
        None => (NONE.to_owned(), "no scores yet".to_owned()),
    };
    html! {
        section aria-labelledby="summary" {
            h2 #summary { "Summary" }
            dl.tiles {
                (tile("Texted", &count(figures.texted()), &planned))
                (tile("Delivered", &count(delivered), &of(delivered, figures.texted(), "texted")))
                (tile("Answered", &count(figures.answered), &response))
                (tile("Satisfied", &satisfied, &sure))
                (tile("Text parts", &count(figures.segments), &format!("of these texts and {} further ones, to those who replied", count(figures.follow_ups))))
                (tile("Cost", &pounds(figures), "for parts sent, or that may have been"))
            }
        }
    }
}

pub(super) fn tile(name: &str, value: &str, note: &str) -> Markup {
    html! {
        div.tile {
            dt { (name) }
            dd.value { (value) }
            dd { (note) }
        }
    }
}

fn funnel(figures: &Figures) -> Markup {
    let steps = [
        ("Planned", Ink::Planned, figures.planned()),
        ("Texted", Ink::Texted, figures.texted()),
        ("Delivered", Ink::Delivered, figures.in_state(State::Delivered)),
        ("Answered", Ink::Answered, figures.answered),
    ];
    let said: Vec<_> = steps.iter().map(|(name, _, n)| format!("{name} {}", count(*n))).collect();
    let words = Words { title: "From plan to answer", description: &said.join(", ") };
    let before = [None].into_iter().chain(steps.iter().map(|(.., n)| Some(*n)));
    html! {
        section aria-labelledby="funnel" {
            h2 #funnel { "From plan to answer" }
            @if figures.planned() == 0 {
                p.empty { "Nobody was planned to be texted in this period." }
            } @else {
                p { "How many callers reached each step, and how many fell away before it." }
                (figure(chart::rows(words, &steps), html! {
                    "Planned counts everybody who may be told, those held back for comparison \
                     included."
                }))
                div.scroll.small {
                    table {
                        caption { "Callers at each step" }
                        thead {
                            tr {
                                th scope="col" { "Step" }
                                th scope="col" { "Callers" }
                                th scope="col" { "Of the step before" }
                            }
                        }
                        tbody {
                            @for ((name, _, n), before) in steps.iter().zip(before) {
                                tr {
                                    th scope="row" { (name) }
                                    td { (count(*n)) }
                                    td { (rate(before.and_then(|before| per_mille(*n, before)))) }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn scores(figures: &Figures) -> Markup {
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
        section aria-labelledby="scores" {
            h2 #scores { "How satisfied callers were" }
            @if let (Some(s), Some(mean)) = (Satisfied::of(figures), figures.mean_score_hundredths()) {
                p {
                    "Of " (scores_of(s.n)) ", " strong { (percent(s.per_mille)) "%" }
                    " were 4 or 5. With this many scores, chance leaves the true share anywhere \
                     from " (interval(s)) ". The mean is " strong { (hundredths(mean)) } " of 5."
                }
                (figure(chart::columns(words, Ink::Texted, &columns), html! {
                    "Callers by the latest score they gave; 1 is the worst and 5 the best."
                }))
                div.scroll.small {
                    table {
                        caption { "Callers by score" }
                        thead {
                            tr {
                                th scope="col" { "Score" }
                                th scope="col" { "Callers" }
                                th scope="col" { "Share" }
                            }
                        }
                        tbody {
                            @for (_, name, given) in &bars {
                                tr {
                                    th scope="row" { (name) }
                                    td { (count(*given)) }
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
            } @else {
                p.empty { "No scores yet." }
            }
        }
    }
}

fn by_day(report: &Report) -> Markup {
    let (unit, spans) = spans(report);
    let of = |part: fn(&Day) -> u64| spans.values().map(part).collect::<Vec<_>>();
    let lines = [
        Line { name: "Planned", ink: Ink::Planned, values: of(|day| day.planned) },
        Line { name: "Texted", ink: Ink::Texted, values: of(|day| day.texted) },
        Line { name: "Answered", ink: Ink::Answered, values: of(|day| day.answered) },
    ];
    let labels: Vec<_> = spans.keys().map(|date| date.strftime("%-d %b").to_string()).collect();
    let (heading, title, caption) = match unit {
        Unit::Day => ("Day by day", "Planned, texted and answered by day", "Callers by day"),
        Unit::Week => ("Week by week", "Planned, texted and answered by week", "Callers by week"),
    };
    let edges = match unit {
        Unit::Day => "",
        Unit::Week => " The first and the last week may be parts of one.",
    };
    let sums = lines.each_ref().map(|line| count(line.values.iter().sum()));
    let said = format!(
        "{} planned, {} texted and {} answered in all; the table that follows has every {}",
        sums[0],
        sums[1],
        sums[2],
        unit.name()
    );
    let drawing = chart::lines(Words { title, description: &said }, &labels, &lines);
    html! {
        section aria-labelledby="days" {
            h2 #days { (heading) }
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
                div.scroll.small.tall role="region" aria-labelledby="days-table" tabindex="0" {
                    table.days {
                        caption #days-table { (caption) }
                        thead {
                            tr {
                                th scope="col" { (unit.column()) }
                                th scope="col" { "Planned" }
                                th scope="col" { "Texted" }
                                th scope="col" { "Answered" }
                            }
                        }
                        tbody {
                            @for (date, day) in &spans {
                                tr {
                                    th.nowrap scope="row" { (date.strftime(unit.date()).to_string()) }
                                    td { (count(day.planned)) }
                                    td { (count(day.texted)) }
                                    td { (count(day.answered)) }
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

fn replies(figures: &Figures) -> Markup {
    let mut classes: Vec<_> = figures.classes.iter().map(|(c, n)| (class(*c), *n)).collect();
    classes.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let attitudes: Vec<_> = figures.sentiments.iter().map(|(s, n)| (attitude(*s), *n)).collect();
    html! {
        section aria-labelledby="replies" {
            h2 #replies { "What the replies were" }
            @if figures.answered == 0 {
                p.empty { "No replies yet." }
            } @else {
                p {
                    (callers(figures.answered)) " answered, with " (plural(figures.replies, "reply", "replies"))
                    " in all. Each caller counts once, by the latest reply."
                }
                div.pair {
                    (share_table("Callers by kind of reply", "Kind", &classes))
                    (share_table("Callers by attitude", "Attitude", &attitudes))
                }
            }
        }
    }
}

fn share_table(caption: &str, head: &str, rows: &[(&str, u64)]) -> Markup {
    let all = rows.iter().map(|(_, n)| n).sum();
    html! {
        div.scroll {
            table {
                caption { (caption) }
                thead {
                    tr {
                        th scope="col" { (head) }
                        th scope="col" { "Callers" }
                        th scope="col" { "Share" }
                        td.bar aria-hidden="true" {}
                    }
                }
                tbody {
                    @for (name, n) in rows {
                        @let share = per_mille(*n, all);
                        tr {
                            th scope="row" { (name) }
                            td { (count(*n)) }
                            td { (rate(share)) }
                            td.bar aria-hidden="true" {
                                span style={ "width:" (percent(share.unwrap_or_default())) "%" } {}
                            }
                        }
                    }
                }
            }
        }
    }
}

fn states(figures: &Figures) -> Markup {
    html! {
        section aria-labelledby="states" {
            h2 #states { "Where each contact stands" }
            p { "A contact is one conversation with one caller about one report." }
            div.scroll {
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
                                td { (count(figures.in_state(state))) }
                            }
                        }
                    }
                    tfoot {
                        tr {
                            th scope="row" { "All" }
                            td.words {}
                            td { (count(figures.planned())) }
                        }
                    }
                }
            }
        }
    }
}

fn campaigns(report: &Report) -> Markup {
    let row = |name: &str, figures: &Figures| {
        let satisfied = Satisfied::of(figures);
        html! {
            tr {
                th scope="row" { (name) }
                td { (count(figures.planned())) }
                td { (count(figures.texted())) }
                td { (count(figures.in_state(State::Delivered))) }
                td { (count(figures.answered)) }
                td { (rate(figures.response_per_mille())) }
                td { (count(figures.scored())) }
                td { (figures.mean_score_hundredths().map_or_else(|| NONE.to_owned(), hundredths)) }
                td { (rate(satisfied.map(|s| s.per_mille))) }
                td { (satisfied.map_or_else(|| NONE.to_owned(), interval)) }
                td { (count(figures.segments)) }
                td { (pounds(figures)) }
            }
        }
    };
    html! {
        section aria-labelledby="campaigns" {
            h2 #campaigns { "Campaigns" }
            @if report.campaigns.is_empty() {
                p.empty { "No campaign planned anybody in this period." }
            } @else {
                div.scroll role="region" aria-labelledby="campaigns-table" tabindex="0" {
                    table.campaigns {
                        caption #campaigns-table { "Figures of each campaign" }
                        thead {
                            tr {
                                th scope="col" { "Campaign" }
                                th scope="col" { "Planned" }
                                th scope="col" { "Texted" }
                                th scope="col" { "Delivered" }
                                th scope="col" { "Answered" }
                                th scope="col" { "Response" }
                                th scope="col" { "Scores" }
                                th scope="col" { "Mean" }
                                th scope="col" { "Satisfied" }
                                th scope="col" { "95% interval" }
                                th scope="col" { "Parts" }
                                th scope="col" { "Cost" }
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
}

fn notes() -> Markup {
    let notes = [
        (
            "Callers",
            "A caller counts once for each report. Somebody who reported two incidents and was \
             told of both counts twice.",
        ),
        (
            "Texted and delivered",
            "Texted means that the supplier took the text. Delivered means that the network put it \
             on the handset. A text whose receipt is still to come is texted and not yet delivered.",
        ),
        (
            "Response rate",
            "Callers who answered, of callers whose text was delivered. Answers can come days \
             later, so the rate of a period that has just ended may still rise.",
        ),
        (
            "Satisfied",
            "Callers whose latest score is 4 or 5, of those who gave a score. A reply without a \
             score does not count here.",
        ),
        (
            "The 95% interval",
            "How far chance alone could move the share (Wilson’s method). Few scores make it wide. \
             Two periods whose intervals overlap may not differ at all.",
        ),
        (
            "Who answers",
            "Callers choose whether to answer. Those who do may be more pleased or more annoyed \
             than those who do not, and no interval allows for that. A score says how a caller felt \
             about this report; it does not measure confidence in the police.",
        ),
        (
            "Kind and attitude",
            "A program sorts replies by written rules and it errs, with irony most of all. Take \
             the scores as the measure, and read the replies before acting on a shift in attitude.",
        ),
        (
            "Held back",
            "Where a campaign holds some callers back for comparison, they are planned and never \
             texted. Whether texts change anything shows when their later calls \
             are set beside those of the callers who were texted.",
        ),
        (
            "Cost",
            "The campaign’s price for each part of each text that was sent or may have been, \
             rounded to the penny. The supplier’s invoice decides.",
        ),
        (
            "Rounding and days",
            "Percentages and means are rounded down, so shares may not add up to 100. A day runs \
             from midnight to midnight in London.",
        ),
    ];
    html! {
        section aria-labelledby="notes" {
            h2 #notes { "How to read these figures" }
            dl.notes {
                @for (term, words) in notes {
                    dt { (term) }
                    dd { (words) }
                }
            }
        }
    }
}

pub(super) fn figure(drawing: Option<Drawing>, caption: Markup) -> Markup {
    html! {
        @if let Some(drawing) = drawing {
            figure.chart {
                div.wide { (PreEscaped(drawing.wide)) }
                div.narrow { (PreEscaped(drawing.narrow)) }
                figcaption { (caption) }
            }
        }
    }
}

/// How long one point of the drawing over time is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Day,
    Week,
}

impl Unit {
    fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    fn date(self) -> &'static str {
        match self {
            Self::Day => "%a %-d %b",
            Self::Week => "%-d %b %Y",
        }
    }

    fn column(self) -> &'static str {
        match self {
            Self::Day => "Day",
            Self::Week => "Week from",
        }
    }
}

/// The figures over time without gaps: by day, or by the Monday of the week in a long period.
///
/// Days after the report was made are left out: they are not empty, they are to come.
fn spans(report: &Report) -> (Unit, BTreeMap<Date, Day>) {
    let days = &report.total.days;
    let (Some((first, _)), Some((last, _))) = (days.first_key_value(), days.last_key_value())
    else {
        return (Unit::Day, BTreeMap::new());
    };
    let made = report.made_at.to_zoned(LONDON.clone()).date();
    let to = report.period.to.min(made).max(*last);
    let from = |first: Date| first.series(1.day()).take_while(move |date| *date <= to);

    let whole = report.period.from.min(*first);
    if from(whole).nth(MOST_DAYS).is_none() {
        let by_day = from(whole).map(|date| (date, days.get(&date).copied().unwrap_or_default()));
        return (Unit::Day, by_day.collect());
    }
    let mut weeks: BTreeMap<Date, Day> = BTreeMap::new();
    for date in from(*first) {
        let since_monday = i64::from(date.weekday().to_monday_zero_offset());
        let week = weeks.entry(date.saturating_sub(since_monday.days())).or_default();
        if let Some(day) = days.get(&date) {
            week.planned += day.planned;
            week.texted += day.texted;
            week.answered += day.answered;
        }
    }
    (Unit::Week, weeks)
}

/// A period in words, as short as it can be said.
fn period(from: Date, to: Date) -> String {
    let first = if (from.year(), from.month()) == (to.year(), to.month()) {
        from.strftime("%-d")
    } else if from.year() == to.year() {
        from.strftime("%-d %B")
    } else {
        from.strftime("%-d %B %Y")
    };
    format!("{first} to {}", to.strftime("%-d %B %Y"))
}

/// A count with commas, such as `4,210`.
pub(super) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

pub(super) fn plural(n: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(n), if n == 1 { one } else { many })
}

fn callers(n: u64) -> String {
    plural(n, "caller", "callers")
}

fn scores_of(n: u64) -> String {
    plural(n, "score", "scores")
}

pub(super) fn rate(per_mille: Option<u64>) -> String {
    per_mille.map_or_else(|| NONE.to_owned(), |share| format!("{}%", percent(share)))
}

fn interval(satisfied: Satisfied) -> String {
    format!("{:.1}% to {:.1}%", satisfied.low, satisfied.high)
}

/// The cost to the nearest penny, such as `£1,204.50`.
fn pounds(figures: &Figures) -> String {
    let pence = (figures.cost.millipence() + 500) / 1000;
    format!("£{}.{:02}", count(pence / 100), pence % 100)
}

pub(super) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

fn meaning(state: State) -> &'static str {
    match state {
        State::Planned => "waits for its time",
        State::Queued => "about to be sent",
        State::Claimed => "being sent at this moment",
        State::Accepted => "taken by the supplier, receipt to come",
        State::Delivered => "on the handset",
        State::Undelivered => "the network could not deliver it",
        State::Refused => "the supplier does not text this number",
        State::Unknown => "being looked into: the supplier may or may not have sent it",
        State::Parked => "waits for a person: nobody could tell whether it was sent",
        State::Cancelled => "not sent: a rule or a person stopped it",
        State::Control => "held back for comparison, never texted",
    }
}

fn class(class: Class) -> &'static str {
    match class {
        Class::Emergency => "Sounds like an emergency",
        Class::IncidentReport => "Reports something new",
        Class::StillThere => "Says it is still there",
        Class::Complaint => "Complaint",
        Class::Intelligence => "Information for the police",
        Class::HighwaysReferral => "For the highways authority",
        Class::WrongPerson => "Wrong person",
        Class::PraiseStaff => "Praise for staff",
        Class::Question => "Question",
        Class::Feedback => "Score or comment",
        Class::OptOut => "Wants no more texts",
        Class::OptIn => "Wants texts again",
        Class::Unclear => "Unclear",
    }
}

fn attitude(sentiment: Sentiment) -> &'static str {
    match sentiment {
        Sentiment::Positive => "Positive",
        Sentiment::Negative => "Negative",
        Sentiment::Neutral => "Neutral",
        Sentiment::Mixed => "Mixed",
    }
}

#[cfg(test)]
mod tests {
    use domain::budget::Money;
    use domain::campaign::CampaignId;
    use domain::figures::Period;
    use jiff::civil::date;

    use super::*;

    fn empty() -> Report {
        let march = Period { from: date(2026, 3, 1), to: date(2026, 3, 31) };
        Report::fold([], [], march, "2026-04-01T05:00:00Z".parse().unwrap())
    }

    fn plausible() -> Report {
        let mut report = empty();
        let total = &mut report.total;
        for (state, n) in [
            (State::Delivered, 1_412),
            (State::Undelivered, 61),
            (State::Accepted, 7),
            (State::Control, 165),
        ] {
            total.states.insert(state, n);
        }
        total.days.insert(date(2026, 3, 2), Day { planned: 1_645, texted: 1_480, answered: 405 });
        for (score, n) in [(1, 23), (3, 58), (4, 120), (5, 200)] {
            total.scores.insert(Score::new(score).unwrap(), n);
        }
        total.classes.insert(Class::Feedback, 391);
        total.classes.insert(Class::StillThere, 14);
        total.sentiments.insert(Sentiment::Positive, 405);
        (total.answered, total.replies, total.segments) = (405, 433, 2_960);
        total.answered_delivered = 405;
        total.cost = Money::from_millipence(7_104_600);
        report.campaigns.insert(CampaignId::parse("highways").unwrap(), report.total.clone());
        report
    }

    /// What a section says, a line for each paragraph, tile or row; drawings left out.
    fn section(page: &str, id: &str) -> String {
        const LINES: [&str; 6] = ["h2", "p", "dt", "tr", "caption", "figcaption"];
        let from = page.find(&format!("aria-labelledby=\"{id}\"")).unwrap();
        let section = page[from..].split("</section>").next().unwrap();
        let mut out = String::new();
        let mut in_drawing = false;
        for piece in section.split('<').skip(1) {
            let (tag, text) = piece.split_once('>').unwrap();
            let name = tag.split([' ', '\n']).next().unwrap();
            in_drawing = name == "svg" || (in_drawing && name != "/svg");
            if LINES.contains(&name) {
                out.push('\n');
            }
            if !in_drawing && !text.trim().is_empty() {
                let between = if out.is_empty() || out.ends_with('\n') { "" } else { " | " };
                out.extend([between, text.trim()]);
            }
        }
        out.trim().to_owned()
    }

    #[test]
    fn the_page_tells_the_figures_of_the_report() {
        let page = report(&plausible());
        insta::assert_snapshot!(section(&page, "summary"), @"
        Summary
        Texted | 1,480 | of 1,645 planned
        Delivered | 1,412 | 95.4% of texted
        Answered | 405 | 28.6% of delivered, the response rate
        Satisfied | 79.8% | scored 4 or 5, of 401 scores; 95% interval 75.6% to 83.4%
        Text parts | 2,960 | of these texts and 0 further ones, to those who replied
        Cost | £71.05 | for parts sent, or that may have been
        ");
        insta::assert_snapshot!(section(&page, "funnel"), @"
        From plan to answer
        How many callers reached each step, and how many fell away before it.
        Planned counts everybody who may be told, those held back for comparison included.
        Callers at each step
        Step | Callers | Of the step before
        Planned | 1,645 | –
        Texted | 1,480 | 89.9%
        Delivered | 1,412 | 95.4%
        Answered | 405 | 28.6%
        ");
        insta::assert_snapshot!(section(&page, "scores"), @"
        How satisfied callers were
        Of 401 scores, | 79.8% | were 4 or 5. With this many scores, chance leaves the true share anywhere from 75.6% to 83.4%. The mean is | 4.18 | of 5.
        Callers by the latest score they gave; 1 is the worst and 5 the best.
        Callers by score
        Score | Callers | Share
        1, the worst | 23 | 5.7%
        2 | 0 | 0.0%
        3 | 58 | 14.4%
        4 | 120 | 29.9%
        5, the best | 200 | 49.8%
        All scores | 401
        ");
        insta::assert_snapshot!(section(&page, "replies"), @"
        What the replies were
        405 callers answered, with 433 replies in all. Each caller counts once, by the latest reply.
        Callers by kind of reply
        Kind | Callers | Share
        Score or comment | 391 | 96.5%
        Says it is still there | 14 | 3.4%
        Callers by attitude
        Attitude | Callers | Share
        Positive | 405 | 100.0%
        ");
        insta::assert_snapshot!(section(&page, "campaigns"), @"
        Campaigns
        Figures of each campaign
        Campaign | Planned | Texted | Delivered | Answered | Response | Scores | Mean | Satisfied | 95% interval | Parts | Cost
        highways | 1,645 | 1,480 | 1,412 | 405 | 28.6% | 401 | 4.18 | 79.8% | 75.6% to 83.4% | 2,960 | £71.05
        All | 1,645 | 1,480 | 1,412 | 405 | 28.6% | 401 | 4.18 | 79.8% | 75.6% to 83.4% | 2,960 | £71.05
        ");
    }

    #[test]
    fn an_empty_month_says_so() {
        let page = report(&empty());
        insta::assert_snapshot!(section(&page, "summary"), @"
        Summary
        Texted | 0 | of 0 planned
        Delivered | 0 | nothing yet
        Answered | 0 | no text delivered yet
        Satisfied | – | no scores yet
        Text parts | 0 | of these texts and 0 further ones, to those who replied
        Cost | £0.00 | for parts sent, or that may have been
        ");
        insta::assert_snapshot!(section(&page, "scores"), @"
        How satisfied callers were
        No scores yet.
        ");
        insta::assert_snapshot!(section(&page, "days"), @"
        Day by day
        Nobody was planned to be texted in this period.
        ");
        assert!(!page.contains("<svg"));
        assert!(!page.contains("NaN"));
    }

    #[test]
    fn a_page_needs_nothing_from_elsewhere() {
        let page = report(&plausible());
        for unwanted in ["<script", "src=", "href=", "@import", "url(", "NaN", "inf%"] {
            assert!(!page.contains(unwanted), "{unwanted}");
        }
        assert_eq!(page.matches("<svg").count(), 6, "three drawings in two sizes");
    }

    #[test]
    fn every_day_up_to_now_is_told_and_none_is_lost() {
        let check = |report: &Report, unit, n, first: Date, last: Date| {
            let (found, spans) = spans(report);
            assert_eq!((found, spans.len()), (unit, n));
            assert_eq!(spans.keys().next().copied(), Some(first));
            assert_eq!(spans.keys().last().copied(), Some(last));
            assert_eq!(spans.values().map(|day| day.planned).sum::<u64>(), report.total.planned());
        };
        let mut report = plausible();
        check(&report, Unit::Day, 31, date(2026, 3, 1), date(2026, 3, 31));
        report.made_at = "2026-03-12T05:00:00Z".parse().unwrap();
        check(&report, Unit::Day, 12, date(2026, 3, 1), date(2026, 3, 12));
        report.period.from = date(2025, 1, 1);
        check(&report, Unit::Week, 2, date(2026, 3, 2), date(2026, 3, 9));
        report.period.to = date(2026, 1, 1);
        check(&report, Unit::Week, 1, date(2026, 3, 2), date(2026, 3, 2));
    }

    #[test]
    fn periods_and_counts_read_as_people_write_them() {
        let check = |from, to, expected: &str| assert_eq!(period(from, to), expected);
        check(date(2026, 3, 1), date(2026, 3, 31), "1 to 31 March 2026");
        check(date(2026, 1, 1), date(2026, 6, 30), "1 January to 30 June 2026");
        check(date(2025, 12, 1), date(2026, 1, 3), "1 December 2025 to 3 January 2026");
        assert_eq!(count(0), "0");
        assert_eq!(count(999), "999");
        assert_eq!(count(1_000), "1,000");
        assert_eq!(count(1_234_567), "1,234,567");
    }
}
