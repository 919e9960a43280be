//! Folds the table into figures and has the pages written.
//!
//! Trigger: a schedule, daily, and on demand with two days. Reads: the agenda, contacts.
//! Writes: `reports/`. Delivered again when: the table or the bucket fails.

use domain::contact::Agenda;
use domain::figures::Report;
use domain::hours::LONDON;
use domain::ports::{Ledger, Pages};
use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};

/// The days a report tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// The first day of planning.
    pub from: Date,
    /// The last.
    pub to: Date,
}

impl Period {
    /// What the daily report tells of: today and the thirty days before.
    pub fn daily(now: Timestamp) -> Self {
        let to = now.to_zoned(LONDON.clone()).date();
        Self { from: to.saturating_sub(30.days()), to }
    }
}

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
    let report = fold(table, period, now).await?;
    pages.publish(&report).await?;
    Ok(Outcome { contacts: report.total.planned() })
}

/// Folds the contacts planned in the period.
///
/// # Errors
/// The table failed.
pub async fn fold(table: &impl Ledger, period: Period, now: Timestamp) -> anyhow::Result<Report> {
    // In the order of a contact's life: one that moves while we read is found twice, never not.
    let mut ids = Vec::new();
    for list in [Agenda::Due, Agenda::Watch, Agenda::Parked] {
        ids.extend(table.agenda(list, Timestamp::MAX).await?);
    }
    ids.extend(table.settled(period.from, period.to).await?);
    ids.sort_unstable();
    ids.dedup();
    let contacts = table.contacts(&ids).await?;
    let within = contacts.iter().filter(|contact| {
        let planned = contact.planned_at.to_zoned(LONDON.clone()).date();
        (period.from..=period.to).contains(&planned)
    });
    Ok(Report::fold(within, period.from, period.to, now))
}
