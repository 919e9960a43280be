//! Folds the table into figures and has the pages written.
//!
//! Trigger: a schedule, daily, and on demand with two days. Reads: the agenda, contacts.
//! Writes: `reports/`. Delivered again when: the table or the bucket fails.

use domain::figures::{Period, Report};
use domain::ports::{Ledger, Pages};
use jiff::Timestamp;

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Contacts told of.
    pub contacts: u64,
}

/// Writes one report.
///
/// # Errors
/// The table or the bucket failed: deliver again.
pub async fn handle(
    table: &impl Ledger,
    pages: &impl Pages,
    period: Period,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let contacts = table.planned_within(period).await?;
    let report = Report::fold(&contacts, period, now);
    pages.publish(&report).await?;
    Ok(Outcome { contacts: report.total.planned() })
}
