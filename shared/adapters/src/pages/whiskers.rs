//! A share as a dot on a line, with how far off it may be: one small drawing for each row of a table.
//!
//! `charts-rs` draws no such thing, and a drawing beside its own numbers needs no axis labels of its
//! own. Places are per cent of the cell, so it is as wide as there is room, with nothing distorted,
//! and prints as it is seen. It is hidden from screen readers: the row says the same in numbers.

use domain::figures::Share;
use maud::{Markup, html};

/// How far to the right a column of drawings reaches, in per cent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    most: f64,
    /// What all together come to, for a line across the rows.
    all: Option<f64>,
}

impl Scale {
    /// The shortest round scale that holds every interval that is drawn.
    pub fn of(shares: impl IntoIterator<Item = Share>, all: Share) -> Self {
        let drawn = shares.into_iter().chain([all]).filter(|share| !share.is_few());
        let most = drawn.filter_map(Share::estimate).map(|e| e.high).fold(0.0, f64::max);
        let round = [0.1, 0.25, 0.5].into_iter().find(|round| most <= *round).unwrap_or(1.0);
        let all = if all.is_few() { None } else { all.estimate().map(|all| all.value) };
        Self { most: round, all }
    }

    /// From nothing to everything.
    pub fn whole() -> Self {
        Self { most: 1.0, all: None }
    }

    /// Its ends, for the head of the column.
    pub fn ends(self) -> Markup {
        html! { span.ends aria-hidden="true" { span { "0" } span { (100.0 * self.most) "%" } } }
    }

    fn at(self, share: f64) -> String {
        format!("{:.2}%", 100.0 * (share / self.most).clamp(0.0, 1.0))
    }
}

/// Draws a share; of too few only the line: a dot would look as if it meant something.
pub fn strip(share: Share, scale: Scale) -> Markup {
    let drawn = if share.is_few() { None } else { share.estimate() };
    html! {
        svg.whisker aria-hidden="true" width="100%" height="20" {
            line.ground x1="0" x2="100%" y1="10" y2="10" {}
            @if let Some(all) = scale.all {
                line.all x1=(scale.at(all)) x2=(scale.at(all)) y1="0" y2="20" {}
            }
            @if let Some(e) = drawn {
                line.reach x1=(scale.at(e.low)) x2=(scale.at(e.high)) y1="10" y2="10" {}
                @for end in [e.low, e.high] {
                    line.reach x1=(scale.at(end)) x2=(scale.at(end)) y1="6" y2="14" {}
                }
                circle cx=(scale.at(e.value)) cy="10" r="4.5" {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_holds_every_interval_that_is_drawn() {
        let share = |part, of| Share { part, of };
        let scale = Scale::of([share(20, 100), share(9, 9)], share(30, 200));
        assert_eq!(scale, Scale { most: 0.5, all: Some(0.15) });
        assert_eq!(Scale::of([], Share::default()), Scale { most: 0.1, all: None });
        assert_eq!(Scale::of([share(99, 100)], Share::default()).most, 1.0);
    }

    #[test]
    fn of_too_few_there_is_a_line_and_no_dot() {
        let drawn = |part, of| strip(Share { part, of }, Scale::whole()).into_string();
        assert!(drawn(5, 10).contains("circle"));
        assert!(drawn(5, 10).contains("cx=\"50.00%\""));
        for few in [drawn(9, 9), drawn(0, 0)] {
            assert!(few.contains("ground") && !few.contains("circle"), "{few}");
        }
    }
}
