//! What the command line can tell of itself: completions, manual pages, the schema of a campaign.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::CommandFactory as _;
use clap_complete::Shell;
use domain::campaign::CampaignFile;

use crate::args::Arguments;

/// Prints what makes a shell complete the command line.
pub(crate) fn completions(shell: Shell) -> anyhow::Result<ExitCode> {
    let mut printed = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "aftercall", &mut printed);
    std::io::stdout().write_all(&printed)?;
    Ok(ExitCode::SUCCESS)
}

/// Writes a manual page for each command.
pub(crate) fn pages(out: &Path) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(out).with_context(|| out.display().to_string())?;
    clap_mangen::generate_to(Arguments::command(), out).context("write the manual")?;
    writeln!(std::io::stdout(), "{}", out.join("aftercall.1").display())?;
    Ok(ExitCode::SUCCESS)
}

/// Prints the schema of a campaign file, or of a report.
pub(crate) fn schema(report: bool) -> anyhow::Result<ExitCode> {
    let schema = if report { adapters::pages::json::schema() } else { schema_of_a_campaign()? };
    writeln!(std::io::stdout(), "{schema}")?;
    Ok(ExitCode::SUCCESS)
}

fn schema_of_a_campaign() -> anyhow::Result<String> {
    let mut schema = schemars::schema_for!(CampaignFile);
    schema.insert("title".to_owned(), "An Aftercall campaign".into());
    // The first line of a campaign file may name this schema.
    serde_json::to_string_pretty(&schema).context("write the schema")
}
