//! How many instructions a function takes, by callgrind: the one figure of time that a busy machine
//! does not change.

use std::path::Path;
use std::process::Command;

use anyhow::Context as _;

use crate::functions::Function;
use crate::process::{self, Place};

/// How many batches the steady figure is taken over.
const BATCHES: u64 = 5;

/// Instructions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    /// Until it waits for its first event.
    pub(crate) start: u64,
    /// Of the first batch.
    pub(crate) first: u64,
    /// Of each event after the first batch.
    pub(crate) event: u64,
}

/// Whether this machine has callgrind.
pub(crate) fn possible() -> bool {
    Command::new("valgrind").arg("--version").output().is_ok_and(|output| output.status.success())
}

/// Counts a function's instructions in three lives: one without a batch, one with one, one with more.
pub(crate) async fn count(
    place: &Place<'_>,
    function: &Function,
    folder: &Path,
) -> anyhow::Result<Counts> {
    let start = life(place, function, folder, 0).await?;
    let one = life(place, function, folder, 1).await?;
    let more = life(place, function, folder, 1 + BATCHES).await?;
    let events = BATCHES * function.events as u64;
    Ok(Counts { start, first: one.saturating_sub(start), event: more.saturating_sub(one) / events })
}

async fn life(
    place: &Place<'_>,
    function: &Function,
    folder: &Path,
    batches: u64,
) -> anyhow::Result<u64> {
    let file = folder.join(format!("callgrind.{}.{batches}", function.name));
    let under = ["valgrind", "--tool=callgrind", "--quiet"].map(str::to_owned).into_iter();
    let under: Vec<String> =
        under.chain([format!("--callgrind-out-file={}", file.display())]).collect();
    let mut running = process::start(place, function, &under).await?;
    for _ in 0..batches {
        running.batch(function).await?;
    }
    running.end().await?;
    read(&file)
}

/// The total that a file of callgrind's ends with.
pub(crate) fn read(file: &Path) -> anyhow::Result<u64> {
    let told = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let total = told.lines().rev().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.context("callgrind wrote no total")?.trim().parse()?)
}
