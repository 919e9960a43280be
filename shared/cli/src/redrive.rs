//! `aftercall redrive`: what lies in a dead-letter queue, and its way back.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::ExitCode;

use adapters::aws::{self, SdkConfig};
use adapters::extracts::Bucket;
use adapters::queue::{Dead, Queues};
use domain::messages::{InboundMessage, SendMessage};
use serde_json::Value;

use crate::args::{Place, Redriven};

/// Lists what is there and, when it is told to, sends it back to where it came from.
pub(crate) async fn run(
    config: &SdkConfig,
    place: &Place,
    queue: Redriven,
    go: bool,
) -> anyhow::Result<ExitCode> {
    let queues = Queues::new(config, place.stage_name());
    let (from, to) = (format!("{}-failed", queue.name()), queue.name());
    let bucket = match queue {
        Redriven::Ingest => Some(Bucket::new(config, place.bucket(&aws::account(config).await?))),
        Redriven::Send | Redriven::Inbound => None,
    };
    // Everything is taken before anything is sent back: what fails again must not be met again.
    let mut held: Vec<Dead> = Vec::new();
    loop {
        let more = queues.look(&from).await?;
        if more.is_empty() {
            break;
        }
        held.extend(more);
    }
    let mut out = std::io::stdout();
    let mut kinds: BTreeMap<String, u64> = BTreeMap::new();
    for dead in &held {
        *kinds.entry(kind(queue, &dead.body)).or_default() += 1;
    }
    for (kind, count) in &kinds {
        writeln!(out, "{count:>6}  {kind}")?;
    }
    if !go {
        for dead in &held {
            queues.put_back(dead, &from).await?;
        }
        let told = if held.is_empty() {
            format!("{from} is empty")
        } else {
            format!("{} in {from}; --go sends them back, when the cause is mended", held.len())
        };
        writeln!(out, "{told}")?;
        return Ok(ExitCode::SUCCESS);
    }
    for dead in &held {
        match &bucket {
            // A file is read again when it is written again; it was never on a queue.
            Some(bucket) => {
                for key in keys(&dead.body) {
                    bucket.touch(&key).await?;
                }
                queues.take_off(dead, &from).await?;
            }
            None => queues.carry(dead, &from, to).await?,
        }
    }
    writeln!(
        out,
        "{} sent back; nothing is done twice, since the table knows what was done",
        held.len()
    )?;
    Ok(ExitCode::SUCCESS)
}

/// What a message is, in a word; messages hold ids only.
fn kind(queue: Redriven, body: &str) -> String {
    let known = match queue {
        Redriven::Send => serde_json::from_str::<SendMessage>(body).is_ok(),
        Redriven::Inbound => serde_json::from_str::<InboundMessage>(body).is_ok(),
        Redriven::Ingest => {
            let keys = keys(body);
            return if keys.is_empty() { "names no file".to_owned() } else { keys.join(", ") };
        }
    };
    let parsed: Option<Value> = serde_json::from_str(body).ok();
    let tag = parsed.as_ref().and_then(|value| value["type"].as_str()).unwrap_or("no type");
    if known { tag.to_owned() } else { format!("{tag}: this release cannot read it") }
}

/// The files that a failed ingest was woken for.
fn keys(body: &str) -> Vec<String> {
    let parsed: Value = serde_json::from_str(body).unwrap_or_default();
    let records = parsed["requestPayload"]["Records"].as_array().cloned().unwrap_or_default();
    let key = |record: &Value| {
        let key = record["s3"]["object"]["key"].as_str()?;
        // S3 writes a space as a plus sign in its events.
        Some(
            percent_encoding::percent_decode_str(&key.replace('+', " "))
                .decode_utf8()
                .ok()?
                .into_owned(),
        )
    };
    records.iter().filter_map(key).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_message_is_told_by_its_kind_and_a_file_by_its_key() {
        let contact = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-0123456789abcdef";
        let body = format!(r#"{{"type":"contact_v1","contact":"{contact}"}}"#);
        assert_eq!(kind(Redriven::Send, &body), "contact_v1");
        let newer = r#"{"type":"contact_v9","contact":1}"#;
        assert_eq!(kind(Redriven::Send, newer), "contact_v9: this release cannot read it");
        assert_eq!(kind(Redriven::Inbound, "poison"), "no type: this release cannot read it");
        let event = r#"{"requestPayload":{"Records":[{"s3":{"object":{"key":"extracts/storm/a+b%2B1.csv"}}}]}}"#;
        assert_eq!(kind(Redriven::Ingest, event), "extracts/storm/a b+1.csv");
        assert_eq!(kind(Redriven::Ingest, "{}"), "names no file");
    }
}
