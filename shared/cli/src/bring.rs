//! `aftercall bring`: an extract, put by hand where the force's job puts it.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use adapters::aws::{self, SdkConfig};
use adapters::extracts::Bucket;
use adapters::table::Table;
use anyhow::Context as _;
use domain::ports::Catalogue as _;

use crate::args::Place;
use crate::reading::unusable;

/// Puts the file where `ingest` finds it.
pub(crate) async fn run(
    config: &SdkConfig,
    table: &Table,
    place: &Place,
    feed: &str,
    file: &Path,
) -> anyhow::Result<ExitCode> {
    let shown = file.display();
    let body = match std::fs::read(file) {
        Ok(body) => body,
        Err(error) => return unusable(&[format!("{shown}: {error}")]),
    };
    let Some(name) = file.file_name().and_then(|name| name.to_str()) else {
        return unusable(&[format!("{shown} has no name")]);
    };
    let profile = table.profile().await?.context("no force profile has been published")?.body;
    if profile.feed(feed).is_none() {
        writeln!(std::io::stderr(), "{} has no feed {feed:?}", profile.name)?;
        return Ok(ExitCode::FAILURE);
    }
    let bucket = place.bucket(&aws::account(config).await?);
    let key = Bucket::new(config, bucket.clone()).bring(feed, name, body).await?;
    writeln!(std::io::stdout(), "{key} is in {bucket}; ingest reads it now")?;
    Ok(ExitCode::SUCCESS)
}
