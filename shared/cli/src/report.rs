//! `aftercall report`: the same fold and the same pages as the nightly report, in a folder; what may be
//! published; the review after six months; and a link to the newest report in the bucket.

mod print;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use adapters::extracts::Bucket;
use adapters::pages;
use adapters::table::Table;
use anyhow::Context as _;
use domain::figures::{Behind, Period, Report};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use print::Printed;

/// Where the newest report lies in the bucket.
const LATEST: &str = "reports/latest/report.html";

/// The days that were asked for.
pub(crate) fn period(
    from: Option<Date>,
    to: Option<Date>,
    now: Timestamp,
) -> anyhow::Result<Period> {
    let to = to.unwrap_or_else(|| Period::daily(now).to);
    let from = from.unwrap_or_else(|| to.saturating_sub(30.days()));
    anyhow::ensure!(from <= to, "--from {from} is after --to {to}");
    Ok(Period { from, to })
}

/// Prints the numbers of the logs behind a figure, one a line.
pub(crate) async fn behind(
    table: &Table,
    figure: &Behind,
    period: Period,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let logs = Box::pin(figure.logs(table, period, now)).await?;
    let mut stdout = std::io::stdout();
    for log in &logs {
        writeln!(stdout, "{log}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the report, or prints its figures.
pub(crate) async fn run(
    table: &Table,
    period: Period,
    out: &Path,
    json: bool,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let Period { from, to } = period;
    let report = Box::pin(Report::gather(table, period, now)).await?;
    let files = pages::render(&report);
    let mut stdout = std::io::stdout();
    if json {
        writeln!(stdout, "{}", files.json)?;
        return Ok(ExitCode::SUCCESS);
    }
    write(out, "report.html", files.html.as_bytes())?;
    write(out, "report.csv", &files.csv)?;
    for (name, table) in &files.tables {
        write(out, &format!("{name}.csv"), table)?;
    }
    write(out, "report.json", files.json.as_bytes())?;
    let planned = report.total.planned();
    writeln!(
        stdout,
        "{planned} contacts from {from} to {to}: {}",
        out.join("report.html").display()
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Writes what may be published.
pub(crate) async fn publish(
    table: &Table,
    period: Period,
    out: &Path,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let mut months = Vec::new();
    for month in months_of(period) {
        months.push(Box::pin(Report::gather(table, month, now)).await?);
    }
    let files = pages::foi::files(&months);
    for file in &files {
        write(out, file.name, &file.bytes)?;
    }
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{} files to publish: {}", files.len(), out.join("README.txt").display())?;
    writeln!(
        stdout,
        "Publish periods that do not overlap: two that do may be subtracted from each other."
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Writes the review, and prints it where there is a browser and that was asked for.
pub(crate) async fn review(
    table: &Table,
    period: Period,
    out: &Path,
    on_paper: bool,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let report = Box::pin(Report::gather(table, period, now)).await?;
    write(out, "review.html", pages::pack::page(&report).as_bytes())?;
    let (page, paper) = (out.join("review.html"), out.join("review.pdf"));
    let Period { from, to } = period;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "the review from {from} to {to}: {}", page.display())?;
    if on_paper {
        match print::pdf(&page, &paper)? {
            Printed::Yes => writeln!(stdout, "on paper: {}", paper.display())?,
            Printed::No(why) => {
                writeln!(stdout, "{why}: open the page in a browser and print it, A4, to a PDF")?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints a link to the newest report. Whoever has the link may read it, until it ends.
pub(crate) async fn link(bucket: &Bucket, hours: u64) -> anyhow::Result<ExitCode> {
    let link = bucket.link(LATEST, Duration::from_secs(hours * 3600)).await?;
    let mut stdout = std::io::stdout();
    writeln!(stdout, "{link}")?;
    writeln!(
        std::io::stderr(),
        "Whoever has it may read the report, for {hours} h at most: it ends with the sign-in that made it."
    )?;
    Ok(ExitCode::SUCCESS)
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("make {}", folder.display()))?;
    let path = folder.join(name);
    std::fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))
}

/// The months of a period, its first and last as far as they are in it.
fn months_of(period: Period) -> Vec<Period> {
    let first = |date: Date| date.first_of_month();
    let begun = first(period.from).series(1.month()).take_while(|month| *month <= period.to);
    begun
        .map(|month| Period {
            from: month.max(period.from),
            to: month.last_of_month().min(period.to),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn the_months_of_a_period_leave_no_day_out_and_have_none_twice() {
        let check = |from, to, expected: &[(Date, Date)]| {
            let found: Vec<_> =
                months_of(Period { from, to }).iter().map(|p| (p.from, p.to)).collect();
            assert_eq!(found, expected);
        };
        let day = |month, day| date(2026, month, day);
        check(day(2, 16), day(2, 16), &[(day(2, 16), day(2, 16))]);
        check(
            day(2, 16),
            day(4, 3),
            &[(day(2, 16), day(2, 28)), (day(3, 1), day(3, 31)), (day(4, 1), day(4, 3))],
        );
        check(day(1, 31), day(2, 1), &[(day(1, 31), day(1, 31)), (day(2, 1), day(2, 1))]);
    }
}
