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
use domain::figures::{Period, Report};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

use crate::args;

/// Where the newest report lies in the bucket.
const LATEST: &str = "reports/latest/report.html";

/// Writes what was asked for, or prints the figures.
pub(crate) async fn run(
    table: &Table,
    asked: &args::Report,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let to = asked.to.unwrap_or_else(|| Period::daily(now).to);
    let from = asked.from.unwrap_or_else(|| to.saturating_sub(30.days()));
    anyhow::ensure!(from <= to, "--from {from} is after --to {to}");
    let period = Period { from, to };
    let out = &asked.out;
    let mut stdout = std::io::stdout();
    if asked.foi {
        let mut months = Vec::new();
        for month in months_of(period) {
            months.push(Box::pin(Report::gather(table, month, now)).await?);
        }
        let files = pages::foi::files(&months);
        for file in &files {
            write(out, file.name, &file.bytes)?;
        }
        writeln!(stdout, "{} files to publish: {}", files.len(), out.join("README.txt").display())?;
        writeln!(
            stdout,
            "Publish periods that do not overlap: two that do may be subtracted from each other."
        )?;
        return Ok(ExitCode::SUCCESS);
    }
    let report = Box::pin(Report::gather(table, period, now)).await?;
    if asked.pack {
        write(out, "review.html", pages::pack::page(&report).as_bytes())?;
        let (page, paper) = (out.join("review.html"), out.join("review.pdf"));
        writeln!(stdout, "the review from {from} to {to}: {}", page.display())?;
        if asked.pdf {
            let printed = print::pdf(&page, &paper)?;
            let said = match printed {
                print::Printed::Yes => format!("on paper: {}", paper.display()),
                print::Printed::No(why) => {
                    format!("{why}: open the page in a browser and print it, A4, to a PDF")
                }
            };
            writeln!(stdout, "{said}")?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let files = pages::render(&report);
    if asked.json {
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
