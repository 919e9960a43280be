//! Finds what landed in the bucket and was never read, because the event of it was lost, and lets it land
//! anew.
//!
//! `ingest` leaves a mark of every object it has read to its end, readable or not; what has none after an
//! hour was not read. Listing costs money, so it is done once an hour, and the marks are listed only when
//! something young enough lies there.

use domain::ports::{Alert, Alerts, Arrival, Arrivals, Extracts, Sweeps};
use jiff::{SignedDuration, Timestamp};

/// Where files land that `ingest` reads.
const FOLDERS: [&str; 2] = ["extracts/", "inbox/"];

/// Under which name the table keeps when we looked last.
const BUCKET: &str = "bucket";

/// How long we wait until we look again, and how long an object may take to be read: `ingest` may run
/// for a quarter of an hour, and is tried three times.
const HOUR: SignedDuration = SignedDuration::from_hours(1);

/// How long after it landed an object is looked for. Setting it off makes it young again.
const LOOKED_FOR: SignedDuration = SignedDuration::from_hours(72);

/// How often an object is set off anew: something else is wrong with what is not read then.
const TIMES: u32 = 3;

/// How many objects were set off, how many were given up, and with how many it did not work.
pub(crate) async fn look(
    table: &impl Sweeps,
    bucket: &(impl Arrivals + Extracts),
    alerts: &impl Alerts,
    now: Timestamp,
) -> anyhow::Result<(u64, u64, u64)> {
    let (mut set_off, mut given_up, mut failed) = (0, 0, 0);
    let looked = table.swept(BUCKET).await?;
    if looked.is_some_and(|looked| now.duration_since(looked) < HOUR) {
        return Ok((0, 0, 0));
    }
    for arrival in unread(bucket, now).await? {
        match once_more(bucket, alerts, &arrival).await {
            Ok(true) => set_off += 1,
            Ok(false) => given_up += 1,
            // One object's trouble is not the next one's.
            Err(error) => {
                failed += 1;
                let (key, error) = (arrival.key, format!("{error:#}"));
                tracing::warn!(about = key, error, "a file that was not read could not be set off");
            }
        }
    }
    table.sweep(BUCKET, now).await?;
    Ok((set_off, given_up, failed))
}

async fn unread(bucket: &impl Arrivals, now: Timestamp) -> anyhow::Result<Vec<Arrival>> {
    let mut lying = Vec::new();
    for folder in FOLDERS {
        let arrivals = bucket.lying_in(folder).await?.into_iter();
        lying.extend(arrivals.filter(|a| (HOUR..LOOKED_FOR).contains(&now.duration_since(a.at))));
    }
    if !lying.is_empty() {
        let done = bucket.done_with().await?;
        lying.retain(|arrival| !done.contains(&(arrival.key.clone(), arrival.tag.clone())));
    }
    Ok(lying)
}

/// `false` when it is given up. The alert before the note of it: one that could not be noted is told of
/// once too often, never too seldom.
async fn once_more(
    bucket: &(impl Arrivals + Extracts),
    alerts: &impl Alerts,
    Arrival { key, tag, .. }: &Arrival,
) -> anyhow::Result<bool> {
    let times = bucket.times_set_off(key).await?;
    if times < TIMES {
        bucket.set_off(key, times + 1).await?;
        return Ok(true);
    }
    alerts.raise(&Alert::NeverRead { key: key.clone(), times }).await?;
    bucket.done(key, tag).await?;
    Ok(false)
}
