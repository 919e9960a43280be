//! `aftercall approve` and `aftercall campaigns`: two people for every wording, and what is in force.

mod diff;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use adapters::table::Table;
use adapters::table::campaigns::{NotMoved, Shelf, Version};
use anstyle::Style;
use anyhow::{Context as _, bail};
use domain::approval::Who;
use domain::campaign::{CampaignFile, CampaignId};
use domain::hours::LONDON;
use domain::ports::Catalogue as _;
use domain::proof::{self, Beside};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::check::{self, Source};
use crate::reading::unusable;

const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

/// Looks at a file's words beside those in force, and writes down that somebody did.
pub(crate) async fn approve(
    table: &Table,
    path: &Path,
    by: &Who,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let source = match check::read(path) {
        Ok(source) => source,
        Err(told) => return unusable(&[told]),
    };
    if !sound(&source)? {
        return Ok(ExitCode::FAILURE);
    }
    let id = id(&source.file.name)?;
    let shelf = table.shelf(&id).await?;
    let mut out = anstream::stdout();
    show_diff(&shelf, &source.file, &mut out)?;
    if let Some(version) = shelf.in_force()
        && version.file == source.file
    {
        return Ok(ExitCode::FAILURE);
    }
    table.approve_campaign(&source.file, shelf.base(), by, now).await?;
    writeln!(
        out,
        "\n{} approved this. Somebody else puts it in force: aftercall publish {}",
        by.name,
        path.display()
    )?;
    Ok(ExitCode::SUCCESS)
}

/// Whether nothing speaks against publishing; what does is told.
pub(crate) fn sound(source: &Source) -> anyhow::Result<bool> {
    let prices = check::beside(&source.path);
    let beside = Beside { prices: prices.as_ref(), outcomes: None };
    let proof = proof::proofread(&source.file, beside);
    if !proof.passes() {
        check::print_errors(source, &proof, &mut anstream::stderr())?;
    }
    Ok(proof.passes())
}

/// What would change.
pub(crate) async fn diff(table: &Table, path: &Path) -> anyhow::Result<ExitCode> {
    let source = match check::read(path) {
        Ok(source) => source,
        Err(told) => return unusable(&[told]),
    };
    let shelf = table.shelf(&id(&source.file.name)?).await?;
    let changed = show_diff(&shelf, &source.file, &mut anstream::stdout())?;
    Ok(if changed { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn show_diff(
    shelf: &Shelf,
    file: &CampaignFile,
    out: &mut impl std::io::Write,
) -> anyhow::Result<bool> {
    let Some(version) = shelf.version(shelf.base()) else {
        writeln!(out, "{BOLD}{}{BOLD:#} is new: nothing of that name is in force", file.name)?;
        return Ok(true);
    };
    let ended = shelf.in_force().is_none();
    let state = if ended { ", which ended" } else { " in force" };
    if version.file == *file && !ended {
        writeln!(out, "version {} of {}{state} says the same", version.number, file.name)?;
        return Ok(false);
    }
    writeln!(out, "{BOLD}{}{BOLD:#}, against version {}{state}:", file.name, version.number)?;
    diff::print(&written(&version.file)?, &written(file)?, out)?;
    Ok(true)
}

/// A campaign as TOML, always written in the same way.
fn written(file: &CampaignFile) -> anyhow::Result<String> {
    toml::to_string_pretty(file).context("write the campaign")
}

/// Lists every campaign.
pub(crate) async fn list(table: &Table, as_json: bool, now: Timestamp) -> anyhow::Result<ExitCode> {
    let in_force = table.in_force().await?;
    let mut rows = Vec::new();
    for id in in_force.campaigns.keys().chain(&in_force.ended) {
        let shelf = table.shelf(id).await?;
        let Some(version) = shelf.version(shelf.base()) else { continue };
        let pause = in_force.paused(id, now).map(|pause| pause.why.clone());
        let state = state(&shelf, version, pause.as_deref(), now);
        rows.push((id.clone(), version.clone(), state, pause));
    }
    if as_json {
        let rows: Vec<Value> = rows
            .iter()
            .map(|(id, version, state, pause)| {
                json!({
                    "name": id.as_str(),
                    "title": version.file.title,
                    "version": version.number,
                    "state": state.0,
                    "paused_because": pause,
                    "starts": version.file.starts,
                    "ends": version.file.ends,
                    "review": version.file.review,
                    "published_by": version.published_by,
                    "approved_by": version.approved_by,
                    "published_at": version.published_at.to_string(),
                })
            })
            .collect();
        writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(&rows)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = anstream::stdout();
    if rows.is_empty() {
        writeln!(out, "no campaign has been published")?;
        return Ok(ExitCode::SUCCESS);
    }
    let widest = rows.iter().map(|(id, ..)| id.as_str().len()).max().unwrap_or_default().max(8);
    let title =
        format!("{:<widest$}  version  {:<10}  {:<10}  state", "Campaign", "first day", "last day");
    writeln!(out, "{BOLD}{title}{BOLD:#}")?;
    for (id, version, (_, state), _) in &rows {
        let file = &version.file;
        let line = format!(
            "{:<widest$}  {:>7}  {:<10}  {:<10}  {state}",
            id.as_str(),
            version.number,
            file.starts,
            file.ends
        );
        writeln!(out, "{line}  {DIM}{}{DIM:#}", file.title)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// How a campaign stands: a word for machines, and words for people.
fn state(
    shelf: &Shelf,
    version: &Version,
    paused: Option<&str>,
    now: Timestamp,
) -> (&'static str, String) {
    let today = now.to_zoned(LONDON.clone()).date().to_string();
    let review = version.file.review.as_ref().filter(|review| **review <= today);
    if shelf.in_force().is_none() {
        ("ended", "ended".to_owned())
    } else if version.file.ends < today {
        ("over", "over: its last day is past".to_owned())
    } else if today < version.file.starts {
        ("to-come", "has not begun".to_owned())
    } else if let Some(why) = paused {
        ("paused", format!("paused: {why}"))
    } else if let Some(review) = review {
        ("runs", format!("runs; its review was due on {review}"))
    } else {
        ("runs", "runs".to_owned())
    }
}

/// Shows one version, and everything that happened to the campaign.
pub(crate) async fn show(
    table: &Table,
    name: &str,
    version: Option<u32>,
    as_json: bool,
) -> anyhow::Result<ExitCode> {
    let id = id(name)?;
    let shelf = table.shelf(&id).await?;
    let number = version.unwrap_or(shelf.base());
    let Some(version) = shelf.version(number) else { return not_there(&id, &shelf, number) };
    let mut out = std::io::stdout();
    if as_json {
        let moves: Vec<_> = shelf
            .moves
            .iter()
            .map(|moved| {
                json!({
                    "what": moved.what,
                    "version": moved.version,
                    "from": moved.from,
                    "by": moved.by.name,
                    "principal": moved.by.principal,
                    "at": moved.at.to_string(),
                    "why": moved.why,
                })
            })
            .collect();
        let told = json!({
            "name": id.as_str(),
            "in_force": shelf.in_force().map(|version| version.number),
            "version": version.number,
            "published_by": version.published_by,
            "approved_by": version.approved_by,
            "campaign": version.file,
            "moves": moves,
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    // Comments of the file it prints, so that what is shown can be saved and published again.
    let stands = match shelf.in_force() {
        Some(current) if current.number == number => "in force".to_owned(),
        Some(current) => format!("not in force: version {} is", current.number),
        None => "not in force: the campaign ended".to_owned(),
    };
    writeln!(out, "# {id}, version {number} of {}: {stands}", shelf.versions.len())?;
    let approved = version.approved_by.as_deref().unwrap_or("nobody");
    writeln!(out, "# published by {}, approved by {approved}", version.published_by)?;
    for moved in &shelf.moves {
        let at = moved.at.to_zoned(LONDON.clone()).strftime("%-d %B %Y %H:%M");
        let why = moved.why.as_ref().map_or_else(String::new, |why| format!(": {why}"));
        let from = if moved.from == 0 { String::new() } else { format!(" from {}", moved.from) };
        let (what, to, by) = (&moved.what, moved.version, &moved.by.name);
        writeln!(out, "# {at}  {what} {to}{from} by {by}{why}")?;
    }
    write!(out, "\n{}", written(&version.file)?)?;
    Ok(ExitCode::SUCCESS)
}

fn not_there(id: &CampaignId, shelf: &Shelf, number: u32) -> anyhow::Result<ExitCode> {
    let told = match shelf.versions.last() {
        None => {
            format!("there is no campaign {id}; `aftercall campaigns list` shows which there are")
        }
        Some(last) => format!("{id} has no version {number}; it has 1 to {}", last.number),
    };
    writeln!(std::io::stderr(), "{told}")?;
    Ok(ExitCode::FAILURE)
}

/// Puts an earlier version in force again.
pub(crate) async fn roll_back(
    table: &Table,
    name: &str,
    to: u32,
    reason: (&Who, &str),
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let id = id(name)?;
    let (by, why) = reason;
    let moved = table.roll_back(&id, to, by, why, now).await?;
    let done = format!(
        "version {to} of {id} is in force again, for contacts planned from now on; to stop what is \
         planned, `aftercall pause {id}`"
    );
    finish(&id, moved, &done)
}

/// Ends a campaign.
pub(crate) async fn end(
    table: &Table,
    name: &str,
    reason: (&Who, &str),
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let id = id(name)?;
    let (by, why) = reason;
    let moved = table.end_campaign(&id, by, why, now).await?;
    let done = format!(
        "{id} has ended: nothing more is planned, and what is planned is cancelled at dispatch's next \
         run; `aftercall campaigns rollback {id}` takes it up again"
    );
    finish(&id, moved, &done)
}

fn finish(id: &CampaignId, moved: Result<(), NotMoved>, done: &str) -> anyhow::Result<ExitCode> {
    match moved {
        Ok(()) => {
            writeln!(std::io::stdout(), "{done}")?;
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => {
            writeln!(std::io::stderr(), "{id}: {why}")?;
            Ok(ExitCode::FAILURE)
        }
    }
}

pub(crate) fn id(name: &str) -> anyhow::Result<CampaignId> {
    let Some(id) = CampaignId::parse(name) else {
        bail!("{name:?} is not the name of a campaign: lower-case letters, digits and hyphens");
    };
    Ok(id)
}
