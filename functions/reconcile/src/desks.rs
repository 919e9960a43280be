//! Rings again for what may be a cry for help, until somebody takes it; tells a desk once that its work
//! is overdue.

use domain::desk::{DESKS, Desk, Lane, Task, TaskId, TaskStep};
use domain::ports::{Acted, Alert, Alerts, Desks};
use jiff::{SignedDuration, Timestamp};

/// How many alarms were rung again, how many tasks were newly overdue, and how many of either could not
/// be told of: one desk's trouble is not another's.
pub(crate) async fn look(
    table: &impl Desks,
    alerts: &impl Alerts,
    ring_again: SignedDuration,
    now: Timestamp,
) -> anyhow::Result<(u64, u64, u64)> {
    let (mut rung, mut overdue, mut failed) = (0, 0, 0);
    for (desk, _) in DESKS {
        let told = if desk.rings() {
            ring(table, alerts, desk, ring_again, now).await.map(|count| rung += count)
        } else {
            remind(table, alerts, desk, now).await.map(|count| overdue += count)
        };
        if let Err(error) = told {
            failed += 1;
            let desk = desk.name();
            tracing::error!(desk, error = format!("{error:#}"), "a desk could not be told");
        }
    }
    Ok((rung, overdue, failed))
}

async fn ring(
    table: &impl Desks,
    alerts: &impl Alerts,
    desk: Desk,
    ring_again: SignedDuration,
    now: Timestamp,
) -> anyhow::Result<u64> {
    let silent_since = now.saturating_sub(ring_again).unwrap_or(Timestamp::MIN);
    let (mut count, mut trouble) = (0, None);
    for id in table.tasks(Lane::Waiting(desk), silent_since).await? {
        // One alarm's trouble is not the next one's.
        match ring_one(table, alerts, &id, silent_since, now).await {
            Ok(rung) => count += u64::from(rung),
            Err(error) => trouble = Some(error),
        }
    }
    trouble.map_or(Ok(count), Err)
}

/// The alarm before the note of it: one that could not be noted rings once too often, never too seldom.
async fn ring_one(
    table: &impl Desks,
    alerts: &impl Alerts,
    id: &TaskId,
    silent_since: Timestamp,
    now: Timestamp,
) -> anyhow::Result<bool> {
    let Some(task) = table.task(id).await? else { return Ok(false) };
    let Task { taken: None, closed: None, rung: Some((at, rings)), log, .. } = task else {
        return Ok(false);
    };
    if at > silent_since {
        return Ok(false);
    }
    let alert = Alert::Emergency { task: id.clone(), log, rings: rings + 1 };
    alerts.raise(&alert).await?;
    table.act(id, &TaskStep::Ring, now).await?;
    Ok(true)
}

/// Tells a desk of everything newly overdue at once. The notes first: they say how many there are.
async fn remind(
    table: &impl Desks,
    alerts: &impl Alerts,
    desk: Desk,
    now: Timestamp,
) -> anyhow::Result<u64> {
    let mut tasks = 0;
    for id in table.tasks(Lane::Waiting(desk), now).await? {
        let acted = table.act(&id, &TaskStep::Overdue, now).await?;
        tasks += u64::from(matches!(acted, Acted::Moved(_)));
    }
    if tasks > 0 {
        alerts.raise(&Alert::Overdue { desk, tasks }).await?;
    }
    Ok(tasks)
}
