//! The labelled replies of `data/`: one file for each hand that wrote some.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use domain::reply::Class;
use domain::score::Score;
use domain::sentiment::Sentiment;

/// A reply and what a careful person says it is.
#[derive(Debug, Clone)]
pub struct Labelled {
    /// Its name, unique over all files.
    pub id: String,
    /// What was sent.
    pub text: String,
    /// Its class.
    pub class: Class,
    /// Its score, if it has one.
    pub score: Option<Score>,
    /// Its attitude to the police response.
    pub sentiment: Sentiment,
    /// Whether it asks us to stop.
    pub opt_out: bool,
}

/// The replies of one file.
#[derive(Debug, Clone)]
pub struct File {
    /// The file's name without its ending.
    pub name: String,
    /// Who wrote it: the name up to a dash. Files of one hand are learnt from together or not at all.
    pub hand: String,
    /// The replies.
    pub replies: Vec<Labelled>,
}

/// Where the files to learn from are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data")
}

/// Where the examination is, if it is anywhere: nothing of it is learnt from or tuned by.
pub fn held_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("held")
}

/// Every file to learn from.
pub fn tuned() -> anyhow::Result<Vec<File>> {
    files_in(&folder())
}

/// Every file of the examination.
pub fn held() -> anyhow::Result<Vec<File>> {
    files_in(&held_folder())
}

/// Every file of replies in a folder, by name; none where there is no such folder.
pub fn files_in(folder: &Path) -> anyhow::Result<Vec<File>> {
    let mut paths = Vec::new();
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "tsv") {
            paths.push(path);
        }
    }
    paths.sort();
    paths.iter().map(|path| file(path)).collect()
}

/// The replies of one file.
pub fn file(path: &Path) -> anyhow::Result<File> {
    let name = path.file_stem().and_then(|stem| stem.to_str()).context("a file's name")?;
    let text = std::fs::read_to_string(path)?;
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    if header != "id\ttext\tclass\tscore\tsentiment\topt_out\tnote" {
        bail!("{name}: another header: {header}");
    }
    let replies = lines.map(|line| labelled(line).with_context(|| format!("{name}: {line}")));
    let hand = name.split_once('-').map_or(name, |(hand, _)| hand).to_owned();
    Ok(File { name: name.to_owned(), hand, replies: replies.collect::<anyhow::Result<_>>()? })
}

fn labelled(line: &str) -> anyhow::Result<Labelled> {
    let cells: Vec<&str> = line.split('\t').collect();
    let [id, text, class, score, sentiment, opt_out, _note] = cells.as_slice() else {
        bail!("{} cells", cells.len());
    };
    let score = match *score {
        "" => None,
        digits => Some(Score::new(digits.parse()?).context("a score")?),
    };
    Ok(Labelled {
        id: (*id).to_owned(),
        text: text.replace("\\n", "\n"),
        class: Class::parse(class).context("a class")?,
        score,
        sentiment: Sentiment::parse(sentiment).context("a sentiment")?,
        opt_out: *opt_out == "yes",
    })
}
