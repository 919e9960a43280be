//! Tables that may leave the force: small counts hidden so that nobody can work them out again.
//!
//! A count of two in a street and a month may be somebody a neighbour knows. No statute names a
//! number; the customary rule hides counts from 1 to 4, and from 1 to 9 where a table goes by area
//! and month. Hiding them alone is worthless while the totals beside them are shown, for whoever
//! subtracts has them back. So more is hidden until a reader who knows these rules and does every
//! sum cannot tell
//!
//! * of any hidden count, which number it is, or that it is a small one; and
//! * of a small one, to within less than the threshold.
//!
//! The table is a network in which counts flow (`Net`): from the grand total through each row
//! total, cell and column total back to it, and what comes into a row or a column goes out of it.
//! What a reader can believe is then exactly what can flow, hidden counts being 1 or more and shown
//! ones fixed, and the least and most of a hidden count are two maximal flows, in whole numbers.
//! That is not an estimate: it is all that can be deduced from one table. Which further counts to
//! hide is a shortest path, which is quick and never too little, and sometimes a little more than
//! needed.
//!
//! **One sign for every hidden count.** `<5` would tell the small ones from those hidden for their
//! sake, and so help with the sums; all are [`HIDDEN`].
//!
//! **Zeros are shown.** No person is in such a cell, many cannot be otherwise (a month before a
//! campaign began), and a reader who takes a zero for hidden would believe somebody to be there.
//! The sums are done for a reader who knows this, so a hidden count is at least 1, and zeros hide
//! nobody. Only where the whole table is of fewer people than the threshold, or nothing less would
//! do, is everything withheld, zeros too: they would show where the few are.
//!
//! What this does not do:
//! * **Tables that overlap** (the same people by area and by outcome; this month's days and last
//!   week's) are each safe by themselves, but may be subtracted from each other. Publish one table
//!   of a set of facts, and periods that do not overlap.
//! * **A cell that is its whole row** says that everybody there was the same: all eight of a
//!   village gave a 1. No threshold helps; somebody must look.
//! * **A reader who runs this very code** on every table it might have been can leave out some.
//!   What they gain is not measured here.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};
use std::fmt;

/// The sign of a hidden count: "confidential", in the shorthand that the Government Analysis Function
/// asks of public tables (2022), letters in square brackets being what screen readers can read.
pub const HIDDEN: &str = "[c]";

/// The least count above zero that may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Threshold(u64);

impl Threshold {
    /// For tables in general: counts from 1 to 4 are hidden.
    pub const fn ordinary() -> Self {
        Self(5)
    }

    /// For tables by area and month, which come near to single calls: 1 to 9 are hidden.
    pub const fn area_by_month() -> Self {
        Self(10)
    }

    /// Accepts 2 and more: with 1 nothing would be hidden.
    pub const fn at_least(count: u64) -> Option<Self> {
        if count >= 2 { Some(Self(count)) } else { None }
    }

    /// The least count above zero that may be shown.
    pub const fn get(self) -> u64 {
        self.0
    }

    fn is_small(self, count: u64) -> bool {
        (1..self.0).contains(&count)
    }
}

/// A count as it is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell {
    /// Shown.
    Count(u64),
    /// Hidden: because it is small, or so that a small one cannot be worked out. Nothing tells
    /// which.
    Suppressed,
}

impl Cell {
    /// A count that stands by itself, in no table and beside no total.
    pub fn alone(count: u64, threshold: Threshold) -> Self {
        if threshold.is_small(count) { Self::Suppressed } else { Self::Count(count) }
    }

    /// The count, where it is shown.
    pub fn count(self) -> Option<u64> {
        match self {
            Self::Count(count) => Some(count),
            Self::Suppressed => None,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(count) => count.fmt(f),
            Self::Suppressed => f.write_str(HIDDEN),
        }
    }
}

/// The two counts that a rate or a percentage may be worked out of, part and whole; `None` where it
/// may not be shown.
///
/// A rate beside a shown whole gives the part away, and beside a shown part the whole; and 96 % of
/// 50 tells of the two who are not among them. So a rate is shown only where the part, the rest and
/// the whole all are, and where the first two make up the third: other cells are not of this rate.
/// There is none of nothing.
pub fn rate_of(part: Cell, rest: Cell, whole: Cell) -> Option<(u64, u64)> {
    let (part, rest, whole) = (part.count()?, rest.count()?, whole.count()?);
    (whole > 0 && part.checked_add(rest) == Some(whole)).then_some((part, whole))
}

/// A list with its total, as it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List<K> {
    /// The counts, in the order of their names.
    pub cells: BTreeMap<K, Cell>,
    /// Their total.
    pub total: Cell,
}

impl<K: Ord + Clone> List<K> {
    /// Publishes counts by name, with their total.
    pub fn publish(counts: &BTreeMap<K, u64>, threshold: Threshold) -> Self {
        let given: Vec<u64> = counts.values().copied().collect();
        let net = Net::of_list(&given);
        let mut cells = net.publish(threshold).into_iter();
        let total = cells.next().unwrap_or(Cell::Suppressed);
        Self { cells: counts.keys().cloned().zip(cells).collect(), total }
    }
}

/// Counts by two things, made afresh from facts one by one.
///
/// There is no way to make one out of a table that exists or to take rows away: people have been
/// exposed by spreadsheets that still held what was filtered out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counts<R, C> {
    rows: BTreeSet<R>,
    columns: BTreeSet<C>,
    counts: BTreeMap<(R, C), u64>,
}

impl<R: Ord + Clone, C: Ord + Clone> Counts<R, C> {
    /// No counts yet. Rows and columns named here are in the table though nobody be counted in
    /// them.
    pub fn of(rows: impl IntoIterator<Item = R>, columns: impl IntoIterator<Item = C>) -> Self {
        let (rows, columns) = (rows.into_iter().collect(), columns.into_iter().collect());
        Self { rows, columns, counts: BTreeMap::new() }
    }

    /// Counts one.
    pub fn add(&mut self, row: R, column: C) {
        self.rows.insert(row.clone());
        self.columns.insert(column.clone());
        *self.counts.entry((row, column)).or_default() += 1;
    }

    /// The table as it may be published, with all its totals.
    pub fn publish(&self, threshold: Threshold) -> Table<R, C> {
        let count = |row: &R, column: &C| {
            self.counts.get(&(row.clone(), column.clone())).copied().unwrap_or_default()
        };
        let row = |row: &R| self.columns.iter().map(|column| count(row, column)).collect();
        let counts: Vec<Vec<u64>> = self.rows.iter().map(row).collect();
        let net = Net::of_table(&counts, self.columns.len());
        let mut cells = net.publish(threshold).into_iter();
        let total = cells.next().unwrap_or(Cell::Suppressed);
        let column_totals = cells.by_ref().take(self.columns.len()).collect();
        let rows = self.rows.iter().map(|label| Row {
            label: label.clone(),
            total: cells.next().unwrap_or(Cell::Suppressed),
            cells: cells.by_ref().take(self.columns.len()).collect(),
        });
        let rows = rows.collect();
        Table { columns: self.columns.iter().cloned().collect(), rows, column_totals, total }
    }
}

/// A table with its totals, as it is published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<R, C> {
    /// What the columns are of, in order.
    pub columns: Vec<C>,
    /// The rows, in order.
    pub rows: Vec<Row<R>>,
    /// The totals of the columns.
    pub column_totals: Vec<Cell>,
    /// The total of all.
    pub total: Cell,
}

/// A row of a [`Table`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<R> {
    /// What it is of.
    pub label: R,
    /// Its counts, one for each column.
    pub cells: Vec<Cell>,
    /// Its total.
    pub total: Cell,
}

/// What it costs to hide a count that is not small, beside a point for each of its people up to as
/// many again: few counts are hidden rather than many, and small ones rather than large.
const EACH: u64 = 100;
/// The same for the total of a row or a column: it is worth more to a reader than its cells.
const TOTAL: u64 = 1 << 24;
/// The same for the grand total, without which nothing is shown.
const GRAND: u64 = 1 << 48;

/// The place of the grand total among the counts of a [`Net`]: the first.
const ALL: usize = 0;

/// A count, as the way from one sum to another.
#[derive(Debug, Clone, Copy)]
struct Count {
    from: usize,
    to: usize,
    count: u64,
    cost: u64,
}

/// A table as a network. Each node is a sum: what comes in is what goes out. Each count is a way
/// between two, and the grand total closes the circle.
struct Net {
    counts: Vec<Count>,
    /// The counts that begin or end at each node.
    at: Vec<Vec<usize>>,
}

/// Which way a count is moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Up,
    Down,
}

/// A step of a path: a count, and whether it goes up or down by what flows.
type Step = (usize, Way);

impl Net {
    /// A list: its total, then its counts.
    fn of_list(counts: &[u64]) -> Self {
        let mut net = Self { counts: Vec::new(), at: vec![Vec::new(); 2] };
        net.push(1, 0, counts.iter().sum(), GRAND);
        for &count in counts {
            net.push(0, 1, count, EACH);
        }
        net
    }

    /// A table: its grand total, its column totals, then each row's total and counts.
    fn of_table(counts: &[Vec<u64>], columns: usize) -> Self {
        let (all_columns, all_rows) = (0, 1);
        let (column_at, row_at) = (|column| 2 + column, |row| 2 + columns + row);
        let nodes = 2 + columns + counts.len();
        let mut net = Self { counts: Vec::new(), at: vec![Vec::new(); nodes] };
        net.push(all_columns, all_rows, counts.iter().flatten().sum(), GRAND);
        for column in 0..columns {
            let total = counts.iter().filter_map(|row| row.get(column)).sum();
            net.push(column_at(column), all_columns, total, TOTAL);
        }
        for (row, counts) in counts.iter().enumerate() {
            net.push(all_rows, row_at(row), counts.iter().sum(), TOTAL);
            for (column, &count) in counts.iter().enumerate() {
                net.push(row_at(row), column_at(column), count, EACH);
            }
        }
        net
    }

    fn push(&mut self, from: usize, to: usize, count: u64, cost: u64) {
        let place = self.counts.len();
        self.counts.push(Count { from, to, count, cost: cost + count.min(cost) });
        for node in [from, to] {
            self.at[node].push(place);
        }
    }

    /// Every count as it may be shown, in the order they were put in.
    fn publish(&self, threshold: Threshold) -> Vec<Cell> {
        let hidden = self.hide(threshold);
        // Without the grand total, zeros would show where the few are.
        let withheld = hidden[ALL];
        let show = |(count, hidden): (&Count, bool)| {
            if withheld || hidden { Cell::Suppressed } else { Cell::Count(count.count) }
        };
        self.counts.iter().zip(hidden).map(show).collect()
    }

    /// Which counts to hide: the small ones, and whatever else must be for a reader to be able to
    /// believe of each small one as many numbers as the threshold, from its own downwards as far as
    /// that goes and upwards for the rest. As hidden counts are at least 1, so many numbers reach
    /// to the threshold or above.
    ///
    /// More hiding never narrows what may be believed, so each small count need be seen to once.
    /// Those hidden for its sake cannot be told either: where a path first needs one, all sums come
    /// out right with it moved.
    fn hide(&self, threshold: Threshold) -> Vec<bool> {
        let mut hidden: Vec<bool> =
            self.counts.iter().map(|count| threshold.is_small(count.count)).collect();
        // The smallest must be moved furthest: what is hidden for them serves the others.
        let mut small: Vec<usize> = (0..hidden.len()).filter(|place| hidden[*place]).collect();
        small.sort_by_key(|place| self.counts[*place].count);
        for place in small {
            let width = threshold.0 - 1;
            let down = self.reach(&mut hidden, place, Way::Down, width, Hiding::NoMore);
            // Where no count will do, the totals are hidden, and at last the grand total.
            self.reach(&mut hidden, place, Way::Up, width - down, Hiding::More);
        }
        hidden
    }

    /// How far a count can be moved while every sum comes out right, up to `want`: the maximal flow
    /// from its one end to its other through the counts that are hidden. With [`Hiding::More`]
    /// counts are hidden as they are needed.
    fn reach(&self, hidden: &mut [bool], place: usize, way: Way, want: u64, hiding: Hiding) -> u64 {
        let mut believed: Vec<u64> = self.counts.iter().map(|count| count.count).collect();
        let moved = self.counts[place];
        let (from, to, want) = match way {
            Way::Up => (moved.to, moved.from, want),
            Way::Down => (moved.from, moved.to, want.min(moved.count.saturating_sub(1))),
        };
        let mut reached = 0;
        while reached < want {
            let usable = |other: usize| {
                let may = hidden[other] || hiding == Hiding::More && self.counts[other].count > 0;
                (other != place && may)
                    .then(|| if hidden[other] { 0 } else { self.counts[other].cost })
            };
            let Some(path) = self.path(&believed, usable, (from, to), want - reached) else {
                break;
            };
            let narrowest = path.iter().map(|step| room(&believed, *step)).min().unwrap_or(0);
            let flow = narrowest.min(want - reached);
            for (other, way) in path {
                hidden[other] = true;
                match way {
                    Way::Up => believed[other] += flow,
                    Way::Down => believed[other] -= flow,
                }
            }
            reached += flow;
        }
        reached
    }

    /// The cheapest path between two nodes along counts that have room (Dijkstra 1959). A count
    /// without room for all that is wanted costs double, for others will be needed beside it.
    fn path(
        &self,
        believed: &[u64],
        usable: impl Fn(usize) -> Option<u64>,
        (from, to): (usize, usize),
        want: u64,
    ) -> Option<Vec<Step>> {
        let mut cheapest = vec![u64::MAX; self.at.len()];
        let mut came: Vec<Option<(usize, Step)>> = vec![None; self.at.len()];
        let mut waiting = BinaryHeap::from([Reverse((0, from))]);
        cheapest[from] = 0;
        while let Some(Reverse((cost, node))) = waiting.pop() {
            if node == to {
                break;
            }
            if cost > cheapest[node] {
                continue;
            }
            for &place in &self.at[node] {
                let Some(price) = usable(place) else { continue };
                // Along its direction a count grows, against it it shrinks.
                let count = self.counts[place];
                let along = count.from == node;
                let (way, next) = if along { (Way::Up, count.to) } else { (Way::Down, count.from) };
                let room = room(believed, (place, way));
                let cost = cost + if room < want { 2 * price } else { price };
                if room > 0 && cost < cheapest[next] {
                    cheapest[next] = cost;
                    came[next] = Some((node, (place, way)));
                    waiting.push(Reverse((cost, next)));
                }
            }
        }
        let mut path = Vec::new();
        let mut node = to;
        while node != from {
            let (before, step) = came[node]?;
            path.push(step);
            node = before;
        }
        Some(path)
    }
}

/// Whether more may be hidden on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Hiding {
    More,
    NoMore,
}

/// How far a count can still be moved: up without end, and down to 1, the least of a hidden one.
fn room(believed: &[u64], (place, way): Step) -> u64 {
    match way {
        Way::Up => u64::MAX,
        Way::Down => believed[place].saturating_sub(1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    fn table(counts: &[&[u64]]) -> Counts<usize, usize> {
        let counts: Vec<Vec<u64>> = counts.iter().map(|row| row.to_vec()).collect();
        counted(&counts)
    }

    fn counted(counts: &[Vec<u64>]) -> Counts<usize, usize> {
        let mut table = Counts::of(0..counts.len(), 0..counts.first().map_or(0, Vec::len));
        for (row, counts) in counts.iter().enumerate() {
            for (column, &count) in counts.iter().enumerate() {
                (0..count).for_each(|_| table.add(row, column));
            }
        }
        table
    }

    fn drawn(table: &Table<usize, usize>) -> String {
        let line = |cells: &[Cell], total: Cell| {
            let cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
            format!("{} | {total}", cells.join(" "))
        };
        let mut lines: Vec<_> = table.rows.iter().map(|row| line(&row.cells, row.total)).collect();
        lines.push(line(&table.column_totals, table.total));
        lines.join("\n")
    }

    fn check(counts: &[&[u64]], expected: &str) {
        assert_eq!(drawn(&table(counts).publish(Threshold::ordinary())), expected);
    }

    #[test]
    fn what_is_not_small_is_shown_and_so_are_zeros() {
        check(&[&[5, 0], &[70, 8]], "5 0 | 5\n70 8 | 78\n75 8 | 83");
        check(&[&[0, 0], &[0, 0]], "0 0 | 0\n0 0 | 0\n0 0 | 0");
        check(&[], " | 0");
    }

    #[test]
    fn a_small_count_takes_three_others_with_it() {
        check(
            &[&[3, 20, 30], &[15, 40, 50], &[60, 70, 80]],
            "[c] [c] 30 | 53\n[c] [c] 50 | 105\n60 70 80 | 210\n78 130 160 | 368",
        );
    }

    #[test]
    fn a_small_total_is_hidden_with_what_it_is_made_of() {
        let published = table(&[&[2, 1], &[20, 30], &[40, 50]]).publish(Threshold::ordinary());
        assert_eq!(published.rows[0].cells, [Cell::Suppressed; 2]);
        assert_eq!(published.rows[0].total, Cell::Suppressed);
        assert_eq!(published.rows.iter().filter(|row| row.total == Cell::Suppressed).count(), 2);
        assert_eq!(published.total, Cell::Count(143));
    }

    #[test]
    fn a_table_of_too_few_people_shows_nothing_at_all() {
        check(&[&[3, 0], &[0, 1]], "[c] [c] | [c]\n[c] [c] | [c]\n[c] [c] | [c]");
        // Four and one: with the total of five, each would be known to be small.
        check(&[&[4, 1]], "[c] [c] | [c]\n[c] [c] | [c]");
    }

    #[test]
    fn by_area_and_month_more_is_hidden() {
        let counts = table(&[&[9, 20, 31], &[15, 40, 52], &[60, 70, 83]]);
        assert_eq!(counts.publish(Threshold::ordinary()).rows[0].cells[0], Cell::Count(9));
        assert_eq!(counts.publish(Threshold::area_by_month()).rows[0].cells[0], Cell::Suppressed);
        assert_eq!(Threshold::at_least(1), None);
        assert_eq!(Threshold::at_least(10), Some(Threshold::area_by_month()));
    }

    fn list(counts: &[u64]) -> List<usize> {
        let counts = counts.iter().copied().enumerate().collect();
        List::publish(&counts, Threshold::ordinary())
    }

    #[test]
    fn a_list_hides_a_second_count_or_all() {
        let shown = |counts: &[u64]| {
            let list = list(counts);
            let mut cells: Vec<_> = list.cells.values().map(ToString::to_string).collect();
            cells.push(list.total.to_string());
            cells.join(" ")
        };
        assert_eq!(shown(&[9, 12, 0]), "9 12 0 21");
        assert_eq!(shown(&[3, 12, 8, 0]), "[c] 12 [c] 0 23");
        assert_eq!(shown(&[2, 12, 1]), "[c] [c] [c] 15");
        assert_eq!(shown(&[3, 3, 8]), "[c] [c] 8 14");
        assert_eq!(shown(&[4, 0]), "[c] [c] [c]");
        assert_eq!(shown(&[]), "0");
    }

    #[test]
    fn a_rate_needs_its_part_its_rest_and_its_whole() {
        let (count, hidden) = (Cell::Count, Cell::Suppressed);
        assert_eq!(rate_of(count(40), count(10), count(50)), Some((40, 50)));
        assert_eq!(rate_of(count(50), count(0), count(50)), Some((50, 50)));
        assert_eq!(rate_of(hidden, count(10), count(50)), None);
        assert_eq!(rate_of(count(48), hidden, count(50)), None);
        assert_eq!(rate_of(count(40), count(10), hidden), None);
        assert_eq!(rate_of(count(0), count(0), count(0)), None);
        assert_eq!(rate_of(count(40), count(11), count(50)), None, "of another table");
        assert_eq!(rate_of(count(u64::MAX), count(1), count(0)), None);
        let alone = |n| Cell::alone(n, Threshold::ordinary());
        assert_eq!(rate_of(alone(48), alone(2), alone(50)), None);
        assert_eq!([alone(0), alone(1), alone(4), alone(5)], [count(0), hidden, hidden, count(5)]);
    }

    // ------------------------------------------------------------ those who would know

    /// A published table, as a reader has it: each line of it is some cells and their total.
    struct Reader {
        cells: Vec<Cell>,
        /// Cells, and the cell that is their sum.
        sums: Vec<(Vec<usize>, usize)>,
    }

    impl Reader {
        fn of(table: &Table<usize, usize>) -> Self {
            let (rows, columns) = (table.rows.len(), table.columns.len());
            let mut cells = Vec::new();
            for row in &table.rows {
                cells.extend(&row.cells);
                cells.push(row.total);
            }
            cells.extend(&table.column_totals);
            cells.push(table.total);
            let at = |row: usize, column: usize| row * (columns + 1) + column;
            let mut sums = Vec::new();
            for row in 0..=rows {
                sums.push(((0..columns).map(|column| at(row, column)).collect(), at(row, columns)));
            }
            for column in 0..=columns {
                sums.push(((0..rows).map(|row| at(row, column)).collect(), at(rows, column)));
            }
            Self { cells, sums }
        }

        fn hidden(&self) -> Vec<usize> {
            (0..self.cells.len()).filter(|cell| self.cells[*cell] == Cell::Suppressed).collect()
        }

        fn total(&self) -> Option<u64> {
            self.cells.last().copied().and_then(Cell::count)
        }

        /// Everything that each cell may be: every table that agrees with what is shown is written
        /// out.
        fn every_value(&self) -> Vec<BTreeSet<u64>> {
            let most = self.total().unwrap();
            let mut found = vec![BTreeSet::new(); self.cells.len()];
            let mut given: Vec<Option<u64>> = self.cells.iter().map(|cell| cell.count()).collect();
            self.write_out(most, &mut given, &mut found);
            found
        }

        fn write_out(&self, most: u64, given: &mut Vec<Option<u64>>, found: &mut [BTreeSet<u64>]) {
            // What a sum leaves open is filled in, or the table given up.
            let before = given.clone();
            while let Some(sum) = self.sums.iter().find(|(parts, whole)| {
                let open = parts.iter().chain([whole]).filter(|cell| given[**cell].is_none());
                open.count() == 1
            }) {
                let (parts, whole) = sum;
                let known: u64 = parts.iter().filter_map(|part| given[*part]).sum();
                let (cell, value) = match given[*whole] {
                    None => (*whole, Some(known)),
                    Some(whole) => {
                        let part = parts.iter().find(|part| given[**part].is_none()).unwrap();
                        (*part, whole.checked_sub(known))
                    }
                };
                given[cell] = value.filter(|value| (1..=most).contains(value));
                if given[cell].is_none() {
                    *given = before;
                    return;
                }
            }
            let agrees = self.sums.iter().all(|(parts, whole)| {
                let known: u64 = parts.iter().filter_map(|part| given[*part]).sum();
                let open = parts.iter().filter(|part| given[**part].is_none()).count() as u64;
                let sum = given[*whole];
                sum.is_none_or(|sum| known + open <= sum && (open > 0 || known == sum))
            });
            if agrees {
                match given.iter().position(Option::is_none) {
                    None => {
                        for (values, value) in found.iter_mut().zip(given.iter()) {
                            values.extend(*value);
                        }
                    }
                    Some(open) => {
                        for value in 1..=most {
                            given[open] = Some(value);
                            self.write_out(most, given, found);
                        }
                    }
                }
            }
            *given = before;
        }

        /// The least and the most that each cell may be, as far as sums looked at one by one tell.
        fn by_subtraction(&self) -> Vec<(u64, u64)> {
            let most = self.total().unwrap();
            let bounds = |cell: &Cell| cell.count().map_or((1, most), |count| (count, count));
            let mut bounds: Vec<(u64, u64)> = self.cells.iter().map(bounds).collect();
            loop {
                let before = bounds.clone();
                for (parts, whole) in &self.sums {
                    let low: u64 = parts.iter().map(|part| bounds[*part].0).sum();
                    let high: u64 = parts.iter().map(|part| bounds[*part].1).sum();
                    let sum = bounds[*whole];
                    bounds[*whole] = (sum.0.max(low), sum.1.min(high));
                    for part in parts {
                        let (least, most) = bounds[*part];
                        let floor = sum.0.saturating_sub(high - most);
                        bounds[*part] = (least.max(floor), most.min(sum.1 - (low - least)));
                    }
                }
                if bounds == before {
                    return bounds;
                }
            }
        }
    }

    /// The least and most of every count by our own flows.
    fn by_flow(counts: &[Vec<u64>], threshold: Threshold) -> Vec<(u64, u64)> {
        let net = Net::of_table(counts, counts[0].len());
        let mut hidden = net.hide(threshold);
        let mut bounds = Vec::new();
        for place in 0..net.counts.len() {
            let count = net.counts[place].count;
            let mut moved = (0, 0);
            if hidden[place] {
                let mut reach = |way| net.reach(&mut hidden, place, way, 10_000, Hiding::NoMore);
                moved = (reach(Way::Down), reach(Way::Up));
            }
            bounds.push((count - moved.0, count + moved.1));
        }
        bounds
    }

    /// The counts of a table in the order of a [`Reader`].
    fn in_readers_order<T: Copy>(counts: &[T], rows: usize, columns: usize) -> Vec<T> {
        let (total, rest) = counts.split_first().unwrap();
        let (column_totals, rest) = rest.split_at(columns);
        assert_eq!(rest.len(), rows * (columns + 1));
        let mut ordered = Vec::new();
        for row in rest.chunks(columns + 1) {
            ordered.extend(&row[1..]);
            ordered.push(row[0]);
        }
        ordered.extend(column_totals);
        ordered.push(*total);
        ordered
    }

    fn counts(
        rows: std::ops::Range<usize>,
        columns: std::ops::Range<usize>,
        most: u64,
    ) -> impl Strategy<Value = Vec<Vec<u64>>> {
        (rows, columns).prop_flat_map(move |(rows, columns)| vec(vec(0..=most, columns), rows))
    }

    /// Writes out every table that agrees with the published one: no hidden count can be told, none
    /// is known to be small, and a small one is not known to within less than the threshold.
    fn nobody_learns(counts: &[Vec<u64>], threshold: u64) {
        let threshold = Threshold::at_least(threshold).unwrap();
        let (rows, columns) = (counts.len(), counts[0].len());
        let published = counted(counts).publish(threshold);
        let reader = Reader::of(&published);
        if published.total == Cell::Suppressed {
            assert!(reader.cells.iter().all(|cell| *cell == Cell::Suppressed));
            return;
        }
        let net = Net::of_table(counts, columns);
        let truth: Vec<u64> = net.counts.iter().map(|count| count.count).collect();
        let truth = in_readers_order(&truth, rows, columns);
        // The bounds that our own flows find are the very same: they are exact.
        let flows = in_readers_order(&by_flow(counts, threshold), rows, columns);
        for (cell, values) in reader.every_value().into_iter().enumerate() {
            let (truth, &least, &most) =
                (truth[cell], values.first().unwrap(), values.last().unwrap());
            assert_eq!(flows[cell], (least, most), "{counts:?}");
            if let Cell::Count(count) = reader.cells[cell] {
                assert_eq!(count, truth);
                assert!(!threshold.is_small(truth), "{counts:?}");
                continue;
            }
            assert!(truth > 0 && values.contains(&truth), "{counts:?}");
            assert!(values.len() >= 2, "{truth} can be told: {counts:?}");
            assert!(most >= threshold.get(), "{truth} is known to be small: {counts:?}");
            let wide = most - least >= threshold.get() - 1;
            assert!(wide || !threshold.is_small(truth), "{truth} is nearly told: {counts:?}");
        }
    }

    #[test]
    fn whoever_writes_out_every_table_learns_no_count_of_awkward_ones() {
        let check = |counts: &[&[u64]]| {
            let counts: Vec<Vec<u64>> = counts.iter().map(|row| row.to_vec()).collect();
            for threshold in 2..=5 {
                nobody_learns(&counts, threshold);
            }
        };
        // Small counts that hide each other, though only just: the first is 2 or 3.
        check(&[&[2, 2, 3], &[2, 1, 3], &[3, 3, 0]]);
        // A small count on the only way between two blocks.
        check(&[&[3, 4, 0], &[0, 1, 0], &[0, 4, 3]]);
        // Nothing to hide it behind in its row, in its column, in either.
        check(&[&[1, 0, 0], &[6, 5, 4]]);
        check(&[&[1, 6], &[0, 5], &[0, 5]]);
        check(&[&[1, 0], &[0, 9]]);
        check(&[&[4], &[9], &[1]]);
        check(&[&[1, 1, 1], &[1, 1, 1], &[1, 1, 1]]);
    }

    proptest! {
        #[test]
        fn whoever_writes_out_every_table_learns_no_count(
            counts in counts(1..4, 1..4, 5), threshold in 2_u64..6,
        ) {
            prop_assume!(counts.iter().flatten().sum::<u64>() <= 24);
            nobody_learns(&counts, threshold);
        }

        /// Tables as large as are published, against somebody who subtracts until nothing moves.
        #[test]
        fn whoever_subtracts_learns_no_count_of_a_large_table(
            counts in counts(2..16, 2..13, 30), area in any::<bool>(),
        ) {
            let threshold =
                if area { Threshold::area_by_month() } else { Threshold::ordinary() };
            let published = counted(&counts).publish(threshold);
            let reader = Reader::of(&published);
            prop_assume!(published.total != Cell::Suppressed);
            let bounds = reader.by_subtraction();
            for cell in reader.hidden() {
                let (least, most) = bounds[cell];
                prop_assert!(least < most && most >= threshold.get(), "{:?}", counts);
            }
        }

        #[test]
        fn a_list_is_as_safe_as_a_table(counts in vec(0_u64..12, 0..8)) {
            let list = list(&counts);
            let Some(total) = list.total.count() else {
                prop_assert!(list.cells.values().all(|cell| *cell == Cell::Suppressed));
                return Ok(());
            };
            let shown: u64 = list.cells.values().filter_map(|cell| cell.count()).sum();
            let hidden = list.cells.values().filter(|cell| cell.count().is_none()).count() as u64;
            prop_assert_eq!(total, counts.iter().sum::<u64>());
            for (cell, count) in list.cells.values().zip(&counts) {
                prop_assert_eq!(cell.count().unwrap_or(*count), *count);
                prop_assert!(cell.count().is_some() || *count > 0);
            }
            if hidden > 0 {
                // All that is known of the hidden is their sum, and that each is 1 or more.
                let most = total - shown - (hidden - 1);
                prop_assert!(hidden > 1 && most >= 5, "{:?}", list);
            }
        }
    }
}
