//! `aftercall profile check`: what a profile makes of a file, before anybody is texted.

use std::fs::File;
use std::io::{BufReader, IsTerminal as _, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use domain::campaign::{Campaign, CampaignFile, Problem};
use domain::coverage::{self, Coverage};
use domain::eligibility::{Decision, Verdict};
use domain::feed::{self, Rows, Unreadable};
use domain::force::{FeedFile, Kind, Profile, ProfileFile, Reading};
use domain::person::Pepper;
use domain::phone::DramaNumbers;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;

use super::{page, unusable};

/// Persons are told apart in this run only, and none is kept, so the key need not be secret.
const PEPPER: &str = "for counting on one machine only";

/// How long somebody waits before they want to know for how long.
const PATIENCE: Duration = Duration::from_secs(2);

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
    let prepared = read_profile(question.profile)
        .and_then(|(file, profile)| Ok((file, profile, read_campaigns(question)?)));
    let (file, profile, campaigns) = match prepared {
        Ok(prepared) => prepared,
        Err(lines) => return unusable(&lines),
    };
    let name = match choose_feed(question, &file)? {
        Ok(name) => name,
        Err(lines) => return unusable(&lines),
    };
    let Some(feed) = profile.feed(&name) else {
        let feeds: Vec<_> = file.feeds.keys().map(String::as_str).collect();
        let feeds = feeds.join(", ");
        return unusable(&[format!("the profile has no feed {name:?}; it has {feeds}")]);
    };
    if feed.trailer.is_some() {
        let file =
            File::open(question.file).with_context(|| question.file.display().to_string())?;
        if let Err(reason) = feed::whole(file, feed).context("read the file")? {
            return unusable(&[told(question.file, &reason)]);
        }
    }
    let (source, bar) = match source(question.file) {
        Ok(opened) => opened,
        Err(error) => return unusable(&[format!("{error:#}")]),
    };
    let rows = match feed::open(source, feed).context("read the file")? {
        Ok(rows) => rows,
        Err(reason) => {
            let told = told(question.file, &reason);
            return unusable(&[told]);
        }
    };
    let with = With { profile: &profile, feed, campaigns: &campaigns };
    let coverage = cover(question, &with, rows, &bar)?;
    bar.finish_and_clear();
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

/// Reads and checks the profile; what is wrong with it is told as `publish` tells it.
fn read_profile(path: &Path) -> Result<(ProfileFile, Profile), Vec<String>> {
    let file: ProfileFile = read_toml(path)?;
    let profile = file.check().map_err(|problems| listed(path, &problems))?;
    Ok((file, profile))
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
        let file: CampaignFile = read_toml(&path)?;
        campaigns.push(file.check().map_err(|problems| listed(&path, &problems))?);
    }
    Ok(coverage::always_running(campaigns))
}

fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Vec<String>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| vec![format!("{shown}: {error}")])?;
    toml::from_str(&text).map_err(|error| vec![format!("{shown} is not of its form: {error}")])
}

fn listed(path: &Path, problems: &[Problem]) -> Vec<String> {
    let shown = path.display();
    let mut lines: Vec<_> = problems.iter().map(|found| format!("{shown}: {found}")).collect();
    lines.push(match problems.len() {
        1 => "1 problem; nothing was read".to_owned(),
        n => format!("{n} problems; nothing was read"),
    });
    lines
}

/// The feed that is named, or the only one whose columns the header has.
fn choose_feed(
    question: &Question<'_>,
    profile: &ProfileFile,
) -> anyhow::Result<Result<String, Vec<String>>> {
    if let Some(name) = question.feed {
        return Ok(Ok(name.to_owned()));
    }
    let shown = question.file.display();
    let mut fit = Vec::new();
    let mut lacking = Vec::new();
    for (name, feed) in &profile.feeds {
        let source = match File::open(question.file) {
            Ok(source) => source,
            Err(error) => return Ok(Err(vec![format!("{shown}: {error}")])),
        };
        match feed::open(source, feed).with_context(|| format!("read {shown}"))? {
            Ok(_) => fit.push(name.clone()),
            Err(reason @ (Unreadable::Empty | Unreadable::NotText(_))) => {
                return Ok(Err(vec![told(question.file, &reason)]));
            }
            Err(reason) => lacking.push(format!("  feed {name}: {reason}")),
        }
    }
    Ok(match fit.as_slice() {
        [only] => Ok(only.clone()),
        [] => {
            let mut lines = vec![format!("{shown} is no file of any feed of the profile:")];
            lines.extend(lacking);
            Err(lines)
        }
        several => {
            let several = several.join(" and ");
            Err(vec![format!("{shown} fits the feeds {several}; say which with --feed")])
        }
    })
}

fn told(file: &Path, reason: &Unreadable) -> String {
    format!("{}: {reason}", file.display())
}

/// The file, read under a bar that is shown when it takes long and somebody is watching.
fn source(path: &Path) -> anyhow::Result<(impl Read + use<>, ProgressBar)> {
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let length = file.metadata().with_context(|| path.display().to_string())?.len();
    let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {eta} left")?;
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
    bar.set_style(style);
    Ok((bar.wrap_read(BufReader::new(file)), bar))
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
    bar: &ProgressBar,
) -> anyhow::Result<Coverage> {
    let pepper = Pepper::parse(PEPPER).context("a key for counting")?;
    let header = rows.header();
    let reading = Reading { header: &header, taken_at: question.now, drama: question.drama };
    let watched = std::io::stderr().is_terminal();
    let With { profile, feed, campaigns } = with;
    let mut coverage = Coverage::default();
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    while let Some(row) = rows.read().context("read the file")? {
        if watched && bar.is_hidden() && bar.elapsed() > PATIENCE {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
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
