//! `aftercall rehearse`: what campaigns would have done on old extracts, before a penny is spent.

mod page;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use adapters::pages::rehearsal as html;
use anyhow::Context as _;
use domain::feed::Reject;
use domain::force::{FeedFile, Kind, Profile, Reading};
use domain::phone::DramaNumbers;
use domain::prices::Prices;
use domain::rehearsal::{Assumed, Rehearsal};
use jiff::{SignedDuration, Timestamp};

use crate::args::Rehearse;
use crate::reading::{self, Progress, Wanted, unusable};

/// Reads everything, rehearses, and tells what came of it.
pub(crate) fn run(
    question: &Rehearse,
    drama: DramaNumbers,
    now: Timestamp,
) -> anyhow::Result<ExitCode> {
    let prepared = reading::profile(&question.profile).and_then(|(file, profile)| {
        let campaigns = question.campaign.iter().map(|path| reading::campaign(path));
        Ok((file, profile, campaigns.collect::<Result<Vec<_>, _>>()?, prices(question)?))
    });
    let (file, profile, campaigns, prices) = match prepared {
        Ok(prepared) => prepared,
        Err(lines) => return unusable(&lines),
    };
    if let Some((first, second)) = twice(&campaigns.iter().map(|c| &c.id).collect::<Vec<_>>()) {
        let [first, second] = [first, second].map(|n| question.campaign[n].display());
        return unusable(&[format!("{first} and {second} have the same name; give one of them")]);
    }
    let wanted = Wanted { profile: &file, feed: question.feed.as_deref() };
    if let Some(line) = question.feed.as_deref().and_then(|name| wanted.lacks(name)) {
        return unusable(&[line]);
    }
    let mut files = Vec::new();
    for path in &question.extracts {
        match wanted.fitting(path)? {
            Ok(name) => {
                let feed = profile.feed(&name).context("a feed of the profile")?;
                files.push((path.as_path(), feed));
            }
            Err(lines) => return unusable(&lines),
        }
    }
    let mut progress = match Progress::over(&question.extracts) {
        Ok(progress) => progress,
        Err(error) => return unusable(&[format!("{error:#}")]),
    };
    let mut rehearsal = Rehearsal::new(campaigns, reading::pepper()?);
    for ((path, feed), n) in files.into_iter().zip(0..) {
        // Where no column says when a file was taken, one that is named later is later.
        let taken_at = now + SignedDuration::from_secs(n);
        let extract = Extract { path, feed, taken_at, drama };
        if let Err(line) = extract.read(&profile, &mut rehearsal, &mut progress)? {
            return unusable(&[line]);
        }
    }
    progress.end();
    let assumed =
        Assumed { reply_percent: question.reply_rate, lands: question.lands, ..Assumed::default() };
    let rehearsed = rehearsal.finish(&prices, assumed);
    if let Some(path) = &question.html {
        std::fs::write(path, html::page(&rehearsed))
            .with_context(|| format!("write {}", path.display()))?;
    }
    if question.json {
        let told = serde_json::to_string_pretty(&page::json(&rehearsed))?;
        writeln!(std::io::stdout(), "{told}")?;
    } else {
        page::print(&rehearsed, question.html.as_deref(), &mut anstream::stdout())?;
    }
    Ok(if rehearsed.steps.texts > 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The first two places that hold the same thing.
fn twice<T: PartialEq>(things: &[T]) -> Option<(usize, usize)> {
    let places = things.iter().enumerate();
    let mut pairs = places.map(|(n, thing)| (things[..n].iter().position(|t| t == thing), n));
    pairs.find_map(|(first, second)| Some((first?, second)))
}

/// The prices that are named, or those above the profile's folder, if there are any.
fn prices(question: &Rehearse) -> Result<Prices, Vec<String>> {
    let usual = || {
        let path = question.profile.parent().unwrap_or(Path::new("")).join("../prices.toml");
        path.exists().then_some(path)
    };
    let Some(path): Option<PathBuf> = question.prices.clone().or_else(usual) else {
        return Ok(Prices::default());
    };
    reading::prices(&path)
}

/// One file, and how it is read.
struct Extract<'a> {
    path: &'a Path,
    feed: &'a FeedFile,
    taken_at: Timestamp,
    drama: DramaNumbers,
}

impl Extract<'_> {
    /// Reads every row into the rehearsal, or says why the file cannot be used.
    fn read(
        &self,
        profile: &Profile,
        rehearsal: &mut Rehearsal,
        progress: &mut Progress,
    ) -> anyhow::Result<Result<(), String>> {
        let shown = self.path.display().to_string();
        let mut rows = match reading::open(self.path, self.feed, progress)? {
            Ok(rows) => rows,
            Err(line) => return Ok(Err(line)),
        };
        let header = rows.header();
        let reading = Reading { header: &header, taken_at: self.taken_at, drama: self.drama };
        let pepper = reading::pepper()?;
        while let Some(row) = rows.read().with_context(|| format!("read {shown}"))? {
            progress.tick();
            let read = row.and_then(|row| -> Result<(), Reject> {
                match self.feed.kind {
                    Kind::Incidents => {
                        rehearsal.add(profile.incident(self.feed, &reading, &row)?);
                    }
                    Kind::Crimes => {
                        rehearsal.link(&profile.crime(self.feed, &reading, &pepper, &row)?);
                    }
                }
                Ok(())
            });
            if let Err(reject) = read {
                rehearsal.refuse(&shown, self.feed.kind, &reject);
            }
        }
        Ok(Ok(()))
    }
}
