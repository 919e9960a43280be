//! How fast texts are cut into parts, and replies are sorted and felt.

use anyhow::bail;
use domain::{reply, sentiment, text};
use replies::data::tuned;
use serde_json::{Value, json};

/// Does one thing with so many replies, which are the labelled ones again and again.
pub(crate) fn run(stage: &str, rows: u64) -> anyhow::Result<Value> {
    let files = tuned()?;
    let texts: Vec<&str> =
        files.iter().flat_map(|file| &file.replies).map(|reply| reply.text.as_str()).collect();
    let rows = usize::try_from(rows)?;
    let busy = super::busy_seconds()?;
    for text in texts.iter().cycle().take(rows) {
        match stage {
            "segments" => drop(std::hint::black_box(text::prepare(text))),
            "triage" => drop(std::hint::black_box(reply::read(text))),
            "sentiment" => drop(std::hint::black_box(sentiment::of(text, None))),
            _ => bail!("no such stage: {stage}"),
        }
    }
    // Apart from reading them in, which is no part of it.
    Ok(json!({ "rows": rows, "busy": super::busy_seconds()? - busy }))
}

/// The replies for a peer, one on each line.
pub(crate) fn lines() -> anyhow::Result<String> {
    let files = tuned()?;
    let texts = files.iter().flat_map(|file| &file.replies);
    let lines = texts.map(|reply| reply.text.replace(['\n', '\r'], " "));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
