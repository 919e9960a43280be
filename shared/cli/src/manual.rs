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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::path::PathBuf;

    use clap::Command;
    use domain::proof::{CODES, Level};

    use super::*;

    fn root() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
    }

    /// Holds a page against what it is written from; `RENEW=1` writes it.
    fn renewed(page: &str, written: &str) {
        let path = root().join(page);
        if std::env::var_os("RENEW").is_some() {
            std::fs::write(&path, written).unwrap();
        }
        let kept = std::fs::read_to_string(path).unwrap_or_default();
        assert!(kept == written, "{page} is old: RENEW=1 cargo test -p cli --bin aftercall");
    }

    fn describe(command: &mut Command, page: &mut String) {
        let name = command.get_bin_name().unwrap_or("aftercall").to_owned();
        // As wide as it is printed at a terminal, whatever this one is.
        let help = command.clone().term_width(100).render_long_help().to_string();
        let help: Vec<_> = help.lines().map(str::trim_end).collect();
        writeln!(page, "## {name}\n\n```text\n{}\n```\n", help.join("\n").trim()).unwrap();
        for inner in command.get_subcommands_mut().filter(|inner| inner.get_name() != "help") {
            describe(inner, page);
        }
    }

    /// Without what this machine's environment says: a login's name is no default of everybody's.
    fn without_values(command: Command) -> Command {
        command.mut_args(|argument| argument.hide_env_values(true)).mut_subcommands(without_values)
    }

    #[test]
    fn every_command_has_its_place_in_the_manual() {
        let mut command = without_values(Arguments::command());
        command.build();
        let mut page = String::from(
            "# Every command\n\nWritten from what `aftercall <command> --help` prints. \
             `aftercall man` writes the same as manual pages, and `aftercall completions` what makes \
             a shell complete it.\n\n",
        );
        describe(&mut command, &mut page);
        renewed("docs/commands.md", &page);
    }

    #[test]
    fn every_objection_of_check_is_explained() {
        let mut page = String::from(
            "# What `aftercall check` objects to\n\nWritten from `CODES` in \
             `shared/domain/src/proof/code.rs`. An error keeps a campaign from being published; a \
             warning is for a person to look at. `aftercall check --explain <code>` says the same.\n\n\
             | code | weight | why |\n|---|---|---|\n",
        );
        for (_, name, level, why) in CODES {
            let weight = match level {
                Level::Error => "error",
                Level::Warning => "warning",
            };
            writeln!(page, "| `{name}` | {weight} | {why} |").unwrap();
        }
        renewed("docs/checks.md", &page);
    }

    #[test]
    fn there_is_a_manual_page_for_each_command_and_completion_for_each_shell() {
        let folder = tempfile::tempdir().unwrap();
        pages(folder.path()).unwrap();
        for page in ["aftercall.1", "aftercall-check.1", "aftercall-campaigns-rollback.1"] {
            let text = std::fs::read_to_string(folder.path().join(page)).unwrap();
            assert!(text.contains("AFTERCALL") || text.contains("aftercall"), "{page}");
        }
        for shell in [Shell::Bash, Shell::Elvish, Shell::Fish, Shell::PowerShell, Shell::Zsh] {
            let mut printed = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "aftercall", &mut printed);
            assert!(String::from_utf8(printed).unwrap().contains("rehearse"), "{shell}");
        }
    }
}
