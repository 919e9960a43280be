//! Folds the table into figures and has the pages written.
//!
//! Trigger: a schedule, daily, and on demand with two days. Reads: the agenda, contacts, follow-ups,
//! logs, tasks, campaigns, the plans of experiments; no number and no reply. Writes: `reports/`. Delivered again when: the table or the bucket fails.

use domain::figures::{Period, Report};
use domain::measure::Counted;
use domain::ports::{Catalogue, Desks, Experiments, FollowUps, Ledger, LogBook, Pages};
use jiff::Timestamp;

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// Contacts told of.
    pub contacts: u64,
}

impl Counted for Outcome {}

/// Writes every report that is due today: the daily one, last, so that it is the latest; that of a month
/// and of a campaign on the day after its end.
///
/// # Errors
/// The table or the bucket failed: deliver again.
pub async fn handle_due(
    table: &(impl Ledger + FollowUps + LogBook + Desks + Catalogue + Experiments),
    pages: &impl Pages,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    let campaigns = table.campaigns().await?;
    let mut outcome = Outcome { contacts: 0 };
    for period in Period::due(campaigns.iter().map(|known| &known.body), now) {
        outcome = handle(table, pages, period, now).await?;
    }
    Ok(outcome)
}

/// Writes one report.
///
/// # Errors
/// The table or the bucket failed: deliver again.
pub async fn handle(
    table: &(impl Ledger + FollowUps + LogBook + Desks + Catalogue + Experiments),
    pages: &impl Pages,
    period: Period,
    now: Timestamp,
) -> anyhow::Result<Outcome> {
    // On the heap: what it holds while it waits for the table is large.
    let report = Box::pin(Report::gather(table, period, now)).await?;
    pages.publish(&report).await?;
    Ok(Outcome { contacts: report.total.planned() })
}

#[cfg(test)]
mod tests {
    use domain::campaign::CampaignId;
    use domain::contact::{Contact, Plan, Step};
    use domain::incident::{LogNumber, Outcome as Told};
    use domain::phone::Mobile;
    use testkit::{World, samples};

    use super::*;

    fn now() -> Timestamp {
        "2026-03-10T10:00:00Z".parse().unwrap()
    }

    /// Plans a contact about this log at this time.
    async fn plan(world: &World, log: &str, at: &str) -> Contact {
        let mobile = Mobile::from_e164("+447700900123").unwrap();
        let plan = Plan {
            incident: LogNumber::parse(log).unwrap(),
            person: samples::pepper().person(&mobile),
            campaign: CampaignId::parse("highways").unwrap(),
            version: 1,
            outcome: Told::parse("cleared").unwrap(),
            area: String::new(),
            control: false,
            due_at: now(),
        };
        let contact = Contact::plan(plan, at.parse().unwrap());
        world.plan(&contact).await.unwrap();
        contact
    }

    #[tokio::test]
    async fn it_tells_of_every_contact_of_the_period_open_or_settled_and_of_no_other() {
        let world = World::new();
        plan(&world, "HC-1", "2026-03-10T00:00:00Z").await;
        let settled = plan(&world, "HC-2", "2026-02-08T00:00:00Z").await;
        let cancel = Step::Cancel { why: "why".to_owned() };
        world.advance(&settled.id, &cancel, now()).await.unwrap();
        plan(&world, "HC-3", "2026-02-07T23:59:59Z").await;
        let outcome = handle(&world, &world, Period::daily(now()), now()).await.unwrap();
        assert_eq!(outcome, Outcome { contacts: 2 });
        let reports = world.with(|state| state.reports.clone());
        assert_eq!(reports.len(), 1);
        assert_eq!((reports[0].total.planned(), reports[0].made_at), (2, now()));
    }

    #[tokio::test]
    async fn nothing_happened_is_a_report_too() {
        let world = World::new();
        let outcome = handle(&world, &world, Period::daily(now()), now()).await.unwrap();
        assert_eq!(outcome, Outcome { contacts: 0 });
        assert_eq!(world.with(|state| state.reports.len()), 1);
    }

    #[tokio::test]
    async fn a_month_that_is_over_is_told_of_before_the_day() {
        let world = World::new();
        let first: Timestamp = "2026-04-01T05:30:00Z".parse().unwrap();
        handle_due(&world, &world, now()).await.unwrap();
        handle_due(&world, &world, first).await.unwrap();
        let told = world.with(|state| {
            let periods = state.reports.iter().map(|report| report.period);
            periods.map(|period| format!("{} {}", period.from, period.to)).collect::<Vec<_>>()
        });
        let expected = ["2026-02-08 2026-03-10", "2026-03-01 2026-03-31", "2026-03-02 2026-04-01"];
        assert_eq!(told, expected);
    }

    #[tokio::test]
    async fn each_failure_comes_again() {
        for port in [
            "agenda",
            "settled",
            "contacts",
            "logs",
            "logs_opened",
            "tasks",
            "campaigns",
            "plans",
            "publish",
        ] {
            let world = World::new();
            plan(&world, "HC-1", "2026-03-10T00:00:00Z").await;
            world.fail(port, 1);
            handle(&world, &world, Period::daily(now()), now()).await.unwrap_err();
            assert!(world.with(|state| state.reports.is_empty()), "{port}");
            handle(&world, &world, Period::daily(now()), now()).await.unwrap();
        }
    }
}
