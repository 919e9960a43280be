//! How far a figure can be trusted: an interval beside every proportion, mean, rate and difference.
//!
//! A share of seven answers is not a share of seven hundred, and a figure without an interval hides
//! which it is. Everything here is worked out from counts; nothing is drawn at random, so a report
//! that is made again says the same.
//!
//! | figure | method |
//! |---|---|
//! | a proportion | Wilson's score interval (1927) |
//! | the mean of scores 1 to 5 | Student's, with the spread of two imagined answers, see [`mean_score`] |
//! | a rate of events, where one person may have several | the score interval of a Poisson rate, widened by how much people differ, see [`PerPerson::rate`] |
//! | a difference of two proportions or rates | squares added (Newcombe 1998, method 10; Zou and Donner 2008) |
//!
//! None of them is ever of width nothing: that nobody rang in a month of ten people does not show
//! that nobody will.

use std::collections::BTreeMap;
use std::f64::consts::{FRAC_PI_2, PI};

use crate::score::Score;

/// How often an interval may miss the truth, both sides together.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Level(f64);

impl Level {
    /// Misses one time in twenty: an interval of 95 %.
    pub const ORDINARY: Self = Self(0.05);

    /// Accepts a chance of missing from one in a million to one in two.
    pub fn missing(chance: f64) -> Option<Self> {
        (1e-6..=0.5).contains(&chance).then_some(Self(chance))
    }

    /// How often it may miss, from 0 to 1.
    pub fn chance(self) -> f64 {
        self.0
    }

    /// How many standard errors a normal estimate lies from the truth at the most: 1.96 at 95 %.
    fn normal(self) -> f64 {
        solve(0.0, 8.0, |z| 2.0 * (1.0 - normal_below(z)) < self.0)
    }

    /// The same where the spread was measured too, on `freedom` degrees of freedom.
    fn student(self, freedom: u64) -> f64 {
        let n = freedom as f64;
        if freedom > 200 {
            // The quantile of the normal and its first two corrections (Abramowitz and Stegun
            // 26.7.5): exact to eight digits here, and quicker than the sum.
            let z = self.normal();
            return z
                + (z.powi(3) + z) / (4.0 * n)
                + (5.0 * z.powi(5) + 16.0 * z.powi(3) + 3.0 * z) / (96.0 * n * n);
        }
        let angle = solve(0.0, FRAC_PI_2, |angle| 1.0 - student_within(angle, freedom) < self.0);
        angle.tan() * n.sqrt()
    }
}

/// A figure and how far off it may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure itself.
    pub value: f64,
    /// The least that the facts allow.
    pub low: f64,
    /// The most that the facts allow.
    pub high: f64,
}

impl Estimate {
    /// Whether the interval leaves out zero: of a difference, whether it can be told from none.
    pub fn excludes_zero(&self) -> bool {
        self.low > 0.0 || self.high < 0.0
    }
}

/// Wilson's interval of a proportion at 95 %, both ends from 0 to 1. Of nothing nothing is known:
/// it is then 0 to 1. More successes than there were tries count as all of them.
///
/// The simpler interval of the normal approximation says 100 % to 100 % of seven out of seven.
pub fn wilson(successes: u64, n: u64) -> (f64, f64) {
    wilson_at(Level::ORDINARY, successes, n)
}

fn wilson_at(level: Level, successes: u64, n: u64) -> (f64, f64) {
    if n == 0 {
        return (0.0, 1.0);
    }
    let (p, n) = (successes.min(n) as f64 / n as f64, n as f64);
    let z = level.normal();
    let middle = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + z * z / n;
    // At either end the formula is exact, and only the arithmetic is not.
    (((middle - half) / whole).clamp(0.0, p), ((middle + half) / whole).clamp(p, 1.0))
}

/// The difference of two proportions, the first less the second, at 95 %; each is successes and
/// tries. `None` where either had no try.
///
/// Newcombe's method 10 (Statistics in Medicine 17, 1998): each proportion's own distance from the
/// end of its Wilson interval, squared and added. It stays within -1 and 1 and keeps its promise
/// for small counts, where the normal approximation does not.
pub fn proportion_difference(first: (u64, u64), second: (u64, u64)) -> Option<Estimate> {
    let estimate = |(successes, n): (u64, u64)| {
        let (low, high) = wilson(successes, n);
        (n > 0).then(|| Estimate { value: successes.min(n) as f64 / n as f64, low, high })
    };
    Some(difference(estimate(first)?, estimate(second)?))
}

/// The mean of scores, given as how many people gave each, at 95 % and within 1 to 5. `None` for
/// fewer than two: one answer has no spread.
///
/// Student's interval of a mean, with the spread measured as if two more people had answered, one
/// with the lowest score and one with the highest, as Agresti and Coull did for proportions.
/// Without them, seven fives would say that the mean is 5.00 to 5.00, and the first four could not
/// have been foreseen. Of many answers two more change nothing.
pub fn mean_score(counts: &BTreeMap<Score, u64>) -> Option<Estimate> {
    let (worst, best) = (1.0, 5.0);
    let n: u64 = counts.values().sum();
    if n < 2 {
        return None;
    }
    let scores = || counts.iter().map(|(score, &n)| (f64::from(score.get()), n as f64));
    let mean = scores().map(|(score, n)| score * n).sum::<f64>() / n as f64;
    let off = |score: f64| (score - mean).powi(2);
    let squares = scores().map(|(score, n)| off(score) * n).sum::<f64>() + off(worst) + off(best);
    let error = (squares / (n + 1) as f64 / n as f64).sqrt();
    let half = Level::ORDINARY.student(n - 1) * error;
    Some(Estimate { value: mean, low: (mean - half).max(worst), high: (mean + half).min(best) })
}

/// How many events each of a number of people had, summed up: enough for their rate and its
/// interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PerPerson {
    /// How many people.
    pub people: u64,
    /// How many events they had in all.
    pub events: u64,
    /// The sum of each person's events, squared.
    pub squares: u64,
}

impl PerPerson {
    /// Adds one person, who had so many events.
    pub fn add(&mut self, events: u64) {
        self.people += 1;
        self.events += events;
        self.squares += events * events;
    }

    /// Events per 1,000 people, from 0 up; `None` for fewer than two people.
    ///
    /// A few people ring very often, so calls are scattered more widely than chance alone would
    /// scatter them, and an interval that counts each as a fact of its own is too narrow. How much
    /// more is measured by person (the variance over the mean, and never less than the 1 of pure
    /// chance), and widens the score interval of a Poisson rate. That interval is good for rare
    /// events, too: of none among `n` people it reaches to 3.84 ⁄ n, where the exact one reaches to
    /// 3.69 ⁄ n.
    pub fn rate(&self, level: Level) -> Option<Estimate> {
        if self.people < 2 {
            return None;
        }
        let (n, events) = (self.people as f64, self.events as f64);
        let mean = events / n;
        let variance = (self.squares as f64 - events * mean) / (n - 1.0);
        let scatter = if self.events == 0 { 1.0 } else { (variance / mean).max(1.0) };
        let widest = level.student(self.people - 1).powi(2) * scatter / n;
        let half = (widest * mean + widest * widest / 4.0).sqrt();
        let (low, high) = (mean + widest / 2.0 - half, mean + widest / 2.0 + half);
        let value = 1000.0 * mean;
        Some(Estimate { value, low: (1000.0 * low).clamp(0.0, value), high: 1000.0 * high })
    }
}

/// The difference of two rates per 1,000 people, the first less the second; `None` where either has
/// fewer than two people. See [`PerPerson::rate`] for what each is made of.
pub fn rate_difference(level: Level, first: &PerPerson, second: &PerPerson) -> Option<Estimate> {
    Some(difference(first.rate(level)?, second.rate(level)?))
}

/// The difference of two independent estimates, each with its own interval: the distances to the
/// ends that pull the same way, squared and added.
fn difference(first: Estimate, second: Estimate) -> Estimate {
    let value = first.value - second.value;
    let down = (first.value - first.low).hypot(second.high - second.value);
    let up = (first.high - first.value).hypot(second.value - second.low);
    Estimate { value, low: value - down, high: value + up }
}

/// Where a question whose answer turns from no to yes between two bounds first says yes.
fn solve(mut no: f64, mut yes: f64, is_yes: impl Fn(f64) -> bool) -> f64 {
    // Sixty-four halvings use up the digits of a float.
    for _ in 0..64 {
        let middle = f64::midpoint(no, yes);
        if is_yes(middle) {
            yes = middle;
        } else {
            no = middle;
        }
    }
    yes
}

/// The chance that a normal deviate is below `z`, for `z` from 0 to 8 (Marsaglia 2004, a series
/// whose terms are all positive, so nothing cancels).
fn normal_below(z: f64) -> f64 {
    let (mut sum, mut term, mut odd) = (z, z, 1.0);
    while term > sum * f64::EPSILON {
        odd += 2.0;
        term *= z * z / odd;
        sum += term;
    }
    0.5 + sum * (-z * z / 2.0).exp() / (2.0 * PI).sqrt()
}

/// The chance that Student's t lies between -t and t, where `angle` is the arc tangent of t over
/// the root of the degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4: finite sums).
fn student_within(angle: f64, freedom: u64) -> f64 {
    let (sine, cosine) = angle.sin_cos();
    let odd = freedom % 2 == 1;
    let mut term = if odd { cosine } else { 1.0 };
    let mut sum = 0.0;
    let mut k = if odd { 3 } else { 2 };
    while k <= freedom {
        sum += term;
        term *= cosine * cosine * (k - 1) as f64 / k as f64;
        k += 2;
    }
    match (odd, freedom) {
        (true, 1) => angle / FRAC_PI_2,
        (true, _) => (angle + sine * sum) / FRAC_PI_2,
        (false, _) => sine * sum,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Compares to as many decimals as a table of vectors gives.
    fn close(found: (f64, f64), expected: (f64, f64), off: f64) {
        let near = (found.0 - expected.0).abs() <= off && (found.1 - expected.1).abs() <= off;
        assert!(near, "{found:?} is not {expected:?}");
    }

    #[test]
    fn the_quantiles_are_those_of_the_tables() {
        let level = |chance| Level::missing(chance).unwrap();
        let off = |found: f64, table: f64| assert!((found - table).abs() < 5e-4, "{found} {table}");
        off(level(0.05).normal(), 1.959_964);
        off(level(0.01).normal(), 2.575_829);
        off(level(0.001).normal(), 3.290_527);
        // Student's t, two-sided.
        for (freedom, table) in
            [(1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (10, 2.2281), (30, 2.0423)]
        {
            off(level(0.05).student(freedom), table);
        }
        off(level(0.01).student(5), 4.0321);
        off(level(0.05).student(200), 1.9719);
        off(level(0.05).student(201), 1.9718);
        off(level(0.05).student(1000), 1.9623);
        assert_eq!(Level::missing(0.0), None);
        assert_eq!(Level::missing(0.6), None);
    }

    #[test]
    fn wilsons_interval_is_that_of_the_vectors() {
        let check = |successes, n, low, high| close(wilson(successes, n), (low, high), 5e-4);
        check(8, 10, 0.490, 0.943);
        check(45, 50, 0.786, 0.957);
        check(320, 400, 0.758, 0.836);
        check(0, 7, 0.0, 0.354);
        check(7, 7, 0.646, 1.0);
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert_eq!(wilson(9, 7), wilson(7, 7));
    }

    #[test]
    fn a_difference_of_proportions_is_newcombes() {
        // Table II of Newcombe 1998, method 10.
        let check = |first, second, low, high| {
            let found = proportion_difference(first, second).unwrap();
            close((found.low, found.high), (low, high), 5e-5);
        };
        check((56, 70), (48, 80), 0.0524, 0.3339);
        check((9, 10), (3, 10), 0.1705, 0.8090);
        check((6, 7), (2, 7), 0.0582, 0.8062);
        check((5, 56), (0, 29), -0.0381, 0.1926);
        check((0, 10), (0, 20), -0.1611, 0.2775);
        check((0, 10), (0, 10), -0.2775, 0.2775);
        check((10, 10), (0, 20), 0.6791, 1.0);
        check((10, 10), (0, 10), 0.6075, 1.0);
        assert_eq!(proportion_difference((0, 0), (1, 2)), None);
        assert_eq!(proportion_difference((1, 2), (0, 0)), None);
    }

    fn scores(given: [u64; 5]) -> BTreeMap<Score, u64> {
        (1..=5).filter_map(Score::new).zip(given).collect()
    }

    #[test]
    fn a_mean_of_scores_needs_two_and_is_never_certain() {
        assert_eq!(mean_score(&scores([0; 5])), None);
        assert_eq!(mean_score(&scores([0, 0, 0, 0, 1])), None);
        let fives = mean_score(&scores([0, 0, 0, 0, 7])).unwrap();
        assert_eq!((fives.value, fives.high), (5.0, 5.0));
        close((fives.low, 0.0), (3.692, 0.0), 5e-4);
        let threes = mean_score(&scores([0, 0, 5, 0, 0])).unwrap();
        assert!(threes.low < 2.0 && threes.high > 4.0, "{threes:?}");
        // Of four hundred, the plain formula: 4.1 ± 1.966 × 1.1 ⁄ 20.
        let many = mean_score(&scores([20, 20, 40, 140, 180])).unwrap();
        close((many.low, many.high), (3.990, 4.210), 5e-3);
    }

    #[test]
    fn of_no_events_among_n_people_the_rate_may_be_near_four_over_n() {
        let mut nobody = PerPerson::default();
        assert_eq!(nobody.rate(Level::ORDINARY), None);
        for _ in 0..4000 {
            nobody.add(0);
        }
        let rate = nobody.rate(Level::ORDINARY).unwrap();
        assert_eq!((rate.value, rate.low), (0.0, 0.0));
        close((rate.high, 0.0), (0.961, 0.0), 5e-3);
        let none = rate_difference(Level::ORDINARY, &nobody, &nobody).unwrap();
        assert!(!none.excludes_zero());
        assert!(none.high > 0.9 && none.low < -0.9, "{none:?}");
    }

    #[test]
    fn the_same_calls_by_fewer_people_are_less_certain() {
        let people = |often: u64, each: u64| {
            let mut people = PerPerson::default();
            for person in 0..1000 {
                people.add(if person < often { each } else { 0 });
            }
            people.rate(Level::ORDINARY).unwrap()
        };
        let (many, few) = (people(200, 1), people(10, 20));
        assert_eq!((many.value, few.value), (200.0, 200.0));
        assert!(few.high - few.low > 3.0 * (many.high - many.low), "{few:?} {many:?}");
    }

    fn per_person() -> impl Strategy<Value = PerPerson> {
        let people =
            proptest::collection::vec(prop_oneof![4 => Just(0_u64), 1 => 0_u64..40], 2..80);
        people.prop_map(|people| {
            let mut sum = PerPerson::default();
            people.into_iter().for_each(|events| sum.add(events));
            sum
        })
    }

    /// The same people, so many times over.
    fn times(people: PerPerson, by: u64) -> PerPerson {
        let PerPerson { people, events, squares } = people;
        PerPerson { people: people * by, events: events * by, squares: squares * by }
    }

    fn holds(estimate: &Estimate) -> bool {
        estimate.low <= estimate.value && estimate.value <= estimate.high
    }

    fn width(estimate: &Estimate) -> f64 {
        estimate.high - estimate.low
    }

    proptest! {
        #[test]
        fn a_proportion_is_held_within_bounds_mirrored_and_narrowed(
            n in 1_u64..5000, part in 0.0..=1.0_f64,
        ) {
            let successes = (0..=n).rev().find(|s| *s as f64 <= part * n as f64).unwrap_or_default();
            let (low, high) = wilson(successes, n);
            let p = successes as f64 / n as f64;
            prop_assert!(0.0 <= low && low <= p && p <= high && high <= 1.0 && low < high);
            close(wilson(n - successes, n), (1.0 - high, 1.0 - low), 1e-12);
            let (lower, higher) = wilson(4 * successes, 4 * n);
            prop_assert!(higher - lower < high - low);
        }

        #[test]
        fn a_difference_of_proportions_is_held_bounded_turned_about_and_narrowed(
            (n, m) in (1_u64..500, 1_u64..500), (a, b) in (0_u64..500, 0_u64..500),
        ) {
            let (first, second) = ((a.min(n), n), (b.min(m), m));
            let found = proportion_difference(first, second).unwrap();
            prop_assert!(holds(&found) && -1.0 - 1e-12 <= found.low && found.high <= 1.0 + 1e-12);
            let turned = proportion_difference(second, first).unwrap();
            close((-turned.high, -turned.low), (found.low, found.high), 1e-12);
            let more = |(successes, n)| (4 * successes, 4 * n);
            let narrow = proportion_difference(more(first), more(second)).unwrap();
            prop_assert!(width(&narrow) < width(&found));
        }

        #[test]
        fn a_mean_is_held_within_the_scale_mirrored_and_narrowed(
            given in proptest::array::uniform5(0_u64..40),
        ) {
            prop_assume!(given.iter().sum::<u64>() >= 2);
            let found = mean_score(&scores(given)).unwrap();
            prop_assert!(holds(&found) && 1.0 <= found.low && found.high <= 5.0);
            prop_assert!(found.low < found.high);
            let mut turned = given;
            turned.reverse();
            let turned = mean_score(&scores(turned)).unwrap();
            close((6.0 - turned.high, 6.0 - turned.low), (found.low, found.high), 1e-9);
            let more = mean_score(&scores(given.map(|n| 4 * n))).unwrap();
            prop_assert!(width(&more) < width(&found));
        }

        #[test]
        fn a_rate_is_held_never_negative_and_narrowed_and_a_difference_turns_about(
            (first, second) in (per_person(), per_person()),
        ) {
            let level = Level::ORDINARY;
            let rate = first.rate(level).unwrap();
            prop_assert!(holds(&rate) && 0.0 <= rate.low && rate.low < rate.high);
            prop_assert!(width(&times(first, 4).rate(level).unwrap()) < width(&rate));
            let found = rate_difference(level, &first, &second).unwrap();
            prop_assert!(holds(&found));
            let turned = rate_difference(level, &second, &first).unwrap();
            close((-turned.high, -turned.low), (found.low, found.high), 1e-9);
            let sure = rate_difference(Level::missing(0.001).unwrap(), &first, &second).unwrap();
            prop_assert!(sure.low < found.low && found.high < sure.high);
        }
    }

    /// How often the interval of a mean holds the true mean, of every sample that could be drawn.
    ///
    /// Exact: each way that `n` people can answer is weighed by its chance, so nothing is
    /// simulated.
    #[test]
    fn a_mean_of_scores_holds_the_truth_as_often_as_it_says() {
        let check = |chances: [f64; 5], n: u64, least: f64| {
            let truth: f64 = (1..).map(f64::from).zip(chances).map(|(s, p)| s * p).sum();
            let held = ways(n, &chances).into_iter().filter(|(given, _)| {
                mean_score(&scores(*given)).is_some_and(|e| e.low <= truth && truth <= e.high)
            });
            let held: f64 = held.map(|(_, chance)| chance).sum();
            assert!(held >= least, "{n} people, {chances:?}: {held}");
        };
        for n in [5, 10, 20] {
            check([0.05, 0.05, 0.10, 0.35, 0.45], n, 0.93);
            check([0.20; 5], n, 0.93);
            check([0.02, 0.02, 0.02, 0.14, 0.80], n, 0.90);
            check([0.50, 0.0, 0.0, 0.0, 0.50], n, 0.93);
        }
    }

    fn ways(n: u64, chances: &[f64; 5]) -> Vec<([u64; 5], f64)> {
        let mut ways = vec![([0; 5], 1.0, n)];
        for (score, chance) in chances.iter().enumerate() {
            let mut next = Vec::new();
            for (given, weight, left) in ways {
                let mut weight = weight;
                for take in 0..=left {
                    if take > 0 {
                        weight *= chance * (left + 1 - take) as f64 / take as f64;
                    }
                    let mut given = given;
                    given[score] = take;
                    next.push((given, weight, left - take));
                }
            }
            ways = next;
        }
        ways.into_iter().filter(|(_, _, left)| *left == 0).map(|(g, w, _)| (g, w)).collect()
    }
}
