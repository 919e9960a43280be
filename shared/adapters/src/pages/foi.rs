//! What may be published: a handful of tables, counted afresh, in which nobody can be found.
//!
//! A public authority is asked for figures, and whoever asks may know a neighbour. Each table hides
//! small counts and whatever would give them away ([`domain::disclosure`]); this file sees to it that
//! the tables do not give each other away. They are of two sets of people, and each set is a chain in
//! which a table shares one thing with the next and nothing else:
//!
//! ```text
//! people texted:   area ── month ── outcome ── reply         three tables
//! calls:           month ── what became of them ── rule      two tables
//! ```
//!
//! Of such a chain more can be said than of its tables: whatever one may believe of one table goes
//! with whatever one may believe of the next, as long as they agree on what they share; for any two tables
//! with the same totals there are people who fill both. (A fourth table, by month and reply, would
//! close the chain to a ring, and that is no longer so.) So what is shared is shown, the same in
//! both, and never hidden in one of them: where a month's total would have to be hidden, months are
//! put together, to quarters or to one; rare outcomes and areas are put together too. What then
//! still cannot be shown is not published at all.
//!
//! The files hold counts only: no reply, no log, no name, no rate, and no day or hour.

use std::collections::BTreeMap;

use domain::disclosure::{Cell, Counts, HIDDEN, List, Table, Threshold};
use domain::figures::{Calls, Group, Report};
use jiff::civil::Date;

use super::csv;
use super::html::{area, count, moment, plural, pounds, spoken};

#[cfg(test)]
mod attacker;

/// One file to publish.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: &'static str,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// How a person who was texted answered, in the order shown.
const REPLIES: [&str; 4] = ["no reply", "reply without a score", "score 1 to 3", "score 4 or 5"];

/// What became of calls, in the order shown.
const BECAME: [&str; 3] = ["log still open", "kept out by a rule", "may be texted"];

/// Months put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Together {
    Months,
    Quarters,
    All,
}

/// Writes what may be published of a period, from the reports of its months in order.
pub fn files(months: &[Report]) -> Vec<File> {
    let ways = [Together::Months, Together::Quarters, Together::All];
    let made = ways.map(|way| Published::of(months, way));
    // The finest way in which all that is shared can be shown, or else what can be of the coarsest.
    let whole = made.iter().find(|made| made.people.is_some() && made.calls.is_some());
    let published = whole.unwrap_or(&made[2]);
    let mut files = Vec::new();
    if let Some(people) = &published.people {
        files.push(File {
            name: "texted-by-area-and-month.csv",
            bytes: table("area", &people.areas),
        });
        files.push(File {
            name: "texted-by-outcome-and-month.csv",
            bytes: table("outcome", &people.outcomes),
        });
        files.push(File {
            name: "replies-by-outcome.csv",
            bytes: table("outcome", &people.replies),
        });
    }
    if let Some(calls) = &published.calls {
        files.push(File {
            name: "calls-by-month.csv",
            bytes: table("what became of them", &calls.became),
        });
        files.push(File { name: "calls-kept-out-by-rule.csv", bytes: list("rule", &calls.rules) });
    }
    let note = note(months, published).into_bytes();
    files.push(File { name: "README.txt", bytes: note });
    files
}

/// What may be shown of each set of people; `None` where a total that tables share would be hidden.
struct Published {
    people: Option<People>,
    calls: Option<Called>,
}

struct People {
    areas: Table<String, String>,
    outcomes: Table<String, String>,
    replies: Table<String, String>,
}

struct Called {
    became: Table<String, String>,
    rules: List<String>,
}

impl Published {
    fn of(months: &[Report], way: Together) -> Self {
        let spans = spans(months, way);
        Self { people: People::of(months, &spans), calls: Called::of(months, &spans) }
    }
}

impl People {
    fn of(months: &[Report], spans: &[String]) -> Option<Self> {
        let (few, fewer) = (Threshold::area_by_month(), Threshold::ordinary());
        let by_area = |month: &Report| -> Vec<(String, u64)> {
            let areas = month.total.areas.iter();
            areas.map(|(name, group)| (area(name).to_owned(), group.texted)).collect()
        };
        let by_outcome = |month: &Report| -> Vec<(String, u64)> {
            let outcomes = month.total.outcomes.iter();
            outcomes.map(|(name, group)| (spoken(name.as_str()), group.texted)).collect()
        };
        let areas = Names::of(months.iter().flat_map(by_area), few, "Other areas");
        let outcomes = Names::of(months.iter().flat_map(by_outcome), fewer, "Other outcomes");
        let mut replies = Counts::of(outcomes.shown(), in_order(&REPLIES));
        let mut told = Counts::of(outcomes.shown(), spans.to_vec());
        let mut texted = Counts::of(areas.shown(), spans.to_vec());
        for (month, span) in months.iter().zip(spans) {
            for (name, n) in by_area(month) {
                add(&mut texted, areas.shown_as(&name), span, n);
            }
            for (outcome, group) in &month.total.outcomes {
                let shown = outcomes.shown_as(&spoken(outcome.as_str()));
                add(&mut told, shown.clone(), span, group.texted);
                for (reply, n) in in_order(&REPLIES).iter().zip(answers(group)) {
                    add(&mut replies, shown.clone(), reply, n);
                }
            }
        }
        let people = Self {
            areas: texted.publish(few),
            outcomes: told.publish(fewer),
            replies: replies.publish(fewer),
        };
        people.is_whole().then_some(people)
    }

    /// Whether everything that two of the tables share is shown in both.
    fn is_whole(&self) -> bool {
        let Self { areas, outcomes, replies } = self;
        let months = areas.column_totals.iter().chain(&outcomes.column_totals);
        let told = outcomes.rows.iter().chain(&replies.rows).map(|row| &row.total);
        let all = [areas.total, outcomes.total, replies.total];
        months.chain(told).chain(&all).all(is_shown)
    }
}

impl Called {
    fn of(months: &[Report], spans: &[String]) -> Option<Self> {
        let threshold = Threshold::ordinary();
        let mut became = Counts::of(in_order(&BECAME), spans.to_vec());
        let mut rules: BTreeMap<String, u64> = BTreeMap::new();
        for (month, span) in months.iter().zip(spans) {
            let Calls { all, closed, never, held, eligible, .. } = month.logs.calls;
            for (what, n) in
                in_order(&BECAME).into_iter().zip([all - closed, never + held, eligible])
            {
                add(&mut became, what, span, n);
            }
            for (rule, held) in month.logs.holds.iter().filter(|(_, held)| held.first > 0) {
                *rules.entry(super::html::capital(rule.words())).or_default() += held.first;
            }
        }
        let called =
            Self { became: became.publish(threshold), rules: List::publish(&rules, threshold) };
        called.is_whole().then_some(called)
    }

    fn is_whole(&self) -> bool {
        let Self { became, rules } = self;
        let shared = became.rows.iter().map(|row| &row.total).chain(&became.column_totals);
        shared.chain([&became.total, &rules.total]).all(is_shown)
    }
}

fn is_shown(cell: &Cell) -> bool {
    cell.count().is_some()
}

fn add(counts: &mut Counts<String, String>, row: String, column: &str, n: u64) {
    for _ in 0..n {
        counts.add(row.clone(), column.to_owned());
    }
}

/// How the people of a group answered, in the order of [`REPLIES`]: each counts once.
fn answers(group: &Group) -> [u64; 4] {
    let replied: u64 = group.sentiments.values().sum();
    let satisfied = group.satisfied();
    [group.texted - replied, replied - satisfied.of, satisfied.of - satisfied.part, satisfied.part]
}

/// The names of rows, those with few people put together under one.
struct Names {
    shown_as: BTreeMap<String, String>,
}

impl Names {
    /// Puts the smallest together until no row has fewer people than the threshold.
    fn of(counted: impl Iterator<Item = (String, u64)>, threshold: Threshold, other: &str) -> Self {
        let mut all: BTreeMap<String, u64> = BTreeMap::new();
        for (name, n) in counted.filter(|(_, n)| *n > 0) {
            *all.entry(name).or_default() += n;
        }
        let mut by_size: Vec<_> = all.iter().map(|(name, n)| (*n, name)).collect();
        by_size.sort_unstable();
        let mut together = 0;
        let mut names = Vec::new();
        for (n, name) in by_size {
            let needed = (1..threshold.get()).contains(&together);
            if n < threshold.get() || needed {
                together += n;
                names.push(name.clone());
            }
        }
        // One alone is not "others".
        let alone = names.len() < 2;
        let shown_as = |name: &String| {
            if alone || !names.contains(name) { name.clone() } else { other.to_owned() }
        };
        Self { shown_as: all.keys().map(|name| (name.clone(), shown_as(name))).collect() }
    }

    fn shown(&self) -> Vec<String> {
        self.shown_as.values().cloned().collect()
    }

    fn shown_as(&self, name: &str) -> String {
        self.shown_as.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }
}

/// What each month is shown as: its name, or that of those it is put together with.
fn spans(months: &[Report], way: Together) -> Vec<String> {
    let key = |report: &Report| {
        let day = report.period.from;
        match way {
            Together::Months => (day.year(), day.month()),
            Together::Quarters => (day.year(), (day.month() - 1) / 3),
            Together::All => (0, 0),
        }
    };
    let name = |day: Date| day.strftime("%Y-%m").to_string();
    let shown = |report: &Report| {
        let mut same = months.iter().filter(|other| key(other) == key(report));
        let first = same.next().map(|first| name(first.period.from)).unwrap_or_default();
        match same.next_back() {
            Some(last) => format!("{first} to {}", name(last.period.from)),
            None => first,
        }
    };
    months.iter().map(shown).collect()
}

/// Names that are to stand in this order, which is not that of the alphabet.
fn in_order<const N: usize>(names: &[&str; N]) -> Vec<String> {
    names.iter().enumerate().map(|(n, name)| format!("{}. {name}", n + 1)).collect()
}

fn table(head: &str, table: &Table<String, String>) -> Vec<u8> {
    let mut first = vec![head.to_owned()];
    first.extend(table.columns.iter().cloned());
    first.push("all".to_owned());
    let mut rows = vec![first];
    for row in &table.rows {
        let mut cells = vec![row.label.clone()];
        cells.extend(row.cells.iter().chain([&row.total]).map(Cell::to_string));
        rows.push(cells);
    }
    let mut last = vec!["all".to_owned()];
    last.extend(table.column_totals.iter().chain([&table.total]).map(Cell::to_string));
    rows.push(last);
    csv::write(&rows)
}

fn list(head: &str, list: &List<String>) -> Vec<u8> {
    let mut rows = vec![vec![head.to_owned(), "all".to_owned()]];
    rows.extend(list.cells.iter().map(|(name, cell)| vec![name.clone(), cell.to_string()]));
    rows.push(vec!["all".to_owned(), list.total.to_string()]);
    csv::write(&rows)
}

/// How the tables were made, for whoever reads them.
fn note(months: &[Report], published: &Published) -> String {
    let (few, fewer) = (Threshold::area_by_month().get() - 1, Threshold::ordinary().get() - 1);
    let days = months.first().zip(months.last());
    let days = days.map(|(first, last)| super::html::period(first.period.from, last.period.to));
    let made = months.last().map(|last| moment(last.made_at)).unwrap_or_default();
    let of_table = |table: &Table<String, String>| {
        let rows = table.rows.iter().flat_map(|row| row.cells.iter().chain([&row.total]));
        rows.chain(&table.column_totals)
            .chain([&table.total])
            .filter(|cell| !is_shown(cell))
            .count()
    };
    let hidden = |n: usize| match n {
        0 => "nothing is hidden".to_owned(),
        n => format!("{} hidden", plural(n as u64, "count is", "counts are")),
    };
    let mut note = format!(
        "Texts to callers about non-crime reports, {}\n\
         Counted afresh on {made} from the records then kept.\n",
        days.unwrap_or_else(|| "no days".to_owned())
    );
    if let Some(People { areas, outcomes, replies }) = &published.people {
        note += &format!(
            "\nPEOPLE WHO WERE TEXTED, each once for each incident, by the month in which the text was planned\n\
             texted-by-area-and-month.csv     by area of the incident: {}\n\
             texted-by-outcome-and-month.csv  by what they were told: {}\n\
             replies-by-outcome.csv           by what they were told and their latest reply: {}\n",
            hidden(of_table(areas)),
            hidden(of_table(outcomes)),
            hidden(of_table(replies)),
        );
        let cost = months
            .iter()
            .map(|month| month.total.cost)
            .fold(domain::budget::Money::ZERO, |a, b| a + b);
        let parts: u64 = months.iter().map(|month| month.total.segments).sum();
        note += &format!(
            "All texts together, with what was said to those who replied, were {} parts and cost {}.\n",
            count(parts),
            pounds(cost)
        );
    } else {
        note += "\nOf the people who were texted nothing can be published: there were too few.\n";
    }
    if let Some(Called { became, rules }) = &published.calls {
        note += &format!(
            "\nCALLS, by the month in which the log was opened\n\
             calls-by-month.csv               by what became of them: {}\n\
             calls-kept-out-by-rule.csv       those kept out, each with the first rule that did so: {}\n",
            hidden(of_table(became)),
            hidden(rules.cells.values().filter(|cell| !is_shown(cell)).count()),
        );
    } else {
        note += "\nOf the calls nothing can be published: there were too few of one kind.\n";
    }
    note += &format!(
        "\nWHAT IS HIDDEN, AND WHY\n\
         {HIDDEN} is a count of at least 1 that is not shown. A count from 1 to {fewer} might be somebody whom a\n\
         reader knows, and in the table by area and month one from 1 to {few}. Hiding those alone would\n\
         not do, because totals are shown and could be subtracted; so some larger counts are hidden too,\n\
         until nobody can work out a hidden count from all these tables together. The sign is the same for\n\
         all of them. A 0 is a 0: nobody is in it.\n\
         Outcomes and areas with few people are put together as others, and months are put together where\n\
         the total of one would have to be hidden: all tables have the same months.\n\
         There is no table of replies by month, because with the others it could give hidden counts away.\n\
         \n\
         HOW TO READ THEM\n\
         Satisfied are those with a score of 4 or 5, of those who gave one. People choose whether to\n\
         reply, and those who do may differ from those who do not. A share of few people is worth little:\n\
         give the numbers with it.\n\
         A call counts once for each log. People and calls are two different counts, and a log of a month's\n\
         last evening is told of in the next, so the two do not add up to each other.\n\
         No reply is published in its own words, and no time or place but the month and the area.\n"
    );
    note
}

#[cfg(test)]
mod tests {
    use domain::figures::Period;
    use jiff::civil::date;
    use testkit::reports::drawn;

    use super::*;

    /// The reports of so many months from January, each of so many calls.
    fn months(calls: &[u64]) -> Vec<Report> {
        let report = |(n, calls): (usize, &u64)| {
            let from = date(2026, i8::try_from(n).unwrap() + 1, 1);
            let period = Period { from, to: from.last_of_month() };
            drawn(7 + n as u64, *calls, period, "2026-12-01T05:00:00Z".parse().unwrap())
        };
        calls.iter().enumerate().map(report).collect()
    }

    fn text(files: &[File], name: &str) -> String {
        let file = files.iter().find(|file| file.name == name).unwrap();
        String::from_utf8(file.bytes.clone()).unwrap().replace(['\u{feff}', '\r', '"'], "")
    }

    #[test]
    fn four_months_are_published_as_counts_with_small_ones_hidden() {
        let files = files(&months(&[700, 650, 720, 690]));
        let names: Vec<_> = files.iter().map(|file| file.name).collect();
        assert_eq!(names.len(), 6, "{names:?}");
        insta::assert_snapshot!(text(&files, "texted-by-area-and-month.csv"));
        insta::assert_snapshot!(text(&files, "replies-by-outcome.csv"));
        insta::assert_snapshot!(text(&files, "calls-by-month.csv"));
        insta::assert_snapshot!(text(&files, "README.txt"));
    }

    #[test]
    fn months_of_few_are_put_together_and_too_few_are_not_published() {
        let head = |calls: &[u64]| {
            let files = files(&months(calls));
            let text = text(&files, "texted-by-outcome-and-month.csv");
            text.lines().next().unwrap().to_owned()
        };
        assert_eq!(head(&[300, 300]), "outcome,2026-01,2026-02,all");
        assert_eq!(head(&[300, 4, 300, 300]), "outcome,2026-01 to 2026-03,2026-04,all");
        assert_eq!(head(&[300, 300, 300, 5]), "outcome,2026-01 to 2026-04,all");
        for few in [&[3][..], &[]] {
            let files = files(&months(few));
            let names: Vec<_> = files.iter().map(|file| file.name).collect();
            if !few.is_empty() {
                assert_eq!(names, ["README.txt"], "{few:?}");
            }
            assert!(text(&files, "README.txt").contains("HOW TO READ"));
        }
    }
}
