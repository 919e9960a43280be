//! `aftercall report`: the same fold and the same pages as the nightly report, in a folder.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use adapters::pages;
use adapters::table::Table;
use anyhow::Context as _;
use domain::figures::{Behind, Period, Report};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

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
    std::fs::create_dir_all(out).with_context(|| format!("make {}", out.display()))?;
    let write = |name: &str, bytes: &[u8]| {
        let path = out.join(name);
        std::fs::write(&path, bytes).with_context(|| format!("write {}", path.display()))
    };
    write("report.html", files.html.as_bytes())?;
    write("report.csv", &files.csv)?;
    for (name, table) in &files.tables {
        write(&format!("{name}.csv"), table)?;
    }
    write("report.json", files.json.as_bytes())?;
    let planned = report.total.planned();
    writeln!(
        stdout,
        "{planned} contacts from {from} to {to}: {}",
        out.join("report.html").display()
    )?;
    Ok(ExitCode::SUCCESS)
}
