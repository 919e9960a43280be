//! The pages of a report: one for people, one for spreadsheets, one for programs.
//!
//! The report's three tell the same figures, and only figures: none of them sees a telephone number, a
//! name or a reply. This folder counts nothing ([`domain::figures`] does) and stores nothing.
//!
//! * [`alarm`]: the page behind an alarm's link, which alone may hold a reply
//! * [`html`]: what the board and the team read, with the drawings of [`chart`], [`sankey`] and
//!   [`whiskers`]
//! * [`csv`]: everything in one table, and the only writer of spreadsheets
//! * [`tables`]: one tidy table for each thing counted
//! * [`json`]: the same with stable field names
//! * [`foi`]: what may be published
//! * [`pack`]: the review after six months, for a board
//! * [`rehearsal`]: what a campaign would have done on old logs, before it runs

use std::collections::BTreeMap;

use domain::figures::{Figures, Report};
use maud::{Markup, PreEscaped, html};

pub mod alarm;
pub mod chart;
pub mod csv;
pub mod foi;
pub mod html;
pub mod json;
pub mod pack;
pub mod rehearsal;
pub mod sankey;
pub mod tables;
pub mod whiskers;

/// A report in every form it is published in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// For people.
    pub html: String,
    /// For spreadsheets.
    pub csv: Vec<u8>,
    /// The same as a table for each thing counted, by name.
    pub tables: BTreeMap<&'static str, Vec<u8>>,
    /// For programs.
    pub json: String,
}

/// Writes a report in every form.
pub fn render(report: &Report) -> Files {
    Files {
        html: html::report(report),
        csv: csv::report(report),
        tables: tables::write(report),
        json: json::report(report),
    }
}

/// The head of every page: for the eyes of whoever was given it, and for no search engine.
fn head(title: &str, css: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="robots" content="noindex";
            title { (title) }
            style { (PreEscaped(css)) }
        }
    }
}

/// How many callers were satisfied, and how sure that is.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Satisfied {
    /// Of a thousand scores, how many were 4 or 5.
    per_mille: u64,
    /// The lower end of the 95% interval, in per cent.
    low: f64,
    /// The upper end, in per cent.
    high: f64,
    /// How many scores there are.
    n: u64,
}

impl Satisfied {
    /// `None` when nobody gave a score.
    fn of(figures: &Figures) -> Option<Self> {
        let n = figures.scored();
        let top = figures.scores.iter().filter(|(score, _)| score.get() >= 4).map(|(_, n)| n).sum();
        let (low, high) = wilson(top, n)?;
        Some(Self {
            per_mille: figures.satisfied_per_mille()?,
            low: low * 100.0,
            high: high * 100.0,
            n,
        })
    }
}

/// Wilson's 95% interval of the share `part` of `whole`; `None` of nothing.
///
/// Unlike the textbook's interval it stays between 0 and 1 and is honest about a handful of
/// answers: seven of seven is "65% to 100%", not "100%".
fn wilson(part: u64, whole: u64) -> Option<(f64, f64)> {
    const Z: f64 = 1.959_964;
    if whole == 0 {
        return None;
    }
    let n = whole as f64;
    let share = part as f64 / n;
    let scale = 1.0 + Z * Z / n;
    let centre = (share + Z * Z / (2.0 * n)) / scale;
    let half = Z * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt() / scale;
    Some(((centre - half).max(0.0), (centre + half).min(1.0)))
}

/// Of a thousand of `whole`, how many are `part`; `None` of nothing.
///
/// Rounded down as [`domain::figures`] does, so that one figure never shows two values.
fn per_mille(part: u64, whole: u64) -> Option<u64> {
    (part * 1000).checked_div(whole)
}

/// Per mille as per cent with one decimal, such as `28.7`.
fn percent(per_mille: u64) -> String {
    format!("{}.{}", per_mille / 10, per_mille % 10)
}

/// Hundredths as a number with two decimals, such as `4.12`.
fn hundredths(n: u64) -> String {
    format!("{}.{:02}", n / 100, n % 100)
}

#[cfg(test)]
mod tests {
    use domain::score::Score;

    use super::*;

    #[test]
    fn wilson_agrees_with_the_published_vectors() {
        let check = |part, whole, low: f64, high: f64| {
            let (found_low, found_high) = wilson(part, whole).unwrap();
            assert!((found_low - low).abs() < 0.0006, "{part} of {whole}: {found_low}");
            assert!((found_high - high).abs() < 0.0006, "{part} of {whole}: {found_high}");
        };
        check(8, 10, 0.490, 0.943);
        check(45, 50, 0.786, 0.957);
        check(320, 400, 0.758, 0.836);
        check(0, 7, 0.0, 0.354);
        check(7, 7, 0.646, 1.0);
        assert_eq!(wilson(0, 0), None);
    }

    #[test]
    fn satisfied_is_a_four_or_a_five() {
        let mut figures = Figures::default();
        assert_eq!(Satisfied::of(&figures), None);
        for (score, n) in [(1, 2), (3, 3), (4, 25), (5, 20)] {
            figures.scores.insert(Score::new(score).unwrap(), n);
        }
        let satisfied = Satisfied::of(&figures).unwrap();
        assert_eq!((satisfied.per_mille, satisfied.n), (900, 50));
        assert_eq!(format!("{:.1} {:.1}", satisfied.low, satisfied.high), "78.6 95.7");
    }

    #[test]
    fn parts_of_wholes_print_with_their_decimals() {
        assert_eq!(percent(287), "28.7");
        assert_eq!(percent(7), "0.7");
        assert_eq!(percent(1000), "100.0");
        assert_eq!(hundredths(405), "4.05");
        assert_eq!(per_mille(1, 0), None);
    }
}
