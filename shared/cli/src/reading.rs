//! Reading a force's files at a terminal: the profile, the campaigns, and extracts under a bar.

use std::fs::File;
use std::io::{BufReader, IsTerminal as _, Read};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use domain::campaign::{Campaign, Problem};
use domain::feed::{self, Rows, Unreadable};
use domain::force::{FeedFile, Profile, ProfileFile};
use domain::person::Pepper;
use domain::prices::{Prices, PricesFile};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::check;

/// A file or a profile that cannot be used.
const UNUSABLE: u8 = 2;

/// Persons are told apart in this run only, and none is kept, so the key need not be secret.
const PEPPER: &str = "for counting on one machine only";

/// How long somebody waits before they want to know for how long.
const PATIENCE: Duration = Duration::from_secs(2);

/// Says why nothing could be done.
pub(crate) fn unusable(lines: &[String]) -> anyhow::Result<ExitCode> {
    use std::io::Write as _;
    let mut err = anstream::stderr();
    for line in lines {
        writeln!(err, "{line}")?;
    }
    Ok(ExitCode::from(UNUSABLE))
}

/// The key that tells people apart.
pub(crate) fn pepper() -> anyhow::Result<Pepper> {
    Pepper::parse(PEPPER).context("a key for counting")
}

/// Reads and checks a profile; what is wrong with it is told as `publish` tells it.
pub(crate) fn profile(path: &Path) -> Result<(ProfileFile, Profile), Vec<String>> {
    let file: ProfileFile = read_toml(path)?;
    let profile = file.check().map_err(|problems| listed(path, &problems))?;
    Ok((file, profile))
}

/// Reads a campaign; what keeps it from being one is told as `check` tells it.
pub(crate) fn campaign(path: &Path) -> Result<Campaign, Vec<String>> {
    let source = check::read(path).map_err(|told| vec![told])?;
    source.file.form().map_err(|found| found.iter().map(|it| check::draw(&source, it)).collect())
}

/// Reads and checks what suppliers charge.
pub(crate) fn prices(path: &Path) -> Result<Prices, Vec<String>> {
    let file: PricesFile = read_toml(path)?;
    file.check().map_err(|problems| listed(path, &problems))
}

/// Reads a file of its form.
pub(crate) fn read_toml<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T, Vec<String>> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| vec![format!("{shown}: {error}")])?;
    toml::from_str(&text).map_err(|error| vec![format!("{shown} is not of its form: {error}")])
}

/// What is wrong with a file, a line each.
pub(crate) fn listed(path: &Path, problems: &[Problem]) -> Vec<String> {
    let shown = path.display();
    let mut lines: Vec<_> = problems.iter().map(|found| format!("{shown}: {found}")).collect();
    lines.push(match problems.len() {
        1 => "1 problem; nothing was read".to_owned(),
        n => format!("{n} problems; nothing was read"),
    });
    lines
}

/// Which feed of the profile files are said to belong to, if any is said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    pub(crate) profile: &'a ProfileFile,
    pub(crate) feed: Option<&'a str>,
}

impl Wanted<'_> {
    /// Why a feed of this name cannot be meant, if it cannot.
    pub(crate) fn lacks(&self, name: &str) -> Option<String> {
        let feeds: Vec<_> = self.profile.feeds.keys().map(String::as_str).collect();
        let lacks = !feeds.contains(&name);
        lacks.then(|| format!("the profile has no feed {name:?}; it has {}", feeds.join(", ")))
    }

    /// The feed that is named, or the only one whose columns the header of the file has.
    pub(crate) fn feed_of(&self, path: &Path) -> anyhow::Result<Result<String, Vec<String>>> {
        match self.feed {
            Some(name) => Ok(Ok(name.to_owned())),
            None => self.fitting(path),
        }
    }

    /// The only feed whose columns the header of the file has; of several, the one that is named.
    pub(crate) fn fitting(&self, path: &Path) -> anyhow::Result<Result<String, Vec<String>>> {
        let shown = path.display();
        let mut fit = Vec::new();
        let mut lacking = Vec::new();
        for (name, feed) in &self.profile.feeds {
            let source = match File::open(path) {
                Ok(source) => source,
                Err(error) => return Ok(Err(vec![format!("{shown}: {error}")])),
            };
            match feed::open(source, feed).with_context(|| format!("read {shown}"))? {
                Ok(_) => fit.push(name.clone()),
                Err(reason @ (Unreadable::Empty | Unreadable::NotText(_))) => {
                    return Ok(Err(vec![told(path, &reason)]));
                }
                Err(reason) => lacking.push(format!("  feed {name}: {reason}")),
            }
        }
        let named = self.feed.filter(|name| fit.iter().any(|fitting| fitting == name));
        Ok(match (fit.as_slice(), named) {
            ([only], _) => Ok(only.clone()),
            ([], _) => {
                let mut lines = vec![format!("{shown} is no file of any feed of the profile:")];
                lines.extend(lacking);
                Err(lines)
            }
            (_, Some(named)) => Ok(named.to_owned()),
            (several, None) => {
                let several = several.join(" and ");
                Err(vec![format!("{shown} fits the feeds {several}; say which with --feed")])
            }
        })
    }
}

/// Opens a file as one of a feed, once it is sure to be whole.
pub(crate) fn open(
    path: &Path,
    feed: &FeedFile,
    progress: &Progress,
) -> anyhow::Result<Result<Rows<impl Read + use<>>, String>> {
    let source = || File::open(path).with_context(|| path.display().to_string());
    if feed.trailer.is_some()
        && let Err(reason) = feed::whole(source()?, feed).context("read the file")?
    {
        return Ok(Err(told(path, &reason)));
    }
    let source = progress.bar.wrap_read(BufReader::new(source()?));
    let rows = feed::open(source, feed).context("read the file")?;
    Ok(rows.map_err(|reason| told(path, &reason)))
}

fn told(file: &Path, reason: &Unreadable) -> String {
    format!("{}: {reason}", file.display())
}

/// A bar over all that is read, shown when it takes long and somebody is watching.
pub(crate) struct Progress {
    bar: ProgressBar,
    watched: bool,
}

impl Progress {
    /// A bar as long as all these files.
    pub(crate) fn over(files: &[impl AsRef<Path>]) -> anyhow::Result<Self> {
        let mut length = 0;
        for path in files {
            let path = path.as_ref();
            let file = File::open(path).with_context(|| path.display().to_string())?;
            length += file.metadata().with_context(|| path.display().to_string())?.len();
        }
        let style = ProgressStyle::with_template("{bar:30} {percent:>3} %  {eta} left")?;
        let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::hidden());
        bar.set_style(style);
        Ok(Self { bar, watched: std::io::stderr().is_terminal() })
    }

    /// Looks at the clock, between two rows.
    pub(crate) fn tick(&mut self) {
        if self.watched && self.bar.is_hidden() && self.bar.elapsed() > PATIENCE {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
            self.watched = false;
        }
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
