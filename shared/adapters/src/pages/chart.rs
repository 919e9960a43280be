//! Drawings of figures, as SVG for a page.
//!
//! `charts-rs` draws them; this file only says what to draw, in which ink, at which size. Its
//! colours are attributes of the SVG, so the drawing alone is right on white paper, and [`css`]
//! lets a page put its own custom properties in their place, for a dark screen for instance.
//!
//! Each drawing comes twice, wide and narrow: text in an SVG shrinks with it, and a wide one cannot
//! be read on a telephone. A page shows one of them.

use charts_rs::{
    BarChart, Box, Color, HorizontalBarChart, LineChart, Series, Symbol, YAxisConfig,
    svg_with_accessibility,
};

/// What a mark stands for; each has one colour everywhere.
///
/// The colours are Okabe and Ito's, told apart by people with any kind of colour vision; lines
/// differ in their dashes too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Words and numbers.
    Text,
    /// The words of an axis.
    Axis,
    /// The lines of a grid.
    Grid,
    /// Planned contacts.
    Planned,
    /// Texted contacts.
    Texted,
    /// Delivered contacts.
    Delivered,
    /// Answered contacts.
    Answered,
}

/// Every ink with the custom property a page may set, and its colour on white paper.
pub const INKS: [(Ink, &str, (u8, u8, u8)); 7] = [
    (Ink::Text, "--text", (0x1b, 0x26, 0x31)),
    (Ink::Axis, "--quiet", (0x4c, 0x5a, 0x67)),
    (Ink::Grid, "--rule", (0xd9, 0xdf, 0xe5)),
    (Ink::Planned, "--planned", (0x7b, 0x87, 0x94)),
    (Ink::Texted, "--texted", (0x00, 0x72, 0xb2)),
    (Ink::Delivered, "--delivered", (0x00, 0x9e, 0x73)),
    (Ink::Answered, "--answered", (0xd5, 0x5e, 0x00)),
];

impl Ink {
    /// The dashes of a line, so that lines differ without their colours.
    fn dashes(self) -> Option<&'static str> {
        match self {
            Self::Planned => Some("2,3"),
            Self::Answered => Some("7,3"),
            Self::Text | Self::Axis | Self::Grid | Self::Texted | Self::Delivered => None,
        }
    }

    fn color(self) -> Color {
        let found = INKS.iter().find(|(ink, ..)| *ink == self);
        found.map_or_else(Color::black, |(.., rgb)| Color::from(*rgb))
    }
}

/// Rules that put a page's custom properties in the place of the drawn colours.
///
/// A rule of a page beats an attribute of an SVG, so the drawing itself needs no change.
pub fn css() -> String {
    let rule = |(ink, property, _): &(Ink, &str, (u8, u8, u8))| {
        let hex = ink.color().hex();
        format!(
            ".chart [fill=\"{hex}\"]{{fill:var({property})}}\
             .chart [stroke=\"{hex}\"]{{stroke:var({property})}}"
        )
    };
    INKS.iter().map(rule).collect()
}

/// What a drawing is called and what it shows, for those who do not see it.
#[derive(Debug, Clone, Copy)]
pub struct Words<'a> {
    /// Its name.
    pub title: &'a str,
    /// What it shows, numbers included.
    pub description: &'a str,
}

/// One drawing in two sizes, as two `<svg>` elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drawing {
    /// For a desk or paper.
    pub wide: String,
    /// For a telephone.
    pub narrow: String,
}

/// One line over time.
#[derive(Debug, Clone)]
pub struct Line<'a> {
    /// What it is called.
    pub name: &'a str,
    /// In which ink.
    pub ink: Ink,
    /// A number for each label.
    pub values: Vec<u64>,
}

/// Draws rows of bars, each with its number; `None` when there is nothing to draw.
pub fn rows(words: Words<'_>, bars: &[(&str, Ink, u64)]) -> Option<Drawing> {
    let scale = Scale::up_to(bars.iter().map(|(.., n)| *n).max()?)?;
    draw(words, |size| {
        // The library draws from the bottom up; a reader begins at the top.
        let mut chart = HorizontalBarChart::new(
            vec![labelled(bars.iter().rev().map(|(_, ink, n)| (*ink, *n)))],
            bars.iter().rev().map(|(name, ..)| (*name).to_owned()).collect(),
        );
        size.fit(&mut chart, 44.0 * bars.len() as f32 + 8.0);
        // The longest bar ends at the edge, and its number stands beyond it. The library measures
        // names in its own font; those of the reader's may be wider.
        chart.margin.right = 66.0;
        chart.margin.left = 22.0;
        chart.x_axis.name_gap = 14.0;
        chart.x_axis.hidden = true;
        chart.grid.stroke_width = 0.0;
        chart.x_axis.stroke_color = Color::transparent();
        chart.x_axis.font.size = 15.0;
        chart.x_axis.font.color = Ink::Text.color();
        scale.apply(&mut chart.y_axis_configs);
        chart.svg()
    })
}

/// Draws columns, each with its number; `None` when there is nothing to draw.
pub fn columns(words: Words<'_>, ink: Ink, bars: &[(&str, u64)]) -> Option<Drawing> {
    let scale = Scale::up_to(bars.iter().map(|(_, n)| *n).max()?)?;
    draw(words, |size| {
        let mut chart = BarChart::new(
            vec![labelled(bars.iter().map(|(_, n)| (ink, *n)))],
            bars.iter().map(|(name, _)| (*name).to_owned()).collect(),
        );
        size.fit(&mut chart, 260.0);
        chart.margin.top = 24.0;
        chart.radius = Some(2.0);
        chart.x_axis.font.size = 15.0;
        scale.apply(&mut chart.y_axis_configs);
        chart.svg()
    })
}

/// Draws lines over time; `None` when there is nothing to draw.
pub fn lines(words: Words<'_>, labels: &[String], lines: &[Line<'_>]) -> Option<Drawing> {
    let scale = Scale::up_to(lines.iter().flat_map(|line| &line.values).copied().max()?)?;
    draw(words, |size| {
        let series = lines.iter().map(|line| {
            let mut series: Series =
                (line.name, line.values.iter().map(|n| *n as f32).collect::<Vec<_>>()).into();
            // Marks show a lone point; in a crowd they hide the line.
            series.symbol = Some(match line.values.len() {
                0..=31 => Symbol::Circle(size.mark, Some(line.ink.color())),
                _ => Symbol::None,
            });
            series.stroke_dash_array = line.ink.dashes().map(str::to_owned);
            series
        });
        let mut chart = LineChart::new(series.collect(), labels.to_vec());
        size.fit(&mut chart, 320.0);
        chart.margin.top = 10.0;
        chart.margin.right = 24.0;
        chart.series.colors = lines.iter().map(|line| line.ink.color()).collect();
        chart.series.stroke_width = 2.0;
        scale.apply(&mut chart.y_axis_configs);
        chart.svg()
    })
}

/// Bars that show their numbers.
fn labelled(bars: impl Iterator<Item = (Ink, u64)>) -> Series {
    let (colors, values): (Vec<_>, Vec<_>) =
        bars.map(|(ink, n)| (Some(ink.color()), n as f32)).unzip();
    let mut series: Series = ("", values).into();
    series.colors = Some(colors);
    series.label_show = true;
    series
}

/// The two sizes a drawing comes in.
#[derive(Debug, Clone, Copy)]
struct Size {
    width: f32,
    mark: f32,
}

const WIDE: Size = Size { width: 880.0, mark: 2.5 };
const NARROW: Size = Size { width: 344.0, mark: 1.5 };

impl Size {
    /// Sets what all drawings share.
    fn fit(self, chart: &mut charts_rs::ChartBase, height: f32) {
        chart.width = self.width;
        chart.height = height;
        chart.margin = Box::from(4.0);
        chart.background_color = Color::transparent();
        chart.compact = true;
        chart.grid.stroke_color = Ink::Grid.color();
        chart.x_axis.stroke_color = Ink::Axis.color();
        chart.x_axis.font.color = Ink::Axis.color();
        chart.x_axis.font.size = 13.0;
        // The page has a legend that wraps and shows dashes; the library's has one row of circles.
        chart.legend.show = Some(false);
        chart.series.label.font.color = Ink::Text.color();
        chart.series.label.font.size = 15.0;
        chart.series.label.formatter = "{t}".to_owned();
    }
}

/// Draws in both sizes. A drawing that fails is left out: its table tells the same.
fn draw(
    words: Words<'_>,
    chart: impl Fn(Size) -> Result<String, charts_rs::Error>,
) -> Option<Drawing> {
    let svg = |size| {
        let svg = chart(size).ok()?;
        Some(svg_with_accessibility(&svg, words.title, words.description))
    };
    Some(Drawing { wide: svg(WIDE)?, narrow: svg(NARROW)? })
}

/// An axis of whole numbers: no half contacts between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Scale {
    step: u64,
    steps: usize,
}

impl Scale {
    /// The fewest round steps, at most five, that reach the number; `None` for nothing.
    fn up_to(most: u64) -> Option<Self> {
        let round = (0..19).flat_map(|power| [1, 2, 5].map(|n| n * 10_u64.pow(power)));
        let step = round.into_iter().find(|step| most.div_ceil(*step) <= 5)?;
        let steps = usize::try_from(most.div_ceil(step)).ok()?;
        (steps > 0).then_some(Self { step, steps })
    }

    fn apply(self, axes: &mut [YAxisConfig]) {
        for axis in axes {
            axis.min = Some(0.0);
            axis.max = Some(self.step as f32 * self.steps as f32);
            axis.split_number = self.steps;
            axis.formatter = Some("{t}".to_owned());
            axis.font.color = Ink::Axis.color();
            axis.font.size = 13.0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: Words<'_> = Words { title: "A < B", description: "Two bars" };

    #[test]
    fn an_axis_has_round_whole_steps() {
        let check = |most, expected: Option<(u64, usize)>| {
            assert_eq!(Scale::up_to(most).map(|s| (s.step, s.steps)), expected, "{most}");
        };
        check(0, None);
        check(1, Some((1, 1)));
        check(5, Some((1, 5)));
        check(6, Some((2, 3)));
        check(187, Some((50, 4)));
        check(1_000_001, Some((500_000, 3)));
    }

    #[test]
    fn nothing_is_not_drawn() {
        assert_eq!(rows(WORDS, &[]), None);
        assert_eq!(rows(WORDS, &[("a", Ink::Planned, 0)]), None);
        assert_eq!(columns(WORDS, Ink::Answered, &[("1", 0)]), None);
        assert_eq!(lines(WORDS, &[], &[]), None);
    }

    #[test]
    fn a_drawing_has_a_name_and_its_numbers() {
        let bars = [("Planned", Ink::Planned, 4_210), ("Texted", Ink::Texted, 0)];
        let drawing = rows(WORDS, &bars).unwrap();
        for svg in [drawing.wide, drawing.narrow] {
            assert!(svg.contains("role=\"img\""), "{svg}");
            assert!(svg.contains("<title>A &lt; B</title>"), "{svg}");
            assert!(svg.contains("<desc>Two bars</desc>"), "{svg}");
            assert!(svg.contains(">4,210<"), "{svg}");
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }

    #[test]
    fn every_colour_of_a_drawing_is_an_ink_a_page_can_change() {
        let line = |name, ink, values: [u64; 2]| Line { name, ink, values: values.to_vec() };
        let labels = ["1 Mar".to_owned(), "2 Mar".to_owned()];
        let by_day = [
            line("Planned", Ink::Planned, [3, 4]),
            line("Texted", Ink::Texted, [2, 4]),
            line("Answered", Ink::Answered, [0, 1]),
        ];
        let drawings = [
            rows(WORDS, &[("a", Ink::Planned, 3), ("b", Ink::Delivered, 2)]),
            columns(WORDS, Ink::Answered, &[("1", 2), ("2", 0)]),
            lines(WORDS, &labels, &by_day),
        ];
        let known = css();
        for svg in drawings.into_iter().flatten().flat_map(|d| [d.wide, d.narrow]) {
            for (_, rest) in
                svg.match_indices("=\"#").map(|(at, found)| (at, &svg[at + found.len()..]))
            {
                let hex = format!("\"#{}\"", &rest[..6]);
                assert!(known.contains(&hex), "{hex} in {svg}");
            }
        }
    }
}
