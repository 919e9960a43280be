//! The report for people: one page that needs nothing else, on a screen or on paper.
//!
//! No script, no font, no picture from elsewhere, so it can be mailed, printed and kept. It begins
//! with what a board asks, on one screen ([`board`]); what those who run it need follows ([`team`]).
//! Every drawing stands beside a table of the same numbers: the table is the figure, the drawing helps.
//! The words are for a board: no term of the trade without saying what it means.
//!
//! Every number that is a figure carries its name (`data-figure`), so that a test reads from the page
//! what a person reads.

pub(super) mod board;
pub(super) mod team;

use std::collections::BTreeMap;

use domain::budget::{Money, Month};
use domain::contact::State;
use domain::desk::Desk;
use domain::experiment::Measure;
use domain::figures::{Day, Delay, Report, Share};
use domain::hours::LONDON;
use domain::interval::Estimate;
use domain::reply::Class;
use domain::sentiment::Sentiment;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::chart::{self, Drawing};
use super::{head, percent};

/// How the page looks, on screens and on paper.
pub(super) const CSS: &str = include_str!("html.css");

/// The longest period told day by day; a longer one is told by weeks.
const MOST_DAYS: usize = 62;

/// What stands in a table for a rate or a mean of nothing.
pub(super) const NONE: &str = "–";

/// Writes a report as a page.
pub fn report(report: &Report) -> String {
    let period = period(report.period.from, report.period.to);
    let made = moment(report.made_at);
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
                    (board::page(report))
                    (team::page(report))
                    (notes())
                }
                footer {
                    p {
                        "Figures only: this page holds no name, no telephone number and no reply. \
                         The CSV and JSON files of the same report hold the same figures. It is for use \
                         within the force: small groups are not hidden here. What may be published is \
                         made by “aftercall report --foi”."
                    }
                }
            }
        }
    };
    page.into_string()
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
pub(super) enum Unit {
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
pub(super) fn spans(report: &Report) -> (Unit, BTreeMap<Date, Day>) {
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
pub(super) fn period(from: Date, to: Date) -> String {
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

pub(super) fn rate(per_mille: Option<u64>) -> String {
    per_mille.map_or_else(|| NONE.to_owned(), |share| format!("{}%", percent(share)))
}

pub(super) fn capital(word: &str) -> String {
    let mut chars = word.chars();
    chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect()
}

pub(super) fn meaning(state: State) -> &'static str {
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

pub(super) fn class(class: Class) -> &'static str {
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

pub(super) fn attitude(sentiment: Sentiment) -> &'static str {
    match sentiment {
        Sentiment::Positive => "Positive",
        Sentiment::Negative => "Negative",
        Sentiment::Neutral => "Neutral",
        Sentiment::Mixed => "Mixed",
    }
}

/// A figure with the name that a test finds it by.
pub(super) fn named(name: &str, text: &str) -> Markup {
    html! { span data-figure=(name) { (text) } }
}

/// The heads of columns, one beside the other.
pub(super) fn heads(of: &[&str]) -> Markup {
    html! { @for head in of { th scope="col" { (head) } } }
}

/// A cell of a table with a figure in it.
pub(super) fn cell(name: &str, text: &str) -> Markup {
    html! { td { (named(name, text)) } }
}

/// A cell with a share, and beneath it how far off it may be.
pub(super) fn share_cell(name: &str, share: Share) -> Markup {
    html! {
        td.share.few[share.is_few()] {
            (named(name, &told(share)))
            span.reach { (named(&format!("{name}.interval"), &reach(share))) }
        }
    }
}

/// A share as it is shown: of fewer than ten its two counts, because a percentage would look as if it
/// meant something.
pub(super) fn told(share: Share) -> String {
    match share {
        Share { of: 0, .. } => NONE.to_owned(),
        few if few.is_few() => format!("{} of {}", few.part, few.of),
        share => rate(share.per_mille()),
    }
}

/// How far off a share may be.
pub(super) fn reach(share: Share) -> String {
    match share.estimate() {
        None => "none yet".to_owned(),
        Some(_) if share.is_few() => "too few to tell".to_owned(),
        Some(e) => format!("{:.1}% to {:.1}%", 100.0 * e.low, 100.0 * e.high),
    }
}

/// How far off a mean may be, or a rate.
pub(super) fn between(estimate: Option<Estimate>, decimals: usize) -> String {
    let to = |e: Estimate| format!("{:.decimals$} to {:.decimals$}", e.low, e.high);
    estimate.map_or_else(|| "too few to tell".to_owned(), to)
}

/// A mean of scores.
pub(super) fn mean(estimate: Option<Estimate>) -> String {
    estimate.map_or_else(|| NONE.to_owned(), |e| format!("{:.2}", e.value))
}

/// To the nearest penny, such as `£1,204.50`.
pub(super) fn pounds(money: Money) -> String {
    let pence = (money.millipence() + 500) / 1000;
    format!("£{}.{:02}", count(pence / 100), pence % 100)
}

/// How long something took, as people say it.
pub(super) fn took(took: Option<SignedDuration>) -> String {
    let Some(took) = took else { return NONE.to_owned() };
    let (seconds, minutes, hours) = (took.as_secs(), took.as_mins(), took.as_hours());
    match seconds {
        ..120 => format!("{seconds} s"),
        120..7_200 => format!("{minutes} min"),
        7_200..36_000 => format!("{hours} h {:02} min", minutes % 60),
        36_000..345_600 => format!("{hours} h"),
        345_600.. => format!("{} days", hours / 24),
    }
}

pub(super) fn month(month: Month) -> String {
    month.first().strftime("%B %Y").to_string()
}

pub(super) fn moment(at: Timestamp) -> String {
    at.to_zoned(LONDON.clone()).strftime("%-d %B %Y at %H:%M").to_string()
}

pub(super) fn day(at: Timestamp) -> String {
    at.to_zoned(LONDON.clone()).strftime("%-d %B %Y").to_string()
}

/// An area as the extract writes it.
pub(super) fn area(name: &str) -> &str {
    if name.is_empty() { "no area named" } else { name }
}

/// A name of several words, as it is stored, for people.
pub(super) fn spoken(name: &str) -> String {
    capital(&name.replace('-', " "))
}

pub(super) fn desk(desk: Desk) -> &'static str {
    match desk {
        Desk::ControlRoom => "Control room",
        Desk::StillThere => "Still there",
        Desk::NewReports => "New reports",
        Desk::Complaints => "Complaints",
        Desk::Intelligence => "Intelligence",
        Desk::Highways => "Highways",
        Desk::Questions => "Questions",
        Desk::Praise => "Praise",
        Desk::NotUnderstood => "Not understood",
    }
}

pub(super) fn delay(delay: Delay) -> &'static str {
    match delay {
        Delay::UnderOneDay => "less than a day",
        Delay::OneToTwo => "1 day to 2",
        Delay::TwoToFour => "2 days to 4",
        Delay::FourToSeven => "4 days to 7",
        Delay::Longer => "7 days and more",
        Delay::Unknown => "not known",
    }
}

pub(super) fn measure(measure: Measure) -> &'static str {
    match measure {
        Measure::CallsAgain30 => "calls about something else within 30 days",
        Measure::CallsAgain90 => "calls about something else within 90 days",
        Measure::Intelligence30 => "reports of community intelligence within 30 days",
        Measure::Intelligence90 => "reports of community intelligence within 90 days",
    }
}

#[cfg(test)]
mod tests {
    use domain::figures::Period;
    use jiff::civil::date;
    use testkit::reports::drawn;

    use super::*;

    fn of(calls: u64) -> Report {
        let period = Period { from: date(2026, 3, 1), to: date(2026, 3, 31) };
        drawn(1, calls, period, "2026-04-01T05:00:00Z".parse().unwrap())
    }

    /// What a section says, a line for each paragraph, term or row; drawings left out.
    fn section(page: &str, id: &str) -> String {
        const LINES: [&str; 7] = ["h2", "p", "dt", "tr", "li", "caption", "figcaption"];
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
    fn the_board_reads_its_four_answers_on_one_screen() {
        let page = report(&of(900));
        insta::assert_snapshot!(section(&page, "working"));
        insta::assert_snapshot!(section(&page, "cost"));
        insta::assert_snapshot!(section(&page, "said"));
        insta::assert_snapshot!(section(&page, "decide"));
    }

    #[test]
    fn an_empty_month_says_so() {
        let mut empty = of(0);
        empty.experiments.clear();
        empty.desks.clear();
        let page = report(&empty);
        insta::assert_snapshot!(section(&page, "working"));
        insta::assert_snapshot!(section(&page, "decide"));
        assert_eq!(section(&page, "scores"), "How satisfied callers were\nNo scores yet.");
        assert!(!page.contains("NaN") && !page.contains("class=\"chart\""));
    }

    #[test]
    fn a_page_needs_nothing_from_elsewhere() {
        let page = report(&of(900));
        for unwanted in ["<script", "src=", "href=", "@import", "url(", "NaN", "inf%"] {
            assert!(!page.contains(unwanted), "{unwanted}");
        }
    }

    #[test]
    fn a_figure_says_the_same_wherever_it_stands() {
        let page = report(&of(900));
        let mut said: BTreeMap<&str, &str> = BTreeMap::new();
        for piece in page.split(" data-figure=\"").skip(1) {
            let (name, rest) = piece.split_once("\">").unwrap();
            let text = rest.split('<').next().unwrap();
            assert_eq!(*said.entry(name).or_insert(text), text, "{name}");
        }
        assert!(said.len() > 200, "{}", said.len());
    }

    #[test]
    fn a_share_of_fewer_than_ten_is_told_by_its_counts_and_not_as_a_percentage() {
        let check = |part, of, shown: &str, off: &str| {
            let share = Share { part, of };
            assert_eq!((told(share).as_str(), reach(share).as_str()), (shown, off));
        };
        check(0, 0, "–", "none yet");
        check(7, 9, "7 of 9", "too few to tell");
        check(8, 10, "80.0%", "49.0% to 94.3%");
    }

    #[test]
    fn durations_read_as_people_say_them() {
        let check = |seconds, expected: &str| {
            assert_eq!(took(Some(SignedDuration::from_secs(seconds))), expected);
        };
        check(6, "6 s");
        check(119, "119 s");
        check(14 * 60, "14 min");
        check(2 * 3600 + 300, "2 h 05 min");
        check(53 * 3600, "53 h");
        check(5 * 86_400, "5 days");
        assert_eq!(took(None), "–");
    }

    #[test]
    fn every_day_up_to_now_is_told_and_none_is_lost() {
        let check = |report: &Report, unit, n, first: Date, last: Date| {
            let (found, spans) = spans(report);
            assert_eq!((found, spans.len()), (unit, n));
            assert_eq!(spans.keys().next().copied(), Some(first));
            assert_eq!(spans.keys().last().copied(), Some(last));
            assert_eq!(spans.values().map(|day| day.planned).sum::<u64>(), 9);
        };
        let mut report = of(900);
        report.total.days = [(date(2026, 3, 2), Day { planned: 9, texted: 8, answered: 2 })].into();
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
