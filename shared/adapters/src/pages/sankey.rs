//! A stream that narrows: what became of many, step by step, with every branch as wide as it counts.
//!
//! `charts-rs` has such a drawing, and it was tried first: it writes names across the streams, and moves
//! branches to where they are short rather than to where one looks for them. Here the stream runs
//! along the top, and whoever leaves it falls below: the later, the higher. So no stream crosses
//! another, each branch has a strip of the drawing to itself, and no two names can meet.
//!
//! Colours are classes, for the page to set: see `html.css`.

use maud::{Markup, html};

use super::chart::Words;

/// A step that the stream reaches, and who left it on the way there.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// What it is called.
    pub name: &'static str,
    /// How many reach it.
    pub n: u64,
    /// Something to say beneath its number, how long it took for instance.
    pub note: Option<String>,
    /// Who left between the step before and this one, with their number.
    pub left: Vec<(&'static str, u64)>,
}

/// How wide it is drawn. Below this a page shows something else: letters shrink with a drawing.
const WIDTH: f64 = 980.0;
/// The room for the name of a branch, right of the last step.
const NAMES: f64 = 130.0;
/// The room above the stream for the names of its steps.
const HEAD: f64 = 78.0;
/// How high all of them together are.
const ALL: f64 = 250.0;
/// How wide a step's bar is.
const BAR: f64 = 9.0;
/// The least height of a branch's strip: two lines of words.
const STRIP: f64 = 38.0;

/// Where something is drawn, from its top to its bottom.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Span {
    top: f64,
    height: f64,
}

impl Span {
    fn middle(self) -> f64 {
        self.top + self.height / 2.0
    }
}

/// A branch as it is drawn.
#[derive(Debug, Clone, PartialEq)]
struct Branch {
    name: &'static str,
    n: u64,
    /// Which step it left before.
    step: usize,
    /// Where it leaves the stream.
    from: Span,
    /// Where it ends.
    to: Span,
    /// The strip that is its own.
    strip: Span,
}

/// Draws steps; nothing where nobody reached the first.
pub fn draw(words: Words<'_>, steps: &[Step], count: impl Fn(u64) -> String) -> Markup {
    let Some(all) = steps.first().map(|step| step.n).filter(|n| *n > 0) else { return html! {} };
    let (branches, height) = layout(steps, all);
    let scale = ALL / all as f64;
    let x = |step: usize| across(step, steps.len());
    html! {
        svg.flow role="img" aria-labelledby="flow-title flow-said"
            viewBox={ "0 0 " (WIDTH) " " (round(height)) } {
            title #flow-title { (words.title) }
            desc #flow-said { (words.description) }
            @for branch in &branches {
                path.branch d=(ribbon(x(branch.step - 1) + BAR, branch.from, x(branch.step), branch.to)) {}
                rect.end x=(round(x(branch.step))) y=(round(branch.to.top)) width=(BAR)
                    height=(round(branch.to.height.max(1.0))) {}
            }
            @for (at, step) in steps.iter().enumerate() {
                @let height = step.n as f64 * scale;
                @if at > 0 && step.n > 0 {
                    rect.stream x=(round(x(at - 1) + BAR)) y=(HEAD) height=(round(height))
                        width=(round(x(at) - x(at - 1) - BAR)) {}
                }
                rect.step x=(round(x(at))) y=(HEAD) width=(BAR) height=(round(height.max(1.0))) {}
                text.name x=(round(x(at))) y="18" { (step.name) }
                text.number x=(round(x(at))) y="43" { (count(step.n)) }
                @if let Some(note) = &step.note {
                    text.note x=(round(x(at))) y="62" { (note) }
                }
            }
            @for branch in &branches {
                @let (left, middle) = (x(branch.step) + BAR + 7.0, branch.strip.middle());
                text.gone x=(round(left)) y=(round(middle - 2.0)) { (branch.name) }
                text.gone-number x=(round(left)) y=(round(middle + 15.0)) { (count(branch.n)) }
            }
        }
    }
}

/// Where every branch goes, and how high it all is. A branch of nobody is not drawn.
fn layout(steps: &[Step], all: u64) -> (Vec<Branch>, f64) {
    let scale = ALL / all as f64;
    let mut branches = Vec::new();
    // Below the end of the stream, the last to leave it come first.
    let mut next = HEAD + steps.last().map_or(0.0, |step| step.n as f64 * scale) + 8.0;
    for (at, step) in steps.iter().enumerate().rev() {
        let mut leaves = HEAD + step.n as f64 * scale;
        for &(name, n) in step.left.iter().filter(|(_, n)| *n > 0) {
            let height = n as f64 * scale;
            let strip = Span { top: next, height: height.max(STRIP) };
            let to = Span { top: strip.middle() - height / 2.0, height };
            let from = Span { top: leaves, height };
            branches.push(Branch { name, n, step: at, from, to, strip });
            leaves += height;
            next += strip.height + 4.0;
        }
    }
    (branches, next)
}

/// Where a step stands.
fn across(step: usize, steps: usize) -> f64 {
    let gaps = steps.saturating_sub(1).max(1) as f64;
    step as f64 * (WIDTH - NAMES - BAR) / gaps
}

/// A band from one place to another, its edges flat at both ends.
fn ribbon(x0: f64, from: Span, x1: f64, to: Span) -> String {
    let (x0, x1, middle) = (round(x0), round(x1), round(f64::midpoint(x0, x1)));
    let (a, b) = (round(from.top), round(from.top + from.height));
    let (c, d) = (round(to.top), round(to.top + to.height));
    format!("M{x0} {a}C{middle} {a} {middle} {c} {x1} {c}V{d}C{middle} {d} {middle} {b} {x0} {b}Z")
}

/// To a tenth: nobody sees more, and the page is shorter.
fn round(n: f64) -> f64 {
    (n * 10.0).round() / 10.0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Steps from how many leave before each; so many are left at the end.
    fn steps(left: &[Vec<u64>], end: u64) -> Vec<Step> {
        let mut n = end + left.iter().flatten().sum::<u64>();
        let step = |left: &Vec<u64>| {
            n -= left.iter().sum::<u64>();
            let left = left.iter().map(|n| ("left", *n)).collect();
            Step { name: "step", n, note: None, left }
        };
        left.iter().map(step).collect()
    }

    proptest! {
        #[test]
        fn every_branch_has_a_strip_of_its_own_below_the_stream(
            mut left in proptest::collection::vec(proptest::collection::vec(0..5_000_u64, 0..5), 2..8),
            end in 0..5_000_u64,
        ) {
            left[0].clear();
            let steps = steps(&left, end);
            let all = steps[0].n;
            prop_assume!(all > 0);
            let (branches, height) = layout(&steps, all);
            let drawn: u64 = branches.iter().map(|branch| branch.n).sum();
            prop_assert_eq!(drawn + end, all, "everybody is drawn");
            let scale = ALL / all as f64;
            let mut free = HEAD;
            for branch in &branches {
                prop_assert!(branch.strip.top >= free - 1e-6, "two strips meet");
                free = branch.strip.top + branch.strip.height;
                prop_assert!(branch.strip.height >= STRIP && free <= height);
                // What still flows there lies above; so do all that leave later.
                let stream = HEAD + steps[branch.step].n as f64 * scale;
                prop_assert!(branch.strip.top >= stream - 1e-6 && branch.from.top >= stream - 1e-6);
                prop_assert!((branch.to.height - branch.n as f64 * scale).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn nobody_is_not_drawn_and_a_lone_caller_is() {
        let words = Words { title: "a", description: "b" };
        let page = |steps: &[Step]| draw(words, steps, |n| n.to_string()).into_string();
        assert_eq!(page(&[]), "");
        assert_eq!(page(&steps(&[vec![], vec![]], 0)), "");
        let one = page(&steps(&[vec![], vec![1]], 0));
        assert!(one.contains("<svg") && !one.contains("NaN") && !one.contains("inf"), "{one}");
    }
}
