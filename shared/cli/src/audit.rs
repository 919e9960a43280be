//! `aftercall audit`: what people did, and whether the record of it is whole.

use std::io::Write;
use std::process::ExitCode;

use adapters::table::Table;
use anstyle::{AnsiColor, Style};
use domain::audit;
use domain::hours::LONDON;
use serde_json::json;

const DIM: Style = Style::new().dimmed();

/// Lists every entry.
pub(crate) async fn list(table: &Table, as_json: bool) -> anyhow::Result<ExitCode> {
    let entries = table.audit().await?;
    let mut out = anstream::stdout();
    if as_json {
        let told: Vec<_> = entries
            .iter()
            .map(|entry| {
                let deed = &entry.deed;
                json!({
                    "number": entry.number,
                    "act": deed.act.name(),
                    "subject": deed.subject,
                    "detail": deed.detail,
                    "by": deed.by.name,
                    "principal": deed.by.principal,
                    "at": deed.at.to_string(),
                    "before": entry.before,
                    "hash": entry.hash,
                })
            })
            .collect();
        writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for entry in &entries {
        let deed = &entry.deed;
        let at = deed.at.to_zoned(LONDON.clone()).strftime("%Y-%m-%d %H:%M");
        let act = deed.act.name();
        writeln!(
            out,
            "{:>6}  {at}  {act:<11}  {}  by {}  {DIM}{}{DIM:#}",
            entry.number, deed.subject, deed.by.name, deed.detail
        )?;
    }
    if entries.is_empty() {
        writeln!(out, "nothing has been written down yet")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Goes through the chain.
pub(crate) async fn verify(table: &Table) -> anyhow::Result<ExitCode> {
    let (entries, head) = (table.audit().await?, table.audit_head().await?);
    let broken = audit::verify(&entries, &head);
    let mut out = anstream::stdout();
    if broken.is_empty() {
        let green = AnsiColor::Green.on_default().bold();
        writeln!(out, "{green}{} entries, whole{green:#}; the last is {}", head.number, head.hash)?;
        return Ok(ExitCode::SUCCESS);
    }
    let red = AnsiColor::Red.on_default().bold();
    for broken in &broken {
        writeln!(out, "{red}{broken}{red:#}")?;
    }
    Ok(ExitCode::FAILURE)
}
