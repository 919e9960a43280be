//! Somebody who has every published file, can do every sum, and wants to know a hidden count.
//!
//! They know what [`super`] says: hidden counts are 1 or more, rows and columns add up, and the
//! tables of a chain agree on what they share. What can be deduced from that is, for each hidden count,
//! the least and the most that goes with all of it: two linear programmes over all files at once,
//! solved by the simplex method (Dantzig 1947, with Bland's rule against going round in circles). This
//! shares no line with the code that hides.

use std::collections::BTreeMap;

use csv::ReaderBuilder;
use domain::disclosure::HIDDEN;
use domain::figures::{Period, Report};
use domain::incident::Outcome;
use domain::score::Score;
use domain::sentiment::Sentiment;
use jiff::civil::date;
use proptest::collection::vec;
use proptest::prelude::*;

use super::{File, files};

/// A count: file, row and column.
type Place = (String, String, String);

/// All that the files say.
#[derive(Default)]
struct Known {
    shown: BTreeMap<Place, u64>,
    hidden: Vec<Place>,
    /// What sums to nothing: counts to add, and counts to take away.
    sums: Vec<(Vec<Place>, Vec<Place>)>,
}

impl Known {
    fn of(published: &[File]) -> Self {
        let mut known = Self::default();
        for file in published.iter().filter(|file| file.name.ends_with(".csv")) {
            known.read(file.name, &file.bytes);
        }
        known.agree("texted-by-area-and-month.csv", "texted-by-outcome-and-month.csv", true);
        known.agree("texted-by-outcome-and-month.csv", "replies-by-outcome.csv", false);
        let kept_out = place("calls-by-month.csv", "2. kept out by a rule", "all");
        let by_rule = place("calls-kept-out-by-rule.csv", "all", "all");
        known.same(kept_out, by_rule);
        known
    }

    fn read(&mut self, name: &str, bytes: &[u8]) {
        let mut reader = ReaderBuilder::new().has_headers(false).from_reader(&bytes[3..]);
        let rows: Vec<Vec<String>> =
            reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
        let (head, rows) = rows.split_first().unwrap();
        for row in rows {
            for (column, cell) in head.iter().zip(row).skip(1) {
                let place = place(name, &row[0], column);
                if cell == HIDDEN {
                    self.hidden.push(place);
                } else {
                    self.shown.insert(place, cell.parse().unwrap());
                }
            }
        }
        let inner = |labels: &mut dyn Iterator<Item = &String>| -> Vec<String> {
            labels.filter(|label| *label != "all").cloned().collect()
        };
        let columns = inner(&mut head.iter().skip(1));
        let labels = inner(&mut rows.iter().map(|row| &row[0]));
        if !columns.is_empty() {
            for row in labels.iter().chain([&"all".to_owned()]) {
                let cells = columns.iter().map(|column| place(name, row, column)).collect();
                self.sums.push((cells, vec![place(name, row, "all")]));
            }
        }
        for column in columns.iter().chain([&"all".to_owned()]) {
            let cells = labels.iter().map(|row| place(name, row, column)).collect();
            self.sums.push((cells, vec![place(name, "all", column)]));
        }
    }

    /// Two tables share their columns, or their rows, and so their totals.
    fn agree(&mut self, first: &str, second: &str, columns: bool) {
        let places: Vec<Place> = self.shown.keys().chain(&self.hidden).cloned().collect();
        for (file, row, column) in places {
            if file == first && (if columns { &row } else { &column }) == "all" {
                self.same((file, row.clone(), column.clone()), place(second, &row, &column));
            }
        }
    }

    fn same(&mut self, one: Place, other: Place) {
        let are_there = [&one, &other]
            .iter()
            .all(|place| self.shown.contains_key(*place) || self.hidden.contains(place));
        if are_there {
            self.sums.push((vec![one], vec![other]));
        }
    }

    /// The least and the most of every hidden count; the most may have no end.
    fn deduced(&self) -> BTreeMap<Place, (f64, f64)> {
        let at: BTreeMap<&Place, usize> =
            self.hidden.iter().enumerate().map(|(n, place)| (place, n)).collect();
        let mut programme = Programme::default();
        for (plus, minus) in &self.sums {
            let mut row = vec![0.0; at.len()];
            let mut rest = 0.0;
            let signed = plus.iter().map(|p| (p, 1.0)).chain(minus.iter().map(|p| (p, -1.0)));
            for (place, sign) in signed {
                match at.get(place) {
                    // A hidden count is 1 and something that is not less than nothing.
                    Some(n) => {
                        row[*n] += sign;
                        rest -= sign;
                    }
                    None => rest -= sign * self.shown[place] as f64,
                }
            }
            programme.add(row, rest);
        }
        let start = programme.start();
        let bound = |n: usize, sign: f64| {
            let mut aim = vec![0.0; at.len()];
            aim[n] = sign;
            start.clone().maximise(&aim).map_or(f64::INFINITY, |most| 1.0 + most * sign)
        };
        at.iter().map(|(place, n)| ((*place).clone(), (bound(*n, -1.0), bound(*n, 1.0)))).collect()
    }
}

fn place(file: &str, row: &str, column: &str) -> Place {
    (file.to_owned(), row.to_owned(), column.to_owned())
}

/// Nothing smaller is a number here.
const TINY: f64 = 1e-7;

/// A linear programme: rows that equal a right side, over variables that are not below nothing.
#[derive(Clone, Default)]
struct Programme {
    /// Each row with its right side at its end.
    rows: Vec<Vec<f64>>,
    basis: Vec<usize>,
    variables: usize,
}

impl Programme {
    fn add(&mut self, mut row: Vec<f64>, rest: f64) {
        self.variables = row.len();
        row.push(rest);
        if rest < 0.0 {
            row.iter_mut().for_each(|cell| *cell = -*cell);
        }
        self.rows.push(row);
    }

    /// A point at which all rows hold: one more variable for each row, all driven to nothing.
    fn start(mut self) -> Self {
        let (n, m) = (self.variables, self.rows.len());
        for (at, row) in self.rows.iter_mut().enumerate() {
            let rest = row.pop().unwrap();
            row.extend((0..m).map(|other| if other == at { 1.0 } else { 0.0 }));
            row.push(rest);
        }
        self.basis = (n..n + m).collect();
        let mut aim = vec![0.0; n];
        aim.resize(n + m, -1.0);
        let found = self.maximise(&aim).unwrap();
        assert!(found > -1e-5, "the files contradict each other: {found}");
        for at in 0..m {
            if self.basis[at] >= n
                && let Some(column) = (0..n).find(|column| self.rows[at][*column].abs() > 1e-6)
            {
                self.pivot(at, column);
            }
        }
        self
    }

    /// The most of an aim; `None` without end. Only as many variables as the aim has may enter.
    fn maximise(&mut self, aim: &[f64]) -> Option<f64> {
        let of = |variable: usize| aim.get(variable).copied().unwrap_or_default();
        loop {
            let gain = |column: usize| {
                let lost = self.rows.iter().zip(&self.basis).map(|(row, b)| of(*b) * row[column]);
                of(column) - lost.sum::<f64>()
            };
            let Some(enters) = (0..aim.len()).find(|column| gain(*column) > TINY) else { break };
            let ratios = self.rows.iter().enumerate().filter(|(_, row)| row[enters] > TINY);
            let leaves =
                ratios.map(|(at, row)| (row[row.len() - 1] / row[enters], at)).reduce(|a, b| {
                    let nearer = b.0 < a.0 - TINY;
                    let same = (b.0 - a.0).abs() <= TINY && self.basis[b.1] < self.basis[a.1];
                    if nearer || same { b } else { a }
                });
            self.pivot(leaves?.1, enters);
        }
        let value = self.rows.iter().zip(&self.basis).map(|(row, b)| of(*b) * row[row.len() - 1]);
        Some(value.sum())
    }

    fn pivot(&mut self, at: usize, column: usize) {
        let by = self.rows[at][column];
        self.rows[at].iter_mut().for_each(|cell| *cell /= by);
        let pivot = self.rows[at].clone();
        for (other, row) in self.rows.iter_mut().enumerate() {
            let times = row[column];
            if other != at && times.abs() > 0.0 {
                row.iter_mut().zip(&pivot).for_each(|(cell, pivot)| *cell -= times * pivot);
            }
        }
        self.basis[at] = column;
    }
}

/// People who were texted in one month: area, outcome, and how they replied, by number.
type Person = (usize, usize, usize);

/// Reports of months made of such people; calls are kept out by as many rules as there are areas.
fn reports(months: &[Vec<Person>]) -> Vec<Report> {
    let made_at = "2026-12-01T05:00:00Z".parse().unwrap();
    let report = |(n, people): (usize, &Vec<Person>)| {
        let from = date(2026, i8::try_from(n).unwrap() + 1, 1);
        let period = Period { from, to: from.last_of_month() };
        let mut report = Report::fold([], [], period, made_at);
        for &(area, outcome, reply) in people {
            let outcome = Outcome::parse(&format!("outcome-{outcome}")).unwrap();
            for group in [
                report.total.areas.entry(format!("Area {area}")).or_default(),
                report.total.outcomes.entry(outcome).or_default(),
            ] {
                group.texted += 1;
                if reply > 0 {
                    *group.sentiments.entry(Sentiment::Neutral).or_default() += 1;
                }
                if reply > 1 {
                    let score = Score::new(if reply == 2 { 2 } else { 5 }).unwrap();
                    *group.scores.entry(score).or_default() += 1;
                }
            }
            let calls = &mut report.logs.calls;
            calls.all += 2;
            calls.closed += 2 - u64::from(reply == 2);
            calls.never += 1;
            calls.eligible += 1 - u64::from(reply == 2);
            let rule = domain::eligibility::RULES[area].id;
            report.logs.holds.entry(rule).or_default().first += 1;
        }
        report
    };
    months.iter().enumerate().map(report).collect()
}

/// Whoever knows no more than this range knows neither the count nor that it is a small one.
fn tells_nothing(place: &Place, range: (f64, f64)) -> Result<(), TestCaseError> {
    let (least, most) = range;
    prop_assert!(most - least > 0.5, "{place:?} is {least}");
    let threshold = if place.0.contains("area") { 10.0 } else { 5.0 };
    prop_assert!(most > threshold - 0.5, "{place:?} is from {least} to {most}, so it is small");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whoever_has_all_files_and_does_every_sum_learns_no_hidden_count(
        months in vec(vec((0..5_usize, 0..4_usize, 0..4_usize), 0..90), 1..5),
        skew in 0..4_usize,
    ) {
        // Some areas and outcomes are rare, as they are.
        let rare = |n: usize| n.saturating_sub(skew);
        let months: Vec<Vec<Person>> = months
            .into_iter()
            .map(|people| people.into_iter().map(|(a, o, r)| (rare(a), rare(o), r)).collect())
            .collect();
        let published = files(&reports(&months));
        for (place, range) in Known::of(&published).deduced() {
            tells_nothing(&place, range)?;
        }
    }
}

#[test]
fn the_attacker_finds_what_is_only_hidden_by_itself() {
    let file = |name, text: &str| File { name, bytes: format!("\u{feff}{text}").into_bytes() };
    let lone = file("a.csv", "x,m,n,all\na,[c],20,23\nb,9,11,20\nall,12,31,43\n");
    let found = Known::of(&[lone]).deduced();
    assert_eq!(found.values().copied().collect::<Vec<_>>(), [(3.0, 3.0)]);

    // Each of the two is safe, and both together are not: one hides a total that the other shows.
    let area = "area,m,n,all\na,[c],[c],30\nb,20,30,50\nall,[c],[c],80\n";
    let outcome = "outcome,m,n,all\nx,23,57,80\nall,23,57,80\n";
    let area = file("texted-by-area-and-month.csv", area);
    let apart = Known::of(std::slice::from_ref(&area)).deduced();
    assert!(apart.values().all(|(least, most)| most - least > 5.0), "{apart:?}");
    let outcome = file("texted-by-outcome-and-month.csv", outcome);
    let together = Known::of(&[area, outcome]).deduced();
    assert!(together.values().all(|(least, most)| (most - least).abs() < 1e-6), "{together:?}");
}
