//! `aftercall publish`: checks every file, then puts each in force.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use adapters::table::{Publication, Table};
use anyhow::Context as _;
use domain::approval::Who;
use domain::audit::{Act, Deed};
use domain::campaign::Problem;
use domain::experiment::PlanFile;
use domain::force::ProfileFile;
use domain::partner::PartnerFile;
use domain::ports::AuditTrail as _;
use domain::prices::PricesFile;
use jiff::Timestamp;

use crate::campaigns;
use crate::check::{self, Source};

enum File {
    Campaign(Box<Source>),
    Profile(Box<ProfileFile>),
    Prices(Box<PricesFile>),
    Partner(Box<PartnerFile>),
    Plan(Box<PlanFile>),
}

/// Publishes the files, or none of them when one does not pass.
pub(crate) async fn run(
    table: &Table,
    paths: &[PathBuf],
    by: &Who,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let mut files = Vec::new();
    let mut problems = 0;
    let mut err = std::io::stderr();
    for path in paths {
        match read(path)? {
            Ok(File::Campaign(source)) if !campaigns::sound(&source)? => problems += 1,
            Ok(File::Campaign(source)) => {
                let shelf = table.shelf(&campaigns::id(&source.file.name)?).await;
                let shelf = shelf.with_context(|| format!("look for {}", path.display()))?;
                if let Err(why) = shelf.publishable(&source.file, by)? {
                    writeln!(err, "{}: not published: {why}", path.display())?;
                    problems += 1;
                }
                files.push((path, File::Campaign(source)));
            }
            Ok(file) => files.push((path, file)),
            Err(found) => {
                for problem in &found {
                    writeln!(err, "{}: {problem}", path.display())?;
                }
                problems += 1;
            }
        }
    }
    if problems > 0 {
        let files = if problems == 1 { "1 file".to_owned() } else { format!("{problems} files") };
        writeln!(err, "{files} cannot be published; nothing was")?;
        return Ok(ExitCode::FAILURE);
    }
    for (path, file) in files {
        let (kind, publication) = match file {
            File::Campaign(source) => {
                let published = table.publish_campaign(&source.file, by, now).await;
                match published.with_context(|| format!("publish {}", path.display()))? {
                    Ok(publication) => ("campaign", Ok(publication)),
                    Err(why) => {
                        writeln!(err, "{}: not published: {why}", path.display())?;
                        return Ok(ExitCode::FAILURE);
                    }
                }
            }
            File::Profile(file) => {
                ("force profile", table.publish_profile(&file, &by.name, now).await)
            }
            File::Prices(file) => ("prices", table.publish_prices(&file, &by.name, now).await),
            File::Plan(file) => ("experiment plan", table.publish_plan(&file, &by.name, now).await),
            File::Partner(file) => ("partner", table.publish_partner(&file, &by.name, now).await),
        };
        let publication = publication.with_context(|| format!("publish {}", path.display()))?;
        let mut out = std::io::stdout();
        match publication {
            Publication::New(version) => {
                writeln!(out, "{}: {kind} version {version} is in force", path.display())?;
                let subject = format!("{kind} {} version {version}", path.display());
                let act = Act::Published;
                let deed = Deed { act, subject, detail: String::new(), by: by.clone(), at: now };
                table
                    .note_deed(&deed)
                    .await
                    .context("it is in force; write it down in the audit")?;
            }
            Publication::Same(version) => {
                writeln!(out, "{}: {kind} version {version} says the same", path.display())?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Reads and checks one file. What is wrong with its form is an error with line and column; what
/// is wrong with its content is a list.
fn read(path: &Path) -> anyhow::Result<Result<File, Vec<Problem>>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("read {}", path.display()))?;
    let form = || format!("{} is not of its form", path.display());
    let table: toml::Table = toml::from_str(&text).with_context(form)?;
    if table.contains_key("feeds") {
        let file: ProfileFile = toml::from_str(&text).with_context(form)?;
        let checked = file.check().map(|_| ());
        return Ok(checked.map(|()| File::Profile(Box::new(file))));
    }
    if table.contains_key("suppliers") {
        let file: PricesFile = toml::from_str(&text).with_context(form)?;
        let checked = file.check().map(|_| ());
        return Ok(checked.map(|()| File::Prices(Box::new(file))));
    }
    if table.contains_key("outbound") {
        let file: PartnerFile = toml::from_str(&text).with_context(form)?;
        let checked = file.check().map(|_| ());
        return Ok(checked.map(|()| File::Partner(Box::new(file))));
    }
    if table.contains_key("hypothesis") {
        let file: PlanFile = toml::from_str(&text).with_context(form)?;
        let checked = file.check().map(|_| ());
        return Ok(checked.map(|()| File::Plan(Box::new(file))));
    }
    let source = check::understand(path, text).map_err(|told| anyhow::anyhow!("{told}"))?;
    Ok(Ok(File::Campaign(Box::new(source))))
}
