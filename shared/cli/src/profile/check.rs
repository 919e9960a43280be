//! `aftercall profile check`: what a profile makes of a file, before anybody is texted.

use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use domain::campaign::Campaign;
use domain::coverage::{self, Coverage};
use domain::eligibility::{Decision, Verdict};
use domain::feed::Rows;
use domain::force::{FeedFile, Kind, Profile, Reading};
use domain::phone::DramaNumbers;
use jiff::Timestamp;

use super::page;
use crate::reading::{self, Progress, Wanted, unusable};

/// What is asked.
#[derive(Debug)]
pub(crate) struct Question<'a> {
    /// The force profile.
    pub(crate) profile: &'a Path,
    /// The extract.
    pub(crate) file: &'a Path,
    /// The feed, when it is said.
    pub(crate) feed: Option<&'a str>,
    /// The campaigns, when they are said.
    pub(crate) campaigns: &'a [PathBuf],
    /// Of which verdict to list the logs, in place of the page.
    pub(crate) list: Option<Verdict>,
    /// Whether to print JSON.
    pub(crate) json: bool,
    /// Whether drama numbers may be texted.
    pub(crate) drama: DramaNumbers,
    /// When the file counts as taken, for a feed whose rows do not say.
    pub(crate) now: Timestamp,
}

/// What was found, for the page and for JSON.
pub(crate) struct Found<'a> {
    /// The force profile.
    pub(crate) profile: &'a Path,
    /// Its name.
    pub(crate) name: &'a str,
    /// The extract.
    pub(crate) file: &'a Path,
    /// The feed's name.
    pub(crate) feed_name: &'a str,
    /// The feed.
    pub(crate) feed: &'a FeedFile,
    /// The campaigns it was tried with.
    pub(crate) campaigns: &'a [Campaign],
    /// The counts.
    pub(crate) coverage: &'a Coverage,
}

/// Tries a profile on a file.
pub(crate) fn run(question: &Question<'_>) -> anyhow::Result<ExitCode> {
    let prepared = reading::profile(question.profile)
        .and_then(|(file, profile)| Ok((file, profile, read_campaigns(question)?)));
    let (file, profile, campaigns) = match prepared {
        Ok(prepared) => prepared,
        Err(lines) => return unusable(&lines),
    };
    let wanted = Wanted { profile: &file, feed: question.feed };
    let name = match wanted.feed_of(question.file)? {
        Ok(name) => name,
        Err(lines) => return unusable(&lines),
    };
    let Some(feed) = profile.feed(&name) else {
        return unusable(&wanted.lacks(&name).into_iter().collect::<Vec<_>>());
    };
    let mut progress = match Progress::over(&[question.file]) {
        Ok(progress) => progress,
        Err(error) => return unusable(&[format!("{error:#}")]),
    };
    let rows = match reading::open(question.file, feed, &progress)? {
        Ok(rows) => rows,
        Err(line) => return unusable(&[line]),
    };
    let with = With { profile: &profile, feed, campaigns: &campaigns };
    let coverage = cover(question, &with, rows, &mut progress)?;
    progress.end();
    let found = Found {
        profile: question.profile,
        name: &profile.name,
        file: question.file,
        feed_name: &name,
        feed,
        campaigns: &campaigns,
        coverage: &coverage,
    };
    if question.list.is_some() {
        // The lines were written while the file was read.
    } else if question.json {
        let told = serde_json::to_string_pretty(&page::json(&found))?;
        writeln!(std::io::stdout(), "{told}")?;
    } else {
        page::print(&found, &mut anstream::stdout())?;
    }
    Ok(if coverage.is_complete() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The campaigns that are named, or those in the folder beside the profile's.
fn read_campaigns(question: &Question<'_>) -> Result<Vec<Campaign>, Vec<String>> {
    let mut paths = question.campaigns.to_vec();
    if paths.is_empty() {
        let folder = question.profile.parent().unwrap_or(Path::new("")).join("../campaigns");
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        paths.extend(entries.map(|entry| entry.path()));
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
        paths.sort();
    }
    let mut campaigns = Vec::new();
    for path in paths {
        campaigns.push(reading::campaign(&path)?);
    }
    Ok(coverage::always_running(campaigns))
}

/// What a file is read with.
struct With<'a> {
    profile: &'a Profile,
    feed: &'a FeedFile,
    campaigns: &'a [Campaign],
}

fn cover(
    question: &Question<'_>,
    with: &With<'_>,
    mut rows: Rows<impl Read>,
    progress: &mut Progress,
) -> anyhow::Result<Coverage> {
    let pepper = reading::pepper()?;
    let header = rows.header();
    let reading = Reading { header: &header, taken_at: question.now, drama: question.drama };
    let With { profile, feed, campaigns } = with;
    let mut coverage = Coverage::default();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    while let Some(row) = rows.read().context("read the file")? {
        progress.tick();
        let mut listed = String::new();
        let read = row.and_then(|row| match feed.kind {
            Kind::Incidents => {
                let report = profile.incident(feed, &reading, &row)?;
                let decided = coverage::decide(&report, campaigns, &pepper);
                coverage.add(&report, &decided);
                if question.list == Some(decided.decision.verdict) {
                    let (line, log) = (row.line, &report.log.number);
                    listed.push_str(&format!("{line:>7}  {log}  {}\n", reasons(&decided.decision)));
                }
                Ok(())
            }
            Kind::Crimes => {
                coverage.add_link(&profile.crime(feed, &reading, &pepper, &row)?);
                Ok(())
            }
        });
        out.write_all(listed.as_bytes())?;
        if let Err(reject) = read {
            coverage.reject(&reject);
        }
    }
    out.flush()?;
    Ok(coverage)
}

/// What a text would tell, or the rules that keep it from being sent.
fn reasons(decision: &Decision) -> String {
    match (&decision.outcome, decision.verdict) {
        (Some(outcome), Verdict::Text) => outcome.to_string(),
        _ => decision.rules.iter().map(|rule| rule.as_str()).collect::<Vec<_>>().join(" "),
    }
}
