//! `aftercall restore`: what the table has lost, from a backup that was restored beside it.

use std::io::Write as _;
use std::process::ExitCode;

use adapters::aws::SdkConfig;
use adapters::queue::Queues;
use adapters::table::Table;
use anyhow::{Context as _, bail};
use domain::approval::Who;
use domain::audit::{Act, Deed};
use domain::messages::InboundMessage;
use domain::ports::AuditTrail as _;
use jiff::Timestamp;
use serde_json::json;

use crate::args::Place;

/// From where, whether it is done, and by whom.
pub(crate) struct Asked<'a> {
    pub(crate) from: &'a str,
    pub(crate) backup: &'a Table,
    pub(crate) go: bool,
    pub(crate) json: bool,
    pub(crate) by: Who,
    pub(crate) now: Timestamp,
}

/// Copies what is lost and says what became of the rest; without `go` it only says so.
pub(crate) async fn run(
    config: &SdkConfig,
    table: &Table,
    place: &Place,
    asked: Asked<'_>,
) -> anyhow::Result<ExitCode> {
    let Asked { from, backup, go, json: as_json, by, now } = asked;
    if from == place.table() {
        bail!("{from} is the table in use; name the table that the backup was restored into");
    }
    let restored = table.restore(backup, now, go).await?;
    let back: u64 = restored.back.values().sum();
    if go {
        let queues = Queues::new(config, place.stage_name());
        for id in &restored.unread {
            let (supplier, message) = (id.supplier.clone(), id.message.clone());
            queues.put("inbound", &InboundMessage::ReplyV1 { supplier, message }).await?;
        }
        let detail = format!("{back} back, {} not: forgotten since", restored.forgotten);
        let deed = Deed { act: Act::Restored, subject: from.to_owned(), detail, by, at: now };
        table.note_deed(&deed).await.context("it is done; write it down in the audit")?;
    }
    let mut out = std::io::stdout();
    if as_json {
        let told = json!({
            "done": go,
            "back": restored.back,
            "here": restored.here,
            "expired": restored.expired,
            "forgotten": restored.forgotten,
            "opt_outs": restored.opt_outs,
            "to_ask": restored.to_ask,
            "unread": restored.unread.len(),
            "record_lost": restored.record_lost,
        });
        writeln!(out, "{}", serde_json::to_string_pretty(&told)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    for (kind, count) in &restored.back {
        writeln!(out, "{count:>6}  {kind}")?;
    }
    let done = if go { "are back" } else { "are lost; --go brings them back" };
    writeln!(out, "{back} {done}")?;
    for (count, what) in [
        (restored.to_ask, "contacts of which the supplier is asked before anything is sent"),
        (restored.unread.len() as u64, "replies that nobody had read, to be read"),
        (restored.opt_outs, "later opt-outs"),
        (restored.here, "stay as they are here"),
        (restored.expired, "left out: their term is over"),
        (restored.forgotten, "left out: of somebody erased since, or the number of who opted out"),
    ] {
        if count > 0 {
            writeln!(out, "{count:>6}  {what}")?;
        }
    }
    if restored.record_lost {
        writeln!(
            out,
            "The record of what people did was lost too: erase again whoever was erased after the backup."
        )?;
    }
    Ok(ExitCode::SUCCESS)
}
