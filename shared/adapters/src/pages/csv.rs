//! Tables for spreadsheets.
//!
//! A spreadsheet runs what it takes for a formula, so a reply of `=HYPERLINK(…)` in a list would
//! act on the desk of whoever opens it. [`fn@write`], [`rows`] and, line by line,
//! [`domain::record::Sheet`] are the only writers of such files: they put an apostrophe before every cell that could be taken for one ([`domain::formula`]), and
//! quote every cell. The apostrophe stays in the cell of a program that reads the file; that is the
//! price.
//!
//! The files are RFC 4180 in UTF-8. Those for people begin with a byte order mark: without it Excel on
//! Windows reads them in the code page of the desk, and `£` and `ŵ` come out wrong.

use csv::{QuoteStyle, Terminator, WriterBuilder};
use domain::contact::STATES;
use domain::figures::{Figures, Report};
use domain::formula;
use domain::score::Score;

use super::{Satisfied, hundredths, percent};

/// Writes rows as a table no spreadsheet will run, for people.
pub fn write(rows: &[Vec<String>]) -> Vec<u8> {
    written(BYTE_ORDER_MARK.as_bytes().to_vec(), rows)
}

/// Writes rows as a table no spreadsheet will run, for programs: without a mark in its first cell.
pub fn rows(rows: &[Vec<String>]) -> Vec<u8> {
    written(Vec::new(), rows)
}

/// Writes a report as one tidy table: a line for each figure of each campaign, and of `all`.
///
/// A rate or mean of nothing has an empty value. Costs are pence with all their decimals.
pub fn report(report: &Report) -> Vec<u8> {
    let mut table = Table { rows: vec![HEAD.map(str::to_owned).to_vec()], campaign: "all" };
    let days = i64::from((report.period.to - report.period.from).get_days()) + 1;
    table.add("period", &format!("{}/{}", report.period.from, report.period.to), days, "days");
    table.figures(&report.total);
    for (campaign, figures) in &report.campaigns {
        table.campaign = campaign.as_str();
        table.figures(figures);
    }
    write(&table.rows)
}

/// Tells a spreadsheet that the file is UTF-8.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The columns of a report.
const HEAD: [&str; 5] = ["campaign", "measure", "key", "value", "unit"];

/// The lines of a report so far, and whose figures come next.
struct Table<'a> {
    rows: Vec<Vec<String>>,
    campaign: &'a str,
}

impl Table<'_> {
    fn add(&mut self, measure: &str, key: &str, value: impl ToString, unit: &str) {
        let cells = [self.campaign, measure, key, &value.to_string(), unit];
        self.rows.push(cells.map(str::to_owned).to_vec());
    }

    fn figures(&mut self, figures: &Figures) {
        let or_empty = |value: Option<String>| value.unwrap_or_default();
        let satisfied = Satisfied::of(figures);

        self.add("planned", "", figures.planned(), "contacts");
        self.add("texted", "", figures.texted(), "contacts");
        for (state, name) in STATES {
            self.add("state", name, figures.in_state(state), "contacts");
        }
        self.add("answered", "", figures.answered, "contacts");
        self.add("replies", "", figures.replies, "replies");
        let response = figures.response_per_mille().map(percent);
        self.add("response_rate", "", or_empty(response), "percent of delivered");

        for score in (1..=5).filter_map(Score::new) {
            let n = figures.scores.get(&score).copied().unwrap_or_default();
            self.add("score", &score.get().to_string(), n, "contacts");
        }
        self.add("scored", "", figures.scored(), "contacts");
        let mean = figures.mean_score_hundredths().map(hundredths);
        self.add("mean_score", "", or_empty(mean), "1 to 5");
        let rate = satisfied.map(|s| percent(s.per_mille));
        self.add("satisfied_rate", "", or_empty(rate), "percent of scored");
        let low = satisfied.map(|s| format!("{:.1}", s.low));
        self.add("satisfied_rate", "95_low", or_empty(low), "percent of scored");
        let high = satisfied.map(|s| format!("{:.1}", s.high));
        self.add("satisfied_rate", "95_high", or_empty(high), "percent of scored");

        for (class, n) in &figures.classes {
            self.add("class", class.as_str(), n, "contacts");
        }
        for (sentiment, n) in &figures.sentiments {
            self.add("sentiment", sentiment.as_str(), n, "contacts");
        }
        self.add("follow_ups", "", figures.follow_ups, "texts");
        self.add("segments", "", figures.segments, "segments");
        self.add("cost", "", pence(figures.cost.millipence()), "pence");
        for (date, day) in &figures.days {
            let date = date.to_string();
            self.add("planned_on", &date, day.planned, "contacts");
            self.add("texted_of_planned_on", &date, day.texted, "contacts");
            self.add("answered_of_planned_on", &date, day.answered, "contacts");
        }
    }
}

/// Thousandths of a penny as pence, such as `9626.4`.
pub(super) fn pence(millipence: u64) -> String {
    let decimals = format!("{:03}", millipence % 1000);
    let decimals = decimals.trim_end_matches('0');
    let point = if decimals.is_empty() { "" } else { "." };
    format!("{}{point}{decimals}", millipence / 1000)
}

fn written(before: Vec<u8>, rows: &[Vec<String>]) -> Vec<u8> {
    // A writer of a `Vec` with rows of any length has nothing to fail at.
    try_write(before, rows).unwrap_or_default()
}

fn try_write(before: Vec<u8>, rows: &[Vec<String>]) -> csv::Result<Vec<u8>> {
    let mut writer = WriterBuilder::new()
        .flexible(true)
        .has_headers(false)
        .quote_style(QuoteStyle::Always)
        .terminator(Terminator::CRLF)
        .from_writer(before);
    for row in rows {
        writer.write_record(row.iter().map(|cell| formula::guarded(cell)))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

#[cfg(test)]
mod tests {
    use csv::ReaderBuilder;
    use domain::budget::Money;
    use domain::campaign::CampaignId;
    use domain::contact::State;
    use domain::figures::{Day, Period};
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn read(bytes: &[u8]) -> Vec<Vec<String>> {
        let mut reader = ReaderBuilder::new().flexible(true).has_headers(false).from_reader(bytes);
        let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect());
        rows.collect()
    }

    fn line(cell: &str) -> String {
        let bytes = write(&[vec![cell.to_owned()]]);
        let text = String::from_utf8(bytes).unwrap();
        text.strip_prefix(BYTE_ORDER_MARK).unwrap().strip_suffix("\r\n").unwrap().to_owned()
    }

    #[test]
    fn owasps_rows_come_out_as_owasp_writes_them() {
        let check = |cell, expected| assert_eq!(line(cell), expected);
        check(r#"=1+2";=1+2"#, r#""'=1+2"";=1+2""#);
        check(r#"=1+2'" ;,=1+2"#, r#""'=1+2'"" ;,=1+2""#);
    }

    proptest! {
        #[test]
        fn a_reader_gets_every_cell_back_and_none_that_runs(
            rows in proptest::collection::vec(
                proptest::collection::vec(
                    prop_oneof![".{0,12}", r#"[ =+\-@\t\r\n＝＋－＠,;'"a]{0,6}"#],
                    1..4,
                ),
                0..6,
            ),
        ) {
            let bytes = write(&rows);
            prop_assert!(bytes.starts_with(BYTE_ORDER_MARK.as_bytes()));
            let found = read(&bytes);
            prop_assert_eq!(found.len(), rows.len());
            for (found, row) in found.iter().zip(&rows) {
                prop_assert_eq!(found.len(), row.len());
                for (found, cell) in found.iter().zip(row) {
                    prop_assert!(!found.starts_with(formula::STARTS), "{:?}", found);
                    prop_assert!(!found.starts_with(['\t', '\r', '\n']), "{:?}", found);
                    prop_assert_eq!(formula::bare(found), cell);
                }
            }
        }
    }

    #[test]
    fn a_report_is_one_line_for_each_figure() {
        let march = Period { from: date(2026, 3, 1), to: date(2026, 3, 31) };
        let mut made = Report::fold([], [], march, "2026-04-01T05:00:00Z".parse().unwrap());
        let nothing = text(&made);
        assert!(nothing.contains("all|response_rate|||percent of delivered\n"), "{nothing}");
        assert!(nothing.contains("all|mean_score|||1 to 5\n"), "{nothing}");

        let total = &mut made.total;
        total.states.insert(State::Delivered, 1_412);
        total.scores.insert(Score::new(2).unwrap(), 5);
        total.scores.insert(Score::new(5).unwrap(), 45);
        (total.answered, total.replies, total.segments) = (50, 61, 2_838);
        total.answered_delivered = 50;
        total.cost = Money::from_millipence(6_811_200);
        let day = Day { planned: 1_412, texted: 1_412, answered: 50 };
        total.days.insert(date(2026, 3, 2), day);
        made.campaigns.insert(CampaignId::parse("highways").unwrap(), made.total.clone());
        let whole = text(&made);
        let (all, highways) = whole.split_once("highways|").unwrap();
        assert_eq!(all.lines().count() - 2, highways.lines().count(), "head and period once");
        insta::assert_snapshot!(all, @"
        campaign|measure|key|value|unit
        all|period|2026-03-01/2026-03-31|31|days
        all|planned||1412|contacts
        all|texted||1412|contacts
        all|state|planned|0|contacts
        all|state|queued|0|contacts
        all|state|claimed|0|contacts
        all|state|accepted|0|contacts
        all|state|delivered|1412|contacts
        all|state|undelivered|0|contacts
        all|state|refused|0|contacts
        all|state|unknown|0|contacts
        all|state|parked|0|contacts
        all|state|cancelled|0|contacts
        all|state|control|0|contacts
        all|answered||50|contacts
        all|replies||61|replies
        all|response_rate||3.5|percent of delivered
        all|score|1|0|contacts
        all|score|2|5|contacts
        all|score|3|0|contacts
        all|score|4|0|contacts
        all|score|5|45|contacts
        all|scored||50|contacts
        all|mean_score||4.70|1 to 5
        all|satisfied_rate||90.0|percent of scored
        all|satisfied_rate|95_low|78.6|percent of scored
        all|satisfied_rate|95_high|95.7|percent of scored
        all|follow_ups||0|texts
        all|segments||2838|segments
        all|cost||6811.2|pence
        all|planned_on|2026-03-02|1412|contacts
        all|texted_of_planned_on|2026-03-02|1412|contacts
        all|answered_of_planned_on|2026-03-02|50|contacts
        ");
    }

    /// The table with bars for commas and without quotes, to read in a test.
    fn text(made: &Report) -> String {
        read(&report(made)).iter().map(|row| row.join("|") + "\n").collect()
    }

    #[test]
    fn pence_keep_their_decimals() {
        let check = |millipence, expected: &str| assert_eq!(pence(millipence), expected);
        check(0, "0");
        check(9_626_400, "9626.4");
        check(2_280, "2.28");
        check(3_001, "3.001");
        check(24_000_000, "24000");
    }
}
